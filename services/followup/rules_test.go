package followup

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/grant"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/fault"
	"saakorn/services/reporting"
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

func day(year int, month time.Month, day int) calendar.Date {
	return calendar.Date{Year: year, Month: month, Day: day}
}

func noon() time.Time { return day(2019, time.May, 6).At(12, 0) }

func TestWarningsAreReasonsToTalk(t *testing.T) {
	rules := published(t).Followup.Warnings
	position := func(cash, creaming, gap *int32) *Position { return &Position{"report/1", cash, creaming, gap} }
	tests := []struct {
		name  string
		facts WarningFacts
		want  []SignalKind
	}{
		{"nothing known", WarningFacts{Contacts: 2}, nil},
		{"all is well", WarningFacts{Latest: position(new(int32(30)), new(int32(5000)), new(int32(-1500))), Contacts: 3}, nil},
		{"short runway", WarningFacts{Latest: position(new(int32(29)), nil, nil), Contacts: 2}, []SignalKind{RunwayShort}},
		{"creaming", WarningFacts{Latest: position(nil, new(int32(4999)), nil), Contacts: 2}, []SignalKind{Creaming}},
		{"intake gap", WarningFacts{Latest: position(nil, nil, new(int32(-1501))), Contacts: 2}, []SignalKind{IntakeGap}},
		{
			"earned share falls", WarningFacts{Earned: []EarnedYear{{"a", 2019, new(int32(4000))}, {"b", 2020, new(int32(3500))}}, Contacts: 2},
			[]SignalKind{EarnedShareFalls},
		},
		{"earned share falls a little", WarningFacts{Earned: []EarnedYear{{"a", 2019, new(int32(4000))}, {"b", 2020, new(int32(3501))}}, Contacts: 2}, nil},
		{"earned share unknown", WarningFacts{Earned: []EarnedYear{{"a", 2019, nil}, {"b", 2020, new(int32(10))}}, Contacts: 2}, nil},
		{"only the last two years count", WarningFacts{Earned: []EarnedYear{{"a", 2018, new(int32(9000))}, {"b", 2019, new(int32(10))}, {"c", 2020, new(int32(20))}}, Contacts: 2}, nil},
		{"reports missing", WarningFacts{Missing: []Overdue{{"x", day(2019, 3, 1)}, {"y", day(2019, 4, 1)}}, Contacts: 2}, []SignalKind{ReportMissing, ReportMissing}},
		{"one contact", WarningFacts{Contacts: 1, GrantYear: 2019}, []SignalKind{KeyPerson}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []SignalKind
			for _, w := range Warnings(tt.facts, rules) {
				got = append(got, w.Kind)
				if w.Basis == "" || len(w.Facts) == 0 {
					t.Errorf("%+v says nothing of what it rests on", w)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFiguresSuggestLevels(t *testing.T) {
	rules := published(t).Followup
	tests := []struct {
		name    string
		figures *reporting.Figures
		year    int
		want    map[string]int
	}{
		{"no report", nil, 1, map[string]int{}},
		{
			"first year", &reporting.Figures{EarnedShare: new(int32(1000)), CashMonthsTenths: new(int32(29)), Concentration: new(int32(6001))}, 1,
			map[string]int{"earned_income": 4, "liquidity": 1, "diversification": 1},
		},
		{
			"fifth year", &reporting.Figures{EarnedShare: new(int32(3000)), IncomeCovers: true, Concentration: new(int32(3000))}, 5,
			map[string]int{"earned_income": 2, "liquidity": 4, "diversification": 4},
		},
		{"a year that does not count", &reporting.Figures{EarnedShare: new(int32(3000))}, 0, map[string]int{}},
		{"everything from one payer", &reporting.Figures{Concentration: new(int32(9500)), CashMonthsTenths: new(int32(5))}, 2, map[string]int{"diversification": 0, "liquidity": 0}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := map[string]int{}
			for _, s := range Suggest(rules, tt.figures, tt.year) {
				if s.Level != nil {
					got[s.Dimension] = *s.Level
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOfficerSaysWhyWhereTheyDepart(t *testing.T) {
	rules := published(t).Followup
	var scores []Score
	for _, d := range rules.Dimensions {
		scores = append(scores, Score{Dimension: d.Key, Level: 2})
	}
	suggested := []Suggestion{{Dimension: "liquidity", Level: new(3)}, {Dimension: "earned_income", Level: new(2)}, {Dimension: "organisation"}}
	err := CheckScores(scores, rules, suggested)
	if f, ok := errors.AsType[*fault.Fault](err); !ok || len(f.Violations) != 1 || f.Violations[0].Field != "scores[2].reason" {
		t.Errorf("refused with %v", err)
	}
	scores[2].Reason = "Ordren som kommer i mars, er ikke med i tallene."
	if err := CheckScores(scores, rules, suggested); err != nil {
		t.Error(err)
	}
	if err := CheckScores(scores[1:], rules, nil); err == nil {
		t.Error("a dimension is left out")
	}
	if err := CheckScores(append(scores, Score{Dimension: "weather"}), rules, nil); err == nil {
		t.Error("an unknown dimension is assessed")
	}
	changes := Changes([]Score{{"a", 3, ""}, {"b", 1, ""}}, []Score{{"a", 1, ""}, {"c", 4, ""}})
	if diff := cmp.Diff([]Change{{"a", 2}}, changes); diff != "" {
		t.Error(diff)
	}
}

func TestMoreRiskMeansMoreTalk(t *testing.T) {
	rules := published(t).Followup.Checkins
	count := func(risk scheme.Risk) int { return len(rules.Dates(2019, risk, day(2019, 1, 1))) }
	if count(scheme.LowRisk) >= count(scheme.MediumRisk) || count(scheme.MediumRisk) >= count(scheme.HighRisk) {
		t.Errorf("%d, %d and %d check-ins", count(scheme.LowRisk), count(scheme.MediumRisk), count(scheme.HighRisk))
	}
	late := rules.Dates(2019, scheme.HighRisk, day(2019, 7, 1))
	if len(late) != 3 || late[0].Before(day(2019, 7, 1)) {
		t.Errorf("in the second half of the year: %v", late)
	}
	for _, d := range rules.Dates(2019, scheme.HighRisk, day(2019, 1, 1)) {
		if !calendar.IsWorkday(d) {
			t.Errorf("%s is no workday", d)
		}
	}
}

func TestTheNextTaskFollowsFromTheFacts(t *testing.T) {
	rules := published(t).Followup
	planned := Checkin{ID: uuid.New(), State: Planned, PlannedOn: day(2019, 5, 20)}
	invited := planned
	invited.InvitedAt = new(noon())
	late := invited
	late.LateAt = new(noon())
	asked := func(ago int) Question {
		return Question{ID: uuid.New(), State: Asked, AskedAt: new(noon().AddDate(0, 0, -ago))}
	}
	reminded := asked(30)
	reminded.RemindedAt = new(noon())
	tests := []struct {
		name  string
		facts Facts
		now   time.Time
		want  Task
		due   time.Time
	}{
		{"a new grant year", Facts{Unplanned: &grant.Award{GrantYear: 2019}}, noon(), TaskPlanYear, time.Time{}},
		{"no year is planned after the exit", Facts{Unplanned: &grant.Award{}, Closed: true}, noon(), TaskNone, time.Time{}},
		{"a reason to talk", Facts{Warnings: []Warning{{}}}, noon(), TaskRaiseSignals, time.Time{}},
		{"before the invitation", Facts{Checkins: []Checkin{planned}}, noon(), TaskAwait, day(2019, 5, 13).At(9, 0)},
		{"the invitation", Facts{Checkins: []Checkin{planned}}, day(2019, 5, 13).At(9, 0), TaskInvite, time.Time{}},
		{"invited", Facts{Checkins: []Checkin{invited}}, day(2019, 5, 14).At(9, 0), TaskAwait, day(2019, 6, 3).At(9, 0)},
		{"nobody talked", Facts{Checkins: []Checkin{invited}}, day(2019, 6, 3).At(9, 0), TaskMarkLate, time.Time{}},
		{"nobody talked, and somebody knows", Facts{Checkins: []Checkin{late}}, day(2019, 6, 4).At(9, 0), TaskAwait, time.Time{}},
		{"held", Facts{Checkins: []Checkin{{State: Held}}}, noon(), TaskAwait, time.Time{}},
		{"left the scheme", Facts{Closed: true, Asks: true, Checkins: []Checkin{planned}}, noon(), TaskPlanQuestions, time.Time{}},
		{"bankrupt", Facts{Closed: true}, noon(), TaskNone, time.Time{}},
		{"asked in time", Facts{Closed: true, Asks: true, Questions: []Question{{State: QuestionPlanned, DueOn: day(2019, 5, 6)}}}, noon(), TaskAsk, time.Time{}},
		{"asked", Facts{Closed: true, Asks: true, Questions: []Question{asked(20)}}, noon(), TaskAwait, day(2019, 5, 7).At(9, 0)},
		{"reminded once", Facts{Closed: true, Asks: true, Questions: []Question{asked(21)}}, noon(), TaskRemind, time.Time{}},
		{"waits", Facts{Closed: true, Asks: true, Questions: []Question{reminded}}, noon(), TaskAwait, day(2019, 6, 5).At(9, 0)},
		{"given up", Facts{Closed: true, Asks: true, Questions: []Question{reminded}}, day(2019, 6, 5).At(9, 0), TaskGiveUp, time.Time{}},
		{"all answered", Facts{Closed: true, Asks: true, Questions: []Question{{State: Answered}, {State: Unanswered}}}, noon(), TaskNone, time.Time{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.facts.Rules = rules
			task, _, due := Next(tt.facts, tt.now)
			if task != tt.want || (due == nil) != tt.due.IsZero() || due != nil && !due.Equal(tt.due) {
				t.Errorf("%s until %v, want %s until %v", task, due, tt.want, tt.due)
			}
		})
	}
}

func TestExampleIsConsentedToAsItIs(t *testing.T) {
	e := Example{State: ExampleDraft, DraftedBy: "case-officer-1", Content: &saakornv1.ExampleContent{Title: "T", Problem: "P", Method: "M"}}
	if _, err := Consent(e, "entrepreneur-01", noon()); err == nil {
		t.Error("consented to an example without a result")
	}
	e.Content.Result = "R"
	e, err := Consent(e, "entrepreneur-01", noon())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Publish(e, "case-officer-1", noon()); !fault.Is(err, "FOUR_EYES") {
		t.Errorf("published by whoever drafted it: %v", err)
	}
	changed, err := Rewrite(e, &saakornv1.ExampleContent{Title: "X"})
	if err != nil || changed.State != ExampleDraft || changed.ConsentedAt != nil {
		t.Errorf("the consent survives a change: %+v, %v", changed, err)
	}
	if _, err := Publish(changed, "decision-maker-1", noon()); !fault.Is(err, "WRONG_STATE") {
		t.Errorf("published without consent: %v", err)
	}
	out, err := Publish(e, "decision-maker-1", noon())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Withdraw(out, "entrepreneur-01", noon()); err != nil {
		t.Errorf("the enterprise cannot take it back: %v", err)
	}
}

func TestAnAnswerAfterTheGrantIsWaitedForAsLongAsSomebodyAsks(t *testing.T) {
	rules := scheme.AfterRules{GiveUpDays: 60}
	asked := noon()
	if got, want := (Question{State: Asked, AskedAt: &asked}).AnswerBy(rules), calendar.On(asked).AddDays(60); got != want {
		t.Errorf("waited for until %s, want %s", got, want)
	}
	for _, state := range []QuestionState{QuestionPlanned, Answered, Unanswered} {
		if got := (Question{State: state, AskedAt: &asked}).AnswerBy(rules); !got.IsZero() {
			t.Errorf("%s: waited for until %s", state, got)
		}
	}
}

func TestAnswerAfterTheGrantHasToBeTrueTogether(t *testing.T) {
	q := Question{State: Asked}
	good := &saakornv1.AfterAnswer{LedTo: "Fire fikk fast jobb.", Followed_6M: new(int64(8)), InWork_6M: new(int64(8))}
	if err := CheckAnswer(q, good); err != nil {
		t.Error(err)
	}
	for name, a := range map[string]*saakornv1.AfterAnswer{
		"says nothing":        {},
		"more than the whole": {LedTo: "x", Followed_12M: new(int64(3)), InWork_12M: new(int64(4))},
		"half a pair":         {LedTo: "x", Followed_12M: new(int64(3))},
	} {
		if CheckAnswer(q, a) == nil {
			t.Errorf("%s passes", name)
		}
	}
	if err := CheckAnswer(Question{State: QuestionPlanned}, good); !fault.Is(err, "NOT_ASKED") {
		t.Errorf("answered before it was asked: %v", err)
	}
	if err := CheckAnswer(Question{State: Unanswered}, good); err != nil {
		t.Errorf("a late answer is welcome: %v", err)
	}
	rule := published(t).Reporting.Suppression
	shown := suppress(&saakornv1.AfterAnswer{Followed_6M: new(int64(8)), InWork_6M: new(int64(6)), Followed_12M: new(int64(20)), InWork_12M: new(int64(10))}, rule)
	if shown.InWork_6M != nil || shown.GetFollowed_6M() != 8 || shown.GetInWork_12M() != 10 {
		t.Errorf("others see %v", shown)
	}
}
