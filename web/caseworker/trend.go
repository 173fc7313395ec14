package caseworker

import (
	"slices"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/chart"
	"saakorn/web/site"
)

// Keys of the results that stand for the social bottom line over the years.
const (
	keyReached    = "reached"
	keyPlacements = "job_placements"
)

// trendYear is both bottom lines of one grant year.
type trendYear struct {
	year    int32
	figures *saakornv1.FinancialFigures
	// content is what the report says; nil when it says nothing.
	content *saakornv1.ReportContent
	// draft says that the report has not been approved.
	draft bool
}

// trend is both bottom lines of a lifecycle by year, the oldest first.
type trend []trendYear

// readTrend reads the approved final reports of the lifecycle. A report that is being read is added to them, with
// its figures, when it has been submitted.
func readTrend(v *site.Visit, lifecycleID string, read *saakornv1.Report, figures *saakornv1.FinancialFigures) (trend, error) {
	answer, err := v.API.Reports.ListLifecycleFigures(v.Context(), &saakornv1.ListLifecycleFiguresRequest{LifecycleId: lifecycleID})
	if err != nil {
		return nil, err
	}
	var t trend
	for _, y := range answer.GetYears() {
		report, err := v.API.Reports.GetReport(v.Context(), &saakornv1.GetReportRequest{ReportId: y.GetReportId()})
		if err != nil {
			return nil, err
		}
		t = append(t, trendYear{year: y.GetGrantYear(), figures: y.GetFigures(), content: report.GetReport().GetContent()})
	}
	known := func(y trendYear) bool { return y.year == read.GetGrantYear() }
	if figures != nil && !slices.ContainsFunc(t, known) {
		t = append(t, trendYear{year: read.GetGrantYear(), figures: figures, content: read.GetContent(), draft: true})
	}
	slices.SortFunc(t, func(a, b trendYear) int { return int(a.year - b.year) })
	return t, nil
}

// result returns the result with the key; nil when there is none.
func (y trendYear) result(key string) *int64 {
	for _, i := range y.content.GetIndicators() {
		if i.GetKey() == key {
			return i.Actual
		}
	}
	return nil
}

// label names the year, and says when its report has not been approved.
func (s *sheet) trendLabel(y trendYear) string {
	if y.draft {
		return s.T("trend.draft", "year", yearText(y.year))
	}
	return yearText(y.year)
}

// earnedChart is the financial bottom line: how much of the income was earned.
func (s *sheet) earnedChart(t trend) chart.Chart {
	const whole = 10_000
	c := chart.Chart{Title: s.T("trend.financial"), Whole: whole}
	for _, y := range t {
		c.Bars = append(c.Bars, chart.Bar{Label: s.trendLabel(y), Parts: []int64{int64(y.figures.GetEarnedShareBp())}, Text: percent(s.Page, y.figures.EarnedShareBp)})
	}
	return c
}

// workChart is the social bottom line: how many began paid work, of all who took part.
func (s *sheet) workChart(t trend) chart.Chart {
	c := chart.Chart{Title: s.T("trend.social"), Legend: []string{s.T("trend.began"), s.T("trend.others")}}
	for _, y := range t {
		reached, placed := y.result(keyReached), y.result(keyPlacements)
		b := chart.Bar{Label: s.trendLabel(y), Text: s.T("trend.of", "n", count(s.Page, placed), "all", count(s.Page, reached))}
		if reached != nil && placed != nil {
			b.Parts = []int64{*placed, max(0, *reached-*placed)}
		}
		c.Bars = append(c.Bars, b)
	}
	return c
}
