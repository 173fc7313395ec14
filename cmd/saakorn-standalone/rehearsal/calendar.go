package rehearsal

import (
	"time"

	"saakorn/services/platform/calendar"
)

// Begins is where the clock of the rehearsal begins: a Thursday morning two weeks before the call opens.
func Begins() time.Time { return day(2018, time.November, 1).At(9, 0) }

// opens and closes are the times of the call. The scheme's sources do not say the real ones.
func opens() time.Time  { return day(2018, time.November, 15).At(9, 0) }
func closes() time.Time { return day(2018, time.December, 15).At(12, 0) }

// writingDays are the mornings on which applicants write; the last one is that of the close.
func writingDays() []time.Time {
	return []time.Time{
		day(2018, time.November, 16).At(9, 0), day(2018, time.November, 21).At(9, 0), day(2018, time.November, 28).At(9, 0),
		day(2018, time.December, 3).At(9, 0), day(2018, time.December, 7).At(9, 0), day(2018, time.December, 11).At(9, 0),
		day(2018, time.December, 13).At(9, 0), day(2018, time.December, 15).At(9, 0),
	}
}

// lateReceived is within the scheme's grace of 48 hours after the close, graceOver is after it.
func lateReceived() time.Time { return day(2018, time.December, 16).At(10, 0) }
func graceOver() time.Time    { return day(2018, time.December, 18).At(9, 0) }

// prepared is when the officers take the cases.
func prepared() time.Time { return day(2019, time.January, 3).At(9, 0) }

// waves is how many weeks of assessments there are. The award that is decided last comes after them.
const waves = 6

// assessed and recommended are the Tuesday and the Thursday of a wave. What was recommended in the
// week before is decided on the Tuesday.
func assessed(wave int) time.Time    { return day(2019, time.January, 8).AddDays(7*wave).At(9, 0) }
func recommended(wave int) time.Time { return day(2019, time.January, 10).AddDays(7*wave).At(9, 0) }

// withdrawnIn is the wave in whose week an applicant withdraws.
const withdrawnIn = 1

func day(year int, month time.Month, d int) calendar.Date {
	return calendar.Date{Year: year, Month: month, Day: d}
}
