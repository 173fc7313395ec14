package scheme

import (
	"slices"
	"time"

	"saakorn/services/platform/calendar"
)

// Followup says how enterprises are followed up while they have the grant, and after it (R25, R27, R37,
// R48). What it finds is decision support and a reason to talk, never a sanction.
type Followup struct {
	Checkins   CheckinRules `yaml:"checkins"`
	Dimensions []Dimension  `yaml:"dimensions"`
	// ExpectedEarnedShare lists, for each grant year, the share of the income that an enterprise is
	// expected to have earned, in percent.
	ExpectedEarnedShare []int        `yaml:"expected_earned_share"`
	Warnings            WarningRules `yaml:"warnings"`
	After               AfterRules   `yaml:"after"`
	Letters             []Letter     `yaml:"letters"`
}

// Risk is how closely an enterprise is followed.
type Risk string

// The risks. More risk means more contact, not less money.
const (
	LowRisk    Risk = "LOW"
	MediumRisk Risk = "MEDIUM"
	HighRisk   Risk = "HIGH"
)

// CheckinRules say how often people talk.
type CheckinRules struct {
	// Low, Medium and High are how many check-ins a grant year has with the risk.
	Low    int `yaml:"low"`
	Medium int `yaml:"medium"`
	High   int `yaml:"high"`
	// InvitationDays is how many days before a check-in the enterprise is told of it.
	InvitationDays int `yaml:"invitation_days"`
	// LateDays is how many days after the planned date an officer is asked why there was none.
	LateDays int `yaml:"late_days"`
}

// PerYear returns how many check-ins a grant year has with the risk.
func (r CheckinRules) PerYear(risk Risk) int {
	switch risk {
	case HighRisk:
		return r.High
	case MediumRisk:
		return r.Medium
	default:
		return r.Low
	}
}

// Dates returns when the check-ins of a grant year are planned with the risk: evenly over the year, each
// on a workday, and none on a date before from.
func (r CheckinRules) Dates(grantYear int, risk Risk, from calendar.Date) []calendar.Date {
	count := r.PerYear(risk)
	const daysOfYear = 365
	first := calendar.Date{Year: grantYear, Month: time.January, Day: 1}
	var dates []calendar.Date
	for i := range count {
		d := calendar.NextWorkday(first.AddDays(daysOfYear * (2*i + 1) / (2 * count)))
		if !d.Before(from) {
			dates = append(dates, d)
		}
	}
	return dates
}

// InvitationAt returns when the enterprise is told of a check-in: at 09:00 Europe/Oslo.
func (r CheckinRules) InvitationAt(planned calendar.Date) time.Time {
	return planned.AddDays(-r.InvitationDays).At(reminderHour, 0)
}

// LateAt returns when an officer is asked why there was no check-in.
func (r CheckinRules) LateAt(planned calendar.Date) time.Time {
	return planned.AddDays(r.LateDays).At(reminderHour, 0)
}

// Measure is a figure that a level is suggested from.
type Measure string

// The measures. MeasureNone is for what only people can judge.
const (
	MeasureNone          Measure = ""
	MeasureEarned        Measure = "EARNED_OF_EXPECTED" // earned share, in percent of what is expected of the year
	MeasureRunway        Measure = "RUNWAY_MONTHS"
	MeasureConcentration Measure = "CONCENTRATION_PERCENT" // the less, the better
)

// Levels are the levels of a dimension, 0 to 4.
const highestLevel = 4

// HighestLevel returns the highest level of a dimension; the lowest is 0.
func HighestLevel() int { return highestLevel }

// Dimension is one side of sustainability that is assessed.
type Dimension struct {
	Key      string `yaml:"key"`
	Title    Text   `yaml:"title"`
	Guidance Text   `yaml:"guidance"`
	// Measure names the figure that a level is suggested from; empty when only people can judge.
	Measure Measure `yaml:"measure"`
	// Steps are the values of the measure from which levels 1 to 4 are suggested. They rise, and fall for a
	// measure of which less is better.
	Steps []int `yaml:"steps"`
}

// Suggest returns the level that the value of the measure suggests.
func (d Dimension) Suggest(value int) int {
	level := 0
	for _, step := range d.Steps {
		if d.Measure == MeasureConcentration && value <= step || d.Measure != MeasureConcentration && value >= step {
			level++
		}
	}
	return level
}

// WarningRules say when figures are a reason to talk.
type WarningRules struct {
	// RunwayMonths is the runway below which people talk.
	RunwayMonths int `yaml:"runway_months"`
	// EarnedFallPoints is by how many percentage points the earned share may fall from one final report to
	// the next.
	EarnedFallPoints int `yaml:"earned_fall_points"`
	// CreamingPercent is the placement rate of those furthest from work, in percent of that of the others,
	// below which people talk.
	CreamingPercent int `yaml:"creaming_percent"`
	// IntakeGapPoints is by how many percentage points the share of those furthest from work may be below
	// what was planned.
	IntakeGapPoints int `yaml:"intake_gap_points"`
	// SmallestContacts is how many contacts an enterprise should have, so that it does not hang on one person.
	SmallestContacts int `yaml:"smallest_contacts"`
}

// AfterRules say what is asked after the last grant.
type AfterRules struct {
	// Months lists how many months after the exit an enterprise is asked how it goes.
	Months []int `yaml:"months"`
	// ReminderDays after the question it is reminded, and GiveUpDays after it nobody asks any more.
	ReminderDays int `yaml:"reminder_days"`
	GiveUpDays   int `yaml:"give_up_days"`
}

// Due returns when each of the questions after the exit is asked, earliest first.
func (a AfterRules) Due(exit calendar.Date) []calendar.Date {
	dates := make([]calendar.Date, 0, len(a.Months))
	for _, months := range a.Months {
		dates = append(dates, calendar.NextWorkday(exit.AddMonths(months)))
	}
	slices.SortFunc(dates, calendar.Date.Compare)
	return dates
}

// Dimension returns the dimension with the key, and false when there is none.
func (f Followup) Dimension(key string) (Dimension, bool) {
	return find(f.Dimensions, func(d Dimension) bool { return d.Key == key })
}

// Expected returns the share of the income that is expected to be earned in the n-th grant year, in
// percent; the last one counts for all later years, and 0 for a year that does not count.
func (f Followup) Expected(yearNumber int) int {
	if yearNumber < 1 || len(f.ExpectedEarnedShare) == 0 {
		return 0
	}
	return f.ExpectedEarnedShare[min(yearNumber, len(f.ExpectedEarnedShare))-1]
}

// The letters of the follow-up.
const (
	LetterCheckinInvitation LetterKey = "CHECKIN_INVITATION"
	LetterAfterQuestion     LetterKey = "AFTER_QUESTION"
	LetterAfterReminder     LetterKey = "AFTER_REMINDER"
)

// FollowupLetterKeys returns every kind of letter of the follow-up.
func FollowupLetterKeys() []LetterKey {
	return []LetterKey{LetterCheckinInvitation, LetterAfterQuestion, LetterAfterReminder}
}

// FollowupLetterData is what only letters of the follow-up use.
type FollowupLetterData struct {
	// CheckinDate is the date of the check-in, MonthsAfter how long after the grant somebody asks.
	CheckinDate string
	MonthsAfter string
}
