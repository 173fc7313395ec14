package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"saakorn/deploy/data"
	"saakorn/services/installation"
	"saakorn/services/platform/clock"
	"saakorn/services/platform/database"
	"saakorn/services/platform/procedure"
	"saakorn/services/scheme"
)

type migrateCommand struct {
	installation.Settings `embed:""`
}

// Run prepares the database.
func (c *migrateCommand) Run(ctx context.Context, log *slog.Logger) error {
	i, err := installation.Open(ctx, c.Settings, log)
	if err != nil {
		return err
	}
	defer i.Close()
	return i.Prepare(ctx)
}

type importCommand struct {
	DatabaseURL string `env:"SAAKORN_DATABASE_URL" required:"" help:"address of the PostgreSQL database"`
	Folder      string `arg:"" optional:"" type:"existingdir" help:"folder with enterprises.csv, nav_units.csv and relations.csv; without it what the report AFI 2020:10 says"`
}

// Run loads the files and says what became of every row.
func (c *importCommand) Run(ctx context.Context) error {
	pool, err := database.Open(ctx, c.DatabaseURL)
	if err != nil {
		return err
	}
	defer pool.Close()
	var files fs.FS = data.Report()
	if c.Folder != "" {
		files = os.DirFS(c.Folder)
	}
	report, err := installation.ImportReport(ctx, pool, files, clock.System{}.Now())
	if err != nil {
		return err
	}
	if err := report.Print(os.Stdout); err != nil {
		return err
	}
	if !report.Complete() {
		return errors.New("some rows are broken: nothing of their files was loaded")
	}
	return nil
}

type reconcileCommand struct {
	DatabaseURL string      `env:"SAAKORN_DATABASE_URL" required:"" help:"address of the PostgreSQL database"`
	Engine      engineFlags `embed:"" prefix:"temporal-"`
}

// Run starts what is missing, and says how much that was.
func (c *reconcileCommand) Run(ctx context.Context, log *slog.Logger) error {
	pool, err := database.Open(ctx, c.DatabaseURL)
	if err != nil {
		return err
	}
	defer pool.Close()
	connection, err := c.Engine.connect(log)
	if err != nil {
		return err
	}
	defer connection.Close()
	done, err := procedure.Reconcile(ctx, pool, connection, func(r procedure.Reconciled) {
		fmt.Printf("%d procedures looked at, %d started\n", r.Open, r.Started)
	})
	if err != nil {
		return err
	}
	fmt.Printf("%d open procedures: %d had no workflow and have one now\n", done.Open, done.Started)
	return nil
}

type exportCommand struct {
	DatabaseURL string `env:"SAAKORN_DATABASE_URL" required:"" help:"address of the PostgreSQL database"`
	Folder      string `arg:"" type:"path" help:"folder to write to; made when it is not there"`
}

// exported are the tables that hold facts, with the order of their rows.
func exported() []struct{ table, order string } {
	return []struct{ table, order string }{
		{"scheme_version", "scheme_id, version"}, {"budget_frame", "scheme_id, grant_year"}, {"call", "opens_at, id"},
		{"enterprise", "name, id"}, {"enterprise_member", "since, id"}, {"nav_unit", "name, id"}, {"relation", "id"},
		{"application", "created_at, id"}, {"application_version", "application_id, version"}, {"attachment", "uploaded_at, id"},
		{"case_file", "received_at, id"}, {"finding", "case_id, round, key"}, {"assessment", "case_id, round, assessor_id"},
		{"recommendation", "case_id, round, version"}, {"decision", "case_id, round"}, {"letter", "created_at, id"},
		{"payee_account", "proposed_at, id"}, {"instalment", "award_id, ordinal"}, {"payment", "prepared_at, id"},
		{"payment_order", "made_at, id"}, {"bank_file", "imported_at, id"}, {"bank_entry", "file_id, ordinal"},
		{"settlement", "prepared_at, id"}, {"recovery_claim", "issued_at, id"}, {"claim_part", "claim_id, ordinal"},
		{"repayment", "recorded_at, id"}, {"ledger_posting", "id"}, {"ledger_line", "posting_id, ordinal"},
		{"person", "id"}, {"audit_event", "id"},
	}
}

// Run writes every table as it is at one moment.
func (c *exportCommand) Run(ctx context.Context) error {
	pool, err := database.Open(ctx, c.DatabaseURL)
	if err != nil {
		return err
	}
	defer pool.Close()
	if err := os.MkdirAll(c.Folder, 0o700); err != nil {
		return fmt.Errorf("make the folder: %w", err)
	}
	return exportAll(ctx, pool, c.Folder)
}

func exportAll(ctx context.Context, pool *pgxpool.Pool, folder string) error {
	snapshot := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	return pgx.BeginTxFunc(ctx, pool, snapshot, func(tx pgx.Tx) error {
		for _, e := range exported() {
			n, err := exportTable(ctx, tx, e.table, e.order, filepath.Join(folder, e.table+".jsonl"))
			if err != nil {
				return fmt.Errorf("export %s: %w", e.table, err)
			}
			fmt.Printf("%-20s %d rows\n", e.table, n)
		}
		return nil
	})
}

func exportTable(ctx context.Context, tx pgx.Tx, table, order, path string) (rows int64, err error) {
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
	rows, err = copyRows(ctx, tx, fmt.Sprintf("SELECT row_to_json(t)::text FROM (SELECT * FROM %s ORDER BY %s) t",
		pgx.Identifier{table}.Sanitize(), order), w)
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

type schemeCommand struct {
	Check schemeCheckCommand `cmd:"" help:"Say what is wrong with a scheme file, with line and field."`
}

type schemeCheckCommand struct {
	Files []string `arg:"" type:"existingfile" help:"scheme files"`
}

// Run checks every file and fails when one of them is wrong.
func (c *schemeCheckCommand) Run() error {
	for _, path := range c.Files {
		source, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("read a scheme file: %w", err)
		}
		d, err := scheme.Parse(path, source)
		if err != nil {
			return err
		}
		fmt.Printf("%s: %s %s is sound\n", path, d.ID, d.Version)
	}
	return nil
}
