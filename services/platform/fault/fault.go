// Package fault holds the errors that callers are meant to understand. A context returns them as
// values; Status translates them to gRPC in this one place.
package fault

import (
	"errors"
	"fmt"
	"strings"
)

// Kind sorts faults by what the caller can do about them.
type Kind int

// The kinds of fault.
const (
	Invalid         Kind = iota + 1 // mend the request
	NotFound                        // ask for something that exists and is yours
	Conflict                        // load the newest state and try again
	Precondition                    // the state does not allow it
	Denied                          // you may not
	Exists                          // it is there already
	Unavailable                     // try again later
	Exhausted                       // there is no room left
	Unauthenticated                 // sign in
)

// Fault is an error for the caller.
type Fault struct {
	Kind Kind
	// Reason is stable, in capitals with underscores, for programs to act on.
	Reason string
	// Message tells a person what is wrong and what to do.
	Message string
	// Violations name the fields to mend; only for Invalid.
	Violations []Violation
	// Details are facts that go with the reason, for example the newest etag. No personal data.
	Details map[string]string
	cause   error
}

// Violation is what is wrong with one field.
type Violation struct {
	// Field is the path in the request, for example "content.budget.items[0].amount_ore".
	Field string
	// Reason is stable, in capitals with underscores.
	Reason string
	// Description tells a person how to mend it.
	Description string
}

// Error returns the message, and for invalid input the fields.
func (f *Fault) Error() string {
	var b strings.Builder
	b.WriteString(f.Message)
	for _, v := range f.Violations {
		fmt.Fprintf(&b, "; %s: %s", v.Field, v.Description)
	}
	if f.cause != nil {
		fmt.Fprintf(&b, ": %v", f.cause)
	}
	return b.String()
}

// Unwrap returns what caused the fault, or nil.
func (f *Fault) Unwrap() error { return f.cause }

// With adds a fact to the fault and returns it.
func (f *Fault) With(key, value string) *Fault {
	if f.Details == nil {
		f.Details = map[string]string{}
	}
	f.Details[key] = value
	return f
}

// NewInvalid returns a fault that names every field to mend at once.
func NewInvalid(violations ...Violation) *Fault {
	return &Fault{Kind: Invalid, Reason: "INVALID_FIELDS", Message: "some fields must be mended", Violations: violations}
}

// Field returns a fault about a single field.
func Field(field, reason, description string) *Fault {
	return NewInvalid(Violation{Field: field, Reason: reason, Description: description})
}

// NewNotFound returns a fault for what does not exist or is not the caller's to see; the two are
// told apart by nobody, so that identifiers cannot be guessed.
func NewNotFound(what string) *Fault {
	return &Fault{Kind: NotFound, Reason: "NOT_FOUND", Message: "there is no such " + what + ", or it is not yours to see"}
}

// NewConflict returns the fault of an edit based on a state that is no longer the newest.
func NewConflict(etag string) *Fault {
	f := &Fault{Kind: Conflict, Reason: "STALE_ETAG", Message: "somebody has changed this since you loaded it: load it again and repeat your change"}
	return f.With("current_etag", etag)
}

// NewPrecondition returns a fault for what the state does not allow.
func NewPrecondition(reason, message string) *Fault {
	return &Fault{Kind: Precondition, Reason: reason, Message: message}
}

// NewDenied returns a fault for what the caller may not do.
func NewDenied(reason, message string) *Fault {
	return &Fault{Kind: Denied, Reason: reason, Message: message}
}

// NewUnauthenticated returns a fault for somebody who has not signed in, or not in a way that counts.
func NewUnauthenticated(reason, message string) *Fault {
	return &Fault{Kind: Unauthenticated, Reason: reason, Message: message}
}

// NewExists returns a fault for what is there already.
func NewExists(reason, message string) *Fault {
	return &Fault{Kind: Exists, Reason: reason, Message: message}
}

// NewUnavailable returns a fault for what may work later.
func NewUnavailable(reason, message string, cause error) *Fault {
	return &Fault{Kind: Unavailable, Reason: reason, Message: message, cause: cause}
}

// Is tells whether err is, or wraps, a fault with the given reason.
func Is(err error, reason string) bool {
	f, ok := errors.AsType[*Fault](err)
	return ok && f.Reason == reason
}
