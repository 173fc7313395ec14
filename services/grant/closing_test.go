package grant_test

import (
	"testing"

	"github.com/google/uuid"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework/caseworktest"
	"saakorn/services/grant/granttest"
	"saakorn/services/payment/paymenttest"
	"saakorn/services/reporting/reportingtest"
)

// closable is an accepted award of which nothing has been paid or reported.
type closable struct {
	house
	*reportingtest.Award
}

func newClosable(t *testing.T) closable {
	t.Helper()
	h := granttest.Open(t)
	return closable{house{h, t}, reportingtest.Take(t, h, 1, h.Offer(t, 1)[0])}
}

// waiveAll asks no more for the award's reports.
func (c closable) waiveAll() {
	c.Helper()
	for _, r := range c.Plan(c) {
		_, err := c.Reports.WaiveReport(c.as(decider), &saakornv1.WaiveReportRequest{
			RequestId: uuid.NewString(), ReportId: r.GetId(), Etag: r.GetEtag(), Reason: "Virksomheten er lagt ned.",
		})
		must(c, err)
	}
}

func (c closable) left() []string {
	c.Helper()
	return c.house.Award(c, c.ID.String()).GetLeftBeforeClosing()
}

func (c closable) close() {
	c.Helper()
	_, err := c.Grants.CloseAward(c.as(officer), &saakornv1.CloseAwardRequest{
		RequestId: uuid.NewString(), AwardId: c.ID.String(), Etag: c.house.Award(c, c.ID.String()).GetAward().GetEtag(),
	})
	must(c, err)
	expect(c, "state", saakornv1.AwardState_AWARD_STATE_CLOSED, c.house.Award(c, c.ID.String()).GetAward().GetState())
}

func TestAnAwardWhoseReportsAreAskedForNoMoreIsClosedWhenItsMoneyIsSettled(t *testing.T) {
	c := newClosable(t)
	expect(t, "left", []string{"FINAL_REPORT", "MONEY"}, c.left())
	c.waiveAll()
	expect(t, "left when the reports are waived", []string{"MONEY"}, c.left())
	settled, err := c.house.API.Recoveries.SettleFunds(c.as(officer), &saakornv1.SettleFundsRequest{
		RequestId: uuid.NewString(), AwardId: c.ID.String(), UsedOre: 0, Basis: "Ingenting er utbetalt.",
	})
	must(t, err)
	_, err = c.house.API.Recoveries.ConfirmSettlement(c.as(newOfficer), &saakornv1.ConfirmSettlementRequest{
		RequestId: uuid.NewString(), SettlementId: settled.GetSettlement().GetId(), Etag: settled.GetSettlement().GetEtag(),
	})
	must(t, err)
	expect(t, "left when the money is settled", []string(nil), c.left())
	c.close()
}

// An award that is stopped before anybody has planned its reports has none, and is closed all the same.
func TestAnAwardThatIsStoppedBeforeItsReportsArePlannedIsClosed(t *testing.T) {
	c := newClosable(t)
	a := c.house.Award(t, c.ID.String()).GetAward()
	c.decided(a, saakornv1.MeasureKind_MEASURE_KIND_STOP, 0)
	expect(t, "left", []string{"FINAL_REPORT"}, c.left())
	c.waiveAll()
	expect(t, "left when the reports are waived", []string(nil), c.left())
	c.close()
}

// What is claimed back by a decision that an appeal undoes is claimed no more.
func TestAnAppealOfARecoveryThatIsGrantedCancelsTheClaim(t *testing.T) {
	h := newHouse(t)
	a := h.accepted()
	money := &paymenttest.Award{
		House: &paymenttest.House{Round: h.Round}, ID: uuid.MustParse(a.GetId()), LifecycleID: uuid.MustParse(a.GetLifecycleId()),
		ApplicationID: uuid.MustParse(a.GetApplicationId()), EnterpriseID: uuid.MustParse(a.GetEnterpriseId()), Person: caseworktest.Applicant(1),
	}
	money.Account(t, paymenttest.Numbers(0))
	money.Drive(t)
	money.Pay(t, 1)
	m := h.decided(a, recovery, amount/4)
	expect(t, "claimed", amount/4, money.Balances(t)["CLAIMED"])
	granted := saakornv1.AppealDisposition_APPEAL_DISPOSITION_GRANTED
	m = h.appealed(m, granted)
	expect(t, "claimed while the appeal is considered", amount/4, money.Balances(t)["CLAIMED"])
	_, err := h.decideAppeal(m, decider2, granted, "")
	must(t, err)
	expect(t, "claimed when it has been granted", int64(0), money.Balances(t)["CLAIMED"])
	money.House.Prove(t)
}
