package correspondence

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/application"
	"saakorn/services/correspondence/db"
	"saakorn/services/enterprise"
	"saakorn/services/journal"
	"saakorn/services/platform/access"
	"saakorn/services/platform/audit"
	"saakorn/services/platform/clock"
	"saakorn/services/platform/command"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/page"
	"saakorn/services/platform/person"
	"saakorn/services/platform/procedure"
)

// Applications tells what was submitted.
type Applications interface {
	Submission(ctx context.Context, q application.Querier, id uuid.UUID) (application.Submission, error)
}

// Enterprises knows who may act for whom.
type Enterprises interface {
	Right(ctx context.Context, personID string, enterpriseID uuid.UUID) (enterprise.Right, error)
	Enterprise(ctx context.Context, id uuid.UUID) (enterprise.Enterprise, error)
}

// Cases knows to whom a case is closed.
type Cases interface {
	// CheckImpartial refuses a caller who is not impartial in the application's case, or has yet to say whether
	// they are (fvl. §§ 6 and 8).
	CheckImpartial(ctx context.Context, applicationID uuid.UUID) error
}

// Journal receives an entry for every message, in its transaction.
type Journal interface {
	Write(ctx context.Context, tx pgx.Tx, e journal.Entry) error
}

// Waker tells a procedure to look at the facts again.
type Waker interface {
	Wake(ctx context.Context, tx pgx.Tx, s procedure.Subject, now time.Time) error
}

// Server answers the CorrespondenceService of the contract.
type Server struct {
	saakornv1.UnimplementedCorrespondenceServiceServer

	Pool         *pgxpool.Pool
	Applications Applications
	Enterprises  Enterprises
	Cases        Cases
	Journal      Journal
	Waker        Waker
	Clock        clock.Clock
}

func (s *Server) runner() command.Runner { return command.Runner{Pool: s.Pool, Clock: s.Clock} }

// side returns the application and on which side of it the caller stands; to act takes a case
// officer, or the right to edit. Before anything has been submitted there is nobody to write to, and
// so no such application here. The correspondence is a part of the case, and closed with it. It asks other contexts, and so is called before a transaction: in one
// it would hold a second connection.
func (s *Server) side(ctx context.Context, applicationID string, act bool) (a application.Submission, ofEnterprise bool, err error) {
	a, err = s.Applications.Submission(ctx, s.Pool, uuid.MustParse(applicationID))
	if err != nil {
		return a, false, err
	}
	caller, _ := access.From(ctx)
	if caller.Has(saakornv1.Role_ROLE_CASE_OFFICER) || !act && caller.Has(access.Staff()...) {
		return a, false, s.Cases.CheckImpartial(ctx, a.ID)
	}
	return a, true, s.mine(ctx, a.EnterpriseID, act, "application")
}

// mine refuses what belongs to an enterprise that the caller may not act for.
func (s *Server) mine(ctx context.Context, enterpriseID uuid.UUID, edit bool, what string) error {
	caller, _ := access.From(ctx)
	right, err := s.Enterprises.Right(ctx, caller.ID, enterpriseID)
	switch {
	case err != nil:
		return err
	case !right.CanRead():
		return fault.NewNotFound(what)
	case edit && !right.CanEdit():
		return fault.NewDenied("READER_ONLY", "you may read for this enterprise: ask its administrator for the right to edit")
	}
	return nil
}

// SendMessage writes to the other side.
func (s *Server) SendMessage(ctx context.Context, r *saakornv1.SendMessageRequest) (*saakornv1.SendMessageResponse, error) {
	a, ofEnterprise, err := s.side(ctx, r.GetApplicationId(), true)
	if err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.SendMessageResponse, error) {
		caller, _ := access.From(ctx)
		m := Message{
			ID: uuid.Must(uuid.NewV7()), ApplicationID: a.ID, FromEnterprise: ofEnterprise, AuthorID: caller.ID, Text: r.GetText(),
			AttachmentIDs: parseIDs(r.GetAttachmentIds()), SentAt: s.Clock.Now(),
		}
		if err := CheckMessage(m, submitted(a)); err != nil {
			return nil, err
		}
		if err := s.send(ctx, tx, m); err != nil {
			return nil, err
		}
		names, err := person.Names(ctx, tx, []string{m.AuthorID})
		if err != nil {
			return nil, err
		}
		return &saakornv1.SendMessageResponse{Message: present(m, names)}, nil
	})
}

func (s *Server) send(ctx context.Context, tx pgx.Tx, m Message) error {
	if err := insertMessage(ctx, tx, m); err != nil {
		return err
	}
	if err := s.Journal.Write(ctx, tx, m.entry()); err != nil {
		return err
	}
	err := audit.Record(ctx, tx, audit.Event{
		Action: "MESSAGE_SENT", OccurredAt: m.SentAt, SubjectKind: "message", SubjectID: m.ID, ApplicationID: m.ApplicationID,
		After: map[string]any{"from_enterprise": m.FromEnterprise, "attachments": len(m.AttachmentIDs)},
	})
	if err != nil || m.FromEnterprise {
		return err
	}
	// The enterprise is told by letter that there is a message, never what it says.
	return s.Waker.Wake(ctx, tx, procedure.Subject{Kind: procedure.Casework, ID: m.ApplicationID}, m.SentAt)
}

func submitted(a application.Submission) []uuid.UUID {
	ids := make([]uuid.UUID, 0, len(a.Files))
	for _, f := range a.Files {
		ids = append(ids, f.ID)
	}
	return ids
}

// place is where a page of messages begins: before this one, newest first.
type place struct {
	SentAt time.Time
	ID     uuid.UUID
}

// beginning is later than any message.
func beginning() place { return place{time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), uuid.Max} }

// ListMessages returns the messages about an application, newest first.
func (s *Server) ListMessages(ctx context.Context, r *saakornv1.ListMessagesRequest) (*saakornv1.ListMessagesResponse, error) {
	a, ofEnterprise, err := s.side(ctx, r.GetApplicationId(), false)
	if err != nil {
		return nil, err
	}
	from, err := page.Place(r, beginning())
	if err != nil {
		return nil, err
	}
	queries := db.New(s.Pool)
	rows, err := queries.ListMessages(ctx, db.ListMessagesParams{
		ApplicationID: a.ID, BeforeSentAt: from.SentAt, BeforeID: from.ID, RowLimit: int32(page.Size(r) + 1),
	})
	if err != nil {
		return nil, fmt.Errorf("list messages: %w", err)
	}
	rows, next, err := page.Cut(r, rows, func(last db.Message) place { return place{last.SentAt, last.ID} })
	if err != nil {
		return nil, err
	}
	unread, err := countUnread(ctx, queries, a.ID, ofEnterprise)
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.ListMessagesResponse{NextPageToken: next, Unread: unread}
	answer.Messages, err = s.presentAll(ctx, rows)
	return answer, err
}

func (s *Server) presentAll(ctx context.Context, rows []db.Message) ([]*saakornv1.Message, error) {
	authors := make([]string, 0, len(rows))
	for _, row := range rows {
		authors = append(authors, row.AuthorID)
	}
	names, err := person.Names(ctx, s.Pool, authors)
	if err != nil {
		return nil, err
	}
	list := make([]*saakornv1.Message, 0, len(rows))
	for _, row := range rows {
		list = append(list, present(decode(row), names))
	}
	return list, nil
}

// countUnread counts what the other side has written and this side has not read.
func countUnread(ctx context.Context, queries *db.Queries, applicationID uuid.UUID, ofEnterprise bool) (int32, error) {
	n, err := queries.CountUnread(ctx, db.CountUnreadParams{ApplicationID: applicationID, FromEnterprise: !ofEnterprise})
	if err != nil {
		return 0, fmt.Errorf("count unread messages: %w", err)
	}
	return int32(n), nil
}

// MarkRead marks what the other side has written as read, up to and with one message.
func (s *Server) MarkRead(ctx context.Context, r *saakornv1.MarkReadRequest) (*saakornv1.MarkReadResponse, error) {
	a, ofEnterprise, err := s.side(ctx, r.GetApplicationId(), true)
	if err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.MarkReadResponse, error) {
		last, err := getMessage(ctx, tx, a.ID, uuid.MustParse(r.GetMessageId()))
		if err != nil {
			return nil, err
		}
		if err := markRead(ctx, tx, last, ofEnterprise, s.Clock.Now()); err != nil {
			return nil, err
		}
		unread, err := countUnread(ctx, db.New(tx), a.ID, ofEnterprise)
		return &saakornv1.MarkReadResponse{Unread: unread}, err
	})
}

func markRead(ctx context.Context, tx pgx.Tx, last Message, ofEnterprise bool, now time.Time) error {
	caller, _ := access.From(ctx)
	n, err := db.New(tx).MarkRead(ctx, db.MarkReadParams{
		ApplicationID: last.ApplicationID, FromEnterprise: !ofEnterprise, ReadBy: caller.ID, ReadAt: now,
		UntilSentAt: last.SentAt, UntilID: last.ID,
	})
	if err != nil {
		return fmt.Errorf("mark messages as read: %w", err)
	}
	if n == 0 {
		return nil
	}
	return audit.Record(ctx, tx, audit.Event{
		Action: "MESSAGES_READ", OccurredAt: now, SubjectKind: "message", SubjectID: last.ID, ApplicationID: last.ApplicationID,
		After: map[string]any{"messages": n},
	})
}

// ChangeContacts replaces the list of people to write to (R72).
func (s *Server) ChangeContacts(ctx context.Context, r *saakornv1.ChangeContactsRequest) (*saakornv1.ChangeContactsResponse, error) {
	id := uuid.MustParse(r.GetEnterpriseId())
	if err := s.mine(ctx, id, true, "enterprise"); err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.ChangeContactsResponse, error) {
		before, _, err := contactLists(ctx, tx, id, 1)
		if err != nil {
			return nil, err
		}
		if r.GetEtag() != before.Etag() {
			return nil, fault.NewConflict(before.Etag())
		}
		caller, _ := access.From(ctx)
		after := ContactList{
			EnterpriseID: id, Version: before.Version + 1, Contacts: contactsOf(r.GetContacts()), HandoverNote: r.GetHandoverNote(),
			SingleReason: r.GetSingleContactReason(),
			ChangedBy:    caller.ID, ChangedAt: s.Clock.Now(),
		}
		if err := CheckContacts(after); err != nil {
			return nil, err
		}
		if err := insertContactList(ctx, tx, after); err != nil {
			return nil, err
		}
		err = audit.Record(ctx, tx, audit.Event{
			Action: "CONTACTS_CHANGED", OccurredAt: after.ChangedAt, SubjectKind: "enterprise", SubjectID: id,
			Before: map[string]any{"version": before.Version, "contacts": len(before.Contacts)},
			After:  map[string]any{"version": after.Version, "contacts": len(after.Contacts)},
		})
		if err != nil {
			return nil, err
		}
		return &saakornv1.ChangeContactsResponse{Contacts: presentContacts(after)}, nil
	})
}

// mostEarlier is how many earlier lists are shown; the database keeps all.
const mostEarlier = 50

// GetContacts returns whom to write to at the enterprise, and whom it was before.
func (s *Server) GetContacts(ctx context.Context, r *saakornv1.GetContactsRequest) (*saakornv1.GetContactsResponse, error) {
	id := uuid.MustParse(r.GetEnterpriseId())
	if _, err := s.Enterprises.Enterprise(ctx, id); err != nil {
		return nil, err
	}
	caller, _ := access.From(ctx)
	if !caller.Has(access.Staff()...) {
		if err := s.mine(ctx, id, false, "enterprise"); err != nil {
			return nil, err
		}
	}
	current, earlier, err := contactLists(ctx, s.Pool, id, mostEarlier+1)
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.GetContactsResponse{Contacts: presentContacts(current)}
	for _, l := range earlier {
		answer.Earlier = append(answer.Earlier, presentContacts(l))
	}
	return answer, nil
}
