package caseworker

import (
	"strings"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// exampleRoutes are the pages of what others can learn from, of what became of enterprises, and of handing over.
func exampleRoutes() []site.Route {
	const e, l = "POST /followup/examples/{example}/", "POST /lifecycles/{lifecycle}/"
	at := func(v *site.Visit) string { return exampleAddress(v.Request.PathValue("example")) }
	page := again(exampleWith)
	content := map[string]string{}
	for _, key := range exampleTexts() {
		content["content."+key] = key
	}
	return []site.Route{
		{Pattern: "GET /followup/examples/{example}", Show: func(v *site.Visit) error { return exampleWith(v, sheet{}) }},
		{Pattern: e + "update", Show: page.does(at, "example_changed", content, updateExample)},
		{Pattern: e + "publish", Show: page.does(at, "example_published", nil, publishExample)},
		{Pattern: e + "withdraw", Show: page.does(at, "example_withdrawn", nil, withdrawExample)},
		{Pattern: "GET /lifecycles/{lifecycle}/learning", Show: func(v *site.Visit) error { return learningWith(v, sheet{}) }},
		{Pattern: l + "learning/handover", Show: again(learningWith).does(laneAt("learning"), "handover_saved", map[string]string{
			"handover.learned": "learned", "handover.receiver": "receiver", "handover.adopted": "adopted", "handover.handed_over_on": "handed_over_on",
		}, saveHandover)},
		{Pattern: "GET /lifecycles/{lifecycle}/after", Show: func(v *site.Visit) error { return afterWith(v, sheet{}) }},
		{Pattern: l + "after/start", Show: again(afterWith).does(laneAt("after"), "after_started", nil, startAfter)},
	}
}

func exampleAddress(id string) string { return "/followup/examples/" + id }

// exampleTexts are the fields of an example that are written in several lines, in the order of the page.
func exampleTexts() []string {
	return []string{"title", "problem", "method", "result", "prerequisites", "did_not_work", "target_group", "place", "contact"}
}

// exampleText returns a field of the example, and how long it may be.
func exampleText(c *saakornv1.ExampleContent, key string) (text string, most int) {
	switch key {
	case "title":
		return c.GetTitle(), 200
	case "problem":
		return c.GetProblem(), 5000
	case "method":
		return c.GetMethod(), 10000
	case "result":
		return c.GetResult(), 10000
	case "prerequisites":
		return c.GetPrerequisites(), 5000
	case "did_not_work":
		return c.GetDidNotWork(), 10000
	case "target_group":
		return c.GetTargetGroup(), 300
	case "place":
		return c.GetPlace(), 300
	default:
		return c.GetContact(), 300
	}
}

// exampleList are the examples of every enterprise in one state.
type exampleList struct {
	hub

	examples []*saakornv1.Example
}

func exampleFilters() []string { return []string{"consented", "draft", "published", "withdrawn"} }

func showExamples(v *site.Visit) error {
	l := &exampleList{hub: openHub(v, "examples", v.Value("show"))}
	if l.filter == "" {
		l.filter = exampleFilters()[0]
	}
	answer, err := v.API.Examples.ListExamples(v.Context(), &saakornv1.ListExamplesRequest{
		State: saakornv1.ExampleState(saakornv1.ExampleState_value["EXAMPLE_STATE_"+strings.ToUpper(l.filter)]), PageSize: onScreen, PageToken: v.Value("page"),
	})
	if err != nil {
		return err
	}
	l.examples, l.next = answer.GetExamples(), answer.GetNextPageToken()
	return v.Show(examplesPage(l))
}

func exampleTone(s saakornv1.ExampleState) ui.Tone {
	switch s {
	case saakornv1.ExampleState_EXAMPLE_STATE_CONSENTED:
		return ui.Warning
	case saakornv1.ExampleState_EXAMPLE_STATE_PUBLISHED:
		return ui.Success
	case saakornv1.ExampleState_EXAMPLE_STATE_DRAFT:
		return ui.Info
	default:
		return ui.Neutral
	}
}

// model is one example.
type model struct {
	sheet
	*saakornv1.Example
}

func exampleWith(v *site.Visit, s sheet) error {
	id, err := v.ID("example")
	if err != nil {
		return err
	}
	v.Page.Staff = true
	s.Page = v.Page
	answer, err := v.API.Examples.GetExample(v.Context(), &saakornv1.GetExampleRequest{ExampleId: id})
	if err != nil {
		return err
	}
	return shown(v, s, examplePage(&model{s, answer.GetExample()}))
}

func (m *model) path() string { return exampleAddress(m.GetId()) }

func (m *model) officer() bool { return m.Person.Has(saakornv1.Role_ROLE_CASE_OFFICER) }

// edits tells whether the reader may change the example.
func (m *model) edits() bool {
	return m.officer() && (m.GetState() == saakornv1.ExampleState_EXAMPLE_STATE_DRAFT || m.GetState() == saakornv1.ExampleState_EXAMPLE_STATE_CONSENTED)
}

// publishes tells whether the reader may publish the example: nobody does who drafted it.
func (m *model) publishes() bool {
	return m.Person.Has(saakornv1.Role_ROLE_CASE_OFFICER, saakornv1.Role_ROLE_DECISION_MAKER) && m.GetState() == saakornv1.ExampleState_EXAMPLE_STATE_CONSENTED &&
		m.GetDraftedBy() != m.Person.ID
}

func (m *model) withdraws() bool {
	return m.officer() && m.GetState() != saakornv1.ExampleState_EXAMPLE_STATE_WITHDRAWN
}

// consent says whether the enterprise has consented.
func consent(p ui.Page, e *saakornv1.Example) string {
	if e.GetConsentedAt() == nil {
		return p.T("example.no_consent")
	}
	return p.T("example.consent", "date", p.StampDay(e.GetConsentedAt()))
}

func (m *model) textField(key string) ui.Field {
	stored, most := exampleText(m.GetContent(), key)
	f := m.field("update", key, m.T("example."+key), stored)
	f.MaxLength = most
	if most > 300 {
		f.Rows = 5
	}
	switch key {
	case "title", "problem", "method", "result":
	default:
		f.Optional = true
	}
	return f
}

func (m *model) failed() bool {
	if m.form == "update" {
		return m.ticked("update", "failed")
	}
	return m.GetContent().GetFailed()
}

// updateExample changes the draft.
func updateExample(v *site.Visit) error {
	id, err := v.ID("example")
	if err != nil {
		return err
	}
	_, err = v.API.Examples.UpdateExample(v.Context(), &saakornv1.UpdateExampleRequest{
		RequestId: v.RequestID(), ExampleId: id, Etag: v.Value("etag"), Content: &saakornv1.ExampleContent{
			Title: v.Value("title"), Problem: v.Value("problem"), Method: v.Value("method"), Result: v.Value("result"), Prerequisites: v.Value("prerequisites"),
			DidNotWork: v.Value("did_not_work"), TargetGroup: v.Value("target_group"), Place: v.Value("place"), Contact: v.Value("contact"), Failed: v.Value("failed") == "yes",
		},
	})
	return err
}

// publishExample publishes what the enterprise has consented to.
func publishExample(v *site.Visit) error {
	_, err := v.API.Examples.PublishExample(v.Context(), &saakornv1.PublishExampleRequest{RequestId: v.RequestID(), ExampleId: v.Request.PathValue("example"), Etag: v.Value("etag")})
	return err
}

// withdrawExample takes the example back.
func withdrawExample(v *site.Visit) error {
	_, err := v.API.Examples.WithdrawExample(v.Context(), &saakornv1.WithdrawExampleRequest{RequestId: v.RequestID(), ExampleId: v.Request.PathValue("example"), Etag: v.Value("etag")})
	return err
}

// learning is what was learned in a lifecycle, who carries it on, and what others can learn from it.
type learning struct {
	*lane

	examples []*saakornv1.Example
}

func learningWith(v *site.Visit, s sheet) error {
	l, err := openLane(v, "learning", s)
	if err != nil {
		return err
	}
	answer, err := v.API.Examples.ListLifecycleExamples(v.Context(), &saakornv1.ListLifecycleExamplesRequest{LifecycleId: l.GetLifecycle().GetId()})
	if err != nil {
		return err
	}
	return shown(v, s, learningPage(&learning{l, answer.GetExamples()}))
}

// note is a field of the handover, with what is stored.
func (l *learning) note(name, stored string, most int) ui.Field {
	f := l.field("handover", name, l.T("handover."+name), stored)
	f.Rows, f.MaxLength = 5, most
	return f
}

// saveHandover saves what was learned and who carries it on.
func saveHandover(v *site.Visit) error {
	id, err := v.ID("lifecycle")
	if err != nil {
		return err
	}
	_, err = v.API.Grants.SaveHandover(v.Context(), &saakornv1.SaveHandoverRequest{
		RequestId: v.RequestID(), LifecycleId: id, Etag: v.Value("etag"), Handover: &saakornv1.Handover{
			Learned: v.Value("learned"), Receiver: v.Value("receiver"), Adopted: v.Value("adopted"), HandedOverOn: v.Value("handed_over_on"),
		},
	})
	return err
}

// afterList is what is asked of every enterprise after the grant, in one state.
type afterList struct {
	hub

	questions []*saakornv1.AfterQuestion
	groups    []*saakornv1.AfterGroup
	smallest  int32
}

func afterFilters() []string { return []string{"asked", "answered", "unanswered", "planned"} }

func showAfterAll(v *site.Visit) error {
	l := &afterList{hub: openHub(v, "after", v.Value("show"))}
	if l.filter == "" {
		l.filter = afterFilters()[0]
	}
	answer, err := v.API.Followup.ListAfterFollowups(v.Context(), &saakornv1.ListAfterFollowupsRequest{
		State: saakornv1.AfterQuestionState(saakornv1.AfterQuestionState_value["AFTER_QUESTION_STATE_"+strings.ToUpper(l.filter)]), PageSize: onScreen, PageToken: v.Value("page"),
	})
	if err != nil {
		return err
	}
	l.questions, l.next = answer.GetQuestions(), answer.GetNextPageToken()
	list, err := v.API.Schemes.ListSchemes(v.Context(), &saakornv1.ListSchemesRequest{})
	if err != nil || len(list.GetSchemes()) == 0 {
		return err
	}
	summary, err := v.API.Followup.GetAfterSummary(v.Context(), &saakornv1.GetAfterSummaryRequest{SchemeId: list.GetSchemes()[0].GetId()})
	if err != nil {
		return err
	}
	l.groups, l.smallest = summary.GetGroups(), summary.GetSmallestGroup()
	return v.Show(afterAllPage(l))
}

// aftermath is what has become of one enterprise since the grant.
type aftermath struct {
	*lane

	questions []*saakornv1.AfterQuestion
}

func afterWith(v *site.Visit, s sheet) error {
	l, err := openLane(v, "after", s)
	if err != nil {
		return err
	}
	answer, err := v.API.Followup.ListAfterQuestions(v.Context(), &saakornv1.ListAfterQuestionsRequest{LifecycleId: l.GetLifecycle().GetId()})
	if err != nil {
		return err
	}
	return shown(v, s, afterPage(&aftermath{l, answer.GetQuestions()}))
}

// starts tells whether the reader may start asking: an enterprise that has left the scheme and still exists.
func (a *aftermath) starts() bool {
	l := a.GetLifecycle()
	return a.officer() && len(a.questions) == 0 && l.GetState() == saakornv1.LifecycleState_LIFECYCLE_STATE_CLOSED &&
		l.GetExitKind() != saakornv1.ExitKind_EXIT_KIND_BANKRUPT && l.GetExitKind() != saakornv1.ExitKind_EXIT_KIND_MERGED
}

// startAfter starts asking how it goes.
func startAfter(v *site.Visit) error {
	id, err := v.ID("lifecycle")
	if err != nil {
		return err
	}
	_, err = v.API.Followup.StartAfterFollowup(v.Context(), &saakornv1.StartAfterFollowupRequest{RequestId: v.RequestID(), LifecycleId: id})
	return err
}

func afterTone(s saakornv1.AfterQuestionState) ui.Tone {
	switch s {
	case saakornv1.AfterQuestionState_AFTER_QUESTION_STATE_ASKED:
		return ui.Warning
	case saakornv1.AfterQuestionState_AFTER_QUESTION_STATE_ANSWERED:
		return ui.Success
	default:
		return ui.Neutral
	}
}

// running says whether the work still goes on.
func running(p ui.Page, q *saakornv1.AfterQuestion) string {
	switch {
	case q.GetAnswer() == nil:
		return "–"
	case q.GetAnswer().GetStillRunning():
		return p.T("after.running")
	default:
		return p.T("after.ended")
	}
}

// inWork says how many of those who began work are in work.
func inWork(p ui.Page, n, all *int64) string {
	if n == nil && all == nil {
		return ""
	}
	return p.T("trend.of_followed", "n", count(p, n), "all", count(p, all))
}
