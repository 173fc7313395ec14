package rehearsal

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/scheme"
)

// Record is what is known of a round that has been played: what the API tells an auditor, what the
// players noted themselves, and what only the database can show.
type Record struct {
	// Budget is the frame as the API tells it, Deadlines are those of the scheme, and ClosesAt is when
	// the call closed.
	Budget    *saakornv1.GetCallBudgetResponse
	Deadlines *saakornv1.SchemeDeadlines
	ClosesAt  time.Time
	// Ended is the time on the rehearsal's clock when nothing was left to do, Unsettled how many
	// procedures still had something to do by then.
	Ended     time.Time
	Unsettled int
	// Applications are all that were begun, in the order of the story.
	Applications []ApplicationRecord
	// Cases are in the order in which the applications came in.
	Cases []CaseRecord
	// Journal is every entry of the journal, in its order.
	Journal []*saakornv1.JournalEntry
	// Mailbox tells which kinds of letters the scheme sends to the enterprise's own mailbox.
	Mailbox map[string]bool
	// AppealBody is the address at which the appeal body takes in referrals.
	AppealBody string
	Trail      Trail
	// GoesOn tells that the years after the round are lived too, so that awards are being answered already.
	GoesOn bool

	journal *journal
	// absent is the officer who fell away.
	absent string
}

// ApplicationRecord is what became of an application.
type ApplicationRecord struct {
	Application *saakornv1.Application
	// told is what the story wanted.
	told *application
}

// CaseRecord is a case with everything the API tells about it.
type CaseRecord struct {
	File    *saakornv1.GetCaseResponse
	Events  []*saakornv1.Event
	Letters []*saakornv1.Letter
	// Contacts are whom letters go to, as the application names them.
	Contacts     []*saakornv1.Contact
	Declarations []*saakornv1.Declaration
	Clock        *saakornv1.GetCaseClockResponse
	Notices      []*saakornv1.DeficiencyNotice
	Appeals      []*saakornv1.Appeal
	// Notifications are when each party was told of what can be appealed, and until when it can.
	Notifications []*saakornv1.Notification
	// Versions is how many versions of the application came in.
	Versions int
	// Organization is the applicant's organisation number, as the story has it.
	Organization string
}

// gather is what the auditor does at the end: read everything.
func (p *play) gather(ctx context.Context) (Record, error) {
	p.progress.begin("the auditor reads everything", 0)
	a, err := p.cast.as(ctx, auditor)
	if err != nil {
		return Record{}, err
	}
	at, err := p.stage.settled(ctx)
	if err != nil {
		return Record{}, err
	}
	r := Record{
		Deadlines: p.deadlines, ClosesAt: closes(), Ended: at.GetNow().AsTime(), journal: p.cast.journal, absent: p.story.absent,
		GoesOn: p.stage.office != nil,
	}
	if at.GetNextDueAt() != nil && !r.GoesOn {
		r.Unsettled++
	}
	if r.Budget, err = a.calls.GetCallBudget(ctx, &saakornv1.GetCallBudgetRequest{CallId: p.callID}); err != nil {
		return Record{}, fmt.Errorf("read the frame: %w", err)
	}
	if r.Applications, err = p.gatherApplications(ctx, a); err != nil {
		return Record{}, err
	}
	if r.Cases, err = gatherCases(ctx, a, p.callID); err != nil {
		return Record{}, err
	}
	r.nameOrganizations()
	if r.Mailbox, r.AppealBody, err = addressees(edition); err != nil {
		return Record{}, err
	}
	r.Journal, err = gatherJournal(ctx, a)
	return r, err
}

// nameOrganizations gives each case the number that the story has for its applicant.
func (r *Record) nameOrganizations() {
	numbers := map[string]string{}
	for _, a := range r.Applications {
		if a.told != nil {
			numbers[a.Application.GetId()] = a.told.enterprise.Number
		}
	}
	for i := range r.Cases {
		r.Cases[i].Organization = numbers[r.Cases[i].File.GetCase().GetApplicationId()]
	}
}

// addressees reads from the scheme which letters go to the enterprise's own mailbox, and where the appeal body
// takes in referrals.
func addressees(version string) (kinds map[string]bool, appealBody string, err error) {
	published, err := scheme.Published()
	if err != nil {
		return nil, "", fmt.Errorf("read where letters go: %w", err)
	}
	kinds = map[string]bool{}
	for _, source := range published {
		if source.Definition.Version != version {
			continue
		}
		for _, l := range source.Definition.Letters {
			kinds[string(l.Key)] = l.Mailbox
		}
		appealBody = source.Definition.Referral.Email
	}
	return kinds, appealBody, nil
}

// gatherApplications reads what was received as the auditor, and the other drafts as those who wrote them.
func (p *play) gatherApplications(ctx context.Context, a *actor) ([]ApplicationRecord, error) {
	received, err := pages(func(token string) ([]*saakornv1.Application, string, error) {
		r, err := a.applications.ListApplications(ctx, &saakornv1.ListApplicationsRequest{CallId: p.callID, PageToken: token})
		if err != nil {
			return nil, "", fmt.Errorf("list applications: %w", err)
		}
		return r.GetApplications(), r.GetNextPageToken(), nil
	})
	if err != nil {
		return nil, err
	}
	byID := map[string]*saakornv1.Application{}
	for _, x := range received {
		byID[x.GetId()] = x
	}
	var all []ApplicationRecord
	for _, x := range p.some(func(*application) bool { return true }) {
		found := byID[x.applicationID]
		delete(byID, x.applicationID)
		if found == nil {
			if found, err = p.ownApplication(ctx, x); err != nil {
				return nil, err
			}
		}
		all = append(all, ApplicationRecord{found, x.application})
	}
	for _, stranger := range byID { // nobody in the story wrote it
		all = append(all, ApplicationRecord{stranger, nil})
	}
	return all, nil
}

func (p *play) ownApplication(ctx context.Context, x *part) (*saakornv1.Application, error) {
	first, err := p.cast.as(ctx, x.enterprise.PersonID())
	if err != nil {
		return nil, err
	}
	r, err := first.applications.GetApplication(ctx, &saakornv1.GetApplicationRequest{ApplicationId: x.applicationID})
	if err != nil {
		return nil, fmt.Errorf("read an application of one's own: %w", err)
	}
	return r.GetApplication(), nil
}

func gatherCases(ctx context.Context, a *actor, callID string) ([]CaseRecord, error) {
	cases, err := listCases(ctx, a, callID)
	if err != nil {
		return nil, err
	}
	records := make([]CaseRecord, len(cases))
	places := make([]int, len(cases))
	for i := range places {
		places[i] = i
	}
	err = together(ctx, places, func(ctx context.Context, i int) (err error) {
		records[i], err = gatherCase(ctx, a, cases[i])
		return err
	})
	return records, err
}

func gatherCase(ctx context.Context, a *actor, c *saakornv1.Case) (r CaseRecord, err error) {
	if r.File, err = a.cases.GetCase(ctx, &saakornv1.GetCaseRequest{CaseId: c.GetId()}); err != nil {
		return r, fmt.Errorf("read the case %s: %w", c.GetNumber(), err)
	}
	letters, err := a.cases.ListLetters(ctx, &saakornv1.ListLettersRequest{ApplicationId: c.GetApplicationId()})
	if err != nil {
		return r, fmt.Errorf("read the letters of %s: %w", c.GetNumber(), err)
	}
	r.Letters = letters.GetLetters()
	r.Events, err = pages(func(token string) ([]*saakornv1.Event, string, error) {
		r, err := a.cases.ListCaseEvents(ctx, &saakornv1.ListCaseEventsRequest{CaseId: c.GetId(), PageToken: token})
		if err != nil {
			return nil, "", fmt.Errorf("read the events of %s: %w", c.GetNumber(), err)
		}
		return r.GetEvents(), r.GetNextPageToken(), nil
	})
	if err != nil {
		return r, err
	}
	return r, r.gatherTurns(ctx, a, c)
}

// gatherTurns adds what else happened in the case.
func (r *CaseRecord) gatherTurns(ctx context.Context, a *actor, c *saakornv1.Case) (err error) {
	application, err := a.applications.GetApplication(ctx, &saakornv1.GetApplicationRequest{ApplicationId: c.GetApplicationId()})
	if err != nil {
		return fmt.Errorf("read the application of %s: %w", c.GetNumber(), err)
	}
	declarations, err := a.impartiality.ListDeclarations(ctx, &saakornv1.ListDeclarationsRequest{CaseId: c.GetId()})
	if err != nil {
		return fmt.Errorf("read the declarations in %s: %w", c.GetNumber(), err)
	}
	notices, err := a.completeness.ListDeficiencyNotices(ctx, &saakornv1.ListDeficiencyNoticesRequest{ApplicationId: c.GetApplicationId()})
	if err != nil {
		return fmt.Errorf("read the notices of %s: %w", c.GetNumber(), err)
	}
	appeals, err := a.appeals.ListAppeals(ctx, &saakornv1.ListAppealsRequest{ApplicationId: c.GetApplicationId()})
	if err != nil {
		return fmt.Errorf("read the appeals of %s: %w", c.GetNumber(), err)
	}
	r.Versions = int(application.GetApplication().GetVersion())
	r.Contacts, r.Declarations = application.GetApplication().GetContent().GetContacts(), declarations.GetDeclarations()
	told, err := a.letters.ListNotifications(ctx, &saakornv1.ListNotificationsRequest{ApplicationId: c.GetApplicationId()})
	if err != nil {
		return fmt.Errorf("read who was told in %s: %w", c.GetNumber(), err)
	}
	r.Notifications = told.GetNotifications()
	r.Notices, r.Appeals = notices.GetNotices(), appeals.GetAppeals()
	if r.Clock, err = a.completeness.GetCaseClock(ctx, &saakornv1.GetCaseClockRequest{CaseId: c.GetId()}); err != nil {
		return fmt.Errorf("read the clock of %s: %w", c.GetNumber(), err)
	}
	return nil
}

func gatherJournal(ctx context.Context, a *actor) ([]*saakornv1.JournalEntry, error) {
	return pages(func(token string) ([]*saakornv1.JournalEntry, string, error) {
		r, err := a.entries.ListJournalEntries(ctx, &saakornv1.ListJournalEntriesRequest{PageSize: 200, PageToken: token})
		if err != nil {
			return nil, "", fmt.Errorf("read the journal: %w", err)
		}
		return r.GetEntries(), r.GetNextPageToken(), nil
	})
}

// Trail is what only the database shows.
type Trail struct {
	// Requests is how many changes it keeps an answer to; Silent names the kinds of those without an
	// audit event of the same person.
	Requests int
	Silent   []string
	// Lost counts changes that players were told are made and that are not there; Ghosts counts
	// refused attempts that left something behind.
	Lost, Ghosts int
	// Letters counts letters by kind, also those about drafts that were never received.
	Letters map[string]int
	// Unsent counts letters that were written and not sent.
	Unsent int
	// Deliveries are how each letter reached whom, by the letter's identifier.
	Deliveries map[string][]Delivery
	// AwardChanges are the changes of awards after their decisions, by the case's identifier, oldest first.
	AwardChanges map[string][]AwardChange
}

// Delivery is one way to one recipient of a letter.
type Delivery struct {
	LetterID, Channel, Recipient, State string
}

// AwardChange is what an appeal or a reversal did to an award, in øre.
type AwardChange struct {
	ID, CaseID          string
	Outcome             string
	BeforeOre, AfterOre int64
	ChangedAt           time.Time
	// ByAppeal is false for a reversal without appeal.
	ByAppeal bool
}

// ReadTrail fills in what only the database shows. It changes nothing: the transaction is read-only.
func (r *Record) ReadTrail(ctx context.Context, pool *pgxpool.Pool) error {
	tx, err := pool.BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly, IsoLevel: pgx.RepeatableRead})
	if err != nil {
		return fmt.Errorf("read the trail: %w", err)
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	if r.Trail, err = readTrail(ctx, tx, r.journal); err != nil {
		return fmt.Errorf("read the trail: %w", err)
	}
	return nil
}

func readTrail(ctx context.Context, tx pgx.Tx, j *journal) (Trail, error) {
	t := Trail{Letters: map[string]int{}}
	const counts = `SELECT
		(SELECT count(*) FROM request),
		(SELECT count(*) FROM unnest($1::text[], $2::uuid[]) asked (actor_id, request_id)
			WHERE NOT EXISTS (SELECT FROM request r WHERE (r.actor_id, r.request_id) = (asked.actor_id, asked.request_id))),
		(SELECT count(*) FROM unnest($3::text[], $4::uuid[]) asked (actor_id, request_id)
			WHERE EXISTS (SELECT FROM request r WHERE (r.actor_id, r.request_id) = (asked.actor_id, asked.request_id))
				OR EXISTS (SELECT FROM audit_event e WHERE (e.actor_id, e.request_id) = (asked.actor_id, asked.request_id))),
		(SELECT count(*) FROM letter WHERE sent_at IS NULL)`
	acceptedBy, accepted := columns(j.accepted)
	refusedBy, refused := columns(j.refused)
	err := tx.QueryRow(ctx, counts, acceptedBy, accepted, refusedBy, refused).Scan(&t.Requests, &t.Lost, &t.Ghosts, &t.Unsent)
	if err != nil {
		return Trail{}, err
	}
	rows, err := tx.Query(ctx, `SELECT method FROM request r WHERE NOT EXISTS
		(SELECT FROM audit_event e WHERE (e.actor_id, e.request_id) = (r.actor_id, r.request_id))`)
	if err != nil {
		return Trail{}, err
	}
	if t.Silent, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
		return Trail{}, err
	}
	if rows, err = tx.Query(ctx, `SELECT kind, count(*) FROM letter GROUP BY kind`); err != nil {
		return Trail{}, err
	}
	var kind string
	var count int
	_, err = pgx.ForEachRow(rows, []any{&kind, &count}, func() error {
		t.Letters[kind] = count
		return nil
	})
	if err != nil {
		return Trail{}, err
	}
	return t, t.readTurns(ctx, tx)
}

// readTurns adds what was delivered to whom, and what changed after decisions.
func (t *Trail) readTurns(ctx context.Context, tx pgx.Tx) error {
	rows, err := tx.Query(ctx, `SELECT letter_id::text, channel, recipient, state FROM letter_delivery`)
	if err != nil {
		return err
	}
	deliveries, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Delivery])
	if err != nil {
		return err
	}
	t.Deliveries = map[string][]Delivery{}
	for _, d := range deliveries {
		t.Deliveries[d.LetterID] = append(t.Deliveries[d.LetterID], d)
	}
	rows, err = tx.Query(ctx, `SELECT id::text, case_id::text, outcome, before_ore, amount_ore, changed_at, appeal_id IS NOT NULL
		FROM award_change ORDER BY changed_at, id`)
	if err != nil {
		return err
	}
	changes, err := pgx.CollectRows(rows, pgx.RowToStructByPos[AwardChange])
	t.AwardChanges = map[string][]AwardChange{}
	for _, c := range changes {
		t.AwardChanges[c.CaseID] = append(t.AwardChanges[c.CaseID], c)
	}
	return err
}

// columns lays requests out as two arrays, which is how a query takes them.
func columns(requests []request) (actors, ids []string) {
	for _, r := range requests {
		actors, ids = append(actors, r.actor), append(ids, r.id)
	}
	return actors, ids
}
