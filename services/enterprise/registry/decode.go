package registry

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"saakorn/services/platform/calendar"
)

// The types below are the registers' JSON, cut to what is used. Pointers and strings take the
// nulls and empty texts that the registers put where they have nothing.

type entityJSON struct {
	Number                 string       `json:"organisasjonsnummer"`
	Name                   string       `json:"navn"`
	Form                   codeJSON     `json:"organisasjonsform"`
	BusinessAddress        *addressJSON `json:"forretningsadresse"`
	PostalAddress          *addressJSON `json:"postadresse"`
	RegisteredOn           dateJSON     `json:"registreringsdatoEnhetsregisteret"`
	RegisteredVoluntary    bool         `json:"registrertIFrivillighetsregisteret"`
	Bankrupt               bool         `json:"konkurs"`
	BeingWoundUp           bool         `json:"underAvvikling"`
	BeingForciblyDissolved bool         `json:"underTvangsavviklingEllerTvangsopplosning"`
	Language               string       `json:"maalform"`
	ArticlesDated          dateJSON     `json:"vedtektsdato"`
	StatutoryPurpose       linesJSON    `json:"vedtektsfestetFormaal"`
	Deleted                dateJSON     `json:"slettedato"`
}

type codeJSON struct {
	Code        string `json:"kode"`
	Description string `json:"beskrivelse"`
}

type addressJSON struct {
	Lines              linesJSON `json:"adresse"`
	PostalCode         string    `json:"postnummer"`
	City               string    `json:"poststed"`
	MunicipalityNumber string    `json:"kommunenummer"`
	MunicipalityName   string    `json:"kommune"`
}

type roleGroupsJSON struct {
	Groups []struct {
		Type  codeJSON   `json:"type"`
		Roles []roleJSON `json:"roller"`
	} `json:"rollegrupper"`
}

type roleJSON struct {
	Type   codeJSON `json:"type"`
	Person *struct {
		BirthDate dateJSON `json:"fodselsdato"`
		Deceased  bool     `json:"erDoed"`
		Name      struct {
			First  string `json:"fornavn"`
			Middle string `json:"mellomnavn"`
			Last   string `json:"etternavn"`
		} `json:"navn"`
	} `json:"person"`
	Entity *struct {
		Number string    `json:"organisasjonsnummer"`
		Name   linesJSON `json:"navn"`
	} `json:"enhet"`
	// The registers mark a role that has ended in one way or the other.
	Deregistered bool `json:"avregistrert"`
	Resigned     bool `json:"fratraadt"`
}

type voluntaryJSON struct {
	Class           string         `json:"respons_klasse"`
	Number          string         `json:"organisasjonsnummer"`
	RegisteredOn    dateJSON       `json:"innfoertDato"`
	Categories      []categoryJSON `json:"icnpoKategorier"`
	GrassrootsShare struct {
		TakesPart bool `json:"deltarI"`
	} `json:"grasrotandel"`
	Accounts struct {
		Last struct {
			Year int `json:"regnskapsaar"`
		} `json:"sistInnsendteAarsregnskap"`
	} `json:"regnskapsrapportering"`
}

type categoryJSON struct {
	Category string `json:"kategori"`
	Name     string `json:"navn"`
	Number   string `json:"icnpoNummer"`
	Order    int    `json:"rekkefoelge"`
}

// removedVoluntary is the class of an answer about an entry that has been removed.
const removedVoluntary = "FrivilligOrganisasjonSlettet"

// dateJSON is a date that may be absent, null or an empty text.
type dateJSON struct{ calendar.Date }

func (d *dateJSON) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return err
	}
	if d.UnmarshalText([]byte(strings.TrimSpace(text))) != nil {
		// The text is left out: it may be somebody's date of birth.
		return errors.New("a date is not written as YYYY-MM-DD")
	}
	return nil
}

// linesJSON is a list of texts, or a single one, without the nulls and empty texts in it.
type linesJSON []string

func (l *linesJSON) UnmarshalJSON(data []byte) error {
	var lines []*string
	if err := json.Unmarshal(data, &lines); err != nil {
		var line *string
		if json.Unmarshal(data, &line) != nil {
			return err
		}
		lines = []*string{line}
	}
	*l = nil
	for _, line := range lines {
		if line == nil {
			continue
		}
		if text := strings.TrimSpace(*line); text != "" {
			*l = append(*l, text)
		}
	}
	return nil
}

// decodeFacts reads an answer about the enterprise with the number.
func decodeFacts(body []byte, number string) (Facts, error) {
	var e entityJSON
	if err := unmarshal(body, &e); err != nil {
		return Facts{}, err
	}
	if e.Number != number {
		return Facts{}, fmt.Errorf("%w: it is about another enterprise", ErrMalformed)
	}
	if !e.Deleted.IsZero() {
		return Facts{}, &RemovedError{OrganizationNumber: number, Deleted: e.Deleted.Date}
	}
	name := strings.TrimSpace(e.Name)
	if name == "" || e.Form.Code == "" {
		return Facts{}, fmt.Errorf("%w: it lacks the name or the organisation form", ErrMalformed)
	}
	address := cmp.Or(e.BusinessAddress, e.PostalAddress, &addressJSON{})
	return Facts{
		OrganizationNumber:  e.Number,
		Name:                name,
		FormCode:            e.Form.Code,
		FormDescription:     e.Form.Description,
		MunicipalityNumber:  address.MunicipalityNumber,
		MunicipalityName:    address.MunicipalityName,
		AddressLines:        address.Lines,
		PostalCode:          address.PostalCode,
		City:                address.City,
		RegisteredVoluntary: e.RegisteredVoluntary,
		Bankrupt:            e.Bankrupt,
		UnderLiquidation:    e.BeingWoundUp || e.BeingForciblyDissolved,
		Language:            language(e.Language),
		StatutoryPurpose:    e.StatutoryPurpose,
		ArticlesDated:       e.ArticlesDated.Date,
		RegisteredOn:        e.RegisteredOn.Date,
	}, nil
}

// decodeRoles reads the roles that are current.
func decodeRoles(body []byte) ([]Role, error) {
	var groups roleGroupsJSON
	if err := unmarshal(body, &groups); err != nil {
		return nil, err
	}
	var held []Role
	for _, group := range groups.Groups {
		for _, r := range group.Roles {
			if r.Deregistered || r.Resigned {
				continue
			}
			if role, ok := r.role(group.Type.Code); ok {
				held = append(held, role)
			}
		}
	}
	return held, nil
}

// role reports false for a role without a holder that may be named.
func (r roleJSON) role(group string) (Role, bool) {
	role := Role{GroupCode: group, Code: r.Type.Code, Description: r.Type.Description}
	switch {
	case r.Person != nil:
		role.Name = joinWords(r.Person.Name.First, r.Person.Name.Middle, r.Person.Name.Last)
		role.BirthDate, role.Deceased = r.Person.BirthDate.Date, r.Person.Deceased
	case r.Entity != nil:
		role.Name, role.OrganizationNumber = strings.Join(r.Entity.Name, " "), r.Entity.Number
	}
	return role, role.Name != ""
}

// decodeVoluntary reads an answer about the enterprise with the number.
func decodeVoluntary(body []byte, number string) (Voluntary, error) {
	var v voluntaryJSON
	if err := unmarshal(body, &v); err != nil {
		return Voluntary{}, err
	}
	if v.Number != number {
		return Voluntary{}, fmt.Errorf("%w: it is about another enterprise", ErrMalformed)
	}
	if v.Class == removedVoluntary {
		return Voluntary{}, nil
	}
	entry := Voluntary{
		Registered:       true,
		RegisteredOn:     v.RegisteredOn.Date,
		GrassrootsShare:  v.GrassrootsShare.TakesPart,
		LastAccountsYear: v.Accounts.Last.Year,
	}
	slices.SortStableFunc(v.Categories, func(a, b categoryJSON) int { return cmp.Compare(a.Order, b.Order) })
	for _, c := range v.Categories {
		entry.Categories = append(entry.Categories, Category{Number: c.Number, Name: cmp.Or(c.Name, c.Category)})
	}
	return entry, nil
}

// deletedOn reads the date of removal from the answer about a removed enterprise, which may be
// empty: that the enterprise is gone is known already.
func deletedOn(body []byte) calendar.Date {
	var e struct {
		Deleted dateJSON `json:"slettedato"`
	}
	if json.Unmarshal(body, &e) != nil {
		return calendar.Date{}
	}
	return e.Deleted.Date
}

// language translates the register's name of a written language, in which letters are written
// (språklova). Most enterprises use bokmål, so that is what silence means.
func language(name string) string {
	if strings.EqualFold(name, "Nynorsk") {
		return "nn"
	}
	return "nb"
}

func unmarshal(body []byte, into any) error {
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return nil
}

func joinWords(words ...string) string {
	return strings.Join(strings.Fields(strings.Join(words, " ")), " ")
}
