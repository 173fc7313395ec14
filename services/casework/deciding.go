package casework

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework/db"
	"saakorn/services/platform/access"
	"saakorn/services/platform/command"
	"saakorn/services/platform/database"
	"saakorn/services/platform/fault"
	"saakorn/services/scheme"
)

// SaveAssessment saves the caller's own assessment.
func (s *Server) SaveAssessment(ctx context.Context, r *saakornv1.SaveAssessmentRequest) (*saakornv1.SaveAssessmentResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.SaveAssessmentResponse, error) {
		var saved Assessment
		_, err := s.change(ctx, tx, r.GetCaseId(), "", "ASSESSMENT_SAVED", func(f *File, rules *scheme.Definition, now time.Time) (any, any, error) {
			own, err := s.takeAssessment(ctx, tx, f, now)
			if err != nil {
				return nil, nil, err
			}
			if own.SubmittedAt != nil {
				return nil, nil, fault.NewPrecondition("SUBMITTED", "your assessment has been submitted and stands")
			}
			scores := scoresOf(r.GetScores())
			if err := CheckScores(*f, rules, scores, now); err != nil {
				return nil, nil, err
			}
			before := own.Scores
			own.Scores, saved = scores, Assessment{ID: own.ID, AssessorID: own.AssessorID, Scores: scores}
			return map[string]any{"scores": before}, map[string]any{"scores": scores}, saveScores(ctx, tx, *own)
		})
		if err != nil {
			return nil, err
		}
		return &saakornv1.SaveAssessmentResponse{Assessment: presentAssessment(saved, nil, true)}, nil
	})
}

func saveScores(ctx context.Context, tx pgx.Tx, a Assessment) error {
	stored, err := json.Marshal(a.Scores)
	if err != nil {
		return fmt.Errorf("encode scores: %w", err)
	}
	if err := db.New(tx).SaveScores(ctx, db.SaveScoresParams{ID: a.ID, Scores: stored}); err != nil {
		return fmt.Errorf("save an assessment: %w", err)
	}
	return nil
}

// takeAssessment returns the caller's own assessment. Whoever stands in for an assessor who is away takes
// over what has not been submitted, and begins anew: a judgement is one person's.
func (s *Server) takeAssessment(ctx context.Context, tx pgx.Tx, f *File, now time.Time) (*Assessment, error) {
	caller, _ := access.From(ctx)
	roster, err := s.roster(ctx, tx)
	if err != nil {
		return nil, err
	}
	taken := f.toAssess(caller.ID, roster.StandsInFor(caller.ID)...)
	if taken == nil {
		return nil, fault.NewNotFound("case") // an assessor sees no others' cases
	}
	if taken.AssessorID == caller.ID {
		return taken, nil
	}
	if err := db.New(tx).DeleteAssessment(ctx, taken.ID); err != nil {
		return nil, fmt.Errorf("take over an assessment: %w", err)
	}
	err = record(ctx, tx, f.Case, "ASSESSMENT_TAKEN_OVER", now, map[string]any{"assessor_id": taken.AssessorID}, map[string]any{"assessor_id": caller.ID})
	if err != nil {
		return nil, err
	}
	*taken, err = insertAssessment(ctx, tx, *f, caller.ID, now)
	return taken, err
}

func ownAssessment(ctx context.Context, f *File) (*Assessment, error) {
	caller, _ := access.From(ctx)
	own := f.assessment(caller.ID)
	if own == nil {
		return nil, fault.NewNotFound("case") // an assessor sees no others' cases
	}
	return own, nil
}

// SubmitAssessment submits the caller's own assessment.
func (s *Server) SubmitAssessment(ctx context.Context, r *saakornv1.SubmitAssessmentRequest) (*saakornv1.SubmitAssessmentResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.SubmitAssessmentResponse, error) {
		var submitted Assessment
		f, err := s.change(ctx, tx, r.GetCaseId(), "", "ASSESSMENT_SUBMITTED", func(f *File, rules *scheme.Definition, now time.Time) (any, any, error) {
			own, err := ownAssessment(ctx, f)
			if err != nil {
				return nil, nil, err
			}
			if err := CheckSubmitAssessment(*f, rules, *own, now); err != nil {
				return nil, nil, err
			}
			own.SubmittedAt, submitted = &now, *own
			submitted.SubmittedAt = &now
			if err := db.New(tx).SubmitAssessment(ctx, db.SubmitAssessmentParams{ID: own.ID, SubmittedAt: &now}); err != nil {
				return nil, nil, fmt.Errorf("submit an assessment: %w", err)
			}
			return nil, map[string]any{"assessment_id": own.ID, "scores": own.Scores}, s.Journal.Write(ctx, tx, entryOfAssessment(ctx, *f, *own, now))
		})
		if err != nil {
			return nil, err
		}
		c, err := s.present(ctx, tx, f.Case)
		return &saakornv1.SubmitAssessmentResponse{Assessment: presentAssessment(submitted, nil, true), Case: c}, err
	})
}

// ModerateAssessment changes scores of the caller's own submitted assessment, with reasons.
func (s *Server) ModerateAssessment(ctx context.Context, r *saakornv1.ModerateAssessmentRequest) (*saakornv1.ModerateAssessmentResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.ModerateAssessmentResponse, error) {
		var moderated Assessment
		f, err := s.change(ctx, tx, r.GetCaseId(), "", "ASSESSMENT_MODERATED", func(f *File, rules *scheme.Definition, now time.Time) (any, any, error) {
			own, err := ownAssessment(ctx, f)
			if err != nil {
				return nil, nil, err
			}
			changes := scoresOf(r.GetScores())
			if err := CheckModerate(*f, rules, *own, changes); err != nil {
				return nil, nil, err
			}
			before := own.Current()
			if err := changeScores(ctx, tx, *f, own, changes, now); err != nil {
				return nil, nil, err
			}
			moderated = *own
			return map[string]any{"assessment_id": own.ID, "scores": before}, map[string]any{"assessment_id": own.ID, "changes": changes}, nil
		})
		if err != nil {
			return nil, err
		}
		c, err := s.present(ctx, tx, f.Case)
		return &saakornv1.ModerateAssessmentResponse{Assessment: presentAssessment(moderated, nil, true), Case: c}, err
	})
}

// changeScores keeps checked changes beside the scores that were submitted.
func changeScores(ctx context.Context, tx pgx.Tx, f File, own *Assessment, changes []Score, now time.Time) error {
	current := own.Current()
	for _, c := range changes {
		i := slices.IndexFunc(current, func(s Score) bool { return s.Criterion == c.Criterion })
		if i < 0 {
			return fmt.Errorf("the submitted assessment %s has no score on %s", own.ID, c.Criterion)
		}
		change := ScoreChange{
			Criterion: c.Criterion, Before: current[i].Value, Value: c.Value, Reason: c.Reason, ChangedBy: own.AssessorID, ChangedAt: now,
		}
		err := db.New(tx).InsertScoreChange(ctx, db.InsertScoreChangeParams{
			CaseID: f.ID, Round: f.Round, AssessmentID: own.ID, Criterion: change.Criterion, BeforeValue: int32(change.Before),
			Value: int32(change.Value), Reason: change.Reason, ChangedBy: change.ChangedBy, ChangedAt: now,
		})
		if err != nil {
			return fmt.Errorf("change a score: %w", err)
		}
		own.Changes = append(own.Changes, change)
	}
	return nil
}

// Recommend puts a recommendation before a decision maker.
func (s *Server) Recommend(ctx context.Context, r *saakornv1.RecommendRequest) (*saakornv1.RecommendResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.RecommendResponse, error) {
		caller, _ := access.From(ctx)
		var made Recommendation
		f, err := s.change(ctx, tx, r.GetCaseId(), r.GetEtag(), "RECOMMENDED", func(f *File, rules *scheme.Definition, now time.Time) (any, any, error) {
			made = Recommendation{
				ID: uuid.Must(uuid.NewV7()), Round: f.Round, Version: f.nextVersion(), Outcome: outcomeOf(r.GetOutcome()),
				AmountOre: r.GetAmountOre(), Reasons: r.GetReasons(), Conditions: orEmpty(r.GetConditions()),
				RecommendedBy: caller.ID, RecommendedAt: now,
			}
			if err := CheckRecommend(*f, rules, made.Outcome, made.AmountOre, now); err != nil {
				return nil, nil, err
			}
			if err := s.checkScreened(ctx, tx, *f); err != nil {
				return nil, nil, err
			}
			f.Recommendations = append(f.Recommendations, made)
			if err := insertRecommendation(ctx, tx, f.ID, made); err != nil {
				return nil, nil, err
			}
			return nil, recommendationFacts(made), s.Journal.Write(ctx, tx, entryOfRecommendation(ctx, *f, made))
		})
		if err != nil {
			return nil, err
		}
		c, err := s.present(ctx, tx, f.Case)
		return &saakornv1.RecommendResponse{Recommendation: presentRecommendation(made), Case: c}, err
	})
}

func (f File) nextVersion() int32 {
	if latest := f.latest(); latest != nil {
		return latest.Version + 1
	}
	return 1
}

func insertRecommendation(ctx context.Context, tx pgx.Tx, caseID uuid.UUID, r Recommendation) error {
	err := db.New(tx).InsertRecommendation(ctx, db.InsertRecommendationParams{
		ID: r.ID, CaseID: caseID, Round: r.Round, Version: r.Version, Outcome: string(r.Outcome), AmountOre: r.AmountOre,
		Reasons: r.Reasons, Conditions: r.Conditions, RecommendedBy: r.RecommendedBy, RecommendedAt: r.RecommendedAt,
	})
	if err != nil {
		return fmt.Errorf("recommend: %w", err)
	}
	return nil
}

func recommendationFacts(r Recommendation) map[string]any {
	return map[string]any{
		"round": r.Round, "version": r.Version, "outcome": r.Outcome, "amount_ore": r.AmountOre,
		"reasons": r.Reasons, "conditions": r.Conditions,
	}
}

// ReturnRecommendation sends the recommendation back with a note.
func (s *Server) ReturnRecommendation(ctx context.Context, r *saakornv1.ReturnRecommendationRequest) (*saakornv1.ReturnRecommendationResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.ReturnRecommendationResponse, error) {
		caller, _ := access.From(ctx)
		f, err := s.change(ctx, tx, r.GetCaseId(), r.GetEtag(), "RECOMMENDATION_RETURNED", func(f *File, _ *scheme.Definition, now time.Time) (any, any, error) {
			if err := CheckReturn(*f, caller.ID); err != nil {
				return nil, nil, err
			}
			latest := f.latest()
			latest.ReturnedBy, latest.ReturnNote, latest.ReturnedAt = caller.ID, r.GetNote(), &now
			err := db.New(tx).ReturnRecommendation(ctx, db.ReturnRecommendationParams{
				ID: latest.ID, ReturnedBy: &caller.ID, ReturnNote: r.GetNote(), ReturnedAt: &now,
			})
			if err != nil {
				return nil, nil, fmt.Errorf("return a recommendation: %w", err)
			}
			after := map[string]any{"round": latest.Round, "version": latest.Version, "note": r.GetNote()}
			return nil, after, s.Journal.Write(ctx, tx, entryOfReturn(ctx, *f, *latest, now))
		})
		if err != nil {
			return nil, err
		}
		c, err := s.present(ctx, tx, f.Case)
		return &saakornv1.ReturnRecommendationResponse{Case: c}, err
	})
}

// Decide decides the case and, for an award, binds the money: all of it or nothing.
func (s *Server) Decide(ctx context.Context, r *saakornv1.DecideRequest) (*saakornv1.DecideResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.DecideResponse, error) {
		caller, _ := access.From(ctx)
		var made Decision
		f, err := s.change(ctx, tx, r.GetCaseId(), r.GetEtag(), "CASE_DECIDED", func(f *File, _ *scheme.Definition, now time.Time) (any, any, error) {
			outcome := outcomeOf(r.GetOutcome())
			if err := CheckDecide(*f, outcome, r.GetAmountOre(), r.GetReasons(), caller.ID); err != nil {
				return nil, nil, err
			}
			made = decide(f, outcome, r.GetAmountOre(), r.GetReasons(), caller.ID, now)
			if err := s.carryOut(ctx, tx, f, made); err != nil {
				return nil, nil, err
			}
			return nil, decisionFacts(made), recordClock(ctx, tx, f.ID, ClockEvent{Kind: ClockStopped, At: now})
		})
		if err != nil {
			return nil, err
		}
		c, err := s.present(ctx, tx, f.Case)
		return &saakornv1.DecideResponse{Decision: presentDecision(made), Case: c}, err
	})
}

// decide adds a checked decision to the file. Without reasons of its own it rests on those of the
// recommendation; its conditions are the recommended ones.
func decide(f *File, outcome Outcome, amountOre int64, reasons, decidedBy string, now time.Time) Decision {
	recommended := f.before()
	if reasons == "" {
		reasons = recommended.Reasons
	}
	d := Decision{
		ID: uuid.Must(uuid.NewV7()), Round: f.Round, RecommendationVersion: recommended.Version, Outcome: outcome,
		AmountOre: amountOre, Reasons: reasons, Conditions: recommended.Conditions, DecidedBy: decidedBy, DecidedAt: now,
	}
	f.Outcome, f.AmountAwardedOre, f.DecidedAt = outcome, amountOre, &now
	f.Decisions = append(f.Decisions, d)
	return d
}

func (s *Server) carryOut(ctx context.Context, tx pgx.Tx, f *File, d Decision) error {
	if err := s.Applications.MarkDecided(ctx, tx, f.ApplicationID, d.DecidedAt); err != nil {
		return err
	}
	// Not before: from here on no newer version can come in.
	if err := s.checkScreened(ctx, tx, *f); err != nil {
		return err
	}
	if d.Outcome.Awards() {
		err := s.Schemes.Bind(ctx, tx, f.SchemeID, f.GrantYear, d.AmountOre, f.Type == scheme.Continuation)
		if err != nil {
			return err
		}
	}
	basis, err := json.Marshal(map[string]any{
		"findings": f.Findings, "assessments": f.Assessments, "direction": f.direction(), "screened_version": f.ScreenedVersion,
	})
	if err != nil {
		return fmt.Errorf("keep what a decision rests on: %w", err)
	}
	err = db.New(tx).InsertDecision(ctx, db.InsertDecisionParams{
		ID: d.ID, CaseID: f.ID, Round: d.Round, RecommendationVersion: d.RecommendationVersion, Outcome: string(d.Outcome),
		AmountOre: d.AmountOre, Reasons: d.Reasons, Conditions: d.Conditions, DecidedBy: d.DecidedBy, DecidedAt: d.DecidedAt, Basis: basis,
	})
	if database.Violates(err, "four_eyes") {
		return errFourEyes()
	}
	if err != nil {
		return fmt.Errorf("decide: %w", err)
	}
	return s.Journal.Write(ctx, tx, entryOfDecision(ctx, *f, d.ID, d.DecidedAt))
}

// checkScreened refuses to judge a version that is not the newest. After an outage of the engine a
// correction may have come in that the findings do not rest on yet.
func (s *Server) checkScreened(ctx context.Context, tx pgx.Tx, f File) error {
	a, err := s.Applications.Submission(ctx, tx, f.ApplicationID)
	if err != nil {
		return err
	}
	if a.Version != f.ScreenedVersion {
		return fault.NewPrecondition("NOT_SCREENED", "a newer version of the application has come in and is about to be screened: try again in a moment")
	}
	return nil
}

func decisionFacts(d Decision) map[string]any {
	return map[string]any{
		"decision_id": d.ID, "round": d.Round, "outcome": d.Outcome, "amount_ore": d.AmountOre,
		"reasons": d.Reasons, "recommendation_version": d.RecommendationVersion,
	}
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
