package entrepreneur

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/text"
)

// aReport is a final report that asks for every part.
func aReport() *report {
	title := &saakornv1.LocalizedText{Nb: "x", Nn: "x", En: "x"}
	scheme := &saakornv1.Scheme{Reporting: &saakornv1.SchemeReporting{
		Indicators: []*saakornv1.IndicatorRule{
			{Key: "reached", Title: title, RequiredFor: []string{"FINAL"}},
			{Key: "inside", Title: title, Outcome: true, RequiredFor: []string{"FINAL"}},
			{Key: "outside", Title: title, Outcome: true, RequiredFor: []string{"FINAL"}},
			{Key: "placed", Title: title, Outcome: true, SumOf: []string{"inside", "outside"}, RequiredFor: []string{"FINAL"}},
			{Key: "fulltime", Title: title, Outcome: true},
		},
		Calendar: []*saakornv1.ReportRule{{Key: "final_report", Kind: "FINAL", Parts: []*saakornv1.ReportPartRule{
			{Part: "INDICATORS"}, {Part: "FINANCES"}, {Part: "ACCOUNTS"}, {Part: "NARRATIVE"}, {Part: "RECEIVED"}, {Part: "LEARNING", FromOre: 500},
		}}},
	}}
	r := &report{scheme: scheme, got: &saakornv1.GetReportResponse{Reviews: []*saakornv1.ReportReview{
		{Outcome: "RETURNED", Asked: []*saakornv1.ReportQuestion{{Id: "q/1", Field: "finances.bank_ore"}, {Id: "q/2", Field: "finances"}}},
	}}}
	r.report = &saakornv1.Report{
		ReportKey: "final_report", Kind: saakornv1.ReportKind_REPORT_KIND_FINAL, State: saakornv1.ReportState_REPORT_STATE_RETURNED,
		Content: &saakornv1.ReportContent{
			Indicators: []*saakornv1.ReportedIndicator{
				{Key: "reached", Actual: new(int64(20)), Evidence: saakornv1.EvidenceLevel_EVIDENCE_LEVEL_B, N: new(int64(18)), Comment: "Slik."},
				{Key: "own_1", Title: "Eget mål", Baseline: new(int64(1)), Target: new(int64(4)), Actual: new(int64(0)), DeadweightPercent: new(int32(0))},
				{Key: "inside", Actual: new(int64(2)), Evidence: saakornv1.EvidenceLevel_EVIDENCE_LEVEL_A},
				{Key: "outside", Actual: new(int64(3)), Evidence: saakornv1.EvidenceLevel_EVIDENCE_LEVEL_C},
				{Key: "placed", Actual: new(int64(5)), Evidence: saakornv1.EvidenceLevel_EVIDENCE_LEVEL_C},
			},
			Finances: &saakornv1.ReportedFinances{
				Income:  []*saakornv1.SourceIncome{{Source: saakornv1.IncomeSource_INCOME_SOURCE_SALES_NAV, AmountOre: 300_00}},
				BankOre: new(int64(0)), EquityOre: new(int64(-12_50)), TotalAssetsOre: new(int64(1_000_000_00)), Months: 12, Audited: true,
			},
			Costs:     []*saakornv1.ReportedCost{{LineKey: "wages", BudgetOre: 500_00, ActualOre: new(int64(0)), Comment: "Ingen."}, {LineKey: "rent", BudgetOre: 1_00}},
			Narrative: &saakornv1.ReportNarrative{Summary: "Kort.", Worked: "Det.", DidNotWork: "Det andre.", HelpWanted: "Ja."},
			Received:  &saakornv1.ReceivedConfirmation{Confirmed: true, AmountOre: new(int64(450_000_00))},
			Learning:  &saakornv1.ReportLearning{WouldDoDifferently: "Mye.", CanBeCopied: "Alt."},
			Answers:   []*saakornv1.ReportAnswer{{QuestionId: "older/1", Text: "Før."}, {QuestionId: "q/1", Text: "Nå."}},
		},
		AmountOre: 500,
	}
	r.rule = reportRule(scheme, r.report)
	return r
}

func TestAPageOfAReportThatIsSentBackUnchangedChangesNothing(t *testing.T) {
	c, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range text.Languages() {
		r := aReport()
		for _, step := range r.stepKeys() {
			f := &reporting{reading: reading{values: r.shown(c.Printer(l), step), printer: c.Printer(l)}, report: r, content: proto.CloneOf(r.content())}
			if step == stepSummary {
				continue
			}
			f.step(step)
			if len(f.errors) > 0 {
				t.Errorf("%s, %s: %v", l, step, f.errors)
			}
			if diff := cmp.Diff(r.content(), f.content, protocmp.Transform()); diff != "" {
				t.Errorf("%s, %s (-shown +read):\n%s", l, step, diff)
			}
		}
	}
}

func TestFieldsOfAReportAreFoundOnThePage(t *testing.T) {
	r := aReport()
	for field, want := range map[string][2]string{
		"content.indicators[0].actual":           {stepParticipants, "indicators.reached.actual"},
		"content.indicators[1].evidence":         {stepResults, "indicators.own_1.evidence"},
		"content.indicators.inside":              {stepResults, "indicators.inside.actual"},
		"content.finances.income":                {stepIncome, "income"},
		"content.finances.income[0].amount_ore":  {stepIncome, "income.INCOME_SOURCE_SALES_NAV"},
		"finances":                               {stepIncome, "income"},
		"content.finances.bank_ore":              {stepBalance, "finances.bank_ore"},
		"content.costs[1].comment":               {stepAccounts, "costs.rent.comment"},
		"content.costs":                          {stepAccounts, "costs"},
		"content.narrative.worked":               {stepNarrative, "narrative.worked"},
		"narrative":                              {stepNarrative, ""},
		"content.received.confirmed":             {stepReceived, "received.confirmed"},
		"content.attachments.auditor_statement":  {stepAttachments, "kind-auditor_statement"},
		"content.answers[1].text":                {stepQuestions, "answers.q/1"},
		"content.weather":                        {stepSummary, ""},
		"content.indicators[99].actual":          {stepResults, ""},
		"content.finances.income[99].amount_ore": {stepIncome, "income"},
	} {
		if step, id := r.place(field); step != want[0] || id != want[1] {
			t.Errorf("%s: got %s, %q; want %s, %q", field, step, id, want[0], want[1])
		}
	}
}

func TestQuestionsStandAtTheirFields(t *testing.T) {
	r := aReport()
	if got := r.asked(stepBalance, "finances.bank_ore"); len(got) != 1 || got[0].GetId() != "q/1" {
		t.Errorf("at the bank: %v", got)
	}
	if got := r.asked(stepIncome, "income"); len(got) != 1 || got[0].GetId() != "q/2" {
		t.Errorf("at the finances: %v", got)
	}
	if got := r.asked(stepNarrative, ""); len(got) != 0 {
		t.Errorf("elsewhere: %v", got)
	}
}

func TestASumIsAddedUpAndKnownAsWellAsItsWeakestPart(t *testing.T) {
	r := aReport()
	c, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	p := c.Printer(text.Bokmal)
	read := func(change map[string]string) *saakornv1.ReportedIndicator {
		v := r.shown(p, stepResults)
		maps.Copy(v, change)
		f := &reporting{reading: reading{values: v, printer: p}, report: r, content: proto.CloneOf(r.content())}
		f.step(stepResults)
		return f.content.GetIndicators()[4]
	}
	got := read(map[string]string{"indicators.inside.actual": "4", "indicators.outside.evidence": "EVIDENCE_LEVEL_B", "indicators.placed.evidence": ""})
	if got.GetActual() != 7 || got.GetEvidence() != saakornv1.EvidenceLevel_EVIDENCE_LEVEL_B {
		t.Errorf("got %v", got)
	}
	if got := read(map[string]string{"indicators.inside.actual": ""}); got.Actual != nil {
		t.Errorf("half a sum is %v", got)
	}
}

func TestLastYearsReportComesBeforeTheNewest(t *testing.T) {
	of := func(id, key string, year, version int32, due string) *saakornv1.Report {
		return &saakornv1.Report{Id: id, ReportKey: key, GrantYear: year, Version: version, DueOn: due}
	}
	this := of("this", "final_report", 2020, 0, "2021-03-31")
	all := []*saakornv1.Report{
		of("later", "interim_status", 2021, 0, "2021-08-31"), this, of("status", "interim_status", 2020, 2, "2020-08-31"),
		of("year before", "final_report", 2019, 1, "2020-03-31"), of("old", "final_report", 2018, 1, "2019-03-31"),
	}
	if got := chooseEarlier(all, this).GetId(); got != "year before" {
		t.Errorf("got %s", got)
	}
	if got := chooseEarlier(all[:3], this).GetId(); got != "status" {
		t.Errorf("without one of the year before: %s", got)
	}
	if got := chooseEarlier(all[:2], this); got != nil {
		t.Errorf("of nothing: %v", got)
	}
}

func TestTheNextReportOfEachAwardIsATaskAndEveryOverdueOne(t *testing.T) {
	open := saakornv1.ReportState_REPORT_STATE_OPEN
	all := []*saakornv1.Report{
		{Id: "far", AwardId: "1", State: open, DueOn: "2021-03-31"}, {Id: "near", AwardId: "1", State: open, DueOn: "2020-08-31"},
		{Id: "late", AwardId: "1", State: open, DueOn: "2020-03-31", Overdue: true},
		{Id: "sent", AwardId: "2", State: saakornv1.ReportState_REPORT_STATE_SUBMITTED, DueOn: "2020-01-01"},
		{Id: "other", AwardId: "2", State: open, DueOn: "2022-01-01"},
	}
	next := map[string]bool{}
	for _, r := range nextReports(all) {
		next[r.GetId()] = true
	}
	if diff := cmp.Diff(map[string]bool{"near": true, "late": true, "other": true}, next); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
