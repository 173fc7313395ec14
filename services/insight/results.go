package insight

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/insight/db"
	"saakorn/services/platform/page"
	"saakorn/services/scheme"
)

func modelOf(model string) saakornv1.ReportBusinessModel {
	return saakornv1.ReportBusinessModel(saakornv1.ReportBusinessModel_value["REPORT_BUSINESS_MODEL_"+model])
}

// GetResults returns both bottom lines by business model and year (R34, R78).
func (s *Server) GetResults(ctx context.Context, r *saakornv1.GetResultsRequest) (*saakornv1.GetResultsResponse, error) {
	if err := checkPeriod(r); err != nil {
		return nil, err
	}
	rules, err := s.newest(ctx, r.GetSchemeId())
	if err != nil {
		return nil, err
	}
	rule := rules.Reporting.Suppression
	queries := db.New(s.Pool)
	rows, err := queries.GroupFigures(ctx, db.GroupFiguresParams{SchemeID: r.GetSchemeId(), FromYear: r.GetFromYear(), UntilYear: r.GetUntilYear()})
	if err != nil {
		return nil, fmt.Errorf("group figures: %w", err)
	}
	sums, err := queries.SumIndicators(ctx, db.SumIndicatorsParams{SchemeID: r.GetSchemeId(), FromYear: r.GetFromYear(), UntilYear: r.GetUntilYear()})
	if err != nil {
		return nil, fmt.Errorf("sum indicators: %w", err)
	}
	answer := &saakornv1.GetResultsResponse{SmallestGroup: int32(rule.SmallestGroup)}
	for _, row := range rows {
		g := &saakornv1.ResultGroup{GrantYear: row.GrantYear, BusinessModel: modelOf(row.BusinessModel)}
		answer.Groups = append(answer.Groups, g)
		if int(row.N) < rule.SmallestGroup {
			continue
		}
		enough := func(known, value int32) *int32 {
			if int(known) < rule.SmallestGroup {
				return nil
			}
			return &value
		}
		g.N, g.RevenueOre = &row.N, &row.RevenueOre
		g.EarnedShareBp = enough(row.EarnedKnown, row.EarnedShareBp)
		g.GrantDependenceBp = enough(row.GrantKnown, row.GrantDependenceBp)
		g.PublicDependenceBp = enough(row.PublicKnown, row.PublicDependenceBp)
		for _, sum := range sums {
			if sum.GrantYear == row.GrantYear && sum.BusinessModel == row.BusinessModel && inLibrary(rules, sum.Key) {
				g.Indicators = append(g.Indicators, groupSum(sum, rule))
			}
		}
		slices.SortFunc(g.GetIndicators(), byKey)
	}
	return answer, nil
}

// inLibrary tells whether the scheme defines the indicator. Enterprises have others of their own, which mean
// different things to each and have no sum.
func inLibrary(rules *scheme.Definition, key string) bool {
	return slices.ContainsFunc(rules.Reporting.Indicators, func(i scheme.IndicatorRule) bool { return i.Key == key })
}

func byKey(a, b *saakornv1.IndicatorSum) int { return strings.Compare(a.GetKey(), b.GetKey()) }

// groupSum leaves the number out when few enterprises answered, or when it is of few persons.
func groupSum(sum db.SumIndicatorsRow, rule scheme.SuppressionRule) *saakornv1.IndicatorSum {
	p := &saakornv1.IndicatorSum{Key: sum.Key}
	if int(sum.N) < rule.SmallestGroup {
		return p
	}
	p.N = sum.N
	if !rule.Hides(sum.Total) {
		p.Sum = &sum.Total
	}
	return p
}

// ListResults returns the approved final reports that the results are worked out of, by name.
func (s *Server) ListResults(ctx context.Context, r *saakornv1.ListResultsRequest) (*saakornv1.ListResultsResponse, error) {
	at, err := page.Place(r, namePlace{})
	if err != nil {
		return nil, err
	}
	rules, err := s.newest(ctx, r.GetSchemeId())
	if err != nil {
		return nil, err
	}
	p := db.ListResultsParams{SchemeID: r.GetSchemeId(), GrantYear: r.GetGrantYear(), AfterName: at.Name, AfterID: at.ID, RowLimit: int32(page.Size(r) + 1)}
	if r.GetBusinessModel() != saakornv1.ReportBusinessModel_REPORT_BUSINESS_MODEL_UNSPECIFIED {
		p.BusinessModel = r.GetBusinessModel().String()[len("REPORT_BUSINESS_MODEL_"):]
	}
	rows, err := db.New(s.Pool).ListResults(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("list results: %w", err)
	}
	rows, next, err := page.Cut(r, rows, func(last db.ListResultsRow) namePlace { return namePlace{last.EnterpriseName, last.ReportID} })
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.ListResultsResponse{NextPageToken: next}
	for _, row := range rows {
		indicators, err := readIndicators(row.Indicators, rules)
		if err != nil {
			return nil, err
		}
		answer.Rows = append(answer.Rows, &saakornv1.ResultRow{
			ReportId: row.ReportID.String(), LifecycleId: row.LifecycleID.String(), EnterpriseId: row.EnterpriseID.String(),
			EnterpriseName: row.EnterpriseName, BusinessModel: modelOf(row.BusinessModel), RevenueOre: row.RevenueOre,
			EarnedShareBp: row.EarnedShareBp, GrantDependenceBp: row.GrantDependenceBp, PublicDependenceBp: row.PublicDependenceBp,
			Indicators: indicators,
		})
	}
	return answer, nil
}

// readIndicators reads the numbers of a report, which may be written as text, as JSON of the contract does.
func readIndicators(raw []byte, rules *scheme.Definition) ([]*saakornv1.IndicatorSum, error) {
	var reported []struct {
		Key    string
		Actual *json.Number
	}
	if err := json.Unmarshal(raw, &reported); err != nil {
		return nil, fmt.Errorf("read the indicators of a report: %w", err)
	}
	var read []*saakornv1.IndicatorSum
	for _, i := range reported {
		if i.Actual == nil || !inLibrary(rules, i.Key) {
			continue
		}
		n, err := i.Actual.Int64()
		if err != nil {
			return nil, fmt.Errorf("read the indicator %s: %w", i.Key, err)
		}
		p := &saakornv1.IndicatorSum{Key: i.Key, N: 1}
		if !rules.Reporting.Suppression.Hides(n) {
			p.Sum = &n
		}
		read = append(read, p)
	}
	slices.SortFunc(read, byKey)
	return read, nil
}
