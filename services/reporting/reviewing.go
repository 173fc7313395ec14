package reporting

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/journal"
	"saakorn/services/platform/access"
	"saakorn/services/platform/command"
	"saakorn/services/platform/task"
	"saakorn/services/scheme"
)

// taskKey is the key of what officers have to do about the report: read it, or ask where it is.
func taskKey(r Report, what string) string { return fmt.Sprintf("report/%s/%s", what, r.ID) }

// ReturnReport sends a report back with questions.
func (s *Server) ReturnReport(ctx context.Context, r *saakornv1.ReturnReportRequest) (*saakornv1.ReturnReportResponse, error) {
	texts := map[string]string{"note": r.GetNote()}
	for i, q := range r.GetQuestions() {
		texts[fmt.Sprintf("questions[%d]", i)] = q
	}
	if err := checkTexts(texts); err != nil {
		return nil, err
	}
	if err := CheckFields(r.GetFields(), len(r.GetQuestions())); err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.ReturnReportResponse, error) {
		report, err := s.review(ctx, tx, r, ReviewEntry{Outcome: OutcomeReturned, Note: r.GetNote(), Questions: r.GetQuestions(), Fields: r.GetFields()},
			func(report Report, _ string, now time.Time) (Report, error) { return Return(report, now) })
		if err != nil {
			return nil, err
		}
		answer, err := s.presentToStaff(ctx, tx, report)
		return &saakornv1.ReturnReportResponse{Report: answer}, err
	})
}

// ReviewReport records an officer's review.
func (s *Server) ReviewReport(ctx context.Context, r *saakornv1.ReviewReportRequest) (*saakornv1.ReviewReportResponse, error) {
	if err := checkTexts(map[string]string{"assessment": r.GetAssessment()}); err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.ReviewReportResponse, error) {
		report, err := s.review(ctx, tx, r, ReviewEntry{Outcome: OutcomeReviewed, Note: r.GetAssessment()},
			func(report Report, by string, now time.Time) (Report, error) {
				return Review(report, r.GetAssessment(), r.AcceptedCostOre, by, now)
			})
		if err != nil {
			return nil, err
		}
		answer, err := s.presentToStaff(ctx, tx, report)
		return &saakornv1.ReviewReportResponse{Report: answer}, err
	})
}

// ApproveReport approves a report.
func (s *Server) ApproveReport(ctx context.Context, r *saakornv1.ApproveReportRequest) (*saakornv1.ApproveReportResponse, error) {
	if err := checkTexts(map[string]string{"note": r.GetNote()}); err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.ApproveReportResponse, error) {
		report, err := s.review(ctx, tx, r, ReviewEntry{Outcome: OutcomeApproved, Note: r.GetNote()}, Approve)
		if err != nil {
			return nil, err
		}
		answer, err := s.presentToStaff(ctx, tx, report)
		return &saakornv1.ApproveReportResponse{Report: answer}, err
	})
}

// WaiveReport asks no more for a report.
func (s *Server) WaiveReport(ctx context.Context, r *saakornv1.WaiveReportRequest) (*saakornv1.WaiveReportResponse, error) {
	if err := checkTexts(map[string]string{"reason": r.GetReason()}); err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.WaiveReportResponse, error) {
		report, err := s.review(ctx, tx, r, ReviewEntry{Outcome: OutcomeWaived, Note: r.GetReason()}, Waive)
		if err != nil {
			return nil, err
		}
		answer, err := s.presentToStaff(ctx, tx, report)
		return &saakornv1.WaiveReportResponse{Report: answer}, err
	})
}

// judged is a request of an officer about one report.
type judged interface {
	GetReportId() string
	GetEtag() string
}

// review carries out what an officer does with the newest version.
func (s *Server) review(ctx context.Context, tx pgx.Tx, q judged, e ReviewEntry, do func(r Report, by string, now time.Time) (Report, error)) (Report, error) {
	caller, _ := access.From(ctx)
	return s.edit(ctx, tx, q.GetReportId(), q.GetEtag(), "REPORT_"+string(e.Outcome), func(r *Report, _ *scheme.Definition, now time.Time) (any, any, error) {
		before := map[string]any{"state": r.State, "version": r.Version}
		changed, err := do(*r, caller.ID, now)
		if err != nil {
			return nil, nil, err
		}
		*r = changed
		e.ID, e.Version, e.MadeBy, e.MadeAt = uuid.Must(uuid.NewV7()), r.Version, caller.ID, now
		if err := insertReview(ctx, tx, r.ID, e); err != nil {
			return nil, nil, err
		}
		if err := s.follow(ctx, tx, *r, e.Outcome, now); err != nil {
			return nil, nil, err
		}
		return before, map[string]any{"outcome": e.Outcome, "note": e.Note, "questions": e.Questions, "accepted_cost_ore": r.AcceptedCostOre}, nil
	})
}

// raiseReading asks an officer to read the version that has come in. What was missing has come.
func raiseReading(ctx context.Context, tx pgx.Tx, r Report, now time.Time) error {
	if err := settle(ctx, tx, now, missingKey(r), escalatedKey(r)); err != nil {
		return err
	}
	_, err := task.Raise(ctx, tx, task.Task{
		Key: readingKey(r), Kind: "REPORT_TO_READ", LifecycleID: r.LifecycleID, AwardID: r.AwardID, SubjectID: r.ID,
		Role: saakornv1.Role_ROLE_CASE_OFFICER, Facts: map[string]string{"report_key": r.Key, "version": fmt.Sprint(r.Version)},
	}, now)
	return err
}

func settle(ctx context.Context, tx pgx.Tx, now time.Time, keys ...string) error {
	for _, key := range keys {
		if _, err := task.Settle(ctx, tx, key, now); err != nil {
			return err
		}
	}
	return nil
}

// follow does what follows from an officer's judgement: one task is done and another begins, and an
// approved report counts in the figures and stands in the journal.
func (s *Server) follow(ctx context.Context, tx pgx.Tx, r Report, outcome ReviewOutcome, now time.Time) error {
	if err := settle(ctx, tx, now, readingKey(r)); err != nil {
		return err
	}
	if outcome == OutcomeReviewed {
		_, err := task.Raise(ctx, tx, task.Task{
			Key: approvingKey(r), Kind: "REPORT_TO_APPROVE", LifecycleID: r.LifecycleID, AwardID: r.AwardID, SubjectID: r.ID,
			Role: saakornv1.Role_ROLE_DECISION_MAKER, Facts: map[string]string{"report_key": r.Key},
		}, now)
		return err
	}
	if err := settle(ctx, tx, now, approvingKey(r), missingKey(r), escalatedKey(r)); err != nil {
		return err
	}
	if outcome != OutcomeApproved {
		return nil
	}
	filed, err := registered(ctx, tx, r)
	if err != nil {
		return err
	}
	if err := saveFigures(ctx, tx, r, filed); err != nil {
		return err
	}
	caller, _ := access.From(ctx)
	title := fmt.Sprintf("Godkjenning av rapport for tilskudd %d", r.GrantYear)
	return s.Journal.Write(ctx, tx, journal.Entry{
		Source: "report-approval/" + r.ID.String(), ApplicationID: r.ApplicationID, Type: journal.Internal, Title: title, PublicTitle: title,
		Correspondents: []journal.Correspondent{journal.Colleague(journal.InternalSender, caller.Name)}, WrittenAt: now,
	})
}

// readingKey is the key of the task to read the version that is in now.
func readingKey(r Report) string { return fmt.Sprintf("%s/%d", taskKey(r, "read"), r.Version) }

// approvingKey is the key of the task to approve the version that is in now.
func approvingKey(r Report) string { return fmt.Sprintf("%s/%d", taskKey(r, "approve"), r.Version) }

// presentToStaff returns the report as staff see it.
func (s *Server) presentToStaff(ctx context.Context, q Querier, r Report) (*saakornv1.Report, error) {
	rules, err := s.Schemes.Definition(ctx, r.SchemeID, r.SchemeVersion)
	if err != nil {
		return nil, err
	}
	content, err := submission(ctx, q, r)
	if err != nil {
		return nil, err
	}
	var hidden bool
	r.Content, hidden = Suppress(content, rules.Reporting)
	files, err := submittedFiles(ctx, q, r, r.Version)
	if err != nil {
		return nil, err
	}
	p := present(r, files, s.Clock.Now())
	p.Suppressed, p.Unsubmitted, p.Assessment = hidden, false, r.Assessment
	return p, nil
}
