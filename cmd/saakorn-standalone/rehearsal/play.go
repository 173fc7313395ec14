// Package rehearsal plays a whole round of the grant through the API, with fictional people, and
// checks afterwards what must always hold. It is shaped like the round of 2019.
package rehearsal

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
)

// Who does what only one person does.
const (
	manager       = "manager-1"
	auditor       = "auditor-1"
	administrator = "administrator-1"
)

// Config says where and what to play.
type Config struct {
	// Address of the gRPC API of a fresh installation whose clock stands at [Begins].
	Address string
	// Seed decides everything that varies.
	Seed     uint64
	Progress *Progress
	// Folder is where the notebook of [PlayYears] is kept; empty for none.
	Folder string
	// Histories measures the workflow histories that are open, for [PlayYears].
	Histories func(ctx context.Context, year int) ([]History, error)
}

// Play plays the round to its end and returns what the API tells of it afterwards. It fails when
// something does not go as told.
func Play(ctx context.Context, c Config) (Record, error) {
	p, err := prepare(ctx, c)
	if err != nil {
		return Record{}, err
	}
	defer p.cast.conn.Close()
	defer c.Progress.finish()
	return p.playRound(ctx)
}

// prepare assembles the people and tells the story.
func prepare(ctx context.Context, c Config) (*play, error) {
	cast, err := assemble(c.Address)
	if err != nil {
		return nil, err
	}
	hand, err := cast.as(ctx, administrator)
	if err != nil {
		return nil, errors.Join(err, cast.conn.Close())
	}
	p := &play{
		cast: cast, stage: stage{hand: hand, moved: c.Progress.move}, progress: c.Progress,
		story: tell(c.Seed), parts: map[*application]*part{},
	}
	for _, a := range p.story.applications {
		p.parts[a] = &part{application: a, content: write(p.story.seed, a)}
	}
	return p, nil
}

// playRound plays the first round to its end.
func (p *play) playRound(ctx context.Context) (Record, error) {
	for _, act := range []func(context.Context) error{
		p.announce, p.open, p.write, p.close, p.prepare, p.judge, p.waitOut,
	} {
		if err := act(ctx); err != nil {
			return Record{}, err
		}
	}
	return p.gather(ctx)
}

// play is what is known while it goes on.
type play struct {
	cast      *cast
	stage     stage
	progress  *Progress
	story     story
	callID    string
	criteria  []*saakornv1.AwardCriterion
	deadlines *saakornv1.SchemeDeadlines
	parts     map[*application]*part
}

// part is one application's part in the play. One person at a time acts in it.
type part struct {
	*application

	content       *saakornv1.ApplicationContent
	enterpriseID  string
	applicationID string
	etag          string
	// written is how many chapters have been saved; applied tells that the application of a later round is in.
	written int
	applied bool
	caseID  string
	// keeper is the officer who has the case now, recommender whoever recommended last.
	keeper, recommender string
	appealID            string
}

// some returns the parts whose application fits, in the order of the story.
func (p *play) some(fits func(*application) bool) []*part {
	var found []*part
	for _, a := range p.story.applications {
		if fits(a) {
			found = append(found, p.parts[a])
		}
	}
	return found
}

func (p *play) count(fits func(*application) bool) int { return len(p.some(fits)) }

// each lets people act in the parts, several at a time.
func (p *play) each(ctx context.Context, parts []*part, do func(context.Context, *part) error) error {
	return together(ctx, parts, func(ctx context.Context, x *part) error {
		if err := do(ctx, x); err != nil {
			return fmt.Errorf("%s: %w", x.enterprise.Name, err)
		}
		return nil
	})
}

// announce is act one: the manager announces the call.
func (p *play) announce(ctx context.Context) error {
	p.progress.begin("the call is announced", 0)
	if err := p.stage.until(ctx, Begins()); err != nil {
		return err
	}
	m, err := p.cast.as(ctx, manager)
	if err != nil {
		return err
	}
	r, err := m.calls.CreateCall(ctx, &saakornv1.CreateCallRequest{
		RequestId: fresh(), SchemeId: schemeID, SchemeVersion: edition, Code: "SE-2019", GrantYear: 2019,
		Title: &saakornv1.LocalizedText{
			Nb: "Tilskudd til sosialt entreprenørskap 2019", Nn: "Tilskot til sosialt entreprenørskap 2019",
			En: "Grants to social entrepreneurship 2019",
		},
		OpensAt: timestamppb.New(opens()), ClosesAt: timestamppb.New(closes()),
	})
	if err != nil {
		return fmt.Errorf("announce the call: %w", err)
	}
	p.callID = r.GetCall().GetId()
	return p.readScheme(ctx, m)
}

// edition is the version of the scheme under which the rounds are held.
const edition = "2019-1"

// readScheme reads what the scheme says that people have to know.
func (p *play) readScheme(ctx context.Context, m *actor) error {
	rules, err := m.schemes.GetScheme(ctx, &saakornv1.GetSchemeRequest{SchemeId: schemeID, Version: edition})
	if err != nil {
		return fmt.Errorf("read the scheme: %w", err)
	}
	p.criteria, p.deadlines = rules.GetScheme().GetAssessment().GetCriteria(), rules.GetScheme().GetDeadlines()
	return nil
}

// open is act two: the call opens, and enterprises register.
func (p *play) open(ctx context.Context) error {
	everybody := p.some(func(*application) bool { return true })
	p.progress.begin("the call is open, enterprises register", len(everybody))
	if err := p.stage.until(ctx, opens()); err != nil {
		return err
	}
	return p.each(ctx, everybody, p.register)
}

// write is act three: applicants write for a month, and submit.
func (p *play) write(ctx context.Context) error {
	p.progress.begin("applications received", p.count((*application).received))
	for i, morning := range writingDays() {
		if err := p.stage.until(ctx, morning); err != nil {
			return err
		}
		today := p.some(func(a *application) bool { return i == a.begun || i == a.submitted || i == a.corrected })
		err := p.each(ctx, today, func(ctx context.Context, x *part) error { return p.writeToday(ctx, x, i) })
		if err != nil {
			return err
		}
	}
	return nil
}

// close is act four: the call closes. Some make it within the grace, one tries after it.
func (p *play) close(ctx context.Context) error {
	if err := p.stage.until(ctx, closes()); err != nil {
		return err
	}
	if err := p.stage.until(ctx, lateReceived()); err != nil {
		return err
	}
	if err := p.each(ctx, p.some(func(a *application) bool { return a.late }), p.submit); err != nil {
		return err
	}
	if err := p.stage.until(ctx, graceOver()); err != nil {
		return err
	}
	return p.each(ctx, p.some(func(a *application) bool { return a.fate == tooLate }), p.submitTooLate)
}

// prepare is act five: officers are given the cases, answer the findings and name assessors, or ask
// for what is missing.
func (p *play) prepare(ctx context.Context) error {
	received := p.some((*application).received)
	p.progress.begin("cases taken", len(received))
	if err := p.stage.until(ctx, prepared()); err != nil {
		return err
	}
	if err := p.findCases(ctx); err != nil {
		return err
	}
	return p.each(ctx, received, p.takeCase)
}

// judge is act six: week by week cases are assessed, recommended and decided, and what follows upon
// the decisions.
func (p *play) judge(ctx context.Context) error {
	p.progress.begin("cases decided", p.count(func(a *application) bool { return a.decided() && a.dragged < 0 }))
	return p.keep(ctx, p.weeks())
}

// tuesday decides what was recommended the week before, and assesses the cases of the wave.
func (p *play) tuesday(ctx context.Context, wave int) error {
	decide := p.some(func(a *application) bool { return a.decided() && a.dragged < 0 && a.decidedIn() == wave })
	if err := p.each(ctx, decide, p.decide); err != nil {
		return err
	}
	back := p.some(func(a *application) bool { return a.returned && a.wave == wave-1 })
	if err := p.each(ctx, back, p.returnToOfficer); err != nil {
		return err
	}
	assess := p.some(func(a *application) bool { return a.decided() && a.fate != dismissedOnForm && a.wave == wave })
	return p.each(ctx, assess, p.assess)
}

// thursday recommends in the cases of the wave, and again in those that came back on Tuesday.
func (p *play) thursday(ctx context.Context, wave int) error {
	recommend := p.some(func(a *application) bool {
		return a.decided() && (a.wave == wave || a.returned && a.wave == wave-1)
	})
	if err := p.each(ctx, recommend, func(ctx context.Context, x *part) error {
		return p.recommend(ctx, x, x.returned && x.wave == wave)
	}); err != nil {
		return err
	}
	if wave != withdrawnIn {
		return nil
	}
	return p.each(ctx, p.some(func(a *application) bool { return a.fate == withdrawn }), p.withdraw)
}

// waitOut is act seven: the last appeal periods run out, and every case closes.
func (p *play) waitOut(ctx context.Context) error {
	p.progress.begin("the appeal periods run out", 0)
	if p.stage.office != nil { // what was awarded goes on for years: there is always something due
		return p.stage.until(ctx, roundOver())
	}
	return p.stage.untilNothingIsDue(ctx)
}
