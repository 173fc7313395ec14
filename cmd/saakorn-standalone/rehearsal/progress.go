package rehearsal

import (
	"fmt"
	"io"
	"sync"
	"time"

	"saakorn/services/platform/calendar"
)

// Progress tells on a terminal what is going on, one line for each part of the play.
type Progress struct {
	out   io.Writer
	began time.Time
	// live rewrites the line as things happen; otherwise each line is written once, at its end.
	live bool

	mu    sync.Mutex
	today calendar.Date
	title string
	done  int
	of    int
}

// NewProgress returns a progress that writes to out and counts the seconds from now. With live it rewrites a line as the count
// grows, which only a terminal can show.
func NewProgress(out io.Writer, live bool) *Progress {
	return &Progress{out: out, began: time.Now(), live: live, today: calendar.On(Begins())}
}

// begin starts a new line; of is how many there will be, 0 when that is not a matter of counting.
func (p *Progress) begin(title string, of int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.end()
	p.title, p.done, p.of = title, 0, of
	p.show()
}

// step counts one more.
func (p *Progress) step() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	p.show()
}

// move tells what day it is on the rehearsal's clock.
func (p *Progress) move(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.today = calendar.On(now)
	p.show()
}

// finish ends the last line.
func (p *Progress) finish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.end()
}

func (p *Progress) show() {
	if p.live && p.title != "" {
		fmt.Fprintf(p.out, "\r\x1b[K%s", p.line())
	}
}

func (p *Progress) end() {
	if p.title == "" {
		return
	}
	if p.live {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
	fmt.Fprintln(p.out, p.line())
	p.title = ""
}

func (p *Progress) line() string {
	line := fmt.Sprintf("%6.1f s  %s  %s", time.Since(p.began).Seconds(), p.today, p.title)
	if p.of == 0 {
		return line
	}
	return fmt.Sprintf("%s: %d of %d", line, p.done, p.of)
}
