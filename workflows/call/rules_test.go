package call

import (
	"testing"
	"time"

	"saakorn/services/platform/calendar"
	"saakorn/services/scheme"
)

// at reads a time of day in Oslo, for example "2027-03-01 09:00".
func at(t *testing.T, text string) time.Time {
	t.Helper()
	moment, err := time.ParseInLocation("2006-01-02 15:04", text, calendar.Oslo())
	if err != nil {
		t.Fatal(err)
	}
	return moment
}

// A call from 1 February to 1 March at noon: reminders on 15, 22 and 28 February at 09:00.
func TestNextStepOfACall(t *testing.T) {
	tests := []struct {
		name     string
		now      string
		opened   bool
		closed   bool
		reminded []string
		drafts   bool
		refuse   bool
		step     Step
		due      string
	}{
		{name: "waits for the opening", now: "2027-01-20 10:00", step: StepWait, due: "2027-02-01 09:00"},
		{name: "opens at the opening", now: "2027-02-01 09:00", step: StepOpen},
		{name: "opens late when the engine was away", now: "2027-02-03 09:00", step: StepOpen},
		{name: "opens even when the close has passed", now: "2027-04-01 09:00", step: StepOpen},
		{name: "waits for the first reminder", now: "2027-02-01 09:01", opened: true, step: StepWait, due: "2027-02-15 09:00"},
		{name: "reminds at the moment", now: "2027-02-15 09:00", opened: true, step: StepRemind, due: "2027-02-15 09:00"},
		{name: "reminds later the same day", now: "2027-02-15 17:00", opened: true, step: StepRemind, due: "2027-02-15 09:00"},
		{
			name: "waits for the next reminder", now: "2027-02-15 09:01", opened: true,
			reminded: []string{"2027-02-15 09:00"}, step: StepWait, due: "2027-02-22 09:00",
		},
		{
			name: "makes up for the newest of several passed moments", now: "2027-02-26 10:00", opened: true,
			step: StepRemind, due: "2027-02-22 09:00",
		},
		{
			name: "leaves older passed moments", now: "2027-02-26 10:00", opened: true,
			reminded: []string{"2027-02-22 09:00"}, step: StepWait, due: "2027-02-28 09:00",
		},
		{
			name: "waits for the close after the last reminder", now: "2027-02-28 09:01", opened: true,
			reminded: []string{"2027-02-28 09:00"}, step: StepWait, due: "2027-03-01 12:00",
		},
		{name: "sends no reminder after the close", now: "2027-03-01 12:00", opened: true, step: StepClose},
		{
			name: "gives grace to drafts begun in time", now: "2027-03-01 12:01", opened: true, closed: true, drafts: true,
			step: StepWait, due: "2027-03-03 12:00",
		},
		{name: "closes drafts when the grace is over", now: "2027-03-03 12:00", opened: true, closed: true, drafts: true, step: StepMiss},
		{name: "closes drafts at once without grace", now: "2027-03-01 12:00", opened: true, closed: true, drafts: true, refuse: true, step: StepMiss},
		{name: "is over when no drafts are left", now: "2027-03-03 12:00", opened: true, closed: true, step: StepFinish},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := Facts{
				Call: scheme.Call{OpensAt: at(t, "2027-02-01 09:00"), ClosesAt: at(t, "2027-03-01 12:00")},
				Deadlines: scheme.Deadlines{
					DraftReminderDays: []int{14, 7, 1}, Late: scheme.LateRule{Policy: scheme.LateReceive, GraceHours: 48},
				},
				DraftsLeft: test.drafts,
			}
			if test.refuse {
				f.Deadlines.Late = scheme.LateRule{Policy: scheme.LateRefuse}
			}
			if test.opened {
				f.Call.OpenedAt = &f.Call.OpensAt
			}
			if test.closed {
				f.Call.ClosedAt = &f.Call.ClosesAt
			}
			for _, moment := range test.reminded {
				f.Reminded = append(f.Reminded, at(t, moment).UTC())
			}
			step, due := Next(f, at(t, test.now))
			if step != test.step {
				t.Fatalf("step %s, want %s", step, test.step)
			}
			if (due == nil) != (test.due == "") || due != nil && !due.Equal(at(t, test.due)) {
				t.Errorf("due %v, want %s", due, test.due)
			}
		})
	}
}

func TestReminderMomentsBeforeTheOpeningArePassedOver(t *testing.T) {
	opened := at(t, "2027-02-25 09:00")
	f := Facts{
		Call:      scheme.Call{OpensAt: opened, ClosesAt: at(t, "2027-03-01 12:00"), OpenedAt: &opened},
		Deadlines: scheme.Deadlines{DraftReminderDays: []int{14, 7, 1}},
	}
	step, due := Next(f, at(t, "2027-02-25 09:01"))
	if want := at(t, "2027-02-28 09:00"); step != StepWait || !due.Equal(want) {
		t.Errorf("%s until %v, want %s until %v", step, due, StepWait, want)
	}
}

func TestExtendedCallRemindsOfItsNewClose(t *testing.T) {
	opened := at(t, "2027-02-01 09:00")
	f := Facts{
		Call:      scheme.Call{OpensAt: opened, ClosesAt: at(t, "2027-03-02 12:00"), OpenedAt: &opened},
		Deadlines: scheme.Deadlines{DraftReminderDays: []int{1}},
		Reminded:  []time.Time{at(t, "2027-02-28 09:00")},
	}
	step, due := Next(f, at(t, "2027-03-01 10:00"))
	if want := at(t, "2027-03-01 09:00"); step != StepRemind || !due.Equal(want) {
		t.Errorf("%s for %v, want %s for %v", step, due, StepRemind, want)
	}
}
