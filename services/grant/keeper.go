package grant

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"saakorn/services/casework"
	"saakorn/services/grant/db"
	"saakorn/services/platform/procedure"
	"saakorn/services/scheme"
)

// Rules knows the rules of the schemes.
type Rules interface {
	Definition(ctx context.Context, schemeID, version string) (*scheme.Definition, error)
}

// Waker tells a procedure to look at the facts again.
type Waker interface {
	Wake(ctx context.Context, tx pgx.Tx, s procedure.Subject, now time.Time) error
}

// Keeper takes over what casework decides.
type Keeper struct {
	Rules     Rules
	Followers Followers
	Waker     Waker
}

func subject(lifecycleID uuid.UUID) procedure.Subject {
	return procedure.Subject{Kind: procedure.Lifecycle, ID: lifecycleID}
}

// Offer opens the award of a case whose party has been notified, and the lifecycle when it is the first
// one. An award that is open already is left alone.
func (k Keeper) Offer(ctx context.Context, tx pgx.Tx, n casework.News, now time.Time) error {
	if _, err := db.New(tx).GetAwardOfCase(ctx, n.ID); !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	rules, err := k.Rules.Definition(ctx, n.SchemeID, n.SchemeVersion)
	if err != nil {
		return err
	}
	l, err := open(ctx, tx, n.SchemeID, n.EnterpriseID, now)
	if err != nil {
		return err
	}
	if l.OwnerID == "" && n.OwnerID != "" {
		l.OwnerID = n.OwnerID // whoever had the case is the contact until somebody else is named
		if err := saveLifecycle(ctx, tx, &l); err != nil {
			return err
		}
	}
	a := Award{
		ID: uuid.Must(uuid.NewV7()), Revision: 1, LifecycleID: l.ID, CaseID: n.ID, ApplicationID: n.ApplicationID, CallID: n.CallID,
		CaseNumber: n.Number, Reference: n.Reference, DecisionID: n.DecisionID, RecommendedBy: n.RecommendedBy, DecidedBy: n.DecidedBy,
		EnterpriseID: n.EnterpriseID, SchemeID: n.SchemeID, SchemeVersion: n.SchemeVersion, GrantYear: n.GrantYear, Type: n.Type,
		AmountOre: n.AmountAwardedOre, CommittedOre: n.AmountAwardedOre, State: Offered, OfferedAt: now,
		AcceptBy: rules.Awards.AcceptBy(now), SpendBy: rules.Awards.SpendBy(n.GrantYear),
	}
	if err := insertAward(ctx, tx, a); err != nil {
		return err
	}
	for i, text := range n.Conditions {
		err := db.New(tx).InsertCondition(ctx, db.InsertConditionParams{ID: uuid.Must(uuid.NewV7()), AwardID: a.ID, Ordinal: int32(i + 1), Text: text})
		if err != nil {
			return fmt.Errorf("set a condition: %w", err)
		}
	}
	if err := k.renumber(ctx, tx, l); err != nil {
		return err
	}
	err = recordAward(ctx, tx, a, "AWARD_OFFERED", now, nil, map[string]any{"amount_ore": a.AmountOre, "accept_by": a.AcceptBy, "conditions": len(n.Conditions)})
	if err != nil {
		return err
	}
	if err := k.Followers.tell(ctx, tx, a, now); err != nil {
		return err
	}
	return k.Waker.Wake(ctx, tx, subject(l.ID), now)
}

// open returns the lifecycle of the enterprise under the scheme, which is opened when there is none, and
// taken up again when it was closed. It is locked for the transaction.
func open(ctx context.Context, tx pgx.Tx, schemeID string, enterpriseID uuid.UUID, now time.Time) (Lifecycle, error) {
	queries := db.New(tx)
	opened, err := queries.InsertLifecycle(ctx, db.InsertLifecycleParams{
		ID: uuid.Must(uuid.NewV7()), SchemeID: schemeID, EnterpriseID: enterpriseID, OpenedAt: now,
	})
	if err != nil {
		return Lifecycle{}, fmt.Errorf("open a lifecycle: %w", err)
	}
	row, err := queries.LockLifecycleOf(ctx, db.LockLifecycleOfParams{SchemeID: schemeID, EnterpriseID: enterpriseID})
	if err != nil {
		return Lifecycle{}, notFound("lifecycle", err)
	}
	l, err := fillLifecycle(ctx, tx, decodeLifecycle(row))
	if err != nil {
		return l, err
	}
	if opened == 1 {
		return l, recordLifecycle(ctx, tx, l.ID, "LIFECYCLE_OPENED", now, nil, map[string]any{"scheme_id": schemeID, "enterprise_id": enterpriseID})
	}
	if l.State != LifecycleClosed {
		return l, nil
	}
	before := map[string]any{"exit_kind": l.Exit.Kind, "exit_on": l.Exit.On}
	l.State, l.Exit, l.ClosedAt = Active, Exit{}, nil
	if err := saveLifecycle(ctx, tx, &l); err != nil {
		return l, err
	}
	return l, recordLifecycle(ctx, tx, l.ID, "LIFECYCLE_REOPENED", now, before, nil)
}

// renumber brings the year numbers of a lifecycle's awards in line with everything that is known of its
// years.
func (k Keeper) renumber(ctx context.Context, tx pgx.Tx, l Lifecycle) error {
	awards, err := Store{}.Awards(ctx, tx, l.ID)
	if err != nil {
		return err
	}
	for _, a := range awards {
		rules, err := k.Rules.Definition(ctx, a.SchemeID, a.SchemeVersion)
		if err != nil {
			return err
		}
		number := numberOf(a, l.Earlier, awards, rules.GrantYears)
		if err := db.New(tx).SetYearNumber(ctx, db.SetYearNumberParams{ID: a.ID, YearNumber: int32(number)}); err != nil {
			return fmt.Errorf("number a year: %w", err)
		}
	}
	return nil
}

// Change carries the amount of a case that an appeal or a reversal has changed into its award, and
// returns by how much the case binds more of the frame than before, in øre, or less when below zero.
func (k Keeper) Change(ctx context.Context, tx pgx.Tx, n casework.News, beforeOre int64, now time.Time) (int64, error) {
	row, err := db.New(tx).GetAwardOfCase(ctx, n.ID)
	if errors.Is(err, pgx.ErrNoRows) {
		move := n.AmountAwardedOre - beforeOre
		if n.AmountAwardedOre == 0 || n.NotifiedAt == nil {
			return move, nil
		}
		return move, k.Offer(ctx, tx, n, now)
	}
	if err != nil {
		return 0, fmt.Errorf("load the award of a case: %w", err)
	}
	a, err := Store{}.LockAward(ctx, tx, row.ID)
	if err != nil {
		return 0, err
	}
	rules, err := k.Rules.Definition(ctx, a.SchemeID, a.SchemeVersion)
	if err != nil {
		return 0, err
	}
	before := map[string]any{"amount_ore": a.AmountOre, "committed_ore": a.CommittedOre, "state": a.State}
	changed := a.changed(n.AmountAwardedOre, rules.Awards, now)
	if err := saveAward(ctx, tx, &changed); err != nil {
		return 0, err
	}
	l, err := Store{}.Lifecycle(ctx, tx, a.LifecycleID)
	if err != nil {
		return 0, err
	}
	if err := k.renumber(ctx, tx, l); err != nil {
		return 0, err
	}
	after := map[string]any{"amount_ore": changed.AmountOre, "committed_ore": changed.CommittedOre, "state": changed.State}
	if err := recordAward(ctx, tx, a, "AWARD_CHANGED", now, before, after); err != nil {
		return 0, err
	}
	if err := k.Followers.tell(ctx, tx, changed, now); err != nil {
		return 0, err
	}
	return changed.BoundOre() - a.BoundOre(), k.Waker.Wake(ctx, tx, subject(a.LifecycleID), now)
}

// changed returns the award as it is when its case gives committedOre: a reduction stays, nothing at all
// stops it, and more than before is offered anew to whoever did not take the first offer.
func (a Award) changed(committedOre int64, rules scheme.AwardRules, now time.Time) Award {
	more := committedOre - a.CommittedOre
	taken := a.CommittedOre == 0 && a.State == Stopped // what an appeal took away can be given again
	a.AmountOre, a.CommittedOre = min(max(a.AmountOre+more, 0), committedOre), committedOre
	a.ReleasedOre = min(a.ReleasedOre, committedOre)
	switch {
	case committedOre == 0:
		if a.State == Offered || a.State == Accepted {
			a.State, a.StoppedAt = Stopped, &now
		}
	case more > 0 && (taken || a.State == Offered || a.State == Declined || a.State == Lapsed):
		a.State, a.OfferedAt, a.AcceptBy, a.AmountOre, a.ReleasedOre = Offered, now, rules.AcceptBy(now), committedOre, 0
		a.AcceptedAt, a.AcceptedBy, a.DeclinedAt, a.DeclinedBy, a.DeclineReason = nil, "", nil, "", ""
		a.LapsedAt, a.StoppedAt = nil, nil
	case more > 0 && a.State == Closed:
		a.State, a.ClosedAt = Accepted, nil
	}
	return a
}

// GrantedYears returns the years for which the enterprise of the case has been granted money under its
// scheme, by other cases and from before, as far as they count.
func (k Keeper) GrantedYears(ctx context.Context, tx pgx.Tx, c casework.Case, rules scheme.GrantYears) ([]scheme.GrantedYear, error) {
	rows, err := db.New(tx).ListGrantedYears(ctx, db.ListGrantedYearsParams{SchemeID: c.SchemeID, EnterpriseID: c.EnterpriseID, CaseID: c.ID})
	if err != nil {
		return nil, fmt.Errorf("list granted years: %w", err)
	}
	years := make([]scheme.GrantedYear, 0, len(rows))
	for _, row := range rows {
		if unused := AwardState(row.State) == Declined || AwardState(row.State) == Lapsed; unused && !rules.UnusedCounts {
			continue
		}
		years = append(years, scheme.GrantedYear{Year: int(row.GrantYear), Development: row.Development})
	}
	return years, nil
}
