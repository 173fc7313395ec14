package entrepreneur

import (
	"slices"
	"strings"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/ui"
)

// indicators returns the indicators that the page asks for.
func (f *reportForm) indicators() []indicatorRow {
	asked, _ := f.report.indicatorRows(f.step)
	return asked
}

// moreIndicators returns those of the library that the report does not ask for, and that may be reported.
func (f *reportForm) moreIndicators() []indicatorRow {
	_, more := f.report.indicatorRows(f.step)
	return more
}

// opened tells whether something stands in one of the rows.
func (f *reportForm) opened(rows []indicatorRow) bool {
	return slices.ContainsFunc(rows, func(row indicatorRow) bool {
		for name, value := range f.values {
			if value != "" && strings.HasPrefix(name, "indicators."+row.key+".") {
				return true
			}
		}
		return false
	})
}

// known are the numbers that the report begins with: the target, what was reported last, and how it was
// before the grant.
func (f *reportForm) known(p ui.Page, row indicatorRow) []ui.Fact {
	facts := []ui.Fact{{Name: p.T("report.target_of", "year", itoa(int(f.report.report.GetGrantYear()))), Value: optionalNumber(p.Printer, row.saved.Target)}}
	if f.earlier != nil {
		facts = append(facts, ui.Fact{Name: f.lastName(p), Value: f.last(p, row.key)})
	}
	if row.rule == nil {
		facts = append(facts, ui.Fact{Name: p.T("report.indicator.baseline"), Value: optionalNumber(p.Printer, row.saved.Baseline)})
	}
	return facts
}

func (f *reportForm) actualField(p ui.Page, row indicatorRow) ui.Field {
	field := f.numberField("indicators."+row.key+".actual", p.T("report.indicator.actual"))
	field.Data = map[string]string{"data-sum": "n-" + row.key}
	if row.rule.GetPersons() {
		field.Unit = p.T("report.persons")
	}
	if row.rule == nil {
		field.Unit = row.saved.GetUnit()
	}
	return field
}

// optionalField is an input for what is seldom needed of an indicator.
func (f *reportForm) optionalField(p ui.Page, key, column string, rows int) ui.Field {
	field := f.textField("indicators."+key+"."+column, p.T("report.indicator."+column), rows)
	field.Optional = true
	if rows == 0 {
		field.Numeric = true
	}
	if strings.HasSuffix(column, "_percent") {
		field.Unit = "%"
	}
	return field
}

func (f *reportForm) answerField(p ui.Page, q *saakornv1.ReportQuestion) ui.Field {
	field := f.textField("answers."+q.GetId(), q.GetText(), 4)
	field.Help, field.Optional, field.MaxLength = p.T("report.answer_help"), true, 5000
	return field
}

// withLast adds what was reported last below the label.
func (f *reportForm) withLast(p ui.Page, field ui.Field, last string) ui.Field {
	if last != "" {
		field.Help = join(" ", field.Help, p.T("report.last_was", "when", f.lastName(p), "what", last))
	}
	return field
}

func (f *reportForm) balanceField(p ui.Page, name string) ui.Field {
	field := f.amountField("finances."+name, p.T("report.finances."+name), name)
	field.Unit, field.Help = p.T("field.kroner"), balanceHelp(p, name)
	field.Optional = name == "own_funds_ore"
	return f.withLast(p, field, suffixed(f.lastBalance(p, name), " "+p.T("field.kroner")))
}

// balanceHelp explains the amounts whose names do not say enough.
func balanceHelp(p ui.Page, name string) string {
	switch name {
	case "operating_cost_ore", "bank_ore", "largest_payer_ore", "equity_ore", "current_assets_ore":
		return p.T("report.finances_help." + name)
	default:
		return ""
	}
}

func suffixed(s, suffix string) string {
	if s == "" {
		return ""
	}
	return s + suffix
}

// lastBalance returns an amount as it was reported last; empty when it was not.
func (f *reportForm) lastBalance(p ui.Page, name string) string {
	if f.earlier == nil {
		return ""
	}
	v := values{}
	v.showBalance(p.Printer, f.earlier.GetContent().GetFinances(), []string{name})
	return v["finances."+name]
}

func (f *reportForm) monthsField(p ui.Page) ui.Field {
	field := f.numberField("finances.months", p.T("report.finances.months"))
	field.Help = p.T("report.finances_help.months")
	return field
}

func (f *reportForm) commentField(p ui.Page, line string) ui.Field {
	field := f.textField("costs."+line+".comment", p.T("report.cost.comment")+": "+f.report.lineTitle(p, line), 2)
	field.Hidden = true
	return field
}

func (f *reportForm) receivedField(p ui.Page) ui.Field {
	field := f.numberField("received.amount_ore", p.T("report.received.amount_ore"))
	field.Unit = p.T("field.kroner")
	field.Help = p.T("report.received_help", "amount", p.Kroner(f.report.report.GetAmountOre()), "paid", p.Kroner(f.paidOre))
	return field
}

func (f *reportForm) longText(p ui.Page, name string) ui.Field {
	field := f.textField(name, p.T("report."+name), 5)
	field.MaxLength = 10_000
	switch name {
	case "narrative.did_not_work":
		field.Help = p.T("report.help.narrative.did_not_work")
	case "narrative.help_wanted":
		field.Help, field.Optional, field.MaxLength = p.T("report.help.narrative.help_wanted"), true, 5000
	case "learning.can_be_copied":
		field.Optional = true
	}
	return field
}

func (f *reportForm) budget() int64 {
	budget, _ := f.costSums()
	return budget
}

func (f *reportForm) spent() int64 {
	_, spent := f.costSums()
	return spent
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}
