package scheme

import (
	"slices"
	"time"

	"saakorn/services/platform/calendar"
)

// AwardRules say what happens to a grant after the decision.
type AwardRules struct {
	Acceptance AcceptanceRule `yaml:"acceptance"`
	Spending   SpendingRule   `yaml:"spending"`
	// ConditionReminderDays lists how many days before its last date a condition is reminded of.
	ConditionReminderDays []int        `yaml:"condition_reminder_days"`
	ExitPlan              ExitPlanRule `yaml:"exit_plan"`
	// CommentDays is the least time the party has for comments on a planned measure (fvl. § 16).
	CommentDays int `yaml:"comment_days"`
	// RegistryWatchDays is how often the registries are asked about enterprises with a grant.
	RegistryWatchDays int `yaml:"registry_watch_days"`
	// ClosingMonths after the spending period an award that is not closed becomes somebody's task.
	ClosingMonths int        `yaml:"closing_months"`
	Exits         []ExitRule `yaml:"exits"`
}

// AcceptanceRule is the time for accepting the terms of an award.
type AcceptanceRule struct {
	// Days count from the day on which the enterprise was notified.
	Days int `yaml:"days"`
	// ReminderDays lists how many days before the last date the enterprise is reminded.
	ReminderDays []int `yaml:"reminder_days"`
}

// SpendingRule is the time in which a grant is to be spent.
type SpendingRule struct {
	// Months count from 1 January of the grant year; 12 for the year itself.
	Months int `yaml:"months"`
	// MaxExtensionMonths is by how much it can be extended at most, on request.
	MaxExtensionMonths int `yaml:"max_extension_months"`
}

// ExitPlanRule says when the plan for the time after the grant is asked for (R62).
type ExitPlanRule struct {
	// FromYear is the n of "year n of 5" from which every year has a plan; 0 when there is never one.
	FromYear int `yaml:"from_year"`
	// Months after the acceptance the plan is due.
	Months int `yaml:"months"`
	// ReminderDays lists how many days before that the enterprise is reminded.
	ReminderDays []int `yaml:"reminder_days"`
}

// ExitRequirement is what has to be there before a lifecycle is closed.
type ExitRequirement string

// The requirements (R48).
const (
	RequireLearning ExitRequirement = "LEARNING" // what was learned is written down
	RequireHandover ExitRequirement = "HANDOVER" // somebody carries it on
)

// ExitRule says what is demanded of one way to leave the scheme.
type ExitRule struct {
	// Kind is one of the contract's ExitKind, without its prefix.
	Kind     string            `yaml:"kind"`
	Title    Text              `yaml:"title"`
	Requires []ExitRequirement `yaml:"requires"`
}

// ExitKinds returns the ways to leave a scheme.
func ExitKinds() []string {
	return []string{"SUSTAINABLE", "YEARS_USED", "STOPPED", "WITHDRAWN", "MERGED", "BANKRUPT"}
}

// The letters that follow an award.
const (
	LetterGrant               LetterKey = "GRANT_LETTER" // tilskuddsbrev: the terms, and by when to accept them
	LetterAcceptanceReminder  LetterKey = "ACCEPTANCE_REMINDER"
	LetterAcceptanceExtended  LetterKey = "ACCEPTANCE_EXTENDED"
	LetterAcceptanceConfirmed LetterKey = "ACCEPTANCE_CONFIRMED"
	LetterAwardDeclined       LetterKey = "AWARD_DECLINED"
	LetterAwardLapsed         LetterKey = "AWARD_LAPSED"
	LetterConditionReminder   LetterKey = "CONDITION_REMINDER"
	LetterExitPlanReminder    LetterKey = "EXIT_PLAN_REMINDER"
	LetterChangeApproved      LetterKey = "CHANGE_APPROVED"
	LetterChangeRejected      LetterKey = "CHANGE_REJECTED"
	LetterMeasureNotice       LetterKey = "MEASURE_NOTICE" // fvl. § 16; no decision
	LetterPaymentSuspended    LetterKey = "PAYMENT_SUSPENDED"
	LetterSuspensionLifted    LetterKey = "SUSPENSION_LIFTED"
	LetterGrantStopped        LetterKey = "GRANT_STOPPED"
	LetterGrantReduced        LetterKey = "GRANT_REDUCED"
	LetterRecoveryDecided     LetterKey = "RECOVERY_DECIDED"
	LetterGrantEnded          LetterKey = "GRANT_ENDED" // the enterprise has left the scheme

	LetterMeasureAppealReceived  LetterKey = "MEASURE_APPEAL_RECEIVED"
	LetterMeasureAppealDismissed LetterKey = "MEASURE_APPEAL_DISMISSED"
	LetterMeasureAppealGranted   LetterKey = "MEASURE_APPEAL_GRANTED"
	LetterMeasureAppealForwarded LetterKey = "MEASURE_APPEAL_FORWARDED"
	LetterMeasureAppealReferral  LetterKey = "MEASURE_APPEAL_REFERRAL" // to the appeal body, with a copy to the party
	LetterMeasureAppealOutcome   LetterKey = "MEASURE_APPEAL_OUTCOME"
)

// awardLetters are the kinds of letter that follow an award, in the order in which they can come.
func awardLetters() []LetterKey {
	return []LetterKey{
		LetterGrant, LetterAcceptanceReminder, LetterAcceptanceExtended, LetterAcceptanceConfirmed,
		LetterAwardDeclined, LetterAwardLapsed, LetterConditionReminder, LetterExitPlanReminder,
		LetterChangeApproved, LetterChangeRejected, LetterMeasureNotice, LetterPaymentSuspended,
		LetterSuspensionLifted, LetterGrantStopped, LetterGrantReduced, LetterRecoveryDecided,
		LetterMeasureAppealReceived, LetterMeasureAppealDismissed, LetterMeasureAppealGranted, LetterMeasureAppealForwarded,
		LetterMeasureAppealReferral, LetterMeasureAppealOutcome, LetterGrantEnded,
	}
}

// AwardLetterData is what letters that follow an award can use beside the rest of LetterData.
type AwardLetterData struct {
	// YearNumber and MaxYears are the "year n of 5"; YearNumber is empty when the year does not count.
	YearNumber, MaxYears string
	// SpendBy is the last date on which costs of the grant may arise.
	SpendBy string
	// ChangeKind is the kind of a change request, one of the contract's ChangeKind without its prefix.
	ChangeKind string
	// Measure is the kind of a planned measure, one of the contract's MeasureKind without its prefix, and
	// Claim its amount.
	Measure, Claim string
	// AppealOutcome is what the appeal body decided about a measure, one of the contract's AppealOutcome
	// without its prefix.
	AppealOutcome string
	// Exit is how the enterprise leaves the scheme, in words.
	Exit string
}

// AcceptBy returns the last date for accepting an award of which the enterprise was notified at the
// given moment. A date on which offices are closed moves to the next workday.
func (r AwardRules) AcceptBy(notified time.Time) calendar.Date {
	return calendar.NextWorkday(calendar.On(notified).AddDays(r.Acceptance.Days))
}

// SpendBy returns the last date on which costs of a grant for the year may arise.
func (r AwardRules) SpendBy(grantYear int) calendar.Date {
	first := calendar.Date{Year: grantYear, Month: time.January, Day: 1}
	return first.AddMonths(r.Spending.Months).AddDays(-1)
}

// LatestSpendBy returns the latest date to which the spending period of a grant for the year can be
// extended.
func (r AwardRules) LatestSpendBy(grantYear int) calendar.Date {
	return r.SpendBy(grantYear).AddDays(1).AddMonths(r.Spending.MaxExtensionMonths).AddDays(-1)
}

// ExitPlanDue returns the last date for the exit plan of a year that was accepted at the given moment,
// and false when no plan is asked for in it.
func (r AwardRules) ExitPlanDue(yearNumber int, accepted time.Time) (calendar.Date, bool) {
	if r.ExitPlan.FromYear == 0 || yearNumber < r.ExitPlan.FromYear {
		return calendar.Date{}, false
	}
	return calendar.On(accepted).AddMonths(r.ExitPlan.Months), true
}

// ClosingDue returns the date by which an award that may be spent until the given date is closed.
func (r AwardRules) ClosingDue(spendBy calendar.Date) calendar.Date {
	return spendBy.AddDays(1).AddMonths(r.ClosingMonths).AddDays(-1)
}

// Exit returns the rule of a way to leave the scheme, and false when the scheme does not know it.
func (r AwardRules) Exit(kind string) (ExitRule, bool) {
	return find(r.Exits, func(e ExitRule) bool { return e.Kind == kind })
}

// Reminders returns when a last date is reminded of, earliest first: at 09:00 Europe/Oslo, the given
// numbers of days before it.
func Reminders(last calendar.Date, days []int) []time.Time {
	reminders := make([]time.Time, 0, len(days))
	for _, n := range days {
		reminders = append(reminders, last.AddDays(-n).At(reminderHour, 0))
	}
	slices.SortFunc(reminders, time.Time.Compare)
	return reminders
}

// Remaining returns how many years the cap leaves after the given years.
func (g GrantYears) Remaining(granted []GrantedYear, year int) int {
	return max(0, g.Max-g.Count(granted, year))
}
