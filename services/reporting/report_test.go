package reporting

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/fault"
	"saakorn/services/scheme"
)

func day(year int, month time.Month, day int) calendar.Date {
	return calendar.Date{Year: year, Month: month, Day: day}
}

// due is when the final report of these tests is due: a Tuesday.
func due() calendar.Date { return day(2020, time.March, 31) }

func final() Report {
	return Report{
		ID: uuid.New(), Key: "final_report", Kind: scheme.FinalReport, GrantYear: 2019, AmountOre: 90_000_000, HoldsPayment: true,
		FourEyes: true, DueOn: due(), State: Open, Content: &saakornv1.ReportContent{},
	}
}

func (r Report) in(s State) Report {
	at := due().Start()
	if s != Open && s != Waived {
		r.Version, r.FirstSubmittedAt, r.SubmittedAt = 1, &at, &at
	}
	switch s {
	case Returned:
		r.ReturnedAt = &at
	case Reviewed:
		r.ReviewedAt, r.ReviewedBy = &at, "case-officer-1"
	case Approved:
		r.ReviewedAt, r.ReviewedBy, r.ApprovedAt, r.ApprovedBy = &at, "case-officer-1", &at, "decision-maker-1"
	case Waived:
		r.WaivedAt, r.WaivedBy = &at, "decision-maker-1"
	case Open, Submitted:
	}
	r.State = StateOf(r)
	return r
}

func states() []State { return []State{Open, Submitted, Returned, Reviewed, Approved, Waived} }

func TestStateFollowsFromWhatHasHappened(t *testing.T) {
	for _, s := range states() {
		if got := final().in(s).State; got != s {
			t.Errorf("%s, want %s", got, s)
		}
	}
}

// Which moves are legal at which state, in one table.
func TestMovesAreLegalAtTheirStatesOnly(t *testing.T) {
	now, cost := due().Start(), int64(5)
	moves := map[string]struct {
		at []State
		do func(Report) error
	}{
		"edit":    {[]State{Open, Submitted, Returned}, CheckEditable},
		"return":  {[]State{Submitted, Reviewed}, func(r Report) error { _, err := Return(r, now); return err }},
		"review":  {[]State{Submitted, Reviewed}, func(r Report) error { _, err := Review(r, "x", &cost, "case-officer-2", now); return err }},
		"approve": {[]State{Reviewed}, func(r Report) error { _, err := Approve(r, "case-officer-2", now); return err }},
		"waive":   {[]State{Open, Submitted, Returned, Reviewed}, func(r Report) error { _, err := Waive(r, "x", now); return err }},
		"move":    {[]State{Open}, func(r Report) error { return CheckMove(r, due().AddDays(7), now) }},
	}
	for name, move := range moves {
		for _, s := range states() {
			err := move.do(final().in(s))
			if legal := slices.Contains(move.at, s); legal != (err == nil) || err != nil && !fault.Is(err, "WRONG_STATE") {
				t.Errorf("%s at %s: %v", name, s, err)
			}
		}
	}
}

func TestApprovalThatLetsMoneyOutNeedsTwo(t *testing.T) {
	r := final().in(Reviewed)
	if _, err := Approve(r, "case-officer-1", due().Start()); !fault.Is(err, "FOUR_EYES") {
		t.Errorf("the reviewer approves: %v", err)
	}
	extra := Report{Kind: scheme.ExtraReport, State: Submitted, Version: 1}
	if _, err := Approve(extra, "case-officer-1", due().Start()); err != nil {
		t.Errorf("a report that holds no money needs one officer: %v", err)
	}
}

func TestTimelinessIsThatOfTheFirstSubmission(t *testing.T) {
	rules := published(t)
	extra := Report{Kind: scheme.ExtraReport, DueOn: due(), Content: &saakornv1.ReportContent{Narrative: &saakornv1.ReportNarrative{Summary: "Slik går det."}}, State: Open}
	inTime, err := Submit(extra, rules, nil, due().End().Add(-time.Second))
	if err != nil || inTime.Late {
		t.Fatalf("late %v, %v", inTime.Late, err)
	}
	inTime.State = StateOf(inTime)
	returned, err := Return(inTime, due().End())
	if err != nil {
		t.Fatal(err)
	}
	returned.State, returned.Unsubmitted = StateOf(returned), true
	again, err := Submit(returned, rules, nil, due().AddDays(40).Start())
	if err != nil || again.Late || again.Version != 2 || !again.FirstSubmittedAt.Equal(*inTime.FirstSubmittedAt) {
		t.Errorf("%+v, %v", again, err)
	}
	late, err := Submit(extra, rules, nil, due().End())
	if err != nil || !late.Late {
		t.Errorf("late %v, %v", late.Late, err)
	}
	late.State = StateOf(late)
	if _, err := Submit(late, rules, nil, due().End()); !fault.Is(err, "NOTHING_NEW") {
		t.Errorf("the same again: %v", err)
	}
}

func TestCostsAreAcceptedWithTheFinalReportOnly(t *testing.T) {
	if _, err := Review(final().in(Submitted), "x", nil, "o", due().Start()); err == nil {
		t.Error("a final report is reviewed without accepted costs")
	}
	interim := final().in(Submitted)
	interim.Kind = scheme.InterimReport
	if _, err := Review(interim, "x", proto.Int64(1), "o", due().Start()); err == nil {
		t.Error("costs are accepted with an interim status")
	}
}

func TestEverythingMissingIsNamedAtOnce(t *testing.T) {
	rules := published(t)
	r := final()
	r.Content = Prefill(r, rules, &saakornv1.ApplicationContent{}, &saakornv1.ReportContent{})
	got := map[string]string{}
	for _, p := range Check(r, rules, nil).Problems {
		got[p.Field] = p.Reason
	}
	for _, field := range []string{
		"content.indicators[0].actual", "content.finances.income", "content.finances.equity_ore", "content.finances.months", "content.costs",
		"content.narrative.worked", "content.narrative.did_not_work", "content.received.confirmed", "content.learning.would_do_differently",
		"content.attachments.annual_accounts", "content.attachments.auditor_statement",
	} {
		if got[field] != "REQUIRED" {
			t.Errorf("%s is %q", field, got[field])
		}
	}
	small := r
	small.AmountOre = 10_000_000
	for _, p := range Check(small, rules, nil).Problems {
		if p.Field == "content.learning.would_do_differently" || p.Field == "content.attachments.auditor_statement" {
			t.Errorf("%s is asked of a small award", p.Field)
		}
	}
}

func TestNumbersThatCannotBeTrueTogetherAreNamed(t *testing.T) {
	rules := published(t)
	tests := []struct {
		name, reason, field string
		content             *saakornv1.ReportContent
	}{
		{"part larger than the whole", "MORE_THAN_THE_WHOLE", "content.indicators[1].actual", counted("reached", 5, "intake", 6)},
		{"a sum", "DOES_NOT_ADD_UP", "content.indicators[2].actual", counted("placements_internal", 1, "placements_external", 2, "job_placements", 4)},
		{"twice", "REPORTED_TWICE", "content.indicators[1].key", counted("reached", 5, "reached", 6)},
		{"a line that departs", "REQUIRED", "content.costs[0].comment", &saakornv1.ReportContent{Costs: []*saakornv1.ReportedCost{{LineKey: rules.BudgetLines[0].Key, BudgetOre: 100, ActualOre: proto.Int64(111)}}}},
		{"an unknown line", "NO_SUCH_BUDGET_LINE", "content.costs[0].line_key", &saakornv1.ReportContent{Costs: []*saakornv1.ReportedCost{{LineKey: "yacht"}}}},
		{"bank above current assets", "MORE_THAN_THE_WHOLE", "content.finances.bank_ore", &saakornv1.ReportContent{Finances: &saakornv1.ReportedFinances{BankOre: proto.Int64(2), CurrentAssetsOre: proto.Int64(1)}}},
		{"a national identity number", nationalIDFound, "content.narrative.help_wanted", &saakornv1.ReportContent{Narrative: &saakornv1.ReportNarrative{HelpWanted: "Deltaker 01819000049"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := final()
			r.Content = tt.content
			problems := Check(r, rules, nil).Problems
			if !slices.ContainsFunc(problems, func(v fault.Violation) bool { return v.Field == tt.field && v.Reason == tt.reason }) {
				t.Errorf("no %s about %s in %v", tt.reason, tt.field, problems)
			}
		})
	}
}

func TestPrefillCarriesTargetsAndBudgetAndNoResults(t *testing.T) {
	rules := published(t)
	applied := &saakornv1.ApplicationContent{
		TheoryOfChange: &saakornv1.TheoryOfChange{Indicators: []*saakornv1.Indicator{{
			Key: "in_shops", Title: "I butikk", Unit: "personer", Baseline: 2,
			Targets: []*saakornv1.YearTarget{{Year: 2019, Value: 8}, {Year: 2020, Value: 12}},
		}}},
		Budget: &saakornv1.ApplicationBudget{Items: []*saakornv1.BudgetItem{
			{LineKey: rules.BudgetLines[0].Key, AmountOre: 3}, {LineKey: rules.BudgetLines[0].Key, AmountOre: 4}, {LineKey: "gone", AmountOre: 9},
		}},
	}
	previous := counted("in_shops", 5, "reached", 50)
	previous.Indicators[1].Baseline, previous.Indicators[1].Evidence = proto.Int64(20), saakornv1.EvidenceLevel_EVIDENCE_LEVEL_A
	previous.Finances = &saakornv1.ReportedFinances{Income: []*saakornv1.SourceIncome{{Source: nav, AmountOre: 7}}}
	content := Prefill(final(), rules, applied, previous)
	own, reached := indicatorOf(content, "in_shops"), indicatorOf(content, "reached")
	if own.GetTarget() != 8 || own.GetBaseline() != 2 || own.Actual != nil || own.GetUnit() != "personer" {
		t.Errorf("own indicator %v", own)
	}
	if reached.GetBaseline() != 20 || reached.GetEvidence() != saakornv1.EvidenceLevel_EVIDENCE_LEVEL_A || reached.Actual != nil {
		t.Errorf("library indicator %v", reached)
	}
	if len(content.GetCosts()) != 1 || content.GetCosts()[0].GetBudgetOre() != 7 || content.GetCosts()[0].ActualOre != nil {
		t.Errorf("costs %v", content.GetCosts())
	}
	if in := content.GetFinances().GetIncome(); len(in) != 1 || in[0].GetSource() != nav || in[0].GetAmountOre() != 0 {
		t.Errorf("income %v", in)
	}
}

func TestTheNextTaskFollowsFromTheFacts(t *testing.T) {
	rules := published(t).Reporting
	at := func(d calendar.Date, hour int) time.Time { return d.At(hour, 0) }
	noticed := func(kind NoticeKind, days int) Notice { return Notice{Kind: kind, DueOn: due(), Days: days} }
	escalation := due().AddDays(14)
	tests := []struct {
		name    string
		report  Report
		notices []Notice
		pending bool
		now     time.Time
		want    Task
		due     time.Time
	}{
		{"long before", final(), nil, false, at(day(2020, 1, 10), 12), TaskAwait, at(due().AddDays(-30), 9)},
		{"a month before", final(), nil, false, at(due().AddDays(-30), 9), TaskRemind, time.Time{}},
		{"reminded once", final(), []Notice{noticed(Reminded, 30)}, false, at(due().AddDays(-30), 10), TaskAwait, at(due().AddDays(-7), 9)},
		{"a week before", final(), []Notice{noticed(Reminded, 30)}, false, at(due().AddDays(-7), 9), TaskRemind, time.Time{}},
		{"planned late: only the last reminder", final(), nil, false, at(due().AddDays(-3), 9), TaskRemind, time.Time{}},
		{"planned late and reminded", final(), []Notice{noticed(Reminded, 7)}, false, at(due().AddDays(-3), 10), TaskAwait, due().End()},
		{"last evening", final(), []Notice{noticed(Reminded, 7)}, false, at(due(), 23), TaskAwait, due().End()},
		{"overdue", final(), []Notice{noticed(Reminded, 7)}, false, due().End(), TaskMarkOverdue, time.Time{}},
		{"overdue and marked", final(), []Notice{noticed(WentOverdue, 0)}, false, due().End(), TaskAwait, at(escalation, 9)},
		{"escalated", final(), []Notice{noticed(WentOverdue, 0)}, false, at(escalation, 9), TaskEscalate, time.Time{}},
		{"nothing more by itself", final(), []Notice{noticed(WentOverdue, 0), noticed(Escalated, 0)}, false, at(escalation, 10), TaskAwait, time.Time{}},
		{"notices of another date do not count", final(), []Notice{{Kind: WentOverdue, DueOn: due().AddDays(-60)}}, false, due().End(), TaskMarkOverdue, time.Time{}},
		{"a letter first", final(), nil, true, due().End(), TaskSendLetter, time.Time{}},
		{"accounts are compared", final().in(Submitted), nil, false, due().End(), TaskCompareAccounts, time.Time{}},
		{"approved", withCompared(final().in(Approved)), nil, false, due().End(), TaskNone, time.Time{}},
		{"waived", final().in(Waived), nil, false, due().End(), TaskNone, time.Time{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := Facts{Rules: rules, Reports: []ReportFacts{{Report: tt.report, Notices: tt.notices, Pending: tt.pending}}}
			task, _, due := Next(f, tt.now)
			if task != tt.want || (due == nil) != tt.due.IsZero() || due != nil && !due.Equal(tt.due) {
				t.Errorf("%s until %v, want %s until %v", task, due, tt.want, tt.due)
			}
		})
	}
	if task, _, _ := Next(Facts{Unplanned: true}, due().Start()); task != TaskPlan {
		t.Errorf("an award without reports: %s", task)
	}
}

func withCompared(r Report) Report {
	r.ComparedVersion = r.Version
	return r
}

func TestOfficeAnswersItsOwnQuestionsOnly(t *testing.T) {
	questions := published(t).Reporting.OfficeQuestions
	text := func(key, text string) *saakornv1.OfficeAnswer {
		return &saakornv1.OfficeAnswer{QuestionKey: key, Value: &saakornv1.OfficeAnswer_Text{Text: text}}
	}
	number := func(key string, n int64) *saakornv1.OfficeAnswer {
		return &saakornv1.OfficeAnswer{QuestionKey: key, Value: &saakornv1.OfficeAnswer_Number{Number: n}}
	}
	complete := []*saakornv1.OfficeAnswer{
		number("referred_planned", 0), number("referred_actual", 0), text("collaboration", "Godt."), text("anchoring", "I ledermøtet."),
	}
	if wrong := CheckAnswers(complete, questions, true); len(wrong) > 0 {
		t.Errorf("complete answers: %v", wrong)
	}
	if wrong := CheckAnswers(complete[:3], questions, true); len(wrong) != 1 || wrong[0].Field != "answers.anchoring" {
		t.Errorf("a missing answer: %v", wrong)
	}
	if wrong := CheckAnswers(nil, questions, false); len(wrong) > 0 {
		t.Errorf("a draft: %v", wrong)
	}
	for _, a := range []*saakornv1.OfficeAnswer{text("nonsense", "x"), text("referred_actual", "mange"), number("anchoring", 3), text("anchoring", "01819000049")} {
		if len(CheckAnswers([]*saakornv1.OfficeAnswer{a}, questions, false)) == 0 {
			t.Errorf("%v passes", a)
		}
	}
}
