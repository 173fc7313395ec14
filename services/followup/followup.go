// Package followup follows enterprises while they have the grant and after it: check-ins, the assessment of
// sustainability, signals that call for a talk, what enterprises need to learn, and what became of them. It
// finds reasons to talk. Nothing in it is a sanction.
package followup

import (
	"strconv"
	"time"

	"github.com/google/uuid"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/fault"
	"saakorn/services/scheme"
)

func etag(revision int64) string { return strconv.FormatInt(revision, 10) }

// Plan says how closely an enterprise is followed in a grant year.
type Plan struct {
	GrantYear int
	Risk      scheme.Risk
	Reason    string
	DecidedBy string
	DecidedAt time.Time
}

// CheckinState is where a check-in stands.
type CheckinState string

// The states of a check-in.
const (
	Planned   CheckinState = "PLANNED"
	Held      CheckinState = "HELD"
	Cancelled CheckinState = "CANCELLED"
)

// Checkin is a talk with an enterprise.
type Checkin struct {
	ID           uuid.UUID
	Revision     int64
	LifecycleID  uuid.UUID
	EnterpriseID uuid.UUID
	GrantYear    int
	PlannedOn    calendar.Date
	State        CheckinState
	// HeldOn is zero until it has been held.
	HeldOn  calendar.Date
	Channel string
	// Notes are shared with the enterprise, InternalNotes are not.
	Notes, InternalNotes string
	CancelReason         string
	InvitedAt            *time.Time
	// LateAt is when an officer was asked why there had been none.
	LateAt    *time.Time
	SettledBy string
	SettledAt *time.Time
}

// Etag names the revision; it changes with every change of the check-in.
func (c Checkin) Etag() string { return etag(c.Revision) }

func (c Checkin) checkPlanned() error {
	if c.State != Planned {
		return fault.NewPrecondition("CHECKIN_SETTLED", "the check-in has been held or cancelled")
	}
	return nil
}

// Move returns the check-in on another date. The enterprise is told anew.
func Move(c Checkin, to calendar.Date, now time.Time) (Checkin, error) {
	if err := c.checkPlanned(); err != nil {
		return c, err
	}
	if to.Before(calendar.On(now)) {
		return c, fault.Field("planned_on", "DATE_PASSED", "choose today or a date to come")
	}
	c.PlannedOn, c.InvitedAt, c.LateAt = to, nil, nil
	return c, nil
}

// Hold returns the check-in as it is after it was held.
func Hold(c Checkin, on calendar.Date, by string, now time.Time) (Checkin, error) {
	if err := c.checkPlanned(); err != nil {
		return c, err
	}
	if on.After(calendar.On(now)) {
		return c, fault.Field("held_on", "DATE_TO_COME", "write the date on which you talked")
	}
	c.State, c.HeldOn, c.SettledBy, c.SettledAt = Held, on, by, &now
	return c, nil
}

// Cancel returns the check-in as it is after it was cancelled.
func Cancel(c Checkin, reason, by string, now time.Time) (Checkin, error) {
	if err := c.checkPlanned(); err != nil {
		return c, err
	}
	c.State, c.CancelReason, c.SettledBy, c.SettledAt = Cancelled, reason, by, &now
	return c, nil
}

// ActionPoint is something that was agreed on.
type ActionPoint struct {
	ID          uuid.UUID
	Revision    int64
	LifecycleID uuid.UUID
	// CheckinID is Nil for one that was agreed on between check-ins.
	CheckinID uuid.UUID
	Text      string
	// OwnerID is a person of the directorate; empty when it is the enterprise's.
	OwnerID string
	DueOn   calendar.Date
	State   string
	Note    string
}

// SignalKind is what calls for a talk.
type SignalKind string

// The kinds of signal.
const (
	RunwayShort      SignalKind = "RUNWAY"             // the money lasts for few months without the grant
	EarnedShareFalls SignalKind = "EARNED_SHARE_FALLS" // a smaller share of the income is earned than the year before
	ReportMissing    SignalKind = "REPORT_MISSING"     // a report is overdue
	KeyPerson        SignalKind = "KEY_PERSON"         // the enterprise hangs on one person (R72)
	Creaming         SignalKind = "CREAMING"           // those furthest from work get work much less often
	IntakeGap        SignalKind = "INTAKE_GAP"         // fewer of those furthest from work than was planned
)

// SignalState is what has become of a signal.
type SignalState string

// The states of a signal.
const (
	SignalOpen SignalState = "OPEN"
	Talked     SignalState = "TALKED"
	Dismissed  SignalState = "DISMISSED"
)

// Signal is something that calls for a talk.
type Signal struct {
	ID          uuid.UUID
	Revision    int64
	LifecycleID uuid.UUID
	Kind        SignalKind
	// Basis names what it rests on: there is one signal for each kind and basis.
	Basis     string
	Facts     map[string]string
	State     SignalState
	RaisedAt  time.Time
	Note      string
	SettledBy string
	SettledAt *time.Time
}

// QuestionState is where a question after the grant stands.
type QuestionState string

// The states of a question.
const (
	QuestionPlanned QuestionState = "PLANNED"
	Asked           QuestionState = "ASKED"
	Answered        QuestionState = "ANSWERED"
	Unanswered      QuestionState = "UNANSWERED" // nobody asks any more
)

// Question is what an enterprise is asked after the grant.
type Question struct {
	ID           uuid.UUID
	Revision     int64
	LifecycleID  uuid.UUID
	EnterpriseID uuid.UUID
	SchemeID     string
	Months       int
	DueOn        calendar.Date
	State        QuestionState
	AskedAt      *time.Time
	RemindedAt   *time.Time
	Answer       *saakornv1.AfterAnswer
	AnsweredBy   string
	AnsweredAt   *time.Time
}

// Etag names the revision; it changes with every change of the question.
func (q Question) Etag() string { return etag(q.Revision) }

// AnswerBy returns the date on which nobody asks any more; the zero date while nobody waits for an answer.
func (q Question) AnswerBy(rules scheme.AfterRules) calendar.Date {
	if q.State != Asked || q.AskedAt == nil {
		return calendar.Date{}
	}
	return calendar.On(*q.AskedAt).AddDays(rules.GiveUpDays)
}

// CheckAnswer says what is wrong with an answer. Numbers have to be able to be true together.
func CheckAnswer(q Question, a *saakornv1.AfterAnswer) error {
	if q.State == QuestionPlanned {
		return fault.NewPrecondition("NOT_ASKED", "it is too early to answer: you will be asked")
	}
	if q.State == Answered {
		return fault.NewPrecondition("ANSWERED", "the question has been answered")
	}
	var wrong []fault.Violation
	pairs := []struct {
		field      string
		part, all  *int64
		wholeField string
	}{
		{"in_work_6m", a.InWork_6M, a.Followed_6M, "followed_6m"},
		{"in_work_12m", a.InWork_12M, a.Followed_12M, "followed_12m"},
	}
	for _, p := range pairs {
		switch {
		case (p.part == nil) != (p.all == nil):
			wrong = append(wrong, fault.Violation{Field: "answer." + p.field, Reason: "INCOMPLETE", Description: "write both how many you know of and how many are in work, or neither"})
		case p.part != nil && *p.part > *p.all:
			wrong = append(wrong, fault.Violation{Field: "answer." + p.field, Reason: "MORE_THAN_THE_WHOLE", Description: "this is part of " + p.wholeField + ": it cannot be larger"})
		}
	}
	if a.GetLedTo() == "" {
		wrong = append(wrong, fault.Violation{Field: "answer.led_to", Reason: "REQUIRED", Description: "write what the grant led to"})
	}
	if len(wrong) > 0 {
		return fault.NewInvalid(wrong...)
	}
	return nil
}
