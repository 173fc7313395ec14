package scheme

import saakornv1 "saakorn/proto/gen/saakorn/v1"

func presentAwards(r AwardRules) *saakornv1.SchemeAwards {
	number := func(n int) int32 { return int32(n) }
	return &saakornv1.SchemeAwards{
		AcceptanceDays: int32(r.Acceptance.Days), AcceptanceReminderDays: each(r.Acceptance.ReminderDays, number),
		SpendingMonths: int32(r.Spending.Months), MaxExtensionMonths: int32(r.Spending.MaxExtensionMonths),
		ExitPlanFromYear: int32(r.ExitPlan.FromYear), ExitPlanMonths: int32(r.ExitPlan.Months), CommentDays: int32(r.CommentDays),
		Exits: each(r.Exits, func(e ExitRule) *saakornv1.SchemeExit {
			return &saakornv1.SchemeExit{
				Kind: saakornv1.ExitKind(saakornv1.ExitKind_value["EXIT_KIND_"+e.Kind]), Title: presentText(e.Title),
				Requires: each(e.Requires, func(x ExitRequirement) string { return string(x) }),
			}
		}),
	}
}
