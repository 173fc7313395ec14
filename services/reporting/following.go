package reporting

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"saakorn/services/grant"
	"saakorn/services/platform/calendar"
	"saakorn/services/reporting/db"
	"saakorn/services/scheme"
)

// Follower begins to ask for reports when an award has been accepted, and looks again whenever it changes.
type Follower struct {
	Waker Waker
}

// AwardChanged tells the procedure of the award's reports to look, in the transaction that changes the award.
func (f Follower) AwardChanged(ctx context.Context, tx pgx.Tx, a grant.Award, now time.Time) error {
	if a.AcceptedAt == nil {
		return nil
	}
	return f.Waker.Wake(ctx, tx, subject(a.ID), now)
}

// Reported tells those who close awards whether the final report is approved, or asked for no more.
func (s Store) Reported(ctx context.Context, q grant.Querier, awardID uuid.UUID) (grant.Reported, error) {
	reports, err := s.OfAward(ctx, q, awardID)
	if err != nil {
		return grant.Reported{}, err
	}
	return grant.Reported{Approved: slices.ContainsFunc(reports, func(r Report) bool { return r.Kind == scheme.FinalReport && r.Settled() })}, nil
}

// Runway is until when an enterprise's money lasts without the grant, as it reported at a time.
type Runway struct {
	LastsUntil calendar.Date
	ReportedAt time.Time
}

// Runway returns how long the enterprise's money lasts, counted from the day on which it last reported; nil
// when that is not known, or when its income covers the costs (R71).
func (Store) Runway(ctx context.Context, q Querier, enterpriseID uuid.UUID) (*Runway, error) {
	row, err := db.New(q).GetRunway(ctx, enterpriseID)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("load a runway: %w", err)
	}
	if row.CashMonthsTenths == nil || row.SubmittedAt == nil {
		return nil, nil
	}
	const tenths, days = 10, 3 // of a month, and days in a tenth of one
	months := int(*row.CashMonthsTenths)
	until := calendar.On(*row.SubmittedAt).AddMonths(months / tenths).AddDays(months % tenths * days)
	return &Runway{until, *row.SubmittedAt}, nil
}
