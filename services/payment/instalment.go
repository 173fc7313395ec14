package payment

import (
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"saakorn/services/grant"
	"saakorn/services/platform/calendar"
	"saakorn/services/scheme"
)

// Instalment is a part of an award that is paid at once.
type Instalment struct {
	ID      uuid.UUID
	AwardID uuid.UUID
	// Ordinal is its place in the plan, from 1; Key is the scheme's name for it.
	Ordinal int32
	Key     string
	Share   int
	// Gates is what the scheme asks of it beyond what every instalment waits for.
	Gates []scheme.PaymentGate
	// AmountOre is in øre; zero when a reduction took all of it.
	AmountOre int64
	PlannedAt time.Time
	// Prompted is for which attempt an officer has been asked to prepare a payment; 0 for none.
	Prompted int32
}

// Plan returns the instalments of an award as they should be: those that have a live payment as they
// are, and the others with what is left of the award, by their shares. have is empty for a new award.
func Plan(rules scheme.PaymentRules, statement scheme.StatementRule, awardID uuid.UUID, amountOre int64, have []Instalment, payments []Payment, now time.Time) []Instalment {
	plan := slices.Clone(have)
	if len(plan) == 0 {
		for i, rule := range rules.Instalments {
			plan = append(plan, Instalment{
				ID: instalmentID(awardID, i+1), AwardID: awardID, Ordinal: int32(i + 1), Key: rule.Key, Share: rule.SharePercent, PlannedAt: now,
			})
		}
	}
	left, shares, untouched := amountOre, 0, true
	for _, i := range plan {
		if liveOf(i, payments) != nil {
			left, untouched = left-i.AmountOre, false
		} else {
			shares += i.Share
		}
	}
	left = max(left, 0)
	whole := rules.Split(amountOre)
	for n := range plan {
		i := &plan[n]
		if liveOf(*i, payments) != nil {
			continue
		}
		i.Gates = rules.Instalments[min(n, len(rules.Instalments)-1)].GatesOf(statement, amountOre)
		if untouched && len(plan) == len(whole) {
			i.AmountOre = whole[n]
			continue
		}
		i.AmountOre = shareOf(left, i.Share, shares)
		left -= i.AmountOre
		shares -= i.Share
	}
	return plan
}

// shareOf returns a share of what is left in whole kroner; the last share is all of it.
func shareOf(leftOre int64, share, shares int) int64 {
	const orePerKrone = 100
	if share == shares {
		return leftOre
	}
	return leftOre * int64(share) / int64(shares) / orePerKrone * orePerKrone
}

// instalmentID follows from the award and the place, so that a plan is made once.
func instalmentID(awardID uuid.UUID, ordinal int) uuid.UUID {
	return uuid.NewSHA1(awardID, []byte("instalment/"+strconv.Itoa(ordinal)))
}

// liveOf returns the payment of the instalment that has been made or can still be, or nil.
func liveOf(i Instalment, payments []Payment) *Payment {
	n := slices.IndexFunc(payments, func(p Payment) bool { return p.InstalmentID == i.ID && p.State.Live() })
	if n < 0 {
		return nil
	}
	return &payments[n]
}

// attempts counts the payments of the instalment.
func attempts(i Instalment, payments []Payment) int32 {
	var n int32
	for _, p := range payments {
		if p.InstalmentID == i.ID {
			n++
		}
	}
	return n
}

// The gates of every instalment.
const (
	GateAccepted   = "AWARD_ACCEPTED"
	GateAccount    = "ACCOUNT_CONFIRMED"
	GateSuspended  = "NOT_SUSPENDED"
	GateRegistered = "REGISTERED_AND_SOLVENT"
	// GateWithinAward is closed when what is on its way is more than the award, after a reduction.
	GateWithinAward = "WITHIN_AWARD"
	// GateReports is closed while a report that holds payments is overdue, and until one is approved that was
	// asked for beyond the calendar.
	GateReports = "REPORTS_DELIVERED"
)

// Gate is something that an instalment waits for.
type Gate struct {
	Name string
	Met  bool
	// Reason says more, in capitals with underscores; empty when the name says enough.
	Reason string
}

// Basis is what the gates of an award's instalments are judged by.
type Basis struct {
	Award     grant.Award
	Suspended bool
	// Account is nil while none is confirmed.
	Account    *PayeeAccount
	Enterprise Registered
	// LiveOre is what has been paid of the award or is on its way.
	LiveOre int64
	// OpenConditions counts the conditions that are neither met nor waived.
	OpenConditions int
	// Shown is what the reports let through.
	Shown Shown
}

// Registered is what the registers say of an enterprise.
type Registered struct {
	Deleted, Bankrupt, UnderLiquidation bool
}

// reason says what is wrong; empty when nothing is.
func (r Registered) reason() string {
	switch {
	case r.Bankrupt:
		return "BANKRUPT"
	case r.UnderLiquidation:
		return "UNDER_LIQUIDATION"
	case r.Deleted:
		return "DELETED"
	}
	return ""
}

// GatesOf returns everything that the instalment waits for, met or not.
func GatesOf(i Instalment, b Basis) []Gate {
	accepted := Gate{Name: GateAccepted, Met: b.Award.State == grant.Accepted}
	if !accepted.Met {
		accepted.Reason = string(b.Award.State)
	}
	wrong := b.Enterprise.reason()
	gates := []Gate{
		accepted,
		{Name: GateAccount, Met: b.Account != nil},
		{Name: GateSuspended, Met: !b.Suspended},
		{Name: GateRegistered, Met: wrong == "", Reason: wrong},
		{Name: GateWithinAward, Met: b.LiveOre <= b.Award.AmountOre},
		{Name: GateReports, Met: b.Shown.Held == "", Reason: b.Shown.Held},
	}
	for _, g := range i.Gates {
		met := b.Shown.Open[g]
		if g == scheme.GateConditionsSettled {
			met = b.OpenConditions == 0
		}
		gates = append(gates, Gate{Name: string(g), Met: met})
	}
	return gates
}

// allMet tells whether nothing stands in the way.
func allMet(gates []Gate) bool {
	return !slices.ContainsFunc(gates, func(g Gate) bool { return !g.Met })
}

// ExpectedOn returns when the first payment of an award can be expected by the scheme's aim.
func ExpectedOn(acceptedAt time.Time, rules scheme.PaymentRules) calendar.Date {
	return calendar.On(acceptedAt).AddDays(rules.ExpectedDays)
}
