package followup

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"saakorn/services/enterprise"
	"saakorn/services/followup/db"
	"saakorn/services/grant"
	"saakorn/services/journal"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/letter"
	"saakorn/services/scheme"
)

// WriteInvitation writes the letter that tells of a check-in, once for each planned date, and returns its
// identifier; Nil when there is nothing to write any more.
func (p *Proceeding) WriteInvitation(ctx context.Context, checkinID uuid.UUID) (uuid.UUID, error) {
	return p.write(ctx, func(ctx context.Context, tx pgx.Tx) (note, error) {
		c, err := lockCheckin(ctx, tx, checkinID)
		if err != nil || c.State != Planned {
			return note{}, err
		}
		return note{
			lifecycleID: c.LifecycleID, kind: scheme.LetterCheckinInvitation, key: fmt.Sprintf("checkin-invitation/%s/%s", c.ID, c.PlannedOn), checkin: c.PlannedOn,
		}, nil
	})
}

// MarkInvited records that the enterprise has been told of the check-in.
func (p *Proceeding) MarkInvited(ctx context.Context, checkinID uuid.UUID) error {
	err := p.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		c, err := lockCheckin(ctx, tx, checkinID)
		if err != nil || c.State != Planned || c.InvitedAt != nil {
			return err
		}
		now := p.Clock.Now()
		c.InvitedAt = &now
		if err := saveCheckin(ctx, tx, &c); err != nil {
			return err
		}
		return record(ctx, tx, "checkin", c.ID, "CHECKIN_INVITED", now, nil, map[string]any{"planned_on": c.PlannedOn.String()})
	})
	if err != nil {
		return fmt.Errorf("record an invitation: %w", err)
	}
	return nil
}

// WriteQuestion writes the letter that asks how it goes after the grant.
func (p *Proceeding) WriteQuestion(ctx context.Context, questionID uuid.UUID) (uuid.UUID, error) {
	return p.writeQuestion(ctx, questionID, scheme.LetterAfterQuestion, "after-question/", QuestionPlanned)
}

// WriteReminder writes the one reminder of the question.
func (p *Proceeding) WriteReminder(ctx context.Context, questionID uuid.UUID) (uuid.UUID, error) {
	return p.writeQuestion(ctx, questionID, scheme.LetterAfterReminder, "after-reminder/", Asked)
}

func (p *Proceeding) writeQuestion(ctx context.Context, id uuid.UUID, kind scheme.LetterKey, prefix string, in QuestionState) (uuid.UUID, error) {
	return p.write(ctx, func(ctx context.Context, tx pgx.Tx) (note, error) {
		row, err := db.New(tx).LockAfterQuestion(ctx, id)
		if err != nil {
			return note{}, notFound("question", err)
		}
		if QuestionState(row.State) != in {
			return note{}, nil
		}
		return note{lifecycleID: row.LifecycleID, kind: kind, key: prefix + id.String(), months: int(row.Months)}, nil
	})
}

// note is a letter to be written; the zero note is none.
type note struct {
	lifecycleID uuid.UUID
	kind        scheme.LetterKey
	key         string
	checkin     calendar.Date
	months      int
}

func (p *Proceeding) write(ctx context.Context, which func(context.Context, pgx.Tx) (note, error)) (id uuid.UUID, err error) {
	err = p.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		n, err := which(ctx, tx)
		if err != nil || n.key == "" {
			return err
		}
		l, err := p.Grants.Lifecycle(ctx, tx, n.lifecycleID)
		if err != nil {
			return err
		}
		awards, err := p.Grants.Awards(ctx, tx, l.ID)
		if err != nil {
			return err
		}
		if len(awards) == 0 {
			return fmt.Errorf("the lifecycle %s has no award to write about", l.ID)
		}
		id, err = p.writeNote(ctx, tx, l, awards, n)
		return err
	})
	if err != nil {
		return uuid.Nil, fmt.Errorf("write a letter of the follow-up: %w", err)
	}
	return id, nil
}

func (p *Proceeding) writeNote(ctx context.Context, tx pgx.Tx, l grant.Lifecycle, awards []grant.Award, n note) (uuid.UUID, error) {
	newest := awards[len(awards)-1]
	rules, err := newestRules(ctx, p.Schemes, l, awards)
	if err != nil {
		return uuid.Nil, err
	}
	// In the transaction, which the register joins.
	e, err := p.Enterprises.Enterprise(ctx, l.EnterpriseID)
	if err != nil {
		return uuid.Nil, err
	}
	recipients, err := p.recipients(ctx, tx, l, newest)
	if err != nil {
		return uuid.Nil, err
	}
	if len(recipients) == 0 {
		return uuid.Nil, fmt.Errorf("the enterprise of lifecycle %s names nobody to write to", l.ID)
	}
	now := p.Clock.Now()
	text, err := rules.RenderLetter(n.kind, e.Language, noteData(n, rules, e, newest, now))
	if err != nil {
		return uuid.Nil, err
	}
	w := letter.Letter{
		Key: n.key, ApplicationID: newest.ApplicationID, Kind: string(n.kind), Language: e.Language, Subject: text.Subject, Recipients: recipients,
		CreatedAt: now, Head: letter.Head{Recipient: e.Name, OrganizationNumber: e.OrganizationNumber.String(), Sender: rules.Administrator.In(e.Language)},
	}
	for _, part := range text.Parts {
		w.Parts = append(w.Parts, letter.Part{Heading: part.Heading, Body: part.Body})
	}
	id, written, err := letter.Write(ctx, tx, w)
	if err != nil || !written {
		return id, err
	}
	err = p.Journal.Write(ctx, tx, journal.Entry{
		Source: journal.LetterSource(id), ApplicationID: newest.ApplicationID, Type: journal.Outgoing, Title: w.Subject,
		PublicTitle: "Brev om oppfølging av tilskudd", Correspondents: []journal.Correspondent{journal.Party(journal.Recipient)}, WrittenAt: now,
	})
	if err != nil {
		return id, err
	}
	return id, record(ctx, tx, "letter", id, "LETTER_WRITTEN", now, nil, map[string]any{"kind": n.kind, "language": w.Language})
}

func noteData(n note, rules *scheme.Definition, e enterprise.Enterprise, newest grant.Award, now time.Time) scheme.LetterData {
	today := calendar.On(now)
	return scheme.LetterData{
		EnterpriseName: e.Name, OrganizationNumber: e.OrganizationNumber.String(), GrantYear: strconv.Itoa(newest.GrantYear),
		Date: scheme.FormatDate(today, e.Language), Administrator: rules.Administrator.In(e.Language), Statute: rules.StatutesOn(today),
		FollowupLetterData: scheme.FollowupLetterData{CheckinDate: scheme.FormatDate(n.checkin, e.Language), MonthsAfter: strconv.Itoa(n.months)},
	}
}
