package casework

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"saakorn/services/enterprise"
	"saakorn/services/platform/audit"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/letter"
	"saakorn/services/platform/person"
	"saakorn/services/scheme"
)

// wantedLetter is a letter that the facts call for.
type wantedLetter struct {
	kind scheme.LetterKey
	// key is the same for the same letter.
	key string
	// party is whom it is to, or who gets a copy of a letter to the appeal body.
	party uuid.UUID
	// appeal and change are what it is about; nil when it is about neither.
	appeal *Appeal
	change *AwardChange
}

// WriteReceipt writes the letter that confirms the receipt, and returns its identifier.
func (p *Proceeding) WriteReceipt(ctx context.Context, applicationID uuid.UUID) (uuid.UUID, error) {
	return p.write(ctx, applicationID, toApplicant(scheme.LetterReceipt, "receipt/"+applicationID.String()))
}

// WriteWithdrawal writes the letter that confirms a withdrawal.
func (p *Proceeding) WriteWithdrawal(ctx context.Context, applicationID uuid.UUID) (uuid.UUID, error) {
	return p.write(ctx, applicationID, toApplicant(scheme.LetterWithdrawalReceived, "withdrawal/"+applicationID.String()))
}

// WriteInterimReply writes the letter that says when a decision can be expected (fvl. § 11 a).
func (p *Proceeding) WriteInterimReply(ctx context.Context, applicationID uuid.UUID) (uuid.UUID, error) {
	return p.write(ctx, applicationID, toApplicant(scheme.LetterInterimReply, "interim/"+applicationID.String()))
}

func toApplicant(kind scheme.LetterKey, key string) func(File, map[string]bool) wantedLetter {
	return func(f File, _ map[string]bool) wantedLetter {
		return wantedLetter{kind: kind, key: key, party: f.EnterpriseID}
	}
}

// WriteDecision writes the decision letter: one for each decision and party. It returns the first that
// has not been sent.
func (p *Proceeding) WriteDecision(ctx context.Context, applicationID uuid.UUID) (uuid.UUID, error) {
	return p.write(ctx, applicationID, func(f File, sent map[string]bool) wantedLetter {
		wanted := f.decisionLetters()
		if i := slices.IndexFunc(wanted, func(w wantedLetter) bool { return !sent[w.key] }); i >= 0 {
			return wanted[i]
		}
		return wanted[0]
	})
}

// decisionLetters are those that tell the parties of the decision.
func (f File) decisionLetters() []wantedLetter {
	d := f.decision()
	if d == nil {
		return nil
	}
	return f.toParties(wantedLetter{kind: decisionLetter(d.Outcome), key: "decision/" + d.ID.String()}, f.EnterpriseID)
}

// toParties returns the letter to every party, to the first one first.
func (f File) toParties(w wantedLetter, first uuid.UUID) []wantedLetter {
	w.party = first
	list := []wantedLetter{w}
	key := w.key
	for _, party := range f.Parties {
		if party.EnterpriseID == first {
			continue
		}
		w.party, w.key = party.EnterpriseID, key+"/"+party.EnterpriseID.String()
		list = append(list, w)
	}
	return list
}

// WriteNotice writes the letter that asks for what is missing.
func (p *Proceeding) WriteNotice(ctx context.Context, applicationID uuid.UUID) (uuid.UUID, error) {
	return p.write(ctx, applicationID, func(f File, _ map[string]bool) wantedLetter {
		return wantedLetter{kind: scheme.LetterDeficiencyNotice, key: noticeKey(f.Notices[0]), party: f.EnterpriseID}
	})
}

// WriteReminder writes the letter that reminds of what is missing.
func (p *Proceeding) WriteReminder(ctx context.Context, applicationID uuid.UUID) (uuid.UUID, error) {
	return p.write(ctx, applicationID, func(f File, _ map[string]bool) wantedLetter {
		return wantedLetter{kind: scheme.LetterDeficiencyReminder, key: reminderKey(f.Notices[0]), party: f.EnterpriseID}
	})
}

// WritePending writes the oldest letter about an extension, an appeal, a reversal or a message that has
// not been sent.
func (p *Proceeding) WritePending(ctx context.Context, applicationID uuid.UUID) (uuid.UUID, error) {
	var unread []uuid.UUID
	err := p.transact(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		unread, err = p.Messages.Unread(ctx, tx, applicationID)
		return err
	})
	if err != nil {
		return uuid.Nil, fmt.Errorf("write a letter: %w", err)
	}
	return p.write(ctx, applicationID, func(f File, sent map[string]bool) wantedLetter {
		pending, _ := f.pendingLetter(sent, unread)
		return pending
	})
}

// pendingLetter returns the oldest letter that extensions, appeals, reversals and unread messages call
// for and that has not been sent; false when every one has. A decision makes a letter about a later
// date superfluous.
func (f File) pendingLetter(sent map[string]bool, unread []uuid.UUID) (wantedLetter, bool) {
	var wanted []wantedLetter
	if i, extended := lastExtension(f.Clock); extended && f.DecidedAt == nil {
		wanted = f.toParties(wantedLetter{kind: scheme.LetterDeadlineExtended, key: fmt.Sprintf("extended/%d", f.Clock[i].ID)}, f.EnterpriseID)
	}
	for _, a := range slices.Backward(f.Appeals) {
		wanted = append(wanted, f.appealLetters(a)...)
	}
	for _, c := range f.AwardChanges {
		if c.AppealID == uuid.Nil {
			wanted = append(wanted, f.toParties(wantedLetter{kind: scheme.LetterReversed, key: "reversed/" + c.ID.String(), change: &c}, f.EnterpriseID)...)
		}
	}
	for _, id := range unread {
		wanted = append(wanted, wantedLetter{kind: scheme.LetterMessageNotice, key: "message-notice/" + id.String(), party: f.EnterpriseID})
	}
	i := slices.IndexFunc(wanted, func(l wantedLetter) bool { return !sent[l.key] })
	if i < 0 {
		return wantedLetter{}, false
	}
	return wanted[i], true
}

// appealLetters are those that the appeal calls for so far. What changes or upholds the decision
// concerns every party; the rest whoever appealed.
func (f File) appealLetters(a Appeal) []wantedLetter {
	id := a.ID.String()
	change := f.changeAfter(a.ID)
	letter := func(kind scheme.LetterKey, key string) wantedLetter {
		return wantedLetter{kind: kind, key: key + "/" + id, party: a.PartyID, appeal: &a, change: change}
	}
	list := []wantedLetter{letter(scheme.LetterAppealReceived, "appeal-received")}
	switch a.Disposition {
	case AppealDismissed:
		list = append(list, letter(scheme.LetterAppealDismissed, "appeal-decided"))
	case AppealGranted:
		list = append(list, f.toParties(letter(scheme.LetterAppealGranted, "appeal-decided"), a.PartyID)...)
	case AppealForwarded:
		list = append(list, letter(scheme.LetterAppealForwarded, "appeal-decided"), letter(scheme.LetterAppealReferral, "appeal-referral"))
	}
	switch a.Outcome {
	case Upheld:
		list = append(list, f.toParties(letter(scheme.LetterAppealUpheld, "appeal-outcome"), a.PartyID)...)
	case Changed:
		list = append(list, f.toParties(letter(scheme.LetterAppealChanged, "appeal-outcome"), a.PartyID)...)
	}
	return list
}

// changeAfter returns the change of the award that the appeal led to, or nil.
func (f File) changeAfter(appealID uuid.UUID) *AwardChange {
	if i := slices.IndexFunc(f.AwardChanges, func(c AwardChange) bool { return c.AppealID == appealID }); i >= 0 {
		return &f.AwardChanges[i]
	}
	return nil
}

func noticeKey(n Notice) string   { return "deficiency/" + n.ID.String() }
func reminderKey(n Notice) string { return "deficiency-reminder/" + n.ID.String() }

// write writes the letter that the facts call for, unless it is there; Nil when they call for none any
// more. The party is asked for before
// the transaction: in one it would take a second connection, and enough cases at once would wait for
// each other's.
func (p *Proceeding) write(ctx context.Context, applicationID uuid.UUID, which func(f File, sent map[string]bool) wantedLetter) (uuid.UUID, error) {
	f, sent, err := p.read(ctx, applicationID)
	if err != nil {
		return uuid.Nil, fmt.Errorf("write a letter: %w", err)
	}
	wanted := which(f, sent)
	if wanted.kind == "" {
		return uuid.Nil, nil // what called for it is no longer so
	}
	to, err := p.Enterprises.Enterprise(ctx, wanted.party)
	if err != nil {
		return uuid.Nil, fmt.Errorf("write a letter: %w", err)
	}
	var id uuid.UUID
	err = p.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		f, err := lockByApplication(ctx, tx, applicationID)
		if err != nil {
			return err
		}
		w := which(f, sent)
		if w.key != wanted.key {
			return fmt.Errorf("the letter %s is called for in place of %s by now", w.key, wanted.key)
		}
		id, err = p.keep(ctx, tx, f, to, w)
		return err
	})
	if err != nil {
		return uuid.Nil, fmt.Errorf("write a letter: %w", err)
	}
	return id, nil
}

// read returns the case as it is now, and which letters have been sent.
func (p *Proceeding) read(ctx context.Context, applicationID uuid.UUID) (File, map[string]bool, error) {
	c, found, err := p.Store.Find(ctx, p.Pool, applicationID)
	if err != nil {
		return File{}, nil, err
	}
	if !found {
		return File{}, nil, fmt.Errorf("the application %s has no case", applicationID)
	}
	f, err := fill(ctx, p.Pool, c)
	if err != nil {
		return f, nil, err
	}
	letters, err := letter.OfApplication(ctx, p.Pool, applicationID)
	return f, sentKeys(letters), err
}

func (p *Proceeding) keep(ctx context.Context, tx pgx.Tx, f File, to enterprise.Enterprise, w wantedLetter) (uuid.UUID, error) {
	now := p.Clock.Now()
	l, err := p.compose(ctx, tx, f, to, w, now)
	if err != nil {
		return uuid.Nil, err
	}
	if len(l.Recipients) == 0 {
		// The scheme asks for contacts. A party that nobody can be told of must not pass for told.
		return uuid.Nil, fmt.Errorf("the application %s names nobody to write to", f.Reference)
	}
	l.Key = w.key
	id, written, err := letter.Write(ctx, tx, l)
	if err != nil || !written {
		return id, err
	}
	if w.kind != scheme.LetterMessageNotice { // the message itself has an entry
		entry, err := p.entryOfLetter(ctx, id, l, to, f)
		if err != nil {
			return id, err
		}
		if err := p.Journal.Write(ctx, tx, entry); err != nil {
			return id, err
		}
	}
	return id, audit.Record(ctx, tx, audit.Event{
		Action: "LETTER_WRITTEN", OccurredAt: now, SubjectKind: "letter", SubjectID: id, ApplicationID: f.ApplicationID,
		After: map[string]any{"kind": w.kind, "language": l.Language},
	})
}

// compose writes the letter's text, in the party's language.
func (p *Proceeding) compose(ctx context.Context, tx pgx.Tx, f File, to enterprise.Enterprise, w wantedLetter, now time.Time) (letter.Letter, error) {
	rules, err := p.Rounds.Definition(ctx, f.SchemeID, f.SchemeVersion)
	if err != nil {
		return letter.Letter{}, err
	}
	call, err := p.Rounds.Call(ctx, tx, f.CallID)
	if err != nil {
		return letter.Letter{}, err
	}
	recipients, err := p.recipients(ctx, tx, f, to.ID)
	if err != nil {
		return letter.Letter{}, err
	}
	names, err := person.Names(ctx, tx, f.signatories())
	if err != nil {
		return letter.Letter{}, err
	}
	data := briefing{f, to, call, rules, names, calendar.On(now)}.data(w)
	addDates(&data, f.Clock, rules.Deadlines.DecisionDue(call.ClosesAt), w.kind, to.Language, now)
	referredTo := ""
	if w.kind == scheme.LetterAppealReferral {
		referredTo = rules.Referral.Email
		if data.Documents, err = p.documents(ctx, tx, f, *w.appeal, to.Language, now); err != nil {
			return letter.Letter{}, err
		}
	}
	text, err := rules.RenderLetter(w.kind, to.Language, data)
	if err != nil {
		return letter.Letter{}, err
	}
	template, _ := rules.Letter(w.kind)
	l := letter.Letter{
		ApplicationID: f.ApplicationID, Kind: string(w.kind), Language: to.Language, Subject: text.Subject,
		Recipients: recipients, CreatedAt: now, PartyID: to.ID, Formal: template.Mailbox, ReferredTo: referredTo,
		Head: letter.Head{
			Recipient: to.Name, OrganizationNumber: to.OrganizationNumber.String(), CaseNumber: f.Number, Sender: rules.Administrator.In(to.Language),
		},
	}
	for _, part := range text.Parts {
		l.Parts = append(l.Parts, letter.Part{Heading: part.Heading, Body: part.Body})
	}
	return l, nil
}

// documents lists the documents of the case as they were when the appeal was decided to be forwarded, or as they
// are while that has not been decided.
func (p *Proceeding) documents(ctx context.Context, tx pgx.Tx, f File, a Appeal, language string, now time.Time) ([]scheme.LetterDocument, error) {
	by := now
	if a.DecidedAt != nil {
		by = *a.DecidedAt
	}
	entries, err := p.Journal.Documents(ctx, tx, f.ApplicationID, by)
	if err != nil {
		return nil, err
	}
	list := make([]scheme.LetterDocument, 0, len(entries))
	for _, e := range entries {
		list = append(list, scheme.LetterDocument{Reference: e.Reference(), Date: scheme.FormatDate(e.DocumentDate, language), Title: e.PublicTitle})
	}
	return list, nil
}

// addDates writes when a decision is expected, as the clock of the case has it, and in a letter about an
// extension what it was before, and why.
func addDates(data *scheme.LetterData, events []ClockEvent, due calendar.Date, kind scheme.LetterKey, language string, now time.Time) {
	data.ExpectedBy = scheme.FormatDate(ReadClock(events, due, now).Due, language)
	i, extended := lastExtension(events)
	if kind != scheme.LetterDeadlineExtended || !extended {
		return
	}
	data.ExtendedTo, data.Reasons = data.ExpectedBy, events[i].Reason
	data.ExpectedBy = scheme.FormatDate(ReadClock(events[:i], due, events[i].At).Due, language)
}
