package caseworker_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework/caseworktest"
	"saakorn/services/installation/installationtest"
	"saakorn/web/text"
	"saakorn/web/webtest"
)

func TestACaseIsTakenAndHandedOverWithANote(t *testing.T) {
	for name, noScript := range map[string]bool{"with scripts": false, "without scripts": true} {
		t.Run(name, func(t *testing.T) {
			d := open(t)
			id := caseID(t, d.round, d.application)
			declared(t, d.round, id, installationtest.CaseOfficer, "case-officer-2")
			b := d.Open(t, webtest.Options{NoScript: noScript})
			b.SignIn(installationtest.CaseOfficer)
			b.Visit("/cases?text=" + d.round.Case(t, d.application).GetCase().GetNumber())
			b.Press("Ta saken")
			b.Wants("Saken er din.", "Solveig Myrvang (fiktiv) fikk saken")
			openFolds(b)
			b.Press("Overfør saken")
			b.Wants("Du må rette disse feilene")
			b.Look("caseworker/hand-over-invalid")
			b.Fill("next-owner", "case-officer-2")
			b.Fill("hand-over-note", "Budsjettet er gått gjennom. Ring daglig leder om lokalene.")
			b.Press("Overfør saken")
			b.Wants("Saken er overført.", "Fra Solveig Myrvang (fiktiv) til Tarjei Lunde (fiktiv)", "Ring daglig leder")
			b.Look("caseworker/handed-over")
			if strings.Contains(b.Text(), "Ta saken") {
				t.Error("a case that somebody has is offered to be taken")
			}
		})
	}
}

func TestAbsenceIsRegisteredChangedAndEnded(t *testing.T) {
	d := open(t)
	first, last := d.round.API.Now().Format("2006-01-02"), d.round.API.Now().AddDate(0, 0, 14).Format("2006-01-02")
	for name, noScript := range map[string]bool{"with scripts": false, "without scripts": true} {
		t.Run(name, func(t *testing.T) {
			b := d.Open(t, webtest.Options{NoScript: noScript})
			b.SignIn(installationtest.CaseOfficer)
			b.Visit("/workload")
			b.Follow("Se og registrer fravær")
			b.Wants("Ingen er borte")
			b.Press("Registrer")
			b.Wants("Du må rette disse feilene")
			b.Look("caseworker/absences-invalid")
			b.Fill("new-first_day", first)
			b.Fill("new-last_day", last)
			b.Fill("new-substitute", "case-officer-2")
			b.Press("Registrer")
			b.Wants("Fraværet er registrert.", "Solveig Myrvang (fiktiv)", "Tarjei Lunde (fiktiv)")
			openFolds(b)
			b.Look("caseworker/absences")
			form := webtest.Eval[string](b, `document.querySelector("main td details select").id`)
			b.Fill(form, "case-officer-3")
			b.Press("Lagre")
			b.Wants("Fraværet er endret.", "Amina Hersi (fiktiv)")
			openFolds(b)
			b.Press("Avslutt fraværet")
			b.Wants("Fraværet er avsluttet.")
		})
	}
	for _, language := range text.Languages() {
		b := d.Open(t, webtest.Options{Language: language, Width: 320})
		b.SignIn(installationtest.Manager)
		for _, path := range []string{"/absences", "/access-requests", "/search?q=fiktiv", "/cases?owner=none"} {
			b.Visit(path)
			b.Accessible()
		}
	}
}

func TestOneModeratesOnesOwnScores(t *testing.T) {
	d := open(t)
	id := caseID(t, d.round, d.application)
	declared(t, d.round, id, installationtest.CaseOfficer)
	d.round.Own(t, d.application, installationtest.CaseOfficer)
	d.round.AnswerAll(t, d.application)
	d.round.NameAssessors(t, d.application)
	declared(t, d.round, id, caseworktest.Assessors()...)
	d.round.AssessWith(t, "assessor-1", d.application, map[string]int32{"relevance": 3})
	d.round.AssessWith(t, "assessor-2", d.application, map[string]int32{"relevance": 5})
	b := d.Open(t, webtest.Options{NoScript: true})
	b.SignIn("assessor-1")
	b.Visit("/cases/" + id + "/assessment")
	b.Wants("snitt 4,0", "3–5", "Se over din egen vurdering")
	openFolds(b)
	b.Press("Lagre endringene")
	b.Wants("Gi minst ett kriterium et annet poeng")
	b.Fill("moderate-relevance", "4")
	b.Press("Lagre endringene")
	b.Wants("Du må rette disse feilene")
	b.Fill("why-relevance", "Jeg hadde oversett tallene i vedlegget.")
	b.Press("Lagre endringene")
	b.Wants("Endringene er lagret.", "snitt 4,5", "Endret fra 3 til 4", "Jeg hadde oversett tallene")

	officer := d.Open(t, webtest.Options{})
	officer.SignIn(installationtest.CaseOfficer)
	officer.Visit("/cases/" + id + "/assessment")
	officer.Wants("Endret fra 3 til 4")
	officer.Look("caseworker/moderated")
}

func TestALetterIsReadBeforeItIsSent(t *testing.T) {
	d := open(t)
	id := caseID(t, d.round, d.application)
	declared(t, d.round, id, installationtest.CaseOfficer, installationtest.DecisionMaker)
	d.round.Own(t, d.application, installationtest.CaseOfficer)
	d.round.AnswerAll(t, d.application)
	d.round.NameAssessors(t, d.application)
	declared(t, d.round, id, caseworktest.Assessors()...)
	for _, person := range caseworktest.Assessors() {
		d.round.AssessAs(t, person, d.application)
	}
	b := d.Open(t, webtest.Options{})
	b.SignIn(installationtest.CaseOfficer)
	b.Visit("/cases/" + id + "/letter")
	b.Wants("Ingenting er innstilt ennå")
	b.Accessible()
	d.round.Recommend(t, installationtest.CaseOfficer, d.application, saakornv1.Outcome_OUTCOME_PARTIALLY_APPROVED, 400_000_00)
	b.Visit("/cases/" + id + "/decision")
	b.Follow("Se brevet slik det blir")
	b.Wants("Ingenting er sendt eller lagret", "400 000 kroner", "Brevet går til")
	b.Look("caseworker/letter-preview")
	b.Visit("/cases/" + id + "/letter?language=en")
	if got := webtest.Eval[string](b, `document.querySelector("article.letter").lang`); got != "en" {
		t.Errorf("the letter is in %q", got)
	}
	if got := webtest.Eval[string](b, `fetch(document.querySelector("a[href*='/letter/pdf']").href).then(r => r.arrayBuffer()).then(a => String.fromCharCode(...new Uint8Array(a.slice(0, 5))))`); got != "%PDF-" {
		t.Errorf("the document begins with %q", got)
	}

	decider := d.Open(t, webtest.Options{NoScript: true})
	decider.SignIn(installationtest.DecisionMaker)
	decider.Visit("/cases/" + id + "/decision")
	decider.Fill("decision-reasons", "Rammen rekker ikke lenger enn til dette.")
	webtest.Eval[string](decider, `(document.querySelector("button[formtarget]").removeAttribute("formtarget"), "")`)
	decider.Press("Se brevet i en ny fane")
	decider.Wants("Rammen rekker ikke lenger enn til dette.", "Ingenting er sendt")
	if letters := d.round.Letters(t, d.application); len(letters) != 0 && letters[0] != "RECEIPT" {
		t.Errorf("a preview sent %v", letters)
	}
}

func TestARequestForAccessIsAnswered(t *testing.T) {
	d := open(t)
	id := caseID(t, d.round, d.application)
	declared(t, d.round, id, installationtest.CaseOfficer)
	journal := saakornv1.NewJournalServiceClient(d.round.API.Connection)
	entries, err := journal.ListJournalEntries(d.round.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.ListJournalEntriesRequest{CaseId: id})
	if err != nil || len(entries.GetEntries()) == 0 {
		t.Fatalf("entries %v, error %v", entries, err)
	}
	_, err = journal.RequestAccess(t.Context(), &saakornv1.RequestAccessRequest{
		RequestId: uuid.NewString(), EntryId: entries.GetEntries()[0].GetId(), Email: "leser@saakorn.example", Text: "Jeg skriver om ordningen.",
	})
	if err != nil {
		t.Fatal(err)
	}
	b := d.Open(t, webtest.Options{})
	b.SignIn(installationtest.CaseOfficer)
	b.Visit("/cases")
	b.Follow("Innsynskrav")
	b.Wants("Jeg skriver om ordningen.", "Svar innen")
	b.Look("caseworker/access-requests")
	plain := d.Open(t, webtest.Options{NoScript: true})
	plain.SignIn(installationtest.CaseOfficer)
	plain.Visit("/access-requests")
	openFolds(plain)
	radio := webtest.Eval[string](plain, `document.querySelector("main input[value=REFUSED]").id`)
	plain.Check(radio)
	plain.Press("Send svaret")
	plain.Wants("Du må rette disse feilene")
	form := strings.TrimSuffix(radio, "-answer-2")
	plain.Fill(form+"-legal_basis", "offl. § 13 jf. fvl. § 13")
	plain.Fill(form+"-reasons", "Dokumentet viser forretningshemmeligheter.")
	plain.Press("Send svaret")
	plain.Wants("Svaret er sendt.", "Ingen innsynskrav her")
	plain.Follow("Alle")
	plain.Wants("Avslag", "forretningshemmeligheter")
}

func TestWordsAreLookedForInEverything(t *testing.T) {
	d := open(t)
	number := d.round.Case(t, d.application).GetCase().GetNumber()
	b := d.Open(t, webtest.Options{})
	b.SignIn(installationtest.Manager)
	b.Visit("/cases")
	b.Fill("top-search", "Spirehagen")
	webtest.Eval[string](b, `(document.getElementById("top-search").focus(), "")`)
	b.Submit("\r")
	b.Wants("treff på «Spirehagen»", "Saker", number+" Spirehagen Arbeid AS", "Virksomheter")
	b.Look("caseworker/search")
	b.Follow(number)
	b.Wants("Dette er neste steg")
	b.Visit("/search?q=Myrvang")
	b.Wants("Folk", "Solveig Myrvang", "Saksbehandler")
	b.Visit("/search?q=x")
	b.Wants("Du må rette disse feilene")
	b.Accessible()
	b.Visit("/search?q=finnesikke")
	b.Wants("Ingenting passer")
	b.Look("caseworker/search-none")

	outside := d.Open(t, webtest.Options{NoScript: true})
	outside.SignIn(installationtest.Assessor)
	outside.Visit("/search?q=Spirehagen")
	if strings.Contains(outside.Text(), number) {
		t.Error("an assessor finds a case that they are not asked to assess")
	}
	outside.Visit("/search?q=Myrvang")
	if strings.Contains(outside.Text(), "Solveig") {
		t.Error("an assessor finds people")
	}
}

// twoCases is a desk with two cases that nobody has.
func twoCases(t *testing.T) desk {
	t.Helper()
	api := installationtest.New(t)
	round := caseworktest.Open(t, api)
	var first string
	for n := range 2 {
		application := round.Apply(t, n+1).GetId()
		round.Drive(t, application)
		if n == 0 {
			first = application
		}
	}
	round.Close(t)
	return desk{webtest.Serve(t, api), round, first}
}

func TestTheKeyboardLeadsThroughTheQueueAndTheCase(t *testing.T) {
	d := twoCases(t)
	declared(t, d.round, caseID(t, d.round, d.application), installationtest.CaseOfficer)
	b := d.Open(t, webtest.Options{})
	b.SignIn(installationtest.CaseOfficer)
	b.Visit("/cases?owner=none&sort=RECEIVED")
	b.Type("?")
	b.Await(`document.getElementById("shortcuts").open`)
	b.Wants("Neste rad", "Bruk tastatursnarveier")
	b.Look("caseworker/shortcuts")
	b.Type("\x1b")
	b.Await(`!document.getElementById("shortcuts").open && document.activeElement === document.body`)
	b.Type("j")
	first := b.Focused()
	b.Type("j")
	if b.Focused() == first || first == "" {
		t.Errorf("the next row is %q after %q", b.Focused(), first)
	}
	b.Type("k")
	if got := b.Focused(); got != first {
		t.Errorf("back on %q, not %q", got, first)
	}
	b.Submit("\r")
	b.Wants("Dette er neste steg")
	b.Submit("2")
	b.Wants("Innhold", "Vedlegg")
	b.Submit("8")
	b.Wants("Journal")
	b.Type("/") // the browser is sent the character itself as well
	if got := b.Focused(); got != "top-search" {
		t.Fatalf("the search field is not in focus, but %q", got)
	}
	b.Type("j2?")
	if typed := webtest.Eval[string](b, `document.getElementById("top-search").value`); !strings.HasSuffix(typed, "j2?") || webtest.Eval[bool](b, `document.getElementById("shortcuts").open`) {
		t.Errorf("while one types, keys do something else: %q", typed)
	}

	webtest.Eval[string](b, `(document.activeElement.blur(), document.querySelector("[data-shortcuts] button").click(), document.querySelector("#shortcuts input").click(), document.querySelector("#shortcuts form button").click(), "")`)
	b.Visit("/cases?owner=none&sort=RECEIVED")
	b.Type("j")
	b.Type("?")
	if webtest.Eval[bool](b, `document.getElementById("shortcuts").open || document.activeElement !== document.body`) {
		t.Error("shortcuts that are turned off do something")
	}
}

func TestTheHeadsOfTheQueueSortIt(t *testing.T) {
	d := twoCases(t)
	b := d.Open(t, webtest.Options{NoScript: true})
	b.SignIn(installationtest.CaseOfficer)
	b.Visit("/cases?owner=none&sort=RECEIVED")
	names := func() string {
		return strings.Join(webtest.Eval[[]string](b, `[...document.querySelectorAll("main tbody tr")].map(r => r.cells[1].innerText.trim())`), "|")
	}
	b.Follow("Virksomhet")
	up := names()
	if got := webtest.Eval[string](b, `document.querySelector("[aria-sort]").getAttribute("aria-sort")`); got != "ascending" {
		t.Errorf("sorted %q", got)
	}
	webtest.Eval[string](b, `(document.querySelector("[aria-sort] a").id = "again", "")`)
	b.PressID("again")
	if down := names(); down == up || !strings.HasPrefix(down, up[strings.Index(up, "|")+1:]) {
		t.Errorf("the other way round %q is %q", up, down)
	}
}
