package entrepreneur

import (
	"slices"
	"strconv"
	"strings"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// place returns the page on which a field of the content is asked for, and the input there; the input is
// empty for a field that stands for several.
func (r *report) place(field string) (step, id string) {
	field = strings.TrimPrefix(field, "content.")
	part, rest, _ := strings.Cut(field, ".")
	list, index, _ := strings.Cut(strings.TrimSuffix(part, "]"), "[")
	at, err := strconv.Atoi(index)
	if err != nil {
		at = -1
	}
	switch list {
	case "attachments":
		return stepAttachments, kindID + rest
	case "indicators":
		return r.placeIndicator(at, rest)
	case "finances":
		return r.placeFinances(rest)
	case "costs":
		return stepAccounts, r.costInput(at, rest)
	case "narrative", "received", "learning":
		if rest == "" {
			return list, ""
		}
		return list, list + "." + rest
	case "answers":
		if at >= 0 && at < len(r.content().GetAnswers()) {
			return stepQuestions, "answers." + r.content().GetAnswers()[at].GetQuestionId()
		}
		return stepQuestions, ""
	}
	return stepSummary, ""
}

func (r *report) placeIndicator(at int, rest string) (step, id string) {
	key, column := rest, "actual"
	if at >= 0 {
		if at >= len(r.content().GetIndicators()) {
			return stepResults, ""
		}
		key, column = r.content().GetIndicators()[at].GetKey(), rest
	}
	if key == "" {
		return stepResults, ""
	}
	if column == "" || column == "key" {
		column = "actual"
	}
	if r.measuresOutcome(key) {
		return stepResults, "indicators." + key + "." + column
	}
	return stepParticipants, "indicators." + key + "." + column
}

func (r *report) placeFinances(rest string) (step, id string) {
	source, isSource := strings.CutPrefix(rest, "income[")
	switch {
	case isSource:
		index, _, _ := strings.Cut(source, "]")
		if at, err := strconv.Atoi(index); err == nil && at < len(r.content().GetFinances().GetIncome()) {
			return stepIncome, "income." + r.content().GetFinances().GetIncome()[at].GetSource().String()
		}
		return stepIncome, "income"
	case rest == "" || rest == "income":
		return stepIncome, "income"
	}
	return stepBalance, "finances." + rest
}

func (r *report) costInput(at int, rest string) string {
	if at >= 0 && at < len(r.content().GetCosts()) {
		if rest == "line_key" {
			rest = "actual_ore"
		}
		return "costs." + r.content().GetCosts()[at].GetLineKey() + "." + rest
	}
	return "costs"
}

func (r *report) input(step, field string) (id string, ok bool) {
	at, id := r.place(field)
	return id, at == step
}

func (r *report) label(p ui.Page, step, id string) string {
	list, rest, _ := strings.Cut(id, ".")
	key, column, _ := strings.Cut(rest, ".")
	switch {
	case step == stepAttachments:
		for _, kind := range r.kinds() {
			if kindID+kind.GetKey() == id {
				return site.In(p.Language, kind.GetTitle())
			}
		}
	case list == "indicators":
		return r.indicatorTitle(p, key) + labelled(p, "report.indicator.", column, "actual")
	case list == "income" && rest != "":
		return p.T("income." + rest)
	case list == "costs" && key != "":
		return r.lineTitle(p, key) + labelled(p, "report.cost.", column, "actual_ore")
	case list == "answers":
		for _, q := range r.questions() {
			if q.GetId() == rest {
				return q.GetText()
			}
		}
	case list == "finances" || list == "narrative" || list == "received" || list == "learning":
		return p.Or("report."+id, "report.step."+step)
	}
	return ""
}

// labelled adds the name of a column to that of its row, unless it is the usual one.
func labelled(p ui.Page, prefix, column, usual string) string {
	if column == usual {
		return ""
	}
	return ", " + strings.ToLower(p.Or(prefix+column, prefix+usual))
}

// indicatorRule returns the entry of the library; nil for an indicator of the enterprise's own.
func (r *report) indicatorRule(key string) *saakornv1.IndicatorRule {
	for _, rule := range r.scheme.GetReporting().GetIndicators() {
		if rule.GetKey() == key {
			return rule
		}
	}
	return nil
}

// measuresOutcome tells whether an indicator measures what came of the work. What the enterprise has set
// itself as a target does.
func (r *report) measuresOutcome(key string) bool {
	rule := r.indicatorRule(key)
	return rule == nil || rule.GetOutcome()
}

// indicatorRow is an indicator as a page shows it.
type indicatorRow struct {
	key  string
	rule *saakornv1.IndicatorRule
	// saved is what the report holds of it; never nil.
	saved *saakornv1.ReportedIndicator
	// sum is set when it is added up from others on the page.
	sum []string
}

// indicatorRows returns the indicators of the page: those that the report began with or holds, and then
// those of the library that may be reported as well.
func (r *report) indicatorRows(step string) (asked, more []indicatorRow) {
	held := map[string]bool{}
	for _, i := range r.content().GetIndicators() {
		held[i.GetKey()] = true
		if r.measuresOutcome(i.GetKey()) == (step == stepResults) {
			asked = append(asked, indicatorRow{key: i.GetKey(), rule: r.indicatorRule(i.GetKey()), saved: i})
		}
	}
	for _, rule := range r.scheme.GetReporting().GetIndicators() {
		if held[rule.GetKey()] || rule.GetOutcome() != (step == stepResults) {
			continue
		}
		row := indicatorRow{key: rule.GetKey(), rule: rule, saved: &saakornv1.ReportedIndicator{Key: rule.GetKey()}}
		if slices.Contains(rule.GetRequiredFor(), r.rule.GetKind()) {
			asked = append(asked, row)
		} else {
			more = append(more, row)
		}
	}
	for i := range asked {
		asked[i].sum = sumOfShown(asked[i].rule, asked)
	}
	return asked, more
}

// sumOfShown returns what the indicator is the sum of, when the page asks for all of it: nobody types
// what can be added up.
func sumOfShown(rule *saakornv1.IndicatorRule, shown []indicatorRow) []string {
	for _, part := range rule.GetSumOf() {
		if !slices.ContainsFunc(shown, func(row indicatorRow) bool { return row.key == part }) {
			return nil
		}
	}
	return rule.GetSumOf()
}

func (r *report) indicatorTitle(p ui.Page, key string) string {
	if rule := r.indicatorRule(key); rule != nil {
		return site.In(p.Language, rule.GetTitle())
	}
	for _, i := range r.content().GetIndicators() {
		if i.GetKey() == key {
			return i.GetTitle()
		}
	}
	return key
}

func (r *report) lineTitle(p ui.Page, key string) string {
	for _, line := range r.scheme.GetBudgetLines() {
		if line.GetKey() == key {
			return site.In(p.Language, line.GetTitle())
		}
	}
	return key
}

// needsStatement tells whether an award of this size needs an auditor's statement with the report.
func (r *report) needsStatement() bool {
	rules := r.scheme.GetReporting()
	return r.final() && rules.StatementThresholdOre != nil && r.report.GetAmountOre() >= rules.GetStatementThresholdOre()
}

// balanceFields are the amounts besides the income, in the order in which the page asks for them. A short
// status needs the first ones only.
func (r *report) balanceFields() []string {
	fields := []string{"operating_cost_ore", "bank_ore"}
	if r.final() {
		fields = append(fields, "largest_payer_ore", "own_funds_ore", "current_assets_ore", "current_liabilities_ore", "total_assets_ore", "equity_ore")
	}
	return fields
}
