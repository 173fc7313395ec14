package caseworker

import (
	"errors"
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"saakorn/web/site"
	"saakorn/web/ui"
)

// sheet is a page with forms on it: which of them was sent and refused, what stood in it, and what is
// wrong with it.
type sheet struct {
	ui.Page

	form  string
	typed url.Values
	errs  ui.Errors
}

// field is a field of a form. Several forms of a page may have fields of the same name.
func (s *sheet) field(form, name, label, stored string) ui.Field {
	id := fieldID(form, name)
	f := ui.Field{ID: id, Name: name, Label: label, Value: stored}
	if s.form == form {
		f.Error = s.errs.For(id)
		if s.typed.Has(name) {
			f.Value = s.typed.Get(name)
		}
	}
	return f
}

// area is a field for a text of several lines.
func (s *sheet) area(form, name, label string, most int) ui.Field {
	f := s.field(form, name, label, "")
	f.Rows, f.MaxLength = 3, most
	return f
}

// kroner is a field for an amount.
func (s *sheet) kroner(form, name, label, stored string) ui.Field {
	f := s.field(form, name, label, stored)
	f.Numeric, f.Unit = true, s.T("field.kroner")
	return f
}

// date is a field for a calendar date.
func (s *sheet) date(form, name, label, stored string) ui.Field {
	f := s.field(form, name, label, stored)
	f.Type = "date"
	return f
}

// choice is a field that chooses among keys, each with a text that begins with the prefix.
func (s *sheet) choice(form, name, label, prefix string, keys ...string) ui.Field {
	f := s.field(form, name, label, "")
	for _, key := range keys {
		f.Choices = append(f.Choices, ui.Choice{Value: key, Label: s.T(prefix + key), Chosen: key == f.Value})
	}
	return f
}

// refused tells whether the form is the one that was sent and refused; its fold is then open.
func (s *sheet) refused(form string) bool { return s.form == form }

func fieldID(form, name string) string { return strings.ReplaceAll(form, "/", "-") + "-" + name }

// noAmountError says that what was typed into the field of a form is no amount in kroner.
type noAmountError struct{ field string }

func (e noAmountError) Error() string { return "no amount in " + e.field }

// amountIn reads the amount that was typed into the field.
func amountIn(v *site.Visit, field string) (int64, error) {
	ore, ok := site.Kroner(v.Value(field))
	if !ok {
		return 0, noAmountError{field}
	}
	return ore, nil
}

// refusedForm words why a form was refused. fields says which of its fields each field of the request
// was typed into; those that are not there have the same name. ok is false for errors that are not the
// reader's to mend.
func refusedForm(v *site.Visit, form string, fields map[string]string, err error) (s sheet, ok bool) {
	s = sheet{Page: v.Page, form: form, typed: v.Request.Form}
	if no, is := errors.AsType[noAmountError](err); is {
		s.errs = s.errs.With(fieldID(form, no.field), v.Page.T("casefile.no_amount"))
		return s, true
	}
	ids := map[string]string{}
	for _, violation := range site.ProblemOf(err).Violations {
		ids[violation.Field] = ""
		if name, known := fields[violation.Field]; known {
			ids[violation.Field] = fieldID(form, name)
		}
	}
	if s.errs, ok = site.FormErrors(v.Page.Printer, err, ids); ok {
		return s, true
	}
	s.errs, ok = site.Refused(v.Page.Printer, err)
	return s, ok
}

// here is the address of a form.
func here(path, form string) templ.SafeURL { return templ.SafeURL(path + "/" + form) }
