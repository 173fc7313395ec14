// Package text holds every text of the pages in bokmål, nynorsk and English, and writes dates, times,
// amounts and numbers as each language does. Texts are in the YAML files beside it, one file for each
// part of the pages; a text that lacks a language does not load.
package text

import (
	"embed"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

//go:embed *.yaml
var files embed.FS

// Language is one of the languages of the pages, as in the attribute lang.
type Language string

// The languages.
const (
	Bokmal  Language = "nb"
	Nynorsk Language = "nn"
	English Language = "en"
)

// Languages returns the languages in the order in which they are offered.
func Languages() []Language { return []Language{Bokmal, Nynorsk, English} }

// Name returns what the language is called in itself.
func (l Language) Name() string {
	switch l {
	case Nynorsk:
		return "Nynorsk"
	case English:
		return "English"
	default:
		return "Bokmål"
	}
}

// Parse returns the language with the code; false when there is none.
func Parse(code string) (Language, bool) {
	l := Language(code)
	return l, slices.Contains(Languages(), l)
}

// Preferred returns the first language of an Accept-Language header that the pages have, and bokmål
// when they have none of them.
func Preferred(header string) Language {
	for part := range strings.SplitSeq(header, ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		base, _, _ := strings.Cut(strings.ToLower(tag), "-")
		if base == "no" {
			return Bokmal
		}
		if l, ok := Parse(base); ok {
			return l
		}
	}
	return Bokmal
}

// Catalogue is every text in every language.
type Catalogue struct {
	texts map[string]map[Language]string
}

// Load reads the texts. It fails when one lacks a language, has other places to fill in one language
// than in another, or is there twice.
func Load() (*Catalogue, error) {
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil, fmt.Errorf("list the texts: %w", err)
	}
	c := &Catalogue{texts: map[string]map[Language]string{}}
	for _, entry := range entries {
		if err := c.read(entry.Name()); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (c *Catalogue) read(name string) error {
	content, err := files.ReadFile(name)
	if err != nil {
		return fmt.Errorf("read the texts: %w", err)
	}
	var texts map[string]map[Language]string
	if err := yaml.Unmarshal(content, &texts); err != nil {
		return fmt.Errorf("read the texts in %s: %w", name, err)
	}
	for key, languages := range texts {
		if _, there := c.texts[key]; there {
			return fmt.Errorf("%s: %s is there twice", name, key)
		}
		if err := check(languages); err != nil {
			return fmt.Errorf("%s: %s: %w", path.Base(name), key, err)
		}
		c.texts[key] = languages
	}
	return nil
}

func check(languages map[Language]string) error {
	for _, l := range Languages() {
		if strings.TrimSpace(languages[l]) == "" {
			return fmt.Errorf("nothing in %s", l)
		}
		if got, want := places(languages[l]), places(languages[Bokmal]); !slices.Equal(got, want) {
			return fmt.Errorf("%s fills in %v, nb fills in %v", l, got, want)
		}
	}
	if len(languages) != len(Languages()) {
		return fmt.Errorf("languages that the pages do not have")
	}
	return nil
}

// places returns the names in braces, sorted, once each.
func places(s string) []string {
	var names []string
	for {
		_, rest, found := strings.Cut(s, "{")
		if !found {
			slices.Sort(names)
			return slices.Compact(names)
		}
		name, after, _ := strings.Cut(rest, "}")
		names, s = append(names, name), after
	}
}

// Has tells whether there is a text with the key.
func (c *Catalogue) Has(key string) bool { return c.texts[key] != nil }

// Keys returns the keys of all texts, sorted.
func (c *Catalogue) Keys() []string {
	keys := make([]string, 0, len(c.texts))
	for key := range c.texts {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// Printer returns the texts in one language.
func (c *Catalogue) Printer(l Language) Printer { return Printer{Language: l, catalogue: c} }

// Printer writes in one language.
type Printer struct {
	Language  Language
	catalogue *Catalogue
}

// T returns the text with the key. The arguments are pairs of a name and what to put in its place:
// T("deadline", "date", p.Date(d)) fills in {date}. A key that does not exist is shown in brackets,
// and a test sees to it that no page has one.
func (p Printer) T(key string, pairs ...string) string {
	s, ok := p.catalogue.texts[key][p.Language]
	if !ok {
		return "⟦" + key + "⟧"
	}
	return fill(s, pairs)
}

// Or returns the text with the key, and the text with the other key when there is none. It is for
// texts that follow from what the API says, which may be newer than the pages.
func (p Printer) Or(key, other string, pairs ...string) string {
	if p.catalogue.Has(key) {
		return p.T(key, pairs...)
	}
	return p.T(other, pairs...)
}

// N returns the text with the key and ".one" when n is 1, else ".other", with {n} filled in.
func (p Printer) N(key string, n int, pairs ...string) string {
	form := ".other"
	if n == 1 {
		form = ".one"
	}
	return p.T(key+form, append(pairs, "n", p.Number(int64(n)))...)
}

func fill(s string, pairs []string) string {
	if len(pairs) == 0 {
		return s
	}
	old := make([]string, 0, len(pairs))
	for i := 0; i+1 < len(pairs); i += 2 {
		old = append(old, "{"+pairs[i]+"}", pairs[i+1])
	}
	return strings.NewReplacer(old...).Replace(s)
}
