package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"saakorn/services/enterprise/fictional"
)

// The structs in this file are whole answers as the registers give them, with more in them than
// package registry reads; fields stand in the registers' order.

type link struct {
	Self struct {
		Href string `json:"href"`
	} `json:"self"`
}

type code struct {
	Code        string `json:"kode"`
	Description string `json:"beskrivelse"`
}

type form struct {
	Code        string `json:"kode"`
	Description string `json:"beskrivelse"`
	Links       link   `json:"_links"`
}

type address struct {
	Country            string    `json:"land"`
	CountryCode        string    `json:"landkode"`
	PostalCode         string    `json:"postnummer"`
	City               string    `json:"poststed"`
	Lines              []*string `json:"adresse"`
	MunicipalityName   string    `json:"kommune"`
	MunicipalityNumber string    `json:"kommunenummer"`
}

type entity struct {
	Number              string    `json:"organisasjonsnummer"`
	Name                string    `json:"navn"`
	Form                form      `json:"organisasjonsform"`
	RegisteredOn        string    `json:"registreringsdatoEnhetsregisteret"`
	RegisteredVAT       bool      `json:"registrertIMvaregisteret"`
	Industry            code      `json:"naeringskode1"`
	Employees           int       `json:"antallAnsatte"`
	EmployeesRegistered bool      `json:"harRegistrertAntallAnsatte"`
	BusinessAddress     *address  `json:"forretningsadresse,omitempty"`
	PostalAddress       *address  `json:"postadresse,omitempty"`
	Founded             string    `json:"stiftelsesdato"`
	Sector              code      `json:"institusjonellSektorkode"`
	RegisteredBusiness  bool      `json:"registrertIForetaksregisteret"`
	RegisteredTrust     bool      `json:"registrertIStiftelsesregisteret"`
	RegisteredVoluntary bool      `json:"registrertIFrivillighetsregisteret"`
	LastAccounts        string    `json:"sisteInnsendteAarsregnskap,omitempty"`
	Bankrupt            bool      `json:"konkurs"`
	BankruptcyOpened    string    `json:"konkursdato"`
	BeingWoundUp        bool      `json:"underAvvikling"`
	BeingDissolved      bool      `json:"underTvangsavviklingEllerTvangsopplosning"`
	Language            string    `json:"maalform"`
	ArticlesDated       *string   `json:"vedtektsdato"`
	StatutoryPurpose    []*string `json:"vedtektsfestetFormaal"`
	Activity            []string  `json:"aktivitet"`
	Links               link      `json:"_links"`
}

type removedEntity struct {
	Number  string `json:"organisasjonsnummer"`
	Name    string `json:"navn"`
	Form    form   `json:"organisasjonsform"`
	Deleted string `json:"slettedato"`
	Links   link   `json:"_links"`
}

// answers returns the content of every file by its name.
func answers(enterprises []fictional.Enterprise) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, e := range enterprises {
		byFolder := map[string]any{"enheter": entityOf(e), "altinn": accessOf(e)}
		if e.Condition != fictional.Deleted {
			byFolder["roller"] = rolesOf(e)
		}
		if e.RegisteredVoluntary && e.Condition != fictional.Deleted {
			byFolder["frivillige"] = voluntaryOf(e)
		}
		if business(e) && e.Condition == fictional.Ordinary {
			byFolder["regnskap"] = accountsOf(e)
		}
		for folder, value := range byFolder {
			content, err := compact(value)
			if err != nil {
				return nil, fmt.Errorf("answer about %s: %w", e.Number, err)
			}
			files[folder+"/"+e.Number+".json"] = content
		}
	}
	return files, nil
}

// compact encodes without spaces and without escaping &, < and >, as the registers do.
func compact(value any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return b.Bytes(), err
}

const base = "https://data.brreg.no/enhetsregisteret/api/"

func linkTo(path string) link {
	var l link
	l.Self.Href = base + path
	return l
}

func formOf(e fictional.Enterprise) form {
	return form{e.FormCode, e.FormDescription, linkTo("organisasjonsformer/" + e.FormCode)}
}

func entityOf(e fictional.Enterprise) any {
	if e.Condition == fictional.Deleted {
		deleted := e.Founded.AddMonths(70)
		return removedEntity{e.Number, e.Name, formOf(e), deleted.String(), linkTo("enheter/" + e.Number)}
	}
	articles, purpose := e.ArticlesDated.String(), e.Purpose
	answer := entity{
		Number:              e.Number,
		Name:                e.Name,
		Form:                formOf(e),
		RegisteredOn:        e.Founded.AddDays(16).String(),
		RegisteredVAT:       business(e),
		Industry:            code{"88.993", "Arbeidstrening for ordinært arbeidsmarked"},
		Employees:           2 + int(e.Number[7]-'0'),
		EmployeesRegistered: true,
		BusinessAddress:     addressOf(e, &e.Street),
		Founded:             e.Founded.String(),
		Sector:              sectorOf(e),
		RegisteredBusiness:  business(e),
		RegisteredTrust:     e.FormCode == "STI",
		RegisteredVoluntary: e.RegisteredVoluntary,
		Language:            languageOf(e),
		ArticlesDated:       &articles,
		StatutoryPurpose:    []*string{&purpose},
		Activity:            []string{e.Activity},
		Links:               linkTo("enheter/" + e.Number),
	}
	if business(e) {
		answer.LastAccounts = strconv.Itoa(accountsYear)
	}
	answer.apply(e)
	return answer
}

// apply adds what the condition of the enterprise brings with it.
func (answer *entity) apply(e fictional.Enterprise) {
	switch e.Condition {
	case fictional.Ordinary, fictional.Deleted:
	case fictional.Bankrupt:
		answer.Bankrupt, answer.BankruptcyOpened, answer.LastAccounts = true, e.BankruptOn().String(), ""
	case fictional.UnderLiquidation:
		answer.BeingWoundUp = true
	case fictional.Sparse:
		empty := ""
		answer.BusinessAddress = nil
		answer.PostalAddress = addressOf(e, nil, &empty, nil)
		answer.RegisteredOn, answer.Founded, answer.Language = "", "", ""
		answer.ArticlesDated = nil
		answer.StatutoryPurpose, answer.Activity = []*string{nil, &empty}, []string{}
		answer.Employees, answer.EmployeesRegistered = 0, false
	}
}

func addressOf(e fictional.Enterprise, lines ...*string) *address {
	return &address{
		Country: "Norge", CountryCode: "NO", PostalCode: e.Place.PostalCode, City: e.Place.City, Lines: lines,
		MunicipalityName: e.Place.MunicipalityName, MunicipalityNumber: e.Place.MunicipalityNumber,
	}
}

// business tells whether the form is one for business, registered as such and liable for VAT.
func business(e fictional.Enterprise) bool { return e.FormCode == "AS" || e.FormCode == "SA" }

func sectorOf(e fictional.Enterprise) code {
	if business(e) {
		return code{"2100", "Private aksjeselskaper mv."}
	}
	return code{"7000", "Ideelle organisasjoner"}
}

func languageOf(e fictional.Enterprise) string {
	if e.Place.Language == "nn" {
		return "Nynorsk"
	}
	return "Bokmål"
}

type roles struct {
	Groups []roleGroup `json:"rollegrupper"`
}

type roleGroup struct {
	Type    code   `json:"type"`
	Changed string `json:"sistEndret"`
	Roles   []role `json:"roller"`
}

type role struct {
	Type         code       `json:"type"`
	Person       rolePerson `json:"person"`
	Deregistered bool       `json:"avregistrert"`
	Order        int        `json:"rekkefolge"`
}

type rolePerson struct {
	BirthDate string     `json:"fodselsdato"`
	Name      personName `json:"navn"`
	Deceased  bool       `json:"erDoed"`
}

type personName struct {
	First  string  `json:"fornavn"`
	Middle *string `json:"mellomnavn"`
	Last   string  `json:"etternavn"`
}

// rolesOf puts the manager in a group of its own and the others on the board.
func rolesOf(e fictional.Enterprise) roles {
	changed := e.Founded.AddDays(16).String()
	manager := roleGroup{Type: code{"DAGL", "Daglig leder"}, Changed: changed}
	board := roleGroup{Type: code{"STYR", "Styre"}, Changed: changed}
	for i, p := range e.People {
		r := role{
			Type:   code{p.RoleCode, p.Description},
			Person: rolePerson{BirthDate: p.BirthDate.String(), Name: personName{First: p.FirstName, Last: p.LastName}},
			Order:  i,
		}
		if p.RoleCode == "DAGL" {
			manager.Roles = append(manager.Roles, r)
			continue
		}
		board.Roles = append(board.Roles, r)
	}
	if len(board.Roles) == 0 {
		return roles{[]roleGroup{manager}}
	}
	return roles{[]roleGroup{manager, board}}
}

type voluntaryEntry struct {
	Class           string     `json:"respons_klasse"`
	Number          string     `json:"organisasjonsnummer"`
	FirstEntered    string     `json:"foersteGangInnfoert"`
	Entered         string     `json:"innfoertDato"`
	GrassrootsShare takesPart  `json:"grasrotandel"`
	Accounts        accounts   `json:"regnskapsrapportering"`
	Articles        articles   `json:"vedtekter"`
	Categories      []category `json:"icnpoKategorier"`
	Endorsements    []string   `json:"paategninger"`
}

type takesPart struct {
	TakesPart bool `json:"deltarI"`
}

type accounts struct {
	Undertaken bool `json:"harPaatattSegRapporteringsplikt"`
}

type articles struct {
	Registered bool   `json:"frivilligRegistrerteVedtekter"`
	Updated    string `json:"sistOppdaterteVedtekter,omitempty"`
}

type category struct {
	Category string `json:"kategori"`
	Number   string `json:"icnpoNummer"`
	Order    int    `json:"rekkefoelge"`
}

func voluntaryOf(e fictional.Enterprise) voluntaryEntry {
	entered := e.ArticlesDated.AddDays(40)
	entry := voluntaryEntry{
		Class:           "FrivilligOrganisasjonInnfoert",
		Number:          e.Number,
		FirstEntered:    entered.String(),
		Entered:         entered.String(),
		GrassrootsShare: takesPart{e.FormCode == "FLI"},
		Articles:        articles{Registered: true, Updated: e.ArticlesDated.String()},
		Categories: []category{
			{"Sosiale tjenester", "4100", 2},
			{"Sysselsetting og opplæring", "6300", 1},
		},
		Endorsements: []string{},
	}
	if e.Condition == fictional.Sparse {
		entry.FirstEntered, entry.Entered, entry.Articles, entry.Categories = "", "", articles{}, []category{}
	}
	return entry
}

type access struct {
	IsError   bool                `json:"isError"`
	Hierarchy []mandate           `json:"hierarki"`
	Accesses  map[string][]string `json:"orgNrTilTilganger"`
	Numbers   map[string][]string `json:"tilgangTilOrgNr"`
}

type mandate struct {
	Number         string    `json:"orgnr"`
	Name           string    `json:"navn"`
	Form           string    `json:"organisasjonsform"`
	Deleted        bool      `json:"erSlettet"`
	Altinn2        []string  `json:"altinn2Tilganger"`
	Altinn3        []string  `json:"altinn3Tilganger"`
	Roles          []string  `json:"roller"`
	AccessPackages []string  `json:"tilgangspakker"`
	Subunits       []mandate `json:"underenheter"`
}

// accessOf answers each person who signs in with what they may do for this enterprise.
func accessOf(e fictional.Enterprise) map[string]access {
	const letters = "nav_tiltak_tilskuddsbrev"
	byPerson := map[string]access{}
	for _, p := range e.People {
		if p.ID == "" {
			continue
		}
		if !p.MayAct {
			byPerson[p.ID] = access{Hierarchy: []mandate{}, Accesses: map[string][]string{}, Numbers: map[string][]string{}}
			continue
		}
		byPerson[p.ID] = access{
			Hierarchy: []mandate{{
				Number: e.Number, Name: e.Name, Form: e.FormCode, Deleted: e.Condition == fictional.Deleted,
				Altinn2: []string{}, Altinn3: []string{letters}, Roles: []string{strings.ToLower(p.RoleCode)},
				AccessPackages: []string{}, Subunits: []mandate{},
			}},
			Accesses: map[string][]string{e.Number: {letters}},
			Numbers:  map[string][]string{letters: {e.Number}},
		}
	}
	return byPerson
}
