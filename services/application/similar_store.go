package application

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
)

// wording is what an application says about its idea, by who may read it.
type wording struct {
	title string
	// public is the problem and the target group: what anybody may read once a grant is public.
	public string
	// market is what exists already and what is new, product what is sold: the directorate's to read.
	market, product string
}

func wordingOf(c *saakornv1.ApplicationContent) wording {
	return wording{
		title:   plain(c.GetTitle()),
		public:  plain(c.GetProblem(), c.GetTargetGroup().GetDescription()),
		market:  plain(c.GetExistingServices(), c.GetNovelty()),
		product: plain(c.GetBusinessModel().GetProduct()),
	}
}

// The signs around a match, and between two fragments, in what the database marks. Stored texts
// hold none of them.
const (
	matchBegins  = '\x02'
	matchEnds    = '\x03'
	fragmentEnds = '\x04'
)

// plain joins the texts, without the signs that mark matches.
func plain(texts ...string) string {
	texts = slices.DeleteFunc(texts, func(t string) bool { return strings.TrimSpace(t) == "" })
	return strings.Map(func(r rune) rune {
		if r == matchBegins || r == matchEnds || r == fragmentEnds {
			return ' '
		}
		return r
	}, strings.Join(texts, "\n"))
}

// document is the SQL of the words of a wording in four parameters. A match in the title, of weight
// A, says the most; only A and B are public.
const document = `setweight(to_tsvector('norwegian', %s), 'A') || setweight(to_tsvector('norwegian', %s), 'B') ||
	setweight(to_tsvector('norwegian', %s), 'C') || setweight(to_tsvector('norwegian', %s), 'D')`

// index makes the newest submitted version searchable, in the transaction that submits it (R16).
func index(ctx context.Context, tx pgx.Tx, a Application, enterpriseName string, grantYear int) error {
	w := wordingOf(a.Content)
	_, err := tx.Exec(ctx, `
		INSERT INTO application_search (application_id, enterprise_id, enterprise_name, title, summary, body, grant_year, submitted_at, document)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, `+fmt.Sprintf(document, "$4", "$5", "$9", "$10")+`)
		ON CONFLICT (application_id) DO UPDATE SET enterprise_name = excluded.enterprise_name, title = excluded.title,
			summary = excluded.summary, body = excluded.body, document = excluded.document`,
		a.ID, a.EnterpriseID, enterpriseName, w.title, w.public, plain(w.market, w.product), grantYear, a.SubmittedAt, w.market, w.product)
	if err != nil {
		return fmt.Errorf("make an application searchable: %w", err)
	}
	return nil
}

// Announce records in the caller's transaction how the case of the application ended, once the party
// has been told, or how it ends now that the decision has been changed. An award is public from then on.
func (s *Store) Announce(ctx context.Context, tx pgx.Tx, id uuid.UUID, outcome string, awarded bool) error {
	_, err := tx.Exec(ctx, `UPDATE application_search SET outcome = $2, awarded = $3
		WHERE application_id = $1 AND (outcome, awarded) <> ($2, $3)`, id, outcome, awarded)
	if err != nil {
		return fmt.Errorf("announce an outcome: %w", err)
	}
	return nil
}

// term is one word to look for, in its stem.
type term struct {
	lexeme string
	// uses says how much the word is used, in the title more than elsewhere.
	uses float64
	// frequency is the share of the documents that have the word.
	frequency float64
}

// rarity is how much a match says: the word's use, and the more the fewer have it.
func (t term) rarity() float64 { return (1 + math.Log(t.uses)) * math.Log(1+1/t.frequency) }

// How many words are looked for, how many documents they may find together, and how many of those
// are looked into. Finding many documents takes time, and says little about any of them.
const (
	maxTerms     = 25
	maxTogether  = 5
	maxFound     = 2_000
	maxLookedAt  = 2 * maxFound
	maxJudged    = 200
	leastUnknown = 1e-6
)

// choose returns the words that tell the text from others: the most telling ones of which any is
// expected in no more than maxFound of so many documents. When every word is too common for that,
// it returns the few most telling ones, to be looked for all together.
func choose(terms []term, documents float64) (chosen []term, together bool) {
	terms = slices.Clone(terms)
	for i := range terms {
		terms[i].frequency = max(terms[i].frequency, leastUnknown)
	}
	slices.SortFunc(terms, func(a, b term) int {
		return cmp.Or(cmp.Compare(b.rarity(), a.rarity()), cmp.Compare(a.lexeme, b.lexeme))
	})
	left := float64(maxFound)
	for _, t := range terms {
		if expected := t.frequency * documents; expected <= left {
			chosen, left = append(chosen, t), left-expected
		}
		if len(chosen) == maxTerms {
			break
		}
	}
	if len(chosen) == 0 {
		return terms[:min(len(terms), maxTogether)], true
	}
	return chosen, false
}

// weigh reads the words of a wording, how much they are used, and how common the statistics of the
// documents say they are. A word that the statistics do not name is half as common as the least
// common one that they do.
func weigh(ctx context.Context, tx pgx.Tx, w wording) (terms []term, documents float64, err error) {
	err = tx.QueryRow(ctx, `SELECT greatest(reltuples, 0) FROM pg_class WHERE oid = 'application_search'::regclass`).Scan(&documents)
	if err != nil {
		return nil, 0, fmt.Errorf("count documents: %w", err)
	}
	rows, err := tx.Query(ctx, `
		WITH common AS MATERIALIZED (
			SELECT u.lexeme, u.frequency
			FROM pg_stats s, unnest(s.most_common_elems::text::text[], s.most_common_elem_freqs) AS u (lexeme, frequency)
			WHERE s.schemaname = current_schema() AND s.tablename = 'application_search' AND s.attname = 'document'
		)
		SELECT d.lexeme, (SELECT sum(CASE w WHEN 'A' THEN 3 WHEN 'B' THEN 1.5 ELSE 1 END) FROM unnest(d.weights) w)::float8,
			coalesce(c.frequency, (SELECT min(frequency) / 2 FROM common WHERE lexeme IS NOT NULL), 0)::float8
		FROM unnest(`+fmt.Sprintf(document, "$1", "$2", "$3", "$4")+`) d
		LEFT JOIN common c ON c.lexeme = d.lexeme`, w.title, w.public, w.market, w.product)
	if err != nil {
		return nil, 0, fmt.Errorf("weigh words: %w", err)
	}
	terms, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (t term, err error) {
		err = row.Scan(&t.lexeme, &t.uses, &t.frequency)
		return t, err
	})
	if err != nil {
		return nil, 0, fmt.Errorf("weigh words: %w", err)
	}
	return terms, documents, nil
}

// resemblance is what to look for.
type resemblance struct {
	// public limits the search to what anybody may read.
	public bool
	// except is the application that is compared with the others.
	except uuid.UUID
	// terms weigh what is found.
	terms []term
	// query is a tsquery; name is what enterprise or title may be called, more or less, or empty.
	query, name string
	limit       int
}

// like looks for what is like the wording.
func like(ctx context.Context, tx pgx.Tx, w wording, r resemblance) ([]Similar, error) {
	terms, documents, err := weigh(ctx, tx, w)
	if err != nil {
		return nil, err
	}
	r.lookFor(choose(terms, documents))
	return r.find(ctx, tx)
}

// lookFor asks for any of the words, or for all of them together.
func (r *resemblance) lookFor(terms []term, together bool) {
	words := make([]string, 0, len(terms))
	for _, t := range terms {
		words = append(words, r.word(t))
	}
	operator := " | "
	if together {
		operator = " & "
	}
	r.terms, r.query = terms, strings.Join(words, operator)
}

// matching looks for what a person asks for, as in a search engine: all words, "in a phrase", or,
// and -without. A name may be misspelt.
func matching(ctx context.Context, tx pgx.Tx, query string, r resemblance) ([]Similar, error) {
	terms, _, err := weigh(ctx, tx, wording{title: query})
	if err != nil {
		return nil, err
	}
	err = tx.QueryRow(ctx, `SELECT websearch_to_tsquery('norwegian', $1)::text`, query).Scan(&r.query)
	if err != nil {
		return nil, fmt.Errorf("read a search: %w", err)
	}
	if r.public {
		r.query = onlyPublic(r.query)
	}
	for i := range terms {
		terms[i].frequency = max(terms[i].frequency, leastUnknown)
	}
	r.terms, r.name = terms, query
	return r.find(ctx, tx)
}

// onlyPublic limits every word of a tsquery, as the database writes it, to the public weights.
func onlyPublic(query string) string {
	return regexp.MustCompile(`'(?:[^']|'')*'`).ReplaceAllString(query, "${0}"+publicWeights)
}

const publicWeights = ":AB"

// word writes the term as a tsquery.
func (r *resemblance) word(t term) string {
	word := "'" + strings.NewReplacer(`\`, `\\`, `'`, `''`).Replace(t.lexeme) + "'"
	if r.public {
		word += publicWeights
	}
	return word
}

// Similar is an application that is like another.
type Similar struct {
	ApplicationID, EnterpriseID uuid.UUID
	EnterpriseName, Title       string
	// Summary is public once the grant is.
	Summary   string
	GrantYear int
	// SubmittedAt is when the first version came in.
	SubmittedAt time.Time
	// Outcome is empty until the party has been told.
	Outcome string
	// Likeness is from 0 to 1: how much of the weight of the words it has.
	Likeness float64
	// Marked is where it matches, with signs around the matches.
	Marked string
}

// The statement's parts that differ by who looks and what for.
const (
	findWords = `SELECT application_id FROM (
			SELECT application_id, document FROM application_search
			WHERE document @@ $1::tsquery AND application_id <> $2 %s LIMIT $5) found
		ORDER BY ts_rank(document, $1::tsquery) DESC, application_id DESC LIMIT $6`
	findNames = `UNION (SELECT application_id FROM application_search
		WHERE $8 <% (enterprise_name || ' ' || title) AND application_id <> $2 {} LIMIT $6)`
	nameLikeness = `word_similarity($8, s.enterprise_name || ' ' || s.title)`
)

// sql returns the statement that finds what is alike, with its parameters.
func (r *resemblance) sql() (text string, values []any) {
	words, weights, total := make([]string, 0, len(r.terms)), make([]float64, 0, len(r.terms)), 0.0
	for _, t := range r.terms {
		words, weights, total = append(words, r.word(t)), append(weights, t.rarity()), total+t.rarity()
	}
	values = []any{r.query, r.except, words, weights, maxLookedAt, maxJudged, r.limit}
	seen, shown := "", "s.summary || E'\\n' || s.body"
	if r.public {
		seen, shown = "AND awarded", "s.summary"
	}
	found, likeness := fmt.Sprintf(findWords, seen), "weight"
	if r.name != "" {
		values = append(values, r.name)
		found = "(" + found + ") " + strings.Replace(findNames, "{}", seen, 1)
		likeness = "greatest(weight, " + nameLikeness + ")"
	}
	if total == 0 {
		total = 1
	}
	return fmt.Sprintf(`
		WITH found AS MATERIALIZED (%s), judged AS MATERIALIZED (
			SELECT s.*, %s AS likeness
			FROM found JOIN application_search s USING (application_id), LATERAL (
				SELECT coalesce(sum(t.weight), 0) / %g AS weight FROM unnest($3::text[], $4::float8[]) t (word, weight)
				WHERE s.document @@ t.word::tsquery) w
			ORDER BY likeness DESC, s.submitted_at DESC, s.application_id LIMIT $7
		)
		SELECT s.application_id, s.enterprise_id, s.enterprise_name, s.title, s.summary, s.grant_year, s.submitted_at,
			s.outcome, s.likeness::float8,
			ts_headline('norwegian', s.title || E'\n' || %s, $1::tsquery,
				E'StartSel="\x02", StopSel="\x03", FragmentDelimiter="\x04", MaxFragments=3, MaxWords=25, MinWords=8') AS marked
		FROM judged s ORDER BY s.likeness DESC, s.submitted_at DESC, s.application_id`, found, likeness, total, shown), values
}

// byIndex keeps the planner from reading the table from its beginning until it has met enough of a
// word that seems common: words come and go with the years, and it may have to read all of it.
const byIndex = `SET LOCAL enable_seqscan = off`

// find returns what is alike, the most alike first.
func (r *resemblance) find(ctx context.Context, tx pgx.Tx) ([]Similar, error) {
	if r.query == "" && r.name == "" {
		return nil, nil // nothing has been written yet
	}
	if _, err := tx.Exec(ctx, byIndex); err != nil {
		return nil, fmt.Errorf("prepare to look for similar applications: %w", err)
	}
	text, values := r.sql()
	// A plan for any words would have to suit common ones.
	rows, err := tx.Query(ctx, text, append([]any{pgx.QueryExecModeCacheDescribe}, values...)...)
	if err != nil {
		return nil, fmt.Errorf("look for similar applications: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[Similar])
	if err != nil {
		return nil, fmt.Errorf("look for similar applications: %w", err)
	}
	return found, nil
}
