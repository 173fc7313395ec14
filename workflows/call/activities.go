package call

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"saakorn/services/application"
	"saakorn/services/enterprise"
	"saakorn/services/platform/clock"
	"saakorn/services/platform/procedure"
	"saakorn/services/scheme"
)

// The names of the activities. They stand in histories, so they outlive the names of methods.
const (
	lookActivity     = "call.look"
	openActivity     = "call.open"
	remindActivity   = "call.remind"
	remindedActivity = "call.reminded"
	closeActivity    = "call.close"
	missActivity     = "call.miss"
	finishActivity   = "call.finish"
)

// Drafts knows the applications that have not been submitted.
type Drafts interface {
	// Drafts returns up to limit drafts of the call in the order of their identifiers.
	Drafts(ctx context.Context, callID, after uuid.UUID, limit int) ([]application.DraftApplication, error)
	// MarkMissed closes the drafts of the call and returns how many.
	MarkMissed(ctx context.Context, callID uuid.UUID, now time.Time) (int, error)
}

// Enterprises knows what enterprises are called and which language they read.
type Enterprises interface {
	Enterprise(ctx context.Context, id uuid.UUID) (enterprise.Enterprise, error)
}

// Postman sends letters that have been written.
type Postman interface {
	Deliver(ctx context.Context, letterID uuid.UUID) error
}

// Activities do what the procedure of a call needs done.
type Activities struct {
	Calls       *scheme.Store
	Drafts      Drafts
	Enterprises Enterprises
	Postman     Postman
	Clock       clock.Clock
}

// Register tells the worker how the procedure and its activities are called.
func Register(w worker.Registry, a *Activities) {
	w.RegisterWorkflowWithOptions(Workflow, workflow.RegisterOptions{Name: string(procedure.Call)})
	w.RegisterActivityWithOptions(a.Look, activity.RegisterOptions{Name: lookActivity})
	w.RegisterActivityWithOptions(a.Open, activity.RegisterOptions{Name: openActivity})
	w.RegisterActivityWithOptions(a.Remind, activity.RegisterOptions{Name: remindActivity})
	w.RegisterActivityWithOptions(a.Reminded, activity.RegisterOptions{Name: remindedActivity})
	w.RegisterActivityWithOptions(a.Close, activity.RegisterOptions{Name: closeActivity})
	w.RegisterActivityWithOptions(a.Miss, activity.RegisterOptions{Name: missActivity})
	w.RegisterActivityWithOptions(a.Finish, activity.RegisterOptions{Name: finishActivity})
}

// View is what a look at the facts showed.
type View struct {
	Step Step `json:"step"`
	// Due is as [Next] has it.
	Due *time.Time `json:"due,omitempty"`
	// AsOf is when the look was taken: what is left until Due is counted from here.
	AsOf time.Time `json:"as_of"`
	// Wanted counts the changes that had been made by then.
	Wanted int64 `json:"wanted"`
}

// Look returns what the call needs now. When that is to wait, it records that the procedure rests.
func (a *Activities) Look(ctx context.Context, callID string) (View, error) {
	id, err := parse(callID)
	if err != nil {
		return View{}, err
	}
	p, err := a.Calls.Progress(ctx, id)
	if errors.Is(err, procedure.ErrUnknown) {
		// Trying again brings no row.
		return View{}, temporal.NewNonRetryableApplicationError("no procedure watches over the call", "UNKNOWN_PROCEDURE", err)
	}
	if err != nil {
		return View{}, err
	}
	now := a.Clock.Now()
	f := Facts{Call: p.Call, Deadlines: p.Definition.Deadlines, Reminded: p.Reminded}
	if p.Call.State(now) == scheme.CallClosed {
		left, err := a.Drafts.Drafts(ctx, id, uuid.Nil, 1)
		if err != nil {
			return View{}, err
		}
		f.DraftsLeft = len(left) > 0
	}
	v := View{AsOf: now, Wanted: p.Wanted}
	v.Step, v.Due = Next(f, now)
	if v.Step != StepWait {
		return v, nil
	}
	return v, a.Calls.Rest(ctx, id, v.Wanted, v.Due, now)
}

// Open records that the call has opened.
func (a *Activities) Open(ctx context.Context, callID string) error {
	id, err := parse(callID)
	if err != nil {
		return err
	}
	return a.Calls.MarkOpened(ctx, id, a.Clock.Now())
}

// Close records that the call has closed.
func (a *Activities) Close(ctx context.Context, callID string) error {
	id, err := parse(callID)
	if err != nil {
		return err
	}
	return a.Calls.MarkClosed(ctx, id, a.Clock.Now())
}

// Miss closes the drafts that were never submitted.
func (a *Activities) Miss(ctx context.Context, callID string) error {
	id, err := parse(callID)
	if err != nil {
		return err
	}
	_, err = a.Drafts.MarkMissed(ctx, id, a.Clock.Now())
	return err
}

// Finish records that the procedure is over. It returns false when something has changed since
// seen was read.
func (a *Activities) Finish(ctx context.Context, callID string, seen int64) (bool, error) {
	id, err := parse(callID)
	if err != nil {
		return false, err
	}
	return a.Calls.Finish(ctx, id, seen, a.Clock.Now())
}

// Reminded records that everybody with a draft has been reminded for the moment due.
func (a *Activities) Reminded(ctx context.Context, callID string, due time.Time) error {
	id, err := parse(callID)
	if err != nil {
		return err
	}
	return a.Calls.MarkReminded(ctx, id, due, a.Clock.Now())
}

// Batch says whom to remind: those with drafts after the given one.
type Batch struct {
	CallID string    `json:"call_id"`
	Due    time.Time `json:"due"`
	// After is the identifier of an application, empty for the first batch.
	After string `json:"after,omitempty"`
}

// batchSize is so small that a batch is sent within its time even by a slow mail server.
const batchSize = 50

// Remind writes to those with drafts, each once for the moment due, and returns where the next
// batch begins; empty when this was the last one. Once the call has closed nobody is reminded.
func (a *Activities) Remind(ctx context.Context, b Batch) (next string, err error) {
	id, err := parse(b.CallID)
	if err != nil {
		return "", err
	}
	after := uuid.Nil
	if b.After != "" {
		if after, err = parse(b.After); err != nil {
			return "", err
		}
	}
	p, err := a.Calls.Progress(ctx, id)
	if err != nil {
		return "", err
	}
	if p.Call.State(a.Clock.Now()) != scheme.CallOpen {
		return "", nil
	}
	drafts, err := a.Drafts.Drafts(ctx, id, after, batchSize)
	if err != nil {
		return "", err
	}
	for _, draft := range drafts {
		if err := a.remindOne(ctx, p, draft, b.Due); err != nil {
			return "", fmt.Errorf("remind of the draft %s: %w", draft.ID, err)
		}
	}
	if len(drafts) < batchSize {
		return "", nil
	}
	return drafts[len(drafts)-1].ID.String(), nil
}

func (a *Activities) remindOne(ctx context.Context, p scheme.Progress, draft application.DraftApplication, due time.Time) error {
	e, err := a.Enterprises.Enterprise(ctx, draft.EnterpriseID)
	if err != nil {
		return err
	}
	written, err := reminder(p.Definition, p.Call, e, draft, due, a.Clock.Now())
	if err != nil {
		return err
	}
	id, err := a.Calls.WriteReminder(ctx, written)
	if err != nil {
		return err
	}
	return a.Postman.Deliver(ctx, id)
}

// parse reads an identifier; trying again makes no other one of it.
func parse(id string) (uuid.UUID, error) {
	parsed, err := uuid.Parse(id)
	if err != nil {
		return uuid.Nil, temporal.NewNonRetryableApplicationError("not an identifier", "NOT_A_UUID", err)
	}
	return parsed, nil
}
