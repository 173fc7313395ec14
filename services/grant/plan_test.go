package grant_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"saakorn/services/installation/installationtest"
	"saakorn/services/platform/database"
	"saakorn/services/platform/database/plantest"
)

// manyLifecycles fills the tables with a hundred thousand lifecycles under two schemes, each with two awards
// and four tasks, of which one is open.
func manyLifecycles() []string {
	return []string{
		`INSERT INTO lifecycle (id, scheme_id, enterprise_id, opened_at)
			SELECT md5('l' || i)::uuid, CASE WHEN i % 1000 = 0 THEN 'small' ELSE 'large' END, md5('e' || i)::uuid, timestamptz '2019-01-01' + i * interval '1 minute'
			FROM generate_series(1, 100000) i`,
		`INSERT INTO award (id, lifecycle_id, case_id, application_id, call_id, case_number, reference, decision_id, recommended_by, decided_by,
				enterprise_id, scheme_id, scheme_version, grant_year, year_number, application_type, amount_ore, committed_ore, state,
				offered_at, accept_by, accepted_at, accepted_by, spend_by)
			SELECT md5('a' || i || '/' || n)::uuid, md5('l' || i)::uuid, md5('c' || i || '/' || n)::uuid, gen_random_uuid(), md5('call')::uuid, '', 'x',
				md5('decision')::uuid, '', 'x', md5('e' || i)::uuid, 'large', '1', n + 2018, n, 'CONTINUATION', 50, 50, 'ACCEPTED', '2019-01-01', '2019-02-01',
				'2019-01-10', 'x', '2019-12-31'
			FROM generate_series(1, 100000) i, generate_series(1, 2) n`,
		`INSERT INTO condition (id, award_id, ordinal, text) SELECT gen_random_uuid(), md5('a' || i || '/1')::uuid, 1, 'x' FROM generate_series(1, 100000) i`,
		`INSERT INTO measure (id, award_id, kind, state, grounds, proposed_by, proposed_at)
			SELECT md5('m' || i)::uuid, md5('a' || i || '/1')::uuid, 'STOP', 'PROPOSED', 'x', 'a', now() FROM generate_series(1, 100000, 5) i`,
		`INSERT INTO measure_appeal (id, measure_id, grounds, change_wanted, late, submitted_by, received_at)
			SELECT gen_random_uuid(), md5('m' || i)::uuid, 'x', 'x', false, 'a', now() FROM generate_series(1, 100000, 5) i`,
		`INSERT INTO suspension (id, award_id, measure_id, reason, starts_at, prepared_by, decided_by)
			SELECT gen_random_uuid(), md5('a' || i || '/1')::uuid, md5('m' || i)::uuid, 'x', now(), 'a', 'b' FROM generate_series(1, 100000, 5) i`,
		`INSERT INTO change_request (id, award_id, kind, grounds, contact_name, submitted_by, submitted_at)
			SELECT gen_random_uuid(), md5('a' || i || '/1')::uuid, 'CONTACT', 'x', 'x', 'a', now() FROM generate_series(1, 100000, 5) i`,
		`INSERT INTO task (id, dedup_key, kind, lifecycle_id, role, owner_id, state, due_on, raised_by, raised_at, settled_at)
			SELECT gen_random_uuid(), i || '/' || n, 'BY_HAND', md5('l' || i)::uuid, CASE WHEN i % 10 = 0 THEN 'ROLE_DECISION_MAKER' ELSE 'ROLE_CASE_OFFICER' END,
				CASE WHEN i % 2 = 0 THEN NULL ELSE 'case-officer-' || i % 31 END, CASE WHEN n = 1 THEN 'OPEN' ELSE 'DONE' END,
				CASE WHEN i % 7 = 0 THEN NULL ELSE date '2019-01-01' + i % 300 END, 'x', now(), CASE WHEN n = 1 THEN NULL ELSE now() END
			FROM generate_series(1, 100000) i, generate_series(1, 4) n`,
	}
}

func TestAmongManyLifecyclesNoListReadsMoreThanItsAnswer(t *testing.T) {
	pool, err := database.Open(t.Context(), installationtest.Database(t))
	must(t, err)
	t.Cleanup(pool.Close)
	plantest.Fill(t, pool, manyLifecycles(), "lifecycle", "award", "condition", "measure", "measure_appeal", "suspension", "change_request", "task")
	var lifecycle, award, enterprise uuid.UUID
	must(t, pool.QueryRow(t.Context(), `SELECT md5('l701')::uuid, md5('a701/1')::uuid, md5('e701')::uuid`).Scan(&lifecycle, &award, &enterprise))
	at := time.Date(2019, 3, 1, 0, 0, 0, 0, time.UTC)
	const page, few = 51, 10
	const theirs = 2000 // nobody has more open tasks than that; they are sorted
	first, last := "0001-01-01", "9999-12-31"
	for name, tt := range map[string]struct {
		query  string
		most   float64
		values []any
	}{
		"lifecycles":                    {"listLifecycles", page, []any{at, uuid.Max, nil, page}},
		"lifecycles of a scheme":        {"listLifecycles", page, []any{at, uuid.Max, "large", page}},
		"lifecycles of a small scheme":  {"listLifecycles", page, []any{at, uuid.Max, "small", page}},
		"lifecycles of an enterprise":   {"listLifecyclesOf", few, []any{[]uuid.UUID{enterprise}, at.AddDate(1, 0, 0), uuid.Max, nil, page}},
		"conditions":                    {"listConditions", few, []any{award}},
		"measures":                      {"listMeasures", few, []any{award}},
		"appeals of measures":           {"listMeasureAppeals", few, []any{award}},
		"suspensions":                   {"listSuspensions", few, []any{award}},
		"changes asked for":             {"listChanges", few, []any{award}},
		"enterprises of lifecycles":     {"listLifecycleEnterprises", few, []any{[]uuid.UUID{lifecycle}}},
		"tasks":                         {"listOpenTasks", page, []any{first, uuid.Nil, last, page}},
		"tasks of a next page":          {"listOpenTasks", page, []any{"2019-06-01", uuid.Max, last, page}},
		"tasks of somebody":             {"listTasksOfOwners", theirs, []any{[]string{"case-officer-7"}, first, uuid.Nil, last, page}},
		"tasks of several people":       {"listTasksOfOwners", 2 * theirs, []any{[]string{"case-officer-7", "case-officer-8"}, first, uuid.Nil, last, page}},
		"tasks of nobody":               {"listUnownedTasks", page, []any{[]string{}, first, uuid.Nil, last, page}},
		"tasks of nobody with the role": {"listUnownedTasks", 10 * page, []any{[]string{"ROLE_DECISION_MAKER"}, first, uuid.Nil, last, page}},
		"tasks of a lifecycle":          {"listTasksOfLifecycle", few, []any{lifecycle, first, uuid.Nil, last, page}},
		"tasks that were raised":        {"listTasksRaised", few, []any{lifecycle}},
	} {
		t.Run(name, func(t *testing.T) { plantest.AtMost(t, pool, tt.most, tt.query, tt.values...) })
	}
}
