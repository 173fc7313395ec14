package followup

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/followup/db"
	"saakorn/services/platform/access"
	"saakorn/services/platform/command"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/page"
	"saakorn/services/platform/task"
)

// signalKey is the key of the task to talk about the signal.
func signalKey(id uuid.UUID) string { return "signal/" + id.String() }

// ListSignals returns the signals of a lifecycle, the newest first.
func (s *Server) ListSignals(ctx context.Context, r *saakornv1.ListSignalsRequest) (*saakornv1.ListSignalsResponse, error) {
	signals, err := listSignals(ctx, s.Pool, uuid.MustParse(r.GetLifecycleId()))
	return &saakornv1.ListSignalsResponse{Signals: decodeAll(signals, presentSignal)}, err
}

// SettleSignal ends a signal: people have talked, or it calls for nothing.
func (s *Server) SettleSignal(ctx context.Context, r *saakornv1.SettleSignalRequest) (*saakornv1.SettleSignalResponse, error) {
	if err := checkTexts(r); err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.SettleSignalResponse, error) {
		row, err := db.New(tx).LockSignal(ctx, uuid.MustParse(r.GetSignalId()))
		if err != nil {
			return nil, notFound("signal", err)
		}
		signal, err := decodeSignal(row)
		switch {
		case err != nil:
			return nil, err
		case r.GetEtag() != etag(signal.Revision):
			return nil, fault.NewConflict(etag(signal.Revision))
		case signal.State != SignalOpen:
			return nil, fault.NewPrecondition("SIGNAL_SETTLED", "the signal has been ended already")
		}
		caller, _ := access.From(ctx)
		now := s.Clock.Now()
		signal.State, signal.Note, signal.SettledBy, signal.SettledAt = Talked, r.GetNote(), caller.ID, &now
		if r.GetState() == saakornv1.SignalState_SIGNAL_STATE_DISMISSED {
			signal.State = Dismissed
		}
		signal.Revision, err = db.New(tx).SettleSignal(ctx, db.SettleSignalParams{
			ID: signal.ID, State: string(signal.State), Note: signal.Note, SettledBy: &caller.ID, SettledAt: &now,
		})
		if err != nil {
			return nil, fmt.Errorf("end a signal: %w", err)
		}
		if _, err := task.Settle(ctx, tx, signalKey(signal.ID), now); err != nil {
			return nil, err
		}
		err = record(ctx, tx, "signal", signal.ID, "SIGNAL_SETTLED", now, nil, map[string]any{"kind": signal.Kind, "state": signal.State, "note": signal.Note})
		return &saakornv1.SettleSignalResponse{Signal: presentSignal(signal)}, err
	})
}

// ListSignalledEnterprises returns enterprises with open signals, and which.
func (s *Server) ListSignalledEnterprises(ctx context.Context, r *saakornv1.ListSignalledEnterprisesRequest) (*saakornv1.ListSignalledEnterprisesResponse, error) {
	after, err := page.Place(r, uuid.Nil)
	if err != nil {
		return nil, err
	}
	rows, err := db.New(s.Pool).ListSignalled(ctx, db.ListSignalledParams{SchemeID: r.GetSchemeId(), AfterID: after, RowLimit: int32(page.Size(r) + 1)})
	if err != nil {
		return nil, fmt.Errorf("list enterprises with signals: %w", err)
	}
	rows, next, err := page.Cut(r, rows, func(last db.ListSignalledRow) uuid.UUID { return last.LifecycleID })
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.ListSignalledEnterprisesResponse{NextPageToken: next}
	for _, row := range rows {
		e, err := s.Enterprises.Enterprise(ctx, row.EnterpriseID)
		if err != nil {
			return nil, err
		}
		answer.Enterprises = append(answer.Enterprises, &saakornv1.SignalledEnterprise{
			LifecycleId: row.LifecycleID.String(), EnterpriseId: row.EnterpriseID.String(), EnterpriseName: e.Name,
			Kinds: decodeAll(row.Kinds, func(k string) saakornv1.SignalKind { return presentKind(SignalKind(k)) }), Since: timestamppb.New(row.Since),
		})
	}
	return answer, nil
}
