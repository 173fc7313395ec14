package scheme

import (
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// decoder reads a YAML tree into Go values by their yaml tags. It is stricter than a YAML library:
// it refuses unknown fields and whatever makes a file hard to read aloud (anchors, tags, merge
// keys), and it goes on after a problem, so that an author hears of all of them at once.
type decoder struct {
	*report
}

// decode reads node into target, which is settable. Null and absent mean the zero value.
func (d decoder) decode(field string, node ast.Node, target reflect.Value) {
	if node == nil || node.Type() == ast.NullType {
		return
	}
	if text, ok := reflect.TypeAssert[encoding.TextUnmarshaler](target.Addr()); ok {
		d.decodeText(field, node, text)
		return
	}
	switch target.Kind() {
	case reflect.Struct:
		d.decodeStruct(field, node, target)
	case reflect.Slice:
		d.decodeSlice(field, node, target)
	case reflect.Pointer:
		target.Set(reflect.New(target.Type().Elem()))
		d.decode(field, node, target.Elem())
	case reflect.String:
		if text, ok := d.text(field, node); ok {
			target.SetString(text)
		}
	case reflect.Int, reflect.Int64:
		d.decodeInteger(field, node, target)
	case reflect.Bool:
		d.decodeBool(field, node, target)
	default:
		d.add(field, "fields of type %s cannot be read from a file", target.Type())
	}
}

func (d decoder) decodeStruct(field string, node ast.Node, target reflect.Value) {
	mapping, ok := node.(*ast.MappingNode)
	if !ok {
		d.add(field, "expected fields with values, found %s", describe(node))
		return
	}
	seen := make(map[string]bool, len(mapping.Values))
	for _, entry := range mapping.Values {
		name := keyName(entry.Key)
		path := name
		if field != "" {
			path = field + "." + name
		}
		if seen[name] {
			d.problems = append(d.problems, Problem{
				File: d.file, Line: at(entry.Key).line, Column: at(entry.Key).column,
				Field: path, Message: "is given twice",
			})
			continue
		}
		seen[name] = true
		d.places[path] = at(entry.Key)
		member, ok := memberByTag(target, name)
		if !ok {
			d.add(path, "unknown field; expected one of %s", strings.Join(tags(target.Type()), ", "))
			continue
		}
		d.decode(path, entry.Value, member)
	}
}

func (d decoder) decodeSlice(field string, node ast.Node, target reflect.Value) {
	sequence, ok := node.(*ast.SequenceNode)
	if !ok {
		d.add(field, "expected a list, found %s", describe(node))
		return
	}
	items := reflect.MakeSlice(target.Type(), len(sequence.Values), len(sequence.Values))
	for i, item := range sequence.Values {
		path := fmt.Sprintf("%s[%d]", field, i)
		d.places[path] = at(item)
		if item == nil || item.Type() == ast.NullType {
			d.add(path, "is empty")
			continue
		}
		d.decode(path, item, items.Index(i))
	}
	target.Set(items)
}

func (d decoder) decodeText(field string, node ast.Node, target encoding.TextUnmarshaler) {
	text, ok := d.text(field, node)
	if !ok {
		return
	}
	if err := target.UnmarshalText([]byte(text)); err != nil {
		d.add(field, "%v", err)
	}
}

func (d decoder) decodeInteger(field string, node ast.Node, target reflect.Value) {
	if _, ok := node.(*ast.IntegerNode); !ok {
		d.add(field, "expected a whole number, found %s", describe(node))
		return
	}
	// The digits as written: a number may group its thousands with underscores.
	number, err := strconv.ParseInt(node.GetToken().Value, 0, target.Type().Bits())
	if err != nil {
		d.add(field, "expected a whole number of at most %d bits, found %s", target.Type().Bits(), node.GetToken().Value)
		return
	}
	target.SetInt(number)
}

func (d decoder) decodeBool(field string, node ast.Node, target reflect.Value) {
	value, ok := node.(*ast.BoolNode)
	if !ok {
		d.add(field, "expected true or false, found %s", describe(node))
		return
	}
	target.SetBool(value.Value)
}

// text returns what a text node says, without white space around it.
func (d decoder) text(field string, node ast.Node) (string, bool) {
	switch node := node.(type) {
	case *ast.StringNode:
		return strings.TrimSpace(node.Value), true
	case *ast.LiteralNode:
		return strings.TrimSpace(node.Value.Value), true
	}
	d.add(field, "expected text, found %s; put text that looks like something else in quotes", describe(node))
	return "", false
}

// memberByTag returns the field of a struct that has the given yaml tag.
func memberByTag(target reflect.Value, tag string) (reflect.Value, bool) {
	for i := range target.NumField() {
		if target.Type().Field(i).Tag.Get("yaml") == tag {
			return target.Field(i), true
		}
	}
	return reflect.Value{}, false
}

func tags(structure reflect.Type) []string {
	names := make([]string, structure.NumField())
	for i := range names {
		names[i] = structure.Field(i).Tag.Get("yaml")
	}
	return names
}

func keyName(key ast.MapKeyNode) string {
	if tk := key.GetToken(); tk != nil {
		return tk.Value
	}
	return key.String()
}

func describe(node ast.Node) string {
	switch node.Type() {
	case ast.MappingType:
		return "fields with values"
	case ast.SequenceType:
		return "a list"
	case ast.StringType, ast.LiteralType:
		return "text"
	case ast.IntegerType:
		return "a number"
	case ast.FloatType:
		return "a number with decimals"
	case ast.BoolType:
		return "true or false"
	case ast.AliasType, ast.AnchorType, ast.MergeKeyType:
		return "an anchor or alias, which schemes do without"
	}
	return "a YAML " + node.Type().YAMLName()
}

// at returns where a node begins.
func at(node ast.Node) position {
	if node == nil {
		return position{}
	}
	if mapping, ok := node.(*ast.MappingNode); ok && len(mapping.Values) > 0 && !mapping.IsFlowStyle {
		return tokenPosition(mapping.Values[0].Key.GetToken())
	}
	return tokenPosition(node.GetToken())
}

func tokenPosition(tk *token.Token) position {
	if tk == nil || tk.Position == nil {
		return position{}
	}
	return position{line: tk.Position.Line, column: tk.Position.Column}
}
