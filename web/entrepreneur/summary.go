package entrepreneur

import (
	"fmt"
	"slices"
	"strings"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// overview is everything that has been filled in, before it is submitted.
type overview struct {
	of       filled
	sections []summarySection
	// toFix lists what hinders submission, each with a link to where it is mended.
	toFix    []link
	warnings []link
	errors   ui.Errors
	progress []ui.ProgressStep
	// title, then and button are the words of the submission and what it means.
	title, then, button string
}

// summary is what an application says, section by section.
type summary struct {
	overview
	draft *draft
	units map[string]string
}

type link struct{ href, text string }

type summarySection struct {
	title, edit string
	answers     []ui.Fact
}

// gather reads everything that the application says.
func gather(v *site.Visit, d *draft) (*summary, error) {
	s := &summary{overview: overview{of: d}, draft: d, units: map[string]string{}}
	if len(d.app.GetContent().GetCollaborations()) > 0 {
		units, err := navUnits(v)
		if err != nil {
			return nil, err
		}
		for _, u := range units {
			s.units[u.GetId()] = u.GetName()
		}
	}
	p := v.Page
	for _, section := range d.scheme.GetSections() {
		part := summarySection{title: site.In(p.Language, section.GetTitle())}
		if d.editable() {
			part.edit = stepPath(d, section.GetKey())
		}
		for _, q := range section.GetQuestions() {
			part.answers = append(part.answers, ui.Fact{Name: site.In(p.Language, q.GetLabel()), Value: s.answer(p, section, q)})
		}
		s.sections = append(s.sections, part)
	}
	s.sections = append(s.sections, documentSection(p, d, kindsOf(d.scheme.GetAttachments().GetKinds()), documentsOf(d.app.GetAttachments())))
	return s, nil
}

// documentSection lists the documents by kind.
func documentSection(p ui.Page, of filled, kinds []documentKind, files []document) summarySection {
	section := summarySection{title: p.T("step_title.attachments")}
	if of.state().open {
		section.edit = stepPath(of, stepAttachments)
	}
	for _, kind := range kinds {
		var names []string
		for _, f := range files {
			if f.GetKind() == kind.GetKey() {
				names = append(names, "- "+f.GetFileName()+" ("+p.Bytes(f.GetSizeBytes())+")")
			}
		}
		section.answers = append(section.answers, ui.Fact{Name: site.In(p.Language, kind.GetTitle()), Value: strings.Join(names, "\n")})
	}
	return section
}

// answer words the answer to a question.
func (s *summary) answer(p ui.Page, section *saakornv1.QuestionSection, q *saakornv1.Question) string {
	c := s.draft.app.GetContent()
	var lines []string
	switch q.GetField() {
	case "contacts":
		for _, contact := range c.GetContacts() {
			lines = append(lines, join(", ", contact.GetName(), contact.GetRole(), contact.GetEmail(), contact.GetPhone()))
		}
	case "theory_of_change.indicators":
		for _, indicator := range c.GetTheoryOfChange().GetIndicators() {
			lines = append(lines, s.indicator(p, indicator))
		}
	case "business_model.costs":
		for _, cost := range c.GetBusinessModel().GetCosts() {
			lines = append(lines, fmt.Sprintf("%d: %s", cost.GetYear(), p.Kroner(cost.GetAmountOre())))
		}
	case "business_model.income":
		for _, income := range c.GetBusinessModel().GetIncome() {
			lines = append(lines, fmt.Sprintf("%d, %s: %s", income.GetYear(), p.T("income."+income.GetSource().String()), p.Kroner(income.GetAmountOre())))
		}
	case "sustainability_plan.milestones":
		for _, m := range c.GetSustainabilityPlan().GetMilestones() {
			lines = append(lines, fmt.Sprintf("%d: %s", m.GetYear(), m.GetDescription()))
		}
	case "collaborations":
		for _, co := range c.GetCollaborations() {
			lines = append(lines, join(", ", s.units[co.GetNavUnitId()], p.T("collaboration_type."+co.GetType().String()), p.T("partnership_line."+co.GetLine().String()), co.GetDescription()))
		}
	case "budget":
		lines = s.budget(p, c.GetBudget())
	case "declarations.de_minimis_aid":
		for _, aid := range c.GetDeclarations().GetDeMinimisAid() {
			lines = append(lines, join(", ", aid.GetGrantor(), p.Amount(aid.GetAmountEurCents())+" euro", p.Date(aid.GetGrantedOn())))
		}
	default:
		return s.plain(p, section, q)
	}
	if len(lines) == 0 {
		return ""
	}
	return "- " + strings.Join(lines, "\n- ")
}

func join(sep string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return strings.TrimSpace(s) == "" }), sep)
}

func (s *summary) indicator(p ui.Page, i *saakornv1.Indicator) string {
	figures := []string{p.T("indicator.now", "n", p.Number(i.GetBaseline()))}
	for _, t := range i.GetTargets() {
		figures = append(figures, fmt.Sprintf("%d: %s", t.GetYear(), p.Number(t.GetValue())))
	}
	return join(", ", i.GetTitle(), i.GetUnit()) + ". " + strings.Join(figures, ", ")
}

func (s *summary) budget(p ui.Page, b *saakornv1.ApplicationBudget) []string {
	var lines []string
	for _, item := range b.GetItems() {
		title := item.GetLineKey()
		for _, line := range s.draft.scheme.GetBudgetLines() {
			if line.GetKey() == item.GetLineKey() {
				title = site.In(p.Language, line.GetTitle())
			}
		}
		lines = append(lines, join(" – ", title, item.GetDescription())+": "+p.Kroner(item.GetAmountOre()))
	}
	if b.GetOwnContributionOre() > 0 {
		lines = append(lines, p.T("budget.own")+": "+p.Kroner(b.GetOwnContributionOre()))
	}
	for _, other := range b.GetOtherFunding() {
		lines = append(lines, join(", ", other.GetSource(), p.T("funding_status."+other.GetStatus().String()))+": "+p.Kroner(other.GetAmountOre()))
	}
	return lines
}

// plain words an answer of one value.
func (s *summary) plain(p ui.Page, section *saakornv1.QuestionSection, q *saakornv1.Question) string {
	value := shown(p.Printer, s.draft, section)[q.GetKey()]
	switch {
	case value == "":
		return ""
	case q.GetKind() == "BOOLEAN":
		return p.T("field." + value)
	case q.GetKind() == "AMOUNT":
		return value + " " + p.T("field.kroner")
	case len(q.GetChoices()) > 0:
		var labels []string
		for _, c := range q.GetChoices() {
			if slices.Contains(strings.Split(value, listSign), c.GetKey()) {
				labels = append(labels, site.In(p.Language, c.GetLabel()))
			}
		}
		return strings.Join(labels, ", ")
	}
	return value
}

// showSummary shows everything before it is submitted.
func showSummary(v *site.Visit, d *draft, errs ui.Errors) error {
	s, err := gather(v, d)
	if err != nil {
		return err
	}
	s.title, s.button = v.Page.T("submit.title"), v.Page.T("submit.button")
	s.then = v.Page.T("submit.text", "when", v.Page.Stamp(d.call.GetClosesAt()))
	return s.show(v, errs)
}

func (o *overview) show(v *site.Visit, errs ui.Errors) error {
	if !o.of.state().open {
		return notFound()
	}
	problems, warnings, err := o.of.problems(v)
	if err != nil {
		return err
	}
	o.errors, o.progress = errs, progress(o.of, v.Page, stepSummary, problems)
	o.toFix, o.warnings = linksTo(o.of, v.Page, problems), linksTo(o.of, v.Page, warnings)
	if len(errs) > 0 {
		return v.ShowInvalid(summaryPage(v.Page, o))
	}
	return v.Show(summaryPage(v.Page, o))
}

// submit submits the application.
func submit(v *site.Visit) error {
	d, err := loadDraft(v)
	if err != nil {
		return err
	}
	_, err = v.API.Applications.SubmitApplication(v.Context(), &saakornv1.SubmitApplicationRequest{
		RequestId: v.RequestID(), ApplicationId: d.app.GetId(), Etag: v.Value("etag"),
	})
	if errs, ok := notSubmitted(v.Page, err); ok {
		return showSummary(v, d, errs)
	}
	if err != nil {
		return err
	}
	return v.Go(d.path() + "/receipt")
}

// notSubmitted words why something cannot be submitted; ok is false for what the reader cannot mend.
func notSubmitted(p ui.Page, err error) (errs ui.Errors, ok bool) {
	problem := site.ProblemOf(err)
	switch {
	case len(problem.Violations) > 0:
		return ui.Errors{{Text: p.T("submit.incomplete")}}, true
	case problem.Stale():
		return ui.Errors{{Text: p.T("submit.stale")}}, true
	}
	return site.Refused(p.Printer, err)
}

// showReceipt shows that the application has come in, and what happens next.
func showReceipt(v *site.Visit) error {
	d, err := loadDraft(v)
	if err != nil {
		return err
	}
	versions, err := v.API.Applications.ListApplicationVersions(v.Context(), &saakornv1.ListApplicationVersionsRequest{ApplicationId: d.app.GetId()})
	if err != nil {
		return err
	}
	if len(versions.GetVersions()) == 0 {
		return notFound()
	}
	return v.Show(receiptPage(v.Page, d, versions.GetVersions()[0]))
}

// showAnswers shows what has been answered, to read and print.
func showAnswers(v *site.Visit) error {
	d, err := loadDraft(v)
	if err != nil {
		return err
	}
	s, err := gather(v, d)
	if err != nil {
		return err
	}
	return v.Show(answersPage(v.Page, s))
}

// showSimilar shows what is like the draft, so that nobody applies for what exists without knowing (R16).
func showSimilar(v *site.Visit, d *draft) error {
	query := v.Value("q")
	answer, err := v.API.Applications.ListSimilarApplications(v.Context(), &saakornv1.ListSimilarApplicationsRequest{ApplicationId: d.app.GetId(), Query: query, PageSize: 10})
	if err != nil {
		return err
	}
	problems, _, err := d.problems(v)
	if err != nil {
		return err
	}
	return v.Show(similarPage(v.Page, d, answer.GetApplications(), query, progress(d, v.Page, stepSimilar, problems)))
}
