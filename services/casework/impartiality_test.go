package casework_test

import (
	"testing"

	"github.com/google/uuid"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework/caseworktest"
	"saakorn/services/installation/installationtest"
)

func TestWhoeverIsNotImpartialLeavesTheCaseAndSeesItNoMore(t *testing.T) {
	r := begin(t)
	id := r.Apply(t, 1).GetId()
	r.Drive(t, id)
	c := r.Case(t, id).GetCase()
	must(t, assign(r.API.As(t.Context(), installationtest.CaseOfficer), r, c, "case-officer-2"))
	client := saakornv1.NewImpartialityServiceClient(r.API.Connection)
	declare := func(person string, impartial bool, why string) error {
		_, err := client.DeclareImpartiality(r.API.As(t.Context(), person), &saakornv1.DeclareImpartialityRequest{
			RequestId: uuid.NewString(), CaseId: c.GetId(), Impartial: impartial, Reason: why,
		})
		return err
	}
	wantReason(t, declare("case-officer-2", false, ""), "REQUIRED")
	must(t, declare("case-officer-2", false, "Søsteren min er daglig leder."))
	must(t, declare(installationtest.CaseOfficer, true, ""))
	if owner := r.Case(t, id).GetCase().GetOwnerId(); owner != "" {
		t.Errorf("the case still belongs to %s", owner)
	}
	_, err := r.API.Cases.GetCase(r.API.As(t.Context(), "case-officer-2"), &saakornv1.GetCaseRequest{CaseId: c.GetId()})
	wantReason(t, err, "NOT_IMPARTIAL")
	_, err = r.API.Cases.AssignCase(r.API.As(t.Context(), "case-officer-2"), &saakornv1.AssignCaseRequest{
		RequestId: uuid.NewString(), CaseId: c.GetId(), Etag: r.Case(t, id).GetCase().GetEtag(), OwnerId: "case-officer-2",
	})
	wantReason(t, err, "NOT_IMPARTIAL")

	officer := r.API.As(t.Context(), "case-officer-2")
	_, err = r.API.Cases.ListCaseEvents(officer, &saakornv1.ListCaseEventsRequest{CaseId: c.GetId()})
	wantReason(t, err, "NOT_IMPARTIAL")
	_, err = r.API.Cases.ListLetters(officer, &saakornv1.ListLettersRequest{ApplicationId: id})
	wantReason(t, err, "NOT_IMPARTIAL")
	_, err = r.API.Applications.GetApplication(officer, &saakornv1.GetApplicationRequest{ApplicationId: id})
	wantReason(t, err, "NOT_IMPARTIAL")
	_, err = saakornv1.NewCompletenessServiceClient(r.API.Connection).GetCaseClock(officer, &saakornv1.GetCaseClockRequest{CaseId: c.GetId()})
	wantReason(t, err, "NOT_IMPARTIAL")

	for person, sees := range map[string]bool{installationtest.CaseOfficer: false, "auditor-1": true} {
		answer, err := client.ListDeclarations(r.API.As(t.Context(), person), &saakornv1.ListDeclarationsRequest{CaseId: c.GetId()})
		must(t, err)
		first := answer.GetDeclarations()[1] // the officer whom the case was read as declared before
		if first.GetPersonId() != "case-officer-2" || first.GetImpartial() || (first.GetReason() != "") != sees {
			t.Errorf("%s sees %v", person, first)
		}
	}
}

func TestNobodyIsGivenACaseInWhichTheyAreNotImpartial(t *testing.T) {
	r := begin(t)
	id := r.Apply(t, 1).GetId()
	r.Drive(t, id)
	r.Close(t)
	r.AnswerAll(t, id)
	c := r.Case(t, id).GetCase()
	must(t, declare(t, r, "case-officer-2", c, false))
	manager := r.API.As(t.Context(), installationtest.Manager)
	r.API.Unchanged(t, func() {
		wantReason(t, assign(manager, r, r.Case(t, id).GetCase(), "case-officer-2"), "NOT_IMPARTIAL")
		_, err := r.API.Cases.AssignAssessors(manager, &saakornv1.AssignAssessorsRequest{
			RequestId: uuid.NewString(), CaseId: c.GetId(), AssessorIds: []string{"assessor-1", "case-officer-2"},
		})
		wantReason(t, err, "NOT_IMPARTIAL")
	})
	must(t, assign(manager, r, r.Case(t, id).GetCase(), "case-officer-3"))
}

func TestAnAppealLeavesWhoeverIsNotImpartialAndGoesToAnother(t *testing.T) {
	r := begin(t)
	id := told(t, r)
	a := appeals(t, r)
	appeal, err := a.submit(id)
	must(t, err)
	must(t, a.assign(appeal.GetId(), newOfficer))
	must(t, declare(t, r, newOfficer, r.Case(t, id).GetCase(), false))
	if owner := a.newest(id).GetOwnerId(); owner != "" {
		t.Errorf("the appeal still belongs to %s", owner)
	}
	wantReason(t, a.assign(appeal.GetId(), newOfficer), "NOT_IMPARTIAL")
	must(t, a.assign(appeal.GetId(), "case-officer-5"))
}

func TestAnAssessorWhoNeverAssessedCanDeclareAfterTheDecision(t *testing.T) {
	r := begin(t)
	id := r.Apply(t, 1).GetId()
	r.Drive(t, id)
	r.Close(t)
	r.NameAssessors(t, id)
	r.Answer(t, id, "no_dividend", notMet, "Vedtektene åpner for utbytte.")
	r.AnswerAll(t, id)
	r.Recommend(t, installationtest.CaseOfficer, id, dismissed, 0)
	must(t, r.Decide(t.Context(), installationtest.DecisionMaker, r.Case(t, id).GetCase(), dismissed, 0))
	must(t, declare(t, r, "assessor-1", r.Case(t, id).GetCase(), false))
	if ids := r.Case(t, id).GetAssessorIds(); len(ids) != 2 {
		t.Errorf("what the decision rests on has changed: the assessors are %v", ids)
	}
}

func declare(t *testing.T, r *caseworktest.Round, person string, c *saakornv1.Case, impartial bool) error {
	t.Helper()
	_, err := saakornv1.NewImpartialityServiceClient(r.API.Connection).DeclareImpartiality(r.API.As(t.Context(), person), &saakornv1.DeclareImpartialityRequest{
		RequestId: uuid.NewString(), CaseId: c.GetId(), Impartial: impartial, Reason: "Søsteren min er daglig leder.",
	})
	return err
}
