package casework_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework/caseworktest"
	"saakorn/services/installation/installationtest"
	"saakorn/services/platform/calendar"
	"saakorn/services/scheme"
)

// asked returns an application whose applicant has been asked for something after the close.
func asked(t *testing.T, r *caseworktest.Round) (*saakornv1.Application, *saakornv1.DeficiencyNotice) {
	t.Helper()
	a := r.Apply(t, 1)
	r.Drive(t, a.GetId())
	r.Close(t)
	notice, err := ask(t, r, a.GetId())
	must(t, err)
	r.Drive(t, a.GetId())
	return a, notice
}

func ask(t *testing.T, r *caseworktest.Round, id string) (*saakornv1.DeficiencyNotice, error) {
	t.Helper()
	c := r.Case(t, id).GetCase()
	answer, err := saakornv1.NewCompletenessServiceClient(r.API.Connection).SendDeficiencyNotice(
		r.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.SendDeficiencyNoticeRequest{
			RequestId: uuid.NewString(), CaseId: c.GetId(), Etag: c.GetEtag(),
			Items: []*saakornv1.Deficiency{{Field: "theory_of_change.impact", Text: "Skriv hva dere tror endrer seg på lang sikt."}},
		})
	return answer.GetNotice(), err
}

func notices(t *testing.T, r *caseworktest.Round, id string) []*saakornv1.DeficiencyNotice {
	t.Helper()
	answer, err := saakornv1.NewCompletenessServiceClient(r.API.Connection).ListDeficiencyNotices(
		r.API.As(t.Context(), caseworktest.Applicant(1)), &saakornv1.ListDeficiencyNoticesRequest{ApplicationId: id})
	must(t, err)
	return answer.GetNotices()
}

func clock(t *testing.T, r *caseworktest.Round, id string) *saakornv1.GetCaseClockResponse {
	t.Helper()
	answer, err := saakornv1.NewCompletenessServiceClient(r.API.Connection).GetCaseClock(
		r.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.GetCaseClockRequest{CaseId: r.Case(t, id).GetCase().GetId()})
	must(t, err)
	return answer
}

func day(t *testing.T, text string) calendar.Date {
	t.Helper()
	d, err := calendar.Parse(text)
	must(t, err)
	return d
}

func TestAnApplicantWhoIsAskedCompletesTheApplicationAfterTheClose(t *testing.T) {
	r := begin(t)
	a, notice := asked(t, r)
	id := a.GetId()
	step(t, r, id, saakornv1.CaseStep_CASE_STEP_COMPLETION)
	if !slices.Contains(r.Letters(t, id), "DEFICIENCY_NOTICE") {
		t.Errorf("no letter asks for what is missing: %v", r.Letters(t, id))
	}
	if !clock(t, r, id).GetPaused() {
		t.Error("the clock runs while the applicant is asked")
	}
	if _, err := ask(t, r, id); reason(err) != "NOTICE_OPEN" {
		t.Errorf("a second question at the same time: %v", err)
	}
	r.API.MoveClock(t, r.API.Now().AddDate(0, 0, 5))
	a.Etag = current(t, r, id) // being asked is a change that the applicant must have seen
	r.Correct(t, 1, a, func(c *saakornv1.ApplicationContent) { c.TheoryOfChange.Impact = "Færre barn vokser opp i fattigdom." })
	r.Drive(t, id)

	got := notices(t, r, id)[0]
	if got.GetId() != notice.GetId() || got.GetState() != saakornv1.DeficiencyState_DEFICIENCY_STATE_ANSWERED || got.GetAnsweredVersion() != 2 {
		t.Errorf("the notice is %v", got)
	}
	if c := clock(t, r, id); c.GetPaused() || c.GetDaysUsed() > int32(r.API.Now().Sub(a.GetCreatedAt().AsTime()).Hours()/24)-4 {
		t.Errorf("the clock counts the days of the question: %v", c)
	}
	step(t, r, id, saakornv1.CaseStep_CASE_STEP_CLARIFICATION)
}

func TestAnApplicantWhoDoesNotAnswerIsRemindedAndTheCaseGoesOn(t *testing.T) {
	r := begin(t)
	a, notice := asked(t, r)
	id, deadline := a.GetId(), day(t, notice.GetDeadline())
	r.API.MoveClock(t, deadline.AddDays(-4).At(9, 1))
	r.Drive(t, id)
	if !slices.Contains(r.Letters(t, id), "DEFICIENCY_REMINDER") {
		t.Errorf("nobody reminded: %v", r.Letters(t, id))
	}
	r.API.MoveClock(t, deadline.End().Add(time.Minute))
	r.Drive(t, id)
	got := notices(t, r, id)[0]
	if got.GetState() != saakornv1.DeficiencyState_DEFICIENCY_STATE_EXPIRED || got.GetRemindedAt() == nil {
		t.Errorf("the notice is %v", got)
	}
	step(t, r, id, saakornv1.CaseStep_CASE_STEP_CLARIFICATION)
	_, err := r.API.Applications.UpdateApplication(r.API.As(t.Context(), caseworktest.Applicant(1)), &saakornv1.UpdateApplicationRequest{
		RequestId: uuid.NewString(), ApplicationId: id, Etag: current(t, r, id), Content: a.GetContent(),
	})
	wantReason(t, err, "CALL_CLOSED")
}

func current(t *testing.T, r *caseworktest.Round, id string) string {
	t.Helper()
	answer, err := r.API.Applications.GetApplication(r.API.As(t.Context(), caseworktest.Applicant(1)), &saakornv1.GetApplicationRequest{ApplicationId: id})
	must(t, err)
	return answer.GetApplication().GetEtag()
}

func TestACancelledNoticeLetsTheClockRunAgain(t *testing.T) {
	r := begin(t)
	a, notice := asked(t, r)
	c := r.Case(t, a.GetId()).GetCase()
	client := saakornv1.NewCompletenessServiceClient(r.API.Connection)
	cancel := &saakornv1.CancelDeficiencyNoticeRequest{
		RequestId: uuid.NewString(), CaseId: c.GetId(), NoticeId: notice.GetId(), Reason: "Vi fant det i vedlegget.",
	}
	_, err := client.CancelDeficiencyNotice(r.API.As(t.Context(), installationtest.CaseOfficer), cancel)
	must(t, err)
	if clock(t, r, a.GetId()).GetPaused() {
		t.Error("the clock is still paused")
	}
	cancel.RequestId = uuid.NewString()
	_, err = client.CancelDeficiencyNotice(r.API.As(t.Context(), installationtest.CaseOfficer), cancel)
	wantReason(t, err, "NOTICE_NOT_OPEN")
}

func TestAMonthWithoutADecisionBringsAnInterimReply(t *testing.T) {
	r := begin(t)
	id := r.Apply(t, 1).GetId()
	r.Drive(t, id)
	received := calendar.On(r.Case(t, id).GetCase().GetReceivedAt().AsTime())
	due := received.AddMonths(1).At(9, 0)
	r.API.MoveClock(t, due.Add(-time.Minute))
	r.Drive(t, id)
	if slices.Contains(r.Letters(t, id), "INTERIM_REPLY") {
		t.Error("the interim reply came before it was due")
	}
	r.API.MoveClock(t, due)
	r.Drive(t, id)
	r.Drive(t, id)
	replies := 0
	for _, kind := range r.Letters(t, id) {
		if kind == "INTERIM_REPLY" {
			replies++
		}
	}
	if replies != 1 {
		t.Errorf("%d interim replies", replies)
	}
}

func count(list []string, what string) int {
	n := 0
	for _, x := range list {
		if x == what {
			n++
		}
	}
	return n
}

func TestHowLongDecisionsTookIsPublic(t *testing.T) {
	r := begin(t)
	ids := assessedAll(t, r, 3)
	client := saakornv1.NewCompletenessServiceClient(r.API.Connection)
	times := func() *saakornv1.GetDecisionTimesResponse {
		answer, err := client.GetDecisionTimes(t.Context(), &saakornv1.GetDecisionTimesRequest{CallId: r.Call.GetId()}) // nobody signed in
		must(t, err)
		return answer
	}
	if got := times(); got.GetDecisions() != 0 || got.GetMedianDays() != 0 {
		t.Errorf("before anything is decided: %v", got)
	}
	for _, id := range ids {
		r.API.MoveClock(t, r.API.Now().AddDate(0, 0, 10))
		r.Recommend(t, installationtest.CaseOfficer, id, rejected, 0)
		must(t, r.Decide(t.Context(), installationtest.DecisionMaker, r.Case(t, id).GetCase(), rejected, 0))
	}
	if got := times(); got.GetDecisions() != 0 {
		t.Errorf("before the parties know: %v", got)
	}
	for _, id := range ids {
		r.Drive(t, id)
	}
	const open = 21 // the applications came in when the call opened
	if got := times(); got.GetDecisions() != 3 || got.GetMedianDays() != open+20 || got.GetLongestDays() != open+30 || got.GetInTime() != 3 {
		t.Errorf("the figures are %v", got)
	}
	_, err := client.GetDecisionTimes(t.Context(), &saakornv1.GetDecisionTimesRequest{CallId: uuid.NewString()})
	wantReason(t, err, "NOT_FOUND")
}

func TestAPassedDateIsRecordedAndExplainedAndAnExtensionMovesIt(t *testing.T) {
	r := begin(t)
	id := r.Apply(t, 1).GetId()
	r.Drive(t, id)
	c := r.Case(t, id).GetCase()
	client := saakornv1.NewCompletenessServiceClient(r.API.Connection)
	explain := func() error {
		_, err := client.ExplainBreach(r.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.ExplainBreachRequest{
			RequestId: uuid.NewString(), CaseId: c.GetId(), Reason: "Uvanlig mange søknader i år.",
		})
		return err
	}
	wantReason(t, explain(), "NOT_BREACHED")
	first := day(t, clock(t, r, id).GetExpectedDate())
	r.Enter(t, id, installationtest.DecisionMaker)
	_, err := client.ExtendDeadline(r.API.As(t.Context(), installationtest.DecisionMaker), &saakornv1.ExtendDeadlineRequest{
		RequestId: uuid.NewString(), CaseId: c.GetId(), Etag: c.GetEtag(), Until: first.AddDays(10).String(), Reason: "Vi venter på svar fra registrene.",
	})
	must(t, err)
	r.Drive(t, id)
	r.Drive(t, id)
	if n := count(r.Letters(t, id), "DEADLINE_EXTENDED"); n != 1 {
		t.Errorf("the applicant was told %d times of the extension", n)
	}
	letters, err := r.API.Cases.ListLetters(r.API.As(t.Context(), caseworktest.Applicant(1)), &saakornv1.ListLettersRequest{ApplicationId: id})
	must(t, err)
	told := letters.GetLetters()[0]
	for _, want := range []string{scheme.FormatDate(first, "nb"), scheme.FormatDate(first.AddDays(10), "nb"), "Vi venter på svar fra registrene."} {
		if !slices.ContainsFunc(told.GetParts(), func(p *saakornv1.LetterPart) bool { return strings.Contains(p.GetBody(), want) }) {
			t.Errorf("the letter does not say %q: %v", want, told.GetParts())
		}
	}
	progress, err := r.API.Cases.GetProgress(r.API.As(t.Context(), caseworktest.Applicant(1)), &saakornv1.GetProgressRequest{ApplicationId: id})
	must(t, err)
	expected := slices.ContainsFunc(progress.GetSteps(), func(p *saakornv1.ProgressStep) bool {
		return p.GetStep() == saakornv1.CaseStep_CASE_STEP_DECISION && p.GetExpectedDate() == first.AddDays(10).String()
	})
	if !expected {
		t.Errorf("the applicant is shown %v", progress.GetSteps())
	}
	r.API.MoveClock(t, first.End().Add(time.Hour))
	r.Drive(t, id)
	if clock(t, r, id).GetBreached() {
		t.Error("the extended date has not passed, and counts as breached")
	}
	r.API.MoveClock(t, first.AddDays(10).End())
	r.Drive(t, id)
	if !clock(t, r, id).GetBreached() {
		t.Error("the date has passed, and nothing says so")
	}
	must(t, explain())
}

func TestNobodyIsAskedWhileANewerVersionWaitsToBeScreened(t *testing.T) {
	r := begin(t)
	a := r.Apply(t, 1)
	id := a.GetId()
	r.Drive(t, id)
	r.Correct(t, 1, a, func(c *saakornv1.ApplicationContent) { c.TheoryOfChange.Impact = "Færre barn vokser opp i fattigdom." })
	r.Enter(t, id, installationtest.CaseOfficer)
	r.API.Unchanged(t, func() {
		if _, err := ask(t, r, id); reason(err) != "NOT_SCREENED" {
			t.Errorf("asked about a version that has been replaced: %v", err)
		}
	})
	r.Drive(t, id)
	_, err := ask(t, r, id)
	must(t, err)
}

func TestThePartySeesTheDateThatAnExtensionMoved(t *testing.T) {
	r := begin(t)
	id := r.Apply(t, 1).GetId()
	r.Drive(t, id)
	expected := func() string {
		answer, err := r.API.Cases.GetProgress(r.API.As(t.Context(), caseworktest.Applicant(1)), &saakornv1.GetProgressRequest{ApplicationId: id})
		must(t, err)
		for _, s := range answer.GetSteps() {
			if s.GetStep() == saakornv1.CaseStep_CASE_STEP_DECISION {
				return s.GetExpectedDate()
			}
		}
		return ""
	}
	before := day(t, expected())
	c := r.Case(t, id).GetCase()
	until := before.AddDays(30)
	r.Enter(t, id, installationtest.DecisionMaker)
	_, err := saakornv1.NewCompletenessServiceClient(r.API.Connection).ExtendDeadline(r.API.As(t.Context(), installationtest.DecisionMaker), &saakornv1.ExtendDeadlineRequest{
		RequestId: uuid.NewString(), CaseId: c.GetId(), Etag: c.GetEtag(), Until: until.String(), Reason: "Uvanlig mange søknader i år.",
	})
	must(t, err)
	if got := expected(); got != until.String() {
		t.Errorf("the party is told %s, and the date was moved from %s to %s", got, before, until)
	}
	// The interim reply tells the same date.
	r.API.MoveClock(t, calendar.On(c.GetReceivedAt().AsTime()).AddMonths(1).At(9, 0))
	r.Drive(t, id)
	letters, err := r.API.Cases.ListLetters(r.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.ListLettersRequest{ApplicationId: id})
	must(t, err)
	var text strings.Builder
	for _, l := range letters.GetLetters() {
		for _, part := range l.GetParts() {
			if l.GetKind() == "INTERIM_REPLY" {
				text.WriteString(part.GetBody())
			}
		}
	}
	if want := scheme.FormatDate(until, scheme.Bokmal); !strings.Contains(text.String(), want) {
		t.Errorf("the interim reply does not tell %s:\n%s", want, text.String())
	}
}

func TestADateThatHasPassedCanBeMovedAndIsWatchedAnew(t *testing.T) {
	r := begin(t)
	id := r.Apply(t, 1).GetId()
	r.Drive(t, id)
	first := day(t, clock(t, r, id).GetExpectedDate())
	r.API.MoveClock(t, first.End().Add(time.Hour))
	r.Drive(t, id)
	c := r.Case(t, id).GetCase()
	until := first.AddDays(30)
	r.Enter(t, id, installationtest.DecisionMaker)
	_, err := saakornv1.NewCompletenessServiceClient(r.API.Connection).ExtendDeadline(r.API.As(t.Context(), installationtest.DecisionMaker), &saakornv1.ExtendDeadlineRequest{
		RequestId: uuid.NewString(), CaseId: c.GetId(), Etag: c.GetEtag(), Until: until.String(), Reason: "Vi venter på svar fra registrene.",
	})
	must(t, err)
	breaches := func() int64 { return number(t, r, `SELECT count(*) FROM clock_event WHERE kind = 'BREACHED'`) }
	r.API.MoveClock(t, until.End().Add(-time.Minute))
	r.Drive(t, id)
	if n := breaches(); n != 1 {
		t.Errorf("%d breaches while the new date has not passed", n)
	}
	r.API.MoveClock(t, until.End())
	r.Drive(t, id)
	r.Drive(t, id)
	if n := breaches(); n != 2 {
		t.Errorf("%d breaches when the new date has passed too, want 2", n)
	}
}
