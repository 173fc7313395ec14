package followup

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/followup/db"
	"saakorn/services/grant"
	"saakorn/services/platform/access"
	"saakorn/services/platform/command"
	"saakorn/services/platform/fault"
	"saakorn/services/reporting"
	"saakorn/services/scheme"
)

// AssessOwnSustainability records the enterprise's own view.
func (s *Server) AssessOwnSustainability(ctx context.Context, r *saakornv1.AssessOwnSustainabilityRequest) (*saakornv1.AssessOwnSustainabilityResponse, error) {
	if err := checkTexts(r); err != nil {
		return nil, err
	}
	l, err := s.Grants.Lifecycle(ctx, s.Pool, uuid.MustParse(r.GetLifecycleId()))
	if err != nil {
		return nil, err
	}
	if err := mine(ctx, s.Enterprises, l.EnterpriseID, "lifecycle"); err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.AssessOwnSustainabilityResponse, error) {
		a, err := s.assess(ctx, tx, r, true)
		return &saakornv1.AssessOwnSustainabilityResponse{Assessment: a}, err
	})
}

// AssessSustainability records the officer's view.
func (s *Server) AssessSustainability(ctx context.Context, r *saakornv1.AssessSustainabilityRequest) (*saakornv1.AssessSustainabilityResponse, error) {
	if err := checkTexts(r); err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.AssessSustainabilityResponse, error) {
		a, err := s.assess(ctx, tx, r, false)
		return &saakornv1.AssessSustainabilityResponse{Assessment: a}, err
	})
}

// view is one side's view of a grant year.
type view interface {
	GetLifecycleId() string
	GetGrantYear() int32
	GetScores() []*saakornv1.DimensionScore
}

func (s *Server) assess(ctx context.Context, tx pgx.Tx, r view, own bool) (*saakornv1.SustainabilityAssessment, error) {
	l, awards, rules, err := s.lock(ctx, tx, r.GetLifecycleId())
	if err != nil {
		return nil, err
	}
	award, err := awardFor(awards, int(r.GetGrantYear()))
	if err != nil {
		return nil, err
	}
	var suggested []Suggestion
	if !own {
		if suggested, err = suggest(ctx, tx, s.Reports, l, rules, award); err != nil {
			return nil, err
		}
	}
	scores := scoresOf(r.GetScores())
	if err := CheckScores(scores, rules.Followup, suggested); err != nil {
		return nil, err
	}
	now := s.Clock.Now()
	if err := saveAssessment(ctx, tx, l.ID, int(r.GetGrantYear()), scores, suggested, own, now); err != nil {
		return nil, err
	}
	action := "SUSTAINABILITY_ASSESSED"
	if own {
		action = "OWN_SUSTAINABILITY_ASSESSED"
	}
	err = record(ctx, tx, "lifecycle", l.ID, action, now, nil, map[string]any{"grant_year": r.GetGrantYear(), "scores": scores, "suggested": suggested})
	if err != nil {
		return nil, err
	}
	return s.assessmentOf(ctx, tx, l.ID, int(r.GetGrantYear()), own)
}

func saveAssessment(ctx context.Context, tx pgx.Tx, lifecycleID uuid.UUID, year int, scores []Score, suggested []Suggestion, own bool, now time.Time) error {
	caller, _ := access.From(ctx)
	stored, err := json.Marshal(scores)
	if err != nil {
		return fmt.Errorf("encode an assessment: %w", err)
	}
	id := uuid.Must(uuid.NewV7())
	if own {
		err = db.New(tx).SaveOwnAssessment(ctx, db.SaveOwnAssessmentParams{
			ID: id, LifecycleID: lifecycleID, GrantYear: int32(year), Scores: stored, MadeBy: &caller.ID, MadeAt: &now,
		})
	} else {
		var support json.RawMessage
		if support, err = json.Marshal(suggested); err != nil {
			return fmt.Errorf("encode an assessment: %w", err)
		}
		err = db.New(tx).SaveOfficerAssessment(ctx, db.SaveOfficerAssessmentParams{
			ID: id, LifecycleID: lifecycleID, GrantYear: int32(year), Scores: stored, Suggested: support, MadeBy: &caller.ID, MadeAt: &now,
		})
	}
	if err != nil {
		return fmt.Errorf("save an assessment of sustainability: %w", err)
	}
	return nil
}

// suggest returns what the figures suggest now: those of the newest delivered report.
func suggest(ctx context.Context, q Querier, reports Reports, l grant.Lifecycle, rules *scheme.Definition, award grant.Award) ([]Suggestion, error) {
	latest, found, err := reports.Latest(ctx, q, l.ID)
	if err != nil {
		return nil, err
	}
	var figures *reporting.Figures
	if found {
		figures = &latest.Figures
	}
	return Suggest(rules.Followup, figures, award.YearNumber), nil
}

// assessmentOf returns the assessment of the year as one side sees it.
func (s *Server) assessmentOf(ctx context.Context, q Querier, lifecycleID uuid.UUID, year int, own bool) (*saakornv1.SustainabilityAssessment, error) {
	all, err := listAssessments(ctx, q, lifecycleID)
	if err != nil {
		return nil, err
	}
	for i, a := range all {
		if a.GrantYear == year {
			return presentAssessment(a, all[i+1:], own), nil
		}
	}
	return nil, fault.NewNotFound("assessment")
}

// ListSustainabilityAssessments returns both views of every grant year side by side.
func (s *Server) ListSustainabilityAssessments(ctx context.Context, r *saakornv1.ListSustainabilityAssessmentsRequest) (*saakornv1.ListSustainabilityAssessmentsResponse, error) {
	l, own, err := s.lifecycle(ctx, r.GetLifecycleId())
	if err != nil {
		return nil, err
	}
	all, err := listAssessments(ctx, s.Pool, l.ID)
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.ListSustainabilityAssessmentsResponse{}
	for i, a := range all {
		answer.Assessments = append(answer.Assessments, presentAssessment(a, all[i+1:], own))
	}
	awards, err := s.Grants.Awards(ctx, s.Pool, l.ID)
	if err != nil || len(awards) == 0 {
		return answer, err
	}
	rules, err := newestRules(ctx, s.Schemes, l, awards)
	if err != nil {
		return nil, err
	}
	suggested, err := suggest(ctx, s.Pool, s.Reports, l, rules, awards[len(awards)-1])
	answer.Suggested = decodeAll(suggested, presentSuggestion)
	return answer, err
}

func scoresOf(scores []*saakornv1.DimensionScore) []Score {
	return decodeAll(scores, func(s *saakornv1.DimensionScore) Score {
		return Score{s.GetDimension(), int(s.GetLevel()), s.GetReason()}
	})
}
