package caseworker

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// onScreen is how many cases one page of the queue holds.
const onScreen = 40

// queue is a search for cases with what it found.
type queue struct {
	ui.Page

	asked  url.Values
	found  *saakornv1.SearchCasesResponse
	counts *saakornv1.CountCasesResponse
	views  []*saakornv1.SavedView
	people []choicePerson
	errs   ui.Errors
}

// sortings are the orders of the queue.
func sortings() []string {
	return []string{"RECEIVED", "DUE", "AMOUNT", "ENTERPRISE_NAME", "LAST_EVENT"}
}

// filterOf reads the filter that the address or a form says.
func filterOf(asked url.Values) *saakornv1.CaseFilter {
	filter := &saakornv1.CaseFilter{
		Text: strings.TrimSpace(asked.Get("text")), OwnerId: asked.Get("owner"), Open: asked.Get("closed") == "",
	}
	if asked.Get("assessor") == "me" {
		filter.AssessorId = "me"
	}
	if step, ok := saakornv1.CaseStep_value[asked.Get("step")]; ok && step > 0 {
		filter.Steps = []saakornv1.CaseStep{saakornv1.CaseStep(step)}
		filter.Open = false
	}
	if kind, ok := saakornv1.ApplicationType_value[asked.Get("type")]; ok && kind > 0 {
		filter.ApplicationTypes = []saakornv1.ApplicationType{saakornv1.ApplicationType(kind)}
	}
	if days, err := strconv.ParseInt(asked.Get("stalled"), 10, 32); err == nil && days > 0 {
		filter.StalledDays = int32(days)
	}
	if asked.Get("late") != "" {
		late := true
		filter.Late = &late
	}
	if year, err := strconv.ParseInt(asked.Get("year"), 10, 32); err == nil {
		filter.GrantYear = int32(year)
	}
	return filter
}

// addressOf writes a filter as the address of the queue that shows it.
func addressOf(f *saakornv1.CaseFilter, sorting saakornv1.CaseSorting, descending bool) string {
	q := url.Values{}
	set := func(name, value string) {
		if value != "" {
			q.Set(name, value)
		}
	}
	set("text", f.GetText())
	set("owner", f.GetOwnerId())
	set("assessor", f.GetAssessorId())
	if len(f.GetSteps()) > 0 {
		q.Set("step", f.GetSteps()[0].String())
	}
	if len(f.GetApplicationTypes()) > 0 {
		q.Set("type", f.GetApplicationTypes()[0].String())
	}
	if f.GetStalledDays() > 0 {
		q.Set("stalled", strconv.Itoa(int(f.GetStalledDays())))
	}
	if f.Late != nil {
		q.Set("late", "yes")
	}
	if f.GetGrantYear() > 0 {
		q.Set("year", strconv.Itoa(int(f.GetGrantYear())))
	}
	if !f.GetOpen() && len(f.GetSteps()) == 0 {
		q.Set("closed", "yes")
	}
	set("sort", strings.TrimPrefix(sorting.String(), "CASE_SORTING_"))
	if descending {
		q.Set("desc", "yes")
	}
	return "/cases?" + q.Encode()
}

// showQueue shows the cases that fit what is asked for.
func showQueue(v *site.Visit) error {
	asked := v.Request.URL.Query()
	if len(asked) == 0 {
		asked = standard(v)
	}
	q := &queue{Page: v.Page, asked: asked}
	if err := q.search(v); err != nil {
		errs, ok := site.FormErrors(v.Page.Printer, err, map[string]string{"filter.text": "text"})
		if !ok {
			return err
		}
		q.errs = errs
		return v.ShowInvalid(queuePage(q))
	}
	return v.Show(queuePage(q))
}

// standard is what somebody sees first: an assessor their assessments, an officer their own cases, and
// everybody else what is open.
func standard(v *site.Visit) url.Values {
	switch {
	case v.Has(saakornv1.Role_ROLE_DECISION_MAKER):
		return url.Values{"step": {saakornv1.CaseStep_CASE_STEP_DECISION.String()}, "sort": {"DUE"}}
	case v.Has(saakornv1.Role_ROLE_CASE_OFFICER):
		return url.Values{"owner": {"me"}, "sort": {"DUE"}}
	}
	return url.Values{"sort": {"DUE"}}
}

func (q *queue) search(v *site.Visit) (err error) {
	q.Staff = true
	filter := filterOf(q.asked)
	sorting := saakornv1.CaseSorting(saakornv1.CaseSorting_value["CASE_SORTING_"+q.asked.Get("sort")])
	if answer, err := v.API.Queue.ListSavedViews(v.Context(), &saakornv1.ListSavedViewsRequest{}); err == nil {
		q.views = answer.GetViews()
	}
	if v.Has(saakornv1.Role_ROLE_CASE_OFFICER, saakornv1.Role_ROLE_DECISION_MAKER, saakornv1.Role_ROLE_MANAGER, saakornv1.Role_ROLE_AUDITOR) {
		load, err := v.API.Queue.GetWorkload(v.Context(), &saakornv1.GetWorkloadRequest{})
		if err != nil {
			return err
		}
		for _, o := range load.GetOfficers() {
			q.people = append(q.people, choicePerson{o.GetOwnerId(), o.GetOwnerName()})
		}
	}
	q.counts, err = v.API.Queue.CountCases(v.Context(), &saakornv1.CountCasesRequest{Filter: filter})
	if err != nil {
		return err
	}
	q.found, err = v.API.Queue.SearchCases(v.Context(), &saakornv1.SearchCasesRequest{
		PageSize: onScreen, PageToken: q.asked.Get("page"), Filter: filter, Sorting: sorting, Descending: q.asked.Get("desc") != "",
	})
	return err
}

// with returns the queue's address with one thing changed.
func (q *queue) with(name, value string) string {
	changed := url.Values{}
	for key, values := range q.asked {
		if key != "page" {
			changed[key] = values
		}
	}
	changed.Set(name, value)
	if value == "" {
		changed.Del(name)
	}
	return "/cases?" + changed.Encode()
}

// The addresses of views that an empty queue speaks of.
const (
	mine    = "/cases?owner=me&sort=DUE"
	unowned = "/cases?owner=none&sort=RECEIVED"
	allOpen = "/cases?sort=DUE"
)

// view is a search that everybody has, with the key of its name.
type view struct{ key, href string }

func standingViews() []view {
	return []view{
		{"mine", mine}, {"unowned", unowned}, {"decision", "/cases?step=CASE_STEP_DECISION&sort=DUE"},
		{"stalled", "/cases?stalled=14&sort=LAST_EVENT"}, {"open", allOpen},
	}
}

// shows tells whether the address is that of what is shown, whatever page of it.
func (q *queue) shows(href string) bool {
	address, err := url.Parse(href)
	return err == nil && q.with("page", "") == "/cases?"+address.Query().Encode()
}

func (q *queue) ownerChoices() []ui.Choice {
	owner := q.asked.Get("owner")
	choices := []ui.Choice{
		{Value: "", Label: q.T("queue.owner.all"), Chosen: owner == ""},
		{Value: "me", Label: q.T("queue.owner.me"), Chosen: owner == "me"},
		{Value: "none", Label: q.T("queue.owner.none"), Chosen: owner == "none"},
	}
	for _, p := range q.people {
		choices = append(choices, ui.Choice{Value: p.id, Label: p.name, Chosen: owner == p.id})
	}
	return choices
}

func (q *queue) stepChoices() []ui.Choice {
	chosen := q.asked.Get("step")
	choices := []ui.Choice{{Value: "", Label: q.T("queue.step.all"), Chosen: chosen == ""}}
	for _, s := range stepOrder() {
		choices = append(choices, ui.Choice{Value: s.String(), Label: q.T("staffstep." + s.String()), Chosen: chosen == s.String()})
	}
	return choices
}

func (q *queue) typeChoices() []ui.Choice {
	chosen := q.asked.Get("type")
	choices := []ui.Choice{{Value: "", Label: q.T("queue.type.all"), Chosen: chosen == ""}}
	for n := range int32(len(saakornv1.ApplicationType_name)) {
		if n > 0 {
			key := saakornv1.ApplicationType(n).String()
			choices = append(choices, ui.Choice{Value: key, Label: q.T("casetype." + key), Chosen: chosen == key})
		}
	}
	return choices
}

func (q *queue) sortChoices() []ui.Choice {
	var choices []ui.Choice
	for _, s := range sortings() {
		choices = append(choices, ui.Choice{Value: s, Label: q.T("queue.sort." + s), Chosen: q.asked.Get("sort") == s})
	}
	return choices
}

// stepOrder is the steps in the order of the procedure.
func stepOrder() []saakornv1.CaseStep {
	return []saakornv1.CaseStep{
		saakornv1.CaseStep_CASE_STEP_SCREENING, saakornv1.CaseStep_CASE_STEP_CLARIFICATION, saakornv1.CaseStep_CASE_STEP_COMPLETION,
		saakornv1.CaseStep_CASE_STEP_ASSESSMENT, saakornv1.CaseStep_CASE_STEP_RECOMMENDATION, saakornv1.CaseStep_CASE_STEP_DECISION,
		saakornv1.CaseStep_CASE_STEP_NOTIFICATION, saakornv1.CaseStep_CASE_STEP_APPEAL_PERIOD, saakornv1.CaseStep_CASE_STEP_APPEAL,
		saakornv1.CaseStep_CASE_STEP_CLOSED,
	}
}

// count writes a count that may have stopped before the end.
func (q *queue) count(c *saakornv1.Count) string {
	n := q.Number(int64(c.GetNumber()))
	if c.GetMore() {
		return q.T("queue.more_than", "n", n)
	}
	return n
}

// inOrder returns the counts of the steps in the order of the procedure.
func inOrder(counts []*saakornv1.StepCount) []*saakornv1.StepCount {
	sorted := slices.Clone(counts)
	slices.SortFunc(sorted, func(a, b *saakornv1.StepCount) int {
		return slices.Index(stepOrder(), a.GetStep()) - slices.Index(stepOrder(), b.GetStep())
	})
	return sorted
}

// short writes the date of a moment in figures; nothing when there is none.
func short(p ui.Page, t *timestamppb.Timestamp) string {
	if t == nil {
		return ""
	}
	return p.ShortDay(t.AsTime())
}

// saveView keeps the search under a name.
func saveView(v *site.Visit) error {
	asked, err := url.ParseQuery(v.Value("search"))
	if err != nil {
		return v.Go("/cases")
	}
	_, err = v.API.Queue.CreateSavedView(v.Context(), &saakornv1.CreateSavedViewRequest{
		RequestId: v.RequestID(), Name: v.Value("name"), Shared: v.Value("shared") != "", Filter: filterOf(asked),
		Sorting:    saakornv1.CaseSorting(saakornv1.CaseSorting_value["CASE_SORTING_"+asked.Get("sort")]),
		Descending: asked.Get("desc") != "",
	})
	if err == nil {
		return v.GoWith("/cases?"+asked.Encode(), "view_saved")
	}
	errs, ok := site.FormErrors(v.Page.Printer, err, map[string]string{"name": "name"})
	if !ok {
		errs, ok = site.Refused(v.Page.Printer, err)
	}
	if !ok {
		return err
	}
	q := &queue{Page: v.Page, asked: asked, errs: errs}
	if failed := q.search(v); failed != nil {
		return err
	}
	return v.ShowInvalid(queuePage(q))
}

// deleteView forgets a search.
func deleteView(v *site.Visit) error {
	id, err := v.ID("view")
	if err != nil {
		return err
	}
	_, err = v.API.Queue.DeleteSavedView(v.Context(), &saakornv1.DeleteSavedViewRequest{RequestId: v.RequestID(), ViewId: id, Etag: v.Value("etag")})
	if err != nil {
		return err
	}
	return v.GoWith("/cases", "view_deleted")
}

// showWorkload shows what everybody has on the desk.
func showWorkload(v *site.Visit) error {
	answer, err := v.API.Queue.GetWorkload(v.Context(), &saakornv1.GetWorkloadRequest{})
	if err != nil {
		return err
	}
	v.Page.Staff = true
	return v.Show(workloadPage(v.Page, answer))
}
