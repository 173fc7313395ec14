package reporting

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protopath"
	"google.golang.org/protobuf/reflect/protorange"
	"google.golang.org/protobuf/reflect/protoreflect"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/nationalid"
	"saakorn/services/scheme"
)

// Result is everything that is missing or wrong, all at once.
type Result struct {
	// Problems hinder submission.
	Problems []fault.Violation
	// Warnings are worth a look.
	Warnings []fault.Violation
}

// How a national identity number in a text is refused.
const (
	nationalIDFound  = "NATIONAL_IDENTITY_NUMBER"
	nationalIDAdvice = "this holds a national identity number: take it out, and describe people so that nobody can be recognised"
)

// CheckText finds what cannot even be saved in a draft: national identity numbers, indicators that are
// there twice, and budget lines that do not exist.
func CheckText(content *saakornv1.ReportContent, rules *scheme.Definition) []fault.Violation {
	found := nationalIDs("content", content)
	seen := map[string]bool{}
	for i, indicator := range content.GetIndicators() {
		if seen[indicator.GetKey()] {
			found = append(found, fault.Violation{
				Field: fmt.Sprintf("content.indicators[%d].key", i), Reason: "REPORTED_TWICE", Description: "report each indicator once",
			})
		}
		seen[indicator.GetKey()] = true
	}
	for i, cost := range content.GetCosts() {
		if _, ok := rules.BudgetLine(cost.GetLineKey()); !ok {
			found = append(found, fault.Violation{
				Field: fmt.Sprintf("content.costs[%d].line_key", i), Reason: "NO_SUCH_BUDGET_LINE", Description: "use a budget line of the scheme",
			})
		}
	}
	return found
}

// CheckFields refuses questions that are about something that no report holds. There are as many fields as
// questions, or none.
func CheckFields(fields []string, questions int) error {
	if len(fields) != 0 && len(fields) != questions {
		return fault.Field("fields", "NOT_ONE_FOR_EACH", "name a field for each question, and an empty one for the whole report")
	}
	parts := (&saakornv1.ReportContent{}).ProtoReflect().Descriptor().Fields()
	for i, field := range fields {
		part, _, _ := strings.Cut(field, ".")
		part, _, _ = strings.Cut(part, "[")
		if field != "" && part != "attachments" && parts.ByName(protoreflect.Name(part)) == nil {
			return fault.Field(fmt.Sprintf("fields[%d]", i), "NO_SUCH_FIELD", "name a field of the content, for example finances.bank_ore")
		}
	}
	return nil
}

// CheckAnswered finds answers to questions that nobody has asked.
func CheckAnswered(answers []*saakornv1.ReportAnswer, reviews []ReviewEntry) []fault.Violation {
	var asked []Question
	for _, e := range reviews {
		asked = append(asked, e.Asked()...)
	}
	var found []fault.Violation
	for i, a := range answers {
		if !slices.ContainsFunc(asked, func(q Question) bool { return q.ID == a.GetQuestionId() }) {
			found = append(found, fault.Violation{
				Field: fmt.Sprintf("content.answers[%d].question_id", i), Reason: "NO_SUCH_QUESTION", Description: "answer a question that the report was returned with",
			})
		}
	}
	return found
}

// nationalIDs names every text in the message that holds a national identity number.
func nationalIDs(root string, m interface{ ProtoReflect() protoreflect.Message }) []fault.Violation {
	var found []fault.Violation
	// Range fails only when the function it calls does.
	_ = protorange.Range(m.ProtoReflect(), func(p protopath.Values) error {
		text, ok := p.Index(-1).Value.Interface().(string)
		if ok && len(nationalid.Find(text)) > 0 {
			found = append(found, fault.Violation{Field: fieldPath(root, p), Reason: nationalIDFound, Description: nationalIDAdvice})
		}
		return nil
	})
	return found
}

// fieldPath writes a path as violations name it: "content.narrative.summary".
func fieldPath(root string, p protopath.Values) string {
	var b strings.Builder
	b.WriteString(root)
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

// checkTexts refuses texts outside a content that hold a national identity number.
func checkTexts(texts map[string]string) error {
	var found []fault.Violation
	for field, text := range texts {
		if len(nationalid.Find(text)) > 0 {
			found = append(found, fault.Violation{Field: field, Reason: nationalIDFound, Description: nationalIDAdvice})
		}
	}
	if len(found) == 0 {
		return nil
	}
	slices.SortFunc(found, func(a, b fault.Violation) int { return strings.Compare(a.Field, b.Field) })
	return fault.NewInvalid(found...)
}

// Check holds the working copy against the scheme: every part that is asked of an award of this size,
// and whether the numbers can be true together.
func Check(r Report, rules *scheme.Definition, files []Attachment) Result {
	c := checker{report: r, content: r.Content, rules: rules, rule: r.rule(rules), files: files}
	c.result.Problems = CheckText(r.Content, rules)
	for _, part := range c.rule.Parts {
		if c.rule.Asks(part.Part, r.AmountOre) {
			c.part(part.Part)
		}
	}
	c.numbers()
	c.documents()
	return c.result
}

type checker struct {
	report  Report
	content *saakornv1.ReportContent
	rules   *scheme.Definition
	rule    scheme.ReportRule
	files   []Attachment
	result  Result
}

func (c *checker) problem(field, reason, description string) {
	c.result.Problems = append(c.result.Problems, fault.Violation{Field: "content." + field, Reason: reason, Description: description})
}

func (c *checker) warning(field, reason, description string) {
	c.result.Warnings = append(c.result.Warnings, fault.Violation{Field: "content." + field, Reason: reason, Description: description})
}

func (c *checker) part(part scheme.ReportPart) {
	switch part {
	case scheme.PartIndicators:
		c.indicators()
	case scheme.PartFinances:
		c.finances()
	case scheme.PartAccounts:
		c.costs()
	case scheme.PartNarrative:
		c.narrative()
	case scheme.PartReceived:
		c.received()
	case scheme.PartLearning:
		c.text("learning.would_do_differently", c.content.GetLearning().GetWouldDoDifferently(), "write what you would do differently another time")
	}
}

func (c *checker) text(field, text, ask string) {
	if strings.TrimSpace(text) == "" {
		c.problem(field, "REQUIRED", ask)
	}
}

// indicators asks for every number that the library requires, and for those that the enterprise set
// itself a target for.
func (c *checker) indicators() {
	for _, rule := range c.rules.Reporting.Indicators {
		if slices.Contains(rule.RequiredFor, c.rule.Kind) && c.indicator(rule.Key) == nil {
			c.problem("indicators."+rule.Key, "REQUIRED", fmt.Sprintf("report «%s», also when it is 0", rule.Title.In(scheme.English)))
		}
	}
	for i, indicator := range c.content.GetIndicators() {
		field := fmt.Sprintf("indicators[%d]", i)
		rule, known := c.rules.Reporting.Indicator(indicator.GetKey())
		required := known && slices.Contains(rule.RequiredFor, c.rule.Kind)
		wanted := required || indicator.Target != nil && c.rule.Kind == scheme.FinalReport
		switch {
		case indicator.Actual == nil && wanted:
			c.problem(field+".actual", "REQUIRED", fmt.Sprintf("write what you reached on «%s», also when it is 0", c.title(indicator)))
		case indicator.Actual != nil && indicator.GetEvidence() == saakornv1.EvidenceLevel_EVIDENCE_LEVEL_UNSPECIFIED:
			c.problem(field+".evidence", "REQUIRED", "say how well the number is known: A, B or C")
		}
	}
}

func (c *checker) title(i *saakornv1.ReportedIndicator) string {
	if rule, ok := c.rules.Reporting.Indicator(i.GetKey()); ok {
		return rule.Title.In(scheme.English)
	}
	return i.GetTitle()
}

func (c *checker) indicator(key string) *saakornv1.ReportedIndicator {
	for _, i := range c.content.GetIndicators() {
		if i.GetKey() == key {
			return i
		}
	}
	return nil
}

func (c *checker) finances() {
	f := c.content.GetFinances()
	if sumIncome(f).total == 0 {
		c.problem("finances.income", "REQUIRED", "write the income from each source")
	}
	seen := map[saakornv1.IncomeSource]bool{}
	for i, in := range f.GetIncome() {
		if seen[in.GetSource()] {
			c.problem(fmt.Sprintf("finances.income[%d].source", i), "REPORTED_TWICE", "write the income from each source once")
		}
		seen[in.GetSource()] = true
	}
	c.amounts(f)
	if total := sumIncome(f).total; f != nil && f.LargestPayerOre != nil && f.GetLargestPayerOre() > total {
		c.problem("finances.largest_payer_ore", "MORE_THAN_THE_WHOLE", "the largest payer cannot have paid more than all income together")
	}
	if f != nil && f.CurrentAssetsOre != nil && f.BankOre != nil && f.GetBankOre() > f.GetCurrentAssetsOre() {
		c.problem("finances.bank_ore", "MORE_THAN_THE_WHOLE", "bank deposits are part of the current assets: they cannot be larger")
	}
	if f != nil && f.TotalAssetsOre != nil && f.CurrentAssetsOre != nil && f.GetCurrentAssetsOre() > f.GetTotalAssetsOre() {
		c.problem("finances.current_assets_ore", "MORE_THAN_THE_WHOLE", "current assets are part of all assets: they cannot be larger")
	}
	if c.rule.Kind == scheme.FinalReport && !seen[saakornv1.IncomeSource_INCOME_SOURCE_SE_GRANT] {
		c.warning("finances.income", "GRANT_NOT_AMONG_INCOME", "the grant itself is not among the income: write it as a source, so that the shares are right")
	}
}

// amounts asks for what the figures are worked out of. A short status needs no balance.
func (c *checker) amounts(f *saakornv1.ReportedFinances) {
	if f == nil {
		f = &saakornv1.ReportedFinances{}
	}
	if f.GetMonths() == 0 {
		c.problem("finances.months", "REQUIRED", "write how many months the figures cover")
	}
	asked := []struct {
		field, ask string
		missing    bool
		final      bool
	}{
		{"operating_cost_ore", "write the operating costs of the period", f.OperatingCostOre == nil, false},
		{"bank_ore", "write the bank deposits at the end of the period", f.BankOre == nil, false},
		{"largest_payer_ore", "write what the largest single customer or funder paid", f.LargestPayerOre == nil, true},
		{"current_assets_ore", "write the current assets", f.CurrentAssetsOre == nil, true},
		{"current_liabilities_ore", "write the current liabilities", f.CurrentLiabilitiesOre == nil, true},
		{"equity_ore", "write the equity, also when it is negative", f.EquityOre == nil, true},
		{"total_assets_ore", "write the total assets", f.TotalAssetsOre == nil, true},
	}
	for _, a := range asked {
		if a.missing && (!a.final || c.rule.Kind == scheme.FinalReport) {
			c.problem("finances."+a.field, "REQUIRED", a.ask)
		}
	}
}

func (c *checker) costs() {
	if len(c.content.GetCosts()) == 0 {
		c.problem("costs", "REQUIRED", "write what the project cost, line by line")
	}
	seen := map[string]bool{}
	for i, cost := range c.content.GetCosts() {
		field := fmt.Sprintf("costs[%d]", i)
		if cost.ActualOre == nil {
			c.problem(field+".actual_ore", "REQUIRED", "write what this line cost, also when it is 0")
		}
		if seen[cost.GetLineKey()] {
			c.problem(field+".line_key", "REPORTED_TWICE", "write each budget line once")
		}
		seen[cost.GetLineKey()] = true
		// Money is earmarked by line (R66).
		if cost.ActualOre != nil && departs(cost) && strings.TrimSpace(cost.GetComment()) == "" {
			c.problem(field+".comment", "REQUIRED", "say why this line departs from the budget by more than a tenth")
		}
	}
}

// departs tells whether a line differs from its budget by more than a tenth of it.
func departs(cost *saakornv1.ReportedCost) bool {
	return abs(cost.GetActualOre()-cost.GetBudgetOre())*10 > cost.GetBudgetOre()
}

func (c *checker) narrative() {
	n := c.content.GetNarrative()
	c.text("narrative.summary", n.GetSummary(), "tell briefly how it went")
	if c.rule.Kind == scheme.ExtraReport {
		return
	}
	c.text("narrative.worked", n.GetWorked(), "write what worked")
	c.text("narrative.did_not_work", n.GetDidNotWork(), "write what did not work: others learn from it, and it costs you nothing")
}

func (c *checker) received() {
	received := c.content.GetReceived()
	if received.GetAmountOre() > c.report.AmountOre {
		c.warning("received.amount_ore", "MORE_THAN_AWARDED", "this is more than what was awarded")
	}
	if received == nil || received.AmountOre == nil {
		c.problem("received.amount_ore", "REQUIRED", "write how much of the grant you have received so far")
	}
	if !received.GetConfirmed() {
		c.problem("received.confirmed", "REQUIRED", "confirm what you have received")
	}
}

// numbers holds the indicators against each other.
func (c *checker) numbers() {
	a := readActuals(c.content)
	for i, indicator := range c.content.GetIndicators() {
		rule, ok := c.rules.Reporting.Indicator(indicator.GetKey())
		if !ok || indicator.Actual == nil {
			continue
		}
		field := fmt.Sprintf("indicators[%d].actual", i)
		if all, ok := a[rule.PartOf]; rule.PartOf != "" && ok && indicator.GetActual() > all {
			c.problem(field, "MORE_THAN_THE_WHOLE", fmt.Sprintf("this is part of the %d under %q: it cannot be larger", all, rule.PartOf))
		}
		if parts, ok := a.sum(rule.SumOf...); len(rule.SumOf) > 0 && ok && parts != indicator.GetActual() {
			c.problem(field, "DOES_NOT_ADD_UP", fmt.Sprintf("%s add up to %d", strings.Join(rule.SumOf, " and "), parts))
		}
	}
}

// documents asks for the documents that go with a report of the kind and the size.
func (c *checker) documents() {
	for _, d := range c.rules.Reporting.Attachments {
		if d.AsksFor(c.rule.Kind, c.report.AmountOre) && !hasFile(c.files, d.Key) {
			c.problem("attachments."+d.Key, "REQUIRED", fmt.Sprintf("attach «%s»", d.Title.In(scheme.English)))
		}
	}
	rule := c.rules.Reporting.AuditorStatement
	if rule.Needed(c.rule.Kind, c.report.AmountOre) && !hasFile(c.files, rule.Attachment) {
		c.problem("attachments."+rule.Attachment, "REQUIRED", fmt.Sprintf(
			"attach the auditor's statement (%s), which is asked for from %s", rule.Standard.In(scheme.English),
			scheme.FormatAmount(*rule.ThresholdOre, scheme.English)))
	}
}

func hasFile(files []Attachment, kind string) bool {
	return slices.ContainsFunc(files, func(f Attachment) bool { return f.Kind == kind })
}
