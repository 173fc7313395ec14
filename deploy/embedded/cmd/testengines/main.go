// Testengines starts a PostgreSQL and a Temporal server for a test run and stops them afterwards.
//
//	testengines -- go test ./...    runs the command with the engines and ends with its status
//	testengines                     prints the variables to set and runs until interrupted
//
// The engines listen on free ports and keep their data in a temporary folder, without durability.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"saakorn/deploy/embedded"
	"saakorn/deploy/embedded/embeddedtest"
)

func main() {
	// Interrupts end the command, not this program, which has engines to stop.
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	status, err := run(context.Background(), arguments(os.Args[1:]), signals)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testengines:", err)
		status = max(status, 1)
	}
	os.Exit(status)
}

func arguments(given []string) []string {
	if len(given) > 0 && given[0] == "--" {
		return given[1:]
	}
	return given
}

func run(ctx context.Context, command []string, signals <-chan os.Signal) (status int, err error) {
	folder, err := embeddedtest.Folder()
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))

	starting, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	postgres, err := embedded.StartPostgres(starting, embedded.PostgresConfig{
		Folder: filepath.Join(folder, "postgres"), Logger: logger, Throwaway: true,
	})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, stop(ctx, postgres.Stop)) }()
	temporal, err := embedded.StartTemporal(starting, embedded.TemporalConfig{
		Postgres: postgres.Server(), Logger: logger, TimeSkipping: true,
	})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, stop(ctx, temporal.Stop)) }()

	variables := []string{
		embeddedtest.DatabaseURLVariable + "=" + postgres.URL("postgres"),
		embeddedtest.TemporalAddressVariable + "=" + temporal.Address(),
	}
	if len(command) == 0 {
		for _, variable := range variables {
			fmt.Println("export", variable)
		}
		<-signals
		return 0, nil
	}
	return runCommand(command, variables, signals)
}

func stop(ctx context.Context, stop func(context.Context) error) error {
	stopping, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	return stop(stopping)
}

// runCommand returns the command's exit status, or as a shell does 128 plus the signal that ended it.
func runCommand(command, variables []string, signals <-chan os.Signal) (int, error) {
	child := exec.Command(command[0], command[1:]...)
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
	child.Env = append(os.Environ(), variables...)
	if err := child.Start(); err != nil {
		return 127, fmt.Errorf("run command: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- child.Wait() }()
	for {
		select {
		case signal := <-signals:
			// It may have ended by itself: a terminal interrupts the whole group.
			_ = child.Process.Signal(signal)
		case err := <-ended:
			return exitStatus(err)
		}
	}
}

func exitStatus(err error) (int, error) {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return 0, err
	}
	if state, ok := exit.Sys().(syscall.WaitStatus); ok && state.Signaled() {
		return 128 + int(state.Signal()), nil
	}
	return exit.ExitCode(), nil
}
