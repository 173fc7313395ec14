package payment_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/google/uuid"
	"github.com/jacoelho/xsd"
	"google.golang.org/grpc/codes"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/grant"
	"saakorn/services/installation/installationtest"
	"saakorn/services/payment"
	"saakorn/services/payment/paymenttest"
)

const (
	prepared  = saakornv1.PaymentState_PAYMENT_STATE_PREPARED
	approved  = saakornv1.PaymentState_PAYMENT_STATE_APPROVED
	sent      = saakornv1.PaymentState_PAYMENT_STATE_SENT
	atBank    = saakornv1.PaymentState_PAYMENT_STATE_ACCEPTED
	paid      = saakornv1.PaymentState_PAYMENT_STATE_PAID
	rejected  = saakornv1.PaymentState_PAYMENT_STATE_REJECTED
	returned  = saakornv1.PaymentState_PAYMENT_STATE_RETURNED
	cancelled = saakornv1.PaymentState_PAYMENT_STATE_CANCELLED
)

func TestAnAwardIsPaidInInstalmentsFromAcceptedTermsToTheBank(t *testing.T) {
	a := paymenttest.Open(t).Offer(t, 1, paymenttest.AwardOre)
	h := a.House
	expect(t, "where the kroner of an offer are", map[string]int64{"FRAME": -paymenttest.AwardOre, "COMMITTED": paymenttest.AwardOre}, a.Balances(t))
	expect(t, "instalments of an offer", 0, len(a.Plan(t).GetInstalments()))
	a.Accept(t)
	a.Drive(t)
	expect(t, "tasks while no account is confirmed", []string{}, a.Tasks(t))
	a.Account(t, paymenttest.Numbers(0))
	a.Drive(t)
	expect(t, "tasks when the first instalment can be paid", []string{"PREPARE_PAYMENT"}, a.Tasks(t))

	p, err := a.Prepare(t.Context(), t, 1)
	must(t, err)
	expect(t, "state", prepared, p.GetState())
	expect(t, "amount", int64(half), p.GetAmountOre())
	expect(t, "account", "*******6984", p.GetAccount())
	expect(t, "tasks", []string{"APPROVE_PAYMENT"}, a.Tasks(t))
	p = h.ApproveTwice(t, p)
	expect(t, "state", approved, p.GetState())
	expect(t, "where the kroner are", map[string]int64{"FRAME": -2 * half, "COMMITTED": half, "APPROVED": half}, a.Balances(t))
	expect(t, "files before the procedure has looked", []string{}, h.Outbox(t))

	a.Drive(t)
	p = h.Payment(t, p.GetId())
	expect(t, "state", sent, p.GetState())
	files := h.Outbox(t)
	expect(t, "files", 1, len(files))
	checkOrder(t, h.OrderFile(t, files[0]), p)

	expect(t, "outcome", saakornv1.BankEntryOutcome_BANK_ENTRY_OUTCOME_APPLIED, h.BankSays(t, paymenttest.Status(p.GetEndToEndId(), "ACSP", "", "")))
	expect(t, "state", atBank, h.Payment(t, p.GetId()).GetState())
	h.MoveDays(t, 2)
	expect(t, "outcome", saakornv1.BankEntryOutcome_BANK_ENTRY_OUTCOME_APPLIED, h.BankBooks(t, p))
	expect(t, "state", paid, h.Payment(t, p.GetId()).GetState())
	expect(t, "where the kroner are", map[string]int64{"FRAME": -2 * half, "COMMITTED": half, "PAID": half}, a.Balances(t))
	expect(t, "days to payment", int32(2), a.Plan(t).GetDaysToPayment())
	a.Drive(t)
	expect(t, "tasks", []string{}, a.Tasks(t))
	h.Prove(t)

	_, err = a.Prepare(t.Context(), t, 2)
	installationtest.WantRefused(t, err, codes.FailedPrecondition, "GATES_CLOSED")
	a.ReportApproved(t)
	a.Drive(t)
	expect(t, "tasks", []string{"PREPARE_PAYMENT"}, a.Tasks(t))
	expect(t, "state", paid, a.Pay(t, 2).GetState())
	expect(t, "where the kroner are", map[string]int64{"FRAME": -2 * half, "PAID": 2 * half}, a.Balances(t))
	h.Prove(t)
}

// checkOrder demands that the schema takes the file, and that it says what is paid.
func checkOrder(t *testing.T, raw []byte, p *saakornv1.Payment) {
	t.Helper()
	schema, err := xsd.LoadWithOptions(os.DirFS("iso20022/testdata/schemas"), "pain.001.001.12.xsd", xsd.NewLoadOptions())
	must(t, err)
	if err := schema.Validate(bytes.NewReader(raw)); err != nil {
		t.Errorf("%v\n%s", err, raw)
	}
	for _, want := range []string{p.GetEndToEndId(), "32600596984", "<CtrlSum>450000.00</CtrlSum>", "12345678903", "(fiktiv)"} {
		if !bytes.Contains(raw, []byte(want)) {
			t.Errorf("no %s in\n%s", want, raw)
		}
	}
}

func TestThreePeopleAreBehindAPayment(t *testing.T) {
	a := accepted(t)
	h := a.House
	p, err := a.Prepare(t.Context(), t, 1)
	must(t, err)
	for _, person := range []string{installationtest.CaseOfficer, installationtest.DecisionMaker, installationtest.Manager, a.Person} {
		_, err := h.Approve(t.Context(), t, person, p)
		installationtest.WantRefused(t, err, codes.PermissionDenied, "ROLE_MISSING")
	}
	p, err = h.Approve(t.Context(), t, paymenttest.Approver, p)
	must(t, err)
	expect(t, "state after one approval", prepared, p.GetState())
	_, err = h.Approve(t.Context(), t, paymenttest.Approver, p)
	installationtest.WantRefused(t, err, codes.FailedPrecondition, "FOUR_EYES")
	// The database holds to it as well, whatever a program does.
	for name, sql := range map[string]string{
		"the same twice":      `UPDATE payment SET state = 'APPROVED', approved_by = first_approved_by, approved_at = now() WHERE id = $1`,
		"who prepared":        `UPDATE payment SET state = 'APPROVED', approved_by = prepared_by, approved_at = now() WHERE id = $1`,
		"who confirmed":       `UPDATE payment SET state = 'APPROVED', approved_by = 'case-officer-2', approved_at = now() WHERE id = $1`,
		"nobody":              `UPDATE payment SET state = 'APPROVED' WHERE id = $1`,
		"another approver":    `UPDATE payment SET first_approved_by = 'payment-approver-2' WHERE id = $1`,
		"more":                `UPDATE payment SET amount_ore = amount_ore + 1 WHERE id = $1`,
		"paid at once":        `UPDATE payment SET state = 'PAID', booked_on = now(), paid_at = now() WHERE id = $1`,
		"away with it":        `DELETE FROM payment WHERE id = $1`,
		"a second payment":    `INSERT INTO payment (id, award_id, enterprise_id, instalment_id, attempt, amount_ore, payee_account_id, state, end_to_end_id, prepared_by, prepared_at) SELECT gen_random_uuid(), award_id, enterprise_id, instalment_id, 2, amount_ore, payee_account_id, 'PREPARED', 'x', prepared_by, now() FROM payment WHERE id = $1`,
		"approved from birth": `INSERT INTO payment (id, award_id, enterprise_id, instalment_id, attempt, amount_ore, payee_account_id, state, end_to_end_id, prepared_by, prepared_at, first_approved_by, approved_by) SELECT gen_random_uuid(), award_id, enterprise_id, instalment_id, 3, amount_ore, payee_account_id, 'APPROVED', 'y', 'a', now(), 'b', 'c' FROM payment WHERE id = $1`,
	} {
		if _, err := h.API.Installation.Pool.Exec(t.Context(), sql, p.GetId()); err == nil {
			t.Errorf("the database lets pass: %s", name)
		}
	}
	p, err = h.Approve(t.Context(), t, paymenttest.SecondApprover, p)
	must(t, err)
	expect(t, "state", approved, p.GetState())
}

func TestAnInstalmentWaitsForEverythingAtOnce(t *testing.T) {
	h := paymenttest.Open(t)
	a := h.Offer(t, 1, paymenttest.AwardOre).Accept(t)
	a.Suspend(t)
	_, err := a.Prepare(t.Context(), t, 2)
	refusal := installationtest.Refused(t, err)
	expect(t, "reason", "GATES_CLOSED", refusal.Reason)
	gates := a.Plan(t).GetInstalments()[1].GetGates()
	open := map[string]bool{}
	for _, g := range gates {
		open[g.GetGate()] = g.GetMet()
	}
	expect(t, "gates of the second instalment", map[string]bool{
		"AWARD_ACCEPTED": true, "ACCOUNT_CONFIRMED": false, "NOT_SUSPENDED": false, "REGISTERED_AND_SOLVENT": true, "WITHIN_AWARD": true,
		"REPORTS_DELIVERED":       true,
		"INTERIM_REPORT_APPROVED": false,
	}, open)
	a.Account(t, paymenttest.Numbers(0))
	a.Lift(t)
	a.Drive(t)
	h.API.Unchanged(t, func() {
		_, err := a.Prepare(t.Context(), t, 2)
		installationtest.WantRefused(t, err, codes.FailedPrecondition, "GATES_CLOSED")
	})
	_, err = h.API.Installation.Pool.Exec(t.Context(), `UPDATE enterprise SET bankrupt = true WHERE id = $1`, a.EnterpriseID)
	must(t, err)
	_, err = a.Prepare(t.Context(), t, 1)
	installationtest.WantRefused(t, err, codes.FailedPrecondition, "GATES_CLOSED")
}

func TestNothingIsPaidWhileTheAwardIsSuspended(t *testing.T) {
	a := accepted(t)
	h := a.House
	p, err := a.Prepare(t.Context(), t, 1)
	must(t, err)
	a.Suspend(t)
	_, err = h.Approve(t.Context(), t, paymenttest.Approver, p)
	installationtest.WantRefused(t, err, codes.FailedPrecondition, "GATES_CLOSED")
	a.Lift(t)
	p = h.ApproveTwice(t, p)
	a.Suspend(t)
	a.Drive(t)
	expect(t, "state of a payment approved before the suspension", approved, h.Payment(t, p.GetId()).GetState())
	expect(t, "files", []string{}, h.Outbox(t))
	_, err = h.API.Installation.Pool.Exec(t.Context(), `UPDATE payment SET state = 'SENT' WHERE id = $1`, p.GetId())
	if err == nil {
		t.Error("the database sends a payment of a suspended award")
	}
	a.Lift(t)
	a.Drive(t)
	expect(t, "state when the suspension is lifted", sent, h.Payment(t, p.GetId()).GetState())
	h.Prove(t)
}

func TestAnAccountIsConfirmedBySomebodyElseAndKeepsItsHistory(t *testing.T) {
	a := paymenttest.Open(t).Offer(t, 1, paymenttest.AwardOre).Accept(t)
	api := a.House.API
	propose := func(person, number string) (*saakornv1.PayeeAccount, error) {
		answer, err := api.Accounts.ProposePayeeAccount(api.As(t.Context(), person), &saakornv1.ProposePayeeAccountRequest{
			RequestId: uuid.NewString(), EnterpriseId: a.EnterpriseID.String(), Number: number, Reason: "Ny bank.",
		})
		return answer.GetAccount(), err
	}
	confirm := func(person string, account *saakornv1.PayeeAccount, number string) error {
		_, err := api.Accounts.ConfirmPayeeAccount(api.As(t.Context(), person), &saakornv1.ConfirmPayeeAccountRequest{
			RequestId: uuid.NewString(), AccountId: account.GetId(), Etag: account.GetEtag(), Number: number, Evidence: "Brev fra banken.",
		})
		return err
	}
	api.Unchanged(t, func() {
		_, err := propose(a.Person, "3260.05.96985")
		installationtest.WantInvalid(t, err, "number CHECK_DIGIT_WRONG")
		_, err = propose(a.Person, "3260 05 9698")
		installationtest.WantInvalid(t, err, "number NOT_ELEVEN_DIGITS")
		_, err = propose(installationtest.Stranger, "32600596984")
		installationtest.WantRefused(t, err, codes.NotFound, "NOT_FOUND")
	})
	first, err := propose(installationtest.CaseOfficer, "3260 05 96984")
	must(t, err)
	expect(t, "what is shown", "*******6984", first.GetNumber())
	_, err = propose(a.Person, "86011117947")
	installationtest.WantRefused(t, err, codes.FailedPrecondition, "ACCOUNT_PROPOSED")
	installationtest.WantRefused(t, confirm(installationtest.CaseOfficer, first, "32600596984"), codes.FailedPrecondition, "FOUR_EYES")
	installationtest.WantInvalid(t, confirm(paymenttest.OtherOfficer, first, "86011117947"), "number NOT_THE_PROPOSED_NUMBER")
	must(t, confirm(paymenttest.OtherOfficer, first, "32600596984"))
	_, err = api.Installation.Pool.Exec(t.Context(), `UPDATE payee_account SET number = '86011117947' WHERE id = $1`, first.GetId())
	if err == nil {
		t.Error("the database lets a confirmed number be changed")
	}
	second, err := propose(a.Person, "86011117947")
	must(t, err)
	must(t, confirm(installationtest.CaseOfficer, second, "86011117947"))
	list, err := api.Accounts.ListPayeeAccounts(api.As(t.Context(), a.Person), &saakornv1.ListPayeeAccountsRequest{EnterpriseId: a.EnterpriseID.String()})
	must(t, err)
	var history []string
	for _, x := range list.GetAccounts() {
		history = append(history, x.GetNumber()+" "+x.GetState().String()+" "+x.GetEvidence())
	}
	expect(t, "history as the enterprise sees it", []string{"*******7947 PAYEE_ACCOUNT_STATE_CONFIRMED ", "*******6984 PAYEE_ACCOUNT_STATE_REPLACED "}, history)

	other := a.House.Offer(t, 2, paymenttest.AwardOre)
	answer, err := api.Accounts.ProposePayeeAccount(api.As(t.Context(), other.Person), &saakornv1.ProposePayeeAccountRequest{
		RequestId: uuid.NewString(), EnterpriseId: other.EnterpriseID.String(), Number: "86011117947",
	})
	must(t, err)
	installationtest.WantInvalid(t, confirm(paymenttest.OtherOfficer, answer.GetAccount(), "86011117947"), "number ANOTHER_ENTERPRISES")
}

func TestAChangedAccountStopsAPaymentThatWasPreparedToTheOldOne(t *testing.T) {
	a := accepted(t)
	p, err := a.Prepare(t.Context(), t, 1)
	must(t, err)
	a.Account(t, paymenttest.Numbers(1))
	_, err = a.House.Approve(t.Context(), t, paymenttest.Approver, p)
	installationtest.WantRefused(t, err, codes.FailedPrecondition, "ACCOUNT_CHANGED")
	a.Drive(t)
	expect(t, "tasks", []string{"APPROVE_PAYMENT", "PAYMENT_FAILED"}, a.Tasks(t))
	p, err = a.House.Cancel(t.Context(), t, a.House.Payment(t, p.GetId()))
	must(t, err)
	expect(t, "state", cancelled, p.GetState())
	expect(t, "tasks", []string{}, a.Tasks(t))
	p = a.Order(t, 1)
	a.Account(t, paymenttest.Numbers(0))
	expect(t, "what the procedure does with it", payment.TaskAwait, a.Drive(t))
	expect(t, "files", []string{}, a.House.Outbox(t))
	_, err = a.House.Cancel(t.Context(), t, a.House.Payment(t, p.GetId()))
	must(t, err)
	a.Account(t, paymenttest.Numbers(1))
	again := a.Pay(t, 1)
	expect(t, "account", "*******7947", again.GetAccount())
	expect(t, "attempt", int32(3), again.GetAttempt())
}

func TestAReducedAwardIsNeverPaidInFull(t *testing.T) {
	a := accepted(t)
	h := a.House
	a.Pay(t, 1)
	a.ReportApproved(t)
	p, err := a.Prepare(t.Context(), t, 2)
	must(t, err)
	a.Reduce(t, half+100_00)
	_, err = h.Approve(t.Context(), t, paymenttest.Approver, p)
	installationtest.WantRefused(t, err, codes.FailedPrecondition, "GATES_CLOSED")
	_, err = h.Cancel(t.Context(), t, p)
	must(t, err)
	a.Drive(t)
	expect(t, "what is left", int64(100_00), a.Plan(t).GetInstalments()[1].GetAmountOre())
	a.Pay(t, 2)
	expect(t, "where the kroner are", map[string]int64{"FRAME": -2 * half, "RELEASED": half - 100_00, "PAID": half + 100_00}, a.Balances(t))
	h.Prove(t)
}

func TestCancellingAndStaleEtags(t *testing.T) {
	a := accepted(t)
	h := a.House
	p := a.Order(t, 1)
	stale := &saakornv1.Payment{Id: p.GetId(), Etag: "1"}
	_, err := h.Cancel(t.Context(), t, stale)
	installationtest.WantRefused(t, err, codes.Aborted, "STALE_ETAG")
	_, err = h.Cancel(t.Context(), t, p)
	must(t, err)
	expect(t, "where the kroner are", map[string]int64{"FRAME": -2 * half, "COMMITTED": 2 * half}, a.Balances(t))
	p = a.Order(t, 1)
	a.Drive(t)
	_, err = h.Cancel(t.Context(), t, h.Payment(t, p.GetId()))
	installationtest.WantRefused(t, err, codes.FailedPrecondition, "TOO_LATE")
	h.Prove(t)
}

func TestARepeatedRequestPreparesOnce(t *testing.T) {
	a := accepted(t)
	api := a.House.API
	request := &saakornv1.PreparePaymentRequest{RequestId: uuid.NewString(), InstalmentId: a.Plan(t).GetInstalments()[0].GetId()}
	first, err := api.Payments.PreparePayment(api.As(t.Context(), installationtest.CaseOfficer), request)
	must(t, err)
	api.Unchanged(t, func() {
		second, err := api.Payments.PreparePayment(api.As(t.Context(), installationtest.CaseOfficer), request)
		must(t, err)
		expect(t, "the same payment", first.GetPayment().GetId(), second.GetPayment().GetId())
	})
	_, err = a.Prepare(t.Context(), t, 1)
	installationtest.WantRefused(t, err, codes.FailedPrecondition, "PAYMENT_EXISTS")
}

func TestEnterprisesSeeTheirOwnMoneyAndNobodyElses(t *testing.T) {
	a := accepted(t)
	h := a.House
	p := a.Pay(t, 1)
	other := h.Offer(t, 2, paymenttest.AwardOre).Accept(t)
	api := h.API
	see := func(person string) []error {
		ctx := api.As(t.Context(), person)
		_, plan := api.Payments.GetPaymentPlan(ctx, &saakornv1.GetPaymentPlanRequest{AwardId: a.ID.String()})
		_, one := api.Payments.GetPayment(ctx, &saakornv1.GetPaymentRequest{PaymentId: p.GetId()})
		_, list := api.Payments.ListPayments(ctx, &saakornv1.ListPaymentsRequest{EnterpriseId: a.EnterpriseID.String()})
		_, accounts := api.Accounts.ListPayeeAccounts(ctx, &saakornv1.ListPayeeAccountsRequest{EnterpriseId: a.EnterpriseID.String()})
		_, claims := api.Recoveries.ListClaims(ctx, &saakornv1.ListClaimsRequest{EnterpriseId: a.EnterpriseID.String()})
		return []error{plan, one, list, accounts, claims}
	}
	for _, person := range []string{a.Person, installationtest.CaseOfficer, installationtest.DecisionMaker, paymenttest.Approver, installationtest.Manager, installationtest.Auditor} {
		for n, err := range see(person) {
			if err != nil {
				t.Errorf("%s, question %d: %v", person, n, err)
			}
		}
	}
	for _, err := range see(other.Person) {
		installationtest.WantRefused(t, err, codes.NotFound, "NOT_FOUND")
	}
	_, err := api.Payments.ListPayments(api.As(t.Context(), a.Person), &saakornv1.ListPaymentsRequest{})
	installationtest.WantInvalid(t, err, "enterprise_id REQUIRED")
	list, err := api.Payments.ListPayments(api.As(t.Context(), installationtest.Auditor), &saakornv1.ListPaymentsRequest{State: paid})
	must(t, err)
	expect(t, "payments that are paid", 1, len(list.GetPayments()))
}

func TestPaymentTimesAreMeasured(t *testing.T) {
	h := paymenttest.Open(t)
	var awards []*paymenttest.Award
	for n := range 3 {
		awards = append(awards, h.Offer(t, n+1, paymenttest.AwardOre))
	}
	for n, days := range []int{3, 40} {
		a := awards[n].Accept(t)
		a.Account(t, paymenttest.Numbers(n))
		h.MoveDays(t, days)
		a.Pay(t, 1)
	}
	awards[2].Accept(t)
	h.MoveDays(t, 5)
	got, err := h.API.Payments.GetPaymentTimes(h.API.As(t.Context(), installationtest.Manager),
		&saakornv1.GetPaymentTimesRequest{SchemeId: "social-entrepreneurship", GrantYear: 2019})
	must(t, err)
	expect(t, "times", []int32{2, 1, 3, 40, 40, 5, 1}, []int32{
		got.GetPaid(), got.GetWaiting(), got.GetMedianDays(), got.GetSlowDays(), got.GetLongestDays(), got.GetLongestWaitDays(), got.GetWithinAim(),
	})
}

func TestAShortRunwayIsWarnedOf(t *testing.T) {
	a := paymenttest.Open(t).Offer(t, 1, paymenttest.AwardOre).Accept(t)
	api := a.House.API
	say := func(person, until string) error {
		_, err := api.Payments.RecordRunway(api.As(t.Context(), person), &saakornv1.RecordRunwayRequest{
			RequestId: uuid.NewString(), EnterpriseId: a.EnterpriseID.String(), LastsUntil: until,
		})
		return err
	}
	must(t, say(a.Person, "2019-12-31"))
	a.Drive(t)
	if w := a.Plan(t).GetRunwayWarning(); w != nil {
		t.Errorf("warned of %v", w)
	}
	must(t, say(a.Person, "2019-01-20"))
	a.Drive(t)
	w := a.Plan(t).GetRunwayWarning()
	expect(t, "warning", []string{"2019-01-20", "2019-02-06"}, []string{w.GetLastsUntil(), w.GetPaymentExpected()})
	expect(t, "tasks", []string{"RUNWAY_SHORT"}, a.Tasks(t))
	installationtest.WantRefused(t, say(installationtest.Stranger, "2019-01-20"), codes.NotFound, "NOT_FOUND")
	installationtest.WantInvalid(t, say(a.Person, "2019-02-30"), "lasts_until NO_SUCH_DATE")
}

func TestThePlanFollowsTheSchemeAndTheProcedureEnds(t *testing.T) {
	a := paymenttest.Open(t).Offer(t, 1, paymenttest.AwardOre).Accept(t)
	a.Stop(t)
	expect(t, "next", payment.TaskDone, a.Drive(t))
	a.Release(t, paymenttest.AwardOre)
	expect(t, "where the kroner are", map[string]int64{"FRAME": -paymenttest.AwardOre, "RELEASED": paymenttest.AwardOre}, a.Balances(t))
	a.House.Prove(t)
}

func TestOthersAreToldWhereTheMoneyStands(t *testing.T) {
	a := accepted(t)
	paidSoFar := func() grant.Paid {
		t.Helper()
		s, err := a.House.API.Installation.Money.Paid(t.Context(), a.House.API.Installation.Pool, a.ID)
		must(t, err)
		return s
	}
	expect(t, "before anything is paid", grant.Paid{Known: true}, paidSoFar())
	a.Pay(t, 1)
	expect(t, "when a part is paid", grant.Paid{Known: true, PaidOre: half}, paidSoFar())
	a.ReportApproved(t)
	p := a.Order(t, 2)
	expect(t, "when the rest is on its way", grant.Paid{Known: true, PaidOre: 2 * half}, paidSoFar())
	a.Drive(t)
	a.House.BankBooks(t, p)
	expect(t, "when all is paid", grant.Paid{Known: true, PaidOre: 2 * half, Settled: true}, paidSoFar())
	a.Recover(t, half)
	expect(t, "when some is claimed back", grant.Paid{Known: true, PaidOre: 2 * half}, paidSoFar())
	c := claimOf(t, a)
	house{a.House}.repay(t, c, "R", half)
	expect(t, "when it has come back", grant.Paid{Known: true, PaidOre: half, Settled: true}, paidSoFar())
}
