// Package waiting holds how every procedure waits: for a moment that its facts name, or for somebody
// to say that the facts have changed.
package waiting

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"saakorn/services/platform/procedure"
)

// Until waits for the duration from asOf to due, or until the procedure is told to look again,
// whichever comes first; without due it waits for the latter. asOf is the time that came with the
// facts: a procedure never decides by a time of its own.
func Until(ctx workflow.Context, asOf time.Time, due *time.Time) {
	told := workflow.GetSignalChannel(ctx, procedure.LookAgain)
	selector := workflow.NewSelector(ctx).AddReceive(told, func(c workflow.ReceiveChannel, _ bool) {
		c.Receive(ctx, nil)
	})
	timer, stop := workflow.WithCancel(ctx)
	defer stop()
	if due != nil {
		selector.AddFuture(workflow.NewTimer(timer, max(due.Sub(asOf), 0)), func(workflow.Future) {})
	}
	selector.Select(ctx)
	forget(told)
}

// forget drops what has been said in the meantime: one look sees it all.
func forget(told workflow.ReceiveChannel) {
	for told.ReceiveAsync(nil) {
	}
}

// Done tells whether a workflow that is about to end, or to go on as a new run, has been told
// nothing that the next look would have to see.
func Done(ctx workflow.Context) bool {
	return workflow.GetSignalChannel(ctx, procedure.LookAgain).Len() == 0
}

// Facts returns a context for reading and writing facts: short, idempotent work on the same
// database as the engine's, tried again for as long as it takes.
func Facts(ctx workflow.Context) workflow.Context {
	return workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		StartToCloseTimeout: 10 * time.Second,
		RetryPolicy:         retries(),
	})
}

// Outside returns a context for what leaves the house: mail, registries, banks.
func Outside(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: time.Minute,
		RetryPolicy:         retries(),
	})
}

func retries() *temporal.RetryPolicy {
	return &temporal.RetryPolicy{InitialInterval: 200 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: 10 * time.Second}
}
