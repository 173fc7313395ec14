package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"saakorn/services/platform/database"
)

type exportCommand struct {
	DatabaseURL string `env:"SAAKORN_DATABASE_URL" required:"" help:"address of the PostgreSQL database"`
	Folder      string `arg:"" type:"path" help:"folder to write to; made when it is not there"`
}

// Run writes every table of facts as it is at one moment, and says what it leaves out.
func (c *exportCommand) Run(ctx context.Context) error {
	pool, err := database.Open(ctx, c.DatabaseURL)
	if err != nil {
		return err
	}
	defer pool.Close()
	if err := os.MkdirAll(c.Folder, 0o700); err != nil {
		return fmt.Errorf("make the folder: %w", err)
	}
	return exportAll(ctx, pool, c.Folder, os.Stdout)
}

// leftOut names the tables that hold no facts of the grants, and says why. Every other table of the
// database is exported, so that a new one cannot be forgotten.
func leftOut() map[string]string {
	return map[string]string{
		"web_session":        "who is signed in now, with what proves it",
		"staff_birth_date":   "protected birth dates, which are good for one comparison only",
		"request":            "answers kept for requests that are repeated; what was done is in the other tables",
		"procedure":          "what the engine still has to look at; it follows from the facts, see saakorn reconcile",
		"application_search": "words for searching; they follow from application_version",
		"rehearsal_clock":    "how far a rehearsal has moved the clock",
		"goose_db_version":   "which shape the database has",
	}
}

// outboxTables begin like this: messages to the engine on their way, kept by the library that delivers them.
const outboxTables = "river_"

// table is a table of the database. Order is what its rows are sorted by, in SQL.
type table struct{ name, order string }

// tables returns every table of the database by name, with the columns of its primary key to sort by, or
// else the whole row.
func tables(ctx context.Context, tx pgx.Tx) ([]table, error) {
	rows, err := tx.Query(ctx, `SELECT c.relname, coalesce((
			SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY array_position(i.indkey::smallint[], a.attnum))
			FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey::smallint[])
			WHERE i.indrelid = c.oid AND i.indisprimary), 't::text')
		FROM pg_class c
		WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
		ORDER BY c.relname`)
	if err != nil {
		return nil, fmt.Errorf("list the tables: %w", err)
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (t table, err error) { return t, row.Scan(&t.name, &t.order) })
	if err != nil {
		return nil, fmt.Errorf("list the tables: %w", err)
	}
	return found, nil
}

func exportAll(ctx context.Context, pool *pgxpool.Pool, folder string, say io.Writer) error {
	snapshot := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	return pgx.BeginTxFunc(ctx, pool, snapshot, func(tx pgx.Tx) error {
		all, err := tables(ctx, tx)
		if err != nil {
			return err
		}
		for _, t := range all {
			if strings.HasPrefix(t.name, outboxTables) {
				continue
			}
			if why, left := leftOut()[t.name]; left {
				fmt.Fprintf(say, "%-26s left out: %s\n", t.name, why)
				continue
			}
			n, err := exportTable(ctx, tx, t, filepath.Join(folder, t.name+".jsonl"))
			if err != nil {
				return fmt.Errorf("export %s: %w", t.name, err)
			}
			fmt.Fprintf(say, "%-26s %d rows\n", t.name, n)
		}
		return nil
	})
}

func exportTable(ctx context.Context, tx pgx.Tx, t table, path string) (rows int64, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	defer func() {
		if closeErr := f.Close(); err == nil {
			err = closeErr
		}
	}()
	w := bufio.NewWriter(f)
	rows, err = copyRows(ctx, tx, fmt.Sprintf("SELECT row_to_json(t)::text FROM %s t ORDER BY %s", pgx.Identifier{t.name}.Sanitize(), t.order), w)
	if err != nil {
		return rows, err
	}
	return rows, w.Flush()
}

func copyRows(ctx context.Context, tx pgx.Tx, sql string, w io.Writer) (int64, error) {
	found, err := tx.Query(ctx, sql)
	if err != nil {
		return 0, err
	}
	var line string
	tag, err := pgx.ForEachRow(found, []any{&line}, func() error {
		_, err := io.WriteString(w, line+"\n")
		return err
	})
	return tag.RowsAffected(), err
}
