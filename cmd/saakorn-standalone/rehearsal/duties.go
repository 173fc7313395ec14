package rehearsal

import (
	"context"
	"fmt"
	"strings"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
)

// doTasks has everybody do the tasks that lie before them.
func (l *life) doTasks(ctx context.Context) error {
	m, err := l.as(ctx, manager)
	if err != nil {
		return err
	}
	open, err := pages(func(token string) ([]*saakornv1.Task, string, error) {
		r, err := m.tasks.ListTasks(ctx, &saakornv1.ListTasksRequest{Everybody: true, PageSize: 200, PageToken: token})
		return r.GetTasks(), r.GetNextPageToken(), wrap("list tasks", err)
	})
	if err != nil {
		return err
	}
	if l.ended() {
		return nil // what is left lies there for whoever signs in
	}
	return inTurn(ctx, open, (*saakornv1.Task).GetEnterpriseName, l.doTask)
}

func (l *life) doTask(ctx context.Context, t *saakornv1.Task) error {
	duties := map[string]func(context.Context, *saakornv1.Task) error{
		"PREPARE_PAYMENT":     l.preparePayment,
		"APPROVE_PAYMENT":     l.approvePayment,
		"PAYMENT_FAILED":      l.payAnew,
		"REPORT_TO_READ":      l.readReport,
		"REPORT_TO_APPROVE":   l.approveReport,
		"REPORT_MISSING_LONG": l.missReport,
		"CLOSE_AWARD":         l.closeAward,
		"RELEASE_COMMITMENT":  l.release,
		"MEASURE_PROPOSED":    l.recommendMeasure,
		"MEASURE_COMMENTED":   l.recommendMeasure,
		"DECIDE_MEASURE":      l.decideMeasure,
		"DECIDE_LIFTING":      l.liftSuspension,
		"DECIDE_EXIT":         l.decideExit,
		"PREPARE_EXIT":        l.prepareYearsUsed,
		"ACTION_POINT":        l.settleActionPoint,
	}
	do, ok := duties[t.GetKind()]
	if strings.HasPrefix(t.GetKind(), "SIGNAL_") {
		do, ok = l.settleSignal, true
	}
	if !ok || l.left(t) {
		return nil
	}
	return again(func() error { return wrap(t.GetKind(), do(ctx, t)) })
}

// preparePayment prepares an instalment. What is claimed back of an enterprise that goes on is set off.
func (l *life) preparePayment(ctx context.Context, t *saakornv1.Task) error {
	return l.prepareInstalment(ctx, t.GetEnterpriseName(), t.GetEnterpriseId(), t.GetAwardId(), t.GetSubjectId())
}

func (l *life) prepareInstalment(ctx context.Context, name, enterpriseID, awardID, instalmentID string) error {
	officer, err := l.as(ctx, l.officer(name))
	if err != nil {
		return err
	}
	plan, err := officer.payments.GetPaymentPlan(ctx, &saakornv1.GetPaymentPlanRequest{AwardId: awardID})
	if err != nil {
		return wrap("read a plan", err)
	}
	for _, i := range plan.GetInstalments() {
		if i.GetId() != instalmentID {
			continue
		}
		if closed := closedGates(i); len(closed) > 0 {
			return nil // something has come in the way since
		}
		q := &saakornv1.PreparePaymentRequest{RequestId: fresh(), InstalmentId: instalmentID}
		if l.setsOff(name) {
			open, err := officer.recoveries.ListClaims(ctx, &saakornv1.ListClaimsRequest{EnterpriseId: enterpriseID, OpenOnly: true})
			if err != nil {
				return wrap("list claims", err)
			}
			for _, c := range open.GetClaims() {
				q.ClaimId, q.SetOffOre = c.GetId(), min(c.GetAmountOre()-c.GetRepaidOre(), i.GetAmountOre())
			}
		}
		l.acted()
		_, err := officer.payments.PreparePayment(ctx, q)
		return wrap("prepare a payment", err)
	}
	return nil
}

func closedGates(i *saakornv1.Instalment) []string {
	var closed []string
	for _, g := range i.GetGates() {
		if !g.GetMet() {
			closed = append(closed, g.GetGate())
		}
	}
	return closed
}

// approvePayment has the two people with spending authority approve a payment.
func (l *life) approvePayment(ctx context.Context, t *saakornv1.Task) error {
	for _, id := range crew("payment-approver", 2) {
		a, err := l.as(ctx, id)
		if err != nil {
			return err
		}
		r, err := a.payments.GetPayment(ctx, &saakornv1.GetPaymentRequest{PaymentId: t.GetSubjectId()})
		if err != nil {
			return wrap("read a payment", err)
		}
		p := r.GetPayment()
		if p.GetState() != saakornv1.PaymentState_PAYMENT_STATE_PREPARED || p.GetFirstApprovedBy() == id {
			continue
		}
		_, err = a.payments.ApprovePayment(ctx, &saakornv1.ApprovePaymentRequest{RequestId: fresh(), PaymentId: p.GetId(), Etag: p.GetEtag()})
		if reason := reasonOf(err); reason == "GATES_CLOSED" || reason == "NOT_READY" {
			return nil // something has come in the way since it was prepared
		}
		if err != nil {
			return wrap("approve a payment", err)
		}
		l.acted()
	}
	return nil
}

// payAnew prepares a payment again that the bank has refused.
func (l *life) payAnew(ctx context.Context, t *saakornv1.Task) error {
	officer, err := l.as(ctx, l.officer(t.GetEnterpriseName()))
	if err != nil {
		return err
	}
	r, err := officer.payments.GetPayment(ctx, &saakornv1.GetPaymentRequest{PaymentId: t.GetSubjectId()})
	if err != nil {
		return wrap("read a payment", err)
	}
	return l.prepareInstalment(ctx, t.GetEnterpriseName(), t.GetEnterpriseId(), t.GetAwardId(), r.GetPayment().GetInstalmentId())
}

// closeAward settles what was used, has a colleague confirm it, and closes the award when nothing is left.
func (l *life) closeAward(ctx context.Context, t *saakornv1.Task) error {
	officer, err := l.as(ctx, l.officer(t.GetEnterpriseName()))
	if err != nil {
		return err
	}
	file, err := officer.grants.GetAward(ctx, &saakornv1.GetAwardRequest{AwardId: t.GetAwardId()})
	if err != nil {
		return wrap("read an award", err)
	}
	left := map[string]bool{}
	for _, name := range file.GetLeftBeforeClosing() {
		left[name] = true
	}
	if left["FINAL_REPORT"] || left["MEASURES"] || left["SUSPENSION"] {
		return nil
	}
	if left["CONDITIONS"] {
		return l.settleConditions(ctx, officer, file)
	}
	settled, err := officer.recoveries.GetSettlement(ctx, &saakornv1.GetSettlementRequest{AwardId: t.GetAwardId()})
	if err != nil && reasonOf(err) != "NOT_FOUND" {
		return wrap("read a settlement", err)
	}
	if settled.GetSettlement().GetConfirmedAt() == nil {
		return l.settleFunds(ctx, officer, t, file)
	}
	if left["MONEY"] {
		return nil // a claim is open
	}
	l.acted()
	_, err = officer.grants.CloseAward(ctx, &saakornv1.CloseAwardRequest{RequestId: fresh(), AwardId: t.GetAwardId(), Etag: file.GetAward().GetEtag()})
	return wrap("close an award", err)
}

// settleConditions says that the conditions are met, once the final report has been approved.
func (l *life) settleConditions(ctx context.Context, officer *actor, file *saakornv1.GetAwardResponse) error {
	for _, c := range file.GetConditions() {
		if c.GetState() != saakornv1.ConditionState_CONDITION_STATE_OPEN {
			continue
		}
		_, err := officer.grants.SettleCondition(ctx, &saakornv1.SettleConditionRequest{
			RequestId: fresh(), ConditionId: c.GetId(), Etag: c.GetEtag(), State: saakornv1.ConditionState_CONDITION_STATE_MET, Reason: "Rapporten med regnskap er godkjent.",
		})
		if err != nil {
			return wrap("settle a condition", err)
		}
		l.acted()
	}
	return nil
}

func (l *life) settleFunds(ctx context.Context, officer *actor, t *saakornv1.Task, file *saakornv1.GetAwardResponse) error {
	paid, err := l.paid(ctx, officer, t.GetAwardId())
	if err != nil {
		return err
	}
	used, basis := paid, "Det godkjente regnskapet."
	switch mine := l.lots[t.GetEnterpriseName()]; {
	case (mine == sparing || mine == sparingOut) && file.GetAward().GetGrantYear() == firstYear:
		used = paid / thousand * 9 / 10 * thousand
	case file.GetAward().GetState() == saakornv1.AwardState_AWARD_STATE_STOPPED:
		basis = "Ingenting mer blir betalt, og det som kreves tilbake, følger av vedtaket."
	}
	said, err := officer.recoveries.SettleFunds(ctx, &saakornv1.SettleFundsRequest{RequestId: fresh(), AwardId: t.GetAwardId(), UsedOre: used, Basis: basis})
	if err != nil {
		return wrap("settle funds", err)
	}
	other, err := l.as(ctx, l.colleague(t.GetEnterpriseName()))
	if err != nil {
		return err
	}
	_, err = other.recoveries.ConfirmSettlement(ctx, &saakornv1.ConfirmSettlementRequest{
		RequestId: fresh(), SettlementId: said.GetSettlement().GetId(), Etag: said.GetSettlement().GetEtag(),
	})
	if reason := reasonOf(err); reason == "PAYMENT_UNDER_WAY" {
		return nil
	}
	l.acted()
	return wrap("confirm a settlement", err)
}

// paid returns what has been paid of an award, in øre.
func (l *life) paid(ctx context.Context, a *actor, awardID string) (int64, error) {
	r, err := a.ledger.GetLedgerBalances(ctx, &saakornv1.GetLedgerBalancesRequest{AwardId: awardID})
	if err != nil {
		return 0, wrap("read balances", err)
	}
	for _, b := range r.GetBalances() {
		if b.GetAccount() == "PAID" {
			return b.GetAmountOre(), nil
		}
	}
	return 0, nil
}

// release gives back what will not be paid.
func (l *life) release(ctx context.Context, t *saakornv1.Task) error {
	if l.deciding {
		return nil
	}
	decider, err := l.as(ctx, l.decider(t.GetEnterpriseName()))
	if err != nil {
		return err
	}
	r, err := decider.grants.GetAward(ctx, &saakornv1.GetAwardRequest{AwardId: t.GetAwardId()})
	if err != nil {
		return wrap("read an award", err)
	}
	_, err = decider.grants.ReleaseCommitment(ctx, &saakornv1.ReleaseCommitmentRequest{RequestId: fresh(), AwardId: t.GetAwardId(), Etag: r.GetAward().GetEtag()})
	switch reasonOf(err) {
	case "APPEAL_PERIOD", "APPEAL_OPEN", "NOTHING_TO_RELEASE":
		return nil
	case "":
		l.acted()
	}
	return wrap("release a commitment", err)
}

func (l *life) settleActionPoint(ctx context.Context, t *saakornv1.Task) error {
	officer, err := l.as(ctx, l.officer(t.GetEnterpriseName()))
	if err != nil {
		return err
	}
	r, err := officer.followup.ListActionPoints(ctx, &saakornv1.ListActionPointsRequest{LifecycleId: t.GetLifecycleId()})
	if err != nil {
		return wrap("list action points", err)
	}
	for _, p := range r.GetActionPoints() {
		if p.GetId() != t.GetSubjectId() || p.GetState() != saakornv1.ActionPointState_ACTION_POINT_STATE_OPEN || p.GetDueOn() > l.today.AddDays(officeEvery).String() {
			continue
		}
		l.acted()
		_, err := officer.followup.SettleActionPoint(ctx, &saakornv1.SettleActionPointRequest{
			RequestId: fresh(), ActionPointId: p.GetId(), Etag: p.GetEtag(), State: saakornv1.ActionPointState_ACTION_POINT_STATE_DONE, Note: "Gjort.",
		})
		return wrap("settle an action point", err)
	}
	return nil
}

// settleSignal has an officer talk with an enterprise that gave reason to.
func (l *life) settleSignal(ctx context.Context, t *saakornv1.Task) error {
	if t.GetRaisedAt().AsTime().After(l.today.AddDays(-2*officeEvery).At(0, 0)) {
		return nil // they talk when they meet
	}
	officer, err := l.as(ctx, l.officer(t.GetEnterpriseName()))
	if err != nil {
		return err
	}
	r, err := officer.followup.ListSignals(ctx, &saakornv1.ListSignalsRequest{LifecycleId: t.GetLifecycleId()})
	if err != nil {
		return wrap("list signals", err)
	}
	for _, s := range r.GetSignals() {
		if s.GetId() != t.GetSubjectId() || s.GetState() != saakornv1.SignalState_SIGNAL_STATE_OPEN {
			continue
		}
		l.acted()
		_, err := officer.followup.SettleSignal(ctx, &saakornv1.SettleSignalRequest{
			RequestId: fresh(), SignalId: s.GetId(), Etag: s.GetEtag(), State: saakornv1.SignalState_SIGNAL_STATE_TALKED,
			Note: "Snakket med daglig leder. De har en plan for resten av året, og vi følger den i neste samtale.",
		})
		return wrap("settle a signal", err)
	}
	return nil
}

// The measures against those that are suspended.

func (l *life) propose(ctx context.Context, name, awardID string, kind saakornv1.MeasureKind, ore int64, grounds string) error {
	officer, err := l.as(ctx, l.officer(name))
	if err != nil {
		return err
	}
	p, err := officer.measures.ProposeMeasure(ctx, &saakornv1.ProposeMeasureRequest{RequestId: fresh(), AwardId: awardID, Kind: kind, AmountOre: ore, Grounds: grounds})
	if err != nil {
		return wrap("propose a measure", err)
	}
	return l.notify(ctx, name, officer, p.GetMeasure())
}

// notify tells the enterprise of a measure before it is decided, and has it say what it thinks.
func (l *life) notify(ctx context.Context, name string, officer *actor, m *saakornv1.Measure) error {
	_, err := officer.measures.NotifyMeasure(ctx, &saakornv1.NotifyMeasureRequest{RequestId: fresh(), MeasureId: m.GetId(), Etag: m.GetEtag()})
	if err != nil {
		return wrap("notify of a measure", err)
	}
	l.acted()
	return l.comment(ctx, name, m)
}

func (l *life) comment(ctx context.Context, name string, m *saakornv1.Measure) error {
	person, err := l.manager(ctx, name)
	if err != nil {
		return err
	}
	_, err = person.measures.CommentOnMeasure(ctx, &saakornv1.CommentOnMeasureRequest{
		RequestId: fresh(), MeasureId: m.GetId(), Comments: "Vi beklager, og sender det som mangler så snart vi kan.",
	})
	return wrap("comment on a measure", err)
}

// missReport suspends the payments of the one whose lot it is, when its report has been missing for long.
func (l *life) missReport(ctx context.Context, t *saakornv1.Task) error {
	if l.lots[t.GetEnterpriseName()] != silent {
		return nil
	}
	measures, err := l.measures(ctx, t.GetAwardId())
	if err != nil || len(measures) > 0 {
		return err
	}
	return l.propose(ctx, t.GetEnterpriseName(), t.GetAwardId(), saakornv1.MeasureKind_MEASURE_KIND_SUSPENSION, 0, "Rapporten er ikke kommet, og vi har ikke fått svar på purringene.")
}

func (l *life) measures(ctx context.Context, awardID string) ([]*saakornv1.Measure, error) {
	m, err := l.as(ctx, manager)
	if err != nil {
		return nil, err
	}
	r, err := m.measures.ListMeasures(ctx, &saakornv1.ListMeasuresRequest{AwardId: awardID})
	return r.GetMeasures(), wrap("list measures", err)
}

func (l *life) measure(ctx context.Context, t *saakornv1.Task) (*saakornv1.Measure, error) {
	all, err := l.measures(ctx, t.GetAwardId())
	if err != nil {
		return nil, err
	}
	for _, m := range all {
		if m.GetId() == t.GetSubjectId() {
			return m, nil
		}
	}
	return nil, fmt.Errorf("the measure %s is not there", t.GetSubjectId())
}

func (l *life) recommendMeasure(ctx context.Context, t *saakornv1.Task) error {
	m, err := l.measure(ctx, t)
	if err != nil {
		return err
	}
	officer, err := l.as(ctx, l.officer(t.GetEnterpriseName()))
	if err != nil {
		return err
	}
	q := &saakornv1.RecommendMeasureRequest{RequestId: fresh(), MeasureId: m.GetId(), Etag: m.GetEtag(), Reasons: "Vilkårene for tilskuddet er ikke oppfylt, og det virksomheten har skrevet, endrer ikke det."}
	switch {
	case m.GetNotifiedAt() != nil && m.GetCommentedAt() == nil:
		return l.comment(ctx, t.GetEnterpriseName(), m)
	case m.GetNotifiedAt() != nil:
	case l.bankrupt(t.GetEnterpriseName()):
		q.NoNoticeReason = "Utbetalingene må stanses før pengene går til boet."
	default:
		return l.notify(ctx, t.GetEnterpriseName(), officer, m)
	}
	_, err = officer.measures.RecommendMeasure(ctx, q)
	if reasonOf(err) == "COMMENTS_AWAITED" {
		return nil
	}
	l.acted()
	return wrap("recommend a measure", err)
}

func (l *life) decideMeasure(ctx context.Context, t *saakornv1.Task) error {
	m, err := l.measure(ctx, t)
	if err != nil {
		return err
	}
	decider, err := l.as(ctx, l.decider(t.GetEnterpriseName()))
	if err != nil {
		return err
	}
	l.acted()
	_, err = decider.measures.DecideMeasure(ctx, &saakornv1.DecideMeasureRequest{RequestId: fresh(), MeasureId: m.GetId(), Etag: m.GetEtag()})
	return wrap("decide a measure", err)
}

func (l *life) liftSuspension(ctx context.Context, t *saakornv1.Task) error {
	decider, err := l.as(ctx, l.decider(t.GetEnterpriseName()))
	if err != nil {
		return err
	}
	l.acted()
	_, err = decider.measures.LiftSuspension(ctx, &saakornv1.LiftSuspensionRequest{RequestId: fresh(), MeasureId: t.GetSubjectId()})
	return wrap("lift a suspension", err)
}
