// Command submit measures how many submissions of applications Såkorn accepts per second, side by
// side with a bare program that writes the same rows into the same database, and how soon after a
// submission its workflow starts.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

type options struct {
	JSON    string  `name:"json" type:"path" help:"file to write the result to"`
	Seconds float64 `default:"3" help:"length of one round"`
	Clients int     `default:"16" help:"concurrent clients on each side"`
	Rounds  int     `default:"5" help:"rounds of each side that count"`
	Rate    int     `default:"10" help:"submissions per second while the time to the workflow's start is measured"`
	Profile string  `type:"path" help:"file to write a CPU profile of one more round to, without workers"`
}

func (o options) check() error {
	if o.Seconds <= 0 || o.Clients < 1 || o.Rounds < 1 || o.Rate < 1 {
		return errors.New("--seconds, --clients, --rounds and --rate are all above zero")
	}
	return nil
}

func (o options) lasting() time.Duration { return time.Duration(o.Seconds * float64(time.Second)) }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	o := options{}
	kong.Parse(&o, kong.Name("saakorn-bench"), kong.UsageOnError(),
		kong.Description("Accepted submissions per second, against a bare program that writes the same rows."))
	err := o.run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "saakorn-bench:", err)
		os.Exit(1)
	}
}

// run measures in a folder of its own, which stays when something went wrong.
func (o options) run(ctx context.Context) error {
	if err := o.check(); err != nil {
		return err
	}
	folder, err := makeFolder()
	if err != nil {
		return err
	}
	r, err := measure(ctx, o, folder)
	if err != nil {
		return fmt.Errorf("%w (see %s)", err, folder)
	}
	if err := os.RemoveAll(folder); err != nil {
		return fmt.Errorf("remove the benchmark's data: %w", err)
	}
	if err := r.print(os.Stdout); err != nil || o.JSON == "" {
		return err
	}
	return r.save(o.JSON)
}

// makeFolder makes a temporary folder that other users can enter, because PostgreSQL drops root's rights.
func makeFolder() (string, error) {
	folder, err := os.MkdirTemp("", "saakorn-bench-")
	if err != nil {
		return "", fmt.Errorf("make a folder for the data: %w", err)
	}
	if err := os.Chmod(folder, 0o755); err != nil {
		return "", fmt.Errorf("open the folder for the data: %w", err)
	}
	return folder, nil
}

// measure first runs the whole installation, then on the same data the API alone.
func measure(ctx context.Context, o options, folder string) (*result, error) {
	log, err := os.Create(filepath.Join(folder, "saakorn.log"))
	if err != nil {
		return nil, fmt.Errorf("make the log: %w", err)
	}
	defer log.Close()
	logger := slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelInfo}))
	r := &result{Settings: o.settings()}
	err = with(ctx, func() (*rig, error) { return startWhole(ctx, folder, o.Clients, logger) }, func(g *rig) error {
		return r.measureWhole(ctx, g, o)
	})
	if err != nil {
		return nil, err
	}
	err = with(ctx, func() (*rig, error) { return startAlone(ctx, folder, o.Clients, logger) }, func(g *rig) error {
		return r.measureAlone(ctx, g, o)
	})
	return r, err
}

func with(ctx context.Context, start func() (*rig, error), do func(*rig) error) error {
	g, err := start()
	if err != nil {
		return err
	}
	err = do(g)
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	return errors.Join(err, g.stop(stopping))
}

func progress(format string, arguments ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", arguments...)
}
