package entrepreneur_test

import (
	"testing"

	"github.com/google/uuid"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/grant/granttest"
	"saakorn/services/reporting/reportingtest"
	"saakorn/web/text"
	"saakorn/web/webtest"
)

func TestANavOfficeAnswersItsPartOfAReport(t *testing.T) {
	h := granttest.Open(t)
	unit := uuid.NewString()
	_, err := h.API.Installation.Pool.Exec(t.Context(), `INSERT INTO nav_unit (id, name, level, listed_in_report, source) VALUES ($1, 'Nav Prøve (fiktiv)', 'LOCAL', false, 'test')`, unit)
	if err != nil {
		t.Fatal(err)
	}
	application := h.Apply(t, 1)
	h.Correct(t, 1, application, func(c *saakornv1.ApplicationContent) {
		c.Collaborations = []*saakornv1.Collaboration{{
			NavUnitId: unit, Type: saakornv1.CollaborationType_COLLABORATION_TYPE_SUPPLIER, Line: saakornv1.PartnershipLine_PARTNERSHIP_LINE_STATE,
		}}
	})
	h.Drive(t, application.GetId())
	a := reportingtest.Decide(t, h, 1, application)
	a.Plan(t)
	report := "/reports/" + a.Find(t, "interim_status").GetId()
	site := webtest.Serve(t, a.API)

	for i, l := range text.Languages() {
		p := printer(t, l)
		b := site.Open(t, webtest.Options{Language: l, NoScript: l == text.Nynorsk})
		look := func(name string) { b.Look("entrepreneur/" + string(l) + "-" + name) }
		if i == 0 {
			b.SignIn(a.Person)
			b.Visit(report)
			b.Wants("Nav Prøve (fiktiv)", p.T("report.office_not_asked"))
			b.Fill("person_id."+unit, "nobody")
			b.Press(p.T("report.office_ask"))
			b.Wants(p.T("violation.NO_SUCH_PERSON"))
			look("50-office-wrong")
			b.Fill("person_id."+unit, "office-contact-1")
			b.Press(p.T("report.office_ask"))
			b.Wants(p.T("notice.office_invited"), p.T("report.office_asked"))
		}
		b.SignIn("office-contact-1")
		b.Visit("/office")
		b.Wants("Spirehagen")
		look("51-office")
		b.Follow(p.T("office.answer"))
		b.Press(p.T("office.submit"))
		b.Wants(p.T("errors.heading"))
		look("52-office-wrong")
		b.Fill("referred_planned", "12")
		b.Fill("referred_actual", "mange")
		b.Fill("collaboration", "Faste møter hver måned.")
		b.Press(p.T("office.save"))
		b.Wants(p.T("violation.NOT_A_NUMBER"))
		b.Fill("referred_actual", "8")
		b.Press(p.T("office.save"))
		b.Wants(p.T("notice.saved"))
	}
	p := printer(t, text.Bokmal)
	b := site.Open(t, webtest.Options{Language: text.Bokmal})
	b.SignIn("office-contact-1")
	b.Visit("/office")
	b.Follow(p.T("office.answer"))
	if typed := webtest.Eval[string](b, `document.getElementById("collaboration").value`); typed != "Faste møter hver måned." {
		t.Errorf("what was saved is gone: %q", typed)
	}
	b.Fill("anchoring", "I ledermøtet.")
	b.Press(p.T("office.submit"))
	b.Wants(p.T("notice.office_submitted"))
	b.Follow(p.T("office.read"))
	b.Wants("I ledermøtet.")
	b.Look("entrepreneur/nb-53-office-sent")
	b.SignIn(a.Person)
	b.Visit(report)
	b.Wants(p.T("report.office_answered"))
	b.Follow(p.T("menu.my"))
	b.Visit("/office")
	b.Wants(p.T("failure.denied.title"))
}
