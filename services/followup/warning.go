package followup

import (
	"fmt"
	"strconv"

	"saakorn/services/platform/calendar"
	"saakorn/services/scheme"
)

// Basis points of one percentage point, and tenths of one month.
const (
	pointBasis     = 100
	tenthsPerMonth = 10
)

// Position is what the newest delivered report says of an enterprise.
type Position struct {
	// Basis names the report and its version.
	Basis            string
	CashMonthsTenths *int32
	// CreamingBp and IntakeGapBp are as in the report's figures; nil when they cannot be worked out.
	CreamingBp, IntakeGapBp *int32
}

// EarnedYear is the earned share of one approved final report, in basis points.
type EarnedYear struct {
	Basis     string
	GrantYear int
	ShareBp   *int32
}

// Overdue is a report that has not come.
type Overdue struct {
	Basis string
	DueOn calendar.Date
}

// WarningFacts are what warnings follow from.
type WarningFacts struct {
	Latest *Position
	// Earned are the final reports by year, oldest first.
	Earned  []EarnedYear
	Missing []Overdue
	// Contacts is how many contacts the enterprise has named, GrantYear the year of its newest award.
	Contacts  int
	GrantYear int
}

// Warning is a reason to talk.
type Warning struct {
	Kind  SignalKind
	Basis string
	// Facts are the figures that it rests on, by name. Of numbers of persons it says only which limit was passed:
	// a small number could be worked out from more.
	Facts map[string]string
}

// Warnings returns every reason to talk that the facts give.
func Warnings(f WarningFacts, rules scheme.WarningRules) []Warning {
	warnings := positionWarnings(f.Latest, rules)
	if n := len(f.Earned); n > 1 {
		before, now := f.Earned[n-2], f.Earned[n-1]
		if before.ShareBp != nil && now.ShareBp != nil && *before.ShareBp-*now.ShareBp >= int32(rules.EarnedFallPoints*pointBasis) {
			warnings = append(warnings, Warning{EarnedShareFalls, now.Basis, map[string]string{
				"before_bp": number(*before.ShareBp), "now_bp": number(*now.ShareBp), "year_before": strconv.Itoa(before.GrantYear),
			}})
		}
	}
	for _, m := range f.Missing {
		warnings = append(warnings, Warning{ReportMissing, m.Basis, map[string]string{"due_on": m.DueOn.String()}})
	}
	if f.Contacts < rules.SmallestContacts {
		warnings = append(warnings, Warning{KeyPerson, fmt.Sprintf("contacts/%d", f.GrantYear), map[string]string{"contacts": strconv.Itoa(f.Contacts)}})
	}
	return warnings
}

func positionWarnings(p *Position, rules scheme.WarningRules) []Warning {
	if p == nil {
		return nil
	}
	var warnings []Warning
	if p.CashMonthsTenths != nil && *p.CashMonthsTenths < int32(rules.RunwayMonths*tenthsPerMonth) {
		warnings = append(warnings, Warning{RunwayShort, p.Basis, map[string]string{"cash_months_tenths": number(*p.CashMonthsTenths)}})
	}
	if p.CreamingBp != nil && *p.CreamingBp < int32(rules.CreamingPercent*pointBasis) {
		warnings = append(warnings, Warning{Creaming, p.Basis, map[string]string{"below_percent": strconv.Itoa(rules.CreamingPercent)}})
	}
	if p.IntakeGapBp != nil && *p.IntakeGapBp < int32(-rules.IntakeGapPoints*pointBasis) {
		warnings = append(warnings, Warning{IntakeGap, p.Basis, map[string]string{"more_than_points": strconv.Itoa(rules.IntakeGapPoints)}})
	}
	return warnings
}

func number(n int32) string { return strconv.Itoa(int(n)) }
