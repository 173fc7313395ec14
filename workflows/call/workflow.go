// Package call is the procedure of a call for applications: it opens and closes at its times,
// people with drafts are reminded of the close, and drafts that were never submitted are closed.
//
// The call itself is open or closed by its times alone. The procedure only records it and does what
// follows from it, so an application is received in time also while the engine is away.
package call

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"saakorn/services/platform/procedure"
	"saakorn/workflows/waiting"
)

// Workflow watches over the call with the identifier until nothing more can happen to it. It can be
// started at any time and goes on from where the facts are.
func Workflow(ctx workflow.Context, callID string) error {
	for {
		var seen View
		if err := facts(ctx, lookActivity, &seen, callID); err != nil {
			return fmt.Errorf("look at the call: %w", err)
		}
		finished, err := take(ctx, callID, seen)
		if err != nil || finished {
			return err
		}
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() && waiting.Done(ctx) {
			return workflow.NewContinueAsNewError(ctx, string(procedure.Call), callID)
		}
	}
}

// take takes the step that was seen to be next. It returns true when the procedure is over.
func take(ctx workflow.Context, callID string, seen View) (finished bool, err error) {
	switch seen.Step {
	case StepWait:
		waiting.Until(ctx, seen.AsOf, seen.Due)
		return false, nil
	case StepOpen:
		return false, facts(ctx, openActivity, nil, callID)
	case StepRemind:
		return false, remind(ctx, callID, seen)
	case StepClose:
		return false, facts(ctx, closeActivity, nil, callID)
	case StepMiss:
		return false, facts(ctx, missActivity, nil, callID)
	case StepFinish:
		return finish(ctx, callID, seen)
	}
	return false, fmt.Errorf("the call needs %q, which this version of the procedure does not know", seen.Step)
}

// finish ends the procedure unless something has come in since the look.
func finish(ctx workflow.Context, callID string, seen View) (finished bool, err error) {
	if err := facts(ctx, finishActivity, &finished, callID, seen.Wanted); err != nil || !finished {
		return false, err
	}
	if waiting.Done(ctx) {
		return true, nil
	}
	waiting.Until(ctx, seen.AsOf, nil) // told already: look again
	return false, nil
}

// remind writes to everybody with a draft, some at a time, and then records that all were reminded.
func remind(ctx workflow.Context, callID string, seen View) error {
	if seen.Due == nil {
		return fmt.Errorf("the call needs a reminder for no moment")
	}
	batch := Batch{CallID: callID, Due: *seen.Due}
	mailing := workflow.WithStartToCloseTimeout(waiting.Outside(ctx), batchTime)
	for {
		var next string
		if err := workflow.ExecuteActivity(mailing, remindActivity, batch).Get(ctx, &next); err != nil {
			return fmt.Errorf("remind of drafts: %w", err)
		}
		if next == "" {
			return facts(ctx, remindedActivity, nil, callID, batch.Due)
		}
		batch.After = next
	}
}

// batchTime is how long a batch of reminders may take to be sent.
const batchTime = 5 * time.Minute

// facts runs an activity that reads or writes rows: short, and harmless to repeat.
func facts(ctx workflow.Context, activity string, result any, args ...any) error {
	return workflow.ExecuteLocalActivity(waiting.Facts(ctx), activity, args...).Get(ctx, result)
}
