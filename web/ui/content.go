package ui

import (
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"saakorn/web/text"
)

// Tone is what a message or a state means.
type Tone string

// The tones, in Aksel's names.
const (
	Neutral Tone = "neutral"
	Info    Tone = "info"
	Success Tone = "success"
	Warning Tone = "warning"
	Danger  Tone = "danger"
)

// mark is a sign beside the colour, which not everybody sees.
func (t Tone) mark() string {
	switch t {
	case Success:
		return "✓"
	case Warning:
		return "!"
	case Danger:
		return "✕"
	default:
		return "i"
	}
}

func (t Tone) role() string {
	if t == Danger {
		return "alert"
	}
	return "status"
}

// Variant is how much a button calls for attention.
type Variant string

// The variants: one primary button on a page.
const (
	Primary   Variant = "primary"
	Secondary Variant = "secondary"
	Tertiary  Variant = "tertiary"
)

// Fact is a name and what goes with it.
type Fact struct {
	Name, Value string
	// Content is shown in place of the value when it is set.
	Content templ.Component
}

// Step is one step of a procedure.
type Step struct {
	Title string
	// When is when it was done or is expected, in words.
	When string
	// Text tells more.
	Text          string
	Done, Current bool
}

func (s Step) status() string {
	switch {
	case s.Current:
		return "active"
	case s.Done:
		return "completed"
	}
	return "uncompleted"
}

type block struct {
	list  bool
	lines []string
}

// blocks parts a text into paragraphs and lists.
func blocks(s string) []block {
	var all []block
	for line := range strings.SplitSeq(strings.ReplaceAll(s, "\r\n", "\n"), "\n") {
		line = strings.TrimSpace(line)
		item, list := strings.CutPrefix(line, "- ")
		switch {
		case line == "":
			all = append(all, block{})
		case len(all) == 0 || all[len(all)-1].list != list || len(all[len(all)-1].lines) == 0:
			all = append(all, block{list, []string{item}})
		default:
			all[len(all)-1].lines = append(all[len(all)-1].lines, item)
		}
	}
	kept := all[:0]
	for _, b := range all {
		if len(b.lines) > 0 {
			kept = append(kept, b)
		}
	}
	return kept
}

// LanguageAddress changes the language and comes back to the path.
func LanguageAddress(l text.Language, path string) templ.SafeURL {
	return templ.SafeURL("/language?" + url.Values{"to": {string(l)}, "back": {path}}.Encode())
}
