package caseworker

import (
	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
)

// register is the accounts that wait for somebody to confirm them.
type register struct {
	sheet

	accounts []*saakornv1.PayeeAccount
	names    map[string]string
	next     string
}

func openAccounts(v *site.Visit) (*register, error) {
	v.Page.Staff = true
	answer, err := v.API.Accounts.ListProposedAccounts(v.Context(), &saakornv1.ListProposedAccountsRequest{PageSize: onScreen, PageToken: v.Value("page")})
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, a := range answer.GetAccounts() {
		ids = append(ids, a.GetEnterpriseId())
	}
	names, err := enterpriseNames(v, ids)
	if err != nil {
		return nil, err
	}
	return &register{sheet{Page: v.Page}, answer.GetAccounts(), names, answer.GetNextPageToken()}, nil
}

func showAccounts(v *site.Visit) error {
	r, err := openAccounts(v)
	if err != nil {
		return err
	}
	return v.Show(accountsPage(r))
}

// confirms tells whether the reader may confirm the account: nobody confirms what they proposed.
func (r *register) confirms(a *saakornv1.PayeeAccount) bool {
	return r.Person.Has(saakornv1.Role_ROLE_CASE_OFFICER) && a.GetProposedBy() != r.Person.ID
}

// confirmAccount confirms an account with what shows that it is the enterprise's own.
func confirmAccount(v *site.Visit) error {
	id, err := v.ID("account")
	if err != nil {
		return err
	}
	_, err = v.API.Accounts.ConfirmPayeeAccount(v.Context(), &saakornv1.ConfirmPayeeAccountRequest{
		RequestId: v.RequestID(), AccountId: id, Etag: v.Value("etag"), Number: v.Value("number"), Evidence: v.Value("evidence"),
	})
	if err == nil {
		return v.GoWith("/accounts", "account_confirmed")
	}
	return accountsAgain(v, id+"/confirm", err)
}

// refuseAccount refuses an account.
func refuseAccount(v *site.Visit) error {
	id, err := v.ID("account")
	if err != nil {
		return err
	}
	_, err = v.API.Accounts.RefusePayeeAccount(v.Context(), &saakornv1.RefusePayeeAccountRequest{
		RequestId: v.RequestID(), AccountId: id, Etag: v.Value("etag"), Reason: v.Value("reason"),
	})
	if err == nil {
		return v.GoWith("/accounts", "account_refused")
	}
	return accountsAgain(v, id+"/refuse", err)
}

// accountsAgain shows the list again with what is wrong.
func accountsAgain(v *site.Visit, form string, err error) error {
	s, ok := refusedForm(v, form, map[string]string{"number": "number", "evidence": "evidence", "reason": "reason"}, err)
	if !ok {
		return err
	}
	r, failed := openAccounts(v)
	if failed != nil {
		return err // what was refused says more
	}
	s.Page = v.Page
	r.sheet = s
	return v.ShowInvalid(accountsPage(r))
}
