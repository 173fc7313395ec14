package entrepreneur

import (
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/text"
	"saakorn/web/ui"
)

// reading reads what was typed, and gathers what cannot be read.
type reading struct {
	values
	printer text.Printer
	errors  ui.Errors
}

// answering turns what was typed on a section's page into content of an application.
type answering struct {
	reading
	draft   *draft
	content *saakornv1.ApplicationContent
}

// read writes the section's answers into the content. It returns the paths that it has written, for
// an update of just these.
func read(p text.Printer, d *draft, s *saakornv1.QuestionSection, v values, into *saakornv1.ApplicationContent) (paths []string, errs ui.Errors) {
	r := &answering{reading: reading{values: v, printer: p}, draft: d, content: into}
	free := false
	for _, q := range s.GetQuestions() {
		if q.GetField() == "" {
			free = true
			r.answer(q)
			continue
		}
		r.question(q)
		paths = append(paths, q.GetField())
	}
	if free {
		paths = append(paths, "answers")
	}
	return paths, r.errors
}

func (r *reading) wrong(id, reason string) {
	r.errors = r.errors.With(id, site.ViolationText(r.printer, site.Violation{Reason: reason}))
}

func (r *reading) kroner(name string) int64 {
	ore, ok := site.Kroner(r.values[name])
	if !ok {
		r.wrong(name, "NOT_AN_AMOUNT")
	}
	return ore
}

func (r *reading) number(name string) int64 {
	n, ok := site.Number(r.values[name])
	if !ok {
		r.wrong(name, "NOT_A_NUMBER")
	}
	return n
}

// in returns the name of an input in a row, and what stands in it.
func (r *reading) in(list string, i int, column string) (name, value string) {
	name = fmt.Sprintf("%s.%d.%s", list, i, column)
	return name, r.values[name]
}

func (r *reading) value(list string, i int, column string) string {
	_, value := r.in(list, i, column)
	return value
}

func (r *answering) question(q *saakornv1.Question) {
	switch q.GetField() {
	case "contacts":
		r.content.Contacts = nil
		for i := range r.count("contacts") {
			r.content.Contacts = append(r.content.Contacts, &saakornv1.Contact{
				Name: r.value("contacts", i, "name"), Email: r.value("contacts", i, "email"),
				Phone: r.value("contacts", i, "phone"), Role: r.value("contacts", i, "role"),
			})
		}
	case "theory_of_change.indicators":
		r.indicators()
	case "business_model.costs":
		r.costs()
	case "business_model.income":
		r.income()
	case "sustainability_plan.milestones":
		r.milestones()
	case "collaborations":
		r.collaborations()
	case "budget":
		r.budget()
	case "declarations.de_minimis_aid":
		r.aid()
	default:
		r.field(q)
	}
}

func (r *answering) indicators() {
	change := r.content.GetTheoryOfChange()
	if change == nil {
		change = &saakornv1.TheoryOfChange{}
		r.content.TheoryOfChange = change
	}
	change.Indicators = nil
	for i := range r.count("indicators") {
		baseline, _ := r.in("indicators", i, "baseline")
		indicator := &saakornv1.Indicator{
			Key: r.value("indicators", i, "key"), Title: r.value("indicators", i, "title"), Unit: r.value("indicators", i, "unit"),
			Baseline: r.number(baseline), DataSource: r.value("indicators", i, "data_source"),
		}
		if indicator.Key == "" {
			indicator.Key = fmt.Sprintf("own_%d", i+1)
			for _, other := range change.GetIndicators() {
				if other.GetKey() == indicator.GetKey() {
					indicator.Key += "_b"
				}
			}
		}
		for _, year := range r.draft.years {
			if name, value := r.in("indicators", i, fmt.Sprintf("target_%d", year)); value != "" {
				indicator.Targets = append(indicator.Targets, &saakornv1.YearTarget{Year: year, Value: r.number(name)})
			}
		}
		change.Indicators = append(change.Indicators, indicator)
	}
}

func (r *answering) model() *saakornv1.BusinessModel {
	if r.content.GetBusinessModel() == nil {
		r.content.BusinessModel = &saakornv1.BusinessModel{}
	}
	return r.content.GetBusinessModel()
}

func (r *answering) costs() {
	model := r.model()
	model.Costs = nil
	for _, year := range r.draft.years {
		if name := fmt.Sprintf("costs.%d", year); r.values[name] != "" {
			model.Costs = append(model.Costs, &saakornv1.YearCost{Year: year, AmountOre: r.kroner(name)})
		}
	}
}

func (r *answering) income() {
	model := r.model()
	model.Income = nil
	for _, year := range r.draft.years {
		for _, source := range incomeSources() {
			if name := fmt.Sprintf("income.%d.%s", year, source); r.values[name] != "" {
				model.Income = append(model.Income, &saakornv1.YearIncome{Year: year, Source: source, AmountOre: r.kroner(name)})
			}
		}
	}
}

// incomeSources returns where income can come from, in the order of the contract.
func incomeSources() []saakornv1.IncomeSource {
	var sources []saakornv1.IncomeSource
	all := saakornv1.IncomeSource(0).Descriptor().Values()
	for i := range all.Len() {
		if n := all.Get(i).Number(); n != 0 {
			sources = append(sources, saakornv1.IncomeSource(n))
		}
	}
	return sources
}

func (r *answering) milestones() {
	if r.content.GetSustainabilityPlan() == nil {
		r.content.SustainabilityPlan = &saakornv1.SustainabilityPlan{}
	}
	plan := r.content.GetSustainabilityPlan()
	plan.Milestones = nil
	for _, year := range r.draft.years {
		for line := range strings.SplitSeq(r.values[fmt.Sprintf("milestones.%d", year)], "\n") {
			if line = strings.TrimSpace(line); line != "" {
				plan.Milestones = append(plan.Milestones, &saakornv1.Milestone{Year: year, Description: line})
			}
		}
	}
}

func (r *answering) collaborations() {
	r.content.Collaborations = nil
	for i := range r.count("collaborations") {
		unit, unitID := r.in("collaborations", i, "nav_unit_id")
		if unitID == "" {
			r.wrong(unit, "REQUIRED")
			continue
		}
		r.content.Collaborations = append(r.content.Collaborations, &saakornv1.Collaboration{
			NavUnitId:                  unitID,
			Type:                       saakornv1.CollaborationType(saakornv1.CollaborationType_value[r.value("collaborations", i, "type")]),
			Line:                       saakornv1.PartnershipLine(saakornv1.PartnershipLine_value[r.value("collaborations", i, "line")]),
			LetterOfIntentAttachmentId: r.value("collaborations", i, "letter_of_intent_attachment_id"),
			Description:                r.value("collaborations", i, "description"),
		})
	}
}

func (r *answering) budget() {
	budget := &saakornv1.ApplicationBudget{OwnContributionOre: r.kroner("budget.own_contribution_ore")}
	for i := range r.count("budget.items") {
		name, _ := r.in("budget.items", i, "amount_ore")
		budget.Items = append(budget.Items, &saakornv1.BudgetItem{
			LineKey: r.value("budget.items", i, "line_key"), Description: r.value("budget.items", i, "description"), AmountOre: r.kroner(name),
		})
	}
	for i := range r.count("budget.other_funding") {
		name, _ := r.in("budget.other_funding", i, "amount_ore")
		budget.OtherFunding = append(budget.OtherFunding, &saakornv1.OtherFunding{
			Source: r.value("budget.other_funding", i, "source"), AmountOre: r.kroner(name),
			Status:    saakornv1.FundingStatus(saakornv1.FundingStatus_value[r.value("budget.other_funding", i, "status")]),
			SameCosts: r.value("budget.other_funding", i, "same_costs") == yes,
		})
	}
	r.content.Budget = budget
}

func (r *answering) aid() {
	if r.content.GetDeclarations() == nil {
		r.content.Declarations = &saakornv1.Declarations{}
	}
	declarations := r.content.GetDeclarations()
	declarations.DeMinimisAid = nil
	for i := range r.count("de_minimis_aid") {
		name, _ := r.in("de_minimis_aid", i, "amount_eur_cents")
		on, typedDate := r.in("de_minimis_aid", i, "granted_on")
		iso, ok := isoDate(typedDate)
		if !ok {
			r.wrong(on, "NO_SUCH_DATE")
		}
		declarations.DeMinimisAid = append(declarations.DeMinimisAid, &saakornv1.DeMinimisAid{
			Grantor: r.value("de_minimis_aid", i, "grantor"), AmountEurCents: r.kroner(name), GrantedOn: iso,
		})
	}
}

// isoDate reads a date as people write it and returns it as the contract does.
func isoDate(typed string) (string, bool) {
	for _, layout := range []string{"2.1.2006", "2/1/2006", time.DateOnly, "2.1.06"} {
		if t, err := time.Parse(layout, typed); err == nil {
			return t.Format(time.DateOnly), true
		}
	}
	return "", false
}

// answer writes the answer to a question that has no field of its own.
func (r *answering) answer(q *saakornv1.Question) {
	kept := r.content.GetAnswers()[:0:0]
	for _, a := range r.content.GetAnswers() {
		if a.GetQuestionKey() != q.GetKey() {
			kept = append(kept, a)
		}
	}
	r.content.Answers = kept
	value := r.values[q.GetKey()]
	if value == "" {
		return
	}
	a := &saakornv1.Answer{QuestionKey: q.GetKey()}
	switch q.GetKind() {
	case "BOOLEAN":
		a.Value = &saakornv1.Answer_Boolean{Boolean: value == yes}
	case "NUMBER":
		a.Value = &saakornv1.Answer_Number{Number: r.number(q.GetKey())}
	case "AMOUNT":
		a.Value = &saakornv1.Answer_Number{Number: r.kroner(q.GetKey())}
	case "CHOICE", "MULTI_CHOICE":
		a.Value = &saakornv1.Answer_Choices{Choices: &saakornv1.ChoiceList{Keys: strings.Split(value, listSign)}}
	default:
		a.Value = &saakornv1.Answer_Text{Text: value}
	}
	r.content.Answers = append(r.content.Answers, a)
}

// field writes a text, a number or yes and no into the question's own field.
func (r *answering) field(q *saakornv1.Question) {
	m := r.content.ProtoReflect()
	path := strings.Split(q.GetField(), ".")
	for i, name := range path {
		field := m.Descriptor().Fields().ByName(protoreflect.Name(name))
		if field == nil || field.IsList() {
			return // a field that is newer than these pages
		}
		if i < len(path)-1 {
			m = m.Mutable(field).Message()
			continue
		}
		switch field.Kind() {
		case protoreflect.StringKind:
			m.Set(field, protoreflect.ValueOfString(r.values[q.GetKey()]))
		case protoreflect.BoolKind:
			m.Set(field, protoreflect.ValueOfBool(r.values[q.GetKey()] == yes))
		case protoreflect.Int64Kind:
			m.Set(field, protoreflect.ValueOfInt64(r.kroner(q.GetKey())))
		case protoreflect.Int32Kind:
			m.Set(field, protoreflect.ValueOfInt32(int32(min(r.number(q.GetKey()), 1<<30))))
		default: // a kind that is newer than these pages
		}
	}
}
