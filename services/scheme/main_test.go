package scheme_test

import (
	"context"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"saakorn/deploy/embedded/embeddedtest"
	"saakorn/services/platform/database"
	"saakorn/services/scheme"
)

func TestMain(m *testing.M) { os.Exit(embeddedtest.Main(m)) }

// open returns a database with all tables and nothing in them.
func open(t *testing.T) *pgxpool.Pool {
	t.Helper()
	url := embeddedtest.Template(t, "saakorn", func(ctx context.Context, url string) error {
		pool, err := database.Open(ctx, url)
		if err != nil {
			return err
		}
		defer pool.Close()
		return database.Migrate(ctx, pool, slog.New(slog.DiscardHandler))
	})
	pool, err := database.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// publish stores the built-in schemes and returns the store.
func publish(t *testing.T, pool *pgxpool.Pool) *scheme.Store {
	t.Helper()
	store := scheme.NewStore(pool)
	if err := store.Publish(t.Context(), builtIn(t), instant(t, "2026-09-01T08:00:00Z")); err != nil {
		t.Fatal(err)
	}
	return store
}

func builtIn(t *testing.T) []scheme.Source {
	t.Helper()
	sources, err := scheme.Published()
	if err != nil {
		t.Fatal(err)
	}
	return sources
}

func instant(t *testing.T, text string) time.Time {
	t.Helper()
	moment, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return moment
}
