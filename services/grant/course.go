package grant

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"saakorn/services/application"
	"saakorn/services/enterprise"
	"saakorn/services/enterprise/registry"
	"saakorn/services/grant/db"
	"saakorn/services/journal"
	"saakorn/services/platform/access"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/clock"
	"saakorn/services/platform/database"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/procedure"
	"saakorn/services/platform/task"
	"saakorn/services/scheme"
)

// Rounds knows the rules and the calls.
type Rounds interface {
	Rules
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
}

// Contacts knows whom an enterprise wants letters to go to (R72).
type Contacts interface {
	Recipients(ctx context.Context, tx pgx.Tx, enterpriseID uuid.UUID) ([]string, error)
}

// Journal receives an entry for every document, in the transaction that makes it.
type Journal interface {
	Write(ctx context.Context, tx pgx.Tx, e journal.Entry) error
}

// CaseJournal is a journal that also tells what is in a case.
type CaseJournal interface {
	Journal
	Documents(ctx context.Context, tx pgx.Tx, applicationID uuid.UUID, by time.Time) ([]journal.Journaling, error)
}

// Course is what the system itself does over the years of a lifecycle: every method can be repeated
// without doing anything twice, and each acts in the name of the system.
type Course struct {
	Pool        *pgxpool.Pool
	Store       Store
	Rounds      Rounds
	Enterprises Register
	Registries  Refresher
	Submissions Submissions
	Contacts    Contacts
	Followers   Followers
	Journal     CaseJournal
	Clock       clock.Clock
}

// Step is what the procedure of a lifecycle does next.
type Step string

// The steps.
const (
	StepOffer         Step = "OFFER"          // the grant letter is to be sent
	StepRemind        Step = "REMIND"         // of a last date
	StepTell          Step = "TELL"           // what has been answered or decided
	StepLapse         Step = "LAPSE"          // nobody has accepted in time
	StepTasks         Step = "TASKS"          // people have to do something, or no longer
	StepWatchRegistry Step = "WATCH_REGISTRY" // ask whether the enterprise is still there
	StepAwait         Step = "AWAIT"
	StepNone          Step = "NONE"
)

// Situation is what a procedure needs to know of a lifecycle: what to do next, and until when to wait.
type Situation struct {
	Next Step
	// AsOf is the time at which the facts were read; Due is when there is something to do without any
	// change, nil when only a change can give it something to do.
	AsOf time.Time
	Due  *time.Time
}

// Facts are what the next step follows from.
type Facts struct {
	AsOf      time.Time
	Lifecycle Lifecycle
	// Awards are by grant year.
	Awards   []File
	Demands  []Demand
	Standing Standing
	// Failing is what the registries say that is no good: BANKRUPT, LIQUIDATION or DELETED.
	Failing []string
	// Sent are the keys of the letters that have left the house.
	Sent map[string]bool
	// Raised are the keys of the tasks there have been, with whether they are open.
	Raised map[string]bool
}

// Next says what to do now, and when to look again if nothing changes. What somebody is told comes before
// what follows from time alone.
func Next(f Facts) (Step, *time.Time) {
	var wait *time.Time
	later := func(at time.Time) {
		if wait == nil || at.Before(*wait) {
			wait = &at
		}
	}
	for _, a := range f.Awards {
		if end := a.AcceptBy.End(); a.State == Offered && !f.AsOf.Before(end) {
			return StepLapse, nil
		} else if a.State == Offered {
			later(end)
		}
	}
	for _, n := range f.notes(f.AsOf) {
		if f.Sent[n.key] {
			continue
		}
		if !n.at.After(f.AsOf) {
			return stepFor(n.kind), nil
		}
		later(n.at)
	}
	if raise, settle := f.taskChanges(later); len(raise)+len(settle) > 0 {
		return StepTasks, nil
	}
	if at, ok := f.watchAt(); ok && !at.After(f.AsOf) {
		return StepWatchRegistry, nil
	} else if ok {
		later(at)
	}
	if f.Lifecycle.State == LifecycleClosed && wait == nil {
		return StepNone, nil
	}
	return StepAwait, wait
}

func stepFor(kind scheme.LetterKey) Step {
	switch kind {
	case scheme.LetterGrant:
		return StepOffer
	case scheme.LetterAcceptanceReminder, scheme.LetterConditionReminder, scheme.LetterExitPlanReminder:
		return StepRemind
	default:
		return StepTell
	}
}

// taskChanges returns the tasks to raise now and the keys of those to settle, and tells later of the
// others.
func (f Facts) taskChanges(later func(time.Time)) (raise []task.Task, settle []string) {
	wanted := map[string]bool{}
	for _, t := range f.tasks() {
		wanted[t.Key] = true
		if _, raised := f.Raised[t.Key]; raised {
			continue
		}
		if t.at.After(f.AsOf) {
			later(t.at)
			continue
		}
		raise = append(raise, t.Task)
	}
	for key, open := range f.Raised {
		if open && strings.HasPrefix(key, keyed) && !wanted[key] {
			settle = append(settle, key)
		}
	}
	return raise, settle
}

// watchAt returns when the registries are to be asked the next time, and false when nobody needs to know.
func (f Facts) watchAt() (time.Time, bool) {
	if f.Lifecycle.State != Active || f.over() || len(f.Awards) == 0 {
		return time.Time{}, false
	}
	newest := f.Awards[len(f.Awards)-1]
	since := newest.OfferedAt
	if w := f.Lifecycle.RegistryWatchedAt; w != nil {
		since = *w
	}
	return calendar.On(since).AddDays(newest.Rules.Awards.RegistryWatchDays).At(letterHour, 0), true
}

// letterHour is when the system acts that only time calls for: in the morning, Europe/Oslo.
const letterHour = 9

// Look reads the facts of a lifecycle and says what is next. When that is to wait, it records that
// everything up to now has been seen.
func (c *Course) Look(ctx context.Context, lifecycleID uuid.UUID) (Situation, error) {
	var s Situation
	err := c.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		// Read first: what changes after this moment counts as unseen.
		wanted, err := procedure.Wanted(ctx, tx, subject(lifecycleID))
		if err != nil {
			return err
		}
		facts, err := c.facts(ctx, tx, lifecycleID)
		if err != nil {
			return err
		}
		s.AsOf = facts.AsOf
		s.Next, s.Due = Next(facts)
		switch s.Next {
		case StepAwait:
			return procedure.Rest(ctx, tx, subject(lifecycleID), wanted, s.Due, s.AsOf)
		case StepNone:
			closed, err := procedure.Close(ctx, tx, subject(lifecycleID), wanted, s.AsOf)
			if err == nil && !closed {
				past := s.AsOf // something came in while we looked: look again
				s.Next, s.Due = StepAwait, &past
			}
			return err
		default:
			return nil // there is work first
		}
	})
	if err != nil {
		return s, fmt.Errorf("look at the lifecycle %s: %w", lifecycleID, err)
	}
	return s, nil
}

func (c *Course) transact(ctx context.Context, do func(context.Context, pgx.Tx) error) error {
	ctx = access.AsSystem(ctx)
	return database.InTransaction(ctx, c.Pool, func(tx pgx.Tx) error {
		return do(database.WithTransaction(ctx, tx), tx)
	})
}

func (c *Course) facts(ctx context.Context, tx pgx.Tx, id uuid.UUID) (Facts, error) {
	f := Facts{AsOf: c.Clock.Now(), Sent: map[string]bool{}, Raised: map[string]bool{}}
	var err error
	if f.Lifecycle, err = c.Store.Lifecycle(ctx, tx, id); err != nil {
		return f, err
	}
	if f.Awards, err = files(ctx, tx, c.Rounds, id); err != nil {
		return f, err
	}
	plans, err := c.Store.ExitPlans(ctx, tx, id)
	if err != nil {
		return f, err
	}
	f.Demands = Demands(f.Awards, plans)
	if n := len(f.Awards); n > 0 {
		f.Standing = StandingAt(f.Lifecycle, awardsOf(f.Awards), f.Awards[n-1].Rules.GrantYears, calendar.On(f.AsOf))
	}
	e, err := c.Enterprises.Enterprise(ctx, f.Lifecycle.EnterpriseID)
	if err != nil {
		return f, err
	}
	f.Failing = failing(e)
	return f, c.done(ctx, tx, &f)
}

// done adds what has been done already.
func (c *Course) done(ctx context.Context, tx pgx.Tx, f *Facts) error {
	ids := make([]uuid.UUID, 0, len(f.Awards))
	for _, a := range f.Awards {
		ids = append(ids, a.ApplicationID)
	}
	sent, err := db.New(tx).ListSentLetters(ctx, ids)
	if err != nil {
		return fmt.Errorf("list letters: %w", err)
	}
	for _, key := range sent {
		f.Sent[key] = true
	}
	tasks, err := db.New(tx).ListTasksRaised(ctx, f.Lifecycle.ID)
	if err != nil {
		return fmt.Errorf("list tasks: %w", err)
	}
	for _, t := range tasks {
		f.Raised[t.DedupKey] = t.State == "OPEN"
	}
	return nil
}

// files returns the awards of a lifecycle with everything about them, by grant year.
func files(ctx context.Context, q Querier, rules Rules, lifecycleID uuid.UUID) ([]File, error) {
	awards, err := Store{}.Awards(ctx, q, lifecycleID)
	if err != nil {
		return nil, err
	}
	list := make([]File, 0, len(awards))
	for _, a := range awards {
		d, err := rules.Definition(ctx, a.SchemeID, a.SchemeVersion)
		if err != nil {
			return nil, err
		}
		f, err := Store{}.file(ctx, q, a, d)
		if err != nil {
			return nil, err
		}
		list = append(list, f)
	}
	return list, nil
}

func awardsOf(files []File) []Award {
	awards := make([]Award, 0, len(files))
	for _, f := range files {
		awards = append(awards, f.Award)
	}
	return awards
}

func failing(e enterprise.Enterprise) []string {
	var list []string
	if e.Bankrupt {
		list = append(list, "BANKRUPT")
	}
	if e.UnderLiquidation {
		list = append(list, "LIQUIDATION")
	}
	if e.Deleted {
		list = append(list, "DELETED")
	}
	return list
}

// Lapse ends every offer of the lifecycle that nobody has accepted in time.
func (c *Course) Lapse(ctx context.Context, lifecycleID uuid.UUID) error {
	err := c.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		l, err := c.Store.LockLifecycle(ctx, tx, lifecycleID)
		if err != nil {
			return err
		}
		awards, err := c.Store.Awards(ctx, tx, lifecycleID)
		if err != nil {
			return err
		}
		now := c.Clock.Now()
		for _, a := range awards {
			if a.State != Offered || now.Before(a.AcceptBy.End()) {
				continue
			}
			a.State, a.LapsedAt = Lapsed, &now
			if err := saveAward(ctx, tx, &a); err != nil {
				return err
			}
			if err := recordAward(ctx, tx, a, "AWARD_LAPSED", now, nil, map[string]any{"accept_by": a.AcceptBy}); err != nil {
				return err
			}
			if err := c.Followers.tell(ctx, tx, a, now); err != nil {
				return err
			}
		}
		return Keeper{Rules: c.Rounds}.renumber(ctx, tx, l)
	})
	if err != nil {
		return fmt.Errorf("let an award lapse: %w", err)
	}
	return nil
}

// Tasks raises the tasks that the facts call for, and settles those that they no longer do.
func (c *Course) Tasks(ctx context.Context, lifecycleID uuid.UUID) error {
	err := c.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		f, err := c.facts(ctx, tx, lifecycleID)
		if err != nil {
			return err
		}
		raise, settle := f.taskChanges(func(time.Time) {})
		for _, t := range raise {
			if _, err := task.Raise(ctx, tx, t, f.AsOf); err != nil {
				return err
			}
		}
		for _, key := range settle {
			if _, err := task.Settle(ctx, tx, key, f.AsOf); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("raise tasks: %w", err)
	}
	return nil
}

// WatchRegistry asks the registries about the enterprise. When they say that it has failed, a suspension
// of every award that is being paid is put before a person: nothing is ever suspended by itself.
func (c *Course) WatchRegistry(ctx context.Context, lifecycleID uuid.UUID) error {
	l, err := c.Store.Lifecycle(ctx, c.Pool, lifecycleID)
	if err != nil {
		return fmt.Errorf("watch the registry: %w", err)
	}
	e, _, err := c.Registries.Refresh(ctx, l.EnterpriseID)
	silent := fault.Is(err, "REGISTRY_UNAVAILABLE")
	if silent || fault.Is(err, "NO_ORGANIZATION_NUMBER") || fault.Is(err, "NEVER_EXISTED") {
		e, err = c.Enterprises.Enterprise(ctx, l.EnterpriseID)
	}
	if err != nil {
		return fmt.Errorf("watch the registry: %w", err)
	}
	err = c.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		now := c.Clock.Now()
		l, err := c.Store.LockLifecycle(ctx, tx, lifecycleID)
		if err != nil {
			return err
		}
		watched, err := c.watched(ctx, tx, lifecycleID, silent, now)
		if err != nil {
			return err
		}
		l.RegistryWatchedAt = &watched
		if err := saveLifecycle(ctx, tx, &l); err != nil {
			return err
		}
		if len(failing(e)) == 0 {
			return nil
		}
		return c.proposeSuspensions(ctx, tx, e, lifecycleID, now)
	})
	if err != nil {
		return fmt.Errorf("watch the registry: %w", err)
	}
	return nil
}

// watched returns when the registries count as asked: now, or when they did not answer, so long ago that
// they are asked again tomorrow. A silent registry must not keep the lifecycle from going on.
func (c *Course) watched(ctx context.Context, tx pgx.Tx, lifecycleID uuid.UUID, silent bool, now time.Time) (time.Time, error) {
	if !silent {
		return now, nil
	}
	list, err := files(ctx, tx, c.Rounds, lifecycleID)
	if err != nil || len(list) == 0 {
		return now, err
	}
	days := list[len(list)-1].Rules.Awards.RegistryWatchDays
	return calendar.On(now).AddDays(1-days).At(letterHour, 0), nil
}

func (c *Course) proposeSuspensions(ctx context.Context, tx pgx.Tx, e enterprise.Enterprise, lifecycleID uuid.UUID, now time.Time) error {
	list, err := files(ctx, tx, c.Rounds, lifecycleID)
	if err != nil {
		return err
	}
	for _, f := range list {
		if f.State != Accepted || f.proposedBySystem() || CheckPropose(f, Suspend, 0, now) != nil {
			continue
		}
		m := Measure{
			ID: uuid.Must(uuid.NewV7()), AwardID: f.ID, Kind: Suspend, State: MeasureProposed, Grounds: failingGrounds(e),
			ProposedBy: access.SystemID, ProposedAt: now,
		}
		if err := insertMeasure(ctx, tx, m); err != nil {
			return err
		}
		if err := recordAward(ctx, tx, f.Award, "MEASURE_PROPOSED", now, nil, measureFacts(m)); err != nil {
			return err
		}
	}
	return nil
}

// proposedBySystem tells whether a suspension has been put before a person already: whatever they made of
// it, it is not put before them again.
func (f File) proposedBySystem() bool {
	for _, m := range f.Measures {
		if m.ProposedBy == access.SystemID && m.Kind == Suspend {
			return true
		}
	}
	return false
}

// failingGrounds says what the registries say, in the language of the party.
func failingGrounds(e enterprise.Enterprise) string {
	texts := map[string]scheme.Text{
		"BANKRUPT": {
			Nb: "Enhetsregisteret opplyser at virksomheten er konkurs.", Nn: "Einingsregisteret opplyser at verksemda er konkurs.",
			En: "The Register of Legal Entities says that the enterprise is bankrupt.",
		},
		"LIQUIDATION": {
			Nb: "Enhetsregisteret opplyser at virksomheten er under avvikling.", Nn: "Einingsregisteret opplyser at verksemda er under avvikling.",
			En: "The Register of Legal Entities says that the enterprise is being wound up.",
		},
		"DELETED": {
			Nb: "Virksomheten er slettet fra Enhetsregisteret.", Nn: "Verksemda er sletta frå Einingsregisteret.",
			En: "The enterprise has been removed from the Register of Legal Entities.",
		},
	}
	var list []string
	for _, r := range failing(e) {
		list = append(list, texts[r].In(e.Language))
	}
	return strings.Join(list, " ")
}
