package lifecycle_test

import (
	"context"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"saakorn/deploy/embedded/embeddedtest"
	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework/caseworktest"
	"saakorn/services/grant/granttest"
	"saakorn/services/installation/installationtest"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/procedure"
	"saakorn/workflows/engine"
	"saakorn/workflows/workflowtest"
)

// Run the tests with -record after a change of the workflow that old histories are not meant to
// survive; otherwise the recorded ones prove that running lifecycles survive it.
var record = flag.Bool("record", false, "write the histories of the tests to testdata/histories")

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(embeddedtest.Main(m))
}

// house is a round whose procedures run on a real engine once it has been started.
type house struct {
	*granttest.House

	t      *testing.T
	engine client.Client
}

func newHouse(t *testing.T) *house { return &house{House: granttest.Open(t), t: t} }

func (h *house) start() {
	h.t.Helper()
	h.engine = workflowtest.Connect(h.t, embeddedtest.Temporal(h.t), embeddedtest.Namespace(h.t))
	ctx, cancel := context.WithCancel(context.WithoutCancel(h.t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- engine.Run(ctx, h.API.Installation, h.engine, slog.New(slog.DiscardHandler)) }()
	h.t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			h.t.Error(err)
		}
	})
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

// settle waits until every message is delivered and no procedure has anything to look at or to do.
func (h *house) settle() procedure.Progress {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), time.Minute)
	defer cancel()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		p, err := procedure.Look(ctx, h.API.Installation.Pool, h.API.Now())
		if err == nil && p.Undelivered == 0 && p.Unsettled == 0 {
			return p
		}
		select {
		case <-ctx.Done():
			h.t.Fatalf("not settled within a minute: %+v, %v", p, err)
		case <-ticker.C:
		}
	}
}

// liveUntil moves the clock from one thing that is due to the next.
func (h *house) liveUntil(end time.Time) {
	h.t.Helper()
	for {
		p := h.settle()
		if p.Next == nil || p.Next.After(end) {
			break
		}
		h.API.MoveClock(h.t, *p.Next)
	}
	if h.API.Now().Before(end) {
		h.API.MoveClock(h.t, end)
	}
	h.settle()
}

func (h *house) kinds(a *saakornv1.Award) map[string]int {
	h.t.Helper()
	counted := map[string]int{}
	for _, kind := range h.Letters(h.t, a.GetApplicationId()) {
		if !followed(kind) {
			counted[kind]++
		}
	}
	return counted
}

// tasks returns the kinds of the open tasks that are the lifecycle's own.
func (h *house) tasks(lifecycleID string) []string {
	h.t.Helper()
	return slices.DeleteFunc(h.OpenTasks(h.t, lifecycleID), followed)
}

// followed tells whether a letter or a task is that of the reports or of the follow-up, which other procedures
// see to.
func followed(kind string) bool {
	return slices.ContainsFunc([]string{"REPORT_", "CHECKIN_", "SIGNAL_", "AFTER_"}, func(prefix string) bool { return strings.HasPrefix(kind, prefix) })
}

// runs returns how many events the history of each run of the workflow has, newest first.
func (h *house) runs(lifecycleID string) (ids []string, events []int) {
	h.t.Helper()
	workflowID, run := procedure.Lifecycle.WorkflowID(uuid.MustParse(lifecycleID)), ""
	for {
		history := h.engine.GetWorkflowHistory(h.t.Context(), workflowID, run, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		n, before := 0, ""
		for history.HasNext() {
			e, err := history.Next()
			h.must(err)
			if started := e.GetWorkflowExecutionStartedEventAttributes(); started != nil {
				before = started.GetContinuedExecutionRunId()
			}
			n++
		}
		ids, events = append(ids, run), append(events, n)
		if before == "" {
			return ids, events
		}
		run = before
	}
}

// keep records the history of a run under the name when asked to.
func (h *house) keep(lifecycleID, name string) {
	h.t.Helper()
	if *record {
		workflowID := procedure.Lifecycle.WorkflowID(uuid.MustParse(lifecycleID))
		workflowtest.Record(h.t, h.engine, workflowID, filepath.Join("testdata", "histories", name+".json"))
	}
}

func TestALifecycleRunsForYearsAndItsHistoryDoesNotGrow(t *testing.T) {
	h := newHouse(t)
	a := h.Offer(t, 1, "Møte i juni.")[0]
	h.start()
	h.settle()
	h.Accept(t, 1, a.GetId())
	h.settle()
	h.keep(a.GetLifecycleId(), "accepted")
	for year := 2020; year <= 2024; year++ {
		h.liveUntil(calendar.Date{Year: year, Month: time.February, Day: 15}.Start())
	}
	h.keep(a.GetLifecycleId(), "a-later-year")
	_, events := h.runs(a.GetLifecycleId())
	t.Logf("events in each run, the newest first: %v", events)
	if len(events) < 5 {
		t.Fatalf("the workflow has begun anew only %d times in five years", len(events)-1)
	}
	whole := events[1 : len(events)-1] // neither the first year, which began in winter, nor this one
	for _, n := range whole {
		if n > whole[len(whole)-1]+10 {
			t.Errorf("the history grows with the years: %v", events)
		}
	}
	h.expect("letters", map[string]int{"RECEIPT": 1, "DECISION_APPROVED": 1, "GRANT_LETTER": 1, "ACCEPTANCE_CONFIRMED": 1}, h.kinds(a))
	h.expect("tasks", []string{"CLOSE_AWARD"}, h.tasks(a.GetLifecycleId()))
}

func TestAnOfferThatNobodyAnswersIsRemindedOfAndLapses(t *testing.T) {
	h := newHouse(t)
	a := h.Offer(t, 1)[0]
	h.start()
	by, err := calendar.Parse(a.GetAcceptBy())
	h.must(err)
	h.liveUntil(by.End().Add(time.Hour))
	h.expect("state", saakornv1.AwardState_AWARD_STATE_LAPSED, h.Award(t, a.GetId()).GetAward().GetState())
	h.expect("letters", map[string]int{"RECEIPT": 1, "DECISION_APPROVED": 1, "GRANT_LETTER": 1, "ACCEPTANCE_REMINDER": 2, "AWARD_LAPSED": 1}, h.kinds(a))
	h.expect("tasks", []string{"RELEASE_COMMITMENT"}, h.OpenTasks(t, a.GetLifecycleId()))
	h.keep(a.GetLifecycleId(), "lapsed")
}

func TestALifecycleThatHasEndedEndsItsWorkflow(t *testing.T) {
	h := newHouse(t)
	a := h.Offer(t, 1)[0]
	h.start()
	id := a.GetLifecycleId()
	h.settle()
	_, err := h.Grants.DeclineAward(h.API.As(t.Context(), caseworktest.Applicant(1)), &saakornv1.DeclineAwardRequest{
		RequestId: uuid.NewString(), AwardId: a.GetId(), Etag: h.Award(t, a.GetId()).GetAward().GetEtag(),
	})
	h.must(err)
	// The frame is given back first: what is still bound is still somebody's task.
	h.liveUntil(h.Case(t, a.GetApplicationId()).GetCase().GetDueAt().AsTime())
	_, err = h.Grants.ReleaseCommitment(h.API.As(t.Context(), installationtest.DecisionMaker), &saakornv1.ReleaseCommitmentRequest{
		RequestId: uuid.NewString(), AwardId: a.GetId(), Etag: h.Award(t, a.GetId()).GetAward().GetEtag(),
	})
	h.must(err)
	h.end(id)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	h.must(h.engine.GetWorkflow(ctx, procedure.Lifecycle.WorkflowID(uuid.MustParse(id)), "").Get(ctx, nil))
	h.expect("letters", map[string]int{"RECEIPT": 1, "DECISION_APPROVED": 1, "GRANT_LETTER": 1, "AWARD_DECLINED": 1, "GRANT_ENDED": 1}, h.kinds(a))
	h.keep(id, "declined-and-ended")
}

// end closes the lifecycle of an enterprise that wants no more.
func (h *house) end(id string) {
	h.t.Helper()
	etag := func() string { return h.Lifecycle(h.t, id).GetLifecycle().GetEtag() }
	_, err := h.Grants.SaveHandover(h.API.As(h.t.Context(), installationtest.CaseOfficer), &saakornv1.SaveHandoverRequest{
		RequestId: uuid.NewString(), LifecycleId: id, Etag: etag(), Handover: &saakornv1.Handover{Learned: "Små skritt virket best."},
	})
	h.must(err)
	_, err = h.Grants.PrepareExit(h.API.As(h.t.Context(), installationtest.CaseOfficer), &saakornv1.PrepareExitRequest{
		RequestId: uuid.NewString(), LifecycleId: id, Etag: etag(), Kind: saakornv1.ExitKind_EXIT_KIND_WITHDRAWN, ExitOn: "2019-06-01", Reasons: "Virksomheten ønsker ikke mer.",
	})
	h.must(err)
	_, err = h.Grants.DecideExit(h.API.As(h.t.Context(), installationtest.DecisionMaker), &saakornv1.DecideExitRequest{RequestId: uuid.NewString(), LifecycleId: id, Etag: etag()})
	h.must(err)
	h.settle()
}

func TestALostEngineGoesOnWithEveryLifecycleWhereItWas(t *testing.T) {
	h := newHouse(t)
	awards := h.Offer(t, 2) // offered and told, without an engine
	h.Accept(t, 2, awards[1].GetId())
	_, err := h.API.Installation.Pool.Exec(t.Context(), `DELETE FROM river_job`)
	h.must(err)
	h.start()
	done, err := procedure.Reconcile(t.Context(), h.API.Installation.Pool, h.engine, nil)
	h.must(err)
	h.expect("reconciled", procedure.Reconciled{Open: 10, Started: 10}, done) // the call, two cases, two lifecycles with their follow-up, the money of two awards, and reports
	h.settle()
	h.expect("letters of the first", 1, h.kinds(awards[0])["GRANT_LETTER"])
	h.expect("letters of the second", []int{1, 1}, []int{h.kinds(awards[1])["GRANT_LETTER"], h.kinds(awards[1])["ACCEPTANCE_CONFIRMED"]})
}
