package entrepreneur

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/text"
)

// values are what stands in the inputs of a page, by their names. Inputs in rows are named by the
// question, the number of the row and the column: contacts.0.email.
type values map[string]string

// listSign parts the choices of a question that takes several.
const listSign = "\x1f"

// lists are the questions with rows that people add to.
func lists() []string {
	return []string{"contacts", "indicators", "collaborations", "budget.items", "budget.other_funding", "de_minimis_aid"}
}

// row splits a name into its list, the number of the row and the column.
func row(name string) (list string, number int, column string, ok bool) {
	for _, l := range lists() {
		rest, found := strings.CutPrefix(name, l+".")
		if !found {
			continue
		}
		digits, column, _ := strings.Cut(rest, ".")
		n, err := strconv.Atoi(digits)
		if err == nil && n >= 0 && column != "" {
			return l, n, column, true
		}
	}
	return "", 0, "", false
}

// typed reads what was typed into a form, and closes up rows in which nothing stands.
func typed(form url.Values) values {
	v := values{}
	rows := map[string]map[int]values{}
	for name, all := range form {
		value := strings.TrimSpace(strings.ReplaceAll(strings.Join(all, listSign), "\r\n", "\n"))
		list, number, column, ok := row(name)
		if !ok {
			v[name] = value
			continue
		}
		if rows[list] == nil {
			rows[list] = map[int]values{}
		}
		if rows[list][number] == nil {
			rows[list][number] = values{}
		}
		rows[list][number][column] = value
	}
	for list, of := range rows {
		v.closeUp(list, of)
	}
	return v
}

func (v values) closeUp(list string, rows map[int]values) {
	var numbers []int
	for n, columns := range rows {
		if !columns.empty() {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	for i, n := range numbers {
		for column, value := range rows[n] {
			v[fmt.Sprintf("%s.%d.%s", list, i, column)] = value
		}
	}
}

// empty tells whether nothing was typed into the row. What a row has by itself does not count.
func (v values) empty() bool {
	for column, value := range v {
		if value != "" && column != "key" && column != "line_key" && column != "status" {
			return false
		}
	}
	return true
}

// count returns how many rows of the list have something in them.
func (v values) count(list string) int {
	most := 0
	for name := range v {
		if l, n, _, ok := row(name); ok && l == list {
			most = max(most, n+1)
		}
	}
	return most
}

// shown writes what an application says into the inputs of a section's page.
func shown(p text.Printer, d *draft, s *saakornv1.QuestionSection) values {
	v := values{}
	for _, q := range s.GetQuestions() {
		v.showQuestion(p, d.app.GetContent(), q)
	}
	return v
}

func (v values) showQuestion(p text.Printer, c *saakornv1.ApplicationContent, q *saakornv1.Question) {
	switch q.GetField() {
	case "":
		v.showAnswer(p, c, q)
	case "contacts":
		for i, contact := range c.GetContacts() {
			v.set(q.GetKey(), i, "name", contact.GetName(), "email", contact.GetEmail(), "phone", contact.GetPhone(), "role", contact.GetRole())
		}
	case "theory_of_change.indicators":
		v.showIndicators(c)
	case "business_model.costs":
		for _, cost := range c.GetBusinessModel().GetCosts() {
			v[fmt.Sprintf("costs.%d", cost.GetYear())] = amount(p, cost.GetAmountOre())
		}
	case "business_model.income":
		v.showIncome(p, c)
	case "sustainability_plan.milestones":
		for _, m := range c.GetSustainabilityPlan().GetMilestones() {
			name := fmt.Sprintf("milestones.%d", m.GetYear())
			v[name] = strings.TrimPrefix(v[name]+"\n"+m.GetDescription(), "\n")
		}
	case "collaborations":
		for i, co := range c.GetCollaborations() {
			v.set(q.GetKey(), i, "nav_unit_id", co.GetNavUnitId(), "type", co.GetType().String(), "line", co.GetLine().String(),
				"letter_of_intent_attachment_id", co.GetLetterOfIntentAttachmentId(), "description", co.GetDescription())
		}
	case "budget":
		v.showBudget(p, c.GetBudget())
	case "declarations.de_minimis_aid":
		for i, aid := range c.GetDeclarations().GetDeMinimisAid() {
			v.set(q.GetKey(), i, "grantor", aid.GetGrantor(), "amount_eur_cents", amount(p, aid.GetAmountEurCents()), "granted_on", p.ShortDate(aid.GetGrantedOn()))
		}
	default:
		v.showField(p, c.ProtoReflect(), q)
	}
}

func (v values) set(list string, i int, pairs ...string) {
	for n := 0; n+1 < len(pairs); n += 2 {
		v[fmt.Sprintf("%s.%d.%s", list, i, pairs[n])] = pairs[n+1]
	}
}

// amount writes øre, or cents, as people type them; nothing for zero.
func amount(p text.Printer, ore int64) string {
	if ore == 0 {
		return ""
	}
	return p.Amount(ore)
}

func (v values) showIndicators(c *saakornv1.ApplicationContent) {
	for i, indicator := range c.GetTheoryOfChange().GetIndicators() {
		v.set("indicators", i, "key", indicator.GetKey(), "title", indicator.GetTitle(), "unit", indicator.GetUnit(),
			"baseline", strconv.FormatInt(indicator.GetBaseline(), 10), "data_source", indicator.GetDataSource())
		for _, target := range indicator.GetTargets() {
			v.set("indicators", i, fmt.Sprintf("target_%d", target.GetYear()), strconv.FormatInt(target.GetValue(), 10))
		}
	}
}

func (v values) showIncome(p text.Printer, c *saakornv1.ApplicationContent) {
	sums := map[string]int64{}
	for _, income := range c.GetBusinessModel().GetIncome() {
		sums[fmt.Sprintf("income.%d.%s", income.GetYear(), income.GetSource())] += income.GetAmountOre()
	}
	for name, sum := range sums {
		v[name] = amount(p, sum)
	}
}

func (v values) showBudget(p text.Printer, b *saakornv1.ApplicationBudget) {
	for i, item := range b.GetItems() {
		v.set("budget.items", i, "line_key", item.GetLineKey(), "description", item.GetDescription(), "amount_ore", amount(p, item.GetAmountOre()))
	}
	v["budget.own_contribution_ore"] = amount(p, b.GetOwnContributionOre())
	for i, other := range b.GetOtherFunding() {
		same := ""
		if other.GetSameCosts() {
			same = yes
		}
		v.set("budget.other_funding", i, "source", other.GetSource(), "amount_ore", amount(p, other.GetAmountOre()), "status", other.GetStatus().String(), "same_costs", same)
	}
}

// What stands in yes-and-no inputs.
const (
	yes = "yes"
	no  = "no"
)

func (v values) showAnswer(p text.Printer, c *saakornv1.ApplicationContent, q *saakornv1.Question) {
	for _, a := range c.GetAnswers() {
		if a.GetQuestionKey() != q.GetKey() {
			continue
		}
		switch value := a.GetValue().(type) {
		case *saakornv1.Answer_Text:
			v[q.GetKey()] = value.Text
		case *saakornv1.Answer_Boolean:
			v[q.GetKey()] = yesNo(value.Boolean)
		case *saakornv1.Answer_Number:
			if q.GetKind() == "AMOUNT" {
				v[q.GetKey()] = amount(p, value.Number)
			} else {
				v[q.GetKey()] = p.Number(value.Number)
			}
		case *saakornv1.Answer_Choices:
			v[q.GetKey()] = strings.Join(value.Choices.GetKeys(), listSign)
		}
	}
}

func yesNo(b bool) string {
	if b {
		return yes
	}
	return no
}

// showField writes a field of the content that is a text, a number or yes and no.
func (v values) showField(p text.Printer, m protoreflect.Message, q *saakornv1.Question) {
	path := strings.Split(q.GetField(), ".")
	for i, name := range path {
		field := m.Descriptor().Fields().ByName(protoreflect.Name(name))
		if field == nil || !m.Has(field) {
			return
		}
		if i < len(path)-1 {
			m = m.Get(field).Message()
			continue
		}
		switch value := m.Get(field).Interface().(type) {
		case string:
			v[q.GetKey()] = value
		case bool:
			if value {
				v[q.GetKey()] = yes
			}
		case int64:
			v[q.GetKey()] = amount(p, value)
		case int32:
			v[q.GetKey()] = p.Number(int64(value))
		}
	}
}
