package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process is a child that ends with this program.
type process struct {
	command *exec.Cmd
	output  *output
	done    chan struct{}
	err     error // how it ended; valid once done is closed
}

// startProcess starts a PostgreSQL program as the account (nil means as ourselves).
func startProcess(command *exec.Cmd, account *account, logger *slog.Logger) (*process, error) {
	p := &process{command: command, output: &output{logger: logger}, done: make(chan struct{})}
	command.Dir = "/" // the account may not be able to enter our working folder
	command.Env = childEnvironment(os.Environ())
	command.Stdout, command.Stderr = p.output, p.output
	command.SysProcAttr = childAttributes()
	command.SysProcAttr.Credential = account.credential()
	command.WaitDelay = 5 * time.Second

	started := make(chan error)
	go func() {
		// The death signal follows the thread that forked, so the thread stays as long as the child.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := command.Start()
		started <- err
		if err != nil {
			return
		}
		p.err = command.Wait()
		close(p.done)
	}()
	return p, <-started
}

// childEnvironment drops what would steer PostgreSQL from outside and makes it speak English, since
// what it says is read here.
func childEnvironment(environment []string) []string {
	var kept []string
	for _, variable := range environment {
		if !strings.HasPrefix(variable, "PG") && !strings.HasPrefix(variable, "LC_") && !strings.HasPrefix(variable, "LANG") {
			kept = append(kept, variable)
		}
	}
	return append(kept, "LC_ALL=C")
}

func (p *process) signal(signal syscall.Signal) error {
	err := p.command.Process.Signal(signal)
	if err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("signal PostgreSQL: %w", err)
	}
	return nil
}

// runProgram runs a PostgreSQL program to its end and returns what it said.
func runProgram(ctx context.Context, path string, account *account, arguments ...string) (string, error) {
	p, err := startProcess(exec.Command(path, arguments...), account, nil)
	if err != nil {
		return "", err
	}
	select {
	case <-p.done:
		return p.output.text(), p.err
	case <-ctx.Done():
	}
	if err := p.signal(syscall.SIGTERM); err != nil {
		return "", err
	}
	<-p.done
	return p.output.text(), ctx.Err()
}

// output passes on what PostgreSQL says and remembers the last lines, to explain a failure.
type output struct {
	logger *slog.Logger // nil only remembers

	mu      sync.Mutex
	partial string
	lines   []string
	serving bool // between ready and stopping
}

const rememberedLines = 40

// Write takes a piece of the child's output.
func (o *output) Write(piece []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	lines := strings.Split(o.partial+string(piece), "\n")
	o.partial = lines[len(lines)-1]
	for _, line := range lines[:len(lines)-1] {
		o.lines = append(o.lines, line)
		o.log(line)
	}
	if extra := len(o.lines) - rememberedLines; extra > 0 {
		o.lines = append([]string(nil), o.lines[extra:]...)
	}
	return len(piece), nil
}

// log reports trouble of the server itself. Its complaints about single statements are the caller's
// to handle and may quote data, and those while it starts or stops are expected.
func (o *output) log(line string) {
	if o.logger == nil {
		return
	}
	switch {
	case strings.HasPrefix(line, "PANIC:"):
		o.logger.Error("PostgreSQL", "message", line)
	case o.serving && (strings.HasPrefix(line, "WARNING:") || strings.HasPrefix(line, "FATAL:")):
		o.logger.Warn("PostgreSQL", "message", line)
	case strings.HasPrefix(line, "LOG:"):
		o.logger.Debug("PostgreSQL", "message", line)
	}
}

func (o *output) ready()    { o.setServing(true) }
func (o *output) stopping() { o.setServing(false) }

func (o *output) setServing(serving bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.serving = serving
}

func (o *output) text() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return strings.TrimSpace(strings.Join(append(append([]string(nil), o.lines...), o.partial), "\n"))
}

// complaint is the last line that says why a PostgreSQL program gave up, without its label; or all
// it said when no line has a label.
func (o *output) complaint() string { return complaint(o.text()) }

func complaint(text string) string {
	lines := strings.Split(text, "\n")
	for _, line := range slices.Backward(lines) {
		for _, label := range []string{"PANIC:", "FATAL:", "error:", "fatal:", "ERROR:"} {
			if _, said, found := strings.Cut(line, label); found {
				return strings.TrimSpace(said)
			}
		}
	}
	return strings.Join(strings.Fields(text), " ")
}
