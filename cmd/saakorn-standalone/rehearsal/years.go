package rehearsal

import (
	"context"
	"errors"
	"fmt"
	"time"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/platform/calendar"
)

// PlayYears plays the first round as [Play] does, and then so many grant years with everything that follows
// upon an award, until two years after the last grant of the first round. afterRound is called with the
// record of the first round while nothing else goes on.
func PlayYears(ctx context.Context, c Config, years int, afterRound func(context.Context, *Record) error) (YearsRecord, error) {
	p, err := prepare(ctx, c)
	if err != nil {
		return YearsRecord{}, err
	}
	defer p.cast.conn.Close()
	defer c.Progress.finish()
	l := newLife(p, Ends(years).Year()) // rounds go on in every year of the story
	l.folder = c.Folder
	p.stage.office = &office{p: p, life: l, next: firstOffice()}
	round, err := p.playRound(ctx)
	if err != nil {
		return YearsRecord{}, err
	}
	if err := afterRound(ctx, &round); err != nil {
		return YearsRecord{}, err
	}
	l.deciding = false
	err = l.remember(func(n *Notebook) {
		n.Seed, n.Years, n.Next = c.Seed, years, calendar.On(p.stage.office.next).String()
	})
	if err != nil {
		return YearsRecord{}, err
	}
	return l.live(ctx, Ends(years), c.Histories)
}

// GoOn takes up the years again that the notebook in the folder is about, on the installation that they were
// lived on, and lives on until the moment.
func GoOn(ctx context.Context, c Config, until time.Time) (YearsRecord, error) {
	n, err := ReadNotebook(c.Folder)
	if err != nil {
		return YearsRecord{}, err
	}
	c.Seed = n.Seed
	p, err := prepare(ctx, c)
	if err != nil {
		return YearsRecord{}, err
	}
	defer p.cast.conn.Close()
	defer c.Progress.finish()
	l := newLife(p, Ends(n.Years).Year())
	l.folder, l.deciding = c.Folder, false
	p.stage.office = &office{p: p, life: l}
	if err := l.recall(n); err != nil {
		return YearsRecord{}, err
	}
	if err := l.pickUp(ctx); err != nil {
		return YearsRecord{}, err
	}
	return l.live(ctx, until, c.Histories)
}

// Ends is when the story ends that has so many years: in November, two years and more after the last grant
// year of those who began in the first.
func Ends(years int) time.Time {
	return day(firstYear+years+2, time.November, 17).At(11, 30)
}

// live lives the years that are left after the first round, until the end.
func (l *life) live(ctx context.Context, end time.Time, measure func(context.Context, int) ([]History, error)) (YearsRecord, error) {
	l.stage.office.calm, l.endsAt = true, end
	for year := max(firstYear, l.notes.Measured+1); year <= end.Year(); year++ {
		until := day(year, time.December, 31).At(12, 0)
		if year == end.Year() {
			until = end
		}
		l.progress.begin(fmt.Sprintf("the year %d", year), 0)
		if err := l.stage.until(ctx, until); err != nil {
			return YearsRecord{}, err
		}
		histories, err := measure(ctx, year)
		if err != nil {
			return YearsRecord{}, err
		}
		err = l.remember(func(n *Notebook) { n.Histories, n.Measured = append(n.Histories, histories...), year })
		if err != nil {
			return YearsRecord{}, err
		}
		l.progress.title = fmt.Sprintf("the year %d: %d things done", year, l.deeds)
	}
	return l.sum(ctx, YearsRecord{Years: l.notes.Years, Histories: l.notes.Histories})
}

// pickUp learns what there is, and does what people may have been interrupted in that no list asks for: who
// has accepted an award tells their account, and is taken on.
func (l *life) pickUp(ctx context.Context) error {
	l.progress.begin("the years are taken up again", 0)
	at, err := l.stage.settledWithin(ctx, settleAgainWithin)
	if err != nil {
		return err
	}
	l.today = calendar.On(at.GetNow().AsTime())
	m, err := l.as(ctx, manager)
	if err != nil {
		return err
	}
	if err := errors.Join(l.readScheme(ctx, m), l.learn(ctx)); err != nil {
		return err
	}
	for _, year := range []int{l.today.Year, l.today.Year + 1} {
		accepted, err := l.offers(ctx, year, saakornv1.AwardState_AWARD_STATE_ACCEPTED)
		if err != nil {
			return err
		}
		if err := inTurn(ctx, accepted, (*saakornv1.PortfolioItem).GetEnterpriseName, l.pickUpAward); err != nil {
			return err
		}
	}
	return nil
}

func (l *life) pickUpAward(ctx context.Context, item *saakornv1.PortfolioItem) error {
	person, err := l.manager(ctx, item.GetEnterpriseName())
	if err != nil {
		return err
	}
	r, err := person.grants.GetAward(ctx, &saakornv1.GetAwardRequest{AwardId: item.GetAwardId()})
	if err != nil {
		return wrap("read an award", err)
	}
	return l.begin(ctx, person, item, r.GetAward())
}

// sum reads what the years came to.
func (l *life) sum(ctx context.Context, r YearsRecord) (YearsRecord, error) {
	l.progress.begin("the auditor reads what the years came to", 0)
	at, err := l.stage.settled(ctx)
	if err != nil {
		return r, err
	}
	a, err := l.as(ctx, auditor)
	if err != nil {
		return r, err
	}
	r.Ended, r.Proofs, r.Deeds = at.GetNow().AsTime(), l.proofs, l.deeds
	if err := l.learn(ctx); err != nil {
		return r, err
	}
	for _, x := range l.lifecycles {
		file, err := a.grants.GetLifecycle(ctx, &saakornv1.GetLifecycleRequest{LifecycleId: x.GetId()})
		if err != nil {
			return r, wrap("read a lifecycle", err)
		}
		r.Lifecycles = append(r.Lifecycles, file)
	}
	return r, nil
}

// restingDays is how long before the end people leave what lies on their desks, for whoever signs in; in the
// months before that they leave some of it.
const (
	restingDays = 21
	leavingDays = 90
)

// ended tells whether the story is over but for what lies on people's desks.
func (l *life) ended() bool {
	return !l.endsAt.IsZero() && l.today.After(calendar.On(l.endsAt).AddDays(-restingDays))
}

// left tells whether a task is left lying so near the end, so that there is something in every state.
func (l *life) left(t *saakornv1.Task) bool {
	return !l.endsAt.IsZero() && l.today.After(calendar.On(l.endsAt).AddDays(-leavingDays)) &&
		l.drawn("left", t.GetKind(), t.GetEnterpriseName()).IntN(4) == 0
}
