package caseworker

import (
	"slices"
	"strconv"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// moderates tells whether the reader may change their own scores: everybody has submitted, the scheme
// moderates, and nothing has been decided.
func (f *file) moderates() bool {
	own := f.own()
	return own.GetSubmittedAt() != nil && own.GetSetAsideAt() == nil && f.scheme.GetAssessment().GetModeration() && len(f.GetSpreads()) > 0 &&
		f.open(saakornv1.CaseStep_CASE_STEP_RECOMMENDATION, saakornv1.CaseStep_CASE_STEP_DECISION)
}

// agreement is how the assessments agree on a criterion; nil until everybody has submitted.
func (f *file) agreement(criterion string) *saakornv1.CriterionSpread {
	for _, s := range f.GetSpreads() {
		if s.GetCriterion() == criterion {
			return s
		}
	}
	return nil
}

// mean writes a mean with one decimal, as the language does.
func mean(p ui.Page, n float64) string {
	s := strconv.FormatFloat(n, 'f', 1, 64)
	if p.Language != "en" {
		s = s[:len(s)-2] + "," + s[len(s)-1:]
	}
	return s
}

// scoreChanges are the changes that moderation has made to one score.
func scoreChanges(a *saakornv1.Assessment, criterion string) []*saakornv1.ScoreChange {
	return slices.DeleteFunc(slices.Clone(a.GetChanges()), func(c *saakornv1.ScoreChange) bool { return c.GetCriterion() != criterion })
}

// moderate changes those of the reader's own scores that were given another value.
func moderate(v *site.Visit) error {
	f, err := openCase(v, "assessment")
	if err != nil {
		return err
	}
	var scores []*saakornv1.Score
	ids := map[string]string{}
	for _, c := range f.criteria() {
		value, err := strconv.ParseInt(v.Value("moderate-"+c.GetKey()), 10, 32)
		before := score(f.own(), c.GetKey())
		if err != nil || before == nil || int32(value) == before.GetValue() {
			continue
		}
		n := strconv.Itoa(len(scores))
		ids["scores["+n+"].value"], ids["scores["+n+"].reason"] = "moderate-"+c.GetKey(), "why-"+c.GetKey()
		scores = append(scores, &saakornv1.Score{Criterion: c.GetKey(), Value: int32(value), Reason: v.Value("why-" + c.GetKey())})
	}
	if len(scores) == 0 {
		f.form, f.typed = "moderation", v.Request.Form
		f.errs = f.errs.With("moderate-"+f.criteria()[0].GetKey(), v.Page.T("moderation.nothing"))
		return v.ShowInvalid(casePage(f))
	}
	_, err = v.API.Cases.ModerateAssessment(v.Context(), &saakornv1.ModerateAssessmentRequest{RequestId: v.RequestID(), CaseId: f.GetCase().GetId(), Scores: scores})
	return done(v, "assessment", "moderation", "moderated", ids, err)
}

// moderateField is the field for another value of one's own score.
func (f *file) moderateField(criterion string) ui.Field {
	choices := f.scaleOf(f.value("moderation", "moderate-"+criterion, strconv.Itoa(int(score(f.own(), criterion).GetValue()))))
	return ui.Field{ID: "moderate-" + criterion, Label: f.T("assessment.score"), Choices: choices[1:], Error: f.problem("moderation", "moderate-"+criterion)}
}
