package letter

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"saakorn/services/platform/database"
)

// AttemptResult is how an attempt to deliver went; empty while it is being made.
type AttemptResult string

// The results. Nobody knows what became of an attempt that was broken off: the next one has the same
// key, so that nothing is delivered twice.
const (
	AttemptDelivered AttemptResult = "DELIVERED"
	AttemptFailed    AttemptResult = "FAILED"
	AttemptBrokenOff AttemptResult = "BROKEN_OFF"
)

// Attempt is one try to deliver a letter one way to one recipient.
type Attempt struct {
	LetterID  uuid.UUID
	Channel   Way
	Recipient string
	// Number counts the attempts of the delivery from 1.
	Number    int32
	StartedAt time.Time
	// EndedAt is nil while the attempt is being made.
	EndedAt *time.Time
	Result  AttemptResult
	// Reference is the channel's own name of what was delivered.
	Reference string
	// Failure says why it failed.
	Failure string
}

// Attempts returns the attempts to deliver the letters, oldest first, by letter.
func Attempts(ctx context.Context, q Querier, ids ...uuid.UUID) (map[uuid.UUID][]Attempt, error) {
	rows, err := q.Query(ctx, `SELECT letter_id, channel, recipient, number, started_at, ended_at, result, reference, failure
		FROM letter_attempt WHERE letter_id = ANY($1) ORDER BY letter_id, channel, recipient, number`, ids)
	if err != nil {
		return nil, fmt.Errorf("list attempts to deliver: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Attempt])
	if err != nil {
		return nil, fmt.Errorf("list attempts to deliver: %w", err)
	}
	byLetter := map[uuid.UUID][]Attempt{}
	for _, a := range list {
		byLetter[a.LetterID] = append(byLetter[a.LetterID], a)
	}
	return byLetter, nil
}

// ErrHeld says that somebody else is delivering the same letter the same way just now. Trying again
// a little later finds it delivered, or free to take over.
var ErrHeld = errors.New("somebody else is delivering this letter just now")

// holdFor is longer than any attempt takes; whoever has not ended one by then has gone away.
const holdFor = "1 minute"

// attempt is an attempt that is being made.
type attempt struct {
	Delivery

	number int32
}

// begin takes the delivery on, for this caller alone. It returns false when there is nothing left to
// deliver, and [ErrHeld] when somebody else has it.
func begin(ctx context.Context, pool *pgxpool.Pool, d Delivery, now time.Time) (a attempt, begun bool, err error) {
	err = database.InTransaction(ctx, pool, func(tx pgx.Tx) error {
		var state DeliveryState
		err := tx.QueryRow(ctx, `SELECT state FROM letter_delivery
			WHERE letter_id = $1 AND channel = $2 AND recipient = $3 FOR UPDATE`, d.LetterID, d.Channel, d.Recipient).Scan(&state)
		if err != nil || state == Delivered {
			return err
		}
		if err := takeOver(ctx, tx, d, now); err != nil {
			return err
		}
		begun = true
		a = attempt{Delivery: d}
		return tx.QueryRow(ctx, `INSERT INTO letter_attempt (letter_id, channel, recipient, number, started_at, held_until)
			SELECT $1, $2, $3, 1 + coalesce(max(number), 0), $4, clock_timestamp() + $5::text::interval
			FROM letter_attempt WHERE letter_id = $1 AND channel = $2 AND recipient = $3
			RETURNING number`, d.LetterID, d.Channel, d.Recipient, now, holdFor).Scan(&a.number)
	})
	if err != nil {
		return attempt{}, false, fmt.Errorf("begin a delivery: %w", err)
	}
	return a, begun, nil
}

// takeOver ends an attempt that was broken off, and refuses while one is being made.
func takeOver(ctx context.Context, tx pgx.Tx, d Delivery, now time.Time) error {
	var held bool
	err := tx.QueryRow(ctx, `SELECT held_until > clock_timestamp() FROM letter_attempt
		WHERE letter_id = $1 AND channel = $2 AND recipient = $3 AND ended_at IS NULL`, d.LetterID, d.Channel, d.Recipient).Scan(&held)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil
	case err != nil:
		return fmt.Errorf("look for an attempt: %w", err)
	case held:
		return ErrHeld
	}
	_, err = tx.Exec(ctx, `UPDATE letter_attempt SET ended_at = $4, result = $5
		WHERE letter_id = $1 AND channel = $2 AND recipient = $3 AND ended_at IS NULL`,
		d.LetterID, d.Channel, d.Recipient, now, AttemptBrokenOff)
	if err != nil {
		return fmt.Errorf("end an attempt that was broken off: %w", err)
	}
	return nil
}

// longestFailure is how much is kept of why an attempt failed, in characters.
const longestFailure = 500

// end records how the attempt went, on it and on its delivery. What has been delivered stays so. An
// attempt that somebody else has taken over in the meantime changes nothing.
func (a attempt) end(ctx context.Context, pool *pgxpool.Pool, reference string, failure error, now time.Time) error {
	state, result, delivered, reason := Delivered, AttemptDelivered, &now, ""
	if failure != nil {
		state, result, delivered, reason = Failed, AttemptFailed, nil, shortened(failure.Error())
	}
	err := database.InTransaction(ctx, pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE letter_delivery
			SET state = $4, attempts = attempts + 1, external_reference = $5, delivered_at = $6, failure = $7
			WHERE letter_id = $1 AND channel = $2 AND recipient = $3 AND state <> 'DELIVERED'`,
			a.LetterID, a.Channel, a.Recipient, state, reference, delivered, reason)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE letter_attempt SET ended_at = $5, result = $6, reference = $7, failure = $8
			WHERE letter_id = $1 AND channel = $2 AND recipient = $3 AND number = $4 AND ended_at IS NULL`,
			a.LetterID, a.Channel, a.Recipient, a.number, now, result, reference, reason)
		return err
	})
	if err != nil {
		return fmt.Errorf("record a delivery: %w", err)
	}
	return nil
}

func shortened(text string) string {
	if long := []rune(text); len(long) > longestFailure {
		return string(long[:longestFailure])
	}
	return text
}
