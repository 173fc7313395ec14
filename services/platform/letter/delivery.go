package letter

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Channel is a way out of the house.
type Channel string

// The channels: e-mail, and the enterprise's own mailbox in Altinn.
const (
	Mail                 Channel = "MAIL"
	AltinnCorrespondence Channel = "ALTINN_CORRESPONDENCE"
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
	Channel  Channel
	// Recipient is an e-mail address or an organisation number.
	Recipient string
	State     DeliveryState
	Attempts  int32
	// ExternalReference is the channel's own name of what was delivered.
	ExternalReference string
	RequestedAt       time.Time
	DeliveredAt       *time.Time
	// Failure says why the last attempt failed; empty when it did not.
	Failure string
}

// deliveries says how the letter reaches whom, in the order in which it is to be done: whoever is
// told that a letter lies in a mailbox must find it there.
func (l Letter) deliveries(mailbox bool) []Delivery {
	var list []Delivery
	if mailbox && l.official() {
		list = append(list, Delivery{Channel: AltinnCorrespondence, Recipient: l.Head.OrganizationNumber})
	}
	for _, address := range l.Recipients {
		list = append(list, Delivery{Channel: Mail, Recipient: address})
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

// executor is a connection pool or a transaction.
type executor interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

// request records that the letter is to be delivered in this way, however often it is asked for.
func (d Delivery) request(ctx context.Context, x executor, now time.Time) error {
	_, err := x.Exec(ctx, `INSERT INTO letter_delivery (letter_id, channel, recipient, state, requested_at)
		VALUES ($1, $2, $3, $4, $5) ON CONFLICT (letter_id, channel, recipient) DO NOTHING`,
		d.LetterID, d.Channel, d.Recipient, Requested, now)
	if err != nil {
		return fmt.Errorf("request a delivery: %w", err)
	}
	return nil
}

// longestFailure is how much is kept of why a delivery failed.
const longestFailure = 500

// record stores how an attempt went. What has been delivered stays delivered.
func (d Delivery) record(ctx context.Context, x executor, reference string, failure error, now time.Time) error {
	state, delivered, reason := Delivered, &now, ""
	if failure != nil {
		state, delivered = Failed, nil
		if text := []rune(failure.Error()); len(text) > longestFailure {
			reason = string(text[:longestFailure])
		} else {
			reason = string(text)
		}
	}
	_, err := x.Exec(ctx, `UPDATE letter_delivery
		SET state = $4, attempts = attempts + 1, external_reference = $5, delivered_at = $6, failure = $7
		WHERE letter_id = $1 AND channel = $2 AND recipient = $3 AND state <> 'DELIVERED'`,
		d.LetterID, d.Channel, d.Recipient, state, reference, delivered, reason)
	if err != nil {
		return fmt.Errorf("record a delivery: %w", err)
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
