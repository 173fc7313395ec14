package casework

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/application"
	"saakorn/services/casework/db"
	"saakorn/services/platform/fault"
	"saakorn/services/scheme"
)

// Direction is whether an enterprise that applies for a continuation has moved in the right direction
// since last year (R30).
type Direction string

// The directions.
const (
	DirectionYes    Direction = "YES"
	DirectionPartly Direction = "PARTLY"
	DirectionNo     Direction = "NO"
)

// DirectionAnswer is an officer's answer to the scheme's question about a continuation.
type DirectionAnswer struct {
	Direction  Direction `json:"direction"`
	Reasons    string    `json:"reasons"`
	AnsweredBy string    `json:"answered_by"`
	AnsweredAt time.Time `json:"answered_at"`
}

// direction returns the answer that counts, the newest of the round, or nil.
func (f File) direction() *DirectionAnswer {
	if len(f.Directions) == 0 {
		return nil
	}
	return &f.Directions[0]
}

// CheckAnswerContinuation says whether the question can be answered like this now: while people judge the
// case, and until it is decided.
func CheckAnswerContinuation(f File, reasons string, now time.Time) error {
	if f.Type != scheme.Continuation {
		return fault.NewPrecondition("NO_CONTINUATION", "the application is not for a continuation: there is no last year to compare with")
	}
	if err := f.checkStep(Clarification, Assessing, Recommending, Deciding); err != nil {
		return err
	}
	if err := f.checkCallClosed(now); err != nil {
		return err
	}
	if strings.TrimSpace(reasons) == "" {
		return fault.Field("reasons", "REQUIRED", "give the reasons for the answer")
	}
	return nil
}

func loadDirections(ctx context.Context, queries *db.Queries, c Case) ([]DirectionAnswer, error) {
	if c.Type != scheme.Continuation {
		return nil, nil
	}
	rows, err := queries.ListContinuationAnswers(ctx, db.ListContinuationAnswersParams{CaseID: c.ID, Round: c.Round})
	if err != nil {
		return nil, fmt.Errorf("list answers about a continuation: %w", err)
	}
	answers := make([]DirectionAnswer, 0, len(rows))
	for _, row := range rows {
		answers = append(answers, DirectionAnswer{Direction(row.Direction), row.Reasons, row.AnsweredBy, row.AnsweredAt})
	}
	return answers, nil
}

// year is what one year's application says, and the grant year that it is for.
type year struct {
	content *saakornv1.ApplicationContent
	grant   int32
}

func yearOf(a application.Submission, grantYear int) year {
	return year{a.Content, int32(grantYear)}
}

// compareFields returns the answers of both years to the questions of this year's form.
func compareFields(before, after year, rules *scheme.Definition) []*saakornv1.FieldDifference {
	var fields []*saakornv1.FieldDifference
	for _, section := range rules.Sections {
		for _, q := range section.Questions {
			if q.Kind == scheme.KindComposite || q.Kind == scheme.KindAmount && q.Field != "" || q.Kind == scheme.KindBoolean && q.Field != "" {
				continue // compared as amounts, or declared anew every year
			}
			d := &saakornv1.FieldDifference{
				QuestionKey: q.Key, Label: presentText(q.Label), Before: answerOf(before.content, q), After: answerOf(after.content, q),
			}
			if d.Before == "" && d.After == "" {
				continue
			}
			d.Changed = d.Before != d.After
			fields = append(fields, d)
		}
	}
	return fields
}

func presentText(t scheme.Text) *saakornv1.LocalizedText {
	return &saakornv1.LocalizedText{Nb: t.Nb, Nn: t.Nn, En: t.En}
}

// answerOf writes out the answer to a question; empty when there is none.
func answerOf(content *saakornv1.ApplicationContent, q scheme.Question) string {
	if q.Field != "" {
		return fieldOf(content.ProtoReflect(), strings.Split(q.Field, "."))
	}
	for _, a := range content.GetAnswers() {
		if a.GetQuestionKey() != q.Key {
			continue
		}
		switch v := a.GetValue().(type) {
		case *saakornv1.Answer_Text:
			return v.Text
		case *saakornv1.Answer_Boolean:
			return strconv.FormatBool(v.Boolean)
		case *saakornv1.Answer_Number:
			return strconv.FormatInt(v.Number, 10)
		case *saakornv1.Answer_Choices:
			return strings.Join(v.Choices.GetKeys(), ", ")
		}
	}
	return ""
}

// fieldOf writes out the text or number at the path; empty when it is not filled in.
func fieldOf(m protoreflect.Message, path []string) string {
	field := m.Descriptor().Fields().ByName(protoreflect.Name(path[0]))
	if field == nil || !m.Has(field) {
		return ""
	}
	if len(path) > 1 {
		return fieldOf(m.Get(field).Message(), path[1:])
	}
	return m.Get(field).String()
}

func amountDifference(key string, title *saakornv1.LocalizedText, before, after int64) *saakornv1.AmountDifference {
	return &saakornv1.AmountDifference{Key: key, Title: title, BeforeOre: before, AfterOre: after, DifferenceOre: after - before}
}

// compareBudgets returns every line of the budgets that either year uses: in the order of this year's
// form, and then lines that it no longer has.
func compareBudgets(before, after year, rules *scheme.Definition) []*saakornv1.AmountDifference {
	was, is := lineSums(before), lineSums(after)
	keys := make([]string, 0, len(rules.BudgetLines))
	for _, line := range rules.BudgetLines {
		keys = append(keys, line.Key)
	}
	for _, i := range before.content.GetBudget().GetItems() {
		if !slices.Contains(keys, i.GetLineKey()) {
			keys = append(keys, i.GetLineKey())
		}
	}
	var lines []*saakornv1.AmountDifference
	for _, key := range keys {
		if was[key] == 0 && is[key] == 0 {
			continue
		}
		line, _ := rules.BudgetLine(key)
		lines = append(lines, amountDifference(key, presentText(line.Title), was[key], is[key]))
	}
	return lines
}

func lineSums(y year) map[string]int64 {
	sums := map[string]int64{}
	for _, i := range y.content.GetBudget().GetItems() {
		sums[i.GetLineKey()] += i.GetAmountOre()
	}
	return sums
}

// compareIncome returns planned income by source, each year's for its own grant year.
func compareIncome(before, after year) []*saakornv1.IncomeDifference {
	was, is := incomeOf(before), incomeOf(after)
	var income []*saakornv1.IncomeDifference
	for number := range int32(len(saakornv1.IncomeSource_name)) {
		source := saakornv1.IncomeSource(number)
		if was[source] != 0 || is[source] != 0 {
			income = append(income, &saakornv1.IncomeDifference{
				Source: source, BeforeOre: was[source], AfterOre: is[source], DifferenceOre: is[source] - was[source],
			})
		}
	}
	return income
}

func incomeOf(y year) map[saakornv1.IncomeSource]int64 {
	sums := map[saakornv1.IncomeSource]int64{}
	for _, i := range y.content.GetBusinessModel().GetIncome() {
		if i.GetYear() == y.grant {
			sums[i.GetSource()] += i.GetAmountOre()
		}
	}
	return sums
}

func costOf(y year) int64 {
	var sum int64
	for _, c := range y.content.GetBusinessModel().GetCosts() {
		if c.GetYear() == y.grant {
			sum += c.GetAmountOre()
		}
	}
	return sum
}

// compareTargets holds last year's targets for that year against what this year's application states as
// its starting point for the same indicator.
func compareTargets(before, after year) []*saakornv1.TargetResult {
	stated := map[string]int64{}
	for _, i := range after.content.GetTheoryOfChange().GetIndicators() {
		stated[i.GetKey()] = i.GetBaseline()
	}
	var results []*saakornv1.TargetResult
	for _, i := range before.content.GetTheoryOfChange().GetIndicators() {
		for _, t := range i.GetTargets() {
			if t.GetYear() != before.grant {
				continue
			}
			r := &saakornv1.TargetResult{Key: i.GetKey(), Title: i.GetTitle(), Unit: i.GetUnit(), Target: t.GetValue()}
			if result, ok := stated[i.GetKey()]; ok {
				r.Stated, r.Reached = &result, result >= t.GetValue()
			}
			results = append(results, r)
		}
	}
	return results
}

// promised returns the milestones that last year's plan had set for that year or before.
func promised(before year) []*saakornv1.Milestone {
	var list []*saakornv1.Milestone
	for _, m := range before.content.GetSustainabilityPlan().GetMilestones() {
		if m.GetYear() <= before.grant {
			list = append(list, m)
		}
	}
	return list
}
