// Package calendar holds legal dates: days of the Norwegian calendar, as people and statutes count
// them. An instant belongs to the date it has in Europe/Oslo, whatever zone a machine runs in.
package calendar

import (
	"cmp"
	"fmt"
	"sync"
	"time"
	_ "time/tzdata" // the zone must be found in an image without an operating system
)

// layout is the ISO 8601 form of a date.
const layout = "2006-01-02"

// Date is one day of the Gregorian calendar in Europe/Oslo. Dates compare with ==, and the zero
// Date is no day at all.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// oslo reads the zone once: reading it takes longer than everything else that is done with a date.
var oslo = sync.OnceValue(func() *time.Location {
	location, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		// The zone is compiled in with time/tzdata, so this is a broken build. Standard time keeps
		// dates right for all but the hour before midnight in summer.
		return time.FixedZone("CET", int(time.Hour/time.Second))
	}
	return location
})

// Oslo returns the time zone Europe/Oslo.
func Oslo() *time.Location { return oslo() }

// On returns the date that the instant t has in Europe/Oslo.
func On(t time.Time) Date {
	year, month, day := t.In(Oslo()).Date()
	return Date{Year: year, Month: month, Day: day}
}

// Parse reads a date written as 2006-01-02. It refuses days that do not exist, such as 2026-02-29.
func Parse(text string) (Date, error) {
	t, err := time.Parse(layout, text)
	if err != nil {
		return Date{}, fmt.Errorf("parse date %q: want a day written as YYYY-MM-DD", text)
	}
	return civil(t), nil
}

// String writes d as 2006-01-02, and the zero Date as the empty string.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// IsZero tells whether d is no day at all.
func (d Date) IsZero() bool { return d == Date{} }

// Compare is negative when d is before other, zero when they are the same day and positive when d
// is after other.
func (d Date) Compare(other Date) int {
	return cmp.Or(
		cmp.Compare(d.Year, other.Year),
		cmp.Compare(d.Month, other.Month),
		cmp.Compare(d.Day, other.Day),
	)
}

// Before tells whether d is an earlier day than other.
func (d Date) Before(other Date) bool { return d.Compare(other) < 0 }

// After tells whether d is a later day than other.
func (d Date) After(other Date) bool { return d.Compare(other) > 0 }

// AddDays returns the date the given number of days after d, or before it when days is negative.
func (d Date) AddDays(days int) Date { return civil(d.utc().AddDate(0, 0, days)) }

// AddMonths returns the same day the given number of months after d, or the last day of that month
// when the month is too short: one month after 31 January is 28 or 29 February.
func (d Date) AddMonths(months int) Date {
	first := time.Date(d.Year, d.Month+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return Date{Year: first.Year(), Month: first.Month(), Day: min(d.Day, last)}
}

// Start returns the first instant of d in Europe/Oslo.
func (d Date) Start() time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, Oslo())
}

// End returns the first instant of the day after d: the first instant that is too late for
// something that had to be done on d. Days with a change of clock last 23 or 25 hours.
func (d Date) End() time.Time { return d.AddDays(1).Start() }

// At returns the instant at which clocks in Europe/Oslo show the given hour and minute on d.
func (d Date) At(hour, minute int) time.Time {
	return time.Date(d.Year, d.Month, d.Day, hour, minute, 0, 0, Oslo())
}

// Weekday returns the day of the week of d.
func (d Date) Weekday() time.Weekday { return d.utc().Weekday() }

// Days returns the number of days from a to b, negative when b is before a.
func Days(a, b Date) int { return int(b.utc().Sub(a.utc()) / (24 * time.Hour)) }

// MarshalText writes d as [Date.String] does.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads d as [Parse] does; empty text gives the zero Date.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	parsed, err := Parse(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// utc places d in a zone without changes of clock, where days can be counted in hours.
func (d Date) utc() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

func civil(t time.Time) Date {
	year, month, day := t.Date()
	return Date{Year: year, Month: month, Day: day}
}
