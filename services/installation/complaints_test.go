package installation_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework/caseworktest"
	"saakorn/services/installation/installationtest"
	"saakorn/services/platform/calendar"
)

// What people complain about in such systems, and what ours does instead. The complaints that concern
// applications and cases are tests: here where they cross contexts, and elsewhere where a test of the
// context says the same already.
//
//	a report can only be fetched by whoever logged in first   TestEverythingBelongsToTheEnterpriseAndIsHandedOver
//	no organisation, teams share a login                       TestColleaguesWorkUnderTheirOwnNames
//	an extension cannot move a date that has passed            TestAPassedDateIsMovedByADecisionAndEveryoneFollows,
//	                                                           casework.TestADateThatHasPassedCanBeMovedAndIsWatchedAnew
//	a due date keeps moving, so nobody is reminded             TestSavingMovesNoDateAndStopsNoReminder,
//	                                                           application.TestACorrectionKeepsWhenTheFirstVersionCameIn
//	reminders cannot be chosen, or a notice is lost            correspondence.TestLettersGoToTheContactsThatTheEnterpriseHasNamed
//	workflows are hard-coded, running cases are migrated       casework.TestCaseKeepsTheSchemeVersionOfItsCall,
//	                                                           scheme.TestPublishedVersionsNeverChange
//	amendments through a comment field                         TestAnAnswerToAQuestionIsANewVersionAndNoMessage
//	no autosave; drafts that could not be submitted            TestAnyPartOfADraftIsSavedAndEverythingMissingIsToldAtOnce,
//	                                                           application.TestValidationTellsEverythingAndChangesNothing
//	reviewers see each other's names and outcomes              casework.TestAssessmentsOfOthersAreHiddenUntilOnesOwnIsSubmitted,
//	                                                           casework.TestOfficerWhoAssessesSeesNoContentOfOthersInTheEvents
//	applicants cannot withdraw, staff cannot reject while      TestNobodyIsStuckWhileAnAnswerIsAwaited,
//	waiting for an answer                                      casework.TestRandomCommandsDoWhatTheModelSays
//	slow lists, crashes at a few thousand                      casework.TestAmongManyCases
//	no reopening, no state for a missed deadline               TestAMissedDeadlineAndAClosedCaseSayWhatCanBeDone,
//	                                                           casework.TestALateAppealIsReceivedMarkedAndTakesAClosedCaseUpAgain
//	no next step after saving, an empty form shows success     TestThePartyAlwaysSeesOneStepAndWhatComesNext
//	stuck on "in progress", results lost on reload             TestWhereACaseStandsIsThereAfterARestart
//	approval fields lost, assessment bypassed                  TestADecisionHasEverythingThatWasRecommendedAndRestsOnAssessments,
//	                                                           casework.TestNobodyDecidesWhatTheyRecommendedInTheProgramOrTheDatabase
//	documentation out of proportion to the grant               TestWhatIsAskedForFollowsTheTypeOfApplication
//
// What concerns reports, money and changes of a grant is in complaints_award_test.go.

const (
	first  = "entrepreneur-01"
	second = "entrepreneur-03"
)

func round(t *testing.T) *caseworktest.Round {
	t.Helper()
	return caseworktest.Open(t, installationtest.New(t))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func progress(t *testing.T, api *installationtest.API, person, id string) *saakornv1.GetProgressResponse {
	t.Helper()
	answer, err := api.Cases.GetProgress(api.As(t.Context(), person), &saakornv1.GetProgressRequest{ApplicationId: id})
	must(t, err)
	return answer
}

func decideAs(t *testing.T, r *caseworktest.Round, id string, outcome saakornv1.Outcome, amountOre int64) {
	t.Helper()
	r.Recommend(t, installationtest.CaseOfficer, id, outcome, amountOre)
	must(t, r.Decide(t.Context(), installationtest.DecisionMaker, r.Case(t, id).GetCase(), outcome, amountOre))
	r.Drive(t, id)
}

// assessedCase returns an application whose case is ready for a recommendation.
func assessedCase(t *testing.T, r *caseworktest.Round) *saakornv1.Application {
	t.Helper()
	a := r.Apply(t, 1)
	r.Drive(t, a.GetId())
	r.Close(t)
	r.AnswerAll(t, a.GetId())
	r.Assess(t, a.GetId())
	return a
}

func ask(t *testing.T, r *caseworktest.Round, id string) *saakornv1.DeficiencyNotice {
	t.Helper()
	c := r.Case(t, id).GetCase()
	answer, err := saakornv1.NewCompletenessServiceClient(r.API.Connection).SendDeficiencyNotice(r.API.As(t.Context(), installationtest.CaseOfficer),
		&saakornv1.SendDeficiencyNoticeRequest{
			RequestId: uuid.NewString(), CaseId: c.GetId(), Etag: c.GetEtag(), Items: []*saakornv1.Deficiency{{Text: "Skriv hva dere tror endrer seg."}},
		})
	must(t, err)
	r.Drive(t, id)
	return answer.GetNotice()
}

func newest(t *testing.T, r *caseworktest.Round, id string) *saakornv1.Application {
	t.Helper()
	answer, err := r.API.Applications.GetApplication(r.API.As(t.Context(), first), &saakornv1.GetApplicationRequest{ApplicationId: id})
	must(t, err)
	return answer.GetApplication()
}

func TestEverythingBelongsToTheEnterpriseAndIsHandedOver(t *testing.T) {
	r := round(t)
	a := assessedCase(t, r)
	id := a.GetId()
	decideAs(t, r, id, saakornv1.Outcome_OUTCOME_PARTIALLY_APPROVED, caseworktest.AmountOre/2)
	as := r.API.As(t.Context(), second)
	reads := func() []error {
		_, application := r.API.Applications.GetApplication(as, &saakornv1.GetApplicationRequest{ApplicationId: id})
		_, letters := r.API.Cases.ListLetters(as, &saakornv1.ListLettersRequest{ApplicationId: id})
		_, where := r.API.Cases.GetProgress(as, &saakornv1.GetProgressRequest{ApplicationId: id})
		_, appeals := saakornv1.NewAppealServiceClient(r.API.Connection).ListAppeals(as, &saakornv1.ListAppealsRequest{ApplicationId: id})
		return []error{application, letters, where, appeals}
	}
	for _, err := range reads() {
		installationtest.WantRefused(t, err, codes.NotFound, "NOT_FOUND")
	}
	r.API.AddMember(t, first, a.GetEnterpriseId(), second, saakornv1.MemberRight_MEMBER_RIGHT_ADMINISTRATOR)
	_, err := r.API.Enterprises.RemoveMember(as, &saakornv1.RemoveMemberRequest{RequestId: uuid.NewString(), EnterpriseId: a.GetEnterpriseId(), PersonId: first})
	must(t, err)
	for _, err := range reads() {
		must(t, err)
	}
	// Whoever has taken over appeals a decision on what somebody else wrote.
	appeal := &saakornv1.SubmitAppealRequest{RequestId: uuid.NewString(), ApplicationId: id, Grounds: "Planen er undervurdert.", ChangeWanted: "Hele beløpet."}
	_, err = saakornv1.NewAppealServiceClient(r.API.Connection).SubmitAppeal(as, appeal)
	must(t, err)
}

func TestColleaguesWorkUnderTheirOwnNames(t *testing.T) {
	r := round(t)
	a := r.Apply(t, 1)
	id := a.GetId()
	r.API.AddMember(t, first, a.GetEnterpriseId(), second, saakornv1.MemberRight_MEMBER_RIGHT_EDITOR)
	a.Content.Novelty += " Mer."
	saved := r.API.Save(t, second, a, a.GetContent())
	r.API.Submit(t, second, saved)
	r.Drive(t, id)
	var who []string
	for _, e := range r.Events(t, installationtest.Auditor, r.Case(t, id).GetCase().GetId()) {
		if e.GetAction() == "APPLICATION_SUBMITTED" {
			who = append(who, e.GetActorId())
		}
	}
	if !slices.Equal(who, []string{first, second}) {
		t.Errorf("the versions were submitted by %v", who)
	}
}

func TestAPassedDateIsMovedByADecisionAndEveryoneFollows(t *testing.T) {
	r := round(t)
	id := r.Apply(t, 1).GetId()
	r.Drive(t, id)
	r.Close(t)
	client := saakornv1.NewCompletenessServiceClient(r.API.Connection)
	c := r.Case(t, id).GetCase()
	clock := func() *saakornv1.GetCaseClockResponse {
		answer, err := client.GetCaseClock(r.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.GetCaseClockRequest{CaseId: c.GetId()})
		must(t, err)
		return answer
	}
	passed, err := calendar.Parse(clock().GetExpectedDate())
	must(t, err)
	r.API.MoveClock(t, passed.End().Add(time.Hour))
	r.Drive(t, id)
	until := passed.AddDays(21).String()
	r.Enter(t, id, installationtest.DecisionMaker)
	_, err = client.ExtendDeadline(r.API.As(t.Context(), installationtest.DecisionMaker), &saakornv1.ExtendDeadlineRequest{
		RequestId: uuid.NewString(), CaseId: c.GetId(), Etag: r.Case(t, id).GetCase().GetEtag(), Until: until, Reason: "Vi venter på svar fra registrene.",
	})
	must(t, err)
	if got := clock().GetExpectedDate(); got != until {
		t.Errorf("the clock says %s, want %s", got, until)
	}
	told := ""
	for _, s := range progress(t, r.API, first, id).GetSteps() {
		if s.GetStep() == saakornv1.CaseStep_CASE_STEP_DECISION {
			told = s.GetExpectedDate()
		}
	}
	if told != until {
		t.Errorf("the party is told %q, want %s", told, until)
	}
	var history []string
	for _, e := range clock().GetEvents() {
		history = append(history, e.GetKind())
	}
	if !slices.Equal(history, []string{"STARTED", "BREACHED", "EXTENDED"}) {
		t.Errorf("the history is %v", history)
	}
}

func TestSavingMovesNoDateAndStopsNoReminder(t *testing.T) {
	r := round(t)
	a := r.Apply(t, 1)
	id := a.GetId()
	r.Drive(t, id)
	r.Close(t)
	deadline := ask(t, r, id).GetDeadline()
	last, err := calendar.Parse(deadline)
	must(t, err)
	notice := func() *saakornv1.DeficiencyNotice {
		answer, err := saakornv1.NewCompletenessServiceClient(r.API.Connection).ListDeficiencyNotices(r.API.As(t.Context(), first),
			&saakornv1.ListDeficiencyNoticesRequest{ApplicationId: id})
		must(t, err)
		return answer.GetNotices()[0]
	}
	for days := 10; days > 0; days-- { // every day they write a little, and never submit
		r.API.MoveClock(t, last.AddDays(-days).At(10, 0))
		r.Drive(t, id)
		draft := newest(t, r, id)
		draft.Content.TheoryOfChange.Impact += fmt.Sprintf(" %d.", days)
		r.API.Save(t, first, draft, draft.GetContent())
		r.Drive(t, id)
		if got := notice(); got.GetDeadline() != deadline || (got.GetRemindedAt() != nil) != (days <= 4) {
			t.Errorf("%d days before: due on %s, reminded %v", days, got.GetDeadline(), got.GetRemindedAt())
		}
	}
	r.API.MoveClock(t, last.End())
	r.Drive(t, id)
	if got := notice().GetState(); got != saakornv1.DeficiencyState_DEFICIENCY_STATE_EXPIRED {
		t.Errorf("the question is %s", got)
	}
}

func TestAnAnswerToAQuestionIsANewVersionAndNoMessage(t *testing.T) {
	r := round(t)
	a := r.Apply(t, 1)
	id := a.GetId()
	r.Drive(t, id)
	r.Close(t)
	ask(t, r, id)
	// A message alone leaves the question open.
	_, err := saakornv1.NewCorrespondenceServiceClient(r.API.Connection).SendMessage(r.API.As(t.Context(), first), &saakornv1.SendMessageRequest{
		RequestId: uuid.NewString(), ApplicationId: id, Text: "Vi tror at færre barn vokser opp i fattigdom.",
	})
	must(t, err)
	r.Drive(t, id)
	if step := r.Case(t, id).GetCase().GetStep(); step != saakornv1.CaseStep_CASE_STEP_COMPLETION {
		t.Errorf("after a message the case is at %s", step)
	}
	draft := newest(t, r, id)
	draft.Content.TheoryOfChange.Impact = "Færre barn vokser opp i fattigdom."
	receipt := r.API.Submit(t, first, r.API.Save(t, first, draft, draft.GetContent()))
	r.Drive(t, id)
	if step := r.Case(t, id).GetCase().GetStep(); receipt.GetVersion() != 2 || step != saakornv1.CaseStep_CASE_STEP_CLARIFICATION {
		t.Errorf("the answer became version %d, and the case is at %s", receipt.GetVersion(), step)
	}
}

func TestAnyPartOfADraftIsSavedAndEverythingMissingIsToldAtOnce(t *testing.T) {
	r := round(t)
	enterprise := r.API.RegisterEnterprise(t, first)
	kind := saakornv1.ApplicationType_APPLICATION_TYPE_NEW_ORDINARY
	draft := r.API.Draft(t, first, r.Call, enterprise.GetId(), kind)
	me, whole := r.API.As(t.Context(), first), installationtest.Content(r.Call.GetGrantYear(), kind)
	missing := func() (fields []string) {
		answer, err := r.API.Applications.ValidateApplication(me, &saakornv1.ValidateApplicationRequest{ApplicationId: draft.GetId()})
		must(t, err)
		for _, p := range answer.GetProblems() {
			fields = append(fields, p.GetField())
		}
		return fields
	}
	left := missing()
	for _, part := range []string{
		"declarations", "budget", "amount_applied_ore", "sustainability_plan", "business_model", "answers", "theory_of_change", "target_group",
		"novelty", "existing_services", "problem", "contacts", "title",
	} { // from the end to the beginning: no part waits for another
		answer, err := r.API.Applications.UpdateApplication(me, &saakornv1.UpdateApplicationRequest{
			RequestId: uuid.NewString(), ApplicationId: draft.GetId(), Etag: draft.GetEtag(), Content: whole, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{part}},
		})
		if err != nil {
			t.Fatalf("save %s alone: %v", part, err)
		}
		draft.Etag = answer.GetApplication().GetEtag()
		now := missing()
		if slices.ContainsFunc(now, func(f string) bool { return f == part || strings.HasPrefix(f, part+".") }) {
			t.Errorf("%s is saved, and missing all the same: %v", part, now)
		}
		left = now
	}
	// Nothing of it is lost, and what is left is the document that was never sent.
	if got := newest(t, r, draft.GetId()).GetContent(); got.GetTitle() != whole.GetTitle() || got.GetAmountAppliedOre() != whole.GetAmountAppliedOre() {
		t.Errorf("loaded again it is %q for %d øre", got.GetTitle(), got.GetAmountAppliedOre())
	}
	_, err := r.API.Applications.SubmitApplication(me, &saakornv1.SubmitApplicationRequest{RequestId: uuid.NewString(), ApplicationId: draft.GetId(), Etag: draft.GetEtag()})
	if refused := installationtest.Refused(t, err); len(left) == 0 || len(refused.Fields) != len(left) {
		t.Errorf("submitting tells %v, validating %v", refused.Fields, left)
	}
	r.API.Attach(t, first, draft, "articles_of_association")
	r.API.Submit(t, first, draft)
}
