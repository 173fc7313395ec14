package caseworker

import (
	"net/url"
	"strings"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// followupRoutes are the pages about enterprises that have a grant or have had one.
func followupRoutes() []site.Route {
	return []site.Route{
		{Pattern: "GET /followup", Show: showReports},
		{Pattern: "GET /followup/checkins", Show: showCheckins},
		{Pattern: "GET /followup/signals", Show: showSignalled},
		{Pattern: "GET /followup/after", Show: showAfterAll},
		{Pattern: "GET /followup/examples", Show: showExamples},
		{Pattern: "GET /followup/claims", Show: showClaims},
		{Pattern: "GET /followup/claims/{claim}", Show: showClaim},
	}
}

// hub is a list across enterprises.
type hub struct {
	sheet

	tab, filter string
	next        string
}

func openHub(v *site.Visit, tab, filter string) hub {
	v.Page.Staff = true
	return hub{sheet: sheet{Page: v.Page}, tab: tab, filter: filter}
}

// hubTabs are the lists that the reader may see; "" is the reports.
func (h *hub) tabs() []string {
	tabs := []string{""}
	if h.Person.Has(saakornv1.Role_ROLE_CASE_OFFICER, saakornv1.Role_ROLE_MANAGER, saakornv1.Role_ROLE_AUDITOR) {
		tabs = append(tabs, "checkins")
	}
	if followsUp(h.Page) {
		tabs = append(tabs, "signals", "after", "examples")
	}
	return append(tabs, "claims")
}

func hubAddress(tab string) string { return strings.TrimSuffix("/followup/"+tab, "/") }

// name names the list with the tab.
func (h *hub) name(tab string) string {
	if tab == "" {
		return h.T("lane.reports")
	}
	return h.T("hub." + tab)
}

// address is the list's own address with another filter, or its next page.
func (h *hub) address(filter, page string) string {
	q := url.Values{}
	if filter != "" {
		q.Set("show", filter)
	}
	if page != "" {
		q.Set("page", page)
	}
	if len(q) == 0 {
		return hubAddress(h.tab)
	}
	return hubAddress(h.tab) + "?" + q.Encode()
}

// reportList is a list of reports.
type reportList struct {
	hub

	reports []*saakornv1.Report
	schemes schemes
}

// reportFilters are the lists of reports, in the order in which officers need them.
func reportFilters() []string {
	return []string{"submitted", "reviewed", "overdue", "open", "returned", "approved", "all"}
}

// showReports lists the reports of every enterprise. Those that wait to be read come first.
func showReports(v *site.Visit) error {
	l := &reportList{hub: openHub(v, "", v.Value("show"))}
	if l.filter == "" {
		l.filter = reportFilters()[0]
	}
	request := &saakornv1.ListReportsRequest{PageSize: onScreen, PageToken: v.Value("page")}
	switch l.filter {
	case "overdue":
		request.Overdue = true
	case "all":
	default:
		request.State = saakornv1.ReportState(saakornv1.ReportState_value["REPORT_STATE_"+strings.ToUpper(l.filter)])
	}
	answer, err := v.API.Reports.ListReports(v.Context(), request)
	if err != nil {
		return err
	}
	l.reports, l.next = answer.GetReports(), answer.GetNextPageToken()
	if l.schemes, err = schemesOf(v, l.reports); err != nil {
		return err
	}
	return v.Show(reportsPage(l))
}

// schemes are versions of schemes, by identifier and version.
type schemes map[string]*saakornv1.Scheme

func schemeKey(id, version string) string { return id + "/" + version }

// read adds a version of a scheme.
func (s schemes) read(v *site.Visit, id, version string) (*saakornv1.Scheme, error) {
	key := schemeKey(id, version)
	if known := s[key]; known != nil {
		return known, nil
	}
	answer, err := v.API.Schemes.GetScheme(v.Context(), &saakornv1.GetSchemeRequest{SchemeId: id, Version: version})
	if err != nil {
		return nil, err
	}
	s[key] = answer.GetScheme()
	return s[key], nil
}

// schemesOf returns the schemes that the reports go by.
func schemesOf(v *site.Visit, reports []*saakornv1.Report) (schemes, error) {
	s := schemes{}
	for _, r := range reports {
		if _, err := s.read(v, r.GetSchemeId(), r.GetSchemeVersion()); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// title names the report in the reader's language.
func (s schemes) title(p ui.Page, r *saakornv1.Report) string {
	for _, rule := range s[schemeKey(r.GetSchemeId(), r.GetSchemeVersion())].GetReporting().GetCalendar() {
		if rule.GetKey() == r.GetReportKey() {
			return site.In(p.Language, rule.GetTitle())
		}
	}
	return r.GetTitle()
}

func reportAddress(id string) string { return "/followup/reports/" + id }

func reportTone(r *saakornv1.Report) ui.Tone {
	if r.GetOverdue() {
		return ui.Danger
	}
	switch r.GetState() {
	case saakornv1.ReportState_REPORT_STATE_SUBMITTED, saakornv1.ReportState_REPORT_STATE_REVIEWED:
		return ui.Warning
	case saakornv1.ReportState_REPORT_STATE_APPROVED:
		return ui.Success
	case saakornv1.ReportState_REPORT_STATE_RETURNED:
		return ui.Info
	default:
		return ui.Neutral
	}
}

// reportState says where the report stands.
func reportState(p ui.Page, r *saakornv1.Report) string {
	if r.GetOverdue() {
		return p.T("reports.overdue")
	}
	return p.T("reportstate." + r.GetState().String())
}

// courseReports are the reports of one lifecycle, and how both bottom lines have developed.
type courseReports struct {
	*lane

	reports []*saakornv1.Report
	schemes schemes
	trend   trend
}

func showCourseReports(v *site.Visit) error { return courseReportsWith(v, sheet{}) }

func courseReportsWith(v *site.Visit, s sheet) error {
	l, err := openLane(v, "reports", s)
	if err != nil {
		return err
	}
	c := &courseReports{lane: l}
	id := l.GetLifecycle().GetId()
	const most = 200
	c.reports, err = site.All(most, func(token string) ([]*saakornv1.Report, string, error) {
		page, err := v.API.Reports.ListReports(v.Context(), &saakornv1.ListReportsRequest{LifecycleId: id, PageSize: most, PageToken: token})
		return page.GetReports(), page.GetNextPageToken(), err
	})
	if err != nil {
		return err
	}
	if c.schemes, err = schemesOf(v, c.reports); err != nil {
		return err
	}
	if followsUp(v.Page) {
		if c.trend, err = readTrend(v, id, nil, nil); err != nil {
			return err
		}
	}
	return shown(v, s, courseReportsPage(c))
}

// addReport asks for a report that stands in no calendar.
func addReport(v *site.Visit) error {
	id, err := v.ID("subject")
	if err != nil {
		return err
	}
	_, err = v.API.Reports.AddReport(v.Context(), &saakornv1.AddReportRequest{
		RequestId: v.RequestID(), AwardId: id, Title: v.Value("title"), DueOn: v.Value("due_on"), Reason: v.Value("reason"), HoldsPayment: v.Value("holds") == "yes",
	})
	return err
}

// asked are the awards that a further report can be asked for of.
func (c *courseReports) asked() []*saakornv1.Award {
	var open []*saakornv1.Award
	for _, a := range c.GetAwards() {
		if a.GetState() == saakornv1.AwardState_AWARD_STATE_ACCEPTED {
			open = append(open, a)
		}
	}
	return open
}
