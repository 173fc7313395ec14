// Package grant follows a grant after it has been decided: the lifecycle of an enterprise under a
// scheme, the award of each year with its conditions, and the measures that an award can meet with.
package grant

import (
	"strconv"
	"time"

	"github.com/google/uuid"

	"saakorn/services/platform/calendar"
	"saakorn/services/scheme"
)

// LifecycleState tells whether a lifecycle goes on.
type LifecycleState string

// The states of a lifecycle.
const (
	Active          LifecycleState = "ACTIVE"
	LifecycleClosed LifecycleState = "CLOSED"
)

// ExitKind is how an enterprise leaves the scheme.
type ExitKind string

// The exits.
const (
	ExitSustainable ExitKind = "SUSTAINABLE" // it lives without the grant
	ExitYearsUsed   ExitKind = "YEARS_USED"  // every year that the cap allows is used
	ExitStopped     ExitKind = "STOPPED"     // the grant was stopped by a decision
	ExitWithdrawn   ExitKind = "WITHDRAWN"   // the enterprise wants no more
	ExitMerged      ExitKind = "MERGED"
	ExitBankrupt    ExitKind = "BANKRUPT"
)

// Lifecycle is the relationship between an enterprise and a scheme, over years.
type Lifecycle struct {
	ID           uuid.UUID
	Revision     int64
	SchemeID     string
	EnterpriseID uuid.UUID
	OpenedAt     time.Time
	// OwnerID is the officer who is the enterprise's contact; empty while there is none (R26).
	OwnerID string
	State   LifecycleState
	// Exit is how it ended; the zero value while it goes on and nobody has prepared the end.
	Exit     Exit
	ClosedAt *time.Time
	// RegistryWatchedAt is when the registries were asked about the enterprise the last time.
	RegistryWatchedAt *time.Time
	// Earlier are the grant years from before the lifecycle was kept here, in order.
	Earlier []EarlierYear
}

// Etag names the revision; it changes with every change of the lifecycle.
func (l Lifecycle) Etag() string { return strconv.FormatInt(l.Revision, 10) }

// Exit is how a lifecycle ends.
type Exit struct {
	Kind ExitKind
	// On is the calendar date from which the enterprise has left the scheme.
	On         calendar.Date
	Reasons    string
	PreparedBy string
	DecidedBy  string
}

// EarlierYear is a grant year from before the lifecycle was kept here.
type EarlierYear struct {
	Year        int
	Development bool
	// AmountOre is what was granted, in øre; nil when that is not known.
	AmountOre *int64
	// Source says where it is known from.
	Source     string
	RecordedBy string
	RecordedAt time.Time
}

// AwardState is where an award stands.
type AwardState string

// The states of an award.
const (
	Offered  AwardState = "OFFERED"  // the enterprise has been told and has not answered
	Accepted AwardState = "ACCEPTED" // somebody who may act for it has accepted the terms
	Declined AwardState = "DECLINED"
	Lapsed   AwardState = "LAPSED"  // nobody accepted in time
	Stopped  AwardState = "STOPPED" // by a decision, or because an appeal took the award away
	Closed   AwardState = "CLOSED"  // reported on and settled
)

// AwardStates returns every state of an award.
func AwardStates() []AwardState {
	return []AwardState{Offered, Accepted, Declined, Lapsed, Stopped, Closed}
}

// Award is what a decision gives an enterprise for one grant year.
type Award struct {
	ID            uuid.UUID
	Revision      int64
	LifecycleID   uuid.UUID
	CaseID        uuid.UUID
	ApplicationID uuid.UUID
	CallID        uuid.UUID
	// CaseNumber and Reference are how people name the case and the application.
	CaseNumber, Reference string
	// DecisionID is the decision that it rests on; RecommendedBy and DecidedBy stand under it.
	DecisionID               uuid.UUID
	RecommendedBy, DecidedBy string
	EnterpriseID             uuid.UUID
	SchemeID                 string
	SchemeVersion            string
	GrantYear                int
	// YearNumber is the n of "year n of 5" (R62); 0 when the year does not count towards the cap.
	YearNumber int
	Type       scheme.ApplicationTypeKey
	// AmountOre is what may be paid at most now, in øre: the commitment less reductions.
	AmountOre int64
	// CommittedOre is what the newest decision of the case took out of the frame, ReleasedOre the part
	// of it that has been given back, in øre.
	CommittedOre, ReleasedOre int64
	State                     AwardState
	// OfferedAt is when the enterprise was notified of the decision.
	OfferedAt time.Time
	// AcceptBy is the last date for accepting the terms (Europe/Oslo).
	AcceptBy   calendar.Date
	AcceptedAt *time.Time
	// AcceptedBy and DeclinedBy are people who may act for the enterprise.
	AcceptedBy    string
	DeclinedAt    *time.Time
	DeclinedBy    string
	DeclineReason string
	LapsedAt      *time.Time
	StoppedAt     *time.Time
	// SpendBy is the last date on which costs of the grant may arise.
	SpendBy  calendar.Date
	ClosedAt *time.Time
}

// Etag names the revision; it changes with every change of the award.
func (a Award) Etag() string { return strconv.FormatInt(a.Revision, 10) }

// BoundOre returns how much of the frame the award holds, in øre.
func (a Award) BoundOre() int64 { return a.CommittedOre - a.ReleasedOre }

// ConditionState tells what has become of a condition.
type ConditionState string

// The states of a condition.
const (
	ConditionOpen   ConditionState = "OPEN"
	ConditionMet    ConditionState = "MET"
	ConditionWaived ConditionState = "WAIVED"
)

// Condition is a condition of an award.
type Condition struct {
	ID       uuid.UUID
	Revision int64
	AwardID  uuid.UUID
	// Ordinal is its place in the grant letter, from 1.
	Ordinal int32
	Text    string
	// DueOn is the last date for meeting it; zero when there is none.
	DueOn calendar.Date
	State ConditionState
	// Reason says what shows that it is met, or why it is waived.
	Reason    string
	SettledBy string
	SettledAt *time.Time
}

// Etag names the revision; it changes with every change of the condition.
func (c Condition) Etag() string { return strconv.FormatInt(c.Revision, 10) }

// Suspension is a time in which nothing is paid of an award.
type Suspension struct {
	ID       uuid.UUID
	Revision int64
	AwardID  uuid.UUID
	// MeasureID is the decision that it rests on.
	MeasureID  uuid.UUID
	Reason     string
	StartsAt   time.Time
	PreparedBy string
	DecidedBy  string
	// LiftPreparedBy has proposed to lift it and LiftReason says why; empty when nobody has.
	LiftPreparedBy string
	LiftPreparedAt *time.Time
	LiftReason     string
	LiftedBy       string
	LiftedAt       *time.Time
}

// Etag names the revision; it changes with every change of the suspension.
func (s Suspension) Etag() string { return strconv.FormatInt(s.Revision, 10) }

// InForce tells whether the suspension stops payments at now.
func (s Suspension) InForce(now time.Time) bool {
	return !now.Before(s.StartsAt) && (s.LiftedAt == nil || now.Before(*s.LiftedAt))
}

// MeasureKind is what a measure does to an award.
type MeasureKind string

// The measures against an award. Each is an administrative decision that can be appealed.
const (
	Suspend MeasureKind = "SUSPENSION" // nothing is paid until it is lifted
	Stop    MeasureKind = "STOP"       // nothing more is paid at all
	Reduce  MeasureKind = "REDUCTION"  // less is paid
	Recover MeasureKind = "RECOVERY"   // what has been paid is claimed back
)

// MeasureState is how far a measure has come.
type MeasureState string

// The states of a measure.
const (
	MeasureProposed    MeasureState = "PROPOSED"    // somebody has to look at it; the party knows nothing yet
	MeasureNotified    MeasureState = "NOTIFIED"    // the party may comment (fvl. § 16)
	MeasureRecommended MeasureState = "RECOMMENDED" // it lies before a decision maker
	MeasureDecided     MeasureState = "DECIDED"
	MeasureDropped     MeasureState = "DROPPED"
	MeasureReversed    MeasureState = "REVERSED" // an appeal has undone it
)

// Measure is a measure against an award, from the proposal to the decision.
type Measure struct {
	ID       uuid.UUID
	Revision int64
	AwardID  uuid.UUID
	Kind     MeasureKind
	State    MeasureState
	// AmountOre is by how much the award is reduced or what is claimed back, in øre; 0 for the others.
	AmountOre int64
	// Grounds are what it is about, as the party is told.
	Grounds string
	// ProposedBy is [saakorn/services/platform/access.SystemID] when a procedure proposes it.
	ProposedBy string
	ProposedAt time.Time
	NotifiedBy string
	NotifiedAt *time.Time
	// CommentBy is the last date for the party's comments; zero when it has not been notified.
	CommentBy calendar.Date
	// NoNoticeReason says why the party was not notified first (fvl. § 16 third paragraph).
	NoNoticeReason string
	Comments       string
	CommentedBy    string
	CommentedAt    *time.Time
	RecommendedBy  string
	RecommendedAt  *time.Time
	// Involved is everybody who has proposed, notified or recommended it in any version: none of them
	// decides it.
	Involved  []string
	Reasons   string
	DecidedBy string
	DecidedAt *time.Time
	// ToldAt is when the letter about the decision was sent.
	ToldAt     *time.Time
	DroppedBy  string
	DroppedAt  *time.Time
	DropReason string
	// ReversedAt is when an appeal undid it.
	ReversedAt *time.Time
}

// Etag names the revision; it changes with every change of the measure.
func (m Measure) Etag() string { return strconv.FormatInt(m.Revision, 10) }

// ChangeKind is what a change request is about.
type ChangeKind string

// The kinds of change (R49).
const (
	Rebudget   ChangeKind = "REBUDGET"  // money moves between lines of the budget; the amount stays
	Extension  ChangeKind = "EXTENSION" // more time to spend the grant
	NewContact ChangeKind = "CONTACT"
)

// ChangeState is where a change request stands.
type ChangeState string

// The states of a change request.
const (
	ChangeSubmitted   ChangeState = "SUBMITTED"
	ChangeRecommended ChangeState = "RECOMMENDED"
	ChangeApproved    ChangeState = "APPROVED"
	ChangeRejected    ChangeState = "REJECTED"
	ChangeWithdrawn   ChangeState = "WITHDRAWN"
)

// BudgetMove is money to or, below zero, from one line of the budget, in øre.
type BudgetMove struct {
	Line      string `json:"line"`
	AmountOre int64  `json:"amount_ore"`
}

// ChangeRequest is a change that an enterprise asks for.
type ChangeRequest struct {
	ID       uuid.UUID
	Revision int64
	AwardID  uuid.UUID
	Kind     ChangeKind
	State    ChangeState
	Grounds  string
	// Moves are those of a rebudgeting, SpendBy the new last date of an extension.
	Moves                     []BudgetMove
	SpendBy                   calendar.Date
	ContactName, ContactEmail string
	SubmittedBy               string
	SubmittedAt               time.Time
	// Approve is what the officer recommends, and then what was decided.
	Approve       bool
	RecommendedBy string
	RecommendedAt *time.Time
	// Involved is everybody who has recommended it in any version.
	Involved  []string
	Reasons   string
	DecidedBy string
	DecidedAt *time.Time
}

// Etag names the revision; it changes with every change of the request.
func (c ChangeRequest) Etag() string { return strconv.FormatInt(c.Revision, 10) }

// AcceptanceExtension is a decision to give more time to accept.
type AcceptanceExtension struct {
	ID            uuid.UUID
	Before, Until calendar.Date
	Reason        string
	ExtendedBy    string
	ExtendedAt    time.Time
}

// ExitPlan is a version of the plan for the time after the grant, made for one grant year (R62).
type ExitPlan struct {
	ID          uuid.UUID
	GrantYear   int
	Version     int32
	Route       string
	Description string
	Steps       []ExitStep
	SubmittedBy string
	SubmittedAt time.Time
}

// ExitStep is one step on the way out.
type ExitStep struct {
	Text  string        `json:"text"`
	DueOn calendar.Date `json:"due_on"`
}

// Handover says what was learned and who carries it on (R48).
type Handover struct {
	Learned, Receiver, Adopted string
	HandedOverOn               calendar.Date
}

// File is an award with everything about it.
type File struct {
	Award
	Rules *scheme.Definition
	// Conditions are in the order of the grant letter; the others oldest first.
	Conditions  []Condition
	Suspensions []Suspension
	Measures    []Measure
	Appeals     []MeasureAppeal
	Changes     []ChangeRequest
	Extensions  []AcceptanceExtension
	// AppealDeadline is the last date for an appeal of the decision.
	AppealDeadline calendar.Date
}
