package calendar

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func day(t testing.TB, text string) Date {
	t.Helper()
	d, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestInstantHasItsDateInOslo(t *testing.T) {
	tests := []struct {
		name, instant, want string
	}{
		{"winter before midnight", "2026-11-24T22:59:59Z", "2026-11-24"},
		{"winter after midnight", "2026-11-24T23:00:00Z", "2026-11-25"},
		{"summer before midnight", "2026-06-30T21:59:59Z", "2026-06-30"},
		{"summer after midnight", "2026-06-30T22:00:00Z", "2026-07-01"},
		{"new year", "2026-12-31T23:00:00Z", "2027-01-01"},
		{"other zone", "2026-11-24T18:30:00-05:00", "2026-11-25"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			instant, err := time.Parse(time.RFC3339, test.instant)
			if err != nil {
				t.Fatal(err)
			}
			if got := On(instant).String(); got != test.want {
				t.Errorf("On(%s) = %s, want %s", test.instant, got, test.want)
			}
		})
	}
}

func TestParseRefusesWhatIsNoDay(t *testing.T) {
	for _, text := range []string{"", "2026-02-29", "2100-02-29", "2026-13-01", "2026-1-1", "24.11.2026", "2026-11-24T00:00:00Z"} {
		if d, err := Parse(text); err == nil {
			t.Errorf("Parse(%q) = %s, want an error", text, d)
		}
	}
	for _, text := range []string{"2024-02-29", "2000-02-29", "0001-01-01"} {
		if _, err := Parse(text); err != nil {
			t.Errorf("Parse(%q): %v", text, err)
		}
	}
}

func TestDaysWithChangeOfClockHaveTheirOwnLength(t *testing.T) {
	tests := []struct {
		date string
		want time.Duration
	}{
		{"2026-03-28", 24 * time.Hour},
		{"2026-03-29", 23 * time.Hour},
		{"2026-10-25", 25 * time.Hour},
	}
	for _, test := range tests {
		d := day(t, test.date)
		if got := d.End().Sub(d.Start()); got != test.want {
			t.Errorf("%s lasts %v, want %v", test.date, got, test.want)
		}
	}
}

func TestClockTimeIsThatOfOslo(t *testing.T) {
	tests := []struct{ date, want string }{
		{"2026-03-28", "2026-03-28T08:00:00Z"},
		{"2026-03-29", "2026-03-29T07:00:00Z"},
		{"2026-10-25", "2026-10-25T08:00:00Z"},
	}
	for _, test := range tests {
		if got := day(t, test.date).At(9, 0).UTC().Format(time.RFC3339); got != test.want {
			t.Errorf("09:00 on %s is %s, want %s", test.date, got, test.want)
		}
	}
}

func TestAddMonthsStopsAtEndOfMonth(t *testing.T) {
	tests := []struct {
		from   string
		months int
		want   string
	}{
		{"2026-01-31", 1, "2026-02-28"},
		{"2024-01-31", 1, "2024-02-29"},
		{"2026-03-31", -1, "2026-02-28"},
		{"2026-11-30", 3, "2027-02-28"},
		{"2026-11-24", 1, "2026-12-24"},
		{"2026-12-24", 1, "2027-01-24"},
		{"2026-01-15", -1, "2025-12-15"},
		{"2024-02-29", 12, "2025-02-28"},
	}
	for _, test := range tests {
		if got := day(t, test.from).AddMonths(test.months).String(); got != test.want {
			t.Errorf("%s plus %d months = %s, want %s", test.from, test.months, got, test.want)
		}
	}
}

func TestAddDaysCrossesMonthsAndClockChanges(t *testing.T) {
	tests := []struct {
		from string
		days int
		want string
	}{
		{"2026-03-28", 1, "2026-03-29"},
		{"2026-03-29", 1, "2026-03-30"},
		{"2026-10-25", 1, "2026-10-26"},
		{"2024-02-28", 1, "2024-02-29"},
		{"2026-02-28", 1, "2026-03-01"},
		{"2027-01-01", -1, "2026-12-31"},
	}
	for _, test := range tests {
		if got := day(t, test.from).AddDays(test.days).String(); got != test.want {
			t.Errorf("%s plus %d days = %s, want %s", test.from, test.days, got, test.want)
		}
	}
}

func TestDaysUndoesAddDays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := Date{Year: 1970, Month: time.January, Day: 1}.AddDays(rapid.IntRange(0, 60_000).Draw(t, "from"))
		n := rapid.IntRange(-40_000, 40_000).Draw(t, "days")
		to := from.AddDays(n)
		if got := Days(from, to); got != n {
			t.Fatalf("Days(%s, %s) = %d, want %d", from, to, got, n)
		}
		if (n < 0) != to.Before(from) || (n > 0) != to.After(from) {
			t.Fatalf("%s and %s are in the wrong order for %d days", from, to, n)
		}
		if On(to.Start()) != to || On(to.End().Add(-time.Nanosecond)) != to {
			t.Fatalf("%s does not hold its own first and last instants", to)
		}
	})
}

func TestDateTravelsAsText(t *testing.T) {
	type record struct{ From, To Date }
	want := record{From: day(t, "2026-11-24")}
	encoded, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if string(encoded) != `{"From":"2026-11-24","To":""}` {
		t.Errorf("encoded as %s", encoded)
	}
	var got record
	if err := json.Unmarshal(encoded, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("record changed on the way (-want +got):\n%s", diff)
	}
	if err := json.Unmarshal([]byte(`{"From":"2026-02-30"}`), &got); err == nil {
		t.Error("30 February was accepted")
	}
}
