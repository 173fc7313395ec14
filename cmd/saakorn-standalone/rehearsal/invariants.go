package rehearsal

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
)

// Invariant is something that must always hold, and how often it was looked at.
type Invariant struct {
	Name    string `json:"name"`
	Checked int    `json:"checked"`
	Broken  int    `json:"broken"`
	// Examples say what was wrong, at most a few.
	Examples []string `json:"examples,omitempty"`
	// Meaning says in words what must hold.
	Meaning string `json:"meaning"`
}

// maxExamples is how many examples are kept of what was wrong.
const maxExamples = 5

// look counts one thing that must hold; the words say what is wrong when it does not.
func (i *Invariant) look(holds bool, format string, args ...any) {
	i.Checked++
	if holds {
		return
	}
	i.Broken++
	if len(i.Examples) < maxExamples {
		i.Examples = append(i.Examples, fmt.Sprintf(format, args...))
	}
}

// Check holds the record against everything that must always hold. An invariant that nothing was
// checked for is broken too: it proves nothing.
func Check(r *Record) []Invariant {
	var all []Invariant
	for _, check := range []func(*Record) Invariant{
		oneEndState, asTold, decidedByAnother, assessedIndependently, sealedUntilSubmitted, frameKept,
		oneLetterEach, notifiedOnce, decisionDeadlines, interimReplies, deficiencies, appealClocks, appealsSettled,
		declaredFirst, impartialHands, everyChangeTold, refusalsStood, numbersWithoutHoles, journalComplete, nothingLeft,
	} {
		i := check(r)
		if i.Checked == 0 {
			i.look(false, "there was nothing to check")
		}
		all = append(all, i)
	}
	return all
}

// oneEndState: what was received is one case that is closed with one outcome, decided or withdrawn
// and never both; what was not received is missed and no case.
func oneEndState(r *Record) Invariant {
	i := Invariant{Name: "one_end_state", Meaning: "each application has exactly one end state"}
	cases := map[string][]CaseRecord{}
	for _, c := range r.Cases {
		id := c.File.GetCase().GetApplicationId()
		cases[id] = append(cases[id], c)
	}
	for _, a := range r.Applications {
		wrong := endStateFault(a.Application, cases[a.Application.GetId()], r.Trail.AwardChanges)
		i.look(wrong == "", "%s (%s): %s", a.Application.GetReference(), a.Application.GetId(), wrong)
		delete(cases, a.Application.GetId())
	}
	for id := range cases {
		i.look(false, "a case without an application: %s", id)
	}
	return i
}

func endStateFault(a *saakornv1.Application, cases []CaseRecord, changes map[string][]AwardChange) string {
	switch a.GetState() {
	case saakornv1.ApplicationState_APPLICATION_STATE_MISSED:
		if len(cases) > 0 {
			return "missed, and a case all the same"
		}
		return ""
	case saakornv1.ApplicationState_APPLICATION_STATE_SUBMITTED, saakornv1.ApplicationState_APPLICATION_STATE_WITHDRAWN:
	default:
		return "left in the state " + a.GetState().String()
	}
	if len(cases) != 1 {
		return fmt.Sprintf("%d cases", len(cases))
	}
	c := cases[0].File.GetCase()
	gone := a.GetState() == saakornv1.ApplicationState_APPLICATION_STATE_WITHDRAWN
	decisions := slices.DeleteFunc(slices.Clone(cases[0].File.GetDecisions()), func(d *saakornv1.Decision) bool { return d.GetRound() != c.GetRound() })
	switch {
	case c.GetStep() != saakornv1.CaseStep_CASE_STEP_CLOSED || c.GetClosedAt() == nil:
		return "the case is still at " + c.GetStep().String()
	case gone != (c.GetOutcome() == saakornv1.Outcome_OUTCOME_WITHDRAWN):
		return "application and case disagree on whether it was withdrawn"
	case gone && len(decisions) > 0:
		return "withdrawn, and decided all the same"
	case !gone && len(decisions) != 1:
		return fmt.Sprintf("%d decisions", len(decisions))
	case !gone:
		return awardFault(c, decisions[0], changes[c.GetId()])
	}
	return ""
}

// awardFault tells where what the case is awarded departs from the decision and what has changed it.
func awardFault(c *saakornv1.Case, d *saakornv1.Decision, changes []AwardChange) string {
	outcome, amountOre := strings.TrimPrefix(d.GetOutcome().String(), "OUTCOME_"), d.GetAmountOre()
	for _, change := range changes {
		if change.BeforeOre != amountOre {
			return fmt.Sprintf("an award of %d øre was changed as if it were %d", amountOre, change.BeforeOre)
		}
		outcome, amountOre = change.Outcome, change.AfterOre
	}
	if "OUTCOME_"+outcome != c.GetOutcome().String() || amountOre != c.GetAmountAwardedOre() {
		return "case and decision disagree"
	}
	return ""
}

// asTold: every application ended as the story wanted, so that nothing was lost on the way.
func asTold(r *Record) Invariant {
	i := Invariant{Name: "ended_as_told", Meaning: "each application ended as those who acted in it did, to the øre"}
	cases := map[string]*saakornv1.Case{}
	for _, c := range r.Cases {
		cases[c.File.GetCase().GetApplicationId()] = c.File.GetCase()
	}
	for _, a := range r.Applications {
		if a.told == nil {
			i.look(false, "nobody wrote the application %s", a.Application.GetReference())
			continue
		}
		c := cases[a.Application.GetId()]
		if !a.told.received() {
			i.look(c == nil, "%s was never received, and became a case", a.told.enterprise.Name)
			continue
		}
		i.look(c.GetOutcome() == a.told.finalOutcome() && c.GetAmountAwardedOre() == a.told.finalOre() && c.GetLate() == a.told.late &&
			c.GetAmountAppliedOre() == a.told.appliedOre && c.GetApplicationType() == a.told.kind,
			"%s %s: %s, %d øre", c.GetNumber(), a.told.enterprise.Name, c.GetOutcome(), c.GetAmountAwardedOre())
	}
	return i
}

// decidedByAnother: nobody decides what they recommended in the same round.
func decidedByAnother(r *Record) Invariant {
	i := Invariant{Name: "decided_by_another", Meaning: "no case was decided by its recommender"}
	for _, c := range r.Cases {
		for _, d := range c.File.GetDecisions() {
			same := slices.ContainsFunc(c.File.GetRecommendations(), func(x *saakornv1.Recommendation) bool {
				return x.GetRound() == d.GetRound() && x.GetRecommendedBy() == d.GetDecidedBy()
			})
			i.look(!same && d.GetDecidedBy() != "", "%s was decided by %s, who recommended in it", c.File.GetCase().GetNumber(), d.GetDecidedBy())
		}
	}
	return i
}

// assessedIndependently: a decision on the merits rests on two people's complete assessments,
// submitted before it.
func assessedIndependently(r *Record) Invariant {
	i := Invariant{Name: "assessed_twice", Meaning: "each decision on the merits rests on at least two submitted assessments with reasons"}
	for _, c := range r.Cases {
		for _, d := range c.File.GetDecisions() {
			if d.GetOutcome() == saakornv1.Outcome_OUTCOME_DISMISSED {
				continue
			}
			assessors := map[string]bool{}
			for _, a := range c.File.GetAssessments() {
				if complete(a) && !a.GetSubmittedAt().AsTime().After(d.GetDecidedAt().AsTime()) {
					assessors[a.GetAssessorId()] = true
				}
			}
			i.look(len(assessors) >= 2, "%s rests on %d assessments", c.File.GetCase().GetNumber(), len(assessors))
		}
	}
	return i
}

func complete(a *saakornv1.Assessment) bool {
	return a.GetSubmittedAt() != nil && len(a.GetScores()) > 0 &&
		!slices.ContainsFunc(a.GetScores(), func(s *saakornv1.Score) bool { return s.GetReason() == "" })
}

// sealedUntilSubmitted: what assessors saw while they assessed.
func sealedUntilSubmitted(r *Record) Invariant {
	i := Invariant{Name: "assessments_sealed", Meaning: "nobody saw another's assessment before submitting their own"}
	for n := range r.journal.glimpses.checked {
		if n < len(r.journal.glimpses.examples) {
			i.look(false, "%s", r.journal.glimpses.examples[n])
			continue
		}
		i.look(true, "")
	}
	return i
}

// binding is something that bound more of the frame, or less when the amount is negative.
type binding struct {
	at           time.Time
	ore          int64
	continuation bool
}

// frameKept replays the decisions, and what appeals and reversals changed, in the order of their
// times. The last thing looked at is whether what is bound is what was awarded.
func frameKept(r *Record) Invariant {
	i := Invariant{Name: "frame_never_exceeded", Meaning: "at no time was more awarded than the frame, and what is bound is what was awarded"}
	var bindings []binding
	for _, c := range r.Cases {
		continuation := c.File.GetCase().GetApplicationType() == saakornv1.ApplicationType_APPLICATION_TYPE_CONTINUATION
		for _, d := range c.File.GetDecisions() {
			bindings = append(bindings, binding{d.GetDecidedAt().AsTime(), d.GetAmountOre(), continuation})
		}
		for _, change := range r.Trail.AwardChanges[c.File.GetCase().GetId()] {
			bindings = append(bindings, binding{change.ChangedAt, change.AfterOre - change.BeforeOre, continuation})
		}
	}
	slices.SortStableFunc(bindings, func(a, b binding) int { return a.at.Compare(b.at) })
	var bound, inContinuations int64
	for _, b := range bindings {
		bound += b.ore
		if b.continuation {
			inContinuations += b.ore
		}
		i.look(bound >= 0 && bound <= r.Budget.GetFrameOre(), "%d øre were bound on %s, and the frame is %d", bound, b.at, r.Budget.GetFrameOre())
	}
	i.look(bound == r.Budget.GetBoundOre() && inContinuations == r.Budget.GetBoundInContinuationsOre(),
		"%d øre were awarded (%d in continuations), and %d (%d) are bound",
		bound, inContinuations, r.Budget.GetBoundOre(), r.Budget.GetBoundInContinuationsOre())
	return i
}

// everyChangeTold: each change that was asked for has its audit event by whoever asked.
func everyChangeTold(r *Record) Invariant {
	i := Invariant{Name: "every_change_has_its_event", Meaning: "each change that somebody made is there with its audit event, and each decision and its letter among the events of the case"}
	i.Checked = r.Trail.Requests - len(r.Trail.Silent)
	for _, method := range r.Trail.Silent {
		i.look(false, "%s left no audit event", method)
	}
	for range r.Trail.Lost {
		i.look(false, "a change that was answered is not there")
	}
	for _, c := range r.Cases {
		told := map[string]int{}
		for _, e := range c.Events {
			told[e.GetAction()]++
		}
		for action, want := range facts(c, r.Trail.AwardChanges[c.File.GetCase().GetId()]) {
			i.look(told[action] == want, "%s: %d events %s, and %d of what they tell", c.File.GetCase().GetNumber(), told[action], action, want)
		}
	}
	return i
}

// facts counts what has happened in a case by what is there, under the names of the events that tell it.
func facts(c CaseRecord, changes []AwardChange) map[string]int {
	n := map[string]int{
		"CASE_OPENED": 1, "CASE_DECIDED": len(c.File.GetDecisions()), "LETTER_SENT": sentLetters(c),
		"RECOMMENDED": len(c.File.GetRecommendations()), "IMPARTIALITY_DECLARED": len(c.Declarations),
		"APPLICANT_ASKED": len(c.Notices), "APPEAL_RECEIVED": len(c.Appeals), "APPEAL_DECIDED": len(c.Appeals),
		"DECISION_REVERSED": 0, "DEADLINE_BREACHED": 0, "DEADLINE_EXTENDED": 0, "BREACH_EXPLAINED": 0,
	}
	for _, change := range changes {
		if !change.ByAppeal {
			n["DECISION_REVERSED"]++
		}
	}
	for _, e := range c.Clock.GetEvents() {
		switch e.GetKind() {
		case "BREACHED", "EXTENDED":
			n["DEADLINE_"+e.GetKind()]++
		case "EXPLAINED":
			n["BREACH_EXPLAINED"]++
		}
	}
	return n
}

// sentLetters counts the letters of a case that were sent, other than the reminders before it was one.
func sentLetters(c CaseRecord) int {
	n := 0
	for _, l := range c.Letters {
		if l.GetSentAt() != nil {
			n++
		}
	}
	return n
}

// refusalsStood: what must not succeed was refused for the right reason, and left nothing behind.
func refusalsStood(r *Record) Invariant {
	i := Invariant{Name: "refusals_stood", Meaning: "what must not succeed was refused for its reason, and left nothing behind"}
	for _, x := range r.journal.refusals {
		i.look(x.got == x.reason, "%s got %q, not %s", x.attempt, x.got, x.reason)
	}
	for range r.Trail.Ghosts {
		i.look(false, "a refused attempt left something behind")
	}
	return i
}

// numbersWithoutHoles: case numbers run from one within each year.
func numbersWithoutHoles(r *Record) Invariant {
	i := Invariant{Name: "case_numbers_without_holes", Meaning: "case numbers run from 1 within a year, each once"}
	years := map[string][]int{}
	for _, c := range r.Cases {
		year, number, _ := strings.Cut(c.File.GetCase().GetNumber(), "/")
		n, err := strconv.Atoi(number)
		if err != nil {
			i.look(false, "%q is no case number", c.File.GetCase().GetNumber())
			continue
		}
		years[year] = append(years[year], n)
	}
	for year, numbers := range years {
		i.consecutive(numbers, "the cases of %s", year)
	}
	return i
}

// nothingLeft: no procedure has anything left to do, and no letter is unsent.
func nothingLeft(r *Record) Invariant {
	i := Invariant{Name: "nothing_left_to_do", Meaning: "no procedure has anything left to do, and no letter lies unsent"}
	i.look(r.Unsettled == 0, "something is still due")
	i.look(r.Trail.Unsent == 0, "%d letters lie unsent", r.Trail.Unsent)
	return i
}
