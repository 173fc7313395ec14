package journal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/journal/db"
	"saakorn/services/platform/access"
	"saakorn/services/platform/audit"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/clock"
	"saakorn/services/platform/command"
	"saakorn/services/platform/fault"
)

// What audit events are about.
const (
	subjectEntry   = "journal_entry"
	subjectRequest = "access_request"
)

// DefaultAnswerWithin is how many workdays a request for access may take when the installation does
// not say.
const DefaultAnswerWithin = 3

// Cases knows to whom a case is closed: whoever is not impartial in it, or has yet to say whether they are
// (fvl. §§ 6 and 8).
type Cases interface {
	// CheckImpartial refuses a caller to whom the application's case is closed.
	CheckImpartial(ctx context.Context, applicationID uuid.UUID) error
	// ClosedTo returns those of the applications whose cases are closed to the caller.
	ClosedTo(ctx context.Context, applicationIDs []uuid.UUID) (map[uuid.UUID]bool, error)
}

// Server answers the JournalService of the contract.
type Server struct {
	saakornv1.UnimplementedJournalServiceServer

	Pool  *pgxpool.Pool
	Cases Cases
	Clock clock.Clock
	// AnswerWithin is how many workdays a request for access may take; zero means
	// [DefaultAnswerWithin].
	AnswerWithin int
}

func (s *Server) runner() command.Runner { return command.Runner{Pool: s.Pool, Clock: s.Clock} }

// AssessDisclosure records whether the public may see a document (R80).
func (s *Server) AssessDisclosure(ctx context.Context, r *saakornv1.AssessDisclosureRequest) (*saakornv1.AssessDisclosureResponse, error) {
	disclosure := disclosureOf(r.GetDisclosure())
	if err := CheckAssessment(disclosure, r.GetLegalBasis(), r.GetPublicTitle()); err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.AssessDisclosureResponse, error) {
		row, err := db.New(tx).LockEntry(ctx, uuid.MustParse(r.GetEntryId()))
		if err != nil {
			return nil, notFound(err, "journal entry")
		}
		before, err := decode(row.JournalEntry, row.JournalFile)
		if err != nil {
			return nil, err
		}
		if err := s.Cases.CheckImpartial(ctx, before.ApplicationID); err != nil {
			return nil, err
		}
		if r.GetEtag() != before.Etag() {
			return nil, fault.NewConflict(before.Etag())
		}
		caller, _ := access.From(ctx)
		now := s.Clock.Now()
		after := before
		after.Disclosure, after.LegalBasis, after.AssessedBy, after.AssessedOn = disclosure, r.GetLegalBasis(), caller.ID, calendar.On(now)
		after.Revision++
		if r.GetPublicTitle() != "" {
			after.PublicTitle = r.GetPublicTitle()
		}
		if err := saveAssessment(ctx, tx, before, after, now); err != nil {
			return nil, err
		}
		return &saakornv1.AssessDisclosureResponse{Entry: present(after)}, nil
	})
}

func saveAssessment(ctx context.Context, tx pgx.Tx, before, after Journaling, now time.Time) error {
	err := db.New(tx).AssessEntry(ctx, db.AssessEntryParams{
		ID: after.ID, Disclosure: string(after.Disclosure), LegalBasis: after.LegalBasis, PublicTitle: after.PublicTitle,
		AssessedBy: after.AssessedBy, AssessedOn: encodeDate(after.AssessedOn),
	})
	if err != nil {
		return fmt.Errorf("assess a journal entry: %w", err)
	}
	return audit.Record(ctx, tx, audit.Event{
		Action: "DISCLOSURE_ASSESSED", OccurredAt: now, SubjectKind: subjectEntry, SubjectID: after.ID, ApplicationID: after.ApplicationID,
		Before: assessmentFacts(before), After: assessmentFacts(after),
	})
}

func assessmentFacts(j Journaling) map[string]any {
	return map[string]any{"disclosure": j.Disclosure, "legal_basis": j.LegalBasis, "public_title": j.PublicTitle}
}

// public is who acts when somebody who has not signed in asks for access.
const public = "public"

// RequestAccess receives a request for access from anybody (offl. §§ 3, 28).
func (s *Server) RequestAccess(ctx context.Context, r *saakornv1.RequestAccessRequest) (*saakornv1.RequestAccessResponse, error) {
	if _, signedIn := access.From(ctx); !signedIn {
		ctx = access.WithPrincipal(ctx, access.Principal{ID: public})
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.RequestAccessResponse, error) {
		queries := db.New(tx)
		entry, err := queries.GetEntry(ctx, uuid.MustParse(r.GetEntryId()))
		if err != nil {
			return nil, notFound(err, "journal entry")
		}
		now := s.Clock.Now()
		// The identifier opens the answer, so it is one that nobody can guess.
		id, due := uuid.New(), DueOn(now, s.answerWithin())
		err = queries.InsertAccessRequest(ctx, db.InsertAccessRequestParams{
			ID: id, EntryID: entry.JournalEntry.ID, Email: r.GetEmail(), Name: r.GetName(), Note: r.GetText(),
			ReceivedAt: now, DueOn: encodeDate(due),
		})
		if err != nil {
			return nil, fmt.Errorf("keep a request for access: %w", err)
		}
		// Who asks for what is nobody else's business: the event belongs to no case and names nobody.
		err = audit.Record(ctx, tx, audit.Event{
			Action: "ACCESS_REQUESTED", OccurredAt: now, SubjectKind: subjectRequest, SubjectID: id,
			After: map[string]any{"entry_id": entry.JournalEntry.ID, "due_on": due},
		})
		if err != nil {
			return nil, err
		}
		return &saakornv1.RequestAccessResponse{Receipt: &saakornv1.AccessReceipt{
			AccessRequestId: id.String(), ReceivedAt: timestamppb.New(now), DueDate: due.String(),
		}}, nil
	})
}

func (s *Server) answerWithin() int {
	if s.AnswerWithin == 0 {
		return DefaultAnswerWithin
	}
	return s.AnswerWithin
}

// AnswerAccessRequest answers a request for access.
func (s *Server) AnswerAccessRequest(ctx context.Context, r *saakornv1.AnswerAccessRequestRequest) (*saakornv1.AnswerAccessRequestResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.AnswerAccessRequestResponse, error) {
		row, err := db.New(tx).LockAccessRequest(ctx, uuid.MustParse(r.GetAccessRequestId()))
		if err != nil {
			return nil, notFound(err, "request for access")
		}
		asked := decodeRequest(db.GetAccessRequestRow(row))
		// Whoever answers has to look at the document.
		if err := s.checkEntry(ctx, tx, asked.EntryID); err != nil {
			return nil, err
		}
		if r.GetEtag() != asked.Etag() {
			return nil, fault.NewConflict(asked.Etag())
		}
		answer := answerOf(r.GetAnswer())
		if err := CheckAnswer(asked, answer, r.GetLegalBasis(), r.GetReasons()); err != nil {
			return nil, err
		}
		caller, _ := access.From(ctx)
		now := s.Clock.Now()
		asked.Answer, asked.LegalBasis, asked.Reasons, asked.AnsweredBy, asked.AnsweredAt = answer, r.GetLegalBasis(), r.GetReasons(), caller.ID, &now
		asked.Revision++
		if err := saveAnswer(ctx, tx, asked, now); err != nil {
			return nil, err
		}
		return &saakornv1.AnswerAccessRequestResponse{AccessRequest: presentRequest(asked)}, nil
	})
}

// checkEntry refuses a caller to whom the case of the entry is closed.
func (s *Server) checkEntry(ctx context.Context, tx pgx.Tx, id uuid.UUID) error {
	entry, err := db.New(tx).GetEntry(ctx, id)
	if err != nil {
		return notFound(err, "journal entry")
	}
	return s.Cases.CheckImpartial(ctx, entry.JournalEntry.ApplicationID)
}

func saveAnswer(ctx context.Context, tx pgx.Tx, r AccessRequest, now time.Time) error {
	err := db.New(tx).AnswerAccessRequest(ctx, db.AnswerAccessRequestParams{
		ID: r.ID, Answer: string(r.Answer), LegalBasis: r.LegalBasis, Reasons: r.Reasons, AnsweredBy: r.AnsweredBy, AnsweredAt: now,
	})
	if err != nil {
		return fmt.Errorf("answer a request for access: %w", err)
	}
	return audit.Record(ctx, tx, audit.Event{
		Action: "ACCESS_REQUEST_ANSWERED", OccurredAt: now, SubjectKind: subjectRequest, SubjectID: r.ID,
		After: map[string]any{"answer": r.Answer, "legal_basis": r.LegalBasis, "days": calendar.Days(calendar.On(r.ReceivedAt), calendar.On(now))},
	})
}

func notFound(err error, what string) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return fault.NewNotFound(what)
	}
	return fmt.Errorf("load a %s: %w", what, err)
}
