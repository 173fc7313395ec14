package entrepreneur

import (
	"slices"
	"strings"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/ui"
)

// sections returns everything that the report says, page by page.
func (r *report) sections(p ui.Page) []summarySection {
	var all []summarySection
	if facts := r.questionFacts(p); len(facts) > 0 {
		section := summarySection{title: r.stepTitle(p, stepQuestions), answers: facts}
		if r.state().open && len(r.questions()) > 0 {
			section.edit = stepPath(r, stepQuestions)
		}
		all = append(all, section)
	}
	for _, step := range r.stepKeys() {
		switch step {
		case stepQuestions, stepSummary:
		case stepAttachments:
			all = append(all, documentSection(p, r, kindsOf(r.kinds()), documentsOf(r.report.GetAttachments())))
		default:
			section := summarySection{title: r.stepTitle(p, step), answers: r.facts(p, step)}
			if r.state().open {
				section.edit = stepPath(r, step)
			}
			all = append(all, section)
		}
	}
	return all
}

// facts returns the answers of a page.
func (r *report) facts(p ui.Page, step string) []ui.Fact {
	c := r.content()
	var facts []ui.Fact
	add := func(name, value string) { facts = append(facts, ui.Fact{Name: name, Value: value}) }
	switch step {
	case stepParticipants, stepResults:
		for _, i := range c.GetIndicators() {
			if r.measuresOutcome(i.GetKey()) == (step == stepResults) {
				add(r.indicatorTitle(p, i.GetKey()), r.indicatorText(p, i))
			}
		}
	case stepIncome:
		var sum int64
		for _, i := range c.GetFinances().GetIncome() {
			sum += i.GetAmountOre()
			if i.GetAmountOre() > 0 {
				add(p.T("income."+i.GetSource().String()), p.Kroner(i.GetAmountOre()))
			}
		}
		add(p.T("income.sum"), p.Kroner(sum))
	case stepBalance:
		facts = r.balanceFacts(p)
	case stepAccounts:
		facts = r.costFacts(p)
	case stepReceived:
		add(p.T("report.received.amount_ore"), kroner(p, r.received().AmountOre))
		add(p.T("report.received.confirmed_short"), yesNoText(p, c.GetReceived().GetConfirmed()))
	default:
		values := r.shown(p.Printer, step)
		for _, name := range r.textFields(step) {
			add(p.T("report."+step+"."+name), values[step+"."+name])
		}
	}
	return facts
}

// questionFacts returns the questions that are asked now, and those of earlier versions that have been answered
// in words.
func (r *report) questionFacts(p ui.Page) []ui.Fact {
	answers := r.shown(p.Printer, stepQuestions)
	var facts []ui.Fact
	for _, review := range r.got.GetReviews() {
		for _, q := range review.GetAsked() {
			answer := answers["answers."+q.GetId()]
			if answer != "" || slices.Contains(r.questions(), q) {
				facts = append(facts, ui.Fact{Name: q.GetText(), Value: answer})
			}
		}
	}
	return facts
}

// kroner writes an amount that may be missing.
func kroner(p ui.Page, ore *int64) string {
	if ore == nil {
		return ""
	}
	return p.Kroner(*ore)
}

// indicatorText words a number with what is needed to understand it.
func (r *report) indicatorText(p ui.Page, i *saakornv1.ReportedIndicator) string {
	if i.Actual == nil {
		if r.report.GetSuppressed() {
			return p.T("report.hidden")
		}
		return ""
	}
	unit := i.GetUnit()
	if r.indicatorRule(i.GetKey()).GetPersons() {
		unit = p.T("report.persons")
	}
	line := []string{join(" ", p.Number(i.GetActual()), unit)}
	if i.Target != nil {
		line = append(line, p.T("report.target", "n", p.Number(i.GetTarget())))
	}
	if i.Baseline != nil {
		line = append(line, p.T("report.baseline", "n", p.Number(i.GetBaseline())))
	}
	if i.N != nil {
		line = append(line, p.T("report.rests_on", "n", p.Number(i.GetN())))
	}
	if i.GetEvidence() != 0 {
		line = append(line, p.T("evidence."+i.GetEvidence().String()))
	}
	if i.DeadweightPercent != nil {
		line = append(line, p.T("report.deadweight", "n", itoa(int(i.GetDeadweightPercent()))))
	}
	if i.OthersPercent != nil {
		line = append(line, p.T("report.others_did", "n", itoa(int(i.GetOthersPercent()))))
	}
	if i.GetComment() != "" {
		line = append(line, i.GetComment())
	}
	return strings.Join(line, "\n")
}

func (r *report) balanceFacts(p ui.Page) []ui.Fact {
	f := r.content().GetFinances()
	values := r.shown(p.Printer, stepBalance)
	facts := []ui.Fact{{Name: p.T("report.finances.months"), Value: values["finances.months"]}}
	for _, name := range r.balanceFields() {
		value := values["finances."+name]
		if value != "" {
			value += " " + p.T("field.kroner")
		}
		facts = append(facts, ui.Fact{Name: p.T("report.finances." + name), Value: value})
	}
	if r.final() {
		facts = append(facts, ui.Fact{Name: p.T("report.finances.audited"), Value: yesNoText(p, f.GetAudited())})
	}
	return facts
}

func (r *report) costFacts(p ui.Page) []ui.Fact {
	var facts []ui.Fact
	var budget, actual int64
	for _, cost := range r.content().GetCosts() {
		budget, actual = budget+cost.GetBudgetOre(), actual+cost.GetActualOre()
		value := ""
		if cost.ActualOre != nil {
			value = join("\n", p.T("report.cost_of", "actual", p.Kroner(cost.GetActualOre()), "budget", p.Kroner(cost.GetBudgetOre())), cost.GetComment())
		}
		facts = append(facts, ui.Fact{Name: r.lineTitle(p, cost.GetLineKey()), Value: value})
	}
	return append(facts, ui.Fact{Name: p.T("budget.costs_sum"), Value: p.T("report.cost_of", "actual", p.Kroner(actual), "budget", p.Kroner(budget))})
}

// costSums returns what the budget lines were to cost, and what stands in the inputs.
func (f *reportForm) costSums() (budget, actual int64) {
	for _, cost := range f.report.content().GetCosts() {
		budget += cost.GetBudgetOre()
		actual += f.ore("costs." + cost.GetLineKey() + ".actual_ore")
	}
	return budget, actual
}

func (f *reportForm) incomeSum() (sum int64) {
	for _, source := range incomeSources() {
		sum += f.ore("income." + source.String())
	}
	return sum
}

// before returns what the source brought last time, and zero when nothing is known.
func (f *reportForm) before(source saakornv1.IncomeSource) int64 {
	for _, i := range f.earlier.GetContent().GetFinances().GetIncome() {
		if i.GetSource() == source {
			return i.GetAmountOre()
		}
	}
	return 0
}

func (f *reportForm) beforeSum() (sum int64) {
	for _, source := range incomeSources() {
		sum += f.before(source)
	}
	return sum
}

// last returns what was reported on the indicator last time; empty when nothing was.
func (f *reportForm) last(p ui.Page, key string) string {
	i := slices.IndexFunc(f.earlier.GetContent().GetIndicators(), func(i *saakornv1.ReportedIndicator) bool { return i.GetKey() == key })
	if i < 0 {
		return ""
	}
	return optionalNumber(p.Printer, f.earlier.GetContent().GetIndicators()[i].Actual)
}

// lastName says when the earlier report was: the year before, or the one before this in the same year.
func (f *reportForm) lastName(p ui.Page) string {
	if f.earlier.GetGrantYear() == f.report.report.GetGrantYear() {
		return p.T("report.last_time")
	}
	return itoa(int(f.earlier.GetGrantYear()))
}

// lastText returns what was written in a text last time; empty when nothing was.
func (f *reportForm) lastText(p ui.Page, name string) string {
	if f.earlier == nil {
		return ""
	}
	before := &report{report: f.earlier, rule: f.report.rule, scheme: f.report.scheme, got: f.report.got}
	return before.shown(p.Printer, f.step)[name]
}

// folded tells whether what is seldom needed of an indicator can stay folded up: nothing is written there.
func (f *reportForm) folded(key string) bool {
	for _, column := range []string{"n", "deadweight_percent", "others_percent", "comment"} {
		if name := "indicators." + key + "." + column; f.values[name] != "" || f.errors.For(name) != "" || f.theirs[name] != "" {
			return false
		}
	}
	return true
}

// sumNames returns the names of the sums that the parts of an indicator are added up in.
func sumNames(parts []string) string {
	names := make([]string, 0, len(parts))
	for _, part := range parts {
		names = append(names, "n-"+part)
	}
	return strings.Join(names, " ")
}

// partsSum adds up what stands in the inputs of the parts.
func (f *reportForm) partsSum(parts []string) (sum int64) {
	for _, part := range parts {
		sum += f.ore("indicators."+part+".actual") / 100
	}
	return sum
}
