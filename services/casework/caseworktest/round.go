// Package caseworktest plays the people of a round through the contract, for tests: they apply,
// answer findings, assess, recommend and decide.
package caseworktest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/installation/installationtest"
)

// AmountOre is what every application of a round applies for.
const AmountOre = installationtest.AmountOre

// Round is a call for applications with those who take part in it.
type Round struct {
	API  *installationtest.API
	Call *saakornv1.Call
}

// Open announces a call that is open.
func Open(t testing.TB, api *installationtest.API) *Round {
	t.Helper()
	return &Round{api, api.OpenCall(t)}
}

// Applicant returns the person who manages the n-th fictional enterprise, counted from 1.
func Applicant(n int) string { return fmt.Sprintf("entrepreneur-%02d", n) }

// Apply submits a complete application of the n-th fictional enterprise, counted from 1.
func (r *Round) Apply(t testing.TB, n int) *saakornv1.Application {
	t.Helper()
	person := Applicant(n)
	enterprise := r.API.RegisterEnterprise(t, person)
	draft := r.API.CompleteDraft(t, person, r.Call, enterprise.GetId(), saakornv1.ApplicationType_APPLICATION_TYPE_NEW_ORDINARY)
	r.API.Submit(t, person, draft)
	return draft
}

// Correct submits a new version of the n-th enterprise's application.
func (r *Round) Correct(t testing.TB, n int, application *saakornv1.Application, change func(*saakornv1.ApplicationContent)) {
	t.Helper()
	content := application.GetContent()
	change(content)
	saved := r.API.Save(t, Applicant(n), application, content)
	r.API.Submit(t, Applicant(n), saved)
	application.Etag = saved.GetEtag()
}

// Withdraw withdraws the n-th enterprise's application.
func (r *Round) Withdraw(ctx context.Context, n int, applicationID string) error {
	_, err := r.API.Applications.WithdrawApplication(r.API.As(ctx, Applicant(n)), &saakornv1.WithdrawApplicationRequest{
		RequestId: uuid.NewString(), ApplicationId: applicationID, Reason: "Vi har fått en annen finansiering.",
	})
	return err
}

// Close moves the clock to a minute after the close of the call.
func (r *Round) Close(t testing.TB) {
	t.Helper()
	r.API.MoveClock(t, r.Call.GetClosesAt().AsTime().Add(time.Minute))
}

// Letters returns the kinds of the letters about the application that have been sent, newest first.
func (r *Round) Letters(t testing.TB, applicationID string) []string {
	t.Helper()
	answer, err := r.API.Cases.ListLetters(r.API.As(t.Context(), installationtest.Manager), &saakornv1.ListLettersRequest{ApplicationId: applicationID})
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, l := range answer.GetLetters() {
		if l.GetSentAt() != nil {
			kinds = append(kinds, l.GetKind())
		}
	}
	return kinds
}

// Events returns the actions of everything that happened to the case, oldest first, as somebody sees it.
func (r *Round) Events(t testing.TB, caller, caseID string) []*saakornv1.Event {
	t.Helper()
	r.enter(t, caller, caseID)
	answer, err := r.API.Cases.ListCaseEvents(r.API.As(t.Context(), caller), &saakornv1.ListCaseEventsRequest{CaseId: caseID, PageSize: 200})
	if err != nil {
		t.Fatal(err)
	}
	return answer.GetEvents()
}
