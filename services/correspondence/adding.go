package correspondence

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"saakorn/services/platform/access"
	"saakorn/services/platform/audit"
)

// Add puts a contact first in the enterprise's list, for the caller. An enterprise that has named
// nobody keeps writing to the others too, which are those of its application.
func (Store) Add(ctx context.Context, tx pgx.Tx, enterpriseID uuid.UUID, c Contact, others []Contact, now time.Time) error {
	before, _, err := contactLists(ctx, tx, enterpriseID, 1)
	if err != nil {
		return err
	}
	if before.Version > 0 {
		others = before.Contacts
	}
	others = slices.DeleteFunc(slices.Clone(others), func(x Contact) bool { return strings.EqualFold(x.Email, c.Email) })
	caller, _ := access.From(ctx)
	after := ContactList{
		EnterpriseID: enterpriseID, Version: before.Version + 1, Contacts: append([]Contact{c}, others...),
		HandoverNote: before.HandoverNote, ChangedBy: caller.ID, ChangedAt: now,
	}
	if err := CheckContacts(after); err != nil {
		return err
	}
	if err := insertContactList(ctx, tx, after); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Event{
		Action: "CONTACTS_CHANGED", OccurredAt: now, SubjectKind: "enterprise", SubjectID: enterpriseID,
		Before: map[string]any{"version": before.Version, "contacts": len(before.Contacts)},
		After:  map[string]any{"version": after.Version, "contacts": len(after.Contacts)},
	})
}
