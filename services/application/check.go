package application

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/fault"
	"saakorn/services/scheme"
)

// Result is everything that is missing or wrong, all at once.
type Result struct {
	// Problems hinder submission.
	Problems []fault.Violation
	// Warnings are worth a look.
	Warnings []fault.Violation
}

// Check holds the working copy against the scheme: what must be answered, whether the figures add
// up, and which documents are missing.
func Check(a Application, files []Attachment, r Round) Result {
	c := checker{content: a.Content, files: files, round: r, kind: a.Type}
	c.result.Problems = CheckText(a.Content, r.Scheme)
	c.required()
	c.plan()
	c.budget()
	c.amount()
	c.attachments()
	c.lettersOfIntent()
	c.declarations()
	return c.result
}

type checker struct {
	content *saakornv1.ApplicationContent
	files   []Attachment
	round   Round
	kind    scheme.ApplicationTypeKey
	result  Result
}

func (c *checker) problem(field, reason, description string) {
	c.result.Problems = append(c.result.Problems, fault.Violation{Field: "content." + field, Reason: reason, Description: description})
}

func (c *checker) warning(field, reason, description string) {
	c.result.Warnings = append(c.result.Warnings, fault.Violation{Field: "content." + field, Reason: reason, Description: description})
}

// required names every question that this type of application must answer.
func (c *checker) required() {
	for _, section := range c.round.Scheme.Sections {
		for _, q := range section.Questions {
			if slices.Contains(q.RequiredFor, c.kind) && !answered(c.content, q) {
				c.problem(fieldOf(q), "REQUIRED", fmt.Sprintf("answer «%s»", q.Label.In(scheme.English)))
			}
		}
	}
}

func fieldOf(q scheme.Question) string {
	if q.Field != "" {
		return q.Field
	}
	return "answers." + q.Key
}

// Answered tells whether the content answers the scheme's question with the key.
func Answered(content *saakornv1.ApplicationContent, d *scheme.Definition, key string) bool {
	q, ok := d.Question(key)
	return ok && answered(content, q)
}

func answered(content *saakornv1.ApplicationContent, q scheme.Question) bool {
	if q.Field != "" {
		return filled(content.ProtoReflect(), strings.Split(q.Field, "."))
	}
	answer := findAnswer(content, q.Key)
	if answer == nil {
		return false
	}
	switch v := answer.GetValue().(type) {
	case *saakornv1.Answer_Text:
		return strings.TrimSpace(v.Text) != ""
	case *saakornv1.Answer_Choices:
		return len(v.Choices.GetKeys()) > 0
	case nil:
		return false
	}
	return true
}

func findAnswer(content *saakornv1.ApplicationContent, key string) *saakornv1.Answer {
	for _, a := range content.GetAnswers() {
		if a.GetQuestionKey() == key {
			return a
		}
	}
	return nil
}

// filled tells whether the field at the path holds anything.
func filled(m protoreflect.Message, path []string) bool {
	field := m.Descriptor().Fields().ByName(protoreflect.Name(path[0]))
	if field == nil || !m.Has(field) {
		return false
	}
	if len(path) > 1 {
		return filled(m.Get(field).Message(), path[1:])
	}
	if field.Kind() == protoreflect.StringKind && !field.IsList() {
		return strings.TrimSpace(m.Get(field).String()) != ""
	}
	if field.Kind() == protoreflect.MessageKind && !field.IsList() {
		return proto.Size(m.Get(field).Message().Interface()) > 0 // an empty message says nothing
	}
	return true
}

// plan asks for every planned year: targets for each indicator, income and costs, and milestones
// (R27, R50).
func (c *checker) plan() {
	kind, ok := c.round.Scheme.ApplicationType(c.kind)
	if !ok || kind.PlanYears == 0 {
		return
	}
	first, last := c.round.Call.GrantYear, c.round.Call.GrantYear+kind.PlanYears-1
	for i, indicator := range c.content.GetTheoryOfChange().GetIndicators() {
		missing := missingYears(first, last, indicator.GetTargets(), (*saakornv1.YearTarget).GetYear)
		c.years(fmt.Sprintf("theory_of_change.indicators[%d].targets", i), "set a target for", missing)
	}
	model := c.content.GetBusinessModel()
	if len(model.GetIncome()) > 0 {
		c.years("business_model.income", "plan the income for", missingYears(first, last, model.GetIncome(), (*saakornv1.YearIncome).GetYear))
	}
	if len(model.GetCosts()) > 0 {
		c.years("business_model.costs", "plan the costs for", missingYears(first, last, model.GetCosts(), (*saakornv1.YearCost).GetYear))
	}
	milestones := c.content.GetSustainabilityPlan().GetMilestones()
	if len(milestones) > 0 {
		c.years("sustainability_plan.milestones", "set a milestone for", missingYears(first, last, milestones, (*saakornv1.Milestone).GetYear))
	}
}

func (c *checker) years(field, ask string, missing []string) {
	if len(missing) > 0 {
		c.problem(field, "YEAR_MISSING", ask+" "+strings.Join(missing, ", "))
	}
}

func missingYears[T any](first, last int, items []T, year func(T) int32) []string {
	var missing []string
	for y := first; y <= last; y++ {
		if !slices.ContainsFunc(items, func(item T) bool { return int(year(item)) == y }) {
			missing = append(missing, fmt.Sprint(y))
		}
	}
	return missing
}

// budget holds what the year costs against who pays: both sides must be the same to the øre.
func (c *checker) budget() {
	b := c.content.GetBudget()
	if len(b.GetItems()) == 0 {
		if b.GetOwnContributionOre() > 0 || len(b.GetOtherFunding()) > 0 {
			c.problem("budget.items", "REQUIRED", "write what the year costs, line by line")
		}
		return
	}
	var costs int64
	for _, item := range b.GetItems() {
		costs += item.GetAmountOre()
	}
	paid := c.content.GetAmountAppliedOre() + b.GetOwnContributionOre()
	for i, other := range b.GetOtherFunding() {
		paid += other.GetAmountOre()
		if other.GetSameCosts() && other.GetStatus() == saakornv1.FundingStatus_FUNDING_STATUS_GRANTED {
			c.warning(fmt.Sprintf("budget.other_funding[%d].same_costs", i), "DOUBLE_FUNDING",
				"this funding pays for the same costs: the same cost cannot be paid twice")
		}
	}
	if costs != paid {
		c.problem("budget", "BUDGET_DOES_NOT_ADD_UP", fmt.Sprintf(
			"the costs are %s, and the amount applied for, own contribution and other funding together are %s: make them equal",
			scheme.FormatAmount(costs, scheme.English), scheme.FormatAmount(paid, scheme.English)))
	}
	c.eligible(b)
}

func (c *checker) eligible(b *saakornv1.ApplicationBudget) {
	var eligible int64
	for _, item := range b.GetItems() {
		if line, ok := c.round.Scheme.BudgetLine(item.GetLineKey()); ok && line.Eligible {
			eligible += item.GetAmountOre()
		}
	}
	if c.content.GetAmountAppliedOre() > eligible {
		c.problem("amount_applied_ore", "MORE_THAN_ELIGIBLE", fmt.Sprintf(
			"the grant can pay for costs of %s in this budget: apply for no more than that", scheme.FormatAmount(eligible, scheme.English)))
	}
}

func (c *checker) amount() {
	kind, ok := c.round.Scheme.ApplicationType(c.kind)
	if ok && kind.MaxAmountOre != nil && c.content.GetAmountAppliedOre() > *kind.MaxAmountOre {
		c.problem("amount_applied_ore", "ABOVE_CEILING", fmt.Sprintf(
			"the most one can apply for is %s", scheme.FormatAmount(*kind.MaxAmountOre, scheme.English)))
	}
}

func (c *checker) attachments() {
	for _, kind := range c.round.Scheme.Attachments.Kinds {
		if slices.Contains(kind.RequiredFor, c.kind) && !slices.ContainsFunc(c.files, func(f Attachment) bool { return f.Kind == kind.Key }) {
			c.result.Problems = append(c.result.Problems, fault.Violation{
				Field: "attachments." + kind.Key, Reason: "ATTACHMENT_MISSING", Description: fmt.Sprintf("attach «%s»", kind.Title.In(scheme.English)),
			})
		}
	}
}

// lettersOfIntent applies the gate of the scheme to collaborations without a signed letter (R67).
func (c *checker) lettersOfIntent() {
	gate := c.round.Scheme.LetterOfIntent
	for i, collaboration := range c.content.GetCollaborations() {
		field := fmt.Sprintf("collaborations[%d].letter_of_intent_attachment_id", i)
		id := collaboration.GetLetterOfIntentAttachmentId()
		switch {
		case id != "" && !slices.ContainsFunc(c.files, func(f Attachment) bool { return f.ID.String() == id }):
			c.problem(field, "NO_SUCH_ATTACHMENT", "attach the letter of intent, or leave this empty")
		case id == "" && gate == scheme.GateRequire:
			c.problem(field, "LETTER_OF_INTENT_MISSING", "attach the letter of intent that the Nav unit has signed")
		case id == "" && gate == scheme.GateWarn:
			c.warning(field, "LETTER_OF_INTENT_MISSING", "a letter of intent signed by the Nav unit strengthens the application")
		}
	}
}

// declarations looks at minor aid: whether its dates exist, and how it stands to the ceiling of the
// rolling period (Regulation (EU) 2023/2831 art. 3).
func (c *checker) declarations() {
	d := c.content.GetDeclarations()
	for i, aid := range d.GetDeMinimisAid() {
		if _, err := calendar.Parse(aid.GetGrantedOn()); err != nil {
			c.problem(fmt.Sprintf("declarations.de_minimis_aid[%d].granted_on", i), "NO_SUCH_DATE", "write an existing date as 2019-11-30")
		}
	}
	rule := c.round.Scheme.DeMinimis
	since := calendar.On(c.round.Call.ClosesAt.Add(-time.Nanosecond)).AddMonths(-12 * rule.PeriodYears)
	var total int64
	for _, aid := range d.GetDeMinimisAid() {
		if granted, err := calendar.Parse(aid.GetGrantedOn()); err == nil && granted.After(since) {
			total += aid.GetAmountEurCents()
		}
	}
	if rule.CeilingEURCents > 0 && total > rule.CeilingEURCents {
		c.warning("declarations.de_minimis_aid", "DE_MINIMIS_CEILING", fmt.Sprintf(
			"minor aid in the last %d years is above the ceiling: the directorate must judge what that means", rule.PeriodYears))
	}
}
