package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"saakorn/services/journal/db"
	"saakorn/services/platform/audit"
	"saakorn/services/platform/calendar"
)

// Book is what other contexts write in. Each method acts in the caller's transaction. It locks the
// application's file and then the year: a caller that holds locks on an application, a case or a
// letter takes them before, so that no two wait for each other.
type Book struct{}

// Write writes the entry, unless its source has been journaled already. Without a case there is
// nothing to journal in (a Noark 5 journalpost belongs to a saksmappe): the entry is then kept, and
// gets its numbers from [Book.Open]. So a submission never waits for the numbers of the year.
func (Book) Write(ctx context.Context, tx pgx.Tx, e Entry) error {
	e, err := e.completed()
	if err != nil {
		return fmt.Errorf("write in the journal: %w", err)
	}
	queries := db.New(tx)
	if err := holdFile(ctx, queries, e.ApplicationID); err != nil {
		return err
	}
	id := uuid.Must(uuid.NewV7())
	hasCase, err := insert(ctx, queries, id, e)
	if errors.Is(err, pgx.ErrNoRows) {
		return checkOwner(ctx, queries, e)
	}
	if err != nil {
		return fmt.Errorf("write in the journal: %w", err)
	}
	if !hasCase {
		return nil
	}
	return number(ctx, queries, id, e.ApplicationID, e.WrittenAt)
}

// holdFile keeps the application's file for the transaction alone until it ends.
func holdFile(ctx context.Context, queries *db.Queries, applicationID uuid.UUID) error {
	if err := queries.EnsureFile(ctx, applicationID); err != nil {
		return fmt.Errorf("begin a file in the journal: %w", err)
	}
	if err := queries.HoldFile(ctx, applicationID); err != nil {
		return fmt.Errorf("lock a file in the journal: %w", err)
	}
	return nil
}

// lockFile returns the application's file, for the transaction alone until it ends.
func lockFile(ctx context.Context, queries *db.Queries, applicationID uuid.UUID) (db.JournalFile, error) {
	if err := queries.EnsureFile(ctx, applicationID); err != nil {
		return db.JournalFile{}, fmt.Errorf("begin a file in the journal: %w", err)
	}
	file, err := queries.LockFile(ctx, applicationID)
	if err != nil {
		return db.JournalFile{}, fmt.Errorf("lock a file in the journal: %w", err)
	}
	return file, nil
}

// checkOwner makes sure that the source was journaled for the same application.
func checkOwner(ctx context.Context, queries *db.Queries, e Entry) error {
	owner, err := queries.GetSourceFile(ctx, e.Source)
	if err != nil {
		return fmt.Errorf("look for a journal entry: %w", err)
	}
	if owner != e.ApplicationID {
		return fmt.Errorf("write in the journal: %s belongs to another application", e.Source)
	}
	return nil
}

// insert writes the entry without numbers, and tells whether there is a case to number it in. It
// returns pgx.ErrNoRows when the source has been journaled already: no number is drawn then, for a
// number that is drawn is used.
func insert(ctx context.Context, queries *db.Queries, id uuid.UUID, e Entry) (hasCase bool, err error) {
	correspondents, err := json.Marshal(e.Correspondents)
	if err != nil {
		return false, fmt.Errorf("encode correspondents: %w", err)
	}
	return queries.InsertEntry(ctx, db.InsertEntryParams{
		ID: id, Source: e.Source, ApplicationID: e.ApplicationID, WrittenAt: e.WrittenAt, EntryType: string(e.Type),
		Status: string(e.status()), DocumentDate: encodeDate(e.DocumentDate), ReceivedOn: encodeDate(e.ReceivedOn),
		SentOn: encodeDate(e.SentOn), Title: e.Title, PublicTitle: e.PublicTitle, Correspondents: correspondents,
		Attachments: int32(e.Attachments),
	})
}

// number gives the entry its place in the case and in the journal of the year.
func number(ctx context.Context, queries *db.Queries, id, applicationID uuid.UUID, now time.Time) error {
	inCase, err := queries.NextNumber(ctx, applicationID)
	if err != nil {
		return fmt.Errorf("draw a number in the case: %w", err)
	}
	today := calendar.On(now)
	sequence, err := queries.NextSequence(ctx, int32(today.Year))
	if err != nil {
		return fmt.Errorf("draw a number in the journal: %w", err)
	}
	err = queries.NumberEntry(ctx, db.NumberEntryParams{
		ID: id, JournalYear: int32(today.Year), Sequence: sequence, Number: inCase, JournaledOn: encodeDate(today),
	})
	if err != nil {
		return fmt.Errorf("number a journal entry: %w", err)
	}
	return nil
}

// Open tells the journal of a case that has just been opened, and numbers what came in before, in
// the order in which it came.
func (Book) Open(ctx context.Context, tx pgx.Tx, f File, now time.Time) error {
	queries := db.New(tx)
	file, err := lockFile(ctx, queries, f.ApplicationID)
	if err != nil {
		return err
	}
	if file.CaseID != nil {
		return nil
	}
	err = queries.OpenFile(ctx, db.OpenFileParams{
		ApplicationID: f.ApplicationID, CaseID: f.CaseID, CaseNumber: f.CaseNumber, PartyName: f.PartyName, PartyIsPerson: f.PartyIsPerson,
	})
	if err != nil {
		return fmt.Errorf("open a case in the journal: %w", err)
	}
	waiting, err := queries.ListWaiting(ctx, f.ApplicationID)
	if err != nil {
		return fmt.Errorf("list what waits for the journal: %w", err)
	}
	for _, id := range waiting {
		if err := number(ctx, queries, id, f.ApplicationID, now); err != nil {
			return err
		}
	}
	return nil
}

// LetterSource is the source of a letter's entry.
func LetterSource(letterID uuid.UUID) string { return "letter/" + letterID.String() }

// LetterSent records that a letter has left the house. One that was sent before, or was never
// journaled, is left alone.
func (Book) LetterSent(ctx context.Context, tx pgx.Tx, letterID uuid.UUID, now time.Time) error {
	today := calendar.On(now)
	sent, err := db.New(tx).MarkSent(ctx, db.MarkSentParams{Source: LetterSource(letterID), SentOn: encodeDate(today)})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("mark a journal entry as sent: %w", err)
	}
	return audit.Record(ctx, tx, audit.Event{
		Action: "JOURNAL_ENTRY_DISPATCHED", OccurredAt: now, SubjectKind: subjectEntry, SubjectID: sent.ID, ApplicationID: sent.ApplicationID,
		Before: map[string]any{"status": Finished}, After: map[string]any{"status": Dispatched, "sent_on": today},
	})
}

func encodeDate(d calendar.Date) pgtype.Date {
	if d.IsZero() {
		return pgtype.Date{}
	}
	return pgtype.Date{Time: time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC), Valid: true}
}

func decodeDate(d pgtype.Date) calendar.Date {
	if !d.Valid {
		return calendar.Date{}
	}
	year, month, day := d.Time.Date()
	return calendar.Date{Year: year, Month: month, Day: day}
}

// Documents returns the entries of the application's case of what had been written by then, in their order.
func (Book) Documents(ctx context.Context, tx pgx.Tx, applicationID uuid.UUID, by time.Time) ([]Journaling, error) {
	rows, err := db.New(tx).ListDocuments(ctx, db.ListDocumentsParams{ApplicationID: applicationID, WrittenBy: by})
	if err != nil {
		return nil, fmt.Errorf("list the documents of a case: %w", err)
	}
	entries := make([]Journaling, 0, len(rows))
	for _, row := range rows {
		e, err := decode(row.JournalEntry, row.JournalFile)
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}
