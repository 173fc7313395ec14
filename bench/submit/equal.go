package main

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/jackc/pgx/v5"
)

// tolerance is how much the rows and bytes of the two programs may differ, as a share.
const tolerance = 0.05

// weighedSubmissions is how many submissions of each program are looked at row by row.
const weighedSubmissions = 160

// written is what one submission leaves in one table, on average.
type written struct {
	Table        string  `json:"table"`
	SaakornRows  float64 `json:"saakorn_rows"`
	BareRows     float64 `json:"bare_rows"`
	SaakornBytes float64 `json:"saakorn_bytes"`
	BareBytes    float64 `json:"bare_bytes"`
}

// off returns by how much the two differ, as a share of what Såkorn writes; infinity when only one
// of them writes there at all.
func (w written) off() float64 {
	return max(math.Abs(w.BareRows/w.SaakornRows-1), math.Abs(w.BareBytes/w.SaakornBytes-1))
}

// weight is what is in the rows of a table.
type weight struct{ rows, bytes float64 }

// compare lets both programs submit while nothing else is going on, looks up in every table of the
// database what that has left there, and fails when the two differ.
func (c *contest) compare(ctx context.Context) ([]written, error) {
	saakorn, err := c.weigh(ctx, c.saakorn, c.clients.submit)
	if err != nil {
		return nil, err
	}
	bare, err := c.weigh(ctx, c.bareOne, c.bare.stepwise)
	if err != nil {
		return nil, err
	}
	var all []written
	total := written{Table: "all"}
	for _, table := range slices.Sorted(union(saakorn, bare)) {
		w := written{table, saakorn[table].rows, bare[table].rows, saakorn[table].bytes, bare[table].bytes}
		total.SaakornRows, total.SaakornBytes = total.SaakornRows+w.SaakornRows, total.SaakornBytes+w.SaakornBytes
		total.BareRows, total.BareBytes = total.BareRows+w.BareRows, total.BareBytes+w.BareBytes
		all = append(all, w)
	}
	all = append(all, total)
	for _, w := range all {
		if !(w.off() <= tolerance) {
			return all, fmt.Errorf("the two programs do not write the same into %s: %.2f and %.2f rows, %.0f and %.0f bytes per submission",
				w.Table, w.SaakornRows, w.BareRows, w.SaakornBytes, w.BareBytes)
		}
	}
	return all, nil
}

// union yields the tables of both.
func union(a, b map[string]weight) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for table := range a {
			if !yield(table) {
				return
			}
		}
		for table := range b {
			if _, both := a[table]; !both && !yield(table) {
				return
			}
		}
	}
}

// weigh submits one draft after the other and returns what each has left, by table, on average.
func (c *contest) weigh(ctx context.Context, s *side, do submit) (map[string]weight, error) {
	drafts, err := c.rig.copies(ctx, s, weighedSubmissions)
	if err != nil {
		return nil, err
	}
	var since int64
	// The number of a transaction that begins now: whatever is written from now on bears a higher one.
	if err := c.rig.pool.QueryRow(ctx, `SELECT pg_current_xact_id()::text::bigint`).Scan(&since); err != nil {
		return nil, fmt.Errorf("read the number of a transaction: %w", err)
	}
	for _, d := range drafts {
		if err := once(ctx, do, 0, d); err != nil {
			return nil, err
		}
	}
	return c.rig.writtenSince(ctx, since)
}

// writtenSince returns, for each table that has rows inserted or changed since the transaction, how
// many there are for each weighed submission and their bytes. The database is so young that the
// numbers of its transactions have not begun again.
func (g *rig) writtenSince(ctx context.Context, transaction int64) (map[string]weight, error) {
	rows, err := g.pool.Query(ctx, `SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'`)
	if err != nil {
		return nil, fmt.Errorf("list the tables: %w", err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("list the tables: %w", err)
	}
	weights := map[string]weight{}
	for _, table := range tables {
		var w weight
		err := g.pool.QueryRow(ctx, `SELECT count(*)::float8, coalesce(sum(pg_column_size(t.*)), 0)::float8
			FROM `+pgx.Identifier{table}.Sanitize()+` t WHERE xmin::text::bigint > $1`, transaction).Scan(&w.rows, &w.bytes)
		if err != nil {
			return nil, fmt.Errorf("weigh what is in %s: %w", table, err)
		}
		if w.rows > 0 {
			weights[table] = weight{w.rows / weighedSubmissions, w.bytes / weighedSubmissions}
		}
	}
	return weights, nil
}
