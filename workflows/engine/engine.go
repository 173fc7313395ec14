// Package engine runs the procedures: it connects the workers to the engine and delivers the
// messages that changes of facts leave for them.
package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"

	"saakorn/services/installation"
	"saakorn/services/platform/procedure"
	"saakorn/workflows/call"
	"saakorn/workflows/casework"
	"saakorn/workflows/checkin"
	"saakorn/workflows/lifecycle"
	"saakorn/workflows/payment"
	"saakorn/workflows/reporting"
)

// Config says where the engine is.
type Config struct {
	// Address of the engine's frontend, for example "127.0.0.1:7233".
	Address   string
	Namespace string
	Log       *slog.Logger
}

// Connect returns a client of the engine. It does not wait for the engine to answer, so that the
// installation can be started in any order.
func Connect(c Config) (client.Client, error) {
	engine, err := client.NewLazyClient(client.Options{
		HostPort: c.Address, Namespace: c.Namespace, Logger: sdklog.NewStructuredLogger(c.Log),
	})
	if err != nil {
		return nil, fmt.Errorf("connect to the engine: %w", err)
	}
	return engine, nil
}

// Run runs the workers and delivers messages until the context ends, or until a worker gives up.
// While the engine is away it keeps trying.
func Run(ctx context.Context, i *installation.Installation, engine client.Client, log *slog.Logger) error {
	messenger, err := procedure.NewMessenger(i.Pool, engine, i.AtOnce(), log)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	if err := messenger.Start(ctx); err != nil {
		return fmt.Errorf("start the messenger: %w", err)
	}
	if await(ctx, engine, log) == nil {
		err = workOnceKnown(ctx, i, engine, log)
	}
	stop()
	<-messenger.Stopped()
	return err
}

// secondsToKnow is how long an engine that answers may take to know its namespace after it has started.
const secondsToKnow = 5

// workOnceKnown runs the workers. A worker that cannot start at once never does, so while the engine does
// not know the namespace yet it tries with new ones, up to secondsToKnow.
func workOnceKnown(ctx context.Context, i *installation.Installation, engine client.Client, log *slog.Logger) error {
	for waited := 0; ; waited++ {
		err := work(ctx, i, engine)
		if _, unknown := errors.AsType[*serviceerror.NamespaceNotFound](err); !unknown || waited == secondsToKnow {
			return err
		}
		log.WarnContext(ctx, "the engine does not know the namespace yet", "error", err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
	}
}

// work runs the workers until the context ends, or until one of them gives up.
func work(ctx context.Context, i *installation.Installation, engine client.Client) error {
	failed := make(chan error, 1)
	for _, w := range workers(i, engine, failed) {
		if err := w.Start(); err != nil {
			return fmt.Errorf("start a worker: %w", err)
		}
		defer w.Stop()
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-failed:
		return fmt.Errorf("a worker gave up: %w", err)
	}
}

// workers returns a worker for each procedure. What makes one of them give up is sent to failed, as
// far as there is room.
func workers(i *installation.Installation, engine client.Client, failed chan<- error) []worker.Worker {
	options := worker.Options{
		MaxConcurrentWorkflowTaskExecutionSize:  max(i.AtOnce(), 2), // the library refuses 1
		MaxConcurrentLocalActivityExecutionSize: i.AtOnce(),
		MaxConcurrentActivityExecutionSize:      i.AtOnce(),
		WorkerStopTimeout:                       10 * time.Second,
		OnFatalError: func(err error) {
			select {
			case failed <- err:
			default:
			}
		},
	}
	calls := worker.New(engine, procedure.Call.TaskQueue(), options)
	call.Register(calls, &call.Activities{
		Calls: i.Schemes, Drafts: i.Applications, Enterprises: i.Enterprises, Postman: i.Postman, Clock: i.Clock,
	})
	cases := worker.New(engine, procedure.Casework.TaskQueue(), options)
	casework.Register(cases, &casework.Activities{Proceeding: i.Proceeding, Postman: i.Postman})
	lifecycles := worker.New(engine, procedure.Lifecycle.TaskQueue(), options)
	lifecycle.Register(lifecycles, &lifecycle.Activities{Course: i.Course, Postman: i.Postman})
	reports := worker.New(engine, procedure.Reporting.TaskQueue(), options)
	reporting.Register(reports, &reporting.Activities{Proceeding: i.Reporting, Postman: i.Postman})
	following := worker.New(engine, procedure.Checkin.TaskQueue(), options)
	checkin.Register(following, &checkin.Activities{Proceeding: i.Followup, Postman: i.Postman})
	payments := worker.New(engine, procedure.Payment.TaskQueue(), options)
	payment.Register(payments, &payment.Activities{Proceeding: i.Payments, Postman: i.Postman})
	return []worker.Worker{calls, cases, lifecycles, payments, reports, following}
}

// await waits until the engine answers.
func await(ctx context.Context, engine client.Client, log *slog.Logger) error {
	for {
		_, err := engine.CheckHealth(ctx, &client.CheckHealthRequest{})
		if err == nil {
			return nil
		}
		log.WarnContext(ctx, "the engine does not answer yet", "error", err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
}
