package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"saakorn/cmd/saakorn-standalone/rehearsal"
	"saakorn/services/platform/calendar"
)

// playKilled lives the years twice: once undisturbed, and once in a program that is killed on the way and
// started again on what it left. Both have to come to the same ledger.
func (c *rehearseCommand) playKilled(ctx context.Context) error {
	if c.Years < 2 || c.Data != "" {
		return errors.New("a program that is killed lives years, in folders of its own: give --years, and no --data")
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find the program: %w", err)
	}
	folder, err := os.MkdirTemp("", "saakorn-killed-")
	if err != nil {
		return fmt.Errorf("make a folder for the rehearsal: %w", err)
	}
	again := func(name string) func() *exec.Cmd {
		return func() *exec.Cmd {
			child := exec.CommandContext(ctx, self, "rehearse", "--years", strconv.Itoa(c.Years), "--seed", strconv.FormatUint(c.Seed, 10),
				"--data", filepath.Join(folder, name), "--json", filepath.Join(folder, name+".json"))
			child.Stdout, child.Stderr = os.Stdout, os.Stderr
			return child
		}
	}
	if err := os.Chmod(folder, 0o755); err != nil { // PostgreSQL may run as another user
		return fmt.Errorf("open the rehearsal's folder: %w", err)
	}
	if err := again("undisturbed")().Run(); err != nil {
		return fmt.Errorf("live the years undisturbed: %w", err)
	}
	k := killing{start: again("killed"), folder: filepath.Join(folder, "killed"), moments: c.killMoments()}
	if err := k.run(); err != nil {
		return fmt.Errorf("%w (everything it left is in %s)", err, folder)
	}
	var digests []string
	for _, name := range []string{"undisturbed", "killed"} {
		digest, err := readDigest(filepath.Join(folder, name+".json"))
		if err != nil {
			return err
		}
		digests = append(digests, digest)
	}
	if digests[0] != digests[1] {
		return fmt.Errorf("the ledgers differ: %s undisturbed, and %s when it was killed %d times (everything is in %s)", digests[0], digests[1], c.Kills, folder)
	}
	fmt.Printf("Killed %d times, and the ledger is the same: %s\n", c.Kills, digests[0])
	return os.RemoveAll(folder)
}

// killMoments draws when the program is killed.
func (c *rehearseCommand) killMoments() []killMoment {
	drawn := rand.New(rand.NewPCG(c.Seed, 0)) //nolint:gosec // nothing secret hangs on it, and it must be the same again
	first := calendar.Date{Year: 2019, Month: time.July, Day: 15}
	days := calendar.Days(first, calendar.On(rehearsal.Ends(c.Years)).AddDays(-60))
	moments := make([]killMoment, 0, c.Kills)
	for range c.Kills {
		moments = append(moments, killMoment{first.AddDays(drawn.IntN(days)).String(), drawn.IntN(turnsToKillIn), time.Duration(drawn.IntN(500)) * time.Millisecond})
	}
	slices.SortFunc(moments, func(a, b killMoment) int { return strings.Compare(a.day, b.day) })
	return moments
}

// turnsToKillIn is in how many of the turns of an office day the program may be killed: there is no day on
// which people go back to their desks less often.
const turnsToKillIn = 2

// killMoment is a moment at which the program is killed: so long after people have begun the turn of the first
// office day after the day.
type killMoment struct {
	day   string
	turn  int
	after time.Duration
}

// reached tells whether people have begun the turn.
func (m killMoment) reached(n rehearsal.Notebook) bool {
	return n.Next > m.day && (n.Turn >= m.turn && n.Turn+n.Duty > 0)
}

// killing starts a program that lives the years in the folder, kills it at the moments, and starts it again
// each time until it has come to the end.
type killing struct {
	start   func() *exec.Cmd
	folder  string
	moments []killMoment
}

func (k killing) run() error {
	for _, moment := range k.moments {
		child := k.start()
		if err := child.Start(); err != nil {
			return fmt.Errorf("start the program: %w", err)
		}
		ended := make(chan error, 1)
		go func() { ended <- child.Wait() }()
		if err := k.await(moment, ended); err != nil {
			return err
		}
		if err := child.Process.Kill(); err != nil {
			return fmt.Errorf("kill the program: %w", err)
		}
		if err := <-ended; err == nil {
			return errEndedBefore
		}
		fmt.Fprintf(os.Stderr, "\nkilled after %s\n", moment.day)
	}
	if err := k.start().Run(); err != nil {
		return fmt.Errorf("go on to the end: %w", err)
	}
	return nil
}

// errEndedBefore is returned when the program has come to its end before it could be killed.
var errEndedBefore = errors.New("the program ended before it could be killed")

// await returns at the moment. It fails when the program ends before.
func (k killing) await(moment killMoment, ended <-chan error) error {
	const look = 50 * time.Millisecond
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	var due <-chan time.Time
	for {
		select {
		case err := <-ended:
			return errors.Join(errEndedBefore, err)
		case <-due:
			return nil
		case <-ticker.C:
		}
		if n, err := rehearsal.ReadNotebook(k.folder); due == nil && err == nil && moment.reached(n) {
			due = time.After(moment.after)
		}
	}
}

func readDigest(path string) (string, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read what the years came to: %w", err)
	}
	var s rehearsal.YearsSummary
	if err := json.Unmarshal(raw, &s); err != nil {
		return "", fmt.Errorf("read what the years came to: %w", err)
	}
	return s.LedgerDigest, nil
}
