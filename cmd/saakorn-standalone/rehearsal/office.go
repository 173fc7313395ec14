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
func firstOffice() time.Time { return day(2019, time.January, 8).At(11, 0) }

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
	today := o.next
	o.next = calendar.On(today).AddDays(officeEvery).At(11, 0)
	return true, o.life.officeDay(ctx, calendar.On(today))
}

// turnsADay is how often people go back to their desks on one day: what one of them does gives another
// something to do, from the report that is read to the payment that the bank books.
const turnsADay = 9

// officeDay lets everybody do what lies before them until nobody has anything left for today.
func (l *life) officeDay(ctx context.Context, today calendar.Date) error {
	l.today = today
	l.did = 0
	for turn := range turnsADay {
		duties := []func(context.Context) error{l.moveMoney, l.doTasks}
		if turn == 0 { // what is done once a day
			duties = []func(context.Context) error{l.learn, l.answerOffers, l.report, l.followUp, l.end, l.season}
		}
		before := l.did
		for _, duty := range duties {
			if err := duty(ctx); err != nil {
				return err
			}
		}
		if turn > 0 && l.did == before {
			break
		}
		if err := l.stage.quiet(ctx); err != nil {
			return err
		}
	}
	return l.prove(ctx)
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
	l.did++
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
