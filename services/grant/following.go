package grant

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Follower is told of every change of an award, in the transaction that makes it and with the lifecycle
// locked: whoever pays by awards, or asks for reports on them, begins and ends by it.
type Follower interface {
	AwardChanged(ctx context.Context, tx pgx.Tx, a Award, now time.Time) error
}

// Followers are those who are told of changes; nobody when there are none.
type Followers []Follower

func (all Followers) tell(ctx context.Context, tx pgx.Tx, a Award, now time.Time) error {
	for _, f := range all {
		if err := f.AwardChanged(ctx, tx, a, now); err != nil {
			return fmt.Errorf("tell of a changed award: %w", err)
		}
	}
	return nil
}
