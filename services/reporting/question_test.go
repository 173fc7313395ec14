package reporting_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/installation/installationtest"
	"saakorn/services/platform/fault"
	"saakorn/services/reporting"
	"saakorn/services/reporting/reportingtest"
)

func TestQuestionsAreAboutFieldsOfTheContentOrAllOfIt(t *testing.T) {
	for _, fields := range [][]string{nil, {"", ""}, {"finances.bank_ore", "indicators.reached"}, {"attachments.annual_accounts", "costs[0].comment"}} {
		if err := reporting.CheckFields(fields, 2); err != nil {
			t.Errorf("%q: %v", fields, err)
		}
	}
	for want, fields := range map[string][]string{"fields NOT_ONE_FOR_EACH": {"finances"}, "fields[1] NO_SUCH_FIELD": {"", "weather"}} {
		refused, ok := errors.AsType[*fault.Fault](reporting.CheckFields(fields, 2))
		if !ok || refused.Violations[0].Field+" "+refused.Violations[0].Reason != want {
			t.Errorf("%q: %v, want %s", fields, refused, want)
		}
	}
}

func TestQuestionsAreAnsweredInANewVersion(t *testing.T) {
	a := begin(t)
	a.Plan(t)
	r := a.Deliver(t, "interim_status", nil)
	ask := func(fields ...string) error {
		_, err := a.Reports.ReturnReport(a.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.ReturnReportRequest{
			RequestId: uuid.NewString(), ReportId: r.GetId(), Etag: a.Get(t, installationtest.CaseOfficer, r.GetId()).GetReport().GetEtag(),
			Questions: []string{"Hvem er den største kunden?", "Hva skjer til høsten?"}, Fields: fields,
		})
		return err
	}
	wantReason(t, ask("weather", ""), "NO_SUCH_FIELD")
	must(t, ask("finances.largest_payer_ore", ""))
	got := a.Get(t, a.Person, r.GetId())
	asked := got.GetReviews()[0].GetAsked()
	if len(asked) != 2 || asked[0].GetField() != "finances.largest_payer_ore" || asked[1].GetField() != "" || asked[0].GetId() == asked[1].GetId() {
		t.Fatalf("asked %v", asked)
	}
	update := func(questionID, text string) (*saakornv1.UpdateReportResponse, error) {
		content := proto.CloneOf(got.GetReport().GetContent())
		content.Answers = []*saakornv1.ReportAnswer{{QuestionId: questionID, Text: text}}
		return a.Reports.UpdateReport(a.API.As(t.Context(), a.Person), &saakornv1.UpdateReportRequest{
			RequestId: uuid.NewString(), ReportId: r.GetId(), Etag: got.GetReport().GetEtag(), Content: content,
		})
	}
	_, err := update("another", "Kommunen.")
	wantReason(t, err, "content.answers[0].question_id NO_SUCH_QUESTION")
	_, err = update(asked[0].GetId(), "Ola, 010190 00083.")
	wantReason(t, err, "NATIONAL_IDENTITY_NUMBER")
	saved, err := update(asked[0].GetId(), "Kommunen.")
	must(t, err)
	if receipt := a.Submit(t, saved.GetReport()); receipt.GetVersion() != 2 {
		t.Errorf("receipt %v", receipt)
	}
	staff := a.Get(t, installationtest.CaseOfficer, r.GetId())
	if answers := staff.GetReport().GetContent().GetAnswers(); len(answers) != 1 || answers[0].GetText() != "Kommunen." {
		t.Errorf("the officer reads %v", answers)
	}
}

func TestFiguresOfWhatIsWrittenAreForTheEnterpriseAlone(t *testing.T) {
	a := begin(t)
	a.Plan(t)
	r := a.Find(t, "interim_status")
	a.Save(t, r, reportingtest.Complete(r.GetContent()))
	figures := func(person string, working bool) (*saakornv1.GetReportFiguresResponse, error) {
		return a.Reports.GetReportFigures(a.API.As(t.Context(), person), &saakornv1.GetReportFiguresRequest{ReportId: r.GetId(), WorkingCopy: working})
	}
	_, err := figures(a.Person, false)
	wantReason(t, err, "NOTHING_SUBMITTED")
	_, err = figures(installationtest.CaseOfficer, true)
	wantCode(t, err, codes.PermissionDenied)
	got, err := figures(a.Person, true)
	must(t, err)
	if share := got.GetFinances().GetEarnedShareBp(); share != 3333 {
		t.Errorf("earned share %d", share)
	}
	if !slices.ContainsFunc(got.GetRates(), func(rate *saakornv1.Rate) bool { return rate.GetKey() == "placement_rate" }) {
		t.Errorf("rates %v", got.GetRates())
	}
}
