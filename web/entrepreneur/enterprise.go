package entrepreneur

import (
	"strings"

	"google.golang.org/grpc/codes"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

func showEnterprises(v *site.Visit) error {
	list, err := v.API.Enterprises.ListEnterprises(v.Context(), &saakornv1.ListEnterprisesRequest{PageSize: 200})
	if err != nil {
		return err
	}
	return v.Show(enterprisesPage(v.Page, list.GetEnterprises()))
}

// registration is the page on which an enterprise is looked up and registered.
type registration struct {
	number string
	facts  *saakornv1.RegistryFacts
	errors ui.Errors
}

// showRegister looks an enterprise up when a number is given, so that people see what is known of it
// before they register it.
func showRegister(v *site.Visit) error {
	r := registration{number: v.Value("number")}
	if r.number == "" {
		return v.Show(registerPage(v.Page, r))
	}
	answer, err := v.API.Enterprises.LookUpEnterprise(v.Context(), &saakornv1.LookUpEnterpriseRequest{OrganizationNumber: r.number})
	if r.errors = registerErrors(v, err); len(r.errors) > 0 {
		return v.ShowInvalid(registerPage(v.Page, r))
	}
	if err != nil {
		return err
	}
	if id := answer.GetEnterpriseId(); id != "" {
		return v.Go("/enterprises/" + id)
	}
	r.facts = answer.GetFacts()
	return v.Show(registerPage(v.Page, r))
}

// registerErrors words why a number was refused: every fault in it is one of the number.
func registerErrors(v *site.Visit, err error) ui.Errors {
	if err == nil {
		return nil
	}
	p := site.ProblemOf(err)
	if p.Code == codes.NotFound {
		return ui.Errors{{ID: "number", Text: v.Page.T("register.not_found")}}
	}
	if len(p.Violations) > 0 {
		return ui.Errors{{ID: "number", Text: v.Page.T("violation.NOT_NINE_DIGITS")}}
	}
	errs, _ := site.Refused(v.Page.Printer, err)
	return errs
}

func register(v *site.Visit) error {
	r := registration{number: v.Value("number")}
	answer, err := v.API.Enterprises.RegisterEnterprise(v.Context(), &saakornv1.RegisterEnterpriseRequest{RequestId: v.RequestID(), OrganizationNumber: r.number})
	if r.errors = registerErrors(v, err); len(r.errors) > 0 {
		return v.ShowInvalid(registerPage(v.Page, r))
	}
	if err != nil {
		return err
	}
	return v.GoWith("/enterprises/"+answer.GetEnterprise().GetId(), "registered")
}

// enterpriseForm is the page of one enterprise.
type enterpriseForm struct {
	enterprise *saakornv1.Enterprise
	members    []*saakornv1.Member
	own        saakornv1.MemberRight
	contacts   *saakornv1.ContactList
	typed      values
	errors     ui.Errors
}

func loadEnterprise(v *site.Visit) (*enterpriseForm, error) {
	id, err := v.ID("enterprise")
	if err != nil {
		return nil, err
	}
	got, err := v.API.Enterprises.GetEnterprise(v.Context(), &saakornv1.GetEnterpriseRequest{EnterpriseId: id})
	if err != nil {
		return nil, err
	}
	members, err := v.API.Enterprises.ListMembers(v.Context(), &saakornv1.ListMembersRequest{EnterpriseId: id})
	if err != nil {
		return nil, err
	}
	contacts, err := v.API.Correspondence.GetContacts(v.Context(), &saakornv1.GetContactsRequest{EnterpriseId: id})
	if err != nil {
		return nil, err
	}
	f := &enterpriseForm{enterprise: got.GetEnterprise(), members: members.GetMembers(), contacts: contacts.GetContacts(), typed: values{}}
	for _, m := range f.members {
		if m.GetPersonId() == v.Person().ID {
			f.own = m.GetRight()
		}
	}
	f.typed["single_contact_reason"], f.typed["handover_note"] = f.contacts.GetSingleContactReason(), f.contacts.GetHandoverNote()
	for i, c := range f.contacts.GetContacts() {
		f.typed.set("contacts", i, "name", c.GetName(), "email", c.GetEmail(), "phone", c.GetPhone(), "role", c.GetRole())
	}
	return f, nil
}

func (f *enterpriseForm) administrator() bool {
	return f.own == saakornv1.MemberRight_MEMBER_RIGHT_ADMINISTRATOR
}

func (f *enterpriseForm) editor() bool {
	return f.administrator() || f.own == saakornv1.MemberRight_MEMBER_RIGHT_EDITOR
}

func (f *enterpriseForm) path() string { return "/enterprises/" + f.enterprise.GetId() }

func showEnterprise(v *site.Visit) error {
	f, err := loadEnterprise(v)
	if err != nil {
		return err
	}
	return v.Show(enterprisePage(v.Page, f))
}

// refused shows the page again with what was refused, or returns the error when it is about something
// else.
func (f *enterpriseForm) refused(v *site.Visit, err error, ids map[string]string) error {
	errs, ok := site.FormErrors(v.Page.Printer, err, ids)
	if !ok {
		errs, ok = site.Refused(v.Page.Printer, err)
	}
	if !ok {
		return err
	}
	f.errors = errs
	return v.ShowInvalid(enterprisePage(v.Page, f))
}

func addMember(v *site.Visit) error {
	f, err := loadEnterprise(v)
	if err != nil {
		return err
	}
	_, err = v.API.Enterprises.AddMember(v.Context(), &saakornv1.AddMemberRequest{
		RequestId: v.RequestID(), EnterpriseId: f.enterprise.GetId(), PersonId: v.Value("person_id"),
		Right: saakornv1.MemberRight(saakornv1.MemberRight_value[v.Value("right")]),
	})
	if err != nil {
		return f.refused(v, err, map[string]string{"person_id": "person_id", "right": "right"})
	}
	return v.GoWith(f.path(), "member_added")
}

func removeMember(v *site.Visit) error {
	f, err := loadEnterprise(v)
	if err != nil {
		return err
	}
	_, err = v.API.Enterprises.RemoveMember(v.Context(), &saakornv1.RemoveMemberRequest{
		RequestId: v.RequestID(), EnterpriseId: f.enterprise.GetId(), PersonId: v.Value("person_id"),
	})
	if err != nil {
		return f.refused(v, err, nil)
	}
	if v.Value("person_id") == v.Person().ID {
		return v.GoWith("/enterprises", "member_removed")
	}
	return v.GoWith(f.path(), "member_removed")
}

func changeContacts(v *site.Visit) error {
	f, err := loadEnterprise(v)
	if err != nil {
		return err
	}
	f.typed = typed(v.Request.Form)
	request := &saakornv1.ChangeContactsRequest{
		RequestId: v.RequestID(), EnterpriseId: f.enterprise.GetId(), Etag: v.Value("etag"), HandoverNote: v.Value("handover_note"),
		SingleContactReason: v.Value("single_contact_reason"),
	}
	for i := range f.typed.count("contacts") {
		in := func(column string) string { return f.typed["contacts."+itoa(i)+"."+column] }
		request.Contacts = append(request.Contacts, &saakornv1.Contact{Name: in("name"), Email: in("email"), Phone: in("phone"), Role: in("role")})
	}
	if _, err = v.API.Correspondence.ChangeContacts(v.Context(), request); err == nil {
		return v.GoWith(f.path(), "contacts_changed")
	}
	ids := map[string]string{}
	for _, violation := range site.ProblemOf(err).Violations {
		ids[violation.Field] = strings.NewReplacer("[", ".", "]", "").Replace(violation.Field)
	}
	return f.refused(v, err, ids)
}
