package reporting

import (
	"cmp"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/enterprise/registry"
)

// whole is all of something in basis points.
const whole = 10_000

// maxBasisPoints bounds ratios that have no natural bound, such as liquidity.
const maxBasisPoints = 1_000_000_000

// ratio returns part of all in basis points, rounded half away from zero; nil when all is not
// positive, because a share of nothing says nothing. It is exact up to 900 thousand milliard øre.
func ratio(part, all int64) *int32 {
	if all <= 0 {
		return nil
	}
	// The quotient first: amounts are large, and part*whole could run over.
	quotient, rest := part/all, part%all
	half := all / 2
	if part < 0 {
		half = -half
	}
	if quotient > maxBasisPoints/whole || quotient < -maxBasisPoints/whole {
		return nil
	}
	bp := int32(quotient*whole + (rest*whole+half)/all)
	return &bp
}

// ratioOf is ratio for amounts that may be missing.
func ratioOf(part, all *int64) *int32 {
	if part == nil || all == nil {
		return nil
	}
	return ratio(*part, *all)
}

// BusinessModel is who pays for what the enterprise sells. Models are never ranked against each other
// (R34).
type BusinessModel string

// The business models.
const (
	Customers    BusinessModel = "CUSTOMERS"     // most sales are to people and businesses
	PublicPayers BusinessModel = "PUBLIC_PAYERS" // most sales are to Nav and municipalities
	NoSales      BusinessModel = "NO_SALES"
)

// FigureSource is where figures come from.
type FigureSource string

// The sources, the best first.
const (
	FromRegistry FigureSource = "REGISTRY"
	FromAudited  FigureSource = "AUDITED_ACCOUNTS"
	FromTyped    FigureSource = "TYPED"
)

// Figures are what follows from the finances that were reported. Shares are in basis points of all
// operating income, and nil where they cannot be worked out.
type Figures struct {
	RevenueOre int64
	// EarnedShare is all sales; EarnedSharePrivate leaves out sales to Nav and municipalities.
	EarnedShare, EarnedSharePrivate *int32
	// GrantDependence is this grant; PublicDependence is all public money and public sales.
	GrantDependence, PublicDependence *int32
	// Concentration is the largest single customer or funder.
	Concentration *int32
	// OperatingMargin is what is left of the income; MarginExGrant leaves this grant out of it.
	OperatingMargin, MarginExGrant *int32
	LiquidityRatio, EquityRatio    *int32
	// CashMonthsTenths is the runway in tenths of a month: bank deposits over what the costs of a month
	// exceed its income without this grant. Nil when it is not known, or when IncomeCovers.
	CashMonthsTenths *int32
	IncomeCovers     bool
	OwnContribution  *int32
	Model            BusinessModel
	// Source is where the balance comes from.
	Source FigureSource
}

// income are the sums of the operating income by kind.
type income struct {
	total, salesPrivate, salesPublic, grant, otherPublic int64
}

func sumIncome(f *saakornv1.ReportedFinances) income {
	var sum income
	for _, i := range f.GetIncome() {
		ore := i.GetAmountOre()
		sum.total += ore
		switch i.GetSource() {
		case saakornv1.IncomeSource_INCOME_SOURCE_SALES_PRIVATE, saakornv1.IncomeSource_INCOME_SOURCE_SALES_BUSINESS:
			sum.salesPrivate += ore
		case saakornv1.IncomeSource_INCOME_SOURCE_SALES_NAV, saakornv1.IncomeSource_INCOME_SOURCE_SALES_MUNICIPAL:
			sum.salesPublic += ore
		case saakornv1.IncomeSource_INCOME_SOURCE_SE_GRANT:
			sum.grant += ore
		case saakornv1.IncomeSource_INCOME_SOURCE_OTHER_PUBLIC_GRANT, saakornv1.IncomeSource_INCOME_SOURCE_WAGE_SUBSIDY:
			sum.otherPublic += ore
		default:
		}
	}
	return sum
}

// model returns who pays for most of what is sold. A tie counts as customers.
func (i income) model() BusinessModel {
	switch {
	case i.salesPrivate+i.salesPublic == 0:
		return NoSales
	case i.salesPublic > i.salesPrivate:
		return PublicPayers
	}
	return Customers
}

// Work works out the figures (domain: financial indicators). filed are the accounts that the register
// has for the year, nil when it has none: its balance comes before the reported one.
func Work(f *saakornv1.ReportedFinances, filed *registry.Accounts) Figures {
	if f == nil {
		f = &saakornv1.ReportedFinances{}
	}
	sum := sumIncome(f)
	figures := Figures{
		RevenueOre: sum.total, EarnedShare: ratio(sum.salesPrivate+sum.salesPublic, sum.total),
		EarnedSharePrivate: ratio(sum.salesPrivate, sum.total), GrantDependence: ratio(sum.grant, sum.total),
		PublicDependence: ratio(sum.grant+sum.otherPublic+sum.salesPublic, sum.total), Model: sum.model(), Source: FromTyped,
	}
	if f.GetAudited() {
		figures.Source = FromAudited
	}
	if f.LargestPayerOre != nil {
		figures.Concentration = ratio(f.GetLargestPayerOre(), sum.total)
	}
	if f.OperatingCostOre != nil {
		cost := f.GetOperatingCostOre()
		figures.OperatingMargin = ratio(sum.total-cost, sum.total)
		figures.MarginExGrant = ratio(sum.total-sum.grant-cost, sum.total-sum.grant)
		figures.OwnContribution = ratioOf(f.OwnFundsOre, f.OperatingCostOre)
	}
	bank := f.BankOre
	figures.LiquidityRatio = ratioOf(f.CurrentAssetsOre, f.CurrentLiabilitiesOre)
	figures.EquityRatio = ratioOf(f.EquityOre, f.TotalAssetsOre)
	if filed != nil && filed.Currency == "NOK" {
		figures.Source = FromRegistry
		bank = cmp.Or(filed.BankOre, bank)
		figures.LiquidityRatio = cmp.Or(ratioOf(filed.CurrentAssetsOre, filed.CurrentLiabilitiesOre), figures.LiquidityRatio)
		figures.EquityRatio = cmp.Or(ratioOf(filed.EquityOre, filed.TotalAssetsOre), figures.EquityRatio)
	}
	figures.CashMonthsTenths, figures.IncomeCovers = runway(bank, f, sum)
	return figures
}

// longestRunway keeps a tiny shortfall from looking like a century.
const longestRunway = 1_200 // ten years, in tenths of a month

// runway returns how long the bank deposits last without this grant, in tenths of a month.
func runway(bank *int64, f *saakornv1.ReportedFinances, sum income) (tenths *int32, covered bool) {
	if f.OperatingCostOre == nil || f.GetMonths() == 0 {
		return nil, false
	}
	shortfall := f.GetOperatingCostOre() - (sum.total - sum.grant)
	if shortfall <= 0 {
		return nil, true
	}
	if bank == nil {
		return nil, false
	}
	months := int32(min(*bank*10*int64(f.GetMonths())/shortfall, longestRunway))
	return &months, false
}

// Unspent returns what was granted less the accepted project costs, in øre: never less than nothing.
func Unspent(grantedOre, acceptedOre int64) int64 { return max(grantedOre-acceptedOre, 0) }

// ProjectCost returns what the project cost in øre, and false when nothing has been written.
func ProjectCost(content *saakornv1.ReportContent) (int64, bool) {
	var sum int64
	known := false
	for _, c := range content.GetCosts() {
		if c.ActualOre != nil {
			sum, known = sum+c.GetActualOre(), true
		}
	}
	return sum, known
}

// Difference is one reported figure that is not the registered one.
type Difference struct {
	Field         string `json:"field"`
	ReportedOre   int64  `json:"reported_ore"`
	RegisteredOre int64  `json:"registered_ore"`
}

// Compare holds the reported figures against the registered ones, and returns those that differ by more
// than the tolerance, in percent of the registered figure. A person says what a difference means.
func Compare(f *saakornv1.ReportedFinances, filed registry.Accounts, tolerancePercent int) []Difference {
	if f == nil {
		return nil
	}
	total := sumIncome(f).total
	pairs := []struct {
		field                string
		reported, registered *int64
	}{
		{"finances.income", &total, filed.RevenueOre},
		{"finances.operating_cost_ore", f.OperatingCostOre, filed.OperatingCostOre},
		{"finances.bank_ore", f.BankOre, filed.BankOre},
		{"finances.current_assets_ore", f.CurrentAssetsOre, filed.CurrentAssetsOre},
		{"finances.current_liabilities_ore", f.CurrentLiabilitiesOre, filed.CurrentLiabilitiesOre},
		{"finances.equity_ore", f.EquityOre, filed.EquityOre},
		{"finances.total_assets_ore", f.TotalAssetsOre, filed.TotalAssetsOre},
	}
	var differences []Difference
	for _, p := range pairs {
		if p.reported == nil || p.registered == nil || within(*p.reported, *p.registered, tolerancePercent) {
			continue
		}
		differences = append(differences, Difference{p.field, *p.reported, *p.registered})
	}
	return differences
}

func within(reported, registered int64, percent int) bool {
	return abs(reported-registered)*100 <= abs(registered)*int64(percent)
}

func abs(n int64) int64 { return max(n, -n) }
