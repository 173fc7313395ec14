package reporting

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/enterprise/registry"
	"saakorn/services/platform/access"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/fault"
	"saakorn/services/reporting/db"
	"saakorn/services/scheme"
)

// AccountsOutcome is what the register of accounts says about the reported figures.
type AccountsOutcome string

// The outcomes of a comparison.
const (
	AccountsNone    AccountsOutcome = "NONE"
	AccountsAgree   AccountsOutcome = "AGREES"
	AccountsDiffer  AccountsOutcome = "DIFFERS"
	norwegianKroner                 = "NOK"
)

// comparison is what has been found about a version.
type comparison struct {
	Outcome     AccountsOutcome
	Registered  *registry.Accounts
	Differences []Difference
	AskedAt     time.Time
}

func loadComparison(ctx context.Context, q Querier, reportID uuid.UUID) (*comparison, error) {
	row, err := db.New(q).GetAccounts(ctx, reportID)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("load a comparison of accounts: %w", err)
	}
	c := &comparison{Outcome: AccountsOutcome(row.Outcome), AskedAt: row.AskedAt}
	if err := json.Unmarshal(row.Differences, &c.Differences); err != nil {
		return nil, fmt.Errorf("decode differences: %w", err)
	}
	if len(row.Registered) > 0 {
		c.Registered = &registry.Accounts{}
		if err := json.Unmarshal(row.Registered, c.Registered); err != nil {
			return nil, fmt.Errorf("decode registered accounts: %w", err)
		}
	}
	return c, nil
}

// registered returns the accounts that the register had for the year, nil when it had none or was not asked.
func registered(ctx context.Context, q Querier, r Report) (*registry.Accounts, error) {
	c, err := loadComparison(ctx, q, r.ID)
	if err != nil || c == nil {
		return nil, err
	}
	return c.Registered, nil
}

// saveFigures stores what follows from the newest submitted version, for answers about many enterprises.
func saveFigures(ctx context.Context, tx pgx.Tx, r Report, filed *registry.Accounts) error {
	content, err := submission(ctx, tx, r)
	if err != nil {
		return err
	}
	f := Work(content.GetFinances(), filed)
	err = db.New(tx).SaveFigures(ctx, db.SaveFiguresParams{
		ReportID: r.ID, LifecycleID: r.LifecycleID, EnterpriseID: r.EnterpriseID, SchemeID: r.SchemeID, Kind: string(r.Kind),
		GrantYear: int32(r.GrantYear), BusinessModel: string(f.Model), RevenueOre: f.RevenueOre, EarnedShareBp: f.EarnedShare,
		GrantDependenceBp: f.GrantDependence, PublicDependenceBp: f.PublicDependence, ConcentrationBp: f.Concentration,
		CashMonthsTenths: f.CashMonthsTenths, IncomeCovers: f.IncomeCovers, Approved: r.State == Approved || r.ApprovedAt != nil,
	})
	if err != nil {
		return fmt.Errorf("save the figures of a report: %w", err)
	}
	return nil
}

// GetReportFigures returns what follows from the newest submitted version, or from what the enterprise has
// written so far.
func (s *Server) GetReportFigures(ctx context.Context, r *saakornv1.GetReportFiguresRequest) (*saakornv1.GetReportFiguresResponse, error) {
	report, own, err := s.visible(ctx, uuid.MustParse(r.GetReportId()))
	if err != nil {
		return nil, err
	}
	content, files, err := s.figuresOf(ctx, report, own, r.GetWorkingCopy())
	if err != nil {
		return nil, err
	}
	rules, err := s.Schemes.Definition(ctx, report.SchemeID, report.SchemeVersion)
	if err != nil {
		return nil, err
	}
	compared, err := loadComparison(ctx, s.Pool, report.ID)
	if err != nil {
		return nil, err
	}
	var filed *registry.Accounts
	if compared != nil {
		filed = compared.Registered
	}
	statement := rules.Reporting.AuditorStatement
	answer := &saakornv1.GetReportFiguresResponse{
		Finances: presentFigures(Work(content.GetFinances(), filed)), CreamingIndexBp: CreamingIndex(content),
		Accounts: presentComparison(compared), AuditorStatementNeeded: statement.Needed(report.Kind, report.AmountOre),
		AuditorStatementReceived: hasFile(files, statement.Attachment),
	}
	for _, rate := range Rates(content, rules.Reporting, own) {
		answer.Rates = append(answer.Rates, &saakornv1.Rate{Key: rate.Key, BasisPoints: rate.BasisPoints, N: rate.N, Missing: rate.Missing})
	}
	applied, err := s.Applications.Submission(ctx, s.Pool, report.ApplicationID)
	if err != nil {
		return nil, err
	}
	answer.IntakeGapBp = IntakeGap(content, applied.Content.GetTargetGroup().GetHardestSharePercent(), rules.Reporting.Suppression)
	if !own && suppressedHardest(content, rules.Reporting.Suppression) {
		answer.IntakeGapBp, answer.CreamingIndexBp = nil, nil
	}
	if !own && slices.Contains(hiddenKeys(content, rules.Reporting), keyPlacements) {
		answer.CreamingIndexBp = nil // it would tell how many began work in all
	}
	addCosts(answer.GetFinances(), report, content, rules, own)
	return answer, nil
}

// figuresOf returns what the figures are worked out of.
func (s *Server) figuresOf(ctx context.Context, r Report, own, workingCopy bool) (*saakornv1.ReportContent, []Attachment, error) {
	switch {
	case workingCopy && !own:
		return nil, nil, fault.NewDenied("NOT_SUBMITTED", "only the enterprise sees what it has not submitted")
	case workingCopy:
		files, err := listAttachments(ctx, s.Pool, r.ID)
		return r.Content, files, err
	case r.Version == 0:
		return nil, nil, fault.NewPrecondition("NOTHING_SUBMITTED", "figures are worked out of what has been submitted")
	}
	content, err := submission(ctx, s.Pool, r)
	if err != nil {
		return nil, nil, err
	}
	files, err := submittedFiles(ctx, s.Pool, r, r.Version)
	return content, files, err
}

// suppressedHardest tells whether the gap would give a small number away.
func suppressedHardest(content *saakornv1.ReportContent, rule scheme.SuppressionRule) bool {
	a := readActuals(content)
	return rule.Hides(a[keyHardest]) || rule.Hides(a[keyClassified]-a[keyHardest]) || rule.Hides(a[keyPlacementsHardest])
}

// addCosts adds what was left over, and for staff what a result cost.
func addCosts(p *saakornv1.FinancialFigures, r Report, content *saakornv1.ReportContent, rules *scheme.Definition, own bool) {
	if r.AcceptedCostOre != nil {
		p.UnspentOre = new(Unspent(r.AmountOre, *r.AcceptedCostOre))
	}
	cost, known := ProjectCost(content)
	if own || !known {
		return
	}
	a := readActuals(content)
	base := int64(rules.Reporting.Suppression.SmallestBase)
	behind := hiddenKeys(content, rules.Reporting) // the cost of one would tell how many there are
	if n, ok := a[keyPlacements]; ok && n >= base && !slices.Contains(behind, keyPlacements) {
		p.CostPerPlacementOre = new(cost / n)
	}
	if n, ok := a[keyReached]; ok && n >= base && !slices.Contains(behind, keyReached) {
		p.CostPerParticipantOre = new(cost / n)
	}
}

func presentFigures(f Figures) *saakornv1.FinancialFigures {
	return &saakornv1.FinancialFigures{
		RevenueOre: f.RevenueOre, EarnedShareBp: f.EarnedShare, EarnedSharePrivateBp: f.EarnedSharePrivate,
		GrantDependenceBp: f.GrantDependence, PublicDependenceBp: f.PublicDependence, ConcentrationBp: f.Concentration,
		OperatingMarginBp: f.OperatingMargin, MarginExGrantBp: f.MarginExGrant, LiquidityRatioBp: f.LiquidityRatio,
		EquityRatioBp: f.EquityRatio, CashMonthsTenths: f.CashMonthsTenths, IncomeCovers: f.IncomeCovers,
		OwnContributionBp: f.OwnContribution, BusinessModel: presentModel(f.Model),
		Source: saakornv1.FigureSource(saakornv1.FigureSource_value["FIGURE_SOURCE_"+string(f.Source)]),
	}
}

func presentModel(m BusinessModel) saakornv1.ReportBusinessModel {
	return saakornv1.ReportBusinessModel(saakornv1.ReportBusinessModel_value["REPORT_BUSINESS_MODEL_"+string(m)])
}

func presentComparison(c *comparison) *saakornv1.AccountsComparison {
	if c == nil {
		return nil
	}
	p := &saakornv1.AccountsComparison{
		Outcome: saakornv1.AccountsOutcome(saakornv1.AccountsOutcome_value["ACCOUNTS_OUTCOME_"+string(c.Outcome)]), AskedAt: timestamppb.New(c.AskedAt),
	}
	for _, d := range c.Differences {
		p.Differences = append(p.Differences, &saakornv1.AccountsDifference{Field: d.Field, ReportedOre: d.ReportedOre, RegisteredOre: d.RegisteredOre})
	}
	if a := c.Registered; a != nil {
		p.RevenueOre, p.OperatingCostOre, p.EquityOre, p.TotalAssetsOre = a.RevenueOre, a.OperatingCostOre, a.EquityOre, a.TotalAssetsOre
	}
	return p
}

// Year is what an approved final report says of one grant year.
type Year struct {
	ReportID  uuid.UUID
	GrantYear int
	Figures   Figures
	Content   *saakornv1.ReportContent
}

// Years returns what the approved final reports of a lifecycle say, by year.
func (Store) Years(ctx context.Context, q Querier, lifecycleID uuid.UUID) ([]Year, error) {
	rows, err := db.New(q).ListFinalReports(ctx, lifecycleID)
	if err != nil {
		return nil, fmt.Errorf("list final reports: %w", err)
	}
	years := make([]Year, 0, len(rows))
	for _, row := range rows {
		content, err := decodeContent(row.Content)
		if err != nil {
			return nil, err
		}
		filed, err := registered(ctx, q, Report{ID: row.ID})
		if err != nil {
			return nil, err
		}
		years = append(years, Year{row.ID, int(row.GrantYear), Work(content.GetFinances(), filed), content})
	}
	return years, nil
}

// Delivered is what the newest version of a report says.
type Delivered struct {
	ReportID      uuid.UUID
	ApplicationID uuid.UUID
	Kind          scheme.ReportKind
	GrantYear     int
	Version       int32
	Figures       Figures
	Content       *saakornv1.ReportContent
}

// Latest returns what the newest delivered report of a lifecycle says, approved or not; false when none has
// been delivered.
func (Store) Latest(ctx context.Context, q Querier, lifecycleID uuid.UUID) (Delivered, bool, error) {
	rows, err := db.New(q).ListSubmittedReports(ctx, db.ListSubmittedReportsParams{LifecycleID: lifecycleID, RowLimit: 1})
	if err != nil {
		return Delivered{}, false, fmt.Errorf("list delivered reports: %w", err)
	}
	if len(rows) == 0 {
		return Delivered{}, false, nil
	}
	row := rows[0]
	content, err := decodeContent(row.Content)
	if err != nil {
		return Delivered{}, false, err
	}
	filed, err := registered(ctx, q, Report{ID: row.ID})
	if err != nil {
		return Delivered{}, false, err
	}
	return Delivered{
		row.ID, row.ApplicationID, scheme.ReportKind(row.Kind), int(row.GrantYear), row.Version, Work(content.GetFinances(), filed), content,
	}, true, nil
}

// Missing is a report that has not come although it was due.
type Missing struct {
	ReportID uuid.UUID
	DueOn    calendar.Date
}

// Missing returns the reports of a lifecycle that were due before today and have not come.
func (Store) Missing(ctx context.Context, q Querier, lifecycleID uuid.UUID, today calendar.Date) ([]Missing, error) {
	rows, err := db.New(q).ListMissing(ctx, db.ListMissingParams{LifecycleID: lifecycleID, Today: encodeDate(today)})
	if err != nil {
		return nil, fmt.Errorf("list missing reports: %w", err)
	}
	missing := make([]Missing, 0, len(rows))
	for _, row := range rows {
		missing = append(missing, Missing{row.ID, decodeDate(row.DueOn)})
	}
	return missing, nil
}

// Submission returns what the newest submitted version of the report says, and an empty content when there
// is none.
func (Store) Submission(ctx context.Context, q Querier, r Report) (*saakornv1.ReportContent, error) {
	return submission(ctx, q, r)
}

// ListLifecycleFigures returns the figures of the approved final reports, by year.
func (s *Server) ListLifecycleFigures(ctx context.Context, r *saakornv1.ListLifecycleFiguresRequest) (*saakornv1.ListLifecycleFiguresResponse, error) {
	id := uuid.MustParse(r.GetLifecycleId())
	lifecycle, err := s.Awards.Lifecycle(ctx, s.Pool, id)
	if err != nil {
		return nil, err
	}
	if caller, _ := access.From(ctx); !caller.Has(access.Staff()...) {
		if err := s.mayAct(ctx, lifecycle.EnterpriseID, false, "lifecycle"); err != nil {
			return nil, err
		}
	}
	years, err := s.Store.Years(ctx, s.Pool, id)
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.ListLifecycleFiguresResponse{}
	for _, y := range years {
		answer.Years = append(answer.Years, &saakornv1.YearFigures{
			GrantYear: int32(y.GrantYear), Figures: presentFigures(y.Figures), ReportId: y.ReportID.String(),
		})
	}
	return answer, nil
}

// GetFinancialTrend returns middle values by business model and year. A group of few enterprises has
// no figures: they would be those of somebody.
func (s *Server) GetFinancialTrend(ctx context.Context, r *saakornv1.GetFinancialTrendRequest) (*saakornv1.GetFinancialTrendResponse, error) {
	if r.GetToYear() < r.GetFromYear() {
		return nil, fault.Field("to_year", "BEFORE_FROM_YEAR", "choose a year that is not before from_year")
	}
	rules, err := s.Schemes.Newest(ctx, r.GetSchemeId())
	if err != nil {
		return nil, err
	}
	rows, err := db.New(s.Pool).ListTrend(ctx, db.ListTrendParams{SchemeID: r.GetSchemeId(), FromYear: r.GetFromYear(), ToYear: r.GetToYear()})
	if err != nil {
		return nil, fmt.Errorf("work out the financial trend: %w", err)
	}
	smallest := int32(rules.Reporting.Suppression.SmallestGroup)
	answer := &saakornv1.GetFinancialTrendResponse{SmallestGroup: smallest}
	for _, row := range rows {
		g := &saakornv1.TrendGroup{BusinessModel: presentModel(BusinessModel(row.BusinessModel)), GrantYear: row.GrantYear}
		if row.N >= smallest {
			g.N = &row.N
			if row.Known >= smallest {
				g.EarnedShareBp, g.GrantDependenceBp = &row.EarnedShareBp, &row.GrantDependenceBp
			}
		}
		answer.Groups = append(answer.Groups, g)
	}
	return answer, nil
}
