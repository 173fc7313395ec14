package followup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/application"
	"saakorn/services/enterprise"
	"saakorn/services/followup/db"
	"saakorn/services/grant"
	"saakorn/services/journal"
	"saakorn/services/platform/access"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/clock"
	"saakorn/services/platform/database"
	"saakorn/services/platform/procedure"
	"saakorn/services/platform/task"
	"saakorn/services/reporting"
	"saakorn/services/scheme"
)

// Register knows the enterprises.
type Register interface {
	Enterprise(ctx context.Context, id uuid.UUID) (enterprise.Enterprise, error)
}

// Contacts knows whom an enterprise wants letters to go to (R72).
type Contacts interface {
	Recipients(ctx context.Context, tx pgx.Tx, enterpriseID uuid.UUID) ([]string, error)
}

// Journal receives an entry for every document, in the transaction that makes it.
type Journal interface {
	Write(ctx context.Context, tx pgx.Tx, e journal.Entry) error
}

// Proceeding is what the system itself does to follow an enterprise up: every method can be repeated without
// doing anything twice, and each acts in the name of the system.
type Proceeding struct {
	Pool         *pgxpool.Pool
	Schemes      Schemes
	Grants       Grants
	Reports      Reports
	Applications Applications
	Enterprises  Register
	Contacts     Contacts
	Journal      Journal
	Clock        clock.Clock
}

// Task is what a procedure does next.
type Task string

// The tasks.
const (
	TaskPlanYear      Task = "PLAN_YEAR"
	TaskRaiseSignals  Task = "RAISE_SIGNALS"
	TaskInvite        Task = "INVITE"
	TaskMarkLate      Task = "MARK_LATE"
	TaskPlanQuestions Task = "PLAN_QUESTIONS"
	TaskAsk           Task = "ASK"
	TaskRemind        Task = "REMIND"
	TaskGiveUp        Task = "GIVE_UP"
	TaskAwait         Task = "AWAIT"
	TaskNone          Task = "NONE"
)

// Situation is what a procedure needs to know: what to do next, about what, and until when to wait. It holds no
// personal data.
type Situation struct {
	Next Task
	// Subject is the identifier of the check-in or the question that the task is about; empty when it is about
	// the lifecycle.
	Subject string
	// AsOf is the time at which the facts were read; Due is when there is something to do without any change,
	// nil when only a change can give it something to do.
	AsOf time.Time
	Due  *time.Time
}

// Facts are what the next task follows from.
type Facts struct {
	// Unplanned is an accepted award for a grant year that has no plan; nil when there is none.
	Unplanned *grant.Award
	// Warnings are those for which no signal has been raised.
	Warnings []Warning
	Checkins []Checkin
	// Asks tells that the enterprise has left and is asked how it goes; Questions are what it is asked.
	Asks      bool
	Closed    bool
	Questions []Question
	Rules     scheme.Followup
}

// moment is when something is to be done.
type moment struct {
	at      time.Time
	task    Task
	subject uuid.UUID
}

func (f Facts) moments() []moment {
	var list []moment
	for _, c := range f.Checkins {
		switch {
		case c.State != Planned || f.Closed:
		case c.InvitedAt == nil:
			list = append(list, moment{f.Rules.Checkins.InvitationAt(c.PlannedOn), TaskInvite, c.ID})
		case c.LateAt == nil:
			list = append(list, moment{f.Rules.Checkins.LateAt(c.PlannedOn), TaskMarkLate, c.ID})
		}
	}
	for _, q := range f.Questions {
		switch {
		case q.State == QuestionPlanned:
			list = append(list, moment{q.DueOn.At(letterHour, 0), TaskAsk, q.ID})
		case q.State != Asked || q.AskedAt == nil:
		case q.RemindedAt == nil:
			list = append(list, moment{calendar.On(*q.AskedAt).AddDays(f.Rules.After.ReminderDays).At(letterHour, 0), TaskRemind, q.ID})
		default:
			list = append(list, moment{calendar.On(*q.AskedAt).AddDays(f.Rules.After.GiveUpDays).At(letterHour, 0), TaskGiveUp, q.ID})
		}
	}
	return list
}

// letterHour is when letters go out that only time calls for: in the morning, Europe/Oslo.
const letterHour = 9

// Next says what to do now, about what, and when to look again if nothing changes.
func Next(f Facts, now time.Time) (Task, uuid.UUID, *time.Time) {
	switch {
	case f.Unplanned != nil && !f.Closed:
		return TaskPlanYear, uuid.Nil, nil
	case len(f.Warnings) > 0:
		return TaskRaiseSignals, uuid.Nil, nil
	case f.Asks && len(f.Questions) == 0:
		return TaskPlanQuestions, uuid.Nil, nil
	}
	moments := f.moments()
	slices.SortStableFunc(moments, func(a, b moment) int { return a.at.Compare(b.at) })
	switch {
	case len(moments) == 0 && f.Closed:
		return TaskNone, uuid.Nil, nil
	case len(moments) == 0:
		return TaskAwait, uuid.Nil, nil
	case !now.Before(moments[0].at):
		return moments[0].task, moments[0].subject, nil
	}
	return TaskAwait, uuid.Nil, &moments[0].at
}

// Look reads the facts of an enterprise's follow-up and says what is next. When that is to wait, it records that
// everything up to now has been seen.
func (p *Proceeding) Look(ctx context.Context, lifecycleID uuid.UUID) (Situation, error) {
	var s Situation
	err := p.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		// Read first: what changes after this moment counts as unseen.
		wanted, err := procedure.Wanted(ctx, tx, subject(lifecycleID))
		if err != nil {
			return err
		}
		now := p.Clock.Now()
		_, facts, err := p.facts(ctx, tx, lifecycleID, now)
		if err != nil {
			return err
		}
		next, about, due := Next(facts, now)
		s = Situation{Next: next, AsOf: now, Due: due}
		if about != uuid.Nil {
			s.Subject = about.String()
		}
		switch s.Next {
		case TaskAwait:
			return procedure.Rest(ctx, tx, subject(lifecycleID), wanted, s.Due, now)
		case TaskNone:
			closed, err := procedure.Close(ctx, tx, subject(lifecycleID), wanted, now)
			if err == nil && !closed {
				s.Next, s.Due = TaskAwait, &now // something came in while we looked: look again
			}
			return err
		default:
			return nil // there is work first
		}
	})
	if err != nil {
		return s, fmt.Errorf("look at the follow-up of lifecycle %s: %w", lifecycleID, err)
	}
	return s, nil
}

func (p *Proceeding) facts(ctx context.Context, tx pgx.Tx, lifecycleID uuid.UUID, now time.Time) (grant.Lifecycle, Facts, error) {
	l, err := p.Grants.Lifecycle(ctx, tx, lifecycleID)
	if err != nil {
		return l, Facts{}, err
	}
	awards, err := p.Grants.Awards(ctx, tx, lifecycleID)
	if err != nil {
		return l, Facts{}, err
	}
	rules, err := newestRules(ctx, p.Schemes, l, awards)
	if err != nil {
		return l, Facts{}, err
	}
	f := Facts{Rules: rules.Followup, Closed: l.State == grant.LifecycleClosed, Asks: asksAfter(l)}
	if f.Checkins, err = listCheckins(ctx, tx, lifecycleID); err != nil {
		return l, f, err
	}
	if f.Questions, err = listQuestions(ctx, tx, lifecycleID); err != nil || f.Closed {
		return l, f, err
	}
	plans, err := listPlans(ctx, tx, lifecycleID)
	if err != nil {
		return l, f, err
	}
	f.Unplanned = unplanned(awards, plans)
	f.Warnings, err = p.warnings(ctx, tx, l, awards, rules, now)
	return l, f, err
}

// unplanned returns an accepted award for a grant year that has no plan; nil when there is none.
func unplanned(awards []grant.Award, plans []Plan) *grant.Award {
	i := slices.IndexFunc(awards, func(a grant.Award) bool {
		return a.State == grant.Accepted && !slices.ContainsFunc(plans, func(p Plan) bool { return p.GrantYear == a.GrantYear })
	})
	if i < 0 {
		return nil
	}
	return &awards[i]
}

// warnings returns the reasons to talk for which no signal has been raised.
func (p *Proceeding) warnings(ctx context.Context, tx pgx.Tx, l grant.Lifecycle, awards []grant.Award, rules *scheme.Definition, now time.Time) ([]Warning, error) {
	accepted := slices.DeleteFunc(slices.Clone(awards), func(a grant.Award) bool { return a.AcceptedAt == nil })
	if len(accepted) == 0 {
		return nil, nil // nobody follows up what nobody has said yes to
	}
	f, err := p.warningFacts(ctx, tx, l, accepted[len(accepted)-1], rules, now)
	if err != nil {
		return nil, err
	}
	raised, err := listSignals(ctx, tx, l.ID)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(Warnings(f, rules.Followup.Warnings), func(w Warning) bool {
		return slices.ContainsFunc(raised, func(s Signal) bool { return s.Kind == w.Kind && s.Basis == w.Basis })
	}), nil
}

func (p *Proceeding) warningFacts(ctx context.Context, tx pgx.Tx, l grant.Lifecycle, newest grant.Award, rules *scheme.Definition, now time.Time) (WarningFacts, error) {
	f := WarningFacts{GrantYear: newest.GrantYear}
	latest, found, err := p.Reports.Latest(ctx, tx, l.ID)
	if err != nil {
		return f, err
	}
	if found {
		applied, err := p.Applications.Submission(ctx, tx, latest.ApplicationID)
		if err != nil {
			return f, err
		}
		f.Latest = &Position{
			Basis: fmt.Sprintf("report/%s/%d", latest.ReportID, latest.Version), CashMonthsTenths: latest.Figures.CashMonthsTenths,
			CreamingBp:  reporting.CreamingIndex(latest.Content),
			IntakeGapBp: reporting.IntakeGap(latest.Content, applied.Content.GetTargetGroup().GetHardestSharePercent(), rules.Reporting.Suppression),
		}
	}
	years, err := p.Reports.Years(ctx, tx, l.ID)
	if err != nil {
		return f, err
	}
	for _, y := range years {
		f.Earned = append(f.Earned, EarnedYear{"report/" + y.ReportID.String(), y.GrantYear, y.Figures.EarnedShare})
	}
	missing, err := p.Reports.Missing(ctx, tx, l.ID, calendar.On(now))
	if err != nil {
		return f, err
	}
	for _, m := range missing {
		f.Missing = append(f.Missing, Overdue{fmt.Sprintf("report/%s/%s", m.ReportID, m.DueOn), m.DueOn})
	}
	recipients, err := p.recipients(ctx, tx, l, newest)
	f.Contacts = len(recipients)
	return f, err
}

// recipients returns the addresses of the enterprise's contacts as they are now, and those named in the newest
// application when it has named none since.
func (p *Proceeding) recipients(ctx context.Context, tx pgx.Tx, l grant.Lifecycle, newest grant.Award) ([]string, error) {
	named, err := p.Contacts.Recipients(ctx, tx, l.EnterpriseID)
	if err != nil || len(named) > 0 {
		return named, err
	}
	applied, err := p.Applications.Submission(ctx, tx, newest.ApplicationID)
	if err != nil {
		return nil, err
	}
	return application.Recipients(applied.Content), nil
}

func (p *Proceeding) transact(ctx context.Context, do func(context.Context, pgx.Tx) error) error {
	ctx = access.AsSystem(ctx)
	return database.InTransaction(ctx, p.Pool, func(tx pgx.Tx) error {
		return do(database.WithTransaction(ctx, tx), tx)
	})
}

// change carries out a change of a lifecycle's follow-up by the system itself. The lifecycle is locked, so that
// two changes never cross.
func (p *Proceeding) change(ctx context.Context, lifecycleID uuid.UUID, what string, do func(ctx context.Context, tx pgx.Tx, l grant.Lifecycle, f Facts, now time.Time) error) error {
	err := p.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := p.Grants.LockLifecycle(ctx, tx, lifecycleID); err != nil {
			return err
		}
		now := p.Clock.Now()
		l, f, err := p.facts(ctx, tx, lifecycleID, now)
		if err != nil {
			return err
		}
		return do(ctx, tx, l, f, now)
	})
	if err != nil {
		return fmt.Errorf("%s of lifecycle %s: %w", what, lifecycleID, err)
	}
	return nil
}

// PlanYear plans the check-ins of a grant year that has none, with an ordinary risk: an officer may set another.
func (p *Proceeding) PlanYear(ctx context.Context, lifecycleID uuid.UUID) error {
	return p.change(ctx, lifecycleID, "plan the check-ins", func(ctx context.Context, tx pgx.Tx, l grant.Lifecycle, f Facts, now time.Time) error {
		if f.Unplanned == nil {
			return nil
		}
		year := Plan{GrantYear: f.Unplanned.GrantYear, Risk: scheme.MediumRisk, DecidedBy: access.SystemID, DecidedAt: now}
		if err := plan(ctx, tx, l, year, f.Rules.Checkins); err != nil {
			return err
		}
		return record(ctx, tx, "lifecycle", l.ID, "CHECKINS_PLANNED", now, nil, map[string]any{"grant_year": year.GrantYear, "risk": year.Risk})
	})
}

// RaiseSignals raises a signal for each reason to talk that has none, with a task for the officer who is the
// enterprise's contact. Nothing else follows from it.
func (p *Proceeding) RaiseSignals(ctx context.Context, lifecycleID uuid.UUID) error {
	return p.change(ctx, lifecycleID, "raise signals", func(ctx context.Context, tx pgx.Tx, l grant.Lifecycle, f Facts, now time.Time) error {
		for _, w := range f.Warnings {
			if err := raise(ctx, tx, l, w, now); err != nil {
				return err
			}
		}
		return nil
	})
}

func raise(ctx context.Context, tx pgx.Tx, l grant.Lifecycle, w Warning, now time.Time) error {
	facts, err := json.Marshal(w.Facts)
	if err != nil {
		return fmt.Errorf("encode the facts of a signal: %w", err)
	}
	id := uuid.Must(uuid.NewV7())
	raised, err := db.New(tx).InsertSignal(ctx, db.InsertSignalParams{
		ID: id, LifecycleID: l.ID, EnterpriseID: l.EnterpriseID, SchemeID: l.SchemeID, Kind: string(w.Kind), Basis: w.Basis, Facts: facts, RaisedAt: now,
	})
	if err != nil {
		return fmt.Errorf("raise a signal: %w", err)
	}
	if raised == 0 {
		return nil
	}
	_, err = task.Raise(ctx, tx, task.Task{
		Key: signalKey(id), Kind: "SIGNAL_" + string(w.Kind), LifecycleID: l.ID, SubjectID: id, Role: saakornv1.Role_ROLE_CASE_OFFICER, Facts: w.Facts,
	}, now)
	if err != nil {
		return err
	}
	return record(ctx, tx, "signal", id, "SIGNAL_RAISED", now, nil, map[string]any{"kind": w.Kind, "basis": w.Basis, "facts": w.Facts})
}

// MarkLate asks an officer why there has been no check-in, once for each planned date.
func (p *Proceeding) MarkLate(ctx context.Context, checkinID uuid.UUID) error {
	err := p.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		c, err := lockCheckin(ctx, tx, checkinID)
		if err != nil || c.State != Planned || c.LateAt != nil {
			return err
		}
		now := p.Clock.Now()
		c.LateAt = &now
		if err := saveCheckin(ctx, tx, &c); err != nil {
			return err
		}
		_, err = task.Raise(ctx, tx, task.Task{
			Key: lateKey(c), Kind: "CHECKIN_LATE", LifecycleID: c.LifecycleID, SubjectID: c.ID, Role: saakornv1.Role_ROLE_CASE_OFFICER,
			Facts: map[string]string{"planned_on": c.PlannedOn.String()},
		}, now)
		if err != nil {
			return err
		}
		return record(ctx, tx, "checkin", c.ID, "CHECKIN_LATE", now, nil, map[string]any{"planned_on": c.PlannedOn.String()})
	})
	if err != nil {
		return fmt.Errorf("mark a check-in as late: %w", err)
	}
	return nil
}

// PlanQuestions plans what the enterprise is asked after its exit.
func (p *Proceeding) PlanQuestions(ctx context.Context, lifecycleID uuid.UUID) error {
	return p.change(ctx, lifecycleID, "plan questions", func(ctx context.Context, tx pgx.Tx, l grant.Lifecycle, f Facts, now time.Time) error {
		if !f.Asks || len(f.Questions) > 0 {
			return nil
		}
		if err := planQuestions(ctx, tx, l, f.Rules.After); err != nil {
			return err
		}
		return record(ctx, tx, "lifecycle", l.ID, "AFTER_FOLLOWUP_STARTED", now, nil, map[string]any{"exit_on": l.Exit.On.String()})
	})
}

// errDone ends a change that has been made before.
var errDone = errors.New("done before")

// changeQuestion carries out a change of a question.
func (p *Proceeding) changeQuestion(ctx context.Context, id uuid.UUID, action string, do func(q *Question, now time.Time) error) error {
	err := p.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		row, err := db.New(tx).LockAfterQuestion(ctx, id)
		if err != nil {
			return notFound("question", err)
		}
		q, err := decodeQuestion(row)
		if err != nil {
			return err
		}
		now := p.Clock.Now()
		if err := do(&q, now); err != nil {
			return err
		}
		if err := saveQuestion(ctx, tx, &q); err != nil {
			return err
		}
		return record(ctx, tx, "after_question", q.ID, action, now, nil, map[string]any{"months": q.Months})
	})
	if err != nil && !errors.Is(err, errDone) {
		return fmt.Errorf("%s: %w", action, err)
	}
	return nil
}

// MarkAsked records that the enterprise has been asked.
func (p *Proceeding) MarkAsked(ctx context.Context, questionID uuid.UUID) error {
	return p.changeQuestion(ctx, questionID, "AFTER_QUESTION_ASKED", func(q *Question, now time.Time) error {
		if q.State != QuestionPlanned {
			return errDone
		}
		q.State, q.AskedAt = Asked, &now
		return nil
	})
}

// MarkReminded records that the enterprise has been reminded of the question.
func (p *Proceeding) MarkReminded(ctx context.Context, questionID uuid.UUID) error {
	return p.changeQuestion(ctx, questionID, "AFTER_QUESTION_REMINDED", func(q *Question, now time.Time) error {
		if q.State != Asked || q.RemindedAt != nil {
			return errDone
		}
		q.RemindedAt = &now
		return nil
	})
}

// GiveUp records that nobody asks any more.
func (p *Proceeding) GiveUp(ctx context.Context, questionID uuid.UUID) error {
	return p.changeQuestion(ctx, questionID, "AFTER_QUESTION_UNANSWERED", func(q *Question, _ time.Time) error {
		if q.State != Asked {
			return errDone
		}
		q.State = Unanswered
		return nil
	})
}
