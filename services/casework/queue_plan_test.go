package casework

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"saakorn/deploy/embedded/embeddedtest"
	"saakorn/services/casework/fictional"
	"saakorn/services/platform/database"
	"saakorn/services/scheme"
)

// manyCases is how many cases the plans are looked at with: a million when SAAKORN_LARGE is set.
func manyCases() int {
	if os.Getenv("SAAKORN_LARGE") != "" {
		return 1_000_000
	}
	return 200_000
}

// filled returns a database with many fictional cases.
func filled(t *testing.T) *pgxpool.Pool {
	t.Helper()
	pool, err := database.Open(t.Context(), embeddedtest.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	if err := database.Migrate(t.Context(), pool, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	if err := fictional.Fill(t.Context(), pool, manyCases()); err != nil {
		t.Fatal(err)
	}
	return pool
}

// plan is a node of a plan with what it did.
type plan struct {
	NodeType  string  `json:"Node Type"`
	Relation  string  `json:"Relation Name"`
	Index     string  `json:"Index Name"`
	Rows      float64 `json:"Actual Rows"`
	Loops     float64 `json:"Actual Loops"`
	Filtered  float64 `json:"Rows Removed by Filter"`
	Rechecked float64 `json:"Rows Removed by Index Recheck"`
	Plans     []plan  `json:"Plans"`
	// took is how long all of it took, in milliseconds.
	took float64
}

// examined sums the rows that the scans of the plan looked at, also those that they passed over.
// Those of a bitmap count when they are read.
func (p plan) examined() float64 {
	sum := 0.0
	if strings.HasSuffix(p.NodeType, "Scan") && p.NodeType != "CTE Scan" && p.NodeType != "Subquery Scan" && p.NodeType != "Bitmap Index Scan" {
		sum = (p.Rows + p.Filtered + p.Rechecked) * p.Loops
	}
	for _, child := range p.Plans {
		sum += child.examined()
	}
	return sum
}

func (p plan) has(nodeType, relation string) bool {
	if p.NodeType == nodeType && p.Relation == relation {
		return true
	}
	for _, child := range p.Plans {
		if child.has(nodeType, relation) {
			return true
		}
	}
	return false
}

func (p plan) String() string {
	text := fmt.Sprintf("%s %s %s rows %.0f filtered %.0f loops %.0f", p.NodeType, p.Relation, p.Index, p.Rows, p.Filtered+p.Rechecked, p.Loops)
	for _, child := range p.Plans {
		text += "\n  " + strings.ReplaceAll(child.String(), "\n", "\n  ")
	}
	return text
}

// explain carries out the statement, after the one before it, and returns how.
func explain(t *testing.T, pool *pgxpool.Pool, before, text string, values ...any) plan {
	t.Helper()
	var answer []byte
	args := append([]any{pgx.QueryExecModeDescribeExec}, values...)
	err := database.InTransaction(t.Context(), pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), before); err != nil {
			return err
		}
		return tx.QueryRow(t.Context(), "EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) "+text, args...).Scan(&answer)
	})
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	var plans []struct {
		Plan plan
		Took float64 `json:"Execution Time"`
	}
	if err := json.Unmarshal(answer, &plans); err != nil {
		t.Fatal(err)
	}
	p := plans[0].Plan
	p.took = plans[0].Took
	return p
}

// questions are filters as people use them, and ones that are as hard as can be: those that let
// through cases which lie together at the wrong end of an order.
func questions() map[string]Filter {
	old, newest := fictional.CallID(2), fictional.CallID(fictional.Calls-1)
	enterprise := uuid.MustParse("00000000-0000-0000-0000-000000000001")
	late, low, high := true, int64(49_000_000_0), int64(50_000_000_0)
	return map[string]Filter{
		"everything":                      {},
		"open":                            {Open: true},
		"waiting for a decision":          {Steps: []Step{Deciding}},
		"with an officer":                 {Steps: []Step{Clarification, Recommending}},
		"closed":                          {Steps: []Step{Closed}},
		"an old call":                     {CallID: &old},
		"the newest call":                 {CallID: &newest},
		"open in the newest call":         {CallID: &newest, Open: true},
		"open in an old call":             {CallID: &old, Open: true},
		"unowned in the newest call":      {CallID: &newest, Unowned: true, Open: true},
		"an enterprise, newest call":      {CallID: &newest, EnterpriseID: &enterprise, Open: true},
		"mine":                            {OwnerID: "case-officer-12", Open: true},
		"everything of somebody who left": {OwnerID: "case-officer-1"},
		"nobody's":                        {Unowned: true},
		"those I assess":                  {AssessorID: "assessor-7"},
		"open ones I assess":              {AssessorID: "assessor-7", Open: true},
		"approved":                        {Outcomes: []Outcome{Approved}},
		"rejected or dismissed":           {Outcomes: []Outcome{Rejected, Dismissed}},
		"continuations":                   {Types: []scheme.ApplicationTypeKey{scheme.Continuation}},
		"a year":                          {GrantYear: fictional.LastYear - 7},
		"late":                            {Late: &late},
		"late in a year":                  {Late: &late, GrantYear: fictional.LastYear - 7},
		"large amounts":                   {MinAmountOre: &low, MaxAmountOre: &high},
		"received in a week":              {ReceivedFrom: fictional.Now().AddDate(-5, 0, 0), ReceivedBefore: fictional.Now().AddDate(-5, 0, 7)},
		"an enterprise":                   {EnterpriseID: &enterprise},
		"a number":                        {Words: []string{"2019/5000"}},
		"a part of a name":                {Words: []string{"snekkeri", "c81e72"}},
		"a name that many have":           {Words: []string{"ørjans"}},
		"no such name":                    {Words: []string{"fantasifoster"}},
		"stalled":                         {StalledSince: fictional.Now().AddDate(0, 0, -120)},
		"stalled by their scheme":         {Stalled: fictionalStalled()},
		"mine and whose I stand in for":   {OwnerID: "case-officer-12", StandsInFor: []string{"case-officer-29"}, Open: true},
		"those with a next step":          {NextSteps: []NextStep{NextScreen}},
		"candidates of an old call":       {CallID: &old, Outcomes: []Outcome{"", Approved, PartiallyApproved}},
		"overdue":                         {DueBefore: fictional.Now()},
		"overdue and mine":                {DueBefore: fictional.Now(), OwnerID: "case-officer-29"},
	}
}

// fictionalStalled says when the last event of a fictional case must have been for it to be stalled.
func fictionalStalled() Stalled {
	return Stalled{
		SchemeIDs: []string{"fictional", "another"}, Versions: []string{"1", "1"},
		Since: []time.Time{fictional.Now().AddDate(0, 0, -120), fictional.Now().AddDate(0, 0, -150)},
	}
}

// bound is how many rows a page may examine: an eighth of the cases at the very most, which is more
// than any person, call or year has.
func bound() float64 { return float64(manyCases()) / 8 }

// TestAmongManyCases asks one database, because filling it takes most of the time.
func TestAmongManyCases(t *testing.T) {
	pool := filled(t)
	for name, holds := range map[string]func(*testing.T, *pgxpool.Pool){
		"no search reads all cases":                   noSearchReadsAllCases,
		"counting stops":                              countingStops,
		"the next page costs no more than the first":  theNextPageCostsNoMoreThanTheFirst,
		"the workload reads open cases only":          workloadReadsOpenCasesOnly,
		"what is stranded is found by whose it is":    strandedIsFoundByWhoseItIs,
		"spreads read the cases asked for":            spreadsReadTheCasesAskedFor,
		"pages join to the whole list":                pagesJoinToTheWholeList,
		"counts are exact or say that there are more": countsAreExactOrSayThatThereAreMore,
	} {
		t.Run(name, func(t *testing.T) { holds(t, pool) })
	}
}

func noSearchReadsAllCases(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	for name, filter := range questions() {
		for _, sorting := range []Sorting{ByReceived, ByDue, ByAmount, ByName, ByLastEvent} {
			for _, descending := range []bool{false, true} {
				x := Search{Filter: filter, Sorting: sorting, Descending: descending, Limit: 51}
				text, values := x.sql("id")
				p := explain(t, pool, "", text, values...)
				t.Logf("%-32s %-16s %-5v %8.0f %8.1f ms", name, sorting, descending, p.examined(), p.took)
				if p.has("Seq Scan", "case_file") || p.examined() > bound() {
					t.Errorf("%s by %s (descending: %v) examines %.0f rows:\n%s", name, sorting, descending, p.examined(), p)
				}
			}
		}
	}
}

func countingStops(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	for name, filter := range questions() {
		for what, limit := range map[string]int{"all": countAll + 1, "part": countPart + 1} {
			text, values := filter.some("step, owner_id", limit)
			p := explain(t, pool, byIndex, text, values...)
			t.Logf("%-32s %-5s %8.0f", name, what, p.examined())
			if p.has("Seq Scan", "case_file") || p.examined() > 10*countAll {
				t.Errorf("%s: counting %s examines %.0f rows:\n%s", name, what, p.examined(), p)
			}
		}
	}
}

func theNextPageCostsNoMoreThanTheFirst(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	store := NewStore(pool)
	middle, err := store.Search(t.Context(), pool, Search{Filter: Filter{ReceivedFrom: fictional.Now().AddDate(-5, 0, 0)}, Limit: 1})
	if err != nil || len(middle) != 1 {
		t.Fatalf("%d cases: %v", len(middle), err)
	}
	for _, sorting := range []Sorting{ByReceived, ByDue, ByAmount, ByName, ByLastEvent} {
		for _, descending := range []bool{false, true} {
			x := Search{Sorting: sorting, Descending: descending, Limit: 51}
			at := x.PositionOf(middle[0])
			x.After = &at
			text, values := x.sql("id")
			if p := explain(t, pool, "", text, values...); p.examined() > 2*float64(x.Limit) {
				t.Errorf("by %s (descending: %v) the next page examines %.0f rows:\n%s", sorting, descending, p.examined(), p)
			}
		}
	}
}

func workloadReadsOpenCasesOnly(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	p := explain(t, pool, "", `SELECT (CASE WHEN c.id = ANY ($6::uuid[]) THEN '' ELSE coalesce(c.owner_id, '') END)::text AS owner_id, c.step,
		count(*), min(c.received_at), count(*) FILTER (WHERE c.due_at >= $1 AND c.due_at < $2), count(*) FILTER (WHERE c.due_at < $1),
		count(*) FILTER (WHERE c.last_event_at <= r.since)
		FROM case_file c LEFT JOIN (SELECT unnest($3::text[]) AS scheme_id, unnest($4::text[]) AS scheme_version, unnest($5::timestamptz[]) AS since) r
			ON r.scheme_id = c.scheme_id AND r.scheme_version = c.scheme_version
		WHERE c.step <> 'CLOSED' GROUP BY 1, c.step`, fictional.Now(), endOfWeek(fictional.Now()),
		fictionalStalled().SchemeIDs, fictionalStalled().Versions, fictionalStalled().Since, []uuid.UUID{})
	if p.has("Seq Scan", "case_file") || p.examined() > float64(manyCases())/10 {
		t.Errorf("the workload examines %.0f rows:\n%s", p.examined(), p)
	}
}

// statementOf returns the statement of a query as sqlc has it, for EXPLAIN.
func statementOf(t *testing.T, name string) string {
	t.Helper()
	source, err := os.ReadFile("db/queries.sql.go")
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(source), "= `-- name: "+name+" ")
	if !found {
		t.Fatalf("there is no query %s", name)
	}
	statement, _, _ := strings.Cut(after, "`")
	_, statement, _ = strings.Cut(statement, "\n")
	return statement
}

func strandedIsFoundByWhoseItIs(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	p := explain(t, pool, "", statementOf(t, "ListStranded"), []string{"case-officer-12"}, []string{"case-officer-29"})
	if p.has("Seq Scan", "case_file") || p.has("Seq Scan", "assessment") || p.examined() > bound() {
		t.Errorf("what is stranded examines %.0f rows:\n%s", p.examined(), p)
	}
}

func spreadsReadTheCasesAskedFor(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	page, err := NewStore(pool).Search(t.Context(), pool, Search{Filter: Filter{Open: true}, Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	p := explain(t, pool, "", statementOf(t, "ListCriterionSpreads"), idsOf(page))
	if p.has("Seq Scan", "case_file") || p.has("Seq Scan", "assessment") || p.examined() > 10*float64(len(page)) {
		t.Errorf("the spreads examine %.0f rows:\n%s", p.examined(), p)
	}
}

func TestWeekEndsOnSundayInNorway(t *testing.T) {
	end := time.Date(2026, time.October, 25, 23, 0, 0, 0, time.UTC) // clocks go back that night
	for _, day := range []int{19, 22, 25} {
		if got := endOfWeek(time.Date(2026, time.October, day, 12, 0, 0, 0, time.UTC)); !got.Equal(end) {
			t.Errorf("on the %d the week ends at %v", day, got)
		}
	}
}

// pagesJoinToTheWholeList walks every order in both directions, with and without gathering first.
func pagesJoinToTheWholeList(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	store := NewStore(pool)
	week := Filter{ReceivedFrom: fictional.Now().AddDate(0, -5, 0), ReceivedBefore: fictional.Now().AddDate(0, -5, 3)}
	for _, sorting := range []Sorting{ByReceived, ByDue, ByAmount, ByName, ByLastEvent} {
		for _, descending := range []bool{false, true} {
			x := Search{Filter: week, Sorting: sorting, Descending: descending, Limit: 1000}
			whole, err := store.Search(t.Context(), pool, x)
			if err != nil {
				t.Fatal(err)
			}
			if len(whole) < 50 || len(whole) == x.Limit {
				t.Fatalf("%d cases are no test of pages", len(whole))
			}
			var walked []Case
			for x.Limit = 17; ; {
				cases, err := store.Search(t.Context(), pool, x)
				if err != nil {
					t.Fatal(err)
				}
				if len(cases) == 0 {
					break
				}
				walked = append(walked, cases...)
				at := x.PositionOf(cases[len(cases)-1])
				x.After = &at
			}
			if diff := cmp.Diff(idsOf(whole), idsOf(walked)); diff != "" {
				t.Errorf("by %s (descending: %v): %s", sorting, descending, diff)
			}
			if !slices.IsSortedFunc(whole, func(a, b Case) int { return compare(x, a, b) }) {
				t.Errorf("by %s (descending: %v) the cases are out of order", sorting, descending)
			}
		}
	}
}

func idsOf(cases []Case) []uuid.UUID {
	ids := make([]uuid.UUID, 0, len(cases))
	for _, c := range cases {
		ids = append(ids, c.ID)
	}
	return ids
}

// compare is what the database should do, said in Go.
func compare(x Search, a, b Case) int {
	due := func(c Case) time.Time {
		if c.DueAt == nil {
			return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
		}
		return *c.DueAt
	}
	norwegian := func(name string) string {
		return strings.NewReplacer("æ", "{", "ø", "|", "å", "}").Replace(strings.ToLower(name))
	}
	order := map[Sorting]int{
		ByReceived: a.ReceivedAt.Compare(b.ReceivedAt), ByDue: due(a).Compare(due(b)), ByLastEvent: a.LastEventAt.Compare(b.LastEventAt),
		ByAmount: int(a.AmountAppliedOre - b.AmountAppliedOre), ByName: strings.Compare(norwegian(a.EnterpriseName), norwegian(b.EnterpriseName)),
	}[x.Sorting]
	if x.Descending {
		return -order
	}
	return order
}

func countsAreExactOrSayThatThereAreMore(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	store := NewStore(pool)
	all, err := store.Count(t.Context(), Filter{})
	if err != nil {
		t.Fatal(err)
	}
	if all.Total != (Tally{countAll, true}) || all.Steps[Closed] != (Tally{countPart, true}) || len(all.Steps) != 8 || len(all.Owners) != 0 {
		t.Errorf("of everything: %v", all)
	}
	open, err := store.Count(t.Context(), Filter{Open: true})
	if err != nil {
		t.Fatal(err)
	}
	if manyCases()/20 > countAll && (!open.Total.More || len(open.Steps) != 7 || open.Owners[""] != (Tally{countPart, true})) {
		t.Errorf("of the open ones: %v", open)
	}
	for name, filter := range map[string]Filter{"a week": questions()["received in a week"], "nobody's": {Unowned: true}} {
		counts, err := store.Count(t.Context(), filter)
		if err != nil {
			t.Fatal(err)
		}
		cases, err := store.Search(t.Context(), pool, Search{Filter: filter, Limit: countAll})
		if err != nil {
			t.Fatal(err)
		}
		byStep := map[Step]Tally{}
		for _, c := range cases {
			byStep[c.Step] = Tally{Number: byStep[c.Step].Number + 1}
		}
		if diff := cmp.Diff(byStep, counts.Steps); diff != "" || counts.Total != (Tally{Number: len(cases)}) {
			t.Errorf("%s: %v %s", name, counts.Total, diff)
		}
	}
}

func TestAPositionBelongsToItsOrder(t *testing.T) {
	for _, test := range []struct {
		sorting Sorting
		key     string
		want    bool
	}{
		{ByReceived, "2026-01-01T00:00:00.123456Z", true},
		{"", "2026-01-01T00:00:00Z", true},
		{ByReceived, "infinity", false},
		{ByDue, "infinity", true},
		{ByDue, "'; DROP TABLE case_file", false},
		{ByAmount, "100", true},
		{ByAmount, "9223372036854775808", false},
		{ByLastEvent, "100", false},
		{ByName, "Ørjans '; DROP TABLE case_file", true},
	} {
		if got := (Search{Sorting: test.sorting}).Fits(Position{Key: test.key}); got != test.want {
			t.Errorf("%q in the order by %s: %v", test.key, test.sorting, got)
		}
	}
}
