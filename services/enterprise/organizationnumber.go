package enterprise

import (
	"fmt"
	"strings"
)

// OrganizationNumber is a Norwegian organisation number: nine digits without spaces, with a right
// check digit. Only [ParseOrganizationNumber] makes one.
type OrganizationNumber string

// String returns the nine digits.
func (n OrganizationNumber) String() string { return string(n) }

// Grouped writes the number as people read it, in groups of three: 991 825 827.
func (n OrganizationNumber) Grouped() string {
	if len(n) != organizationNumberLength {
		return string(n)
	}
	return string(n[:3] + " " + n[3:6] + " " + n[6:])
}

// Synthetic tells whether the number is from the range of made-up test enterprises.
func (n OrganizationNumber) Synthetic() bool {
	return strings.HasPrefix(string(n), "2") || strings.HasPrefix(string(n), "3")
}

// OrganizationNumberFlaw is what keeps a text from being an organisation number. The values are
// stable reasons that programs may act on.
type OrganizationNumberFlaw string

// The flaws that [ParseOrganizationNumber] tells apart.
const (
	FlawCharacters OrganizationNumberFlaw = "ORGANIZATION_NUMBER_CHARACTERS"  // something other than digits is in it
	FlawLength     OrganizationNumberFlaw = "ORGANIZATION_NUMBER_LENGTH"      // it has fewer or more than nine digits
	FlawCheckDigit OrganizationNumberFlaw = "ORGANIZATION_NUMBER_CHECK_DIGIT" // the last digit does not follow from the others
	FlawFirstDigit OrganizationNumberFlaw = "ORGANIZATION_NUMBER_FIRST_DIGIT" // no number of the accepted ranges begins so
)

// OrganizationNumberError says why a text is not an organisation number.
type OrganizationNumberError struct {
	Flaw OrganizationNumberFlaw
	// Digits is how many digits were found.
	Digits int
}

// Error tells a person what to mend. The text itself is left out: somebody may have typed a
// national identity number by mistake.
func (e *OrganizationNumberError) Error() string {
	switch e.Flaw {
	case FlawCharacters:
		return "organisation number: only digits and spaces may be in it"
	case FlawLength:
		return fmt.Sprintf("organisation number: it has nine digits, not %d", e.Digits)
	case FlawCheckDigit:
		return "organisation number: the check digit is wrong, so a digit is mistyped"
	default:
		return "organisation number: it begins with 8 or 9"
	}
}

// NumberOption widens what [ParseOrganizationNumber] accepts.
type NumberOption func(*numberRules)

type numberRules struct{ synthetic bool }

// AcceptSynthetic accepts numbers that begin with 2 or 3 too, the ranges of made-up enterprises in
// test data. A production installation does not use it.
func AcceptSynthetic() NumberOption {
	return func(r *numberRules) { r.synthetic = true }
}

const organizationNumberLength = 9

// ParseOrganizationNumber reads an organisation number as people write it: with spaces or dots, and
// as a VAT number, "NO 991 825 827 MVA". It demands nine digits, the MOD11 check digit of the
// Register of Legal Entities, and a first digit of 8 or 9. The error is an
// [*OrganizationNumberError].
func ParseOrganizationNumber(s string, options ...NumberOption) (OrganizationNumber, error) {
	var rules numberRules
	for _, option := range options {
		option(&rules)
	}
	digits := stripDecoration(s)
	if strings.ContainsFunc(digits, notDigit) {
		return "", &OrganizationNumberError{Flaw: FlawCharacters, Digits: countDigits(digits)}
	}
	if len(digits) != organizationNumberLength {
		return "", &OrganizationNumberError{Flaw: FlawLength, Digits: len(digits)}
	}
	if want, ok := checkDigit(digits[:8]); !ok || want != digits[8] {
		return "", &OrganizationNumberError{Flaw: FlawCheckDigit, Digits: len(digits)}
	}
	number := OrganizationNumber(digits)
	accepted := digits[0] == '8' || digits[0] == '9' || rules.synthetic && number.Synthetic()
	if !accepted {
		return "", &OrganizationNumberError{Flaw: FlawFirstDigit, Digits: len(digits)}
	}
	return number, nil
}

// stripDecoration removes what people put around and between the digits: spaces of every kind,
// dots, and the NO and MVA of a VAT number.
func stripDecoration(s string) string {
	s = strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\t', '\n', '\r', '.', '\u00a0', '\u2007', '\u2009', '\u202f':
			return -1
		}
		return r
	}, s)
	return strings.TrimSuffix(strings.TrimPrefix(strings.ToUpper(s), "NO"), "MVA")
}

// checkDigit computes the ninth digit from the first eight (MOD11 with the weights of the Register
// of Legal Entities). It reports false where no ninth digit makes a valid number: a remainder of 1
// would need the digit 10.
func checkDigit(eight string) (byte, bool) {
	weights := [8]int{3, 2, 7, 6, 5, 4, 3, 2}
	sum := 0
	for i, weight := range weights {
		sum += weight * int(eight[i]-'0')
	}
	switch remainder := sum % 11; remainder {
	case 0:
		return '0', true
	case 1:
		return 0, false
	default:
		return byte('0' + 11 - remainder), true
	}
}

func notDigit(r rune) bool { return r < '0' || r > '9' }

func countDigits(s string) int {
	count := 0
	for _, r := range s {
		if !notDigit(r) {
			count++
		}
	}
	return count
}
