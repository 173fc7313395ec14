package entrepreneur

import (
	"slices"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/ui"
)

// duties is what the enterprise has to do in a relation, each with its deadline where there is one. Those
// who only read have nothing to do.
func (w *whole) duties(p ui.Page) []task {
	if !w.editor {
		return nil
	}
	var list []task
	for _, y := range w.years {
		list = append(list, w.awardDuties(p, y)...)
	}
	list = append(list, w.accountDuties(p)...)
	list = append(list, w.claimDuties(p)...)
	list = append(list, w.followDuties(p)...)
	return append(list, w.leavingDuties(p)...)
}

// duty is a task with its deadline in words; one without a deadline may be done at any time.
func duty(p ui.Page, title, href, action, due string) task {
	t := task{title: title, text: p.T("duty.any_time"), href: href, action: action, due: due}
	if due != "" {
		t.text = p.T("duty.by", "date", p.Date(due))
	}
	return t
}

func (w *whole) awardDuties(p ui.Page, y *relationYear) []task {
	a, path := y.GetAward(), "/awards/"+y.GetAward().GetId()
	var list []task
	if a.GetState() == saakornv1.AwardState_AWARD_STATE_OFFERED {
		list = append(list, task{
			title: p.T("award.task_accept", "enterprise", w.name()), text: p.T("award.accept_by", "date", p.Date(a.GetAcceptBy())),
			href: path, action: p.T("award.look"), due: a.GetAcceptBy(),
		})
	}
	for _, c := range y.GetConditions() {
		if a.GetState() == saakornv1.AwardState_AWARD_STATE_ACCEPTED && c.GetState() == saakornv1.ConditionState_CONDITION_STATE_OPEN && c.GetDueOn() != "" {
			list = append(list, duty(p, p.T("duty.condition", "condition", shortened(c.GetText())), path, p.T("duty.look"), c.GetDueOn()))
		}
	}
	for _, m := range y.measures {
		if m.GetState() == saakornv1.MeasureState_MEASURE_STATE_NOTIFIED && m.GetCommentedAt() == nil {
			list = append(list, duty(p, p.T("duty.measure"), path+"/measures/"+m.GetId(), p.T("start.answer"), m.GetCommentBy()))
		}
	}
	return list
}

// accountDuties is to name an account, when money is to come and there is none.
func (w *whole) accountDuties(p ui.Page) []task {
	waiting := slices.ContainsFunc(w.GetAwards(), func(a *saakornv1.Award) bool { return a.GetState() == saakornv1.AwardState_AWARD_STATE_ACCEPTED })
	if !waiting || !accountNeeded(w.accounts) {
		return nil
	}
	return []task{{
		title: p.T("duty.account"), text: p.T("duty.account_text"), href: "/enterprises/" + w.GetLifecycle().GetEnterpriseId() + "/account",
		action: p.T("duty.account_go"),
	}}
}

// mostShown is how much of a text a heading holds, in letters.
const mostShown = 80

func shortened(s string) string {
	if letters := []rune(s); len(letters) > mostShown {
		return string(letters[:mostShown]) + "…"
	}
	return s
}

func (w *whole) claimDuties(p ui.Page) []task {
	var list []task
	for _, c := range w.claims {
		if part := nextPart(c); part != nil {
			title := p.T("duty.claim", "amount", p.Kroner(part.GetAmountOre()-part.GetPaidOre()))
			list = append(list, duty(p, title, w.path()+"/claims/"+c.GetId(), p.T("duty.claim_go"), part.GetDueOn()))
		}
	}
	return list
}

// nextPart returns the first part of the claim that has not been paid, nil when all is.
func nextPart(c *saakornv1.Claim) *saakornv1.ClaimPart {
	for _, part := range c.GetParts() {
		if part.GetPaidOre() < part.GetAmountOre() {
			return part
		}
	}
	return nil
}

func (w *whole) followDuties(p ui.Page) []task {
	var list []task
	for _, x := range w.points {
		if ownPoint(x) && !w.closed() {
			list = append(list, duty(p, shortened(x.GetText()), w.path()+"/checkins#points", p.T("duty.point_go"), x.GetDueOn()))
		}
	}
	if year := w.unassessed(); year != 0 && !w.closed() {
		list = append(list, duty(p, p.T("duty.assess", "year", itoa(year)), w.path()+"/assessment", p.T("duty.assess_go"), w.nextCheckin()))
	}
	return list
}

// ownPoint tells whether the action point is the enterprise's, and open.
func ownPoint(x *saakornv1.ActionPoint) bool {
	return x.GetState() == saakornv1.ActionPointState_ACTION_POINT_STATE_OPEN && x.GetOwnerId() == ""
}

// unassessed returns the newest grant year when the enterprise has not said how sustainable it is in it,
// and 0 otherwise.
func (w *whole) unassessed() int {
	a := w.accepted()
	if a == nil {
		return 0
	}
	for _, x := range w.assessments {
		if x.GetGrantYear() == a.GetGrantYear() && x.GetOwnAt() != nil {
			return 0
		}
	}
	return int(a.GetGrantYear())
}

// nextCheckin returns when the next check-in is planned; empty when none is.
func (w *whole) nextCheckin() string {
	next := ""
	for _, c := range w.checkins {
		if c.GetState() == saakornv1.CheckinState_CHECKIN_STATE_PLANNED && (next == "" || c.GetPlannedOn() < next) {
			next = c.GetPlannedOn()
		}
	}
	return next
}

func (w *whole) leavingDuties(p ui.Page) []task {
	var list []task
	for _, d := range w.GetExitPlanDemands() {
		if !d.GetSubmitted() && !w.closed() {
			list = append(list, duty(p, p.T("duty.exit_plan"), w.path()+"/exit-plan", p.T("duty.exit_plan_go"), d.GetDueOn()))
		}
	}
	if last := w.accepted(); last != nil && !w.closed() && w.GetLifecycle().GetRemainingYears() == 0 && w.GetHandover().GetLearned() == "" {
		list = append(list, duty(p, p.T("duty.handover"), w.path()+"/handover", p.T("duty.handover_go"), last.GetSpendBy()))
	}
	for _, q := range w.after {
		if q.GetState() == saakornv1.AfterQuestionState_AFTER_QUESTION_STATE_ASKED {
			list = append(list, duty(p, p.T("duty.after", "n", itoa(int(q.GetMonths()))), w.path()+"/after/"+q.GetId(), p.T("start.answer"), q.GetAnswerBy()))
		}
	}
	for _, e := range w.examples {
		if e.GetState() == saakornv1.ExampleState_EXAMPLE_STATE_DRAFT {
			list = append(list, duty(p, p.T("duty.example"), w.path()+"/examples/"+e.GetId(), p.T("duty.example_go"), ""))
		}
	}
	return list
}
