// Package registry asks the public registers about an enterprise: the Register of Legal Entities
// (Enhetsregisteret) with its roles, the voluntary registry (Frivillighetsregisteret), and the register
// of company accounts (Regnskapsregisteret). One [Client] decodes the answers, whether they come over HTTP or from recorded files; [Cached] keeps
// answers and bridges outages. [Mandates] tells who may act for an enterprise.
//
// The client holds no rule of a grant: it says what the registers say, and as of when.
package registry

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"saakorn/services/platform/calendar"
)

// Errors that callers tell apart with [errors.Is]; see [RemovedError] too.
var (
	// ErrNeverExisted says that the register has never had an enterprise with the number (404).
	ErrNeverExisted = errors.New("no enterprise has this organisation number")
	// ErrUnavailable says that the register did not answer within the attempts made. Asking again
	// later may help.
	ErrUnavailable = errors.New("the register does not answer now")
	// ErrMalformed says that the register answered with something other than what it promises.
	ErrMalformed = errors.New("the register's answer cannot be read")
	// ErrRefused says that the register did not accept the question. Asking again does not help.
	ErrRefused = errors.New("the register refused the question")
)

// RemovedError says that the enterprise has been removed from the register (410).
type RemovedError struct {
	OrganizationNumber string
	// Deleted is the date of removal; the zero date when the register does not tell it.
	Deleted calendar.Date
}

// Error says when the enterprise was removed.
func (e *RemovedError) Error() string {
	if e.Deleted.IsZero() {
		return "the enterprise has been removed from the register"
	}
	return fmt.Sprintf("the enterprise was removed from the register on %s", e.Deleted)
}

// Facts is what the Register of Legal Entities says about an enterprise.
type Facts struct {
	OrganizationNumber string // nine digits
	Name               string
	// FormCode and FormDescription are the organisation form, for example AS, Aksjeselskap.
	FormCode        string
	FormDescription string
	// MunicipalityNumber has four digits and leading zeros; it is the number as of AsOf.
	MunicipalityNumber string
	MunicipalityName   string // in capitals, as registered
	// AddressLines, PostalCode and City are the business address, or the postal address of an
	// enterprise without one. Empty lines are left out.
	AddressLines []string
	PostalCode   string
	City         string
	// RegisteredVoluntary tells whether the enterprise is in the voluntary registry.
	RegisteredVoluntary bool
	Bankrupt            bool
	// UnderLiquidation tells whether the enterprise is being wound up, of its own will or not.
	UnderLiquidation bool
	// Language is the written language the enterprise has chosen: nb or nn. It is nb when the
	// register does not tell.
	Language string
	// StatutoryPurpose is the purpose in the articles of association, in the register's lines. It
	// does not say whether dividend is prohibited.
	StatutoryPurpose []string
	// ArticlesDated is the date of the newest articles, RegisteredOn that of registration; zero when
	// the register does not tell.
	ArticlesDated calendar.Date
	RegisteredOn  calendar.Date
	// AsOf is when the register gave this answer. An answer that was kept through an outage is as
	// old as AsOf says.
	AsOf time.Time
}

// Role is one current role in an enterprise, held by a person or by another enterprise. It serves
// hints about impartiality only.
type Role struct {
	GroupCode   string // for example STYR
	Code        string // for example LEDE or DAGL
	Description string
	Name        string
	// BirthDate is the zero date for roles that an enterprise holds.
	BirthDate calendar.Date
	Deceased  bool
	// OrganizationNumber is set for roles that an enterprise holds.
	OrganizationNumber string
}

// Roles are the current roles in an enterprise, in the register's order.
type Roles struct {
	Held []Role
	AsOf time.Time // when the register gave this answer
}

// Voluntary is what the voluntary registry says about an enterprise.
type Voluntary struct {
	// Registered tells whether the enterprise is in the registry; the rest is empty when it is not.
	Registered bool
	// RegisteredOn is the zero date when the registry does not tell.
	RegisteredOn calendar.Date
	Categories   []Category // the most important first
	// GrassrootsShare tells whether the enterprise takes part in the grassroots share of the lottery.
	GrassrootsShare bool
	// LastAccountsYear is the newest year for which accounts were sent in; 0 for none.
	LastAccountsYear int
	AsOf             time.Time // when the registry gave this answer
}

// Category is one class of the International Classification of Nonprofit Organizations.
type Category struct {
	Number string
	Name   string
}

// Client asks the registers. Make one with [NewHTTP] or [NewRecorded]; it may be used by several
// goroutines at once.
type Client struct {
	source source
	now    func() time.Time
}

// source fetches undecoded answers. Its errors wrap ErrUnavailable, ErrMalformed or a context error.
type source interface {
	fetch(ctx context.Context, from register, number string) (answer, error)
}

// register names one kind of question; the value is the folder of its recorded answers.
type register string

const (
	entities  register = "enheter"
	roles     register = "roller"
	voluntary register = "frivillige"
)

type answer struct {
	status int // of HTTP
	body   []byte
}

// Facts asks for the facts about an enterprise. The number is nine digits. Errors are
// [ErrNeverExisted], [*RemovedError], [ErrUnavailable], [ErrMalformed], [ErrRefused] or the
// context's.
func (c *Client) Facts(ctx context.Context, number string) (Facts, error) {
	body, err := c.ask(ctx, entities, number)
	if err != nil {
		return Facts{}, fmt.Errorf("look up enterprise %s: %w", number, err)
	}
	facts, err := decodeFacts(body, number)
	if err != nil {
		return Facts{}, fmt.Errorf("look up enterprise %s: %w", number, err)
	}
	facts.AsOf = c.now()
	return facts, nil
}

// Roles asks who holds which role in an enterprise. Errors are those of [Client.Facts].
func (c *Client) Roles(ctx context.Context, number string) (Roles, error) {
	body, err := c.ask(ctx, roles, number)
	if err != nil {
		return Roles{}, fmt.Errorf("look up roles in enterprise %s: %w", number, err)
	}
	held, err := decodeRoles(body)
	if err != nil {
		return Roles{}, fmt.Errorf("look up roles in enterprise %s: %w", number, err)
	}
	return Roles{Held: held, AsOf: c.now()}, nil
}

// Voluntary asks the voluntary registry about an enterprise. An enterprise that is not or no longer
// in it is an answer, not an error. Errors are [ErrUnavailable], [ErrMalformed], [ErrRefused] or the
// context's.
func (c *Client) Voluntary(ctx context.Context, number string) (Voluntary, error) {
	body, err := c.ask(ctx, voluntary, number)
	if absent(err) {
		return Voluntary{AsOf: c.now()}, nil
	}
	if err != nil {
		return Voluntary{}, fmt.Errorf("look up enterprise %s in the voluntary registry: %w", number, err)
	}
	entry, err := decodeVoluntary(body, number)
	if err != nil {
		return Voluntary{}, fmt.Errorf("look up enterprise %s in the voluntary registry: %w", number, err)
	}
	entry.AsOf = c.now()
	return entry, nil
}

// ask fetches an answer and sorts out all but the good ones.
func (c *Client) ask(ctx context.Context, from register, number string) ([]byte, error) {
	if !nineDigits(number) {
		return nil, fmt.Errorf("%w: an organisation number has nine digits", ErrRefused)
	}
	got, err := c.source.fetch(ctx, from, number)
	if err != nil {
		return nil, err
	}
	switch got.status {
	case http.StatusOK:
		return got.body, nil
	case http.StatusNotFound:
		return nil, ErrNeverExisted
	case http.StatusGone:
		return nil, &RemovedError{OrganizationNumber: number, Deleted: deletedOn(got.body)}
	default:
		return nil, fmt.Errorf("%w: status %d", ErrRefused, got.status)
	}
}

// absent tells whether err says that there is no such enterprise, or no longer.
func absent(err error) bool {
	_, removed := errors.AsType[*RemovedError](err)
	return removed || errors.Is(err, ErrNeverExisted)
}

// nineDigits keeps anything else out of paths and URLs.
func nineDigits(number string) bool {
	return len(number) == 9 && !strings.ContainsFunc(number, func(r rune) bool { return r < '0' || r > '9' })
}
