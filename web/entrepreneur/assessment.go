package entrepreneur

import (
	"slices"
	"strconv"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/chart"
	"saakorn/web/sheet"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// assessmentForm is the page on which the enterprise says how sustainable it is.
type assessmentForm struct {
	*paper
	*relation

	// assessments are in the order of their years.
	assessments []*saakornv1.SustainabilityAssessment
	// grantYear is the year that is assessed, 0 when there is none to assess.
	grantYear int32
}

// levels are the levels of a dimension, from not begun to in place.
func levels() []int32 { return []int32{0, 1, 2, 3, 4} }

// highestLevel is what a dimension is measured against.
const highestLevel = 4

func openAssessment(v *site.Visit) (*assessmentForm, error) {
	r, err := openRelation(v)
	if err != nil {
		return nil, err
	}
	list, err := v.API.Followup.ListSustainabilityAssessments(v.Context(), &saakornv1.ListSustainabilityAssessmentsRequest{LifecycleId: r.GetLifecycle().GetId()})
	if err != nil {
		return nil, err
	}
	f := &assessmentForm{relation: r, assessments: list.GetAssessments()}
	slices.Reverse(f.assessments)
	if a := r.accepted(); a != nil && !r.closed() {
		f.grantYear = a.GetGrantYear()
	}
	labels := map[string]string{}
	for _, d := range r.scheme.GetFollowup().GetDimensions() {
		title := site.In(v.Page.Language, d.GetTitle())
		labels[levelID(d.GetKey())], labels[reasonID(d.GetKey())] = title, v.Page.T("own_assess.reason", "dimension", title)
	}
	f.paper = newPaper(v, labels)
	return f, nil
}

func levelID(dimension string) string { return "level-" + dimension }

func reasonID(dimension string) string { return "reason-" + dimension }

func (f *assessmentForm) dimensions() []*saakornv1.DimensionRule {
	return f.scheme.GetFollowup().GetDimensions()
}

// of returns the assessment of a grant year, nil when there is none.
func (f *assessmentForm) of(year int32) *saakornv1.SustainabilityAssessment {
	for _, a := range f.assessments {
		if a.GetGrantYear() == year {
			return a
		}
	}
	return nil
}

// score returns what was said of a dimension, nil when nothing was.
func score(scores []*saakornv1.DimensionScore, dimension string) *saakornv1.DimensionScore {
	for _, s := range scores {
		if s.GetDimension() == dimension {
			return s
		}
	}
	return nil
}

// fill puts what the enterprise has said before into the form.
func (f *assessmentForm) fill() {
	for _, s := range f.of(f.grantYear).GetOwn() {
		f.typed[levelID(s.GetDimension())] = strconv.Itoa(int(s.GetLevel()))
		f.typed[reasonID(s.GetDimension())] = s.GetReason()
	}
}

// level is the field for the level of a dimension.
func (f *assessmentForm) level(p ui.Page, d *saakornv1.DimensionRule) ui.Field {
	field := f.field(levelID(d.GetKey()))
	field.Help = site.In(p.Language, d.GetGuidance())
	for _, n := range levels() {
		value := strconv.Itoa(int(n))
		field.Choices = append(field.Choices, ui.Choice{Value: value, Label: levelText(p, n), Chosen: field.Value == value})
	}
	return field
}

func (f *assessmentForm) reason(d *saakornv1.DimensionRule) ui.Field {
	field := f.area(reasonID(d.GetKey()), 2, 5000)
	field.Optional = true
	return field
}

func levelText(p ui.Page, level int32) string {
	n := strconv.Itoa(int(level))
	return n + " – " + p.T("own_assess.level_"+n)
}

func showAssessment(v *site.Visit) error {
	f, err := openAssessment(v)
	if err != nil {
		return err
	}
	f.fill()
	return v.Show(assessmentPage(v.Page, f))
}

// assess records what the enterprise says of itself.
func assess(v *site.Visit) error {
	f, err := openAssessment(v)
	if err != nil {
		return err
	}
	request := &saakornv1.AssessOwnSustainabilityRequest{RequestId: v.RequestID(), LifecycleId: f.GetLifecycle().GetId(), GrantYear: f.grantYear}
	ids := map[string]string{}
	for _, d := range f.dimensions() {
		id := levelID(d.GetKey())
		ids["scores."+d.GetKey()] = id
		level, err := strconv.ParseInt(f.typed[id], 10, 32)
		if err != nil {
			continue // the method says that it is missing
		}
		ids["scores["+itoa(len(request.GetScores()))+"].level"] = id
		ids["scores["+itoa(len(request.GetScores()))+"].reason"] = reasonID(d.GetKey())
		request.Scores = append(request.Scores, &saakornv1.DimensionScore{Dimension: d.GetKey(), Level: int32(level), Reason: f.typed[reasonID(d.GetKey())]})
	}
	if _, err = v.API.Followup.AssessOwnSustainability(v.Context(), request); err == nil {
		return v.GoWith(f.path()+"/assessment", "assessed")
	}
	if !f.refused(v, err, ids) {
		return err
	}
	return v.ShowInvalid(assessmentPage(v.Page, f))
}

// charts draws how each dimension has developed, as the enterprise sees it.
func (f *assessmentForm) charts(p ui.Page) []chart.Chart {
	var charts []chart.Chart
	for _, d := range f.dimensions() {
		c := chart.Chart{Title: site.In(p.Language, d.GetTitle()), Whole: highestLevel}
		for _, a := range f.assessments {
			if s := score(a.GetOwn(), d.GetKey()); s != nil {
				c.Bars = append(c.Bars, chart.Bar{
					Label: itoa(int(a.GetGrantYear())), Parts: []int64{int64(s.GetLevel())},
					Text: p.T("own_assess.of", "n", itoa(int(s.GetLevel())), "max", itoa(highestLevel)),
				})
			}
		}
		if len(c.Bars) > 0 {
			charts = append(charts, c)
		}
	}
	return charts
}

// table sets both views of every year side by side.
func (f *assessmentForm) table(p ui.Page) sheet.Table {
	t := sheet.Table{Key: "assessments", Title: p.T("own_assess.table"), Columns: []sheet.Column{{Title: p.T("own_assess.dimension")}}}
	for _, a := range f.assessments {
		year := itoa(int(a.GetGrantYear()))
		t.Columns = append(t.Columns, sheet.Column{Title: p.T("own_assess.you_in", "year", year), Numeric: true})
		if a.GetOfficerAt() != nil {
			t.Columns = append(t.Columns, sheet.Column{Title: p.T("own_assess.nav_in", "year", year), Numeric: true})
		}
	}
	for _, d := range f.dimensions() {
		row := []sheet.Cell{{Text: site.In(p.Language, d.GetTitle())}}
		for _, a := range f.assessments {
			row = append(row, levelCell(a.GetOwn(), d.GetKey()))
			if a.GetOfficerAt() != nil {
				row = append(row, levelCell(a.GetOfficer(), d.GetKey()))
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func levelCell(scores []*saakornv1.DimensionScore, dimension string) sheet.Cell {
	s := score(scores, dimension)
	if s == nil {
		return sheet.Cell{Text: "–"}
	}
	return sheet.Cell{Text: strconv.Itoa(int(s.GetLevel())), Value: int(s.GetLevel())}
}

// beside sets the newest views of both sides beside each other, with what was said for them.
func (f *assessmentForm) beside(p ui.Page) []ui.Fact {
	if len(f.assessments) == 0 {
		return nil
	}
	var facts []ui.Fact
	newest := f.assessments[len(f.assessments)-1]
	for _, d := range f.dimensions() {
		var lines []string
		if s := score(newest.GetOwn(), d.GetKey()); s != nil {
			lines = append(lines, p.T("own_assess.you")+": "+join(". ", levelText(p, s.GetLevel()), s.GetReason()))
		}
		if s := score(newest.GetOfficer(), d.GetKey()); s != nil {
			lines = append(lines, p.T("own_assess.nav")+": "+join(". ", levelText(p, s.GetLevel()), s.GetReason()))
		}
		facts = append(facts, ui.Fact{Name: site.In(p.Language, d.GetTitle()), Value: join("\n\n", lines...)})
	}
	return facts
}
