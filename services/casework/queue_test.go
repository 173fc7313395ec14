package casework_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework/caseworktest"
	"saakorn/services/installation/installationtest"
)

// queue is a round with three cases that wait for an officer, and a client of the queue.
type queue struct {
	*caseworktest.Round
	client saakornv1.QueueServiceClient
	// cases in the order in which they came in.
	cases []*saakornv1.Case
}

func newQueue(t *testing.T) *queue {
	t.Helper()
	round := begin(t)
	q := &queue{Round: round, client: saakornv1.NewQueueServiceClient(round.API.Connection)}
	var applications []string
	for n := 1; n <= 3; n++ {
		applications = append(applications, round.Apply(t, n).GetId())
		round.API.MoveClock(t, round.API.Now().Add(time.Minute))
	}
	for _, id := range applications {
		round.Drive(t, id)
		q.cases = append(q.cases, round.Case(t, id).GetCase())
	}
	return q
}

func (q *queue) assign(t *testing.T, c *saakornv1.Case, owner string) {
	t.Helper()
	_, err := q.API.Cases.AssignCase(q.API.As(t.Context(), installationtest.Manager), &saakornv1.AssignCaseRequest{
		RequestId: uuid.NewString(), CaseId: c.GetId(), OwnerId: owner,
	})
	if err != nil {
		t.Fatal(err)
	}
}

// search returns the numbers of the cases found.
func (q *queue) search(t *testing.T, caller string, r *saakornv1.SearchCasesRequest) []string {
	t.Helper()
	answer, err := q.client.SearchCases(q.API.As(t.Context(), caller), r)
	if err != nil {
		t.Fatal(err)
	}
	return numbers(answer.GetCases())
}

func numbers(found []*saakornv1.FoundCase) []string {
	list := []string{}
	for _, f := range found {
		list = append(list, f.GetCase().GetNumber())
	}
	return list
}

func (q *queue) numbers(which ...int) []string {
	list := []string{}
	for _, i := range which {
		list = append(list, q.cases[i].GetNumber())
	}
	return list
}

func TestSearchFindsWhatTheFilterLetsThrough(t *testing.T) {
	q := newQueue(t)
	q.assign(t, q.cases[1], installationtest.CaseOfficer)
	late, amount, more := false, int64(installationtest.AmountOre), int64(installationtest.AmountOre+1)
	for name, test := range map[string]struct {
		filter *saakornv1.CaseFilter
		want   []string
	}{
		"nothing asked for":     {nil, q.numbers(0, 1, 2)},
		"the call":              {&saakornv1.CaseFilter{CallId: q.Call.GetId()}, q.numbers(0, 1, 2)},
		"another call":          {&saakornv1.CaseFilter{CallId: uuid.NewString()}, q.numbers()},
		"the step":              {&saakornv1.CaseFilter{Steps: []saakornv1.CaseStep{saakornv1.CaseStep_CASE_STEP_CLARIFICATION, saakornv1.CaseStep_CASE_STEP_DECISION}}, q.numbers(0, 1, 2)},
		"another step":          {&saakornv1.CaseFilter{Steps: []saakornv1.CaseStep{saakornv1.CaseStep_CASE_STEP_DECISION}}, q.numbers()},
		"closed and open":       {&saakornv1.CaseFilter{Steps: []saakornv1.CaseStep{saakornv1.CaseStep_CASE_STEP_CLOSED}, Open: true}, q.numbers()},
		"an outcome":            {&saakornv1.CaseFilter{Outcomes: []saakornv1.Outcome{approved}}, q.numbers()},
		"mine":                  {&saakornv1.CaseFilter{OwnerId: "me"}, q.numbers(1)},
		"nobody's":              {&saakornv1.CaseFilter{OwnerId: "none"}, q.numbers(0, 2)},
		"a colleague's":         {&saakornv1.CaseFilter{OwnerId: "case-officer-2"}, q.numbers()},
		"the type":              {&saakornv1.CaseFilter{ApplicationTypes: []saakornv1.ApplicationType{saakornv1.ApplicationType_APPLICATION_TYPE_NEW_ORDINARY}}, q.numbers(0, 1, 2)},
		"another type":          {&saakornv1.CaseFilter{ApplicationTypes: []saakornv1.ApplicationType{saakornv1.ApplicationType_APPLICATION_TYPE_CONTINUATION}}, q.numbers()},
		"the year":              {&saakornv1.CaseFilter{GrantYear: 2019}, q.numbers(0, 1, 2)},
		"another year":          {&saakornv1.CaseFilter{GrantYear: 2020}, q.numbers()},
		"in time":               {&saakornv1.CaseFilter{Late: &late}, q.numbers(0, 1, 2)},
		"the amount":            {&saakornv1.CaseFilter{MinAmountOre: &amount, MaxAmountOre: &amount}, q.numbers(0, 1, 2)},
		"more":                  {&saakornv1.CaseFilter{MinAmountOre: &more}, q.numbers()},
		"received from":         {&saakornv1.CaseFilter{ReceivedFrom: q.cases[1].GetReceivedAt()}, q.numbers(1, 2)},
		"received before":       {&saakornv1.CaseFilter{ReceivedBefore: q.cases[1].GetReceivedAt()}, q.numbers(0)},
		"the enterprise":        {&saakornv1.CaseFilter{EnterpriseId: q.cases[2].GetEnterpriseId()}, q.numbers(2)},
		"a number":              {&saakornv1.CaseFilter{Text: q.cases[1].GetNumber()}, q.numbers(1)},
		"a reference":           {&saakornv1.CaseFilter{Text: "  " + q.cases[2].GetReference()}, q.numbers(2)},
		"a part of a name":      {&saakornv1.CaseFilter{Text: q.cases[0].GetEnterpriseName()[1:5]}, q.numbers(0)},
		"a sign with a meaning": {&saakornv1.CaseFilter{Text: "%%% " + q.cases[0].GetEnterpriseName()}, q.numbers()},
		"due":                   {&saakornv1.CaseFilter{DueBefore: timestamppb.New(q.API.Now().AddDate(20, 0, 0))}, q.numbers()},
		"what is next":          {&saakornv1.CaseFilter{NextSteps: []saakornv1.NextStep{saakornv1.NextStep_NEXT_STEP_NAME_OWNER}}, q.numbers(0, 2)},
		"nobody assesses":       {&saakornv1.CaseFilter{AssessorId: "assessor-1"}, q.numbers()},
	} {
		t.Run(name, func(t *testing.T) {
			got := q.search(t, installationtest.CaseOfficer, &saakornv1.SearchCasesRequest{Filter: test.filter})
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			counts, err := q.client.CountCases(q.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.CountCasesRequest{Filter: test.filter})
			if err != nil || int(counts.GetTotal().GetNumber()) != len(test.want) || counts.GetTotal().GetMore() {
				t.Errorf("counted %v: %v", counts, err)
			}
		})
	}
}

func TestTextWithoutThreeSignsInARowIsRefused(t *testing.T) {
	q := newQueue(t)
	_, err := q.client.SearchCases(q.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.SearchCasesRequest{Filter: &saakornv1.CaseFilter{Text: "a b-c 1/2"}})
	if status.Code(err) != codes.InvalidArgument {
		t.Error(err)
	}
}

func TestCountsAreByStepAndOwner(t *testing.T) {
	q := newQueue(t)
	q.assign(t, q.cases[1], installationtest.CaseOfficer)
	got, err := q.client.CountCases(q.API.As(t.Context(), installationtest.Manager), &saakornv1.CountCasesRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.GetSteps()) != 1 || got.GetSteps()[0].GetStep() != saakornv1.CaseStep_CASE_STEP_CLARIFICATION || got.GetSteps()[0].GetCount().GetNumber() != 3 {
		t.Errorf("steps: %v", got.GetSteps())
	}
	owners := got.GetOwners()
	if len(owners) != 2 || owners[0].GetOwnerId() != "none" || owners[0].GetCount().GetNumber() != 2 ||
		owners[1].GetOwnerId() != installationtest.CaseOfficer || owners[1].GetOwnerName() == "" {
		t.Errorf("owners: %v", owners)
	}
}

func TestAssessorsFindTheirOwnCasesOnly(t *testing.T) {
	q := newQueue(t)
	id := q.cases[1].GetApplicationId()
	q.AnswerAll(t, id)
	q.NameAssessors(t, id)
	for _, filter := range []*saakornv1.CaseFilter{nil, {OwnerId: "none"}, {AssessorId: "assessor-3"}} {
		got := q.search(t, "assessor-1", &saakornv1.SearchCasesRequest{Filter: filter})
		if diff := cmp.Diff(q.numbers(1), got); diff != "" {
			t.Errorf("with %v: %s", filter, diff)
		}
	}
	if got := q.search(t, "assessor-3", &saakornv1.SearchCasesRequest{Filter: &saakornv1.CaseFilter{AssessorId: "assessor-1"}}); len(got) != 0 {
		t.Errorf("a stranger finds %v", got)
	}
	if got := q.search(t, installationtest.CaseOfficer, &saakornv1.SearchCasesRequest{Filter: &saakornv1.CaseFilter{AssessorId: "assessor-1"}}); len(got) != 1 {
		t.Errorf("an officer finds %v", got)
	}
	_, err := q.client.SearchCases(q.API.As(t.Context(), installationtest.Entrepreneur), &saakornv1.SearchCasesRequest{})
	if status.Code(err) != codes.PermissionDenied {
		t.Errorf("an entrepreneur: %v", err)
	}
}

func TestACaseIsStalledUntilSomethingHappens(t *testing.T) {
	q := newQueue(t)
	q.API.MoveClock(t, q.API.Now().AddDate(0, 0, 15))
	q.assign(t, q.cases[0], installationtest.CaseOfficer)
	stalled := &saakornv1.SearchCasesRequest{Filter: &saakornv1.CaseFilter{StalledDays: 14}}
	if diff := cmp.Diff(q.numbers(1, 2), q.search(t, installationtest.Manager, stalled)); diff != "" {
		t.Error(diff)
	}
	byTheScheme := &saakornv1.SearchCasesRequest{Filter: &saakornv1.CaseFilter{Stalled: true}}
	if got := q.search(t, installationtest.Manager, byTheScheme); len(got) != 0 {
		t.Errorf("stalled after 15 days of the scheme's 21: %v", got)
	}
	newestFirst := &saakornv1.SearchCasesRequest{Sorting: saakornv1.CaseSorting_CASE_SORTING_LAST_EVENT, Descending: true}
	if got := q.search(t, installationtest.Manager, newestFirst); got[0] != q.cases[0].GetNumber() {
		t.Errorf("the newest event is in %v", got)
	}
	q.API.MoveClock(t, q.API.Now().AddDate(0, 0, 7))
	if diff := cmp.Diff(q.numbers(1, 2), q.search(t, installationtest.Manager, byTheScheme)); diff != "" {
		t.Error(diff)
	}
	for i, want := range []bool{false, true, true} {
		if c := q.Case(t, q.cases[i].GetApplicationId()).GetCase(); c.GetStalled() != want {
			t.Errorf("%s is stalled: %v", c.GetNumber(), c.GetStalled())
		}
	}
}

func TestWorkloadShowsEveryDesk(t *testing.T) {
	q := newQueue(t)
	q.assign(t, q.cases[0], "case-officer-2")
	q.assign(t, q.cases[1], "case-officer-2")
	q.API.MoveClock(t, q.API.Now().AddDate(0, 0, 22)) // the scheme says 21 days
	q.assign(t, q.cases[1], "case-officer-2")
	got, err := q.client.GetWorkload(q.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.GetWorkloadRequest{})
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(got.GetOfficers(), func(w *saakornv1.Workload) bool { return w.GetOwnerId() == "case-officer-2" })
	busy := got.GetOfficers()[at]
	if busy.GetOpen() != 2 || busy.GetStalled() != 1 || len(busy.GetSteps()) != 1 || !busy.GetOldestReceivedAt().AsTime().Equal(q.cases[0].GetReceivedAt().AsTime()) {
		t.Errorf("the busy desk: %v", busy)
	}
	if got.GetUnowned().GetOpen() != 1 || got.GetUnowned().GetStalled() != 1 {
		t.Errorf("what nobody owns: %v", got.GetUnowned())
	}
	idle := slices.ContainsFunc(got.GetOfficers(), func(w *saakornv1.Workload) bool { return w.GetOwnerId() == "case-officer-3" && w.GetOpen() == 0 })
	if !idle {
		t.Errorf("who has nothing to do is left out: %v", got.GetOfficers())
	}
}

func (q *queue) save(ctx context.Context, name string, shared bool) (*saakornv1.SavedView, error) {
	answer, err := q.client.CreateSavedView(ctx, &saakornv1.CreateSavedViewRequest{
		RequestId: uuid.NewString(), Name: name, Shared: shared, Filter: &saakornv1.CaseFilter{OwnerId: "me", StalledDays: 14},
		Sorting: saakornv1.CaseSorting_CASE_SORTING_DUE, Descending: true,
	})
	return answer.GetView(), err
}

func (q *queue) views(t *testing.T, caller string) []string {
	t.Helper()
	answer, err := q.client.ListSavedViews(q.API.As(t.Context(), caller), &saakornv1.ListSavedViewsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, v := range answer.GetViews() {
		names = append(names, v.GetName())
	}
	return names
}

func TestViewsBelongToWhoeverSavedThem(t *testing.T) {
	round := begin(t)
	q := &queue{Round: round, client: saakornv1.NewQueueServiceClient(round.API.Connection)}
	officer, colleague := q.API.As(t.Context(), "case-officer-1"), q.API.As(t.Context(), "case-officer-2")
	if _, err := q.save(officer, "Mine som står stille", false); err != nil {
		t.Fatal(err)
	}
	shared, err := q.save(officer, "Lagets", true)
	if err != nil {
		t.Fatal(err)
	}
	if shared.GetFilter().GetStalledDays() != 14 || shared.GetSorting() != saakornv1.CaseSorting_CASE_SORTING_DUE || !shared.GetDescending() || shared.GetOwnerName() == "" {
		t.Errorf("saved %v", shared)
	}
	if _, err := q.save(officer, "lagets", false); status.Code(err) != codes.AlreadyExists {
		t.Errorf("a name that is taken: %v", err)
	}
	for caller, want := range map[string][]string{
		"case-officer-1": {"Lagets", "Mine som står stille"}, "case-officer-2": {"Lagets"}, "assessor-1": {},
	} {
		if diff := cmp.Diff(want, q.views(t, caller)); diff != "" {
			t.Errorf("%s sees %s", caller, diff)
		}
	}
	remove := &saakornv1.DeleteSavedViewRequest{RequestId: uuid.NewString(), ViewId: shared.GetId(), Etag: shared.GetEtag()}
	if _, err := q.client.DeleteSavedView(colleague, remove); status.Code(err) != codes.PermissionDenied {
		t.Errorf("a colleague deletes it: %v", err)
	}
	changed, err := q.client.UpdateSavedView(officer, &saakornv1.UpdateSavedViewRequest{
		RequestId: uuid.NewString(), ViewId: shared.GetId(), Etag: shared.GetEtag(), Name: "Lagets frister",
	})
	if err != nil || changed.GetView().GetShared() || changed.GetView().GetEtag() == shared.GetEtag() {
		t.Fatalf("changed to %v: %v", changed, err)
	}
	if _, err := q.client.DeleteSavedView(colleague, remove); status.Code(err) != codes.NotFound {
		t.Errorf("a colleague deletes what is no longer shared: %v", err)
	}
	if _, err := q.client.DeleteSavedView(officer, remove); status.Code(err) != codes.Aborted {
		t.Errorf("a stale etag: %v", err)
	}
	remove.RequestId, remove.Etag = uuid.NewString(), changed.GetView().GetEtag()
	for range 2 { // a repeated request is harmless
		if _, err := q.client.DeleteSavedView(officer, remove); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff([]string{"Mine som står stille"}, q.views(t, "case-officer-1")); diff != "" {
		t.Error(diff)
	}
}

// What exists already is asked for in ApplicationService, and how cases ended is known here.
func TestAGrantIsPublicOnceThePartyKnows(t *testing.T) {
	r := begin(t)
	other := r.Apply(t, 2).GetId()
	id := assessed(t, r, 1)
	found := func() []*saakornv1.SimilarApplication {
		answer, err := r.API.Applications.ListSimilarApplications(r.API.As(t.Context(), installationtest.Manager), &saakornv1.ListSimilarApplicationsRequest{
			ApplicationId: other, Query: r.Case(t, id).GetCase().GetEnterpriseName(),
		})
		must(t, err)
		return answer.GetApplications()
	}
	r.Recommend(t, installationtest.CaseOfficer, id, approved, amount)
	must(t, r.Decide(t.Context(), installationtest.DecisionMaker, r.Case(t, id).GetCase(), approved, amount))
	if got := found(); len(got) != 1 || got[0].GetOutcome() != saakornv1.Outcome_OUTCOME_UNSPECIFIED {
		t.Errorf("before the letter: %v", got)
	}
	r.Drive(t, id)
	if got := found(); len(got) != 1 || got[0].GetOutcome() != approved {
		t.Errorf("after the letter: %v", got)
	}
}
