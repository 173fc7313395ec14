package checkin_test

import (
	"context"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/client"

	"saakorn/deploy/embedded/embeddedtest"
	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/procedure"
	"saakorn/services/reporting/reportingtest"
	"saakorn/workflows/engine"
	"saakorn/workflows/workflowtest"
)

// Run the tests with -record after a change of the workflow that old histories are not meant to
// survive; otherwise the recorded ones prove that running follow-ups survive it.
var record = flag.Bool("record", false, "write the histories of the tests to testdata/histories")

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(embeddedtest.Main(m))
}

// house is an award on an installation whose procedures run on a real engine.
type house struct {
	*reportingtest.Award

	follow saakornv1.FollowupServiceClient
	t      *testing.T
	engine client.Client
	stop   func()
}

// newHouse makes an award on a fresh installation; the engine is not running yet.
func newHouse(t *testing.T) *house {
	t.Helper()
	a := reportingtest.Accept(t)
	return &house{Award: a, follow: saakornv1.NewFollowupServiceClient(a.API.Connection), t: t, stop: func() {}}
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
			h.t.Fatalf("not settled within a minute: %v", err)
		case <-ticker.C:
		}
	}
}

// wait lets the time pass until nine in the morning of the date.
func (h *house) wait(date string) {
	h.t.Helper()
	d, err := calendar.Parse(date)
	if err != nil {
		h.t.Fatal(err)
	}
	h.API.MoveClock(h.t, d.At(9, 0))
	h.settle()
}

// ended waits for the workflow to end, and records its history under the name when asked to.
func (h *house) ended(name string) {
	h.t.Helper()
	workflowID := procedure.Checkin.WorkflowID(h.LifecycleID)
	ctx, cancel := context.WithTimeout(h.t.Context(), time.Minute)
	defer cancel()
	if err := h.engine.GetWorkflow(ctx, workflowID, "").Get(ctx, nil); err != nil {
		h.t.Fatal(err)
	}
	if *record {
		workflowtest.Record(h.t, h.engine, workflowID, filepath.Join("testdata", "histories", name+".json"))
	}
}

func (h *house) count(sql string) int {
	h.t.Helper()
	var n int
	if err := h.API.Installation.Pool.QueryRow(h.t.Context(), sql).Scan(&n); err != nil {
		h.t.Fatal(err)
	}
	return n
}

func (h *house) exec(sql string, args ...any) {
	h.t.Helper()
	if _, err := h.API.Installation.Pool.Exec(h.t.Context(), sql, args...); err != nil {
		h.t.Fatal(err)
	}
}

// leave closes the lifecycle, as the context of grants does.
func (h *house) leave(kind, date string) {
	h.t.Helper()
	h.exec(`UPDATE lifecycle SET state = 'CLOSED', exit_kind = $2, exit_on = $3::text::date, closed_at = now() WHERE id = $1`, h.LifecycleID, kind, date)
	h.Watch(h.t)
	h.settle()
}

func TestEnterpriseIsFollowedUpUntilTwoYearsAfterTheGrant(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.Watch(t)
	h.settle()
	for _, date := range []string{"2019-02-25", "2019-06-25", "2019-09-03", "2019-10-25", "2019-12-20"} {
		h.wait(date)
		h.Watch(t) // looking again does nothing twice
		h.settle()
	}
	if n := h.count(`SELECT count(*) FROM letter WHERE kind = 'CHECKIN_INVITATION' AND sent_at IS NOT NULL`); n != 3 {
		t.Errorf("%d invitations, want three", n)
	}
	if n := h.count(`SELECT count(*) FROM signal WHERE kind = 'REPORT_MISSING'`); n != 1 {
		t.Errorf("%d signals about the missing status, want one", n)
	}
	h.Settle(t, h.Deliver(t, "interim_status", nil))
	h.settle()
	h.leave("SUSTAINABLE", "2020-04-01")
	for _, date := range []string{"2020-10-01", "2020-10-23", "2020-12-01", "2021-04-06", "2021-04-28", "2021-06-10", "2022-04-01"} {
		h.wait(date)
	}
	last, err := h.follow.ListAfterQuestions(h.API.As(t.Context(), h.Person), &saakornv1.ListAfterQuestionsRequest{LifecycleId: h.LifecycleID.String()})
	if err != nil {
		t.Fatal(err)
	}
	q := last.GetQuestions()[2]
	_, err = h.follow.AnswerAfterQuestion(h.API.As(t.Context(), h.Person), &saakornv1.AnswerAfterQuestionRequest{
		RequestId: uuid.NewString(), QuestionId: q.GetId(), Etag: q.GetEtag(), Answer: &saakornv1.AfterAnswer{StillRunning: true, LedTo: "To avdelinger til."},
	})
	if err != nil {
		t.Fatal(err)
	}
	h.settle()
	h.ended("to-the-end")
	if n := h.count(`SELECT count(*) FROM letter WHERE kind LIKE 'AFTER%' AND sent_at IS NOT NULL`); n != 5 {
		t.Errorf("%d letters after the grant, want three questions and two reminders", n)
	}
}

func TestBankruptEnterpriseIsAskedNothing(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.Watch(t)
	h.settle()
	h.leave("BANKRUPT", "2019-05-02")
	h.ended("bankrupt")
	if n := h.count(`SELECT count(*) FROM after_question`); n != 0 {
		t.Errorf("%d questions to an enterprise that is no more", n)
	}
}

func TestFollowUpGoesOnWhereItWasWhenTheEngineHasBeenAway(t *testing.T) {
	h := newHouse(t)
	h.Watch(t)
	h.exec(`UPDATE lifecycle SET state = 'CLOSED', exit_kind = 'YEARS_USED', exit_on = '2019-01-15', closed_at = now() WHERE id = $1`, h.LifecycleID)
	h.API.MoveClock(t, calendar.Date{Year: 2021, Month: time.February, Day: 1}.At(12, 0))
	h.start()
	h.settle()
	h.wait("2021-03-01")
	h.wait("2021-04-15")
	h.ended("entered-late")
	if n := h.count(`SELECT count(*) FROM after_question WHERE state = 'UNANSWERED'`); n != 3 {
		t.Errorf("%d questions given up, want three", n)
	}
}
