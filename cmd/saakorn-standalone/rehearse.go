package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"saakorn/cmd/saakorn-standalone/rehearsal"
	"saakorn/deploy/embedded/stack"
	"saakorn/services/installation"
)

type rehearseCommand struct {
	JSON string `name:"json" type:"path" help:"file to write the result to, as JSON"`
	Seed uint64 `default:"1" help:"seed of everything that varies: the same seed plays the same story"`
}

// Run plays a round on a fresh stack in a temporary folder, and fails when it cannot be played to
// its end or when something that must always hold does not.
func (c *rehearseCommand) Run(ctx context.Context) error {
	began := time.Now()
	folder, err := os.MkdirTemp("", "saakorn-rehearsal-")
	if err != nil {
		return fmt.Errorf("make a folder for the rehearsal: %w", err)
	}
	summary, err := c.play(ctx, folder, began)
	switch {
	case ctx.Err() != nil:
		return errors.Join(errors.New("the rehearsal was stopped"), os.RemoveAll(folder))
	case err != nil:
		return fmt.Errorf("the rehearsal did not reach its end: %w (everything it left is in %s)", err, folder)
	}
	if err := errors.Join(summary.WriteText(os.Stdout), c.keep(summary)); err != nil {
		return err
	}
	if broken := summary.Broken(); broken > 0 {
		return fmt.Errorf("%d of %d invariants are broken (everything the rehearsal left is in %s)", broken, len(summary.Invariants), folder)
	}
	if err := os.RemoveAll(folder); err != nil {
		return fmt.Errorf("remove the rehearsal's folder: %w", err)
	}
	return nil
}

// play starts the stack, plays on it and stops it.
func (c *rehearseCommand) play(ctx context.Context, folder string, began time.Time) (rehearsal.Summary, error) {
	// PostgreSQL may run as another user, who has to get through to its folder.
	if err := os.Chmod(folder, 0o755); err != nil {
		return rehearsal.Summary{}, fmt.Errorf("open the rehearsal's folder: %w", err)
	}
	log, logFile, err := newLog(filepath.Join(folder, "saakorn.log"))
	if err != nil {
		return rehearsal.Summary{}, err
	}
	defer logFile.Close()
	fmt.Fprintf(os.Stderr, "A round of the grant, with seed %d, on fresh engines:\n", c.Seed)
	s, err := stack.Start(ctx, stack.Config{
		Folder: folder, Addresses: installation.Addresses{GRPC: "127.0.0.1:0", HTTP: "127.0.0.1:0"},
		Rehearsal: true, RehearsalFrom: rehearsal.Begins(), Log: log,
	})
	if err != nil {
		return rehearsal.Summary{}, err
	}
	record, err := c.playOn(ctx, s)
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	if err := errors.Join(err, s.Stop(stopping)); err != nil {
		return rehearsal.Summary{}, err
	}
	return rehearsal.Summarize(&record, c.Seed, time.Since(began)), nil
}

// playOn plays on a running stack. The play ends when a part of the stack does.
func (c *rehearseCommand) playOn(ctx context.Context, s *stack.Stack) (rehearsal.Record, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() { cancel(s.Wait(ctx)) }()
	record, err := rehearsal.Play(ctx, rehearsal.Config{
		Address: s.Serving.GRPC, Seed: c.Seed, Progress: rehearsal.NewProgress(os.Stderr, isTerminal(os.Stderr)),
	})
	if err == nil {
		err = record.ReadTrail(ctx, s.Installation.Pool)
	}
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = errors.Join(cause, err)
	}
	return record, err
}

func (c *rehearseCommand) keep(summary rehearsal.Summary) error {
	if c.JSON == "" {
		return nil
	}
	f, err := os.Create(c.JSON)
	if err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return errors.Join(summary.WriteJSON(f), f.Close())
}

// isTerminal tells whether lines can be rewritten on the file.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
