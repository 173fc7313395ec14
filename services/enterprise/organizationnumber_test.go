package enterprise

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseOrganizationNumberReadsWhatPeopleWrite(t *testing.T) {
	tests := map[string]OrganizationNumber{
		"991825827":                       "991825827",
		"889640782":                       "889640782",
		"974 760 843":                     "974760843",
		"986.252.932":                     "986252932",
		" 991\u00a0825\u202f827\n":        "991825827",
		"NO 991 825 827 MVA":              "991825827",
		"no991825827mva":                  "991825827",
		"No 991825827 Mva":                "991825827",
		"991 825 827 MVA":                 "991825827",
		"NO991825827":                     "991825827",
		"\u2009974\u2007760\u2007843\t\r": "974760843",
	}
	for text, want := range tests {
		got, err := ParseOrganizationNumber(text)
		if err != nil || got != want {
			t.Errorf("ParseOrganizationNumber(%q) = %q, %v; want %q", text, got, err, want)
		}
	}
}

func TestParseOrganizationNumberSaysWhatIsWrong(t *testing.T) {
	tests := []struct {
		text string
		flaw OrganizationNumberFlaw
		says string
	}{
		{"", FlawLength, "not 0"},
		{"NO MVA", FlawLength, "not 0"},
		{"99182582", FlawLength, "not 8"},
		{"9918258270", FlawLength, "not 10"},
		{"01018012345", FlawLength, "not 11"},
		{"99182582x", FlawCharacters, "only digits"},
		{"991-825-827", FlawCharacters, "only digits"},
		{"SE991825827", FlawCharacters, "only digits"},
		{"٩٩١٨٢٥٨٢٧", FlawCharacters, "only digits"},
		{"991825828", FlawCheckDigit, "mistyped"},
		{"123456786", FlawCheckDigit, "mistyped"},
		{"987654321", FlawCheckDigit, "mistyped"},
		{"112233445", FlawCheckDigit, "mistyped"},
		// The first eight digits leave the remainder 1, so no check digit fits.
		{"900000090", FlawCheckDigit, "mistyped"},
		{"900000091", FlawCheckDigit, "mistyped"},
		{"123456785", FlawFirstDigit, "8 or 9"},
		{"000000000", FlawFirstDigit, "8 or 9"},
		{"300000007", FlawCheckDigit, "mistyped"},
		{"310000000", FlawFirstDigit, "8 or 9"},
	}
	for _, test := range tests {
		got, err := ParseOrganizationNumber(test.text)
		flawed, ok := errors.AsType[*OrganizationNumberError](err)
		if !ok || got != "" {
			t.Errorf("ParseOrganizationNumber(%q) = %q, %v; want an *OrganizationNumberError", test.text, got, err)
			continue
		}
		if flawed.Flaw != test.flaw || !strings.Contains(flawed.Error(), test.says) {
			t.Errorf("ParseOrganizationNumber(%q): %s %q; want %s saying %q", test.text, flawed.Flaw, flawed, test.flaw, test.says)
		}
	}
}

func TestSyntheticNumbersAreAcceptedOnlyWhenAskedFor(t *testing.T) {
	const synthetic = "310000000"
	if _, err := ParseOrganizationNumber(synthetic); err == nil {
		t.Errorf("ParseOrganizationNumber(%q) accepted a synthetic number", synthetic)
	}
	got, err := ParseOrganizationNumber("NO 310 000 000 MVA", AcceptSynthetic())
	if err != nil || got != synthetic || !got.Synthetic() {
		t.Errorf("with AcceptSynthetic: %q, %v; want %q", got, err, synthetic)
	}
	if _, err := ParseOrganizationNumber("123456785", AcceptSynthetic()); err == nil {
		t.Error("AcceptSynthetic accepted a number that begins with 1")
	}
	if real, err := ParseOrganizationNumber("991825827", AcceptSynthetic()); err != nil || real.Synthetic() {
		t.Errorf("with AcceptSynthetic: %q, %v; want a real number", real, err)
	}
}

func TestOrganizationNumberIsWrittenInGroupsOfThree(t *testing.T) {
	if got := OrganizationNumber("991825827").Grouped(); got != "991 825 827" {
		t.Errorf("Grouped() = %q", got)
	}
	if got := OrganizationNumber("").Grouped(); got != "" {
		t.Errorf("Grouped() of no number = %q", got)
	}
}

// validNumber draws a valid number that begins with one of the given digits.
func validNumber(t *rapid.T, first string) string {
	for {
		eight := rapid.StringMatching("["+first+"][0-9]{7}").Draw(t, "eight digits")
		if check, ok := checkDigit(eight); ok {
			return eight + string(check)
		}
	}
}

func TestEveryMistypedDigitIsCaught(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := []byte(validNumber(t, "2389"))
		if _, err := ParseOrganizationNumber(string(number), AcceptSynthetic()); err != nil {
			t.Fatalf("%s: %v", number, err)
		}
		position := rapid.IntRange(0, 8).Draw(t, "position")
		number[position] = '0' + (number[position]-'0'+byte(rapid.IntRange(1, 9).Draw(t, "change")))%10
		if _, err := ParseOrganizationNumber(string(number), AcceptSynthetic()); err == nil {
			t.Fatalf("%s was accepted with digit %d changed", number, position+1)
		}
	})
}

func TestDecorationNeverChangesTheNumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := validNumber(t, "89")
		space := rapid.SampledFrom([]string{"", " ", ".", "\u00a0", "\u202f", "\t"})
		written := rapid.SampledFrom([]string{"", "NO", "no"}).Draw(t, "prefix")
		for _, digit := range number {
			written += space.Draw(t, "space") + string(digit)
		}
		written += space.Draw(t, "space") + rapid.SampledFrom([]string{"", "MVA", "mva"}).Draw(t, "suffix")
		got, err := ParseOrganizationNumber(written)
		if err != nil || string(got) != number {
			t.Fatalf("ParseOrganizationNumber(%q) = %q, %v; want %q", written, got, err, number)
		}
		again, err := ParseOrganizationNumber(got.Grouped())
		if err != nil || again != got {
			t.Fatalf("grouped and read again: %q, %v; want %q", again, err, got)
		}
	})
}

func FuzzParseOrganizationNumber(f *testing.F) {
	for _, seed := range []string{"", "991825827", "NO 991 825 827 MVA", "NOMVA", "310000000", "MVA991825827NO", "\xff91825827"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		number, err := ParseOrganizationNumber(text, AcceptSynthetic())
		if err != nil {
			if _, ok := errors.AsType[*OrganizationNumberError](err); !ok || number != "" {
				t.Fatalf("%q: %q, %T", text, number, err)
			}
			return
		}
		if len(number) != 9 || strings.ContainsFunc(string(number), notDigit) {
			t.Fatalf("%q gave %q, which is not nine digits", text, number)
		}
		if again, err := ParseOrganizationNumber(string(number), AcceptSynthetic()); err != nil || again != number {
			t.Fatalf("%q was read from %q, but is read again as %q, %v", number, text, again, err)
		}
	})
}
