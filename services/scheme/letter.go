package scheme

import (
	"fmt"
	"strings"
	"text/template"
)

// Appealable tells whether the letter brings a decision that can be appealed: it tells how, and an
// appeal period runs from when it has reached the party (fvl. §§ 27-29).
func (k LetterKey) Appealable() bool {
	switch k {
	case LetterApproved, LetterPartiallyApproved, LetterRejected, LetterDismissed,
		LetterAppealDismissed, LetterAppealGranted, LetterReversed,
		LetterChangeRejected, LetterPaymentSuspended, LetterGrantStopped, LetterGrantReduced, LetterRecoveryDecided,
		LetterMeasureAppealDismissed:
		return true
	default:
		return false
	}
}

// RenderedLetter is a letter as it is sent: plain text, in one language.
type RenderedLetter struct {
	Subject string
	Parts   []Part
}

// Part is a passage of a letter. The heading may be empty. Within the body an empty line separates
// paragraphs, other line breaks are kept, and lines that begin with "- " are items of a list.
type Part struct {
	Heading, Body string
}

// RenderLetter writes a letter in a language, falling back to bokmål. A part whose body comes out
// empty is left out, so that a scheme can have parts that only some letters need. A text that uses
// something that data does not have is an error, never a hole in the letter.
func (d *Definition) RenderLetter(key LetterKey, language string, data LetterData) (RenderedLetter, error) {
	letter, ok := d.Letter(key)
	if !ok {
		return RenderedLetter{}, d.noLetter(key)
	}
	return render(letter, language, data)
}

func (d *Definition) noLetter(key LetterKey) error {
	return fmt.Errorf("scheme %s %s has no letter %s", d.ID, d.Version, key)
}

// render writes a letter with the data that its kind has.
func render(letter Letter, language string, data any) (RenderedLetter, error) {
	subject, err := fill(letter.Subject.In(language), data)
	if err != nil {
		return RenderedLetter{}, fmt.Errorf("write subject of letter %s: %w", letter.Key, err)
	}
	rendered := RenderedLetter{Subject: subject}
	for i, paragraph := range letter.Paragraphs {
		body, err := fill(paragraph.Body.In(language), data)
		if err != nil {
			return RenderedLetter{}, fmt.Errorf("write part %d of letter %s: %w", i+1, letter.Key, err)
		}
		if body == "" {
			continue
		}
		heading, err := fill(paragraph.Heading.In(language), data)
		if err != nil {
			return RenderedLetter{}, fmt.Errorf("write heading %d of letter %s: %w", i+1, letter.Key, err)
		}
		rendered.Parts = append(rendered.Parts, Part{Heading: heading, Body: body})
	}
	return rendered, nil
}

// fill executes a template source. Letters are plain text, so nothing is escaped here: whoever
// shows one on a page escapes it there.
func fill(source string, data any) (string, error) {
	parsed, err := template.New("text").Option("missingkey=error").Parse(source)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	if err := parsed.Execute(&text, data); err != nil {
		return "", err
	}
	return strings.TrimSpace(text.String()), nil
}
