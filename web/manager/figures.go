package manager

import (
	"slices"
	"strconv"
	"strings"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/chart"
	"saakorn/web/sheet"
	"saakorn/web/site"
)

func text(n int32) string { return strconv.Itoa(int(n)) }

// showBudget shows the frames of five years.
func showBudget(v *site.Visit) error {
	w, err := begin(v, "budget")
	if err != nil {
		return err
	}
	w.chooseYear(false)
	if err := w.addBudget(); err != nil {
		return err
	}
	return w.show()
}

func (w *view) addBudget() error {
	if w.year == 0 {
		return nil
	}
	v := w.visit
	answer, err := v.API.Portfolio.GetBudgetOutlook(v.Context(), &saakornv1.GetBudgetOutlookRequest{SchemeId: w.scheme.GetId(), FromYear: w.year})
	if err != nil {
		return err
	}
	t := sheet.Table{
		Key: "budget", Title: w.T("manager.budget.table"), Note: w.T("manager.budget.note"),
		Columns: w.columns("year", "#frame", "#bound", "#bound_continuation", "#paid", "#unpaid", "#free", "#forecast", "#forecast_n"),
	}
	c := chart.Chart{Title: w.T("manager.budget.chart"), Legend: []string{w.T("manager.column.paid"), w.T("manager.column.unpaid"), w.T("manager.column.forecast"), w.T("manager.column.free")}}
	for _, y := range answer.GetYears() {
		free, frame := plain("–"), plain(w.T("manager.budget.no_frame"))
		if y.FrameOre != nil {
			frame, free = w.kroner(y.GetFrameOre()), w.kroner(y.GetFreeOre())
		}
		unpaid := max(0, y.GetBoundOre()-y.GetPaidOre())
		rows := w.to("/portfolio", "year", text(y.GetGrantYear()))
		t.Rows = append(t.Rows, []sheet.Cell{
			{Text: text(y.GetGrantYear()), Href: rows, Value: int64(y.GetGrantYear())}, frame, w.kroner(y.GetBoundOre()), w.kroner(y.GetBoundContinuationOre()),
			w.kroner(y.GetPaidOre()), w.kroner(unpaid), free, w.kroner(y.GetForecastContinuationOre()), w.number(y.GetForecastEnterprises()),
		})
		forecast := y.GetForecastContinuationOre()
		c.Bars = append(c.Bars, chart.Bar{
			Label: text(y.GetGrantYear()), Href: rows, Parts: []int64{y.GetPaidOre(), unpaid, forecast, max(0, y.GetFreeOre()-forecast)},
			Text: w.T("manager.budget.bar", "bound", w.Kroner(y.GetBoundOre()), "forecast", w.Kroner(forecast)),
		})
	}
	w.charts, w.tables = append(w.charts, c), append(w.tables, t)
	return nil
}

// showFunnel shows how many applications came how far, and how long people wait.
func showFunnel(v *site.Visit) error {
	w, err := begin(v, "funnel")
	if err != nil {
		return err
	}
	w.chooseYear(false)
	if err := w.addFunnel(); err != nil {
		return err
	}
	if err := w.addTimes(); err != nil {
		return err
	}
	return w.show()
}

func stages() []string {
	return []string{"RECEIVED", "COMPLETE", "ASSESSED", "RECOMMENDED", "AWARDED", "ACCEPTED", "REPORTED", "CLOSED"}
}

func counts(y *saakornv1.FunnelYear) []int32 {
	return []int32{y.GetReceived(), y.GetComplete(), y.GetAssessed(), y.GetRecommended(), y.GetAwarded(), y.GetAccepted(), y.GetReported(), y.GetClosed()}
}

func (w *view) addFunnel() error {
	if w.year == 0 {
		return nil
	}
	v := w.visit
	answer, err := v.API.Portfolio.GetFunnel(v.Context(), &saakornv1.GetFunnelRequest{SchemeId: w.scheme.GetId(), FromYear: w.year, UntilYear: w.year})
	if err != nil {
		return err
	}
	t := sheet.Table{Key: "funnel", Title: w.T("manager.funnel.table", "year", text(w.year)), Note: w.T("manager.funnel.note"), Columns: w.columns("stage")}
	var applied, awarded []sheet.Cell
	for _, y := range answer.GetYears() {
		t.Columns = append(t.Columns, sheet.Column{Title: w.T("casetype." + y.GetApplicationType().String()), Numeric: true})
		applied, awarded = append(applied, w.kroner(y.GetAppliedOre())), append(awarded, w.kroner(y.GetAwardedOre()))
	}
	t.Columns = append(t.Columns, w.columns("#sum")...)
	c := chart.Chart{Title: w.T("manager.funnel.chart", "year", text(w.year))}
	var appliedSum, awardedSum int64
	for i, stage := range stages() {
		href := w.to("/funnel/cases", "year", text(w.year), "stage", stage)
		row := []sheet.Cell{link(w.T("manager.stage."+stage), href)}
		sum := int32(0)
		for _, y := range answer.GetYears() {
			n := counts(y)[i]
			row, sum = append(row, w.number(n)), sum+n
		}
		t.Rows = append(t.Rows, append(row, w.number(sum)))
		c.Bars = append(c.Bars, chart.Bar{Label: w.T("manager.stage." + stage), Href: href, Parts: []int64{int64(sum)}, Text: w.Number(int64(sum))})
	}
	for _, y := range answer.GetYears() {
		appliedSum, awardedSum = appliedSum+y.GetAppliedOre(), awardedSum+y.GetAwardedOre()
	}
	if len(answer.GetYears()) == 0 {
		t.Rows = nil
	} else {
		w.charts = append(w.charts, c)
		t.Rows = append(t.Rows, append(append([]sheet.Cell{plain(w.T("manager.column.applied_kr"))}, applied...), w.kroner(appliedSum)),
			append(append([]sheet.Cell{plain(w.T("manager.column.awarded_kr"))}, awarded...), w.kroner(awardedSum)))
	}
	w.tables = append(w.tables, t)
	return nil
}

func (w *view) addTimes() error {
	if w.year == 0 {
		return nil
	}
	v := w.visit
	const span = 4
	answer, err := v.API.Portfolio.GetLeadTimes(v.Context(), &saakornv1.GetLeadTimesRequest{SchemeId: w.scheme.GetId(), FromYear: max(firstYear, w.year-span), UntilYear: w.year})
	if err != nil {
		return err
	}
	t := sheet.Table{Key: "times", Title: w.T("manager.times.table"), Note: w.T("manager.times.note"), Columns: w.columns("year", "what", "#n", "#median", "#slow", "#longest")}
	for _, y := range answer.GetYears() {
		for _, x := range []struct {
			key  string
			time *saakornv1.LeadTime
		}{{"decision", y.GetCloseToDecision()}, {"acceptance", y.GetOfferToAcceptance()}, {"payment", y.GetAcceptanceToPayment()}} {
			if x.time == nil {
				continue
			}
			t.Rows = append(t.Rows, []sheet.Cell{
				{Text: text(y.GetGrantYear()), Href: w.to("/funnel/cases", "year", text(y.GetGrantYear())), Value: int64(y.GetGrantYear())},
				plain(w.T("manager.times." + x.key)), w.number(x.time.GetN()), w.days(&x.time.MedianDays), w.days(&x.time.SlowDays), w.days(&x.time.LongestDays),
			})
		}
	}
	w.tables = append(w.tables, t)
	return nil
}

// showCourses shows the cases that funnel and times are counted from.
func showCourses(v *site.Visit) error {
	w, err := begin(v, "courses")
	if err != nil {
		return err
	}
	w.back, w.backText = w.to("/funnel", "year", text(w.year)), w.T("manager.funnel.title")
	if w.year == 0 {
		return w.show()
	}
	stage := saakornv1.FunnelStage(saakornv1.FunnelStage_value["FUNNEL_STAGE_"+w.asked.Get("stage")])
	rows, err := gather(w, func(size int32, token string) ([]*saakornv1.CaseCourse, string, error) {
		page, err := v.API.Portfolio.ListCourses(v.Context(), &saakornv1.ListCoursesRequest{SchemeId: w.scheme.GetId(), GrantYear: w.year, Stage: stage, PageSize: size, PageToken: token})
		return page.GetCourses(), page.GetNextPageToken(), err
	})
	if err != nil {
		return err
	}
	t := sheet.Table{
		Key: "cases", Title: w.T("manager.courses.table", "year", text(w.year)), Note: w.T("manager.courses.note"),
		Columns: w.columns("case", "enterprise", "type", "stage", "#applied_kr", "#awarded_kr", "#to_decision", "#to_acceptance", "#to_payment"),
	}
	for _, x := range rows {
		t.Rows = append(t.Rows, []sheet.Cell{
			link(x.GetCaseNumber(), "/cases/"+x.GetCaseId()), plain(x.GetEnterpriseName()), plain(w.T("casetype." + x.GetApplicationType().String())),
			plain(w.T("manager.stage." + strings.TrimPrefix(x.GetStage().String(), "FUNNEL_STAGE_"))), w.kroner(x.GetAppliedOre()), w.kroner(x.GetAwardedOre()),
			w.days(x.CloseToDecisionDays), w.days(x.OfferToAcceptanceDays), w.days(x.AcceptanceToPaymentDays),
		})
	}
	w.tables = []sheet.Table{t}
	return w.show()
}

// wholeBp is all of something, in basis points.
const wholeBp = 10_000

// showResults shows both bottom lines by business model over years (R34).
func showResults(v *site.Visit) error {
	w, err := begin(v, "results")
	if err != nil {
		return err
	}
	w.chooseYear(false)
	const span = 4
	if err := w.addResults(span); err != nil {
		return err
	}
	return w.show()
}

func (w *view) model(m saakornv1.ReportBusinessModel) string {
	return w.Or("manager.model."+strings.TrimPrefix(m.String(), "REPORT_BUSINESS_MODEL_"), "manager.model.other")
}

func (w *view) addResults(span int32) error {
	if w.year == 0 {
		return nil
	}
	v := w.visit
	answer, err := v.API.Portfolio.GetResults(v.Context(), &saakornv1.GetResultsRequest{SchemeId: w.scheme.GetId(), FromYear: max(firstYear, w.year-span), UntilYear: w.year})
	if err != nil {
		return err
	}
	note := w.T("manager.results.note", "n", text(answer.GetSmallestGroup()))
	money := sheet.Table{Key: "finances", Title: w.T("manager.results.money"), Note: note, Columns: w.columns("model", "year", "#n_reports", "#earned", "#grant_share", "#public_share", "#revenue")}
	social := sheet.Table{Key: "social", Title: w.T("manager.results.social"), Note: note, Columns: w.columns("model", "year", "indicator", "#n_reports", "#sum")}
	groups := answer.GetGroups()
	// Each model is followed over the years; models are not set beside each other.
	slices.SortStableFunc(groups, func(a, b *saakornv1.ResultGroup) int { return int(a.GetBusinessModel()) - int(b.GetBusinessModel()) })
	charts := map[saakornv1.ReportBusinessModel]*chart.Chart{}
	for _, g := range groups {
		href := w.to("/results/reports", "year", text(g.GetGrantYear()), "model", strings.TrimPrefix(g.GetBusinessModel().String(), "REPORT_BUSINESS_MODEL_"))
		year := sheet.Cell{Text: text(g.GetGrantYear()), Value: int64(g.GetGrantYear())}
		n, revenue := plain(w.T("manager.results.few")), plain("–")
		if g.N != nil {
			n, revenue = w.number(g.GetN()), w.kroner(g.GetRevenueOre())
		}
		money.Rows = append(money.Rows, []sheet.Cell{link(w.model(g.GetBusinessModel()), href), year, n, w.percent(g.EarnedShareBp), w.percent(g.GrantDependenceBp), w.percent(g.PublicDependenceBp), revenue})
		if g.EarnedShareBp != nil {
			c := charts[g.GetBusinessModel()]
			if c == nil {
				c = &chart.Chart{Title: w.T("manager.results.chart", "model", w.model(g.GetBusinessModel())), Whole: wholeBp}
				charts[g.GetBusinessModel()] = c
			}
			c.Bars = append(c.Bars, chart.Bar{Label: text(g.GetGrantYear()), Parts: []int64{int64(g.GetEarnedShareBp())}, Href: href, Text: w.T("manager.results.bar", "share", w.percent(g.EarnedShareBp).Text, "n", text(g.GetN()))})
		}
		for _, i := range g.GetIndicators() {
			social.Rows = append(social.Rows, []sheet.Cell{link(w.model(g.GetBusinessModel()), href), year, plain(w.indicator(i.GetKey())), w.number(i.GetN()), w.sum(i)})
		}
	}
	for _, key := range models3() {
		if c := charts[saakornv1.ReportBusinessModel(saakornv1.ReportBusinessModel_value["REPORT_BUSINESS_MODEL_"+key])]; c != nil {
			w.charts = append(w.charts, *c)
		}
	}
	w.tables = append(w.tables, money, social)
	return nil
}

func (w *view) sum(i *saakornv1.IndicatorSum) sheet.Cell {
	if i.Sum == nil {
		return plain(w.T("manager.results.hidden"))
	}
	return sheet.Cell{Text: w.Number(i.GetSum()), Value: i.GetSum()}
}

func (w *view) indicator(key string) string {
	for _, i := range w.scheme.GetReporting().GetIndicators() {
		if i.GetKey() == key {
			return site.In(w.Language, i.GetTitle())
		}
	}
	return key
}

// showReports shows the reports that the results are worked out of.
func showReports(v *site.Visit) error {
	w, err := begin(v, "reports")
	if err != nil {
		return err
	}
	w.back, w.backText = w.to("/results", "year", text(w.year)), w.T("manager.results.title")
	if w.year == 0 {
		return w.show()
	}
	model := saakornv1.ReportBusinessModel(saakornv1.ReportBusinessModel_value["REPORT_BUSINESS_MODEL_"+w.asked.Get("model")])
	rows, err := gather(w, func(size int32, token string) ([]*saakornv1.ResultRow, string, error) {
		page, err := v.API.Portfolio.ListResults(v.Context(), &saakornv1.ListResultsRequest{SchemeId: w.scheme.GetId(), GrantYear: w.year, BusinessModel: model, PageSize: size, PageToken: token})
		return page.GetRows(), page.GetNextPageToken(), err
	})
	if err != nil {
		return err
	}
	t := sheet.Table{Key: "reports", Title: w.T("manager.reports.table", "year", text(w.year)), Columns: w.columns("enterprise", "model", "#revenue_own", "#earned_own", "#grant_share_own", "#public_share_own")}
	keys := []string{"reached", "job_placements", "ordinary_jobs"}
	for _, key := range keys {
		t.Columns = append(t.Columns, sheet.Column{Title: w.indicator(key), Numeric: true})
	}
	for _, x := range rows {
		row := []sheet.Cell{
			link(x.GetEnterpriseName(), "/register/enterprises/"+x.GetEnterpriseId()), plain(w.model(x.GetBusinessModel())), w.kroner(x.GetRevenueOre()),
			w.percent(x.EarnedShareBp), w.percent(x.GrantDependenceBp), w.percent(x.PublicDependenceBp),
		}
		for _, key := range keys {
			c := plain("–")
			for _, i := range x.GetIndicators() {
				if i.GetKey() == key {
					c = w.sum(i)
				}
			}
			row = append(row, c)
		}
		t.Rows = append(t.Rows, row)
	}
	w.tables = []sheet.Table{t}
	return w.show()
}
