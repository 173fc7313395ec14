package casework

import (
	"testing"
	"time"

	"saakorn/services/platform/calendar"
	"saakorn/services/scheme"
)

func TestNextTaskFollowsFromTheFacts(t *testing.T) {
	fresh, checked := Case{}, Case{ScreenedVersion: 2}
	approved, dismissed := Case{ScreenedVersion: 1, DecidedAt: at(1), Outcome: Approved}, Case{ScreenedVersion: 1, DecidedAt: at(1), Outcome: Dismissed}
	deadline := calendar.Date{Year: 2027, Month: time.March, Day: 1} // it ends at 23:00 UTC
	told := Case{ScreenedVersion: 1, DecidedAt: at(1), Outcome: Rejected, NotifiedAt: at(2), AppealDeadline: deadline}
	over := told
	over.AppealDeadline = deadline.AddDays(-1)
	ended, given := told, Case{WithdrawnAt: at(1)}
	ended.ClosedAt = at(3)
	sent := func(keys ...scheme.LetterKey) map[scheme.LetterKey]bool {
		letters := map[scheme.LetterKey]bool{}
		for _, key := range keys {
			letters[key] = true
		}
		return letters
	}
	receipt, past := sent(scheme.LetterReceipt), noon().Add(-time.Minute)
	for name, test := range map[string]struct {
		facts Facts
		want  Task
	}{
		"there is no case":                      {Facts{Version: 1}, TaskOpen},
		"withdrawn before there was a case":     {Facts{Version: 1, Withdrawn: true}, TaskOpen},
		"the case is open":                      {Facts{Case: &fresh, Version: 1}, TaskConfirmReceipt},
		"the receipt is written but not sent":   {Facts{Case: &fresh, Version: 1, Sent: map[scheme.LetterKey]bool{scheme.LetterReceipt: false}}, TaskConfirmReceipt},
		"the receipt is sent":                   {Facts{Case: &fresh, Version: 1, Sent: receipt}, TaskScreen},
		"the newest version is screened":        {Facts{Case: &checked, Version: 2, Sent: receipt}, TaskAwaitPeople},
		"a correction came in":                  {Facts{Case: &checked, Version: 3, Sent: receipt}, TaskScreen},
		"decided":                               {Facts{Case: &approved, Version: 1, Sent: receipt}, TaskNotify},
		"decided before a correction was seen":  {Facts{Case: &approved, Version: 2, Sent: receipt}, TaskNotify},
		"another decision's letter is sent":     {Facts{Case: &dismissed, Version: 1, Sent: sent(scheme.LetterReceipt, scheme.LetterApproved)}, TaskNotify},
		"the decision letter is sent":           {Facts{Case: &approved, Version: 1, Sent: sent(scheme.LetterReceipt, scheme.LetterApproved)}, TaskStartAppeal},
		"the party has been told":               {Facts{Case: &told, Version: 1, Sent: receipt}, TaskAwaitAppeal},
		"the appeal period is over":             {Facts{Case: &over, Version: 1, Sent: receipt}, TaskClose},
		"everything is done":                    {Facts{Case: &ended, Version: 1}, TaskNone},
		"withdrawn":                             {Facts{Case: &fresh, Version: 1, Withdrawn: true}, TaskRecordWithdrawal},
		"withdrawn while it waited for people":  {Facts{Case: &checked, Version: 2, Withdrawn: true, Sent: receipt}, TaskRecordWithdrawal},
		"the withdrawal is recorded":            {Facts{Case: &given, Version: 1, Withdrawn: true}, TaskConfirmWithdraw},
		"the withdrawal is confirmed by letter": {Facts{Case: &given, Version: 1, Withdrawn: true, Sent: sent(scheme.LetterWithdrawalReceived)}, TaskClose},
		"one of two parties has been told":      {Facts{Case: &approved, Version: 1, Sent: receipt, Unrecorded: true}, TaskStartAppeal},
		"a new decision after an appeal":        {Facts{Case: &told, Version: 1, Sent: receipt, Unrecorded: true, Pending: true}, TaskStartAppeal},
		"an officer has written":                {Facts{Case: &checked, Version: 2, Sent: receipt, Pending: true}, TaskSendPending},
		"an officer has written afterwards":     {Facts{Case: &ended, Version: 1, Pending: true}, TaskSendPending},
		"roles are to be checked again":         {Facts{Case: &checked, Version: 2, Sent: receipt, RolesDue: &past}, TaskCheckRoles},
		"and while an appeal is considered":     {Facts{Case: &told, Version: 1, Sent: receipt, Appealed: true, RolesDue: &past}, TaskCheckRoles},
	} {
		t.Run(name, func(t *testing.T) {
			task, due := Next(test.facts, noon())
			if task != test.want {
				t.Errorf("the task is %s, want %s", task, test.want)
			}
			if (due != nil) != (task == TaskAwaitAppeal) {
				t.Errorf("with the task %s something is due at %v", task, due)
			}
		})
	}
}

func TestAppealPeriodEndsWithItsLastDayInNorway(t *testing.T) {
	c := Case{DecidedAt: at(1), NotifiedAt: at(2), AppealDeadline: calendar.Date{Year: 2027, Month: time.July, Day: 1}}
	facts := Facts{Case: &c, Version: 1, Sent: map[scheme.LetterKey]bool{scheme.LetterReceipt: true}}
	midnight := time.Date(2027, time.July, 1, 22, 0, 0, 0, time.UTC) // summer time
	if task, due := Next(facts, midnight.Add(-1)); task != TaskAwaitAppeal || !due.Equal(midnight) {
		t.Errorf("just before midnight: %s until %v", task, due)
	}
	if task, _ := Next(facts, midnight); task != TaskClose {
		t.Errorf("at midnight: %s", task)
	}
}

func TestEveryDecisionHasItsLetter(t *testing.T) {
	letters := map[scheme.LetterKey]bool{}
	for _, outcome := range []Outcome{Approved, PartiallyApproved, Rejected, Dismissed} {
		letters[decisionLetter(outcome)] = true
	}
	if len(letters) != 4 {
		t.Errorf("four outcomes share %d letters", len(letters))
	}
}
