package embedded

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// newFolder is a data folder that does not exist yet, below one that every user can enter.
func newFolder(t *testing.T) string {
	t.Helper()
	above, err := os.MkdirTemp("", "saakorn-embedded-") //nolint:usetesting // others may not enter t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(above) })
	if err := os.Chmod(above, 0o755); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(above, "postgres")
}

func startPostgres(t *testing.T, cfg PostgresConfig) *Postgres {
	t.Helper()
	postgres, err := StartPostgres(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stopPostgres(t, postgres) })
	return postgres
}

func stopPostgres(t *testing.T, postgres *Postgres) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := postgres.Stop(ctx); err != nil {
		t.Error(err)
	}
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func execute(t *testing.T, url string, statements ...string) {
	t.Helper()
	conn := connect(t, url)
	for _, statement := range statements {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

func query[T any](t *testing.T, url, statement string) T {
	t.Helper()
	var value T
	if err := connect(t, url).QueryRow(t.Context(), statement).Scan(&value); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return value
}

// wantSentence checks that a start failed for the reason and says so in one sentence that names what
// it is about.
func wantSentence(t *testing.T, err error, reason Reason, about string) {
	t.Helper()
	var refused *StartError
	if !errors.As(err, &refused) {
		t.Fatalf("got %v, want a StartError", err)
	}
	if refused.Reason != reason {
		t.Errorf("reason %q, want %q: %v", refused.Reason, reason, err)
	}
	text := err.Error()
	if strings.Contains(text, "\n") || !strings.HasSuffix(text, ".") {
		t.Errorf("not one sentence: %q", text)
	}
	if !strings.Contains(text, about) {
		t.Errorf("%q does not say %q", text, about)
	}
	t.Log(text)
}

// occupy listens on a free port for the rest of the test.
func occupy(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", net.JoinHostPort(loopback, "0"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener.Addr().(*net.TCPAddr).Port
}
