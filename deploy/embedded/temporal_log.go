package embedded

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"

	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/log/tag"
)

// temporalLogger passes Temporal's warnings and errors on. Where Temporal would end the program, it
// reports the failure and ends the goroutine that failed.
type temporalLogger struct {
	logger *slog.Logger
	// tags go with everything that is logged. Temporal makes a logger for every task and says nothing through
	// most of them, so the tags are written out only when something is said.
	tags     []tag.Tag
	failed   chan<- error
	stopping *atomic.Bool
}

var _ log.WithLogger = (*temporalLogger)(nil)

// With adds tags to everything logged through the result.
func (l *temporalLogger) With(tags ...tag.Tag) log.Logger {
	return &temporalLogger{logger: l.logger, tags: slices.Concat(l.tags, tags), failed: l.failed, stopping: l.stopping}
}

// Debug drops the message.
func (l *temporalLogger) Debug(string, ...tag.Tag) {}

// Info drops the message.
func (l *temporalLogger) Info(string, ...tag.Tag) {}

// Warn passes the message on, except the one that HTTP is off, which is meant.
func (l *temporalLogger) Warn(message string, tags ...tag.Tag) {
	if strings.HasPrefix(message, "HTTP API port has not been set") {
		return
	}
	l.pass(slog.LevelWarn, message, tags)
}

// Error passes the message on, except the one that a queue was read before its shard was taken over, which
// it is right after a start: it is read again.
func (l *temporalLogger) Error(message string, tags ...tag.Tag) {
	if message == "Queue reader unable to retrieve tasks" && slices.ContainsFunc(tags, isShardStarting) {
		return
	}
	l.pass(slog.LevelError, message, tags)
}

func isShardStarting(t tag.Tag) bool {
	return t.Key() == "error" && t.Value() == "shard status unknown"
}

// DPanic passes the message on; only Temporal's own developers want a panic here.
func (l *temporalLogger) DPanic(message string, tags ...tag.Tag) {
	l.pass(slog.LevelError, message, tags)
}

// Panic passes the message on and panics, which Temporal recovers from.
func (l *temporalLogger) Panic(message string, tags ...tag.Tag) {
	l.pass(slog.LevelError, message, tags)
	panic(message)
}

// Fatal reports that the server cannot go on and ends the goroutine.
func (l *temporalLogger) Fatal(message string, tags ...tag.Tag) {
	l.pass(slog.LevelError, message, tags)
	failure := fmt.Errorf("%s", message)
	for _, t := range tags {
		if t.Key() == "error" {
			failure = fmt.Errorf("%s: %v", message, t.Value())
		}
	}
	select {
	case l.failed <- failure:
	default: // the first failure is the one that explains
	}
	runtime.Goexit()
}

func (l *temporalLogger) pass(level slog.Level, message string, tags []tag.Tag) {
	ctx := context.Background()
	if l.stopping.Load() || !l.logger.Enabled(ctx, level) {
		return
	}
	l.logger.Log(ctx, level, "the Temporal server says", append(attributes(slices.Concat(l.tags, tags)), slog.String("message", message))...)
}

func attributes(tags []tag.Tag) []any {
	var all []any
	for _, t := range tags {
		all = append(all, slog.Any(t.Key(), t.Value()))
	}
	return all
}
