package entrepreneur_test

import (
	"strings"
	"testing"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework/caseworktest"
	"saakorn/services/grant/granttest"
	"saakorn/services/installation/installationtest"
	"saakorn/web/text"
	"saakorn/web/webtest"
)

func TestAnEnterpriseAcceptsAnAwardAndSeesWhatThePaymentsWaitFor(t *testing.T) {
	h := granttest.Open(t)
	awards := h.Offer(t, 2, "Styret skal ha minst tre medlemmer.")
	site := webtest.Serve(t, h.API)
	for i, options := range []webtest.Options{{Language: text.Bokmal}, {Language: text.Nynorsk, NoScript: true}} {
		p := printer(t, options.Language)
		b := site.Open(t, options)
		b.SignIn(caseworktest.Applicant(i + 1))
		look := func(name string) { b.Look("entrepreneur/" + string(options.Language) + "-" + name) }
		b.Wants(p.T("award.yours"))
		look("40-my-award")
		b.Follow(p.T("award.look"))
		b.Wants("Styret skal ha minst tre medlemmer.", "900 000")
		look("41-award-offered")
		b.Fill("number", "12345678901")
		b.Press(p.T("award.accept"))
		b.Wants(p.T("award.confirm_error"))
		b.Check("confirm")
		b.Press(p.T("award.accept"))
		b.Wants(p.T("violation.CHECK_DIGIT_WRONG.number"))
		if typed := webtest.Eval[string](b, `document.getElementById("number").value`); typed != "12345678901" {
			t.Errorf("what was typed is gone: %q", typed)
		}
		look("42-award-wrong")
		b.Fill("number", []string{"32600596984", "86011117947"}[i])
		b.Check("confirm")
		b.Press(p.T("award.accept"))
		b.Wants(p.T("notice.award_accepted"), p.T("gate.ACCOUNT_CONFIRMED"), p.T("gate.INTERIM_REPORT_APPROVED"))
		look("43-award-accepted")
		if got := h.Award(t, awards[i].GetId()).GetAward().GetState(); got != saakornv1.AwardState_AWARD_STATE_ACCEPTED {
			t.Errorf("the award is %s", got)
		}
	}
	stranger := site.Open(t, webtest.Options{})
	stranger.SignIn(installationtest.Stranger)
	stranger.Visit("/awards/" + awards[0].GetId())
	stranger.Wants(printer(t, text.Bokmal).T("failure.not_found.title"))
}

func TestAnEnterpriseDeclinesAnAward(t *testing.T) {
	h := granttest.Open(t)
	award := h.Offer(t, 1)[0]
	b, p := webtest.Serve(t, h.API).Open(t, webtest.Options{Language: text.English}), printer(t, text.English)
	b.SignIn(caseworktest.Applicant(1))
	b.Visit("/awards/" + award.GetId())
	b.Look("entrepreneur/en-44-award-offered")
	b.Follow(p.T("award.decline"))
	b.Look("entrepreneur/en-45-decline")
	b.Press(p.T("award.decline_button"))
	b.Wants(p.T("notice.award_declined"), p.T("award_state.AWARD_STATE_DECLINED"))
	b.Look("entrepreneur/en-46-declined")
	if said := b.Text(); strings.Contains(said, p.T("award.no_plan")) {
		t.Errorf("a declined award still speaks of money to come:\n%s", said)
	}
}
