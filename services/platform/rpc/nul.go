package rpc

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protopath"
	"google.golang.org/protobuf/reflect/protorange"

	"saakorn/services/platform/fault"
)

// nulCharacters finds the character U+0000 anywhere in a request. It is valid UTF-8, but PostgreSQL
// keeps it in no text and nobody means to write it.
func nulCharacters(m proto.Message) []fault.Violation {
	var found []fault.Violation
	// Range fails only when the function it calls does.
	_ = protorange.Range(m.ProtoReflect(), func(p protopath.Values) error {
		last := p.Index(-1)
		text, _ := last.Value.Interface().(string)
		if last.Step.Kind() == protopath.MapIndexStep {
			text += last.Step.MapIndex().String()
		}
		if strings.ContainsRune(text, 0) {
			found = append(found, fault.Violation{
				Field: fieldPath(p), Reason: "NUL_CHARACTER", Description: "take the character U+0000 out of the text",
			})
		}
		return nil
	})
	return found
}

// fieldPath writes a path as the rules of the contract do: content.answers[0].text.
func fieldPath(p protopath.Values) string {
	var b strings.Builder
	for _, step := range p.Path {
		switch step.Kind() {
		case protopath.FieldAccessStep:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(string(step.FieldDescriptor().Name()))
		case protopath.ListIndexStep:
			fmt.Fprintf(&b, "[%d]", step.ListIndex())
		case protopath.MapIndexStep:
			fmt.Fprintf(&b, "[%q]", step.MapIndex().String())
		default: // the root, which has no name
		}
	}
	return b.String()
}
