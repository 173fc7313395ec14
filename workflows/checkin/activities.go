package checkin

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"saakorn/services/followup"
)

// Postman sends letters that have been written.
type Postman interface {
	Deliver(ctx context.Context, letterID uuid.UUID) error
}

// Activities are the steps of the procedure. They take and return identifiers only, and each can be repeated
// without doing anything twice.
type Activities struct {
	Proceeding *followup.Proceeding
	Postman    Postman
}

// LookAtFollowup says what is next for the enterprise of the lifecycle.
func (a *Activities) LookAtFollowup(ctx context.Context, lifecycleID string) (followup.Situation, error) {
	id, err := parse(lifecycleID)
	if err != nil {
		return followup.Situation{}, err
	}
	return a.Proceeding.Look(ctx, id)
}

// PlanCheckinYear plans the check-ins of a grant year.
func (a *Activities) PlanCheckinYear(ctx context.Context, lifecycleID string) error {
	return do(ctx, lifecycleID, a.Proceeding.PlanYear)
}

// RaiseSignals raises a signal for each new reason to talk.
func (a *Activities) RaiseSignals(ctx context.Context, lifecycleID string) error {
	return do(ctx, lifecycleID, a.Proceeding.RaiseSignals)
}

// WriteCheckinInvitation writes the letter that tells of a check-in, and returns its identifier.
func (a *Activities) WriteCheckinInvitation(ctx context.Context, checkinID string) (string, error) {
	return write(ctx, checkinID, a.Proceeding.WriteInvitation)
}

// MarkCheckinInvited records that the enterprise has been told.
func (a *Activities) MarkCheckinInvited(ctx context.Context, checkinID string) error {
	return do(ctx, checkinID, a.Proceeding.MarkInvited)
}

// MarkCheckinLate asks an officer why there has been no check-in.
func (a *Activities) MarkCheckinLate(ctx context.Context, checkinID string) error {
	return do(ctx, checkinID, a.Proceeding.MarkLate)
}

// PlanAfterQuestions plans what the enterprise is asked after its exit.
func (a *Activities) PlanAfterQuestions(ctx context.Context, lifecycleID string) error {
	return do(ctx, lifecycleID, a.Proceeding.PlanQuestions)
}

// WriteAfterQuestion writes the letter that asks how it goes, and returns its identifier.
func (a *Activities) WriteAfterQuestion(ctx context.Context, questionID string) (string, error) {
	return write(ctx, questionID, a.Proceeding.WriteQuestion)
}

// MarkAfterQuestionAsked records that the enterprise has been asked.
func (a *Activities) MarkAfterQuestionAsked(ctx context.Context, questionID string) error {
	return do(ctx, questionID, a.Proceeding.MarkAsked)
}

// WriteAfterReminder writes the one reminder, and returns its identifier.
func (a *Activities) WriteAfterReminder(ctx context.Context, questionID string) (string, error) {
	return write(ctx, questionID, a.Proceeding.WriteReminder)
}

// MarkAfterQuestionReminded records that the enterprise has been reminded.
func (a *Activities) MarkAfterQuestionReminded(ctx context.Context, questionID string) error {
	return do(ctx, questionID, a.Proceeding.MarkReminded)
}

// GiveUpAfterQuestion records that nobody asks any more.
func (a *Activities) GiveUpAfterQuestion(ctx context.Context, questionID string) error {
	return do(ctx, questionID, a.Proceeding.GiveUp)
}

// DeliverFollowupLetter sends a letter.
func (a *Activities) DeliverFollowupLetter(ctx context.Context, letterID string) error {
	return do(ctx, letterID, a.Postman.Deliver)
}

func do(ctx context.Context, id string, step func(context.Context, uuid.UUID) error) error {
	parsed, err := parse(id)
	if err != nil {
		return err
	}
	return step(ctx, parsed)
}

// write returns the empty text when there was nothing to write.
func write(ctx context.Context, id string, step func(context.Context, uuid.UUID) (uuid.UUID, error)) (string, error) {
	parsed, err := parse(id)
	if err != nil {
		return "", err
	}
	letterID, err := step(ctx, parsed)
	if err != nil || letterID == uuid.Nil {
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
