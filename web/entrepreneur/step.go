package entrepreneur

import (
	"slices"

	"github.com/a-h/templ"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/text"
	"saakorn/web/ui"
)

// questionsForm is a page of the application's questions.
type questionsForm struct {
	*stepForm
	draft   *draft
	section *saakornv1.QuestionSection
	units   []*saakornv1.NavUnit
}

// showStep shows one page of the application.
func showStep(v *site.Visit) error {
	d, err := loadDraft(v)
	if err != nil {
		return err
	}
	switch v.Request.PathValue("step") {
	case stepAttachments:
		return showAttachments(v, d, nil)
	case stepSimilar:
		return showSimilar(v, d)
	case stepSummary:
		return showSummary(v, d, nil)
	}
	return showQuestions(v, d)
}

// saveStep saves one page of the application.
func saveStep(v *site.Visit) error {
	d, err := loadDraft(v)
	if err != nil {
		return err
	}
	return saveQuestions(v, d)
}

func (d *draft) page(v *site.Visit, f *stepForm) (templ.Component, error) {
	section, ok := d.section(f.step)
	if !ok {
		return nil, notFound()
	}
	form := &questionsForm{stepForm: f, draft: d, section: section}
	if slices.ContainsFunc(section.GetQuestions(), func(q *saakornv1.Question) bool { return q.GetField() == "collaborations" }) {
		var err error
		if form.units, err = navUnits(v); err != nil {
			return nil, err
		}
	}
	return questionsPage(v.Page, form), nil
}

func navUnits(v *site.Visit) ([]*saakornv1.NavUnit, error) {
	return site.All(2000, func(token string) ([]*saakornv1.NavUnit, string, error) {
		answer, err := v.API.Enterprises.ListNavUnits(v.Context(), &saakornv1.ListNavUnitsRequest{PageSize: 200, PageToken: token})
		return answer.GetNavUnits(), answer.GetNextPageToken(), err
	})
}

func (d *draft) reload(v *site.Visit) (filled, error) { return loadDraft(v) }

func (d *draft) shown(p text.Printer, step string) values {
	section, _ := d.section(step)
	return shown(p, d, section)
}

func (d *draft) read(p text.Printer, step string, typed values) (change, ui.Errors) {
	section, _ := d.section(step)
	content := proto.CloneOf(d.app.GetContent())
	paths, errs := read(p, d, section, typed, content)
	return change{
		same: len(paths) > 0 && proto.Equal(content, d.app.GetContent()),
		save: func(v *site.Visit) error { return d.update(v, paths, content) },
	}, errs
}

func (d *draft) update(v *site.Visit, paths []string, content *saakornv1.ApplicationContent) error {
	answer, err := v.API.Applications.UpdateApplication(v.Context(), &saakornv1.UpdateApplicationRequest{
		RequestId: site.NewRequestID(), ApplicationId: d.app.GetId(), Etag: d.app.GetEtag(),
		Content: content, UpdateMask: &fieldmaskpb.FieldMask{Paths: paths},
	})
	if err != nil {
		return err
	}
	d.app = answer.GetApplication()
	return nil
}
