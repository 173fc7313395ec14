package stack_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"saakorn/deploy/embedded/stack"
)

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

// stop stops the stack, and fails the test when that does not go cleanly.
func stop(t *testing.T, s *stack.Stack) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 30*time.Second)
	defer cancel()
	if err := s.Stop(ctx); err != nil {
		t.Errorf("stop the stack: %v", err)
	}
}
