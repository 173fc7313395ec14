package rehearsal

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
)

const (
	approvedCase  = 0
	withdrawnCase = 1
	appealedCase  = 2
)

// soundRecord is a small round in which everything holds: an award after a question, a withdrawal, a
// rejection that came late and is changed on appeal, and a missed draft.
func soundRecord() *Record {
	kind := saakornv1.ApplicationType_APPLICATION_TYPE_CONTINUATION
	won := &application{fate: awarded, kind: kind, appliedOre: 500, awardedOre: 500}
	left := &application{fate: withdrawn, kind: kind, appliedOre: 300}
	lost := &application{fate: rejected, kind: kind, appliedOre: 400, turns: turns{sequel: changedAppeal, addedOre: 100}}
	never := &application{fate: abandoned, kind: kind}
	j := &journal{
		glimpses: tally{checked: 2}, refusals: []refusal{{"a decision by whoever recommended", "FOUR_EYES", "FOUR_EYES"}},
		visits: []visit{{"case-officer-1", "c1", false, true}},
	}
	r := &Record{
		Budget:    &saakornv1.GetCallBudgetResponse{FrameOre: 1000, BoundOre: 600, BoundInContinuationsOre: 600},
		Deadlines: &saakornv1.SchemeDeadlines{DecisionDays: 60, InterimReplyMonths: 1, AppealWeeks: 3, DeficiencyDays: 14, DeficiencyReminderDays: 4},
		ClosesAt:  closes(), Ended: at(200), journal: j, absent: "case-officer-6",
		Applications: []ApplicationRecord{
			{&saakornv1.Application{Id: "a1", State: saakornv1.ApplicationState_APPLICATION_STATE_SUBMITTED}, won},
			{&saakornv1.Application{Id: "a2", State: saakornv1.ApplicationState_APPLICATION_STATE_WITHDRAWN}, left},
			{&saakornv1.Application{Id: "a4", State: saakornv1.ApplicationState_APPLICATION_STATE_SUBMITTED}, lost},
			{&saakornv1.Application{Id: "a3", State: saakornv1.ApplicationState_APPLICATION_STATE_MISSED}, never},
		},
		Cases: []CaseRecord{soundAward(kind), soundWithdrawal(kind), soundAppeal(kind)},
		Trail: Trail{
			Requests: 12, Letters: map[string]int{"RECEIPT": 3, "DECISION_APPROVED": 1, "WITHDRAWAL_CONFIRMED": 1},
			Deliveries: map[string][]Delivery{},
			AwardChanges: map[string][]AwardChange{"c4": {
				{ID: "w4", CaseID: "c4", Outcome: "PARTIALLY_APPROVED", BeforeOre: 0, AfterOre: 100, ChangedAt: at(160), ByAppeal: true},
			}},
		},
	}
	r.AppealBody = "klager@departementet.example"
	r.Mailbox = map[string]bool{"DECISION_APPROVED": true, "DECISION_REJECTED": true, "APPEAL_REFERRAL": true}
	for i := range r.Cases {
		c := &r.Cases[i]
		c.Versions, c.Organization = 1, "310000019"
		for n, a := range c.File.GetAssessments() {
			a.Id = fmt.Sprintf("s%d%d", i, n)
		}
		c.notify()
	}
	for _, c := range r.Cases {
		r.furnish(c)
	}
	return r
}

// notify opens the period of the decision that the case was notified of.
func (r *CaseRecord) notify() {
	for _, l := range r.Letters {
		if opensPeriod(l.GetKind()) {
			r.Notifications = append(r.Notifications, &saakornv1.Notification{
				LetterId: l.GetId(), LetterKind: l.GetKind(), NotifiedAt: l.GetSentAt(), AppealDeadline: r.File.GetCase().GetAppealDeadline(),
			})
		}
	}
}

// furnish delivers and journals everything that the case holds.
func (r *Record) furnish(c CaseRecord) {
	x := c.File.GetCase()
	var sources []string
	for _, l := range c.Letters {
		r.Trail.Deliveries[l.GetId()] = []Delivery{{l.GetId(), "MAIL", "anna@saakorn.example", "DELIVERED"}}
		if l.GetKind() == referral {
			r.Trail.Deliveries[l.GetId()] = append(r.Trail.Deliveries[l.GetId()], Delivery{l.GetId(), "MAIL", r.AppealBody, "DELIVERED"})
		}
		if r.Mailbox[l.GetKind()] {
			r.Trail.Deliveries[l.GetId()] = append(r.Trail.Deliveries[l.GetId()], Delivery{l.GetId(), "ALTINN_CORRESPONDENCE", "310000019", "DELIVERED"})
		}
		sources = append(sources, "letter/"+l.GetId())
	}
	for i := range c.File.GetRecommendations() {
		sources = append(sources, fmt.Sprintf("recommendation/%s%d", x.GetId(), i))
	}
	for _, d := range c.File.GetDecisions() {
		sources = append(sources, "decision/"+d.GetId())
	}
	for _, change := range r.Trail.AwardChanges[x.GetId()] {
		sources = append(sources, "decision/"+change.ID)
	}
	for _, a := range c.Appeals {
		source := "appeal/" + a.GetId()
		sources = append(sources, source, source+"/assessment/2", source+"/decision", source+"/outcome")
	}
	for _, a := range c.File.GetAssessments() {
		sources = append(sources, "assessment/"+a.GetId())
	}
	for i := range len(c.Declarations) + explanations(c) {
		sources = append(sources, fmt.Sprintf("note/%s%d", x.GetId(), i))
	}
	for i := range c.Versions {
		sources = append(sources, fmt.Sprintf("application/%s/%d", x.GetApplicationId(), i+1))
	}
	if x.GetOutcome() == saakornv1.Outcome_OUTCOME_WITHDRAWN {
		sources = append(sources, "application/"+x.GetApplicationId()+"/withdrawal")
	}
	for i, source := range sources {
		r.Journal = append(r.Journal, &saakornv1.JournalEntry{
			Year: 2019, Sequence: int32(len(r.Journal) + 1), Number: int32(i + 1), CaseId: x.GetId(), CaseNumber: x.GetNumber(), Source: source,
		})
	}
}

func at(day int) time.Time { return closes().AddDate(0, 0, day) }

func stamp(day int) *timestamppb.Timestamp { return timestamppb.New(at(day)) }

func stamped(t time.Time) *timestamppb.Timestamp { return timestamppb.New(t) }

func people(contacts ...string) []*saakornv1.Contact {
	var list []*saakornv1.Contact
	for _, email := range contacts {
		list = append(list, &saakornv1.Contact{Email: email})
	}
	return list
}

// letters writes letters in a case, each of them sent on a day.
func letters(caseID string, sent map[string]time.Time) []*saakornv1.Letter {
	var list []*saakornv1.Letter
	for kind, t := range sent {
		list = append(list, &saakornv1.Letter{Id: caseID + kind, Kind: kind, SentAt: stamped(t)})
	}
	slices.SortFunc(list, func(a, b *saakornv1.Letter) int { return b.GetSentAt().AsTime().Compare(a.GetSentAt().AsTime()) })
	return list
}

func declared(people ...string) (list []*saakornv1.Declaration) {
	for _, id := range people {
		list = append(list, &saakornv1.Declaration{PersonId: id, Impartial: true})
	}
	return list
}

func clockEvents(events ...*saakornv1.ClockEvent) *saakornv1.GetCaseClockResponse {
	return &saakornv1.GetCaseClockResponse{Events: events}
}

func tick(kind string, t time.Time) *saakornv1.ClockEvent {
	return &saakornv1.ClockEvent{Kind: kind, At: stamped(t), Reason: "En grunn."}
}

// soundAward was asked on the tenth day after the close, reminded, and answered on the thirteenth day
// after that. The applicant was told of the award on 28 March.
func soundAward(kind saakornv1.ApplicationType) CaseRecord {
	approved := saakornv1.Outcome_OUTCOME_APPROVED
	score := []*saakornv1.Score{{Criterion: "relevance", Value: 4, Reason: "Treffer målgruppen."}}
	decided := draggedUntil()[0]
	return CaseRecord{
		File: &saakornv1.GetCaseResponse{
			Case: &saakornv1.Case{
				Id: "c1", Number: "2018/1", ApplicationId: "a1", ApplicationType: kind, Step: saakornv1.CaseStep_CASE_STEP_CLOSED, ClosedAt: stamp(150),
				Outcome: approved, Round: 1, AmountAppliedOre: 500, AmountAwardedOre: 500, OwnerId: "case-officer-1", ReceivedAt: stamp(0),
				DecidedAt: stamped(decided), NotifiedAt: stamped(decided), AppealDeadline: "2019-04-23",
			},
			Assessments: []*saakornv1.Assessment{
				{AssessorId: "assessor-1", Scores: score, SubmittedAt: stamp(40)}, {AssessorId: "assessor-2", Scores: score, SubmittedAt: stamp(41)},
			},
			Recommendations: []*saakornv1.Recommendation{{Version: 1, Round: 1, Outcome: approved, AmountOre: 500, RecommendedBy: "case-officer-1"}},
			Decisions:       []*saakornv1.Decision{{Id: "d1", Round: 1, Outcome: approved, AmountOre: 500, DecidedBy: "decision-maker-1", DecidedAt: stamped(decided)}},
		},
		Contacts: people("anna@saakorn.example"),
		Letters: letters("c1", map[string]time.Time{
			"DECISION_APPROVED": decided, "RECEIPT": at(0), "DEFICIENCY_NOTICE": at(10), "DEFICIENCY_REMINDER": at(20),
			"INTERIM_REPLY": clockOn(civil(closes()).AddDate(0, 1, 0), 9),
		}),
		Declarations: append(declared("case-officer-1", "assessor-1", "assessor-2", "decision-maker-1"),
			&saakornv1.Declaration{PersonId: "decision-maker-2", Impartial: false}),
		Clock: clockEvents(tick("STARTED", at(0)), tick("PAUSED", at(10)), tick("RESUMED", at(23)),
			&saakornv1.ClockEvent{Kind: "EXTENDED", At: stamp(70), Until: "2019-04-01"}, tick("STOPPED", decided)),
		Notices: []*saakornv1.DeficiencyNotice{{
			Deadline: "2019-01-08", State: saakornv1.DeficiencyState_DEFICIENCY_STATE_ANSWERED, CreatedAt: stamp(10), RemindedAt: stamp(20),
			ClosedAt: stamp(23), AnsweredVersion: 2,
		}},
		Events: slices.Concat(events("", "CASE_OPENED", "LETTER_SENT"), declaring("case-officer-1", "assessor-1", "assessor-2", "decision-maker-1"),
			[]*saakornv1.Event{{Action: "IMPARTIALITY_DECLARED", ActorId: "decision-maker-2", After: `{"impartial": false}`}},
			[]*saakornv1.Event{{Action: "CASE_ASSIGNED", ActorId: "manager-1", Before: `{"owner_id": "case-officer-6"}`}},
			events("case-officer-1", "APPLICANT_ASKED"), events("", "LETTER_SENT", "LETTER_SENT", "LETTER_SENT"),
			events("case-officer-1", "RECOMMENDED"), events("decision-maker-1", "DEADLINE_EXTENDED", "CASE_DECIDED"), events("", "LETTER_SENT")),
	}
}

func soundWithdrawal(kind saakornv1.ApplicationType) CaseRecord {
	return CaseRecord{
		File: &saakornv1.GetCaseResponse{Case: &saakornv1.Case{
			Id: "c2", Number: "2018/2", ApplicationId: "a2", ApplicationType: kind, Step: saakornv1.CaseStep_CASE_STEP_CLOSED, ClosedAt: stamp(10),
			Outcome: saakornv1.Outcome_OUTCOME_WITHDRAWN, Round: 1, AmountAppliedOre: 300, OwnerId: "case-officer-1", ReceivedAt: stamp(0),
		}},
		Contacts: people("anna@saakorn.example"),
		Letters:  letters("c2", map[string]time.Time{"WITHDRAWAL_CONFIRMED": at(10), "RECEIPT": at(0)}),
		Clock:    clockEvents(tick("STARTED", at(0)), tick("STOPPED", at(10))),
		Events:   events("", "CASE_OPENED", "LETTER_SENT", "LETTER_SENT"),
	}
}

// soundAppeal was asked and never answered, and was rejected 20 days after the date for that; the
// appeal body gave it an award.
func soundAppeal(kind saakornv1.ApplicationType) CaseRecord {
	decided := at(93) // 60 days, and the 13 of the question
	return CaseRecord{
		File: &saakornv1.GetCaseResponse{
			Case: &saakornv1.Case{
				Id: "c4", Number: "2018/3", ApplicationId: "a4", ApplicationType: kind, Step: saakornv1.CaseStep_CASE_STEP_CLOSED, ClosedAt: stamp(165),
				Outcome: saakornv1.Outcome_OUTCOME_PARTIALLY_APPROVED, Round: 1, AmountAppliedOre: 400, AmountAwardedOre: 100, OwnerId: "case-officer-1",
				ReceivedAt: stamp(0), DecidedAt: stamped(decided), NotifiedAt: stamped(decided), AppealDeadline: "2019-04-08",
			},
			Assessments: []*saakornv1.Assessment{
				{AssessorId: "assessor-1", Scores: []*saakornv1.Score{{Criterion: "relevance", Value: 1, Reason: "Utydelig."}}, SubmittedAt: stamp(40)},
				{AssessorId: "assessor-2", Scores: []*saakornv1.Score{{Criterion: "relevance", Value: 2, Reason: "Utydelig."}}, SubmittedAt: stamp(41)},
			},
			Recommendations: []*saakornv1.Recommendation{{Version: 1, Round: 1, Outcome: saakornv1.Outcome_OUTCOME_REJECTED, RecommendedBy: "case-officer-1"}},
			Decisions: []*saakornv1.Decision{{
				Id: "d4", Round: 1, Outcome: saakornv1.Outcome_OUTCOME_REJECTED, DecidedBy: "decision-maker-1", DecidedAt: stamped(decided),
			}},
		},
		Contacts: people("anna@saakorn.example"),
		Letters: letters("c4", map[string]time.Time{
			"DECISION_REJECTED": decided, "RECEIPT": at(0), "DEFICIENCY_NOTICE": at(10), "DEFICIENCY_REMINDER": at(20),
			"INTERIM_REPLY": clockOn(civil(closes()).AddDate(0, 1, 0), 9), "APPEAL_RECEIVED": at(100), "APPEAL_FORWARDED": at(120),
			"APPEAL_REFERRAL": at(120), "APPEAL_OUTCOME_CHANGED": at(160),
		}),
		Declarations: declared("case-officer-1", "assessor-1", "assessor-2", "decision-maker-1", "case-officer-2", "decision-maker-2"),
		Clock: clockEvents(tick("STARTED", at(0)), tick("PAUSED", at(10)), tick("RESUMED", after(civil(at(24)))),
			tick("BREACHED", at(75)), tick("EXPLAINED", at(93)), tick("STOPPED", decided)),
		Notices: []*saakornv1.DeficiencyNotice{{
			Deadline: "2019-01-08", State: saakornv1.DeficiencyState_DEFICIENCY_STATE_EXPIRED, CreatedAt: stamp(10), RemindedAt: stamp(20),
			ClosedAt: stamped(after(civil(at(24)))),
		}},
		Appeals: []*saakornv1.Appeal{{
			Id: "k4", ReceivedAt: stamp(100), OwnerId: "case-officer-2", PreparedBy: "case-officer-2", DecidedBy: "decision-maker-2",
			Disposition: saakornv1.AppealDisposition_APPEAL_DISPOSITION_FORWARDED, Outcome: saakornv1.AppealOutcome_APPEAL_OUTCOME_CHANGED,
			AmountOre: 100, ClosedAt: stamp(160),
		}},
		Events: slices.Concat(events("", "CASE_OPENED"), events("", slices.Repeat([]string{"LETTER_SENT"}, 9)...),
			declaring("case-officer-1", "assessor-1", "assessor-2", "decision-maker-1", "case-officer-2", "decision-maker-2"),
			events("case-officer-1", "APPLICANT_ASKED", "RECOMMENDED", "BREACH_EXPLAINED"), events("decision-maker-1", "CASE_DECIDED"),
			events("", "DEADLINE_BREACHED", "APPEAL_RECEIVED"), events("decision-maker-2", "APPEAL_DECIDED")),
	}
}

func events(actor string, actions ...string) []*saakornv1.Event {
	var list []*saakornv1.Event
	for _, action := range actions {
		list = append(list, &saakornv1.Event{Action: action, ActorId: actor})
	}
	return list
}

func declaring(people ...string) []*saakornv1.Event {
	list := events("", slices.Repeat([]string{"IMPARTIALITY_DECLARED"}, len(people))...)
	for i, id := range people {
		list[i].ActorId, list[i].After = id, `{"impartial": true}`
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
			r.Applications[3].Application.State = saakornv1.ApplicationState_APPLICATION_STATE_DRAFT
		}},
		"a missed draft that became a case": {"one_end_state", func(r *Record) { r.Cases[withdrawnCase].File.Case.ApplicationId = "a3" }},
		"another amount than decided":       {"ended_as_told", func(r *Record) { award(r).Case.AmountAwardedOre = 400 }},
		"an application nobody wrote":       {"ended_as_told", func(r *Record) { r.Applications[0].told = nil }},
		"a decision by the recommender":     {"decided_by_another", func(r *Record) { award(r).Decisions[0].DecidedBy = "case-officer-1" }},
		"one assessment":                    {"assessed_twice", func(r *Record) { award(r).Assessments = award(r).Assessments[1:] }},
		"an assessment without reasons": {"assessed_twice", func(r *Record) {
			award(r).Assessments[0].Scores = []*saakornv1.Score{{Criterion: "relevance", Value: 4}}
		}},
		"an assessment after the decision":      {"assessed_twice", func(r *Record) { award(r).Assessments[0].SubmittedAt = stamp(120) }},
		"a glimpse of another's assessment":     {"assessments_sealed", func(r *Record) { r.journal.glimpse("assessor-2 saw 1") }},
		"more awarded than the frame":           {"frame_never_exceeded", func(r *Record) { r.Budget.FrameOre = 499 }},
		"money bound that nobody decided":       {"frame_never_exceeded", func(r *Record) { r.Budget.BoundOre = 700 }},
		"more awarded on appeal than the frame": {"frame_never_exceeded", func(r *Record) { r.Budget.FrameOre = 599 }},
		"a changed award that nobody counted":   {"one_end_state", func(r *Record) { r.Trail.AwardChanges = nil }},
		"a change of another award":             {"one_end_state", func(r *Record) { r.Trail.AwardChanges["c4"][0].BeforeOre = 50 }},
		"two letters about one decision":        {"one_letter_per_decision", func(r *Record) { r.Cases[0].Letters = append(r.Cases[0].Letters, r.Cases[0].Letters[0]) }},
		"a letter that was not sent":            {"one_letter_per_decision", func(r *Record) { r.Cases[0].Letters[0].SentAt = nil }},
		"a decision letter without a decision":  {"one_letter_per_decision", func(r *Record) { r.Cases[withdrawnCase].Letters[0].Kind = "DECISION_REJECTED" }},
		"an outcome that nobody was told of":    {"one_letter_per_decision", func(r *Record) { r.letter(appealedCase, "APPEAL_OUTCOME_CHANGED").Kind = "MESSAGE_NOTICE" }},
		"a reversal that nobody was told of": {"one_letter_per_decision", func(r *Record) {
			r.Trail.AwardChanges["c4"][0].ByAppeal = false
		}},
		"a letter that reached nobody": {"parties_notified_once", func(r *Record) { delete(r.Trail.Deliveries, "c1DECISION_APPROVED") }},
		"a letter that came twice": {"parties_notified_once", func(r *Record) {
			r.Trail.Deliveries["c1RECEIPT"] = append(r.Trail.Deliveries["c1RECEIPT"], r.Trail.Deliveries["c1RECEIPT"][0])
		}},
		"a letter that failed":      {"parties_notified_once", func(r *Record) { r.Trail.Deliveries["c1RECEIPT"][0].State = "FAILED" }},
		"a letter to somebody else": {"parties_notified_once", func(r *Record) { r.Trail.Deliveries["c1RECEIPT"][0].Recipient = "else@saakorn.example" }},
		"a letter that came twice to the mailbox": {"parties_notified_once", func(r *Record) {
			d := r.Trail.Deliveries["c1DECISION_APPROVED"]
			r.Trail.Deliveries["c1DECISION_APPROVED"] = append(d, d[1])
		}},
		"a decision that never came to the mailbox": {"parties_notified_once", func(r *Record) {
			r.Trail.Deliveries["c1DECISION_APPROVED"] = r.Trail.Deliveries["c1DECISION_APPROVED"][:1]
		}},
		"a receipt in the mailbox": {"parties_notified_once", func(r *Record) {
			r.Trail.Deliveries["c1RECEIPT"] = append(r.Trail.Deliveries["c1RECEIPT"], Delivery{"c1RECEIPT", "ALTINN_CORRESPONDENCE", "310000019", "DELIVERED"})
		}},
		"a decision in the mailbox of another": {"parties_notified_once", func(r *Record) {
			r.Trail.Deliveries["c1DECISION_APPROVED"][1].Recipient = "310000027"
		}},
		"a decision that opened two periods": {"appeal_clocks", func(r *Record) {
			r.Cases[0].Notifications = append(r.Cases[0].Notifications, r.Cases[0].Notifications[0])
		}},
		"a decision that opened no period": {"appeal_clocks", func(r *Record) { r.Cases[0].Notifications = nil }},
		"a second period that is a day short": {"appeal_clocks", func(r *Record) {
			secondPeriod(r, "2019-05-06")
			award(r).Case.AppealDeadline = "2019-05-07"
		}},
		"a case that ends with its first period":         {"appeal_clocks", func(r *Record) { secondPeriod(r, "2019-05-07") }},
		"an appeal without an assessment in the journal": {"journal_without_holes", func(r *Record) { r.journaled("appeal/k4/assessment/2").Source = "note/x" }},
		"an appeal body that is not in the journal":      {"journal_without_holes", func(r *Record) { r.journaled("appeal/k4/outcome").Source = "appeal/k4/decision" }},
		"an assessment that was not journaled":           {"journal_without_holes", func(r *Record) { r.journaled("assessment/s00").Source = "assessment/s01" }},
		"a declaration that was not journaled":           {"journal_without_holes", func(r *Record) { r.Cases[0].Declarations = append(r.Cases[0].Declarations, r.Cases[0].Declarations[0]) }},
		"a return that was not journaled":                {"journal_without_holes", func(r *Record) { award(r).Recommendations[0].ReturnedAt = stamp(50) }},
		"a version that was not journaled":               {"journal_without_holes", func(r *Record) { r.Cases[0].Versions = 2 }},
		"a party without contacts":                       {"parties_notified_once", func(r *Record) { r.Cases[0].Contacts = nil; r.Trail.Deliveries = nil }},
		"a decision after its date":                      {"deadlines_met_or_explained", func(r *Record) { drop(&r.Cases[approvedCase], "EXTENDED") }},
		"a breach that nobody explained":                 {"deadlines_met_or_explained", func(r *Record) { drop(&r.Cases[appealedCase], "EXPLAINED") }},
		"an explanation without a reason":                {"deadlines_met_or_explained", func(r *Record) { r.Cases[appealedCase].Clock.Events[4].Reason = "" }},
		"a breach that nobody recorded":                  {"deadlines_met_or_explained", func(r *Record) { drop(&r.Cases[appealedCase], "BREACHED") }},
		"a breach of a date that was met": {"deadlines_met_or_explained", func(r *Record) {
			r.Cases[appealedCase].File.Decisions[0].DecidedAt = stamp(70)
		}},
		"a clock that still runs":               {"deadlines_met_or_explained", func(r *Record) { drop(&r.Cases[approvedCase], "STOPPED") }},
		"no interim reply":                      {"interim_replies", func(r *Record) { r.letter(approvedCase, "INTERIM_REPLY").Kind = "MESSAGE_NOTICE" }},
		"an interim reply a day late":           {"interim_replies", func(r *Record) { r.letter(approvedCase, "INTERIM_REPLY").SentAt = stamp(32) }},
		"an interim reply after the decision":   {"interim_replies", func(r *Record) { r.letter(withdrawnCase, "RECEIPT").Kind = "INTERIM_REPLY" }},
		"a question with too little time":       {"deficiency_notices", func(r *Record) { r.Cases[0].Notices[0].Deadline = "2019-01-07" }},
		"a question that is still open":         {"deficiency_notices", func(r *Record) { r.Cases[0].Notices[0].ClosedAt = nil }},
		"an answer after the time limit":        {"deficiency_notices", func(r *Record) { r.Cases[0].Notices[0].ClosedAt = stamp(25) }},
		"a time limit that ended early":         {"deficiency_notices", func(r *Record) { r.Cases[appealedCase].Notices[0].ClosedAt = stamp(23) }},
		"a reminder that never came":            {"deficiency_notices", func(r *Record) { r.Cases[appealedCase].Notices[0].RemindedAt = nil }},
		"a reminder on another day":             {"deficiency_notices", func(r *Record) { r.Cases[appealedCase].Notices[0].RemindedAt = stamp(21) }},
		"a question without a letter":           {"deficiency_notices", func(r *Record) { r.letter(approvedCase, "DEFICIENCY_NOTICE").Kind = "MESSAGE_NOTICE" }},
		"a round in which everybody answered":   {"deficiency_notices", func(r *Record) { r.Cases[appealedCase].Notices = nil }},
		"an appeal period that ends on holiday": {"appeal_clocks", func(r *Record) { award(r).Case.AppealDeadline = "2019-04-18" }},
		"an appeal period that is a day short":  {"appeal_clocks", func(r *Record) { r.Cases[appealedCase].File.Case.AppealDeadline = "2019-04-07" }},
		"a case that closed too early":          {"appeal_clocks", func(r *Record) { award(r).Case.ClosedAt = stamped(after(civil(at(128)))) }},
		"an appeal in time that counts as late": {"appeal_clocks", func(r *Record) { r.Cases[appealedCase].Appeals[0].Late = true }},
		"no appeal period over summer time":     {"appeal_clocks", func(r *Record) { r.Cases = r.Cases[withdrawnCase : withdrawnCase+1] }},
		"an appeal prepared by the recommender": {"appeals_prepared_by_somebody_new", func(r *Record) { r.Cases[appealedCase].Appeals[0].PreparedBy = "case-officer-1" }},
		"an appeal prepared by an assessor":     {"appeals_prepared_by_somebody_new", func(r *Record) { r.Cases[appealedCase].Appeals[0].PreparedBy = "assessor-1" }},
		"an appeal decided by its preparer":     {"appeals_prepared_by_somebody_new", func(r *Record) { r.Cases[appealedCase].Appeals[0].DecidedBy = "case-officer-2" }},
		"an appeal without an end":              {"appeals_prepared_by_somebody_new", func(r *Record) { r.Cases[appealedCase].Appeals[0].ClosedAt = nil }},
		"an appeal that nobody heard of again": {"appeals_prepared_by_somebody_new", func(r *Record) {
			r.Cases[appealedCase].Appeals[0].Outcome = saakornv1.AppealOutcome_APPEAL_OUTCOME_UNSPECIFIED
		}},
		"a case seen before declaring": {"declared_before_seen", func(r *Record) {
			r.journal.visits = append(r.journal.visits, visit{"case-officer-2", "c1", true, true})
		}},
		"a change before declaring": {"declared_before_seen", func(r *Record) {
			r.Cases[0].Events = append(events("case-officer-1", "FINDING_ANSWERED"), r.Cases[0].Events...)
		}},
		"a change by whoever is not impartial": {"declared_before_seen", func(r *Record) {
			r.Cases[0].Events = append(r.Cases[0].Events, events("decision-maker-2", "CASE_DECIDED")...)
		}},
		"a case without an owner":                 {"in_impartial_hands", func(r *Record) { award(r).Case.OwnerId = "" }},
		"a case of an officer who is gone":        {"in_impartial_hands", func(r *Record) { award(r).Case.OwnerId = "case-officer-6" }},
		"a decision by somebody not impartial":    {"in_impartial_hands", func(r *Record) { award(r).Decisions[0].DecidedBy = "decision-maker-2" }},
		"an assessment by somebody not impartial": {"in_impartial_hands", func(r *Record) { award(r).Assessments[0].AssessorId = "decision-maker-2" }},
		"a round in which everybody is impartial": {"in_impartial_hands", func(r *Record) { r.Cases[0].Declarations = nil }},
		"a round in which nobody fell away":       {"in_impartial_hands", func(r *Record) { r.absent = "case-officer-5" }},
		"a question without an event":             {"every_change_has_its_event", func(r *Record) { r.Cases[0].Notices = append(r.Cases[0].Notices, r.Cases[0].Notices[0]) }},
		"an appeal without an event": {"every_change_has_its_event", func(r *Record) {
			r.Cases[appealedCase].Appeals = append(r.Cases[appealedCase].Appeals, r.Cases[appealedCase].Appeals[0])
		}},
		"a hole in the journal":                 {"journal_without_holes", func(r *Record) { r.Journal = r.Journal[1:] }},
		"a journal number twice":                {"journal_without_holes", func(r *Record) { r.Journal[1].Sequence = 1 }},
		"a hole in the journal of a case":       {"journal_without_holes", func(r *Record) { r.Journal[1].Number = 100 }},
		"a letter that was not journaled":       {"journal_without_holes", func(r *Record) { r.Journal[0].Source = "letter/other" }},
		"a decision that was not journaled":     {"journal_without_holes", func(r *Record) { award(r).Decisions = append(award(r).Decisions, award(r).Decisions[0]) }},
		"a change without an event":             {"every_change_has_its_event", func(r *Record) { r.Trail.Silent = []string{"saakorn.v1.DecideRequest"} }},
		"a change that is not there":            {"every_change_has_its_event", func(r *Record) { r.Trail.Lost = 1 }},
		"a decision without an event":           {"every_change_has_its_event", func(r *Record) { r.Cases[0].Events = events("", "CASE_OPENED", "LETTER_SENT", "LETTER_SENT") }},
		"a refusal for another reason":          {"refusals_stood", func(r *Record) { r.journal.refusals[0].got = "STALE_ETAG" }},
		"a refused attempt that left something": {"refusals_stood", func(r *Record) { r.Trail.Ghosts = 1 }},
		"a hole in the case numbers":            {"case_numbers_without_holes", func(r *Record) { r.Cases[withdrawnCase].File.Case.Number = "2018/4" }},
		"a case number twice":                   {"case_numbers_without_holes", func(r *Record) { r.Cases[withdrawnCase].File.Case.Number = "2018/1" }},
		"a letter left lying":                   {"nothing_left_to_do", func(r *Record) { r.Trail.Unsent = 1 }},
		"something still due":                   {"nothing_left_to_do", func(r *Record) { r.Unsettled = 1 }},
		"a round in which nothing was decided":  {"decided_by_another", func(r *Record) { r.Cases = r.Cases[withdrawnCase : withdrawnCase+1] }},
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

// secondPeriod adds a reversal that the party was told of on 16 April 2019, and when its period is said to end.
func secondPeriod(r *Record, ends string) {
	c := &r.Cases[approvedCase]
	told := stamped(time.Date(2019, time.April, 16, 10, 0, 0, 0, time.UTC))
	c.Letters = append(c.Letters, &saakornv1.Letter{Id: "c1REVERSED", Kind: "REVERSED", SentAt: told})
	c.Notifications = append(c.Notifications, &saakornv1.Notification{LetterId: "c1REVERSED", LetterKind: "REVERSED", NotifiedAt: told, AppealDeadline: ends})
}

// journaled returns the entry with the source.
func (r *Record) journaled(source string) *saakornv1.JournalEntry {
	i := slices.IndexFunc(r.Journal, func(e *saakornv1.JournalEntry) bool { return e.GetSource() == source })
	return r.Journal[i]
}

// letter returns the case's letter of the kind.
func (r *Record) letter(of int, kind string) *saakornv1.Letter {
	i := slices.IndexFunc(r.Cases[of].Letters, func(l *saakornv1.Letter) bool { return l.GetKind() == kind })
	return r.Cases[of].Letters[i]
}

// drop takes a kind of event out of the clock's history.
func drop(c *CaseRecord, kind string) {
	c.Clock.Events = slices.DeleteFunc(c.Clock.Events, func(e *saakornv1.ClockEvent) bool { return e.GetKind() == kind })
}
