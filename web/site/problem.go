package site

import (
	"errors"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"saakorn/web/text"
	"saakorn/web/ui"
)

// Problem is why a method refused, read from its answer.
type Problem struct {
	Code codes.Code
	// Reason is stable, in capitals; the page words it in the reader's language.
	Reason string
	// Details are facts that go with the reason, for example current_etag.
	Details    map[string]string
	Violations []Violation
}

// Violation is what is wrong with one field of a request.
type Violation struct {
	// Field is the path in the request, for example "content.budget.items[0].amount_ore".
	Field, Reason string
}

// ProblemOf reads why a method refused. An error of something else has the code Unknown.
func ProblemOf(err error) Problem {
	from, ok := errors.AsType[interface {
		error
		GRPCStatus() *status.Status
	}](err)
	if !ok {
		return Problem{Code: codes.Unknown}
	}
	s := from.GRPCStatus()
	p := Problem{Code: s.Code()}
	for _, detail := range s.Details() {
		switch d := detail.(type) {
		case *errdetails.ErrorInfo:
			p.Reason, p.Details = d.GetReason(), d.GetMetadata()
		case *errdetails.BadRequest:
			for _, v := range d.GetFieldViolations() {
				p.Violations = append(p.Violations, Violation{v.GetField(), v.GetReason()})
			}
		}
	}
	return p
}

// Stale tells whether somebody else has changed what the form was about since it was shown.
func (p Problem) Stale() bool { return p.Code == codes.Aborted && p.Reason == "STALE_ETAG" }

// Text words the problem for the reader.
func (p Problem) Text(t text.Printer) string {
	return t.Or("reason."+p.Reason, "reason.other")
}

// ViolationText words what is wrong with one field. The most particular text wins: of the reason and
// the field, then of the reason.
func ViolationText(t text.Printer, v Violation) string {
	field := v.Field
	if i := strings.LastIndexAny(field, ".]"); i >= 0 {
		field = field[i+1:]
	}
	if key := "violation." + v.Reason + "." + field; field != "" {
		return t.Or(key, orOther(t, v.Reason))
	}
	return t.T(orOther(t, v.Reason))
}

func orOther(t text.Printer, reason string) string {
	const other = "violation.other"
	if s := t.Or("violation."+reason, other); s == t.T(other) {
		return other
	}
	return "violation." + reason
}

// Violations returns problems that the API found in what it was asked to check.
func Violations[P interface {
	GetField() string
	GetReason() string
}](problems []P) []Violation {
	all := make([]Violation, 0, len(problems))
	for _, p := range problems {
		all = append(all, Violation{p.GetField(), p.GetReason()})
	}
	return all
}

// FormErrors turns a refusal that names fields into errors of a form: ids says which input each field
// of the request was typed into. A field that has no input is shown in the summary alone. ok is false
// when the refusal is about something else than fields, and is then to be returned as it is.
func FormErrors(t text.Printer, err error, ids map[string]string) (errs ui.Errors, ok bool) {
	p := ProblemOf(err)
	if p.Code != codes.InvalidArgument || len(p.Violations) == 0 {
		return nil, false
	}
	for _, v := range p.Violations {
		errs = errs.With(ids[v.Field], ViolationText(t, v))
	}
	return errs, true
}

// Refused turns a refusal into an error of a form as a whole, for what the state does not allow. ok is
// false for what is not the reader's to understand.
func Refused(t text.Printer, err error) (errs ui.Errors, ok bool) {
	p := ProblemOf(err)
	switch p.Code {
	case codes.FailedPrecondition, codes.AlreadyExists, codes.ResourceExhausted, codes.PermissionDenied, codes.Unavailable:
		errs = errs.With("", p.Text(t))
		return errs, true
	}
	return nil, false
}
