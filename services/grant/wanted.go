package grant

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/platform/access"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/task"
	"saakorn/services/scheme"
)

// note is a letter that the facts call for, from a moment on. Only what it is about is set.
type note struct {
	at   time.Time
	kind scheme.LetterKey
	// key says why it is written: there is one for each.
	key       string
	award     File
	condition *Condition
	change    *ChangeRequest
	measure   *Measure
	lift      *Suspension
	appeal    *MeasureAppeal
	extension *AcceptanceExtension
	demand    *Demand
}

// notes returns every letter about the award that its facts call for, now or later.
func (f File) notes(now time.Time) []note {
	var list []note
	if f.State == Offered || f.State == Accepted {
		list = append(list, note{at: f.OfferedAt, kind: scheme.LetterGrant, key: fmt.Sprintf("grant-letter/%s/%d", f.ID, f.OfferedAt.Unix()), award: f})
	}
	list = append(list, f.answerNotes(now)...)
	if f.State == Accepted {
		list = append(list, f.conditionNotes(now)...)
	}
	for i := range f.Changes {
		list = append(list, f.changeNotes(&f.Changes[i])...)
	}
	for i := range f.Measures {
		list = append(list, f.measureNotes(&f.Measures[i])...)
	}
	for i := range f.Appeals {
		list = append(list, f.appealNotes(&f.Appeals[i])...)
	}
	for i, s := range f.Suspensions {
		if s.LiftedAt != nil {
			list = append(list, note{at: *s.LiftedAt, kind: scheme.LetterSuspensionLifted, key: "suspension-lifted/" + s.ID.String(), award: f, lift: &f.Suspensions[i]})
		}
	}
	return list
}

// answerNotes are those about the answer to the offer.
func (f File) answerNotes(now time.Time) []note {
	var list []note
	for i, x := range f.Extensions {
		list = append(list, note{at: x.ExtendedAt, kind: scheme.LetterAcceptanceExtended, key: "acceptance-extended/" + x.ID.String(), award: f, extension: &f.Extensions[i]})
	}
	id := f.ID.String()
	switch {
	case f.State == Offered:
		for _, at := range due(scheme.Reminders(f.AcceptBy, f.Rules.Awards.Acceptance.ReminderDays), f.OfferedAt, f.AcceptBy, now) {
			list = append(list, note{at: at, kind: scheme.LetterAcceptanceReminder, key: fmt.Sprintf("acceptance-reminder/%s/%s", id, calendar.On(at)), award: f})
		}
	case f.State == Declined:
		list = append(list, note{at: *f.DeclinedAt, kind: scheme.LetterAwardDeclined, key: fmt.Sprintf("declined/%s/%d", id, f.DeclinedAt.Unix()), award: f})
	case f.State == Lapsed:
		list = append(list, note{at: *f.LapsedAt, kind: scheme.LetterAwardLapsed, key: fmt.Sprintf("lapsed/%s/%d", id, f.LapsedAt.Unix()), award: f})
	case f.AcceptedAt != nil:
		list = append(list, note{at: *f.AcceptedAt, kind: scheme.LetterAcceptanceConfirmed, key: fmt.Sprintf("accepted/%s/%d", id, f.AcceptedAt.Unix()), award: f})
	}
	return list
}

func (f File) conditionNotes(now time.Time) []note {
	var list []note
	for i, c := range f.Conditions {
		if c.State != ConditionOpen || c.DueOn.IsZero() {
			continue
		}
		for _, at := range due(scheme.Reminders(c.DueOn, f.Rules.Awards.ConditionReminderDays), *f.AcceptedAt, c.DueOn, now) {
			list = append(list, note{at: at, kind: scheme.LetterConditionReminder, key: fmt.Sprintf("condition-reminder/%s/%s", c.ID, calendar.On(at)), award: f, condition: &f.Conditions[i]})
		}
	}
	return list
}

func (f File) changeNotes(c *ChangeRequest) []note {
	switch c.State {
	case ChangeApproved:
		return []note{{at: *c.DecidedAt, kind: scheme.LetterChangeApproved, key: "change/" + c.ID.String(), award: f, change: c}}
	case ChangeRejected:
		return []note{{at: *c.DecidedAt, kind: scheme.LetterChangeRejected, key: "change/" + c.ID.String(), award: f, change: c}}
	default:
		return nil
	}
}

func (f File) measureNotes(m *Measure) []note {
	var list []note
	if m.NotifiedAt != nil {
		list = append(list, note{at: *m.NotifiedAt, kind: scheme.LetterMeasureNotice, key: "measure-notice/" + m.ID.String(), award: f, measure: m})
	}
	if m.DecidedAt != nil {
		list = append(list, note{at: *m.DecidedAt, kind: measureLetter(m.Kind), key: "measure/" + m.ID.String(), award: f, measure: m})
	}
	return list
}

func measureLetter(k MeasureKind) scheme.LetterKey {
	switch k {
	case Suspend:
		return scheme.LetterPaymentSuspended
	case Stop:
		return scheme.LetterGrantStopped
	case Reduce:
		return scheme.LetterGrantReduced
	default:
		return scheme.LetterRecoveryDecided
	}
}

// due returns which of the reminders of a last date are called for: those to come, and of those that have
// passed only the newest, so that nobody gets two at once after an outage. None is called for when the
// date has passed, or at a moment before since.
func due(reminders []time.Time, since time.Time, last calendar.Date, now time.Time) []time.Time {
	if !now.Before(last.End()) {
		return nil
	}
	var list []time.Time
	for _, at := range reminders {
		if at.Before(since) {
			continue
		}
		if !at.After(now) {
			list = nil // the ones before it are overtaken
		}
		list = append(list, at)
	}
	return list
}

// notes returns every letter about the lifecycle that the facts call for, now or later.
func (f Facts) notes(now time.Time) []note {
	var list []note
	for _, a := range f.Awards {
		list = append(list, a.notes(now)...)
	}
	for i, d := range f.Demands {
		a := f.award(d.AwardID)
		if d.Submitted || a == nil || f.Lifecycle.State != Active {
			continue
		}
		for _, at := range due(scheme.Reminders(d.DueOn, a.Rules.Awards.ExitPlan.ReminderDays), *a.AcceptedAt, d.DueOn, now) {
			list = append(list, note{at: at, kind: scheme.LetterExitPlanReminder, key: fmt.Sprintf("exit-plan-reminder/%s/%s", a.ID, calendar.On(at)), award: *a, demand: &f.Demands[i]})
		}
	}
	if n := len(f.Awards); n > 0 && f.Lifecycle.State == LifecycleClosed {
		at := *f.Lifecycle.ClosedAt
		list = append(list, note{at: at, kind: scheme.LetterGrantEnded, key: fmt.Sprintf("grant-ended/%s/%d", f.Lifecycle.ID, at.Unix()), award: f.Awards[n-1]})
	}
	return list
}

// keyed marks the tasks that follow from facts here: they are settled when the facts no longer call for
// them.
const keyed = "grant/"

// timed is a task that the facts call for, from a moment on.
type timed struct {
	at time.Time
	task.Task
}

// tasks returns every task that the facts call for, now or later.
func (f Facts) tasks() []timed {
	var list []timed
	for _, a := range f.Awards {
		list = append(list, a.tasks()...)
	}
	list = append(list, f.exitTasks()...)
	for i := range list {
		list[i].Key, list[i].LifecycleID = keyed+list[i].Key, f.Lifecycle.ID
	}
	return list
}

// of returns a task about the award.
func (f File) of(at time.Time, kind, key string, role saakornv1.Role, subjectID uuid.UUID) timed {
	return timed{at, task.Task{Key: key, Kind: kind, AwardID: f.ID, SubjectID: subjectID, Role: role}}
}

func (f File) tasks() []timed {
	var list []timed
	unused := f.State == Declined || f.State == Lapsed || f.State == Stopped
	if last, told := f.LastAppeal(); unused && told && f.BoundOre() > 0 {
		list = append(list, f.of(last.End(), "RELEASE_COMMITMENT", fmt.Sprintf("release/%s/%s", f.ID, f.State), saakornv1.Role_ROLE_DECISION_MAKER, uuid.Nil))
	}
	if f.AcceptedAt != nil && (f.State == Accepted || f.State == Stopped) {
		last := f.Rules.Awards.ClosingDue(f.SpendBy)
		t := f.of(f.SpendBy.End(), "CLOSE_AWARD", fmt.Sprintf("close/%s/%s", f.ID, last), saakornv1.Role_ROLE_CASE_OFFICER, uuid.Nil)
		t.DueOn = last
		list = append(list, t)
	}
	for _, c := range f.Conditions {
		if c.State == ConditionOpen && !c.DueOn.IsZero() && f.State == Accepted {
			list = append(list, f.of(c.DueOn.End(), "CONDITION_OVERDUE", fmt.Sprintf("condition/%s/%s", c.ID, c.DueOn), saakornv1.Role_ROLE_CASE_OFFICER, c.ID))
		}
	}
	for _, c := range f.Changes {
		switch c.State {
		case ChangeSubmitted:
			list = append(list, f.of(c.SubmittedAt, "CHANGE_REQUEST", "change/"+c.ID.String(), saakornv1.Role_ROLE_CASE_OFFICER, c.ID))
		case ChangeRecommended:
			list = append(list, f.of(*c.RecommendedAt, "DECIDE_CHANGE", "change-decide/"+c.ID.String(), saakornv1.Role_ROLE_DECISION_MAKER, c.ID))
		default:
		}
	}
	return append(append(list, f.measureTasks()...), f.appealTasks()...)
}

// measureTasks are those about measures, and about lifting suspensions.
func (f File) measureTasks() []timed {
	officer, decider := saakornv1.Role_ROLE_CASE_OFFICER, saakornv1.Role_ROLE_DECISION_MAKER
	var list []timed
	for _, m := range f.Measures {
		switch {
		case m.State == MeasureProposed && m.ProposedBy == access.SystemID:
			list = append(list, f.of(m.ProposedAt, "MEASURE_PROPOSED", "measure/"+m.ID.String(), officer, m.ID))
		case m.State == MeasureNotified && m.CommentedAt != nil:
			list = append(list, f.of(*m.CommentedAt, "MEASURE_COMMENTED", "measure-comments/"+m.ID.String(), officer, m.ID))
		case m.State == MeasureNotified:
			list = append(list, f.of(m.CommentBy.End(), "MEASURE_COMMENTED", "measure-comments/"+m.ID.String(), officer, m.ID))
		case m.State == MeasureRecommended:
			list = append(list, f.of(*m.RecommendedAt, "DECIDE_MEASURE", fmt.Sprintf("measure-decide/%s/%d", m.ID, m.RecommendedAt.Unix()), decider, m.ID))
		}
	}
	for _, s := range f.Suspensions {
		if s.LiftedAt == nil && s.LiftPreparedAt != nil {
			list = append(list, f.of(*s.LiftPreparedAt, "DECIDE_LIFTING", fmt.Sprintf("lift/%s/%d", s.ID, s.LiftPreparedAt.Unix()), decider, s.MeasureID))
		}
	}
	return list
}

// exitTasks are those about the way out, and about what the registries say.
func (f Facts) exitTasks() []timed {
	if f.Lifecycle.State != Active {
		return nil
	}
	officer := saakornv1.Role_ROLE_CASE_OFFICER
	id := f.Lifecycle.ID.String()
	var list []timed
	for _, d := range f.Demands {
		if !d.Submitted {
			key := fmt.Sprintf("exit-plan/%s/%d", id, d.GrantYear)
			list = append(list, timed{d.DueOn.End(), task.Task{Key: key, Kind: "EXIT_PLAN_OVERDUE", AwardID: d.AwardID, Role: officer}})
		}
	}
	for _, r := range f.Failing {
		list = append(list, timed{f.AsOf, task.Task{Key: fmt.Sprintf("registry/%s/%s", r, id), Kind: "ENTERPRISE_" + r, Role: officer}})
	}
	switch {
	case f.Lifecycle.Exit.Kind != "":
		key := fmt.Sprintf("exit-decide/%s/%s/%s", id, f.Lifecycle.Exit.Kind, f.Lifecycle.Exit.On)
		list = append(list, timed{f.AsOf, task.Task{Key: key, Kind: "DECIDE_EXIT", Role: saakornv1.Role_ROLE_DECISION_MAKER}})
	case f.over() && f.Standing.Remaining == 0:
		list = append(list, timed{f.AsOf, task.Task{Key: fmt.Sprintf("exit-years/%s/%d", id, f.Standing.Used), Kind: "PREPARE_EXIT", Role: officer}})
	}
	return list
}

// over tells whether there are awards, and nothing more is to happen with any of them.
func (f Facts) over() bool {
	for _, a := range f.Awards {
		if !a.over() {
			return false
		}
	}
	return len(f.Awards) > 0
}

func (f Facts) award(id uuid.UUID) *File {
	for i := range f.Awards {
		if f.Awards[i].ID == id {
			return &f.Awards[i]
		}
	}
	return nil
}
