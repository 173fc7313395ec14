package casework_test

import (
	"testing"

	"github.com/google/uuid"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
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

	for person, sees := range map[string]bool{installationtest.CaseOfficer: false, "auditor-1": true} {
		answer, err := client.ListDeclarations(r.API.As(t.Context(), person), &saakornv1.ListDeclarationsRequest{CaseId: c.GetId()})
		must(t, err)
		first := answer.GetDeclarations()[0]
		if first.GetPersonId() != "case-officer-2" || first.GetImpartial() || (first.GetReason() != "") != sees {
			t.Errorf("%s sees %v", person, first)
		}
	}
}
