package grant

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"saakorn/services/grant/db"
	"saakorn/services/platform/audit"
	"saakorn/services/platform/database"
	"saakorn/services/platform/fault"
)

func saveLifecycle(ctx context.Context, tx pgx.Tx, l *Lifecycle) error {
	revision, err := db.New(tx).UpdateLifecycle(ctx, db.UpdateLifecycleParams{
		ID: l.ID, OwnerID: orNull(l.OwnerID), State: string(l.State), ExitKind: string(l.Exit.Kind), ExitOn: encodeDate(l.Exit.On),
		ExitReasons: l.Exit.Reasons, ExitPreparedBy: orNull(l.Exit.PreparedBy), ExitDecidedBy: orNull(l.Exit.DecidedBy),
		ClosedAt: l.ClosedAt, RegistryWatchedAt: l.RegistryWatchedAt,
	})
	if database.Violates(err, "lifecycle_four_eyes") {
		return errFourEyes()
	}
	if err != nil {
		return fmt.Errorf("save a lifecycle: %w", err)
	}
	l.Revision = revision
	return nil
}

func saveAward(ctx context.Context, tx pgx.Tx, a *Award) error {
	revision, err := db.New(tx).UpdateAward(ctx, db.UpdateAwardParams{
		ID: a.ID, YearNumber: int32(a.YearNumber), AmountOre: a.AmountOre, CommittedOre: a.CommittedOre, ReleasedOre: a.ReleasedOre,
		State: string(a.State), OfferedAt: a.OfferedAt, AcceptBy: encodeDate(a.AcceptBy), AcceptedAt: a.AcceptedAt,
		AcceptedBy: orNull(a.AcceptedBy), DeclinedAt: a.DeclinedAt, DeclinedBy: orNull(a.DeclinedBy), DeclineReason: a.DeclineReason,
		LapsedAt: a.LapsedAt, StoppedAt: a.StoppedAt, SpendBy: encodeDate(a.SpendBy), ClosedAt: a.ClosedAt,
	})
	if err != nil {
		return fmt.Errorf("save an award: %w", err)
	}
	a.Revision = revision
	return nil
}

func insertAward(ctx context.Context, tx pgx.Tx, a Award) error {
	err := db.New(tx).InsertAward(ctx, db.InsertAwardParams{
		ID: a.ID, LifecycleID: a.LifecycleID, CaseID: a.CaseID, ApplicationID: a.ApplicationID, CallID: a.CallID,
		CaseNumber: a.CaseNumber, Reference: a.Reference, DecisionID: a.DecisionID, RecommendedBy: a.RecommendedBy,
		DecidedBy: a.DecidedBy, EnterpriseID: a.EnterpriseID, SchemeID: a.SchemeID, SchemeVersion: a.SchemeVersion,
		GrantYear: int32(a.GrantYear), YearNumber: int32(a.YearNumber), ApplicationType: string(a.Type), AmountOre: a.AmountOre,
		CommittedOre: a.CommittedOre, State: string(a.State), OfferedAt: a.OfferedAt, AcceptBy: encodeDate(a.AcceptBy),
		SpendBy: encodeDate(a.SpendBy),
	})
	if err != nil {
		return fmt.Errorf("open an award: %w", err)
	}
	return nil
}

func saveCondition(ctx context.Context, tx pgx.Tx, c *Condition) error {
	revision, err := db.New(tx).UpdateCondition(ctx, db.UpdateConditionParams{
		ID: c.ID, DueOn: encodeDate(c.DueOn), State: string(c.State), Reason: c.Reason, SettledBy: orNull(c.SettledBy), SettledAt: c.SettledAt,
	})
	if err != nil {
		return fmt.Errorf("save a condition: %w", err)
	}
	c.Revision = revision
	return nil
}

func saveMeasure(ctx context.Context, tx pgx.Tx, m *Measure) error {
	revision, err := db.New(tx).UpdateMeasure(ctx, db.UpdateMeasureParams{
		ID: m.ID, State: string(m.State), AmountOre: m.AmountOre, NotifiedBy: orNull(m.NotifiedBy), NotifiedAt: m.NotifiedAt,
		CommentBy: encodeDate(m.CommentBy), NoNoticeReason: m.NoNoticeReason, Comments: m.Comments, CommentedBy: orNull(m.CommentedBy),
		CommentedAt: m.CommentedAt, RecommendedBy: orNull(m.RecommendedBy), RecommendedAt: m.RecommendedAt, Involved: involved(m.Involved), Reasons: m.Reasons,
		DecidedBy: orNull(m.DecidedBy), DecidedAt: m.DecidedAt, ToldAt: m.ToldAt, DroppedBy: orNull(m.DroppedBy), DroppedAt: m.DroppedAt,
		DropReason: m.DropReason, ReversedAt: m.ReversedAt,
	})
	if database.Violates(err, "measure_four_eyes") {
		return errFourEyes()
	}
	if err != nil {
		return fmt.Errorf("save a measure: %w", err)
	}
	m.Revision = revision
	return nil
}

func insertMeasure(ctx context.Context, tx pgx.Tx, m Measure) error {
	err := db.New(tx).InsertMeasure(ctx, db.InsertMeasureParams{
		ID: m.ID, AwardID: m.AwardID, Kind: string(m.Kind), State: string(m.State), AmountOre: m.AmountOre, Grounds: m.Grounds,
		ProposedBy: m.ProposedBy, ProposedAt: m.ProposedAt,
	})
	if err != nil {
		return fmt.Errorf("propose a measure: %w", err)
	}
	return nil
}

func saveSuspension(ctx context.Context, tx pgx.Tx, s *Suspension) error {
	revision, err := db.New(tx).UpdateSuspension(ctx, db.UpdateSuspensionParams{
		ID: s.ID, LiftPreparedBy: orNull(s.LiftPreparedBy), LiftPreparedAt: s.LiftPreparedAt, LiftReason: s.LiftReason,
		LiftedBy: orNull(s.LiftedBy), LiftedAt: s.LiftedAt,
	})
	if database.Violates(err, "suspension_four_eyes") {
		return errFourEyes()
	}
	if err != nil {
		return fmt.Errorf("save a suspension: %w", err)
	}
	s.Revision = revision
	return nil
}

func insertChange(ctx context.Context, tx pgx.Tx, c ChangeRequest) error {
	moves, err := json.Marshal(c.Moves)
	if err != nil {
		return fmt.Errorf("encode moves: %w", err)
	}
	if c.Moves == nil {
		moves = []byte("[]")
	}
	err = db.New(tx).InsertChange(ctx, db.InsertChangeParams{
		ID: c.ID, AwardID: c.AwardID, Kind: string(c.Kind), Grounds: c.Grounds, Moves: moves, SpendBy: encodeDate(c.SpendBy),
		ContactName: c.ContactName, ContactEmail: c.ContactEmail, SubmittedBy: c.SubmittedBy, SubmittedAt: c.SubmittedAt,
	})
	if err != nil {
		return fmt.Errorf("receive a change request: %w", err)
	}
	return nil
}

func saveChange(ctx context.Context, tx pgx.Tx, c *ChangeRequest) error {
	revision, err := db.New(tx).UpdateChange(ctx, db.UpdateChangeParams{
		ID: c.ID, State: string(c.State), Approve: c.Approve, RecommendedBy: orNull(c.RecommendedBy), RecommendedAt: c.RecommendedAt,
		Involved: involved(c.Involved), Reasons: c.Reasons, DecidedBy: orNull(c.DecidedBy), DecidedAt: c.DecidedAt,
	})
	if database.Violates(err, "change_four_eyes") {
		return errFourEyes()
	}
	if err != nil {
		return fmt.Errorf("save a change request: %w", err)
	}
	c.Revision = revision
	return nil
}

func recordLifecycle(ctx context.Context, tx pgx.Tx, id uuid.UUID, action string, now time.Time, before, after any) error {
	return audit.Record(ctx, tx, audit.Event{
		Action: action, OccurredAt: now, SubjectKind: "lifecycle", SubjectID: id, Before: before, After: after,
	})
}

func recordAward(ctx context.Context, tx pgx.Tx, a Award, action string, now time.Time, before, after any) error {
	return audit.Record(ctx, tx, audit.Event{
		Action: action, OccurredAt: now, SubjectKind: "award", SubjectID: a.ID, ApplicationID: a.ApplicationID, Before: before, After: after,
	})
}

func errFourEyes() error {
	return fault.NewDenied("FOUR_EYES", "you have prepared this: somebody else decides")
}

// involved returns the list, which the database wants even when it is empty.
func involved(people []string) []string {
	if people == nil {
		return []string{}
	}
	return people
}

// withPerson returns the list with the person in it once.
func withPerson(people []string, id string) []string {
	if slices.Contains(people, id) {
		return people
	}
	return append(slices.Clone(people), id)
}
