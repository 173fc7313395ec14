// Package lifecycle is the procedure of a grant over the years: from the first award to the day on which
// the enterprise leaves the scheme. It owns no facts: it looks at them, does what is next, and waits.
package lifecycle

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"saakorn/services/grant"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/procedure"
	"saakorn/workflows/waiting"
)

// Register makes the worker run the procedure.
func Register(w worker.Registry, a *Activities) {
	w.RegisterWorkflowWithOptions(Workflow, workflow.RegisterOptions{Name: string(procedure.Lifecycle)})
	w.RegisterActivity(a)
}

// Workflow follows the lifecycle until nothing is left to do. It can be started at any point: what is next
// follows from the facts. With every year it begins anew, so that its history stays as short as a year's.
func Workflow(ctx workflow.Context, lifecycleID string) error {
	c := conduct{ctx, lifecycleID}
	year := 0
	for {
		situation, err := c.look()
		if err != nil {
			return err
		}
		if year == 0 {
			year = yearOf(situation.AsOf)
		}
		switch situation.Next {
		case grant.StepOffer:
			err = c.offer()
		case grant.StepRemind:
			err = c.remind()
		case grant.StepTell:
			err = c.tell()
		case grant.StepLapse:
			err = c.lapse()
		case grant.StepTasks:
			err = c.raiseTasks()
		case grant.StepWatchRegistry:
			err = c.watchRegistry()
		case grant.StepAwait:
			// The enterprise accepts, reports and asks; people answer and decide; or a date comes.
			waiting.Until(ctx, situation.AsOf, situation.Due)
		case grant.StepNone:
			if waiting.Done(ctx) {
				return nil
			}
			waiting.Until(ctx, situation.AsOf, situation.Due)
		default:
			err = fmt.Errorf("the procedure does not know the step %s", situation.Next)
		}
		if err != nil {
			return err
		}
		newYear := yearOf(situation.AsOf) != year
		if (newYear || workflow.GetInfo(ctx).GetContinueAsNewSuggested()) && waiting.Done(ctx) {
			return workflow.NewContinueAsNewError(ctx, string(procedure.Lifecycle), lifecycleID)
		}
	}
}

func yearOf(t time.Time) int { return calendar.On(t).Year }

// conduct carries out the steps of one lifecycle.
type conduct struct {
	ctx         workflow.Context
	lifecycleID string
}

func (c conduct) look() (grant.Situation, error) {
	var a *Activities
	var s grant.Situation
	err := workflow.ExecuteLocalActivity(waiting.Facts(c.ctx), a.Look, c.lifecycleID).Get(c.ctx, &s)
	return s, err
}

// offer sends the grant letter with the terms.
func (c conduct) offer() error { return c.send() }

// remind sends a reminder of a last date: for accepting, for a condition, for a plan.
func (c conduct) remind() error { return c.send() }

// tell sends the letter about what has been answered or decided. The letter about a measure starts an
// appeal period.
func (c conduct) tell() error {
	if err := c.send(); err != nil {
		return err
	}
	var a *Activities
	return c.do(a.RecordTold)
}

func (c conduct) lapse() error {
	var a *Activities
	return c.do(a.Lapse)
}

func (c conduct) raiseTasks() error {
	var a *Activities
	return c.do(a.RaiseTasks)
}

// watchRegistry asks the registries, so it is an ordinary activity.
func (c conduct) watchRegistry() error {
	var a *Activities
	return workflow.ExecuteActivity(waiting.Outside(c.ctx), a.WatchRegistry, c.lifecycleID).Get(c.ctx, nil)
}

// do carries out a step that only touches facts.
func (c conduct) do(step any) error {
	return workflow.ExecuteLocalActivity(waiting.Facts(c.ctx), step, c.lifecycleID).Get(c.ctx, nil)
}

// send has the letter written that is called for, once, and sends it.
func (c conduct) send() error {
	var a *Activities
	var letterID string
	if err := workflow.ExecuteLocalActivity(waiting.Facts(c.ctx), a.WriteLetter, c.lifecycleID).Get(c.ctx, &letterID); err != nil {
		return err
	}
	if letterID == "" {
		return nil // no longer called for
	}
	return workflow.ExecuteActivity(waiting.Outside(c.ctx), a.DeliverLetter, letterID).Get(c.ctx, nil)
}
