package caseworker

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// mostListed bounds what a page lists of one case.
const mostListed = 500

func (f *file) gatherMessages() error {
	ctx, api, id := f.visit.Context(), f.visit.API, f.GetCase().GetApplicationId()
	answer, err := api.Correspondence.ListMessages(ctx, &saakornv1.ListMessagesRequest{ApplicationId: id, PageSize: 200})
	if err != nil {
		return err
	}
	f.messages = answer.GetMessages()
	slices.Reverse(f.messages)
	if answer.GetUnread() == 0 || !f.officer() || len(f.messages) == 0 {
		return nil
	}
	_, err = api.Correspondence.MarkRead(ctx, &saakornv1.MarkReadRequest{
		RequestId: site.NewRequestID(), ApplicationId: id, MessageId: f.messages[len(f.messages)-1].GetId(),
	})
	return err
}

func (f *file) gatherDocuments() error {
	ctx, api := f.visit.Context(), f.visit.API
	letters, err := api.Cases.ListLetters(ctx, &saakornv1.ListLettersRequest{ApplicationId: f.GetCase().GetApplicationId()})
	if err != nil {
		return err
	}
	f.letters = letters.GetLetters()
	f.entries, err = site.All(mostListed, func(token string) ([]*saakornv1.JournalEntry, string, error) {
		page, err := api.Journal.ListJournalEntries(ctx, &saakornv1.ListJournalEntriesRequest{CaseId: f.GetCase().GetId(), PageSize: 200, PageToken: token})
		return page.GetEntries(), page.GetNextPageToken(), err
	})
	return err
}

func (f *file) gatherHistory() error {
	ctx, api, id := f.visit.Context(), f.visit.API, f.GetCase().GetId()
	declarations, err := api.Impartiality.ListDeclarations(ctx, &saakornv1.ListDeclarationsRequest{CaseId: id})
	if err != nil {
		return err
	}
	f.declarations = declarations.GetDeclarations()
	f.events, err = site.All(mostListed, func(token string) ([]*saakornv1.Event, string, error) {
		page, err := api.Cases.ListCaseEvents(ctx, &saakornv1.ListCaseEventsRequest{CaseId: id, PageSize: 200, PageToken: token})
		return page.GetEvents(), page.GetNextPageToken(), err
	})
	slices.Reverse(f.events) // the newest first
	return err
}

// criteria are the criteria that the application is judged by.
func (f *file) criteria() []*saakornv1.AwardCriterion {
	var all []*saakornv1.AwardCriterion
	for _, c := range f.scheme.GetAssessment().GetCriteria() {
		if len(c.GetAppliesTo()) == 0 || slices.Contains(c.GetAppliesTo(), f.GetCase().GetApplicationType()) {
			all = append(all, c)
		}
	}
	return all
}

// own is the reader's assessment; nil when they have not been asked for one.
func (f *file) own() *saakornv1.Assessment {
	for _, a := range f.GetAssessments() {
		if a.GetAssessorId() == f.Person.ID {
			return a
		}
	}
	return nil
}

// score is what an assessment gives for a criterion; nil when it gives nothing.
func score(a *saakornv1.Assessment, criterion string) *saakornv1.Score {
	for _, s := range a.GetScores() {
		if s.GetCriterion() == criterion {
			return s
		}
	}
	return nil
}

// scale returns the scores to choose among.
func (f *file) scale(criterion string) []ui.Choice {
	chosen := ""
	if s := score(f.own(), criterion); s != nil {
		chosen = strconv.Itoa(int(s.GetValue()))
	}
	return f.scaleOf(f.value("assessment", "score-"+criterion, chosen))
}

// scaleOf returns the scores of the scheme, with the one that is chosen; the first is none.
func (f *file) scaleOf(chosen string) []ui.Choice {
	choices := []ui.Choice{{Label: f.T("field.choose"), Chosen: chosen == ""}}
	rules := f.scheme.GetAssessment()
	for n := rules.GetScaleMin(); n <= rules.GetScaleMax(); n++ {
		value := strconv.Itoa(int(n))
		label := value
		for _, l := range rules.GetScaleLabels() {
			if l.GetValue() == n {
				label = value + " – " + site.In(f.Language, l.GetText())
			}
		}
		choices = append(choices, ui.Choice{Value: value, Label: label, Chosen: value == chosen})
	}
	return choices
}

// reason is what stands in the field for why.
func (f *file) scoreReason(criterion string) string {
	return f.value("assessment", "reason-"+criterion, score(f.own(), criterion).GetReason())
}

// spread is the lowest and the highest score of a criterion.
func (f *file) spread(criterion string) (low, high int32, any bool) {
	for _, a := range f.GetAssessments() {
		s := score(a, criterion)
		if s == nil || a.GetSubmittedAt() == nil {
			continue
		}
		if !any {
			low, high, any = s.GetValue(), s.GetValue(), true
		}
		low, high = min(low, s.GetValue()), max(high, s.GetValue())
	}
	return low, high, any
}

// latest is the newest recommendation of the present round; nil when there is none.
func (f *file) latest() *saakornv1.Recommendation {
	var newest *saakornv1.Recommendation
	for _, r := range f.GetRecommendations() {
		if r.GetRound() == f.GetCase().GetRound() && (newest == nil || r.GetVersion() > newest.GetVersion()) {
			newest = r
		}
	}
	return newest
}

// outcomes are the outcomes to choose among.
func (f *file) outcomes(chosen string) []ui.Choice {
	var choices []ui.Choice
	for _, key := range []string{"APPROVED", "PARTIALLY_APPROVED", "REJECTED", "DISMISSED"} {
		choices = append(choices, ui.Choice{Value: key, Label: f.T("outcome.OUTCOME_" + key), Chosen: key == chosen})
	}
	return choices
}

func (f *file) dispositions(chosen string) []ui.Choice {
	var choices []ui.Choice
	for _, key := range []string{"GRANTED", "FORWARDED", "DISMISSED"} {
		choices = append(choices, ui.Choice{Value: key, Label: f.T("disposition.APPEAL_DISPOSITION_" + key), Chosen: key == chosen})
	}
	return choices
}

// answers are what the officer can make of a finding.
func (f *file) answers(finding *saakornv1.Finding) []ui.Choice {
	chosen := f.value("findings/"+finding.GetId(), "answer", strings.TrimPrefix(cmp.Or(finding.GetAnswer(), finding.GetProposed()).String(), "FINDING_OUTCOME_"))
	var choices []ui.Choice
	for _, key := range []string{"MET", "NOT_MET", "CONTINUE_WITHOUT"} {
		choices = append(choices, ui.Choice{Value: key, Label: f.T("finding.FINDING_OUTCOME_" + key), Chosen: key == chosen})
	}
	return choices
}

// findingTitle names what a finding is about: a formal requirement, or a fact of a registry.
func (f *file) findingTitle(finding *saakornv1.Finding) string {
	for _, r := range f.scheme.GetFormalRequirements() {
		if r.GetKey() == finding.GetKey() {
			return site.In(f.Language, r.GetTitle())
		}
	}
	return f.Or("findingkey."+finding.GetKey(), "findingkey.other")
}

// amount writes an amount as it is typed, in kroner.
func (f *file) amount(ore int64) string {
	if ore == 0 {
		return ""
	}
	return f.Amount(ore)
}

// tone is the colour of a step: what waits for people stands out.
func tone(s saakornv1.CaseStep) ui.Tone {
	switch s {
	case saakornv1.CaseStep_CASE_STEP_CLOSED:
		return ui.Neutral
	case saakornv1.CaseStep_CASE_STEP_COMPLETION, saakornv1.CaseStep_CASE_STEP_APPEAL:
		return ui.Warning
	case saakornv1.CaseStep_CASE_STEP_DECISION, saakornv1.CaseStep_CASE_STEP_NOTIFICATION, saakornv1.CaseStep_CASE_STEP_APPEAL_PERIOD:
		return ui.Success
	default:
		return ui.Info
	}
}

// nextTab is the part of the case in which the next step is taken.
func (f *file) nextTab() string {
	switch f.GetCase().GetStep() {
	case saakornv1.CaseStep_CASE_STEP_CLARIFICATION, saakornv1.CaseStep_CASE_STEP_COMPLETION:
		return "completeness"
	case saakornv1.CaseStep_CASE_STEP_ASSESSMENT:
		return "assessment"
	case saakornv1.CaseStep_CASE_STEP_RECOMMENDATION, saakornv1.CaseStep_CASE_STEP_DECISION:
		return "decision"
	case saakornv1.CaseStep_CASE_STEP_APPEAL:
		return "appeal"
	default:
		return "" // nothing is for people to do
	}
}

// steps show the procedure as far as it has come.
func (f *file) steps() []ui.Step {
	order := []saakornv1.CaseStep{
		saakornv1.CaseStep_CASE_STEP_CLARIFICATION, saakornv1.CaseStep_CASE_STEP_ASSESSMENT, saakornv1.CaseStep_CASE_STEP_RECOMMENDATION,
		saakornv1.CaseStep_CASE_STEP_DECISION, saakornv1.CaseStep_CASE_STEP_APPEAL_PERIOD, saakornv1.CaseStep_CASE_STEP_CLOSED,
	}
	at := slices.Index(order, f.place())
	var steps []ui.Step
	for i, s := range order {
		step := ui.Step{Title: f.T("staffstep." + s.String()), Done: i < at, Current: i == at && s != saakornv1.CaseStep_CASE_STEP_CLOSED}
		if s == saakornv1.CaseStep_CASE_STEP_CLOSED && i == at {
			step.Done, step.When = true, f.StampDay(f.GetCase().GetClosedAt())
		}
		if s == saakornv1.CaseStep_CASE_STEP_DECISION {
			step.When = f.StampDay(f.GetCase().GetDecidedAt())
			if step.When == "" && f.clock.GetExpectedDate() != "" {
				step.When = f.T("casefile.expected", "date", f.Date(f.clock.GetExpectedDate()))
			}
		}
		steps = append(steps, step)
	}
	return steps
}

// place is the step of the main line at which the case is.
func (f *file) place() saakornv1.CaseStep {
	switch s := f.GetCase().GetStep(); s {
	case saakornv1.CaseStep_CASE_STEP_SCREENING, saakornv1.CaseStep_CASE_STEP_COMPLETION:
		return saakornv1.CaseStep_CASE_STEP_CLARIFICATION
	case saakornv1.CaseStep_CASE_STEP_NOTIFICATION, saakornv1.CaseStep_CASE_STEP_APPEAL:
		return saakornv1.CaseStep_CASE_STEP_APPEAL_PERIOD
	default:
		return s
	}
}
