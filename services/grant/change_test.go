package grant_test

import (
	"testing"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/installation/installationtest"
)

// accepted returns the award of the first enterprise, which has accepted it.
func (h house) accepted() *saakornv1.Award {
	h.Helper()
	a := h.Offer(h, 1)[0]
	h.Accept(h, 1, a.GetId())
	h.Follow(h, a.GetLifecycleId())
	return a
}

func (h house) ask(r *saakornv1.SubmitChangeRequestRequest) (*saakornv1.ChangeRequest, error) {
	r.RequestId, r.Grounds = uuid.NewString(), "Planen er endret."
	answer, err := h.Changes.SubmitChangeRequest(h.applicant(1), r)
	return answer.GetChangeRequest(), err
}

func (h house) recommendChange(c *saakornv1.ChangeRequest, person string) (*saakornv1.ChangeRequest, error) {
	answer, err := h.Changes.RecommendChangeRequest(h.as(person), &saakornv1.RecommendChangeRequestRequest{
		RequestId: uuid.NewString(), ChangeRequestId: c.GetId(), Etag: c.GetEtag(), Approve: true, Reasons: "Endringen er i tråd med formålet.",
	})
	return answer.GetChangeRequest(), err
}

func (h house) decideChange(c *saakornv1.ChangeRequest, person string, approve bool, reasons string) (*saakornv1.ChangeRequest, error) {
	answer, err := h.Changes.DecideChangeRequest(h.as(person), &saakornv1.DecideChangeRequestRequest{
		RequestId: uuid.NewString(), ChangeRequestId: c.GetId(), Etag: c.GetEtag(), Approve: approve, Reasons: reasons,
	})
	return answer.GetChangeRequest(), err
}

func TestMoreTimeIsAskedForRecommendedAndDecidedByTwo(t *testing.T) {
	h := newHouse(t)
	a := h.accepted()
	for _, tt := range []struct{ spendBy, reason string }{{"", "REQUIRED"}, {"2019-12-31", "NOT_LATER"}, {"2021-01-01", "TOO_LATE"}, {"2019-02-30", "NO_SUCH_DATE"}} {
		_, err := h.ask(&saakornv1.SubmitChangeRequestRequest{AwardId: a.GetId(), Kind: saakornv1.ChangeKind_CHANGE_KIND_EXTENSION, SpendBy: tt.spendBy})
		installationtest.WantInvalid(t, err, "spend_by "+tt.reason)
	}
	c, err := h.ask(&saakornv1.SubmitChangeRequestRequest{AwardId: a.GetId(), Kind: saakornv1.ChangeKind_CHANGE_KIND_EXTENSION, SpendBy: "2020-06-30"})
	must(t, err)
	_, err = h.ask(&saakornv1.SubmitChangeRequestRequest{AwardId: a.GetId(), Kind: saakornv1.ChangeKind_CHANGE_KIND_EXTENSION, SpendBy: "2020-07-31"})
	installationtest.WantRefused(t, err, codes.FailedPrecondition, "CHANGE_OPEN")
	h.Follow(t, a.GetLifecycleId())
	expect(t, "tasks", []string{"CHANGE_REQUEST"}, h.OpenTasks(t, a.GetLifecycleId()))

	c, err = h.recommendChange(c, decider) // decision makers may prepare too, never what they decide
	must(t, err)
	h.Follow(t, a.GetLifecycleId())
	expect(t, "tasks", []string{"DECIDE_CHANGE"}, h.OpenTasks(t, a.GetLifecycleId()))
	_, err = h.decideChange(c, decider, true, "")
	installationtest.WantRefused(t, err, codes.PermissionDenied, "FOUR_EYES")
	_, err = h.decideChange(c, decider2, false, "")
	installationtest.WantInvalid(t, err, "reasons REQUIRED")
	// Whoever recommended it in any version does not decide it.
	c, err = h.recommendChange(c, officer)
	must(t, err)
	_, err = h.decideChange(c, decider, true, "")
	installationtest.WantRefused(t, err, codes.PermissionDenied, "FOUR_EYES")
	c, err = h.decideChange(c, decider2, true, "")
	must(t, err)
	expect(t, "approved", saakornv1.ChangeState_CHANGE_STATE_APPROVED, c.GetState())
	expect(t, "spend by", "2020-06-30", h.Award(t, a.GetId()).GetAward().GetSpendBy())
	h.Follow(t, a.GetLifecycleId())
	expect(t, "letters", []string{"GRANT_LETTER", "ACCEPTANCE_CONFIRMED", "CHANGE_APPROVED"}, h.letters(a))
	expect(t, "tasks", []string(nil), h.OpenTasks(t, a.GetLifecycleId()))
}

func TestMoneyMovesBetweenLinesAndTheAmountStays(t *testing.T) {
	h := newHouse(t)
	a := h.accepted()
	lines := published(t).BudgetLines
	eligible, ineligible := lines[0].Key, ""
	for _, l := range lines {
		if !l.Eligible {
			ineligible = l.Key
		}
	}
	ask := func(moves ...*saakornv1.BudgetMove) (*saakornv1.ChangeRequest, error) {
		return h.ask(&saakornv1.SubmitChangeRequestRequest{AwardId: a.GetId(), Kind: saakornv1.ChangeKind_CHANGE_KIND_REBUDGET, Moves: moves})
	}
	_, err := ask(&saakornv1.BudgetMove{Line: "no_such_line", AmountOre: 100})
	installationtest.WantInvalid(t, err, "moves TOO_FEW", "moves[0].line NO_SUCH_LINE")
	_, err = ask(&saakornv1.BudgetMove{Line: eligible, AmountOre: -100}, &saakornv1.BudgetMove{Line: ineligible, AmountOre: 100})
	installationtest.WantInvalid(t, err, "moves[1].line NOT_ELIGIBLE")
	c, err := ask(&saakornv1.BudgetMove{Line: eligible, AmountOre: -100}, &saakornv1.BudgetMove{Line: lines[1].Key, AmountOre: 100})
	must(t, err)
	c, err = h.recommendChange(c, officer)
	must(t, err)
	_, err = h.decideChange(c, decider, false, "Dette er ikke det dere søkte om.")
	must(t, err)
	h.Follow(t, a.GetLifecycleId())
	expect(t, "last letter", "CHANGE_REJECTED", h.letters(a)[2])
	_, err = ask(&saakornv1.BudgetMove{Line: eligible, AmountOre: -100}, &saakornv1.BudgetMove{Line: lines[1].Key, AmountOre: 100})
	must(t, err) // one may ask again
}

func TestANewContactIsDecidedByTheOfficerAndIsWrittenTo(t *testing.T) {
	h := newHouse(t)
	a := h.accepted()
	_, err := h.ask(&saakornv1.SubmitChangeRequestRequest{AwardId: a.GetId(), Kind: saakornv1.ChangeKind_CHANGE_KIND_CONTACT, ContactEmail: "nobody", SpendBy: "2020-01-01"})
	installationtest.WantInvalid(t, err, "spend_by NOT_FOR_THIS_KIND")
	_, err = h.ask(&saakornv1.SubmitChangeRequestRequest{AwardId: a.GetId(), Kind: saakornv1.ChangeKind_CHANGE_KIND_CONTACT, ContactEmail: "nobody"})
	installationtest.WantInvalid(t, err, "contact_email NOT_AN_ADDRESS", "contact_name REQUIRED")
	c, err := h.ask(&saakornv1.SubmitChangeRequestRequest{AwardId: a.GetId(), Kind: saakornv1.ChangeKind_CHANGE_KIND_CONTACT, ContactName: "Nina Ny", ContactEmail: "nina@saakorn.example"})
	must(t, err)
	_, err = h.Changes.WithdrawChangeRequest(h.as(installationtest.Stranger), &saakornv1.WithdrawChangeRequestRequest{RequestId: uuid.NewString(), ChangeRequestId: c.GetId()})
	installationtest.WantRefused(t, err, codes.NotFound, "NOT_FOUND")
	c, err = h.recommendChange(c, officer)
	must(t, err)
	expect(t, "approved", saakornv1.ChangeState_CHANGE_STATE_APPROVED, c.GetState())
	contacts, err := saakornv1.NewCorrespondenceServiceClient(h.API.Connection).GetContacts(h.applicant(1), &saakornv1.GetContactsRequest{EnterpriseId: a.GetEnterpriseId()})
	must(t, err)
	expect(t, "first contact", "nina@saakorn.example", contacts.GetContacts().GetContacts()[0].GetEmail())
}
