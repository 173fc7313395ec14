// Package fictional writes applications of enterprises that do not exist, complete enough to be
// submitted under the schemes that come with Såkorn: for rehearsals, benchmarks and tests.
package fictional

import (
	"fmt"
	"math/rand/v2"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
)

// Applicant is who applies for what.
type Applicant struct {
	// Enterprise is the name of a fictional enterprise.
	Enterprise string
	// Contact and Email are of a fictional person.
	Contact, Email string
	Type           saakornv1.ApplicationType
	GrantYear      int
	// AmountOre is what is applied for; own contribution and other funding come on top.
	AmountOre int64
}

// planYears is how many years ahead the schemes ask for.
const planYears = 3

// Content writes a complete application. The same random source gives the same application.
func Content(r *rand.Rand, a Applicant) *saakornv1.ApplicationContent {
	idea := ideas()[r.IntN(len(ideas()))]
	own := a.AmountOre / 5
	content := &saakornv1.ApplicationContent{
		Title:            idea.title,
		Problem:          idea.problem,
		ExistingServices: "Kommunen har dagtilbud, og Nav har tiltak for dem som er nær arbeidslivet. Ingen av dem passer for dem som trenger lang tid.",
		Novelty:          "Deltakerne er med på å eie og drive virksomheten fra første dag, og opplæringen skjer mens de arbeider for kunder som betaler.",
		TargetGroup: &saakornv1.TargetGroup{
			Description: idea.target, PlannedParticipants: int32(8 + r.IntN(40)), HardestSharePercent: int32(30 + r.IntN(60)),
		},
		TheoryOfChange: change(r, a.GrantYear),
		BusinessModel:  model(r, a, idea),
		SustainabilityPlan: &saakornv1.SustainabilityPlan{
			Summary:    "Salget skal dekke lønn og husleie i løpet av tre år, mens tilskuddet trappes ned.",
			Milestones: milestones(a.GrantYear),
		},
		Budget: &saakornv1.ApplicationBudget{
			Items:              items(a.AmountOre + own),
			OwnContributionOre: own,
		},
		AmountAppliedOre: a.AmountOre,
		Declarations: &saakornv1.Declarations{
			SocialEntrepreneur: true, NoDividend: true, NoDoubleFunding: true, DeMinimisComplete: true, Truthful: true,
		},
		Contacts: []*saakornv1.Contact{{Name: a.Contact, Email: a.Email, Role: "Daglig leder"}},
	}
	if a.Type != saakornv1.ApplicationType_APPLICATION_TYPE_CONTINUATION {
		content.Answers = []*saakornv1.Answer{{QuestionKey: "place_of_origin", Value: &saakornv1.Answer_Choices{
			Choices: &saakornv1.ChoiceList{Keys: []string{"new_in_norway"}},
		}}}
	}
	return content
}

type idea struct{ title, problem, target, product, customers string }

func ideas() []idea {
	return []idea{
		{"Sykkelverksted med jobbtrening", "Unge som har falt ut av skolen, får ikke praksisplass fordi de mangler erfaring.",
			"Unge mellom 18 og 25 år som verken er i skole eller arbeid.", "Reparasjon og utleie av sykler.", "Borettslag, kommuner og privatpersoner."},
		{"Systue for kvinner med kort botid", "Mange kvinner med kort botid i Norge har fagkunnskap som ingen spør etter.",
			"Kvinner med innvandrerbakgrunn som har stått utenfor arbeidslivet i mer enn to år.", "Omsøm og gjenbruk av arbeidstøy.", "Hoteller, vaskerier og bedrifter."},
		{"Kantine drevet av folk på vei tilbake", "Etter et langt sykefravær er veien tilbake til full stilling for bratt for mange.",
			"Mennesker med arbeidsavklaringspenger som vil prøve seg i deltid.", "Lunsj og møtemat.", "Kontorfellesskap og offentlige etater."},
		{"Gårdsarbeid og tømmer", "På mindre steder er det langt mellom arbeidsplasser som tåler at man har dårlige dager.",
			"Voksne med rusbakgrunn som er ferdige med behandling.", "Ved, gjerder og hageskjøtsel.", "Hytteeiere, kirkeverger og kommuner."},
		{"Digital hjelp for eldre", "Eldre faller utenfor når banken og legen bare svarer på nett, og unge mangler den første jobben.",
			"Unge med hull i CV-en, og eldre som trenger hjelp med digitale tjenester.", "Kurs og hjemmebesøk.", "Kommuner, pensjonistlag og boligbyggelag."},
		{"Ombruk av byggevarer", "Fullgode byggevarer kastes mens folk som kan håndverk, står uten arbeid.",
			"Håndverkere som har mistet fotfestet etter løslatelse.", "Sortering og salg av brukte byggevarer.", "Entreprenører og privatpersoner."},
	}
}

func change(r *rand.Rand, year int) *saakornv1.TheoryOfChange {
	indicator := func(key, title, unit string, first int64) *saakornv1.Indicator {
		i := &saakornv1.Indicator{Key: key, Title: title, Unit: unit, DataSource: "Egen registrering hver måned"}
		for n := range planYears {
			i.Targets = append(i.Targets, &saakornv1.YearTarget{Year: int32(year + n), Value: first * int64(n+1)})
		}
		return i
	}
	return &saakornv1.TheoryOfChange{
		Inputs:     "To arbeidsledere, lokaler og verktøy.",
		Activities: "Arbeidstrening fire dager i uken, opplæring i små grupper og oppfølging av hver enkelt.",
		Outputs:    "Deltakere som har fullført opplæringen og har en attest.",
		Outcomes:   "Flere kommer i arbeid eller utdanning og blir der.",
		Indicators: []*saakornv1.Indicator{
			indicator("participants", "Deltakere i løpet av året", "personer", int64(8+r.IntN(10))),
			indicator("in_work_after_six_months", "I arbeid seks måneder etter", "personer", int64(2+r.IntN(4))),
		},
	}
}

func model(r *rand.Rand, a Applicant, i idea) *saakornv1.BusinessModel {
	m := &saakornv1.BusinessModel{
		Product: i.product, Customers: i.customers,
		Competitors: "Vanlige bedrifter i bransjen, som ikke tar inn folk som trenger opplæring.",
		Pricing:     "Priser som i bransjen ellers; oppdrag prises etter medgått tid.",
	}
	sales := a.AmountOre/4 + int64(r.IntN(200_000))*100
	for n := range planYears {
		year := int32(a.GrantYear + n)
		m.Costs = append(m.Costs, &saakornv1.YearCost{Year: year, AmountOre: a.AmountOre + sales*int64(n+1)})
		m.Income = append(m.Income,
			&saakornv1.YearIncome{Year: year, Source: saakornv1.IncomeSource_INCOME_SOURCE_SE_GRANT, AmountOre: a.AmountOre * int64(planYears-n) / planYears},
			&saakornv1.YearIncome{Year: year, Source: saakornv1.IncomeSource_INCOME_SOURCE_SALES_BUSINESS, AmountOre: sales * int64(n+1)},
		)
	}
	return m
}

func milestones(year int) []*saakornv1.Milestone {
	texts := [planYears]string{"Ti faste kunder", "Salget dekker halvparten av lønnene", "Salget dekker lønn og husleie"}
	list := make([]*saakornv1.Milestone, 0, planYears)
	for n, text := range texts {
		list = append(list, &saakornv1.Milestone{Year: int32(year + n), Description: text})
	}
	return list
}

// items spreads the amount over budget lines so that it adds up to the øre.
func items(amountOre int64) []*saakornv1.BudgetItem {
	wages, premises := amountOre*6/10, amountOre*2/10
	return []*saakornv1.BudgetItem{
		{LineKey: "wages", Description: "To arbeidsledere", AmountOre: wages},
		{LineKey: "premises", Description: "Husleie", AmountOre: premises},
		{LineKey: "equipment", Description: "Verktøy", AmountOre: amountOre - wages - premises},
	}
}

// PDF returns a small PDF document with one line of text.
func PDF(line string) []byte {
	stream := fmt.Sprintf("BT /F1 12 Tf 72 720 Td (%s) Tj ET", line)
	return fmt.Appendf(nil, `%%PDF-1.4
1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj
2 0 obj <</Type /Pages /Kids [3 0 R] /Count 1>> endobj
3 0 obj <</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources <</Font <</F1 5 0 R>>>>>> endobj
4 0 obj <</Length %d>> stream
%s
endstream endobj
5 0 obj <</Type /Font /Subtype /Type1 /BaseFont /Helvetica>> endobj
trailer <</Root 1 0 R>>
%%%%EOF
`, len(stream), stream)
}
