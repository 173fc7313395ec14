package system_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"saakorn/deploy/embedded"
	"saakorn/deploy/embedded/embeddedtest"
	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework/caseworktest"
	"saakorn/services/installation/installationtest"
	"saakorn/services/platform/procedure"
	"saakorn/workflows/engine"
)

// outage is an engine of the test's own, which can be away, come back and be lost.
type outage struct {
	t      *testing.T
	server embedded.Server
	port   int
	// generation names the databases: a new one knows nothing of what an older one held.
	generation string
	running    *embedded.Temporal
}

func newOutage(t *testing.T) *outage {
	t.Helper()
	config, err := pgx.ParseConfig(embeddedtest.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	o := &outage{
		t: t, port: freePort(t),
		server: embedded.Server{Host: config.Host, Port: int(config.Port), User: config.User, Password: config.Password},
	}
	o.lose()
	t.Cleanup(o.stop)
	return o
}

func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	address, ok := listener.Addr().(*net.TCPAddr)
	if !ok {
		t.Fatalf("listens on %s", listener.Addr())
	}
	return address.Port
}

func (o *outage) address() string { return fmt.Sprintf("127.0.0.1:%d", o.port) }

// start brings the engine back with all it held.
func (o *outage) start() {
	o.t.Helper()
	running, err := embedded.StartTemporal(o.t.Context(), embedded.TemporalConfig{
		Postgres: o.server, FrontendPort: o.port, Database: "engine_" + o.generation, VisibilityDatabase: "engine_visibility_" + o.generation,
	})
	if err != nil {
		o.t.Fatal(err)
	}
	o.running = running
}

func (o *outage) stop() {
	o.t.Helper()
	if o.running == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(o.t.Context()), patience)
	defer cancel()
	if err := o.running.Stop(ctx); err != nil {
		o.t.Error(err)
	}
	o.running = nil
}

// lose makes the next start one of an engine that holds nothing.
func (o *outage) lose() {
	o.t.Helper()
	o.generation = strings.ToLower(rand.Text()[:8])
	databases := []string{"engine_" + o.generation, "engine_visibility_" + o.generation}
	o.t.Cleanup(func() {
		o.stop()
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		conn, err := pgx.Connect(ctx, o.server.URL("postgres"))
		if err != nil {
			o.t.Error(err)
			return
		}
		defer conn.Close(ctx)
		for _, name := range databases {
			if _, err := conn.Exec(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
				o.t.Error(err)
			}
		}
	})
}

// work runs the procedures of the installation until the returned function is called.
func work(t *testing.T, api *installationtest.API, address string) (stop func()) {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	connection, err := engine.Connect(engine.Config{Address: address, Namespace: "saakorn", Log: log})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- engine.Run(ctx, api.Installation, connection, log) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		connection.Close()
	}
	t.Cleanup(stop)
	return stop
}

func progress(t *testing.T, api *installationtest.API) procedure.Progress {
	t.Helper()
	p, err := procedure.Look(t.Context(), api.Installation.Pool, api.Now())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func settle(t *testing.T, api *installationtest.API) {
	t.Helper()
	eventually(t, "everything has settled", func(context.Context) (bool, error) {
		p := progress(t, api)
		return p.Undelivered == 0 && p.Unsettled == 0, nil
	})
}

func expectSteps(t *testing.T, r *caseworktest.Round, want map[string]saakornv1.CaseStep) {
	t.Helper()
	for id, step := range want {
		if got := r.Case(t, id).GetCase().GetStep(); got != step {
			t.Errorf("the case is at %s, want %s", got, step)
		}
	}
}

func TestEngineThatIsAwayOrLostLosesNothing(t *testing.T) {
	o, api := newOutage(t), installationtest.New(t)
	r := caseworktest.Open(t, api)
	stop := work(t, api, o.address())

	// The engine has never been there: applications are accepted, and the messages wait.
	first := r.Apply(t, 1).GetId()
	if p := progress(t, api); p.Undelivered != 2 || p.Unsettled != 2 {
		t.Fatalf("without the engine: %+v", p)
	}
	if r.Find(t, installationtest.CaseOfficer, first) != nil {
		t.Fatal("without the engine there is a case")
	}
	o.start()
	settle(t, api)
	awaitLetter(t, r, first, "RECEIPT")

	// It goes away while it works, and comes back with what it held.
	o.stop()
	second := r.Apply(t, 2).GetId()
	if err := r.Withdraw(t.Context(), 1, first); err != nil {
		t.Fatal(err)
	}
	o.start()
	settle(t, api)
	awaitLetter(t, r, second, "RECEIPT")
	awaitLetter(t, r, first, "WITHDRAWAL_CONFIRMED")
	expectSteps(t, r, map[string]saakornv1.CaseStep{
		first: saakornv1.CaseStep_CASE_STEP_CLOSED, second: saakornv1.CaseStep_CASE_STEP_CLARIFICATION,
	})

	// It is lost with all it held: reconciling starts what is open, once, and that goes on where it was.
	stop()
	o.stop()
	o.lose()
	o.start()
	settings := map[string]string{"SAAKORN_DATABASE_URL": api.DatabaseURL, "SAAKORN_TEMPORAL_ADDRESS": o.address()}
	for _, want := range []string{"2 open procedures: 2 had no workflow", "2 open procedures: 0 had no workflow"} {
		if output := succeed(t, settings, "reconcile"); !strings.Contains(output, want) {
			t.Errorf("reconcile says %q, want %q", output, want)
		}
	}
	work(t, api, o.address())
	r.Close(t)
	r.AnswerAll(t, second)
	r.Assess(t, second)
	r.Recommend(t, installationtest.CaseOfficer, second, saakornv1.Outcome_OUTCOME_REJECTED, 0)
	if err := r.Decide(t.Context(), installationtest.DecisionMaker, r.Case(t, second).GetCase(), saakornv1.Outcome_OUTCOME_REJECTED, 0); err != nil {
		t.Fatal(err)
	}
	settle(t, api)
	awaitLetter(t, r, second, "DECISION_REJECTED")
	if letters := r.Letters(t, second); len(letters) != 2 {
		t.Errorf("the letters are %v", letters)
	}
}
