package entrepreneur

import (
	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
)

// documentsView is everything that an enterprise has sent and been sent, by application.
type documentsView struct {
	enterprise *saakornv1.Enterprise
	folders    []folder
}

// folder is an application with its documents.
type folder struct {
	app     *saakornv1.Application
	title   string
	letters []*saakornv1.Letter
}

func (f folder) path() string { return "/applications/" + f.app.GetId() }

func showOwnDocuments(v *site.Visit) error {
	id, err := v.ID("enterprise")
	if err != nil {
		return err
	}
	got, err := v.API.Enterprises.GetEnterprise(v.Context(), &saakornv1.GetEnterpriseRequest{EnterpriseId: id})
	if err != nil {
		return err
	}
	list, err := site.All(500, func(token string) ([]*saakornv1.Application, string, error) {
		page, err := v.API.Applications.ListApplications(v.Context(), &saakornv1.ListApplicationsRequest{EnterpriseId: id, PageSize: 100, PageToken: token})
		return page.GetApplications(), page.GetNextPageToken(), err
	})
	if err != nil {
		return err
	}
	d := &documentsView{enterprise: got.GetEnterprise()}
	for _, a := range list {
		f, err := openFolder(v, a.GetId())
		if err != nil {
			return err
		}
		d.folders = append(d.folders, f)
	}
	return v.Show(documentsPage(v.Page, d))
}

func openFolder(v *site.Visit, id string) (folder, error) {
	got, err := v.API.Applications.GetApplication(v.Context(), &saakornv1.GetApplicationRequest{ApplicationId: id})
	if err != nil {
		return folder{}, err
	}
	call, err := v.API.Calls.GetCall(v.Context(), &saakornv1.GetCallRequest{CallId: got.GetApplication().GetCallId()})
	if err != nil {
		return folder{}, err
	}
	f := folder{app: got.GetApplication(), title: callTitle(v.Page, call.GetCall(), got.GetApplication())}
	if f.app.GetSubmittedAt() == nil {
		return f, nil
	}
	letters, err := v.API.Cases.ListLetters(v.Context(), &saakornv1.ListLettersRequest{ApplicationId: id})
	f.letters = letters.GetLetters()
	return f, err
}
