package portfolio

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/klauspost/compress/zstd"

	"saakorn/services/platform/clock"
)

// Target is an installation without any facts that a snapshot is loaded into.
type Target struct {
	// Migrate carries out the migrations with the versions.
	Migrate func(ctx context.Context, versions []int64) error
	// Database is the connection string of a superuser: rows are loaded without being checked against each
	// other, because they come in no order.
	Database string
	// Folder is the installation's folder, for files and for the rehearsal's notebook.
	Folder string
}

// Load loads the snapshot and sets the clock to go on from where it was when the snapshot was taken. The rows
// come in one transaction, after everything else: what is cut short can be done again.
func Load(ctx context.Context, snapshot io.Reader, to Target, now time.Time) error {
	unpacked, err := zstd.NewReader(snapshot)
	if err != nil {
		return fmt.Errorf("unpack the snapshot: %w", err)
	}
	defer unpacked.Close()
	connection, err := pgx.Connect(ctx, to.Database)
	if err != nil {
		return fmt.Errorf("load the snapshot: %w", err)
	}
	defer connection.Close(context.WithoutCancel(ctx))
	l := loader{archive: tar.NewReader(unpacked), target: to}
	if err := l.load(ctx, connection, now); err != nil {
		return fmt.Errorf("load the snapshot: %w", err)
	}
	return nil
}

// loader goes through one snapshot.
type loader struct {
	archive  *tar.Reader
	target   Target
	manifest manifest
}

func (l *loader) load(ctx context.Context, connection *pgx.Conn, now time.Time) error {
	if err := l.readManifest(); err != nil {
		return err
	}
	if err := l.target.Migrate(ctx, l.manifest.Migrations); err != nil {
		return err
	}
	return pgx.BeginFunc(ctx, connection, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SET LOCAL session_replication_role = replica`); err != nil {
			return err
		}
		if err := l.eachFile(ctx, tx.Conn().PgConn()); err != nil {
			return err
		}
		if err := raiseSequences(ctx, tx); err != nil {
			return err
		}
		return clock.SaveMoved(ctx, tx, l.manifest.Ended.Sub(now))
	})
}

func (l *loader) readManifest() error {
	header, err := l.archive.Next()
	if err != nil {
		return err
	}
	if header.Name != manifestName {
		return fmt.Errorf("it begins with %s, not with %s", header.Name, manifestName)
	}
	return json.NewDecoder(l.archive).Decode(&l.manifest)
}

// eachFile loads the rows of every table, and writes the other files where they belong.
func (l *loader) eachFile(ctx context.Context, connection *pgconn.PgConn) error {
	byName := map[string]table{}
	for _, t := range l.manifest.Tables {
		byName[t.Name] = t
	}
	for {
		header, err := l.archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		name, rows := strings.CutPrefix(header.Name, rowsFolder)
		if !rows {
			if err := l.writeFile(header.Name); err != nil {
				return err
			}
			continue
		}
		if _, err := connection.CopyFrom(ctx, l.archive, byName[name].copyIn()); err != nil {
			return fmt.Errorf("load the table %s: %w", name, err)
		}
	}
}

func (t table) copyIn() string {
	columns := make([]string, 0, len(t.Columns))
	for _, c := range t.Columns {
		columns = append(columns, pgx.Identifier{c}.Sanitize())
	}
	return fmt.Sprintf("COPY %s (%s) FROM STDIN", pgx.Identifier{t.Name}.Sanitize(), strings.Join(columns, ", "))
}

func (l *loader) writeFile(name string) error {
	if !filepath.IsLocal(name) {
		return fmt.Errorf("it holds a file outside of the folder: %s", name)
	}
	path := filepath.Join(l.target.Folder, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	raw, err := io.ReadAll(l.archive)
	if err != nil {
		return err
	}
	return os.WriteFile(path, raw, 0o600)
}

// raiseSequences has what is numbered from now on go on after what was loaded.
func raiseSequences(ctx context.Context, tx pgx.Tx) error {
	rows, err := tx.Query(ctx, `SELECT format('SELECT setval(%L, coalesce(max(%I), 0) + 1, false) FROM %I', s.oid::regclass, a.attname, t.relname)
		FROM pg_class s JOIN pg_depend d ON d.objid = s.oid AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
		JOIN pg_class t ON t.oid = d.refobjid AND t.relnamespace = 'public'::regnamespace AND t.relname !~ '^(river_|goose_)'
		JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
		WHERE s.relkind = 'S'`)
	if err != nil {
		return err
	}
	statements, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, statement := range statements {
		if _, err := tx.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}
