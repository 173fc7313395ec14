// Package reportingtest gives tests an award that is reported on, and plays the people who report on it
// and read the reports, through the contract.
package reportingtest

import (
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework/caseworktest"
	"saakorn/services/grant/granttest"
	"saakorn/services/installation/installationtest"
	"saakorn/services/platform/database"
	"saakorn/services/platform/procedure"
	"saakorn/services/reporting"
)

// Award is an accepted award with the people around it.
type Award struct {
	API     *installationtest.API
	Reports saakornv1.ReportingServiceClient
	// ID is the award's, Person acts for its enterprise.
	ID, LifecycleID, EnterpriseID, ApplicationID uuid.UUID
	Person                                       string
	Year                                         int
}

// AmountOre is the size of every award.
const AmountOre = caseworktest.AmountOre

// Accept has the first fictional enterprise apply, decides its case and has it accept the award.
func Accept(t testing.TB) *Award {
	t.Helper()
	return AcceptAll(t, 1)[0]
}

// AcceptAll does the same for the first enterprises.
func AcceptAll(t testing.TB, enterprises int) []*Award {
	t.Helper()
	h := granttest.Open(t)
	var awards []*Award
	for i, offered := range h.Offer(t, enterprises) {
		awards = append(awards, Take(t, h, i+1, offered))
	}
	return awards
}

// Decide has an application of the n-th enterprise, whose case has been opened, awarded what it applied for,
// and accepted.
func Decide(t testing.TB, h *granttest.House, n int, application *saakornv1.Application) *Award {
	t.Helper()
	id := application.GetId()
	h.Close(t)
	h.AnswerAll(t, id)
	h.Assess(t, id)
	h.Recommend(t, installationtest.CaseOfficer, id, saakornv1.Outcome_OUTCOME_APPROVED, AmountOre)
	err := h.Decide(t.Context(), installationtest.DecisionMaker, h.Case(t, id).GetCase(), saakornv1.Outcome_OUTCOME_APPROVED, AmountOre)
	if err != nil {
		t.Fatal(err)
	}
	h.Drive(t, id)
	offered := h.AwardOf(t, id)
	h.Follow(t, offered.GetLifecycleId())
	return Take(t, h, n, offered)
}

// Take has the n-th enterprise accept the award.
func Take(t testing.TB, h *granttest.House, n int, offered *saakornv1.Award) *Award {
	t.Helper()
	accepted := h.Accept(t, n, offered.GetId())
	return &Award{
		API: h.API, Reports: saakornv1.NewReportingServiceClient(h.API.Connection), ID: uuid.MustParse(accepted.GetId()),
		LifecycleID: uuid.MustParse(accepted.GetLifecycleId()), EnterpriseID: uuid.MustParse(accepted.GetEnterpriseId()),
		ApplicationID: uuid.MustParse(accepted.GetApplicationId()), Person: caseworktest.Applicant(n), Year: int(accepted.GetGrantYear()),
	}
}

// Watch tells the procedures of the award's reports and of the enterprise to look once more.
func (a *Award) Watch(t testing.TB) {
	t.Helper()
	outbox, err := procedure.NewOutbox(a.API.Installation.Pool)
	if err != nil {
		t.Fatal(err)
	}
	err = database.InTransaction(t.Context(), a.API.Installation.Pool, func(tx pgx.Tx) error {
		if err := outbox.Wake(t.Context(), tx, procedure.Subject{Kind: procedure.Reporting, ID: a.ID}, a.API.Now()); err != nil {
			return err
		}
		return outbox.Wake(t.Context(), tx, procedure.Subject{Kind: procedure.Checkin, ID: a.LifecycleID}, a.API.Now())
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Plan has an officer plan the reports, and returns them by due date.
func (a *Award) Plan(t testing.TB) []*saakornv1.Report {
	t.Helper()
	answer, err := a.Reports.PlanReports(a.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.PlanReportsRequest{
		RequestId: uuid.NewString(), AwardId: a.ID.String(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return answer.GetReports()
}

// Get returns the report as somebody sees it.
func (a *Award) Get(t testing.TB, person, reportID string) *saakornv1.GetReportResponse {
	t.Helper()
	answer, err := a.Reports.GetReport(a.API.As(t.Context(), person), &saakornv1.GetReportRequest{ReportId: reportID})
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// Find returns the award's report with the key, as the enterprise sees it.
func (a *Award) Find(t testing.TB, key string) *saakornv1.Report {
	t.Helper()
	list, err := a.Reports.ListReports(a.API.As(t.Context(), a.Person), &saakornv1.ListReportsRequest{AwardId: a.ID.String()})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range list.GetReports() {
		if r.GetReportKey() == key {
			return a.Get(t, a.Person, r.GetId()).GetReport()
		}
	}
	t.Fatalf("the award has no report %s", key)
	return nil
}

// Save replaces what the report says and returns it as it then is.
func (a *Award) Save(t testing.TB, r *saakornv1.Report, content *saakornv1.ReportContent) *saakornv1.Report {
	t.Helper()
	answer, err := a.Reports.UpdateReport(a.API.As(t.Context(), a.Person), &saakornv1.UpdateReportRequest{
		RequestId: uuid.NewString(), ReportId: r.GetId(), Etag: r.GetEtag(), Content: content,
	})
	if err != nil {
		t.Fatal(err)
	}
	return answer.GetReport()
}

// Attach uploads a small document of the kind, and writes the new etag into the report.
func (a *Award) Attach(t testing.TB, r *saakornv1.Report, kind string, content []byte) {
	t.Helper()
	stream, err := a.Reports.UploadReportAttachment(a.API.As(t.Context(), a.Person))
	if err != nil {
		t.Fatal(err)
	}
	header := &saakornv1.ReportUploadHeader{RequestId: uuid.NewString(), ReportId: r.GetId(), Kind: kind, FileName: kind + ".pdf"}
	for _, part := range []*saakornv1.UploadReportAttachmentRequest{
		{Part: &saakornv1.UploadReportAttachmentRequest_Header{Header: header}},
		{Part: &saakornv1.UploadReportAttachmentRequest_Chunk{Chunk: content}},
	} {
		if err := stream.Send(part); err != nil {
			t.Fatal(err)
		}
	}
	answer, err := stream.CloseAndRecv()
	if err != nil {
		t.Fatal(err)
	}
	r.Etag = answer.GetEtag()
}

// Submit submits the report as it is and returns the receipt.
func (a *Award) Submit(t testing.TB, r *saakornv1.Report) *saakornv1.ReportReceipt {
	t.Helper()
	answer, err := a.Reports.SubmitReport(a.API.As(t.Context(), a.Person), &saakornv1.SubmitReportRequest{
		RequestId: uuid.NewString(), ReportId: r.GetId(), Etag: r.GetEtag(),
	})
	if err != nil {
		t.Fatal(err)
	}
	r.Etag = answer.GetReceipt().GetEtag()
	return answer.GetReceipt()
}

// Deliver fills the report in, attaches what belongs to it and submits it.
func (a *Award) Deliver(t testing.TB, key string, document []byte) *saakornv1.Report {
	t.Helper()
	r := a.Find(t, key)
	saved := a.Save(t, r, Complete(r.GetContent()))
	if r.GetKind() == saakornv1.ReportKind_REPORT_KIND_FINAL {
		a.Attach(t, saved, "annual_accounts", document)
		a.Attach(t, saved, "auditor_statement", document)
	}
	a.Submit(t, saved)
	return saved
}

// Review has the officer review the newest version.
func (a *Award) Review(t testing.TB, reportID string, acceptedOre *int64) {
	t.Helper()
	_, err := a.Reports.ReviewReport(a.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.ReviewReportRequest{
		RequestId: uuid.NewString(), ReportId: reportID, Etag: a.Get(t, installationtest.CaseOfficer, reportID).GetReport().GetEtag(),
		Assessment: "Rapporten svarer på det den skal.", AcceptedCostOre: acceptedOre,
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Approve has somebody approve the report.
func (a *Award) Approve(t testing.TB, person, reportID string) error {
	t.Helper()
	_, err := a.Reports.ApproveReport(a.API.As(t.Context(), person), &saakornv1.ApproveReportRequest{
		RequestId: uuid.NewString(), ReportId: reportID, Etag: a.Get(t, person, reportID).GetReport().GetEtag(),
	})
	return err
}

// Settle takes the report from submission to approval.
func (a *Award) Settle(t testing.TB, r *saakornv1.Report) {
	t.Helper()
	var accepted *int64
	if r.GetKind() == saakornv1.ReportKind_REPORT_KIND_FINAL {
		accepted = new(int64(AmountOre - 100_000_00))
	}
	a.Review(t, r.GetId(), accepted)
	if err := a.Approve(t, installationtest.DecisionMaker, r.GetId()); err != nil {
		t.Fatal(err)
	}
}

// Drive does what is next about the award's reports, task by task as the procedure would, until only
// people or time can bring it further. It is for tests without an engine.
func (a *Award) Drive(t testing.TB) {
	t.Helper()
	p := a.API.Installation.Reporting
	for range 30 {
		s, err := p.Look(t.Context(), a.ID)
		if err != nil {
			t.Fatal(err)
		}
		if s.Next == reporting.TaskAwait || s.Next == reporting.TaskNone {
			return
		}
		a.do(t, s)
	}
	t.Fatal("the reports come to no rest")
}

func (a *Award) do(t testing.TB, s reporting.Situation) {
	t.Helper()
	p, ctx := a.API.Installation.Reporting, t.Context()
	report, _ := uuid.Parse(s.Report)
	var err error
	deliver := func(id uuid.UUID, failed error) error {
		if failed != nil || id == uuid.Nil {
			return failed
		}
		return a.API.Installation.Postman.Deliver(ctx, id)
	}
	switch s.Next {
	case reporting.TaskPlan:
		err = p.Plan(ctx, a.ID)
	case reporting.TaskSendLetter:
		err = deliver(p.WritePending(ctx, report))
	case reporting.TaskRemind:
		if err = deliver(p.WriteReminder(ctx, report)); err == nil {
			err = p.MarkReminded(ctx, report)
		}
	case reporting.TaskMarkOverdue:
		if err = deliver(p.WriteOverdue(ctx, report)); err == nil {
			err = p.MarkOverdue(ctx, report)
		}
	case reporting.TaskEscalate:
		err = p.Escalate(ctx, report)
	case reporting.TaskCompareAccounts:
		err = p.CompareAccounts(ctx, report)
	default:
		t.Fatalf("%s is no task that can be done", s.Next)
	}
	if err != nil {
		t.Fatal(err)
	}
}
