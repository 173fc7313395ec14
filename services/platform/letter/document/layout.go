package document

import "strings"

// Measures of Nav's letters, in points: an A4 page, its margins, and the sizes of text.
const (
	pageWidth, pageHeight            = 595.276, 841.89
	marginTop, marginSide            = 64.0, 56.0
	marginBottom                     = 74.0
	textWidth                        = pageWidth - 2*marginSide
	textHeight                       = pageHeight - marginTop - marginBottom
	bodySize, bodyLeading, bodyAfter = 11.0, 16.0, 16.0
	h1Size, h1Leading                = 16.0, 20.0
	h2Size, h2Leading                = 13.0, 16.0
	headAfter                        = 48.0
	listIndent                       = 16.0
	footerSize                       = 9.0
	footerFromBottom                 = 40.0
)

// element is a node of the structure tree: the document, a heading, a paragraph, a list.
type element struct {
	role string
	kids []*element
	// marks are the pieces of the pages' content that show the element, in reading order.
	marks []mark
}

type mark struct{ page, id int }

func (e *element) add(role string) *element {
	kid := &element{role: role}
	e.kids = append(e.kids, kid)
	return kid
}

// run is a piece of text on a line.
type run struct {
	of   *element
	font *setting
	size float64
	x    float64
	text string
}

// row is a line of the page.
type row struct {
	above, height float64
	runs          []run
	// keep says that the next row must be on the same page.
	keep bool
}

// layout puts a letter into rows, and says with the structure tree what they are.
type layout struct {
	regular, bold *setting
	root          *element
	rows          []row
}

func (r *Renderer) lay(c content) *layout {
	l := &layout{regular: r.regular.set("F1"), bold: r.bold.set("F2"), root: &element{role: "Document"}}
	l.head(c)
	h1 := text{l.root.add("H1"), l.bold, h1Size, h1Leading, 0}
	l.lines(h1, []string{c.Subject}, headAfter, false)
	l.stick()
	after := bodyAfter
	for _, p := range c.parts {
		first := len(l.rows)
		if p.Heading != "" {
			l.lines(text{l.root.add("H2"), l.bold, h2Size, h2Leading, 0}, []string{p.Heading}, bodyAfter, false)
			l.stick()
			after = 2
		}
		for _, b := range p.Blocks {
			l.block(b, after)
			after = bodyAfter
		}
		if p.Signature {
			for i := first; i < len(l.rows)-1; i++ {
				l.rows[i].keep = true
			}
		}
	}
	return l
}

// head sets the sender, whom the letter is to, and its date.
func (l *layout) head(c content) {
	if sender := clean(c.Head.Sender); sender != "" {
		l.lines(text{l.root.add("P"), l.bold, bodySize, bodyLeading, 0}, []string{sender}, 0, false)
	}
	if len(c.facts) > 0 {
		list := l.root.add("L")
		above := headAfter
		for _, f := range c.facts {
			body := text{list.add("LI").add("LBody"), l.regular, bodySize, bodyLeading, 0}
			l.lines(body, []string{f.Label + ": " + f.Value}, above, false)
			above = 0
		}
	}
	x := pageWidth - marginSide - l.regular.width(c.date, bodySize)
	l.rows = append(l.rows, row{height: bodyLeading, runs: []run{{l.root.add("P"), l.regular, bodySize, x, c.date}}})
}

func (l *layout) block(b block, above float64) {
	if b.Items == nil {
		l.lines(text{l.root.add("P"), l.regular, bodySize, bodyLeading, 0}, b.Lines, above, true)
		return
	}
	list := l.root.add("L")
	for _, item := range b.Items {
		li, first := list.add("LI"), len(l.rows)
		bullet := run{li.add("Lbl"), l.regular, bodySize, marginSide, "• "}
		l.lines(text{li.add("LBody"), l.regular, bodySize, bodyLeading, listIndent}, []string{item}, above, true)
		l.rows[first].runs = append([]run{bullet}, l.rows[first].runs...)
		above = 0
	}
}

// stick keeps the last row, a heading's, with what follows it.
func (l *layout) stick() { l.rows[len(l.rows)-1].keep = true }

// text says how some text is set, and what it is.
type text struct {
	of            *element
	font          *setting
	size, leading float64
	indent        float64
}

// lines sets text below what is there. Body text may be divided between pages, though never so that
// one line of it stands alone; a heading may not.
func (l *layout) lines(t text, lines []string, above float64, divide bool) {
	first := len(l.rows)
	for i, line := range lines {
		broken := t.wrap(line)
		for j, piece := range broken {
			if i < len(lines)-1 && j == len(broken)-1 {
				piece += " " // so that words on either side of a kept line break stay apart
			}
			l.rows = append(l.rows, row{height: t.leading, keep: !divide, runs: []run{{t.of, t.font, t.size, marginSide + t.indent, piece}}})
		}
	}
	if last := len(l.rows) - 1; last >= first {
		l.rows[first].above = above
		if divide && last > first {
			l.rows[first].keep, l.rows[last-1].keep = true, true
		}
		l.rows[last].keep = false
	}
}

// wrap breaks text into lines. Every line but the last ends with the space at which it was broken,
// so that whoever reads the text without seeing the page finds the words apart. A word that is
// wider than the page is broken where it must be.
func (t text) wrap(line string) []string {
	room := textWidth - t.indent
	var broken []string
	current, width := "", 0.0
	for word := range strings.SplitAfterSeq(line, " ") {
		if word == "" {
			continue
		}
		seen := t.font.width(strings.TrimSuffix(word, " "), t.size)
		if current != "" && width+seen > room {
			broken, current, width = append(broken, current), "", 0
		}
		for seen > room {
			piece := t.fitting(word, room)
			broken, word = append(broken, piece), word[len(piece):]
			seen = t.font.width(strings.TrimSuffix(word, " "), t.size)
		}
		current += word
		width += t.font.width(word, t.size)
	}
	if current != "" {
		broken = append(broken, current)
	}
	return broken
}

// fitting returns as much of the word as there is room for, and at least one character.
func (t text) fitting(word string, room float64) string {
	width := 0.0
	for i, r := range word {
		width += t.font.width(string(r), t.size)
		if width > room && i > 0 {
			return word[:i]
		}
	}
	return word
}

// placed is a row on a page; y is the top of it, from the top of the page.
type placed struct {
	row
	y float64
}

// paginate deals the rows out to pages. Rows that are kept together move to the next page together,
// unless they are more than a page.
func paginate(rows []row) [][]placed {
	pages := [][]placed{nil}
	y := marginTop
	for len(rows) > 0 {
		n := 1
		for n < len(rows) && rows[n-1].keep {
			n++
		}
		if last := len(pages) - 1; len(pages[last]) > 0 && y+height(rows[:n]) > marginTop+textHeight && together(rows[:n]) {
			pages, y = append(pages, nil), marginTop
		}
		for _, r := range rows[:n] {
			last := len(pages) - 1
			if len(pages[last]) > 0 && y+r.above+r.height > marginTop+textHeight {
				pages, y, last = append(pages, nil), marginTop, last+1
			}
			if len(pages[last]) > 0 {
				y += r.above
			}
			pages[last] = append(pages[last], placed{r, y})
			y += r.height
		}
		rows = rows[n:]
	}
	return pages
}

// together tells whether the rows fit on a page of their own.
func together(rows []row) bool { return height(rows)-rows[0].above <= textHeight }

func height(rows []row) float64 {
	total := 0.0
	for _, r := range rows {
		total += r.above + r.height
	}
	return total
}
