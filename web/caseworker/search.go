package caseworker

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// hits is what the words were found in, group by group. A group that the reader may not look into is
// left out.
type hits struct {
	ui.Page

	query  string
	groups []hitGroup
	errs   ui.Errors
}

// hitGroup is what was found of one kind.
type hitGroup struct {
	key  string
	hits []hit
	// more leads to everything of the kind; empty when all of it is shown.
	more string
}

// hit is one thing that was found.
type hit struct{ href, title, about string }

// mostHits is how many of each kind are shown, and mostFollowed of how many enterprises the course of the
// grant is looked up.
const (
	mostHits     = 10
	mostFollowed = 5
)

// showSearch looks for the words in everything that the reader may look into.
func showSearch(v *site.Visit) error {
	v.Page.Staff = true
	h := &hits{Page: v.Page, query: v.Value("q")}
	if h.query == "" {
		return v.Show(searchPage(h))
	}
	for _, find := range []func(*site.Visit) error{h.findCases, h.findEnterprises, h.findPeople, h.findExamples} {
		if err := find(v); err != nil {
			errs, ok := site.FormErrors(v.Page.Printer, err, map[string]string{"filter.text": "search-text", "query": "search-text"})
			if !ok {
				return err
			}
			h.errs = errs
			return v.ShowInvalid(searchPage(h))
		}
	}
	return v.Show(searchPage(h))
}

// count is how many were found in all that is shown.
func (h *hits) count() int {
	n := 0
	for _, g := range h.groups {
		n += len(g.hits)
	}
	return n
}

func (h *hits) add(key, more string, found []hit) {
	if len(found) > 0 {
		h.groups = append(h.groups, hitGroup{key, found, more})
	}
}

func (h *hits) findCases(v *site.Visit) error {
	if !v.Has(saakornv1.Role_ROLE_CASE_OFFICER, saakornv1.Role_ROLE_ASSESSOR, saakornv1.Role_ROLE_DECISION_MAKER, saakornv1.Role_ROLE_MANAGER, saakornv1.Role_ROLE_AUDITOR) {
		return nil
	}
	answer, err := v.API.Queue.SearchCases(v.Context(), &saakornv1.SearchCasesRequest{
		PageSize: mostHits, Filter: &saakornv1.CaseFilter{Text: h.query}, Sorting: saakornv1.CaseSorting_CASE_SORTING_LAST_EVENT, Descending: true,
	})
	if err != nil {
		return err
	}
	var found []hit
	for _, f := range answer.GetCases() {
		c := f.GetCase()
		about := strings.Join([]string{h.T("casetype." + c.GetApplicationType().String()), h.T("staffstep." + c.GetStep().String()), c.GetReference()}, ", ")
		found = append(found, hit{"/cases/" + c.GetId(), c.GetNumber() + " " + c.GetEnterpriseName(), about})
	}
	more := ""
	if answer.GetNextPageToken() != "" {
		more = "/cases?" + url.Values{"text": {h.query}, "closed": {"yes"}}.Encode()
	}
	h.add("cases", more, found)
	return nil
}

// findEnterprises finds enterprises, and the courses of grants of the first of them.
func (h *hits) findEnterprises(v *site.Visit) error {
	answer, err := v.API.Enterprises.ListEnterprises(v.Context(), &saakornv1.ListEnterprisesRequest{PageSize: mostHits, Query: h.query})
	if err != nil {
		return err
	}
	var found, courses []hit
	for i, e := range answer.GetEnterprises() {
		about := strings.Join(slices.DeleteFunc([]string{e.GetOrganizationNumber(), e.GetMunicipalityName()}, func(s string) bool { return s == "" }), ", ")
		found = append(found, hit{"/register/enterprises/" + e.GetId(), e.GetName(), about})
		if i >= mostFollowed || !v.Has(insideRoles()...) {
			continue
		}
		list, err := v.API.Grants.ListLifecycles(v.Context(), &saakornv1.ListLifecyclesRequest{EnterpriseId: e.GetId(), PageSize: mostHits})
		if err != nil {
			return err
		}
		for _, l := range list.GetLifecycles() {
			courses = append(courses, hit{"/lifecycles/" + l.GetId(), e.GetName(), h.course(l)})
		}
	}
	more := ""
	if answer.GetNextPageToken() != "" {
		more = "/register?" + url.Values{"query": {h.query}}.Encode()
	}
	h.add("enterprises", more, found)
	h.add("lifecycles", "", courses)
	return nil
}

// course says how far a course of grants has come.
func (h *hits) course(l *saakornv1.Lifecycle) string {
	return h.T("lifecyclestate."+l.GetState().String()) + ", " + h.T("search.course", "n", strconv.Itoa(int(l.GetYearsUsed())), "max", strconv.Itoa(int(l.GetMaxYears())))
}

func insideRoles() []saakornv1.Role {
	return []saakornv1.Role{saakornv1.Role_ROLE_CASE_OFFICER, saakornv1.Role_ROLE_DECISION_MAKER, saakornv1.Role_ROLE_MANAGER, saakornv1.Role_ROLE_AUDITOR}
}

func (h *hits) findPeople(v *site.Visit) error {
	if !v.Has(saakornv1.Role_ROLE_CASE_OFFICER, saakornv1.Role_ROLE_DECISION_MAKER, saakornv1.Role_ROLE_MANAGER, saakornv1.Role_ROLE_ADMINISTRATOR) {
		return nil
	}
	answer, err := v.API.People.ListPeople(v.Context(), &saakornv1.ListPeopleRequest{PageSize: mostHits, Query: h.query})
	if err != nil {
		return err
	}
	var found []hit
	for _, p := range answer.GetPeople() {
		var roles []string
		for _, r := range p.GetRoles() {
			roles = append(roles, h.T("role."+r.String()+".title"))
		}
		href := "/cases?" + url.Values{"owner": {p.GetId()}, "sort": {"DUE"}}.Encode()
		if !slices.Contains(p.GetRoles(), saakornv1.Role_ROLE_CASE_OFFICER) {
			href = ""
		}
		found = append(found, hit{href, p.GetName(), strings.Join(roles, ", ")})
	}
	h.add("people", "", found)
	return nil
}

func (h *hits) findExamples(v *site.Visit) error {
	if !v.Has(append(insideRoles(), saakornv1.Role_ROLE_ASSESSOR)...) {
		return nil
	}
	answer, err := v.API.Examples.ListExamples(v.Context(), &saakornv1.ListExamplesRequest{PageSize: mostHits, Query: h.query})
	if err != nil {
		return err
	}
	var found []hit
	for _, e := range answer.GetExamples() {
		found = append(found, hit{"", e.GetContent().GetTitle(), e.GetEnterpriseName()})
	}
	h.add("examples", "", found)
	return nil
}
