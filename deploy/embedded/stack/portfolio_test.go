package stack_test

import (
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"saakorn/deploy/embedded/embeddedtest"
	"saakorn/deploy/embedded/stack"
	"saakorn/deploy/portfolio/recorded"
	"saakorn/services/installation"
	"saakorn/services/platform/procedure"
	"saakorn/workflows/engine"
)

// The snapshot fits the newest schema, and what was not checked while it was loaded holds.
func TestANewInstallationStartsFromTheFictionalYears(t *testing.T) {
	folder, err := embeddedtest.Folder()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	s, err := stack.Start(t.Context(), stack.Config{
		Folder: folder, Throwaway: true, Portfolio: recorded.Snapshot(), Log: discard(),
		Addresses: installation.Addresses{GRPC: "127.0.0.1:0", HTTP: "127.0.0.1:0"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	if !s.Portfolio {
		t.Fatal("the snapshot was not loaded")
	}
	for _, dangling := range dangling(t, s.Installation.Pool) {
		t.Errorf("rows of %s refer to nothing: %s", dangling.Table, dangling.Constraint)
	}
	var differences int
	if err := s.Installation.Pool.QueryRow(t.Context(), `SELECT count(*) FROM ledger_differences()`).Scan(&differences); err != nil || differences > 0 {
		t.Errorf("the ledger is out of balance in %d places (%v)", differences, err)
	}
	if year := s.Installation.Clock.Now().Year(); year != 2026 {
		t.Errorf("the clock goes on in %d, not in 2026", year)
	}
	connection, err := engine.Connect(engine.Config{Address: s.Temporal.Address(), Namespace: stack.Namespace, Log: discard()})
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	again, err := procedure.Reconcile(t.Context(), s.Installation.Pool, connection, nil)
	if err != nil || again.Open < 50 || again.Started > 0 {
		t.Errorf("%d procedures are open, and %d of them had no workflow (%v)", again.Open, again.Started, err)
	}
}

// reference is a foreign key that some row does not keep.
type reference struct{ Table, Constraint string }

func dangling(t *testing.T, pool *pgxpool.Pool) []reference {
	t.Helper()
	type check struct{ Table, Constraint, SQL string }
	rows, err := pool.Query(t.Context(), `SELECT conrelid::regclass::text, conname,
		format('SELECT EXISTS (SELECT FROM %s c WHERE %s AND NOT EXISTS (SELECT FROM %s p WHERE %s))', conrelid::regclass,
			string_agg(format('c.%I IS NOT NULL', c.attname), ' AND '), confrelid::regclass,
			string_agg(format('p.%I = c.%I', p.attname, c.attname), ' AND '))
		FROM pg_constraint, unnest(conkey, confkey) AS k (child, parent), pg_attribute c, pg_attribute p
		WHERE contype = 'f' AND connamespace = 'public'::regnamespace
			AND c.attrelid = conrelid AND c.attnum = k.child AND p.attrelid = confrelid AND p.attnum = k.parent
		GROUP BY conrelid, confrelid, conname`)
	if err != nil {
		t.Fatal(err)
	}
	checks, err := pgx.CollectRows(rows, pgx.RowToStructByPos[check])
	if err != nil || len(checks) == 0 {
		t.Fatalf("there is nothing to check (%v)", err)
	}
	var found []reference
	for _, c := range checks {
		var missing bool
		if err := pool.QueryRow(t.Context(), c.SQL).Scan(&missing); err != nil {
			t.Fatal(err)
		}
		if missing {
			found = append(found, reference{c.Table, c.Constraint})
		}
	}
	return found
}
