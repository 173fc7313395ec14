package caseworker_test

import (
	"strings"
	"testing"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework/caseworktest"
	"saakorn/services/installation/installationtest"
	"saakorn/web/text"
	"saakorn/web/webtest"
)

// ranked is a round with three assessed cases, the first of which lies before a decision maker, and a
// frame that is large enough for two of them.
func ranked(t *testing.T) (*webtest.Site, *caseworktest.Round, []string) {
	t.Helper()
	api := installationtest.New(t)
	round := caseworktest.Open(t, api)
	var ids []string
	for n := range 3 {
		id := round.Apply(t, n+1).GetId()
		round.Drive(t, id)
		ids = append(ids, id)
	}
	round.Close(t)
	for n, id := range ids {
		of := caseID(t, round, id)
		declared(t, round, of, installationtest.CaseOfficer, installationtest.DecisionMaker)
		round.Own(t, id, installationtest.CaseOfficer)
		round.AnswerAll(t, id)
		round.NameAssessors(t, id)
		declared(t, round, of, caseworktest.Assessors()...)
		round.AssessWith(t, "assessor-1", id, map[string]int32{"relevance": int32(2 + n)})
		round.AssessWith(t, "assessor-2", id, map[string]int32{"relevance": int32(2 + n)})
	}
	round.Recommend(t, installationtest.CaseOfficer, ids[0], saakornv1.Outcome_OUTCOME_PARTIALLY_APPROVED, 600_000_00)
	_, err := api.Installation.Pool.Exec(t.Context(), `UPDATE budget_frame SET frame_ore = $1, appeal_reserve_ore = $2 WHERE grant_year = 2019`, 2_000_000_00, 200_000_00)
	if err != nil {
		t.Fatal(err)
	}
	return webtest.Serve(t, api), round, ids
}

// rows returns the numbers of the cases in the order in which they stand.
func rows(b *webtest.Browser) string {
	return strings.Join(webtest.Eval[[]string](b, `[...document.querySelectorAll(".ranking tbody th a")].map(a => a.textContent)`), " ")
}

func TestOrdersAreTriedOutAgainstTheFrame(t *testing.T) {
	site, round, ids := ranked(t)
	var numbers []string
	for _, id := range ids {
		numbers = append(numbers, round.Case(t, id).GetCase().GetNumber())
	}
	order := func(places ...int) string {
		var all []string
		for _, p := range places {
			all = append(all, numbers[p])
		}
		return strings.Join(all, " ")
	}
	last := caseID(t, round, ids[2])
	for name, noScript := range map[string]bool{"with scripts": false, "without scripts": true} {
		t.Run(name, func(t *testing.T) {
			b := site.Open(t, webtest.Options{NoScript: noScript})
			b.SignIn(installationtest.DecisionMaker)
			b.Visit("/ranking")
			b.Wants("Rammen er for liten", "Forslaget binder 2 400 000 kroner. Det er 600 000 kroner mer", "Fra plass 3 rekker ikke pengene", "Herfra rekker ikke pengene", "Holdt av til klager")
			if got := rows(b); got != order(0, 1, 2) {
				t.Fatalf("the cases come as %s", got)
			}
			b.Look("caseworker/ranking")
			if noScript {
				b.Fill("amount-"+last, "300 000")
				b.Press("Regn ut")
			} else {
				b.Fill("amount-"+last, "300 000")
				b.Await(`document.getElementById("verdict").innerText.includes("Rammen er stor nok") && !document.querySelector(".htmx-added")`)
			}
			b.Wants("Rammen er stor nok", "Forslaget binder 1 800 000 kroner. Da er 0 kroner ledig.")
			if noScript {
				b.PressID("up-" + last)
			} else {
				webtest.Eval[string](b, `(document.getElementById("up-`+last+`").focus(), "")`)
				b.Type("\r")
				b.Await(`document.querySelectorAll(".ranking tbody th a")[1].textContent === "` + numbers[2] + `" && !document.querySelector(".htmx-added")`)
				if got := b.Focused(); got != "up-"+last {
					t.Errorf("after a move the focus is on %q", got)
				}
			}
			if got := rows(b); got != order(0, 2, 1) {
				t.Errorf("after a move the cases come as %s", got)
			}
			b.Wants("Forslaget binder 1 800 000 kroner")
			b.Fill("sort", "criterion.relevance")
			b.Press("Sorter")
			if got := rows(b); got != order(2, 1, 0) {
				t.Errorf("by a criterion the cases come as %s", got)
			}
			b.Wants("4,0", "Forslaget binder 1 800 000 kroner")
			b.Look("caseworker/ranking-criterion")
			b.Fill("place-"+last, "3")
			b.Press("Regn ut")
			if got := rows(b); got != order(1, 0, 2) {
				t.Errorf("after a number was changed the cases come as %s", got)
			}
			b.Fill("amount-"+last, "1 000 000")
			b.Press("Regn ut")
			b.Wants("Beløpet kan ikke være større enn det som er søkt om.")
			b.Look("caseworker/ranking-invalid")
			b.Fill("amount-"+last, "300 000")
			b.Fill("name", "Forslag "+name)
			b.Check("shared")
			b.Press("Lagre som ny")
			b.Wants("Rangeringen er lagret.", "Forslag "+name)
			if got := rows(b); got != order(1, 0, 2) {
				t.Errorf("what is kept comes as %s", got)
			}
			b.Look("caseworker/ranking-saved")
			b.Fill("amount-"+last, "0")
			b.Press("Lagre endringene")
			b.Wants("Rangeringen er lagret.", "Forslaget binder 1 500 000 kroner")
		})
	}
	for _, language := range text.Languages() {
		b := site.Open(t, webtest.Options{Language: language, Width: 320})
		b.SignIn(installationtest.Auditor)
		b.Visit("/ranking")
		b.Accessible()
		b.Follow("Forslag with scripts")
		b.Accessible()
		if fields := webtest.Eval[int](b, `document.querySelectorAll("main form input:not([type=hidden])").length`); fields != 0 {
			t.Errorf("an auditor is shown %d fields", fields)
		}
	}
	b := site.Open(t, webtest.Options{})
	b.SignIn(installationtest.DecisionMaker)
	b.Visit("/ranking")
	b.Follow("Forslag with scripts")
	b.Press("Slett")
	b.Wants("Rangeringen er slettet.")
}
