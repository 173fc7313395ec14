package rehearsal

import (
	"maps"
	"slices"
	"strings"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
)

// decisionLetters is how the kinds of letters that tell a decision begin.
const decisionLetters = "DECISION_"

// referral is the letter to the appeal body, the only one that is not to the party.
const referral = "APPEAL_REFERRAL"

func count(letters []*saakornv1.Letter, kind string) int {
	n := 0
	for _, l := range letters {
		if l.GetKind() == kind && l.GetSentAt() != nil {
			n++
		}
	}
	return n
}

// oneLetterEach: a decision is told once, and nothing is told as a decision that is none. So is what
// follows upon it. Everybody gets a receipt.
func oneLetterEach(r *Record) Invariant {
	i := Invariant{Name: "one_letter_per_decision", Meaning: "each decision has one letter that was sent, also those on appeals and reversals, and each application one receipt"}
	for _, c := range r.Cases {
		told, unsent := 0, 0
		later := map[string]int{}
		for _, l := range c.Letters {
			switch {
			case l.GetSentAt() == nil:
				unsent++
			case strings.HasPrefix(l.GetKind(), decisionLetters):
				told++
			case strings.HasPrefix(l.GetKind(), "APPEAL_"), l.GetKind() == "REVERSED":
				later[l.GetKind()]++
			}
		}
		decided, receipts := len(c.File.GetDecisions()), count(c.Letters, "RECEIPT")
		i.look(told == decided && receipts == 1 && unsent == 0, "%s: %d decisions, %d letters about them, %d receipts, %d letters unsent",
			c.File.GetCase().GetNumber(), decided, told, receipts, unsent)
		want := laterLetters(c, r.Trail.AwardChanges[c.File.GetCase().GetId()])
		i.look(maps.Equal(later, want), "%s: what followed upon the decision was told in %v, not %v", c.File.GetCase().GetNumber(), later, want)
	}
	return i
}

// laterLetters are those that appeals and reversals call for.
func laterLetters(c CaseRecord, changes []AwardChange) map[string]int {
	want := map[string]int{}
	for _, a := range c.Appeals {
		want["APPEAL_RECEIVED"]++
		want["APPEAL_"+strings.TrimPrefix(a.GetDisposition().String(), "APPEAL_DISPOSITION_")]++
		if a.GetDisposition() == saakornv1.AppealDisposition_APPEAL_DISPOSITION_FORWARDED {
			want[referral]++
			want[a.GetOutcome().String()]++
		}
	}
	for _, change := range changes {
		if !change.ByAppeal {
			want["REVERSED"]++
		}
	}
	return want
}

// notifiedOnce: every letter to the party was delivered once to each of those whom the party has named,
// and to nobody else.
func notifiedOnce(r *Record) Invariant {
	i := Invariant{Name: "parties_notified_once", Meaning: "each letter reached each of the party's contacts exactly once, and nobody else"}
	for _, c := range r.Cases {
		var contacts []string
		for _, x := range c.Contacts {
			contacts = append(contacts, x.GetEmail())
		}
		slices.Sort(contacts)
		for _, l := range c.Letters {
			if l.GetKind() == referral {
				continue
			}
			var reached []string
			for _, d := range r.Trail.Deliveries[l.GetId()] {
				if d.State == "DELIVERED" {
					reached = append(reached, d.Recipient)
				}
			}
			slices.Sort(reached)
			i.look(len(contacts) > 0 && slices.Equal(reached, contacts), "%s: %s reached %v, not %v", c.File.GetCase().GetNumber(), l.GetKind(), reached, contacts)
		}
	}
	return i
}

// draftReminder is the letter about a draft that has not been submitted: there is no case then to
// journal it in.
const draftReminder = "DRAFT_REMINDER"

// journalComplete: the journal's numbers run without holes, in the year and in each case, and every
// document in, out and within the house has its entry.
func journalComplete(r *Record) Invariant {
	i := Invariant{Name: "journal_without_holes", Meaning: "journal numbers run from 1 within a year and within a case, and each document has its entry"}
	years, cases, sources := map[int32][]int{}, map[string][]int{}, map[string]int{}
	for _, e := range r.Journal {
		years[e.GetYear()] = append(years[e.GetYear()], int(e.GetSequence()))
		cases[e.GetCaseNumber()] = append(cases[e.GetCaseNumber()], int(e.GetNumber()))
		kind, _, _ := strings.Cut(e.GetSource(), "/")
		sources[e.GetCaseId()+" "+kind]++
		sources[e.GetSource()]++
	}
	for year, numbers := range years {
		i.consecutive(numbers, "the journal of %d", year)
	}
	for number, numbers := range cases {
		i.consecutive(numbers, "the journal of the case %s", number)
	}
	for _, c := range r.Cases {
		x := c.File.GetCase()
		for _, l := range c.Letters {
			if l.GetKind() == draftReminder {
				continue
			}
			i.look(sources["letter/"+l.GetId()] == 1, "%s: the letter %s has %d entries", x.GetNumber(), l.GetKind(), sources["letter/"+l.GetId()])
		}
		want := map[string]int{
			"recommendation": len(c.File.GetRecommendations()), "appeal": len(c.Appeals),
			"decision": len(c.File.GetDecisions()) + len(r.Trail.AwardChanges[x.GetId()]),
		}
		for kind, n := range want {
			i.look(sources[x.GetId()+" "+kind] == n, "%s: %d entries of the kind %s, not %d", x.GetNumber(), sources[x.GetId()+" "+kind], kind, n)
		}
	}
	return i
}

// consecutive looks whether the numbers are 1, 2, 3 and so on, each once.
func (i *Invariant) consecutive(numbers []int, of string, name any) {
	slices.Sort(numbers)
	for place, n := range numbers {
		i.look(n == place+1, of+": %d stands where %d should", name, n, place+1)
	}
}
