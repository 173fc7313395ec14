package application

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/protobuf/encoding/protojson"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/application/db"
	"saakorn/services/platform/access"
	"saakorn/services/platform/audit"
	"saakorn/services/platform/database"
	"saakorn/services/platform/fault"
	"saakorn/services/scheme"
)

// Querier is a connection pool or a transaction.
type Querier = db.DBTX

// Store keeps applications.
type Store struct {
	pool *pgxpool.Pool
}

// NewStore returns the store in the database.
func NewStore(pool *pgxpool.Pool) *Store { return &Store{pool} }

// Get returns the application with its working copy; a NotFound fault when there is none.
func (s *Store) Get(ctx context.Context, q Querier, id uuid.UUID) (Application, error) {
	row, err := db.New(q).GetApplication(ctx, id)
	if err != nil {
		return Application{}, notFound(err, "load an application")
	}
	return decode(row)
}

// lock returns the application and keeps others from changing it until the transaction ends.
func lock(ctx context.Context, tx pgx.Tx, id uuid.UUID) (Application, error) {
	row, err := db.New(tx).LockApplication(ctx, id)
	if err != nil {
		return Application{}, notFound(err, "lock an application")
	}
	return decode(row)
}

// Submission is what an enterprise submitted: the newest version and its files.
type Submission struct {
	Application
	Files []Attachment
}

// Submission returns the application with the newest submitted version as its content; a NotFound
// fault when nothing has been submitted.
func (s *Store) Submission(ctx context.Context, q Querier, id uuid.UUID) (Submission, error) {
	a, err := s.Get(ctx, q, id)
	if err != nil {
		return Submission{}, err
	}
	version, err := db.New(q).GetVersion(ctx, db.GetVersionParams{ApplicationID: id, Version: a.Version})
	if err != nil {
		return Submission{}, notFound(err, "load a submitted version")
	}
	if a.Content, err = decodeContent(version.Content); err != nil {
		return Submission{}, err
	}
	files, err := db.New(q).ListAttachmentsByID(ctx, db.ListAttachmentsByIDParams{ApplicationID: id, Ids: version.AttachmentIds})
	if err != nil {
		return Submission{}, fmt.Errorf("list attachments: %w", err)
	}
	return Submission{a, attachments(files)}, nil
}

// MarkDecided records in the caller's transaction that the application has been decided, so that it
// can no longer be corrected or withdrawn. It locks the application and refuses one that has been
// withdrawn in the meantime.
func (s *Store) MarkDecided(ctx context.Context, tx pgx.Tx, id uuid.UUID, now time.Time) error {
	a, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	if a.State != Submitted {
		return fault.NewPrecondition("WITHDRAWN", "the application has been withdrawn")
	}
	a.DecidedAt, a.UpdatedAt = &now, now
	return saveState(ctx, tx, a)
}

// LetComplete lets the enterprise complete a submitted application until the given time, or no longer
// when that is nil, in the caller's transaction.
func (s *Store) LetComplete(ctx context.Context, tx pgx.Tx, id uuid.UUID, until *time.Time, now time.Time) error {
	a, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	if a.State != Submitted {
		return fault.NewPrecondition("WITHDRAWN", "the application has been withdrawn")
	}
	a.CompletionUntil, a.UpdatedAt = until, now
	return saveState(ctx, tx, a)
}

// DraftApplication is an application that has not been submitted, with what a reminder needs.
type DraftApplication struct {
	ID, EnterpriseID uuid.UUID
	// Recipients are the e-mail addresses of the contacts named in the draft.
	Recipients []string
}

// Drafts returns up to limit drafts of the call in the order of their identifiers, starting after
// the given one.
func (s *Store) Drafts(ctx context.Context, callID, after uuid.UUID, limit int) ([]DraftApplication, error) {
	rows, err := db.New(s.pool).ListDrafts(ctx, db.ListDraftsParams{CallID: callID, AfterID: after, RowLimit: int32(limit)})
	if err != nil {
		return nil, fmt.Errorf("list drafts: %w", err)
	}
	drafts := make([]DraftApplication, 0, len(rows))
	for _, row := range rows {
		content, err := decodeContent(row.Content)
		if err != nil {
			return nil, err
		}
		drafts = append(drafts, DraftApplication{row.ID, row.EnterpriseID, Recipients(content)})
	}
	return drafts, nil
}

// MarkMissed closes every draft of the call that was never submitted and returns how many.
func (s *Store) MarkMissed(ctx context.Context, callID uuid.UUID, now time.Time) (int, error) {
	missed := 0
	for after := uuid.Nil; ; {
		drafts, err := s.Drafts(ctx, callID, after, 100)
		if err != nil || len(drafts) == 0 {
			return missed, err
		}
		for _, d := range drafts {
			done, err := s.markOneMissed(ctx, d.ID, now)
			if err != nil {
				return missed, err
			}
			missed += done
		}
		after = drafts[len(drafts)-1].ID
	}
}

func (s *Store) markOneMissed(ctx context.Context, id uuid.UUID, now time.Time) (int, error) {
	done := 0
	err := database.InTransaction(ctx, s.pool, func(tx pgx.Tx) error {
		a, err := lock(ctx, tx, id)
		if err != nil || a.State != Draft {
			return err // submitted or withdrawn in the meantime
		}
		a.State, a.UpdatedAt = Missed, now
		if err := saveState(ctx, tx, a); err != nil {
			return err
		}
		done = 1
		return audit.Record(access.AsSystem(ctx), tx, audit.Event{
			Action: "APPLICATION_MISSED", OccurredAt: now, SubjectKind: "application", SubjectID: id, ApplicationID: id,
			Before: map[string]any{"state": Draft}, After: map[string]any{"state": Missed},
		})
	})
	if err != nil {
		return 0, fmt.Errorf("close a draft: %w", err)
	}
	return done, nil
}

// Recipients returns the e-mail addresses of the contacts, the first one first.
func Recipients(content *saakornv1.ApplicationContent) []string {
	recipients := make([]string, 0, len(content.GetContacts()))
	for _, c := range content.GetContacts() {
		recipients = append(recipients, c.GetEmail())
	}
	return recipients
}

func saveState(ctx context.Context, tx pgx.Tx, a Application) error {
	err := db.New(tx).UpdateState(ctx, db.UpdateStateParams{
		ID: a.ID, State: string(a.State), Reference: orNull(a.Reference), Version: a.Version, Unsubmitted: a.Unsubmitted,
		Late: a.Late, SubmittedAt: a.SubmittedAt, WithdrawnAt: a.WithdrawnAt, DecidedAt: a.DecidedAt, CompletionUntil: a.CompletionUntil, UpdatedAt: a.UpdatedAt,
	})
	if err != nil {
		return fmt.Errorf("save the state of an application: %w", err)
	}
	return nil
}

func listAttachments(ctx context.Context, q Querier, id uuid.UUID) ([]Attachment, error) {
	rows, err := db.New(q).ListAttachments(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("list attachments: %w", err)
	}
	return attachments(rows), nil
}

func attachments(rows []db.Attachment) []Attachment {
	files := make([]Attachment, 0, len(rows))
	for _, r := range rows {
		files = append(files, Attachment{
			ID: r.ID, ApplicationID: r.ApplicationID, Kind: r.Kind, FileName: r.FileName, MediaType: r.MediaType,
			SizeBytes: r.SizeBytes, SHA256: r.Sha256, BlobKey: r.BlobKey, UploadedBy: r.UploadedBy, UploadedAt: r.UploadedAt,
		})
	}
	return files
}

func decode(row db.Application) (Application, error) {
	content, err := decodeContent(row.Content)
	if err != nil {
		return Application{}, err
	}
	a := Application{
		ID: row.ID, Revision: row.Revision, CallID: row.CallID, EnterpriseID: row.EnterpriseID, SchemeID: row.SchemeID,
		SchemeVersion: row.SchemeVersion, Type: scheme.ApplicationTypeKey(row.ApplicationType), State: State(row.State),
		Content: content, Version: row.Version, Unsubmitted: row.Unsubmitted, Late: row.Late, PreviousID: row.PreviousID,
		CreatedBy: row.CreatedBy, CreatedAt: row.CreatedAt, UpdatedAt: row.UpdatedAt, SubmittedAt: row.SubmittedAt,
		WithdrawnAt: row.WithdrawnAt, DecidedAt: row.DecidedAt, CompletionUntil: row.CompletionUntil,
	}
	if row.Reference != nil {
		a.Reference = *row.Reference
	}
	return a, nil
}

func decodeContent(stored json.RawMessage) (*saakornv1.ApplicationContent, error) {
	content := &saakornv1.ApplicationContent{}
	// A field that a later version of the contract has dropped is no reason to fail on old rows.
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(stored, content); err != nil {
		return nil, fmt.Errorf("decode stored content: %w", err)
	}
	return content, nil
}

func encodeContent(content *saakornv1.ApplicationContent) (json.RawMessage, error) {
	stored, err := protojson.Marshal(content)
	if err != nil {
		return nil, fmt.Errorf("encode content: %w", err)
	}
	return stored, nil
}

func notFound(err error, doing string) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return fault.NewNotFound("application")
	}
	return fmt.Errorf("%s: %w", doing, err)
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
