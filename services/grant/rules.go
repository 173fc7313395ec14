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

// checkState refuses what does not belong to the state that the award is in.
func (a Award) checkState(allowed ...AwardState) error {
	if slices.Contains(allowed, a.State) {
		return nil
	}
	return fault.NewPrecondition("WRONG_STATE", fmt.Sprintf("the award is in the state %s, and this belongs to another", a.State)).
		With("state", string(a.State))
}

// CheckAccept says whether the terms can be accepted now.
func CheckAccept(a Award, now time.Time) error {
	if err := a.checkState(Offered); err != nil {
		return err
	}
	if calendar.On(now).After(a.AcceptBy) {
		return fault.NewPrecondition("TOO_LATE", "the last date for accepting has passed: write to us if you need more time").
			With("accept_by", a.AcceptBy.String())
	}
	return nil
}

// CheckExtendAcceptance says whether the enterprise can be given until the date to accept.
func CheckExtendAcceptance(a Award, until calendar.Date, now time.Time) error {
	if err := a.checkState(Offered, Lapsed); err != nil {
		return err
	}
	if !until.After(a.AcceptBy) || until.Before(calendar.On(now)) {
		return fault.Field("accept_by", "NOT_LATER", fmt.Sprintf("give a date after %s, and not one that has passed", a.AcceptBy))
	}
	return nil
}

// Paid is what is known of an award's money.
type Paid struct {
	// Known tells whether anybody keeps what has been paid. The others are zero when nobody does.
	Known bool
	// PaidOre is what has been paid less what has been paid back, and what is on its way, in øre.
	PaidOre int64
	// Settled tells that every instalment is paid or cancelled, and that nothing is claimed back.
	Settled bool
}

// Reported is what is known of an award's final report.
type Reported struct {
	// Approved tells that the final report has been approved.
	Approved bool
}

// LastAppeal returns the last date for an appeal of anything that decides how much will be paid: the case's
// decision, and every stop and reduction since. It is false while the party has not been told of one.
func (f File) LastAppeal() (calendar.Date, bool) {
	last := f.AppealDeadline
	for _, m := range f.Measures {
		if m.State != MeasureDecided || m.Kind != Stop && m.Kind != Reduce {
			continue
		}
		if m.ToldAt == nil {
			return calendar.Date{}, false
		}
		if by := f.Rules.Deadlines.AppealDeadline(*m.ToldAt); by.After(last) {
			last = by
		}
	}
	return last, !last.IsZero()
}

// Releasable returns how much of the commitment will not be paid, in øre, or why it cannot be given
// back to the frame yet: only after the appeal period, and never while an appeal is considered.
// What is claimed back is not released here: it is not money of the frame before it is there.
func Releasable(f File, paid Paid, appealing bool, now time.Time) (int64, error) {
	last, told := f.LastAppeal()
	switch {
	case !told || !calendar.On(now).After(last):
		return 0, fault.NewPrecondition("APPEAL_PERIOD", "the appeal period is not over").With("appeal_deadline", last.String())
	case appealing || f.appealed():
		return 0, fault.NewPrecondition("APPEAL_OPEN", "an appeal is being considered")
	case f.State == Offered:
		return 0, fault.NewPrecondition("STILL_OFFERED", "the enterprise may still accept the award")
	}
	payable := paid.PaidOre
	switch {
	case f.State == Accepted:
		payable = max(payable, f.AmountOre)
	case f.AcceptedAt != nil && !paid.Known: // nothing is ever paid before the terms have been accepted
		return 0, fault.NewPrecondition("MONEY_NOT_KNOWN", "what has been paid of the award is not known here")
	}
	if unused := f.CommittedOre - f.ReleasedOre - payable; unused > 0 {
		return unused, nil
	}
	return 0, fault.NewPrecondition("NOTHING_TO_RELEASE", "everything that is committed has been paid, may still be paid, or has been released")
}

// LeftBeforeClosing returns what is left to do before an award can be closed, by name (R48). What
// nobody keeps is not taken for done.
func LeftBeforeClosing(f File, reported Reported, paid Paid, now time.Time) []string {
	var left []string
	if !reported.Approved {
		left = append(left, "FINAL_REPORT")
	}
	if !paid.Settled {
		left = append(left, "MONEY")
	}
	if slices.ContainsFunc(f.Conditions, func(c Condition) bool { return c.State == ConditionOpen }) {
		left = append(left, "CONDITIONS")
	}
	if slices.ContainsFunc(f.Measures, func(m Measure) bool { return m.open() }) {
		left = append(left, "MEASURES")
	}
	if f.appealed() {
		left = append(left, "APPEALS")
	}
	if slices.ContainsFunc(f.Suspensions, func(s Suspension) bool { return s.InForce(now) }) {
		left = append(left, "SUSPENSION")
	}
	if slices.ContainsFunc(f.Changes, func(c ChangeRequest) bool { return c.open() }) {
		left = append(left, "CHANGE_REQUESTS")
	}
	return left
}

// CheckClose says whether the award can be closed.
func CheckClose(f File, reported Reported, paid Paid, now time.Time) error {
	if err := f.checkState(Accepted, Stopped); err != nil {
		return err
	}
	if f.State == Stopped && f.AcceptedAt == nil {
		return fault.NewPrecondition("NEVER_ACCEPTED", "nobody accepted this award: there is nothing to close")
	}
	if left := LeftBeforeClosing(f, reported, paid, now); len(left) > 0 {
		return fault.NewPrecondition("NOT_FINISHED", "something is left before the award can be closed: "+strings.Join(left, ", ")).
			With("left", strings.Join(left, ","))
	}
	return nil
}

// over tells whether nothing more is to happen with the award.
func (a Award) over() bool {
	return a.State == Closed || a.State == Declined || a.State == Lapsed || a.State == Stopped && a.AcceptedAt == nil
}

// CheckExit says whether a lifecycle can end like this: every award is over, and what the scheme
// demands of the way out is there.
func CheckExit(l Lifecycle, kind ExitKind, awards []Award, h Handover, standing Standing, rules scheme.AwardRules) error {
	switch {
	case l.State == LifecycleClosed:
		return fault.NewPrecondition("LIFECYCLE_CLOSED", "the lifecycle is closed already")
	case kind == ExitYearsUsed && standing.Remaining > 0:
		return fault.Field("kind", "YEARS_LEFT", fmt.Sprintf("the enterprise has %d years left", standing.Remaining))
	}
	for _, a := range awards {
		if !a.over() {
			return fault.NewPrecondition("AWARD_OPEN", fmt.Sprintf("the award for %d is not closed", a.GrantYear)).With("award_id", a.ID.String())
		}
	}
	exit, ok := rules.Exit(string(kind))
	if !ok {
		return fault.Field("kind", "NO_SUCH_EXIT", "choose a way out that the scheme knows")
	}
	for _, requirement := range exit.Requires {
		if !h.has(requirement) {
			return fault.NewPrecondition("HANDOVER_MISSING", "the scheme demands that what was learned is written down, and who carries it on").
				With("requirement", string(requirement))
		}
	}
	return nil
}

func (h Handover) has(r scheme.ExitRequirement) bool {
	if r == scheme.RequireLearning {
		return h.Learned != ""
	}
	return h.Receiver != "" && h.Adopted != "" && !h.HandedOverOn.IsZero()
}
