// Package application takes applications from the first draft to the receipt. An application
// belongs to the enterprise, never to the person who began it.
package application

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/platform/fault"
	"saakorn/services/scheme"
)

// State is where an application stands before it becomes a case.
type State string

// The states. A draft that was not submitted before the call closed for it is missed.
const (
	Draft     State = "DRAFT"
	Submitted State = "SUBMITTED"
	Withdrawn State = "WITHDRAWN"
	Missed    State = "MISSED"
)

// Application is what an enterprise writes under one call.
type Application struct {
	ID            uuid.UUID
	Revision      int64
	CallID        uuid.UUID
	EnterpriseID  uuid.UUID
	SchemeID      string
	SchemeVersion string
	Type          scheme.ApplicationTypeKey
	State         State
	// Content is the working copy. Its messages are those of the contract: what is stored, what is
	// sent and what the rules read is one and the same thing.
	Content *saakornv1.ApplicationContent
	// Reference is empty until the first submission.
	Reference string
	// Version counts submissions.
	Version int32
	// Unsubmitted tells that the working copy differs from the newest submitted version.
	Unsubmitted bool
	Late        bool
	PreviousID  *uuid.UUID
	CreatedBy   string
	CreatedAt   time.Time
	UpdatedAt   time.Time
	// SubmittedAt is when the first version came in: what deadlines are judged on.
	SubmittedAt *time.Time
	WithdrawnAt *time.Time
	DecidedAt   *time.Time
	// CompletionUntil is how long the enterprise may complete the application after it has been asked
	// for something that is missing; nil when nothing is asked for.
	CompletionUntil *time.Time
}

// Etag names the revision; it changes with every change.
func (a Application) Etag() string { return strconv.FormatInt(a.Revision, 10) }

// Attachment is a file that belongs to an application.
type Attachment struct {
	ID            uuid.UUID
	ApplicationID uuid.UUID
	// Kind is the key of an attachment kind of the scheme.
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

// Round is the call an application is written for, with the rules that apply to it.
type Round struct {
	Call   scheme.Call
	Scheme *scheme.Definition
}

// reception says how an application begun at the given moment is received now.
func (r Round) reception(begun, now time.Time) scheme.Reception {
	return r.Scheme.Deadlines.Late.Reception(r.Call.OpensAt, r.Call.ClosesAt, begun, now)
}

// CheckBegin says whether a draft of the type can be begun now.
func CheckBegin(r Round, kind scheme.ApplicationTypeKey, now time.Time) error {
	if _, ok := r.Scheme.ApplicationType(kind); !ok {
		return fault.Field("type", "TYPE_NOT_OFFERED", "choose one of the application types of the scheme")
	}
	// A draft begun after the close is never received, so it is not begun either.
	return receptionFault(r.reception(time.Time{}, now), r)
}

// CheckEditable says whether the working copy can be changed now.
func CheckEditable(a Application, r Round, now time.Time) error {
	switch {
	case a.State == Withdrawn:
		return fault.NewPrecondition("WITHDRAWN", "the application has been withdrawn and can no longer be changed")
	case a.State == Missed:
		return fault.NewPrecondition("CALL_CLOSED", closedMessage(r))
	case a.DecidedAt != nil:
		return fault.NewPrecondition("DECIDED", "the application has been decided and can no longer be changed")
	case a.CompletionUntil != nil && now.Before(*a.CompletionUntil):
		return nil // the directorate has asked for it
	}
	reception := r.reception(a.CreatedAt, now)
	if reception == scheme.ReceptionLate && a.State == Submitted {
		// Grace is for those who did not make it, not for corrections.
		reception = scheme.ReceptionClosed
	}
	return receptionFault(reception, r)
}

func receptionFault(reception scheme.Reception, r Round) error {
	switch reception {
	case scheme.ReceptionNotOpen:
		return fault.NewPrecondition("CALL_NOT_OPEN", "the call has not opened yet").
			With("opens_at", r.Call.OpensAt.Format(time.RFC3339))
	case scheme.ReceptionClosed:
		return fault.NewPrecondition("CALL_CLOSED", closedMessage(r)).
			With("closed_at", r.Call.ClosesAt.Format(time.RFC3339))
	default:
		return nil
	}
}

func closedMessage(r Round) string {
	return fmt.Sprintf("the call %s has closed and receives no more applications", r.Call.Code)
}

// Submit returns the application as it is after submission at now: the first, or a correction. The
// caller has checked the etag and gives it a reference when it has none.
func Submit(a Application, r Round, files []Attachment, now time.Time) (Application, error) {
	if err := CheckEditable(a, r, now); err != nil {
		return a, err
	}
	if a.State == Submitted && !a.Unsubmitted {
		return a, fault.NewPrecondition("NOTHING_NEW", "nothing has changed since the application was submitted")
	}
	if problems := Check(a, files, r).Problems; len(problems) > 0 {
		return a, fault.NewInvalid(problems...)
	}
	a.Late = a.Late || a.State == Draft && r.reception(a.CreatedAt, now) == scheme.ReceptionLate
	if a.SubmittedAt == nil {
		a.SubmittedAt = &now
	}
	a.State, a.Unsubmitted, a.UpdatedAt, a.CompletionUntil = Submitted, false, now, nil
	a.Version++
	a.Revision++
	return a, nil
}

// Withdraw returns the application as it is after the enterprise has withdrawn it, at any stage
// before a decision (R17).
func Withdraw(a Application, now time.Time) (Application, error) {
	switch {
	case a.State == Withdrawn:
		return a, fault.NewPrecondition("WITHDRAWN", "the application has been withdrawn already")
	case a.DecidedAt != nil:
		return a, fault.NewPrecondition("DECIDED", "the application has been decided: an award is declined, not withdrawn")
	case a.State == Missed:
		return a, fault.NewPrecondition("CALL_CLOSED", "the application was never submitted, and the call has closed")
	}
	a.State, a.WithdrawnAt, a.UpdatedAt = Withdrawn, &now, now
	a.Revision++
	return a, nil
}

// Reference is how people name an application, for example "SE-2019-000017".
func Reference(callCode string, number int64) string {
	return fmt.Sprintf("%s-%06d", callCode, number)
}

// Prefill returns the beginning of a continuation: last year's texts and figures, without what must
// be said or signed anew (R61), and without answers and budget lines that this year's rules do not
// have: a draft with them could not be saved.
func Prefill(previous *saakornv1.ApplicationContent, d *scheme.Definition) *saakornv1.ApplicationContent {
	content, ok := proto.Clone(previous).(*saakornv1.ApplicationContent)
	if !ok {
		return &saakornv1.ApplicationContent{}
	}
	content.Declarations = nil
	content.AmountAppliedOre = 0
	for _, c := range content.GetCollaborations() {
		c.LetterOfIntentAttachmentId = ""
	}
	content.Answers = slices.DeleteFunc(content.GetAnswers(), func(a *saakornv1.Answer) bool {
		q, ok := d.Question(a.GetQuestionKey())
		return !ok || q.Field != "" || !fits(a, q)
	})
	if budget := content.GetBudget(); budget != nil {
		budget.Items = slices.DeleteFunc(budget.GetItems(), func(i *saakornv1.BudgetItem) bool {
			_, ok := d.BudgetLine(i.GetLineKey())
			return !ok
		})
	}
	return content
}

// Digest is the checksum on the receipt: it covers the content and every attachment's own checksum,
// so that anybody can prove what was submitted.
func Digest(content *saakornv1.ApplicationContent, files []Attachment) (string, error) {
	body, err := proto.MarshalOptions{Deterministic: true}.Marshal(content)
	if err != nil {
		return "", fmt.Errorf("encode the content: %w", err)
	}
	sums := make([]string, 0, len(files))
	for _, f := range files {
		sums = append(sums, f.SHA256)
	}
	slices.Sort(sums)
	sum := sha256.New()
	sum.Write(body)
	for _, s := range sums {
		sum.Write([]byte(s))
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
