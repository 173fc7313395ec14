package correspondence

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"saakorn/services/correspondence/db"
	"saakorn/services/platform/database"
	"saakorn/services/platform/fault"
)

// Querier is a connection pool or a transaction.
type Querier = db.DBTX

// Store tells other contexts whom to write to.
type Store struct{}

// Contacts returns whom to write to at the enterprise, the first one first. Nobody means that the
// enterprise has named nobody here: the contacts are then those of each application.
func (Store) Contacts(ctx context.Context, q Querier, enterpriseID uuid.UUID) ([]Contact, error) {
	current, _, err := contactLists(ctx, q, enterpriseID, 1)
	return current.Contacts, err
}

// Recipients returns the e-mail addresses of [Store.Contacts].
func (s Store) Recipients(ctx context.Context, tx pgx.Tx, enterpriseID uuid.UUID) ([]string, error) {
	contacts, err := s.Contacts(ctx, tx, enterpriseID)
	if err != nil {
		return nil, err
	}
	recipients := make([]string, 0, len(contacts))
	for _, c := range contacts {
		recipients = append(recipients, c.Email)
	}
	return recipients, nil
}

// Unread returns the messages to the enterprise that nobody there has read, oldest first.
func (Store) Unread(ctx context.Context, tx pgx.Tx, applicationID uuid.UUID) ([]uuid.UUID, error) {
	rows, err := db.New(tx).ListUnread(ctx, db.ListUnreadParams{ApplicationID: applicationID})
	if err != nil {
		return nil, fmt.Errorf("list unread messages: %w", err)
	}
	ids := make([]uuid.UUID, 0, len(rows))
	for _, row := range rows {
		ids = append(ids, row.ID)
	}
	return ids, nil
}

// contactLists returns the list that counts, without a version when there is none, and those before
// it, newest first; up to limit lists in all.
func contactLists(ctx context.Context, q Querier, enterpriseID uuid.UUID, limit int32) (current ContactList, earlier []ContactList, err error) {
	current.EnterpriseID = enterpriseID
	rows, err := db.New(q).ListContactLists(ctx, db.ListContactListsParams{EnterpriseID: enterpriseID, RowLimit: limit})
	if err != nil {
		return current, nil, fmt.Errorf("list contacts: %w", err)
	}
	lists := make([]ContactList, 0, len(rows))
	for _, row := range rows {
		l := ContactList{
			EnterpriseID: row.EnterpriseID, Version: row.Version, HandoverNote: row.HandoverNote, SingleReason: row.SingleReason, ChangedBy: row.ChangedBy, ChangedAt: row.ChangedAt,
		}
		if err := json.Unmarshal(row.Contacts, &l.Contacts); err != nil {
			return current, nil, fmt.Errorf("decode contacts: %w", err)
		}
		lists = append(lists, l)
	}
	if len(lists) == 0 {
		return current, nil, nil
	}
	return lists[0], lists[1:], nil
}

func insertContactList(ctx context.Context, tx pgx.Tx, l ContactList) error {
	contacts, err := json.Marshal(l.Contacts)
	if err != nil {
		return fmt.Errorf("encode contacts: %w", err)
	}
	err = db.New(tx).InsertContactList(ctx, db.InsertContactListParams{
		EnterpriseID: l.EnterpriseID, Version: l.Version, Contacts: contacts, HandoverNote: l.HandoverNote, SingleReason: l.SingleReason,
		ChangedBy: l.ChangedBy, ChangedAt: l.ChangedAt,
	})
	if database.Violates(err, "contact_list_pkey") {
		return fault.NewConflict(l.Etag()) // somebody else was quicker with the same version
	}
	if err != nil {
		return fmt.Errorf("change contacts: %w", err)
	}
	return nil
}

func insertMessage(ctx context.Context, tx pgx.Tx, m Message) error {
	err := db.New(tx).InsertMessage(ctx, db.InsertMessageParams{
		ID: m.ID, ApplicationID: m.ApplicationID, FromEnterprise: m.FromEnterprise, AuthorID: m.AuthorID, Body: m.Text,
		AttachmentIds: m.AttachmentIDs, SentAt: m.SentAt,
	})
	if err != nil {
		return fmt.Errorf("send a message: %w", err)
	}
	return nil
}

func getMessage(ctx context.Context, tx pgx.Tx, applicationID, id uuid.UUID) (Message, error) {
	row, err := db.New(tx).GetMessage(ctx, db.GetMessageParams{ApplicationID: applicationID, ID: id})
	if errors.Is(err, pgx.ErrNoRows) {
		return Message{}, fault.NewNotFound("message")
	}
	if err != nil {
		return Message{}, fmt.Errorf("load a message: %w", err)
	}
	return decode(row), nil
}

func decode(row db.Message) Message {
	return Message{
		ID: row.ID, ApplicationID: row.ApplicationID, FromEnterprise: row.FromEnterprise, AuthorID: row.AuthorID, Text: row.Body,
		AttachmentIDs: row.AttachmentIds, SentAt: row.SentAt, ReadAt: row.ReadAt,
	}
}
