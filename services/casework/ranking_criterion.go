package casework

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework/db"
	"saakorn/services/platform/page"
)

// Standing is a case with the mean of the scores on one criterion. It also is the place in a list that is
// ordered by them.
type Standing struct {
	CaseID uuid.UUID
	// Scored tells whether there is a mean to show.
	Scored bool
	Mean   float64
}

// CompareStandings orders by the mean, the lowest first or the highest when descending. What has none comes
// last either way, and the identifier breaks ties.
func CompareStandings(a, b Standing, descending bool) int {
	if a.Scored != b.Scored {
		if a.Scored {
			return -1
		}
		return 1
	}
	order := cmp.Compare(a.Mean, b.Mean)
	if descending {
		order = -order
	}
	return cmp.Or(order, slices.Compare(a.CaseID[:], b.CaseID[:]))
}

// byCriterion returns a page of the call's candidates in the order of their scores on one criterion. A call
// has so few that all of them are put in order for each page; what they are is read for the page only.
func (s *RankingServer) byCriterion(ctx context.Context, r *saakornv1.ListCandidatesRequest, callID uuid.UUID) ([]Case, string, error) {
	after, err := page.Place[*Standing](r, nil)
	if err != nil {
		return nil, "", err
	}
	standings, err := s.standings(ctx, callID, r.GetCriterion())
	if err != nil {
		return nil, "", err
	}
	order := func(a, b Standing) int { return CompareStandings(a, b, r.GetDescending()) }
	if after != nil {
		standings = slices.DeleteFunc(standings, func(x Standing) bool { return order(x, *after) <= 0 })
	}
	slices.SortFunc(standings, order)
	standings, next, err := page.Cut(r, standings, func(last Standing) *Standing { return &last })
	if err != nil {
		return nil, "", err
	}
	entries := make([]RankingEntry, 0, len(standings))
	for _, x := range standings {
		entries = append(entries, RankingEntry{CaseID: x.CaseID})
	}
	found, err := entryCases(ctx, s.Server.Pool, entries)
	if err != nil {
		return nil, "", err
	}
	cases := make([]Case, 0, len(entries))
	for _, e := range entries {
		cases = append(cases, found[e.CaseID])
	}
	return cases, next, nil
}

// standings returns how the candidates of the call stand on the criterion. The order tells nothing of what
// is sealed to the caller: it has no mean.
func (s *RankingServer) standings(ctx context.Context, callID uuid.UUID, criterion string) ([]Standing, error) {
	rows, err := db.New(s.Server.Pool).ListScoresOfCriterion(ctx, db.ListScoresOfCriterionParams{CallID: callID, Criterion: criterion})
	if err != nil {
		return nil, fmt.Errorf("sum up assessments: %w", err)
	}
	ids := make([]uuid.UUID, 0, len(rows))
	candidates := make(map[uuid.UUID]*saakornv1.Candidate, len(rows))
	for _, row := range rows {
		ids = append(ids, row.CaseID)
		candidates[row.CaseID] = &saakornv1.Candidate{}
	}
	roster, err := s.Server.roster(ctx, s.Server.Pool)
	if err != nil {
		return nil, err
	}
	if err := s.seal(ctx, candidates, ids, roster); err != nil {
		return nil, err
	}
	standings := make([]Standing, 0, len(rows))
	for _, row := range rows {
		x := Standing{CaseID: row.CaseID}
		if row.Assessors > 0 && !candidates[row.CaseID].GetSealed() {
			x.Scored, x.Mean = true, float64(row.Total)/float64(row.Assessors)
		}
		standings = append(standings, x)
	}
	return standings, nil
}
