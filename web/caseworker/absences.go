package caseworker

import (
	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// absences are who is away and who stands in for them.
type absences struct {
	sheet

	all    []*saakornv1.Absence
	people []*saakornv1.ListedPerson
	next   string
}

func openAbsences(v *site.Visit) (*absences, error) {
	v.Page.Staff = true
	a := &absences{sheet: sheet{Page: v.Page}}
	answer, err := v.API.Assignments.ListAbsences(v.Context(), &saakornv1.ListAbsencesRequest{PageSize: onScreen, PageToken: v.Value("page"), Current: true})
	if err != nil {
		return nil, err
	}
	a.all, a.next = answer.GetAbsences(), answer.GetNextPageToken()
	if !a.registers() {
		return a, nil
	}
	a.people, err = colleagues(v, saakornv1.Role_ROLE_CASE_OFFICER, saakornv1.Role_ROLE_ASSESSOR, saakornv1.Role_ROLE_DECISION_MAKER, saakornv1.Role_ROLE_MANAGER)
	return a, err
}

// registers tells whether the reader may register absences here, with a substitute chosen by name.
func (a *absences) registers() bool {
	return a.Person.Has(saakornv1.Role_ROLE_CASE_OFFICER, saakornv1.Role_ROLE_DECISION_MAKER, saakornv1.Role_ROLE_MANAGER)
}

func (a *absences) manages() bool { return a.Person.Has(saakornv1.Role_ROLE_MANAGER) }

// changes tells whether the absence is the reader's to change; the API has the last word.
func (a *absences) changes(x *saakornv1.Absence) bool {
	return a.registers() && (x.GetPersonId() == a.Person.ID || a.manages())
}

// person is a field that chooses somebody.
func (a *absences) person(form, name, label, stored, nobody string) ui.Field {
	f := a.field(form, name, label, stored)
	f.Choices = []ui.Choice{{Label: nobody, Chosen: f.Value == ""}}
	for _, p := range a.people {
		f.Choices = append(f.Choices, ui.Choice{Value: p.GetId(), Label: p.GetName(), Chosen: p.GetId() == f.Value})
	}
	return f
}

func showAbsences(v *site.Visit) error {
	a, err := openAbsences(v)
	if err != nil {
		return err
	}
	return v.Show(absencesPage(a))
}

// registerAbsence registers when somebody is away.
func registerAbsence(v *site.Visit) error {
	_, err := v.API.Assignments.RegisterAbsence(v.Context(), &saakornv1.RegisterAbsenceRequest{
		RequestId: v.RequestID(), PersonId: v.Value("person"), SubstituteId: v.Value("substitute"),
		FirstDay: v.Value("first_day"), LastDay: v.Value("last_day"),
	})
	return absencesAgain(v, "new", "absence_registered", err)
}

// changeAbsence changes the days of an absence or who stands in.
func changeAbsence(v *site.Visit) error {
	id, err := v.ID("absence")
	if err != nil {
		return err
	}
	_, err = v.API.Assignments.ChangeAbsence(v.Context(), &saakornv1.ChangeAbsenceRequest{
		RequestId: v.RequestID(), AbsenceId: id, Etag: v.Value("etag"), SubstituteId: v.Value("substitute"),
		FirstDay: v.Value("first_day"), LastDay: v.Value("last_day"),
	})
	return absencesAgain(v, id+"/change", "absence_changed", err)
}

// endAbsence cancels an absence, or says that the person is back.
func endAbsence(v *site.Visit) error {
	id, err := v.ID("absence")
	if err != nil {
		return err
	}
	_, err = v.API.Assignments.EndAbsence(v.Context(), &saakornv1.EndAbsenceRequest{RequestId: v.RequestID(), AbsenceId: id, Etag: v.Value("etag")})
	return absencesAgain(v, id+"/end", "absence_ended", err)
}

// absencesAgain goes back to the list after a change, or shows it with what is wrong.
func absencesAgain(v *site.Visit, form, notice string, err error) error {
	if err == nil {
		return v.GoWith("/absences", notice)
	}
	s, ok := refusedForm(v, form, map[string]string{
		"person_id": "person", "substitute_id": "substitute", "first_day": "first_day", "last_day": "last_day",
	}, err)
	if !ok {
		return err
	}
	a, failed := openAbsences(v)
	if failed != nil {
		return err // what was refused says more
	}
	s.Page = v.Page
	a.sheet = s
	return v.ShowInvalid(absencesPage(a))
}
