package casework

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"saakorn/services/casework"
)

// Postman sends letters that have been written.
type Postman interface {
	Deliver(ctx context.Context, letterID uuid.UUID) error
}

// Activities are the steps of the procedure. They take and return identifiers only, and each can be
// repeated without doing anything twice.
type Activities struct {
	Proceeding *casework.Proceeding
	Postman    Postman
}

// Look says what is next in the case of the application.
func (a *Activities) Look(ctx context.Context, applicationID string) (casework.Situation, error) {
	id, err := parse(applicationID)
	if err != nil {
		return casework.Situation{}, err
	}
	return a.Proceeding.Look(ctx, id)
}

// Open gives the application a case.
func (a *Activities) Open(ctx context.Context, applicationID string) error {
	return do(ctx, applicationID, a.Proceeding.Open)
}

// Screen runs the automatic checks on the newest version.
func (a *Activities) Screen(ctx context.Context, applicationID string) error {
	return do(ctx, applicationID, a.Proceeding.Screen)
}

// StartAppealPeriod records that the party has been notified.
func (a *Activities) StartAppealPeriod(ctx context.Context, applicationID string) error {
	return do(ctx, applicationID, a.Proceeding.StartAppealPeriod)
}

// RecordWithdrawal ends the case of a withdrawn application.
func (a *Activities) RecordWithdrawal(ctx context.Context, applicationID string) error {
	return do(ctx, applicationID, a.Proceeding.RecordWithdrawal)
}

// Close ends the case.
func (a *Activities) Close(ctx context.Context, applicationID string) error {
	return do(ctx, applicationID, a.Proceeding.Close)
}

// RemindOfMissing records that the applicant has been reminded of what is missing.
func (a *Activities) RemindOfMissing(ctx context.Context, applicationID string) error {
	return do(ctx, applicationID, a.Proceeding.RemindOfMissing)
}

// ExpireNotice ends a notice that nobody has answered in time.
func (a *Activities) ExpireNotice(ctx context.Context, applicationID string) error {
	return do(ctx, applicationID, a.Proceeding.ExpireNotice)
}

// RecordBreach records that the date for a decision has passed.
func (a *Activities) RecordBreach(ctx context.Context, applicationID string) error {
	return do(ctx, applicationID, a.Proceeding.RecordBreach)
}

// WriteNotice writes the letter that asks for what is missing and returns its identifier.
func (a *Activities) WriteNotice(ctx context.Context, applicationID string) (string, error) {
	return write(ctx, applicationID, a.Proceeding.WriteNotice)
}

// WriteReminder writes the reminder of what is missing and returns the letter's identifier.
func (a *Activities) WriteReminder(ctx context.Context, applicationID string) (string, error) {
	return write(ctx, applicationID, a.Proceeding.WriteReminder)
}

// WriteInterimReply writes the interim reply and returns the letter's identifier.
func (a *Activities) WriteInterimReply(ctx context.Context, applicationID string) (string, error) {
	return write(ctx, applicationID, a.Proceeding.WriteInterimReply)
}

// WriteReceipt writes the confirmation of receipt and returns the letter's identifier.
func (a *Activities) WriteReceipt(ctx context.Context, applicationID string) (string, error) {
	return write(ctx, applicationID, a.Proceeding.WriteReceipt)
}

// WriteDecision writes the decision letter and returns its identifier.
func (a *Activities) WriteDecision(ctx context.Context, applicationID string) (string, error) {
	return write(ctx, applicationID, a.Proceeding.WriteDecision)
}

// WritePending writes the next letter about an appeal or a reversal and returns its identifier.
func (a *Activities) WritePending(ctx context.Context, applicationID string) (string, error) {
	return write(ctx, applicationID, a.Proceeding.WritePending)
}

// WriteWithdrawal writes the confirmation of the withdrawal and returns the letter's identifier.
func (a *Activities) WriteWithdrawal(ctx context.Context, applicationID string) (string, error) {
	return write(ctx, applicationID, a.Proceeding.WriteWithdrawal)
}

// CheckRoles holds the registry's roles against those who handle cases.
func (a *Activities) CheckRoles(ctx context.Context, applicationID string) error {
	return do(ctx, applicationID, a.Proceeding.CheckRoles)
}

// Deliver sends a letter. The nil identifier stands for a letter that nothing calls for any more.
func (a *Activities) Deliver(ctx context.Context, letterID string) error {
	if letterID == uuid.Nil.String() {
		return nil
	}
	return do(ctx, letterID, a.Postman.Deliver)
}

func do(ctx context.Context, id string, step func(context.Context, uuid.UUID) error) error {
	parsed, err := parse(id)
	if err != nil {
		return err
	}
	return step(ctx, parsed)
}

func write(ctx context.Context, id string, step func(context.Context, uuid.UUID) (uuid.UUID, error)) (string, error) {
	parsed, err := parse(id)
	if err != nil {
		return "", err
	}
	letterID, err := step(ctx, parsed)
	if err != nil {
		return "", err
	}
	return letterID.String(), nil
}

func parse(id string) (uuid.UUID, error) {
	parsed, err := uuid.Parse(id)
	if err != nil {
		return uuid.Nil, fmt.Errorf("read an identifier: %w", err)
	}
	return parsed, nil
}
