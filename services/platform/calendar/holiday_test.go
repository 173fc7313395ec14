package calendar

import "testing"

func TestEaster(t *testing.T) {
	for _, want := range []string{
		"1818-03-22", "1943-04-25", "2000-04-23", "2008-03-23", "2011-04-24", "2019-04-21", "2024-03-31",
		"2025-04-20", "2026-04-05", "2027-03-28", "2028-04-16", "2038-04-25", "2049-04-18", "2285-03-22",
	} {
		if got := Easter(day(t, want).Year).String(); got != want {
			t.Errorf("Easter is %s, want %s", got, want)
		}
	}
}

func TestPublicHolidaysOfAYear(t *testing.T) {
	tests := []struct {
		year int
		want []string
	}{
		{2026, []string{
			"2026-01-01", "2026-04-02", "2026-04-03", "2026-04-05", "2026-04-06", "2026-05-01",
			"2026-05-14", "2026-05-17", "2026-05-24", "2026-05-25", "2026-12-25", "2026-12-26",
		}},
		// Ascension Day fell on 1 May in 2008, so that year had one holiday fewer.
		{2008, []string{
			"2008-01-01", "2008-03-20", "2008-03-21", "2008-03-23", "2008-03-24", "2008-05-01",
			"2008-05-11", "2008-05-12", "2008-05-17", "2008-12-25", "2008-12-26",
		}},
	}
	for _, test := range tests {
		var got []string
		for d := (Date{Year: test.year, Month: 1, Day: 1}); d.Year == test.year; d = d.AddDays(1) {
			if IsHoliday(d) {
				got = append(got, d.String())
			}
		}
		if len(got) != len(test.want) {
			t.Fatalf("holidays of %d: %v, want %v", test.year, got, test.want)
		}
		for i := range got {
			if got[i] != test.want[i] {
				t.Errorf("holiday %d of %d is %s, want %s", i, test.year, got[i], test.want[i])
			}
		}
	}
}

func TestWorkdays(t *testing.T) {
	tests := []struct {
		date string
		want bool
	}{
		{"2026-11-24", true},
		{"2026-11-28", false}, // Saturday
		{"2026-11-29", false}, // Sunday
		{"2027-05-17", false}, // Monday, Constitution Day
		{"2026-12-24", true},  // Christmas Eve is an ordinary workday in law
		{"2026-12-25", false},
	}
	for _, test := range tests {
		if got := IsWorkday(day(t, test.date)); got != test.want {
			t.Errorf("IsWorkday(%s) = %v, want %v", test.date, got, test.want)
		}
	}
}

func TestLimitInWeeksEndsOnAWorkday(t *testing.T) {
	tests := []struct {
		name, from string
		weeks      int
		want       string
	}{
		{"same weekday", "2026-11-24", 3, "2026-12-15"},
		{"ends on Saturday", "2026-11-07", 3, "2026-11-30"},
		{"ends on Sunday", "2026-11-08", 3, "2026-11-30"},
		{"ends on 17 May, a Monday", "2027-04-26", 3, "2027-05-18"},
		{"ends on 17 May, a Sunday", "2026-04-26", 3, "2026-05-18"},
		{"ends on Christmas Day, a Friday", "2026-12-04", 3, "2026-12-28"},
		{"ends on Christmas Eve", "2026-12-03", 3, "2026-12-24"},
		{"ends on Maundy Thursday", "2026-03-12", 3, "2026-04-07"},
		{"ends on Whit Monday", "2026-05-04", 3, "2026-05-26"},
		{"ends on Ascension Day", "2026-04-23", 3, "2026-05-15"},
		{"across the change of clock", "2026-03-24", 3, "2026-04-14"},
		{"six weeks", "2026-11-24", 6, "2027-01-05"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := AfterWeeks(day(t, test.from), test.weeks).String(); got != test.want {
				t.Errorf("AfterWeeks(%s, %d) = %s, want %s", test.from, test.weeks, got, test.want)
			}
		})
	}
}
