package correspondence_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"saakorn/deploy/embedded/embeddedtest"
	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework/caseworktest"
	"saakorn/services/installation/installationtest"
	"saakorn/services/platform/letter"
)

func TestMain(m *testing.M) { os.Exit(embeddedtest.Main(m)) }

// reader may read for the enterprise of installationtest.Entrepreneur, and no more.
const reader = "entrepreneur-02"

// house is a round with an application, and a client of the correspondence.
type house struct {
	*caseworktest.Round
	correspondence saakornv1.CorrespondenceServiceClient
	application    *saakornv1.Application
}

func newHouse(t *testing.T) house {
	t.Helper()
	api := installationtest.New(t)
	h := house{Round: caseworktest.Open(t, api), correspondence: saakornv1.NewCorrespondenceServiceClient(api.Connection)}
	h.application = h.Apply(t, 1)
	h.Drive(t, h.application.GetId())
	h.Enter(t, h.application.GetId(), installationtest.CaseOfficer)
	api.AddMember(t, installationtest.Entrepreneur, h.application.GetEnterpriseId(), reader, saakornv1.MemberRight_MEMBER_RIGHT_READER)
	return h
}

func (h house) as(t *testing.T, person string) context.Context { return h.API.As(t.Context(), person) }

func (h house) message(text string) *saakornv1.SendMessageRequest {
	return &saakornv1.SendMessageRequest{RequestId: uuid.NewString(), ApplicationId: h.application.GetId(), Text: text}
}

func (h house) send(t *testing.T, person, text string) *saakornv1.Message {
	t.Helper()
	answer, err := h.correspondence.SendMessage(h.as(t, person), h.message(text))
	if err != nil {
		t.Fatal(err)
	}
	return answer.GetMessage()
}

func (h house) list(t *testing.T, person string) *saakornv1.ListMessagesResponse {
	t.Helper()
	answer, err := h.correspondence.ListMessages(h.as(t, person), &saakornv1.ListMessagesRequest{ApplicationId: h.application.GetId()})
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

func TestBothSidesWriteAndSeeWhoWrites(t *testing.T) {
	h := newHouse(t)
	h.send(t, installationtest.Entrepreneur, "Når kan vi vente svar?")
	h.send(t, installationtest.CaseOfficer, "I løpet av mars.")
	seen := h.list(t, installationtest.Entrepreneur)
	var texts []string
	for _, m := range seen.GetMessages() {
		texts = append(texts, m.GetText())
	}
	if diff := cmp.Diff([]string{"I løpet av mars.", "Når kan vi vente svar?"}, texts); diff != "" {
		t.Errorf("newest first (-want +got):\n%s", diff)
	}
	answer, question := seen.GetMessages()[0], seen.GetMessages()[1]
	if answer.GetFromEnterprise() || answer.GetAuthorName() != "Solveig Myrvang (fiktiv)" || !question.GetFromEnterprise() {
		t.Errorf("the applicant sees %v and %v", answer, question)
	}
	if seen.GetUnread() != 1 {
		t.Errorf("%d unread, want the officer's answer", seen.GetUnread())
	}
	if audited := h.list(t, installationtest.Auditor); len(audited.GetMessages()) != 2 {
		t.Errorf("the auditor sees %v", audited)
	}
}

func TestEveryMessageIsJournaledWithoutItsContents(t *testing.T) {
	h := newHouse(t)
	h.send(t, installationtest.Entrepreneur, "Når kan vi vente svar?")
	h.send(t, installationtest.CaseOfficer, "I løpet av mars.")
	entries, err := saakornv1.NewJournalServiceClient(h.API.Connection).ListJournalEntries(h.as(t, installationtest.CaseOfficer),
		&saakornv1.ListJournalEntriesRequest{CaseId: h.Case(t, h.application.GetId()).GetCase().GetId()})
	if err != nil {
		t.Fatal(err)
	}
	var titles []string
	for _, e := range entries.GetEntries()[3:] {
		titles = append(titles, e.GetReference()+" "+e.GetType().String()+" "+e.GetTitle()+" "+e.GetSentOn())
	}
	want := []string{
		"2019/1-4 JOURNAL_ENTRY_TYPE_INCOMING Melding fra søker ",
		"2019/1-5 JOURNAL_ENTRY_TYPE_OUTGOING Melding til søker 2019-01-07",
	}
	if diff := cmp.Diff(want, titles); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
}

func TestAMessageIsRefusedWithANationalIdentityNumberOrAForeignFile(t *testing.T) {
	h := newHouse(t)
	h.API.Unchanged(t, func() {
		_, err := h.correspondence.SendMessage(h.as(t, installationtest.Entrepreneur), h.message("Gjelder deltaker 01819100140."))
		installationtest.WantInvalid(t, err, "text NATIONAL_IDENTITY_NUMBER")
		foreign := h.message("Se vedlegget.")
		foreign.AttachmentIds = []string{uuid.NewString()}
		_, err = h.correspondence.SendMessage(h.as(t, installationtest.Entrepreneur), foreign)
		installationtest.WantInvalid(t, err, "attachment_ids[0] NO_SUCH_ATTACHMENT")
	})
	own := h.message("Se vedtektene.")
	own.AttachmentIds = []string{h.application.GetAttachments()[0].GetId()}
	if _, err := h.correspondence.SendMessage(h.as(t, installationtest.CaseOfficer), own); err != nil {
		t.Error(err)
	}
}

func TestARepeatedMessageIsSentOnce(t *testing.T) {
	h := newHouse(t)
	request := h.message("Når kan vi vente svar?")
	first, err := h.correspondence.SendMessage(h.as(t, installationtest.Entrepreneur), request)
	if err != nil {
		t.Fatal(err)
	}
	h.API.Unchanged(t, func() {
		again, err := h.correspondence.SendMessage(h.as(t, installationtest.Entrepreneur), request)
		if err != nil || !proto.Equal(first, again) {
			t.Errorf("repeated: %v, %v", again, err)
		}
	})
}

func TestOnlyThoseWhoMayWriteAndRead(t *testing.T) {
	h := newHouse(t)
	send := func(person string) error {
		_, err := h.correspondence.SendMessage(h.as(t, person), h.message("Hei."))
		return err
	}
	read := func(person string) error {
		_, err := h.correspondence.ListMessages(h.as(t, person), &saakornv1.ListMessagesRequest{ApplicationId: h.application.GetId()})
		return err
	}
	h.API.Unchanged(t, func() {
		installationtest.WantRefused(t, send(installationtest.Stranger), codes.NotFound, "NOT_FOUND")
		installationtest.WantRefused(t, read(installationtest.Stranger), codes.NotFound, "NOT_FOUND")
		installationtest.WantRefused(t, send(reader), codes.PermissionDenied, "READER_ONLY")
		installationtest.WantRefused(t, send(installationtest.Auditor), codes.PermissionDenied, "ROLE_MISSING")
		installationtest.WantRefused(t, read(installationtest.Assessor), codes.PermissionDenied, "ROLE_MISSING")
		if err := errors.Join(read(reader), read(installationtest.Manager)); err != nil {
			t.Error(err)
		}
	})
}

func TestReadingMarksWhatTheOtherSideWrote(t *testing.T) {
	h := newHouse(t)
	h.send(t, installationtest.Entrepreneur, "Vårt eget.")
	first := h.send(t, installationtest.CaseOfficer, "Den første.")
	h.send(t, installationtest.CaseOfficer, "Den andre.")
	answer, err := h.correspondence.MarkRead(h.as(t, installationtest.Entrepreneur), &saakornv1.MarkReadRequest{
		RequestId: uuid.NewString(), ApplicationId: h.application.GetId(), MessageId: first.GetId(),
	})
	if err != nil {
		t.Fatal(err)
	}
	if answer.GetUnread() != 1 {
		t.Errorf("%d unread, want the second one", answer.GetUnread())
	}
	var read []bool
	for _, m := range h.list(t, installationtest.CaseOfficer).GetMessages() {
		read = append(read, m.GetReadAt() != nil)
	}
	if !slices.Equal(read, []bool{false, true, false}) {
		t.Errorf("read: %v, newest first", read)
	}
}

func (h house) contacts(etag string, addresses ...string) *saakornv1.ChangeContactsRequest {
	r := &saakornv1.ChangeContactsRequest{RequestId: uuid.NewString(), EnterpriseId: h.application.GetEnterpriseId(), Etag: etag}
	for _, a := range addresses {
		r.Contacts = append(r.Contacts, &saakornv1.Contact{Name: "Kontakt", Email: a})
	}
	return r
}

func TestContactsAreReplacedAndTheEarlierOnesKept(t *testing.T) {
	h := newHouse(t)
	ctx := h.as(t, installationtest.Entrepreneur)
	h.API.Unchanged(t, func() {
		_, err := h.correspondence.ChangeContacts(ctx, h.contacts("", "per@saakorn.example"))
		installationtest.WantInvalid(t, err, "single_contact_reason FEWER_THAN_TWO_CONTACTS")
	})
	alone := h.contacts("", "per@saakorn.example")
	alone.SingleContactReason = "Per driver alene."
	one, err := h.correspondence.ChangeContacts(ctx, alone)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"FEWER_THAN_TWO_CONTACTS"}, one.GetContacts().GetWarnings()); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	h.API.Unchanged(t, func() {
		_, err := h.correspondence.ChangeContacts(ctx, h.contacts("", "kari@saakorn.example", "ola@saakorn.example"))
		installationtest.WantRefused(t, err, codes.Aborted, "STALE_ETAG")
		_, err = h.correspondence.ChangeContacts(h.as(t, installationtest.Stranger), h.contacts("1", "kari@saakorn.example", "ola@saakorn.example"))
		installationtest.WantRefused(t, err, codes.NotFound, "NOT_FOUND")
	})
	two, err := h.correspondence.ChangeContacts(ctx, h.contacts(one.GetContacts().GetEtag(), "kari@saakorn.example", "ola@saakorn.example"))
	if err != nil {
		t.Fatal(err)
	}
	if warnings := two.GetContacts().GetWarnings(); len(warnings) > 0 {
		t.Errorf("warnings: %v", warnings)
	}
	got, err := h.correspondence.GetContacts(h.as(t, installationtest.CaseOfficer), &saakornv1.GetContactsRequest{EnterpriseId: h.application.GetEnterpriseId()})
	if err != nil {
		t.Fatal(err)
	}
	if !proto.Equal(got.GetContacts(), two.GetContacts()) || len(got.GetEarlier()) != 1 || !proto.Equal(got.GetEarlier()[0], one.GetContacts()) {
		t.Errorf("contacts: %v", got)
	}
}

func TestLettersGoToTheContactsThatTheEnterpriseHasNamed(t *testing.T) {
	h := newHouse(t)
	if _, err := h.correspondence.ChangeContacts(h.as(t, installationtest.Entrepreneur), h.contacts("", "kari@saakorn.example", "ola@saakorn.example")); err != nil {
		t.Fatal(err)
	}
	if err := h.Withdraw(t.Context(), 1, h.application.GetId()); err != nil {
		t.Fatal(err)
	}
	h.Drive(t, h.application.GetId())
	letters, err := letter.OfApplication(t.Context(), h.API.Installation.Pool, uuid.MustParse(h.application.GetId()))
	if err != nil {
		t.Fatal(err)
	}
	recipients := map[string][]string{}
	for _, l := range letters {
		recipients[l.Kind] = l.Recipients
	}
	want := map[string][]string{
		"RECEIPT": {"amina@saakorn.example"}, "WITHDRAWAL_CONFIRMED": {"kari@saakorn.example", "ola@saakorn.example"},
	}
	if diff := cmp.Diff(want, recipients); diff != "" {
		t.Errorf("recipients (-want +got):\n%s", diff)
	}
}

func TestTheEnterpriseIsToldThatThereIsAMessageAndNotWhatItSays(t *testing.T) {
	h := newHouse(t)
	h.send(t, installationtest.Entrepreneur, "Når kan vi vente svar?")
	first := h.send(t, installationtest.CaseOfficer, "Dere mangler et vedlegg som er hemmelig.")
	h.Drive(t, h.application.GetId())
	h.Drive(t, h.application.GetId())
	notices := func() (list []letter.Letter) {
		letters, err := letter.OfApplication(t.Context(), h.API.Installation.Pool, uuid.MustParse(h.application.GetId()))
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range letters {
			if l.Kind == "MESSAGE_NOTICE" {
				list = append(list, l)
			}
		}
		return list
	}
	got := notices()
	if len(got) != 1 || got[0].SentAt == nil || strings.Contains(got[0].Text(), "hemmelig") || !slices.Equal(got[0].Recipients, []string{"amina@saakorn.example"}) {
		t.Errorf("notices: %+v", got)
	}
	// What has been read before anybody could be told needs no notice.
	second := h.send(t, installationtest.CaseOfficer, "Glem det.")
	_, err := h.correspondence.MarkRead(h.as(t, installationtest.Entrepreneur), &saakornv1.MarkReadRequest{
		RequestId: uuid.NewString(), ApplicationId: first.GetApplicationId(), MessageId: second.GetId(),
	})
	if err != nil {
		t.Fatal(err)
	}
	h.Drive(t, h.application.GetId())
	if got := notices(); len(got) != 1 {
		t.Errorf("%d notices, want the first only", len(got))
	}
}
