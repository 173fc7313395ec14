package caseworker

import (
	"cmp"
	"net/url"
	"strings"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// worklist is what somebody has to do.
type worklist struct {
	sheet

	whose string
	tasks []*saakornv1.Task
	next  string
}

func openWorklist(v *site.Visit) (*worklist, error) {
	v.Page.Staff = true
	w := &worklist{sheet: sheet{Page: v.Page}, whose: v.Value("whose")}
	answer, err := v.API.Tasks.ListTasks(v.Context(), &saakornv1.ListTasksRequest{
		PageSize: onScreen, PageToken: v.Value("page"), Everybody: w.whose == "everybody", Unowned: w.whose == "unowned",
	})
	if err != nil {
		return nil, err
	}
	w.tasks, w.next = answer.GetTasks(), answer.GetNextPageToken()
	return w, nil
}

func showTasks(v *site.Visit) error {
	w, err := openWorklist(v)
	if err != nil {
		return err
	}
	return v.Show(tasksPage(w))
}

func (w *worklist) address(whose, page string) string {
	q := url.Values{}
	if whose != "" {
		q.Set("whose", whose)
	}
	if page != "" {
		q.Set("page", page)
	}
	if len(q) == 0 {
		return "/tasks"
	}
	return "/tasks?" + q.Encode()
}

// settles tells whether the reader may end the task or take it on; the API has the last word.
func (w *worklist) settles(t *saakornv1.Task) bool {
	return w.Person.Has(t.GetRole(), saakornv1.Role_ROLE_MANAGER) && t.GetState() == saakornv1.TaskState_TASK_STATE_OPEN
}

// taskTitle says what is to be done.
func taskTitle(p ui.Page, t *saakornv1.Task) string {
	if t.GetKind() == "BY_HAND" {
		return t.GetFacts()["text"]
	}
	if strings.HasPrefix(t.GetKind(), "SIGNAL_") {
		return p.T("taskkind.SIGNAL")
	}
	return p.Or("taskkind."+t.GetKind(), "taskkind.other")
}

// taskAddress is where the task is done.
func taskAddress(t *saakornv1.Task) string {
	switch kind := t.GetKind(); {
	case strings.HasSuffix(kind, "_PAYMENT"), strings.HasPrefix(kind, "PAYMENT_"), kind == "BANK_SILENT":
		return "/awards/" + t.GetAwardId() + "/payments"
	case strings.HasPrefix(kind, "REPORT_"):
		return reportAddress(t.GetSubjectId())
	case kind == "EXAMPLE_TO_PUBLISH":
		return exampleAddress(t.GetSubjectId())
	case kind == "CHECKIN_LATE", kind == "ACTION_POINT":
		return laneAddress(t.GetLifecycleId(), "checkins")
	case kind == "COMPETENCE_NEED":
		return laneAddress(t.GetLifecycleId(), "needs")
	case strings.HasPrefix(kind, "CLAIM_"):
		return laneAddress(t.GetLifecycleId(), "claims")
	case strings.HasPrefix(kind, "SIGNAL_"):
		return laneAddress(t.GetLifecycleId(), "") + "#signals"
	default:
		return "/lifecycles/" + t.GetLifecycleId()
	}
}

func (w *worklist) doer(t *saakornv1.Task) string {
	if t.GetActingName() != "" {
		return t.GetActingName()
	}
	return w.T("tasks.anybody", "role", w.T("role."+t.GetRole().String()+".title"))
}

// settleTask ends a task.
func settleTask(v *site.Visit) error {
	id, err := v.ID("task")
	if err != nil {
		return err
	}
	state := saakornv1.TaskState_TASK_STATE_DONE
	if v.Value("do") == "cancel" {
		state = saakornv1.TaskState_TASK_STATE_CANCELLED
	}
	_, err = v.API.Tasks.SettleTask(v.Context(), &saakornv1.SettleTaskRequest{
		RequestId: v.RequestID(), TaskId: id, Etag: v.Value("etag"), State: state, Note: v.Value("note"),
	})
	if err == nil {
		return v.GoWith("/tasks", "task_settled")
	}
	return taskAgain(v, id+"/settle", err)
}

// takeTask gives a task to the reader.
func takeTask(v *site.Visit) error {
	id, err := v.ID("task")
	if err != nil {
		return err
	}
	_, err = v.API.Tasks.AssignTask(v.Context(), &saakornv1.AssignTaskRequest{
		RequestId: v.RequestID(), TaskId: id, Etag: v.Value("etag"), OwnerId: v.Person().ID,
	})
	if err == nil {
		return v.GoWith("/tasks", "task_taken")
	}
	return taskAgain(v, id+"/take", err)
}

// taskAgain shows the list again with what is wrong.
func taskAgain(v *site.Visit, form string, err error) error {
	s, ok := refusedForm(v, form, map[string]string{"note": "note"}, err)
	if !ok {
		return err
	}
	w, failed := openWorklist(v)
	if failed != nil {
		return err // what was refused says more
	}
	s.Page = v.Page
	w.sheet = s
	return v.ShowInvalid(tasksPage(w))
}

// whoseKey names a list of tasks; without a name it is the reader's own.
func whoseKey(whose string) string { return cmp.Or(whose, "mine") }
