package journal

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/journal/db"
)

// The contract's enums are the stored words with a prefix, where the stored word is no Noark code.
const (
	disclosurePrefix = "DISCLOSURE_"
	answerPrefix     = "ACCESS_ANSWER_"
)

func disclosureOf(d saakornv1.Disclosure) Disclosure {
	return Disclosure(strings.TrimPrefix(d.String(), disclosurePrefix))
}

func presentDisclosure(d Disclosure) saakornv1.Disclosure {
	return saakornv1.Disclosure(saakornv1.Disclosure_value[disclosurePrefix+string(d)])
}

func answerOf(a saakornv1.AccessAnswer) Answer {
	return Answer(strings.TrimPrefix(a.String(), answerPrefix))
}

func presentType(t Type) saakornv1.JournalEntryType {
	switch t {
	case Incoming:
		return saakornv1.JournalEntryType_JOURNAL_ENTRY_TYPE_INCOMING
	case Outgoing:
		return saakornv1.JournalEntryType_JOURNAL_ENTRY_TYPE_OUTGOING
	case InternalFollowUp:
		return saakornv1.JournalEntryType_JOURNAL_ENTRY_TYPE_INTERNAL_FOLLOW_UP
	case Internal:
		return saakornv1.JournalEntryType_JOURNAL_ENTRY_TYPE_INTERNAL
	case CasePresentation:
		return saakornv1.JournalEntryType_JOURNAL_ENTRY_TYPE_CASE_PRESENTATION
	}
	return saakornv1.JournalEntryType_JOURNAL_ENTRY_TYPE_UNSPECIFIED
}

func presentStatus(s Status) saakornv1.JournalStatus {
	switch s {
	case Journaled:
		return saakornv1.JournalStatus_JOURNAL_STATUS_JOURNALED
	case Finished:
		return saakornv1.JournalStatus_JOURNAL_STATUS_FINISHED
	case Approved:
		return saakornv1.JournalStatus_JOURNAL_STATUS_APPROVED
	case Dispatched:
		return saakornv1.JournalStatus_JOURNAL_STATUS_DISPATCHED
	case Archived:
		return saakornv1.JournalStatus_JOURNAL_STATUS_ARCHIVED
	case Cancelled:
		return saakornv1.JournalStatus_JOURNAL_STATUS_CANCELLED
	}
	return saakornv1.JournalStatus_JOURNAL_STATUS_UNSPECIFIED
}

func presentRole(r Role) saakornv1.CorrespondentRole {
	switch r {
	case Sender:
		return saakornv1.CorrespondentRole_CORRESPONDENT_ROLE_SENDER
	case Recipient:
		return saakornv1.CorrespondentRole_CORRESPONDENT_ROLE_RECIPIENT
	case CopyRecipient:
		return saakornv1.CorrespondentRole_CORRESPONDENT_ROLE_COPY_RECIPIENT
	case InternalSender:
		return saakornv1.CorrespondentRole_CORRESPONDENT_ROLE_INTERNAL_SENDER
	case InternalRecipient:
		return saakornv1.CorrespondentRole_CORRESPONDENT_ROLE_INTERNAL_RECIPIENT
	}
	return saakornv1.CorrespondentRole_CORRESPONDENT_ROLE_UNSPECIFIED
}

func decode(row db.JournalEntry, file db.JournalFile) (Journaling, error) {
	j := Journaling{
		Entry: Entry{
			Source: row.Source, ApplicationID: row.ApplicationID, Type: Type(row.EntryType), Title: row.Title, PublicTitle: row.PublicTitle,
			DocumentDate: decodeDate(row.DocumentDate), ReceivedOn: decodeDate(row.ReceivedOn), SentOn: decodeDate(row.SentOn),
			Attachments: int(row.Attachments), WrittenAt: row.WrittenAt,
		},
		ID: row.ID, Revision: row.Revision, Year: orZero(row.JournalYear), Sequence: orZero(row.Sequence), Number: orZero(row.Number),
		JournaledOn: decodeDate(row.JournaledOn), Status: Status(row.Status), CaseID: orZero(file.CaseID), CaseNumber: orZero(file.CaseNumber),
		Disclosure: Disclosure(row.Disclosure), LegalBasis: row.LegalBasis, AssessedBy: orZero(row.AssessedBy), AssessedOn: decodeDate(row.AssessedOn),
	}
	if err := json.Unmarshal(row.Correspondents, &j.Correspondents); err != nil {
		return j, fmt.Errorf("decode correspondents: %w", err)
	}
	for i := range j.Correspondents {
		if c := &j.Correspondents[i]; c.Party {
			c.Name, c.Person = orZero(file.PartyName), orZero(file.PartyIsPerson)
		}
	}
	return j, nil
}

func orZero[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

func present(j Journaling) *saakornv1.JournalEntry {
	return &saakornv1.JournalEntry{
		Id: j.ID.String(), Etag: j.Etag(), Year: j.Year, Sequence: j.Sequence, Number: j.Number, Reference: j.Reference(),
		CaseId: j.CaseID.String(), CaseNumber: j.CaseNumber, ApplicationId: j.ApplicationID.String(), Type: presentType(j.Type),
		Status: presentStatus(j.Status), JournaledOn: j.JournaledOn.String(), DocumentDate: j.DocumentDate.String(),
		ReceivedOn: j.ReceivedOn.String(), SentOn: j.SentOn.String(), Title: j.Title, PublicTitle: j.PublicTitle,
		Correspondents: presentCorrespondents(j.Correspondents), Attachments: int32(j.Attachments), Disclosure: presentDisclosure(j.Disclosure),
		LegalBasis: j.LegalBasis, AssessedBy: j.AssessedBy, AssessedOn: j.AssessedOn.String(), Source: j.Source,
	}
}

func presentPublic(j Journaling) *saakornv1.PublicJournalEntry {
	return &saakornv1.PublicJournalEntry{
		Id: j.ID.String(), Year: j.Year, Sequence: j.Sequence, Reference: j.Reference(), Type: presentType(j.Type), Status: presentStatus(j.Status),
		JournaledOn: j.JournaledOn.String(), DocumentDate: j.DocumentDate.String(), ReceivedOn: j.ReceivedOn.String(), SentOn: j.SentOn.String(),
		Title: j.PublicTitle, Correspondents: presentCorrespondents(j.Public()), Attachments: int32(j.Attachments),
		Disclosure: presentDisclosure(j.Disclosure), LegalBasis: j.LegalBasis,
	}
}

func presentCorrespondents(list []Correspondent) []*saakornv1.Correspondent {
	presented := make([]*saakornv1.Correspondent, 0, len(list))
	for _, c := range list {
		presented = append(presented, &saakornv1.Correspondent{Role: presentRole(c.Role), Name: c.Name, Person: c.Person})
	}
	return presented
}

func decodeRequest(row db.GetAccessRequestRow) AccessRequest {
	r := row.AccessRequest
	return AccessRequest{
		ID: r.ID, Revision: r.Revision, EntryID: r.EntryID,
		Reference: reference(orZero(row.CaseNumber), orZero(row.Number)), Email: r.Email, Name: r.Name, Note: r.Note,
		ReceivedAt: r.ReceivedAt, DueOn: decodeDate(r.DueOn), Answer: Answer(orZero(r.Answer)), LegalBasis: r.LegalBasis,
		Reasons: r.Reasons, AnsweredBy: orZero(r.AnsweredBy), AnsweredAt: r.AnsweredAt,
	}
}

func presentRequest(r AccessRequest) *saakornv1.AccessRequest {
	return &saakornv1.AccessRequest{
		Id: r.ID.String(), Etag: r.Etag(), EntryId: r.EntryID.String(), Reference: r.Reference, Email: r.Email, Name: r.Name, Text: r.Note,
		ReceivedAt: timestamppb.New(r.ReceivedAt), DueDate: r.DueOn.String(),
		Answer: saakornv1.AccessAnswer(saakornv1.AccessAnswer_value[answerPrefix+string(r.Answer)]), LegalBasis: r.LegalBasis,
		Reasons: r.Reasons, AnsweredBy: r.AnsweredBy, AnsweredAt: optionalTime(r.AnsweredAt),
	}
}

func optionalTime(t *time.Time) *timestamppb.Timestamp {
	if t == nil {
		return nil
	}
	return timestamppb.New(*t)
}
