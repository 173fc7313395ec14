package entrepreneur_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	writing "saakorn/services/application/fictional"
	"saakorn/services/installation/installationtest"
	"saakorn/services/reporting/reportingtest"
	"saakorn/web/text"
	"saakorn/web/webtest"
)

func TestAnEnterpriseReportsFromATaskToAnInstalment(t *testing.T) {
	for _, tt := range []struct {
		name    string
		options webtest.Options
	}{
		{"in bokmål", webtest.Options{Language: text.Bokmal}},
		{"in nynorsk without scripts", webtest.Options{Language: text.Nynorsk, NoScript: true}},
		{"in English on a phone", webtest.Options{Language: text.English, Width: 320}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := reportingtest.Accept(t)
			a.Plan(t)
			site := webtest.Serve(t, a.API)
			w := &reportWalk{walk: &walk{Browser: site.Open(t, tt.options), t: t, p: printer(t, tt.options.Language), site: site, noScript: tt.options.NoScript}, award: a}
			w.SignIn(a.Person)
			w.interim()
			w.questions()
			w.approved()
			w.final()
		})
	}
}

// reportWalk is one person's way through the reports of an award.
type reportWalk struct {
	*walk
	award *reportingtest.Award
}

// next looks at the page and goes to the next one.
func (w *reportWalk) next(name string) {
	w.t.Helper()
	w.look(name)
	w.Press(w.p.T("form.next"))
}

func (w *reportWalk) achieved(key, number, evidence string) {
	w.t.Helper()
	w.Fill("indicators."+key+".actual", number)
	w.Choose("indicators."+key+".evidence", "EVIDENCE_LEVEL_"+evidence)
}

func (w *reportWalk) interim() {
	w.t.Helper()
	w.Visit("/my")
	w.Wants(w.p.T("report.due", "date", w.p.Date("2019-09-02")))
	w.look("60-my-report")
	w.Follow(w.p.T("report.task_go"))
	w.Wants(w.p.T("report.guide_title"))
	w.look("61-report")
	w.Follow(w.p.T("report.begin"))
	w.Press(w.p.T("form.next"))
	w.Wants(w.p.T("violation.REQUIRED.actual"), w.p.T("errors.heading"))
	w.look("62-participants-wrong")
	w.achieved("reached", "20", "B")
	w.achieved("intake", "30", "B")
	w.Press(w.p.T("form.next"))
	w.Wants(w.p.T("violation.MORE_THAN_THE_WHOLE"))
	w.Fill("indicators.intake.actual", "12")
	w.next("63-participants")
	w.achieved("job_placements", "6", "A")
	w.ownIndicators()
	w.next("64-results")
	w.fill("income.INCOME_SOURCE_SALES_BUSINESS", "300 000", "income.INCOME_SOURCE_SE_GRANT", "450000")
	w.addUp()
	w.Wants("750 000", "40 %")
	w.next("65-income")
	w.fill("finances.months", "6", "finances.operating_cost_ore", "700 000", "finances.bank_ore", "200 000")
	w.next("66-balance")
	w.fill("narrative.summary", "Halve året er gått etter planen.", "narrative.worked", "Praksis hos to bedrifter.", "narrative.did_not_work", "Kurs på kveldstid.")
	w.next("67-narrative")
	w.Fill("received.amount_ore", "450 000")
	w.Press(w.p.T("form.next"))
	w.Wants(w.p.T("violation.REQUIRED.confirmed"))
	w.Check("received.confirmed")
	w.next("68-received")
	w.Wants(w.p.T("report.submit"), "300 000")
	w.look("69-summary")
	w.Press(w.p.T("report.submit_button"))
	w.Wants(w.p.T("report.receipt_title"), w.p.T("report.received_in_time"))
	w.look("70-receipt")
	w.Follow(w.p.T("report.version", "n", "1"))
	w.Wants("Kurs på kveldstid.")
	w.look("71-version")
}

// ownIndicators answers the targets that the application set.
func (w *reportWalk) ownIndicators() {
	w.t.Helper()
	for _, i := range w.award.Find(w.t, "interim_status").GetContent().GetIndicators() {
		if i.GetTitle() != "" {
			w.achieved(i.GetKey(), "5", "B")
		}
	}
}

// addUp has sums and shares worked out: by the server without scripts, and otherwise while one types.
func (w *reportWalk) addUp() {
	w.t.Helper()
	if w.noScript {
		w.Press(w.p.T("report.work_out"))
		return
	}
	w.Await(`document.querySelector("#figures td.num")?.textContent.includes("%")`)
}

func (w *reportWalk) questions() {
	w.t.Helper()
	a := w.award
	r := a.Find(w.t, "interim_status")
	_, err := a.Reports.ReturnReport(a.API.As(w.t.Context(), installationtest.CaseOfficer), &saakornv1.ReturnReportRequest{
		RequestId: uuid.NewString(), ReportId: r.GetId(), Etag: r.GetEtag(), Questions: []string{"Hvorfor begynte så få i arbeid?", "Hva koster lokalet?"},
		Fields: []string{"indicators.job_placements", ""},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.Visit("/my")
	w.Wants(w.p.T("report.task_returned_text"))
	w.look("72-my-returned")
	w.Follow(w.p.T("start.answer"))
	w.Wants("Hvorfor begynte så få i arbeid?", "Hva koster lokalet?")
	w.look("73-returned")
	w.Follow(w.p.T("report.go_to_field"))
	w.Wants(w.p.T("report.asked"), "Hvorfor begynte så få i arbeid?")
	w.look("74-asked-at-the-field")
	w.Follow(w.p.T("report.answer_in_words"))
	review := a.Get(w.t, a.Person, r.GetId()).GetReviews()[0]
	w.fill("answers."+review.GetAsked()[0].GetId(), "To bedrifter stengte i mai.", "answers."+review.GetAsked()[1].GetId(), "10 000 kroner i måneden.")
	w.next("75-answers")
	w.Visit("/reports/" + r.GetId() + "/steps/summary")
	w.Wants("To bedrifter stengte i mai.")
	w.Press(w.p.T("report.submit_button"))
	w.Wants(w.p.T("report.version", "n", "2"))
	w.look("76-receipt-again")
}

func (w *reportWalk) approved() {
	w.t.Helper()
	r := w.award.Find(w.t, "interim_status")
	w.award.Settle(w.t, r)
	w.Visit("/reports/" + r.GetId())
	w.Wants(w.p.T("report.approved_title"), w.p.T("gate.ACCOUNT_CONFIRMED"))
	w.look("77-approved")
	w.Visit("/awards/" + w.award.ID.String())
	w.Wants(w.p.T("report.of_award"))
	w.look("78-award")
	w.Visit("/reports")
	w.look("79-reports")
}

func (w *reportWalk) final() {
	w.t.Helper()
	a := w.award
	a.API.MoveClock(w.t, a.API.Now().AddDate(1, 0, 0))
	w.SignIn(a.Person) // the session has ended
	w.Visit("/my")
	w.Follow(w.p.T("report.task_go"))
	w.look("80-final")
	w.Follow(w.p.T("report.begin"))
	for key, n := range map[string]string{"reached": "60", "intake": "40", "completed": "20", "dropped_out": "10", "intake_classified": "30", "intake_hardest": "12"} {
		w.achieved(key, n, "B")
	}
	w.next("81-final-participants")
	for key, n := range map[string]string{"placements_internal": "3", "placements_external": "12", "ordinary_jobs": "9"} {
		w.achieved(key, n, "A")
	}
	if !w.noScript {
		w.Await(`[...document.querySelectorAll("output")].some(o => o.textContent === "15")`)
	}
	w.ownIndicators()
	w.next("82-final-results")
	w.fill("income.INCOME_SOURCE_SALES_BUSINESS", "600 000", "income.INCOME_SOURCE_SE_GRANT", "900000", "income.INCOME_SOURCE_FOUNDATION", "300000")
	w.addUp()
	w.next("83-final-income")
	w.fill("finances.months", "12", "finances.operating_cost_ore", "1 700 000", "finances.bank_ore", "400 000", "finances.largest_payer_ore", "900 000",
		"finances.own_funds_ore", "170 000", "finances.current_assets_ore", "600 000", "finances.current_liabilities_ore", "300 000",
		"finances.total_assets_ore", "700 000", "finances.equity_ore", "-50 000")
	w.addUp()
	w.next("84-final-balance")
	for _, cost := range a.Find(w.t, "final_report").GetContent().GetCosts() {
		w.Fill("costs."+cost.GetLineKey()+".actual_ore", w.p.Amount(cost.GetBudgetOre()/2))
	}
	w.Press(w.p.T("form.next"))
	w.Wants(w.p.T("violation.REQUIRED.comment"))
	w.look("85-final-costs-wrong")
	for _, cost := range a.Find(w.t, "final_report").GetContent().GetCosts() {
		w.Fill("costs."+cost.GetLineKey()+".comment", "Vi fikk lokalet billigere.")
	}
	w.next("86-final-costs")
	if !webtest.Eval[bool](w.Browser, `document.body.textContent.includes("Halve året er gått etter planen.")`) {
		w.t.Error("what was written last time is not at hand")
	}
	w.fill("narrative.summary", "Året gikk bra.", "narrative.worked", "Praksis.", "narrative.did_not_work", "Kveldskurs.", "narrative.help_wanted", "Prising.")
	w.next("87-final-narrative")
	w.Fill("received.amount_ore", "900 000")
	w.Check("received.confirmed")
	w.Press(w.p.T("form.next"))
	w.Fill("learning.would_do_differently", "Begynne med bedriftene.")
	w.next("88-final-learning")
	w.Wants(w.p.T("attachments.missing"))
	w.attachTo("annual_accounts")
	w.attachTo("auditor_statement")
	w.look("89-final-documents")
	w.Follow(w.p.T("form.next"))
	w.look("90-final-summary")
	w.Press(w.p.T("report.submit_button"))
	w.Wants(w.p.T("report.receipt_title"))
	if w.award.Find(w.t, "final_report").GetContent().GetFinances().GetEquityOre() != -50_000_00 {
		w.t.Error("the equity has lost its sign")
	}
	w.Follow(w.p.T("report.follow"))
	w.Wants(w.p.T("report.submitted_title"), w.p.T("report.trend"))
	w.look("91-final-submitted")
}

func (w *reportWalk) attachTo(kind string) {
	w.t.Helper()
	path := filepath.Join(w.t.TempDir(), kind+".pdf")
	if err := os.WriteFile(path, writing.PDF(kind), 0o600); err != nil {
		w.t.Fatal(err)
	}
	w.Choose("kind", kind)
	w.Attach("file", path)
	w.Press(w.p.T("attachments.upload"))
	w.Wants(kind + ".pdf")
}

func TestReportsOfOthersAreNotFound(t *testing.T) {
	a := reportingtest.Accept(t)
	r := a.Plan(t)[0]
	b := webtest.Serve(t, a.API).Open(t, webtest.Options{})
	b.SignIn(installationtest.Stranger)
	for _, page := range []string{"", "/steps/participants", "/steps/summary", "/receipt", "/figures/income"} {
		b.Visit("/reports/" + r.GetId() + page)
		b.Wants(printer(t, text.Bokmal).T("failure.not_found.title"))
	}
	b.Visit("/reports")
	if said := b.Text(); strings.Contains(said, "2019") {
		t.Errorf("a stranger sees reports:\n%s", said)
	}
}

func TestTwoPeopleWhoWriteOnTheSamePageOfAReportSeeIt(t *testing.T) {
	a := reportingtest.Accept(t)
	a.Plan(t)
	r := a.Find(t, "interim_status")
	p := printer(t, text.Bokmal)
	b := webtest.Serve(t, a.API).Open(t, webtest.Options{NoScript: true})
	b.SignIn(a.Person)
	b.Visit("/reports/" + r.GetId() + "/steps/narrative")
	content := r.GetContent()
	content.Received = &saakornv1.ReceivedConfirmation{Confirmed: true}
	r = a.Save(t, r, content)
	b.Fill("narrative.worked", "Vår tekst")
	b.Press(p.T("form.later"))
	b.Wants(p.T("notice.saved")) // another page was changed: that disturbs nobody

	b.Visit("/reports/" + r.GetId() + "/steps/narrative")
	r = a.Find(t, "interim_status")
	content = r.GetContent()
	content.Narrative.Worked = "Kollegaens tekst"
	a.Save(t, r, content)
	b.Fill("narrative.worked", "Vår nye tekst")
	b.Press(p.T("form.later"))
	b.Wants(p.T("form.conflict_title"), "Kollegaens tekst")
	if typed := webtest.Eval[string](b, `document.getElementById("narrative.worked").value`); typed != "Vår nye tekst" {
		t.Errorf("what was typed is gone: %q", typed)
	}
	b.Press(p.T("form.later"))
	b.Wants(p.T("notice.saved"))
}
