package casework_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework/caseworktest"
	"saakorn/services/installation/installationtest"
)

func TestReturnedRecommendationComesBackAsANewVersion(t *testing.T) {
	r := begin(t)
	id := assessed(t, r, 1)
	r.Recommend(t, installationtest.CaseOfficer, id, approved, amount)
	c := r.Case(t, id).GetCase()
	r.Enter(t, id, installationtest.DecisionMaker)
	_, err := r.API.Cases.ReturnRecommendation(r.API.As(t.Context(), installationtest.DecisionMaker), &saakornv1.ReturnRecommendationRequest{
		RequestId: uuid.NewString(), CaseId: c.GetId(), Etag: c.GetEtag(), Note: "Begrunn beløpet.",
	})
	must(t, err)
	step(t, r, id, saakornv1.CaseStep_CASE_STEP_RECOMMENDATION)
	wantReason(t, r.Decide(t.Context(), installationtest.DecisionMaker, r.Case(t, id).GetCase(), approved, amount), "WRONG_STEP")
	r.Recommend(t, "case-officer-2", id, partially, amount/2)
	versions := r.Case(t, id).GetRecommendations()
	if len(versions) != 2 || versions[0].GetReturnNote() != "Begrunn beløpet." || versions[0].GetRecommenderLeft() || versions[1].GetVersion() != 2 || versions[1].GetReturnedAt() != nil {
		t.Fatalf("the versions are %v", versions)
	}
	must(t, r.Decide(t.Context(), installationtest.DecisionMaker, r.Case(t, id).GetCase(), partially, amount/2))
	if d := r.Case(t, id).GetDecisions(); len(d) != 1 || d[0].GetRecommendationVersion() != 2 || d[0].GetReasons() != versions[1].GetReasons() {
		t.Errorf("the decisions are %v", d)
	}
}

func TestDepartingFromTheRecommendationNeedsReasons(t *testing.T) {
	r := begin(t)
	id := assessed(t, r, 1)
	r.Recommend(t, installationtest.CaseOfficer, id, approved, amount)
	c := r.Case(t, id).GetCase()
	wantReason(t, r.Decide(t.Context(), installationtest.DecisionMaker, c, rejected, 0), "REQUIRED")
	_, err := r.API.Cases.Decide(r.API.As(t.Context(), installationtest.DecisionMaker), &saakornv1.DecideRequest{
		RequestId: uuid.NewString(), CaseId: c.GetId(), Etag: c.GetEtag(), Outcome: rejected, Reasons: "Rammen rekker ikke til alle.",
	})
	must(t, err)
	if d := r.Case(t, id).GetDecisions(); d[0].GetReasons() != "Rammen rekker ikke til alle." {
		t.Errorf("the decision rests on %q", d[0].GetReasons())
	}
	if bound := number(t, r, `SELECT bound_ore FROM budget_frame WHERE grant_year = 2019`); bound != 0 {
		t.Errorf("a rejection binds %d øre", bound)
	}
}

func TestCorrectionIsScreenedAgainAndKeepsTheAnswersThatStillHold(t *testing.T) {
	r := begin(t)
	application := r.Apply(t, 1)
	id := application.GetId()
	r.Drive(t, id)
	r.AnswerAll(t, id)
	step(t, r, id, saakornv1.CaseStep_CASE_STEP_ASSESSMENT)
	const more = 10_000_00
	r.Correct(t, 1, application, func(c *saakornv1.ApplicationContent) {
		// Nothing but the grant is left of the last year's income, so that answer no longer holds.
		c.BusinessModel.Income = slices.DeleteFunc(c.GetBusinessModel().GetIncome(), func(i *saakornv1.YearIncome) bool {
			return i.GetYear() == 2021 && i.GetSource() != saakornv1.IncomeSource_INCOME_SOURCE_SE_GRANT
		})
		c.AmountAppliedOre -= more
		c.Budget.OwnContributionOre += more
	})
	r.Drive(t, id)
	c := r.Case(t, id)
	if c.GetCase().GetStep() != saakornv1.CaseStep_CASE_STEP_CLARIFICATION || c.GetCase().GetAmountAppliedOre() != amount-more {
		t.Errorf("after the correction the case is %v", c.GetCase())
	}
	for _, f := range c.GetFindings() {
		if changed := f.GetKey() == "viable"; changed != (f.GetAnswer() == unanswered) {
			t.Errorf("%s is answered %s", f.GetKey(), f.GetAnswer())
		}
		if f.GetKey() == "viable" && f.GetProposed() != notMet {
			t.Errorf("%s is proposed %s", f.GetKey(), f.GetProposed())
		}
	}
}

func TestNothingIsJudgedOnAVersionThatIsNotTheNewest(t *testing.T) {
	r := begin(t)
	application := r.Apply(t, 1)
	id := application.GetId()
	r.Drive(t, id)
	// The engine is away while a correction comes in, the call closes and people go on.
	r.Correct(t, 1, application, func(c *saakornv1.ApplicationContent) { c.Title += " (rettet)" })
	r.Close(t)
	r.AnswerAll(t, id)
	r.Assess(t, id)
	c := r.Case(t, id).GetCase()
	recommend := &saakornv1.RecommendRequest{
		RequestId: uuid.NewString(), CaseId: c.GetId(), Etag: c.GetEtag(), Outcome: rejected, Reasons: "Nei.",
	}
	_, err := r.API.Cases.Recommend(r.API.As(t.Context(), installationtest.CaseOfficer), recommend)
	wantReason(t, err, "NOT_SCREENED")
	r.Drive(t, id)
	r.Recommend(t, installationtest.CaseOfficer, id, rejected, 0)
	must(t, r.Decide(t.Context(), installationtest.DecisionMaker, r.Case(t, id).GetCase(), rejected, 0))
}

func TestExtendedCallIsWaitedForAlsoInCasesThatAreOpen(t *testing.T) {
	r := begin(t)
	id := r.Apply(t, 1).GetId()
	r.Drive(t, id)
	closes := r.Call.GetClosesAt().AsTime()
	r.Call.ClosesAt = timestamppb.New(closes.Add(7 * 24 * time.Hour))
	answer, err := r.API.Calls.UpdateCall(r.API.As(t.Context(), installationtest.Manager), &saakornv1.UpdateCallRequest{
		RequestId: uuid.NewString(), Call: r.Call, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"closes_at"}},
	})
	must(t, err)
	r.Call = answer.GetCall()
	r.API.MoveClock(t, closes.Add(time.Minute)) // the old close has passed
	r.AnswerAll(t, id)
	r.NameAssessors(t, id)
	r.Enter(t, id, "assessor-1")
	_, err = r.API.Cases.SaveAssessment(r.API.As(t.Context(), "assessor-1"), &saakornv1.SaveAssessmentRequest{
		RequestId: uuid.NewString(), CaseId: r.Case(t, id).GetCase().GetId(),
	})
	wantReason(t, err, "CALL_STILL_OPEN")
	r.Close(t)
	r.AssessAs(t, "assessor-1", id)
}

func TestCaseKeepsTheSchemeVersionOfItsCall(t *testing.T) {
	api := installationtest.Start(t, installationtest.Options{From: time.Date(2026, time.November, 2, 8, 0, 0, 0, time.UTC)})
	now := api.Now()
	answer, err := api.Calls.CreateCall(api.As(t.Context(), installationtest.Manager), &saakornv1.CreateCallRequest{
		RequestId: uuid.NewString(), SchemeId: "social-entrepreneurship", SchemeVersion: "2019-1", Code: "SE-OLD", GrantYear: 2019,
		Title:   &saakornv1.LocalizedText{Nb: "Eldre regler", Nn: "Eldre reglar", En: "Older rules"},
		OpensAt: timestamppb.New(now.Add(-time.Hour)), ClosesAt: timestamppb.New(now.Add(21 * 24 * time.Hour)),
	})
	must(t, err)
	r := &caseworktest.Round{API: api, Call: answer.GetCall()}
	id := r.Apply(t, 1).GetId()
	r.Drive(t, id)
	if c := r.Case(t, id).GetCase(); c.GetSchemeVersion() != "2019-1" {
		t.Errorf("the case is under version %s", c.GetSchemeVersion())
	}
}

func TestRefusedRequirementIsDismissedWithoutAssessment(t *testing.T) {
	r := begin(t)
	id := r.Apply(t, 1).GetId()
	r.Drive(t, id)
	r.Close(t)
	r.Answer(t, id, "no_dividend", notMet, "Vedtektene åpner for utbytte.")
	r.AnswerAll(t, id)
	step(t, r, id, saakornv1.CaseStep_CASE_STEP_RECOMMENDATION)
	r.Recommend(t, installationtest.CaseOfficer, id, dismissed, 0)
	must(t, r.Decide(t.Context(), installationtest.DecisionMaker, r.Case(t, id).GetCase(), dismissed, 0))
	r.Drive(t, id)
	c := r.Case(t, id).GetCase()
	if c.GetStep() != saakornv1.CaseStep_CASE_STEP_APPEAL_PERIOD || c.GetAppealDeadline() == "" || c.GetDueAt() == nil {
		t.Errorf("the case is %v", c)
	}
}

func TestTheApplicantIsToldTheOutcomeByLetterFirst(t *testing.T) {
	r := begin(t)
	id := assessed(t, r, 1)
	progress := func() *saakornv1.GetProgressResponse {
		answer, err := r.API.Cases.GetProgress(r.API.As(t.Context(), caseworktest.Applicant(1)), &saakornv1.GetProgressRequest{ApplicationId: id})
		must(t, err)
		return answer
	}
	r.Recommend(t, installationtest.CaseOfficer, id, approved, amount)
	must(t, r.Decide(t.Context(), installationtest.DecisionMaker, r.Case(t, id).GetCase(), approved, amount))
	if p := progress(); p.GetOutcome() != saakornv1.Outcome_OUTCOME_UNSPECIFIED || p.GetCaseNumber() == "" {
		t.Errorf("before the letter: %v", p)
	}
	r.Drive(t, id)
	if p := progress(); p.GetOutcome() != approved {
		t.Errorf("after the letter: %v", p)
	}
	_, err := r.API.Cases.GetProgress(r.API.As(t.Context(), installationtest.Stranger), &saakornv1.GetProgressRequest{ApplicationId: id})
	wantReason(t, err, "NOT_FOUND")
}

// Every task of the procedure can be repeated, because an activity can be.
func TestRepeatedTasksDoNothingTwice(t *testing.T) {
	r := begin(t)
	application := r.Apply(t, 1)
	id := application.GetId()
	drive := func() {
		t.Helper()
		twice(t, r, id)
	}
	drive()
	r.Close(t)
	r.AnswerAll(t, id)
	r.Assess(t, id)
	r.Recommend(t, installationtest.CaseOfficer, id, approved, amount)
	must(t, r.Decide(t.Context(), installationtest.DecisionMaker, r.Case(t, id).GetCase(), approved, amount))
	drive()
	r.API.MoveClock(t, r.Case(t, id).GetCase().GetDueAt().AsTime())
	drive()
	step(t, r, id, saakornv1.CaseStep_CASE_STEP_CLOSED)
	for _, want := range []struct {
		sql string
		n   int64
	}{
		{`SELECT count(*) FROM letter`, 2},
		{`SELECT count(*) FROM case_file`, 1},
		{`SELECT last FROM case_number`, 1},
		{`SELECT count(*) FROM audit_event WHERE action IN ('CASE_OPENED', 'CASE_SCREENED', 'PARTY_NOTIFIED', 'CASE_CLOSED')`, 4},
		{`SELECT count(*) FROM audit_event WHERE action IN ('LETTER_WRITTEN', 'LETTER_SENT')`, 4},
	} {
		if got := number(t, r, want.sql); got != want.n {
			t.Errorf("%s: %d, want %d", want.sql, got, want.n)
		}
	}
}

func TestRepeatedWithdrawalDoesNothingTwice(t *testing.T) {
	r := begin(t)
	id := r.Apply(t, 1).GetId()
	r.Drive(t, id)
	must(t, r.Withdraw(t.Context(), 1, id))
	twice(t, r, id)
	if c := r.Case(t, id).GetCase(); c.GetOutcome() != saakornv1.Outcome_OUTCOME_WITHDRAWN || c.GetClosedAt() == nil {
		t.Errorf("the case is %v", c)
	}
	if n := number(t, r, `SELECT count(*) FROM letter`); n != 2 {
		t.Errorf("%d letters", n)
	}
	if n := number(t, r, `SELECT count(*) FROM audit_event WHERE action IN ('WITHDRAWAL_RECORDED', 'CASE_CLOSED')`); n != 2 {
		t.Errorf("%d events", n)
	}
}

// twice drives the case, and does each task a second time right after the first.
func twice(t *testing.T, r *caseworktest.Round, applicationID string) {
	t.Helper()
	id := uuid.MustParse(applicationID)
	for range 20 {
		situation, err := r.API.Installation.Proceeding.Look(t.Context(), id)
		must(t, err)
		if situation.Next == "AWAIT_PEOPLE" || situation.Next == "AWAIT_APPEAL" || situation.Next == "NONE" {
			return
		}
		for range 2 {
			must(t, caseworktest.Do(t.Context(), r.API.Installation, situation.Next, id))
		}
	}
	t.Fatal("the case comes to no rest")
}
