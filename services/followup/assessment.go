package followup

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"saakorn/services/platform/fault"
	"saakorn/services/reporting"
	"saakorn/services/scheme"
)

// Score is a level on one dimension, 0 to 4, with a reason where it departs from what figures suggest.
type Score struct {
	Dimension string `json:"dimension"`
	Level     int    `json:"level"`
	Reason    string `json:"reason,omitempty"`
}

// Suggestion is the level that figures suggest on a dimension. Support only.
type Suggestion struct {
	Dimension string         `json:"dimension"`
	Measure   scheme.Measure `json:"measure,omitempty"`
	// Level and Value are nil where only people can judge, or the figures are missing.
	Level *int `json:"level,omitempty"`
	Value *int `json:"value,omitempty"`
}

// Assessment is how sustainable an enterprise is in a grant year, as both sides see it.
type Assessment struct {
	GrantYear int
	Revision  int64
	Own       []Score
	OwnAt     *time.Time
	Officer   []Score
	OfficerID string
	OfficerAt *time.Time
	// Suggested is what the figures suggested when the officer assessed.
	Suggested []Suggestion
}

// Suggest returns what the figures suggest on each dimension. Income that covers the costs is a runway
// without end; figures are nil when no report has been delivered.
func Suggest(rules scheme.Followup, figures *reporting.Figures, yearNumber int) []Suggestion {
	suggestions := make([]Suggestion, 0, len(rules.Dimensions))
	for _, d := range rules.Dimensions {
		s := Suggestion{Dimension: d.Key, Measure: d.Measure}
		if value, known := measure(d.Measure, figures, rules.Expected(yearNumber)); known {
			level := d.Suggest(value)
			s.Level, s.Value = &level, &value
		}
		suggestions = append(suggestions, s)
	}
	return suggestions
}

// endless stands for a runway without end, in months.
const endless = 1200

func measure(m scheme.Measure, f *reporting.Figures, expectedPercent int) (value int, known bool) {
	if f == nil {
		return 0, false
	}
	switch m {
	case scheme.MeasureEarned:
		if f.EarnedShare == nil || expectedPercent == 0 {
			return 0, false
		}
		return int(*f.EarnedShare) / expectedPercent, true
	case scheme.MeasureRunway:
		if f.IncomeCovers {
			return endless, true
		}
		if f.CashMonthsTenths == nil {
			return 0, false
		}
		return int(*f.CashMonthsTenths) / tenthsPerMonth, true
	case scheme.MeasureConcentration:
		if f.Concentration == nil {
			return 0, false
		}
		// Rounded up, so that 30.1 per cent is not 30.
		return (int(*f.Concentration) + pointBasis - 1) / pointBasis, true
	default:
		return 0, false
	}
}

// CheckScores finds what is wrong with an assessment: every dimension needs a level, and a level that
// departs from what is suggested needs a reason. suggested is nil for the enterprise's own view.
func CheckScores(scores []Score, rules scheme.Followup, suggested []Suggestion) error {
	var wrong []fault.Violation
	seen := map[string]bool{}
	for i, s := range scores {
		field := fmt.Sprintf("scores[%d]", i)
		_, known := rules.Dimension(s.Dimension)
		switch {
		case !known:
			wrong = append(wrong, fault.Violation{Field: field + ".dimension", Reason: "NO_SUCH_DIMENSION", Description: "use a dimension of the scheme"})
		case seen[s.Dimension]:
			wrong = append(wrong, fault.Violation{Field: field + ".dimension", Reason: "SCORED_TWICE", Description: "assess each dimension once"})
		case departs(s, suggested) && strings.TrimSpace(s.Reason) == "":
			wrong = append(wrong, fault.Violation{Field: field + ".reason", Reason: "REQUIRED", Description: "say why the level departs from what the figures suggest"})
		}
		seen[s.Dimension] = true
	}
	for _, d := range rules.Dimensions {
		if !seen[d.Key] {
			wrong = append(wrong, fault.Violation{Field: "scores." + d.Key, Reason: "REQUIRED", Description: fmt.Sprintf("assess «%s»", d.Title.In(scheme.English))})
		}
	}
	if len(wrong) > 0 {
		return fault.NewInvalid(wrong...)
	}
	return nil
}

func departs(s Score, suggested []Suggestion) bool {
	return slices.ContainsFunc(suggested, func(x Suggestion) bool {
		return x.Dimension == s.Dimension && x.Level != nil && *x.Level != s.Level
	})
}

// Change is by how much a level has changed since the year before.
type Change struct {
	Dimension string
	By        int
}

// Changes returns how the officer's levels have changed since the earlier assessment, for dimensions that
// both have.
func Changes(now, before []Score) []Change {
	var changes []Change
	for _, s := range now {
		i := slices.IndexFunc(before, func(b Score) bool { return b.Dimension == s.Dimension })
		if i >= 0 {
			changes = append(changes, Change{s.Dimension, s.Level - before[i].Level})
		}
	}
	return changes
}
