package casework

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/platform/access"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/command"
	"saakorn/services/platform/fault"
	"saakorn/services/scheme"
)

// CompletenessServer answers the CompletenessService of the contract.
type CompletenessServer struct {
	saakornv1.UnimplementedCompletenessServiceServer
	*Server
}

// SendDeficiencyNotice asks the applicant for what is missing.
func (s *CompletenessServer) SendDeficiencyNotice(ctx context.Context, r *saakornv1.SendDeficiencyNoticeRequest) (*saakornv1.SendDeficiencyNoticeResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.SendDeficiencyNoticeResponse, error) {
		caller, _ := access.From(ctx)
		var sent Notice
		f, err := s.change(ctx, tx, r.GetCaseId(), r.GetEtag(), "APPLICANT_ASKED", func(f *File, rules *scheme.Definition, now time.Time) (any, any, error) {
			if err := CheckAsk(*f); err != nil {
				return nil, nil, err
			}
			// What is missing may have come in already.
			if err := s.checkScreened(ctx, tx, *f); err != nil {
				return nil, nil, err
			}
			items := make([]Missing, 0, len(r.GetItems()))
			for _, item := range r.GetItems() {
				items = append(items, Missing{Field: item.GetField(), Text: item.GetText()})
			}
			var err error
			sent, err = s.ask(ctx, tx, f, items, rules, caller.ID, now)
			return nil, map[string]any{"notice_id": sent.ID, "items": items, "deadline": sent.Deadline.String()}, err
		})
		if err != nil {
			return nil, err
		}
		c, err := s.present(ctx, tx, f.Case)
		return &saakornv1.SendDeficiencyNoticeResponse{Notice: presentNotice(sent), Case: c}, err
	})
}

// CancelDeficiencyNotice takes the open notice back.
func (s *CompletenessServer) CancelDeficiencyNotice(ctx context.Context, r *saakornv1.CancelDeficiencyNoticeRequest) (*saakornv1.CancelDeficiencyNoticeResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.CancelDeficiencyNoticeResponse, error) {
		f, err := s.change(ctx, tx, r.GetCaseId(), "", "NOTICE_CANCELLED", func(f *File, _ *scheme.Definition, now time.Time) (any, any, error) {
			n := f.openNotice()
			if n == nil || n.ID.String() != r.GetNoticeId() {
				return nil, nil, fault.NewPrecondition("NOTICE_NOT_OPEN", "this notice does not wait for an answer any more")
			}
			if err := s.Applications.LetComplete(ctx, tx, f.ApplicationID, nil, now); err != nil {
				return nil, nil, err
			}
			if err := s.Journal.Write(ctx, tx, entryOfNote(ctx, *f, "Frafalt forespørsel om opplysninger", now)); err != nil {
				return nil, nil, err
			}
			return nil, map[string]any{"notice_id": n.ID, "reason": r.GetReason()}, closeNotice(ctx, tx, f, NoticeCancelled, 0, now)
		})
		if err != nil {
			return nil, err
		}
		c, err := s.present(ctx, tx, f.Case)
		return &saakornv1.CancelDeficiencyNoticeResponse{Case: c}, err
	})
}

// ListDeficiencyNotices returns the notices of an application's case, newest first.
func (s *CompletenessServer) ListDeficiencyNotices(ctx context.Context, r *saakornv1.ListDeficiencyNoticesRequest) (*saakornv1.ListDeficiencyNoticesResponse, error) {
	id := uuid.MustParse(r.GetApplicationId())
	if err := s.checkTheirs(ctx, id); err != nil {
		return nil, err
	}
	answer := &saakornv1.ListDeficiencyNoticesResponse{}
	c, found, err := s.Store.Find(ctx, s.Pool, id)
	if err != nil || !found {
		return answer, err
	}
	notices, err := loadNotices(ctx, s.Pool, c.ID)
	if err != nil {
		return nil, err
	}
	for _, n := range notices {
		answer.Notices = append(answer.Notices, presentNotice(n))
	}
	return answer, nil
}

// ExtendDeadline moves the date for a decision.
func (s *CompletenessServer) ExtendDeadline(ctx context.Context, r *saakornv1.ExtendDeadlineRequest) (*saakornv1.ExtendDeadlineResponse, error) {
	until, err := calendar.Parse(r.GetUntil())
	if err != nil {
		return nil, fault.Field("until", "NO_SUCH_DATE", "write an existing date as 2019-11-30")
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.ExtendDeadlineResponse, error) {
		f, err := s.change(ctx, tx, r.GetCaseId(), r.GetEtag(), "DEADLINE_EXTENDED", func(f *File, rules *scheme.Definition, now time.Time) (any, any, error) {
			state := f.clock(rules, now)
			if err := CheckExtend(*f, state, until, now); err != nil {
				return nil, nil, err
			}
			if err := s.Journal.Write(ctx, tx, entryOfNote(ctx, *f, "Begrunnelse for ny svartid", now)); err != nil {
				return nil, nil, err
			}
			err := recordClock(ctx, tx, f.ID, ClockEvent{Kind: ClockExtended, At: now, Reason: r.GetReason(), Until: until})
			return map[string]any{"due": state.Due.String()}, map[string]any{"due": until.String(), "reason": r.GetReason()}, err
		})
		if err != nil {
			return nil, err
		}
		c, err := s.present(ctx, tx, f.Case)
		return &saakornv1.ExtendDeadlineResponse{Case: c}, err
	})
}

// CheckExtend says whether the date for a decision can be moved to until.
func CheckExtend(f File, state ClockState, until calendar.Date, now time.Time) error {
	if f.DecidedAt != nil || f.Step == Closed {
		return fault.NewPrecondition("DECIDED", "the case has been decided: there is no deadline to extend")
	}
	if !until.After(state.Due) || !until.After(calendar.On(now)) {
		return fault.Field("until", "NO_EXTENSION", "choose a date after "+state.Due.String()+" that has not passed")
	}
	return nil
}

// clock returns how the clock of the case stands.
func (f File) clock(rules *scheme.Definition, now time.Time) ClockState {
	return ReadClock(f.Clock, rules.Deadlines.DecisionDue(f.CallClosesAt), now)
}

// ExplainBreach records why the date for a decision was not met.
func (s *CompletenessServer) ExplainBreach(ctx context.Context, r *saakornv1.ExplainBreachRequest) (*saakornv1.ExplainBreachResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.ExplainBreachResponse, error) {
		f, err := s.change(ctx, tx, r.GetCaseId(), "", "BREACH_EXPLAINED", func(f *File, rules *scheme.Definition, now time.Time) (any, any, error) {
			if !f.clock(rules, now).Breached {
				return nil, nil, fault.NewPrecondition("NOT_BREACHED", "the deadline of this case has been met so far")
			}
			if err := s.Journal.Write(ctx, tx, entryOfNote(ctx, *f, "Begrunnelse for oversittet svartid", now)); err != nil {
				return nil, nil, err
			}
			err := recordClock(ctx, tx, f.ID, ClockEvent{Kind: ClockExplained, At: now, Reason: r.GetReason()})
			return nil, map[string]any{"reason": r.GetReason()}, err
		})
		if err != nil {
			return nil, err
		}
		c, err := s.present(ctx, tx, f.Case)
		return &saakornv1.ExplainBreachResponse{Case: c}, err
	})
}

// GetCaseClock returns the history of the clock and what follows from it.
func (s *CompletenessServer) GetCaseClock(ctx context.Context, r *saakornv1.GetCaseClockRequest) (*saakornv1.GetCaseClockResponse, error) {
	f, err := load(ctx, s.Pool, uuid.MustParse(r.GetCaseId()))
	if err != nil {
		return nil, err
	}
	if err := s.checkImpartial(ctx, s.Pool, f.ID); err != nil {
		return nil, err
	}
	rules, err := s.Schemes.Definition(ctx, f.SchemeID, f.SchemeVersion)
	if err != nil {
		return nil, err
	}
	state := ReadClock(f.Clock, rules.Deadlines.DecisionDue(f.CallClosesAt), s.Clock.Now())
	answer := &saakornv1.GetCaseClockResponse{
		ExpectedDate: state.Due.String(), Paused: state.Paused, Breached: state.Breached, DaysUsed: int32(state.DaysUsed),
	}
	for _, e := range f.Clock {
		p := &saakornv1.ClockEvent{Kind: string(e.Kind), At: timestamppb.New(e.At), Reason: e.Reason, ActorId: e.ActorID}
		if !e.Until.IsZero() {
			p.Until = e.Until.String()
		}
		answer.Events = append(answer.Events, p)
	}
	return answer, nil
}

func presentNotice(n Notice) *saakornv1.DeficiencyNotice {
	p := &saakornv1.DeficiencyNotice{
		Id: n.ID.String(), Deadline: n.Deadline.String(), SentBy: n.SentBy, CreatedAt: timestamppb.New(n.CreatedAt),
		State:      saakornv1.DeficiencyState(saakornv1.DeficiencyState_value["DEFICIENCY_STATE_"+string(n.State)]),
		RemindedAt: optionalTime(n.RemindedAt), ClosedAt: optionalTime(n.ClosedAt), AnsweredVersion: n.AnsweredVersion,
	}
	for _, item := range n.Items {
		p.Items = append(p.Items, &saakornv1.Deficiency{Field: item.Field, Text: item.Text})
	}
	return p
}
