package lifecycle

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"saakorn/services/grant"
)

// Postman sends letters that have been written.
type Postman interface {
	Deliver(ctx context.Context, letterID uuid.UUID) error
}

// Activities are the steps of the procedure. They take and return identifiers only, and each can be
// repeated without doing anything twice.
type Activities struct {
	Course  *grant.Course
	Postman Postman
}

// Look says what is next in the lifecycle.
func (a *Activities) Look(ctx context.Context, lifecycleID string) (grant.Situation, error) {
	id, err := parse(lifecycleID)
	if err != nil {
		return grant.Situation{}, err
	}
	return a.Course.Look(ctx, id)
}

// WriteLetter writes the letter that is called for and returns its identifier; nothing when none is.
func (a *Activities) WriteLetter(ctx context.Context, lifecycleID string) (string, error) {
	id, err := parse(lifecycleID)
	if err != nil {
		return "", err
	}
	letterID, err := a.Course.WriteLetter(ctx, id)
	if err != nil || letterID == uuid.Nil {
		return "", err
	}
	return letterID.String(), nil
}

// DeliverLetter sends a letter.
func (a *Activities) DeliverLetter(ctx context.Context, letterID string) error {
	return do(ctx, letterID, a.Postman.Deliver)
}

// RecordTold records that the letters about decided measures have been sent.
func (a *Activities) RecordTold(ctx context.Context, lifecycleID string) error {
	return do(ctx, lifecycleID, a.Course.RecordTold)
}

// Lapse ends the offers that nobody has accepted in time.
func (a *Activities) Lapse(ctx context.Context, lifecycleID string) error {
	return do(ctx, lifecycleID, a.Course.Lapse)
}

// RaiseTasks raises the tasks that are called for, and settles those that no longer are.
func (a *Activities) RaiseTasks(ctx context.Context, lifecycleID string) error {
	return do(ctx, lifecycleID, a.Course.Tasks)
}

// WatchRegistry asks the registries about the enterprise.
func (a *Activities) WatchRegistry(ctx context.Context, lifecycleID string) error {
	return do(ctx, lifecycleID, a.Course.WatchRegistry)
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
