package insight_test

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"saakorn/deploy/embedded/embeddedtest"
	"saakorn/services/platform/database"
	"saakorn/services/platform/database/plantest"
)

// many is how many lifecycles the plans are looked at with, each with three years.
const many = 100_000

// filled returns a database with many lifecycles that never were. They stand alone: there are no
// applications or calls to go with them.
func filled(t *testing.T) *pgxpool.Pool {
	t.Helper()
	pool, err := database.Open(t.Context(), embeddedtest.Postgres(t))
	must(t, err)
	t.Cleanup(pool.Close)
	must(t, database.Migrate(t.Context(), pool, slog.New(slog.DiscardHandler)))
	must(t, database.InTransaction(t.Context(), pool, func(tx pgx.Tx) error {
		for _, statement := range statements() {
			if _, err := tx.Exec(t.Context(), strings.ReplaceAll(statement, "MANY", "100000")); err != nil {
				return err
			}
		}
		return nil
	}))
	must(t, database.Vacuum(t.Context(), pool, "enterprise", "lifecycle", "award", "condition", "measure", "suspension", "task", "case_file",
		"signal", "report", "report_figures"))
	return pool
}

func statements() []string {
	return []string{
		`DO $$ DECLARE c record; BEGIN
			FOR c IN SELECT conname, conrelid::regclass AS held FROM pg_constraint
				WHERE contype = 'f' AND conrelid = ANY (ARRAY['lifecycle', 'award', 'condition', 'measure', 'suspension', 'task', 'case_file', 'signal', 'report', 'report_figures']::regclass[]) LOOP
				EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', c.held, c.conname);
			END LOOP;
		END $$`,
		`INSERT INTO enterprise (id, name, source, registered_at, bankrupt)
			SELECT md5('e' || i)::uuid, 'Virksomhet ' || i, 'fiktiv', now(), i % 500 = 0 FROM generate_series(1, MANY) i`,
		`INSERT INTO lifecycle (id, scheme_id, enterprise_id, opened_at)
			SELECT md5('l' || i)::uuid, 'fictional', md5('e' || i)::uuid, now() - i * interval '1 minute' FROM generate_series(1, MANY) i`,
		`INSERT INTO award (id, lifecycle_id, case_id, application_id, call_id, case_number, reference, decision_id, recommended_by, decided_by,
				enterprise_id, scheme_id, scheme_version, grant_year, year_number, application_type, amount_ore, committed_ore, state,
				offered_at, accept_by, accepted_at, accepted_by, spend_by)
			SELECT md5('a' || i || '/' || n)::uuid, md5('l' || i)::uuid, md5('c' || i || '/' || n)::uuid, gen_random_uuid(), md5('call')::uuid, '', '',
				md5('decision')::uuid, '', '', md5('e' || i)::uuid, 'fictional', '1', 2021 + n + i % 4, n, 'CONTINUATION', 50000000, 50000000,
				CASE WHEN i % 10 = 0 AND n = 3 THEN 'OFFERED' ELSE 'ACCEPTED' END, '2026-01-01', date '2026-01-01' + i % 300,
				'2026-01-10', 'x', '2026-12-31'
			FROM generate_series(1, MANY) i, generate_series(1, 3) n`,
		`INSERT INTO condition (id, award_id, ordinal, text, due_on, state, reason, settled_by, settled_at)
			SELECT md5('v' || i)::uuid, md5('a' || i || '/3')::uuid, 1, 'x', date '2026-01-01' + i % 1000, CASE WHEN i % 3 = 0 THEN 'MET' ELSE 'OPEN' END, 'x', 'x', now()
			FROM generate_series(1, MANY) i`,
		`INSERT INTO measure (id, award_id, kind, state, grounds, proposed_by, proposed_at, notified_at, comment_by, reasons, recommended_by, decided_by, decided_at)
			SELECT md5('m' || i)::uuid, md5('a' || i || '/3')::uuid, 'SUSPENSION', CASE WHEN i % 200 = 0 THEN 'NOTIFIED' ELSE 'DECIDED' END, 'x', 'a', '2026-01-01', now(),
				date '2026-01-01' + i % 300, 'x', 'a', CASE WHEN i % 200 = 0 THEN NULL ELSE 'b' END, CASE WHEN i % 200 = 0 THEN NULL ELSE now() END
			FROM generate_series(20, MANY, 20) i`,
		`INSERT INTO suspension (id, award_id, measure_id, reason, starts_at, prepared_by, decided_by, lifted_at, lifted_by, lift_prepared_by, lift_reason)
			SELECT md5('s' || i)::uuid, md5('a' || i || '/3')::uuid, md5('m' || i)::uuid, 'x', now(), 'a', 'b',
				CASE WHEN i % 100 = 0 THEN NULL ELSE now() END, CASE WHEN i % 100 = 0 THEN NULL ELSE 'b' END, 'a', 'x'
			FROM generate_series(20, MANY, 20) i`,
		`INSERT INTO task (id, dedup_key, kind, lifecycle_id, role, owner_id, state, due_on, raised_by, raised_at, settled_at)
			SELECT md5('t' || i)::uuid, i::text, 'BY_HAND', md5('l' || i)::uuid, 'ROLE_CASE_OFFICER', 'case-officer-' || i % 30,
				CASE WHEN i % 4 = 0 THEN 'OPEN' ELSE 'DONE' END, date '2026-01-01' + i % 1000, 'x', now(), CASE WHEN i % 4 = 0 THEN NULL ELSE now() END
			FROM generate_series(1, MANY) i`,
		`INSERT INTO case_file (id, number, application_id, reference, call_id, enterprise_id, enterprise_name, application_type, scheme_id, scheme_version,
				grant_year, step, late, amount_applied_ore, received_at, call_closes_at, opened_at, decided_at, last_event_at)
			SELECT md5('c' || i || '/' || n)::uuid, i || '/' || n, gen_random_uuid(), '', gen_random_uuid(), md5('e' || i)::uuid, 'x', 'CONTINUATION', 'fictional', '1',
				2021 + n + i % 4, 'CLOSED', false, 1, '2025-10-01', '2025-11-01', '2025-10-01', timestamptz '2025-11-01' + i % 90 * interval '1 day', '2025-12-01'
			FROM generate_series(1, MANY) i, generate_series(3, 3) n`,
		`INSERT INTO signal (id, lifecycle_id, enterprise_id, scheme_id, kind, basis, state, raised_at, note, settled_at)
			SELECT md5('g' || i)::uuid, md5('l' || i)::uuid, md5('e' || i)::uuid, 'fictional', 'RUNWAY', 'x', CASE WHEN i % 200 = 0 THEN 'OPEN' ELSE 'TALKED' END,
				now(), 'x', CASE WHEN i % 200 = 0 THEN NULL ELSE now() END
			FROM generate_series(1, MANY, 2) i`,
		`INSERT INTO report_figures (report_id, lifecycle_id, enterprise_id, scheme_id, kind, grant_year, business_model, revenue_ore, earned_share_bp,
				grant_dependence_bp, public_dependence_bp, approved)
			SELECT md5('r' || i || '/' || n)::uuid, md5('l' || i)::uuid, md5('e' || i)::uuid, 'fictional', 'FINAL', 2021 + n + i % 4,
				CASE WHEN i % 2 = 0 THEN 'CUSTOMERS' ELSE 'PUBLIC_PAYERS' END, i, i % 10000, i % 10000, i % 10000, true
			FROM generate_series(1, MANY) i, generate_series(1, 3) n`,
	}
}

func TestAmongManyLifecyclesNoQuestionReadsMoreThanItsAnswer(t *testing.T) {
	pool := filled(t)
	const year = many * 3 / 4 // lifecycles have three of six years each, so no year has more than this
	for name, tt := range map[string]struct {
		query  string
		values []any
		most   float64
	}{
		"a page of a year":            {"listPortfolio", []any{"fictional", 2024, 0, 1000, -1, uuid.Nil, []string{}, 51}, 500},
		"a page of third years":       {"listPortfolio", []any{"fictional", 2024, 3, 3, -1, uuid.Nil, []string{}, 51}, 500},
		"offered ones":                {"listPortfolio", []any{"fictional", 2026, 0, 1000, -1, uuid.Nil, []string{"OFFERED"}, 51}, year},
		"how many are in which year":  {"countPortfolio", []any{"fictional", 2024}, year},
		"what those who go on have":   {"sumGoingOn", []any{"fictional", 2024}, year},
		"the last year":               {"getLastYear", []any{"fictional"}, 5},
		"due this month":              {"listDue", []any{"fictional", "2026-06-01", "2026-06-01", "2026-06-30", "", uuid.Nil, 51}, 5000},
		"due this month, a next page": {"listDue", []any{"fictional", "2026-06-01", "2026-06-15", "2026-06-30", "TASK", uuid.Max, 51}, 5000},
		"a page of timelines":         {"listTimelines", timelines(nil), 1000},
		"timelines of a year":         {"listTimelines", timelines(map[int]any{4: true, 5: 2024}), 2000},
		"timelines of a next page":    {"listTimelines", timelines(map[int]any{1: "Virksomhet 5", 2: uuid.Max}), 1000},
		"timelines at risk":           {"listTimelines", timelines(map[int]any{9: true}), many},
		"results of a year":           {"groupFigures", []any{"fictional", 2024, 2024}, year},
		"decisions of a year":         {"measureDecisions", []any{"fictional", 2024, 2024}, year},
	} {
		t.Run(name, func(t *testing.T) {
			plantest.AtMost(t, pool, tt.most, tt.query, tt.values...)
		})
	}
	t.Run("who is at risk", func(t *testing.T) {
		// As many as there are reasons, and the lifecycles that have them.
		plantest.AtMost(t, pool, 6*many, "listAtRisk", "2026-06-01", "fictional", uuid.Nil, 51)
	})
}

// timelines are the values of a page of timelines with some of them changed, by place.
func timelines(changed map[int]any) []any {
	values := []any{"fictional", "", uuid.Nil, "", false, 0, 0, "", "", false, "2026-06-01", 51}
	for i, value := range changed {
		values[i] = value
	}
	return values
}
