package document

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf16"

	"saakorn/services/platform/calendar"
)

// pdf writes the letter as a PDF.
func (r *Renderer) pdf(c content) ([]byte, error) {
	laid := r.lay(c)
	pages := paginate(laid.rows)
	b := &builder{content: c, file: newFile(), layout: laid}
	if err := b.write(pages); err != nil {
		return nil, err
	}
	return b.file.finish(b.catalog, b.info), nil
}

// builder writes one letter.
type builder struct {
	content content
	file    *file
	layout  *layout

	catalog, info, tree reference
	pages               []reference
	// owners are, for each page, the elements of its marks by number.
	owners [][]*element
}

func (b *builder) write(pages [][]placed) error {
	b.catalog, b.info, b.tree = b.file.reserve(), b.file.reserve(), b.file.reserve()
	list, resources := b.file.reserve(), b.file.reserve()
	for i, rows := range pages {
		page := b.file.reserve()
		b.pages = append(b.pages, page)
		stream := b.file.stream("", b.page(rows, i, len(pages)))
		b.file.put(page, fmt.Sprintf("<</Type/Page/Parent %s/MediaBox[0 0 %s %s]/Resources %s/Contents %s/StructParents %d/Tabs/S>>",
			list, number(pageWidth), number(pageHeight), resources, stream, i))
	}
	b.file.put(list, fmt.Sprintf("<</Type/Pages/Kids[%s]/Count %d>>", join(b.pages), len(b.pages)))
	regular, err := b.font(b.layout.regular)
	if err != nil {
		return err
	}
	bold, err := b.font(b.layout.bold)
	if err != nil {
		return err
	}
	// Text is black in a grey that is defined by itself: then no profile of an output device is needed.
	b.file.put(resources, fmt.Sprintf("<</Font<</%s %s/%s %s>>/ColorSpace<</DefaultGray[/CalGray<</WhitePoint[0.9505 1 1.089]/Gamma 2.2>>]>>>>",
		b.layout.regular.resource, regular, b.layout.bold.resource, bold))
	b.structure()
	b.describe(list)
	return nil
}

// page writes what is seen on a page, each piece marked with the element it belongs to. The footer
// belongs to the page and not to the letter.
func (b *builder) page(rows []placed, index, count int) []byte {
	var out bytes.Buffer
	out.WriteString("0 g\n")
	b.owners = append(b.owners, nil)
	var open *element
	for _, p := range rows {
		for _, r := range p.runs {
			if r.of != open {
				if open != nil {
					out.WriteString("EMC\n")
				}
				open = r.of
				id := len(b.owners[index])
				open.marks = append(open.marks, mark{index, id})
				b.owners[index] = append(b.owners[index], open)
				fmt.Fprintf(&out, "/%s<</MCID %d>>BDC\n", open.role, id)
			}
			show(&out, r, pageHeight-p.y-(p.height-r.size)/2-r.size*0.8)
		}
	}
	if open != nil {
		out.WriteString("EMC\n")
	}
	b.footer(&out, index, count)
	return out.Bytes()
}

func (b *builder) footer(out *bytes.Buffer, index, count int) {
	font := b.layout.regular
	pages := fmt.Sprintf(b.content.words.pages, index+1, count)
	out.WriteString("/Artifact<</Type/Pagination/Subtype/Footer/Attached[/Bottom]>>BDC\n")
	if number := clean(b.content.Head.CaseNumber); number != "" {
		show(out, run{font: font, size: footerSize, x: marginSide, text: fmt.Sprintf(b.content.words.footer, number)}, footerFromBottom)
	}
	x := pageWidth - marginSide - font.width(pages, footerSize)
	show(out, run{font: font, size: footerSize, x: x, text: pages}, footerFromBottom)
	out.WriteString("EMC\n")
}

// show writes text at a place; y is the base line, from the bottom of the page.
func show(out *bytes.Buffer, r run, y float64) {
	fmt.Fprintf(out, "BT/%s %s Tf 1 0 0 1 %s %s Tm<", r.font.resource, number(r.size), number(r.x), number(y))
	for _, character := range r.text {
		fmt.Fprintf(out, "%04X", r.font.glyph(character).id)
	}
	out.WriteString(">Tj ET\n")
}

// font embeds the shapes that were used (ISO 32000-1, 9.7: a composite font whose codes are the
// numbers of the shapes).
func (b *builder) font(s *setting) (reference, error) {
	if s.err != nil {
		return 0, s.err
	}
	var widths strings.Builder
	var ids []uint16
	for _, g := range s.used() {
		fmt.Fprintf(&widths, "%d[%d]", g.id, g.width)
		ids = append(ids, g.id)
	}
	program, err := subset(s.source, ids)
	if err != nil {
		return 0, err
	}
	metrics, err := s.metrics()
	if err != nil {
		return 0, err
	}
	name := subsetTag(ids) + "+" + s.name
	data := b.file.stream(fmt.Sprintf("/Length1 %d", len(program)), program)
	descriptor := b.file.add(fmt.Sprintf("<</Type/FontDescriptor/FontName/%s/Flags 4/ItalicAngle 0/FontBBox[%d %d %d %d]/Ascent %d/Descent %d/CapHeight %d/StemV %d/FontFile2 %s>>",
		name, metrics.box[0], metrics.box[1], metrics.box[2], metrics.box[3], metrics.ascent, metrics.descent, metrics.capHeight, stem(s.name), data))
	shapes := b.file.add(fmt.Sprintf("<</Type/Font/Subtype/CIDFontType2/BaseFont/%s/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/CIDToGIDMap/Identity/DW 0/W[%s]/FontDescriptor %s>>",
		name, widths.String(), descriptor))
	return b.file.add(fmt.Sprintf("<</Type/Font/Subtype/Type0/BaseFont/%s/Encoding/Identity-H/DescendantFonts[%s]/ToUnicode %s>>",
		name, shapes, b.file.stream("", s.unicode(ids)))), nil
}

// stem is the width of an upright stroke; the font does not tell it, and readers use it only to find
// another font when one is not embedded.
func stem(name string) int {
	if strings.HasSuffix(name, "Bold") {
		return 138
	}
	return 84
}

// subsetTag is the six letters before the name of a font that is not embedded whole.
func subsetTag(ids []uint16) string {
	sum := sha256.Sum256([]byte(fmt.Sprint(ids)))
	tag := make([]byte, 6)
	for i := range tag {
		tag[i] = 'A' + sum[i]%26
	}
	return string(tag)
}

// unicode tells which character each shape stands for, so that text can be searched, copied and read
// aloud.
func (s *setting) unicode(ids []uint16) []byte {
	var out bytes.Buffer
	out.WriteString("/CIDInit/ProcSet findresource begin\n12 dict begin\nbegincmap\n" +
		"/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def\n/CMapName/Adobe-Identity-UCS def\n/CMapType 2 def\n" +
		"1 begincodespacerange\n<0000><FFFF>\nendcodespacerange\n")
	const most = 100 // entries in one list
	for len(ids) > 0 {
		n := min(most, len(ids))
		fmt.Fprintf(&out, "%d beginbfchar\n", n)
		for _, id := range ids[:n] {
			fmt.Fprintf(&out, "<%04X><", id)
			for _, unit := range utf16.Encode([]rune{s.text[id]}) {
				fmt.Fprintf(&out, "%04X", unit)
			}
			out.WriteString(">\n")
		}
		out.WriteString("endbfchar\n")
		ids = ids[n:]
	}
	out.WriteString("endcmap\nCMapName currentdict/CMap defineresource pop\nend\nend\n") //nolint:dupword // each ends a resource of its own
	return out.Bytes()
}

// structure writes the structure tree (ISO 32000-1, 14.7 and 14.8) and, for each page, whom its
// marks belong to.
func (b *builder) structure() {
	at := map[*element]reference{}
	b.reserve(b.layout.root, at)
	b.node(b.layout.root, b.tree, at)
	var parents strings.Builder
	for i, owners := range b.owners {
		list := make([]reference, 0, len(owners))
		for _, e := range owners {
			list = append(list, at[e])
		}
		fmt.Fprintf(&parents, "%d[%s]", i, join(list))
	}
	b.file.put(b.tree, fmt.Sprintf("<</Type/StructTreeRoot/K %s/ParentTree<</Nums[%s]>>/ParentTreeNextKey %d>>",
		at[b.layout.root], parents.String(), len(b.owners)))
}

func (b *builder) reserve(e *element, at map[*element]reference) {
	at[e] = b.file.reserve()
	for _, kid := range e.kids {
		b.reserve(kid, at)
	}
}

func (b *builder) node(e *element, parent reference, at map[*element]reference) {
	var kids strings.Builder
	for _, m := range e.marks {
		fmt.Fprintf(&kids, "<</Type/MCR/Pg %s/MCID %d>>", b.pages[m.page], m.id)
	}
	for _, kid := range e.kids {
		fmt.Fprintf(&kids, "%s ", at[kid])
		b.node(kid, at[e], at)
	}
	attributes := ""
	if e.role == "L" {
		attributes = "/A<</O/List/ListNumbering/" + numbering(e) + ">>"
	}
	b.file.put(at[e], fmt.Sprintf("<</Type/StructElem/S/%s/P %s%s/K[%s]>>", e.role, parent, attributes, strings.TrimSpace(kids.String())))
}

// numbering says what stands before the items of a list.
func numbering(list *element) string {
	if list.kids[0].kids[0].role == "Lbl" {
		return "Disc"
	}
	return "None"
}

// describe writes the catalog, and the title, sender and date in both forms that readers look for.
func (b *builder) describe(pages reference) {
	created := b.content.CreatedAt.In(calendar.Oslo())
	title, sender := b.content.Subject, clean(b.content.Head.Sender)
	b.file.put(b.info, fmt.Sprintf("<</Title%s/Author%s/CreationDate(D:%s)/ModDate(D:%[3]s)>>",
		textString(title), textString(sender), created.Format("20060102150405-07'00'")))
	metadata := b.file.plain("/Type/Metadata/Subtype/XML", xmp(title, sender, b.content.Language, created))
	b.file.put(b.catalog, fmt.Sprintf("<</Type/Catalog/Pages %s/MarkInfo<</Marked true>>/StructTreeRoot %s/Lang(%s)/Metadata %s/ViewerPreferences<</DisplayDocTitle true>>>>",
		pages, b.tree, cmp.Or(b.content.Language, "nb"), metadata))
}

// textString writes text as PDF's metadata has it: UTF-16 after a mark.
func textString(text string) string {
	var out strings.Builder
	out.WriteString("<FEFF")
	for _, unit := range utf16.Encode([]rune(text)) {
		fmt.Fprintf(&out, "%04X", unit)
	}
	out.WriteString(">")
	return out.String()
}

func join(list []reference) string {
	var out strings.Builder
	for i, r := range list {
		if i > 0 {
			out.WriteByte(' ')
		}
		out.WriteString(r.String())
	}
	return out.String()
}

// identifier names the file by what is in it.
func identifier(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:16])
}
