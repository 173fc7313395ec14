package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"saakorn/services/platform/procedure"
)

// lagSubmissions is how many submissions the time to the workflow's start is measured on.
const lagSubmissions = 200

// lags are the times from a submission to the start of its workflow as the engine tells it.
type lags struct {
	// fromSent counts from the moment the client sends the submission, fromAnswer from the moment it
	// has the receipt. The latter is negative when the workflow was faster than the receipt.
	fromSent, fromAnswer []time.Duration
}

// measureLags submits at a steady rate, whether or not earlier submissions have been answered.
func (c *contest) measureLags(ctx context.Context) (lags, error) {
	drafts, err := c.rig.copies(ctx, c.saakorn, lagSubmissions)
	if err != nil {
		return lags{}, err
	}
	sent, answered := make([]time.Time, len(drafts)), make([]time.Time, len(drafts))
	failures := make([]error, len(drafts))
	var work sync.WaitGroup
	ticker := time.NewTicker(time.Second / time.Duration(c.options.Rate))
	defer ticker.Stop()
	for i, d := range drafts {
		select {
		case <-ctx.Done():
			work.Wait()
			return lags{}, ctx.Err()
		case <-ticker.C:
		}
		work.Go(func() {
			sent[i] = time.Now()
			failures[i] = once(ctx, c.clients.submit, i%c.options.Clients, d)
			answered[i] = time.Now()
		})
	}
	work.Wait()
	if err := errors.Join(errors.Join(failures...), c.settle(ctx)); err != nil {
		return lags{}, err
	}
	var l lags
	for i, d := range drafts {
		started, err := c.rig.started(ctx, d)
		if err != nil {
			return lags{}, err
		}
		l.fromSent = append(l.fromSent, started.Sub(sent[i]))
		l.fromAnswer = append(l.fromAnswer, started.Sub(answered[i]))
	}
	return l, nil
}

// started returns when the engine started the workflow of the application.
func (g *rig) started(ctx context.Context, d draft) (time.Time, error) {
	answer, err := g.engine.DescribeWorkflowExecution(ctx, procedure.Casework.WorkflowID(d.id), "")
	if err != nil {
		return time.Time{}, fmt.Errorf("ask the engine about a workflow: %w", err)
	}
	return answer.GetWorkflowExecutionInfo().GetStartTime().AsTime(), nil
}
