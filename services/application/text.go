package application

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/reflect/protopath"
	"google.golang.org/protobuf/reflect/protorange"
	"google.golang.org/protobuf/reflect/protoreflect"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/nationalid"
	"saakorn/services/scheme"
)

// CheckText finds what cannot even be saved in a draft: national identity numbers, texts longer
// than the question allows, and answers to questions, choices or budget lines that do not exist.
func CheckText(content *saakornv1.ApplicationContent, d *scheme.Definition) []fault.Violation {
	found := nationalIDs(content)
	found = append(found, lengths(content, d)...)
	found = append(found, unknownAnswers(content, d)...)
	for i, item := range content.GetBudget().GetItems() {
		if _, ok := d.BudgetLine(item.GetLineKey()); !ok {
			found = append(found, fault.Violation{
				Field: fmt.Sprintf("content.budget.items[%d].line_key", i), Reason: "NO_SUCH_BUDGET_LINE",
				Description: "use a budget line of the scheme",
			})
		}
	}
	return found
}

// How a national identity number in a text is refused.
const (
	nationalIDFound  = "NATIONAL_IDENTITY_NUMBER"
	nationalIDAdvice = "this holds a national identity number: take it out, and describe people so that nobody can be recognised"
)

func nationalIDs(content *saakornv1.ApplicationContent) []fault.Violation {
	var found []fault.Violation
	// Range fails only when the function it calls does.
	_ = protorange.Range(content.ProtoReflect(), func(p protopath.Values) error {
		text, ok := p.Index(-1).Value.Interface().(string)
		if ok && len(nationalid.Find(text)) > 0 {
			found = append(found, fault.Violation{
				Field: fieldPath(p), Reason: nationalIDFound, Description: nationalIDAdvice,
			})
		}
		return nil
	})
	return found
}

// checkNoNationalID refuses a text outside the content that holds a national identity number.
func checkNoNationalID(field, text string) error {
	if len(nationalid.Find(text)) == 0 {
		return nil
	}
	return fault.Field(field, nationalIDFound, nationalIDAdvice)
}

// fieldPath writes a path in content as violations name it: "content.answers[0].text".
func fieldPath(p protopath.Values) string {
	var b strings.Builder
	b.WriteString("content")
	for i := range p.Path {
		switch step := p.Path[i]; step.Kind() {
		case protopath.FieldAccessStep:
			b.WriteString("." + string(step.FieldDescriptor().Name()))
		case protopath.ListIndexStep:
			fmt.Fprintf(&b, "[%d]", step.ListIndex())
		}
	}
	return b.String()
}

func lengths(content *saakornv1.ApplicationContent, d *scheme.Definition) []fault.Violation {
	var found []fault.Violation
	for _, section := range d.Sections {
		for _, q := range section.Questions {
			text := textOf(content, q)
			if n := utf8.RuneCountInString(text); q.MaxLength > 0 && n > q.MaxLength {
				found = append(found, fault.Violation{
					Field: "content." + fieldOf(q), Reason: "TOO_LONG",
					Description: fmt.Sprintf("shorten the text from %d to at most %d characters", n, q.MaxLength),
				})
			}
		}
	}
	return found
}

func textOf(content *saakornv1.ApplicationContent, q scheme.Question) string {
	if q.Field == "" {
		return findAnswer(content, q.Key).GetText()
	}
	m := content.ProtoReflect()
	path := strings.Split(q.Field, ".")
	for i, name := range path {
		field := m.Descriptor().Fields().ByName(protoreflect.Name(name))
		if field == nil || !m.Has(field) || field.IsList() {
			return ""
		}
		if i == len(path)-1 {
			text, _ := m.Get(field).Interface().(string)
			return text
		}
		m = m.Get(field).Message()
	}
	return ""
}

func unknownAnswers(content *saakornv1.ApplicationContent, d *scheme.Definition) []fault.Violation {
	var found []fault.Violation
	seen := map[string]bool{}
	for i, answer := range content.GetAnswers() {
		field := fmt.Sprintf("content.answers[%d]", i)
		q, ok := d.Question(answer.GetQuestionKey())
		switch {
		case !ok || q.Field != "":
			found = append(found, fault.Violation{Field: field + ".question_key", Reason: "NO_SUCH_QUESTION", Description: "answer a question of the scheme"})
		case seen[answer.GetQuestionKey()]:
			found = append(found, fault.Violation{Field: field + ".question_key", Reason: "ANSWERED_TWICE", Description: "answer each question once"})
		case !fits(answer, q):
			found = append(found, fault.Violation{Field: field, Reason: "WRONG_KIND_OF_ANSWER", Description: "answer in the way the question asks for"})
		}
		seen[answer.GetQuestionKey()] = true
	}
	return found
}

// fits tells whether the answer is of the kind the question asks for, with choices it offers.
func fits(answer *saakornv1.Answer, q scheme.Question) bool {
	switch v := answer.GetValue().(type) {
	case nil:
		return true // nothing answered yet
	case *saakornv1.Answer_Text:
		return q.Kind == scheme.KindText || q.Kind == scheme.KindLongText
	case *saakornv1.Answer_Boolean:
		return q.Kind == scheme.KindBoolean
	case *saakornv1.Answer_Number:
		return q.Kind == scheme.KindNumber || q.Kind == scheme.KindAmount
	case *saakornv1.Answer_Choices:
		if q.Kind != scheme.KindChoice && q.Kind != scheme.KindMultiChoice || q.Kind == scheme.KindChoice && len(v.Choices.GetKeys()) > 1 {
			return false
		}
		return !slices.ContainsFunc(v.Choices.GetKeys(), func(key string) bool {
			return !slices.ContainsFunc(q.Choices, func(c scheme.Choice) bool { return c.Key == key })
		})
	}
	return false
}
