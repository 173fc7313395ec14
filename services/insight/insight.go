// Package insight answers questions about all lifecycles at once: who is in which year, what the frames
// will bear, what is due, who is at risk and how long people wait. It only ever reads.
package insight

import (
	"context"

	"github.com/google/uuid"

	"saakorn/services/insight/db"
)

// Querier is a connection pool or a transaction.
type Querier = db.DBTX

// Money knows what has been paid. Amounts are in øre, by grant year; years without a payment may be
// left out.
type Money interface {
	PaidByYear(ctx context.Context, q Querier, schemeID string, fromYear, untilYear int) (map[int]int64, error)
	// PaidByAward leaves out awards of which nothing has been paid.
	PaidByAward(ctx context.Context, q Querier, awardIDs []uuid.UUID) (map[uuid.UUID]int64, error)
	// FirstPayments is how many days each award waited; those that wait still are left out.
	FirstPayments(ctx context.Context, q Querier, awardIDs []uuid.UUID) (map[uuid.UUID]int, error)
	// AcceptanceToPayment is from the acceptance of the terms to the first payment (R71).
	AcceptanceToPayment(ctx context.Context, q Querier, schemeID string, fromYear, untilYear int) (map[int]Wait, error)
}

// Wait is how many days something took: in n cases, in the middle one, in the one that nine of ten were
// quicker than, and at most.
type Wait struct {
	N                     int
	Median, Slow, Longest float64
}

// Group is those who are in the same year of theirs, with what they have been awarded, in øre.
type Group struct {
	YearNumber, Enterprises int
	AmountOre               int64
}

// Forecast is what continuations would take of a frame, in øre.
type Forecast struct {
	Enterprises int
	AmountOre   int64
}

// Forecasts returns what continuations would take in each of the years after base, if everybody who has an
// award for base went on with the same amount for as long as the cap allows (R62). It is no promise: every
// year is decided by itself.
func Forecasts(base, until, maxYears int, groups []Group) map[int]Forecast {
	forecasts := map[int]Forecast{}
	for year := base + 1; year <= until; year++ {
		var f Forecast
		for _, g := range groups {
			if g.YearNumber+year-base <= maxYears {
				f.Enterprises += g.Enterprises
				f.AmountOre += g.AmountOre
			}
		}
		forecasts[year] = f
	}
	return forecasts
}
