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

// CaseJournal is a journal that is also told of new cases, and tells what is in them.
type CaseJournal interface {
	Journal
	Open(ctx context.Context, tx pgx.Tx, f journal.File, now time.Time) error
	Documents(ctx context.Context, tx pgx.Tx, applicationID uuid.UUID, by time.Time) ([]journal.Journaling, error)
}

// soleProprietorship is the organisation form of those whose name holds that of their owner.
const soleProprietorship = "ENK"

// journalFile is what the journal is told of a new case.
func journalFile(c Case, party enterprise.Enterprise) journal.File {
	return journal.File{
		ApplicationID: c.ApplicationID, CaseID: c.ID, CaseNumber: c.Number,
		PartyName: c.EnterpriseName, PartyIsPerson: party.FormCode == soleProprietorship,
	}
}

// entryOfLetter is the entry of a letter. Its subject tells an outcome that the public is not to read
// before the party has: the public title tells only what kind of letter it is. A referral is to the
// appeal body, and the party gets a copy.
func (p *Proceeding) entryOfLetter(ctx context.Context, id uuid.UUID, l letter.Letter, to enterprise.Enterprise, f File) (journal.Entry, error) {
	e := journal.Entry{
		Source: journal.LetterSource(id), ApplicationID: l.ApplicationID, Type: journal.Outgoing, Title: l.Subject,
		PublicTitle: publicTitle(scheme.LetterKey(l.Kind)), WrittenAt: l.CreatedAt,
	}
	if scheme.LetterKey(l.Kind) != scheme.LetterAppealReferral {
		e.Correspondents = []journal.Correspondent{correspondent(f, to, journal.Recipient)}
		return e, nil
	}
	rules, err := p.Rounds.Definition(ctx, f.SchemeID, f.SchemeVersion)
	if err != nil {
		return e, err
	}
	e.Correspondents = []journal.Correspondent{
		{Role: journal.Recipient, Name: rules.AppealBody.In(scheme.Bokmal)}, correspondent(f, to, journal.CopyRecipient),
	}
	return e, nil
}

// correspondent returns a party in the role.
func correspondent(f File, party enterprise.Enterprise, role journal.Role) journal.Correspondent {
	if party.ID == f.EnterpriseID {
		return journal.Party(role)
	}
	return journal.Correspondent{Role: role, Name: party.Name, Person: party.FormCode == soleProprietorship}
}

func publicTitle(kind scheme.LetterKey) string {
	switch kind {
	case scheme.LetterApproved, scheme.LetterPartiallyApproved, scheme.LetterRejected, scheme.LetterDismissed:
		return "Vedtak i sak om tilskudd"
	case scheme.LetterReceipt:
		return "Bekreftelse på mottatt søknad"
	case scheme.LetterInterimReply:
		return "Foreløpig svar"
	case scheme.LetterDeadlineExtended:
		return "Ny forventet svartid"
	case scheme.LetterDeficiencyNotice:
		return "Forespørsel om manglende opplysninger"
	case scheme.LetterDeficiencyReminder:
		return "Påminnelse om manglende opplysninger"
	case scheme.LetterWithdrawalReceived:
		return "Bekreftelse på trukket søknad"
	case scheme.LetterAppealReceived:
		return "Bekreftelse på mottatt klage"
	case scheme.LetterAppealDismissed, scheme.LetterAppealGranted:
		return "Vedtak i klagesak"
	case scheme.LetterAppealForwarded:
		return "Melding om oversendt klage"
	case scheme.LetterAppealReferral:
		return "Oversendelse av klage til klageinstansen"
	case scheme.LetterAppealUpheld, scheme.LetterAppealChanged:
		return "Melding om avgjort klage"
	case scheme.LetterReversed:
		return "Nytt vedtak i sak om tilskudd"
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

// entryOfAssessment is the entry of a submitted assessment: it is for whoever recommends, so N. It names
// the assessor, whom the public journal leaves out.
func entryOfAssessment(ctx context.Context, f File, a Assessment, now time.Time) journal.Entry {
	return entryOfInternal(ctx, journal.InternalFollowUp, "assessment/"+a.ID.String(), f, "Vurdering i sak "+f.Number, now)
}

// entryOfReturn is the entry of the note with which a recommendation is sent back.
func entryOfReturn(ctx context.Context, f File, r Recommendation, now time.Time) journal.Entry {
	title := fmt.Sprintf("Merknad til innstilling i sak %s, versjon %d", f.Number, r.Version)
	return entryOfInternal(ctx, journal.InternalFollowUp, "recommendation/"+r.ID.String()+"/return", f, title, now)
}

// entryOfAppealPrepared is the entry of an officer's assessment of an appeal. Each is a document of its
// own, so its source names the version.
func entryOfAppealPrepared(ctx context.Context, f File, a Appeal, now time.Time) journal.Entry {
	source := fmt.Sprintf("appeal/%s/assessment/%d", a.ID, a.Revision)
	return entryOfInternal(ctx, journal.InternalFollowUp, source, f, "Vurdering av klage i sak "+f.Number, now)
}

// entryOfAppealDecided is the entry of what the directorate does with an appeal.
func entryOfAppealDecided(ctx context.Context, f File, a Appeal, now time.Time) journal.Entry {
	return entryOfInternal(ctx, journal.Internal, "appeal/"+a.ID.String()+"/decision", f, "Avgjørelse om klage i sak "+f.Number, now)
}

// entryOfAppealOutcome is the entry of what the appeal body decided, which comes from it.
func entryOfAppealOutcome(f File, a Appeal, appealBody string, now time.Time) journal.Entry {
	title := "Avgjørelse fra klageinstansen i sak " + f.Number
	return journal.Entry{
		Source: "appeal/" + a.ID.String() + "/outcome", ApplicationID: f.ApplicationID, Type: journal.Incoming, Title: title, PublicTitle: title,
		Correspondents: []journal.Correspondent{{Role: journal.Sender, Name: appealBody}}, WrittenAt: now,
	}
}

// entryOfNote is the entry of a reason that an officer writes down in the case: nothing follows, so X.
func entryOfNote(ctx context.Context, f File, title string, now time.Time) journal.Entry {
	id := uuid.Must(uuid.NewV7())
	return entryOfInternal(ctx, journal.Internal, "note/"+id.String(), f, title+" i sak "+f.Number, now)
}

// entryOfAppeal is the entry of an appeal by the party.
func entryOfAppeal(f File, a Appeal, party enterprise.Enterprise) journal.Entry {
	title := "Klage i sak " + f.Number
	return journal.Entry{
		Source: "appeal/" + a.ID.String(), ApplicationID: f.ApplicationID, Type: journal.Incoming, Title: title, PublicTitle: title,
		Correspondents: []journal.Correspondent{correspondent(f, party, journal.Sender)}, WrittenAt: a.ReceivedAt,
	}
}
