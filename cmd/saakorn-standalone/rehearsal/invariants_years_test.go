package rehearsal

import (
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
)

// soundYears is a small record in which everything holds.
func soundYears() *YearsRecord {
	march, may := day(2020, time.March, 3).At(11, 0), day(2020, time.May, 5).At(11, 0)
	april := day(2020, time.April, 7).At(11, 0)
	return &YearsRecord{
		Years: 5, Ended: day(2026, time.November, 17).At(11, 0), Proofs: tally{checked: 2},
		Lifecycles: []*saakornv1.GetLifecycleResponse{{
			Lifecycle: &saakornv1.Lifecycle{EnterpriseName: "Prøven", MaxYears: 5, EarlierYears: []*saakornv1.EarlierYear{{GrantYear: 2018}}},
			Awards: []*saakornv1.Award{
				{GrantYear: 2019, YearNumber: 2, AcceptedAt: timestamppb.New(march)}, {GrantYear: 2020, YearNumber: 3, AcceptedAt: timestamppb.New(march)},
			},
		}},
		Trail: YearsTrail{
			Payments:    []PaymentRow{{"a", "i", "REJECTED", 50, 100, &march}, {"a", "i", "PAID", 50, 100, &march}, {"a", "j", "PAID", 50, 100, &may}},
			Suspensions: []SuspensionRow{{"a", march.Add(time.Hour), &april}},
			Reminders:   []ReminderRow{{"p", "REPORT_REMINDER", "2020-03-03", 1}},
			Turns:       []Turn{{"a report in time", 3}, {"a report that came late", 1}},
		},
		Histories: []History{{2019, "lifecycle/x", 120, 9000}, {2025, "lifecycle/x", 130, 9000}},
	}
}

func TestSoundYearsBreakNothing(t *testing.T) {
	for _, i := range CheckYears(soundYears()) {
		if i.Broken > 0 || i.Checked == 0 {
			t.Errorf("%s: %d of %d broken: %v", i.Name, i.Broken, i.Checked, i.Examples)
		}
	}
}

func TestEveryInvariantOfTheYearsCanBreak(t *testing.T) {
	during := day(2020, time.March, 20).At(11, 0)
	for name, spoil := range map[string]func(*YearsRecord){
		"ledger_balanced":              func(r *YearsRecord) { r.Proofs.examples = []string{"POSTING_NOT_BALANCED"} },
		"paid_once":                    func(r *YearsRecord) { r.Trail.Payments[0].State = "PAID" },
		"nothing_paid_while_suspended": func(r *YearsRecord) { r.Trail.Payments[2].SentAt = &during },
		"within_the_cap":               func(r *YearsRecord) { r.Lifecycles[0].Awards[1].YearNumber = 6 },
		"reminded_once":                func(r *YearsRecord) { r.Trail.Reminders[0].Letters = 2 },
		"histories_flat":               func(r *YearsRecord) { r.Histories[1].Events = 900 },
		"told_whole":                   func(r *YearsRecord) { r.Trail.Turns[1].Times = 0 },
	} {
		t.Run(name, func(t *testing.T) {
			r := soundYears()
			spoil(r)
			for _, i := range CheckYears(r) {
				if (i.Broken > 0) != (i.Name == name) {
					t.Errorf("%s: %d broken: %v", i.Name, i.Broken, i.Examples)
				}
			}
		})
	}
	for _, i := range CheckYears(&YearsRecord{}) {
		if i.Broken == 0 {
			t.Errorf("%s holds of nothing", i.Name)
		}
	}
}
