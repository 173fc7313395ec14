package rehearsal

import (
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
)

const (
	approvedCase  = 0
	withdrawnCase = 1
)

// soundRecord is a small round in which everything holds: an award, a withdrawal and a missed draft.
func soundRecord() *Record {
	kind := saakornv1.ApplicationType_APPLICATION_TYPE_CONTINUATION
	won := &application{fate: awarded, kind: kind, appliedOre: 500, awardedOre: 500}
	left := &application{fate: withdrawn, kind: kind, appliedOre: 300}
	never := &application{fate: abandoned, kind: kind}
	j := &journal{glimpses: tally{checked: 2}, refusals: []refusal{{"a decision by whoever recommended", "FOUR_EYES", "FOUR_EYES"}}}
	return &Record{
		Budget:   &saakornv1.GetCallBudgetResponse{FrameOre: 1000, BoundOre: 500, BoundInContinuationsOre: 500},
		ClosesAt: closes(), Ended: at(200), journal: j,
		Applications: []ApplicationRecord{
			{&saakornv1.Application{Id: "a1", State: saakornv1.ApplicationState_APPLICATION_STATE_SUBMITTED}, won},
			{&saakornv1.Application{Id: "a2", State: saakornv1.ApplicationState_APPLICATION_STATE_WITHDRAWN}, left},
			{&saakornv1.Application{Id: "a3", State: saakornv1.ApplicationState_APPLICATION_STATE_MISSED}, never},
		},
		Cases: []CaseRecord{soundAward(kind), soundWithdrawal(kind)},
		Trail: Trail{Requests: 12, Letters: map[string]int{"RECEIPT": 2, "DECISION_APPROVED": 1, "WITHDRAWAL_CONFIRMED": 1}},
	}
}

func at(day int) time.Time { return closes().AddDate(0, 0, day) }

func stamp(day int) *timestamppb.Timestamp { return timestamppb.New(at(day)) }

func soundAward(kind saakornv1.ApplicationType) CaseRecord {
	approved := saakornv1.Outcome_OUTCOME_APPROVED
	score := []*saakornv1.Score{{Criterion: "relevance", Value: 4, Reason: "Treffer målgruppen."}}
	return CaseRecord{
		File: &saakornv1.GetCaseResponse{
			Case: &saakornv1.Case{
				Number: "2018/1", ApplicationId: "a1", ApplicationType: kind, Step: saakornv1.CaseStep_CASE_STEP_CLOSED, ClosedAt: stamp(60),
				Outcome: approved, Round: 1, AmountAppliedOre: 500, AmountAwardedOre: 500,
			},
			Assessments: []*saakornv1.Assessment{
				{AssessorId: "assessor-1", Scores: score, SubmittedAt: stamp(20)}, {AssessorId: "assessor-2", Scores: score, SubmittedAt: stamp(21)},
			},
			Recommendations: []*saakornv1.Recommendation{{Version: 1, Round: 1, Outcome: approved, AmountOre: 500, RecommendedBy: "case-officer-1"}},
			Decisions:       []*saakornv1.Decision{{Id: "d1", Round: 1, Outcome: approved, AmountOre: 500, DecidedBy: "decision-maker-1", DecidedAt: stamp(30)}},
		},
		Letters: []*saakornv1.Letter{{Kind: "DECISION_APPROVED", SentAt: stamp(30)}, {Kind: "RECEIPT", SentAt: stamp(0)}},
		Events:  events("CASE_OPENED", "LETTER_SENT", "CASE_DECIDED", "LETTER_SENT"),
	}
}

func soundWithdrawal(kind saakornv1.ApplicationType) CaseRecord {
	return CaseRecord{
		File: &saakornv1.GetCaseResponse{Case: &saakornv1.Case{
			Number: "2018/2", ApplicationId: "a2", ApplicationType: kind, Step: saakornv1.CaseStep_CASE_STEP_CLOSED, ClosedAt: stamp(10),
			Outcome: saakornv1.Outcome_OUTCOME_WITHDRAWN, Round: 1, AmountAppliedOre: 300,
		}},
		Letters: []*saakornv1.Letter{{Kind: "WITHDRAWAL_CONFIRMED", SentAt: stamp(10)}, {Kind: "RECEIPT", SentAt: stamp(0)}},
		Events:  events("CASE_OPENED", "LETTER_SENT", "LETTER_SENT"),
	}
}

func events(actions ...string) []*saakornv1.Event {
	var list []*saakornv1.Event
	for _, action := range actions {
		list = append(list, &saakornv1.Event{Action: action})
	}
	return list
}

func TestEveryInvariantHoldsInASoundRound(t *testing.T) {
	for _, i := range Check(soundRecord()) {
		if i.Broken > 0 || i.Checked == 0 {
			t.Errorf("%s: %d checked, %d broken: %v", i.Name, i.Checked, i.Broken, i.Examples)
		}
	}
}

func TestEveryInvariantCanBreak(t *testing.T) {
	award := func(r *Record) *saakornv1.GetCaseResponse { return r.Cases[approvedCase].File }
	tests := map[string]struct {
		invariant string
		spoil     func(*Record)
	}{
		"a case that is still open":       {"one_end_state", func(r *Record) { award(r).Case.Step = saakornv1.CaseStep_CASE_STEP_DECISION }},
		"an application without a case":   {"one_end_state", func(r *Record) { r.Cases = r.Cases[1:] }},
		"an application with two cases":   {"one_end_state", func(r *Record) { r.Cases = append(r.Cases, soundAward(award(r).GetCase().GetApplicationType())) }},
		"a decision in a withdrawn case":  {"one_end_state", func(r *Record) { r.Cases[withdrawnCase].File.Decisions = award(r).GetDecisions() }},
		"a decided case without decision": {"one_end_state", func(r *Record) { award(r).Decisions = nil }},
		"a draft left over": {"one_end_state", func(r *Record) {
			r.Applications[2].Application.State = saakornv1.ApplicationState_APPLICATION_STATE_DRAFT
		}},
		"a missed draft that became a case": {"one_end_state", func(r *Record) { r.Cases[withdrawnCase].File.Case.ApplicationId = "a3" }},
		"another amount than decided":       {"ended_as_told", func(r *Record) { award(r).Case.AmountAwardedOre = 400 }},
		"an application nobody wrote":       {"ended_as_told", func(r *Record) { r.Applications[0].told = nil }},
		"a decision by the recommender":     {"decided_by_another", func(r *Record) { award(r).Decisions[0].DecidedBy = "case-officer-1" }},
		"one assessment":                    {"assessed_twice", func(r *Record) { award(r).Assessments = award(r).Assessments[1:] }},
		"an assessment without reasons": {"assessed_twice", func(r *Record) {
			award(r).Assessments[0].Scores = []*saakornv1.Score{{Criterion: "relevance", Value: 4}}
		}},
		"an assessment after the decision":      {"assessed_twice", func(r *Record) { award(r).Assessments[0].SubmittedAt = stamp(31) }},
		"a glimpse of another's assessment":     {"assessments_sealed", func(r *Record) { r.journal.glimpse("assessor-2 saw 1") }},
		"more awarded than the frame":           {"frame_never_exceeded", func(r *Record) { r.Budget.FrameOre = 499 }},
		"money bound that nobody decided":       {"frame_never_exceeded", func(r *Record) { r.Budget.BoundOre = 600 }},
		"two letters about one decision":        {"one_letter_per_decision", func(r *Record) { r.Cases[0].Letters = append(r.Cases[0].Letters, r.Cases[0].Letters[0]) }},
		"a letter that was not sent":            {"one_letter_per_decision", func(r *Record) { r.Cases[0].Letters[0].SentAt = nil }},
		"a decision letter without a decision":  {"one_letter_per_decision", func(r *Record) { r.Cases[withdrawnCase].Letters[0].Kind = "DECISION_REJECTED" }},
		"a change without an event":             {"every_change_has_its_event", func(r *Record) { r.Trail.Silent = []string{"saakorn.v1.DecideRequest"} }},
		"a change that is not there":            {"every_change_has_its_event", func(r *Record) { r.Trail.Lost = 1 }},
		"a decision without an event":           {"every_change_has_its_event", func(r *Record) { r.Cases[0].Events = events("CASE_OPENED", "LETTER_SENT", "LETTER_SENT") }},
		"a refusal for another reason":          {"refusals_stood", func(r *Record) { r.journal.refusals[0].got = "STALE_ETAG" }},
		"a refused attempt that left something": {"refusals_stood", func(r *Record) { r.Trail.Ghosts = 1 }},
		"a hole in the case numbers":            {"case_numbers_without_holes", func(r *Record) { r.Cases[withdrawnCase].File.Case.Number = "2018/3" }},
		"a case number twice":                   {"case_numbers_without_holes", func(r *Record) { r.Cases[withdrawnCase].File.Case.Number = "2018/1" }},
		"a letter left lying":                   {"nothing_left_to_do", func(r *Record) { r.Trail.Unsent = 1 }},
		"something still due":                   {"nothing_left_to_do", func(r *Record) { r.Unsettled = 1 }},
		"a round in which nothing was decided":  {"decided_by_another", func(r *Record) { award(r).Decisions = nil }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := soundRecord()
			test.spoil(r)
			all := Check(r)
			i := slices.IndexFunc(all, func(i Invariant) bool { return i.Name == test.invariant })
			if i < 0 || all[i].Broken == 0 {
				t.Errorf("%s did not notice", test.invariant)
			}
			if (&Summary{Invariants: all}).Broken() == 0 {
				t.Error("the summary does not count it as broken")
			}
		})
	}
}
