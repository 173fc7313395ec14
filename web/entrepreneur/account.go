package entrepreneur

import (
	"slices"
	"strings"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// accountForm is the page with the accounts that an enterprise is paid to.
type accountForm struct {
	*paper

	enterprise *saakornv1.Enterprise
	accounts   []*saakornv1.PayeeAccount
	editor     bool
}

// accountIn returns the account in the state, nil when there is none.
func accountIn(accounts []*saakornv1.PayeeAccount, state saakornv1.PayeeAccountState) *saakornv1.PayeeAccount {
	i := slices.IndexFunc(accounts, func(a *saakornv1.PayeeAccount) bool { return a.GetState() == state })
	if i < 0 {
		return nil
	}
	return accounts[i]
}

// accountNeeded tells whether the enterprise has neither an account nor one that waits to be confirmed.
func accountNeeded(accounts []*saakornv1.PayeeAccount) bool {
	return accountIn(accounts, saakornv1.PayeeAccountState_PAYEE_ACCOUNT_STATE_CONFIRMED) == nil &&
		accountIn(accounts, saakornv1.PayeeAccountState_PAYEE_ACCOUNT_STATE_PROPOSED) == nil
}

func (f *accountForm) confirmed() *saakornv1.PayeeAccount {
	return accountIn(f.accounts, saakornv1.PayeeAccountState_PAYEE_ACCOUNT_STATE_CONFIRMED)
}

func (f *accountForm) proposed() *saakornv1.PayeeAccount {
	return accountIn(f.accounts, saakornv1.PayeeAccountState_PAYEE_ACCOUNT_STATE_PROPOSED)
}

// refusal returns why the account that was proposed last was refused; nil when it was not.
func (f *accountForm) refusal() *saakornv1.PayeeAccount {
	if len(f.accounts) > 0 && f.accounts[0].GetState() == saakornv1.PayeeAccountState_PAYEE_ACCOUNT_STATE_REFUSED {
		return f.accounts[0]
	}
	return nil
}

func (f *accountForm) path() string { return "/enterprises/" + f.enterprise.GetId() }

func openAccounts(v *site.Visit) (*accountForm, error) {
	id, err := v.ID("enterprise")
	if err != nil {
		return nil, err
	}
	accounts, err := v.API.Accounts.ListPayeeAccounts(v.Context(), &saakornv1.ListPayeeAccountsRequest{EnterpriseId: id})
	if err != nil {
		return nil, err
	}
	got, err := v.API.Enterprises.GetEnterprise(v.Context(), &saakornv1.GetEnterpriseRequest{EnterpriseId: id})
	if err != nil {
		return nil, err
	}
	f := &accountForm{enterprise: got.GetEnterprise(), accounts: accounts.GetAccounts()}
	f.paper = newPaper(v, map[string]string{"number": v.Page.T("award.number"), "reason": v.Page.T("account.reason")})
	f.editor, err = mayEdit(v, id)
	return f, err
}

func showAccounts(v *site.Visit) error {
	f, err := openAccounts(v)
	if err != nil {
		return err
	}
	return v.Show(accountPage(v.Page, f))
}

// proposeAccount proposes another account, which somebody in the directorate confirms.
func proposeAccount(v *site.Visit) error {
	f, err := openAccounts(v)
	if err != nil {
		return err
	}
	_, err = v.API.Accounts.ProposePayeeAccount(v.Context(), &saakornv1.ProposePayeeAccountRequest{
		RequestId: v.RequestID(), EnterpriseId: f.enterprise.GetId(), Number: f.typed["number"], Reason: f.typed["reason"],
	})
	if err == nil {
		return v.GoWith(f.path()+"/account", "account_proposed")
	}
	if !f.refused(v, err, nil) {
		return err
	}
	return v.ShowInvalid(accountPage(v.Page, f))
}

// waits says that an account waits to be confirmed, and where money goes until then.
func (f *accountForm) waits(p ui.Page, a *saakornv1.PayeeAccount) string {
	said := p.T("account.waits", "digits", lastDigits(a), "date", p.StampDay(a.GetProposedAt()))
	if f.confirmed() == nil {
		return said + " " + p.T("account.nothing_before")
	}
	return said + " " + p.T("account.until_then", "digits", lastDigits(f.confirmed()))
}

// lastDigits returns the digits that are shown of an account.
func lastDigits(a *saakornv1.PayeeAccount) string { return strings.TrimLeft(a.GetNumber(), "*") }

func accountTone(s saakornv1.PayeeAccountState) ui.Tone {
	switch s {
	case saakornv1.PayeeAccountState_PAYEE_ACCOUNT_STATE_CONFIRMED:
		return ui.Success
	case saakornv1.PayeeAccountState_PAYEE_ACCOUNT_STATE_PROPOSED:
		return ui.Warning
	default:
		return ui.Neutral
	}
}
