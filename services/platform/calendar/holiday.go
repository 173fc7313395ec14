package calendar

import "time"

// daysPerWeek is the length of a week in days.
const daysPerWeek = 7

// Easter returns Easter Sunday of a year in the Gregorian calendar, by the anonymous computus of
// 1876 (the one printed in Meeus, Astronomical Algorithms, ch. 8). Every division is whole.
func Easter(year int) Date {
	golden := year % 19
	century, ofCentury := year/100, year%100
	correction := (century - (century+8)/25 + 1) / 3
	epact := (19*golden + century - century/4 - correction + 15) % 30
	weekday := (32 + 2*(century%4) + 2*(ofCentury/4) - epact - ofCentury%4) % 7
	shift := (golden + 11*epact + 22*weekday) / 451
	n := epact + weekday - 7*shift + 114
	return Date{Year: year, Month: time.Month(n / 31), Day: n%31 + 1}
}

// IsHoliday tells whether d is a public holiday in Norway: the days of helligdagsfredloven § 2,
// and 1 and 17 May, which count as Sundays under lov 26. april 1947 nr. 1 § 1. Ordinary Sundays
// and the eves of holidays are no public holidays here.
func IsHoliday(d Date) bool {
	switch (Date{Month: d.Month, Day: d.Day}) {
	case Date{Month: time.January, Day: 1},
		Date{Month: time.May, Day: 1},
		Date{Month: time.May, Day: 17},
		Date{Month: time.December, Day: 25},
		Date{Month: time.December, Day: 26}:
		return true
	}
	switch Days(Easter(d.Year), d) {
	case -3, -2, 0, 1, // Maundy Thursday to Easter Monday
		39,     // Ascension Day
		49, 50: // Whit Sunday and Whit Monday
		return true
	}
	return false
}

// IsWorkday tells whether d is neither a Saturday, a Sunday nor a public holiday.
func IsWorkday(d Date) bool {
	weekday := d.Weekday()
	return weekday != time.Saturday && weekday != time.Sunday && !IsHoliday(d)
}

// NextWorkday returns d when it is a workday, and otherwise the first workday after it.
func NextWorkday(d Date) Date {
	for !IsWorkday(d) {
		d = d.AddDays(1)
	}
	return d
}

// AfterWeeks returns the last day of a time limit of some weeks that starts on from. The day it
// starts on is not counted, so the limit ends on the same weekday (domstolloven § 148); an end on
// a Saturday, a Sunday or a public holiday moves to the next workday (§ 149).
func AfterWeeks(from Date, weeks int) Date {
	return NextWorkday(from.AddDays(weeks * daysPerWeek))
}
