package scheme

import (
	"fmt"
	"slices"
	"time"
)

// reporting checks what is asked of enterprises that have been granted money.
func (v validator) reporting() {
	rules := v.definition.Reporting
	v.notEmpty("reporting.calendar", len(rules.Calendar))
	keys := v.newKeys()
	for i, rule := range rules.Calendar {
		field := fmt.Sprintf("reporting.calendar[%d]", i)
		keys.add(field+".key", rule.Key)
		v.reportRule(field, rule)
	}
	v.notEmpty("reporting.reminder_days", len(rules.ReminderDays))
	for i, days := range rules.ReminderDays {
		field := fmt.Sprintf("reporting.reminder_days[%d]", i)
		v.positive(field, int64(days))
		if slices.Contains(rules.ReminderDays[:i], days) {
			v.add(field, "%d is listed twice", days)
		}
	}
	v.positive("reporting.escalation_days", int64(rules.EscalationDays))
	v.auditorStatement(rules)
	v.notNegative("reporting.accounts.tolerance_percent", int64(rules.Accounts.TolerancePercent))
	v.positive("reporting.suppression.smallest_shown", int64(rules.Suppression.SmallestShown))
	v.positive("reporting.suppression.smallest_base", int64(rules.Suppression.SmallestBase))
	v.positive("reporting.suppression.smallest_group", int64(rules.Suppression.SmallestGroup))
	v.indicators(rules)
	v.reportDocuments(rules)
	v.officeQuestions(rules)
	v.lettersAbout("reporting.letters", rules.Letters, ReportLetterKeys())
}

func (v validator) reportRule(field string, rule ReportRule) {
	v.oneOf(field+".kind", string(rule.Kind), string(InterimReport), string(FinalReport))
	v.text(field+".title", rule.Title)
	v.text(field+".intro", rule.Intro)
	v.notNegative(field+".year_offset", int64(rule.YearOffset))
	if rule.Month < 1 || rule.Month > 12 {
		v.add(field+".month", "%d is no month", rule.Month)
	} else if last := time.Date(2023, time.Month(rule.Month)+1, 0, 0, 0, 0, 0, time.UTC).Day(); rule.Day < 1 || rule.Day > last {
		v.add(field+".day", "%d is no day that the month has every year", rule.Day)
	}
	if rule.HoldsPayment && !rule.FourEyes {
		v.add(field+".four_eyes", "has to be true, because the approval lets money out")
	}
	v.notEmpty(field+".parts", len(rule.Parts))
	for i, part := range rule.Parts {
		path := fmt.Sprintf("%s.parts[%d]", field, i)
		v.oneOf(path+".part", string(part.Part), string(PartIndicators), string(PartFinances), string(PartAccounts),
			string(PartNarrative), string(PartReceived), string(PartLearning))
		v.notNegative(path+".from_ore", part.FromOre)
		if slices.ContainsFunc(rule.Parts[:i], func(p ReportPartRule) bool { return p.Part == part.Part }) {
			v.add(path+".part", "%s is asked for twice", part.Part)
		}
	}
}

func (v validator) auditorStatement(rules Reporting) {
	if rules.AuditorStatement.ThresholdOre == nil {
		return
	}
	v.notNegative("reporting.auditor_statement.threshold_ore", *rules.AuditorStatement.ThresholdOre)
	v.text("reporting.auditor_statement.standard", rules.AuditorStatement.Standard)
	if _, ok := rules.Document(rules.AuditorStatement.Attachment); !ok {
		v.add("reporting.auditor_statement.attachment", "reporting.attachments has no document %q", rules.AuditorStatement.Attachment)
	}
}

func (v validator) indicators(rules Reporting) {
	keys := v.newKeys()
	for i, indicator := range rules.Indicators {
		field := fmt.Sprintf("reporting.indicators[%d]", i)
		keys.add(field+".key", indicator.Key)
		v.text(field+".title", indicator.Title)
		v.text(field+".definition", indicator.Definition)
		v.reportKinds(field+".required_for", indicator.RequiredFor)
		for j, key := range indicator.SumOf {
			if _, ok := rules.Indicator(key); !ok || key == indicator.Key {
				v.add(fmt.Sprintf("%s.sum_of[%d]", field, j), "%q is no other indicator of the library", key)
			}
		}
		if _, ok := rules.Indicator(indicator.PartOf); indicator.PartOf != "" && (!ok || indicator.PartOf == indicator.Key) {
			v.add(field+".part_of", "%q is no other indicator of the library", indicator.PartOf)
		}
	}
}

func (v validator) reportDocuments(rules Reporting) {
	keys := v.newKeys()
	for i, document := range rules.Attachments {
		field := fmt.Sprintf("reporting.attachments[%d]", i)
		keys.add(field+".key", document.Key)
		v.text(field+".title", document.Title)
		v.optionalText(field+".help", document.Help)
		v.reportKinds(field+".required_for", document.RequiredFor)
		v.notNegative(field+".from_ore", document.FromOre)
	}
}

func (v validator) officeQuestions(rules Reporting) {
	keys := v.newKeys()
	for i, question := range rules.OfficeQuestions {
		field := fmt.Sprintf("reporting.office_questions[%d]", i)
		keys.add(field+".key", question.Key)
		v.text(field+".label", question.Label)
		v.optionalText(field+".help", question.Help)
	}
}

func (v validator) reportKinds(field string, kinds []ReportKind) {
	for i, kind := range kinds {
		path := fmt.Sprintf("%s[%d]", field, i)
		v.oneOf(path, string(kind), string(InterimReport), string(FinalReport), string(ExtraReport))
		if slices.Contains(kinds[:i], kind) {
			v.add(path, "%s is listed twice", kind)
		}
	}
}

// lettersAbout demands the letters of one block, and no others.
func (v validator) lettersAbout(block string, letters []Letter, wanted []LetterKey) {
	seen := map[LetterKey]bool{}
	for i, letter := range letters {
		field := fmt.Sprintf("%s[%d]", block, i)
		if !slices.Contains(wanted, letter.Key) {
			v.add(field+".key", "unknown letter %q", letter.Key)
		}
		if seen[letter.Key] {
			v.add(field+".key", "%s is written twice", letter.Key)
		}
		seen[letter.Key] = true
		v.letter(field, letter)
	}
	for _, key := range wanted {
		if !seen[key] {
			v.add(block, "the letter %s is missing", key)
		}
	}
}

// fullReportLetter returns data in which nothing is empty.
func fullReportLetter() ReportLetterData {
	return ReportLetterData{
		ReportTitle: "Sluttrapport", DueDate: "31. mars 2020", PreviousDueDate: "2. mars 2020", HoldsPayment: true,
		Questions: []string{"Hvor mange fullførte?"}, AuditorStatement: "ISRS 4400",
	}
}
