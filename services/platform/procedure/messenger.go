package procedure

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"saakorn/services/platform/clock"
)

// maxAttempts is so high that a message outlives any outage of the engine.
const maxAttempts = 10_000

// deliverWithin is how long one attempt to deliver a message may take, before it is left to another.
const deliverWithin = 15 * time.Second

// NewOutbox returns an outbox that can leave messages and delivers none.
func NewOutbox(pool *pgxpool.Pool) (Outbox, error) {
	jobs, err := river.NewClient(riverpgxv5.New(pool), &river.Config{MaxAttempts: maxAttempts})
	if err != nil {
		return Outbox{}, fmt.Errorf("prepare the outbox: %w", err)
	}
	return Outbox{Jobs: jobs}, nil
}

// NewMessenger returns a client that delivers the messages of the outbox to the engine while it is
// started, several at a time, and tries again for as long as the engine is away.
func NewMessenger(pool *pgxpool.Pool, engine client.Client, atOnce int, log *slog.Logger) (*river.Client[pgx.Tx], error) {
	workers := river.NewWorkers()
	if err := river.AddWorkerSafely(workers, &wakeWorker{pool: pool, engine: engine}); err != nil {
		return nil, fmt.Errorf("prepare the messenger: %w", err)
	}
	messenger, err := river.NewClient(riverpgxv5.New(pool), &river.Config{
		MaxAttempts:       maxAttempts,
		Workers:           workers,
		Queues:            map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: atOnce}},
		RetryPolicy:       patience{},
		FetchCooldown:     20 * time.Millisecond,
		FetchPollInterval: 500 * time.Millisecond,
		Logger:            log,
		// A program that is killed leaves messages that nobody delivers any more. Whoever goes on takes them over
		// when no attempt can still be under way.
		JobTimeout:           deliverWithin,
		RescueStuckJobsAfter: 2 * deliverWithin,
		// A delivered message has no further use: the procedure's row remembers.
		CompletedJobRetentionPeriod: time.Hour,
	})
	if err != nil {
		return nil, fmt.Errorf("prepare the messenger: %w", err)
	}
	return messenger, nil
}

type wakeWorker struct {
	river.WorkerDefaults[WakeArgs]
	pool   *pgxpool.Pool
	engine client.Client
}

// Work delivers one message: it starts the workflow, or tells it to look again when it runs. A change that the
// workflow has seen already, because it looked at several at once, needs no message.
func (w *wakeWorker) Work(ctx context.Context, job *river.Job[WakeArgs]) error {
	s := Subject{job.Args.Procedure, job.Args.SubjectID}
	if job.Args.Wanted > 0 {
		if seen, err := Seen(ctx, w.pool, s, job.Args.Wanted); err != nil || seen {
			return err
		}
	}
	return Start(ctx, w.engine, s)
}

// Start starts the workflow of the subject, or tells it to look again when it runs already.
func Start(ctx context.Context, engine client.Client, s Subject) error {
	id := s.Kind.WorkflowID(s.ID)
	_, err := engine.SignalWithStartWorkflow(ctx, id, LookAgain, nil,
		client.StartWorkflowOptions{ID: id, TaskQueue: s.Kind.TaskQueue()}, string(s.Kind), s.ID.String())
	if err != nil {
		return fmt.Errorf("wake %s: %w", id, err)
	}
	return nil
}

// StartIfMissing starts the workflow of the subject unless it runs; it tells whether it did.
func StartIfMissing(ctx context.Context, engine client.Client, s Subject) (bool, error) {
	id := s.Kind.WorkflowID(s.ID)
	_, err := engine.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: id, TaskQueue: s.Kind.TaskQueue(), WorkflowExecutionErrorWhenAlreadyStarted: true,
	}, string(s.Kind), s.ID.String())
	if _, running := errors.AsType[*serviceerror.WorkflowExecutionAlreadyStarted](err); running {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("start %s: %w", id, err)
	}
	return true, nil
}

// patience waits a little longer after each failed delivery, and never more than ten seconds, so
// that everything catches up soon after an outage.
type patience struct{}

// NextRetry returns when to deliver the job again.
func (patience) NextRetry(job *rivertype.JobRow) time.Time {
	return clock.System{}.Now().Add(min(time.Duration(len(job.Errors)+1)*time.Second, 10*time.Second))
}
