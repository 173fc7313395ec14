package rehearsal

import (
	"context"
	"fmt"
	"time"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
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
	p.stage.office = &office{p: p, life: l, next: firstOffice()}
	round, err := p.playRound(ctx)
	if err != nil {
		return YearsRecord{}, err
	}
	if err := afterRound(ctx, &round); err != nil {
		return YearsRecord{}, err
	}
	return l.live(ctx, years, c.Histories)
}

// Ends is when the story ends that has so many years: in November, two years and more after the last grant
// year of those who began in the first.
func Ends(years int) time.Time {
	return day(firstYear+years+2, time.November, 17).At(11, 30)
}

// live lives the years after the first round.
func (l *life) live(ctx context.Context, years int, measure func(context.Context, int) ([]History, error)) (YearsRecord, error) {
	l.deciding, l.stage.office.calm = false, true
	r := YearsRecord{Years: years}
	for year := firstYear; year <= Ends(years).Year(); year++ {
		until := day(year, time.December, 31).At(12, 0)
		if year == Ends(years).Year() {
			until = Ends(years)
		}
		l.progress.begin(fmt.Sprintf("the year %d", year), 0)
		if err := l.stage.until(ctx, until); err != nil {
			return r, err
		}
		histories, err := measure(ctx, year)
		if err != nil {
			return r, err
		}
		r.Histories = append(r.Histories, histories...)
		l.progress.title = fmt.Sprintf("the year %d: %d things done", year, l.deeds)
	}
	return l.sum(ctx, r)
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

// ended tells whether the story is over but for what lies on people's desks: nobody does it in its last weeks.
func (l *life) ended() bool {
	return l.today.After(day(l.lastYear, time.October, 20))
}
