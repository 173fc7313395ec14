package followup_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"saakorn/services/installation/installationtest"
	"saakorn/services/platform/database"
	"saakorn/services/platform/database/plantest"
)

// manyFollowed fills the tables with what was done about fifty thousand lifecycles.
func manyFollowed() []string {
	return []string{
		`INSERT INTO checkin_plan (id, lifecycle_id, grant_year, risk, decided_by, decided_at)
			SELECT gen_random_uuid(), md5('l' || i)::uuid, 2018 + n, 'LOW', 'a', now() FROM generate_series(1, 50000) i, generate_series(1, 3) n`,
		`INSERT INTO checkin (id, lifecycle_id, enterprise_id, grant_year, planned_on, state, held_on, channel, settled_at, created_at)
			SELECT gen_random_uuid(), md5('l' || i)::uuid, md5('e' || i)::uuid, 2019, date '2019-01-01' + (i + n) % 700, CASE n WHEN 1 THEN 'PLANNED' ELSE 'HELD' END,
				CASE n WHEN 1 THEN NULL ELSE date '2019-03-01' END, 'PHONE', CASE n WHEN 1 THEN NULL ELSE now() END, now()
			FROM generate_series(1, 50000) i, generate_series(1, 3) n`,
		`INSERT INTO action_point (id, lifecycle_id, text, due_on, created_by, created_at)
			SELECT gen_random_uuid(), md5('l' || i)::uuid, 'x', '2019-05-01', 'a', now() FROM generate_series(1, 50000) i, generate_series(1, 2) n`,
		`INSERT INTO sustainability_assessment (id, lifecycle_id, grant_year)
			SELECT gen_random_uuid(), md5('l' || i)::uuid, 2018 + n FROM generate_series(1, 50000) i, generate_series(1, 2) n`,
		`INSERT INTO signal (id, lifecycle_id, enterprise_id, scheme_id, kind, basis, state, raised_at, note, settled_at)
			SELECT gen_random_uuid(), md5('l' || i)::uuid, md5('e' || i)::uuid, 's', 'RUNWAY', n::text, CASE WHEN i % 20 = 0 THEN 'OPEN' ELSE 'TALKED' END, now(), 'x',
				CASE WHEN i % 20 = 0 THEN NULL ELSE now() END
			FROM generate_series(1, 50000) i, generate_series(1, 2) n`,
		`INSERT INTO competence_need (id, lifecycle_id, enterprise_id, scheme_id, topic, description, created_by, created_at)
			SELECT gen_random_uuid(), md5('l' || i)::uuid, md5('e' || i)::uuid, 's', 'x', 'x', 'a', now() FROM generate_series(1, 50000) i`,
		`INSERT INTO after_question (id, lifecycle_id, enterprise_id, scheme_id, months, due_on, state, still_running, answered_at)
			SELECT gen_random_uuid(), md5('l' || i)::uuid, md5('e' || i)::uuid, 's' || i % 20, n * 12, '2024-01-01', CASE WHEN i % 3 = 0 THEN 'PLANNED' ELSE 'ANSWERED' END,
				true, CASE WHEN i % 3 = 0 THEN NULL ELSE now() END
			FROM generate_series(1, 50000) i, generate_series(1, 3) n`,
		`INSERT INTO good_example (id, lifecycle_id, enterprise_id, scheme_id, report_id, content, state, drafted_by, drafted_at, consented_at, published_at, search)
			SELECT md5('g' || i)::uuid, md5('l' || i)::uuid, md5('e' || i)::uuid, 's', gen_random_uuid(), '{}', 'PUBLISHED', 'a', timestamptz '2018-12-01', now(),
				timestamptz '2019-01-01' + i * interval '1 minute', to_tsvector('norwegian', CASE WHEN i % 2000 = 0 THEN 'systue' ELSE 'kafe' END)
			FROM generate_series(1, 50000) i`,
		`INSERT INTO example_adoption (example_id, person_id, place, adopted_at)
			SELECT md5('g' || i)::uuid, 'p' || n, 'x', now() FROM generate_series(1, 50000) i, generate_series(1, 2) n`,
	}
}

func TestAmongManyFollowedNoQuestionReadsMoreThanItsAnswer(t *testing.T) {
	pool, err := database.Open(t.Context(), installationtest.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	plantest.Fill(t, pool, manyFollowed(), "checkin_plan", "checkin", "action_point", "sustainability_assessment", "signal", "competence_need",
		"after_question", "good_example", "example_adoption")
	var lifecycle uuid.UUID
	if err := pool.QueryRow(t.Context(), `SELECT md5('l700')::uuid`).Scan(&lifecycle); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2019, 2, 1, 0, 0, 0, 0, time.UTC)
	const page, few = 51, 10
	for name, tt := range map[string]struct {
		query  string
		most   float64
		values []any
	}{
		// A twentieth of the lifecycles belong to the scheme, each with three questions.
		"what became of those who left":   {"summariseAfter", 7500, []any{"s7"}},
		"what an enterprise is asked":     {"listAfterQuestions", few, []any{lifecycle}},
		"plans":                           {"listPlans", few, []any{lifecycle}},
		"check-ins":                       {"listCheckins", few, []any{lifecycle}},
		"check-ins of a month":            {"listPlannedCheckins", page, []any{"2019-03-01", "2019-03-31", "2019-03-01", uuid.Nil, page}},
		"action points":                   {"listActionPoints", few, []any{lifecycle}},
		"assessments":                     {"listAssessments", few, []any{lifecycle}},
		"signals":                         {"listSignals", few, []any{lifecycle}},
		"a page of those who have one":    {"listSignalled", 2*page + 1, []any{"s", uuid.Nil, page}},
		"needs":                           {"listNeeds", few, []any{lifecycle}},
		"examples with who has used them": {"listExamples", 4 * page, []any{"", at, uuid.Max, page}},
		"examples with a word":            {"listExamples", 4 * page, []any{"systue", at.AddDate(1, 0, 0), uuid.Max, page}},
		"examples of an enterprise":       {"listLifecycleExamples", few, []any{lifecycle}},
	} {
		t.Run(name, func(t *testing.T) { plantest.AtMost(t, pool, tt.most, tt.query, tt.values...) })
	}
}
