package caseworker_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework/caseworktest"
	"saakorn/services/installation/installationtest"
	"saakorn/web/text"
	"saakorn/web/webtest"
)

// declared has the people declare that they are impartial in the case.
func declared(t *testing.T, r *caseworktest.Round, caseID string, people ...string) {
	t.Helper()
	client := saakornv1.NewImpartialityServiceClient(r.API.Connection)
	for _, person := range people {
		_, err := client.DeclareImpartiality(r.API.As(t.Context(), person), &saakornv1.DeclareImpartialityRequest{
			RequestId: uuid.NewString(), CaseId: caseID, Impartial: true,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// caseID finds the case of the application without reading it.
func caseID(t *testing.T, r *caseworktest.Round, applicationID string) string {
	t.Helper()
	list, err := r.API.Cases.ListCases(r.API.As(t.Context(), installationtest.Manager), &saakornv1.ListCasesRequest{ApplicationId: applicationID})
	if err != nil || len(list.GetCases()) != 1 {
		t.Fatalf("cases %v, error %v", list.GetCases(), err)
	}
	return list.GetCases()[0].GetId()
}

// continuedCase is the case of a continuation of what the first enterprise was granted in part last year.
func continuedCase(t *testing.T, r *caseworktest.Round) string {
	t.Helper()
	first := r.Apply(t, 1).GetId()
	r.Drive(t, first)
	r.Close(t)
	id := caseID(t, r, first)
	declared(t, r, id, installationtest.CaseOfficer, installationtest.DecisionMaker)
	r.Own(t, first, installationtest.CaseOfficer)
	r.AnswerAll(t, first)
	r.NameAssessors(t, first)
	declared(t, r, id, caseworktest.Assessors()...)
	for _, person := range caseworktest.Assessors() {
		r.AssessAs(t, person, first)
	}
	r.Recommend(t, installationtest.CaseOfficer, first, saakornv1.Outcome_OUTCOME_PARTIALLY_APPROVED, caseworktest.AmountOre/2)
	err := r.Decide(t.Context(), installationtest.DecisionMaker, r.Case(t, first).GetCase(), saakornv1.Outcome_OUTCOME_PARTIALLY_APPROVED, caseworktest.AmountOre/2)
	if err != nil {
		t.Fatal(err)
	}
	r.Drive(t, first)
	r.API.MoveClock(t, r.API.Now().AddDate(0, 9, 0))
	r.Drive(t, first)
	return applyToContinue(t, r, r.Case(t, first).GetCase().GetEnterpriseId())
}

func applyToContinue(t *testing.T, r *caseworktest.Round, enterpriseID string) string {
	t.Helper()
	now := r.API.Now()
	r.Call = r.API.AnnounceCall(t, "SE-2020", 2020, now.Add(-time.Hour), now.AddDate(0, 0, 21))
	draft := r.API.CompleteDraft(t, caseworktest.Applicant(1), r.Call, enterpriseID, saakornv1.ApplicationType_APPLICATION_TYPE_CONTINUATION)
	c := draft.GetContent()
	c.Novelty = strings.Replace(c.GetNovelty(), " ", " fortsatt ", 1) + " Nå selger vi også til borettslag."
	c.Budget.Items[0].AmountOre += 50_000_00
	c.Budget.OwnContributionOre += 50_000_00
	c.BusinessModel.Income[1].AmountOre += 50_000_00
	c.TheoryOfChange.Indicators[0].Baseline = 100
	r.API.Submit(t, caseworktest.Applicant(1), r.API.Save(t, caseworktest.Applicant(1), draft, c))
	r.Drive(t, draft.GetId())
	r.Close(t)
	return caseID(t, r, draft.GetId())
}

func TestTheApplicationIsReadInItsCase(t *testing.T) {
	d := open(t)
	id := caseID(t, d.round, d.application)
	declared(t, d.round, id, installationtest.CaseOfficer)
	b := d.Open(t, webtest.Options{})
	b.SignIn(installationtest.CaseOfficer)
	b.Visit("/cases/" + id)
	b.Follow("Søknaden")
	b.Wants("Innhold", "Vedlegg", "Penger", "Deltakere i løpet av året")
	if links := webtest.Eval[int](b, `[...document.querySelectorAll(".contents a")].filter(a => document.querySelector(a.hash)).length`); links < 5 {
		t.Errorf("%d links lead to a section", links)
	}
	b.Look("caseworker/application")
	if strings.Contains(b.Text(), "I fjor og i år") {
		t.Error("a first application is said to have a year before it")
	}
	b.Follow("Lignende prosjekter")
	b.Wants("Tidligere søknader og tilskudd som ligner", "Eksempler som er publisert")
	b.Look("caseworker/similar")
	for _, language := range text.Languages() {
		narrow := d.Open(t, webtest.Options{Language: language, Width: 320})
		narrow.SignIn(installationtest.Manager)
		narrow.Visit("/cases/" + id + "/application")
		narrow.Accessible()
	}
}

func TestAnAssessorFromOutsideReadsTheApplication(t *testing.T) {
	d := open(t)
	id := caseID(t, d.round, d.application)
	declared(t, d.round, id, installationtest.CaseOfficer)
	d.round.AnswerAll(t, d.application)
	d.round.NameAssessors(t, d.application)
	declared(t, d.round, id, "assessor-1")
	b := d.Open(t, webtest.Options{NoScript: true})
	b.SignIn("assessor-1")
	b.Visit("/cases/" + id + "/application")
	b.Wants("Innhold", "Vedlegg")
	b.Visit("/cases/" + id + "/application/last-year")
	b.Wants("finnes ikke")
}

func TestLastYearStandsBesideAContinuation(t *testing.T) {
	api := installationtest.New(t)
	round := caseworktest.Open(t, api)
	id := continuedCase(t, round)
	declared(t, round, id, installationtest.CaseOfficer)
	site := webtest.Serve(t, api)
	b := site.Open(t, webtest.Options{})
	b.SignIn(installationtest.CaseOfficer)
	b.Visit("/cases/" + id + "/application")
	b.Follow("I fjor og i år")
	b.Wants("450 000 kroner", "riktig retning", "Mål og resultater", "Ikke nådd", "Ti faste kunder", "+50 000", "uendret", "svar er endret", "svar er som i fjor")
	marked := webtest.Eval[[]string](b, `[...document.querySelectorAll("ins")].map(e => e.innerText)`)
	if said := strings.Join(marked, "|"); !strings.Contains(said, "fortsatt") || !strings.Contains(said, "borettslag") || len(marked) > 4 {
		t.Errorf("what is marked as new is %q", said)
	}
	b.Look("caseworker/last-year")
	b.Press("Lagre svaret")
	b.Wants("Du må rette disse feilene")
	b.Look("caseworker/last-year-invalid")

	plain := site.Open(t, webtest.Options{NoScript: true})
	plain.SignIn(installationtest.CaseOfficer)
	plain.Visit("/cases/" + id + "/application/last-year")
	plain.Check("direction-1")
	plain.Fill("direction-reasons", "Salget har vokst, men færre er kommet i arbeid enn planlagt.")
	plain.Press("Lagre svaret")
	plain.Wants("Svaret er lagret.", "Delvis", "Salget har vokst", "Solveig Myrvang")
	for _, language := range text.Languages() {
		narrow := site.Open(t, webtest.Options{Language: language, Width: 320})
		narrow.SignIn(installationtest.Auditor)
		narrow.Visit("/cases/" + id + "/application/last-year")
		narrow.Accessible()
	}
}
