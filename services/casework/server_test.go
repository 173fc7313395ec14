package casework_test

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"

	"saakorn/deploy/embedded/embeddedtest"
	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework/caseworktest"
	"saakorn/services/installation/installationtest"
	"saakorn/services/platform/database"
)

func TestMain(m *testing.M) { os.Exit(embeddedtest.Main(m)) }

const (
	approved   = saakornv1.Outcome_OUTCOME_APPROVED
	partially  = saakornv1.Outcome_OUTCOME_PARTIALLY_APPROVED
	rejected   = saakornv1.Outcome_OUTCOME_REJECTED
	dismissed  = saakornv1.Outcome_OUTCOME_DISMISSED
	met        = saakornv1.FindingOutcome_FINDING_OUTCOME_MET
	notMet     = saakornv1.FindingOutcome_FINDING_OUTCOME_NOT_MET
	unanswered = saakornv1.FindingOutcome_FINDING_OUTCOME_UNSPECIFIED
	amount     = caseworktest.AmountOre
)

// begin opens a call under a fresh installation.
func begin(t *testing.T) *caseworktest.Round {
	t.Helper()
	return caseworktest.Open(t, installationtest.New(t))
}

// assessed returns the case of the n-th enterprise's application, ready to be recommended.
func assessed(t *testing.T, r *caseworktest.Round, n int) string {
	t.Helper()
	id := r.Apply(t, n).GetId()
	r.Drive(t, id)
	if r.API.Now().Before(r.Call.GetClosesAt().AsTime()) {
		r.Close(t)
	}
	r.AnswerAll(t, id)
	r.Assess(t, id)
	return id
}

// assessedAll does the same for several, all of which must apply before the call closes.
func assessedAll(t *testing.T, r *caseworktest.Round, count int) []string {
	t.Helper()
	var ids []string
	for n := range count {
		id := r.Apply(t, n+1).GetId()
		r.Drive(t, id)
		ids = append(ids, id)
	}
	r.Close(t)
	for _, id := range ids {
		r.AnswerAll(t, id)
		r.Assess(t, id)
	}
	return ids
}

// reason returns why a call was refused: the reason of its ErrorInfo, or of its only violation.
func reason(err error) string {
	var reasons []string
	for _, detail := range status.Convert(err).Details() {
		switch d := detail.(type) {
		case *errdetails.ErrorInfo:
			reasons = append(reasons, d.GetReason())
		case *errdetails.BadRequest:
			for _, v := range d.GetFieldViolations() {
				reasons = append(reasons, v.GetReason())
			}
		}
	}
	return strings.Join(reasons, " ")
}

func wantReason(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil {
		t.Errorf("carried out, want it refused with %s", want)
		return
	}
	if !slices.Contains(strings.Fields(reason(err)), want) {
		t.Errorf("refused with %q (%v), want %s", reason(err), err, want)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// exec runs a statement of SQL past every rule of the program.
func exec(t *testing.T, r *caseworktest.Round, sql string, args ...any) error {
	t.Helper()
	_, err := r.API.Installation.Pool.Exec(t.Context(), sql, args...)
	return err
}

func number(t *testing.T, r *caseworktest.Round, sql string, args ...any) int64 {
	t.Helper()
	var n int64
	must(t, r.API.Installation.Pool.QueryRow(t.Context(), sql, args...).Scan(&n))
	return n
}

func step(t *testing.T, r *caseworktest.Round, id string, want saakornv1.CaseStep) {
	t.Helper()
	if got := r.Case(t, id).GetCase().GetStep(); got != want {
		t.Errorf("the step is %s, want %s", got, want)
	}
}

func TestNobodyDecidesWhatTheyRecommendedInTheProgramOrTheDatabase(t *testing.T) {
	r := begin(t)
	id := assessed(t, r, 1)
	r.Recommend(t, "decision-maker-1", id, partially, amount/2)
	c := r.Case(t, id).GetCase()
	wantReason(t, r.Decide(t.Context(), "decision-maker-1", c, partially, amount/2), "FOUR_EYES")

	const decide = `INSERT INTO decision (id, case_id, round, recommendation_version, outcome, amount_ore, reasons, decided_by, decided_at, basis)
		VALUES ($1, $2, 1, 1, 'REJECTED', 0, 'Slik.', $3, now(), '{}')`
	if err := exec(t, r, decide, uuid.New(), c.GetId(), "decision-maker-1"); !database.Violates(err, "four_eyes") {
		t.Errorf("the database let the recommender decide: %v", err)
	}
	must(t, r.Decide(t.Context(), "decision-maker-2", c, partially, amount/2))
	err := exec(t, r, `INSERT INTO recommendation (id, case_id, round, version, outcome, amount_ore, reasons, recommended_by, recommended_at)
		VALUES ($1, $2, 1, 2, 'REJECTED', 0, 'Likevel.', 'decision-maker-2', now())`, uuid.New(), c.GetId())
	if !database.Violates(err, "round_decided") {
		t.Errorf("the database took a recommendation in a decided round: %v", err)
	}
	if err := exec(t, r, decide, uuid.New(), c.GetId(), "decision-maker-3"); err == nil {
		t.Error("the database took a second decision in one round")
	}
}

func TestWhatADecisionRestsOnIsFrozen(t *testing.T) {
	r := begin(t)
	id := assessed(t, r, 1)
	r.Recommend(t, installationtest.CaseOfficer, id, approved, amount)
	must(t, exec(t, r, `UPDATE finding SET reason = 'Før vedtaket.'`)) // until then it can be changed
	must(t, r.Decide(t.Context(), installationtest.DecisionMaker, r.Case(t, id).GetCase(), approved, amount))
	for _, statement := range []string{
		`UPDATE finding SET answer = 'NOT_MET'`,
		`DELETE FROM finding`,
		`UPDATE assessment SET scores = '[]'`,
		`DELETE FROM assessment`,
		`UPDATE recommendation SET amount_ore = 1`,
		`DELETE FROM recommendation`,
		`INSERT INTO assessment (id, case_id, round, assessor_id, assigned_at) SELECT gen_random_uuid(), id, round, 'assessor-4', now() FROM case_file`,
	} {
		if err := exec(t, r, statement); !database.Violates(err, "frozen_at_decision") {
			t.Errorf("%s: %v", statement, err)
		}
	}
	for _, statement := range []string{`UPDATE decision SET amount_ore = 1`, `DELETE FROM decision`, `UPDATE audit_event SET actor_id = 'x'`, `DELETE FROM audit_event`} {
		if err := exec(t, r, statement); err == nil {
			t.Errorf("the database did it: %s", statement)
		}
	}
	finding := r.Case(t, id).GetFindings()[0]
	_, err := r.API.Cases.AnswerFinding(r.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.AnswerFindingRequest{
		RequestId: uuid.NewString(), CaseId: r.Case(t, id).GetCase().GetId(), FindingId: finding.GetId(), Answer: notMet, Reason: "Likevel.",
	})
	wantReason(t, err, "WRONG_STEP")
}

// together calls every function at the same moment and returns what each said.
func together(calls ...func() error) []error {
	start := make(chan struct{})
	results := make([]chan error, len(calls))
	for i, call := range calls {
		results[i] = make(chan error, 1)
		go func() {
			<-start
			results[i] <- call()
		}()
	}
	close(start)
	errs := make([]error, len(calls))
	for i, result := range results {
		errs[i] = <-result
	}
	return errs
}

// oneWins demands that exactly one of the two was carried out, and returns why the other was not.
func oneWins(t *testing.T, errs []error) string {
	t.Helper()
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Fatalf("want exactly one to be carried out: %v", errs)
	}
	if errs[0] != nil {
		return reason(errs[0])
	}
	return reason(errs[1])
}

func TestFrameIsNeverExceededByTwoWhoDecideAtTheSameMoment(t *testing.T) {
	r := begin(t)
	ids := assessedAll(t, r, 3)
	for _, id := range ids {
		r.Recommend(t, installationtest.CaseOfficer, id, approved, amount)
	}
	must(t, exec(t, r, `UPDATE budget_frame SET frame_ore = $1 WHERE grant_year = 2019`, 2*amount-1)) // for one of them
	first, second := r.Case(t, ids[0]).GetCase(), r.Case(t, ids[1]).GetCase()
	why := oneWins(t, together(
		func() error { return r.Decide(t.Context(), "decision-maker-1", first, approved, amount) },
		func() error { return r.Decide(t.Context(), "decision-maker-2", second, approved, amount) },
	))
	if why != "FRAME_EXCEEDED" {
		t.Errorf("the other was refused with %q", why)
	}
	third := r.Case(t, ids[2]).GetCase()
	wantReason(t, r.Decide(t.Context(), "decision-maker-3", third, approved, amount), "FRAME_EXCEEDED")
	step(t, r, ids[2], saakornv1.CaseStep_CASE_STEP_DECISION) // nothing half done
	if state := number(t, r, `SELECT count(*) FROM application WHERE decided_at IS NOT NULL`); state != 1 {
		t.Errorf("%d applications are marked as decided", state)
	}
	bound, awarded := number(t, r, `SELECT bound_ore FROM budget_frame WHERE grant_year = 2019`), number(t, r, `SELECT sum(amount_awarded_ore) FROM case_file`)
	if bound != amount || awarded != amount {
		t.Errorf("%d øre are bound and %d awarded, want %d", bound, awarded, amount)
	}
}

func TestOneCaseIsDecidedOnce(t *testing.T) {
	r := begin(t)
	id := assessed(t, r, 1)
	r.Recommend(t, installationtest.CaseOfficer, id, approved, amount)
	c := r.Case(t, id).GetCase()
	why := oneWins(t, together(
		func() error { return r.Decide(t.Context(), "decision-maker-1", c, approved, amount) },
		func() error { return r.Decide(t.Context(), "decision-maker-2", c, approved, amount) },
	))
	if !slices.Contains([]string{"STALE_ETAG", "WRONG_STEP"}, why) {
		t.Errorf("the other was refused with %q", why)
	}
	if bound := number(t, r, `SELECT bound_ore FROM budget_frame WHERE grant_year = 2019`); bound != amount {
		t.Errorf("%d øre are bound", bound)
	}
	if decisions := number(t, r, `SELECT count(*) FROM decision`); decisions != 1 {
		t.Errorf("%d decisions", decisions)
	}
}

func TestAnApplicationIsDecidedOrWithdrawnAndNeverBoth(t *testing.T) {
	r := begin(t)
	const tries = 4
	for n, id := range assessedAll(t, r, tries) {
		r.Recommend(t, installationtest.CaseOfficer, id, approved, amount)
		c := r.Case(t, id).GetCase()
		errs := together(
			func() error { return r.Decide(t.Context(), installationtest.DecisionMaker, c, approved, amount) },
			func() error { return r.Withdraw(t.Context(), n+1, id) },
		)
		why := oneWins(t, errs)
		r.Drive(t, id)
		ended := r.Case(t, id).GetCase()
		switch {
		case errs[0] == nil && (why != "DECIDED" || ended.GetOutcome() != approved || ended.GetDecidedAt() == nil):
			t.Errorf("decided, the withdrawal refused with %q, and the case is %v", why, ended)
		case errs[1] == nil && (why != "WITHDRAWN" || ended.GetOutcome() != saakornv1.Outcome_OUTCOME_WITHDRAWN || ended.GetDecidedAt() != nil):
			t.Errorf("withdrawn, the decision refused with %q, and the case is %v", why, ended)
		}
	}
	bound, awarded := number(t, r, `SELECT bound_ore FROM budget_frame WHERE grant_year = 2019`), number(t, r, `SELECT sum(amount_awarded_ore) FROM case_file`)
	if bound != awarded {
		t.Errorf("%d øre are bound and %d awarded", bound, awarded)
	}
}

func TestWithdrawalAndDecisionShutEachOtherOut(t *testing.T) {
	r := begin(t)
	ids := assessedAll(t, r, 2)
	for _, id := range ids {
		r.Recommend(t, installationtest.CaseOfficer, id, approved, amount)
	}
	must(t, r.Withdraw(t.Context(), 1, ids[0]))
	wantReason(t, r.Decide(t.Context(), installationtest.DecisionMaker, r.Case(t, ids[0]).GetCase(), approved, amount), "WITHDRAWN")
	must(t, r.Decide(t.Context(), installationtest.DecisionMaker, r.Case(t, ids[1]).GetCase(), approved, amount))
	wantReason(t, r.Withdraw(t.Context(), 2, ids[1]), "DECIDED")
}

func TestAssessmentsOfOthersAreHiddenUntilOnesOwnIsSubmitted(t *testing.T) {
	r := begin(t)
	id := r.Apply(t, 1).GetId()
	r.Drive(t, id)
	r.Close(t)
	r.AnswerAll(t, id)
	r.NameAssessors(t, id)
	caseID := r.Case(t, id).GetCase().GetId()
	sees := func(person string) []string {
		var ids []string
		for _, a := range r.Find(t, person, id).GetAssessments() {
			ids = append(ids, a.GetAssessorId())
		}
		slices.Sort(ids)
		return ids
	}
	expect := func(what string, want, got any) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	expect("whom an assessor sees to be asked", []string{"assessor-1"}, r.Find(t, "assessor-1", id).GetAssessorIds())
	expect("whom an officer sees to be asked", []string{"assessor-1", "assessor-2"}, slices.Sorted(slices.Values(r.Case(t, id).GetAssessorIds())))
	r.AssessAs(t, "assessor-1", id)
	expect("whom the one who has submitted sees to be asked", []string{"assessor-1", "assessor-2"}, slices.Sorted(slices.Values(r.Find(t, "assessor-1", id).GetAssessorIds())))
	expect("what the one who has submitted sees", []string{"assessor-1"}, sees("assessor-1"))
	expect("what the other sees", []string{"assessor-2"}, sees("assessor-2"))
	expect("what the officer sees", []string{"assessor-1"}, sees(installationtest.CaseOfficer))
	r.AssessAs(t, "assessor-2", id)
	for _, person := range []string{"assessor-1", "assessor-2"} {
		expect("what "+person+" sees at last", []string{"assessor-1", "assessor-2"}, sees(person))
	}
	_, err := r.API.Cases.GetCase(r.API.As(t.Context(), "assessor-3"), &saakornv1.GetCaseRequest{CaseId: caseID})
	wantReason(t, err, "NOT_FOUND")
	_, err = r.API.Cases.ListCaseEvents(r.API.As(t.Context(), "assessor-1"), &saakornv1.ListCaseEventsRequest{CaseId: caseID})
	if err == nil {
		t.Error("an assessor reads the events")
	}
}

func TestOfficerWhoAssessesSeesNoContentOfOthersInTheEvents(t *testing.T) {
	r := begin(t)
	id := r.Apply(t, 1).GetId()
	r.Drive(t, id)
	r.Close(t)
	r.AnswerAll(t, id)
	c := r.Case(t, id).GetCase()
	_, err := r.API.Cases.AssignAssessors(r.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.AssignAssessorsRequest{
		RequestId: uuid.NewString(), CaseId: c.GetId(), AssessorIds: []string{"assessor-1", "case-officer-2"},
	})
	must(t, err)
	r.AssessAs(t, "assessor-1", id)
	shown := func(person, action string) int {
		n := 0
		for _, e := range r.Events(t, person, c.GetId()) {
			if e.GetAction() == action && strings.Contains(e.GetAfter(), "Søknaden svarer godt") {
				n++
			}
		}
		return n
	}
	if n := shown("case-officer-2", "ASSESSMENT_SUBMITTED") + shown("case-officer-2", "ASSESSMENT_SAVED"); n != 0 {
		t.Errorf("before submitting they read %d events about the other's assessment", n)
	}
	r.AssessAs(t, "case-officer-2", id)
	if n := shown("case-officer-2", "ASSESSMENT_SUBMITTED"); n != 2 {
		t.Errorf("after submitting they read %d events with assessments, want 2", n)
	}
	if n := shown(installationtest.CaseOfficer, "ASSESSMENT_SAVED"); n != 0 {
		t.Errorf("an officer reads %d drafts of others", n)
	}
}

func TestStaleEtagIsAConflict(t *testing.T) {
	r := begin(t)
	id := assessed(t, r, 1)
	old := r.Case(t, id).GetCase()
	r.Recommend(t, installationtest.CaseOfficer, id, approved, amount)
	ctx := r.API.As(t.Context(), installationtest.CaseOfficer)
	_, err := r.API.Cases.Recommend(ctx, &saakornv1.RecommendRequest{
		RequestId: uuid.NewString(), CaseId: old.GetId(), Etag: old.GetEtag(), Outcome: rejected, Reasons: "Nei.",
	})
	conflict := reason(err)
	if err == nil {
		t.Fatal("a stale recommendation was taken")
	}
	for _, err := range []error{
		r.Decide(t.Context(), installationtest.DecisionMaker, old, approved, amount),
		assign(ctx, r, old, "case-officer-2"),
	} {
		wantReason(t, err, conflict)
	}
}

func assign(ctx context.Context, r *caseworktest.Round, c *saakornv1.Case, owner string) error {
	_, err := r.API.Cases.AssignCase(ctx, &saakornv1.AssignCaseRequest{
		RequestId: uuid.NewString(), CaseId: c.GetId(), Etag: c.GetEtag(), OwnerId: owner,
	})
	return err
}

func TestOnlyACaseOfficerOwnsACase(t *testing.T) {
	r := begin(t)
	id := r.Apply(t, 1).GetId()
	r.Drive(t, id)
	officer := r.API.As(t.Context(), installationtest.CaseOfficer)
	for _, person := range []string{"assessor-1", "auditor-1", "entrepreneur-01", "nobody-at-all"} {
		wantReason(t, assign(officer, r, r.Case(t, id).GetCase(), person), "NO_SUCH_PERSON")
	}
	must(t, assign(officer, r, r.Case(t, id).GetCase(), "case-officer-2"))
	if owner := r.Case(t, id).GetCase().GetOwnerId(); owner != "case-officer-2" {
		t.Errorf("the owner is %q", owner)
	}
	if err := assign(r.API.As(t.Context(), "assessor-1"), r, r.Case(t, id).GetCase(), "case-officer-1"); err == nil {
		t.Error("an assessor assigns cases")
	}
}
