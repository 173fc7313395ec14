package letter

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Way names a channel.
type Way string

// The ways: e-mail, and the enterprise's own mailbox in Altinn.
const (
	Mail                 Way = "MAIL"
	AltinnCorrespondence Way = "ALTINN_CORRESPONDENCE"
)

// DeliveryState is how far a delivery has come.
type DeliveryState string

// The states. A failed delivery is tried again, and is Delivered when it succeeds.
const (
	Requested DeliveryState = "REQUESTED"
	Delivered DeliveryState = "DELIVERED"
	Failed    DeliveryState = "FAILED"
)

// Delivery is one way to one recipient of a letter.
type Delivery struct {
	LetterID uuid.UUID
	Channel  Way
	// Recipient is an e-mail address or an organisation number.
	Recipient string
	State     DeliveryState
	// Attempts is how many have ended.
	Attempts int32
	// ExternalReference is the channel's own name of what was delivered.
	ExternalReference string
	RequestedAt       time.Time
	DeliveredAt       *time.Time
	// Failure says why the last attempt failed; empty when it did not.
	Failure string
}

// Route is a way to a recipient.
type Route struct {
	Channel   Way
	Recipient string
}

// Routes says how the letter reaches whom, in the order in which it is to be done: whoever is told
// that a letter lies in a mailbox must find it there. mailbox tells that the installation can reach
// the enterprises' own mailboxes.
func (l Letter) Routes(mailbox bool) []Route {
	var list []Route
	if mailbox && l.official() {
		list = append(list, Route{AltinnCorrespondence, l.Head.OrganizationNumber})
	}
	if l.ReferredTo != "" {
		list = append(list, Route{Mail, l.ReferredTo})
	}
	for _, address := range l.Recipients {
		if address != l.ReferredTo {
			list = append(list, Route{Mail, address})
		}
	}
	return list
}

// official tells whether the letter goes to the enterprise's own mailbox: a decision does, when the
// enterprise has an organisation number.
func (l Letter) official() bool { return l.Formal && l.Head.OrganizationNumber != "" }

// Deliveries returns the deliveries of the letters, by letter.
func Deliveries(ctx context.Context, q Querier, ids ...uuid.UUID) (map[uuid.UUID][]Delivery, error) {
	rows, err := q.Query(ctx, `SELECT letter_id, channel, recipient, state, attempts, external_reference,
			requested_at, delivered_at, failure
		FROM letter_delivery WHERE letter_id = ANY($1) ORDER BY letter_id, channel, recipient`, ids)
	if err != nil {
		return nil, fmt.Errorf("list deliveries: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Delivery])
	if err != nil {
		return nil, fmt.Errorf("list deliveries: %w", err)
	}
	byLetter := map[uuid.UUID][]Delivery{}
	for _, d := range list {
		byLetter[d.LetterID] = append(byLetter[d.LetterID], d)
	}
	return byLetter, nil
}

// request records that the letter is to go this way, however often it is asked for.
func (r Route) request(ctx context.Context, tx pgx.Tx, id uuid.UUID, now time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO letter_delivery (letter_id, channel, recipient, state, requested_at)
		VALUES ($1, $2, $3, $4, $5) ON CONFLICT (letter_id, channel, recipient) DO NOTHING`,
		id, r.Channel, r.Recipient, Requested, now)
	if err != nil {
		return fmt.Errorf("request a delivery: %w", err)
	}
	return nil
}

// markSent records when the letter was sent, which is when everything has been delivered, and tells
// whether it was the first to do so.
func markSent(ctx context.Context, tx pgx.Tx, id uuid.UUID, now time.Time) (bool, error) {
	tag, err := tx.Exec(ctx, `UPDATE letter SET sent_at = $2 WHERE id = $1 AND sent_at IS NULL
		AND NOT EXISTS (SELECT FROM letter_delivery d WHERE d.letter_id = $1 AND d.state <> 'DELIVERED')`, id, now)
	if err != nil {
		return false, fmt.Errorf("mark a letter as sent: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}
