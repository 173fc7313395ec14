package public

import (
	"strings"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// typeTitles names kinds of application, in a row.
func typeTitles(p ui.Page, s *saakornv1.Scheme, kinds []saakornv1.ApplicationType) string {
	var titles []string
	for _, kind := range kinds {
		for _, rule := range s.GetApplicationTypes() {
			if rule.GetType() == kind {
				titles = append(titles, strings.ToLower(site.In(p.Language, rule.GetTitle())))
			}
		}
	}
	return strings.Join(titles, ", ")
}
