package reporting_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"saakorn/deploy/embedded/embeddedtest"
	saakornv1 "saakorn/proto/gen/saakorn/v1"
	writing "saakorn/services/application/fictional"
	"saakorn/services/grant/granttest"
	"saakorn/services/installation/installationtest"
	"saakorn/services/platform/calendar"
	"saakorn/services/reporting"
	"saakorn/services/reporting/reportingtest"
)

func TestMain(m *testing.M) { os.Exit(embeddedtest.Main(m)) }

// begin gives the first fictional enterprise an award.
func begin(t *testing.T) *reportingtest.Award {
	t.Helper()
	return reportingtest.Accept(t)
}

func document() []byte { return writing.PDF("annual_accounts") }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// reasons returns why a call was refused: the reasons of its details.
func reasons(err error) []string {
	var found []string
	for _, detail := range status.Convert(err).Details() {
		switch d := detail.(type) {
		case *errdetails.ErrorInfo:
			found = append(found, d.GetReason())
		case *errdetails.BadRequest:
			for _, v := range d.GetFieldViolations() {
				found = append(found, v.GetField()+" "+v.GetReason())
			}
		}
	}
	return found
}

func wantReason(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil {
		t.Errorf("carried out, want it refused with %s", want)
	} else if !slices.ContainsFunc(reasons(err), func(r string) bool { return strings.Contains(r, want) }) {
		t.Errorf("refused with %v (%v), want %s", reasons(err), err, want)
	}
}

func wantCode(t *testing.T, err error, want codes.Code) {
	t.Helper()
	if got := status.Code(err); got != want {
		t.Errorf("%s (%v), want %s", got, err, want)
	}
}

// moveTo moves the clock to the hour of the date.
func moveTo(t *testing.T, a *reportingtest.Award, date string, hour int) {
	t.Helper()
	d, err := calendar.Parse(date)
	must(t, err)
	a.API.MoveClock(t, d.At(hour, 0))
}

func notices(r *saakornv1.GetReportResponse) []string {
	var list []string
	for _, n := range r.GetNotices() {
		list = append(list, n.GetKind()+" "+n.GetDueOn())
	}
	return list
}

func (w world) letters(t *testing.T) map[string]int {
	t.Helper()
	answer, err := w.API.Cases.ListLetters(w.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.ListLettersRequest{ApplicationId: w.ApplicationID.String()})
	must(t, err)
	kinds := map[string]int{}
	for _, l := range answer.GetLetters() {
		if strings.HasPrefix(l.GetKind(), "REPORT") && l.GetSentAt() != nil {
			kinds[l.GetKind()]++
		}
	}
	return kinds
}

type world struct{ *reportingtest.Award }

func TestAwardGetsTheReportsOfItsCalendarOnce(t *testing.T) {
	a := begin(t)
	a.Plan(t)
	got := map[string]string{}
	for _, r := range a.Plan(t) {
		got[r.GetReportKey()] = r.GetDueOn()
	}
	// 31 August 2019 is a Saturday.
	want := map[string]string{"interim_status": "2019-09-02", "final_report": "2020-03-31"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	r := a.Find(t, "interim_status")
	if len(r.GetContent().GetIndicators()) < 4 {
		t.Errorf("the status is prefilled with %v", r.GetContent())
	}
	if !slices.ContainsFunc(r.GetContent().GetIndicators(), func(i *saakornv1.ReportedIndicator) bool { return i.GetKey() == "participants" && i.Target != nil }) {
		t.Error("a target of the application is missing")
	}
}

func TestReportGoesFromDraftToApproval(t *testing.T) {
	a := begin(t)
	a.Plan(t)
	moveTo(t, a, "2020-03-01", 12)
	r := a.Deliver(t, "final_report", document())
	a.Drive(t)
	officer := installationtest.CaseOfficer
	seen := a.Get(t, officer, r.GetId()).GetReport()
	if seen.GetState() != saakornv1.ReportState_REPORT_STATE_SUBMITTED || seen.GetLate() || !seen.GetSuppressed() {
		t.Errorf("the officer sees %v", seen)
	}
	for _, i := range seen.GetContent().GetIndicators() {
		if n := i.GetActual(); n > 0 && n < 5 {
			t.Errorf("the officer sees %d under %s", n, i.GetKey())
		}
	}
	wantReason(t, a.Approve(t, officer, r.GetId()), "WRONG_STATE")
	a.Review(t, r.GetId(), proto.Int64(850_000_00))
	wantReason(t, a.Approve(t, officer, r.GetId()), "FOUR_EYES")
	must(t, a.Approve(t, "case-officer-2", r.GetId()))
	a.Drive(t)
	figures, err := a.Reports.GetReportFigures(a.API.As(t.Context(), officer), &saakornv1.GetReportFiguresRequest{ReportId: r.GetId()})
	must(t, err)
	f := figures.GetFinances()
	if f.GetEarnedShareBp() != 3333 || f.GetGrantDependenceBp() != 5000 || f.GetUnspentOre() != 50_000_00 || f.GetSource() != saakornv1.FigureSource_FIGURE_SOURCE_REGISTRY {
		t.Errorf("figures %v", f)
	}
	if figures.GetAccounts().GetOutcome() != saakornv1.AccountsOutcome_ACCOUNTS_OUTCOME_DIFFERS || len(figures.GetAccounts().GetDifferences()) == 0 {
		t.Errorf("the register says %v", figures.GetAccounts())
	}
	if !figures.GetAuditorStatementNeeded() || !figures.GetAuditorStatementReceived() {
		t.Error("the auditor's statement is missing")
	}
	years, err := a.Reports.ListLifecycleFigures(a.API.As(t.Context(), a.Person), &saakornv1.ListLifecycleFiguresRequest{LifecycleId: a.LifecycleID.String()})
	must(t, err)
	if len(years.GetYears()) != 1 || years.GetYears()[0].GetGrantYear() != 2019 {
		t.Errorf("years %v", years)
	}
	// The interim status was never delivered.
	if diff := cmp.Diff(map[string]int{"REPORT_RECEIVED": 1, "REPORT_APPROVED": 1, "REPORT_OVERDUE": 1}, world{a}.letters(t)); diff != "" {
		t.Errorf("letters:\n%s", diff)
	}
}

func TestTheGateOfAnInstalmentOpensWithTheApproval(t *testing.T) {
	a := begin(t)
	a.Plan(t)
	gates := func() map[string]reporting.Gate {
		t.Helper()
		rules, err := a.API.Installation.Schemes.Definition(t.Context(), "social-entrepreneurship", "2019-1")
		must(t, err)
		list, err := reporting.Store{}.Gates(t.Context(), a.API.Installation.Pool, a.ID, rules, a.API.Now())
		must(t, err)
		found := map[string]reporting.Gate{}
		for _, g := range list {
			found[g.Key] = g
		}
		return found
	}
	if g := gates()["interim_status"]; g.Settled || !g.HoldsPayment || g.Overdue || g.StatementNeeded {
		t.Errorf("before: %+v", g)
	}
	if g := gates()["final_report"]; !g.StatementNeeded || g.StatementReceived {
		t.Errorf("the final report before: %+v", g)
	}
	moveTo(t, a, "2019-09-03", 8)
	if g := gates()["interim_status"]; !g.Overdue {
		t.Errorf("overdue: %+v", g)
	}
	a.Settle(t, a.Deliver(t, "interim_status", nil))
	if g := gates()["interim_status"]; !g.Settled || g.Overdue || g.ApprovedAt == nil {
		t.Errorf("after: %+v", g)
	}
	final := a.Deliver(t, "final_report", document())
	if g := gates()["final_report"]; !g.StatementReceived || g.AcceptedCostOre != nil {
		t.Errorf("the final report delivered: %+v", g)
	}
	a.Review(t, final.GetId(), proto.Int64(7))
	if g := gates()["final_report"]; g.Settled || g.AcceptedCostOre == nil || *g.AcceptedCostOre != 7 {
		t.Errorf("the final report reviewed: %+v", g)
	}
}

func TestDatabaseRefusesOnePairOfEyes(t *testing.T) {
	a := begin(t)
	a.Plan(t)
	r := a.Deliver(t, "interim_status", nil)
	a.Review(t, r.GetId(), nil)
	_, err := a.API.Installation.Pool.Exec(t.Context(), `UPDATE report SET approved_by = reviewed_by, approved_at = now(), state = 'APPROVED' WHERE id = $1`, r.GetId())
	if err == nil || !strings.Contains(err.Error(), "report_four_eyes") {
		t.Errorf("the database says %v", err)
	}
}

func TestReturnedReportKeepsTheDayItFirstCame(t *testing.T) {
	a := begin(t)
	a.Plan(t)
	moveTo(t, a, "2019-09-02", 23)
	r := a.Deliver(t, "interim_status", nil)
	officer := a.API.As(t.Context(), installationtest.CaseOfficer)
	_, err := a.Reports.ReturnReport(officer, &saakornv1.ReturnReportRequest{
		RequestId: uuid.NewString(), ReportId: r.GetId(), Etag: r.GetEtag(), Questions: []string{"Hvor mange fullførte?"}, Note: "Bare for oss.",
	})
	must(t, err)
	a.Drive(t)
	moveTo(t, a, "2019-10-15", 12)
	returned := a.Get(t, a.Person, r.GetId())
	if got := returned.GetReviews()[0]; len(got.GetQuestions()) != 1 || got.GetNote() != "" {
		t.Errorf("the enterprise sees %v", got)
	}
	content := returned.GetReport().GetContent()
	content.Narrative.Summary = "Ti fullførte."
	saved := a.Save(t, returned.GetReport(), content)
	receipt := a.Submit(t, saved)
	if receipt.GetLate() || receipt.GetVersion() != 2 || !receipt.GetFirstReceivedAt().AsTime().Before(receipt.GetReceivedAt().AsTime()) {
		t.Errorf("receipt %v", receipt)
	}
	versions, err := a.Reports.ListReportVersions(officer, &saakornv1.ListReportVersionsRequest{ReportId: r.GetId()})
	must(t, err)
	if len(versions.GetVersions()) != 2 || versions.GetVersions()[0].GetContent().GetNarrative().GetSummary() != "Ti fullførte." {
		t.Errorf("versions %v", versions)
	}
	a.Drive(t)
	if diff := cmp.Diff(map[string]int{"REPORT_RECEIVED": 2, "REPORT_RETURNED": 1}, world{a}.letters(t)); diff != "" {
		t.Errorf("letters:\n%s", diff)
	}
}

func TestSeveralPeopleWriteWithoutOverwritingEachOther(t *testing.T) {
	a := begin(t)
	colleague := "entrepreneur-01b"
	a.API.AddMember(t, a.Person, a.EnterpriseID.String(), colleague, saakornv1.MemberRight_MEMBER_RIGHT_EDITOR)
	a.Plan(t)
	r := a.Find(t, "interim_status")
	update := func(person, etag string, content *saakornv1.ReportContent, paths ...string) (*saakornv1.UpdateReportResponse, error) {
		return a.Reports.UpdateReport(a.API.As(t.Context(), person), &saakornv1.UpdateReportRequest{
			RequestId: uuid.NewString(), ReportId: r.GetId(), Etag: etag, Content: content, UpdateMask: &fieldmaskpb.FieldMask{Paths: paths},
		})
	}
	first, err := update(a.Person, r.GetEtag(), &saakornv1.ReportContent{Narrative: &saakornv1.ReportNarrative{Worked: "Praksis."}}, "narrative.worked")
	must(t, err)
	_, err = update(colleague, r.GetEtag(), &saakornv1.ReportContent{Narrative: &saakornv1.ReportNarrative{Worked: "Kurs."}}, "narrative.worked")
	wantReason(t, err, "STALE_ETAG")
	both, err := update(colleague, first.GetReport().GetEtag(), &saakornv1.ReportContent{Narrative: &saakornv1.ReportNarrative{Summary: "Bra."}}, "narrative.summary")
	must(t, err)
	if n := both.GetReport().GetContent().GetNarrative(); n.GetWorked() != "Praksis." || n.GetSummary() != "Bra." {
		t.Errorf("narrative %v", n)
	}
	_, err = update(colleague, both.GetReport().GetEtag(), &saakornv1.ReportContent{}, "nonsense")
	wantReason(t, err, "NO_SUCH_FIELD")
	_, err = a.Reports.SubmitReport(a.API.As(t.Context(), colleague), &saakornv1.SubmitReportRequest{RequestId: uuid.NewString(), ReportId: r.GetId(), Etag: both.GetReport().GetEtag()})
	if got := reasons(err); len(got) < 5 {
		t.Errorf("only %v are named as missing", got)
	}
}

func TestNobodySeesTheReportsOfOthers(t *testing.T) {
	a := begin(t)
	a.Plan(t)
	r := a.Find(t, "interim_status")
	stranger := a.API.As(t.Context(), installationtest.Stranger)
	_, err := a.Reports.GetReport(stranger, &saakornv1.GetReportRequest{ReportId: r.GetId()})
	wantCode(t, err, codes.NotFound)
	_, err = a.Reports.UpdateReport(stranger, &saakornv1.UpdateReportRequest{RequestId: uuid.NewString(), ReportId: r.GetId(), Etag: r.GetEtag(), Content: &saakornv1.ReportContent{}})
	wantCode(t, err, codes.NotFound)
	_, err = a.Reports.GetReportFigures(stranger, &saakornv1.GetReportFiguresRequest{ReportId: r.GetId()})
	wantCode(t, err, codes.NotFound)
	_, err = a.Reports.ListLifecycleFigures(stranger, &saakornv1.ListLifecycleFiguresRequest{LifecycleId: a.LifecycleID.String()})
	wantCode(t, err, codes.NotFound)
	for _, filter := range []*saakornv1.ListReportsRequest{{}, {AwardId: a.ID.String()}, {EnterpriseId: a.EnterpriseID.String()}} {
		list, err := a.Reports.ListReports(stranger, filter)
		must(t, err)
		if len(list.GetReports()) > 0 {
			t.Errorf("a stranger lists %v with %v", list, filter)
		}
	}
	// Staff see no draft.
	saved := a.Save(t, r, &saakornv1.ReportContent{Narrative: &saakornv1.ReportNarrative{Summary: "Et utkast."}})
	if got := a.Get(t, installationtest.Auditor, saved.GetId()).GetReport(); proto.Size(got.GetContent()) > 0 || got.GetUnsubmitted() {
		t.Errorf("an auditor sees the draft %v", got)
	}
}

func TestDueDateIsAFactWithHistoryAndEveryClockFollows(t *testing.T) {
	a := begin(t)
	a.Plan(t)
	r := a.Find(t, "interim_status")
	a.Drive(t)
	moveTo(t, a, "2019-08-03", 9) // 30 days before
	a.Drive(t)
	a.Drive(t)
	move := func(due, reason string) error {
		_, err := a.Reports.MoveReportDueDate(a.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.MoveReportDueDateRequest{
			RequestId: uuid.NewString(), ReportId: r.GetId(), Etag: a.Get(t, installationtest.CaseOfficer, r.GetId()).GetReport().GetEtag(), DueOn: due, Reason: reason,
		})
		return err
	}
	wantReason(t, move("2019-02-01", "x"), "DATE_PASSED")
	wantReason(t, move("2019-02-30", "x"), "NO_SUCH_DATE")
	must(t, move("2019-10-15", "Daglig leder er syk."))
	a.Drive(t)
	moveTo(t, a, "2019-09-03", 8) // the old date has passed
	a.Drive(t)
	if got := a.Get(t, a.Person, r.GetId()); got.GetReport().GetOverdue() || len(got.GetDueDates()) != 2 {
		t.Errorf("after the old date: %v", got)
	}
	for _, date := range []string{"2019-09-15", "2019-10-08", "2019-10-16", "2019-10-29"} {
		moveTo(t, a, date, 9)
		a.Drive(t)
		a.Drive(t) // doing it all again does nothing
	}
	got := a.Get(t, installationtest.Manager, r.GetId())
	want := []string{"REMINDED 2019-09-02", "REMINDED 2019-10-15", "REMINDED 2019-10-15", "OVERDUE 2019-10-15", "ESCALATED 2019-10-15"}
	if diff := cmp.Diff(want, notices(got)); diff != "" {
		t.Errorf("notices:\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int{"REPORT_REMINDER": 3, "REPORT_OVERDUE": 1, "REPORT_DATE_MOVED": 1}, world{a}.letters(t)); diff != "" {
		t.Errorf("letters:\n%s", diff)
	}
	tasks := func(state string) int {
		t.Helper()
		var n int
		must(t, a.API.Installation.Pool.QueryRow(t.Context(), `SELECT count(*) FROM task WHERE lifecycle_id = $1 AND kind LIKE 'REPORT_MISSING%' AND state = $2`, a.LifecycleID, state).Scan(&n))
		return n
	}
	if got := tasks("OPEN"); got != 2 {
		t.Errorf("%d tasks about a missing report, want the officer's and the manager's", got)
	}
	list, err := a.Reports.ListReports(a.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.ListReportsRequest{Overdue: true})
	must(t, err)
	if len(list.GetReports()) != 1 || !list.GetReports()[0].GetOverdue() || list.GetReports()[0].GetEnterpriseName() == "" {
		t.Errorf("overdue %v", list)
	}
	a.Deliver(t, "interim_status", nil)
	if got := tasks("OPEN"); got != 0 {
		t.Errorf("%d tasks about a report that has come", got)
	}
	wantReason(t, move("2019-12-01", "x"), "WRONG_STATE")
}

func TestOfficerAsksForAnExtraReportAndADecisionMakerWaivesIt(t *testing.T) {
	a := begin(t)
	officer := a.API.As(t.Context(), installationtest.CaseOfficer)
	added, err := a.Reports.AddReport(officer, &saakornv1.AddReportRequest{
		RequestId: uuid.NewString(), AwardId: a.ID.String(), Title: "Status for flytting", DueOn: "2019-05-02", Reason: "Virksomheten flytter.",
	})
	must(t, err)
	r := added.GetReport()
	wantReason(t, func() error {
		_, err := a.Reports.SubmitReport(a.API.As(t.Context(), a.Person), &saakornv1.SubmitReportRequest{RequestId: uuid.NewString(), ReportId: r.GetId(), Etag: r.GetEtag()})
		return err
	}(), "content.narrative.summary REQUIRED")
	a.Drive(t)
	if got := (world{a}).letters(t)["REPORT_DATE_MOVED"]; got != 1 {
		t.Errorf("%d letters about the extra report", got)
	}
	_, err = a.Reports.WaiveReport(officer, &saakornv1.WaiveReportRequest{RequestId: uuid.NewString(), ReportId: r.GetId(), Etag: r.GetEtag(), Reason: "x"})
	wantCode(t, err, codes.PermissionDenied)
	newest := a.Get(t, installationtest.CaseOfficer, r.GetId()).GetReport()
	_, err = a.Reports.WaiveReport(a.API.As(t.Context(), installationtest.DecisionMaker), &saakornv1.WaiveReportRequest{
		RequestId: uuid.NewString(), ReportId: r.GetId(), Etag: newest.GetEtag(), Reason: "Flyttingen ble avlyst.",
	})
	must(t, err)
	if got := a.Get(t, a.Person, r.GetId()); got.GetReport().GetState() != saakornv1.ReportState_REPORT_STATE_WAIVED || got.GetReviews()[0].GetNote() == "" {
		t.Errorf("waived: %v", got)
	}
}

func TestFilesOfAReportAreCheckedAndKept(t *testing.T) {
	a := begin(t)
	a.Plan(t)
	r := a.Find(t, "final_report")
	upload := func(person, kind string, content []byte) error {
		stream, err := a.Reports.UploadReportAttachment(a.API.As(t.Context(), person))
		must(t, err)
		header := &saakornv1.ReportUploadHeader{RequestId: uuid.NewString(), ReportId: r.GetId(), Kind: kind, FileName: "C:\\tmp\\regnskap.pdf"}
		_ = stream.Send(&saakornv1.UploadReportAttachmentRequest{Part: &saakornv1.UploadReportAttachmentRequest_Header{Header: header}})
		_ = stream.Send(&saakornv1.UploadReportAttachmentRequest{Part: &saakornv1.UploadReportAttachmentRequest_Chunk{Chunk: content}})
		_, err = stream.CloseAndRecv()
		return err
	}
	wantReason(t, upload(a.Person, "nonsense", document()), "NO_SUCH_ATTACHMENT_KIND")
	wantReason(t, upload(a.Person, "annual_accounts", []byte("MZ not a document")), "FILE_TYPE_NOT_ACCEPTED")
	wantCode(t, upload(installationtest.Stranger, "annual_accounts", document()), codes.NotFound)
	must(t, upload(a.Person, "annual_accounts", document()))
	files := a.Find(t, "final_report").GetAttachments()
	if len(files) != 1 || files[0].GetFileName() != "regnskap.pdf" {
		t.Fatalf("files %v", files)
	}
	download := func(person string) error {
		stream, err := a.Reports.DownloadReportAttachment(a.API.As(t.Context(), person), &saakornv1.DownloadReportAttachmentRequest{ReportId: r.GetId(), AttachmentId: files[0].GetId()})
		must(t, err)
		_, err = stream.Recv()
		return err
	}
	must(t, download(a.Person))
	wantCode(t, download(installationtest.CaseOfficer), codes.NotFound) // not submitted
	newest := a.Find(t, "final_report")
	_, err := a.Reports.RemoveReportAttachment(a.API.As(t.Context(), a.Person), &saakornv1.RemoveReportAttachmentRequest{
		RequestId: uuid.NewString(), ReportId: r.GetId(), AttachmentId: files[0].GetId(), Etag: newest.GetEtag(),
	})
	must(t, err)
	a.Deliver(t, "final_report", document())
	if got := a.Get(t, installationtest.CaseOfficer, r.GetId()).GetReport().GetAttachments(); len(got) != 2 {
		t.Errorf("the officer sees %v", got)
	}
}

func TestNavOfficeAnswersItsOwnPart(t *testing.T) {
	r := granttest.Open(t)
	unit := uuid.NewString()
	_, err := r.API.Installation.Pool.Exec(t.Context(), `INSERT INTO nav_unit (id, name, level, listed_in_report, source) VALUES ($1, 'Nav Prøve (fiktiv)', 'LOCAL', false, 'test')`, unit)
	must(t, err)
	application := r.Apply(t, 1)
	r.Correct(t, 1, application, func(c *saakornv1.ApplicationContent) {
		c.Collaborations = []*saakornv1.Collaboration{{
			NavUnitId: unit, Type: saakornv1.CollaborationType_COLLABORATION_TYPE_SUPPLIER, Line: saakornv1.PartnershipLine_PARTNERSHIP_LINE_STATE,
		}}
	})
	r.Drive(t, application.GetId())
	a := reportingtest.Decide(t, r, 1, application)
	a.Plan(t)
	report := a.Find(t, "interim_status")
	invite := func(unit, person string) (*saakornv1.InviteOfficeResponse, error) {
		return a.Reports.InviteOffice(a.API.As(t.Context(), a.Person), &saakornv1.InviteOfficeRequest{
			RequestId: uuid.NewString(), ReportId: report.GetId(), NavUnitId: unit, PersonId: person,
		})
	}
	_, err = invite(uuid.NewString(), "office-contact-1")
	wantReason(t, err, "NO_PARTNER")
	_, err = invite(unit, installationtest.Assessor)
	wantReason(t, err, "NO_SUCH_PERSON")
	_, err = invite(unit, "office-contact-1")
	must(t, err)
	office := a.API.As(t.Context(), "office-contact-1")
	_, err = a.Reports.GetReport(office, &saakornv1.GetReportRequest{ReportId: report.GetId()})
	wantCode(t, err, codes.PermissionDenied)
	list, err := a.Reports.ListOfficeParts(office, &saakornv1.ListOfficePartsRequest{})
	must(t, err)
	part := list.GetParts()[0]
	if len(list.GetParts()) != 1 || part.GetEnterpriseName() == "" || part.GetNavUnitName() == "" || part.GetDueOn() != "2019-09-02" {
		t.Fatalf("parts %v", list)
	}
	answers := []*saakornv1.OfficeAnswer{
		{QuestionKey: "referred_planned", Value: &saakornv1.OfficeAnswer_Number{Number: 12}},
		{QuestionKey: "referred_actual", Value: &saakornv1.OfficeAnswer_Number{Number: 8}},
		{QuestionKey: "collaboration", Value: &saakornv1.OfficeAnswer_Text{Text: "Faste møter."}},
	}
	update := func(etag string, submit bool) (*saakornv1.UpdateOfficePartResponse, error) {
		return a.Reports.UpdateOfficePart(office, &saakornv1.UpdateOfficePartRequest{RequestId: uuid.NewString(), PartId: part.GetId(), Etag: etag, Answers: answers, Submit: submit})
	}
	_, err = update(part.GetEtag(), true)
	wantReason(t, err, "answers.anchoring REQUIRED")
	saved, err := update(part.GetEtag(), false)
	must(t, err)
	if got := a.Get(t, a.Person, report.GetId()).GetOfficeParts(); len(got) != 1 || len(got[0].GetAnswers()) > 0 {
		t.Errorf("the enterprise sees the draft %v", got)
	}
	answers = append(answers, &saakornv1.OfficeAnswer{QuestionKey: "anchoring", Value: &saakornv1.OfficeAnswer_Text{Text: "I ledermøtet."}})
	_, err = update(saved.GetPart().GetEtag(), true)
	must(t, err)
	if got := a.Get(t, a.Person, report.GetId()).GetOfficeParts(); len(got[0].GetAnswers()) != 4 {
		t.Errorf("the enterprise sees %v", got)
	}
	_, err = invite(unit, "office-contact-1")
	wantReason(t, err, "PART_SUBMITTED")
}

func TestTrendShowsNoGroupOfFew(t *testing.T) {
	awards := reportingtest.AcceptAll(t, 5)
	for _, a := range awards {
		a.Plan(t)
	}
	trend := func() []*saakornv1.TrendGroup {
		t.Helper()
		answer, err := awards[0].Reports.GetFinancialTrend(awards[0].API.As(t.Context(), installationtest.Manager), &saakornv1.GetFinancialTrendRequest{
			SchemeId: "social-entrepreneurship", FromYear: 2018, ToYear: 2023,
		})
		must(t, err)
		return answer.GetGroups()
	}
	for i, a := range awards {
		a.Settle(t, a.Deliver(t, "final_report", document()))
		if g := trend(); len(g) != 1 || (i < 4) != (g[0].N == nil) {
			t.Errorf("with %d enterprises: %v", i+1, g)
		}
	}
	if g := trend()[0]; g.GetN() != 5 || g.GetEarnedShareBp() != 3333 || g.GetGrantDependenceBp() != 5000 || g.GetGrantYear() != 2019 {
		t.Errorf("trend %v", g)
	}
}

func TestRunwayIsKnownFromTheLastReport(t *testing.T) {
	a := begin(t)
	a.Plan(t)
	runway := func() (string, bool) {
		t.Helper()
		r, err := reporting.Store{}.Runway(t.Context(), a.API.Installation.Pool, a.EnterpriseID)
		must(t, err)
		if r == nil {
			return "", false
		}
		return r.LastsUntil.String(), true
	}
	if _, known := runway(); known {
		t.Error("a runway is known before any report")
	}
	moveTo(t, a, "2019-09-02", 10)
	a.Deliver(t, "interim_status", nil)
	// 400 000 kroner in the bank, and 800 000 missing over twelve months without the grant.
	if until, known := runway(); !known || until != "2020-03-02" {
		t.Errorf("until %s, %v", until, known)
	}
}

func TestRepeatedSubmissionGivesTheSameReceipt(t *testing.T) {
	a := begin(t)
	a.Plan(t)
	r := a.Find(t, "interim_status")
	saved := a.Save(t, r, reportingtest.Complete(r.GetContent()))
	q := &saakornv1.SubmitReportRequest{RequestId: uuid.NewString(), ReportId: r.GetId(), Etag: saved.GetEtag()}
	ctx := a.API.As(t.Context(), a.Person)
	first, err := a.Reports.SubmitReport(ctx, q)
	must(t, err)
	a.API.MoveClock(t, a.API.Now().Add(time.Hour))
	again, err := a.Reports.SubmitReport(ctx, q)
	must(t, err)
	if diff := cmp.Diff(first.GetReceipt().GetSha256()+first.GetReceipt().GetReceivedAt().String(), again.GetReceipt().GetSha256()+again.GetReceipt().GetReceivedAt().String()); diff != "" {
		t.Error(diff)
	}
}
