package application

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"saakorn/services/journal"
)

// Journal receives an entry for every document, in the transaction that makes it.
type Journal interface {
	Write(ctx context.Context, tx pgx.Tx, e journal.Entry) error
}

// entryOfVersion is the entry of a submitted version. Each version is a document of its own: what came in
// first stays in the journal when a correction takes its place.
func entryOfVersion(a Application, files int, now time.Time) journal.Entry {
	title := fmt.Sprintf("Søknad %s, versjon %d", a.Reference, a.Version)
	return journal.Entry{
		Source: fmt.Sprintf("application/%s/%d", a.ID, a.Version), ApplicationID: a.ID, Type: journal.Incoming,
		Title: title, PublicTitle: title, Correspondents: fromApplicant(), Attachments: files, WrittenAt: now,
	}
}

// entryOfWithdrawal is the entry of a withdrawal. A draft that is given up was never received, and has none.
func entryOfWithdrawal(id uuid.UUID, reference string, now time.Time) journal.Entry {
	title := fmt.Sprintf("Trekk av søknad %s", reference)
	return journal.Entry{
		Source: fmt.Sprintf("application/%s/withdrawal", id), ApplicationID: id, Type: journal.Incoming,
		Title: title, PublicTitle: title, Correspondents: fromApplicant(), WrittenAt: now,
	}
}

func fromApplicant() []journal.Correspondent {
	return []journal.Correspondent{journal.Party(journal.Sender)}
}
