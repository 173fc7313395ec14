package caseworker

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/chart"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// ranking is the applications of a call in an order that people try out against the frame. What follows
// of it is worked out by the API; nothing is decided here.
type ranking struct {
	ui.Page

	visit  *site.Visit
	calls  []*saakornv1.Call
	call   *saakornv1.Call
	scheme *saakornv1.Scheme
	frame  *saakornv1.RankingFrame
	rows   []*rankedRow
	// effect is what the order comes to; nil when it has not been worked out.
	effect *saakornv1.Consequences
	// sorting is what the cases were last sorted by: "criterion.<key>", or a CaseSorting.
	sorting string
	saved   []*saakornv1.Ranking
	opened  *saakornv1.Ranking
	name    string
	shared  bool
	errs    ui.Errors
}

// rankedRow is one case in its place.
type rankedRow struct {
	*saakornv1.Candidate

	// typed is what stands in the field for the amount, ore what it means.
	typed string
	ore   int64
	// effect is what follows of it; nil when it has not been worked out.
	effect *saakornv1.EntryConsequence
}

// mostRanked is how many cases a call may have here.
const mostRanked = 2000

// byCriterion begins a sorting by the scores of one criterion.
const byCriterion = "criterion."

// showNewestRanking leads to the ranking of the call that is chosen, or of the newest one.
func showNewestRanking(v *site.Visit) error {
	if id := v.Value("call"); id != "" {
		return v.Go("/calls/" + id + "/ranking")
	}
	calls, err := allCalls(v)
	if err != nil {
		return err
	}
	if len(calls) == 0 {
		v.Page.Staff = true
		return v.Show(noRankingPage(v.Page))
	}
	return v.Go("/calls/" + calls[0].GetId() + "/ranking")
}

// allCalls returns the calls that have opened, the newest first.
func allCalls(v *site.Visit) ([]*saakornv1.Call, error) {
	calls, err := site.All(mostListed, func(token string) ([]*saakornv1.Call, string, error) {
		page, err := v.API.Calls.ListCalls(v.Context(), &saakornv1.ListCallsRequest{PageSize: 200, PageToken: token})
		return page.GetCalls(), page.GetNextPageToken(), err
	})
	calls = slices.DeleteFunc(calls, func(c *saakornv1.Call) bool { return c.GetState() == saakornv1.CallState_CALL_STATE_PLANNED })
	slices.SortFunc(calls, func(a, b *saakornv1.Call) int {
		return cmp.Compare(b.GetClosesAt().GetSeconds(), a.GetClosesAt().GetSeconds())
	})
	return calls, err
}

// openRanking asks for everything but the order.
func openRanking(v *site.Visit) (*ranking, error) {
	id, err := v.ID("call")
	if err != nil {
		return nil, err
	}
	v.Page.Staff = true
	r := &ranking{Page: v.Page, visit: v, sorting: v.Value("sort")}
	if r.calls, err = allCalls(v); err != nil {
		return nil, err
	}
	call, err := v.API.Calls.GetCall(v.Context(), &saakornv1.GetCallRequest{CallId: id})
	if err != nil {
		return nil, err
	}
	r.call = call.GetCall()
	scheme, err := v.API.Schemes.GetScheme(v.Context(), &saakornv1.GetSchemeRequest{SchemeId: r.call.GetSchemeId(), Version: r.call.GetSchemeVersion()})
	if err != nil {
		return nil, err
	}
	r.scheme = scheme.GetScheme()
	frame, err := v.API.Rankings.GetFrame(v.Context(), &saakornv1.GetFrameRequest{CallId: id})
	if err != nil {
		return nil, err
	}
	r.frame = frame.GetFrame()
	saved, err := v.API.Rankings.ListRankings(v.Context(), &saakornv1.ListRankingsRequest{CallId: id})
	if err != nil {
		return nil, err
	}
	r.saved = saved.GetRankings()
	return r, r.gatherCandidates()
}

// gatherCandidates asks for the cases in the order that is asked for.
func (r *ranking) gatherCandidates() error {
	request := &saakornv1.ListCandidatesRequest{CallId: r.call.GetId(), PageSize: 200, Sorting: saakornv1.CaseSorting_CASE_SORTING_RECEIVED}
	if criterion, ok := strings.CutPrefix(r.sorting, byCriterion); ok {
		request.Criterion, request.Descending = criterion, true
	} else if sorting, ok := saakornv1.CaseSorting_value["CASE_SORTING_"+r.sorting]; ok {
		request.Sorting = saakornv1.CaseSorting(sorting)
		request.Descending = request.Sorting == saakornv1.CaseSorting_CASE_SORTING_AMOUNT
	}
	candidates, err := site.All(mostRanked, func(token string) ([]*saakornv1.Candidate, string, error) {
		request.PageToken = token
		page, err := r.visit.API.Rankings.ListCandidates(r.visit.Context(), request)
		return page.GetCandidates(), page.GetNextPageToken(), err
	})
	for _, c := range candidates {
		row := &rankedRow{Candidate: c, ore: proposed(c)}
		row.typed = r.Amount(row.ore)
		r.rows = append(r.rows, row)
	}
	return err
}

// proposed is the amount that a case begins with: what it has been awarded, what is recommended, or what
// was applied for.
func proposed(c *saakornv1.Candidate) int64 {
	switch {
	case c.GetCase().GetOutcome() != saakornv1.Outcome_OUTCOME_UNSPECIFIED:
		return c.GetCase().GetAmountAwardedOre()
	case c.GetRecommendation() != nil:
		return c.GetRecommendation().GetAmountOre()
	}
	return c.GetCase().GetAmountAppliedOre()
}

// tries tells whether the reader may try out orders; auditors read those that are shared.
func (r *ranking) tries() bool {
	return r.Person.Has(saakornv1.Role_ROLE_CASE_OFFICER, saakornv1.Role_ROLE_DECISION_MAKER, saakornv1.Role_ROLE_MANAGER)
}

func (r *ranking) path() string { return "/calls/" + r.call.GetId() + "/ranking" }

func (r *ranking) savedPath(id string) string { return r.path() + "?saved=" + id }

// own tells whether the order that is open is the reader's to change.
func (r *ranking) own() bool { return r.opened != nil && r.opened.GetOwnerId() == r.Person.ID }

// criterion is the one that the cases are sorted by; nil when they are sorted by something else.
func (r *ranking) criterion() *saakornv1.AwardCriterion {
	key, _ := strings.CutPrefix(r.sorting, byCriterion)
	for _, c := range r.scheme.GetAssessment().GetCriteria() {
		if c.GetKey() == key {
			return c
		}
	}
	return nil
}

// score is how the assessments of a case agree on the criterion that is sorted by.
func (r *ranking) score(row *rankedRow) *saakornv1.CriterionSpread {
	for _, s := range row.GetCriteria() {
		if s.GetCriterion() == r.criterion().GetKey() {
			return s
		}
	}
	return nil
}

// disputed tells whether the assessors differ by more than the scheme allows on any criterion.
func (row *rankedRow) disputed() bool {
	return slices.ContainsFunc(row.GetCriteria(), (*saakornv1.CriterionSpread).GetExceeds)
}

func (r *ranking) sortings() []ui.Choice {
	choices := []ui.Choice{{Value: "RECEIVED", Label: r.T("queue.sort.RECEIVED")}, {Value: "AMOUNT", Label: r.T("ranking.sort.amount")}, {Value: "ENTERPRISE_NAME", Label: r.T("queue.sort.ENTERPRISE_NAME")}}
	for _, c := range r.scheme.GetAssessment().GetCriteria() {
		choices = append(choices, ui.Choice{Value: byCriterion + c.GetKey(), Label: r.T("ranking.sort.criterion", "title", site.In(r.Language, c.GetTitle()))})
	}
	for i := range choices {
		choices[i].Chosen = choices[i].Value == r.sorting
	}
	return choices
}

func (r *ranking) callChoices() []ui.Choice {
	var choices []ui.Choice
	for _, c := range r.calls {
		choices = append(choices, ui.Choice{Value: c.GetId(), Label: site.In(r.Language, c.GetTitle()), Chosen: c.GetId() == r.call.GetId()})
	}
	return choices
}

// frameChart shows the frame as one bar: what is bound, held back, and free.
func (r *ranking) frameChart() chart.Chart {
	f := r.frame
	bound := f.GetBoundOre() - f.GetBoundInContinuationsOre()
	return chart.Chart{
		Title:  r.T("ranking.frame_of", "year", strconv.Itoa(int(f.GetGrantYear()))),
		Legend: []string{r.T("ranking.bound_continuations"), r.T("ranking.bound_other"), r.T("ranking.held_back"), r.T("ranking.free")},
		Bars: []chart.Bar{{
			Label: r.Kroner(f.GetFrameOre()), Text: r.T("ranking.free_text", "amount", r.Kroner(f.GetFreeOre())),
			Parts: []int64{f.GetBoundInContinuationsOre(), max(0, bound), f.GetHeldBackForAppealsOre(), max(0, f.GetFreeOre())},
		}},
	}
}

func (r *ranking) entries() []*saakornv1.RankingEntry {
	entries := make([]*saakornv1.RankingEntry, 0, len(r.rows))
	for _, row := range r.rows {
		entries = append(entries, &saakornv1.RankingEntry{CaseId: row.GetCase().GetId(), AmountOre: row.ore})
	}
	return entries
}

// arrange puts the cases in the order of the entries, with their amounts. A case that the order does not
// name has come in since: it comes last, with nothing.
func (r *ranking) arrange(entries []*saakornv1.RankingEntry) {
	place := make(map[string]int, len(entries))
	for i, e := range entries {
		place[e.GetCaseId()] = i
	}
	for _, row := range r.rows {
		row.ore = 0
		if i, ok := place[row.GetCase().GetId()]; ok {
			row.ore = entries[i].GetAmountOre()
		}
		row.typed = r.Amount(row.ore)
	}
	slices.SortStableFunc(r.rows, func(a, b *rankedRow) int {
		return cmp.Compare(placeOf(place, a), placeOf(place, b))
	})
}

func placeOf(place map[string]int, row *rankedRow) int {
	if i, ok := place[row.GetCase().GetId()]; ok {
		return i
	}
	return len(place)
}

// take keeps what the order comes to.
func (r *ranking) take(c *saakornv1.Consequences) {
	r.effect, r.frame = c, c.GetFrame()
	of := make(map[string]*saakornv1.EntryConsequence, len(c.GetEntries()))
	for _, e := range c.GetEntries() {
		of[e.GetCaseId()] = e
	}
	for _, row := range r.rows {
		row.effect = of[row.GetCase().GetId()]
	}
}

// workOut asks what the order comes to.
func (r *ranking) workOut() error {
	answer, err := r.visit.API.Rankings.TryRanking(r.visit.Context(), &saakornv1.TryRankingRequest{CallId: r.call.GetId(), Entries: r.entries()})
	if err != nil {
		return err
	}
	r.take(answer.GetConsequences())
	return nil
}

// amountID is the field for the amount of a case.
func amountID(caseID string) string { return "amount-" + caseID }

// ids says which field each entry was typed into.
func (r *ranking) ids() map[string]string {
	ids := map[string]string{"name": "name"}
	for i, row := range r.rows {
		ids["entries["+strconv.Itoa(i)+"].amount_ore"] = amountID(row.GetCase().GetId())
	}
	return ids
}

// verdict says in one sentence whether the money is enough.
func (r *ranking) verdict() string {
	left := r.effect.GetLeftOre()
	if left < 0 {
		return r.T("ranking.over", "sum", r.Kroner(r.effect.GetSumOre()), "over", r.Kroner(-left), "place", strconv.Itoa(int(r.effect.GetCrossedAt())))
	}
	return r.T("ranking.within", "sum", r.Kroner(r.effect.GetSumOre()), "left", r.Kroner(left))
}
