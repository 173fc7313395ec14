package embeddedtest

import (
	"context"
	"errors"
	"os"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"go.temporal.io/sdk/client"
)

func TestMain(m *testing.M) { os.Exit(Main(m)) }

func TestEachTestHasADatabaseOfItsOwn(t *testing.T) {
	for range 2 {
		url := Postgres(t)
		if got := count(t, url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"); got != 0 {
			t.Errorf("a fresh database has %d tables", got)
		}
		change(t, url, "CREATE TABLE note (text text)")
	}
}

func TestADatabaseIsDroppedWithItsTest(t *testing.T) {
	var name string
	t.Run("user", func(t *testing.T) {
		parsed, err := pgx.ParseConfig(Postgres(t))
		if err != nil {
			t.Fatal(err)
		}
		name = parsed.Database
	})
	if got := count(t, Postgres(t), "SELECT count(*) FROM pg_database WHERE datname = $1", name); got != 0 {
		t.Errorf("database %s outlives its test", name)
	}
}

func TestATemplateIsPreparedOnceAndCopiedForEachTest(t *testing.T) {
	var prepared atomic.Int32
	prepare := func(ctx context.Context, url string) error {
		prepared.Add(1)
		return errors.Join(
			execute(ctx, url, "CREATE TABLE note (text text)"),
			execute(ctx, url, "INSERT INTO note VALUES ('from the template')"),
		)
	}
	for _, test := range []string{"first", "second"} {
		t.Run(test, func(t *testing.T) {
			t.Parallel()
			url := Template(t, "notes", prepare)
			change(t, url, "INSERT INTO note VALUES ('from the test')")
			if got := count(t, url, "SELECT count(*) FROM note"); got != 2 {
				t.Errorf("%d notes, want the template's and the test's", got)
			}
		})
	}
	t.Cleanup(func() {
		if got := prepared.Load(); got != 1 {
			t.Errorf("prepared %d times", got)
		}
	})
}

func TestWorkflowsCanBeStartedInAFreshNamespace(t *testing.T) {
	connected, err := client.DialContext(t.Context(), client.Options{HostPort: Temporal(t), Namespace: Namespace(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer connected.Close()
	run, err := connected.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{TaskQueue: "unused"}, "unregistered")
	if err != nil {
		t.Fatal(err)
	}
	if err := connected.TerminateWorkflow(t.Context(), run.GetID(), run.GetRunID(), "the test is over"); err != nil {
		t.Fatal(err)
	}
}

func change(t *testing.T, url, statement string) {
	t.Helper()
	if err := execute(t.Context(), url, statement); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, url, statement string, arguments ...any) int {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var n int
	if err := conn.QueryRow(t.Context(), statement, arguments...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
