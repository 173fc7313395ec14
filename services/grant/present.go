package grant

import (
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/scheme"
)

func optionalTime(t *time.Time) *timestamppb.Timestamp {
	if t == nil {
		return nil
	}
	return timestamppb.New(*t)
}

func exitKindOf(k saakornv1.ExitKind) ExitKind {
	return ExitKind(strings.TrimPrefix(k.String(), "EXIT_KIND_"))
}

func presentLifecycle(l Lifecycle, standing Standing, names map[string]string, toStaff bool) *saakornv1.Lifecycle {
	p := &saakornv1.Lifecycle{
		Id: l.ID.String(), Etag: l.Etag(), SchemeId: l.SchemeID, EnterpriseId: l.EnterpriseID.String(),
		EnterpriseName: names[l.EnterpriseID.String()], OpenedAt: timestamppb.New(l.OpenedAt), OwnerId: l.OwnerID, OwnerName: names[l.OwnerID],
		State:     saakornv1.LifecycleState(saakornv1.LifecycleState_value["LIFECYCLE_STATE_"+string(l.State)]),
		YearsUsed: int32(standing.Used), MaxYears: int32(standing.Max), RemainingYears: int32(standing.Remaining),
		ClosedAt: optionalTime(l.ClosedAt),
	}
	for _, y := range l.Earlier {
		p.EarlierYears = append(p.EarlierYears, &saakornv1.EarlierYear{
			GrantYear: int32(y.Year), Development: y.Development, AmountOre: y.AmountOre, Source: y.Source,
		})
	}
	if toStaff || l.State == LifecycleClosed {
		p.ExitKind = saakornv1.ExitKind(saakornv1.ExitKind_value["EXIT_KIND_"+string(l.Exit.Kind)])
		p.ExitOn, p.ExitReasons = l.Exit.On.String(), l.Exit.Reasons
	}
	if toStaff {
		p.ExitPreparedBy = l.Exit.PreparedBy
	}
	return p
}

func presentAward(a Award, suspended, toStaff bool) *saakornv1.Award {
	p := &saakornv1.Award{
		Id: a.ID.String(), Etag: a.Etag(), LifecycleId: a.LifecycleID.String(), CaseId: a.CaseID.String(),
		ApplicationId: a.ApplicationID.String(), EnterpriseId: a.EnterpriseID.String(), SchemeId: a.SchemeID, SchemeVersion: a.SchemeVersion,
		GrantYear: int32(a.GrantYear), YearNumber: int32(a.YearNumber), ApplicationType: presentType(a.Type), AmountOre: a.AmountOre,
		State: PresentAwardState(a.State), OfferedAt: timestamppb.New(a.OfferedAt), AcceptBy: a.AcceptBy.String(),
		AcceptedAt: optionalTime(a.AcceptedAt), AcceptedBy: a.AcceptedBy, DeclinedAt: optionalTime(a.DeclinedAt), DeclineReason: a.DeclineReason,
		LapsedAt: optionalTime(a.LapsedAt), StoppedAt: optionalTime(a.StoppedAt), SpendBy: a.SpendBy.String(), ClosedAt: optionalTime(a.ClosedAt),
		Suspended: suspended,
	}
	if toStaff {
		p.CommittedOre, p.ReleasedOre = a.CommittedOre, a.ReleasedOre
	}
	return p
}

// PresentAwardState returns the state as the contract has it.
func PresentAwardState(s AwardState) saakornv1.AwardState {
	return saakornv1.AwardState(saakornv1.AwardState_value["AWARD_STATE_"+string(s)])
}

func presentType(key scheme.ApplicationTypeKey) saakornv1.ApplicationType {
	return saakornv1.ApplicationType(saakornv1.ApplicationType_value["APPLICATION_TYPE_"+string(key)])
}

func presentCondition(c Condition) *saakornv1.AwardCondition {
	return &saakornv1.AwardCondition{
		Id: c.ID.String(), Etag: c.Etag(), AwardId: c.AwardID.String(), Text: c.Text, DueOn: c.DueOn.String(),
		State:  saakornv1.ConditionState(saakornv1.ConditionState_value["CONDITION_STATE_"+string(c.State)]),
		Reason: c.Reason, SettledAt: optionalTime(c.SettledAt),
	}
}

func presentSuspension(s Suspension, toStaff bool) *saakornv1.Suspension {
	p := &saakornv1.Suspension{
		Id: s.ID.String(), Etag: s.Etag(), AwardId: s.AwardID.String(), MeasureId: s.MeasureID.String(), Reason: s.Reason,
		StartsAt: timestamppb.New(s.StartsAt), LiftedAt: optionalTime(s.LiftedAt),
	}
	if toStaff || s.LiftedAt != nil {
		p.LiftReason = s.LiftReason
	}
	if toStaff {
		p.LiftPreparedBy = s.LiftPreparedBy
	}
	return p
}

// presentMeasure shows what the directorate prepares to staff only.
func presentMeasure(f File, m Measure, toStaff bool) *saakornv1.Measure {
	s, a := f.suspension(m), f.appeal(m)
	p := &saakornv1.Measure{
		Id: m.ID.String(), Etag: m.Etag(), AwardId: m.AwardID.String(),
		Kind:      saakornv1.MeasureKind(saakornv1.MeasureKind_value["MEASURE_KIND_"+string(m.Kind)]),
		State:     saakornv1.MeasureState(saakornv1.MeasureState_value["MEASURE_STATE_"+string(m.State)]),
		AmountOre: m.AmountOre, Grounds: m.Grounds, ProposedAt: timestamppb.New(m.ProposedAt), NotifiedAt: optionalTime(m.NotifiedAt),
		CommentBy: m.CommentBy.String(), Comments: m.Comments, CommentedAt: optionalTime(m.CommentedAt), DecidedAt: optionalTime(m.DecidedAt),
	}
	if toStaff {
		p.ProposedBy, p.RecommendedBy, p.DropReason = m.ProposedBy, m.RecommendedBy, m.DropReason
	}
	if a != nil {
		p.Appeal = presentMeasureAppeal(*a, toStaff)
	}
	if m.ToldAt != nil {
		p.AppealBy = f.Rules.Deadlines.AppealDeadline(*m.ToldAt).String()
	}
	if toStaff || m.DecidedAt != nil {
		p.Reasons, p.NoNoticeReason, p.DecidedBy = m.Reasons, m.NoNoticeReason, m.DecidedBy
	}
	if s != nil && s.LiftedAt != nil {
		p.LiftedAt, p.LiftReason = timestamppb.New(*s.LiftedAt), s.LiftReason
	}
	if !toStaff && m.State == MeasureRecommended {
		p.State = saakornv1.MeasureState_MEASURE_STATE_NOTIFIED
	}
	return p
}

// presentChange shows what the directorate prepares to staff only.
func presentChange(c ChangeRequest, toStaff bool) *saakornv1.ChangeRequest {
	p := &saakornv1.ChangeRequest{
		Id: c.ID.String(), Etag: c.Etag(), AwardId: c.AwardID.String(),
		Kind:    saakornv1.ChangeKind(saakornv1.ChangeKind_value["CHANGE_KIND_"+string(c.Kind)]),
		State:   saakornv1.ChangeState(saakornv1.ChangeState_value["CHANGE_STATE_"+string(c.State)]),
		Grounds: c.Grounds, SpendBy: c.SpendBy.String(), ContactName: c.ContactName, ContactEmail: c.ContactEmail,
		SubmittedAt: timestamppb.New(c.SubmittedAt), DecidedAt: optionalTime(c.DecidedAt),
	}
	for _, m := range c.Moves {
		p.Moves = append(p.Moves, &saakornv1.BudgetMove{Line: m.Line, AmountOre: m.AmountOre})
	}
	decided := c.State == ChangeApproved || c.State == ChangeRejected
	if toStaff {
		p.RecommendApproval, p.RecommendedBy = c.Approve, c.RecommendedBy
	}
	if toStaff || decided {
		p.Reasons, p.DecidedBy = c.Reasons, c.DecidedBy
	}
	if !toStaff && c.State == ChangeRecommended {
		p.State = saakornv1.ChangeState_CHANGE_STATE_SUBMITTED
	}
	return p
}

func presentExitPlan(p ExitPlan) *saakornv1.ExitPlan {
	answer := &saakornv1.ExitPlan{
		Id: p.ID.String(), GrantYear: int32(p.GrantYear), Version: p.Version,
		Route:       saakornv1.ExitRoute(saakornv1.ExitRoute_value["EXIT_ROUTE_"+p.Route]),
		Description: p.Description, SubmittedAt: timestamppb.New(p.SubmittedAt),
	}
	for _, s := range p.Steps {
		answer.Steps = append(answer.Steps, &saakornv1.ExitStep{Text: s.Text, DueOn: s.DueOn.String()})
	}
	return answer
}

func presentHandover(h Handover) *saakornv1.Handover {
	return &saakornv1.Handover{Learned: h.Learned, Receiver: h.Receiver, Adopted: h.Adopted, HandedOverOn: h.HandedOverOn.String()}
}
