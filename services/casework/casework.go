// Package casework takes a submitted application from screening to the end of the appeal period.
// Automatic checks propose, people decide, and nobody decides what they themselves recommended.
package casework

import (
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"saakorn/services/platform/calendar"
	"saakorn/services/scheme"
)

// Step is where a case stands. It follows from the facts: see StepOf.
type Step string

// The steps, in the order of the procedure.
const (
	Screening      Step = "SCREENING"      // automatic checks run
	Clarification  Step = "CLARIFICATION"  // an officer answers the findings
	Completing     Step = "COMPLETION"     // the applicant has been asked for what is missing
	Assessing      Step = "ASSESSMENT"     // assessors assess independently
	Recommending   Step = "RECOMMENDATION" // an officer recommends
	Deciding       Step = "DECISION"       // a decision maker decides
	Notification   Step = "NOTIFICATION"   // the letter is on its way
	AwaitingAppeal Step = "APPEAL_PERIOD"  // the appeal period runs
	Appealing      Step = "APPEAL"         // an appeal is considered
	Closed         Step = "CLOSED"
)

// Steps returns every step in order.
func Steps() []Step {
	return []Step{Screening, Clarification, Completing, Assessing, Recommending, Deciding, Notification, AwaitingAppeal, Appealing, Closed}
}

// Outcome is how a case ends.
type Outcome string

// The outcomes. Withdrawn is the applicant's own doing and never a decision.
const (
	Approved          Outcome = "APPROVED"
	PartiallyApproved Outcome = "PARTIALLY_APPROVED"
	Rejected          Outcome = "REJECTED"  // on the merits
	Dismissed         Outcome = "DISMISSED" // on formal grounds
	Withdrawn         Outcome = "WITHDRAWN"
)

// Awards tells whether the outcome gives money.
func (o Outcome) Awards() bool { return o == Approved || o == PartiallyApproved }

// Case is one application's way through the directorate.
type Case struct {
	ID       uuid.UUID
	Revision int64
	// Number is how people name the case, for example "2019/17"; numbers have no holes.
	Number         string
	ApplicationID  uuid.UUID
	Reference      string
	CallID         uuid.UUID
	EnterpriseID   uuid.UUID
	EnterpriseName string
	Type           scheme.ApplicationTypeKey
	SchemeID       string
	SchemeVersion  string
	GrantYear      int
	Step           Step
	Outcome        Outcome
	// Round counts how often the case has been taken up; a round has one decision.
	Round   int32
	OwnerID string
	Late    bool
	// Amounts are in øre.
	AmountAppliedOre int64
	AmountAwardedOre int64
	ReceivedAt       time.Time
	// CallClosesAt is the call's close as it was when the case was last changed.
	CallClosesAt time.Time
	OpenedAt     time.Time
	// ScreenedVersion is the submitted version that the findings rest on.
	ScreenedVersion int32
	ScreenedAt      *time.Time
	WithdrawnAt     *time.Time
	DecidedAt       *time.Time
	// NotifiedAt is when the last of the parties was told of the decision.
	NotifiedAt *time.Time
	// AppealDeadline is when the last party's appeal period runs out; zero until one has been notified.
	AppealDeadline calendar.Date
	ClosedAt       *time.Time
	DueAt          *time.Time
	// LastEventAt is when something last happened in the case.
	LastEventAt time.Time
	// NextStep is what has to happen next; it follows from the facts: see NextStepOf.
	NextStep NextStep
}

// Etag names the revision; it changes with every change of the case.
func (c Case) Etag() string { return strconv.FormatInt(c.Revision, 10) }

// Verdict is what a finding proposes or a person answers.
type Verdict string

// The verdicts. Undetermined is only ever proposed; ContinueWithout is only ever answered, with a
// reason, when a requirement is not met and the officer goes on all the same.
const (
	Met             Verdict = "MET"
	NotMet          Verdict = "NOT_MET"
	Undetermined    Verdict = "UNDETERMINED"
	ContinueWithout Verdict = "CONTINUE_WITHOUT"
)

// Finding is what an automatic check found, and what a person made of it.
type Finding struct {
	ID uuid.UUID
	// Key is that of a formal requirement, or of a registry fact.
	Key               string
	FormalRequirement bool
	Proposed          Verdict
	// Evidence says in words what the proposal rests on.
	Evidence   []string
	Answer     Verdict
	Reason     string
	AnsweredBy string
	AnsweredAt *time.Time
}

// Score is one criterion's score with its reason.
type Score struct {
	Criterion string `json:"criterion"`
	Value     int    `json:"value"`
	Reason    string `json:"reason"`
}

// Assessment is one person's judgement, independent of the others'.
type Assessment struct {
	ID         uuid.UUID
	AssessorID string
	// Scores are as they were submitted; Changes are what moderation has changed since, oldest first.
	Scores      []Score
	Changes     []ScoreChange
	SubmittedAt *time.Time
	// SetAsideAt is when it turned out that the assessor is not impartial; the assessment counts no more.
	SetAsideAt *time.Time
}

// Recommendation is what an officer puts before a decision maker.
type Recommendation struct {
	ID            uuid.UUID
	Round         int32
	Version       int32
	Outcome       Outcome
	AmountOre     int64
	Reasons       string
	Conditions    []string
	RecommendedBy string
	RecommendedAt time.Time
	ReturnedBy    string
	ReturnNote    string
	ReturnedAt    *time.Time
}

// Decision is an administrative decision (fvl. § 2), or a dismissal.
type Decision struct {
	ID                    uuid.UUID
	Round                 int32
	RecommendationVersion int32
	Outcome               Outcome
	AmountOre             int64
	Reasons               string
	Conditions            []string
	DecidedBy             string
	DecidedAt             time.Time
}

// File is a case with everything in it.
type File struct {
	Case
	// Findings and Assessments are those of the present round.
	Findings    []Finding
	Assessments []Assessment
	// Directions are the answers of the present round to the scheme's question about continuations,
	// newest first.
	Directions []DirectionAnswer
	// Notices are the questions to the applicant, newest first.
	Notices []Notice
	// Recommendations and Decisions are those of every round, oldest first.
	Recommendations []Recommendation
	Decisions       []Decision
	// Clock is what has happened to the clock of the case, oldest first.
	Clock []ClockEvent
	// Appeals are newest first, AwardChanges oldest first.
	Appeals      []Appeal
	AwardChanges []AwardChange
	// Parties are whom the case concerns directly, the applicant first. Notifications are oldest first.
	Parties       []Party
	Notifications []PartyNotification
}

// StepOf tells where the case stands from what has happened in it.
func StepOf(f File, rules *scheme.Definition) Step {
	switch {
	case f.ClosedAt != nil || f.WithdrawnAt != nil:
		return Closed
	case f.openAppeal() != nil:
		return Appealing
	case f.NotifiedAt != nil:
		return AwaitingAppeal
	case f.DecidedAt != nil:
		return Notification
	case f.ScreenedAt == nil:
		return Screening
	case f.openNotice() != nil:
		return Completing
	case f.unanswered():
		return Clarification
	case f.before() != nil:
		return Deciding
	case f.formallyRefused() || f.assessed(rules):
		return Recommending
	}
	return Assessing
}

func (f File) unanswered() bool {
	return slices.ContainsFunc(f.Findings, func(x Finding) bool { return x.Answer == "" })
}

// formallyRefused tells whether a person has found that a requirement is not met: the case is then
// dismissed without an assessment.
func (f File) formallyRefused() bool {
	return slices.ContainsFunc(f.Findings, func(x Finding) bool { return x.Answer == NotMet })
}

// assessed tells whether enough people have assessed, and none who was asked is still at it.
func (f File) assessed(rules *scheme.Definition) bool {
	if slices.ContainsFunc(f.Assessments, Assessment.pending) {
		return false
	}
	return f.asked() >= f.assessorsNeeded(rules)
}

// before returns the recommendation that lies before a decision maker, or nil.
func (f File) before() *Recommendation {
	if latest := f.latest(); latest != nil && latest.ReturnedAt == nil {
		return latest
	}
	return nil
}

// latest returns the newest recommendation of the present round, or nil.
func (f File) latest() *Recommendation {
	if n := len(f.Recommendations); n > 0 && f.Recommendations[n-1].Round == f.Round {
		return &f.Recommendations[n-1]
	}
	return nil
}

// decision returns the decision of the present round, or nil.
func (f File) decision() *Decision {
	if n := len(f.Decisions); n > 0 && f.Decisions[n-1].Round == f.Round {
		return &f.Decisions[n-1]
	}
	return nil
}

// assessment returns the person's assessment in the present round, or nil.
func (f File) assessment(personID string) *Assessment {
	if i := slices.IndexFunc(f.Assessments, func(a Assessment) bool { return a.AssessorID == personID }); i >= 0 {
		return &f.Assessments[i]
	}
	return nil
}
