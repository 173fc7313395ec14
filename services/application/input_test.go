package application_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	writing "saakorn/services/application/fictional"
	"saakorn/services/installation/installationtest"
)

const (
	ordinary = saakornv1.ApplicationType_APPLICATION_TYPE_NEW_ORDINARY
	mine     = installationtest.Entrepreneur
)

// desk is an installation with an open call, an enterprise, and a draft that could be submitted.
type desk struct {
	*installationtest.API
	call       *saakornv1.Call
	enterprise *saakornv1.Enterprise
	draft      *saakornv1.Application
	me         context.Context
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	api := installationtest.New(t)
	d := &desk{API: api, call: api.OpenCall(t), enterprise: api.RegisterEnterprise(t, mine), me: api.As(t.Context(), mine)}
	d.draft = api.CompleteDraft(t, mine, d.call, d.enterprise.GetId(), ordinary)
	return d
}

// update is a request to change the draft as it is now.
func (d *desk) update(change func(*saakornv1.ApplicationContent)) *saakornv1.UpdateApplicationRequest {
	c := proto.CloneOf(d.draft.GetContent())
	change(c)
	return &saakornv1.UpdateApplicationRequest{
		RequestId: uuid.NewString(), ApplicationId: d.draft.GetId(), Etag: d.draft.GetEtag(), Content: c,
	}
}

func (d *desk) submit(etag string) *saakornv1.SubmitApplicationRequest {
	return &saakornv1.SubmitApplicationRequest{RequestId: uuid.NewString(), ApplicationId: d.draft.GetId(), Etag: etag}
}

func TestWhatIsWrittenWronglyIsRefusedByNameAndChangesNothing(t *testing.T) {
	d := newDesk(t)
	tests := []struct {
		name   string
		change func(*saakornv1.ApplicationContent)
		want   []string
	}{
		{"a negative amount", func(c *saakornv1.ApplicationContent) { c.AmountAppliedOre = -1 },
			[]string{"content.amount_applied_ore INT64_GTE_LTE"}},
		{"an amount that would overflow", func(c *saakornv1.ApplicationContent) {
			for _, item := range c.Budget.Items {
				item.AmountOre = 1<<63 - 1
			}
		}, []string{
			"content.budget.items[0].amount_ore INT64_GTE_LTE", "content.budget.items[1].amount_ore INT64_GTE_LTE",
			"content.budget.items[2].amount_ore INT64_GTE_LTE",
		}},
		{"ten megabytes of text", func(c *saakornv1.ApplicationContent) { c.Problem = strings.Repeat("å", 5<<20) },
			[]string{"content.problem STRING_MAX_LEN"}},
		{"an unknown enum value", func(c *saakornv1.ApplicationContent) { c.BusinessModel.Income[1].Source = 99 },
			[]string{"content.business_model.income[1].source ENUM_DEFINED_ONLY"}},
		{"a NUL character in a text, in a list and in an answer", func(c *saakornv1.ApplicationContent) {
			c.Title, c.Contacts[0].Name = "Sykkel\x00verksted", "\x00"
			c.Answers[0].Value = &saakornv1.Answer_Choices{Choices: &saakornv1.ChoiceList{Keys: []string{"a", "b\x00"}}}
		}, []string{
			"content.answers[0].choices.keys[1] NUL_CHARACTER", "content.contacts[0].name NUL_CHARACTER", "content.title NUL_CHARACTER",
		}},
		{"a national identity number", func(c *saakornv1.ApplicationContent) { c.TargetGroup.Description = "Som " + nobodysNumber + "." },
			[]string{"content.target_group.description NATIONAL_IDENTITY_NUMBER"}},
		{"a text longer than the question allows", func(c *saakornv1.ApplicationContent) { c.Title = strings.Repeat("a", 121) },
			[]string{"content.title TOO_LONG"}},
		{"an address that is none", func(c *saakornv1.ApplicationContent) { c.Contacts[0].Email = "amina" },
			[]string{"content.contacts[0].email STRING_EMAIL"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d.Unchanged(t, func() {
				_, err := d.Applications.UpdateApplication(d.me, d.update(tt.change))
				installationtest.WantInvalid(t, err, tt.want...)
			})
		})
	}
}

func TestABudgetThatDoesNotAddUpCanBeSavedAndNotSubmitted(t *testing.T) {
	d := newDesk(t)
	saved, err := d.Applications.UpdateApplication(d.me, d.update(func(c *saakornv1.ApplicationContent) { c.AmountAppliedOre++ }))
	if err != nil {
		t.Fatal(err)
	}
	d.Unchanged(t, func() {
		_, err = d.Applications.SubmitApplication(d.me, d.submit(saved.GetApplication().GetEtag()))
		installationtest.WantInvalid(t, err, "content.budget BUDGET_DOES_NOT_ADD_UP")
	})
}

func TestAClosedCallReceivesNothing(t *testing.T) {
	d := newDesk(t)
	d.MoveClock(t, d.call.GetClosesAt().AsTime().Add(48*time.Hour))
	d.Unchanged(t, func() {
		_, err := d.Applications.SubmitApplication(d.me, d.submit(d.draft.GetEtag()))
		installationtest.WantRefused(t, err, codes.FailedPrecondition, "CALL_CLOSED")
		_, err = d.Applications.UpdateApplication(d.me, d.update(func(c *saakornv1.ApplicationContent) { c.Title = "For sent" }))
		installationtest.WantRefused(t, err, codes.FailedPrecondition, "CALL_CLOSED")
		_, err = d.Applications.CreateApplication(d.me, &saakornv1.CreateApplicationRequest{
			RequestId: uuid.NewString(), CallId: d.call.GetId(), EnterpriseId: d.enterprise.GetId(), Type: ordinary,
		})
		installationtest.WantRefused(t, err, codes.FailedPrecondition, "CALL_CLOSED")
		_, err = d.Upload(d.me, &saakornv1.UploadHeader{
			RequestId: uuid.NewString(), ApplicationId: d.draft.GetId(), Kind: "other", FileName: "a.pdf",
		}, writing.PDF("a"))
		installationtest.WantRefused(t, err, codes.FailedPrecondition, "CALL_CLOSED")
	})
}

func TestWhatDoesNotExistCannotBeAppliedFor(t *testing.T) {
	d := newDesk(t)
	request := func() *saakornv1.CreateApplicationRequest {
		return &saakornv1.CreateApplicationRequest{
			RequestId: uuid.NewString(), CallId: d.call.GetId(), EnterpriseId: d.enterprise.GetId(), Type: ordinary,
		}
	}
	d.Unchanged(t, func() {
		r := request()
		r.CallId = uuid.NewString()
		_, err := d.Applications.CreateApplication(d.me, r)
		installationtest.WantRefused(t, err, codes.NotFound, "NOT_FOUND")
		r = request()
		r.Type = 77
		_, err = d.Applications.CreateApplication(d.me, r)
		installationtest.WantInvalid(t, err, "type ENUM_DEFINED_ONLY")
		r = request()
		r.CallId, r.RequestId, r.Type = "SE-2019", "1", 0
		_, err = d.Applications.CreateApplication(d.me, r)
		installationtest.WantInvalid(t, err, "call_id STRING_UUID", "request_id STRING_UUID", "type ENUM_NOT_IN")
	})
}

func TestFilesThatAreRefused(t *testing.T) {
	d := newDesk(t)
	header := func(change func(*saakornv1.UploadHeader)) *saakornv1.UploadHeader {
		h := &saakornv1.UploadHeader{RequestId: uuid.NewString(), ApplicationId: d.draft.GetId(), Kind: "other", FileName: "regnskap.pdf"}
		change(h)
		return h
	}
	asIs := func(*saakornv1.UploadHeader) {}
	tests := []struct {
		name    string
		header  *saakornv1.UploadHeader
		content []byte
		want    string
	}{
		{"not what its name says", header(asIs), []byte("MZ\x90\x00 this is a program"), "chunk FILE_TYPE_NOT_ACCEPTED"},
		{"too large", header(asIs), append(writing.PDF("stor"), make([]byte, 10<<20)...), "chunk FILE_TOO_LARGE"},
		{"empty", header(asIs), nil, "chunk FILE_EMPTY"},
		{"changed on its way", header(func(h *saakornv1.UploadHeader) { h.Sha256 = strings.Repeat("0", 64) }), writing.PDF("a"), "header.sha256 CHECKSUM_DIFFERS"},
		{"of an unknown kind", header(func(h *saakornv1.UploadHeader) { h.Kind = "holiday_photo" }), writing.PDF("a"), "header.kind NO_SUCH_ATTACHMENT_KIND"},
		{"without a name", header(func(h *saakornv1.UploadHeader) { h.FileName = `C:\dokumenter\` }), writing.PDF("a"), "header.file_name NO_FILE_NAME"},
		{"with a line break in its name", header(func(h *saakornv1.UploadHeader) { h.FileName = "a\r\nb.pdf" }), writing.PDF("a"), "header.file_name NO_FILE_NAME"},
		{"with a person's number in its name", header(func(h *saakornv1.UploadHeader) { h.FileName = nobodysNumber + ".pdf" }), writing.PDF("a"), "header.file_name NATIONAL_IDENTITY_NUMBER"},
		{"with a NUL character in its name", header(func(h *saakornv1.UploadHeader) { h.FileName = "a\x00.pdf" }), writing.PDF("a"), "header.file_name NUL_CHARACTER"},
	}
	before := d.Files(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d.Unchanged(t, func() {
				_, err := d.Upload(d.me, tt.header, tt.content)
				installationtest.WantInvalid(t, err, tt.want)
			})
		})
	}
	if after := d.Files(t); after != before {
		t.Errorf("%d stored files, %d before: a refused file was kept", after, before)
	}
}

func TestAnApplicationHasRoomForSoManyFiles(t *testing.T) {
	d := newDesk(t)
	for len(d.draft.GetAttachments()) < 20 {
		d.Attach(t, mine, d.draft, "other")
	}
	d.Unchanged(t, func() {
		_, err := d.Upload(d.me, &saakornv1.UploadHeader{
			RequestId: uuid.NewString(), ApplicationId: d.draft.GetId(), Kind: "other", FileName: "en til.pdf",
		}, writing.PDF("en til"))
		installationtest.WantInvalid(t, err, "header.application_id TOO_MANY_FILES")
	})
}

func TestBytesBeforeTheHeaderAreRefused(t *testing.T) {
	d := newDesk(t)
	for name, parts := range map[string][]*saakornv1.UploadAttachmentRequest{
		"header REQUIRED": {{Part: &saakornv1.UploadAttachmentRequest_Chunk{Chunk: []byte("%PDF-1.4")}}},
		"header SENT_TWICE": {
			{Part: &saakornv1.UploadAttachmentRequest_Header{Header: uploadHeader(d)}},
			{Part: &saakornv1.UploadAttachmentRequest_Header{Header: uploadHeader(d)}},
		},
		"part REQUIRED":       {{}},
		"chunk BYTES_MAX_LEN": {{Part: &saakornv1.UploadAttachmentRequest_Header{Header: uploadHeader(d)}}, {Part: &saakornv1.UploadAttachmentRequest_Chunk{Chunk: make([]byte, 1<<20+1)}}},
		"header.kind STRING_MIN_LEN": {{Part: &saakornv1.UploadAttachmentRequest_Header{Header: &saakornv1.UploadHeader{
			RequestId: uuid.NewString(), ApplicationId: d.draft.GetId(), FileName: "a.pdf",
		}}}},
	} {
		t.Run(name, func(t *testing.T) {
			d.Unchanged(t, func() {
				stream, err := d.Applications.UploadAttachment(d.me)
				if err != nil {
					t.Fatal(err)
				}
				for _, part := range parts {
					if stream.Send(part) != nil {
						break // refused already
					}
				}
				_, err = stream.CloseAndRecv()
				installationtest.WantInvalid(t, err, name)
			})
		})
	}
}

func uploadHeader(d *desk) *saakornv1.UploadHeader {
	return &saakornv1.UploadHeader{RequestId: uuid.NewString(), ApplicationId: d.draft.GetId(), Kind: "other", FileName: "a.pdf"}
}

func TestAStaleEtagIsAConflictThatTellsTheNewest(t *testing.T) {
	d := newDesk(t)
	stale := d.draft.GetEtag()
	newest := d.Save(t, mine, d.draft, d.draft.GetContent()).GetEtag()
	d.Unchanged(t, func() {
		_, update := d.Applications.UpdateApplication(d.me, d.update(func(c *saakornv1.ApplicationContent) { c.Title = "Ny" }))
		_, submit := d.Applications.SubmitApplication(d.me, d.submit(stale))
		_, remove := d.Applications.RemoveAttachment(d.me, &saakornv1.RemoveAttachmentRequest{
			RequestId: uuid.NewString(), ApplicationId: d.draft.GetId(), AttachmentId: d.draft.GetAttachments()[0].GetId(), Etag: stale,
		})
		for _, err := range []error{update, submit, remove} {
			installationtest.WantRefused(t, err, codes.Aborted, "STALE_ETAG")
			if got := installationtest.Refused(t, err).Facts["current_etag"]; got != newest {
				t.Errorf("the current etag is told as %q, want %q", got, newest)
			}
		}
	})
}

func TestOfTwoEditsAtOnceExactlyOneWins(t *testing.T) {
	d := newDesk(t)
	outcomes := together(10, func(int) error {
		_, err := d.Applications.UpdateApplication(d.me, d.update(func(c *saakornv1.ApplicationContent) { c.Title = uuid.NewString() }))
		return err
	})
	won := 0
	for _, err := range outcomes {
		if err == nil {
			won++
			continue
		}
		installationtest.WantRefused(t, err, codes.Aborted, "STALE_ETAG")
	}
	if won != 1 {
		t.Errorf("%d of 10 edits of the same state were accepted", won)
	}
}

// A submission reads and checks the draft before its transaction.
func TestOfSubmissionsAndEditsAtOnceExactlyOneWins(t *testing.T) {
	d := newDesk(t)
	outcomes := together(10, func(i int) (err error) {
		if i%2 == 0 {
			_, err = d.Applications.SubmitApplication(d.me, d.submit(d.draft.GetEtag()))
		} else {
			_, err = d.Applications.UpdateApplication(d.me, d.update(func(c *saakornv1.ApplicationContent) { c.Title = "Endret" }))
		}
		return err
	})
	submitted, edited := 0, 0
	for i, err := range outcomes {
		switch {
		case err != nil:
			installationtest.WantRefused(t, err, codes.Aborted, "STALE_ETAG")
		case i%2 == 0:
			submitted++
		default:
			edited++
		}
	}
	if submitted+edited != 1 || len(d.versions(t)) != submitted {
		t.Errorf("%d submissions and %d edits of the same state were accepted, and there are %d versions", submitted, edited, len(d.versions(t)))
	}
}

func TestARepeatedRequestGetsItsAnswerAndHasNoSecondEffect(t *testing.T) {
	d := newDesk(t)
	create := &saakornv1.CreateApplicationRequest{
		RequestId: uuid.NewString(), CallId: d.call.GetId(), EnterpriseId: d.enterprise.GetId(), Type: ordinary,
	}
	submit := d.submit(d.draft.GetEtag())
	withdraw := &saakornv1.WithdrawApplicationRequest{RequestId: uuid.NewString(), ApplicationId: d.draft.GetId(), Reason: "Vi venter til neste år."}
	header := uploadHeader(d)
	calls := []struct {
		name string
		call func() (proto.Message, error)
	}{
		{"create", func() (proto.Message, error) { return d.Applications.CreateApplication(d.me, create) }},
		{"submit", func() (proto.Message, error) { return d.Applications.SubmitApplication(d.me, submit) }},
		{"upload", func() (proto.Message, error) { return d.Upload(d.me, proto.CloneOf(header), writing.PDF("igjen")) }},
		{"withdraw", func() (proto.Message, error) { return d.Applications.WithdrawApplication(d.me, withdraw) }},
	}
	for _, tt := range calls {
		t.Run(tt.name, func(t *testing.T) {
			first, err := tt.call()
			if err != nil {
				t.Fatal(err)
			}
			files := d.Files(t)
			d.Unchanged(t, func() {
				second, err := tt.call()
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(first, second, protocmp.Transform()); diff != "" {
					t.Errorf("another answer (-first +second):\n%s", diff)
				}
			})
			if after := d.Files(t); after != files {
				t.Errorf("%d stored files, %d before", after, files)
			}
		})
	}
}

func TestTheSameRequestTenTimesAtOnceHasOneEffect(t *testing.T) {
	d := newDesk(t)
	create := &saakornv1.CreateApplicationRequest{
		RequestId: uuid.NewString(), CallId: d.call.GetId(), EnterpriseId: d.enterprise.GetId(), Type: ordinary,
	}
	submit, header := d.submit(d.draft.GetEtag()), uploadHeader(d)
	calls := []struct {
		name  string
		call  func() (proto.Message, error)
		count string
	}{
		{"create", func() (proto.Message, error) { return d.Applications.CreateApplication(d.me, create) }, "SELECT count(*) FROM application"},
		{"submit", func() (proto.Message, error) { return d.Applications.SubmitApplication(d.me, submit) }, "SELECT count(*) FROM river_job"},
		{"upload", func() (proto.Message, error) { return d.Upload(d.me, proto.CloneOf(header), writing.PDF("ti")) }, "SELECT count(*) FROM attachment"},
	}
	for _, tt := range calls {
		t.Run(tt.name, func(t *testing.T) {
			rows, requests, files := d.Count(t, tt.count), d.Count(t, "SELECT count(*) FROM request"), d.Files(t)
			events := d.Count(t, "SELECT count(*) FROM audit_event")
			answers := make([]proto.Message, 10)
			for _, err := range together(len(answers), func(i int) (err error) {
				answers[i], err = tt.call()
				return err
			}) {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
			}
			for _, answer := range answers {
				if diff := cmp.Diff(answers[0], answer, protocmp.Transform()); diff != "" {
					t.Errorf("answers differ:\n%s", diff)
				}
			}
			for what, n := range map[string]int{
				"rows": d.Count(t, tt.count) - rows, "requests": d.Count(t, "SELECT count(*) FROM request") - requests,
				"events": d.Count(t, "SELECT count(*) FROM audit_event") - events,
			} {
				if n != 1 {
					t.Errorf("%d new %s, want 1", n, what)
				}
			}
			if n := d.Files(t) - files; tt.name == "upload" && n != 1 {
				t.Errorf("%d new stored files, want 1", n)
			}
		})
	}
}

func TestARequestIDIsNotUsedForAnotherRequest(t *testing.T) {
	d := newDesk(t)
	used := d.update(func(*saakornv1.ApplicationContent) {})
	saved, err := d.Applications.UpdateApplication(d.me, used)
	if err != nil {
		t.Fatal(err)
	}
	d.draft = saved.GetApplication()
	other := d.update(func(c *saakornv1.ApplicationContent) { c.Title = "Noe annet" })
	other.RequestId = used.GetRequestId()
	submit := d.submit(d.draft.GetEtag())
	submit.RequestId = used.GetRequestId()
	d.Unchanged(t, func() {
		_, err := d.Applications.UpdateApplication(d.me, other)
		installationtest.WantInvalid(t, err, "request_id REQUEST_ID_REUSED")
		_, err = d.Applications.SubmitApplication(d.me, submit)
		installationtest.WantInvalid(t, err, "request_id REQUEST_ID_REUSED")
	})
}

func TestTwoRequestsWithOneIDAtOnce(t *testing.T) {
	d := newDesk(t)
	id := uuid.NewString()
	kinds := []saakornv1.ApplicationType{ordinary, saakornv1.ApplicationType_APPLICATION_TYPE_NEW_DEVELOPMENT}
	outcomes := together(10, func(i int) error {
		_, err := d.Applications.CreateApplication(d.me, &saakornv1.CreateApplicationRequest{
			RequestId: id, CallId: d.call.GetId(), EnterpriseId: d.enterprise.GetId(), Type: kinds[i%2],
		})
		return err
	})
	for i, err := range outcomes {
		if (err == nil) != (outcomes[i%2] == nil) {
			t.Errorf("call %d: %v, while another with the same body got %v", i, err, outcomes[i%2])
		}
		if err != nil {
			installationtest.WantInvalid(t, err, "request_id REQUEST_ID_REUSED")
		}
	}
	if (outcomes[0] == nil) == (outcomes[1] == nil) {
		t.Errorf("got %v and %v, want one of the two bodies carried out", outcomes[0], outcomes[1])
	}
	if got := d.Count(t, "SELECT count(*) FROM application"); got != 2 { // with the draft on the desk
		t.Errorf("%d applications, want 2", got)
	}
}

// rawCodec sends bytes as they are, as a careless client may.
type rawCodec struct{ encoding.CodecV2 }

func (rawCodec) Marshal(v any) ([]byte, error)   { return *v.(*[]byte), nil }
func (rawCodec) Unmarshal(_ []byte, _ any) error { return nil }
func (rawCodec) Name() string                    { return "proto" }

func TestBytesThatAreNoMessage(t *testing.T) {
	d := newDesk(t)
	notUTF8 := protowire.AppendBytes(protowire.AppendTag(nil, 3, protowire.BytesType), []byte{0xff, 0xfe})
	tests := []struct {
		name, method string
		raw          []byte
		reason       string
		fields       []string
	}{
		{"text that is not UTF-8", saakornv1.ApplicationService_WithdrawApplication_FullMethodName, notUTF8, "INVALID_FIELDS", []string{"reason INVALID_UTF8"}},
		{"nested text that is not UTF-8", saakornv1.ApplicationService_UpdateApplication_FullMethodName,
			protowire.AppendBytes(protowire.AppendTag(nil, 4, protowire.BytesType), notUTF8), "INVALID_FIELDS", []string{"content.existing_services INVALID_UTF8"}},
		{"a message cut short", saakornv1.ApplicationService_WithdrawApplication_FullMethodName, notUTF8[:2], "UNREADABLE", nil},
		{"in a stream", saakornv1.ApplicationService_UploadAttachment_FullMethodName,
			protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), notUTF8), "INVALID_FIELDS", []string{"header.kind INVALID_UTF8"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d.Unchanged(t, func() {
				var answer []byte
				err := d.Connection.Invoke(d.me, tt.method, &tt.raw, &answer, grpc.ForceCodec(rawCodec{}))
				installationtest.WantRefused(t, err, codes.InvalidArgument, tt.reason, tt.fields...)
			})
		})
	}
}

func TestAMessageOverTheLimitIsRefusedUnread(t *testing.T) {
	d := newDesk(t)
	d.Unchanged(t, func() {
		_, err := d.Applications.UpdateApplication(d.me, d.update(func(c *saakornv1.ApplicationContent) { c.Problem = strings.Repeat("a", 17<<20) }))
		if got := installationtest.Refused(t, err).Code; got != codes.ResourceExhausted {
			t.Errorf("got %v", err)
		}
	})
}

func TestFieldMasks(t *testing.T) {
	d := newDesk(t)
	for _, path := range []string{"no_such_field", "budget.items.no_such_field", "title.nb", "content.title", "", "problem.", "answers[0]"} {
		t.Run("refuses "+path, func(t *testing.T) {
			r := d.update(func(c *saakornv1.ApplicationContent) { c.Title = "Ny" })
			r.UpdateMask = &fieldmaskpb.FieldMask{Paths: []string{"problem", path}}
			d.Unchanged(t, func() {
				_, err := d.Applications.UpdateApplication(d.me, r)
				installationtest.WantInvalid(t, err, "update_mask NO_SUCH_FIELD")
			})
		})
	}
	r := &saakornv1.UpdateApplicationRequest{
		RequestId: uuid.NewString(), ApplicationId: d.draft.GetId(), Etag: d.draft.GetEtag(),
		Content: &saakornv1.ApplicationContent{
			Title: "Ny", Problem: "Utenfor masken", TargetGroup: &saakornv1.TargetGroup{Description: "Unge", PlannedParticipants: 3},
		},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"title", "target_group.description", "business_model.costs"}},
	}
	saved, err := d.Applications.UpdateApplication(d.me, r)
	if err != nil {
		t.Fatal(err)
	}
	want := proto.CloneOf(d.draft.GetContent())
	want.Title, want.TargetGroup.Description, want.BusinessModel.Costs = "Ny", "Unge", nil
	if diff := cmp.Diff(want, saved.GetApplication().GetContent(), protocmp.Transform()); diff != "" {
		t.Errorf("content (-want +got):\n%s", diff)
	}
}

func TestPageTokens(t *testing.T) {
	d := newDesk(t)
	for range 2 {
		d.Draft(t, mine, d.call, d.enterprise.GetId(), ordinary)
	}
	first, err := d.Applications.ListApplications(d.me, &saakornv1.ListApplicationsRequest{PageSize: 2})
	if err != nil {
		t.Fatal(err)
	}
	enterprises, err := d.Enterprises.ListNavUnits(d.me, &saakornv1.ListNavUnitsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	second, err := d.Applications.ListApplications(d.me, &saakornv1.ListApplicationsRequest{PageSize: 2, PageToken: first.GetNextPageToken()})
	if err != nil {
		t.Fatal(err)
	}
	if len(first.GetApplications()) != 2 || len(second.GetApplications()) != 1 || second.GetNextPageToken() != "" || enterprises.GetNextPageToken() != "" {
		t.Errorf("pages of %d and %d, then %q", len(first.GetApplications()), len(second.GetApplications()), second.GetNextPageToken())
	}
	for name, r := range map[string]*saakornv1.ListApplicationsRequest{
		"nonsense":                 {PageToken: "nonsense"},
		"no token at all":          {PageToken: "!"},
		"a token of other filters": {PageToken: first.GetNextPageToken(), State: saakornv1.ApplicationState_APPLICATION_STATE_DRAFT},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := d.Applications.ListApplications(d.me, r)
			installationtest.WantInvalid(t, err, "page_token BAD_PAGE_TOKEN")
		})
	}
	_, err = d.Enterprises.ListNavUnits(d.me, &saakornv1.ListNavUnitsRequest{PageToken: first.GetNextPageToken()})
	installationtest.WantInvalid(t, err, "page_token BAD_PAGE_TOKEN")
	_, err = d.Applications.ListApplications(d.me, &saakornv1.ListApplicationsRequest{PageSize: -1, State: 88})
	installationtest.WantInvalid(t, err, "page_size INT32_GTE_LTE", "state ENUM_DEFINED_ONLY")
}

// together calls do so many times at once and returns what each call returned.
func together(n int, do func(i int) error) []error {
	outcomes := make([]error, n)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-start
			outcomes[i] = do(i)
		})
	}
	close(start)
	wg.Wait()
	return outcomes
}
