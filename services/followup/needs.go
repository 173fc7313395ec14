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
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/command"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/task"
)

// The states of a competence need (R31).
const (
	needOpen     = "OPEN"
	needReferred = "REFERRED"
	needMet      = "MET"
	needDropped  = "DROPPED"
)

func needKey(id uuid.UUID) string { return "competence-need/" + id.String() }

// AddCompetenceNeed notes what an enterprise needs to learn.
func (s *Server) AddCompetenceNeed(ctx context.Context, r *saakornv1.AddCompetenceNeedRequest) (*saakornv1.AddCompetenceNeedResponse, error) {
	if err := checkTexts(r); err != nil {
		return nil, err
	}
	l, err := s.Grants.Lifecycle(ctx, s.Pool, uuid.MustParse(r.GetLifecycleId()))
	if err != nil {
		return nil, err
	}
	if err := mineOrOfficer(ctx, s.Enterprises, l.EnterpriseID, "lifecycle"); err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.AddCompetenceNeedResponse, error) {
		caller, _ := access.From(ctx)
		now := s.Clock.Now()
		row := db.CompetenceNeed{
			ID: uuid.Must(uuid.NewV7()), Revision: 1, LifecycleID: l.ID, Topic: r.GetTopic(), Description: r.GetDescription(), State: needOpen, CreatedAt: now,
		}
		err := db.New(tx).InsertNeed(ctx, db.InsertNeedParams{
			ID: row.ID, LifecycleID: l.ID, EnterpriseID: l.EnterpriseID, SchemeID: l.SchemeID, Topic: row.Topic, Description: row.Description,
			CreatedBy: caller.ID, CreatedAt: now,
		})
		if err != nil {
			return nil, fmt.Errorf("note a competence need: %w", err)
		}
		_, err = task.Raise(ctx, tx, task.Task{
			Key: needKey(row.ID), Kind: "COMPETENCE_NEED", LifecycleID: l.ID, SubjectID: row.ID, Role: saakornv1.Role_ROLE_CASE_OFFICER,
		}, now)
		if err != nil {
			return nil, err
		}
		err = record(ctx, tx, "competence_need", row.ID, "COMPETENCE_NEED_ADDED", now, nil, map[string]any{"topic": row.Topic})
		return &saakornv1.AddCompetenceNeedResponse{Need: presentNeed(row)}, err
	})
}

// ReferCompetenceNeed refers the enterprise to a partner.
func (s *Server) ReferCompetenceNeed(ctx context.Context, r *saakornv1.ReferCompetenceNeedRequest) (*saakornv1.ReferCompetenceNeedResponse, error) {
	if err := checkTexts(r); err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.ReferCompetenceNeedResponse, error) {
		caller, _ := access.From(ctx)
		row, err := s.editNeed(ctx, tx, r, "COMPETENCE_NEED_REFERRED", func(row *db.CompetenceNeed) {
			row.State, row.Partner, row.ReferredBy = needReferred, r.GetPartner(), &caller.ID
			row.ReferredOn = encodeDate(calendar.On(s.Clock.Now()))
		})
		return &saakornv1.ReferCompetenceNeedResponse{Need: presentNeed(row)}, err
	})
}

// SettleCompetenceNeed ends a need with what came of it.
func (s *Server) SettleCompetenceNeed(ctx context.Context, r *saakornv1.SettleCompetenceNeedRequest) (*saakornv1.SettleCompetenceNeedResponse, error) {
	if err := checkTexts(r); err != nil {
		return nil, err
	}
	before, err := db.New(s.Pool).GetNeed(ctx, uuid.MustParse(r.GetNeedId()))
	if err != nil {
		return nil, notFound("competence need", err)
	}
	if err := mineOrOfficer(ctx, s.Enterprises, before.EnterpriseID, "competence need"); err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.SettleCompetenceNeedResponse, error) {
		caller, _ := access.From(ctx)
		now := s.Clock.Now()
		row, err := s.editNeed(ctx, tx, r, "COMPETENCE_NEED_SETTLED", func(row *db.CompetenceNeed) {
			row.State, row.Outcome, row.SettledBy, row.SettledAt = needMet, r.GetOutcome(), &caller.ID, &now
			if r.GetState() == saakornv1.CompetenceNeedState_COMPETENCE_NEED_STATE_DROPPED {
				row.State = needDropped
			}
		})
		return &saakornv1.SettleCompetenceNeedResponse{Need: presentNeed(row)}, err
	})
}

type needEdit interface {
	GetNeedId() string
	GetEtag() string
}

func (s *Server) editNeed(ctx context.Context, tx pgx.Tx, r needEdit, action string, change func(*db.CompetenceNeed)) (db.CompetenceNeed, error) {
	row, err := db.New(tx).LockNeed(ctx, uuid.MustParse(r.GetNeedId()))
	switch {
	case err != nil:
		return row, notFound("competence need", err)
	case r.GetEtag() != etag(row.Revision):
		return row, fault.NewConflict(etag(row.Revision))
	case row.State == needMet || row.State == needDropped:
		return row, fault.NewPrecondition("NEED_SETTLED", "the need has been ended already")
	}
	change(&row)
	row.Revision, err = db.New(tx).UpdateNeed(ctx, db.UpdateNeedParams{
		ID: row.ID, State: row.State, Partner: row.Partner, ReferredOn: row.ReferredOn, ReferredBy: row.ReferredBy, Outcome: row.Outcome,
		SettledBy: row.SettledBy, SettledAt: row.SettledAt,
	})
	if err != nil {
		return row, fmt.Errorf("save a competence need: %w", err)
	}
	now := s.Clock.Now()
	if row.SettledAt != nil {
		if _, err := task.Settle(ctx, tx, needKey(row.ID), now); err != nil {
			return row, err
		}
	}
	return row, record(ctx, tx, "competence_need", row.ID, action, now, nil, map[string]any{"state": row.State, "partner": row.Partner, "outcome": row.Outcome})
}

// ListCompetenceNeeds returns the needs of a lifecycle, the newest first.
func (s *Server) ListCompetenceNeeds(ctx context.Context, r *saakornv1.ListCompetenceNeedsRequest) (*saakornv1.ListCompetenceNeedsResponse, error) {
	l, _, err := s.lifecycle(ctx, r.GetLifecycleId())
	if err != nil {
		return nil, err
	}
	rows, err := db.New(s.Pool).ListNeeds(ctx, l.ID)
	if err != nil {
		return nil, fmt.Errorf("list competence needs: %w", err)
	}
	return &saakornv1.ListCompetenceNeedsResponse{Needs: decodeAll(rows, presentNeed)}, nil
}

func presentNeed(row db.CompetenceNeed) *saakornv1.CompetenceNeed {
	return &saakornv1.CompetenceNeed{
		Id: row.ID.String(), Etag: etag(row.Revision), LifecycleId: row.LifecycleID.String(), Topic: row.Topic, Description: row.Description,
		State:   saakornv1.CompetenceNeedState(saakornv1.CompetenceNeedState_value["COMPETENCE_NEED_STATE_"+row.State]),
		Partner: row.Partner, ReferredOn: decodeDate(row.ReferredOn).String(), Outcome: row.Outcome, CreatedAt: timestamppb.New(row.CreatedAt),
	}
}
