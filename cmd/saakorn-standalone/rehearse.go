package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.temporal.io/sdk/client"

	"saakorn/cmd/saakorn-standalone/rehearsal"
	"saakorn/deploy/embedded/stack"
	"saakorn/deploy/portfolio"
	"saakorn/services/installation"
	"saakorn/services/platform/procedure"
	"saakorn/workflows/engine"
)

type rehearseCommand struct {
	JSON  string `name:"json" type:"path" help:"file to write the result to, as JSON"`
	Years int    `default:"1" help:"grant years to live: 1 plays the first round alone, 5 all that an enterprise can be supported"`
	Data  string `type:"path" help:"folder to play in and to keep, for saakorn-standalone run --data: empty, or with years to take up again; a temporary one when left out"`
	Seed  uint64 `default:"1" help:"seed of everything that varies: the same seed plays the same story"`
	Keep  string `name:"portfolio" type:"path" help:"file to write a snapshot of the facts to at the end, from which an installation can start"`
	Kills int    `help:"kill the program so many times while it lives the years, start it again each time, and compare with years that nothing interrupted"`
}

// collectAfter is by how many per cent memory grows between two collections.
const collectAfter = 400

// Run plays a round on a fresh stack in a temporary folder, and fails when it cannot be played to
// its end or when something that must always hold does not.
func (c *rehearseCommand) Run(ctx context.Context) error {
	began := time.Now()
	// Half of the time is the engine's, which makes much that lives shortly.
	debug.SetGCPercent(collectAfter)
	if c.Kills > 0 {
		return c.playKilled(ctx)
	}
	folder, err := c.folder()
	if err != nil {
		return err
	}
	outcome, err := c.play(ctx, folder, began)
	switch {
	case ctx.Err() != nil && c.Data != "":
		return errors.New("the rehearsal was stopped")
	case ctx.Err() != nil:
		return errors.Join(errors.New("the rehearsal was stopped"), os.RemoveAll(folder))
	case err != nil:
		return fmt.Errorf("the rehearsal did not reach its end: %w (everything it left is in %s)", err, folder)
	}
	for _, summary := range outcome {
		if err := summary.WriteText(os.Stdout); err != nil {
			return err
		}
	}
	if err := c.keep(outcome[len(outcome)-1]); err != nil {
		return err
	}
	broken := 0
	for _, summary := range outcome {
		broken += summary.Broken()
	}
	if broken > 0 {
		return fmt.Errorf("%d invariants are broken (everything the rehearsal left is in %s)", broken, folder)
	}
	if c.Data != "" {
		fmt.Printf("Everything is kept in %[1]s. Look at it with: saakorn-standalone run --data %[1]s\n", folder)
		return nil
	}
	if err := os.RemoveAll(folder); err != nil {
		return fmt.Errorf("remove the rehearsal's folder: %w", err)
	}
	return nil
}

// folder returns the folder to play in, which is empty or holds years that can be taken up again.
func (c *rehearseCommand) folder() (string, error) {
	if c.Data == "" {
		folder, err := os.MkdirTemp("", "saakorn-rehearsal-")
		if err != nil {
			return "", fmt.Errorf("make a folder for the rehearsal: %w", err)
		}
		return folder, nil
	}
	if err := os.MkdirAll(c.Data, 0o755); err != nil {
		return "", fmt.Errorf("the folder %s cannot be made (%w): choose another with --data", c.Data, err)
	}
	entries, err := os.ReadDir(c.Data)
	if err != nil {
		return "", fmt.Errorf("look into %s: %w", c.Data, err)
	}
	if len(entries) > 0 && !rehearsal.HasNotebook(c.Data) {
		return "", fmt.Errorf("%s is not empty and holds no years to take up again: choose another folder with --data", c.Data)
	}
	return c.Data, nil
}

// play starts the stack, plays on it and stops it.
func (c *rehearseCommand) play(ctx context.Context, folder string, began time.Time) ([]summary, error) {
	// PostgreSQL may run as another user, who has to get through to its folder.
	if err := os.Chmod(folder, 0o755); err != nil {
		return nil, fmt.Errorf("open the rehearsal's folder: %w", err)
	}
	log, logFile, err := newLog(filepath.Join(folder, "saakorn.log"))
	if err != nil {
		return nil, err
	}
	defer logFile.Close()
	if rehearsal.HasNotebook(folder) {
		fmt.Fprintf(os.Stderr, "The years in %s are taken up again:\n", folder)
	} else {
		fmt.Fprintf(os.Stderr, "A round of the grant, with seed %d, on fresh engines:\n", c.Seed)
	}
	s, err := stack.Start(ctx, stack.Config{
		Folder: folder, Addresses: installation.Addresses{GRPC: "127.0.0.1:0", HTTP: "127.0.0.1:0"},
		Rehearsal: true, RehearsalFrom: rehearsal.Begins(), Throwaway: c.Data == "", Log: log,
	})
	if err != nil {
		return nil, err
	}
	outcome, err := c.playOn(ctx, s, folder, began)
	if err == nil && c.Keep != "" {
		err = c.keepFacts(ctx, s, folder)
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	if err := errors.Join(err, s.Stop(stopping)); err != nil {
		return nil, err
	}
	return outcome, nil
}

// keepFacts writes a snapshot, in place of the one that was there.
func (c *rehearseCommand) keepFacts(ctx context.Context, s *stack.Stack, folder string) error {
	var snapshot bytes.Buffer
	if err := portfolio.Write(ctx, s.Installation.Pool, folder, s.Installation.Clock.Now(), &snapshot); err != nil {
		return err
	}
	if err := os.WriteFile(c.Keep, snapshot.Bytes(), 0o644); err != nil {
		return fmt.Errorf("write the snapshot: %w", err)
	}
	return nil
}

// summary is what one part of a rehearsal came to.
type summary interface {
	WriteText(w io.Writer) error
	WriteJSON(w io.Writer) error
	Broken() int
}

// playOn plays on a running stack. The play ends when a part of the stack does.
func (c *rehearseCommand) playOn(ctx context.Context, s *stack.Stack, folder string, began time.Time) ([]summary, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() { cancel(s.Wait(ctx)) }()
	play := c.playRound
	switch {
	case rehearsal.HasNotebook(folder):
		play = c.goOn
	case c.Years > 1:
		play = c.playYears
	}
	outcome, err := play(ctx, s, rehearsal.Config{
		Address: s.Serving.GRPC, Seed: c.Seed, Folder: folder, Progress: rehearsal.NewProgress(os.Stderr, isTerminal(os.Stderr)),
	}, began)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = errors.Join(cause, err)
	}
	return outcome, err
}

func (c *rehearseCommand) playRound(ctx context.Context, s *stack.Stack, config rehearsal.Config, began time.Time) ([]summary, error) {
	record, err := rehearsal.Play(ctx, config)
	if err != nil {
		return nil, err
	}
	if err := record.ReadTrail(ctx, s.Installation.Pool); err != nil {
		return nil, err
	}
	round := rehearsal.Summarize(&record, c.Seed, time.Since(began))
	return []summary{&round}, nil
}

// playYears lives years after the first round. What the round came to is read before they begin.
func (c *rehearseCommand) playYears(ctx context.Context, s *stack.Stack, config rehearsal.Config, began time.Time) ([]summary, error) {
	var round rehearsal.Summary
	years, err := lived(ctx, s, config, began, func(config rehearsal.Config) (rehearsal.YearsRecord, error) {
		return rehearsal.PlayYears(ctx, config, c.Years, func(ctx context.Context, r *rehearsal.Record) error {
			if err := r.ReadTrail(ctx, s.Installation.Pool); err != nil {
				return err
			}
			round = rehearsal.Summarize(r, c.Seed, time.Since(began))
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	return []summary{&round, years}, nil
}

// goOn takes the years up again that the folder holds, to their end.
func (c *rehearseCommand) goOn(ctx context.Context, s *stack.Stack, config rehearsal.Config, began time.Time) ([]summary, error) {
	notes, err := rehearsal.ReadNotebook(config.Folder)
	if err != nil {
		return nil, err
	}
	years, err := lived(ctx, s, config, began, func(config rehearsal.Config) (rehearsal.YearsRecord, error) {
		return rehearsal.GoOn(ctx, config, rehearsal.Ends(notes.Years))
	})
	if err != nil {
		return nil, err
	}
	return []summary{years}, nil
}

// lived says what the years came to that live lives.
func lived(
	ctx context.Context, s *stack.Stack, config rehearsal.Config, began time.Time, live func(rehearsal.Config) (rehearsal.YearsRecord, error),
) (*rehearsal.YearsSummary, error) {
	connection, err := engine.Connect(engine.Config{Address: s.Temporal.Address(), Namespace: stack.Namespace, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, fmt.Errorf("connect to the engine: %w", err)
	}
	defer connection.Close()
	config.Histories = func(ctx context.Context, year int) ([]rehearsal.History, error) {
		return histories(ctx, s.Installation.Pool, connection, year)
	}
	record, err := live(config)
	if err != nil {
		return nil, err
	}
	if err := record.ReadTrail(ctx, s.Installation.Pool); err != nil {
		return nil, err
	}
	years := rehearsal.SummarizeYears(&record, time.Since(began))
	return &years, nil
}

// histories measures the history of every open procedure.
func histories(ctx context.Context, pool *pgxpool.Pool, connection client.Client, year int) ([]rehearsal.History, error) {
	const all = 10_000
	open, err := procedure.Open(ctx, pool, procedure.Subject{}, all)
	if err != nil {
		return nil, err
	}
	var list []rehearsal.History
	for _, subject := range open {
		id := subject.Kind.WorkflowID(subject.ID)
		described, err := connection.DescribeWorkflowExecution(ctx, id, "")
		if err != nil {
			return nil, fmt.Errorf("measure the history of %s: %w", id, err)
		}
		info := described.GetWorkflowExecutionInfo()
		list = append(list, rehearsal.History{Year: year, Workflow: id, Events: info.GetHistoryLength(), Bytes: info.GetHistorySizeBytes()})
	}
	return list, nil
}

func (c *rehearseCommand) keep(summary summary) error {
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
