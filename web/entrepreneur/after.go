package entrepreneur

import (
	"fmt"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// afterView is what an enterprise is asked after the grant.
type afterView struct {
	*paper
	*relation

	questions []*saakornv1.AfterQuestion
	question  *saakornv1.AfterQuestion
}

// afterSources are the sources of income that an enterprise can have after the grant.
func afterSources() []saakornv1.IncomeSource {
	var all []saakornv1.IncomeSource
	for n := range int32(len(saakornv1.IncomeSource_name)) {
		s := saakornv1.IncomeSource(n)
		if s != saakornv1.IncomeSource_INCOME_SOURCE_UNSPECIFIED && s != saakornv1.IncomeSource_INCOME_SOURCE_SE_GRANT {
			all = append(all, s)
		}
	}
	return all
}

// afterNumbers are the fields that count people.
func afterNumbers() []string {
	return []string{"followed_6m", "in_work_6m", "followed_12m", "in_work_12m"}
}

func openAfter(v *site.Visit) (*afterView, error) {
	r, err := openRelation(v)
	if err != nil {
		return nil, err
	}
	list, err := v.API.Followup.ListAfterQuestions(v.Context(), &saakornv1.ListAfterQuestionsRequest{LifecycleId: r.GetLifecycle().GetId()})
	if err != nil {
		return nil, err
	}
	labels := map[string]string{}
	for _, id := range append(afterNumbers(), "still_running", "led_to", "why") {
		labels[id] = v.Page.T("own_after." + id)
	}
	for _, s := range afterSources() {
		labels[s.String()] = v.Page.T("income." + s.String())
	}
	return &afterView{paper: newPaper(v, labels), relation: r, questions: list.GetQuestions()}, nil
}

// openAfterQuestion returns the question that the address names.
func openAfterQuestion(v *site.Visit) (*afterView, error) {
	f, err := openAfter(v)
	if err != nil {
		return nil, err
	}
	id, err := v.ID("question")
	if err != nil {
		return nil, err
	}
	for _, q := range f.questions {
		if q.GetId() == id {
			f.question = q
			return f, nil
		}
	}
	return nil, notFound()
}

// mayAnswer tells whether the question can be answered: also late, when nobody asks any more.
func mayAnswer(q *saakornv1.AfterQuestion) bool {
	s := q.GetState()
	return s == saakornv1.AfterQuestionState_AFTER_QUESTION_STATE_ASKED || s == saakornv1.AfterQuestionState_AFTER_QUESTION_STATE_UNANSWERED
}

func afterTone(s saakornv1.AfterQuestionState) ui.Tone {
	switch s {
	case saakornv1.AfterQuestionState_AFTER_QUESTION_STATE_ANSWERED:
		return ui.Success
	case saakornv1.AfterQuestionState_AFTER_QUESTION_STATE_ASKED:
		return ui.Warning
	default:
		return ui.Neutral
	}
}

func showAfter(v *site.Visit) error {
	f, err := openAfter(v)
	if err != nil {
		return err
	}
	return v.Show(afterPage(v.Page, f))
}

func showAfterQuestion(v *site.Visit) error {
	f, err := openAfterQuestion(v)
	if err != nil {
		return err
	}
	if !f.editor || !mayAnswer(f.question) {
		return v.Go(f.path() + "/after")
	}
	return v.Show(afterQuestionPage(v.Page, f))
}

func answerAfter(v *site.Visit) error {
	f, err := openAfterQuestion(v)
	if err != nil {
		return err
	}
	answer, ids := f.answer(v.Page)
	if len(f.errors) > 0 {
		return v.ShowInvalid(afterQuestionPage(v.Page, f))
	}
	_, err = v.API.Followup.AnswerAfterQuestion(v.Context(), &saakornv1.AnswerAfterQuestionRequest{
		RequestId: v.RequestID(), QuestionId: f.question.GetId(), Etag: v.Value("etag"), Answer: answer,
	})
	if err == nil {
		return v.GoWith(f.path()+"/after", "after_answered")
	}
	if !f.refused(v, err, ids) {
		return err
	}
	return v.ShowInvalid(afterQuestionPage(v.Page, f))
}

// answer reads the form, and says which input each field of the answer was typed into.
func (f *afterView) answer(p ui.Page) (*saakornv1.AfterAnswer, map[string]string) {
	a := &saakornv1.AfterAnswer{StillRunning: f.typed["still_running"] == yes, LedTo: f.typed["led_to"], Why: f.typed["why"]}
	if f.typed["still_running"] == "" {
		f.wrong("still_running", p.T("violation.REQUIRED"))
	}
	ids := map[string]string{"answer.led_to": "led_to", "answer.why": "why"}
	for _, s := range afterSources() {
		id := s.String()
		ore, ok := site.Kroner(f.typed[id])
		if !ok {
			f.wrong(id, p.T("violation.NOT_AN_AMOUNT"))
		}
		if ore > 0 {
			ids[fmt.Sprintf("answer.income[%d].amount_ore", len(a.GetIncome()))] = id
			a.Income = append(a.Income, &saakornv1.AfterIncome{Source: s, AmountOre: ore})
		}
	}
	numbers := map[string]**int64{"followed_6m": &a.Followed_6M, "in_work_6m": &a.InWork_6M, "followed_12m": &a.Followed_12M, "in_work_12m": &a.InWork_12M}
	for _, id := range afterNumbers() {
		ids["answer."+id] = id
		if f.typed[id] == "" {
			continue
		}
		n, ok := site.Number(f.typed[id])
		if !ok {
			f.wrong(id, p.T("violation.NOT_A_NUMBER"))
		}
		*numbers[id] = &n
	}
	return a, ids
}

// number is a field that counts people.
func (f *afterView) number(id string) ui.Field {
	field := f.field(id)
	field.Numeric, field.Optional = true, true
	return field
}

func (f *afterView) income(p ui.Page, s saakornv1.IncomeSource) ui.Field {
	field := f.field(s.String())
	field.Numeric, field.Optional, field.Unit = true, true, p.T("field.kroner")
	return field
}

func (f *afterView) running(p ui.Page) ui.Field {
	field := f.field("still_running")
	field.Choices = []ui.Choice{
		{Value: yes, Label: p.T("field.yes"), Chosen: field.Value == yes}, {Value: no, Label: p.T("field.no"), Chosen: field.Value == no},
	}
	return field
}

// afterFacts lays out an answer.
func afterFacts(p ui.Page, a *saakornv1.AfterAnswer) []ui.Fact {
	facts := []ui.Fact{{Name: p.T("own_after.still_running"), Value: yesNoText(p, a.GetStillRunning())}}
	for _, i := range a.GetIncome() {
		facts = append(facts, ui.Fact{Name: p.T("income." + i.GetSource().String()), Value: p.Kroner(i.GetAmountOre())})
	}
	inWork := func(key string, part, all *int64) {
		if part != nil && all != nil {
			facts = append(facts, ui.Fact{Name: p.T("own_after.work_" + key), Value: p.T("own_assess.of", "n", p.Number(*part), "max", p.Number(*all))})
		}
	}
	inWork("6", a.InWork_6M, a.Followed_6M)
	inWork("12", a.InWork_12M, a.Followed_12M)
	facts = append(facts, ui.Fact{Name: p.T("own_after.led_to"), Value: a.GetLedTo()})
	if a.GetWhy() != "" {
		facts = append(facts, ui.Fact{Name: p.T("own_after.why"), Value: a.GetWhy()})
	}
	return facts
}

// helped is the field with help below its label.
func helped(f ui.Field, help string) ui.Field {
	f.Help = help
	return f
}

// optional is the field marked as one that need not be answered.
func optional(f ui.Field) ui.Field {
	f.Optional = true
	return f
}
