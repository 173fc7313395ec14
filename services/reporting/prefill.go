package reporting

import (
	"slices"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/scheme"
)

// Prefill returns what a report begins with: the indicators of the library that it asks for, those that
// the application set targets for, and the lines of its budget. What was reported last time fills in
// baselines, titles and the part of the texts that is still true. No result is ever carried over: a
// number that somebody forgot to change would pass for this year's (R61).
func Prefill(r Report, rules *scheme.Definition, applied *saakornv1.ApplicationContent, previous *saakornv1.ReportContent) *saakornv1.ReportContent {
	rule := r.rule(rules)
	content := &saakornv1.ReportContent{}
	if rule.Asks(scheme.PartIndicators, r.AmountOre) {
		content.Indicators = prefillIndicators(r, rules.Reporting, applied, previous)
	}
	if rule.Asks(scheme.PartAccounts, r.AmountOre) {
		content.Costs = prefillCosts(rules, applied.GetBudget())
	}
	if rule.Asks(scheme.PartFinances, r.AmountOre) {
		content.Finances = prefillFinances(previous.GetFinances())
	}
	return content
}

func prefillIndicators(r Report, rules scheme.Reporting, applied *saakornv1.ApplicationContent, previous *saakornv1.ReportContent) []*saakornv1.ReportedIndicator {
	var list []*saakornv1.ReportedIndicator
	planned := applied.GetTheoryOfChange().GetIndicators()
	for _, rule := range rules.Indicators {
		if slices.Contains(rule.RequiredFor, r.Kind) && !slices.ContainsFunc(planned, func(i *saakornv1.Indicator) bool { return i.GetKey() == rule.Key }) {
			list = append(list, &saakornv1.ReportedIndicator{Key: rule.Key})
		}
	}
	for _, i := range planned {
		reported := &saakornv1.ReportedIndicator{Key: i.GetKey(), Title: i.GetTitle(), Unit: i.GetUnit(), Baseline: new(i.GetBaseline())}
		for _, target := range i.GetTargets() {
			if int(target.GetYear()) == r.GrantYear {
				reported.Target = new(target.GetValue())
			}
		}
		list = append(list, reported)
	}
	for _, i := range list {
		if last := indicatorOf(previous, i.GetKey()); last != nil {
			i.Evidence = last.GetEvidence()
			if i.Baseline == nil {
				i.Baseline = last.Baseline
			}
		}
	}
	return list
}

func indicatorOf(content *saakornv1.ReportContent, key string) *saakornv1.ReportedIndicator {
	for _, i := range content.GetIndicators() {
		if i.GetKey() == key {
			return i
		}
	}
	return nil
}

// prefillCosts sums the budget of the application by line.
func prefillCosts(rules *scheme.Definition, budget *saakornv1.ApplicationBudget) []*saakornv1.ReportedCost {
	var costs []*saakornv1.ReportedCost
	for _, item := range budget.GetItems() {
		if _, ok := rules.BudgetLine(item.GetLineKey()); !ok {
			continue
		}
		i := slices.IndexFunc(costs, func(c *saakornv1.ReportedCost) bool { return c.GetLineKey() == item.GetLineKey() })
		if i < 0 {
			i, costs = len(costs), append(costs, &saakornv1.ReportedCost{LineKey: item.GetLineKey()})
		}
		costs[i].BudgetOre += item.GetAmountOre()
	}
	return costs
}

// prefillFinances keeps which sources the enterprise had income from, without the amounts.
func prefillFinances(previous *saakornv1.ReportedFinances) *saakornv1.ReportedFinances {
	f := &saakornv1.ReportedFinances{}
	for _, i := range previous.GetIncome() {
		f.Income = append(f.Income, &saakornv1.SourceIncome{Source: i.GetSource()})
	}
	if len(f.GetIncome()) == 0 {
		f.Income = []*saakornv1.SourceIncome{{Source: saakornv1.IncomeSource_INCOME_SOURCE_SE_GRANT}}
	}
	return f
}
