package casework

import (
	"testing"
	"time"

	"saakorn/services/platform/calendar"
)

func TestTheClockFollowsFromWhatHappenedToIt(t *testing.T) {
	at := func(date string, hour int) time.Time {
		d, err := calendar.Parse(date)
		if err != nil {
			t.Fatal(err)
		}
		return d.At(hour, 0)
	}
	date := func(text string) calendar.Date { return calendar.On(at(text, 12)) }
	event := func(kind ClockKind, when time.Time) ClockEvent { return ClockEvent{Kind: kind, At: when} }
	due := date("2027-05-10")
	tests := []struct {
		name   string
		events []ClockEvent
		now    time.Time
		want   ClockState
	}{
		{"started", []ClockEvent{event(ClockStarted, at("2027-03-01", 10))}, at("2027-03-11", 9),
			ClockState{Due: due, DaysUsed: 10}},
		{"paused while the applicant is asked", []ClockEvent{
			event(ClockStarted, at("2027-03-01", 10)), event(ClockPaused, at("2027-03-05", 10)),
		}, at("2027-03-15", 9), ClockState{Due: date("2027-05-20"), Paused: true, DaysUsed: 4}},
		{"resumed", []ClockEvent{
			event(ClockStarted, at("2027-03-01", 10)), event(ClockPaused, at("2027-03-05", 10)), event(ClockResumed, at("2027-03-12", 10)),
		}, at("2027-03-15", 9), ClockState{Due: date("2027-05-17"), DaysUsed: 7}},
		{"paused over the change to summer time", []ClockEvent{
			event(ClockStarted, at("2027-03-01", 10)), event(ClockPaused, at("2027-03-27", 23)), event(ClockResumed, at("2027-03-29", 1)),
		}, at("2027-03-30", 0), ClockState{Due: date("2027-05-12"), DaysUsed: 27}},
		{"paused and resumed on one day", []ClockEvent{
			event(ClockStarted, at("2027-03-01", 10)), event(ClockPaused, at("2027-03-05", 8)), event(ClockResumed, at("2027-03-05", 15)),
		}, at("2027-03-06", 9), ClockState{Due: due, DaysUsed: 5}},
		{"extended", []ClockEvent{
			event(ClockStarted, at("2027-03-01", 10)), {Kind: ClockExtended, At: at("2027-05-01", 10), Until: date("2027-06-30")},
		}, at("2027-05-02", 9), ClockState{Due: date("2027-06-30"), DaysUsed: 62}},
		{"extended, then paused", []ClockEvent{
			event(ClockStarted, at("2027-03-01", 10)), {Kind: ClockExtended, At: at("2027-05-01", 10), Until: date("2027-06-30")},
			event(ClockPaused, at("2027-05-02", 10)), event(ClockResumed, at("2027-05-05", 10)),
		}, at("2027-05-05", 11), ClockState{Due: date("2027-07-03"), DaysUsed: 62}},
		{"stopped by the decision", []ClockEvent{
			event(ClockStarted, at("2027-03-01", 10)), event(ClockStopped, at("2027-04-01", 10)),
		}, at("2028-01-01", 9), ClockState{Due: due, Stopped: true, DaysUsed: 31}},
		{"breached, and explained", []ClockEvent{
			event(ClockStarted, at("2027-03-01", 10)), event(ClockBreached, at("2027-05-11", 0)), event(ClockExplained, at("2027-05-12", 0)),
		}, at("2027-05-12", 9), ClockState{Due: due, Breached: true, Overdue: true, Explained: true, DaysUsed: 72}},
		{"breached, explained and extended", []ClockEvent{
			event(ClockStarted, at("2027-03-01", 10)), event(ClockBreached, at("2027-05-11", 0)), event(ClockExplained, at("2027-05-12", 0)),
			{Kind: ClockExtended, At: at("2027-05-13", 10), Until: date("2027-06-30")},
		}, at("2027-05-14", 9), ClockState{Due: date("2027-06-30"), Breached: true, Explained: true, DaysUsed: 74}},
		{"breached again after an extension", []ClockEvent{
			event(ClockStarted, at("2027-03-01", 10)), event(ClockBreached, at("2027-05-11", 0)), event(ClockExplained, at("2027-05-12", 0)),
			{Kind: ClockExtended, At: at("2027-05-13", 10), Until: date("2027-05-20")}, event(ClockBreached, at("2027-05-21", 0)),
		}, at("2027-05-21", 9), ClockState{Due: date("2027-05-20"), Breached: true, Overdue: true, DaysUsed: 81}},
		{"extended while it is paused", []ClockEvent{
			event(ClockStarted, at("2027-03-01", 10)), event(ClockPaused, at("2027-03-10", 10)),
			{Kind: ClockExtended, At: at("2027-03-15", 10), Until: date("2027-06-30")}, event(ClockResumed, at("2027-03-20", 10)),
		}, at("2027-03-21", 9), ClockState{Due: date("2027-07-05"), DaysUsed: 10}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := ReadClock(tt.events, due, tt.now); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestOnlyARunningClockCanBeBreached(t *testing.T) {
	due := calendar.Date{Year: 2027, Month: time.May, Day: 10}
	for _, s := range []ClockState{{Due: due, Paused: true}, {Due: due, Stopped: true}, {Due: due, Breached: true, Overdue: true}} {
		if at, ok := s.overdueAt(); ok {
			t.Errorf("%+v is overdue at %s", s, at)
		}
	}
	at, ok := ClockState{Due: due, Breached: true, Explained: true}.overdueAt() // another date, since extended
	if want := time.Date(2027, 5, 11, 0, 0, 0, 0, calendar.Oslo()); !ok || !at.Equal(want) {
		t.Errorf("overdue at %s, want %s", at, want)
	}
}

func TestALateApplicationIsDismissedWithoutAnAssessment(t *testing.T) {
	now := time.Date(2027, 4, 1, 12, 0, 0, 0, time.UTC)
	f := File{Case: Case{Step: Assessing, Late: true, AmountAppliedOre: 100}}
	if err := CheckRecommend(f, published(t, "2027-1"), Dismissed, 0, now); err != nil {
		t.Errorf("a late application cannot be dismissed: %v", err)
	}
	if err := CheckRecommend(f, published(t, "2027-1"), Rejected, 0, now); err == nil {
		t.Error("a late application is rejected on the merits without an assessment")
	}
	f.Late = false
	if err := CheckRecommend(f, published(t, "2027-1"), Dismissed, 0, now); err == nil {
		t.Error("an application in time is dismissed without a reason")
	}
}
