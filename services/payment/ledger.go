package payment

import (
	"time"

	"github.com/google/uuid"
)

// Account is a place of the ledger in which kroner of an award can be.
type Account string

// The accounts. Frame is where the kroner come from: its balance is what the others hold together, with
// the sign turned.
const (
	Frame         Account = "FRAME"
	Committed     Account = "COMMITTED" // promised, and nothing ordered
	ApprovedFunds Account = "APPROVED"  // approved for payment, and not with the bank
	SentFunds     Account = "SENT"      // with the bank, and not booked
	PaidFunds     Account = "PAID"      // with the enterprise, or set off against what it owed
	Released      Account = "RELEASED"  // given back to the frame
	Claimed       Account = "CLAIMED"   // with the enterprise, and claimed back
	Repaid        Account = "REPAID"    // come back, or set off
)

// Accounts returns every account, in the order in which money passes them.
func Accounts() []Account {
	return []Account{Frame, Committed, ApprovedFunds, SentFunds, PaidFunds, Released, Claimed, Repaid}
}

// PostingKind says what happened.
type PostingKind string

// The kinds of posting.
const (
	PostCommit         PostingKind = "COMMIT"
	PostRelease        PostingKind = "RELEASE"
	PostApprove        PostingKind = "APPROVE"
	PostCancel         PostingKind = "CANCEL"
	PostSend           PostingKind = "SEND"
	PostPay            PostingKind = "PAY"
	PostReject         PostingKind = "REJECT"
	PostReturn         PostingKind = "RETURN"
	PostClaim          PostingKind = "CLAIM"
	PostClaimLowered   PostingKind = "CLAIM_LOWERED"
	PostRepay          PostingKind = "REPAY"
	PostRefund         PostingKind = "REFUND"
	PostSetOff         PostingKind = "SET_OFF"
	PostSetOffReversed PostingKind = "SET_OFF_REVERSED"
)

// Line is what a posting moves into an account, or out of it below zero, in øre.
type Line struct {
	AwardID   uuid.UUID
	Account   Account
	AmountOre int64
}

// Posting moves kroner between accounts. Its lines sum to zero for each award.
type Posting struct {
	// ID is given by the database.
	ID   int64
	Kind PostingKind
	// PaymentID and ClaimID are Nil when it is about none.
	PaymentID, ClaimID uuid.UUID
	By                 string
	At                 time.Time
	Lines              []Line
}

// move returns a posting that moves kroner of one award from an account to another.
func move(kind PostingKind, awardID uuid.UUID, from, to Account, ore int64) Posting {
	return Posting{Kind: kind, Lines: []Line{{awardID, from, -ore}, {awardID, to, ore}}}
}

// Commit promises kroner of the frame to an award.
func Commit(awardID uuid.UUID, ore int64) Posting {
	return move(PostCommit, awardID, Frame, Committed, ore)
}

// Release gives kroner that will not be paid back to the frame.
func Release(awardID uuid.UUID, ore int64) Posting {
	return move(PostRelease, awardID, Committed, Released, ore)
}

// of names the payment that a posting is about.
func (p Posting) of(x Payment) Posting {
	p.PaymentID, p.ClaimID = x.ID, x.ClaimID
	return p
}

// about names the claim that a posting is about.
func (p Posting) about(c Claim) Posting {
	p.ClaimID = c.ID
	return p
}

func approving(p Payment) Posting {
	return move(PostApprove, p.AwardID, Committed, ApprovedFunds, p.AmountOre).of(p)
}

func cancelling(p Payment) Posting {
	return move(PostCancel, p.AwardID, ApprovedFunds, Committed, p.AmountOre).of(p)
}

func sending(p Payment) Posting {
	return move(PostSend, p.AwardID, ApprovedFunds, SentFunds, p.NetOre()).of(p)
}

func paying(p Payment) Posting {
	return move(PostPay, p.AwardID, SentFunds, PaidFunds, p.NetOre()).of(p)
}

func rejecting(p Payment) Posting {
	return move(PostReject, p.AwardID, SentFunds, Committed, p.NetOre()).of(p)
}

func returning(p Payment) Posting {
	return move(PostReturn, p.AwardID, PaidFunds, Committed, p.NetOre()).of(p)
}

func claiming(c Claim) Posting {
	return move(PostClaim, c.AwardID, PaidFunds, Claimed, c.AmountOre).about(c)
}

func repaying(c Claim, ore int64) Posting {
	return move(PostRepay, c.AwardID, Claimed, Repaid, ore).about(c)
}

// lowering takes back a part of a claim that has not been repaid: the enterprise keeps the money.
func lowering(c Claim, ore int64) Posting {
	return move(PostClaimLowered, c.AwardID, Claimed, PaidFunds, ore).about(c)
}

// refunding sends back to the enterprise what it repaid beyond the claim.
func refunding(c Claim, ore int64) Posting {
	return move(PostRefund, c.AwardID, Repaid, PaidFunds, ore).about(c)
}

// settingOff pays a part of one award by settling a claim of another: no money moves, and in the
// ledger both awards stay in balance.
func settingOff(p Payment, c Claim) Posting {
	posting := Posting{Kind: PostSetOff, Lines: []Line{
		{p.AwardID, ApprovedFunds, -p.SetOffOre}, {p.AwardID, PaidFunds, p.SetOffOre},
		{c.AwardID, Claimed, -p.SetOffOre}, {c.AwardID, Repaid, p.SetOffOre},
	}}
	return posting.of(p)
}

// takingBackSetOff undoes a set-off whose payment failed: the claim stands as before.
func takingBackSetOff(p Payment, c Claim) Posting {
	posting := Posting{Kind: PostSetOffReversed, Lines: []Line{
		{p.AwardID, PaidFunds, -p.SetOffOre}, {p.AwardID, Committed, p.SetOffOre},
		{c.AwardID, Repaid, -p.SetOffOre}, {c.AwardID, Claimed, p.SetOffOre},
	}}
	return posting.of(p)
}

// Balances are the sums of an award's accounts, in øre.
type Balances map[Account]int64

// HeldOre returns how much of the frame the award holds, in øre.
func (b Balances) HeldOre() int64 { return -b[Frame] - b[Released] }

// Follow returns the posting that brings the ledger to what the award holds of the frame, and false
// when it is there already. What is ordered or paid cannot be given back.
func Follow(awardID uuid.UUID, b Balances, boundOre int64) (Posting, bool) {
	switch more := boundOre - b.HeldOre(); {
	case more > 0:
		return Commit(awardID, more), true
	case more < 0:
		less := min(-more, b[Committed])
		return Release(awardID, less), less > 0
	}
	return Posting{}, false
}

// Difference is where the ledger does not balance, or says something else than the facts.
type Difference struct {
	Finding             string
	AwardID             uuid.UUID
	Account             string
	LedgerOre, FactsOre int64
}
