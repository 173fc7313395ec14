package application

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"saakorn/deploy/embedded/embeddedtest"
	"saakorn/services/application/fictional"
	"saakorn/services/platform/database"
)

func TestWordsAreChosenByHowMuchTheyTell(t *testing.T) {
	for name, test := range map[string]struct {
		terms     []term
		documents float64
		want      []string
		together  bool
	}{
		"nothing written": {nil, 1000, nil, true},
		"the rare first": {
			[]term{{"unge", 1, 0.3}, {"sykkel", 1, 0.01}, {"vev", 1, 0.0001}}, 1000, []string{"vev", "sykkel", "unge"}, false,
		},
		"the common left out when it finds too many": {
			[]term{{"unge", 1, 0.3}, {"sykkel", 1, 0.001}, {"vev", 1, 0.0001}}, 1_000_000, []string{"vev", "sykkel"}, false,
		},
		"a rare word after a common one still fits": {
			[]term{{"unge", 50, 0.3}, {"vev", 1, 0.0009}}, 1_000_000, []string{"vev"}, false,
		},
		"all too common are looked for together": {
			[]term{{"unge", 1, 0.3}, {"sykkel", 1, 0.2}}, 1_000_000, []string{"sykkel", "unge"}, true,
		},
		"much used tells more": {
			[]term{{"vev", 1, 0.01}, {"sykkel", 9, 0.01}}, 1000, []string{"sykkel", "vev"}, false,
		},
		"without statistics the use decides": {
			[]term{{"vev", 1, 0}, {"sykkel", 9, 0}}, 0, []string{"sykkel", "vev"}, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			chosen, together := choose(test.terms, test.documents)
			if together != test.together {
				t.Errorf("all together: %v", together)
			}
			for _, chosen := range chosen {
				got = append(got, chosen.lexeme)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOnlySoManyWordsAreLookedFor(t *testing.T) {
	var terms []term
	for i := range 100 {
		terms = append(terms, term{fmt.Sprint("ord", i), 1, 0.000001})
	}
	if got, _ := choose(terms, 1000); len(got) != maxTerms {
		t.Errorf("%d words", len(got))
	}
}

func TestPublicQueriesAskForPublicWeightsOnly(t *testing.T) {
	for query, want := range map[string]string{
		`'sykkel'`:                     `'sykkel':AB`,
		`'sykkel' & !'leie' | 'a b'`:   `'sykkel':AB & !'leie':AB | 'a b':AB`,
		`'rock''n''roll' <-> 'o''hoi'`: `'rock''n''roll':AB <-> 'o''hoi':AB`,
		``:                             ``,
	} {
		if got := onlyPublic(query); got != want {
			t.Errorf("%s becomes %s, want %s", query, got, want)
		}
	}
}

func TestShortenedTextsEndWithAWholeWord(t *testing.T) {
	for text, want := range map[string]string{
		"kort":                 "kort",
		"litt lenger enn så":   "litt lenger …",
		"enkeltordsomerlangt":  "enkeltordsome …",
		"ærlig, øvrig ålesund": "ærlig, øvrig …",
	} {
		if got := shorten(text, 13); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

func TestHighlightsAreTakenApart(t *testing.T) {
	got := highlights("Vi \x02reparerer\x03 \x02sykler\x03.\x04bare tekst\x04\x02Unge\x03")
	var texts []string
	for _, h := range got {
		var b strings.Builder
		for _, p := range h.GetParts() {
			fmt.Fprintf(&b, "[%s %v]", p.GetText(), p.GetMarked())
		}
		texts = append(texts, b.String())
	}
	want := []string{"[Vi  false][reparerer true][  false][sykler true][. false]", "[Unge true]"}
	if diff := cmp.Diff(want, texts); diff != "" {
		t.Error(diff)
	}
}

// manyDocuments is how many documents the plans are looked at with: a million when SAAKORN_LARGE is set.
func manyDocuments() int {
	if os.Getenv("SAAKORN_LARGE") != "" {
		return 1_000_000
	}
	return 200_000
}

// node is a node of a plan with what it did.
type node struct {
	NodeType  string  `json:"Node Type"`
	Relation  string  `json:"Relation Name"`
	Index     string  `json:"Index Name"`
	Rows      float64 `json:"Actual Rows"`
	Loops     float64 `json:"Actual Loops"`
	Filtered  float64 `json:"Rows Removed by Filter"`
	Rechecked float64 `json:"Rows Removed by Index Recheck"`
	Plans     []node  `json:"Plans"`
}

// examined sums the rows of the documents that the plan looked at, also those that it passed over.
func (n node) examined() float64 {
	sum := 0.0
	if n.Relation == "application_search" {
		sum = (n.Rows + n.Filtered + n.Rechecked) * n.Loops
	}
	for _, child := range n.Plans {
		sum += child.examined()
	}
	return sum
}

func (n node) String() string {
	text := fmt.Sprintf("%s %s %s rows %.0f passed over %.0f loops %.0f", n.NodeType, n.Relation, n.Index, n.Rows, n.Filtered+n.Rechecked, n.Loops)
	for _, child := range n.Plans {
		text += "\n  " + strings.ReplaceAll(child.String(), "\n", "\n  ")
	}
	return text
}

func explain(t *testing.T, pool *pgxpool.Pool, r resemblance) node {
	t.Helper()
	text, values := r.sql()
	var answer []byte
	args := append([]any{pgx.QueryExecModeDescribeExec}, values...)
	err := database.InTransaction(t.Context(), pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), byIndex); err != nil {
			return err
		}
		return tx.QueryRow(t.Context(), "EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) "+text, args...).Scan(&answer)
	})
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	var plans []struct{ Plan node }
	if err := json.Unmarshal(answer, &plans); err != nil {
		t.Fatal(err)
	}
	return plans[0].Plan
}

func TestLookingForWhatExistsReadsFewDocuments(t *testing.T) {
	pool, err := database.Open(t.Context(), embeddedtest.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	if err := database.Migrate(t.Context(), pool, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	if err := fictional.FillDocuments(t.Context(), pool, manyDocuments()); err != nil {
		t.Fatal(err)
	}
	words := func(numbers ...int) string {
		var list []string
		for _, n := range numbers {
			list = append(list, fmt.Sprint("ord", n))
		}
		return strings.Join(list, " ")
	}
	for name, w := range map[string]wording{
		"common words":    {title: words(0, 1), public: words(2, 3, 4, 5, 6, 7, 8, 9), product: words(10, 11, 12)},
		"ordinary words":  {title: words(17, 900), public: words(0, 1, 400, 1500, 7000, 12000, 20000, 30000), product: words(5, 40000, 44000)},
		"words of nobody": {title: "enhjørninger", public: "galakser og tidsreiser"},
	} {
		for _, public := range []bool{false, true} {
			terms, documents := weighed(t, pool, w)
			r := resemblance{public: public, except: uuid.New(), limit: 10}
			r.lookFor(choose(terms, documents))
			check(t, pool, fmt.Sprintf("%s, public %v", name, public), r)
		}
	}
	for _, query := range []string{"ord0", "ord0 ord1 ord2", "ord30000", "ord30000 -ord1", "Virksomet c81e728d"} {
		var asked string
		if err := pool.QueryRow(t.Context(), `SELECT websearch_to_tsquery('norwegian', $1)::text`, query).Scan(&asked); err != nil {
			t.Fatal(err)
		}
		check(t, pool, query, resemblance{except: uuid.New(), query: asked, name: query, limit: 10})
		check(t, pool, query+" in public", resemblance{public: true, except: uuid.New(), query: onlyPublic(asked), name: query, limit: 10})
	}
}

func weighed(t *testing.T, pool *pgxpool.Pool, w wording) (terms []term, documents float64) {
	t.Helper()
	err := database.InTransaction(t.Context(), pool, func(tx pgx.Tx) (err error) {
		terms, documents, err = weigh(t.Context(), tx, w)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return terms, documents
}

// check holds a search against a bound: what it looks into, once to find it and once to judge it,
// and what a name may be mistaken for.
func check(t *testing.T, pool *pgxpool.Pool, name string, r resemblance) {
	t.Helper()
	plan := explain(t, pool, r)
	t.Logf("%-40s %6.0f", name, plan.examined())
	if plan.examined() > 3*maxLookedAt {
		t.Errorf("%s examines %.0f documents:\n%s", name, plan.examined(), plan)
	}
}
