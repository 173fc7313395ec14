package entrepreneur

import (
	"maps"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// examplesView is what others are told of the enterprise's work, with its consent.
type examplesView struct {
	*paper
	*relation

	examples []*saakornv1.Example
	example  *saakornv1.Example
}

// exampleTexts are the fields of an example that are texts, each with how long it may be.
func exampleTexts() []struct {
	id   string
	most int
} {
	return []struct {
		id   string
		most int
	}{
		{"problem", 5000}, {"method", 10000}, {"result", 10000}, {"prerequisites", 5000}, {"did_not_work", 10000},
	}
}

// exampleLines are the fields of an example that are one line.
func exampleLines() []string { return []string{"title", "target_group", "place", "contact"} }

func openExamples(v *site.Visit) (*examplesView, error) {
	r, err := openRelation(v)
	if err != nil {
		return nil, err
	}
	list, err := v.API.Examples.ListLifecycleExamples(v.Context(), &saakornv1.ListLifecycleExamplesRequest{LifecycleId: r.GetLifecycle().GetId()})
	if err != nil {
		return nil, err
	}
	labels := map[string]string{"consent": v.Page.T("own_example.consent"), "failed": v.Page.T("own_example.failed")}
	for _, id := range exampleLines() {
		labels[id] = v.Page.T("own_example." + id)
	}
	for _, text := range exampleTexts() {
		labels[text.id] = v.Page.T("own_example." + text.id)
	}
	return &examplesView{paper: newPaper(v, labels), relation: r, examples: list.GetExamples()}, nil
}

// openExample returns the example that the address names.
func openExample(v *site.Visit) (*examplesView, error) {
	f, err := openExamples(v)
	if err != nil {
		return nil, err
	}
	id, err := v.ID("example")
	if err != nil {
		return nil, err
	}
	for _, e := range f.examples {
		if e.GetId() == id {
			f.example = e
			return f, nil
		}
	}
	return nil, notFound()
}

func (f *examplesView) here() string { return f.path() + "/examples/" + f.example.GetId() }

// mayChange tells whether the enterprise can change the example, mayConsent whether it is asked to.
func (f *examplesView) mayChange() bool {
	s := f.example.GetState()
	return f.editor && (s == saakornv1.ExampleState_EXAMPLE_STATE_DRAFT || s == saakornv1.ExampleState_EXAMPLE_STATE_CONSENTED)
}

func (f *examplesView) mayConsent() bool {
	return f.editor && f.example.GetState() == saakornv1.ExampleState_EXAMPLE_STATE_DRAFT
}

func (f *examplesView) mayWithdraw() bool {
	return f.editor && f.example.GetState() != saakornv1.ExampleState_EXAMPLE_STATE_WITHDRAWN
}

func exampleTone(s saakornv1.ExampleState) ui.Tone {
	switch s {
	case saakornv1.ExampleState_EXAMPLE_STATE_PUBLISHED:
		return ui.Success
	case saakornv1.ExampleState_EXAMPLE_STATE_DRAFT:
		return ui.Warning
	case saakornv1.ExampleState_EXAMPLE_STATE_CONSENTED:
		return ui.Info
	default:
		return ui.Neutral
	}
}

// exampleTitle names the example; a draft may lack a title.
func exampleTitle(p ui.Page, e *saakornv1.Example) string {
	if title := e.GetContent().GetTitle(); title != "" {
		return title
	}
	return p.T("own_example.untitled")
}

// reached says how often a published example has been read and taken into use.
func reached(p ui.Page, e *saakornv1.Example) string {
	return p.N("own_example.views", int(e.GetViews())) + ". " + p.N("own_example.adoptions", int(e.GetAdoptions())) + "."
}

// contents are the texts of the example by the identifiers of their fields.
func contents(c *saakornv1.ExampleContent) map[string]string {
	return map[string]string{
		"title": c.GetTitle(), "problem": c.GetProblem(), "method": c.GetMethod(), "result": c.GetResult(), "prerequisites": c.GetPrerequisites(),
		"did_not_work": c.GetDidNotWork(), "target_group": c.GetTargetGroup(), "place": c.GetPlace(), "contact": c.GetContact(),
	}
}

// facts lays the example out.
func (f *examplesView) facts() []ui.Fact {
	texts := contents(f.example.GetContent())
	var facts []ui.Fact
	add := func(id string) {
		if texts[id] != "" {
			facts = append(facts, ui.Fact{Name: f.labels[id], Value: texts[id]})
		}
	}
	for _, text := range exampleTexts() {
		add(text.id)
	}
	for _, id := range exampleLines()[1:] {
		add(id)
	}
	return facts
}

func showExamples(v *site.Visit) error {
	f, err := openExamples(v)
	if err != nil {
		return err
	}
	return v.Show(examplesPage(v.Page, f))
}

func showExample(v *site.Visit) error {
	f, err := openExample(v)
	if err != nil {
		return err
	}
	return v.Show(examplePage(v.Page, f))
}

// consent says that the example may be published as it is.
func consent(v *site.Visit) error {
	f, err := openExample(v)
	if err != nil {
		return err
	}
	if f.typed["consent"] != yes {
		f.errors = f.errors.With("consent", v.Page.T("own_example.consent_error"))
		return v.ShowInvalid(examplePage(v.Page, f))
	}
	_, err = v.API.Examples.ConsentToExample(v.Context(), &saakornv1.ConsentToExampleRequest{
		RequestId: v.RequestID(), ExampleId: f.example.GetId(), Etag: v.Value("etag"),
	})
	if err == nil {
		return v.GoWith(f.here(), "consented")
	}
	if !f.refused(v, err, nil) {
		return err
	}
	return v.ShowInvalid(examplePage(v.Page, f))
}

// withdrawExample takes the example back.
func withdrawExample(v *site.Visit) error {
	f, err := openExample(v)
	if err != nil {
		return err
	}
	_, err = v.API.Examples.WithdrawExample(v.Context(), &saakornv1.WithdrawExampleRequest{
		RequestId: v.RequestID(), ExampleId: f.example.GetId(), Etag: v.Value("etag"),
	})
	if err == nil {
		return v.GoWith(f.here(), "own_example_withdrawn")
	}
	if !f.refused(v, err, nil) {
		return err
	}
	return v.ShowInvalid(examplePage(v.Page, f))
}

func showExampleForm(v *site.Visit) error {
	f, err := openExample(v)
	if err != nil {
		return err
	}
	if !f.mayChange() {
		return v.Go(f.here())
	}
	maps.Copy(f.typed, contents(f.example.GetContent()))
	if f.example.GetContent().GetFailed() {
		f.typed["failed"] = yes
	}
	return v.Show(exampleFormPage(v.Page, f))
}

// changeExample saves what the example is to say. A consent from before is then asked for anew.
func changeExample(v *site.Visit) error {
	f, err := openExample(v)
	if err != nil {
		return err
	}
	_, err = v.API.Examples.UpdateExample(v.Context(), &saakornv1.UpdateExampleRequest{
		RequestId: v.RequestID(), ExampleId: f.example.GetId(), Etag: v.Value("etag"), Content: &saakornv1.ExampleContent{
			Title: f.typed["title"], Problem: f.typed["problem"], Method: f.typed["method"], Result: f.typed["result"], Prerequisites: f.typed["prerequisites"],
			DidNotWork: f.typed["did_not_work"], TargetGroup: f.typed["target_group"], Place: f.typed["place"], Contact: f.typed["contact"],
			Failed: f.typed["failed"] == yes,
		},
	})
	if err == nil {
		return v.GoWith(f.here(), "own_example_changed")
	}
	ids := map[string]string{}
	for id := range f.labels {
		ids["content."+id] = id
	}
	if !f.refused(v, err, ids) {
		return err
	}
	return v.ShowInvalid(exampleFormPage(v.Page, f))
}
