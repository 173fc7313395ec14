package caseworker

import (
	"slices"
	"strconv"
	"strings"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// course is the lifecycle of an enterprise under a scheme, as its page shows it.
type course struct {
	sheet
	*saakornv1.GetLifecycleResponse

	awards  []*grantYear
	tasks   []*saakornv1.Task
	signals []*saakornv1.Signal
}

// grantYear is an award with what has been asked for and decided about it since.
type grantYear struct {
	*saakornv1.GetAwardResponse

	measures []*saakornv1.Measure
	changes  []*saakornv1.ChangeRequest
}

func (c *course) path() string { return "/lifecycles/" + c.GetLifecycle().GetId() }

func (c *course) officer() bool { return c.Person.Has(saakornv1.Role_ROLE_CASE_OFFICER) }

func (c *course) decider() bool { return c.Person.Has(saakornv1.Role_ROLE_DECISION_MAKER) }

// follows tells whether the reader sees how the enterprise is followed up.
func (c *course) follows() bool { return followsUp(c.Page) }

func openCourse(v *site.Visit) (*course, error) {
	id, err := v.ID("lifecycle")
	if err != nil {
		return nil, err
	}
	v.Page.Staff = true
	ctx := v.Context()
	answer, err := v.API.Grants.GetLifecycle(ctx, &saakornv1.GetLifecycleRequest{LifecycleId: id})
	if err != nil {
		return nil, err
	}
	c := &course{sheet: sheet{Page: v.Page}, GetLifecycleResponse: answer}
	for _, a := range answer.GetAwards() {
		year, err := openYear(v, a.GetId())
		if err != nil {
			return nil, err
		}
		c.awards = append(c.awards, year)
	}
	slices.Reverse(c.awards) // the present year comes first
	tasks, err := v.API.Tasks.ListTasks(ctx, &saakornv1.ListTasksRequest{LifecycleId: id, Everybody: true, PageSize: 50})
	if err != nil {
		return nil, err
	}
	c.tasks = tasks.GetTasks()
	if !c.follows() {
		return c, nil
	}
	signals, err := v.API.Followup.ListSignals(ctx, &saakornv1.ListSignalsRequest{LifecycleId: id})
	if err != nil {
		return nil, err
	}
	c.signals = signals.GetSignals()
	return c, nil
}

func openYear(v *site.Visit, awardID string) (*grantYear, error) {
	ctx := v.Context()
	award, err := v.API.Grants.GetAward(ctx, &saakornv1.GetAwardRequest{AwardId: awardID})
	if err != nil {
		return nil, err
	}
	measures, err := v.API.Measures.ListMeasures(ctx, &saakornv1.ListMeasuresRequest{AwardId: awardID})
	if err != nil {
		return nil, err
	}
	changes, err := v.API.Changes.ListChangeRequests(ctx, &saakornv1.ListChangeRequestsRequest{AwardId: awardID})
	if err != nil {
		return nil, err
	}
	return &grantYear{award, measures.GetMeasures(), changes.GetChangeRequests()}, nil
}

func showCourse(v *site.Visit) error {
	c, err := openCourse(v)
	if err != nil {
		return err
	}
	return v.Show(coursePage(c))
}

// showCourses lists the lifecycles, the newest first.
func showCourses(v *site.Visit) error {
	v.Page.Staff = true
	answer, err := v.API.Grants.ListLifecycles(v.Context(), &saakornv1.ListLifecyclesRequest{PageSize: onScreen, PageToken: v.Value("page")})
	if err != nil {
		return err
	}
	return v.Show(coursesPage(&sheet{Page: v.Page}, answer))
}

// onCourse does what a form on the page of a lifecycle asks for. fields says which field of the form
// each field of the request was typed into.
func onCourse(notice string, fields map[string]string, do func(v *site.Visit, subject string) error) site.Handler {
	return func(v *site.Visit) error {
		id, err := v.ID("lifecycle")
		if err != nil {
			return err
		}
		subject, err := v.ID("subject")
		if err != nil {
			return err
		}
		if err = do(v, subject); err == nil {
			return v.GoWith("/lifecycles/"+id, notice)
		}
		form := strings.TrimPrefix(v.Request.URL.Path, "/lifecycles/"+id+"/")
		s, ok := refusedForm(v, form, fields, err)
		if !ok {
			return err
		}
		c, failed := openCourse(v)
		if failed != nil {
			return err // what was refused says more
		}
		s.Page = v.Page
		c.sheet = s
		return v.ShowInvalid(coursePage(c))
	}
}

// years shows the whole time that the scheme gives: what has been, what is, and what can still come.
func (c *course) years() []ui.Step {
	var steps []ui.Step
	l := c.GetLifecycle()
	for _, e := range l.GetEarlierYears() {
		steps = append(steps, ui.Step{Title: c.T("lifecycle.earlier", "year", strconv.Itoa(int(e.GetGrantYear()))), Done: true, Text: e.GetSource()})
	}
	for _, a := range c.GetAwards() {
		open := a.GetState() == saakornv1.AwardState_AWARD_STATE_OFFERED || a.GetState() == saakornv1.AwardState_AWARD_STATE_ACCEPTED
		steps = append(steps, ui.Step{
			Title: yearOf(&c.sheet, l, a), When: c.Kroner(a.GetAmountOre()), Text: c.T("awardstate." + a.GetState().String()),
			Done: !open, Current: open,
		})
	}
	if l.GetRemainingYears() > 0 && l.GetState() == saakornv1.LifecycleState_LIFECYCLE_STATE_ACTIVE {
		steps = append(steps, ui.Step{Title: c.N("lifecycle.remaining", int(l.GetRemainingYears()))})
	}
	return steps
}

// left words what is left before an award can be closed.
func (c *course) left(a *grantYear) []string {
	var words []string
	for _, key := range a.GetLeftBeforeClosing() {
		words = append(words, c.Or("left."+key, "left.other"))
	}
	return words
}

func awardTone(s saakornv1.AwardState) ui.Tone {
	switch s {
	case saakornv1.AwardState_AWARD_STATE_OFFERED:
		return ui.Warning
	case saakornv1.AwardState_AWARD_STATE_ACCEPTED:
		return ui.Success
	case saakornv1.AwardState_AWARD_STATE_STOPPED:
		return ui.Danger
	default:
		return ui.Neutral
	}
}

func conditionTone(s saakornv1.ConditionState) ui.Tone {
	if s == saakornv1.ConditionState_CONDITION_STATE_OPEN {
		return ui.Warning
	}
	return ui.Success
}

func measureTone(s saakornv1.MeasureState) ui.Tone {
	switch s {
	case saakornv1.MeasureState_MEASURE_STATE_DECIDED:
		return ui.Danger
	case saakornv1.MeasureState_MEASURE_STATE_DROPPED, saakornv1.MeasureState_MEASURE_STATE_REVERSED:
		return ui.Neutral
	default:
		return ui.Warning
	}
}

// lifts tells whether the reader may lift the suspension: somebody else has to have proposed that.
func (c *course) lifts(m *saakornv1.Measure) bool {
	for _, a := range c.awards {
		for _, s := range a.GetSuspensions() {
			if s.GetMeasureId() == m.GetId() && s.GetLiftPreparedBy() != "" && s.GetLiftPreparedBy() != c.Person.ID {
				return c.decider()
			}
		}
	}
	return false
}
