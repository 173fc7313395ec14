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
)

// Journal is told when a letter has left the house, in the transaction that records it.
type Journal interface {
	LetterSent(ctx context.Context, tx pgx.Tx, letterID uuid.UUID, now time.Time) error
}

// Postman sends letters.
type Postman struct {
	Pool *pgxpool.Pool
	Mail Channel
	// Mailbox takes formal letters to the enterprises' own mailboxes. It may be nil where every letter
	// goes by e-mail. It needs the Archive.
	Mailbox Channel
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
	routes := l.Routes(p.Mailbox != nil)
	if l.SentAt != nil || len(routes) == 0 {
		return nil
	}
	left, err := p.request(ctx, l, routes)
	if err != nil {
		return err
	}
	if err := p.carry(ctx, l, left); err != nil {
		return fmt.Errorf("send the letter %s: %w", l.Kind, err)
	}
	return p.finish(ctx, l)
}

// request records how the letter is to go, and returns what has not been delivered. What was
// requested once stays requested, whatever ways the installation has since got or lost.
func (p Postman) request(ctx context.Context, l Letter, routes []Route) ([]Delivery, error) {
	var left []Delivery
	err := database.InTransaction(ctx, p.Pool, func(tx pgx.Tx) error {
		known, err := Deliveries(ctx, tx, l.ID)
		if err != nil {
			return err
		}
		if len(known[l.ID]) == 0 {
			for _, r := range routes {
				if err := r.request(ctx, tx, l.ID, p.Clock.Now()); err != nil {
					return err
				}
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
	notice, err := p.inMailbox(ctx, l)
	if err != nil {
		return err
	}
	var failures error
	absent := false // from the mailbox
	for _, d := range left {
		toBody := d.Recipient == l.ReferredTo
		if absent && !toBody {
			continue // nobody is told of a letter that is not there
		}
		failure := p.try(ctx, l, d, notice && !toBody)
		failures = errors.Join(failures, failure)
		absent = absent || failure != nil && d.Channel == AltinnCorrespondence
	}
	return failures
}

// inMailbox tells whether the letter goes to a mailbox, so that e-mail only tells of it.
func (p Postman) inMailbox(ctx context.Context, l Letter) (bool, error) {
	all, err := Deliveries(ctx, p.Pool, l.ID)
	for _, d := range all[l.ID] {
		if d.Channel == AltinnCorrespondence {
			return true, err
		}
	}
	return false, err
}

// try makes one attempt, unless there is nothing left to deliver or somebody else is at it.
func (p Postman) try(ctx context.Context, l Letter, d Delivery, notice bool) error {
	a, begun, err := begin(ctx, p.Pool, d, p.Clock.Now())
	if err != nil || !begun {
		return err
	}
	reference, failure := p.send(ctx, l, d, notice)
	if err := a.end(ctx, p.Pool, reference, failure, p.Clock.Now()); err != nil {
		return errors.Join(failure, err)
	}
	return failure
}

func (p Postman) send(ctx context.Context, l Letter, d Delivery, notice bool) (string, error) {
	r := Route{d.Channel, d.Recipient}
	parcel := Parcel{Key: r.key(l.ID), Letter: l, Recipient: d.Recipient}
	if d.Channel == Mail {
		parcel.NoticeOnly = notice
		return p.Mail.Carry(ctx, parcel)
	}
	if p.Mailbox == nil {
		return "", errors.New("this installation has no way to mailboxes any more: configure one")
	}
	pdf, err := p.Archive.keep(ctx, p.Pool, l)
	if err != nil {
		return "", err
	}
	parcel.PDF = pdf
	return p.Mailbox.Carry(ctx, parcel)
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
