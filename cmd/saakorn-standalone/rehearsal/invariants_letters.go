package rehearsal

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
)

// decisionLetters is how the kinds of letters that tell a decision begin.
const decisionLetters = "DECISION_"

// referral is the letter to the appeal body, of which the party gets a copy.
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

// notifiedOnce: every letter reached the party exactly once by each way that the scheme gives it, and
// nobody else: the enterprise's own mailbox where the letter belongs there, and each contact by mail. A
// referral reached the appeal body as well.
func notifiedOnce(r *Record) Invariant {
	i := Invariant{Name: "parties_notified_once", Meaning: "each letter reached its party exactly once by each way it should: the mailbox where the scheme says so, each contact by mail, and nobody else"}
	for _, c := range r.Cases {
		for _, l := range c.Letters {
			want := ways(c, r.Mailbox[l.GetKind()])
			if l.GetKind() == referral {
				want = append(want, "MAIL "+r.AppealBody)
				slices.Sort(want)
			}
			var reached []string
			for _, d := range r.Trail.Deliveries[l.GetId()] {
				if d.State == "DELIVERED" {
					reached = append(reached, d.Channel+" "+d.Recipient)
				}
			}
			slices.Sort(reached)
			i.look(len(c.Contacts) > 0 && slices.Equal(reached, want), "%s: %s reached %v, not %v", c.File.GetCase().GetNumber(), l.GetKind(), reached, want)
		}
	}
	return i
}

// ways are channel and recipient of each delivery that a letter to the applicant calls for.
func ways(c CaseRecord, mailbox bool) []string {
	var list []string
	if mailbox {
		list = append(list, "ALTINN_CORRESPONDENCE "+c.Organization)
	}
	for _, x := range c.Contacts {
		list = append(list, "MAIL "+x.GetEmail())
	}
	slices.Sort(list)
	return list
}

// draftReminder is the letter about a draft that has not been submitted: there is no case then to
// journal it in.
const draftReminder = "DRAFT_REMINDER"

// messageNotice only tells of a message, which has an entry of its own.
const messageNotice = "MESSAGE_NOTICE"

// answersAward tells whether a document follows upon the award and not upon the round: these are no part of
// what the round has to account for.
func answersAward(source string) bool { return strings.HasPrefix(source, "award-answer/") }

// journalComplete: the journal's numbers run without holes, in the year and in each case, and every
// document in, out and within the house has exactly its entry, by its source.
func journalComplete(r *Record) Invariant {
	i := Invariant{Name: "journal_without_holes", Meaning: "journal numbers run from 1 within a year and within a case, and each document has its entry"}
	years, cases := map[int32][]int{}, map[string][]int{}
	for _, e := range r.Journal {
		years[e.GetYear()] = append(years[e.GetYear()], int(e.GetSequence()))
		cases[e.GetCaseNumber()] = append(cases[e.GetCaseNumber()], int(e.GetNumber()))
	}
	for year, numbers := range years {
		i.consecutive(numbers, "the journal of %d", year)
	}
	for number, numbers := range cases {
		i.consecutive(numbers, "the journal of the case %s", number)
	}
	for _, c := range r.Cases {
		x := c.File.GetCase()
		want := documents(r, c)
		got := map[string]int{}
		for _, e := range r.Journal {
			if e.GetCaseId() == x.GetId() && (!r.GoesOn || !answersAward(e.GetSource())) {
				got[sourceOf(e.GetSource())]++
			}
		}
		for source := range got {
			i.look(want[source] > 0, "%s: nothing is known of the document %s", x.GetNumber(), source)
		}
		for source, n := range want {
			i.look(got[source] == n, "%s: %d entries of %s, not %d", x.GetNumber(), got[source], source, n)
		}
	}
	return i
}

// sourceOf is the source, without what only the journal knows of it: the identifiers of recommendations
// and notes, and the version of an assessment of an appeal.
func sourceOf(source string) string {
	parts := strings.Split(source, "/")
	switch {
	case (parts[0] == "recommendation" || parts[0] == "note") && len(parts) > 1:
		return strings.Join(slices.Delete(parts, 1, 2), "/")
	case parts[0] == "appeal" && len(parts) == 4:
		return strings.Join(parts[:3], "/")
	}
	return source
}

// documents counts the entries that the case calls for, by source.
func documents(r *Record, c CaseRecord) map[string]int {
	x := c.File.GetCase()
	want := map[string]int{}
	for _, l := range c.Letters {
		if l.GetKind() != draftReminder && l.GetKind() != messageNotice {
			want["letter/"+l.GetId()]++
		}
	}
	for version := range c.Versions {
		want[fmt.Sprintf("application/%s/%d", x.GetApplicationId(), version+1)]++
	}
	if x.GetOutcome() == saakornv1.Outcome_OUTCOME_WITHDRAWN {
		want["application/"+x.GetApplicationId()+"/withdrawal"]++
	}
	for _, a := range c.File.GetAssessments() {
		if a.GetSubmittedAt() != nil {
			want["assessment/"+a.GetId()]++
		}
	}
	for _, d := range c.File.GetDecisions() {
		want["decision/"+d.GetId()]++
	}
	for _, change := range r.Trail.AwardChanges[x.GetId()] {
		want["decision/"+change.ID]++
	}
	for _, made := range c.File.GetRecommendations() {
		want["recommendation"]++
		if made.GetReturnedAt() != nil {
			want["recommendation/return"]++
		}
	}
	if notes := len(c.Declarations) + explanations(c); notes > 0 {
		want["note"] = notes
	}
	for _, a := range c.Appeals {
		appealDocuments(want, a)
	}
	return want
}

// explanations counts the reasons that were written down for a date that was moved or not met, or for a question
// that was given up.
func explanations(c CaseRecord) int {
	n := 0
	for _, e := range c.Clock.GetEvents() {
		if e.GetKind() == "EXTENDED" || e.GetKind() == "EXPLAINED" {
			n++
		}
	}
	for _, x := range c.Notices {
		if x.GetState() == saakornv1.DeficiencyState_DEFICIENCY_STATE_CANCELLED {
			n++
		}
	}
	return n
}

// appealDocuments adds the appeal, its assessment, its decision and the appeal body's answer.
func appealDocuments(want map[string]int, a *saakornv1.Appeal) {
	source := "appeal/" + a.GetId()
	want[source]++
	if a.GetPreparedBy() != "" {
		want[source+"/assessment"]++
	}
	if a.GetDecidedBy() != "" {
		want[source+"/decision"]++
	}
	if a.GetOutcome() != saakornv1.AppealOutcome_APPEAL_OUTCOME_UNSPECIFIED {
		want[source+"/outcome"]++
	}
}

// consecutive looks whether the numbers are 1, 2, 3 and so on, each once.
func (i *Invariant) consecutive(numbers []int, of string, name any) {
	slices.Sort(numbers)
	for place, n := range numbers {
		i.look(n == place+1, of+": %d stands where %d should", name, n, place+1)
	}
}
