package casework

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"unicode"

	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/platform/access"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/page"
	"saakorn/services/platform/person"
	"saakorn/services/scheme"
)

// QueueServer answers the QueueService of the contract.
type QueueServer struct {
	saakornv1.UnimplementedQueueServiceServer

	Server *Server
}

// What a caller sends for an owner or an assessor who is nobody in particular.
const (
	nobody = "none"
	myself = "me"
)

const (
	sortingPrefix = "CASE_SORTING_"
	typePrefix    = "APPLICATION_TYPE_"
	nextPrefix    = "NEXT_STEP_"
)

func sortingOf(s saakornv1.CaseSorting) Sorting {
	if s == saakornv1.CaseSorting_CASE_SORTING_UNSPECIFIED {
		return ByReceived
	}
	return Sorting(strings.TrimPrefix(s.String(), sortingPrefix))
}

// day is who is away on one day, and what waits for nobody because of that.
type day struct {
	roster   Roster
	stranded stranded
}

func (s *Server) today(ctx context.Context) (d day, err error) {
	if d.roster, err = s.roster(ctx, s.Pool); err != nil {
		return d, err
	}
	d.stranded, err = d.roster.stranded(ctx, s.Pool)
	return d, err
}

// ownedBy returns the filter that finds what the person owns, or what nobody does. What an absent owner's
// substitute cannot take is nobody's.
func (d day) ownedBy(f Filter, ownerID string) Filter {
	f.OwnerID, f.Unowned = ownerID, false
	f.Stranded = slices.Collect(maps.Keys(d.stranded.owned))
	if ownerID == nobody {
		f.OwnerID, f.Unowned = "", true
	}
	return f
}

// mine returns the filter that finds the caller's own cases, and those of whom the caller stands in for.
func (d day) mine(f Filter, caller access.Principal) Filter {
	f = d.ownedBy(f, caller.ID)
	f.StandsInFor = d.roster.StandsInFor(caller.ID)
	return f
}

// seenBy returns the filter that finds no more than the caller may see: an assessor who is not
// staff sees the cases that they are asked to assess, also in the place of somebody who is away.
func (d day) seenBy(f Filter, caller access.Principal) Filter {
	if caller.Has(access.Staff()...) {
		return f
	}
	return d.assessedBy(f, caller)
}

func (d day) assessedBy(f Filter, caller access.Principal) Filter {
	f.AssessorID, f.AssessesFor = caller.ID, d.roster.StandsInFor(caller.ID)
	return f
}

// filterOf reads the contract's filter as the caller means it.
func (s *QueueServer) filterOf(ctx context.Context, r *saakornv1.CaseFilter) (Filter, error) {
	if r == nil {
		r = &saakornv1.CaseFilter{}
	}
	caller, _ := access.From(ctx)
	words := strings.Fields(r.GetText())
	if len(words) > 0 && !slices.ContainsFunc(words, searchable) {
		return Filter{}, fault.Field("filter.text", "TOO_SHORT", "search for at least three letters or digits in a row")
	}
	day, err := s.Server.today(ctx)
	if err != nil {
		return Filter{}, err
	}
	f := Filter{
		CallID: optionalID(r.GetCallId()), EnterpriseID: optionalID(r.GetEnterpriseId()), AssessorID: r.GetAssessorId(),
		GrantYear: int(r.GetGrantYear()), Late: r.Late, MinAmountOre: r.MinAmountOre, MaxAmountOre: r.MaxAmountOre,
		Words: words, Open: r.GetOpen(),
	}
	if f.AssessorID == myself {
		f = day.assessedBy(f, caller)
	}
	if r.GetOwnerId() == myself {
		f = day.mine(f, caller)
	} else {
		f = day.ownedBy(f, r.GetOwnerId())
	}
	for _, step := range r.GetSteps() {
		f.Steps = append(f.Steps, stepOf(step))
	}
	for _, next := range r.GetNextSteps() {
		f.NextSteps = append(f.NextSteps, NextStep(strings.TrimPrefix(next.String(), nextPrefix)))
	}
	for _, outcome := range r.GetOutcomes() {
		f.Outcomes = append(f.Outcomes, outcomeOf(outcome))
	}
	for _, kind := range r.GetApplicationTypes() {
		f.Types = append(f.Types, scheme.ApplicationTypeKey(strings.TrimPrefix(kind.String(), typePrefix)))
	}
	if r.GetReceivedFrom() != nil {
		f.ReceivedFrom = r.GetReceivedFrom().AsTime()
	}
	if r.GetReceivedBefore() != nil {
		f.ReceivedBefore = r.GetReceivedBefore().AsTime()
	}
	if r.GetDueBefore() != nil {
		f.DueBefore, f.Open = r.GetDueBefore().AsTime(), true
	}
	if days := int(r.GetStalledDays()); days > 0 {
		f.StalledSince, f.Open = stalledSince(s.Server.Clock.Now(), days), true
	} else if r.GetStalled() {
		if f.Stalled, err = s.stalled(ctx, 0); err != nil {
			return Filter{}, err
		}
		f.Open = true
	}
	if f.Open {
		f = f.onlyOpen()
	}
	return day.seenBy(f, caller), nil
}

// stalled returns for every version of every scheme when the last event of a case must have been for it
// to be stalled: so many days ago, or as many as the scheme says when days is zero (R12).
func (s *QueueServer) stalled(ctx context.Context, days int) (Stalled, error) {
	editions, err := s.Server.Schemes.Editions(ctx, s.Server.Pool)
	if err != nil {
		return Stalled{}, err
	}
	var x Stalled
	for _, e := range editions {
		rules, err := s.Server.Schemes.Definition(ctx, e.SchemeID, e.Version)
		if err != nil {
			return Stalled{}, err
		}
		x.SchemeIDs, x.Versions = append(x.SchemeIDs, e.SchemeID), append(x.Versions, e.Version)
		x.Since = append(x.Since, stalledSince(s.Server.Clock.Now(), cmp.Or(days, rules.Deadlines.StalledDays)))
	}
	return x, nil
}

// onlyOpen returns the filter without the closed cases among the steps that are asked for.
func (f Filter) onlyOpen() Filter {
	if !slices.Contains(f.Steps, Closed) {
		return f
	}
	f.Steps = slices.DeleteFunc(slices.Clone(f.Steps), func(s Step) bool { return s == Closed })
	if len(f.Steps) == 0 {
		f.Steps = []Step{""} // closed and open at once: no case is
	}
	return f
}

func or(id string, caller access.Principal) string {
	if id == myself {
		return caller.ID
	}
	return id
}

// searchable tells whether the word has three letters or digits in a row, without which the index
// of the texts is of no help.
func searchable(word string) bool {
	run := 0
	for _, r := range word {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			run = 0
			continue
		}
		if run++; run == 3 {
			return true
		}
	}
	return false
}

// searchPage returns one page of the search and the token of the next.
func (s *Server) searchPage(ctx context.Context, r page.Request, x Search) (cases []Case, next string, err error) {
	at, err := page.Place[*Position](r, nil)
	if err != nil {
		return nil, "", err
	}
	if at != nil && !x.Fits(*at) {
		return nil, "", fault.Field("page_token", "BAD_PAGE_TOKEN", "send the next_page_token of the same list, with the same filters")
	}
	x.After, x.Limit = at, page.Size(r)+1
	if cases, err = s.Store.Search(ctx, s.Pool, x); err != nil {
		return nil, "", err
	}
	return page.Cut(r, cases, func(last Case) *Position {
		p := x.PositionOf(last)
		return &p
	})
}

// SearchCases returns the cases that fit the filter, in the order asked for.
func (s *QueueServer) SearchCases(ctx context.Context, r *saakornv1.SearchCasesRequest) (*saakornv1.SearchCasesResponse, error) {
	f, err := s.filterOf(ctx, r.GetFilter())
	if err != nil {
		return nil, err
	}
	x := Search{Filter: f, Sorting: sortingOf(r.GetSorting()), Descending: r.GetDescending()}
	cases, next, err := s.Server.searchPage(ctx, r, x)
	if err != nil {
		return nil, err
	}
	p, err := s.Server.presenter(ctx, s.Server.Pool, cases...)
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.SearchCasesResponse{NextPageToken: next}
	for _, c := range cases {
		answer.Cases = append(answer.Cases, &saakornv1.FoundCase{Case: p.present(c), LastEventAt: timestamppb.New(c.LastEventAt)})
	}
	return answer, nil
}

// CountCases returns how many cases fit the filter.
func (s *QueueServer) CountCases(ctx context.Context, r *saakornv1.CountCasesRequest) (*saakornv1.CountCasesResponse, error) {
	f, err := s.filterOf(ctx, r.GetFilter())
	if err != nil {
		return nil, err
	}
	counts, err := s.Server.Store.Count(ctx, f)
	if err != nil {
		return nil, err
	}
	owners := slices.Sorted(maps.Keys(counts.Owners))
	names, err := person.Names(ctx, s.Server.Pool, owners)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(owners, func(a, b string) int { return cmp.Compare(counts.Owners[b].Number, counts.Owners[a].Number) })
	answer := &saakornv1.CountCasesResponse{Total: presentTally(counts.Total)}
	for _, step := range Steps() {
		if tally, ok := counts.Steps[step]; ok {
			answer.Steps = append(answer.Steps, &saakornv1.StepCount{Step: presentStep(step), Count: presentTally(tally)})
		}
	}
	for _, owner := range owners {
		count := &saakornv1.OwnerCount{OwnerId: owner, OwnerName: names[owner], Count: presentTally(counts.Owners[owner])}
		if owner == "" {
			count.OwnerId = nobody
		}
		answer.Owners = append(answer.Owners, count)
	}
	return answer, nil
}

func presentTally(t Tally) *saakornv1.Count {
	return &saakornv1.Count{Number: int32(t.Number), More: t.More}
}

// GetWorkload returns what every case officer has to do, and what nobody has taken.
func (s *QueueServer) GetWorkload(ctx context.Context, r *saakornv1.GetWorkloadRequest) (*saakornv1.GetWorkloadResponse, error) {
	day, err := s.Server.today(ctx)
	if err != nil {
		return nil, err
	}
	stalled, err := s.stalled(ctx, int(r.GetStalledDays()))
	if err != nil {
		return nil, err
	}
	officers, unowned, err := s.Server.Store.Workload(ctx, s.Server.Pool, s.Server.Clock.Now(), stalled, slices.Collect(maps.Keys(day.stranded.owned)))
	if err != nil {
		return nil, err
	}
	if err := s.nameOthers(ctx, officers); err != nil {
		return nil, err
	}
	substitutes, err := s.substitutes(ctx, day.roster)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(officers, func(a, b Desk) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.OwnerID, b.OwnerID))
	})
	answer := &saakornv1.GetWorkloadResponse{Unowned: presentDesk(unowned)}
	answer.Unowned.OwnerId = nobody
	open := map[string]int{}
	for _, desk := range officers {
		open[desk.OwnerID] = desk.Open
	}
	for _, desk := range officers {
		p := presentDesk(desk)
		if away, ok := day.roster.Absence(desk.OwnerID); ok {
			p.AbsentUntil = away.LastDay.String()
			p.SubstituteId, p.SubstituteName = away.SubstituteID, substitutes[away.SubstituteID]
		}
		for _, other := range day.roster.StandsInFor(desk.OwnerID) {
			p.StandingIn += int32(open[other])
		}
		answer.Officers = append(answer.Officers, p)
	}
	return answer, nil
}

// substitutes returns the names of those who stand in for somebody.
func (s *QueueServer) substitutes(ctx context.Context, r Roster) (map[string]string, error) {
	ids := make([]string, 0, len(r.away))
	for _, a := range r.away {
		ids = append(ids, a.SubstituteID)
	}
	return person.Names(ctx, s.Server.Pool, ids)
}

// nameOthers gives a name to those who own cases and are no longer case officers.
func (s *QueueServer) nameOthers(ctx context.Context, desks []Desk) error {
	var ids []string
	for _, d := range desks {
		if d.Name == "" {
			ids = append(ids, d.OwnerID)
		}
	}
	names, err := person.Names(ctx, s.Server.Pool, ids)
	if err != nil {
		return err
	}
	for i, d := range desks {
		desks[i].Name = cmp.Or(d.Name, names[d.OwnerID])
	}
	return nil
}

func presentDesk(d Desk) *saakornv1.Workload {
	p := &saakornv1.Workload{
		OwnerId: d.OwnerID, OwnerName: d.Name, Open: int32(d.Open), DueThisWeek: int32(d.DueThisWeek),
		Overdue: int32(d.Overdue), Stalled: int32(d.Stalled),
	}
	for _, step := range Steps() {
		if number, ok := d.Steps[step]; ok {
			p.Steps = append(p.Steps, &saakornv1.StepCount{Step: presentStep(step), Count: &saakornv1.Count{Number: int32(number)}})
		}
	}
	if d.Open > 0 {
		p.OldestReceivedAt = timestamppb.New(d.OldestReceivedAt)
	}
	return p
}
