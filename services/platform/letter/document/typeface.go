package document

import (
	"embed"
	"fmt"
	"slices"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// Source Sans 3 is the typeface of Nav's letters (SIL Open Font License, font/OFL.txt).
//
//go:embed font/*.ttf
var fonts embed.FS

// typeface is a font that text is measured with and that is embedded.
type typeface struct {
	name   string
	source []byte
	parsed *sfnt.Font
	// perEm is how many of the font's units make the size of the text.
	perEm int
}

func loadTypeface(name string) (*typeface, error) {
	source, err := fonts.ReadFile("font/" + name + ".ttf")
	if err != nil {
		return nil, fmt.Errorf("read the font %s: %w", name, err)
	}
	parsed, err := sfnt.Parse(source)
	if err != nil {
		return nil, fmt.Errorf("read the font %s: %w", name, err)
	}
	return &typeface{name, source, parsed, int(parsed.UnitsPerEm())}, nil
}

// glyph is a shape of a font.
type glyph struct {
	id uint16
	// width in thousandths of the size.
	width int
}

// setting is one document's use of a typeface: it remembers what was used, so that only that is
// embedded. It is not for several at once.
type setting struct {
	*typeface
	resource string
	buffer   sfnt.Buffer
	glyphs   map[rune]glyph
	// text is the first character that each glyph stood for.
	text map[uint16]rune
	err  error
}

func (t *typeface) set(resource string) *setting {
	return &setting{typeface: t, resource: resource, glyphs: map[rune]glyph{}, text: map[uint16]rune{}}
}

// replacement stands for a character that the font does not have: what is missing must be seen to
// be missing, and PDF/A has no place for the font's own empty box.
const replacement = '?'

// glyph returns the shape of a character, or of its replacement.
func (s *setting) glyph(r rune) glyph {
	if g, known := s.glyphs[r]; known {
		return g
	}
	id, err := s.parsed.GlyphIndex(&s.buffer, r)
	if err == nil && id == 0 && r != replacement {
		g := s.glyph(replacement)
		s.glyphs[r] = g
		return g
	}
	advance, widthErr := s.parsed.GlyphAdvance(&s.buffer, id, fixed.I(s.perEm), font.HintingNone)
	if s.err == nil && (err != nil || widthErr != nil) {
		s.err = fmt.Errorf("measure text in %s: %w, %w", s.name, err, widthErr)
	}
	g := glyph{id: uint16(id), width: advance.Round() * 1000 / s.perEm}
	s.glyphs[r] = g
	if _, taken := s.text[g.id]; !taken {
		s.text[g.id] = r
	}
	return g
}

// width returns how wide the text is at the size, in points.
func (s *setting) width(text string, size float64) float64 {
	total := 0
	for _, r := range text {
		total += s.glyph(r).width
	}
	return float64(total) * size / 1000
}

// used returns the shapes that were used, by their number.
func (s *setting) used() []glyph {
	list := make([]glyph, 0, len(s.glyphs))
	for _, g := range s.glyphs {
		list = append(list, g)
	}
	slices.SortFunc(list, func(a, b glyph) int { return int(a.id) - int(b.id) })
	return slices.Compact(list)
}
