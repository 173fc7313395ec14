package entrepreneur

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// stepForm is one page of the application as it is shown.
type stepForm struct {
	draft   *draft
	section *saakornv1.QuestionSection
	values  values
	errors  ui.Errors
	// theirs holds what somebody else has saved meanwhile, where it differs from what was typed.
	theirs map[string]string
	// base is a sum over what the page was shown with, to tell whether somebody else has changed it.
	base     string
	progress []ui.ProgressStep
	units    []*saakornv1.NavUnit
	// more is how many empty rows more than usual each list has.
	more int
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
	f, err := newStep(v, d)
	if err != nil {
		return err
	}
	f.values = shown(v.Page.Printer, d, f.section)
	return v.Show(stepPage(v.Page, f))
}

func newStep(v *site.Visit, d *draft) (*stepForm, error) {
	section, ok := d.section(v.Request.PathValue("step"))
	if !ok || !d.editable() {
		return nil, notFound()
	}
	problems, _, err := d.problems(v)
	if err != nil {
		return nil, err
	}
	f := &stepForm{draft: d, section: section, base: sum(v, d, section), progress: d.progress(v.Page, section.GetKey(), problems)}
	if slices.ContainsFunc(section.GetQuestions(), func(q *saakornv1.Question) bool { return q.GetField() == "collaborations" }) {
		f.units, err = site.All(2000, func(token string) ([]*saakornv1.NavUnit, string, error) {
			answer, err := v.API.Enterprises.ListNavUnits(v.Context(), &saakornv1.ListNavUnitsRequest{PageSize: 200, PageToken: token})
			return answer.GetNavUnits(), answer.GetNextPageToken(), err
		})
	}
	return f, err
}

// sum returns a sum over the section's answers as they are saved.
func sum(v *site.Visit, d *draft, s *saakornv1.QuestionSection) string {
	h := sha256.New()
	all := shown(v.Page.Printer, d, s)
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		h.Write([]byte(name + "\x00" + all[name] + "\x00"))
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// saveStep saves what was typed, and goes where the button leads.
func saveStep(v *site.Visit) error {
	d, err := loadDraft(v)
	if err != nil {
		return err
	}
	f, err := newStep(v, d)
	if err != nil {
		return err
	}
	f.values = typed(v.Request.Form)
	f.more, _ = strconv.Atoi(v.Value("more"))
	f.more = min(max(f.more, 0), 30)
	saved, err := f.save(v)
	if err != nil || !saved {
		return err
	}
	if v.Partial() {
		return v.Show(savedPart(v.Page, f))
	}
	switch v.Value("go") {
	case "sum":
		return v.Show(stepPage(v.Page, f))
	case "more":
		f.more += 2
		return v.Show(stepPage(v.Page, f))
	case "later":
		return v.GoWith("/my", "saved")
	}
	return f.goOn(v)
}

// save saves the section's answers. saved is false when the page has been shown again instead.
func (f *stepForm) save(v *site.Visit) (saved bool, err error) {
	paths, content, errs := f.read(v)
	if len(errs) > 0 {
		return false, f.again(v, errs)
	}
	if !f.undisturbed(v, paths, content) {
		return false, f.conflict(v)
	}
	err = f.update(v, paths, content)
	if site.ProblemOf(err).Stale() {
		// Somebody saved just now, or this page saved itself: look whether that disturbs what was typed.
		if f.draft, err = loadDraft(v); err != nil {
			return false, err
		}
		f.base = sum(v, f.draft, f.section)
		if paths, content, _ = f.read(v); !f.undisturbed(v, paths, content) {
			return false, f.conflict(v)
		}
		err = f.update(v, paths, content)
	}
	if err == nil {
		return true, nil
	}
	if site.ProblemOf(err).Stale() {
		return false, f.conflict(v)
	}
	if errs := f.violations(v.Page, err); len(errs) > 0 {
		return false, f.again(v, errs)
	}
	return false, err
}

// read returns the application with what was typed in it, and the paths that were written.
func (f *stepForm) read(v *site.Visit) (paths []string, content *saakornv1.ApplicationContent, errs ui.Errors) {
	content = proto.CloneOf(f.draft.app.GetContent())
	paths, errs = read(v.Page.Printer, f.draft, f.section, f.values, content)
	return paths, content, errs
}

// undisturbed tells whether saving undoes nothing that somebody else has written on this page: nobody
// has saved it since it was shown, or what they saved is what was typed here as well.
func (f *stepForm) undisturbed(v *site.Visit, paths []string, content *saakornv1.ApplicationContent) bool {
	if v.Value("etag") == f.draft.app.GetEtag() || v.Value("base") == f.base {
		return true
	}
	return len(paths) > 0 && proto.Equal(content, f.draft.app.GetContent())
}

func (f *stepForm) update(v *site.Visit, paths []string, content *saakornv1.ApplicationContent) error {
	answer, err := v.API.Applications.UpdateApplication(v.Context(), &saakornv1.UpdateApplicationRequest{
		RequestId: site.NewRequestID(), ApplicationId: f.draft.app.GetId(), Etag: f.draft.app.GetEtag(),
		Content: content, UpdateMask: &fieldmaskpb.FieldMask{Paths: paths},
	})
	if err != nil {
		return err
	}
	f.draft.app = answer.GetApplication()
	f.base = sum(v, f.draft, f.section)
	return nil
}

// violations words what the API found wrong, at the inputs that it was typed into.
func (f *stepForm) violations(p ui.Page, err error) ui.Errors {
	var errs ui.Errors
	for _, violation := range site.ProblemOf(err).Violations {
		id, _ := inputID(f.section, violation.Field)
		errs = errs.With(id, site.ViolationText(p.Printer, violation))
	}
	return errs
}

// again shows the page with what was typed and what is wrong with it.
func (f *stepForm) again(v *site.Visit, errs ui.Errors) error {
	for i := range errs {
		errs[i].Label = f.label(v.Page, errs[i].ID)
	}
	f.errors = errs
	if v.Partial() {
		return v.ShowInvalid(notSavedPart(v.Page, f))
	}
	return v.ShowInvalid(stepPage(v.Page, f))
}

// label returns the question that an input belongs to.
func (f *stepForm) label(p ui.Page, id string) string {
	for _, q := range f.section.GetQuestions() {
		if id == q.GetKey() || strings.HasPrefix(id, q.GetKey()+".") {
			return site.In(p.Language, q.GetLabel())
		}
	}
	return ""
}

// conflict shows what was typed beside what somebody else has saved. Saving again keeps what was typed.
func (f *stepForm) conflict(v *site.Visit) error {
	f.theirs = map[string]string{}
	saved := shown(v.Page.Printer, f.draft, f.section)
	for name, value := range saved {
		if value != "" && value != f.values[name] {
			f.theirs[name] = value
		}
	}
	if v.Partial() {
		return v.ShowAs(http.StatusConflict, conflictPart(v.Page, f))
	}
	return v.ShowAs(http.StatusConflict, stepPage(v.Page, f))
}

// goOn goes to the next page unless something on this one is missing or wrong.
func (f *stepForm) goOn(v *site.Visit) error {
	problems, _, err := f.draft.problems(v)
	if err != nil {
		return err
	}
	var errs ui.Errors
	for _, problem := range problems {
		if id, ok := inputID(f.section, problem.GetField()); ok {
			errs = errs.With(id, problemText(v.Page, problem))
		}
	}
	if len(errs) > 0 {
		f.values = shown(v.Page.Printer, f.draft, f.section)
		return f.again(v, errs)
	}
	return v.Go(f.draft.after(f.section.GetKey()))
}
