package installation_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/installation/installationtest"
	"saakorn/services/platform/calendar"
	"saakorn/services/reporting/reportingtest"
)

// The same complaints where they concern what follows upon the award: money, reports and following up.
//
//	a report can only be fetched by whoever logged in first    TestAReportIsFinishedByWhoeverTakesOver
//	no organisation, teams share a login                       TestAReportIsFinishedByWhoeverTakesOver,
//	                                                           reporting.TestSeveralPeopleWriteWithoutOverwritingEachOther
//	an extension cannot move a date that has passed            TestADateOfAReportThatHasPassedIsMovedAndTheReportIsInTime,
//	                                                           grant.TestMoreTimeIsAskedForRecommendedAndDecidedByTwo
//	the date of an overdue report keeps moving                 TestAReportGoesOverdueHoweverOftenItIsSaved,
//	                                                           reporting.TestTimelinessIsThatOfTheFirstSubmission
//	a fixed frequency does not fit irregular milestones        reporting.TestOfficerAsksForAnExtraReportAndADecisionMakerWaivesIt,
//	                                                           reporting.TestDueDateIsAFactWithHistoryAndEveryClockFollows
//	figures are kept in spreadsheets beside the system         insight.TestThePortfolioSaysWhoIsInWhichYear,
//	                                                           insight.TestTheOutlookSaysWhatTheFramesWillBear,
//	                                                           insight.TestTimelinesHoldEveryYearWithItsReasons
//	workflows are hard-coded                                   payment.TestThePlanFollowsTheSchemeAndTheProcedureEnds,
//	                                                           reporting.TestAwardGetsTheReportsOfItsCalendarOnce
//	amendments through a comment field                         grant.TestMoneyMovesBetweenLinesAndTheAmountStays,
//	                                                           grant.TestANewContactIsDecidedByTheOfficerAndIsWrittenTo
//	no autosave; an empty form shows success                   TestAnyPartOfAReportIsSavedAndEverythingMissingIsToldAtOnce
//	reviewers see each other's outcomes                        followup.TestBothSidesAssessWithoutSeeingTheOther
//	staff cannot act while waiting for an answer               reporting.TestMovesAreLegalAtTheirStatesOnly,
//	                                                           payment.TestAReportThatIsAskedForNoMoreHoldsNothing,
//	                                                           grant.TestAnAwardThatIsStoppedBeforeItsReportsArePlannedIsClosed
//	slow lists, crashes at a few thousand                      payment.TestAmongMuchMoneyNoQuestionReadsMoreThanItsAnswer,
//	                                                           grant.TestAmongManyLifecyclesNoListReadsMoreThanItsAnswer,
//	                                                           followup.TestAmongManyFollowedNoQuestionReadsMoreThanItsAnswer,
//	                                                           reporting.TestListsOfManyReportsUseTheirIndexes,
//	                                                           insight.TestAmongManyLifecyclesNoQuestionReadsMoreThanItsAnswer
//	no state for a missed deadline                             TestAReportGoesOverdueHoweverOftenItIsSaved,
//	                                                           grant.TestAnOfferIsRemindedOfAndLapsesAndIsReleasedByAPerson
//	stuck on "in progress", results lost on reload             payment.TestOneOrderGoesOutWhateverCrashes,
//	                                                           payment.TestASilentBankIsCalled
//	approval fields lost, assessment bypassed                  payment.TestThreePeopleAreBehindAPayment,
//	                                                           reporting.TestDatabaseRefusesOnePairOfEyes,
//	                                                           grant.TestTheDatabaseRefusesToLetOnePersonProposeAndDecide
//	documentation out of proportion to the grant               reporting.TestEverythingMissingIsNamedAtOnce,
//	                                                           scheme.TestAnInstalmentWaitsForNoStatementThatIsNeverAskedFor

// A complaint is answered by a test only as long as there is one.
func TestEveryComplaintIsAnsweredByATestThatExists(t *testing.T) {
	named := regexp.MustCompile(`(?:(\w+)\.)?(Test[A-Z]\w+)`)
	answers := 0
	for _, file := range []string{"complaints_test.go", "complaints_award_test.go"} {
		source, err := os.ReadFile(file)
		must(t, err)
		for line := range strings.Lines(string(source)) {
			if !strings.HasPrefix(line, "//\t") {
				continue
			}
			for _, found := range named.FindAllStringSubmatch(line, -1) {
				answers++
				wantTest(t, found[1], found[2])
			}
		}
	}
	if answers < 50 {
		t.Errorf("only %d tests are named", answers)
	}
}

// wantTest demands that the context has the test; an empty one is this package.
func wantTest(t *testing.T, context, name string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", context, "*_test.go"))
	if context == "" {
		files, err = filepath.Glob("*_test.go")
	}
	must(t, err)
	there := slices.ContainsFunc(files, func(file string) bool {
		source, err := os.ReadFile(file)
		must(t, err)
		return strings.Contains(string(source), "func "+name+"(t *testing.T)")
	})
	if !there {
		t.Errorf("%s has no test %s", context, name)
	}
}

// reported returns an accepted award whose reports are planned, with its interim report.
func reported(t *testing.T) (*reportingtest.Award, *saakornv1.Report) {
	t.Helper()
	a := reportingtest.Accept(t)
	a.Plan(t)
	return a, a.Find(t, interim)
}

const interim = "interim_status"

// notices returns what the system has done about the report's due date.
func notices(t *testing.T, a *reportingtest.Award, reportID string) []string {
	t.Helper()
	var kinds []string
	for _, n := range a.Get(t, installationtest.CaseOfficer, reportID).GetNotices() {
		kinds = append(kinds, n.GetKind()+" "+n.GetDueOn())
	}
	return kinds
}

func TestAReportIsFinishedByWhoeverTakesOver(t *testing.T) {
	a, r := reported(t)
	begun := proto.CloneOf(r.GetContent())
	begun.Narrative = &saakornv1.ReportNarrative{Summary: "Vi er i gang."}
	a.Save(t, r, begun)
	read := func() (*saakornv1.Report, error) {
		answer, err := a.Reports.GetReport(a.API.As(t.Context(), second), &saakornv1.GetReportRequest{ReportId: r.GetId()})
		return answer.GetReport(), err
	}
	_, err := read()
	installationtest.WantRefused(t, err, codes.NotFound, "NOT_FOUND")

	a.API.AddMember(t, a.Person, a.EnterpriseID.String(), second, saakornv1.MemberRight_MEMBER_RIGHT_ADMINISTRATOR)
	_, err = a.API.Enterprises.RemoveMember(a.API.As(t.Context(), second), &saakornv1.RemoveMemberRequest{
		RequestId: uuid.NewString(), EnterpriseId: a.EnterpriseID.String(), PersonId: a.Person,
	})
	must(t, err)
	left := a.Person
	a.Person = second
	taken, err := read()
	must(t, err)
	if got := taken.GetContent().GetNarrative().GetSummary(); got != "Vi er i gang." {
		t.Errorf("the report begins with %q", got)
	}
	a.Submit(t, a.Save(t, taken, reportingtest.Complete(taken.GetContent())))
	versions, err := a.Reports.ListReportVersions(a.API.As(t.Context(), second), &saakornv1.ListReportVersionsRequest{ReportId: r.GetId()})
	must(t, err)
	if got := versions.GetVersions()[0].GetSubmittedBy(); got != second {
		t.Errorf("submitted by %s, want %s: everybody works under their own name", got, second)
	}
	_, err = a.Reports.GetReport(a.API.As(t.Context(), left), &saakornv1.GetReportRequest{ReportId: r.GetId()})
	installationtest.WantRefused(t, err, codes.NotFound, "NOT_FOUND")
}

func TestAReportGoesOverdueHoweverOftenItIsSaved(t *testing.T) {
	a, r := reported(t)
	due, err := calendar.Parse(r.GetDueOn())
	must(t, err)
	for _, days := range []int{-31, -10, -1, 1} {
		a.API.MoveClock(t, due.AddDays(days).At(12, 0))
		a.Drive(t)
		r = a.Save(t, r, reportingtest.Complete(r.GetContent()))
		if r.GetDueOn() != due.String() {
			t.Fatalf("saving moved the date to %s", r.GetDueOn())
		}
	}
	a.Drive(t)
	reminded := "REMINDED " + due.String()
	if got, want := notices(t, a, r.GetId()), []string{reminded, reminded, "OVERDUE " + due.String()}; !slices.Equal(got, want) {
		t.Errorf("what was done about the date: %v, want %v", got, want)
	}
	if !a.Find(t, interim).GetOverdue() {
		t.Error("the report is not overdue")
	}
	receipt := a.Submit(t, a.Find(t, interim))
	if !receipt.GetLate() {
		t.Error("the report came in time")
	}
}

func TestADateOfAReportThatHasPassedIsMovedAndTheReportIsInTime(t *testing.T) {
	a, r := reported(t)
	passed, err := calendar.Parse(r.GetDueOn())
	must(t, err)
	a.API.MoveClock(t, passed.AddDays(2).At(12, 0))
	a.Drive(t)
	until := calendar.NextWorkday(passed.AddDays(30))
	moved, err := a.Reports.MoveReportDueDate(a.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.MoveReportDueDateRequest{
		RequestId: uuid.NewString(), ReportId: r.GetId(), Etag: a.Find(t, interim).GetEtag(), DueOn: until.String(), Reason: "Daglig leder har vært syk.",
	})
	must(t, err)
	if moved.GetReport().GetOverdue() || moved.GetReport().GetDueOn() != until.String() {
		t.Errorf("the report is due on %s, overdue %v", moved.GetReport().GetDueOn(), moved.GetReport().GetOverdue())
	}
	a.API.MoveClock(t, until.AddDays(-1).At(12, 0))
	a.Drive(t)
	if got := notices(t, a, r.GetId()); got[len(got)-1] != "REMINDED "+until.String() {
		t.Errorf("nobody was reminded of the new date: %v", got)
	}
	current := a.Find(t, interim)
	if receipt := a.Submit(t, a.Save(t, current, reportingtest.Complete(current.GetContent()))); receipt.GetLate() {
		t.Error("the report is late although the date was moved")
	}
	var dates []string
	for _, d := range a.Get(t, installationtest.CaseOfficer, r.GetId()).GetDueDates() {
		dates = append(dates, d.GetDueOn())
	}
	if !slices.Equal(dates, []string{passed.String(), until.String()}) {
		t.Errorf("the dates were %v", dates)
	}
}

func TestAnyPartOfAReportIsSavedAndEverythingMissingIsToldAtOnce(t *testing.T) {
	a, r := reported(t)
	submit := func() error {
		_, err := a.Reports.SubmitReport(a.API.As(t.Context(), a.Person), &saakornv1.SubmitReportRequest{
			RequestId: uuid.NewString(), ReportId: r.GetId(), Etag: a.Find(t, interim).GetEtag(),
		})
		return err
	}
	missing := func() []string {
		answer, err := a.Reports.ValidateReport(a.API.As(t.Context(), a.Person), &saakornv1.ValidateReportRequest{ReportId: r.GetId()})
		must(t, err)
		var fields []string
		for _, p := range answer.GetProblems() {
			fields = append(fields, p.GetField())
		}
		return fields
	}
	before := missing()
	refusal := installationtest.Refused(t, submit())
	if len(before) < 5 || refusal.Code != codes.InvalidArgument || len(refusal.Fields) != len(before) {
		t.Errorf("an empty report is refused with %v, and lacks %v", refusal, before)
	}
	part := proto.CloneOf(r.GetContent())
	part.Narrative = &saakornv1.ReportNarrative{Summary: "Vi er i gang."}
	r = a.Save(t, r, part)
	if after := missing(); slices.Contains(after, "content.narrative.summary") || len(after) >= len(before) {
		t.Errorf("with a part saved it lacks %v", after)
	}
	a.API.MoveClock(t, a.API.Now().Add(24*time.Hour))
	if got := a.Find(t, interim).GetContent().GetNarrative().GetSummary(); got != "Vi er i gang." {
		t.Errorf("what was saved reads %q a day later", got)
	}
	a.Submit(t, a.Save(t, r, reportingtest.Complete(r.GetContent())))
}
