package fictional

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"saakorn/services/platform/database"
)

// Vocabulary is how many words there are in the fictional documents: "ord0" is in most of them, and
// the higher the number the fewer have it.
const Vocabulary = 50_000

// FillDocuments writes so many searchable documents of two dozen made-up words each, of which one in four
// is a public grant, and brings the statistics up to date. There are no applications to go with them,
// and the foreign key that asks for those is gone afterwards. It is for databases that are thrown away.
func FillDocuments(ctx context.Context, pool *pgxpool.Pool, documents int) error {
	err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error { return fillDocuments(ctx, tx, documents) })
	if err != nil {
		return fmt.Errorf("fill in fictional documents: %w", err)
	}
	if err := database.Vacuum(ctx, pool, "application_search"); err != nil {
		return fmt.Errorf("count the fictional documents: %w", err)
	}
	return nil
}

func fillDocuments(ctx context.Context, tx pgx.Tx, documents int) error {
	// An index that is built at once is built many times faster.
	for _, step := range []struct {
		statement string
		values    []any
	}{
		{`ALTER TABLE application_search DROP CONSTRAINT application_search_application_id_fkey`, nil},
		{`DROP INDEX application_search_document, application_search_awarded, application_search_names`, nil},
		{`SELECT setseed(0.5)`, nil},
		{insertDocuments, []any{documents, Vocabulary}},
		{`CREATE INDEX application_search_document ON application_search USING gin (document)`, nil},
		{`CREATE INDEX application_search_awarded ON application_search USING gin (document) WHERE awarded`, nil},
		{`CREATE INDEX application_search_names ON application_search USING gin ((enterprise_name || ' ' || title) gin_trgm_ops)`, nil},
	} {
		if _, err := tx.Exec(ctx, step.statement, step.values...); err != nil {
			return err
		}
	}
	return nil
}

// insertDocuments draws the words of $1 documents from a vocabulary of $2.
const insertDocuments = `
	INSERT INTO application_search (application_id, enterprise_id, enterprise_name, title, summary, body, grant_year,
		submitted_at, outcome, awarded, document)
	SELECT gen_random_uuid(), md5((i % 50000)::text)::uuid, 'Virksomhet ' || substr(md5((i % 50000)::text), 1, 8), w.words[1] || ' ' || w.words[2],
		array_to_string(w.words[1:12], ' '), array_to_string(w.words[13:24], ' '), 2016 + i % 10, now(),
		CASE WHEN i % 4 = 0 THEN 'APPROVED' ELSE 'REJECTED' END, i % 4 = 0, w.document::tsvector
	FROM (
		SELECT i, array_agg(word ORDER BY place) AS words,
			string_agg(word || ':' || place || CASE WHEN place <= 2 THEN 'A' WHEN place <= 12 THEN 'B' ELSE 'C' END, ' ') AS document
		FROM (SELECT i, place, 'ord' || floor($2::integer * power(random(), 3)) AS word
			FROM generate_series(1, $1::integer) i, generate_series(1, 24) place OFFSET 0) drawn
		GROUP BY i) w`
