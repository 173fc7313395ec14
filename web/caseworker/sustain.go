package caseworker

import (
	"slices"
	"strconv"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/chart"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// highestLevel is the best level of a dimension.
const highestLevel = 4

// balance is how sustainable an enterprise is, as both sides and the figures have it.
type balance struct {
	*lane

	scheme      *saakornv1.Scheme
	assessments []*saakornv1.SustainabilityAssessment
	suggested   []*saakornv1.SuggestedLevel
	year        int32
}

func sustainRoutes() []site.Route {
	return []site.Route{
		{Pattern: "GET /lifecycles/{lifecycle}/sustainability", Show: func(v *site.Visit) error { return balanceWith(v, sheet{}) }},
		{Pattern: "POST /lifecycles/{lifecycle}/sustainability/assess", Show: assessSustainability},
	}
}

func openBalance(v *site.Visit, s sheet) (*balance, error) {
	l, err := openLane(v, "sustainability", s)
	if err != nil {
		return nil, err
	}
	b := &balance{lane: l}
	answer, err := v.API.Followup.ListSustainabilityAssessments(v.Context(), &saakornv1.ListSustainabilityAssessmentsRequest{LifecycleId: l.GetLifecycle().GetId()})
	if err != nil {
		return nil, err
	}
	b.assessments, b.suggested = answer.GetAssessments(), answer.GetSuggested()
	if years := l.years(); len(years) > 0 {
		b.year = years[0]
		if asked := yearIn(v); slices.Contains(years, asked) {
			b.year = asked
		}
	}
	version := ""
	if awards := l.GetAwards(); len(awards) > 0 {
		version = awards[len(awards)-1].GetSchemeVersion()
	}
	b.scheme, err = schemes{}.read(v, l.GetLifecycle().GetSchemeId(), version)
	return b, err
}

func balanceWith(v *site.Visit, s sheet) error {
	b, err := openBalance(v, s)
	if err != nil {
		return err
	}
	return shown(v, s, balancePage(b))
}

func (b *balance) dimensions() []*saakornv1.DimensionRule {
	return b.scheme.GetFollowup().GetDimensions()
}

// of returns the assessment of the year; nil when there is none.
func (b *balance) of(year int32) *saakornv1.SustainabilityAssessment {
	for _, a := range b.assessments {
		if a.GetGrantYear() == year {
			return a
		}
	}
	return nil
}

// newest tells whether the page is about the newest year: what the figures suggest now is about it.
func (b *balance) newest() bool { return len(b.years()) > 0 && b.year == b.years()[0] }

// suggestedFor is what the figures suggest: what they did when the officer assessed, and otherwise what they do now.
func (b *balance) suggestedFor(dimension string) *saakornv1.SuggestedLevel {
	list := b.suggested
	if a := b.of(b.year); a.GetOfficerAt() != nil && !b.newest() {
		list = a.GetSuggested()
	}
	for _, s := range list {
		if s.GetDimension() == dimension {
			return s
		}
	}
	return nil
}

func scoreOf(scores []*saakornv1.DimensionScore, dimension string) *saakornv1.DimensionScore {
	for _, s := range scores {
		if s.GetDimension() == dimension {
			return s
		}
	}
	return nil
}

// level writes a level of the scale; a dash for none.
func (b *balance) level(s *saakornv1.DimensionScore) string {
	if s == nil {
		return "–"
	}
	return b.T("level.of", "n", strconv.Itoa(int(s.GetLevel())))
}

// suggestion says what the figures suggest.
func (b *balance) suggestion(s *saakornv1.SuggestedLevel) string {
	switch {
	case s.GetMeasure() == "":
		return b.T("level.people")
	case s.Level == nil:
		return b.T("level.unknown")
	}
	return b.T("level.of", "n", strconv.Itoa(int(s.GetLevel())))
}

// endless is what the API says of a runway that income covers.
const endless = 1200

// basis says which figure the suggestion rests on.
func (b *balance) basis(s *saakornv1.SuggestedLevel) string {
	if s == nil || s.Value == nil {
		return ""
	}
	if s.GetMeasure() == "RUNWAY_MONTHS" && s.GetValue() >= endless {
		return b.T("basis.covers")
	}
	return b.Or("basis."+s.GetMeasure(), "basis.other", "n", b.Number(int64(s.GetValue())))
}

// change says how much the officer's level has changed since the year before.
func (b *balance) change(dimension string) (text string, tone ui.Tone) {
	for _, c := range b.of(b.year).GetChanges() {
		if c.GetDimension() != dimension {
			continue
		}
		n := strconv.Itoa(int(abs(int64(c.GetChange()))))
		switch {
		case c.GetChange() > 0:
			return b.T("level.up", "n", n), ui.Success
		case c.GetChange() < 0:
			return b.T("level.down", "n", n), ui.Warning
		}
		return b.T("level.same"), ui.Neutral
	}
	return "", ui.Neutral
}

// departs tells whether the level is another than the figures suggested.
func (b *balance) departs(s *saakornv1.DimensionScore) bool {
	x := b.suggestedFor(s.GetDimension())
	return s != nil && x != nil && x.Level != nil && x.GetLevel() != s.GetLevel()
}

// chart sets the three views of the year side by side, dimension by dimension.
func (b *balance) charts() []chart.Chart {
	a := b.of(b.year)
	var charts []chart.Chart
	for _, d := range b.dimensions() {
		c := chart.Chart{Title: site.In(b.Language, d.GetTitle()), Whole: highestLevel}
		add := func(label string, n int32, known bool) {
			bar := chart.Bar{Label: label, Parts: []int64{0}, Text: "–"}
			if known {
				bar.Parts[0], bar.Text = int64(n), b.T("level.of", "n", strconv.Itoa(int(n)))
			}
			c.Bars = append(c.Bars, bar)
		}
		s := b.suggestedFor(d.GetKey())
		add(b.T("sustain.figures"), s.GetLevel(), s != nil && s.Level != nil)
		own, officer := scoreOf(a.GetOwn(), d.GetKey()), scoreOf(a.GetOfficer(), d.GetKey())
		add(b.T("sustain.own"), own.GetLevel(), own != nil)
		add(b.T("sustain.officer"), officer.GetLevel(), officer != nil)
		charts = append(charts, c)
	}
	return charts
}

// levelField chooses a level.
func (b *balance) levelField(d *saakornv1.DimensionRule) ui.Field {
	stored := ""
	if s := scoreOf(b.of(b.year).GetOfficer(), d.GetKey()); s != nil {
		stored = strconv.Itoa(int(s.GetLevel()))
	}
	f := b.field("assess", "level-"+d.GetKey(), b.T("sustain.level"), stored)
	for n := range highestLevel + 1 {
		text := strconv.Itoa(n)
		f.Choices = append(f.Choices, ui.Choice{Value: text, Label: b.T("level." + text), Chosen: f.Value == text})
	}
	return f
}

// reasonField is for why the level departs from what the figures suggest.
func (b *balance) reasonField(d *saakornv1.DimensionRule) ui.Field {
	f := b.area("assess", "reason-"+d.GetKey(), b.T("sustain.reason"), 5000)
	if b.form != "assess" {
		f.Value = scoreOf(b.of(b.year).GetOfficer(), d.GetKey()).GetReason()
	}
	if s := b.suggestedFor(d.GetKey()); s != nil && s.Level != nil {
		f.Help = b.T("sustain.reason_help", "n", strconv.Itoa(int(s.GetLevel())))
		return f
	}
	f.Optional = true
	return f
}

// assessSustainability records the officer's view. A dimension without a level is left out, and the API says that
// it is missing.
func assessSustainability(v *site.Visit) error {
	b, err := openBalance(v, sheet{})
	if err != nil {
		return err
	}
	request := &saakornv1.AssessSustainabilityRequest{RequestId: v.RequestID(), LifecycleId: b.GetLifecycle().GetId(), GrantYear: yearIn(v)}
	fields := map[string]string{}
	for _, d := range b.dimensions() {
		key := d.GetKey()
		fields["scores."+key] = "level-" + key
		level, err := strconv.ParseInt(v.Value("level-"+key), 10, 32)
		if err != nil {
			continue
		}
		n := strconv.Itoa(len(request.GetScores()))
		fields["scores["+n+"].level"], fields["scores["+n+"].reason"] = "level-"+key, "reason-"+key
		request.Scores = append(request.Scores, &saakornv1.DimensionScore{Dimension: key, Level: int32(level), Reason: v.Value("reason-" + key)})
	}
	_, err = v.API.Followup.AssessSustainability(v.Context(), request)
	if err == nil {
		return v.GoWith(b.path()+"?year="+yearText(request.GetGrantYear()), "sustainability_assessed")
	}
	s, ok := refusedForm(v, "assess", fields, err)
	if !ok {
		return err
	}
	for i := range s.errs {
		s.errs[i].Label = b.labelOf(s.errs[i].ID)
	}
	return balanceWith(v, s)
}

// labelOf names the dimension that a field of the form is about.
func (b *balance) labelOf(id string) string {
	for _, d := range b.dimensions() {
		if id == fieldID("assess", "level-"+d.GetKey()) || id == fieldID("assess", "reason-"+d.GetKey()) {
			return site.In(b.Language, d.GetTitle())
		}
	}
	return ""
}
