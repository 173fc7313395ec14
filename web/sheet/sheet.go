// Package sheet holds tables that pages show and people take with them: the same rows as a page, as CSV
// and as a workbook.
package sheet

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// Column is a column of a table.
type Column struct {
	Title string
	// Numeric columns are set to the right.
	Numeric bool
}

// Cell is what stands in a row and a column.
type Cell struct {
	// Text is what people read.
	Text string
	// Href leads to what is behind it; empty for nothing.
	Href string
	// Value is what a workbook holds in place of the text: a number, so that it can be reckoned with.
	Value any
	// Tone colours the text as a state, in Aksel's names; empty for plain text.
	Tone string
}

// Table is rows under columns. The first column names the row.
type Table struct {
	// Key names the table in addresses.
	Key, Title string
	Columns    []Column
	Rows       [][]Cell
	// Note stands below the table.
	Note string
}

// bom tells Excel that a file of text is UTF-8.
const bom = "\ufeff"

// CSV writes the table as Excel reads it in Norwegian: parted by semicolons, with a byte order mark.
func (t Table) CSV(w *bytes.Buffer) error {
	w.WriteString(bom)
	out := csv.NewWriter(w)
	out.Comma = ';'
	out.UseCRLF = true
	record := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		record[i] = harmless(c.Title)
	}
	if err := out.Write(record); err != nil {
		return fmt.Errorf("write a table: %w", err)
	}
	for _, row := range t.Rows {
		for i, c := range row {
			record[i] = c.csv()
		}
		if err := out.Write(record); err != nil {
			return fmt.Errorf("write a table: %w", err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write a table: %w", err)
	}
	return nil
}

func (c Cell) csv() string {
	switch v := c.Value.(type) {
	case int, int32, int64:
		return fmt.Sprint(v)
	case float64:
		return strings.Replace(fmt.Sprint(v), ".", ",", 1)
	}
	return harmless(c.Text)
}

// harmless keeps a program from taking what somebody wrote for a formula (CSV injection): such a text
// begins with an apostrophe.
func harmless(s string) string {
	first, _ := utf8.DecodeRuneInString(s)
	if s != "" && strings.ContainsRune("=+-@\t\r", first) {
		return "'" + s
	}
	return s
}

// Workbook writes the tables as a workbook, one sheet for each.
func Workbook(w *bytes.Buffer, tables []Table) error {
	book := excelize.NewFile()
	defer book.Close() //nolint:errcheck // it is in memory only
	bold, err := book.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return fmt.Errorf("write a workbook: %w", err)
	}
	for i, t := range tables {
		name := sheetName(i, t.Title)
		if i == 0 {
			err = book.SetSheetName(book.GetSheetName(0), name)
		} else {
			_, err = book.NewSheet(name)
		}
		if err != nil {
			return fmt.Errorf("write a workbook: %w", err)
		}
		if err := fill(book, name, t, bold); err != nil {
			return fmt.Errorf("write the sheet %s: %w", name, err)
		}
	}
	if err := book.Write(w); err != nil {
		return fmt.Errorf("write a workbook: %w", err)
	}
	return nil
}

const width = 22

func fill(book *excelize.File, name string, t Table, bold int) error {
	out, err := book.NewStreamWriter(name)
	if err != nil {
		return err
	}
	if err := out.SetColWidth(1, max(1, len(t.Columns)), width); err != nil {
		return err
	}
	head := make([]any, len(t.Columns))
	for i, c := range t.Columns {
		head[i] = excelize.Cell{StyleID: bold, Value: c.Title}
	}
	if err := out.SetRow("A1", head); err != nil {
		return err
	}
	for n, row := range t.Rows {
		values := make([]any, len(row))
		for i, c := range row {
			values[i] = c.Value
			if c.Value == nil {
				values[i] = c.Text // a text is never a formula here
			}
		}
		at, err := excelize.CoordinatesToCellName(1, n+2)
		if err != nil {
			return err
		}
		if err := out.SetRow(at, values); err != nil {
			return err
		}
	}
	return out.Flush()
}

// mostName is how long the name of a sheet may be.
const mostName = 31

func sheetName(i int, title string) string {
	name := fmt.Sprintf("%d %s", i+1, strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]'`, r) {
			return ' '
		}
		return r
	}, title))
	if letters := []rune(name); len(letters) > mostName {
		return string(letters[:mostName])
	}
	return name
}
