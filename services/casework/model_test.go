package casework_test

import (
	"slices"
	"time"

	"saakorn/services/platform/calendar"
)

// The model is what the procedure is in a page or two: what has happened in one case, and which
// commands are legal for whom after that. It is written from the rules and shares no code with the
// services but the calendar's arithmetic.

// command is one attempt to do something. Which fields count depends on the kind.
type command struct {
	kind, by string
	// to are people who are given something; yes answers a question or submits something complete.
	to  []string
	yes bool
	// verdict answers a finding; outcome and amount are a recommendation, a decision or what an appeal
	// comes to; reasons tells that they are given.
	verdict, outcome string
	finding          int
	amount           int64
	reasons, stale   bool
	wait             time.Duration
}

// finding is one automatic finding: what it proposes, and what somebody has answered.
type modelFinding struct{ proposed, answer string }

type modelAssessment struct {
	person              string
	complete, submitted bool
}

type modelRecommendation struct {
	by, outcome string
	amount      int64
	returned    bool
}

type modelNotice struct {
	open    bool
	until   time.Time // first moment that is too late
	version int       // which was found incomplete
}

type modelAppeal struct {
	owner, preparer, recommended, disposition string
	recommendedOre                            int64
	closed                                    bool
}

type model struct {
	now      time.Time
	closesAt time.Time
	applied  int64
	// away tells that the engine is away: nothing happens by itself.
	away bool

	version, screened   int
	completable         time.Time
	withdrawn, recorded bool
	owner               string
	// declared holds whether each person who has declared is impartial.
	declared         map[string]bool
	findings         []modelFinding
	assessments      []modelAssessment
	recommendations  []modelRecommendation
	decider          string
	outcome          string
	awarded          int64
	notified, closed bool
	// untold tells that something that can be appealed has been decided since the party was notified.
	untold      bool
	appealUntil time.Time // first moment that is too late
	notices     []modelNotice
	appeals     []modelAppeal
	changes     int

	due              calendar.Date
	pausedOn         calendar.Date
	paused, breached bool
}

// rolesOf are the roles of the people who take part.
func rolesOf(person string) []string {
	switch person[:len(person)-2] {
	case "case-officer":
		return []string{"officer"}
	case "decision-maker":
		return []string{"officer", "decider"}
	case "assessor":
		return []string{"assessor"}
	case "manager":
		return []string{"manager"}
	case "auditor":
		return []string{"auditor"}
	default:
		return []string{person} // an entrepreneur acts for one enterprise only
	}
}

func has(person string, roles ...string) bool {
	return slices.ContainsFunc(rolesOf(person), func(r string) bool { return slices.Contains(roles, r) })
}

// mayTry are the roles that each kind of command is for.
func mayTry(kind string) []string {
	switch kind {
	case "assign", "name assessors", "assign appeal":
		return []string{"officer", "manager"}
	case "answer", "recommend", "ask", "cancel", "prepare appeal", "record outcome":
		return []string{"officer"}
	case "save", "submit":
		return []string{"officer", "assessor"}
	case "declare":
		return []string{"officer", "assessor", "decider"}
	case "return", "decide", "extend", "decide appeal", "reverse":
		return []string{"decider"}
	case "explain":
		return []string{"officer", "decider"}
	default: // withdraw, correct, appeal
		return []string{applicant}
	}
}

func (m *model) step() string {
	switch {
	case m.closed || m.recorded:
		return "CLOSED"
	case m.openAppeal() != nil:
		return "APPEAL"
	case m.notified:
		return "APPEAL_PERIOD"
	case m.decider != "":
		return "NOTIFICATION"
	case m.openNotice() != nil:
		return "COMPLETION"
	case m.answered("") > 0:
		return "CLARIFICATION"
	case m.before() != nil:
		return "DECISION"
	case m.answered("NOT_MET") > 0 || m.assessed():
		return "RECOMMENDATION"
	}
	return "ASSESSMENT"
}

func (m *model) at(steps ...string) bool { return slices.Contains(steps, m.step()) }

// answered counts the findings with the answer.
func (m *model) answered(answer string) int {
	n := 0
	for _, f := range m.findings {
		if f.answer == answer {
			n++
		}
	}
	return n
}

func (m *model) assessed() bool {
	return len(m.assessments) >= 2 && !slices.ContainsFunc(m.assessments, func(a modelAssessment) bool { return !a.submitted })
}

func (m *model) assessment(person string) *modelAssessment {
	for i := range m.assessments {
		if m.assessments[i].person == person {
			return &m.assessments[i]
		}
	}
	return nil
}

func (m *model) before() *modelRecommendation {
	if n := len(m.recommendations); n > 0 && !m.recommendations[n-1].returned {
		return &m.recommendations[n-1]
	}
	return nil
}

func (m *model) recommendedBy(person string) bool {
	return slices.ContainsFunc(m.recommendations, func(r modelRecommendation) bool { return r.by == person })
}

func (m *model) openNotice() *modelNotice {
	if n := len(m.notices); n > 0 && m.notices[n-1].open {
		return &m.notices[n-1]
	}
	return nil
}

func (m *model) openAppeal() *modelAppeal {
	if n := len(m.appeals); n > 0 && !m.appeals[n-1].closed {
		return &m.appeals[n-1]
	}
	return nil
}

// mustDeclare tells whether the person prepares, assesses or decides cases.
func mustDeclare(person string) bool { return has(person, "officer", "assessor", "decider") }

func (m *model) partial(person string) bool {
	impartial, declared := m.declared[person]
	return declared && !impartial
}

// sees tells whether the person may see the case.
func (m *model) sees(person string) bool {
	switch {
	case mustDeclare(person) && !m.declared[person]:
		return false
	case has(person, "officer", "decider", "manager", "auditor"):
		return true
	}
	return m.assessment(person) != nil
}

// illegal says why the command must be refused; empty when it must be carried out.
func (m *model) illegal(c command) string {
	if !has(c.by, mayTry(c.kind)...) {
		return "not for this role"
	}
	impartial, declared := m.declared[c.by]
	switch {
	case declared && !impartial:
		return "has declared not to be impartial"
	case !declared && mustDeclare(c.by) && c.kind != "declare":
		return "has not declared"
	}
	if c.stale {
		return "saw an older state"
	}
	switch c.kind {
	case "assign", "answer", "name assessors", "declare":
		return m.illegalWork(c)
	case "save", "submit":
		return m.illegalAssessment(c)
	case "recommend", "return", "decide":
		return m.illegalDecision(c)
	case "withdraw", "correct", "appeal":
		return m.illegalForApplicant(c)
	case "ask", "cancel", "extend", "explain":
		return m.illegalClock(c)
	default:
		return m.illegalAfterwards(c)
	}
}

func (m *model) illegalWork(c command) string {
	switch c.kind {
	case "assign":
		switch {
		case !has(c.to[0], "officer"):
			return "the owner is no case officer"
		case m.partial(c.to[0]):
			return "the owner is not impartial"
		case m.at("CLOSED"):
			return "closed"
		}
	case "answer":
		f := m.findings[c.finding]
		switch {
		case !m.at("CLARIFICATION", "ASSESSMENT", "RECOMMENDATION"):
			return "wrong step"
		case c.verdict == "CONTINUE_WITHOUT" && f.proposed == "MET":
			return "nothing to go on without"
		case c.verdict != f.proposed && !c.reasons:
			return "departs without a reason"
		}
	case "name assessors":
		stays := func(a modelAssessment) bool { return a.submitted && !slices.Contains(c.to, a.person) }
		switch {
		case !m.at("CLARIFICATION", "ASSESSMENT"):
			return "wrong step"
		case len(c.to) < 2:
			return "too few"
		case slices.ContainsFunc(c.to, func(id string) bool { return !has(id, "assessor", "officer") }):
			return "one of them assesses nothing"
		case slices.ContainsFunc(c.to, func(id string) bool { return m.partial(id) && m.assessment(id) == nil }):
			return "one of them is not impartial"
		case slices.ContainsFunc(m.assessments, stays):
			return "one who has submitted stays"
		}
	case "declare":
		switch {
		case !c.yes && !c.reasons:
			return "no reason"
		case !has(c.by, "officer") && m.assessment(c.by) == nil:
			return "not asked to assess"
		}
	}
	return ""
}

func (m *model) illegalAssessment(c command) string {
	own := m.assessment(c.by)
	switch {
	case own == nil:
		return "not asked to assess"
	case own.submitted:
		return "submitted"
	case !m.at("ASSESSMENT"):
		return "wrong step"
	case m.now.Before(m.closesAt):
		return "the call is open"
	case c.kind == "submit" && !own.complete:
		return "not complete"
	}
	return ""
}

func (m *model) illegalDecision(c command) string {
	switch {
	case c.kind == "recommend" && !m.at("RECOMMENDATION", "DECISION"):
		return "wrong step"
	case c.kind == "recommend" && m.now.Before(m.closesAt):
		return "the call is open"
	case c.kind != "recommend" && !m.at("DECISION"):
		return "wrong step"
	case c.kind != "recommend" && m.recommendedBy(c.by):
		return "four eyes"
	case c.kind == "return":
		return ""
	case m.screened != m.version:
		return "not screened"
	case !m.fits(c.outcome, c.amount):
		return "outcome and amount do not fit"
	case c.kind == "recommend":
		return ""
	case m.withdrawn:
		return "withdrawn"
	case (c.outcome != m.before().outcome || c.amount != m.before().amount) && !c.reasons:
		return "departs without reasons"
	}
	return ""
}

// fits tells whether the case can end like this.
func (m *model) fits(outcome string, amount int64) bool {
	formal := m.answered("NOT_MET") > 0
	switch outcome {
	case "APPROVED":
		return !formal && amount == m.applied
	case "PARTIALLY_APPROVED":
		return !formal && amount > 0 && amount < m.applied
	case "REJECTED":
		return !formal && amount == 0
	default:
		return formal && amount == 0
	}
}

func (m *model) illegalForApplicant(c command) string {
	switch c.kind {
	case "withdraw":
		if m.withdrawn || m.decider != "" {
			return "withdrawn or decided"
		}
	case "correct":
		switch {
		case m.withdrawn || m.decider != "":
			return "withdrawn or decided"
		case !m.now.Before(m.closesAt) && !m.now.Before(m.completable):
			return "the call has closed, and nothing is asked for"
		}
	case "appeal":
		switch {
		case !m.notified:
			return "nothing to appeal"
		case m.openAppeal() != nil:
			return "appealed"
		}
	}
	return ""
}

func (m *model) illegalClock(c command) string {
	switch c.kind {
	case "ask":
		switch {
		case !m.at("CLARIFICATION", "ASSESSMENT", "RECOMMENDATION", "DECISION"):
			return "wrong step"
		case m.withdrawn:
			return "withdrawn"
		case m.screened != m.version:
			return "not screened"
		}
	case "cancel":
		if m.openNotice() == nil || m.withdrawn {
			return "nothing to cancel"
		}
	case "extend":
		if m.decider != "" || m.at("CLOSED") || !c.yes {
			return "decided, or no extension"
		}
	case "explain":
		if !m.breached {
			return "met so far"
		}
	}
	return ""
}

func (m *model) illegalAfterwards(c command) string {
	a := m.openAppeal()
	switch {
	case c.kind == "reverse":
		return m.illegalReversal(c)
	case a == nil:
		return "no appeal"
	case c.kind == "record outcome":
		switch {
		case a.disposition != "FORWARDED":
			return "not with the appeal body"
		case c.outcome == "UPHELD" && c.amount != m.awarded:
			return "upheld, and another amount"
		case c.outcome == "CHANGED" && (c.amount == m.awarded || c.amount > m.applied):
			return "no change"
		}
		return ""
	case a.disposition != "":
		return "decided"
	case c.kind == "assign appeal":
		switch {
		case !has(c.to[0], "officer"):
			return "the owner is no case officer"
		case m.recommendedBy(c.to[0]) || c.to[0] == m.decider:
			return "not somebody new"
		case m.partial(c.to[0]):
			return "the owner is not impartial"
		}
		return ""
	case c.kind == "prepare appeal" && a.owner != c.by:
		return "belongs to somebody else"
	case c.kind == "decide appeal" && a.preparer == "":
		return "not prepared"
	case c.kind == "decide appeal" && a.preparer == c.by:
		return "four eyes"
	case c.outcome == "GRANTED" && (c.amount <= m.awarded || c.amount > m.applied):
		return "not in favour"
	case c.outcome != "GRANTED" && c.amount != 0:
		return "money without award"
	case c.kind == "decide appeal" && (c.outcome != a.recommended || c.amount != a.recommendedOre) && !c.reasons:
		return "departs without reasons"
	}
	return ""
}

func (m *model) illegalReversal(c command) string {
	switch {
	case !m.notified:
		return "nobody has been told of a decision"
	case m.openAppeal() != nil:
		return "appealed"
	case m.recommendedBy(c.by):
		return "four eyes"
	case c.outcome != "APPROVED" && c.outcome != "PARTIALLY_APPROVED":
		return "to detriment"
	case c.amount <= m.awarded || c.amount > m.applied || (c.outcome == "APPROVED") != (c.amount == m.applied):
		return "not in favour"
	}
	return ""
}
