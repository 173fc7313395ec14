package grant

import (
	"github.com/google/uuid"

	"saakorn/services/platform/calendar"
	"saakorn/services/scheme"
)

// granted returns the years for which the enterprise of a lifecycle has been granted money, as they
// count: with those from before, and without those that were declined or lapsed unless the scheme
// counts them.
func granted(earlier []EarlierYear, awards []Award, rules scheme.GrantYears) []scheme.GrantedYear {
	years := make([]scheme.GrantedYear, 0, len(earlier)+len(awards))
	for _, y := range earlier {
		years = append(years, scheme.GrantedYear{Year: y.Year, Development: y.Development})
	}
	for _, a := range awards {
		if a.counts(rules) {
			years = append(years, scheme.GrantedYear{Year: a.GrantYear, Development: a.Type == scheme.NewDevelopment})
		}
	}
	return years
}

// counts tells whether the award uses one of the years that the cap allows, before it is looked at
// whether development years do.
func (a Award) counts(rules scheme.GrantYears) bool {
	switch {
	case rules.UnusedCounts || a.AcceptedAt != nil:
		return true
	case a.State == Declined || a.State == Lapsed:
		return false
	}
	// An appeal has taken away what nobody had accepted.
	return a.State != Stopped
}

// numberOf returns the n of "year n of 5" of an award, and 0 when its year does not count.
func numberOf(a Award, earlier []EarlierYear, awards []Award, rules scheme.GrantYears) int {
	if !a.counts(rules) || a.Type == scheme.NewDevelopment && !rules.DevelopmentCounts {
		return 0
	}
	return rules.Count(granted(earlier, awards, rules), a.GrantYear)
}

// Standing is how many years have been used, and how many the cap leaves.
type Standing struct {
	Used, Max, Remaining int
}

// StandingAt returns the standing of a lifecycle in the year of a date, by the newest of the rules.
func StandingAt(l Lifecycle, awards []Award, rules scheme.GrantYears, today calendar.Date) Standing {
	year := today.Year
	for _, a := range awards {
		year = max(year, a.GrantYear)
	}
	years := granted(l.Earlier, awards, rules)
	return Standing{Used: rules.Count(years, year), Max: rules.Max, Remaining: rules.Remaining(years, year)}
}

// Demand is an exit plan that the scheme asks for.
type Demand struct {
	AwardID   uuid.UUID
	GrantYear int
	// DueOn is the last date for it.
	DueOn     calendar.Date
	Submitted bool
}

// Demands returns the exit plans that are asked for, one for each accepted award from the year on in
// which the scheme begins to ask (R62).
func Demands(files []File, plans []ExitPlan) []Demand {
	has := map[int]bool{}
	for _, p := range plans {
		has[p.GrantYear] = true
	}
	var demands []Demand
	for _, f := range files {
		if f.State != Accepted || f.AcceptedAt == nil {
			continue
		}
		if due, ok := f.Rules.Awards.ExitPlanDue(f.YearNumber, *f.AcceptedAt); ok {
			demands = append(demands, Demand{AwardID: f.ID, GrantYear: f.GrantYear, DueOn: due, Submitted: has[f.GrantYear]})
		}
	}
	return demands
}
