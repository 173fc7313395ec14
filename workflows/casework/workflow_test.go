package casework_test

import (
	"context"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"go.temporal.io/sdk/client"

	"saakorn/deploy/embedded/embeddedtest"
	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework"
	"saakorn/services/casework/caseworktest"
	"saakorn/services/installation/installationtest"
	"saakorn/services/platform/procedure"
	"saakorn/workflows/engine"
	"saakorn/workflows/workflowtest"
)

// Run the tests with -record after a change of the workflow that old histories are not meant to
// survive; otherwise the recorded ones prove that running cases survive it.
var record = flag.Bool("record", false, "write the histories of the tests to testdata/histories")

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(embeddedtest.Main(m))
}

const (
	approved   = saakornv1.Outcome_OUTCOME_APPROVED
	dismissed  = saakornv1.Outcome_OUTCOME_DISMISSED
	withdrawn  = saakornv1.Outcome_OUTCOME_WITHDRAWN
	notMet     = saakornv1.FindingOutcome_FINDING_OUTCOME_NOT_MET
	amount     = caseworktest.AmountOre
	receipt    = "RECEIPT"
	withdrawal = "WITHDRAWAL_CONFIRMED"
)

// house is a round on an installation whose procedures run on a real engine.
type house struct {
	*caseworktest.Round

	t      *testing.T
	engine client.Client
	stop   func()
}

// newHouse opens a call on a fresh installation; the engine is not running yet.
func newHouse(t *testing.T) *house {
	t.Helper()
	return &house{Round: caseworktest.Open(t, installationtest.New(t)), t: t, stop: func() {}}
}

// start runs the procedures in a namespace of the engine that nothing is in yet.
func (h *house) start() {
	h.t.Helper()
	h.engine = workflowtest.Connect(h.t, embeddedtest.Temporal(h.t), embeddedtest.Namespace(h.t))
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

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// settle waits until every message is delivered and no procedure has anything to look at or to do.
func (h *house) settle() {
	h.t.Helper()
	h.eventually("settled", func(ctx context.Context) (bool, error) {
		p, err := procedure.Look(ctx, h.API.Installation.Pool, h.API.Now())
		return p.Undelivered == 0 && p.Unsettled == 0, err
	})
}

func (h *house) eventually(what string, holds func(context.Context) (bool, error)) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), time.Minute)
	defer cancel()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		ok, err := holds(ctx)
		if ok {
			return
		}
		select {
		case <-ctx.Done():
			h.t.Fatalf("not %s within a minute: %v", what, err)
		case <-ticker.C:
		}
	}
}

// apply submits an application of the n-th enterprise and waits until the procedure rests.
func (h *house) apply(n int) *saakornv1.Application {
	h.t.Helper()
	a := h.Apply(h.t, n)
	h.settle()
	return a
}

// decide takes a case from the answers to a decision in which everything applied for is awarded.
func (h *house) decide(id string) {
	h.t.Helper()
	h.AnswerAll(h.t, id)
	h.Assess(h.t, id)
	h.recommendAndDecide(id, approved, amount)
}

func (h *house) recommendAndDecide(id string, outcome saakornv1.Outcome, amountOre int64) {
	h.t.Helper()
	h.settle()
	h.Recommend(h.t, installationtest.CaseOfficer, id, outcome, amountOre)
	h.settle()
	h.must(h.Decide(h.t.Context(), installationtest.DecisionMaker, h.Case(h.t, id).GetCase(), outcome, amountOre))
	h.settle()
}

// outlive moves the clock to the end of the case's appeal period.
func (h *house) outlive(id string) {
	h.t.Helper()
	h.API.MoveClock(h.t, h.Case(h.t, id).GetCase().GetDueAt().AsTime())
	h.settle()
}

// ended waits for the workflow to end, and records its history under the name when asked to; an
// empty name records nothing.
func (h *house) ended(id, name string) {
	h.t.Helper()
	workflowID := procedure.Casework.WorkflowID(uuid.MustParse(id))
	ctx, cancel := context.WithTimeout(h.t.Context(), time.Minute)
	defer cancel()
	h.must(h.engine.GetWorkflow(ctx, workflowID, "").Get(ctx, nil))
	if *record && name != "" {
		workflowtest.Record(h.t, h.engine, workflowID, filepath.Join("testdata", "histories", name+".json"))
	}
}

func (h *house) expect(what string, want, got any) {
	h.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		h.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func (h *house) expectStep(id string, want casework.Step) {
	h.t.Helper()
	h.expect("step", "CASE_STEP_"+string(want), h.Case(h.t, id).GetCase().GetStep().String())
}

// system returns what the system itself did in the case, oldest first. What it does about the award that
// follows belongs to another procedure.
func (h *house) system(id string) []string {
	h.t.Helper()
	var actions []string
	offered := false
	for _, e := range h.Events(h.t, installationtest.Auditor, h.Case(h.t, id).GetCase().GetId()) {
		offered = offered || e.GetAction() == "AWARD_OFFERED"
		ofCase := !offered || e.GetAction() == "PARTY_NOTIFIED" || e.GetAction() == "CASE_CLOSED"
		if e.GetActorId() == "system" && ofCase {
			actions = append(actions, e.GetAction())
		}
	}
	return actions
}

func TestCaseLivesFromReceiptToTheEndOfTheAppealPeriod(t *testing.T) {
	h := newHouse(t)
	h.start()
	id := h.apply(1).GetId()
	h.expectStep(id, casework.Clarification)
	h.expect("letters", []string{receipt}, h.Letters(t, id))
	h.Close(t)
	h.decide(id)
	h.expectStep(id, casework.AwaitingAppeal)
	h.expect("letters", []string{"GRANT_LETTER", "DECISION_APPROVED", receipt}, h.Letters(t, id))
	deadline := h.Case(t, id).GetCase().GetDueAt().AsTime()
	h.API.MoveClock(t, deadline.Add(-time.Minute))
	h.settle()
	h.expectStep(id, casework.AwaitingAppeal)
	h.outlive(id)
	h.ended(id, "approved")
	h.expectStep(id, casework.Closed)
	h.expect("what the system did", []string{
		"CASE_OPENED", "LETTER_WRITTEN", "JOURNAL_ENTRY_DISPATCHED", "LETTER_SENT", "CASE_SCREENED", "LETTER_WRITTEN", "JOURNAL_ENTRY_DISPATCHED", "LETTER_SENT", "PARTY_NOTIFIED", "CASE_CLOSED",
	}, h.system(id))
}

func TestCaseIsDismissedOnForm(t *testing.T) {
	h := newHouse(t)
	h.start()
	id := h.apply(1).GetId()
	h.Close(t)
	h.Answer(t, id, "voluntary_registry", notMet, "Slettet siden.")
	h.AnswerAll(t, id)
	h.recommendAndDecide(id, dismissed, 0)
	h.expect("letters", []string{"DECISION_DISMISSED", receipt}, h.Letters(t, id))
	h.outlive(id)
	h.ended(id, "dismissed")
	h.expectStep(id, casework.Closed)
}

func TestApplicationIsWithdrawnAtEveryStage(t *testing.T) {
	h := newHouse(t)
	early := h.Apply(t, 1).GetId()
	h.must(h.Withdraw(t.Context(), 1, early)) // before anybody has looked
	h.start()
	clarified, assessing, before := h.apply(2).GetId(), h.apply(3).GetId(), h.apply(4).GetId()
	h.Close(t)
	h.AnswerAll(t, assessing)
	h.AnswerAll(t, before)
	h.Assess(t, before)
	h.Recommend(t, installationtest.CaseOfficer, before, approved, amount)
	h.settle()
	for n, id := range []string{early, clarified, assessing, before} {
		if n > 0 {
			h.must(h.Withdraw(t.Context(), n+1, id))
		}
		h.settle()
		h.ended(id, map[string]string{early: "withdrawn-at-once", before: "withdrawn-before-the-decision"}[id])
		c := h.Case(t, id).GetCase()
		h.expect("outcome", withdrawn, c.GetOutcome())
		h.expectStep(id, casework.Closed)
	}
	h.expect("letters of the early one", []string{withdrawal}, h.Letters(t, early))
	h.expect("letters of the late one", []string{withdrawal, receipt}, h.Letters(t, before))
}

func TestCorrectionIsScreenedAgain(t *testing.T) {
	h := newHouse(t)
	h.start()
	application := h.apply(1)
	id := application.GetId()
	h.AnswerAll(t, id)
	h.settle()
	h.expectStep(id, casework.Assessing)
	const less = 50_000_00
	h.Correct(t, 1, application, func(c *saakornv1.ApplicationContent) {
		c.AmountAppliedOre -= less
		c.Budget.OwnContributionOre += less
	})
	h.settle()
	h.expect("amount applied for", int64(amount-less), h.Case(t, id).GetCase().GetAmountAppliedOre())
	h.expect("letters", []string{receipt}, h.Letters(t, id))
	h.Close(t)
	h.Assess(t, id)
	h.recommendAndDecide(id, approved, amount-less)
	h.outlive(id)
	h.ended(id, "corrected")
	h.expect("what the system did", []string{
		"CASE_OPENED", "LETTER_WRITTEN", "JOURNAL_ENTRY_DISPATCHED", "LETTER_SENT", "CASE_SCREENED", "CASE_SCREENED", "LETTER_WRITTEN", "JOURNAL_ENTRY_DISPATCHED", "LETTER_SENT", "PARTY_NOTIFIED", "CASE_CLOSED",
	}, h.system(id))
}
