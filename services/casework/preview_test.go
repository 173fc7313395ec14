package casework_test

import (
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework/caseworktest"
	"saakorn/services/installation/installationtest"
	"saakorn/services/scheme"
)

func preview(t *testing.T, r *caseworktest.Round, person, id, kind, language string, change ...func(*saakornv1.PreviewLetterRequest)) (*saakornv1.PreviewLetterResponse, error) {
	t.Helper()
	request := &saakornv1.PreviewLetterRequest{CaseId: r.Case(t, id).GetCase().GetId(), Kind: kind, Language: language}
	for _, c := range change {
		c(request)
	}
	return saakornv1.NewLetterServiceClient(r.API.Connection).PreviewLetter(r.API.As(t.Context(), person), request)
}

func body(p *saakornv1.LetterPreview) string {
	var text []string
	for _, part := range p.GetParts() {
		text = append(text, part.GetHeading(), part.GetBody())
	}
	return strings.Join(text, "\n")
}

func TestADecisionLetterIsSeenInEveryLanguageBeforeItIsSent(t *testing.T) {
	r := begin(t)
	id := assessed(t, r, 1)
	_, err := preview(t, r, installationtest.CaseOfficer, id, "", "")
	wantReason(t, err, "NOTHING_RECOMMENDED")
	r.Recommend(t, installationtest.CaseOfficer, id, partially, amount/2)
	r.Enter(t, id, installationtest.DecisionMaker)
	subjects := map[string]string{
		"": "Dere har fått innvilget en del av tilskuddet", "nb": "Dere har fått innvilget en del av tilskuddet",
		"nn": "De har fått innvilga ein del av tilskotet", "en": "You have been awarded part of the grant",
	}
	r.API.Unchanged(t, func() {
		for language, want := range subjects {
			got, err := preview(t, r, installationtest.DecisionMaker, id, "", language)
			must(t, err)
			p := got.GetPreview()
			if p.GetKind() != "DECISION_PARTIALLY_APPROVED" || !strings.HasPrefix(p.GetSubject(), want) || !strings.HasPrefix(string(p.GetPdf()), "%PDF-1.7") {
				t.Errorf("%q: %s, %s", language, p.GetKind(), p.GetSubject())
			}
			text := body(p)
			for _, wanted := range []string{"Virksomheten treffer målgruppen og har en plan som holder.", "Solveig Myrvang", "Gunhild Strand", "3 "} {
				if !strings.Contains(text, wanted) || !strings.Contains(p.GetHtml(), wanted) {
					t.Errorf("%q lacks %q:\n%s", language, wanted, text)
				}
			}
			if routes := got.GetRoutes(); len(routes) != 2 || routes[0].GetChannel() != saakornv1.DeliveryChannel_DELIVERY_CHANNEL_ALTINN_CORRESPONDENCE {
				t.Errorf("it would go %v", routes)
			}
		}
	})
	other, err := preview(t, r, installationtest.CaseOfficer, id, "", "", func(p *saakornv1.PreviewLetterRequest) { p.Reasons = "En annen begrunnelse." })
	must(t, err)
	if text := body(other.GetPreview()); !strings.Contains(text, "En annen begrunnelse.") || strings.Contains(text, "treffer målgruppen") {
		t.Errorf("with other reasons:\n%s", text)
	}
	must(t, r.Decide(t.Context(), installationtest.DecisionMaker, r.Case(t, id).GetCase(), partially, amount/2))
	before, err := preview(t, r, installationtest.DecisionMaker, id, "", "")
	must(t, err)
	r.Drive(t, id)
	letters, err := r.API.Cases.ListLetters(r.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.ListLettersRequest{ApplicationId: id})
	must(t, err)
	var sent []string
	for _, part := range letters.GetLetters()[0].GetParts() {
		sent = append(sent, part.GetHeading(), part.GetBody())
	}
	if got := body(before.GetPreview()); got != strings.Join(sent, "\n") {
		t.Errorf("what was sent is not what was seen:\n%s\n---\n%s", got, strings.Join(sent, "\n"))
	}
}

func TestAQuestionToTheApplicantIsSeenBeforeItIsSent(t *testing.T) {
	r := begin(t)
	id := r.Apply(t, 1).GetId()
	r.Drive(t, id)
	_, err := preview(t, r, installationtest.CaseOfficer, id, "DEFICIENCY_NOTICE", "")
	wantReason(t, err, "NOTHING_TO_WRITE_ABOUT")
	got, err := preview(t, r, installationtest.CaseOfficer, id, "DEFICIENCY_NOTICE", "nn", func(p *saakornv1.PreviewLetterRequest) {
		p.Missing = []string{"Vedtekter med dato", "Budsjett"}
	})
	must(t, err)
	if text := body(got.GetPreview()); !strings.Contains(text, "- Vedtekter med dato") || !strings.Contains(text, "2019") {
		t.Errorf("the question:\n%s", text)
	}
	for kind, want := range map[string]string{"APPEAL_GRANTED": "NOTHING_TO_WRITE_ABOUT", "REVERSED": "NOTHING_TO_WRITE_ABOUT", "LOVE_LETTER": "NO_SUCH_LETTER"} {
		_, err := preview(t, r, installationtest.CaseOfficer, id, kind, "")
		wantReason(t, err, want)
	}
	if _, err := preview(t, r, installationtest.CaseOfficer, id, "RECEIPT", "se"); err == nil {
		t.Error("a letter in a language that there is not")
	}
	_, err = preview(t, r, caseworktest.Applicant(1), id, "RECEIPT", "")
	installationtest.WantRefused(t, err, codes.PermissionDenied, "ROLE_MISSING")
}

func TestLettersAboutAnAppealAreSeenBeforeItIsDecided(t *testing.T) {
	r := begin(t)
	id := told(t, r)
	appeals(t, r).prepare(id, granted, amount)
	for kind, want := range map[string]string{
		"APPEAL_GRANTED": "900", "APPEAL_FORWARDED": "Klagen er vurdert på nytt.", "APPEAL_REFERRAL": "Vi mener at planen vår er undervurdert.",
	} {
		got, err := preview(t, r, installationtest.DecisionMaker, id, kind, "nb")
		must(t, err)
		if text := body(got.GetPreview()); !strings.Contains(text, want) {
			t.Errorf("%s lacks %q:\n%s", kind, want, text)
		}
	}
}

func TestEveryLetterOfASchemeIsSeenWithMadeUpValues(t *testing.T) {
	r := begin(t)
	client := saakornv1.NewLetterServiceClient(r.API.Connection)
	for _, version := range []string{"2019-1", "2027-1"} {
		for _, language := range scheme.Languages() {
			answer, err := client.PreviewTemplates(r.API.As(t.Context(), installationtest.Administrator), &saakornv1.PreviewTemplatesRequest{
				SchemeId: r.Call.GetSchemeId(), Version: version, Language: language,
			})
			must(t, err)
			if len(answer.GetPreviews()) != len(scheme.LetterKeys()) {
				t.Errorf("%s in %s: %d letters", version, language, len(answer.GetPreviews()))
			}
			for _, p := range answer.GetPreviews() {
				text := body(p)
				if strings.Contains(text, "{{") || strings.Contains(text, "<no value>") || len(p.GetPdf()) == 0 || !strings.Contains(p.GetHtml(), "(fiktiv)") {
					t.Errorf("%s %s in %s:\n%s", version, p.GetKind(), language, text)
				}
			}
		}
	}
	one, err := client.PreviewTemplates(r.API.As(t.Context(), installationtest.Manager), &saakornv1.PreviewTemplatesRequest{
		SchemeId: r.Call.GetSchemeId(), Version: "2019-1", Kind: "RECEIPT",
	})
	must(t, err)
	if got := one.GetPreviews(); len(got) != 1 || got[0].GetLanguage() != "nb" {
		t.Errorf("one letter: %v", got)
	}
	_, err = client.PreviewTemplates(r.API.As(t.Context(), installationtest.Manager), &saakornv1.PreviewTemplatesRequest{SchemeId: r.Call.GetSchemeId(), Version: "2019-1", Kind: "LOVE_LETTER"})
	wantReason(t, err, "NO_SUCH_LETTER")
	_, err = client.PreviewTemplates(r.API.As(t.Context(), installationtest.Manager), &saakornv1.PreviewTemplatesRequest{SchemeId: "nothing", Version: "2019-1"})
	installationtest.WantRefused(t, err, codes.NotFound, "NOT_FOUND")
}
