package reporting

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
	"saakorn/services/enterprise"
	"saakorn/services/enterprise/registry"
	"saakorn/services/grant"
	"saakorn/services/platform/access"
	"saakorn/services/platform/clock"
	"saakorn/services/platform/database"
	"saakorn/services/platform/letter"
	"saakorn/services/platform/procedure"
	"saakorn/services/platform/task"
	"saakorn/services/reporting/db"
	"saakorn/services/scheme"
)

// Register knows the enterprises.
type Register interface {
	Enterprise(ctx context.Context, id uuid.UUID) (enterprise.Enterprise, error)
}

// AccountsRegister knows which annual accounts have been filed.
type AccountsRegister interface {
	Accounts(ctx context.Context, number string, year int) (registry.Accounts, bool, error)
}

// Contacts knows whom an enterprise wants letters to go to (R72).
type Contacts interface {
	Recipients(ctx context.Context, tx pgx.Tx, enterpriseID uuid.UUID) ([]string, error)
}

// Proceeding is what the system itself does about the reports of an award: every method can be repeated
// without doing anything twice, and each acts in the name of the system.
type Proceeding struct {
	Pool         *pgxpool.Pool
	Store        Store
	Schemes      Schemes
	Awards       Awards
	Applications Applications
	Enterprises  Register
	Accounts     AccountsRegister
	Contacts     Contacts
	Waker        Waker
	Money        Money
	Journal      Journal
	Clock        clock.Clock
}

// Task is what a procedure does next.
type Task string

// The tasks.
const (
	TaskPlan            Task = "PLAN"
	TaskSendLetter      Task = "SEND_LETTER"
	TaskRemind          Task = "REMIND"
	TaskMarkOverdue     Task = "MARK_OVERDUE"
	TaskEscalate        Task = "ESCALATE"
	TaskCompareAccounts Task = "COMPARE_ACCOUNTS"
	TaskAwait           Task = "AWAIT"
	TaskNone            Task = "NONE"
)

// Situation is what a procedure needs to know: what to do next, about which report, and until when to
// wait. It holds no personal data.
type Situation struct {
	Next Task
	// Report is the identifier of the report that the task is about; empty when it is about the award.
	Report string
	// AsOf is the time at which the facts were read; Due is when there is something to do without any
	// change, nil when only a change can give it something to do.
	AsOf time.Time
	Due  *time.Time
}

// Facts are what the next task follows from.
type Facts struct {
	// Unplanned tells that the award lacks a report of the calendar.
	Unplanned bool
	Reports   []ReportFacts
	Rules     scheme.Reporting
}

// ReportFacts are those of one report.
type ReportFacts struct {
	Report
	Notices []Notice
	// Pending tells that a letter about what somebody did waits to be sent.
	Pending bool
}

// noticed tells whether the thing has been done because of the present due date.
func (f ReportFacts) noticed(kind NoticeKind, days int) bool {
	return slices.ContainsFunc(f.Notices, func(n Notice) bool { return n.Kind == kind && n.DueOn == f.DueOn && n.Days == days })
}

// reminder returns the last reminder whose time has come; false when none has. Earlier ones that were
// missed, because the report was planned late or its due date was moved, are not sent after it.
func (f ReportFacts) reminder(rules scheme.Reporting, now time.Time) (last scheme.Reminder, found bool) {
	for _, r := range rules.Reminders(f.DueOn) {
		if !now.Before(r.At) {
			last, found = r, true
		}
	}
	return last, found
}

// next says what to do about one report, and when to look again.
func (f ReportFacts) next(rules scheme.Reporting, now time.Time) (Task, *time.Time) {
	switch {
	case f.Pending:
		return TaskSendLetter, nil
	case f.Kind == scheme.FinalReport && f.ComparedVersion < f.Version && f.State != Waived:
		return TaskCompareAccounts, nil
	case f.State != Open:
		return TaskAwait, nil
	}
	return f.nextMissing(rules, now)
}

// nextMissing follows the clock of a report of which nothing has come.
func (f ReportFacts) nextMissing(rules scheme.Reporting, now time.Time) (Task, *time.Time) {
	overdue, escalate := f.DueOn.End(), rules.EscalationAt(f.DueOn)
	switch {
	case !now.Before(overdue) && !f.noticed(WentOverdue, 0):
		return TaskMarkOverdue, nil
	case !now.Before(escalate) && !f.noticed(Escalated, 0):
		return TaskEscalate, nil
	case !now.Before(escalate):
		return TaskAwait, nil
	case !now.Before(overdue):
		return TaskAwait, &escalate
	}
	if r, due := f.reminder(rules, now); due && !f.noticed(Reminded, r.Days) {
		return TaskRemind, nil
	}
	for _, r := range rules.Reminders(f.DueOn) {
		if now.Before(r.At) {
			return TaskAwait, &r.At
		}
	}
	return TaskAwait, &overdue
}

// Next says what to do now, about which report, and when to look again if nothing changes.
func Next(f Facts, now time.Time) (Task, uuid.UUID, *time.Time) {
	if f.Unplanned {
		return TaskPlan, uuid.Nil, nil
	}
	settled := true
	var due *time.Time
	for _, r := range f.Reports {
		next, at := r.next(f.Rules, now)
		if next != TaskAwait {
			return next, r.ID, nil
		}
		settled = settled && r.Settled()
		if at != nil && (due == nil || at.Before(*due)) {
			due = at
		}
	}
	if settled {
		return TaskNone, uuid.Nil, nil
	}
	return TaskAwait, uuid.Nil, due
}

// Look reads the facts of an award's reports and says what is next. When that is to wait, it records
// that everything up to now has been seen.
func (p *Proceeding) Look(ctx context.Context, awardID uuid.UUID) (Situation, error) {
	var s Situation
	err := p.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		// Read first: what changes after this moment counts as unseen.
		wanted, err := procedure.Wanted(ctx, tx, subject(awardID))
		if err != nil {
			return err
		}
		facts, err := p.facts(ctx, tx, awardID)
		if err != nil {
			return err
		}
		now := p.Clock.Now()
		next, report, due := Next(facts, now)
		s = Situation{Next: next, AsOf: now, Due: due}
		if report != uuid.Nil {
			s.Report = report.String()
		}
		switch s.Next {
		case TaskAwait:
			return procedure.Rest(ctx, tx, subject(awardID), wanted, s.Due, now)
		case TaskNone:
			closed, err := procedure.Close(ctx, tx, subject(awardID), wanted, now)
			if err == nil && !closed {
				s.Next, s.Due = TaskAwait, &now // something came in while we looked: look again
			}
			return err
		default:
			return nil // there is work first
		}
	})
	if err != nil {
		return s, fmt.Errorf("look at the reports of award %s: %w", awardID, err)
	}
	return s, nil
}

func (p *Proceeding) facts(ctx context.Context, tx pgx.Tx, awardID uuid.UUID) (Facts, error) {
	award, err := p.Awards.Award(ctx, tx, awardID)
	if err != nil {
		return Facts{}, err
	}
	rules, err := p.Schemes.Definition(ctx, award.SchemeID, award.SchemeVersion)
	if err != nil {
		return Facts{}, err
	}
	f := Facts{Rules: rules.Reporting}
	reports, err := p.Store.OfAward(ctx, tx, awardID)
	if err != nil {
		return f, err
	}
	f.Unplanned = award.State == grant.Accepted && lacksReport(rules.Reporting, reports)
	if f.Unplanned {
		return f, nil
	}
	letters, err := letter.OfApplication(ctx, tx, award.ApplicationID)
	if err != nil {
		return f, err
	}
	sent := map[string]bool{}
	for _, l := range letters {
		sent[l.Key] = l.SentAt != nil
	}
	for _, r := range reports {
		rf := ReportFacts{Report: r}
		if rf.Notices, err = listNotices(ctx, tx, r.ID); err != nil {
			return f, err
		}
		wanted, err := wantedLetters(ctx, tx, r)
		if err != nil {
			return f, err
		}
		_, rf.Pending = firstUnsent(wanted, sent)
		f.Reports = append(f.Reports, rf)
	}
	return f, nil
}

func lacksReport(rules scheme.Reporting, reports []Report) bool {
	return slices.ContainsFunc(rules.Calendar, func(rule scheme.ReportRule) bool {
		return !slices.ContainsFunc(reports, func(r Report) bool { return r.Key == rule.Key })
	})
}

func (p *Proceeding) transact(ctx context.Context, do func(context.Context, pgx.Tx) error) error {
	ctx = access.AsSystem(ctx)
	return database.InTransaction(ctx, p.Pool, func(tx pgx.Tx) error {
		return do(database.WithTransaction(ctx, tx), tx)
	})
}

// Plan gives the award the reports of its scheme's calendar.
func (p *Proceeding) Plan(ctx context.Context, awardID uuid.UUID) error {
	planner := planner{p.Schemes, p.Awards, p.Applications}
	err := p.transact(ctx, func(ctx context.Context, tx pgx.Tx) error { return planner.plan(ctx, tx, awardID, p.Clock.Now()) })
	if err != nil {
		return fmt.Errorf("plan the reports of award %s: %w", awardID, err)
	}
	return nil
}

// errDone ends a change that has been made before.
var errDone = errors.New("done before")

// change carries out a change of a report by the system itself. do returns errDone when there is nothing
// to do.
func (p *Proceeding) change(ctx context.Context, reportID uuid.UUID, action string, do func(ctx context.Context, tx pgx.Tx, r *Report, rules *scheme.Definition, now time.Time) (after any, err error)) error {
	err := p.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		r, err := lock(ctx, tx, reportID)
		if err != nil {
			return err
		}
		rules, err := p.Schemes.Definition(ctx, r.SchemeID, r.SchemeVersion)
		if err != nil {
			return err
		}
		now := p.Clock.Now()
		after, err := do(ctx, tx, &r, rules, now)
		if err != nil {
			return err
		}
		return record(ctx, tx, r, action, now, nil, after)
	})
	if err != nil && !errors.Is(err, errDone) {
		return fmt.Errorf("%s of report %s: %w", action, reportID, err)
	}
	return nil
}

// MarkReminded records that the enterprise has been reminded before the present due date.
func (p *Proceeding) MarkReminded(ctx context.Context, reportID uuid.UUID) error {
	return p.change(ctx, reportID, "REPORT_REMINDED", func(ctx context.Context, tx pgx.Tx, r *Report, rules *scheme.Definition, now time.Time) (any, error) {
		reminder, due := (ReportFacts{Report: *r}).reminder(rules.Reporting, now)
		if r.State != Open || !due {
			return nil, errDone
		}
		return p.note(ctx, tx, *r, Notice{Reminded, r.DueOn, reminder.Days, now})
	})
}

func (p *Proceeding) note(ctx context.Context, tx pgx.Tx, r Report, n Notice) (any, error) {
	first, err := notify(ctx, tx, r.ID, n)
	if err == nil && !first {
		err = errDone
	}
	return map[string]any{"due_on": n.DueOn.String(), "days": n.Days}, err
}

// missingKey is the key of the task to ask where the report is, escalatedKey that of the manager's.
func missingKey(r Report) string   { return taskKey(r, "missing") + "/" + r.DueOn.String() }
func escalatedKey(r Report) string { return taskKey(r, "escalated") + "/" + r.DueOn.String() }

// MarkOverdue records that the due date has passed without a report, and asks an officer to look at it.
// What it means for the money is for people to say, and for the gate of the instalment.
func (p *Proceeding) MarkOverdue(ctx context.Context, reportID uuid.UUID) error {
	return p.overdue(ctx, reportID, "REPORT_OVERDUE", WentOverdue, func(r Report) task.Task {
		return task.Task{Key: missingKey(r), Kind: "REPORT_MISSING", Role: saakornv1.Role_ROLE_CASE_OFFICER}
	})
}

// Escalate has a manager take up a report that is still missing.
func (p *Proceeding) Escalate(ctx context.Context, reportID uuid.UUID) error {
	return p.overdue(ctx, reportID, "REPORT_ESCALATED", Escalated, func(r Report) task.Task {
		return task.Task{Key: escalatedKey(r), Kind: "REPORT_MISSING_LONG", Role: saakornv1.Role_ROLE_MANAGER}
	})
}

func (p *Proceeding) overdue(ctx context.Context, reportID uuid.UUID, action string, kind NoticeKind, of func(Report) task.Task) error {
	return p.change(ctx, reportID, action, func(ctx context.Context, tx pgx.Tx, r *Report, _ *scheme.Definition, now time.Time) (any, error) {
		if !r.Overdue(now) {
			return nil, errDone
		}
		after, err := p.note(ctx, tx, *r, Notice{Kind: kind, DueOn: r.DueOn, At: now})
		if err != nil {
			return nil, err
		}
		t := of(*r)
		t.LifecycleID, t.AwardID, t.SubjectID = r.LifecycleID, r.AwardID, r.ID
		t.Facts = map[string]string{"due_on": r.DueOn.String(), "report_key": r.Key}
		if _, err := task.Raise(ctx, tx, t, now); err != nil {
			return nil, err
		}
		return after, p.Waker.Wake(ctx, tx, procedure.Subject{Kind: procedure.Checkin, ID: r.LifecycleID}, now)
	})
}

// CompareAccounts holds the newest version of a final report against the register of accounts, once for
// each version. The register is asked before the transaction.
func (p *Proceeding) CompareAccounts(ctx context.Context, reportID uuid.UUID) error {
	r, err := p.Store.Report(ctx, p.Pool, reportID)
	if err != nil {
		return err
	}
	e, err := p.Enterprises.Enterprise(ctx, r.EnterpriseID)
	if err != nil {
		return err
	}
	var filed registry.Accounts
	found := false
	if number := e.OrganizationNumber.String(); number != "" {
		if filed, found, err = p.Accounts.Accounts(ctx, number, r.GrantYear); err != nil {
			return fmt.Errorf("compare accounts: %w", err)
		}
	}
	return p.change(ctx, reportID, "REPORT_ACCOUNTS_COMPARED", func(ctx context.Context, tx pgx.Tx, r *Report, rules *scheme.Definition, now time.Time) (any, error) {
		if r.ComparedVersion >= r.Version {
			return nil, errDone
		}
		content, err := submission(ctx, tx, *r)
		if err != nil {
			return nil, err
		}
		c := comparison{Outcome: AccountsNone, AskedAt: now}
		if found {
			c.Outcome, c.Registered = AccountsAgree, &filed
			if filed.Currency == norwegianKroner {
				c.Differences = Compare(content.GetFinances(), filed, rules.Reporting.Accounts.TolerancePercent)
			}
			if len(c.Differences) > 0 {
				c.Outcome = AccountsDiffer
			}
		}
		if err := saveComparison(ctx, tx, *r, c); err != nil {
			return nil, err
		}
		r.ComparedVersion = r.Version
		if err := save(ctx, tx, r, r.UpdatedAt); err != nil {
			return nil, err
		}
		if err := saveFigures(ctx, tx, *r, c.Registered); err != nil {
			return nil, err
		}
		after := map[string]any{"outcome": c.Outcome, "differences": len(c.Differences)}
		return after, p.Money.ReportChanged(ctx, tx, r.AwardID, r.EnterpriseID, now)
	})
}

func saveComparison(ctx context.Context, tx pgx.Tx, r Report, c comparison) error {
	differences, err := json.Marshal(append([]Difference{}, c.Differences...))
	if err != nil {
		return fmt.Errorf("encode differences: %w", err)
	}
	var stored json.RawMessage
	if c.Registered != nil {
		if stored, err = json.Marshal(c.Registered); err != nil {
			return fmt.Errorf("encode registered accounts: %w", err)
		}
	}
	err = db.New(tx).InsertAccounts(ctx, db.InsertAccountsParams{
		ReportID: r.ID, Version: r.Version, Outcome: string(c.Outcome), Registered: stored, Differences: differences, AskedAt: c.AskedAt,
	})
	if err != nil {
		return fmt.Errorf("save a comparison of accounts: %w", err)
	}
	return nil
}
