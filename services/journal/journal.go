// Package journal keeps the journal of documents in, out and within the house, after Noark 5, and
// opens it to the public (offentleglova § 3). Other contexts write an entry in the transaction that
// makes the document; numbers run without holes and never change.
package journal

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"saakorn/services/platform/calendar"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/nationalid"
)

// Type is a Noark 5 journalposttype.
type Type string

// The types.
const (
	Incoming         Type = "I"
	Outgoing         Type = "U"
	InternalFollowUp Type = "N" // for somebody in the house to act upon
	Internal         Type = "X" // nothing follows
	CasePresentation Type = "S" // to a board; Såkorn has none, and its recommendations are N
)

// Status is a Noark 5 journalstatus.
type Status string

// The statuses.
const (
	Journaled  Status = "J"
	Finished   Status = "F" // written, and on its way out
	Approved   Status = "G"
	Dispatched Status = "E"
	Archived   Status = "A"
	Cancelled  Status = "U" // journaled by mistake; the number stays
)

// Role is a Noark 5 korrespondanseparttype.
type Role string

// The roles.
const (
	Sender            Role = "EA"
	Recipient         Role = "EM"
	CopyRecipient     Role = "EK"
	InternalSender    Role = "IA"
	InternalRecipient Role = "IM"
)

// Correspondent is who a document comes from or goes to.
type Correspondent struct {
	Role Role `json:"role"`
	// Name is empty for the party, whose name the journal learns when the case is opened.
	Name string `json:"name,omitempty"`
	// Person tells that the name is that of a person, whom the public journal does not name.
	Person bool `json:"person,omitempty"`
	Party  bool `json:"party,omitempty"`
}

// Party returns the case's party in the role.
func Party(role Role) Correspondent { return Correspondent{Role: role, Party: true} }

// Colleague returns somebody in the house in the role.
func Colleague(role Role, name string) Correspondent {
	return Correspondent{Role: role, Name: name, Person: true}
}

// Entry is what a context tells of a document that it makes or receives.
type Entry struct {
	// Source names the document, for example "letter/<id>": it is journaled once.
	Source        string
	ApplicationID uuid.UUID
	Type          Type
	// Title may name persons and outcomes; PublicTitle never does.
	Title, PublicTitle string
	// DocumentDate is the document's own date; zero means that of WrittenAt. ReceivedOn belongs to
	// incoming documents, with the same default; SentOn is zero until the document has been sent.
	DocumentDate, ReceivedOn, SentOn calendar.Date
	Correspondents                   []Correspondent
	// Attachments counts the files that go with the document.
	Attachments int
	WrittenAt   time.Time
}

// status is what an entry begins with.
func (e Entry) status() Status {
	switch {
	case e.Type != Outgoing:
		return Journaled
	case e.SentOn.IsZero():
		return Finished
	}
	return Dispatched
}

// completed returns the entry with the dates that follow from when it was written.
func (e Entry) completed() (Entry, error) {
	switch {
	case e.Source == "" || e.ApplicationID == uuid.Nil || e.WrittenAt.IsZero():
		return e, errors.New("a journal entry needs a source, an application and a time")
	case e.Title == "" || e.PublicTitle == "":
		return e, fmt.Errorf("the journal entry of %s needs both titles", e.Source)
	}
	if e.DocumentDate.IsZero() {
		e.DocumentDate = calendar.On(e.WrittenAt)
	}
	if e.Type == Incoming && e.ReceivedOn.IsZero() {
		e.ReceivedOn = calendar.On(e.WrittenAt)
	}
	if e.Correspondents == nil {
		e.Correspondents = []Correspondent{}
	}
	return e, nil
}

// File is what the journal is told of a case when it is opened.
type File struct {
	ApplicationID, CaseID uuid.UUID
	// CaseNumber is as people name the case, for example "2019/17".
	CaseNumber string
	// PartyName is the enterprise's name. PartyIsPerson tells that it holds a person's name, as that
	// of a sole proprietorship does: the public journal then leaves it out.
	PartyName     string
	PartyIsPerson bool
}

// Disclosure says whether the public may see a document.
type Disclosure string

// The outcomes of an assessment. An entry that nobody has assessed yet is assessed when somebody
// asks for the document, at the latest (offl. § 29).
const (
	NotAssessed Disclosure = "NOT_ASSESSED"
	Open        Disclosure = "OPEN"
	Partly      Disclosure = "PARTLY"
	Screened    Disclosure = "SCREENED"
)

// Journaling is an entry with its numbers.
type Journaling struct {
	Entry

	ID       uuid.UUID
	Revision int64
	// Year and Sequence name the entry in the journal, Number within the case.
	Year, Sequence, Number int32
	JournaledOn            calendar.Date
	Status                 Status
	CaseID                 uuid.UUID
	CaseNumber             string
	Disclosure             Disclosure
	LegalBasis             string
	AssessedBy             string
	AssessedOn             calendar.Date
}

// Etag names the revision; it changes with every change of the entry.
func (j Journaling) Etag() string { return strconv.FormatInt(j.Revision, 10) }

// Reference is how people name the entry: case number and number within it, for example "2019/17-3".
func (j Journaling) Reference() string { return reference(j.CaseNumber, j.Number) }

func reference(caseNumber string, number int32) string {
	return fmt.Sprintf("%s-%d", caseNumber, number)
}

// asPublic returns the entry with nothing in it that the public journal would not tell.
func (j Journaling) asPublic() Journaling {
	j.Title, j.Correspondents, j.AssessedBy = j.PublicTitle, j.Public(), ""
	return j
}

// Public returns the correspondents as the public may see them: persons without names (offl. § 13
// and the rules of public journals; the agency's own staff are left out in the same way).
func (j Journaling) Public() []Correspondent {
	list := make([]Correspondent, 0, len(j.Correspondents))
	for _, c := range j.Correspondents {
		if c.Person {
			c.Name = ""
		}
		list = append(list, c)
	}
	return list
}

// inStatute tells whether a legal basis begins in offentleglova, for example «offl. § 13 jf. fvl. § 13».
func inStatute(legalBasis string) bool {
	section, ok := strings.CutPrefix(legalBasis, "offl. § ")
	return ok && section != "" && '1' <= section[0] && section[0] <= '9'
}

// CheckAssessment says what is wrong with a disclosure assessment. What is screened needs a legal
// basis in offentleglova, and what is open has none (offl. § 3).
func CheckAssessment(d Disclosure, legalBasis, publicTitle string) error {
	var wrong []fault.Violation
	if d == Open && legalBasis != "" {
		wrong = append(wrong, fault.Violation{Field: "legal_basis", Reason: "NOTHING_IS_SCREENED", Description: "leave the legal basis empty when nothing is screened"})
	}
	if d != Open && !inStatute(legalBasis) {
		wrong = append(wrong, needsStatute())
	}
	if len(nationalid.Find(publicTitle)) > 0 {
		wrong = append(wrong, fault.Violation{Field: "public_title", Reason: "NATIONAL_IDENTITY_NUMBER", Description: "this holds a national identity number: the title is for everybody to read"})
	}
	if len(wrong) > 0 {
		return fault.NewInvalid(wrong...)
	}
	return nil
}

func needsStatute() fault.Violation {
	return fault.Violation{Field: "legal_basis", Reason: "NO_LEGAL_BASIS", Description: "name the provision of offentleglova first, for example «offl. § 13 jf. fvl. § 13»"}
}

// Answer is how a request for access was answered; empty until it is.
type Answer string

// The answers.
const (
	Granted       Answer = "GRANTED"
	PartlyGranted Answer = "PARTLY"
	Refused       Answer = "REFUSED"
)

// AccessRequest is somebody's request to see a document. Who asks need not say who they are.
type AccessRequest struct {
	ID       uuid.UUID
	Revision int64
	EntryID  uuid.UUID
	// Reference is that of the entry.
	Reference         string
	Email, Name, Note string
	ReceivedAt        time.Time
	// DueOn is the date by which the house means to answer.
	DueOn               calendar.Date
	Answer              Answer
	LegalBasis, Reasons string
	AnsweredBy          string
	AnsweredAt          *time.Time
}

// Etag names the revision; it changes when the request is answered.
func (r AccessRequest) Etag() string { return strconv.FormatInt(r.Revision, 10) }

// CheckAnswer says whether the request can be answered like this. Whoever does not get everything
// is told the provision and the reasons (offl. § 31).
func CheckAnswer(r AccessRequest, a Answer, legalBasis, reasons string) error {
	if r.Answer != "" {
		return fault.NewPrecondition("ANSWERED", "the request has been answered: somebody who disagrees may appeal or ask again")
	}
	var wrong []fault.Violation
	switch {
	case a == Granted && legalBasis != "":
		wrong = append(wrong, fault.Violation{Field: "legal_basis", Reason: "NOTHING_IS_SCREENED", Description: "leave the legal basis empty when everything is granted"})
	case a != Granted && !inStatute(legalBasis):
		wrong = append(wrong, needsStatute())
	}
	if a != Granted && strings.TrimSpace(reasons) == "" {
		wrong = append(wrong, fault.Violation{Field: "reasons", Reason: "REQUIRED", Description: "give the reasons when not everything is granted"})
	}
	if len(wrong) > 0 {
		return fault.NewInvalid(wrong...)
	}
	return nil
}

// appealWeeks is how long a refusal can be appealed (offl. § 32, which points to fvl. § 29).
const appealWeeks = 3

// AppealDeadline returns the last date for an appeal of the answer, counted from when it was given;
// false when everything is granted or nothing has been answered.
func (r AccessRequest) AppealDeadline() (calendar.Date, bool) {
	if r.AnsweredAt == nil || r.Answer == Granted {
		return calendar.Date{}, false
	}
	return calendar.AfterWeeks(calendar.On(*r.AnsweredAt), appealWeeks), true
}

// DueOn returns the date so many workdays after the day on which a request came in. Requests are to
// be answered without undue delay (offl. § 29); the days are each installation's own.
func DueOn(received time.Time, workdays int) calendar.Date {
	due := calendar.On(received)
	for range workdays {
		due = calendar.NextWorkday(due.AddDays(1))
	}
	return due
}
