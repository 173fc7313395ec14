package mail_test

import (
	"io"
	"mime"
	"mime/quotedprintable"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"saakorn/services/platform/mail"
)

func message() mail.Message {
	return mail.Message{
		ID: uuid.MustParse("0191e7a0-0000-7000-8000-000000000001"), To: []string{"amina@saakorn.example", "bjorn@saakorn.example"},
		Subject: "Søknaden er mottatt – takk\r\nBcc: somebody@saakorn.example", Text: "Kjære søker,\nen linje som er " + strings.Repeat("lang ", 40) + "\n.\nÆrlig talt\n",
		Date: time.Date(2019, time.January, 7, 9, 0, 0, 0, time.UTC),
	}
}

func TestAMessageCanBeReadByAMailProgram(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "mail")
	sender := mail.Folder{Path: folder, From: "Såkorn <noreply@saakorn.example>"}
	for range 2 { // again is the same file
		if err := sender.Send(t.Context(), message()); err != nil {
			t.Fatal(err)
		}
	}
	files, err := os.ReadDir(folder)
	if err != nil || len(files) != 1 {
		t.Fatalf("the folder holds %v, %v", files, err)
	}
	f, err := os.Open(filepath.Join(folder, files[0].Name()))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	read, err := netmail.ReadMessage(f)
	if err != nil {
		t.Fatal(err)
	}
	if got := read.Header.Get("Bcc"); got != "" {
		t.Errorf("the subject has smuggled in a header: Bcc %s", got)
	}
	if subject, err := new(mime.WordDecoder).DecodeHeader(read.Header.Get("Subject")); err != nil || subject != message().Subject {
		t.Errorf("subject %q, %v", subject, err)
	}
	for _, name := range []string{"From", "To"} {
		if addresses, err := read.Header.AddressList(name); err != nil || len(addresses) == 0 {
			t.Errorf("%s: %v, %v", name, addresses, err)
		}
	}
	if from := read.Header.Get("From"); strings.ContainsFunc(from, func(r rune) bool { return r > 127 }) {
		t.Errorf("From %q holds letters that a header cannot hold as they are", from)
	}
	text, err := io.ReadAll(quotedprintable.NewReader(read.Body))
	if err != nil || strings.ReplaceAll(string(text), "\r\n", "\n") != message().Text {
		t.Errorf("text %q, %v", text, err)
	}
}
