package nationalid_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"saakorn/services/platform/nationalid"
)

// The numbers are built from the rules; they belong to nobody (month raised by 80, as in
// Skatteetaten's synthetic population), or are checked for shape only.
func TestFindSeesNumbersAsPeopleWriteThem(t *testing.T) {
	number := synthetic(t, "010191")
	tests := []struct {
		name, text string
		want       int
	}{
		{"plain", number, 1},
		{"with a space", number[:6] + " " + number[6:], 1},
		{"with a hyphen", number[:6] + "-" + number[6:], 1},
		{"with a no-break space", number[:6] + "\u00a0" + number[6:], 1},
		{"inside a sentence", "Deltaker " + number + " kom i jobb.", 1},
		{"twice", number + ", " + number, 2},
		{"part of a longer number", "1" + number, 0},
		{"wrong check digit", number[:10] + string('0'+(number[10]-'0'+1)%10), 0},
		{"an amount", "12 500 000 kroner", 0},
		{"an organisation number", "310000006", 0},
		{"letters between", number[:6] + "x" + number[6:], 0},
		{"empty", "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := nationalid.Find(tt.text); len(got) != tt.want {
				t.Errorf("Find(%q) found %d numbers, want %d", tt.text, len(got), tt.want)
			}
		})
	}
}

func TestAnyOneChangedDigitMakesANumberInvalid(t *testing.T) {
	number := synthetic(t, "150688")
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.IntRange(0, 10).Draw(t, "at")
		to := byte('0' + rapid.IntRange(0, 9).Draw(t, "to"))
		changed := []byte(number)
		if changed[at] == to {
			t.Skip("unchanged")
		}
		changed[at] = to
		if nationalid.Valid(string(changed)) {
			t.Errorf("%s is taken for valid after changing digit %d of %s", changed, at, number)
		}
	})
}

func FuzzFindNeverFailsAndStaysInsideTheText(f *testing.F) {
	f.Add("010191 12345")
	f.Add("\xff010191\u00a0")
	f.Fuzz(func(t *testing.T, text string) {
		for _, found := range nationalid.Find(text) {
			if found.Start < 0 || found.End > len(text) || found.Start >= found.End {
				t.Errorf("offsets %v outside a text of %d bytes", found, len(text))
			}
		}
	})
}

// synthetic returns a valid number with the day and year of date (ddmmyy) and the month raised by 80.
func synthetic(t *testing.T, date string) string {
	t.Helper()
	raised := date[:2] + string(date[2]+8) + date[3:]
	for serial := range 1000 {
		for check := range 100 {
			number := fmt.Sprintf("%s%03d%02d", raised, serial, check)
			if nationalid.Valid(number) {
				return number
			}
		}
	}
	t.Fatal("no valid number with this date")
	return ""
}
