package casework_test

import (
	"context"
	"slices"
	"testing"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework"
	"saakorn/services/casework/caseworktest"
	"saakorn/services/installation/installationtest"
	"saakorn/services/platform/access"
)

func TestWhoDeclaresBeforeSeeingACase(t *testing.T) {
	const officer, assessor, decider = saakornv1.Role_ROLE_CASE_OFFICER, saakornv1.Role_ROLE_ASSESSOR, saakornv1.Role_ROLE_DECISION_MAKER
	const manager, auditor = saakornv1.Role_ROLE_MANAGER, saakornv1.Role_ROLE_AUDITOR
	for name, test := range map[string]struct {
		roles                         []saakornv1.Role
		required, declared, impartial bool
		want                          string
	}{
		"an officer who has not declared":         {[]saakornv1.Role{officer}, true, false, false, "NOT_DECLARED"},
		"an assessor who has not declared":        {[]saakornv1.Role{assessor}, true, false, false, "NOT_DECLARED"},
		"a decision maker who has not declared":   {[]saakornv1.Role{decider}, true, false, false, "NOT_DECLARED"},
		"a manager who decides too":               {[]saakornv1.Role{manager, decider}, true, false, false, "NOT_DECLARED"},
		"whoever is impartial":                    {[]saakornv1.Role{officer}, true, true, true, ""},
		"whoever is not":                          {[]saakornv1.Role{officer}, true, true, false, "NOT_IMPARTIAL"},
		"whoever is not, where nobody has to say": {[]saakornv1.Role{officer}, false, true, false, "NOT_IMPARTIAL"},
		"a scheme that does not ask":              {[]saakornv1.Role{officer}, false, false, false, ""},
		"a manager":                               {[]saakornv1.Role{manager}, true, false, false, ""},
		"an auditor":                              {[]saakornv1.Role{auditor}, true, false, false, ""},
		"an administrator":                        {[]saakornv1.Role{saakornv1.Role_ROLE_ADMINISTRATOR}, true, false, false, ""},
		"the system itself":                       {nil, true, false, false, ""},
		"a manager who declared as an officer":    {[]saakornv1.Role{manager}, true, true, false, "NOT_IMPARTIAL"},
	} {
		got := ""
		if why := casework.Closing(access.Principal{Roles: test.roles}, test.required, test.declared, test.impartial); why != nil {
			got = why.Reason
		}
		if got != test.want {
			t.Errorf("%s is told %q, want %q", name, got, test.want)
		}
	}
}

// looks are all ways of seeing something of a case or of acting in it. Each is refused before anything else is
// looked at, so that what it asks for need not make sense otherwise.
type looks struct {
	application, caseID, appeal, letter, entry string
}

func (l looks) of(r *caseworktest.Round) map[string]func(context.Context) error {
	c := r.API.Connection
	cases, applications := saakornv1.NewCaseServiceClient(c), r.API.Applications
	completeness, letters := saakornv1.NewCompletenessServiceClient(c), saakornv1.NewLetterServiceClient(c)
	appeals, journal := saakornv1.NewAppealServiceClient(c), saakornv1.NewJournalServiceClient(c)
	messages, continuations := saakornv1.NewCorrespondenceServiceClient(c), saakornv1.NewContinuationServiceClient(c)
	assignments := saakornv1.NewAssignmentServiceClient(c)
	fresh := uuid.NewString
	return map[string]func(context.Context) error{
		"GetCase":        look(cases.GetCase, &saakornv1.GetCaseRequest{CaseId: l.caseID}),
		"GetProgress":    look(cases.GetProgress, &saakornv1.GetProgressRequest{ApplicationId: l.application}),
		"ListCaseEvents": look(cases.ListCaseEvents, &saakornv1.ListCaseEventsRequest{CaseId: l.caseID}),
		"ListLetters":    look(cases.ListLetters, &saakornv1.ListLettersRequest{ApplicationId: l.application}),
		"AssignCase":     look(cases.AssignCase, &saakornv1.AssignCaseRequest{RequestId: fresh(), CaseId: l.caseID, OwnerId: "case-officer-2"}),
		"AnswerFinding": look(cases.AnswerFinding, &saakornv1.AnswerFindingRequest{
			RequestId: fresh(), CaseId: l.caseID, FindingId: fresh(), Answer: met,
		}),
		"AssignAssessors": look(cases.AssignAssessors, &saakornv1.AssignAssessorsRequest{RequestId: fresh(), CaseId: l.caseID, AssessorIds: []string{"assessor-1"}}),
		"SaveAssessment":  look(cases.SaveAssessment, &saakornv1.SaveAssessmentRequest{RequestId: fresh(), CaseId: l.caseID}),
		"SubmitAssessment": look(cases.SubmitAssessment, &saakornv1.SubmitAssessmentRequest{
			RequestId: fresh(), CaseId: l.caseID,
		}),
		"ModerateAssessment": look(cases.ModerateAssessment, &saakornv1.ModerateAssessmentRequest{
			RequestId: fresh(), CaseId: l.caseID, Scores: []*saakornv1.Score{{Criterion: "relevance", Value: 1, Reason: "Nei."}},
		}),
		"Recommend": look(cases.Recommend, &saakornv1.RecommendRequest{RequestId: fresh(), CaseId: l.caseID, Etag: "1", Outcome: rejected, Reasons: "Nei."}),
		"ReturnRecommendation": look(cases.ReturnRecommendation, &saakornv1.ReturnRecommendationRequest{
			RequestId: fresh(), CaseId: l.caseID, Etag: "1", Note: "Se igjen.",
		}),
		"Decide":                 look(cases.Decide, &saakornv1.DecideRequest{RequestId: fresh(), CaseId: l.caseID, Etag: "1", Outcome: rejected}),
		"GetApplication":         look(applications.GetApplication, &saakornv1.GetApplicationRequest{ApplicationId: l.application}),
		"ListApplicationVersion": look(applications.ListApplicationVersions, &saakornv1.ListApplicationVersionsRequest{ApplicationId: l.application}),
		"ListSimilar":            look(applications.ListSimilarApplications, &saakornv1.ListSimilarApplicationsRequest{ApplicationId: l.application}),
		"DownloadAttachment": func(ctx context.Context) error {
			_, _, err := r.API.Download(ctx, l.application, fresh())
			return err
		},
		"GetCaseClock":          look(completeness.GetCaseClock, &saakornv1.GetCaseClockRequest{CaseId: l.caseID}),
		"ListDeficiencyNotices": look(completeness.ListDeficiencyNotices, &saakornv1.ListDeficiencyNoticesRequest{ApplicationId: l.application}),
		"SendDeficiencyNotice": look(completeness.SendDeficiencyNotice, &saakornv1.SendDeficiencyNoticeRequest{
			RequestId: fresh(), CaseId: l.caseID, Etag: "1", Items: []*saakornv1.Deficiency{{Text: "Budsjett"}},
		}),
		"CancelDeficiencyNotice": look(completeness.CancelDeficiencyNotice, &saakornv1.CancelDeficiencyNoticeRequest{
			RequestId: fresh(), CaseId: l.caseID, NoticeId: fresh(), Reason: "Det kom.",
		}),
		"ExtendDeadline": look(completeness.ExtendDeadline, &saakornv1.ExtendDeadlineRequest{RequestId: fresh(), CaseId: l.caseID, Etag: "1", Until: "2019-12-01", Reason: "Mange søknader."}),
		"ExplainBreach":  look(completeness.ExplainBreach, &saakornv1.ExplainBreachRequest{RequestId: fresh(), CaseId: l.caseID, Reason: "Mange søknader."}),
		"PreviewLetter":  look(letters.PreviewLetter, &saakornv1.PreviewLetterRequest{CaseId: l.caseID}),
		"GetLetter":      look(letters.GetLetterDocument, &saakornv1.GetLetterDocumentRequest{LetterId: l.letter}),
		"ListNotifications": look(letters.ListNotifications, &saakornv1.ListNotificationsRequest{
			ApplicationId: l.application,
		}),
		"ListParties":  look(letters.ListParties, &saakornv1.ListPartiesRequest{CaseId: l.caseID}),
		"ListAppeals":  look(appeals.ListAppeals, &saakornv1.ListAppealsRequest{ApplicationId: l.application}),
		"AssignAppeal": look(appeals.AssignAppeal, &saakornv1.AssignAppealRequest{RequestId: fresh(), AppealId: l.appeal, OwnerId: newOfficer}),
		"PrepareAppeal": look(appeals.PrepareAppeal, &saakornv1.PrepareAppealRequest{
			RequestId: fresh(), AppealId: l.appeal, Etag: "1", Recommended: forwarded, Assessment: "Nei.",
		}),
		"DecideAppeal": look(appeals.DecideAppeal, &saakornv1.DecideAppealRequest{RequestId: fresh(), AppealId: l.appeal, Etag: "1", Disposition: forwarded}),
		"RecordAppealOutcome": look(appeals.RecordAppealOutcome, &saakornv1.RecordAppealOutcomeRequest{
			RequestId: fresh(), AppealId: l.appeal, Etag: "1", Outcome: upheld, Reasons: "Nei.",
		}),
		"ReverseDecision": look(appeals.ReverseDecision, &saakornv1.ReverseDecisionRequest{
			RequestId: fresh(), CaseId: l.caseID, Etag: "1", Outcome: approved, AmountOre: amount, Reasons: "Ja.",
		}),
		"ListJournalEntries": look(journal.ListJournalEntries, &saakornv1.ListJournalEntriesRequest{CaseId: l.caseID}),
		"AssessDisclosure": look(journal.AssessDisclosure, &saakornv1.AssessDisclosureRequest{
			RequestId: fresh(), EntryId: l.entry, Etag: "1", Disclosure: saakornv1.Disclosure_DISCLOSURE_OPEN,
		}),
		"ListMessages": look(messages.ListMessages, &saakornv1.ListMessagesRequest{ApplicationId: l.application}),
		"SendMessage":  look(messages.SendMessage, &saakornv1.SendMessageRequest{RequestId: fresh(), ApplicationId: l.application, Text: "Hei."}),
		"MarkRead":     look(messages.MarkRead, &saakornv1.MarkReadRequest{RequestId: fresh(), ApplicationId: l.application, MessageId: fresh()}),
		"GetContinuation": look(continuations.GetContinuation, &saakornv1.GetContinuationRequest{
			CaseId: l.caseID,
		}),
		"HandOverCase": look(assignments.HandOverCase, &saakornv1.HandOverCaseRequest{RequestId: fresh(), CaseId: l.caseID, Etag: "1", OwnerId: "case-officer-2", Note: "Tar du den?"}),
	}
}

// look calls a method and keeps only what it refuses with.
func look[Q, A any, O any](method func(context.Context, *Q, ...O) (*A, error), request *Q) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := method(ctx, request)
		return err
	}
}

// appealed returns a case with a letter, an appeal and entries in the journal, and the ways to all of it.
func appealed(t *testing.T, r *caseworktest.Round) looks {
	t.Helper()
	l := looks{application: told(t, r)}
	appeal, err := appeals(t, r).submit(l.application)
	must(t, err)
	l.appeal, l.caseID = appeal.GetId(), r.Case(t, l.application).GetCase().GetId()
	manager := r.API.As(t.Context(), installationtest.Manager)
	letters, err := r.API.Cases.ListLetters(manager, &saakornv1.ListLettersRequest{ApplicationId: l.application})
	must(t, err)
	l.letter = letters.GetLetters()[0].GetId()
	entries, err := saakornv1.NewJournalServiceClient(r.API.Connection).ListJournalEntries(manager, &saakornv1.ListJournalEntriesRequest{CaseId: l.caseID})
	must(t, err)
	l.entry = entries.GetEntries()[0].GetId()
	return l
}

func TestNobodyWhoHandlesCasesSeesOneOrActsInItBeforeDeclaring(t *testing.T) {
	r := begin(t)
	l := appealed(t, r)
	// Decision makers are officers too, and so may try everything but what only assessors do.
	for name, look := range l.of(r) {
		for _, person := range []string{"decision-maker-3", "case-officer-5"} {
			r.API.Unchanged(t, func() {
				err := look(r.API.As(t.Context(), person))
				got := installationtest.Refused(t, err)
				if got.Reason == "ROLE_MISSING" && person != "decision-maker-3" {
					return // decision makers only
				}
				if got.Code != codes.PermissionDenied || got.Reason != "NOT_DECLARED" || got.Facts["case_id"] != l.caseID {
					t.Errorf("%s by %s is answered with %v", name, person, err)
				}
			})
		}
	}
}

func TestWhatOneNeedsInOrderToDeclareIsOpen(t *testing.T) {
	r := begin(t)
	l := appealed(t, r)
	const person = "case-officer-5"
	ctx := r.API.As(t.Context(), person)
	r.API.Unchanged(t, func() {
		rows, err := r.API.Cases.ListCases(ctx, &saakornv1.ListCasesRequest{CaseId: l.caseID})
		must(t, err)
		found, err := saakornv1.NewQueueServiceClient(r.API.Connection).SearchCases(ctx, &saakornv1.SearchCasesRequest{})
		must(t, err)
		if c := rows.GetCases()[0]; c.GetNumber() == "" || c.GetEnterpriseName() == "" || len(found.GetCases()) != 1 {
			t.Errorf("the row is %v, found are %v", c, found.GetCases())
		}
		_, err = saakornv1.NewQueueServiceClient(r.API.Connection).GetWorkload(ctx, &saakornv1.GetWorkloadRequest{})
		must(t, err)
		_, err = saakornv1.NewHintServiceClient(r.API.Connection).ListImpartialityHints(ctx, &saakornv1.ListImpartialityHintsRequest{CaseId: l.caseID})
		must(t, err)
		declarations, err := r.API.Impartiality.ListDeclarations(ctx, &saakornv1.ListDeclarationsRequest{CaseId: l.caseID})
		must(t, err)
		if got := declarations.GetDeclarations(); len(got) != 0 {
			t.Errorf("what others declared is shown: %v", got)
		}
	})
	r.Own(t, l.application, person) // being given a case needs no declaration

	before := r.Case(t, l.application).GetCase().GetEtag()
	must(t, r.API.Enter(t.Context(), person, l.caseID))
	if after := r.Find(t, person, l.application).GetCase().GetEtag(); after != before {
		t.Errorf("a declaration made what others hold stale: %s was %s", after, before)
	}
	declarations, err := r.API.Impartiality.ListDeclarations(ctx, &saakornv1.ListDeclarationsRequest{CaseId: l.caseID})
	must(t, err)
	if !slices.ContainsFunc(declarations.GetDeclarations(), func(d *saakornv1.Declaration) bool { return d.GetPersonId() != person }) {
		t.Errorf("only %v are shown", declarations.GetDeclarations())
	}
}

func TestManagersAndAuditorsSeeACaseWithoutDeclaring(t *testing.T) {
	r := begin(t)
	l := appealed(t, r)
	for _, person := range []string{installationtest.Manager, installationtest.Auditor} {
		_, err := r.API.Cases.GetCase(r.API.As(t.Context(), person), &saakornv1.GetCaseRequest{CaseId: l.caseID})
		must(t, err)
	}
}

func TestAnAssessorAndWhoeverStandsInForThemDeclareFirst(t *testing.T) {
	r := begin(t)
	id := assessing(t, r, 1)
	c := r.Case(t, id).GetCase()
	desksOf(t, r).away("assessor-1", "assessor-3")
	for _, person := range []string{"assessor-2", "assessor-3"} {
		ctx := r.API.As(t.Context(), person)
		_, err := r.API.Cases.GetCase(ctx, &saakornv1.GetCaseRequest{CaseId: c.GetId()})
		wantReason(t, err, "NOT_DECLARED")
		_, err = r.API.Applications.GetApplication(ctx, &saakornv1.GetApplicationRequest{ApplicationId: id})
		wantReason(t, err, "NOT_DECLARED")
		must(t, declare(t, r, person, c, true))
		r.AssessAs(t, person, id)
	}
	// Whoever has no part in the case does not learn that it is there.
	_, err := r.API.Cases.GetCase(r.API.As(t.Context(), "assessor-4"), &saakornv1.GetCaseRequest{CaseId: c.GetId()})
	wantReason(t, err, "NOT_FOUND")
	wantReason(t, declare(t, r, "assessor-4", c, true), "NOT_FOUND")
}

func TestNobodyReadsAnApplicationWhoseCaseIsAboutToBeOpened(t *testing.T) {
	r := begin(t)
	id := r.Apply(t, 1).GetId()
	for person, want := range map[string]string{installationtest.CaseOfficer: "NOT_DECLARED", installationtest.DecisionMaker: "NOT_DECLARED", installationtest.Manager: ""} {
		_, err := r.API.Applications.GetApplication(r.API.As(t.Context(), person), &saakornv1.GetApplicationRequest{ApplicationId: id})
		if got := installationtest.Refused(t, err).Reason; got != want {
			t.Errorf("%s is told %q, want %q", person, got, want)
		}
	}
}

func TestAClosedCaseIsReadAfterADeclarationToo(t *testing.T) {
	r := begin(t)
	id := told(t, r)
	r.API.MoveClock(t, r.Case(t, id).GetCase().GetDueAt().AsTime())
	r.Drive(t, id)
	step(t, r, id, saakornv1.CaseStep_CASE_STEP_CLOSED)
	c := r.Find(t, "case-officer-5", id).GetCase()
	must(t, declare(t, r, "case-officer-6", c, false))
	wantReason(t, declare(t, r, "case-officer-6", c, true), "NOT_IMPARTIAL")
	if got := r.Case(t, id).GetCase(); got.GetClosedAt() == nil || got.GetStep() != saakornv1.CaseStep_CASE_STEP_CLOSED {
		t.Errorf("the case is open again: %v", got)
	}
}

func TestARankingOfCasesOneHasNotDeclaredInIsClosed(t *testing.T) {
	r := begin(t)
	id := assessed(t, r, 1)
	c := r.Case(t, id).GetCase()
	rankings := saakornv1.NewRankingServiceClient(r.API.Connection)
	entries := []*saakornv1.RankingEntry{{CaseId: c.GetId(), AmountOre: amount}}
	shared, err := rankings.CreateRanking(r.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.CreateRankingRequest{
		RequestId: uuid.NewString(), CallId: c.GetCallId(), Name: "Første utkast", Shared: true, Entries: entries,
	})
	must(t, err)
	ctx := r.API.As(t.Context(), "decision-maker-3")
	candidates, err := rankings.ListCandidates(ctx, &saakornv1.ListCandidatesRequest{CallId: c.GetCallId()})
	must(t, err)
	if got := candidates.GetCandidates()[0]; !got.GetSealed() || len(got.GetCriteria()) != 0 {
		t.Errorf("the candidate is %v", got)
	}
	_, err = rankings.TryRanking(ctx, &saakornv1.TryRankingRequest{CallId: c.GetCallId(), Entries: entries})
	wantReason(t, err, "NOT_DECLARED")
	_, err = rankings.GetRanking(ctx, &saakornv1.GetRankingRequest{RankingId: shared.GetRanking().GetId()})
	wantReason(t, err, "NOT_DECLARED")
	r.Enter(t, id, "decision-maker-3")
	_, err = rankings.GetRanking(ctx, &saakornv1.GetRankingRequest{RankingId: shared.GetRanking().GetId()})
	must(t, err)
	_, err = rankings.TryRanking(ctx, &saakornv1.TryRankingRequest{CallId: c.GetCallId(), Entries: entries})
	must(t, err)
}

func TestTheJournalOfAPeriodShowsClosedCasesAsThePublicSeesThem(t *testing.T) {
	r := begin(t)
	id := told(t, r)
	list := func(person string) []*saakornv1.JournalEntry {
		answer, err := saakornv1.NewJournalServiceClient(r.API.Connection).ListJournalEntries(r.API.As(t.Context(), person), &saakornv1.ListJournalEntriesRequest{})
		must(t, err)
		return answer.GetEntries()
	}
	named := func(e *saakornv1.JournalEntry) bool {
		return e.GetTitle() != e.GetPublicTitle() || slices.ContainsFunc(e.GetCorrespondents(), func(c *saakornv1.Correspondent) bool { return c.GetPerson() && c.GetName() != "" })
	}
	if entries := list("case-officer-5"); len(entries) == 0 || slices.ContainsFunc(entries, named) {
		t.Errorf("what the public does not see is shown in %v", entries)
	}
	r.Enter(t, id, "case-officer-5")
	if entries := list("case-officer-5"); !slices.ContainsFunc(entries, named) {
		t.Errorf("full titles are not shown in %v", entries)
	}
}
