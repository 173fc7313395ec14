package casework

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"saakorn/services/platform/audit"
	"saakorn/services/platform/calendar"
)

func assessorsOf(assessments []Assessment) []string {
	var ids []string
	for _, a := range assessments {
		ids = append(ids, a.AssessorID)
	}
	return ids
}

func TestAssessmentsAreHiddenUntilOnesOwnIsSubmitted(t *testing.T) {
	for name, test := range map[string]struct {
		file   File
		person string
		want   []string
	}{
		"an assessor who has not submitted sees their own": {screened(Met).withAssessors(false, true, true), "assessor-1", []string{"assessor-1"}},
		"one who has sees what others have submitted":      {screened(Met).withAssessors(true, true, false), "assessor-1", []string{"assessor-1", "assessor-2"}},
		"an officer sees what has been submitted":          {screened(Met).withAssessors(false, true, false), "case-officer-1", []string{"assessor-2"}},
		"nobody is told before anything is submitted":      {screened(Met).withAssessors(false, false), "case-officer-1", nil},
		"a decision opens what was submitted":              {decided(screened(NotMet).withAssessors(false, true)), "assessor-1", []string{"assessor-1", "assessor-2"}},
		"and still not what was not":                       {decided(screened(NotMet).withAssessors(true, false)), "assessor-1", []string{"assessor-1"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, assessorsOf(visibleAssessments(test.file, test.person))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEventsDoNotTellWhatAssessmentsHide(t *testing.T) {
	sealed := screened(Met).withAssessors(false, true)
	for _, test := range []struct {
		action, actor string
		file          File
		want          bool
	}{
		{"ASSESSMENT_SAVED", "assessor-2", sealed, true},
		{"ASSESSMENT_SUBMITTED", "assessor-2", sealed, true},
		{"RECOMMENDED", "case-officer-1", sealed, true},
		{"RECOMMENDATION_RETURNED", "decision-maker-1", sealed, true},
		{"ASSESSMENT_SAVED", "assessor-1", sealed, false},
		{"CASE_SCREENED", "system", sealed, false},
		{"ASSESSMENT_SUBMITTED", "assessor-2", screened(Met).withAssessors(true, true), false},
		{"ASSESSMENT_SAVED", "assessor-2", screened(Met).withAssessors(true, true), true}, // a draft is nobody else's
		{"ASSESSMENT_SAVED", "assessor-2", decided(screened(Met).withAssessors(true, true)), true},
	} {
		e := audit.Event{Action: test.action, ActorID: test.actor}
		if got := hidden(e, test.file, "assessor-1"); got != test.want {
			t.Errorf("%s by %s: hidden is %v", test.action, test.actor, got)
		}
	}
}

func TestProgressShowsWhatIsDoneAndWhatIsExpected(t *testing.T) {
	due := calendar.Date{Year: 2027, Month: time.April, Day: 30}
	appeal := calendar.Date{Year: 2027, Month: time.March, Day: 22}
	told := notified(decided(screened(Met).recommended(Rejected, 0)))
	told.AppealDeadline = appeal
	for name, test := range map[string]struct {
		file File
		want []string
	}{
		"being assessed": {screened(Met).inStep(Assessing), []string{
			"SCREENING done", "CLARIFICATION", "ASSESSMENT now", "RECOMMENDATION", "DECISION by 2027-04-30",
			"NOTIFICATION", "APPEAL_PERIOD", "CLOSED"}},
		"notified": {told.inStep(AwaitingAppeal), []string{
			"SCREENING done", "CLARIFICATION", "ASSESSMENT", "RECOMMENDATION", "DECISION done",
			"NOTIFICATION done", "APPEAL_PERIOD now by 2027-03-22", "CLOSED"}},
		"closed": {closed(told).inStep(Closed), []string{
			"SCREENING done", "CLARIFICATION", "ASSESSMENT", "RECOMMENDATION", "DECISION done",
			"NOTIFICATION done", "APPEAL_PERIOD", "CLOSED done"}},
		"asked for what is missing": {screened(Met).inStep(Completing), []string{
			"SCREENING done", "CLARIFICATION", "COMPLETION now", "ASSESSMENT", "RECOMMENDATION", "DECISION by 2027-04-30",
			"NOTIFICATION", "APPEAL_PERIOD", "CLOSED"}},
		"clarified again after a correction": {screened("").recommended(Rejected, 0).inStep(Clarification), []string{
			"SCREENING done", "CLARIFICATION now", "ASSESSMENT", "RECOMMENDATION", "DECISION by 2027-04-30",
			"NOTIFICATION", "APPEAL_PERIOD", "CLOSED"}},
		"withdrawn, and the letter on its way": {withdrawn(screened(Met)).inStep(Closed), []string{
			"SCREENING done", "CLARIFICATION", "ASSESSMENT", "RECOMMENDATION", "DECISION",
			"NOTIFICATION", "APPEAL_PERIOD", "CLOSED now"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, p := range test.file.progress(due) {
				line := strings.TrimPrefix(p.GetStep().String(), stepPrefix)
				if p.GetCompletedAt() != nil {
					line += " done"
				}
				if p.GetCurrent() {
					line += " now"
				}
				if p.GetExpectedDate() != "" {
					line += " by " + p.GetExpectedDate()
				}
				got = append(got, line)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
