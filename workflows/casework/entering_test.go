package casework_test

import (
	"testing"

	"github.com/google/uuid"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework"
	"saakorn/services/casework/caseworktest"
	"saakorn/services/installation/installationtest"
	"saakorn/services/platform/procedure"
)

// reconcile starts a workflow for every open procedure that has none.
func (h *house) reconcile() procedure.Reconciled {
	h.t.Helper()
	done, err := procedure.Reconcile(h.t.Context(), h.API.Installation.Pool, h.engine, nil)
	h.must(err)
	return done
}

// forget drops every message to the engine, as if it had taken them and then been lost.
func (h *house) forget() {
	h.t.Helper()
	_, err := h.API.Installation.Pool.Exec(h.t.Context(), `DELETE FROM river_job`)
	h.must(err)
}

// stage is how far a case has come when the engine is lost.
type stage struct {
	name string
	// before and after are what has been done before and after the close of the call.
	before, after func(h *house, n int, id string)
	// want is where the case stands when a new engine has looked at it.
	want casework.Step
}

// stages are the steps of a case, each with nothing done beyond it.
func stages() []stage {
	none := func(*house, int, string) {}
	do := func(tasks ...casework.Task) func(h *house, _ int, id string) {
		return func(h *house, _ int, id string) {
			for _, task := range tasks {
				h.must(caseworktest.Do(h.t.Context(), h.API.Installation, task, uuid.MustParse(id)))
			}
		}
	}
	drive := func(h *house, _ int, id string) { h.Drive(h.t, id) }
	answered := func(h *house, _ int, id string) { h.AnswerAll(h.t, id) }
	assessed := func(h *house, n int, id string) { answered(h, n, id); h.Assess(h.t, id) }
	recommended := func(h *house, n int, id string) {
		assessed(h, n, id)
		h.Recommend(h.t, installationtest.CaseOfficer, id, approved, amount)
	}
	decided := func(h *house, n int, id string) {
		recommended(h, n, id)
		h.must(h.Decide(h.t.Context(), installationtest.DecisionMaker, h.Case(h.t, id).GetCase(), approved, amount))
	}
	return []stage{
		{"nothing done", none, none, casework.Clarification},
		{"opened", do(casework.TaskOpen), none, casework.Clarification},
		{"receipt sent", do(casework.TaskOpen, casework.TaskConfirmReceipt), none, casework.Clarification},
		{"screened", drive, none, casework.Clarification},
		{"answered", drive, answered, casework.Assessing},
		{"assessed", drive, assessed, casework.Recommending},
		{"recommended", drive, recommended, casework.Deciding},
		{"decided", drive, decided, casework.AwaitingAppeal},
		{"letter sent", drive, func(h *house, n int, id string) {
			decided(h, n, id)
			do(casework.TaskNotify)(h, n, id)
		}, casework.AwaitingAppeal},
		{"appeal period", drive, func(h *house, n int, id string) {
			decided(h, n, id)
			drive(h, n, id)
		}, casework.AwaitingAppeal},
		{"withdrawn", drive, func(h *house, n int, id string) { h.must(h.Withdraw(h.t.Context(), n, id)) }, casework.Closed},
		{"withdrawal recorded", drive, func(h *house, n int, id string) {
			h.must(h.Withdraw(h.t.Context(), n, id))
			do(casework.TaskRecordWithdrawal)(h, n, id)
		}, casework.Closed},
	}
}

func TestLostEngineGoesOnWithEveryCaseWhereItWas(t *testing.T) {
	h := newHouse(t)
	var ids []string
	for n, s := range stages() {
		id := h.Apply(t, n+1).GetId()
		ids = append(ids, id)
		s.before(h, n+1, id)
	}
	h.Close(t)
	for n, s := range stages() {
		s.after(h, n+1, ids[n])
	}
	h.forget()
	h.start()
	all := len(ids) + 4 // and the call, and of the one that has been told the lifecycle with its follow-up, and the money
	h.expect("reconciled", procedure.Reconciled{Open: all, Started: all}, h.reconcile())
	h.settle()
	for n, s := range stages() {
		t.Run(s.name, func(t *testing.T) {
			if got := h.Case(t, ids[n]).GetCase().GetStep().String(); got != "CASE_STEP_"+string(s.want) {
				t.Errorf("the case has come to %s, want %s", got, s.want)
			}
		})
	}
	done := h.reconcile()
	h.expect("started the second time", 0, done.Started)
	h.liveOn(ids)
	var letters, keys int
	h.must(h.API.Installation.Pool.QueryRow(t.Context(), `SELECT count(*), count(DISTINCT (application_id, kind)) FROM letter
		WHERE kind = 'RECEIPT' OR kind = 'WITHDRAWAL_CONFIRMED' OR kind LIKE 'DECISION%'`).Scan(&letters, &keys))
	// A receipt and then a decision or a withdrawal for each.
	h.expect("letters", []int{2 * len(ids), 2 * len(ids)}, []int{letters, keys})
}

// liveOn takes every case to its end.
func (h *house) liveOn(ids []string) {
	h.t.Helper()
	for _, id := range ids {
		c := h.Case(h.t, id)
		switch casework.Step(c.GetCase().GetStep().String()[len("CASE_STEP_"):]) {
		case casework.Clarification:
			h.AnswerAll(h.t, id)
			h.Assess(h.t, id)
		case casework.Assessing:
			h.Assess(h.t, id)
		default:
		}
	}
	h.settle()
	for _, id := range ids {
		if h.Case(h.t, id).GetCase().GetStep() == saakornv1.CaseStep_CASE_STEP_RECOMMENDATION {
			h.Recommend(h.t, installationtest.CaseOfficer, id, approved, amount)
		}
		if c := h.Case(h.t, id).GetCase(); c.GetStep() == saakornv1.CaseStep_CASE_STEP_DECISION {
			h.must(h.Decide(h.t.Context(), installationtest.DecisionMaker, c, approved, amount))
		}
	}
	h.settle()
	for _, id := range ids {
		if c := h.Case(h.t, id).GetCase(); c.GetStep() == saakornv1.CaseStep_CASE_STEP_APPEAL_PERIOD && c.GetDueAt().AsTime().After(h.API.Now()) {
			h.outlive(id)
		}
	}
	h.settle()
	for _, id := range ids {
		h.expectStep(id, casework.Closed)
		h.ended(id, "")
	}
}

func TestWorkflowThatIsLostAloneIsStartedAlone(t *testing.T) {
	h := newHouse(t)
	h.start()
	lost, kept := h.apply(1).GetId(), h.apply(2).GetId()
	workflowID := procedure.Casework.WorkflowID(uuid.MustParse(lost))
	h.must(h.engine.TerminateWorkflow(t.Context(), workflowID, "", "to see it come back"))
	h.expect("reconciled", procedure.Reconciled{Open: 3, Started: 1}, h.reconcile())
	h.settle()
	h.expect("reconciled again", procedure.Reconciled{Open: 3}, h.reconcile())
	for n, id := range []string{lost, kept} {
		h.must(h.Withdraw(t.Context(), n+1, id))
		h.settle()
		h.ended(id, "")
		h.expectStep(id, casework.Closed)
	}
	h.expect("reconciled when the cases are closed", procedure.Reconciled{Open: 1}, h.reconcile())
}

func TestMessagesWaitWhileTheEngineIsAway(t *testing.T) {
	h := newHouse(t)
	h.start()
	first := h.apply(1).GetId()
	h.stop()
	second := h.Apply(t, 2).GetId() // accepted all the same
	h.must(h.Withdraw(t.Context(), 1, first))
	p, err := procedure.Look(t.Context(), h.API.Installation.Pool, h.API.Now())
	h.must(err)
	h.expect("undelivered and unsettled", []int{2, 2}, []int{p.Undelivered, p.Unsettled})
	h.start()
	h.settle()
	h.expectStep(first, casework.Closed)
	h.expectStep(second, casework.Clarification)
	h.expect("letters", []string{receipt}, h.Letters(t, second))
}
