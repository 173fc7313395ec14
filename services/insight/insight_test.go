package insight_test

import (
	"context"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"saakorn/deploy/embedded/embeddedtest"
	saakornv1 "saakorn/proto/gen/saakorn/v1"
	writing "saakorn/services/application/fictional"
	"saakorn/services/casework/caseworktest"
	"saakorn/services/grant/granttest"
	"saakorn/services/insight"
	"saakorn/services/installation/installationtest"
	"saakorn/services/payment/paymenttest"
	"saakorn/services/platform/calendar"
	"saakorn/services/reporting/reportingtest"
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
	expect(t, "paid", int64(0), years[0].GetPaidOre())
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
		t.Error("payments that have not been made took some time")
	}
	_, err = h.Portfolio.GetLeadTimes(h.manager(), &saakornv1.GetLeadTimesRequest{SchemeId: granttest.SchemeID, FromYear: 2020, UntilYear: 2019})
	installationtest.WantInvalid(t, err, "until_year NOT_A_PERIOD")
}

func TestTimelinesHoldEveryYearWithItsReasons(t *testing.T) {
	h := newHouse(t)
	list := func(r *saakornv1.ListTimelinesRequest) []*saakornv1.Timeline {
		r.SchemeId = granttest.SchemeID
		answer, err := h.Portfolio.ListTimelines(h.manager(), r)
		must(t, err)
		return answer.GetTimelines()
	}
	all := list(&saakornv1.ListTimelinesRequest{})
	expect(t, "enterprises", 2, len(all))
	y := all[0].GetYears()
	expect(t, "years", []any{1, int32(2019), int64(caseworktest.AmountOre), int64(0)}, []any{len(y), y[0].GetGrantYear(), y[0].GetAmountOre(), y[0].GetPaidOre()})
	accepted := list(&saakornv1.ListTimelinesRequest{GrantYear: 2019, AwardState: saakornv1.AwardState_AWARD_STATE_ACCEPTED})
	expect(t, "accepted", []any{1, h.accepted.GetLifecycleId()}, []any{len(accepted), accepted[0].GetLifecycleId()})
	expect(t, "of another year", 0, len(list(&saakornv1.ListTimelinesRequest{GrantYear: 2020})))
	expect(t, "at risk", 0, len(list(&saakornv1.ListTimelinesRequest{AtRisk: true})))
	_, err := h.API.Installation.Pool.Exec(t.Context(), `INSERT INTO signal (id, lifecycle_id, enterprise_id, scheme_id, kind, basis, raised_at)
		VALUES (gen_random_uuid(), $1, $2, $3, 'RUNWAY', 'x', now())`, h.accepted.GetLifecycleId(), h.accepted.GetEnterpriseId(), granttest.SchemeID)
	must(t, err)
	risky := list(&saakornv1.ListTimelinesRequest{AtRisk: true})
	expect(t, "at risk", []any{1, []string{"RUNWAY"}}, []any{len(risky), risky[0].GetReasons()})
	atRisk, err := h.Portfolio.ListAtRisk(h.manager(), &saakornv1.ListAtRiskRequest{SchemeId: granttest.SchemeID})
	must(t, err)
	expect(t, "the list of who is at risk", []string{"RUNWAY"}, atRisk.GetItems()[0].GetReasons())
	place := risky[0].GetMunicipalityNumber()
	for _, there := range list(&saakornv1.ListTimelinesRequest{Place: place[:2]}) {
		expect(t, "county", place[:2], there.GetMunicipalityNumber()[:2])
	}
}

func TestTheFunnelCountsTheCasesThatItLists(t *testing.T) {
	h := newHouse(t)
	funnel, err := h.Portfolio.GetFunnel(h.manager(), &saakornv1.GetFunnelRequest{SchemeId: granttest.SchemeID, FromYear: 2019, UntilYear: 2019})
	must(t, err)
	var got [8]int32
	for _, y := range funnel.GetYears() {
		for i, n := range []int32{y.GetReceived(), y.GetComplete(), y.GetAssessed(), y.GetRecommended(), y.GetAwarded(), y.GetAccepted(), y.GetReported(), y.GetClosed()} {
			got[i] += n
		}
	}
	expect(t, "funnel", [8]int32{2, 2, 2, 2, 2, 1, 0, 0}, got)
	for i, want := range got {
		answer, err := h.Portfolio.ListCourses(h.manager(), &saakornv1.ListCoursesRequest{SchemeId: granttest.SchemeID, GrantYear: 2019, Stage: saakornv1.FunnelStage(i + 1)})
		must(t, err)
		expect(t, saakornv1.FunnelStage(i+1).String(), int(want), len(answer.GetCourses()))
	}
	places, err := h.Portfolio.GetPlaces(h.manager(), &saakornv1.GetPlacesRequest{SchemeId: granttest.SchemeID, GrantYear: 2019})
	must(t, err)
	var awards int32
	for _, p := range places.GetPlaces() {
		awards += p.GetAwards()
	}
	expect(t, "awards of all places", int32(2), awards)
}

func TestWhatIsPaidIsCountedInYearsAndTimes(t *testing.T) {
	h := paymenttest.Open(t)
	a := h.Offer(t, 1, 500_000_00)
	a.Accept(t)
	a.Account(t, paymenttest.Numbers(0))
	paid := a.Pay(t, 1).GetAmountOre()
	portfolio := saakornv1.NewPortfolioServiceClient(h.API.Connection)
	ctx := h.API.As(t.Context(), installationtest.Manager)
	answer, err := portfolio.ListTimelines(ctx, &saakornv1.ListTimelinesRequest{SchemeId: granttest.SchemeID})
	must(t, err)
	y := answer.GetTimelines()[0].GetYears()[0]
	expect(t, "paid of the award", paid, y.GetPaidOre())
	outlook, err := portfolio.GetBudgetOutlook(ctx, &saakornv1.GetBudgetOutlookRequest{SchemeId: granttest.SchemeID, FromYear: y.GetGrantYear()})
	must(t, err)
	expect(t, "paid of the year", paid, outlook.GetYears()[0].GetPaidOre())
}

func TestAGroupOfFewEnterprisesHasNoFigures(t *testing.T) {
	a := reportingtest.Accept(t)
	a.Plan(t)
	r := a.Deliver(t, "final_report", writing.PDF("annual_accounts"))
	_, err := a.API.Installation.Pool.Exec(t.Context(), `UPDATE report_figures SET approved = true, kind = 'FINAL'`)
	must(t, err)
	portfolio := saakornv1.NewPortfolioServiceClient(a.API.Connection)
	ctx := a.API.As(t.Context(), installationtest.Manager)
	year := int32(a.Year)
	results, err := portfolio.GetResults(ctx, &saakornv1.GetResultsRequest{SchemeId: granttest.SchemeID, FromYear: year, UntilYear: year})
	must(t, err)
	g := results.GetGroups()
	if len(g) != 1 || g[0].N != nil || g[0].EarnedShareBp != nil || len(g[0].GetIndicators()) != 0 {
		t.Errorf("groups of one: %v", g)
	}
	rows, err := portfolio.ListResults(ctx, &saakornv1.ListResultsRequest{SchemeId: granttest.SchemeID, GrantYear: year})
	must(t, err)
	expect(t, "rows", []any{1, r.GetId()}, []any{len(rows.GetRows()), rows.GetRows()[0].GetReportId()})
	for _, i := range rows.GetRows()[0].GetIndicators() {
		if i.GetKey() == "participants" {
			t.Error("an indicator of the enterprise's own is among those of the scheme")
		}
		if n := i.GetSum(); n > 0 && n < 5 {
			t.Errorf("%s tells of %d persons", i.GetKey(), n)
		}
	}
}
