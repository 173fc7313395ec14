package portfolio

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/klauspost/compress/zstd"

	"saakorn/services/platform/database"
	"saakorn/services/platform/procedure"
)

// ErrUnsettled is returned when something is still on its way, so that facts alone do not tell how things stand.
var ErrUnsettled = errors.New("messages are still on their way to the engine: take the snapshot when everything has settled")

// Write writes a snapshot of the installation's facts as they are now, and of the files in its folder.
func Write(ctx context.Context, pool *pgxpool.Pool, folder string, now time.Time, w io.Writer) error {
	packed, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithWindowSize(zstd.MaxWindowSize>>2))
	if err != nil {
		return fmt.Errorf("pack the snapshot: %w", err)
	}
	archive := tar.NewWriter(packed)
	if err := writeAll(ctx, pool, folder, now, archive); err != nil {
		return fmt.Errorf("write the snapshot: %w", err)
	}
	if err := errors.Join(archive.Close(), packed.Close()); err != nil {
		return fmt.Errorf("write the snapshot: %w", err)
	}
	return nil
}

func writeAll(ctx context.Context, pool *pgxpool.Pool, folder string, now time.Time, archive *tar.Writer) error {
	progress, err := procedure.Look(ctx, pool, now)
	if err != nil {
		return err
	}
	if progress.Undelivered+progress.Unsettled > 0 {
		return ErrUnsettled
	}
	tx, err := pool.BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly, IsoLevel: pgx.RepeatableRead})
	if err != nil {
		return err
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	m := manifest{Ended: now}
	if m.Migrations, err = database.Migrated(ctx, tx); err != nil {
		return err
	}
	if m.Tables, err = tables(ctx, tx); err != nil {
		return err
	}
	raw, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	if err := add(archive, manifestName, raw); err != nil {
		return err
	}
	for _, t := range m.Tables {
		var rows bytes.Buffer
		if _, err := tx.Conn().PgConn().CopyTo(ctx, &rows, t.copyOut()); err != nil {
			return fmt.Errorf("read the table %s: %w", t.Name, err)
		}
		if err := add(archive, rowsFolder+t.Name, rows.Bytes()); err != nil {
			return err
		}
	}
	return addFiles(archive, folder)
}

// tables returns the tables with rows that are kept.
func tables(ctx context.Context, tx pgx.Tx) ([]table, error) {
	rows, err := tx.Query(ctx, `SELECT c.relname, array_agg(a.attname ORDER BY a.attnum)
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
		WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname !~ '^(river_|goose_)' AND c.relname <> ALL ($1)
			AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
		GROUP BY c.relname ORDER BY c.relname`, leftOut())
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[table])
}

// copyOut returns the statement that reads the rows. Letters forget the PDF that was made of them.
func (t table) copyOut() string {
	columns := make([]string, 0, len(t.Columns))
	for _, c := range t.Columns {
		if t.Name == "letter" && c == "pdf_sha256" {
			columns = append(columns, "NULL")
			continue
		}
		columns = append(columns, pgx.Identifier{c}.Sanitize())
	}
	return fmt.Sprintf("COPY (SELECT %s FROM %s) TO STDOUT", strings.Join(columns, ", "), pgx.Identifier{t.Name}.Sanitize())
}

// addFiles adds what people have attached, and the notebook where there is one.
func addFiles(archive *tar.Writer, folder string) error {
	notebook, err := os.ReadFile(filepath.Join(folder, notebookName))
	if err == nil {
		err = add(archive, notebookName, notebook)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	root := os.DirFS(filepath.Join(folder, "files"))
	return fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name == letterFolder:
			return fs.SkipDir
		case entry.IsDir():
			return nil
		}
		raw, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		return add(archive, path.Join(filesFolder, name), raw)
	})
}

func add(archive *tar.Writer, name string, content []byte) error {
	if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(content))}); err != nil {
		return err
	}
	_, err := archive.Write(content)
	return err
}
