package document

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the style sheet and the template
	"encoding/base64"
	"fmt"
	"html/template"

	"saakorn/services/platform/calendar"
)

//go:embed page.css
var style string

//go:embed page.html
var source string

// html returns the letter as a whole page and as a fragment for a page that has its own style. The
// page asks for nothing from anywhere, and its own policy lets a browser use nothing but its style.
func (c content) html() (page, fragment string, err error) {
	parsed, err := template.New("page").Parse(source)
	if err != nil {
		return "", "", fmt.Errorf("read the template: %w", err)
	}
	sum := sha256.Sum256([]byte(style))
	data := map[string]any{
		"Language": c.Language, "Subject": c.Subject, "Sender": clean(c.Head.Sender), "Facts": c.facts, "Date": c.date,
		"MachineDate": calendar.On(c.CreatedAt).String(), "Parts": c.parts,
		"Style":  template.CSS(style), //nolint:gosec // a constant of this package
		"Policy": "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'",
	}
	var b bytes.Buffer
	if err := parsed.ExecuteTemplate(&b, "fragment", data); err != nil {
		return "", "", fmt.Errorf("write the fragment: %w", err)
	}
	fragment = b.String()
	b.Reset()
	if err := parsed.ExecuteTemplate(&b, "page", data); err != nil {
		return "", "", fmt.Errorf("write the page: %w", err)
	}
	return b.String(), fragment, nil
}
