package caseworker

import (
	"slices"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// mostPeople bounds how many people there are to choose among.
const mostPeople = 500

// colleagues returns everybody who has one of the roles, in the order of their names.
func colleagues(v *site.Visit, roles ...saakornv1.Role) ([]*saakornv1.ListedPerson, error) {
	return site.All(mostPeople, func(token string) ([]*saakornv1.ListedPerson, string, error) {
		page, err := v.API.People.ListPeople(v.Context(), &saakornv1.ListPeopleRequest{PageSize: 200, PageToken: token, Roles: roles})
		return page.GetPeople(), page.GetNextPageToken(), err
	})
}

// loadText says what a person has on the desk, and that they are away.
func (f *file) loadText(w *saakornv1.Workload) string {
	text := f.N("casefile.person_load", int(w.GetOpen()), "name", w.GetOwnerName())
	if w.GetAbsentUntil() != "" {
		text += f.T("owner.away", "date", f.Date(w.GetAbsentUntil()), "substitute", w.GetSubstituteName())
	}
	return text
}

// gatherHints asks who of those who handle cases may have a role in the enterprise.
func (f *file) gatherHints() error {
	answer, err := f.visit.API.Hints.ListImpartialityHints(f.visit.Context(), &saakornv1.ListImpartialityHintsRequest{CaseId: f.GetCase().GetId()})
	f.hints = slices.DeleteFunc(answer.GetHints(), func(h *saakornv1.ImpartialityHint) bool { return h.GetGoneAt() != nil })
	return err
}

// gatherAssessors asks who can be named as assessor: assessors first, then officers.
func (f *file) gatherAssessors() error {
	if !f.namesAssessors() {
		return nil
	}
	people, err := colleagues(f.visit, saakornv1.Role_ROLE_ASSESSOR, saakornv1.Role_ROLE_CASE_OFFICER)
	slices.SortStableFunc(people, func(a, b *saakornv1.ListedPerson) int { return rank(a) - rank(b) })
	f.assessors = people
	return err
}

// rank is where a person stands among those to name: assessors before officers.
func rank(p *saakornv1.ListedPerson) int {
	if slices.Contains(p.GetRoles(), saakornv1.Role_ROLE_ASSESSOR) {
		return 0
	}
	return 1
}

// namesAssessors tells whether the reader may name assessors of the case as it is.
func (f *file) namesAssessors() bool {
	return f.sharesOut() && f.open(saakornv1.CaseStep_CASE_STEP_CLARIFICATION, saakornv1.CaseStep_CASE_STEP_ASSESSMENT, saakornv1.CaseStep_CASE_STEP_RECOMMENDATION)
}

// assessorChoices are the people to name; whoever is named already is chosen.
func (f *file) assessorChoices() []ui.Choice {
	chosen := f.GetAssessorIds()
	if f.form == "assessors" {
		chosen = f.typed["assessor"]
	}
	var choices []ui.Choice
	for _, p := range f.assessors {
		c := ui.Choice{Value: p.GetId(), Label: p.GetName(), Chosen: slices.Contains(chosen, p.GetId())}
		if rank(p) > 0 {
			c.Help = f.T("owner.officer")
		}
		choices = append(choices, c)
	}
	return choices
}

// takes tells whether the reader may take the case: nobody has it, and it is not closed.
func takes(p ui.Page, c *saakornv1.Case) bool {
	return p.Person.Has(saakornv1.Role_ROLE_CASE_OFFICER) && c.GetOwnerId() == "" && c.GetClosedAt() == nil
}

// handsOver tells whether the case is the reader's to hand over: it is theirs, or they stand in for its
// owner, or they manage.
func (f *file) handsOver() bool {
	c := f.GetCase()
	if c.GetOwnerId() == "" || c.GetClosedAt() != nil {
		return false
	}
	return c.GetOwnerId() == f.Person.ID || c.GetActingOwnerId() == f.Person.ID || f.Person.Has(saakornv1.Role_ROLE_MANAGER)
}

// others returns the people to hand the case over to.
func (f *file) others(chosen string) []ui.Choice {
	return slices.DeleteFunc(f.chosen(chosen), func(c ui.Choice) bool { return c.Value == f.GetCase().GetOwnerId() && c.Value != "" })
}

// takeCase gives the case to the reader, from the queue or from the case itself.
func takeCase(v *site.Visit) error {
	id, err := v.ID("case")
	if err != nil {
		return err
	}
	_, err = v.API.Cases.AssignCase(v.Context(), &saakornv1.AssignCaseRequest{
		RequestId: v.RequestID(), CaseId: id, Etag: v.Value("etag"), OwnerId: v.Person().ID,
	})
	if undeclared(err) {
		return v.Go("/cases/" + id)
	}
	return done(v, "overview", "take", "case_taken", nil, err)
}

// handOver gives the case to somebody else with a note.
func handOver(v *site.Visit) error {
	id, err := v.ID("case")
	if err != nil {
		return err
	}
	_, err = v.API.Assignments.HandOverCase(v.Context(), &saakornv1.HandOverCaseRequest{
		RequestId: v.RequestID(), CaseId: id, Etag: v.Value("etag"), OwnerId: v.Value("owner"), Note: v.Value("note"),
	})
	return done(v, "overview", "hand-over", "handed_over", map[string]string{"owner_id": "next-owner", "note": "hand-over-note"}, err)
}

// ownerChange says in a sentence how the case came to somebody.
func (f *file) ownerChange(c *saakornv1.OwnerChange) string {
	switch {
	case c.GetToId() == "":
		return f.T("owner.left", "from", c.GetFromName())
	case c.GetFromId() == "":
		return f.T("owner.got", "to", c.GetToName())
	}
	return f.T("owner.from_to", "from", c.GetFromName(), "to", c.GetToName())
}
