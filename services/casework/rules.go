package casework

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"saakorn/services/platform/fault"
	"saakorn/services/scheme"
)

// checkStep refuses what does not belong to the step the case is in.
func (f File) checkStep(allowed ...Step) error {
	if slices.Contains(allowed, f.Step) {
		return nil
	}
	return fault.NewPrecondition("WRONG_STEP", fmt.Sprintf("the case is at the step %s, and this belongs to another", f.Step)).
		With("step", string(f.Step))
}

// checkCallClosed refuses judging before the call has closed: until then the applicant may correct,
// and applications compete with those that are still to come.
func (f File) checkCallClosed(now time.Time) error {
	if now.Before(f.CallClosesAt) {
		return fault.NewPrecondition("CALL_STILL_OPEN", "the call is still open: the applicant may correct the application until it closes").
			With("closes_at", f.CallClosesAt.Format(time.RFC3339))
	}
	return nil
}

// CheckAnswer says whether a person may answer the finding like this. An answer that departs from
// the proposal, or goes on without, needs a reason.
func CheckAnswer(f File, finding Finding, answer Verdict, reason string) error {
	if err := f.checkStep(Clarification, Assessing, Recommending); err != nil {
		return err
	}
	if answer == ContinueWithout && finding.Proposed == Met {
		return fault.Field("answer", "NOTHING_TO_GO_WITHOUT", "the check says that this is met: answer that it is met, or that it is not")
	}
	if (answer != finding.Proposed) && strings.TrimSpace(reason) == "" {
		return fault.Field("reason", "REQUIRED", "give a reason when the answer departs from what the check proposes")
	}
	return nil
}

// CheckAssessors says whether these people may assess the case. Those who have submitted stay.
func CheckAssessors(f File, rules *scheme.Definition, ids []string) error {
	if err := f.checkStep(Clarification, Assessing); err != nil {
		return err
	}
	if needed := f.assessorsNeeded(rules); len(ids) < needed {
		return fault.Field("assessor_ids", "TOO_FEW_ASSESSORS", fmt.Sprintf("name at least %d people, who assess independently", needed))
	}
	for _, a := range f.Assessments {
		if a.counts() && !slices.Contains(ids, a.AssessorID) {
			return fault.Field("assessor_ids", "HAS_SUBMITTED", "somebody who has submitted an assessment stays an assessor of the case")
		}
		if a.SetAsideAt != nil && slices.Contains(ids, a.AssessorID) {
			return fault.Field("assessor_ids", "SET_ASIDE", "the assessment of somebody named here was set aside, because they were not impartial: name somebody else")
		}
	}
	return nil
}

// CheckScores says what is wrong with scores that are to be saved.
func CheckScores(f File, rules *scheme.Definition, scores []Score, now time.Time) error {
	if err := f.checkStep(Assessing); err != nil {
		return err
	}
	if err := f.checkCallClosed(now); err != nil {
		return err
	}
	if wrong := checkValues(f, rules, scores); len(wrong) > 0 {
		return fault.NewInvalid(wrong...)
	}
	return nil
}

// checkValues holds scores against the criteria and the scale.
func checkValues(f File, rules *scheme.Definition, scores []Score) []fault.Violation {
	var wrong []fault.Violation
	seen := map[string]bool{}
	for i, s := range scores {
		field := fmt.Sprintf("scores[%d]", i)
		switch {
		case !hasCriterion(f, rules, s.Criterion):
			wrong = append(wrong, fault.Violation{Field: field + ".criterion", Reason: "NO_SUCH_CRITERION", Description: "score a criterion that applies to this type of application"})
		case seen[s.Criterion]:
			wrong = append(wrong, fault.Violation{Field: field + ".criterion", Reason: "SCORED_TWICE", Description: "score each criterion once"})
		case s.Value < rules.Assessment.Scale.Min || s.Value > rules.Assessment.Scale.Max:
			wrong = append(wrong, fault.Violation{Field: field + ".value", Reason: "OUTSIDE_SCALE", Description: fmt.Sprintf(
				"score from %d to %d", rules.Assessment.Scale.Min, rules.Assessment.Scale.Max)})
		}
		seen[s.Criterion] = true
	}
	return wrong
}

func hasCriterion(f File, rules *scheme.Definition, key string) bool {
	return slices.ContainsFunc(rules.Criteria(f.Type), func(c scheme.Criterion) bool { return c.Key == key })
}

// CheckSubmitAssessment says what is missing before an assessment can be submitted: a score with a
// reason for every criterion.
func CheckSubmitAssessment(f File, rules *scheme.Definition, a Assessment, now time.Time) error {
	if a.SubmittedAt != nil {
		return fault.NewPrecondition("SUBMITTED", "your assessment has been submitted and stands")
	}
	if err := CheckScores(f, rules, a.Scores, now); err != nil {
		return err
	}
	var missing []fault.Violation
	for _, c := range rules.Criteria(f.Type) {
		i := slices.IndexFunc(a.Scores, func(s Score) bool { return s.Criterion == c.Key })
		switch {
		case i < 0:
			missing = append(missing, fault.Violation{Field: "scores." + c.Key, Reason: "REQUIRED", Description: fmt.Sprintf("score «%s»", c.Title.In(scheme.English))})
		case strings.TrimSpace(a.Scores[i].Reason) == "":
			missing = append(missing, fault.Violation{Field: "scores." + c.Key + ".reason", Reason: "REQUIRED", Description: fmt.Sprintf("give a reason for the score on «%s»", c.Title.In(scheme.English))})
		}
	}
	if len(missing) > 0 {
		return fault.NewInvalid(missing...)
	}
	return nil
}

// CheckRecommend says whether this can be recommended now. A newer recommendation takes the place
// of one that lies before the decision maker. A continuation is recommended by somebody who has said
// whether the enterprise has moved in the right direction (R30).
func CheckRecommend(f File, rules *scheme.Definition, outcome Outcome, amountOre int64, now time.Time) error {
	steps := []Step{Recommending, Deciding}
	if outcome == Dismissed && f.Late {
		steps = append(steps, Assessing) // nobody needs to assess what came too late
	} else if f.Step == Assessing {
		if err := f.checkAgreed(rules); err != nil {
			return err
		}
	}
	if err := f.checkStep(steps...); err != nil {
		return err
	}
	if err := f.checkCallClosed(now); err != nil {
		return err
	}
	if f.Type == scheme.Continuation && outcome != Dismissed && f.direction() == nil {
		return fault.NewPrecondition("CONTINUATION_NOT_ANSWERED", "answer first, with reasons, whether the enterprise has moved in the right direction")
	}
	return checkOutcome(f, outcome, amountOre)
}

// checkOutcome holds outcome and amount against each other and against the findings.
func checkOutcome(f File, outcome Outcome, amountOre int64) error {
	switch {
	case f.formallyRefused() && outcome != Dismissed:
		return fault.Field("outcome", "FORMALLY_NOT_MET", "a requirement is answered as not met: the case can only be dismissed")
	case outcome == Dismissed && !f.formallyRefused() && !f.Late:
		return fault.Field("outcome", "NOTHING_TO_DISMISS_FOR", "every requirement is met and the application came in time: decide on the merits")
	case outcome == Approved && amountOre != f.AmountAppliedOre:
		return fault.Field("amount_ore", "NOT_WHAT_WAS_APPLIED_FOR", fmt.Sprintf("approval is of the whole amount applied for, %d øre: otherwise approve in part", f.AmountAppliedOre))
	case outcome == PartiallyApproved && (amountOre <= 0 || amountOre >= f.AmountAppliedOre):
		return fault.Field("amount_ore", "NOT_A_PART", fmt.Sprintf("approval in part is of more than nothing and less than %d øre", f.AmountAppliedOre))
	case !outcome.Awards() && amountOre != 0:
		return fault.Field("amount_ore", "NO_MONEY_WITHOUT_AWARD", "the amount is zero when nothing is awarded")
	}
	return nil
}

// CheckReturn says whether the recommendation can be sent back.
func CheckReturn(f File, returnedBy string) error {
	if err := f.checkStep(Deciding); err != nil {
		return err
	}
	return checkFourEyes(f, returnedBy)
}

// CheckDecide says whether the person may decide like this now. Departing from the recommendation
// needs reasons of its own (fvl. §§ 24-25).
func CheckDecide(f File, outcome Outcome, amountOre int64, reasons, decidedBy string) error {
	if err := f.checkStep(Deciding); err != nil {
		return err
	}
	if err := checkFourEyes(f, decidedBy); err != nil {
		return err
	}
	if err := checkOutcome(f, outcome, amountOre); err != nil {
		return err
	}
	recommended := f.before()
	departs := outcome != recommended.Outcome || amountOre != recommended.AmountOre
	if departs && strings.TrimSpace(reasons) == "" {
		return fault.Field("reasons", "REQUIRED", "give reasons when the decision departs from the recommendation")
	}
	return nil
}

// checkFourEyes refuses whoever recommended any version in the round. The database refuses it too.
func checkFourEyes(f File, personID string) error {
	for _, r := range f.Recommendations {
		if r.Round == f.Round && r.RecommendedBy == personID {
			return errFourEyes()
		}
	}
	return nil
}

func errFourEyes() error {
	return fault.NewDenied("FOUR_EYES", "you have recommended in this case: somebody else decides")
}
