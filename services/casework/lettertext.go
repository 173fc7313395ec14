package casework

import (
	"slices"
	"strconv"

	"github.com/google/uuid"

	"saakorn/services/enterprise"
	"saakorn/services/platform/calendar"
	"saakorn/services/scheme"
)

// briefing is what a letter's text is written from.
type briefing struct {
	file  File
	to    enterprise.Enterprise
	call  scheme.Call
	rules *scheme.Definition
	// names are those of the people in the case, by identifier.
	names map[string]string
	today calendar.Date
}

// signatories are the people whose names stand under letters: who prepared and who decided.
func (f File) signatories() []string {
	ids := []string{f.OwnerID}
	for _, r := range f.Recommendations {
		ids = append(ids, r.RecommendedBy)
	}
	for _, d := range f.Decisions {
		ids = append(ids, d.DecidedBy)
	}
	for _, a := range f.Appeals {
		ids = append(ids, a.PreparedBy, a.DecidedBy)
	}
	for _, c := range f.AwardChanges {
		ids = append(ids, c.ChangedBy)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// data is what the letter's template sees.
func (b briefing) data(w wantedLetter) scheme.LetterData {
	f, rules, language := b.file, b.rules, b.to.Language
	data := scheme.LetterData{
		EnterpriseName: b.to.Name, OrganizationNumber: b.to.OrganizationNumber.Grouped(), Reference: f.Reference, CaseNumber: f.Number,
		CallTitle: b.call.Title.In(language), GrantYear: strconv.Itoa(f.GrantYear),
		AmountApplied: scheme.FormatAmount(f.AmountAppliedOre, language), Amount: b.amount(f.AmountAwardedOre),
		Date: scheme.FormatDate(b.today, language), ClosesAt: scheme.FormatTime(b.call.ClosesAt, language),
		ReceivedAt: scheme.FormatTime(f.ReceivedAt, language), Late: f.Late,
		ExpectedBy:  scheme.FormatDate(rules.Deadlines.DecisionDue(b.call.ClosesAt), language),
		AppealWeeks: strconv.Itoa(rules.Deadlines.AppealWeeks), AppealBody: rules.AppealBody.In(language),
		Administrator: rules.Administrator.In(language), Statute: rules.StatutesOn(b.today), CaseOfficer: b.names[f.OwnerID],
	}
	if len(f.Notices) > 0 {
		notice := f.Notices[0]
		data.Deadline = scheme.FormatDate(notice.Deadline, language)
		for _, item := range notice.Items {
			data.Missing = append(data.Missing, item.Text)
		}
	}
	if r := f.latest(); r != nil {
		data.CaseOfficer = b.names[r.RecommendedBy]
	}
	if d := f.decision(); d != nil {
		data.Amount, data.Reasons, data.Conditions, data.DecisionMaker = b.amount(d.AmountOre), d.Reasons, d.Conditions, b.name(d.DecidedBy)
	}
	if w.appeal != nil {
		b.appeal(&data, *w.appeal)
	}
	if w.change != nil {
		b.change(&data, *w.change, w.appeal == nil)
	}
	return data
}

// name returns the person's name. Before there is a decision nobody knows who will make it: a preview
// has an open place there.
func (b briefing) name(id string) string {
	if id == "" {
		return "…"
	}
	return b.names[id]
}

// amount writes an amount in øre; nothing awarded is the empty text, which letters leave out.
func (b briefing) amount(ore int64) string {
	if ore == 0 {
		return ""
	}
	return scheme.FormatAmount(ore, b.to.Language)
}

// appeal adds what the appeal is about and what came of it.
func (b briefing) appeal(data *scheme.LetterData, a Appeal) {
	language := b.to.Language
	data.AppealReceivedAt, data.AppealLate, data.AppealGrounds = scheme.FormatTime(a.ReceivedAt, language), a.Late, a.Grounds
	data.Amount, data.Deadline = b.amount(a.AmountOre), ""
	if d := b.file.decided(a.DecisionID); d != nil {
		data.DecisionDate, data.DecisionReasons = scheme.FormatDate(calendar.On(d.DecidedAt), language), d.Reasons
		data.Outcome = outcomeWords(d.Outcome, b.amount(d.AmountOre), language)
	}
	if a.PreparedBy != "" {
		data.CaseOfficer = b.names[a.PreparedBy]
	}
	switch {
	case a.Outcome != "":
		data.Reasons, data.Outcome = a.OutcomeReasons, ""
	case a.Disposition != "":
		data.Reasons, data.DecisionMaker = a.Reasons, b.names[a.DecidedBy]
	default:
		data.Reasons = ""
	}
	if a.Disposition == AppealGranted {
		data.Outcome = "" // the letter tells the new amount
	}
}

// change adds what the award was and is.
func (b briefing) change(data *scheme.LetterData, c AwardChange, reversal bool) {
	data.PreviousAmount, data.Amount, data.Outcome = b.amount(c.BeforeOre), b.amount(c.AmountOre), ""
	if c.AmountOre == 0 {
		data.Outcome = outcomeWords(c.Outcome, "", b.to.Language)
	}
	if !reversal {
		return
	}
	data.Reasons, data.DecisionMaker = c.Reasons, b.names[c.ChangedBy]
	if d := b.file.decision(); d != nil {
		data.DecisionDate, data.DecisionReasons = scheme.FormatDate(calendar.On(d.DecidedAt), b.to.Language), d.Reasons
	}
}

// decided returns the decision with the identifier, or nil.
func (f File) decided(id uuid.UUID) *Decision {
	if i := slices.IndexFunc(f.Decisions, func(d Decision) bool { return d.ID == id }); i >= 0 {
		return &f.Decisions[i]
	}
	return nil
}

// outcomeWords says in a whole sentence what was decided.
func outcomeWords(o Outcome, amount, language string) string {
	words := map[Outcome][3]string{
		Approved:          {"Søknaden er innvilget med " + amount + ".", "Søknaden er innvilga med " + amount + ".", "The application was granted with " + amount + "."},
		PartiallyApproved: {"Søknaden er delvis innvilget med " + amount + ".", "Søknaden er delvis innvilga med " + amount + ".", "The application was granted in part with " + amount + "."},
		Rejected:          {"Søknaden er avslått.", "Søknaden er avslått.", "The application was rejected."},
		Dismissed:         {"Søknaden er avvist.", "Søknaden er avvist.", "The application was dismissed."},
	}[o]
	switch language {
	case scheme.Nynorsk:
		return words[1]
	case scheme.English:
		return words[2]
	}
	return words[0]
}
