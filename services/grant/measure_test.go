package grant_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/grant"
	"saakorn/services/installation/installationtest"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/database"
	"saakorn/services/platform/fault"
	"saakorn/services/scheme"
)

const (
	suspension = saakornv1.MeasureKind_MEASURE_KIND_SUSPENSION
	stop       = saakornv1.MeasureKind_MEASURE_KIND_STOP
	reduction  = saakornv1.MeasureKind_MEASURE_KIND_REDUCTION
	recovery   = saakornv1.MeasureKind_MEASURE_KIND_RECOVERY
)

func (h house) propose(a *saakornv1.Award, kind saakornv1.MeasureKind, ore int64) (*saakornv1.Measure, error) {
	answer, err := h.Measures.ProposeMeasure(h.as(officer), &saakornv1.ProposeMeasureRequest{
		RequestId: uuid.NewString(), AwardId: a.GetId(), Kind: kind, AmountOre: ore, Grounds: "Regnskapet viser bruk utenfor formålet.",
	})
	return answer.GetMeasure(), err
}

func (h house) recommendMeasure(m *saakornv1.Measure, person, noNotice string) (*saakornv1.Measure, error) {
	answer, err := h.Measures.RecommendMeasure(h.as(person), &saakornv1.RecommendMeasureRequest{
		RequestId: uuid.NewString(), MeasureId: m.GetId(), Etag: m.GetEtag(), Reasons: "Vilkårene er brutt.", NoNoticeReason: noNotice,
	})
	return answer.GetMeasure(), err
}

func (h house) decideMeasure(m *saakornv1.Measure, person string) (*saakornv1.Measure, error) {
	answer, err := h.Measures.DecideMeasure(h.as(person), &saakornv1.DecideMeasureRequest{RequestId: uuid.NewString(), MeasureId: m.GetId(), Etag: m.GetEtag()})
	return answer.GetMeasure(), err
}

// decided takes a measure from the proposal to the decision, without notice.
func (h house) decided(a *saakornv1.Award, kind saakornv1.MeasureKind, ore int64) *saakornv1.Measure {
	h.Helper()
	m, err := h.propose(a, kind, ore)
	must(h, err)
	m, err = h.recommendMeasure(m, officer, "Virksomheten kan flytte pengene.")
	must(h, err)
	m, err = h.decideMeasure(m, decider)
	must(h, err)
	h.Follow(h, a.GetLifecycleId())
	return m
}

func (h house) suspended(a *saakornv1.Award) bool {
	h.Helper()
	is, err := grant.Store{}.Suspended(h.Context(), h.API.Installation.Pool, uuid.MustParse(a.GetId()), h.API.Now())
	must(h, err)
	return is
}

func TestASuspensionIsNotifiedCommentedOnDecidedByAnotherAndLifted(t *testing.T) {
	h := newHouse(t)
	a := h.accepted()
	m, err := h.propose(a, suspension, 0)
	must(t, err)
	mine, err := h.Measures.ListMeasures(h.applicant(1), &saakornv1.ListMeasuresRequest{AwardId: a.GetId()})
	must(t, err)
	expect(t, "seen by the party before it is told", 0, len(mine.GetMeasures()))
	_, err = h.recommendMeasure(m, officer, "")
	installationtest.WantInvalid(t, err, "no_notice_reason REQUIRED")
	least := calendar.NextWorkday(calendar.On(h.API.Now()).AddDays(14))
	_, err = h.Measures.NotifyMeasure(h.as(officer), &saakornv1.NotifyMeasureRequest{RequestId: uuid.NewString(), MeasureId: m.GetId(), Etag: m.GetEtag(), CommentBy: least.AddDays(-1).String()})
	installationtest.WantInvalid(t, err, "comment_by TOO_SOON")
	notified, err := h.Measures.NotifyMeasure(h.as(officer), &saakornv1.NotifyMeasureRequest{RequestId: uuid.NewString(), MeasureId: m.GetId(), Etag: m.GetEtag()})
	must(t, err)
	m = notified.GetMeasure()
	expect(t, "comment by", least.String(), m.GetCommentBy())
	h.Follow(t, a.GetLifecycleId())
	expect(t, "letters", []string{"GRANT_LETTER", "ACCEPTANCE_CONFIRMED", "MEASURE_NOTICE"}, h.letters(a))
	_, err = h.recommendMeasure(m, officer, "")
	installationtest.WantRefused(t, err, codes.FailedPrecondition, "COMMENTS_AWAITED")
	commented, err := h.Measures.CommentOnMeasure(h.applicant(1), &saakornv1.CommentOnMeasureRequest{RequestId: uuid.NewString(), MeasureId: m.GetId(), Comments: "Vi har ryddet opp."})
	must(t, err)
	h.Follow(t, a.GetLifecycleId())
	expect(t, "tasks", []string{"MEASURE_COMMENTED"}, h.OpenTasks(t, a.GetLifecycleId()))
	m, err = h.recommendMeasure(commented.GetMeasure(), officer, "")
	must(t, err)
	_, err = h.decideMeasure(m, officer)
	installationtest.WantRefused(t, err, codes.PermissionDenied, "ROLE_MISSING")
	m, err = h.decideMeasure(m, decider)
	must(t, err)
	if !h.suspended(a) || !h.Award(t, a.GetId()).GetAward().GetSuspended() {
		t.Error("the award is not suspended")
	}
	h.Follow(t, a.GetLifecycleId())
	expect(t, "last letter", "PAYMENT_SUSPENDED", h.letters(a)[3])
	h.lifted(a, m)
}

// lifted demands that a suspension is lifted by somebody who did not propose it.
func (h house) lifted(a *saakornv1.Award, m *saakornv1.Measure) {
	h.Helper()
	lift := func(person string) error {
		_, err := h.Measures.LiftSuspension(h.as(person), &saakornv1.LiftSuspensionRequest{RequestId: uuid.NewString(), MeasureId: m.GetId()})
		return err
	}
	installationtest.WantRefused(h, lift(decider), codes.FailedPrecondition, "LIFTING_NOT_PROPOSED")
	_, err := h.Measures.ProposeLifting(h.as(decider), &saakornv1.ProposeLiftingRequest{RequestId: uuid.NewString(), MeasureId: m.GetId(), Reason: "Forholdet er rettet."})
	must(h, err)
	h.Follow(h, a.GetLifecycleId())
	expect(h, "tasks", []string{"DECIDE_LIFTING"}, h.OpenTasks(h, a.GetLifecycleId()))
	installationtest.WantRefused(h, lift(decider), codes.PermissionDenied, "FOUR_EYES")
	must(h, lift(decider2))
	if h.suspended(a) {
		h.Error("the award is suspended still")
	}
	h.Follow(h, a.GetLifecycleId())
	expect(h, "last letter", "SUSPENSION_LIFTED", h.letters(a)[4])
	installationtest.WantRefused(h, lift(decider2), codes.FailedPrecondition, "LIFTED")
}

func TestAReductionAndARecoveryHaveAnAmountAndAStopHasNone(t *testing.T) {
	h := newHouse(t)
	a := h.accepted()
	_, err := h.propose(a, stop, 100)
	installationtest.WantInvalid(t, err, "amount_ore NO_AMOUNT")
	_, err = h.propose(a, reduction, amount)
	installationtest.WantInvalid(t, err, "amount_ore NOT_A_PART")
	_, err = h.propose(a, recovery, amount+1)
	installationtest.WantInvalid(t, err, "amount_ore MORE_THAN_AWARDED")
	h.decided(a, reduction, amount/4)
	now := h.Award(t, a.GetId()).GetAward()
	expect(t, "reduced", []int64{amount - amount/4, amount}, []int64{now.GetAmountOre(), now.GetCommittedOre()})
	claimed := h.decided(a, recovery, amount/2)
	expect(t, "claim", []any{amount / 2, saakornv1.MeasureState_MEASURE_STATE_DECIDED}, []any{claimed.GetAmountOre(), claimed.GetState()})
	h.decided(a, stop, 0)
	expect(t, "state", saakornv1.AwardState_AWARD_STATE_STOPPED, h.Award(t, a.GetId()).GetAward().GetState())
	expect(t, "letters", []string{"GRANT_LETTER", "ACCEPTANCE_CONFIRMED", "GRANT_REDUCED", "RECOVERY_DECIDED", "GRANT_STOPPED"}, h.letters(a))
	_, err = h.propose(a, suspension, 0)
	installationtest.WantRefused(t, err, codes.FailedPrecondition, "WRONG_STATE")

	// Nothing has been paid, so all of it can be given back once nothing can be appealed.
	h.Until(t, h.Case(t, a.GetApplicationId()).GetCase().GetDueAt().AsTime(), a.GetLifecycleId())
	_, err = h.Grants.ReleaseCommitment(h.as(decider), &saakornv1.ReleaseCommitmentRequest{RequestId: uuid.NewString(), AwardId: a.GetId(), Etag: h.Award(t, a.GetId()).GetAward().GetEtag()})
	expect(t, "refusal", error(nil), err)
}

func TestTheDatabaseRefusesToLetOnePersonProposeAndDecide(t *testing.T) {
	h := newHouse(t)
	a := h.accepted()
	m, err := h.propose(a, stop, 0)
	must(t, err)
	_, err = h.API.Installation.Pool.Exec(t.Context(), `UPDATE measure SET state = 'DECIDED', reasons = 'x', no_notice_reason = 'x',
		recommended_by = 'somebody', recommended_at = now(), decided_by = $2, decided_at = now() WHERE id = $1`, m.GetId(), officer)
	if !database.Violates(err, "measure_four_eyes") {
		t.Errorf("the database says %v", err)
	}
}

func TestABankruptEnterpriseIsPutBeforeAPersonAndNeverSuspendedByItself(t *testing.T) {
	h := newHouse(t)
	a := h.accepted()
	// The recorded registries tell of no enterprise that fails; a newer answer than theirs does.
	_, err := h.API.Installation.Pool.Exec(t.Context(), `UPDATE enterprise SET bankrupt = true, registry_checked_at = '2100-01-01' WHERE id = $1`, a.GetEnterpriseId())
	must(t, err)
	h.Until(t, calendar.On(h.API.Now()).AddDays(31).At(9, 0), a.GetLifecycleId())
	expect(t, "tasks", []string{"ENTERPRISE_BANKRUPT", "MEASURE_PROPOSED"}, sorted(h.OpenTasks(t, a.GetLifecycleId())))
	if h.suspended(a) {
		t.Error("the award was suspended by nobody")
	}
	list, err := h.Measures.ListMeasures(h.as(officer), &saakornv1.ListMeasuresRequest{AwardId: a.GetId()})
	must(t, err)
	m := list.GetMeasures()[0]
	expect(t, "proposal", []any{suspension, "system", "Enhetsregisteret opplyser at virksomheten er konkurs."}, []any{m.GetKind(), m.GetProposedBy(), m.GetGrounds()})
	_, err = h.Measures.DropMeasure(h.as(officer), &saakornv1.DropMeasureRequest{RequestId: uuid.NewString(), MeasureId: m.GetId(), Etag: m.GetEtag(), Reason: "Feil i registeret."})
	must(t, err)
	h.Until(t, calendar.On(h.API.Now()).AddDays(31).At(9, 0), a.GetLifecycleId())
	expect(t, "tasks when a person has looked at it", []string{"ENTERPRISE_BANKRUPT"}, h.OpenTasks(t, a.GetLifecycleId()))
}

// newOfficer had nothing to do with the measure.
const newOfficer = "case-officer-5"

// appealed takes an appeal of the measure from the party to a recommendation.
func (h house) appealed(m *saakornv1.Measure, d saakornv1.AppealDisposition) *saakornv1.Measure {
	h.Helper()
	_, err := h.Measures.AppealMeasure(h.applicant(1), &saakornv1.AppealMeasureRequest{RequestId: uuid.NewString(), MeasureId: m.GetId(), Grounds: "Regnskapet er misforstått.", ChangeWanted: "Vedtaket oppheves."})
	must(h, err)
	prepare := func(person string) (*saakornv1.Measure, error) {
		answer, err := h.Measures.PrepareMeasureAppeal(h.as(person), &saakornv1.PrepareMeasureAppealRequest{
			RequestId: uuid.NewString(), MeasureId: m.GetId(), Etag: h.measureOf(m).GetEtag(), Recommended: d, Assessment: "Klagen er vurdert på nytt.",
		})
		return answer.GetMeasure(), err
	}
	for _, person := range []string{officer, decider} {
		_, err = prepare(person)
		installationtest.WantRefused(h, err, codes.FailedPrecondition, "NOT_SOMEBODY_NEW")
	}
	prepared, err := prepare(newOfficer)
	must(h, err)
	return prepared
}

func (h house) measureOf(m *saakornv1.Measure) *saakornv1.Measure {
	h.Helper()
	list, err := h.Measures.ListMeasures(h.as(officer), &saakornv1.ListMeasuresRequest{AwardId: m.GetAwardId()})
	must(h, err)
	for _, x := range list.GetMeasures() {
		if x.GetId() == m.GetId() {
			return x
		}
	}
	h.Fatal("there is no such measure")
	return nil
}

func (h house) decideAppeal(m *saakornv1.Measure, person string, d saakornv1.AppealDisposition, reasons string) (*saakornv1.Measure, error) {
	answer, err := h.Measures.DecideMeasureAppeal(h.as(person), &saakornv1.DecideMeasureAppealRequest{
		RequestId: uuid.NewString(), MeasureId: m.GetId(), Etag: h.measureOf(m).GetEtag(), Disposition: d, Reasons: reasons,
	})
	return answer.GetMeasure(), err
}

func TestAnAppealOfAStopThatIsGrantedUndoesIt(t *testing.T) {
	h := newHouse(t)
	a := h.accepted()
	m := h.decided(a, stop, 0)
	expect(t, "last date for an appeal", calendar.AfterWeeks(calendar.On(h.API.Now()), 3).String(), h.measureOf(m).GetAppealBy())
	_, err := h.Measures.AppealMeasure(h.as(installationtest.Stranger), &saakornv1.AppealMeasureRequest{RequestId: uuid.NewString(), MeasureId: m.GetId(), Grounds: "x", ChangeWanted: "x"})
	installationtest.WantRefused(t, err, codes.NotFound, "NOT_FOUND")
	granted := saakornv1.AppealDisposition_APPEAL_DISPOSITION_GRANTED
	m = h.appealed(m, granted)
	h.Follow(t, a.GetLifecycleId())
	expect(t, "tasks", []string{"DECIDE_MEASURE_APPEAL"}, h.OpenTasks(t, a.GetLifecycleId()))
	_, err = h.decideAppeal(m, decider, saakornv1.AppealDisposition_APPEAL_DISPOSITION_FORWARDED, "")
	installationtest.WantInvalid(t, err, "reasons REQUIRED")
	m, err = h.decideAppeal(m, decider2, granted, "")
	must(t, err)
	now := h.Award(t, a.GetId()).GetAward()
	expect(t, "undone", []any{saakornv1.MeasureState_MEASURE_STATE_REVERSED, saakornv1.AwardState_AWARD_STATE_ACCEPTED}, []any{m.GetState(), now.GetState()})
	h.Follow(t, a.GetLifecycleId())
	expect(t, "letters", []string{"GRANT_LETTER", "ACCEPTANCE_CONFIRMED", "GRANT_STOPPED", "MEASURE_APPEAL_RECEIVED", "MEASURE_APPEAL_GRANTED"}, h.letters(a))
	_, err = h.Measures.AppealMeasure(h.applicant(1), &saakornv1.AppealMeasureRequest{RequestId: uuid.NewString(), MeasureId: m.GetId(), Grounds: "x", ChangeWanted: "x"})
	installationtest.WantRefused(t, err, codes.FailedPrecondition, "WRONG_STATE")
}

func TestAReferralOfAnAppealOfAMeasureReachesTheAppealBody(t *testing.T) {
	h := newHouse(t)
	a := h.accepted()
	forwarded := saakornv1.AppealDisposition_APPEAL_DISPOSITION_FORWARDED
	m := h.appealed(h.decided(a, stop, 0), forwarded)
	_, err := h.decideAppeal(m, decider2, forwarded, "")
	must(t, err)
	h.Follow(t, a.GetLifecycleId())
	answer, err := h.API.Cases.ListLetters(h.as(installationtest.Manager), &saakornv1.ListLettersRequest{ApplicationId: a.GetApplicationId()})
	must(t, err)
	i := slices.IndexFunc(answer.GetLetters(), func(l *saakornv1.Letter) bool { return l.GetKind() == "MEASURE_APPEAL_REFERRAL" })
	if i < 0 {
		t.Fatal("there is no referral")
	}
	referral := answer.GetLetters()[i]
	reached := slices.ContainsFunc(referral.GetDeliveries(), func(d *saakornv1.Delivery) bool {
		return strings.HasSuffix(d.GetRecipient(), "@departementet.example") && d.GetState() == saakornv1.DeliveryState_DELIVERY_STATE_DELIVERED && len(d.GetAttempts()) == 1
	})
	if !reached || len(referral.GetDeliveries()) < 2 {
		t.Errorf("the referral went %v", referral.GetDeliveries())
	}
	if !slices.ContainsFunc(referral.GetParts(), func(p *saakornv1.LetterPart) bool { return strings.Contains(p.GetBody(), "Klage på reaksjon") }) {
		t.Errorf("the documents are not listed in %v", referral.GetParts())
	}
}

func TestAnAppealOfASuspensionGoesToTheAppealBodyWhichLiftsIt(t *testing.T) {
	h := newHouse(t)
	a := h.accepted()
	m := h.decided(a, suspension, 0)
	forwarded := saakornv1.AppealDisposition_APPEAL_DISPOSITION_FORWARDED
	m = h.appealed(m, forwarded)
	outcome := func() error {
		_, err := h.Measures.RecordMeasureAppealOutcome(h.as(officer), &saakornv1.RecordMeasureAppealOutcomeRequest{
			RequestId: uuid.NewString(), MeasureId: m.GetId(), Etag: h.measureOf(m).GetEtag(), Outcome: saakornv1.AppealOutcome_APPEAL_OUTCOME_CHANGED, Reasons: "Vilkårene er oppfylt.",
		})
		return err
	}
	installationtest.WantRefused(t, outcome(), codes.FailedPrecondition, "NOT_FORWARDED")
	_, err := h.decideAppeal(m, decider, forwarded, "")
	must(t, err)
	expect(t, "still suspended", true, h.suspended(a))
	must(t, outcome())
	expect(t, "suspended", false, h.suspended(a))
	h.Follow(t, a.GetLifecycleId())
	expect(t, "letters", []string{
		"ACCEPTANCE_CONFIRMED", "GRANT_LETTER", "MEASURE_APPEAL_FORWARDED", "MEASURE_APPEAL_OUTCOME", "MEASURE_APPEAL_RECEIVED",
		"MEASURE_APPEAL_REFERRAL", "PAYMENT_SUSPENDED", "SUSPENSION_LIFTED",
	}, sorted(h.letters(a)))
}

func TestAnAppealOfAMeasureAfterAYearIsReceivedAndCanOnlyBeDismissed(t *testing.T) {
	h := newHouse(t)
	m := h.decided(h.accepted(), reduction, amount/4)
	h.API.MoveClock(t, calendar.On(m.GetDecidedAt().AsTime()).AddMonths(12).AddDays(1).At(0, 0))
	_, err := h.Measures.AppealMeasure(h.applicant(1), &saakornv1.AppealMeasureRequest{
		RequestId: uuid.NewString(), MeasureId: m.GetId(), Grounds: "Vi så ikke brevet.", ChangeWanted: "Vedtaket oppheves.",
	})
	must(t, err)
	prepare := func(d saakornv1.AppealDisposition) error {
		_, err := h.Measures.PrepareMeasureAppeal(h.as(newOfficer), &saakornv1.PrepareMeasureAppealRequest{
			RequestId: uuid.NewString(), MeasureId: m.GetId(), Etag: h.measureOf(m).GetEtag(), Recommended: d, Assessment: "Klagen kom for sent.",
		})
		return err
	}
	for _, d := range []saakornv1.AppealDisposition{
		saakornv1.AppealDisposition_APPEAL_DISPOSITION_FORWARDED, saakornv1.AppealDisposition_APPEAL_DISPOSITION_GRANTED,
	} {
		installationtest.WantRefused(t, prepare(d), codes.FailedPrecondition, "APPEAL_TOO_LATE")
	}
	dismissed := saakornv1.AppealDisposition_APPEAL_DISPOSITION_DISMISSED
	must(t, prepare(dismissed))
	_, err = h.decideAppeal(m, decider2, saakornv1.AppealDisposition_APPEAL_DISPOSITION_GRANTED, "Klagen tas opp likevel.")
	installationtest.WantRefused(t, err, codes.FailedPrecondition, "APPEAL_TOO_LATE")
	decided, err := h.decideAppeal(m, decider2, dismissed, "")
	must(t, err)
	if a := decided.GetAppeal(); !a.GetLate() || a.GetDisposition() != dismissed || a.GetClosedAt() == nil {
		t.Errorf("the appeal is %v", a)
	}
}

func TestTheLastDayOnWhichALateAppealOfAMeasureCanBeExcused(t *testing.T) {
	decided := time.Date(2019, 3, 1, 12, 0, 0, 0, time.UTC)
	rules := &scheme.Definition{Deadlines: scheme.Deadlines{LateAppealMonths: 12}}
	for _, test := range []struct {
		received time.Time
		proposed grant.Disposition
		want     string
	}{
		{time.Date(2020, 3, 1, 22, 59, 59, 0, time.UTC), grant.AppealForwarded, ""}, // a second to midnight in Norway
		{time.Date(2020, 3, 1, 23, 0, 0, 0, time.UTC), grant.AppealForwarded, "APPEAL_TOO_LATE"},
		{time.Date(2020, 3, 1, 23, 0, 0, 0, time.UTC), grant.AppealGranted, "APPEAL_TOO_LATE"},
		{time.Date(2020, 3, 1, 23, 0, 0, 0, time.UTC), grant.AppealDismissed, ""},
	} {
		a := &grant.MeasureAppeal{ReceivedAt: test.received}
		err := grant.CheckPrepareMeasureAppeal(grant.Measure{DecidedAt: &decided, DecidedBy: decider}, a, rules, test.proposed, newOfficer)
		if got := err != nil; got != (test.want != "") || got && !fault.Is(err, test.want) {
			t.Errorf("received %s and %s: %v, want %s", test.received, test.proposed, err, test.want)
		}
	}
}
