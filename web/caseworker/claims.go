package caseworker

import (
	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// claimRoutes are the page of what an enterprise is to pay back, and its forms.
func claimRoutes() []site.Route {
	const l = "POST /lifecycles/{lifecycle}/claims/"
	page, at := again(claimsWith), laneAt("claims")
	return []site.Route{
		{Pattern: "GET /lifecycles/{lifecycle}/claims", Show: func(v *site.Visit) error { return claimsWith(v, sheet{}) }},
		{Pattern: l + "{subject}/parts", Show: page.does(at, "parts_agreed", map[string]string{"parts": "parts", "first_due_on": "first_due_on"}, agreeParts)},
		{Pattern: l + "{subject}/repayment", Show: page.does(at, "repayment_recorded", map[string]string{"amount_ore": "amount", "booked_on": "booked_on", "note": "note"}, recordRepayment)},
		{Pattern: l + "awards/{subject}/settle", Show: page.does(at, "funds_settled", map[string]string{"used_ore": "used", "basis": "basis"}, settleFunds)},
		{Pattern: l + "settlements/{subject}/confirm", Show: page.does(at, "settlement_confirmed", nil, confirmSettlement)},
	}
}

// claimList are the claims on every enterprise.
type claimList struct {
	hub

	claims []*saakornv1.Claim
	names  map[string]string
}

func claimFilters() []string { return []string{"open", "all"} }

func showClaims(v *site.Visit) error {
	l := &claimList{hub: openHub(v, "claims", v.Value("show"))}
	if l.filter == "" {
		l.filter = claimFilters()[0]
	}
	answer, err := v.API.Recovery.ListClaims(v.Context(), &saakornv1.ListClaimsRequest{OpenOnly: l.filter == "open", PageSize: onScreen, PageToken: v.Value("page")})
	if err != nil {
		return err
	}
	l.claims, l.next = answer.GetClaims(), answer.GetNextPageToken()
	var ids []string
	for _, c := range l.claims {
		ids = append(ids, c.GetEnterpriseId())
	}
	if l.names, err = enterpriseNames(v, ids); err != nil {
		return err
	}
	return v.Show(claimsPage(l))
}

// showClaim leads to the claim among those of its lifecycle.
func showClaim(v *site.Visit) error {
	id, err := v.ID("claim")
	if err != nil {
		return err
	}
	claim, err := v.API.Recovery.GetClaim(v.Context(), &saakornv1.GetClaimRequest{ClaimId: id})
	if err != nil {
		return err
	}
	award, err := v.API.Grants.GetAward(v.Context(), &saakornv1.GetAwardRequest{AwardId: claim.GetClaim().GetAwardId()})
	if err != nil {
		return err
	}
	return v.Go(laneAddress(award.GetAward().GetLifecycleId(), "claims") + "#claim-" + id)
}

// owed is what an enterprise is to pay back, and what it has used of its awards.
type owed struct {
	*lane

	scheme      *saakornv1.Scheme
	claims      []*saakornv1.Claim
	settlements map[string]*saakornv1.Settlement
}

func claimsWith(v *site.Visit, s sheet) error {
	l, err := openLane(v, "claims", s)
	if err != nil {
		return err
	}
	o := &owed{lane: l, settlements: map[string]*saakornv1.Settlement{}}
	const most = 200
	all, err := site.All(most, func(token string) ([]*saakornv1.Claim, string, error) {
		page, err := v.API.Recovery.ListClaims(v.Context(), &saakornv1.ListClaimsRequest{EnterpriseId: l.GetLifecycle().GetEnterpriseId(), PageSize: most, PageToken: token})
		return page.GetClaims(), page.GetNextPageToken(), err
	})
	if err != nil {
		return err
	}
	version := ""
	for _, a := range l.GetAwards() {
		version = a.GetSchemeVersion()
		for _, c := range all {
			if c.GetAwardId() == a.GetId() {
				o.claims = append(o.claims, c)
			}
		}
		if a.GetAcceptedAt() == nil {
			continue
		}
		answer, err := v.API.Recovery.GetSettlement(v.Context(), &saakornv1.GetSettlementRequest{AwardId: a.GetId()})
		if err != nil && !missing(err) {
			return err
		}
		o.settlements[a.GetId()] = answer.GetSettlement()
	}
	if o.scheme, err = (schemes{}).read(v, l.GetLifecycle().GetSchemeId(), version); err != nil {
		return err
	}
	return shown(v, s, owedPage(o))
}

func (o *owed) approver() bool { return o.Person.Has(saakornv1.Role_ROLE_PAYMENT_APPROVER) }

// confirms tells whether the reader may confirm the settlement: nobody does who prepared it.
func (o *owed) confirms(s *saakornv1.Settlement) bool {
	return (o.officer() || o.approver()) && s != nil && s.GetConfirmedAt() == nil && s.GetPreparedBy() != o.Person.ID
}

// settles tells whether the reader may say what was used of the award.
func (o *owed) settles(a *saakornv1.Award) bool {
	return o.officer() && a.GetAcceptedAt() != nil && a.GetClosedAt() == nil && o.settlements[a.GetId()].GetConfirmedAt() == nil
}

// accepted are the awards that money may have been paid of, the newest first.
func (o *owed) accepted() []*saakornv1.Award {
	var list []*saakornv1.Award
	for _, a := range o.GetAwards() {
		if a.GetAcceptedAt() != nil {
			list = append([]*saakornv1.Award{a}, list...)
		}
	}
	return list
}

// yearOf is the grant year of the award that the claim is about.
func (o *owed) yearOf(c *saakornv1.Claim) string {
	for _, a := range o.GetAwards() {
		if a.GetId() == c.GetAwardId() {
			return yearText(a.GetGrantYear())
		}
	}
	return ""
}

func outstanding(c *saakornv1.Claim) int64 { return c.GetAmountOre() - c.GetRepaidOre() }

// claimState says where the claim stands.
func claimState(p ui.Page, c *saakornv1.Claim) (text string, tone ui.Tone) {
	switch {
	case c.GetSettledAt() != nil:
		return p.T("claims.settled"), ui.Success
	case c.GetOverdueOre() > 0:
		return p.T("claims.overdue"), ui.Danger
	default:
		return p.T("claims.open"), ui.Warning
	}
}

// claimBasis says what the claim rests on.
func claimBasis(p ui.Page, c *saakornv1.Claim) string {
	if c.GetMeasureId() == "" {
		return p.T("claims.unused")
	}
	return p.T("claims.decision")
}

// agreeParts lets what is left of a claim be paid in parts.
func agreeParts(v *site.Visit) error {
	id, err := v.ID("subject")
	if err != nil {
		return err
	}
	n, ok := site.Number(v.Value("parts"))
	const most = 1000
	if !ok || n > most {
		n = 0 // the API says what it has to be
	}
	_, err = v.API.Recovery.AgreeParts(v.Context(), &saakornv1.AgreePartsRequest{
		RequestId: v.RequestID(), ClaimId: id, Etag: v.Value("etag"), Parts: int32(n), FirstDueOn: v.Value("first_due_on"),
	})
	return err
}

// recordRepayment records money that came without a file from the bank.
func recordRepayment(v *site.Visit) error {
	id, err := v.ID("subject")
	if err != nil {
		return err
	}
	ore, err := amountIn(v, "amount")
	if err != nil {
		return err
	}
	_, err = v.API.Recovery.RecordRepayment(v.Context(), &saakornv1.RecordRepaymentRequest{
		RequestId: v.RequestID(), ClaimId: id, Etag: v.Value("etag"), AmountOre: ore, BookedOn: v.Value("booked_on"), Note: v.Value("note"),
	})
	return err
}

// settleFunds says what was used of an award.
func settleFunds(v *site.Visit) error {
	id, err := v.ID("subject")
	if err != nil {
		return err
	}
	if v.Value("used") == "" {
		return noAmountError{"used"}
	}
	ore, err := amountIn(v, "used")
	if err != nil {
		return err
	}
	_, err = v.API.Recovery.SettleFunds(v.Context(), &saakornv1.SettleFundsRequest{RequestId: v.RequestID(), AwardId: id, UsedOre: ore, Basis: v.Value("basis")})
	return err
}

// confirmSettlement confirms what was used; the rest is claimed back.
func confirmSettlement(v *site.Visit) error {
	id, err := v.ID("subject")
	if err != nil {
		return err
	}
	_, err = v.API.Recovery.ConfirmSettlement(v.Context(), &saakornv1.ConfirmSettlementRequest{RequestId: v.RequestID(), SettlementId: id, Etag: v.Value("etag")})
	return err
}

func unusedText(o *owed, s *saakornv1.Settlement) string {
	if s.GetConfirmedAt() == nil {
		return ""
	}
	return o.Kroner(s.GetUnusedOre())
}

func usedText(o *owed, s *saakornv1.Settlement) string {
	if s == nil {
		return ""
	}
	return o.Amount(s.GetUsedOre())
}

// numbered makes a field for a small number.
func numbered(f ui.Field) ui.Field {
	f.Numeric = true
	return f
}

// claimsToSetOff returns the unpaid claims on the enterprise of the award, where the scheme sets claims off.
func claimsToSetOff(v *site.Visit, a *saakornv1.Award) ([]*saakornv1.Claim, error) {
	s, err := schemes{}.read(v, a.GetSchemeId(), a.GetSchemeVersion())
	if err != nil || !s.GetPayment().GetRecoverySetOff() {
		return nil, err
	}
	const most = 200
	answer, err := v.API.Recovery.ListClaims(v.Context(), &saakornv1.ListClaimsRequest{EnterpriseId: a.GetEnterpriseId(), OpenOnly: true, PageSize: most})
	return answer.GetClaims(), err
}

// chooseClaim is a field for the claim that is set off.
func (m *money) chooseClaim(form string) ui.Field {
	f := m.field(form, "claim", m.T("money.set_off_claim"), "")
	f.Choices = []ui.Choice{{Label: m.T("money.set_off_none"), Chosen: f.Value == ""}}
	for _, c := range m.claims {
		label := m.Kroner(outstanding(c)) + ", " + m.StampDay(c.GetIssuedAt())
		f.Choices = append(f.Choices, ui.Choice{Value: c.GetId(), Label: label, Chosen: f.Value == c.GetId()})
	}
	return f
}
