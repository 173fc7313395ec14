package insight

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/insight/db"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/clock"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/page"
	"saakorn/services/scheme"
)

// Schemes knows the rules.
type Schemes interface {
	Editions(ctx context.Context, q scheme.Querier) ([]scheme.Edition, error)
	Definition(ctx context.Context, schemeID, version string) (*scheme.Definition, error)
}

// Server answers the PortfolioService of the contract.
type Server struct {
	saakornv1.UnimplementedPortfolioServiceServer

	Pool    *pgxpool.Pool
	Schemes Schemes
	Money   Money
	Clock   clock.Clock
}

// numberPlace is where a page of the portfolio begins.
type numberPlace struct {
	Number int32     `json:"n"`
	ID     uuid.UUID `json:"i"`
}

// mostYears is more than any cap.
const mostYears = 1000

// ListPortfolio returns who has an award for a grant year, by the number of their year.
func (s *Server) ListPortfolio(ctx context.Context, r *saakornv1.ListPortfolioRequest) (*saakornv1.ListPortfolioResponse, error) {
	at, err := page.Place(r, numberPlace{-1, uuid.Nil})
	if err != nil {
		return nil, err
	}
	p := db.ListPortfolioParams{
		SchemeID: r.GetSchemeId(), GrantYear: r.GetGrantYear(), MaxNumber: mostYears, AfterNumber: at.Number, AfterID: at.ID,
		States: []string{}, RowLimit: int32(page.Size(r) + 1),
	}
	if r.YearNumber != nil {
		p.MinNumber, p.MaxNumber = r.GetYearNumber(), r.GetYearNumber()
	}
	for _, state := range r.GetStates() {
		p.States = append(p.States, state.String()[len("AWARD_STATE_"):])
	}
	rows, err := db.New(s.Pool).ListPortfolio(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("list the portfolio: %w", err)
	}
	rows, next, err := page.Cut(r, rows, func(last db.ListPortfolioRow) numberPlace { return numberPlace{last.YearNumber, last.AwardID} })
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.ListPortfolioResponse{NextPageToken: next}
	for _, row := range rows {
		rules, err := s.Schemes.Definition(ctx, r.GetSchemeId(), row.SchemeVersion)
		if err != nil {
			return nil, err
		}
		answer.Items = append(answer.Items, &saakornv1.PortfolioItem{
			LifecycleId: row.LifecycleID.String(), EnterpriseId: row.EnterpriseID.String(), EnterpriseName: row.EnterpriseName,
			AwardId: row.AwardID.String(), GrantYear: row.GrantYear, YearNumber: row.YearNumber, MaxYears: int32(rules.GrantYears.Max),
			AwardState: stateOf(row.State), AmountOre: row.AmountOre, OwnerId: orEmpty(row.OwnerID),
		})
	}
	return answer, nil
}

func stateOf(state string) saakornv1.AwardState {
	return saakornv1.AwardState(saakornv1.AwardState_value["AWARD_STATE_"+state])
}

func orEmpty(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// CountPortfolio returns how many are in which year.
func (s *Server) CountPortfolio(ctx context.Context, r *saakornv1.CountPortfolioRequest) (*saakornv1.CountPortfolioResponse, error) {
	rows, err := db.New(s.Pool).CountPortfolio(ctx, db.CountPortfolioParams{SchemeID: r.GetSchemeId(), GrantYear: r.GetGrantYear()})
	if err != nil {
		return nil, fmt.Errorf("count the portfolio: %w", err)
	}
	answer := &saakornv1.CountPortfolioResponse{}
	for _, row := range rows {
		answer.Counts = append(answer.Counts, &saakornv1.PortfolioCount{
			YearNumber: row.YearNumber, AwardState: stateOf(row.State), Awards: row.Awards, AmountOre: row.AmountOre,
		})
	}
	return answer, nil
}

// outlookYears is how many years a budget outlook has.
const outlookYears = 5

// GetBudgetOutlook returns the frames of five years with what is expected of them.
func (s *Server) GetBudgetOutlook(ctx context.Context, r *saakornv1.GetBudgetOutlookRequest) (*saakornv1.GetBudgetOutlookResponse, error) {
	from := int(r.GetFromYear())
	until := from + outlookYears - 1
	rules, err := s.newest(ctx, r.GetSchemeId())
	if err != nil {
		return nil, err
	}
	rows, err := db.New(s.Pool).ListFrames(ctx, db.ListFramesParams{SchemeID: r.GetSchemeId(), FromYear: int32(from), UntilYear: int32(until)})
	if err != nil {
		return nil, fmt.Errorf("list frames: %w", err)
	}
	frames := map[int]db.BudgetFrame{}
	for _, row := range rows {
		frames[int(row.GrantYear)] = row
	}
	forecasts, err := s.forecasts(ctx, r.GetSchemeId(), until, rules.GrantYears.Max)
	if err != nil {
		return nil, err
	}
	paid, err := s.Money.PaidByYear(ctx, s.Pool, r.GetSchemeId(), from, until)
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.GetBudgetOutlookResponse{}
	for year := from; year <= until; year++ {
		y := &saakornv1.BudgetYear{GrantYear: int32(year), ForecastContinuationOre: forecasts[year].AmountOre, ForecastEnterprises: int32(forecasts[year].Enterprises)}
		if f, ok := frames[year]; ok {
			free := f.FrameOre - f.BoundOre
			y.FrameOre, y.FreeOre, y.BoundOre, y.BoundContinuationOre = &f.FrameOre, &free, f.BoundOre, f.BoundContinuationOre
		}
		sum := paid[year]
		y.PaidOre = &sum
		answer.Years = append(answer.Years, y)
	}
	return answer, nil
}

func (s *Server) newest(ctx context.Context, schemeID string) (*scheme.Definition, error) {
	editions, err := s.Schemes.Editions(ctx, s.Pool)
	if err != nil {
		return nil, err
	}
	for _, e := range editions {
		if e.SchemeID == schemeID {
			return s.Schemes.Definition(ctx, e.SchemeID, e.Version)
		}
	}
	return nil, fault.NewNotFound("scheme")
}

func (s *Server) forecasts(ctx context.Context, schemeID string, until, maxYears int) (map[int]Forecast, error) {
	queries := db.New(s.Pool)
	base, err := queries.GetLastYear(ctx, schemeID)
	if err != nil {
		return nil, fmt.Errorf("look for the last year: %w", err)
	}
	rows, err := queries.SumGoingOn(ctx, db.SumGoingOnParams{SchemeID: schemeID, GrantYear: base})
	if err != nil {
		return nil, fmt.Errorf("sum what goes on: %w", err)
	}
	groups := make([]Group, 0, len(rows))
	for _, row := range rows {
		groups = append(groups, Group{int(row.YearNumber), int(row.Awards), row.AmountOre})
	}
	if base == 0 {
		return nil, nil
	}
	return Forecasts(int(base), until, maxYears, groups), nil
}

// duePlace is where a page of last dates begins.
type duePlace struct {
	On   calendar.Date `json:"d"`
	Kind string        `json:"k"`
	ID   uuid.UUID     `json:"i"`
}

// ListDue returns what is due in a period, the earliest first.
func (s *Server) ListDue(ctx context.Context, r *saakornv1.ListDueRequest) (*saakornv1.ListDueResponse, error) {
	from, err := calendar.Parse(r.GetFromOn())
	if err != nil {
		return nil, fault.Field("from_on", "NO_SUCH_DATE", "give a date of the calendar, as 2019-11-30")
	}
	until, err := calendar.Parse(r.GetUntilOn())
	if err != nil {
		return nil, fault.Field("until_on", "NO_SUCH_DATE", "give a date of the calendar, as 2019-11-30")
	}
	at, err := page.Place(r, duePlace{On: from})
	if err != nil {
		return nil, err
	}
	rows, err := db.New(s.Pool).ListDue(ctx, db.ListDueParams{
		SchemeID: r.GetSchemeId(), FromOn: encodeDate(from), UntilOn: encodeDate(until), AfterOn: encodeDate(at.On), AfterKind: at.Kind, AfterID: at.ID,
		RowLimit: int32(page.Size(r) + 1),
	})
	if err != nil {
		return nil, fmt.Errorf("list what is due: %w", err)
	}
	rows, next, err := page.Cut(r, rows, func(last db.ListDueRow) duePlace {
		return duePlace{decodeDate(last.DueOn), last.Kind, last.SubjectID}
	})
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.ListDueResponse{NextPageToken: next}
	for _, row := range rows {
		item := &saakornv1.DueItem{
			DueOn: decodeDate(row.DueOn).String(), Kind: row.Kind, SubjectId: row.SubjectID.String(), LifecycleId: row.LifecycleID.String(),
			EnterpriseName: row.EnterpriseName,
		}
		if row.AwardID != uuid.Nil {
			item.AwardId = row.AwardID.String()
		}
		answer.Items = append(answer.Items, item)
	}
	return answer, nil
}

func encodeDate(d calendar.Date) pgtype.Date {
	return pgtype.Date{Time: time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC), Valid: true}
}

func decodeDate(d pgtype.Date) calendar.Date {
	year, month, day := d.Time.Date()
	return calendar.Date{Year: year, Month: month, Day: day}
}

// ListAtRisk returns who is at risk, and why.
func (s *Server) ListAtRisk(ctx context.Context, r *saakornv1.ListAtRiskRequest) (*saakornv1.ListAtRiskResponse, error) {
	at, err := page.Place(r, uuid.Nil)
	if err != nil {
		return nil, err
	}
	rows, err := db.New(s.Pool).ListAtRisk(ctx, db.ListAtRiskParams{
		SchemeID: r.GetSchemeId(), Today: encodeDate(calendar.On(s.Clock.Now())), AfterID: at, RowLimit: int32(page.Size(r) + 1),
	})
	if err != nil {
		return nil, fmt.Errorf("list who is at risk: %w", err)
	}
	rows, next, err := page.Cut(r, rows, func(last db.ListAtRiskRow) uuid.UUID { return last.LifecycleID })
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.ListAtRiskResponse{NextPageToken: next}
	for _, row := range rows {
		answer.Items = append(answer.Items, &saakornv1.RiskItem{
			LifecycleId: row.LifecycleID.String(), EnterpriseId: row.EnterpriseID.String(), EnterpriseName: row.EnterpriseName,
			OwnerId: orEmpty(row.OwnerID), Reasons: row.Reasons,
		})
	}
	return answer, nil
}

// mostLeadYears is how many years are asked for at a time, at most.
const mostLeadYears = 20

type period interface {
	GetFromYear() int32
	GetUntilYear() int32
}

func checkPeriod(p period) error {
	if p.GetUntilYear() < p.GetFromYear() || p.GetUntilYear()-p.GetFromYear() >= mostLeadYears {
		return fault.Field("until_year", "NOT_A_PERIOD", fmt.Sprintf("ask for one to %d years", mostLeadYears))
	}
	return nil
}

// GetLeadTimes returns how long enterprises wait, for each grant year in which anything has been decided.
func (s *Server) GetLeadTimes(ctx context.Context, r *saakornv1.GetLeadTimesRequest) (*saakornv1.GetLeadTimesResponse, error) {
	if err := checkPeriod(r); err != nil {
		return nil, err
	}
	queries := db.New(s.Pool)
	decided, err := queries.MeasureDecisions(ctx, db.MeasureDecisionsParams{SchemeID: r.GetSchemeId(), FromYear: r.GetFromYear(), UntilYear: r.GetUntilYear()})
	if err != nil {
		return nil, fmt.Errorf("measure decisions: %w", err)
	}
	accepted, err := queries.MeasureAcceptances(ctx, db.MeasureAcceptancesParams{SchemeID: r.GetSchemeId(), FromYear: r.GetFromYear(), UntilYear: r.GetUntilYear()})
	if err != nil {
		return nil, fmt.Errorf("measure acceptances: %w", err)
	}
	payments, err := s.Money.AcceptanceToPayment(ctx, s.Pool, r.GetSchemeId(), int(r.GetFromYear()), int(r.GetUntilYear()))
	if err != nil {
		return nil, err
	}
	answers := map[int32]*saakornv1.LeadTime{}
	for _, a := range accepted {
		answers[a.GrantYear] = &saakornv1.LeadTime{N: a.N, MedianDays: a.MedianDays, SlowDays: a.SlowDays, LongestDays: a.LongestDays}
	}
	answer := &saakornv1.GetLeadTimesResponse{}
	for _, d := range decided {
		y := &saakornv1.YearLeadTimes{
			GrantYear:         d.GrantYear,
			CloseToDecision:   &saakornv1.LeadTime{N: d.N, MedianDays: d.MedianDays, SlowDays: d.SlowDays, LongestDays: d.LongestDays},
			OfferToAcceptance: answers[d.GrantYear],
		}
		if w, ok := payments[int(d.GrantYear)]; ok {
			y.AcceptanceToPayment = &saakornv1.LeadTime{N: int32(w.N), MedianDays: w.Median, SlowDays: w.Slow, LongestDays: w.Longest}
		}
		answer.Years = append(answer.Years, y)
	}
	return answer, nil
}
