package caseworker

import (
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/ui"
)

// ownerAddress is the queue of one person's cases.
func ownerAddress(o *saakornv1.Workload) templ.SafeURL {
	owner := o.GetOwnerId()
	if owner == "" {
		owner = "none"
	}
	return templ.SafeURL("/cases?" + url.Values{"owner": {owner}, "sort": {"DUE"}}.Encode())
}

func ownerName(f *file) string {
	if f.GetCase().GetOwnerName() == "" {
		return f.T("queue.nobody")
	}
	return f.GetCase().GetOwnerName()
}

func awarded(f *file) string {
	if f.GetCase().GetAmountAwardedOre() == 0 {
		return ""
	}
	return f.Kroner(f.GetCase().GetAmountAwardedOre())
}

func outcomeName(f *file) string {
	if f.GetCase().GetOutcome() == saakornv1.Outcome_OUTCOME_UNSPECIFIED {
		return ""
	}
	return f.T("outcome." + f.GetCase().GetOutcome().String())
}

func clockState(f *file) string {
	switch {
	case f.clock.GetBreached():
		return f.T("clock.breached")
	case f.clock.GetPaused():
		return f.T("clock.paused")
	case f.GetCase().GetDecidedAt() != nil:
		return f.T("clock.stopped")
	}
	return f.T("clock.running")
}

func findingTone(answer saakornv1.FindingOutcome) ui.Tone {
	switch answer {
	case saakornv1.FindingOutcome_FINDING_OUTCOME_MET:
		return ui.Success
	case saakornv1.FindingOutcome_FINDING_OUTCOME_NOT_MET:
		return ui.Danger
	default:
		return ui.Warning
	}
}

func noticeTone(state saakornv1.DeficiencyState) ui.Tone {
	switch state {
	case saakornv1.DeficiencyState_DEFICIENCY_STATE_OPEN:
		return ui.Warning
	case saakornv1.DeficiencyState_DEFICIENCY_STATE_ANSWERED:
		return ui.Success
	default:
		return ui.Neutral
	}
}

func outcomeTone(o saakornv1.Outcome) ui.Tone {
	switch o {
	case saakornv1.Outcome_OUTCOME_APPROVED, saakornv1.Outcome_OUTCOME_PARTIALLY_APPROVED:
		return ui.Success
	case saakornv1.Outcome_OUTCOME_REJECTED, saakornv1.Outcome_OUTCOME_DISMISSED:
		return ui.Danger
	default:
		return ui.Neutral
	}
}

func directionTone(d saakornv1.Direction) ui.Tone {
	switch d {
	case saakornv1.Direction_DIRECTION_YES:
		return ui.Success
	case saakornv1.Direction_DIRECTION_NO:
		return ui.Danger
	default:
		return ui.Warning
	}
}

func outcomeKey(o saakornv1.Outcome) string { return strings.TrimPrefix(o.String(), "OUTCOME_") }

func dispositionKey(d saakornv1.AppealDisposition) string {
	return strings.TrimPrefix(d.String(), "APPEAL_DISPOSITION_")
}

func hasSubmitted(f *file) bool {
	return slices.ContainsFunc(f.GetAssessments(), func(a *saakornv1.Assessment) bool { return a.GetSubmittedAt() != nil })
}

func letterDate(f *file, l *saakornv1.Letter) string {
	if l.GetSentAt() == nil {
		return f.T("documents.unsent")
	}
	return f.T("documents.sent", "date", f.StampDay(l.GetSentAt()))
}

func disclosures(f *file, e *saakornv1.JournalEntry) []ui.Choice {
	chosen := f.value("disclosures/"+e.GetId(), "disclosure", strings.TrimPrefix(e.GetDisclosure().String(), "DISCLOSURE_"))
	var choices []ui.Choice
	for _, key := range []string{"OPEN", "PARTLY", "SCREENED"} {
		choices = append(choices, ui.Choice{Value: key, Label: f.T("disclosure.DISCLOSURE_" + key), Chosen: key == chosen})
	}
	return choices
}
