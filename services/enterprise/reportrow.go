package enterprise

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
)

// maxReportFile is the size in bytes above which a file is not one of ours; the largest has 6 kB.
const maxReportFile = 8 << 20

// readTable reads a CSV file with exactly the given columns, in any order, and makes a value of
// each row that is whole. Of rows with the same values in the key columns only the first is read.
func readTable[T any](r io.Reader, file string, key, columns []string, read func(*row) T) ([]T, []RowResult, error) {
	content, err := readText(r, file)
	if err != nil {
		return nil, nil, err
	}
	records := csv.NewReader(bytes.NewReader(content))
	header, err := readHeader(records, file, columns)
	if err != nil {
		return nil, nil, err
	}
	var values []T
	var results []RowResult
	firstLine := map[string]int{}
	for {
		w, err := nextRow(records, header)
		if errors.Is(err, io.EOF) {
			return values, results, nil
		}
		if err != nil {
			return nil, nil, fmt.Errorf("read %s: %w", file, err)
		}
		if w.fields != nil {
			w.refuseNUL()
			value := read(w)
			w.refuseRepeated(key, firstLine)
			if len(w.problems) == 0 {
				values = append(values, value)
			}
		}
		results = append(results, w.result(file, key))
	}
}

// readText reads a whole file and refuses what is not UTF-8. A byte order mark is removed.
func readText(r io.Reader, file string) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(r, maxReportFile+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	if len(content) > maxReportFile {
		return nil, fmt.Errorf("read %s: it is larger than %d MiB", file, maxReportFile>>20)
	}
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	line := 0
	for text := range bytes.Lines(content) {
		line++
		if !utf8.Valid(text) {
			return nil, fmt.Errorf("read %s:%d: this line is not UTF-8: save the file as UTF-8", file, line)
		}
	}
	return content, nil
}

// readHeader reads the first row and returns the position of each column.
func readHeader(records *csv.Reader, file string, columns []string) (map[string]int, error) {
	names, err := records.Read()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read %s: it is empty: the first row must name the columns %s", file, strings.Join(columns, ","))
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: header: %w", file, err)
	}
	header := make(map[string]int, len(names))
	for i, name := range names {
		if !slices.Contains(columns, name) {
			return nil, fmt.Errorf("read %s:1: unknown column %q: the columns are %s", file, name, strings.Join(columns, ","))
		}
		if _, twice := header[name]; twice {
			return nil, fmt.Errorf("read %s:1: the column %s is there twice", file, name)
		}
		header[name] = i
	}
	for _, name := range columns {
		if _, ok := header[name]; !ok {
			return nil, fmt.Errorf("read %s:1: the column %s is missing", file, name)
		}
	}
	return header, nil
}

// row is one record together with what is wrong with it.
type row struct {
	line      int
	header    map[string]int
	fields    []string // nil when the record cannot be split into columns
	positions []position
	problems  []string
}

// position is where a field begins, both counted from 1 and the column in bytes.
type position struct{ line, column int }

// nextRow reads one record. A record that is not well-formed CSV becomes a broken row, so that the
// rows after it are read too; the error is io.EOF or a failure to read.
func nextRow(records *csv.Reader, header map[string]int) (*row, error) {
	fields, err := records.Read()
	if malformed, ok := errors.AsType[*csv.ParseError](err); ok {
		w := &row{line: malformed.StartLine, header: header}
		w.problems = []string{explain(malformed, len(fields), len(header))}
		return w, nil
	}
	if err != nil {
		return nil, err
	}
	w := &row{header: header, fields: fields}
	for i := range fields {
		line, column := records.FieldPos(i)
		w.positions = append(w.positions, position{line, column})
	}
	w.line = w.positions[0].line
	return w, nil
}

// explain says how to mend a record that is not well-formed CSV.
func explain(malformed *csv.ParseError, got, want int) string {
	if errors.Is(malformed, csv.ErrFieldCount) {
		return fmt.Sprintf("the row has %d columns, not %d: put a text with commas in quotes", got, want)
	}
	return fmt.Sprintf("line %d, column %d: a quotation mark is out of place: put the whole text in quotes and double each quote within it",
		malformed.Line, malformed.Column)
}

// result returns the outcome of the row.
func (w *row) result(file string, key []string) RowResult {
	result := RowResult{File: file, Line: w.line, Outcome: RowRead}
	if w.fields != nil {
		result.Key = strings.Join(w.values(key), " ")
	}
	if len(w.problems) > 0 {
		result.Outcome, result.Message = RowBroken, strings.Join(w.problems, "; ")
	}
	return result
}

// refuseNUL notes every field with a NUL character, which PostgreSQL cannot keep in a text.
func (w *row) refuseNUL() {
	for _, name := range slices.Sorted(maps.Keys(w.header)) {
		if strings.ContainsRune(w.text(name), 0) {
			w.problem(name, "there is a NUL character in it: remove it")
		}
	}
}

// refuseRepeated notes a row whose key an earlier row has.
func (w *row) refuseRepeated(key []string, firstLine map[string]int) {
	identity := fmt.Sprintf("%q", w.values(key))
	if line, seen := firstLine[identity]; seen {
		w.problem(key[0], "line %d has the same %s: remove one of the two rows", line, strings.Join(key, ", "))
		return
	}
	firstLine[identity] = w.line
}

func (w *row) values(columns []string) []string {
	values := make([]string, len(columns))
	for i, name := range columns {
		values[i] = w.text(name)
	}
	return values
}

// problem notes what is wrong with a column and how to mend it.
func (w *row) problem(column, format string, args ...any) {
	at := w.positions[w.header[column]]
	w.problems = append(w.problems,
		fmt.Sprintf("%s (line %d, column %d): %s", column, at.line, at.column, fmt.Sprintf(format, args...)))
}

// text returns a column as it stands.
func (w *row) text(column string) string { return w.fields[w.header[column]] }

// required returns a column that may not be blank.
func (w *row) required(column string) string {
	text := w.text(column)
	if strings.TrimSpace(text) == "" {
		w.problem(column, "it is empty: fill it in")
	}
	return text
}

// key returns a column that identifies something, in which a stray space would make another key.
func (w *row) key(column string) string {
	text := w.required(column)
	if text != "" && strings.ContainsAny(text, " \t\r\n\u00a0") {
		w.problem(column, "%q has a space in it: remove it", text)
	}
	return text
}

func (w *row) yesNo(column string) bool {
	text := w.text(column)
	if text != "yes" && text != "no" {
		w.problem(column, "%q is neither yes nor no: write one of them", text)
	}
	return text == "yes"
}

// oneOf translates a word; the map holds the words that may stand in the column.
func (w *row) oneOf(column string, words map[string]string) string {
	text := w.text(column)
	translated, ok := words[text]
	if !ok {
		w.problem(column, "%q is unknown: write one of %s", text, strings.Join(slices.Sorted(maps.Keys(words)), ", "))
	}
	return translated
}

// list splits a column at its semicolons; an empty column is an empty list.
func (w *row) list(column string) []string {
	text := w.text(column)
	if text == "" {
		return nil
	}
	parts := strings.Split(text, ";")
	for i, part := range parts {
		parts[i] = strings.TrimSpace(part)
		if slices.Contains(parts[:i], parts[i]) {
			w.problem(column, "%q is there twice: write it once", parts[i])
		}
	}
	return parts
}

// listOf translates a list of words separated by semicolons, in the file's order.
func (w *row) listOf(column string, words map[string]string) []string {
	var translated []string
	for _, word := range w.list(column) {
		value, ok := words[word]
		if !ok {
			w.problem(column, "%q is unknown: write some of %s, with semicolons between them",
				word, strings.Join(slices.Sorted(maps.Keys(words)), ", "))
			continue
		}
		translated = append(translated, value)
	}
	return translated
}

// years reads a list of years separated by semicolons.
func (w *row) years(column string) []int32 {
	var years []int32
	for _, text := range w.list(column) {
		year, err := strconv.ParseInt(text, 10, 32)
		if err != nil || len(text) != 4 || year < 1900 {
			w.problem(column, "%q is not a year: write years such as 2016;2019", text)
			continue
		}
		years = append(years, int32(year))
	}
	return years
}

// count reads a number that is not negative, or nil from an empty column.
func (w *row) count(column string) *int32 {
	text := w.text(column)
	if text == "" {
		return nil
	}
	number, err := strconv.ParseInt(text, 10, 32)
	if err != nil || number < 0 {
		w.problem(column, "%q is not a count: write a whole number, or nothing where the source is silent", text)
		return nil
	}
	count := int32(number)
	return &count
}

// unitNumber reads a four-digit unit number of NORG2, which is a text: 0326 is not 326.
func (w *row) unitNumber(column string) string {
	text := w.text(column)
	if text != "" && (len(text) != 4 || strings.ContainsFunc(text, notDigit)) {
		w.problem(column, "%q is not a unit number: write four digits, with the zeros in front", text)
	}
	return text
}

// known returns the identifier of a row in another file.
func (w *row) known(column, file string, ids map[string]uuid.UUID) uuid.UUID {
	text := w.text(column)
	id, ok := ids[text]
	if !ok && text != "" {
		w.problem(column, "%q is not the id of a row that was read from %s: correct it, or mend that row first", text, file)
	}
	return id
}
