package correspondence

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

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

func TestAMessageSaysSomethingAndRecognisesNobody(t *testing.T) {
	known, unknown := uuid.New(), uuid.New()
	for name, test := range map[string]struct {
		message Message
		want    []string
	}{
		"a question":                       {Message{Text: "Når kan vi vente svar?"}, nil},
		"about a submitted file":           {Message{Text: "Se budsjettet.", AttachmentIDs: []uuid.UUID{known}}, nil},
		"nothing but spaces":               {Message{Text: " \n"}, []string{"text REQUIRED"}},
		"a national identity number":       {Message{Text: "Gjelder deltaker " + nobodysNumber + "."}, []string{"text NATIONAL_IDENTITY_NUMBER"}},
		"a number written with a space":    {Message{Text: "Gjelder " + nobodysNumber[:6] + " " + nobodysNumber[6:]}, []string{"text NATIONAL_IDENTITY_NUMBER"}},
		"a file that was never submitted":  {Message{Text: "Se her.", AttachmentIDs: []uuid.UUID{known, unknown}}, []string{"attachment_ids[1] NO_SUCH_ATTACHMENT"}},
		"an account number of 11 is fine":  {Message{Text: "Kontoen er 12345678901."}, nil},
		"a case number and an amount, too": {Message{Text: "Sak 2027/17 gjelder 900 000 kroner."}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			wantViolations(t, CheckMessage(test.message, []uuid.UUID{known}), test.want...)
		})
	}
}

func TestAListOfContactsNamesEachOnce(t *testing.T) {
	amina := Contact{Name: "Amina Askespire", Email: "amina@saakorn.example"}
	for name, test := range map[string]struct {
		list ContactList
		want []string
	}{
		"one":               {ContactList{Contacts: []Contact{amina}}, []string{"single_contact_reason FEWER_THAN_TWO_CONTACTS"}},
		"alone":             {ContactList{Contacts: []Contact{amina}, SingleReason: "Jeg driver alene."}, nil},
		"spaces":            {ContactList{Contacts: []Contact{amina}, SingleReason: "  "}, []string{"single_contact_reason FEWER_THAN_TWO_CONTACTS"}},
		"two who are alone": {ContactList{Contacts: []Contact{amina, {Name: "Per", Email: "per@saakorn.example"}}, SingleReason: "Jeg driver alene."}, []string{"single_contact_reason NOT_SINGLE"}},
		"nobody":            {ContactList{}, []string{"contacts REQUIRED"}},
		"two":               {ContactList{Contacts: []Contact{amina, {Name: "Per", Email: "per@saakorn.example"}}}, nil},
		"twice":             {ContactList{Contacts: []Contact{amina, {Name: "A. Askespire", Email: "Amina@saakorn.example"}}}, []string{"contacts[1].email NAMED_TWICE"}},
		"numbers":           {ContactList{Contacts: []Contact{{Name: "Per " + nobodysNumber, Email: "per@saakorn.example"}}, HandoverNote: nobodysNumber, SingleReason: "Bare meg."}, []string{"contacts[0].name NATIONAL_IDENTITY_NUMBER", "handover_note NATIONAL_IDENTITY_NUMBER"}},
	} {
		t.Run(name, func(t *testing.T) { wantViolations(t, CheckContacts(test.list), test.want...) })
	}
}
