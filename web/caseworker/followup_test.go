package caseworker_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	writing "saakorn/services/application/fictional"
	"saakorn/services/followup"
	"saakorn/services/installation/installationtest"
	"saakorn/services/payment/paymenttest"
	"saakorn/services/platform/calendar"
	"saakorn/services/reporting/reportingtest"
	"saakorn/web/text"
	"saakorn/web/webtest"
)

// follow does what the procedure would about the follow-up, without its letters.
func follow(t *testing.T, a *reportingtest.Award) {
	t.Helper()
	p := a.API.Installation.Followup
	for range 10 {
		s, err := p.Look(t.Context(), a.LifecycleID)
		if err != nil {
			t.Fatal(err)
		}
		switch s.Next {
		case followup.TaskPlanYear:
			err = p.PlanYear(t.Context(), a.LifecycleID)
		case followup.TaskRaiseSignals:
			err = p.RaiseSignals(t.Context(), a.LifecycleID)
		case followup.TaskPlanQuestions:
			err = p.PlanQuestions(t.Context(), a.LifecycleID)
		default:
			return
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestAReportIsReturnedAssessedAndApprovedInTheBrowser(t *testing.T) {
	a := reportingtest.Accept(t)
	a.Plan(t)
	final := a.Deliver(t, "final_report", writing.PDF("annual_accounts"))
	a.Drive(t)
	name := a.Get(t, installationtest.CaseOfficer, final.GetId()).GetReport().GetEnterpriseName()
	site := webtest.Serve(t, a.API)

	officer := site.Open(t, webtest.Options{})
	officer.SignIn(installationtest.CaseOfficer)
	officer.Visit("/followup")
	officer.Wants("Rapporter", "1 rapport på denne siden", name)
	officer.Look("caseworker/followup-reports")
	officer.Follow(name)
	officer.Wants("Resultater mot mål", "Begge bunnlinjer over tid", "Sammenlignet med Regnskapsregisteret", "Revisorbekreftelsen", "Versjon 1 kom inn")
	officer.Look("caseworker/report")
	openFolds(officer)
	officer.Press("Send tilbake")
	officer.Wants("Skriv minst ett spørsmål.")
	officer.Look("caseworker/report-refused")
	officer.Fill("return-questions", "Hvorfor kom så få på kveldskursene?\nHva er gjort med prisene?")
	officer.Press("Send tilbake")
	officer.Wants("Rapporten er sendt tilbake med spørsmål.", "Hva er gjort med prisene?", "Versjon 1 ble sendt tilbake")

	again := a.Find(t, "final_report")
	content := proto.CloneOf(again.GetContent())
	content.Finances.OperatingCostOre = proto.Int64(1_750_000_00)
	for _, i := range content.GetIndicators() {
		switch i.GetKey() {
		case "placements_internal":
			i.Actual = proto.Int64(6)
		case "job_placements":
			i.Actual = proto.Int64(18)
		}
	}
	content.Narrative.DidNotWork = "Kurs på kveldstid. Vi flytter dem til dagtid."
	a.Submit(t, a.Save(t, again, content))
	a.Drive(t)
	at := "/followup/reports/" + final.GetId()
	officer.Visit(at)
	officer.Wants("Endret siden versjon 1", "1 750 000 kroner", "Teksten er endret")
	officer.Fill("review-accepted", "ti kroner")
	officer.Fill("review-assessment", "Rapporten viser at målene er nådd, og regnskapet stemmer med bilagene.")
	officer.Press("Lagre vurderingen")
	officer.Wants("Du må rette disse feilene")
	officer.Fill("review-accepted", "900 000")
	officer.Press("Lagre vurderingen")
	officer.Wants("Vurderingen er lagret.", "Til godkjenning")
	officer.Look("caseworker/report-assessed")

	decider := site.Open(t, webtest.Options{})
	decider.SignIn(installationtest.DecisionMaker)
	decider.Visit("/tasks?whose=unowned")
	decider.Follow("Godkjenn en rapport")
	decider.Press("Godkjenn")
	decider.Wants("Rapporten er godkjent.")

	officer.Visit(at)
	officer.Press("Lag utkast")
	officer.Wants("Utkastet er laget.")
	officer.Visit("/lifecycles/" + a.LifecycleID.String() + "/reports")
	officer.Wants("Godkjent", "Begge bunnlinjer over tid", "18 av 60 deltakere")
	officer.Look("caseworker/lifecycle-reports")
}

func TestADueDateIsMovedAndAReportWaivedWithoutScripts(t *testing.T) {
	a := reportingtest.Accept(t)
	reports := a.Plan(t)
	site := webtest.Serve(t, a.API)
	a.API.MoveClock(t, time.Date(2019, 9, 4, 8, 0, 0, 0, time.UTC))
	at := "/followup/reports/" + reports[0].GetId()

	officer := site.Open(t, webtest.Options{NoScript: true, Width: 320})
	officer.SignIn(installationtest.CaseOfficer)
	officer.Visit("/followup?show=overdue")
	officer.Wants("Fristen er ute")
	officer.Visit(at)
	openFolds(officer)
	officer.Fill("move-due_on", "2019-08-01")
	officer.Fill("move-reason", "Daglig leder har vært syk.")
	officer.Press("Flytt fristen")
	officer.Wants("Velg en dato som ikke er passert.")
	openFolds(officer)
	officer.Fill("move-due_on", "2019-10-15")
	officer.Press("Flytt fristen")
	officer.Wants("Fristen er flyttet", "15. oktober 2019", "Daglig leder har vært syk.")
	officer.Visit("/lifecycles/" + a.LifecycleID.String() + "/reports")
	openFolds(officer)
	form := "awards-" + a.ID.String() + "-add-"
	officer.Fill(form+"title", "Plan for høsten")
	officer.Fill(form+"due_on", "2019-12-01")
	officer.Fill(form+"reason", "Vi vil vite hvordan høsten blir.")
	officer.Press("Be om rapporten")
	officer.Wants("Virksomheten er bedt om rapporten.", "Plan for høsten")

	decider := site.Open(t, webtest.Options{NoScript: true})
	decider.SignIn(installationtest.DecisionMaker)
	decider.Visit(at)
	openFolds(decider)
	decider.Fill("waive-reason", "Virksomheten er lagt ned.")
	decider.Press("Ikke krev rapporten")
	decider.Wants("Rapporten kreves ikke lenger.")
}

func TestACheckinIsHeldWithWhatWasAgreedOn(t *testing.T) {
	a := reportingtest.Accept(t)
	a.Plan(t)
	follow(t, a)
	a.API.MoveClock(t, time.Date(2019, 9, 4, 8, 0, 0, 0, time.UTC))
	follow(t, a)
	client := saakornv1.NewFollowupServiceClient(a.API.Connection)
	list, err := client.ListPlannedCheckins(a.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.ListPlannedCheckinsRequest{})
	if err != nil || len(list.GetCheckins()) == 0 {
		t.Fatalf("planned %v, error %v", list, err)
	}
	first := list.GetCheckins()[0].GetId()
	site := webtest.Serve(t, a.API)
	officer := site.Open(t, webtest.Options{})
	officer.SignIn(installationtest.CaseOfficer)
	officer.Visit("/followup/checkins")
	officer.Wants("Samtaler", "Datoen er passert")
	officer.Look("caseworker/followup-checkins")
	officer.Visit("/followup/signals")
	officer.Wants("Et signal er en grunn til å snakke sammen")
	officer.Look("caseworker/followup-signals")
	at := "/lifecycles/" + a.LifecycleID.String() + "/checkins"
	officer.Visit(at)
	officer.Wants("og rapporten er ikke kommet", "Hvor tett vi følger opp")
	openFolds(officer)
	officer.Look("caseworker/checkins")
	form := first + "-record-"
	officer.Press("Lagre samtalen")
	officer.Wants("Du må rette disse feilene")
	officer.Check(form + "channel-1")
	officer.Fill(form+"notes", "Vi snakket om priser og om styret.")
	officer.Fill(form+"internal_notes", "Følg med på styret.")
	officer.Fill(form+"text1", "Lage prisliste")
	officer.Fill(form+"due_on1", "2019-10-01")
	officer.Press("Lagre samtalen")
	officer.Wants("Samtalen er lagret.", "Lage prisliste", "Vi snakket om priser", "Følg med på styret.")
	openFolds(officer)
	officer.Press("Det er gjort")
	officer.Wants("Punktet er avsluttet.", "Gjort")
	openFolds(officer)
	officer.Fill("add-planned_on", "2019-11-20")
	officer.Fill("add-reason", "Vi vil høre hvordan det gikk med prislisten.")
	officer.Press("Planlegg samtalen")
	officer.Wants("Samtalen er planlagt.", "20. november 2019")
	openFolds(officer)
	officer.Check("plan-risk-2")
	officer.Fill("plan-reason", "Styret er skiftet ut.")
	officer.Press("Lagre planen")
	officer.Wants("Planen er lagret.", "Tett oppfølging", "Styret er skiftet ut.")
	officer.Look("caseworker/checkins-held")
	officer.Follow("Skriv hva samtalen ga")
	officer.Wants("Et signal er en grunn til å snakke sammen")
	officer.Look("caseworker/lifecycle-signals")
}

func TestBothSidesAssessSustainabilityAndTheOfficerExplainsDepartures(t *testing.T) {
	a := reportingtest.Accept(t)
	a.Plan(t)
	a.Settle(t, a.Deliver(t, "final_report", writing.PDF("annual_accounts")))
	client := saakornv1.NewFollowupServiceClient(a.API.Connection)
	var own []*saakornv1.DimensionScore
	for _, key := range dimensions() {
		own = append(own, &saakornv1.DimensionScore{Dimension: key, Level: 3})
	}
	_, err := client.AssessOwnSustainability(a.API.As(t.Context(), a.Person), &saakornv1.AssessOwnSustainabilityRequest{
		RequestId: uuid.NewString(), LifecycleId: a.LifecycleID.String(), GrantYear: int32(a.Year), Scores: own,
	})
	if err != nil {
		t.Fatal(err)
	}
	officer := webtest.Serve(t, a.API).Open(t, webtest.Options{})
	officer.SignIn(installationtest.CaseOfficer)
	officer.Visit("/lifecycles/" + a.LifecycleID.String() + "/sustainability")
	officer.Wants("Du ser svarene når du har gitt din vurdering.", "Den største betaleren står for 50 prosent")
	for _, key := range dimensions() {
		officer.Check("assess-level-" + key + "-1")
	}
	officer.Press("Lagre vurderingen")
	officer.Wants("Du må rette disse feilene", "Inntektene kommer fra flere: Skriv en begrunnelse.")
	officer.Look("caseworker/sustainability-refused")
	for _, key := range dimensions() {
		officer.Fill("assess-reason-"+key, "Vi kjenner virksomheten og mener det er tidlig ennå.")
	}
	officer.Press("Lagre vurderingen")
	officer.Wants("Vurderingen er lagret.", "3 av 4", "1 av 4", "Avviker fra tallene")
	officer.Look("caseworker/sustainability")
}

func dimensions() []string {
	return []string{"business_model", "earned_income", "liquidity", "diversification", "organisation", "plan_after_grant"}
}

func TestACompetenceNeedIsReferredAndEnded(t *testing.T) {
	a := reportingtest.Accept(t)
	officer := webtest.Serve(t, a.API).Open(t, webtest.Options{NoScript: true})
	officer.SignIn(installationtest.CaseOfficer)
	officer.Visit("/lifecycles/" + a.LifecycleID.String() + "/needs")
	officer.Press("Meld behovet")
	officer.Wants("Du må rette disse feilene")
	officer.Fill("add-topic", "Prising")
	officer.Fill("add-description", "Virksomheten vet ikke hva den skal ta betalt.")
	officer.Press("Meld behovet")
	officer.Wants("Behovet er meldt.", "Prising")
	openFolds(officer)
	officer.Fill(webtest.Eval[string](officer, `document.querySelector("input[name=partner]").id`), "Innovasjon Norge")
	officer.Press("Henvis")
	officer.Wants("Virksomheten er henvist til partneren.", "Innovasjon Norge")
	openFolds(officer)
	officer.Fill(webtest.Eval[string](officer, `document.querySelector("textarea[name=outcome]").id`), "Kurset ga en prisliste.")
	officer.Press("Behovet er dekket")
	officer.Wants("Behovet er avsluttet.", "Dekket", "Kurset ga en prisliste.")
}

func TestAnExampleIsConsentedToAndPublishedBySomebodyElse(t *testing.T) {
	a := reportingtest.Accept(t)
	a.Plan(t)
	report := a.Deliver(t, "final_report", writing.PDF("annual_accounts"))
	a.Settle(t, report)
	examples := saakornv1.NewExampleServiceClient(a.API.Connection)
	drafted, err := examples.DraftExample(a.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.DraftExampleRequest{RequestId: uuid.NewString(), ReportId: report.GetId()})
	if err != nil {
		t.Fatal(err)
	}
	site := webtest.Serve(t, a.API)
	at := "/followup/examples/" + drafted.GetExample().GetId()
	officer := site.Open(t, webtest.Options{})
	officer.SignIn(installationtest.CaseOfficer)
	officer.Visit("/followup/examples")
	officer.Wants("Ingen eksempler her")
	officer.Follow("Utkast")
	officer.Follow(drafted.GetExample().GetContent().GetTitle())
	officer.Wants("Virksomheten må lese utkastet og samtykke")
	officer.Look("caseworker/example")
	officer.Fill("update-title", "")
	officer.Fill("update-place", "Hamar")
	officer.Fill("update-title", "Praksis hos små bedrifter")
	officer.Press("Lagre endringene")
	officer.Wants("Endringene er lagret.", "Praksis hos små bedrifter")

	mine, err := examples.GetExample(a.API.As(t.Context(), a.Person), &saakornv1.GetExampleRequest{ExampleId: drafted.GetExample().GetId()})
	if err != nil {
		t.Fatal(err)
	}
	_, err = examples.ConsentToExample(a.API.As(t.Context(), a.Person), &saakornv1.ConsentToExampleRequest{RequestId: uuid.NewString(), ExampleId: mine.GetExample().GetId(), Etag: mine.GetExample().GetEtag()})
	if err != nil {
		t.Fatal(err)
	}
	officer.Visit(at)
	officer.Wants("En annen enn deg godkjenner og publiserer.")
	if strings.Contains(officer.Text(), "Godkjenn og publiser") {
		t.Error("whoever drafted the example may publish it")
	}
	decider := site.Open(t, webtest.Options{NoScript: true, Width: 320})
	decider.SignIn(installationtest.DecisionMaker)
	decider.Visit("/tasks?whose=unowned")
	decider.Follow("Publiser et godt eksempel")
	decider.Press("Godkjenn og publiser")
	decider.Wants("Eksempelet er publisert.", "Tatt i bruk")
	officer.Visit("/followup/examples?show=published")
	officer.Wants("Praksis hos små bedrifter", "Samtykket")
	officer.Look("caseworker/followup-examples")
	officer.Visit("/lifecycles/" + a.LifecycleID.String() + "/learning")
	openFolds(officer)
	officer.Fill("handover-learned", "Begynn med bedriftene.")
	officer.Fill("handover-receiver", "Hamar kommune")
	officer.Press("Lagre")
	officer.Wants("Læringen og overføringen er lagret.", "Hamar kommune")
	officer.Look("caseworker/learning")
	officer.Visit(at)
	openFolds(officer)
	officer.Press("Trekk tilbake")
	officer.Wants("Eksempelet er trukket tilbake.")
}

func TestWhatBecameOfAnEnterpriseIsListedAndRead(t *testing.T) {
	a := reportingtest.Accept(t)
	_, err := a.API.Installation.Pool.Exec(t.Context(), `UPDATE lifecycle SET state = 'CLOSED', exit_kind = 'SUSTAINABLE', exit_on = '2020-05-04', closed_at = '2020-05-04' WHERE id = $1`, a.LifecycleID)
	if err != nil {
		t.Fatal(err)
	}
	site := webtest.Serve(t, a.API)
	officer := site.Open(t, webtest.Options{})
	officer.SignIn(installationtest.CaseOfficer)
	at := "/lifecycles/" + a.LifecycleID.String() + "/after"
	officer.Visit(at)
	officer.Press("Begynn å spørre")
	officer.Wants("Virksomheten blir spurt når tiden er inne.", "24 måneder etter")
	client := saakornv1.NewFollowupServiceClient(a.API.Connection)
	questions, err := client.ListAfterQuestions(a.API.As(t.Context(), a.Person), &saakornv1.ListAfterQuestionsRequest{LifecycleId: a.LifecycleID.String()})
	if err != nil {
		t.Fatal(err)
	}
	a.API.MoveClock(t, time.Date(2020, 11, 5, 12, 0, 0, 0, time.UTC))
	first := uuid.MustParse(questions.GetQuestions()[0].GetId())
	p := a.API.Installation.Followup
	if _, err := p.WriteQuestion(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if err := p.MarkAsked(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	officer.Visit("/followup/after")
	officer.Wants("6 måneder etter", "05.11.2020")
	questions, err = client.ListAfterQuestions(a.API.As(t.Context(), a.Person), &saakornv1.ListAfterQuestionsRequest{LifecycleId: a.LifecycleID.String()})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.AnswerAfterQuestion(a.API.As(t.Context(), a.Person), &saakornv1.AnswerAfterQuestionRequest{
		RequestId: uuid.NewString(), QuestionId: first.String(), Etag: questions.GetQuestions()[0].GetEtag(), Answer: &saakornv1.AfterAnswer{
			StillRunning: true, LedTo: "Kommunen kjøper tjenesten.", Why: "Avtalen gjelder i tre år.", Followed_6M: new(int64(19)), InWork_6M: new(int64(12)),
			Income: []*saakornv1.AfterIncome{{Source: saakornv1.IncomeSource_INCOME_SOURCE_SALES_MUNICIPAL, AmountOre: 900_000_00}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	officer.Visit("/followup/after?show=answered")
	officer.Wants("I drift", "Hvordan det går etter tilskuddet")
	officer.Look("caseworker/followup-after")
	officer.Visit(at)
	officer.Wants("Kommunen kjøper tjenesten.", "12 av 19", "900 000 kroner")
	officer.Look("caseworker/after")
}

func TestAClaimIsPaidInPartsRecordedAndSettled(t *testing.T) {
	h := paymenttest.Open(t)
	a := h.Offer(t, 1, 500_000_00).Accept(t)
	a.Account(t, paymenttest.Numbers(1))
	a.Pay(t, 1)
	a.Recover(t, 100_000_00)
	a.Drive(t)
	site := webtest.Serve(t, h.API)
	at := "/lifecycles/" + a.LifecycleID.String() + "/claims"
	claims, err := h.API.Recoveries.ListClaims(h.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.ListClaimsRequest{EnterpriseId: a.EnterpriseID.String()})
	if err != nil || len(claims.GetClaims()) != 1 {
		t.Fatalf("claims %v, error %v", claims, err)
	}
	claim := claims.GetClaims()[0].GetId()

	officer := site.Open(t, webtest.Options{})
	officer.SignIn(installationtest.CaseOfficer)
	officer.Visit("/followup/claims")
	officer.Wants("100 000 kroner", "Ikke betalt")
	officer.Look("caseworker/followup-claims")
	officer.Visit("/followup/claims/" + claim)
	officer.Wants("Krav på 100 000 kroner", "Vedtak om tilbakekreving", "Oppgjør")
	openFolds(officer)
	officer.Fill(claim+"-parts-parts", "200")
	officer.Fill(claim+"-parts-first_due_on", calendar.On(h.API.Now()).AddDays(20).String())
	officer.Press("Avtal avdragene")
	officer.Wants("Du må rette disse feilene")
	openFolds(officer)
	officer.Fill(claim+"-parts-parts", "3")
	officer.Press("Avtal avdragene")
	officer.Wants("Avdragene er avtalt.", "33 333 kroner")
	openFolds(officer)
	officer.Fill("awards-"+a.ID.String()+"-settle-used", "100 000")
	officer.Fill("awards-"+a.ID.String()+"-settle-basis", "Godkjent regnskap.")
	officer.Press("Lagre oppgjøret")
	officer.Wants("En annen enn deg bekrefter det.", "Venter på bekreftelse")
	officer.Look("caseworker/claims")

	approver := site.Open(t, webtest.Options{NoScript: true, Width: 320})
	approver.SignIn(paymenttest.Approver)
	approver.Visit(at)
	openFolds(approver)
	approver.Fill(claim+"-repayment-amount", "40 000")
	approver.Fill(claim+"-repayment-booked_on", calendar.On(h.API.Now()).String())
	approver.Fill(claim+"-repayment-note", "Innbetalt uten KID.")
	approver.Press("Før innbetalingen")
	approver.Wants("Innbetalingen er ført.", "60 000 kroner", "ført for hånd")
	approver.Press("Bekreft oppgjøret")
	approver.Wants("Oppgjøret er bekreftet.", "Krav på 50 000 kroner")

	next := a.Again(t, 600_000_00, 2020).Accept(t)
	next.Drive(t)
	officer.Visit("/awards/" + next.ID.String() + "/payments")
	openFolds(officer)
	officer.Look("caseworker/money-set-off")
}

func TestPagesOfFollowUpAreReadInThreeLanguages(t *testing.T) {
	a := reportingtest.Accept(t)
	a.Plan(t)
	report := a.Deliver(t, "final_report", writing.PDF("annual_accounts"))
	follow(t, a)
	site := webtest.Serve(t, a.API)
	l := "/lifecycles/" + a.LifecycleID.String()
	pages := []string{
		"/followup?show=all", "/followup/checkins", "/followup/signals", "/followup/after", "/followup/examples", "/followup/claims", "/followup/reports/" + report.GetId(),
		l + "/reports", l + "/checkins", l + "/sustainability", l + "/needs", l + "/after", l + "/learning", l + "/claims",
	}
	for _, language := range text.Languages() {
		for _, person := range []string{installationtest.CaseOfficer, installationtest.Auditor} {
			b := site.Open(t, webtest.Options{Language: language, Width: 320})
			b.SignIn(person)
			for _, page := range pages {
				b.Visit(page)
				openFolds(b)
				b.Accessible()
			}
		}
		refused := map[text.Language]string{text.Bokmal: "Skriv minst ett spørsmål.", text.Nynorsk: "Skriv minst eitt spørsmål.", text.English: "Write at least one question."}
		b := site.Open(t, webtest.Options{Language: language, NoScript: true})
		b.SignIn(installationtest.CaseOfficer)
		b.Visit("/followup/reports/" + report.GetId())
		openFolds(b)
		webtest.Eval[string](b, `(document.querySelector("form[action$='/return'] button").id = "send-back", "")`)
		b.PressID("send-back")
		b.Wants(refused[language])
	}
}

func TestAKeyboardIsEnoughToReturnAReport(t *testing.T) {
	a := reportingtest.Accept(t)
	a.Plan(t)
	report := a.Deliver(t, "final_report", writing.PDF("annual_accounts"))
	b := webtest.Serve(t, a.API).Open(t, webtest.Options{})
	b.SignIn(installationtest.CaseOfficer)
	b.Visit("/followup/reports/" + report.GetId())
	b.TabTo(`e.tagName == "SUMMARY" && e.textContent.includes("Send tilbake med spørsmål")`)
	b.Type("\r")
	b.TabTo(`e.name == "questions"`)
	b.Type("Hva er gjort med prisene?")
	b.TabTo(`e.tagName == "BUTTON" && e.textContent.includes("Send tilbake")`)
	b.Submit("\r")
	b.Wants("Rapporten er sendt tilbake med spørsmål.", "Hva er gjort med prisene?")
}
