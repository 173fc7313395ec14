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
	"saakorn/services/platform/command"
	"saakorn/services/platform/fault"
)

// AppealMeasure receives an appeal of a measure, in time or late.
func (s *MeasureServer) AppealMeasure(ctx context.Context, r *saakornv1.AppealMeasureRequest) (*saakornv1.AppealMeasureResponse, error) {
	m, err := s.Store.Measure(ctx, s.Pool, uuid.MustParse(r.GetMeasureId()))
	if err != nil {
		return nil, err
	}
	award, err := s.Store.Award(ctx, s.Pool, m.AwardID)
	if err != nil {
		return nil, err
	}
	if err := s.checkTheirs(ctx, award.EnterpriseID, "measure", true); err != nil {
		return nil, err
	}
	if m.NotifiedAt == nil && m.DecidedAt == nil {
		return nil, fault.NewNotFound("measure") // nobody has been told of it
	}
	if err := checkTexts(map[string]string{"grounds": r.GetGrounds(), "change_wanted": r.GetChangeWanted()}); err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.AppealMeasureResponse, error) {
		caller, _ := access.From(ctx)
		m, err := s.changeMeasure(ctx, tx, r.GetMeasureId(), "", "MEASURE_APPEALED", func(f *File, m *Measure, now time.Time) error {
			late, err := CheckAppealMeasure(*f, *m, now)
			if err != nil {
				return err
			}
			a := MeasureAppeal{
				ID: uuid.Must(uuid.NewV7()), MeasureID: m.ID, Grounds: r.GetGrounds(), ChangeWanted: r.GetChangeWanted(), Late: late,
				SubmittedBy: caller.ID, ReceivedAt: now,
			}
			f.Appeals = append(f.Appeals, a)
			err = db.New(tx).InsertMeasureAppeal(ctx, db.InsertMeasureAppealParams{
				ID: a.ID, MeasureID: a.MeasureID, Grounds: a.Grounds, ChangeWanted: a.ChangeWanted, Late: a.Late, SubmittedBy: a.SubmittedBy, ReceivedAt: now,
			})
			if err != nil {
				return fmt.Errorf("receive an appeal of a measure: %w", err)
			}
			return s.journalFromParty(ctx, tx, f.Award, "measure-appeal/"+a.ID.String(), "Klage på reaksjon", now)
		})
		return &saakornv1.AppealMeasureResponse{Measure: m}, err
	})
}

// PrepareMeasureAppeal records the officer's assessment of an appeal and what they recommend.
func (s *MeasureServer) PrepareMeasureAppeal(ctx context.Context, r *saakornv1.PrepareMeasureAppealRequest) (*saakornv1.PrepareMeasureAppealResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.PrepareMeasureAppealResponse, error) {
		caller, _ := access.From(ctx)
		m, err := s.changeMeasure(ctx, tx, r.GetMeasureId(), r.GetEtag(), "MEASURE_APPEAL_PREPARED", func(f *File, m *Measure, now time.Time) error {
			a, recommended := f.appeal(*m), dispositionOf(r.GetRecommended())
			if err := CheckPrepareMeasureAppeal(*m, a, f.Rules, recommended, caller.ID); err != nil {
				return err
			}
			a.Recommended, a.Assessment, a.PreparedBy, a.PreparedAt = recommended, r.GetAssessment(), caller.ID, &now
			if err := saveMeasureAppeal(ctx, tx, *a); err != nil {
				return err
			}
			source := fmt.Sprintf("measure-appeal-prepared/%s/%d", a.ID, now.UnixMicro())
			return s.journalWithin(ctx, tx, f.Award, journal.InternalFollowUp, source, "Innstilling i klage på reaksjon", now)
		})
		return &saakornv1.PrepareMeasureAppealResponse{Measure: m}, err
	})
}

// DecideMeasureAppeal decides what the directorate does with the appeal.
func (s *MeasureServer) DecideMeasureAppeal(ctx context.Context, r *saakornv1.DecideMeasureAppealRequest) (*saakornv1.DecideMeasureAppealResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.DecideMeasureAppealResponse, error) {
		caller, _ := access.From(ctx)
		m, err := s.changeMeasure(ctx, tx, r.GetMeasureId(), r.GetEtag(), "MEASURE_APPEAL_DECIDED", func(f *File, m *Measure, now time.Time) error {
			a, d := f.appeal(*m), dispositionOf(r.GetDisposition())
			if err := CheckDecideMeasureAppeal(*m, a, f.Rules, d, r.GetReasons(), caller.ID); err != nil {
				return err
			}
			a.Disposition, a.Reasons, a.DecidedBy, a.DecidedAt = d, r.GetReasons(), caller.ID, &now
			if a.Reasons == "" {
				a.Reasons = a.Assessment
			}
			if d != AppealForwarded {
				a.ClosedAt = &now
			}
			if err := saveMeasureAppeal(ctx, tx, *a); err != nil {
				return err
			}
			if d == AppealGranted {
				if err := s.reverse(ctx, tx, f, m, a.PreparedBy, a.DecidedBy, a.Reasons, now); err != nil {
					return err
				}
			}
			return s.journalWithin(ctx, tx, f.Award, journal.Internal, "measure-appeal-decided/"+a.ID.String(), "Vedtak i klage på reaksjon", now)
		})
		return &saakornv1.DecideMeasureAppealResponse{Measure: m}, err
	})
}

// RecordMeasureAppealOutcome records what the appeal body decided.
func (s *MeasureServer) RecordMeasureAppealOutcome(ctx context.Context, r *saakornv1.RecordMeasureAppealOutcomeRequest) (*saakornv1.RecordMeasureAppealOutcomeResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.RecordMeasureAppealOutcomeResponse, error) {
		caller, _ := access.From(ctx)
		m, err := s.changeMeasure(ctx, tx, r.GetMeasureId(), r.GetEtag(), "MEASURE_APPEAL_OUTCOME_RECORDED", func(f *File, m *Measure, now time.Time) error {
			a := f.appeal(*m)
			if a == nil || a.Disposition != AppealForwarded || a.ClosedAt != nil {
				return fault.NewPrecondition("NOT_FORWARDED", "only an appeal that lies with the appeal body has an outcome from it")
			}
			a.Outcome, a.OutcomeReasons = Outcome(strings.TrimPrefix(r.GetOutcome().String(), "APPEAL_OUTCOME_")), r.GetReasons()
			a.OutcomeAt, a.ClosedAt = &now, &now
			if err := saveMeasureAppeal(ctx, tx, *a); err != nil {
				return err
			}
			if a.Outcome == MeasureChanged {
				if err := s.reverse(ctx, tx, f, m, appealBody, caller.ID, a.OutcomeReasons, now); err != nil {
					return err
				}
			}
			return s.journalFromBody(ctx, tx, *f, "measure-appeal-outcome/"+a.ID.String(), now)
		})
		return &saakornv1.RecordMeasureAppealOutcomeResponse{Measure: m}, err
	})
}
