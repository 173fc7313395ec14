package casework

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"saakorn/services/application"
	"saakorn/services/casework/db"
	"saakorn/services/enterprise"
	"saakorn/services/enterprise/registry"
	"saakorn/services/platform/access"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/clock"
	"saakorn/services/platform/database"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/letter"
	"saakorn/services/platform/procedure"
	"saakorn/services/scheme"
)

// Rounds knows the rules and the calls.
type Rounds interface {
	Definition(ctx context.Context, schemeID, version string) (*scheme.Definition, error)
	Call(ctx context.Context, q scheme.Querier, id uuid.UUID) (scheme.Call, error)
}

// Register knows the enterprises.
type Register interface {
	Enterprise(ctx context.Context, id uuid.UUID) (enterprise.Enterprise, error)
}

// Refresher asks the registries about an enterprise.
type Refresher interface {
	Refresh(ctx context.Context, id uuid.UUID) (enterprise.Enterprise, registry.Facts, error)
}

// Submissions tells what was submitted.
type Submissions interface {
	Submission(ctx context.Context, q application.Querier, id uuid.UUID) (application.Submission, error)
	LetComplete(ctx context.Context, tx pgx.Tx, id uuid.UUID, until *time.Time, now time.Time) error
	Announce(ctx context.Context, tx pgx.Tx, id uuid.UUID, outcome string, awarded bool) error
}

// Proceeding is what the system itself does in a case: every method can be repeated without doing
// anything twice, and each acts in the name of the system.
type Proceeding struct {
	Pool        *pgxpool.Pool
	Store       *Store
	Rounds      Rounds
	Submissions Submissions
	Enterprises Register
	Registries  Refresher
	Contacts    Contacts
	Messages    Messages
	Roles       RoleBook
	BirthDates  BirthDates
	Journal     CaseJournal
	Grants      Grants
	Clock       clock.Clock
}

// Situation is what a procedure needs to know of a case: what to do next, and until when to wait.
// It holds no personal data.
type Situation struct {
	Next Task
	// AsOf is the time at which the facts were read; Due is when there is something to do without
	// any change, nil when only a change can give it something to do.
	AsOf time.Time
	Due  *time.Time
}

// Task is what a procedure does next.
type Task string

// The tasks.
const (
	TaskOpen             Task = "OPEN"
	TaskConfirmReceipt   Task = "CONFIRM_RECEIPT"
	TaskScreen           Task = "SCREEN"
	TaskAskForMissing    Task = "ASK_FOR_MISSING"
	TaskRemindOfMissing  Task = "REMIND_OF_MISSING"
	TaskExpireNotice     Task = "EXPIRE_NOTICE"
	TaskInterimReply     Task = "INTERIM_REPLY"
	TaskRecordBreach     Task = "RECORD_BREACH"
	TaskCheckRoles       Task = "CHECK_ROLES"
	TaskAwaitPeople      Task = "AWAIT_PEOPLE"
	TaskNotify           Task = "NOTIFY"
	TaskSendPending      Task = "SEND_PENDING_LETTER"
	TaskStartAppeal      Task = "START_APPEAL_PERIOD"
	TaskAwaitAppeal      Task = "AWAIT_APPEAL"
	TaskRecordWithdrawal Task = "RECORD_WITHDRAWAL"
	TaskConfirmWithdraw  Task = "CONFIRM_WITHDRAWAL"
	TaskClose            Task = "CLOSE"
	TaskNone             Task = "NONE"
)

// Facts are what the next task follows from.
type Facts struct {
	// Case is nil before it has been opened.
	Case *Case
	// Version is the newest submitted version.
	Version   int32
	Withdrawn bool
	// Sent are the letters that have left the house. The decision letter has when every party's has.
	Sent map[scheme.LetterKey]bool
	// Pending tells that a letter about an extension, an appeal, a reversal or a message waits to be
	// sent; Appealed that an appeal is being considered; Unrecorded that a party has been told of
	// something that it can appeal and that its period has not been recorded.
	Pending, Appealed, Unrecorded bool
	// Notice is the question that waits for an answer, nil when there is none; Asked and Reminded tell
	// that its letters have left the house.
	Notice          *Notice
	Asked, Reminded bool
	// RemindAt is when the applicant is reminded of the notice.
	RemindAt time.Time
	// InterimDue is when an interim reply goes out; OverdueAt is when the date for a decision has
	// passed. Nil when neither can happen.
	InterimDue, OverdueAt *time.Time
	// RolesDue is when the registry's roles are held against staff again, nil when they are not.
	RolesDue *time.Time
}

// Next says what to do now, and when to look again if nothing changes.
func Next(f Facts, now time.Time) (Task, *time.Time) {
	c := f.Case
	switch {
	case c == nil:
		return TaskOpen, nil
	case c.ClosedAt != nil && f.Pending:
		return TaskSendPending, nil // somebody wrote to the enterprise afterwards
	case c.ClosedAt != nil:
		return TaskNone, nil
	case f.Withdrawn:
		return nextWithdrawn(f), nil
	case !f.Sent[scheme.LetterReceipt]:
		return TaskConfirmReceipt, nil
	case f.Unrecorded:
		return TaskStartAppeal, nil
	case f.Pending:
		return TaskSendPending, nil
	case f.Appealed:
		return nextAppealed(f, now)
	case c.NotifiedAt != nil:
		return nextAppeal(*c, now)
	case c.DecidedAt != nil && f.Sent[decisionLetter(c.Outcome)]:
		return TaskStartAppeal, nil
	case c.DecidedAt != nil:
		return TaskNotify, nil
	case c.ScreenedVersion < f.Version:
		return TaskScreen, nil
	}
	return nextUndecided(f, now)
}

// nextUndecided finds what time alone brings while people work on the case.
func nextUndecided(f Facts, now time.Time) (Task, *time.Time) {
	if f.Notice != nil && !f.Asked {
		return TaskAskForMissing, nil
	}
	var due *time.Time
	for _, m := range f.moments() {
		if !now.Before(m.at) {
			return m.task, nil
		}
		if due == nil || m.at.Before(*due) {
			due = &m.at
		}
	}
	return TaskAwaitPeople, due
}

// nextAppealed waits for people to settle an appeal.
func nextAppealed(f Facts, now time.Time) (Task, *time.Time) {
	if f.RolesDue != nil && !now.Before(*f.RolesDue) {
		return TaskCheckRoles, nil
	}
	return TaskAwaitPeople, f.RolesDue
}

type moment struct {
	at   time.Time
	task Task
}

func (f Facts) moments() []moment {
	var list []moment
	if f.Notice != nil {
		list = append(list, moment{f.Notice.Deadline.End(), TaskExpireNotice})
		if !f.Reminded {
			list = append(list, moment{f.RemindAt, TaskRemindOfMissing})
		}
	}
	if f.InterimDue != nil && !f.Sent[scheme.LetterInterimReply] {
		list = append(list, moment{*f.InterimDue, TaskInterimReply})
	}
	if f.OverdueAt != nil {
		list = append(list, moment{*f.OverdueAt, TaskRecordBreach})
	}
	if f.RolesDue != nil {
		list = append(list, moment{*f.RolesDue, TaskCheckRoles})
	}
	return list
}

func nextWithdrawn(f Facts) Task {
	switch {
	case f.Case.WithdrawnAt == nil:
		return TaskRecordWithdrawal
	case !f.Sent[scheme.LetterWithdrawalReceived]:
		return TaskConfirmWithdraw
	}
	return TaskClose
}

func nextAppeal(c Case, now time.Time) (Task, *time.Time) {
	end := c.AppealDeadline.End()
	if now.Before(end) {
		return TaskAwaitAppeal, &end
	}
	return TaskClose, nil
}

// decisionLetter returns which letter tells the outcome.
func decisionLetter(o Outcome) scheme.LetterKey {
	switch o {
	case Approved:
		return scheme.LetterApproved
	case PartiallyApproved:
		return scheme.LetterPartiallyApproved
	case Dismissed:
		return scheme.LetterDismissed
	default:
		return scheme.LetterRejected
	}
}

func subject(applicationID uuid.UUID) procedure.Subject {
	return procedure.Subject{Kind: procedure.Casework, ID: applicationID}
}

// Look reads the facts of an application's case and says what is next. When that is to wait, it
// records that everything up to now has been seen.
func (p *Proceeding) Look(ctx context.Context, applicationID uuid.UUID) (Situation, error) {
	var s Situation
	err := p.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		// Read first: what changes after this moment counts as unseen.
		wanted, err := procedure.Wanted(ctx, tx, subject(applicationID))
		if err != nil {
			return err
		}
		facts, err := p.facts(ctx, tx, applicationID)
		if err != nil {
			return err
		}
		now := p.Clock.Now()
		s.AsOf = now
		s.Next, s.Due = Next(facts, now)
		switch s.Next {
		case TaskAwaitPeople, TaskAwaitAppeal:
			return procedure.Rest(ctx, tx, subject(applicationID), wanted, s.Due, now)
		case TaskNone:
			closed, err := procedure.Close(ctx, tx, subject(applicationID), wanted, now)
			if err == nil && !closed {
				s.Next = TaskAwaitPeople // something came in while we looked: look again
				past := now
				s.Due = &past
			}
			return err
		default:
			return nil // there is work first
		}
	})
	if err != nil {
		return s, fmt.Errorf("look at the case of application %s: %w", applicationID, err)
	}
	return s, nil
}

func (p *Proceeding) facts(ctx context.Context, tx pgx.Tx, applicationID uuid.UUID) (Facts, error) {
	a, err := p.Submissions.Submission(ctx, tx, applicationID)
	if err != nil {
		return Facts{}, err
	}
	f := Facts{Version: a.Version, Withdrawn: a.State == application.Withdrawn, Sent: map[scheme.LetterKey]bool{}}
	c, found, err := p.Store.Find(ctx, tx, applicationID)
	if err != nil {
		return f, err
	}
	if found {
		f.Case = &c
	}
	letters, err := letter.OfApplication(ctx, tx, applicationID)
	if err != nil {
		return f, err
	}
	for _, l := range letters {
		f.Sent[scheme.LetterKey(l.Kind)] = l.SentAt != nil
	}
	if !found || f.Withdrawn {
		return f, nil
	}
	file, err := p.factsOfFile(ctx, tx, &f, letters)
	if err != nil || c.DecidedAt != nil {
		return f, err
	}
	return f, p.factsUndecided(ctx, tx, &f, file.Clock, sentKeys(letters))
}

// factsOfFile adds what follows from everything in the case, and returns the case.
func (p *Proceeding) factsOfFile(ctx context.Context, tx pgx.Tx, f *Facts, letters []letter.Letter) (File, error) {
	file, err := wanting(ctx, tx, *f.Case)
	if err != nil {
		return file, err
	}
	unread, err := p.Messages.Unread(ctx, tx, file.ApplicationID)
	if err != nil {
		return file, err
	}
	sent := sentKeys(letters)
	_, f.Pending = file.pendingLetter(sent, unread)
	f.Appealed = file.openAppeal() != nil
	f.Unrecorded = f.Case.DecidedAt != nil && len(file.unrecorded(letters)) > 0
	if d := file.decision(); d != nil {
		f.Sent[decisionLetter(d.Outcome)] = file.told(sent)
	}
	f.RolesDue, err = rolesDue(ctx, tx, file.ID)
	return file, err
}

// wanting returns the case with everything that calls for letters. Before there is a decision or a new
// date that is its clock, and the rest is left where it is.
func wanting(ctx context.Context, tx pgx.Tx, c Case) (File, error) {
	if c.DecidedAt != nil {
		return fill(ctx, tx, c)
	}
	events, err := loadClock(ctx, tx, c.ID)
	if err != nil {
		return File{}, err
	}
	if _, extended := lastExtension(events); extended {
		return fill(ctx, tx, c)
	}
	return File{Case: c, Clock: events}, nil
}

// factsUndecided adds what time alone brings to a case that people work on.
func (p *Proceeding) factsUndecided(ctx context.Context, tx pgx.Tx, f *Facts, events []ClockEvent, sent map[string]bool) error {
	rules, err := p.Rounds.Definition(ctx, f.Case.SchemeID, f.Case.SchemeVersion)
	if err != nil {
		return err
	}
	notices, err := loadNotices(ctx, tx, f.Case.ID)
	if err != nil {
		return err
	}
	if f.Notice = (File{Notices: notices}).openNotice(); f.Notice != nil {
		f.Asked, f.Reminded = sent[noticeKey(*f.Notice)], sent[reminderKey(*f.Notice)]
		f.RemindAt = rules.Deadlines.DeficiencyReminder(f.Notice.Deadline)
	}
	interim := rules.Deadlines.InterimReplyDue(f.Case.ReceivedAt).At(letterHour, 0)
	f.InterimDue = &interim
	if overdue, ok := ReadClock(events, rules.Deadlines.DecisionDue(f.Case.CallClosesAt), p.Clock.Now()).overdueAt(); ok {
		f.OverdueAt = &overdue
	}
	return nil
}

// letterHour is when letters go out that only time calls for: in the morning, Europe/Oslo.
const letterHour = 9

func (p *Proceeding) transact(ctx context.Context, do func(context.Context, pgx.Tx) error) error {
	ctx = access.AsSystem(ctx)
	return database.InTransaction(ctx, p.Pool, func(tx pgx.Tx) error {
		return do(database.WithTransaction(ctx, tx), tx)
	})
}

// party returns the enterprise that applied. It is asked for before a transaction: in one it would
// take a second connection, and enough cases at once would wait for each other's.
func (p *Proceeding) party(ctx context.Context, applicationID uuid.UUID) (enterprise.Enterprise, error) {
	a, err := p.Submissions.Submission(ctx, p.Pool, applicationID)
	if err != nil {
		return enterprise.Enterprise{}, err
	}
	return p.Enterprises.Enterprise(ctx, a.EnterpriseID)
}

// Open gives the application a case with a number.
func (p *Proceeding) Open(ctx context.Context, applicationID uuid.UUID) error {
	e, err := p.party(ctx, applicationID)
	if err != nil {
		return fmt.Errorf("open a case: %w", err)
	}
	err = p.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, found, err := p.Store.Find(ctx, tx, applicationID); found || err != nil {
			return err
		}
		a, err := p.Submissions.Submission(ctx, tx, applicationID)
		if err != nil {
			return err
		}
		call, err := p.Rounds.Call(ctx, tx, a.CallID)
		if err != nil {
			return err
		}
		return p.open(ctx, tx, a, call, e)
	})
	if err != nil {
		return fmt.Errorf("open a case: %w", err)
	}
	return nil
}

func (p *Proceeding) open(ctx context.Context, tx pgx.Tx, a application.Submission, call scheme.Call, party enterprise.Enterprise) error {
	now := p.Clock.Now()
	year := calendar.On(now).Year
	last, err := db.New(tx).NextCaseNumber(ctx, int32(year))
	if err != nil {
		return fmt.Errorf("draw a case number: %w", err)
	}
	c := Case{
		ID: uuid.Must(uuid.NewV7()), Number: fmt.Sprintf("%d/%d", year, last), ApplicationID: a.ID, Reference: a.Reference,
		CallID: a.CallID, EnterpriseID: a.EnterpriseID, EnterpriseName: party.Name, Type: a.Type, SchemeID: a.SchemeID,
		SchemeVersion: a.SchemeVersion, GrantYear: call.GrantYear, Step: Screening, Late: a.Late,
		AmountAppliedOre: a.Content.GetAmountAppliedOre(), ReceivedAt: *a.SubmittedAt, CallClosesAt: call.ClosesAt, OpenedAt: now,
	}
	err = db.New(tx).InsertCase(ctx, db.InsertCaseParams{
		ID: c.ID, Number: c.Number, ApplicationID: c.ApplicationID, Reference: c.Reference, CallID: c.CallID,
		EnterpriseID: c.EnterpriseID, EnterpriseName: c.EnterpriseName, ApplicationType: string(c.Type), SchemeID: c.SchemeID,
		SchemeVersion: c.SchemeVersion, GrantYear: int32(c.GrantYear), Step: string(c.Step), Late: c.Late,
		AmountAppliedOre: c.AmountAppliedOre, ReceivedAt: c.ReceivedAt, CallClosesAt: c.CallClosesAt, OpenedAt: c.OpenedAt,
	})
	if err != nil {
		return err
	}
	if err := recordClock(ctx, tx, c.ID, ClockEvent{Kind: ClockStarted, At: c.ReceivedAt}); err != nil {
		return err
	}
	if err := record(ctx, tx, c, "CASE_OPENED", now, nil, map[string]any{"number": c.Number}); err != nil {
		return err
	}
	return p.Journal.Open(ctx, tx, journalFile(c, party), now)
}

// change carries out a change of the case by the system itself.
func (p *Proceeding) change(ctx context.Context, applicationID uuid.UUID, action string, do func(ctx context.Context, tx pgx.Tx, f *File, rules *scheme.Definition, now time.Time) (after any, err error)) error {
	err := p.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		f, err := lockByApplication(ctx, tx, applicationID)
		if err != nil {
			return err
		}
		rules, err := p.Rounds.Definition(ctx, f.SchemeID, f.SchemeVersion)
		if err != nil {
			return err
		}
		now := p.Clock.Now()
		before := f.Step
		after, err := do(ctx, tx, &f, rules, now)
		if errors.Is(err, errDone) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := save(ctx, tx, &f, rules, now); err != nil {
			return err
		}
		if err := announce(ctx, tx, p.Submissions, f.Case); err != nil {
			return err
		}
		return record(ctx, tx, f.Case, action, now, map[string]any{"step": before}, after)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", action, err)
	}
	return nil
}

// errDone says that a task has been done before, or is no longer called for.
var errDone = errors.New("done already")

// Screen runs the automatic checks on the newest version. It asks the registries first; when they
// do not answer, what they would say is left undetermined for a person to find out. Role holders are
// held against staff as well.
func (p *Proceeding) Screen(ctx context.Context, applicationID uuid.UUID) error {
	a, err := p.Submissions.Submission(ctx, p.Pool, applicationID)
	if err != nil {
		return fmt.Errorf("screen: %w", err)
	}
	e, _, err := p.Registries.Refresh(ctx, a.EnterpriseID)
	answered := err == nil
	if fault.Is(err, "REGISTRY_UNAVAILABLE") || fault.Is(err, "NO_ORGANIZATION_NUMBER") || fault.Is(err, "NEVER_EXISTED") {
		e, err = p.Enterprises.Enterprise(ctx, a.EnterpriseID)
	}
	if err != nil {
		return fmt.Errorf("screen: %w", err)
	}
	err = p.change(ctx, applicationID, "CASE_SCREENED", func(ctx context.Context, tx pgx.Tx, f *File, rules *scheme.Definition, now time.Time) (any, error) {
		if f.ScreenedVersion >= a.Version || f.DecidedAt != nil {
			return nil, errDone
		}
		granted, err := p.Grants.GrantedYears(ctx, tx, f.Case, rules.GrantYears)
		if err != nil {
			return nil, err
		}
		findings := Screen(Basis{a, e, answered, granted, f.GrantYear}, rules)
		if err := p.saveFindings(ctx, tx, f, findings, now); err != nil {
			return nil, err
		}
		f.ScreenedVersion, f.ScreenedAt, f.AmountAppliedOre = a.Version, &now, a.Content.GetAmountAppliedOre()
		if n := f.openNotice(); n != nil && a.Version > n.AskedVersion {
			if err := closeNotice(ctx, tx, f, NoticeAnswered, a.Version, now); err != nil {
				return nil, err
			}
		}
		return map[string]any{"version": a.Version, "findings": len(findings)}, nil
	})
	if err != nil {
		return err
	}
	return p.CheckRoles(ctx, applicationID)
}

func (p *Proceeding) saveFindings(ctx context.Context, tx pgx.Tx, f *File, findings []Finding, now time.Time) error {
	queries := db.New(tx)
	for _, x := range findings {
		err := queries.SaveFinding(ctx, db.SaveFindingParams{
			ID: uuid.Must(uuid.NewV7()), CaseID: f.ID, Round: f.Round, Key: x.Key, FormalRequirement: x.FormalRequirement,
			Proposed: string(x.Proposed), Evidence: x.Evidence, FoundAt: now,
		})
		if err != nil {
			return fmt.Errorf("save a finding: %w", err)
		}
	}
	fresh, err := fill(ctx, tx, f.Case)
	if err != nil {
		return err
	}
	f.Findings = fresh.Findings
	return nil
}

// RecordWithdrawal ends the case of an application that the enterprise has withdrawn.
func (p *Proceeding) RecordWithdrawal(ctx context.Context, applicationID uuid.UUID) error {
	return p.change(ctx, applicationID, "WITHDRAWAL_RECORDED", func(ctx context.Context, tx pgx.Tx, f *File, _ *scheme.Definition, now time.Time) (any, error) {
		if f.WithdrawnAt != nil || f.DecidedAt != nil {
			return nil, errDone
		}
		f.WithdrawnAt, f.Outcome, f.DueAt = &now, Withdrawn, nil
		if err := closeNotice(ctx, tx, f, NoticeCancelled, 0, now); err != nil {
			return nil, err
		}
		return map[string]any{"outcome": f.Outcome}, recordClock(ctx, tx, f.ID, ClockEvent{Kind: ClockStopped, At: now})
	})
}

// Close ends the case.
func (p *Proceeding) Close(ctx context.Context, applicationID uuid.UUID) error {
	return p.change(ctx, applicationID, "CASE_CLOSED", func(_ context.Context, _ pgx.Tx, f *File, _ *scheme.Definition, now time.Time) (any, error) {
		if f.ClosedAt != nil {
			return nil, errDone
		}
		f.ClosedAt, f.DueAt = &now, nil
		return map[string]any{"step": Closed, "outcome": f.Outcome}, nil
	})
}
