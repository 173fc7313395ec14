package insight_test

import (
	"context"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"saakorn/deploy/embedded/embeddedtest"
	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework/caseworktest"
	"saakorn/services/grant/granttest"
	"saakorn/services/insight"
	"saakorn/services/installation/installationtest"
	"saakorn/services/platform/calendar"
)

func TestMain(m *testing.M) { os.Exit(embeddedtest.Main(m)) }

func expect(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestContinuationsAreForecastForAsLongAsTheCapAllows(t *testing.T) {
	groups := []insight.Group{{YearNumber: 0, Enterprises: 1, AmountOre: 5}, {YearNumber: 1, Enterprises: 2, AmountOre: 200}, {YearNumber: 4, Enterprises: 3, AmountOre: 1000}, {YearNumber: 5, Enterprises: 4, AmountOre: 9000}}
	want := map[int]insight.Forecast{
		2020: {Enterprises: 6, AmountOre: 1205}, 2021: {Enterprises: 3, AmountOre: 205}, 2022: {Enterprises: 3, AmountOre: 205},
		2023: {Enterprises: 3, AmountOre: 205}, 2024: {Enterprises: 1, AmountOre: 5},
	}
	expect(t, "forecasts", want, insight.Forecasts(2019, 2024, 5, groups))
}

// house is a round in which one enterprise has accepted its award and one has not.
type house struct {
	*granttest.House
	*testing.T
	accepted, offered *saakornv1.Award
}

func newHouse(t *testing.T) house {
	h := house{House: granttest.Open(t), T: t}
	awards := h.Offer(t, 2, "Møte i juni.")
	h.accepted, h.offered = awards[0], awards[1]
	h.Accept(t, 1, h.accepted.GetId())
	return h
}

func (h house) manager() context.Context {
	return h.API.As(h.Context(), installationtest.Manager)
}

func TestThePortfolioSaysWhoIsInWhichYear(t *testing.T) {
	h := newHouse(t)
	one := int32(1)
	list := func(r *saakornv1.ListPortfolioRequest) *saakornv1.ListPortfolioResponse {
		r.SchemeId, r.GrantYear = granttest.SchemeID, 2019
		answer, err := h.Portfolio.ListPortfolio(h.manager(), r)
		must(t, err)
		return answer
	}
	first := list(&saakornv1.ListPortfolioRequest{YearNumber: &one, PageSize: 1})
	second := list(&saakornv1.ListPortfolioRequest{YearNumber: &one, PageSize: 1, PageToken: first.GetNextPageToken()})
	expect(t, "pages", []any{1, 1, ""}, []any{len(first.GetItems()), len(second.GetItems()), second.GetNextPageToken()})
	x := first.GetItems()[0]
	expect(t, "item", []any{h.accepted.GetLifecycleId(), int32(1), int32(5), int64(caseworktest.AmountOre)},
		[]any{x.GetLifecycleId(), x.GetYearNumber(), x.GetMaxYears(), x.GetAmountOre()})
	two := int32(2)
	expect(t, "in year 2", 0, len(list(&saakornv1.ListPortfolioRequest{YearNumber: &two}).GetItems()))
	offered := list(&saakornv1.ListPortfolioRequest{States: []saakornv1.AwardState{saakornv1.AwardState_AWARD_STATE_OFFERED}}).GetItems()
	expect(t, "offered", []any{1, h.offered.GetId()}, []any{len(offered), offered[0].GetAwardId()})

	counts, err := h.Portfolio.CountPortfolio(h.manager(), &saakornv1.CountPortfolioRequest{SchemeId: granttest.SchemeID, GrantYear: 2019})
	must(t, err)
	got := map[string]int32{}
	for _, c := range counts.GetCounts() {
		got[c.GetAwardState().String()] += c.GetAwards()
	}
	expect(t, "counts", map[string]int32{"AWARD_STATE_OFFERED": 1, "AWARD_STATE_ACCEPTED": 1}, got)
}

func TestTheOutlookSaysWhatTheFramesWillBear(t *testing.T) {
	h := newHouse(t)
	answer, err := h.Portfolio.GetBudgetOutlook(h.manager(), &saakornv1.GetBudgetOutlookRequest{SchemeId: granttest.SchemeID, FromYear: 2019})
	must(t, err)
	const two = int64(2 * caseworktest.AmountOre)
	years := answer.GetYears()
	expect(t, "years", 5, len(years))
	expect(t, "this year", []int64{two, years[0].GetFrameOre() - two, 0}, []int64{years[0].GetBoundOre(), years[0].GetFreeOre(), years[0].GetForecastContinuationOre()})
	expect(t, "next year", []any{two, int32(2)}, []any{years[1].GetForecastContinuationOre(), years[1].GetForecastEnterprises()})
	if years[0].PaidOre != nil {
		t.Error("what nobody keeps is said to be paid")
	}
}

func TestWhatIsDueIsListedByDate(t *testing.T) {
	h := newHouse(t)
	by, err := calendar.Parse(h.offered.GetAcceptBy())
	must(t, err)
	c := h.Award(t, h.accepted.GetId()).GetConditions()[0]
	officer := h.API.As(t.Context(), installationtest.CaseOfficer)
	_, err = h.Grants.ScheduleCondition(officer, &saakornv1.ScheduleConditionRequest{RequestId: uuid.NewString(), ConditionId: c.GetId(), Etag: c.GetEtag(), DueOn: by.AddDays(1).String()})
	must(t, err)
	_, err = h.Tasks.CreateTask(officer, &saakornv1.CreateTaskRequest{RequestId: uuid.NewString(), LifecycleId: h.accepted.GetLifecycleId(), Text: "Ring.", Role: saakornv1.Role_ROLE_CASE_OFFICER, DueOn: by.String()})
	must(t, err)
	var got []string
	token := ""
	for {
		answer, err := h.Portfolio.ListDue(h.manager(), &saakornv1.ListDueRequest{SchemeId: granttest.SchemeID, FromOn: by.String(), UntilOn: by.AddDays(30).String(), PageSize: 1, PageToken: token})
		must(t, err)
		for _, x := range answer.GetItems() {
			got = append(got, x.GetDueOn()+" "+x.GetKind())
		}
		if token = answer.GetNextPageToken(); token == "" {
			break
		}
	}
	expect(t, "due", []string{by.String() + " ACCEPTANCE", by.String() + " TASK", by.AddDays(1).String() + " CONDITION"}, got)
}

func TestWhoIsAtRiskIsListedWithEveryReason(t *testing.T) {
	h := newHouse(t)
	risk := func() []*saakornv1.RiskItem {
		answer, err := h.Portfolio.ListAtRisk(h.manager(), &saakornv1.ListAtRiskRequest{SchemeId: granttest.SchemeID})
		must(t, err)
		return answer.GetItems()
	}
	expect(t, "at risk", 0, len(risk()))
	_, err := h.API.Installation.Pool.Exec(t.Context(), `UPDATE enterprise SET bankrupt = true WHERE id = $1`, h.accepted.GetEnterpriseId())
	must(t, err)
	_, err = h.Measures.ProposeMeasure(h.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.ProposeMeasureRequest{
		RequestId: uuid.NewString(), AwardId: h.accepted.GetId(), Kind: saakornv1.MeasureKind_MEASURE_KIND_STOP, Grounds: "Konkurs.",
	})
	must(t, err)
	got := risk()
	expect(t, "at risk", []any{1, h.accepted.GetLifecycleId(), []string{"BANKRUPT", "MEASURE_OPEN"}}, []any{len(got), got[0].GetLifecycleId(), got[0].GetReasons()})
}

func TestLeadTimesAreThoseOfTheCases(t *testing.T) {
	h := newHouse(t)
	answer, err := h.Portfolio.GetLeadTimes(h.manager(), &saakornv1.GetLeadTimesRequest{SchemeId: granttest.SchemeID, FromYear: 2018, UntilYear: 2020})
	must(t, err)
	y := answer.GetYears()
	if len(y) != 1 || y[0].GetGrantYear() != 2019 {
		t.Fatalf("years: %v", y)
	}
	expect(t, "cases and acceptances", []int32{2, 1}, []int32{y[0].GetCloseToDecision().GetN(), y[0].GetOfferToAcceptance().GetN()})
	if d := y[0].GetCloseToDecision().GetMedianDays(); d <= 0 || d > 1 {
		t.Errorf("decisions took %v days, want minutes", d)
	}
	if y[0].GetAcceptanceToPayment() != nil {
		t.Error("payments that nobody keeps took some time")
	}
	_, err = h.Portfolio.GetLeadTimes(h.manager(), &saakornv1.GetLeadTimesRequest{SchemeId: granttest.SchemeID, FromYear: 2020, UntilYear: 2019})
	installationtest.WantInvalid(t, err, "until_year NOT_A_PERIOD")
}
