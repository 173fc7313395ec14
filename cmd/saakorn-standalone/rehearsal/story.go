package rehearsal

import (
	"math/rand/v2"
	"slices"
	"strconv"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/enterprise/fictional"
)

// How many of each there are. Received, continuations, awards and frame are those of the call for
// 2019 (AFI-rapport 2020:10 s. 15); how the others end is ours.
const (
	receivedCount     = 58
	continuationCount = 20
	awardCount        = 29
	formalCount       = 3 // not in the voluntary registry, and dismissed for it
	lateCount         = 3 // received within the grace, and one of them dismissed for it
	correctedCount    = 8
	returnedCount     = 3
	fourEyesCount     = 2
	helpedCount       = 4
	abandonedCount    = 4
)

// firstYear is the grant year of the first round.
const firstYear = 2019

// frameOre is the frame of the grant year 2019: 16 million kroner.
const frameOre = 1_600_000_000

// thousand is a thousand kroner in øre: amounts are applied for and awarded in thousands.
const thousand = 100_000

// fate is how an application ends.
type fate string

const (
	awarded         fate = "AWARDED"
	rejected        fate = "REJECTED"
	dismissedOnForm fate = "DISMISSED_ON_FORM"
	dismissedAsLate fate = "DISMISSED_AS_LATE"
	withdrawn       fate = "WITHDRAWN"
	// These are begun and never received.
	abandoned fate = "ABANDONED"
	tooLate   fate = "TOO_LATE"
)

// application is what happens to one application, and by whom. Days are indexes of writingDays.
type application struct {
	index int
	// year is the grant year that is applied for.
	year       int
	enterprise fictional.Enterprise
	kind       saakornv1.ApplicationType
	fate       fate
	appliedOre int64
	awardedOre int64

	// colleague writes too; letIn tells that somebody has to let the colleague in first.
	colleague string
	letIn     bool
	begun     int
	submitted int
	saves     int
	// corrected is the day of a second version; -1 when there is none.
	corrected int
	late      bool
	extra     bool // attaches more than is asked for

	officer   string
	assessors []string
	decider   string
	wave      int // the week in which it is assessed
	returned  bool
	fourEyes  bool // the officer tries to decide too

	turns // what else happens on the way, and after the decision
}

// received tells whether the directorate gets the application.
func (a application) received() bool { return a.fate != abandoned && a.fate != tooLate }

// decided tells whether the application ends in a decision.
func (a application) decided() bool { return a.received() && a.fate != withdrawn }

// outcome is how the case is decided at first.
func (a application) outcome() saakornv1.Outcome {
	switch a.fate {
	case awarded:
		if a.awardedOre == a.appliedOre {
			return saakornv1.Outcome_OUTCOME_APPROVED
		}
		return saakornv1.Outcome_OUTCOME_PARTIALLY_APPROVED
	case dismissedOnForm, dismissedAsLate:
		return saakornv1.Outcome_OUTCOME_DISMISSED
	case withdrawn:
		return saakornv1.Outcome_OUTCOME_WITHDRAWN
	default:
		return saakornv1.Outcome_OUTCOME_REJECTED
	}
}

// story is one round: the same seed tells the same story. Only what the engines decide differs from
// one telling to the next, such as which of two simultaneous applications gets the lower number.
type story struct {
	seed         uint64
	applications []*application
	// last is the award that is decided last, when the frame is nearly used up.
	last *application
	// absent is the officer who falls away, see [fallsAway].
	absent string
}

// tell draws everything that varies.
func tell(seed uint64) story {
	t := teller{story: story{seed: seed}, chance: chance(seed, 0)}
	t.applicants()
	t.kinds()
	t.amounts()
	t.writing()
	t.lateness()
	t.caseworkers()
	t.turns()
	return t.story
}

// chance returns the source of everything that varies in one part of the story. The parts have
// sources of their own, so that it does not matter who acts first.
func chance(seed, part uint64) *rand.Rand {
	return rand.New(rand.NewPCG(seed, part)) //nolint:gosec // a story has no secrets, and must be the same again
}

type teller struct {
	story

	chance *rand.Rand
}

// applicants gives every fate to an enterprise. The first two enterprises always take part: they
// have a colleague who signs in.
func (t *teller) applicants() {
	var voluntary, others []fictional.Enterprise
	for _, e := range fictional.Enterprises() {
		if e.RegisteredVoluntary {
			voluntary = append(voluntary, e)
		} else {
			others = append(others, e)
		}
	}
	shuffle(t.chance, voluntary[2:])
	shuffle(t.chance, others)
	fates := []fate{withdrawn, dismissedAsLate}
	fates = append(fates, slices.Repeat([]fate{awarded}, awardCount)...)
	for len(fates) < receivedCount-formalCount {
		fates = append(fates, rejected)
	}
	shuffle(t.chance, fates)
	// One that is not in the voluntary registry is let through: its registration is under way.
	of := append(slices.Clone(voluntary[:len(fates)-1]), others[formalCount])
	voluntary = voluntary[len(fates)-1:]
	for range formalCount {
		fates = append(fates, dismissedOnForm)
	}
	of = append(of, others[:formalCount]...)
	fates = append(append(fates, slices.Repeat([]fate{abandoned}, abandonedCount)...), tooLate)
	of = append(of, voluntary[:abandonedCount+1]...)
	for i, e := range of {
		t.applications = append(t.applications, &application{index: i, year: firstYear, enterprise: e, fate: fates[i], corrected: -1})
	}
	t.colleagues(voluntary[abandonedCount+1:])
}

// colleagues gives some applications a second writer: a colleague of the same enterprise, or
// somebody from an enterprise that does not apply and helps out.
func (t *teller) colleagues(helpers []fictional.Enterprise) {
	t.applications[0].colleague, t.applications[0].letIn = t.applications[0].enterprise.People[1].ID, true
	t.applications[1].colleague, t.applications[1].letIn = t.applications[1].enterprise.People[2].ID, true
	for i, a := range t.draw(helpedCount-2, func(a *application) bool { return a.received() && a.colleague == "" }) {
		a.colleague, a.letIn = helpers[i].PersonID(), true
	}
}

// kinds says who goes on from last year: most of those get an award.
func (t *teller) kinds() {
	awards := continuationCount - 4 + t.chance.IntN(3)
	for _, a := range t.draw(awards, func(a *application) bool { return a.fate == awarded }) {
		a.kind = saakornv1.ApplicationType_APPLICATION_TYPE_CONTINUATION
	}
	for _, a := range t.draw(continuationCount-awards, func(a *application) bool { return a.fate == rejected }) {
		a.kind = saakornv1.ApplicationType_APPLICATION_TYPE_CONTINUATION
	}
	for _, a := range t.applications {
		switch {
		case a.kind != saakornv1.ApplicationType_APPLICATION_TYPE_UNSPECIFIED:
		case t.chance.IntN(5) < 2:
			a.kind = saakornv1.ApplicationType_APPLICATION_TYPE_NEW_DEVELOPMENT
		default:
			a.kind = saakornv1.ApplicationType_APPLICATION_TYPE_NEW_ORDINARY
		}
	}
}

// amounts draws until the awards can fill the frame nearly, and never exceed it. What is left is
// enough for what appeals and a reversal add: see [teller.sequels].
func (t *teller) amounts() {
	for {
		if t.tryAmounts() {
			return
		}
	}
}

func (t *teller) tryAmounts() bool {
	for _, a := range t.applications {
		a.appliedOre = thousand * t.applied(a.kind)
	}
	awards := t.all(func(a *application) bool { return a.fate == awarded })
	shuffle(t.chance, awards)
	whole, left := 4+t.chance.IntN(4), frameOre-thousand*int64(220+t.chance.IntN(60))
	spare := frameOre - left
	for i, a := range awards {
		a.awardedOre = a.appliedOre
		if i >= whole {
			a.awardedOre = a.appliedOre / thousand * 2 / 5 * thousand
		}
		left -= a.awardedOre
	}
	parts := awards[whole:]
	for left > 0 {
		parts = slices.DeleteFunc(slices.Clone(parts), func(a *application) bool { return a.awardedOre >= most(a) })
		if len(parts) == 0 {
			return false
		}
		a := parts[t.chance.IntN(len(parts))]
		more := min(left, most(a)-a.awardedOre, thousand*int64(1+t.chance.IntN(60)))
		a.awardedOre, left = a.awardedOre+more, left-more
	}
	t.last = slices.MaxFunc(awards, func(a, b *application) int { return int(a.appliedOre - a.awardedOre - b.appliedOre + b.awardedOre) })
	return left == 0 && t.last.appliedOre-t.last.awardedOre > spare
}

// most is the most that is awarded to somebody who does not get everything: nine tenths of it.
func most(a *application) int64 { return a.appliedOre / thousand * 9 / 10 * thousand }

// applied draws what is applied for, in thousands of kroner.
func (t *teller) applied(kind saakornv1.ApplicationType) int64 {
	switch kind {
	case saakornv1.ApplicationType_APPLICATION_TYPE_CONTINUATION:
		return int64(500 + t.chance.IntN(600))
	case saakornv1.ApplicationType_APPLICATION_TYPE_NEW_DEVELOPMENT:
		return int64(200 + t.chance.IntN(400))
	default:
		return int64(400 + t.chance.IntN(600))
	}
}

// writing says when each application is begun, saved and submitted.
func (t *teller) writing() {
	days := len(writingDays())
	for _, a := range t.applications {
		a.begun = t.chance.IntN(days - 1)
		a.submitted = a.begun + t.chance.IntN(days-a.begun)
		a.saves = 2 + t.chance.IntN(4)
		a.extra = t.chance.IntN(3) == 0
	}
	for _, a := range t.draw(correctedCount, func(a *application) bool { return a.received() && a.submitted < days-1 }) {
		a.corrected = a.submitted + 1 + t.chance.IntN(days-1-a.submitted)
	}
}

func (t *teller) lateness() {
	late := t.draw(lateCount-1, func(a *application) bool {
		return (a.fate == awarded || a.fate == rejected) && a.corrected < 0 && a != t.last
	})
	late = append(late, t.all(func(a *application) bool { return a.fate == dismissedAsLate })...)
	for _, a := range late {
		a.late, a.corrected = true, -1
	}
}

// caseworkers says who does what, and when.
func (t *teller) caseworkers() {
	officers, deciders, assessors := crew("case-officer", 6), crew("decision-maker", 3), crew("assessor", 4)
	for _, a := range t.applications {
		a.officer = officers[t.chance.IntN(len(officers))]
		a.decider = deciders[t.chance.IntN(len(deciders))]
		a.wave = t.chance.IntN(waves)
		panel := slices.Clone(assessors)
		if t.chance.IntN(3) == 0 { // officers who do not prepare the case assess too
			panel = slices.DeleteFunc(append(panel, officers...), func(id string) bool { return id == a.officer })
		}
		shuffle(t.chance, panel)
		a.assessors = panel[:2]
	}
	t.last.wave = waves + 1 // after those that were returned in the last wave
	ordinary := func(a *application) bool { return (a.fate == awarded || a.fate == rejected) && a != t.last }
	for _, a := range t.draw(returnedCount, ordinary) {
		a.returned = true
	}
	for _, a := range t.draw(fourEyesCount, func(a *application) bool { return ordinary(a) && !a.returned }) {
		a.fourEyes, a.officer, a.decider = true, deciders[0], deciders[1+t.chance.IntN(len(deciders)-1)]
	}
}

// all returns the applications that fit.
func (t *teller) all(fits func(*application) bool) []*application {
	return slices.DeleteFunc(slices.Clone(t.applications), func(a *application) bool { return !fits(a) })
}

// draw draws some of the applications that fit.
func (t *teller) draw(count int, fits func(*application) bool) []*application {
	fitting := t.all(fits)
	shuffle(t.chance, fitting)
	return fitting[:min(count, len(fitting))]
}

func shuffle[T any](chance *rand.Rand, list []T) {
	chance.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
}

// crew names the first people of a team of the development installation.
func crew(team string, count int) []string {
	ids := make([]string, 0, count)
	for i := range count {
		ids = append(ids, team+"-"+strconv.Itoa(i+1))
	}
	return ids
}
