package casework

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"saakorn/services/casework/db"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/database"
	"saakorn/services/platform/fault"
	"saakorn/services/scheme"
)

// Querier is a connection pool or a transaction.
type Querier = db.DBTX

// Store keeps cases.
type Store struct {
	pool *pgxpool.Pool
}

// NewStore returns the store in the database.
func NewStore(pool *pgxpool.Pool) *Store { return &Store{pool} }

// IsAssessor tells whether the person is asked to assess the application's case, or stands in for
// somebody who is.
func (s *Server) IsAssessor(ctx context.Context, personID string, applicationID uuid.UUID) (bool, error) {
	q := database.Reader(ctx, s.Pool)
	roster, err := s.roster(ctx, q)
	if err != nil {
		return false, err
	}
	is, err := db.New(q).IsAssessor(ctx, db.IsAssessorParams{
		ApplicationID: applicationID, AssessorID: personID, StandsInFor: orEmpty(roster.StandsInFor(personID)),
	})
	if err != nil {
		return false, fmt.Errorf("look for an assessor: %w", err)
	}
	return is, nil
}

// Find returns the case of an application, and false when it has none yet.
func (s *Store) Find(ctx context.Context, q Querier, applicationID uuid.UUID) (Case, bool, error) {
	row, err := db.New(q).GetCaseByApplication(ctx, applicationID)
	if errors.Is(err, pgx.ErrNoRows) {
		return Case{}, false, nil
	}
	if err != nil {
		return Case{}, false, fmt.Errorf("load the case of an application: %w", err)
	}
	return decode(row), true, nil
}

// load returns the case with everything in it.
func load(ctx context.Context, q Querier, id uuid.UUID) (File, error) {
	row, err := db.New(q).GetCase(ctx, id)
	if err != nil {
		return File{}, notFound(err)
	}
	return fill(ctx, q, decode(row))
}

// lock returns the case with everything in it and keeps others from changing any of it until the
// transaction ends.
func lock(ctx context.Context, tx pgx.Tx, id uuid.UUID) (File, error) {
	row, err := db.New(tx).LockCase(ctx, id)
	if err != nil {
		return File{}, notFound(err)
	}
	return fill(ctx, tx, decode(row))
}

func lockByApplication(ctx context.Context, tx pgx.Tx, applicationID uuid.UUID) (File, error) {
	row, err := db.New(tx).LockCaseByApplication(ctx, applicationID)
	if err != nil {
		return File{}, notFound(err)
	}
	return fill(ctx, tx, decode(row))
}

func fill(ctx context.Context, q Querier, c Case) (File, error) {
	f := File{Case: c}
	queries := db.New(q)
	findings, err := queries.ListFindings(ctx, db.ListFindingsParams{CaseID: c.ID, Round: c.Round})
	if err != nil {
		return f, fmt.Errorf("list findings: %w", err)
	}
	for _, row := range findings {
		f.Findings = append(f.Findings, decodeFinding(row))
	}
	if f.Assessments, err = loadAssessments(ctx, queries, c); err != nil {
		return f, err
	}
	if f.Directions, err = loadDirections(ctx, queries, c); err != nil {
		return f, err
	}
	if f.Notices, err = loadNotices(ctx, q, c.ID); err != nil {
		return f, err
	}
	recommendations, err := queries.ListRecommendations(ctx, c.ID)
	if err != nil {
		return f, fmt.Errorf("list recommendations: %w", err)
	}
	for _, row := range recommendations {
		f.Recommendations = append(f.Recommendations, decodeRecommendation(row))
	}
	decisions, err := queries.ListDecisions(ctx, c.ID)
	if err != nil {
		return f, fmt.Errorf("list decisions: %w", err)
	}
	for _, row := range decisions {
		f.Decisions = append(f.Decisions, decodeDecision(row))
	}
	if f.Clock, err = loadClock(ctx, q, c.ID); err != nil {
		return f, err
	}
	if f.Appeals, err = loadAppeals(ctx, q, c.ApplicationID); err != nil {
		return f, err
	}
	if f.AwardChanges, err = loadAwardChanges(ctx, q, c.ID); err != nil {
		return f, err
	}
	if f.Parties, err = parties(ctx, q, c); err != nil {
		return f, err
	}
	f.Notifications, err = loadNotifications(ctx, q, c.ID)
	return f, err
}

func loadAssessments(ctx context.Context, queries *db.Queries, c Case) ([]Assessment, error) {
	rows, err := queries.ListAssessments(ctx, db.ListAssessmentsParams{CaseID: c.ID, Round: c.Round})
	if err != nil {
		return nil, fmt.Errorf("list assessments: %w", err)
	}
	var assessments []Assessment
	place := map[uuid.UUID]int{}
	for i, row := range rows {
		a := Assessment{ID: row.ID, AssessorID: row.AssessorID, SubmittedAt: row.SubmittedAt, SetAsideAt: row.SetAsideAt}
		if err := json.Unmarshal(row.Scores, &a.Scores); err != nil {
			return nil, fmt.Errorf("decode scores: %w", err)
		}
		assessments, place[a.ID] = append(assessments, a), i
	}
	changes, err := queries.ListScoreChanges(ctx, db.ListScoreChangesParams{CaseID: c.ID, Round: c.Round})
	if err != nil {
		return nil, fmt.Errorf("list changes of scores: %w", err)
	}
	for _, row := range changes {
		a := &assessments[place[row.AssessmentID]]
		a.Changes = append(a.Changes, ScoreChange{
			Criterion: row.Criterion, Before: int(row.BeforeValue), Value: int(row.Value), Reason: row.Reason,
			ChangedBy: row.ChangedBy, ChangedAt: row.ChangedAt,
		})
	}
	return assessments, nil
}

// save stores the case's own facts, with the step that follows from everything in it, and that
// something happened now.
func save(ctx context.Context, tx pgx.Tx, f *File, rules *scheme.Definition, now time.Time) error {
	f.Step, f.LastEventAt = StepOf(*f, rules), now
	f.NextStep = NextStepOf(*f, rules)
	row, err := db.New(tx).UpdateCase(ctx, db.UpdateCaseParams{
		ID: f.ID, Step: string(f.Step), Outcome: string(f.Outcome), Round: f.Round, OwnerID: orNull(f.OwnerID),
		AmountAppliedOre: f.AmountAppliedOre, AmountAwardedOre: f.AmountAwardedOre, ScreenedVersion: f.ScreenedVersion,
		ScreenedAt: f.ScreenedAt, WithdrawnAt: f.WithdrawnAt, DecidedAt: f.DecidedAt, NotifiedAt: f.NotifiedAt,
		AppealDeadline: encodeDate(f.AppealDeadline), ClosedAt: f.ClosedAt, DueAt: f.DueAt, CallClosesAt: f.CallClosesAt,
		LastEventAt: f.LastEventAt, NextStep: string(f.NextStep),
	})
	if err != nil {
		return fmt.Errorf("save a case: %w", err)
	}
	f.Revision = row.Revision
	return nil
}

func decode(row db.CaseFile) Case {
	c := Case{
		ID: row.ID, Revision: row.Revision, Number: row.Number, ApplicationID: row.ApplicationID, Reference: row.Reference,
		CallID: row.CallID, EnterpriseID: row.EnterpriseID, EnterpriseName: row.EnterpriseName,
		Type: scheme.ApplicationTypeKey(row.ApplicationType), SchemeID: row.SchemeID, SchemeVersion: row.SchemeVersion,
		GrantYear: int(row.GrantYear), Step: Step(row.Step), Outcome: Outcome(row.Outcome), Round: row.Round, Late: row.Late,
		AmountAppliedOre: row.AmountAppliedOre, AmountAwardedOre: row.AmountAwardedOre, ReceivedAt: row.ReceivedAt,
		CallClosesAt: row.CallClosesAt, OpenedAt: row.OpenedAt, ScreenedVersion: row.ScreenedVersion, ScreenedAt: row.ScreenedAt,
		WithdrawnAt: row.WithdrawnAt, DecidedAt: row.DecidedAt, NotifiedAt: row.NotifiedAt, ClosedAt: row.ClosedAt, DueAt: row.DueAt,
		LastEventAt: row.LastEventAt, NextStep: NextStep(row.NextStep),
	}
	if row.OwnerID != nil {
		c.OwnerID = *row.OwnerID
	}
	if row.AppealDeadline.Valid {
		c.AppealDeadline = decodeDate(row.AppealDeadline.Time)
	}
	return c
}

func decodeDate(midnight time.Time) calendar.Date {
	return calendar.Date{Year: midnight.Year(), Month: midnight.Month(), Day: midnight.Day()}
}

func encodeDate(d calendar.Date) pgtype.Date {
	if d.IsZero() {
		return pgtype.Date{}
	}
	return pgtype.Date{Time: time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC), Valid: true}
}

func decodeFinding(row db.Finding) Finding {
	f := Finding{
		ID: row.ID, Key: row.Key, FormalRequirement: row.FormalRequirement, Proposed: Verdict(row.Proposed),
		Evidence: row.Evidence, Answer: Verdict(row.Answer), Reason: row.Reason, AnsweredAt: row.AnsweredAt,
	}
	if row.AnsweredBy != nil {
		f.AnsweredBy = *row.AnsweredBy
	}
	return f
}

func decodeRecommendation(row db.Recommendation) Recommendation {
	r := Recommendation{
		ID: row.ID, Round: row.Round, Version: row.Version, Outcome: Outcome(row.Outcome), AmountOre: row.AmountOre,
		Reasons: row.Reasons, Conditions: row.Conditions, RecommendedBy: row.RecommendedBy, RecommendedAt: row.RecommendedAt,
		ReturnNote: row.ReturnNote, ReturnedAt: row.ReturnedAt,
	}
	if row.ReturnedBy != nil {
		r.ReturnedBy = *row.ReturnedBy
	}
	return r
}

func decodeDecision(row db.Decision) Decision {
	return Decision{
		ID: row.ID, Round: row.Round, RecommendationVersion: row.RecommendationVersion, Outcome: Outcome(row.Outcome),
		AmountOre: row.AmountOre, Reasons: row.Reasons, Conditions: row.Conditions, DecidedBy: row.DecidedBy, DecidedAt: row.DecidedAt,
	}
}

func notFound(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return fault.NewNotFound("case")
	}
	return fmt.Errorf("load a case: %w", err)
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
