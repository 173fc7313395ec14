// Package altinn takes letters to the enterprises' own mailboxes in Altinn 3 Correspondence.
//
// What is sent is built by [Build], a pure function, and is the same whether it goes over HTTP
// ([HTTP]) or is recorded in a folder ([Folder]).
package altinn

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"saakorn/services/platform/letter"
)

// The shapes below are Altinn's InitializeCorrespondencesExt and what is in it, cut to what is used:
// https://docs.altinn.studio/nb/correspondence/reference/api-endpoints/initialize/.

// Request asks Altinn to put a message into a mailbox.
type Request struct {
	Correspondence Correspondence `json:"correspondence"`
	// Recipients has one only: Altinn takes no idempotency key for several at once.
	Recipients []string `json:"recipients"`
	// ExistingAttachments are the identifiers that Altinn gave to files uploaded before.
	ExistingAttachments []uuid.UUID `json:"existingAttachments"`
	// IdempotentKey makes Altinn refuse the same message a second time, for ever.
	IdempotentKey uuid.UUID `json:"idempotentKey"`
}

// Correspondence is the message.
type Correspondence struct {
	ResourceID       string       `json:"resourceId"`
	SendersReference string       `json:"sendersReference"`
	MessageSender    string       `json:"messageSender,omitempty"`
	Content          Content      `json:"content"`
	Notification     Notification `json:"notification"`
	// IgnoreReservation lets the message through to those who have reserved themselves against digital
	// mail: that is for persons, and here are only enterprises.
	IgnoreReservation    bool `json:"ignoreReservation"`
	IsConfirmationNeeded bool `json:"isConfirmationNeeded"`
}

// Content is what the message says.
type Content struct {
	// Language is nb, nn or en.
	Language     string `json:"language"`
	MessageTitle string `json:"messageTitle"` // plain text
	// MessageSummary and MessageBody are Markdown.
	MessageSummary string `json:"messageSummary"`
	MessageBody    string `json:"messageBody"`
}

// Notification says how Altinn tells the enterprise of the message: by its own text, to the addresses
// that the enterprise has registered there, and again when nobody has read it after seven days.
type Notification struct {
	Template     string `json:"notificationTemplate"`
	Channel      string `json:"notificationChannel"`
	SendReminder bool   `json:"sendReminder"`
}

// Attachment announces a file that is about to be uploaded.
type Attachment struct {
	ResourceID       string `json:"resourceId"`
	FileName         string `json:"fileName"`
	DisplayName      string `json:"displayName"`
	SendersReference string `json:"sendersReference"`
	IsEncrypted      bool   `json:"isEncrypted"`
	// Checksum is the file's MD5, in hexadecimal.
	Checksum string `json:"checksum"`
}

// GrantLetters is the resource in Altinn that Nav's grant letters are sent through today.
const GrantLetters = "nav_tiltak_tilskuddsbrev"

// organization is what stands before an organisation number.
const organization = "urn:altinn:organization:identifier-no:"

// Build returns the message that takes the parcel to its mailbox, for the resource in Altinn and with
// the attachments that Altinn holds. It fails on what Altinn would refuse.
func Build(p letter.Parcel, resourceID string, attachments ...uuid.UUID) (Request, error) {
	r := Request{
		Correspondence: Correspondence{
			ResourceID: resourceID, SendersReference: p.Key.String(), MessageSender: p.Letter.Head.Sender,
			Content: Content{
				Language: p.Letter.Language, MessageTitle: p.Letter.Subject,
				MessageSummary: escape(p.Letter.Subject), MessageBody: markdown(p.Letter),
			},
			Notification:      Notification{Template: "GenericAltinnMessage", Channel: "EmailPreferred", SendReminder: true},
			IgnoreReservation: true,
		},
		Recipients: []string{organization + p.Recipient}, ExistingAttachments: attachments, IdempotentKey: p.Key,
	}
	if r.ExistingAttachments == nil {
		r.ExistingAttachments = []uuid.UUID{}
	}
	return r, r.check()
}

// The longest texts that Altinn takes, in characters.
const (
	longestTitle     = 255
	longestResource  = 255
	longestReference = 4096
	longestSender    = 256
	mostAttachments  = 100
)

// check says what Altinn would refuse the message for.
func (r Request) check() error {
	c := r.Correspondence
	var wrong []error
	want := func(ok bool, text string, args ...any) {
		if !ok {
			wrong = append(wrong, fmt.Errorf(text, args...))
		}
	}
	want(between(c.ResourceID, 1, longestResource), "resourceId needs 1 to %d characters", longestResource)
	want(between(c.SendersReference, 1, longestReference), "sendersReference needs 1 to %d characters", longestReference)
	want(between(c.MessageSender, 0, longestSender), "messageSender has more than %d characters", longestSender)
	want(slices.Contains([]string{"nb", "nn", "en"}, c.Content.Language), "language %q is none that Altinn knows", c.Content.Language)
	want(between(c.Content.MessageTitle, 1, longestTitle), "messageTitle needs 1 to %d characters", longestTitle)
	want(!strings.ContainsFunc(c.Content.MessageTitle, unicode.IsControl), "messageTitle is plain text on one line")
	want(strings.TrimSpace(c.Content.MessageBody) != "", "messageBody is empty")
	want(r.IdempotentKey != uuid.Nil, "idempotentKey is missing")
	want(len(r.ExistingAttachments) <= mostAttachments, "there are more than %d attachments", mostAttachments)
	want(len(r.Recipients) == 1, "there has to be one recipient, or the idempotency key is refused")
	for _, recipient := range r.Recipients {
		number, is := strings.CutPrefix(recipient, organization)
		want(is && nineDigits(number), "the recipient is no organisation number")
	}
	if len(wrong) > 0 {
		return fmt.Errorf("build a message to Altinn: %w", errors.Join(wrong...))
	}
	return nil
}

func between(text string, least, most int) bool {
	n := utf8.RuneCountInString(text)
	return least <= n && n <= most
}

func nineDigits(number string) bool {
	return len(number) == 9 && !strings.ContainsFunc(number, func(r rune) bool { return r < '0' || r > '9' })
}

// markdown returns the letter's text as Altinn shows it: headings, paragraphs, kept line breaks and
// lists. What people have written is shown as they wrote it, and never as formatting.
func markdown(l letter.Letter) string {
	var b strings.Builder
	for _, part := range l.Parts {
		if part.Heading != "" {
			b.WriteString("## " + escape(strings.TrimSpace(part.Heading)) + "\n\n")
		}
		wasItem := false
		for line := range strings.Lines(part.Body) {
			line = strings.TrimSpace(line)
			item, isItem := strings.CutPrefix(line, "- ")
			switch {
			case line == "":
				b.WriteString("\n")
			case isItem:
				b.WriteString("- " + escape(item) + "\n")
			default:
				if wasItem {
					b.WriteString("\n")
				}
				b.WriteString(escape(line) + "  \n") // two spaces keep the line break
			}
			wasItem = isItem
		}
		b.WriteString("\n")
	}
	return strings.TrimSpace(b.String()) + "\n"
}

// escape keeps text from being read as Markdown or HTML. A number with a point after it at the
// beginning of a line would be read as a list.
func escape(text string) string {
	escaped := strings.NewReplacer(
		`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "{", `\{`, "}", `\}`, "[", `\[`, "]", `\]`, "<", `\<`, ">", `\>`,
		"#", `\#`, "|", `\|`, "!", `\!`, "~", `\~`, "&", `\&`,
	).Replace(text)
	if strings.HasPrefix(escaped, "-") || strings.HasPrefix(escaped, "+") || strings.HasPrefix(escaped, "=") {
		return `\` + escaped
	}
	digits := strings.TrimLeftFunc(escaped, func(r rune) bool { return '0' <= r && r <= '9' })
	if n := len(escaped) - len(digits); n > 0 && (strings.HasPrefix(digits, ".") || strings.HasPrefix(digits, ")")) {
		return escaped[:n] + `\` + digits
	}
	return escaped
}
