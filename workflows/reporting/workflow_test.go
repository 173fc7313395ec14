package reporting_test

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
	writing "saakorn/services/application/fictional"
	"saakorn/services/installation/installationtest"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/procedure"
	"saakorn/services/reporting/reportingtest"
	"saakorn/workflows/engine"
	"saakorn/workflows/workflowtest"
)

// Run the tests with -record after a change of the workflow that old histories are not meant to
// survive; otherwise the recorded ones prove that running reports survive it.
var record = flag.Bool("record", false, "write the histories of the tests to testdata/histories")

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(embeddedtest.Main(m))
}

// house is an award on an installation whose procedures run on a real engine.
type house struct {
	*reportingtest.Award

	t      *testing.T
	engine client.Client
	stop   func()
}

// newHouse makes an award on a fresh installation; the engine is not running yet.
func newHouse(t *testing.T) *house {
	t.Helper()
	return &house{Award: reportingtest.Accept(t), t: t, stop: func() {}}
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
	workflowID := procedure.Reporting.WorkflowID(h.ID)
	ctx, cancel := context.WithTimeout(h.t.Context(), time.Minute)
	defer cancel()
	if err := h.engine.GetWorkflow(ctx, workflowID, "").Get(ctx, nil); err != nil {
		h.t.Fatal(err)
	}
	if *record {
		workflowtest.Record(h.t, h.engine, workflowID, filepath.Join("testdata", "histories", name+".json"))
	}
}

// notices returns what the system did about the report, oldest first.
func (h *house) notices(key string) []string {
	h.t.Helper()
	var list []string
	for _, n := range h.Get(h.t, installationtest.Manager, h.Find(h.t, key).GetId()).GetNotices() {
		list = append(list, n.GetKind()+" "+n.GetDueOn())
	}
	return list
}

func (h *house) expect(what string, want, got any) {
	h.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		h.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func document() []byte { return writing.PDF("annual_accounts") }

func TestReportsComeInTimeAndAreApproved(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.Watch(t)
	h.settle()
	h.wait("2019-08-03")
	h.Settle(t, h.Deliver(t, "interim_status", nil))
	h.wait("2019-09-10")
	h.wait("2020-03-01")
	h.wait("2020-03-24")
	h.Settle(t, h.Deliver(t, "final_report", document()))
	h.settle()
	h.ended("in-time")
	h.expect("notices about the status", []string{"REMINDED 2019-09-02"}, h.notices("interim_status"))
	h.expect("notices about the final report", []string{"REMINDED 2020-03-31", "REMINDED 2020-03-31"}, h.notices("final_report"))
	h.expect("state", saakornv1.ReportState_REPORT_STATE_APPROVED, h.Find(t, "final_report").GetState())
}

func TestMissingReportIsRemindedOfOnceAndEscalated(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.Watch(t)
	h.settle()
	for _, date := range []string{"2019-08-03", "2019-08-26", "2019-09-03", "2019-09-10", "2019-09-16", "2019-10-30"} {
		h.wait(date)
		h.Watch(t) // looking again does nothing twice
		h.settle()
	}
	h.expect("notices", []string{"REMINDED 2019-09-02", "REMINDED 2019-09-02", "OVERDUE 2019-09-02", "ESCALATED 2019-09-02"}, h.notices("interim_status"))
	late := h.Deliver(t, "interim_status", nil)
	h.settle()
	if !h.Find(t, "interim_status").GetLate() {
		t.Error("a report that came two months late is in time")
	}
	h.Settle(t, late)
	h.wait("2020-03-24")
	h.Settle(t, h.Deliver(t, "final_report", document()))
	h.settle()
	h.ended("late")
}

func TestReportIsTakenWhileTheEngineIsAway(t *testing.T) {
	h := newHouse(t)
	h.Plan(t)
	h.Settle(t, h.Deliver(t, "interim_status", nil))
	h.API.MoveClock(t, calendar.Date{Year: 2020, Month: time.March, Day: 30}.At(12, 0))
	h.Settle(t, h.Deliver(t, "final_report", document()))
	h.start()
	h.settle()
	h.ended("entered-late")
	h.expect("notices", 0, len(h.notices("final_report")))
}
