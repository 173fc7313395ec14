package scheme

import (
	"strings"
	"testing"
	"time"

	"saakorn/services/platform/calendar"
)

func TestBrokenRulesOfReportsAndFollowUpAreRefused(t *testing.T) {
	tests := []struct{ name, old, new, field string }{
		{"money with one pair of eyes", "      four_eyes: true", "      four_eyes: false", "reporting.calendar[0].four_eyes"},
		{"a day that no year has", "      month: 3\n      day: 31", "      month: 2\n      day: 29", "reporting.calendar[1].day"},
		{"an unknown part", "        - part: FINANCES", "        - part: POEMS", "reporting.calendar[0].parts[1].part"},
		{"a reminder twice", "  reminder_days: [30, 7]", "  reminder_days: [7, 7]", "reporting.reminder_days[1]"},
		{"a statement in no document", "    attachment: auditor_statement", "    attachment: napkin", "reporting.auditor_statement.attachment"},
		{"an instalment that waits for ever", "    - key: interim_status\n      kind: INTERIM", "    - key: interim_status\n      kind: FINAL", "payment.instalments[1].gates[0]"},
		{"a sum of the unknown", "sum_of: [placements_internal, placements_external]", "sum_of: [placements_internal, luck]", "reporting.indicators[7].sum_of[1]"},
		{"a part of itself", "      part_of: intake_classified", "      part_of: intake_hardest", "reporting.indicators[17].part_of"},
		{"a letter too little", "    - key: REPORT_OVERDUE", "    - key: REPORT_REMINDER", "reporting.letters"},
		{"less talk with more risk", "    high: 6", "    high: 2", "followup.checkins.high"},
		{"steps out of order", "      steps: [1, 3, 6, 12]", "      steps: [1, 6, 3, 12]", "followup.dimensions[2].steps"},
		{"steps that rise where less is better", "      steps: [80, 60, 45, 30]", "      steps: [30, 45, 60, 80]", "followup.dimensions[3].steps"},
		{"more than all", "expected_earned_share: [10, 20, 35, 50, 60]", "expected_earned_share: [10, 20, 35, 50, 160]", "followup.expected_earned_share[4]"},
		{"given up before the reminder", "    give_up_days: 60", "    give_up_days: 20", "followup.after.give_up_days"},
	}
	source := source2019(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if !strings.Contains(source, tt.old) {
				t.Fatalf("the scheme has no %q to break", tt.old)
			}
			_, err := Parse("broken.yaml", []byte(strings.Replace(source, tt.old, tt.new, 1)))
			if err == nil || !strings.Contains(err.Error(), tt.field+": ") {
				t.Errorf("refused with %v, want a problem with %s", err, tt.field)
			}
		})
	}
}

func TestReportIsDueOnAWorkday(t *testing.T) {
	rules := published2019(t).Reporting
	final, ok := rules.Report("final_report")
	if !ok {
		t.Fatal("there is no final report")
	}
	for year, want := range map[int]string{
		2019: "2020-03-31",
		2023: "2024-04-02", // 31 March 2024 is Easter Sunday, and the day after a holiday
	} {
		if got := final.Due(year).String(); got != want {
			t.Errorf("the final report for %d is due on %s, want %s", year, got, want)
		}
	}
}

func TestRemindersComeInTheMorningAndInOrder(t *testing.T) {
	reminders := published2019(t).Reporting.Reminders(calendar.Date{Year: 2020, Month: time.March, Day: 31})
	if len(reminders) != 2 || reminders[0].Days != 30 || reminders[1].Days != 7 {
		t.Fatalf("reminders %v", reminders)
	}
	if got := reminders[1].At; !got.Equal(calendar.Date{Year: 2020, Month: time.March, Day: 24}.At(9, 0)) {
		t.Errorf("the last reminder comes at %s", got)
	}
}

func TestAnInstalmentWaitsForNoStatementThatIsNeverAskedFor(t *testing.T) {
	waits := strings.Replace(source2019(t), "gates: [INTERIM_REPORT_APPROVED]", "gates: [INTERIM_REPORT_APPROVED, AUDITOR_STATEMENT]", 1)
	d, err := Parse("waits.yaml", []byte(waits))
	if err != nil {
		t.Fatal(err)
	}
	second, statement := d.Payment.Instalments[1], d.Reporting.AuditorStatement
	if small, large := second.GatesOf(statement, *statement.ThresholdOre-1), second.GatesOf(statement, *statement.ThresholdOre); len(small) != 1 || len(large) != 2 {
		t.Errorf("a small award waits for %v, a large one for %v", small, large)
	}
	_, err = Parse("waits.yaml", []byte(strings.Replace(waits, "    threshold_ore: 20_000_000\n    attachment", "    attachment", 1)))
	if err == nil || !strings.Contains(err.Error(), "payment.instalments[1].gates[1]: ") {
		t.Errorf("refused with %v", err)
	}
}
