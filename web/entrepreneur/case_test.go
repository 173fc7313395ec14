package entrepreneur_test

import (
	"testing"

	"github.com/google/uuid"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework/caseworktest"
	"saakorn/services/installation/installationtest"
	"saakorn/web/text"
	"saakorn/web/webtest"
)

func TestAnEntrepreneurAnswersWhatIsMissingAndAppeals(t *testing.T) {
	site := webtest.Start(t)
	p := printer(t, text.Bokmal)
	round := caseworktest.Open(t, site.API)
	application := round.Apply(t, 1)
	round.Close(t)
	round.Drive(t, application.GetId())
	c := round.Case(t, application.GetId()).GetCase()
	_, err := saakornv1.NewCompletenessServiceClient(site.API.Connection).SendDeficiencyNotice(site.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.SendDeficiencyNoticeRequest{
		RequestId: uuid.NewString(), CaseId: c.GetId(), Etag: c.GetEtag(),
		Items: []*saakornv1.Deficiency{{Field: "novelty", Text: "Skriv mer om hva som er nytt."}},
	})
	if err != nil {
		t.Fatal(err)
	}
	round.Drive(t, application.GetId())

	b := site.Open(t, webtest.Options{})
	b.SignIn(installationtest.Entrepreneur)
	b.Wants("Vi mangler noe i søknaden")
	b.Look("entrepreneur/nb-30-my-notice")
	b.Follow(p.T("start.answer"))
	b.Wants("Skriv mer om hva som er nytt.")
	b.Look("entrepreneur/nb-31-notice")
	b.Follow(p.T("notice_page.go"))
	b.Fill("novelty", "Deltakerne eier virksomheten sammen.")
	b.Press(p.T("form.later"))
	b.Visit("/applications/" + application.GetId() + "/steps/summary")
	b.Press(p.T("submit.button"))
	b.Wants(p.T("receipt.title"))

	round.Drive(t, application.GetId())
	round.AnswerAll(t, application.GetId())
	b.Visit("/my")
	b.Wants("Dere kan vente vedtaket innen")
	round.Assess(t, application.GetId())
	round.Recommend(t, installationtest.CaseOfficer, application.GetId(), saakornv1.Outcome_OUTCOME_PARTIALLY_APPROVED, 500_000_00)
	if err := round.Decide(t.Context(), installationtest.DecisionMaker, round.Case(t, application.GetId()).GetCase(), saakornv1.Outcome_OUTCOME_PARTIALLY_APPROVED, 500_000_00); err != nil {
		t.Fatal(err)
	}
	round.Drive(t, application.GetId())
	b.Visit("/my")
	b.Wants("Klagefristen løper til")
	b.Visit("/applications/" + application.GetId())
	b.Wants("Delvis innvilget", p.T("letters.title"))
	b.Look("entrepreneur/nb-32-decided")
	b.Follow("innvilget en del")
	b.Wants("500 000")
	b.Look("entrepreneur/nb-33-letter")
	if got := webtest.Eval[string](b, `fetch(location.pathname + "/pdf").then(r => r.text()).then(t => t.slice(0, 5))`); got != "%PDF-" {
		t.Errorf("the letter as PDF begins with %q", got)
	}
	b.Visit("/applications/" + application.GetId() + "/appeal")
	b.Press(p.T("appeal.send"))
	b.Wants(p.T("violation.STRING_MIN_LEN"))
	b.Look("entrepreneur/nb-34-appeal-wrong")
	b.Fill("change_wanted", "Hele beløpet")
	b.Fill("grounds", "Budsjettet er riktig.")
	b.Press(p.T("appeal.send"))
	b.Wants(p.T("notice.appealed"), p.T("appeal.considered"))
	b.Look("entrepreneur/nb-35-appealed")

	stranger := site.Open(t, webtest.Options{})
	stranger.SignIn(installationtest.Stranger)
	stranger.Visit("/applications/" + application.GetId())
	stranger.Wants(p.T("failure.not_found.title"))
}
