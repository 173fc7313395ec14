package document

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// opened is a PDF as somebody else's program reads it: pdfcpu, which also holds it against the
// standard.
type opened struct {
	t     testing.TB
	x     *model.XRefTable
	pages []openedPage
	root  types.Dict
}

// openedPage is what stands on a page.
type openedPage struct {
	object int
	pieces []piece
}

// piece is a marked piece of a page's content; id is below zero for what is no part of the letter.
type piece struct {
	id   int
	role string
	text string
}

func open(t testing.TB, pdf []byte) opened {
	t.Helper()
	api.DisableConfigDir()
	conf := model.NewDefaultConfiguration()
	conf.ValidationMode = model.ValidationStrict
	ctx, err := api.ReadValidateAndOptimize(bytes.NewReader(pdf), conf)
	if err != nil {
		t.Fatalf("pdfcpu refuses the PDF: %v", err)
	}
	p := opened{t: t, x: ctx.XRefTable}
	catalog, err := p.x.Catalog()
	p.check(err)
	p.root = catalog
	for n := 1; n <= ctx.PageCount; n++ {
		page, at, _, err := p.x.PageDict(n, false)
		p.check(err)
		p.pages = append(p.pages, openedPage{at.ObjectNumber.Value(), p.read(page)})
	}
	return p
}

func (p opened) check(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p opened) dict(o types.Object) types.Dict {
	p.t.Helper()
	d, err := p.x.DereferenceDict(o)
	p.check(err)
	return d
}

func (p opened) stream(o types.Object) []byte {
	p.t.Helper()
	s, _, err := p.x.DereferenceStreamDict(o)
	p.check(err)
	p.check(s.Decode())
	return s.Content
}

var (
	operation = regexp.MustCompile(`/(\w+)<<(.*?)>>BDC|BT/(F\d) [\d.]+ Tf 1 0 0 1 [-\d. ]+ Tm<([0-9A-F]*)>Tj ET|EMC`)
	mapping   = regexp.MustCompile(`<([0-9A-F]{4})><([0-9A-F]{4,8})>`)
	markedAs  = regexp.MustCompile(`/MCID (\d+)`)
)

// read turns a page's content into text by way of what its fonts say that their codes mean.
func (p opened) read(page types.Dict) []piece {
	p.t.Helper()
	resources := p.dict(page["Resources"])
	characters := map[string]map[string]string{}
	for name, font := range p.dict(resources["Font"]) {
		characters[name] = map[string]string{}
		for _, m := range mapping.FindAllSubmatch(p.stream(p.dict(font)["ToUnicode"]), -1) {
			characters[name][string(m[1])] = decodeUTF16(p.t, string(m[2]))
		}
	}
	var pieces []piece
	for _, m := range operation.FindAllStringSubmatch(string(p.stream(page["Contents"])), -1) {
		switch {
		case m[1] != "":
			id := -1
			if n := markedAs.FindStringSubmatch(m[2]); n != nil {
				id, _ = strconv.Atoi(n[1])
			}
			pieces = append(pieces, piece{id: id, role: m[1]})
		case m[3] != "":
			last := &pieces[len(pieces)-1]
			if last.id < 0 && last.text != "" {
				pieces = append(pieces, piece{id: -1, role: last.role})
				last = &pieces[len(pieces)-1]
			}
			for i := 0; i < len(m[4]); i += 4 {
				text, known := characters[m[3]][m[4][i:i+4]]
				if !known {
					p.t.Errorf("code %s of %s stands for no character", m[4][i:i+4], m[3])
				}
				last.text += text
			}
		}
	}
	return pieces
}

func decodeUTF16(t testing.TB, digits string) string {
	t.Helper()
	raw, err := hex.DecodeString(digits)
	if err != nil {
		t.Fatal(err)
	}
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = uint16(raw[2*i])<<8 | uint16(raw[2*i+1])
	}
	return string(utf16.Decode(units))
}

func (p openedPage) artifacts() []string {
	var list []string
	for _, x := range p.pieces {
		if x.id < 0 {
			list = append(list, x.text)
		}
	}
	return list
}

func (p openedPage) passages() []string {
	var list []string
	for _, x := range p.pieces {
		if x.id >= 0 {
			list = append(list, x.role+" "+strings.TrimSpace(x.text))
		}
	}
	return list
}

// outline walks the structure tree and returns every element that has text, in reading order. It
// fails when a piece of a page belongs to no element, or to another than the page says.
func (p opened) outline() []string {
	p.t.Helper()
	seen := map[string]bool{}
	var list []string
	p.walk(p.dict(p.root["StructTreeRoot"])["K"], seen, &list)
	for _, page := range p.pages {
		for _, x := range page.pieces {
			if x.id >= 0 && !seen[fmt.Sprint(page.object, "/", x.id)] {
				p.t.Errorf("%q is on a page and not in the structure tree", x.text)
			}
		}
	}
	return list
}

func (p opened) walk(o types.Object, seen map[string]bool, list *[]string) {
	p.t.Helper()
	e := p.dict(o)
	role := string(e["S"].(types.Name))
	kids, err := p.x.DereferenceArray(e["K"])
	p.check(err)
	var text strings.Builder
	marked := false
	for _, kid := range kids {
		d := p.dict(kid)
		if d["S"] != nil {
			p.walk(kid, seen, list)
			continue
		}
		marked = true
		x, at := p.piece(d)
		if x.role != role {
			p.t.Errorf("%q is %s on the page and %s in the structure tree", x.text, x.role, role)
		}
		seen[at] = true
		text.WriteString(x.text)
	}
	if marked {
		*list = append(*list, strings.ReplaceAll(role+" "+strings.TrimSpace(text.String()), "\u00a0", " "))
	}
}

func (p opened) piece(reference types.Dict) (piece, string) {
	p.t.Helper()
	page := reference["Pg"].(types.IndirectRef).ObjectNumber.Value()
	id := reference["MCID"].(types.Integer).Value()
	for _, candidate := range p.pages {
		if candidate.object != page {
			continue
		}
		for _, x := range candidate.pieces {
			if x.id == id {
				return x, fmt.Sprint(page, "/", id)
			}
		}
	}
	p.t.Fatalf("the structure tree points at piece %d of page object %d, which is not there", id, page)
	return piece{}, ""
}

func (p opened) language() string {
	return strings.Trim(fmt.Sprint(p.root["Lang"]), "()")
}

func (p opened) title() string {
	info := p.dict(*p.x.Info)
	return decodeUTF16(p.t, strings.TrimPrefix(strings.Trim(fmt.Sprint(info["Title"]), "<>"), "FEFF"))
}

// shown is the text as the font can show it.
func (r *Renderer) shown(text string) string {
	s := r.regular.set("F1")
	var out strings.Builder
	for _, c := range text {
		out.WriteRune(s.text[s.glyph(c).id])
	}
	return out.String()
}

// squeeze leaves out the spaces: where lines are broken is another test's matter.
func squeeze(text string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(text, "\u00a0", " ")), "")
}
