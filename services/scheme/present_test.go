package scheme

import (
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
)

// The built-in versions together use every part of a scheme but the ceiling and the reserve for appeals,
// so a field that nothing fills was forgotten.
func TestEveryFieldOfTheContractIsFilledByAScheme(t *testing.T) {
	sources, err := Published()
	if err != nil {
		t.Fatal(err)
	}
	ceiling := int64(50_000_000)
	filled := map[protoreflect.FullName]bool{}
	for _, source := range sources {
		source.Definition.ApplicationTypes[0].MaxAmountOre = &ceiling
		source.Definition.Budgets[0].AppealReserveOre = ceiling
		collect(PresentScheme(source.Definition).ProtoReflect(), filled)
	}
	seen := map[protoreflect.FullName]bool{}
	requireFilled(t, (&saakornv1.Scheme{}).ProtoReflect().Descriptor(), filled, seen)
}

func collect(m protoreflect.Message, filled map[protoreflect.FullName]bool) {
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		filled[field.FullName()] = true
		switch {
		case field.Message() == nil:
		case field.IsList():
			for i := range value.List().Len() {
				collect(value.List().Get(i).Message(), filled)
			}
		default:
			collect(value.Message(), filled)
		}
		return true
	})
}

func requireFilled(t *testing.T, m protoreflect.MessageDescriptor, filled, seen map[protoreflect.FullName]bool) {
	t.Helper()
	if seen[m.FullName()] {
		return
	}
	seen[m.FullName()] = true
	for i := range m.Fields().Len() {
		field := m.Fields().Get(i)
		if !filled[field.FullName()] {
			t.Errorf("no scheme fills %s", field.FullName())
		}
		if field.Message() != nil {
			requireFilled(t, field.Message(), filled, seen)
		}
	}
}

func TestEnumsOfASchemeAreKnownToTheContract(t *testing.T) {
	for _, key := range []ApplicationTypeKey{NewDevelopment, NewOrdinary, Continuation} {
		if presentTypeKey(key) == saakornv1.ApplicationType_APPLICATION_TYPE_UNSPECIFIED {
			t.Errorf("the contract has no application type %s", key)
		}
	}
	for _, gate := range []Gate{GateOff, GateWarn, GateRequire} {
		if presentGate(gate) == saakornv1.LetterOfIntentGate_LETTER_OF_INTENT_GATE_UNSPECIFIED {
			t.Errorf("the contract has no gate %s", gate)
		}
	}
}
