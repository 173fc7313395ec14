// Package payment is the money of a grant: where an enterprise is paid, in which instalments, by which
// orders to the bank, what the bank says of them, what is claimed back, and a double-entry ledger of it
// all. Whether there is a grant is decided elsewhere; nothing here changes a decision.
package payment

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"saakorn/services/platform/calendar"
	"saakorn/services/platform/fault"
)

// State is how far a payment has come.
type State string

// The states of a payment, in the order of its life.
const (
	Prepared  State = "PREPARED"
	Approved  State = "APPROVED"  // by two people with spending authority
	Sent      State = "SENT"      // in a file to the bank: it cannot be taken back from here on
	AtBank    State = "ACCEPTED"  // the bank has taken the order
	Paid      State = "PAID"      // booked, or set off in full
	Rejected  State = "REJECTED"  // refused by the bank
	Returned  State = "RETURNED"  // sent back by the receiving bank
	Cancelled State = "CANCELLED" // taken back before it was sent
)

// States returns every state of a payment.
func States() []State {
	return []State{Prepared, Approved, Sent, AtBank, Paid, Rejected, Returned, Cancelled}
}

// Live tells whether the payment has been made or can still be: while one is, no other is made of the
// same instalment.
func (s State) Live() bool { return !slices.Contains([]State{Rejected, Returned, Cancelled}, s) }

// AwaitsBank tells whether the next word is the bank's.
func (s State) AwaitsBank() bool { return s == Sent || s == AtBank }

// Payment is one attempt to pay an instalment.
type Payment struct {
	ID           uuid.UUID
	Revision     int64
	AwardID      uuid.UUID
	EnterpriseID uuid.UUID
	InstalmentID uuid.UUID
	// Attempt counts the payments of the instalment, from 1.
	Attempt int32
	// AmountOre is what is paid, SetOffOre the part of it that settles the claim instead of reaching the
	// account, in øre.
	AmountOre, SetOffOre int64
	// ClaimID is Nil when nothing is set off.
	ClaimID        uuid.UUID
	PayeeAccountID uuid.UUID
	State          State
	// EndToEndID names the payment in files to and from the bank.
	EndToEndID      string
	PreparedBy      string
	PreparedAt      time.Time
	FirstApprovedBy string
	FirstApprovedAt *time.Time
	ApprovedBy      string
	ApprovedAt      *time.Time
	CancelledBy     string
	CancelledAt     *time.Time
	CancelReason    string
	// OrderID is the file that the payment is in; Nil before it is in one.
	OrderID uuid.UUID
	SentAt  *time.Time
	Bank    BankWord
	// BookedOn is when the bank booked it.
	BookedOn calendar.Date
	PaidAt   *time.Time
	// EscalatedAt is when somebody was asked to call the bank about it.
	EscalatedAt *time.Time
	// ReportedAt is when an officer was told that it was rejected or returned.
	ReportedAt *time.Time
}

// BankWord is what the bank said last of a payment, in its own words.
type BankWord struct {
	Status, Code, Text string
	At                 *time.Time
}

// Etag names the revision; it changes with every change of the payment.
func (p Payment) Etag() string { return strconv.FormatInt(p.Revision, 10) }

// NetOre returns what reaches the account, in øre.
func (p Payment) NetOre() int64 { return p.AmountOre - p.SetOffOre }

// endToEndID names a payment to the bank: its identifier without hyphens, which is short enough.
func endToEndID(paymentID uuid.UUID) string { return strings.ReplaceAll(paymentID.String(), "-", "") }

// CheckApprove says whether the person may approve the payment. Three people are behind a payment: one
// prepares, two approve; and nobody approves a payment to an account that they had a hand in.
func CheckApprove(p Payment, account PayeeAccount, approver string) error {
	switch {
	case p.State != Prepared:
		return fault.NewPrecondition("NOT_PREPARED", "only a payment that waits for approval can be approved").With("state", string(p.State))
	case account.State != AccountConfirmed:
		return fault.NewPrecondition("ACCOUNT_CHANGED", "another account has been confirmed since: cancel the payment and prepare it anew")
	case p.PreparedBy == approver:
		return errFourEyes("you prepared this payment: two others approve it")
	case p.FirstApprovedBy == approver:
		return errFourEyes("you have approved this payment: somebody else approves it too")
	case account.ProposedBy == approver || account.ConfirmedBy == approver:
		return errFourEyes("you proposed or confirmed the account that this goes to: two others approve it")
	}
	return nil
}

func errFourEyes(message string) error { return fault.NewPrecondition("FOUR_EYES", message) }

// CheckCancel says whether the payment can still be taken back.
func CheckCancel(p Payment) error {
	if p.State != Prepared && p.State != Approved {
		return fault.NewPrecondition("TOO_LATE", "the payment is with the bank, or over: it cannot be taken back").With("state", string(p.State))
	}
	return nil
}

// CheckPrepare says whether the instalment can be paid now, with everything that it waits for.
func CheckPrepare(i Instalment, gates []Gate, payments []Payment) error {
	if live := liveOf(i, payments); live != nil {
		return fault.NewPrecondition("PAYMENT_EXISTS", "there is a payment of this instalment already").
			With("payment_id", live.ID.String()).With("state", string(live.State))
	}
	if i.AmountOre == 0 {
		return fault.NewPrecondition("NOTHING_TO_PAY", "nothing is left to pay of this instalment")
	}
	return CheckGates(gates)
}

// CheckGates refuses what is not open, and names all of it.
func CheckGates(gates []Gate) error {
	var closed []string
	for _, g := range gates {
		if !g.Met {
			closed = append(closed, g.Name)
		}
	}
	if len(closed) == 0 {
		return nil
	}
	f := fault.NewPrecondition("GATES_CLOSED", "the instalment still waits for: "+strings.Join(closed, ", "))
	for _, g := range gates {
		if !g.Met {
			f = f.With(g.Name, g.Reason)
		}
	}
	return f
}

// CheckSetOff says whether so much of the payment can settle the claim.
func CheckSetOff(amountOre, setOffOre int64, c *Claim, enterpriseID uuid.UUID, allowed bool) error {
	switch {
	case setOffOre == 0 && c == nil:
		return nil
	case c == nil:
		return fault.Field("claim_id", "REQUIRED", "name the claim that is set off")
	case setOffOre <= 0:
		return fault.Field("set_off_ore", "REQUIRED", "write how much is set off against the claim")
	case !allowed:
		return fault.Field("claim_id", "NO_SET_OFF", "the scheme lets no claim be set off")
	case c.EnterpriseID != enterpriseID:
		return fault.Field("claim_id", "ANOTHER_ENTERPRISE", "only a claim on the same enterprise can be set off")
	case setOffOre > c.OutstandingOre():
		return fault.Field("set_off_ore", "MORE_THAN_CLAIMED", "no more can be set off than is left of the claim: "+strconv.FormatInt(c.OutstandingOre(), 10)+" øre")
	case setOffOre > amountOre:
		return fault.Field("set_off_ore", "MORE_THAN_PAID", "no more can be set off than is paid: "+strconv.FormatInt(amountOre, 10)+" øre")
	}
	return nil
}
