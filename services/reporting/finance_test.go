package reporting

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/enterprise/registry"
)

func bp(n int32) *int32    { return new(n) }
func ore(n int64) *int64   { return new(n) }
func kroner(n int64) int64 { return n * 100 }

func earned(pairs ...any) []*saakornv1.SourceIncome {
	var list []*saakornv1.SourceIncome
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, &saakornv1.SourceIncome{Source: pairs[i].(saakornv1.IncomeSource), AmountOre: kroner(int64(pairs[i+1].(int)))})
	}
	return list
}

const (
	private    = saakornv1.IncomeSource_INCOME_SOURCE_SALES_PRIVATE
	nav        = saakornv1.IncomeSource_INCOME_SOURCE_SALES_NAV
	municipal  = saakornv1.IncomeSource_INCOME_SOURCE_SALES_MUNICIPAL
	thisGrant  = saakornv1.IncomeSource_INCOME_SOURCE_SE_GRANT
	subsidy    = saakornv1.IncomeSource_INCOME_SOURCE_WAGE_SUBSIDY
	foundation = saakornv1.IncomeSource_INCOME_SOURCE_FOUNDATION
)

func TestRatioIsExactAndNilOfNothing(t *testing.T) {
	tests := []struct {
		part, all int64
		want      *int32
	}{
		{1, 3, bp(3333)}, {2, 3, bp(6667)}, {0, 5, bp(0)}, {5, 5, bp(10_000)}, {-1, 3, bp(-3333)}, {-2, 3, bp(-6667)},
		{1, 0, nil}, {1, -5, nil}, {3, 2, bp(15_000)},
		{100_000_000_000, 100_000_000_000, bp(10_000)}, {900_000_000_000_000, 900_000_000_000_001, bp(10_000)},
		{1_000_000_000_000, 1, nil},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, ratio(tt.part, tt.all)); diff != "" {
			t.Errorf("%d of %d:\n%s", tt.part, tt.all, diff)
		}
	}
}

func TestFiguresFollowFromTheFinances(t *testing.T) {
	tests := []struct {
		name  string
		f     *saakornv1.ReportedFinances
		filed *registry.Accounts
		want  Figures
	}{
		{"nothing reported", nil, nil, Figures{Model: NoSales, Source: FromTyped}},
		{
			"a third is earned", &saakornv1.ReportedFinances{
				Income:           earned(private, 200, nav, 50, municipal, 50, thisGrant, 450, subsidy, 100, foundation, 50),
				OperatingCostOre: ore(kroner(870)), LargestPayerOre: ore(kroner(450)), BankOre: ore(kroner(210)),
				CurrentAssetsOre: ore(kroner(300)), CurrentLiabilitiesOre: ore(kroner(200)), EquityOre: ore(kroner(-50)),
				TotalAssetsOre: ore(kroner(400)), OwnFundsOre: ore(kroner(87)), Months: 12,
			}, nil,
			Figures{
				RevenueOre: kroner(900), EarnedShare: bp(3333), EarnedSharePrivate: bp(2222), GrantDependence: bp(5000),
				PublicDependence: bp(7222), Concentration: bp(5000), OperatingMargin: bp(333), MarginExGrant: bp(-9333),
				LiquidityRatio: bp(15_000), EquityRatio: bp(-1250), OwnContribution: bp(1000),
				// 210 over (870 - 450) / 12 a month.
				CashMonthsTenths: bp(60), Model: Customers, Source: FromTyped,
			},
		},
		{
			"income covers the costs without the grant", &saakornv1.ReportedFinances{
				Income: earned(municipal, 500, thisGrant, 100), OperatingCostOre: ore(kroner(500)), BankOre: ore(0), Months: 6, Audited: true,
			}, nil,
			Figures{
				RevenueOre: kroner(600), EarnedShare: bp(8333), EarnedSharePrivate: bp(0), GrantDependence: bp(1667), PublicDependence: bp(10_000),
				OperatingMargin: bp(1667), MarginExGrant: bp(0), IncomeCovers: true, Model: PublicPayers, Source: FromAudited,
			},
		},
		{
			"the register's balance comes first", &saakornv1.ReportedFinances{
				Income: earned(thisGrant, 100), OperatingCostOre: ore(kroner(100)), BankOre: ore(kroner(10)), Months: 10,
				EquityOre: ore(kroner(1)), TotalAssetsOre: ore(kroner(2)),
			}, &registry.Accounts{Currency: "NOK", BankOre: ore(kroner(20)), EquityOre: ore(kroner(1)), TotalAssetsOre: ore(kroner(4))},
			Figures{
				RevenueOre: kroner(100), EarnedShare: bp(0), EarnedSharePrivate: bp(0), GrantDependence: bp(10_000), PublicDependence: bp(10_000),
				OperatingMargin: bp(0), EquityRatio: bp(2500), CashMonthsTenths: bp(20), Model: NoSales, Source: FromRegistry,
			},
		},
		{
			"accounts in another currency are left alone", &saakornv1.ReportedFinances{EquityOre: ore(1), TotalAssetsOre: ore(2)},
			&registry.Accounts{Currency: "EUR", EquityOre: ore(3), TotalAssetsOre: ore(4)},
			Figures{EquityRatio: bp(5000), Model: NoSales, Source: FromTyped},
		},
		{
			"a tiny shortfall is no century", &saakornv1.ReportedFinances{
				Income: earned(private, 100), OperatingCostOre: ore(kroner(100) + 1), BankOre: ore(kroner(1_000_000)), Months: 12,
			}, nil,
			Figures{
				RevenueOre: kroner(100), EarnedShare: bp(10_000), EarnedSharePrivate: bp(10_000), GrantDependence: bp(0), PublicDependence: bp(0),
				OperatingMargin: bp(-1), MarginExGrant: bp(-1), CashMonthsTenths: bp(longestRunway), Model: Customers, Source: FromTyped,
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, Work(tt.f, tt.filed)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReportedFiguresAreHeldAgainstTheRegister(t *testing.T) {
	f := &saakornv1.ReportedFinances{Income: earned(private, 102, foundation, 0), OperatingCostOre: ore(kroner(98)), EquityOre: ore(0), BankOre: ore(5)}
	filed := registry.Accounts{RevenueOre: ore(kroner(100)), OperatingCostOre: ore(kroner(101)), EquityOre: ore(0)}
	got := Compare(f, filed, 2)
	want := []Difference{{"finances.operating_cost_ore", kroner(98), kroner(101)}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestUnspentIsNeverLessThanNothing(t *testing.T) {
	if got := Unspent(100, 130); got != 0 {
		t.Errorf("%d left of a grant that was overspent", got)
	}
	if got := Unspent(100, 70); got != 30 {
		t.Errorf("%d left, want 30", got)
	}
}

func TestProjectCostIsKnownWhenALineIs(t *testing.T) {
	content := &saakornv1.ReportContent{Costs: []*saakornv1.ReportedCost{{LineKey: "a"}, {LineKey: "b", ActualOre: proto.Int64(7)}}}
	if cost, known := ProjectCost(content); cost != 7 || !known {
		t.Errorf("%d, %v", cost, known)
	}
	if _, known := ProjectCost(&saakornv1.ReportContent{Costs: content.GetCosts()[:1]}); known {
		t.Error("a cost is known that nobody wrote")
	}
}
