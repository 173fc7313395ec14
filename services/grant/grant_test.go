package grant_test

import (
	"context"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	"saakorn/deploy/embedded/embeddedtest"
	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework/caseworktest"
	"saakorn/services/grant"
	"saakorn/services/grant/granttest"
	"saakorn/services/installation/installationtest"
	"saakorn/services/platform/calendar"
)

func TestMain(m *testing.M) { os.Exit(embeddedtest.Main(m)) }

const (
	officer  = installationtest.CaseOfficer
	decider  = installationtest.DecisionMaker
	decider2 = "decision-maker-2"
	amount   = int64(caseworktest.AmountOre)
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func expect(t testing.TB, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// house is a granttest house with a test.
type house struct {
	*granttest.House
	*testing.T
}

func newHouse(t *testing.T) house { return house{granttest.Open(t), t} }

func (h house) as(person string) context.Context { return h.API.As(h.Context(), person) }

func (h house) applicant(n int) context.Context { return h.as(caseworktest.Applicant(n)) }

// free returns what is free of the frame of 2019.
func (h house) free() int64 {
	h.Helper()
	f, err := h.API.Installation.Schemes.Budget(h.Context(), granttest.SchemeID, 2019)
	must(h, err)
	return f.FreeOre()
}

func (h house) letters(a *saakornv1.Award) []string {
	h.Helper()
	var list []string
	for _, kind := range h.Letters(h, a.GetApplicationId()) {
		if kind != "RECEIPT" && kind != "DECISION_APPROVED" {
			list = append(list, kind)
		}
	}
	slices.Reverse(list)
	return list
}

func TestAnAwardIsOfferedWithItsConditionsWhenThePartyHasBeenTold(t *testing.T) {
	h := newHouse(t)
	a := h.Offer(t, 1, "Rapport innen fristen.", "Møte i juni.")[0]
	answer := h.Award(t, a.GetId())
	expect(t, "state", saakornv1.AwardState_AWARD_STATE_OFFERED, answer.GetAward().GetState())
	expect(t, "year", []int32{1, 2019}, []int32{a.GetYearNumber(), a.GetGrantYear()})
	expect(t, "amounts", []int64{amount, amount, 0}, []int64{a.GetAmountOre(), a.GetCommittedOre(), a.GetReleasedOre()})
	expect(t, "spend by", "2019-12-31", a.GetSpendBy())
	expect(t, "accept by", calendar.NextWorkday(calendar.On(h.API.Now()).AddDays(21)).String(), a.GetAcceptBy())
	var conditions []string
	for _, c := range answer.GetConditions() {
		conditions = append(conditions, c.GetText()+" "+c.GetState().String())
	}
	expect(t, "conditions", []string{"Rapport innen fristen. CONDITION_STATE_OPEN", "Møte i juni. CONDITION_STATE_OPEN"}, conditions)
	l := h.Lifecycle(t, a.GetLifecycleId()).GetLifecycle()
	expect(t, "years", []int32{1, 5, 4}, []int32{l.GetYearsUsed(), l.GetMaxYears(), l.GetRemainingYears()})
	expect(t, "letters", []string{"GRANT_LETTER"}, h.letters(a))
}

func TestOnlySomebodyWhoMayActAcceptsAndOnlyOnce(t *testing.T) {
	h := newHouse(t)
	a := h.Offer(t, 1)[0]
	accept := func(person, etag string) error {
		_, err := h.Grants.AcceptAward(h.as(person), &saakornv1.AcceptAwardRequest{RequestId: uuid.NewString(), AwardId: a.GetId(), Etag: etag})
		return err
	}
	installationtest.WantRefused(t, accept(installationtest.Stranger, a.GetEtag()), codes.NotFound, "NOT_FOUND")
	h.API.AddMember(t, caseworktest.Applicant(1), a.GetEnterpriseId(), installationtest.Stranger, saakornv1.MemberRight_MEMBER_RIGHT_READER)
	installationtest.WantRefused(t, accept(installationtest.Stranger, a.GetEtag()), codes.PermissionDenied, "READER_ONLY")
	installationtest.WantRefused(t, accept(caseworktest.Applicant(1), "0"), codes.Aborted, "STALE_ETAG")
	accepted := h.Accept(t, 1, a.GetId())
	expect(t, "state", saakornv1.AwardState_AWARD_STATE_ACCEPTED, accepted.GetState())
	expect(t, "accepted by", caseworktest.Applicant(1), accepted.GetAcceptedBy())
	installationtest.WantRefused(t, accept(caseworktest.Applicant(1), accepted.GetEtag()), codes.FailedPrecondition, "WRONG_STATE")
	h.Follow(t, a.GetLifecycleId())
	expect(t, "letters", []string{"GRANT_LETTER", "ACCEPTANCE_CONFIRMED"}, h.letters(a))
	if accepted.GetCommittedOre() != 0 {
		t.Error("the enterprise sees what the frame holds")
	}
}

func TestTheAccountIsProposedWithTheAcceptanceOrNotAtAll(t *testing.T) {
	h := newHouse(t)
	a := h.Offer(t, 1)[0]
	accept := func(etag, number string) error {
		_, err := h.Grants.AcceptAward(h.applicant(1), &saakornv1.AcceptAwardRequest{
			RequestId: uuid.NewString(), AwardId: a.GetId(), Etag: etag, AccountNumber: number,
		})
		return err
	}
	states := func() []saakornv1.PayeeAccountState {
		t.Helper()
		list, err := h.API.Accounts.ListPayeeAccounts(h.applicant(1), &saakornv1.ListPayeeAccountsRequest{EnterpriseId: a.GetEnterpriseId()})
		must(t, err)
		var states []saakornv1.PayeeAccountState
		for _, x := range list.GetAccounts() {
			states = append(states, x.GetState())
		}
		return states
	}
	installationtest.WantInvalid(t, accept(a.GetEtag(), "1234"), "account_number NOT_ELEVEN_DIGITS")
	installationtest.WantInvalid(t, accept(a.GetEtag(), "12345678901"), "account_number CHECK_DIGIT_WRONG")
	expect(t, "state", saakornv1.AwardState_AWARD_STATE_OFFERED, h.Award(t, a.GetId()).GetAward().GetState())
	installationtest.WantRefused(t, accept("0", "32600596984"), codes.Aborted, "STALE_ETAG")
	expect(t, "accounts after a refused acceptance", []saakornv1.PayeeAccountState(nil), states())
	must(t, accept(a.GetEtag(), "3260 05 96984"))
	expect(t, "accounts", []saakornv1.PayeeAccountState{saakornv1.PayeeAccountState_PAYEE_ACCOUNT_STATE_PROPOSED}, states())
}

func TestAnOfferIsRemindedOfAndLapsesAndIsReleasedByAPerson(t *testing.T) {
	h := newHouse(t)
	free := h.free()
	a := h.Offer(t, 1)[0]
	by, err := calendar.Parse(a.GetAcceptBy())
	must(t, err)
	h.Until(t, by.AddDays(-7).At(9, 0), a.GetLifecycleId())
	h.Follow(t, a.GetLifecycleId()) // looking twice reminds once
	expect(t, "letters", []string{"GRANT_LETTER", "ACCEPTANCE_REMINDER"}, h.letters(a))
	h.Until(t, by.AddDays(-2).At(9, 0), a.GetLifecycleId())
	expect(t, "letters", []string{"GRANT_LETTER", "ACCEPTANCE_REMINDER", "ACCEPTANCE_REMINDER"}, h.letters(a))
	h.Until(t, by.End(), a.GetLifecycleId())
	a = h.Award(t, a.GetId()).GetAward()
	expect(t, "state", saakornv1.AwardState_AWARD_STATE_LAPSED, a.GetState())
	expect(t, "year number", int32(0), a.GetYearNumber())
	expect(t, "last letter", "AWARD_LAPSED", h.letters(a)[3])
	expect(t, "still bound", free-amount, h.free())
	expect(t, "tasks", []string{"RELEASE_COMMITMENT"}, h.OpenTasks(t, a.GetLifecycleId()))

	release := func(person string) (*saakornv1.ReleaseCommitmentResponse, error) {
		return h.Grants.ReleaseCommitment(h.as(person), &saakornv1.ReleaseCommitmentRequest{
			RequestId: uuid.NewString(), AwardId: a.GetId(), Etag: h.Award(t, a.GetId()).GetAward().GetEtag(),
		})
	}
	_, err = release(officer)
	installationtest.WantRefused(t, err, codes.PermissionDenied, "ROLE_MISSING")
	released, err := release(decider)
	must(t, err)
	expect(t, "released", []int64{amount, free}, []int64{released.GetReleasedOre(), h.free()})
	_, err = release(decider)
	installationtest.WantRefused(t, err, codes.FailedPrecondition, "NOTHING_TO_RELEASE")
	h.Follow(t, a.GetLifecycleId())
	expect(t, "tasks", []string(nil), h.OpenTasks(t, a.GetLifecycleId()))

	// A lapsed award is offered again with more time, and is bound again.
	until := calendar.On(h.API.Now()).AddDays(10)
	extended, err := h.Grants.ExtendAcceptance(h.as(officer), &saakornv1.ExtendAcceptanceRequest{
		RequestId: uuid.NewString(), AwardId: a.GetId(), Etag: h.Award(t, a.GetId()).GetAward().GetEtag(), AcceptBy: until.String(), Reason: "Daglig leder var syk.",
	})
	must(t, err)
	expect(t, "offered again", []any{saakornv1.AwardState_AWARD_STATE_OFFERED, until.String(), int32(1), free - amount},
		[]any{extended.GetAward().GetState(), extended.GetAward().GetAcceptBy(), h.Award(t, a.GetId()).GetAward().GetYearNumber(), h.free()})
	h.Follow(t, a.GetLifecycleId())
	expect(t, "last letter", "ACCEPTANCE_EXTENDED", h.letters(a)[4])
	h.Accept(t, 1, a.GetId())
}

func TestNothingIsReleasedInTheAppealPeriod(t *testing.T) {
	h := newHouse(t)
	a := h.Offer(t, 1)[0]
	declined, err := h.Grants.DeclineAward(h.applicant(1), &saakornv1.DeclineAwardRequest{
		RequestId: uuid.NewString(), AwardId: a.GetId(), Etag: h.Award(t, a.GetId()).GetAward().GetEtag(), Reason: "Vi fikk annen finansiering.",
	})
	must(t, err)
	expect(t, "state", saakornv1.AwardState_AWARD_STATE_DECLINED, declined.GetAward().GetState())
	h.Follow(t, a.GetLifecycleId())
	expect(t, "letters", []string{"GRANT_LETTER", "AWARD_DECLINED"}, h.letters(a))
	expect(t, "tasks in the appeal period", []string(nil), h.OpenTasks(t, a.GetLifecycleId()))
	_, err = h.Grants.ReleaseCommitment(h.as(decider), &saakornv1.ReleaseCommitmentRequest{RequestId: uuid.NewString(), AwardId: a.GetId(), Etag: declined.GetAward().GetEtag()})
	installationtest.WantRefused(t, err, codes.FailedPrecondition, "APPEAL_PERIOD")
	h.Until(t, h.Case(t, a.GetApplicationId()).GetCase().GetDueAt().AsTime(), a.GetLifecycleId())
	expect(t, "tasks", []string{"RELEASE_COMMITMENT"}, h.OpenTasks(t, a.GetLifecycleId()))
}

func TestALifecycleIsEnteredWithEarlierYears(t *testing.T) {
	h := newHouse(t)
	e := h.API.RegisterEnterprise(t, caseworktest.Applicant(2))
	open := func(years ...*saakornv1.EarlierYear) (*saakornv1.Lifecycle, error) {
		answer, err := h.Grants.OpenLifecycle(h.as(officer), &saakornv1.OpenLifecycleRequest{
			RequestId: uuid.NewString(), SchemeId: granttest.SchemeID, EnterpriseId: e.GetId(), EarlierYears: years,
		})
		return answer.GetLifecycle(), err
	}
	y := func(year int32) *saakornv1.EarlierYear {
		return &saakornv1.EarlierYear{GrantYear: year, Source: "Tildelingsbrev i arkivet"}
	}
	_, err := open(y(2017), y(2017), y(2030))
	installationtest.WantInvalid(t, err, "earlier_years[1].grant_year NAMED_TWICE", "earlier_years[2].grant_year NOT_EARLIER")
	l, err := open(y(2018), y(2017))
	must(t, err)
	expect(t, "years", []int32{2, 5, 3}, []int32{l.GetYearsUsed(), l.GetMaxYears(), l.GetRemainingYears()})
	_, err = open()
	installationtest.WantRefused(t, err, codes.AlreadyExists, "LIFECYCLE_EXISTS")

	// The enterprise is the second to apply here, and is in its third year.
	id := h.API.CompleteDraft(t, caseworktest.Applicant(2), h.Call, e.GetId(), saakornv1.ApplicationType_APPLICATION_TYPE_NEW_ORDINARY)
	h.API.Submit(t, caseworktest.Applicant(2), id)
	h.Drive(t, id.GetId())
	h.Close(t)
	h.AnswerAll(t, id.GetId())
	h.Assess(t, id.GetId())
	h.Recommend(t, officer, id.GetId(), saakornv1.Outcome_OUTCOME_APPROVED, amount)
	must(t, h.Decide(t.Context(), decider, h.Case(t, id.GetId()).GetCase(), saakornv1.Outcome_OUTCOME_APPROVED, amount))
	h.Drive(t, id.GetId())
	h.Follow(t, l.GetId())
	a := h.AwardOf(t, id.GetId())
	expect(t, "in the lifecycle that was there", []any{l.GetId(), int32(3)}, []any{a.GetLifecycleId(), a.GetYearNumber()})
	h.Accept(t, 2, a.GetId())
	h.exitPlanOfYear3(a)

	// What is known of the past changes what number a year has.
	now := h.Lifecycle(t, l.GetId()).GetLifecycle()
	_, err = h.Grants.SetEarlierYears(h.as(officer), &saakornv1.SetEarlierYearsRequest{
		RequestId: uuid.NewString(), LifecycleId: l.GetId(), Etag: now.GetEtag(), EarlierYears: []*saakornv1.EarlierYear{y(2018)},
	})
	must(t, err)
	expect(t, "number", int32(2), h.Award(t, a.GetId()).GetAward().GetYearNumber())
}

// exitPlanOfYear3 demands that the plan is asked for, reminded of, missed and received.
func (h house) exitPlanOfYear3(a *saakornv1.Award) {
	h.Helper()
	due := calendar.On(h.API.Now()).AddMonths(6)
	demands := h.Lifecycle(h, a.GetLifecycleId()).GetExitPlanDemands()
	if len(demands) != 1 {
		h.Fatalf("%d plans are asked for", len(demands))
	}
	expect(h, "demand", []any{due.String(), false}, []any{demands[0].GetDueOn(), demands[0].GetSubmitted()})
	h.Until(h, due.AddDays(-30).At(9, 0), a.GetLifecycleId())
	h.Until(h, due.AddDays(-7).At(9, 0), a.GetLifecycleId())
	expect(h, "letters", []string{"GRANT_LETTER", "ACCEPTANCE_CONFIRMED", "EXIT_PLAN_REMINDER", "EXIT_PLAN_REMINDER"}, h.letters(a))
	h.Until(h, due.End(), a.GetLifecycleId())
	expect(h, "tasks", []string{"EXIT_PLAN_OVERDUE"}, h.OpenTasks(h, a.GetLifecycleId()))
	submit := func(year int32) error {
		_, err := h.Grants.SubmitExitPlan(h.applicant(2), &saakornv1.SubmitExitPlanRequest{
			RequestId: uuid.NewString(), LifecycleId: a.GetLifecycleId(), GrantYear: year, Route: saakornv1.ExitRoute_EXIT_ROUTE_PRIVATE_MARKET,
			Description: "Vi selger til flere bedrifter.", Steps: []*saakornv1.ExitStep{{Text: "Tre nye avtaler.", DueOn: "2020-06-30"}},
		})
		return err
	}
	installationtest.WantInvalid(h, submit(2016), "grant_year NO_AWARD")
	must(h, submit(2019))
	h.Follow(h, a.GetLifecycleId())
	expect(h, "tasks", []string(nil), h.OpenTasks(h, a.GetLifecycleId()))
}

func TestConditionsAreMetWaivedAndRemindedOf(t *testing.T) {
	h := newHouse(t)
	a := h.Offer(t, 1, "Rapport innen fristen.", "Møte i juni.")[0]
	h.Accept(t, 1, a.GetId())
	conditions := h.Award(t, a.GetId()).GetConditions()
	first, second := conditions[0], conditions[1]
	_, err := h.Grants.WaiveCondition(h.as(officer), &saakornv1.WaiveConditionRequest{RequestId: uuid.NewString(), ConditionId: first.GetId(), Etag: first.GetEtag(), Reason: "x"})
	installationtest.WantRefused(t, err, codes.PermissionDenied, "ROLE_MISSING")
	waived, err := h.Grants.WaiveCondition(h.as(decider), &saakornv1.WaiveConditionRequest{RequestId: uuid.NewString(), ConditionId: first.GetId(), Etag: first.GetEtag(), Reason: "Dekket av et annet vilkår."})
	must(t, err)
	expect(t, "waived", saakornv1.ConditionState_CONDITION_STATE_WAIVED, waived.GetCondition().GetState())
	due := calendar.On(h.API.Now()).AddDays(20)
	planned, err := h.Grants.ScheduleCondition(h.as(officer), &saakornv1.ScheduleConditionRequest{RequestId: uuid.NewString(), ConditionId: second.GetId(), Etag: second.GetEtag(), DueOn: due.String()})
	must(t, err)
	h.Until(t, due.AddDays(-14).At(9, 0), a.GetLifecycleId())
	expect(t, "letters", []string{"GRANT_LETTER", "ACCEPTANCE_CONFIRMED", "CONDITION_REMINDER"}, h.letters(a))
	h.Until(t, due.End(), a.GetLifecycleId())
	expect(t, "tasks", []string{"CONDITION_OVERDUE"}, h.OpenTasks(t, a.GetLifecycleId()))
	settle := func(etag string, state saakornv1.ConditionState) (*saakornv1.SettleConditionResponse, error) {
		return h.Grants.SettleCondition(h.as(officer), &saakornv1.SettleConditionRequest{RequestId: uuid.NewString(), ConditionId: second.GetId(), Etag: etag, State: state, Reason: "Referatet er mottatt."})
	}
	met, err := settle(planned.GetCondition().GetEtag(), saakornv1.ConditionState_CONDITION_STATE_MET)
	must(t, err)
	h.Follow(t, a.GetLifecycleId())
	expect(t, "tasks", []string(nil), h.OpenTasks(t, a.GetLifecycleId()))
	_, err = settle(met.GetCondition().GetEtag(), saakornv1.ConditionState_CONDITION_STATE_MET)
	installationtest.WantRefused(t, err, codes.FailedPrecondition, "CONDITION_SETTLED")
	_, err = settle(met.GetCondition().GetEtag(), saakornv1.ConditionState_CONDITION_STATE_OPEN)
	must(t, err)
}

func TestAnAppealCarriesThroughToTheAward(t *testing.T) {
	h := newHouse(t)
	a := h.Offer(t, 1)[0]
	free := h.free()
	reverse := func(outcome saakornv1.Outcome, ore int64, person string) error {
		c := h.Case(t, a.GetApplicationId()).GetCase()
		h.Enter(t, a.GetApplicationId(), person)
		_, err := saakornv1.NewAppealServiceClient(h.API.Connection).ReverseDecision(h.as(person), &saakornv1.ReverseDecisionRequest{
			RequestId: uuid.NewString(), CaseId: c.GetId(), Etag: c.GetEtag(), Outcome: outcome, AmountOre: ore, Reasons: "Vi har sett på saken på nytt.",
		})
		return err
	}
	installationtest.WantInvalid(t, reverse(saakornv1.Outcome_OUTCOME_APPROVED, amount, decider2), "amount_ore NOT_IN_FAVOUR")
	// The appeal body takes half away, as only it can: written as the casework writes it.
	news := h.news(a, amount/2)
	h.carry(news, amount)
	now := h.Award(t, a.GetId()).GetAward()
	expect(t, "amounts", []int64{amount / 2, amount / 2}, []int64{now.GetAmountOre(), now.GetCommittedOre()})
	h.carry(h.news(a, 0), amount/2)
	now = h.Award(t, a.GetId()).GetAward()
	expect(t, "stopped", []any{saakornv1.AwardState_AWARD_STATE_STOPPED, int64(0)}, []any{now.GetState(), now.GetAmountOre()})
	h.carry(h.news(a, amount), 0)
	now = h.Award(t, a.GetId()).GetAward()
	expect(t, "offered anew", []any{saakornv1.AwardState_AWARD_STATE_OFFERED, amount}, []any{now.GetState(), now.GetAmountOre()})
	expect(t, "frame", free, h.free())
}

func TestRulesOfAChangedAward(t *testing.T) {
	rules := published(t).Awards
	now := time.Date(2019, 5, 6, 10, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		before        grant.Award
		committed     int64
		state         grant.AwardState
		amount, bound int64
	}{
		"a reduction stays":                  {grant.Award{State: grant.Accepted, AmountOre: 80, CommittedOre: 100}, 150, grant.Accepted, 130, 150},
		"less than before":                   {grant.Award{State: grant.Accepted, AmountOre: 100, CommittedOre: 100}, 60, grant.Accepted, 60, 60},
		"nothing stops what is accepted":     {grant.Award{State: grant.Accepted, AmountOre: 100, CommittedOre: 100}, 0, grant.Stopped, 0, 0},
		"what was released is bound again":   {grant.Award{State: grant.Lapsed, AmountOre: 100, CommittedOre: 100, ReleasedOre: 100}, 150, grant.Offered, 150, 150},
		"a measure's stop is not undone":     {grant.Award{State: grant.Stopped, AmountOre: 100, CommittedOre: 100}, 150, grant.Stopped, 150, 150},
		"more of a closed award is open":     {grant.Award{State: grant.Closed, AmountOre: 100, CommittedOre: 100}, 150, grant.Accepted, 150, 150},
		"less than what was released is nil": {grant.Award{State: grant.Declined, AmountOre: 100, CommittedOre: 100, ReleasedOre: 100}, 60, grant.Declined, 60, 0},
	} {
		t.Run(name, func(t *testing.T) {
			got := grant.Changed(tt.before, tt.committed, rules, now)
			if got.State != tt.state || got.AmountOre != tt.amount || got.BoundOre() != tt.bound {
				t.Errorf("%s of %d holds %d, want %s of %d with %d", got.State, got.AmountOre, got.BoundOre(), tt.state, tt.amount, tt.bound)
			}
		})
	}
}
