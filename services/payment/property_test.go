package payment_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"pgregory.net/rapid"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/installation/installationtest"
	"saakorn/services/payment/paymenttest"
	"saakorn/services/platform/calendar"
)

// life plays one award with a second one of the same enterprise beside it, in any order and with
// everything that can go wrong.
type life struct {
	*testing.T
	house
	awards    []*paymenttest.Award
	suspended map[uuid.UUID]bool
	// seen are the bookings that the bank has made, to make them again.
	seen [][]byte
	// before are the states of the payments before the step.
	before map[string]saakornv1.PaymentState
	refs   int
}

// Whatever happens, in whatever order and however often: the ledger balances after every step, an
// instalment is paid at most once, and nothing is paid while an award is suspended.
func TestTheLedgerBalancesWhateverHappens(t *testing.T) {
	first := accepted(t)
	year := 2020
	rapid.Check(t, func(rt *rapid.T) {
		l := &life{T: t, house: house{first.House}, suspended: map[uuid.UUID]bool{}}
		for range 2 {
			year++
			ore := 3_000_000_00 - rapid.Int64Range(0, 2_999_999_99).Draw(rt, "less than the largest award, in øre")
			l.awards = append(l.awards, first.Again(t, ore, year).Accept(t))
		}
		// Some lives begin in the middle, so that the end of them is lived too.
		// The first instalment of the smallest award there can be is nothing, and cannot be paid.
		if rapid.Bool().Draw(rt, "paid before") && l.awards[0].Plan(t).GetInstalments()[0].GetAmountOre() > 0 {
			l.awards[0].Pay(t, 1)
			l.awards[0].Recover(t, rapid.Int64Range(1, 1_000_000_00).Draw(rt, "claimed before"))
		}
		if rapid.Bool().Draw(rt, "reported before") {
			l.awards[1].ReportApproved(t)
		}
		moves := map[string]func(*rapid.T){
			"":              l.check,
			"prepare":       l.prepare,
			"approve":       l.approve,
			"cancel":        l.cancel,
			"drive":         func(rt *rapid.T) { l.award(rt).Drive(t) },
			"bank answers":  l.bankAnswers,
			"bank books":    l.bankBooks,
			"bank returns":  l.bankReturns,
			"bank repeats":  l.bankRepeats,
			"suspend":       l.suspend,
			"lift":          l.lift,
			"reduce":        l.reduce,
			"report":        l.report,
			"recover":       func(rt *rapid.T) { l.award(rt).Recover(t, rapid.Int64Range(1, 2_000_000_00).Draw(rt, "claimed")) },
			"appeal":        func(rt *rapid.T) { l.award(rt).Appeal(t) },
			"refund":        l.refund,
			"repay":         l.repayClaim,
			"agree parts":   l.agreeParts,
			"settle":        l.settle,
			"time goes by":  func(rt *rapid.T) { l.MoveDays(t, rapid.IntRange(1, 40).Draw(rt, "days")) },
			"account again": l.changeAccount,
		}
		// Most of what happens is that things go on: else hardly a payment would reach the bank.
		for n := range 14 {
			moves[fmt.Sprintf("go on %d", n)] = l.goOn
		}
		rt.Repeat(moves)
	})
	for _, kind := range []string{"COMMIT", "RELEASE", "APPROVE", "CANCEL", "SEND", "PAY", "REJECT", "RETURN", "CLAIM", "CLAIM_LOWERED", "REPAY", "REFUND", "SET_OFF", "SET_OFF_REVERSED"} {
		t.Logf("%d postings %s", first.House.API.Count(t, `SELECT count(*) FROM ledger_posting WHERE kind = $1`, kind), kind)
	}
}

func (l *life) award(rt *rapid.T) *paymenttest.Award {
	return rapid.SampledFrom(l.awards).Draw(rt, "award")
}

// tolerate lets a refusal pass: people try what they may not. Nothing else may go wrong.
func tolerate(rt *rapid.T, err error) {
	switch status.Code(err) {
	case codes.OK, codes.FailedPrecondition, codes.InvalidArgument, codes.Aborted, codes.AlreadyExists:
	default:
		rt.Fatalf("%v", err)
	}
}

func (l *life) payments() []*saakornv1.Payment {
	var all []*saakornv1.Payment
	for _, a := range l.awards {
		for _, i := range a.Plan(l.T).GetInstalments() {
			all = append(all, i.GetPayments()...)
		}
	}
	return all
}

// some returns a payment in one of the states; nil when there is none.
func (l *life) some(rt *rapid.T, states ...saakornv1.PaymentState) *saakornv1.Payment {
	var found []*saakornv1.Payment
	for _, p := range l.payments() {
		if slices.Contains(states, p.GetState()) {
			found = append(found, p)
		}
	}
	if len(found) == 0 {
		return nil
	}
	return rapid.SampledFrom(found).Draw(rt, "payment")
}

// claims returns the claims of the two awards that are open, or all of them.
func (l *life) claims(all bool) []*saakornv1.Claim {
	answer, err := l.API.Recoveries.ListClaims(l.API.As(l.Context(), installationtest.Auditor), &saakornv1.ListClaimsRequest{
		EnterpriseId: l.awards[0].EnterpriseID.String(), OpenOnly: !all,
	})
	must(l.T, err)
	return slices.DeleteFunc(answer.GetClaims(), func(c *saakornv1.Claim) bool {
		return !slices.ContainsFunc(l.awards, func(a *paymenttest.Award) bool { return a.ID.String() == c.GetAwardId() })
	})
}

func (l *life) prepare(rt *rapid.T) {
	l.prepareOne(rt, l.award(rt), rapid.IntRange(1, 2).Draw(rt, "instalment"))
}

// prepareOne prepares the n-th instalment, and sets a claim off against it when there is one.
func (l *life) prepareOne(rt *rapid.T, a *paymenttest.Award, n int) {
	claims := l.claims(false)
	if len(claims) == 0 || !rapid.Bool().Draw(rt, "set off") {
		_, err := a.Prepare(l.Context(), l.T, n)
		tolerate(rt, err)
		return
	}
	c := rapid.SampledFrom(claims).Draw(rt, "claim")
	_, err := a.PrepareSettingOff(l.Context(), l.T, n, c.GetId(), rapid.Int64Range(1, c.GetAmountOre()).Draw(rt, "set off in øre"))
	tolerate(rt, err)
}

// goOn does what comes next by itself with one payment.
func (l *life) goOn(rt *rapid.T) {
	a := l.award(rt)
	for _, i := range a.Plan(l.T).GetInstalments() {
		var p *saakornv1.Payment
		if len(i.GetPayments()) > 0 {
			p = i.GetPayments()[0]
		}
		switch p.GetState() {
		case prepared:
			for _, person := range []string{paymenttest.Approver, paymenttest.SecondApprover} {
				if p.GetFirstApprovedBy() != person {
					_, err := l.Approve(l.Context(), l.T, person, p)
					tolerate(rt, err)
					return
				}
			}
		case approved:
			a.Drive(l.T)
		case sent, atBank:
			if rapid.IntRange(0, 3).Draw(rt, "refused") == 0 {
				l.say(rt, paymenttest.Status(p.GetEndToEndId(), "RJCT", "AC04", ""))
			} else {
				l.book(rt, p, false)
			}
		case paid:
			continue
		default:
			l.prepareOne(rt, a, int(i.GetOrdinal()))
		}
		return
	}
}

func (l *life) approve(rt *rapid.T) {
	p := l.some(rt, prepared, approved, sent)
	if p == nil {
		return
	}
	_, err := l.Approve(l.Context(), l.T, rapid.SampledFrom([]string{paymenttest.Approver, paymenttest.SecondApprover}).Draw(rt, "approver"), p)
	tolerate(rt, err)
}

func (l *life) cancel(rt *rapid.T) {
	if p := l.some(rt, prepared, approved, sent, paid); p != nil {
		_, err := l.Cancel(l.Context(), l.T, p)
		tolerate(rt, err)
	}
}

// say imports a file from the bank and remembers it.
func (l *life) say(rt *rapid.T, raw []byte) {
	l.seen = append(l.seen, raw)
	_, err := l.Import(l.Context(), raw)
	tolerate(rt, err)
}

func (l *life) ref() string {
	l.refs++
	return fmt.Sprintf("%s/%d", l.awards[0].ID, l.refs)
}

func (l *life) bankAnswers(rt *rapid.T) {
	if p := l.some(rt, sent, atBank, paid, rejected); p != nil {
		l.say(rt, paymenttest.Status(p.GetEndToEndId(), rapid.SampledFrom([]string{"ACSP", "RJCT", "PDNG", "ACSC"}).Draw(rt, "status"), "AC04", ""))
	}
}

func (l *life) book(rt *rapid.T, p *saakornv1.Payment, credit bool) {
	ore := p.GetAmountOre() - p.GetSetOffOre()
	if rapid.IntRange(0, 9).Draw(rt, "odd amount") == 0 {
		ore++
	}
	l.say(rt, paymenttest.Notification(paymenttest.Booking{
		BankRef: l.ref(), EndToEndID: p.GetEndToEndId(), AmountOre: ore, Credit: credit, On: calendar.On(l.API.Now()),
	}))
}

func (l *life) bankBooks(rt *rapid.T) {
	if p := l.some(rt, sent, atBank, paid, rejected); p != nil {
		l.book(rt, p, false)
	}
}

func (l *life) bankReturns(rt *rapid.T) {
	if p := l.some(rt, sent, atBank, paid, returned); p != nil {
		l.book(rt, p, true)
	}
}

func (l *life) bankRepeats(rt *rapid.T) {
	if len(l.seen) == 0 {
		return
	}
	raw := rapid.SampledFrom(l.seen).Draw(rt, "file")
	if rapid.Bool().Draw(rt, "in another file") {
		raw = []byte(strings.Replace(string(raw), "</MsgId>", "x</MsgId>", 1))
	}
	_, err := l.Import(l.Context(), raw)
	tolerate(rt, err)
}

func (l *life) suspend(rt *rapid.T) {
	if a := l.award(rt); !l.suspended[a.ID] {
		a.Suspend(l.T)
		l.suspended[a.ID] = true
	}
}

func (l *life) lift(rt *rapid.T) {
	if a := l.award(rt); l.suspended[a.ID] {
		a.Lift(l.T)
		l.suspended[a.ID] = false
	}
}

func (l *life) reduce(rt *rapid.T) {
	a := l.award(rt)
	var now int64
	must(l.T, l.API.Installation.Pool.QueryRow(l.Context(), `SELECT amount_ore FROM award WHERE id = $1`, a.ID).Scan(&now))
	a.Reduce(l.T, now-rapid.Int64Range(0, now).Draw(rt, "reduced by"))
}

func (l *life) report(rt *rapid.T) { l.award(rt).ReportApproved(l.T) }

func (l *life) repayClaim(rt *rapid.T) {
	if claims := l.claims(false); len(claims) > 0 {
		c := rapid.SampledFrom(claims).Draw(rt, "claim")
		l.say(rt, paymenttest.Notification(paymenttest.Booking{
			BankRef: l.ref(), KID: c.GetReference(), AmountOre: rapid.Int64Range(1, c.GetAmountOre()).Draw(rt, "repaid"), Credit: true, On: calendar.On(l.API.Now()),
		}))
	}
}

func (l *life) refund(rt *rapid.T) {
	for _, c := range l.claims(true) {
		if c.GetRefundOre() > 0 {
			_, err := l.Refund(l.Context(), l.T, c, rapid.Int64Range(1, c.GetRefundOre()+1).Draw(rt, "refunded"))
			tolerate(rt, err)
			return
		}
	}
}

func (l *life) agreeParts(rt *rapid.T) {
	if claims := l.claims(false); len(claims) > 0 {
		c := rapid.SampledFrom(claims).Draw(rt, "claim")
		_, err := l.API.Recoveries.AgreeParts(l.API.As(l.Context(), installationtest.CaseOfficer), &saakornv1.AgreePartsRequest{
			RequestId: uuid.NewString(), ClaimId: c.GetId(), Etag: c.GetEtag(), Parts: rapid.Int32Range(1, 13).Draw(rt, "parts"),
			FirstDueOn: calendar.On(l.API.Now()).AddDays(10).String(),
		})
		tolerate(rt, err)
	}
}

func (l *life) settle(rt *rapid.T) {
	answer, err := l.API.Recoveries.SettleFunds(l.API.As(l.Context(), installationtest.CaseOfficer), &saakornv1.SettleFundsRequest{
		RequestId: uuid.NewString(), AwardId: l.award(rt).ID.String(), UsedOre: rapid.Int64Range(0, 3_000_000_00).Draw(rt, "used"), Basis: "Regnskap.",
	})
	tolerate(rt, err)
	if err == nil && rapid.Bool().Draw(rt, "confirmed") {
		_, err := l.API.Recoveries.ConfirmSettlement(l.API.As(l.Context(), paymenttest.OtherOfficer), &saakornv1.ConfirmSettlementRequest{
			RequestId: uuid.NewString(), SettlementId: answer.GetSettlement().GetId(), Etag: answer.GetSettlement().GetEtag(),
		})
		tolerate(rt, err)
	}
}

func (l *life) changeAccount(*rapid.T) {
	l.refs++
	current := l.awards[0].Plan(l.T).GetAccount()
	for n := range 4 {
		if number := paymenttest.Numbers(n + l.refs); !strings.HasSuffix(current, number[7:]) {
			l.awards[0].Account(l.T, number)
			return
		}
	}
}

// check holds after every step.
func (l *life) check(rt *rapid.T) {
	proof, err := l.API.Ledger.ProveLedger(l.API.As(l.Context(), installationtest.Auditor), &saakornv1.ProveLedgerRequest{})
	must(l.T, err)
	if !proof.GetBalanced() {
		rt.Fatalf("the ledger does not balance: %v", proof.GetDifferences())
	}
	states := map[string]saakornv1.PaymentState{}
	for _, a := range l.awards {
		l.checkAward(rt, a, states)
	}
	l.before = states
	l.checkClaims(rt)
	sentOnce := l.API.Count(l.T, `SELECT count(*) FROM payment_order o WHERE (SELECT count(*) FROM payment p WHERE p.order_id = o.id) <> 1`)
	if sentOnce != 0 {
		rt.Fatalf("%d orders do not hold one payment", sentOnce)
	}
}

// checkClaims demands that the parts of each claim make all of it, that no more has come back than that, and
// that what an appeal has undone is claimed no more: what is left of it is what has to be refunded.
func (l *life) checkClaims(rt *rapid.T) {
	for _, c := range l.claims(true) {
		parts := int64(0)
		for _, p := range c.GetParts() {
			parts += p.GetAmountOre()
		}
		if parts != c.GetAmountOre() || c.GetRepaidOre() > parts {
			rt.Fatalf("a claim of %d øre has parts of %d, and %d have come back", c.GetAmountOre(), parts, c.GetRepaidOre())
		}
	}
	wrong := l.API.Count(l.T, `SELECT count(*) FROM recovery_claim c JOIN measure m ON m.id = c.measure_id JOIN procedure p ON p.subject_id = c.award_id AND p.kind = 'payment'
		WHERE m.state = 'REVERSED' AND c.amount_ore <> c.refund_ore AND p.wanted = p.seen`)
	if wrong != 0 {
		rt.Fatalf("%d claims stand although an appeal has undone them", wrong)
	}
}

func (l *life) checkAward(rt *rapid.T, a *paymenttest.Award, states map[string]saakornv1.PaymentState) {
	plan := a.Plan(l.T)
	for _, i := range plan.GetInstalments() {
		live := 0
		for _, p := range i.GetPayments() {
			states[p.GetId()] = p.GetState()
			if !slices.Contains([]saakornv1.PaymentState{rejected, returned, cancelled}, p.GetState()) {
				live++
			}
			moved := l.before[p.GetId()] != p.GetState() && slices.Contains([]saakornv1.PaymentState{approved, sent}, p.GetState())
			if moved && l.suspended[a.ID] && l.before != nil {
				rt.Fatalf("a payment became %s while its award is suspended", p.GetState())
			}
		}
		if live > 1 {
			rt.Fatalf("instalment %d is paid %d times", i.GetOrdinal(), live)
		}
	}
	held := int64(0)
	for account, ore := range a.Balances(l.T) {
		if account != "FRAME" {
			held += ore
		}
		if account != "FRAME" && ore < 0 {
			rt.Fatalf("%s holds %d øre", account, ore)
		}
	}
	if frame := -a.Balances(l.T)["FRAME"]; held != frame {
		rt.Fatalf("the award holds %d of %d øre", held, frame)
	}
}
