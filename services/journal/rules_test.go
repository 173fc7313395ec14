package journal

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"saakorn/services/platform/calendar"
	"saakorn/services/platform/fault"
)

// nobodysNumber is a valid national identity number of the synthetic kind (month raised by 80).
const nobodysNumber = "01819100140"

// wantViolations demands a fault that names exactly these, each as "field REASON"; no error for none.
func wantViolations(t *testing.T, err error, want ...string) {
	t.Helper()
	var got []string
	if f, ok := errors.AsType[*fault.Fault](err); ok {
		for _, v := range f.Violations {
			got = append(got, v.Field+" "+v.Reason)
		}
	} else if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("violations (-want +got):\n%s", diff)
	}
}

func TestWhatIsScreenedNeedsAProvisionOfOffentleglova(t *testing.T) {
	for name, test := range map[string]struct {
		disclosure         Disclosure
		legalBasis, public string
		want               []string
	}{
		"open":                             {Open, "", "", nil},
		"open with a basis":                {Open, "offl. § 13", "", []string{"legal_basis NOTHING_IS_SCREENED"}},
		"screened":                         {Screened, "offl. § 13 jf. fvl. § 13", "", nil},
		"parts are screened":               {Partly, "offl. § 14", "", nil},
		"screened without a basis":         {Screened, "", "", []string{"legal_basis NO_LEGAL_BASIS"}},
		"screened by another act":          {Partly, "fvl. § 13", "", []string{"legal_basis NO_LEGAL_BASIS"}},
		"no provision is named":            {Partly, "offl. § ", "", []string{"legal_basis NO_LEGAL_BASIS"}},
		"a title with an identity number":  {Open, "", "Brev om " + nobodysNumber, []string{"public_title NATIONAL_IDENTITY_NUMBER"}},
		"a title that says what it can be": {Open, "", "Brev om søknad", nil},
	} {
		t.Run(name, func(t *testing.T) {
			wantViolations(t, CheckAssessment(test.disclosure, test.legalBasis, test.public), test.want...)
		})
	}
}

func TestARefusalSaysByWhatProvisionAndWhy(t *testing.T) {
	for name, test := range map[string]struct {
		answer              Answer
		legalBasis, reasons string
		want                []string
	}{
		"granted":                 {Granted, "", "", nil},
		"granted with a greeting": {Granted, "", "Vedlagt.", nil},
		"granted with a basis":    {Granted, "offl. § 13", "", []string{"legal_basis NOTHING_IS_SCREENED"}},
		"refused":                 {Refused, "offl. § 14", "Dokumentet er ikke ferdig.", nil},
		"refused without reasons": {Refused, "offl. § 14", " ", []string{"reasons REQUIRED"}},
		"partly without anything": {PartlyGranted, "", "", []string{"legal_basis NO_LEGAL_BASIS", "reasons REQUIRED"}},
	} {
		t.Run(name, func(t *testing.T) {
			wantViolations(t, CheckAnswer(AccessRequest{}, test.answer, test.legalBasis, test.reasons), test.want...)
		})
	}
	if err := CheckAnswer(AccessRequest{Answer: Refused}, Granted, "", ""); !fault.Is(err, "ANSWERED") {
		t.Errorf("a second answer: %v", err)
	}
}

func TestAnAnswerIsDueAfterWorkdays(t *testing.T) {
	for name, test := range map[string]struct{ received, want string }{
		"a Monday":                              {"2027-03-01T09:00:00Z", "2027-03-04"},
		"over a weekend":                        {"2027-03-05T09:00:00Z", "2027-03-10"},
		"on a Saturday":                         {"2027-03-06T09:00:00Z", "2027-03-10"},
		"over Easter":                           {"2027-03-24T09:00:00Z", "2027-04-01"},
		"late in the evening, the next in Oslo": {"2027-03-01T23:30:00Z", "2027-03-05"},
	} {
		t.Run(name, func(t *testing.T) {
			received, err := time.Parse(time.RFC3339, test.received)
			if err != nil {
				t.Fatal(err)
			}
			if got := DueOn(received, 3).String(); got != test.want {
				t.Errorf("due on %s, want %s", got, test.want)
			}
		})
	}
}

func TestAnEntryBeginsWithTheStatusAndDatesOfItsType(t *testing.T) {
	// Half past midnight in Oslo.
	written := time.Date(2027, time.January, 14, 23, 30, 0, 0, time.UTC)
	today := calendar.Date{Year: 2027, Month: time.January, Day: 15}
	for name, test := range map[string]struct {
		given    Entry
		status   Status
		received calendar.Date
	}{
		"incoming":          {Entry{Type: Incoming}, Journaled, today},
		"outgoing":          {Entry{Type: Outgoing}, Finished, calendar.Date{}},
		"outgoing and sent": {Entry{Type: Outgoing, SentOn: today}, Dispatched, calendar.Date{}},
		"within the house":  {Entry{Type: Internal}, Journaled, calendar.Date{}},
	} {
		t.Run(name, func(t *testing.T) {
			e := test.given
			e.Source, e.ApplicationID, e.Title, e.PublicTitle, e.WrittenAt = "letter/1", uuid.New(), "Brev", "Brev", written
			got, err := e.completed()
			if err != nil {
				t.Fatal(err)
			}
			if got.status() != test.status || got.ReceivedOn != test.received || got.DocumentDate != today {
				t.Errorf("status %s, received %s, document date %s", got.status(), got.ReceivedOn, got.DocumentDate)
			}
		})
	}
}

func TestThePublicSeesEnterprisesAndNoPersons(t *testing.T) {
	j := Journaling{Entry: Entry{Correspondents: []Correspondent{
		{Role: Sender, Name: "Spirehagen AS", Party: true},
		{Role: Recipient, Name: "Amina Askespire", Party: true, Person: true},
		Colleague(InternalSender, "Solveig Myrvang"),
	}}}
	var names []string
	for _, c := range j.Public() {
		names = append(names, c.Name)
	}
	if diff := cmp.Diff([]string{"Spirehagen AS", "", ""}, names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}
