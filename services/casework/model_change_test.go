package casework_test

import (
	"slices"

	"saakorn/services/platform/calendar"
)

// apply is what a legal command changes.
func (m *model) apply(c command) {
	switch c.kind {
	case "assign":
		m.owner = c.to[0]
	case "answer":
		m.findings[c.finding].answer = c.verdict
	case "name assessors":
		m.assessments = slices.DeleteFunc(m.assessments, func(a modelAssessment) bool { return !slices.Contains(c.to, a.person) })
		for _, id := range c.to {
			if m.assessment(id) == nil {
				m.assessments = append(m.assessments, modelAssessment{person: id})
			}
		}
	case "declare":
		m.declared[c.by] = c.yes
		if !c.yes {
			m.leave(c.by)
		}
	case "save":
		m.assessment(c.by).complete = c.yes
	case "submit":
		m.assessment(c.by).submitted = true
	case "recommend":
		m.recommendations = append(m.recommendations, modelRecommendation{by: c.by, outcome: c.outcome, amount: c.amount})
	case "return":
		m.before().returned = true
	case "decide":
		m.decider, m.outcome, m.awarded = c.by, c.outcome, c.amount
	case "withdraw":
		m.withdrawn = true
	case "correct":
		m.version++
		m.completable = m.closesAt
	case "ask":
		until := calendar.NextWorkday(calendar.On(m.now).AddDays(14)).End()
		m.notices = append(m.notices, modelNotice{open: true, until: until, version: m.screened})
		m.completable, m.paused, m.pausedOn = until, true, calendar.On(m.now)
	case "cancel":
		m.completable = m.closesAt
		m.resume()
	case "extend":
		m.due = m.extension()
		if m.paused { // only what is left of the pause comes on top of the new date
			m.pausedOn = calendar.On(m.now)
		}
	default:
		m.applyAfterwards(c)
	}
}

// leave takes whoever is not impartial out of everything that has not been decided.
func (m *model) leave(person string) {
	if m.owner == person {
		m.owner = ""
	}
	if m.at("CLOSED") {
		return
	}
	if m.decider == "" {
		m.assessments = slices.DeleteFunc(m.assessments, func(a modelAssessment) bool { return a.person == person })
		if r := m.before(); r != nil && r.by == person {
			r.returned = true
		}
	}
	if a := m.openAppeal(); a != nil && a.disposition == "" && (a.owner == person || a.preparer == person) {
		a.owner, a.preparer, a.recommended, a.recommendedOre = "", "", "", 0
	}
}

// extension is where an extension moves the date: a month after what is expected now.
func (m *model) extension() calendar.Date {
	expected := m.due
	if m.paused {
		expected = expected.AddDays(calendar.Days(m.pausedOn, calendar.On(m.now)))
	}
	if today := calendar.On(m.now); today.After(expected) {
		expected = today
	}
	return expected.AddDays(30)
}

func (m *model) resume() {
	m.openNotice().open = false
	m.due = m.due.AddDays(calendar.Days(m.pausedOn, calendar.On(m.now)))
	m.paused = false
}

func (m *model) applyAfterwards(c command) {
	a := m.openAppeal()
	switch c.kind {
	case "appeal":
		m.appeals = append(m.appeals, modelAppeal{})
		m.closed = false
	case "assign appeal":
		a.owner = c.to[0]
	case "prepare appeal":
		a.preparer, a.recommended, a.recommendedOre = c.by, c.outcome, c.amount
	case "decide appeal":
		a.disposition, a.closed = c.outcome, c.outcome != "FORWARDED"
		m.untold = m.untold || a.closed
		if c.outcome == "GRANTED" {
			m.award(c.amount)
		}
	case "record outcome":
		a.closed = true
		if c.outcome == "CHANGED" {
			m.award(c.amount)
		}
	case "reverse":
		m.award(c.amount)
		m.untold = true
		m.closed = false
	}
}

func (m *model) award(amount int64) {
	m.awarded, m.changes = amount, m.changes+1
	switch amount {
	case 0:
		m.outcome = "REJECTED"
	case m.applied:
		m.outcome = "APPROVED"
	default:
		m.outcome = "PARTIALLY_APPROVED"
	}
}

// settle is what happens by itself while the engine is there.
func (m *model) settle() {
	if m.away || m.closed {
		return
	}
	if m.withdrawn {
		if m.openNotice() != nil {
			m.resume()
		}
		m.recorded, m.closed, m.outcome = true, true, "WITHDRAWN"
		return
	}
	if m.decider != "" {
		m.settleDecided()
		return
	}
	m.screened = m.version
	if n := m.openNotice(); n != nil && m.version > n.version || n != nil && !m.now.Before(n.until) {
		m.completable = m.closesAt
		m.resume()
	}
	if !m.paused && !m.now.Before(m.due.End()) {
		m.breached = true
	}
}

func (m *model) settleDecided() {
	if !m.notified || m.untold {
		m.notified, m.untold = true, false
		m.appealUntil = calendar.AfterWeeks(calendar.On(m.now), 3).End()
	}
	if m.openAppeal() == nil && !m.now.Before(m.appealUntil) {
		m.closed = true
	}
}
