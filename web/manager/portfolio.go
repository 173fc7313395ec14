package manager

import (
	"strconv"
	"strings"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/sheet"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// showPortfolio shows every enterprise with its years (R62, R75).
func showPortfolio(v *site.Visit) error {
	w, err := begin(v, "portfolio")
	if err != nil {
		return err
	}
	w.portfolioFields()
	request := w.timelines()
	rows, err := gather(w, func(size int32, token string) ([]*saakornv1.Timeline, string, error) {
		request.PageSize, request.PageToken = size, token
		page, err := v.API.Portfolio.ListTimelines(v.Context(), request)
		return page.GetTimelines(), page.GetNextPageToken(), err
	})
	if err != nil {
		return err
	}
	w.tables = []sheet.Table{w.portfolioTable(rows)}
	return w.show()
}

func (w *view) timelines() *saakornv1.ListTimelinesRequest {
	number := func(name string) int32 {
		n, err := strconv.ParseInt(w.asked.Get(name), 10, 32)
		if err != nil || n < 0 {
			return 0
		}
		return int32(n)
	}
	return &saakornv1.ListTimelinesRequest{
		SchemeId: w.scheme.GetId(), GrantYear: number("year"), YearNumber: number("number"), Place: w.asked.Get("place"),
		AwardState:    saakornv1.AwardState(saakornv1.AwardState_value["AWARD_STATE_"+w.asked.Get("state")]),
		BusinessModel: saakornv1.ReportBusinessModel(saakornv1.ReportBusinessModel_value["REPORT_BUSINESS_MODEL_"+w.asked.Get("model")]),
		AtRisk:        w.asked.Get("risk") != "",
	}
}

func (w *view) portfolioFields() {
	w.chooseYear(true)
	var numbers, states, models, counties []ui.Choice
	for n := 1; n <= int(w.scheme.GetMaxGrantYears()); n++ {
		numbers = append(numbers, ui.Choice{Value: strconv.Itoa(n), Label: w.nth(int32(n))})
	}
	w.chooser("number", w.T("manager.filter.any"), numbers...)
	for n := range int32(len(saakornv1.AwardState_name)) {
		if n > 0 {
			key := strings.TrimPrefix(saakornv1.AwardState(n).String(), "AWARD_STATE_")
			states = append(states, ui.Choice{Value: key, Label: w.T("manager.award." + key)})
		}
	}
	w.chooser("state", w.T("manager.filter.any"), states...)
	for _, key := range models3() {
		models = append(models, ui.Choice{Value: key, Label: w.T("manager.model." + key)})
	}
	w.chooser("model", w.T("manager.filter.any"), models...)
	for _, c := range counties2024() {
		counties = append(counties, ui.Choice{Value: c.number, Label: c.name})
	}
	if place := w.asked.Get("place"); place != "" && countyName(place) == "" {
		counties = append(counties, ui.Choice{Value: place, Label: place})
	}
	w.chooser("place", w.T("manager.filter.any"), counties...)
	w.chooser("risk", w.T("manager.filter.any"), ui.Choice{Value: "yes", Label: w.T("manager.filter.at_risk")})
}

func models3() []string { return []string{"CUSTOMERS", "PUBLIC_PAYERS", "NO_SALES"} }

func (w *view) nth(n int32) string {
	return w.T("manager.year_of", "n", strconv.Itoa(int(n)), "max", strconv.Itoa(int(w.scheme.GetMaxGrantYears())))
}

func (w *view) portfolioTable(rows []*saakornv1.Timeline) sheet.Table {
	t := sheet.Table{Key: "portfolio", Title: w.T("manager.portfolio.table"), Columns: w.columns("enterprise", "place"), Note: w.T("manager.portfolio.note")}
	for n := int32(1); n <= w.scheme.GetMaxGrantYears(); n++ {
		t.Columns = append(t.Columns, sheet.Column{Title: w.nth(n)})
	}
	t.Columns = append(t.Columns, w.columns("#awarded", "#paid", "reasons")...)
	for _, x := range rows {
		row := []sheet.Cell{link(x.GetEnterpriseName(), "/register/enterprises/"+x.GetEnterpriseId()), plain(x.GetMunicipalityName())}
		var awarded, paid int64
		for n := int32(1); n <= w.scheme.GetMaxGrantYears(); n++ {
			row = append(row, w.yearCell(x, n))
		}
		for _, y := range x.GetYears() {
			if s := y.GetAwardState(); s != saakornv1.AwardState_AWARD_STATE_DECLINED && s != saakornv1.AwardState_AWARD_STATE_LAPSED {
				awarded += y.GetAmountOre()
			}
			paid += y.GetPaidOre()
		}
		t.Rows = append(t.Rows, append(row, w.kroner(awarded), w.kroner(paid), w.state(x)))
	}
	return t
}

// yearCell is what an enterprise has for the n-th of its years.
func (w *view) yearCell(x *saakornv1.Timeline, n int32) sheet.Cell {
	var texts []string
	for _, y := range x.GetYears() {
		if y.GetYearNumber() == n {
			texts = append(texts, strconv.Itoa(int(y.GetGrantYear()))+": "+w.Amount(y.GetAmountOre())+", "+
				w.T("manager.award."+strings.TrimPrefix(y.GetAwardState().String(), "AWARD_STATE_")))
		}
	}
	if len(texts) == 0 {
		return plain("–")
	}
	return plain(strings.Join(texts, "; "))
}

// state is how it stands with an enterprise: how it ended, or the reasons to talk.
func (w *view) state(x *saakornv1.Timeline) sheet.Cell {
	if x.GetClosed() {
		return sheet.Cell{Text: w.Or("manager.exit."+x.GetExitKind(), "manager.exit.other"), Tone: string(ui.Neutral)}
	}
	if len(x.GetReasons()) == 0 {
		return plain("–")
	}
	return sheet.Cell{Text: w.reasons(x.GetReasons()), Tone: string(ui.Warning)}
}

func (w *view) reasons(keys []string) string {
	words := make([]string, len(keys))
	for i, key := range keys {
		words[i] = w.Or("manager.reason."+key, "manager.reason.other")
	}
	return strings.Join(words, ", ")
}

// showRisk shows who is at risk, with every reason.
func showRisk(v *site.Visit) error {
	w, err := begin(v, "risk")
	if err != nil {
		return err
	}
	rows, err := gather(w, func(size int32, token string) ([]*saakornv1.RiskItem, string, error) {
		page, err := v.API.Portfolio.ListAtRisk(v.Context(), &saakornv1.ListAtRiskRequest{SchemeId: w.scheme.GetId(), PageSize: size, PageToken: token})
		return page.GetItems(), page.GetNextPageToken(), err
	})
	if err != nil {
		return err
	}
	t := sheet.Table{Key: "risk", Title: w.T("manager.risk.table"), Columns: w.columns("enterprise", "reasons"), Note: w.T("manager.risk.note")}
	for _, x := range rows {
		t.Rows = append(t.Rows, []sheet.Cell{link(x.GetEnterpriseName(), "/register/enterprises/"+x.GetEnterpriseId()), plain(w.reasons(x.GetReasons()))})
	}
	w.tables = []sheet.Table{t}
	return w.show()
}

// showDue shows what is open and due, the earliest first.
func showDue(v *site.Visit) error {
	w, err := begin(v, "due")
	if err != nil {
		return err
	}
	rows, err := gather(w, func(size int32, token string) ([]*saakornv1.DueItem, string, error) {
		page, err := v.API.Portfolio.ListDue(v.Context(), &saakornv1.ListDueRequest{
			SchemeId: w.scheme.GetId(), FromOn: "2011-01-01", UntilOn: "2200-12-31", PageSize: size, PageToken: token,
		})
		return page.GetItems(), page.GetNextPageToken(), err
	})
	if err != nil {
		return err
	}
	t := sheet.Table{Key: "due", Title: w.T("manager.due.table"), Columns: w.columns("due_on", "kind", "enterprise")}
	for _, x := range rows {
		t.Rows = append(t.Rows, []sheet.Cell{plain(w.ShortDate(x.GetDueOn())), plain(w.Or("manager.due_kind."+x.GetKind(), "manager.due_kind.other")), plain(x.GetEnterpriseName())})
	}
	w.tables = []sheet.Table{t}
	return w.show()
}
