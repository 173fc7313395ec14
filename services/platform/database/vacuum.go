package database

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Vacuum counts the rows of tables that have just been filled, and marks them as seen by everybody, so that
// queries get the plans of a database that has settled. A transaction that is older than the rows holds the
// marks back, also one in another database of the server, whenever somebody connects while a table is
// vacuumed; then it tries again, until the context ends.
func Vacuum(ctx context.Context, pool *pgxpool.Pool, tables ...string) error {
	for _, table := range tables {
		for settled := false; !settled; {
			if _, err := pool.Exec(ctx, "VACUUM (ANALYZE) "+pgx.Identifier{table}.Sanitize()); err != nil {
				return fmt.Errorf("vacuum %s: %w", table, err)
			}
			err := pool.QueryRow(ctx, `SELECT relallvisible >= relpages FROM pg_class WHERE oid = to_regclass($1)`, table).Scan(&settled)
			if err != nil {
				return fmt.Errorf("look whether %s has settled: %w", table, err)
			}
		}
	}
	return nil
}
