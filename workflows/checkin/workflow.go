// Package checkin is the procedure that follows one enterprise up, while it has the grant and after it. It owns no
// facts: it looks at them, does what is next, and waits.
package checkin

import (
	"fmt"

	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"saakorn/services/followup"
	"saakorn/services/platform/procedure"
	"saakorn/workflows/waiting"
)

// Register makes the worker run the procedure.
func Register(w worker.Registry, a *Activities) {
	w.RegisterWorkflowWithOptions(Workflow, workflow.RegisterOptions{Name: string(procedure.Checkin)})
	w.RegisterActivity(a)
}

// Workflow follows the enterprise of the lifecycle up until the last question after the grant has been answered or
// given up. It goes on as a new run with each grant year, so that its history does not grow with the years.
func Workflow(ctx workflow.Context, lifecycleID string) error {
	c := conduct{ctx, lifecycleID}
	for {
		situation, err := c.look()
		if err != nil {
			return err
		}
		switch situation.Next {
		case followup.TaskPlanYear:
			err = c.planYear()
		case followup.TaskRaiseSignals:
			err = c.raiseSignals()
		case followup.TaskInvite:
			err = c.invite(situation.Subject)
		case followup.TaskMarkLate:
			err = c.markLate(situation.Subject)
		case followup.TaskPlanQuestions:
			err = c.planQuestions()
		case followup.TaskAsk:
			err = c.ask(situation.Subject)
		case followup.TaskRemind:
			err = c.remind(situation.Subject)
		case followup.TaskGiveUp:
			err = c.giveUp(situation.Subject)
		case followup.TaskAwait:
			// People talk, report and answer, or a date comes.
			waiting.Until(ctx, situation.AsOf, situation.Due)
		case followup.TaskNone:
			if waiting.Done(ctx) {
				return nil
			}
			waiting.Until(ctx, situation.AsOf, situation.Due)
		default:
			err = fmt.Errorf("the procedure does not know the task %s", situation.Next)
		}
		if err != nil {
			return err
		}
		again := situation.Next == followup.TaskPlanYear || workflow.GetInfo(ctx).GetContinueAsNewSuggested()
		if again && waiting.Done(ctx) {
			return workflow.NewContinueAsNewError(ctx, string(procedure.Checkin), lifecycleID)
		}
	}
}

// conduct carries out the steps about one enterprise.
type conduct struct {
	ctx         workflow.Context
	lifecycleID string
}

func (c conduct) look() (followup.Situation, error) {
	var a *Activities
	var s followup.Situation
	err := workflow.ExecuteLocalActivity(waiting.Facts(c.ctx), a.LookAtFollowup, c.lifecycleID).Get(c.ctx, &s)
	return s, err
}

func (c conduct) planYear() error {
	var a *Activities
	return c.do(a.PlanCheckinYear, c.lifecycleID)
}

func (c conduct) raiseSignals() error {
	var a *Activities
	return c.do(a.RaiseSignals, c.lifecycleID)
}

func (c conduct) invite(checkinID string) error {
	var a *Activities
	if err := c.send(a.WriteCheckinInvitation, checkinID); err != nil {
		return err
	}
	return c.do(a.MarkCheckinInvited, checkinID)
}

func (c conduct) markLate(checkinID string) error {
	var a *Activities
	return c.do(a.MarkCheckinLate, checkinID)
}

func (c conduct) planQuestions() error {
	var a *Activities
	return c.do(a.PlanAfterQuestions, c.lifecycleID)
}

func (c conduct) ask(questionID string) error {
	var a *Activities
	if err := c.send(a.WriteAfterQuestion, questionID); err != nil {
		return err
	}
	return c.do(a.MarkAfterQuestionAsked, questionID)
}

func (c conduct) remind(questionID string) error {
	var a *Activities
	if err := c.send(a.WriteAfterReminder, questionID); err != nil {
		return err
	}
	return c.do(a.MarkAfterQuestionReminded, questionID)
}

func (c conduct) giveUp(questionID string) error {
	var a *Activities
	return c.do(a.GiveUpAfterQuestion, questionID)
}

// do carries out a step that only touches facts.
func (c conduct) do(step any, id string) error {
	return workflow.ExecuteLocalActivity(waiting.Facts(c.ctx), step, id).Get(c.ctx, nil)
}

// send has a letter written, once, and sends it. There may be nothing to write any more.
func (c conduct) send(write any, id string) error {
	var letterID string
	if err := workflow.ExecuteLocalActivity(waiting.Facts(c.ctx), write, id).Get(c.ctx, &letterID); err != nil || letterID == "" {
		return err
	}
	var a *Activities
	return workflow.ExecuteActivity(waiting.Outside(c.ctx), a.DeliverFollowupLetter, letterID).Get(c.ctx, nil)
}
