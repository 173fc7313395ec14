package manager

import (
	"bytes"
	"fmt"
	"net/url"
	"slices"
	"strconv"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/chart"
	"saakorn/web/sheet"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// Bounds of what a page shows and of what a file holds.
const (
	onScreen = 50
	mostRows = 20_000
)

// view is a page of figures: what is asked for, charts, and tables that can be taken along.
type view struct {
	ui.Page

	visit  *site.Visit
	asked  url.Values
	kicker string
	title  string
	lead   string
	// back leads to the page above; empty for pages of the menu.
	back, backText string
	fields         []ui.Field
	facts          []ui.Fact
	charts         []chart.Chart
	tables         []sheet.Table
	next           string
	// prose stands below the tables.
	prose []section

	scheme  *saakornv1.Scheme
	year    int32
	years   []int32
	schemes []*saakornv1.Scheme
}

type section struct{ heading, text string }

// begin reads what every page of figures goes by: the scheme and the grant year.
func begin(v *site.Visit, key string) (*view, error) {
	w := &view{Page: v.Page, visit: v, asked: v.Request.URL.Query(), title: v.Page.T("manager." + key + ".title"), lead: v.Page.T("manager." + key + ".lead")}
	w.Staff = true
	list, err := v.API.Schemes.ListSchemes(v.Context(), &saakornv1.ListSchemesRequest{})
	if err != nil {
		return nil, err
	}
	w.schemes = list.GetSchemes()
	id := w.asked.Get("scheme")
	for _, s := range w.schemes {
		if id == "" || s.GetId() == id {
			w.scheme = s
			break
		}
	}
	if w.scheme == nil {
		return nil, notFound()
	}
	calls, err := site.All(mostRows, func(token string) ([]*saakornv1.Call, string, error) {
		page, err := v.API.Calls.ListCalls(v.Context(), &saakornv1.ListCallsRequest{PageSize: 200, PageToken: token})
		return page.GetCalls(), page.GetNextPageToken(), err
	})
	if err != nil {
		return nil, err
	}
	var newest int32 // of the years for which nobody can apply any more: later ones have no figures yet
	for _, c := range calls {
		if c.GetSchemeId() != w.scheme.GetId() {
			continue
		}
		w.years = append(w.years, c.GetGrantYear())
		if c.GetState() == saakornv1.CallState_CALL_STATE_CLOSED {
			newest = max(newest, c.GetGrantYear())
		}
	}
	slices.Sort(w.years)
	w.years = slices.Compact(w.years)
	slices.Reverse(w.years)
	if year, err := strconv.ParseInt(w.asked.Get("year"), 10, 32); err == nil && year >= firstYear && year <= lastYear {
		w.year = int32(year)
	} else if newest > 0 {
		w.year = newest
	} else if len(w.years) > 0 {
		w.year = w.years[0]
	}
	w.kicker = site.In(w.Language, w.scheme.GetTitle())
	return w, nil
}

// The years that the contract knows.
const (
	firstYear = 2011
	lastYear  = 2200
)

// file tells whether the reader asks for the tables and not for a page.
func (w *view) file() bool { f := w.asked.Get("format"); return f == "csv" || f == "xlsx" }

// show writes the page or the file that is asked for.
func (w *view) show() error {
	switch w.asked.Get("format") {
	case "csv":
		for _, t := range w.tables {
			if key := w.asked.Get("table"); key == "" || key == t.Key {
				return w.offer(t.Key+".csv", "text/csv; charset=utf-8", t.CSV)
			}
		}
		return notFound()
	case "xlsx":
		const media = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
		return w.offer("saakorn.xlsx", media, func(out *bytes.Buffer) error { return sheet.Workbook(out, w.tables) })
	}
	return w.visit.Show(viewPage(w))
}

func (w *view) offer(name, media string, write func(*bytes.Buffer) error) error {
	var content bytes.Buffer
	if err := write(&content); err != nil {
		return err
	}
	site.OfferFile(w.visit.Writer, name, media)
	if _, err := content.WriteTo(w.visit.Writer); err != nil {
		return fmt.Errorf("hand out %s: %w", name, err)
	}
	return nil
}

// with returns the page's own address with some things changed; a pair with an empty value takes a thing out.
func (w *view) with(pairs ...string) string {
	changed := url.Values{}
	for key, values := range w.asked {
		if key != "page" {
			changed[key] = values
		}
	}
	return address(w.visit.Request.URL.Path, changed, pairs)
}

// to returns the address of another page of figures of the same scheme.
func (w *view) to(path string, pairs ...string) string {
	values := url.Values{}
	if id := w.asked.Get("scheme"); id != "" {
		values.Set("scheme", id)
	}
	return address(path, values, pairs)
}

func address(path string, values url.Values, pairs []string) string {
	for i := 0; i+1 < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
		if pairs[i+1] == "" {
			values.Del(pairs[i])
		}
	}
	if len(values) == 0 {
		return path
	}
	return path + "?" + values.Encode()
}

// gather reads one page of a list for the screen, and all of it for a file.
func gather[T any](w *view, list func(size int32, token string) ([]T, string, error)) ([]T, error) {
	if w.file() {
		return site.All(mostRows, func(token string) ([]T, string, error) { return list(200, token) })
	}
	rows, next, err := list(onScreen, w.asked.Get("page"))
	w.next = next
	return rows, err
}

// chooser is a field that chooses one value of the address.
func (w *view) chooser(name, any string, choices ...ui.Choice) {
	f := ui.Field{ID: name, Label: w.T("manager.filter." + name)}
	if any != "" {
		f.Choices = append(f.Choices, ui.Choice{Label: any})
	}
	for _, c := range choices {
		c.Chosen = c.Value == w.asked.Get(name)
		f.Choices = append(f.Choices, c)
	}
	w.fields = append(w.fields, f)
}

// chooseYear lets the reader choose the grant year; any lets them choose all.
func (w *view) chooseYear(any bool) {
	f := ui.Field{ID: "year", Label: w.T("manager.filter.year")}
	if any {
		f.Choices = append(f.Choices, ui.Choice{Label: w.T("manager.filter.all_years")})
	}
	for _, y := range w.years {
		value := strconv.Itoa(int(y))
		f.Choices = append(f.Choices, ui.Choice{Value: value, Label: value, Chosen: y == w.year && (!any || w.asked.Get("year") != "")})
	}
	w.fields = append(w.fields, f)
	if len(w.schemes) > 1 {
		var schemes []ui.Choice
		for _, s := range w.schemes {
			schemes = append(schemes, ui.Choice{Value: s.GetId(), Label: site.In(w.Language, s.GetTitle())})
		}
		w.chooser("scheme", "", schemes...)
	}
}

func (w *view) columns(keys ...string) []sheet.Column {
	var columns []sheet.Column
	for _, key := range keys {
		name, numeric := key, false
		if key[0] == '#' {
			name, numeric = key[1:], true
		}
		columns = append(columns, sheet.Column{Title: w.T("manager.column." + name), Numeric: numeric})
	}
	return columns
}

func plain(s string) sheet.Cell { return sheet.Cell{Text: s} }

func link(s, href string) sheet.Cell { return sheet.Cell{Text: s, Href: href} }

// kroner is an amount in øre; a file holds it in kroner.
func (w *view) kroner(ore int64) sheet.Cell {
	return sheet.Cell{Text: w.Amount(ore), Value: float64(ore) / 100}
}

func (w *view) number(n int32) sheet.Cell {
	return sheet.Cell{Text: w.Number(int64(n)), Value: int64(n)}
}

// percent is a share in basis points; a file holds it in percent.
func (w *view) percent(bp *int32) sheet.Cell {
	if bp == nil {
		return plain("–")
	}
	return sheet.Cell{Text: w.decimal(float64(*bp)/100) + "\u00a0%", Value: float64(*bp) / 100}
}

func (w *view) days(n *float64) sheet.Cell {
	if n == nil {
		return plain("–")
	}
	return sheet.Cell{Text: w.decimal(*n), Value: *n}
}

func (w *view) decimal(n float64) string {
	s := strconv.FormatFloat(n, 'f', 1, 64)
	if w.Language != "en" {
		s = s[:len(s)-2] + "," + s[len(s)-1:]
	}
	return s
}
