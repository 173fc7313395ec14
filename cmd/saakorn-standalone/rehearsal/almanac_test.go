package rehearsal

import (
	"testing"
	"time"
)

func TestTheAlmanacKnowsWhatTimeItIsInNorway(t *testing.T) {
	for _, test := range []struct{ instant, day string }{
		{"2019-03-31T00:59:59Z", "2019-03-31"},
		{"2019-03-30T22:59:59Z", "2019-03-30"},
		{"2019-03-30T23:00:00Z", "2019-03-31"}, // an hour ahead until the clocks change
		{"2019-03-31T21:59:59Z", "2019-03-31"},
		{"2019-03-31T22:00:00Z", "2019-04-01"}, // two hours ahead from then on
		{"2019-10-26T22:00:00Z", "2019-10-27"},
		{"2019-10-27T22:59:59Z", "2019-10-27"},
		{"2019-10-27T23:00:00Z", "2019-10-28"},
	} {
		instant, err := time.Parse(time.RFC3339, test.instant)
		if err != nil {
			t.Fatal(err)
		}
		if got := civil(instant).Format(time.DateOnly); got != test.day {
			t.Errorf("%s falls on %s, want %s", test.instant, got, test.day)
		}
	}
}

func TestTheAlmanacKnowsWhenADayEnds(t *testing.T) {
	for day, end := range map[string]string{
		"2019-01-15": "2019-01-15T23:00:00Z", "2019-03-30": "2019-03-30T23:00:00Z", "2019-03-31": "2019-03-31T22:00:00Z",
		"2019-07-01": "2019-07-01T22:00:00Z", "2019-10-26": "2019-10-26T22:00:00Z", "2019-10-27": "2019-10-27T23:00:00Z",
	} {
		d, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		if got := after(d).UTC().Format(time.RFC3339); got != end {
			t.Errorf("%s ends at %s, want %s", day, got, end)
		}
		if clockOn(d, 9).Sub(after(d.Add(-hoursPerDay))) > 10*time.Hour {
			t.Errorf("nine o'clock on %s is %s", day, clockOn(d, 9))
		}
	}
}

func TestTheAlmanacMovesToAnOpenDayAndCountsMonths(t *testing.T) {
	parse := func(text string) time.Time {
		d, err := time.Parse(time.DateOnly, text)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for from, want := range map[string]string{
		"2019-04-18": "2019-04-23", "2019-05-01": "2019-05-02", "2019-05-17": "2019-05-20", "2019-03-12": "2019-03-12", "2019-03-16": "2019-03-18",
	} {
		if got := firstOpen(parse(from)).Format(time.DateOnly); got != want {
			t.Errorf("%s moves to %s, want %s", from, got, want)
		}
	}
	for from, want := range map[string]string{"2018-12-15": "2019-01-15", "2019-01-31": "2019-02-28", "2018-12-31": "2019-01-31"} {
		if got := monthsLater(parse(from), 1).Format(time.DateOnly); got != want {
			t.Errorf("a month after %s is %s, want %s", from, got, want)
		}
	}
}
