package grant

import (
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"

	"saakorn/services/platform/calendar"
	"saakorn/services/platform/fault"
	"saakorn/services/scheme"
)

// open tells whether the request has been neither decided nor withdrawn.
func (c ChangeRequest) open() bool { return c.State == ChangeSubmitted || c.State == ChangeRecommended }

func (c ChangeRequest) checkState(allowed ...ChangeState) error {
	if slices.Contains(allowed, c.State) {
		return nil
	}
	return fault.NewPrecondition("WRONG_STATE", fmt.Sprintf("the request is in the state %s, and this belongs to another", c.State)).
		With("state", string(c.State))
}

// FourEyes tells whether somebody else decides than who recommended: where money moves, in what it may be
// spent on or in when. A new contact moves none.
func (c ChangeRequest) FourEyes() bool { return c.Kind != NewContact }

// CheckSubmitChange says what is wrong with a request that an enterprise wants to make.
func CheckSubmitChange(f File, c ChangeRequest, now time.Time) error {
	if err := f.checkState(Accepted); err != nil {
		return err
	}
	for _, other := range f.Changes {
		if other.Kind == c.Kind && other.open() {
			return fault.NewPrecondition("CHANGE_OPEN", "a request of this kind is being considered already: withdraw it first").
				With("change_request_id", other.ID.String())
		}
	}
	if wrong := c.foreign(); len(wrong) > 0 {
		return fault.NewInvalid(wrong...)
	}
	switch c.Kind {
	case Rebudget:
		return checkMoves(c.Moves, f.Rules)
	case Extension:
		return checkSpendBy(f, c.SpendBy, now)
	case NewContact:
		return checkContact(c)
	}
	return fault.Field("kind", "NO_SUCH_KIND", "choose what the change is about")
}

// foreign names the fields that belong to another kind of request.
func (c ChangeRequest) foreign() []fault.Violation {
	var wrong []fault.Violation
	add := func(field string, filled bool, kind ChangeKind) {
		if filled && c.Kind != kind {
			wrong = append(wrong, fault.Violation{Field: field, Reason: "NOT_FOR_THIS_KIND", Description: "leave this empty: it belongs to another kind of change"})
		}
	}
	add("moves", len(c.Moves) > 0, Rebudget)
	add("spend_by", !c.SpendBy.IsZero(), Extension)
	add("contact_name", c.ContactName != "", NewContact)
	add("contact_email", c.ContactEmail != "", NewContact)
	return wrong
}

func checkMoves(moves []BudgetMove, rules *scheme.Definition) error {
	var wrong []fault.Violation
	sum, seen := int64(0), map[string]bool{}
	for i, m := range moves {
		field := fmt.Sprintf("moves[%d]", i)
		line, ok := rules.BudgetLine(m.Line)
		switch {
		case !ok:
			wrong = append(wrong, fault.Violation{Field: field + ".line", Reason: "NO_SUCH_LINE", Description: "choose a line of the scheme's budget"})
		case seen[m.Line]:
			wrong = append(wrong, fault.Violation{Field: field + ".line", Reason: "MOVED_TWICE", Description: "name each line once"})
		case m.AmountOre == 0:
			wrong = append(wrong, fault.Violation{Field: field + ".amount_ore", Reason: "REQUIRED", Description: "say how much the line gets, or gives as an amount below zero"})
		case m.AmountOre > 0 && !line.Eligible:
			wrong = append(wrong, fault.Violation{Field: field + ".line", Reason: "NOT_ELIGIBLE", Description: "the grant cannot pay for this line"})
		}
		seen[m.Line] = true
		sum += m.AmountOre
	}
	switch {
	case len(moves) < 2:
		wrong = append(wrong, fault.Violation{Field: "moves", Reason: "TOO_FEW", Description: "name a line that gives and a line that gets"})
	case sum != 0:
		wrong = append(wrong, fault.Violation{Field: "moves", Reason: "NOT_BALANCED", Description: fmt.Sprintf("what the lines give and get differs by %d øre: the amount of the grant stays", sum)})
	}
	if len(wrong) > 0 {
		return fault.NewInvalid(wrong...)
	}
	return nil
}

func checkSpendBy(f File, spendBy calendar.Date, now time.Time) error {
	latest := f.Rules.Awards.LatestSpendBy(f.GrantYear)
	switch {
	case spendBy.IsZero():
		return fault.Field("spend_by", "REQUIRED", "say until when you want to spend the grant")
	case !spendBy.After(f.SpendBy) || spendBy.Before(calendar.On(now)):
		return fault.Field("spend_by", "NOT_LATER", fmt.Sprintf("give a date after %s, and not one that has passed", f.SpendBy))
	case spendBy.After(latest):
		return fault.Field("spend_by", "TOO_LATE", fmt.Sprintf("the grant can be spent until %s at the latest", latest))
	}
	return nil
}

func checkContact(c ChangeRequest) error {
	var wrong []fault.Violation
	if strings.TrimSpace(c.ContactName) == "" {
		wrong = append(wrong, fault.Violation{Field: "contact_name", Reason: "REQUIRED", Description: "give the name of the new contact"})
	}
	if a, err := mail.ParseAddress(c.ContactEmail); err != nil || a.Address != c.ContactEmail {
		wrong = append(wrong, fault.Violation{Field: "contact_email", Reason: "NOT_AN_ADDRESS", Description: "give an e-mail address, for example kari@example.com"})
	}
	if len(wrong) > 0 {
		return fault.NewInvalid(wrong...)
	}
	return nil
}

// CheckDecideChange says whether the person can decide the request like this.
func CheckDecideChange(f File, c ChangeRequest, approve bool, reasons, decidedBy string) error {
	if err := c.checkState(ChangeRecommended); err != nil {
		return err
	}
	if c.FourEyes() && slices.Contains(c.Involved, decidedBy) {
		return errFourEyes()
	}
	if approve != c.Approve && strings.TrimSpace(reasons) == "" {
		return fault.Field("reasons", "REQUIRED", "give reasons when the decision departs from the recommendation")
	}
	if approve {
		return f.checkState(Accepted) // it may have been stopped in the meantime
	}
	return nil
}

// apply carries an approved request into the award.
func (c ChangeRequest) apply(a *Award) {
	if c.Kind == Extension {
		a.SpendBy = c.SpendBy
	}
}
