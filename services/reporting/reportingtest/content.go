package reportingtest

import (
	"google.golang.org/protobuf/proto"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
)

// numbers are results that can be true together; 3 of them is small enough to point at somebody.
func numbers() map[string]int64 {
	return map[string]int64{
		"reached": 60, "intake": 40, "in_work_training": 30, "completed": 20, "dropped_out": 10,
		"placements_internal": 3, "placements_external": 12, "job_placements": 15, "ordinary_jobs": 9, "permanent_jobs": 6,
		"fulltime_jobs": 8, "to_education": 5, "followed_6m": 14, "in_work_6m": 8, "followed_12m": 6, "in_work_12m": 1,
		"intake_classified": 30, "intake_hardest": 12, "ended_hardest": 12, "placements_hardest": 5,
		"intake_from_nav": 20, "life_changing": 10, "life_improving": 20,
	}
}

// Complete returns the content filled in so that it can be submitted. What the report was prefilled with
// stays.
func Complete(content *saakornv1.ReportContent) *saakornv1.ReportContent {
	c := proto.CloneOf(content)
	for _, i := range c.GetIndicators() {
		n, known := numbers()[i.GetKey()]
		if !known {
			n = 7
		}
		i.Actual, i.Evidence = new(n), saakornv1.EvidenceLevel_EVIDENCE_LEVEL_B
	}
	c.Finances = Finances()
	for _, cost := range c.GetCosts() {
		cost.ActualOre = new(cost.GetBudgetOre())
	}
	c.Narrative = &saakornv1.ReportNarrative{ //nolint:gosec // the letters p and W of HelpWanted are taken for a password
		Summary: "Året gikk etter planen.", Worked: "Korte perioder med praksis hos to bedrifter.",
		DidNotWork: "Kurs på kveldstid, der få kom.", HelpWanted: "Vi trenger hjelp med å sette priser.",
	}
	c.Received = &saakornv1.ReceivedConfirmation{Confirmed: true, AmountOre: proto.Int64(AmountOre / 2)}
	c.Learning = &saakornv1.ReportLearning{WouldDoDifferently: "Begynne med bedriftene før deltakerne kommer.", CanBeCopied: "Praksisavtalen."}
	return c
}

// Finances are those of a year in which a third of the income was earned.
func Finances() *saakornv1.ReportedFinances {
	source := func(s saakornv1.IncomeSource, ore int64) *saakornv1.SourceIncome {
		return &saakornv1.SourceIncome{Source: s, AmountOre: ore}
	}
	return &saakornv1.ReportedFinances{
		Income: []*saakornv1.SourceIncome{
			source(saakornv1.IncomeSource_INCOME_SOURCE_SALES_BUSINESS, 400_000_00),
			source(saakornv1.IncomeSource_INCOME_SOURCE_SALES_MUNICIPAL, 200_000_00),
			source(saakornv1.IncomeSource_INCOME_SOURCE_SE_GRANT, 900_000_00),
			source(saakornv1.IncomeSource_INCOME_SOURCE_FOUNDATION, 300_000_00),
		},
		OperatingCostOre: proto.Int64(1_700_000_00), LargestPayerOre: proto.Int64(900_000_00), BankOre: proto.Int64(400_000_00),
		CurrentAssetsOre: proto.Int64(600_000_00), CurrentLiabilitiesOre: proto.Int64(300_000_00), EquityOre: proto.Int64(350_000_00),
		TotalAssetsOre: proto.Int64(700_000_00), OwnFundsOre: proto.Int64(170_000_00), Months: 12,
	}
}
