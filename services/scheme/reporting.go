package scheme

import (
	"cmp"
	"slices"
	"time"

	"saakorn/services/platform/calendar"
)

// Reporting says what the enterprises that have been granted money report, when, and what follows
// when they do not (bestemmelser om økonomistyring i staten 6.3, follow-up and control).
type Reporting struct {
	// Calendar lists the reports of every award, in the order in which they are due.
	Calendar []ReportRule `yaml:"calendar"`
	// ReminderDays lists how many calendar days before the due date people are reminded.
	ReminderDays []int `yaml:"reminder_days"`
	// EscalationDays is how many days after the due date a missing report is taken up by a manager.
	EscalationDays   int              `yaml:"escalation_days"`
	AuditorStatement StatementRule    `yaml:"auditor_statement"`
	Accounts         AccountsRule     `yaml:"accounts"`
	Suppression      SuppressionRule  `yaml:"suppression"`
	Indicators       []IndicatorRule  `yaml:"indicators"`
	Attachments      []ReportDocument `yaml:"attachments"`
	// OfficeQuestions are what a Nav office that is named as partner answers (R35, R36, R73).
	OfficeQuestions []OfficeQuestion `yaml:"office_questions"`
	Letters         []Letter         `yaml:"letters"`
}

// ReportKind is what a report is for.
type ReportKind string

// The kinds of report. Extra reports are asked for by an officer and stand in no calendar.
const (
	InterimReport ReportKind = "INTERIM" // a short status on both bottom lines (R29)
	FinalReport   ReportKind = "FINAL"   // results, accounts and what was learnt
	ExtraReport   ReportKind = "EXTRA"
)

// ReportRule is one report that every award leads to.
type ReportRule struct {
	// Key names the report among those of an award, for example "final_report".
	Key   string     `yaml:"key"`
	Kind  ReportKind `yaml:"kind"`
	Title Text       `yaml:"title"`
	Intro Text       `yaml:"intro"`
	// YearOffset, Month and Day are the last date for the report: the day of the month in the grant
	// year plus the offset. A date on which offices are closed moves to the next workday.
	YearOffset int `yaml:"year_offset"`
	Month      int `yaml:"month"`
	Day        int `yaml:"day"`
	// HoldsPayment tells that the approval lets money out, and that nothing is paid of the award while
	// the report is overdue. Which instalment waits for the approval is said by [InstalmentRule.Gates].
	HoldsPayment bool `yaml:"holds_payment"`
	// FourEyes tells that somebody other than the reviewer approves the report.
	FourEyes bool             `yaml:"four_eyes"`
	Parts    []ReportPartRule `yaml:"parts"`
}

// ReportPart is a part of a report's content.
type ReportPart string

// The parts of a report.
const (
	PartIndicators ReportPart = "INDICATORS"
	PartFinances   ReportPart = "FINANCES"
	PartAccounts   ReportPart = "ACCOUNTS"  // of the project, by budget line
	PartNarrative  ReportPart = "NARRATIVE" // what worked, what did not, help wanted
	PartReceived   ReportPart = "RECEIVED"  // the enterprise confirms what it has received (R66)
	PartLearning   ReportPart = "LEARNING"  // what they would do differently (R47)
)

// ReportPartRule says from which size of award a part is asked for: what is asked stands in
// proportion to the money (R10).
type ReportPartRule struct {
	Part ReportPart `yaml:"part"`
	// FromOre is the smallest award, in øre, that has to answer; 0 asks everybody.
	FromOre int64 `yaml:"from_ore"`
}

// StatementRule says when an auditor's statement is asked for. It goes with the final report; an
// instalment can wait for it, see [GateAuditorStatement].
type StatementRule struct {
	// ThresholdOre is the smallest award, in øre, that needs a statement; nil when none is asked for.
	ThresholdOre *int64 `yaml:"threshold_ore"`
	// Attachment is the key of the report document that holds it.
	Attachment string `yaml:"attachment"`
	// Standard is the one it is given under, for example ISRS 4400.
	Standard Text `yaml:"standard"`
}

// AccountsRule says how reported figures are held against the Register of Company Accounts.
type AccountsRule struct {
	// TolerancePercent is by how much a reported figure may differ from the registered one before a
	// person is asked to look at it.
	TolerancePercent int `yaml:"tolerance_percent"`
}

// SuppressionRule protects people who could be recognised in small numbers (R78).
type SuppressionRule struct {
	// SmallestShown is the smallest number of persons, other than none, that is shown to others.
	SmallestShown int `yaml:"smallest_shown"`
	// SmallestBase is the smallest number of persons that a rate is worked out of.
	SmallestBase int `yaml:"smallest_base"`
	// SmallestGroup is the smallest number of enterprises that a figure about a group is shown for.
	SmallestGroup int `yaml:"smallest_group"`
}

// IndicatorRule is one entry of the indicator library (R41).
type IndicatorRule struct {
	Key        string `yaml:"key"`
	Title      Text   `yaml:"title"`
	Definition Text   `yaml:"definition"`
	// Persons tells that the number counts persons, so that small ones are kept from others.
	Persons bool `yaml:"persons"`
	// Outcome tells that it measures what came of the work, not the work itself.
	Outcome bool `yaml:"outcome"`
	// SumOf lists the keys whose numbers add up to this one.
	SumOf []string `yaml:"sum_of"`
	// PartOf is the key of the number that this one cannot be larger than; empty when there is none.
	PartOf string `yaml:"part_of"`
	// RequiredFor lists the kinds of report that cannot be submitted without it.
	RequiredFor []ReportKind `yaml:"required_for"`
}

// ReportDocument is a kind of document that goes with a report.
type ReportDocument struct {
	Key   string `yaml:"key"`
	Title Text   `yaml:"title"`
	Help  Text   `yaml:"help"`
	// RequiredFor lists the kinds of report that cannot be submitted without it.
	RequiredFor []ReportKind `yaml:"required_for"`
	// FromOre is the smallest award, in øre, for which it is required.
	FromOre int64 `yaml:"from_ore"`
}

// OfficeQuestion is one thing that a Nav office answers about the collaboration.
type OfficeQuestion struct {
	Key   string `yaml:"key"`
	Label Text   `yaml:"label"`
	Help  Text   `yaml:"help"`
	// Number tells that the answer is a count of persons, and a text otherwise.
	Number   bool `yaml:"number"`
	Required bool `yaml:"required"`
}

// The letters about reports.
const (
	LetterReportReminder  LetterKey = "REPORT_REMINDER"
	LetterReportOverdue   LetterKey = "REPORT_OVERDUE"
	LetterReportReceived  LetterKey = "REPORT_RECEIVED"
	LetterReportReturned  LetterKey = "REPORT_RETURNED"
	LetterReportApproved  LetterKey = "REPORT_APPROVED"
	LetterReportDateMoved LetterKey = "REPORT_DATE_MOVED"
)

// ReportLetterKeys returns every kind of letter about a report, in the order of its life.
func ReportLetterKeys() []LetterKey {
	return []LetterKey{
		LetterReportReminder, LetterReportOverdue, LetterReportReceived, LetterReportReturned,
		LetterReportApproved, LetterReportDateMoved,
	}
}

// ReportLetterData is what only letters about reports use.
type ReportLetterData struct {
	ReportTitle string
	// DueDate is the last date for the report, PreviousDueDate the one before it was moved.
	DueDate, PreviousDueDate string
	// HoldsPayment tells that the next instalment waits for the report.
	HoldsPayment bool
	// Questions are those that a returned report has to answer.
	Questions []string
	// AuditorStatement names the standard of the statement that the report needs, or is empty.
	AuditorStatement string
}

// Report returns the report of the calendar with the key, and false when there is none.
func (r Reporting) Report(key string) (ReportRule, bool) {
	return find(r.Calendar, func(rule ReportRule) bool { return rule.Key == key })
}

// Indicator returns the entry of the library with the key, and false when there is none.
func (r Reporting) Indicator(key string) (IndicatorRule, bool) {
	return find(r.Indicators, func(i IndicatorRule) bool { return i.Key == key })
}

// Document returns the kind of document with the key, and false when there is none.
func (r Reporting) Document(key string) (ReportDocument, bool) {
	return find(r.Attachments, func(d ReportDocument) bool { return d.Key == key })
}

// Due returns the last date for the report of an award for the grant year.
func (r ReportRule) Due(grantYear int) calendar.Date {
	return calendar.NextWorkday(calendar.Date{Year: grantYear + r.YearOffset, Month: time.Month(r.Month), Day: r.Day})
}

// Asks tells whether the report asks an award of the size for the part.
func (r ReportRule) Asks(part ReportPart, amountOre int64) bool {
	return slices.ContainsFunc(r.Parts, func(p ReportPartRule) bool { return p.Part == part && amountOre >= p.FromOre })
}

// AsksFor tells whether the document is required with a report of the kind for an award of the size.
func (d ReportDocument) AsksFor(kind ReportKind, amountOre int64) bool {
	return amountOre >= d.FromOre && slices.Contains(d.RequiredFor, kind)
}

// Needed tells whether an award of the size needs an auditor's statement with its final report.
func (a StatementRule) Needed(kind ReportKind, amountOre int64) bool {
	return kind == FinalReport && a.ThresholdOre != nil && amountOre >= *a.ThresholdOre
}

// Reminder is when people are reminded of a report, and how many days before its due date that is.
type Reminder struct {
	Days int
	At   time.Time
}

// Reminders returns when people are reminded of a report that is due on the date, earliest first: at
// 09:00 Europe/Oslo.
func (r Reporting) Reminders(due calendar.Date) []Reminder {
	reminders := make([]Reminder, 0, len(r.ReminderDays))
	for _, days := range r.ReminderDays {
		reminders = append(reminders, Reminder{days, due.AddDays(-days).At(reminderHour, 0)})
	}
	slices.SortFunc(reminders, func(a, b Reminder) int { return cmp.Compare(b.Days, a.Days) })
	return reminders
}

// EscalationAt returns when a report that was due on the date and has not come is taken up by a
// manager: at 09:00 Europe/Oslo.
func (r Reporting) EscalationAt(due calendar.Date) time.Time {
	return due.AddDays(r.EscalationDays).At(reminderHour, 0)
}

// Hides tells whether a number of persons is too small to be shown to others than those who counted.
func (s SuppressionRule) Hides(n int64) bool { return n > 0 && n < int64(s.SmallestShown) }
