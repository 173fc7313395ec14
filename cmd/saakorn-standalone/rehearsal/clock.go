package rehearsal

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
)

const (
	// settleWithin is how long the engine may take to do everything that is due.
	settleWithin = time.Minute
	// settleAgainWithin is how long it may take after the program was killed: messages that it was delivering are
	// taken over by whoever goes on, but not at once.
	settleAgainWithin = 3 * time.Minute
	// settlePoll is how often to ask whether it has.
	settlePoll = 15 * time.Millisecond
)

// stage moves the one clock.
type stage struct {
	hand *actor
	// moved is called with the time on the rehearsal's clock.
	moved func(now time.Time)
	// office are the days on which people do what lies before them, besides what the story tells; nil
	// when there are none.
	office *office
}

// until moves the clock to the moment, stopping wherever something is due on the way, and returns
// when all of that has been done.
func (s stage) until(ctx context.Context, moment time.Time) error {
	for {
		at, err := s.settled(ctx)
		if err != nil {
			return err
		}
		now := at.GetNow().AsTime()
		held, err := s.office.hold(ctx, now)
		if err != nil {
			return fmt.Errorf("on %s: %w", now.Format(time.DateOnly), err)
		}
		if held {
			continue // what people did has to settle too
		}
		if !now.Before(moment) {
			return nil
		}
		next := s.office.before(moment)
		if due := at.GetNextDueAt(); due != nil && s.office.evening(due.AsTime()).Before(next) {
			next = s.office.evening(due.AsTime())
		}
		if err := s.move(ctx, next); err != nil {
			return err
		}
	}
}

// untilNothingIsDue moves the clock from one due moment to the next until there is none.
func (s stage) untilNothingIsDue(ctx context.Context) error {
	for {
		at, err := s.settled(ctx)
		if err != nil {
			return err
		}
		if at.GetNextDueAt() == nil {
			return nil
		}
		if err := s.move(ctx, at.GetNextDueAt().AsTime()); err != nil {
			return err
		}
	}
}

// move moves the clock. The clock runs all the while, so a moment may have come by itself by now.
func (s stage) move(ctx context.Context, to time.Time) error {
	r, err := s.hand.rehearsal.MoveClock(ctx, &saakornv1.MoveClockRequest{To: timestamppb.New(to)})
	if err == nil {
		s.moved(r.GetNow().AsTime())
		return nil
	}
	at, lookErr := s.hand.rehearsal.GetRehearsal(ctx, &saakornv1.GetRehearsalRequest{})
	if lookErr == nil && !at.GetNow().AsTime().Before(to) {
		return nil
	}
	return fmt.Errorf("move the clock to %s: %w", to.Format(time.RFC3339), err)
}

// settled waits until every message has been delivered and every procedure has done what is due.
func (s stage) settled(ctx context.Context) (*saakornv1.GetRehearsalResponse, error) {
	return s.settledWithin(ctx, settleWithin)
}

func (s stage) settledWithin(ctx context.Context, patience time.Duration) (*saakornv1.GetRehearsalResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	again := time.NewTicker(settlePoll)
	defer again.Stop()
	for {
		at, err := s.hand.rehearsal.GetRehearsal(ctx, &saakornv1.GetRehearsalRequest{})
		if err != nil {
			return nil, fmt.Errorf("look at the rehearsal: %w", err)
		}
		if at.GetUndelivered() == 0 && at.GetUnsettled() == 0 {
			return at, nil
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return nil, fmt.Errorf("at %s on the rehearsal's clock %d messages were not delivered and %d procedures not settled: %w",
				at.GetNow().AsTime().Format(time.RFC3339), at.GetUndelivered(), at.GetUnsettled(), ctx.Err())
		}
	}
}
