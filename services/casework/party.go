package casework

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"saakorn/services/casework/db"
	"saakorn/services/enterprise"
	"saakorn/services/platform/access"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/letter"
	"saakorn/services/scheme"
)

// Party is an enterprise that the case concerns directly (fvl. § 2 first paragraph e): whoever applied,
// or somebody that an officer has added. Each is told of decisions and can appeal them.
type Party struct {
	EnterpriseID uuid.UUID
	Applicant    bool
	// Reason, AddedBy and AddedAt are empty for the applicant.
	Reason, AddedBy string
	AddedAt         time.Time
}

// PartyNotification is that a party was told of something that can be appealed.
type PartyNotification struct {
	ID, EnterpriseID, LetterID uuid.UUID
	// NotifiedAt is when the letter had reached the party in every way it was sent.
	NotifiedAt time.Time
	// AppealDeadline is the last date for this party's appeal, Europe/Oslo.
	AppealDeadline calendar.Date
}

// parties returns the applicant, and then the others in the order in which they were added.
func parties(ctx context.Context, q Querier, c Case) ([]Party, error) {
	rows, err := db.New(q).ListParties(ctx, c.ID)
	if err != nil {
		return nil, fmt.Errorf("list parties: %w", err)
	}
	list := []Party{{EnterpriseID: c.EnterpriseID, Applicant: true}}
	for _, row := range rows {
		list = append(list, Party{EnterpriseID: row.EnterpriseID, Reason: row.Reason, AddedBy: row.AddedBy, AddedAt: row.AddedAt})
	}
	return list, nil
}

func loadNotifications(ctx context.Context, q Querier, caseID uuid.UUID) ([]PartyNotification, error) {
	rows, err := db.New(q).ListNotifications(ctx, caseID)
	if err != nil {
		return nil, fmt.Errorf("list notifications: %w", err)
	}
	list := make([]PartyNotification, 0, len(rows))
	for _, row := range rows {
		list = append(list, PartyNotification{
			ID: row.ID, EnterpriseID: row.EnterpriseID, LetterID: row.LetterID, NotifiedAt: row.NotifiedAt,
			AppealDeadline: decodeDate(row.AppealDeadline.Time),
		})
	}
	return list, nil
}

// appealDeadline returns the last date for an appeal by the party; false while it has not been told
// of anything that it can appeal.
func (f File) appealDeadline(party uuid.UUID) (calendar.Date, bool) {
	var last calendar.Date
	for _, n := range f.Notifications {
		if n.EnterpriseID == party && n.AppealDeadline.After(last) {
			last = n.AppealDeadline
		}
	}
	return last, !last.IsZero()
}

// lastDeadline returns when the last appeal period has run out; the zero date while none runs.
func (f File) lastDeadline() calendar.Date {
	var last calendar.Date
	for _, n := range f.Notifications {
		if n.AppealDeadline.After(last) {
			last = n.AppealDeadline
		}
	}
	return last
}

// isParty tells whether the enterprise is one of the parties.
func (f File) isParty(enterpriseID uuid.UUID) bool {
	return slices.ContainsFunc(f.Parties, func(p Party) bool { return p.EnterpriseID == enterpriseID })
}

// CheckAddParty says whether the enterprise can become a party to the case now. Once the case has been
// decided it is too late: whoever should have been told is told by a new decision.
func CheckAddParty(f File, enterpriseID uuid.UUID) error {
	switch {
	case f.Step == Closed:
		return fault.NewPrecondition("CASE_CLOSED", "the case is closed")
	case f.DecidedAt != nil:
		return fault.NewPrecondition("DECIDED", "the case has been decided: parties are added before that")
	case f.isParty(enterpriseID):
		return fault.Field("enterprise_id", "IS_A_PARTY", "the enterprise is a party to the case already")
	}
	return nil
}

// unrecorded returns the letters that have told a party of what it can appeal and that no notification
// has been recorded for, those that reached their party first coming first.
func (f File) unrecorded(letters []letter.Letter) []letter.Letter {
	recorded := map[uuid.UUID]bool{}
	for _, n := range f.Notifications {
		recorded[n.LetterID] = true
	}
	fresh := slices.DeleteFunc(slices.Clone(letters), func(l letter.Letter) bool {
		return l.SentAt == nil || l.PartyID == uuid.Nil || recorded[l.ID] || !scheme.LetterKey(l.Kind).Appealable()
	})
	slices.SortFunc(fresh, func(a, b letter.Letter) int { return a.SentAt.Compare(*b.SentAt) })
	return fresh
}

// StartAppealPeriod records which parties have been notified since the last time, which starts the
// appeal period of each. When every party has been told of the decision the case has been notified.
func (p *Proceeding) StartAppealPeriod(ctx context.Context, applicationID uuid.UUID) error {
	return p.change(ctx, applicationID, "PARTY_NOTIFIED", func(ctx context.Context, tx pgx.Tx, f *File, rules *scheme.Definition, _ time.Time) (any, error) {
		letters, err := letter.OfApplication(ctx, tx, applicationID)
		if err != nil {
			return nil, err
		}
		fresh := f.unrecorded(letters)
		for _, l := range fresh {
			if err := recordNotification(ctx, tx, f, l, rules); err != nil {
				return nil, err
			}
		}
		told := f.NotifiedAt == nil && f.told(sentKeys(letters))
		if told {
			last := f.Notifications[len(f.Notifications)-1].NotifiedAt
			f.NotifiedAt = &last
		}
		if len(fresh) == 0 && !told {
			return nil, errDone
		}
		f.AppealDeadline = f.lastDeadline()
		due := f.AppealDeadline.End()
		f.DueAt = &due
		if told && f.Outcome.Awards() {
			if err := p.Grants.Offer(ctx, tx, f.news(), p.Clock.Now()); err != nil {
				return nil, err
			}
		}
		return map[string]any{"parties": len(fresh), "appeal_deadline": f.AppealDeadline.String()}, nil
	})
}

func recordNotification(ctx context.Context, tx pgx.Tx, f *File, l letter.Letter, rules *scheme.Definition) error {
	n := PartyNotification{
		ID: uuid.Must(uuid.NewV7()), EnterpriseID: l.PartyID, LetterID: l.ID, NotifiedAt: *l.SentAt,
		AppealDeadline: rules.Deadlines.AppealDeadline(*l.SentAt),
	}
	_, err := db.New(tx).InsertNotification(ctx, db.InsertNotificationParams{
		ID: n.ID, CaseID: f.ID, EnterpriseID: n.EnterpriseID, LetterID: n.LetterID, NotifiedAt: n.NotifiedAt,
		AppealDeadline: encodeDate(n.AppealDeadline),
	})
	if err != nil {
		return fmt.Errorf("record a notification: %w", err)
	}
	f.Notifications = append(f.Notifications, n)
	return nil
}

// told tells whether every party has been sent the decision.
func (f File) told(sent map[string]bool) bool {
	return !slices.ContainsFunc(f.decisionLetters(), func(w wantedLetter) bool { return !sent[w.key] })
}

func sentKeys(letters []letter.Letter) map[string]bool {
	sent := map[string]bool{}
	for _, l := range letters {
		sent[l.Key] = l.SentAt != nil
	}
	return sent
}

// theirs returns which parties to the application's case the caller may act for, the applicant first;
// without a case the applicant is the only party. It asks other contexts, and so is called before a
// transaction.
func (s *Server) theirs(ctx context.Context, applicationID uuid.UUID, may func(enterprise.Right) bool) ([]uuid.UUID, error) {
	a, err := s.Applications.Submission(ctx, s.Pool, applicationID)
	if err != nil {
		return nil, err
	}
	ids := []uuid.UUID{a.EnterpriseID}
	c, found, err := s.Store.Find(ctx, s.Pool, applicationID)
	if err != nil {
		return nil, err
	}
	if found {
		list, err := parties(ctx, s.Pool, c)
		if err != nil {
			return nil, err
		}
		for _, p := range list[1:] {
			ids = append(ids, p.EnterpriseID)
		}
	}
	caller, _ := access.From(ctx)
	var mine []uuid.UUID
	for _, id := range ids {
		right, err := s.Enterprises.Right(ctx, caller.ID, id)
		if err != nil {
			return nil, err
		}
		if may(right) {
			mine = append(mine, id)
		}
	}
	return mine, nil
}

// seenParties returns the parties whose letters and appeals the caller may see; all is true for staff.
// Somebody who may act for no party learns nothing of the application.
func (s *Server) seenParties(ctx context.Context, applicationID uuid.UUID) (mine []uuid.UUID, all bool, err error) {
	caller, _ := access.From(ctx)
	if caller.Has(access.Staff()...) {
		if _, err := s.Applications.Submission(ctx, s.Pool, applicationID); err != nil {
			return nil, false, err
		}
		return nil, true, s.CheckImpartial(ctx, applicationID)
	}
	mine, err = s.theirs(ctx, applicationID, enterprise.Right.CanRead)
	if err == nil && len(mine) == 0 {
		return nil, false, fault.NewNotFound("application")
	}
	return mine, false, err
}

// applicant returns the enterprise that applied.
func (s *Server) applicant(ctx context.Context, applicationID uuid.UUID) (uuid.UUID, error) {
	a, err := s.Applications.Submission(ctx, s.Pool, applicationID)
	return a.EnterpriseID, err
}

// partyOf returns whose letter it is: one that notifies no party was to the applicant, before there was
// a case.
func partyOf(l letter.Letter, applicant uuid.UUID) uuid.UUID {
	if l.PartyID == uuid.Nil {
		return applicant
	}
	return l.PartyID
}

// appellant returns the party for which the caller appeals.
func (s *Server) appellant(ctx context.Context, applicationID uuid.UUID) (uuid.UUID, error) {
	readable, err := s.theirs(ctx, applicationID, enterprise.Right.CanRead)
	if err != nil {
		return uuid.Nil, err
	}
	if len(readable) == 0 {
		return uuid.Nil, fault.NewNotFound("application")
	}
	editable, err := s.theirs(ctx, applicationID, enterprise.Right.CanEdit)
	if err != nil {
		return uuid.Nil, err
	}
	if len(editable) == 0 {
		return uuid.Nil, fault.NewDenied("READER_ONLY", "you may read for this enterprise: ask its administrator for the right to edit")
	}
	return editable[0], nil
}
