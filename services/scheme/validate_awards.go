package scheme

import (
	"fmt"
	"slices"
)

// awards checks what happens to a grant after the decision.
func (v validator) awards() {
	rules := v.definition.Awards
	v.positive("awards.acceptance.days", int64(rules.Acceptance.Days))
	v.reminders("awards.acceptance.reminder_days", rules.Acceptance.ReminderDays)
	if n := len(rules.Acceptance.ReminderDays); n > 0 && slices.Max(rules.Acceptance.ReminderDays) >= rules.Acceptance.Days {
		v.add("awards.acceptance.reminder_days", "have to be less than days, or a reminder comes with the offer")
	}
	v.positive("awards.spending.months", int64(rules.Spending.Months))
	v.notNegative("awards.spending.max_extension_months", int64(rules.Spending.MaxExtensionMonths))
	v.reminders("awards.condition_reminder_days", rules.ConditionReminderDays)
	v.notNegative("awards.exit_plan.from_year", int64(rules.ExitPlan.FromYear))
	if rules.ExitPlan.FromYear > 0 {
		v.positive("awards.exit_plan.months", int64(rules.ExitPlan.Months))
		v.reminders("awards.exit_plan.reminder_days", rules.ExitPlan.ReminderDays)
	}
	if most := v.definition.GrantYears.Max; most > 0 && rules.ExitPlan.FromYear > most {
		v.add("awards.exit_plan.from_year", "is after the last year that the cap allows; 0 means that no plan is asked for")
	}
	v.positive("awards.comment_days", int64(rules.CommentDays))
	v.positive("awards.registry_watch_days", int64(rules.RegistryWatchDays))
	v.positive("awards.closing_months", int64(rules.ClosingMonths))
	v.exits(rules.Exits)
}

func (v validator) reminders(field string, days []int) {
	for i, n := range days {
		at := fmt.Sprintf("%s[%d]", field, i)
		v.positive(at, int64(n))
		if slices.Contains(days[:i], n) {
			v.add(at, "%d is listed twice", n)
		}
	}
}

func (v validator) exits(exits []ExitRule) {
	seen := map[string]bool{}
	for i, exit := range exits {
		field := fmt.Sprintf("awards.exits[%d]", i)
		v.oneOf(field+".kind", exit.Kind, ExitKinds()...)
		if seen[exit.Kind] {
			v.add(field+".kind", "%q is listed twice", exit.Kind)
		}
		seen[exit.Kind] = true
		v.text(field+".title", exit.Title)
		for j, requirement := range exit.Requires {
			v.oneOf(fmt.Sprintf("%s.requires[%d]", field, j), string(requirement), string(RequireLearning), string(RequireHandover))
		}
	}
	for _, kind := range ExitKinds() {
		if !seen[kind] {
			v.add("awards.exits", "the exit %s is missing", kind)
		}
	}
}

// fullAwardLetter returns data of a letter after an award in which nothing is empty.
func fullAwardLetter() AwardLetterData {
	return AwardLetterData{
		YearNumber: "3", MaxYears: "5", SpendBy: "31. desember 2019", ChangeKind: "EXTENSION",
		Measure: "RECOVERY", Claim: FormatAmount(10_000_000, Bokmal), Exit: "virksomheten klarer seg uten tilskudd",
		AppealOutcome: "CHANGED",
	}
}
