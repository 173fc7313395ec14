package embedded

import (
	"cmp"
	"context"
	"crypto/md5" // #nosec G501: Temporal records which schema file was applied by its MD5
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/blang/semver/v4"
	"github.com/jackc/pgx/v5"
	"go.temporal.io/server/schema"
	postgresschema "go.temporal.io/server/schema/postgresql/v12"
)

// migrateTemporal brings both of Temporal's databases to the schema that this version of Temporal
// wants, from the files that Temporal carries. A database that has it already is left alone, and
// one that is newer, too: Temporal decides whether it can work with it.
func migrateTemporal(ctx context.Context, cfg TemporalConfig) error {
	for _, database := range []struct{ name, folder, wanted string }{
		{cfg.Database, "postgresql/v12/temporal/versioned", postgresschema.Version},
		{cfg.VisibilityDatabase, "postgresql/v12/visibility/versioned", postgresschema.VisibilityVersion},
	} {
		if err := migrateDatabase(ctx, cfg.Postgres, database.name, database.folder, database.wanted); err != nil {
			if refused := (*StartError)(nil); errors.As(err, &refused) {
				return refused
			}
			return startError(NotStarted, err,
				"Temporal's database %s could not be brought to version %s: %v.", database.name, database.wanted, err)
		}
	}
	return nil
}

func migrateDatabase(ctx context.Context, server Server, name, folder, wanted string) error {
	conn, err := connectCreating(ctx, server, name)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	version, err := schemaVersion(ctx, conn, name)
	if err != nil {
		return err
	}
	if version == wanted {
		return nil
	}
	steps, err := schemaSteps(folder)
	if err != nil {
		return err
	}
	// All or nothing, so that an interrupted upgrade can be repeated.
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error { return applySteps(ctx, tx, name, steps) })
}

// connectCreating connects to a database, creating it first if it is missing.
func connectCreating(ctx context.Context, server Server, name string) (*pgx.Conn, error) {
	conn, err := pgx.Connect(ctx, server.URL(name))
	if err == nil {
		return conn, nil
	}
	if !isCode(err, "3D000") { // 3D000: no such database
		return nil, startError(NotStarted, err,
			"Temporal cannot reach PostgreSQL on %s port %d: check that it runs and lets user %s in.",
			server.Host, server.Port, server.User)
	}
	admin, err := pgx.Connect(ctx, server.URL("postgres"))
	if err != nil {
		return nil, fmt.Errorf("connect to create database: %w", err)
	}
	defer admin.Close(context.WithoutCancel(ctx))
	if err := createDatabase(ctx, admin, name, server.User); err != nil {
		return nil, err
	}
	conn, err = pgx.Connect(ctx, server.URL(name))
	if err != nil {
		return nil, fmt.Errorf("connect to new database: %w", err)
	}
	return conn, nil
}

// schemaVersion is the version the database is at, or empty when it is new.
func schemaVersion(ctx context.Context, db querier, name string) (string, error) {
	var exists bool
	if err := db.QueryRow(ctx, "SELECT to_regclass('public.schema_version') IS NOT NULL").Scan(&exists); err != nil {
		return "", fmt.Errorf("look for schema version: %w", err)
	}
	if !exists {
		return "", nil
	}
	var version string
	err := db.QueryRow(ctx,
		"SELECT curr_version FROM schema_version WHERE version_partition = 0 AND db_name = $1", name).Scan(&version)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", fmt.Errorf("read schema version: %w", err)
	}
	return version, nil
}

type querier interface {
	QueryRow(ctx context.Context, sql string, arguments ...any) pgx.Row
}

// schemaStep is one version of Temporal's schema, as its manifest describes it.
type schemaStep struct {
	CurrVersion          string
	MinCompatibleVersion string
	Description          string
	SchemaUpdateCqlFiles []string

	order    semver.Version
	checksum string
	sql      []string
}

// schemaSteps are all versions in the folder, oldest first.
func schemaSteps(folder string) ([]schemaStep, error) {
	files := schema.Assets()
	entries, err := fs.ReadDir(files, folder)
	if err != nil {
		return nil, fmt.Errorf("list schema versions: %w", err)
	}
	var steps []schemaStep
	for _, entry := range entries {
		step, err := readStep(files, path.Join(folder, entry.Name()))
		if err != nil {
			return nil, fmt.Errorf("read schema version %s: %w", entry.Name(), err)
		}
		steps = append(steps, step)
	}
	slices.SortFunc(steps, func(a, b schemaStep) int { return a.order.Compare(b.order) })
	return steps, nil
}

func readStep(files fs.FS, folder string) (schemaStep, error) {
	var step schemaStep
	manifest, err := fs.ReadFile(files, path.Join(folder, "manifest.json"))
	if err != nil {
		return step, err
	}
	if err := json.Unmarshal(manifest, &step); err != nil {
		return step, err
	}
	step.order, err = semver.ParseTolerant(step.CurrVersion)
	if err != nil {
		return step, err
	}
	sum := md5.Sum(manifest) // #nosec G401: see the import
	step.checksum = hex.EncodeToString(sum[:])
	for _, name := range step.SchemaUpdateCqlFiles {
		content, err := fs.ReadFile(files, path.Join(folder, name))
		if err != nil {
			return step, err
		}
		step.sql = append(step.sql, string(content))
	}
	return step, nil
}

// applySteps applies the versions that are newer than the database. Two programs that do so at the
// same time take turns, and the second finds nothing left to do.
func applySteps(ctx context.Context, tx pgx.Tx, name string, steps []schemaStep) error {
	if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtext('temporal schema'))"); err != nil {
		return fmt.Errorf("take turns: %w", err)
	}
	if _, err := tx.Exec(ctx, versionTables); err != nil {
		return fmt.Errorf("create version tables: %w", err)
	}
	current, err := schemaVersion(ctx, tx, name)
	if err != nil {
		return err
	}
	at, err := semver.ParseTolerant(cmp.Or(current, "0.0"))
	if err != nil {
		return fmt.Errorf("read schema version %q: %w", current, err)
	}
	for _, step := range steps {
		if step.order.LE(at) {
			continue
		}
		if err := applyStep(ctx, tx, name, current, step); err != nil {
			return fmt.Errorf("apply schema version %s: %w", step.CurrVersion, err)
		}
		current = step.CurrVersion
	}
	return nil
}

// versionTables are where Temporal looks for the version of its schema.
const versionTables = `
CREATE TABLE IF NOT EXISTS schema_version (
    version_partition      int NOT NULL,
    db_name                varchar(255) NOT NULL,
    creation_time          timestamp,
    curr_version           varchar(64),
    min_compatible_version varchar(64),
    PRIMARY KEY (version_partition, db_name)
);
CREATE TABLE IF NOT EXISTS schema_update_history (
    version_partition int NOT NULL,
    year              int NOT NULL,
    month             int NOT NULL,
    update_time       timestamp NOT NULL,
    description       varchar(255),
    manifest_md5      varchar(64),
    new_version       varchar(64),
    old_version       varchar(64),
    PRIMARY KEY (version_partition, year, month, update_time)
);`

func applyStep(ctx context.Context, tx pgx.Tx, name, from string, step schemaStep) error {
	for _, sql := range step.sql {
		// Nobody works with the database yet, so its indexes need not be built beside running work,
		// which is not possible in a transaction.
		sql = strings.ReplaceAll(sql, "INDEX CONCURRENTLY", "INDEX")
		if _, err := tx.Conn().PgConn().Exec(ctx, sql).ReadAll(); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `
INSERT INTO schema_version (version_partition, db_name, creation_time, curr_version, min_compatible_version)
VALUES (0, $1, clock_timestamp(), $2, $3)
ON CONFLICT (version_partition, db_name) DO UPDATE
SET creation_time = excluded.creation_time, curr_version = excluded.curr_version,
    min_compatible_version = excluded.min_compatible_version`,
		name, step.CurrVersion, step.MinCompatibleVersion)
	if err != nil {
		return fmt.Errorf("record version: %w", err)
	}
	_, err = tx.Exec(ctx, `
INSERT INTO schema_update_history
    (version_partition, year, month, update_time, description, manifest_md5, new_version, old_version)
SELECT 0, extract(year FROM t), extract(month FROM t), t, $1, $2, $3, $4 FROM clock_timestamp() AS t`,
		step.Description, step.checksum, step.CurrVersion, from)
	if err != nil {
		return fmt.Errorf("record update: %w", err)
	}
	return nil
}
