package followup_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saakorn/services/installation/installationtest"
	"saakorn/services/platform/database"
)

func TestWhoIsAtRiskIsFoundAmongManyLifecycles(t *testing.T) {
	const many = 100_000
	pool, err := database.Open(t.Context(), installationtest.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	// Without what they refer to: only the signals matter here.
	err = database.InTransaction(t.Context(), pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), `DO $$ DECLARE c record; BEGIN
			FOR c IN SELECT conrelid::regclass AS owner, conname FROM pg_constraint WHERE contype = 'f' AND conrelid IN ('signal'::regclass) LOOP
				EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', c.owner, c.conname);
			END LOOP;
		END $$`); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), `INSERT INTO signal (id, lifecycle_id, enterprise_id, scheme_id, kind, basis, state, raised_at, note, settled_at)
			SELECT md5('s' || n || k)::uuid, md5('l' || n)::uuid, md5('e' || n)::uuid, 's', (ARRAY['RUNWAY', 'REPORT_MISSING', 'KEY_PERSON'])[k], 'b',
				CASE WHEN n % 20 = 0 THEN 'OPEN' ELSE 'TALKED' END, now(), 'x', CASE WHEN n % 20 = 0 THEN NULL ELSE now() END
			FROM generate_series(1, $1::integer) n, generate_series(1, 3) k`, many)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := database.Vacuum(t.Context(), pool, "signal"); err != nil {
		t.Fatal(err)
	}
	const sql = `SELECT lifecycle_id, min(enterprise_id::text), array_agg(DISTINCT kind ORDER BY kind), min(raised_at) FROM signal
		WHERE state = 'OPEN' AND scheme_id = 's' AND lifecycle_id > '80000000-0000-0000-0000-000000000000'
		GROUP BY lifecycle_id ORDER BY lifecycle_id LIMIT 51`
	rows, err := pool.Query(t.Context(), "EXPLAIN (ANALYZE, TIMING OFF) "+sql)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	if plan := strings.Join(lines, "\n"); strings.Contains(plan, "Seq Scan") {
		t.Errorf("who is at risk reads every signal:\n%s", plan)
	}
	begun := time.Now()
	if _, err := pool.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
	t.Logf("a page of %d lifecycles takes %s", many, time.Since(begun).Round(100*time.Microsecond))
}
