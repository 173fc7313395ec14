package casework

import (
	"context"
	"fmt"
	"slices"
	"strconv"
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

// WriteReceipt writes the letter that confirms the receipt, and returns its identifier.
func (p *Proceeding) WriteReceipt(ctx context.Context, applicationID uuid.UUID) (uuid.UUID, error) {
	return p.write(ctx, applicationID, func(File) (scheme.LetterKey, string) {
		return scheme.LetterReceipt, "receipt/" + applicationID.String()
	})
}

// WriteWithdrawal writes the letter that confirms a withdrawal.
func (p *Proceeding) WriteWithdrawal(ctx context.Context, applicationID uuid.UUID) (uuid.UUID, error) {
	return p.write(ctx, applicationID, func(File) (scheme.LetterKey, string) {
		return scheme.LetterWithdrawalReceived, "withdrawal/" + applicationID.String()
	})
}

// WriteDecision writes the decision letter: one for each decision.
func (p *Proceeding) WriteDecision(ctx context.Context, applicationID uuid.UUID) (uuid.UUID, error) {
	return p.write(ctx, applicationID, func(f File) (scheme.LetterKey, string) {
		return decisionLetter(f.Outcome), "decision/" + f.decision().ID.String()
	})
}

// WriteInterimReply writes the letter that says when a decision can be expected (fvl. § 11 a).
func (p *Proceeding) WriteInterimReply(ctx context.Context, applicationID uuid.UUID) (uuid.UUID, error) {
	return p.write(ctx, applicationID, func(File) (scheme.LetterKey, string) {
		return scheme.LetterInterimReply, "interim/" + applicationID.String()
	})
}

// WriteNotice writes the letter that asks for what is missing.
func (p *Proceeding) WriteNotice(ctx context.Context, applicationID uuid.UUID) (uuid.UUID, error) {
	return p.write(ctx, applicationID, func(f File) (scheme.LetterKey, string) {
		return scheme.LetterDeficiencyNotice, noticeKey(f.Notices[0])
	})
}

// WriteReminder writes the letter that reminds of what is missing.
func (p *Proceeding) WriteReminder(ctx context.Context, applicationID uuid.UUID) (uuid.UUID, error) {
	return p.write(ctx, applicationID, func(f File) (scheme.LetterKey, string) {
		return scheme.LetterDeficiencyReminder, reminderKey(f.Notices[0])
	})
}

// WritePending writes the oldest letter about an appeal or a reversal that has not been sent.
func (p *Proceeding) WritePending(ctx context.Context, applicationID uuid.UUID) (uuid.UUID, error) {
	letters, err := letter.OfApplication(ctx, p.Pool, applicationID)
	if err != nil {
		return uuid.Nil, err
	}
	sent := map[string]bool{}
	for _, l := range letters {
		sent[l.Key] = l.SentAt != nil
	}
	return p.write(ctx, applicationID, func(f File) (scheme.LetterKey, string) {
		pending, _ := f.pendingLetter(sent)
		return pending.kind, pending.key
	})
}

type pendingLetter struct {
	kind scheme.LetterKey
	key  string
}

// pendingLetter returns the oldest letter that appeals and reversals call for and that has not been
// sent; false when every one has.
func (f File) pendingLetter(sent map[string]bool) (pendingLetter, bool) {
	var wanted []pendingLetter
	for _, a := range slices.Backward(f.Appeals) {
		wanted = append(wanted, a.letters()...)
	}
	for _, c := range f.AwardChanges {
		if c.AppealID == uuid.Nil {
			wanted = append(wanted, pendingLetter{scheme.LetterReversed, "reversed/" + c.ID.String()})
		}
	}
	i := slices.IndexFunc(wanted, func(l pendingLetter) bool { return !sent[l.key] })
	if i < 0 {
		return pendingLetter{}, false
	}
	return wanted[i], true
}

// letters are those that the appeal calls for so far.
func (a Appeal) letters() []pendingLetter {
	id := a.ID.String()
	list := []pendingLetter{{scheme.LetterAppealReceived, "appeal-received/" + id}}
	switch a.Disposition {
	case AppealDismissed:
		list = append(list, pendingLetter{scheme.LetterAppealDismissed, "appeal-decided/" + id})
	case AppealGranted:
		list = append(list, pendingLetter{scheme.LetterAppealGranted, "appeal-decided/" + id})
	case AppealForwarded:
		list = append(list, pendingLetter{scheme.LetterAppealForwarded, "appeal-decided/" + id},
			pendingLetter{scheme.LetterAppealReferral, "appeal-referral/" + id})
	}
	switch a.Outcome {
	case Upheld:
		list = append(list, pendingLetter{scheme.LetterAppealUpheld, "appeal-outcome/" + id})
	case Changed:
		list = append(list, pendingLetter{scheme.LetterAppealChanged, "appeal-outcome/" + id})
	}
	return list
}

func noticeKey(n Notice) string   { return "deficiency/" + n.ID.String() }
func reminderKey(n Notice) string { return "deficiency-reminder/" + n.ID.String() }

func (p *Proceeding) write(ctx context.Context, applicationID uuid.UUID, which func(File) (kind scheme.LetterKey, key string)) (uuid.UUID, error) {
	e, err := p.party(ctx, applicationID)
	if err != nil {
		return uuid.Nil, fmt.Errorf("write a letter: %w", err)
	}
	var id uuid.UUID
	err = p.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		f, err := lockByApplication(ctx, tx, applicationID)
		if err != nil {
			return err
		}
		kind, key := which(f)
		now := p.Clock.Now()
		l, err := p.compose(ctx, tx, f, e, kind, now)
		if err != nil {
			return err
		}
		l.Key = key
		var written bool
		if id, written, err = letter.Write(ctx, tx, l); err != nil || !written {
			return err
		}
		if err := p.Journal.Write(ctx, tx, entryOfLetter(id, l)); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{
			Action: "LETTER_WRITTEN", OccurredAt: now, SubjectKind: "letter", SubjectID: id, ApplicationID: applicationID,
			After: map[string]any{"kind": kind, "language": l.Language},
		})
	})
	if err != nil {
		return uuid.Nil, fmt.Errorf("write a letter: %w", err)
	}
	return id, nil
}

func (p *Proceeding) compose(ctx context.Context, tx pgx.Tx, f File, e enterprise.Enterprise, kind scheme.LetterKey, now time.Time) (letter.Letter, error) {
	rules, err := p.Rounds.Definition(ctx, f.SchemeID, f.SchemeVersion)
	if err != nil {
		return letter.Letter{}, err
	}
	call, err := p.Rounds.Call(ctx, tx, f.CallID)
	if err != nil {
		return letter.Letter{}, err
	}
	a, err := p.Submissions.Submission(ctx, tx, f.ApplicationID)
	if err != nil {
		return letter.Letter{}, err
	}
	recipients, err := p.recipients(ctx, tx, a)
	if err != nil {
		return letter.Letter{}, err
	}
	names, err := person.Names(ctx, tx, f.signatories())
	if err != nil {
		return letter.Letter{}, err
	}
	data := letterData(f, e, call, rules, names, calendar.On(now))
	text, err := rules.RenderLetter(kind, e.Language, data)
	if err != nil {
		return letter.Letter{}, err
	}
	l := letter.Letter{
		ApplicationID: f.ApplicationID, Kind: string(kind), Language: e.Language, Subject: text.Subject,
		Recipients: recipients, CreatedAt: now,
	}
	if len(l.Recipients) == 0 {
		// The scheme asks for contacts. A party that nobody can be told of must not pass for told.
		return letter.Letter{}, fmt.Errorf("the application %s names nobody to write to", f.Reference)
	}
	for _, part := range text.Parts {
		l.Parts = append(l.Parts, letter.Part{Heading: part.Heading, Body: part.Body})
	}
	return l, nil
}

// signatories are the people whose names stand under a decision: who prepared and who decided.
func (f File) signatories() []string {
	ids := []string{f.OwnerID}
	if d := f.decision(); d != nil {
		ids = append(ids, d.DecidedBy)
	}
	if r := f.latest(); r != nil {
		ids = append(ids, r.RecommendedBy)
	}
	return ids
}

func letterData(f File, e enterprise.Enterprise, call scheme.Call, rules *scheme.Definition, names map[string]string, today calendar.Date) scheme.LetterData {
	language := e.Language
	data := scheme.LetterData{
		EnterpriseName: e.Name, OrganizationNumber: e.OrganizationNumber.String(), Reference: f.Reference, CaseNumber: f.Number,
		CallTitle: call.Title.In(language), GrantYear: strconv.Itoa(f.GrantYear),
		AmountApplied: scheme.FormatAmount(f.AmountAppliedOre, language), Amount: scheme.FormatAmount(f.AmountAwardedOre, language),
		Date: scheme.FormatDate(today, language), ClosesAt: scheme.FormatTime(call.ClosesAt, language),
		ReceivedAt: scheme.FormatTime(f.ReceivedAt, language), Late: f.Late,
		ExpectedBy:  scheme.FormatDate(rules.Deadlines.DecisionDue(call.ClosesAt), language),
		AppealWeeks: strconv.Itoa(rules.Deadlines.AppealWeeks), AppealBody: rules.AppealBody.In(language),
		Administrator: rules.Administrator.In(language), Statute: rules.StatutesOn(today), CaseOfficer: names[f.OwnerID],
	}
	if len(f.Notices) > 0 {
		notice := f.Notices[0]
		data.Deadline = scheme.FormatDate(notice.Deadline, language)
		for _, item := range notice.Items {
			data.Missing = append(data.Missing, item.Text)
		}
	}
	if r := f.latest(); r != nil {
		data.CaseOfficer = names[r.RecommendedBy]
	}
	if len(f.Appeals) > 0 {
		a := f.Appeals[0]
		data.AppealReceivedAt, data.AppealLate, data.AppealGrounds = scheme.FormatTime(a.ReceivedAt, language), a.Late, a.Grounds
	}
	if n := len(f.AwardChanges); n > 0 {
		data.PreviousAmount = scheme.FormatAmount(f.AwardChanges[n-1].BeforeOre, language)
	}
	if d := f.decision(); d != nil {
		data.Reasons, data.Conditions, data.DecisionMaker = d.Reasons, d.Conditions, names[d.DecidedBy]
	}
	data.Reasons = f.newestReasons(data.Reasons)
	return data
}

// newestReasons returns those of the newest thing that was decided, or the given ones.
func (f File) newestReasons(decision string) string {
	if len(f.Appeals) > 0 {
		switch a := f.Appeals[0]; {
		case a.Outcome != "":
			return a.OutcomeReasons
		case a.Disposition != "":
			return a.Reasons
		}
	}
	if n := len(f.AwardChanges); n > 0 {
		return f.AwardChanges[n-1].Reasons
	}
	return decision
}
