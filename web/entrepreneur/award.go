package entrepreneur

import (
	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// awardView is an award with everything that the enterprise needs to know of it.
type awardView struct {
	award      *saakornv1.Award
	lifecycle  *saakornv1.Lifecycle
	conditions []*saakornv1.AwardCondition
	plan       *saakornv1.GetPaymentPlanResponse
	accounts   []*saakornv1.PayeeAccount
	scheme     *saakornv1.Scheme
	reports    []reportCard
	typed      map[string]string
	errors     ui.Errors
}

func loadAward(v *site.Visit) (*awardView, error) {
	id, err := v.ID("award")
	if err != nil {
		return nil, err
	}
	got, err := v.API.Grants.GetAward(v.Context(), &saakornv1.GetAwardRequest{AwardId: id})
	if err != nil {
		return nil, err
	}
	a := &awardView{award: got.GetAward(), conditions: got.GetConditions(), typed: map[string]string{}}
	lifecycle, err := v.API.Grants.GetLifecycle(v.Context(), &saakornv1.GetLifecycleRequest{LifecycleId: a.award.GetLifecycleId()})
	if err != nil {
		return nil, err
	}
	scheme, err := v.API.Schemes.GetScheme(v.Context(), &saakornv1.GetSchemeRequest{SchemeId: a.award.GetSchemeId(), Version: a.award.GetSchemeVersion()})
	if err != nil {
		return nil, err
	}
	accounts, err := v.API.Accounts.ListPayeeAccounts(v.Context(), &saakornv1.ListPayeeAccountsRequest{EnterpriseId: a.award.GetEnterpriseId()})
	if err != nil {
		return nil, err
	}
	a.plan, err = v.API.Payments.GetPaymentPlan(v.Context(), &saakornv1.GetPaymentPlanRequest{AwardId: id})
	if err != nil {
		return nil, err
	}
	reports, err := v.API.Reports.ListReports(v.Context(), &saakornv1.ListReportsRequest{AwardId: id, PageSize: 100})
	if err != nil {
		return nil, err
	}
	if a.reports, err = cards(v, reports.GetReports()); err != nil {
		return nil, err
	}
	a.lifecycle, a.scheme, a.accounts = lifecycle.GetLifecycle(), scheme.GetScheme(), accounts.GetAccounts()
	return a, nil
}

func (a *awardView) path() string { return "/awards/" + a.award.GetId() }

func (a *awardView) title(p ui.Page) string {
	return p.T("award.title", "year", itoa(int(a.award.GetGrantYear())))
}

// year says which of the years that the scheme allows this is; empty when it does not count.
func (a *awardView) year(p ui.Page) string {
	if a.award.GetYearNumber() == 0 {
		return ""
	}
	return p.T("award.year_of", "n", itoa(int(a.award.GetYearNumber())), "max", itoa(int(a.lifecycle.GetMaxYears())))
}

func (a *awardView) offered() bool {
	return a.award.GetState() == saakornv1.AwardState_AWARD_STATE_OFFERED
}

// account returns the account that payments go to, or the one that waits to be confirmed, or the one that
// was refused last; nil when none was ever named.
func (a *awardView) account() *saakornv1.PayeeAccount {
	for _, state := range []saakornv1.PayeeAccountState{
		saakornv1.PayeeAccountState_PAYEE_ACCOUNT_STATE_CONFIRMED, saakornv1.PayeeAccountState_PAYEE_ACCOUNT_STATE_PROPOSED,
	} {
		if account := accountIn(a.accounts, state); account != nil {
			return account
		}
	}
	if len(a.accounts) > 0 {
		return a.accounts[0]
	}
	return nil
}

func (a *awardView) instalmentTitle(p ui.Page, i *saakornv1.Instalment) string {
	for _, rule := range a.scheme.GetPayment().GetInstalments() {
		if rule.GetKey() == i.GetKey() {
			return site.In(p.Language, rule.GetTitle())
		}
	}
	return itoa(int(i.GetOrdinal()))
}

// paid returns when the bank booked the instalment; empty while it has not.
func paid(i *saakornv1.Instalment) string {
	for _, payment := range i.GetPayments() {
		if payment.GetState() == saakornv1.PaymentState_PAYMENT_STATE_PAID {
			return payment.GetBookedOn()
		}
	}
	return ""
}

// waits returns what the instalment still waits for.
func waits(p ui.Page, i *saakornv1.Instalment) []string {
	var texts []string
	for _, gate := range i.GetGates() {
		if !gate.GetMet() {
			texts = append(texts, p.Or("gate."+gate.GetGate(), "gate.other"))
		}
	}
	return texts
}

func awardTone(s saakornv1.AwardState) ui.Tone {
	switch s {
	case saakornv1.AwardState_AWARD_STATE_OFFERED:
		return ui.Warning
	case saakornv1.AwardState_AWARD_STATE_ACCEPTED, saakornv1.AwardState_AWARD_STATE_CLOSED:
		return ui.Success
	default:
		return ui.Neutral
	}
}

func showAward(v *site.Visit) error {
	a, err := loadAward(v)
	if err != nil {
		return err
	}
	return v.Show(awardPage(v.Page, a))
}

// acceptAward accepts the terms, with the account when one is asked for: both are done, or neither.
func acceptAward(v *site.Visit) error {
	a, err := loadAward(v)
	if err != nil {
		return err
	}
	a.typed["number"] = v.Value("number")
	if accountNeeded(a.accounts) && a.typed["number"] == "" {
		a.errors = a.errors.With("number", v.Page.T("violation.NOT_ELEVEN_DIGITS.number"))
	}
	if v.Value("confirm") != yes {
		a.errors = a.errors.With("confirm", v.Page.T("award.confirm_error"))
	}
	if len(a.errors) > 0 {
		return v.ShowInvalid(awardPage(v.Page, a))
	}
	_, err = v.API.Grants.AcceptAward(v.Context(), &saakornv1.AcceptAwardRequest{
		RequestId: v.RequestID(), AwardId: a.award.GetId(), Etag: v.Value("etag"), AccountNumber: a.typed["number"],
	})
	if err != nil {
		return a.refused(v, err)
	}
	return v.GoWith(a.path(), "award_accepted")
}

// refused shows the award again with what was refused and what was typed.
func (a *awardView) refused(v *site.Visit, err error) error {
	errs, ok := site.FormErrors(v.Page.Printer, err, map[string]string{"account_number": "number"})
	if !ok {
		errs, ok = site.Refused(v.Page.Printer, err)
	}
	if !ok {
		return err
	}
	a.errors = errs
	return v.ShowInvalid(awardPage(v.Page, a))
}

func showDecline(v *site.Visit) error {
	a, err := loadAward(v)
	if err != nil {
		return err
	}
	if !a.offered() {
		return v.Go(a.path())
	}
	return v.Show(declinePage(v.Page, a))
}

func declineAward(v *site.Visit) error {
	a, err := loadAward(v)
	if err != nil {
		return err
	}
	a.typed["reason"] = v.Value("reason")
	_, err = v.API.Grants.DeclineAward(v.Context(), &saakornv1.DeclineAwardRequest{
		RequestId: v.RequestID(), AwardId: a.award.GetId(), Etag: v.Value("etag"), Reason: a.typed["reason"],
	})
	if err == nil {
		return v.GoWith(a.path(), "award_declined")
	}
	errs, ok := site.FormErrors(v.Page.Printer, err, map[string]string{"reason": "reason"})
	if !ok {
		errs, ok = site.Refused(v.Page.Printer, err)
	}
	if !ok {
		return err
	}
	a.errors = errs
	return v.ShowInvalid(declinePage(v.Page, a))
}
