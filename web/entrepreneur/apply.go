package entrepreneur

import (
	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// applyForm is the page on which an application is begun.
type applyForm struct {
	call        *saakornv1.Call
	scheme      *saakornv1.Scheme
	enterprises []*saakornv1.Enterprise
	enterprise  string
	kind        string
	errors      ui.Errors
}

func loadApply(v *site.Visit) (*applyForm, error) {
	call, err := v.API.Calls.GetCall(v.Context(), &saakornv1.GetCallRequest{CallId: v.Value("call")})
	if err != nil {
		return nil, err
	}
	f := &applyForm{call: call.GetCall(), enterprise: v.Value("enterprise"), kind: v.Value("type")}
	scheme, err := v.API.Schemes.GetScheme(v.Context(), &saakornv1.GetSchemeRequest{SchemeId: f.call.GetSchemeId(), Version: f.call.GetSchemeVersion()})
	if err != nil {
		return nil, err
	}
	enterprises, err := v.API.Enterprises.ListEnterprises(v.Context(), &saakornv1.ListEnterprisesRequest{PageSize: 200})
	if err != nil {
		return nil, err
	}
	f.scheme, f.enterprises = scheme.GetScheme(), enterprises.GetEnterprises()
	if f.enterprise == "" && len(f.enterprises) == 1 {
		f.enterprise = f.enterprises[0].GetId()
	}
	return f, nil
}

func showApply(v *site.Visit) error {
	f, err := loadApply(v)
	if err != nil {
		return err
	}
	if len(f.enterprises) == 0 {
		return v.Go("/enterprises/register")
	}
	return v.Show(applyPage(v.Page, f))
}

func apply(v *site.Visit) error {
	f, err := loadApply(v)
	if err != nil {
		return err
	}
	if f.enterprise == "" {
		f.errors = f.errors.With("enterprise", v.Page.T("apply.choose_enterprise"))
	}
	if f.kind == "" {
		f.errors = f.errors.With("type", v.Page.T("apply.choose_type"))
	}
	if v.Value("confirm") != yes {
		f.errors = f.errors.With("confirm", v.Page.T("apply.confirm_error"))
	}
	if len(f.errors) > 0 {
		return v.ShowInvalid(applyPage(v.Page, f))
	}
	answer, err := v.API.Applications.CreateApplication(v.Context(), &saakornv1.CreateApplicationRequest{
		RequestId: v.RequestID(), CallId: f.call.GetId(), EnterpriseId: f.enterprise,
		Type: saakornv1.ApplicationType(saakornv1.ApplicationType_value[f.kind]),
	})
	if err == nil {
		return v.Go("/applications/" + answer.GetApplication().GetId() + "/steps/" + f.scheme.GetSections()[0].GetKey())
	}
	errs, ok := site.FormErrors(v.Page.Printer, err, map[string]string{"type": "type", "enterprise_id": "enterprise"})
	if !ok {
		errs, ok = site.Refused(v.Page.Printer, err)
	}
	if !ok {
		return err
	}
	f.errors = errs
	return v.ShowInvalid(applyPage(v.Page, f))
}

func (f *applyForm) enterpriseField(p ui.Page) ui.Field {
	field := ui.Field{ID: "enterprise", Label: p.T("apply.enterprise"), Error: f.errors.For("enterprise")}
	for _, e := range f.enterprises {
		field.Choices = append(field.Choices, ui.Choice{Value: e.GetId(), Label: e.GetName(), Help: e.GetOrganizationNumber(), Chosen: e.GetId() == f.enterprise})
	}
	return field
}

func (f *applyForm) typeField(p ui.Page) ui.Field {
	field := ui.Field{ID: "type", Label: p.T("apply.type"), Error: f.errors.For("type")}
	for _, rule := range f.scheme.GetApplicationTypes() {
		name := rule.GetType().String()
		field.Choices = append(field.Choices, ui.Choice{
			Value: name, Label: site.In(p.Language, rule.GetTitle()), Help: site.In(p.Language, rule.GetDescription()), Chosen: name == f.kind,
		})
	}
	return field
}
