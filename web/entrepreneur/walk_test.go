package entrepreneur_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"saakorn/deploy/embedded/embeddedtest"
	saakornv1 "saakorn/proto/gen/saakorn/v1"
	writing "saakorn/services/application/fictional"
	"saakorn/services/enterprise/fictional"
	"saakorn/services/installation/installationtest"
	"saakorn/web/text"
	"saakorn/web/webtest"
)

func TestMain(m *testing.M) { os.Exit(embeddedtest.Main(m)) }

func printer(t *testing.T, l text.Language) text.Printer {
	t.Helper()
	c, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c.Printer(l)
}

func TestAnEntrepreneurAppliesFromNothingToAReceipt(t *testing.T) {
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
			site := webtest.Start(t)
			call := site.API.OpenCall(t)
			w := &walk{Browser: site.Open(t, tt.options), t: t, p: printer(t, tt.options.Language), site: site, call: call, noScript: tt.options.NoScript}
			w.register()
			w.begin()
			w.write()
			w.attach()
			w.submit()
			w.after()
		})
	}
}

// walk is one person's way through the pages.
type walk struct {
	*webtest.Browser
	t        *testing.T
	p        text.Printer
	site     *webtest.Site
	call     *saakornv1.Call
	noScript bool
}

func (w *walk) look(name string) { w.Look("entrepreneur/" + string(w.p.Language) + "-" + name) }

func (w *walk) register() {
	w.t.Helper()
	w.SignIn(installationtest.Entrepreneur)
	w.Wants(w.p.T("start.task_register"))
	w.look("01-my-empty")
	w.Follow(w.p.T("start.register"))
	w.look("02-register")
	w.Fill("number", "123")
	w.Press(w.p.T("register.look_up"))
	w.Wants(w.p.T("violation.NOT_NINE_DIGITS"), w.p.T("errors.heading"))
	if got := w.Focused(); !w.noScript && got != "error-summary" {
		w.t.Errorf("the focus is on %q", got)
	}
	w.look("03-register-wrong")
	w.Fill("number", fictional.Enterprises()[0].Number)
	w.Press(w.p.T("register.look_up"))
	w.Wants(w.p.T("register.check"))
	w.look("04-register-found")
	w.Press(w.p.T("register.button"))
	w.Wants(w.p.T("notice.registered"), w.p.T("members.title"))
	w.look("05-enterprise")
	w.Fill("person_id", "entrepreneur-01b")
	w.Check("right-0")
	w.Press(w.p.T("members.add_button"))
	w.Wants(w.p.T("notice.member_added"))
	w.fill("contacts.0.name", "Amina Askespire", "contacts.0.email", "amina@saakorn.example")
	w.Press(w.p.T("contacts.save"))
	w.Wants(w.p.T("violation.FEWER_THAN_TWO_CONTACTS"))
	w.fill("contacts.1.name", "Bjørn Einerbar", "contacts.1.email", "bjorn@saakorn.example")
	w.Press(w.p.T("contacts.save"))
	w.Wants(w.p.T("notice.contacts_changed"))
}

func (w *walk) begin() {
	w.t.Helper()
	w.Visit("/my")
	w.Follow(w.p.T("start.apply"))
	w.look("06-apply")
	w.Press(w.p.T("apply.start"))
	w.Wants(w.p.T("apply.choose_type"), w.p.T("apply.confirm_error"))
	w.look("07-apply-wrong")
	w.Check("type-1")
	w.Check("confirm")
	w.Press(w.p.T("apply.start"))
}

// next goes to the next page, after looking at this one.
func (w *walk) next(name string) {
	w.t.Helper()
	w.look(name)
	w.Press(w.p.T("form.next"))
}

func (w *walk) fill(pairs ...string) {
	w.t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		w.Fill(pairs[i], pairs[i+1])
	}
}

func (w *walk) write() {
	w.t.Helper()
	w.Press(w.p.T("form.next"))
	w.Wants(w.p.T("violation.REQUIRED"))
	w.look("08-about-wrong")
	w.fill("title", "Sykkelverksted med jobbtrening", "contacts.0.name", "Amina Askespire", "contacts.0.email", "ikke en adresse")
	w.Press(w.p.T("form.next"))
	w.Wants(w.p.T("violation.STRING_EMAIL"))
	if got := webtest.Eval[string](w.Browser, `document.getElementById("title").value`); got != "Sykkelverksted med jobbtrening" {
		w.t.Errorf("what was typed is gone: %q", got)
	}
	w.fill("contacts.0.email", "amina@saakorn.example", "contacts.0.role", "Daglig leder")
	w.next("09-about")
	w.fill("problem", "Unge som har falt ut av skolen, får ikke praksisplass fordi de mangler erfaring.",
		"existing_services", "Kommunen har dagtilbud.", "novelty", "Deltakerne er med på å eie virksomheten.")
	w.Check("place_of_origin-1")
	w.next("10-need")
	w.fill("target_group_description", "Unge mellom 18 og 25 år.", "planned_participants", "24", "hardest_share", "60")
	w.next("11-target-group")
	w.fill("inputs", "To arbeidsledere.", "activities", "Arbeidstrening fire dager i uken.", "outputs", "24 deltakere.",
		"outcomes", "Flere i arbeid.", "impact", "Færre utenfor.", "indicators.0.title", "I arbeid etter seks måneder",
		"indicators.0.unit", "personer", "indicators.0.baseline", "0", "indicators.0.target_2019", "6",
		"indicators.0.target_2020", "9", "indicators.0.target_2021", "12", "indicators.0.data_source", "Egen registrering")
	w.next("12-change")
	w.fill("product", "Reparasjon av sykler.", "customers", "Borettslag og kommuner.", "competitors", "Vanlige verksteder.", "pricing", "Som andre.")
	for _, year := range []string{"2019", "2020", "2021"} {
		w.fill("costs."+year, "1 000 000", "income."+year+".INCOME_SOURCE_SALES_BUSINESS", "250 000", "income."+year+".INCOME_SOURCE_SE_GRANT", "900000")
	}
	if w.noScript {
		w.Press(w.p.T("form.sum"))
	}
	w.Wants("1 150 000", "150 000")
	w.next("13-business-model")
	w.fill("sustainability_summary", "Salget dekker lønn om tre år.", "milestones.2019", "Ti faste kunder", "milestones.2020", "Halve lønnen", "milestones.2021", "Hele lønnen")
	w.next("14-sustainability")
	w.next("15-collaboration")
	w.fill("amount_applied", "900 000", "budget.items.0.amount_ore", "1 000 000", "budget.items.0.description", "To arbeidsledere", "budget.own_contribution_ore", "50 000")
	w.Press(w.p.T("form.next"))
	w.Wants(w.p.T("violation.BUDGET_DOES_NOT_ADD_UP"), w.p.T("budget.over", "amount", "50 000"))
	w.look("16-money-wrong")
	w.Fill("budget.own_contribution_ore", "100 000")
	if !w.noScript {
		w.Await(`document.querySelector("[data-balance]").textContent === document.querySelector("[data-balance]").dataset.even`)
	}
	w.next("17-money")
	for _, id := range []string{"declared_social_entrepreneur", "declared_no_dividend", "declared_no_double_funding", "de_minimis_complete", "declared_truthful"} {
		w.Check(id)
	}
	w.next("18-declarations")
}

func (w *walk) attach() {
	w.t.Helper()
	w.Wants(w.p.T("attachments.missing"))
	path := filepath.Join(w.t.TempDir(), "vedtekter.pdf")
	if err := os.WriteFile(path, writing.PDF("Vedtekter"), 0o600); err != nil {
		w.t.Fatal(err)
	}
	w.Attach("file", path)
	w.Press(w.p.T("attachments.upload"))
	w.Wants("vedtekter.pdf")
	w.look("19-attachments")
	w.Follow(w.p.T("form.next"))
	w.look("20-similar")
	w.Follow(w.p.T("form.next"))
}

func (w *walk) submit() {
	w.t.Helper()
	w.Wants("Sykkelverksted med jobbtrening", w.p.T("submit.title"))
	w.look("21-summary")
	w.Press(w.p.T("submit.button"))
	w.Wants(w.p.T("receipt.title"), w.call.GetCode()+"-")
	w.look("22-receipt")
}

func (w *walk) after() {
	w.t.Helper()
	w.Visit("/my")
	w.Wants(w.p.T("state.submitted"))
	w.look("23-my")
	w.Follow("2019")
	w.Wants(w.p.T("case.where"), w.p.T("case.correct"))
	w.look("24-application")
	w.Follow(w.p.T("messages.title"))
	w.Press(w.p.T("messages.send"))
	w.Wants(w.p.T("violation.STRING_MIN_LEN"))
	w.Fill("text", "Når får vi svar?")
	w.Press(w.p.T("messages.send"))
	w.Wants(w.p.T("notice.message_sent"), "Når får vi svar?")
	w.look("25-messages")
	w.Visit(strings.TrimSuffix(w.Path(), "/messages") + "/withdraw")
	w.look("26-withdraw")
	w.Press(w.p.T("withdraw.button"))
	w.Wants(w.p.T("notice.withdrawn"), w.p.T("state.withdrawn"))
	w.Visit("/me")
	w.look("27-me")
	w.Visit("/enterprises")
	w.look("28-enterprises")
}

func TestTheMainTaskWithNothingButAKeyboard(t *testing.T) {
	site := webtest.Start(t)
	call := site.API.OpenCall(t)
	enterprise := site.API.RegisterEnterprise(t, installationtest.Entrepreneur)
	site.API.CompleteDraft(t, installationtest.Entrepreneur, call, enterprise.GetId(), saakornv1.ApplicationType_APPLICATION_TYPE_NEW_ORDINARY)
	b, p := site.Open(t, webtest.Options{}), printer(t, text.Bokmal)
	b.Visit("/my")
	b.TabTo(`e.value === "` + installationtest.Entrepreneur + `"`)
	b.Submit("\r")
	b.TabTo(`e.textContent.trim().startsWith("` + p.T("start.go_on") + `")`)
	b.Submit("\r")
	b.TabTo(`e.id === "title"`)
	b.Type(" og mer")
	for range 9 {
		b.TabTo(`e.value === "next" && e.name === "go"`)
		b.Submit("\r")
	}
	for _, key := range []string{"step_title.attachments", "step_title.similar"} {
		b.Wants(p.T(key))
		b.TabTo(`e.tagName === "A" && e.textContent.trim() === "` + p.T("form.next") + `"`)
		b.Submit("\r")
	}
	b.Wants("og mer")
	b.TabTo(`e.tagName === "BUTTON" && e.textContent.trim() === "` + p.T("submit.button") + `"`)
	b.Submit("\r")
	b.Wants(p.T("receipt.title"))
}

func TestTwoPeopleWhoWriteOnTheSamePageSeeIt(t *testing.T) {
	site := webtest.Start(t)
	call := site.API.OpenCall(t)
	enterprise := site.API.RegisterEnterprise(t, installationtest.Entrepreneur)
	draft := site.API.Draft(t, installationtest.Entrepreneur, call, enterprise.GetId(), saakornv1.ApplicationType_APPLICATION_TYPE_NEW_ORDINARY)
	p := printer(t, text.Bokmal)
	b := site.Open(t, webtest.Options{NoScript: true})
	b.SignIn(installationtest.Entrepreneur)
	b.Visit("/applications/" + draft.GetId() + "/steps/need")
	saved := site.API.Save(t, installationtest.Entrepreneur, draft, &saakornv1.ApplicationContent{Title: "En annen side"})
	b.Fill("problem", "Vår tekst")
	b.Press(p.T("form.later"))
	b.Wants(p.T("notice.saved")) // another page was changed: that disturbs nobody

	b.Visit("/applications/" + draft.GetId() + "/steps/need")
	got, err := site.API.Applications.GetApplication(site.API.As(t.Context(), installationtest.Entrepreneur), &saakornv1.GetApplicationRequest{ApplicationId: saved.GetId()})
	if err != nil {
		t.Fatal(err)
	}
	content := got.GetApplication().GetContent()
	content.Problem = "Kollegaens tekst"
	site.API.Save(t, installationtest.Entrepreneur, got.GetApplication(), content)
	b.Fill("problem", "Vår nye tekst")
	b.Press(p.T("form.later"))
	b.Wants(p.T("form.conflict_title"), "Kollegaens tekst")
	if typed := webtest.Eval[string](b, `document.getElementById("problem").value`); typed != "Vår nye tekst" {
		t.Errorf("what was typed is gone: %q", typed)
	}
	b.Press(p.T("form.later"))
	b.Wants(p.T("notice.saved"))
}

func TestWhatIsTypedIsSavedByItself(t *testing.T) {
	site := webtest.Start(t)
	call := site.API.OpenCall(t)
	enterprise := site.API.RegisterEnterprise(t, installationtest.Entrepreneur)
	draft := site.API.Draft(t, installationtest.Entrepreneur, call, enterprise.GetId(), saakornv1.ApplicationType_APPLICATION_TYPE_NEW_ORDINARY)
	b := site.Open(t, webtest.Options{})
	b.SignIn(installationtest.Entrepreneur)
	b.Visit("/applications/" + draft.GetId() + "/steps/need")
	for _, words := range []string{"Første utkast", "Andre utkast"} {
		b.Fill("problem", words)
		// The page may first say that the words before were saved again; what it says last is about these.
		for saved := ""; saved != words; {
			b.Await(`document.querySelector("#save-state p").textContent.startsWith("Lagret ")`)
			webtest.Eval[string](b, `document.querySelector("#save-state p").textContent = ""`)
			got, err := site.API.Applications.GetApplication(site.API.As(t.Context(), installationtest.Entrepreneur), &saakornv1.GetApplicationRequest{ApplicationId: draft.GetId()})
			if err != nil {
				t.Fatal(err)
			}
			saved = got.GetApplication().GetContent().GetProblem()
		}
	}
}
