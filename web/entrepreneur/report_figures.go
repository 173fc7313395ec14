package entrepreneur

import (
	"slices"
	"strings"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/chart"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// figures are what follows from what is written on a page, beside what was reported last.
type figures struct {
	// step is the page that they belong to.
	step        string
	now, before *saakornv1.GetReportFiguresResponse
}

// loadFigures loads the figures that belong to the page; nil when none do.
func loadFigures(v *site.Visit, r *report, step string, earlier *saakornv1.Report) (*figures, error) {
	if len(rateKeys(step)) == 0 && step != stepIncome && step != stepBalance {
		return nil, nil
	}
	f := &figures{step: step}
	var err error
	f.now, err = v.API.Reports.GetReportFigures(v.Context(), &saakornv1.GetReportFiguresRequest{ReportId: r.report.GetId(), WorkingCopy: true})
	if err != nil || earlier == nil {
		return f, err
	}
	f.before, err = v.API.Reports.GetReportFigures(v.Context(), &saakornv1.GetReportFiguresRequest{ReportId: earlier.GetId()})
	return f, err
}

// showFigures shows the figures of a page by themselves, for the page to take in when it has saved.
func showFigures(v *site.Visit) error {
	r, err := loadReport(v)
	if err != nil {
		return err
	}
	earlier, err := r.earlier(v)
	if err != nil {
		return err
	}
	f, err := loadFigures(v, r, v.Request.PathValue("step"), earlier)
	if err != nil {
		return err
	}
	if f == nil {
		return notFound()
	}
	return v.Show(figuresPart(v.Page, r, f))
}

// figureRow is one figure, now and as it was reported last; empty where it is not known.
type figureRow struct{ name, now, before string }

// rateKeys returns the shares of persons that belong to a page.
func rateKeys(step string) []string {
	switch step {
	case stepParticipants:
		return []string{"dropout_rate", "hardest_share", "nav_referral_share"}
	case stepResults:
		return []string{"placement_rate", "ordinary_share", "permanent_share", "fulltime_share", "retained_6m", "retained_12m"}
	default:
		return nil
	}
}

// rows returns the figures that are known now or were known before.
func (f *figures) rows(p ui.Page) []figureRow {
	var all []figureRow
	for _, key := range rateKeys(f.step) {
		all = append(all, figureRow{p.T("report.rate." + key), rateText(p, f.now, key), rateText(p, f.before, key)})
	}
	now, before := moneyTexts(p, f.step, f.now.GetFinances()), moneyTexts(p, f.step, f.before.GetFinances())
	for i := range now {
		all = append(all, figureRow{now[i].Name, now[i].Value, before[i].Value})
	}
	return slices.DeleteFunc(all, func(r figureRow) bool { return r.now == "" && r.before == "" })
}

// rateText writes a share of persons, or why there is none.
func rateText(p ui.Page, answer *saakornv1.GetReportFiguresResponse, key string) string {
	for _, rate := range answer.GetRates() {
		switch {
		case rate.GetKey() != key:
		case rate.BasisPoints != nil:
			return p.T("report.rate_of", "rate", p.Percent(rate.BasisPoints), "n", p.Number(rate.GetN()))
		case rate.GetMissing() != "NOT_REPORTED":
			return p.T("report.missing." + rate.GetMissing())
		}
	}
	return ""
}

// moneyTexts words the figures of the finances that belong to a page, always the same ones.
func moneyTexts(p ui.Page, step string, f *saakornv1.FinancialFigures) []ui.Fact {
	if f == nil {
		f = &saakornv1.FinancialFigures{}
	}
	text := func(key, value string) ui.Fact { return ui.Fact{Name: p.T("report.figure." + key), Value: value} }
	switch step {
	case stepIncome:
		return []ui.Fact{
			text("earned_share", p.Percent(f.EarnedShareBp)), text("grant_dependence", p.Percent(f.GrantDependenceBp)),
			text("public_dependence", p.Percent(f.PublicDependenceBp)),
		}
	case stepBalance:
		return []ui.Fact{
			text("operating_margin", p.Percent(f.OperatingMarginBp)), text("cash_months", runwayText(p, f)),
			text("concentration", p.Percent(f.ConcentrationBp)), text("own_contribution", p.Percent(f.OwnContributionBp)),
			text("liquidity", p.Percent(f.LiquidityRatioBp)), text("equity", p.Percent(f.EquityRatioBp)),
		}
	}
	return nil
}

func runwayText(p ui.Page, f *saakornv1.FinancialFigures) string {
	switch {
	case f.GetIncomeCovers():
		return p.T("report.income_covers")
	case f.CashMonthsTenths == nil:
		return ""
	}
	return p.T("report.months", "n", p.Tenths(int64(f.GetCashMonthsTenths())))
}

// trend is how both bottom lines have developed over the years of the relation.
type trend struct {
	years []trendYear
	// social is the indicator that the chart of results shows.
	social string
}

type trendYear struct {
	year    int32
	figures *saakornv1.FinancialFigures
	content *saakornv1.ReportContent
	// draft tells that the year is that of a report that is still being written.
	draft bool
}

// loadTrend gathers the approved final reports, and this one when it is a final report and not among them.
func loadTrend(v *site.Visit, r *report) (*trend, error) {
	t := &trend{social: headline(r.scheme)}
	answer, err := v.API.Reports.ListLifecycleFigures(v.Context(), &saakornv1.ListLifecycleFiguresRequest{LifecycleId: r.report.GetLifecycleId()})
	if err != nil {
		return nil, err
	}
	here := false
	for _, y := range answer.GetYears() {
		got, err := v.API.Reports.GetReport(v.Context(), &saakornv1.GetReportRequest{ReportId: y.GetReportId()})
		if err != nil {
			return nil, err
		}
		here = here || y.GetReportId() == r.report.GetId()
		t.years = append(t.years, trendYear{year: y.GetGrantYear(), figures: y.GetFigures(), content: got.GetReport().GetContent()})
	}
	if here || !r.final() {
		return t, nil
	}
	now, err := v.API.Reports.GetReportFigures(v.Context(), &saakornv1.GetReportFiguresRequest{ReportId: r.report.GetId(), WorkingCopy: true})
	if err != nil {
		return nil, err
	}
	if now.GetFinances().GetRevenueOre() > 0 || len(t.years) > 0 {
		t.years = append(t.years, trendYear{year: r.report.GetGrantYear(), figures: now.GetFinances(), content: r.content(), draft: true})
	}
	return t, nil
}

// headline returns the indicator that says most of what came of the work: the first one that is added up
// from others.
func headline(scheme *saakornv1.Scheme) string {
	for _, i := range scheme.GetReporting().GetIndicators() {
		if i.GetOutcome() && len(i.GetSumOf()) > 0 {
			return i.GetKey()
		}
	}
	return ""
}

func (y trendYear) label(p ui.Page) string {
	if y.draft {
		return p.T("report.trend_draft", "year", itoa(int(y.year)))
	}
	return itoa(int(y.year))
}

func (y trendYear) indicator(key string) *saakornv1.ReportedIndicator {
	for _, i := range y.content.GetIndicators() {
		if i.GetKey() == key {
			return i
		}
	}
	return nil
}

// money charts which part of the income is earned, and which is this grant.
func (t *trend) money(p ui.Page) chart.Chart {
	c := chart.Chart{Title: p.T("report.trend_money"), Legend: []string{p.T("report.figure.earned_share"), p.T("report.figure.grant_dependence")}, Whole: 10_000}
	for _, y := range t.years {
		if y.figures.EarnedShareBp == nil {
			continue
		}
		c.Bars = append(c.Bars, chart.Bar{
			Label: y.label(p), Parts: []int64{int64(y.figures.GetEarnedShareBp()), int64(y.figures.GetGrantDependenceBp())},
			Text: p.T("report.trend_shares", "earned", p.Percent(y.figures.EarnedShareBp), "grant", p.Percent(y.figures.GrantDependenceBp)),
		})
	}
	return c
}

// results charts how many came into work.
func (t *trend) results(p ui.Page, r *report) chart.Chart {
	c := chart.Chart{Title: r.indicatorTitle(p, t.social)}
	for _, y := range t.years {
		i := y.indicator(t.social)
		if i == nil || i.Actual == nil {
			continue
		}
		text := p.Number(i.GetActual())
		if i.Target != nil {
			text = p.T("report.trend_target", "n", text, "target", p.Number(i.GetTarget()))
		}
		c.Bars = append(c.Bars, chart.Bar{Label: y.label(p), Parts: []int64{i.GetActual()}, Text: text})
	}
	return c
}

// trendRow is one line of the table of the trend, with a text for each year.
type trendRow struct {
	name  string
	years []string
}

// table returns both bottom lines in figures.
func (t *trend) table(p ui.Page, r *report) []trendRow {
	var rows []trendRow
	add := func(name string, of func(trendYear) string) {
		row := trendRow{name: name}
		for _, y := range t.years {
			row.years = append(row.years, of(y))
		}
		if strings.Join(row.years, "") != "" {
			rows = append(rows, row)
		}
	}
	for _, key := range t.indicators(r) {
		add(r.indicatorTitle(p, key), func(y trendYear) string {
			i := y.indicator(key)
			if i == nil {
				return ""
			}
			return optionalNumber(p.Printer, i.Actual)
		})
	}
	for _, step := range []string{stepIncome, stepBalance} {
		for n, fact := range moneyTexts(p, step, nil) {
			add(fact.Name, func(y trendYear) string { return moneyTexts(p, step, y.figures)[n].Value })
		}
	}
	return rows
}

// indicators returns the indicators that some year has a number for, in the order of the library.
func (t *trend) indicators(r *report) []string {
	var keys []string
	for _, rule := range r.scheme.GetReporting().GetIndicators() {
		keys = append(keys, rule.GetKey())
	}
	for _, y := range t.years {
		for _, i := range y.content.GetIndicators() {
			if !slices.Contains(keys, i.GetKey()) {
				keys = append(keys, i.GetKey())
			}
		}
	}
	return keys
}
