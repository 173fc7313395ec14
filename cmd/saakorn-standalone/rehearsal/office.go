package rehearsal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"saakorn/services/platform/calendar"
)

// officeEvery is how often everybody looks at what lies before them: every second Tuesday.
const officeEvery = 14

// officeHour is when they do.
const officeHour = 11

// office are the days on which people do what lies before them. A nil office has none.
type office struct {
	p *play
	// next is the moment of the next office day.
	next time.Time
	// calm says when the story of the first round is over: from then on the clock stops once a day only,
	// however many things are due on it.
	calm bool
	life *life
}

// firstOffice is the first office day: before the first award is decided.
func firstOffice() time.Time { return day(2019, time.January, 8).At(officeHour, 0) }

// before returns the earlier of the moment and the next office day.
func (o *office) before(moment time.Time) time.Time {
	if o != nil && o.next.Before(moment) {
		return o.next
	}
	return moment
}

// evening returns the end of the day of a moment when nobody has to see every moment of it.
func (o *office) evening(moment time.Time) time.Time {
	if o == nil || !o.calm {
		return moment
	}
	if end := calendar.On(moment).At(22, 0); end.After(moment) {
		return end
	}
	return moment
}

// hold holds the office day that has come, and tells whether there was one.
func (o *office) hold(ctx context.Context, now time.Time) (bool, error) {
	if o == nil || now.Before(o.next) {
		return false, nil
	}
	today := calendar.On(o.next)
	if err := o.life.officeDay(ctx, today); err != nil {
		return true, err
	}
	o.next = today.AddDays(officeEvery).At(officeHour, 0)
	return true, o.life.remember(func(n *Notebook) {
		n.Next, n.Turn, n.Duty = calendar.On(o.next).String(), 0, 0
	})
}

// mostTurns is how often people go back to their desks on one day at most: what one of them does gives
// another something to do, from the report that is read to the payment that the bank books.
const mostTurns = 30

// officeDay lets everybody do what lies before them until nobody has anything left for today. A day that
// was interrupted goes on with the turn in which it was.
func (l *life) officeDay(ctx context.Context, today calendar.Date) error {
	l.today = today
	first := l.notes.Turn
	for turn := first; turn < mostTurns; turn++ {
		before := l.deeds
		if err := l.takeTurn(ctx, turn); err != nil {
			return err
		}
		if turn > first && l.deeds == before {
			return l.prove(ctx)
		}
		if err := l.stage.quiet(ctx); err != nil {
			return err
		}
		if err := l.remember(func(n *Notebook) { n.Turn, n.Duty = turn+1, 0 }); err != nil {
			return err
		}
	}
	return fmt.Errorf("people still had something to do after %d turns: somebody does the same again and again", mostTurns)
}

// takeTurn has everybody do what lies before them once. The first turn of a day is for what is done once a
// day: what it has done of that is remembered, because doing it twice would let people act twice.
func (l *life) takeTurn(ctx context.Context, turn int) error {
	if turn > 0 {
		if err := l.moveMoney(ctx); err != nil {
			return err
		}
		return l.doTasks(ctx)
	}
	if err := l.learn(ctx); err != nil {
		return err
	}
	daily := []func(context.Context) error{l.answerOffers, l.report, l.followUp, l.end, l.season}
	for n := l.notes.Duty; n < len(daily); n++ {
		if err := daily[n](ctx); err != nil {
			return err
		}
		if err := l.remember(func(b *Notebook) { b.Duty = n + 1 }); err != nil {
			return err
		}
	}
	return nil
}

// quiet waits until what people did has been looked at.
func (s stage) quiet(ctx context.Context) error {
	_, err := s.settled(ctx)
	return err
}

// acted counts that somebody did something.
func (l *life) acted() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.deeds++
}

// again tries anew when somebody else was quicker and the etag has changed.
func again(do func() error) error {
	const tries = 4
	var err error
	for range tries {
		if err = do(); err == nil || reasonOf(err) != "STALE_ETAG" {
			return err
		}
	}
	return err
}

// prove has the auditor prove that the ledger balances.
func (l *life) prove(ctx context.Context) error {
	a, err := l.as(ctx, auditor)
	if err != nil {
		return err
	}
	r, err := a.ledger.ProveLedger(ctx, provable())
	if err != nil {
		return fmt.Errorf("prove the ledger: %w", err)
	}
	l.proofs.checked++
	if !r.GetBalanced() {
		l.proofs.examples = append(l.proofs.examples, fmt.Sprintf("on %s: %v", l.today, r.GetDifferences()))
	}
	return nil
}

// errNoPart is returned when the API speaks of an enterprise that the story does not know.
var errNoPart = errors.New("nobody in the story has this part")
