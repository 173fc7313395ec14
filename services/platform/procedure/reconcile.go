package procedure

import (
	"context"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.temporal.io/sdk/client"
)

// Reconciled counts the procedures that are open by the facts, and those of them that had no
// workflow and were given one.
type Reconciled struct {
	Open, Started int
}

// reconcileBatch is how many procedures are read at a time.
const reconcileBatch = 500

// Reconcile starts a workflow for every open procedure that has none, so that everything goes on
// where it was also when the whole engine has been lost. It can be repeated at any time. After every
// batch it tells report, unless that is nil, how far it has come.
func Reconcile(ctx context.Context, pool *pgxpool.Pool, engine client.Client, report func(Reconciled)) (Reconciled, error) {
	var done Reconciled
	for after := (Subject{}); ; {
		subjects, err := Open(ctx, pool, after, reconcileBatch)
		if err != nil {
			return done, err
		}
		for _, s := range subjects {
			missing, err := StartIfMissing(ctx, engine, s)
			if err != nil {
				return done, err
			}
			done.Open++
			if missing {
				done.Started++
			}
		}
		if len(subjects) < reconcileBatch {
			return done, nil
		}
		after = subjects[len(subjects)-1]
		if report != nil {
			report(done)
		}
	}
}
