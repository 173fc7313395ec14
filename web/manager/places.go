package manager

import (
	"cmp"
	"slices"
	"strconv"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/chart"
	"saakorn/web/sheet"
	"saakorn/web/site"
	"saakorn/web/ui"
)

type county struct{ number, name string }

// counties2024 are the counties since 2024 by number (Statistics Norway, classification 104).
func counties2024() []county {
	return []county{
		{"03", "Oslo"}, {"11", "Rogaland"}, {"15", "Møre og Romsdal"}, {"18", "Nordland"}, {"31", "Østfold"}, {"32", "Akershus"},
		{"33", "Buskerud"}, {"34", "Innlandet"}, {"39", "Vestfold"}, {"40", "Telemark"}, {"42", "Agder"}, {"46", "Vestland"},
		{"50", "Trøndelag"}, {"55", "Troms"}, {"56", "Finnmark"},
	}
}

// countyName returns the name of the county, also of those that were from 2020 to 2023; empty when there is none.
func countyName(number string) string {
	for _, c := range append(counties2024(), county{"30", "Viken"}, county{"38", "Vestfold og Telemark"}, county{"54", "Troms og Finnmark"}) {
		if c.number == number {
			return c.name
		}
	}
	return ""
}

// showPlaces shows applications and awards by county and municipality (R53).
func showPlaces(v *site.Visit) error {
	w, err := begin(v, "places")
	if err != nil {
		return err
	}
	w.chooseYear(false)
	if err := w.addPlaces(true); err != nil {
		return err
	}
	return w.show()
}

func (w *view) addPlaces(municipalities bool) error {
	if w.year == 0 {
		return nil
	}
	answer, err := w.visit.API.Portfolio.GetPlaces(w.visit.Context(), &saakornv1.GetPlacesRequest{SchemeId: w.scheme.GetId(), GrantYear: w.year})
	if err != nil {
		return err
	}
	type sum struct {
		number, name         string
		applications, awards int32
		ore                  int64
	}
	var sums []sum
	places := sheet.Table{Key: "municipalities", Title: w.T("manager.places.municipalities", "year", text(w.year)), Columns: w.columns("municipality", "county", "#applications", "#awards", "#awarded")}
	for _, p := range answer.GetPlaces() {
		number, name := "none", w.T("manager.places.none")
		municipality := name
		if len(p.GetMunicipalityNumber()) == 4 {
			number = p.GetMunicipalityNumber()[:2]
			name = cmp.Or(countyName(number), w.T("manager.places.county", "number", number))
			municipality = p.GetMunicipalityName()
		}
		places.Rows = append(places.Rows, []sheet.Cell{
			link(municipality, w.to("/portfolio", "year", text(w.year), "place", cmp.Or(p.GetMunicipalityNumber(), "none"))), plain(name),
			w.number(p.GetApplications()), w.number(p.GetAwards()), w.kroner(p.GetAmountOre()),
		})
		i := slices.IndexFunc(sums, func(s sum) bool { return s.number == number })
		if i < 0 {
			i, sums = len(sums), append(sums, sum{number: number, name: name})
		}
		sums[i].applications += p.GetApplications()
		sums[i].awards += p.GetAwards()
		sums[i].ore += p.GetAmountOre()
	}
	slices.SortStableFunc(sums, func(a, b sum) int { return cmp.Compare(b.ore, a.ore) })
	counties := sheet.Table{Key: "counties", Title: w.T("manager.places.counties", "year", text(w.year)), Note: w.T("manager.places.note"), Columns: w.columns("county", "#applications", "#awards", "#awarded")}
	c := chart.Chart{Title: w.T("manager.places.chart", "year", text(w.year))}
	for _, s := range sums {
		href := w.to("/portfolio", "year", text(w.year), "place", s.number)
		counties.Rows = append(counties.Rows, []sheet.Cell{link(s.name, href), w.number(s.applications), w.number(s.awards), w.kroner(s.ore)})
		c.Bars = append(c.Bars, chart.Bar{Label: s.name, Href: href, Parts: []int64{s.ore}, Text: w.Kroner(s.ore)})
	}
	if len(sums) > 0 {
		w.charts = append(w.charts, c)
	}
	w.tables = append(w.tables, counties)
	if municipalities {
		w.tables = append(w.tables, places)
	}
	return nil
}

// showYearly shows the report to the ministry (R79).
func showYearly(v *site.Visit) error {
	w, err := begin(v, "yearly")
	if err != nil {
		return err
	}
	year, err := strconv.ParseInt(v.Request.PathValue("year"), 10, 32)
	if err != nil || year < firstYear || year > lastYear {
		return notFound()
	}
	w.year = int32(year)
	w.title = w.T("manager.yearly.heading", "year", text(w.year))
	outlook, err := v.API.Portfolio.GetBudgetOutlook(v.Context(), &saakornv1.GetBudgetOutlookRequest{SchemeId: w.scheme.GetId(), FromYear: w.year})
	if err != nil {
		return err
	}
	y := outlook.GetYears()[0]
	frame := w.T("manager.budget.no_frame")
	if y.FrameOre != nil {
		frame = w.Kroner(y.GetFrameOre())
	}
	w.facts = []ui.Fact{
		{Name: w.T("manager.column.frame"), Value: frame}, {Name: w.T("manager.column.bound"), Value: w.Kroner(y.GetBoundOre())},
		{Name: w.T("manager.column.paid"), Value: w.Kroner(y.GetPaidOre())},
	}
	for _, add := range []func() error{w.addFunnel, func() error { return w.addPlaces(false) }, w.addTimes, func() error { return w.addResults(0) }, w.addEndings} {
		if err := add(); err != nil {
			return err
		}
	}
	return w.show()
}

// addEndings says what became of those that ended in the year, and what was learnt.
func (w *view) addEndings() error {
	endings, err := site.All(mostRows, func(token string) ([]*saakornv1.Ending, string, error) {
		page, err := w.visit.API.Portfolio.ListEndings(w.visit.Context(), &saakornv1.ListEndingsRequest{SchemeId: w.scheme.GetId(), Year: w.year, PageSize: 200, PageToken: token})
		return page.GetEndings(), page.GetNextPageToken(), err
	})
	if err != nil {
		return err
	}
	t := sheet.Table{Key: "endings", Title: w.T("manager.endings.table", "year", text(w.year)), Columns: w.columns("enterprise", "ended_on", "ended_how", "learned", "receiver")}
	for _, x := range endings {
		t.Rows = append(t.Rows, []sheet.Cell{
			link(x.GetEnterpriseName(), "/register/enterprises/"+x.GetEnterpriseId()), plain(w.ShortDate(x.GetExitOn())),
			plain(w.Or("manager.exit."+x.GetExitKind(), "manager.exit.other")), plain(x.GetLearned()), plain(x.GetReceiver()),
		})
	}
	w.tables = append(w.tables, t)
	return nil
}
