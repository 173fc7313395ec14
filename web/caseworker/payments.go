package caseworker

import (
	"net/url"
	"slices"
	"strings"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// till is a list of payments.
type till struct {
	sheet

	state    saakornv1.PaymentState
	payments []*saakornv1.Payment
	next     string
	// names are those of the enterprises that are paid, by identifier.
	names map[string]string
}

// money is where the kroner of one award are, and what its instalments wait for.
type money struct {
	sheet
	*saakornv1.GetPaymentPlanResponse

	award *saakornv1.Award
	name  string
	// claims are those that can be set off against a payment.
	claims []*saakornv1.Claim
}

// paymentRoutes are the pages about money.
func paymentRoutes() []site.Route {
	return []site.Route{
		{Pattern: "GET /payments", Show: showPayments},
		{Pattern: "POST /payments/approve", Show: approvePayments},
		{Pattern: "GET /awards/{award}/payments", Show: showMoney},
		{Pattern: "POST /awards/{award}/payments/{subject}/prepare", Show: onMoney("payment_prepared", map[string]string{"set_off_ore": "set_off", "claim_id": "claim"}, preparePayment)},
		{Pattern: "POST /awards/{award}/payments/{subject}/cancel", Show: onMoney("payment_cancelled", map[string]string{"reason": "reason"}, cancelPayment)},
		{Pattern: "GET /accounts", Show: showAccounts},
		{Pattern: "POST /accounts/{account}/confirm", Show: confirmAccount},
		{Pattern: "POST /accounts/{account}/refuse", Show: refuseAccount},
	}
}

// paymentStates are the states of payments that somebody looks for, in the order in which they pass.
func paymentStates() []saakornv1.PaymentState {
	return []saakornv1.PaymentState{
		saakornv1.PaymentState_PAYMENT_STATE_PREPARED, saakornv1.PaymentState_PAYMENT_STATE_APPROVED, saakornv1.PaymentState_PAYMENT_STATE_SENT,
		saakornv1.PaymentState_PAYMENT_STATE_PAID, saakornv1.PaymentState_PAYMENT_STATE_REJECTED, saakornv1.PaymentState_PAYMENT_STATE_RETURNED,
		saakornv1.PaymentState_PAYMENT_STATE_CANCELLED,
	}
}

func openTill(v *site.Visit) (*till, error) {
	v.Page.Staff = true
	t := &till{sheet: sheet{Page: v.Page}, state: saakornv1.PaymentState(saakornv1.PaymentState_value[v.Value("state")])}
	answer, err := v.API.Payments.ListPayments(v.Context(), &saakornv1.ListPaymentsRequest{State: t.state, PageSize: onScreen, PageToken: v.Value("page")})
	if err != nil {
		return nil, err
	}
	t.payments, t.next = answer.GetPayments(), answer.GetNextPageToken()
	var ids []string
	for _, p := range t.payments {
		ids = append(ids, p.GetEnterpriseId())
	}
	t.names, err = enterpriseNames(v, ids)
	return t, err
}

// enterpriseNames returns the names of the enterprises, each asked for once.
func enterpriseNames(v *site.Visit, ids []string) (map[string]string, error) {
	names := map[string]string{}
	for _, id := range ids {
		if _, known := names[id]; known {
			continue
		}
		answer, err := v.API.Enterprises.GetEnterprise(v.Context(), &saakornv1.GetEnterpriseRequest{EnterpriseId: id})
		if err != nil {
			return nil, err
		}
		names[id] = answer.GetEnterprise().GetName()
	}
	return names, nil
}

func showPayments(v *site.Visit) error {
	t, err := openTill(v)
	if err != nil {
		return err
	}
	return v.Show(paymentsPage(t))
}

func (t *till) address(state, page string) string {
	q := url.Values{}
	if state != "" {
		q.Set("state", state)
	}
	if page != "" {
		q.Set("page", page)
	}
	return "/payments?" + q.Encode()
}

// approves tells whether the reader may approve the payment: nobody does who has prepared it or has
// approved it before.
func (t *till) approves(p *saakornv1.Payment) bool {
	return t.Person.Has(saakornv1.Role_ROLE_PAYMENT_APPROVER) && p.GetState() == saakornv1.PaymentState_PAYMENT_STATE_PREPARED &&
		p.GetPreparedBy() != t.Person.ID && p.GetFirstApprovedBy() != t.Person.ID
}

// approvers names those who have approved the payment, in order.
func approvers(p *saakornv1.Payment) string {
	names := []string{p.GetFirstApprovedByName(), p.GetApprovedByName()}
	return strings.Join(slices.DeleteFunc(names, func(name string) bool { return name == "" }), ", ")
}

func (t *till) anyToApprove() bool {
	return slices.ContainsFunc(t.payments, t.approves)
}

// approvePayments approves each of the chosen payments. Those that cannot be are named; the others are
// approved all the same.
func approvePayments(v *site.Visit) error {
	var errs ui.Errors
	chosen := v.Values("payment")
	for _, c := range chosen {
		id, etag, _ := strings.Cut(c, " ")
		_, err := v.API.Payments.ApprovePayment(v.Context(), &saakornv1.ApprovePaymentRequest{RequestId: site.NewRequestID(), PaymentId: id, Etag: etag})
		if err == nil {
			continue
		}
		why, ok := site.Refused(v.Page.Printer, err)
		if !ok && site.ProblemOf(err).Stale() {
			why, ok = why.With("", v.Page.T("payments.changed")), true
		}
		if !ok {
			return err
		}
		for _, w := range why {
			errs = append(errs, ui.FieldError{ID: "payment-" + id, Text: w.Text})
		}
	}
	if len(chosen) == 0 {
		errs = errs.With("", v.Page.T("payments.choose"))
	}
	if len(errs) == 0 {
		return v.GoWith("/payments?state=PAYMENT_STATE_PREPARED", "payments_approved")
	}
	t, err := openTill(v)
	if err != nil {
		return err
	}
	t.errs = errs
	return v.ShowInvalid(paymentsPage(t))
}

func openMoney(v *site.Visit) (*money, error) {
	id, err := v.ID("award")
	if err != nil {
		return nil, err
	}
	v.Page.Staff = true
	award, err := v.API.Grants.GetAward(v.Context(), &saakornv1.GetAwardRequest{AwardId: id})
	if err != nil {
		return nil, err
	}
	plan, err := v.API.Payments.GetPaymentPlan(v.Context(), &saakornv1.GetPaymentPlanRequest{AwardId: id})
	if err != nil {
		return nil, err
	}
	names, err := enterpriseNames(v, []string{award.GetAward().GetEnterpriseId()})
	if err != nil {
		return nil, err
	}
	claims, err := claimsToSetOff(v, award.GetAward())
	if err != nil {
		return nil, err
	}
	return &money{sheet{Page: v.Page}, plan, award.GetAward(), names[award.GetAward().GetEnterpriseId()], claims}, nil
}

func showMoney(v *site.Visit) error {
	m, err := openMoney(v)
	if err != nil {
		return err
	}
	return v.Show(moneyPage(m))
}

func (m *money) path() string { return "/awards/" + m.award.GetId() + "/payments" }

func (m *money) officer() bool { return m.Person.Has(saakornv1.Role_ROLE_CASE_OFFICER) }

// ready tells whether nothing stands in the way of paying the instalment. One that has failed or was
// taken back is tried again.
func ready(i *saakornv1.Instalment) bool {
	for _, g := range i.GetGates() {
		if !g.GetMet() {
			return false
		}
	}
	if len(i.GetPayments()) == 0 {
		return true
	}
	over := []saakornv1.PaymentState{
		saakornv1.PaymentState_PAYMENT_STATE_REJECTED, saakornv1.PaymentState_PAYMENT_STATE_RETURNED, saakornv1.PaymentState_PAYMENT_STATE_CANCELLED,
	}
	return slices.Contains(over, i.GetPayments()[0].GetState())
}

// withdrawable tells whether the payment can still be taken back.
func withdrawable(p *saakornv1.Payment) bool {
	return p.GetState() == saakornv1.PaymentState_PAYMENT_STATE_PREPARED || p.GetState() == saakornv1.PaymentState_PAYMENT_STATE_APPROVED
}

// onMoney does what a form on the page of an award's money asks for.
func onMoney(notice string, fields map[string]string, do func(v *site.Visit, subject string) error) site.Handler {
	return func(v *site.Visit) error {
		award, err := v.ID("award")
		if err != nil {
			return err
		}
		subject, err := v.ID("subject")
		if err != nil {
			return err
		}
		path := "/awards/" + award + "/payments"
		if err = do(v, subject); err == nil {
			return v.GoWith(path, notice)
		}
		s, ok := refusedForm(v, strings.TrimPrefix(v.Request.URL.Path, path+"/"), fields, err)
		if !ok {
			return err
		}
		m, failed := openMoney(v)
		if failed != nil {
			return err // what was refused says more
		}
		s.Page = v.Page
		m.sheet = s
		return v.ShowInvalid(moneyPage(m))
	}
}

// preparePayment prepares the payment of an instalment, of which a claim may be set off.
func preparePayment(v *site.Visit, id string) error {
	ore, err := amountIn(v, "set_off")
	if err != nil {
		return err
	}
	_, err = v.API.Payments.PreparePayment(v.Context(), &saakornv1.PreparePaymentRequest{
		RequestId: v.RequestID(), InstalmentId: id, SetOffOre: ore, ClaimId: v.Value("claim"),
	})
	return err
}

// cancelPayment takes back a payment that has not been sent.
func cancelPayment(v *site.Visit, id string) error {
	_, err := v.API.Payments.CancelPayment(v.Context(), &saakornv1.CancelPaymentRequest{
		RequestId: v.RequestID(), PaymentId: id, Etag: v.Value("etag"), Reason: v.Value("reason"),
	})
	return err
}

func paymentTone(s saakornv1.PaymentState) ui.Tone {
	switch s {
	case saakornv1.PaymentState_PAYMENT_STATE_PREPARED:
		return ui.Warning
	case saakornv1.PaymentState_PAYMENT_STATE_PAID:
		return ui.Success
	case saakornv1.PaymentState_PAYMENT_STATE_REJECTED, saakornv1.PaymentState_PAYMENT_STATE_RETURNED:
		return ui.Danger
	case saakornv1.PaymentState_PAYMENT_STATE_CANCELLED:
		return ui.Neutral
	default:
		return ui.Info
	}
}
