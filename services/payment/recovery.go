package payment

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"saakorn/services/platform/calendar"
	"saakorn/services/platform/fault"
	"saakorn/services/scheme"
)

// Claim is money that is to come back.
type Claim struct {
	ID           uuid.UUID
	Revision     int64
	AwardID      uuid.UUID
	EnterpriseID uuid.UUID
	// MeasureID is the decision that claims it back, SettlementID the settlement of unused funds: one of
	// them is Nil.
	MeasureID, SettlementID uuid.UUID
	// AmountOre is the whole claim, RepaidOre what has come back or been set off, in øre.
	AmountOre, RepaidOre int64
	// LoweredOre is how much less is claimed than at first, because an appeal was right; RefundOre is what
	// has come back beyond what may be claimed, and stays in the claim until it has been refunded.
	LoweredOre, RefundOre int64
	// Reference is what comes back with the money (KID).
	Reference  string
	IssuedAt   time.Time
	SettledAt  *time.Time
	Parts      []Part
	Repayments []Repayment
	Dunnings   []Dunning
}

// Etag names the revision; it changes with every change of the claim.
func (c Claim) Etag() string { return strconv.FormatInt(c.Revision, 10) }

// OutstandingOre returns what is left of the claim, in øre.
func (c Claim) OutstandingOre() int64 { return c.AmountOre - c.RepaidOre }

// Part is a part of a claim with its date. Parts are paid in order.
type Part struct {
	DueOn     calendar.Date
	AmountOre int64
}

// Repayment is money that came back.
type Repayment struct {
	ID   uuid.UUID
	Kind RepaymentKind
	// AmountOre is below zero when a set-off was taken back, and for a refund.
	AmountOre int64
	BookedOn  calendar.Date
	// PaymentID is the payment that it was set off against, or Nil.
	PaymentID  uuid.UUID
	Note       string
	RecordedBy string
	RecordedAt time.Time
}

// RepaymentKind says how money came back.
type RepaymentKind string

// The kinds of repayment.
const (
	ThroughBank RepaymentKind = "BANK"
	ByHand      RepaymentKind = "MANUAL"
	BySetOff    RepaymentKind = "SET_OFF"
	Refunded    RepaymentKind = "REFUND" // sent back to the enterprise: it should not have paid it
)

// Dunning is a reminder that was sent of a part that was not paid in time.
type Dunning struct {
	DueOn calendar.Date
	// Step counts the reminders of the part, from 1.
	Step int
	At   time.Time
}

// PaidOf returns how much of each part has been paid, in order.
func (c Claim) PaidOf() []int64 {
	left, paid := c.RepaidOre, make([]int64, len(c.Parts))
	for i, p := range c.Parts {
		paid[i] = min(left, p.AmountOre)
		left -= paid[i]
	}
	return paid
}

// OverdueOre returns what should have been paid before the date and has not, in øre.
func (c Claim) OverdueOre(today calendar.Date) int64 {
	var due int64
	for _, p := range c.Parts {
		if p.DueOn.Before(today) {
			due += p.AmountOre
		}
	}
	return max(due-c.RepaidOre, 0)
}

// NextDunning returns the next reminder of the oldest part that is not paid, with the date on which it
// goes out; false when nothing is left to remind of.
func (c Claim) NextDunning(rules scheme.RecoveryRules) (due calendar.Date, step int, on calendar.Date, ok bool) {
	for i, paid := range c.PaidOf() {
		if paid == c.Parts[i].AmountOre {
			continue
		}
		due = c.Parts[i].DueOn
		for _, d := range c.Dunnings {
			if d.DueOn == due {
				step = max(step, d.Step)
			}
		}
		dates := rules.Dunnings(due)
		if step >= len(dates) {
			return due, step, calendar.Date{}, false
		}
		return due, step + 1, dates[step], true
	}
	return calendar.Date{}, 0, calendar.Date{}, false
}

// PartsOf divides what is left of the claim into equal monthly parts in whole kroner, after what has
// been paid; the last part takes the rest.
func PartsOf(c Claim, parts int, first calendar.Date) []Part {
	const orePerKrone = 100
	var list []Part
	if c.RepaidOre > 0 {
		list = append(list, Part{DueOn: first, AmountOre: c.RepaidOre})
	}
	left := c.OutstandingOre()
	for i := range parts {
		amount := left / int64(parts-i) / orePerKrone * orePerKrone
		if i == parts-1 {
			amount = left
		}
		if amount == 0 {
			continue
		}
		list = append(list, Part{DueOn: calendar.NextWorkday(first.AddMonths(i)), AmountOre: amount})
		left -= amount
	}
	return list
}

// CheckParts says whether the claim can be paid in so many parts from the date.
func CheckParts(c Claim, rules scheme.RecoveryRules, parts int, first, today calendar.Date) error {
	switch {
	case c.SettledAt != nil:
		return errSettled()
	case parts > rules.MaxParts:
		return fault.Field("parts", "TOO_MANY_PARTS", fmt.Sprintf("the scheme allows at most %d parts", rules.MaxParts))
	case first.Before(today):
		return fault.Field("first_due_on", "IN_THE_PAST", "let the first part be due today or later")
	case first.After(today.AddMonths(rules.MaxParts)):
		return fault.Field("first_due_on", "TOO_LATE", fmt.Sprintf("let the first part be due within %d months", rules.MaxParts))
	}
	return nil
}

func errSettled() error {
	return fault.NewPrecondition("CLAIM_SETTLED", "the claim has been paid")
}

// CheckRepayment says whether so much can be recorded as paid on the claim.
func CheckRepayment(c Claim, ore int64, bookedOn, today calendar.Date) error {
	switch {
	case c.SettledAt != nil:
		return errSettled()
	case ore > c.OutstandingOre():
		return fault.Field("amount_ore", "MORE_THAN_CLAIMED", fmt.Sprintf("no more is left of the claim than %d øre", c.OutstandingOre()))
	case bookedOn.After(today):
		return fault.Field("booked_on", "IN_THE_FUTURE", "write the date on which the bank booked it")
	}
	return nil
}

// with returns the claim with money that came back.
func (c Claim) with(r Repayment, now time.Time) Claim {
	c.RepaidOre += r.AmountOre
	c.Repayments = append(slices.Clone(c.Repayments), r)
	if r.AmountOre < 0 {
		c.RefundOre = max(c.RefundOre+r.AmountOre, 0)
	}
	if r.Kind == Refunded {
		return c.less(-r.AmountOre)
	}
	c.SettledAt = nil
	if c.OutstandingOre() == 0 {
		c.SettledAt = &now
	}
	return c
}

// less returns the claim lowered by an amount of which nothing has been repaid, with the last parts cut.
func (c Claim) less(ore int64) Claim {
	c.AmountOre -= ore
	c.LoweredOre += ore
	c.Parts = slices.Clone(c.Parts)
	for last := len(c.Parts) - 1; ore > 0 && last >= 0; last-- {
		cut := min(ore, c.Parts[last].AmountOre)
		c.Parts[last].AmountOre -= cut
		ore -= cut
		if c.Parts[last].AmountOre == 0 {
			c.Parts = c.Parts[:last]
		}
	}
	return c
}

// LowerTo returns the claim as it is when no more than the amount may be claimed, and how much less is
// claimed at once, in øre. What has come back beyond the amount is to be refunded.
func (c Claim) LowerTo(ore int64, now time.Time) (lowered Claim, lessOre int64) {
	lessOre = max(c.AmountOre-max(ore, c.RepaidOre), 0)
	c = c.less(lessOre)
	c.RefundOre = max(c.RepaidOre-ore, 0)
	if c.OutstandingOre() == 0 && c.SettledAt == nil {
		c.SettledAt = &now
	}
	return c, lessOre
}

// CheckRefund says whether so much can be recorded as refunded.
func CheckRefund(c Claim, ore int64, bookedOn, today calendar.Date) error {
	switch {
	case c.RefundOre == 0:
		return fault.NewPrecondition("NOTHING_TO_REFUND", "nothing has come back beyond the claim")
	case ore > c.RefundOre:
		return fault.Field("amount_ore", "MORE_THAN_OWED", fmt.Sprintf("no more is to be refunded than %d øre", c.RefundOre))
	case bookedOn.After(today):
		return fault.Field("booked_on", "IN_THE_FUTURE", "write the date on which the bank booked it")
	}
	return nil
}

// Settlement is what an enterprise has used of an award.
type Settlement struct {
	ID       uuid.UUID
	Revision int64
	AwardID  uuid.UUID
	// UsedOre is what the accounts show that the grant has been used for, in øre.
	UsedOre     int64
	Basis       string
	PreparedBy  string
	PreparedAt  time.Time
	ConfirmedBy string
	ConfirmedAt *time.Time
	// UnusedOre is what was paid and not used when it was confirmed, in øre.
	UnusedOre int64
}

// Etag names the revision; it changes with every change of the settlement.
func (s Settlement) Etag() string { return strconv.FormatInt(s.Revision, 10) }

// CheckSettle says whether the person may confirm the settlement.
func CheckSettle(s Settlement, payments []Payment, confirmedBy string) error {
	switch {
	case s.ConfirmedAt != nil:
		return fault.NewPrecondition("SETTLED", "the settlement has been confirmed already")
	case s.PreparedBy == confirmedBy:
		return errFourEyes("you prepared this settlement: somebody else confirms it")
	}
	for _, p := range payments {
		if p.State == Approved || p.State.AwaitsBank() {
			return fault.NewPrecondition("PAYMENT_UNDER_WAY", "a payment of this award is under way: settle when the bank has answered").
				With("payment_id", p.ID.String())
		}
	}
	return nil
}

// Unused returns what was paid and neither used nor claimed back, in øre.
func Unused(b Balances, usedOre int64) int64 { return max(b[PaidFunds]-usedOre, 0) }
