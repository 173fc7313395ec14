package casework

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"saakorn/services/platform/calendar"
	"saakorn/services/platform/fault"
)

// Absence is a period in which somebody is away and somebody else stands in for them. Why is not asked.
type Absence struct {
	ID                     uuid.UUID
	Revision               int64
	PersonID, SubstituteID string
	// FirstDay and LastDay are included (Europe/Oslo).
	FirstDay, LastDay calendar.Date
	RegisteredBy      string
	RegisteredAt      time.Time
	CancelledAt       *time.Time
}

// Etag names the revision; it changes with every change of the absence.
func (a Absence) Etag() string { return strconv.FormatInt(a.Revision, 10) }

func (a Absence) overlaps(first, last calendar.Date) bool {
	return a.CancelledAt == nil && !a.FirstDay.After(last) && !a.LastDay.Before(first)
}

// Roster is who is away on one day, and who stands in for them.
type Roster struct {
	away map[string]Absence
}

// RosterOn returns the roster of a day.
func RosterOn(day calendar.Date, absences []Absence) Roster {
	r := Roster{away: map[string]Absence{}}
	for _, a := range absences {
		if a.overlaps(day, day) {
			r.away[a.PersonID] = a
		}
	}
	return r
}

// Absence returns the absence of somebody who is away, and false when the person is there.
func (r Roster) Absence(personID string) (Absence, bool) {
	a, ok := r.away[personID]
	return a, ok
}

// Acting returns who does what the person would do: the person, or when the person is away the
// substitute, or the substitute's own. It is empty when nobody of these is there, which
// [CheckAbsence] keeps from happening.
func (r Roster) Acting(personID string) string {
	for range len(r.away) + 1 {
		a, away := r.away[personID]
		if !away {
			return personID
		}
		personID = a.SubstituteID
	}
	return ""
}

// StandsInFor returns whom the person stands in for, in order.
func (r Roster) StandsInFor(personID string) []string {
	var others []string
	for id := range r.away {
		if id != personID && r.Acting(id) == personID {
			others = append(others, id)
		}
	}
	slices.Sort(others)
	return others
}

// pairs returns those who are away, and beside each who acts for them.
func (r Roster) pairs() (away, acting []string) {
	for id := range r.away {
		if to := r.Acting(id); to != "" {
			away, acting = append(away, id), append(acting, to)
		}
	}
	return away, acting
}

// farAhead is how many years ahead an absence may end: longer is a slip of the pen.
const farAhead = 5

// CheckAbsence says what is wrong with an absence beside the others that are not over. On no day may
// people stand in for each other in a circle, because then nobody would be there.
func CheckAbsence(a Absence, others []Absence, today calendar.Date) error {
	var wrong []fault.Violation
	add := func(field, reason, description string) {
		wrong = append(wrong, fault.Violation{Field: field, Reason: reason, Description: description})
	}
	switch {
	case a.LastDay.Before(a.FirstDay):
		add("last_day", "BEFORE_FIRST_DAY", "choose a last day that is not before the first")
	case a.LastDay.Before(today):
		add("last_day", "IN_THE_PAST", "the absence would be over already: choose a last day from "+today.String()+" on")
	case a.LastDay.After(today.AddMonths(12 * farAhead)):
		add("last_day", "TOO_FAR", fmt.Sprintf("choose a last day within %d years", farAhead))
	}
	if a.SubstituteID == a.PersonID {
		add("substitute_id", "SAME_PERSON", "nobody stands in for themselves: name somebody else")
	}
	if len(wrong) > 0 {
		return fault.NewInvalid(wrong...)
	}
	for _, o := range others {
		if o.ID != a.ID && o.PersonID == a.PersonID && o.overlaps(a.FirstDay, a.LastDay) {
			return fault.Field("first_day", "OVERLAPS", fmt.Sprintf("the person is registered as absent from %s to %s already: change that, or choose other days", o.FirstDay, o.LastDay))
		}
	}
	others = slices.DeleteFunc(slices.Clone(others), func(o Absence) bool { return o.ID == a.ID })
	if leadsTo(a.PersonID, a.SubstituteID, a.FirstDay, a.LastDay, others, len(others)) {
		return fault.Field("substitute_id", "STANDS_IN_IN_A_CIRCLE", "on some of these days the substitute is away too, and whoever stands in for the substitute leads back to this person: name somebody else")
	}
	return nil
}

// leadsTo tells whether on some day from first to last the chain of substitutes from somebody leads to
// the person, over at most so many links.
func leadsTo(personID, from string, first, last calendar.Date, absences []Absence, links int) bool {
	if from == personID {
		return true
	}
	if links == 0 {
		return false
	}
	for _, o := range absences {
		if o.PersonID == from && o.overlaps(first, last) &&
			leadsTo(personID, o.SubstituteID, later(first, o.FirstDay), earlier(last, o.LastDay), absences, links-1) {
			return true
		}
	}
	return false
}

func later(a, b calendar.Date) calendar.Date {
	if a.Before(b) {
		return b
	}
	return a
}

func earlier(a, b calendar.Date) calendar.Date {
	if b.Before(a) {
		return b
	}
	return a
}

// CheckChangeAbsence says whether an absence that stands as before can become after.
func CheckChangeAbsence(before, after Absence, others []Absence, today calendar.Date) error {
	switch {
	case before.CancelledAt != nil || before.LastDay.Before(today):
		return errAbsenceOver()
	case !before.FirstDay.After(today) && after.FirstDay != before.FirstDay:
		return fault.Field("first_day", "BEGUN", "the absence has begun: its first day stays "+before.FirstDay.String())
	}
	return CheckAbsence(after, others, today)
}

func errAbsenceOver() error {
	return fault.NewPrecondition("ABSENCE_OVER", "the absence is over or cancelled: register a new one")
}

// EndAbsence returns the absence as it is when the person is there today after all: one that has begun
// ended yesterday, and one that has not is cancelled.
func EndAbsence(a Absence, now time.Time) (Absence, error) {
	today := calendar.On(now)
	if a.CancelledAt != nil || a.LastDay.Before(today) {
		return a, errAbsenceOver()
	}
	if a.FirstDay.Before(today) {
		a.LastDay = today.AddDays(-1)
		return a, nil
	}
	a.CancelledAt = &now
	return a, nil
}
