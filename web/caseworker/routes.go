// Package caseworker holds the pages of those who work with cases in the directorate.
package caseworker

import (
	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
)

// Routes returns the pages of this package.
func Routes() []site.Route {
	return []site.Route{
		{Pattern: "GET /cases", Show: listCases},
	}
}

// listCases shows the cases that the person may see, in the order of the API.
func listCases(v *site.Visit) error {
	answer, err := v.API.Cases.ListCases(v.Context(), &saakornv1.ListCasesRequest{PageSize: 40, PageToken: v.Value("page")})
	if err != nil {
		return err
	}
	v.Page.Staff = true
	return v.Show(casesPage(v.Page, answer))
}
