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

// answeredOn is when an applicant completes what was asked for: at once, or when reminded. The answer
// is due on 17 January.
func answeredOn(a asked) time.Time {
	if a == answersAtOnce {
		return assessed(0)
	}
	return assessed(1)
}

// clearedIn is the first week in which a case can be assessed whose applicant was asked.
func clearedIn(a asked) int {
	switch a {
	case answersAtOnce:
		return 1
	case answersReminded, neverAnswers:
		return 2
	default:
		return 0
	}
}

// cleared is when the officer goes on with a case whose applicant was asked.
func cleared(a asked) time.Time {
	switch a {
	case answersAtOnce:
		return recommended(0)
	case answersReminded:
		return recommended(1)
	default:
		return assessed(2)
	}
}

// fallsAway is when an officer falls away and the cases are handed over.
func fallsAway() time.Time { return assessed(3) }

// extendedOn is when dates for decisions are moved that would pass; extendedTo is where they are moved.
func extendedOn() time.Time     { return recommended(4) }
func extendedTo() calendar.Date { return day(2019, time.March, 15) }

// draggedUntil is when the cases that drag on are decided. Their appeal periods run over the change
// to summer time on 31 March, and would end on Maundy Thursday and on 1 May.
func draggedUntil() []time.Time {
	return []time.Time{day(2019, time.March, 28).At(9, 0), day(2019, time.April, 10).At(9, 0)}
}

// lastAppealed is the last week whose decisions are appealed.
const lastAppealed = 6

// appealedOn is when a decision of the week is appealed: two weeks after it, or three days too late.
func appealedOn(week int, s sequel) time.Time {
	if s == lateAppeal {
		return calendar.On(assessed(week)).AddDays(24).At(9, 0)
	}
	return assessed(week + 2)
}

// Appeals are prepared and decided when everything else has been, so that what is left of the frame
// is known. The appeal body takes its time.
func reversedOn() time.Time        { return assessed(9) }
func appealsPrepared() time.Time   { return assessed(10) }
func appealsDecided() time.Time    { return recommended(10) }
func appealBodyDecided() time.Time { return day(2019, time.May, 14).At(9, 0) }

// roundOver is when the last appeal period of the first round has run out, and what was awarded goes on.
func roundOver() time.Time { return day(2019, time.June, 28).At(12, 0) }
