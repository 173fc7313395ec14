package caseworktest

import (
	"context"
	"slices"
	"testing"

	"github.com/google/uuid"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/installation/installationtest"
)

// Find returns the case of the application as the caller sees it, and nil while there is none.
func (r *Round) Find(t testing.TB, caller, applicationID string) *saakornv1.GetCaseResponse {
	t.Helper()
	officer := r.API.As(t.Context(), installationtest.CaseOfficer)
	list, err := r.API.Cases.ListCases(officer, &saakornv1.ListCasesRequest{ApplicationId: applicationID})
	if err != nil {
		t.Fatal(err)
	}
	if len(list.GetCases()) == 0 {
		return nil
	}
	id := list.GetCases()[0].GetId()
	r.enter(t, caller, id)
	answer, err := r.API.Cases.GetCase(r.API.As(t.Context(), caller), &saakornv1.GetCaseRequest{CaseId: id})
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// Enter lets the person into the case of the application: they declare to be impartial in it. The round's own
// helpers do that for whom they act as; it is for what a test does by itself.
func (r *Round) Enter(t testing.TB, applicationID string, people ...string) {
	t.Helper()
	id := r.Case(t, applicationID).GetCase().GetId()
	for _, person := range people {
		r.enter(t, person, id)
	}
}

func (r *Round) enter(t testing.TB, person, caseID string) {
	t.Helper()
	if err := r.API.Enter(t.Context(), person, caseID); err != nil {
		t.Fatal(err)
	}
}

// Case returns the case of the application as a case officer sees it.
func (r *Round) Case(t testing.TB, applicationID string) *saakornv1.GetCaseResponse {
	t.Helper()
	found := r.Find(t, installationtest.CaseOfficer, applicationID)
	if found == nil {
		t.Fatalf("the application %s has no case", applicationID)
	}
	return found
}

// Answer answers one finding of the case.
func (r *Round) Answer(t testing.TB, applicationID, key string, answer saakornv1.FindingOutcome, reason string) {
	t.Helper()
	c := r.Case(t, applicationID)
	for _, f := range c.GetFindings() {
		if f.GetKey() == key {
			r.answer(t, c.GetCase().GetId(), f, answer, reason)
			return
		}
	}
	t.Fatalf("the case has no finding %s", key)
}

// AnswerAll answers every finding that has no answer as met.
func (r *Round) AnswerAll(t testing.TB, applicationID string) {
	t.Helper()
	c := r.Case(t, applicationID)
	for _, f := range c.GetFindings() {
		if f.GetAnswer() == saakornv1.FindingOutcome_FINDING_OUTCOME_UNSPECIFIED {
			r.answer(t, c.GetCase().GetId(), f, saakornv1.FindingOutcome_FINDING_OUTCOME_MET, "Kontrollert.")
		}
	}
}

func (r *Round) answer(t testing.TB, caseID string, f *saakornv1.Finding, answer saakornv1.FindingOutcome, reason string) {
	t.Helper()
	_, err := r.API.Cases.AnswerFinding(r.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.AnswerFindingRequest{
		RequestId: uuid.NewString(), CaseId: caseID, FindingId: f.GetId(), Answer: answer, Reason: reason,
	})
	if err != nil {
		t.Fatalf("answer %s: %v", f.GetKey(), err)
	}
}

// Assessors are those whom Assess names.
func Assessors() []string { return []string{"assessor-1", "assessor-2"} }

// NameAssessors asks two people to assess the case.
func (r *Round) NameAssessors(t testing.TB, applicationID string) {
	t.Helper()
	if err := r.AskToAssess(t, applicationID, Assessors()...); err != nil {
		t.Fatal(err)
	}
}

// AskToAssess asks these people to assess the case.
func (r *Round) AskToAssess(t testing.TB, applicationID string, people ...string) error {
	t.Helper()
	_, err := r.API.Cases.AssignAssessors(r.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.AssignAssessorsRequest{
		RequestId: uuid.NewString(), CaseId: r.Case(t, applicationID).GetCase().GetId(), AssessorIds: people,
	})
	return err
}

// Own makes the person the owner of the case.
func (r *Round) Own(t testing.TB, applicationID, person string) {
	t.Helper()
	_, err := r.API.Cases.AssignCase(r.API.As(t.Context(), installationtest.Manager), &saakornv1.AssignCaseRequest{
		RequestId: uuid.NewString(), CaseId: r.Case(t, applicationID).GetCase().GetId(), OwnerId: person,
	})
	if err != nil {
		t.Fatal(err)
	}
}

// AssessAs saves and submits the person's assessment, with the best score for each criterion.
func (r *Round) AssessAs(t testing.TB, person, applicationID string) {
	t.Helper()
	r.AssessWith(t, person, applicationID, nil)
}

// AssessWith saves and submits the person's assessment, with these scores in place of the best ones.
func (r *Round) AssessWith(t testing.TB, person, applicationID string, instead map[string]int32) {
	t.Helper()
	c := r.Case(t, applicationID).GetCase()
	r.enter(t, person, c.GetId())
	ctx := r.API.As(t.Context(), person)
	scores := r.Scores(t, c)
	for _, s := range scores {
		if value, ok := instead[s.GetCriterion()]; ok {
			s.Value = value
		}
	}
	_, err := r.API.Cases.SaveAssessment(ctx, &saakornv1.SaveAssessmentRequest{RequestId: uuid.NewString(), CaseId: c.GetId(), Scores: scores})
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.API.Cases.SubmitAssessment(ctx, &saakornv1.SubmitAssessmentRequest{RequestId: uuid.NewString(), CaseId: c.GetId()})
	if err != nil {
		t.Fatal(err)
	}
}

// Scores gives each criterion of the scheme the best score.
func (r *Round) Scores(t testing.TB, c *saakornv1.Case) []*saakornv1.Score {
	t.Helper()
	answer, err := r.API.Schemes.GetScheme(t.Context(), &saakornv1.GetSchemeRequest{SchemeId: c.GetSchemeId(), Version: c.GetSchemeVersion()})
	if err != nil {
		t.Fatal(err)
	}
	rules := answer.GetScheme().GetAssessment()
	var scores []*saakornv1.Score
	for _, criterion := range rules.GetCriteria() {
		if kinds := criterion.GetAppliesTo(); len(kinds) > 0 && !slices.Contains(kinds, c.GetApplicationType()) {
			continue
		}
		scores = append(scores, &saakornv1.Score{
			Criterion: criterion.GetKey(), Value: rules.GetScaleMax(), Reason: "Søknaden svarer godt på dette.",
		})
	}
	return scores
}

// Assess has the case assessed by as many people as the rules ask for.
func (r *Round) Assess(t testing.TB, applicationID string) {
	t.Helper()
	r.NameAssessors(t, applicationID)
	for _, person := range Assessors() {
		r.AssessAs(t, person, applicationID)
	}
}

// Recommend puts a recommendation of the person before a decision maker.
func (r *Round) Recommend(t testing.TB, person, applicationID string, outcome saakornv1.Outcome, amountOre int64) {
	t.Helper()
	c := r.Case(t, applicationID).GetCase()
	r.enter(t, person, c.GetId())
	_, err := r.API.Cases.Recommend(r.API.As(t.Context(), person), &saakornv1.RecommendRequest{
		RequestId: uuid.NewString(), CaseId: c.GetId(), Etag: c.GetEtag(), Outcome: outcome, AmountOre: amountOre,
		Reasons: "Virksomheten treffer målgruppen og har en plan som holder.",
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Decide has the person decide the case as it stands in c.
func (r *Round) Decide(ctx context.Context, person string, c *saakornv1.Case, outcome saakornv1.Outcome, amountOre int64) error {
	if err := r.API.Enter(ctx, person, c.GetId()); err != nil {
		return err
	}
	_, err := r.API.Cases.Decide(r.API.As(ctx, person), &saakornv1.DecideRequest{
		RequestId: uuid.NewString(), CaseId: c.GetId(), Etag: c.GetEtag(), Outcome: outcome, AmountOre: amountOre,
	})
	return err
}
