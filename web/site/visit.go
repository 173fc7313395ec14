package site

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/a-h/templ"
	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/ui"
)

// Route is one page.
type Route struct {
	// Pattern is that of [http.ServeMux], for example "GET /applications/{application}".
	Pattern string
	// Public pages are shown to everybody; the others ask people to sign in first. Which of those may
	// see what is the API's to say.
	Public bool
	// Upload lets a form hold files; others are bounded to what can be typed.
	Upload bool
	Show   Handler
}

// Handler shows a page or does what a form asks for. An error of a method may be returned as it is:
// the reader gets the page for it (not yours, changed by somebody else, try again).
type Handler func(*Visit) error

// Visit is one request of one person.
type Visit struct {
	Page    ui.Page
	API     *API
	Request *http.Request
	Writer  http.ResponseWriter

	token string
}

// NewVisit returns a visit that calls the API with the token; an empty one calls as nobody.
func NewVisit(w http.ResponseWriter, r *http.Request, api *API, page ui.Page, token string) *Visit {
	return &Visit{Page: page, API: api, Request: r, Writer: w, token: token}
}

// Context is for calls: it carries who the person is.
func (v *Visit) Context() context.Context {
	ctx := v.Request.Context()
	if v.token == "" {
		return ctx
	}
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+v.token)
}

// Person returns who has signed in; on pages that are not public there always is somebody.
func (v *Visit) Person() *ui.Person { return v.Page.Person }

// Has tells whether the person has at least one of the roles.
func (v *Visit) Has(roles ...saakornv1.Role) bool { return v.Page.Person.Has(roles...) }

// Show writes the page.
func (v *Visit) Show(c templ.Component) error { return v.ShowAs(http.StatusOK, c) }

// ShowInvalid writes a form again, with what is wrong with it.
func (v *Visit) ShowInvalid(c templ.Component) error {
	return v.ShowAs(http.StatusUnprocessableEntity, c)
}

// ShowAs writes the page with a status.
func (v *Visit) ShowAs(code int, c templ.Component) error {
	v.Writer.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.Writer.WriteHeader(code)
	if err := c.Render(v.Request.Context(), v.Writer); err != nil {
		return fmt.Errorf("write a page: %w", err)
	}
	return nil
}

// Go sends the browser to another page, after something has been done.
func (v *Visit) Go(path string) error {
	http.Redirect(v.Writer, v.Request, path, http.StatusSeeOther)
	return nil
}

// GoWith is Go with a notice on the next page. The notice is the key of a text "notice.<key>".
func (v *Visit) GoWith(path, notice string) error {
	http.SetCookie(v.Writer, NoticeCookieOf(notice, v.Page.Secure))
	return v.Go(path)
}

// NoticeCookie holds the key of the notice for the next page.
const NoticeCookie = "saakorn_notice"

// NoticeCookieOf returns the cookie with the notice; without one it takes the cookie back.
func NoticeCookieOf(notice string, secure bool) *http.Cookie {
	life := 60
	if notice == "" {
		life = -1
	}
	return &http.Cookie{ //nolint:gosec // Secure wherever the pages are served over HTTPS
		Name: NoticeCookie, Value: notice, Path: "/", MaxAge: life, HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode,
	}
}

// Value returns what was typed into the field, without spaces around it.
func (v *Visit) Value(name string) string { return strings.TrimSpace(v.Request.FormValue(name)) }

// Values returns everything that was typed into, or chosen in, fields of the name.
func (v *Visit) Values(name string) []string { return v.Request.Form[name] }

// Partial tells whether a script asks for a part of the page and not the browser for all of it.
func (v *Visit) Partial() bool { return v.Request.Header.Get("HX-Request") == "true" }

// ID returns a part of the path that is an identifier; a NotFound error when it is none.
func (v *Visit) ID(name string) (string, error) {
	value := v.Request.PathValue(name)
	if _, err := uuid.Parse(value); err != nil {
		return "", status.Error(codes.NotFound, "no such page")
	}
	return value, nil
}

// NewRequestID returns the identifier of a change. A form that must not be carried out twice holds one
// in a hidden field; see RequestID.
func NewRequestID() string { return uuid.NewString() }

// RequestID returns the identifier that the form was shown with, and a new one for forms without. A
// form that is sent twice then changes something once.
func (v *Visit) RequestID() string {
	if id := v.Value("request_id"); uuid.Validate(id) == nil {
		return id
	}
	return NewRequestID()
}

// All gathers every page of a list that the API gives out in parts, up to a bound.
func All[T any](most int, list func(pageToken string) (items []T, next string, err error)) ([]T, error) {
	var all []T
	token := ""
	for {
		items, next, err := list(token)
		if err != nil {
			return nil, err
		}
		all = append(all, items...)
		if next == "" || len(all) >= most {
			return all, nil
		}
		if next == token {
			return nil, errors.New("a list does not end")
		}
		token = next
	}
}

// Staff returns the roles of those who work with cases.
func Staff() []saakornv1.Role {
	return []saakornv1.Role{
		saakornv1.Role_ROLE_CASE_OFFICER, saakornv1.Role_ROLE_ASSESSOR, saakornv1.Role_ROLE_DECISION_MAKER,
		saakornv1.Role_ROLE_MANAGER, saakornv1.Role_ROLE_AUDITOR,
	}
}

// Home returns where a person begins.
func Home(p *ui.Person) string {
	switch {
	case p.Has(saakornv1.Role_ROLE_ENTREPRENEUR):
		return "/my"
	case p.Has(Staff()...):
		return "/cases"
	case p.Has(saakornv1.Role_ROLE_PAYMENT_APPROVER):
		return "/payments"
	case p.Has(saakornv1.Role_ROLE_OFFICE_CONTACT):
		return "/office"
	}
	return "/schemes"
}
