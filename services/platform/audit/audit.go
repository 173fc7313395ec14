// Package audit records what happened, by whom and when, in the transaction that made it happen.
// The database refuses to change or remove a recorded event.
package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"saakorn/services/platform/access"
)

// Event is one thing that happened.
type Event struct {
	ID int64
	// Action in the past tense and capitals, for example "APPLICATION_SUBMITTED".
	Action     string
	OccurredAt time.Time
	ActorID    string
	// SubjectKind and SubjectID name what it happened to, for example "application".
	SubjectKind string
	SubjectID   uuid.UUID
	// ApplicationID gathers everything about one application and its case; Nil when there is none.
	ApplicationID uuid.UUID
	// Before and After are what changed: anything that encodes as a JSON object, or nil.
	Before, After any
}

type requestKey struct{}

// WithRequest returns a context whose events name the request that caused them.
func WithRequest(ctx context.Context, requestID uuid.UUID) context.Context {
	return context.WithValue(ctx, requestKey{}, requestID)
}

// Record writes the event into the transaction. The actor and the request come from the context.
func Record(ctx context.Context, tx pgx.Tx, e Event) error {
	caller, ok := access.From(ctx)
	if !ok {
		return fmt.Errorf("record %s: nobody is acting", e.Action)
	}
	before, err := encode(e.Before)
	if err != nil {
		return fmt.Errorf("record %s: %w", e.Action, err)
	}
	after, err := encode(e.After)
	if err != nil {
		return fmt.Errorf("record %s: %w", e.Action, err)
	}
	requestID, _ := ctx.Value(requestKey{}).(uuid.UUID)
	_, err = tx.Exec(ctx, `INSERT INTO audit_event
		(action, occurred_at, actor_id, subject_kind, subject_id, application_id, request_id, before, after)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		e.Action, e.OccurredAt, caller.ID, e.SubjectKind, e.SubjectID, orNull(e.ApplicationID), orNull(requestID), before, after)
	if err != nil {
		return fmt.Errorf("record %s: %w", e.Action, err)
	}
	return nil
}

// Querier is a connection pool or a transaction.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// OfApplication returns up to limit events about the application with identifiers above after,
// oldest first. Before and After hold json.RawMessage.
func OfApplication(ctx context.Context, q Querier, applicationID uuid.UUID, after int64, limit int) ([]Event, error) {
	rows, err := q.Query(ctx, `SELECT id, action, occurred_at, actor_id, subject_kind, subject_id, before, after
		FROM audit_event WHERE application_id = $1 AND id > $2 ORDER BY id LIMIT $3`, applicationID, after, limit)
	if err != nil {
		return nil, fmt.Errorf("list events: %w", err)
	}
	events, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Event, error) {
		e := Event{ApplicationID: applicationID}
		var before, after json.RawMessage
		err := row.Scan(&e.ID, &e.Action, &e.OccurredAt, &e.ActorID, &e.SubjectKind, &e.SubjectID, &before, &after)
		e.Before, e.After = before, after
		return e, err
	})
	if err != nil {
		return nil, fmt.Errorf("list events: %w", err)
	}
	return events, nil
}

func encode(v any) (json.RawMessage, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case proto.Message:
		return protojson.Marshal(v)
	}
	return json.Marshal(v)
}

func orNull(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}
