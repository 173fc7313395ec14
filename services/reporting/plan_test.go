package reporting_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"saakorn/services/installation/installationtest"
	"saakorn/services/platform/database"
)

// many is how many lifecycles the plans are looked at with; each has two reports.
const many = 100_000

// filled returns a database with many reports, without what they refer to.
func filled(t *testing.T) *pgxpool.Pool {
	t.Helper()
	pool, err := database.Open(t.Context(), installationtest.Database(t))
	must(t, err)
	t.Cleanup(pool.Close)
	must(t, database.InTransaction(t.Context(), pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), `DO $$ DECLARE c record; BEGIN
			FOR c IN SELECT conrelid::regclass AS owner, conname FROM pg_constraint WHERE contype = 'f' AND conrelid IN ('report'::regclass, 'report_figures'::regclass) LOOP
				EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', c.owner, c.conname);
			END LOOP;
		END $$`); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), `INSERT INTO report (id, award_id, lifecycle_id, enterprise_id, application_id, scheme_id, scheme_version,
				report_key, kind, grant_year, amount_ore, holds_payment, four_eyes, due_on, state, content, created_at, updated_at)
			SELECT md5('r' || k || n)::uuid, md5('a' || n)::uuid, md5('l' || n)::uuid, md5('e' || n)::uuid, md5('p' || n)::uuid, 's', '1',
				'k' || k, CASE k WHEN 1 THEN 'INTERIM' ELSE 'FINAL' END, 2015 + n % 10, 1, true, n > 0,
				make_date(2015 + n % 10 + k, 1 + n % 12, 1 + n % 28), CASE WHEN n % 100 = 0 THEN 'OPEN' WHEN n % 50 = 1 THEN 'SUBMITTED' ELSE 'APPROVED' END,
				'{}', now(), now()
			FROM generate_series(1, $1::integer) n, generate_series(1, 2) k`, many)
		if err != nil {
			return err
		}
		_, err = tx.Exec(t.Context(), `INSERT INTO report_figures (report_id, lifecycle_id, enterprise_id, scheme_id, kind, grant_year, business_model,
				revenue_ore, earned_share_bp, grant_dependence_bp, approved)
			SELECT md5('r2' || n)::uuid, md5('l' || n)::uuid, md5('e' || n)::uuid, 's', 'FINAL', 2015 + n % 10,
				(ARRAY['CUSTOMERS', 'PUBLIC_PAYERS', 'NO_SALES'])[1 + n % 3], 1000, n % 10000, 10000 - n % 10000, true
			FROM generate_series(1, $1::integer) n`, many)
		return err
	}))
	must(t, database.Vacuum(t.Context(), pool, "report", "report_figures"))
	return pool
}

func TestListsOfManyReportsUseTheirIndexes(t *testing.T) {
	pool := filled(t)
	var enterprise string
	must(t, pool.QueryRow(t.Context(), `SELECT enterprise_id::text FROM report LIMIT 1`).Scan(&enterprise))
	const head, tail = `SELECT id FROM report WHERE `, ` ORDER BY due_on DESC, id DESC LIMIT 51`
	queries := map[string]string{
		"of an enterprise":  head + `enterprise_id = ANY (ARRAY['` + enterprise + `']::uuid[])` + tail,
		"to be read":        head + `state = 'SUBMITTED' AND (due_on, id) < ('2300-01-01', 'ffffffff-ffff-ffff-ffff-ffffffffffff')` + tail,
		"due this month":    head + `due_on >= '2019-03-01' AND due_on <= '2019-03-31'` + tail,
		"missing":           head + `state = 'OPEN' AND due_on >= '1990-01-01' AND due_on <= '2019-03-31'` + tail,
		"everything":        head + `due_on >= '1990-01-01'` + tail,
		"missing of one":    `SELECT id FROM report WHERE lifecycle_id = md5('l7')::uuid AND state = 'OPEN' AND due_on < '2020-01-01'`,
		"trend":             `SELECT business_model, grant_year, count(*) FROM report_figures WHERE scheme_id = 's' AND grant_year BETWEEN 2019 AND 2020 AND kind = 'FINAL' AND approved GROUP BY 1, 2`,
		"reports of awards": `SELECT id FROM report WHERE award_id = md5('a7')::uuid ORDER BY due_on, id`,
	}
	for name, sql := range queries {
		rows, err := pool.Query(t.Context(), "EXPLAIN (ANALYZE, TIMING OFF) "+sql)
		must(t, err)
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		must(t, err)
		if plan := strings.Join(lines, "\n"); strings.Contains(plan, "Seq Scan") {
			t.Errorf("%s reads everything:\n%s", name, plan)
		}
		begun := time.Now()
		_, err = pool.Exec(t.Context(), sql)
		must(t, err)
		t.Logf("%s takes %s", name, time.Since(begun).Round(100*time.Microsecond))
	}
}
