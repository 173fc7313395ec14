package grant

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"saakorn/services/platform/calendar"
	"saakorn/services/platform/fault"
	"saakorn/services/scheme"
)

// open tells whether the measure has been neither decided nor dropped.
func (m Measure) open() bool { return m.DecidedAt == nil && m.State != MeasureDropped }

func (m Measure) checkState(allowed ...MeasureState) error {
	if slices.Contains(allowed, m.State) {
		return nil
	}
	return fault.NewPrecondition("WRONG_STATE", fmt.Sprintf("the measure is in the state %s, and this belongs to another", m.State)).
		With("state", string(m.State))
}

// CheckPropose says whether the measure can be proposed. One of each kind is open at a time.
func CheckPropose(f File, kind MeasureKind, amountOre int64, now time.Time) error {
	if f.AcceptedAt == nil {
		return fault.NewPrecondition("NEVER_ACCEPTED", "nobody has accepted this award: there is nothing to act against")
	}
	if err := checkMeasureState(f.Award, kind); err != nil {
		return err
	}
	for _, m := range f.Measures {
		if m.Kind == kind && m.open() {
			return fault.NewPrecondition("MEASURE_OPEN", "a measure of this kind is being considered already").With("measure_id", m.ID.String())
		}
	}
	if kind == Suspend && f.suspended(now) {
		return fault.NewPrecondition("SUSPENDED", "the award is suspended already")
	}
	return checkMeasureAmount(f.Award, kind, amountOre)
}

// checkMeasureState refuses what cannot be done to the award any more. Money can be claimed back of an
// award that is stopped or closed.
func checkMeasureState(a Award, kind MeasureKind) error {
	if kind == Recover {
		return a.checkState(Accepted, Stopped, Closed)
	}
	return a.checkState(Accepted)
}

func checkMeasureAmount(a Award, kind MeasureKind, amountOre int64) error {
	switch {
	case kind != Reduce && kind != Recover && amountOre != 0:
		return fault.Field("amount_ore", "NO_AMOUNT", "only a reduction and a recovery have an amount")
	case (kind == Reduce || kind == Recover) && amountOre <= 0:
		return fault.Field("amount_ore", "REQUIRED", "say by how much, in øre")
	case kind == Reduce && amountOre >= a.AmountOre:
		return fault.Field("amount_ore", "NOT_A_PART", fmt.Sprintf("reduce by less than the award, %d øre; otherwise stop it", a.AmountOre))
	case kind == Recover && amountOre > a.CommittedOre:
		return fault.Field("amount_ore", "MORE_THAN_AWARDED", fmt.Sprintf("claim no more than what was awarded, %d øre", a.CommittedOre))
	}
	return nil
}

// CommentBy returns the last date for the party's comments when it is notified at now: the asked one,
// or the scheme's own.
func CommentBy(asked calendar.Date, rules scheme.AwardRules, now time.Time) (calendar.Date, error) {
	least := calendar.NextWorkday(calendar.On(now).AddDays(rules.CommentDays))
	switch {
	case asked.IsZero():
		return least, nil
	case asked.Before(least):
		return least, fault.Field("comment_by", "TOO_SOON", fmt.Sprintf("give the party until %s at least", least))
	}
	return asked, nil
}

// CheckRecommendMeasure says whether the measure can be put before a decision maker: when the party has
// commented or has had the time to (fvl. § 16), or with a reason why it was not notified.
func CheckRecommendMeasure(a Award, m Measure, amountOre int64, noNoticeReason string, now time.Time) error {
	if err := m.checkState(MeasureProposed, MeasureNotified, MeasureRecommended); err != nil {
		return err
	}
	switch {
	case m.NotifiedAt == nil && strings.TrimSpace(noNoticeReason) == "":
		return fault.Field("no_notice_reason", "REQUIRED", "notify the party first, or say why it was not (fvl. § 16 third paragraph)")
	case m.NotifiedAt != nil && noNoticeReason != "":
		return fault.Field("no_notice_reason", "WAS_NOTIFIED", "the party was notified: leave this empty")
	case m.NotifiedAt != nil && m.CommentedAt == nil && !calendar.On(now).After(m.CommentBy):
		return fault.NewPrecondition("COMMENTS_AWAITED", "the party may still comment").With("comment_by", m.CommentBy.String())
	case amountOre > m.AmountOre:
		return fault.Field("amount_ore", "MORE_THAN_NOTIFIED", fmt.Sprintf("recommend no more than was notified, %d øre", m.AmountOre))
	}
	return checkMeasureAmount(a, m.Kind, amountOre)
}

// CheckDecideMeasure says whether the person can decide the measure: neither who proposed it nor who
// recommended it. The award may have changed since it was proposed.
func CheckDecideMeasure(f File, m Measure, decidedBy string, now time.Time) error {
	if err := m.checkState(MeasureRecommended); err != nil {
		return err
	}
	if m.ProposedBy == decidedBy || slices.Contains(m.Involved, decidedBy) {
		return errFourEyes()
	}
	if err := checkMeasureState(f.Award, m.Kind); err != nil {
		return err
	}
	if m.Kind == Suspend && f.suspended(now) {
		return fault.NewPrecondition("SUSPENDED", "the award is suspended already")
	}
	return checkMeasureAmount(f.Award, m.Kind, m.AmountOre)
}

// suspended tells whether nothing may be paid of the award at now.
func (f File) suspended(now time.Time) bool {
	for _, s := range f.Suspensions {
		if s.InForce(now) {
			return true
		}
	}
	return false
}

// measure returns the measure with the identifier, which is one of the award's.
func (f File) measure(id string) *Measure {
	for i := range f.Measures {
		if f.Measures[i].ID.String() == id {
			return &f.Measures[i]
		}
	}
	return nil
}

// suspension returns the suspension that rests on the measure, or nil.
func (f File) suspension(m Measure) *Suspension {
	for i := range f.Suspensions {
		if f.Suspensions[i].MeasureID == m.ID {
			return &f.Suspensions[i]
		}
	}
	return nil
}
