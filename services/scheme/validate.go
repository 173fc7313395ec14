package scheme

import (
	"fmt"
	"regexp"
	"slices"
)

// validator checks what a scheme says, after its fields have been read.
type validator struct {
	*report
	definition *Definition
}

// validate adds everything that is wrong with what a definition says to found.
func validate(definition *Definition, found *report) {
	v := validator{report: found, definition: definition}
	v.identity()
	v.formalRequirements()
	v.applicationTypes()
	v.sections()
	v.budgetLines()
	v.attachments()
	v.people()
	v.assessment()
	v.deadlines()
	v.limits()
	v.awards()
	v.payment()
	v.budgets()
	v.statutes()
	v.letters()
	v.reporting()
	v.followup()
	v.referral()
}

func (v validator) identity() {
	d := v.definition
	v.match("id", d.ID, regexp.MustCompile(`^[a-z][a-z0-9-]*$`), "small letters, digits and hyphens")
	v.match("version", d.Version, regexp.MustCompile(`^[0-9]{4}-[0-9]+$`), "a year and a number, for example 2019-1")
	if d.ValidFrom.IsZero() {
		v.add("valid_from", "is missing")
	}
	v.text("title", d.Title)
	v.text("purpose", d.Purpose)
	v.text("target_group", d.TargetGroup)
	v.text("process", d.Process)
	v.text("administrator", d.Administrator)
	v.text("appeal_body", d.AppealBody)
	v.oneOf("letter_of_intent", string(d.LetterOfIntent), string(GateOff), string(GateWarn), string(GateRequire))
}

func (v validator) applicationTypes() {
	v.notEmpty("application_types", len(v.definition.ApplicationTypes))
	seen := map[ApplicationTypeKey]bool{}
	for i, kind := range v.definition.ApplicationTypes {
		field := fmt.Sprintf("application_types[%d]", i)
		v.oneOf(field+".key", string(kind.Key), string(NewDevelopment), string(NewOrdinary), string(Continuation))
		if seen[kind.Key] {
			v.add(field+".key", "%q is used twice", kind.Key)
		}
		seen[kind.Key] = true
		v.text(field+".title", kind.Title)
		v.text(field+".description", kind.Description)
		if kind.MaxAmountOre != nil {
			v.positive(field+".max_amount_ore", *kind.MaxAmountOre)
		}
		v.positive(field+".plan_years", int64(kind.PlanYears))
	}
}

func (v validator) budgetLines() {
	v.notEmpty("budget_lines", len(v.definition.BudgetLines))
	keys := v.newKeys()
	eligible := false
	for i, line := range v.definition.BudgetLines {
		field := fmt.Sprintf("budget_lines[%d]", i)
		keys.add(field+".key", line.Key)
		v.text(field+".title", line.Title)
		v.optionalText(field+".help", line.Help)
		eligible = eligible || line.Eligible
	}
	if len(v.definition.BudgetLines) > 0 && !eligible {
		v.add("budget_lines", "the grant can pay for none of them; set eligible: true on at least one")
	}
}

func (v validator) attachments() {
	rules := v.definition.Attachments
	v.positive("attachments.max_bytes", rules.MaxBytes)
	v.positive("attachments.max_count", int64(rules.MaxCount))
	if rules.MaxTotalBytes < rules.MaxBytes {
		v.add("attachments.max_total_bytes", "is smaller than max_bytes, the size of one file")
	}
	v.notEmpty("attachments.media_types", len(rules.MediaTypes))
	mediaType := regexp.MustCompile(`^[a-z]+/[a-z0-9.+-]+$`)
	for i, name := range rules.MediaTypes {
		field := fmt.Sprintf("attachments.media_types[%d]", i)
		v.match(field, name, mediaType, "a media type, for example application/pdf")
		if slices.Contains(rules.MediaTypes[:i], name) {
			v.add(field, "%q is listed twice", name)
		}
	}
	keys := v.newKeys()
	for i, kind := range rules.Kinds {
		field := fmt.Sprintf("attachments.kinds[%d]", i)
		keys.add(field+".key", kind.Key)
		v.text(field+".title", kind.Title)
		v.optionalText(field+".help", kind.Help)
		v.types(field+".required_for", kind.RequiredFor)
	}
}

// people checks what those who work on a case declare and answer.
func (v validator) people() {
	d := v.definition
	v.optionalText("impartiality.text", d.Impartiality.Text)
	if d.Impartiality.Required && d.Impartiality.Text == (Text{}) {
		v.add("impartiality.text", "is missing; people cannot declare what they have not read")
	}
	if days := d.Impartiality.RolesCheckDays; days < 0 {
		v.add("impartiality.roles_check_days", "cannot be less than 0, is %d", days)
	}
	v.optionalText("continuation.question", d.Continuation.Question)
	if _, taken := d.ApplicationType(Continuation); taken && d.Continuation.Question == (Text{}) {
		v.add("continuation.question", "is missing; the scheme takes continuations")
	}
}

func (v validator) assessment() {
	rules := v.definition.Assessment
	v.positive("assessment.assessors", int64(rules.Assessors))
	v.notNegative("assessment.max_spread", int64(rules.MaxSpread))
	v.scale(rules.Scale)
	v.notEmpty("assessment.criteria", len(rules.Criteria))
	keys := v.newKeys()
	for i, criterion := range rules.Criteria {
		field := fmt.Sprintf("assessment.criteria[%d]", i)
		keys.add(field+".key", criterion.Key)
		v.text(field+".title", criterion.Title)
		v.text(field+".guidance", criterion.Guidance)
		v.types(field+".applies_to", criterion.AppliesTo)
	}
	for i, kind := range v.definition.ApplicationTypes {
		if len(rules.Criteria) > 0 && len(v.definition.Criteria(kind.Key)) == 0 {
			v.add(fmt.Sprintf("application_types[%d]", i), "no award criterion applies to %s", kind.Key)
		}
	}
}

func (v validator) scale(scale Scale) {
	if scale.Min >= scale.Max {
		v.add("assessment.scale", "min %d has to be less than max %d", scale.Min, scale.Max)
		return
	}
	if spread := v.definition.Assessment.MaxSpread; spread > scale.Max-scale.Min {
		v.add("assessment.max_spread", "%d is more than the scale from %d to %d is wide", spread, scale.Min, scale.Max)
	}
	labelled := map[int]bool{}
	for i, label := range scale.Labels {
		field := fmt.Sprintf("assessment.scale.labels[%d]", i)
		if label.Value < scale.Min || label.Value > scale.Max {
			v.add(field+".value", "%d is outside the scale from %d to %d", label.Value, scale.Min, scale.Max)
		}
		if labelled[label.Value] {
			v.add(field+".value", "%d has a label already", label.Value)
		}
		labelled[label.Value] = true
		v.text(field+".text", label.Text)
	}
	if !labelled[scale.Min] || !labelled[scale.Max] {
		v.add("assessment.scale.labels", "both ends of the scale, %d and %d, need a label", scale.Min, scale.Max)
	}
}

func (v validator) deadlines() {
	rules := v.definition.Deadlines
	for i, days := range rules.DraftReminderDays {
		field := fmt.Sprintf("deadlines.draft_reminder_days[%d]", i)
		v.positive(field, int64(days))
		if slices.Contains(rules.DraftReminderDays[:i], days) {
			v.add(field, "%d is listed twice", days)
		}
	}
	v.oneOf("deadlines.late.policy", string(rules.Late.Policy), string(LateRefuse), string(LateReceive))
	switch {
	case rules.Late.Policy == LateReceive:
		v.positive("deadlines.late.grace_hours", int64(rules.Late.GraceHours))
	case rules.Late.GraceHours != 0:
		v.add("deadlines.late.grace_hours", "has to be 0 when late applications are refused")
	}
	v.positive("deadlines.interim_reply_months", int64(rules.InterimReplyMonths))
	v.positive("deadlines.appeal_weeks", int64(rules.AppealWeeks))
	v.positive("deadlines.late_appeal_months", int64(rules.LateAppealMonths))
	v.positive("deadlines.deficiency.days", int64(rules.Deficiency.Days))
	v.positive("deadlines.deficiency.reminder_days", int64(rules.Deficiency.ReminderDays))
	if rules.Deficiency.Days > 0 && rules.Deficiency.ReminderDays >= rules.Deficiency.Days {
		v.add("deadlines.deficiency.reminder_days", "has to be less than days, or the reminder comes with the notice")
	}
	v.positive("deadlines.reversal.notice_weeks", int64(rules.Reversal.NoticeWeeks))
	v.positive("deadlines.reversal.decision_months", int64(rules.Reversal.DecisionMonths))
	v.positive("deadlines.stalled_days", int64(rules.StalledDays))
	v.positive("deadlines.decision_days", int64(rules.DecisionDays))
}

func (v validator) limits() {
	years, aid := v.definition.GrantYears, v.definition.DeMinimis
	v.positive("grant_years.max", int64(years.Max))
	v.notNegative("grant_years.break_years", int64(years.BreakYears))
	v.positive("de_minimis.ceiling_eur_cents", aid.CeilingEURCents)
	v.positive("de_minimis.period_years", int64(aid.PeriodYears))
}

func (v validator) budgets() {
	seen := map[int]bool{}
	for i, budget := range v.definition.Budgets {
		field := fmt.Sprintf("budgets[%d]", i)
		if budget.Year < 1900 || budget.Year > 2100 {
			v.add(field+".year", "%d is no grant year", budget.Year)
		}
		if seen[budget.Year] {
			v.add(field+".year", "%d has a budget already", budget.Year)
		}
		seen[budget.Year] = true
		v.positive(field+".frame_ore", budget.FrameOre)
		v.notNegative(field+".bound_ore", budget.BoundOre)
		if budget.BoundOre > budget.FrameOre {
			v.add(field+".bound_ore", "is more than the frame of %d", budget.Year)
		}
		v.notNegative(field+".appeal_reserve_ore", budget.AppealReserveOre)
		if budget.AppealReserveOre > budget.FrameOre {
			v.add(field+".appeal_reserve_ore", "is more than the frame of %d", budget.Year)
		}
		if budget.Source == "" {
			v.add(field+".source", "is missing; say where the frame comes from")
		}
	}
}

func (v validator) statutes() {
	v.notEmpty("statutes", len(v.definition.Statutes))
	for i, statute := range v.definition.Statutes {
		field := fmt.Sprintf("statutes[%d]", i)
		v.match(field+".key", statute.Key, keyPattern(), keyHelp)
		v.text(field+".name", statute.Name)
		if statute.Reference == "" {
			v.add(field+".reference", "is missing")
		}
		if statute.ValidFrom.IsZero() {
			v.add(field+".valid_from", "is missing")
		}
		if !statute.ValidTo.IsZero() && statute.ValidTo.Before(statute.ValidFrom) {
			v.add(field+".valid_to", "is before valid_from")
		}
		for _, other := range v.definition.Statutes[:i] {
			if other.Key == statute.Key && overlap(other, statute) {
				v.add(field, "%q is in force twice at the same time", statute.Key)
			}
		}
	}
}

func overlap(a, b Statute) bool {
	startsInTime := func(a, b Statute) bool { return b.ValidTo.IsZero() || !a.ValidFrom.After(b.ValidTo) }
	return startsInTime(a, b) && startsInTime(b, a)
}
