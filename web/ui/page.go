// Package ui holds the components that the pages are made of, after the recipes of Aksel, Nav's design
// system. They know nothing of the contract's methods: what they show is handed to them.
package ui

import (
	"slices"
	"strings"

	"github.com/a-h/templ"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/assets"
	"saakorn/web/text"
)

// Page is what every page knows: in which language it is, who reads it, and where it is.
type Page struct {
	text.Printer

	Assets *assets.Assets
	// Path is the page's own address with its query, for the links that change the language.
	Path string
	// Person is who has signed in; nil when nobody has.
	Person *Person
	// CSRF goes into every form.
	CSRF string
	// Menu is what the person finds at the top.
	Menu []MenuItem
	// Notice says what has just been done; empty when nothing has.
	Notice string
	// Fictional says that everybody and everything here is made up.
	Fictional bool
	// Secure says that the pages are served over HTTPS.
	Secure bool
	// Search says that the person can search in everything, and has the shortcuts of those who do.
	Search bool
	// Staff gives the page the width of a workplace.
	Staff bool
}

// Person is who reads the page.
type Person struct {
	ID, Name string
	Roles    []saakornv1.Role
}

// Has tells whether the person has at least one of the roles. What a person may do is decided by the
// API; this only spares them links that lead nowhere.
func (p *Person) Has(roles ...saakornv1.Role) bool {
	return p != nil && slices.ContainsFunc(roles, func(r saakornv1.Role) bool { return slices.Contains(p.Roles, r) })
}

// MenuItem is a link at the top.
type MenuItem struct {
	Href, Text string
	Current    bool
}

// FieldError is what is wrong with what was typed into one field.
type FieldError struct {
	// ID is that of the field's input, where the link in the summary leads.
	ID string
	// Text tells the reader how to mend it, in their language.
	Text string
	// Label is what the field is called, which the summary needs when the text does not say it.
	Label string
}

// summary is what the summary says.
func (f FieldError) summary() string {
	if f.Label == "" {
		return f.Text
	}
	if strings.HasSuffix(f.Label, "?") {
		return f.Label + " " + f.Text
	}
	return f.Label + ": " + f.Text
}

// Errors are what is wrong with a form.
type Errors []FieldError

// For returns what is wrong with the field; empty when nothing is.
func (e Errors) For(id string) string {
	for _, f := range e {
		if f.ID == id {
			return f.Text
		}
	}
	return ""
}

// With returns the errors with one more.
func (e Errors) With(id, text string) Errors { return append(e, FieldError{ID: id, Text: text}) }

// Field is a field of a form.
type Field struct {
	// ID is the input's; it is also its name unless Name is set.
	ID, Name string
	Label    string
	// Help stands below the label.
	Help string
	// Example is a worked, fictional example, which the reader unfolds.
	Example string
	Value   string
	Error   string
	// Rows makes a text area of so many rows.
	Rows int
	// MaxLength is the most characters; 0 for no limit. The field says how many are left.
	MaxLength int
	// Unit stands behind the field, for example "kroner".
	Unit string
	// Numeric brings up the digits on a phone and makes the field narrow.
	Numeric bool
	// Type is the input's type; empty means text.
	Type         string
	Autocomplete string
	// Optional marks what need not be answered; everything else is asked for.
	Optional bool
	// Choices are for fields that choose among some.
	Choices []Choice
	// Hidden hides the label from sight, for cells of a table that have headings.
	Hidden bool
	// Data are attributes for the scripts, for example data-sum.
	Data map[string]string
}

// Choice is one thing to choose.
type Choice struct {
	Value, Label, Help string
	Chosen             bool
}

func (f Field) name() string {
	if f.Name != "" {
		return f.Name
	}
	return f.ID
}

func (f Field) describedBy() string {
	var ids []string
	if f.Help != "" {
		ids = append(ids, f.ID+"-help")
	}
	if f.Error != "" {
		ids = append(ids, f.ID+"-error")
	}
	return strings.Join(ids, " ")
}

func (f Field) attributes() templ.Attributes {
	attributes := templ.Attributes{}
	for name, value := range f.Data {
		attributes[name] = value
	}
	return attributes
}
