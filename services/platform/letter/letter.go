// Package letter keeps the letters that leave the house. A letter is written once for each reason
// to write it, however often that is asked for, and is never changed afterwards.
package letter

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Letter is a text to somebody about an application.
type Letter struct {
	ID uuid.UUID
	// Key says why the letter is written, for example "decision/<id>": there is one letter for each.
	Key           string
	ApplicationID uuid.UUID
	// Kind is the scheme's key of the letter.
	Kind string
	// Language is nb, nn or en.
	Language string
	Subject  string
	Parts    []Part
	// Recipients are e-mail addresses.
	Recipients []string
	CreatedAt  time.Time
	SentAt     *time.Time
	// Head is what stands above the letter as a document.
	Head Head
	// Formal says that the letter tells of a decision: it goes to the enterprise's own mailbox when
	// there is one, and its contents are in no e-mail then.
	Formal bool
	// PartyID is the enterprise that the letter notifies; Nil for a letter to somebody else.
	PartyID uuid.UUID
	// PDFSHA256 is of the PDF as it was sent, in hexadecimal; nil until it has been made.
	PDFSHA256 *string
	// ReferredTo is the e-mail address of the appeal body in a letter that refers an appeal to it, of which the
	// party gets a copy; empty in every other letter.
	ReferredTo string
}

// Head is whom a letter is to and from. What is empty is left out of the document.
type Head struct {
	// Recipient is the enterprise's name.
	Recipient          string `json:"recipient,omitempty"`
	OrganizationNumber string `json:"organization_number,omitempty"`
	CaseNumber         string `json:"case_number,omitempty"`
	// Sender is who administers the grant, in the letter's language.
	Sender string `json:"sender,omitempty"`
}

// Part is a part of a letter with an optional heading.
type Part struct {
	Heading string `json:"heading,omitempty"`
	Body    string `json:"body"`
}

// namespace makes the identifier of a letter follow from its key.
func namespace() uuid.UUID { return uuid.NewSHA1(uuid.NameSpaceURL, []byte("saakorn/letter")) }

// Write stores the letter unless one with its key is there, and returns the identifier of the one
// that is.
func Write(ctx context.Context, tx pgx.Tx, l Letter) (id uuid.UUID, written bool, err error) {
	id = uuid.NewSHA1(namespace(), []byte(l.Key))
	tag, err := tx.Exec(ctx, `INSERT INTO letter
		(id, dedup_key, application_id, kind, language, subject, parts, recipients, created_at, head, formal, party_id, referred_to)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, nullif($12::uuid, '00000000-0000-0000-0000-000000000000'), $13) ON CONFLICT (dedup_key) DO NOTHING`,
		id, l.Key, l.ApplicationID, l.Kind, l.Language, l.Subject, l.Parts, l.Recipients, l.CreatedAt, l.Head, l.Formal, l.PartyID, l.ReferredTo)
	if err != nil {
		return uuid.Nil, false, fmt.Errorf("write the letter %s: %w", l.Kind, err)
	}
	return id, tag.RowsAffected() == 1, nil
}

// Querier is a connection pool or a transaction.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

const columns = `id, dedup_key, application_id, kind, language, subject, parts, recipients, created_at, sent_at,
	head, formal, coalesce(party_id, '00000000-0000-0000-0000-000000000000'), pdf_sha256, referred_to`

// Get returns the letter with the identifier.
func Get(ctx context.Context, q Querier, id uuid.UUID) (Letter, error) {
	rows, err := q.Query(ctx, `SELECT `+columns+` FROM letter WHERE id = $1`, id)
	if err != nil {
		return Letter{}, fmt.Errorf("load a letter: %w", err)
	}
	l, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Letter])
	if err != nil {
		return Letter{}, fmt.Errorf("load a letter: %w", err)
	}
	return l, nil
}

// Find returns the letter with the identifier; false when there is none.
func Find(ctx context.Context, q Querier, id uuid.UUID) (Letter, bool, error) {
	l, err := Get(ctx, q, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return Letter{}, false, nil
	}
	return l, err == nil, err
}

// OfApplication returns the letters about the application, newest first.
func OfApplication(ctx context.Context, q Querier, applicationID uuid.UUID) ([]Letter, error) {
	rows, err := q.Query(ctx, `SELECT `+columns+` FROM letter WHERE application_id = $1 ORDER BY created_at DESC, id`, applicationID)
	if err != nil {
		return nil, fmt.Errorf("list letters: %w", err)
	}
	letters, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Letter])
	if err != nil {
		return nil, fmt.Errorf("list letters: %w", err)
	}
	return letters, nil
}

// Text returns the letter as plain text.
func (l Letter) Text() string {
	var b strings.Builder
	for i, part := range l.Parts {
		if i > 0 {
			b.WriteString("\n\n")
		}
		if part.Heading != "" {
			b.WriteString(part.Heading + "\n\n")
		}
		b.WriteString(part.Body)
	}
	b.WriteString("\n")
	return b.String()
}
