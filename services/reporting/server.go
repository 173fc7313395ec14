package reporting

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.einride.tech/aip/fieldmask"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/application"
	"saakorn/services/enterprise"
	"saakorn/services/grant"
	"saakorn/services/journal"
	"saakorn/services/platform/access"
	"saakorn/services/platform/audit"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/clock"
	"saakorn/services/platform/command"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/file"
	"saakorn/services/platform/procedure"
	"saakorn/services/reporting/db"
	"saakorn/services/scheme"
)

// Schemes knows the rules.
type Schemes interface {
	Definition(ctx context.Context, schemeID, version string) (*scheme.Definition, error)
	Newest(ctx context.Context, schemeID string) (*scheme.Definition, error)
}

// Awards knows the awards.
type Awards interface {
	Award(ctx context.Context, q grant.Querier, id uuid.UUID) (grant.Award, error)
	Lifecycle(ctx context.Context, q grant.Querier, id uuid.UUID) (grant.Lifecycle, error)
}

// Applications tells what was applied for.
type Applications interface {
	Submission(ctx context.Context, q application.Querier, id uuid.UUID) (application.Submission, error)
}

// Enterprises knows the enterprises, and who may act for whom.
type Enterprises interface {
	Enterprise(ctx context.Context, id uuid.UUID) (enterprise.Enterprise, error)
	Right(ctx context.Context, personID string, enterpriseID uuid.UUID) (enterprise.Right, error)
	IDsForPerson(ctx context.Context, personID string) ([]uuid.UUID, error)
	NavUnitNames(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]string, error)
}

// Waker tells a procedure to look at the facts again.
type Waker interface {
	Wake(ctx context.Context, tx pgx.Tx, s procedure.Subject, now time.Time) error
}

// Money is told of every change of a report that may let money out, or keep it, in the transaction that
// makes it.
type Money interface {
	ReportChanged(ctx context.Context, tx pgx.Tx, awardID, enterpriseID uuid.UUID, now time.Time) error
}

// Journal receives an entry for every document, in the transaction that makes it.
type Journal interface {
	Write(ctx context.Context, tx pgx.Tx, e journal.Entry) error
}

// Server answers the ReportingService of the contract.
type Server struct {
	saakornv1.UnimplementedReportingServiceServer

	Pool         *pgxpool.Pool
	Store        Store
	Schemes      Schemes
	Awards       Awards
	Applications Applications
	Enterprises  Enterprises
	Files        *file.Store
	Waker        Waker
	Money        Money
	Journal      Journal
	Clock        clock.Clock
}

func (s *Server) runner() command.Runner { return command.Runner{Pool: s.Pool, Clock: s.Clock} }

func subject(awardID uuid.UUID) procedure.Subject {
	return procedure.Subject{Kind: procedure.Reporting, ID: awardID}
}

func record(ctx context.Context, tx pgx.Tx, r Report, action string, now time.Time, before, after any) error {
	return audit.Record(ctx, tx, audit.Event{
		Action: action, OccurredAt: now, SubjectKind: "report", SubjectID: r.ID, ApplicationID: r.ApplicationID, Before: before, After: after,
	})
}

// edit carries out a mutation of one report: it is locked, changed, recorded, and its procedure is
// told to look again.
func (s *Server) edit(ctx context.Context, tx pgx.Tx, reportID, etag, action string, do func(r *Report, rules *scheme.Definition, now time.Time) (before, after any, err error)) (Report, error) {
	r, err := lock(ctx, tx, uuid.MustParse(reportID))
	if err != nil {
		return r, err
	}
	if etag != r.Etag() {
		return r, fault.NewConflict(r.Etag())
	}
	rules, err := s.Schemes.Definition(ctx, r.SchemeID, r.SchemeVersion)
	if err != nil {
		return r, err
	}
	now, was := s.Clock.Now(), r
	before, after, err := do(&r, rules, now)
	if err != nil {
		return r, err
	}
	if err := save(ctx, tx, &r, now); err != nil {
		return r, err
	}
	if err := record(ctx, tx, r, action, now, before, after); err != nil {
		return r, err
	}
	if r.State != was.State || r.Version != was.Version || r.DueOn != was.DueOn {
		if err := s.Money.ReportChanged(ctx, tx, r.AwardID, r.EnterpriseID, now); err != nil {
			return r, err
		}
	}
	return r, wake(ctx, tx, s.Waker, r, now)
}

// wake tells those who look after the reports and the enterprise that something has changed. The procedure
// of an enterprise learns of figures and of missing reports from here.
func wake(ctx context.Context, tx pgx.Tx, w Waker, r Report, now time.Time) error {
	if err := w.Wake(ctx, tx, subject(r.AwardID), now); err != nil {
		return err
	}
	if r.Version == 0 && !r.Overdue(now) {
		return nil
	}
	return w.Wake(ctx, tx, procedure.Subject{Kind: procedure.Checkin, ID: r.LifecycleID}, now)
}

// mine refuses a report that belongs to no enterprise that the caller may act for, before the
// transaction. It does not tell what exists from what is somebody else's.
func (s *Server) mine(ctx context.Context, reportID string, edit bool) error {
	r, err := s.Store.Report(ctx, s.Pool, uuid.MustParse(reportID))
	if err != nil {
		return err
	}
	return s.mayAct(ctx, r.EnterpriseID, edit, "report")
}

func (s *Server) mayAct(ctx context.Context, enterpriseID uuid.UUID, edit bool, what string) error {
	caller, _ := access.From(ctx)
	right, err := s.Enterprises.Right(ctx, caller.ID, enterpriseID)
	switch {
	case err != nil:
		return err
	case !right.CanRead():
		return fault.NewNotFound(what)
	case edit && !right.CanEdit():
		return fault.NewDenied("READER_ONLY", "you may read for this enterprise: ask its administrator for the right to edit")
	}
	return nil
}

// PlanReports gives the award the reports of its scheme's calendar.
func (s *Server) PlanReports(ctx context.Context, r *saakornv1.PlanReportsRequest) (*saakornv1.PlanReportsResponse, error) {
	awardID := uuid.MustParse(r.GetAwardId())
	planner := planner{s.Schemes, s.Awards, s.Applications}
	if err := planner.warm(ctx, s.Pool, awardID); err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.PlanReportsResponse, error) {
		now := s.Clock.Now()
		if err := planner.plan(ctx, tx, awardID, now); err != nil {
			return nil, err
		}
		if err := s.Waker.Wake(ctx, tx, subject(awardID), now); err != nil {
			return nil, err
		}
		reports, err := s.Store.OfAward(ctx, tx, awardID)
		if err != nil {
			return nil, err
		}
		answer := &saakornv1.PlanReportsResponse{}
		for _, report := range reports {
			report.Content = nil
			answer.Reports = append(answer.Reports, present(report, nil, now))
		}
		return answer, nil
	})
}

// AddReport asks for a report that stands in no calendar.
func (s *Server) AddReport(ctx context.Context, r *saakornv1.AddReportRequest) (*saakornv1.AddReportResponse, error) {
	due, err := calendar.Parse(r.GetDueOn())
	if err != nil {
		return nil, fault.Field("due_on", "NO_SUCH_DATE", "write an existing date as 2019-11-30")
	}
	if err := checkTexts(map[string]string{"title": r.GetTitle(), "reason": r.GetReason()}); err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.AddReportResponse, error) {
		now := s.Clock.Now()
		if err := CheckExtra(due, now); err != nil {
			return nil, err
		}
		award, err := s.Awards.Award(ctx, tx, uuid.MustParse(r.GetAwardId()))
		if err != nil {
			return nil, err
		}
		if award.State != grant.Accepted {
			return nil, errNotAccepted()
		}
		caller, _ := access.From(ctx)
		report := newReport(award, now)
		report.Key, report.Kind, report.Title = extraKey(report.ID), scheme.ExtraReport, r.GetTitle()
		report.HoldsPayment, report.FourEyes, report.DueOn = r.GetHoldsPayment(), r.GetHoldsPayment(), due
		date := DueDate{uuid.Must(uuid.NewV7()), due, r.GetReason(), caller.ID, now}
		if _, err := insert(ctx, tx, report, date); err != nil {
			return nil, err
		}
		after := map[string]any{"report_key": report.Key, "due_on": due.String(), "reason": r.GetReason()}
		if err := record(ctx, tx, report, "REPORT_ASKED_FOR", now, nil, after); err != nil {
			return nil, err
		}
		return &saakornv1.AddReportResponse{Report: present(report, nil, now)}, s.Waker.Wake(ctx, tx, subject(award.ID), now)
	})
}

func errNotAccepted() error {
	return fault.NewPrecondition("AWARD_NOT_ACCEPTED", "only an award whose terms have been accepted is reported on")
}

// MoveReportDueDate moves the due date of a report of which nothing has come.
func (s *Server) MoveReportDueDate(ctx context.Context, r *saakornv1.MoveReportDueDateRequest) (*saakornv1.MoveReportDueDateResponse, error) {
	due, err := calendar.Parse(r.GetDueOn())
	if err != nil {
		return nil, fault.Field("due_on", "NO_SUCH_DATE", "write an existing date as 2019-11-30")
	}
	if err := checkTexts(map[string]string{"reason": r.GetReason()}); err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.MoveReportDueDateResponse, error) {
		caller, _ := access.From(ctx)
		report, err := s.edit(ctx, tx, r.GetReportId(), r.GetEtag(), "REPORT_DUE_DATE_MOVED", func(report *Report, _ *scheme.Definition, now time.Time) (any, any, error) {
			if err := CheckMove(*report, due, now); err != nil {
				return nil, nil, err
			}
			before := map[string]any{"due_on": report.DueOn.String()}
			if err := settle(ctx, tx, now, missingKey(*report), escalatedKey(*report)); err != nil {
				return nil, nil, err
			}
			report.DueOn = due
			date := DueDate{uuid.Must(uuid.NewV7()), due, r.GetReason(), caller.ID, now}
			return before, map[string]any{"due_on": due.String(), "reason": r.GetReason()}, insertDueDate(ctx, tx, report.ID, date)
		})
		if err != nil {
			return nil, err
		}
		report.Content = nil
		return &saakornv1.MoveReportDueDateResponse{Report: present(report, nil, s.Clock.Now())}, nil
	})
}

// UpdateReport saves what has been written so far.
func (s *Server) UpdateReport(ctx context.Context, r *saakornv1.UpdateReportRequest) (*saakornv1.UpdateReportResponse, error) {
	if err := fieldmask.Validate(r.GetUpdateMask(), r.GetContent()); err != nil {
		return nil, fault.Field("update_mask", "NO_SUCH_FIELD", "name fields of the content, for example narrative.worked")
	}
	if err := s.mine(ctx, r.GetReportId(), true); err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.UpdateReportResponse, error) {
		report, err := s.edit(ctx, tx, r.GetReportId(), r.GetEtag(), "REPORT_SAVED", func(report *Report, rules *scheme.Definition, _ time.Time) (any, any, error) {
			if err := CheckEditable(*report); err != nil {
				return nil, nil, err
			}
			before := proto.CloneOf(report.Content)
			fieldmask.Update(r.GetUpdateMask(), report.Content, r.GetContent())
			if len(r.GetUpdateMask().GetPaths()) == 0 {
				report.Content = r.GetContent()
			}
			reviews, err := listReviews(ctx, tx, report.ID)
			if err != nil {
				return nil, nil, err
			}
			if wrong := append(CheckText(report.Content, rules), CheckAnswered(report.Content.GetAnswers(), reviews)...); len(wrong) > 0 {
				return nil, nil, fault.NewInvalid(wrong...)
			}
			report.Unsubmitted = true
			return changedParts(before, report.Content), changedParts(report.Content, before), nil
		})
		if err != nil {
			return nil, err
		}
		files, err := listAttachments(ctx, tx, report.ID)
		return &saakornv1.UpdateReportResponse{Report: present(report, files, s.Clock.Now())}, err
	})
}

// changedParts returns the top-level parts of the content that differ from the other one.
func changedParts(content, other *saakornv1.ReportContent) *saakornv1.ReportContent {
	changed := &saakornv1.ReportContent{}
	fields := content.ProtoReflect().Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if content.ProtoReflect().Has(f) && !content.ProtoReflect().Get(f).Equal(other.ProtoReflect().Get(f)) {
			changed.ProtoReflect().Set(f, content.ProtoReflect().Get(f))
		}
	}
	return changed
}

// SubmitReport submits the report, or a corrected version, and gives a receipt.
func (s *Server) SubmitReport(ctx context.Context, r *saakornv1.SubmitReportRequest) (*saakornv1.SubmitReportResponse, error) {
	if err := s.mine(ctx, r.GetReportId(), true); err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.SubmitReportResponse, error) {
		var digest string
		caller, _ := access.From(ctx)
		report, err := s.edit(ctx, tx, r.GetReportId(), r.GetEtag(), "REPORT_SUBMITTED", func(report *Report, rules *scheme.Definition, now time.Time) (any, any, error) {
			files, err := listAttachments(ctx, tx, report.ID)
			if err != nil {
				return nil, nil, err
			}
			before := map[string]any{"state": report.State, "version": report.Version}
			if *report, err = Submit(*report, rules, files, now); err != nil {
				return nil, nil, err
			}
			if digest, err = s.keepVersion(ctx, tx, *report, files, caller.ID, now); err != nil {
				return nil, nil, err
			}
			if err := saveFigures(ctx, tx, *report, nil); err != nil {
				return nil, nil, err
			}
			if err := raiseReading(ctx, tx, *report, now); err != nil {
				return nil, nil, err
			}
			return before, map[string]any{"version": report.Version, "late": report.Late, "sha256": digest}, s.refill(ctx, tx, *report, rules)
		})
		if err != nil {
			return nil, err
		}
		return &saakornv1.SubmitReportResponse{Receipt: &saakornv1.ReportReceipt{
			ReportId: report.ID.String(), Version: report.Version, ReceivedAt: timestamppb.New(*report.SubmittedAt), Late: report.Late,
			FirstReceivedAt: timestamppb.New(*report.FirstSubmittedAt), Sha256: digest, Etag: report.Etag(),
		}}, nil
	})
}

// refill fills in what came last in the award's other reports, as far as nobody has written on them.
func (s *Server) refill(ctx context.Context, tx pgx.Tx, submitted Report, rules *scheme.Definition) error {
	others, err := s.Store.OfAward(ctx, tx, submitted.AwardID)
	if err != nil {
		return err
	}
	applied, err := s.Applications.Submission(ctx, tx, submitted.ApplicationID)
	if err != nil {
		return err
	}
	for _, r := range others {
		if r.ID == submitted.ID || r.State != Open || r.Unsubmitted || !submitted.DueOn.Before(r.DueOn) {
			continue
		}
		content, err := encodeContent(Prefill(r, rules, applied.Content, submitted.Content))
		if err != nil {
			return err
		}
		if err := db.New(tx).RefillReport(ctx, db.RefillReportParams{ID: r.ID, Content: content}); err != nil {
			return fmt.Errorf("fill in a report: %w", err)
		}
	}
	return nil
}

func (s *Server) keepVersion(ctx context.Context, tx pgx.Tx, r Report, files []Attachment, by string, now time.Time) (digest string, err error) {
	if digest, err = Digest(r.Content, files); err != nil {
		return "", err
	}
	content, err := encodeContent(r.Content)
	if err != nil {
		return "", err
	}
	ids := make([]uuid.UUID, 0, len(files))
	for _, f := range files {
		ids = append(ids, f.ID)
	}
	err = db.New(tx).InsertVersion(ctx, db.InsertVersionParams{
		ReportID: r.ID, Version: r.Version, Content: content, AttachmentIds: ids, Sha256: digest, SubmittedBy: by, SubmittedAt: now,
	})
	if err != nil {
		return "", fmt.Errorf("keep a submitted version: %w", err)
	}
	title := fmt.Sprintf("Rapport for tilskudd %d, versjon %d", r.GrantYear, r.Version)
	return digest, s.Journal.Write(ctx, tx, journal.Entry{
		Source: fmt.Sprintf("report/%s/%d", r.ID, r.Version), ApplicationID: r.ApplicationID, Type: journal.Incoming, Title: title,
		PublicTitle: title, Correspondents: []journal.Correspondent{journal.Party(journal.Sender)}, Attachments: len(files), WrittenAt: now,
	})
}

// Digest is the checksum on the receipt: it covers the content and every file's own checksum.
func Digest(content *saakornv1.ReportContent, files []Attachment) (string, error) {
	body, err := proto.MarshalOptions{Deterministic: true}.Marshal(content)
	if err != nil {
		return "", fmt.Errorf("encode the content: %w", err)
	}
	sums := make([]string, 0, len(files))
	for _, f := range files {
		sums = append(sums, f.SHA256)
	}
	slices.Sort(sums)
	sum := sha256.New()
	sum.Write(body)
	for _, s := range sums {
		sum.Write([]byte(s))
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// newReport returns the beginning of a report on the award.
func newReport(a grant.Award, now time.Time) Report {
	return Report{
		ID: uuid.Must(uuid.NewV7()), Revision: 1, AwardID: a.ID, LifecycleID: a.LifecycleID, EnterpriseID: a.EnterpriseID,
		ApplicationID: a.ApplicationID, SchemeID: a.SchemeID, SchemeVersion: a.SchemeVersion, GrantYear: a.GrantYear,
		AmountOre: a.AmountOre, State: Open, Content: &saakornv1.ReportContent{}, CreatedAt: now, UpdatedAt: now,
	}
}

// planner gives awards their reports.
type planner struct {
	schemes      Schemes
	awards       Awards
	applications Applications
}

// warm loads the rules before the transaction, which must not need a second connection.
func (p planner) warm(ctx context.Context, q grant.Querier, awardID uuid.UUID) error {
	award, err := p.awards.Award(ctx, q, awardID)
	if err != nil {
		return err
	}
	_, err = p.schemes.Definition(ctx, award.SchemeID, award.SchemeVersion)
	return err
}

// plan gives the award every report of the calendar that it lacks, prefilled. Repeating it changes nothing.
func (p planner) plan(ctx context.Context, tx pgx.Tx, awardID uuid.UUID, now time.Time) error {
	award, err := p.awards.Award(ctx, tx, awardID)
	if err != nil {
		return err
	}
	// An award that was stopped before its reports were planned has to be reported on, or nobody could close it.
	if award.State != grant.Accepted && (award.State != grant.Stopped || award.AcceptedAt == nil) {
		return errNotAccepted()
	}
	rules, err := p.schemes.Definition(ctx, award.SchemeID, award.SchemeVersion)
	if err != nil {
		return err
	}
	applied, err := p.applications.Submission(ctx, tx, award.ApplicationID)
	if err != nil {
		return err
	}
	for _, rule := range rules.Reporting.Calendar {
		r := newReport(award, now)
		r.Key, r.Kind, r.HoldsPayment, r.FourEyes, r.DueOn = rule.Key, rule.Kind, rule.HoldsPayment, rule.FourEyes, rule.Due(award.GrantYear)
		previous, err := lastContent(ctx, tx, r)
		if err != nil {
			return err
		}
		r.Content = Prefill(r, rules, applied.Content, previous)
		caller, _ := access.From(ctx)
		inserted, err := insert(ctx, tx, r, DueDate{uuid.Must(uuid.NewV7()), r.DueOn, "", caller.ID, now})
		if err != nil {
			return err
		}
		if !inserted {
			continue
		}
		if err := record(ctx, tx, r, "REPORT_PLANNED", now, nil, map[string]any{"report_key": r.Key, "due_on": r.DueOn.String()}); err != nil {
			return err
		}
	}
	return nil
}

func lastContent(ctx context.Context, q Querier, r Report) (*saakornv1.ReportContent, error) {
	stored, err := db.New(q).GetPrevious(ctx, db.GetPreviousParams{LifecycleID: r.LifecycleID, ReportID: r.ID, DueOn: encodeDate(r.DueOn)})
	if errors.Is(err, pgx.ErrNoRows) {
		return &saakornv1.ReportContent{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look for the previous report: %w", err)
	}
	return decodeContent(stored)
}
