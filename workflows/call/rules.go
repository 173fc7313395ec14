package call

import (
	"slices"
	"time"

	"saakorn/services/scheme"
)

// Step is what a call needs next.
type Step string

// The steps of a call, in their order.
const (
	StepWait   Step = "WAIT"   // nothing to do before a known moment
	StepOpen   Step = "OPEN"   // record that the call has opened
	StepRemind Step = "REMIND" // remind everybody with a draft of the close
	StepClose  Step = "CLOSE"  // record that the call has closed
	StepMiss   Step = "MISS"   // close the drafts that were never submitted
	StepFinish Step = "FINISH" // nothing more to do, ever
)

// Facts is what the next step depends on.
type Facts struct {
	Call      scheme.Call
	Deadlines scheme.Deadlines
	// Reminded lists the moments for which everybody has been reminded.
	Reminded []time.Time
	// DraftsLeft tells that there are drafts that were never submitted.
	DraftsLeft bool
}

// Next returns what the call needs at now. For StepWait due is when there is something to do, for
// StepRemind it is the moment of the reminder, and otherwise nil.
func Next(f Facts, now time.Time) (step Step, due *time.Time) {
	switch {
	case now.Before(f.Call.OpensAt):
		return StepWait, &f.Call.OpensAt
	case f.Call.OpenedAt == nil:
		return StepOpen, nil
	case now.Before(f.Call.ClosesAt):
		return whileOpen(f, now)
	case f.Call.ClosedAt == nil:
		return StepClose, nil
	}
	// Until then a draft begun in time may still be received as late.
	if last := f.Deadlines.Late.LastChance(f.Call.ClosesAt); now.Before(last) {
		return StepWait, &last
	}
	if f.DraftsLeft {
		return StepMiss, nil
	}
	return StepFinish, nil
}

// whileOpen reminds at each of the scheme's moments. When several have passed while nobody looked,
// the newest one alone is made up for: nobody needs two letters at once, and the older moments stay
// passed over for good.
func whileOpen(f Facts, now time.Time) (Step, *time.Time) {
	next := f.Call.ClosesAt
	var passed *time.Time
	for _, moment := range f.Deadlines.DraftReminders(f.Call.ClosesAt) {
		switch {
		case moment.After(now):
			if moment.Before(next) {
				next = moment
			}
		case moment.After(f.Call.OpensAt): // before the opening there was nobody to remind
			passed = &moment
		}
	}
	if passed != nil && !slices.ContainsFunc(f.Reminded, passed.Equal) {
		return StepRemind, passed
	}
	return StepWait, &next
}
