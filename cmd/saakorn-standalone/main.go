// Command saakorn-standalone is a whole installation in one program, with PostgreSQL and Temporal
// embedded: for newcomers, for rehearsals and for a small directorate.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"saakorn/deploy/embedded"
)

type program struct {
	Run      runCommand      `cmd:"" help:"Start everything and go on until Ctrl-C."`
	Rehearse rehearseCommand `cmd:"" help:"Play a whole round on fresh engines and check what must always hold."`
	Reset    resetCommand    `cmd:"" help:"Empty the data folder."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	parsed := kong.Parse(&program{}, kong.Name("saakorn-standalone"), kong.UsageOnError(),
		kong.Description("Case management for public grants, everything in one program."),
		kong.BindTo(ctx, (*context.Context)(nil)))
	err := parsed.Run()
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, sentence(err))
		os.Exit(1)
	}
}

// sentence says what went wrong: what stands in the way of a start says so itself, in one sentence.
func sentence(err error) string {
	if start, ok := errors.AsType[*embedded.StartError](err); ok {
		if start.Reason == embedded.PortTaken {
			return start.Sentence + " SAAKORN_POSTGRES_PORT, SAAKORN_TEMPORAL_PORT and SAAKORN_TEMPORAL_UI_PORT choose others."
		}
		return start.Sentence
	}
	return "saakorn-standalone: " + err.Error()
}

// newLog returns a log to the file at the path, so that the terminal stays readable.
func newLog(path string) (*slog.Logger, *os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("open the log: %w", err)
	}
	return slog.New(slog.NewJSONHandler(f, &slog.HandlerOptions{Level: slog.LevelInfo})), f, nil
}
