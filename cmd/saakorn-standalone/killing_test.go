package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"saakorn/cmd/saakorn-standalone/rehearsal"
	"saakorn/deploy/embedded/embeddedtest"
	"saakorn/deploy/embedded/stack"
	"saakorn/deploy/portfolio/recorded"
	"saakorn/services/installation"
)

// goesOnIn names the folder in which this binary is to live on instead of testing: a program that can be killed.
const goesOnIn = "SAAKORN_TEST_GOES_ON_IN"

func TestMain(m *testing.M) {
	folder := os.Getenv(goesOnIn)
	if folder == "" {
		os.Exit(m.Run())
	}
	if err := goOnIn(context.Background(), folder); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// goOnIn lives two months more in the folder and writes down what they came to.
func goOnIn(ctx context.Context, folder string) error {
	s, err := startIn(ctx, folder)
	if err != nil {
		return err
	}
	until := rehearsal.Ends(5).AddDate(0, 2, -3)
	config := rehearsal.Config{Address: s.Serving.GRPC, Folder: folder, Progress: rehearsal.NewProgress(io.Discard, false)}
	years, err := lived(ctx, s, config, time.Now(), func(config rehearsal.Config) (rehearsal.YearsRecord, error) {
		return rehearsal.GoOn(ctx, config, until)
	})
	if err != nil {
		return err
	}
	c := rehearseCommand{JSON: resultOf(folder)}
	if err := c.keep(years); err != nil {
		return err
	}
	return s.Stop(ctx)
}

func startIn(ctx context.Context, folder string) (*stack.Stack, error) {
	return stack.Start(ctx, stack.Config{
		Folder: folder, Rehearsal: true, Portfolio: recorded.Snapshot(), Log: slog.New(slog.DiscardHandler),
		Addresses: installation.Addresses{GRPC: "127.0.0.1:0", HTTP: "127.0.0.1:0"},
	})
}

// resultOf is where what was lived in the folder is written.
func resultOf(folder string) string { return filepath.Join(folder, "result.json") }

// The years go on from where they were when the program is killed in the middle of an office day, while some
// have done what lay before them and others have not.
func TestAProgramThatIsKilledGoesOnToTheSameLedger(t *testing.T) {
	parent, err := embeddedtest.Folder()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(parent) })
	first := filepath.Join(parent, "undisturbed")
	s, err := startIn(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	if !s.Portfolio {
		t.Error("the snapshot was not loaded")
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	second := filepath.Join(parent, "killed")
	if out, err := exec.CommandContext(t.Context(), "cp", "-a", first, second).CombinedOutput(); err != nil {
		t.Fatalf("copy the folder: %v: %s", err, out)
	}
	if err := child(t, first).Run(); err != nil {
		t.Fatalf("live undisturbed: %v", err)
	}
	k := killing{start: func() *exec.Cmd { return child(t, second) }, folder: second, moments: []killMoment{
		{day: "2026-11-30", turn: 0, after: 100 * time.Millisecond}, {day: "2026-11-30", turn: 1, after: 30 * time.Millisecond},
	}}
	if err := k.run(); err != nil {
		t.Fatal(err)
	}
	want, err := readDigest(resultOf(first))
	if err != nil {
		t.Fatal(err)
	}
	got, err := readDigest(resultOf(second))
	if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("the ledger came to %s, and to %s when nothing interrupted it", got, want)
	}
}

// child is this binary, living on in the folder.
func child(t *testing.T, folder string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), self)
	c.Env = append(os.Environ(), goesOnIn+"="+folder)
	c.Stderr = os.Stderr
	return c
}
