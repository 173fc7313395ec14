// Package register holds the pages of the register: enterprises and Nav units as they are known, each with
// where that is known from, and the relations between them (R51).
package register

import (
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/sheet"
	"saakorn/web/site"
	"saakorn/web/ui"
)

const (
	onScreen = 50
	mostRows = 2000
)

// Routes returns the pages of this package.
func Routes() []site.Route {
	return []site.Route{
		{Pattern: "GET /register", Show: showEnterprises},
		{Pattern: "GET /register/enterprises/{enterprise}", Show: showEnterprise},
		{Pattern: "GET /register/units", Show: showUnits},
		{Pattern: "GET /register/units/{unit}", Show: showUnit},
	}
}

func enterprisePath(id string) string { return "/register/enterprises/" + id }

func unitPath(id string) string { return "/register/units/" + id }

// known says where an enterprise is known from.
func known(p ui.Page, e *saakornv1.Enterprise) string {
	if e.GetRegistryCheckedAt() != nil {
		return p.T("catalogue.from_registry", "date", p.StampDay(e.GetRegistryCheckedAt()))
	}
	return e.GetSource()
}

func columns(p ui.Page, keys ...string) []sheet.Column {
	var all []sheet.Column
	for _, key := range keys {
		all = append(all, sheet.Column{Title: p.T("catalogue.column." + key)})
	}
	return all
}

func showEnterprises(v *site.Visit) error {
	v.Page.Staff = true
	query := v.Value("query")
	answer, err := v.API.Enterprises.ListEnterprises(v.Context(), &saakornv1.ListEnterprisesRequest{PageSize: onScreen, PageToken: v.Value("page"), Query: query})
	if err != nil {
		errs, ok := site.FormErrors(v.Page.Printer, err, map[string]string{"query": "query"})
		if !ok {
			return err
		}
		return v.ShowInvalid(enterprisesPage(v.Page, query, sheet.Table{}, "", errs))
	}
	t := sheet.Table{Key: "enterprises", Title: v.Page.T("catalogue.enterprises"), Columns: columns(v.Page, "enterprise", "number", "place", "source")}
	for _, e := range answer.GetEnterprises() {
		t.Rows = append(t.Rows, []sheet.Cell{
			{Text: e.GetName(), Href: enterprisePath(e.GetId())}, {Text: dash(e.GetOrganizationNumber())}, {Text: dash(place(e))}, {Text: known(v.Page, e)},
		})
	}
	return v.Show(enterprisesPage(v.Page, query, t, answer.GetNextPageToken(), nil))
}

func dash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

func place(e *saakornv1.Enterprise) string {
	if e.GetMunicipalityName() != "" {
		return e.GetMunicipalityName()
	}
	return e.GetStatedLocation()
}

func relations(v *site.Visit, enterpriseID, unitID string) ([]*saakornv1.Relation, error) {
	return site.All(mostRows, func(token string) ([]*saakornv1.Relation, string, error) {
		page, err := v.API.Enterprises.ListRelations(v.Context(), &saakornv1.ListRelationsRequest{PageSize: 200, PageToken: token, EnterpriseId: enterpriseID, NavUnitId: unitID})
		return page.GetRelations(), page.GetNextPageToken(), err
	})
}

// relationTable shows relations from one side: the other side names the row.
func relationTable(p ui.Page, all []*saakornv1.Relation, fromUnit bool) sheet.Table {
	t := sheet.Table{Key: "relations", Title: p.T("catalogue.relations"), Columns: columns(p, "unit", "types", "period", "description", "source")}
	if fromUnit {
		t.Columns[0].Title = p.T("catalogue.column.enterprise")
	}
	for _, r := range all {
		first := sheet.Cell{Text: r.GetNavUnitName(), Href: unitPath(r.GetNavUnitId())}
		if fromUnit {
			first = sheet.Cell{Text: r.GetEnterpriseName(), Href: enterprisePath(r.GetEnterpriseId())}
		}
		var types []string
		for _, kind := range r.GetTypes() {
			types = append(types, p.T("collaboration_type."+kind.String()))
		}
		t.Rows = append(t.Rows, []sheet.Cell{
			first, {Text: dash(strings.Join(types, ", "))}, {Text: dash(r.GetPeriod())}, {Text: dash(r.GetDescription())}, {Text: r.GetSource()},
		})
	}
	return t
}

func showEnterprise(v *site.Visit) error {
	v.Page.Staff = true
	id, err := v.ID("enterprise")
	if err != nil {
		return err
	}
	answer, err := v.API.Enterprises.GetEnterprise(v.Context(), &saakornv1.GetEnterpriseRequest{EnterpriseId: id})
	if err != nil {
		return err
	}
	all, err := relations(v, id, "")
	if err != nil {
		return err
	}
	return v.Show(enterprisePage(v.Page, answer.GetEnterprise(), relationTable(v.Page, all, false)))
}

func units(v *site.Visit) ([]*saakornv1.NavUnit, error) {
	return site.All(mostRows, func(token string) ([]*saakornv1.NavUnit, string, error) {
		page, err := v.API.Enterprises.ListNavUnits(v.Context(), &saakornv1.ListNavUnitsRequest{PageSize: 200, PageToken: token})
		return page.GetNavUnits(), page.GetNextPageToken(), err
	})
}

func showUnits(v *site.Visit) error {
	v.Page.Staff = true
	all, err := units(v)
	if err != nil {
		return err
	}
	query := v.Value("query")
	t := sheet.Table{Key: "units", Title: v.Page.T("catalogue.units"), Columns: columns(v.Page, "unit", "number", "level", "stated_relations", "source")}
	t.Columns[3].Numeric = true
	for _, u := range all {
		if !strings.Contains(strings.ToLower(u.GetName()+" "+u.GetUnitNumber()), strings.ToLower(query)) {
			continue
		}
		stated := "–"
		if u.StatedRelations != nil {
			stated = v.Page.Number(int64(u.GetStatedRelations()))
		}
		t.Rows = append(t.Rows, []sheet.Cell{
			{Text: u.GetName(), Href: unitPath(u.GetId())}, {Text: dash(u.GetUnitNumber())}, {Text: v.Page.Or("catalogue.level."+u.GetLevel(), "catalogue.level.LOCAL")},
			{Text: stated}, {Text: u.GetSource()},
		})
	}
	return v.Show(unitsPage(v.Page, query, t))
}

func showUnit(v *site.Visit) error {
	v.Page.Staff = true
	id, err := v.ID("unit")
	if err != nil {
		return err
	}
	all, err := units(v)
	if err != nil {
		return err
	}
	for _, u := range all {
		if u.GetId() != id {
			continue
		}
		related, err := relations(v, "", id)
		if err != nil {
			return err
		}
		return v.Show(unitPage(v.Page, u, relationTable(v.Page, related, true)))
	}
	return status.Error(codes.NotFound, "no such unit")
}

func years(p ui.Page, e *saakornv1.Enterprise) string {
	var all []string
	for _, y := range e.GetStatedGrantYears() {
		all = append(all, strings.ReplaceAll(p.Number(int64(y)), "\u00a0", ""))
	}
	return strings.Join(all, ", ")
}

func yes(p ui.Page, is bool) string {
	if is {
		return p.T("catalogue.yes")
	}
	return p.T("catalogue.no")
}

func stated(p ui.Page, u *saakornv1.NavUnit) string {
	if u.StatedRelations == nil {
		return ""
	}
	return p.Number(int64(u.GetStatedRelations()))
}
