package casework_test

import (
	"testing"

	"github.com/google/uuid"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework"
	"saakorn/services/installation/installationtest"
)

// addPartner makes another enterprise, with contacts, a party to the case.
func (h *house) addPartner(id string) {
	h.t.Helper()
	const partner = "entrepreneur-05"
	enterprise := h.API.RegisterEnterprise(h.t, partner)
	_, err := saakornv1.NewCorrespondenceServiceClient(h.API.Connection).ChangeContacts(h.API.As(h.t.Context(), partner), &saakornv1.ChangeContactsRequest{
		RequestId: uuid.NewString(), EnterpriseId: enterprise.GetId(),
		Contacts: []*saakornv1.Contact{{Name: "Astrid", Email: "astrid@saakorn.example"}, {Name: "Tor", Email: "tor@saakorn.example"}},
	})
	h.must(err)
	_, err = saakornv1.NewLetterServiceClient(h.API.Connection).AddParty(h.API.As(h.t.Context(), installationtest.CaseOfficer), &saakornv1.AddPartyRequest{
		RequestId: uuid.NewString(), CaseId: h.Case(h.t, id).GetCase().GetId(), EnterpriseId: enterprise.GetId(), Reason: "De driver tiltaket sammen.",
	})
	h.must(err)
}

func TestEveryPartyIsToldAndTheRolesAreCheckedAgain(t *testing.T) {
	h := newHouse(t)
	h.start()
	id := h.apply(1).GetId()
	h.addPartner(id)
	h.settle()
	checked := func() (n int) {
		h.must(h.API.Installation.Pool.QueryRow(t.Context(), `SELECT count(*) FROM role_check WHERE checked_at > now() - interval '100 years' AND next_at > $1`, h.API.Now()).Scan(&n))
		return n
	}
	h.Close(t)
	h.API.MoveClock(t, h.API.Now().AddDate(0, 0, 12)) // the roles were due to be checked after thirty days
	h.settle()
	h.expect("checks of roles that are not overdue", 1, checked())
	h.decide(id)
	h.expectStep(id, casework.AwaitingAppeal)
	h.outlive(id)
	h.ended(id, "parties")
	h.expectStep(id, casework.Closed)
	h.expect("letters", []string{"AWARD_LAPSED", "GRANT_LETTER", "DECISION_APPROVED", "DECISION_APPROVED", "INTERIM_REPLY", receipt}, h.Letters(t, id))
	var notified int
	h.must(h.API.Installation.Pool.QueryRow(t.Context(), `SELECT count(DISTINCT enterprise_id) FROM notification`).Scan(&notified))
	h.expect("parties that were notified", 2, notified)
}
