package casework

import (
	"slices"
	"testing"
	"time"

	"saakorn/services/scheme"
)

// published returns the rules of a built-in version of the grant to social entrepreneurs.
func published(t *testing.T, version string) *scheme.Definition {
	t.Helper()
	sources, err := scheme.Published()
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range sources {
		if d := source.Definition; d.ID == "social-entrepreneurship" && d.Version == version {
			return d
		}
	}
	t.Fatalf("there is no version %s", version)
	return nil
}

// noon is the moment of everything in these tests; the call has closed an hour before.
func noon() time.Time { return time.Date(2027, time.March, 1, 11, 0, 0, 0, time.UTC) }

// at returns a moment so many minutes after noon, as the facts hold it.
func at(minutes int) *time.Time {
	t := noon().Add(time.Duration(minutes) * time.Minute)
	return &t
}

// screened returns a case of the first round with a finding that has been answered like this.
func screened(answers ...Verdict) File {
	f := File{Case: Case{
		Type: scheme.NewOrdinary, Round: 1, AmountAppliedOre: 50_000_000, ScreenedAt: at(1), ScreenedVersion: 1,
		CallClosesAt: noon().Add(-time.Hour),
	}}
	for _, answer := range answers {
		f.Findings = append(f.Findings, Finding{Key: "social_entrepreneur", Proposed: Met, Answer: answer})
	}
	return f
}

func (f File) withAssessors(submitted ...bool) File {
	for i, done := range submitted {
		a := Assessment{AssessorID: []string{"assessor-1", "assessor-2", "assessor-3"}[i]}
		if done {
			a.SubmittedAt = at(2)
		}
		f.Assessments = append(f.Assessments, a)
	}
	return f
}

func (f File) recommended(outcome Outcome, amountOre int64) File {
	f.Recommendations = append(f.Recommendations, Recommendation{
		Round: f.Round, Version: f.nextVersion(), Outcome: outcome, AmountOre: amountOre, Reasons: "Fordi.", RecommendedBy: "case-officer-1",
	})
	return f
}

func (f File) returned() File {
	f.Recommendations = slices.Clone(f.Recommendations)
	f.latest().ReturnedAt = at(3)
	return f
}

func (f File) inStep(step Step) File {
	f.Step = step
	return f
}

func TestStepFollowsFromWhatHasHappened(t *testing.T) {
	assessed := screened(Met).withAssessors(true, true)
	for name, test := range map[string]struct {
		file File
		want Step
	}{
		"nothing yet":                                {File{Case: Case{Round: 1}}, Screening},
		"a finding waits for an answer":              {screened(Met, ""), Clarification},
		"every finding is answered":                  {screened(Met, ContinueWithout), Assessing},
		"one assessment is enough for nobody":        {screened(Met).withAssessors(true), Assessing},
		"somebody who was asked is still at it":      {screened(Met).withAssessors(true, true, false), Assessing},
		"all who were asked have assessed":           {assessed, Recommending},
		"a requirement is not met":                   {screened(Met, NotMet), Recommending},
		"not met, and another finding is unanswered": {screened(NotMet, ""), Clarification},
		"a recommendation lies before somebody":      {assessed.recommended(Rejected, 0), Deciding},
		"it was returned":                            {assessed.recommended(Rejected, 0).returned(), Recommending},
		"a new version after the return":             {assessed.recommended(Rejected, 0).returned().recommended(Rejected, 0), Deciding},
		"screened again after a recommendation":      {screened("").withAssessors(true, true).recommended(Rejected, 0), Clarification},
		"a recommendation of an earlier round":       {secondRound(assessed.recommended(Rejected, 0)), Recommending},
		"decided":                                    {decided(assessed.recommended(Rejected, 0)), Notification},
		"the party is notified":                      {notified(decided(assessed.recommended(Rejected, 0))), AwaitingAppeal},
		"closed":                                     {closed(notified(decided(assessed.recommended(Rejected, 0)))), Closed},
		"withdrawn before the screening":             {withdrawn(File{Case: Case{Round: 1}}), Closed},
		"withdrawn with a recommendation":            {withdrawn(assessed.recommended(Rejected, 0)), Closed},
	} {
		t.Run(name, func(t *testing.T) {
			if got := StepOf(test.file, published(t, "2027-1")); got != test.want {
				t.Errorf("the step is %s, want %s", got, test.want)
			}
		})
	}
}

func secondRound(f File) File { f.Round++; return f }
func decided(f File) File     { f.DecidedAt = at(4); return f }
func notified(f File) File    { f.NotifiedAt = at(5); return f }
func closed(f File) File      { f.ClosedAt = at(6); return f }
func withdrawn(f File) File   { f.WithdrawnAt = at(6); return f }

func TestVersionsOfRecommendationsAreCountedWithinARound(t *testing.T) {
	f := screened(Met)
	for want := int32(1); want <= 3; want++ {
		if got := f.nextVersion(); got != want {
			t.Fatalf("version %d, want %d", got, want)
		}
		f = f.recommended(Rejected, 0)
	}
	if got := secondRound(f).nextVersion(); got != 1 {
		t.Errorf("the first version of a new round is %d", got)
	}
}
