package casework_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/installation/installationtest"
)

func TestCandidatesInTheOrderOfOneCriterion(t *testing.T) {
	r := begin(t)
	k := rankings(t, r)
	var ids []string
	for n := 1; n <= 4; n++ {
		id := r.Apply(t, n).GetId()
		r.Drive(t, id)
		ids = append(ids, id)
	}
	r.Close(t)
	for i, score := range []int32{1, 3, 2} {
		r.AnswerAll(t, ids[i])
		must(t, r.AskToAssess(t, ids[i], "assessor-1", "assessor-2"))
		r.AssessWith(t, "assessor-1", ids[i], map[string]int32{"relevance": score})
	}
	must(t, declare(t, r, "case-officer-3", r.Case(t, ids[1]).GetCase(), false))
	for _, id := range []string{ids[0], ids[2], ids[3]} {
		r.Enter(t, id, "case-officer-3")
	}
	list := func(person, criterion string, descending bool, size int32) []string {
		t.Helper()
		var found []string
		q := &saakornv1.ListCandidatesRequest{CallId: r.Call.GetId(), PageSize: size, Criterion: criterion, Descending: descending}
		for {
			answer, err := k.client.ListCandidates(r.API.As(t.Context(), person), q)
			must(t, err)
			for _, c := range answer.GetCandidates() {
				found = append(found, c.GetCase().GetApplicationId())
			}
			if q.PageToken = answer.GetNextPageToken(); q.GetPageToken() == "" {
				return found
			}
		}
	}
	for name, tt := range map[string]struct {
		person     string
		descending bool
		want       []string
	}{
		"the highest first": {installationtest.Manager, true, []string{ids[1], ids[2], ids[0], ids[3]}},
		"the lowest first":  {installationtest.Manager, false, []string{ids[0], ids[2], ids[1], ids[3]}},
	} {
		for _, size := range []int32{0, 1, 3} {
			if diff := cmp.Diff(tt.want, list(tt.person, "relevance", tt.descending, size)); diff != "" {
				t.Errorf("%s, %d on a page: %s", name, size, diff)
			}
		}
	}
	// What is sealed to somebody comes with those that have no score, in an order that tells nothing.
	sealed := list("case-officer-3", "relevance", true, 0)
	if diff := cmp.Diff([]string{ids[2], ids[0]}, sealed[:2]); diff != "" || !slices.Contains(sealed[2:], ids[1]) {
		t.Errorf("%v: %s", sealed, diff)
	}
	if got := list(installationtest.Manager, "no-such-criterion", true, 2); len(got) != 4 {
		t.Errorf("by a criterion that nobody scored there are %v", got)
	}
}
