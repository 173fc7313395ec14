package reporting

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"google.golang.org/protobuf/encoding/protojson"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/database"
	"saakorn/services/platform/fault"
	"saakorn/services/reporting/db"
	"saakorn/services/scheme"
)

// Querier is a connection pool or a transaction.
type Querier = db.DBTX

// Store reads reports. Other contexts ask it what has been approved.
type Store struct{}

// Report returns the report with the identifier; a NotFound fault when there is none.
func (Store) Report(ctx context.Context, q Querier, id uuid.UUID) (Report, error) {
	row, err := db.New(q).GetReport(ctx, id)
	if err != nil {
		return Report{}, notFound("report", err)
	}
	return decode(row)
}

// OfAward returns the reports of an award, by due date.
func (Store) OfAward(ctx context.Context, q Querier, awardID uuid.UUID) ([]Report, error) {
	rows, err := db.New(q).ListReportsOfAward(ctx, awardID)
	if err != nil {
		return nil, fmt.Errorf("list the reports of an award: %w", err)
	}
	reports := make([]Report, 0, len(rows))
	for _, row := range rows {
		r, err := decode(row)
		if err != nil {
			return nil, err
		}
		reports = append(reports, r)
	}
	return reports, nil
}

// Gate is what one report lets through to those who pay.
type Gate struct {
	// Key is that of the scheme's calendar.
	Key  string
	Kind scheme.ReportKind
	// Settled tells that the report has been approved, or that nobody asks for it any more.
	Settled bool
	// ApprovedAt is nil until the report is approved.
	ApprovedAt *time.Time
	// Overdue tells that nothing has come although the due date has passed.
	Overdue bool
	// HoldsPayment tells that the next instalment waits for the report.
	HoldsPayment bool
	// StatementNeeded tells that an auditor's statement belongs to the report, StatementReceived that the
	// newest submitted version has one.
	StatementNeeded, StatementReceived bool
	// AcceptedCostOre are the project costs that were accepted, nil until the final report is reviewed.
	AcceptedCostOre *int64
}

// Gates returns what each report of the award lets through at now, by due date. Ask in the transaction
// that pays.
func (s Store) Gates(ctx context.Context, q Querier, awardID uuid.UUID, rules *scheme.Definition, now time.Time) ([]Gate, error) {
	reports, err := s.OfAward(ctx, q, awardID)
	if err != nil {
		return nil, err
	}
	gates := make([]Gate, 0, len(reports))
	for _, r := range reports {
		g := Gate{
			Key: r.Key, Kind: r.Kind, Settled: r.Settled(), ApprovedAt: r.ApprovedAt, Overdue: r.Overdue(now), HoldsPayment: r.HoldsPayment,
			StatementNeeded: rules.Reporting.AuditorStatement.Needed(r.Kind, r.AmountOre), AcceptedCostOre: r.AcceptedCostOre,
		}
		if g.StatementNeeded && r.Version > 0 {
			files, err := submittedFiles(ctx, q, r, r.Version)
			if err != nil {
				return nil, err
			}
			g.StatementReceived = hasFile(files, rules.Reporting.AuditorStatement.Attachment)
		}
		gates = append(gates, g)
	}
	return gates, nil
}

// lock returns the report and keeps others from changing anything of it until the transaction ends.
func lock(ctx context.Context, tx pgx.Tx, id uuid.UUID) (Report, error) {
	row, err := db.New(tx).LockReport(ctx, id)
	if err != nil {
		return Report{}, notFound("report", err)
	}
	return decode(row)
}

// save stores the report with the state that follows from it.
func save(ctx context.Context, tx pgx.Tx, r *Report, now time.Time) error {
	content, err := encodeContent(r.Content)
	if err != nil {
		return err
	}
	r.State, r.UpdatedAt = StateOf(*r), now
	r.Revision, err = db.New(tx).UpdateReport(ctx, db.UpdateReportParams{
		ID: r.ID, DueOn: encodeDate(r.DueOn), State: string(r.State), Content: content, Version: r.Version,
		Unsubmitted: r.Unsubmitted, UpdatedAt: now, FirstSubmittedAt: r.FirstSubmittedAt, SubmittedAt: r.SubmittedAt, Late: r.Late,
		ReturnedAt: r.ReturnedAt, ReviewedBy: orNull(r.ReviewedBy), ReviewedAt: r.ReviewedAt, Assessment: r.Assessment,
		AcceptedCostOre: r.AcceptedCostOre, ApprovedBy: orNull(r.ApprovedBy), ApprovedAt: r.ApprovedAt, WaivedBy: orNull(r.WaivedBy),
		WaivedAt: r.WaivedAt, ComparedVersion: r.ComparedVersion,
	})
	if database.Violates(err, "report_four_eyes") {
		return errFourEyes()
	}
	if err != nil {
		return fmt.Errorf("save a report: %w", err)
	}
	return nil
}

// insert stores a new report with its first due date, and tells whether there was none with its key.
func insert(ctx context.Context, tx pgx.Tx, r Report, first DueDate) (bool, error) {
	content, err := encodeContent(r.Content)
	if err != nil {
		return false, err
	}
	queries := db.New(tx)
	inserted, err := queries.InsertReport(ctx, db.InsertReportParams{
		ID: r.ID, AwardID: r.AwardID, LifecycleID: r.LifecycleID, EnterpriseID: r.EnterpriseID, ApplicationID: r.ApplicationID,
		SchemeID: r.SchemeID, SchemeVersion: r.SchemeVersion, ReportKey: r.Key, Kind: string(r.Kind), Title: r.Title,
		GrantYear: int32(r.GrantYear), AmountOre: r.AmountOre, HoldsPayment: r.HoldsPayment, FourEyes: r.FourEyes,
		DueOn: encodeDate(r.DueOn), Content: content, CreatedAt: r.CreatedAt,
	})
	if err != nil {
		return false, fmt.Errorf("plan a report: %w", err)
	}
	if inserted == 0 {
		return false, nil
	}
	return true, insertDueDate(ctx, tx, r.ID, first)
}

func insertDueDate(ctx context.Context, tx pgx.Tx, reportID uuid.UUID, d DueDate) error {
	err := db.New(tx).InsertDueDate(ctx, db.InsertDueDateParams{
		ID: d.ID, ReportID: reportID, DueOn: encodeDate(d.DueOn), Reason: d.Reason, DecidedBy: d.DecidedBy, DecidedAt: d.DecidedAt,
	})
	if err != nil {
		return fmt.Errorf("set a due date: %w", err)
	}
	return nil
}

// notify records that the system did something because of the due date, and tells whether it had not
// been done before.
func notify(ctx context.Context, tx pgx.Tx, reportID uuid.UUID, n Notice) (bool, error) {
	done, err := db.New(tx).InsertNotice(ctx, db.InsertNoticeParams{
		ReportID: reportID, DueOn: encodeDate(n.DueOn), Kind: string(n.Kind), Days: int32(n.Days), At: n.At,
	})
	if err != nil {
		return false, fmt.Errorf("record a notice: %w", err)
	}
	return done == 1, nil
}

func listNotices(ctx context.Context, q Querier, reportID uuid.UUID) ([]Notice, error) {
	rows, err := db.New(q).ListNotices(ctx, reportID)
	if err != nil {
		return nil, fmt.Errorf("list notices: %w", err)
	}
	notices := make([]Notice, 0, len(rows))
	for _, row := range rows {
		notices = append(notices, Notice{NoticeKind(row.Kind), decodeDate(row.DueOn), int(row.Days), row.At})
	}
	return notices, nil
}

func listDueDates(ctx context.Context, q Querier, reportID uuid.UUID) ([]DueDate, error) {
	rows, err := db.New(q).ListDueDates(ctx, reportID)
	if err != nil {
		return nil, fmt.Errorf("list due dates: %w", err)
	}
	dates := make([]DueDate, 0, len(rows))
	for _, row := range rows {
		dates = append(dates, DueDate{row.ID, decodeDate(row.DueOn), row.Reason, row.DecidedBy, row.DecidedAt})
	}
	return dates, nil
}

func listReviews(ctx context.Context, q Querier, reportID uuid.UUID) ([]ReviewEntry, error) {
	rows, err := db.New(q).ListReviews(ctx, reportID)
	if err != nil {
		return nil, fmt.Errorf("list reviews: %w", err)
	}
	reviews := make([]ReviewEntry, 0, len(rows))
	for _, row := range rows {
		reviews = append(reviews, ReviewEntry{
			row.ID, row.Version, ReviewOutcome(row.Outcome), row.Note, row.Questions, row.Fields, row.MadeBy, row.MadeAt,
		})
	}
	return reviews, nil
}

func insertReview(ctx context.Context, tx pgx.Tx, reportID uuid.UUID, e ReviewEntry) error {
	if e.Questions == nil {
		e.Questions = []string{}
	}
	if e.Fields == nil {
		e.Fields = []string{}
	}
	err := db.New(tx).InsertReview(ctx, db.InsertReviewParams{
		ID: e.ID, ReportID: reportID, Version: e.Version, Outcome: string(e.Outcome), Note: e.Note, Questions: e.Questions,
		Fields: e.Fields, MadeBy: e.MadeBy, MadeAt: e.MadeAt,
	})
	if err != nil {
		return fmt.Errorf("record a review: %w", err)
	}
	return nil
}

// submission returns what the newest submitted version says, and an empty content when there is none.
func submission(ctx context.Context, q Querier, r Report) (*saakornv1.ReportContent, error) {
	if r.Version == 0 {
		return &saakornv1.ReportContent{}, nil
	}
	row, err := db.New(q).GetVersion(ctx, db.GetVersionParams{ReportID: r.ID, Version: r.Version})
	if err != nil {
		return nil, notFound("report", err)
	}
	return decodeContent(row.Content)
}

// submittedFiles returns the files of a submitted version, also those that have been removed since.
func submittedFiles(ctx context.Context, q Querier, r Report, version int32) ([]Attachment, error) {
	row, err := db.New(q).GetVersion(ctx, db.GetVersionParams{ReportID: r.ID, Version: version})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("load a submitted version: %w", err)
	}
	all, err := db.New(q).ListAllAttachments(ctx, r.ID)
	if err != nil {
		return nil, fmt.Errorf("list attachments: %w", err)
	}
	return only(attachments(all), row.AttachmentIds), nil
}

func only(files []Attachment, ids []uuid.UUID) []Attachment {
	var chosen []Attachment
	for _, f := range files {
		for _, id := range ids {
			if f.ID == id {
				chosen = append(chosen, f)
			}
		}
	}
	return chosen
}

func listAttachments(ctx context.Context, q Querier, reportID uuid.UUID) ([]Attachment, error) {
	rows, err := db.New(q).ListAttachments(ctx, reportID)
	if err != nil {
		return nil, fmt.Errorf("list attachments: %w", err)
	}
	return attachments(rows), nil
}

func attachments(rows []db.ReportAttachment) []Attachment {
	files := make([]Attachment, 0, len(rows))
	for _, row := range rows {
		files = append(files, Attachment{
			ID: row.ID, ReportID: row.ReportID, Kind: row.Kind, FileName: row.FileName, MediaType: row.MediaType,
			SizeBytes: row.SizeBytes, SHA256: row.Sha256, BlobKey: row.BlobKey, UploadedBy: row.UploadedBy, UploadedAt: row.UploadedAt,
		})
	}
	return files
}

func decode(row db.Report) (Report, error) {
	content, err := decodeContent(row.Content)
	if err != nil {
		return Report{}, err
	}
	return Report{
		ID: row.ID, Revision: row.Revision, AwardID: row.AwardID, LifecycleID: row.LifecycleID, EnterpriseID: row.EnterpriseID,
		ApplicationID: row.ApplicationID, SchemeID: row.SchemeID, SchemeVersion: row.SchemeVersion, Key: row.ReportKey,
		Kind: scheme.ReportKind(row.Kind), Title: row.Title, GrantYear: int(row.GrantYear), AmountOre: row.AmountOre,
		HoldsPayment: row.HoldsPayment, FourEyes: row.FourEyes, DueOn: decodeDate(row.DueOn), State: State(row.State), Content: content,
		Version: row.Version, Unsubmitted: row.Unsubmitted, CreatedAt: row.CreatedAt, UpdatedAt: row.UpdatedAt,
		FirstSubmittedAt: row.FirstSubmittedAt, SubmittedAt: row.SubmittedAt, Late: row.Late, ReturnedAt: row.ReturnedAt,
		ReviewedBy: orEmpty(row.ReviewedBy), ReviewedAt: row.ReviewedAt, Assessment: row.Assessment, AcceptedCostOre: row.AcceptedCostOre,
		ApprovedBy: orEmpty(row.ApprovedBy), ApprovedAt: row.ApprovedAt, WaivedBy: orEmpty(row.WaivedBy), WaivedAt: row.WaivedAt,
		ComparedVersion: row.ComparedVersion,
	}, nil
}

func decodeContent(stored json.RawMessage) (*saakornv1.ReportContent, error) {
	content := &saakornv1.ReportContent{}
	// A field that a later version of the contract has dropped is no reason to fail on old rows.
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(stored, content); err != nil {
		return nil, fmt.Errorf("decode stored content: %w", err)
	}
	return content, nil
}

func encodeContent(content *saakornv1.ReportContent) (json.RawMessage, error) {
	stored, err := protojson.Marshal(content)
	if err != nil {
		return nil, fmt.Errorf("encode content: %w", err)
	}
	return stored, nil
}

func decodeDate(d pgtype.Date) calendar.Date {
	if !d.Valid {
		return calendar.Date{}
	}
	year, month, day := d.Time.Date()
	return calendar.Date{Year: year, Month: month, Day: day}
}

func encodeDate(d calendar.Date) pgtype.Date {
	return pgtype.Date{Time: time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC), Valid: !d.IsZero()}
}

func notFound(what string, err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return fault.NewNotFound(what)
	}
	return fmt.Errorf("load the %s: %w", what, err)
}

func orEmpty(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
