package casework

import (
	"errors"
	"slices"
	"testing"

	"saakorn/services/platform/fault"
	"saakorn/services/scheme"
)

// wantFault demands a fault with the reason, or with exactly one violation that has it; "" demands none.
func wantFault(t *testing.T, err error, reason string) {
	t.Helper()
	f, ok := errors.AsType[*fault.Fault](err)
	switch {
	case reason == "" && err == nil:
	case reason == "":
		t.Errorf("refused: %v", err)
	case !ok:
		t.Errorf("got %v, want a fault for %s", err, reason)
	case f.Reason != reason && (len(f.Violations) != 1 || f.Violations[0].Reason != reason):
		t.Errorf("got %s with %v, want %s", f.Reason, f.Violations, reason)
	}
}

func TestAnswerThatDepartsFromTheProposalNeedsAReason(t *testing.T) {
	for _, test := range []struct {
		step     Step
		proposed Verdict
		answer   Verdict
		reason   string
		want     string
	}{
		{Clarification, Met, Met, "", ""},
		{Clarification, NotMet, NotMet, "", ""},
		{Clarification, Met, NotMet, "", "REQUIRED"},
		{Clarification, Met, NotMet, "Vedtektene sier noe annet.", ""},
		{Clarification, NotMet, Met, " \t", "REQUIRED"},
		{Clarification, NotMet, ContinueWithout, "", "REQUIRED"},
		{Clarification, NotMet, ContinueWithout, "Rettes innen utbetaling.", ""},
		{Clarification, Undetermined, Met, "", "REQUIRED"},
		{Clarification, Undetermined, Met, "Lest vedtektene.", ""},
		{Clarification, Met, ContinueWithout, "Uansett.", "NOTHING_TO_GO_WITHOUT"},
		{Assessing, Met, NotMet, "Oppdaget under vurderingen.", ""},
		{Recommending, Met, NotMet, "Oppdaget før innstillingen.", ""},
		{Screening, Met, Met, "", "WRONG_STEP"},
		{Deciding, Met, NotMet, "For sent.", "WRONG_STEP"},
		{Notification, Met, NotMet, "For sent.", "WRONG_STEP"},
		{Closed, Met, NotMet, "For sent.", "WRONG_STEP"},
	} {
		err := CheckAnswer(screened().inStep(test.step), Finding{Proposed: test.proposed}, test.answer, test.reason)
		t.Run(string(test.step+" ")+string(test.proposed+" "+test.answer), func(t *testing.T) { wantFault(t, err, test.want) })
	}
}

func TestAssessorsAreEnoughAndThoseWhoHaveSubmittedStay(t *testing.T) {
	rules := published(t, "2027-1")
	for name, test := range map[string]struct {
		file File
		ids  []string
		want string
	}{
		"two people":                 {screened(Met).inStep(Assessing), []string{"a", "b"}, ""},
		"before the answers":         {screened("").inStep(Clarification), []string{"a", "b"}, ""},
		"one is too few":             {screened(Met).inStep(Assessing), []string{"a"}, "TOO_FEW_ASSESSORS"},
		"one who submitted leaves":   {screened(Met).withAssessors(true, false).inStep(Assessing), []string{"assessor-2", "b"}, "HAS_SUBMITTED"},
		"one who has not may":        {screened(Met).withAssessors(true, false).inStep(Assessing), []string{"assessor-1", "b"}, ""},
		"a third opinion":            {screened(Met).withAssessors(true, false).inStep(Assessing), []string{"assessor-1", "assessor-2", "b"}, ""},
		"when it is to be decided":   {screened(Met).inStep(Deciding), []string{"a", "b"}, "WRONG_STEP"},
		"when it is not yet checked": {screened().inStep(Screening), []string{"a", "b"}, "WRONG_STEP"},
	} {
		t.Run(name, func(t *testing.T) { wantFault(t, CheckAssessors(test.file, rules, test.ids), test.want) })
	}
}

// everyScore scores each criterion of the type with a reason.
func everyScore(rules *scheme.Definition, kind scheme.ApplicationTypeKey) []Score {
	var scores []Score
	for _, c := range rules.Criteria(kind) {
		scores = append(scores, Score{Criterion: c.Key, Value: rules.Assessment.Scale.Max, Reason: "Godt begrunnet."})
	}
	return scores
}

func TestScoresKeepToTheCriteriaAndTheScale(t *testing.T) {
	rules := published(t, "2027-1")
	scale := rules.Assessment.Scale
	assessing := screened(Met).inStep(Assessing)
	open := assessing
	open.CallClosesAt = noon().Add(1)
	for name, test := range map[string]struct {
		file   File
		scores []Score
		want   string
	}{
		"none yet":                {assessing, nil, ""},
		"both ends of the scale":  {assessing, []Score{{"relevance", scale.Min, ""}, {"innovation", scale.Max, ""}}, ""},
		"below the scale":         {assessing, []Score{{"relevance", scale.Min - 1, ""}}, "OUTSIDE_SCALE"},
		"above the scale":         {assessing, []Score{{"relevance", scale.Max + 1, ""}}, "OUTSIDE_SCALE"},
		"no such criterion":       {assessing, []Score{{"charm", scale.Min, ""}}, "NO_SUCH_CRITERION"},
		"the same one twice":      {assessing, []Score{{"relevance", scale.Min, ""}, {"relevance", scale.Max, ""}}, "SCORED_TWICE"},
		"another step":            {screened(Met).inStep(Recommending), nil, "WRONG_STEP"},
		"while the call is open":  {open, nil, "CALL_STILL_OPEN"},
		"every criterion at once": {assessing, everyScore(rules, scheme.NewOrdinary), ""},
	} {
		t.Run(name, func(t *testing.T) { wantFault(t, CheckScores(test.file, rules, test.scores, noon()), test.want) })
	}
}

func TestEveryWrongScoreIsNamedAtOnce(t *testing.T) {
	rules := published(t, "2027-1")
	err := CheckScores(screened(Met).inStep(Assessing), rules, []Score{{"charm", 1, ""}, {"relevance", 99, ""}}, noon())
	f, ok := errors.AsType[*fault.Fault](err)
	if !ok || len(f.Violations) != 2 || f.Violations[0].Field != "scores[0].criterion" || f.Violations[1].Field != "scores[1].value" {
		t.Errorf("got %v", err)
	}
}

func TestAssessmentIsSubmittedWholeAndOnce(t *testing.T) {
	rules := published(t, "2027-1")
	whole := everyScore(rules, scheme.NewOrdinary)
	silent := slices.Clone(whole)
	silent[1].Reason = "  "
	for name, test := range map[string]struct {
		assessment Assessment
		want       string
	}{
		"whole":                {Assessment{Scores: whole}, ""},
		"a criterion missing":  {Assessment{Scores: whole[1:]}, "REQUIRED"},
		"a reason missing":     {Assessment{Scores: silent}, "REQUIRED"},
		"submitted once":       {Assessment{Scores: whole, SubmittedAt: at(1)}, "SUBMITTED"},
		"a score out of scale": {Assessment{Scores: append(slices.Clone(whole[1:]), Score{whole[0].Criterion, 99, "Best."})}, "OUTSIDE_SCALE"},
	} {
		t.Run(name, func(t *testing.T) {
			wantFault(t, CheckSubmitAssessment(screened(Met).inStep(Assessing), rules, test.assessment, noon()), test.want)
		})
	}
}

func TestOutcomeAndAmountFitTheFindings(t *testing.T) {
	rules := published(t, "2027-1")
	good := screened(Met).inStep(Recommending)
	late := good
	late.Late = true
	refused := screened(NotMet).inStep(Recommending)
	const applied = 50_000_000
	for name, test := range map[string]struct {
		file    File
		outcome Outcome
		ore     int64
		want    string
	}{
		"the whole amount":              {good, Approved, applied, ""},
		"one øre less is not the whole": {good, Approved, applied - 1, "NOT_WHAT_WAS_APPLIED_FOR"},
		"one øre more neither":          {good, Approved, applied + 1, "NOT_WHAT_WAS_APPLIED_FOR"},
		"a part":                        {good, PartiallyApproved, applied - 1, ""},
		"a part is more than nothing":   {good, PartiallyApproved, 0, "NOT_A_PART"},
		"a part is not everything":      {good, PartiallyApproved, applied, "NOT_A_PART"},
		"rejected":                      {good, Rejected, 0, ""},
		"rejected with money":           {good, Rejected, 1, "NO_MONEY_WITHOUT_AWARD"},
		"nothing to dismiss for":        {good, Dismissed, 0, "NOTHING_TO_DISMISS_FOR"},
		"dismissed because late":        {late, Dismissed, 0, ""},
		"late and approved":             {late, Approved, applied, ""},
		"dismissed on form":             {refused, Dismissed, 0, ""},
		"dismissed with money":          {refused, Dismissed, 1, "NO_MONEY_WITHOUT_AWARD"},
		"refused on form and approved":  {refused, Approved, applied, "FORMALLY_NOT_MET"},
		"refused on form and rejected":  {refused, Rejected, 0, "FORMALLY_NOT_MET"},
		"before everybody has assessed": {screened(Met).inStep(Assessing), Approved, applied, "WRONG_STEP"},
		"after the decision":            {good.inStep(Notification), Approved, applied, "WRONG_STEP"},
		"in place of one that lies":     {good.inStep(Deciding), Rejected, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			wantFault(t, CheckRecommend(test.file, rules, test.outcome, test.ore, noon()), test.want)
		})
	}
	wantFault(t, CheckRecommend(good, rules, Approved, applied, good.CallClosesAt.Add(-1)), "CALL_STILL_OPEN")
	wantFault(t, CheckRecommend(good, rules, Approved, applied, good.CallClosesAt), "")
}

func TestNobodyDecidesWhatTheyRecommended(t *testing.T) {
	const applied = 50_000_000
	before := screened(Met).recommended(PartiallyApproved, applied/2).inStep(Deciding)
	// somebody else recommended last; the first one has still recommended in the round
	twice := before.returned().recommended(PartiallyApproved, applied/2)
	twice.Recommendations[1].RecommendedBy = "case-officer-2"
	for name, test := range map[string]struct {
		file    File
		outcome Outcome
		ore     int64
		reasons string
		by      string
		want    string
	}{
		"as recommended":                         {before, PartiallyApproved, applied / 2, "", "decision-maker-1", ""},
		"by the recommender":                     {before, PartiallyApproved, applied / 2, "", "case-officer-1", "FOUR_EYES"},
		"by who recommended an earlier version":  {twice, PartiallyApproved, applied / 2, "", "case-officer-1", "FOUR_EYES"},
		"by who recommended the latest version":  {twice, PartiallyApproved, applied / 2, "", "case-officer-2", "FOUR_EYES"},
		"by who recommended in an earlier round": {secondRound(before).recommendedBy("case-officer-2"), PartiallyApproved, applied / 2, "", "case-officer-1", ""},
		"another amount without reasons":         {before, PartiallyApproved, applied / 4, " ", "decision-maker-1", "REQUIRED"},
		"another amount with reasons":            {before, PartiallyApproved, applied / 4, "Rammen.", "decision-maker-1", ""},
		"another outcome without reasons":        {before, Rejected, 0, "", "decision-maker-1", "REQUIRED"},
		"another outcome with reasons":           {before, Rejected, 0, "Ikke nytt.", "decision-maker-1", ""},
		"an amount that does not fit":            {before, Approved, applied / 2, "Alt.", "decision-maker-1", "NOT_WHAT_WAS_APPLIED_FOR"},
		"before a recommendation":                {screened(Met).inStep(Recommending), Rejected, 0, "", "decision-maker-1", "WRONG_STEP"},
		"a second time":                          {before.inStep(Notification), Rejected, 0, "", "decision-maker-1", "WRONG_STEP"},
	} {
		t.Run(name, func(t *testing.T) {
			wantFault(t, CheckDecide(test.file, test.outcome, test.ore, test.reasons, test.by), test.want)
		})
	}
}

// recommendedBy repeats the latest recommendation in the present round, by somebody.
func (f File) recommendedBy(id string) File {
	last := f.Recommendations[len(f.Recommendations)-1]
	f = f.recommended(last.Outcome, last.AmountOre)
	f.Recommendations[len(f.Recommendations)-1].RecommendedBy = id
	return f
}

func TestRecommendationIsReturnedBySomebodyElse(t *testing.T) {
	before := screened(Met).recommended(Rejected, 0).inStep(Deciding)
	wantFault(t, CheckReturn(before, "decision-maker-1"), "")
	wantFault(t, CheckReturn(before, "case-officer-1"), "FOUR_EYES")
	wantFault(t, CheckReturn(before.inStep(Recommending), "decision-maker-1"), "WRONG_STEP")
	wantFault(t, CheckReturn(before.inStep(Notification), "decision-maker-1"), "WRONG_STEP")
}
