// Package document makes a letter into what can be read, printed and kept: a page of HTML and a
// tagged PDF, laid out after Nav's conventions for letters.
//
// The PDF holds real text in an embedded font, a structure tree (headings, paragraphs, lists), its
// language and its title, and is written to PDF/A-2a (ISO 19005-2) and PDF/UA-1 (ISO 14289-1).
// docs/decisions/004-letters-as-pdf.md tells what that has been checked with.
package document

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"saakorn/services/platform/calendar"
	"saakorn/services/platform/letter"
)

// Renderer makes letters into documents. Make one with [New]; it may be used by several at once.
type Renderer struct {
	regular, bold *typeface
}

// New returns a renderer. It fails only when the fonts that come with the program cannot be read.
func New() (*Renderer, error) {
	regular, err := loadTypeface("SourceSans3-Regular")
	if err != nil {
		return nil, err
	}
	bold, err := loadTypeface("SourceSans3-Bold")
	if err != nil {
		return nil, err
	}
	return &Renderer{regular, bold}, nil
}

// Render returns the letter as a document. The same letter always gives the same bytes from the same
// build: the date in them is the letter's own.
func (r *Renderer) Render(l letter.Letter) (letter.Document, error) {
	c := read(l)
	page, fragment, err := c.html()
	if err != nil {
		return letter.Document{}, fmt.Errorf("render the letter %s: %w", l.Kind, err)
	}
	pdf, err := r.pdf(c)
	if err != nil {
		return letter.Document{}, fmt.Errorf("render the letter %s: %w", l.Kind, err)
	}
	return letter.Document{HTML: page, Fragment: fragment, PDF: pdf}, nil
}

// content is a letter taken apart into what both forms set.
type content struct {
	letter.Letter
	words words
	facts []fact
	date  string
	parts []part
}

// fact is a line of the head, such as the case number.
type fact struct{ Label, Value string }

type part struct {
	Heading string
	Blocks  []block
	// Signature says that the part is the greeting and the names, which stay together.
	Signature bool
}

// block is a paragraph, whose lines are kept, or a list.
type block struct {
	Lines []string
	Items []string
}

// words are what the page itself says, in the letter's language.
type words struct{ name, number, caseNumber, footer, pages string }

func wordsIn(language string) words {
	switch language {
	case "nn":
		return words{"Namn", "Organisasjonsnummer", "Saksnummer", "Saksnummer %s", "Side %d av %d"}
	case "en":
		return words{"Name", "Organisation number", "Case number", "Case number %s", "Page %d of %d"}
	}
	return words{"Navn", "Organisasjonsnummer", "Saksnummer", "Saksnummer %s", "Side %d av %d"}
}

func read(l letter.Letter) content {
	c := content{Letter: l, words: wordsIn(l.Language), date: date(calendar.On(l.CreatedAt), l.Language)}
	c.Subject = clean(l.Subject)
	for _, f := range []fact{
		{c.words.name, clean(l.Head.Recipient)},
		{c.words.number, grouped(clean(l.Head.OrganizationNumber))},
		{c.words.caseNumber, clean(l.Head.CaseNumber)},
	} {
		if f.Value != "" {
			c.facts = append(c.facts, f)
		}
	}
	for i, p := range l.Parts {
		c.parts = append(c.parts, part{
			Heading: clean(p.Heading), Blocks: split(p.Body),
			Signature: p.Heading == "" && i > 0 && i == len(l.Parts)-1,
		})
	}
	return c
}

// grouped writes an organisation number as people read it, with spaces that do not break.
func grouped(number string) string {
	const digits, group = 9, 3
	if len(number) != digits || strings.ContainsFunc(number, func(r rune) bool { return !unicode.IsDigit(r) }) {
		return number
	}
	return number[:group] + "\u00a0" + number[group:2*group] + "\u00a0" + number[2*group:]
}

// split takes a body apart: an empty line separates paragraphs, and lines that begin with "- " are
// items of a list. Items that follow each other are one list, empty lines between them or not.
func split(body string) []block {
	var blocks []block
	open := false // whether the next line goes on with the last block's paragraph
	for line := range strings.Lines(body) {
		line = strings.TrimSpace(line)
		item, isItem := strings.CutPrefix(line, "- ")
		switch text := clean(item); {
		case text == "":
			open = false
		case isItem:
			if n := len(blocks); n == 0 || blocks[n-1].Items == nil {
				blocks = append(blocks, block{})
			}
			last := &blocks[len(blocks)-1]
			last.Items, open = append(last.Items, text), false
		case open:
			last := &blocks[len(blocks)-1]
			last.Lines = append(last.Lines, text)
		default:
			blocks, open = append(blocks, block{Lines: []string{text}}), true
		}
	}
	return blocks
}

// clean composes letters with their marks and takes out what is not seen: people paste text from
// anywhere. A soft hyphen would be shown as a hyphen.
func clean(text string) string {
	text = norm.NFC.String(strings.ToValidUTF8(text, "\uFFFD"))
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029':
			return ' '
		case r == '\u00AD' || unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, text)
	return strings.TrimSpace(text)
}

// date writes a date as Nav's rules for writing have it: «24. november 2026», «24 November 2026».
func date(d calendar.Date, language string) string {
	if language == "en" {
		return fmt.Sprintf("%d %s %d", d.Day, d.Month, d.Year)
	}
	months := [...]string{
		"januar", "februar", "mars", "april", "mai", "juni",
		"juli", "august", "september", "oktober", "november", "desember",
	}
	return fmt.Sprintf("%d. %s %d", d.Day, months[d.Month-1], d.Year)
}
