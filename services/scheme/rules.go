package scheme

import (
	"slices"
	"time"

	"saakorn/services/platform/calendar"
)

// The languages of texts, as BCP 47 tags.
const (
	Bokmal  = "nb"
	Nynorsk = "nn"
	English = "en"
)

// Languages returns the languages that every text is written in.
func Languages() []string { return []string{Bokmal, Nynorsk, English} }

// In returns the text in a language, or in bokmål when the language is unknown or lacks the text.
func (t Text) In(language string) string {
	if text := t.exact(language); text != "" {
		return text
	}
	return t.Nb
}

func (t Text) exact(language string) string {
	switch language {
	case Bokmal:
		return t.Nb
	case Nynorsk:
		return t.Nn
	case English:
		return t.En
	}
	return ""
}

// ApplicationType returns the rules of a kind of application, and false when the scheme does not
// accept it.
func (d *Definition) ApplicationType(key ApplicationTypeKey) (ApplicationType, bool) {
	return find(d.ApplicationTypes, func(kind ApplicationType) bool { return kind.Key == key })
}

// FormalRequirement returns the formal requirement with the given key, and false when there is none.
func (d *Definition) FormalRequirement(key string) (FormalRequirement, bool) {
	return find(d.FormalRequirements, func(requirement FormalRequirement) bool { return requirement.Key == key })
}

// Question returns the question with the given key in whatever section it stands, and false when
// there is none.
func (d *Definition) Question(key string) (Question, bool) {
	for _, section := range d.Sections {
		if question, ok := find(section.Questions, func(q Question) bool { return q.Key == key }); ok {
			return question, true
		}
	}
	return Question{}, false
}

// Criteria returns the award criteria that applications of a type are judged by, in order.
func (d *Definition) Criteria(key ApplicationTypeKey) []Criterion {
	var criteria []Criterion
	for _, criterion := range d.Assessment.Criteria {
		if len(criterion.AppliesTo) == 0 || slices.Contains(criterion.AppliesTo, key) {
			criteria = append(criteria, criterion)
		}
	}
	return criteria
}

// AttachmentKind returns the kind of document with the given key, and false when there is none.
func (d *Definition) AttachmentKind(key string) (AttachmentKind, bool) {
	return find(d.Attachments.Kinds, func(kind AttachmentKind) bool { return kind.Key == key })
}

// BudgetLine returns the line of the budget form with the given key, and false when there is none.
func (d *Definition) BudgetLine(key string) (BudgetLine, bool) {
	return find(d.BudgetLines, func(line BudgetLine) bool { return line.Key == key })
}

// Letter returns the text of a kind of letter, and false when there is none.
func (d *Definition) Letter(key LetterKey) (Letter, bool) {
	return find(slices.Concat(d.Letters, d.Reporting.Letters, d.Followup.Letters), func(letter Letter) bool { return letter.Key == key })
}

// BudgetFor returns the frame of a grant year, and false when the scheme sets none.
func (d *Definition) BudgetFor(year int) (Budget, bool) {
	return find(d.Budgets, func(budget Budget) bool { return budget.Year == year })
}

// StatutesOn returns how each rule of law in force on a date is cited, by its key.
func (d *Definition) StatutesOn(date calendar.Date) map[string]string {
	references := make(map[string]string, len(d.Statutes))
	for _, statute := range d.Statutes {
		if statute.InForce(date) {
			references[statute.Key] = statute.Reference
		}
	}
	return references
}

// InForce tells whether the rule applies on a date.
func (s Statute) InForce(date calendar.Date) bool {
	return !date.Before(s.ValidFrom) && (s.ValidTo.IsZero() || !date.After(s.ValidTo))
}

func find[T any](items []T, matches func(T) bool) (T, bool) {
	if i := slices.IndexFunc(items, matches); i >= 0 {
		return items[i], true
	}
	var none T
	return none, false
}

// Reception says what happens to an application that is submitted at some moment.
type Reception string

// The receptions.
const (
	ReceptionNotOpen Reception = "NOT_OPEN" // the call has not opened
	ReceptionInTime  Reception = "IN_TIME"
	ReceptionLate    Reception = "LATE" // received after the close, marked as late
	ReceptionClosed  Reception = "CLOSED"
)

// Reception says how an application submitted at now is received by a call. opens is the first
// instant at which applications are welcome, closes the first instant that is too late, and begun
// is when the draft was begun, the zero time when there is no draft.
//
// A draft begun before the close may still be received as late, if the rule allows it, until the
// grace is over.
func (r LateRule) Reception(opens, closes, begun, now time.Time) Reception {
	if now.Before(opens) {
		return ReceptionNotOpen
	}
	if now.Before(closes) {
		return ReceptionInTime
	}
	if r.Policy != LateReceive || begun.IsZero() || !begun.Before(closes) {
		return ReceptionClosed
	}
	if now.Before(r.LastChance(closes)) {
		return ReceptionLate
	}
	return ReceptionClosed
}

// LastChance returns the first instant at which not even a draft begun in time is received: the
// close itself, or the end of the grace after it.
func (r LateRule) LastChance(closes time.Time) time.Time {
	if r.Policy != LateReceive {
		return closes
	}
	return closes.Add(time.Duration(r.GraceHours) * time.Hour)
}

// reminderHour is when reminders go out: in the morning of Europe/Oslo, so that they are read on
// the day they count days from.
const reminderHour = 9

// daysPerWeek is the length of a week in days.
const daysPerWeek = 7

// DraftReminders returns when people with drafts are reminded of a close, earliest first: at 09:00
// Europe/Oslo, the given number of calendar days before the last date on which one can submit.
// closes is the first instant that is too late, so a close at midnight belongs to the day before.
func (d Deadlines) DraftReminders(closes time.Time) []time.Time {
	last := calendar.On(closes.Add(-time.Nanosecond))
	reminders := make([]time.Time, 0, len(d.DraftReminderDays))
	for _, days := range d.DraftReminderDays {
		reminders = append(reminders, last.AddDays(-days).At(reminderHour, 0))
	}
	slices.SortFunc(reminders, time.Time.Compare)
	return reminders
}

// InterimReplyDue returns the last date for an interim reply to an application received at the
// given moment, unless it has been decided by then (fvl. § 11 a).
func (d Deadlines) InterimReplyDue(received time.Time) calendar.Date {
	return calendar.On(received).AddMonths(d.InterimReplyMonths)
}

// DecisionDue returns the date by which the administrator aims to decide, from the close of the call.
func (d Deadlines) DecisionDue(closes time.Time) calendar.Date {
	return calendar.On(closes.Add(-time.Nanosecond)).AddDays(d.DecisionDays)
}

// AppealDeadline returns the last date on which a decision can be appealed, counted from the day
// the notification reached the party (fvl. §§ 29 and 30, domstolloven §§ 148 and 149).
func (d Deadlines) AppealDeadline(notified time.Time) calendar.Date {
	return calendar.AfterWeeks(calendar.On(notified), d.AppealWeeks)
}

// LateAppealLimit returns the last date on which an appeal that comes too late can be taken up for a
// special reason, counted from when the decision was made (fvl. § 31 third paragraph).
func (d Deadlines) LateAppealLimit(decided time.Time) calendar.Date {
	return calendar.On(decided).AddMonths(d.LateAppealMonths)
}

// DeficiencyDeadline returns the last date for the answer to a deficiency notice sent at the given
// moment. A date on which offices are closed moves to the next workday.
func (d Deadlines) DeficiencyDeadline(sent time.Time) calendar.Date {
	return calendar.NextWorkday(calendar.On(sent).AddDays(d.Deficiency.Days))
}

// DeficiencyReminder returns when an applicant who has not answered is reminded of the deadline: at
// 09:00 Europe/Oslo.
func (d Deadlines) DeficiencyReminder(deadline calendar.Date) time.Time {
	return deadline.AddDays(-d.Deficiency.ReminderDays).At(reminderHour, 0)
}

// ReversalNoticeDue returns the last date for telling the party that a decision will be looked at
// again, counted from when the decision was sent (fvl. § 35 third paragraph). It binds the
// administration, so it is not moved when offices are closed.
func (d Deadlines) ReversalNoticeDue(sent time.Time) calendar.Date {
	return calendar.On(sent).AddDays(daysPerWeek * d.Reversal.NoticeWeeks)
}

// ReversalDue returns the last date for sending a decision that reverses one sent at the given
// moment (fvl. § 35 third paragraph).
func (d Deadlines) ReversalDue(sent time.Time) calendar.Date {
	return calendar.On(sent).AddMonths(d.Reversal.DecisionMonths)
}

// Spread returns by how many points the scores that assessors gave on one criterion differ: the
// highest less the lowest, and 0 when there are fewer than two.
func Spread(scores []int) int {
	if len(scores) < 2 {
		return 0
	}
	return slices.Max(scores) - slices.Min(scores)
}

// GrantedYear is a year for which an enterprise has been awarded a grant.
type GrantedYear struct {
	Year int
	// Development tells that it was a development grant.
	Development bool
}

// Count returns how many years count towards the cap when year ends: distinct years up to and
// including year, by the scheme's way of counting development grants and breaks. It is the n of
// "year n of 5".
func (g GrantYears) Count(granted []GrantedYear, year int) int {
	granted = slices.Clone(granted)
	slices.SortFunc(granted, func(a, b GrantedYear) int { return a.Year - b.Year })
	count, previous, counted := 0, 0, 0
	for _, grant := range granted {
		if grant.Year > year {
			break
		}
		if g.startsAfresh(previous, grant.Year) {
			count = 0
		}
		previous = grant.Year
		if (g.DevelopmentCounts || !grant.Development) && grant.Year != counted {
			count++
			counted = grant.Year
		}
	}
	if g.startsAfresh(previous, year) {
		return 0
	}
	return count
}

// Allowed tells whether the cap leaves room for a grant for year to an enterprise that has been
// granted the given years. Grants for year itself and later years are left out of the count, so
// that the answer is the same before and after the award. A development grant that does not count
// is always allowed.
func (g GrantYears) Allowed(granted []GrantedYear, year int, development bool) bool {
	if development && !g.DevelopmentCounts {
		return true
	}
	years := slices.DeleteFunc(slices.Clone(granted), func(grant GrantedYear) bool { return grant.Year >= year })
	years = append(years, GrantedYear{Year: year, Development: development})
	return g.Count(years, year) <= g.Max
}

// startsAfresh tells whether the years without a grant between two years are a break.
func (g GrantYears) startsAfresh(previous, year int) bool {
	return g.BreakYears > 0 && previous != 0 && year-previous-1 >= g.BreakYears
}
