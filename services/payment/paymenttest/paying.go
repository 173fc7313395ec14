package paymenttest

import (
	"context"
	"testing"

	"github.com/google/uuid"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/installation/installationtest"
	"saakorn/services/payment"
	"saakorn/services/platform/calendar"
	"saakorn/services/reporting/reportingtest"
)

// Numbers returns account numbers that pass their check, a different one for each n from 0.
func Numbers(n int) string {
	valid := []string{"32600596984", "86011117947", "90412263056", "32445395551"}
	return valid[n%len(valid)]
}

// Account gives the enterprise the account: it proposes, and an officer confirms.
func (a *Award) Account(t testing.TB, number string) *saakornv1.PayeeAccount {
	t.Helper()
	api := a.House.API
	proposed, err := api.Accounts.ProposePayeeAccount(api.As(t.Context(), a.Person), &saakornv1.ProposePayeeAccountRequest{
		RequestId: uuid.NewString(), EnterpriseId: a.EnterpriseID.String(), Number: number, Reason: "Vi har byttet bank.",
	})
	must(t, err)
	confirmed, err := api.Accounts.ConfirmPayeeAccount(api.As(t.Context(), OtherOfficer), &saakornv1.ConfirmPayeeAccountRequest{
		RequestId: uuid.NewString(), AccountId: proposed.GetAccount().GetId(), Etag: proposed.GetAccount().GetEtag(), Number: number,
		Evidence: "Bekreftelse fra banken, journalført.",
	})
	must(t, err)
	return confirmed.GetAccount()
}

// Plan returns the award's plan as an officer sees it.
func (a *Award) Plan(t testing.TB) *saakornv1.GetPaymentPlanResponse {
	t.Helper()
	answer, err := a.House.API.Payments.GetPaymentPlan(a.House.API.As(t.Context(), installationtest.CaseOfficer),
		&saakornv1.GetPaymentPlanRequest{AwardId: a.ID.String()})
	must(t, err)
	return answer
}

// Prepare prepares the payment of the n-th instalment, counted from 1.
func (a *Award) Prepare(ctx context.Context, t testing.TB, n int) (*saakornv1.Payment, error) {
	t.Helper()
	return a.PrepareSettingOff(ctx, t, n, "", 0)
}

// PrepareSettingOff prepares a payment of which a part settles a claim.
func (a *Award) PrepareSettingOff(ctx context.Context, t testing.TB, n int, claimID string, ore int64) (*saakornv1.Payment, error) {
	t.Helper()
	plan := a.Plan(t).GetInstalments()
	if len(plan) < n {
		t.Fatalf("the award has %d instalments", len(plan))
	}
	answer, err := a.House.API.Payments.PreparePayment(a.House.API.As(ctx, installationtest.CaseOfficer), &saakornv1.PreparePaymentRequest{
		RequestId: uuid.NewString(), InstalmentId: plan[n-1].GetId(), ClaimId: claimID, SetOffOre: ore,
	})
	return answer.GetPayment(), err
}

// Approve has the person approve the payment.
func (h *House) Approve(ctx context.Context, t testing.TB, person string, p *saakornv1.Payment) (*saakornv1.Payment, error) {
	t.Helper()
	answer, err := h.API.Payments.ApprovePayment(h.API.As(ctx, person), &saakornv1.ApprovePaymentRequest{
		RequestId: uuid.NewString(), PaymentId: p.GetId(), Etag: p.GetEtag(),
	})
	return answer.GetPayment(), err
}

// Cancel takes the payment back.
func (h *House) Cancel(ctx context.Context, t testing.TB, p *saakornv1.Payment) (*saakornv1.Payment, error) {
	t.Helper()
	answer, err := h.API.Payments.CancelPayment(h.API.As(ctx, installationtest.CaseOfficer), &saakornv1.CancelPaymentRequest{
		RequestId: uuid.NewString(), PaymentId: p.GetId(), Etag: p.GetEtag(), Reason: "Feil konto.",
	})
	return answer.GetPayment(), err
}

// Payment returns the payment as it is now.
func (h *House) Payment(t testing.TB, id string) *saakornv1.Payment {
	t.Helper()
	answer, err := h.API.Payments.GetPayment(h.API.As(t.Context(), Approver), &saakornv1.GetPaymentRequest{PaymentId: id})
	must(t, err)
	return answer.GetPayment()
}

// Order prepares and approves the n-th instalment.
func (a *Award) Order(t testing.TB, n int) *saakornv1.Payment {
	t.Helper()
	p, err := a.Prepare(t.Context(), t, n)
	must(t, err)
	return a.House.ApproveTwice(t, p)
}

// ApproveTwice has two people approve the payment.
func (h *House) ApproveTwice(t testing.TB, p *saakornv1.Payment) *saakornv1.Payment {
	t.Helper()
	p, err := h.Approve(t.Context(), t, Approver, p)
	must(t, err)
	p, err = h.Approve(t.Context(), t, SecondApprover, p)
	must(t, err)
	return p
}

// Pay pays the n-th instalment to the end: ordered, sent, accepted and booked.
func (a *Award) Pay(t testing.TB, n int) *saakornv1.Payment {
	t.Helper()
	p := a.Order(t, n)
	a.Drive(t)
	a.House.BankBooks(t, p)
	return a.House.Payment(t, p.GetId())
}

// Reports returns the award as those see it who report on it.
func (a *Award) Reports() *reportingtest.Award {
	return &reportingtest.Award{
		API: a.House.API, Reports: saakornv1.NewReportingServiceClient(a.House.API.Connection), ID: a.ID, LifecycleID: a.LifecycleID,
		EnterpriseID: a.EnterpriseID, ApplicationID: a.ApplicationID, Person: a.Person,
	}
}

// ReportApproved has the enterprise deliver the interim report, an officer review it and somebody else
// approve it, unless that has been done.
func (a *Award) ReportApproved(t testing.TB) {
	t.Helper()
	r := a.Reports()
	r.Plan(t)
	if r.Find(t, interimReport).GetState() == saakornv1.ReportState_REPORT_STATE_OPEN {
		r.Settle(t, r.Deliver(t, interimReport, nil))
	}
}

// interimReport is the key of the report that the second instalment waits for.
const interimReport = "interim_status"

// Refund records that so much of what was repaid on the claim has been sent back.
func (h *House) Refund(ctx context.Context, t testing.TB, c *saakornv1.Claim, ore int64) (*saakornv1.Claim, error) {
	t.Helper()
	answer, err := h.API.Recoveries.RecordRefund(h.API.As(ctx, Approver), &saakornv1.RecordRefundRequest{
		RequestId: uuid.NewString(), ClaimId: c.GetId(), Etag: c.GetEtag(), AmountOre: ore, BookedOn: calendar.On(h.API.Now()).String(),
		Note: "Klagen førte fram.",
	})
	return answer.GetClaim(), err
}

// Drive does what is next with the award's money, task by task as the procedure would, until only
// people, the bank or time can bring it further.
func (a *Award) Drive(t testing.TB) payment.Task {
	t.Helper()
	p := a.House.API.Installation.Payments
	for range 40 {
		situation, err := p.Look(t.Context(), a.ID)
		must(t, err)
		if situation.Next == payment.TaskAwait || situation.Next == payment.TaskDone {
			return situation.Next
		}
		must(t, a.Do(t.Context(), situation.Next))
	}
	t.Fatal("the money comes to no rest")
	return ""
}

// Do carries out one task of the procedure.
func (a *Award) Do(ctx context.Context, task payment.Task) error {
	i := a.House.API.Installation
	p := i.Payments
	steps := map[payment.Task]func(context.Context, uuid.UUID) error{
		payment.TaskSend: p.Send, payment.TaskWriteOrder: p.WriteOrder, payment.TaskPrompt: p.Prompt, payment.TaskReport: p.Report,
		payment.TaskEscalate: p.Escalate, payment.TaskWarn: p.Warn, payment.TaskDun: p.Dun,
	}
	if step, ok := steps[task]; ok {
		return step(ctx, a.ID)
	}
	id, err := p.WriteClaim(ctx, a.ID)
	if err != nil || id == uuid.Nil {
		return err
	}
	return i.Postman.Deliver(ctx, id)
}

// Tasks returns the kinds of the open tasks about the award, in the order in which they were raised.
func (a *Award) Tasks(t testing.TB) []string {
	t.Helper()
	rows, err := a.House.API.Installation.Pool.Query(t.Context(), `SELECT kind FROM task WHERE award_id = $1 AND state = 'OPEN' ORDER BY raised_at, kind`, a.ID)
	must(t, err)
	defer rows.Close()
	kinds := []string{}
	for rows.Next() {
		var kind string
		must(t, rows.Scan(&kind))
		kinds = append(kinds, kind)
	}
	must(t, rows.Err())
	return kinds
}
