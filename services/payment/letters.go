package payment

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
	"saakorn/services/scheme"
)

// Contacts knows whom an enterprise wants letters to go to (R72).
type Contacts interface {
	Recipients(ctx context.Context, tx pgx.Tx, enterpriseID uuid.UUID) ([]string, error)
}

// Journal receives an entry for every letter, in the transaction that writes it.
type Journal interface {
	Write(ctx context.Context, tx pgx.Tx, e journal.Entry) error
}

// WriteClaim writes the next letter about a claim, and returns its identifier; Nil when there is none
// to write any more.
func (p *Proceeding) WriteClaim(ctx context.Context, awardID uuid.UUID) (uuid.UUID, error) {
	var id uuid.UUID
	err := p.do(ctx, awardID, TaskWriteClaim, func(ctx context.Context, tx pgx.Tx, f *Facts, now time.Time) error {
		wanted := f.toWrite()
		l, err := p.compose(ctx, tx, f, *wanted, now)
		if err != nil {
			return err
		}
		var written bool
		if id, written, err = letter.Write(ctx, tx, l); err != nil || !written {
			return err
		}
		if err := p.Journal.Write(ctx, tx, entryOf(id, l)); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{
			Action: "LETTER_WRITTEN", OccurredAt: now, SubjectKind: "letter", SubjectID: id, ApplicationID: l.ApplicationID,
			After: map[string]any{"kind": l.Kind, "language": l.Language},
		})
	})
	return id, err
}

func entryOf(id uuid.UUID, l letter.Letter) journal.Entry {
	return journal.Entry{
		Source: journal.LetterSource(id), ApplicationID: l.ApplicationID, Type: journal.Outgoing, Title: l.Subject,
		PublicTitle: "Brev om tilbakebetaling av tilskudd", Correspondents: []journal.Correspondent{journal.Party(journal.Recipient)}, WrittenAt: l.CreatedAt,
	}
}

func (p *Proceeding) compose(ctx context.Context, tx pgx.Tx, f *Facts, wanted claimLetter, now time.Time) (letter.Letter, error) {
	e, err := p.Enterprises.Enterprise(ctx, f.Award.EnterpriseID)
	if err != nil {
		return letter.Letter{}, err
	}
	rules, err := p.Schemes.Definition(ctx, f.Award.SchemeID, f.Award.SchemeVersion)
	if err != nil {
		return letter.Letter{}, err
	}
	a, err := p.Applications.Submission(ctx, tx, f.Award.ApplicationID)
	if err != nil {
		return letter.Letter{}, err
	}
	recipients, err := p.Contacts.Recipients(ctx, tx, f.Award.EnterpriseID)
	if err != nil {
		return letter.Letter{}, err
	}
	if len(recipients) == 0 {
		recipients = application.Recipients(a.Content)
	}
	data := p.letterData(f.Award.GrantYear, a.Reference, e, wanted.claim, rules, calendar.On(now))
	text, err := rules.RenderPaymentLetter(wanted.kind, e.Language, data)
	if err != nil {
		return letter.Letter{}, err
	}
	l := letter.Letter{
		Key: wanted.key, ApplicationID: f.Award.ApplicationID, Kind: string(wanted.kind), Language: e.Language, Subject: text.Subject,
		Recipients: recipients, CreatedAt: now,
	}
	for _, part := range text.Parts {
		l.Parts = append(l.Parts, letter.Part{Heading: part.Heading, Body: part.Body})
	}
	return l, nil
}

func (p *Proceeding) letterData(year int, reference string, e enterprise.Enterprise, c Claim, rules *scheme.Definition, today calendar.Date) scheme.PaymentLetterData {
	language := e.Language
	data := scheme.PaymentLetterData{
		EnterpriseName: e.Name, OrganizationNumber: e.OrganizationNumber.Grouped(), Reference: reference, GrantYear: strconv.Itoa(year),
		Amount: scheme.FormatAmount(c.AmountOre, language), Outstanding: scheme.FormatAmount(c.OutstandingOre(), language),
		Account: p.Bank.Account.Grouped(), PaymentReference: c.Reference, Unused: c.SettlementID != uuid.Nil,
		Administrator: rules.Administrator.In(language), Statute: rules.StatutesOn(today),
	}
	if overdue := c.OverdueOre(today); overdue > 0 {
		data.Overdue = scheme.FormatAmount(overdue, language)
	}
	paid := c.PaidOf()
	for n, part := range c.Parts {
		if left := part.AmountOre - paid[n]; left > 0 {
			data.Parts = append(data.Parts, dated(scheme.FormatAmount(left, language), scheme.FormatDate(part.DueOn, language), language))
		}
	}
	return data
}

// dated says by when an amount is to be paid.
func dated(amount, date, language string) string {
	switch language {
	case scheme.Nynorsk:
		return fmt.Sprintf("%s innan %s", amount, date)
	case scheme.English:
		return fmt.Sprintf("%s by %s", amount, date)
	}
	return fmt.Sprintf("%s innen %s", amount, date)
}
