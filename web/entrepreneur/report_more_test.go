package entrepreneur_test

import (
	"testing"

	"github.com/google/uuid"
	"google.golang.org/protobuf/encoding/protojson"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/installation/installationtest"
	"saakorn/services/reporting/reportingtest"
	"saakorn/web/text"
	"saakorn/web/webtest"
)

// earlierYears gives the enterprise approved final reports of the two years before the award's.
func earlierYears(t *testing.T, a *reportingtest.Award) {
	t.Helper()
	final := a.Find(t, "final_report")
	for i, year := range []int{a.Year - 2, a.Year - 1} {
		content := reportingtest.Complete(final.GetContent())
		for _, indicator := range content.GetIndicators() {
			if indicator.GetKey() == "job_placements" {
				indicator.Actual = new(int64(6 + 3*i))
			}
		}
		content.Finances.Income[0].AmountOre += int64(i) * 200_000_00
		stored, err := protojson.Marshal(content)
		if err != nil {
			t.Fatal(err)
		}
		id := uuid.NewString()
		_, err = a.API.Installation.Pool.Exec(t.Context(), `
			INSERT INTO report (id, award_id, lifecycle_id, enterprise_id, application_id, scheme_id, scheme_version, report_key, kind, title,
				grant_year, amount_ore, holds_payment, four_eyes, due_on, state, content, version, created_at, updated_at, first_submitted_at,
				submitted_at, reviewed_by, reviewed_at, approved_by, approved_at)
			SELECT $1, award_id, lifecycle_id, enterprise_id, application_id, scheme_id, scheme_version, 'earlier_' || $2::int, 'FINAL', 'Sluttrapport',
				$2, amount_ore, holds_payment, four_eyes, make_date($2 + 1, 3, 31), 'APPROVED', $3, 1, created_at, updated_at, $5,
				$5, 'case-officer-1', $5, 'decision-maker', $5 FROM report WHERE id = $4`, id, year, stored, final.GetId(), a.API.Now())
		if err != nil {
			t.Fatal(err)
		}
		_, err = a.API.Installation.Pool.Exec(t.Context(), `
			INSERT INTO report_version (report_id, version, content, attachment_ids, sha256, submitted_by, submitted_at)
			SELECT id, 1, content, '{}', repeat('0', 64), 'entrepreneur-01', created_at FROM report WHERE id = $1`, id)
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestBothBottomLinesAreShownYearByYear(t *testing.T) {
	a := reportingtest.Accept(t)
	a.Plan(t)
	earlierYears(t, a)
	final := a.Find(t, "final_report")
	a.Save(t, final, reportingtest.Complete(final.GetContent()))
	site := webtest.Serve(t, a.API)
	for _, options := range []webtest.Options{{Language: text.Bokmal}, {Language: text.English, NoScript: true}} {
		p := printer(t, options.Language)
		b := site.Open(t, options)
		b.SignIn(a.Person)
		b.Visit("/reports/" + final.GetId())
		b.Wants(p.T("report.trend"), "2017", "2018", p.T("report.trend_draft", "year", "2019"), p.T("report.trend_table"))
		b.Look("entrepreneur/" + string(options.Language) + "-92-trend")
		if got := webtest.Eval[int](b, `document.querySelectorAll(".chart__part").length`); got < 6 {
			t.Errorf("%d parts of bars", got)
		}
		if got := webtest.Eval[string](b, `[...document.querySelectorAll("table tr")].map(r => r.textContent.trim().replace(/\s+/g, " ")).join("\n")`); got == "" {
			t.Error("the charts have no table")
		}
		b.Visit("/reports/" + final.GetId() + "/steps/income")
		b.Wants("2018", "600 000")
		b.Look("entrepreneur/" + string(options.Language) + "-93-last-year")
	}
}

func TestAnOverdueReportIsWrittenWithNothingButAKeyboard(t *testing.T) {
	a := reportingtest.Accept(t)
	due := a.API.Now().AddDate(0, 0, 20)
	_, err := a.Reports.AddReport(a.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.AddReportRequest{
		RequestId: uuid.NewString(), AwardId: a.ID.String(), Title: "Status for flyttingen", DueOn: due.Format("2006-01-02"), Reason: "Lokalet brant.",
	})
	if err != nil {
		t.Fatal(err)
	}
	a.API.MoveClock(t, due.AddDate(0, 0, 3))
	b, p := webtest.Serve(t, a.API).Open(t, webtest.Options{}), printer(t, text.Bokmal)
	b.SignIn(a.Person)
	b.Wants("Status for flyttingen", p.T("report.was_due", "date", p.Date(due.Format("2006-01-02"))))
	link := func(words string) string {
		return `e.tagName === "A" && e.textContent.trim().startsWith("` + words + `")`
	}
	b.TabTo(link(p.T("report.task_go")))
	b.Submit("\r")
	b.Wants(p.T("report.overdue_text"), p.T("report.because", "why", "Lokalet brant."))
	b.Look("entrepreneur/nb-94-overdue")
	b.TabTo(link(p.T("report.begin")))
	b.Submit("\r")
	b.TabTo(`e.id === "narrative.summary"`)
	b.Type("Vi flyttet i mai.")
	b.TabTo(`e.value === "next" && e.name === "go"`)
	b.Submit("\r")
	b.Wants("Vi flyttet i mai.")
	b.TabTo(`e.tagName === "BUTTON" && e.textContent.trim() === "` + p.T("report.submit_button") + `"`)
	b.Submit("\r")
	b.Wants(p.T("report.receipt_title"), p.T("report.received_late", "date", p.Date(due.Format("2006-01-02"))))
}
