package entrepreneur

import (
	"google.golang.org/grpc/codes"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// measureView is a measure against an award, with what the enterprise can do about it.
type measureView struct {
	*paper
	*relation

	grant   *saakornv1.Award
	measure *saakornv1.Measure
}

func openMeasure(v *site.Visit, awardID, measureID string) (*measureView, error) {
	got, err := v.API.Grants.GetAward(v.Context(), &saakornv1.GetAwardRequest{AwardId: awardID})
	if err != nil {
		return nil, err
	}
	list, err := v.API.Measures.ListMeasures(v.Context(), &saakornv1.ListMeasuresRequest{AwardId: awardID})
	if err != nil {
		return nil, err
	}
	for _, m := range list.GetMeasures() {
		if m.GetId() != measureID {
			continue
		}
		r, err := loadRelation(v, got.GetAward().GetLifecycleId())
		if err != nil {
			return nil, err
		}
		labels := map[string]string{
			"comments": v.Page.T("measure.comments"), "change_wanted": v.Page.T("measure.change_wanted"), "grounds": v.Page.T("measure.appeal_grounds"),
		}
		return &measureView{paper: newPaper(v, labels), relation: r, grant: got.GetAward(), measure: m}, nil
	}
	return nil, notFound()
}

// measureAt returns the measure that the address names.
func measureAt(v *site.Visit) (*measureView, error) {
	award, err := v.ID("award")
	if err != nil {
		return nil, err
	}
	measure, err := v.ID("measure")
	if err != nil {
		return nil, err
	}
	return openMeasure(v, award, measure)
}

func (m *measureView) here() string {
	return "/awards/" + m.grant.GetId() + "/measures/" + m.measure.GetId()
}

// heard tells whether the enterprise can still say what it thinks: until it has been decided.
func (m *measureView) heard() bool {
	return m.measure.GetState() == saakornv1.MeasureState_MEASURE_STATE_NOTIFIED
}

func (m *measureView) decided() bool { return m.measure.GetDecidedAt() != nil }

// appealStands says what has become of the newest appeal.
func (m *measureView) appealStands(p ui.Page) string {
	a := m.measure.GetAppeal()
	switch {
	case a.GetOutcome() != saakornv1.AppealOutcome_APPEAL_OUTCOME_UNSPECIFIED:
		return p.T("appeal_outcome." + a.GetOutcome().String())
	case a.GetDisposition() != saakornv1.AppealDisposition_APPEAL_DISPOSITION_UNSPECIFIED:
		return p.T("appeal_disposition." + a.GetDisposition().String())
	}
	return p.T("appeal.considered")
}

func showMeasure(v *site.Visit) error {
	m, err := measureAt(v)
	if err != nil {
		return err
	}
	return v.Show(measurePage(v.Page, m))
}

// commentOnMeasure says what the enterprise thinks of what is being considered (fvl. § 16).
func commentOnMeasure(v *site.Visit) error {
	m, err := measureAt(v)
	if err != nil {
		return err
	}
	_, err = v.API.Measures.CommentOnMeasure(v.Context(), &saakornv1.CommentOnMeasureRequest{
		RequestId: v.RequestID(), MeasureId: m.measure.GetId(), Comments: m.typed["comments"],
	})
	return m.done(v, err, "measure_commented")
}

// appealMeasure appeals the decision (fvl. § 28).
func appealMeasure(v *site.Visit) error {
	m, err := measureAt(v)
	if err != nil {
		return err
	}
	_, err = v.API.Measures.AppealMeasure(v.Context(), &saakornv1.AppealMeasureRequest{
		RequestId: v.RequestID(), MeasureId: m.measure.GetId(), Grounds: m.typed["grounds"], ChangeWanted: m.typed["change_wanted"],
	})
	return m.done(v, err, "appealed")
}

// done shows the measure again: with a notice, or with what was refused.
func (m *measureView) done(v *site.Visit, err error, notice string) error {
	switch {
	case err == nil:
		return v.GoWith(m.here(), notice)
	case !m.refused(v, err, nil):
		return err
	}
	return v.ShowInvalid(measurePage(v.Page, m))
}

// claimView is money that is claimed back, with why.
type claimView struct {
	*relation

	claim      *saakornv1.Claim
	measure    *saakornv1.Measure
	settlement *saakornv1.Settlement
}

func showClaim(v *site.Visit) error {
	r, err := openRelation(v)
	if err != nil {
		return err
	}
	id, err := v.ID("claim")
	if err != nil {
		return err
	}
	got, err := v.API.Recovery.GetClaim(v.Context(), &saakornv1.GetClaimRequest{ClaimId: id})
	if err != nil {
		return err
	}
	c := &claimView{relation: r, claim: got.GetClaim()}
	if c.award(c.claim.GetAwardId()) == nil {
		return notFound()
	}
	if err := c.explain(v); err != nil {
		return err
	}
	return v.Show(claimPage(v.Page, c))
}

// explain finds the decision or the settlement that the claim rests on.
func (c *claimView) explain(v *site.Visit) error {
	if id := c.claim.GetMeasureId(); id != "" {
		list, err := v.API.Measures.ListMeasures(v.Context(), &saakornv1.ListMeasuresRequest{AwardId: c.claim.GetAwardId()})
		for _, m := range list.GetMeasures() {
			if m.GetId() == id {
				c.measure = m
			}
		}
		return err
	}
	got, err := v.API.Recovery.GetSettlement(v.Context(), &saakornv1.GetSettlementRequest{AwardId: c.claim.GetAwardId()})
	if site.ProblemOf(err).Code == codes.NotFound {
		return nil
	}
	c.settlement = got.GetSettlement()
	return err
}

func (c *claimView) leftOre() int64 { return max(c.claim.GetAmountOre()-c.claim.GetRepaidOre(), 0) }

func (c *claimView) open() bool { return c.claim.GetSettledAt() == nil && c.claim.GetAmountOre() > 0 }

// partState says what has become of a part of the claim.
func partState(p ui.Page, part *saakornv1.ClaimPart) string {
	switch part.GetPaidOre() {
	case part.GetAmountOre():
		return p.T("own_claim.part_paid")
	case 0:
		return p.T("own_claim.part_open")
	}
	return p.T("own_claim.part_some", "amount", p.Kroner(part.GetPaidOre()))
}
