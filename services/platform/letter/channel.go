package letter

import (
	"context"

	"github.com/google/uuid"

	"saakorn/services/platform/mail"
)

// Parcel is a letter on its way to one recipient.
type Parcel struct {
	// Key is the same whenever this letter goes this way to this recipient.
	Key    uuid.UUID
	Letter Letter
	// Recipient is an e-mail address or an organisation number, as the channel wants it.
	Recipient string
	// NoticeOnly says that the letter itself lies in the enterprise's mailbox: the recipient is told
	// that it does, and not what it says.
	NoticeOnly bool
	// PDF is the letter as a document, for channels that take one.
	PDF []byte
}

// Channel is a way out of the house. Carrying a parcel with the same key again must not deliver it
// twice; either time the channel answers with a name of what it holds.
type Channel interface {
	Carry(ctx context.Context, p Parcel) (reference string, err error)
}

// key names the parcel of a letter on a route.
func (r Route) key(letterID uuid.UUID) uuid.UUID {
	if r.Channel == Mail {
		return uuid.NewSHA1(letterID, []byte(r.Recipient))
	}
	return uuid.NewSHA1(letterID, []byte(string(r.Channel)+"/"+r.Recipient))
}

// Sender sends e-mail. Sending the same message again must not deliver it twice.
type Sender interface {
	Send(ctx context.Context, m mail.Message) error
}

// ByMail is the channel to e-mail addresses.
type ByMail struct{ Sender Sender }

// Carry sends the letter, or word of it when it lies in a mailbox.
func (c ByMail) Carry(ctx context.Context, p Parcel) (string, error) {
	m := mail.Message{
		ID: p.Key, To: []string{p.Recipient}, Subject: p.Letter.Subject, Text: p.Letter.Text(), Date: p.Letter.CreatedAt,
	}
	if p.NoticeOnly {
		m.Subject, m.Text = p.Letter.notice()
	}
	return m.ID.String(), c.Sender.Send(ctx, m)
}
