package scheme

import (
	"fmt"
	"regexp"
	"strings"

	constraints "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
)

// maxFreeAnswer is how many characters the contract accepts in an answer without a field of its own.
const maxFreeAnswer = 20000

// keyHelp words what [keyPattern] accepts.
const keyHelp = "a small letter followed by small letters, digits and underscores"

func keyPattern() *regexp.Regexp { return regexp.MustCompile(`^[a-z][a-z0-9_]*$`) }

// keys finds keys that are misspelt or used twice within one list.
type keys struct {
	validator
	pattern *regexp.Regexp
	seen    map[string]bool
}

func (v validator) newKeys() keys {
	return keys{validator: v, pattern: keyPattern(), seen: map[string]bool{}}
}

func (k keys) add(field, key string) {
	k.match(field, key, k.pattern, keyHelp)
	if key != "" && k.seen[key] {
		k.report.add(field, "%q is used twice", key)
	}
	k.seen[key] = true
}

func (v validator) formalRequirements() {
	v.notEmpty("formal_requirements", len(v.definition.FormalRequirements))
	keys := v.newKeys()
	for i, requirement := range v.definition.FormalRequirements {
		field := fmt.Sprintf("formal_requirements[%d]", i)
		keys.add(field+".key", requirement.Key)
		v.text(field+".title", requirement.Title)
		v.text(field+".description", requirement.Description)
		v.check(field, requirement)
		for j, evidence := range requirement.Evidence {
			v.evidence(fmt.Sprintf("%s.evidence[%d]", field, j), evidence)
		}
	}
}

// check makes sure that an automatic check is known and has the evidence it looks at.
func (v validator) check(field string, requirement FormalRequirement) {
	needs := map[Check]EvidenceKind{
		"":                     "",
		CheckVoluntaryRegistry: EvidenceRegistry,
		CheckArticlesAttached:  EvidenceAttachment,
		CheckAnswerGiven:       EvidenceQuestion,
		CheckDeclared:          EvidenceDeclaration,
		CheckBusinessModel:     EvidenceQuestion,
	}
	kind, known := needs[requirement.Check]
	if !known {
		v.add(field+".check", "unknown check %q", requirement.Check)
		return
	}
	if kind == "" {
		return
	}
	for _, evidence := range requirement.Evidence {
		if evidence.Kind == kind {
			return
		}
	}
	v.add(field+".check", "%s needs evidence of the kind %s", requirement.Check, kind)
}

func (v validator) evidence(field string, evidence Evidence) {
	v.text(field+".title", evidence.Title)
	switch evidence.Kind {
	case EvidenceRegistry:
		v.contractField(field+".key", (&saakornv1.RegistryFacts{}).ProtoReflect().Descriptor(), evidence.Key)
	case EvidenceDeclaration:
		v.contractField(field+".key", (&saakornv1.Declarations{}).ProtoReflect().Descriptor(), evidence.Key)
	case EvidenceAttachment:
		if _, ok := v.definition.AttachmentKind(evidence.Key); !ok {
			v.add(field+".key", "no attachment kind has the key %q", evidence.Key)
		}
	case EvidenceQuestion:
		if _, ok := v.definition.Question(evidence.Key); !ok {
			v.add(field+".key", "no question has the key %q", evidence.Key)
		}
	default:
		v.oneOf(field+".kind", string(evidence.Kind), string(EvidenceRegistry), string(EvidenceAttachment),
			string(EvidenceQuestion), string(EvidenceDeclaration))
	}
}

func (v validator) contractField(field string, message protoreflect.MessageDescriptor, name string) {
	if message.Fields().ByName(protoreflect.Name(name)) == nil {
		v.add(field, "%s has no field %q", message.Name(), name)
	}
}

func (v validator) sections() {
	v.notEmpty("sections", len(v.definition.Sections))
	sectionKeys, questionKeys := v.newKeys(), v.newKeys()
	asked := map[string]bool{}
	for i, section := range v.definition.Sections {
		field := fmt.Sprintf("sections[%d]", i)
		sectionKeys.add(field+".key", section.Key)
		v.text(field+".title", section.Title)
		v.optionalText(field+".intro", section.Intro)
		v.notEmpty(field+".questions", len(section.Questions))
		for j, question := range section.Questions {
			path := fmt.Sprintf("%s.questions[%d]", field, j)
			questionKeys.add(path+".key", question.Key)
			v.question(path, question)
			if question.Field != "" && asked[question.Field] {
				v.add(path+".field", "%q is asked for twice", question.Field)
			}
			asked[question.Field] = true
		}
	}
}

func (v validator) question(field string, question Question) {
	v.text(field+".label", question.Label)
	v.optionalText(field+".help", question.Help)
	v.optionalText(field+".example", question.Example)
	v.types(field+".required_for", question.RequiredFor)
	v.oneOf(field+".kind", string(question.Kind), string(KindText), string(KindLongText), string(KindBoolean),
		string(KindNumber), string(KindAmount), string(KindChoice), string(KindMultiChoice), string(KindComposite))
	v.choices(field, question)
	limit := maxFreeAnswer
	switch {
	case question.Field != "":
		limit = v.questionField(field, question)
	case question.Kind == KindComposite:
		v.add(field+".field", "is missing; a COMPOSITE question is a part of ApplicationContent")
	}
	v.maxLength(field+".max_length", question, limit)
}

// questionField resolves the path of a question in ApplicationContent and checks that the kind of
// question fits. It returns how many characters the contract accepts there, 0 when it is no text.
func (v validator) questionField(field string, question Question) int {
	descriptor, err := resolve(question.Field)
	if err != nil {
		v.add(field+".field", "%v", err)
		return 0
	}
	if want := kindsFor(descriptor); !strings.Contains(want, string(question.Kind)) || question.Kind == "" {
		v.add(field+".kind", "%q does not fit the field %s, which takes %s", question.Kind, question.Field, want)
	}
	rules, _ := proto.GetExtension(descriptor.Options(), constraints.E_Field).(*constraints.FieldRules)
	return int(rules.GetString().GetMaxLen())
}

func (v validator) maxLength(field string, question Question, limit int) {
	if question.Kind != KindText && question.Kind != KindLongText {
		if question.MaxLength != 0 {
			v.add(field, "only texts have a length")
		}
		return
	}
	v.positive(field, int64(question.MaxLength))
	if limit > 0 && question.MaxLength > limit {
		v.add(field, "%d is more than the %d characters that can be stored", question.MaxLength, limit)
	}
}

func (v validator) choices(field string, question Question) {
	isChoice := question.Kind == KindChoice || question.Kind == KindMultiChoice
	if !isChoice && len(question.Choices) > 0 {
		v.add(field+".choices", "a %s question has no choices", question.Kind)
	}
	if isChoice && len(question.Choices) < 2 {
		v.add(field+".choices", "a %s question needs at least two choices", question.Kind)
	}
	keys := v.newKeys()
	for i, choice := range question.Choices {
		path := fmt.Sprintf("%s.choices[%d]", field, i)
		keys.add(path+".key", choice.Key)
		v.text(path+".label", choice.Label)
	}
}

// resolve follows a path such as "business_model.customers" through ApplicationContent.
func resolve(path string) (protoreflect.FieldDescriptor, error) {
	message := (&saakornv1.ApplicationContent{}).ProtoReflect().Descriptor()
	var field protoreflect.FieldDescriptor
	for name := range strings.SplitSeq(path, ".") {
		if message == nil {
			return nil, fmt.Errorf("%s has no fields of its own, so %q leads nowhere", field.Name(), path)
		}
		if field = message.Fields().ByName(protoreflect.Name(name)); field == nil {
			return nil, fmt.Errorf("%s has no field %q", message.Name(), name)
		}
		message = nil
		if field.Message() != nil && !field.IsList() {
			message = field.Message()
		}
	}
	return field, nil
}

// kindsFor words the kinds of question that can fill a field.
func kindsFor(field protoreflect.FieldDescriptor) string {
	switch {
	case field.Message() != nil:
		return string(KindComposite)
	case field.IsList():
		return "no question"
	case field.Kind() == protoreflect.StringKind:
		return fmt.Sprintf("%s or %s", KindText, KindLongText)
	case field.Kind() == protoreflect.BoolKind:
		return string(KindBoolean)
	case strings.HasSuffix(string(field.Name()), "_ore"):
		return string(KindAmount)
	case field.Kind() == protoreflect.Int32Kind, field.Kind() == protoreflect.Int64Kind:
		return string(KindNumber)
	}
	return "no question"
}
