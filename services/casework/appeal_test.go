package casework_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework"
	"saakorn/services/casework/caseworktest"
	"saakorn/services/installation/installationtest"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/database"
	"saakorn/services/platform/fault"
	"saakorn/services/scheme"
)

const (
	granted   = saakornv1.AppealDisposition_APPEAL_DISPOSITION_GRANTED
	forwarded = saakornv1.AppealDisposition_APPEAL_DISPOSITION_FORWARDED
	upheld    = saakornv1.AppealOutcome_APPEAL_OUTCOME_UPHELD
	changed   = saakornv1.AppealOutcome_APPEAL_OUTCOME_CHANGED

	// newOfficer had nothing to do with the decision.
	newOfficer = "case-officer-4"
)

// told returns an application that was approved in part, and whose applicant has been told.
func told(t *testing.T, r *caseworktest.Round) string {
	t.Helper()
	id := assessed(t, r, 1)
	r.Recommend(t, installationtest.CaseOfficer, id, partially, amount/2)
	must(t, r.Decide(t.Context(), installationtest.DecisionMaker, r.Case(t, id).GetCase(), partially, amount/2))
	r.Drive(t, id)
	return id
}

type appealing struct {
	*testing.T
	r      *caseworktest.Round
	client saakornv1.AppealServiceClient
}

func appeals(t *testing.T, r *caseworktest.Round) appealing {
	return appealing{t, r, saakornv1.NewAppealServiceClient(r.API.Connection)}
}

func (a appealing) submit(id string) (*saakornv1.Appeal, error) {
	answer, err := a.client.SubmitAppeal(a.r.API.As(a.Context(), caseworktest.Applicant(1)), &saakornv1.SubmitAppealRequest{
		RequestId: uuid.NewString(), ApplicationId: id, Grounds: "Vi mener at planen vår er undervurdert.", ChangeWanted: "Hele beløpet.",
	})
	return answer.GetAppeal(), err
}

func (a appealing) assign(id, owner string) error {
	_, err := a.client.AssignAppeal(a.r.API.As(a.Context(), installationtest.CaseOfficer), &saakornv1.AssignAppealRequest{
		RequestId: uuid.NewString(), AppealId: id, OwnerId: owner,
	})
	return err
}

// newest returns the newest appeal of the application, as staff see it.
func (a appealing) newest(id string) *saakornv1.Appeal {
	a.Helper()
	answer, err := a.client.ListAppeals(a.r.API.As(a.Context(), installationtest.CaseOfficer), &saakornv1.ListAppealsRequest{ApplicationId: id})
	if err != nil {
		a.Fatal(err)
	}
	return answer.GetAppeals()[0]
}

func (a appealing) prepare(application string, d saakornv1.AppealDisposition, amountOre int64) {
	a.Helper()
	appeal, err := a.submit(application)
	must(a.T, err)
	must(a.T, a.assign(appeal.GetId(), newOfficer))
	a.r.Enter(a.T, application, newOfficer)
	_, err = a.client.PrepareAppeal(a.r.API.As(a.Context(), newOfficer), &saakornv1.PrepareAppealRequest{
		RequestId: uuid.NewString(), AppealId: appeal.GetId(), Etag: a.newest(application).GetEtag(), Recommended: d,
		Assessment: "Klagen er vurdert på nytt.", AmountOre: amountOre,
	})
	must(a.T, err)
}

func (a appealing) decide(person, application string, d saakornv1.AppealDisposition, amountOre int64) error {
	a.Helper()
	a.r.Enter(a.T, application, person)
	appeal := a.newest(application)
	_, err := a.client.DecideAppeal(a.r.API.As(a.Context(), person), &saakornv1.DecideAppealRequest{
		RequestId: uuid.NewString(), AppealId: appeal.GetId(), Etag: appeal.GetEtag(), Disposition: d, AmountOre: amountOre,
	})
	return err
}

func (a appealing) record(application string, o saakornv1.AppealOutcome, amountOre int64) error {
	appeal := a.newest(application)
	_, err := a.client.RecordAppealOutcome(a.r.API.As(a.Context(), newOfficer), &saakornv1.RecordAppealOutcomeRequest{
		RequestId: uuid.NewString(), AppealId: appeal.GetId(), Etag: appeal.GetEtag(), Outcome: o, AmountOre: amountOre, Reasons: "Klageinstansens begrunnelse.",
	})
	return err
}

func (a appealing) reverse(application string, outcome saakornv1.Outcome, amountOre int64) error {
	c := a.r.Case(a.T, application).GetCase()
	_, err := a.client.ReverseDecision(a.r.API.As(a.Context(), installationtest.DecisionMaker), &saakornv1.ReverseDecisionRequest{
		RequestId: uuid.NewString(), CaseId: c.GetId(), Etag: c.GetEtag(), Outcome: outcome, AmountOre: amountOre, Reasons: "Vi regnet feil.",
	})
	return err
}

func bound(t *testing.T, r *caseworktest.Round) int64 {
	t.Helper()
	return number(t, r, `SELECT bound_ore FROM budget_frame WHERE grant_year = $1`, r.Call.GetGrantYear())
}

func TestAGrantedAppealChangesTheAwardAndTheFrame(t *testing.T) {
	r := begin(t)
	id := told(t, r)
	a := appeals(t, r)
	a.prepare(id, granted, amount)
	step(t, r, id, saakornv1.CaseStep_CASE_STEP_APPEAL)
	before := bound(t, r)
	must(t, a.decide(installationtest.DecisionMaker, id, granted, amount))
	r.Drive(t, id)
	c := r.Case(t, id).GetCase()
	if c.GetAmountAwardedOre() != amount || c.GetOutcome() != approved {
		t.Errorf("the case is awarded %d, %s", c.GetAmountAwardedOre(), c.GetOutcome())
	}
	if got := bound(t, r) - before; got != amount-amount/2 {
		t.Errorf("the frame moved by %d", got)
	}
	letters := r.Letters(t, id)
	if !slices.Contains(letters, "APPEAL_RECEIVED") || !slices.Contains(letters, "APPEAL_GRANTED") {
		t.Errorf("the party was sent %v", letters)
	}
}

func TestAnAppealGoesToSomebodyNewAndIsDecidedByAnother(t *testing.T) {
	r := begin(t)
	id := told(t, r)
	a := appeals(t, r)
	appeal, err := a.submit(id)
	must(t, err)
	wantReason(t, a.assign(appeal.GetId(), installationtest.CaseOfficer), "NOT_SOMEBODY_NEW")
	err = exec(t, r, `UPDATE appeal SET prepared_by = $1, prepared_at = now()`, installationtest.CaseOfficer)
	if !database.Violates(err, "somebody_new") {
		t.Errorf("the database let whoever recommended prepare the appeal: %v", err)
	}
	wantReason(t, a.decide(installationtest.DecisionMaker, id, granted, amount), "APPEAL_NOT_PREPARED")
	must(t, a.assign(appeal.GetId(), "decision-maker-3"))
	r.Enter(t, id, "decision-maker-3")
	_, err = a.client.PrepareAppeal(r.API.As(t.Context(), "decision-maker-3"), &saakornv1.PrepareAppealRequest{
		RequestId: uuid.NewString(), AppealId: appeal.GetId(), Etag: a.newest(id).GetEtag(), Recommended: forwarded, Assessment: "Vedtaket står seg.",
	})
	must(t, err)
	wantReason(t, a.decide("decision-maker-3", id, forwarded, 0), "FOUR_EYES")
	if err := exec(t, r, `UPDATE appeal SET decided_by = prepared_by, decided_at = now()`); !database.Violates(err, "four_eyes") {
		t.Errorf("the database let whoever prepared decide: %v", err)
	}
}

func TestAForwardedAppealEndsWithWhatTheAppealBodyDecides(t *testing.T) {
	for name, test := range map[string]struct {
		outcome saakornv1.AppealOutcome
		after   int64
		letter  string
	}{
		"upheld":  {upheld, amount / 2, "APPEAL_OUTCOME_UPHELD"},
		"raised":  {changed, amount, "APPEAL_OUTCOME_CHANGED"},
		"lowered": {changed, amount / 4, "APPEAL_OUTCOME_CHANGED"},
	} {
		t.Run(name, func(t *testing.T) {
			r := begin(t)
			id := told(t, r)
			a := appeals(t, r)
			a.prepare(id, forwarded, 0)
			must(t, a.decide(installationtest.DecisionMaker, id, forwarded, 0))
			r.Drive(t, id)
			before := bound(t, r)
			must(t, a.record(id, test.outcome, test.after))
			r.Drive(t, id)
			if got := bound(t, r) - before; got != test.after-amount/2 {
				t.Errorf("the frame moved by %d", got)
			}
			letters := r.Letters(t, id)
			for _, want := range []string{"APPEAL_FORWARDED", "APPEAL_REFERRAL", test.letter} {
				if !slices.Contains(letters, want) {
					t.Errorf("no letter %s in %v", want, letters)
				}
			}
			wantReason(t, a.record(id, upheld, test.after), "NOT_FORWARDED")
		})
	}
}

func TestAReferralGoesToTheAppealBodyOnceAndToThePartyAsACopy(t *testing.T) {
	r := begin(t)
	id := told(t, r)
	a := appeals(t, r)
	a.prepare(id, forwarded, 0)
	must(t, a.decide(installationtest.DecisionMaker, id, forwarded, 0))
	r.Drive(t, id)
	r.Drive(t, id)
	referral := func(person string) *saakornv1.Letter {
		answer, err := r.API.Cases.ListLetters(r.API.As(t.Context(), person), &saakornv1.ListLettersRequest{ApplicationId: id})
		must(t, err)
		var found []*saakornv1.Letter
		for _, l := range answer.GetLetters() {
			if l.GetKind() == "APPEAL_REFERRAL" {
				found = append(found, l)
			}
		}
		if len(found) != 1 {
			t.Fatalf("%s sees %d referrals", person, len(found))
		}
		return found[0]
	}
	sent := referral(installationtest.Manager)
	if sent.GetSentAt() == nil {
		t.Error("the referral is not sent")
	}
	rules, err := r.API.Schemes.GetScheme(t.Context(), &saakornv1.GetSchemeRequest{SchemeId: "social-entrepreneurship", Version: r.Call.GetSchemeVersion()})
	must(t, err)
	body := rules.GetScheme().GetReferral().GetEmail()
	var ways []string
	for _, d := range sent.GetDeliveries() {
		to := "a contact"
		switch {
		case d.GetRecipient() == body:
			to = "the body"
		case d.GetChannel() == saakornv1.DeliveryChannel_DELIVERY_CHANNEL_ALTINN_CORRESPONDENCE:
			to = "the mailbox"
		}
		ways = append(ways, fmt.Sprintf("%s %s after %d", to, strings.TrimPrefix(d.GetState().String(), "DELIVERY_STATE_"), len(d.GetAttempts())))
	}
	slices.Sort(ways)
	if want := []string{"a contact DELIVERED after 1", "the body DELIVERED after 1", "the mailbox DELIVERED after 1"}; !slices.Equal(slices.Compact(ways), want) {
		t.Errorf("the referral went %q, want %q", ways, want)
	}
	if copied := referral(caseworktest.Applicant(1)); len(copied.GetDeliveries()) != 0 || copied.GetSubject() != sent.GetSubject() {
		t.Errorf("the party's copy is %v", copied)
	}
	var text strings.Builder
	for _, part := range sent.GetParts() {
		text.WriteString(part.GetBody() + "\n")
	}
	for _, document := range []string{"1-1 (7. januar 2019): Søknad SE-2019-000001, versjon 1", "Vedtak i sak om tilskudd", "Klage i sak 2019/1", "Avgjørelse om klage i sak 2019/1"} {
		if !strings.Contains(text.String(), document) {
			t.Errorf("the document %q is not listed in:\n%s", document, text.String())
		}
	}
	if strings.Contains(text.String(), "Melding om oversendt klage") {
		t.Errorf("what was written after the decision is listed in:\n%s", text.String())
	}
}

func TestALateAppealIsReceivedMarkedAndTakesAClosedCaseUpAgain(t *testing.T) {
	r := begin(t)
	id := told(t, r)
	deadline := day(t, r.Case(t, id).GetCase().GetAppealDeadline())
	r.API.MoveClock(t, deadline.End().Add(time.Minute))
	r.Drive(t, id)
	step(t, r, id, saakornv1.CaseStep_CASE_STEP_CLOSED)
	appeal, err := appeals(t, r).submit(id)
	must(t, err)
	if !appeal.GetLate() {
		t.Error("the appeal is not marked as late")
	}
	step(t, r, id, saakornv1.CaseStep_CASE_STEP_APPEAL)
	if number(t, r, `SELECT count(*) FROM procedure WHERE kind = 'casework' AND closed_at IS NULL`) != 1 {
		t.Error("no procedure watches over the case that was taken up again")
	}
}

func TestAnAppealMoreThanAYearAfterTheDecisionCanOnlyBeDismissed(t *testing.T) {
	const dismissed = saakornv1.AppealDisposition_APPEAL_DISPOSITION_DISMISSED
	r := begin(t)
	id := told(t, r)
	r.API.MoveClock(t, r.API.Now().AddDate(1, 0, 2))
	r.Drive(t, id)
	a := appeals(t, r)
	a.prepare(id, dismissed, 0)
	wantReason(t, a.decide(installationtest.DecisionMaker, id, forwarded, 0), "APPEAL_TOO_LATE")
	wantReason(t, a.decide(installationtest.DecisionMaker, id, granted, amount), "APPEAL_TOO_LATE")
	must(t, a.decide(installationtest.DecisionMaker, id, dismissed, 0))
	r.Drive(t, id)
	if !slices.Contains(r.Letters(t, id), "APPEAL_DISMISSED") {
		t.Errorf("the party was sent %v", r.Letters(t, id))
	}
}

func TestTheLastDayOnWhichALateAppealCanBeExcused(t *testing.T) {
	decision := casework.Decision{ID: uuid.New(), DecidedAt: time.Date(2019, 3, 1, 12, 0, 0, 0, time.UTC)}
	rules := &scheme.Definition{Deadlines: scheme.Deadlines{LateAppealMonths: 12}}
	for _, test := range []struct {
		received string
		decided  casework.Disposition
		want     string
	}{
		{"2020-03-01T22:59:59Z", casework.AppealForwarded, ""}, // a second to midnight in Norway
		{"2020-03-01T23:00:00Z", casework.AppealForwarded, "APPEAL_TOO_LATE"},
		{"2020-03-01T23:00:00Z", casework.AppealDismissed, ""},
	} {
		received, err := time.Parse(time.RFC3339, test.received)
		must(t, err)
		f := casework.File{Decisions: []casework.Decision{decision}}
		a := casework.Appeal{DecisionID: decision.ID, ReceivedAt: received, OwnerID: "officer"}
		err = casework.CheckPrepareAppeal(f, a, rules, test.decided, 0, "officer")
		if got := err != nil; got != (test.want != "") || got && !fault.Is(err, test.want) {
			t.Errorf("received %s and %s: %v, want %s", test.received, test.decided, err, test.want)
		}
	}
}

func TestTheLastDayIsInTime(t *testing.T) {
	r := begin(t)
	id := told(t, r)
	r.API.MoveClock(t, day(t, r.Case(t, id).GetCase().GetAppealDeadline()).End().Add(-time.Minute))
	appeal, err := appeals(t, r).submit(id)
	must(t, err)
	if appeal.GetLate() {
		t.Errorf("an appeal on %s is late", calendar.On(r.API.Now()))
	}
}

func TestAReversalWithoutAppealIsInThePartysFavour(t *testing.T) {
	r := begin(t)
	id := told(t, r)
	a := appeals(t, r)
	reverse := func(outcome saakornv1.Outcome, amountOre int64) error { return a.reverse(id, outcome, amountOre) }
	wantReason(t, reverse(rejected, 0), "REVERSAL_TO_DETRIMENT")
	wantReason(t, reverse(partially, amount/4), "NOT_IN_FAVOUR")
	before := bound(t, r)
	must(t, reverse(approved, amount))
	r.Drive(t, id)
	if got := bound(t, r) - before; got != amount-amount/2 {
		t.Errorf("the frame moved by %d", got)
	}
	if !slices.Contains(r.Letters(t, id), "REVERSED") {
		t.Errorf("the party was sent %v", r.Letters(t, id))
	}
}

func TestADecisionIsNotReversedBeforeThePartyHasBeenTold(t *testing.T) {
	r := begin(t)
	id := assessed(t, r, 1)
	r.Recommend(t, installationtest.CaseOfficer, id, partially, amount/2)
	must(t, r.Decide(t.Context(), installationtest.DecisionMaker, r.Case(t, id).GetCase(), partially, amount/2))
	a := appeals(t, r)
	wantReason(t, a.reverse(id, approved, amount), "NOT_NOTIFIED")
	r.Drive(t, id)
	must(t, a.reverse(id, approved, amount))
	r.Drive(t, id)
	if letters := r.Letters(t, id); !slices.Contains(letters, "DECISION_PARTIALLY_APPROVED") || !slices.Contains(letters, "REVERSED") {
		t.Errorf("the party was sent %v", letters)
	}
}

func TestAReversalTellsItsOwnReasonsAlsoAfterAnAppeal(t *testing.T) {
	r := begin(t)
	id := told(t, r)
	a := appeals(t, r)
	a.prepare(id, saakornv1.AppealDisposition_APPEAL_DISPOSITION_DISMISSED, 0)
	must(t, a.decide(installationtest.DecisionMaker, id, saakornv1.AppealDisposition_APPEAL_DISPOSITION_DISMISSED, 0))
	r.Drive(t, id)
	must(t, a.reverse(id, approved, amount))
	r.Drive(t, id)
	answer, err := r.API.Cases.ListLetters(r.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.ListLettersRequest{ApplicationId: id})
	must(t, err)
	i := slices.IndexFunc(answer.GetLetters(), func(l *saakornv1.Letter) bool { return l.GetKind() == "REVERSED" })
	if i < 0 {
		t.Fatal("nobody was told of the reversal")
	}
	var text strings.Builder
	for _, part := range answer.GetLetters()[i].GetParts() {
		text.WriteString(part.GetBody())
	}
	if !strings.Contains(text.String(), "Vi regnet feil.") || strings.Contains(text.String(), "Klagen er vurdert på nytt.") {
		t.Errorf("the letter says:\n%s", text.String())
	}
}
