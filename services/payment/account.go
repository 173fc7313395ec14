package payment

import (
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"saakorn/services/platform/fault"
)

// AccountNumber is a Norwegian account number: eleven digits of which the last checks the others.
type AccountNumber string

// ParseAccountNumber reads an account number as people write it, with spaces and points. The fault
// names the field number.
func ParseAccountNumber(text string) (AccountNumber, error) {
	digits := strings.Map(func(r rune) rune {
		if r == ' ' || r == '.' || r == '\u00a0' {
			return -1
		}
		return r
	}, text)
	switch {
	case len(digits) != 11 || strings.Trim(digits, "0123456789") != "":
		return "", fault.Field("number", "NOT_ELEVEN_DIGITS", "write the eleven digits of a Norwegian account number")
	case !validAccount(digits):
		return "", fault.Field("number", "CHECK_DIGIT_WRONG", "one of the digits is wrong: the last one does not fit the others")
	}
	return AccountNumber(digits), nil
}

// validAccount checks the last digit: the others weighed and summed, modulo eleven.
func validAccount(digits string) bool {
	weights := [...]int{5, 4, 3, 2, 7, 6, 5, 4, 3, 2}
	sum := 0
	for i, weight := range weights {
		sum += weight * int(digits[i]-'0')
	}
	check := (11 - sum%11) % 11
	return check < 10 && check == int(digits[10]-'0')
}

// Masked returns the number with all but the last four digits hidden.
func (n AccountNumber) Masked() string {
	if len(n) < 4 {
		return ""
	}
	return strings.Repeat("*", len(n)-4) + string(n[len(n)-4:])
}

// Grouped returns the number as people read it, for example "3260 05 96984".
func (n AccountNumber) Grouped() string {
	if len(n) != 11 {
		return string(n)
	}
	return string(n[:4] + " " + n[4:6] + " " + n[6:])
}

// reference returns a payment reference (KID) of thirteen digits that follows from the identifier; the
// last digit checks the others (MOD10, Luhn).
func reference(id uuid.UUID) string {
	var number uint64
	for _, b := range id[8:] {
		number = number<<8 | uint64(b)
	}
	digits := strconv.FormatUint(1_000_000_000_000+number%1_000_000_000_000, 10)[1:]
	return digits + strconv.Itoa(luhn(digits))
}

// luhn returns the digit that makes the digits and itself pass the MOD10 check.
func luhn(digits string) int {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return (10 - sum%10) % 10
}

// AccountState is what has become of an account that was proposed.
type AccountState string

// The states of a payee account.
const (
	AccountProposed  AccountState = "PROPOSED"
	AccountConfirmed AccountState = "CONFIRMED" // payments go here
	AccountRefused   AccountState = "REFUSED"
	AccountReplaced  AccountState = "REPLACED" // another has been confirmed since
)

// PayeeAccount is an account that an enterprise is paid to, or was, or asked to be.
type PayeeAccount struct {
	ID           uuid.UUID
	Revision     int64
	EnterpriseID uuid.UUID
	Number       AccountNumber
	// Reason says why the account is changed; empty for the first one.
	Reason     string
	State      AccountState
	ProposedBy string
	ProposedAt time.Time
	// Evidence is what shows that the account is the enterprise's own.
	Evidence     string
	ConfirmedBy  string
	ConfirmedAt  *time.Time
	RefuseReason string
	RefusedAt    *time.Time
	ReplacedAt   *time.Time
}

// Etag names the revision; it changes with every change of the account.
func (a PayeeAccount) Etag() string { return strconv.FormatInt(a.Revision, 10) }

// CheckConfirm says whether the person may confirm the account: somebody other than who proposed it,
// who has read the number and found it to be the enterprise's own (R66).
func CheckConfirm(a PayeeAccount, number, evidence, confirmedBy string) error {
	if err := checkProposed(a); err != nil {
		return err
	}
	if a.ProposedBy == confirmedBy {
		return fault.NewPrecondition("FOUR_EYES", "you proposed this account: somebody else confirms it")
	}
	read, err := ParseAccountNumber(number)
	if err != nil {
		return err
	}
	if read != a.Number {
		return fault.Field("number", "NOT_THE_PROPOSED_NUMBER", "this is not the number that was proposed: compare it with the evidence, and refuse the account when they differ")
	}
	if strings.TrimSpace(evidence) == "" {
		return fault.Field("evidence", "REQUIRED", "say what shows that the account is the enterprise's own")
	}
	return nil
}

func checkProposed(a PayeeAccount) error {
	if a.State != AccountProposed {
		return fault.NewPrecondition("NOT_PROPOSED", "somebody has confirmed or refused this account already")
	}
	return nil
}
