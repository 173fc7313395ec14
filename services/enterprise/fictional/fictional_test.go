package fictional_test

import (
	"fmt"
	"strings"
	"testing"

	"saakorn/services/enterprise"
	"saakorn/services/enterprise/fictional"
)

func everyEnterprise() []fictional.Enterprise {
	return append(fictional.Enterprises(), fictional.Oddities()...)
}

func TestEnterprisesAreClearlyFictional(t *testing.T) {
	numbers, names := map[string]bool{}, map[string]bool{}
	for _, e := range everyEnterprise() {
		number, err := enterprise.ParseOrganizationNumber(e.Number, enterprise.AcceptSynthetic())
		if err != nil || !strings.HasPrefix(e.Number, "3") || string(number) != e.Number {
			t.Errorf("%s: %v", e.Number, err)
		}
		if _, err := enterprise.ParseOrganizationNumber(e.Number); err == nil {
			t.Errorf("%s could be a real number", e.Number)
		}
		if !strings.HasSuffix(e.Name, " (fiktiv)") {
			t.Errorf("%s does not say that it is fictional", e.Name)
		}
		if numbers[e.Number] || names[e.Name] {
			t.Errorf("%s %s is there twice", e.Number, e.Name)
		}
		numbers[e.Number], names[e.Name] = true, true
	}
}

func TestEnterprisesAreWholeAndVaried(t *testing.T) {
	enterprises := fictional.Enterprises()
	if len(enterprises) != 80 {
		t.Fatalf("%d enterprises, want 80", len(enterprises))
	}
	forms, languages, municipalities, voluntary := map[string]int{}, map[string]int{}, map[string]int{}, 0
	for i, e := range enterprises {
		if e.Place.MunicipalityNumber == "" || e.Purpose == "" || e.Activity == "" || e.Street == "" || e.FormDescription == "" {
			t.Errorf("%s lacks something: %+v", e.Name, e)
		}
		if e.ArticlesDated.Before(e.Founded) {
			t.Errorf("%s has articles from before it was founded", e.Name)
		}
		if want := fmt.Sprintf("entrepreneur-%02d", i+1); e.PersonID() != want || !e.People[0].MayAct {
			t.Errorf("%s: %s acts for it, want %s", e.Name, e.PersonID(), want)
		}
		forms[e.FormCode]++
		languages[e.Place.Language]++
		municipalities[e.Place.MunicipalityNumber]++
		if e.RegisteredVoluntary {
			voluntary++
		}
	}
	for _, form := range []string{"AS", "SA", "STI", "FLI"} {
		if forms[form] < 5 {
			t.Errorf("only %d of form %s", forms[form], form)
		}
	}
	if languages["nn"] < 8 || languages["nb"] < 60 || len(municipalities) < 30 {
		t.Errorf("languages %v, %d municipalities", languages, len(municipalities))
	}
	if voluntary != 73 {
		t.Errorf("%d are registered as voluntary, want 73", voluntary)
	}
}

func TestEveryConditionOccursOnce(t *testing.T) {
	seen := map[fictional.Condition]int{}
	for _, e := range fictional.Oddities() {
		seen[e.Condition]++
		if e.PersonID() != "entrepreneur-01" {
			t.Errorf("%s is managed by %s", e.Name, e.PersonID())
		}
	}
	for _, condition := range []fictional.Condition{fictional.Deleted, fictional.Bankrupt, fictional.UnderLiquidation, fictional.Sparse} {
		if seen[condition] != 1 {
			t.Errorf("condition %s occurs %d times", condition, seen[condition])
		}
	}
}

func TestPeopleSignInOnceAndHaveTheirOwnNames(t *testing.T) {
	ids := map[string]fictional.Person{}
	for _, p := range fictional.People() {
		if _, twice := ids[p.ID]; twice {
			t.Errorf("%s is there twice", p.ID)
		}
		ids[p.ID] = p
	}
	if len(ids) != 82 {
		t.Errorf("%d people sign in, want 82", len(ids))
	}
	if !ids["entrepreneur-01b"].MayAct || ids["entrepreneur-02b"].MayAct {
		t.Error("of the two colleagues only entrepreneur-01b may act by themselves")
	}
	names := map[string]bool{}
	for _, e := range fictional.Enterprises() {
		for _, p := range e.People {
			if names[p.Name()] {
				t.Errorf("two people are called %s", p.Name())
			}
			names[p.Name()] = true
			if p.BirthDate.Year < 1956 || p.BirthDate.Year > 2000 {
				t.Errorf("somebody was born on %s", p.BirthDate)
			}
		}
	}
}
