package reporting

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/platform/access"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/page"
	"saakorn/services/reporting/db"
	"saakorn/services/scheme"
)

// visible returns the report if the caller may see it, and whether it is their own: then they see the
// working copy and every number. It does not tell what exists from what is somebody else's.
func (s *Server) visible(ctx context.Context, id uuid.UUID) (r Report, own bool, err error) {
	if r, err = s.Store.Report(ctx, s.Pool, id); err != nil {
		return r, false, err
	}
	caller, _ := access.From(ctx)
	right, err := s.Enterprises.Right(ctx, caller.ID, r.EnterpriseID)
	switch {
	case err != nil:
		return r, false, err
	case right.CanRead():
		return r, true, nil
	case caller.Has(append(access.Staff(), saakornv1.Role_ROLE_PAYMENT_APPROVER)...):
		return r, false, nil
	}
	return r, false, fault.NewNotFound("report")
}

// GetReport returns the newest state of a report with what has happened to it.
func (s *Server) GetReport(ctx context.Context, r *saakornv1.GetReportRequest) (*saakornv1.GetReportResponse, error) {
	report, own, err := s.visible(ctx, uuid.MustParse(r.GetReportId()))
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.GetReportResponse{}
	if own {
		files, err := listAttachments(ctx, s.Pool, report.ID)
		if err != nil {
			return nil, err
		}
		answer.Report = present(report, files, s.Clock.Now())
	} else if answer.Report, err = s.presentToStaff(ctx, s.Pool, report); err != nil {
		return nil, err
	}
	if err := s.addNames(ctx, []*saakornv1.Report{answer.GetReport()}); err != nil {
		return nil, err
	}
	return answer, s.addHistory(ctx, answer, report, own)
}

// addHistory adds what has happened to the report. Officers' notes to each other stay with them.
func (s *Server) addHistory(ctx context.Context, answer *saakornv1.GetReportResponse, r Report, own bool) error {
	dates, err := listDueDates(ctx, s.Pool, r.ID)
	if err != nil {
		return err
	}
	for _, d := range dates {
		answer.DueDates = append(answer.DueDates, &saakornv1.ReportDueDate{
			DueOn: d.DueOn.String(), Reason: d.Reason, DecidedBy: d.DecidedBy, DecidedAt: timestamppb.New(d.DecidedAt),
		})
	}
	notices, err := listNotices(ctx, s.Pool, r.ID)
	if err != nil {
		return err
	}
	for _, n := range notices {
		if n.Kind == Escalated && own {
			continue
		}
		answer.Notices = append(answer.Notices, &saakornv1.ReportNotice{
			Kind: string(n.Kind), DueOn: n.DueOn.String(), Days: int32(n.Days), At: timestamppb.New(n.At),
		})
	}
	reviews, err := listReviews(ctx, s.Pool, r.ID)
	if err != nil {
		return err
	}
	for _, e := range reviews {
		p := &saakornv1.ReportReview{
			Outcome: string(e.Outcome), Version: e.Version, Note: e.Note, Questions: e.Questions, MadeBy: e.MadeBy, MadeAt: timestamppb.New(e.MadeAt),
		}
		for _, q := range e.Asked() {
			p.Asked = append(p.Asked, &saakornv1.ReportQuestion{Id: q.ID, Text: q.Text, Field: q.Field})
		}
		if own && e.Outcome != OutcomeWaived {
			p.Note = ""
		}
		answer.Reviews = append(answer.Reviews, p)
	}
	parts, err := s.officeParts(ctx, r)
	answer.OfficeParts = parts
	return err
}

// place is where a page of reports begins: after this due date and identifier.
type place struct {
	DueOn calendar.Date
	ID    uuid.UUID
}

// Dates that no report is outside of.
func firstDate() calendar.Date { return calendar.Date{Year: 1990, Month: time.January, Day: 1} }
func lastDate() calendar.Date  { return calendar.Date{Year: 2300, Month: time.December, Day: 31} }

// ListReports returns reports, the latest due date first.
func (s *Server) ListReports(ctx context.Context, r *saakornv1.ListReportsRequest) (*saakornv1.ListReportsResponse, error) {
	params, err := s.filter(ctx, r)
	if err != nil {
		return nil, err
	}
	if params.EnterpriseIds != nil && len(params.EnterpriseIds) == 0 {
		return &saakornv1.ListReportsResponse{}, nil
	}
	from, err := page.Place(r, place{lastDate(), uuid.Max})
	if err != nil {
		return nil, err
	}
	params.BeforeDueOn, params.BeforeID, params.RowLimit = encodeDate(from.DueOn), from.ID, int32(min(page.Size(r)+1, math.MaxInt32))
	rows, err := db.New(s.Pool).ListReports(ctx, params)
	if err != nil {
		return nil, fmt.Errorf("list reports: %w", err)
	}
	rows, next, err := page.Cut(r, rows, func(last db.ListReportsRow) place { return place{decodeDate(last.DueOn), last.ID} })
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.ListReportsResponse{NextPageToken: next}
	for _, row := range rows {
		answer.Reports = append(answer.Reports, present(fromRow(row), nil, s.Clock.Now()))
	}
	return answer, s.addNames(ctx, answer.GetReports())
}

// filter narrows the list to what the caller may see.
func (s *Server) filter(ctx context.Context, r *saakornv1.ListReportsRequest) (db.ListReportsParams, error) {
	p := db.ListReportsParams{AwardID: optionalID(r.GetAwardId()), LifecycleID: optionalID(r.GetLifecycleId())}
	var err error
	if p.DueFrom, err = dateOr("due_from", r.GetDueFrom(), firstDate()); err != nil {
		return p, err
	}
	if p.DueTo, err = dateOr("due_to", r.GetDueTo(), lastDate()); err != nil {
		return p, err
	}
	if r.GetState() != saakornv1.ReportState_REPORT_STATE_UNSPECIFIED {
		state := string(stateOf(r.GetState()))
		p.State = &state
	}
	if r.GetOverdue() {
		open, yesterday := string(Open), calendar.On(s.Clock.Now()).AddDays(-1)
		p.State = &open
		if decodeDate(p.DueTo).After(yesterday) {
			p.DueTo = encodeDate(yesterday)
		}
	}
	if id := optionalID(r.GetEnterpriseId()); id != nil {
		p.EnterpriseIds = []uuid.UUID{*id}
	}
	caller, _ := access.From(ctx)
	if caller.Has(append(access.Staff(), saakornv1.Role_ROLE_PAYMENT_APPROVER)...) {
		return p, nil
	}
	mine, err := s.Enterprises.IDsForPerson(ctx, caller.ID)
	if err != nil {
		return p, err
	}
	wanted := p.EnterpriseIds
	p.EnterpriseIds = []uuid.UUID{}
	for _, id := range mine {
		if len(wanted) == 0 || wanted[0] == id {
			p.EnterpriseIds = append(p.EnterpriseIds, id)
		}
	}
	return p, nil
}

func dateOr(field, text string, otherwise calendar.Date) (pgtype.Date, error) {
	if text == "" {
		return encodeDate(otherwise), nil
	}
	d, err := calendar.Parse(text)
	if err != nil {
		return pgtype.Date{}, fault.Field(field, "NO_SUCH_DATE", "write an existing date as 2019-11-30")
	}
	return encodeDate(d), nil
}

func optionalID(text string) *uuid.UUID {
	if text == "" {
		return nil
	}
	id := uuid.MustParse(text)
	return &id
}

// ValidateReport says everything that is missing or wrong, at once.
func (s *Server) ValidateReport(ctx context.Context, r *saakornv1.ValidateReportRequest) (*saakornv1.ValidateReportResponse, error) {
	if err := s.mine(ctx, r.GetReportId(), false); err != nil {
		return nil, err
	}
	report, err := s.Store.Report(ctx, s.Pool, uuid.MustParse(r.GetReportId()))
	if err != nil {
		return nil, err
	}
	rules, err := s.Schemes.Definition(ctx, report.SchemeID, report.SchemeVersion)
	if err != nil {
		return nil, err
	}
	files, err := listAttachments(ctx, s.Pool, report.ID)
	if err != nil {
		return nil, err
	}
	result := Check(report, rules, files)
	return &saakornv1.ValidateReportResponse{Problems: presentProblems(result.Problems), Warnings: presentProblems(result.Warnings)}, nil
}

// ListReportVersions returns the submitted versions, newest first.
func (s *Server) ListReportVersions(ctx context.Context, r *saakornv1.ListReportVersionsRequest) (*saakornv1.ListReportVersionsResponse, error) {
	report, own, err := s.visible(ctx, uuid.MustParse(r.GetReportId()))
	if err != nil {
		return nil, err
	}
	rules, err := s.Schemes.Definition(ctx, report.SchemeID, report.SchemeVersion)
	if err != nil {
		return nil, err
	}
	rows, err := db.New(s.Pool).ListVersions(ctx, report.ID)
	if err != nil {
		return nil, fmt.Errorf("list versions: %w", err)
	}
	all, err := db.New(s.Pool).ListAllAttachments(ctx, report.ID)
	if err != nil {
		return nil, fmt.Errorf("list attachments: %w", err)
	}
	answer := &saakornv1.ListReportVersionsResponse{}
	for _, row := range rows {
		content, err := decodeContent(row.Content)
		if err != nil {
			return nil, err
		}
		if !own {
			content, _ = Suppress(content, rules.Reporting)
		}
		v := &saakornv1.ReportVersion{
			Version: row.Version, Content: content, SubmittedAt: timestamppb.New(row.SubmittedAt), SubmittedBy: row.SubmittedBy, Sha256: row.Sha256,
		}
		for _, f := range only(attachments(all), row.AttachmentIds) {
			v.Attachments = append(v.Attachments, presentAttachment(f))
		}
		answer.Versions = append(answer.Versions, v)
	}
	return answer, nil
}

func fromRow(row db.ListReportsRow) Report {
	return Report{
		ID: row.ID, Revision: row.Revision, AwardID: row.AwardID, LifecycleID: row.LifecycleID, EnterpriseID: row.EnterpriseID,
		ApplicationID: row.ApplicationID, SchemeID: row.SchemeID, SchemeVersion: row.SchemeVersion, Key: row.ReportKey,
		Kind: scheme.ReportKind(row.Kind), Title: row.Title, GrantYear: int(row.GrantYear), AmountOre: row.AmountOre,
		HoldsPayment: row.HoldsPayment, FourEyes: row.FourEyes, DueOn: decodeDate(row.DueOn), State: State(row.State),
		Version: row.Version, FirstSubmittedAt: row.FirstSubmittedAt, SubmittedAt: row.SubmittedAt, Late: row.Late,
		ReviewedBy: orEmpty(row.ReviewedBy), ReviewedAt: row.ReviewedAt, ApprovedBy: orEmpty(row.ApprovedBy), ApprovedAt: row.ApprovedAt,
		ReturnedAt: row.ReturnedAt, WaivedAt: row.WaivedAt, CreatedAt: row.CreatedAt, UpdatedAt: row.UpdatedAt,
	}
}
