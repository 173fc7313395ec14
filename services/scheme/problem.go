package scheme

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing that is wrong with a scheme file, and where.
type Problem struct {
	File string
	// Line and Column count from 1. They are zero when the problem has no place in the file.
	Line, Column int
	// Field is the path of the field, for example "sections[2].questions[0].label.nn".
	Field   string
	Message string
}

// String writes p as compilers write their errors: file:line:column: field: message.
func (p Problem) String() string {
	var text strings.Builder
	text.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&text, ":%d:%d", p.Line, p.Column)
	}
	if p.Field != "" {
		fmt.Fprintf(&text, ": %s", p.Field)
	}
	fmt.Fprintf(&text, ": %s", p.Message)
	return text.String()
}

// LoadError holds every problem that was found in a scheme file, in the order of the file.
type LoadError struct {
	Problems []Problem
}

// Error writes one problem on each line.
func (e *LoadError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, problem := range e.Problems {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "\n")
}

// position is a place in a source file, counted from 1.
type position struct{ line, column int }

// report gathers problems, and knows where in the file each field stands.
type report struct {
	file     string
	places   map[string]position
	problems []Problem
}

func newReport(file string) *report {
	return &report{file: file, places: map[string]position{"": {line: 1, column: 1}}}
}

// add reports a problem with a field. A field that is missing from the file is reported at the
// nearest thing around it that is there.
func (r *report) add(field, format string, arguments ...any) {
	place := r.place(field)
	r.problems = append(r.problems, Problem{
		File: r.file, Line: place.line, Column: place.column,
		Field: field, Message: fmt.Sprintf(format, arguments...),
	})
}

func (r *report) place(field string) position {
	for {
		if place, ok := r.places[field]; ok {
			return place
		}
		field = field[:max(strings.LastIndexAny(field, ".["), 0)]
	}
}

// sorted returns what was gathered in the order of the file.
func (r *report) sorted() []Problem {
	slices.SortStableFunc(r.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return r.problems
}

// err returns what was gathered as a [LoadError], or nil.
func (r *report) err() error {
	if len(r.problems) == 0 {
		return nil
	}
	return &LoadError{Problems: r.sorted()}
}
