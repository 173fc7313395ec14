// Package public holds the pages that everybody may see without signing in.
package public

import (
	"cmp"
	"slices"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
)

// Routes returns the pages of this package.
func Routes() []site.Route {
	return []site.Route{
		{Pattern: "GET /{$}", Public: true, Show: front},
		{Pattern: "GET /schemes", Public: true, Show: schemes},
		{Pattern: "GET /schemes/{scheme}", Public: true, Show: scheme},
		{Pattern: "GET /schemes/{scheme}/questions", Public: true, Show: questions},
		{Pattern: "GET /accessibility", Public: true, Show: accessibility},
		{Pattern: "GET /privacy", Public: true, Show: privacy},
		{Pattern: "GET /signed-out", Public: true, Show: signedOut},
	}
}

// front is for those who have not signed in; the others begin with what is theirs.
func front(v *site.Visit) error {
	if v.Person() != nil {
		return v.Go(site.Home(v.Person()))
	}
	list, err := v.API.Schemes.ListSchemes(v.Context(), &saakornv1.ListSchemesRequest{})
	if err != nil {
		return err
	}
	calls, err := callsOf(v, "")
	if err != nil {
		return err
	}
	return v.Show(frontPage(v.Page, list.GetSchemes(), calls))
}

func schemes(v *site.Visit) error {
	list, err := v.API.Schemes.ListSchemes(v.Context(), &saakornv1.ListSchemesRequest{})
	if err != nil {
		return err
	}
	if len(list.GetSchemes()) == 1 {
		return v.Go("/schemes/" + list.GetSchemes()[0].GetId())
	}
	calls, err := callsOf(v, "")
	if err != nil {
		return err
	}
	return v.Show(schemesPage(v.Page, list.GetSchemes(), calls))
}

// callsOf returns the calls that are open or will be, those that close first first; of one scheme
// unless it is empty.
func callsOf(v *site.Visit, schemeID string) ([]*saakornv1.Call, error) {
	list, err := v.API.Calls.ListCalls(v.Context(), &saakornv1.ListCallsRequest{PageSize: 50})
	if err != nil {
		return nil, err
	}
	var calls []*saakornv1.Call
	for _, c := range list.GetCalls() {
		if c.GetState() != saakornv1.CallState_CALL_STATE_CLOSED && (schemeID == "" || c.GetSchemeId() == schemeID) {
			calls = append(calls, c)
		}
	}
	slices.SortFunc(calls, func(a, b *saakornv1.Call) int {
		return cmp.Compare(a.GetClosesAt().GetSeconds(), b.GetClosesAt().GetSeconds())
	})
	return calls, nil
}

// loadScheme returns the version that the address names, and otherwise the one that the first call is
// under, so that people read the rules that would count for them.
func loadScheme(v *site.Visit) (*saakornv1.Scheme, []*saakornv1.Call, error) {
	id, version := v.Request.PathValue("scheme"), v.Value("version")
	calls, err := callsOf(v, id)
	if err != nil {
		return nil, nil, err
	}
	if version == "" && len(calls) > 0 {
		version = calls[0].GetSchemeVersion()
	}
	answer, err := v.API.Schemes.GetScheme(v.Context(), &saakornv1.GetSchemeRequest{SchemeId: id, Version: version})
	if err != nil {
		return nil, nil, err
	}
	return answer.GetScheme(), calls, nil
}

func scheme(v *site.Visit) error {
	s, calls, err := loadScheme(v)
	if err != nil {
		return err
	}
	return v.Show(schemePage(v.Page, s, calls))
}

func questions(v *site.Visit) error {
	s, _, err := loadScheme(v)
	if err != nil {
		return err
	}
	return v.Show(questionsPage(v.Page, s))
}

func accessibility(v *site.Visit) error { return v.Show(statementPage(v.Page, "accessibility")) }

func privacy(v *site.Visit) error { return v.Show(statementPage(v.Page, "privacy")) }

func signedOut(v *site.Visit) error { return v.Show(signedOutPage(v.Page)) }
