package scheme

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"saakorn/services/platform/access"
	"saakorn/services/platform/audit"
	"saakorn/services/platform/database"
	"saakorn/services/platform/letter"
	"saakorn/services/platform/procedure"
	"saakorn/services/scheme/db"
)

// Progress is what the procedure of a call looks at.
type Progress struct {
	Call       Call
	Definition *Definition
	// Reminded lists the moments for which everybody with a draft has been reminded of the close.
	Reminded []time.Time
	// Wanted counts the changes that these facts hold.
	Wanted int64
}

func subject(callID uuid.UUID) procedure.Subject {
	return procedure.Subject{Kind: procedure.Call, ID: callID}
}

// Progress returns how far the call has come. It fails with [procedure.ErrUnknown] for a call that
// no procedure watches over.
func (s *Store) Progress(ctx context.Context, callID uuid.UUID) (Progress, error) {
	var p Progress
	err := database.InTransaction(ctx, s.pool, func(tx pgx.Tx) (err error) {
		// First, so that what changes from here on counts as unseen.
		if p.Wanted, err = procedure.Wanted(ctx, tx, subject(callID)); err != nil {
			return err
		}
		if p.Call, err = s.Call(ctx, tx, callID); err != nil {
			return err
		}
		if p.Reminded, err = db.New(tx).ListReminders(ctx, callID); err != nil {
			return fmt.Errorf("list reminders: %w", err)
		}
		return nil
	})
	if err != nil {
		return Progress{}, err
	}
	p.Definition, err = s.Definition(ctx, p.Call.SchemeID, p.Call.SchemeVersion)
	return p, err
}

// Rest records that the call's procedure has looked at so many changes and waits until due.
func (s *Store) Rest(ctx context.Context, callID uuid.UUID, seen int64, due *time.Time, now time.Time) error {
	return database.InTransaction(ctx, s.pool, func(tx pgx.Tx) error {
		return procedure.Rest(ctx, tx, subject(callID), seen, due, now)
	})
}

// Finish records that the call's procedure is over. It returns false when something has changed
// since seen was read.
func (s *Store) Finish(ctx context.Context, callID uuid.UUID, seen int64, now time.Time) (finished bool, err error) {
	err = database.InTransaction(ctx, s.pool, func(tx pgx.Tx) error {
		finished, err = procedure.Close(ctx, tx, subject(callID), seen, now)
		return err
	})
	return finished, err
}

// MarkOpened records once that the call has opened. It does nothing before the opening.
func (s *Store) MarkOpened(ctx context.Context, callID uuid.UUID, now time.Time) error {
	return s.mark(ctx, "CALL_OPENED", now, func(q *db.Queries) (db.Call, error) {
		return q.MarkOpened(ctx, db.MarkOpenedParams{ID: callID, Now: now})
	})
}

// MarkClosed records once that the call has closed. It does nothing before the close, which may
// have been moved since somebody last looked.
func (s *Store) MarkClosed(ctx context.Context, callID uuid.UUID, now time.Time) error {
	return s.mark(ctx, "CALL_CLOSED", now, func(q *db.Queries) (db.Call, error) {
		return q.MarkClosed(ctx, db.MarkClosedParams{ID: callID, Now: now})
	})
}

func (s *Store) mark(ctx context.Context, action string, now time.Time, update func(*db.Queries) (db.Call, error)) error {
	return database.InTransaction(ctx, s.pool, func(tx pgx.Tx) error {
		row, err := update(db.New(tx))
		if errors.Is(err, pgx.ErrNoRows) {
			return nil // it is marked already, or not yet time
		}
		if err != nil {
			return fmt.Errorf("mark a call: %w", err)
		}
		call := decodeCall(row)
		return audit.Record(access.AsSystem(ctx), tx, audit.Event{
			Action: action, OccurredAt: now, SubjectKind: "call", SubjectID: call.ID, After: auditedTimes(call),
		})
	})
}

// MarkReminded records that everybody with a draft has been reminded for the moment due.
func (s *Store) MarkReminded(ctx context.Context, callID uuid.UUID, due, now time.Time) error {
	err := db.New(s.pool).InsertReminder(ctx, db.InsertReminderParams{CallID: callID, DueAt: due, SentAt: now})
	if err != nil {
		return fmt.Errorf("mark a reminder: %w", err)
	}
	return nil
}

// WriteReminder writes the letter that reminds somebody of a draft, once for its key, and returns
// the letter's identifier.
func (s *Store) WriteReminder(ctx context.Context, l letter.Letter) (uuid.UUID, error) {
	var id uuid.UUID
	err := database.InTransaction(ctx, s.pool, func(tx pgx.Tx) error {
		var written bool
		var err error
		if id, written, err = letter.Write(ctx, tx, l); err != nil || !written {
			return err
		}
		return audit.Record(access.AsSystem(ctx), tx, audit.Event{
			Action: "DRAFT_REMINDED", OccurredAt: l.CreatedAt, SubjectKind: "letter", SubjectID: id, ApplicationID: l.ApplicationID,
		})
	})
	return id, err
}
