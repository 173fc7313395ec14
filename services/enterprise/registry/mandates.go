package registry

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Mandates tells who may act for an enterprise, from recorded answers of Altinn in the shape of
// Nav's service arbeidsgiver-altinn-tilganger. Altinn itself answers only to the signed-in person,
// whose token this package never sees.
type Mandates struct{ files fs.FS }

// NewRecordedMandates returns mandates from the files altinn/<number>.json. Each holds Altinn's
// answers about the enterprise, keyed by the identifier of the person who asked.
func NewRecordedMandates(files fs.FS) *Mandates { return &Mandates{files: files} }

// accessJSON is one answer of Altinn to one person.
type accessJSON struct {
	IsError   bool          `json:"isError"`
	Hierarchy []mandateJSON `json:"hierarki"`
}

type mandateJSON struct {
	Number    string        `json:"orgnr"`
	Deleted   bool          `json:"erSlettet"`
	Resources []string      `json:"altinn3Tilganger"`
	Roles     []string      `json:"roller"`
	Subunits  []mandateJSON `json:"underenheter"`
}

// MayAct tells whether the person may act for the enterprise by a role that represents it (manager,
// chair of the board, owner, general partner) or by the access to Nav's grant letters. A removed
// enterprise has nobody who acts for it, and an enterprise that Altinn does not know neither. The
// error wraps [ErrUnavailable] when Altinn's answer is incomplete and the access is not in what
// there is, and [ErrMalformed] when it cannot be read.
func (m *Mandates) MayAct(ctx context.Context, personID, number string) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if !nineDigits(number) {
		return false, fmt.Errorf("ask who may act: %w: an organisation number has nine digits", ErrRefused)
	}
	body, err := fs.ReadFile(m.files, path.Join("altinn", number+".json"))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("ask who may act for %s: %w: %w", number, ErrUnavailable, err)
	}
	var answers map[string]accessJSON
	if err := unmarshal(body, &answers); err != nil {
		return false, fmt.Errorf("ask who may act for %s: %w", number, err)
	}
	access := answers[personID]
	if represents(access.Hierarchy, number) {
		return true, nil
	}
	if access.IsError {
		return false, fmt.Errorf("ask who may act for %s: %w: the answer is incomplete", number, ErrUnavailable)
	}
	return false, nil
}

// represents looks for the enterprise in the hierarchy and for a ground to act for it.
func represents(hierarchy []mandateJSON, number string) bool {
	return slices.ContainsFunc(hierarchy, func(m mandateJSON) bool {
		if m.Number == number && !m.Deleted && (slices.Contains(m.Resources, grantLetters) || slices.ContainsFunc(m.Roles, representing)) {
			return true
		}
		return represents(m.Subunits, number)
	})
}

// grantLetters is the resource in Altinn 3 that Nav's grant letters are sent through.
const grantLetters = "nav_tiltak_tilskuddsbrev"

// representing tells whether a role represents the enterprise; Altinn writes codes in both cases.
func representing(role string) bool {
	return slices.Contains([]string{"DAGL", "LEDE", "INNH", "KOMP"}, strings.ToUpper(role))
}
