package rehearsal

import (
	"context"
	"fmt"
	"slices"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
)

// lifecycleIsGone tells whether nobody is left to write for the enterprise: it is bankrupt.
func (l *life) lifecycleIsGone(lifecycleID string) bool {
	return l.bankrupt(l.lifecycleName(lifecycleID))
}

func (l *life) bankrupt(name string) bool {
	e, ok := l.byName[name]
	return ok && e.Condition != "ORDINARY" && !l.today.Before(e.BankruptOn())
}

// active returns the lifecycles that go on, in the order of their enterprises' names.
func (l *life) active(state saakornv1.LifecycleState) []*saakornv1.Lifecycle {
	var list []*saakornv1.Lifecycle
	for _, x := range l.lifecycles {
		if _, ours := l.byName[x.GetEnterpriseName()]; ours && x.GetState() == state {
			list = append(list, x)
		}
	}
	slices.SortFunc(list, func(a, b *saakornv1.Lifecycle) int {
		if a.GetEnterpriseName() < b.GetEnterpriseName() {
			return -1
		}
		return 1
	})
	return list
}

// followUp holds the check-ins that are planned, and writes down what both sides think.
func (l *life) followUp(ctx context.Context) error {
	m, err := l.as(ctx, manager)
	if err != nil {
		return err
	}
	planned, err := pages(func(token string) ([]*saakornv1.Checkin, string, error) {
		r, err := m.followup.ListPlannedCheckins(ctx, &saakornv1.ListPlannedCheckinsRequest{From: l.today.AddDays(-120).String(), To: l.today.String(), PageSize: 200, PageToken: token})
		return r.GetCheckins(), r.GetNextPageToken(), wrap("list check-ins", err)
	})
	if err != nil {
		return err
	}
	name := func(c *saakornv1.Checkin) string { return l.lifecycleName(c.GetLifecycleId()) }
	return inTurn(ctx, planned, name, func(ctx context.Context, c *saakornv1.Checkin) error {
		return again(func() error { return l.meet(ctx, name(c), c) })
	})
}

// meet holds one check-in. Some are held late.
func (l *life) meet(ctx context.Context, name string, c *saakornv1.Checkin) error {
	if name == "" {
		return nil
	}
	if l.bankrupt(name) {
		return l.callOff(ctx, name, c)
	}
	if l.drawn("meet", name, c.GetPlannedOn()).IntN(10) == 0 && l.today.AddDays(-20).String() < c.GetPlannedOn() {
		return nil
	}
	officer, err := l.as(ctx, l.officer(name))
	if err != nil {
		return err
	}
	if err := l.assessBoth(ctx, name, officer, c); err != nil {
		return err
	}
	if err := l.tellDone(ctx, name, c); err != nil {
		return err
	}
	l.acted()
	_, err = officer.followup.RecordCheckin(ctx, &saakornv1.RecordCheckinRequest{
		RequestId: fresh(), CheckinId: c.GetId(), Etag: c.GetEtag(), HeldOn: l.today.String(), Channel: saakornv1.CheckinChannel_CHECKIN_CHANNEL_VIDEO,
		Notes:         "Vi gikk gjennom tallene så langt og hva som skal til for å få flere kunder.",
		InternalNotes: "Daglig leder bærer mye alene.",
		ActionPoints: []*saakornv1.NewActionPoint{
			{Text: "Lage en oversikt over de ti viktigste kundene.", DueOn: l.today.AddDays(42).String()},
			{Text: "Sende eksempel på avtale med kommunen.", OwnerId: officer.id, DueOn: l.today.AddDays(28).String()},
		},
	})
	return wrap("record a check-in", err)
}

// tellDone has the enterprise say, before the next meeting, that it has done what was agreed at the last.
func (l *life) tellDone(ctx context.Context, name string, c *saakornv1.Checkin) error {
	person, err := l.manager(ctx, name)
	if err != nil {
		return err
	}
	r, err := person.followup.ListActionPoints(ctx, &saakornv1.ListActionPointsRequest{LifecycleId: c.GetLifecycleId()})
	if err != nil {
		return wrap("list action points", err)
	}
	for _, p := range r.GetActionPoints() {
		if p.GetOwnerId() != "" || p.GetState() != saakornv1.ActionPointState_ACTION_POINT_STATE_OPEN {
			continue
		}
		l.acted()
		_, err := person.followup.SettleActionPoint(ctx, &saakornv1.SettleActionPointRequest{
			RequestId: fresh(), ActionPointId: p.GetId(), Etag: p.GetEtag(), State: saakornv1.ActionPointState_ACTION_POINT_STATE_DONE, Note: "Gjort.",
		})
		if err != nil {
			return wrap("settle an action point", err)
		}
	}
	return nil
}

// callOff cancels a check-in to which nobody would come.
func (l *life) callOff(ctx context.Context, name string, c *saakornv1.Checkin) error {
	officer, err := l.as(ctx, l.officer(name))
	if err != nil {
		return err
	}
	l.acted()
	_, err = officer.followup.CancelCheckin(ctx, &saakornv1.CancelCheckinRequest{
		RequestId: fresh(), CheckinId: c.GetId(), Etag: c.GetEtag(), Reason: "Virksomheten er konkurs.",
	})
	return wrap("cancel a check-in", err)
}

// assessBoth has both sides say how sustainable the enterprise is, once each year.
func (l *life) assessBoth(ctx context.Context, name string, officer *actor, c *saakornv1.Checkin) error {
	known, err := officer.followup.ListSustainabilityAssessments(ctx, &saakornv1.ListSustainabilityAssessmentsRequest{LifecycleId: c.GetLifecycleId()})
	if err != nil {
		return wrap("list assessments", err)
	}
	said := &saakornv1.SustainabilityAssessment{}
	for _, a := range known.GetAssessments() {
		if a.GetGrantYear() == c.GetGrantYear() {
			said = a
		}
	}
	if said.GetOwnAt() != nil && said.GetOfficerAt() != nil {
		return nil
	}
	number, err := yearNumber(ctx, officer, c)
	if err != nil || number == 0 {
		return err
	}
	if said.GetOwnAt() == nil {
		person, err := l.manager(ctx, name)
		if err != nil {
			return err
		}
		_, err = person.followup.AssessOwnSustainability(ctx, &saakornv1.AssessOwnSustainabilityRequest{
			RequestId: fresh(), LifecycleId: c.GetLifecycleId(), GrantYear: c.GetGrantYear(), Scores: l.scores(name, number, 1),
		})
		if err != nil {
			return wrap("assess oneself", err)
		}
	}
	if said.GetOfficerAt() != nil {
		return nil
	}
	_, err = officer.followup.AssessSustainability(ctx, &saakornv1.AssessSustainabilityRequest{
		RequestId: fresh(), LifecycleId: c.GetLifecycleId(), GrantYear: c.GetGrantYear(), Scores: l.scores(name, number, 0),
	})
	return wrap("assess an enterprise", err)
}

// yearNumber returns which of the enterprise's years with a grant a check-in falls into; 0 when there is no
// award of that year.
func yearNumber(ctx context.Context, officer *actor, c *saakornv1.Checkin) (int, error) {
	r, err := officer.grants.GetLifecycle(ctx, &saakornv1.GetLifecycleRequest{LifecycleId: c.GetLifecycleId()})
	if err != nil {
		return 0, wrap("read a lifecycle", err)
	}
	for _, a := range r.GetAwards() {
		if a.GetGrantYear() == c.GetGrantYear() {
			return int(a.GetYearNumber()), nil
		}
	}
	return 0, nil
}

func (l *life) scores(name string, number, more int) []*saakornv1.DimensionScore {
	d := l.drawn("sustainability", name, number)
	var list []*saakornv1.DimensionScore
	for _, dimension := range []string{"business_model", "earned_income", "liquidity", "diversification", "organisation", "plan_after_grant"} {
		level := min(4, max(number-1, 0)+d.IntN(2)+more)
		if l.lots[name] == weak && dimension == "liquidity" {
			level = more
		}
		list = append(list, &saakornv1.DimensionScore{Dimension: dimension, Level: int32(level), Reason: "Slik vi vurderer det ut fra samtalen og det vi har sett i år."})
	}
	return list
}

// end looks at every lifecycle: measures against some, plans for the time after the grant, and the way out.
func (l *life) end(ctx context.Context) error {
	if l.ended() {
		return nil
	}
	name := (*saakornv1.Lifecycle).GetEnterpriseName
	err := inTurn(ctx, l.active(saakornv1.LifecycleState_LIFECYCLE_STATE_ACTIVE), name, func(ctx context.Context, x *saakornv1.Lifecycle) error {
		return again(func() error { return l.lookAt(ctx, x) })
	})
	if err != nil {
		return err
	}
	return inTurn(ctx, l.active(saakornv1.LifecycleState_LIFECYCLE_STATE_CLOSED), name, l.answerAfter)
}

func (l *life) lookAt(ctx context.Context, listed *saakornv1.Lifecycle) error {
	name := listed.GetEnterpriseName()
	officer, err := l.as(ctx, l.officer(name))
	if err != nil {
		return err
	}
	r, err := officer.grants.GetLifecycle(ctx, &saakornv1.GetLifecycleRequest{LifecycleId: listed.GetId()})
	if err != nil {
		return wrap("read a lifecycle", err)
	}
	for _, d := range r.GetExitPlanDemands() {
		if !d.GetSubmitted() && d.GetDueOn() <= l.today.AddDays(35).String() && !l.bankrupt(name) && l.drawn("exit plan", name, d.GetGrantYear()).IntN(6) > 0 {
			if err := l.planExit(ctx, name, r, d); err != nil {
				return err
			}
		}
	}
	for _, a := range r.GetAwards() {
		if err := l.act(ctx, name, officer, a); err != nil {
			return err
		}
	}
	return l.leave(ctx, name, officer, r)
}

func (l *life) planExit(ctx context.Context, name string, r *saakornv1.GetLifecycleResponse, d *saakornv1.ExitPlanDemand) error {
	person, err := l.manager(ctx, name)
	if err != nil {
		return err
	}
	routes := []saakornv1.ExitRoute{saakornv1.ExitRoute_EXIT_ROUTE_PRIVATE_MARKET, saakornv1.ExitRoute_EXIT_ROUTE_TENDER, saakornv1.ExitRoute_EXIT_ROUTE_OTHER_FUNDING}
	l.acted()
	_, err = person.grants.SubmitExitPlan(ctx, &saakornv1.SubmitExitPlanRequest{
		RequestId: fresh(), LifecycleId: r.GetLifecycle().GetId(), GrantYear: d.GetGrantYear(), Route: routes[l.drawn("route", name).IntN(len(routes))],
		Description: "Salget skal dekke lønn og husleie, og kommunen tar over oppfølgingen av deltakerne.",
		Steps:       []*saakornv1.ExitStep{{Text: "To faste avtaler med bedrifter.", DueOn: l.today.AddDays(200).String()}},
	})
	return wrap("submit a plan", err)
}

// act takes the measures that fall to some: a suspension that is lifted when the report has come, and one
// that ends with a stop and money claimed back. What an enterprise that is bankrupt owes in reports is waived.
func (l *life) act(ctx context.Context, name string, officer *actor, a *saakornv1.Award) error {
	gone := l.bankrupt(name)
	if !gone && l.lots[name] != silent && l.lots[name] != misuses || a.GetAcceptedAt() == nil || a.GetClosedAt() != nil {
		return nil
	}
	measures, err := l.measures(ctx, a.GetId())
	if err != nil {
		return err
	}
	of := map[saakornv1.MeasureKind]*saakornv1.Measure{}
	for _, m := range measures {
		of[m.GetKind()] = m
	}
	suspension, stop := of[saakornv1.MeasureKind_MEASURE_KIND_SUSPENSION], of[saakornv1.MeasureKind_MEASURE_KIND_STOP]
	decided := func(m *saakornv1.Measure) bool { return m.GetState() == saakornv1.MeasureState_MEASURE_STATE_DECIDED }
	switch {
	case l.lots[name] == silent:
		return l.proposeLifting(ctx, officer, a, suspension)
	case !gone && a.GetGrantYear() != firstYear+1:
		return nil
	case !gone && suspension == nil && a.GetState() == saakornv1.AwardState_AWARD_STATE_ACCEPTED && l.today.AddDays(-90).At(0, 0).After(a.GetAcceptedAt().AsTime()):
		return l.propose(ctx, name, a.GetId(), saakornv1.MeasureKind_MEASURE_KIND_SUSPENSION, 0, "Vi har fått opplysninger om at pengene er brukt til noe annet enn det som er søkt om.")
	case decided(suspension) && stop == nil && l.today.AddDays(-40).At(0, 0).After(suspension.GetDecidedAt().AsTime()) && !gone,
		decided(suspension) && stop == nil && gone:
		return l.propose(ctx, name, a.GetId(), saakornv1.MeasureKind_MEASURE_KIND_STOP, 0, "Pengene kan ikke brukes slik det er søkt om.")
	case !gone && decided(stop) && of[saakornv1.MeasureKind_MEASURE_KIND_RECOVERY] == nil:
		paid, err := l.paid(ctx, officer, a.GetId())
		if err != nil || paid == 0 {
			return err
		}
		return l.propose(ctx, name, a.GetId(), saakornv1.MeasureKind_MEASURE_KIND_RECOVERY, paid/thousand/2*thousand, "Halvparten av pengene er brukt til noe annet enn det som er søkt om.")
	case decided(stop):
		if err := l.liftAfterStop(ctx, officer, suspension); err != nil {
			return err
		}
		return l.waiveReports(ctx, name, a)
	}
	return nil
}

func (l *life) liftAfterStop(ctx context.Context, officer *actor, suspension *saakornv1.Measure) error {
	if suspension == nil || suspension.GetLiftedAt() != nil {
		return nil
	}
	l.acted()
	_, err := officer.measures.ProposeLifting(ctx, &saakornv1.ProposeLiftingRequest{RequestId: fresh(), MeasureId: suspension.GetId(), Reason: "Tilskuddet er stanset for godt, så utbetalingsstansen har ingen virkning lenger."})
	return wrap("propose to lift a suspension", err)
}

func (l *life) proposeLifting(ctx context.Context, officer *actor, a *saakornv1.Award, m *saakornv1.Measure) error {
	if m.GetState() != saakornv1.MeasureState_MEASURE_STATE_DECIDED || m.GetLiftedAt() != nil {
		return nil
	}
	r, err := officer.reports.ListReports(ctx, &saakornv1.ListReportsRequest{AwardId: a.GetId()})
	if err != nil {
		return wrap("list reports", err)
	}
	for _, x := range r.GetReports() {
		if x.GetKind() == saakornv1.ReportKind_REPORT_KIND_INTERIM && x.GetState() == saakornv1.ReportState_REPORT_STATE_APPROVED {
			l.acted()
			_, err := officer.measures.ProposeLifting(ctx, &saakornv1.ProposeLiftingRequest{RequestId: fresh(), MeasureId: m.GetId(), Reason: "Rapporten er kommet og godkjent."})
			return wrap("propose to lift a suspension", err)
		}
	}
	return nil
}

func (l *life) waiveReports(ctx context.Context, name string, a *saakornv1.Award) error {
	decider, err := l.as(ctx, l.decider(name))
	if err != nil {
		return err
	}
	r, err := decider.reports.ListReports(ctx, &saakornv1.ListReportsRequest{AwardId: a.GetId()})
	if err != nil {
		return wrap("list reports", err)
	}
	for _, x := range r.GetReports() {
		if x.GetState() != saakornv1.ReportState_REPORT_STATE_OPEN {
			continue
		}
		l.acted()
		_, err := decider.reports.WaiveReport(ctx, &saakornv1.WaiveReportRequest{RequestId: fresh(), ReportId: x.GetId(), Etag: x.GetEtag(), Reason: "Tilskuddet er stanset."})
		if err != nil {
			return wrap("waive a report", err)
		}
	}
	return nil
}

// leave prepares the end of a lifecycle that has come to it, with what was learned and who carries it on.
func (l *life) leave(ctx context.Context, name string, officer *actor, r *saakornv1.GetLifecycleResponse) error {
	x := r.GetLifecycle()
	newest, open := int32(0), false
	for _, a := range r.GetAwards() {
		newest = max(newest, a.GetGrantYear())
		going := a.GetState() == saakornv1.AwardState_AWARD_STATE_OFFERED || a.GetState() == saakornv1.AwardState_AWARD_STATE_ACCEPTED
		unsettled := a.GetState() == saakornv1.AwardState_AWARD_STATE_STOPPED && a.GetAcceptedAt() != nil
		open = open || going || unsettled
	}
	if open || newest == 0 || x.GetExitKind() != saakornv1.ExitKind_EXIT_KIND_UNSPECIFIED {
		return nil
	}
	kind := saakornv1.ExitKind_EXIT_KIND_WITHDRAWN
	mine := l.lots[name]
	used := mine == declines || mine == lapses
	switch {
	case l.bankrupt(name):
		kind = saakornv1.ExitKind_EXIT_KIND_BANKRUPT
	case mine == misuses:
		kind = saakornv1.ExitKind_EXIT_KIND_STOPPED
	case mine == standsAlone && x.GetYearsUsed() >= 3:
		kind = saakornv1.ExitKind_EXIT_KIND_SUSTAINABLE
	case x.GetRemainingYears() == 0:
		kind = saakornv1.ExitKind_EXIT_KIND_YEARS_USED
	case used && l.today.Year < firstYear+3, int(newest) >= l.today.Year-1:
		return nil // may still apply
	}
	if kind != saakornv1.ExitKind_EXIT_KIND_BANKRUPT {
		saved, err := l.handOverTo(ctx, name, r)
		if err != nil {
			return err
		}
		x = saved
	}
	l.acted()
	_, err := officer.grants.PrepareExit(ctx, &saakornv1.PrepareExitRequest{
		RequestId: fresh(), LifecycleId: x.GetId(), Etag: x.GetEtag(), Kind: kind, ExitOn: l.today.String(),
		Reasons: "Alle tilskuddene er avsluttet, og virksomheten får ikke flere.",
	})
	return wrap("prepare an exit", err)
}

func (l *life) handOverTo(ctx context.Context, name string, r *saakornv1.GetLifecycleResponse) (*saakornv1.Lifecycle, error) {
	person, err := l.manager(ctx, name)
	if err != nil {
		return nil, err
	}
	saved, err := person.grants.SaveHandover(ctx, &saakornv1.SaveHandoverRequest{
		RequestId: fresh(), LifecycleId: r.GetLifecycle().GetId(), Etag: r.GetLifecycle().GetEtag(),
		Handover: &saakornv1.Handover{
			Learned:  "Praksis hos bedrifter virker når noen følger opp fra første dag. Kurs på kveldstid virket ikke.",
			Receiver: "Kommunens avdeling for arbeid og aktivitet", Adopted: "Praksisavtalen og opplegget for oppfølging.", HandedOverOn: l.today.String(),
		},
	})
	return saved.GetLifecycle(), wrap("save a handover", err)
}

func (l *life) decideExit(ctx context.Context, t *saakornv1.Task) error {
	decider, err := l.as(ctx, l.decider(t.GetEnterpriseName()))
	if err != nil {
		return err
	}
	r, err := decider.grants.GetLifecycle(ctx, &saakornv1.GetLifecycleRequest{LifecycleId: t.GetLifecycleId()})
	if err != nil {
		return wrap("read a lifecycle", err)
	}
	if r.GetLifecycle().GetState() == saakornv1.LifecycleState_LIFECYCLE_STATE_CLOSED {
		return nil
	}
	l.acted()
	_, err = decider.grants.DecideExit(ctx, &saakornv1.DecideExitRequest{RequestId: fresh(), LifecycleId: t.GetLifecycleId(), Etag: r.GetLifecycle().GetEtag()})
	return wrap("decide an exit", err)
}

// prepareYearsUsed is done when the lifecycle is looked at: see [life.leave].
func (l *life) prepareYearsUsed(context.Context, *saakornv1.Task) error { return nil }

// answerAfter tells how it went after the grant. One in six does not answer.
func (l *life) answerAfter(ctx context.Context, x *saakornv1.Lifecycle) error {
	person, err := l.manager(ctx, x.GetEnterpriseName())
	if err != nil {
		return err
	}
	r, err := person.followup.ListAfterQuestions(ctx, &saakornv1.ListAfterQuestionsRequest{LifecycleId: x.GetId()})
	if err != nil {
		return wrap("list questions", err)
	}
	for _, q := range r.GetQuestions() {
		d := l.drawn("after", x.GetEnterpriseName(), q.GetMonths())
		if q.GetState() != saakornv1.AfterQuestionState_AFTER_QUESTION_STATE_ASKED || d.IntN(6) == 0 {
			continue
		}
		running := q.GetMonths() < 24 || d.IntN(5) > 0
		answer := &saakornv1.AfterAnswer{
			StillRunning: running, LedTo: "To av tre deltakere er fortsatt i arbeid, og kommunen bruker opplegget vårt.",
			Why: fmt.Sprintf("Vi har %d faste kunder.", 4+d.IntN(9)), Followed_6M: new(int64(14)), InWork_6M: new(int64(9)),
			Income: []*saakornv1.AfterIncome{{Source: saakornv1.IncomeSource_INCOME_SOURCE_SALES_BUSINESS, AmountOre: 900_000_00 + d.Int64N(400_000_00)}},
		}
		if !running {
			answer.Why, answer.Income = "Den største kunden sa opp avtalen, og vi la ned driften.", nil
		}
		l.acted()
		_, err := person.followup.AnswerAfterQuestion(ctx, &saakornv1.AnswerAfterQuestionRequest{RequestId: fresh(), QuestionId: q.GetId(), Etag: q.GetEtag(), Answer: answer})
		if err != nil {
			return wrap("answer how it goes", err)
		}
	}
	return nil
}
