package entrepreneur

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

func notFound() error { return status.Error(codes.NotFound, "no such page") }

// optional tells whether this type of application may leave the question open.
func (f *questionsForm) optional(q *saakornv1.Question) bool {
	return !slices.Contains(q.GetRequiredFor(), f.draft.app.GetType())
}

// field returns the input for a question with one.
func (f *questionsForm) field(p ui.Page, q *saakornv1.Question) ui.Field {
	field := ui.Field{
		ID: q.GetKey(), Label: site.In(p.Language, q.GetLabel()), Help: site.In(p.Language, q.GetHelp()),
		Example: site.In(p.Language, q.GetExample()), Value: f.values[q.GetKey()], Error: f.errors.For(q.GetKey()),
		MaxLength: int(q.GetMaxLength()), Optional: f.optional(q),
	}
	switch q.GetKind() {
	case "LONG_TEXT":
		field.Rows = 6
		if q.GetMaxLength() > 2500 {
			field.Rows = 9
		}
	case "NUMBER":
		field.Numeric = true
	case "AMOUNT":
		field.Numeric, field.Unit = true, p.T("field.kroner")
		field.Data = map[string]string{"data-sum": "funding"}
	}
	return field
}

func (f *questionsForm) choices(p ui.Page, q *saakornv1.Question) ui.Field {
	field := f.field(p, q)
	chosen := strings.Split(f.values[q.GetKey()], listSign)
	for _, c := range q.GetChoices() {
		field.Choices = append(field.Choices, ui.Choice{Value: c.GetKey(), Label: site.In(p.Language, c.GetLabel()), Chosen: slices.Contains(chosen, c.GetKey())})
	}
	return field
}

func (f *questionsForm) yesOrNo(p ui.Page, q *saakornv1.Question) ui.Field {
	field := f.field(p, q)
	value := f.values[q.GetKey()]
	field.Choices = []ui.Choice{
		{Value: yes, Label: p.T("field.yes"), Chosen: value == yes}, {Value: no, Label: p.T("field.no"), Chosen: value == no},
	}
	return field
}

func (f *questionsForm) unitField(p ui.Page, i int) ui.Field {
	field := f.cell("collaborations", i, "nav_unit_id", p.T("collaboration.unit"))
	field.Choices = []ui.Choice{{Label: p.T("field.choose")}}
	for _, unit := range f.units {
		field.Choices = append(field.Choices, ui.Choice{Value: unit.GetId(), Label: unit.GetName(), Chosen: unit.GetId() == field.Value})
	}
	return field
}

// letters returns the letters of intent that have been uploaded.
func (f *questionsForm) letters() []*saakornv1.Attachment {
	var letters []*saakornv1.Attachment
	for _, a := range f.draft.app.GetAttachments() {
		if a.GetKind() == "letter_of_intent" {
			letters = append(letters, a)
		}
	}
	return letters
}

func (f *questionsForm) letterField(p ui.Page, i int) ui.Field {
	field := f.cell("collaborations", i, "letter_of_intent_attachment_id", p.T("collaboration.letter"))
	field.Optional = true
	field.Choices = []ui.Choice{{Label: p.T("field.choose")}}
	for _, a := range f.letters() {
		field.Choices = append(field.Choices, ui.Choice{Value: a.GetId(), Label: a.GetFileName(), Chosen: a.GetId() == field.Value})
	}
	return field
}

// budgetLines returns the line of each row of the budget: those of what has been written, and then the
// lines of the scheme that nothing has been written on.
func (f *questionsForm) budgetLines() []*saakornv1.BudgetLineRule {
	var lines []*saakornv1.BudgetLineRule
	used := map[string]bool{}
	for i := range f.count("budget.items") {
		key := f.values[f.name("budget.items", i, "line_key")]
		used[key] = true
		at := slices.IndexFunc(f.draft.scheme.GetBudgetLines(), func(l *saakornv1.BudgetLineRule) bool { return l.GetKey() == key })
		if at < 0 {
			lines = append(lines, &saakornv1.BudgetLineRule{Key: key})
			continue
		}
		lines = append(lines, f.draft.scheme.GetBudgetLines()[at])
	}
	for _, line := range f.draft.scheme.GetBudgetLines() {
		if !used[line.GetKey()] {
			lines = append(lines, line)
		}
	}
	return lines
}

func (f *questionsForm) incomeOf(year int32) (sum int64) {
	for _, source := range incomeSources() {
		sum += f.ore(fmt.Sprintf("income.%d.%s", year, source))
	}
	return sum
}

func (f *questionsForm) costOf(year int32) int64 { return f.ore(fmt.Sprintf("costs.%d", year)) }

func (f *questionsForm) budgetCosts() (sum int64) {
	for i := range f.count("budget.items") {
		sum += f.ore(f.name("budget.items", i, "amount_ore"))
	}
	return sum
}

func (f *questionsForm) budgetFunding() int64 {
	sum := f.ore("budget.own_contribution_ore")
	for _, q := range f.section.GetQuestions() {
		if q.GetKind() == "AMOUNT" {
			sum += f.ore(q.GetKey())
		}
	}
	for i := range f.count("budget.other_funding") {
		sum += f.ore(f.name("budget.other_funding", i, "amount_ore"))
	}
	return sum
}

// balance says how costs and funding stand to each other.
func (f *questionsForm) balance(p ui.Page) string {
	difference := f.budgetCosts() - f.budgetFunding()
	switch {
	case difference > 0:
		return p.T("budget.over", "amount", p.Amount(difference))
	case difference < 0:
		return p.T("budget.under", "amount", p.Amount(-difference))
	}
	return p.T("budget.even")
}
