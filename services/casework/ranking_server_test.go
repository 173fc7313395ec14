package casework_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework/caseworktest"
	"saakorn/services/installation/installationtest"
	"saakorn/services/platform/database"
)

type ranked struct {
	*testing.T
	r      *caseworktest.Round
	client saakornv1.RankingServiceClient
}

func rankings(t *testing.T, r *caseworktest.Round) ranked {
	return ranked{t, r, saakornv1.NewRankingServiceClient(r.API.Connection)}
}

// entry is a place for the case of an application.
func (k ranked) entry(applicationID string, ore int64) *saakornv1.RankingEntry {
	k.Helper()
	return &saakornv1.RankingEntry{CaseId: k.r.Case(k.T, applicationID).GetCase().GetId(), AmountOre: ore}
}

func (k ranked) create(ctx context.Context, person, name string, shared bool, entries ...*saakornv1.RankingEntry) (*saakornv1.CreateRankingResponse, error) {
	return k.client.CreateRanking(k.r.API.As(ctx, person), &saakornv1.CreateRankingRequest{
		RequestId: uuid.NewString(), CallId: k.r.Call.GetId(), Name: name, Shared: shared, Entries: entries,
	})
}

func (k ranked) update(ctx context.Context, person string, kept *saakornv1.Ranking, entries ...*saakornv1.RankingEntry) (*saakornv1.UpdateRankingResponse, error) {
	return k.client.UpdateRanking(k.r.API.As(ctx, person), &saakornv1.UpdateRankingRequest{
		RequestId: uuid.NewString(), RankingId: kept.GetId(), Etag: kept.GetEtag(), Name: kept.GetName(), Shared: kept.GetShared(), Entries: entries,
	})
}

func (k ranked) get(person, id string) (*saakornv1.GetRankingResponse, error) {
	return k.client.GetRanking(k.r.API.As(k.Context(), person), &saakornv1.GetRankingRequest{RankingId: id})
}

func (k ranked) frame() *saakornv1.RankingFrame {
	k.Helper()
	answer, err := k.client.GetFrame(k.r.API.As(k.Context(), "auditor-1"), &saakornv1.GetFrameRequest{CallId: k.r.Call.GetId()})
	must(k.T, err)
	return answer.GetFrame()
}

func setFrame(t *testing.T, r *caseworktest.Round, frame, reserve int64) {
	t.Helper()
	must(t, exec(t, r, `UPDATE budget_frame SET frame_ore = $1, appeal_reserve_ore = $2 WHERE grant_year = 2019`, frame, reserve))
}

func TestAnOrderIsTriedOutAgainstTheFrame(t *testing.T) {
	r := begin(t)
	ids := assessedAll(t, r, 3)
	k := rankings(t, r)
	setFrame(t, r, 2*amount, amount/2) // one and a half of them is free
	for _, id := range ids {
		r.Enter(t, id, installationtest.DecisionMaker)
	}
	answer, err := k.client.TryRanking(r.API.As(t.Context(), installationtest.DecisionMaker), &saakornv1.TryRankingRequest{
		CallId: r.Call.GetId(), Entries: []*saakornv1.RankingEntry{k.entry(ids[2], amount), k.entry(ids[0], amount/2), k.entry(ids[1], 1)},
	})
	must(t, err)
	c := answer.GetConsequences()
	if c.GetSumOre() != amount*3/2+1 || c.GetLeftOre() != -1 || c.GetCrossedAt() != 3 || !c.GetEntries()[1].GetFits() || c.GetEntries()[2].GetFits() ||
		c.GetEntries()[1].GetCumulativeOre() != amount*3/2 || c.GetEntries()[0].GetCaseNumber() == "" {
		t.Errorf("it comes to %v", c)
	}
	if f := c.GetFrame(); f.GetFrameOre() != 2*amount || f.GetHeldBackForAppealsOre() != amount/2 || f.GetFreeOre() != amount*3/2 || f.GetBoundOre() != 0 {
		t.Errorf("the frame is %v", f)
	}
	if n := number(t, r, `SELECT count(*) FROM ranking`); n != 0 {
		t.Error("trying something out keeps it")
	}
	_, err = k.client.TryRanking(r.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.TryRankingRequest{
		CallId: r.Call.GetId(), Entries: []*saakornv1.RankingEntry{{CaseId: uuid.NewString()}, k.entry(ids[0], amount+1)},
	})
	wantReason(t, err, "NOT_IN_THE_CALL")
	wantReason(t, err, "MORE_THAN_APPLIED_FOR")
	_, err = k.client.TryRanking(r.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.TryRankingRequest{CallId: uuid.NewString()})
	wantReason(t, err, "NOT_FOUND")

	// What is decided meanwhile counts once.
	r.Recommend(t, installationtest.CaseOfficer, ids[0], approved, amount)
	must(t, r.Decide(t.Context(), installationtest.DecisionMaker, r.Case(t, ids[0]).GetCase(), approved, amount))
	kept, err := k.create(t.Context(), installationtest.CaseOfficer, "Nå", false, k.entry(ids[0], amount), k.entry(ids[1], amount/2))
	must(t, err)
	if c := kept.GetConsequences(); c.GetSumOre() != amount/2 || c.GetLeftOre() != 0 || c.GetCrossedAt() != 0 ||
		c.GetEntries()[0].GetStatus() != saakornv1.EntryStatus_ENTRY_STATUS_AWARDED {
		t.Errorf("after a decision it comes to %v", c)
	}
}

func TestOrdersBelongToWhoeverKeepsThem(t *testing.T) {
	r := begin(t)
	ids := assessedAll(t, r, 2)
	k := rankings(t, r)
	own, err := k.create(t.Context(), "case-officer-1", "Forslag", false, k.entry(ids[0], amount))
	must(t, err)
	shared, err := k.create(t.Context(), "case-officer-1", "Delt", true, k.entry(ids[1], 5), k.entry(ids[0], 7))
	must(t, err)
	_, err = k.create(t.Context(), "case-officer-1", "FORSLAG", false)
	wantReason(t, err, "NAME_TAKEN")
	_, err = k.create(t.Context(), "case-officer-1", "  ", false)
	wantReason(t, err, "REQUIRED")
	_, err = k.create(t.Context(), "auditor-1", "Revisors", false)
	wantReason(t, err, "ROLE_MISSING")
	_, err = k.create(t.Context(), "case-officer-2", "Forslag", false)
	must(t, err) // another's name is no hindrance

	names := func(person string) []string {
		answer, err := k.client.ListRankings(r.API.As(t.Context(), person), &saakornv1.ListRankingsRequest{CallId: r.Call.GetId()})
		must(t, err)
		var list []string
		for _, x := range answer.GetRankings() {
			list = append(list, x.GetName()+" "+x.GetOwnerId())
		}
		return list
	}
	if diff := cmp.Diff([]string{"Delt case-officer-1", "Forslag case-officer-1"}, names("case-officer-1")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"Forslag case-officer-2", "Delt case-officer-1"}, names("case-officer-2")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"Delt case-officer-1"}, names("auditor-1")); diff != "" {
		t.Error(diff)
	}
	_, err = k.get("case-officer-2", own.GetRanking().GetId())
	wantReason(t, err, "NOT_FOUND")
	r.Enter(t, ids[0], "case-officer-2")
	r.Enter(t, ids[1], "case-officer-2")
	seen, err := k.get("case-officer-2", shared.GetRanking().GetId())
	must(t, err)
	if e := seen.GetRanking().GetEntries(); len(e) != 2 || e[0].GetAmountOre() != 5 || e[1].GetAmountOre() != 7 {
		t.Errorf("the shared order is %v", e)
	}
	_, err = k.update(t.Context(), "case-officer-2", own.GetRanking())
	wantReason(t, err, "NOT_FOUND")
	_, err = k.update(t.Context(), "case-officer-2", shared.GetRanking())
	wantReason(t, err, "NOT_YOUR_RANKING")

	why := oneWins(t, together(
		func() error {
			_, err := k.update(t.Context(), "case-officer-1", shared.GetRanking(), shared.GetRanking().GetEntries()[1])
			return err
		},
		func() error {
			_, err := k.update(t.Context(), "case-officer-1", shared.GetRanking(), shared.GetRanking().GetEntries()[0])
			return err
		},
	))
	if why != "STALE_ETAG" {
		t.Errorf("the other was refused with %q", why)
	}
	changed, err := k.get("case-officer-1", shared.GetRanking().GetId())
	must(t, err)
	if len(changed.GetRanking().GetEntries()) != 1 {
		t.Errorf("after the change it holds %v", changed.GetRanking().GetEntries())
	}
	remove := func(etag string) error {
		_, err := k.client.DeleteRanking(r.API.As(t.Context(), "case-officer-1"), &saakornv1.DeleteRankingRequest{
			RequestId: uuid.NewString(), RankingId: shared.GetRanking().GetId(), Etag: etag,
		})
		return err
	}
	wantReason(t, remove(shared.GetRanking().GetEtag()), "STALE_ETAG")
	must(t, remove(changed.GetRanking().GetEtag()))
	if n := number(t, r, `SELECT count(*) FROM ranking_entry WHERE ranking_id = $1`, shared.GetRanking().GetId()); n != 0 {
		t.Errorf("%d entries are left", n)
	}
}

func TestSoManyOrdersOfACallAreKept(t *testing.T) {
	r := begin(t)
	k := rankings(t, r)
	must(t, exec(t, r, `INSERT INTO ranking (id, call_id, owner_id, name, shared, created_at, updated_at)
		SELECT gen_random_uuid(), $1, 'case-officer-1', 'Nr. ' || i, false, now(), now() FROM generate_series(1, 100) i`, r.Call.GetId()))
	_, err := k.create(t.Context(), "case-officer-1", "En til", false)
	wantReason(t, err, "TOO_MANY_RANKINGS")
}

func TestCandidatesComeWithWhatTheirAssessorsThink(t *testing.T) {
	r := begin(t)
	k := rankings(t, r)
	var ids []string
	for n := 1; n <= 4; n++ {
		id := r.Apply(t, n).GetId()
		r.Drive(t, id)
		ids = append(ids, id)
	}
	r.Close(t)
	for _, id := range ids[:3] {
		r.AnswerAll(t, id)
	}
	must(t, r.AskToAssess(t, ids[0], "assessor-1", "case-officer-2"))
	r.AssessWith(t, "assessor-1", ids[0], map[string]int32{"relevance": 2})
	r.Assess(t, ids[1])
	r.Recommend(t, installationtest.CaseOfficer, ids[1], partially, amount/4)
	r.NameAssessors(t, ids[2])
	must(t, r.Withdraw(t.Context(), 4, ids[3]))
	r.Drive(t, ids[3])
	must(t, declare(t, r, "case-officer-3", r.Case(t, ids[1]).GetCase(), false))
	r.Enter(t, ids[0], "case-officer-2", "case-officer-3")
	r.Enter(t, ids[1], "case-officer-2")
	r.Enter(t, ids[2], "case-officer-2", "case-officer-3")

	list := func(person string, size int32) map[string]*saakornv1.Candidate {
		t.Helper()
		found := map[string]*saakornv1.Candidate{}
		q := &saakornv1.ListCandidatesRequest{CallId: r.Call.GetId(), PageSize: size, Sorting: saakornv1.CaseSorting_CASE_SORTING_ENTERPRISE_NAME}
		for {
			answer, err := k.client.ListCandidates(r.API.As(t.Context(), person), q)
			must(t, err)
			for _, c := range answer.GetCandidates() {
				found[c.GetCase().GetApplicationId()] = c
			}
			if q.PageToken = answer.GetNextPageToken(); q.GetPageToken() == "" {
				return found
			}
		}
	}
	found := list(installationtest.Manager, 1)
	if len(found) != 3 || found[ids[3]] != nil {
		t.Fatalf("%d candidates", len(found))
	}
	if c := found[ids[0]]; c.GetAssessments() != 1 || c.GetCriteria()[0].GetCriterion() != "relevance" || c.GetCriteria()[0].GetAverage() != 2 || c.GetSealed() {
		t.Errorf("the first is %v", c)
	}
	if c := found[ids[1]]; c.GetAssessments() != 2 || c.GetCriteria()[0].GetSpread() != 0 || c.GetRecommendation().GetAmountOre() != amount/4 {
		t.Errorf("the second is %v", c)
	}
	if c := found[ids[2]]; c.GetAssessments() != 0 || len(c.GetCriteria()) != 0 {
		t.Errorf("the third is %v", c)
	}
	for person, sealed := range map[string]string{"case-officer-2": ids[0], "case-officer-3": ids[1]} {
		for id, c := range list(person, 0) {
			if c.GetSealed() != (id == sealed) || c.GetSealed() && len(c.GetCriteria()) != 0 {
				t.Errorf("%s sees %v", person, c)
			}
		}
	}
	_, err := k.create(t.Context(), "case-officer-3", "Med egen sak", false, k.entry(ids[0], 1), k.entry(ids[1], 1))
	wantReason(t, err, "NOT_IMPARTIAL")
	_, err = k.client.ListCandidates(r.API.As(t.Context(), "assessor-1"), &saakornv1.ListCandidatesRequest{CallId: r.Call.GetId()})
	wantReason(t, err, "ROLE_MISSING")
}

func TestOnlyAppealsUseWhatIsHeldBackForThem(t *testing.T) {
	r := begin(t)
	ids := assessedAll(t, r, 2)
	k := rankings(t, r)
	setFrame(t, r, amount*3/2, amount/2)
	r.Recommend(t, installationtest.CaseOfficer, ids[0], partially, amount/2)
	must(t, r.Decide(t.Context(), installationtest.DecisionMaker, r.Case(t, ids[0]).GetCase(), partially, amount/2))
	// Half of the amount is free, and the same is held back.
	r.Recommend(t, installationtest.CaseOfficer, ids[1], approved, amount)
	wantReason(t, r.Decide(t.Context(), installationtest.DecisionMaker, r.Case(t, ids[1]).GetCase(), approved, amount), "FRAME_EXCEEDED")
	if err := exec(t, r, `UPDATE budget_frame SET bound_ore = bound_ore + $1 WHERE grant_year = 2019`, amount/2+1); !database.Violates(err, "reserve_kept") {
		t.Errorf("the database let ordinary awards into the reserve: %v", err)
	}
	r.Recommend(t, installationtest.CaseOfficer, ids[1], partially, amount/2)
	must(t, r.Decide(t.Context(), installationtest.DecisionMaker, r.Case(t, ids[1]).GetCase(), partially, amount/2))
	if f := k.frame(); f.GetFreeOre() != 0 || f.GetHeldBackForAppealsOre() != amount/2 || f.GetBoundOre() != amount {
		t.Errorf("when everything but the reserve is awarded the frame is %v", f)
	}
	r.Drive(t, ids[0])
	a := appeals(t, r)
	a.prepare(ids[0], granted, amount)
	must(t, a.decide(installationtest.DecisionMaker, ids[0], granted, amount))
	if f := k.frame(); f.GetFreeOre() != 0 || f.GetHeldBackForAppealsOre() != 0 || f.GetBoundInAppealsOre() != amount/2 || f.GetBoundOre() != amount*3/2 {
		t.Errorf("after the appeal the frame is %v", f)
	}
	if got := fmt.Sprint(r.Case(t, ids[0]).GetCase().GetAmountAwardedOre()); got != fmt.Sprint(amount) {
		t.Errorf("the appeal awarded %s", got)
	}
}
