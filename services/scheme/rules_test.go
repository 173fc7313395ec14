package scheme

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"saakorn/services/platform/calendar"
)

func instant(t testing.TB, text string) time.Time {
	t.Helper()
	parsed, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func TestTextFallsBackToBokmal(t *testing.T) {
	text := Text{Nb: "hei", En: "hello"}
	for language, want := range map[string]string{"nb": "hei", "nn": "hei", "en": "hello", "se": "hei", "": "hei"} {
		if got := text.In(language); got != want {
			t.Errorf("In(%q) = %q, want %q", language, got, want)
		}
	}
}

func TestReceptionOfAnApplication(t *testing.T) {
	opens, closes := instant(t, "2018-10-19T10:00:00Z"), instant(t, "2018-11-20T11:00:00Z")
	inTime, tooLate := closes.Add(-time.Hour), closes.Add(time.Minute)
	late, refuse := LateRule{Policy: LateReceive, GraceHours: 48}, LateRule{Policy: LateRefuse}
	tests := []struct {
		name  string
		rule  LateRule
		begun time.Time
		now   time.Time
		want  Reception
	}{
		{"before the call opens", late, time.Time{}, opens.Add(-time.Nanosecond), ReceptionNotOpen},
		{"as the call opens", late, time.Time{}, opens, ReceptionInTime},
		{"last instant", late, inTime, closes.Add(-time.Nanosecond), ReceptionInTime},
		{"the close itself is too late", refuse, inTime, closes, ReceptionClosed},
		{"the close itself, with grace", late, inTime, closes, ReceptionLate},
		{"last instant of the grace", late, inTime, closes.Add(48*time.Hour - time.Nanosecond), ReceptionLate},
		{"after the grace", late, inTime, closes.Add(48 * time.Hour), ReceptionClosed},
		{"begun after the close", late, tooLate, closes.Add(time.Hour), ReceptionClosed},
		{"begun at the close", late, closes, closes.Add(time.Hour), ReceptionClosed},
		{"never begun", late, time.Time{}, closes.Add(time.Hour), ReceptionClosed},
		{"late applications are refused", refuse, inTime, closes.Add(time.Minute), ReceptionClosed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := test.rule.Reception(opens, closes, test.begun, test.now); got != test.want {
				t.Errorf("reception %s, want %s", got, test.want)
			}
		})
	}
}

func TestDraftRemindersGoOutInTheMorning(t *testing.T) {
	tests := []struct {
		name   string
		days   []int
		closes string
		want   []string
	}{
		{"at noon", []int{3, 14}, "2026-11-24T11:00:00Z", []string{"2026-11-10T08:00:00Z", "2026-11-21T08:00:00Z"}},
		{"a close at midnight belongs to the day before", []int{1}, "2026-11-24T23:00:00Z", []string{"2026-11-23T08:00:00Z"}},
		{"across the change of clock", []int{7}, "2026-10-28T11:00:00Z", []string{"2026-10-21T07:00:00Z"}},
		{"none", nil, "2026-11-24T11:00:00Z", []string{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := []string{}
			for _, reminder := range (Deadlines{DraftReminderDays: test.days}).DraftReminders(instant(t, test.closes)) {
				got = append(got, reminder.UTC().Format(time.RFC3339))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("reminders (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDeadlinesAreCountedInOsloDates(t *testing.T) {
	rules := Deadlines{AppealWeeks: 3, InterimReplyMonths: 1, DecisionDays: 60}
	tests := []struct {
		name string
		got  calendar.Date
		want string
	}{
		{"appeal", rules.AppealDeadline(instant(t, "2019-02-05T12:00:00Z")), "2019-02-26"},
		{"appeal, notified just before midnight", rules.AppealDeadline(instant(t, "2019-02-05T22:59:00Z")), "2019-02-26"},
		{"appeal, notified just after midnight", rules.AppealDeadline(instant(t, "2019-02-05T23:01:00Z")), "2019-02-27"},
		{"appeal that would end on Maundy Thursday", rules.AppealDeadline(instant(t, "2019-03-28T12:00:00Z")), "2019-04-23"},
		{"interim reply", rules.InterimReplyDue(instant(t, "2019-01-31T12:00:00Z")), "2019-02-28"},
		{"decision", rules.DecisionDue(instant(t, "2018-11-20T11:00:00Z")), "2019-01-19"},
		{"decision after a close at midnight", rules.DecisionDue(instant(t, "2018-11-20T23:00:00Z")), "2019-01-19"},
	}
	for _, test := range tests {
		if got := test.got.String(); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

func TestTimeToCompleteAnApplication(t *testing.T) {
	rules := Deadlines{Deficiency: DeficiencyRule{Days: 14, ReminderDays: 4}}
	tests := []struct{ name, sent, deadline, reminder string }{
		{"on a workday", "2019-02-05T12:00:00Z", "2019-02-19", "2019-02-15T08:00:00Z"},
		{"sent just before midnight", "2019-02-05T22:59:00Z", "2019-02-19", "2019-02-15T08:00:00Z"},
		{"sent just after midnight", "2019-02-05T23:01:00Z", "2019-02-20", "2019-02-16T08:00:00Z"},
		{"ends on a Saturday", "2019-02-02T12:00:00Z", "2019-02-18", "2019-02-14T08:00:00Z"},
		{"ends on Maundy Thursday", "2019-04-04T12:00:00Z", "2019-04-23", "2019-04-19T07:00:00Z"},
		{"ends on 17 May, a Friday", "2019-05-03T12:00:00Z", "2019-05-20", "2019-05-16T07:00:00Z"},
		{"across the change to summer time", "2019-03-19T12:00:00Z", "2019-04-02", "2019-03-29T08:00:00Z"},
		{"reminder after the change to summer time", "2019-03-22T12:00:00Z", "2019-04-05", "2019-04-01T07:00:00Z"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			deadline := rules.DeficiencyDeadline(instant(t, test.sent))
			if got := deadline.String(); got != test.deadline {
				t.Errorf("deadline %s, want %s", got, test.deadline)
			}
			if got := rules.DeficiencyReminder(deadline).UTC().Format(time.RFC3339); got != test.reminder {
				t.Errorf("reminder at %s, want %s", got, test.reminder)
			}
		})
	}
}

func TestApplicantHasAllTheDaysAndIsRemindedBeforeTheyAreOver(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		days := rapid.IntRange(2, 60).Draw(t, "days")
		rules := Deadlines{Deficiency: DeficiencyRule{Days: days, ReminderDays: rapid.IntRange(1, days-1).Draw(t, "reminder")}}
		sent := time.Unix(rapid.Int64Range(1_300_000_000, 2_000_000_000).Draw(t, "sent"), 0)
		deadline := rules.DeficiencyDeadline(sent)
		if calendar.Days(calendar.On(sent), deadline) < days || !calendar.IsWorkday(deadline) {
			t.Fatalf("%d days from %s end on %s", days, sent, deadline)
		}
		if reminder := rules.DeficiencyReminder(deadline); reminder.Before(calendar.On(sent).End()) || !reminder.Before(deadline.Start()) {
			t.Fatalf("sent %s, reminded %s, deadline %s", sent, reminder, deadline)
		}
	})
}

func TestLimitsForChangingADecision(t *testing.T) {
	rules := Deadlines{LateAppealMonths: 12, Reversal: ReversalRule{NoticeWeeks: 3, DecisionMonths: 3}}
	tests := []struct {
		name string
		got  calendar.Date
		want string
	}{
		{"late appeal", rules.LateAppealLimit(instant(t, "2019-02-05T12:00:00Z")), "2020-02-05"},
		{"late appeal against a decision of a leap day", rules.LateAppealLimit(instant(t, "2020-02-29T12:00:00Z")), "2021-02-28"},
		{"late appeal, decided just after midnight", rules.LateAppealLimit(instant(t, "2019-02-05T23:01:00Z")), "2020-02-06"},
		{"notice of reversal", rules.ReversalNoticeDue(instant(t, "2019-02-05T12:00:00Z")), "2019-02-26"},
		{"notice of reversal is not moved by Maundy Thursday", rules.ReversalNoticeDue(instant(t, "2019-03-28T12:00:00Z")), "2019-04-18"},
		{"reversal", rules.ReversalDue(instant(t, "2019-02-05T12:00:00Z")), "2019-05-05"},
		{"reversal at the end of a short month", rules.ReversalDue(instant(t, "2018-11-30T12:00:00Z")), "2019-02-28"},
	}
	for _, test := range tests {
		if got := test.got.String(); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

func TestSpreadIsBetweenTheHighestAndTheLowest(t *testing.T) {
	tests := []struct {
		scores []int
		want   int
	}{
		{nil, 0},
		{[]int{4}, 0},
		{[]int{3, 3}, 0},
		{[]int{2, 5}, 3},
		{[]int{5, 2}, 3},
		{[]int{3, 1, 4}, 3},
		{[]int{-1, 1}, 2},
	}
	for _, test := range tests {
		if got := Spread(test.scores); got != test.want {
			t.Errorf("Spread(%v) = %d, want %d", test.scores, got, test.want)
		}
	}
}

func TestYearsThatCountTowardsTheCap(t *testing.T) {
	ordinary := func(years ...int) (granted []GrantedYear) {
		for _, year := range years {
			granted = append(granted, GrantedYear{Year: year})
		}
		return granted
	}
	strict := GrantYears{Max: 5, DevelopmentCounts: true}
	lenient := GrantYears{Max: 5, DevelopmentCounts: false, BreakYears: 2}
	developed := append(ordinary(2016, 2017), GrantedYear{Year: 2015, Development: true})
	tests := []struct {
		name    string
		rule    GrantYears
		granted []GrantedYear
		year    int
		count   int
		allowed bool
	}{
		{"first year", strict, nil, 2019, 0, true},
		{"fourth of five", strict, ordinary(2016, 2017, 2018), 2019, 3, true},
		{"fifth of five", strict, ordinary(2015, 2016, 2017, 2018), 2019, 4, true},
		{"sixth", strict, ordinary(2014, 2015, 2016, 2017, 2018), 2019, 5, false},
		{"fifth, already awarded", strict, ordinary(2015, 2016, 2017, 2018, 2019), 2019, 5, true},
		{"later years are left out", strict, ordinary(2018, 2019, 2020), 2018, 1, true},
		{"a year counts once", strict, ordinary(2018, 2018), 2019, 1, true},
		{"any order", strict, ordinary(2018, 2014, 2016, 2015, 2017), 2019, 5, false},
		{"development counts", strict, developed, 2018, 3, true},
		{"development does not count", lenient, developed, 2018, 2, true},
		{"a break does not help", strict, ordinary(2011, 2012, 2013, 2014, 2015), 2019, 5, false},
		{"a break starts afresh", lenient, ordinary(2011, 2012, 2013, 2014, 2015), 2018, 0, true},
		{"a break too short", lenient, ordinary(2011, 2012, 2013, 2014, 2015), 2017, 5, false},
		{"afresh after an earlier break", lenient, ordinary(2011, 2012, 2013, 2016, 2017), 2018, 2, true},
		{"a development year is no break", lenient, append(ordinary(2011, 2012, 2013, 2014, 2015), GrantedYear{Year: 2017, Development: true}), 2018, 5, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := test.rule.Count(test.granted, test.year); got != test.count {
				t.Errorf("count %d, want %d", got, test.count)
			}
			if got := test.rule.Allowed(test.granted, test.year, false); got != test.allowed {
				t.Errorf("allowed %v, want %v", got, test.allowed)
			}
		})
	}
}

func TestDevelopmentGrantThatDoesNotCountIsNotHinderedByTheCap(t *testing.T) {
	rule := GrantYears{Max: 1, DevelopmentCounts: false}
	granted := []GrantedYear{{Year: 2017}, {Year: 2018}}
	if !rule.Allowed(granted, 2019, true) {
		t.Error("a development grant was refused")
	}
	if rule.Allowed(granted, 2019, false) {
		t.Error("a third ordinary grant was allowed")
	}
}

func TestCapHoldsHoweverYearsAreGranted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rule := GrantYears{Max: rapid.IntRange(1, 6).Draw(t, "max"), DevelopmentCounts: rapid.Bool().Draw(t, "counts")}
		var granted []GrantedYear
		for year := 2011; year < 2031; year++ {
			development := rapid.Bool().Draw(t, "development")
			if rapid.Bool().Draw(t, "applies") && rule.Allowed(granted, year, development) {
				granted = append(granted, GrantedYear{Year: year, Development: development})
			}
			if got := rule.Count(granted, year); got > rule.Max {
				t.Fatalf("%d years count, at most %d may", got, rule.Max)
			}
		}
	})
}

func TestCriteriaDependOnTheApplicationType(t *testing.T) {
	d := published2019(t)
	keys := func(kind ApplicationTypeKey) (keys []string) {
		for _, criterion := range d.Criteria(kind) {
			keys = append(keys, criterion.Key)
		}
		return keys
	}
	common := []string{"relevance", "innovation", "social_results", "business_model"}
	want := map[ApplicationTypeKey][]string{
		NewDevelopment: append(common[:4:4], "collaboration"),
		NewOrdinary:    append(common[:4:4], "sustainability", "collaboration"),
		Continuation:   append(common[:4:4], "sustainability", "collaboration", "development"),
	}
	for kind, criteria := range want {
		if diff := cmp.Diff(criteria, keys(kind)); diff != "" {
			t.Errorf("criteria of %s (-want +got):\n%s", kind, diff)
		}
	}
}

func TestLookupsTellWhatTheSchemeDoesNotHave(t *testing.T) {
	d := published2019(t)
	if line, ok := d.BudgetLine("wages"); !ok || !line.Eligible {
		t.Errorf("wages: %+v, %v", line, ok)
	}
	if line, ok := d.BudgetLine("debt"); !ok || line.Eligible {
		t.Errorf("debt: %+v, %v", line, ok)
	}
	if _, ok := d.BudgetLine("yachts"); ok {
		t.Error("found a budget line that is not there")
	}
	if question, ok := d.Question("pricing"); !ok || question.Field != "business_model.pricing" {
		t.Errorf("pricing: %+v, %v", question, ok)
	}
	if _, ok := d.BudgetFor(1999); ok {
		t.Error("found a budget for a year without one")
	}
	if _, ok := d.ApplicationType("RENEWAL"); ok {
		t.Error("found an application type that is not there")
	}
}

func TestStatutesInForceOnADate(t *testing.T) {
	d := published2019(t)
	tests := []struct {
		date, key, want string
	}{
		{"2019-02-01", "appeal", "forvaltningsloven §§ 28 og 29"},
		{"2023-12-31", "de_minimis", "forordning (EU) nr. 1407/2013"},
		{"2024-01-01", "de_minimis", "forordning (EU) 2023/2831"},
		{"2031-01-01", "de_minimis", ""},
		{"2021-12-31", "language", ""},
		{"2022-01-01", "language", "språklova § 14"},
	}
	for _, test := range tests {
		date, err := calendar.Parse(test.date)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.StatutesOn(date)[test.key]; got != test.want {
			t.Errorf("%s on %s is %q, want %q", test.key, test.date, got, test.want)
		}
	}
}
