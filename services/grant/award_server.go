package grant

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/grant/db"
	"saakorn/services/platform/access"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/command"
	"saakorn/services/platform/fault"
	"saakorn/services/scheme"
)

// GetAward returns one award with its conditions and suspensions.
func (s *GrantServer) GetAward(ctx context.Context, r *saakornv1.GetAwardRequest) (*saakornv1.GetAwardResponse, error) {
	a, err := s.award(ctx, s.Pool, r.GetAwardId(), false)
	if err != nil {
		return nil, err
	}
	rules, err := s.Schemes.Definition(ctx, a.SchemeID, a.SchemeVersion)
	if err != nil {
		return nil, err
	}
	f, err := s.Store.file(ctx, s.Pool, a, rules)
	if err != nil {
		return nil, err
	}
	toStaff, now := isStaff(ctx), s.Clock.Now()
	answer := &saakornv1.GetAwardResponse{Award: presentAward(a, f.suspended(now), toStaff)}
	for _, c := range f.Conditions {
		answer.Conditions = append(answer.Conditions, presentCondition(c))
	}
	for _, x := range f.Suspensions {
		answer.Suspensions = append(answer.Suspensions, presentSuspension(x, toStaff))
	}
	if !toStaff || f.over() {
		return answer, nil
	}
	reported, paid, err := s.outside(ctx, s.Pool, a.ID)
	answer.LeftBeforeClosing = LeftBeforeClosing(f, reported, paid, now)
	return answer, err
}

// outside asks the others what they know of the award.
func (s *Server) outside(ctx context.Context, q Querier, awardID uuid.UUID) (Reported, Paid, error) {
	reported, err := s.Reports.Reported(ctx, q, awardID)
	if err != nil {
		return Reported{}, Paid{}, fmt.Errorf("ask for the reports on an award: %w", err)
	}
	paid, err := s.Money.Paid(ctx, q, awardID)
	if err != nil {
		return Reported{}, Paid{}, fmt.Errorf("ask for the money of an award: %w", err)
	}
	return reported, paid, nil
}

// AcceptAward accepts the terms of an award, and proposes the account that came with it.
func (s *GrantServer) AcceptAward(ctx context.Context, r *saakornv1.AcceptAwardRequest) (*saakornv1.AcceptAwardResponse, error) {
	p, err := s.answer(ctx, r, r.GetAwardId(), r.GetEtag(), "AWARD_ACCEPTED", "Aksept av vilkår", func(ctx context.Context, tx pgx.Tx, f *File, by string, now time.Time) error {
		if err := CheckAccept(f.Award, now); err != nil {
			return err
		}
		if r.GetAccountNumber() != "" {
			if err := s.Payees.Propose(ctx, tx, f.EnterpriseID, r.GetAccountNumber(), now); err != nil {
				return accountFault(err)
			}
		}
		f.State, f.AcceptedAt, f.AcceptedBy = Accepted, &now, by
		return nil
	})
	return &saakornv1.AcceptAwardResponse{Award: p}, err
}

// accountFault names the field that the account number came in.
func accountFault(err error) error {
	wrong, ok := errors.AsType[*fault.Fault](err)
	if !ok || wrong.Kind != fault.Invalid {
		return err
	}
	var violations []fault.Violation
	for _, v := range wrong.Violations {
		v.Field = "account_" + v.Field
		violations = append(violations, v)
	}
	return fault.NewInvalid(violations...)
}

// DeclineAward declines an award.
func (s *GrantServer) DeclineAward(ctx context.Context, r *saakornv1.DeclineAwardRequest) (*saakornv1.DeclineAwardResponse, error) {
	if err := checkTexts(map[string]string{"reason": r.GetReason()}); err != nil {
		return nil, err
	}
	p, err := s.answer(ctx, r, r.GetAwardId(), r.GetEtag(), "AWARD_DECLINED", "Nei takk til tilskudd", func(_ context.Context, _ pgx.Tx, f *File, by string, now time.Time) error {
		if err := f.checkState(Offered); err != nil {
			return err
		}
		f.State, f.DeclinedAt, f.DeclinedBy, f.DeclineReason = Declined, &now, by, r.GetReason()
		return nil
	})
	return &saakornv1.DeclineAwardResponse{Award: p}, err
}

// answer carries out the enterprise's answer to an offer.
func (s *GrantServer) answer(ctx context.Context, r command.Request, id, etag, action, title string, do func(ctx context.Context, tx pgx.Tx, f *File, by string, now time.Time) error) (*saakornv1.Award, error) {
	if _, err := s.award(ctx, s.Pool, id, true); err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.Award, error) {
		caller, _ := access.From(ctx)
		f, err := s.changeAward(ctx, tx, uuid.MustParse(id), etag, action, func(f *File, now time.Time) (any, any, error) {
			before := f.State
			if err := do(ctx, tx, f, caller.ID, now); err != nil {
				return nil, nil, err
			}
			source := fmt.Sprintf("award-answer/%s/%d", f.ID, now.UnixMicro())
			return map[string]any{"state": before}, map[string]any{"state": f.State}, s.journalFromParty(ctx, tx, f.Award, source, title, now)
		})
		if err != nil {
			return nil, err
		}
		a, err := s.renumbered(ctx, tx, f.Award)
		return presentAward(a, f.suspended(s.Clock.Now()), false), err
	})
}

// ExtendAcceptance gives the enterprise more time to accept.
func (s *GrantServer) ExtendAcceptance(ctx context.Context, r *saakornv1.ExtendAcceptanceRequest) (*saakornv1.ExtendAcceptanceResponse, error) {
	until, err := parseDate("accept_by", r.GetAcceptBy())
	if err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.ExtendAcceptanceResponse, error) {
		caller, _ := access.From(ctx)
		f, err := s.changeAward(ctx, tx, uuid.MustParse(r.GetAwardId()), r.GetEtag(), "ACCEPTANCE_EXTENDED", func(f *File, now time.Time) (any, any, error) {
			if err := CheckExtendAcceptance(f.Award, until, now); err != nil {
				return nil, nil, err
			}
			before := f.AcceptBy
			if again := f.ReleasedOre; again > 0 { // what a lapsed award gave back is bound once more
				if err := s.Schemes.Bind(ctx, tx, f.SchemeID, f.GrantYear, again, f.Type == scheme.Continuation); err != nil {
					return nil, nil, err
				}
			}
			f.State, f.AcceptBy, f.LapsedAt, f.ReleasedOre = Offered, until, nil, 0
			err := db.New(tx).InsertExtension(ctx, db.InsertExtensionParams{
				ID: uuid.Must(uuid.NewV7()), AwardID: f.ID, BeforeOn: encodeDate(before), UntilOn: encodeDate(until), Reason: r.GetReason(),
				ExtendedBy: caller.ID, ExtendedAt: now,
			})
			if err != nil {
				return nil, nil, fmt.Errorf("extend an acceptance: %w", err)
			}
			return map[string]any{"accept_by": before}, map[string]any{"accept_by": until, "reason": r.GetReason()}, nil
		})
		if err != nil {
			return nil, err
		}
		a, err := s.renumbered(ctx, tx, f.Award)
		return &saakornv1.ExtendAcceptanceResponse{Award: presentAward(a, f.suspended(s.Clock.Now()), true)}, err
	})
}

// ReleaseCommitment gives back to the frame what will not be paid. One person does it: how much it is
// follows from what others have decided and paid, and nobody loses anything by it.
func (s *GrantServer) ReleaseCommitment(ctx context.Context, r *saakornv1.ReleaseCommitmentRequest) (*saakornv1.ReleaseCommitmentResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.ReleaseCommitmentResponse, error) {
		released := int64(0)
		f, err := s.changeAward(ctx, tx, uuid.MustParse(r.GetAwardId()), r.GetEtag(), "COMMITMENT_RELEASED", func(f *File, now time.Time) (any, any, error) {
			_, paid, err := s.outside(ctx, tx, f.ID)
			if err != nil {
				return nil, nil, err
			}
			appealing, err := db.New(tx).IsAppealing(ctx, f.ApplicationID)
			if err != nil {
				return nil, nil, fmt.Errorf("look for an appeal: %w", err)
			}
			if released, err = Releasable(*f, paid, appealing, now); err != nil {
				return nil, nil, err
			}
			before := f.ReleasedOre
			f.ReleasedOre += released
			err = s.Schemes.Release(ctx, tx, f.SchemeID, f.GrantYear, released, f.Type == scheme.Continuation)
			return map[string]any{"released_ore": before}, map[string]any{"released_ore": f.ReleasedOre}, err
		})
		if err != nil {
			return nil, err
		}
		return &saakornv1.ReleaseCommitmentResponse{Award: presentAward(f.Award, f.suspended(s.Clock.Now()), true), ReleasedOre: released}, nil
	})
}

// changeCondition carries out a mutation of one condition within its award.
func (s *GrantServer) changeCondition(ctx context.Context, tx pgx.Tx, id, etag, action string, do func(f *File, c *Condition, now time.Time) error) (*saakornv1.AwardCondition, error) {
	row, err := db.New(tx).GetCondition(ctx, uuid.MustParse(id))
	if err != nil {
		return nil, notFound("condition", err)
	}
	var changed Condition
	_, err = s.changeAward(ctx, tx, row.AwardID, "", action, func(f *File, now time.Time) (any, any, error) {
		for i := range f.Conditions {
			c := &f.Conditions[i]
			if c.ID != row.ID {
				continue
			}
			if etag != c.Etag() {
				return nil, nil, fault.NewConflict(c.Etag())
			}
			if err := f.checkState(Offered, Accepted, Stopped); err != nil {
				return nil, nil, err
			}
			before := conditionFacts(*c)
			if err := do(f, c, now); err != nil {
				return nil, nil, err
			}
			err := saveCondition(ctx, tx, c)
			changed = *c
			return before, conditionFacts(*c), err
		}
		return nil, nil, fault.NewNotFound("condition")
	})
	if err != nil {
		return nil, err
	}
	return presentCondition(changed), nil
}

func conditionFacts(c Condition) map[string]any {
	return map[string]any{"condition_id": c.ID, "state": c.State, "due_on": c.DueOn, "reason": c.Reason}
}

// ScheduleCondition sets the last date for meeting a condition.
func (s *GrantServer) ScheduleCondition(ctx context.Context, r *saakornv1.ScheduleConditionRequest) (*saakornv1.ScheduleConditionResponse, error) {
	on, err := parseDate("due_on", r.GetDueOn())
	if err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.ScheduleConditionResponse, error) {
		c, err := s.changeCondition(ctx, tx, r.GetConditionId(), r.GetEtag(), "CONDITION_SCHEDULED", func(_ *File, c *Condition, now time.Time) error {
			switch {
			case c.State != ConditionOpen:
				return fault.NewPrecondition("CONDITION_SETTLED", "the condition is settled")
			case !on.IsZero() && on.Before(calendar.On(now)):
				return fault.Field("due_on", "PASSED", "give a date that has not passed")
			}
			c.DueOn = on
			return nil
		})
		return &saakornv1.ScheduleConditionResponse{Condition: c}, err
	})
}

// SettleCondition says that a condition is met, or that it is open after all.
func (s *GrantServer) SettleCondition(ctx context.Context, r *saakornv1.SettleConditionRequest) (*saakornv1.SettleConditionResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.SettleConditionResponse, error) {
		caller, _ := access.From(ctx)
		c, err := s.changeCondition(ctx, tx, r.GetConditionId(), r.GetEtag(), "CONDITION_SETTLED", func(_ *File, c *Condition, now time.Time) error {
			if r.GetState() == saakornv1.ConditionState_CONDITION_STATE_MET {
				return settle(c, ConditionMet, r.GetReason(), caller.ID, now)
			}
			if c.State == ConditionOpen {
				return fault.NewPrecondition("CONDITION_OPEN", "the condition is open already")
			}
			c.State, c.Reason, c.SettledBy, c.SettledAt = ConditionOpen, r.GetReason(), "", nil
			return nil
		})
		return &saakornv1.SettleConditionResponse{Condition: c}, err
	})
}

// WaiveCondition waives a condition.
func (s *GrantServer) WaiveCondition(ctx context.Context, r *saakornv1.WaiveConditionRequest) (*saakornv1.WaiveConditionResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.WaiveConditionResponse, error) {
		caller, _ := access.From(ctx)
		c, err := s.changeCondition(ctx, tx, r.GetConditionId(), r.GetEtag(), "CONDITION_WAIVED", func(_ *File, c *Condition, now time.Time) error {
			return settle(c, ConditionWaived, r.GetReason(), caller.ID, now)
		})
		return &saakornv1.WaiveConditionResponse{Condition: c}, err
	})
}

func settle(c *Condition, state ConditionState, reason, by string, now time.Time) error {
	if c.State != ConditionOpen {
		return fault.NewPrecondition("CONDITION_SETTLED", "the condition is settled: open it again first")
	}
	c.State, c.Reason, c.SettledBy, c.SettledAt = state, reason, by, &now
	return nil
}

// CloseAward closes an award whose final report is approved and whose money is settled.
func (s *GrantServer) CloseAward(ctx context.Context, r *saakornv1.CloseAwardRequest) (*saakornv1.CloseAwardResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.CloseAwardResponse, error) {
		f, err := s.changeAward(ctx, tx, uuid.MustParse(r.GetAwardId()), r.GetEtag(), "AWARD_CLOSED", func(f *File, now time.Time) (any, any, error) {
			reported, paid, err := s.outside(ctx, tx, f.ID)
			if err != nil {
				return nil, nil, err
			}
			if err := CheckClose(*f, reported, paid, now); err != nil {
				return nil, nil, err
			}
			before := f.State
			f.State, f.ClosedAt = Closed, &now
			return map[string]any{"state": before}, map[string]any{"state": f.State, "paid_ore": paid.PaidOre}, nil
		})
		if err != nil {
			return nil, err
		}
		return &saakornv1.CloseAwardResponse{Award: presentAward(f.Award, false, true)}, nil
	})
}
