package database

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Gathering is a transaction that holds back statements whose result nobody waits for, and sends
// them together with the next one that somebody does wait for: what is written step by step then
// takes few round trips. Exec returns at once, without a tag. What the database refuses is told by
// the next Query or QueryRow, or by Send, which has to come last: nothing that is still held back
// then is written. Whoever asks how many rows a statement changed, or which constraint refuses it,
// uses the transaction itself.
type Gathering struct {
	pgx.Tx

	held *pgx.Batch
}

// Gather returns the transaction, holding statements back.
func Gather(tx pgx.Tx) *Gathering { return &Gathering{Tx: tx, held: &pgx.Batch{}} }

// InGathering runs do in a transaction and commits when it returns nil. What the gathering still holds
// back then is sent together with the commit.
func InGathering(ctx context.Context, pool *pgxpool.Pool, do func(*Gathering) error) error {
	connection, err := pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("reach the database: %w", err)
	}
	defer connection.Release()
	tx, err := connection.Begin(ctx)
	if err != nil {
		return fmt.Errorf("begin a transaction: %w", err)
	}
	committed := false
	defer func() {
		if !committed {
			_ = tx.Rollback(ctx) // a connection that cannot even do that is given up
		}
	}()
	g := Gather(tx)
	if err := do(g); err != nil {
		return err
	}
	err = g.commit(ctx)
	committed = err == nil
	return err
}

// commit sends what has been held back and commits.
func (g *Gathering) commit(ctx context.Context) error {
	results, err := g.send(ctx, "commit")
	if err != nil {
		return err
	}
	tag, err := results.Exec()
	if err := errors.Join(err, results.Close()); err != nil {
		return err
	}
	if tag.String() != "COMMIT" {
		return pgx.ErrTxCommitRollback // an earlier statement had failed, and somebody went on
	}
	return nil
}

// Exec holds the statement back.
func (g *Gathering) Exec(_ context.Context, sql string, arguments ...any) (pgconn.CommandTag, error) {
	g.held.Queue(sql, arguments...)
	return pgconn.CommandTag{}, nil
}

// Query sends what has been held back and the statement.
func (g *Gathering) Query(ctx context.Context, sql string, arguments ...any) (pgx.Rows, error) {
	results, err := g.send(ctx, sql, arguments...)
	if err != nil {
		return nil, err
	}
	rows, err := results.Query()
	if err != nil {
		return nil, errors.Join(err, results.Close())
	}
	return &gatheredRows{rows, results}, nil
}

// QueryRow sends what has been held back and the statement.
func (g *Gathering) QueryRow(ctx context.Context, sql string, arguments ...any) pgx.Row {
	results, err := g.send(ctx, sql, arguments...)
	return gatheredRow{results, err}
}

// Send sends what has been held back.
func (g *Gathering) Send(ctx context.Context) error {
	held := g.take()
	if held.Len() == 0 {
		return nil
	}
	return g.SendBatch(ctx, held).Close()
}

// take returns what has been held back, and holds nothing any more.
func (g *Gathering) take() *pgx.Batch {
	held := g.held
	g.held = &pgx.Batch{}
	return held
}

// send sends what has been held back and the statement, and returns the results from that of the
// statement on.
func (g *Gathering) send(ctx context.Context, sql string, arguments ...any) (pgx.BatchResults, error) {
	held := g.take()
	before := held.Len()
	held.Queue(sql, arguments...)
	results := g.SendBatch(ctx, held)
	for range before {
		if _, err := results.Exec(); err != nil {
			_ = results.Close() // it says the same again
			return nil, err
		}
	}
	return results, nil
}

// gatheredRows are the rows of the last statement that was sent.
type gatheredRows struct {
	pgx.Rows

	results pgx.BatchResults
}

// Next goes to the next row.
func (r *gatheredRows) Next() bool {
	if r.Rows.Next() {
		return true
	}
	r.Close()
	return false
}

// Close makes room for the next statement. What went wrong is told by Err.
func (r *gatheredRows) Close() {
	r.Rows.Close()
	_ = r.results.Close() // it says the same as Err
}

// gatheredRow is the row of the last statement that was sent.
type gatheredRow struct {
	results pgx.BatchResults
	err     error
}

// Scan reads the row; pgx.ErrNoRows when there is none.
func (r gatheredRow) Scan(to ...any) error {
	if r.err != nil {
		return r.err
	}
	err := r.results.QueryRow().Scan(to...)
	if closing := r.results.Close(); err == nil {
		err = closing
	}
	return err
}
