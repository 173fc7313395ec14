package caseworker

import (
	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
)

// courseRoutes are the forms on the page of a lifecycle.
func courseRoutes() []site.Route {
	const l = "POST /lifecycles/{lifecycle}/"
	reason := map[string]string{"reason": "reason"}
	return []site.Route{
		{Pattern: "GET /lifecycles", Show: showCourses},
		{Pattern: "GET /lifecycles/{lifecycle}", Show: showCourse},
		{Pattern: l + "conditions/{subject}/settle", Show: onCourse("condition_settled", reason, settleCondition)},
		{Pattern: l + "conditions/{subject}/waive", Show: onCourse("condition_waived", reason, waiveCondition)},
		{Pattern: l + "awards/{subject}/close", Show: onCourse("award_closed", nil, closeAward)},
		{Pattern: l + "awards/{subject}/measure", Show: onCourse("measure_proposed", map[string]string{"kind": "kind", "amount_ore": "amount", "grounds": "grounds"}, proposeMeasure)},
		{Pattern: l + "measures/{subject}/notify", Show: onCourse("measure_notified", map[string]string{"comment_by": "comment_by"}, notifyMeasure)},
		{Pattern: l + "measures/{subject}/recommend", Show: onCourse("measure_recommended", map[string]string{"reasons": "reasons", "amount_ore": "amount", "no_notice_reason": "no_notice"}, recommendMeasure)},
		{Pattern: l + "measures/{subject}/decide", Show: onCourse("measure_decided", map[string]string{"reasons": "reasons"}, decideMeasure)},
		{Pattern: l + "measures/{subject}/drop", Show: onCourse("measure_dropped", reason, dropMeasure)},
		{Pattern: l + "measures/{subject}/propose-lifting", Show: onCourse("lifting_proposed", reason, proposeLifting)},
		{Pattern: l + "measures/{subject}/lift", Show: onCourse("suspension_lifted", nil, liftSuspension)},
		{Pattern: l + "changes/{subject}/recommend", Show: onCourse("change_recommended", map[string]string{"reasons": "reasons"}, recommendChange)},
		{Pattern: l + "changes/{subject}/decide", Show: onCourse("change_decided", map[string]string{"reasons": "reasons"}, decideChange)},
		{Pattern: l + "exit/{subject}/prepare", Show: onCourse("exit_prepared", map[string]string{"kind": "kind", "exit_on": "exit_on", "reasons": "reasons"}, prepareExit)},
		{Pattern: l + "exit/{subject}/decide", Show: onCourse("exit_decided", nil, decideExit)},
		{Pattern: l + "signals/{subject}/settle", Show: onCourse("signal_settled", map[string]string{"note": "note"}, settleSignal)},
	}
}

// settleCondition says that a condition is met.
func settleCondition(v *site.Visit, id string) error {
	_, err := v.API.Grants.SettleCondition(v.Context(), &saakornv1.SettleConditionRequest{
		RequestId: v.RequestID(), ConditionId: id, Etag: v.Value("etag"), Reason: v.Value("reason"), State: saakornv1.ConditionState_CONDITION_STATE_MET,
	})
	return err
}

// waiveCondition waives a condition.
func waiveCondition(v *site.Visit, id string) error {
	_, err := v.API.Grants.WaiveCondition(v.Context(), &saakornv1.WaiveConditionRequest{
		RequestId: v.RequestID(), ConditionId: id, Etag: v.Value("etag"), Reason: v.Value("reason"),
	})
	return err
}

// closeAward closes an award of which nothing is left.
func closeAward(v *site.Visit, id string) error {
	_, err := v.API.Grants.CloseAward(v.Context(), &saakornv1.CloseAwardRequest{RequestId: v.RequestID(), AwardId: id, Etag: v.Value("etag")})
	return err
}

// proposeMeasure proposes a measure against an award.
func proposeMeasure(v *site.Visit, id string) error {
	ore, err := amountIn(v, "amount")
	if err != nil {
		return err
	}
	_, err = v.API.Measures.ProposeMeasure(v.Context(), &saakornv1.ProposeMeasureRequest{
		RequestId: v.RequestID(), AwardId: id, Kind: saakornv1.MeasureKind(saakornv1.MeasureKind_value[v.Value("kind")]), AmountOre: ore, Grounds: v.Value("grounds"),
	})
	return err
}

// notifyMeasure tells the party what is being considered (fvl. § 16).
func notifyMeasure(v *site.Visit, id string) error {
	_, err := v.API.Measures.NotifyMeasure(v.Context(), &saakornv1.NotifyMeasureRequest{
		RequestId: v.RequestID(), MeasureId: id, Etag: v.Value("etag"), CommentBy: v.Value("comment_by"),
	})
	return err
}

// recommendMeasure puts a measure before a decision maker.
func recommendMeasure(v *site.Visit, id string) error {
	ore, err := amountIn(v, "amount")
	if err != nil {
		return err
	}
	_, err = v.API.Measures.RecommendMeasure(v.Context(), &saakornv1.RecommendMeasureRequest{
		RequestId: v.RequestID(), MeasureId: id, Etag: v.Value("etag"), Reasons: v.Value("reasons"), AmountOre: ore, NoNoticeReason: v.Value("no_notice"),
	})
	return err
}

// decideMeasure decides a measure.
func decideMeasure(v *site.Visit, id string) error {
	_, err := v.API.Measures.DecideMeasure(v.Context(), &saakornv1.DecideMeasureRequest{
		RequestId: v.RequestID(), MeasureId: id, Etag: v.Value("etag"), Reasons: v.Value("reasons"),
	})
	return err
}

// dropMeasure drops a measure that has not been decided.
func dropMeasure(v *site.Visit, id string) error {
	_, err := v.API.Measures.DropMeasure(v.Context(), &saakornv1.DropMeasureRequest{
		RequestId: v.RequestID(), MeasureId: id, Etag: v.Value("etag"), Reason: v.Value("reason"),
	})
	return err
}

// proposeLifting proposes to lift a suspension.
func proposeLifting(v *site.Visit, id string) error {
	_, err := v.API.Measures.ProposeLifting(v.Context(), &saakornv1.ProposeLiftingRequest{RequestId: v.RequestID(), MeasureId: id, Reason: v.Value("reason")})
	return err
}

// liftSuspension lifts a suspension as somebody else proposed.
func liftSuspension(v *site.Visit, id string) error {
	_, err := v.API.Measures.LiftSuspension(v.Context(), &saakornv1.LiftSuspensionRequest{RequestId: v.RequestID(), MeasureId: id})
	return err
}

// recommendChange records what the officer makes of a change request.
func recommendChange(v *site.Visit, id string) error {
	_, err := v.API.Changes.RecommendChangeRequest(v.Context(), &saakornv1.RecommendChangeRequestRequest{
		RequestId: v.RequestID(), ChangeRequestId: id, Etag: v.Value("etag"), Approve: v.Value("do") == "yes", Reasons: v.Value("reasons"),
	})
	return err
}

// decideChange decides a change request.
func decideChange(v *site.Visit, id string) error {
	_, err := v.API.Changes.DecideChangeRequest(v.Context(), &saakornv1.DecideChangeRequestRequest{
		RequestId: v.RequestID(), ChangeRequestId: id, Etag: v.Value("etag"), Approve: v.Value("do") == "yes", Reasons: v.Value("reasons"),
	})
	return err
}

// prepareExit puts the end of the lifecycle before a decision maker.
func prepareExit(v *site.Visit, id string) error {
	_, err := v.API.Grants.PrepareExit(v.Context(), &saakornv1.PrepareExitRequest{
		RequestId: v.RequestID(), LifecycleId: id, Etag: v.Value("etag"), Kind: saakornv1.ExitKind(saakornv1.ExitKind_value[v.Value("kind")]),
		ExitOn: v.Value("exit_on"), Reasons: v.Value("reasons"),
	})
	return err
}

// decideExit ends the lifecycle as somebody else prepared it.
func decideExit(v *site.Visit, id string) error {
	_, err := v.API.Grants.DecideExit(v.Context(), &saakornv1.DecideExitRequest{RequestId: v.RequestID(), LifecycleId: id, Etag: v.Value("etag")})
	return err
}

// settleSignal says what became of a signal.
func settleSignal(v *site.Visit, id string) error {
	state := saakornv1.SignalState_SIGNAL_STATE_TALKED
	if v.Value("do") == "dismiss" {
		state = saakornv1.SignalState_SIGNAL_STATE_DISMISSED
	}
	_, err := v.API.Followup.SettleSignal(v.Context(), &saakornv1.SettleSignalRequest{
		RequestId: v.RequestID(), SignalId: id, Etag: v.Value("etag"), State: state, Note: v.Value("note"),
	})
	return err
}
