// Package task keeps what people have to do about a lifecycle. Every context may raise a task; a task
// is raised once for each reason to raise it, however often that is asked for.
package task

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/platform/access"
	"saakorn/services/platform/audit"
	"saakorn/services/platform/calendar"
)

// Task is something that somebody has to do.
type Task struct {
	// Key says why there is a task, for example "registry/bankrupt/<lifecycle>": there is one for each.
	Key string
	// Kind in capitals says what is to be done, for example "BANKRUPTCY": pages have a text for it.
	Kind        string
	LifecycleID uuid.UUID
	// AwardID and SubjectID say what it is about, as far as it is about one award, or one instalment,
	// report or measure of it. Nil otherwise.
	AwardID, SubjectID uuid.UUID
	// Facts are what the text of the task speaks of, by name. No personal data.
	Facts map[string]string
	// Role is whose task it is. OwnerID is who is to do it; empty when anybody with the role may.
	Role    saakornv1.Role
	OwnerID string
	// DueOn is the last date for it; zero when there is none.
	DueOn calendar.Date
}

// namespace makes the identifier of a task follow from its key.
func namespace() uuid.UUID { return uuid.NewSHA1(uuid.NameSpaceURL, []byte("saakorn/task")) }

// ID returns the identifier of the task with the key.
func ID(key string) uuid.UUID { return uuid.NewSHA1(namespace(), []byte(key)) }

// Raise raises the task unless there has been one with its key, and tells whether it did. Without an
// owner it goes to the officer who is the enterprise's contact, when that is a task for officers.
func Raise(ctx context.Context, tx pgx.Tx, t Task, now time.Time) (bool, error) {
	caller, ok := access.From(ctx)
	if !ok {
		return false, fmt.Errorf("raise the task %s: nobody is acting", t.Kind)
	}
	facts := t.Facts
	if facts == nil {
		facts = map[string]string{}
	}
	tag, err := tx.Exec(ctx, `INSERT INTO task
		(id, dedup_key, kind, lifecycle_id, award_id, subject_id, facts, role, owner_id, due_on, raised_by, raised_at)
		SELECT $1, $2, $3, l.id, $5, $6, $7, $8::text,
			coalesce($9::text, CASE WHEN $8::text = 'ROLE_CASE_OFFICER' THEN l.owner_id END), $10::date, $11, $12
		FROM lifecycle l WHERE l.id = $4
		ON CONFLICT (dedup_key) DO NOTHING`,
		ID(t.Key), t.Key, t.Kind, t.LifecycleID, orNull(t.AwardID), orNull(t.SubjectID), facts, t.Role.String(),
		orNullText(t.OwnerID), orNullText(t.DueOn.String()), caller.ID, now)
	if err != nil {
		return false, fmt.Errorf("raise the task %s: %w", t.Kind, err)
	}
	if tag.RowsAffected() == 0 {
		return false, nil
	}
	return true, record(ctx, tx, ID(t.Key), "TASK_RAISED", map[string]any{"kind": t.Kind, "lifecycle_id": t.LifecycleID}, now)
}

// Settle ends the open task with the key because what it asked for has been done, and tells whether
// there was one.
func Settle(ctx context.Context, tx pgx.Tx, key string, now time.Time) (bool, error) {
	caller, ok := access.From(ctx)
	if !ok {
		return false, fmt.Errorf("settle a task: nobody is acting")
	}
	tag, err := tx.Exec(ctx, `UPDATE task SET state = 'DONE', settled_by = $2, settled_at = $3, revision = revision + 1
		WHERE id = $1 AND state = 'OPEN'`, ID(key), caller.ID, now)
	if err != nil {
		return false, fmt.Errorf("settle a task: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return false, nil
	}
	return true, record(ctx, tx, ID(key), "TASK_SETTLED", nil, now)
}

func record(ctx context.Context, tx pgx.Tx, id uuid.UUID, action string, after map[string]any, now time.Time) error {
	e := audit.Event{Action: action, OccurredAt: now, SubjectKind: "task", SubjectID: id}
	if after != nil {
		e.After = after
	}
	return audit.Record(ctx, tx, e)
}

func orNull(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}

func orNullText(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
