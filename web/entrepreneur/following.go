package entrepreneur

import (
	"slices"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// followingView is how an enterprise is followed up: check-ins, what was agreed, and what it needs to
// learn.
type followingView struct {
	*paper
	*relation

	checkins []*saakornv1.Checkin
	points   []*saakornv1.ActionPoint
	needs    []*saakornv1.CompetenceNeed
}

func openFollowing(v *site.Visit) (*followingView, error) {
	r, err := openRelation(v)
	if err != nil {
		return nil, err
	}
	id := r.GetLifecycle().GetId()
	checkins, err := v.API.Followup.ListCheckins(v.Context(), &saakornv1.ListCheckinsRequest{LifecycleId: id})
	if err != nil {
		return nil, err
	}
	points, err := v.API.Followup.ListActionPoints(v.Context(), &saakornv1.ListActionPointsRequest{LifecycleId: id})
	if err != nil {
		return nil, err
	}
	needs, err := v.API.Followup.ListCompetenceNeeds(v.Context(), &saakornv1.ListCompetenceNeedsRequest{LifecycleId: id})
	if err != nil {
		return nil, err
	}
	f := &followingView{relation: r, checkins: checkins.GetCheckins(), points: points.GetActionPoints(), needs: needs.GetNeeds()}
	labels := map[string]string{"topic": v.Page.T("own_need.topic"), "description": v.Page.T("own_need.description")}
	for _, n := range f.needs {
		labels["outcome-"+n.GetId()] = v.Page.T("own_need.outcome")
	}
	f.paper = newPaper(v, labels)
	return f, nil
}

func (f *followingView) here() string { return f.path() + "/checkins" }

// planned returns the check-ins to come, the nearest first.
func (f *followingView) planned() []*saakornv1.Checkin {
	list := f.in(saakornv1.CheckinState_CHECKIN_STATE_PLANNED)
	slices.Reverse(list)
	return list
}

// held returns the check-ins that were held, the latest first.
func (f *followingView) held() []*saakornv1.Checkin {
	return f.in(saakornv1.CheckinState_CHECKIN_STATE_HELD)
}

func (f *followingView) in(state saakornv1.CheckinState) []*saakornv1.Checkin {
	var list []*saakornv1.Checkin
	for _, c := range f.checkins {
		if c.GetState() == state {
			list = append(list, c)
		}
	}
	return list
}

// open returns the action points that are open, or those that are ended.
func (f *followingView) open(open bool) []*saakornv1.ActionPoint {
	var list []*saakornv1.ActionPoint
	for _, x := range f.points {
		if (x.GetState() == saakornv1.ActionPointState_ACTION_POINT_STATE_OPEN) == open {
			list = append(list, x)
		}
	}
	return list
}

// pointOwner says who is to do it.
func (f *followingView) pointOwner(p ui.Page, x *saakornv1.ActionPoint) string {
	switch x.GetOwnerId() {
	case "":
		return p.T("own_point.you")
	case f.GetLifecycle().GetOwnerId():
		return p.T("own_point.officer", "name", f.GetLifecycle().GetOwnerName())
	}
	return p.T("own_point.nav")
}

func pointTone(x *saakornv1.ActionPoint) ui.Tone {
	switch {
	case x.GetState() == saakornv1.ActionPointState_ACTION_POINT_STATE_DONE:
		return ui.Success
	case x.GetOverdue():
		return ui.Danger
	case x.GetState() == saakornv1.ActionPointState_ACTION_POINT_STATE_OPEN:
		return ui.Info
	}
	return ui.Neutral
}

func pointTag(p ui.Page, x *saakornv1.ActionPoint) string {
	if x.GetOverdue() {
		return p.T("own_point.overdue")
	}
	return p.T("own_point_state." + x.GetState().String())
}

func needTone(s saakornv1.CompetenceNeedState) ui.Tone {
	switch s {
	case saakornv1.CompetenceNeedState_COMPETENCE_NEED_STATE_MET:
		return ui.Success
	case saakornv1.CompetenceNeedState_COMPETENCE_NEED_STATE_DROPPED:
		return ui.Neutral
	default:
		return ui.Info
	}
}

// needOpen tells whether something can still come of the need.
func needOpen(n *saakornv1.CompetenceNeed) bool {
	return n.GetState() == saakornv1.CompetenceNeedState_COMPETENCE_NEED_STATE_OPEN || n.GetState() == saakornv1.CompetenceNeedState_COMPETENCE_NEED_STATE_REFERRED
}

func showFollowing(v *site.Visit) error {
	f, err := openFollowing(v)
	if err != nil {
		return err
	}
	return v.Show(followingPage(v.Page, f))
}

// done goes back to the page: with a notice, or with what was refused.
func (f *followingView) done(v *site.Visit, err error, ids map[string]string, to, notice string) error {
	switch {
	case err == nil:
		return v.GoWith(to, notice)
	case !f.refused(v, err, ids):
		return err
	}
	return v.ShowInvalid(followingPage(v.Page, f))
}

// settlePoint says that the enterprise has done what it was to do.
func settlePoint(v *site.Visit) error {
	f, err := openFollowing(v)
	if err != nil {
		return err
	}
	id, err := v.ID("point")
	if err != nil {
		return err
	}
	_, err = v.API.Followup.SettleActionPoint(v.Context(), &saakornv1.SettleActionPointRequest{
		RequestId: v.RequestID(), ActionPointId: id, Etag: v.Value("etag"), State: saakornv1.ActionPointState_ACTION_POINT_STATE_DONE, Note: v.Value("note"),
	})
	return f.done(v, err, nil, f.here()+"#points", "point_done")
}

// addNeed notes what the enterprise needs to learn.
func addNeed(v *site.Visit) error {
	f, err := openFollowing(v)
	if err != nil {
		return err
	}
	_, err = v.API.Followup.AddCompetenceNeed(v.Context(), &saakornv1.AddCompetenceNeedRequest{
		RequestId: v.RequestID(), LifecycleId: f.GetLifecycle().GetId(), Topic: f.typed["topic"], Description: f.typed["description"],
	})
	return f.done(v, err, nil, f.here()+"#needs", "own_need_added")
}

// settleNeed ends a need with what came of it.
func settleNeed(v *site.Visit) error {
	f, err := openFollowing(v)
	if err != nil {
		return err
	}
	id, err := v.ID("need")
	if err != nil {
		return err
	}
	state := saakornv1.CompetenceNeedState_COMPETENCE_NEED_STATE_MET
	if v.Value("do") == "drop" {
		state = saakornv1.CompetenceNeedState_COMPETENCE_NEED_STATE_DROPPED
	}
	_, err = v.API.Followup.SettleCompetenceNeed(v.Context(), &saakornv1.SettleCompetenceNeedRequest{
		RequestId: v.RequestID(), NeedId: id, Etag: v.Value("etag"), State: state, Outcome: f.typed["outcome-"+id],
	})
	return f.done(v, err, map[string]string{"outcome": "outcome-" + id}, f.here()+"#needs", "own_need_settled")
}
