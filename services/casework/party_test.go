package casework_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework"
	"saakorn/services/casework/caseworktest"
	"saakorn/services/installation/installationtest"
)

const (
	// partner manages the fifth enterprise, which writes nynorsk.
	partner      = "entrepreneur-05"
	partnersMail = "astrid@saakorn.example"
)

type parties struct {
	*testing.T
	r       *caseworktest.Round
	letters saakornv1.LetterServiceClient
	// id is that of an application that is ready to be recommended; partner is another enterprise.
	id      string
	partner *saakornv1.Enterprise
}

func withPartner(t *testing.T) parties {
	t.Helper()
	r := begin(t)
	p := parties{T: t, r: r, letters: saakornv1.NewLetterServiceClient(r.API.Connection)}
	p.partner = r.API.RegisterEnterprise(t, partner)
	p.id = assessed(t, r, 1)
	_, err := saakornv1.NewCorrespondenceServiceClient(r.API.Connection).ChangeContacts(r.API.As(t.Context(), partner), &saakornv1.ChangeContactsRequest{
		RequestId: uuid.NewString(), EnterpriseId: p.partner.GetId(),
		Contacts: []*saakornv1.Contact{{Name: "Astrid", Email: partnersMail}, {Name: "Tor", Email: "tor@saakorn.example"}},
	})
	must(t, err)
	return p
}

func (p parties) add(enterpriseID, reason string) error {
	_, err := p.letters.AddParty(p.r.API.As(p.Context(), installationtest.CaseOfficer), &saakornv1.AddPartyRequest{
		RequestId: uuid.NewString(), CaseId: p.r.Case(p, p.id).GetCase().GetId(), EnterpriseId: enterpriseID, Reason: reason,
	})
	return err
}

func (p parties) decide() {
	p.Helper()
	p.r.Recommend(p, installationtest.CaseOfficer, p.id, partially, amount/2)
	must(p.T, p.r.Decide(p.Context(), installationtest.DecisionMaker, p.r.Case(p, p.id).GetCase(), partially, amount/2))
}

func (p parties) notifications(person string) []*saakornv1.Notification {
	p.Helper()
	answer, err := p.letters.ListNotifications(p.r.API.As(p.Context(), person), &saakornv1.ListNotificationsRequest{ApplicationId: p.id})
	must(p.T, err)
	return answer.GetNotifications()
}

// do carries out what is next in the case, and says what it was.
func (p parties) do() casework.Task {
	p.Helper()
	id := uuid.MustParse(p.id)
	s, err := p.r.API.Installation.Proceeding.Look(p.Context(), id)
	must(p.T, err)
	must(p.T, caseworktest.Do(p.Context(), p.r.API.Installation, s.Next, id))
	return s.Next
}

func TestEachPartysAppealPeriodRunsFromWhenItWasToldItself(t *testing.T) {
	p := withPartner(t)
	must(t, p.add(p.partner.GetId(), "De driver tiltaket sammen."))
	p.decide()
	if a, b := p.do(), p.do(); a != casework.TaskNotify || b != casework.TaskStartAppeal {
		t.Fatalf("first came %s and %s", a, b)
	}
	step(t, p.r, p.id, saakornv1.CaseStep_CASE_STEP_NOTIFICATION)
	// The other party's letter reaches it two days later.
	p.r.API.MoveClock(t, p.r.API.Now().Add(48*time.Hour))
	if a, b := p.do(), p.do(); a != casework.TaskNotify || b != casework.TaskStartAppeal {
		t.Fatalf("then came %s and %s", a, b)
	}
	step(t, p.r, p.id, saakornv1.CaseStep_CASE_STEP_APPEAL_PERIOD)
	told := p.notifications(installationtest.CaseOfficer)
	if len(told) != 2 {
		t.Fatalf("told: %v", told)
	}
	first, second := day(t, told[0].GetAppealDeadline()), day(t, told[1].GetAppealDeadline())
	if second != first.AddDays(2) || told[1].GetEnterpriseId() != p.partner.GetId() {
		t.Errorf("deadlines %s and %s", first, second)
	}
	if c := p.r.Case(t, p.id).GetCase(); c.GetAppealDeadline() != second.String() || !c.GetNotifiedAt().AsTime().Equal(told[1].GetNotifiedAt().AsTime()) {
		t.Errorf("the case says %s, notified %s", c.GetAppealDeadline(), c.GetNotifiedAt().AsTime())
	}

	// A day after the applicant's period: the applicant is late, the partner is not.
	p.r.API.MoveClock(t, first.End().Add(time.Hour))
	p.r.Drive(t, p.id)
	step(t, p.r, p.id, saakornv1.CaseStep_CASE_STEP_APPEAL_PERIOD)
	for person, late := range map[string]bool{caseworktest.Applicant(1): true, partner: false} {
		answer, err := saakornv1.NewAppealServiceClient(p.r.API.Connection).SubmitAppeal(p.r.API.As(t.Context(), person), &saakornv1.SubmitAppealRequest{
			RequestId: uuid.NewString(), ApplicationId: p.id, Grounds: "Vi er uenige.", ChangeWanted: "Hele beløpet.",
		})
		must(t, err)
		if answer.GetAppeal().GetLate() != late {
			t.Errorf("the appeal of %s is late: %v", person, !late)
		}
	}
	list, err := saakornv1.NewAppealServiceClient(p.r.API.Connection).ListAppeals(p.r.API.As(t.Context(), partner), &saakornv1.ListAppealsRequest{ApplicationId: p.id})
	must(t, err)
	if got := list.GetAppeals(); len(got) != 1 || got[0].GetEnterpriseId() != p.partner.GetId() {
		t.Errorf("the partner sees the appeals %v", got)
	}
}

func TestTheCaseClosesWhenTheLastPeriodHasRunOut(t *testing.T) {
	p := withPartner(t)
	must(t, p.add(p.partner.GetId(), "De driver tiltaket sammen."))
	p.decide()
	p.do()
	p.do()
	p.r.API.MoveClock(t, p.r.API.Now().Add(48*time.Hour))
	p.r.Drive(t, p.id)
	last := day(t, p.r.Case(t, p.id).GetCase().GetAppealDeadline())
	p.r.API.MoveClock(t, last.End().Add(-time.Minute))
	p.r.Drive(t, p.id)
	step(t, p.r, p.id, saakornv1.CaseStep_CASE_STEP_APPEAL_PERIOD)
	p.r.API.MoveClock(t, last.End())
	p.r.Drive(t, p.id)
	step(t, p.r, p.id, saakornv1.CaseStep_CASE_STEP_CLOSED)
	if n := number(t, p.r, `SELECT count(*) FROM letter WHERE kind LIKE 'DECISION%'`); n != 2 {
		t.Errorf("%d decision letters, want one for each party", n)
	}
}

func TestEachPartyIsToldInItsOwnLanguageAndSeesItsOwnLetters(t *testing.T) {
	p := withPartner(t)
	must(t, p.add(p.partner.GetId(), "De driver tiltaket sammen."))
	p.decide()
	p.r.Drive(t, p.id)
	see := func(person string) (list []*saakornv1.Letter) {
		answer, err := p.r.API.Cases.ListLetters(p.r.API.As(t.Context(), person), &saakornv1.ListLettersRequest{ApplicationId: p.id})
		must(t, err)
		return answer.GetLetters()
	}
	theirs := see(partner)
	if len(theirs) != 1 || theirs[0].GetLanguage() != "nn" || theirs[0].GetEnterpriseId() != p.partner.GetId() || len(theirs[0].GetDeliveries()) > 0 {
		t.Errorf("the partner sees %v", theirs)
	}
	for _, l := range see(caseworktest.Applicant(1)) {
		if l.GetEnterpriseId() == p.partner.GetId() || l.GetLanguage() != "nb" {
			t.Errorf("the applicant sees %v", l)
		}
	}
	document := func(person string) error {
		_, err := p.letters.GetLetterDocument(p.r.API.As(t.Context(), person), &saakornv1.GetLetterDocumentRequest{LetterId: theirs[0].GetId()})
		return err
	}
	must(t, document(partner))
	must(t, document(installationtest.Auditor))
	installationtest.WantRefused(t, document(caseworktest.Applicant(1)), codes.NotFound, "NOT_FOUND")
	installationtest.WantRefused(t, document(installationtest.Stranger), codes.NotFound, "NOT_FOUND")
	_, err := p.letters.ListNotifications(p.r.API.As(t.Context(), installationtest.Stranger), &saakornv1.ListNotificationsRequest{ApplicationId: p.id})
	installationtest.WantRefused(t, err, codes.NotFound, "NOT_FOUND")
	if got := p.notifications(partner); len(got) != 1 || got[0].GetEnterpriseId() != p.partner.GetId() {
		t.Errorf("the partner sees the notifications %v", got)
	}
}

func TestWhoCannotBecomeAParty(t *testing.T) {
	p := withPartner(t)
	applicant := p.r.Case(t, p.id).GetCase().GetEnterpriseId()
	silent := p.r.API.RegisterEnterprise(t, "entrepreneur-06") // has named no contacts
	p.r.API.Unchanged(t, func() {
		wantReason(t, p.add(applicant, "Søker."), "IS_A_PARTY")
		wantReason(t, p.add(uuid.NewString(), "Finnes ikke."), "NO_SUCH_ENTERPRISE")
		wantReason(t, p.add(silent.GetId(), "Taus."), "NOBODY_TO_WRITE_TO")
		wantReason(t, p.add(p.partner.GetId(), "  "), "REQUIRED")
	})
	must(t, p.add(p.partner.GetId(), "De driver tiltaket sammen."))
	wantReason(t, p.add(p.partner.GetId(), "Igjen."), "IS_A_PARTY")
	p.decide()
	wantReason(t, p.add(silent.GetId(), "For sent."), "DECIDED")
	answer, err := p.letters.ListParties(p.r.API.As(t.Context(), installationtest.Auditor), &saakornv1.ListPartiesRequest{CaseId: p.r.Case(t, p.id).GetCase().GetId()})
	must(t, err)
	if got := answer.GetParties(); len(got) != 2 || !got[0].GetApplicant() || got[1].GetEnterpriseId() != p.partner.GetId() || got[1].GetReason() == "" {
		t.Errorf("parties: %v", got)
	}
}

func TestANewDecisionAfterAnAppealHasAnAppealPeriodOfItsOwn(t *testing.T) {
	r := begin(t)
	id := told(t, r)
	first := day(t, r.Case(t, id).GetCase().GetAppealDeadline())
	r.API.MoveClock(t, first.End().Add(-time.Hour))
	a := appeals(t, r)
	a.prepare(id, granted, amount)
	must(t, a.decide(installationtest.DecisionMaker, id, granted, amount))
	r.Drive(t, id)
	step(t, r, id, saakornv1.CaseStep_CASE_STEP_APPEAL_PERIOD)
	second := day(t, r.Case(t, id).GetCase().GetAppealDeadline())
	if !second.After(first) {
		t.Errorf("the period still ends on %s", second)
	}
	r.API.MoveClock(t, second.End())
	r.Drive(t, id)
	step(t, r, id, saakornv1.CaseStep_CASE_STEP_CLOSED)
}

func TestAPartyIsNotifiedOnceHoweverManyRecordIt(t *testing.T) {
	p := withPartner(t)
	must(t, p.add(p.partner.GetId(), "De driver tiltaket sammen."))
	p.decide()
	p.do()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if err := p.r.API.Installation.Proceeding.StartAppealPeriod(t.Context(), uuid.MustParse(p.id)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	p.r.Drive(t, p.id)
	if got := p.notifications(installationtest.Auditor); len(got) != 2 {
		t.Errorf("notifications: %v", got)
	}
	if n := number(t, p.r, `SELECT count(*) FROM audit_event WHERE action = 'PARTY_NOTIFIED'`); n != 2 {
		t.Errorf("%d events, want one for each party", n)
	}
	if err := exec(t, p.r, `UPDATE notification SET appeal_deadline = appeal_deadline + 1`); err == nil {
		t.Error("the database let somebody move a party's deadline")
	}
}

func TestOfficersSeeHowEveryLetterWasDeliveredAndTheEnterpriseDoesNot(t *testing.T) {
	r := begin(t)
	id := told(t, r)
	see := func(person string) *saakornv1.Letter {
		answer, err := r.API.Cases.ListLetters(r.API.As(t.Context(), person), &saakornv1.ListLettersRequest{ApplicationId: id})
		must(t, err)
		return answer.GetLetters()[0]
	}
	decision := see(installationtest.CaseOfficer)
	var ways []string
	for _, d := range decision.GetDeliveries() {
		ways = append(ways, strings.TrimPrefix(d.GetChannel().String(), "DELIVERY_CHANNEL_")+" "+d.GetRecipient()+" "+d.GetState().String())
		if d.GetReference() == "" || len(d.GetAttempts()) != 1 || d.GetAttempts()[0].GetResult() != saakornv1.AttemptResult_ATTEMPT_RESULT_DELIVERED {
			t.Errorf("delivery %v", d)
		}
	}
	want := []string{"ALTINN_CORRESPONDENCE 310000019 DELIVERY_STATE_DELIVERED", "MAIL amina@saakorn.example DELIVERY_STATE_DELIVERED"}
	if !slices.Equal(ways, want) {
		t.Errorf("the decision went %q, want %q", ways, want)
	}
	if d := see(caseworktest.Applicant(1)).GetDeliveries(); len(d) > 0 {
		t.Errorf("the enterprise sees %v", d)
	}
	document, err := saakornv1.NewLetterServiceClient(r.API.Connection).GetLetterDocument(r.API.As(t.Context(), caseworktest.Applicant(1)),
		&saakornv1.GetLetterDocumentRequest{LetterId: decision.GetId()})
	must(t, err)
	if document.GetSentSha256() == "" || !strings.HasPrefix(string(document.GetPdf()), "%PDF-") || !strings.Contains(document.GetHtml(), "310\u00a0000\u00a0019") {
		t.Errorf("the document as it was sent: sum %q, %.10s", document.GetSentSha256(), document.GetPdf())
	}
}

func TestTheContentsOfADecisionAreInNoMail(t *testing.T) {
	r := begin(t)
	told(t, r)
	folder := r.API.MailFolder()
	files, err := filepath.Glob(filepath.Join(folder, "*.eml"))
	must(t, err)
	if len(files) < 2 {
		t.Fatalf("%d messages in %s", len(files), folder)
	}
	for _, name := range files {
		body, err := os.ReadFile(name)
		must(t, err)
		if strings.Contains(string(body), "innvilget") {
			t.Errorf("a mail tells the outcome:\n%s", body)
		}
	}
}
