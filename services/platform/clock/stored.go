package clock

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Querier is a connection pool or a transaction.
type Querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// LoadMoved returns the clock of a rehearsal as far ahead as it was when it was last moved. One that
// never was begins at from, or now when that is the zero time.
func LoadMoved(ctx context.Context, q Querier, from time.Time) (*Moved, error) {
	var ahead int64
	err := q.QueryRow(ctx, `SELECT ahead_microseconds FROM rehearsal_clock`).Scan(&ahead)
	if errors.Is(err, pgx.ErrNoRows) {
		return beginAt(from), nil
	}
	if err != nil {
		return nil, fmt.Errorf("load the rehearsal's clock: %w", err)
	}
	return NewMoved(time.Duration(ahead) * time.Microsecond), nil
}

func beginAt(from time.Time) *Moved {
	if from.IsZero() {
		return NewMoved(0)
	}
	return NewMoved(from.Sub(System{}.Now()))
}

// SaveMoved records in the transaction how far ahead the clock is to be.
func SaveMoved(ctx context.Context, tx pgx.Tx, ahead time.Duration) error {
	_, err := tx.Exec(ctx, `INSERT INTO rehearsal_clock (ahead_microseconds) VALUES ($1)
		ON CONFLICT (only_row) DO UPDATE SET ahead_microseconds = excluded.ahead_microseconds`, ahead.Microseconds())
	if err != nil {
		return fmt.Errorf("save the rehearsal's clock: %w", err)
	}
	return nil
}

// WasMoved tells whether a rehearsal has moved the clock of the installation.
func WasMoved(ctx context.Context, q Querier) (bool, error) {
	var moved bool
	if err := q.QueryRow(ctx, `SELECT EXISTS (SELECT FROM rehearsal_clock)`).Scan(&moved); err != nil {
		return false, fmt.Errorf("look for a rehearsal's clock: %w", err)
	}
	return moved, nil
}
