package payment

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"saakorn/services/insight"
	"saakorn/services/payment/db"
)

// Sums answers what has been paid of many awards at once.
type Sums struct{}

// PaidByYear returns what the bank has booked, in øre, by grant year.
func (Sums) PaidByYear(ctx context.Context, q insight.Querier, schemeID string, fromYear, untilYear int) (map[int]int64, error) {
	rows, err := db.New(q).SumPaidByYear(ctx, db.SumPaidByYearParams{SchemeID: schemeID, FromYear: int32(fromYear), UntilYear: int32(untilYear)})
	if err != nil {
		return nil, fmt.Errorf("sum what is paid by year: %w", err)
	}
	paid := map[int]int64{}
	for _, row := range rows {
		paid[int(row.GrantYear)] = row.PaidOre
	}
	return paid, nil
}

// PaidByAward returns what the bank has booked, in øre, by award.
func (Sums) PaidByAward(ctx context.Context, q insight.Querier, awardIDs []uuid.UUID) (map[uuid.UUID]int64, error) {
	rows, err := db.New(q).SumPaidByAward(ctx, awardIDs)
	if err != nil {
		return nil, fmt.Errorf("sum what is paid by award: %w", err)
	}
	paid := map[uuid.UUID]int64{}
	for _, row := range rows {
		paid[row.AwardID] = row.PaidOre
	}
	return paid, nil
}

// AcceptanceToPayment returns how long the first payment took after the acceptance, by grant year (R71).
func (Sums) AcceptanceToPayment(ctx context.Context, q insight.Querier, schemeID string, fromYear, untilYear int) (map[int]insight.Wait, error) {
	rows, err := db.New(q).MeasureFirstPayments(ctx, db.MeasureFirstPaymentsParams{SchemeID: schemeID, FromYear: int32(fromYear), UntilYear: int32(untilYear)})
	if err != nil {
		return nil, fmt.Errorf("measure first payments: %w", err)
	}
	waits := map[int]insight.Wait{}
	for _, row := range rows {
		waits[int(row.GrantYear)] = insight.Wait{N: int(row.N), Median: row.MedianDays, Slow: row.SlowDays, Longest: row.LongestDays}
	}
	return waits, nil
}

// FirstPayments returns how many days each award waited for its first payment; those that wait are left out.
func (Sums) FirstPayments(ctx context.Context, q insight.Querier, awardIDs []uuid.UUID) (map[uuid.UUID]int, error) {
	rows, err := db.New(q).ListFirstPayments(ctx, awardIDs)
	if err != nil {
		return nil, fmt.Errorf("list first payments: %w", err)
	}
	days := map[uuid.UUID]int{}
	for _, row := range rows {
		days[row.AwardID] = int(row.Days)
	}
	return days, nil
}
