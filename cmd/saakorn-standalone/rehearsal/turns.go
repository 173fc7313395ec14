package rehearsal

import (
	"slices"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
)

// How often each turn happens. A turn that is not drawn leaves the application's way as it was.
const (
	answeredCount   = 3 // complete the application after being asked
	unansweredCount = 3 // are asked, reminded, and never answer
	recusedOfficers = 2
	extendedCount   = 2
)

// asked is what becomes of the question about what is missing; empty when nothing is asked.
type asked string

const (
	answersAtOnce   asked = "ANSWERS_AT_ONCE"
	answersReminded asked = "ANSWERS_WHEN_REMINDED"
	neverAnswers    asked = "NEVER_ANSWERS"
)

// sequel is what happens after the decision; empty when the appeal period just runs out.
type sequel string

const (
	wonAppeal     sequel = "REJECTED_AND_AWARDED_ON_APPEAL"
	raisedAppeal  sequel = "RAISED_ON_APPEAL"
	upheldAppeal  sequel = "FORWARDED_AND_UPHELD"
	changedAppeal sequel = "FORWARDED_AND_CHANGED"
	lateAppeal    sequel = "APPEALED_TOO_LATE"
	reversed      sequel = "REVERSED_WITHOUT_APPEAL"
)

// appealed tells whether the party appeals.
func (s sequel) appealed() bool { return s != "" && s != reversed }

// turns are what a case can meet on its way besides being assessed and decided.
type turns struct {
	asked asked
	// recusedOfficer, recusedAssessor and recusedDecider are given the case first and are not
	// impartial; empty when everybody is.
	recusedOfficer, recusedAssessor, recusedDecider string
	// successor takes the case over when its officer falls away.
	successor string
	// extended tells that the date for the decision is moved before it has passed.
	extended bool
	// dragged is how late the decision is: an index of draggedUntil; -1 when it is not.
	dragged int

	sequel sequel
	// appealOfficer had nothing to do with the decision; appealDecider decides what is done with the appeal.
	appealOfficer, appealDecider string
	// addedOre is what appeal or reversal adds to the award.
	addedOre int64
}

// finalOre is what the application is awarded in the end.
func (a application) finalOre() int64 { return a.awardedOre + a.addedOre }

// finalOutcome is how the case stands in the end.
func (a application) finalOutcome() saakornv1.Outcome {
	switch {
	case a.addedOre == 0:
		return a.outcome()
	case a.finalOre() == a.appliedOre:
		return saakornv1.Outcome_OUTCOME_APPROVED
	default:
		return saakornv1.Outcome_OUTCOME_PARTIALLY_APPROVED
	}
}

// decidedIn is the week on whose Tuesday the case is decided, unless it drags on.
func (a application) decidedIn() int {
	if a.returned {
		return a.wave + 2
	}
	return a.wave + 1
}

// plain tells whether nothing else has been told of the case, so that one turn does not hide another.
func (t *teller) plain(a *application) bool {
	return (a.fate == awarded || a.fate == rejected) && a != t.last && !a.returned && !a.fourEyes &&
		a.asked == "" && a.recusedOfficer+a.recusedAssessor+a.recusedDecider == "" && !a.extended && a.dragged < 0 && a.sequel == ""
}

func (t *teller) turns() {
	for _, a := range t.applications {
		a.dragged = -1
	}
	t.questions()
	t.delays()
	t.recusals()
	t.absence()
	t.sequels()
}

// questions asks those who are not in the voluntary registry for a confirmation, and some others for
// more. Whoever is not registered and never answers is dismissed for it.
func (t *teller) questions() {
	formal := t.all(func(a *application) bool { return a.fate == dismissedOnForm })
	for _, a := range formal[1:] {
		a.asked = neverAnswers
	}
	silent := t.draw(unansweredCount-len(formal[1:]), func(a *application) bool { return t.plain(a) && a.fate == rejected && !a.late })
	for _, a := range silent {
		a.asked = neverAnswers
	}
	for i, a := range t.draw(answeredCount, func(a *application) bool { return t.plain(a) && !a.late }) {
		a.asked = answersAtOnce
		if i == 0 {
			a.asked = answersReminded
		}
	}
	for _, a := range t.applications {
		if first := clearedIn(a.asked); a.wave < first {
			a.wave = first
		}
	}
}

// delays has some decisions come later than the aim of the scheme: with the date moved in time, or
// with the reason explained afterwards.
func (t *teller) delays() {
	for i, a := range t.draw(len(draggedUntil()), func(a *application) bool { return t.plain(a) && a.fate == rejected }) {
		a.dragged = i
	}
	for _, a := range t.draw(extendedCount, t.plain) {
		a.extended, a.wave = true, waves-1
	}
}

// recusals gives some cases to people who are not impartial.
func (t *teller) recusals() {
	officers, deciders, assessors := crew("case-officer", 6), crew("decision-maker", 3), crew("assessor", 4)
	for _, a := range t.draw(recusedOfficers, t.plain) {
		a.recusedOfficer = t.other(officers, a)
	}
	for _, a := range t.draw(1, t.plain) {
		a.recusedAssessor = t.other(assessors, a)
	}
	for _, a := range t.draw(1, t.plain) {
		a.recusedDecider = t.other(deciders, a)
	}
}

// absence lets an officer fall away. They assess nothing, so that only their own cases are handed over.
func (t *teller) absence() {
	officers := crew("case-officer", 6)
	t.absent = officers[t.chance.IntN(len(officers))]
	for _, a := range t.applications {
		if i := slices.Index(a.assessors, t.absent); i >= 0 {
			a.assessors[i] = t.other(crew("assessor", 4), a)
		}
		if a.officer == t.absent {
			a.successor = t.other(officers, a)
		}
	}
}

// sequels lets appeals and a reversal follow upon decisions that are made early enough for that.
func (t *teller) sequels() {
	early := func(a *application) bool { return t.plain(a) && !a.late && a.decidedIn() <= lastAppealed }
	more := func() int64 { return thousand * int64(10+t.chance.IntN(10)) }
	for _, s := range []struct {
		sequel sequel
		of     saakornv1.Outcome
		added  int64
	}{
		{wonAppeal, saakornv1.Outcome_OUTCOME_REJECTED, thousand * int64(100+t.chance.IntN(50))},
		{raisedAppeal, saakornv1.Outcome_OUTCOME_PARTIALLY_APPROVED, more()},
		{upheldAppeal, saakornv1.Outcome_OUTCOME_REJECTED, 0},
		{changedAppeal, saakornv1.Outcome_OUTCOME_PARTIALLY_APPROVED, more()},
		{lateAppeal, saakornv1.Outcome_OUTCOME_REJECTED, 0},
		{reversed, saakornv1.Outcome_OUTCOME_PARTIALLY_APPROVED, more()},
	} {
		for _, a := range t.draw(1, func(a *application) bool { return early(a) && a.outcome() == s.of }) {
			a.sequel, a.addedOre = s.sequel, s.added
			a.appealOfficer = t.other(crew("case-officer", 6), a)
			a.appealDecider = t.other(crew("decision-maker", 3), a)
		}
	}
}

// other draws somebody of the crew who has no part in the case, and does not fall away.
func (t *teller) other(crew []string, a *application) string {
	free := slices.DeleteFunc(slices.Clone(crew), func(id string) bool {
		return id == t.absent || slices.Contains(a.people(), id)
	})
	return free[t.chance.IntN(len(free))]
}

// people are all who have a part in the case.
func (a application) people() []string {
	return append([]string{
		a.officer, a.decider, a.recusedOfficer, a.recusedAssessor, a.recusedDecider, a.successor, a.appealOfficer, a.appealDecider,
	}, a.assessors...)
}
