package followup_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"saakorn/deploy/embedded/embeddedtest"
	saakornv1 "saakorn/proto/gen/saakorn/v1"
	writing "saakorn/services/application/fictional"
	"saakorn/services/followup"
	"saakorn/services/installation/installationtest"
	"saakorn/services/reporting/reportingtest"
)

func TestMain(m *testing.M) { os.Exit(embeddedtest.Main(m)) }

// world is an award whose enterprise is followed up.
type world struct {
	*reportingtest.Award
	follow   saakornv1.FollowupServiceClient
	examples saakornv1.ExampleServiceClient
	t        *testing.T
}

func begin(t *testing.T) world {
	t.Helper()
	a := reportingtest.Accept(t)
	return world{a, saakornv1.NewFollowupServiceClient(a.API.Connection), saakornv1.NewExampleServiceClient(a.API.Connection), t}
}

func (w world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// drive does what is next, task by task as the procedure would.
func (w world) drive() {
	w.t.Helper()
	w.Watch(w.t)
	p, ctx := w.API.Installation.Followup, w.t.Context()
	for range 30 {
		s, err := p.Look(ctx, w.LifecycleID)
		w.must(err)
		id, _ := uuid.Parse(s.Subject)
		deliver := func(letterID uuid.UUID, err error) {
			w.must(err)
			w.must(w.API.Installation.Postman.Deliver(ctx, letterID))
		}
		switch s.Next {
		case followup.TaskAwait, followup.TaskNone:
			return
		case followup.TaskPlanYear:
			w.must(p.PlanYear(ctx, w.LifecycleID))
		case followup.TaskRaiseSignals:
			w.must(p.RaiseSignals(ctx, w.LifecycleID))
		case followup.TaskInvite:
			deliver(p.WriteInvitation(ctx, id))
			w.must(p.MarkInvited(ctx, id))
		case followup.TaskMarkLate:
			w.must(p.MarkLate(ctx, id))
		case followup.TaskPlanQuestions:
			w.must(p.PlanQuestions(ctx, w.LifecycleID))
		case followup.TaskAsk:
			deliver(p.WriteQuestion(ctx, id))
			w.must(p.MarkAsked(ctx, id))
		case followup.TaskRemind:
			deliver(p.WriteReminder(ctx, id))
			w.must(p.MarkReminded(ctx, id))
		case followup.TaskGiveUp:
			w.must(p.GiveUp(ctx, id))
		}
	}
	w.t.Fatal("the follow-up comes to no rest")
}

func (w world) count(sql string, args ...any) int {
	w.t.Helper()
	var n int
	w.must(w.API.Installation.Pool.QueryRow(w.t.Context(), sql, args...).Scan(&n))
	return n
}

func (w world) exec(sql string, args ...any) {
	w.t.Helper()
	_, err := w.API.Installation.Pool.Exec(w.t.Context(), sql, args...)
	w.must(err)
}

func (w world) wantReason(err error, want string) {
	w.t.Helper()
	var found []string
	for _, detail := range status.Convert(err).Details() {
		switch d := detail.(type) {
		case *errdetails.ErrorInfo:
			found = append(found, d.GetReason())
		case *errdetails.BadRequest:
			for _, v := range d.GetFieldViolations() {
				found = append(found, v.GetField()+" "+v.GetReason())
			}
		}
	}
	if err == nil || !slices.ContainsFunc(found, func(r string) bool { return strings.Contains(r, want) }) {
		w.t.Errorf("refused with %v (%v), want %s", found, err, want)
	}
}

func (w world) checkins(person string) *saakornv1.ListCheckinsResponse {
	w.t.Helper()
	answer, err := w.follow.ListCheckins(w.API.As(w.t.Context(), person), &saakornv1.ListCheckinsRequest{LifecycleId: w.LifecycleID.String()})
	w.must(err)
	return answer
}

const officer = installationtest.CaseOfficer

func document() []byte { return writing.PDF("annual_accounts") }

func TestCheckinsArePlannedAnnouncedHeldAndFollowedUp(t *testing.T) {
	w := begin(t)
	w.drive()
	planned := w.checkins(officer)
	if len(planned.GetCheckins()) != 3 || planned.GetPlans()[0].GetRisk() != saakornv1.FollowupRisk_FOLLOWUP_RISK_MEDIUM {
		t.Fatalf("planned %v", planned)
	}
	if got := w.checkins(w.Person); len(got.GetPlans()) > 0 {
		t.Errorf("the enterprise sees its risk: %v", got)
	}
	_, err := w.follow.PlanCheckins(w.API.As(t.Context(), officer), &saakornv1.PlanCheckinsRequest{
		RequestId: uuid.NewString(), LifecycleId: w.LifecycleID.String(), GrantYear: 2019, Risk: saakornv1.FollowupRisk_FOLLOWUP_RISK_HIGH, Reason: "Daglig leder slutter.",
	})
	w.must(err)
	list := w.checkins(officer).GetCheckins()
	if len(list) != 6 {
		t.Fatalf("%d check-ins with a high risk", len(list))
	}
	first := list[len(list)-1]
	date, _ := time.Parse(time.DateOnly, first.GetPlannedOn())
	w.drive() // it is close already
	w.drive()
	if n := w.count(`SELECT count(*) FROM letter WHERE kind = 'CHECKIN_INVITATION' AND sent_at IS NOT NULL`); n != 1 {
		t.Errorf("%d invitations", n)
	}
	w.API.MoveClock(t, date.AddDate(0, 0, 15))
	w.drive()
	if n := w.count(`SELECT count(*) FROM task WHERE kind = 'CHECKIN_LATE' AND state = 'OPEN'`); n != 1 {
		t.Errorf("%d tasks about a check-in that nobody held", n)
	}
	first = w.checkins(officer).GetCheckins()[len(list)-1]
	due, err := w.follow.ListPlannedCheckins(w.API.As(t.Context(), officer), &saakornv1.ListPlannedCheckinsRequest{})
	w.must(err)
	if got := due.GetCheckins(); !got[0].GetOverdue() || got[len(got)-1].GetOverdue() || got[0].GetEnterpriseName() == "" {
		t.Errorf("planned %v", got)
	}
	hold := func(points ...*saakornv1.NewActionPoint) (*saakornv1.RecordCheckinResponse, error) {
		return w.follow.RecordCheckin(w.API.As(t.Context(), officer), &saakornv1.RecordCheckinRequest{
			RequestId: uuid.NewString(), CheckinId: first.GetId(), Etag: first.GetEtag(), HeldOn: first.GetPlannedOn(),
			Channel: saakornv1.CheckinChannel_CHECKIN_CHANNEL_VIDEO, Notes: "Vi snakket om pris.", InternalNotes: "Følg med på styret.", ActionPoints: points,
		})
	}
	_, err = hold(&saakornv1.NewActionPoint{Text: "x", OwnerId: w.Person, DueOn: "2019-12-01"})
	w.wantReason(err, "NO_SUCH_PERSON")
	held, err := hold(&saakornv1.NewActionPoint{Text: "Lag prisliste.", DueOn: "2019-12-01"}, &saakornv1.NewActionPoint{Text: "Send mal.", OwnerId: officer, DueOn: "2019-11-01"})
	w.must(err)
	if n := w.count(`SELECT count(*) FROM task WHERE kind = 'CHECKIN_LATE' AND state = 'OPEN'`); n != 0 {
		t.Error("the task about a late check-in stands")
	}
	if got := w.checkins(w.Person).GetCheckins()[len(list)-1]; got.GetNotes() == "" || got.GetInternalNotes() != "" {
		t.Errorf("the enterprise reads %v", got)
	}
	settle := func(person string, p *saakornv1.ActionPoint) error {
		_, err := w.follow.SettleActionPoint(w.API.As(t.Context(), person), &saakornv1.SettleActionPointRequest{
			RequestId: uuid.NewString(), ActionPointId: p.GetId(), Etag: p.GetEtag(), State: saakornv1.ActionPointState_ACTION_POINT_STATE_DONE,
		})
		return err
	}
	w.wantReason(settle(w.Person, held.GetActionPoints()[1]), "NOT_YOURS")
	if code := status.Code(settle(installationtest.Stranger, held.GetActionPoints()[0])); code != codes.NotFound {
		t.Errorf("a stranger: %s", code)
	}
	w.must(settle(w.Person, held.GetActionPoints()[0]))
	w.must(settle(officer, held.GetActionPoints()[1]))
	if n := w.count(`SELECT count(*) FROM task WHERE kind = 'ACTION_POINT' AND state = 'OPEN'`); n != 0 {
		t.Error("the task of an action point stands")
	}
}

func TestSignalsCallForATalkOnceAndNothingElse(t *testing.T) {
	w := begin(t)
	w.Plan(t)
	w.API.MoveClock(t, time.Date(2019, 9, 4, 8, 0, 0, 0, time.UTC))
	w.drive()
	w.drive()
	signals := func() []*saakornv1.Signal {
		t.Helper()
		answer, err := w.follow.ListSignals(w.API.As(t.Context(), officer), &saakornv1.ListSignalsRequest{LifecycleId: w.LifecycleID.String()})
		w.must(err)
		return answer.GetSignals()
	}
	missing := func(s *saakornv1.Signal) bool { return s.GetKind() == saakornv1.SignalKind_SIGNAL_KIND_REPORT_MISSING }
	all := signals()
	i := slices.IndexFunc(all, missing)
	if i < 0 || len(all) != w.count(`SELECT count(*) FROM task WHERE kind LIKE 'SIGNAL%' AND state = 'OPEN'`) {
		t.Fatalf("signals %v", all)
	}
	atRisk, err := w.follow.ListSignalledEnterprises(w.API.As(t.Context(), installationtest.Manager), &saakornv1.ListSignalledEnterprisesRequest{SchemeId: "social-entrepreneurship"})
	w.must(err)
	if len(atRisk.GetEnterprises()) != 1 || !slices.Contains(atRisk.GetEnterprises()[0].GetKinds(), saakornv1.SignalKind_SIGNAL_KIND_REPORT_MISSING) {
		t.Errorf("at risk %v", atRisk)
	}
	_, err = w.follow.SettleSignal(w.API.As(t.Context(), officer), &saakornv1.SettleSignalRequest{
		RequestId: uuid.NewString(), SignalId: all[i].GetId(), Etag: all[i].GetEtag(), State: saakornv1.SignalState_SIGNAL_STATE_TALKED, Note: "Rapporten kommer fredag.",
	})
	w.must(err)
	w.drive()
	if again := signals(); len(again) != len(all) {
		t.Errorf("raised again after the talk: %v", again)
	}
	if n := w.count(`SELECT count(*) FROM award WHERE state = 'ACCEPTED'`); n != 1 {
		t.Error("a signal has changed the award")
	}
	_, err = w.follow.ListSignals(w.API.As(t.Context(), w.Person), &saakornv1.ListSignalsRequest{LifecycleId: w.LifecycleID.String()})
	if status.Code(err) != codes.PermissionDenied {
		t.Errorf("the enterprise lists signals: %v", err)
	}
}

func TestBothSidesAssessWithoutSeeingTheOther(t *testing.T) {
	w := begin(t)
	w.Plan(t)
	w.Settle(t, w.Deliver(t, "final_report", document()))
	scores := func(level int32, reason string) []*saakornv1.DimensionScore {
		var list []*saakornv1.DimensionScore
		for _, key := range []string{"business_model", "earned_income", "liquidity", "diversification", "organisation", "plan_after_grant"} {
			list = append(list, &saakornv1.DimensionScore{Dimension: key, Level: level, Reason: reason})
		}
		return list
	}
	assess := func(reason string) error {
		_, err := w.follow.AssessSustainability(w.API.As(t.Context(), officer), &saakornv1.AssessSustainabilityRequest{
			RequestId: uuid.NewString(), LifecycleId: w.LifecycleID.String(), GrantYear: 2019, Scores: scores(1, reason),
		})
		return err
	}
	w.wantReason(assess(""), "reason REQUIRED")
	w.must(assess("Vi kjenner dem."))
	view := func(person string) *saakornv1.SustainabilityAssessment {
		t.Helper()
		answer, err := w.follow.ListSustainabilityAssessments(w.API.As(t.Context(), person), &saakornv1.ListSustainabilityAssessmentsRequest{LifecycleId: w.LifecycleID.String()})
		w.must(err)
		return answer.GetAssessments()[0]
	}
	if got := view(w.Person); len(got.GetOfficer()) > 0 {
		t.Errorf("the enterprise sees the officer's levels before its own: %v", got)
	}
	_, err := w.follow.AssessOwnSustainability(w.API.As(t.Context(), w.Person), &saakornv1.AssessOwnSustainabilityRequest{
		RequestId: uuid.NewString(), LifecycleId: w.LifecycleID.String(), GrantYear: 2019, Scores: scores(3, ""),
	})
	w.must(err)
	got := view(w.Person)
	if len(got.GetOfficer()) != 6 || len(got.GetOwn()) != 6 || len(got.GetSuggested()) != 6 {
		t.Errorf("side by side: %v", got)
	}
	levels := map[string]int32{}
	for _, s := range got.GetSuggested() {
		if s.Level != nil {
			levels[s.GetDimension()] = s.GetLevel()
		}
	}
	// The register's bank deposits, 240 000 kroner, last 3.6 months; half the income comes from one payer.
	if diff := cmp.Diff(map[string]int32{"earned_income": 4, "liquidity": 2, "diversification": 2}, levels); diff != "" && levels["liquidity"] != 3 {
		t.Error(diff)
	}
	_, err = w.follow.AssessOwnSustainability(w.API.As(t.Context(), w.Person), &saakornv1.AssessOwnSustainabilityRequest{
		RequestId: uuid.NewString(), LifecycleId: w.LifecycleID.String(), GrantYear: 2025, Scores: scores(3, ""),
	})
	w.wantReason(err, "NO_AWARD")
}

func TestCompetenceNeedIsReferredWithOutcome(t *testing.T) {
	w := begin(t)
	added, err := w.follow.AddCompetenceNeed(w.API.As(t.Context(), w.Person), &saakornv1.AddCompetenceNeedRequest{
		RequestId: uuid.NewString(), LifecycleId: w.LifecycleID.String(), Topic: "Prising", Description: "Vi vet ikke hva vi skal ta betalt.",
	})
	w.must(err)
	referred, err := w.follow.ReferCompetenceNeed(w.API.As(t.Context(), officer), &saakornv1.ReferCompetenceNeedRequest{
		RequestId: uuid.NewString(), NeedId: added.GetNeed().GetId(), Etag: added.GetNeed().GetEtag(), Partner: "Innovasjon Norge",
	})
	w.must(err)
	settled, err := w.follow.SettleCompetenceNeed(w.API.As(t.Context(), w.Person), &saakornv1.SettleCompetenceNeedRequest{
		RequestId: uuid.NewString(), NeedId: added.GetNeed().GetId(), Etag: referred.GetNeed().GetEtag(),
		State: saakornv1.CompetenceNeedState_COMPETENCE_NEED_STATE_MET, Outcome: "Kurset ga oss en prisliste.",
	})
	w.must(err)
	if n := settled.GetNeed(); n.GetPartner() == "" || n.GetReferredOn() == "" || n.GetOutcome() == "" {
		t.Errorf("settled %v", n)
	}
	if n := w.count(`SELECT count(*) FROM task WHERE kind = 'COMPETENCE_NEED' AND state = 'OPEN'`); n != 0 {
		t.Error("the task stands")
	}
}

func TestEnterpriseIsAskedAfterTheGrant(t *testing.T) {
	w := begin(t)
	w.drive()
	_, err := w.follow.StartAfterFollowup(w.API.As(t.Context(), officer), &saakornv1.StartAfterFollowupRequest{RequestId: uuid.NewString(), LifecycleId: w.LifecycleID.String()})
	w.wantReason(err, "NOT_CLOSED")
	w.exec(`UPDATE lifecycle SET state = 'CLOSED', exit_kind = 'SUSTAINABLE', exit_on = '2020-05-04', closed_at = '2020-05-04' WHERE id = $1`, w.LifecycleID)
	w.drive()
	questions := func(person string) []*saakornv1.AfterQuestion {
		t.Helper()
		answer, err := w.follow.ListAfterQuestions(w.API.As(t.Context(), person), &saakornv1.ListAfterQuestionsRequest{LifecycleId: w.LifecycleID.String()})
		w.must(err)
		return answer.GetQuestions()
	}
	if got := questions(w.Person); len(got) != 3 || got[0].GetDueOn() != "2020-11-04" || got[2].GetMonths() != 24 {
		t.Fatalf("questions %v", got)
	}
	for _, date := range []string{"2020-11-04", "2020-11-26", "2021-05-04", "2021-05-26", "2021-07-05"} {
		d, _ := time.Parse(time.DateOnly, date)
		w.API.MoveClock(t, d.Add(12*time.Hour))
		w.drive()
		if date == "2020-11-26" {
			first := questions(w.Person)[0]
			_, err := w.follow.AnswerAfterQuestion(w.API.As(t.Context(), w.Person), &saakornv1.AnswerAfterQuestionRequest{
				RequestId: uuid.NewString(), QuestionId: first.GetId(), Etag: first.GetEtag(), Answer: &saakornv1.AfterAnswer{
					StillRunning: true, LedTo: "Kommunen kjøper tjenesten.", Followed_6M: new(int64(9)), InWork_6M: new(int64(7)),
					Income: []*saakornv1.AfterIncome{{Source: saakornv1.IncomeSource_INCOME_SOURCE_SALES_MUNICIPAL, AmountOre: 1}},
				},
			})
			w.must(err)
		}
	}
	if got := questions(officer); got[0].GetAnswer().InWork_6M != nil || got[0].GetAnswer().GetFollowed_6M() != 9 {
		t.Errorf("the officer sees %v", got[0])
	}
	if got := questions(officer)[1].GetState(); got != saakornv1.AfterQuestionState_AFTER_QUESTION_STATE_UNANSWERED {
		t.Errorf("the second question is %s", got)
	}
	if n := w.count(`SELECT count(*) FROM letter WHERE kind IN ('AFTER_QUESTION', 'AFTER_REMINDER')`); n != 4 {
		t.Errorf("%d letters, want two questions and two reminders", n)
	}
	everybody := func(state saakornv1.AfterQuestionState) []*saakornv1.AfterQuestion {
		t.Helper()
		answer, err := w.follow.ListAfterFollowups(w.API.As(t.Context(), installationtest.DecisionMaker), &saakornv1.ListAfterFollowupsRequest{State: state})
		w.must(err)
		return answer.GetQuestions()
	}
	answered := everybody(saakornv1.AfterQuestionState_AFTER_QUESTION_STATE_ANSWERED)
	if len(answered) != 1 || answered[0].GetEnterpriseName() == "" || answered[0].GetRemindedAt() == nil || answered[0].GetAnswer().InWork_6M != nil {
		t.Errorf("answered %v", answered)
	}
	if got := everybody(saakornv1.AfterQuestionState_AFTER_QUESTION_STATE_PLANNED); len(got) != 1 || got[0].GetMonths() != 24 {
		t.Errorf("planned %v", got)
	}
	if _, err := w.follow.ListAfterFollowups(w.API.As(t.Context(), w.Person), &saakornv1.ListAfterFollowupsRequest{State: 1}); status.Code(err) != codes.PermissionDenied {
		t.Errorf("an entrepreneur lists everybody's: %v", err)
	}
	summary, err := w.follow.GetAfterSummary(w.API.As(t.Context(), installationtest.Manager), &saakornv1.GetAfterSummaryRequest{SchemeId: "social-entrepreneurship"})
	w.must(err)
	if g := summary.GetGroups(); len(g) != 2 || g[0].GetAnswered() != 1 || g[0].StillRunningBp != nil || g[1].GetUnanswered() != 1 {
		t.Errorf("summary %v", summary)
	}
}

func TestExampleGoesFromReportToReadersAndBack(t *testing.T) {
	w := begin(t)
	w.Plan(t)
	report := w.Deliver(t, "final_report", document())
	draft := func() (*saakornv1.DraftExampleResponse, error) {
		return w.examples.DraftExample(w.API.As(t.Context(), officer), &saakornv1.DraftExampleRequest{RequestId: uuid.NewString(), ReportId: report.GetId()})
	}
	_, err := draft()
	w.wantReason(err, "REPORT_NOT_APPROVED")
	w.Settle(t, report)
	drafted, err := draft()
	w.must(err)
	_, err = draft()
	w.wantReason(err, "EXAMPLE_EXISTS")
	e := drafted.GetExample()
	if e.GetContent().GetMethod() == "" || e.GetContent().GetDidNotWork() == "" {
		t.Errorf("drafted %v", e)
	}
	search := func(query string) []*saakornv1.Example {
		t.Helper()
		answer, err := w.examples.ListExamples(w.API.As(t.Context(), "office-contact-1"), &saakornv1.ListExamplesRequest{Query: query})
		w.must(err)
		return answer.GetExamples()
	}
	publish := func(person string) (*saakornv1.PublishExampleResponse, error) {
		return w.examples.PublishExample(w.API.As(t.Context(), person), &saakornv1.PublishExampleRequest{RequestId: uuid.NewString(), ExampleId: e.GetId(), Etag: e.GetEtag()})
	}
	_, err = publish(installationtest.DecisionMaker)
	w.wantReason(err, "WRONG_STATE")
	if _, err := w.examples.GetExample(w.API.As(t.Context(), installationtest.Stranger), &saakornv1.GetExampleRequest{ExampleId: e.GetId()}); status.Code(err) != codes.NotFound {
		t.Errorf("a stranger reads the draft: %v", err)
	}
	inState := func(person string, state saakornv1.ExampleState) ([]*saakornv1.Example, error) {
		answer, err := w.examples.ListExamples(w.API.As(t.Context(), person), &saakornv1.ListExamplesRequest{State: state})
		return answer.GetExamples(), err
	}
	if got, err := inState(officer, saakornv1.ExampleState_EXAMPLE_STATE_DRAFT); err != nil || len(got) != 1 || got[0].GetEnterpriseName() == "" {
		t.Errorf("drafts %v, error %v", got, err)
	}
	if _, err := inState(installationtest.Stranger, saakornv1.ExampleState_EXAMPLE_STATE_DRAFT); status.Code(err) != codes.PermissionDenied {
		t.Errorf("a stranger lists drafts: %v", err)
	}
	consented, err := w.examples.ConsentToExample(w.API.As(t.Context(), w.Person), &saakornv1.ConsentToExampleRequest{RequestId: uuid.NewString(), ExampleId: e.GetId(), Etag: e.GetEtag()})
	w.must(err)
	e = consented.GetExample()
	_, err = publish(officer)
	w.wantReason(err, "FOUR_EYES")
	if len(search("")) > 0 {
		t.Error("an unpublished example is found")
	}
	published, err := publish(installationtest.DecisionMaker)
	w.must(err)
	for person, want := range map[string]string{officer: officer, w.Person: ""} {
		got, err := w.examples.GetExample(w.API.As(t.Context(), person), &saakornv1.GetExampleRequest{ExampleId: e.GetId()})
		if err != nil || got.GetExample().GetDraftedBy() != want {
			t.Errorf("%s sees it drafted by %q, error %v", person, got.GetExample().GetDraftedBy(), err)
		}
	}
	e = published.GetExample()
	if len(search("praksis")) != 1 || len(search("romfart")) != 0 {
		t.Errorf("found %v and %v", search("praksis"), search("romfart"))
	}
	view := &saakornv1.CountExampleViewRequest{RequestId: uuid.NewString(), ExampleId: e.GetId()}
	for range 2 { // a repeated request counts once
		_, err = w.examples.CountExampleView(w.API.As(t.Context(), "office-contact-1"), view)
		w.must(err)
	}
	for range 2 {
		_, err = w.examples.AdoptExample(w.API.As(t.Context(), "office-contact-1"), &saakornv1.AdoptExampleRequest{RequestId: uuid.NewString(), ExampleId: e.GetId(), Place: "Nav Prøve"})
		w.must(err)
	}
	mine, err := w.examples.ListLifecycleExamples(w.API.As(t.Context(), w.Person), &saakornv1.ListLifecycleExamplesRequest{LifecycleId: w.LifecycleID.String()})
	w.must(err)
	if got := mine.GetExamples()[0]; got.GetViews() != 1 || got.GetAdoptions() != 1 || got.GetEtag() != e.GetEtag() {
		t.Errorf("the contributor sees %v", got)
	}
	_, err = w.examples.WithdrawExample(w.API.As(t.Context(), w.Person), &saakornv1.WithdrawExampleRequest{RequestId: uuid.NewString(), ExampleId: e.GetId(), Etag: e.GetEtag()})
	w.must(err)
	if len(search("")) > 0 {
		t.Error("a withdrawn example is found")
	}
}
