package entrepreneur

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"

	"github.com/a-h/templ"
	"google.golang.org/protobuf/types/known/timestamppb"

	"saakorn/web/site"
	"saakorn/web/text"
	"saakorn/web/ui"
)

// filled is what people fill in page by page and submit in the end: an application or a report. A field
// is a path in what the contract holds; an input is where it is typed on a page.
type filled interface {
	// path is its own address; its pages are below it.
	path() string
	// kicker stands above the heading of each page.
	kicker(p ui.Page) string
	// stepKeys returns the pages in order.
	stepKeys() []string
	stepTitle(p ui.Page, step string) string
	// input returns the input that the field is typed into; ok is false when the page does not ask for it.
	input(step, field string) (id string, ok bool)
	// label returns what an input of the page is called; empty for none.
	label(p ui.Page, step, id string) string
	state() state
	// shown writes what is saved into the inputs of a page.
	shown(p text.Printer, step string) values
	// read reads what was typed on a page, and says what of it cannot be read.
	read(p text.Printer, step string, v values) (change, ui.Errors)
	// problems returns what hinders submission, and what is worth a look.
	problems(v *site.Visit) (problems, warnings []site.Violation, err error)
	// reload returns it as it is now.
	reload(v *site.Visit) (filled, error)
	// page shows a page of questions.
	page(v *site.Visit, f *stepForm) (templ.Component, error)
}

// state is what is known of something that is filled in, besides what it says.
type state struct {
	etag    string
	savedAt *timestamppb.Timestamp
	// open tells that it may be changed.
	open bool
}

// change is what was typed on a page.
type change struct {
	// same tells that it is what is saved already.
	same bool
	save func(*site.Visit) error
}

// The pages that are no questions; the last one is of everything that is filled in.
const (
	stepAttachments = "attachments"
	stepSimilar     = "similar"
	stepSummary     = "summary"
)

func stepPath(f filled, step string) string { return f.path() + "/steps/" + step }

// after returns the address of the page behind the step, and before that of the one in front of it.
func after(f filled, step string) string {
	keys := f.stepKeys()
	if i := slices.Index(keys, step); i >= 0 && i+1 < len(keys) {
		return stepPath(f, keys[i+1])
	}
	return f.path()
}

func before(f filled, step string) string {
	keys := f.stepKeys()
	if i := slices.Index(keys, step); i > 0 {
		return stepPath(f, keys[i-1])
	}
	return f.path()
}

// stepOf returns the page on which the field is asked for.
func stepOf(f filled, field string) string {
	for _, step := range f.stepKeys() {
		if _, ok := f.input(step, field); ok {
			return step
		}
	}
	return stepSummary
}

// progress returns the pages, with a mark on those that lack nothing.
func progress(f filled, p ui.Page, current string, problems []site.Violation) []ui.ProgressStep {
	lacking := map[string]bool{stepSimilar: true, stepSummary: true}
	for _, problem := range problems {
		lacking[stepOf(f, problem.Field)] = true
	}
	var steps []ui.ProgressStep
	for _, step := range f.stepKeys() {
		steps = append(steps, ui.ProgressStep{
			Title: f.stepTitle(p, step), Href: stepPath(f, step), Current: step == current, Done: !lacking[step],
		})
	}
	return steps
}

// fieldHref returns the address of the input that the field is typed into.
func fieldHref(f filled, field string) string {
	step := stepOf(f, field)
	if id, ok := f.input(step, field); ok {
		return stepPath(f, step) + "#" + id
	}
	return stepPath(f, step)
}

// linksTo leads from each problem to where it is mended.
func linksTo(f filled, p ui.Page, problems []site.Violation) []link {
	var all []link
	for _, problem := range problems {
		step := stepOf(f, problem.Field)
		label := f.stepTitle(p, step)
		if id, ok := f.input(step, problem.Field); ok {
			if named := f.label(p, step, id); named != "" {
				label = named
			}
		}
		all = append(all, link{fieldHref(f, problem.Field), label + ": " + site.ViolationText(p.Printer, problem)})
	}
	return all
}

// stepForm is one page as it is shown.
type stepForm struct {
	of     filled
	step   string
	values values
	errors ui.Errors
	// theirs holds what somebody else has saved meanwhile, where it differs from what was typed.
	theirs map[string]string
	// base is a sum over what the page was shown with, to tell whether somebody else has changed it.
	base     string
	progress []ui.ProgressStep
	// more is how many empty rows more than usual each list has.
	more int
}

// showQuestions shows the page of questions that the address names.
func showQuestions(v *site.Visit, of filled) error {
	f, err := newStep(v, of)
	if err != nil {
		return err
	}
	f.values = of.shown(v.Page.Printer, f.step)
	return f.show(v, http.StatusOK)
}

func newStep(v *site.Visit, of filled) (*stepForm, error) {
	step := v.Request.PathValue("step")
	questions := step != stepAttachments && step != stepSimilar && step != stepSummary && slices.Contains(of.stepKeys(), step)
	if !questions || !of.state().open {
		return nil, notFound()
	}
	problems, _, err := of.problems(v)
	if err != nil {
		return nil, err
	}
	return &stepForm{of: of, step: step, base: sum(v, of, step), progress: progress(of, v.Page, step, problems)}, nil
}

func (f *stepForm) show(v *site.Visit, code int) error {
	page, err := f.of.page(v, f)
	if err != nil {
		return err
	}
	return v.ShowAs(code, page)
}

// sum returns a sum over the page's answers as they are saved.
func sum(v *site.Visit, of filled, step string) string {
	h := sha256.New()
	all := of.shown(v.Page.Printer, step)
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

// saveQuestions saves what was typed, and goes where the button leads.
func saveQuestions(v *site.Visit, of filled) error {
	f, err := newStep(v, of)
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
		// What follows from the answers is on the page as well, and asks for itself again.
		v.Writer.Header().Set("HX-Trigger", "saved")
		return v.Show(savedPart(v.Page, f))
	}
	switch v.Value("go") {
	case "sum":
		return f.show(v, http.StatusOK)
	case "more":
		f.more += 2
		return f.show(v, http.StatusOK)
	case "later":
		return v.GoWith("/my", "saved")
	}
	return f.goOn(v)
}

// save saves the page's answers. saved is false when the page has been shown again instead.
func (f *stepForm) save(v *site.Visit) (saved bool, err error) {
	typed, errs := f.of.read(v.Page.Printer, f.step, f.values)
	if len(errs) > 0 {
		return false, f.again(v, errs)
	}
	if !f.undisturbed(v, typed) {
		return false, f.conflict(v)
	}
	err = f.keep(v, typed)
	if site.ProblemOf(err).Stale() {
		// Somebody saved just now, or this page saved itself: look whether that disturbs what was typed.
		if f.of, err = f.of.reload(v); err != nil {
			return false, err
		}
		f.base = sum(v, f.of, f.step)
		if typed, _ = f.of.read(v.Page.Printer, f.step, f.values); !f.undisturbed(v, typed) {
			return false, f.conflict(v)
		}
		err = f.keep(v, typed)
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

func (f *stepForm) keep(v *site.Visit, typed change) error {
	if err := typed.save(v); err != nil {
		return err
	}
	f.base = sum(v, f.of, f.step)
	return nil
}

// undisturbed tells whether saving undoes nothing that somebody else has written on this page: nobody
// has saved it since it was shown, or what they saved is what was typed here as well.
func (f *stepForm) undisturbed(v *site.Visit, typed change) bool {
	return v.Value("etag") == f.of.state().etag || v.Value("base") == f.base || typed.same
}

// violations words what the API found wrong, at the inputs that it was typed into.
func (f *stepForm) violations(p ui.Page, err error) ui.Errors {
	var errs ui.Errors
	for _, violation := range site.ProblemOf(err).Violations {
		id, _ := f.of.input(f.step, violation.Field)
		errs = errs.With(id, site.ViolationText(p.Printer, violation))
	}
	return errs
}

// again shows the page with what was typed and what is wrong with it.
func (f *stepForm) again(v *site.Visit, errs ui.Errors) error {
	for i := range errs {
		errs[i].Label = f.of.label(v.Page, f.step, errs[i].ID)
	}
	f.errors = errs
	if v.Partial() {
		return v.ShowInvalid(notSavedPart(v.Page, f))
	}
	return f.show(v, http.StatusUnprocessableEntity)
}

// conflict shows what was typed beside what somebody else has saved. Saving again keeps what was typed.
func (f *stepForm) conflict(v *site.Visit) error {
	f.theirs = map[string]string{}
	for name, value := range f.of.shown(v.Page.Printer, f.step) {
		if value != "" && value != f.values[name] {
			f.theirs[name] = value
		}
	}
	if v.Partial() {
		return v.ShowAs(http.StatusConflict, conflictPart(v.Page, f))
	}
	return f.show(v, http.StatusConflict)
}

// goOn goes to the next page unless something on this one is missing or wrong.
func (f *stepForm) goOn(v *site.Visit) error {
	problems, _, err := f.of.problems(v)
	if err != nil {
		return err
	}
	var errs ui.Errors
	for _, problem := range problems {
		if id, ok := f.of.input(f.step, problem.Field); ok {
			errs = errs.With(id, site.ViolationText(v.Page.Printer, problem))
		}
	}
	if len(errs) > 0 {
		f.values = f.of.shown(v.Page.Printer, f.step)
		return f.again(v, errs)
	}
	return v.Go(after(f.of, f.step))
}
