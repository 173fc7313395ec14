package rehearsal

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// appointment is something that happens at a moment on the rehearsal's clock.
type appointment struct {
	at time.Time
	do func(context.Context) error
}

// keep keeps the appointments in the order of their moments; those at the same moment in the order
// in which they were made.
func (p *play) keep(ctx context.Context, agenda []appointment) error {
	slices.SortStableFunc(agenda, func(a, b appointment) int { return a.at.Compare(b.at) })
	for _, x := range agenda {
		if err := p.stage.until(ctx, x.at); err != nil {
			return err
		}
		if err := x.do(ctx); err != nil {
			return fmt.Errorf("on %s: %w", x.at.Format(time.DateOnly), err)
		}
	}
	return nil
}

// with makes an appointment for everybody whose application fits.
func (p *play) with(at time.Time, fits func(*application) bool, do func(context.Context, *part) error) appointment {
	return appointment{at, func(ctx context.Context) error { return p.each(ctx, p.some(fits), do) }}
}

// weeks are what officers and decision makers do week by week, with everything that comes between.
func (p *play) weeks() []appointment {
	var agenda []appointment
	agenda = append(agenda, p.questions()...)
	agenda = append(agenda,
		appointment{fallsAway(), p.handOver},
		p.with(extendedOn(), func(a *application) bool { return a.extended }, p.extend),
	)
	for wave := range waves + 3 {
		agenda = append(agenda,
			appointment{assessed(wave), func(ctx context.Context) error { return p.tuesday(ctx, wave) }},
			appointment{recommended(wave), func(ctx context.Context) error { return p.thursday(ctx, wave) }},
		)
	}
	return append(agenda, p.afterwards()...)
}

// questions are what becomes of the questions that were asked when the cases were taken.
func (p *play) questions() []appointment {
	var agenda []appointment
	for _, kind := range []asked{answersAtOnce, answersReminded, neverAnswers} {
		fits := func(a *application) bool { return a.asked == kind }
		if kind != neverAnswers {
			agenda = append(agenda, p.with(answeredOn(kind), fits, p.complete))
		}
		agenda = append(agenda, p.with(cleared(kind), fits, p.clear))
	}
	return agenda
}

// afterwards are the cases that drag on, and what follows upon decisions.
func (p *play) afterwards() []appointment {
	left := func(a *application) bool { return a.sequel != "" || a.dragged >= 0 }
	follows := func(which ...sequel) func(*application) bool {
		return func(a *application) bool { return slices.Contains(which, a.sequel) }
	}
	agenda := []appointment{
		{reversedOn(), func(context.Context) error {
			p.progress.begin("appeals settled, and the last cases decided", p.count(left))
			return nil
		}},
		p.with(reversedOn(), follows(reversed), p.reverse),
		p.with(appealsPrepared(), func(a *application) bool { return a.sequel.appealed() }, p.prepareAppeal),
		p.with(appealsDecided(), func(a *application) bool { return a.sequel.appealed() }, p.decideAppeal),
		p.with(appealBodyDecided(), follows(upheldAppeal, changedAppeal), p.recordOutcome),
	}
	for i, morning := range draggedUntil() {
		agenda = append(agenda, p.with(morning, func(a *application) bool { return a.dragged == i }, p.decide))
	}
	for _, x := range p.some(func(a *application) bool { return a.sequel.appealed() }) {
		agenda = append(agenda, p.with(appealedOn(x.decidedIn(), x.sequel), func(a *application) bool { return a == x.application }, p.appeal))
	}
	return agenda
}
