package document

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"strconv"
	"strings"
)

// file is a PDF being written: numbered objects one after the other, and at the end where each of
// them begins (ISO 32000-1, 7.5).
type file struct {
	out bytes.Buffer
	// begins is where each object begins; the first object has the number one.
	begins []int
}

// reference is the number of an object.
type reference int

func (r reference) String() string { return strconv.Itoa(int(r)) + " 0 R" }

func newFile() *file {
	f := &file{}
	// The second line tells those who move files that this one is not text.
	f.out.WriteString("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n")
	return f
}

// reserve returns the number of an object that is written later.
func (f *file) reserve() reference {
	f.begins = append(f.begins, 0)
	return reference(len(f.begins))
}

func (f *file) put(r reference, object string) {
	f.begins[r-1] = f.out.Len()
	fmt.Fprintf(&f.out, "%d 0 obj\n%s\nendobj\n", int(r), object)
}

func (f *file) add(object string) reference {
	r := f.reserve()
	f.put(r, object)
	return r
}

// stream writes data compressed.
func (f *file) stream(entries string, data []byte) reference {
	var packed bytes.Buffer
	w := zlib.NewWriter(&packed)
	_, _ = w.Write(data) // writing to memory does not fail
	_ = w.Close()
	return f.plain(entries+"/Filter/FlateDecode", packed.Bytes())
}

// plain writes data as it is: metadata must be found by those who do not read PDF.
func (f *file) plain(entries string, data []byte) reference {
	return f.add(fmt.Sprintf("<<%s/Length %d>>\nstream\n%s\nendstream", entries, len(data), data))
}

// finish ends the file and returns it.
func (f *file) finish(catalog, info reference) []byte {
	id := identifier(f.out.Bytes())
	begin := f.out.Len()
	fmt.Fprintf(&f.out, "xref\n0 %d\n0000000000 65535 f \n", len(f.begins)+1)
	for _, at := range f.begins {
		fmt.Fprintf(&f.out, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&f.out, "trailer\n<</Size %d/Root %s/Info %s/ID[<%s><%s>]>>\nstartxref\n%d\n%%%%EOF\n", len(f.begins)+1, catalog, info, id, id, begin)
	return f.out.Bytes()
}

// number writes a measure with no more digits than a page can show.
func number(v float64) string {
	text := strconv.FormatFloat(v, 'f', 3, 64)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}
