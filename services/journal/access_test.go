package journal_test

import (
	"testing"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/installation/installationtest"
	"saakorn/services/platform/calendar"
)

// asked returns a request of somebody who has not signed in, and its receipt.
func (h house) asked(t *testing.T) (*saakornv1.RequestAccessRequest, *saakornv1.AccessReceipt) {
	t.Helper()
	id, c := h.received(t, 1)
	h.Enter(t, id, installationtest.CaseOfficer)
	request := &saakornv1.RequestAccessRequest{
		RequestId: uuid.NewString(), EntryId: h.entries(t, c.GetId())[0].GetId(), Email: "leser@saakorn.example", Text: "Jeg vil lese søknaden.",
	}
	answer, err := h.journal.RequestAccess(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	return request, answer.GetReceipt()
}

func (h house) waiting(t *testing.T) []*saakornv1.AccessRequest {
	t.Helper()
	answer, err := h.journal.ListAccessRequests(h.as(t, installationtest.Manager), &saakornv1.ListAccessRequestsRequest{Unanswered: true})
	if err != nil {
		t.Fatal(err)
	}
	return answer.GetAccessRequests()
}

func TestAnybodyAsksForAccessAndFindsTheAnswer(t *testing.T) {
	h := newHouse(t)
	_, receipt := h.asked(t)
	if receipt.GetDueDate() != "2019-01-10" {
		t.Errorf("due on %s, want three workdays after Monday 7 January", receipt.GetDueDate())
	}
	waiting := h.waiting(t)
	if len(waiting) != 1 || waiting[0].GetReference() != "2019/1-1" || waiting[0].GetEmail() != "leser@saakorn.example" {
		t.Fatalf("waiting: %v", waiting)
	}
	officer := h.as(t, installationtest.CaseOfficer)
	refusal := &saakornv1.AnswerAccessRequestRequest{
		RequestId: uuid.NewString(), AccessRequestId: receipt.GetAccessRequestId(), Etag: waiting[0].GetEtag(),
		Answer: saakornv1.AccessAnswer_ACCESS_ANSWER_PARTLY,
	}
	_, err := h.journal.AnswerAccessRequest(officer, refusal)
	installationtest.WantInvalid(t, err, "legal_basis NO_LEGAL_BASIS", "reasons REQUIRED")
	refusal.LegalBasis, refusal.Reasons = "offl. § 13 jf. fvl. § 13", "Forretningshemmeligheter er tatt ut."
	if _, err := h.journal.AnswerAccessRequest(officer, refusal); err != nil {
		t.Fatal(err)
	}
	if left := h.waiting(t); len(left) > 0 {
		t.Errorf("still waiting: %v", left)
	}
	found, err := h.journal.GetAccessAnswer(t.Context(), &saakornv1.GetAccessAnswerRequest{AccessRequestId: receipt.GetAccessRequestId()})
	if err != nil {
		t.Fatal(err)
	}
	if found.GetAnswer() != refusal.GetAnswer() || found.GetReasons() != refusal.GetReasons() || found.GetAnsweredAt() == nil {
		t.Errorf("the answer is %v", found)
	}
	if deadline := calendar.AfterWeeks(calendar.On(h.API.Now()), 3); found.GetAppealDeadline() != deadline.String() || found.GetAppeal().GetNn() == "" {
		t.Errorf("whoever does not get everything is told how to appeal by %s: %v", deadline, found)
	}
	second := proto.CloneOf(refusal)
	second.RequestId, second.Etag = uuid.NewString(), "2"
	_, err = h.journal.AnswerAccessRequest(officer, second)
	installationtest.WantRefused(t, err, codes.FailedPrecondition, "ANSWERED")
}

func TestARepeatedRequestForAccessIsKeptOnce(t *testing.T) {
	h := newHouse(t)
	request, receipt := h.asked(t)
	h.API.Unchanged(t, func() {
		again, err := h.journal.RequestAccess(t.Context(), request)
		if err != nil || !proto.Equal(again.GetReceipt(), receipt) {
			t.Errorf("repeated: %v, %v", again, err)
		}
	})
}

func TestARequestForAccessNeedsAnAddressAndAnEntry(t *testing.T) {
	h := newHouse(t)
	request, _ := h.asked(t)
	h.API.Unchanged(t, func() {
		nowhere := proto.CloneOf(request)
		nowhere.RequestId, nowhere.Email = uuid.NewString(), ""
		_, err := h.journal.RequestAccess(t.Context(), nowhere)
		if code := installationtest.Refused(t, err).Code; code != codes.InvalidArgument {
			t.Errorf("without an address: %v", err)
		}
		nothing := proto.CloneOf(request)
		nothing.RequestId, nothing.EntryId = uuid.NewString(), uuid.NewString()
		_, err = h.journal.RequestAccess(t.Context(), nothing)
		installationtest.WantRefused(t, err, codes.NotFound, "NOT_FOUND")
	})
}
