package followup

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
	"saakorn/services/followup/db"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/fault"
	"saakorn/services/scheme"
)

// Querier is a connection pool or a transaction.
type Querier = db.DBTX

func listCheckins(ctx context.Context, q Querier, lifecycleID uuid.UUID) ([]Checkin, error) {
	rows, err := db.New(q).ListCheckins(ctx, lifecycleID)
	if err != nil {
		return nil, fmt.Errorf("list check-ins: %w", err)
	}
	return decodeAll(rows, decodeCheckin), nil
}

func lockCheckin(ctx context.Context, tx pgx.Tx, id uuid.UUID) (Checkin, error) {
	row, err := db.New(tx).LockCheckin(ctx, id)
	if err != nil {
		return Checkin{}, notFound("check-in", err)
	}
	return decodeCheckin(row), nil
}

func saveCheckin(ctx context.Context, tx pgx.Tx, c *Checkin) (err error) {
	c.Revision, err = db.New(tx).UpdateCheckin(ctx, db.UpdateCheckinParams{
		ID: c.ID, PlannedOn: encodeDate(c.PlannedOn), State: string(c.State), HeldOn: encodeDate(c.HeldOn), Channel: c.Channel,
		Notes: c.Notes, InternalNotes: c.InternalNotes, CancelReason: c.CancelReason, InvitedAt: c.InvitedAt, LateAt: c.LateAt,
		SettledBy: orNull(c.SettledBy), SettledAt: c.SettledAt,
	})
	if err != nil {
		return fmt.Errorf("save a check-in: %w", err)
	}
	return nil
}

func decodeCheckin(row db.Checkin) Checkin {
	return Checkin{
		ID: row.ID, Revision: row.Revision, LifecycleID: row.LifecycleID, EnterpriseID: row.EnterpriseID, GrantYear: int(row.GrantYear),
		PlannedOn: decodeDate(row.PlannedOn), State: CheckinState(row.State), HeldOn: decodeDate(row.HeldOn), Channel: row.Channel,
		Notes: row.Notes, InternalNotes: row.InternalNotes, CancelReason: row.CancelReason, InvitedAt: row.InvitedAt, LateAt: row.LateAt,
		SettledBy: orEmpty(row.SettledBy), SettledAt: row.SettledAt,
	}
}

func listPlans(ctx context.Context, q Querier, lifecycleID uuid.UUID) ([]Plan, error) {
	rows, err := db.New(q).ListPlans(ctx, lifecycleID)
	if err != nil {
		return nil, fmt.Errorf("list check-in plans: %w", err)
	}
	return decodeAll(rows, func(row db.CheckinPlan) Plan {
		return Plan{int(row.GrantYear), scheme.Risk(row.Risk), row.Reason, row.DecidedBy, row.DecidedAt}
	}), nil
}

func decodeActionPoint(row db.ActionPoint) ActionPoint {
	p := ActionPoint{
		ID: row.ID, Revision: row.Revision, LifecycleID: row.LifecycleID, Text: row.Text, OwnerID: row.OwnerID,
		DueOn: decodeDate(row.DueOn), State: row.State, Note: row.Note,
	}
	if row.CheckinID != nil {
		p.CheckinID = *row.CheckinID
	}
	return p
}

func decodeSignal(row db.Signal) (Signal, error) {
	s := Signal{
		ID: row.ID, Revision: row.Revision, LifecycleID: row.LifecycleID, Kind: SignalKind(row.Kind), Basis: row.Basis,
		State: SignalState(row.State), RaisedAt: row.RaisedAt, Note: row.Note, SettledBy: orEmpty(row.SettledBy), SettledAt: row.SettledAt,
	}
	if err := json.Unmarshal(row.Facts, &s.Facts); err != nil {
		return s, fmt.Errorf("decode the facts of a signal: %w", err)
	}
	return s, nil
}

func listSignals(ctx context.Context, q Querier, lifecycleID uuid.UUID) ([]Signal, error) {
	rows, err := db.New(q).ListSignals(ctx, lifecycleID)
	if err != nil {
		return nil, fmt.Errorf("list signals: %w", err)
	}
	signals := make([]Signal, 0, len(rows))
	for _, row := range rows {
		s, err := decodeSignal(row)
		if err != nil {
			return nil, err
		}
		signals = append(signals, s)
	}
	return signals, nil
}

func listAssessments(ctx context.Context, q Querier, lifecycleID uuid.UUID) ([]Assessment, error) {
	rows, err := db.New(q).ListAssessments(ctx, lifecycleID)
	if err != nil {
		return nil, fmt.Errorf("list assessments of sustainability: %w", err)
	}
	assessments := make([]Assessment, 0, len(rows))
	for _, row := range rows {
		a := Assessment{
			GrantYear: int(row.GrantYear), Revision: row.Revision, OwnAt: row.EnterpriseAt, OfficerID: orEmpty(row.OfficerBy), OfficerAt: row.OfficerAt,
		}
		for into, stored := range map[any]json.RawMessage{&a.Own: row.EnterpriseScores, &a.Officer: row.OfficerScores, &a.Suggested: row.Suggested} {
			if len(stored) == 0 {
				continue
			}
			if err := json.Unmarshal(stored, into); err != nil {
				return nil, fmt.Errorf("decode an assessment: %w", err)
			}
		}
		assessments = append(assessments, a)
	}
	return assessments, nil
}

func decodeQuestion(row db.AfterQuestion) (Question, error) {
	q := Question{
		ID: row.ID, Revision: row.Revision, LifecycleID: row.LifecycleID, EnterpriseID: row.EnterpriseID, SchemeID: row.SchemeID,
		Months: int(row.Months), DueOn: decodeDate(row.DueOn), State: QuestionState(row.State), AskedAt: row.AskedAt,
		RemindedAt: row.RemindedAt, AnsweredBy: orEmpty(row.AnsweredBy), AnsweredAt: row.AnsweredAt,
	}
	if len(row.Answer) == 0 {
		return q, nil
	}
	q.Answer = &saakornv1.AfterAnswer{}
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(row.Answer, q.Answer); err != nil {
		return q, fmt.Errorf("decode an answer: %w", err)
	}
	return q, nil
}

func listQuestions(ctx context.Context, q Querier, lifecycleID uuid.UUID) ([]Question, error) {
	rows, err := db.New(q).ListAfterQuestions(ctx, lifecycleID)
	if err != nil {
		return nil, fmt.Errorf("list questions after the grant: %w", err)
	}
	questions := make([]Question, 0, len(rows))
	for _, row := range rows {
		question, err := decodeQuestion(row)
		if err != nil {
			return nil, err
		}
		questions = append(questions, question)
	}
	return questions, nil
}

func saveQuestion(ctx context.Context, tx pgx.Tx, q *Question) error {
	p := db.UpdateAfterQuestionParams{
		ID: q.ID, State: string(q.State), AskedAt: q.AskedAt, RemindedAt: q.RemindedAt, AnsweredBy: orNull(q.AnsweredBy), AnsweredAt: q.AnsweredAt,
	}
	var err error
	if q.Answer != nil {
		if p.Answer, err = protojson.Marshal(q.Answer); err != nil {
			return fmt.Errorf("encode an answer: %w", err)
		}
		p.StillRunning = &q.Answer.StillRunning
	}
	if q.Revision, err = db.New(tx).UpdateAfterQuestion(ctx, p); err != nil {
		return fmt.Errorf("save a question after the grant: %w", err)
	}
	return nil
}

func decodeAll[R, T any](rows []R, decode func(R) T) []T {
	decoded := make([]T, 0, len(rows))
	for _, row := range rows {
		decoded = append(decoded, decode(row))
	}
	return decoded
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
