package rehearsal

import "time"

// The invariants judge dates by an almanac of their own, which shares nothing with the code that they
// judge: summer time by the rule of the directive, and holidays as they stand in a printed calendar.
// A civil day is midnight UTC of its date.

// hoursPerDay is the length of a civil day.
const hoursPerDay = 24 * time.Hour

// offset returns how far Norwegian clocks are ahead of UTC: two hours from 01:00 UTC on the last
// Sunday of March to 01:00 UTC on the last Sunday of October (directive 2000/84/EC), otherwise one.
func offset(t time.Time) time.Duration {
	year := t.UTC().Year()
	if t.Before(lastSunday(year, time.March)) || !t.Before(lastSunday(year, time.October)) {
		return time.Hour
	}
	return 2 * time.Hour
}

// lastSunday returns 01:00 UTC on the last Sunday of a month with 31 days.
func lastSunday(year int, month time.Month) time.Time {
	last := time.Date(year, month, 31, 1, 0, 0, 0, time.UTC)
	return last.AddDate(0, 0, -int(last.Weekday()))
}

// civil returns the civil day on which the moment falls in Norway.
func civil(t time.Time) time.Time {
	y, m, d := t.UTC().Add(offset(t)).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// clockOn returns the moment at which Norwegian clocks show the hour on the civil day.
func clockOn(day time.Time, hour int) time.Time {
	t := day.Add(time.Duration(hour) * time.Hour)
	return t.Add(-offset(t.Add(-time.Hour)))
}

// after returns the first moment after the civil day.
func after(day time.Time) time.Time { return clockOn(day.Add(hoursPerDay), 0) }

// daysBetween counts civil days.
func daysBetween(from, to time.Time) int { return int(to.Sub(from) / hoursPerDay) }

// monthsLater returns the same day so many months later, or the last day of a month that is shorter.
func monthsLater(day time.Time, months int) time.Time {
	same := day.AddDate(0, months, 0)
	if same.Day() != day.Day() {
		same = same.AddDate(0, 0, -same.Day())
	}
	return same
}

// holidays are the days of a calendar of 2019, and those around it, on which offices are closed.
// Sundays are left out.
func holidays() map[string]bool {
	return map[string]bool{
		"2018-12-25": true, "2018-12-26": true,
		"2019-01-01": true,                                         // New Year's Day
		"2019-04-18": true, "2019-04-19": true, "2019-04-22": true, // Maundy Thursday, Good Friday, Easter Monday
		"2019-05-01": true, "2019-05-17": true, "2019-05-30": true, // Ascension Day
		"2019-06-10": true, // Whit Monday
		"2019-12-25": true, "2019-12-26": true,
		"2020-01-01": true,
	}
}

// open tells whether offices are open on the civil day.
func open(day time.Time) bool {
	weekday := day.Weekday()
	return weekday != time.Saturday && weekday != time.Sunday && !holidays()[day.Format(time.DateOnly)]
}

// firstOpen returns the civil day, or the first open one after it.
func firstOpen(day time.Time) time.Time {
	for !open(day) {
		day = day.Add(hoursPerDay)
	}
	return day
}
