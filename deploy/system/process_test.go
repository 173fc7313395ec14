// Package system_test runs the parts of an installation as the separate processes that they are
// beyond one machine: the programs of cmd/saakorn against engines that belong to somebody else.
package system_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"saakorn/deploy/embedded/embeddedtest"
)

// patience is how long anything in these tests may take.
const patience = time.Minute

func TestMain(m *testing.M) {
	status := embeddedtest.Main(m)
	if err := os.RemoveAll(programFolder()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = max(status, 1)
	}
	os.Exit(status)
}

// programFolder is where this run of the tests builds the program to.
func programFolder() string {
	return filepath.Join(os.TempDir(), fmt.Sprintf("saakorn-system-%d", os.Getpid()))
}

// program builds cmd/saakorn, the first time it is asked for, and returns where it is.
func program(t *testing.T) string {
	t.Helper()
	path := filepath.Join(programFolder(), "saakorn")
	if _, err := os.Stat(path); err == nil {
		return path
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-o", path, "saakorn/cmd/saakorn")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the program: %v\n%s", err, output)
	}
	return path
}

// command returns a call of the program that sees nothing of this process's own settings.
func command(t *testing.T, settings map[string]string, args ...string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(context.WithoutCancel(t.Context()), program(t), args...)
	c.Env = []string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH"), "TZ=UTC"}
	for name, value := range settings {
		c.Env = append(c.Env, name+"="+value)
	}
	return c
}

// run runs the program to its end and returns what it wrote and its exit status.
func run(t *testing.T, settings map[string]string, args ...string) (output string, status int) {
	t.Helper()
	written, err := command(t, settings, args...).CombinedOutput()
	if err == nil {
		return string(written), 0
	}
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		t.Fatalf("run %v: %v", args, err)
	}
	return string(written), exit.ExitCode()
}

// succeed runs the program and demands that it ends with status 0.
func succeed(t *testing.T, settings map[string]string, args ...string) string {
	t.Helper()
	output, status := run(t, settings, args...)
	if status != 0 {
		t.Fatalf("saakorn %s ended with status %d:\n%s", strings.Join(args, " "), status, output)
	}
	return output
}

// server is a program that goes on until it is told to stop.
type server struct {
	t     *testing.T
	cmd   *exec.Cmd
	log   *lines
	ended chan struct{}
	err   error
}

// serve starts the program; it is stopped with the test at the latest.
func serve(t *testing.T, settings map[string]string, args ...string) *server {
	t.Helper()
	s := &server{t: t, cmd: command(t, settings, args...), log: newLines(), ended: make(chan struct{})}
	stderr, err := s.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(s.ended)
		s.log.read(stderr)
		s.err = s.cmd.Wait()
	}()
	t.Cleanup(func() {
		select {
		case <-s.ended:
		default:
			s.stop()
		}
		if t.Failed() {
			t.Logf("saakorn %s said:\n%s", strings.Join(args, " "), s.log)
		}
	})
	return s
}

// said waits until the program has logged the message and returns one of its attributes.
func (s *server) said(message, attribute string) string {
	s.t.Helper()
	var value string
	eventually(s.t, fmt.Sprintf("the program said %q", message), func(context.Context) (bool, error) {
		select {
		case <-s.ended:
			s.t.Fatalf("the program has ended: %v\n%s", s.err, s.log)
		default:
		}
		var found bool
		value, found = s.log.find(message, attribute)
		return found, nil
	})
	return value
}

// stop asks the program to end and demands that it does so cleanly.
func (s *server) stop() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Error(err)
	}
	select {
	case <-s.ended:
	case <-time.After(patience):
		s.t.Errorf("the program goes on after SIGTERM: %v", s.cmd.Process.Kill())
		<-s.ended
	}
	if s.err != nil {
		s.t.Errorf("after SIGTERM the program ended with: %v", s.err)
	}
}

// lines keeps what a program logs.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func newLines() *lines { return &lines{} }

func (l *lines) read(from io.Reader) {
	scanner := bufio.NewScanner(from)
	for scanner.Scan() {
		l.mu.Lock()
		l.text.Write(scanner.Bytes())
		l.text.WriteByte('\n')
		l.mu.Unlock()
	}
}

// String returns all that has been logged.
func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// find returns an attribute of the first line with the message.
func (l *lines) find(message, attribute string) (string, bool) {
	for line := range strings.Lines(l.String()) {
		var said map[string]any
		if json.Unmarshal([]byte(line), &said) == nil && said["msg"] == message {
			return fmt.Sprint(said[attribute]), true
		}
	}
	return "", false
}

// eventually waits until the condition holds.
func eventually(t *testing.T, what string, holds func(context.Context) (bool, error)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		ok, err := holds(ctx)
		if ok {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("not in time: %s (%v)", what, err)
		case <-ticker.C:
		}
	}
}
