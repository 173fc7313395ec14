package casework

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework/db"
)

// DecisionTimes are how long decisions took. Days are calendar days in which the clock ran.
type DecisionTimes struct {
	Decisions, MedianDays, LongestDays int
	// InTime counts those that were made before the date had passed on which they were expected.
	InTime int
}

// decisionTimes sums up clocks that have stopped.
func decisionTimes(stopped []ClockState) DecisionTimes {
	t := DecisionTimes{Decisions: len(stopped)}
	if len(stopped) == 0 {
		return t
	}
	days := make([]int, 0, len(stopped))
	for _, s := range stopped {
		days = append(days, s.DaysUsed)
		if !s.Breached {
			t.InTime++
		}
	}
	slices.Sort(days)
	t.MedianDays, t.LongestDays = days[(len(days)-1)/2], days[len(days)-1]
	return t
}

// GetDecisionTimes returns how long the decisions of a call took.
func (s *CompletenessServer) GetDecisionTimes(ctx context.Context, r *saakornv1.GetDecisionTimesRequest) (*saakornv1.GetDecisionTimesResponse, error) {
	callID := uuid.MustParse(r.GetCallId())
	call, err := s.Schemes.Call(ctx, s.Pool, callID)
	if err != nil {
		return nil, err
	}
	rules, err := s.Schemes.Definition(ctx, call.SchemeID, call.SchemeVersion)
	if err != nil {
		return nil, err
	}
	rows, err := db.New(s.Pool).ListClocksOfCall(ctx, callID)
	if err != nil {
		return nil, fmt.Errorf("list the clocks of a call: %w", err)
	}
	var stopped []ClockState
	for len(rows) > 0 {
		id := rows[0].CaseID
		n := slices.IndexFunc(rows, func(row db.ListClocksOfCallRow) bool { return row.CaseID != id })
		if n < 0 {
			n = len(rows)
		}
		var events []ClockEvent
		for _, row := range rows[:n] {
			e := ClockEvent{ID: row.ID, Kind: ClockKind(row.Kind), At: row.At}
			if row.Until.Valid {
				e.Until = decodeDate(row.Until.Time)
			}
			events = append(events, e)
		}
		stopped = append(stopped, ReadClock(events, rules.Deadlines.DecisionDue(rows[0].CallClosesAt), s.Clock.Now()))
		rows = rows[n:]
	}
	t := decisionTimes(stopped)
	return &saakornv1.GetDecisionTimesResponse{
		Decisions: int32(t.Decisions), MedianDays: int32(t.MedianDays), LongestDays: int32(t.LongestDays), InTime: int32(t.InTime),
	}, nil
}
