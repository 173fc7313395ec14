package embeddedtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Postgres returns the connection string of a fresh, empty database, which is dropped when the test
// ends.
func Postgres(t testing.TB) string {
	t.Helper()
	return binary.database(t, "template1")
}

// Template returns the connection string of a fresh database that prepare has prepared, for example
// with migrations. For each name prepare runs once in a test binary, on a database of its own that
// is then copied for every test; it must close its connections. The database is dropped when the
// test ends.
func Template(t testing.TB, name string, prepare func(ctx context.Context, url string) error) string {
	t.Helper()
	template, err := binary.template(name, prepare)
	if err != nil {
		t.Fatalf("prepare database template %s: %v", name, err)
	}
	return binary.database(t, template)
}

func (e *engines) template(name string, prepare func(context.Context, string) error) (string, error) {
	e.mu.Lock()
	once, found := e.templates[name]
	if !found {
		once = sync.OnceValues(func() (string, error) { return e.makeTemplate(prepare) })
		e.templates[name] = once
	}
	e.mu.Unlock()
	return once()
}

func (e *engines) makeTemplate(prepare func(context.Context, string) error) (string, error) {
	admin, err := e.postgres()
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTime)
	defer cancel()
	name := "template_" + e.id + "_" + strings.ToLower(rand.Text()[:8])
	if err := create(ctx, admin, name, "template1"); err != nil {
		return "", err
	}
	e.onStop(func(ctx context.Context) error { return drop(ctx, admin, name) })
	target, err := withDatabase(admin, name)
	if err != nil {
		return "", err
	}
	return name, prepare(ctx, target)
}

// database copies the template to a database that lives as long as the test.
func (e *engines) database(t testing.TB, template string) string {
	t.Helper()
	admin, err := e.postgres()
	if err != nil {
		t.Fatalf("start PostgreSQL for tests: %v", err)
	}
	name := "test_" + e.id + "_" + strings.ToLower(rand.Text()[:12])
	target, err := withDatabase(admin, name)
	if err != nil {
		t.Fatal(err)
	}
	if err := create(t.Context(), admin, name, template); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), stopTime)
		defer cancel()
		if err := drop(ctx, admin, name); err != nil {
			t.Error(err)
		}
	})
	return target
}

// The refusals of PostgreSQL that pass by themselves.
const (
	inUse     = "55006" // somebody is still connected to a template
	forbidden = "42501" // a process of the server's own, such as autovacuum, is at work in a database to drop
)

// create copies a template, waiting while somebody is still connected to it.
func create(ctx context.Context, admin, name, template string) error {
	err := insist(ctx, admin, fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s", identifier(name), identifier(template)), inUse)
	if refused(err, inUse) {
		return fmt.Errorf("somebody stays connected to the template, which prepare must not do: %w", err)
	}
	return err
}

// drop removes a database together with the connections that a test may have left open.
func drop(ctx context.Context, admin, name string) error {
	return insist(ctx, admin, fmt.Sprintf("DROP DATABASE IF EXISTS %s WITH (FORCE)", identifier(name)), forbidden)
}

// insist repeats a statement for as long as it is refused with the code, or until the time is over.
func insist(ctx context.Context, admin, statement, code string) error {
	ctx, cancel := context.WithTimeout(ctx, stopTime)
	defer cancel()
	for {
		err := execute(ctx, admin, statement)
		if !refused(err, code) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func refused(err error, code string) bool {
	answer, ok := errors.AsType[*pgconn.PgError](err)
	return ok && answer.Code == code
}

func execute(ctx context.Context, admin, statement string) error {
	conn, err := pgx.Connect(ctx, admin)
	if err != nil {
		return fmt.Errorf("connect to test server: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}

func identifier(name string) string { return pgx.Identifier{name}.Sanitize() }

func withDatabase(connection, name string) (string, error) {
	parsed, err := url.Parse(connection)
	if err != nil || parsed.Scheme == "" {
		return "", fmt.Errorf("%s must be a URL", DatabaseURLVariable)
	}
	parsed.Path = "/" + name
	return parsed.String(), nil
}
