package casework

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"saakorn/services/platform/calendar"
)

// july returns a day of July 2027.
func july(day int) calendar.Date { return calendar.Date{Year: 2027, Month: time.July, Day: day} }

func away(person, substitute string, first, last int) Absence {
	return Absence{ID: uuid.New(), PersonID: person, SubstituteID: substitute, FirstDay: july(first), LastDay: july(last)}
}

func cancelled(a Absence) Absence {
	a.CancelledAt = at(0)
	return a
}

func TestWhoActsForWhomOnADay(t *testing.T) {
	absences := []Absence{
		away("a", "b", 5, 9), away("b", "c", 8, 12), away("d", "c", 1, 31), cancelled(away("e", "f", 1, 31)),
	}
	for _, test := range []struct {
		day        int
		person     string
		acting     string
		standsInBy []string // for whom the person stands in
	}{
		{4, "a", "a", nil},
		{5, "a", "b", nil},
		{5, "b", "b", []string{"a"}},
		{7, "a", "b", nil},
		{8, "a", "c", nil}, // the substitute is away too
		{8, "b", "c", nil},
		{8, "c", "c", []string{"a", "b", "d"}},
		{9, "a", "c", nil},
		{10, "a", "a", nil},
		{10, "c", "c", []string{"b", "d"}},
		{10, "e", "e", nil}, // cancelled
		{10, "", "", nil},
	} {
		r := RosterOn(july(test.day), absences)
		if got := r.Acting(test.person); got != test.acting {
			t.Errorf("on the %d %q acts for %q, want %q", test.day, got, test.person, test.acting)
		}
		if diff := cmp.Diff(test.standsInBy, r.StandsInFor(test.person)); diff != "" {
			t.Errorf("on the %d %s stands in: %s", test.day, test.person, diff)
		}
	}
	circle := RosterOn(july(1), []Absence{away("a", "b", 1, 1), away("b", "a", 1, 1)})
	if got := circle.Acting("a"); got != "" {
		t.Errorf("in a circle %q acts", got)
	}
}

func TestAbsencesDoNotOverlapNorRunInACircle(t *testing.T) {
	others := []Absence{away("b", "c", 5, 9), away("c", "d", 8, 12), cancelled(away("a", "x", 1, 31)), away("a", "x", 20, 22)}
	long := away("a", "b", 1, 2)
	long.LastDay = july(1).AddMonths(12*farAhead + 1)
	for name, test := range map[string]struct {
		absence Absence
		want    string
	}{
		"fine":                                  {away("a", "b", 1, 4), ""},
		"one day":                               {away("a", "b", 6, 6), ""},
		"began before today":                    {away("a", "b", 1, 3), ""},
		"backwards":                             {away("a", "b", 6, 5), "BEFORE_FIRST_DAY"},
		"over":                                  {away("a", "b", 1, 1), "IN_THE_PAST"},
		"for half a life":                       {long, "TOO_FAR"},
		"oneself":                               {away("a", "a", 6, 7), "SAME_PERSON"},
		"overlapping at the end":                {away("a", "b", 15, 20), "OVERLAPS"},
		"overlapping at the beginning":          {away("a", "b", 22, 25), "OVERLAPS"},
		"right before":                          {away("a", "b", 15, 19), ""},
		"right after":                           {away("a", "b", 23, 25), ""},
		"each other's on the same days":         {away("c", "b", 2, 5), "STANDS_IN_IN_A_CIRCLE"},
		"each other's on other days":            {away("c", "b", 2, 4), ""},
		"in a circle of three on days all have": {away("d", "b", 9, 20), "STANDS_IN_IN_A_CIRCLE"},
		"a circle that no day has":              {away("d", "b", 10, 20), ""},
	} {
		t.Run(name, func(t *testing.T) { wantFault(t, CheckAbsence(test.absence, others, july(2)), test.want) })
	}
}

func TestAnAbsenceIsChangedUntilItIsOver(t *testing.T) {
	before := away("a", "b", 5, 9)
	to := func(first, last int) Absence {
		after := before
		after.FirstDay, after.LastDay = july(first), july(last)
		return after
	}
	for name, test := range map[string]struct {
		before, after Absence
		today         int
		want          string
	}{
		"before it begins":      {before, to(6, 12), 4, ""},
		"longer while it lasts": {before, to(5, 30), 7, ""},
		"another first day":     {before, to(6, 9), 7, "BEGUN"},
		"on its last day":       {before, to(5, 10), 9, ""},
		"when it is over":       {before, to(5, 20), 10, "ABSENCE_OVER"},
		"when it is cancelled":  {cancelled(before), to(5, 20), 7, "ABSENCE_OVER"},
		"into the past":         {before, to(5, 6), 7, "IN_THE_PAST"},
	} {
		t.Run(name, func(t *testing.T) {
			wantFault(t, CheckChangeAbsence(test.before, test.after, []Absence{test.before}, july(test.today)), test.want)
		})
	}
}

func TestWhoIsBackIsThereFromToday(t *testing.T) {
	a := away("a", "b", 5, 9)
	for _, test := range []struct {
		today     int
		last      int
		cancelled bool
		want      string
	}{
		{4, 9, true, ""}, {5, 9, true, ""}, {6, 5, false, ""}, {9, 8, false, ""}, {10, 0, false, "ABSENCE_OVER"},
	} {
		got, err := EndAbsence(a, july(test.today).At(8, 0))
		wantFault(t, err, test.want)
		if err == nil && (got.LastDay != july(test.last) || (got.CancelledAt != nil) != test.cancelled) {
			t.Errorf("on the %d it becomes %+v", test.today, got)
		}
		if err == nil && RosterOn(july(test.today), []Absence{got}).Acting("a") != "a" {
			t.Errorf("on the %d they are still away", test.today)
		}
	}
}

func TestWhatNobodyCanTakeWaitsForSomebodyToBeNamed(t *testing.T) {
	id := uuid.New()
	s := stranded{map[uuid.UUID]bool{id: true}, map[uuid.UUID]bool{id: true}, map[uuid.UUID]bool{id: true}}
	for step, want := range map[Step]NextStep{
		Screening: "as it was", Clarification: NextNameOwner, Assessing: NextNameOwner, Deciding: NextNameOwner,
		Notification: "as it was", AwaitingAppeal: "as it was", Appealing: NextNameAppealOwner, Closed: "as it was",
	} {
		if got := s.step(Case{ID: id, Step: step, NextStep: "as it was"}); got != want {
			t.Errorf("at %s: %s, want %s", step, got, want)
		}
	}
	s.owned = nil
	if got := s.step(Case{ID: id, Step: Assessing, NextStep: NextAwaitAssessments}); got != NextNameAssessors {
		t.Errorf("an assessment that nobody can make: %s", got)
	}
	if got := s.step(Case{ID: uuid.New(), Step: Assessing, NextStep: NextAwaitAssessments}); got != NextAwaitAssessments {
		t.Errorf("another case: %s", got)
	}
}
