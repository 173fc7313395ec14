package entrepreneur

import (
	"errors"
	"io"
	"slices"
	"strconv"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// reportForm is a page of a report's questions.
type reportForm struct {
	*stepForm
	report  *report
	figures *figures
	// earlier is what was reported last; nil when this is the first report.
	earlier *saakornv1.Report
	// paidOre is how much of the grant the bank has paid, on the page that asks for it.
	paidOre int64
}

// paidSoFar returns how much of the award has reached the account, without what settled claims.
func paidSoFar(v *site.Visit, awardID string) (sum int64, err error) {
	plan, err := v.API.Payments.GetPaymentPlan(v.Context(), &saakornv1.GetPaymentPlanRequest{AwardId: awardID})
	for _, i := range plan.GetInstalments() {
		for _, payment := range i.GetPayments() {
			if payment.GetState() == saakornv1.PaymentState_PAYMENT_STATE_PAID {
				sum += payment.GetAmountOre() - payment.GetSetOffOre()
			}
		}
	}
	return sum, err
}

// reportHome is the page of a report: where it stands, and what there is to do about it.
type reportHome struct {
	report *report
	trend  *trend
	// others are the other reports of the relation.
	others []*saakornv1.Report
	award  *awardView
	// offices are the Nav offices that the application names as partner.
	offices []office
	typed   string
	errors  ui.Errors
}

func showReport(v *site.Visit) error {
	r, err := loadReport(v)
	if err != nil {
		return err
	}
	h, err := loadReportHome(v, r)
	if err != nil {
		return err
	}
	return v.Show(reportPage(v.Page, h))
}

func loadReportHome(v *site.Visit, r *report) (*reportHome, error) {
	h := &reportHome{report: r}
	var err error
	if h.trend, err = loadTrend(v, r); err != nil {
		return nil, err
	}
	all, err := r.others(v)
	if err != nil {
		return nil, err
	}
	h.others = slices.DeleteFunc(all, func(other *saakornv1.Report) bool { return other.GetId() == r.report.GetId() })
	if h.award, err = awardOf(v, r.report.GetAwardId()); err != nil {
		return nil, err
	}
	h.offices, err = loadOffices(v, r, h.award.award.GetApplicationId())
	return h, err
}

// awardOf loads what a report needs to know of its award.
func awardOf(v *site.Visit, id string) (*awardView, error) {
	got, err := v.API.Grants.GetAward(v.Context(), &saakornv1.GetAwardRequest{AwardId: id})
	if err != nil {
		return nil, err
	}
	a := &awardView{award: got.GetAward()}
	if a.plan, err = v.API.Payments.GetPaymentPlan(v.Context(), &saakornv1.GetPaymentPlanRequest{AwardId: id}); err != nil {
		return nil, err
	}
	scheme, err := v.API.Schemes.GetScheme(v.Context(), &saakornv1.GetSchemeRequest{SchemeId: a.award.GetSchemeId(), Version: a.award.GetSchemeVersion()})
	a.scheme = scheme.GetScheme()
	return a, err
}

// opened returns the instalment that waits for the report; when none does, the first one that has not been
// paid, and nil when all have.
func (h *reportHome) opened() *saakornv1.Instalment {
	gate := map[saakornv1.ReportKind]string{
		saakornv1.ReportKind_REPORT_KIND_INTERIM: "INTERIM_REPORT_APPROVED", saakornv1.ReportKind_REPORT_KIND_FINAL: "FINAL_REPORT_APPROVED",
	}[h.report.report.GetKind()]
	var next *saakornv1.Instalment
	for _, i := range h.award.plan.GetInstalments() {
		if slices.ContainsFunc(i.GetGates(), func(g *saakornv1.PaymentGate) bool { return g.GetGate() == gate }) {
			return i
		}
		if next == nil && paid(i) == "" {
			next = i
		}
	}
	return next
}

// begin is the address on which the enterprise goes on with the report.
func (h *reportHome) begin() string { return stepPath(h.report, h.report.stepKeys()[0]) }

// begun tells whether somebody has written on the report.
func (h *reportHome) begun() bool { return h.report.report.GetUnsubmitted() }

// steps are what happens to the report.
func (h *reportHome) steps(p ui.Page) []ui.Step {
	r := h.report.report
	state := r.GetState()
	sent := ui.Step{Title: p.T("report.process.submit"), Done: r.GetVersion() > 0, When: p.T("report.due", "date", p.Date(r.GetDueOn()))}
	sent.Current = state == saakornv1.ReportState_REPORT_STATE_OPEN
	if r.GetFirstSubmittedAt() != nil {
		sent.When = p.Stamp(r.GetFirstSubmittedAt())
	}
	read := ui.Step{Title: p.T("report.process.read"), Done: r.GetReviewedAt() != nil || r.GetApprovedAt() != nil, When: p.StampDay(r.GetReviewedAt())}
	read.Current = state == saakornv1.ReportState_REPORT_STATE_SUBMITTED || h.report.returned()
	if h.report.returned() {
		read.Text = p.T("report.process.returned")
	}
	approved := ui.Step{
		Title: p.T("report.process.approve"), Done: r.GetApprovedAt() != nil, When: p.StampDay(r.GetApprovedAt()),
		Current: state == saakornv1.ReportState_REPORT_STATE_REVIEWED,
	}
	steps := []ui.Step{sent, read, approved}
	if i := h.opened(); i != nil && r.GetHoldsPayment() {
		steps = append(steps, ui.Step{
			Title: p.T("report.process.pay"), Text: h.award.instalmentTitle(p, i) + ": " + p.Kroner(i.GetAmountOre()), Done: paid(i) != "", When: p.Date(paid(i)),
		})
	}
	return steps
}

// personOf returns who answers for the office, or who was typed.
func (h *reportHome) personOf(o office) string {
	if h.errors.For("person_id."+o.id) != "" {
		return h.typed
	}
	return o.part.GetPersonId()
}

// showReportStep shows one page of the report.
func showReportStep(v *site.Visit) error {
	r, err := loadReport(v)
	if err != nil {
		return err
	}
	switch v.Request.PathValue("step") {
	case stepAttachments:
		return showReportDocuments(v, r, nil)
	case stepSummary:
		return showReportSummary(v, r, nil)
	}
	return showQuestions(v, r)
}

func saveReportStep(v *site.Visit) error {
	r, err := loadReport(v)
	if err != nil {
		return err
	}
	return saveQuestions(v, r)
}

func showReportDocuments(v *site.Visit, r *report, errs ui.Errors) error {
	return showDocuments(v, &attachmentsForm{
		of: r, kinds: kindsOf(r.kinds()), files: documentsOf(r.report.GetAttachments()), rules: r.scheme.GetAttachments(), errors: errs, intro: r.statementText(v.Page),
	})
}

// statementText says why an auditor's statement is needed; empty when none is.
func (r *report) statementText(p ui.Page) string {
	if !r.needsStatement() {
		return ""
	}
	rules := r.scheme.GetReporting()
	return p.T("report.statement", "amount", p.Kroner(rules.GetStatementThresholdOre()), "standard", site.In(p.Language, rules.GetStatementStandard()))
}

func uploadToReport(v *site.Visit) error {
	r, err := loadReport(v)
	if err != nil {
		return err
	}
	errs, err := receive(v, func(name string, file io.Reader) error {
		stream, err := v.API.Reports.UploadReportAttachment(v.Context())
		if err != nil {
			return err
		}
		// A refusal in the middle is told by CloseAndRecv.
		err = stream.Send(&saakornv1.UploadReportAttachmentRequest{Part: &saakornv1.UploadReportAttachmentRequest_Header{Header: &saakornv1.ReportUploadHeader{
			RequestId: v.RequestID(), ReportId: r.report.GetId(), Kind: v.Value("kind"), FileName: name,
		}}})
		if err == nil {
			err = send(file, func(bytes []byte) error {
				return stream.Send(&saakornv1.UploadReportAttachmentRequest{Part: &saakornv1.UploadReportAttachmentRequest_Chunk{Chunk: bytes}})
			})
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		_, err = stream.CloseAndRecv()
		return err
	})
	if len(errs) > 0 {
		return showReportDocuments(v, r, errs)
	}
	if err != nil {
		return err
	}
	return v.GoWith(stepPath(r, stepAttachments), "uploaded")
}

func removeFromReport(v *site.Visit) error {
	r, err := loadReport(v)
	if err != nil {
		return err
	}
	_, err = v.API.Reports.RemoveReportAttachment(v.Context(), &saakornv1.RemoveReportAttachmentRequest{
		RequestId: v.RequestID(), ReportId: r.report.GetId(), AttachmentId: v.Value("attachment"), Etag: r.report.GetEtag(),
	})
	if err != nil {
		return err
	}
	return v.GoWith(stepPath(r, stepAttachments), "removed")
}

func downloadFromReport(v *site.Visit) error {
	id, err := v.ID("report")
	if err != nil {
		return err
	}
	attachment, err := v.ID("attachment")
	if err != nil {
		return err
	}
	stream, err := v.API.Reports.DownloadReportAttachment(v.Context(), &saakornv1.DownloadReportAttachmentRequest{ReportId: id, AttachmentId: attachment})
	if err != nil {
		return err
	}
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	site.OfferFile(v.Writer, first.GetAttachment().GetFileName(), first.GetAttachment().GetMediaType())
	return pass(v, stream.Recv)
}

func showReportSummary(v *site.Visit, r *report, errs ui.Errors) error {
	o := overview{of: r, sections: r.sections(v.Page), then: v.Page.T("report.then"), title: v.Page.T("report.submit"), button: v.Page.T("report.submit_button")}
	return o.show(v, errs)
}

func submitReport(v *site.Visit) error {
	r, err := loadReport(v)
	if err != nil {
		return err
	}
	_, err = v.API.Reports.SubmitReport(v.Context(), &saakornv1.SubmitReportRequest{RequestId: v.RequestID(), ReportId: r.report.GetId(), Etag: v.Value("etag")})
	if errs, ok := notSubmitted(v.Page, err); ok {
		return showReportSummary(v, r, errs)
	}
	if err != nil {
		return err
	}
	return v.Go(r.path() + "/receipt")
}

func (r *report) versions(v *site.Visit) ([]*saakornv1.ReportVersion, error) {
	answer, err := v.API.Reports.ListReportVersions(v.Context(), &saakornv1.ListReportVersionsRequest{ReportId: r.report.GetId()})
	if err == nil && len(answer.GetVersions()) == 0 {
		err = notFound()
	}
	return answer.GetVersions(), err
}

// showReportReceipt shows that the report has come in, and what happens next.
func showReportReceipt(v *site.Visit) error {
	r, err := loadReport(v)
	if err != nil {
		return err
	}
	versions, err := r.versions(v)
	if err != nil {
		return err
	}
	return v.Show(reportReceiptPage(v.Page, r, versions))
}

// showReportVersion shows a version as it was submitted, to read and print.
func showReportVersion(v *site.Visit) error {
	r, err := loadReport(v)
	if err != nil {
		return err
	}
	versions, err := r.versions(v)
	if err != nil {
		return err
	}
	number, _ := strconv.Atoi(v.Request.PathValue("version"))
	i := slices.IndexFunc(versions, func(version *saakornv1.ReportVersion) bool { return int(version.GetVersion()) == number })
	if i < 0 {
		return notFound()
	}
	r.report.Content, r.report.Attachments = versions[i].GetContent(), versions[i].GetAttachments()
	all := r.sections(v.Page)
	for i := range all {
		all[i].edit = ""
	}
	return v.Show(reportVersionPage(v.Page, r, versions[i], all))
}

// showReports lists the reports of the person's enterprises.
func showReports(v *site.Visit) error {
	s := &start{}
	if err := s.addReports(v); err != nil {
		return err
	}
	return v.Show(reportsPage(v.Page, s.reports))
}
