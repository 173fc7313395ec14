package casework_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"google.golang.org/protobuf/testing/protocmp"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework/caseworktest"
	"saakorn/services/installation/installationtest"
)

const continuation = saakornv1.ApplicationType_APPLICATION_TYPE_CONTINUATION

// continued returns a round of the year after, in which the first enterprise applies for a continuation
// of what it was granted in part; change is what it says otherwise than last year.
func continued(t *testing.T, change func(*saakornv1.ApplicationContent)) (r *caseworktest.Round, id string) {
	t.Helper()
	r = begin(t)
	granted := told(t, r)
	r.API.MoveClock(t, r.API.Now().AddDate(0, 9, 0))
	r.Drive(t, granted)
	now := r.API.Now()
	r.Call = r.API.AnnounceCall(t, "SE-2020", 2020, now.Add(-time.Hour), now.AddDate(0, 0, 21))
	enterprise := r.Case(t, granted).GetCase().GetEnterpriseId()
	draft := r.API.CompleteDraft(t, caseworktest.Applicant(1), r.Call, enterprise, continuation)
	content := draft.GetContent()
	change(content)
	r.API.Submit(t, caseworktest.Applicant(1), r.API.Save(t, caseworktest.Applicant(1), draft, content))
	r.Drive(t, draft.GetId())
	return r, draft.GetId()
}

func TestLastYearStandsBesideThisYear(t *testing.T) {
	const more = 50_000_00
	r, id := continued(t, func(c *saakornv1.ApplicationContent) {
		c.Novelty = "Nå selger vi også til borettslag."
		c.Budget.Items[0].AmountOre += more
		c.Budget.OwnContributionOre += more
		c.BusinessModel.Income[1].AmountOre += more
		c.TheoryOfChange.Indicators[0].Baseline = 100
		c.TheoryOfChange.Indicators = c.GetTheoryOfChange().GetIndicators()[:1]
	})
	client := saakornv1.NewContinuationServiceClient(r.API.Connection)
	c := r.Case(t, id).GetCase()
	got, err := client.GetContinuation(r.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.GetContinuationRequest{CaseId: c.GetId()})
	must(t, err)
	if got.GetQuestion().GetNn() == "" || len(got.GetAnswers()) != 0 {
		t.Errorf("the question is %v, answered %v", got.GetQuestion(), got.GetAnswers())
	}
	if e := got.GetEarlier(); e.GetGrantYear() != 2019 || e.GetAmountAwardedOre() != amount/2 || e.GetAmountAppliedOre() != amount || e.GetCaseNumber() == "" {
		t.Errorf("the earlier grant is %v", e)
	}
	fields := map[string]*saakornv1.FieldDifference{}
	for _, f := range got.GetFields() {
		fields[f.GetQuestionKey()] = f
	}
	if f := fields["novelty"]; !f.GetChanged() || f.GetAfter() != "Nå selger vi også til borettslag." || f.GetBefore() == "" || f.GetLabel().GetNb() == "" {
		t.Errorf("what is new: %v", f)
	}
	if f := fields["problem"]; f.GetChanged() || f.GetBefore() != f.GetAfter() || f.GetBefore() == "" {
		t.Errorf("the problem: %v", f)
	}
	if f := fields["planned_participants"]; f.GetBefore() == "" || f.GetChanged() {
		t.Errorf("participants: %v", f)
	}
	if fields["declared_truthful"] != nil || fields["amount_applied"] != nil {
		t.Error("declarations and amounts are compared as texts")
	}
	lines := map[string]int64{}
	for _, l := range got.GetBudgetLines() {
		lines[l.GetKey()] = l.GetDifferenceOre()
		if l.GetTitle().GetNb() == "" || l.GetAfterOre()-l.GetBeforeOre() != l.GetDifferenceOre() {
			t.Errorf("a line: %v", l)
		}
	}
	if diff := cmp.Diff(map[string]int64{"wages": more, "premises": 0, "equipment": 0}, lines); diff != "" {
		t.Error(diff)
	}
	if got.GetOwnContribution().GetDifferenceOre() != more || got.GetAmountApplied().GetDifferenceOre() != 0 || got.GetCosts().GetBeforeOre() == 0 {
		t.Errorf("own %v, applied %v, costs %v", got.GetOwnContribution(), got.GetAmountApplied(), got.GetCosts())
	}
	income := map[saakornv1.IncomeSource]int64{}
	for _, i := range got.GetIncome() {
		income[i.GetSource()] = i.GetDifferenceOre()
	}
	if diff := cmp.Diff(map[saakornv1.IncomeSource]int64{saakornv1.IncomeSource_INCOME_SOURCE_SE_GRANT: 0, saakornv1.IncomeSource_INCOME_SOURCE_SALES_BUSINESS: more}, income); diff != "" {
		t.Error(diff)
	}
	if targets := got.GetTargets(); len(targets) != 2 || targets[0].GetStated() != 100 || !targets[0].GetReached() || targets[0].GetTarget() == 0 ||
		targets[1].Stated != nil || targets[1].GetReached() {
		t.Errorf("targets: %v", targets)
	}
	if diff := cmp.Diff([]*saakornv1.Milestone{{Year: 2019, Description: "Ti faste kunder"}}, got.GetMilestones(), protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
	_, err = client.GetContinuation(r.API.As(t.Context(), "assessor-1"), &saakornv1.GetContinuationRequest{CaseId: c.GetId()})
	wantReason(t, err, "NOT_FOUND")
	must(t, declare(t, r, "case-officer-5", r.Case(t, id).GetCase(), false))
	_, err = client.GetContinuation(r.API.As(t.Context(), "case-officer-5"), &saakornv1.GetContinuationRequest{CaseId: c.GetId()})
	wantReason(t, err, "NOT_IMPARTIAL")
}

func TestAContinuationIsNotRecommendedBeforeTheQuestionIsAnswered(t *testing.T) {
	r, id := continued(t, func(*saakornv1.ApplicationContent) {})
	r.Close(t)
	r.Own(t, id, installationtest.CaseOfficer)
	r.AnswerAll(t, id)
	r.NameAssessors(t, id)
	client := saakornv1.NewContinuationServiceClient(r.API.Connection)
	answer := func(person, etag string, direction saakornv1.Direction, reasons string) error {
		c := r.Case(t, id).GetCase()
		r.Enter(t, id, person)
		if etag == "" {
			etag = c.GetEtag()
		}
		_, err := client.AnswerContinuation(r.API.As(t.Context(), person), &saakornv1.AnswerContinuationRequest{
			RequestId: uuid.NewString(), CaseId: c.GetId(), Etag: etag, Direction: direction, Reasons: reasons,
		})
		return err
	}
	see := func(person string) []*saakornv1.ContinuationAnswer {
		r.Enter(t, id, person)
		got, err := client.GetContinuation(r.API.As(t.Context(), person), &saakornv1.GetContinuationRequest{CaseId: r.Case(t, id).GetCase().GetId()})
		must(t, err)
		return got.GetAnswers()
	}
	must(t, answer("case-officer-2", "", saakornv1.Direction_DIRECTION_NO, "Salget har falt."))
	if len(see("assessor-1")) != 0 || len(see("auditor-1")) != 1 {
		t.Error("the officer's answer colours an assessment that is still being made")
	}
	r.AssessAs(t, "assessor-1", id)
	r.AssessAs(t, "assessor-2", id)
	if len(see("assessor-1")) != 1 {
		t.Error("the answer is kept from whoever has submitted")
	}
	must(t, answer(installationtest.CaseOfficer, "", saakornv1.Direction_DIRECTION_PARTLY, "Salget har falt, men flere er i arbeid."))
	got := see(installationtest.CaseOfficer)
	if len(got) != 2 || got[0].GetDirection() != saakornv1.Direction_DIRECTION_PARTLY || got[0].GetAnsweredByName() == "" {
		t.Errorf("the answers are %v", got)
	}
	wantReason(t, answer(installationtest.CaseOfficer, "1", saakornv1.Direction_DIRECTION_YES, "Ja."), "STALE_ETAG")
	wantReason(t, answer(installationtest.CaseOfficer, "", saakornv1.Direction_DIRECTION_YES, "  "), "REQUIRED")
	wantReason(t, answer("decision-maker-1", "1", saakornv1.Direction_DIRECTION_UNSPECIFIED, "Ja."), "INVALID_FIELDS")
	wantReason(t, answer("auditor-1", "", saakornv1.Direction_DIRECTION_YES, "Ja."), "ROLE_MISSING")
	for _, statement := range []string{`UPDATE continuation_answer SET direction = 'YES'`, `DELETE FROM continuation_answer`} {
		if err := exec(t, r, statement); err == nil {
			t.Errorf("the database did it: %s", statement)
		}
	}
	r.Recommend(t, installationtest.CaseOfficer, id, rejected, 0)
	must(t, r.Decide(t.Context(), installationtest.DecisionMaker, r.Case(t, id).GetCase(), rejected, 0))
	wantReason(t, answer(installationtest.CaseOfficer, "", saakornv1.Direction_DIRECTION_YES, "Ja."), "WRONG_STEP")
	if n := number(t, r, `SELECT count(*) FROM decision WHERE basis->'direction'->>'direction' = 'PARTLY'`); n != 1 {
		t.Error("the decision does not keep what it rests on")
	}
}

func TestAContinuationWithoutAnAnswerIsRefused(t *testing.T) {
	r, id := continued(t, func(*saakornv1.ApplicationContent) {})
	r.Close(t)
	r.Own(t, id, installationtest.CaseOfficer)
	r.AnswerAll(t, id)
	r.Assess(t, id)
	next(t, r, id, saakornv1.NextStep_NEXT_STEP_ANSWER_CONTINUATION)
	wantReason(t, recommend(t.Context(), r, r.Case(t, id).GetCase()), "CONTINUATION_NOT_ANSWERED")
}

func TestANewApplicationHasNoLastYear(t *testing.T) {
	r := begin(t)
	id := received(t, r, 1)
	client := saakornv1.NewContinuationServiceClient(r.API.Connection)
	_, err := client.GetContinuation(r.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.GetContinuationRequest{CaseId: r.Case(t, id).GetCase().GetId()})
	wantReason(t, err, "NO_CONTINUATION")
}
