package casework

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"saakorn/services/platform/fault"
	"saakorn/services/scheme"
)

// ScoreChange is a score that its assessor has changed in moderation. What was submitted stays, and
// every change stands beside it.
type ScoreChange struct {
	Criterion string `json:"criterion"`
	// Before is the score that was changed, by an earlier change or as it was submitted.
	Before    int       `json:"before"`
	Value     int       `json:"value"`
	Reason    string    `json:"reason"`
	ChangedBy string    `json:"changed_by"`
	ChangedAt time.Time `json:"changed_at"`
}

// Current returns the scores as moderation has left them. The reasons are those that were submitted.
func (a Assessment) Current() []Score {
	scores := slices.Clone(a.Scores)
	for _, c := range a.Changes {
		if i := slices.IndexFunc(scores, func(s Score) bool { return s.Criterion == c.Criterion }); i >= 0 {
			scores[i].Value = c.Value
		}
	}
	return scores
}

// counts tells whether the assessment has been submitted and not set aside.
func (a Assessment) counts() bool { return a.SubmittedAt != nil && a.SetAsideAt == nil }

// pending tells whether somebody has yet to submit the assessment.
func (a Assessment) pending() bool { return a.SubmittedAt == nil && a.SetAsideAt == nil }

// CriterionSpread is how the assessments that count agree on one criterion.
type CriterionSpread struct {
	Criterion                  string
	Lowest, Highest, Assessors int
	// Total is the sum of the scores, for their average. It is never summed over criteria.
	Total int
}

// Spread returns by how many points of the scale the assessors differ.
func (s CriterionSpread) Spread() int { return s.Highest - s.Lowest }

// Average returns the mean of the scores on this criterion.
func (s CriterionSpread) Average() float64 {
	if s.Assessors == 0 {
		return 0
	}
	return float64(s.Total) / float64(s.Assessors)
}

// spreadsOf returns the spread on every criterion of the case's type that somebody has scored, in the
// order of the scheme. scores says which scores of an assessment to look at.
func (f File) spreadsOf(rules *scheme.Definition, scores func(Assessment) []Score) []CriterionSpread {
	var spreads []CriterionSpread
	for _, c := range rules.Criteria(f.Type) {
		var values []int
		total := 0
		for _, a := range f.Assessments {
			if !a.counts() {
				continue
			}
			for _, s := range scores(a) {
				if s.Criterion == c.Key {
					values, total = append(values, s.Value), total+s.Value
				}
			}
		}
		if len(values) > 0 {
			spreads = append(spreads, CriterionSpread{c.Key, slices.Min(values), slices.Max(values), len(values), total})
		}
	}
	return spreads
}

// spreads returns the spreads as moderation has left them.
func (f File) spreads(rules *scheme.Definition) []CriterionSpread {
	return f.spreadsOf(rules, Assessment.Current)
}

// disputed returns the criteria on which the assessors differ by more than the scheme allows: as they
// submitted their scores, or as moderation has left them. Moderation settles what people think in the
// end, but not whether one more person should have been asked.
func (f File) disputed(rules *scheme.Definition) []string {
	var keys []string
	submitted := f.spreadsOf(rules, func(a Assessment) []Score { return a.Scores })
	for _, s := range append(submitted, f.spreads(rules)...) {
		if s.Spread() > rules.Assessment.MaxSpread && !slices.Contains(keys, s.Criterion) {
			keys = append(keys, s.Criterion)
		}
	}
	return keys
}

// assessorsNeeded returns how many assessments the case needs: one more than usual when those that have
// been submitted differ by more than the scheme allows.
func (f File) assessorsNeeded(rules *scheme.Definition) int {
	if len(f.disputed(rules)) > 0 {
		return rules.Assessment.Assessors + 1
	}
	return rules.Assessment.Assessors
}

// asked returns how many people have assessed the case or have been asked to.
func (f File) asked() int {
	n := 0
	for _, a := range f.Assessments {
		if a.SetAsideAt == nil {
			n++
		}
	}
	return n
}

// checkAgreed refuses to go on while one more person has to assess because the others differ.
func (f File) checkAgreed(rules *scheme.Definition) error {
	disputed := f.disputed(rules)
	if len(disputed) == 0 || f.formallyRefused() || f.assessed(rules) {
		return nil
	}
	return fault.NewPrecondition("ONE_MORE_ASSESSOR", fmt.Sprintf(
		"the assessments differ by more than %d points: name one more assessor, and recommend when that assessment is submitted", rules.Assessment.MaxSpread)).
		With("criteria", strings.Join(disputed, ","))
}

// CheckModerate says what is wrong with changing scores of one's own submitted assessment like this.
// Everybody has submitted, and the case has not been decided.
func CheckModerate(f File, rules *scheme.Definition, own Assessment, changes []Score) error {
	if !rules.Assessment.Moderation {
		return fault.NewPrecondition("NO_MODERATION", "assessments under this scheme are not changed after they are submitted")
	}
	if own.SubmittedAt == nil {
		return fault.NewPrecondition("NOT_SUBMITTED", "your assessment has not been submitted: change it as it is")
	}
	if err := f.checkStep(Recommending, Deciding); err != nil {
		return err
	}
	wrong := checkValues(f, rules, changes)
	for i, c := range changes {
		field := fmt.Sprintf("scores[%d]", i)
		if strings.TrimSpace(c.Reason) == "" {
			wrong = append(wrong, fault.Violation{Field: field + ".reason", Reason: "REQUIRED", Description: "say why the score is changed"})
		}
		if slices.ContainsFunc(own.Current(), func(s Score) bool { return s.Criterion == c.Criterion && s.Value == c.Value }) {
			wrong = append(wrong, fault.Violation{Field: field + ".value", Reason: "UNCHANGED", Description: "this is the score already: leave it out"})
		}
	}
	if len(wrong) > 0 {
		return fault.NewInvalid(wrong...)
	}
	return nil
}
