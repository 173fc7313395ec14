package payment

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/payment/db"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/command"
	"saakorn/services/platform/database"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/page"
)

// RecoveryServer answers the RecoveryService of the contract.
type RecoveryServer struct {
	saakornv1.UnimplementedRecoveryServiceServer
	*Book
}

// SettleFunds says what an enterprise has used of an award. Until somebody has confirmed it, it can be
// said anew.
func (s *RecoveryServer) SettleFunds(ctx context.Context, r *saakornv1.SettleFundsRequest) (*saakornv1.SettleFundsResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.SettleFundsResponse, error) {
		now := s.Clock.Now()
		m, err := s.open(ctx, tx, uuid.MustParse(r.GetAwardId()), now)
		if err != nil {
			return nil, err
		}
		switch {
		case m.Award.AcceptedAt == nil:
			return nil, fault.NewPrecondition("NOT_ACCEPTED", "nothing has been used of an award that was never accepted")
		case m.Settlement != nil && m.Settlement.ConfirmedAt != nil:
			return nil, fault.NewPrecondition("SETTLED", "the settlement has been confirmed already")
		}
		settled, err := saveSettlement(ctx, tx, &m, r, now)
		if err != nil {
			return nil, err
		}
		err = m.record(ctx, tx, "FUNDS_SETTLED", "settlement", settled.ID, now, nil, map[string]any{"used_ore": settled.UsedOre, "basis": settled.Basis})
		return &saakornv1.SettleFundsResponse{Settlement: presentSettlement(settled)}, err
	})
}

func saveSettlement(ctx context.Context, tx pgx.Tx, m *Money, r *saakornv1.SettleFundsRequest, now time.Time) (Settlement, error) {
	if m.Settlement != nil {
		row, err := db.New(tx).CorrectSettlement(ctx, db.CorrectSettlementParams{
			AwardID: m.Award.ID, UsedOre: r.GetUsedOre(), Basis: r.GetBasis(), PreparedBy: actor(ctx), PreparedAt: now,
		})
		if err != nil {
			return Settlement{}, fmt.Errorf("correct a settlement: %w", err)
		}
		return decodeSettlement(row), nil
	}
	x := Settlement{
		ID: uuid.Must(uuid.NewV7()), Revision: 1, AwardID: m.Award.ID, UsedOre: r.GetUsedOre(), Basis: r.GetBasis(), PreparedBy: actor(ctx), PreparedAt: now,
	}
	err := db.New(tx).InsertSettlement(ctx, db.InsertSettlementParams{
		ID: x.ID, AwardID: x.AwardID, UsedOre: x.UsedOre, Basis: x.Basis, PreparedBy: x.PreparedBy, PreparedAt: now,
	})
	if err != nil {
		return x, fmt.Errorf("save a settlement: %w", err)
	}
	return x, nil
}

// ConfirmSettlement confirms what was used; what was paid beyond it is claimed.
func (s *RecoveryServer) ConfirmSettlement(ctx context.Context, r *saakornv1.ConfirmSettlementRequest) (*saakornv1.ConfirmSettlementResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.ConfirmSettlementResponse, error) {
		row, err := db.New(tx).GetSettlement(ctx, uuid.MustParse(r.GetSettlementId()))
		if err != nil {
			return nil, notFound("settlement", err)
		}
		now := s.Clock.Now()
		m, err := s.open(ctx, tx, row.AwardID, now)
		if err != nil {
			return nil, err
		}
		if m.Settlement.Etag() != r.GetEtag() {
			return nil, fault.NewConflict(m.Settlement.Etag())
		}
		if err := CheckSettle(*m.Settlement, m.Payments, actor(ctx)); err != nil {
			return nil, err
		}
		return s.confirm(ctx, tx, &m, now)
	})
}

func (s *RecoveryServer) confirm(ctx context.Context, tx pgx.Tx, m *Money, now time.Time) (*saakornv1.ConfirmSettlementResponse, error) {
	unused := Unused(m.Balances, m.Settlement.UsedOre)
	row, err := db.New(tx).ConfirmSettlement(ctx, db.ConfirmSettlementParams{
		ID: m.Settlement.ID, ConfirmedBy: orNull(actor(ctx)), ConfirmedAt: &now, UnusedOre: unused,
	})
	if database.Violates(err, "settlement_four_eyes") {
		return nil, errFourEyes("you prepared this settlement: somebody else confirms it")
	}
	if err != nil {
		return nil, fmt.Errorf("confirm a settlement: %w", err)
	}
	settled := decodeSettlement(row)
	err = m.record(ctx, tx, "SETTLEMENT_CONFIRMED", "settlement", settled.ID, now, nil, map[string]any{"used_ore": settled.UsedOre, "unused_ore": unused})
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.ConfirmSettlementResponse{Settlement: presentSettlement(settled)}
	if unused > 0 {
		c := Claim{ID: uuid.NewSHA1(settled.ID, []byte("claim")), SettlementID: settled.ID, AmountOre: unused}
		if err := m.makeClaim(ctx, tx, c, now); err != nil {
			return nil, err
		}
		answer.Claim = s.presentClaim(m.Claims[len(m.Claims)-1], calendar.On(now))
	}
	return answer, s.Waker.Wake(ctx, tx, subject(m.Award.ID), now)
}

// GetSettlement returns what has been said about the use of an award.
func (s *RecoveryServer) GetSettlement(ctx context.Context, r *saakornv1.GetSettlementRequest) (*saakornv1.GetSettlementResponse, error) {
	a, err := s.Awards.Award(ctx, s.Pool, uuid.MustParse(r.GetAwardId()))
	if err != nil {
		return nil, err
	}
	if err := s.checkSees(ctx, a.EnterpriseID, "award"); err != nil {
		return nil, err
	}
	settled, err := settlementOf(ctx, s.Pool, a.ID)
	if err != nil {
		return nil, err
	}
	if settled == nil {
		return nil, fault.NewNotFound("settlement")
	}
	return &saakornv1.GetSettlementResponse{Settlement: presentSettlement(*settled)}, nil
}

// changeClaim carries out a mutation of one claim within its award's money.
func (s *RecoveryServer) changeClaim(ctx context.Context, tx pgx.Tx, claimID, etag string, do func(m *Money, c *Claim, now time.Time) error) (*saakornv1.Claim, error) {
	found, err := getClaim(ctx, tx, uuid.MustParse(claimID))
	if err != nil {
		return nil, err
	}
	now := s.Clock.Now()
	m, err := s.open(ctx, tx, found.AwardID, now)
	if err != nil {
		return nil, err
	}
	c := m.claim(found.ID)
	if c.Etag() != etag {
		return nil, fault.NewConflict(c.Etag())
	}
	if err := do(&m, c, now); err != nil {
		return nil, err
	}
	return s.presentClaim(*c, calendar.On(now)), s.Waker.Wake(ctx, tx, subject(m.Award.ID), now)
}

// AgreeParts lets what is left of a claim be paid in monthly parts.
func (s *RecoveryServer) AgreeParts(ctx context.Context, r *saakornv1.AgreePartsRequest) (*saakornv1.AgreePartsResponse, error) {
	first, err := calendar.Parse(r.GetFirstDueOn())
	if err != nil {
		return nil, fault.Field("first_due_on", "NO_SUCH_DATE", "write a day that exists as YYYY-MM-DD")
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.AgreePartsResponse, error) {
		c, err := s.changeClaim(ctx, tx, r.GetClaimId(), r.GetEtag(), func(m *Money, c *Claim, now time.Time) error {
			if err := CheckParts(*c, m.Rules.Recovery, int(r.GetParts()), first, calendar.On(now)); err != nil {
				return err
			}
			before := c.Parts
			c.Parts = PartsOf(*c, int(r.GetParts()), first)
			if err := saveParts(ctx, tx, *c); err != nil {
				return err
			}
			if err := saveClaim(ctx, tx, c); err != nil {
				return err
			}
			return m.record(ctx, tx, "PARTS_AGREED", "claim", c.ID, now, map[string]any{"parts": before}, map[string]any{"parts": c.Parts})
		})
		return &saakornv1.AgreePartsResponse{Claim: c}, err
	})
}

// RecordRepayment records a repayment that did not come through a file from the bank.
func (s *RecoveryServer) RecordRepayment(ctx context.Context, r *saakornv1.RecordRepaymentRequest) (*saakornv1.RecordRepaymentResponse, error) {
	on, err := calendar.Parse(r.GetBookedOn())
	if err != nil {
		return nil, fault.Field("booked_on", "NO_SUCH_DATE", "write a day that exists as YYYY-MM-DD")
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.RecordRepaymentResponse, error) {
		c, err := s.changeClaim(ctx, tx, r.GetClaimId(), r.GetEtag(), func(m *Money, c *Claim, now time.Time) error {
			if err := CheckRepayment(*c, r.GetAmountOre(), on, calendar.On(now)); err != nil {
				return err
			}
			return s.takeRepayment(ctx, tx, m, c, ByHand, r.GetAmountOre(), on, r.GetNote(), now)
		})
		return &saakornv1.RecordRepaymentResponse{Claim: c}, err
	})
}

// RecordRefund records that what was repaid beyond a claim has been sent back to the enterprise.
func (s *RecoveryServer) RecordRefund(ctx context.Context, r *saakornv1.RecordRefundRequest) (*saakornv1.RecordRefundResponse, error) {
	on, err := calendar.Parse(r.GetBookedOn())
	if err != nil {
		return nil, fault.Field("booked_on", "NO_SUCH_DATE", "write a day that exists as YYYY-MM-DD")
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.RecordRefundResponse, error) {
		c, err := s.changeClaim(ctx, tx, r.GetClaimId(), r.GetEtag(), func(m *Money, c *Claim, now time.Time) error {
			if err := CheckRefund(*c, r.GetAmountOre(), on, calendar.On(now)); err != nil {
				return err
			}
			return m.refund(ctx, tx, c, r.GetAmountOre(), on, r.GetNote(), now)
		})
		return &saakornv1.RecordRefundResponse{Claim: c}, err
	})
}

// GetClaim returns one claim.
func (s *RecoveryServer) GetClaim(ctx context.Context, r *saakornv1.GetClaimRequest) (*saakornv1.GetClaimResponse, error) {
	c, err := getClaim(ctx, s.Pool, uuid.MustParse(r.GetClaimId()))
	if err != nil {
		return nil, err
	}
	if err := s.checkSees(ctx, c.EnterpriseID, "claim"); err != nil {
		return nil, err
	}
	return &saakornv1.GetClaimResponse{Claim: s.presentClaim(c, calendar.On(s.Clock.Now()))}, nil
}

// ListClaims returns claims, newest first.
func (s *RecoveryServer) ListClaims(ctx context.Context, r *saakornv1.ListClaimsRequest) (*saakornv1.ListClaimsResponse, error) {
	if err := s.checkList(ctx, r.GetEnterpriseId()); err != nil {
		return nil, err
	}
	from, err := page.Place(r, newest())
	if err != nil {
		return nil, err
	}
	queries, most := db.New(s.Pool), int32(page.Size(r)+1)
	var rows []db.RecoveryClaim
	switch {
	case r.GetEnterpriseId() != "":
		rows, err = queries.ListClaimsOfEnterprise(ctx, db.ListClaimsOfEnterpriseParams{
			EnterpriseID: uuid.MustParse(r.GetEnterpriseId()), OpenOnly: r.GetOpenOnly(), BeforeAt: from.At, BeforeID: from.ID, Most: most,
		})
	case r.GetOpenOnly():
		rows, err = queries.ListOpenClaims(ctx, db.ListOpenClaimsParams{BeforeAt: from.At, BeforeID: from.ID, Most: most})
	default:
		rows, err = queries.ListClaims(ctx, db.ListClaimsParams{BeforeAt: from.At, BeforeID: from.ID, Most: most})
	}
	if err != nil {
		return nil, fmt.Errorf("list claims: %w", err)
	}
	rows, next, err := page.Cut(r, rows, func(last db.RecoveryClaim) place { return place{last.IssuedAt, last.ID} })
	if err != nil {
		return nil, err
	}
	claims, err := fillClaims(ctx, s.Pool, rows)
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.ListClaimsResponse{NextPageToken: next}
	for _, c := range claims {
		answer.Claims = append(answer.Claims, s.presentClaim(c, calendar.On(s.Clock.Now())))
	}
	return answer, nil
}
