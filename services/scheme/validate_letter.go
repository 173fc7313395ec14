package scheme

import (
	"fmt"
	"slices"

	"saakorn/services/platform/calendar"
)

// letters demands a text for every kind of letter, in every language, that can be written on every
// date from which the scheme is valid, whatever statute is in force then.
func (v validator) letters() {
	v.lettersAbout("letters", v.definition.Letters, LetterKeys())
}

func (v validator) letter(field string, letter Letter) {
	v.letterWith(field, letter, func(statutes map[string]string) []any {
		return []any{fullLetter(statutes), LetterData{Statute: statutes}}
	})
}

// letterWith checks a letter whose templates see what samples returns for the statutes of a date.
func (v validator) letterWith(field string, letter Letter, samples func(map[string]string) []any) {
	v.template(field+".subject", letter.Subject, true, samples)
	v.notEmpty(field+".paragraphs", len(letter.Paragraphs))
	if letter.Key.Appealable() && !letter.Mailbox {
		v.add(field+".mailbox", "is not set; %s is a decision, and its contents are not sent by e-mail when there is a mailbox", letter.Key)
	}
	for i, paragraph := range letter.Paragraphs {
		path := fmt.Sprintf("%s.paragraphs[%d]", field, i)
		v.template(path+".heading", paragraph.Heading, false, samples)
		v.template(path+".body", paragraph.Body, true, samples)
	}
}

func (v validator) template(field string, text Text, required bool, samples func(map[string]string) []any) {
	if required {
		v.text(field, text)
	} else {
		v.optionalText(field, text)
	}
	for _, language := range Languages() {
		source := text.exact(language)
		if source == "" {
			continue
		}
		if err := v.tryTemplate(source, samples); err != nil {
			v.add(field+"."+language, "%v", err)
		}
	}
}

// tryTemplate writes a template with everything that a letter can know, and with only what every
// letter knows, on each date on which other statutes are in force.
func (v validator) tryTemplate(source string, samples func(map[string]string) []any) error {
	for _, date := range v.turningDates() {
		for _, data := range samples(v.definition.StatutesOn(date)) {
			if _, err := fill(source, data); err != nil {
				return fmt.Errorf("cannot be written on %s: %w", date, err)
			}
		}
	}
	return nil
}

// turningDates returns the dates from the scheme's first on which a statute comes or goes.
func (v validator) turningDates() []calendar.Date {
	first := v.definition.ValidFrom
	dates := []calendar.Date{first}
	for _, statute := range v.definition.Statutes {
		dates = append(dates, statute.ValidFrom)
		if !statute.ValidTo.IsZero() {
			dates = append(dates, statute.ValidTo.AddDays(1))
		}
	}
	dates = slices.DeleteFunc(dates, func(date calendar.Date) bool { return date.Before(first) })
	slices.SortFunc(dates, calendar.Date.Compare)
	return slices.Compact(dates)
}

// fullLetter returns data in which nothing is empty. The names are made up.
func fullLetter(statutes map[string]string) LetterData {
	return LetterData{
		EnterpriseName: "Eksempelverkstedet AS", OrganizationNumber: "123 456 785",
		Reference: "SE-2019-0001", CaseNumber: "2019/1",
		CallTitle: "Tilskudd", GrantYear: "2019",
		Amount: FormatAmount(50_000_000, Bokmal), AmountApplied: FormatAmount(60_000_000, Bokmal),
		PreviousAmount: FormatAmount(40_000_000, Bokmal),
		Reasons:        "Begrunnelse.", Conditions: []string{"Vilkår."},
		Outcome: "Søknaden er avslått.", Missing: []string{"Vedtekter."}, Deadline: "15. mars 2019", ExtendedTo: "1. mai 2019",
		DecisionDate: "5. februar 2019", DecisionReasons: "Den første begrunnelsen.",
		AppealReceivedAt: "20. februar 2019 kl. 12.00", AppealLate: true, AppealGrounds: "Klagegrunnen.",
		Documents: []LetterDocument{{"2019/1-1", "1. februar 2019", "Søknad om tilskudd"}},
		Date:      "1. mars 2019", ClosesAt: "1. februar 2019 kl. 12.00",
		ReceivedAt: "2. februar 2019 kl. 12.00", Late: true, ExpectedBy: "1. april 2019",
		AppealWeeks: "3", AppealBody: "Klageinstansen", Administrator: "Forvalteren",
		CaseOfficer: "Kari Eksempel", DecisionMaker: "Ola Eksempel",
		ReportLetterData: fullReportLetter(), FollowupLetterData: fullFollowupLetter(), AwardLetterData: fullAwardLetter(),
		Statute: statutes,
	}
}
