package application_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/application"
	writing "saakorn/services/application/fictional"
	"saakorn/services/installation/installationtest"
)

func (d *desk) versions(t *testing.T) []*saakornv1.ApplicationVersion {
	t.Helper()
	answer, err := d.Applications.ListApplicationVersions(d.me, &saakornv1.ListApplicationVersionsRequest{ApplicationId: d.draft.GetId()})
	if err != nil {
		t.Fatal(err)
	}
	return answer.GetVersions()
}

func (d *desk) get(t *testing.T) *saakornv1.Application {
	t.Helper()
	answer, err := d.Applications.GetApplication(d.me, &saakornv1.GetApplicationRequest{ApplicationId: d.draft.GetId()})
	if err != nil {
		t.Fatal(err)
	}
	return answer.GetApplication()
}

func TestSubmittingGivesAReceiptThatCanBeVerified(t *testing.T) {
	d := newDesk(t)
	receipt := d.Submit(t, mine, d.draft)
	if receipt.GetReference() != "SE-2019-000001" || receipt.GetVersion() != 1 || receipt.GetLate() {
		t.Errorf("receipt %v", receipt)
	}
	if !receipt.GetCorrectionsUntil().AsTime().Equal(d.call.GetClosesAt().AsTime()) {
		t.Errorf("corrections until %v, the call closes %v", receipt.GetCorrectionsUntil(), d.call.GetClosesAt())
	}
	versions := d.versions(t)
	if len(versions) != 1 {
		t.Fatalf("%d versions", len(versions))
	}
	var files []application.Attachment
	for _, f := range versions[0].GetAttachments() {
		files = append(files, application.Attachment{SHA256: f.GetSha256()})
	}
	digest, err := application.Digest(versions[0].GetContent(), files)
	if err != nil {
		t.Fatal(err)
	}
	if digest != receipt.GetSha256() || digest != versions[0].GetSha256() {
		t.Errorf("what was submitted has the digest %s, the receipt says %s and the version %s", digest, receipt.GetSha256(), versions[0].GetSha256())
	}
	now := d.get(t)
	if now.GetState() != saakornv1.ApplicationState_APPLICATION_STATE_SUBMITTED || now.GetHasUnsubmittedChanges() || now.GetEtag() != receipt.GetEtag() {
		t.Errorf("after submission: %v, unsubmitted changes %t, etag %s", now.GetState(), now.GetHasUnsubmittedChanges(), now.GetEtag())
	}
}

func TestACorrectionIsANewVersionAndKeepsTheOld(t *testing.T) {
	d := newDesk(t)
	first := d.Submit(t, mine, d.draft)
	_, err := d.Applications.SubmitApplication(d.me, d.submit(first.GetEtag()))
	installationtest.WantRefused(t, err, codes.FailedPrecondition, "NOTHING_NEW")

	corrected := proto.CloneOf(d.draft.GetContent())
	corrected.Title = "Sykkelverksted for flere"
	d.draft = d.Save(t, mine, d.draft, corrected)
	if !d.draft.GetHasUnsubmittedChanges() {
		t.Error("a correction that is not submitted does not show")
	}
	staff := d.As(t.Context(), installationtest.Manager)
	seen, err := d.Applications.GetApplication(staff, &saakornv1.GetApplicationRequest{ApplicationId: d.draft.GetId()})
	if err != nil {
		t.Fatal(err)
	}
	if seen.GetApplication().GetContent().GetTitle() == corrected.GetTitle() {
		t.Error("staff see a correction before it is submitted")
	}
	second := d.Submit(t, mine, d.draft)
	if second.GetVersion() != 2 || second.GetReference() != first.GetReference() || second.GetSha256() == first.GetSha256() {
		t.Errorf("receipts %v and %v", first, second)
	}
	versions := d.versions(t)
	if len(versions) != 2 || versions[0].GetVersion() != 2 || versions[1].GetSha256() != first.GetSha256() {
		t.Fatalf("versions %v", versions)
	}
	if diff := cmp.Diff(corrected, versions[0].GetContent(), protocmp.Transform()); diff != "" {
		t.Errorf("version 2 (-want +got):\n%s", diff)
	}
	if versions[1].GetContent().GetTitle() == corrected.GetTitle() {
		t.Error("version 1 has changed")
	}
}

func TestWhatComesAfterTheCloseIsReceivedAsLate(t *testing.T) {
	d := newDesk(t)
	d.MoveClock(t, d.call.GetClosesAt().AsTime().Add(47*time.Hour))
	if receipt := d.Submit(t, mine, d.draft); !receipt.GetLate() {
		t.Errorf("receipt %v", receipt)
	}
	_, err := d.Applications.UpdateApplication(d.me, &saakornv1.UpdateApplicationRequest{
		RequestId: uuid.NewString(), ApplicationId: d.draft.GetId(), Etag: d.draft.GetEtag(), Content: d.draft.GetContent(),
	})
	installationtest.WantRefused(t, err, codes.FailedPrecondition, "CALL_CLOSED")
}

func TestWithdrawingEndsTheApplicationAndKeepsWhatWasSubmitted(t *testing.T) {
	d := newDesk(t)
	d.Submit(t, mine, d.draft)
	withdraw := func(reason string) (*saakornv1.WithdrawApplicationResponse, error) {
		return d.Applications.WithdrawApplication(d.me, &saakornv1.WithdrawApplicationRequest{
			RequestId: uuid.NewString(), ApplicationId: d.draft.GetId(), Reason: reason,
		})
	}
	_, err := withdraw("Fordi " + nobodysNumber + " sluttet.")
	installationtest.WantInvalid(t, err, "reason NATIONAL_IDENTITY_NUMBER")
	answer, err := withdraw("Vi har fått andre midler.")
	if err != nil {
		t.Fatal(err)
	}
	got := answer.GetApplication()
	if got.GetState() != saakornv1.ApplicationState_APPLICATION_STATE_WITHDRAWN || len(got.GetAttachments()) != 1 {
		t.Errorf("after withdrawal: %v with %d files", got.GetState(), len(got.GetAttachments()))
	}
	d.draft = got
	if len(d.versions(t)) != 1 {
		t.Error("the submitted version is gone")
	}
	d.Unchanged(t, func() {
		_, err = withdraw("En gang til")
		installationtest.WantRefused(t, err, codes.FailedPrecondition, "WITHDRAWN")
		_, err = d.Applications.SubmitApplication(d.me, d.submit(d.draft.GetEtag()))
		installationtest.WantRefused(t, err, codes.FailedPrecondition, "WITHDRAWN")
	})
}

func TestAContinuationIsPrefilledWithTheSubmissionOfTheYearBefore(t *testing.T) {
	d := newDesk(t)
	d.Submit(t, mine, d.draft)
	afterwards := proto.CloneOf(d.draft.GetContent())
	afterwards.Title = "Aldri sendt inn"
	d.Save(t, mine, d.draft, afterwards)
	next := d.AnnounceCall(t, "SE-2020", 2020, d.Now().Add(-time.Hour), d.Now().AddDate(0, 1, 0))

	continued := d.Draft(t, mine, next, d.enterprise.GetId(), saakornv1.ApplicationType_APPLICATION_TYPE_CONTINUATION)

	if continued.GetPreviousApplicationId() != d.draft.GetId() {
		t.Errorf("builds on %q, want %q", continued.GetPreviousApplicationId(), d.draft.GetId())
	}
	want := proto.CloneOf(d.draft.GetContent())
	want.Declarations, want.AmountAppliedOre = nil, 0
	if diff := cmp.Diff(want, continued.GetContent(), protocmp.Transform()); diff != "" {
		t.Errorf("prefilled (-want +got):\n%s", diff)
	}
	fresh := d.Draft(t, mine, next, d.enterprise.GetId(), ordinary)
	if fresh.GetPreviousApplicationId() != "" || proto.Size(fresh.GetContent()) > 0 {
		t.Errorf("a new application is prefilled: %v", fresh)
	}
}

func TestValidationTellsEverythingAndChangesNothing(t *testing.T) {
	d := newDesk(t)
	empty := d.Draft(t, mine, d.call, d.enterprise.GetId(), ordinary)
	d.Unchanged(t, func() {
		answer, err := d.Applications.ValidateApplication(d.me, &saakornv1.ValidateApplicationRequest{ApplicationId: empty.GetId()})
		if err != nil {
			t.Fatal(err)
		}
		_, err = d.Applications.SubmitApplication(d.me, &saakornv1.SubmitApplicationRequest{
			RequestId: uuid.NewString(), ApplicationId: empty.GetId(), Etag: empty.GetEtag(),
		})
		var problems []string
		for _, p := range answer.GetProblems() {
			problems = append(problems, p.GetField()+" "+p.GetReason())
		}
		if len(problems) < 20 {
			t.Errorf("only %v", problems)
		}
		installationtest.WantInvalid(t, err, problems...)
	})
}

func TestFilesComeBackAsTheyWereSent(t *testing.T) {
	d := newDesk(t)
	sent := append(writing.PDF("stor"), bytes.Repeat([]byte("0123456789abcdef"), 50_000)...)
	uploaded, err := d.Upload(d.me, &saakornv1.UploadHeader{
		RequestId: uuid.NewString(), ApplicationId: d.draft.GetId(), Kind: "other", FileName: `C:\Dokumenter\årsmøte.pdf`,
	}, sent)
	if err != nil {
		t.Fatal(err)
	}
	d.draft.Etag = uploaded.GetEtag()
	what, received, err := d.Download(d.me, d.draft.GetId(), uploaded.GetAttachment().GetId())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(sent, received) {
		t.Errorf("sent %d bytes, received %d other ones", len(sent), len(received))
	}
	if what.GetFileName() != "årsmøte.pdf" || what.GetMediaType() != "application/pdf" || what.GetSizeBytes() != int64(len(sent)) {
		t.Errorf("described as %v", what)
	}
}

func TestARemovedFileStaysInWhatWasSubmitted(t *testing.T) {
	d := newDesk(t)
	file := d.Attach(t, mine, d.draft, "other")
	d.Submit(t, mine, d.draft)
	removed, err := d.Applications.RemoveAttachment(d.me, &saakornv1.RemoveAttachmentRequest{
		RequestId: uuid.NewString(), ApplicationId: d.draft.GetId(), AttachmentId: file.GetId(), Etag: d.draft.GetEtag(),
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(removed.GetApplication().GetAttachments()); n != 1 {
		t.Errorf("%d files in the working copy, want 1", n)
	}
	_, err = d.Applications.RemoveAttachment(d.me, &saakornv1.RemoveAttachmentRequest{
		RequestId: uuid.NewString(), ApplicationId: d.draft.GetId(), AttachmentId: file.GetId(), Etag: removed.GetApplication().GetEtag(),
	})
	installationtest.WantRefused(t, err, codes.NotFound, "NOT_FOUND")
	d.draft = removed.GetApplication()
	d.Submit(t, mine, d.draft)
	versions := d.versions(t)
	if len(versions[0].GetAttachments()) != 1 || len(versions[1].GetAttachments()) != 2 {
		t.Errorf("version 2 has %d files and version 1 has %d", len(versions[0].GetAttachments()), len(versions[1].GetAttachments()))
	}
	for _, who := range []string{mine, installationtest.Auditor} {
		_, content, err := d.Download(d.As(t.Context(), who), d.draft.GetId(), file.GetId())
		if err != nil || !bytes.Equal(content, writing.PDF("other")) {
			t.Errorf("%s cannot read the file of version 1: %d bytes, %v", who, len(content), err)
		}
	}
	never := d.Attach(t, mine, d.draft, "other")
	_, _, err = d.Download(d.As(t.Context(), installationtest.Auditor), d.draft.GetId(), never.GetId())
	installationtest.WantRefused(t, err, codes.NotFound, "NOT_FOUND")
}

type event struct {
	Action, Actor string
	Request       *uuid.UUID
	Before, After map[string]any
}

func (d *desk) events(t *testing.T) []event {
	t.Helper()
	rows, _ := d.Installation.Pool.Query(t.Context(),
		`SELECT action, actor_id, request_id, before, after FROM audit_event WHERE application_id = $1 ORDER BY id`, d.draft.GetId())
	events, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (event, error) {
		var e event
		var before, after []byte
		if err := row.Scan(&e.Action, &e.Actor, &e.Request, &before, &after); err != nil {
			return e, err
		}
		for raw, to := range map[*[]byte]*map[string]any{&before: &e.Before, &after: &e.After} {
			if *raw == nil {
				continue
			}
			if err := json.Unmarshal(*raw, to); err != nil {
				return e, err
			}
		}
		return e, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return events
}

func TestEveryChangeIsRecordedWithWhatItWasAndWhatItBecame(t *testing.T) {
	d := newDesk(t)
	attachment := d.draft.GetAttachments()[0]
	title := d.draft.GetContent().GetTitle()
	changed := proto.CloneOf(d.draft.GetContent())
	changed.Title = "Nytt navn"
	d.draft = d.Save(t, mine, d.draft, changed)
	d.Submit(t, mine, d.draft)
	removed, err := d.Applications.RemoveAttachment(d.me, &saakornv1.RemoveAttachmentRequest{
		RequestId: uuid.NewString(), ApplicationId: d.draft.GetId(), AttachmentId: attachment.GetId(), Etag: d.draft.GetEtag(),
	})
	if err != nil {
		t.Fatal(err)
	}
	d.draft = removed.GetApplication()
	if _, err := d.Applications.WithdrawApplication(d.me, &saakornv1.WithdrawApplicationRequest{
		RequestId: uuid.NewString(), ApplicationId: d.draft.GetId(), Reason: "Andre midler",
	}); err != nil {
		t.Fatal(err)
	}
	events := d.events(t)
	want := []event{
		{Action: "APPLICATION_BEGUN"}, {Action: "ATTACHMENT_ADDED"}, {Action: "APPLICATION_SAVED"}, // the complete draft
		{Action: "APPLICATION_SAVED", Before: map[string]any{"title": title}, After: map[string]any{"title": "Nytt navn"}},
		{Action: "APPLICATION_SUBMITTED", Before: map[string]any{"state": "DRAFT", "version": 0.0}},
		{Action: "ATTACHMENT_REMOVED", Before: map[string]any{
			"attachment_id": attachment.GetId(), "kind": "articles_of_association", "media_type": "application/pdf",
			"sha256": attachment.GetSha256(), "size_bytes": float64(attachment.GetSizeBytes()),
		}},
		{Action: "APPLICATION_WITHDRAWN", Before: map[string]any{"state": "SUBMITTED"}, After: map[string]any{"state": "WITHDRAWN", "reason": "Andre midler"}},
	}
	if len(events) != len(want) {
		t.Fatalf("%d events, want %d: %v", len(events), len(want), events)
	}
	for i, e := range events {
		if e.Action != want[i].Action || e.Actor != mine || e.Request == nil {
			t.Errorf("event %d is %s by %s for request %v, want %s", i, e.Action, e.Actor, e.Request, want[i].Action)
		}
		if want[i].Before != nil && !cmp.Equal(want[i].Before, e.Before) {
			t.Errorf("before %s: %v, want %v", e.Action, e.Before, want[i].Before)
		}
		if want[i].After != nil && !cmp.Equal(want[i].After, e.After) {
			t.Errorf("after %s: %v, want %v", e.Action, e.After, want[i].After)
		}
	}
}

func TestWhatHappenedCannotBeRewritten(t *testing.T) {
	d := newDesk(t)
	d.Submit(t, mine, d.draft)
	d.Unchanged(t, func() {
		for _, statement := range []string{
			"UPDATE audit_event SET actor_id = 'somebody-else'", "DELETE FROM audit_event", "TRUNCATE audit_event",
			"UPDATE application_version SET sha256 = ''", "DELETE FROM application_version",
		} {
			if _, err := d.Installation.Pool.Exec(t.Context(), statement); err == nil {
				t.Errorf("the database carries out %s", statement)
			}
		}
	})
}

func TestASubmissionAndItsMessageToTheEngineStandOrFallTogether(t *testing.T) {
	d := newDesk(t)
	exec := func(statement string) {
		t.Helper()
		if _, err := d.Installation.Pool.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	exec(`ALTER TABLE audit_event ADD CONSTRAINT full_disk CHECK (action NOT IN ('APPLICATION_SUBMITTED', 'APPLICATION_SAVED', 'ATTACHMENT_ADDED')) NOT VALID`)
	files := d.Files(t)
	d.Unchanged(t, func() {
		_, submit := d.Applications.SubmitApplication(d.me, d.submit(d.draft.GetEtag()))
		_, save := d.Applications.UpdateApplication(d.me, d.update(func(c *saakornv1.ApplicationContent) { c.Title = "Ny" }))
		_, upload := d.Upload(d.me, uploadHeader(d), writing.PDF("a"))
		for _, err := range []error{submit, save, upload} {
			if got := installationtest.Refused(t, err).Code; got != codes.Internal {
				t.Errorf("got %v", err)
			}
		}
	})
	if after := d.Files(t); after != files {
		t.Errorf("%d stored files, %d before", after, files)
	}
	exec(`ALTER TABLE audit_event DROP CONSTRAINT full_disk`)
	exec(`ALTER TABLE river_job ADD CONSTRAINT full_queue CHECK (false) NOT VALID`)
	d.Unchanged(t, func() {
		if _, err := d.Applications.SubmitApplication(d.me, d.submit(d.draft.GetEtag())); err == nil {
			t.Error("submitted without a message to the engine")
		}
	})
	exec(`ALTER TABLE river_job DROP CONSTRAINT full_queue`)
	d.Submit(t, mine, d.draft)
	if n := d.Count(t, `SELECT count(*) FROM river_job WHERE args->>'subject_id' = $1`, d.draft.GetId()); n != 1 {
		t.Errorf("%d messages about the submission, want 1", n)
	}
}
