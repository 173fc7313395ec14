package payment_test

import (
	"slices"
	"testing"

	"github.com/google/uuid"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/installation/installationtest"
	"saakorn/services/payment/paymenttest"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/procedure"
	"saakorn/services/reporting/reportingtest"
)

// waiting returns what the n-th instalment waits for.
func waiting(t testing.TB, a *paymenttest.Award, n int) []string {
	t.Helper()
	list := []string{}
	for _, g := range a.Plan(t).GetInstalments()[n-1].GetGates() {
		if !g.GetMet() {
			list = append(list, g.GetGate()+" "+g.GetReason())
		}
	}
	return list
}

// woken tells whether the procedure of the award's money has been told to look since it last did.
func woken(t testing.TB, a *paymenttest.Award) bool {
	t.Helper()
	return a.House.API.Count(t, `SELECT count(*) FROM procedure WHERE kind = $1 AND subject_id = $2 AND wanted > seen`, string(procedure.Payment), a.ID) == 1
}

func TestAnInstalmentIsReleasedByTheApprovalOfItsReport(t *testing.T) {
	a := accepted(t)
	a.Pay(t, 1)
	a.Drive(t)
	r := a.Reports()
	r.Plan(t)
	interim := r.Deliver(t, "interim_status", nil)
	r.Review(t, interim.GetId(), nil)
	a.Drive(t)
	expect(t, "waits for", []string{"INTERIM_REPORT_APPROVED "}, waiting(t, a, 2))
	expect(t, "tasks about money", false, slices.Contains(a.Tasks(t), "PREPARE_PAYMENT"))
	expect(t, "told to look while nothing has changed", false, woken(t, a))

	must(t, r.Approve(t, installationtest.DecisionMaker, interim.GetId()))
	expect(t, "told to look in the same transaction", true, woken(t, a))
	a.Drive(t)
	expect(t, "waits for", []string{}, waiting(t, a, 2))
	expect(t, "somebody is asked to prepare the payment", true, slices.Contains(a.Tasks(t), "PREPARE_PAYMENT"))
	a.Pay(t, 2)
	a.House.Prove(t)
}

func TestAReportThatIsAskedForNoMoreHoldsNothing(t *testing.T) {
	a := accepted(t)
	a.Pay(t, 1)
	r := a.Reports()
	r.Plan(t)
	waive(t, r, "interim_status")
	expect(t, "told to look", true, woken(t, a))
	a.Drive(t)
	expect(t, "waits for", []string{}, waiting(t, a, 2))
}

func waive(t testing.TB, r *reportingtest.Award, key string) {
	t.Helper()
	report := r.Find(t, key)
	_, err := r.Reports.WaiveReport(r.API.As(t.Context(), installationtest.DecisionMaker), &saakornv1.WaiveReportRequest{
		RequestId: uuid.NewString(), ReportId: report.GetId(), Etag: report.GetEtag(), Reason: "Tilskuddet ble akseptert etter fristen.",
	})
	must(t, err)
}

func TestNothingIsPaidWhileAReportIsOverdue(t *testing.T) {
	a := accepted(t)
	a.Reports().Plan(t)
	h := a.House
	h.API.MoveClock(t, calendar.Date{Year: 2019, Month: 9, Day: 3}.At(10, 0))
	expect(t, "waits for", []string{"REPORTS_DELIVERED OVERDUE"}, waiting(t, a, 1))
	_, err := a.Prepare(t.Context(), t, 1)
	expect(t, "refused because", "OVERDUE", installationtest.Refused(t, err).Facts["REPORTS_DELIVERED"])
	a.Drive(t)
	a.Reports().Deliver(t, "interim_status", nil)
	expect(t, "told to look when it comes", true, woken(t, a))
	expect(t, "waits for", []string{}, waiting(t, a, 1))
}

func TestAnExtraReportCanHoldThePayment(t *testing.T) {
	a := accepted(t)
	r := a.Reports()
	added, err := r.Reports.AddReport(r.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.AddReportRequest{
		RequestId: uuid.NewString(), AwardId: a.ID.String(), Title: "Om lokalene", DueOn: "2019-02-15", HoldsPayment: true, Reason: "Vi vil se leieavtalen.",
	})
	must(t, err)
	expect(t, "waits for", []string{"REPORTS_DELIVERED NOT_APPROVED"}, waiting(t, a, 1))
	r.Settle(t, r.Deliver(t, added.GetReport().GetReportKey(), nil))
	expect(t, "waits for", []string{}, waiting(t, a, 1))
}

// The report on one award tells how long the money lasts until the next one is paid (R71).
func TestAReportWarnsOfAShortRunway(t *testing.T) {
	a := accepted(t)
	r := a.Reports()
	r.Plan(t)
	a.Pay(t, 1)
	a.House.API.MoveClock(t, calendar.Date{Year: 2019, Month: 9, Day: 2}.At(10, 0))
	next := a.Again(t, 600_000_00, 2020).Accept(t)
	next.Drive(t)
	expect(t, "warned before anything is reported", (*saakornv1.RunwayWarning)(nil).GetLastsUntil(), next.Plan(t).GetRunwayWarning().GetLastsUntil())
	report := r.Find(t, "interim_status")
	content := reportingtest.Complete(report.GetContent())
	content.Finances.BankOre = new(int64(20_000_00))
	r.Submit(t, r.Save(t, report, content))
	expect(t, "the next award is told to look", true, woken(t, next))
	next.Drive(t)
	expect(t, "the money lasts until", "2019-09-11", next.Plan(t).GetRunwayWarning().GetLastsUntil())
	expect(t, "an officer is told", true, slices.Contains(next.Tasks(t), "RUNWAY_SHORT"))
	// What the enterprise says later counts instead.
	_, err := r.API.Payments.RecordRunway(r.API.As(t.Context(), a.Person), &saakornv1.RecordRunwayRequest{
		RequestId: uuid.NewString(), EnterpriseId: a.EnterpriseID.String(), LastsUntil: "2020-06-30",
	})
	must(t, err)
	expect(t, "warned of", "", next.Plan(t).GetRunwayWarning().GetLastsUntil())
}
