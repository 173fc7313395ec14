package caseworker

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// file is a case with what its pages show. Only the part that is open has been asked for.
type file struct {
	ui.Page
	*saakornv1.GetCaseResponse

	readApplication

	visit *site.Visit
	// tab is the part of the case that is open, and view what of it when it can be looked at in several ways.
	tab, view string
	scheme    *saakornv1.Scheme
	people    []choicePerson
	// assessors are those who can be named.
	assessors []*saakornv1.ListedPerson
	// hints are those about impartiality that still hold.
	hints []*saakornv1.ImpartialityHint
	// form names the form that was sent and refused; typed is what stood in it, errs what is wrong.
	form  string
	typed url.Values
	errs  ui.Errors

	clock        *saakornv1.GetCaseClockResponse
	notices      []*saakornv1.DeficiencyNotice
	declarations []*saakornv1.Declaration
	budget       *saakornv1.GetCallBudgetResponse
	appeals      []*saakornv1.Appeal
	messages     []*saakornv1.Message
	letters      []*saakornv1.Letter
	entries      []*saakornv1.JournalEntry
	events       []*saakornv1.Event
}

// choicePerson is somebody to give work to.
type choicePerson struct{ id, name string }

// parts are the parts of a case in the order in which they stand.
func parts() []string {
	return []string{"overview", "application", "completeness", "assessment", "decision", "appeal", "messages", "documents", "history"}
}

// tabs are the parts of the case that the reader may open.
func (f *file) tabs() []string {
	if f.insider() {
		return parts()
	}
	return []string{"overview", "application", "assessment"}
}

// insider tells whether the reader works in the directorate; an assessor from outside does not.
func (f *file) insider() bool {
	return f.Person.Has(saakornv1.Role_ROLE_CASE_OFFICER, saakornv1.Role_ROLE_DECISION_MAKER, saakornv1.Role_ROLE_MANAGER, saakornv1.Role_ROLE_AUDITOR)
}

func (f *file) officer() bool { return f.Person.Has(saakornv1.Role_ROLE_CASE_OFFICER) }

func (f *file) decisionMaker() bool { return f.Person.Has(saakornv1.Role_ROLE_DECISION_MAKER) }

// sharesOut tells whether the reader gives cases to people.
func (f *file) sharesOut() bool {
	return f.Person.Has(saakornv1.Role_ROLE_CASE_OFFICER, saakornv1.Role_ROLE_MANAGER)
}

func (f *file) path(tab string) string { return pathOf(f.GetCase().GetId(), tab) }

// pathOf is where a part of a case is.
func pathOf(caseID, tab string) string {
	if tab == parts()[0] {
		return "/cases/" + caseID
	}
	return "/cases/" + caseID + "/" + tab
}

func notFound() error { return status.Error(codes.NotFound, "no such page") }

// action is where a form of the case is sent.
func (f *file) action(form string) templ.SafeURL {
	return templ.SafeURL("/cases/" + f.GetCase().GetId() + "/" + form)
}

// value is what stands in a field: what was typed when its form was refused, else what is stored.
func (f *file) value(form, field, stored string) string {
	if f.form == form && f.typed.Has(field) {
		return f.typed.Get(field)
	}
	return stored
}

// problem is what is wrong with a field of the form.
func (f *file) problem(form, id string) string {
	if f.form != form {
		return ""
	}
	return f.errs.For(id)
}

func (f *file) open(steps ...saakornv1.CaseStep) bool {
	return slices.Contains(steps, f.GetCase().GetStep())
}

// openCase asks for the case and for what the part of it shows.
func openCase(v *site.Visit, tab string) (*file, error) {
	id, err := v.ID("case")
	if err != nil {
		return nil, err
	}
	v.Page.Staff = true
	answer, err := v.API.Cases.GetCase(v.Context(), &saakornv1.GetCaseRequest{CaseId: id})
	if err != nil {
		return nil, err
	}
	c := answer.GetCase()
	rules, err := v.API.Schemes.GetScheme(v.Context(), &saakornv1.GetSchemeRequest{SchemeId: c.GetSchemeId(), Version: c.GetSchemeVersion()})
	if err != nil {
		return nil, err
	}
	f := &file{Page: v.Page, GetCaseResponse: answer, visit: v, scheme: rules.GetScheme()}
	f.tab, f.view, _ = strings.Cut(tab, "/")
	if !slices.Contains(f.tabs(), f.tab) {
		f.tab = "overview"
	}
	switch {
	case f.tab == "application":
		return f, f.gatherApplication()
	case !f.insider():
		return f, nil
	}
	return f, f.gather()
}

// gather asks for what the open part of the case shows to those inside.
func (f *file) gather() error {
	ctx, api := f.visit.Context(), f.visit.API
	c := f.GetCase()
	switch f.tab {
	case "overview", "completeness":
		clock, err := api.Completeness.GetCaseClock(ctx, &saakornv1.GetCaseClockRequest{CaseId: c.GetId()})
		if err != nil {
			return err
		}
		notices, err := api.Completeness.ListDeficiencyNotices(ctx, &saakornv1.ListDeficiencyNoticesRequest{ApplicationId: c.GetApplicationId()})
		if err != nil {
			return err
		}
		f.clock, f.notices = clock, notices.GetNotices()
		return errors.Join(f.gatherHints(), f.gatherPeople())
	case "assessment":
		return errors.Join(f.gatherHints(), f.gatherAssessors())
	case "decision":
		budget, err := api.Calls.GetCallBudget(ctx, &saakornv1.GetCallBudgetRequest{CallId: c.GetCallId()})
		f.budget = budget
		return err
	case "appeal":
		appeals, err := api.Appeals.ListAppeals(ctx, &saakornv1.ListAppealsRequest{ApplicationId: c.GetApplicationId()})
		f.appeals = appeals.GetAppeals()
		return errors.Join(err, f.gatherPeople())
	case "messages":
		return f.gatherMessages()
	case "documents":
		return f.gatherDocuments()
	case "history":
		return f.gatherHistory()
	}
	return nil
}

// gatherPeople asks who works with cases, with what they have on the desk.
func (f *file) gatherPeople() error {
	answer, err := f.visit.API.Queue.GetWorkload(f.visit.Context(), &saakornv1.GetWorkloadRequest{})
	if err != nil {
		return err
	}
	for _, o := range answer.GetOfficers() {
		f.people = append(f.people, choicePerson{o.GetOwnerId(), f.loadText(o)})
	}
	return nil
}

// chosen returns the people to choose among, with the one that has been chosen.
func (f *file) chosen(id string) []ui.Choice {
	choices := []ui.Choice{{Value: "", Label: f.T("field.choose"), Chosen: id == ""}}
	for _, p := range f.people {
		choices = append(choices, ui.Choice{Value: p.id, Label: p.name, Chosen: p.id == id})
	}
	return choices
}

// show answers with one part of the case.
func show(tab string) site.Handler {
	return func(v *site.Visit) error {
		f, err := openCase(v, tab)
		if undeclared(err) {
			d, err := askToDeclare(v, tab)
			if err != nil {
				return err
			}
			return v.Show(declarationPage(d))
		}
		if err != nil {
			return err
		}
		return v.Show(casePage(f))
	}
}

// done goes back to the part of the case after a change, or shows it again with what is wrong. ids
// says which input each field of the request was typed into.
func done(v *site.Visit, tab, form, notice string, ids map[string]string, err error) error {
	if err == nil {
		id := v.Request.PathValue("case")
		return v.GoWith((&file{GetCaseResponse: &saakornv1.GetCaseResponse{Case: &saakornv1.Case{Id: id}}}).path(tab), notice)
	}
	errs, ok := site.FormErrors(v.Page.Printer, err, ids)
	if !ok {
		errs, ok = site.Refused(v.Page.Printer, err)
	}
	if !ok {
		return err
	}
	f, failed := openCase(v, tab)
	if failed != nil {
		return err // what was refused says more than that the page cannot be shown
	}
	f.form, f.typed, f.errs = form, v.Request.Form, errs
	return v.ShowInvalid(casePage(f))
}
