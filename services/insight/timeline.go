package insight

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/insight/db"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/page"
)

// namePlace is where a page in the order of names begins.
type namePlace struct {
	Name string    `json:"n"`
	ID   uuid.UUID `json:"i"`
}

// ListTimelines returns enterprises by name, each with its grant years and the reasons to talk (R62, R75).
func (s *Server) ListTimelines(ctx context.Context, r *saakornv1.ListTimelinesRequest) (*saakornv1.ListTimelinesResponse, error) {
	at, err := page.Place(r, namePlace{})
	if err != nil {
		return nil, err
	}
	today := encodeDate(calendar.On(s.Clock.Now()))
	p := db.ListTimelinesParams{
		SchemeID: r.GetSchemeId(), AfterName: at.Name, AfterID: at.ID, Place: r.GetPlace(), GrantYear: r.GetGrantYear(), YearNumber: r.GetYearNumber(),
		AtRisk: r.GetAtRisk(), Today: today, RowLimit: int32(page.Size(r) + 1),
	}
	if r.GetAwardState() != saakornv1.AwardState_AWARD_STATE_UNSPECIFIED {
		p.AwardState = r.GetAwardState().String()[len("AWARD_STATE_"):]
	}
	if r.GetBusinessModel() != saakornv1.ReportBusinessModel_REPORT_BUSINESS_MODEL_UNSPECIFIED {
		p.BusinessModel = r.GetBusinessModel().String()[len("REPORT_BUSINESS_MODEL_"):]
	}
	p.AwardsAsked = p.GrantYear > 0 || p.YearNumber > 0 || p.AwardState != ""
	rows, err := db.New(s.Pool).ListTimelines(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("list timelines: %w", err)
	}
	rows, next, err := page.Cut(r, rows, func(last db.ListTimelinesRow) namePlace { return namePlace{last.EnterpriseName, last.EnterpriseID} })
	if err != nil {
		return nil, err
	}
	rules, err := s.newest(ctx, r.GetSchemeId())
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.ListTimelinesResponse{NextPageToken: next}
	byID := map[uuid.UUID]*saakornv1.Timeline{}
	ids := make([]uuid.UUID, 0, len(rows))
	for _, row := range rows {
		t := &saakornv1.Timeline{
			LifecycleId: row.LifecycleID.String(), EnterpriseId: row.EnterpriseID.String(), EnterpriseName: row.EnterpriseName,
			MunicipalityNumber: row.MunicipalityNumber, MunicipalityName: row.MunicipalityName, Closed: row.Closed, ExitKind: row.ExitKind,
			MaxYears: int32(rules.GrantYears.Max),
		}
		answer.Timelines = append(answer.Timelines, t)
		ids, byID[row.LifecycleID] = append(ids, row.LifecycleID), t
	}
	if err := s.addYears(ctx, ids, byID); err != nil {
		return nil, err
	}
	reasons, err := db.New(s.Pool).ListReasons(ctx, db.ListReasonsParams{LifecycleIds: ids, Today: today})
	if err != nil {
		return nil, fmt.Errorf("list reasons: %w", err)
	}
	for _, row := range reasons {
		byID[row.LifecycleID].Reasons = row.Reasons
	}
	return answer, nil
}

func (s *Server) addYears(ctx context.Context, ids []uuid.UUID, byID map[uuid.UUID]*saakornv1.Timeline) error {
	years, err := db.New(s.Pool).ListYears(ctx, ids)
	if err != nil {
		return fmt.Errorf("list the years of lifecycles: %w", err)
	}
	awards := make([]uuid.UUID, 0, len(years))
	for _, y := range years {
		awards = append(awards, y.ID)
	}
	paid, err := s.Money.PaidByAward(ctx, s.Pool, awards)
	if err != nil {
		return err
	}
	for _, y := range years {
		t := byID[y.LifecycleID]
		t.Years = append(t.Years, &saakornv1.TimelineYear{
			GrantYear: y.GrantYear, YearNumber: y.YearNumber, AwardState: stateOf(y.State), AmountOre: y.AmountOre, PaidOre: paid[y.ID], AwardId: y.ID.String(),
		})
	}
	return nil
}
