// Package database opens the one PostgreSQL database, brings its tables to the newest shape and
// runs transactions.
package database

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	pgxuuid "github.com/vgarvardt/pgx-google-uuid/v5"
)

//go:embed migrations/*.sql
var migrations embed.FS

// maxConnections is how many connections one program opens, unless the address says
// pool_max_conns: more than the library's four, which a handful of people saving at once use up.
const maxConnections = 20

// Open returns a pool of connections to the database at the URL, which answers.
func Open(ctx context.Context, url string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("read the database's address: %w", err)
	}
	if !strings.Contains(url, "pool_max_conns=") {
		config.MaxConns = maxConnections
	}
	config.AfterConnect = func(_ context.Context, c *pgx.Conn) error {
		// Without it every identifier is written as text and read again on its way.
		pgxuuid.Register(c.TypeMap())
		return nil
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("reach the database: %w", err)
	}
	return pool, nil
}

// Migrate brings the tables to the newest shape. Several processes may call it at once.
func Migrate(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger) error {
	if err := migrateOwn(ctx, pool, log); err != nil {
		return fmt.Errorf("migrate the database: %w", err)
	}
	river, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("prepare the job tables: %w", err)
	}
	if _, err := river.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate the job tables: %w", err)
	}
	return nil
}

func migrateOwn(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger) error {
	return withMigrations(pool, func(all *goose.Provider) error {
		results, err := all.Up(ctx)
		for _, r := range results {
			log.Info("migrated", "file", r.Source.Path, "took", r.Duration)
		}
		return err
	})
}

// MigrateOnly carries out the migrations with the versions, in their order, and no others: for rows that were
// written when there were no others. Those that have been carried out already are passed over.
func MigrateOnly(ctx context.Context, pool *pgxpool.Pool, versions []int64) error {
	err := withMigrations(pool, func(all *goose.Provider) error {
		for _, v := range versions {
			if _, err := all.ApplyVersion(ctx, v, true); err != nil && !errors.Is(err, goose.ErrAlreadyApplied) {
				return fmt.Errorf("version %d: %w", v, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("migrate the database: %w", err)
	}
	return nil
}

// Migrated returns the versions of the migrations that have been carried out, in their order.
func Migrated(ctx context.Context, q Querier) ([]int64, error) {
	rows, err := q.Query(ctx, `SELECT version_id FROM goose_db_version WHERE is_applied AND version_id > 0 ORDER BY version_id`)
	if err != nil {
		return nil, fmt.Errorf("list the migrations: %w", err)
	}
	versions, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("list the migrations: %w", err)
	}
	return versions, nil
}

// Used tells whether the database holds any facts: whether an enterprise was ever entered in it.
func Used(ctx context.Context, pool *pgxpool.Pool) (bool, error) {
	var used bool
	err := pool.QueryRow(ctx, `SELECT to_regclass('enterprise') IS NOT NULL`).Scan(&used)
	if err == nil && used {
		err = pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM enterprise)`).Scan(&used)
	}
	if err != nil {
		return false, fmt.Errorf("look whether the database is used: %w", err)
	}
	return used, nil
}

// withMigrations calls do with the migrations of this program.
func withMigrations(pool *pgxpool.Pool, do func(*goose.Provider) error) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return err
	}
	db := stdlib.OpenDBFromPool(pool)
	defer db.Close()
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithSessionLocker(locker))
	if err != nil {
		return err
	}
	return do(provider)
}

type transactionKey struct{}

// WithTransaction returns a context whose reads join the transaction, wherever they are made: whoever
// holds a connection and waits for a second one can wait for ever when many do the same.
func WithTransaction(ctx context.Context, tx pgx.Tx) context.Context {
	return context.WithValue(ctx, transactionKey{}, tx)
}

// Querier is a connection pool or a transaction.
type Querier interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// Reader returns the transaction that the context has joined, or the pool when there is none.
func Reader(ctx context.Context, pool *pgxpool.Pool) Querier {
	if tx, ok := ctx.Value(transactionKey{}).(pgx.Tx); ok {
		return tx
	}
	return pool
}

// InTransaction calls do in a transaction and commits when it returns nil.
func InTransaction(ctx context.Context, pool *pgxpool.Pool, do func(pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, pool, do)
}

// Violates tells whether err is the database's refusal by the named constraint.
func Violates(err error, constraint string) bool {
	refusal, ok := errors.AsType[*pgconn.PgError](err)
	return ok && refusal.ConstraintName == constraint
}
