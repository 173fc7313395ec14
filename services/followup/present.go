package followup

import (
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/platform/calendar"
	"saakorn/services/scheme"
)

// The contract's enums are the stored words with a prefix.

func riskOf(r saakornv1.FollowupRisk) scheme.Risk {
	return scheme.Risk(strings.TrimPrefix(r.String(), "FOLLOWUP_RISK_"))
}

func channelOf(c saakornv1.CheckinChannel) string {
	return strings.TrimPrefix(c.String(), "CHECKIN_CHANNEL_")
}

func actionStateOf(s saakornv1.ActionPointState) string {
	return strings.TrimPrefix(s.String(), "ACTION_POINT_STATE_")
}

func presentKind(k SignalKind) saakornv1.SignalKind {
	return saakornv1.SignalKind(saakornv1.SignalKind_value["SIGNAL_KIND_"+string(k)])
}

// presenter presents check-ins as they stand at the moment.
func presenter(now time.Time) func(Checkin) *saakornv1.Checkin {
	return func(c Checkin) *saakornv1.Checkin { return presentCheckin(c, now) }
}

func presentCheckin(c Checkin, now time.Time) *saakornv1.Checkin {
	return &saakornv1.Checkin{
		Id: c.ID.String(), Etag: c.Etag(), LifecycleId: c.LifecycleID.String(), EnterpriseId: c.EnterpriseID.String(), GrantYear: int32(c.GrantYear),
		PlannedOn: c.PlannedOn.String(), State: saakornv1.CheckinState(saakornv1.CheckinState_value["CHECKIN_STATE_"+string(c.State)]),
		HeldOn: c.HeldOn.String(), Channel: saakornv1.CheckinChannel(saakornv1.CheckinChannel_value["CHECKIN_CHANNEL_"+c.Channel]),
		Notes: c.Notes, InternalNotes: c.InternalNotes, CancelReason: c.CancelReason, InvitedAt: optionalTime(c.InvitedAt),
		Overdue: c.State == Planned && c.PlannedOn.Before(calendar.On(now)),
	}
}

func presentPlan(p Plan) *saakornv1.CheckinPlan {
	return &saakornv1.CheckinPlan{
		GrantYear: int32(p.GrantYear), Risk: saakornv1.FollowupRisk(saakornv1.FollowupRisk_value["FOLLOWUP_RISK_"+string(p.Risk)]), Reason: p.Reason,
		DecidedBy: p.DecidedBy, DecidedAt: timestamppb.New(p.DecidedAt),
	}
}

func presentActionPoint(p ActionPoint, now time.Time) *saakornv1.ActionPoint {
	presented := &saakornv1.ActionPoint{
		Id: p.ID.String(), Etag: etag(p.Revision), LifecycleId: p.LifecycleID.String(), Text: p.Text, OwnerId: p.OwnerID, DueOn: p.DueOn.String(),
		State: saakornv1.ActionPointState(saakornv1.ActionPointState_value["ACTION_POINT_STATE_"+p.State]), Note: p.Note,
		Overdue: p.State == "OPEN" && p.DueOn.Before(calendar.On(now)),
	}
	if p.CheckinID != [16]byte{} {
		presented.CheckinId = p.CheckinID.String()
	}
	return presented
}

// presentAssessment returns the assessment as one side sees it. Neither sees the other's before it has given its
// own. earlier are those of the years before, the newest first.
func presentAssessment(a Assessment, earlier []Assessment, own bool) *saakornv1.SustainabilityAssessment {
	p := &saakornv1.SustainabilityAssessment{
		GrantYear: int32(a.GrantYear), Etag: etag(a.Revision), OwnAt: optionalTime(a.OwnAt), OfficerAt: optionalTime(a.OfficerAt),
		OfficerId: a.OfficerID, Suggested: decodeAll(a.Suggested, presentSuggestion),
	}
	if own || a.OfficerAt != nil {
		p.Own = decodeAll(a.Own, presentScore)
	}
	if own && a.OwnAt == nil {
		return p
	}
	p.Officer = decodeAll(a.Officer, presentScore)
	for _, e := range earlier {
		if e.OfficerAt == nil {
			continue
		}
		p.Changes = decodeAll(Changes(a.Officer, e.Officer), func(c Change) *saakornv1.LevelChange {
			return &saakornv1.LevelChange{Dimension: c.Dimension, Change: int32(c.By)}
		})
		break
	}
	return p
}

func presentScore(s Score) *saakornv1.DimensionScore {
	return &saakornv1.DimensionScore{Dimension: s.Dimension, Level: int32(s.Level), Reason: s.Reason}
}

func presentSuggestion(s Suggestion) *saakornv1.SuggestedLevel {
	p := &saakornv1.SuggestedLevel{Dimension: s.Dimension, Measure: string(s.Measure)}
	if s.Level != nil && s.Value != nil {
		p.Level, p.Value = new(int32(*s.Level)), new(int32(*s.Value))
	}
	return p
}

func presentSignal(s Signal) *saakornv1.Signal {
	return &saakornv1.Signal{
		Id: s.ID.String(), Etag: etag(s.Revision), LifecycleId: s.LifecycleID.String(), Kind: presentKind(s.Kind), Facts: s.Facts,
		State: saakornv1.SignalState(saakornv1.SignalState_value["SIGNAL_STATE_"+string(s.State)]), RaisedAt: timestamppb.New(s.RaisedAt),
		Note: s.Note, SettledBy: s.SettledBy, SettledAt: optionalTime(s.SettledAt),
	}
}

func presentQuestion(q Question) *saakornv1.AfterQuestion {
	return &saakornv1.AfterQuestion{
		Id: q.ID.String(), Etag: q.Etag(), LifecycleId: q.LifecycleID.String(), Months: int32(q.Months), DueOn: q.DueOn.String(),
		State:  saakornv1.AfterQuestionState(saakornv1.AfterQuestionState_value["AFTER_QUESTION_STATE_"+string(q.State)]),
		Answer: q.Answer, AnsweredAt: optionalTime(q.AnsweredAt), AskedAt: optionalTime(q.AskedAt), RemindedAt: optionalTime(q.RemindedAt),
	}
}

func optionalTime(t *time.Time) *timestamppb.Timestamp {
	if t == nil {
		return nil
	}
	return timestamppb.New(*t)
}
