package grant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"saakorn/services/grant/db"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/fault"
	"saakorn/services/scheme"
)

// Querier is a connection pool or a transaction.
type Querier = db.DBTX

// Store reads lifecycles and awards. Every method reads through the given pool or transaction.
type Store struct{}

// Lifecycle returns the lifecycle with the identifier; a NotFound fault when there is none.
func (Store) Lifecycle(ctx context.Context, q Querier, id uuid.UUID) (Lifecycle, error) {
	row, err := db.New(q).GetLifecycle(ctx, id)
	if err != nil {
		return Lifecycle{}, notFound("lifecycle", err)
	}
	return fillLifecycle(ctx, q, decodeLifecycle(row))
}

// Award returns the award with the identifier; a NotFound fault when there is none.
func (Store) Award(ctx context.Context, q Querier, id uuid.UUID) (Award, error) {
	row, err := db.New(q).GetAward(ctx, id)
	if err != nil {
		return Award{}, notFound("award", err)
	}
	return decodeAward(row), nil
}

// Awards returns the awards of a lifecycle, by grant year.
func (Store) Awards(ctx context.Context, q Querier, lifecycleID uuid.UUID) ([]Award, error) {
	rows, err := db.New(q).ListAwards(ctx, lifecycleID)
	if err != nil {
		return nil, fmt.Errorf("list awards: %w", err)
	}
	return decodeAll(rows, decodeAward), nil
}

// Conditions returns the conditions of an award, in the order of the grant letter.
func (Store) Conditions(ctx context.Context, q Querier, awardID uuid.UUID) ([]Condition, error) {
	rows, err := db.New(q).ListConditions(ctx, awardID)
	if err != nil {
		return nil, fmt.Errorf("list conditions: %w", err)
	}
	return decodeAll(rows, decodeCondition), nil
}

// Suspensions returns the suspensions of an award, oldest first.
func (Store) Suspensions(ctx context.Context, q Querier, awardID uuid.UUID) ([]Suspension, error) {
	rows, err := db.New(q).ListSuspensions(ctx, awardID)
	if err != nil {
		return nil, fmt.Errorf("list suspensions: %w", err)
	}
	return decodeAll(rows, decodeSuspension), nil
}

// Suspended tells whether nothing may be paid of the award at now. Ask in the transaction that pays,
// after locking the award with [Store.LockAward]: a suspension takes the same lock.
func (Store) Suspended(ctx context.Context, q Querier, awardID uuid.UUID, now time.Time) (bool, error) {
	suspended, err := db.New(q).IsSuspended(ctx, db.IsSuspendedParams{AwardID: awardID, Now: now})
	if err != nil {
		return false, fmt.Errorf("look for a suspension: %w", err)
	}
	return suspended, nil
}

// Measure returns the measure with the identifier; a NotFound fault when there is none.
func (Store) Measure(ctx context.Context, q Querier, id uuid.UUID) (Measure, error) {
	row, err := db.New(q).GetMeasure(ctx, id)
	if err != nil {
		return Measure{}, notFound("measure", err)
	}
	return decodeMeasure(row), nil
}

// Measures returns the measures against an award, oldest first.
func (Store) Measures(ctx context.Context, q Querier, awardID uuid.UUID) ([]Measure, error) {
	rows, err := db.New(q).ListMeasures(ctx, awardID)
	if err != nil {
		return nil, fmt.Errorf("list measures: %w", err)
	}
	return decodeAll(rows, decodeMeasure), nil
}

// Changes returns what the enterprise has asked to have changed in an award, oldest first.
func (Store) Changes(ctx context.Context, q Querier, awardID uuid.UUID) ([]ChangeRequest, error) {
	rows, err := db.New(q).ListChanges(ctx, awardID)
	if err != nil {
		return nil, fmt.Errorf("list change requests: %w", err)
	}
	changes := make([]ChangeRequest, 0, len(rows))
	for _, row := range rows {
		c, err := decodeChange(row)
		if err != nil {
			return nil, err
		}
		changes = append(changes, c)
	}
	return changes, nil
}

// ExitPlans returns every version of the plans for the time after the grant, newest first.
func (Store) ExitPlans(ctx context.Context, q Querier, lifecycleID uuid.UUID) ([]ExitPlan, error) {
	rows, err := db.New(q).ListExitPlans(ctx, lifecycleID)
	if err != nil {
		return nil, fmt.Errorf("list exit plans: %w", err)
	}
	plans := make([]ExitPlan, 0, len(rows))
	for _, row := range rows {
		p := ExitPlan{
			ID: row.ID, GrantYear: int(row.GrantYear), Version: row.Version, Route: row.Route, Description: row.Description,
			SubmittedBy: row.SubmittedBy, SubmittedAt: row.SubmittedAt,
		}
		if err := json.Unmarshal(row.Steps, &p.Steps); err != nil {
			return nil, fmt.Errorf("decode the steps of an exit plan: %w", err)
		}
		plans = append(plans, p)
	}
	return plans, nil
}

// Handover returns what was learned and handed over; the zero value while nothing is saved.
func (Store) Handover(ctx context.Context, q Querier, lifecycleID uuid.UUID) (Handover, error) {
	row, err := db.New(q).GetHandover(ctx, lifecycleID)
	if errors.Is(err, pgx.ErrNoRows) {
		return Handover{}, nil
	}
	if err != nil {
		return Handover{}, fmt.Errorf("load a handover: %w", err)
	}
	return Handover{Learned: row.Learned, Receiver: row.Receiver, Adopted: row.Adopted, HandedOverOn: decodeDate(row.HandedOverOn)}, nil
}

// file returns the award with everything about it.
func (s Store) file(ctx context.Context, q Querier, a Award, rules *scheme.Definition) (File, error) {
	f := File{Award: a, Rules: rules}
	var err error
	if f.Conditions, err = s.Conditions(ctx, q, a.ID); err != nil {
		return f, err
	}
	if f.Suspensions, err = s.Suspensions(ctx, q, a.ID); err != nil {
		return f, err
	}
	if f.Measures, err = s.Measures(ctx, q, a.ID); err != nil {
		return f, err
	}
	if f.Changes, err = s.Changes(ctx, q, a.ID); err != nil {
		return f, err
	}
	if f.Appeals, err = loadMeasureAppeals(ctx, q, a.ID); err != nil {
		return f, err
	}
	rows, err := db.New(q).ListExtensions(ctx, a.ID)
	if err != nil {
		return f, fmt.Errorf("list extensions: %w", err)
	}
	f.Extensions = decodeAll(rows, decodeExtension)
	deadline, err := db.New(q).GetAppealDeadline(ctx, a.CaseID)
	if err != nil {
		return f, fmt.Errorf("load an appeal deadline: %w", err)
	}
	f.AppealDeadline = decodeDate(deadline)
	return f, nil
}

// LockLifecycle returns the lifecycle and keeps others from changing it, its awards or anything of
// theirs until the transaction ends.
func (Store) LockLifecycle(ctx context.Context, tx pgx.Tx, id uuid.UUID) (Lifecycle, error) {
	row, err := db.New(tx).LockLifecycle(ctx, id)
	if err != nil {
		return Lifecycle{}, notFound("lifecycle", err)
	}
	return fillLifecycle(ctx, tx, decodeLifecycle(row))
}

// LockAward returns the award and keeps others from changing it, or anything of its lifecycle, until
// the transaction ends.
func (s Store) LockAward(ctx context.Context, tx pgx.Tx, id uuid.UUID) (Award, error) {
	if _, err := db.New(tx).LockLifecycleOfAward(ctx, id); err != nil {
		return Award{}, notFound("award", err)
	}
	return s.Award(ctx, tx, id)
}

func fillLifecycle(ctx context.Context, q Querier, l Lifecycle) (Lifecycle, error) {
	rows, err := db.New(q).ListEarlierYears(ctx, l.ID)
	if err != nil {
		return l, fmt.Errorf("list earlier years: %w", err)
	}
	for _, row := range rows {
		l.Earlier = append(l.Earlier, EarlierYear{
			Year: int(row.GrantYear), Development: row.Development, AmountOre: row.AmountOre, Source: row.Source,
			RecordedBy: row.RecordedBy, RecordedAt: row.RecordedAt,
		})
	}
	return l, nil
}

func decodeLifecycle(row db.Lifecycle) Lifecycle {
	return Lifecycle{
		ID: row.ID, Revision: row.Revision, SchemeID: row.SchemeID, EnterpriseID: row.EnterpriseID, OpenedAt: row.OpenedAt,
		OwnerID: orEmpty(row.OwnerID), State: LifecycleState(row.State), ClosedAt: row.ClosedAt, RegistryWatchedAt: row.RegistryWatchedAt,
		Exit: Exit{
			Kind: ExitKind(row.ExitKind), On: decodeDate(row.ExitOn), Reasons: row.ExitReasons,
			PreparedBy: orEmpty(row.ExitPreparedBy), DecidedBy: orEmpty(row.ExitDecidedBy),
		},
	}
}

func decodeAward(row db.Award) Award {
	return Award{
		ID: row.ID, Revision: row.Revision, LifecycleID: row.LifecycleID, CaseID: row.CaseID, ApplicationID: row.ApplicationID,
		CallID: row.CallID, CaseNumber: row.CaseNumber, Reference: row.Reference, DecisionID: row.DecisionID,
		RecommendedBy: row.RecommendedBy, DecidedBy: row.DecidedBy, EnterpriseID: row.EnterpriseID, SchemeID: row.SchemeID, SchemeVersion: row.SchemeVersion, GrantYear: int(row.GrantYear),
		YearNumber: int(row.YearNumber), Type: scheme.ApplicationTypeKey(row.ApplicationType), AmountOre: row.AmountOre,
		CommittedOre: row.CommittedOre, ReleasedOre: row.ReleasedOre, State: AwardState(row.State), OfferedAt: row.OfferedAt,
		AcceptBy: decodeDate(row.AcceptBy), AcceptedAt: row.AcceptedAt, AcceptedBy: orEmpty(row.AcceptedBy),
		DeclinedAt: row.DeclinedAt, DeclinedBy: orEmpty(row.DeclinedBy), DeclineReason: row.DeclineReason, LapsedAt: row.LapsedAt,
		StoppedAt: row.StoppedAt, SpendBy: decodeDate(row.SpendBy), ClosedAt: row.ClosedAt,
	}
}

func decodeCondition(row db.Condition) Condition {
	return Condition{
		ID: row.ID, Revision: row.Revision, AwardID: row.AwardID, Ordinal: row.Ordinal, Text: row.Text, DueOn: decodeDate(row.DueOn),
		State: ConditionState(row.State), Reason: row.Reason, SettledBy: orEmpty(row.SettledBy), SettledAt: row.SettledAt,
	}
}

func decodeSuspension(row db.Suspension) Suspension {
	return Suspension{
		ID: row.ID, Revision: row.Revision, AwardID: row.AwardID, MeasureID: row.MeasureID, Reason: row.Reason, StartsAt: row.StartsAt,
		PreparedBy: row.PreparedBy, DecidedBy: row.DecidedBy, LiftPreparedBy: orEmpty(row.LiftPreparedBy),
		LiftPreparedAt: row.LiftPreparedAt, LiftReason: row.LiftReason, LiftedBy: orEmpty(row.LiftedBy), LiftedAt: row.LiftedAt,
	}
}

func decodeMeasure(row db.Measure) Measure {
	return Measure{
		ID: row.ID, Revision: row.Revision, AwardID: row.AwardID, Kind: MeasureKind(row.Kind), State: MeasureState(row.State),
		AmountOre: row.AmountOre, Grounds: row.Grounds, ProposedBy: row.ProposedBy, ProposedAt: row.ProposedAt,
		NotifiedBy: orEmpty(row.NotifiedBy), NotifiedAt: row.NotifiedAt, CommentBy: decodeDate(row.CommentBy),
		NoNoticeReason: row.NoNoticeReason, Comments: row.Comments, CommentedBy: orEmpty(row.CommentedBy), CommentedAt: row.CommentedAt,
		RecommendedBy: orEmpty(row.RecommendedBy), RecommendedAt: row.RecommendedAt, Involved: row.Involved, Reasons: row.Reasons,
		DecidedBy: orEmpty(row.DecidedBy), DecidedAt: row.DecidedAt, ToldAt: row.ToldAt, DroppedBy: orEmpty(row.DroppedBy),
		DroppedAt: row.DroppedAt, DropReason: row.DropReason, ReversedAt: row.ReversedAt,
	}
}

func decodeChange(row db.ChangeRequest) (ChangeRequest, error) {
	c := ChangeRequest{
		ID: row.ID, Revision: row.Revision, AwardID: row.AwardID, Kind: ChangeKind(row.Kind), State: ChangeState(row.State),
		Grounds: row.Grounds, SpendBy: decodeDate(row.SpendBy), ContactName: row.ContactName, ContactEmail: row.ContactEmail,
		SubmittedBy: row.SubmittedBy, SubmittedAt: row.SubmittedAt, Approve: row.Approve, RecommendedBy: orEmpty(row.RecommendedBy),
		RecommendedAt: row.RecommendedAt, Involved: row.Involved, Reasons: row.Reasons, DecidedBy: orEmpty(row.DecidedBy),
		DecidedAt: row.DecidedAt,
	}
	if err := json.Unmarshal(row.Moves, &c.Moves); err != nil {
		return c, fmt.Errorf("decode the moves of a change request: %w", err)
	}
	return c, nil
}

func decodeExtension(row db.AcceptanceExtension) AcceptanceExtension {
	return AcceptanceExtension{
		ID: row.ID, Before: decodeDate(row.BeforeOn), Until: decodeDate(row.UntilOn), Reason: row.Reason,
		ExtendedBy: row.ExtendedBy, ExtendedAt: row.ExtendedAt,
	}
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
	if d.IsZero() {
		return pgtype.Date{}
	}
	return pgtype.Date{Time: time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC), Valid: true}
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
