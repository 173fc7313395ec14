package installation_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework/caseworktest"
	"saakorn/services/installation/installationtest"
	"saakorn/services/platform/calendar"
)

func TestNobodyIsStuckWhileAnAnswerIsAwaited(t *testing.T) {
	t.Run("the applicant withdraws", func(t *testing.T) {
		r := round(t)
		id := r.Apply(t, 1).GetId()
		r.Drive(t, id)
		r.Close(t)
		ask(t, r, id)
		must(t, r.Withdraw(t.Context(), 1, id))
		r.Drive(t, id)
		if c := r.Case(t, id).GetCase(); c.GetOutcome() != saakornv1.Outcome_OUTCOME_WITHDRAWN || c.GetClosedAt() == nil {
			t.Errorf("the case is %v", c)
		}
	})
	t.Run("the house decides", func(t *testing.T) {
		r := round(t)
		id := assessedCase(t, r).GetId()
		notice := ask(t, r, id)
		_, err := saakornv1.NewCompletenessServiceClient(r.API.Connection).CancelDeficiencyNotice(r.API.As(t.Context(), installationtest.CaseOfficer),
			&saakornv1.CancelDeficiencyNoticeRequest{
				RequestId: uuid.NewString(), CaseId: r.Case(t, id).GetCase().GetId(), NoticeId: notice.GetId(), Reason: "Svaret endrer ikke vurderingen.",
			})
		must(t, err)
		decideAs(t, r, id, saakornv1.Outcome_OUTCOME_REJECTED, 0)
		if c := r.Case(t, id).GetCase(); c.GetOutcome() != saakornv1.Outcome_OUTCOME_REJECTED || c.GetNotifiedAt() == nil {
			t.Errorf("the case is %v", c)
		}
	})
}

func TestAMissedDeadlineAndAClosedCaseSayWhatCanBeDone(t *testing.T) {
	r := round(t)
	late := r.API.CompleteDraft(t, caseworktest.Applicant(2), r.Call, r.API.RegisterEnterprise(t, caseworktest.Applicant(2)).GetId(), saakornv1.ApplicationType_APPLICATION_TYPE_NEW_ORDINARY)
	id := assessedCase(t, r).GetId()
	decideAs(t, r, id, saakornv1.Outcome_OUTCOME_REJECTED, 0)
	deadline, err := calendar.Parse(r.Case(t, id).GetCase().GetAppealDeadline())
	must(t, err)
	r.API.MoveClock(t, deadline.End())
	r.Drive(t, id)

	// The call that was missed says when it closed.
	_, err = r.API.Applications.SubmitApplication(r.API.As(t.Context(), caseworktest.Applicant(2)), &saakornv1.SubmitApplicationRequest{
		RequestId: uuid.NewString(), ApplicationId: late.GetId(), Etag: late.GetEtag(),
	})
	refused := installationtest.Refused(t, err)
	if refused.Code != codes.FailedPrecondition || refused.Reason != "CALL_CLOSED" || refused.Facts["closed_at"] == "" {
		t.Errorf("too late: %+v", refused)
	}
	// The closed case is closed to work, and open to an appeal and to a reversal.
	c := r.Case(t, id).GetCase()
	if c.GetStep() != saakornv1.CaseStep_CASE_STEP_CLOSED {
		t.Fatalf("the case is at %s", c.GetStep())
	}
	_, err = r.API.Cases.AssignCase(r.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.AssignCaseRequest{
		RequestId: uuid.NewString(), CaseId: c.GetId(), OwnerId: "case-officer-2",
	})
	installationtest.WantRefused(t, err, codes.FailedPrecondition, "CASE_CLOSED")
	client := saakornv1.NewAppealServiceClient(r.API.Connection)
	_, err = client.ReverseDecision(r.API.As(t.Context(), installationtest.DecisionMaker), &saakornv1.ReverseDecisionRequest{
		RequestId: uuid.NewString(), CaseId: c.GetId(), Etag: c.GetEtag(), Outcome: saakornv1.Outcome_OUTCOME_APPROVED, AmountOre: caseworktest.AmountOre, Reasons: "Vi tok feil.",
	})
	must(t, err)
	r.Drive(t, id)
	_, err = client.SubmitAppeal(r.API.As(t.Context(), first), &saakornv1.SubmitAppealRequest{
		RequestId: uuid.NewString(), ApplicationId: id, Grounds: "Vilkårene er for strenge.", ChangeWanted: "Færre vilkår.",
	})
	must(t, err)
	if c := r.Case(t, id).GetCase(); c.GetStep() != saakornv1.CaseStep_CASE_STEP_APPEAL || c.GetClosedAt() != nil || c.GetAmountAwardedOre() != caseworktest.AmountOre {
		t.Errorf("taken up again, the case is %v", c)
	}
}

func TestThePartyAlwaysSeesOneStepAndWhatComesNext(t *testing.T) {
	r := round(t)
	empty := r.API.Draft(t, first, r.Call, r.API.RegisterEnterprise(t, first).GetId(), saakornv1.ApplicationType_APPLICATION_TYPE_NEW_ORDINARY)
	_, err := r.API.Applications.SubmitApplication(r.API.As(t.Context(), first), &saakornv1.SubmitApplicationRequest{
		RequestId: uuid.NewString(), ApplicationId: empty.GetId(), Etag: empty.GetEtag(),
	})
	if refused := installationtest.Refused(t, err); refused.Reason != "INVALID_FIELDS" || len(refused.Fields) == 0 {
		t.Errorf("an empty form is answered with %+v", refused)
	}
	draft := r.API.CompleteDraft(t, first, r.Call, empty.GetEnterpriseId(), saakornv1.ApplicationType_APPLICATION_TYPE_NEW_ORDINARY)
	id := draft.GetId()
	r.API.Submit(t, first, draft)
	at := func(want string) {
		t.Helper()
		var current []string
		for _, s := range progress(t, r.API, first, id).GetSteps() {
			if s.GetCurrent() {
				current = append(current, strings.TrimPrefix(s.GetStep().String(), "CASE_STEP_"))
			}
		}
		if !slices.Equal(current, []string{want}) {
			t.Errorf("the party sees %v, want %s", current, want)
		}
	}
	at("SCREENING")
	r.Drive(t, id)
	at("CLARIFICATION")
	r.Close(t)
	ask(t, r, id)
	at("COMPLETION")
	content := newest(t, r, id)
	content.Content.TheoryOfChange.Impact += " Mer."
	r.API.Submit(t, first, r.API.Save(t, first, content, content.GetContent()))
	r.Drive(t, id)
	at("CLARIFICATION")
	r.AnswerAll(t, id)
	at("ASSESSMENT")
	r.Assess(t, id)
	at("RECOMMENDATION")
	r.Recommend(t, installationtest.CaseOfficer, id, saakornv1.Outcome_OUTCOME_REJECTED, 0)
	at("DECISION")
	must(t, r.Decide(t.Context(), installationtest.DecisionMaker, r.Case(t, id).GetCase(), saakornv1.Outcome_OUTCOME_REJECTED, 0))
	at("NOTIFICATION")
	r.Drive(t, id)
	at("APPEAL_PERIOD")
	expected := ""
	for _, s := range progress(t, r.API, first, id).GetSteps() {
		if s.GetStep() == saakornv1.CaseStep_CASE_STEP_APPEAL_PERIOD {
			expected = s.GetExpectedDate()
		}
	}
	if want := r.Case(t, id).GetCase().GetAppealDeadline(); expected != want || want == "" {
		t.Errorf("the party may appeal until %q, and sees %q", want, expected)
	}
}

func TestWhereACaseStandsIsThereAfterARestart(t *testing.T) {
	r := round(t)
	id := r.Apply(t, 1).GetId() // and the engine is away
	if steps := progress(t, r.API, first, id).GetSteps(); len(steps) != 1 || !steps[0].GetCurrent() {
		t.Errorf("before the engine has looked the party sees %v", steps)
	}
	r.Drive(t, id)
	before := r.Case(t, id)
	restarted := installationtest.Start(t, installationtest.Options{DatabaseURL: r.API.DatabaseURL})
	again, err := restarted.Cases.GetCase(restarted.As(t.Context(), installationtest.CaseOfficer), &saakornv1.GetCaseRequest{CaseId: before.GetCase().GetId()})
	must(t, err)
	if !proto.Equal(before, again) {
		t.Errorf("before the restart %v\nafter it %v", before, again)
	}
	if len(again.GetFindings()) == 0 || again.GetCase().GetStep() != saakornv1.CaseStep_CASE_STEP_CLARIFICATION {
		t.Errorf("the findings are not there: %v", again)
	}
}

func TestADecisionHasEverythingThatWasRecommendedAndRestsOnAssessments(t *testing.T) {
	r := round(t)
	id := r.Apply(t, 1).GetId()
	r.Drive(t, id)
	r.Close(t)
	r.AnswerAll(t, id)
	officer := r.API.As(t.Context(), installationtest.CaseOfficer)
	recommend := func() error {
		c := r.Case(t, id).GetCase()
		_, err := r.API.Cases.Recommend(officer, &saakornv1.RecommendRequest{
			RequestId: uuid.NewString(), CaseId: c.GetId(), Etag: c.GetEtag(), Outcome: saakornv1.Outcome_OUTCOME_PARTIALLY_APPROVED,
			AmountOre: caseworktest.AmountOre / 2, Reasons: "Planen holder.", Conditions: []string{"Regnskap innen 31. mars.", "Egeninnsats som budsjettert."},
		})
		return err
	}
	installationtest.WantRefused(t, recommend(), codes.FailedPrecondition, "WRONG_STEP") // nobody has assessed
	decide := r.Decide(t.Context(), installationtest.DecisionMaker, r.Case(t, id).GetCase(), saakornv1.Outcome_OUTCOME_PARTIALLY_APPROVED, caseworktest.AmountOre/2)
	installationtest.WantRefused(t, decide, codes.FailedPrecondition, "WRONG_STEP")
	r.Assess(t, id)
	must(t, recommend())
	must(t, r.Decide(t.Context(), installationtest.DecisionMaker, r.Case(t, id).GetCase(), saakornv1.Outcome_OUTCOME_PARTIALLY_APPROVED, caseworktest.AmountOre/2))
	d := r.Case(t, id).GetDecisions()[0]
	if d.GetAmountOre() != caseworktest.AmountOre/2 || d.GetReasons() != "Planen holder." ||
		!slices.Equal(d.GetConditions(), []string{"Regnskap innen 31. mars.", "Egeninnsats som budsjettert."}) {
		t.Errorf("the decision is %v", d)
	}
}

func TestWhatIsAskedForFollowsTheTypeOfApplication(t *testing.T) {
	r := round(t)
	enterprise := r.API.RegisterEnterprise(t, first)
	asked := func(kind saakornv1.ApplicationType) (fields []string) {
		draft := r.API.Draft(t, first, r.Call, enterprise.GetId(), kind)
		answer, err := r.API.Applications.ValidateApplication(r.API.As(t.Context(), first), &saakornv1.ValidateApplicationRequest{ApplicationId: draft.GetId()})
		must(t, err)
		for _, p := range answer.GetProblems() {
			fields = append(fields, p.GetField())
		}
		return fields
	}
	development := asked(saakornv1.ApplicationType_APPLICATION_TYPE_NEW_DEVELOPMENT)
	ordinary := asked(saakornv1.ApplicationType_APPLICATION_TYPE_NEW_ORDINARY)
	continuation := asked(saakornv1.ApplicationType_APPLICATION_TYPE_CONTINUATION)
	const accounts = "attachments.annual_accounts"
	if slices.Contains(development, accounts) || slices.Contains(ordinary, accounts) || !slices.Contains(continuation, accounts) {
		t.Errorf("accounts of a year with a grant are asked for: development %v, ordinary %v, continuation %v", development, ordinary, continuation)
	}
	if len(development) > len(ordinary) || len(ordinary) > len(continuation) || len(development) == len(continuation) {
		t.Errorf("%d things are asked for to develop an idea, %d to run it, %d to go on", len(development), len(ordinary), len(continuation))
	}
}
