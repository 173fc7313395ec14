package grant

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/grant/db"
	"saakorn/services/journal"
	"saakorn/services/platform/access"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/command"
	"saakorn/services/platform/fault"
)

// MeasureServer answers the MeasureService of the contract.
type MeasureServer struct {
	saakornv1.UnimplementedMeasureServiceServer
	*Server
}

func measureFacts(m Measure) map[string]any {
	return map[string]any{
		"measure_id": m.ID, "kind": m.Kind, "state": m.State, "amount_ore": m.AmountOre, "grounds": m.Grounds, "reasons": m.Reasons,
		"comment_by": m.CommentBy, "no_notice_reason": m.NoNoticeReason, "drop_reason": m.DropReason,
	}
}

// ProposeMeasure proposes a measure.
func (s *MeasureServer) ProposeMeasure(ctx context.Context, r *saakornv1.ProposeMeasureRequest) (*saakornv1.ProposeMeasureResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.ProposeMeasureResponse, error) {
		caller, _ := access.From(ctx)
		m := Measure{
			ID: uuid.Must(uuid.NewV7()), Revision: 1, AwardID: uuid.MustParse(r.GetAwardId()), State: MeasureProposed,
			Kind: MeasureKind(strings.TrimPrefix(r.GetKind().String(), "MEASURE_KIND_")), AmountOre: r.GetAmountOre(),
			Grounds: r.GetGrounds(), ProposedBy: caller.ID,
		}
		_, err := s.changeAward(ctx, tx, m.AwardID, "", "MEASURE_PROPOSED", func(f *File, now time.Time) (any, any, error) {
			m.ProposedAt = now
			if err := CheckPropose(*f, m.Kind, m.AmountOre, now); err != nil {
				return nil, nil, err
			}
			return nil, measureFacts(m), insertMeasure(ctx, tx, m)
		})
		return &saakornv1.ProposeMeasureResponse{Measure: presentMeasure(File{}, m, true)}, err
	})
}

// changeMeasure carries out a mutation of one measure within its award.
func (s *MeasureServer) changeMeasure(ctx context.Context, tx pgx.Tx, id, etag, action string, do func(f *File, m *Measure, now time.Time) error) (*saakornv1.Measure, error) {
	row, err := db.New(tx).GetMeasure(ctx, uuid.MustParse(id))
	if err != nil {
		return nil, notFound("measure", err)
	}
	var changed *saakornv1.Measure
	_, err = s.changeAward(ctx, tx, row.AwardID, "", action, func(f *File, now time.Time) (any, any, error) {
		m := f.measure(id)
		if m == nil {
			return nil, nil, fault.NewNotFound("measure")
		}
		if etag != "" && etag != m.Etag() {
			return nil, nil, fault.NewConflict(m.Etag())
		}
		before := measureFacts(*m)
		if err := do(f, m, now); err != nil {
			return nil, nil, err
		}
		err := saveMeasure(ctx, tx, m)
		changed = presentMeasure(*f, *m, isStaff(ctx))
		after := measureFacts(*m)
		if a := f.appeal(*m); a != nil {
			after["appeal"] = map[string]any{"id": a.ID, "late": a.Late, "recommended": a.Recommended, "disposition": a.Disposition, "outcome": a.Outcome}
		}
		return before, after, err
	})
	if err != nil {
		return nil, err
	}
	return changed, nil
}

// NotifyMeasure tells the party what is being considered.
func (s *MeasureServer) NotifyMeasure(ctx context.Context, r *saakornv1.NotifyMeasureRequest) (*saakornv1.NotifyMeasureResponse, error) {
	asked, err := parseDate("comment_by", r.GetCommentBy())
	if err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.NotifyMeasureResponse, error) {
		caller, _ := access.From(ctx)
		m, err := s.changeMeasure(ctx, tx, r.GetMeasureId(), r.GetEtag(), "MEASURE_NOTIFIED", func(f *File, m *Measure, now time.Time) error {
			if err := m.checkState(MeasureProposed); err != nil {
				return err
			}
			by, err := CommentBy(asked, f.Rules.Awards, now)
			m.State, m.NotifiedBy, m.NotifiedAt, m.CommentBy = MeasureNotified, caller.ID, &now, by
			m.Involved = withPerson(m.Involved, caller.ID)
			return err
		})
		return &saakornv1.NotifyMeasureResponse{Measure: m}, err
	})
}

// CommentOnMeasure receives the party's comments. Those that come too late are received too, until the
// measure has been decided.
func (s *MeasureServer) CommentOnMeasure(ctx context.Context, r *saakornv1.CommentOnMeasureRequest) (*saakornv1.CommentOnMeasureResponse, error) {
	row, err := db.New(s.Pool).GetMeasure(ctx, uuid.MustParse(r.GetMeasureId()))
	if err != nil {
		return nil, notFound("measure", err)
	}
	a, err := s.Store.Award(ctx, s.Pool, row.AwardID)
	if err != nil {
		return nil, err
	}
	if err := s.checkTheirs(ctx, a.EnterpriseID, "measure", true); err != nil {
		return nil, err
	}
	if row.NotifiedAt == nil {
		return nil, fault.NewNotFound("measure") // nobody has been told of it
	}
	if err := checkTexts(map[string]string{"comments": r.GetComments()}); err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.CommentOnMeasureResponse, error) {
		caller, _ := access.From(ctx)
		m, err := s.changeMeasure(ctx, tx, r.GetMeasureId(), "", "MEASURE_COMMENTED", func(f *File, m *Measure, now time.Time) error {
			if err := m.checkState(MeasureNotified, MeasureRecommended); err != nil {
				return err
			}
			if m.Comments != "" {
				m.Comments += "\n\n"
			}
			m.Comments, m.CommentedBy, m.CommentedAt = m.Comments+r.GetComments(), caller.ID, &now
			if m.State == MeasureRecommended {
				m.State = MeasureNotified // the officer has to look at what has come in
			}
			source := fmt.Sprintf("measure-comments/%s/%d", m.ID, now.UnixMicro())
			return s.journalFromParty(ctx, tx, f.Award, source, "Uttalelse til varsel", now)
		})
		return &saakornv1.CommentOnMeasureResponse{Measure: m}, err
	})
}

// RecommendMeasure puts the measure before a decision maker.
func (s *MeasureServer) RecommendMeasure(ctx context.Context, r *saakornv1.RecommendMeasureRequest) (*saakornv1.RecommendMeasureResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.RecommendMeasureResponse, error) {
		caller, _ := access.From(ctx)
		m, err := s.changeMeasure(ctx, tx, r.GetMeasureId(), r.GetEtag(), "MEASURE_RECOMMENDED", func(f *File, m *Measure, now time.Time) error {
			amount := r.GetAmountOre()
			if amount == 0 {
				amount = m.AmountOre
			}
			if err := CheckRecommendMeasure(f.Award, *m, amount, r.GetNoNoticeReason(), now); err != nil {
				return err
			}
			m.State, m.AmountOre, m.Reasons, m.NoNoticeReason = MeasureRecommended, amount, r.GetReasons(), r.GetNoNoticeReason()
			m.RecommendedBy, m.RecommendedAt, m.Involved = caller.ID, &now, withPerson(m.Involved, caller.ID)
			source := fmt.Sprintf("measure-recommended/%s/%d", m.ID, now.UnixMicro())
			return s.journalWithin(ctx, tx, f.Award, journal.InternalFollowUp, source, "Innstilling om reaksjon", now)
		})
		return &saakornv1.RecommendMeasureResponse{Measure: m}, err
	})
}

// DecideMeasure decides the measure, which takes effect at once.
func (s *MeasureServer) DecideMeasure(ctx context.Context, r *saakornv1.DecideMeasureRequest) (*saakornv1.DecideMeasureResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.DecideMeasureResponse, error) {
		caller, _ := access.From(ctx)
		m, err := s.changeMeasure(ctx, tx, r.GetMeasureId(), r.GetEtag(), "MEASURE_DECIDED", func(f *File, m *Measure, now time.Time) error {
			if err := CheckDecideMeasure(*f, *m, caller.ID, now); err != nil {
				return err
			}
			m.State, m.DecidedBy, m.DecidedAt = MeasureDecided, caller.ID, &now
			if r.GetReasons() != "" {
				m.Reasons = r.GetReasons()
			}
			if err := s.effect(ctx, tx, f, *m, now); err != nil {
				return err
			}
			return s.journalWithin(ctx, tx, f.Award, journal.Internal, "measure-decided/"+m.ID.String(), "Vedtak om reaksjon", now)
		})
		return &saakornv1.DecideMeasureResponse{Measure: m}, err
	})
}

// effect carries a decided measure into the award. A recovery changes nothing here: the claim is money.
func (s *MeasureServer) effect(ctx context.Context, tx pgx.Tx, f *File, m Measure, now time.Time) error {
	switch m.Kind {
	case Suspend:
		x := Suspension{ID: uuid.Must(uuid.NewV7()), AwardID: f.ID, MeasureID: m.ID, Reason: m.Reasons, StartsAt: now, PreparedBy: m.RecommendedBy, DecidedBy: m.DecidedBy}
		f.Suspensions = append(f.Suspensions, x)
		err := db.New(tx).InsertSuspension(ctx, db.InsertSuspensionParams{
			ID: x.ID, AwardID: x.AwardID, MeasureID: x.MeasureID, Reason: x.Reason, StartsAt: x.StartsAt, PreparedBy: x.PreparedBy, DecidedBy: x.DecidedBy,
		})
		if err != nil {
			return fmt.Errorf("suspend an award: %w", err)
		}
	case Stop:
		f.State, f.StoppedAt = Stopped, &now
	case Reduce:
		f.AmountOre -= m.AmountOre
	case Recover:
	}
	return nil
}

// DropMeasure drops a measure that has not been decided.
func (s *MeasureServer) DropMeasure(ctx context.Context, r *saakornv1.DropMeasureRequest) (*saakornv1.DropMeasureResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.DropMeasureResponse, error) {
		caller, _ := access.From(ctx)
		m, err := s.changeMeasure(ctx, tx, r.GetMeasureId(), r.GetEtag(), "MEASURE_DROPPED", func(_ *File, m *Measure, now time.Time) error {
			if err := m.checkState(MeasureProposed, MeasureNotified, MeasureRecommended); err != nil {
				return err
			}
			m.State, m.DroppedBy, m.DroppedAt, m.DropReason = MeasureDropped, caller.ID, &now, r.GetReason()
			return nil
		})
		return &saakornv1.DropMeasureResponse{Measure: m}, err
	})
}

// ProposeLifting proposes to lift a suspension.
func (s *MeasureServer) ProposeLifting(ctx context.Context, r *saakornv1.ProposeLiftingRequest) (*saakornv1.ProposeLiftingResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.ProposeLiftingResponse, error) {
		caller, _ := access.From(ctx)
		m, err := s.lift(ctx, tx, r.GetMeasureId(), "LIFTING_PROPOSED", func(f *File, x *Suspension, now time.Time) error {
			x.LiftPreparedBy, x.LiftPreparedAt, x.LiftReason = caller.ID, &now, r.GetReason()
			source := fmt.Sprintf("lifting-proposed/%s/%d", x.ID, now.UnixMicro())
			return s.journalWithin(ctx, tx, f.Award, journal.InternalFollowUp, source, "Innstilling om å oppheve utbetalingsstans", now)
		})
		return &saakornv1.ProposeLiftingResponse{Measure: m}, err
	})
}

// LiftSuspension lifts a suspension as somebody else proposed.
func (s *MeasureServer) LiftSuspension(ctx context.Context, r *saakornv1.LiftSuspensionRequest) (*saakornv1.LiftSuspensionResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.LiftSuspensionResponse, error) {
		caller, _ := access.From(ctx)
		m, err := s.lift(ctx, tx, r.GetMeasureId(), "SUSPENSION_LIFTED", func(f *File, x *Suspension, now time.Time) error {
			switch x.LiftPreparedBy {
			case "":
				return fault.NewPrecondition("LIFTING_NOT_PROPOSED", "an officer proposes to lift it first")
			case caller.ID:
				return errFourEyes()
			}
			x.LiftedBy, x.LiftedAt = caller.ID, &now
			return s.journalWithin(ctx, tx, f.Award, journal.Internal, "suspension-lifted/"+x.ID.String(), "Vedtak om å oppheve utbetalingsstans", now)
		})
		return &saakornv1.LiftSuspensionResponse{Measure: m}, err
	})
}

// lift carries out a mutation of the suspension that rests on a measure.
func (s *MeasureServer) lift(ctx context.Context, tx pgx.Tx, measureID, action string, do func(f *File, x *Suspension, now time.Time) error) (*saakornv1.Measure, error) {
	return s.changeMeasure(ctx, tx, measureID, "", action, func(f *File, m *Measure, now time.Time) error {
		x := f.suspension(*m)
		switch {
		case x == nil:
			return fault.NewPrecondition("NOT_SUSPENDED", "no suspension rests on this measure")
		case x.LiftedAt != nil:
			return fault.NewPrecondition("LIFTED", "the suspension has been lifted").With("lifted_on", calendar.On(*x.LiftedAt).String())
		}
		if err := do(f, x, now); err != nil {
			return err
		}
		return saveSuspension(ctx, tx, x)
	})
}

// ListMeasures returns the measures against an award, oldest first. Entrepreneurs see those that they have
// been told of.
func (s *MeasureServer) ListMeasures(ctx context.Context, r *saakornv1.ListMeasuresRequest) (*saakornv1.ListMeasuresResponse, error) {
	a, err := s.award(ctx, s.Pool, r.GetAwardId(), false)
	if err != nil {
		return nil, err
	}
	rules, err := s.Schemes.Definition(ctx, a.SchemeID, a.SchemeVersion)
	if err != nil {
		return nil, err
	}
	f, err := s.Store.file(ctx, s.Pool, a, rules)
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.ListMeasuresResponse{}
	for _, m := range f.Measures {
		if isStaff(ctx) || m.NotifiedAt != nil || m.DecidedAt != nil {
			answer.Measures = append(answer.Measures, presentMeasure(f, m, isStaff(ctx)))
		}
	}
	return answer, nil
}
