package rehearsal

import (
	"time"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
)

// CheckYears holds the record of the years against everything that must always hold. An invariant that
// nothing was checked for is broken too.
func CheckYears(r *YearsRecord) []Invariant {
	var all []Invariant
	for _, check := range []func(*YearsRecord) Invariant{
		ledgerBalanced, paidOnce, nothingPaidWhileSuspended, withinCap, remindedOnce, historiesFlat, toldWhole,
	} {
		i := check(r)
		if i.Checked == 0 {
			i.look(false, "there was nothing to check")
		}
		all = append(all, i)
	}
	return all
}

// ledgerBalanced: the ledger was proved after everything that people did on one day.
func ledgerBalanced(r *YearsRecord) Invariant {
	i := Invariant{Name: "ledger_balanced", Meaning: "the ledger balances to the øre at the end of every office day"}
	for range r.Proofs.checked - len(r.Proofs.examples) {
		i.look(true, "")
	}
	for _, wrong := range r.Proofs.examples {
		i.look(false, "%s", wrong)
	}
	return i
}

// paidOnce: an instalment is paid at most once, and an award never beyond what was granted.
func paidOnce(r *YearsRecord) Invariant {
	i := Invariant{Name: "paid_once", Meaning: "each instalment is paid at most once, and no award beyond what was granted"}
	times, sum, most := map[string]int{}, map[string]int64{}, map[string]int64{}
	for _, p := range r.Trail.Payments {
		if p.State == "PAID" {
			times[p.InstalmentID]++
			sum[p.AwardID] += p.AmountOre
			most[p.AwardID] = p.AwardOre
		}
	}
	for id, n := range times {
		i.look(n == 1, "the instalment %s was paid %d times", id, n)
	}
	for id, ore := range sum {
		i.look(ore <= most[id], "%d øre were paid of the award %s of %d øre", ore, id, most[id])
	}
	return i
}

// nothingPaidWhileSuspended: no order leaves the house between a suspension and its lifting.
func nothingPaidWhileSuspended(r *YearsRecord) Invariant {
	i := Invariant{Name: "nothing_paid_while_suspended", Meaning: "no payment is sent to the bank while the award is suspended"}
	for _, s := range r.Trail.Suspensions {
		until := r.Ended
		if s.LiftedAt != nil {
			until = *s.LiftedAt
		}
		wrong := time.Time{}
		for _, p := range r.Trail.Payments {
			if p.AwardID == s.AwardID && p.SentAt != nil && p.SentAt.After(s.From) && p.SentAt.Before(until) {
				wrong = *p.SentAt
			}
		}
		i.look(wrong.IsZero(), "a payment of the award %s was sent on %s, while it was suspended", s.AwardID, wrong.Format(time.DateOnly))
	}
	return i
}

// withinCap: nobody is supported for more years than the scheme allows, and the years are numbered without
// a gap.
func withinCap(r *YearsRecord) Invariant {
	i := Invariant{Name: "within_the_cap", Meaning: "nobody is supported for more years than the scheme allows"}
	for _, x := range r.Lifecycles {
		l := x.GetLifecycle()
		if len(x.GetAwards()) == 0 {
			continue
		}
		used := map[int32]bool{}
		for _, y := range l.GetEarlierYears() {
			used[y.GetGrantYear()] = true
		}
		for _, a := range x.GetAwards() {
			if a.GetAcceptedAt() != nil {
				used[a.GetGrantYear()] = true
			}
			i.look(a.GetYearNumber() <= l.GetMaxYears(), "%s has an award for year %d of %d", l.GetEnterpriseName(), a.GetYearNumber(), l.GetMaxYears())
		}
		i.look(len(used) <= int(l.GetMaxYears()), "%s was supported for %d years", l.GetEnterpriseName(), len(used))
	}
	return i
}

// remindedOnce: nobody is reminded of the same twice on one day.
func remindedOnce(r *YearsRecord) Invariant {
	i := Invariant{Name: "reminded_once", Meaning: "every reminder is sent once"}
	for _, x := range r.Trail.Reminders {
		i.look(x.Letters == 1, "%d letters %s about the application %s on %s", x.Letters, x.Kind, x.ApplicationID, x.Day)
	}
	return i
}

// mostEvents is how long a history may get between two continuations: a year with everything that can
// happen in it.
const mostEvents = 2000

// historiesFlat: histories do not grow with the years, because each year begins a new one.
func historiesFlat(r *YearsRecord) Invariant {
	i := Invariant{Name: "histories_flat", Meaning: "no workflow history grows with the years"}
	early := map[string]int64{}
	for _, h := range r.Histories {
		kind := kindOf(h.Workflow)
		if h.Year < firstYear+2 {
			early[kind] = max(early[kind], h.Events)
			continue
		}
		// Twice what the first two years needed leaves room for a year in which more happens.
		i.look(h.Events <= max(2*early[kind], 200) && h.Events <= mostEvents, "%s had %d events at the end of %d, and at most %d in the first two years",
			h.Workflow, h.Events, h.Year, early[kind])
	}
	return i
}

func kindOf(workflow string) string {
	for n, c := range workflow {
		if c == '/' {
			return workflow[:n]
		}
	}
	return workflow
}

// ended counts the lifecycles by how they ended.
func (r *YearsRecord) ended() map[string]int {
	count := map[string]int{}
	for _, x := range r.Lifecycles {
		if x.GetLifecycle().GetState() == saakornv1.LifecycleState_LIFECYCLE_STATE_CLOSED {
			count[x.GetLifecycle().GetExitKind().String()]++
		} else {
			count["ACTIVE"]++
		}
	}
	return count
}
