package caseworker_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/grant/granttest"
	"saakorn/services/installation/installationtest"
	"saakorn/services/payment/paymenttest"
	"saakorn/web/text"
	"saakorn/web/webtest"
)

func TestAMeasureIsTakenFromProposalToDecisionInTheBrowser(t *testing.T) {
	h := granttest.Open(t)
	award := h.Offer(t, 1, "Virksomheten sender inn en signert avtale.")[0]
	h.Accept(t, 1, award.GetId())
	h.Follow(t, award.GetLifecycleId())
	site := webtest.Serve(t, h.API)
	at := "/lifecycles/" + award.GetLifecycleId()

	officer := site.Open(t, webtest.Options{})
	officer.SignIn(installationtest.CaseOfficer)
	officer.Visit("/lifecycles")
	officer.Look("caseworker/lifecycles")
	officer.Visit(at)
	officer.Wants("År 1 av 5", "Vilkår", "signert avtale", "Dette mangler før tilskuddet kan avsluttes", "Sluttrapporten er ikke godkjent")
	officer.Look("caseworker/lifecycle")
	officer.Check("awards-" + award.GetId() + "-measure-kind-0")
	openFolds(officer)
	officer.Press("Foreslå reaksjonen")
	officer.Wants("Du må rette disse feilene")
	if !webtest.Eval[bool](officer, `document.getElementById("awards-`+award.GetId()+`-measure-kind-0").checked`) {
		t.Error("what was chosen is not kept")
	}
	officer.Look("caseworker/lifecycle-refused")
	officer.Fill("awards-"+award.GetId()+"-measure-grounds", "Virksomheten har ikke svart på tre henvendelser.")
	officer.Press("Foreslå reaksjonen")
	officer.Wants("Reaksjonen er foreslått.", "Stans i utbetaling")
	measure := onlyMeasure(t, h, award)
	openFolds(officer)
	officer.Fill("measures-"+measure+"-recommend-reasons", "Utbetalingen stanses til virksomheten har svart.")
	officer.Fill("measures-"+measure+"-recommend-no_notice", "Varsel kan ikke gis før utbetalingen er gjennomført.")
	officer.Press("Legg fram innstillingen")
	officer.Wants("Innstillingen er lagt fram.", "Til avgjørelse")
	h.Follow(t, award.GetLifecycleId())

	decider := site.Open(t, webtest.Options{})
	decider.SignIn(installationtest.DecisionMaker)
	decider.Visit("/tasks?whose=unowned")
	decider.Wants("Avgjør en reaksjon")
	decider.Look("caseworker/tasks")
	decider.Follow("Avgjør en reaksjon")
	decider.Press("Gjør vedtak om reaksjonen")
	decider.Wants("Vedtaket er gjort.", "Utbetaling stanset")
	decider.Look("caseworker/lifecycle-suspended")
	if strings.Contains(decider.Text(), "Opphev stansen") {
		t.Error("a suspension that nobody has proposed to lift is offered to be lifted")
	}

	officer.Visit(at)
	openFolds(officer)
	officer.Fill("conditions-"+h.Award(t, award.GetId()).GetConditions()[0].GetId()+"-settle-reason", "Avtalen er lest og arkivert.")
	officer.Press("Lagre at det er oppfylt")
	officer.Wants("Vilkåret er oppfylt.", "Avtalen er lest og arkivert.")
}

func onlyMeasure(t *testing.T, h *granttest.House, a *saakornv1.Award) string {
	t.Helper()
	answer, err := h.Measures.ListMeasures(h.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.ListMeasuresRequest{AwardId: a.GetId()})
	if err != nil || len(answer.GetMeasures()) != 1 {
		t.Fatalf("measures %v, error %v", answer.GetMeasures(), err)
	}
	return answer.GetMeasures()[0].GetId()
}

// openFolds unfolds everything that is folded away.
func openFolds(b *webtest.Browser) {
	webtest.Eval[string](b, `(document.querySelectorAll("main details").forEach(d => d.open = true), "")`)
}

func TestATaskIsTakenAndEndedWithoutScripts(t *testing.T) {
	h := granttest.Open(t)
	award := h.Offer(t, 1)[0]
	_, err := h.Tasks.CreateTask(h.API.As(t.Context(), "case-officer-2"), &saakornv1.CreateTaskRequest{
		RequestId: uuid.NewString(), LifecycleId: award.GetLifecycleId(), Text: "Ring virksomheten om oppstart", Role: saakornv1.Role_ROLE_CASE_OFFICER,
	})
	if err != nil {
		t.Fatal(err)
	}
	b := webtest.Serve(t, h.API).Open(t, webtest.Options{NoScript: true, Width: 320})
	b.SignIn(installationtest.CaseOfficer)
	b.Visit("/tasks")
	b.Wants("Ingen oppgaver her")
	b.Visit("/tasks?whose=unowned")
	b.Wants("Ring virksomheten om oppstart")
	openFolds(b)
	b.Press("Ta oppgaven selv")
	b.Wants("Oppgaven er din.", "Ring virksomheten om oppstart")
	openFolds(b)
	b.Press("Trengs ikke")
	b.Wants("Du må rette disse feilene")
	openFolds(b)
	b.Press("Oppgaven er gjort")
	b.Wants("Oppgaven er avsluttet.", "Ingen oppgaver her")
}

func TestAPaymentIsPreparedAndApprovedByTwoInTheBrowser(t *testing.T) {
	h := paymenttest.Open(t)
	a := h.Offer(t, 1, 500_000_00).Accept(t)
	site := webtest.Serve(t, h.API)
	a.Account(t, paymenttest.Numbers(1))
	at := "/awards/" + a.ID.String() + "/payments"

	officer := site.Open(t, webtest.Options{})
	officer.SignIn(installationtest.CaseOfficer)
	officer.Visit("/payments")
	officer.Wants("Ingen utbetalinger her")
	officer.Look("caseworker/payments-empty")
	officer.Visit("/accounts")
	officer.Wants("Ingen kontoer venter")
	officer.Look("caseworker/accounts-empty")
	officer.Visit(at)
	officer.Wants("Vilkårene er akseptert", "Hvor pengene er")
	officer.Look("caseworker/money")
	officer.Press("Klargjør utbetalingen")
	officer.Wants("Utbetalingen er klargjort", "Venter på godkjenning")

	for _, person := range []string{paymenttest.Approver, paymenttest.SecondApprover} {
		approver := site.Open(t, webtest.Options{})
		approver.SignIn(person)
		approver.Visit("/payments?state=PAYMENT_STATE_PREPARED")
		approver.Look("caseworker/payments-" + person)
		approver.Press("Godkjenn de valgte")
		approver.Wants("Velg minst én utbetaling.")
		approver.Check(webtest.Eval[string](approver, `document.querySelector("input[name=payment]").id`))
		approver.Press("Godkjenn de valgte")
		approver.Wants("Utbetalingene er godkjent.")
	}
	if state := a.Plan(t).GetInstalments()[0].GetPayments()[0].GetState(); state != saakornv1.PaymentState_PAYMENT_STATE_APPROVED {
		t.Errorf("the payment is %s", state)
	}
	for _, language := range text.Languages() {
		b := site.Open(t, webtest.Options{Language: language, Width: 320})
		b.SignIn(installationtest.Manager)
		for _, path := range []string{"/payments", at, "/lifecycles/" + a.LifecycleID.String(), "/tasks?whose=everybody"} {
			b.Visit(path)
			b.Accessible()
		}
	}
}
