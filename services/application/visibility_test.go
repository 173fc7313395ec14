package application_test

import (
	"context"
	"testing"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	writing "saakorn/services/application/fictional"
	"saakorn/services/installation/installationtest"
)

// touch returns what each method that names one application answers.
func (d *desk) touch(ctx context.Context, id string) map[string]error {
	answers := map[string]error{}
	_, answers["get"] = d.Applications.GetApplication(ctx, &saakornv1.GetApplicationRequest{ApplicationId: id})
	_, answers["versions"] = d.Applications.ListApplicationVersions(ctx, &saakornv1.ListApplicationVersionsRequest{ApplicationId: id})
	_, answers["validate"] = d.Applications.ValidateApplication(ctx, &saakornv1.ValidateApplicationRequest{ApplicationId: id})
	_, answers["update"] = d.Applications.UpdateApplication(ctx, &saakornv1.UpdateApplicationRequest{
		RequestId: uuid.NewString(), ApplicationId: id, Etag: d.draft.GetEtag(), Content: &saakornv1.ApplicationContent{},
	})
	_, answers["submit"] = d.Applications.SubmitApplication(ctx, &saakornv1.SubmitApplicationRequest{RequestId: uuid.NewString(), ApplicationId: id, Etag: d.draft.GetEtag()})
	_, answers["withdraw"] = d.Applications.WithdrawApplication(ctx, &saakornv1.WithdrawApplicationRequest{RequestId: uuid.NewString(), ApplicationId: id})
	_, answers["remove"] = d.Applications.RemoveAttachment(ctx, &saakornv1.RemoveAttachmentRequest{
		RequestId: uuid.NewString(), ApplicationId: id, AttachmentId: d.draft.GetAttachments()[0].GetId(), Etag: d.draft.GetEtag(),
	})
	_, _, answers["download"] = d.Download(ctx, id, d.draft.GetAttachments()[0].GetId())
	_, answers["upload"] = d.Upload(ctx, &saakornv1.UploadHeader{RequestId: uuid.NewString(), ApplicationId: id, Kind: "other", FileName: "a.pdf"}, writing.PDF("a"))
	return answers
}

func TestAnotherEnterprisesApplicationCannotBeToldFromNone(t *testing.T) {
	d := newDesk(t)
	d.RegisterEnterprise(t, installationtest.Stranger)
	stranger := d.As(t.Context(), installationtest.Stranger)
	d.Unchanged(t, func() {
		none := d.touch(stranger, uuid.NewString())
		for method, err := range d.touch(stranger, d.draft.GetId()) {
			installationtest.WantRefused(t, err, codes.NotFound, "NOT_FOUND")
			if got, want := status.Convert(err).Message(), status.Convert(none[method]).Message(); got != want {
				t.Errorf("%s says %q of somebody else's and %q of none", method, got, want)
			}
		}
		_, err := d.Applications.CreateApplication(stranger, &saakornv1.CreateApplicationRequest{
			RequestId: uuid.NewString(), CallId: d.call.GetId(), EnterpriseId: d.enterprise.GetId(), Type: ordinary,
		})
		installationtest.WantRefused(t, err, codes.NotFound, "NOT_FOUND")
		_, err = d.Applications.ListApplications(stranger, &saakornv1.ListApplicationsRequest{EnterpriseId: d.enterprise.GetId()})
		installationtest.WantRefused(t, err, codes.NotFound, "NOT_FOUND")
	})
	list, err := d.Applications.ListApplications(stranger, &saakornv1.ListApplicationsRequest{})
	if err != nil || len(list.GetApplications()) > 0 {
		t.Errorf("a stranger's list holds %v, %v", list.GetApplications(), err)
	}
}

func TestAReaderReadsAndCannotEdit(t *testing.T) {
	d := newDesk(t)
	d.AddMember(t, mine, d.enterprise.GetId(), installationtest.Stranger, saakornv1.MemberRight_MEMBER_RIGHT_READER)
	reader := d.As(t.Context(), installationtest.Stranger)
	d.Unchanged(t, func() {
		answers := d.touch(reader, d.draft.GetId())
		for _, method := range []string{"get", "versions", "validate", "download"} {
			if err := answers[method]; err != nil {
				t.Errorf("%s: %v", method, err)
			}
		}
		for _, method := range []string{"update", "submit", "withdraw", "remove", "upload"} {
			installationtest.WantRefused(t, answers[method], codes.PermissionDenied, "READER_ONLY")
		}
	})
}

func TestAColleagueWorksOnWhatSomebodyElseBegan(t *testing.T) {
	d := newDesk(t)
	d.AddMember(t, mine, d.enterprise.GetId(), installationtest.Stranger, saakornv1.MemberRight_MEMBER_RIGHT_EDITOR)
	if receipt := d.Submit(t, installationtest.Stranger, d.draft); receipt.GetVersion() != 1 {
		t.Errorf("receipt %v", receipt)
	}
}

func TestStaffSeeWhatHasBeenSubmittedAndNothingElse(t *testing.T) {
	d := newDesk(t)
	staff := []string{installationtest.CaseOfficer, installationtest.DecisionMaker, installationtest.Manager, installationtest.Auditor}
	for _, who := range staff {
		_, err := d.Applications.GetApplication(d.As(t.Context(), who), &saakornv1.GetApplicationRequest{ApplicationId: d.draft.GetId()})
		installationtest.WantRefused(t, err, codes.NotFound, "NOT_FOUND")
		list, err := d.Applications.ListApplications(d.As(t.Context(), who), &saakornv1.ListApplicationsRequest{})
		if err != nil || len(list.GetApplications()) > 0 {
			t.Errorf("%s sees drafts: %v, %v", who, list.GetApplications(), err)
		}
	}
	d.Submit(t, mine, d.draft)
	for _, who := range staff {
		// Those who handle cases see it when there is a case in which to say whether they are impartial.
		want := ""
		if who == installationtest.CaseOfficer || who == installationtest.DecisionMaker {
			want = "NOT_DECLARED"
		}
		_, err := d.Applications.GetApplication(d.As(t.Context(), who), &saakornv1.GetApplicationRequest{ApplicationId: d.draft.GetId()})
		if got := installationtest.Refused(t, err).Reason; got != want {
			t.Errorf("%s: %v", who, err)
		}
	}
	// An assessor sees the cases they are assigned to, and is assigned to none here.
	_, err := d.Applications.GetApplication(d.As(t.Context(), installationtest.Assessor), &saakornv1.GetApplicationRequest{ApplicationId: d.draft.GetId()})
	installationtest.WantRefused(t, err, codes.NotFound, "NOT_FOUND")
}
