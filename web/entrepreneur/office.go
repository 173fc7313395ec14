package entrepreneur

import (
	"slices"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// office is a Nav office that the application names as partner, with its part of the report; part is nil
// while nobody has been asked.
type office struct {
	id, name string
	part     *saakornv1.ReportOfficePart
}

// loadOffices gathers the offices that can be asked, and those that have been.
func loadOffices(v *site.Visit, r *report, applicationID string) ([]office, error) {
	if len(r.scheme.GetReporting().GetOfficeQuestions()) == 0 {
		return nil, nil
	}
	got, err := v.API.Applications.GetApplication(v.Context(), &saakornv1.GetApplicationRequest{ApplicationId: applicationID})
	if err != nil {
		return nil, err
	}
	partners := got.GetApplication().GetContent().GetCollaborations()
	if len(partners) == 0 {
		return nil, nil
	}
	units, err := navUnits(v)
	if err != nil {
		return nil, err
	}
	var all []office
	for _, c := range partners {
		o := office{id: c.GetNavUnitId()}
		if slices.ContainsFunc(all, func(other office) bool { return other.id == o.id }) {
			continue
		}
		for _, u := range units {
			if u.GetId() == o.id {
				o.name = u.GetName()
			}
		}
		for _, part := range r.got.GetOfficeParts() {
			if part.GetNavUnitId() == o.id {
				o.part, o.name = part, part.GetNavUnitName()
			}
		}
		all = append(all, o)
	}
	return all, nil
}

// inviteOffice names who answers for an office.
func inviteOffice(v *site.Visit) error {
	r, err := loadReport(v)
	if err != nil {
		return err
	}
	_, err = v.API.Reports.InviteOffice(v.Context(), &saakornv1.InviteOfficeRequest{
		RequestId: v.RequestID(), ReportId: r.report.GetId(), NavUnitId: v.Value("office"), PersonId: v.Value("person_id"),
	})
	if err == nil {
		return v.GoWith(r.path(), "office_invited")
	}
	errs, ok := site.FormErrors(v.Page.Printer, err, map[string]string{"person_id": "person_id." + v.Value("office")})
	if !ok {
		errs, ok = site.Refused(v.Page.Printer, err)
	}
	if !ok {
		return err
	}
	h, err := loadReportHome(v, r)
	if err != nil {
		return err
	}
	h.errors, h.typed = errs, v.Value("person_id")
	return v.ShowInvalid(reportPage(v.Page, h))
}

// officeForm is the page on which an office answers its own part of a report.
type officeForm struct {
	part   *saakornv1.ReportOfficePart
	scheme *saakornv1.Scheme
	values values
	errors ui.Errors
}

func officeParts(v *site.Visit) ([]*saakornv1.ReportOfficePart, error) {
	return site.All(500, func(token string) ([]*saakornv1.ReportOfficePart, string, error) {
		answer, err := v.API.Reports.ListOfficeParts(v.Context(), &saakornv1.ListOfficePartsRequest{PageSize: 100, PageToken: token})
		return answer.GetParts(), answer.GetNextPageToken(), err
	})
}

// showOffice lists the parts that the person answers for their office.
func showOffice(v *site.Visit) error {
	parts, err := officeParts(v)
	if err != nil {
		return err
	}
	return v.Show(officePage(v.Page, parts))
}

func loadOfficeForm(v *site.Visit) (*officeForm, error) {
	id, err := v.ID("part")
	if err != nil {
		return nil, err
	}
	parts, err := officeParts(v)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(parts, func(p *saakornv1.ReportOfficePart) bool { return p.GetId() == id })
	if i < 0 {
		return nil, notFound()
	}
	f := &officeForm{part: parts[i], values: values{}}
	scheme, err := v.API.Schemes.GetScheme(v.Context(), &saakornv1.GetSchemeRequest{SchemeId: f.part.GetSchemeId(), Version: f.part.GetSchemeVersion()})
	if err != nil {
		return nil, err
	}
	f.scheme = scheme.GetScheme()
	for _, a := range f.part.GetAnswers() {
		switch value := a.GetValue().(type) {
		case *saakornv1.OfficeAnswer_Number:
			f.values[a.GetQuestionKey()] = v.Page.Number(value.Number)
		case *saakornv1.OfficeAnswer_Text:
			f.values[a.GetQuestionKey()] = value.Text
		}
	}
	return f, nil
}

func showOfficePart(v *site.Visit) error {
	f, err := loadOfficeForm(v)
	if err != nil {
		return err
	}
	return v.Show(officePartPage(v.Page, f))
}

// saveOfficePart saves the part, and submits it when the button says so.
func saveOfficePart(v *site.Visit) error {
	f, err := loadOfficeForm(v)
	if err != nil {
		return err
	}
	f.values = typed(v.Request.Form)
	r := &reading{values: f.values, printer: v.Page.Printer}
	answers := r.officeAnswers(f.scheme.GetReporting().GetOfficeQuestions())
	if f.errors = r.errors; len(f.errors) > 0 {
		return v.ShowInvalid(officePartPage(v.Page, f))
	}
	submit := v.Value("go") == "submit"
	_, err = v.API.Reports.UpdateOfficePart(v.Context(), &saakornv1.UpdateOfficePartRequest{
		RequestId: v.RequestID(), PartId: f.part.GetId(), Etag: v.Value("etag"), Answers: answers, Submit: submit,
	})
	switch {
	case err == nil && submit:
		return v.GoWith("/office", "office_submitted")
	case err == nil:
		return v.GoWith("/office", "saved")
	}
	errs, ok := site.FormErrors(v.Page.Printer, err, officeInputs(answers, f.scheme.GetReporting().GetOfficeQuestions()))
	if !ok {
		errs, ok = site.Refused(v.Page.Printer, err)
	}
	if !ok {
		return err
	}
	for i := range errs {
		errs[i].Label = questionTitle(v.Page, f.scheme, errs[i].ID)
	}
	f.errors = errs
	return v.ShowInvalid(officePartPage(v.Page, f))
}

func (r *reading) officeAnswers(questions []*saakornv1.OfficeQuestionRule) []*saakornv1.OfficeAnswer {
	var answers []*saakornv1.OfficeAnswer
	for _, q := range questions {
		value := r.values[q.GetKey()]
		if value == "" {
			continue
		}
		a := &saakornv1.OfficeAnswer{QuestionKey: q.GetKey(), Value: &saakornv1.OfficeAnswer_Text{Text: value}}
		if q.GetNumber() {
			a.Value = &saakornv1.OfficeAnswer_Number{Number: r.number(q.GetKey())}
		}
		answers = append(answers, a)
	}
	return answers
}

// officeInputs says which input each field of the request was typed into.
func officeInputs(answers []*saakornv1.OfficeAnswer, questions []*saakornv1.OfficeQuestionRule) map[string]string {
	ids := map[string]string{}
	for _, q := range questions {
		ids["answers."+q.GetKey()] = q.GetKey()
	}
	for i, a := range answers {
		for _, column := range []string{"", ".text", ".number"} {
			ids["answers["+itoa(i)+"]"+column] = a.GetQuestionKey()
		}
	}
	return ids
}

// questionTitle returns the words of a question to an office.
func questionTitle(p ui.Page, scheme *saakornv1.Scheme, key string) string {
	for _, q := range scheme.GetReporting().GetOfficeQuestions() {
		if q.GetKey() == key {
			return site.In(p.Language, q.GetLabel())
		}
	}
	return key
}

func (f *officeForm) field(p ui.Page, q *saakornv1.OfficeQuestionRule) ui.Field {
	field := ui.Field{
		ID: q.GetKey(), Label: site.In(p.Language, q.GetLabel()), Help: site.In(p.Language, q.GetHelp()), Value: f.values[q.GetKey()],
		Error: f.errors.For(q.GetKey()), Optional: !q.GetRequired(), Numeric: q.GetNumber(),
	}
	if q.GetNumber() {
		field.Unit = p.T("report.persons")
	} else {
		field.Rows, field.MaxLength = 5, 5000
	}
	return field
}

// officeFacts are an office's answers, to read.
func officeFacts(p ui.Page, scheme *saakornv1.Scheme, part *saakornv1.ReportOfficePart) []ui.Fact {
	facts := make([]ui.Fact, 0, len(part.GetAnswers()))
	for _, a := range part.GetAnswers() {
		value := a.GetText()
		if _, number := a.GetValue().(*saakornv1.OfficeAnswer_Number); number {
			value = p.Number(a.GetNumber())
		}
		facts = append(facts, ui.Fact{Name: questionTitle(p, scheme, a.GetQuestionKey()), Value: value})
	}
	return facts
}
