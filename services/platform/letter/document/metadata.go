package document

import (
	"bytes"
	_ "embed" // the packet of metadata
	"encoding/binary"
	"encoding/xml"
	"strings"
	"time"
)

// packet is the frame of the metadata: what the file claims to follow, and the description of the
// property in which it claims to follow PDF/UA, which PDF/A does not know by itself.
//
//go:embed packet.xml
var packet string

// xmp describes the file in XMP (ISO 16684-1).
func xmp(title, sender, language string, created time.Time) []byte {
	escaped := func(text string) string {
		var b bytes.Buffer
		_ = xml.EscapeText(&b, []byte(text)) // writing to memory does not fail
		return b.String()
	}
	return []byte(strings.NewReplacer(
		"{title}", escaped(title), "{sender}", escaped(sender), "{language}", escaped(language),
		"{created}", created.Format("2006-01-02T15:04:05-07:00"),
	).Replace(packet))
}

// metrics are a font's measures in thousandths of its size.
type metrics struct {
	box                        [4]int
	ascent, descent, capHeight int
}

func (t *typeface) metrics() (metrics, error) {
	f, err := openTrueType(t.source)
	if err != nil {
		return metrics{}, err
	}
	head, hhea, os2 := f.tables["head"], f.tables["hhea"], f.tables["OS/2"]
	if len(hhea) < 8 || len(os2) < 90 {
		return metrics{}, errFont
	}
	at := func(table []byte, offset int) int {
		return int(int16(binary.BigEndian.Uint16(table[offset:]))) * 1000 / t.perEm
	}
	return metrics{
		box:    [4]int{at(head, 36), at(head, 38), at(head, 40), at(head, 42)},
		ascent: at(hhea, 4), descent: at(hhea, 6), capHeight: at(os2, 88),
	}, nil
}
