package scheme

import (
	"strconv"

	"saakorn/services/platform/calendar"
)

// FictionalLetter returns data with which every letter of the scheme can be written, as if to a made-up
// enterprise on the given date. It is for looking at letters before anybody is sent one.
func (d *Definition) FictionalLetter(language string, date calendar.Date) LetterData {
	text := func(nb, nn, en string) string { return Text{Nb: nb, Nn: nn, En: en}.In(language) }
	const month = 30
	year := strconv.Itoa(date.Year)
	closes, received := date.AddDays(-2*month).At(noonHour, 0), date.AddDays(-2*month-1).At(noonHour, 0)
	return LetterData{
		EnterpriseName: "Eksempelverkstedet AS (fiktiv)", OrganizationNumber: "310000019", Reference: "SE-" + year + "-0001", CaseNumber: year + "/1",
		CallTitle: d.Title.In(language), GrantYear: year,
		Amount: FormatAmount(50_000_000, language), AmountApplied: FormatAmount(60_000_000, language), PreviousAmount: FormatAmount(40_000_000, language),
		Reasons: text("Her står begrunnelsen, slik saksbehandleren skriver den.", "Her står grunngivinga, slik saksbehandlaren skriv henne.", "The reasons stand here, as the case officer writes them."),
		Conditions: []string{
			text("Dere rapporterer innen fristen.", "De rapporterer innan fristen.", "You report by the deadline."),
			text("Dere møter oss i juni.", "De møter oss i juni.", "You meet us in June."),
		},
		Outcome:  text("Søknaden er delvis innvilget.", "Søknaden er delvis innvilga.", "The application was granted in part."),
		Missing:  []string{text("Vedtekter", "Vedtekter", "Articles of association"), text("Budsjett for neste år", "Budsjett for neste år", "Next year's budget")},
		Deadline: FormatDate(date.AddDays(month/2), language), Date: FormatDate(date, language), ClosesAt: FormatTime(closes, language),
		ReceivedAt: FormatTime(received, language), ExpectedBy: FormatDate(date.AddDays(month), language), ExtendedTo: FormatDate(date.AddDays(2*month), language),
		DecisionDate:     FormatDate(date.AddDays(-month), language),
		DecisionReasons:  text("Her står begrunnelsen for det første vedtaket.", "Her står grunngivinga for det første vedtaket.", "The reasons for the first decision stand here."),
		AppealReceivedAt: FormatTime(date.AddDays(-month/2).At(noonHour, 0), language),
		AppealGrounds:    text("Her står det klageren har skrevet.", "Her står det klagaren har skrive.", "What the appellant has written stands here."),
		Documents: []LetterDocument{
			{year + "/1-1", FormatDate(date.AddDays(-2*month), language), "Søknad om tilskudd"},
			{year + "/1-2", FormatDate(date.AddDays(-month), language), "Vedtak i sak om tilskudd"},
		},
		AppealWeeks: strconv.Itoa(d.Deadlines.AppealWeeks), AppealBody: d.AppealBody.In(language), Administrator: d.Administrator.In(language),
		CaseOfficer: "Kari Eksempel (fiktiv)", DecisionMaker: "Ola Eksempel (fiktiv)", Statute: d.StatutesOn(date),
	}
}

// noonHour is the hour of the day in made-up moments.
const noonHour = 12
