package payment_test

import (
	"context"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/sdk/client"

	"saakorn/deploy/embedded/embeddedtest"
	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/payment/paymenttest"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/procedure"
	"saakorn/workflows/engine"
	"saakorn/workflows/workflowtest"
)

// Run the tests with -record after a change of the workflow that old histories are not meant to
// survive; otherwise the recorded ones prove that running payments survive it.
var record = flag.Bool("record", false, "write the histories of the tests to testdata/histories")

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(embeddedtest.Main(m))
}

// house is an installation whose procedures run on a real engine.
type house struct {
	*paymenttest.House

	t      *testing.T
	engine client.Client
	stop   func()
}

// newHouse returns a house whose engine is not running yet: awards are offered by driving their cases,
// which the procedures would do as well.
func newHouse(t *testing.T) *house {
	t.Helper()
	engine := workflowtest.Connect(t, embeddedtest.Temporal(t), embeddedtest.Namespace(t))
	return &house{House: paymenttest.Open(t), t: t, engine: engine, stop: func() {}}
}

func (h *house) start() {
	h.t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(h.t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- engine.Run(ctx, h.API.Installation, h.engine, slog.New(slog.DiscardHandler)) }()
	stopped := false
	h.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; err != nil {
			h.t.Error(err)
		}
	}
	h.t.Cleanup(h.stop)
}

// settle waits until every message is delivered and no procedure has anything to look at or to do.
func (h *house) settle() {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), time.Minute)
	defer cancel()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		p, err := procedure.Look(ctx, h.API.Installation.Pool, h.API.Now())
		if err == nil && p.Undelivered == 0 && p.Unsettled == 0 {
			return
		}
		select {
		case <-ctx.Done():
			h.t.Fatalf("not settled within a minute: %+v %v", p, err)
		case <-ticker.C:
		}
	}
}

// move moves the clock by days and wakes what is due by then.
func (h *house) move(days int) {
	h.t.Helper()
	h.MoveDays(h.t, days)
	h.settle()
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) expect(what string, want, got any) {
	h.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		h.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// ended waits for the workflow to end, and records its history under the name when asked to.
func (h *house) ended(a *paymenttest.Award, name string) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), time.Minute)
	defer cancel()
	h.must(h.engine.GetWorkflow(ctx, procedure.Payment.WorkflowID(a.ID), "").Get(ctx, nil))
	h.record(a, name)
}

func (h *house) record(a *paymenttest.Award, name string) {
	h.t.Helper()
	if *record {
		workflowtest.Record(h.t, h.engine, procedure.Payment.WorkflowID(a.ID), filepath.Join("testdata", "histories", name+".json"))
	}
}

// order has the n-th instalment prepared and approved, and waits until its file is out.
func (h *house) order(a *paymenttest.Award, n int) *saakornv1.Payment {
	h.t.Helper()
	p := a.Order(h.t, n)
	h.settle()
	return h.Payment(h.t, p.GetId())
}

func TestTheMoneyOfAnAwardFromAcceptedTermsToTheEnd(t *testing.T) {
	h := newHouse(t)
	a := h.Offer(t, 1, paymenttest.AwardOre)
	h.start()
	h.settle()
	a.Accept(t)
	h.settle()
	h.expect("tasks while nothing can be paid", []string{}, a.Tasks(t))
	a.Account(t, paymenttest.Numbers(0))
	h.settle()
	h.expect("tasks", []string{"PREPARE_PAYMENT"}, a.Tasks(t))
	p := h.order(a, 1)
	h.expect("state and files", []any{"PAYMENT_STATE_SENT", 1}, []any{p.GetState().String(), len(h.Outbox(t))})
	h.BankBooks(t, p)
	h.settle()
	a.ReportApproved(t)
	h.settle()
	h.expect("tasks when the report is approved", []string{"PREPARE_PAYMENT"}, a.Tasks(t))
	h.BankBooks(t, h.order(a, 2))
	h.settle()
	h.expect("where the kroner are", map[string]int64{"FRAME": -paymenttest.AwardOre, "PAID": paymenttest.AwardOre}, a.Balances(t))
	a.Stop(t)
	h.ended(a, "paid-in-full")
	h.Prove(t)
}

func TestTheBankRefusesIsSilentAndPaysInTheEnd(t *testing.T) {
	h := newHouse(t)
	a := h.Offer(t, 1, paymenttest.AwardOre).Accept(t)
	h.start()
	a.Account(t, paymenttest.Numbers(0))
	h.settle()
	p := h.order(a, 1)
	h.BankSays(t, paymenttest.Status(p.GetEndToEndId(), "RJCT", "AC04", "Kontoen er avsluttet"))
	h.settle()
	h.expect("tasks", []string{"PAYMENT_FAILED"}, a.Tasks(t))
	a.Account(t, paymenttest.Numbers(1))
	p = h.order(a, 1)
	h.expect("tasks", []string{}, a.Tasks(t))
	h.move(10)
	h.expect("tasks after ten days", []string{"BANK_SILENT"}, a.Tasks(t))
	h.BankBooks(t, p)
	h.settle()
	h.expect("tasks when it has answered", []string{}, a.Tasks(t))
	h.expect("files", 2, len(h.Outbox(t)))
	a.Suspend(t)
	a.ReportApproved(t)
	h.settle()
	h.expect("tasks while suspended", []string{}, a.Tasks(t))
	a.Lift(t)
	h.settle()
	h.expect("tasks when it is lifted", []string{"PREPARE_PAYMENT"}, a.Tasks(t))
	a.Stop(t)
	h.ended(a, "refused-and-silent")
	h.Prove(t)
}

func TestAClaimIsToldOfRemindedAndPaid(t *testing.T) {
	h := newHouse(t)
	a := h.Offer(t, 1, paymenttest.AwardOre).Accept(t)
	h.start()
	a.Account(t, paymenttest.Numbers(0))
	h.BankBooks(t, h.order(a, 1))
	a.Recover(t, 200_000_00)
	h.settle()
	h.expect("letters", []string{"RECOVERY_CLAIM"}, a.ClaimLetters(t))
	h.move(60)
	h.move(30)
	h.expect("letters", []string{"RECOVERY_REMINDER", "RECOVERY_REMINDER", "RECOVERY_CLAIM"}, a.ClaimLetters(t))
	answer, err := h.API.Recoveries.ListClaims(h.API.As(t.Context(), a.Person), &saakornv1.ListClaimsRequest{EnterpriseId: a.EnterpriseID.String()})
	h.must(err)
	h.BankSays(t, paymenttest.Notification(paymenttest.Booking{
		BankRef: "R", KID: answer.GetClaims()[0].GetReference(), AmountOre: 200_000_00, Credit: true, On: calendar.On(h.API.Now()),
	}))
	a.Stop(t)
	h.ended(a, "claimed-and-repaid")
	h.Prove(t)
}

// The workers go down with an approved payment on the way: whoever comes after them goes on.
func TestAnotherWorkerGoesOnAfterAStop(t *testing.T) {
	h := newHouse(t)
	a := h.Offer(t, 1, paymenttest.AwardOre).Accept(t)
	h.start()
	a.Account(t, paymenttest.Numbers(0))
	h.settle()
	h.stop()
	p := a.Order(t, 1)
	h.expect("files while nobody works", 0, len(h.Outbox(t)))
	h.start()
	h.settle()
	h.expect("files", 1, len(h.Outbox(t)))
	h.expect("state", "PAYMENT_STATE_SENT", h.Payment(t, p.GetId()).GetState().String())
}
