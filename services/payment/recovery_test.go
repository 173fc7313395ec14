package payment_test

import (
	"testing"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/installation/installationtest"
	"saakorn/services/payment/paymenttest"
	"saakorn/services/platform/calendar"
)

func claimOf(t *testing.T, a *paymenttest.Award) *saakornv1.Claim {
	t.Helper()
	api := a.House.API
	answer, err := api.Recoveries.ListClaims(api.As(t.Context(), a.Person), &saakornv1.ListClaimsRequest{EnterpriseId: a.EnterpriseID.String()})
	must(t, err)
	if len(answer.GetClaims()) != 1 {
		t.Fatalf("%d claims", len(answer.GetClaims()))
	}
	return answer.GetClaims()[0]
}

func paidAward(t *testing.T) *paymenttest.Award {
	t.Helper()
	a := accepted(t)
	a.Pay(t, 1)
	return a
}

func (h house) repay(t *testing.T, c *saakornv1.Claim, bankRef string, ore int64) saakornv1.BankEntryOutcome {
	t.Helper()
	return h.BankSays(t, paymenttest.Notification(paymenttest.Booking{
		BankRef: bankRef, KID: c.GetReference(), AmountOre: ore, Credit: true, On: calendar.On(h.API.Now()),
	}))
}

func TestADecisionToRecoverIsClaimedPaidInPartsAndReminded(t *testing.T) {
	a := paidAward(t)
	h := house{a.House}
	a.Recover(t, 300_000_00)
	c := claimOf(t, a)
	expect(t, "claim", []int64{300_000_00, 0}, []int64{c.GetAmountOre(), c.GetRepaidOre()})
	expect(t, "paid to", h.API.Installation.Money.Bank.Account.Grouped(), c.GetPayTo())
	expect(t, "where the kroner are", map[string]int64{"FRAME": -2 * half, "COMMITTED": half, "PAID": half - 300_000_00, "CLAIMED": 300_000_00}, a.Balances(t))
	a.Drive(t)
	expect(t, "letters", []string{"RECOVERY_CLAIM"}, a.ClaimLetters(t))
	agreed, err := h.API.Recoveries.AgreeParts(h.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.AgreePartsRequest{
		RequestId: uuid.NewString(), ClaimId: c.GetId(), Etag: c.GetEtag(), Parts: 3, FirstDueOn: "2019-02-15",
	})
	must(t, err)
	var parts []string
	for _, p := range agreed.GetClaim().GetParts() {
		parts = append(parts, p.GetDueOn())
	}
	expect(t, "parts", []string{"2019-02-15", "2019-03-15", "2019-04-15"}, parts)

	h.API.MoveClock(t, calendar.Date{Year: 2019, Month: 2, Day: 14}.At(12, 0))
	expect(t, "outcome", applied, h.repay(t, c, "PART-1", 100_000_00))
	expect(t, "the same again", duplicate, h.repay(t, c, "PART-1", 100_000_00))
	h.API.MoveClock(t, calendar.Date{Year: 2019, Month: 3, Day: 28}.At(12, 0))
	a.Drive(t)
	expect(t, "reminders thirteen days late", int32(0), claimOf(t, a).GetReminders())
	h.API.MoveClock(t, calendar.Date{Year: 2019, Month: 3, Day: 29}.At(12, 0))
	a.Drive(t)
	a.Drive(t)
	c = claimOf(t, a)
	expect(t, "reminders and what is overdue", []int64{1, 100_000_00}, []int64{int64(c.GetReminders()), c.GetOverdueOre()})
	expect(t, "tasks", []string{"CLAIM_UNPAID"}, a.Tasks(t))
	expect(t, "letters", []string{"RECOVERY_REMINDER", "RECOVERY_CLAIM"}, a.ClaimLetters(t))
	h.API.MoveClock(t, calendar.Date{Year: 2019, Month: 5, Day: 30}.At(12, 0))
	a.Drive(t)
	expect(t, "reminders at most", int32(2), claimOf(t, a).GetReminders())
	expect(t, "more than is left", surplus, h.repay(t, c, "REST", 250_000_00))
	c = claimOf(t, a)
	expect(t, "settled", []any{true, int64(300_000_00)}, []any{c.GetSettledAt() != nil, c.GetRepaidOre()})
	expect(t, "after that", conflict, h.repay(t, c, "ONE-MORE", 1_00))
	expect(t, "tasks", []string{}, a.Tasks(t))
	expect(t, "where the kroner are", map[string]int64{"FRAME": -2 * half, "COMMITTED": half, "PAID": half - 300_000_00, "REPAID": 300_000_00}, a.Balances(t))
	expect(t, "entries to look at", 3, len(h.open(t)))
	h.Prove(t)
}

func TestUnusedFundsAreSettledByTwoPeople(t *testing.T) {
	a := paidAward(t)
	api := a.House.API
	settle := func(ore int64) *saakornv1.Settlement {
		answer, err := api.Recoveries.SettleFunds(api.As(t.Context(), installationtest.CaseOfficer), &saakornv1.SettleFundsRequest{
			RequestId: uuid.NewString(), AwardId: a.ID.String(), UsedOre: ore, Basis: "Godkjent regnskap.",
		})
		must(t, err)
		return answer.GetSettlement()
	}
	confirm := func(person string, s *saakornv1.Settlement) (*saakornv1.ConfirmSettlementResponse, error) {
		return api.Recoveries.ConfirmSettlement(api.As(t.Context(), person), &saakornv1.ConfirmSettlementRequest{
			RequestId: uuid.NewString(), SettlementId: s.GetId(), Etag: s.GetEtag(),
		})
	}
	first := settle(0)
	s := settle(half - 12_345_67)
	_, err := confirm(paymenttest.OtherOfficer, first)
	installationtest.WantRefused(t, err, codes.Aborted, "STALE_ETAG")
	_, err = confirm(installationtest.CaseOfficer, s)
	installationtest.WantRefused(t, err, codes.FailedPrecondition, "FOUR_EYES")
	answer, err := confirm(paymenttest.OtherOfficer, s)
	must(t, err)
	expect(t, "unused and claimed", []int64{12_345_67, 12_345_67}, []int64{answer.GetSettlement().GetUnusedOre(), answer.GetClaim().GetAmountOre()})
	_, err = confirm(paymenttest.OtherOfficer, answer.GetSettlement())
	installationtest.WantRefused(t, err, codes.FailedPrecondition, "SETTLED")
	recorded, err := api.Recoveries.RecordRepayment(api.As(t.Context(), paymenttest.Approver), &saakornv1.RecordRepaymentRequest{
		RequestId: uuid.NewString(), ClaimId: answer.GetClaim().GetId(), Etag: answer.GetClaim().GetEtag(), AmountOre: 12_345_67,
		BookedOn: calendar.On(api.Now()).String(), Note: "Innbetalt uten KID.",
	})
	must(t, err)
	expect(t, "settled", true, recorded.GetClaim().GetSettledAt() != nil)
	a.House.Prove(t)
}

func TestAClaimIsSetOffAgainstTheNextAward(t *testing.T) {
	a := paidAward(t)
	h := house{a.House}
	a.Recover(t, 100_000_00)
	c := claimOf(t, a)
	next := a.Again(t, 600_000_00, 2020).Accept(t)
	next.Drive(t)
	for name, tt := range map[string]struct {
		claim string
		ore   int64
		want  string
	}{
		"more than is claimed": {c.GetId(), 100_000_01, "set_off_ore MORE_THAN_CLAIMED"},
		"no claim":             {"", 5, "claim_id REQUIRED"},
		"nothing":              {c.GetId(), 0, "set_off_ore REQUIRED"},
		"none of ours":         {uuid.NewString(), 5, "claim_id NO_SUCH_CLAIM"},
	} {
		_, err := next.PrepareSettingOff(t.Context(), t, 1, tt.claim, tt.ore)
		t.Log(name)
		installationtest.WantInvalid(t, err, tt.want)
	}
	p, err := next.PrepareSettingOff(t.Context(), t, 1, c.GetId(), 100_000_00)
	must(t, err)
	p = h.ApproveTwice(t, p)
	next.Drive(t)
	expect(t, "where the kroner of the first award are", map[string]int64{"FRAME": -2 * half, "COMMITTED": half, "PAID": half - 100_000_00, "REPAID": 100_000_00}, a.Balances(t))
	expect(t, "where those of the next are", map[string]int64{"FRAME": -600_000_00, "COMMITTED": 300_000_00, "SENT": 200_000_00, "PAID": 100_000_00}, next.Balances(t))
	h.Prove(t)
	expect(t, "refused", applied, h.BankSays(t, paymenttest.Status(p.GetEndToEndId(), "RJCT", "AC04", "")))
	expect(t, "the claim stands again", int64(0), claimOf(t, a).GetRepaidOre())
	expect(t, "where the kroner of the next award are", map[string]int64{"FRAME": -600_000_00, "COMMITTED": 600_000_00}, next.Balances(t))
	h.Prove(t)
	p, err = next.PrepareSettingOff(t.Context(), t, 1, c.GetId(), 100_000_00)
	must(t, err)
	p = h.ApproveTwice(t, p)
	next.Drive(t)
	h.BankBooks(t, p)
	expect(t, "state", paid, h.Payment(t, p.GetId()).GetState())
	expect(t, "settled", true, claimOf(t, a).GetSettledAt() != nil)
	h.Prove(t)
}

func TestNothingIsClaimedBackBeforeTheBankHasAnswered(t *testing.T) {
	for name, tt := range map[string]struct {
		refused bool
		want    map[string]int64
	}{
		"refused": {true, map[string]int64{"FRAME": -600_000_00, "COMMITTED": 600_000_00}},
		"booked":  {false, map[string]int64{"FRAME": -600_000_00, "COMMITTED": 300_000_00, "PAID": 50_000_00, "CLAIMED": 250_000_00}},
	} {
		t.Run(name, func(t *testing.T) {
			a := paidAward(t)
			h := house{a.House}
			a.Recover(t, 100_000_00)
			next := a.Again(t, 600_000_00, 2020).Accept(t)
			next.Drive(t)
			p, err := next.PrepareSettingOff(t.Context(), t, 1, claimOf(t, a).GetId(), 100_000_00)
			must(t, err)
			p = h.ApproveTwice(t, p)
			next.Drive(t)
			next.Recover(t, 250_000_00)
			expect(t, "claimed before the bank has answered", int64(0), next.Balances(t)["CLAIMED"])
			if tt.refused {
				expect(t, "outcome", applied, h.BankSays(t, paymenttest.Status(p.GetEndToEndId(), "RJCT", "AC04", "")))
			} else {
				expect(t, "outcome", applied, h.BankBooks(t, p))
			}
			next.Drive(t)
			expect(t, "where the kroner are", tt.want, next.Balances(t))
			h.Prove(t)
		})
	}
}

func TestAPaymentThatIsSetOffInFullNeedsNoBank(t *testing.T) {
	a := paidAward(t)
	h := house{a.House}
	a.Recover(t, half)
	c := claimOf(t, a)
	next := a.Again(t, 200_000_00, 2020).Accept(t)
	next.Drive(t)
	p, err := next.PrepareSettingOff(t.Context(), t, 1, c.GetId(), 100_000_00)
	must(t, err)
	p = h.ApproveTwice(t, p)
	next.Drive(t)
	expect(t, "state", paid, h.Payment(t, p.GetId()).GetState())
	expect(t, "files", 1, len(h.Outbox(t)))
	h.Prove(t)
}

func TestAnAppealCancelsAClaimAndRefundsWhatCameBack(t *testing.T) {
	a := paidAward(t)
	h := house{a.House}
	a.Recover(t, 300_000_00)
	a.Drive(t)
	c := claimOf(t, a)
	expect(t, "outcome", applied, h.repay(t, c, "PART-1", 100_000_00))
	a.Appeal(t)
	c = claimOf(t, a)
	expect(t, "claimed, less than at first and to be refunded", []int64{100_000_00, 200_000_00, 100_000_00},
		[]int64{c.GetAmountOre(), c.GetLoweredOre(), c.GetRefundOre()})
	expect(t, "where the kroner are", map[string]int64{"FRAME": -2 * half, "COMMITTED": half, "PAID": half - 100_000_00, "REPAID": 100_000_00}, a.Balances(t))
	expect(t, "somebody is asked to refund", []string{"REFUND_CLAIM"}, a.Tasks(t))
	expect(t, "what is claimed no more comes in", conflict, h.repay(t, c, "PART-2", 50_000_00))
	h.API.MoveClock(t, calendar.Date{Year: 2019, Month: 4, Day: 30}.At(12, 0))
	a.Drive(t)
	expect(t, "letters", []string{"RECOVERY_CLAIM"}, a.ClaimLetters(t))
	h.Prove(t)

	refund := func(ore int64) error {
		_, err := h.Refund(t.Context(), t, claimOf(t, a), ore)
		return err
	}
	installationtest.WantInvalid(t, refund(100_000_01), "amount_ore MORE_THAN_OWED")
	must(t, refund(40_000_00))
	expect(t, "somebody still has to refund", []string{"REFUND_CLAIM"}, a.Tasks(t))
	must(t, refund(60_000_00))
	installationtest.WantRefused(t, refund(1), codes.FailedPrecondition, "NOTHING_TO_REFUND")
	c = claimOf(t, a)
	expect(t, "cancelled", []any{int64(0), int64(0), int64(0), 0, true}, []any{c.GetAmountOre(), c.GetRepaidOre(), c.GetRefundOre(), len(c.GetParts()), c.GetSettledAt() != nil})
	expect(t, "where the kroner are", map[string]int64{"FRAME": -2 * half, "COMMITTED": half, "PAID": half}, a.Balances(t))
	expect(t, "tasks", []string{}, a.Tasks(t))
	h.Prove(t)
}

func TestAnAppealBeforeTheClaimIsToldOfLeavesNothingToTell(t *testing.T) {
	a := paidAward(t)
	a.Recover(t, 300_000_00)
	a.Appeal(t)
	a.Drive(t)
	expect(t, "letters", []string{}, a.ClaimLetters(t))
	expect(t, "where the kroner are", map[string]int64{"FRAME": -2 * half, "COMMITTED": half, "PAID": half}, a.Balances(t))
	expect(t, "tasks", []string{}, a.Tasks(t))
	a.House.Prove(t)
}

// A claim is set off against the next award, an appeal undoes it, and then the bank refuses the payment: what
// was set off comes back with the payment, and nothing is left to refund.
func TestASetOffThatFailsAfterTheAppealLeavesNothingToRefund(t *testing.T) {
	a := paidAward(t)
	h := house{a.House}
	a.Recover(t, 100_000_00)
	next := a.Again(t, 600_000_00, 2020).Accept(t)
	next.Drive(t)
	p, err := next.PrepareSettingOff(t.Context(), t, 1, claimOf(t, a).GetId(), 100_000_00)
	must(t, err)
	p = h.ApproveTwice(t, p)
	next.Drive(t)
	a.Appeal(t)
	expect(t, "to be refunded", int64(100_000_00), claimOf(t, a).GetRefundOre())
	expect(t, "outcome", applied, h.BankSays(t, paymenttest.Status(p.GetEndToEndId(), "RJCT", "AC04", "")))
	a.Drive(t)
	c := claimOf(t, a)
	expect(t, "claimed and to be refunded", []int64{0, 0}, []int64{c.GetAmountOre(), c.GetRefundOre()})
	expect(t, "tasks about the first award", []string{}, a.Tasks(t))
	h.Prove(t)
}
