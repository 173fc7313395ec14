package correspondence

import (
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
)

func parseIDs(texts []string) []uuid.UUID {
	ids := make([]uuid.UUID, 0, len(texts))
	for _, text := range texts {
		ids = append(ids, uuid.MustParse(text))
	}
	return ids
}

func present(m Message, names map[string]string) *saakornv1.Message {
	p := &saakornv1.Message{
		Id: m.ID.String(), ApplicationId: m.ApplicationID.String(), FromEnterprise: m.FromEnterprise, AuthorId: m.AuthorID,
		AuthorName: names[m.AuthorID], Text: m.Text, SentAt: timestamppb.New(m.SentAt), ReadAt: optionalTime(m.ReadAt),
	}
	for _, id := range m.AttachmentIDs {
		p.AttachmentIds = append(p.AttachmentIds, id.String())
	}
	return p
}

func optionalTime(t *time.Time) *timestamppb.Timestamp {
	if t == nil {
		return nil
	}
	return timestamppb.New(*t)
}

func contactsOf(list []*saakornv1.Contact) []Contact {
	contacts := make([]Contact, 0, len(list))
	for _, c := range list {
		contacts = append(contacts, Contact{Name: c.GetName(), Email: c.GetEmail(), Phone: c.GetPhone(), Role: c.GetRole()})
	}
	return contacts
}

func presentContacts(l ContactList) *saakornv1.ContactList {
	p := &saakornv1.ContactList{Etag: l.Etag(), HandoverNote: l.HandoverNote, SingleContactReason: l.SingleReason, ChangedBy: l.ChangedBy, Warnings: l.Warnings()}
	if l.Version > 0 {
		p.ChangedAt = timestamppb.New(l.ChangedAt)
	}
	for _, c := range l.Contacts {
		p.Contacts = append(p.Contacts, &saakornv1.Contact{Name: c.Name, Email: c.Email, Phone: c.Phone, Role: c.Role})
	}
	return p
}
