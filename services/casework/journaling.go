package casework

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"saakorn/services/enterprise"
	"saakorn/services/journal"
	"saakorn/services/platform/access"
	"saakorn/services/platform/letter"
	"saakorn/services/scheme"
)

// Journal receives an entry for every document, in the transaction that makes it. It is the last
// thing to be locked in a transaction but for the case's own procedure.
type Journal interface {
	Write(ctx context.Context, tx pgx.Tx, e journal.Entry) error
}

// CaseJournal is a journal that is also told of new cases.
type CaseJournal interface {
	Journal
	Open(ctx context.Context, tx pgx.Tx, f journal.File, now time.Time) error
}

// journalFile is what the journal is told of a new case.
func journalFile(c Case, party enterprise.Enterprise) journal.File {
	// The name of a sole proprietorship holds that of its owner.
	const soleProprietorship = "ENK"
	return journal.File{
		ApplicationID: c.ApplicationID, CaseID: c.ID, CaseNumber: c.Number,
		PartyName: c.EnterpriseName, PartyIsPerson: party.FormCode == soleProprietorship,
	}
}

// entryOfLetter is the entry of a letter to the party. Its subject tells an outcome that the public is
// not to read before the party has: the public title tells only what kind of letter it is.
func entryOfLetter(id uuid.UUID, l letter.Letter) journal.Entry {
	return journal.Entry{
		Source: journal.LetterSource(id), ApplicationID: l.ApplicationID, Type: journal.Outgoing, Title: l.Subject,
		PublicTitle:    publicTitle(scheme.LetterKey(l.Kind)),
		Correspondents: []journal.Correspondent{journal.Party(journal.Recipient)}, WrittenAt: l.CreatedAt,
	}
}

func publicTitle(kind scheme.LetterKey) string {
	switch kind {
	case scheme.LetterApproved, scheme.LetterPartiallyApproved, scheme.LetterRejected, scheme.LetterDismissed:
		return "Vedtak i sak om tilskudd"
	case scheme.LetterReceipt:
		return "Bekreftelse på mottatt søknad"
	case scheme.LetterInterimReply:
		return "Foreløpig svar"
	default:
		return "Brev i sak om tilskudd"
	}
}

// entryOfRecommendation is the entry of a recommendation: written within the house for the decision maker to
// act upon, so N. It is no S, which Noark 5 keeps for presentations of a case to a board.
func entryOfRecommendation(ctx context.Context, f File, r Recommendation) journal.Entry {
	title := fmt.Sprintf("Innstilling i sak %s, versjon %d", f.Number, r.Version)
	return entryOfInternal(ctx, journal.InternalFollowUp, "recommendation/"+r.ID.String(), f, title, r.RecommendedAt)
}

// entryOfDecision is the entry of a decision as it was made. What follows from it is the letter, which has
// an entry of its own: nothing within the house remains to follow up, so X.
func entryOfDecision(ctx context.Context, f File, id uuid.UUID, now time.Time) journal.Entry {
	return entryOfInternal(ctx, journal.Internal, "decision/"+id.String(), f, "Vedtak i sak "+f.Number, now)
}

func entryOfInternal(ctx context.Context, t journal.Type, source string, f File, title string, now time.Time) journal.Entry {
	caller, _ := access.From(ctx)
	return journal.Entry{
		Source: source, ApplicationID: f.ApplicationID, Type: t, Title: title, PublicTitle: title,
		Correspondents: []journal.Correspondent{journal.Colleague(journal.InternalSender, caller.Name)}, WrittenAt: now,
	}
}

// entryOfAppeal is the entry of an appeal.
func entryOfAppeal(f File, a Appeal) journal.Entry {
	title := "Klage i sak " + f.Number
	return journal.Entry{
		Source: "appeal/" + a.ID.String(), ApplicationID: f.ApplicationID, Type: journal.Incoming, Title: title, PublicTitle: title,
		Correspondents: []journal.Correspondent{journal.Party(journal.Sender)}, WrittenAt: a.ReceivedAt,
	}
}
