package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"saakorn/deploy/data"
	"saakorn/deploy/embedded/stack"
	"saakorn/deploy/portfolio/recorded"
	"saakorn/services/installation"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/clock"
)

type runCommand struct {
	Folder                 string `name:"data" env:"SAAKORN_DATA" default:".data" type:"path" help:"folder that holds everything that lasts"`
	Empty                  bool   `env:"SAAKORN_EMPTY" help:"start without the fictional years that a new data folder gets"`
	installation.Addresses `embed:""`
	TemporalPort           int `env:"SAAKORN_TEMPORAL_PORT" default:"7233" help:"port of the Temporal server"`
	TemporalUIPort         int `name:"temporal-ui-port" env:"SAAKORN_TEMPORAL_UI_PORT" default:"8233" help:"port of Temporal's own pages; 0 leaves them out"`
	PostgresPort           int `env:"SAAKORN_POSTGRES_PORT" default:"5433" help:"port of PostgreSQL"`
}

// Run starts everything, says where it is, and waits to be told to stop.
func (c *runCommand) Run(ctx context.Context) error {
	began := time.Now()
	if err := os.MkdirAll(c.Folder, 0o755); err != nil {
		return fmt.Errorf("the data folder %s cannot be made (%w): choose another with --data", c.Folder, err)
	}
	log, logFile, err := newLog(filepath.Join(c.Folder, "saakorn.log"))
	if err != nil {
		return err
	}
	defer logFile.Close()
	fmt.Println("Såkorn is starting …")
	snapshot := recorded.Snapshot()
	if c.Empty {
		snapshot = nil
	}
	s, err := stack.Start(ctx, stack.Config{
		Portfolio: snapshot, Folder: c.Folder, PostgresPort: c.PostgresPort, TemporalPort: c.TemporalPort, UIPort: c.TemporalUIPort,
		Addresses: c.Addresses, Report: data.Report(), Log: log,
	})
	if err != nil {
		return err
	}
	c.announce(s, time.Since(began))
	err = s.Wait(ctx)
	fmt.Println("\nSåkorn is stopping …")
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	return errors.Join(err, s.Stop(stopping))
}

func (c *runCommand) announce(s *stack.Stack, took time.Duration) {
	fmt.Printf(`Såkorn is ready (%.1f s). Everything listens on this machine only.

  The pages    http://%[2]s       sign in as anybody with one click
  JSON API     http://%[2]s/v1/schemes      description: http://%[2]s/openapi.json
  gRPC         %s
  Temporal     %s    its pages: http://127.0.0.1:%d
  PostgreSQL   127.0.0.1:%d    data: %s

Try this next, in another terminal:

  curl -s http://%[2]s/v1/development/users                      who you can be
  curl -s http://%[2]s/v1/development/tokens -d '{"userId":"manager-1"}'    a token for one of them

%[8]sThe README goes on from there. Ctrl-C stops everything; the data stays. make reset empties it.
`, took.Seconds(), s.Serving.HTTP, s.Serving.GRPC, s.Temporal.Address(), c.TemporalUIPort, c.PostgresPort, c.Folder, c.itIs(s))
}

// itIs tells what time it is in an installation that lies in a time of its own.
func (c *runCommand) itIs(s *stack.Stack) string {
	const apart = time.Hour
	wall, now := clock.System{}.Now(), s.Installation.Clock.Now()
	if wall.Sub(now).Abs() < apart {
		return ""
	}
	lived := "The years in the data folder were rehearsed, and time goes on from their end: "
	if s.Portfolio {
		lived = "It holds five years of a grant that a rehearsal has played, and time goes on from their end: "
	}
	return fmt.Sprintf("%sit is %s here.\n", lived, calendar.On(now))
}

type resetCommand struct {
	Folder string `name:"data" env:"SAAKORN_DATA" default:".data" type:"path" help:"folder to empty"`
}

// Run removes the data folder, unless it holds something else or is in use.
func (c *resetCommand) Run() error {
	_, err := os.Stat(c.Folder)
	if errors.Is(err, fs.ErrNotExist) {
		fmt.Println("There is nothing to empty.")
		return nil
	}
	if err != nil {
		return fmt.Errorf("look at %s: %w", c.Folder, err)
	}
	if err := c.check(); err != nil {
		return err
	}
	if err := os.RemoveAll(c.Folder); err != nil {
		return fmt.Errorf("empty %s: %w", c.Folder, err)
	}
	fmt.Printf("%s is empty: the next start begins anew.\n", c.Folder)
	return nil
}

func (c *resetCommand) check() error {
	if _, err := os.Stat(filepath.Join(c.Folder, "postgres")); err != nil {
		return fmt.Errorf("%s does not look like a data folder of Såkorn: nothing was removed", c.Folder)
	}
	if _, err := os.Stat(filepath.Join(c.Folder, "postgres", "cluster", "postmaster.pid")); err == nil {
		return fmt.Errorf("%s is in use: stop the program that uses it first (or start and stop it once, if it crashed)", c.Folder)
	}
	return nil
}
