// Package casework is the procedure of one case, from the receipt of the application to the end of
// the appeal period. It owns no facts: it looks at them, does what is next, and waits.
package casework

import (
	"fmt"

	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"saakorn/services/casework"
	"saakorn/services/platform/procedure"
	"saakorn/workflows/waiting"
)

// Register makes the worker run the procedure.
func Register(w worker.Registry, a *Activities) {
	w.RegisterWorkflowWithOptions(Workflow, workflow.RegisterOptions{Name: string(procedure.Casework)})
	w.RegisterActivity(a)
}

// Workflow runs the case of the application until nothing is left to do. It can be started at any
// step: what is next follows from the facts.
func Workflow(ctx workflow.Context, applicationID string) error {
	c := conduct{ctx, applicationID}
	for {
		situation, err := c.look()
		if err != nil {
			return err
		}
		switch situation.Next {
		case casework.TaskOpen:
			err = c.open()
		case casework.TaskConfirmReceipt:
			err = c.confirmReceipt()
		case casework.TaskScreen:
			err = c.screen()
		case casework.TaskAskForMissing:
			err = c.askForMissing()
		case casework.TaskRemindOfMissing:
			err = c.remindOfMissing()
		case casework.TaskExpireNotice:
			err = c.expireNotice()
		case casework.TaskInterimReply:
			err = c.replyInTheInterim()
		case casework.TaskRecordBreach:
			err = c.recordBreach()
		case casework.TaskCheckRoles:
			err = c.checkRoles()
		case casework.TaskAwaitPeople, casework.TaskAwaitAppeal:
			// People answer, assess, recommend and decide; or the appeal period runs.
			waiting.Until(ctx, situation.AsOf, situation.Due)
		case casework.TaskNotify:
			err = c.notify()
		case casework.TaskSendPending:
			err = c.sendPending()
		case casework.TaskStartAppeal:
			err = c.startAppealPeriod()
		case casework.TaskRecordWithdrawal:
			err = c.recordWithdrawal()
		case casework.TaskConfirmWithdraw:
			err = c.confirmWithdrawal()
		case casework.TaskClose:
			err = c.close()
		case casework.TaskNone:
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
			return workflow.NewContinueAsNewError(ctx, string(procedure.Casework), applicationID)
		}
	}
}

// conduct carries out the steps of one case.
type conduct struct {
	ctx           workflow.Context
	applicationID string
}

func (c conduct) look() (casework.Situation, error) {
	var a *Activities
	var s casework.Situation
	err := workflow.ExecuteLocalActivity(waiting.Facts(c.ctx), a.Look, c.applicationID).Get(c.ctx, &s)
	return s, err
}

func (c conduct) open() error {
	var a *Activities
	return c.do(a.Open)
}

func (c conduct) confirmReceipt() error {
	var a *Activities
	return c.send(a.WriteReceipt)
}

// screen asks the registries, so it is an ordinary activity.
func (c conduct) screen() error {
	var a *Activities
	return workflow.ExecuteActivity(waiting.Outside(c.ctx), a.Screen, c.applicationID).Get(c.ctx, nil)
}

func (c conduct) askForMissing() error {
	var a *Activities
	return c.send(a.WriteNotice)
}

func (c conduct) remindOfMissing() error {
	var a *Activities
	if err := c.send(a.WriteReminder); err != nil {
		return err
	}
	return c.do(a.RemindOfMissing)
}

func (c conduct) expireNotice() error {
	var a *Activities
	return c.do(a.ExpireNotice)
}

func (c conduct) replyInTheInterim() error {
	var a *Activities
	return c.send(a.WriteInterimReply)
}

func (c conduct) recordBreach() error {
	var a *Activities
	return c.do(a.RecordBreach)
}

// checkRoles asks the registry, so it is an ordinary activity.
func (c conduct) checkRoles() error {
	var a *Activities
	return workflow.ExecuteActivity(waiting.Outside(c.ctx), a.CheckRoles, c.applicationID).Get(c.ctx, nil)
}

func (c conduct) notify() error {
	var a *Activities
	return c.send(a.WriteDecision)
}

// sendPending sends the next letter about an appeal or a reversal.
func (c conduct) sendPending() error {
	var a *Activities
	return c.send(a.WritePending)
}

func (c conduct) startAppealPeriod() error {
	var a *Activities
	return c.do(a.StartAppealPeriod)
}

func (c conduct) recordWithdrawal() error {
	var a *Activities
	return c.do(a.RecordWithdrawal)
}

func (c conduct) confirmWithdrawal() error {
	var a *Activities
	return c.send(a.WriteWithdrawal)
}

func (c conduct) close() error {
	var a *Activities
	return c.do(a.Close)
}

// do carries out a step that only touches facts.
func (c conduct) do(step any) error {
	return workflow.ExecuteLocalActivity(waiting.Facts(c.ctx), step, c.applicationID).Get(c.ctx, nil)
}

// send has a letter written, once, and sends it.
func (c conduct) send(write any) error {
	var letterID string
	if err := workflow.ExecuteLocalActivity(waiting.Facts(c.ctx), write, c.applicationID).Get(c.ctx, &letterID); err != nil {
		return err
	}
	var a *Activities
	return workflow.ExecuteActivity(waiting.Outside(c.ctx), a.Deliver, letterID).Get(c.ctx, nil)
}
