package payment

import (
	"time"

	"saakorn/services/payment/iso20022"
	"saakorn/services/platform/calendar"
)

// Outcome is what became of an entry from the bank.
type Outcome string

// The outcomes. Duplicate, Unknown, Conflict and Surplus wait for somebody to look at them.
const (
	Applied   Outcome = "APPLIED"   // a payment or a claim was brought up to date
	Repeated  Outcome = "REPEATED"  // it says what was known
	Duplicate Outcome = "DUPLICATE" // the same booking has come in another file
	Unknown   Outcome = "UNKNOWN"   // the reference is none of ours
	Conflict  Outcome = "CONFLICT"  // it contradicts what is known, and nothing was changed
	Surplus   Outcome = "SURPLUS"   // more came than was claimed
)

// NeedsEyes tells whether somebody has to look at the entry.
func (o Outcome) NeedsEyes() bool { return o != Applied && o != Repeated }

// Apply says what an entry from the bank makes of a payment: its new state is written into p, and the
// ledger needs the postings. setOffBack tells that a set-off has to be taken back with it. balances are
// those of the award. A conflict changes nothing.
func Apply(p *Payment, e iso20022.Entry, balances Balances, now time.Time) (outcome Outcome, postings []Posting, setOffBack bool) {
	word := BankWord{Status: e.Status, Code: e.Code, Text: e.Text, At: &now}
	switch e.Scope {
	case iso20022.WholeOrder, iso20022.SingleTransfer:
		return applyStatus(p, e, word)
	case iso20022.BookedDebit:
		return applyDebit(p, e, word, now)
	case iso20022.BookedCredit:
		return applyCredit(p, e, word, balances)
	}
	return Unknown, nil, false
}

func applyStatus(p *Payment, e iso20022.Entry, word BankWord) (Outcome, []Posting, bool) {
	switch {
	case e.RefusedAsDuplicate():
		return Conflict, nil, false // the first order stands
	case e.Rejected() && p.State.AwaitsBank():
		p.State, p.Bank = Rejected, word
		return Applied, []Posting{rejecting(*p)}, p.SetOffOre > 0
	case e.Rejected() && p.State == Rejected:
		return Repeated, nil, false
	case e.Accepted() && p.State == Sent:
		p.State, p.Bank = AtBank, word
		return Applied, nil, false
	case e.Accepted() && (p.State == AtBank || p.State == Paid):
		return Repeated, nil, false
	case e.Rejected() || e.Accepted():
		return Conflict, nil, false
	case p.State == Sent:
		p.Bank = word // on its way in the bank
		return Applied, nil, false
	}
	return Repeated, nil, false
}

func applyDebit(p *Payment, e iso20022.Entry, word BankWord, now time.Time) (Outcome, []Posting, bool) {
	switch {
	case e.Status != "" && e.Status != "BOOK":
		return Repeated, nil, false // announced, and not booked
	case e.Reversal || e.AmountOre == nil || *e.AmountOre != p.NetOre() || !p.State.AwaitsBank():
		return Conflict, nil, false
	}
	p.State, p.Bank, p.BookedOn, p.PaidAt = Paid, word, e.BookedOn, &now
	if p.BookedOn.IsZero() {
		p.BookedOn = calendar.On(now)
	}
	return Applied, []Posting{paying(*p)}, false
}

// applyCredit takes money that came back for a payment: from the receiving bank, or as a correction.
func applyCredit(p *Payment, e iso20022.Entry, word BankWord, balances Balances) (Outcome, []Posting, bool) {
	if e.Status != "" && e.Status != "BOOK" {
		return Repeated, nil, false
	}
	if e.AmountOre == nil || *e.AmountOre != p.NetOre() {
		return Conflict, nil, false
	}
	switch {
	case p.State == Paid && balances[PaidFunds] >= p.AmountOre:
		p.State, p.Bank = Returned, word
		return Applied, []Posting{returning(*p)}, p.SetOffOre > 0
	case p.State.AwaitsBank():
		p.State, p.Bank = Returned, word
		return Applied, []Posting{rejecting(*p)}, p.SetOffOre > 0
	}
	return Conflict, nil, false
}
