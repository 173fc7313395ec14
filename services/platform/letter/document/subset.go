package document

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// errFont says that the font is not the TrueType font that it should be.
var errFont = errors.New("the font is not laid out as TrueType is")

// Words of a composite glyph's description (OpenType, table glyf).
const (
	argumentsAreWords = 0x0001
	hasScale          = 0x0008
	moreComponents    = 0x0020
	hasTwoScales      = 0x0040
	hasMatrix         = 0x0080
)

// trueType is a TrueType font, taken apart into its tables.
type trueType struct {
	tables map[string][]byte
	// at is where each glyph begins in the table glyf; one more than there are glyphs.
	at []uint32
}

func openTrueType(source []byte) (*trueType, error) {
	f := &trueType{tables: map[string][]byte{}}
	if len(source) < 12 {
		return f, errFont
	}
	for i := range int(binary.BigEndian.Uint16(source[4:])) {
		if len(source) < 28+16*i {
			return f, errFont
		}
		entry := source[12+16*i:]
		from, size := binary.BigEndian.Uint32(entry[8:]), binary.BigEndian.Uint32(entry[12:])
		if uint64(from)+uint64(size) > uint64(len(source)) {
			return f, errFont
		}
		f.tables[string(entry[:4])] = source[from : from+size]
	}
	return f, f.locate()
}

func (f *trueType) locate() error {
	head, maxp, loca := f.tables["head"], f.tables["maxp"], f.tables["loca"]
	if len(head) < 54 || len(maxp) < 6 {
		return errFont
	}
	count := int(binary.BigEndian.Uint16(maxp[4:])) + 1
	long := binary.BigEndian.Uint16(head[50:]) == 1
	for i := range count {
		switch {
		case long && len(loca) >= 4*i+4:
			f.at = append(f.at, binary.BigEndian.Uint32(loca[4*i:]))
		case !long && len(loca) >= 2*i+2:
			f.at = append(f.at, 2*uint32(binary.BigEndian.Uint16(loca[2*i:])))
		default:
			return errFont
		}
	}
	if f.at[count-1] > uint32(len(f.tables["glyf"])) || !slices.IsSorted(f.at) {
		return errFont
	}
	return nil
}

func (f *trueType) glyph(id uint16) []byte {
	if int(id)+1 >= len(f.at) {
		return nil
	}
	return f.tables["glyf"][f.at[id]:f.at[id+1]]
}

// components returns the glyphs that a glyph is put together from: å is an a and a ring.
func components(description []byte) []uint16 {
	if len(description) < 10 || int16(binary.BigEndian.Uint16(description)) >= 0 {
		return nil
	}
	var ids []uint16
	for rest := description[10:]; len(rest) >= 4; {
		flags := binary.BigEndian.Uint16(rest)
		ids = append(ids, binary.BigEndian.Uint16(rest[2:]))
		size := 6
		if flags&argumentsAreWords != 0 {
			size += 2
		}
		switch {
		case flags&hasScale != 0:
			size += 2
		case flags&hasTwoScales != 0:
			size += 4
		case flags&hasMatrix != 0:
			size += 8
		}
		if flags&moreComponents == 0 || len(rest) < size {
			break
		}
		rest = rest[size:]
	}
	return ids
}

// subset returns a font with the shapes of the given glyphs, and of those that they are put together
// from, each under its own number; the others are there and empty.
func subset(source []byte, ids []uint16) ([]byte, error) {
	f, err := openTrueType(source)
	if err != nil {
		return nil, fmt.Errorf("cut down the font: %w", err)
	}
	keep := map[uint16]bool{}
	for queue := append([]uint16{0}, ids...); len(queue) > 0; queue = queue[1:] {
		if id := queue[0]; !keep[id] {
			keep[id] = true
			queue = append(queue, components(f.glyph(id))...)
		}
	}
	var glyf, loca []byte
	for id := range len(f.at) - 1 {
		loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
		if keep[uint16(id)] {
			glyf = append(glyf, f.glyph(uint16(id))...)
			glyf = append(glyf, make([]byte, -len(glyf)&3)...)
		}
	}
	loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
	head := slices.Clone(f.tables["head"])
	binary.BigEndian.PutUint32(head[8:], 0)  // the sum over the whole font, written last
	binary.BigEndian.PutUint16(head[50:], 1) // the places of glyphs are long
	tables := map[string][]byte{"head": head, "glyf": glyf, "loca": loca}
	for _, name := range []string{"cvt ", "fpgm", "hhea", "hmtx", "maxp", "prep"} {
		if table, there := f.tables[name]; there {
			tables[name] = table
		}
	}
	return assemble(tables), nil
}

// assemble writes a font of the tables (OpenType, "Organization of an OpenType Font").
func assemble(tables map[string][]byte) []byte {
	names := make([]string, 0, len(tables))
	for name := range tables {
		names = append(names, name)
	}
	slices.Sort(names)
	power, exponent := 1, 0
	for power*2 <= len(names) {
		power, exponent = power*2, exponent+1
	}
	out := binary.BigEndian.AppendUint32(nil, 0x00010000)
	for _, n := range []int{len(names), power * 16, exponent, (len(names) - power) * 16} {
		out = binary.BigEndian.AppendUint16(out, uint16(n))
	}
	var body []byte
	start, headAt := len(out)+16*len(names), 0
	for _, name := range names {
		table := tables[name]
		if name == "head" {
			headAt = start + len(body)
		}
		out = append(out, name...)
		out = binary.BigEndian.AppendUint32(out, sum(table))
		out = binary.BigEndian.AppendUint32(out, uint32(start+len(body)))
		out = binary.BigEndian.AppendUint32(out, uint32(len(table)))
		body = append(body, table...)
		body = append(body, make([]byte, -len(body)&3)...)
	}
	out = append(out, body...)
	binary.BigEndian.PutUint32(out[headAt+8:], 0xB1B0AFBA-sum(out))
	return out
}

// sum is the check sum of a table: that of its words of four bytes.
func sum(table []byte) uint32 {
	var total uint32
	for len(table) >= 4 {
		total += binary.BigEndian.Uint32(table)
		table = table[4:]
	}
	var rest [4]byte
	copy(rest[:], table)
	return total + binary.BigEndian.Uint32(rest[:])
}
