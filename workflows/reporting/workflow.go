// Package reporting is the procedure of the reports of one award, from the plan to the last approval. It
// owns no facts: it looks at them, does what is next, and waits.
package reporting

import (
	"fmt"

	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"saakorn/services/platform/procedure"
	"saakorn/services/reporting"
	"saakorn/workflows/waiting"
)

// Register makes the worker run the procedure.
func Register(w worker.Registry, a *Activities) {
	w.RegisterWorkflowWithOptions(Workflow, workflow.RegisterOptions{Name: string(procedure.Reporting)})
	w.RegisterActivity(a)
}

// Workflow follows the reports of the award until nothing is expected of anybody. It can be started at
// any time: what is next follows from the facts.
func Workflow(ctx workflow.Context, awardID string) error {
	c := conduct{ctx, awardID}
	for {
		situation, err := c.look()
		if err != nil {
			return err
		}
		switch situation.Next {
		case reporting.TaskPlan:
			err = c.plan()
		case reporting.TaskSendLetter:
			err = c.sendLetter(situation.Report)
		case reporting.TaskRemind:
			err = c.remind(situation.Report)
		case reporting.TaskMarkOverdue:
			err = c.markOverdue(situation.Report)
		case reporting.TaskEscalate:
			err = c.escalate(situation.Report)
		case reporting.TaskCompareAccounts:
			err = c.compareAccounts(situation.Report)
		case reporting.TaskAwait:
			// The enterprise writes, officers read, or a date comes.
			waiting.Until(ctx, situation.AsOf, situation.Due)
		case reporting.TaskNone:
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
			return workflow.NewContinueAsNewError(ctx, string(procedure.Reporting), awardID)
		}
	}
}

// conduct carries out the steps about the reports of one award.
type conduct struct {
	ctx     workflow.Context
	awardID string
}

func (c conduct) look() (reporting.Situation, error) {
	var a *Activities
	var s reporting.Situation
	err := workflow.ExecuteLocalActivity(waiting.Facts(c.ctx), a.LookAtReports, c.awardID).Get(c.ctx, &s)
	return s, err
}

func (c conduct) plan() error {
	var a *Activities
	return c.do(a.PlanReports, c.awardID)
}

func (c conduct) sendLetter(reportID string) error {
	var a *Activities
	return c.send(a.WriteReportLetter, reportID)
}

func (c conduct) remind(reportID string) error {
	var a *Activities
	if err := c.send(a.WriteReportReminder, reportID); err != nil {
		return err
	}
	return c.do(a.MarkReportReminded, reportID)
}

func (c conduct) markOverdue(reportID string) error {
	var a *Activities
	if err := c.send(a.WriteReportOverdue, reportID); err != nil {
		return err
	}
	return c.do(a.MarkReportOverdue, reportID)
}

func (c conduct) escalate(reportID string) error {
	var a *Activities
	return c.do(a.EscalateReport, reportID)
}

// compareAccounts asks a register, so it is an ordinary activity.
func (c conduct) compareAccounts(reportID string) error {
	var a *Activities
	return workflow.ExecuteActivity(waiting.Outside(c.ctx), a.CompareReportAccounts, reportID).Get(c.ctx, nil)
}

// do carries out a step that only touches facts.
func (c conduct) do(step any, id string) error {
	return workflow.ExecuteLocalActivity(waiting.Facts(c.ctx), step, id).Get(c.ctx, nil)
}

// send has a letter written, once, and sends it. There may be nothing to write any more.
func (c conduct) send(write any, reportID string) error {
	var letterID string
	if err := workflow.ExecuteLocalActivity(waiting.Facts(c.ctx), write, reportID).Get(c.ctx, &letterID); err != nil || letterID == "" {
		return err
	}
	var a *Activities
	return workflow.ExecuteActivity(waiting.Outside(c.ctx), a.DeliverReportLetter, letterID).Get(c.ctx, nil)
}
