package reporting

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
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
	"saakorn/services/reporting/db"
	"saakorn/services/scheme"
)

// wantedLetter is a letter that something calls for.
type wantedLetter struct {
	kind scheme.LetterKey
	key  string
	at   time.Time
	// questions, reasons and previous are those of what calls for it.
	questions []string
	reasons   string
	previous  calendar.Date
	dueOn     calendar.Date
	received  time.Time
}

// wantedLetters returns the letters that what people did with the report calls for, oldest first.
func wantedLetters(ctx context.Context, q Querier, r Report) ([]wantedLetter, error) {
	var wanted []wantedLetter
	versions, err := db.New(q).ListVersionTimes(ctx, r.ID)
	if err != nil {
		return nil, fmt.Errorf("list versions: %w", err)
	}
	for _, v := range versions {
		wanted = append(wanted, wantedLetter{
			kind: scheme.LetterReportReceived, key: fmt.Sprintf("report-received/%s/%d", r.ID, v.Version), at: v.SubmittedAt, received: v.SubmittedAt,
		})
	}
	reviews, err := listReviews(ctx, q, r.ID)
	if err != nil {
		return nil, err
	}
	for _, e := range reviews {
		switch e.Outcome {
		case OutcomeReturned:
			wanted = append(wanted, wantedLetter{kind: scheme.LetterReportReturned, key: "report-returned/" + e.ID.String(), at: e.MadeAt, questions: e.Questions})
		case OutcomeApproved:
			wanted = append(wanted, wantedLetter{kind: scheme.LetterReportApproved, key: "report-approved/" + e.ID.String(), at: e.MadeAt})
		case OutcomeReviewed, OutcomeWaived:
		}
	}
	dates, err := listDueDates(ctx, q, r.ID)
	if err != nil {
		return nil, err
	}
	for i, d := range dates {
		switch {
		case i > 0:
			wanted = append(wanted, wantedLetter{
				kind: scheme.LetterReportDateMoved, key: "report-moved/" + d.ID.String(), at: d.DecidedAt, reasons: d.Reason,
				previous: dates[i-1].DueOn, dueOn: d.DueOn,
			})
		case r.Kind == scheme.ExtraReport:
			// A report that stands in no calendar is news, and the letter says when it is due and why.
			wanted = append(wanted, wantedLetter{
				kind: scheme.LetterReportDateMoved, key: "report-moved/" + d.ID.String(), at: d.DecidedAt, reasons: d.Reason, dueOn: d.DueOn,
			})
		}
	}
	slices.SortStableFunc(wanted, func(a, b wantedLetter) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.key, b.key)) })
	return wanted, nil
}

// firstUnsent returns the oldest letter that has not been sent; false when every one has.
func firstUnsent(wanted []wantedLetter, sent map[string]bool) (wantedLetter, bool) {
	i := slices.IndexFunc(wanted, func(w wantedLetter) bool { return !sent[w.key] })
	if i < 0 {
		return wantedLetter{}, false
	}
	return wanted[i], true
}

// WritePending writes the oldest letter about the report that has not been sent, and returns its identifier.
func (p *Proceeding) WritePending(ctx context.Context, reportID uuid.UUID) (uuid.UUID, error) {
	return p.write(ctx, reportID, func(ctx context.Context, tx pgx.Tx, r Report, _ *scheme.Definition, _ time.Time) (wantedLetter, error) {
		wanted, err := wantedLetters(ctx, tx, r)
		if err != nil {
			return wantedLetter{}, err
		}
		letters, err := letter.OfApplication(ctx, tx, r.ApplicationID)
		if err != nil {
			return wantedLetter{}, err
		}
		sent := map[string]bool{}
		for _, l := range letters {
			sent[l.Key] = l.SentAt != nil
		}
		w, found := firstUnsent(wanted, sent)
		if !found {
			return wantedLetter{}, errNothingToWrite
		}
		return w, nil
	})
}

// errNothingToWrite says that what called for a letter is no more.
var errNothingToWrite = errors.New("nothing to write")

// WriteReminder writes the reminder before the present due date: one for each date and number of days.
func (p *Proceeding) WriteReminder(ctx context.Context, reportID uuid.UUID) (uuid.UUID, error) {
	return p.write(ctx, reportID, func(_ context.Context, _ pgx.Tx, r Report, rules *scheme.Definition, now time.Time) (wantedLetter, error) {
		reminder, due := (ReportFacts{Report: r}).reminder(rules.Reporting, now)
		if r.State != Open || !due {
			return wantedLetter{}, errNothingToWrite
		}
		return wantedLetter{kind: scheme.LetterReportReminder, key: fmt.Sprintf("report-reminder/%s/%s/%d", r.ID, r.DueOn, reminder.Days)}, nil
	})
}

// WriteOverdue writes the letter that the due date has passed: one for each date.
func (p *Proceeding) WriteOverdue(ctx context.Context, reportID uuid.UUID) (uuid.UUID, error) {
	return p.write(ctx, reportID, func(_ context.Context, _ pgx.Tx, r Report, _ *scheme.Definition, now time.Time) (wantedLetter, error) {
		if !r.Overdue(now) {
			return wantedLetter{}, errNothingToWrite
		}
		return wantedLetter{kind: scheme.LetterReportOverdue, key: fmt.Sprintf("report-overdue/%s/%s", r.ID, r.DueOn)}, nil
	})
}

// write writes a letter once and returns its identifier; Nil when there is nothing to write any more.
func (p *Proceeding) write(ctx context.Context, reportID uuid.UUID, which func(ctx context.Context, tx pgx.Tx, r Report, rules *scheme.Definition, now time.Time) (wantedLetter, error)) (uuid.UUID, error) {
	// Asked for before the transaction, which must not need a second connection.
	before, err := p.Store.Report(ctx, p.Pool, reportID)
	if err != nil {
		return uuid.Nil, err
	}
	e, err := p.Enterprises.Enterprise(ctx, before.EnterpriseID)
	if err != nil {
		return uuid.Nil, err
	}
	var id uuid.UUID
	err = p.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		r, err := lock(ctx, tx, reportID)
		if err != nil {
			return err
		}
		rules, err := p.Schemes.Definition(ctx, r.SchemeID, r.SchemeVersion)
		if err != nil {
			return err
		}
		now := p.Clock.Now()
		w, err := which(ctx, tx, r, rules, now)
		if errors.Is(err, errNothingToWrite) {
			return nil
		}
		if err != nil {
			return err
		}
		id, err = p.writeLetter(ctx, tx, r, rules, e, w, now)
		return err
	})
	if err != nil {
		return uuid.Nil, fmt.Errorf("write a letter about a report: %w", err)
	}
	return id, nil
}

func (p *Proceeding) writeLetter(ctx context.Context, tx pgx.Tx, r Report, rules *scheme.Definition, e enterprise.Enterprise, w wantedLetter, now time.Time) (uuid.UUID, error) {
	recipients, err := p.recipients(ctx, tx, r)
	if err != nil {
		return uuid.Nil, err
	}
	text, err := rules.RenderLetter(w.kind, e.Language, letterData(r, rules, e, w, calendar.On(now)))
	if err != nil {
		return uuid.Nil, err
	}
	l := letter.Letter{
		Key: w.key, ApplicationID: r.ApplicationID, Kind: string(w.kind), Language: e.Language, Subject: text.Subject,
		Recipients: recipients, CreatedAt: now,
		Head: letter.Head{Recipient: e.Name, OrganizationNumber: e.OrganizationNumber.String(), Sender: rules.Administrator.In(e.Language)},
	}
	for _, part := range text.Parts {
		l.Parts = append(l.Parts, letter.Part{Heading: part.Heading, Body: part.Body})
	}
	id, written, err := letter.Write(ctx, tx, l)
	if err != nil || !written {
		return id, err
	}
	err = p.Journal.Write(ctx, tx, journal.Entry{
		Source: journal.LetterSource(id), ApplicationID: r.ApplicationID, Type: journal.Outgoing, Title: l.Subject,
		PublicTitle: "Brev om rapportering på tilskudd", Correspondents: []journal.Correspondent{journal.Party(journal.Recipient)}, WrittenAt: now,
	})
	if err != nil {
		return id, err
	}
	return id, audit.Record(ctx, tx, audit.Event{
		Action: "LETTER_WRITTEN", OccurredAt: now, SubjectKind: "letter", SubjectID: id, ApplicationID: r.ApplicationID,
		After: map[string]any{"kind": w.kind, "language": l.Language},
	})
}

// recipients returns the addresses of the enterprise's contacts as they are now, and those named in the
// application when it has named none since. A party that nobody can be told of must not pass for told.
func (p *Proceeding) recipients(ctx context.Context, tx pgx.Tx, r Report) ([]string, error) {
	named, err := p.Contacts.Recipients(ctx, tx, r.EnterpriseID)
	if err != nil || len(named) > 0 {
		return named, err
	}
	applied, err := p.Applications.Submission(ctx, tx, r.ApplicationID)
	if err != nil {
		return nil, err
	}
	if named = application.Recipients(applied.Content); len(named) == 0 {
		return nil, fmt.Errorf("the application %s names nobody to write to", applied.Reference)
	}
	return named, nil
}

func letterData(r Report, rules *scheme.Definition, e enterprise.Enterprise, w wantedLetter, today calendar.Date) scheme.LetterData {
	language := e.Language
	due := w.dueOn
	if due.IsZero() {
		due = r.DueOn
	}
	data := scheme.LetterData{
		EnterpriseName: e.Name, OrganizationNumber: e.OrganizationNumber.String(), GrantYear: strconv.Itoa(r.GrantYear),
		Date: scheme.FormatDate(today, language), Administrator: rules.Administrator.In(language), Reasons: w.reasons,
		Statute: rules.StatutesOn(today), Late: r.Late,
		ReportLetterData: scheme.ReportLetterData{
			ReportTitle: r.rule(rules).Title.In(language), DueDate: scheme.FormatDate(due, language),
			PreviousDueDate: scheme.FormatDate(w.previous, language), HoldsPayment: r.HoldsPayment, Questions: w.questions,
		},
	}
	if !w.received.IsZero() {
		data.ReceivedAt = scheme.FormatTime(w.received, language)
	}
	if rules.Reporting.AuditorStatement.Needed(r.Kind, r.AmountOre) {
		data.AuditorStatement = rules.Reporting.AuditorStatement.Standard.In(language)
	}
	return data
}
