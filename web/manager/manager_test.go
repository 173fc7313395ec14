package manager_test

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"saakorn/deploy/embedded/embeddedtest"
	writing "saakorn/services/application/fictional"
	"saakorn/services/installation/installationtest"
	"saakorn/services/reporting/reportingtest"
	"saakorn/web/text"
	"saakorn/web/webtest"
)

func TestMain(m *testing.M) { os.Exit(embeddedtest.Main(m)) }

// reported is a portfolio in which enough enterprises have reported for their group to have figures.
func reported(t *testing.T) *webtest.Site {
	t.Helper()
	awards := reportingtest.AcceptAll(t, 6)
	for _, a := range awards {
		a.Plan(t)
		a.Deliver(t, "final_report", writing.PDF("annual_accounts"))
	}
	pool := awards[0].API.Installation.Pool
	for _, statement := range []string{
		`UPDATE report_figures SET approved = true`,
		`INSERT INTO signal (id, lifecycle_id, enterprise_id, scheme_id, kind, basis, raised_at)
			SELECT gen_random_uuid(), id, enterprise_id, scheme_id, 'RUNWAY', 'x', now() FROM lifecycle ORDER BY id LIMIT 1`,
		`INSERT INTO task (id, dedup_key, kind, lifecycle_id, role, due_on, raised_by, raised_at)
			SELECT gen_random_uuid(), 'for a test', 'BY_HAND', id, 'ROLE_CASE_OFFICER', '2100-01-01', 'case-officer-1', now() FROM lifecycle LIMIT 1`,
		`UPDATE lifecycle SET state = 'CLOSED', closed_at = now(), exit_kind = 'SUSTAINABLE', exit_on = '2019-11-30'
			WHERE id = (SELECT id FROM lifecycle ORDER BY id DESC LIMIT 1)`,
		`UPDATE enterprise SET name = '=2+5 ' || name WHERE id = (SELECT max(enterprise_id::text)::uuid FROM lifecycle)`,
	} {
		if _, err := pool.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	return webtest.Serve(t, awards[0].API)
}

func paths() []string {
	return []string{
		"/portfolio", "/portfolio?year=2019&risk=yes", "/budget", "/funnel", "/funnel/cases?stage=ACCEPTED", "/results", "/results/reports",
		"/places", "/risk", "/due", "/yearly/2019",
	}
}

// shown are the rows of the page's tables, without their headings.
func shown(b *webtest.Browser) [][][]string {
	return webtest.Eval[[][][]string](b, `[...document.querySelectorAll("main table")].map(t => [...t.querySelectorAll("tbody tr")].map(r => [...r.cells].map(c => c.textContent.trim())))`)
}

func TestEveryPageOfFiguresCanBeReadAndTakenAlong(t *testing.T) {
	site := reported(t)
	b := site.Open(t, webtest.Options{Width: 1280})
	b.SignIn(installationtest.Manager)
	for _, path := range paths() {
		b.Visit(path)
		b.Look("manager/" + strings.NewReplacer("/", "-", "?", "-", "&", "-", "=", "-").Replace(strings.Trim(path, "/")))
		tables := shown(b)
		links := webtest.Eval[[]string](b, `[...document.querySelectorAll("main a[href*='format=']")].map(a => a.href)`)
		if len(tables) == 0 || len(links) != len(tables)+1 {
			t.Fatalf("%s has %d tables and %d downloads", path, len(tables), len(links))
		}
		for i, table := range tables {
			wantRows(t, path, rowsOfCSV(t, download(b, links[i])), table)
		}
		book, err := excelize.OpenReader(bytes.NewReader(download(b, links[len(tables)])))
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		i := 0
		for _, name := range book.GetSheetList() {
			rows, err := book.GetRows(name)
			if err != nil {
				t.Fatal(err)
			}
			if len(rows) < 2 {
				continue // the page shows no table without rows
			}
			wantRows(t, path, rows[1:], tables[i])
			i++
		}
		if i != len(tables) {
			t.Errorf("%s: the workbook has %d sheets with rows, the page %d tables", path, i, len(tables))
		}
	}
}

// wantRows compares what names the rows: numbers are written for people on the page, and for programs in files.
func wantRows(t *testing.T, path string, file, page [][]string) {
	t.Helper()
	first := func(rows [][]string) []string {
		var names []string
		for _, r := range rows {
			names = append(names, strings.TrimPrefix(r[0], "'"))
		}
		return names
	}
	if diff := cmp.Diff(first(page), first(file)); diff != "" {
		t.Errorf("%s (-page +file):\n%s", path, diff)
	}
}

func download(b *webtest.Browser, href string) []byte {
	encoded := webtest.Eval[string](b, `fetch("`+href+`").then(r => r.arrayBuffer()).then(a => btoa(Array.from(new Uint8Array(a), c => String.fromCharCode(c)).join("")))`)
	content, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return nil // what then is read finds it
	}
	return content
}

func rowsOfCSV(t *testing.T, content []byte) [][]string {
	t.Helper()
	content, marked := bytes.CutPrefix(content, []byte("\ufeff"))
	if !marked {
		t.Fatalf("a file without a byte order mark: %.100s", content)
	}
	r := csv.NewReader(bytes.NewReader(content))
	r.Comma = ';'
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		for _, field := range row {
			if strings.HasPrefix(field, "=") {
				t.Errorf("%q would be taken for a formula", field)
			}
		}
	}
	return rows[1:]
}

func TestThePagesOfFiguresAreInEveryLanguageAndWorkWithoutScripts(t *testing.T) {
	site := reported(t)
	for _, language := range text.Languages() {
		b := site.Open(t, webtest.Options{Language: language, Width: 320})
		b.SignIn("auditor-1")
		for _, path := range paths() {
			b.Visit(path)
			b.Accessible()
		}
	}
	b := site.Open(t, webtest.Options{NoScript: true})
	b.SignIn(installationtest.Manager)
	b.Visit("/portfolio")
	b.Wants("Kort likviditet")
	b.Fill("risk", "yes")
	b.Press("Vis")
	if rows := shown(b); len(rows) != 1 || len(rows[0]) != 1 {
		t.Errorf("at risk are %v", rows)
	}
	b.Visit("/funnel")
	b.Follow("Akseptert")
	if rows := shown(b); len(rows) != 1 || len(rows[0]) != 6 {
		t.Errorf("accepted are %v", rows)
	}
}

func TestFiguresAreNotForEverybody(t *testing.T) {
	site := webtest.Start(t)
	b := site.Open(t, webtest.Options{})
	b.SignIn("entrepreneur-01")
	for _, path := range []string{"/portfolio", "/budget?year=2019", "/risk", "/due"} {
		b.Visit(path)
		b.Wants("Du har ikke tilgang")
	}
	b.Look("manager/no-access")
	m := site.Open(t, webtest.Options{})
	m.SignIn(installationtest.Manager)
	for _, path := range paths() {
		m.Visit(path)
		m.Wants("ingenting å vise")
		m.Accessible()
	}
	m.Look("manager/empty")
}
