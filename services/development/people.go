// Package development is what only a development installation offers: signing in as a named
// fictional person, and moving the clock in a rehearsal. A production installation does not have it.
package development

import (
	"fmt"
	"time"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/enterprise/fictional"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/person"
)

// People returns everybody one can sign in as: staff of every role, and the people behind the
// fictional enterprises.
func People() []person.Person {
	people := staff()
	for _, p := range fictional.People() {
		people = append(people, person.Person{
			ID: p.ID, Name: p.Name(), Email: p.ID + "@saakorn.example", Roles: []saakornv1.Role{saakornv1.Role_ROLE_ENTREPRENEUR},
		})
	}
	return people
}

// BirthDates returns when those of the staff were born who have told it, by identifier.
func BirthDates() map[string]calendar.Date {
	eirik := fictional.Namesake()
	return map[string]calendar.Date{
		"case-officer-1":   {Year: 1984, Month: time.February, Day: 11},
		"case-officer-4":   eirik.BirthDate, // and he has the name of somebody with a role in an enterprise
		"assessor-1":       {Year: 1961, Month: time.September, Day: 30},
		"decision-maker-1": {Year: 1969, Month: time.June, Day: 3},
	}
}

func staff() []person.Person {
	teams := []struct {
		id    string
		names []string
		roles []saakornv1.Role
	}{
		{"case-officer", []string{"Solveig Myrvang", "Tarjei Lunde", "Amina Hersi", "Eirik Nordbø", "Marit Solbakken", "Jonas Fjeld"}, []saakornv1.Role{saakornv1.Role_ROLE_CASE_OFFICER}},
		{"assessor", []string{"Ragnhild Tveit", "Omar Benali", "Kirsti Haugland", "Per Aasen"}, []saakornv1.Role{saakornv1.Role_ROLE_ASSESSOR}},
		// Decision makers may also prepare cases: never one that they decide.
		{"decision-maker", []string{"Gunhild Strand", "Halvor Berge", "Ingrid Vollan"}, []saakornv1.Role{saakornv1.Role_ROLE_DECISION_MAKER, saakornv1.Role_ROLE_CASE_OFFICER}},
		{"payment-approver", []string{"Torunn Eide", "Sverre Dahl"}, []saakornv1.Role{saakornv1.Role_ROLE_PAYMENT_APPROVER}},
		{"manager", []string{"Aslaug Bremnes"}, []saakornv1.Role{saakornv1.Role_ROLE_MANAGER}},
		{"office-contact", []string{"Wenche Kvam"}, []saakornv1.Role{saakornv1.Role_ROLE_OFFICE_CONTACT}},
		{"auditor", []string{"Leif Rønning"}, []saakornv1.Role{saakornv1.Role_ROLE_AUDITOR}},
		{"administrator", []string{"Yngvild Moe"}, []saakornv1.Role{saakornv1.Role_ROLE_ADMINISTRATOR}},
	}
	var people []person.Person
	for _, team := range teams {
		for i, name := range team.names {
			id := fmt.Sprintf("%s-%d", team.id, i+1)
			people = append(people, person.Person{ID: id, Name: name + " (fiktiv)", Email: id + "@saakorn.example", Roles: team.roles})
		}
	}
	return people
}
