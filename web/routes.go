package web

import (
	"slices"
	"strings"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/caseworker"
	"saakorn/web/entrepreneur"
	"saakorn/web/manager"
	"saakorn/web/public"
	"saakorn/web/register"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// allRoutes returns the pages of everybody.
func allRoutes() []site.Route {
	return slices.Concat(public.Routes(), entrepreneur.Routes(), caseworker.Routes(), manager.Routes(), register.Routes())
}

// menu returns what the reader finds at the top.
func menu(p ui.Page) []ui.MenuItem {
	var items []ui.MenuItem
	add := func(href, text string) {
		current := p.Path == href || strings.HasPrefix(p.Path, href+"/") || strings.HasPrefix(p.Path, href+"?")
		items = append(items, ui.MenuItem{Href: href, Text: text, Current: current})
	}
	if p.Person.Has(saakornv1.Role_ROLE_ENTREPRENEUR) {
		add("/my", p.T("menu.my"))
		add("/enterprises", p.T("menu.enterprises"))
	}
	if p.Person.Has(saakornv1.Role_ROLE_OFFICE_CONTACT) {
		add("/office", p.T("menu.office"))
	}
	if p.Person.Has(inside()...) {
		add("/tasks", p.T("menu.tasks"))
	}
	if p.Person.Has(site.Staff()...) {
		add("/cases", p.T("menu.cases"))
	}
	if p.Person.Has(inside()...) {
		add("/lifecycles", p.T("menu.lifecycles"))
		add("/followup", p.T("menu.followup"))
		add("/payments", p.T("menu.payments"))
	}
	if p.Person.Has(saakornv1.Role_ROLE_CASE_OFFICER, saakornv1.Role_ROLE_DECISION_MAKER, saakornv1.Role_ROLE_MANAGER, saakornv1.Role_ROLE_AUDITOR) {
		add("/ranking", p.T("menu.ranking"))
		add("/workload", p.T("menu.workload"))
	}
	if p.Person.Has(saakornv1.Role_ROLE_MANAGER, saakornv1.Role_ROLE_AUDITOR) {
		add("/portfolio", p.T("menu.portfolio"))
	}
	if p.Person.Has(site.Staff()...) {
		add("/register", p.T("menu.register"))
	}
	add("/schemes", p.T("menu.schemes"))
	return items
}

// inside returns the roles of those who work in the directorate; assessors from outside do not.
func inside() []saakornv1.Role {
	return []saakornv1.Role{
		saakornv1.Role_ROLE_CASE_OFFICER, saakornv1.Role_ROLE_DECISION_MAKER, saakornv1.Role_ROLE_PAYMENT_APPROVER,
		saakornv1.Role_ROLE_MANAGER, saakornv1.Role_ROLE_AUDITOR,
	}
}
