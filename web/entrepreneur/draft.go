package entrepreneur

import (
	"slices"
	"strings"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// draft is an application with what it is held against.
type draft struct {
	app        *saakornv1.Application
	call       *saakornv1.Call
	scheme     *saakornv1.Scheme
	enterprise *saakornv1.Enterprise
	// years are those that the plan covers, the grant year first.
	years []int32
}

// loadDraft loads the application that the address names.
func loadDraft(v *site.Visit) (*draft, error) {
	id, err := v.ID("application")
	if err != nil {
		return nil, err
	}
	return loadApplication(v, id)
}

func loadApplication(v *site.Visit, id string) (*draft, error) {
	got, err := v.API.Applications.GetApplication(v.Context(), &saakornv1.GetApplicationRequest{ApplicationId: id})
	if err != nil {
		return nil, err
	}
	d := &draft{app: got.GetApplication()}
	if d.app.GetContent() == nil {
		d.app.Content = &saakornv1.ApplicationContent{}
	}
	call, err := v.API.Calls.GetCall(v.Context(), &saakornv1.GetCallRequest{CallId: d.app.GetCallId()})
	if err != nil {
		return nil, err
	}
	scheme, err := v.API.Schemes.GetScheme(v.Context(), &saakornv1.GetSchemeRequest{SchemeId: d.app.GetSchemeId(), Version: d.app.GetSchemeVersion()})
	if err != nil {
		return nil, err
	}
	enterprise, err := v.API.Enterprises.GetEnterprise(v.Context(), &saakornv1.GetEnterpriseRequest{EnterpriseId: d.app.GetEnterpriseId()})
	if err != nil {
		return nil, err
	}
	d.call, d.scheme, d.enterprise = call.GetCall(), scheme.GetScheme(), enterprise.GetEnterprise()
	for n := range d.planYears() {
		d.years = append(d.years, d.call.GetGrantYear()+n)
	}
	return d, nil
}

// planYears returns how many years the plan covers: one at least.
func (d *draft) planYears() int32 {
	for _, rule := range d.scheme.GetApplicationTypes() {
		if rule.GetType() == d.app.GetType() {
			return max(1, rule.GetPlanYears())
		}
	}
	return 1
}

func (d *draft) typeTitle(p ui.Page) string {
	for _, rule := range d.scheme.GetApplicationTypes() {
		if rule.GetType() == d.app.GetType() {
			return site.In(p.Language, rule.GetTitle())
		}
	}
	return ""
}

// title is what the application is called before and after it has a name.
func (d *draft) title(p ui.Page) string {
	if t := strings.TrimSpace(d.app.GetContent().GetTitle()); t != "" {
		return t
	}
	return p.T("application.untitled")
}

func (d *draft) path() string { return "/applications/" + d.app.GetId() }

// kicker is what stands above the headings.
func (d *draft) kicker(p ui.Page) string { return d.typeTitle(p) + " – " + d.enterprise.GetName() }

func (d *draft) state() state {
	return state{etag: d.app.GetEtag(), savedAt: d.app.GetUpdatedAt(), open: d.editable()}
}

func (d *draft) section(key string) (*saakornv1.QuestionSection, bool) {
	i := slices.IndexFunc(d.scheme.GetSections(), func(s *saakornv1.QuestionSection) bool { return s.GetKey() == key })
	if i < 0 {
		return nil, false
	}
	return d.scheme.GetSections()[i], true
}

// stepKeys returns every step in order.
func (d *draft) stepKeys() []string {
	var keys []string
	for _, s := range d.scheme.GetSections() {
		keys = append(keys, s.GetKey())
	}
	return append(keys, stepAttachments, stepSimilar, stepSummary)
}

func (d *draft) stepTitle(p ui.Page, key string) string {
	if s, ok := d.section(key); ok {
		return site.In(p.Language, s.GetTitle())
	}
	return p.T("step_title." + key)
}

// kindID is where a kind of document stands on the page of documents.
const kindID = "kind-"

func (d *draft) input(step, field string) (id string, ok bool) {
	if kind, found := strings.CutPrefix(field, "attachments."); found {
		return kindID + kind, step == stepAttachments
	}
	section, ok := d.section(step)
	if !ok {
		return "", false
	}
	return inputID(section, field)
}

func (d *draft) label(p ui.Page, step, id string) string {
	if kind, ok := strings.CutPrefix(id, kindID); ok && step == stepAttachments {
		for _, rule := range d.scheme.GetAttachments().GetKinds() {
			if rule.GetKey() == kind {
				return site.In(p.Language, rule.GetTitle())
			}
		}
	}
	section, _ := d.section(step)
	for _, q := range section.GetQuestions() {
		if id == q.GetKey() || strings.HasPrefix(id, q.GetKey()+".") {
			return site.In(p.Language, q.GetLabel())
		}
	}
	return ""
}

// fieldOf returns the path within the content that the question's answer is found at.
func fieldOf(q *saakornv1.Question) string {
	if q.GetField() != "" {
		return q.GetField()
	}
	return "answers." + q.GetKey()
}

// inputID returns the input on the section's page that a path of the API is typed into: the question's
// own, or one within it. ok is false when the section does not ask for it.
func inputID(s *saakornv1.QuestionSection, field string) (id string, ok bool) {
	field = strings.TrimPrefix(field, "content.")
	best := ""
	for _, q := range s.GetQuestions() {
		path := fieldOf(q)
		rest, found := strings.CutPrefix(field, path)
		if !found || rest != "" && rest[0] != '.' && rest[0] != '[' || len(path) < len(best) {
			continue
		}
		best = path
		id = q.GetKey() + strings.NewReplacer("[", ".", "]", "").Replace(rest)
	}
	return id, best != ""
}

func (d *draft) editable() bool {
	switch d.app.GetState() {
	case saakornv1.ApplicationState_APPLICATION_STATE_DRAFT, saakornv1.ApplicationState_APPLICATION_STATE_SUBMITTED:
		return true
	default:
		return false
	}
}

// problems asks what is missing or wrong.
func (d *draft) problems(v *site.Visit) (problems, warnings []site.Violation, err error) {
	answer, err := v.API.Applications.ValidateApplication(v.Context(), &saakornv1.ValidateApplicationRequest{ApplicationId: d.app.GetId()})
	if err != nil {
		return nil, nil, err
	}
	return site.Violations(answer.GetProblems()), site.Violations(answer.GetWarnings()), nil
}
