package entrepreneur

import (
	"fmt"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// exitPlanForm is the page with the enterprise's plan for the time after the grant.
type exitPlanForm struct {
	*paper
	*relation

	grantYear int32
	dueOn     string
}

// planSteps is how many steps the form has room for.
const planSteps = 6

func openExitPlan(v *site.Visit) (*exitPlanForm, error) {
	r, err := openRelation(v)
	if err != nil {
		return nil, err
	}
	f := &exitPlanForm{relation: r}
	if a := r.accepted(); a != nil {
		f.grantYear = a.GetGrantYear()
	}
	for _, d := range r.GetExitPlanDemands() {
		if !d.GetSubmitted() {
			f.grantYear, f.dueOn = d.GetGrantYear(), d.GetDueOn()
			break
		}
	}
	labels := map[string]string{"route": v.Page.T("own_exit.route"), "description": v.Page.T("own_exit.description")}
	for i := range planSteps {
		n := itoa(i + 1)
		labels["step-"+n], labels["due-"+n] = v.Page.T("own_exit.step", "n", n), v.Page.T("own_exit.due", "n", n)
	}
	f.paper = newPaper(v, labels)
	return f, nil
}

// newest returns the plan that counts, nil when there is none.
func (f *exitPlanForm) newest() *saakornv1.ExitPlan {
	if len(f.GetExitPlans()) == 0 {
		return nil
	}
	return f.GetExitPlans()[0]
}

// mayWrite tells whether a plan can be sent now.
func (f *exitPlanForm) mayWrite() bool { return f.editor && !f.closed() && f.grantYear != 0 }

// asked tells whether the scheme asks for a plan yet.
func (f *exitPlanForm) asked() bool { return len(f.GetExitPlanDemands()) > 0 }

// fill puts the plan that counts into the form, to go on from.
func (f *exitPlanForm) fill(p ui.Page) {
	plan := f.newest()
	if plan == nil {
		return
	}
	f.typed["route"], f.typed["description"] = plan.GetRoute().String(), plan.GetDescription()
	for i, s := range plan.GetSteps() {
		if i < planSteps {
			f.typed["step-"+itoa(i+1)], f.typed["due-"+itoa(i+1)] = s.GetText(), p.ShortDate(s.GetDueOn())
		}
	}
}

func exitRoutes() []saakornv1.ExitRoute {
	return []saakornv1.ExitRoute{
		saakornv1.ExitRoute_EXIT_ROUTE_PRIVATE_MARKET, saakornv1.ExitRoute_EXIT_ROUTE_TENDER, saakornv1.ExitRoute_EXIT_ROUTE_EMPLOYMENT,
		saakornv1.ExitRoute_EXIT_ROUTE_OTHER_FUNDING, saakornv1.ExitRoute_EXIT_ROUTE_WIND_UP,
	}
}

func (f *exitPlanForm) route(p ui.Page) ui.Field {
	field := f.field("route")
	for _, r := range exitRoutes() {
		field.Choices = append(field.Choices, ui.Choice{Value: r.String(), Label: p.T("exitroute." + r.String()), Chosen: field.Value == r.String()})
	}
	return field
}

func showExitPlan(v *site.Visit) error {
	f, err := openExitPlan(v)
	if err != nil {
		return err
	}
	f.fill(v.Page)
	return v.Show(exitPlanPage(v.Page, f))
}

// submitExitPlan sends a new version of the plan.
func submitExitPlan(v *site.Visit) error {
	f, err := openExitPlan(v)
	if err != nil {
		return err
	}
	request := &saakornv1.SubmitExitPlanRequest{
		RequestId: v.RequestID(), LifecycleId: f.GetLifecycle().GetId(), GrantYear: f.grantYear,
		Route: saakornv1.ExitRoute(saakornv1.ExitRoute_value[f.typed["route"]]), Description: f.typed["description"],
	}
	ids := map[string]string{}
	for i := range planSteps {
		text, due := "step-"+itoa(i+1), "due-"+itoa(i+1)
		if f.typed[text] == "" && f.typed[due] == "" {
			continue
		}
		on, ok := isoDate(f.typed[due])
		if !ok {
			f.wrong(due, v.Page.T("violation.NO_SUCH_DATE"))
		}
		at := fmt.Sprintf("steps[%d]", len(request.GetSteps()))
		ids[at+".text"], ids[at+".due_on"] = text, due
		request.Steps = append(request.Steps, &saakornv1.ExitStep{Text: f.typed[text], DueOn: on})
	}
	if len(f.errors) > 0 {
		return v.ShowInvalid(exitPlanPage(v.Page, f))
	}
	if _, err = v.API.Grants.SubmitExitPlan(v.Context(), request); err == nil {
		return v.GoWith(f.path()+"/exit-plan", "exit_plan_sent")
	}
	if !f.refused(v, err, ids) {
		return err
	}
	return v.ShowInvalid(exitPlanPage(v.Page, f))
}

// handoverForm is the page on which the enterprise says what it has learned and who carries it on.
type handoverForm struct {
	*paper
	*relation
}

func openHandover(v *site.Visit) (*handoverForm, error) {
	r, err := openRelation(v)
	if err != nil {
		return nil, err
	}
	labels := map[string]string{}
	for _, id := range []string{"learned", "receiver", "adopted", "handed_over_on"} {
		labels[id] = v.Page.T("own_handover." + id)
	}
	return &handoverForm{newPaper(v, labels), r}, nil
}

func showHandover(v *site.Visit) error {
	f, err := openHandover(v)
	if err != nil {
		return err
	}
	h := f.GetHandover()
	f.typed["learned"], f.typed["receiver"], f.typed["adopted"] = h.GetLearned(), h.GetReceiver(), h.GetAdopted()
	f.typed["handed_over_on"] = v.Page.ShortDate(h.GetHandedOverOn())
	return v.Show(handoverPage(v.Page, f))
}

func saveHandover(v *site.Visit) error {
	f, err := openHandover(v)
	if err != nil {
		return err
	}
	on := ""
	if typed := f.typed["handed_over_on"]; typed != "" {
		var ok bool
		if on, ok = isoDate(typed); !ok {
			f.wrong("handed_over_on", v.Page.T("violation.NO_SUCH_DATE"))
			return v.ShowInvalid(handoverPage(v.Page, f))
		}
	}
	_, err = v.API.Grants.SaveHandover(v.Context(), &saakornv1.SaveHandoverRequest{
		RequestId: v.RequestID(), LifecycleId: f.GetLifecycle().GetId(), Etag: v.Value("etag"),
		Handover: &saakornv1.Handover{Learned: f.typed["learned"], Receiver: f.typed["receiver"], Adopted: f.typed["adopted"], HandedOverOn: on},
	})
	if err == nil {
		return v.GoWith(f.path()+"/handover", "own_handover_saved")
	}
	ids := map[string]string{}
	for id := range f.labels {
		ids["handover."+id] = id
	}
	if !f.refused(v, err, ids) {
		return err
	}
	return v.ShowInvalid(handoverPage(v.Page, f))
}
