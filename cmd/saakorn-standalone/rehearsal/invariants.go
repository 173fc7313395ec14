package rehearsal

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

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
		oneLetterEach, everyChangeTold, refusalsStood, numbersWithoutHoles, nothingLeft,
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
	cases := map[string][]*saakornv1.GetCaseResponse{}
	for _, c := range r.Cases {
		id := c.File.GetCase().GetApplicationId()
		cases[id] = append(cases[id], c.File)
	}
	for _, a := range r.Applications {
		wrong := endStateFault(a.Application, cases[a.Application.GetId()])
		i.look(wrong == "", "%s (%s): %s", a.Application.GetReference(), a.Application.GetId(), wrong)
		delete(cases, a.Application.GetId())
	}
	for id := range cases {
		i.look(false, "a case without an application: %s", id)
	}
	return i
}

func endStateFault(a *saakornv1.Application, cases []*saakornv1.GetCaseResponse) string {
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
	c := cases[0].GetCase()
	gone := a.GetState() == saakornv1.ApplicationState_APPLICATION_STATE_WITHDRAWN
	decisions := slices.DeleteFunc(slices.Clone(cases[0].GetDecisions()), func(d *saakornv1.Decision) bool { return d.GetRound() != c.GetRound() })
	switch {
	case c.GetStep() != saakornv1.CaseStep_CASE_STEP_CLOSED || c.GetClosedAt() == nil:
		return "the case is still at " + c.GetStep().String()
	case gone != (c.GetOutcome() == saakornv1.Outcome_OUTCOME_WITHDRAWN):
		return "application and case disagree on whether it was withdrawn"
	case gone && len(decisions) > 0:
		return "withdrawn, and decided all the same"
	case !gone && len(decisions) != 1:
		return fmt.Sprintf("%d decisions", len(decisions))
	case !gone && (decisions[0].GetOutcome() != c.GetOutcome() || decisions[0].GetAmountOre() != c.GetAmountAwardedOre()):
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
		i.look(c.GetOutcome() == a.told.outcome() && c.GetAmountAwardedOre() == a.told.awardedOre && c.GetLate() == a.told.late &&
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

// frameKept replays the decisions in the order of their times. The last thing looked at is whether
// what is bound is what was awarded.
func frameKept(r *Record) Invariant {
	i := Invariant{Name: "frame_never_exceeded", Meaning: "at no time was more awarded than the frame, and what is bound is what was awarded"}
	var decisions []*saakornv1.Decision
	continuation := map[string]bool{}
	for _, c := range r.Cases {
		for _, d := range c.File.GetDecisions() {
			decisions = append(decisions, d)
			continuation[d.GetId()] = c.File.GetCase().GetApplicationType() == saakornv1.ApplicationType_APPLICATION_TYPE_CONTINUATION
		}
	}
	slices.SortStableFunc(decisions, func(a, b *saakornv1.Decision) int {
		return a.GetDecidedAt().AsTime().Compare(b.GetDecidedAt().AsTime())
	})
	var bound, inContinuations int64
	for _, d := range decisions {
		bound += d.GetAmountOre()
		if continuation[d.GetId()] {
			inContinuations += d.GetAmountOre()
		}
		i.look(d.GetAmountOre() >= 0 && bound <= r.Budget.GetFrameOre(), "%d øre were bound on %s, and the frame is %d",
			bound, d.GetDecidedAt().AsTime(), r.Budget.GetFrameOre())
	}
	i.look(bound == r.Budget.GetBoundOre() && inContinuations == r.Budget.GetBoundInContinuationsOre(),
		"%d øre were awarded (%d in continuations), and %d (%d) are bound",
		bound, inContinuations, r.Budget.GetBoundOre(), r.Budget.GetBoundInContinuationsOre())
	return i
}

// decisionLetters is how the kinds of letters that tell a decision begin.
const decisionLetters = "DECISION_"

// oneLetterEach: a decision is told once, and nothing is told as a decision that is none. Everybody
// gets a receipt.
func oneLetterEach(r *Record) Invariant {
	i := Invariant{Name: "one_letter_per_decision", Meaning: "each decision has one letter that was sent, and each application one receipt"}
	for _, c := range r.Cases {
		told, receipts, unsent := 0, 0, 0
		for _, l := range c.Letters {
			switch {
			case l.GetSentAt() == nil:
				unsent++
			case strings.HasPrefix(l.GetKind(), decisionLetters):
				told++
			case l.GetKind() == "RECEIPT":
				receipts++
			}
		}
		decided := len(c.File.GetDecisions())
		i.look(told == decided && receipts == 1 && unsent == 0, "%s: %d decisions, %d letters about them, %d receipts, %d letters unsent",
			c.File.GetCase().GetNumber(), decided, told, receipts, unsent)
	}
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
		count := map[string]int{}
		for _, e := range c.Events {
			count[e.GetAction()]++
		}
		decided := len(c.File.GetDecisions())
		i.look(count["CASE_OPENED"] == 1 && count["CASE_DECIDED"] == decided && count["LETTER_SENT"] == sentLetters(c),
			"%s: %d decisions, and the events %v", c.File.GetCase().GetNumber(), decided, count)
	}
	return i
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
		slices.Sort(numbers)
		for place, n := range numbers {
			i.look(n == place+1, "%s/%d stands where %s/%d should", year, n, year, place+1)
		}
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
