package caseworker

import (
	"net/url"
	"slices"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// declaration is what somebody is shown before they see a case: which case it is, and what they say about
// themselves.
type declaration struct {
	ui.Page

	// row is the case as the queue shows it.
	row    *saakornv1.Case
	scheme *saakornv1.Scheme
	// tab is the part of the case that the reader was on the way to.
	tab   string
	typed url.Values
	errs  ui.Errors
}

// undeclared tells whether the case is closed to the reader until they have declared about themselves.
func undeclared(err error) bool {
	p := site.ProblemOf(err)
	return p.Code == codes.PermissionDenied && p.Reason == "NOT_DECLARED"
}

// askToDeclare gathers what the reader needs to know about the case in order to declare.
func askToDeclare(v *site.Visit, tab string) (*declaration, error) {
	id, err := v.ID("case")
	if err != nil {
		return nil, err
	}
	v.Page.Staff = true
	rows, err := v.API.Cases.ListCases(v.Context(), &saakornv1.ListCasesRequest{CaseId: id})
	if err != nil {
		return nil, err
	}
	if len(rows.GetCases()) == 0 {
		return nil, status.Error(codes.NotFound, "no such case")
	}
	row := rows.GetCases()[0]
	rules, err := v.API.Schemes.GetScheme(v.Context(), &saakornv1.GetSchemeRequest{SchemeId: row.GetSchemeId(), Version: row.GetSchemeVersion()})
	if err != nil {
		return nil, err
	}
	return &declaration{Page: v.Page, row: row, scheme: rules.GetScheme(), tab: tab}, nil
}

// declare records the reader's declaration of impartiality (fvl. §§ 6-10), and goes on to where they were on
// the way to.
func declare(v *site.Visit) error {
	id, err := v.ID("case")
	if err != nil {
		return err
	}
	tab := v.Value("part")
	if !slices.Contains(parts(), tab) {
		tab = parts()[0]
	}
	_, err = v.API.Impartiality.DeclareImpartiality(v.Context(), &saakornv1.DeclareImpartialityRequest{
		RequestId: v.RequestID(), CaseId: id, Impartial: v.Value("impartial") == "yes", Reason: v.Value("reason"),
	})
	if errs, ok := site.FormErrors(v.Page.Printer, err, map[string]string{"reason": "reason"}); ok {
		d, failed := askToDeclare(v, tab)
		if failed != nil {
			return failed
		}
		d.typed, d.errs = v.Request.Form, errs
		return v.ShowInvalid(declarationPage(d))
	}
	if err != nil {
		return err
	}
	if v.Value("impartial") != "yes" {
		return v.GoWith("/cases", "not_impartial")
	}
	return v.GoWith(pathOf(id, tab), "declared")
}
