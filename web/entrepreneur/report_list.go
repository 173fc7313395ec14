package entrepreneur

import (
	"slices"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// reportCard is a report in a list.
type reportCard struct {
	report *saakornv1.Report
	title  string
}

func (c reportCard) path() string { return "/reports/" + c.report.GetId() }

// cards names reports. The schemes that they follow are looked up once each.
func cards(v *site.Visit, reports []*saakornv1.Report) ([]reportCard, error) {
	schemes := map[string]*saakornv1.Scheme{}
	all := make([]reportCard, 0, len(reports))
	for _, r := range reports {
		key := r.GetSchemeId() + "/" + r.GetSchemeVersion()
		if schemes[key] == nil {
			got, err := v.API.Schemes.GetScheme(v.Context(), &saakornv1.GetSchemeRequest{SchemeId: r.GetSchemeId(), Version: r.GetSchemeVersion()})
			if err != nil {
				return nil, err
			}
			schemes[key] = got.GetScheme()
		}
		all = append(all, reportCard{r, reportTitle(v.Page, reportRule(schemes[key], r), r)})
	}
	return all, nil
}

// byAward groups reports by their award, in the order in which the awards come up.
func byAward(all []reportCard) [][]reportCard {
	var groups [][]reportCard
	for _, c := range all {
		i := slices.IndexFunc(groups, func(g []reportCard) bool { return g[0].report.GetAwardId() == c.report.GetAwardId() })
		if i < 0 {
			groups = append(groups, []reportCard{c})
			continue
		}
		groups[i] = append(groups[i], c)
	}
	return groups
}

// addReports adds the reports of the person's enterprises, and what there is to do about them: answer
// questions, and write the next report of each award that is due.
func (s *start) addReports(v *site.Visit) error {
	list, err := site.All(100, func(token string) ([]*saakornv1.Report, string, error) {
		answer, err := v.API.Reports.ListReports(v.Context(), &saakornv1.ListReportsRequest{PageSize: 100, PageToken: token})
		return answer.GetReports(), answer.GetNextPageToken(), err
	})
	if err != nil {
		return err
	}
	if s.reports, err = cards(v, list); err != nil {
		return err
	}
	s.tasks = append(s.tasks, reportTasks(v.Page, s.reports)...)
	return nil
}

// reportTasks is what there is to do about the reports.
func reportTasks(p ui.Page, all []reportCard) []task {
	list := make([]*saakornv1.Report, 0, len(all))
	for _, c := range all {
		list = append(list, c.report)
	}
	var tasks []task
	next := nextReports(list)
	for _, c := range all {
		r := c.report
		switch {
		case r.GetState() == saakornv1.ReportState_REPORT_STATE_RETURNED:
			tasks = append(tasks, task{
				title: p.T("report.task_returned", "title", c.title), text: join(". ", r.GetEnterpriseName(), p.T("report.task_returned_text")),
				href: c.path(), action: p.T("start.answer"), due: "0",
			})
		case slices.Contains(next, r):
			tasks = append(tasks, task{
				title: p.T("report.task", "title", c.title), text: join(". ", r.GetEnterpriseName(), dueText(p, r)), href: c.path(),
				action: p.T("report.task_go"), due: r.GetDueOn(),
			})
		}
	}
	return tasks
}

// nextReports returns those that have not come and are overdue or the next ones of their awards.
func nextReports(list []*saakornv1.Report) []*saakornv1.Report {
	var next []*saakornv1.Report
	first := map[string]*saakornv1.Report{}
	for _, r := range list {
		if r.GetState() != saakornv1.ReportState_REPORT_STATE_OPEN {
			continue
		}
		if r.GetOverdue() {
			next = append(next, r)
			continue
		}
		if earliest := first[r.GetAwardId()]; earliest == nil || r.GetDueOn() < earliest.GetDueOn() {
			first[r.GetAwardId()] = r
		}
	}
	for _, r := range first {
		next = append(next, r)
	}
	return next
}

// dueText says by when the report is expected, or that it has not come in time.
func dueText(p ui.Page, r *saakornv1.Report) string {
	if r.GetOverdue() {
		return p.T("report.was_due", "date", p.Date(r.GetDueOn()))
	}
	return p.T("report.due", "date", p.Date(r.GetDueOn()))
}

// cardText says of a report in a list when it is due, or when it came.
func cardText(p ui.Page, r *saakornv1.Report) string {
	switch {
	case r.GetApprovedAt() != nil:
		return p.T("report.approved_on", "date", p.StampDay(r.GetApprovedAt()))
	case r.GetSubmittedAt() != nil:
		return p.T("report.submitted_on", "date", p.StampDay(r.GetSubmittedAt()))
	}
	return dueText(p, r)
}
