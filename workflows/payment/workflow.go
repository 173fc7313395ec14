// Package payment is the procedure of the money of one award, from accepted terms to the last claim. It
// owns no facts: it looks at them, does what is next, and waits for people and for the bank.
package payment

import (
	"fmt"

	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"saakorn/services/payment"
	"saakorn/services/platform/procedure"
	"saakorn/workflows/waiting"
)

// Register makes the worker run the procedure.
func Register(w worker.Registry, a *Activities) {
	w.RegisterWorkflowWithOptions(Workflow, workflow.RegisterOptions{Name: string(procedure.Payment)})
	w.RegisterActivity(a)
}

// Workflow watches over the money of the award until nothing is left to do. It can be started at any
// step: what is next follows from the facts.
func Workflow(ctx workflow.Context, awardID string) error {
	c := conduct{ctx, awardID}
	for {
		situation, err := c.look()
		if err != nil {
			return err
		}
		switch situation.Next {
		case payment.TaskPrompt:
			err = c.promptOfficer()
		case payment.TaskSend:
			err = c.send()
		case payment.TaskWriteOrder:
			err = c.writeOrder()
		case payment.TaskReport:
			err = c.reportFailure()
		case payment.TaskEscalate:
			err = c.escalate()
		case payment.TaskWarn:
			err = c.warnOfRunway()
		case payment.TaskDun:
			err = c.dun()
		case payment.TaskWriteClaim:
			err = c.writeClaim()
		case payment.TaskAwait:
			// An instalment waits for its gates, an officer prepares, two people approve, the bank answers.
			waiting.Until(ctx, situation.AsOf, situation.Due)
		case payment.TaskDone:
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
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() && waiting.Done(ctx) {
			return workflow.NewContinueAsNewError(ctx, string(procedure.Payment), awardID)
		}
	}
}

// conduct carries out the steps of one award's money.
type conduct struct {
	ctx     workflow.Context
	awardID string
}

func (c conduct) look() (payment.Situation, error) {
	var a *Activities
	var s payment.Situation
	err := workflow.ExecuteLocalActivity(waiting.Facts(c.ctx), a.Look, c.awardID).Get(c.ctx, &s)
	return s, err
}

func (c conduct) promptOfficer() error {
	var a *Activities
	return c.do(a.Prompt)
}

// send puts an approved payment into a file: a fact. The file leaves the house in a step of its own.
func (c conduct) send() error {
	var a *Activities
	return c.do(a.Send)
}

func (c conduct) writeOrder() error {
	var a *Activities
	return workflow.ExecuteActivity(waiting.Outside(c.ctx), a.WriteOrder, c.awardID).Get(c.ctx, nil)
}

func (c conduct) reportFailure() error {
	var a *Activities
	return c.do(a.Report)
}

func (c conduct) escalate() error {
	var a *Activities
	return c.do(a.Escalate)
}

func (c conduct) warnOfRunway() error {
	var a *Activities
	return c.do(a.Warn)
}

func (c conduct) dun() error {
	var a *Activities
	return c.do(a.Dun)
}

// writeClaim has the next letter about a claim written, once, and sends it.
func (c conduct) writeClaim() error {
	var a *Activities
	var letterID string
	if err := workflow.ExecuteLocalActivity(waiting.Facts(c.ctx), a.WriteClaim, c.awardID).Get(c.ctx, &letterID); err != nil {
		return err
	}
	if letterID == "" {
		return nil
	}
	return workflow.ExecuteActivity(waiting.Outside(c.ctx), a.Deliver, letterID).Get(c.ctx, nil)
}

// do carries out a step that only touches facts.
func (c conduct) do(step any) error {
	return workflow.ExecuteLocalActivity(waiting.Facts(c.ctx), step, c.awardID).Get(c.ctx, nil)
}
