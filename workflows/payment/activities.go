package payment

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"saakorn/services/payment"
)

// Postman sends letters that have been written.
type Postman interface {
	Deliver(ctx context.Context, letterID uuid.UUID) error
}

// Activities are the steps of the procedure. They take and return identifiers only, and each can be
// repeated without doing anything twice.
type Activities struct {
	Proceeding *payment.Proceeding
	Postman    Postman
}

// Look says what is next with the money of the award.
func (a *Activities) Look(ctx context.Context, awardID string) (payment.Situation, error) {
	id, err := parse(awardID)
	if err != nil {
		return payment.Situation{}, err
	}
	return a.Proceeding.Look(ctx, id)
}

// Prompt asks an officer to prepare a payment.
func (a *Activities) Prompt(ctx context.Context, awardID string) error {
	return do(ctx, awardID, a.Proceeding.Prompt)
}

// Send puts an approved payment into a file to the bank.
func (a *Activities) Send(ctx context.Context, awardID string) error {
	return do(ctx, awardID, a.Proceeding.Send)
}

// WriteOrder puts files to the bank where the bank fetches them.
func (a *Activities) WriteOrder(ctx context.Context, awardID string) error {
	return do(ctx, awardID, a.Proceeding.WriteOrder)
}

// Report tells an officer that a payment failed.
func (a *Activities) Report(ctx context.Context, awardID string) error {
	return do(ctx, awardID, a.Proceeding.Report)
}

// Escalate has somebody call a bank that says nothing.
func (a *Activities) Escalate(ctx context.Context, awardID string) error {
	return do(ctx, awardID, a.Proceeding.Escalate)
}

// Warn tells an officer that the enterprise's money runs out before it is paid.
func (a *Activities) Warn(ctx context.Context, awardID string) error {
	return do(ctx, awardID, a.Proceeding.Warn)
}

// Dun records that a part of a claim is reminded of.
func (a *Activities) Dun(ctx context.Context, awardID string) error {
	return do(ctx, awardID, a.Proceeding.Dun)
}

// WriteClaim writes the next letter about a claim and returns its identifier; empty when there is none.
func (a *Activities) WriteClaim(ctx context.Context, awardID string) (string, error) {
	id, err := parse(awardID)
	if err != nil {
		return "", err
	}
	letterID, err := a.Proceeding.WriteClaim(ctx, id)
	if err != nil || letterID == uuid.Nil {
		return "", err
	}
	return letterID.String(), nil
}

// Deliver sends a letter.
func (a *Activities) Deliver(ctx context.Context, letterID string) error {
	return do(ctx, letterID, a.Postman.Deliver)
}

func do(ctx context.Context, id string, step func(context.Context, uuid.UUID) error) error {
	parsed, err := parse(id)
	if err != nil {
		return err
	}
	return step(ctx, parsed)
}

func parse(id string) (uuid.UUID, error) {
	parsed, err := uuid.Parse(id)
	if err != nil {
		return uuid.Nil, fmt.Errorf("read an identifier: %w", err)
	}
	return parsed, nil
}
