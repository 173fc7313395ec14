// Package reporting follows what enterprises report on their awards: what is due when, drafts that
// several people write on, what came in and when, what officers made of it, and the figures that
// follow from it. A due date, the first submission and each reminder are facts of their own.
package reporting

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/fault"
	"saakorn/services/scheme"
)

// State is where a report stands. It follows from the facts: see StateOf.
type State string

// The states of a report.
const (
	Open      State = "OPEN"      // nothing has been submitted
	Submitted State = "SUBMITTED" // an officer reads it
	Returned  State = "RETURNED"  // the enterprise has been asked questions
	Reviewed  State = "REVIEWED"  // it waits for somebody to approve it
	Approved  State = "APPROVED"
	Waived    State = "WAIVED" // nobody asks for it any more
)

// Report is one report on an award. It belongs to the enterprise, never to the person who began it.
type Report struct {
	ID            uuid.UUID
	Revision      int64
	AwardID       uuid.UUID
	LifecycleID   uuid.UUID
	EnterpriseID  uuid.UUID
	ApplicationID uuid.UUID
	SchemeID      string
	SchemeVersion string
	// Key is that of the scheme's calendar, or one of its own for an extra report.
	Key  string
	Kind scheme.ReportKind
	// Title is that of an extra report; empty when the scheme has one.
	Title     string
	GrantYear int
	// AmountOre is the size of the award in øre, as it was when the report was planned.
	AmountOre int64
	// HoldsPayment tells that the next instalment waits for the report, FourEyes that somebody other
	// than the reviewer approves it.
	HoldsPayment, FourEyes bool
	// DueOn is the last date for the report: the newest of its due dates.
	DueOn calendar.Date
	State State
	// Content is the working copy. Its messages are those of the contract.
	Content *saakornv1.ReportContent
	// Version counts submissions.
	Version int32
	// Unsubmitted tells that somebody has written on the working copy since the newest submitted version.
	Unsubmitted bool
	CreatedAt   time.Time
	UpdatedAt   time.Time
	// FirstSubmittedAt is when the first version came in: what timeliness is judged on.
	FirstSubmittedAt *time.Time
	SubmittedAt      *time.Time
	Late             bool
	ReturnedAt       *time.Time
	ReviewedBy       string
	ReviewedAt       *time.Time
	// Assessment is the reviewer's, and AcceptedCostOre the project costs that they accept.
	Assessment      string
	AcceptedCostOre *int64
	ApprovedBy      string
	ApprovedAt      *time.Time
	WaivedBy        string
	WaivedAt        *time.Time
	// ComparedVersion is the version that has been held against the register of accounts.
	ComparedVersion int32
}

// Etag names the revision; it changes with every change of the report.
func (r Report) Etag() string { return strconv.FormatInt(r.Revision, 10) }

// Attachment is a file that belongs to a report.
type Attachment struct {
	ID        uuid.UUID
	ReportID  uuid.UUID
	Kind      string
	FileName  string
	MediaType string
	SizeBytes int64
	// SHA256 of the bytes, in hexadecimal.
	SHA256     string
	BlobKey    string
	UploadedBy string
	UploadedAt time.Time
}

// StateOf tells where the report stands from what has happened to it.
func StateOf(r Report) State {
	switch {
	case r.WaivedAt != nil:
		return Waived
	case r.ApprovedAt != nil:
		return Approved
	case r.ReviewedAt != nil:
		return Reviewed
	case r.ReturnedAt != nil:
		return Returned
	case r.Version > 0:
		return Submitted
	}
	return Open
}

// Overdue tells whether nothing has come although the due date has passed.
func (r Report) Overdue(now time.Time) bool {
	return r.State == Open && !now.Before(r.DueOn.End())
}

// Settled tells whether nothing more is expected of anybody.
func (r Report) Settled() bool { return r.State == Approved || r.State == Waived }

// checkState refuses what does not belong to the state that the report is in.
func (r Report) checkState(allowed ...State) error {
	if slices.Contains(allowed, r.State) {
		return nil
	}
	return fault.NewPrecondition("WRONG_STATE", fmt.Sprintf("the report is %s, and this belongs to another state", r.State)).
		With("state", string(r.State))
}

// CheckEditable says whether the enterprise may change the working copy: until the report has been
// taken up for review, and again when it is returned.
func CheckEditable(r Report) error { return r.checkState(Open, Submitted, Returned) }

// Submit returns the report as it is after submission at now. The first submission decides whether it
// was in time; a later one never changes that.
func Submit(r Report, rules *scheme.Definition, files []Attachment, now time.Time) (Report, error) {
	if err := CheckEditable(r); err != nil {
		return r, err
	}
	if r.Version > 0 && !r.Unsubmitted {
		return r, fault.NewPrecondition("NOTHING_NEW", "nothing has changed since the report was submitted")
	}
	if problems := Check(r, rules, files).Problems; len(problems) > 0 {
		return r, fault.NewInvalid(problems...)
	}
	if r.FirstSubmittedAt == nil {
		r.FirstSubmittedAt, r.Late = &now, !now.Before(r.DueOn.End())
	}
	r.SubmittedAt, r.ReturnedAt = &now, nil
	r.Unsubmitted = false
	r.Version++
	return r, nil
}

// Return returns the report as it is after an officer has sent it back with questions.
func Return(r Report, now time.Time) (Report, error) {
	if err := r.checkState(Submitted, Reviewed); err != nil {
		return r, err
	}
	r.ReturnedAt, r.ReviewedAt, r.ReviewedBy, r.Assessment, r.AcceptedCostOre = &now, nil, "", "", nil
	return r, nil
}

// Review returns the report as it is after an officer has reviewed it. The costs of a final report are
// accepted in the same breath, because what is left over follows from them.
func Review(r Report, assessment string, acceptedOre *int64, reviewer string, now time.Time) (Report, error) {
	if err := r.checkState(Submitted, Reviewed); err != nil {
		return r, err
	}
	if r.Kind == scheme.FinalReport && acceptedOre == nil {
		return r, fault.Field("accepted_cost_ore", "REQUIRED", "write which project costs are accepted, in øre")
	}
	if r.Kind != scheme.FinalReport && acceptedOre != nil {
		return r, fault.Field("accepted_cost_ore", "ONLY_FINAL", "costs are accepted with the final report: leave this out")
	}
	r.ReviewedBy, r.ReviewedAt, r.Assessment, r.AcceptedCostOre = reviewer, &now, assessment, acceptedOre
	return r, nil
}

// Approve returns the report as it is after approval. Where approval lets money out, a review comes
// first and somebody else approves; otherwise one officer does both.
func Approve(r Report, approver string, now time.Time) (Report, error) {
	if r.FourEyes || r.Kind == scheme.FinalReport {
		if err := r.checkState(Reviewed); err != nil {
			return r, err
		}
	} else if err := r.checkState(Submitted, Reviewed); err != nil {
		return r, err
	}
	if r.FourEyes && r.ReviewedBy == approver {
		return r, errFourEyes()
	}
	r.ApprovedBy, r.ApprovedAt = approver, &now
	return r, nil
}

func errFourEyes() error {
	return fault.NewDenied("FOUR_EYES", "you have reviewed this report, and its approval lets money out: somebody else approves")
}

// Waive returns the report as it is after nobody asks for it any more.
func Waive(r Report, by string, now time.Time) (Report, error) {
	if err := r.checkState(Open, Submitted, Returned, Reviewed); err != nil {
		return r, err
	}
	r.WaivedBy, r.WaivedAt = by, &now
	return r, nil
}

// CheckMove says whether the due date can be moved to the date. Once something has come, the date has
// done its work.
func CheckMove(r Report, to calendar.Date, now time.Time) error {
	if err := r.checkState(Open); err != nil {
		return err
	}
	switch {
	case to == r.DueOn:
		return fault.Field("due_on", "SAME_DATE", "the report is due on this date already")
	case to.Before(calendar.On(now)):
		return fault.Field("due_on", "DATE_PASSED", "choose today or a date to come")
	}
	return nil
}

// CheckExtra says whether a report can be asked for with this due date.
func CheckExtra(due calendar.Date, now time.Time) error {
	if !due.After(calendar.On(now)) {
		return fault.Field("due_on", "DATE_PASSED", "choose a date to come, so that there is time to write")
	}
	return nil
}

// rule returns what the scheme says of the report. An extra report asks for words only.
func (r Report) rule(rules *scheme.Definition) scheme.ReportRule {
	if rule, ok := rules.Reporting.Report(r.Key); ok {
		return rule
	}
	return scheme.ReportRule{
		Key: r.Key, Kind: scheme.ExtraReport, Title: scheme.Text{Nb: r.Title, Nn: r.Title, En: r.Title},
		HoldsPayment: r.HoldsPayment, FourEyes: r.FourEyes, Parts: []scheme.ReportPartRule{{Part: scheme.PartNarrative}},
	}
}

// extraKey is the key of an extra report, which no calendar has.
func extraKey(id uuid.UUID) string { return "extra_" + strings.ReplaceAll(id.String(), "-", "") }

// NoticeKind is something that the system did because of a due date.
type NoticeKind string

// The kinds of notice.
const (
	Reminded    NoticeKind = "REMINDED"
	WentOverdue NoticeKind = "OVERDUE"
	Escalated   NoticeKind = "ESCALATED"
)

// Notice is something that the system did because of a due date, once for each date.
type Notice struct {
	Kind NoticeKind
	// DueOn is the due date that it was about, Days how many days before it a reminder was for.
	DueOn calendar.Date
	Days  int
	At    time.Time
}

// DueDate is one due date that the report has had.
type DueDate struct {
	ID        uuid.UUID
	DueOn     calendar.Date
	Reason    string
	DecidedBy string
	DecidedAt time.Time
}

// ReviewOutcome is what an officer did with a version.
type ReviewOutcome string

// The outcomes of reading a version.
const (
	OutcomeReturned ReviewOutcome = "RETURNED"
	OutcomeReviewed ReviewOutcome = "REVIEWED"
	OutcomeApproved ReviewOutcome = "APPROVED"
	OutcomeWaived   ReviewOutcome = "WAIVED"
)

// ReviewEntry is what an officer did with a version, and why.
type ReviewEntry struct {
	ID        uuid.UUID
	Version   int32
	Outcome   ReviewOutcome
	Note      string
	Questions []string
	// Fields are what each question is about, in the order of the questions; none when all are about the
	// report as a whole.
	Fields []string
	MadeBy string
	MadeAt time.Time
}

// Question is one question that a returned report has to answer.
type Question struct {
	// ID names the question in the answers of the content.
	ID, Text string
	// Field is what it is about; empty for the report as a whole.
	Field string
}

// Asked returns the questions with what each is about.
func (e ReviewEntry) Asked() []Question {
	questions := make([]Question, 0, len(e.Questions))
	for i, text := range e.Questions {
		q := Question{ID: fmt.Sprintf("%s/%d", e.ID, i+1), Text: text}
		if i < len(e.Fields) {
			q.Field = e.Fields[i]
		}
		questions = append(questions, q)
	}
	return questions
}
