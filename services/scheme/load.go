package scheme

import (
	"errors"
	"reflect"

	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Parse reads and checks one scheme file. The name is only used to say where a problem is. When the
// file is wrong the error is a [LoadError] with everything that is wrong with it: the syntax first,
// since nothing else can be said before it is right, then names and types of fields, then what the
// fields say.
func Parse(name string, source []byte) (*Definition, error) {
	found := newReport(name)
	definition := decodeSource(found, source)
	if err := found.err(); err != nil {
		return nil, err
	}
	validate(definition, found)
	if err := found.err(); err != nil {
		return nil, err
	}
	return definition, nil
}

func decodeSource(found *report, source []byte) *Definition {
	definition := &Definition{}
	// Duplicate keys are left to the decoder, which reports all of them.
	file, err := parser.ParseBytes(source, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		found.problems = append(found.problems, syntaxProblem(found.file, err))
		return definition
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		found.add("", "expected one YAML document, found %d", len(file.Docs))
		return definition
	}
	decoder{found}.decode("", file.Docs[0].Body, reflect.ValueOf(definition).Elem())
	return definition
}

func syntaxProblem(file string, err error) Problem {
	problem := Problem{File: file, Line: 1, Column: 1, Message: err.Error()}
	var located interface {
		GetToken() *token.Token
		GetMessage() string
	}
	if errors.As(err, &located) {
		place := tokenPosition(located.GetToken())
		problem.Line, problem.Column = place.line, place.column
		problem.Message = located.GetMessage()
	}
	return problem
}
