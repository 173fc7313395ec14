// Package embeddedtest gives tests a real PostgreSQL and a real Temporal. The engines are those that
// the environment names (SAAKORN_TEST_DATABASE_URL, SAAKORN_TEST_TEMPORAL_ADDRESS), so that all
// packages of a test run share them; otherwise each test binary starts its own, once, when first
// asked. A package that uses it has
//
//	func TestMain(m *testing.M) { os.Exit(embeddedtest.Main(m)) }
//
// which stops them at the end.
package embeddedtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saakorn/deploy/embedded"
)

const (
	// DatabaseURLVariable names a server whose role may create databases, as a connection string.
	DatabaseURLVariable = "SAAKORN_TEST_DATABASE_URL"
	// TemporalAddressVariable names a Temporal server, as host:port.
	TemporalAddressVariable = "SAAKORN_TEST_TEMPORAL_ADDRESS"

	startTime = 2 * time.Minute
	stopTime  = 30 * time.Second
)

// The engines of this test binary. Go's tests offer no other place that outlives a single test.
var binary = newEngines() //nolint:gochecknoglobals // see above

// engines starts each engine once and remembers how to stop what it started.
type engines struct {
	// id tells this test binary's databases from those of others on the same server.
	id       string
	postgres func() (string, error)
	temporal func() (string, error)

	mu        sync.Mutex
	templates map[string]func() (string, error)
	stops     []func(context.Context) error
}

func newEngines() *engines {
	e := &engines{id: strings.ToLower(rand.Text()[:12]), templates: map[string]func() (string, error){}}
	e.postgres = sync.OnceValues(e.startPostgres)
	e.temporal = sync.OnceValues(e.startTemporal)
	return e
}

// Main runs the tests of a package and stops the engines that they started. It returns the status
// for os.Exit.
func Main(m *testing.M) int {
	status := m.Run()
	ctx, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	if err := binary.stop(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "stop test engines:", err)
		return max(status, 1)
	}
	return status
}

func (e *engines) onStop(stop func(context.Context) error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.stops = append(e.stops, stop)
}

// stop undoes in reverse order.
func (e *engines) stop(ctx context.Context) error {
	e.mu.Lock()
	stops := e.stops
	e.stops = nil
	e.mu.Unlock()
	var failures []error
	for _, stop := range slices.Backward(stops) {
		failures = append(failures, stop(ctx))
	}
	return errors.Join(failures...)
}

// startPostgres returns the connection string of the server's database postgres.
func (e *engines) startPostgres() (string, error) {
	if given := os.Getenv(DatabaseURLVariable); given != "" {
		return given, nil
	}
	folder, err := Folder()
	if err != nil {
		return "", err
	}
	e.onStop(func(context.Context) error { return os.RemoveAll(folder) })
	ctx, cancel := context.WithTimeout(context.Background(), startTime)
	defer cancel()
	postgres, err := embedded.StartPostgres(ctx, embedded.PostgresConfig{
		Folder:    filepath.Join(folder, "postgres"),
		Throwaway: true,
	})
	if err != nil {
		return "", err
	}
	e.onStop(postgres.Stop)
	return postgres.URL("postgres"), nil
}

// Folder makes a temporary folder that other users can enter, because PostgreSQL drops root's rights.
// The caller removes it.
func Folder() (string, error) {
	folder, err := os.MkdirTemp("", "saakorn-test-")
	if err != nil {
		return "", fmt.Errorf("make test folder: %w", err)
	}
	if err := os.Chmod(folder, 0o755); err != nil {
		return "", fmt.Errorf("open test folder: %w", err)
	}
	return folder, nil
}

func (e *engines) startTemporal() (string, error) {
	if given := os.Getenv(TemporalAddressVariable); given != "" {
		return given, nil
	}
	url, err := e.postgres()
	if err != nil {
		return "", err
	}
	parsed, err := pgx.ParseConfig(url)
	if err != nil {
		return "", fmt.Errorf("read database URL: %w", err)
	}
	// Two Temporal servers must not share a database, and other test binaries may use this server.
	state, visibility := "temporal_"+e.id, "temporal_visibility_"+e.id
	ctx, cancel := context.WithTimeout(context.Background(), startTime)
	defer cancel()
	temporal, err := embedded.StartTemporal(ctx, embedded.TemporalConfig{
		Postgres: embedded.Server{
			Host: parsed.Host, Port: int(parsed.Port), User: parsed.User, Password: parsed.Password,
		},
		Database:           state,
		VisibilityDatabase: visibility,
		Retention:          24 * time.Hour,
		TimeSkipping:       true,
	})
	if err != nil {
		return "", err
	}
	e.onStop(func(ctx context.Context) error {
		return errors.Join(temporal.Stop(ctx), drop(ctx, url, state), drop(ctx, url, visibility))
	})
	return temporal.Address(), nil
}
