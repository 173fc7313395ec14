package development

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/platform/clock"
	"saakorn/services/platform/database"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/procedure"
)

// Nudger leaves messages to procedures that have something due.
type Nudger interface {
	Nudge(ctx context.Context, tx pgx.Tx, subjects []procedure.Subject) error
}

// Rehearsal answers the RehearsalService of the contract: it moves the one clock and tells every
// procedure with something due by then to look.
type Rehearsal struct {
	saakornv1.UnimplementedRehearsalServiceServer

	Pool   *pgxpool.Pool
	Clock  *clock.Moved
	Nudger Nudger
}

// farthestYears is how far the clock moves at once: far beyond any rehearsal, and well within what a
// time can hold.
const farthestYears = 50

// GetRehearsal says what time it is and what is still on its way.
func (r *Rehearsal) GetRehearsal(ctx context.Context, _ *saakornv1.GetRehearsalRequest) (*saakornv1.GetRehearsalResponse, error) {
	now := r.Clock.Now()
	p, err := procedure.Look(ctx, r.Pool, now)
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.GetRehearsalResponse{
		Now: timestamppb.New(now), Undelivered: int32(p.Undelivered), Unsettled: int32(p.Unsettled),
	}
	if p.Next != nil {
		answer.NextDueAt = timestamppb.New(*p.Next)
	}
	return answer, nil
}

// MoveClock moves the clock forward. It returns before the procedures have looked: GetRehearsal
// says when everything has settled.
func (r *Rehearsal) MoveClock(ctx context.Context, q *saakornv1.MoveClockRequest) (*saakornv1.MoveClockResponse, error) {
	to, now := q.GetTo().AsTime(), r.Clock.Now()
	switch {
	case to.Before(now):
		return nil, fault.Field("to", "IN_THE_PAST", "a rehearsal's clock only moves forward: it is "+now.Format(time.RFC3339))
	case to.After(now.AddDate(farthestYears, 0, 0)):
		return nil, fault.Field("to", "TOO_FAR", fmt.Sprintf("move the clock by at most %d years", farthestYears))
	}
	was := r.Clock.Ahead()
	ahead := was + to.Sub(now)
	due, err := procedure.Due(ctx, r.Pool, to)
	if err != nil {
		return nil, err
	}
	err = database.InTransaction(ctx, r.Pool, func(tx pgx.Tx) error {
		if err := clock.SaveMoved(ctx, tx, ahead); err != nil {
			return err
		}
		// Whoever gets the messages must see the new time, so the clock moves before they are sent.
		r.Clock.Set(ahead)
		return r.Nudger.Nudge(ctx, tx, due)
	})
	if err != nil {
		r.Clock.Set(was)
		return nil, err
	}
	return &saakornv1.MoveClockResponse{Now: timestamppb.New(r.Clock.Now()), Woken: int32(len(due))}, nil
}
