package rehearsal

import (
	"fmt"
	"slices"
	"strings"
	"time"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
)

// decisionDeadlines: a decision came in time, or the breach is recorded and a person has said why.
// The date is worked out anew from the history of the clock.
func decisionDeadlines(r *Record) Invariant {
	i := Invariant{Name: "deadlines_met_or_explained", Meaning: "each decision came by its date, or the breach is recorded with a person's reason"}
	for _, c := range r.Cases {
		for _, d := range c.File.GetDecisions() {
			wrong := deadlineFault(c, d.GetDecidedAt().AsTime(), decisionDue(r, c))
			i.look(wrong == "", "%s: %s", c.File.GetCase().GetNumber(), wrong)
		}
	}
	return i
}

// decisionDue is the civil day by which the case had to be decided: so many days from the close, later
// by the days of every pause, or where an extension moved it.
func decisionDue(r *Record, c CaseRecord) time.Time {
	due := civil(r.ClosesAt.Add(-1)).AddDate(0, 0, int(r.Deadlines.GetDecisionDays()))
	var paused time.Time
	for _, e := range c.Clock.GetEvents() {
		switch e.GetKind() {
		case "PAUSED":
			paused = civil(e.GetAt().AsTime())
		case "RESUMED":
			due = due.AddDate(0, 0, daysBetween(paused, civil(e.GetAt().AsTime())))
		case "EXTENDED":
			due, _ = time.Parse(time.DateOnly, e.GetUntil())
		}
	}
	return due
}

func deadlineFault(c CaseRecord, decidedAt, due time.Time) string {
	kinds := map[string]int{}
	for _, e := range c.Clock.GetEvents() {
		kinds[e.GetKind()]++
	}
	inTime := decidedAt.Before(after(due))
	switch {
	case kinds["STARTED"] != 1 || kinds["STOPPED"] != 1 || kinds["PAUSED"] != kinds["RESUMED"]:
		return fmt.Sprintf("the clock was left as %v", kinds)
	case inTime && kinds["BREACHED"] > 0:
		return "decided in time by " + due.Format(time.DateOnly) + ", and breached all the same"
	case !inTime && kinds["BREACHED"] != 1:
		return fmt.Sprintf("decided after %s, and breached %d times", due.Format(time.DateOnly), kinds["BREACHED"])
	case !inTime && !explained(c.Clock):
		return "nobody said why it was decided after " + due.Format(time.DateOnly)
	}
	return ""
}

// interimReplies: whoever has waited for a month without a decision is told once, on the day (fvl. § 11 a).
func interimReplies(r *Record) Invariant {
	i := Invariant{Name: "interim_replies", Meaning: "each applicant who waited a month was told once, on that day, and nobody else was"}
	for _, c := range r.Cases {
		x := c.File.GetCase()
		due := monthsLater(civil(x.GetReceivedAt().AsTime()), int(r.Deadlines.GetInterimReplyMonths()))
		ended := x.GetDecidedAt().AsTime()
		if x.GetDecidedAt() == nil {
			ended = x.GetClosedAt().AsTime() // withdrawn
		}
		want := 0
		if ended.After(after(due)) {
			want = 1
		}
		told := 0
		for _, l := range c.Letters {
			if l.GetKind() != "INTERIM_REPLY" || l.GetSentAt() == nil {
				continue
			}
			told++
			if sent := civil(l.GetSentAt().AsTime()); !sent.Equal(due) {
				told = -1
				break
			}
		}
		onTheDay := told == 1 && ended.After(clockOn(due, 0)) // ended later on that day
		i.look(told == want || onTheDay, "%s: received on %s, and %d interim replies by %s",
			x.GetNumber(), civil(x.GetReceivedAt().AsTime()).Format(time.DateOnly), told, due.Format(time.DateOnly))
	}
	return i
}

// deficiencies: whoever was asked had the time that the scheme gives, was reminded when nothing had
// come, and the case went on when nothing came. Some answered, and some did not.
func deficiencies(r *Record) Invariant {
	i := Invariant{Name: "deficiency_notices", Meaning: "each question had its time limit and one letter, a reminder when nothing came, and an end; some were answered and some were not"}
	states := map[saakornv1.DeficiencyState]int{}
	for _, c := range r.Cases {
		asked, reminded := count(c.Letters, "DEFICIENCY_NOTICE"), count(c.Letters, "DEFICIENCY_REMINDER")
		for _, n := range c.Notices {
			states[n.GetState()]++
			wrong := noticeFault(r.Deadlines, n)
			i.look(wrong == "", "%s: %s", c.File.GetCase().GetNumber(), wrong)
			asked--
			if n.GetRemindedAt() != nil {
				reminded--
			}
		}
		i.look(asked == 0 && reminded == 0, "%s: %d letters too many ask, %d remind", c.File.GetCase().GetNumber(), asked, reminded)
	}
	for _, must := range []saakornv1.DeficiencyState{
		saakornv1.DeficiencyState_DEFICIENCY_STATE_ANSWERED, saakornv1.DeficiencyState_DEFICIENCY_STATE_EXPIRED,
	} {
		i.look(states[must] > 0, "no notice ended as %s", must)
	}
	return i
}

func noticeFault(d *saakornv1.SchemeDeadlines, n *saakornv1.DeficiencyNotice) string {
	deadline := firstOpen(civil(n.GetCreatedAt().AsTime()).AddDate(0, 0, int(d.GetDeficiencyDays())))
	remind := clockOn(deadline.AddDate(0, 0, -int(d.GetDeficiencyReminderDays())), 9)
	closed := n.GetClosedAt().AsTime()
	answered := n.GetState() == saakornv1.DeficiencyState_DEFICIENCY_STATE_ANSWERED
	switch {
	case n.GetDeadline() != deadline.Format(time.DateOnly):
		return "the deadline was " + n.GetDeadline() + ", not " + deadline.Format(time.DateOnly)
	case n.GetClosedAt() == nil:
		return "the question is still open"
	case answered && (n.GetAnsweredVersion() < 2 || !closed.Before(after(deadline))):
		return "answered too late, or by nothing"
	case !answered && n.GetState() != saakornv1.DeficiencyState_DEFICIENCY_STATE_EXPIRED:
		return "ended as " + n.GetState().String()
	case !answered && closed.Before(after(deadline)):
		return "ended before its deadline had passed"
	case (n.GetRemindedAt() != nil) != closed.After(remind):
		return "reminded, or not, against the rules"
	case n.GetRemindedAt() != nil && !civil(n.GetRemindedAt().AsTime()).Equal(civil(remind)):
		return "reminded on another day"
	}
	return ""
}

// appealClocks: every notification of something that can be appealed opens a period of three weeks from
// the day on which the party was told, and it ends on an open day. Some run over the change to summer
// time, and some would end on a holiday.
func appealClocks(r *Record) Invariant {
	i := Invariant{Name: "appeal_clocks", Meaning: "each decision that a party was told of opened a period that ends on the right day, also across summer time and holidays; the case closed after the last; each appeal is late or not by the period of its decision"}
	changed, moved := 0, 0
	for _, c := range r.Cases {
		x := c.File.GetCase()
		var last time.Time
		for _, n := range c.Notifications {
			nominal, ends := r.appealPeriod(n)
			if !ends.Equal(nominal) {
				moved++
			}
			if offset(n.GetNotifiedAt().AsTime()) != offset(after(ends)) {
				changed++
			}
			if ends.After(last) {
				last = ends
			}
			i.look(n.GetAppealDeadline() == ends.Format(time.DateOnly), "%s: told of %s on %s, may appeal until %s, not %s", x.GetNumber(),
				n.GetLetterKind(), civil(n.GetNotifiedAt().AsTime()).Format(time.DateOnly), ends.Format(time.DateOnly), n.GetAppealDeadline())
		}
		wrong := notificationFault(c)
		i.look(wrong == "", "%s: %s", x.GetNumber(), wrong)
		if last.IsZero() {
			continue
		}
		i.look(x.GetAppealDeadline() == last.Format(time.DateOnly), "%s: the last period ends on %s, not %s",
			x.GetNumber(), last.Format(time.DateOnly), x.GetAppealDeadline())
		i.look(!x.GetClosedAt().AsTime().Before(after(last)), "%s closed within the appeal period", x.GetNumber())
		for _, a := range c.Appeals {
			ends := r.periodOf(c, a)
			i.look(a.GetLate() == !a.GetReceivedAt().AsTime().Before(after(ends)), "%s: an appeal of %s counts as late=%t",
				x.GetNumber(), a.GetReceivedAt().AsTime(), a.GetLate())
		}
	}
	i.look(changed > 0, "no appeal period ran over the change to summer time")
	i.look(moved > 0, "no appeal period would have ended on a holiday")
	return i
}

// appealPeriod returns the civil day three weeks after the party was told, and the one on which the period ends.
func (r *Record) appealPeriod(n *saakornv1.Notification) (nominal, ends time.Time) {
	nominal = civil(n.GetNotifiedAt().AsTime()).AddDate(0, 0, 7*int(r.Deadlines.GetAppealWeeks()))
	return nominal, firstOpen(nominal)
}

// periodOf returns when the period of what is appealed ends: the newest that the party had been told of.
func (r *Record) periodOf(c CaseRecord, a *saakornv1.Appeal) time.Time {
	var newest, ends time.Time
	for _, n := range c.Notifications {
		told := n.GetNotifiedAt().AsTime()
		if n.GetEnterpriseId() == a.GetEnterpriseId() && !told.After(a.GetReceivedAt().AsTime()) && told.After(newest) {
			newest = told
			_, ends = r.appealPeriod(n)
		}
	}
	return ends
}

// notificationFault tells where notifications and the letters that can be appealed depart from each
// other: each such letter is one notification of its party, at the time at which it had reached it.
func notificationFault(c CaseRecord) string {
	told := map[string]int{}
	for _, n := range c.Notifications {
		told[n.GetLetterId()]++
	}
	for _, l := range c.Letters {
		if !opensPeriod(l.GetKind()) || l.GetSentAt() == nil {
			continue
		}
		if told[l.GetId()] != 1 {
			return fmt.Sprintf("%s opened %d appeal periods", l.GetKind(), told[l.GetId()])
		}
		delete(told, l.GetId())
		i := slices.IndexFunc(c.Notifications, func(n *saakornv1.Notification) bool { return n.GetLetterId() == l.GetId() })
		if n := c.Notifications[i]; !n.GetNotifiedAt().AsTime().Equal(l.GetSentAt().AsTime()) || n.GetEnterpriseId() != l.GetEnterpriseId() {
			return l.GetKind() + " and its notification disagree on who was told, or when"
		}
	}
	if len(told) > 0 {
		return fmt.Sprintf("%d appeal periods belong to no decision", len(told))
	}
	return ""
}

// opensPeriod tells whether the letter brings a decision that can be appealed (fvl. § 28): that of the
// appeal body cannot.
func opensPeriod(kind string) bool {
	return strings.HasPrefix(kind, decisionLetters) || kind == "APPEAL_DISMISSED" || kind == "APPEAL_GRANTED" || kind == "REVERSED"
}

// appealsSettled: every appeal was prepared by somebody who had no part in what is appealed, decided
// by another, and came to an end that shows in the award.
func appealsSettled(r *Record) Invariant {
	i := Invariant{Name: "appeals_prepared_by_somebody_new", Meaning: "no appeal was prepared by somebody involved or decided by its preparer, and each came to an end"}
	for _, c := range r.Cases {
		for _, a := range c.Appeals {
			wrong := appealFault(c, a)
			i.look(wrong == "", "%s: %s", c.File.GetCase().GetNumber(), wrong)
		}
	}
	return i
}

func appealFault(c CaseRecord, a *saakornv1.Appeal) string {
	involved := map[string]bool{"": true}
	for _, x := range c.File.GetRecommendations() {
		involved[x.GetRecommendedBy()] = true
	}
	for _, x := range c.File.GetDecisions() {
		involved[x.GetDecidedBy()] = true
	}
	for _, x := range c.File.GetAssessments() {
		involved[x.GetAssessorId()] = true
	}
	forwarded := a.GetDisposition() == saakornv1.AppealDisposition_APPEAL_DISPOSITION_FORWARDED
	switch {
	case involved[a.GetPreparedBy()]:
		return fmt.Sprintf("the appeal was prepared by %q, who had a part in the decision", a.GetPreparedBy())
	case a.GetDecidedBy() == "" || a.GetDecidedBy() == a.GetPreparedBy():
		return fmt.Sprintf("the appeal was decided by %q", a.GetDecidedBy())
	case a.GetDisposition() == saakornv1.AppealDisposition_APPEAL_DISPOSITION_UNSPECIFIED || a.GetClosedAt() == nil:
		return "the appeal came to no end"
	case forwarded != (a.GetOutcome() != saakornv1.AppealOutcome_APPEAL_OUTCOME_UNSPECIFIED):
		return "what was forwarded, and what the appeal body decided, disagree"
	}
	return ""
}

// declaredFirst: whoever has to be impartial declared before they saw or did anything in a case. What
// they did is among the events; what they saw, they noted themselves: each answer that they were given.
func declaredFirst(r *Record) Invariant {
	i := Invariant{Name: "declared_before_seen", Meaning: "nobody saw a case or did anything in it before declaring to be impartial in it"}
	for _, v := range r.journal.visits {
		i.look(!v.undeclared || !v.let, "%s was let into the case %s without a declaration", v.actor, v.caseID)
	}
	for _, c := range r.Cases {
		impartial := map[string]bool{}
		for _, e := range c.Events {
			switch {
			case e.GetAction() == "IMPARTIALITY_DECLARED":
				impartial[e.GetActorId()] = strings.Contains(strings.ReplaceAll(e.GetAfter(), " ", ""), `"impartial":true`)
			case mustBeImpartial(e.GetActorId()):
				i.look(impartial[e.GetActorId()], "%s: %s did %s without having declared to be impartial",
					c.File.GetCase().GetNumber(), e.GetActorId(), e.GetAction())
			}
		}
	}
	return i
}

// impartialHands: whoever is not impartial has no part left in the case, and nobody keeps the cases of
// an officer who has fallen away.
func impartialHands(r *Record) Invariant {
	i := Invariant{Name: "in_impartial_hands", Meaning: "each case has an owner, who is there; owners, assessors, recommenders and deciders are impartial; some were not and left, and some cases were handed over"}
	left, handed := 0, 0
	for _, c := range r.Cases {
		x := c.File.GetCase()
		partial := map[string]bool{}
		for _, d := range c.Declarations {
			partial[d.GetPersonId()] = !d.GetImpartial()
			if !d.GetImpartial() {
				left++
			}
		}
		for _, e := range c.Events {
			if e.GetAction() == "CASE_ASSIGNED" && strings.Contains(e.GetBefore(), r.absent) {
				handed++
			}
		}
		gone := x.GetOwnerId() == r.absent && x.GetClosedAt().AsTime().After(fallsAway())
		i.look(x.GetOwnerId() != "" && !gone, "%s is kept by %q", x.GetNumber(), x.GetOwnerId())
		for _, id := range hands(c) {
			i.look(!partial[id], "%s is not impartial and has a part in %s", id, x.GetNumber())
		}
	}
	i.look(left > 0, "nobody declared not to be impartial")
	i.look(handed > 0, "no case of %s was handed over", r.absent)
	return i
}

// hands are all whose work the case rests on.
func hands(c CaseRecord) []string {
	ids := []string{c.File.GetCase().GetOwnerId()}
	for _, x := range c.File.GetAssessments() {
		ids = append(ids, x.GetAssessorId())
	}
	for _, x := range c.File.GetRecommendations() {
		ids = append(ids, x.GetRecommendedBy())
	}
	for _, x := range c.File.GetDecisions() {
		ids = append(ids, x.GetDecidedBy())
	}
	for _, x := range c.Appeals {
		ids = append(ids, x.GetOwnerId(), x.GetPreparedBy(), x.GetDecidedBy())
	}
	return ids
}
