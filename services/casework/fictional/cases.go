// Package fictional fills a database with cases that never were, as many as one likes, to see that
// searching stays fast: for tests of plans and for benchmarks.
package fictional

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"saakorn/services/platform/database"
)

// What the fictional cases have in common. Ten years of two calls each end at Now; one case in
// twenty is open, and those are among the newest.
const (
	Calls     = 20
	Officers  = 30
	Assessors = 40
	LastYear  = 2026
)

// Now is the moment up to which things have happened.
func Now() time.Time { return time.Date(LastYear, time.November, 2, 8, 0, 0, 0, time.UTC) }

// CallID returns the identifier of the n-th call, counted from 0, the oldest first.
func CallID(n int) uuid.UUID {
	id := uuid.MustParse("00000000-0000-7000-8000-000000000000")
	id[15] = byte(n)
	return id
}

// Fill writes so many cases with an assessment each, and brings the statistics up to date. The rows
// stand alone: there are no applications, calls or enterprises to go with them, and the foreign keys
// that ask for those are gone afterwards. It is for databases that are thrown away.
func Fill(ctx context.Context, pool *pgxpool.Pool, cases int) error {
	if err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error { return fill(ctx, tx, cases) }); err != nil {
		return fmt.Errorf("fill in fictional cases: %w", err)
	}
	// Vacuum, so that indexes alone can answer.
	if err := database.Vacuum(ctx, pool, "case_file", "assessment"); err != nil {
		return fmt.Errorf("count the fictional cases: %w", err)
	}
	return nil
}

func fill(ctx context.Context, tx pgx.Tx, cases int) error {
	// An index that is built at once is built many times faster.
	indexes, err := dropIndexes(ctx, tx)
	if err != nil {
		return err
	}
	for _, alone := range []string{
		`DO $$ DECLARE c record; BEGIN
			FOR c IN SELECT conname, conrelid::regclass AS held FROM pg_constraint
				WHERE contype = 'f' AND conrelid IN ('case_file'::regclass, 'assessment'::regclass) LOOP
				EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', c.held, c.conname);
			END LOOP;
		END $$`,
		`ALTER TABLE assessment DISABLE TRIGGER USER`,
		`SELECT setseed(0.5)`,
	} {
		if _, err := tx.Exec(ctx, alone); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, insertCases(), cases, Now()); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `
		INSERT INTO assessment (id, case_id, round, assessor_id, assigned_at)
		SELECT gen_random_uuid(), id, 1, 'assessor-' || (row_number() OVER () % $1), received_at FROM case_file`, Assessors); err != nil {
		return err
	}
	for _, again := range append(indexes, `ALTER TABLE assessment ENABLE TRIGGER USER`) {
		if _, err := tx.Exec(ctx, again); err != nil {
			return err
		}
	}
	return nil
}

// dropIndexes drops the indexes of the cases that no constraint needs, and returns the statements
// that build them again.
func dropIndexes(ctx context.Context, tx pgx.Tx) ([]string, error) {
	rows, err := tx.Query(ctx, `SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
		WHERE i.indrelid = 'case_file'::regclass AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid)`)
	if err != nil {
		return nil, err
	}
	var names, build []string
	var name, definition string
	_, err = pgx.ForEachRow(rows, []any{&name, &definition}, func() error {
		names, build = append(names, name), append(build, definition)
		return nil
	})
	if err != nil {
		return nil, err
	}
	_, err = tx.Exec(ctx, "DROP INDEX "+strings.Join(names, ", "))
	return build, err
}

// insertCases numbers the cases in the order in which they came in. $1 is how many there are, and
// $2 the moment up to which things have happened. What is not drawn from the same random number has
// nothing to do with each other; officers come and go with the years.
func insertCases() string {
	return fmt.Sprintf(`
		WITH drawn AS (
			SELECT i, i::float8 / $1::integer AS age, i > $1::integer * 0.95 AS open, floor(random() * $1::integer / 5) AS enterprise,
				random() AS owner, random() AS kind, random() AS step, random() AS outcome, random() AS late, random() AS amount,
				random() AS due, random() AS event
			FROM generate_series(1, $1::integer) i
		), timed AS (
			SELECT *, $2::timestamptz - interval '3650 days' * (1 - age) AS received, least(floor(age * %d)::integer, %d) AS call
			FROM drawn
		)
		INSERT INTO case_file (id, number, application_id, reference, call_id, enterprise_id, enterprise_name, application_type,
			scheme_id, scheme_version, grant_year, step, outcome, owner_id, late, amount_applied_ore, amount_awarded_ore,
			received_at, call_closes_at, opened_at, closed_at, due_at, last_event_at)
		SELECT (lpad(to_hex(i), 8, '0') || '-0000-7000-8000-000000000000')::uuid, extract(year FROM received) || '/' || i, gen_random_uuid(),
			'SE-' || extract(year FROM received) || '-' || lpad(i::text, 7, '0'), ('00000000-0000-7000-8000-' || lpad(to_hex(call), 12, '0'))::uuid,
			md5(enterprise::text)::uuid,
			(ARRAY['Sykkelverkstedet', 'Ørjans', 'Ålesund', 'Æra', 'Grønn', 'Felles', 'Bydelens', 'Nordre', 'Tettstedets', 'Våre', 'Bruktikken',
				'Skogens', 'Havnas', 'Lille', 'Gamle', 'Unge'])[1 + enterprise::integer %% 16] || ' ' ||
				(ARRAY['kafé', 'snekkeri', 'gård', 'systue', 'hage', 'bakeri', 'vaskeri'])[1 + enterprise::integer %% 7] || ' ' || substr(md5(enterprise::text), 1, 6),
			(ARRAY['NEW_DEVELOPMENT', 'NEW_ORDINARY', 'CONTINUATION'])[1 + floor(kind * 3)::integer], 'fictional', '1',
			extract(year FROM received)::integer,
			CASE WHEN NOT open THEN 'CLOSED' ELSE (ARRAY['SCREENING', 'CLARIFICATION', 'ASSESSMENT', 'RECOMMENDATION', 'DECISION',
				'NOTIFICATION', 'APPEAL_PERIOD'])[1 + floor(step * 7)::integer] END,
			CASE WHEN open AND step < 5.0 / 7 THEN '' ELSE (ARRAY['APPROVED', 'REJECTED', 'REJECTED', 'DISMISSED', 'WITHDRAWN'])[1 + floor(outcome * 5)::integer] END,
			CASE WHEN open AND owner < 0.1 THEN NULL ELSE 'case-officer-' || (1 + floor(least(age * 0.7 + owner * 0.3, 0.999) * %d)::integer) END,
			late < 0.02, (10000000 + floor(power(amount, 4) * 490000000))::bigint, 0,
			received, received + interval '1 day', received, CASE WHEN open THEN NULL ELSE received + interval '200 days' * event END,
			CASE WHEN open AND due < 0.8 THEN $2::timestamptz + interval '75 days' * (due - 0.2) END,
			CASE WHEN open THEN received + ($2::timestamptz - received) * event ELSE received + interval '200 days' * event END
		FROM timed ORDER BY i`, Calls, Calls-1, Officers)
}
