// Package fictional holds invented enterprises and invented people, for demonstrations, rehearsals
// and tests. No enterprise or person in it exists: every name of an enterprise ends in «(fiktiv)»,
// every organisation number starts with 3, which no real one does, and the people have surnames
// made up for this list. Only the municipalities are real.
package fictional

import (
	"fmt"
	"time"

	"saakorn/services/platform/calendar"
)

// Enterprise is one invented enterprise.
type Enterprise struct {
	Number string // organisation number, nine digits, starts with 3
	Name   string
	// FormCode and FormDescription are the organisation form as the registry words it, for example
	// AS, Aksjeselskap.
	FormCode        string
	FormDescription string
	Place           Place
	Street          string
	// RegisteredVoluntary tells whether it is in the voluntary registry, the fifth formal
	// requirement of the grant.
	RegisteredVoluntary bool
	Condition           Condition
	Purpose             string // in the articles of association
	Activity            string
	Founded             calendar.Date
	ArticlesDated       calendar.Date
	// People hold the roles; the first is the manager, who may act for the enterprise.
	People []Person
}

// PersonID returns the identifier of the person who acts for the enterprise.
func (e Enterprise) PersonID() string { return e.People[0].ID }

// Condition is the state in which an enterprise is registered.
type Condition string

// The conditions.
const (
	Ordinary         Condition = "ORDINARY"
	Deleted          Condition = "DELETED"           // removed from the registry
	Bankrupt         Condition = "BANKRUPT"          // bankruptcy has been opened
	UnderLiquidation Condition = "UNDER_LIQUIDATION" // it is being wound up
	Sparse           Condition = "SPARSE"            // nulls and empty texts wherever the registry may have them
)

// Person is one invented person with a role in an enterprise.
type Person struct {
	// ID is the identifier at sign-in, for example "entrepreneur-01"; empty for board members who
	// never sign in.
	ID                    string
	FirstName, LastName   string
	BirthDate             calendar.Date
	RoleCode, Description string // DAGL, LEDE or MEDL with the registry's description
	// MayAct tells whether the person may act for the enterprise without being asked in by anybody.
	MayAct bool
}

// Name returns the person's first name and surname.
func (p Person) Name() string { return p.FirstName + " " + p.LastName }

// Enterprises returns the 80 ordinary enterprises, in the order of the persons who act for them:
// entrepreneur-01 for the first. The first two have a colleague who signs in as well:
// entrepreneur-01b chairs the board and may act, entrepreneur-02b may not until the manager says so.
func Enterprises() []Enterprise {
	var enterprises []Enterprise
	for i, s := range seeds() {
		e := grow(s, Ordinary, i)
		e.People = people(i, fmt.Sprintf("entrepreneur-%02d", i+1))
		enterprises = append(enterprises, e)
	}
	enterprises[0].People[1].ID = "entrepreneur-01b"
	enterprises[1].People[2].ID = "entrepreneur-02b"
	enterprises[namesakeSeat].People[2] = Namesake()
	return enterprises
}

// namesakeSeat is the index of the enterprise on whose board the namesake sits.
const namesakeSeat = 39

// Namesake returns a board member of the 40th enterprise, who has the name and the birth date of one of
// the fictional case officers of a development installation: whether they are the same person is for
// people to find out.
func Namesake() Person {
	return Person{
		FirstName: "Eirik", LastName: "Nordbø", BirthDate: calendar.Date{Year: 1979, Month: time.May, Day: 17},
		RoleCode: "MEDL", Description: "Styremedlem",
	}
}

// Oddities returns four more enterprises, one for each [Condition] that is not ordinary. The
// person entrepreneur-01 manages all of them, so that one sign-in meets every answer.
func Oddities() []Enterprise {
	first := people(0, "entrepreneur-01")[:1]
	var oddities []Enterprise
	for i, s := range oddSeeds() {
		e := grow(s.seed, s.condition, i)
		e.People = first
		oddities = append(oddities, e)
	}
	return oddities
}

// People returns everybody who signs in, once each, in the order of their enterprises.
func People() []Person {
	var signingIn []Person
	for _, e := range Enterprises() {
		for _, p := range e.People {
			if p.ID != "" {
				signingIn = append(signingIn, p)
			}
		}
	}
	return signingIn
}

// grow makes the enterprise that a seed stands for; the index spreads streets and dates.
func grow(s seed, condition Condition, index int) Enterprise {
	place, trade := places()[s.place], trades()[s.trade]
	founded := calendar.Date{Year: 2012, Month: time.January, Day: 9}.AddDays(index * 29)
	return Enterprise{
		Number:              s.number,
		Name:                s.name,
		FormCode:            s.formCode,
		FormDescription:     formDescription(s.formCode),
		Place:               place,
		Street:              fmt.Sprintf("%s %d", cycle(streets(), index), 2+index%37),
		RegisteredVoluntary: s.registeredVoluntary,
		Condition:           condition,
		Purpose:             trade.purpose(place.Language),
		Activity:            trade.activity(place.Language),
		Founded:             founded,
		ArticlesDated:       founded.AddDays(index % 5 * 61),
	}
}

func formDescription(code string) string {
	switch code {
	case "AS":
		return "Aksjeselskap"
	case "SA":
		return "Samvirkeforetak"
	case "STI":
		return "Stiftelse"
	default:
		return "Forening/lag/innretning"
	}
}

// people returns a manager, a chair and a board member who occur in no other enterprise.
func people(enterprise int, managerID string) []Person {
	manager, chair, member := person(3*enterprise), person(3*enterprise+1), person(3*enterprise+2)
	manager.ID, manager.RoleCode, manager.Description, manager.MayAct = managerID, "DAGL", "Daglig leder", true
	chair.RoleCode, chair.Description, chair.MayAct = "LEDE", "Styrets leder", true
	member.RoleCode, member.Description = "MEDL", "Styremedlem"
	return []Person{manager, chair, member}
}

// person makes up the person with the given index. The numbers of first names and surnames have no
// common factor, so no two indexes below their product give the same name.
func person(index int) Person {
	return Person{
		FirstName: cycle(firstNames(), index),
		LastName:  cycle(surnames(), index*5),
		BirthDate: calendar.Date{Year: 1956, Month: time.March, Day: 4}.AddDays(index * 7919 % 16000),
	}
}

func cycle(words []string, index int) string { return words[index%len(words)] }

func streets() []string {
	return []string{
		"Prøveveien", "Eksempelgata", "Tenkt vei", "Øvelsesbakken", "Utkastgata", "Kladdestien", "Mønsterveien",
		"Påfunnsgata", "Tegnebakken", "Fabelveien", "Lekegata",
	}
}

func firstNames() []string {
	return []string{
		"Amina", "Bjørn", "Cecilie", "Daniel", "Eva", "Farid", "Guro", "Håkon", "Ingrid", "Jonas", "Khadija", "Lars",
		"Mona", "Nils", "Olga", "Petter", "Qadira", "Ragnhild", "Samir", "Tone", "Ulrik", "Vera", "William", "Yasmin",
		"Åse", "Anders", "Birgit", "Dawit", "Elin", "Fatuma", "Geir", "Hanne", "Ivar", "Jamila", "Kristian", "Leila",
		"Magnus", "Nora", "Omar", "Pia", "Rune",
	}
}

func surnames() []string {
	return []string{
		"Askespire", "Bekkeblom", "Byggaks", "Draugkvist", "Eikefrø", "Einerbar", "Furunål", "Føllblom", "Grankongle",
		"Gressfjær", "Havrestrå", "Heggebær", "Humleranke", "Hvitveisen", "Issoleie", "Kløverrot", "Konglefrø",
		"Kornaks", "Lindeløv", "Lintråd", "Lyngtue", "Marikåpe", "Markjord", "Mosedott", "Multebær", "Myrull",
		"Neslestilk", "Nypetorn", "Orekvist", "Ospeløv", "Prestekrage", "Rognebær", "Rugspire", "Røsslyng", "Seljefløyte",
		"Sivstrå", "Skogstjerne", "Solblom", "Steinbrodd", "Tyttebær", "Vassarv", "Villeple", "Åkersnelle",
	}
}

// BankruptOn returns the date on which bankruptcy is opened of an enterprise that goes bankrupt; the zero
// date for any other. Before that date the registers know it as an ordinary one.
func (e Enterprise) BankruptOn() calendar.Date {
	if e.Condition != Bankrupt {
		return calendar.Date{}
	}
	return calendar.Date{Year: 2021, Month: time.June, Day: 8}
}
