// Package granttest plays the people of a grant through the contract, for tests: cases are decided, awards
// accepted, measures taken and lifecycles closed.
package granttest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework/caseworktest"
	"saakorn/services/grant"
	"saakorn/services/installation"
	"saakorn/services/installation/installationtest"
)

// SchemeID is the scheme of every award of a house.
const SchemeID = "social-entrepreneurship"

// House is a round with a client of each service of the grant.
type House struct {
	*caseworktest.Round

	Grants    saakornv1.GrantServiceClient
	Changes   saakornv1.ChangeRequestServiceClient
	Measures  saakornv1.MeasureServiceClient
	Tasks     saakornv1.TaskServiceClient
	Portfolio saakornv1.PortfolioServiceClient
}

// Open opens a call on a fresh installation.
func Open(t testing.TB) *House {
	t.Helper()
	api := installationtest.New(t)
	c := api.Connection
	return &House{
		caseworktest.Open(t, api), saakornv1.NewGrantServiceClient(c), saakornv1.NewChangeRequestServiceClient(c),
		saakornv1.NewMeasureServiceClient(c), saakornv1.NewTaskServiceClient(c), saakornv1.NewPortfolioServiceClient(c),
	}
}

// Offer has the first enterprises apply, closes the call, and has each awarded what it applied for, on the
// conditions. It returns the awards in the order of the enterprises. Nobody has accepted them.
func (h *House) Offer(t testing.TB, enterprises int, conditions ...string) []*saakornv1.Award {
	t.Helper()
	var ids []string
	for n := range enterprises {
		ids = append(ids, h.Apply(t, n+1).GetId())
		h.Drive(t, ids[n])
	}
	h.Close(t)
	var awards []*saakornv1.Award
	for _, id := range ids {
		h.AnswerAll(t, id)
		h.Assess(t, id)
		h.recommend(t, id, conditions)
		must(t, h.Decide(t.Context(), installationtest.DecisionMaker, h.Case(t, id).GetCase(), saakornv1.Outcome_OUTCOME_APPROVED, caseworktest.AmountOre))
		h.Drive(t, id)
		awards = append(awards, h.AwardOf(t, id))
	}
	for _, a := range awards {
		h.Follow(t, a.GetLifecycleId())
	}
	return awards
}

func (h *House) recommend(t testing.TB, applicationID string, conditions []string) {
	t.Helper()
	c := h.Case(t, applicationID).GetCase()
	_, err := h.API.Cases.Recommend(h.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.RecommendRequest{
		RequestId: uuid.NewString(), CaseId: c.GetId(), Etag: c.GetEtag(), Outcome: saakornv1.Outcome_OUTCOME_APPROVED,
		AmountOre: caseworktest.AmountOre, Reasons: "Virksomheten treffer målgruppen og har en plan som holder.", Conditions: conditions,
	})
	must(t, err)
}

// AwardOf returns the award of an application, as staff see it.
func (h *House) AwardOf(t testing.TB, applicationID string) *saakornv1.Award {
	t.Helper()
	c := h.Case(t, applicationID).GetCase()
	list, err := h.Grants.ListLifecycles(h.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.ListLifecyclesRequest{EnterpriseId: c.GetEnterpriseId()})
	must(t, err)
	for _, l := range list.GetLifecycles() {
		for _, a := range h.Lifecycle(t, l.GetId()).GetAwards() {
			if a.GetApplicationId() == applicationID {
				return a
			}
		}
	}
	t.Fatalf("the application %s has no award", applicationID)
	return nil
}

// Lifecycle returns the lifecycle as staff see it.
func (h *House) Lifecycle(t testing.TB, id string) *saakornv1.GetLifecycleResponse {
	t.Helper()
	answer, err := h.Grants.GetLifecycle(h.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.GetLifecycleRequest{LifecycleId: id})
	must(t, err)
	return answer
}

// Award returns the award as staff see it.
func (h *House) Award(t testing.TB, id string) *saakornv1.GetAwardResponse {
	t.Helper()
	answer, err := h.Grants.GetAward(h.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.GetAwardRequest{AwardId: id})
	must(t, err)
	return answer
}

// Accept has the n-th enterprise accept the award.
func (h *House) Accept(t testing.TB, n int, awardID string) *saakornv1.Award {
	t.Helper()
	answer, err := h.Grants.AcceptAward(h.API.As(t.Context(), caseworktest.Applicant(n)), &saakornv1.AcceptAwardRequest{
		RequestId: uuid.NewString(), AwardId: awardID, Etag: h.Award(t, awardID).GetAward().GetEtag(),
	})
	must(t, err)
	return answer.GetAward()
}

// Follow does what is next in the lifecycle, step by step as the procedure would, until only people or time
// can bring it further. It is for tests without an engine.
func (h *House) Follow(t testing.TB, lifecycleID string) {
	t.Helper()
	id := uuid.MustParse(lifecycleID)
	for range 50 {
		situation, err := h.API.Installation.Course.Look(t.Context(), id)
		must(t, err)
		if situation.Next == grant.StepAwait || situation.Next == grant.StepNone {
			return
		}
		must(t, Do(t.Context(), h.API.Installation, situation.Next, id))
	}
	t.Fatal("the lifecycle comes to no rest")
}

// Until moves the clock to the moment and does what the lifecycle then calls for.
func (h *House) Until(t testing.TB, at time.Time, lifecycleID string) {
	t.Helper()
	h.API.MoveClock(t, at)
	h.Follow(t, lifecycleID)
}

// Do carries out one step of the procedure.
func Do(ctx context.Context, i *installation.Installation, step grant.Step, id uuid.UUID) error {
	switch step {
	case grant.StepOffer, grant.StepRemind, grant.StepTell:
		letterID, err := i.Course.WriteLetter(ctx, id)
		if err != nil || letterID == uuid.Nil {
			return err
		}
		if err := i.Postman.Deliver(ctx, letterID); err != nil {
			return err
		}
		return i.Course.RecordTold(ctx, id)
	case grant.StepLapse:
		return i.Course.Lapse(ctx, id)
	case grant.StepTasks:
		return i.Course.Tasks(ctx, id)
	case grant.StepWatchRegistry:
		return i.Course.WatchRegistry(ctx, id)
	default:
		return fmt.Errorf("%s is no step that can be done", step)
	}
}

// OpenTasks returns the kinds of the open tasks of a lifecycle, those due first.
func (h *House) OpenTasks(t testing.TB, lifecycleID string) []string {
	t.Helper()
	answer, err := h.Tasks.ListTasks(h.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.ListTasksRequest{LifecycleId: lifecycleID})
	must(t, err)
	var kinds []string
	for _, x := range answer.GetTasks() {
		kinds = append(kinds, x.GetKind())
	}
	return kinds
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
