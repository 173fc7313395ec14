package grant_test

import (
	"testing"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/grant"
	"saakorn/services/installation/installationtest"
	"saakorn/services/platform/calendar"
)

const (
	colleague  = "case-officer-2"
	colleague2 = "case-officer-3"
)

func (h house) tasksOf(person string) []*saakornv1.Task {
	h.Helper()
	answer, err := h.Tasks.ListTasks(h.as(person), &saakornv1.ListTasksRequest{})
	must(h, err)
	return answer.GetTasks()
}

func TestTheTasksOfSomebodyAwayAreDoneByWhoeverStandsIn(t *testing.T) {
	h := newHouse(t)
	a := h.accepted()
	l := h.Lifecycle(t, a.GetLifecycleId()).GetLifecycle()
	_, err := h.Grants.AssignLifecycle(h.as(officer), &saakornv1.AssignLifecycleRequest{RequestId: uuid.NewString(), LifecycleId: l.GetId(), Etag: l.GetEtag(), OwnerId: "assessor-1"})
	installationtest.WantInvalid(t, err, "owner_id NO_SUCH_PERSON")
	_, err = h.Grants.AssignLifecycle(h.as(officer), &saakornv1.AssignLifecycleRequest{RequestId: uuid.NewString(), LifecycleId: l.GetId(), Etag: l.GetEtag(), OwnerId: officer})
	must(t, err)
	_, err = h.ask(&saakornv1.SubmitChangeRequestRequest{AwardId: a.GetId(), Kind: saakornv1.ChangeKind_CHANGE_KIND_EXTENSION, SpendBy: "2020-06-30"})
	must(t, err)
	h.Follow(t, a.GetLifecycleId())
	expect(t, "the contact's tasks", 1, len(h.tasksOf(officer)))
	expect(t, "a colleague's tasks", 0, len(h.tasksOf(colleague)))

	today := calendar.On(h.API.Now())
	assignments := saakornv1.NewAssignmentServiceClient(h.API.Connection)
	away := func(caller, person, substitute string) *saakornv1.Absence {
		t.Helper()
		answer, err := assignments.RegisterAbsence(h.as(caller), &saakornv1.RegisterAbsenceRequest{
			RequestId: uuid.NewString(), PersonId: person, FirstDay: today.String(), LastDay: today.AddDays(7).String(), SubstituteId: substitute,
		})
		must(t, err)
		return answer.GetAbsence()
	}
	absence := away(officer, "", colleague)
	mine := h.tasksOf(colleague)
	expect(t, "tasks of the substitute", 1, len(mine))
	expect(t, "owner and who does it", []string{officer, colleague}, []string{mine[0].GetOwnerId(), mine[0].GetActingId()})
	// The substitute is away too: whoever stands in for them does it.
	away(installationtest.Manager, colleague, colleague2)
	expect(t, "tasks of the substitute's substitute", 1, len(h.tasksOf(colleague2)))
	_, err = assignments.EndAbsence(h.as(officer), &saakornv1.EndAbsenceRequest{RequestId: uuid.NewString(), AbsenceId: absence.GetId(), Etag: absence.GetEtag()})
	must(t, err)
	expect(t, "tasks when nobody is away", 0, len(h.tasksOf(colleague2)))
}

func TestATaskIsRaisedByHandGivenAwayAndSettled(t *testing.T) {
	h := newHouse(t)
	a := h.accepted()
	create := func(owner string) (*saakornv1.Task, error) {
		answer, err := h.Tasks.CreateTask(h.as(officer), &saakornv1.CreateTaskRequest{
			RequestId: uuid.NewString(), LifecycleId: a.GetLifecycleId(), Text: "Ring daglig leder.", Role: saakornv1.Role_ROLE_CASE_OFFICER, OwnerId: owner, DueOn: "2019-12-01",
		})
		return answer.GetTask(), err
	}
	_, err := create("payment-approver-1")
	installationtest.WantInvalid(t, err, "owner_id NO_SUCH_PERSON")
	x, err := create("")
	must(t, err)
	expect(t, "task", []string{"BY_HAND", "Ring daglig leder.", "2019-12-01"}, []string{x.GetKind(), x.GetFacts()["text"], x.GetDueOn()})
	nobodys := func(person string) int {
		answer, err := h.Tasks.ListTasks(h.as(person), &saakornv1.ListTasksRequest{Unowned: true})
		must(t, err)
		return len(answer.GetTasks())
	}
	expect(t, "nobody's tasks, as seen by an officer, an approver and a manager", []int{1, 0, 1},
		[]int{nobodys(colleague), nobodys("payment-approver-1"), nobodys(installationtest.Manager)})
	given, err := h.Tasks.AssignTask(h.as(officer), &saakornv1.AssignTaskRequest{RequestId: uuid.NewString(), TaskId: x.GetId(), Etag: x.GetEtag(), OwnerId: colleague})
	must(t, err)
	settle := func(etag string, state saakornv1.TaskState) error {
		_, err := h.Tasks.SettleTask(h.as(colleague), &saakornv1.SettleTaskRequest{RequestId: uuid.NewString(), TaskId: x.GetId(), Etag: etag, State: state})
		return err
	}
	installationtest.WantRefused(t, settle(x.GetEtag(), saakornv1.TaskState_TASK_STATE_DONE), codes.Aborted, "STALE_ETAG")
	installationtest.WantInvalid(t, settle(given.GetTask().GetEtag(), saakornv1.TaskState_TASK_STATE_CANCELLED), "note REQUIRED")
	must(t, settle(given.GetTask().GetEtag(), saakornv1.TaskState_TASK_STATE_DONE))
	expect(t, "open tasks", []string(nil), h.OpenTasks(t, a.GetLifecycleId()))
}

func TestWhoDoesWhatWhilePeopleAreAway(t *testing.T) {
	away := map[string]string{"a": "b", "b": "c", "x": "y", "y": "x"}
	for owner, want := range map[string]string{"a": "c", "b": "c", "c": "c", "x": "x", "": ""} {
		if got := grant.Acting(owner, away); got != want {
			t.Errorf("what %q owns is done by %q, want %q", owner, got, want)
		}
	}
}
