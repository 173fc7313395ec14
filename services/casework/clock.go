package casework

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"saakorn/services/casework/db"
	"saakorn/services/platform/access"
	"saakorn/services/platform/calendar"
)

// ClockKind is what happened to the clock of a case.
type ClockKind string

// What can happen to a clock. It is paused while the applicant is asked, and extended by a decision.
const (
	ClockStarted   ClockKind = "STARTED"
	ClockPaused    ClockKind = "PAUSED"
	ClockResumed   ClockKind = "RESUMED"
	ClockExtended  ClockKind = "EXTENDED"
	ClockBreached  ClockKind = "BREACHED"
	ClockExplained ClockKind = "EXPLAINED"
	ClockStopped   ClockKind = "STOPPED"
)

// ClockEvent is one thing that happened to the clock.
type ClockEvent struct {
	ID     int64
	Kind   ClockKind
	At     time.Time
	Reason string
	// Until is the new date of an extension.
	Until   calendar.Date
	ActorID string
}

// ClockState is what follows from a clock's history.
type ClockState struct {
	// Due is the last date on which a decision is in time (Europe/Oslo).
	Due calendar.Date
	// Paused tells that the applicant has been asked for something.
	Paused  bool
	Stopped bool
	// Breached tells that a date has passed without a decision, Overdue that it was the present one, and
	// Explained that the reason of the newest breach is recorded.
	Breached, Overdue, Explained bool
	// DaysUsed counts calendar days since the start, without those in which the clock was paused.
	DaysUsed int
}

// ReadClock works out the state at now from the history. The days of every pause are added to the
// due date, whether it was extended or not.
func ReadClock(events []ClockEvent, due calendar.Date, now time.Time) ClockState {
	s := ClockState{Due: due}
	var started, paused calendar.Date
	today := calendar.On(now)
	pausedDays := 0
	for _, e := range events {
		date := calendar.On(e.At)
		switch e.Kind {
		case ClockStarted:
			started = date
		case ClockPaused:
			s.Paused, paused = true, date
		case ClockResumed:
			if s.Paused {
				days := calendar.Days(paused, date)
				s.Paused, s.Due, pausedDays = false, s.Due.AddDays(days), pausedDays+days
			}
		case ClockExtended:
			s.Due, s.Overdue = e.Until, false
			if s.Paused { // only what is left of the pause comes on top of the new date
				pausedDays, paused = pausedDays+calendar.Days(paused, date), date
			}
		case ClockBreached:
			s.Breached, s.Overdue, s.Explained = true, true, false
		case ClockExplained:
			s.Explained = true
		case ClockStopped:
			s.Stopped, today = true, date
		}
	}
	if s.Paused {
		days := calendar.Days(paused, today)
		s.Due, pausedDays = s.Due.AddDays(days), pausedDays+days
	}
	if !started.IsZero() {
		s.DaysUsed = calendar.Days(started, today) - pausedDays
	}
	return s
}

// overdueAt returns when the clock will have been breached unless something happens; false when it
// is paused, stopped or overdue already.
func (s ClockState) overdueAt() (time.Time, bool) {
	if s.Paused || s.Stopped || s.Overdue {
		return time.Time{}, false
	}
	return s.Due.End(), true
}

// lastExtension returns where in the history the date for a decision was extended last, and false when it
// never was.
func lastExtension(events []ClockEvent) (int, bool) {
	for i, e := range slices.Backward(events) {
		if e.Kind == ClockExtended {
			return i, true
		}
	}
	return 0, false
}

func loadClock(ctx context.Context, q Querier, caseID uuid.UUID) ([]ClockEvent, error) {
	rows, err := db.New(q).ListClockEvents(ctx, caseID)
	if err != nil {
		return nil, fmt.Errorf("load the clock: %w", err)
	}
	events := make([]ClockEvent, 0, len(rows))
	for _, row := range rows {
		e := ClockEvent{ID: row.ID, Kind: ClockKind(row.Kind), At: row.At, Reason: row.Reason, ActorID: row.ActorID}
		if row.Until.Valid {
			e.Until = decodeDate(row.Until.Time)
		}
		events = append(events, e)
	}
	return events, nil
}

// recordClock adds to the history of the clock, in the name of whoever acts.
func recordClock(ctx context.Context, tx pgx.Tx, caseID uuid.UUID, e ClockEvent) error {
	caller, _ := access.From(ctx)
	err := db.New(tx).InsertClockEvent(ctx, db.InsertClockEventParams{
		CaseID: caseID, Kind: string(e.Kind), At: e.At, Reason: e.Reason, Until: encodeDate(e.Until), ActorID: caller.ID,
	})
	if err != nil {
		return fmt.Errorf("record on the clock that it %s: %w", e.Kind, err)
	}
	return nil
}
