package caseworker

import (
	"strconv"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/ui"
)

// helped adds a help text below the field's label.
func helped(f ui.Field, help string) ui.Field {
	f.Help = help
	return f
}

func versionText(r *reading) string {
	if r.GetReport().GetVersion() == 0 {
		return ""
	}
	return strconv.Itoa(int(r.GetReport().GetVersion()))
}

func holdsText(r *reading) string {
	if r.GetReport().GetHoldsPayment() {
		return r.T("review.holds_yes")
	}
	return r.T("review.holds_no")
}

func personDay(r *reading, id, day string) string {
	if day == "" {
		return ""
	}
	return r.people.name(id) + ", " + day
}

func acceptedText(r *reading) string {
	if r.GetReport().AcceptedCostOre == nil {
		return ""
	}
	return r.Kroner(r.GetReport().GetAcceptedCostOre())
}

// acceptedTyped is what the field for accepted costs begins with: what the project cost.
func acceptedTyped(r *reading) string {
	if r.GetReport().AcceptedCostOre != nil {
		return r.Amount(r.GetReport().GetAcceptedCostOre())
	}
	_, actual := r.costs()
	return r.Amount(min(actual, r.GetReport().GetAmountOre()))
}

func resultBefore(r *reading, key string) string {
	if r.before == nil {
		return "–"
	}
	return count(r.Page, r.before.result(key))
}

func evidenceText(r *reading, i *saakornv1.ReportedIndicator) string {
	if i.GetEvidence() == saakornv1.EvidenceLevel_EVIDENCE_LEVEL_UNSPECIFIED {
		return "–"
	}
	return r.T("evidence." + i.GetEvidence().String())
}

// points writes a difference between two shares in percentage points.
func points(p ui.Page, bp *int32) string {
	if bp == nil {
		return ""
	}
	const point = 100
	return p.T("review.points", "n", decimal(p, int64(*bp), point))
}

func accountsTone(o saakornv1.AccountsOutcome) ui.Tone {
	switch o {
	case saakornv1.AccountsOutcome_ACCOUNTS_OUTCOME_AGREES:
		return ui.Success
	case saakornv1.AccountsOutcome_ACCOUNTS_OUTCOME_DIFFERS:
		return ui.Warning
	default:
		return ui.Neutral
	}
}

// narrative is what the enterprise tells in words.
func narrative(r *reading) []ui.Fact {
	n, l := r.shown.GetContent().GetNarrative(), r.shown.GetContent().GetLearning()
	return []ui.Fact{
		{Name: r.T("review.summary"), Value: n.GetSummary()},
		{Name: r.T("review.worked"), Value: n.GetWorked()},
		{Name: r.T("review.did_not_work"), Value: n.GetDidNotWork()},
		{Name: r.T("review.help_wanted"), Value: n.GetHelpWanted()},
		{Name: r.T("review.differently"), Value: l.GetWouldDoDifferently()},
		{Name: r.T("review.copied"), Value: l.GetCanBeCopied()},
	}
}

// unreportedKey says that there is no rate because its numbers were not reported.
const unreportedKey = "NOT_REPORTED"

// worked are the rates that could be worked out, and those that are hidden or rest on too few.
func (r *reading) worked() []*saakornv1.Rate {
	var rates []*saakornv1.Rate
	for _, x := range r.figures.GetRates() {
		if x.GetMissing() != unreportedKey {
			rates = append(rates, x)
		}
	}
	return rates
}

// unreported names the rates whose numbers were not reported.
func (r *reading) unreported() []string {
	var names []string
	for _, x := range r.figures.GetRates() {
		if x.GetMissing() == unreportedKey {
			names = append(names, r.Or("rate."+x.GetKey(), "rate.other"))
		}
	}
	return names
}
