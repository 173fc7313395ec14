// Package procedure connects facts to the workflows that watch over them. A change that a workflow
// must look at marks its procedure and leaves a message in the same transaction; the message is
// delivered to the engine when the engine can take it.
package procedure

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
)

// Kind is a kind of procedure: the workflow that runs it has this name.
type Kind string

// The procedures of a round, and of what follows it.
const (
	Call     Kind = "call"     // one for each call for applications
	Casework Kind = "casework" // one for each submitted application, named by the application
	// Lifecycle is the relationship of an enterprise to a scheme over years, named by the lifecycle.
	Lifecycle Kind = "lifecycle"
	Payment   Kind = "payment" // one for the money of each award, named by the award
)

// WorkflowID returns the identifier of the workflow that watches over the subject.
func (k Kind) WorkflowID(subject uuid.UUID) string { return string(k) + "/" + subject.String() }

// TaskQueue returns the queue whose workers run the procedure.
func (k Kind) TaskQueue() string { return string(k) }

// LookAgain is the signal that tells a workflow that its facts have changed.
const LookAgain = "look-again"

// Subject is what a procedure is about.
type Subject struct {
	Kind Kind
	ID   uuid.UUID
}

// WakeArgs is the message that a workflow has something to look at. It starts the workflow when it
// is not running.
type WakeArgs struct {
	Procedure Kind      `json:"procedure"`
	SubjectID uuid.UUID `json:"subject_id"`
	// Wanted is the number of the change that the message is about; 0 when it is about none, but about time.
	Wanted int64 `json:"wanted,omitempty"`
}

// Kind returns the name of the message in the job table.
func (WakeArgs) Kind() string { return "wake" }

// Outbox leaves messages to the engine in the caller's transaction.
type Outbox struct {
	Jobs *river.Client[pgx.Tx]
}

// Wake marks that the procedure has something new to look at and leaves the message, starting the
// procedure's life when there is none.
func (o Outbox) Wake(ctx context.Context, tx pgx.Tx, s Subject, now time.Time) error {
	var wanted int64
	err := tx.QueryRow(ctx, `INSERT INTO procedure (kind, subject_id, started_at) VALUES ($1, $2, $3)
		ON CONFLICT (kind, subject_id) DO UPDATE SET wanted = procedure.wanted + 1, closed_at = NULL RETURNING wanted`,
		s.Kind, s.ID, now).Scan(&wanted)
	if err != nil {
		return fmt.Errorf("mark the procedure %s: %w", s.Kind, err)
	}
	if _, err := o.Jobs.InsertTx(ctx, tx, WakeArgs{s.Kind, s.ID, wanted}, nil); err != nil {
		return fmt.Errorf("leave a message to the procedure %s: %w", s.Kind, err)
	}
	return nil
}

// Nudge leaves a message to each of the procedures without marking a change: what is due by time
// alone is looked at.
func (o Outbox) Nudge(ctx context.Context, tx pgx.Tx, subjects []Subject) error {
	if len(subjects) == 0 {
		return nil
	}
	messages := make([]river.InsertManyParams, 0, len(subjects))
	for _, s := range subjects {
		messages = append(messages, river.InsertManyParams{Args: WakeArgs{Procedure: s.Kind, SubjectID: s.ID}})
	}
	if _, err := o.Jobs.InsertManyTx(ctx, tx, messages); err != nil {
		return fmt.Errorf("leave messages to procedures: %w", err)
	}
	return nil
}

// ErrUnknown is returned for a procedure that has no row.
var ErrUnknown = errors.New("no such procedure")

// Wanted returns how many changes the procedure has been asked to look at so far. Read it before
// the facts: what changes afterwards counts as unseen.
func Wanted(ctx context.Context, tx pgx.Tx, s Subject) (int64, error) {
	var wanted int64
	err := tx.QueryRow(ctx, `SELECT wanted FROM procedure WHERE kind = $1 AND subject_id = $2`, s.Kind, s.ID).Scan(&wanted)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, ErrUnknown
	}
	if err != nil {
		return 0, fmt.Errorf("load the procedure %s: %w", s.Kind, err)
	}
	return wanted, nil
}

// Seen tells whether the procedure has looked at the change with the number.
func Seen(ctx context.Context, pool *pgxpool.Pool, s Subject, change int64) (bool, error) {
	var seen bool
	err := pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM procedure WHERE kind = $1 AND subject_id = $2 AND seen >= $3)`,
		s.Kind, s.ID, change).Scan(&seen)
	if err != nil {
		return false, fmt.Errorf("look at the procedure %s: %w", s.Kind, err)
	}
	return seen, nil
}

// Rest records that the procedure has looked at so many changes and has nothing to do before due;
// nil when only a change can give it something to do.
func Rest(ctx context.Context, tx pgx.Tx, s Subject, seen int64, due *time.Time, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE procedure SET seen = greatest(seen, $3), due_at = $4, looked_at = $5
		WHERE kind = $1 AND subject_id = $2`, s.Kind, s.ID, seen, due, now)
	if err != nil {
		return fmt.Errorf("rest the procedure %s: %w", s.Kind, err)
	}
	return nil
}

// Close records that the procedure has nothing more to do unless it is woken again. It returns
// false, and closes nothing, when something has changed since seen was read.
func Close(ctx context.Context, tx pgx.Tx, s Subject, seen int64, now time.Time) (bool, error) {
	tag, err := tx.Exec(ctx, `UPDATE procedure SET seen = $3, due_at = NULL, looked_at = $4, closed_at = $4
		WHERE kind = $1 AND subject_id = $2 AND wanted = $3`, s.Kind, s.ID, seen, now)
	if err != nil {
		return false, fmt.Errorf("close the procedure %s: %w", s.Kind, err)
	}
	return tag.RowsAffected() == 1, nil
}

// Open returns up to limit procedures that are not closed, in the order of their names, starting
// after the given one.
func Open(ctx context.Context, pool *pgxpool.Pool, after Subject, limit int) ([]Subject, error) {
	return list(ctx, pool, `SELECT kind, subject_id FROM procedure
		WHERE closed_at IS NULL AND (kind, subject_id) > ($1, $2) ORDER BY kind, subject_id LIMIT $3`, after.Kind, after.ID, limit)
}

// Due returns the procedures that have something to do at now.
func Due(ctx context.Context, pool *pgxpool.Pool, now time.Time) ([]Subject, error) {
	return list(ctx, pool, `SELECT kind, subject_id FROM procedure
		WHERE closed_at IS NULL AND due_at <= $1 ORDER BY due_at, subject_id`, now)
}

func list(ctx context.Context, pool *pgxpool.Pool, sql string, args ...any) ([]Subject, error) {
	rows, err := pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("list procedures: %w", err)
	}
	subjects, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Subject])
	if err != nil {
		return nil, fmt.Errorf("list procedures: %w", err)
	}
	return subjects, nil
}

// Progress says what is still on its way to the workflows, and what comes next.
type Progress struct {
	// Undelivered messages to the engine.
	Undelivered int
	// Unsettled procedures have unseen changes, or something due.
	Unsettled int
	// Next is when anything is due the next time; nil when nothing is.
	Next *time.Time
}

// Look returns the progress at now.
func Look(ctx context.Context, pool *pgxpool.Pool, now time.Time) (Progress, error) {
	var p Progress
	err := pool.QueryRow(ctx, `SELECT
		-- Naming the states lets the index answer, however many delivered messages there are.
		(SELECT count(*) FROM river_job WHERE state IN ('available', 'pending', 'retryable', 'running', 'scheduled')),
		(SELECT count(*) FROM procedure WHERE closed_at IS NULL AND (wanted > seen OR due_at <= $1)),
		(SELECT min(due_at) FROM procedure WHERE closed_at IS NULL AND due_at > $1)`, now).
		Scan(&p.Undelivered, &p.Unsettled, &p.Next)
	if err != nil {
		return Progress{}, fmt.Errorf("look at the procedures: %w", err)
	}
	return p, nil
}
