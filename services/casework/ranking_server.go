package casework

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework/db"
	"saakorn/services/platform/access"
	"saakorn/services/platform/command"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/person"
	"saakorn/services/scheme"
)

// RankingServer answers the RankingService of the contract.
type RankingServer struct {
	saakornv1.UnimplementedRankingServiceServer

	Server *Server
}

// maxRankings is how many orders of one call a person can keep.
const maxRankings = 100

// frame returns the frame of the call's grant year.
func (s *RankingServer) frame(ctx context.Context, q Querier, callID uuid.UUID) (scheme.Frame, error) {
	call, err := s.Server.Schemes.Call(ctx, q, callID)
	if err != nil {
		return scheme.Frame{}, err
	}
	return s.Server.Schemes.Budget(ctx, call.SchemeID, call.GrantYear)
}

func presentFrame(f scheme.Frame) *saakornv1.RankingFrame {
	return &saakornv1.RankingFrame{
		GrantYear: int32(f.GrantYear), FrameOre: f.FrameOre, BoundOre: f.BoundOre, BoundInContinuationsOre: f.BoundContinuationOre,
		BoundInAppealsOre: f.BoundAppealOre, ExpectedInContinuationsOre: f.ExpectedOre, HeldBackForAppealsOre: f.HeldBackOre(), FreeOre: f.FreeOre(),
	}
}

// GetFrame returns what may be awarded, what is bound, what is held back and what is free.
func (s *RankingServer) GetFrame(ctx context.Context, r *saakornv1.GetFrameRequest) (*saakornv1.GetFrameResponse, error) {
	f, err := s.frame(ctx, s.Server.Pool, uuid.MustParse(r.GetCallId()))
	if err != nil {
		return nil, err
	}
	return &saakornv1.GetFrameResponse{Frame: presentFrame(f)}, nil
}

// ListCandidates returns the cases of the call that can be or have been awarded money.
func (s *RankingServer) ListCandidates(ctx context.Context, r *saakornv1.ListCandidatesRequest) (*saakornv1.ListCandidatesResponse, error) {
	callID := uuid.MustParse(r.GetCallId())
	_, err := s.Server.Schemes.Call(ctx, s.Server.Pool, callID)
	if err != nil {
		return nil, err
	}
	var cases []Case
	var next string
	if r.GetCriterion() != "" {
		cases, next, err = s.byCriterion(ctx, r, callID)
	} else {
		cases, next, err = s.Server.searchPage(ctx, r, Search{
			Filter:  Filter{CallID: &callID, Outcomes: []Outcome{"", Approved, PartiallyApproved}},
			Sorting: sortingOf(r.GetSorting()), Descending: r.GetDescending(),
		})
	}
	if err != nil {
		return nil, err
	}
	candidates, err := s.candidates(ctx, cases)
	return &saakornv1.ListCandidatesResponse{Candidates: candidates, NextPageToken: next}, err
}

// candidates shows the cases with how their assessments agree, but for those that are sealed.
func (s *RankingServer) candidates(ctx context.Context, cases []Case) ([]*saakornv1.Candidate, error) {
	if len(cases) == 0 {
		return nil, nil
	}
	p, err := s.Server.presenter(ctx, s.Server.Pool, cases...)
	if err != nil {
		return nil, err
	}
	list := make([]*saakornv1.Candidate, 0, len(cases))
	byID := make(map[uuid.UUID]*saakornv1.Candidate, len(cases))
	ids := make([]uuid.UUID, 0, len(cases))
	for _, c := range cases {
		candidate := &saakornv1.Candidate{Case: p.present(c)}
		list, ids = append(list, candidate), append(ids, c.ID)
		byID[c.ID] = candidate
	}
	if err := s.seal(ctx, byID, ids, p.roster); err != nil {
		return nil, err
	}
	maps.DeleteFunc(byID, func(_ uuid.UUID, c *saakornv1.Candidate) bool { return c.GetSealed() })
	if err := s.addAssessments(ctx, byID, ids, cases); err != nil {
		return nil, err
	}
	return list, nil
}

// seal marks what the caller has yet to assess, and what is closed to the caller.
func (s *RankingServer) seal(ctx context.Context, candidates map[uuid.UUID]*saakornv1.Candidate, ids []uuid.UUID, roster Roster) error {
	caller, _ := access.From(ctx)
	_, closed, err := s.Server.closings(ctx, s.Server.Pool, db.ListStandingsParams{CaseIds: ids})
	if err != nil {
		return err
	}
	pending, err := db.New(s.Server.Pool).ListToAssess(ctx, db.ListToAssessParams{
		CaseIds: ids, AssessorIds: append([]string{caller.ID}, roster.StandsInFor(caller.ID)...),
	})
	if err != nil {
		return fmt.Errorf("see what is yet to be assessed: %w", err)
	}
	for _, id := range append(pending, slices.Collect(maps.Keys(closed))...) {
		candidates[id].Sealed = true
	}
	return nil
}

// addAssessments adds to the candidates how their assessments agree, and what lies before a decision maker.
func (s *RankingServer) addAssessments(ctx context.Context, candidates map[uuid.UUID]*saakornv1.Candidate, ids []uuid.UUID, cases []Case) error {
	queries := db.New(s.Server.Pool)
	rows, err := queries.ListCriterionSpreads(ctx, ids)
	if err != nil {
		return fmt.Errorf("sum up assessments: %w", err)
	}
	found := map[uuid.UUID]map[string]CriterionSpread{}
	for _, row := range rows {
		if found[row.CaseID] == nil {
			found[row.CaseID] = map[string]CriterionSpread{}
		}
		found[row.CaseID][row.Criterion] = CriterionSpread{row.Criterion, int(row.Lowest), int(row.Highest), int(row.Assessors), int(row.Total)}
	}
	for _, c := range cases {
		candidate := candidates[c.ID]
		if candidate == nil {
			continue
		}
		rules, err := s.Server.Schemes.Definition(ctx, c.SchemeID, c.SchemeVersion)
		if err != nil {
			return err
		}
		for _, criterion := range rules.Criteria(c.Type) {
			spread, scored := found[c.ID][criterion.Key]
			if !scored {
				continue
			}
			candidate.Assessments = max(candidate.GetAssessments(), int32(spread.Assessors))
			candidate.Criteria = append(candidate.Criteria, presentSpreads([]CriterionSpread{spread}, rules.Assessment.MaxSpread)...)
		}
	}
	recommendations, err := queries.ListNewestRecommendations(ctx, ids)
	if err != nil {
		return fmt.Errorf("list recommendations: %w", err)
	}
	for _, row := range recommendations {
		if candidate := candidates[row.CaseID]; candidate != nil && row.ReturnedAt == nil {
			candidate.Recommendation = presentRecommendation(decodeRecommendation(row))
		}
	}
	return nil
}

func entriesOf(entries []*saakornv1.RankingEntry) []RankingEntry {
	list := make([]RankingEntry, 0, len(entries))
	for _, e := range entries {
		list = append(list, RankingEntry{uuid.MustParse(e.GetCaseId()), e.GetAmountOre()})
	}
	return list
}

// check holds the entries against the cases of the call and the caller's declarations, and returns the
// cases.
func (s *RankingServer) check(ctx context.Context, q Querier, callID uuid.UUID, entries []RankingEntry) (map[uuid.UUID]Case, error) {
	cases, err := entryCases(ctx, q, entries)
	if err != nil {
		return nil, err
	}
	_, closed, err := s.Server.closings(ctx, q, db.ListStandingsParams{CaseIds: slices.Collect(maps.Keys(cases))})
	if err != nil {
		return nil, err
	}
	return cases, CheckEntries(entries, callID, cases, closed)
}

// TryRanking works out what an order comes to, and keeps nothing.
func (s *RankingServer) TryRanking(ctx context.Context, r *saakornv1.TryRankingRequest) (*saakornv1.TryRankingResponse, error) {
	callID := uuid.MustParse(r.GetCallId())
	frame, err := s.frame(ctx, s.Server.Pool, callID)
	if err != nil {
		return nil, err
	}
	entries := entriesOf(r.GetEntries())
	cases, err := s.check(ctx, s.Server.Pool, callID, entries)
	if err != nil {
		return nil, err
	}
	return &saakornv1.TryRankingResponse{Consequences: presentConsequences(Compute(entries, cases, frame.FreeOre()), frame)}, nil
}

// CreateRanking keeps an order under a name.
func (s *RankingServer) CreateRanking(ctx context.Context, r *saakornv1.CreateRankingRequest) (*saakornv1.CreateRankingResponse, error) {
	name, err := checkRankingName(r.GetName())
	if err != nil {
		return nil, err
	}
	callID := uuid.MustParse(r.GetCallId())
	return command.Run(ctx, s.Server.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.CreateRankingResponse, error) {
		caller, _ := access.From(ctx)
		queries, now := db.New(tx), s.Server.Clock.Now()
		number, err := queries.CountRankings(ctx, db.CountRankingsParams{CallID: callID, OwnerID: caller.ID})
		if err != nil {
			return nil, fmt.Errorf("count rankings: %w", err)
		}
		if number >= maxRankings {
			return nil, fault.NewPrecondition("TOO_MANY_RANKINGS", fmt.Sprintf("you keep %d orders of this call already: delete one that you no longer use", maxRankings))
		}
		frame, err := s.frame(ctx, tx, callID)
		if err != nil {
			return nil, err
		}
		entries := entriesOf(r.GetEntries())
		cases, err := s.check(ctx, tx, callID, entries)
		if err != nil {
			return nil, err
		}
		row, err := queries.InsertRanking(ctx, db.InsertRankingParams{
			ID: uuid.Must(uuid.NewV7()), CallID: callID, OwnerID: caller.ID, Name: name, Shared: r.GetShared(), CreatedAt: now,
		})
		if err != nil {
			return nil, rankingNameTaken(err)
		}
		kept := decodeRanking(row)
		kept.Entries = entries
		if err := insertEntries(ctx, tx, kept.ID, entries); err != nil {
			return nil, err
		}
		if err := recordRanking(ctx, tx, "RANKING_SAVED", now, nil, &kept); err != nil {
			return nil, err
		}
		p, err := presentRankings(ctx, tx, kept)
		if err != nil {
			return nil, err
		}
		return &saakornv1.CreateRankingResponse{Ranking: p[0], Consequences: presentConsequences(Compute(entries, cases, frame.FreeOre()), frame)}, nil
	})
}

// rankingEdit is a request that changes one ranking.
type rankingEdit interface {
	GetRankingId() string
	GetEtag() string
}

// lockOwn returns the caller's ranking, locked and checked against the caller's etag.
func (s *RankingServer) lockOwn(ctx context.Context, tx pgx.Tx, r rankingEdit) (Ranking, error) {
	caller, _ := access.From(ctx)
	row, err := db.New(tx).LockRanking(ctx, uuid.MustParse(r.GetRankingId()))
	if err != nil {
		return Ranking{}, rankingNotFound(err)
	}
	kept := decodeRanking(row)
	switch {
	case kept.OwnerID != caller.ID && kept.Shared:
		return kept, fault.NewDenied("NOT_YOUR_RANKING", "only its owner changes a shared order: keep one of your own")
	case kept.OwnerID != caller.ID:
		return kept, fault.NewNotFound("ranking")
	case r.GetEtag() != kept.Etag():
		return kept, fault.NewConflict(kept.Etag())
	}
	kept.Entries, err = loadEntries(ctx, tx, kept.ID)
	return kept, err
}

// UpdateRanking replaces one of the caller's orders.
func (s *RankingServer) UpdateRanking(ctx context.Context, r *saakornv1.UpdateRankingRequest) (*saakornv1.UpdateRankingResponse, error) {
	name, err := checkRankingName(r.GetName())
	if err != nil {
		return nil, err
	}
	return command.Run(ctx, s.Server.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.UpdateRankingResponse, error) {
		before, err := s.lockOwn(ctx, tx, r)
		if err != nil {
			return nil, err
		}
		entries := entriesOf(r.GetEntries())
		cases, err := s.check(ctx, tx, before.CallID, entries)
		if err != nil {
			return nil, err
		}
		queries, now := db.New(tx), s.Server.Clock.Now()
		row, err := queries.UpdateRanking(ctx, db.UpdateRankingParams{ID: before.ID, Name: name, Shared: r.GetShared(), UpdatedAt: now})
		if err != nil {
			return nil, rankingNameTaken(err)
		}
		after := decodeRanking(row)
		after.Entries = entries
		if err := queries.DeleteRankingEntries(ctx, after.ID); err != nil {
			return nil, fmt.Errorf("save a ranking: %w", err)
		}
		if err := insertEntries(ctx, tx, after.ID, entries); err != nil {
			return nil, err
		}
		if err := recordRanking(ctx, tx, "RANKING_SAVED", now, &before, &after); err != nil {
			return nil, err
		}
		return s.updated(ctx, tx, after, cases)
	})
}

// updated presents a ranking that was saved. The frame is read in the same transaction.
func (s *RankingServer) updated(ctx context.Context, tx pgx.Tx, after Ranking, cases map[uuid.UUID]Case) (*saakornv1.UpdateRankingResponse, error) {
	frame, err := s.frame(ctx, tx, after.CallID)
	if err != nil {
		return nil, err
	}
	p, err := presentRankings(ctx, tx, after)
	if err != nil {
		return nil, err
	}
	return &saakornv1.UpdateRankingResponse{
		Ranking: p[0], Consequences: presentConsequences(Compute(after.Entries, cases, frame.FreeOre()), frame),
	}, nil
}

// DeleteRanking deletes one of the caller's orders.
func (s *RankingServer) DeleteRanking(ctx context.Context, r *saakornv1.DeleteRankingRequest) (*saakornv1.DeleteRankingResponse, error) {
	return command.Run(ctx, s.Server.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.DeleteRankingResponse, error) {
		before, err := s.lockOwn(ctx, tx, r)
		if err != nil {
			return nil, err
		}
		if err := db.New(tx).DeleteRanking(ctx, before.ID); err != nil {
			return nil, fmt.Errorf("delete a ranking: %w", err)
		}
		err = recordRanking(ctx, tx, "RANKING_DELETED", s.Server.Clock.Now(), &before, nil)
		return &saakornv1.DeleteRankingResponse{}, err
	})
}

// ListRankings returns the caller's own orders of the call, and then those that colleagues share.
func (s *RankingServer) ListRankings(ctx context.Context, r *saakornv1.ListRankingsRequest) (*saakornv1.ListRankingsResponse, error) {
	caller, _ := access.From(ctx)
	queries, callID := db.New(s.Server.Pool), uuid.MustParse(r.GetCallId())
	rows, err := queries.ListOwnRankings(ctx, db.ListOwnRankingsParams{CallID: callID, OwnerID: caller.ID})
	if err != nil {
		return nil, fmt.Errorf("list rankings: %w", err)
	}
	shared, err := queries.ListSharedRankings(ctx, db.ListSharedRankingsParams{CallID: callID, OwnerID: caller.ID})
	if err != nil {
		return nil, fmt.Errorf("list shared rankings: %w", err)
	}
	var rankings []Ranking
	for _, row := range append(rows, shared...) {
		rankings = append(rankings, decodeRanking(row))
	}
	list, err := presentRankings(ctx, s.Server.Pool, rankings...)
	return &saakornv1.ListRankingsResponse{Rankings: list}, err
}

// GetRanking returns one order with what it comes to now. What a colleague would award in a case is about the
// case: an order that they share is closed to whom one of its cases is.
func (s *RankingServer) GetRanking(ctx context.Context, r *saakornv1.GetRankingRequest) (*saakornv1.GetRankingResponse, error) {
	row, err := db.New(s.Server.Pool).GetRanking(ctx, uuid.MustParse(r.GetRankingId()))
	if err != nil {
		return nil, rankingNotFound(err)
	}
	kept := decodeRanking(row)
	caller, _ := access.From(ctx)
	if kept.OwnerID != caller.ID && !kept.Shared {
		return nil, fault.NewNotFound("ranking")
	}
	if kept.Entries, err = loadEntries(ctx, s.Server.Pool, kept.ID); err != nil {
		return nil, err
	}
	cases, err := entryCases(ctx, s.Server.Pool, kept.Entries)
	if err != nil {
		return nil, err
	}
	if kept.OwnerID != caller.ID {
		if err := s.checkAllOpen(ctx, kept.Entries); err != nil {
			return nil, err
		}
	}
	frame, err := s.frame(ctx, s.Server.Pool, kept.CallID)
	if err != nil {
		return nil, err
	}
	p, err := presentRankings(ctx, s.Server.Pool, kept)
	if err != nil {
		return nil, err
	}
	return &saakornv1.GetRankingResponse{Ranking: p[0], Consequences: presentConsequences(Compute(kept.Entries, cases, frame.FreeOre()), frame)}, nil
}

// checkAllOpen refuses an order with a case that is closed to the caller, the first of them.
func (s *RankingServer) checkAllOpen(ctx context.Context, entries []RankingEntry) error {
	ids := make([]uuid.UUID, 0, len(entries))
	for _, e := range entries {
		ids = append(ids, e.CaseID)
	}
	_, closed, err := s.Server.closings(ctx, s.Server.Pool, db.ListStandingsParams{CaseIds: ids})
	if err != nil {
		return err
	}
	for _, id := range ids {
		if why := closed[id]; why != nil {
			return why
		}
	}
	return nil
}

func presentRankings(ctx context.Context, q person.Querier, rankings ...Ranking) ([]*saakornv1.Ranking, error) {
	owners := make([]string, 0, len(rankings))
	for _, r := range rankings {
		owners = append(owners, r.OwnerID)
	}
	names, err := person.Names(ctx, q, owners)
	if err != nil {
		return nil, err
	}
	list := make([]*saakornv1.Ranking, 0, len(rankings))
	for _, r := range rankings {
		p := &saakornv1.Ranking{
			Id: r.ID.String(), Etag: r.Etag(), CallId: r.CallID.String(), Name: r.Name, Shared: r.Shared,
			OwnerId: r.OwnerID, OwnerName: names[r.OwnerID], UpdatedAt: timestamppb.New(r.UpdatedAt),
		}
		for _, e := range r.Entries {
			p.Entries = append(p.Entries, &saakornv1.RankingEntry{CaseId: e.CaseID.String(), AmountOre: e.AmountOre})
		}
		list = append(list, p)
	}
	return list, nil
}

func presentConsequences(c Consequences, frame scheme.Frame) *saakornv1.Consequences {
	p := &saakornv1.Consequences{
		Frame: presentFrame(frame), SumOre: c.SumOre, SumInContinuationsOre: c.SumContinuationsOre, LeftOre: c.LeftOre, CrossedAt: int32(c.CrossedAt),
	}
	for _, e := range c.Entries {
		p.Entries = append(p.Entries, &saakornv1.EntryConsequence{
			CaseId: e.Case.ID.String(), CaseNumber: e.Case.Number, EnterpriseName: e.Case.EnterpriseName,
			AmountAppliedOre: e.Case.AmountAppliedOre, AmountOre: e.AmountOre, CumulativeOre: e.CumulativeOre, LeftOre: e.LeftOre, Fits: e.Fits(),
			Status: saakornv1.EntryStatus(saakornv1.EntryStatus_value["ENTRY_STATUS_"+string(e.Status)]),
		})
	}
	return p
}
