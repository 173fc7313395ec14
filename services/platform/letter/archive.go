package letter

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"saakorn/services/platform/database"
	"saakorn/services/platform/file"
)

// Document is a letter as it is shown, printed and sent.
type Document struct {
	// HTML is a whole page that asks for nothing from anywhere; Fragment is the letter alone, for a
	// page that has its own style.
	HTML, Fragment string
	PDF            []byte
}

// Renderer makes letters into documents.
type Renderer interface {
	Render(l Letter) (Document, error)
}

// Files keeps files by key.
type Files interface {
	Keep(ctx context.Context, key string, from io.Reader, limit int64) (file.Kept, error)
	Read(ctx context.Context, key string) (io.ReadCloser, error)
}

// Archive keeps the PDF of every letter that was sent as one, as it was sent: a later build may lay
// letters out in another way.
type Archive struct {
	Renderer Renderer
	Files    Files
}

// mostBytes is more than any letter comes to.
const mostBytes = 50 << 20

func pdfKey(id uuid.UUID) string { return "letters/" + id.String() + ".pdf" }

// Document returns the letter as a document. The PDF is the one that was sent, if one was.
func (a Archive) Document(ctx context.Context, l Letter) (Document, error) {
	d, err := a.Renderer.Render(l)
	if err != nil || l.PDFSHA256 == nil {
		return d, err
	}
	d.PDF, err = a.sent(ctx, l)
	return d, err
}

func (a Archive) sent(ctx context.Context, l Letter) ([]byte, error) {
	r, err := a.Files.Read(ctx, pdfKey(l.ID))
	if err != nil {
		return nil, fmt.Errorf("read a letter that was sent: %w", err)
	}
	defer r.Close()
	pdf, err := io.ReadAll(io.LimitReader(r, mostBytes))
	if err != nil {
		return nil, fmt.Errorf("read a letter that was sent: %w", err)
	}
	if sum := sha256.Sum256(pdf); hex.EncodeToString(sum[:]) != *l.PDFSHA256 {
		return nil, fmt.Errorf("the PDF of the letter %s is not the one that was sent", l.ID)
	}
	return pdf, nil
}

// keep makes the PDF that is sent, once: later attempts to send the letter send the same bytes.
func (a Archive) keep(ctx context.Context, pool *pgxpool.Pool, l Letter) ([]byte, error) {
	d, err := a.Renderer.Render(l)
	if err != nil {
		return nil, err
	}
	err = database.InTransaction(ctx, pool, func(tx pgx.Tx) error {
		// The row is locked, so that the file and the sum are those of one and the same attempt.
		err := tx.QueryRow(ctx, `SELECT pdf_sha256 FROM letter WHERE id = $1 FOR UPDATE`, l.ID).Scan(&l.PDFSHA256)
		if err != nil || l.PDFSHA256 != nil {
			return err
		}
		kept, err := a.Files.Keep(ctx, pdfKey(l.ID), bytes.NewReader(d.PDF), mostBytes)
		if err != nil {
			return err
		}
		l.PDFSHA256 = &kept.SHA256
		_, err = tx.Exec(ctx, `UPDATE letter SET pdf_sha256 = $2 WHERE id = $1`, l.ID, kept.SHA256)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("keep the PDF of a letter: %w", err)
	}
	return a.sent(ctx, l)
}
