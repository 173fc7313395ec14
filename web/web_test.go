package web_test

import (
	"os"
	"strings"
	"testing"

	"saakorn/deploy/embedded/embeddedtest"
	"saakorn/web/text"
	"saakorn/web/webtest"
)

func TestMain(m *testing.M) { os.Exit(embeddedtest.Main(m)) }

func TestEverybodyCanReadAboutTheGrantInTheirLanguage(t *testing.T) {
	site := webtest.Start(t)
	site.API.OpenCall(t)
	for language, title := range map[text.Language]string{
		text.Bokmal: "Hvem som kan søke", text.Nynorsk: "Kven som kan søkje", text.English: "Who can apply",
	} {
		b := site.Open(t, webtest.Options{Language: language, Width: 320})
		for name, path := range map[string]string{
			"front": "/", "scheme": "/schemes/social-entrepreneurship", "questions": "/schemes/social-entrepreneurship/questions",
			"accessibility": "/accessibility", "privacy": "/privacy", "signed-out": "/signed-out", "not-found": "/nowhere",
		} {
			b.Visit(path)
			b.Look("public/" + string(language) + "-" + name)
		}
		b.Visit("/schemes/social-entrepreneurship")
		b.Wants(title)
	}
}

func TestAFictionalPersonSignsInWithOneClickAndOut(t *testing.T) {
	site := webtest.Start(t)
	for _, noScript := range []bool{false, true} {
		b := site.Open(t, webtest.Options{NoScript: noScript})
		b.Visit("/cases")
		b.Wants("Hvem vil du være?", "Saksbehandlere")
		b.Look("public/nb-sign-in")
		b.Press("Solveig Myrvang")
		if b.Path() != "/cases" {
			t.Errorf("came back to %s", b.Path())
		}
		b.Wants("Solveig Myrvang", "Du har ingen åpne saker")
		webtest.Eval[string](b, `document.querySelector("form[action='/sign-out'] button").id = "out"`)
		b.PressID("out")
		b.Wants("Du er logget ut")
		b.Visit("/cases")
		b.Wants("Hvem vil du være?")
	}
}

func TestEverybodyBeginsAndGoesOnWherePagesAreTheirs(t *testing.T) {
	site := webtest.Start(t)
	site.API.OpenCall(t)
	for _, person := range []string{
		"entrepreneur-01", "case-officer-1", "assessor-1", "decision-maker-1", "payment-approver-1", "manager-1", "office-contact-1", "auditor-1", "administrator-1",
	} {
		b := site.Open(t, webtest.Options{NoScript: true})
		b.SignIn(person)
		b.Visit("/")
		menu := webtest.Eval[[]string](b, `[...document.querySelectorAll(".top nav a")].map(a => a.getAttribute("href"))`)
		if len(menu) == 0 {
			t.Errorf("%s has an empty menu", person)
		}
		for _, path := range append(menu, "/") {
			b.Visit(path)
			if strings.Contains(b.Text(), "Du har ikke tilgang") {
				t.Errorf("%s is sent to %s, which is not theirs", person, path)
			}
		}
	}
}
