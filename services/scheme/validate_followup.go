package scheme

import (
	"fmt"
	"slices"
)

// followup checks how enterprises are followed up.
func (v validator) followup() {
	rules := v.definition.Followup
	v.positive("followup.checkins.low", int64(rules.Checkins.Low))
	if rules.Checkins.Medium < rules.Checkins.Low {
		v.add("followup.checkins.medium", "is less than low; more risk means more contact")
	}
	if rules.Checkins.High < rules.Checkins.Medium {
		v.add("followup.checkins.high", "is less than medium; more risk means more contact")
	}
	v.positive("followup.checkins.invitation_days", int64(rules.Checkins.InvitationDays))
	v.positive("followup.checkins.late_days", int64(rules.Checkins.LateDays))
	v.dimensions(rules)
	v.notEmpty("followup.expected_earned_share", len(rules.ExpectedEarnedShare))
	for i, share := range rules.ExpectedEarnedShare {
		if share < 0 || share > 100 {
			v.add(fmt.Sprintf("followup.expected_earned_share[%d]", i), "%d is no percentage", share)
		}
	}
	v.warnings(rules.Warnings)
	v.after(rules.After)
	v.lettersAbout("followup.letters", rules.Letters, FollowupLetterKeys())
}

func (v validator) dimensions(rules Followup) {
	v.notEmpty("followup.dimensions", len(rules.Dimensions))
	keys := v.newKeys()
	for i, d := range rules.Dimensions {
		field := fmt.Sprintf("followup.dimensions[%d]", i)
		keys.add(field+".key", d.Key)
		v.text(field+".title", d.Title)
		v.text(field+".guidance", d.Guidance)
		if d.Measure == MeasureNone {
			if len(d.Steps) > 0 {
				v.add(field+".steps", "has to be left out when no measure suggests a level")
			}
			continue
		}
		v.oneOf(field+".measure", string(d.Measure), string(MeasureEarned), string(MeasureRunway), string(MeasureConcentration))
		falling := slices.Clone(d.Steps)
		slices.Reverse(falling)
		ordered := slices.IsSorted(d.Steps)
		if d.Measure == MeasureConcentration {
			ordered = slices.IsSorted(falling)
		}
		if len(d.Steps) != highestLevel || !ordered {
			v.add(field+".steps", "has to hold %d values in order, one for each level from 1 on", highestLevel)
		}
	}
}

func (v validator) warnings(rules WarningRules) {
	v.positive("followup.warnings.runway_months", int64(rules.RunwayMonths))
	v.positive("followup.warnings.earned_fall_points", int64(rules.EarnedFallPoints))
	v.positive("followup.warnings.creaming_percent", int64(rules.CreamingPercent))
	v.positive("followup.warnings.intake_gap_points", int64(rules.IntakeGapPoints))
	v.positive("followup.warnings.smallest_contacts", int64(rules.SmallestContacts))
}

func (v validator) after(rules AfterRules) {
	v.notEmpty("followup.after.months", len(rules.Months))
	for i, months := range rules.Months {
		field := fmt.Sprintf("followup.after.months[%d]", i)
		v.positive(field, int64(months))
		if slices.Contains(rules.Months[:i], months) {
			v.add(field, "%d is listed twice", months)
		}
	}
	v.positive("followup.after.reminder_days", int64(rules.ReminderDays))
	if rules.GiveUpDays <= rules.ReminderDays {
		v.add("followup.after.give_up_days", "has to be more than reminder_days")
	}
}

// fullFollowupLetter returns data in which nothing is empty.
func fullFollowupLetter() FollowupLetterData {
	return FollowupLetterData{CheckinDate: "12. mai 2020", MonthsAfter: "12"}
}
