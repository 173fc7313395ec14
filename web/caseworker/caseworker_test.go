package caseworker_test

import (
	"os"
	"strings"
	"testing"

	"saakorn/deploy/embedded/embeddedtest"
	"saakorn/services/casework/caseworktest"
	"saakorn/services/installation/installationtest"
	"saakorn/web/text"
	"saakorn/web/webtest"
)

func TestMain(m *testing.M) { os.Exit(embeddedtest.Main(m)) }

// desk is a round with a case in it and its pages.
type desk struct {
	*webtest.Site

	round *caseworktest.Round
	// application is the first one that came in; the call has closed since.
	application string
}

func open(t *testing.T) desk {
	t.Helper()
	api := installationtest.New(t)
	round := caseworktest.Open(t, api)
	application := round.Apply(t, 1).GetId()
	round.Apply(t, 2)
	round.Drive(t, application)
	round.Close(t)
	return desk{webtest.Serve(t, api), round, application}
}

// casePath is where the case is.
func (d desk) casePath(t *testing.T) string {
	t.Helper()
	return "/cases/" + d.round.Case(t, d.application).GetCase().GetId()
}

func TestACaseIsTakenFromFindingsToItsLetterInTheBrowser(t *testing.T) {
	for name, noScript := range map[string]bool{"with scripts": false, "without scripts": true} {
		t.Run(name, func(t *testing.T) {
			d := open(t)
			b := d.Open(t, webtest.Options{NoScript: noScript, Width: 1280})
			b.SignIn(installationtest.CaseOfficer)
			b.Visit("/cases")
			b.Wants("Du har ingen åpne saker")
			b.Look("caseworker/queue-empty")
			b.Follow("Se saker uten saksbehandler")
			if got := webtest.Eval[string](b, `document.querySelector(".chip[aria-current]").textContent`); got != "Uten saksbehandler" {
				t.Errorf("the view that is shown is said to be %q", got)
			}
			b.Wants("Uten saksbehandler", "Formelle krav")
			b.Look("caseworker/queue")
			b.Visit(d.casePath(t))
			b.Wants("Dette er neste steg", "Svar på funnene")
			b.Look("caseworker/case")
			b.Press("Ta saken")
			b.Wants("Saken er din.", "Solveig Myrvang (fiktiv) fikk saken")
			b.Follow("Gå til neste steg")
			b.Look("caseworker/findings")
			b.Press("Lagre svaret")
			b.Wants("Svaret er lagret.")
			d.round.AnswerAll(t, d.application)
			b.Visit(d.casePath(t) + "/assessment")
			b.Check("assessors-1") // Omar Benali
			b.Check("assessors-3") // Ragnhild Tveit
			b.Look("caseworker/name-assessors")
			b.Press("Be dem vurdere")
			b.Wants("2 personer er bedt om å vurdere.")
			for _, assessor := range caseworktest.Assessors() {
				d.round.AssessAs(t, assessor, d.application)
			}
			b.Visit(d.casePath(t) + "/assessment")
			b.Wants("Spredning")
			b.Look("caseworker/assessments")
			b.Visit(d.casePath(t) + "/decision")
			b.Look("caseworker/recommend")
			b.Check("outcome-1")
			b.Fill("amount", "400 000")
			b.Press("Legg fram innstillingen")
			b.Wants("Du må rette disse feilene")
			b.Look("caseworker/recommend-invalid")
			b.Check("outcome-1")
			b.Fill("amount", "400 000")
			b.Fill("reasons", "Prosjektet oppfyller kriteriene, men rammen rekker ikke til hele beløpet.")
			b.Press("Legg fram innstillingen")
			b.Wants("Innstillingen er lagt fram.")

			d.round.Enter(t, d.application, installationtest.DecisionMaker)
			decider := d.Open(t, webtest.Options{NoScript: noScript, Width: 1280})
			decider.SignIn(installationtest.DecisionMaker)
			decider.Visit(d.casePath(t) + "/decision")
			decider.Wants("400 000 kroner", "Gjør vedtaket")
			decider.Look("caseworker/decide")
			decider.Press("Gjør vedtaket")
			decider.Wants("Vedtaket er gjort.", "Delvis innvilget")
			d.round.Drive(t, d.application)
			for _, part := range []string{"", "/completeness", "/appeal", "/messages", "/documents", "/history"} {
				decider.Visit(d.casePath(t) + part)
				decider.Look("caseworker/decided" + strings.ReplaceAll(part, "/", "-"))
			}
			decider.Visit(d.casePath(t) + "/history")
			decider.Wants("Solveig Myrvang (fiktiv)", "Såkorn")
			if said := decider.Text(); strings.Contains(said, "Noe hendte i saken") || strings.Contains(said, "case-officer-1") {
				t.Errorf("the history does not say who did what:\n%s", said)
			}
			decider.Visit(d.casePath(t) + "/documents")
			decider.Wants("Brev", "U")
			if got := d.round.Letters(t, d.application); len(got) != 2 {
				t.Errorf("letters %v", got)
			}
		})
	}
}

func TestAnAssessorAssessesAndSeesTheOthersAfterwards(t *testing.T) {
	d := open(t)
	d.round.AnswerAll(t, d.application)
	d.round.NameAssessors(t, d.application)
	d.round.AssessAs(t, "assessor-2", d.application)
	d.round.Enter(t, d.application, "assessor-1")
	b := d.Open(t, webtest.Options{Width: 320})
	b.SignIn("assessor-1")
	b.Visit(d.casePath(t) + "/assessment")
	b.Wants("Ingen andre ser vurderingen", "forseglet")
	b.Look("caseworker/assess")
	b.Press("Send inn vurderingen")
	b.Wants("Du må rette disse feilene")
	b.Accessible()
	for _, c := range webtest.Eval[[]string](b, `[...document.querySelectorAll("select")].map(s => s.id)`) {
		b.Fill(c, "3")
	}
	for _, c := range webtest.Eval[[]string](b, `[...document.querySelectorAll("textarea")].map(s => s.id)`) {
		b.Fill(c, "Godt begrunnet i søknaden.")
	}
	b.Press("Send inn vurderingen")
	b.Wants("Vurderingen er sendt inn.", "Spredning")
	b.Accessible()
}

func TestTheWayFromTheQueueToACaseLeadsThroughTheDeclaration(t *testing.T) {
	d := open(t)
	c := d.round.Case(t, d.application).GetCase()
	const said = "Jeg erklærer at jeg ikke kjenner til noe av dette"

	officer := d.Open(t, webtest.Options{NoScript: true, Width: 1280})
	officer.SignIn("case-officer-5")
	officer.Visit("/cases?owner=none")
	officer.Follow(c.GetNumber())
	officer.Wants("Er du habil i denne saken?", c.GetNumber(), c.GetEnterpriseName(), said, "Du ser saken når du har svart")
	if strings.Contains(officer.Text(), "Dette er neste steg") {
		t.Error("the case is shown before a declaration")
	}
	officer.Look("caseworker/declaration")
	officer.Press("Send svaret")
	officer.Wants("Du må rette disse feilene", c.GetEnterpriseName(), said)
	officer.Look("caseworker/declaration-invalid")
	officer.Check("impartial-0")
	officer.Press("Send svaret")
	officer.Wants("Svaret ditt er lagret.", "Dette er neste steg")
	officer.Visit("/cases?owner=none")
	officer.Follow(c.GetNumber())
	officer.Wants("Dette er neste steg")

	// Whoever was on the way to a part of the case comes to that part.
	decider := d.Open(t, webtest.Options{Width: 320})
	decider.SignIn("decision-maker-3")
	decider.Visit(d.casePath(t) + "/documents")
	decider.Wants(said)
	decider.Look("caseworker/declaration-narrow")
	decider.Check("impartial-0")
	decider.Press("Send svaret")
	decider.Wants("Svaret ditt er lagret.")
	if got, want := decider.Path(), d.casePath(t)+"/documents"; !strings.HasPrefix(got, want) {
		t.Errorf("after the declaration the page is %s, want %s", got, want)
	}

	partial := d.Open(t, webtest.Options{})
	partial.SignIn("case-officer-6")
	partial.Visit(d.casePath(t))
	partial.Fill("reason", "Søsteren min er daglig leder.")
	partial.Press("Send svaret")
	partial.Wants("Takk for at du sa fra.")
	partial.Visit(d.casePath(t))
	if shown := partial.Text(); strings.Contains(shown, "Dette er neste steg") || strings.Contains(shown, said) {
		t.Errorf("whoever is not impartial sees:\n%s", shown)
	}
}

func TestTheQueueKeepsASearchUnderAName(t *testing.T) {
	d := open(t)
	for _, language := range text.Languages() {
		b := d.Open(t, webtest.Options{Language: language, Width: 320})
		b.SignIn("manager-1")
		b.Visit("/cases?sort=AMOUNT&desc=yes")
		b.Accessible()
		b.Visit("/workload")
		b.Look("caseworker/workload-" + string(language))
	}
	b := d.Open(t, webtest.Options{})
	b.SignIn("manager-1")
	b.Visit("/cases?text=ab")
	b.Wants("Du må rette disse feilene")
	b.Accessible()
	b.Visit("/cases?owner=none&sort=AMOUNT")
	webtest.Eval[string](b, `(document.querySelector("main > details").open = true, "")`)
	b.Fill("name", "Største uten eier")
	b.Press("Lagre utvalget")
	b.Wants("Utvalget er lagret.")
	b.Follow("Største uten eier")
	if got := webtest.Eval[string](b, `document.getElementById("sort").value`); got != "AMOUNT" {
		t.Errorf("the view sorts by %q", got)
	}
}
