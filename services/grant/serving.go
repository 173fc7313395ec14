package grant

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/application"
	"saakorn/services/correspondence"
	"saakorn/services/enterprise"
	"saakorn/services/journal"
	"saakorn/services/platform/access"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/clock"
	"saakorn/services/platform/command"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/nationalid"
	"saakorn/services/scheme"
)

// Schemes knows the rules and the frame.
type Schemes interface {
	Rules
	Editions(ctx context.Context, q scheme.Querier) ([]scheme.Edition, error)
	Bind(ctx context.Context, tx pgx.Tx, schemeID string, grantYear int, amountOre int64, continuation bool) error
	Release(ctx context.Context, tx pgx.Tx, schemeID string, grantYear int, amountOre int64, continuation bool) error
}

// Enterprises knows the enterprises and who may act for whom.
type Enterprises interface {
	Register
	Right(ctx context.Context, personID string, enterpriseID uuid.UUID) (enterprise.Right, error)
	IDsForPerson(ctx context.Context, personID string) ([]uuid.UUID, error)
}

// AddressBook takes on new contacts of an enterprise.
type AddressBook interface {
	Add(ctx context.Context, tx pgx.Tx, enterpriseID uuid.UUID, c correspondence.Contact, others []correspondence.Contact, now time.Time) error
}

// MoneyFacts tells what has been paid of an award. It reads in the caller's transaction.
type MoneyFacts interface {
	Paid(ctx context.Context, q Querier, awardID uuid.UUID) (Paid, error)
}

// Payees takes on accounts that enterprises want to be paid to. Its faults name the field "number".
type Payees interface {
	Propose(ctx context.Context, tx pgx.Tx, enterpriseID uuid.UUID, number string, now time.Time) error
}

// ReportFacts tells how far the reports on an award have come. It reads in the caller's transaction.
type ReportFacts interface {
	Reported(ctx context.Context, q Querier, awardID uuid.UUID) (Reported, error)
}

// Unkept are the facts of an award that nobody keeps: nothing of it is known, so nothing is settled.
type Unkept struct{}

// Paid returns that nothing is known.
func (Unkept) Paid(context.Context, Querier, uuid.UUID) (Paid, error) { return Paid{}, nil }

// Reported returns that nothing is known.
func (Unkept) Reported(context.Context, Querier, uuid.UUID) (Reported, error) {
	return Reported{}, nil
}

// Roster knows who is away.
type Roster interface {
	// Away returns who is away today, each with who stands in for them.
	Away(ctx context.Context) (map[string]string, error)
}

// Server is what the services of the grant share.
type Server struct {
	Pool        *pgxpool.Pool
	Store       Store
	Schemes     Schemes
	Enterprises Enterprises
	Submissions Submissions
	AddressBook AddressBook
	Money       MoneyFacts
	Payees      Payees
	Reports     ReportFacts
	Followers   Followers
	Roster      Roster
	Waker       Waker
	Journal     Journal
	Clock       clock.Clock
}

func (s *Server) runner() command.Runner { return command.Runner{Pool: s.Pool, Clock: s.Clock} }

// staff are the roles that see every lifecycle.
func staff() []saakornv1.Role {
	return append(access.Staff(), saakornv1.Role_ROLE_PAYMENT_APPROVER)
}

func isStaff(ctx context.Context) bool {
	caller, _ := access.From(ctx)
	return caller.Has(staff()...)
}

// checkTheirs refuses whoever may not see what belongs to the enterprise, or may not edit for it.
func (s *Server) checkTheirs(ctx context.Context, enterpriseID uuid.UUID, what string, edit bool) error {
	caller, _ := access.From(ctx)
	if !edit && caller.Has(staff()...) {
		return nil
	}
	right, err := s.Enterprises.Right(ctx, caller.ID, enterpriseID)
	switch {
	case err != nil:
		return err
	case !right.CanRead() && caller.Has(staff()...):
		return fault.NewDenied("NOT_YOURS", "only somebody who may act for the enterprise does this")
	case !right.CanRead():
		return fault.NewNotFound(what)
	case edit && !right.CanEdit():
		return fault.NewDenied("READER_ONLY", "you may read for this enterprise: ask its administrator for the right to edit")
	}
	return nil
}

// award returns the award for somebody who may see it, or who may edit for its enterprise.
func (s *Server) award(ctx context.Context, q Querier, id string, edit bool) (Award, error) {
	a, err := s.Store.Award(ctx, q, uuid.MustParse(id))
	if err != nil {
		return Award{}, err
	}
	return a, s.checkTheirs(ctx, a.EnterpriseID, "award", edit)
}

// changeAward carries out a mutation of one award: its lifecycle is locked, the change is made and recorded,
// and the procedure is told to look again. Without an etag whatever is there is changed.
func (s *Server) changeAward(ctx context.Context, tx pgx.Tx, id uuid.UUID, etag, action string, do func(f *File, now time.Time) (before, after any, err error)) (File, error) {
	a, err := s.Store.LockAward(ctx, tx, id)
	if err != nil {
		return File{}, err
	}
	if etag != "" && etag != a.Etag() {
		return File{}, fault.NewConflict(a.Etag())
	}
	rules, err := s.Schemes.Definition(ctx, a.SchemeID, a.SchemeVersion)
	if err != nil {
		return File{}, err
	}
	f, err := s.Store.file(ctx, tx, a, rules)
	if err != nil {
		return f, err
	}
	now := s.Clock.Now()
	before, after, err := do(&f, now)
	if err != nil {
		return f, err
	}
	if err := saveAward(ctx, tx, &f.Award); err != nil {
		return f, err
	}
	if err := recordAward(ctx, tx, f.Award, action, now, before, after); err != nil {
		return f, err
	}
	if err := s.Followers.tell(ctx, tx, f.Award, now); err != nil {
		return f, err
	}
	return f, s.Waker.Wake(ctx, tx, subject(f.LifecycleID), now)
}

// changeLifecycle carries out a mutation of one lifecycle, as [Server.changeAward] does of an award.
func (s *Server) changeLifecycle(ctx context.Context, tx pgx.Tx, id, etag, action string, do func(l *Lifecycle, now time.Time) (before, after any, err error)) (Lifecycle, error) {
	l, err := s.Store.LockLifecycle(ctx, tx, uuid.MustParse(id))
	if err != nil {
		return l, err
	}
	if etag != "" && etag != l.Etag() {
		return l, fault.NewConflict(l.Etag())
	}
	now := s.Clock.Now()
	before, after, err := do(&l, now)
	if err != nil {
		return l, err
	}
	if err := saveLifecycle(ctx, tx, &l); err != nil {
		return l, err
	}
	if err := recordLifecycle(ctx, tx, l.ID, action, now, before, after); err != nil {
		return l, err
	}
	return l, s.Waker.Wake(ctx, tx, subject(l.ID), now)
}

// renumbered brings the year numbers of the award's lifecycle in line after an answer, and returns the award as
// it then is.
func (s *Server) renumbered(ctx context.Context, tx pgx.Tx, a Award) (Award, error) {
	l, err := s.Store.Lifecycle(ctx, tx, a.LifecycleID)
	if err != nil {
		return a, err
	}
	if err := (Keeper{Rules: s.Schemes}).renumber(ctx, tx, l); err != nil {
		return a, err
	}
	return s.Store.Award(ctx, tx, a.ID)
}

// newest returns the rules that a lifecycle goes by: those of its newest award, or the scheme's newest.
func (s *Server) newest(ctx context.Context, q Querier, l Lifecycle, awards []Award) (*scheme.Definition, error) {
	if n := len(awards); n > 0 {
		return s.Schemes.Definition(ctx, awards[n-1].SchemeID, awards[n-1].SchemeVersion)
	}
	editions, err := s.Schemes.Editions(ctx, q)
	if err != nil {
		return nil, err
	}
	for _, e := range editions {
		if e.SchemeID == l.SchemeID {
			return s.Schemes.Definition(ctx, e.SchemeID, e.Version)
		}
	}
	return nil, fault.NewNotFound("scheme")
}

// journalFromParty writes what the enterprise has sent in the journal.
func (s *Server) journalFromParty(ctx context.Context, tx pgx.Tx, a Award, source, title string, now time.Time) error {
	title += " i sak " + a.CaseNumber
	return s.Journal.Write(ctx, tx, journal.Entry{
		Source: source, ApplicationID: a.ApplicationID, Type: journal.Incoming, Title: title, PublicTitle: title,
		Correspondents: []journal.Correspondent{journal.Party(journal.Sender)}, WrittenAt: now,
	})
}

// journalWithin writes what somebody in the house has written in the journal.
func (s *Server) journalWithin(ctx context.Context, tx pgx.Tx, a Award, t journal.Type, source, title string, now time.Time) error {
	caller, _ := access.From(ctx)
	title += " i sak " + a.CaseNumber
	return s.Journal.Write(ctx, tx, journal.Entry{
		Source: source, ApplicationID: a.ApplicationID, Type: t, Title: title, PublicTitle: title,
		Correspondents: []journal.Correspondent{journal.Colleague(journal.InternalSender, caller.Name)}, WrittenAt: now,
	})
}

// journalFromBody writes what the appeal body has decided in the journal.
func (s *Server) journalFromBody(ctx context.Context, tx pgx.Tx, f File, source string, now time.Time) error {
	title := "Avgjørelse fra klageinstansen i sak " + f.CaseNumber
	return s.Journal.Write(ctx, tx, journal.Entry{
		Source: source, ApplicationID: f.ApplicationID, Type: journal.Incoming, Title: title, PublicTitle: title,
		Correspondents: []journal.Correspondent{{Role: journal.Sender, Name: f.Rules.AppealBody.Nb}}, WrittenAt: now,
	})
}

// checkTexts refuses texts in which a national identity number stands (R78).
func checkTexts(fields map[string]string) error {
	var wrong []fault.Violation
	for field, text := range fields {
		if len(nationalid.Find(text)) > 0 {
			wrong = append(wrong, fault.Violation{
				Field: field, Reason: "NATIONAL_IDENTITY_NUMBER", Description: "leave out national identity numbers: nobody is to be recognised here",
			})
		}
	}
	if len(wrong) > 0 {
		return fault.NewInvalid(wrong...)
	}
	return nil
}

// parseDate reads a date of a request; empty gives the zero date.
func parseDate(field, text string) (calendar.Date, error) {
	if text == "" {
		return calendar.Date{}, nil
	}
	d, err := calendar.Parse(text)
	if err != nil {
		return d, fault.Field(field, "NO_SUCH_DATE", "give a date of the calendar, as 2019-11-30")
	}
	return d, nil
}

func contactsOf(s application.Submission) []correspondence.Contact {
	list := make([]correspondence.Contact, 0, len(s.Content.GetContacts()))
	for _, c := range s.Content.GetContacts() {
		list = append(list, correspondence.Contact{Name: c.GetName(), Email: c.GetEmail(), Phone: c.GetPhone(), Role: c.GetRole()})
	}
	return list
}
