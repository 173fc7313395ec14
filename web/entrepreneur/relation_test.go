package entrepreneur_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	writing "saakorn/services/application/fictional"
	"saakorn/services/casework/caseworktest"
	"saakorn/services/followup"
	"saakorn/services/grant/granttest"
	"saakorn/services/installation/installationtest"
	"saakorn/services/payment/paymenttest"
	"saakorn/services/reporting/reportingtest"
	"saakorn/web/text"
	"saakorn/web/webtest"
)

// ways are the ways in which every task of a relation is walked.
func ways() map[string]webtest.Options {
	return map[string]webtest.Options{
		"in bokmål":                      {Language: text.Bokmal},
		"in nynorsk without scripts":     {Language: text.Nynorsk, NoScript: true, Width: 320},
		"in English on a narrow display": {Language: text.English, Width: 320},
	}
}

// visitor is somebody who acts for an enterprise, in a browser.
type visitor struct {
	*webtest.Browser
	p text.Printer
}

func visit(t *testing.T, s *webtest.Site, o webtest.Options, person string) visitor {
	t.Helper()
	b := s.Open(t, o)
	b.SignIn(person)
	return visitor{b, printer(t, o.Language)}
}

// Wants demands that the page says all of it; it takes spaces that do not break for others.
func (v visitor) Wants(texts ...string) {
	for i := range texts {
		texts[i] = strings.ReplaceAll(texts[i], "\u00a0", " ")
	}
	v.Browser.Wants(texts...)
}

func (v visitor) look(name string) { v.Look("entrepreneur/" + string(v.p.Language) + "-" + name) }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// follow plans the check-ins of a lifecycle and asks what is to be asked after the grant, as the procedure
// would.
func follow(t *testing.T, api *installationtest.API, lifecycleID string) {
	t.Helper()
	id, p := uuid.MustParse(lifecycleID), api.Installation.Followup
	for range 30 {
		s, err := p.Look(t.Context(), id)
		must(t, err)
		subject, _ := uuid.Parse(s.Subject)
		switch s.Next {
		case followup.TaskPlanYear:
			err = p.PlanYear(t.Context(), id)
		case followup.TaskRaiseSignals:
			err = p.RaiseSignals(t.Context(), id)
		case followup.TaskInvite:
			err = p.MarkInvited(t.Context(), subject)
		case followup.TaskMarkLate:
			err = p.MarkLate(t.Context(), subject)
		case followup.TaskPlanQuestions:
			err = p.PlanQuestions(t.Context(), id)
		case followup.TaskAsk:
			err = p.MarkAsked(t.Context(), subject)
		default:
			return
		}
		must(t, err)
	}
	t.Fatal("the follow-up comes to no rest")
}

// hold records the first check-in, with something for each side to do.
func hold(t *testing.T, api *installationtest.API, lifecycleID string) {
	t.Helper()
	follows, ctx := saakornv1.NewFollowupServiceClient(api.Connection), api.As(t.Context(), installationtest.CaseOfficer)
	list, err := follows.ListCheckins(ctx, &saakornv1.ListCheckinsRequest{LifecycleId: lifecycleID})
	must(t, err)
	first := list.GetCheckins()[len(list.GetCheckins())-1]
	day, err := time.Parse(time.DateOnly, first.GetPlannedOn())
	must(t, err)
	api.MoveClock(t, day.Add(12*time.Hour))
	_, err = follows.RecordCheckin(ctx, &saakornv1.RecordCheckinRequest{
		RequestId: uuid.NewString(), CheckinId: first.GetId(), Etag: first.GetEtag(), HeldOn: first.GetPlannedOn(),
		Channel: saakornv1.CheckinChannel_CHECKIN_CHANNEL_VIDEO, Notes: "Vi snakket om pris og om de første kundene.", InternalNotes: "Følg med på styret.",
		ActionPoints: []*saakornv1.NewActionPoint{
			{Text: "Lag en prisliste for bedrifter.", DueOn: "2019-12-01"},
			{Text: "Send mal for avtale.", OwnerId: installationtest.CaseOfficer, DueOn: "2019-11-01"},
		},
	})
	must(t, err)
}

func TestAnEnterpriseFollowsItsGrantThroughTheYear(t *testing.T) {
	for name, options := range ways() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := granttest.Open(t)
			award := h.Offer(t, 1)[0]
			h.Accept(t, 1, award.GetId())
			h.Follow(t, award.GetLifecycleId())
			follow(t, h.API, award.GetLifecycleId())
			hold(t, h.API, award.GetLifecycleId())
			v := visit(t, webtest.Serve(t, h.API), options, caseworktest.Applicant(1))
			v.Wants(v.p.T("duty.account"), v.p.T("duty.assess", "year", "2019"), "Lag en prisliste for bedrifter.", v.p.Date("2019-12-01"))
			v.look("50-my-grant")
			v.Visit("/grants/" + award.GetLifecycleId())
			v.Wants(v.p.T("award.year_of", "n", "1", "max", "5"), v.p.T("relation.to_apply"), v.p.T("relation.ahead_checkin"), v.p.T("door.exit_plan"))
			v.look("51-relation")
			v.giveAccount(t)
			v.assess(t, h, award.GetLifecycleId())
			v.doWhatWasAgreed()
			v.askForHelp()
			v.planTheWayOut()
			v.handOver()
			v.Visit("/enterprises/" + award.GetEnterpriseId() + "/documents")
			v.Wants(v.p.T("documents.from_us"), v.p.T("documents.application"))
			v.look("66-documents")
		})
	}
}

func (v visitor) giveAccount(t *testing.T) {
	t.Helper()
	v.Follow(v.p.T("duty.account_go"))
	v.Wants(v.p.T("account.none"))
	v.Fill("number", "12345678901")
	v.Press(v.p.T("account.send"))
	v.Wants(v.p.T("violation.CHECK_DIGIT_WRONG.number"))
	v.look("52-account-wrong")
	v.Fill("number", "3260 05 96984")
	v.Press(v.p.T("account.send"))
	v.Wants(v.p.T("notice.account_proposed"), v.p.T("account_is.PAYEE_ACCOUNT_STATE_PROPOSED"))
	if webtest.Eval[bool](v.Browser, `Boolean(document.getElementById("number"))`) {
		t.Error("another account can be given while one waits to be confirmed")
	}
	v.look("53-account")
}

func (v visitor) assess(t *testing.T, h *granttest.House, lifecycleID string) {
	t.Helper()
	dimensions := []string{"business_model", "earned_income", "liquidity", "diversification", "organisation", "plan_after_grant"}
	var scores []*saakornv1.DimensionScore
	for i, d := range dimensions {
		scores = append(scores, &saakornv1.DimensionScore{Dimension: d, Level: int32(i % 4), Reason: "Vi kjenner dere fra søknaden."})
	}
	_, err := saakornv1.NewFollowupServiceClient(h.API.Connection).AssessSustainability(h.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.AssessSustainabilityRequest{
		RequestId: uuid.NewString(), LifecycleId: lifecycleID, GrantYear: 2019, Scores: scores,
	})
	must(t, err)
	v.Visit("/my")
	v.Follow(v.p.T("duty.assess_go"))
	v.look("54-assessment")
	v.Check("level-business_model-2")
	v.Fill("reason-business_model", "To kunder har betalt.")
	v.Press(v.p.T("own_assess.save"))
	v.Wants(v.p.T("errors.heading"), v.p.T("violation.REQUIRED"))
	if !webtest.Eval[bool](v.Browser, `document.getElementById("level-business_model-2").checked`) {
		t.Error("what was chosen is not kept")
	}
	v.look("55-assessment-wrong")
	for _, d := range dimensions[1:] {
		v.Check("level-" + d + "-3")
	}
	v.Press(v.p.T("own_assess.save"))
	v.Wants(v.p.T("notice.assessed"), v.p.T("own_assess.nav")+": 0 – "+v.p.T("own_assess.level_0"), "Vi kjenner dere fra søknaden.", "To kunder har betalt.")
	v.look("56-assessment-done")
}

func (v visitor) doWhatWasAgreed() {
	v.Visit("/my")
	v.Follow(v.p.T("duty.point_go"))
	v.Wants("Vi snakket om pris og om de første kundene.", "Send mal for avtale.", v.p.T("own_point.you"))
	v.look("57-checkins")
	v.Press(v.p.T("own_point.done"))
	v.Wants(v.p.T("notice.point_done"))
}

func (v visitor) askForHelp() {
	v.Press(v.p.T("own_need.send"))
	v.Wants(v.p.T("violation.STRING_MIN_LEN"))
	v.Fill("topic", "Prising")
	v.Fill("description", "Vi vet ikke hva vi kan ta betalt.")
	v.Press(v.p.T("own_need.send"))
	v.Wants(v.p.T("notice.own_need_added"), v.p.T("own_need_state.COMPETENCE_NEED_STATE_OPEN"))
	v.look("58-needs")
	v.Fill(webtest.Eval[string](v.Browser, `document.querySelector("input[id^=outcome-]").id`), "Et kurs ga oss en prisliste.")
	v.Press(v.p.T("own_need.met"))
	v.Wants(v.p.T("notice.own_need_settled"), "Et kurs ga oss en prisliste.")
	v.Follow(v.p.T("relation.back"))
}

func (v visitor) planTheWayOut() {
	v.Follow(v.p.T("door.exit_plan"))
	v.Wants(v.p.T("own_exit.not_yet"))
	v.Fill("step-1", "Avtale med kommunen")
	v.Fill("due-1", "i høst")
	v.Press(v.p.T("own_exit.send"))
	v.Wants(v.p.T("violation.NO_SUCH_DATE"))
	v.look("59-exit-plan-wrong")
	v.Check("route-1")
	v.Fill("description", "Kommunen kjøper plasser fra neste år.")
	v.Fill("due-1", "1.10.2020")
	v.Press(v.p.T("own_exit.send"))
	v.Wants(v.p.T("notice.exit_plan_sent"), "Kommunen kjøper plasser fra neste år.", v.p.Date("2020-10-01")+": Avtale med kommunen")
	v.look("60-exit-plan")
	v.Follow(v.p.T("relation.back"))
}

func (v visitor) handOver() {
	v.Follow(v.p.T("door.handover"))
	v.Fill("learned", "Korte perioder med praksis virker best.")
	v.Fill("receiver", "Nav Prøve")
	v.Press(v.p.T("own_handover.save"))
	v.Wants(v.p.T("notice.own_handover_saved"))
	v.look("61-handover")
}

func TestAnEnterpriseAsksForChangesAndSeesTheAnswers(t *testing.T) {
	for name, options := range ways() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := granttest.Open(t)
			award := h.Offer(t, 1)[0]
			h.Accept(t, 1, award.GetId())
			h.Follow(t, award.GetLifecycleId())
			v := visit(t, webtest.Serve(t, h.API), options, caseworktest.Applicant(1))
			v.Visit("/awards/" + award.GetId() + "/changes")
			v.Wants(v.p.T("change.none"))
			v.look("70-changes")
			v.Follow(v.p.T("change_ask.budget"))
			lines := webtest.Eval[[]string](v.Browser, `[...document.querySelectorAll("input[id^='more.']")].map(e => e.id.slice(5))`)
			v.Fill("less."+lines[0], "20 000")
			v.Fill("more."+lines[1], "10 000")
			v.Fill("grounds", "Vi trenger mer opplæring.")
			v.Press(v.p.T("change.send"))
			v.Wants(v.p.T("violation.NOT_BALANCED.moves"))
			v.look("71-rebudget-wrong")
			v.Fill("more."+lines[1], "20 000")
			v.Press(v.p.T("change.send"))
			v.Wants(v.p.T("notice.change_asked"), v.p.T("change_state.CHANGE_STATE_SUBMITTED"), v.p.Kroner(20_000_00))
			v.Follow(v.p.T("change_ask.time"))
			v.Fill("spend_by", "30.6.2030")
			v.Fill("grounds", "Lokalet ble ferdig for sent.")
			v.Press(v.p.T("change.send"))
			v.Wants(v.p.T("violation.TOO_LATE.spend_by"))
			v.look("72-extension-wrong")
			v.Fill("spend_by", "30.6.2020")
			v.Press(v.p.T("change.send"))
			v.Follow(v.p.T("change_ask.contact"))
			v.Fill("contact_email", "nina")
			v.Press(v.p.T("change.send"))
			v.Wants(v.p.T("violation.STRING_MIN_LEN"))
			v.Fill("contact_name", "Nina Ny")
			v.Fill("contact_email", "nina@saakorn.example")
			v.Fill("grounds", "Ola har sluttet.")
			v.Press(v.p.T("change.send"))
			v.Press(v.p.T("change.withdraw"))
			v.Wants(v.p.T("notice.change_withdrawn"), v.p.T("change_state.CHANGE_STATE_WITHDRAWN"))
			approveExtension(t, h, award.GetId())
			v.Visit("/awards/" + award.GetId() + "/changes")
			v.Wants(v.p.T("change_state.CHANGE_STATE_APPROVED"), "Forsinkelsen er ikke deres skyld.", v.p.T("change.until", "date", v.p.Date("2020-06-30")))
			v.look("73-changes-answered")
		})
	}
}

// approveExtension has two people of the directorate approve the request for more time.
func approveExtension(t *testing.T, h *granttest.House, awardID string) {
	t.Helper()
	officer, decider := h.API.As(t.Context(), installationtest.CaseOfficer), h.API.As(t.Context(), installationtest.DecisionMaker)
	list, err := h.Changes.ListChangeRequests(officer, &saakornv1.ListChangeRequestsRequest{AwardId: awardID})
	must(t, err)
	for _, c := range list.GetChangeRequests() {
		if c.GetKind() != saakornv1.ChangeKind_CHANGE_KIND_EXTENSION {
			continue
		}
		recommended, err := h.Changes.RecommendChangeRequest(officer, &saakornv1.RecommendChangeRequestRequest{
			RequestId: uuid.NewString(), ChangeRequestId: c.GetId(), Etag: c.GetEtag(), Approve: true, Reasons: "Forsinkelsen er ikke deres skyld.",
		})
		must(t, err)
		_, err = h.Changes.DecideChangeRequest(decider, &saakornv1.DecideChangeRequestRequest{
			RequestId: uuid.NewString(), ChangeRequestId: c.GetId(), Etag: recommended.GetChangeRequest().GetEtag(), Approve: true,
		})
		must(t, err)
	}
}

func TestAnEnterpriseIsHeardBeforeAMeasureAndAppealsIt(t *testing.T) {
	for name, options := range ways() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := granttest.Open(t)
			award := h.Offer(t, 1)[0]
			h.Accept(t, 1, award.GetId())
			h.Follow(t, award.GetLifecycleId())
			officer := h.API.As(t.Context(), installationtest.CaseOfficer)
			proposed, err := h.Measures.ProposeMeasure(officer, &saakornv1.ProposeMeasureRequest{
				RequestId: uuid.NewString(), AwardId: award.GetId(), Kind: saakornv1.MeasureKind_MEASURE_KIND_REDUCTION, AmountOre: 100_000_00,
				Grounds: "Vi kan ikke se at stillingen som tilskuddet skulle dekke, er besatt.",
			})
			must(t, err)
			v := visit(t, webtest.Serve(t, h.API), options, caseworktest.Applicant(1))
			at := "/awards/" + award.GetId() + "/measures/" + proposed.GetMeasure().GetId()
			v.Visit(at)
			v.Wants(v.p.T("failure.not_found.title")) // nobody has been told of it
			notified, err := h.Measures.NotifyMeasure(officer, &saakornv1.NotifyMeasureRequest{
				RequestId: uuid.NewString(), MeasureId: proposed.GetMeasure().GetId(), Etag: proposed.GetMeasure().GetEtag(),
			})
			must(t, err)
			h.Follow(t, award.GetLifecycleId())
			v.Visit("/my")
			v.Wants(v.p.T("duty.measure"), v.p.Date(notified.GetMeasure().GetCommentBy()))
			v.look("80-my-notice-of-measure")
			v.Visit(at)
			v.Wants(v.p.T("measure_state.MEASURE_STATE_NOTIFIED"), v.p.Kroner(100_000_00))
			v.look("81-measure-notified")
			v.Press(v.p.T("measure.comment_send"))
			v.Wants(v.p.T("violation.STRING_MIN_LEN"))
			v.Fill("comments", "Stillingen ble besatt 1. mars.")
			v.Press(v.p.T("measure.comment_send"))
			v.Wants(v.p.T("notice.measure_commented"), "Stillingen ble besatt 1. mars.")
			decideMeasure(t, h, award.GetId())
			h.Follow(t, award.GetLifecycleId())
			v.Visit("/grants/" + award.GetLifecycleId())
			v.Wants(v.p.T("measure.all"), v.p.T("measure.appeal_until", "date", v.p.Date("2019-02-18")))
			v.look("82-relation-measure")
			v.Visit(at)
			v.Wants("Stillingen sto tom i to måneder.", v.p.T("measure.appeal"))
			v.look("83-measure-decided")
			v.Fill("change_wanted", "Hele beløpet.")
			v.Press(v.p.T("appeal.send"))
			v.Wants(v.p.T("errors.heading"))
			v.Fill("grounds", "En vikar var der hele tiden.")
			v.Press(v.p.T("appeal.send"))
			v.Wants(v.p.T("notice.appealed"), v.p.T("appeal.considered"))
			v.look("84-measure-appealed")
		})
	}
}

func decideMeasure(t *testing.T, h *granttest.House, awardID string) {
	t.Helper()
	officer := h.API.As(t.Context(), installationtest.CaseOfficer)
	list, err := h.Measures.ListMeasures(officer, &saakornv1.ListMeasuresRequest{AwardId: awardID})
	must(t, err)
	m := list.GetMeasures()[0]
	recommended, err := h.Measures.RecommendMeasure(officer, &saakornv1.RecommendMeasureRequest{
		RequestId: uuid.NewString(), MeasureId: m.GetId(), Etag: m.GetEtag(), Reasons: "Stillingen sto tom i to måneder.",
	})
	must(t, err)
	_, err = h.Measures.DecideMeasure(h.API.As(t.Context(), installationtest.DecisionMaker), &saakornv1.DecideMeasureRequest{
		RequestId: uuid.NewString(), MeasureId: m.GetId(), Etag: recommended.GetMeasure().GetEtag(),
	})
	must(t, err)
}

func TestAnEnterpriseSeesWhatIsClaimedBackAndHowToPay(t *testing.T) {
	h := paymenttest.Open(t)
	a := h.Offer(t, 1, 500_000_00).Accept(t)
	a.Account(t, paymenttest.Numbers(1))
	a.Pay(t, 1)
	a.Recover(t, 120_000_00)
	ctx := h.API.As(t.Context(), installationtest.CaseOfficer)
	list, err := h.API.Recoveries.ListClaims(ctx, &saakornv1.ListClaimsRequest{EnterpriseId: a.EnterpriseID.String()})
	must(t, err)
	claim := list.GetClaims()[0]
	day := h.API.Now().AddDate(0, 0, 30).Format(time.DateOnly)
	_, err = h.API.Recoveries.AgreeParts(ctx, &saakornv1.AgreePartsRequest{RequestId: uuid.NewString(), ClaimId: claim.GetId(), Etag: claim.GetEtag(), Parts: 3, FirstDueOn: day})
	must(t, err)
	site := webtest.Serve(t, h.API)
	for name, options := range ways() {
		t.Run(name, func(t *testing.T) {
			v := visit(t, site, options, a.Person)
			v.Wants(v.p.T("duty.claim", "amount", v.p.Kroner(40_000_00)))
			v.look("85-my-claim")
			v.Follow(v.p.T("duty.claim_go"))
			v.Wants(claim.GetReference(), claim.GetPayTo(), v.p.T("own_claim.why_measure", "date", v.p.Day(h.API.Now())), v.p.T("own_claim.parts_title"))
			v.look("86-claim")
			v.Follow(v.p.T("own_claim.read_measure"))
			v.Wants(v.p.T("measure_means.MEASURE_KIND_RECOVERY"))
		})
	}
	stranger := visit(t, site, webtest.Options{Language: text.Bokmal}, installationtest.Stranger)
	for _, path := range []string{"", "/assessment", "/checkins", "/claims/" + claim.GetId(), "/exit-plan", "/handover", "/after", "/examples"} {
		stranger.Visit("/grants/" + a.LifecycleID.String() + path)
		stranger.Wants(stranger.p.T("failure.not_found.title"))
	}
}

func TestAnAccountThatIsRefusedIsReplacedByAnother(t *testing.T) {
	h := paymenttest.Open(t)
	a := h.Offer(t, 1, 500_000_00).Accept(t)
	propose := func(number string) *saakornv1.PayeeAccount {
		answer, err := h.API.Accounts.ProposePayeeAccount(h.API.As(t.Context(), a.Person), &saakornv1.ProposePayeeAccountRequest{
			RequestId: uuid.NewString(), EnterpriseId: a.EnterpriseID.String(), Number: number,
		})
		must(t, err)
		return answer.GetAccount()
	}
	refused := propose(paymenttest.Numbers(1))
	_, err := h.API.Accounts.RefusePayeeAccount(h.API.As(t.Context(), paymenttest.OtherOfficer), &saakornv1.RefusePayeeAccountRequest{
		RequestId: uuid.NewString(), AccountId: refused.GetId(), Etag: refused.GetEtag(), Reason: "Kontoen tilhører en privatperson.",
	})
	must(t, err)
	v := visit(t, webtest.Serve(t, h.API), webtest.Options{Language: text.Bokmal}, a.Person)
	v.Follow(v.p.T("duty.account_go"))
	v.Wants("Kontoen tilhører en privatperson.")
	v.look("87-account-refused")
	v.TabTo(`e.id === "number"`) // from here with the keyboard only
	v.Type(paymenttest.Numbers(2))
	v.TabTo(`e.tagName === "BUTTON" && e.textContent.trim() === "` + v.p.T("account.send") + `"`)
	v.Submit("\r")
	v.Wants(v.p.T("notice.account_proposed"))
	v.Visit("/my")
	if seen := v.Text(); strings.Contains(seen, v.p.T("duty.account")) {
		t.Error("the account is asked for although one waits to be confirmed")
	}
}

func TestAnEnterpriseConsentsToAnExampleAndAnswersAfterTheGrant(t *testing.T) {
	for name, options := range ways() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := reportingtest.Accept(t)
			a.Plan(t)
			report := a.Deliver(t, "final_report", writing.PDF("annual_accounts"))
			a.Settle(t, report)
			examples := saakornv1.NewExampleServiceClient(a.API.Connection)
			drafted, err := examples.DraftExample(a.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.DraftExampleRequest{RequestId: uuid.NewString(), ReportId: report.GetId()})
			must(t, err)
			v := visit(t, webtest.Serve(t, a.API), options, a.Person)
			v.Wants(v.p.T("duty.example"))
			v.Follow(v.p.T("duty.example_go"))
			v.look("90-example")
			v.Press(v.p.T("own_example.consent_send"))
			v.Wants(v.p.T("own_example.consent_error"))
			v.Follow(v.p.T("own_example.change"))
			v.Fill("title", "Praksis som virker")
			v.look("91-example-change")
			v.Press(v.p.T("own_example.save"))
			v.Wants(v.p.T("notice.own_example_changed"), "Praksis som virker")
			v.Check("consent")
			v.Press(v.p.T("own_example.consent_send"))
			v.Wants(v.p.T("notice.consented"))
			publish(t, a.API, examples, drafted.GetExample().GetId())
			v.Visit("/grants/" + a.LifecycleID.String() + "/examples")
			v.Wants(v.p.N("own_example.views", 1), v.p.N("own_example.adoptions", 1))
			v.look("92-examples")
			v.Follow("Praksis som virker")
			v.look("93-example-published")
			v.answerAfter(t, a)
		})
	}
}

// publish publishes the example, reads it and takes it into use.
func publish(t *testing.T, api *installationtest.API, examples saakornv1.ExampleServiceClient, id string) {
	t.Helper()
	decider, contact := api.As(t.Context(), installationtest.DecisionMaker), api.As(t.Context(), "office-contact-1")
	got, err := examples.GetExample(decider, &saakornv1.GetExampleRequest{ExampleId: id})
	must(t, err)
	_, err = examples.PublishExample(decider, &saakornv1.PublishExampleRequest{RequestId: uuid.NewString(), ExampleId: id, Etag: got.GetExample().GetEtag()})
	must(t, err)
	_, err = examples.CountExampleView(contact, &saakornv1.CountExampleViewRequest{RequestId: uuid.NewString(), ExampleId: id})
	must(t, err)
	_, err = examples.AdoptExample(contact, &saakornv1.AdoptExampleRequest{RequestId: uuid.NewString(), ExampleId: id, Place: "Nav Prøve"})
	must(t, err)
}

func (v visitor) answerAfter(t *testing.T, a *reportingtest.Award) {
	t.Helper()
	_, err := a.API.Installation.Pool.Exec(t.Context(),
		`UPDATE lifecycle SET state = 'CLOSED', exit_kind = 'SUSTAINABLE', exit_on = '2020-05-04', closed_at = '2020-05-04' WHERE id = $1`, a.LifecycleID)
	must(t, err)
	follow(t, a.API, a.LifecycleID.String())
	a.API.MoveClock(t, time.Date(2020, time.November, 4, 12, 0, 0, 0, time.UTC))
	a.Watch(t)
	follow(t, a.API, a.LifecycleID.String())
	v.Visit("/my")
	v.Wants(v.p.T("duty.after", "n", "6"), v.p.Date("2021-01-03"))
	v.Follow(v.p.T("start.answer"))
	v.Press(v.p.T("own_after.send"))
	v.Wants(v.p.T("violation.REQUIRED"))
	v.Check("still_running-0")
	v.Fill("INCOME_SOURCE_SALES_MUNICIPAL", "400 000")
	v.Fill("followed_6m", "7")
	v.Fill("in_work_6m", "9")
	v.Fill("led_to", "Kommunen kjøper tjenesten.")
	v.Press(v.p.T("own_after.send"))
	v.Wants(v.p.T("violation.MORE_THAN_THE_WHOLE.in_work_6m"))
	v.look("94-after-wrong")
	v.Fill("followed_6m", "9")
	v.Fill("in_work_6m", "7")
	v.Press(v.p.T("own_after.send"))
	v.Wants(v.p.T("notice.after_answered"), v.p.T("own_assess.of", "n", "7", "max", "9"), v.p.Kroner(400_000_00))
	v.look("95-after")
	v.Visit("/grants/" + a.LifecycleID.String())
	v.Wants(v.p.T("lifecyclestate.LIFECYCLE_STATE_CLOSED"))
	v.look("96-relation-ended")
}
