package insight

import (
	"context"
	"fmt"
	"math"

	"github.com/google/uuid"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/insight/db"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/page"
)

func kindOf(kind string) saakornv1.ApplicationType {
	return saakornv1.ApplicationType(saakornv1.ApplicationType_value["APPLICATION_TYPE_"+kind])
}

// GetFunnel returns how many applications came how far, by grant year and kind.
func (s *Server) GetFunnel(ctx context.Context, r *saakornv1.GetFunnelRequest) (*saakornv1.GetFunnelResponse, error) {
	if err := checkPeriod(r); err != nil {
		return nil, err
	}
	rows, err := db.New(s.Pool).CountFunnel(ctx, db.CountFunnelParams{SchemeID: r.GetSchemeId(), FromYear: r.GetFromYear(), UntilYear: r.GetUntilYear()})
	if err != nil {
		return nil, fmt.Errorf("count how far applications came: %w", err)
	}
	answer := &saakornv1.GetFunnelResponse{}
	for _, row := range rows {
		answer.Years = append(answer.Years, &saakornv1.FunnelYear{
			GrantYear: row.GrantYear, ApplicationType: kindOf(row.ApplicationType), Received: row.Received, Complete: row.Complete,
			Assessed: row.Assessed, Recommended: row.Recommended, Awarded: row.Awarded, Accepted: row.Accepted, Reported: row.Reported,
			Closed: row.Closed, AppliedOre: row.AppliedOre, AwardedOre: row.AwardedOre,
		})
	}
	return answer, nil
}

// ListCourses returns the applications that funnel and lead times are counted from.
func (s *Server) ListCourses(ctx context.Context, r *saakornv1.ListCoursesRequest) (*saakornv1.ListCoursesResponse, error) {
	at, err := page.Place(r, "")
	if err != nil {
		return nil, err
	}
	rows, err := db.New(s.Pool).ListCourses(ctx, db.ListCoursesParams{
		SchemeID: r.GetSchemeId(), GrantYear: r.GetGrantYear(), AfterNumber: at, Stage: int32(r.GetStage()), RowLimit: int32(page.Size(r) + 1),
	})
	if err != nil {
		return nil, fmt.Errorf("list how far applications came: %w", err)
	}
	rows, next, err := page.Cut(r, rows, func(last db.ListCoursesRow) string { return last.Number })
	if err != nil {
		return nil, err
	}
	var awards []uuid.UUID
	for _, row := range rows {
		if row.AwardID != nil {
			awards = append(awards, *row.AwardID)
		}
	}
	payments, err := s.Money.FirstPayments(ctx, s.Pool, awards)
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.ListCoursesResponse{NextPageToken: next}
	for _, row := range rows {
		c := &saakornv1.CaseCourse{
			CaseId: row.ID.String(), CaseNumber: row.Number, EnterpriseName: row.EnterpriseName, ApplicationType: kindOf(row.ApplicationType),
			Stage: saakornv1.FunnelStage(row.Stage), AppliedOre: row.AmountAppliedOre, AwardedOre: row.CommittedOre,
			CloseToDecisionDays: known(row.CloseToDecision), OfferToAcceptanceDays: known(row.OfferToAcceptance),
		}
		if row.AwardID != nil {
			if days, ok := payments[*row.AwardID]; ok {
				c.AcceptanceToPaymentDays = new(float64(days))
			}
		}
		answer.Courses = append(answer.Courses, c)
	}
	return answer, nil
}

func known(days float64) *float64 {
	if math.IsNaN(days) {
		return nil
	}
	return &days
}

// GetPlaces returns applications and awards of a grant year by municipality (R53).
func (s *Server) GetPlaces(ctx context.Context, r *saakornv1.GetPlacesRequest) (*saakornv1.GetPlacesResponse, error) {
	rows, err := db.New(s.Pool).SumPlaces(ctx, db.SumPlacesParams{SchemeID: r.GetSchemeId(), GrantYear: r.GetGrantYear()})
	if err != nil {
		return nil, fmt.Errorf("sum by place: %w", err)
	}
	answer := &saakornv1.GetPlacesResponse{}
	for _, row := range rows {
		answer.Places = append(answer.Places, &saakornv1.Place{
			MunicipalityNumber: row.MunicipalityNumber, MunicipalityName: row.MunicipalityName, Applications: row.Applications,
			Awards: row.Awards, AmountOre: row.AmountOre,
		})
	}
	return answer, nil
}

// ListEndings returns lifecycles that ended in a calendar year, by name (R48).
func (s *Server) ListEndings(ctx context.Context, r *saakornv1.ListEndingsRequest) (*saakornv1.ListEndingsResponse, error) {
	at, err := page.Place(r, namePlace{})
	if err != nil {
		return nil, err
	}
	year := int(r.GetYear())
	rows, err := db.New(s.Pool).ListEndings(ctx, db.ListEndingsParams{
		SchemeID: r.GetSchemeId(), FromOn: encodeDate(calendar.Date{Year: year, Month: 1, Day: 1}), UntilOn: encodeDate(calendar.Date{Year: year, Month: 12, Day: 31}),
		AfterName: at.Name, AfterID: at.ID, RowLimit: int32(page.Size(r) + 1),
	})
	if err != nil {
		return nil, fmt.Errorf("list what ended: %w", err)
	}
	rows, next, err := page.Cut(r, rows, func(last db.ListEndingsRow) namePlace { return namePlace{last.EnterpriseName, last.LifecycleID} })
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.ListEndingsResponse{NextPageToken: next}
	for _, row := range rows {
		answer.Endings = append(answer.Endings, &saakornv1.Ending{
			LifecycleId: row.LifecycleID.String(), EnterpriseId: row.EnterpriseID.String(), EnterpriseName: row.EnterpriseName,
			ExitKind: row.ExitKind, ExitOn: decodeDate(row.ExitOn).String(), Learned: row.Learned, Receiver: row.Receiver,
		})
	}
	return answer, nil
}
