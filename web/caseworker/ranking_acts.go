package caseworker

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// showRanking shows the cases in the order that is kept under a name, or as they come.
func showRanking(v *site.Visit) error {
	r, err := openRanking(v)
	if err != nil {
		return err
	}
	if id := v.Value("saved"); id != "" {
		answer, err := v.API.Rankings.GetRanking(v.Context(), &saakornv1.GetRankingRequest{RankingId: id})
		if err != nil {
			return err
		}
		r.open(answer.GetRanking())
		r.arrange(r.opened.GetEntries())
		r.take(answer.GetConsequences())
		return v.Show(rankingPage(r))
	}
	if r.tries() && len(r.rows) > 0 {
		if err := r.workOut(); err != nil {
			return err
		}
	}
	return v.Show(rankingPage(r))
}

func (r *ranking) open(saved *saakornv1.Ranking) {
	r.opened, r.name, r.shared = saved, saved.GetName(), saved.GetShared()
}

// tryRanking works out what was typed, moves a case, sorts, or keeps the order, as the button says.
func tryRanking(v *site.Visit) error {
	r, err := openRanking(v)
	if err != nil {
		return err
	}
	if id := v.Value("saved"); id != "" {
		answer, err := v.API.Rankings.GetRanking(v.Context(), &saakornv1.GetRankingRequest{RankingId: id})
		if err != nil {
			return err
		}
		r.open(answer.GetRanking())
	}
	r.name, r.shared = v.Value("name"), v.Value("shared") != ""
	act, id, _ := strings.Cut(v.Value("do"), ":")
	r.readAmounts()
	if act != "sort" {
		r.readOrder()
	}
	r.move(act, id)
	if len(r.errs) > 0 {
		return v.ShowInvalid(rankingPage(r))
	}
	switch act {
	case "create":
		return r.create()
	case "save":
		return r.save()
	case "delete":
		return r.delete()
	}
	return r.again(r.workOut())
}

// again shows the page, with what is wrong with what was typed.
func (r *ranking) again(err error) error {
	if err == nil {
		return r.visit.Show(rankingPage(r))
	}
	errs, ok := site.FormErrors(r.Printer, err, r.ids())
	if !ok {
		errs, ok = site.Refused(r.Printer, err)
	}
	if !ok {
		return err
	}
	r.errs = errs
	return r.visit.ShowInvalid(rankingPage(r))
}

// readAmounts reads the amounts that were typed; a case that the form did not have keeps its own.
func (r *ranking) readAmounts() {
	for _, row := range r.rows {
		id := amountID(row.GetCase().GetId())
		if !r.visit.Request.Form.Has(id) {
			continue
		}
		row.typed = r.visit.Value(id)
		ore, ok := site.Kroner(row.typed)
		if !ok {
			r.errs = append(r.errs, ui.FieldError{ID: id, Text: r.T("casefile.no_amount"), Label: row.GetCase().GetNumber()})
			continue
		}
		row.ore, row.typed = ore, r.Amount(ore)
	}
}

// readOrder puts the cases in the order that they had in the form, and moves those whose number was
// changed to where the number says.
func (r *ranking) readOrder() {
	had := r.visit.Values("case")
	place := make(map[string]int, len(had))
	for i, id := range had {
		place[id] = i
	}
	wanted := make(map[*rankedRow]int, len(r.rows))
	for _, row := range r.rows {
		id := row.GetCase().GetId()
		at, there := place[id]
		if !there {
			at = len(had)
		}
		wanted[row] = 2 * at
		typed, ok := site.Number(r.visit.Value("place-" + id))
		if there && ok && typed > 0 && int(typed) != at+1 {
			// Before whoever has the place when it goes up, behind them when it goes down.
			wanted[row] = 2*(int(min(typed, mostRanked))-1) + cmp.Compare(int(typed), at+1)
		}
	}
	slices.SortStableFunc(r.rows, func(a, b *rankedRow) int { return cmp.Compare(wanted[a], wanted[b]) })
}

// move moves a case one place.
func (r *ranking) move(direction, id string) {
	i := slices.IndexFunc(r.rows, func(row *rankedRow) bool { return row.GetCase().GetId() == id })
	switch {
	case i > 0 && direction == "up":
		r.rows[i-1], r.rows[i] = r.rows[i], r.rows[i-1]
	case i >= 0 && i < len(r.rows)-1 && direction == "down":
		r.rows[i+1], r.rows[i] = r.rows[i], r.rows[i+1]
	}
}

func (r *ranking) create() error {
	v := r.visit
	answer, err := v.API.Rankings.CreateRanking(v.Context(), &saakornv1.CreateRankingRequest{
		RequestId: v.RequestID(), CallId: r.call.GetId(), Name: r.name, Shared: r.shared, Entries: r.entries(),
	})
	if err != nil {
		return r.again(err)
	}
	return v.GoWith(r.savedPath(answer.GetRanking().GetId()), "ranking_saved")
}

func (r *ranking) save() error {
	v := r.visit
	_, err := v.API.Rankings.UpdateRanking(v.Context(), &saakornv1.UpdateRankingRequest{
		RequestId: v.RequestID(), RankingId: r.opened.GetId(), Etag: v.Value("etag"), Name: r.name, Shared: r.shared, Entries: r.entries(),
	})
	if err != nil {
		return r.again(err)
	}
	return v.GoWith(r.savedPath(r.opened.GetId()), "ranking_saved")
}

func (r *ranking) delete() error {
	v := r.visit
	_, err := v.API.Rankings.DeleteRanking(v.Context(), &saakornv1.DeleteRankingRequest{
		RequestId: v.RequestID(), RankingId: r.opened.GetId(), Etag: v.Value("etag"),
	})
	if err != nil {
		return r.again(err)
	}
	return v.GoWith(r.path(), "ranking_deleted")
}

func place(i int) string { return strconv.Itoa(i + 1) }
