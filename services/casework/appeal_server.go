package casework

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework/db"
	"saakorn/services/platform/access"
	"saakorn/services/platform/command"
	"saakorn/services/platform/fault"
	"saakorn/services/scheme"
)

// AppealServer answers the AppealService of the contract.
type AppealServer struct {
	saakornv1.UnimplementedAppealServiceServer
	*Server
}

// SubmitAppeal receives an appeal, in time or late. A closed case is taken up again.
func (s *AppealServer) SubmitAppeal(ctx context.Context, r *saakornv1.SubmitAppealRequest) (*saakornv1.SubmitAppealResponse, error) {
	applicationID := uuid.MustParse(r.GetApplicationId())
	party, err := s.appellant(ctx, applicationID)
	if err != nil {
		return nil, err
	}
	from, err := s.Enterprises.Enterprise(ctx, party)
	if err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.SubmitAppealResponse, error) {
		c, found, err := s.Store.Find(ctx, tx, applicationID)
		if err != nil {
			return nil, err
		}
		if !found {
			return nil, fault.NewPrecondition("NOT_NOTIFIED", "there is no decision to appeal yet")
		}
		f, rules, err := s.take(ctx, tx, c.ID.String())
		if err != nil {
			return nil, err
		}
		var received Appeal
		_, err = s.alter(ctx, tx, f, rules, "APPEAL_RECEIVED", func(f *File, _ *scheme.Definition, now time.Time) (any, any, error) {
			late, err := CheckAppeal(*f, party, now)
			if err != nil {
				return nil, nil, err
			}
			caller, _ := access.From(ctx)
			received = Appeal{
				ID: uuid.Must(uuid.NewV7()), Revision: 1, CaseID: f.ID, ApplicationID: applicationID, PartyID: party, DecisionID: f.decision().ID,
				Grounds: r.GetGrounds(), ChangeWanted: r.GetChangeWanted(), Late: late, SubmittedBy: caller.ID, ReceivedAt: now,
				AmountOre: f.AmountAwardedOre,
			}
			f.ClosedAt = nil
			f.Appeals = append([]Appeal{received}, f.Appeals...)
			if err := insertAppeal(ctx, tx, received); err != nil {
				return nil, nil, err
			}
			return nil, map[string]any{"appeal_id": received.ID, "late": late}, s.Journal.Write(ctx, tx, entryOfAppeal(*f, received, from))
		})
		if err != nil {
			return nil, err
		}
		return &saakornv1.SubmitAppealResponse{Appeal: presentAppeal(received, false)}, nil
	})
}

func insertAppeal(ctx context.Context, tx pgx.Tx, a Appeal) error {
	err := db.New(tx).InsertAppeal(ctx, db.InsertAppealParams{
		ID: a.ID, CaseID: a.CaseID, ApplicationID: a.ApplicationID, PartyID: a.PartyID, DecisionID: a.DecisionID, Grounds: a.Grounds,
		ChangeWanted: a.ChangeWanted, Late: a.Late, SubmittedBy: a.SubmittedBy, ReceivedAt: a.ReceivedAt, AmountOre: a.AmountOre,
	})
	if err != nil {
		return fmt.Errorf("receive an appeal: %w", err)
	}
	return nil
}

// changeAppeal carries out a mutation of one appeal within its case.
func (s *Server) changeAppeal(ctx context.Context, tx pgx.Tx, appealID, etag, action string, do func(f *File, a *Appeal, rules *scheme.Definition, now time.Time) (after any, err error)) (File, Appeal, error) {
	row, err := db.New(tx).GetAppeal(ctx, uuid.MustParse(appealID))
	if err != nil {
		return File{}, Appeal{}, appealNotFound(err)
	}
	var changed Appeal
	f, err := s.change(ctx, tx, row.CaseID.String(), "", action, func(f *File, rules *scheme.Definition, now time.Time) (any, any, error) {
		a := f.appeal(row.ID)
		if etag != "" && etag != a.Etag() {
			return nil, nil, fault.NewConflict(a.Etag())
		}
		after, err := do(f, a, rules, now)
		if err != nil {
			return nil, nil, err
		}
		err = saveAppeal(ctx, tx, a)
		changed = *a
		return map[string]any{"appeal_id": a.ID}, after, err
	})
	return f, changed, err
}

func appealNotFound(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return fault.NewNotFound("appeal")
	}
	return fmt.Errorf("load an appeal: %w", err)
}

// appeal returns the appeal with the identifier, which is one of the case's.
func (f File) appeal(id uuid.UUID) *Appeal {
	for i := range f.Appeals {
		if f.Appeals[i].ID == id {
			return &f.Appeals[i]
		}
	}
	return &Appeal{}
}

// AssignAppeal gives the appeal to somebody new.
func (s *AppealServer) AssignAppeal(ctx context.Context, r *saakornv1.AssignAppealRequest) (*saakornv1.AssignAppealResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.AssignAppealResponse, error) {
		_, a, err := s.changeAppeal(ctx, tx, r.GetAppealId(), "", "APPEAL_ASSIGNED", func(f *File, a *Appeal, _ *scheme.Definition, _ time.Time) (any, error) {
			roster, err := s.roster(ctx, tx)
			if err != nil {
				return nil, err
			}
			to, err := s.successor(ctx, tx, *f, roster, r.GetOwnerId())
			if err != nil {
				return nil, err
			}
			if err := CheckAssignAppeal(*f, *a, to.id); err != nil {
				return nil, err
			}
			a.OwnerID = to.id
			return map[string]any{"owner_id": a.OwnerID, "intended_id": to.intended}, nil
		})
		return &saakornv1.AssignAppealResponse{Appeal: presentAppeal(a, true)}, err
	})
}

// PrepareAppeal records the officer's assessment and recommendation.
func (s *AppealServer) PrepareAppeal(ctx context.Context, r *saakornv1.PrepareAppealRequest) (*saakornv1.PrepareAppealResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.PrepareAppealResponse, error) {
		caller, _ := access.From(ctx)
		_, a, err := s.changeAppeal(ctx, tx, r.GetAppealId(), r.GetEtag(), "APPEAL_PREPARED", func(f *File, a *Appeal, rules *scheme.Definition, now time.Time) (any, error) {
			recommended := dispositionOf(r.GetRecommended())
			if err := s.takeAppeal(ctx, tx, *f, a, now); err != nil {
				return nil, err
			}
			if err := CheckPrepareAppeal(*f, *a, rules, recommended, r.GetAmountOre(), caller.ID); err != nil {
				return nil, err
			}
			a.Recommended, a.Assessment, a.RecommendedOre = recommended, r.GetAssessment(), r.GetAmountOre()
			a.PreparedBy, a.PreparedAt = caller.ID, &now
			after := map[string]any{"recommended": recommended, "amount_ore": a.RecommendedOre}
			return after, s.Journal.Write(ctx, tx, entryOfAppealPrepared(ctx, *f, *a, now))
		})
		return &saakornv1.PrepareAppealResponse{Appeal: presentAppeal(a, true)}, err
	})
}

// takeAppeal gives the appeal to the caller when its owner is away and the caller stands in for them.
func (s *AppealServer) takeAppeal(ctx context.Context, tx pgx.Tx, f File, a *Appeal, now time.Time) error {
	caller, _ := access.From(ctx)
	roster, err := s.roster(ctx, tx)
	if err != nil || a.OwnerID == caller.ID || a.OwnerID == "" || roster.Acting(a.OwnerID) != caller.ID {
		return err
	}
	if err := CheckAssignAppeal(f, *a, caller.ID); err != nil {
		return err
	}
	before := a.OwnerID
	a.OwnerID = caller.ID
	return record(ctx, tx, f.Case, "APPEAL_TAKEN_OVER", now, map[string]any{"appeal_id": a.ID, "owner_id": before}, map[string]any{"owner_id": caller.ID})
}

// DecideAppeal decides what the directorate does with the appeal.
func (s *AppealServer) DecideAppeal(ctx context.Context, r *saakornv1.DecideAppealRequest) (*saakornv1.DecideAppealResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.DecideAppealResponse, error) {
		caller, _ := access.From(ctx)
		f, a, err := s.changeAppeal(ctx, tx, r.GetAppealId(), r.GetEtag(), "APPEAL_DECIDED", func(f *File, a *Appeal, rules *scheme.Definition, now time.Time) (any, error) {
			d := dispositionOf(r.GetDisposition())
			if err := CheckDecideAppeal(*f, *a, rules, d, r.GetAmountOre(), r.GetReasons(), caller.ID); err != nil {
				return nil, err
			}
			a.Disposition, a.Reasons, a.DecidedBy, a.DecidedAt = d, r.GetReasons(), caller.ID, &now
			if a.Reasons == "" {
				a.Reasons = a.Assessment
			}
			if d != AppealForwarded {
				a.ClosedAt = &now
			}
			if d == AppealGranted {
				a.AmountOre = r.GetAmountOre()
				err := s.changeAward(ctx, tx, f, AwardChange{
					AppealID: a.ID, Outcome: outcomeFor(*f, a.AmountOre), AmountOre: a.AmountOre, Reasons: a.Reasons, ChangedBy: caller.ID, ChangedAt: now,
				})
				if err != nil {
					return nil, err
				}
			}
			after := map[string]any{"disposition": d, "amount_ore": a.AmountOre}
			return after, s.Journal.Write(ctx, tx, entryOfAppealDecided(ctx, *f, *a, now))
		})
		if err != nil {
			return nil, err
		}
		c, err := s.present(ctx, tx, f.Case)
		return &saakornv1.DecideAppealResponse{Appeal: presentAppeal(a, true), Case: c}, err
	})
}

// RecordAppealOutcome records what the appeal body decided.
func (s *AppealServer) RecordAppealOutcome(ctx context.Context, r *saakornv1.RecordAppealOutcomeRequest) (*saakornv1.RecordAppealOutcomeResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.RecordAppealOutcomeResponse, error) {
		caller, _ := access.From(ctx)
		f, a, err := s.changeAppeal(ctx, tx, r.GetAppealId(), r.GetEtag(), "APPEAL_OUTCOME_RECORDED", func(f *File, a *Appeal, _ *scheme.Definition, now time.Time) (any, error) {
			outcome := BodyOutcome(strings.TrimPrefix(r.GetOutcome().String(), "APPEAL_OUTCOME_"))
			if err := CheckAppealOutcome(*f, *a, outcome, r.GetAmountOre()); err != nil {
				return nil, err
			}
			a.Outcome, a.OutcomeReasons, a.OutcomeAt, a.AmountOre, a.ClosedAt = outcome, r.GetReasons(), &now, r.GetAmountOre(), &now
			if outcome == Changed {
				err := s.changeAward(ctx, tx, f, AwardChange{
					AppealID: a.ID, Outcome: outcomeFor(*f, a.AmountOre), AmountOre: a.AmountOre, Reasons: r.GetReasons(), ChangedBy: caller.ID, ChangedAt: now,
				})
				if err != nil {
					return nil, err
				}
			}
			return map[string]any{"outcome": outcome, "amount_ore": a.AmountOre}, s.journalOutcome(ctx, tx, *f, *a, now)
		})
		if err != nil {
			return nil, err
		}
		c, err := s.present(ctx, tx, f.Case)
		return &saakornv1.RecordAppealOutcomeResponse{Appeal: presentAppeal(a, true), Case: c}, err
	})
}

func (s *AppealServer) journalOutcome(ctx context.Context, tx pgx.Tx, f File, a Appeal, now time.Time) error {
	rules, err := s.Schemes.Definition(ctx, f.SchemeID, f.SchemeVersion)
	if err != nil {
		return err
	}
	return s.Journal.Write(ctx, tx, entryOfAppealOutcome(f, a, rules.AppealBody.In(scheme.Bokmal), now))
}

// ListAppeals returns the appeals of an application, newest first.
func (s *AppealServer) ListAppeals(ctx context.Context, r *saakornv1.ListAppealsRequest) (*saakornv1.ListAppealsResponse, error) {
	id := uuid.MustParse(r.GetApplicationId())
	mine, all, err := s.seenParties(ctx, id)
	if err != nil {
		return nil, err
	}
	appeals, err := loadAppeals(ctx, s.Pool, id)
	if err != nil {
		return nil, err
	}
	caller, _ := access.From(ctx)
	answer := &saakornv1.ListAppealsResponse{}
	for _, a := range appeals {
		if !all && !slices.Contains(mine, a.PartyID) {
			continue
		}
		answer.Appeals = append(answer.Appeals, presentAppeal(a, caller.Has(access.Staff()...)))
	}
	return answer, nil
}

// ReverseDecision changes a decision in the party's favour without an appeal.
func (s *AppealServer) ReverseDecision(ctx context.Context, r *saakornv1.ReverseDecisionRequest) (*saakornv1.ReverseDecisionResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.ReverseDecisionResponse, error) {
		caller, _ := access.From(ctx)
		f, err := s.change(ctx, tx, r.GetCaseId(), r.GetEtag(), "DECISION_REVERSED", func(f *File, _ *scheme.Definition, now time.Time) (any, any, error) {
			outcome := outcomeOf(r.GetOutcome())
			if err := CheckReverse(*f, outcome, r.GetAmountOre(), caller.ID); err != nil {
				return nil, nil, err
			}
			before := map[string]any{"outcome": f.Outcome, "amount_ore": f.AmountAwardedOre}
			f.ClosedAt = nil
			err := s.changeAward(ctx, tx, f, AwardChange{
				Outcome: outcome, AmountOre: r.GetAmountOre(), Reasons: r.GetReasons(), ChangedBy: caller.ID, ChangedAt: now,
			})
			return before, map[string]any{"outcome": f.Outcome, "amount_ore": f.AmountAwardedOre, "reasons": r.GetReasons()}, err
		})
		if err != nil {
			return nil, err
		}
		c, err := s.present(ctx, tx, f.Case)
		return &saakornv1.ReverseDecisionResponse{Case: c}, err
	})
}

func dispositionOf(d saakornv1.AppealDisposition) Disposition {
	return Disposition(strings.TrimPrefix(d.String(), "APPEAL_DISPOSITION_"))
}

func presentDisposition(d Disposition) saakornv1.AppealDisposition {
	return saakornv1.AppealDisposition(saakornv1.AppealDisposition_value["APPEAL_DISPOSITION_"+string(d)])
}

// presentAppeal shows what the directorate prepares to staff only.
func presentAppeal(a Appeal, toStaff bool) *saakornv1.Appeal {
	p := &saakornv1.Appeal{
		Id: a.ID.String(), Etag: a.Etag(), CaseId: a.CaseID.String(), ApplicationId: a.ApplicationID.String(), EnterpriseId: a.PartyID.String(), Grounds: a.Grounds,
		ChangeWanted: a.ChangeWanted, Late: a.Late, ReceivedAt: timestamppb.New(a.ReceivedAt), OwnerId: a.OwnerID,
		Disposition: presentDisposition(a.Disposition), Reasons: a.Reasons, DecidedBy: a.DecidedBy, DecidedAt: optionalTime(a.DecidedAt),
		Outcome:   saakornv1.AppealOutcome(saakornv1.AppealOutcome_value["APPEAL_OUTCOME_"+string(a.Outcome)]),
		OutcomeAt: optionalTime(a.OutcomeAt), AmountOre: a.AmountOre, ClosedAt: optionalTime(a.ClosedAt),
	}
	if toStaff {
		p.Recommended, p.Assessment, p.PreparedBy = presentDisposition(a.Recommended), a.Assessment, a.PreparedBy
	}
	return p
}
