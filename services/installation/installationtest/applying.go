package installationtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	writing "saakorn/services/application/fictional"
	"saakorn/services/enterprise/fictional"
)

// People whom tests sign in as.
const (
	Entrepreneur  = "entrepreneur-01"
	Stranger      = "entrepreneur-03"
	CaseOfficer   = "case-officer-1"
	Assessor      = "assessor-1"
	DecisionMaker = "decision-maker-1"
	Manager       = "manager-1"
	Auditor       = "auditor-1"
	Administrator = "administrator-1"
)

// AmountOre is what a complete draft applies for.
const AmountOre = 900_000_00

const (
	schemeID  = "social-entrepreneurship"
	grantYear = 2019
	openFor   = 21 * 24 * time.Hour
)

// Now returns what time it is in the installation.
func (a *API) Now() time.Time { return a.Installation.Clock.Now() }

// MoveClock moves the installation's clock to the moment.
func (a *API) MoveClock(t testing.TB, to time.Time) {
	t.Helper()
	_, err := a.Rehearsal.MoveClock(a.As(t.Context(), Administrator), &saakornv1.MoveClockRequest{To: timestamppb.New(to)})
	if err != nil {
		t.Fatal(err)
	}
}

// OpenCall announces a call for grants for 2019 that has opened an hour ago and closes in three weeks.
func (a *API) OpenCall(t testing.TB) *saakornv1.Call {
	t.Helper()
	now := a.Now()
	return a.AnnounceCall(t, fmt.Sprintf("SE-%d", grantYear), grantYear, now.Add(-time.Hour), now.Add(openFor))
}

// AnnounceCall announces a call for grants for the year, from opens until closes.
func (a *API) AnnounceCall(t testing.TB, code string, year int, opens, closes time.Time) *saakornv1.Call {
	t.Helper()
	title := fmt.Sprintf("Tilskudd til sosiale entreprenører %d", year)
	answer, err := a.Calls.CreateCall(a.As(t.Context(), Manager), &saakornv1.CreateCallRequest{
		RequestId: uuid.NewString(), SchemeId: schemeID, Code: code, GrantYear: int32(year),
		Title:   &saakornv1.LocalizedText{Nb: title, Nn: title, En: title},
		OpensAt: timestamppb.New(opens), ClosesAt: timestamppb.New(closes),
	})
	if err != nil {
		t.Fatal(err)
	}
	return answer.GetCall()
}

// RegisterEnterprise registers the enterprise that the fictional person manages.
func (a *API) RegisterEnterprise(t testing.TB, personID string) *saakornv1.Enterprise {
	t.Helper()
	enterprises := fictional.Enterprises()
	i := slices.IndexFunc(enterprises, func(e fictional.Enterprise) bool { return e.PersonID() == personID })
	if i < 0 {
		t.Fatalf("%s manages no enterprise", personID)
	}
	answer, err := a.Enterprises.RegisterEnterprise(a.As(t.Context(), personID), &saakornv1.RegisterEnterpriseRequest{
		RequestId: uuid.NewString(), OrganizationNumber: enterprises[i].Number,
	})
	if err != nil {
		t.Fatal(err)
	}
	return answer.GetEnterprise()
}

// AddMember lets a colleague act for the enterprise.
func (a *API) AddMember(t testing.TB, personID, enterpriseID, colleagueID string, right saakornv1.MemberRight) {
	t.Helper()
	_, err := a.Enterprises.AddMember(a.As(t.Context(), personID), &saakornv1.AddMemberRequest{
		RequestId: uuid.NewString(), EnterpriseId: enterpriseID, PersonId: colleagueID, Right: right,
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Draft begins an application of the type with nothing in it but what it is prefilled with.
func (a *API) Draft(t testing.TB, personID string, call *saakornv1.Call, enterpriseID string, kind saakornv1.ApplicationType) *saakornv1.Application {
	t.Helper()
	answer, err := a.Applications.CreateApplication(a.As(t.Context(), personID), &saakornv1.CreateApplicationRequest{
		RequestId: uuid.NewString(), CallId: call.GetId(), EnterpriseId: enterpriseID, Type: kind,
	})
	if err != nil {
		t.Fatal(err)
	}
	return answer.GetApplication()
}

// CompleteDraft begins an application of the type and fills it in so that it can be submitted.
func (a *API) CompleteDraft(t testing.TB, personID string, call *saakornv1.Call, enterpriseID string, kind saakornv1.ApplicationType) *saakornv1.Application {
	t.Helper()
	draft := a.Draft(t, personID, call, enterpriseID, kind)
	a.Attach(t, personID, draft, "articles_of_association")
	if kind == saakornv1.ApplicationType_APPLICATION_TYPE_CONTINUATION {
		a.Attach(t, personID, draft, "annual_accounts")
	}
	return a.Save(t, personID, draft, Content(call.GetGrantYear(), kind))
}

// Content returns what a complete application of the type says that applies for a grant for the year.
func Content(year int32, kind saakornv1.ApplicationType) *saakornv1.ApplicationContent {
	return writing.Content(rand.New(rand.NewPCG(1, 2)), writing.Applicant{ //nolint:gosec // the same content every time is what tests want
		Enterprise: "Spirehagen (fiktiv)", Contact: "Amina Askespire", Email: "amina@saakorn.example",
		Type: kind, GrantYear: int(year), AmountOre: AmountOre,
	})
}

// Save replaces what the application says and returns it as it then is.
func (a *API) Save(t testing.TB, personID string, draft *saakornv1.Application, content *saakornv1.ApplicationContent) *saakornv1.Application {
	t.Helper()
	answer, err := a.Applications.UpdateApplication(a.As(t.Context(), personID), &saakornv1.UpdateApplicationRequest{
		RequestId: uuid.NewString(), ApplicationId: draft.GetId(), Etag: draft.GetEtag(), Content: content,
	})
	if err != nil {
		t.Fatal(err)
	}
	return answer.GetApplication()
}

// Attach uploads a small document of the kind, and writes the new etag into the application.
func (a *API) Attach(t testing.TB, personID string, draft *saakornv1.Application, kind string) *saakornv1.Attachment {
	t.Helper()
	answer, err := a.Upload(a.As(t.Context(), personID), &saakornv1.UploadHeader{
		RequestId: uuid.NewString(), ApplicationId: draft.GetId(), Kind: kind, FileName: kind + ".pdf",
	}, writing.PDF(kind))
	if err != nil {
		t.Fatal(err)
	}
	draft.Etag = answer.GetEtag()
	draft.Attachments = append(draft.Attachments, answer.GetAttachment())
	return answer.GetAttachment()
}

// chunk is how many bytes Upload sends at a time.
const chunk = 64 << 10

// Upload sends the header and then the bytes.
func (a *API) Upload(ctx context.Context, header *saakornv1.UploadHeader, content []byte) (*saakornv1.UploadAttachmentResponse, error) {
	stream, err := a.Applications.UploadAttachment(ctx)
	if err != nil {
		return nil, err
	}
	parts := []*saakornv1.UploadAttachmentRequest{{Part: &saakornv1.UploadAttachmentRequest_Header{Header: header}}}
	for part := range slices.Chunk(content, chunk) {
		parts = append(parts, &saakornv1.UploadAttachmentRequest{Part: &saakornv1.UploadAttachmentRequest_Chunk{Chunk: part}})
	}
	for _, part := range parts {
		// The server may have refused already: its answer says why.
		if err := stream.Send(part); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
	}
	return stream.CloseAndRecv()
}

// Download returns what the file is and its bytes.
func (a *API) Download(ctx context.Context, applicationID, attachmentID string) (*saakornv1.Attachment, []byte, error) {
	stream, err := a.Applications.DownloadAttachment(ctx, &saakornv1.DownloadAttachmentRequest{
		ApplicationId: applicationID, AttachmentId: attachmentID,
	})
	if err != nil {
		return nil, nil, err
	}
	return receive(stream)
}

func receive(stream grpc.ServerStreamingClient[saakornv1.DownloadAttachmentResponse]) (*saakornv1.Attachment, []byte, error) {
	var content bytes.Buffer
	var what *saakornv1.Attachment
	for {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return what, content.Bytes(), nil
		}
		if err != nil {
			return nil, nil, err
		}
		if part.GetAttachment() != nil {
			what = part.GetAttachment()
		}
		content.Write(part.GetChunk())
	}
}

// Submit submits the application and writes the new etag into it.
func (a *API) Submit(t testing.TB, personID string, draft *saakornv1.Application) *saakornv1.Receipt {
	t.Helper()
	answer, err := a.Applications.SubmitApplication(a.As(t.Context(), personID), &saakornv1.SubmitApplicationRequest{
		RequestId: uuid.NewString(), ApplicationId: draft.GetId(), Etag: draft.GetEtag(),
	})
	if err != nil {
		t.Fatal(err)
	}
	draft.Etag = answer.GetReceipt().GetEtag()
	return answer.GetReceipt()
}
