package entrepreneur

import (
	"cmp"
	"slices"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// sorted puts what is due first first; what has no deadline is last.
func sorted(tasks []task) []task {
	slices.SortStableFunc(tasks, func(a, b task) int {
		return cmp.Or(cmp.Compare(boolInt(a.due == ""), boolInt(b.due == "")), cmp.Compare(a.due, b.due))
	})
	return tasks
}

// firstPrimary calls for attention to the first of several.
func firstPrimary(i int) ui.Variant {
	if i == 0 {
		return ui.Primary
	}
	return ui.Secondary
}

func endedOn(p ui.Page, w *whole) string {
	if !w.closed() {
		return ""
	}
	return p.Date(w.GetLifecycle().GetExitOn())
}

func relationTone(w *whole) ui.Tone {
	if w.closed() {
		return ui.Neutral
	}
	return ui.Success
}

func (w *whole) hasMatters() bool {
	return len(w.claims) > 0 || slices.ContainsFunc(w.years, func(y *relationYear) bool { return len(y.measures) > 0 })
}

// door leads to a page of the relation.
type door struct{ href, title, text string }

// doors are the pages that belong to the relation.
func (w *whole) doors(p ui.Page) []door {
	enterprise := "/enterprises/" + w.GetLifecycle().GetEnterpriseId()
	add := func(href, key string) door { return door{href, p.T("door." + key), p.T("door_text." + key)} }
	doors := []door{add("/reports", "reports"), add(w.path()+"/assessment", "assessment"), add(w.path()+"/checkins", "checkins")}
	if a := w.accepted(); a != nil {
		doors = append(doors, add("/awards/"+a.GetId()+"/changes", "changes"))
	}
	doors = append(doors, add(w.path()+"/exit-plan", "exit_plan"), add(w.path()+"/handover", "handover"))
	if len(w.after) > 0 {
		doors = append(doors, add(w.path()+"/after", "after"))
	}
	if len(w.examples) > 0 {
		doors = append(doors, add(w.path()+"/examples", "examples"))
	}
	doors = append(doors, add(enterprise+"/account", "account"), add(enterprise, "colleagues"), add(enterprise+"/documents", "documents"))
	if to := w.messages(); to != "" {
		doors = append(doors, add(to, "messages"))
	}
	return doors
}

func measureTitle(p ui.Page, m *saakornv1.Measure) string {
	title := p.T("measurekind." + m.GetKind().String())
	if m.GetAmountOre() > 0 {
		title += ": " + p.Kroner(m.GetAmountOre())
	}
	return title
}

// measureTag says where a measure stands, as the enterprise needs to know it.
func measureTag(p ui.Page, m *saakornv1.Measure) string {
	switch {
	case m.GetLiftedAt() != nil:
		return p.T("measure.lifted")
	case appealOpen(m):
		return p.T("measure.appealed")
	case m.GetState() == saakornv1.MeasureState_MEASURE_STATE_NOTIFIED && m.GetCommentedAt() != nil:
		return p.T("measure.commented")
	}
	return p.T("measure_state." + m.GetState().String())
}

// measureUntil says until when the enterprise can say something about a measure; empty when it cannot.
func measureUntil(p ui.Page, m *saakornv1.Measure) string {
	switch {
	case m.GetState() == saakornv1.MeasureState_MEASURE_STATE_NOTIFIED:
		return p.T("measure.comment_until", "date", p.Date(m.GetCommentBy()))
	case mayAppealMeasure(m):
		return p.T("measure.appeal_until", "date", p.Date(m.GetAppealBy()))
	}
	return ""
}

// mayAppealMeasure tells whether the decision can be appealed now.
func mayAppealMeasure(m *saakornv1.Measure) bool {
	return m.GetState() == saakornv1.MeasureState_MEASURE_STATE_DECIDED && m.GetAppealBy() != "" && !appealOpen(m)
}

func measureTone(m *saakornv1.Measure) ui.Tone {
	switch {
	case m.GetLiftedAt() != nil:
		return ui.Neutral
	case m.GetState() == saakornv1.MeasureState_MEASURE_STATE_NOTIFIED:
		return ui.Warning
	case m.GetState() == saakornv1.MeasureState_MEASURE_STATE_DECIDED:
		return ui.Danger
	}
	return ui.Neutral
}

func appealOpen(m *saakornv1.Measure) bool {
	return m.GetAppeal() != nil && m.GetAppeal().GetClosedAt() == nil
}

func claimTag(p ui.Page, c *saakornv1.Claim) string {
	switch {
	case c.GetAmountOre() == 0:
		return p.T("own_claim.cancelled")
	case c.GetSettledAt() != nil:
		return p.T("own_claim.settled")
	case c.GetOverdueOre() > 0:
		return p.T("own_claim.overdue")
	}
	return p.T("own_claim.open")
}

func claimTone(c *saakornv1.Claim) ui.Tone {
	switch {
	case c.GetAmountOre() == 0:
		return ui.Neutral
	case c.GetSettledAt() != nil:
		return ui.Success
	case c.GetOverdueOre() > 0:
		return ui.Danger
	}
	return ui.Warning
}

func accountNumber(p ui.Page, f *accountForm) ui.Field {
	field := f.field("number")
	field.Help, field.Numeric = p.T("award.number_help"), true
	return field
}

func appealBody(p ui.Page, r *relation) string { return site.In(p.Language, r.scheme.GetAppealBody()) }
