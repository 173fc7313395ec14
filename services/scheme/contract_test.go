package scheme

import (
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
)

// answerable returns the paths in ApplicationContent that a question can fill: leaves and lists, and
// the budget, which has a form of its own. The free answers are filled by questions without a field.
func answerable(t testing.TB) []string {
	t.Helper()
	var paths []string
	var walk func(prefix string, message protoreflect.MessageDescriptor)
	walk = func(prefix string, message protoreflect.MessageDescriptor) {
		for i := range message.Fields().Len() {
			field := message.Fields().Get(i)
			path := prefix + string(field.Name())
			switch {
			case path == "answers":
			case field.Message() != nil && !field.IsList() && path != "budget":
				walk(path+".", field.Message())
			default:
				paths = append(paths, path)
			}
		}
	}
	walk("", (&saakornv1.ApplicationContent{}).ProtoReflect().Descriptor())
	return paths
}
