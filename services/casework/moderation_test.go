package casework_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"google.golang.org/protobuf/testing/protocmp"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework/caseworktest"
	"saakorn/services/installation/installationtest"
	"saakorn/services/platform/database"
)

// assessing returns an owned case that waits for its two assessors.
func assessing(t *testing.T, r *caseworktest.Round, n int) string {
	t.Helper()
	id := r.Apply(t, n).GetId()
	r.Drive(t, id)
	r.Close(t)
	r.Own(t, id, installationtest.CaseOfficer)
	r.AnswerAll(t, id)
	r.NameAssessors(t, id)
	return id
}

func next(t *testing.T, r *caseworktest.Round, id string, want saakornv1.NextStep) {
	t.Helper()
	if got := r.Case(t, id).GetCase().GetNextStep(); got != want {
		t.Errorf("the next step is %s, want %s", got, want)
	}
}

func recommend(ctx context.Context, r *caseworktest.Round, c *saakornv1.Case) error {
	_, err := r.API.Cases.Recommend(r.API.As(ctx, installationtest.CaseOfficer), &saakornv1.RecommendRequest{
		RequestId: uuid.NewString(), CaseId: c.GetId(), Etag: c.GetEtag(), Outcome: rejected, Reasons: "Andre når lenger.",
	})
	return err
}

func moderate(ctx context.Context, r *caseworktest.Round, person, caseID string, value int32) (*saakornv1.ModerateAssessmentResponse, error) {
	return r.API.Cases.ModerateAssessment(r.API.As(ctx, person), &saakornv1.ModerateAssessmentRequest{
		RequestId: uuid.NewString(), CaseId: caseID,
		Scores: []*saakornv1.Score{{Criterion: "relevance", Value: value, Reason: "Jeg hadde oversett tallene."}},
	})
}

func TestAThirdPersonAssessesWhatTheOthersDisagreeAbout(t *testing.T) {
	r := begin(t)
	id := assessing(t, r, 1)
	next(t, r, id, saakornv1.NextStep_NEXT_STEP_AWAIT_ASSESSMENTS)
	r.AssessWith(t, "assessor-1", id, map[string]int32{"relevance": 1})
	if len(r.Case(t, id).GetSpreads()) != 0 {
		t.Error("a spread is shown before everybody has submitted")
	}
	r.AssessWith(t, "assessor-2", id, map[string]int32{"relevance": 4})
	step(t, r, id, saakornv1.CaseStep_CASE_STEP_ASSESSMENT)
	next(t, r, id, saakornv1.NextStep_NEXT_STEP_NAME_ONE_MORE_ASSESSOR)
	wantReason(t, recommend(t.Context(), r, r.Case(t, id).GetCase()), "ONE_MORE_ASSESSOR")
	wantReason(t, r.AskToAssess(t, id, "assessor-1", "assessor-2"), "TOO_FEW_ASSESSORS")

	must(t, r.AskToAssess(t, id, "assessor-1", "assessor-2", "assessor-3"))
	next(t, r, id, saakornv1.NextStep_NEXT_STEP_AWAIT_ASSESSMENTS)
	wantReason(t, recommend(t.Context(), r, r.Case(t, id).GetCase()), "ONE_MORE_ASSESSOR")
	third := r.Find(t, "assessor-3", id)
	if len(third.GetAssessments()) != 1 || len(third.GetSpreads()) != 0 || !cmp.Equal(third.GetAssessorIds(), []string{"assessor-3"}) {
		t.Errorf("before submitting the third sees %v, %v and %v", third.GetAssessments(), third.GetSpreads(), third.GetAssessorIds())
	}
	_, err := moderate(t.Context(), r, "assessor-1", third.GetCase().GetId(), 3)
	wantReason(t, err, "WRONG_STEP") // not everybody has submitted

	r.AssessWith(t, "assessor-3", id, map[string]int32{"relevance": 2})
	step(t, r, id, saakornv1.CaseStep_CASE_STEP_RECOMMENDATION)
	want := &saakornv1.CriterionSpread{Criterion: "relevance", Lowest: 1, Highest: 4, Spread: 3, Exceeds: true, Average: 7.0 / 3, Assessors: 3}
	for _, person := range []string{installationtest.CaseOfficer, "assessor-3"} {
		if diff := cmp.Diff(want, r.Find(t, person, id).GetSpreads()[0], protocmp.Transform()); diff != "" {
			t.Errorf("the spread that %s sees: %s", person, diff)
		}
	}
	must(t, recommend(t.Context(), r, r.Case(t, id).GetCase()))
}

func TestAnExternalAssessorLearnsWhoTheOthersAreAfterSubmitting(t *testing.T) {
	r := begin(t)
	id := assessing(t, r, 1)
	ids := func() []string { return r.Find(t, "assessor-1", id).GetAssessorIds() }
	if diff := cmp.Diff([]string{"assessor-1"}, ids()); diff != "" {
		t.Error(diff)
	}
	r.AssessAs(t, "assessor-1", id)
	if diff := cmp.Diff([]string{"assessor-1", "assessor-2"}, ids()); diff != "" {
		t.Error(diff)
	}
}

func TestModerationKeepsWhatWasSubmittedAndEveryChange(t *testing.T) {
	r := begin(t)
	id := assessing(t, r, 1)
	r.AssessWith(t, "assessor-1", id, map[string]int32{"relevance": 3})
	r.AssessWith(t, "assessor-2", id, map[string]int32{"relevance": 5})
	caseID := r.Case(t, id).GetCase().GetId()
	for _, value := range []int32{4, 5} {
		answer, err := moderate(t.Context(), r, "assessor-1", caseID, value)
		must(t, err)
		if got := answer.GetAssessment().GetScores()[0].GetValue(); got != value {
			t.Errorf("the score is %d, want %d", got, value)
		}
	}
	_, err := moderate(t.Context(), r, "assessor-1", caseID, 5)
	wantReason(t, err, "UNCHANGED")
	_, err = moderate(t.Context(), r, "assessor-3", caseID, 5)
	wantReason(t, err, "NOT_FOUND")
	_, err = r.API.Cases.ModerateAssessment(r.API.As(t.Context(), "assessor-2"), &saakornv1.ModerateAssessmentRequest{
		RequestId: uuid.NewString(), CaseId: caseID, Scores: []*saakornv1.Score{{Criterion: "relevance", Value: 9}, {Criterion: "charm", Value: 1, Reason: "Ja."}},
	})
	for _, want := range []string{"REQUIRED", "OUTSIDE_SCALE", "NO_SUCH_CRITERION"} {
		wantReason(t, err, want)
	}

	changes := func(person string) int {
		n := 0
		for _, a := range r.Find(t, person, id).GetAssessments() {
			n += len(a.GetChanges())
		}
		return n
	}
	if of, other, staff := changes("assessor-1"), changes("assessor-2"), changes("auditor-1"); of != 2 || other != 0 || staff != 2 {
		t.Errorf("who moderated sees %d changes, the other %d, staff %d", of, other, staff)
	}
	if spread := r.Case(t, id).GetSpreads()[0]; spread.GetLowest() != 5 || spread.GetExceeds() {
		t.Errorf("the spread is %v", spread)
	}
	if n := number(t, r, `SELECT count(*) FROM assessment, jsonb_to_recordset(scores) AS s (criterion text, value integer)
		WHERE assessor_id = 'assessor-1' AND s.criterion = 'relevance' AND s.value = 3`); n != 1 {
		t.Error("what was submitted is gone")
	}
	for _, statement := range []string{`UPDATE score_change SET value = 1`, `DELETE FROM score_change`} {
		if err := exec(t, r, statement); err == nil {
			t.Errorf("the database did it: %s", statement)
		}
	}
	for _, statement := range []string{`UPDATE assessment SET scores = '[]'`, `UPDATE assessment SET submitted_at = NULL`, `DELETE FROM assessment`} {
		if err := exec(t, r, statement); !database.Violates(err, "submitted_stays") {
			t.Errorf("%s: %v", statement, err)
		}
	}

	must(t, recommend(t.Context(), r, r.Case(t, id).GetCase()))
	must(t, r.Decide(t.Context(), installationtest.DecisionMaker, r.Case(t, id).GetCase(), rejected, 0))
	_, err = moderate(t.Context(), r, "assessor-2", caseID, 3)
	wantReason(t, err, "WRONG_STEP")
	err = exec(t, r, `INSERT INTO score_change (case_id, round, assessment_id, criterion, before_value, value, reason, changed_by, changed_at)
		SELECT case_id, round, id, 'relevance', 5, 1, 'For sent.', assessor_id, now() FROM assessment`)
	if !database.Violates(err, "frozen_at_decision") {
		t.Errorf("the database took a change after the decision: %v", err)
	}
}

func TestModerationIsRefusedToWhoeverIsNotImpartial(t *testing.T) {
	r := begin(t)
	id := assessing(t, r, 1)
	r.AssessAs(t, "assessor-1", id)
	r.AssessAs(t, "assessor-2", id)
	must(t, declare(t, r, "assessor-2", r.Case(t, id).GetCase(), false))
	_, err := moderate(t.Context(), r, "assessor-2", r.Case(t, id).GetCase().GetId(), 3)
	wantReason(t, err, "NOT_IMPARTIAL")
}
