package entrepreneur

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/text"
	"saakorn/web/ui"
)

// relationOf returns a relation with one accepted award in 2019, in which nothing is to be done.
func relationOf(change func(*whole)) *whole {
	award := &saakornv1.Award{Id: "a", EnterpriseId: "e", GrantYear: 2019, State: saakornv1.AwardState_AWARD_STATE_ACCEPTED, AcceptedAt: timestamppb.Now(), SpendBy: "2019-12-31"}
	w := &whole{
		relation: &relation{editor: true, GetLifecycleResponse: &saakornv1.GetLifecycleResponse{
			Lifecycle: &saakornv1.Lifecycle{Id: "l", EnterpriseId: "e", EnterpriseName: "Frø", State: saakornv1.LifecycleState_LIFECYCLE_STATE_ACTIVE, RemainingYears: 4},
			Awards:    []*saakornv1.Award{award},
		}},
		years:       []*relationYear{{GetAwardResponse: &saakornv1.GetAwardResponse{Award: award}}},
		accounts:    []*saakornv1.PayeeAccount{{State: saakornv1.PayeeAccountState_PAYEE_ACCOUNT_STATE_CONFIRMED}},
		assessments: []*saakornv1.SustainabilityAssessment{{GrantYear: 2019, OwnAt: timestamppb.Now()}},
	}
	change(w)
	return w
}

func TestWhatAnEnterpriseHasToDo(t *testing.T) {
	type due struct{ Href, Due string }
	tests := map[string]struct {
		change func(*whole)
		want   []due
	}{
		"nothing": {func(*whole) {}, nil},
		"an offer": {func(w *whole) {
			w.Awards[0].State, w.Awards[0].AcceptBy = saakornv1.AwardState_AWARD_STATE_OFFERED, "2019-02-01"
		}, []due{{"/awards/a", "2019-02-01"}}},
		"an account after a refusal": {func(w *whole) {
			w.accounts[0].State = saakornv1.PayeeAccountState_PAYEE_ACCOUNT_STATE_REFUSED
		}, []due{{"/enterprises/e/account", ""}}},
		"no account while one waits": {func(w *whole) {
			w.accounts[0].State = saakornv1.PayeeAccountState_PAYEE_ACCOUNT_STATE_PROPOSED
		}, nil},
		"a condition with a date, and none without": {func(w *whole) {
			w.years[0].Conditions = []*saakornv1.AwardCondition{
				{Text: "x", State: saakornv1.ConditionState_CONDITION_STATE_OPEN, DueOn: "2019-06-01"}, {Text: "y", State: saakornv1.ConditionState_CONDITION_STATE_OPEN},
				{Text: "z", State: saakornv1.ConditionState_CONDITION_STATE_MET, DueOn: "2019-06-01"},
			}
		}, []due{{"/awards/a", "2019-06-01"}}},
		"to be heard, once": {func(w *whole) {
			w.years[0].measures = []*saakornv1.Measure{
				{Id: "m", State: saakornv1.MeasureState_MEASURE_STATE_NOTIFIED, CommentBy: "2019-03-01"},
				{Id: "n", State: saakornv1.MeasureState_MEASURE_STATE_NOTIFIED, CommentBy: "2019-03-01", CommentedAt: timestamppb.Now()},
			}
		}, []due{{"/awards/a/measures/m", "2019-03-01"}}},
		"the first part that is not paid": {func(w *whole) {
			w.claims = []*saakornv1.Claim{{Id: "c", Parts: []*saakornv1.ClaimPart{
				{DueOn: "2019-03-01", AmountOre: 100, PaidOre: 100}, {DueOn: "2019-04-01", AmountOre: 100, PaidOre: 40}, {DueOn: "2019-05-01", AmountOre: 100},
			}}}
		}, []due{{"/grants/l/claims/c", "2019-04-01"}}},
		"own action points only": {func(w *whole) {
			w.points = []*saakornv1.ActionPoint{
				{Text: "x", State: saakornv1.ActionPointState_ACTION_POINT_STATE_OPEN, DueOn: "2019-05-01"},
				{Text: "y", State: saakornv1.ActionPointState_ACTION_POINT_STATE_OPEN, DueOn: "2019-05-01", OwnerId: "officer"},
				{Text: "z", State: saakornv1.ActionPointState_ACTION_POINT_STATE_DONE, DueOn: "2019-05-01"},
			}
		}, []due{{"/grants/l/checkins#points", "2019-05-01"}}},
		"no action points when the relation has ended": {func(w *whole) {
			w.Lifecycle.State = saakornv1.LifecycleState_LIFECYCLE_STATE_CLOSED
			w.points = []*saakornv1.ActionPoint{{Text: "x", State: saakornv1.ActionPointState_ACTION_POINT_STATE_OPEN, DueOn: "2019-05-01"}}
		}, nil},
		"to assess before the next talk": {func(w *whole) {
			w.assessments = nil
			w.checkins = []*saakornv1.Checkin{
				{State: saakornv1.CheckinState_CHECKIN_STATE_PLANNED, PlannedOn: "2019-09-01"}, {State: saakornv1.CheckinState_CHECKIN_STATE_PLANNED, PlannedOn: "2019-05-01"},
				{State: saakornv1.CheckinState_CHECKIN_STATE_HELD, PlannedOn: "2019-02-01"},
			}
		}, []due{{"/grants/l/assessment", "2019-05-01"}}},
		"a plan for the time after": {func(w *whole) {
			w.ExitPlanDemands = []*saakornv1.ExitPlanDemand{{GrantYear: 2018, DueOn: "2018-07-01", Submitted: true}, {GrantYear: 2019, DueOn: "2019-07-01"}}
		}, []due{{"/grants/l/exit-plan", "2019-07-01"}}},
		"to hand over in the last year": {func(w *whole) { w.Lifecycle.RemainingYears = 0 }, []due{{"/grants/l/handover", "2019-12-31"}}},
		"to answer, and to read a draft": {func(w *whole) {
			w.Lifecycle.State = saakornv1.LifecycleState_LIFECYCLE_STATE_CLOSED
			w.after = []*saakornv1.AfterQuestion{
				{Id: "q", Months: 6, State: saakornv1.AfterQuestionState_AFTER_QUESTION_STATE_ASKED, AnswerBy: "2020-08-01"},
				{Id: "r", Months: 12, State: saakornv1.AfterQuestionState_AFTER_QUESTION_STATE_PLANNED},
			}
			w.examples = []*saakornv1.Example{{Id: "x", State: saakornv1.ExampleState_EXAMPLE_STATE_DRAFT}, {Id: "y", State: saakornv1.ExampleState_EXAMPLE_STATE_PUBLISHED}}
		}, []due{{"/grants/l/after/q", "2020-08-01"}, {"/grants/l/examples/x", ""}}},
		"nothing for those who only read": {func(w *whole) {
			w.editor, w.assessments = false, nil
		}, nil},
	}
	c, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	p := ui.Page{Printer: c.Printer(text.Bokmal)}
	for name, tt := range tests {
		var got []due
		for _, d := range sorted(relationOf(tt.change).duties(p)) {
			got = append(got, due{d.href, d.due})
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
