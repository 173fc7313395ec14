package site

import (
	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/text"
)

// In returns a text of a scheme in the language.
func In(l text.Language, t *saakornv1.LocalizedText) string {
	switch l {
	case text.Nynorsk:
		return t.GetNn()
	case text.English:
		return t.GetEn()
	default:
		return t.GetNb()
	}
}
