// Package mail sends letters by e-mail. A development installation writes them to a folder.
package mail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Message is one e-mail.
type Message struct {
	// ID makes sending the same message again recognisable.
	ID      uuid.UUID
	To      []string
	Subject string
	Text    string
	Date    time.Time
}

// Folder writes messages as .eml files. Sending a message again writes the same file.
type Folder struct {
	Path string
	// From is the sender's address, with or without a name.
	From string
}

// Send writes the message.
func (f Folder) Send(_ context.Context, m Message) error {
	body, err := m.encode(f.From)
	if err != nil {
		return fmt.Errorf("write a message: %w", err)
	}
	if err := os.MkdirAll(f.Path, 0o700); err != nil {
		return fmt.Errorf("write a message: %w", err)
	}
	name := filepath.Join(f.Path, m.ID.String()+".eml")
	// Renaming makes the file appear whole or not at all.
	if err := os.WriteFile(name+".new", body, 0o600); err != nil {
		return fmt.Errorf("write a message: %w", err)
	}
	if err := os.Rename(name+".new", name); err != nil {
		return fmt.Errorf("write a message: %w", err)
	}
	return nil
}

func (m Message) encode(from string) ([]byte, error) {
	sender, err := mail.ParseAddress(from)
	if err != nil {
		return nil, fmt.Errorf("read the sender's address: %w", err)
	}
	recipients := make([]string, 0, len(m.To))
	for _, to := range m.To {
		recipient, err := mail.ParseAddress(to)
		if err != nil {
			return nil, errors.New("a recipient's address cannot be read") // which is nobody's business to log
		}
		recipients = append(recipients, recipient.String())
	}
	var b bytes.Buffer
	header := func(name, value string) { fmt.Fprintf(&b, "%s: %s\r\n", name, value) }
	header("Message-ID", fmt.Sprintf("<%s@saakorn.invalid>", m.ID))
	header("Date", m.Date.Format(time.RFC1123Z))
	header("From", sender.String())
	header("To", strings.Join(recipients, ", "))
	header("Subject", mime.QEncoding.Encode("utf-8", m.Subject))
	header("MIME-Version", "1.0")
	header("Content-Type", "text/plain; charset=utf-8")
	header("Content-Transfer-Encoding", "quoted-printable")
	b.WriteString("\r\n")
	w := quotedprintable.NewWriter(&b)
	if _, err := w.Write([]byte(m.Text)); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
