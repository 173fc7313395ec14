package casework

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"saakorn/services/scheme"
)

// scored adds a submitted assessment that gives relevance and innovation these scores.
func (f File) scored(relevance, innovation int, changes ...ScoreChange) File {
	f = f.withAssessors()
	f.Assessments = append(f.Assessments, Assessment{
		AssessorID: []string{"a", "b", "c", "d"}[len(f.Assessments)], SubmittedAt: at(2), Changes: changes,
		Scores: []Score{{"relevance", relevance, "Fordi."}, {"innovation", innovation, "Fordi."}},
	})
	return f
}

func (f File) setAside(i int) File {
	f.Assessments = append([]Assessment{}, f.Assessments...)
	f.Assessments[i].SetAsideAt = at(3)
	return f
}

func TestSpreadIsTheHighestLessTheLowestOfWhatCounts(t *testing.T) {
	rules := published(t, "2027-1")
	f := screened(Met).scored(2, 5).scored(4, 4, ScoreChange{Criterion: "relevance", Before: 4, Value: 5}, ScoreChange{Criterion: "relevance", Before: 5, Value: 3})
	want := []CriterionSpread{{"relevance", 2, 3, 2, 5}, {"innovation", 4, 5, 2, 9}}
	if diff := cmp.Diff(want, f.spreads(rules)); diff != "" {
		t.Error(diff)
	}
	if got := f.spreads(rules)[0]; got.Average() != 2.5 || got.Spread() != 1 {
		t.Errorf("the average is %v and the spread %d", got.Average(), got.Spread())
	}
	if diff := cmp.Diff([]CriterionSpread{{"relevance", 2, 2, 1, 2}, {"innovation", 5, 5, 1, 5}}, f.setAside(1).spreads(rules)); diff != "" {
		t.Errorf("what was set aside counts: %s", diff)
	}
	if (CriterionSpread{}).Average() != 0 {
		t.Error("nothing has an average")
	}
}

func TestOneMoreAssessesWhenTheOthersDifferByMoreThanTheSchemeAllows(t *testing.T) {
	rules := published(t, "2027-1") // two assessors, at most two points
	raised := ScoreChange{Criterion: "innovation", Before: 4, Value: 5}
	for name, test := range map[string]struct {
		file   File
		needed int
		step   Step
	}{
		"they agree":                              {screened(Met).scored(3, 3).scored(3, 3), 2, Recommending},
		"as far apart as is allowed":              {screened(Met).scored(1, 3).scored(3, 3), 2, Recommending},
		"one point too far":                       {screened(Met).scored(1, 3).scored(4, 3), 3, Assessing},
		"on any criterion":                        {screened(Met).scored(3, 5).scored(3, 2), 3, Assessing},
		"the third has been asked":                {screened(Met).scored(1, 3).scored(4, 3).withAssessors(false), 3, Assessing},
		"the third has submitted":                 {screened(Met).scored(1, 3).scored(4, 3).scored(2, 2), 3, Recommending},
		"the third differs even more":             {screened(Met).scored(1, 3).scored(4, 3).scored(5, 5), 3, Recommending},
		"three were named and agree":              {screened(Met).scored(3, 3).scored(3, 3).scored(3, 3), 2, Recommending},
		"moderation drives them apart":            {screened(Met).scored(3, 2).scored(3, 4, raised), 3, Assessing},
		"moderation does not take a dispute back": {screened(Met).scored(3, 2).scored(3, 5, ScoreChange{Criterion: "innovation", Before: 5, Value: 3}), 3, Assessing},
		"one of them was set aside":               {screened(Met).scored(1, 3).scored(4, 3).setAside(1), 2, Assessing},
	} {
		t.Run(name, func(t *testing.T) {
			if got := test.file.assessorsNeeded(rules); got != test.needed {
				t.Errorf("%d are needed, want %d", got, test.needed)
			}
			if got := StepOf(test.file, rules); got != test.step {
				t.Errorf("the step is %s, want %s", got, test.step)
			}
		})
	}
	disputed := screened(Met).scored(1, 3).scored(4, 3).inStep(Assessing)
	wantFault(t, CheckRecommend(disputed, rules, Rejected, 0, noon()), "ONE_MORE_ASSESSOR")
	wantFault(t, CheckRecommend(disputed.withAssessors(false), rules, Rejected, 0, noon()), "ONE_MORE_ASSESSOR")
	wantFault(t, CheckRecommend(screened(Met).inStep(Assessing), rules, Rejected, 0, noon()), "WRONG_STEP")
	wantFault(t, CheckAssessors(disputed, rules, []string{"a", "b"}), "TOO_FEW_ASSESSORS")
	wantFault(t, CheckAssessors(disputed, rules, []string{"a", "b", "c"}), "")
	wantFault(t, CheckAssessors(disputed.setAside(1).inStep(Assessing), rules, []string{"a", "b"}), "SET_ASIDE")
	wantFault(t, CheckAssessors(disputed.setAside(1).inStep(Assessing), rules, []string{"a", "c"}), "")
}

func TestScoresAreModeratedWithReasonsUntilTheDecision(t *testing.T) {
	rules := published(t, "2027-1")
	silent := *rules
	silent.Assessment.Moderation = false
	f := screened(Met).scored(3, 3).scored(3, 3)
	own := f.Assessments[0]
	drafted := own
	drafted.SubmittedAt = nil
	change := func(value int, reason string) []Score { return []Score{{"relevance", value, reason}} }
	for name, test := range map[string]struct {
		file    File
		rules   *scheme.Definition
		own     Assessment
		changes []Score
		want    string
	}{
		"with a reason":                {f.inStep(Recommending), rules, own, change(4, "Vi snakket."), ""},
		"while it lies for a decision": {f.inStep(Deciding), rules, own, change(4, "Vi snakket."), ""},
		"without a reason":             {f.inStep(Recommending), rules, own, change(4, " "), "REQUIRED"},
		"to what it is":                {f.inStep(Recommending), rules, own, change(3, "Vi snakket."), "UNCHANGED"},
		"off the scale":                {f.inStep(Recommending), rules, own, change(6, "Vi snakket."), "OUTSIDE_SCALE"},
		"of no criterion":              {f.inStep(Recommending), rules, own, []Score{{"charm", 3, "Vi snakket."}}, "NO_SUCH_CRITERION"},
		"after the decision":           {f.inStep(Notification), rules, own, change(4, "Vi snakket."), "WRONG_STEP"},
		"before everybody has":         {f.inStep(Assessing), rules, own, change(4, "Vi snakket."), "WRONG_STEP"},
		"before it is submitted":       {f.inStep(Assessing), rules, drafted, change(4, "Vi snakket."), "NOT_SUBMITTED"},
		"where nobody moderates":       {f.inStep(Recommending), &silent, own, change(4, "Vi snakket."), "NO_MODERATION"},
	} {
		t.Run(name, func(t *testing.T) {
			wantFault(t, CheckModerate(test.file, test.rules, test.own, test.changes), test.want)
		})
	}
}

func TestEveryOpenCaseHasANextStep(t *testing.T) {
	rules := published(t, "2027-1")
	owned := func(f File) File { f.OwnerID = "case-officer-1"; return f }
	continuing := func(f File) File { f.Type = scheme.Continuation; return f }
	appealed := func(a Appeal) File { return File{Case: Case{Step: Appealing}, Appeals: []Appeal{a}} }
	asked := screened(Met)
	asked.Notices = []Notice{{State: NoticeOpen}}
	for name, test := range map[string]struct {
		file File
		want NextStep
	}{
		"new":                                  {File{Case: Case{Round: 1}}, NextScreen},
		"nobody owns it":                       {screened(Met, ""), NextNameOwner},
		"nobody owns it while it is assessed":  {screened(Met).withAssessors(true, false), NextNameOwner},
		"findings wait":                        {owned(screened(Met, "")), NextAnswerFindings},
		"the applicant was asked":              {owned(asked), NextAwaitApplicant},
		"nobody assesses":                      {owned(screened(Met)), NextNameAssessors},
		"one of two assesses":                  {owned(screened(Met).withAssessors(true)), NextNameAssessors},
		"they are at it":                       {owned(screened(Met).withAssessors(true, false)), NextAwaitAssessments},
		"they differ":                          {owned(screened(Met).scored(1, 3).scored(5, 3)), NextOneMoreAssessor},
		"one was set aside":                    {owned(screened(Met).scored(3, 3).scored(3, 3).setAside(0)), NextNameAssessors},
		"ready":                                {owned(screened(Met).scored(3, 3).scored(3, 3)), NextRecommend},
		"a continuation is ready":              {owned(continuing(screened(Met).scored(3, 3).scored(3, 3))), NextAnswerContinuation},
		"a continuation is answered":           {owned(answered(continuing(screened(Met).scored(3, 3).scored(3, 3)))), NextRecommend},
		"a continuation is refused on form":    {owned(continuing(screened(NotMet))), NextRecommend},
		"recommended":                          {owned(screened(Met).recommended(Rejected, 0)), NextDecide},
		"decided":                              {decided(screened(Met).recommended(Rejected, 0)), NextNotify},
		"told":                                 {notified(decided(screened(Met))), NextAwaitAppeal},
		"closed":                               {closed(screened(Met)), ""},
		"withdrawn":                            {withdrawn(screened(Met)), ""},
		"appealed":                             {appealed(Appeal{}), NextNameAppealOwner},
		"somebody has the appeal":              {appealed(Appeal{OwnerID: "case-officer-4"}), NextPrepareAppeal},
		"the appeal is prepared":               {appealed(Appeal{OwnerID: "case-officer-4", PreparedAt: at(1)}), NextDecideAppeal},
		"the appeal lies with the appeal body": {appealed(Appeal{PreparedAt: at(1), DecidedAt: at(2), Disposition: AppealForwarded}), NextAwaitAppealBody},
	} {
		t.Run(name, func(t *testing.T) {
			f := test.file
			if f.Step == "" {
				f.Step = StepOf(f, rules)
			}
			if got := NextStepOf(f, rules); got != test.want {
				t.Errorf("at %s the next step is %s, want %s", f.Step, got, test.want)
			}
		})
	}
}

func answered(f File) File {
	f.Directions = []DirectionAnswer{{Direction: DirectionYes, Reasons: "Salget har økt."}}
	return f
}

func TestAContinuationIsRecommendedOnceTheQuestionIsAnswered(t *testing.T) {
	rules := published(t, "2027-1")
	f := screened(Met).inStep(Recommending)
	f.Type = scheme.Continuation
	wantFault(t, CheckRecommend(f, rules, Rejected, 0, noon()), "CONTINUATION_NOT_ANSWERED")
	wantFault(t, CheckRecommend(f, rules, Approved, 50_000_000, noon()), "CONTINUATION_NOT_ANSWERED")
	wantFault(t, CheckRecommend(answered(f), rules, Rejected, 0, noon()), "")
	refused := screened(NotMet).inStep(Recommending)
	refused.Type = scheme.Continuation
	wantFault(t, CheckRecommend(refused, rules, Dismissed, 0, noon()), "")

	wantFault(t, CheckAnswerContinuation(f, "Salget har økt.", noon()), "")
	wantFault(t, CheckAnswerContinuation(f, " ", noon()), "REQUIRED")
	wantFault(t, CheckAnswerContinuation(f.inStep(Notification), "Salget har økt.", noon()), "WRONG_STEP")
	wantFault(t, CheckAnswerContinuation(f, "Salget har økt.", f.CallClosesAt.Add(-time.Second)), "CALL_STILL_OPEN")
	wantFault(t, CheckAnswerContinuation(screened(Met).inStep(Recommending), "Salget har økt.", noon()), "NO_CONTINUATION")
}
