package embedded

import (
	"bytes"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

const testQueue = "embedded-test"

// greet is a workflow that waits for a signal with a name.
func greet(ctx workflow.Context) (string, error) {
	var name string
	workflow.GetSignalChannel(ctx, "name").Receive(ctx, &name)
	return "hei " + name, nil
}

func TestTemporalGoesOnWithItsWorkflowsAfterARestart(t *testing.T) {
	folder := newFolder(t)
	var said syncBuffer
	logger := slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelWarn}))
	postgres, temporal := startBoth(t, folder, logger)
	first := connectTemporal(t, temporal)
	run, err := first.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{TaskQueue: testQueue}, greet)
	if err != nil {
		t.Fatal(err)
	}
	first.Close()
	stopBoth(t, postgres, temporal)

	begin := time.Now()
	postgres, temporal = startBoth(t, folder, logger)
	t.Logf("PostgreSQL and Temporal on existing data took %v", time.Since(begin))
	second := connectTemporal(t, temporal)
	work := worker.New(second, testQueue, worker.Options{})
	work.RegisterWorkflow(greet)
	if err := work.Start(); err != nil {
		t.Fatal(err)
	}
	if err := second.SignalWorkflow(t.Context(), run.GetID(), run.GetRunID(), "name", "verden"); err != nil {
		t.Fatal(err)
	}
	var greeting string
	if err := second.GetWorkflow(t.Context(), run.GetID(), run.GetRunID()).Get(t.Context(), &greeting); err != nil {
		t.Fatal(err)
	}
	if greeting != "hei verden" {
		t.Errorf("greeting is %q", greeting)
	}
	work.Stop()
	second.Close()
	stopBoth(t, postgres, temporal)
	if said.String() != "" {
		t.Errorf("the engines are not quiet:\n%s", said.String())
	}
}

func TestTemporalUpgradesItsSchemaOnce(t *testing.T) {
	postgres := startPostgres(t, PostgresConfig{Folder: newFolder(t), Throwaway: true})
	cfg, err := TemporalConfig{Postgres: postgres.Server()}.complete()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{cfg.Database, cfg.VisibilityDatabase} {
		if err := migrateTemporal(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
		const count = "SELECT count(*) FROM schema_update_history"
		before := query[int](t, postgres.URL(name), count)
		if err := migrateTemporal(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
		if after := query[int](t, postgres.URL(name), count); after != before || before == 0 {
			t.Errorf("%s was updated %d times at first and %d times after the second start", name, before, after)
		}
	}
}

func TestTemporalGoesOnFromAnOlderSchema(t *testing.T) {
	postgres := startPostgres(t, PostgresConfig{Folder: newFolder(t), Throwaway: true})
	steps, err := schemaSteps("postgresql/v12/temporal/versioned")
	if err != nil {
		t.Fatal(err)
	}
	conn := connect(t, postgres.URL(TemporalDatabase))
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := applySteps(t.Context(), tx, TemporalDatabase, steps[:len(steps)-3]); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	cfg, err := TemporalConfig{Postgres: postgres.Server()}.complete()
	if err != nil {
		t.Fatal(err)
	}
	if err := migrateTemporal(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	got := query[string](t, postgres.URL(TemporalDatabase), "SELECT curr_version FROM schema_version")
	if want := steps[len(steps)-1].CurrVersion; got != want {
		t.Errorf("schema is at version %s, want %s", got, want)
	}
}

func TestTemporalSaysThatItsPortIsTaken(t *testing.T) {
	port := occupy(t)
	_, err := StartTemporal(t.Context(), TemporalConfig{FrontendPort: port})
	wantSentence(t, err, PortTaken, strconv.Itoa(port))
}

func TestTemporalSaysThatAPortBehindItsFrontendWasTakenMeanwhile(t *testing.T) {
	postgres := startPostgres(t, PostgresConfig{Folder: newFolder(t), Throwaway: true})
	cfg, err := TemporalConfig{Postgres: postgres.Server()}.complete()
	if err != nil {
		t.Fatal(err)
	}
	if err := migrateTemporal(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	cfg.behind[1] = occupy(t)
	server := &Temporal{address: loopback, failed: make(chan error, 1)}
	wantSentence(t, server.run(t.Context(), cfg), NotStarted, strconv.Itoa(cfg.behind[1]))
}

func TestTemporalSaysThatItCannotReachItsDatabase(t *testing.T) {
	ports, err := freePorts(loopback, 1)
	if err != nil {
		t.Fatal(err)
	}
	_, err = StartTemporal(t.Context(), TemporalConfig{Postgres: Server{Host: loopback, Port: ports[0], User: Role}})
	wantSentence(t, err, NotStarted, strconv.Itoa(ports[0]))
}

func TestUIShowsTemporalAndCallsNobody(t *testing.T) {
	postgres := startPostgres(t, PostgresConfig{Folder: newFolder(t), Throwaway: true})
	temporal, err := StartTemporal(t.Context(), TemporalConfig{Postgres: postgres.Server()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stopTemporal(t, temporal) })
	ports, err := freePorts(loopback, 1)
	if err != nil {
		t.Fatal(err)
	}
	pages, err := StartUI(t.Context(), UIConfig{Port: ports[0], TemporalAddress: temporal.Address()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pages.Stop)
	settings := get(t, pages.URL()+"/api/v1/settings")
	for _, want := range []string{`"DefaultNamespace":"saakorn"`, `"DisableNewsFetch":true`, `"NotifyOnNewVersion":false`} {
		if !strings.Contains(settings, want) {
			t.Errorf("settings lack %s: %s", want, settings)
		}
	}
	if namespaces := get(t, pages.URL()+"/api/v1/namespaces"); !strings.Contains(namespaces, `"saakorn"`) {
		t.Errorf("namespaces lack saakorn: %s", namespaces)
	}

	_, err = StartUI(t.Context(), UIConfig{Port: ports[0], TemporalAddress: temporal.Address()})
	wantSentence(t, err, PortTaken, strconv.Itoa(ports[0]))
	_, err = StartUI(t.Context(), UIConfig{Host: "0.0.0.0", Port: ports[0], TemporalAddress: temporal.Address()})
	wantSentence(t, err, BadConfig, "0.0.0.0")
}

func get(t *testing.T, url string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(response.Body); err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s: %s", url, response.Status, body.String())
	}
	return body.String()
}

func startBoth(t *testing.T, folder string, logger *slog.Logger) (*Postgres, *Temporal) {
	t.Helper()
	begin := time.Now()
	postgres := startPostgres(t, PostgresConfig{Folder: folder, Logger: logger})
	t.Logf("PostgreSQL took %v", time.Since(begin))
	begin = time.Now()
	temporal, err := StartTemporal(t.Context(), TemporalConfig{Postgres: postgres.Server(), Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("Temporal took %v", time.Since(begin))
	return postgres, temporal
}

func stopBoth(t *testing.T, postgres *Postgres, temporal *Temporal) {
	t.Helper()
	begin := time.Now()
	stopTemporal(t, temporal)
	t.Logf("stopping Temporal took %v", time.Since(begin))
	begin = time.Now()
	stopPostgres(t, postgres)
	t.Logf("stopping PostgreSQL took %v", time.Since(begin))
}

func stopTemporal(t *testing.T, temporal *Temporal) {
	t.Helper()
	if err := temporal.Stop(t.Context()); err != nil && t.Context().Err() == nil {
		t.Error(err)
	}
}

func connectTemporal(t *testing.T, temporal *Temporal) client.Client {
	t.Helper()
	connected, err := client.DialContext(t.Context(), client.Options{
		HostPort:  temporal.Address(),
		Namespace: "saakorn",
		Logger:    sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return connected
}

// syncBuffer collects what several goroutines log.
type syncBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *syncBuffer) Write(piece []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(piece)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}
