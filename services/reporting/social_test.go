package reporting

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/scheme"
)

// published returns the rules of a built-in version.
func published(t *testing.T) *scheme.Definition {
	t.Helper()
	sources, err := scheme.Published()
	if err != nil {
		t.Fatal(err)
	}
	return sources[0].Definition
}

func counted(pairs ...any) *saakornv1.ReportContent {
	c := &saakornv1.ReportContent{}
	for i := 0; i < len(pairs); i += 2 {
		c.Indicators = append(c.Indicators, &saakornv1.ReportedIndicator{Key: pairs[i].(string), Actual: new(int64(pairs[i+1].(int)))})
	}
	return c
}

func rate(t *testing.T, content *saakornv1.ReportContent, key string, open bool) Rate {
	t.Helper()
	for _, r := range Rates(content, published(t).Reporting, open) {
		if r.Key == key {
			return r
		}
	}
	t.Fatalf("there is no rate %s", key)
	return Rate{}
}

func TestRatesShowTheirBaseAndHideSmallNumbersFromOthers(t *testing.T) {
	tests := []struct {
		name    string
		content *saakornv1.ReportContent
		key     string
		own     Rate
		others  Rate
	}{
		{
			"large numbers", counted("job_placements", 15, "completed", 20, "dropped_out", 10), "placement_rate",
			Rate{"placement_rate", bp(5000), ore(30), ""}, Rate{"placement_rate", bp(5000), ore(30), ""},
		},
		{
			"a base below five", counted("job_placements", 2, "completed", 4, "dropped_out", 0), "placement_rate",
			Rate{"placement_rate", nil, ore(4), BaseTooSmall}, Rate{"placement_rate", nil, nil, BaseTooSmall},
		},
		{
			"a small part", counted("in_work_6m", 3, "followed_6m", 20), "retained_6m",
			Rate{"retained_6m", bp(1500), ore(20), ""}, Rate{"retained_6m", nil, ore(20), IsSuppressed},
		},
		{
			"a small rest", counted("in_work_12m", 18, "followed_12m", 20), "retained_12m",
			Rate{"retained_12m", bp(9000), ore(20), ""}, Rate{"retained_12m", nil, ore(20), IsSuppressed},
		},
		{
			"none at all is no secret", counted("dropped_out", 0, "completed", 12), "dropout_rate",
			Rate{"dropout_rate", bp(0), ore(12), ""}, Rate{"dropout_rate", bp(0), ore(12), ""},
		},
		{
			"a sum that would give a small number away",
			counted("placements_internal", 3, "placements_external", 12, "job_placements", 15, "completed", 20, "dropped_out", 10), "placement_rate",
			Rate{"placement_rate", bp(5000), ore(30), ""}, Rate{"placement_rate", nil, ore(30), IsSuppressed},
		},
		{
			"out of a sum that would give a small number away",
			counted("placements_internal", 3, "placements_external", 12, "job_placements", 15, "ordinary_jobs", 9), "ordinary_share",
			Rate{"ordinary_share", bp(6000), ore(15), ""}, Rate{"ordinary_share", nil, nil, IsSuppressed},
		},
		{"not reported", counted("completed", 12), "dropout_rate", Rate{"dropout_rate", nil, nil, NotReported}, Rate{"dropout_rate", nil, nil, NotReported}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.own, rate(t, tt.content, tt.key, true)); diff != "" {
				t.Errorf("to the enterprise:\n%s", diff)
			}
			if diff := cmp.Diff(tt.others, rate(t, tt.content, tt.key, false)); diff != "" {
				t.Errorf("to others:\n%s", diff)
			}
		})
	}
}

func TestNobodyElseSeesSmallNumbersOrWhatGivesThemAway(t *testing.T) {
	rules := published(t).Reporting
	content := counted("reached", 60, "placements_internal", 3, "placements_external", 12, "job_placements", 15, "dropped_out", 0,
		"followed_6m", 20, "in_work_6m", 18, "own_measure", 2)
	content.Indicators[0].Baseline = proto.Int64(4)
	shown, changed := Suppress(content, rules)
	if !changed {
		t.Error("nothing is hidden")
	}
	got := map[string]*int64{}
	for _, i := range shown.GetIndicators() {
		got[i.GetKey()] = i.Actual
	}
	want := map[string]*int64{
		"reached": ore(60), "placements_internal": nil, "placements_external": ore(12),
		"job_placements": nil, // 15 - 12 would be the 3
		"dropped_out":    ore(0), "followed_6m": ore(20),
		"in_work_6m":  nil, // 20 - 18 would be a 2
		"own_measure": nil, // it may count persons
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if shown.GetIndicators()[0].Baseline != nil {
		t.Error("a small baseline is shown")
	}
	if content.GetIndicators()[1].GetActual() != 3 {
		t.Error("the content itself has been changed")
	}
	if _, changed := Suppress(counted("reached", 60, "intake", 0), rules); changed {
		t.Error("something is hidden of large numbers")
	}
}

func TestCreamingIndexComparesThoseFurthestFromWorkWithTheOthers(t *testing.T) {
	tests := []struct {
		name                                  string
		completed, dropped, placed, end, hard int
		want                                  *int32
	}{
		{"equal", 20, 10, 15, 10, 5, bp(10_000)},
		{"half as often", 20, 20, 15, 20, 5, bp(5000)},
		{"none", 20, 20, 10, 20, 0, bp(0)},
		{"too few of them", 20, 10, 15, 9, 5, nil},
		{"too few others", 20, 10, 15, 21, 5, nil},
		{"no others placed", 20, 10, 5, 15, 5, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			content := counted("completed", tt.completed, "dropped_out", tt.dropped, "job_placements", tt.placed, "ended_hardest", tt.end, "placements_hardest", tt.hard)
			if diff := cmp.Diff(tt.want, CreamingIndex(content)); diff != "" {
				t.Error(diff)
			}
		})
	}
	if CreamingIndex(counted("completed", 20)) != nil {
		t.Error("an index of numbers that nobody reported")
	}
}

func TestIntakeGapIsActualLessPlanned(t *testing.T) {
	rule := published(t).Reporting.Suppression
	content := counted("intake_hardest", 12, "intake_classified", 30)
	if diff := cmp.Diff(bp(-2000), IntakeGap(content, 60, rule)); diff != "" {
		t.Error(diff)
	}
	if IntakeGap(counted("intake_hardest", 2, "intake_classified", 4), 60, rule) != nil {
		t.Error("a gap of four persons")
	}
}
