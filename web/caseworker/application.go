package caseworker

import (
	"slices"
	"strings"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/entrepreneur"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// readApplication is what the part of the case with the application in it shows.
type readApplication struct {
	read *entrepreneur.Answers

	continued *saakornv1.GetContinuationResponse

	query    string
	similar  []*saakornv1.SimilarApplication
	examples []*saakornv1.Example
}

// The views of the application, as they stand in the address.
const (
	viewAnswers  = ""
	viewLastYear = "last-year"
	viewSimilar  = "similar"
)

// views are the ways in which the application can be read: a continuation beside last year's too.
func (f *file) views() []string {
	if f.continues() {
		return []string{viewAnswers, viewLastYear, viewSimilar}
	}
	return []string{viewAnswers, viewSimilar}
}

func (f *file) continues() bool {
	return f.GetCase().GetApplicationType() == saakornv1.ApplicationType_APPLICATION_TYPE_CONTINUATION
}

func (f *file) viewPath(view string) string {
	if view == viewAnswers {
		return f.path("application")
	}
	return f.path("application") + "/" + view
}

// viewKey names a view in the keys of texts.
func viewKey(view string) string {
	if view == viewAnswers {
		return "answers"
	}
	return strings.ReplaceAll(view, "-", "_")
}

// gatherApplication asks for what the view of the application shows.
func (f *file) gatherApplication() error {
	if !slices.Contains(f.views(), f.view) {
		return notFound()
	}
	ctx, api, id := f.visit.Context(), f.visit.API, f.GetCase().GetApplicationId()
	switch f.view {
	case viewLastYear:
		continued, err := api.Continuations.GetContinuation(ctx, &saakornv1.GetContinuationRequest{CaseId: f.GetCase().GetId()})
		f.continued = continued
		return err
	case viewSimilar:
		f.query = f.visit.Value("q")
		similar, err := api.Applications.ListSimilarApplications(ctx, &saakornv1.ListSimilarApplicationsRequest{ApplicationId: id, Query: f.query, PageSize: 10})
		if err != nil {
			return err
		}
		examples, err := api.Examples.ListExamples(ctx, &saakornv1.ListExamplesRequest{Query: f.query, PageSize: 5})
		f.similar, f.examples = similar.GetApplications(), examples.GetExamples()
		return err
	}
	answers, err := entrepreneur.ReadAnswers(f.visit, id)
	f.read = answers
	return err
}

// question is the question of the form with the key; nil when this version of the scheme has none.
func (f *file) question(key string) *saakornv1.Question {
	for _, section := range f.scheme.GetSections() {
		for _, q := range section.GetQuestions() {
			if q.GetKey() == key {
				return q
			}
		}
	}
	return nil
}

// worded writes an answer, which the API gives as it is stored, as people read it.
func (f *file) worded(questionKey, answer string) string {
	q := f.question(questionKey)
	switch {
	case answer == "" || q == nil:
		return answer
	case q.GetKind() == "BOOLEAN" && answer == "true":
		return f.T("field.yes")
	case q.GetKind() == "BOOLEAN":
		return f.T("field.no")
	case q.GetKind() == "AMOUNT", q.GetKind() == "NUMBER":
		return f.figure(q, answer)
	case len(q.GetChoices()) > 0:
		var labels []string
		for _, c := range q.GetChoices() {
			if slices.Contains(strings.Split(answer, ", "), c.GetKey()) {
				labels = append(labels, site.In(f.Language, c.GetLabel()))
			}
		}
		return strings.Join(labels, ", ")
	}
	return answer
}

func (f *file) figure(q *saakornv1.Question, answer string) string {
	n, ok := site.Number(answer)
	switch {
	case !ok:
		return answer
	case q.GetKind() == "AMOUNT":
		return f.Kroner(n)
	}
	return f.Number(n)
}

// comparedAnswer is one question's answers in the two years.
type comparedAnswer struct {
	label    string
	passages []passage
	// answer is what both years say when nothing has changed.
	answer string
}

// fields are the answers of the two years, those that have changed and those that have not.
func (f *file) fields() (changed, same []comparedAnswer) {
	for _, d := range f.continued.GetFields() {
		before, after := f.worded(d.GetQuestionKey(), d.GetBefore()), f.worded(d.GetQuestionKey(), d.GetAfter())
		c := comparedAnswer{label: site.In(f.Language, d.GetLabel()), answer: after}
		if !d.GetChanged() {
			same = append(same, c)
			continue
		}
		c.passages = compareWords(before, after)
		changed = append(changed, c)
	}
	return changed, same
}

// amountRow is a row of the table of amounts.
type amountRow struct {
	title                     string
	before, after, difference int64
	// sum sets the row apart from those that it goes with.
	sum bool
}

// amounts are everything in the two applications that is counted in kroner.
func (f *file) amounts() []amountRow {
	c := f.continued
	row := func(key string, d *saakornv1.AmountDifference) amountRow {
		return amountRow{f.T("lastyear." + key), d.GetBeforeOre(), d.GetAfterOre(), d.GetDifferenceOre(), true}
	}
	rows := []amountRow{row("applied", c.GetAmountApplied()), row("own", c.GetOwnContribution())}
	for _, d := range c.GetBudgetLines() {
		rows = append(rows, amountRow{f.T("lastyear.line", "title", site.In(f.Language, d.GetTitle())), d.GetBeforeOre(), d.GetAfterOre(), d.GetDifferenceOre(), false})
	}
	rows = append(rows, row("costs", c.GetCosts()))
	for _, d := range c.GetIncome() {
		title := f.T("lastyear.income", "source", f.T("income."+d.GetSource().String()))
		rows = append(rows, amountRow{title, d.GetBeforeOre(), d.GetAfterOre(), d.GetDifferenceOre(), false})
	}
	return slices.DeleteFunc(rows, func(m amountRow) bool { return m.before == 0 && m.after == 0 })
}

// differing writes a difference with its sign, so that it is not read as an amount.
func (f *file) differing(ore int64) string {
	switch {
	case ore == 0:
		return f.T("lastyear.unchanged")
	case ore > 0:
		return "+" + f.Amount(ore)
	}
	return f.Amount(ore)
}

// reached says how it went with a target.
func (f *file) reached(t *saakornv1.TargetResult) (ui.Tone, string) {
	switch {
	case t.Stated == nil:
		return ui.Neutral, f.T("lastyear.not_stated")
	case t.GetReached():
		return ui.Success, f.T("lastyear.reached")
	}
	return ui.Warning, f.T("lastyear.not_reached")
}

// stated is what the application says has been reached.
func (f *file) stated(t *saakornv1.TargetResult) string {
	if t.Stated == nil {
		return "–"
	}
	return f.Number(t.GetStated())
}

// directions are the answers to choose among.
func (f *file) directions() []ui.Choice {
	stored := ""
	if answers := f.continued.GetAnswers(); len(answers) > 0 {
		stored = strings.TrimPrefix(answers[0].GetDirection().String(), "DIRECTION_")
	}
	chosen := f.value(formDirection, "direction", stored)
	var choices []ui.Choice
	for _, key := range []string{"YES", "PARTLY", "NO"} {
		choices = append(choices, ui.Choice{Value: key, Label: f.T("direction.DIRECTION_" + key), Chosen: key == chosen})
	}
	return choices
}

// answersDirection tells whether the reader may answer the question; the API has the last word.
func (f *file) answersDirection() bool {
	return f.officer() && f.GetCase().GetDecidedAt() == nil && f.GetCase().GetClosedAt() == nil
}

// formDirection is the form with the scheme's question about continuations.
const formDirection = "application/" + viewLastYear

// answerDirection records whether the enterprise has moved in the right direction (R28).
func answerDirection(v *site.Visit) error {
	id, err := v.ID("case")
	if err != nil {
		return err
	}
	_, err = v.API.Continuations.AnswerContinuation(v.Context(), &saakornv1.AnswerContinuationRequest{
		RequestId: v.RequestID(), CaseId: id, Etag: v.Value("etag"), Reasons: v.Value("reasons"),
		Direction: saakornv1.Direction(saakornv1.Direction_value["DIRECTION_"+v.Value("direction")]),
	})
	return done(v, formDirection, formDirection, "direction_answered", map[string]string{"direction": "direction", "reasons": "direction-reasons"}, err)
}

// mayDownload tells whether the documents of the application are the reader's to open.
func (f *file) mayDownload() bool {
	return f.Person.Has(saakornv1.Role_ROLE_CASE_OFFICER, saakornv1.Role_ROLE_ASSESSOR, saakornv1.Role_ROLE_DECISION_MAKER, saakornv1.Role_ROLE_AUDITOR)
}

// documentKind names a kind of document of the application.
func (f *file) documentKind(key string) string {
	for _, kind := range f.scheme.GetAttachments().GetKinds() {
		if kind.GetKey() == key {
			return site.In(f.Language, kind.GetTitle())
		}
	}
	return key
}
