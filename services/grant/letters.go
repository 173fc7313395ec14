package grant

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"saakorn/services/application"
	"saakorn/services/enterprise"
	"saakorn/services/journal"
	"saakorn/services/platform/audit"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/letter"
	"saakorn/services/platform/person"
	"saakorn/services/scheme"
)

// WriteLetter writes the letter that has been called for the longest and has not been sent, and returns its
// identifier; Nil when there is none.
func (c *Course) WriteLetter(ctx context.Context, lifecycleID uuid.UUID) (uuid.UUID, error) {
	var id uuid.UUID
	err := c.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := c.Store.LockLifecycle(ctx, tx, lifecycleID); err != nil {
			return err
		}
		f, err := c.facts(ctx, tx, lifecycleID)
		if err != nil {
			return err
		}
		n, ok := f.nextNote()
		if !ok {
			return nil
		}
		id, err = c.write(ctx, tx, f, n)
		return err
	})
	if err != nil {
		return uuid.Nil, fmt.Errorf("write a letter: %w", err)
	}
	return id, nil
}

// nextNote returns the letter that comes next, in the order in which the facts call for them.
func (f Facts) nextNote() (note, bool) {
	for _, n := range f.notes(f.AsOf) {
		if !f.Sent[n.key] && !n.at.After(f.AsOf) {
			return n, true
		}
	}
	return note{}, false
}

func (c *Course) write(ctx context.Context, tx pgx.Tx, f Facts, n note) (uuid.UUID, error) {
	l, err := c.compose(ctx, tx, f, n)
	if err != nil {
		return uuid.Nil, err
	}
	id, written, err := letter.Write(ctx, tx, l)
	if err != nil || !written {
		return id, err
	}
	err = c.Journal.Write(ctx, tx, journal.Entry{
		Source: journal.LetterSource(id), ApplicationID: l.ApplicationID, Type: journal.Outgoing, Title: l.Subject,
		PublicTitle: "Brev i sak om tilskudd", Correspondents: n.correspondents(), WrittenAt: l.CreatedAt,
	})
	if err != nil {
		return uuid.Nil, err
	}
	return id, audit.Record(ctx, tx, audit.Event{
		Action: "LETTER_WRITTEN", OccurredAt: f.AsOf, SubjectKind: "letter", SubjectID: id, ApplicationID: l.ApplicationID,
		After: map[string]any{"kind": n.kind, "language": l.Language},
	})
}

// correspondents are whom the letter is to: the party, and of a referral the appeal body with a copy to the party.
func (n note) correspondents() []journal.Correspondent {
	if n.kind != scheme.LetterMeasureAppealReferral {
		return []journal.Correspondent{journal.Party(journal.Recipient)}
	}
	return []journal.Correspondent{
		{Role: journal.Recipient, Name: n.award.Rules.AppealBody.In(scheme.Bokmal)}, journal.Party(journal.CopyRecipient),
	}
}

func (c *Course) compose(ctx context.Context, tx pgx.Tx, f Facts, n note) (letter.Letter, error) {
	e, err := c.Enterprises.Enterprise(ctx, f.Lifecycle.EnterpriseID)
	if err != nil {
		return letter.Letter{}, err
	}
	call, err := c.Rounds.Call(ctx, tx, n.award.CallID)
	if err != nil {
		return letter.Letter{}, err
	}
	recipients, err := c.recipients(ctx, tx, n.award)
	if err != nil {
		return letter.Letter{}, err
	}
	officer, decider := n.signatories(f.Lifecycle)
	names, err := person.Names(ctx, tx, []string{officer, decider})
	if err != nil {
		return letter.Letter{}, err
	}
	data := letterData(f, n, e, call)
	data.CaseOfficer, data.DecisionMaker = names[officer], names[decider]
	referredTo := ""
	if n.kind == scheme.LetterMeasureAppealReferral {
		referredTo = n.award.Rules.Referral.Email
		if data.Documents, err = c.documents(ctx, tx, n, e.Language); err != nil {
			return letter.Letter{}, err
		}
	}
	template, _ := n.award.Rules.Letter(n.kind)
	text, err := n.award.Rules.RenderLetter(n.kind, e.Language, data)
	if err != nil {
		return letter.Letter{}, err
	}
	l := letter.Letter{
		Key: n.key, ApplicationID: n.award.ApplicationID, Kind: string(n.kind), Language: e.Language, Subject: text.Subject,
		Recipients: recipients, CreatedAt: f.AsOf, Formal: template.Mailbox, ReferredTo: referredTo,
		Head: letter.Head{
			Recipient: e.Name, OrganizationNumber: e.OrganizationNumber.String(), CaseNumber: n.award.CaseNumber,
			Sender: n.award.Rules.Administrator.In(e.Language),
		},
	}
	for _, part := range text.Parts {
		l.Parts = append(l.Parts, letter.Part{Heading: part.Heading, Body: part.Body})
	}
	if len(l.Recipients) == 0 {
		// A party that nobody can be told of must not pass for told.
		return letter.Letter{}, fmt.Errorf("the application %s names nobody to write to", n.award.Reference)
	}
	return l, nil
}

// documents lists the documents of the case as they were when the appeal was decided to be forwarded.
func (c *Course) documents(ctx context.Context, tx pgx.Tx, n note, language string) ([]scheme.LetterDocument, error) {
	entries, err := c.Journal.Documents(ctx, tx, n.award.ApplicationID, *n.appeal.DecidedAt)
	if err != nil {
		return nil, err
	}
	list := make([]scheme.LetterDocument, 0, len(entries))
	for _, e := range entries {
		list = append(list, scheme.LetterDocument{Reference: e.Reference(), Date: scheme.FormatDate(e.DocumentDate, language), Title: e.PublicTitle})
	}
	return list, nil
}

// recipients returns the addresses of the enterprise's contacts as they are now, and those named in the
// application when the enterprise has named none since.
func (c *Course) recipients(ctx context.Context, tx pgx.Tx, a File) ([]string, error) {
	named, err := c.Contacts.Recipients(ctx, tx, a.EnterpriseID)
	if err != nil || len(named) > 0 {
		return named, err
	}
	s, err := c.Submissions.Submission(ctx, tx, a.ApplicationID)
	if err != nil {
		return nil, err
	}
	return application.Recipients(s.Content), nil
}

// signatories are those whose names stand under the letter: who prepared what it tells, and who decided.
func (n note) signatories(l Lifecycle) (officer, decider string) {
	switch {
	case n.appeal != nil:
		return n.appeal.PreparedBy, n.appeal.DecidedBy
	case n.change != nil:
		return n.change.RecommendedBy, n.change.DecidedBy
	case n.measure != nil && n.kind == scheme.LetterMeasureNotice:
		return n.measure.NotifiedBy, ""
	case n.measure != nil:
		return n.measure.RecommendedBy, n.measure.DecidedBy
	case n.lift != nil:
		return n.lift.LiftPreparedBy, n.lift.LiftedBy
	case n.extension != nil:
		return n.extension.ExtendedBy, ""
	case n.kind == scheme.LetterGrantEnded:
		return l.Exit.PreparedBy, l.Exit.DecidedBy
	case n.kind == scheme.LetterGrant:
		return n.award.RecommendedBy, n.award.DecidedBy
	}
	return l.OwnerID, ""
}

func letterData(f Facts, n note, e enterprise.Enterprise, call scheme.Call) scheme.LetterData {
	language, a, rules := e.Language, n.award, n.award.Rules
	today := calendar.On(f.AsOf)
	data := scheme.LetterData{
		EnterpriseName: e.Name, OrganizationNumber: e.OrganizationNumber.String(), Reference: a.Reference, CaseNumber: a.CaseNumber,
		CallTitle: call.Title.In(language), GrantYear: strconv.Itoa(a.GrantYear), Amount: scheme.FormatAmount(a.AmountOre, language),
		Date: scheme.FormatDate(calendar.On(n.at), language), Deadline: scheme.FormatDate(a.AcceptBy, language),
		AppealWeeks: strconv.Itoa(rules.Deadlines.AppealWeeks), AppealBody: rules.AppealBody.In(language),
		Administrator: rules.Administrator.In(language), Statute: rules.StatutesOn(today),
		AwardLetterData: scheme.AwardLetterData{MaxYears: strconv.Itoa(rules.GrantYears.Max), SpendBy: scheme.FormatDate(a.SpendBy, language)},
	}
	if a.YearNumber > 0 {
		data.YearNumber = strconv.Itoa(a.YearNumber)
	}
	switch {
	case n.kind == scheme.LetterGrant:
		for _, c := range a.Conditions {
			data.Conditions = append(data.Conditions, c.Text)
		}
	case n.condition != nil:
		data.Conditions, data.Deadline = []string{n.condition.Text}, scheme.FormatDate(n.condition.DueOn, language)
	case n.demand != nil:
		data.Deadline = scheme.FormatDate(n.demand.DueOn, language)
	case n.extension != nil:
		data.Reasons, data.Deadline = n.extension.Reason, scheme.FormatDate(n.extension.Until, language)
	case n.appeal != nil:
		n.appealData(&data, language)
	case n.change != nil:
		data.ChangeKind, data.Reasons = string(n.change.Kind), n.change.Reasons
	case n.measure != nil:
		n.measureData(&data, language)
	case n.lift != nil:
		data.Reasons = n.lift.LiftReason
	case n.kind == scheme.LetterGrantEnded:
		data.Reasons = f.Lifecycle.Exit.Reasons
		if exit, ok := rules.Awards.Exit(string(f.Lifecycle.Exit.Kind)); ok {
			data.Exit = exit.Title.In(language)
		}
	}
	return data
}

func (n note) measureData(data *scheme.LetterData, language string) {
	m := n.measure
	data.Measure, data.Reasons = string(m.Kind), m.Reasons
	if n.kind == scheme.LetterMeasureNotice {
		data.Reasons, data.Deadline = m.Grounds, scheme.FormatDate(m.CommentBy, language)
	}
	if m.AmountOre > 0 {
		data.Claim = scheme.FormatAmount(m.AmountOre, language)
	}
}

// RecordTold records that the letters about decided measures have been sent, which starts their appeal
// period.
func (c *Course) RecordTold(ctx context.Context, lifecycleID uuid.UUID) error {
	err := c.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := c.Store.LockLifecycle(ctx, tx, lifecycleID); err != nil {
			return err
		}
		f, err := c.facts(ctx, tx, lifecycleID)
		if err != nil {
			return err
		}
		for _, a := range f.Awards {
			for _, m := range a.Measures {
				if m.DecidedAt == nil || m.ToldAt != nil || !f.Sent["measure/"+m.ID.String()] {
					continue
				}
				if err := told(ctx, tx, a.Award, m, f.AsOf); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("record what has been told: %w", err)
	}
	return nil
}

func told(ctx context.Context, tx pgx.Tx, a Award, m Measure, now time.Time) error {
	m.ToldAt = &now
	if err := saveMeasure(ctx, tx, &m); err != nil {
		return err
	}
	return recordAward(ctx, tx, a, "MEASURE_TOLD", now, nil, map[string]any{"measure_id": m.ID})
}
