package entrepreneur

import (
	"strings"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// start is what a person begins with: what to do, and where everything stands.
type start struct {
	enterprises []*saakornv1.Enterprise
	calls       []*saakornv1.Call
	tasks       []task
	cases       []standing
	relations   []*whole
	reports     []reportCard
}

// task is one thing to do now.
type task struct {
	title, text, href, action string
	// due orders the tasks; empty is last.
	due string
}

// standing is an application with where it stands.
type standing struct {
	app        *saakornv1.Application
	enterprise string
	title      string
	tag        string
	tone       ui.Tone
	// next is what is expected and when, in words.
	next string
}

// most is how many applications the page looks into.
const most = 30

func showStart(v *site.Visit) error {
	s := &start{}
	enterprises, err := v.API.Enterprises.ListEnterprises(v.Context(), &saakornv1.ListEnterprisesRequest{PageSize: 100})
	if err != nil {
		return err
	}
	s.enterprises = enterprises.GetEnterprises()
	calls, err := v.API.Calls.ListCalls(v.Context(), &saakornv1.ListCallsRequest{PageSize: 50})
	if err != nil {
		return err
	}
	s.calls = calls.GetCalls()
	applications, err := v.API.Applications.ListApplications(v.Context(), &saakornv1.ListApplicationsRequest{PageSize: most})
	if err != nil {
		return err
	}
	for _, a := range applications.GetApplications() {
		if err := s.add(v, a); err != nil {
			return err
		}
	}
	if err := s.addRelations(v); err != nil {
		return err
	}
	if err := s.addReports(v); err != nil {
		return err
	}
	s.offer(v, applications.GetApplications())
	s.tasks = sorted(s.tasks)
	return v.Show(startPage(v.Page, s))
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (s *start) enterpriseName(id string) string {
	for _, e := range s.enterprises {
		if e.GetId() == id {
			return e.GetName()
		}
	}
	return ""
}

func (s *start) call(id string) *saakornv1.Call {
	for _, c := range s.calls {
		if c.GetId() == id {
			return c
		}
	}
	return nil
}

// add says where an application stands, and what its people have to do.
func (s *start) add(v *site.Visit, a *saakornv1.Application) error {
	p := v.Page
	st := standing{app: a, enterprise: s.enterpriseName(a.GetEnterpriseId()), title: callTitle(p, s.call(a.GetCallId()), a)}
	path := "/applications/" + a.GetId()
	switch a.GetState() {
	case saakornv1.ApplicationState_APPLICATION_STATE_DRAFT:
		st.tag, st.tone = p.T("state.draft"), ui.Info
		if c := s.call(a.GetCallId()); c.GetState() == saakornv1.CallState_CALL_STATE_OPEN {
			st.next = p.T("start.submit_by", "when", p.Stamp(c.GetClosesAt()))
			s.tasks = append(s.tasks, task{
				title: p.T("start.task_draft", "enterprise", st.enterprise), text: st.next, href: path, action: p.T("start.go_on"),
				due: c.GetClosesAt().AsTime().Format("2006-01-02"),
			})
		}
	case saakornv1.ApplicationState_APPLICATION_STATE_WITHDRAWN:
		st.tag, st.tone = p.T("state.withdrawn"), ui.Neutral
	case saakornv1.ApplicationState_APPLICATION_STATE_MISSED:
		st.tag, st.tone, st.next = p.T("state.missed"), ui.Warning, p.T("start.missed")
	default:
		if err := s.addCase(v, a, &st); err != nil {
			return err
		}
	}
	s.cases = append(s.cases, st)
	return nil
}

func callTitle(p ui.Page, c *saakornv1.Call, a *saakornv1.Application) string {
	if c == nil {
		return a.GetReference()
	}
	return site.In(p.Language, c.GetTitle())
}

func (s *start) addCase(v *site.Visit, a *saakornv1.Application, st *standing) error {
	p, path := v.Page, "/applications/"+a.GetId()
	progress, err := v.API.Cases.GetProgress(v.Context(), &saakornv1.GetProgressRequest{ApplicationId: a.GetId()})
	if err != nil {
		return err
	}
	st.tag, st.tone = outcomeTag(p, progress)
	st.next = nextText(p, progress)
	notices, err := v.API.Completeness.ListDeficiencyNotices(v.Context(), &saakornv1.ListDeficiencyNoticesRequest{ApplicationId: a.GetId()})
	if err != nil {
		return err
	}
	for _, n := range notices.GetNotices() {
		if n.GetState() == saakornv1.DeficiencyState_DEFICIENCY_STATE_OPEN {
			s.tasks = append(s.tasks, task{
				title: p.T("start.task_notice", "enterprise", st.enterprise), text: p.T("start.answer_by", "date", p.Date(n.GetDeadline())),
				href: path, action: p.T("start.answer"), due: n.GetDeadline(),
			})
		}
	}
	messages, err := v.API.Correspondence.ListMessages(v.Context(), &saakornv1.ListMessagesRequest{ApplicationId: a.GetId(), PageSize: 1})
	if err != nil {
		return err
	}
	if n := int(messages.GetUnread()); n > 0 {
		s.tasks = append(s.tasks, task{
			title: p.N("start.task_message", n), text: st.enterprise, href: path + "/messages", action: p.T("start.read"), due: "0",
		})
	}
	return nil
}

// outcomeTag names where the case stands.
func outcomeTag(p ui.Page, progress *saakornv1.GetProgressResponse) (string, ui.Tone) {
	switch progress.GetOutcome() {
	case saakornv1.Outcome_OUTCOME_APPROVED, saakornv1.Outcome_OUTCOME_PARTIALLY_APPROVED:
		return p.T("outcome." + progress.GetOutcome().String()), ui.Success
	case saakornv1.Outcome_OUTCOME_UNSPECIFIED:
		return p.T("state.submitted"), ui.Info
	default:
		return p.T("outcome." + progress.GetOutcome().String()), ui.Neutral
	}
}

// nextText says what the case waits for, and until when.
func nextText(p ui.Page, progress *saakornv1.GetProgressResponse) string {
	for _, step := range progress.GetSteps() {
		if !step.GetCurrent() {
			continue
		}
		now := p.T("step." + step.GetStep().String())
		date := step.GetExpectedDate()
		switch {
		case step.GetStep() == saakornv1.CaseStep_CASE_STEP_APPEAL_PERIOD && date != "":
			return p.T("start.until", "step", now, "date", p.Date(date))
		case date != "":
			return p.T("start.expected", "step", now, "date", p.Date(date))
		}
		return strings.Join(append([]string{now}, decisionExpected(p, progress)...), ". ")
	}
	return ""
}

// decisionExpected says when the decision can be expected; nothing when it is made, or nobody can know.
func decisionExpected(p ui.Page, progress *saakornv1.GetProgressResponse) []string {
	for _, step := range progress.GetSteps() {
		if step.GetStep() == saakornv1.CaseStep_CASE_STEP_DECISION && step.GetExpectedDate() != "" {
			return []string{p.T("start.decision_expected", "date", p.Date(step.GetExpectedDate()))}
		}
	}
	return nil
}

// offer adds what nobody has begun with: an enterprise to register, or a call to apply to.
func (s *start) offer(v *site.Visit, applications []*saakornv1.Application) {
	p := v.Page
	if len(s.enterprises) == 0 {
		s.tasks = append(s.tasks, task{title: p.T("start.task_register"), text: p.T("start.register_text"), href: "/enterprises/register", action: p.T("start.register")})
		return
	}
	for _, c := range s.calls {
		if c.GetState() != saakornv1.CallState_CALL_STATE_OPEN {
			continue
		}
		begun := 0
		for _, a := range applications {
			if a.GetCallId() == c.GetId() {
				begun++
			}
		}
		if begun < len(s.enterprises) {
			s.tasks = append(s.tasks, task{
				title: p.T("start.task_apply", "call", site.In(p.Language, c.GetTitle())), text: p.T("calls.closes", "when", p.Stamp(c.GetClosesAt())),
				href: "/apply?call=" + c.GetId(), action: p.T("start.apply"), due: c.GetClosesAt().AsTime().Format("2006-01-02"),
			})
		}
	}
}
