package casework

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"golang.org/x/text/unicode/norm"

	"saakorn/services/casework/db"
	"saakorn/services/enterprise/registry"
	"saakorn/services/platform/audit"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/fault"
)

// RoleBook asks the registry who holds which role in an enterprise.
type RoleBook interface {
	Roles(ctx context.Context, enterpriseID uuid.UUID) (registry.Roles, error)
}

// BirthDates keeps the birth dates of staff so that they can be held against those of role holders and
// serve for nothing else. What is stored is a digest under the key, bound to the person: from the
// database alone no date can be read, and two people born on the same day have nothing in common.
type BirthDates struct {
	// Key is the installation's own; without one no birth dates are kept and there are no hints.
	Key []byte
}

// enabled tells whether birth dates are kept.
func (b BirthDates) enabled() bool { return len(b.Key) > 0 }

func (b BirthDates) digest(personID string, birthDate calendar.Date) []byte {
	mac := hmac.New(sha256.New, b.Key)
	fmt.Fprintf(mac, "birth date\x00%s\x00%s", personID, birthDate)
	return mac.Sum(nil)
}

// Keep stores the person's birth date in place of any earlier one.
func (b BirthDates) Keep(ctx context.Context, tx pgx.Tx, personID string, birthDate calendar.Date, now time.Time) error {
	err := db.New(tx).GiveBirthDate(ctx, db.GiveBirthDateParams{PersonID: personID, Digest: b.digest(personID, birthDate), GivenAt: now})
	if err != nil {
		return errors.New("keep a birth date") // what went wrong may tell what was sent
	}
	return nil
}

// colleague is somebody who handles cases, with what was kept of the birth date.
type colleague struct {
	id, name string
	digest   []byte
}

// match returns the roles that somebody with the colleague's name and birth date holds, as the registry
// words them.
func (b BirthDates) match(c colleague, held []registry.Role) []string {
	var roles []string
	for _, r := range held {
		if r.BirthDate.IsZero() || r.Deceased || !sameName(c.name, r.Name) || !hmac.Equal(c.digest, b.digest(c.id, r.BirthDate)) {
			continue
		}
		if word := r.Description; !slices.Contains(roles, word) {
			roles = append(roles, word)
		}
	}
	return roles
}

// sameName tells whether two names can be one person's: the first name and the surname are the same,
// whatever stands between them, for registers and employers leave out different middle names.
func sameName(a, b string) bool {
	one, other := words(a), words(b)
	if len(one) < 2 || len(other) < 2 {
		return false
	}
	return one[0] == other[0] && one[len(one)-1] == other[len(other)-1]
}

// words are those of a name in small letters, without what is in brackets.
func words(name string) []string {
	name, _, _ = strings.Cut(name, "(")
	return strings.Fields(strings.ToLower(norm.NFC.String(name)))
}

// hinted is a colleague with the roles that match.
type hinted struct {
	personID string
	roles    []string
}

// CheckRoles asks the registry who holds which role in the enterprise and keeps a hint for every
// colleague whose name and birth date one of them has. A hint that no longer holds is ended. When the
// registry does not answer, or not so that it can be read, it is asked again the next day: a hint is
// never worth holding up a case.
func (p *Proceeding) CheckRoles(ctx context.Context, applicationID uuid.UUID) error {
	c, found, err := p.Store.Find(ctx, p.Pool, applicationID)
	if err != nil || !found {
		return err
	}
	rules, err := p.Rounds.Definition(ctx, c.SchemeID, c.SchemeVersion)
	if err != nil {
		return fmt.Errorf("check roles: %w", err)
	}
	check := roleCheck{caseID: c.ID, applicationID: applicationID, every: rules.Impartiality.RolesCheckDays}
	check.roles, err = p.Roles.Roles(ctx, c.EnterpriseID)
	switch {
	case err == nil:
		check.answered = true
	case fault.Is(err, "REGISTRY_UNAVAILABLE") || fault.Is(err, "NO_ORGANIZATION_NUMBER") || fault.Is(err, "NEVER_EXISTED"):
	case errors.Is(err, registry.ErrMalformed) || errors.Is(err, registry.ErrRefused):
	default:
		return fmt.Errorf("check roles: %w", err)
	}
	err = p.transact(ctx, func(ctx context.Context, tx pgx.Tx) error { return p.keepHints(ctx, tx, check) })
	if err != nil {
		return fmt.Errorf("check roles: %w", err)
	}
	return nil
}

// roleCheck is an answer of the registry that is about to be held against staff.
type roleCheck struct {
	caseID, applicationID uuid.UUID
	roles                 registry.Roles
	answered              bool
	// every is how many days pass between checks; 0 means that there is one only.
	every int
}

// next returns when the registry is asked again. A registry that did not answer is asked the next day.
func (c roleCheck) next(now time.Time) time.Time {
	switch {
	case !c.answered:
		return calendar.On(now).AddDays(1).At(letterHour, 0)
	case c.every == 0:
		return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return calendar.On(now).AddDays(c.every).At(letterHour, 0)
}

// fingerprint names the answer by what is in it, under the key, so that a change is seen without
// anything of it being kept.
func (c roleCheck) fingerprint(key []byte) []byte {
	if !c.answered {
		return nil
	}
	lines := make([]string, 0, len(c.roles.Held))
	for _, r := range c.roles.Held {
		lines = append(lines, strings.Join([]string{r.Code, r.Name, r.BirthDate.String(), r.OrganizationNumber}, "\x00"))
	}
	slices.Sort(lines)
	mac := hmac.New(sha256.New, append([]byte("roles\x00"), key...))
	mac.Write([]byte(strings.Join(lines, "\x01")))
	return mac.Sum(nil)
}

func (p *Proceeding) keepHints(ctx context.Context, tx pgx.Tx, c roleCheck) error {
	if _, err := db.New(tx).LockCase(ctx, c.caseID); err != nil {
		return notFound(err)
	}
	now := p.Clock.Now()
	changed, err := saveRoleCheck(ctx, tx, c, p.BirthDates.Key, now)
	if err != nil || !c.answered || !p.BirthDates.enabled() {
		return err
	}
	wanted, err := p.matches(ctx, tx, c.roles.Held)
	if err != nil {
		return err
	}
	found, gone, err := replaceHints(ctx, tx, c.caseID, wanted, now)
	if err != nil || found == 0 && gone == 0 && !changed {
		return err
	}
	// The event is for everybody in the case to read: it names nobody.
	return audit.Record(ctx, tx, audit.Event{
		Action: "ROLES_CHECKED", OccurredAt: now, SubjectKind: "case", SubjectID: c.caseID, ApplicationID: c.applicationID,
		After: map[string]any{"hints_found": found, "hints_gone": gone},
	})
}

// saveRoleCheck records that the registry was asked, and tells whether its roles differ from those of
// the last time.
func saveRoleCheck(ctx context.Context, tx pgx.Tx, c roleCheck, key []byte, now time.Time) (changed bool, err error) {
	before, err := db.New(tx).GetRoleCheck(ctx, c.caseID)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return false, fmt.Errorf("load the last check of roles: %w", err)
	}
	save := db.SaveRoleCheckParams{CaseID: c.caseID, Digest: c.fingerprint(key), NextAt: c.next(now)}
	if c.answered {
		save.CheckedAt = &now
	}
	if err := db.New(tx).SaveRoleCheck(ctx, save); err != nil {
		return false, fmt.Errorf("record a check of roles: %w", err)
	}
	return c.answered && before.CheckedAt != nil && !slices.Equal(before.Digest, save.Digest), nil
}

func (p *Proceeding) matches(ctx context.Context, tx pgx.Tx, held []registry.Role) ([]hinted, error) {
	rows, err := db.New(tx).ListStaffBirthDates(ctx)
	if err != nil {
		return nil, fmt.Errorf("list those who gave their birth date: %w", err)
	}
	var found []hinted
	for _, row := range rows {
		if roles := p.BirthDates.match(colleague{row.ID, row.Name, row.Digest}, held); len(roles) > 0 {
			found = append(found, hinted{row.ID, roles})
		}
	}
	return found, nil
}

// replaceHints makes the hints of the case those that are wanted, and counts what came and went.
func replaceHints(ctx context.Context, tx pgx.Tx, caseID uuid.UUID, wanted []hinted, now time.Time) (found, gone int, err error) {
	queries := db.New(tx)
	rows, err := queries.ListHints(ctx, caseID)
	if err != nil {
		return 0, 0, fmt.Errorf("list hints: %w", err)
	}
	kept := map[string]bool{}
	for _, row := range rows {
		if row.GoneAt != nil {
			continue
		}
		if slices.ContainsFunc(wanted, func(h hinted) bool { return h.personID == row.PersonID && slices.Equal(h.roles, row.Roles) }) {
			kept[row.PersonID] = true
			continue
		}
		if err := queries.EndHint(ctx, db.EndHintParams{ID: row.ID, GoneAt: &now}); err != nil {
			return 0, 0, fmt.Errorf("end a hint: %w", err)
		}
		gone++
	}
	for _, h := range wanted {
		if kept[h.personID] {
			continue
		}
		err := queries.InsertHint(ctx, db.InsertHintParams{
			ID: uuid.Must(uuid.NewV7()), CaseID: caseID, PersonID: h.personID, Roles: h.roles, FoundAt: now,
		})
		if err != nil {
			return 0, 0, fmt.Errorf("keep a hint: %w", err)
		}
		found++
	}
	return found, gone, nil
}

// rolesDue returns when the roles are checked again; nil before the first check, which is part of
// screening.
func rolesDue(ctx context.Context, q Querier, caseID uuid.UUID) (*time.Time, error) {
	row, err := db.New(q).GetRoleCheck(ctx, caseID)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("load the last check of roles: %w", err)
	}
	return &row.NextAt, nil
}
