package database_test

import (
	"context"
	"errors"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"saakorn/deploy/embedded/embeddedtest"
	"saakorn/services/platform/database"
)

func TestMain(m *testing.M) { os.Exit(embeddedtest.Main(m)) }

const insert = `INSERT INTO written (id) VALUES ($1)`

// written returns a database with a table of numbers, of which none can be there twice.
func written(t *testing.T) *pgxpool.Pool {
	t.Helper()
	pool, err := database.Open(t.Context(), embeddedtest.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	if _, err := pool.Exec(t.Context(), `CREATE TABLE written (id integer PRIMARY KEY)`); err != nil {
		t.Fatal(err)
	}
	return pool
}

func count(t *testing.T, q database.Querier) (n int) {
	t.Helper()
	if err := q.QueryRow(t.Context(), `SELECT count(*) FROM written`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// hold holds back the insertion of each number.
func hold(t *testing.T, g *database.Gathering, ids ...int) {
	t.Helper()
	for _, id := range ids {
		if _, err := g.Exec(t.Context(), insert, id); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhatIsHeldBackIsWrittenBeforeTheNextQuery(t *testing.T) {
	pool := written(t)
	err := database.InGathering(t.Context(), pool, func(g *database.Gathering) error {
		hold(t, g, 1, 2)
		if n := count(t, g.Tx); n != 0 {
			t.Errorf("%d rows have been written already", n)
		}
		if n := count(t, g); n != 2 {
			t.Errorf("the next query sees %d rows, want 2", n)
		}
		hold(t, g, 3)
		rows, err := g.Query(t.Context(), `SELECT id FROM written ORDER BY id`)
		if err != nil {
			return err
		}
		ids, err := pgx.CollectRows(rows, pgx.RowTo[int])
		if err != nil || len(ids) != 3 {
			t.Errorf("the next query sees %v: %v", ids, err)
		}
		hold(t, g, 4)
		if err := g.Send(t.Context()); err != nil {
			return err
		}
		if n := count(t, g.Tx); n != 4 {
			t.Errorf("%d rows after sending, want 4", n)
		}
		hold(t, g, 5)
		return g.QueryRow(t.Context(), `SELECT 1 WHERE false`).Scan(new(int))
	})
	if !errors.Is(err, pgx.ErrNoRows) {
		t.Errorf("a row that is not there: %v", err)
	}
	if n := count(t, pool); n != 0 {
		t.Errorf("%d rows of a transaction that failed", n)
	}
}

func TestWhatIsHeldBackIsCommittedWithTheRest(t *testing.T) {
	pool := written(t)
	err := database.InGathering(t.Context(), pool, func(g *database.Gathering) error {
		hold(t, g, 1, 2)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := count(t, pool); n != 2 {
		t.Errorf("%d rows, want 2", n)
	}
	if held := pool.Stat().AcquiredConns(); held != 0 {
		t.Errorf("%d connections have not come back", held)
	}
}

func TestARefusalOfWhatWasHeldBackIsTold(t *testing.T) {
	pool := written(t)
	for name, next := range map[string]func(context.Context, *database.Gathering) error{
		"by the next query": func(ctx context.Context, g *database.Gathering) error {
			rows, err := g.Query(ctx, `SELECT 1`)
			if err == nil {
				rows.Close()
			}
			return err
		},
		"by the next row": func(ctx context.Context, g *database.Gathering) error {
			return g.QueryRow(ctx, `SELECT 1`).Scan(new(int))
		},
		"when it is sent":       func(ctx context.Context, g *database.Gathering) error { return g.Send(ctx) },
		"when it is committed":  func(context.Context, *database.Gathering) error { return nil },
		"by whoever goes on":    func(ctx context.Context, g *database.Gathering) error { _ = g.Send(ctx); return nil },
		"also after what holds": func(ctx context.Context, g *database.Gathering) error { hold(t, g, 3); return g.Send(ctx) },
	} {
		t.Run(name, func(t *testing.T) {
			err := database.InGathering(t.Context(), pool, func(g *database.Gathering) error {
				hold(t, g, 1, 1, 2)
				return next(t.Context(), g)
			})
			if !database.Violates(err, "written_pkey") && !errors.Is(err, pgx.ErrTxCommitRollback) {
				t.Errorf("got %v", err)
			}
			if n := count(t, pool); n != 0 {
				t.Errorf("%d rows have been written", n)
			}
		})
	}
}
