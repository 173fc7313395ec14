package caseworker

import (
	"slices"
	"strconv"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// mostPoints is how many action points one form takes.
const mostPoints = 3

// checkinRoutes are the pages of talks with an enterprise and of what it needs to learn.
func checkinRoutes() []site.Route {
	const l = "POST /lifecycles/{lifecycle}/"
	talks, needs := again(talksWith), again(needsWith)
	at, needsAt := laneAt("checkins"), laneAt("needs")
	reason := map[string]string{"reason": "reason"}
	recorded := map[string]string{"held_on": "held_on", "channel": "channel", "notes": "notes", "internal_notes": "internal_notes"}
	for i := range mostPoints {
		n := strconv.Itoa(i)
		for _, field := range []string{"text", "owner_id", "due_on"} {
			recorded["action_points["+n+"]."+field] = field + n
		}
	}
	return []site.Route{
		{Pattern: "GET /lifecycles/{lifecycle}/checkins", Show: func(v *site.Visit) error { return talksWith(v, sheet{}) }},
		{Pattern: l + "checkins/plan", Show: talks.does(at, "checkins_planned", map[string]string{"grant_year": "year", "risk": "risk", "reason": "reason"}, planCheckins)},
		{Pattern: l + "checkins/add", Show: talks.does(at, "checkin_added", map[string]string{"planned_on": "planned_on", "reason": "reason"}, addCheckin)},
		{Pattern: l + "checkins/{subject}/record", Show: talks.does(at, "checkin_recorded", recorded, recordCheckin)},
		{Pattern: l + "checkins/{subject}/move", Show: talks.does(at, "checkin_moved", map[string]string{"planned_on": "planned_on"}, moveCheckin)},
		{Pattern: l + "checkins/{subject}/cancel", Show: talks.does(at, "checkin_cancelled", reason, cancelCheckin)},
		{Pattern: l + "checkins/points/{subject}/settle", Show: talks.does(at, "point_settled", map[string]string{"note": "note"}, settlePoint)},
		{Pattern: "GET /lifecycles/{lifecycle}/needs", Show: func(v *site.Visit) error { return needsWith(v, sheet{}) }},
		{Pattern: l + "needs/add", Show: needs.does(needsAt, "need_added", map[string]string{"topic": "topic", "description": "description"}, addNeed)},
		{Pattern: l + "needs/{subject}/refer", Show: needs.does(needsAt, "need_referred", map[string]string{"partner": "partner"}, referNeed)},
		{Pattern: l + "needs/{subject}/settle", Show: needs.does(needsAt, "need_settled", map[string]string{"outcome": "outcome"}, settleNeed)},
	}
}

// checkinList are the planned check-ins of every enterprise.
type checkinList struct {
	hub

	checkins []*saakornv1.Checkin
}

func showCheckins(v *site.Visit) error {
	l := &checkinList{hub: openHub(v, "checkins", "")}
	answer, err := v.API.Followup.ListPlannedCheckins(v.Context(), &saakornv1.ListPlannedCheckinsRequest{PageSize: onScreen, PageToken: v.Value("page")})
	if err != nil {
		return err
	}
	l.checkins, l.next = answer.GetCheckins(), answer.GetNextPageToken()
	return v.Show(checkinsPage(l))
}

// signalledList are the enterprises that somebody should talk to.
type signalledList struct {
	hub

	enterprises []*saakornv1.SignalledEnterprise
}

func showSignalled(v *site.Visit) error {
	l := &signalledList{hub: openHub(v, "signals", v.Value("show"))}
	list, err := v.API.Schemes.ListSchemes(v.Context(), &saakornv1.ListSchemesRequest{})
	if err != nil {
		return err
	}
	if l.filter == "" && len(list.GetSchemes()) > 0 {
		l.filter = list.GetSchemes()[0].GetId()
	}
	if l.filter == "" {
		return v.Show(signalledPage(l))
	}
	answer, err := v.API.Followup.ListSignalledEnterprises(v.Context(), &saakornv1.ListSignalledEnterprisesRequest{SchemeId: l.filter, PageSize: onScreen, PageToken: v.Value("page")})
	if err != nil {
		return err
	}
	l.enterprises, l.next = answer.GetEnterprises(), answer.GetNextPageToken()
	slices.SortStableFunc(l.enterprises, func(a, b *saakornv1.SignalledEnterprise) int {
		return a.GetSince().AsTime().Compare(b.GetSince().AsTime())
	})
	return v.Show(signalledPage(l))
}

// talks are the check-ins of one enterprise, with what was agreed on and what calls for a talk.
type talks struct {
	*lane

	checkins []*saakornv1.Checkin
	plans    []*saakornv1.CheckinPlan
	points   []*saakornv1.ActionPoint
	signals  []*saakornv1.Signal
}

func talksWith(v *site.Visit, s sheet) error {
	l, err := openLane(v, "checkins", s)
	if err != nil {
		return err
	}
	id := l.GetLifecycle().GetId()
	checkins, err := v.API.Followup.ListCheckins(v.Context(), &saakornv1.ListCheckinsRequest{LifecycleId: id})
	if err != nil {
		return err
	}
	points, err := v.API.Followup.ListActionPoints(v.Context(), &saakornv1.ListActionPointsRequest{LifecycleId: id})
	if err != nil {
		return err
	}
	signals, err := v.API.Followup.ListSignals(v.Context(), &saakornv1.ListSignalsRequest{LifecycleId: id})
	if err != nil {
		return err
	}
	t := &talks{lane: l, checkins: checkins.GetCheckins(), plans: checkins.GetPlans(), points: points.GetActionPoints()}
	for _, x := range signals.GetSignals() {
		if x.GetState() == saakornv1.SignalState_SIGNAL_STATE_OPEN {
			t.signals = append(t.signals, x)
		}
	}
	return shown(v, s, talksPage(t))
}

// planned are the check-ins to come, the earliest first.
func (t *talks) planned() []*saakornv1.Checkin {
	list := t.in(saakornv1.CheckinState_CHECKIN_STATE_PLANNED)
	slices.Reverse(list)
	return list
}

// over are the check-ins that were held or cancelled, the newest first.
func (t *talks) over() []*saakornv1.Checkin {
	return t.in(saakornv1.CheckinState_CHECKIN_STATE_HELD, saakornv1.CheckinState_CHECKIN_STATE_CANCELLED)
}

func (t *talks) in(states ...saakornv1.CheckinState) []*saakornv1.Checkin {
	var list []*saakornv1.Checkin
	for _, c := range t.checkins {
		if slices.Contains(states, c.GetState()) {
			list = append(list, c)
		}
	}
	return list
}

// current are the plans that count: the newest of each year.
func (t *talks) current() []*saakornv1.CheckinPlan {
	var plans []*saakornv1.CheckinPlan
	for _, p := range t.plans {
		if !slices.ContainsFunc(plans, func(x *saakornv1.CheckinPlan) bool { return x.GetGrantYear() == p.GetGrantYear() }) {
			plans = append(plans, p)
		}
	}
	return plans
}

// owner says whose the action point is.
func (t *talks) owner(p *saakornv1.ActionPoint) string {
	if p.GetOwnerId() == "" {
		return t.GetLifecycle().GetEnterpriseName()
	}
	return t.people.name(p.GetOwnerId())
}

// choosePerson is a field for a colleague; without one it is the enterprise.
func (t *talks) choosePerson(form, name string) ui.Field {
	f := t.field(form, name, t.T("points.owner"), "")
	f.Choices = []ui.Choice{{Value: "", Label: t.GetLifecycle().GetEnterpriseName(), Chosen: f.Value == ""}}
	for _, p := range t.people.staff {
		f.Choices = append(f.Choices, ui.Choice{Value: p.GetId(), Label: p.GetName(), Chosen: f.Value == p.GetId()})
	}
	return f
}

// chooseYear is a field for one of the grant years that were accepted.
func (l *lane) chooseYear(form string) ui.Field {
	f := l.field(form, "year", l.T("reports.column.year"), "")
	for i, y := range l.years() {
		f.Choices = append(f.Choices, ui.Choice{Value: yearText(y), Label: yearText(y), Chosen: f.Value == yearText(y) || f.Value == "" && i == 0})
	}
	return f
}

func pointTone(p *saakornv1.ActionPoint) ui.Tone {
	switch {
	case p.GetOverdue():
		return ui.Danger
	case p.GetState() == saakornv1.ActionPointState_ACTION_POINT_STATE_DONE:
		return ui.Success
	case p.GetState() == saakornv1.ActionPointState_ACTION_POINT_STATE_OPEN:
		return ui.Warning
	default:
		return ui.Neutral
	}
}

func pointState(p ui.Page, x *saakornv1.ActionPoint) string {
	if x.GetOverdue() {
		return p.T("points.overdue")
	}
	return p.T("pointstate." + x.GetState().String())
}

func checkinTone(c *saakornv1.Checkin) ui.Tone {
	switch {
	case c.GetOverdue():
		return ui.Warning
	case c.GetState() == saakornv1.CheckinState_CHECKIN_STATE_HELD:
		return ui.Success
	case c.GetState() == saakornv1.CheckinState_CHECKIN_STATE_CANCELLED:
		return ui.Neutral
	default:
		return ui.Info
	}
}

func checkinState(p ui.Page, c *saakornv1.Checkin) string {
	if c.GetOverdue() {
		return p.T("checkins.overdue")
	}
	if c.GetInvitedAt() != nil && c.GetState() == saakornv1.CheckinState_CHECKIN_STATE_PLANNED {
		return p.T("checkins.invited")
	}
	return p.T("checkinstate." + c.GetState().String())
}

// yearIn reads the grant year that was chosen; 0 for none.
func yearIn(v *site.Visit) int32 {
	n, ok := site.Number(v.Value("year"))
	const most = 9999
	if !ok || n > most {
		return 0
	}
	return int32(n)
}

// planCheckins sets how closely the enterprise is followed.
func planCheckins(v *site.Visit) error {
	id, err := v.ID("lifecycle")
	if err != nil {
		return err
	}
	_, err = v.API.Followup.PlanCheckins(v.Context(), &saakornv1.PlanCheckinsRequest{
		RequestId: v.RequestID(), LifecycleId: id, GrantYear: yearIn(v), Risk: saakornv1.FollowupRisk(saakornv1.FollowupRisk_value[v.Value("risk")]), Reason: v.Value("reason"),
	})
	return err
}

// addCheckin plans one more check-in.
func addCheckin(v *site.Visit) error {
	id, err := v.ID("lifecycle")
	if err != nil {
		return err
	}
	_, err = v.API.Followup.AddCheckin(v.Context(), &saakornv1.AddCheckinRequest{
		RequestId: v.RequestID(), LifecycleId: id, PlannedOn: v.Value("planned_on"), Reason: v.Value("reason"),
	})
	return err
}

// recordCheckin records a check-in that was held, with what was agreed on.
func recordCheckin(v *site.Visit) error {
	id, err := v.ID("subject")
	if err != nil {
		return err
	}
	request := &saakornv1.RecordCheckinRequest{
		RequestId: v.RequestID(), CheckinId: id, Etag: v.Value("etag"), HeldOn: v.Value("held_on"),
		Channel: saakornv1.CheckinChannel(saakornv1.CheckinChannel_value[v.Value("channel")]), Notes: v.Value("notes"), InternalNotes: v.Value("internal_notes"),
	}
	request.ActionPoints = typedPoints(v)
	_, err = v.API.Followup.RecordCheckin(v.Context(), request)
	return err
}

// typedPoints reads the rows of action points. Rows with nothing in them are left out, and those that follow move
// up, also in what is shown again.
func typedPoints(v *site.Visit) []*saakornv1.NewActionPoint {
	var points []*saakornv1.NewActionPoint
	for i := range mostPoints {
		n := strconv.Itoa(i)
		p := &saakornv1.NewActionPoint{Text: v.Value("text" + n), OwnerId: v.Value("owner_id" + n), DueOn: v.Value("due_on" + n)}
		if p.GetText() != "" || p.GetDueOn() != "" {
			points = append(points, p)
		}
	}
	for i := range mostPoints {
		var p *saakornv1.NewActionPoint
		if i < len(points) {
			p = points[i]
		}
		n := strconv.Itoa(i)
		v.Request.Form["text"+n], v.Request.Form["owner_id"+n], v.Request.Form["due_on"+n] = []string{p.GetText()}, []string{p.GetOwnerId()}, []string{p.GetDueOn()}
	}
	return points
}

// moveCheckin moves a check-in to another date.
func moveCheckin(v *site.Visit) error {
	id, err := v.ID("subject")
	if err != nil {
		return err
	}
	_, err = v.API.Followup.MoveCheckin(v.Context(), &saakornv1.MoveCheckinRequest{RequestId: v.RequestID(), CheckinId: id, Etag: v.Value("etag"), PlannedOn: v.Value("planned_on")})
	return err
}

// cancelCheckin cancels a check-in.
func cancelCheckin(v *site.Visit) error {
	id, err := v.ID("subject")
	if err != nil {
		return err
	}
	_, err = v.API.Followup.CancelCheckin(v.Context(), &saakornv1.CancelCheckinRequest{RequestId: v.RequestID(), CheckinId: id, Etag: v.Value("etag"), Reason: v.Value("reason")})
	return err
}

// settlePoint ends an action point.
func settlePoint(v *site.Visit) error {
	id, err := v.ID("subject")
	if err != nil {
		return err
	}
	state := saakornv1.ActionPointState_ACTION_POINT_STATE_DONE
	if v.Value("do") == "drop" {
		state = saakornv1.ActionPointState_ACTION_POINT_STATE_DROPPED
	}
	_, err = v.API.Followup.SettleActionPoint(v.Context(), &saakornv1.SettleActionPointRequest{
		RequestId: v.RequestID(), ActionPointId: id, Etag: v.Value("etag"), State: state, Note: v.Value("note"),
	})
	return err
}

// needsOf is what an enterprise needs to learn.
type needsOf struct {
	*lane

	needs []*saakornv1.CompetenceNeed
}

func needsWith(v *site.Visit, s sheet) error {
	l, err := openLane(v, "needs", s)
	if err != nil {
		return err
	}
	answer, err := v.API.Followup.ListCompetenceNeeds(v.Context(), &saakornv1.ListCompetenceNeedsRequest{LifecycleId: l.GetLifecycle().GetId()})
	if err != nil {
		return err
	}
	return shown(v, s, needsPage(&needsOf{l, answer.GetNeeds()}))
}

func needTone(s saakornv1.CompetenceNeedState) ui.Tone {
	switch s {
	case saakornv1.CompetenceNeedState_COMPETENCE_NEED_STATE_OPEN:
		return ui.Warning
	case saakornv1.CompetenceNeedState_COMPETENCE_NEED_STATE_REFERRED:
		return ui.Info
	case saakornv1.CompetenceNeedState_COMPETENCE_NEED_STATE_MET:
		return ui.Success
	default:
		return ui.Neutral
	}
}

// needOpen tells whether something is still to be done about the need.
func needOpen(n *saakornv1.CompetenceNeed) bool {
	return n.GetState() == saakornv1.CompetenceNeedState_COMPETENCE_NEED_STATE_OPEN || n.GetState() == saakornv1.CompetenceNeedState_COMPETENCE_NEED_STATE_REFERRED
}

// addNeed notes what the enterprise needs to learn.
func addNeed(v *site.Visit) error {
	id, err := v.ID("lifecycle")
	if err != nil {
		return err
	}
	_, err = v.API.Followup.AddCompetenceNeed(v.Context(), &saakornv1.AddCompetenceNeedRequest{
		RequestId: v.RequestID(), LifecycleId: id, Topic: v.Value("topic"), Description: v.Value("description"),
	})
	return err
}

// referNeed refers the enterprise to a partner.
func referNeed(v *site.Visit) error {
	id, err := v.ID("subject")
	if err != nil {
		return err
	}
	_, err = v.API.Followup.ReferCompetenceNeed(v.Context(), &saakornv1.ReferCompetenceNeedRequest{RequestId: v.RequestID(), NeedId: id, Etag: v.Value("etag"), Partner: v.Value("partner")})
	return err
}

// settleNeed ends a need with what came of it.
func settleNeed(v *site.Visit) error {
	id, err := v.ID("subject")
	if err != nil {
		return err
	}
	state := saakornv1.CompetenceNeedState_COMPETENCE_NEED_STATE_MET
	if v.Value("do") == "drop" {
		state = saakornv1.CompetenceNeedState_COMPETENCE_NEED_STATE_DROPPED
	}
	_, err = v.API.Followup.SettleCompetenceNeed(v.Context(), &saakornv1.SettleCompetenceNeedRequest{
		RequestId: v.RequestID(), NeedId: id, Etag: v.Value("etag"), State: state, Outcome: v.Value("outcome"),
	})
	return err
}
