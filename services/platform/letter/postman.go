package letter

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"saakorn/services/platform/access"
	"saakorn/services/platform/audit"
	"saakorn/services/platform/clock"
	"saakorn/services/platform/database"
	"saakorn/services/platform/mail"
)

// Sender takes messages out of the house. Sending the same message again must not deliver it twice.
type Sender interface {
	Send(ctx context.Context, m mail.Message) error
}

// Mailbox is where enterprises receive decisions. Sending the same letter again must not deliver it
// twice; either time the mailbox answers with a name of what it holds.
type Mailbox interface {
	Send(ctx context.Context, l Letter, pdf []byte) (reference string, err error)
}

// Journal is told when a letter has left the house, in the transaction that records it.
type Journal interface {
	LetterSent(ctx context.Context, tx pgx.Tx, letterID uuid.UUID, now time.Time) error
}

// Postman sends letters.
type Postman struct {
	Pool   *pgxpool.Pool
	Sender Sender
	// Mailbox may be nil where every letter goes by e-mail. It needs the Archive.
	Mailbox Mailbox
	Archive Archive
	// Journal may be nil where no letter is journaled.
	Journal Journal
	Clock   clock.Clock
}

// Deliver sends the letter to each recipient once, however often it is called and wherever it was
// broken off, and records that it was sent when everybody has got it. A letter that has been sent is
// left alone, and so is one without recipients: it lies on the application's page, and counts as not
// sent. What one recipient's delivery fails with is returned when the others' have been tried.
func (p Postman) Deliver(ctx context.Context, id uuid.UUID) error {
	l, err := Get(ctx, p.Pool, id)
	if err != nil {
		return err
	}
	wanted := l.deliveries(p.Mailbox != nil)
	if l.SentAt != nil || len(wanted) == 0 {
		return nil
	}
	left, err := p.request(ctx, l, wanted)
	if err != nil {
		return err
	}
	if err := p.carry(ctx, l, left); err != nil {
		return fmt.Errorf("send the letter %s: %w", l.Kind, err)
	}
	return p.finish(ctx, l)
}

// request records what is to be delivered, and returns what has not been.
func (p Postman) request(ctx context.Context, l Letter, wanted []Delivery) ([]Delivery, error) {
	var left []Delivery
	err := database.InTransaction(ctx, p.Pool, func(tx pgx.Tx) error {
		for _, d := range wanted {
			d.LetterID = l.ID
			if err := d.request(ctx, tx, p.Clock.Now()); err != nil {
				return err
			}
		}
		all, err := Deliveries(ctx, tx, l.ID) // the mailbox comes before the mail that tells of it
		for _, d := range all[l.ID] {
			if d.State != Delivered {
				left = append(left, d)
			}
		}
		return err
	})
	return left, err
}

func (p Postman) carry(ctx context.Context, l Letter, left []Delivery) error {
	var failures error
	for _, d := range left {
		reference, failure := p.send(ctx, l, d)
		if err := d.record(ctx, p.Pool, reference, failure, p.Clock.Now()); err != nil {
			return errors.Join(failures, failure, err)
		}
		failures = errors.Join(failures, failure)
		if failure != nil && d.Channel == AltinnCorrespondence {
			break // nobody is told of a letter that is not there
		}
	}
	return failures
}

func (p Postman) send(ctx context.Context, l Letter, d Delivery) (reference string, err error) {
	if d.Channel == Mail {
		m := l.message(d.Recipient, p.Mailbox != nil)
		return m.ID.String(), p.Sender.Send(ctx, m)
	}
	pdf, err := p.Archive.keep(ctx, p.Pool, l)
	if err != nil {
		return "", err
	}
	return p.Mailbox.Send(ctx, l, pdf)
}

func (p Postman) finish(ctx context.Context, l Letter) error {
	ctx = access.AsSystem(ctx)
	return database.InTransaction(ctx, p.Pool, func(tx pgx.Tx) error {
		now := p.Clock.Now()
		first, err := markSent(ctx, tx, l.ID, now)
		if err != nil || !first {
			return err
		}
		if p.Journal != nil {
			if err := p.Journal.LetterSent(ctx, tx, l.ID, now); err != nil {
				return err
			}
		}
		return audit.Record(ctx, tx, audit.Event{
			Action: "LETTER_SENT", OccurredAt: now, SubjectKind: "letter", SubjectID: l.ID, ApplicationID: l.ApplicationID,
			After: map[string]any{"kind": l.Kind, "recipients": len(l.Recipients)},
		})
	})
}

// message is the e-mail to one recipient: the letter itself, or word of it when it lies in a mailbox.
func (l Letter) message(to string, mailbox bool) mail.Message {
	m := mail.Message{
		ID: uuid.NewSHA1(l.ID, []byte(to)), To: []string{to}, Subject: l.Subject, Text: l.Text(), Date: l.CreatedAt,
	}
	if mailbox && l.official() {
		m.Subject, m.Text = l.notice()
	}
	return m
}
