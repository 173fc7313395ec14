package entrepreneur

import (
	"cmp"
	"slices"

	"github.com/a-h/templ"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// report is a report on an award with what it is held against.
type report struct {
	report *saakornv1.Report
	// got is the report with what has happened to it.
	got    *saakornv1.GetReportResponse
	scheme *saakornv1.Scheme
	// rule is what the scheme says of the report. An extra report has words only.
	rule *saakornv1.ReportRule
}

// loadReport loads the report that the address names.
func loadReport(v *site.Visit) (*report, error) {
	id, err := v.ID("report")
	if err != nil {
		return nil, err
	}
	got, err := v.API.Reports.GetReport(v.Context(), &saakornv1.GetReportRequest{ReportId: id})
	if err != nil {
		return nil, err
	}
	r := &report{report: got.GetReport(), got: got}
	scheme, err := v.API.Schemes.GetScheme(v.Context(), &saakornv1.GetSchemeRequest{SchemeId: r.report.GetSchemeId(), Version: r.report.GetSchemeVersion()})
	if err != nil {
		return nil, err
	}
	r.scheme = scheme.GetScheme()
	r.rule = reportRule(r.scheme, r.report)
	r.hold(r.report)
	return r, nil
}

// reportRule returns what the scheme says of the report.
func reportRule(scheme *saakornv1.Scheme, r *saakornv1.Report) *saakornv1.ReportRule {
	for _, rule := range scheme.GetReporting().GetCalendar() {
		if rule.GetKey() == r.GetReportKey() {
			return rule
		}
	}
	return &saakornv1.ReportRule{
		Kind: "EXTRA", Title: &saakornv1.LocalizedText{Nb: r.GetTitle(), Nn: r.GetTitle(), En: r.GetTitle()},
		Parts: []*saakornv1.ReportPartRule{{Part: "NARRATIVE"}},
	}
}

// hold takes the report as it is after a change.
func (r *report) hold(newest *saakornv1.Report) {
	r.report = newest
	if r.report.GetContent() == nil {
		r.report.Content = &saakornv1.ReportContent{}
	}
}

func (r *report) content() *saakornv1.ReportContent { return r.report.GetContent() }

func (r *report) path() string { return "/reports/" + r.report.GetId() }

func (r *report) title(p ui.Page) string { return reportTitle(p, r.rule, r.report) }

func reportTitle(p ui.Page, rule *saakornv1.ReportRule, r *saakornv1.Report) string {
	return p.T("report.title", "title", site.In(p.Language, rule.GetTitle()), "year", itoa(int(r.GetGrantYear())))
}

func (r *report) kicker(p ui.Page) string {
	return r.title(p) + " – " + r.report.GetEnterpriseName()
}

func (r *report) final() bool {
	return r.report.GetKind() == saakornv1.ReportKind_REPORT_KIND_FINAL
}

// editable tells whether the enterprise may write: until the report has been taken up for review.
func editable(r *saakornv1.Report) bool {
	switch r.GetState() {
	case saakornv1.ReportState_REPORT_STATE_OPEN, saakornv1.ReportState_REPORT_STATE_SUBMITTED, saakornv1.ReportState_REPORT_STATE_RETURNED:
		return true
	default:
		return false
	}
}

func (r *report) state() state {
	return state{etag: r.report.GetEtag(), savedAt: r.report.GetUpdatedAt(), open: editable(r.report)}
}

func (r *report) returned() bool {
	return r.report.GetState() == saakornv1.ReportState_REPORT_STATE_RETURNED
}

// reason says why an officer has asked for the report.
func (r *report) reason() string {
	if dates := r.got.GetDueDates(); len(dates) > 0 {
		return dates[0].GetReason()
	}
	return ""
}

// questions returns what the officer has asked about the newest version that they read.
func (r *report) questions() []*saakornv1.ReportQuestion {
	reviews := r.got.GetReviews()
	if len(reviews) == 0 || reviews[len(reviews)-1].GetOutcome() != "RETURNED" {
		return nil
	}
	return reviews[len(reviews)-1].GetAsked()
}

// asked returns the questions about what is asked for on the page, and about the input alone when one is
// named.
func (r *report) asked(step, id string) []*saakornv1.ReportQuestion {
	var about []*saakornv1.ReportQuestion
	for _, q := range r.questions() {
		at, input := r.place(q.GetField())
		if q.GetField() != "" && at == step && input == id {
			about = append(about, q)
		}
	}
	return about
}

// The pages of a report.
const (
	stepQuestions    = "questions"
	stepParticipants = "participants"
	stepResults      = "results"
	stepIncome       = "income"
	stepBalance      = "balance"
	stepAccounts     = "accounts"
	stepNarrative    = "narrative"
	stepReceived     = "received"
	stepLearning     = "learning"
)

// stepKeys returns the pages of the parts that are asked of an award of this size.
func (r *report) stepKeys() []string {
	var keys []string
	if len(r.questions()) > 0 {
		keys = append(keys, stepQuestions)
	}
	for _, part := range r.rule.GetParts() {
		if r.report.GetAmountOre() < part.GetFromOre() {
			continue
		}
		switch part.GetPart() {
		case "INDICATORS":
			keys = append(keys, stepParticipants, stepResults)
		case "FINANCES":
			keys = append(keys, stepIncome, stepBalance)
		case "ACCOUNTS":
			keys = append(keys, stepAccounts)
		case "NARRATIVE":
			keys = append(keys, stepNarrative)
		case "RECEIVED":
			keys = append(keys, stepReceived)
		case "LEARNING":
			keys = append(keys, stepLearning)
		}
	}
	if len(r.kinds()) > 0 {
		keys = append(keys, stepAttachments)
	}
	return append(keys, stepSummary)
}

func (r *report) stepTitle(p ui.Page, step string) string {
	if step == stepAttachments || step == stepSummary {
		return p.T("step_title." + step)
	}
	return p.T("report.step." + step)
}

// kinds returns the documents that go with the report: a final report has all that the scheme knows, and
// others those that are asked for.
func (r *report) kinds() []*saakornv1.ReportDocumentRule {
	return slices.DeleteFunc(slices.Clone(r.scheme.GetReporting().GetAttachments()), func(d *saakornv1.ReportDocumentRule) bool {
		return !r.final() && !slices.Contains(d.GetRequiredFor(), r.rule.GetKind())
	})
}

func (r *report) reload(v *site.Visit) (filled, error) { return loadReport(v) }

func (r *report) problems(v *site.Visit) (problems, warnings []site.Violation, err error) {
	answer, err := v.API.Reports.ValidateReport(v.Context(), &saakornv1.ValidateReportRequest{ReportId: r.report.GetId()})
	if err != nil {
		return nil, nil, err
	}
	return site.Violations(answer.GetProblems()), site.Violations(answer.GetWarnings()), nil
}

func (r *report) page(v *site.Visit, f *stepForm) (templ.Component, error) {
	form := &reportForm{stepForm: f, report: r}
	var err error
	if form.earlier, err = r.earlier(v); err != nil {
		return nil, err
	}
	if form.figures, err = loadFigures(v, r, f.step, form.earlier); err != nil {
		return nil, err
	}
	if f.step == stepReceived {
		if form.paidOre, err = paidSoFar(v, r.report.GetAwardId()); err != nil {
			return nil, err
		}
	}
	return reportStepPage(v.Page, form), nil
}

// others returns the reports of the whole relation, the latest due date first.
func (r *report) others(v *site.Visit) ([]*saakornv1.Report, error) {
	return site.All(200, func(token string) ([]*saakornv1.Report, string, error) {
		answer, err := v.API.Reports.ListReports(v.Context(), &saakornv1.ListReportsRequest{LifecycleId: r.report.GetLifecycleId(), PageSize: 50, PageToken: token})
		return answer.GetReports(), answer.GetNextPageToken(), err
	})
}

// earlier returns what the enterprise reported last: the same report of the year before, or else what it
// submitted last before this one; nil when this is the first.
func (r *report) earlier(v *site.Visit) (*saakornv1.Report, error) {
	all, err := r.others(v)
	if err != nil {
		return nil, err
	}
	chosen := chooseEarlier(all, r.report)
	if chosen == nil {
		return nil, nil
	}
	got, err := v.API.Reports.GetReport(v.Context(), &saakornv1.GetReportRequest{ReportId: chosen.GetId()})
	if err != nil {
		return nil, err
	}
	return got.GetReport(), nil
}

// chooseEarlier chooses among reports that are listed with the latest due date first.
func chooseEarlier(all []*saakornv1.Report, r *saakornv1.Report) *saakornv1.Report {
	var last *saakornv1.Report
	for _, other := range all {
		if other.GetId() == r.GetId() || other.GetVersion() == 0 || other.GetDueOn() > r.GetDueOn() {
			continue
		}
		if other.GetReportKey() == r.GetReportKey() && other.GetGrantYear() == r.GetGrantYear()-1 {
			return other
		}
		last = cmp.Or(last, other)
	}
	return last
}

// reportTone is what the state of a report means.
func reportTone(r *saakornv1.Report) ui.Tone {
	switch {
	case r.GetOverdue(), r.GetState() == saakornv1.ReportState_REPORT_STATE_RETURNED:
		return ui.Warning
	case r.GetState() == saakornv1.ReportState_REPORT_STATE_APPROVED:
		return ui.Success
	case r.GetState() == saakornv1.ReportState_REPORT_STATE_WAIVED:
		return ui.Neutral
	}
	return ui.Info
}

// reportState names where a report stands.
func reportState(p ui.Page, r *saakornv1.Report) string {
	if r.GetOverdue() {
		return p.T("report.overdue")
	}
	return p.T("report_state." + r.GetState().String())
}
