package scheme

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"saakorn/services/platform/calendar"
	"saakorn/services/platform/fault"
)

// Call is one call for applications under one version of a scheme (R3).
type Call struct {
	ID       uuid.UUID
	Revision int64
	SchemeID string
	// SchemeVersion stays with the call and every case under it, whatever versions come later.
	SchemeVersion string
	// Code is short and used in references, for example "SE-2019".
	Code  string
	Title Text
	// GrantYear is the year the grants are for.
	GrantYear int
	// OpensAt is the first instant at which applications are welcome, ClosesAt the first that is too late.
	OpensAt, ClosesAt time.Time
	// OpenedAt and ClosedAt are when the opening and the close were recorded. What may be done depends
	// on the times above alone, so that a call closes on time also while the engine is away.
	OpenedAt, ClosedAt *time.Time
}

// CallState is where a call stands at some moment.
type CallState string

// The states of a call.
const (
	CallPlanned CallState = "PLANNED"
	CallOpen    CallState = "OPEN"
	CallClosed  CallState = "CLOSED"
)

// Etag names the revision; it changes with every change that a person makes.
func (c Call) Etag() string { return strconv.FormatInt(c.Revision, 10) }

// State returns where the call stands at now.
func (c Call) State(now time.Time) CallState {
	switch {
	case now.Before(c.OpensAt):
		return CallPlanned
	case now.Before(c.ClosesAt):
		return CallOpen
	}
	return CallClosed
}

// Announcement is what somebody decides about a new call.
type Announcement struct {
	Code              string
	Title             Text
	GrantYear         int
	OpensAt, ClosesAt time.Time
}

// NewCall returns the call that is announced at now under a version of a scheme. The version is
// valid when the call opens and has a frame for the grant year; the call closes after it opens, and
// has not closed already. The fault names every field to mend.
func NewCall(id uuid.UUID, d *Definition, a Announcement, now time.Time) (Call, error) {
	c := Call{
		ID: id, Revision: 1, SchemeID: d.ID, SchemeVersion: d.Version, Code: a.Code, Title: a.Title,
		GrantYear: a.GrantYear, OpensAt: a.OpensAt, ClosesAt: a.ClosesAt,
	}
	violations := c.problems(d, now)
	if _, ok := d.BudgetFor(c.GrantYear); !ok {
		violations = append(violations, fault.Violation{
			Field: "grant_year", Reason: "NO_FRAME",
			Description: fmt.Sprintf("version %s of the scheme has no frame for %d: choose a year with a frame, or publish a version that has one", d.Version, c.GrantYear),
		})
	}
	if len(violations) > 0 {
		return Call{}, fault.NewInvalid(violations...)
	}
	return c, nil
}

// CallChange is what a call is changed to.
type CallChange struct {
	Title             Text
	OpensAt, ClosesAt time.Time
}

// Change returns the call as it is after a change at now. A call that has opened keeps its opening
// and can be extended, never shortened, because people have planned by its close; a closed one
// stays as it is. The rules of [NewCall] hold for the changed call too. Fields in the fault are
// those of the call.
func (c Call) Change(d *Definition, to CallChange, now time.Time) (Call, error) {
	state := c.State(now)
	if state == CallClosed {
		return c, fault.NewPrecondition("CALL_CLOSED", "the call has closed and can no longer be changed: announce a new one")
	}
	changed := c
	changed.Revision++
	changed.Title, changed.OpensAt, changed.ClosesAt = to.Title, to.OpensAt, to.ClosesAt
	violations := changed.problems(d, now)
	if state == CallOpen && !changed.OpensAt.Equal(c.OpensAt) {
		violations = append(violations, fault.Violation{
			Field: "opens_at", Reason: "ALREADY_OPEN", Description: "the call has opened, so its opening stays as it is",
		})
	}
	if state == CallOpen && changed.ClosesAt.Before(c.ClosesAt) {
		violations = append(violations, fault.Violation{
			Field: "closes_at", Reason: "SHORTENED", Description: "a call that has opened can be extended, never shortened",
		})
	}
	if len(violations) > 0 {
		return c, fault.NewInvalid(violations...)
	}
	return changed, nil
}

// maxTitle is how many characters a title may have in each language.
const maxTitle = 200

// problems returns what is wrong with the call by itself, as something announced or changed at now.
func (c Call) problems(d *Definition, now time.Time) []fault.Violation {
	var found []fault.Violation
	add := func(field, reason, description string) {
		found = append(found, fault.Violation{Field: field, Reason: reason, Description: description})
	}
	for _, language := range Languages() {
		switch text := c.Title.exact(language); {
		case strings.TrimSpace(text) == "":
			add("title."+language, "REQUIRED", "write the title in nb, nn and en")
		case utf8.RuneCountInString(text) > maxTitle:
			add("title."+language, "TOO_LONG", fmt.Sprintf("write at most %d characters", maxTitle))
		}
	}
	switch {
	case !c.ClosesAt.After(c.OpensAt):
		add("closes_at", "NOT_AFTER_OPENING", "the call has to close after it opens")
	case !c.ClosesAt.After(now):
		add("closes_at", "IN_THE_PAST", "the call would have closed already")
	}
	if calendar.On(c.OpensAt).Before(d.ValidFrom) {
		add("opens_at", "VERSION_NOT_VALID", fmt.Sprintf("version %s of the scheme is valid from %s: open the call then or later", d.Version, d.ValidFrom))
	}
	return found
}

// Edition is a version of a scheme by name.
type Edition struct {
	SchemeID, Version string
	// ValidFrom is the first date on which calls may use the version.
	ValidFrom calendar.Date
}

// ChooseEdition returns the version of a scheme that a call opening at the given moment uses: the
// wanted one, or the newest that is valid then when wanted is empty. editions are those of the one
// scheme, newest first. The fault names scheme_id, scheme_version or opens_at.
func ChooseEdition(editions []Edition, wanted string, opensAt time.Time) (Edition, error) {
	if len(editions) == 0 {
		return Edition{}, fault.Field("scheme_id", "UNKNOWN_SCHEME", "there is no such scheme")
	}
	if wanted != "" {
		// NewCall says what is wrong when the wanted version is not valid yet.
		if e, ok := find(editions, func(e Edition) bool { return e.Version == wanted }); ok {
			return e, nil
		}
		return Edition{}, fault.Field("scheme_version", "UNKNOWN_VERSION", "the scheme has no such version")
	}
	opening := calendar.On(opensAt)
	if e, ok := find(editions, func(e Edition) bool { return !e.ValidFrom.After(opening) }); ok {
		return e, nil
	}
	return Edition{}, fault.Field("opens_at", "NO_VALID_VERSION", "no version of the scheme is valid when the call opens")
}
