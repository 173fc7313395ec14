// Package correspondence is what an enterprise and those who handle its case write to each other
// (R26), and whom to write to at the enterprise (R72).
package correspondence

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"saakorn/services/journal"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/nationalid"
)

// Message is a text from one side to the other. It stands as it was sent.
type Message struct {
	ID            uuid.UUID
	ApplicationID uuid.UUID
	// FromEnterprise tells which side wrote it.
	FromEnterprise bool
	AuthorID       string
	Text           string
	// AttachmentIDs are attachments of the application that the message speaks of.
	AttachmentIDs []uuid.UUID
	SentAt        time.Time
	// ReadAt is when somebody on the other side first marked it as read.
	ReadAt *time.Time
}

// CheckMessage says what is wrong with a message. It may speak only of files that were submitted,
// because the other side sees no others.
func CheckMessage(m Message, submitted []uuid.UUID) error {
	var wrong []fault.Violation
	if strings.TrimSpace(m.Text) == "" {
		wrong = append(wrong, fault.Violation{Field: "text", Reason: "REQUIRED", Description: "write a message"})
	}
	if len(nationalid.Find(m.Text)) > 0 {
		wrong = append(wrong, nationalNumber("text"))
	}
	for i, id := range m.AttachmentIDs {
		if !slices.Contains(submitted, id) {
			wrong = append(wrong, fault.Violation{
				Field: fmt.Sprintf("attachment_ids[%d]", i), Reason: "NO_SUCH_ATTACHMENT",
				Description: "name an attachment that was submitted with the application",
			})
		}
	}
	if len(wrong) > 0 {
		return fault.NewInvalid(wrong...)
	}
	return nil
}

// nationalNumber refuses a national identity number (R78).
func nationalNumber(field string) fault.Violation {
	return fault.Violation{
		Field: field, Reason: "NATIONAL_IDENTITY_NUMBER",
		Description: "this holds a national identity number: take it out, and describe people so that nobody can be recognised",
	}
}

// entry is what the journal says of the message. Its titles tell nothing of what is in it.
func (m Message) entry() journal.Entry {
	e := journal.Entry{
		Source: "message/" + m.ID.String(), ApplicationID: m.ApplicationID, Attachments: len(m.AttachmentIDs), WrittenAt: m.SentAt,
	}
	if m.FromEnterprise {
		e.Type, e.Title, e.PublicTitle = journal.Incoming, "Melding fra søker", "Melding fra søker"
		e.Correspondents = []journal.Correspondent{journal.Party(journal.Sender)}
		return e
	}
	e.Type, e.Title, e.PublicTitle = journal.Outgoing, "Melding til søker", "Melding til søker"
	e.SentOn = calendar.On(m.SentAt) // it lies before the enterprise from the moment it is sent
	e.Correspondents = []journal.Correspondent{journal.Party(journal.Recipient)}
	return e
}

// Contact is somebody to write to at an enterprise.
type Contact struct {
	Name  string `json:"name"`
	Email string `json:"email"`
	Phone string `json:"phone,omitempty"`
	Role  string `json:"role,omitempty"`
}

// ContactList is whom to write to, the first one first. A new list takes the place of the one
// before it, which is kept.
type ContactList struct {
	EnterpriseID uuid.UUID
	// Version counts the lists of the enterprise; zero when there is none.
	Version  int32
	Contacts []Contact
	// HandoverNote is what whoever takes over should know.
	HandoverNote string
	// SingleReason is why there is one contact only; empty when there are more.
	SingleReason string
	ChangedBy    string
	ChangedAt    time.Time
}

// Etag names the version; empty when there is no list.
func (l ContactList) Etag() string {
	if l.Version == 0 {
		return ""
	}
	return strconv.Itoa(int(l.Version))
}

// enough is how many contacts a party should have, so that nothing rests on one person (R72).
const enough = 2

// Warnings says what is worth a look for those who follow the enterprise up: that it rests on one person.
func (l ContactList) Warnings() []string {
	if n := len(l.Contacts); 0 < n && n < enough {
		return []string{"FEWER_THAN_TWO_CONTACTS"}
	}
	return nil
}

// CheckContacts says what is wrong with a list of contacts. There are two at least, or a reason why there
// is one: an enterprise may have a single person in it.
func CheckContacts(l ContactList) error {
	var wrong []fault.Violation
	if len(l.Contacts) == 0 {
		wrong = append(wrong, fault.Violation{Field: "contacts", Reason: "REQUIRED", Description: "name at least one contact"})
	}
	if len(l.Contacts) == 1 && strings.TrimSpace(l.SingleReason) == "" {
		wrong = append(wrong, fault.Violation{
			Field: "single_contact_reason", Reason: "FEWER_THAN_TWO_CONTACTS",
			Description: "name one more contact, so that nothing rests on one person, or say why there is only one",
		})
	}
	if len(l.Contacts) >= enough && l.SingleReason != "" {
		wrong = append(wrong, fault.Violation{
			Field: "single_contact_reason", Reason: "NOT_SINGLE", Description: "leave the reason empty when there is more than one contact",
		})
	}
	if len(nationalid.Find(l.SingleReason)) > 0 {
		wrong = append(wrong, nationalNumber("single_contact_reason"))
	}
	seen := map[string]bool{}
	for i, c := range l.Contacts {
		for _, field := range []struct{ name, text string }{{"name", c.Name}, {"email", c.Email}, {"phone", c.Phone}, {"role", c.Role}} {
			if len(nationalid.Find(field.text)) > 0 {
				wrong = append(wrong, nationalNumber(fmt.Sprintf("contacts[%d].%s", i, field.name)))
			}
		}
		address := strings.ToLower(c.Email)
		if seen[address] {
			wrong = append(wrong, fault.Violation{
				Field: fmt.Sprintf("contacts[%d].email", i), Reason: "NAMED_TWICE", Description: "give each contact an address of their own",
			})
		}
		seen[address] = true
	}
	if len(nationalid.Find(l.HandoverNote)) > 0 {
		wrong = append(wrong, nationalNumber("handover_note"))
	}
	if len(wrong) > 0 {
		return fault.NewInvalid(wrong...)
	}
	return nil
}
