package payment

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/grant"
	"saakorn/services/payment/db"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/task"
)

// claimDecided makes a claim of each decision to recover that has none yet: of what has been paid, and
// no more. While the bank has not answered about a payment it waits: nobody knows what is paid before,
// and what is set off against that payment comes back when the bank refuses it.
func (m *Money) claimDecided(ctx context.Context, tx pgx.Tx, measures []grant.Measure, now time.Time) error {
	if slices.ContainsFunc(m.Payments, func(p Payment) bool { return p.State.AwaitsBank() }) {
		return nil
	}
	for _, measure := range measures {
		claimed := slices.ContainsFunc(m.Claims, func(c Claim) bool { return c.MeasureID == measure.ID })
		if measure.Kind != grant.Recover || measure.State != grant.MeasureDecided || claimed {
			continue
		}
		ore := min(measure.AmountOre, m.Balances[PaidFunds])
		if ore <= 0 {
			continue
		}
		c := Claim{ID: uuid.NewSHA1(measure.ID, []byte("claim")), MeasureID: measure.ID, AmountOre: ore}
		if err := m.makeClaim(ctx, tx, c, now); err != nil {
			return err
		}
	}
	return nil
}

// makeClaim makes the claim, due at once as one part.
func (m *Money) makeClaim(ctx context.Context, tx pgx.Tx, c Claim, now time.Time) error {
	c.Revision, c.AwardID, c.EnterpriseID, c.Reference, c.IssuedAt = 1, m.Award.ID, m.Award.EnterpriseID, reference(c.ID), now
	c.Parts = []Part{{DueOn: m.Rules.Recovery.Due(calendar.On(now)), AmountOre: c.AmountOre}}
	inserted, err := db.New(tx).InsertClaim(ctx, db.InsertClaimParams{
		ID: c.ID, AwardID: c.AwardID, EnterpriseID: c.EnterpriseID, MeasureID: orNullID(c.MeasureID), SettlementID: orNullID(c.SettlementID),
		AmountOre: c.AmountOre, Reference: c.Reference, IssuedAt: c.IssuedAt,
	})
	if err != nil {
		return fmt.Errorf("make a claim: %w", err)
	}
	if inserted == 0 {
		return errors.New("make a claim: its payment reference is taken by another one")
	}
	if err := saveParts(ctx, tx, c); err != nil {
		return err
	}
	if err := m.post(ctx, tx, claiming(c), now); err != nil {
		return err
	}
	m.Claims = append(m.Claims, c)
	return m.record(ctx, tx, "CLAIM_MADE", "claim", c.ID, now, nil, map[string]any{"amount_ore": c.AmountOre, "award_id": c.AwardID})
}

// lowerClaims brings claims down to what the decisions that they rest on still claim: to nothing when an
// appeal has undone the decision.
func (m *Money) lowerClaims(ctx context.Context, tx pgx.Tx, measures []grant.Measure, now time.Time) error {
	for n := range m.Claims {
		c := &m.Claims[n]
		i := slices.IndexFunc(measures, func(x grant.Measure) bool { return x.ID == c.MeasureID })
		if i < 0 {
			continue
		}
		may := measures[i].AmountOre
		if measures[i].State == grant.MeasureReversed {
			may = 0
		}
		if may >= c.AmountOre {
			continue
		}
		if err := m.lower(ctx, tx, c, may, now); err != nil {
			return err
		}
	}
	return nil
}

// lower lowers the claim to the amount. What has come back beyond it somebody has to refund.
func (m *Money) lower(ctx context.Context, tx pgx.Tx, c *Claim, toOre int64, now time.Time) error {
	before := *c
	lowered, less := c.LowerTo(toOre, now)
	if less == 0 && lowered.RefundOre == before.RefundOre {
		return nil
	}
	*c = lowered
	if err := saveClaim(ctx, tx, c); err != nil {
		return err
	}
	if less > 0 {
		if err := saveParts(ctx, tx, *c); err != nil {
			return err
		}
		if err := m.post(ctx, tx, lowering(*c, less), now); err != nil {
			return err
		}
	}
	if c.SettledAt != nil {
		if _, err := task.Settle(ctx, tx, unpaidKey(*c), now); err != nil {
			return err
		}
	}
	if c.RefundOre == 0 {
		if _, err := task.Settle(ctx, tx, refundKey(*c), now); err != nil {
			return err
		}
	} else {
		facts := map[string]string{"amount_ore": strconv.FormatInt(c.RefundOre, 10), "reference": c.Reference}
		due := calendar.On(now).AddDays(m.Rules.ExpectedDays)
		if err := m.raise(ctx, tx, refundKey(*c), taskRefund, c.ID, saakornv1.Role_ROLE_PAYMENT_APPROVER, due, facts, now); err != nil {
			return err
		}
	}
	return m.record(ctx, tx, "CLAIM_LOWERED", "claim", c.ID, now, claimFacts(before), claimFacts(*c))
}

func claimFacts(c Claim) map[string]any {
	return map[string]any{"amount_ore": c.AmountOre, "repaid_ore": c.RepaidOre, "refund_ore": c.RefundOre}
}

// refund records that money has been sent back to the enterprise.
func (m *Money) refund(ctx context.Context, tx pgx.Tx, c *Claim, ore int64, on calendar.Date, note string, now time.Time) error {
	before := *c
	r := Repayment{
		ID: uuid.Must(uuid.NewV7()), Kind: Refunded, AmountOre: -ore, BookedOn: on, Note: note, RecordedBy: actor(ctx), RecordedAt: now,
	}
	if err := saveRepayment(ctx, tx, c, r); err != nil {
		return err
	}
	if err := saveParts(ctx, tx, *c); err != nil {
		return err
	}
	if err := m.post(ctx, tx, refunding(*c, ore), now); err != nil {
		return err
	}
	if c.RefundOre == 0 {
		if _, err := task.Settle(ctx, tx, refundKey(*c), now); err != nil {
			return err
		}
	}
	return m.record(ctx, tx, "CLAIM_REFUNDED", "claim", c.ID, now, claimFacts(before), claimFacts(*c))
}
