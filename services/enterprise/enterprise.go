// Package enterprise holds the register of enterprises: what the public registers and reports say
// about them, who may act for them, and their relations to Nav units (R51, R59).
package enterprise

import (
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"saakorn/services/platform/fault"
)

// RegistrySource is the source of enterprises that were registered from the Register of Legal
// Entities.
const RegistrySource = "Enhetsregisteret"

// Enterprise is one entry of the register.
type Enterprise struct {
	ID       uuid.UUID
	Revision int64
	// OrganizationNumber is empty for an enterprise that is known from a report only, ReportKey for
	// one that no report names.
	OrganizationNumber OrganizationNumber
	ReportKey          string
	Name               string
	// FormCode is the organisation form as registered, for example AS; empty for an enterprise known
	// from a report.
	FormCode string
	// StatedForm, StatedLocation and StatedTargetGroup are as a report words them, StatedGrantYears
	// the years in which it says that the directorate gave a grant.
	StatedForm        string
	StatedLocation    string
	StatedTargetGroup string
	StatedGrantYears  []int32
	Note              string
	// Source says where the entry comes from: [RegistrySource], or a report and its page.
	Source             string
	MunicipalityNumber string
	MunicipalityName   string
	// RegisteredVoluntary tells whether the enterprise is in the voluntary registry, the fifth formal
	// requirement of the grant.
	RegisteredVoluntary bool
	Bankrupt            bool
	UnderLiquidation    bool
	// Deleted tells that the enterprise has been removed from the Register of Legal Entities.
	Deleted bool
	// Language of letters: nb, nn or en.
	Language string
	// RegistryCheckedAt is how old the registry's facts are; the zero time when it was never asked.
	RegistryCheckedAt time.Time
	RegisteredAt      time.Time
}

// Etag names the revision; it changes with every change.
func (e Enterprise) Etag() string { return strconv.FormatInt(e.Revision, 10) }

// Right is what a person may do for an enterprise. The empty right is none at all.
type Right string

// The rights. Each includes the ones before it.
const (
	Reader        Right = "READER"        // sees what belongs to the enterprise
	Editor        Right = "EDITOR"        // drafts and submits
	Administrator Right = "ADMINISTRATOR" // decides who else may act
)

// CanRead tells whether the right lets a person see what belongs to the enterprise.
func (r Right) CanRead() bool { return r == Reader || r.CanEdit() }

// CanEdit tells whether the right lets a person draft and submit for the enterprise.
func (r Right) CanEdit() bool { return r == Editor || r.CanAdminister() }

// CanAdminister tells whether the right lets a person decide who else may act.
func (r Right) CanAdminister() bool { return r == Administrator }

// Member is somebody who may act for an enterprise now.
type Member struct {
	PersonID string
	// Name is empty when the person is not known by name.
	Name  string
	Right Right
	Since time.Time
}

// Members are all who may act for one enterprise now.
type Members []Member

// Find returns the person's membership; false when the person has none.
func (m Members) Find(personID string) (Member, bool) {
	i := slices.IndexFunc(m, func(member Member) bool { return member.PersonID == personID })
	if i < 0 {
		return Member{}, false
	}
	return m[i], true
}

// Right returns what the person may do, and the empty right when that is nothing.
func (m Members) Right(personID string) Right {
	member, _ := m.Find(personID)
	return member.Right
}

// CheckGive says whether the caller may give the person the right, in place of the one the person
// may have. Only an administrator may, and the enterprise must keep one. Somebody who may not even
// see the enterprise gets a NotFound fault.
func (m Members) CheckGive(callerID, personID string, right Right) error {
	if err := m.checkAdministrator(callerID); err != nil {
		return err
	}
	if !right.CanAdminister() && m.lastAdministrator(personID) {
		return errLastAdministrator()
	}
	return nil
}

// CheckEnd says whether the caller may end the person's right to act, under the rules of
// [Members.CheckGive].
func (m Members) CheckEnd(callerID, personID string) error {
	if err := m.checkAdministrator(callerID); err != nil {
		return err
	}
	if _, ok := m.Find(personID); !ok {
		return fault.NewNotFound("member")
	}
	if m.lastAdministrator(personID) {
		return errLastAdministrator()
	}
	return nil
}

func (m Members) checkAdministrator(callerID string) error {
	switch right := m.Right(callerID); {
	case right.CanAdminister():
		return nil
	case right.CanRead():
		return fault.NewDenied("NOT_ADMINISTRATOR", "only an administrator of the enterprise decides who else may act: ask one of them")
	}
	return errNotFound()
}

// lastAdministrator tells whether nobody else could decide who may act.
func (m Members) lastAdministrator(personID string) bool {
	return m.Right(personID).CanAdminister() && !slices.ContainsFunc(m, func(member Member) bool {
		return member.Right.CanAdminister() && member.PersonID != personID
	})
}

func errLastAdministrator() error {
	return fault.NewPrecondition("LAST_ADMINISTRATOR", "this is the enterprise's last administrator: make somebody else administrator first")
}

func errNotFound() error { return fault.NewNotFound("enterprise") }
