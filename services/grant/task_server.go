package grant

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/grant/db"
	"saakorn/services/platform/access"
	"saakorn/services/platform/audit"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/command"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/page"
	"saakorn/services/platform/person"
	"saakorn/services/platform/task"
)

// TaskServer answers the TaskService of the contract.
type TaskServer struct {
	saakornv1.UnimplementedTaskServiceServer
	*Server
}

// taskPlace is where a page of tasks begins: after this date and identifier.
type taskPlace struct {
	DueOn calendar.Date `json:"d"`
	ID    uuid.UUID     `json:"i"`
}

// never is when a task is due that has no date, as the index writes it.
func never() calendar.Date { return calendar.Date{Year: 9999, Month: time.December, Day: 31} }

// ListTasks returns open tasks, those due first.
func (s *TaskServer) ListTasks(ctx context.Context, r *saakornv1.ListTasksRequest) (*saakornv1.ListTasksResponse, error) {
	dueBy, err := parseDate("due_by", r.GetDueBy())
	if err != nil {
		return nil, err
	}
	if dueBy.IsZero() {
		dueBy = never()
	}
	at, err := page.Place(r, taskPlace{calendar.Date{Year: 1, Month: time.January, Day: 1}, uuid.Nil})
	if err != nil {
		return nil, err
	}
	away, err := s.Roster.Away(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := s.listTasks(ctx, r, at, dueBy, away)
	if err != nil {
		return nil, fmt.Errorf("list tasks: %w", err)
	}
	rows, next, err := page.Cut(r, rows, func(last db.Task) taskPlace {
		on := decodeDate(last.DueOn)
		if on.IsZero() {
			on = never()
		}
		return taskPlace{on, last.ID}
	})
	if err != nil {
		return nil, err
	}
	tasks, err := s.presentTasks(ctx, s.Pool, rows, away)
	return &saakornv1.ListTasksResponse{Tasks: tasks, NextPageToken: next}, err
}

func (s *TaskServer) listTasks(ctx context.Context, r *saakornv1.ListTasksRequest, at taskPlace, dueBy calendar.Date, away map[string]string) ([]db.Task, error) {
	queries, limit := db.New(s.Pool), int32(page.Size(r)+1)
	after, by := encodeDate(at.DueOn), encodeDate(dueBy)
	switch {
	case r.GetLifecycleId() != "":
		return queries.ListTasksOfLifecycle(ctx, db.ListTasksOfLifecycleParams{
			LifecycleID: uuid.MustParse(r.GetLifecycleId()), AfterDueOn: after, AfterID: at.ID, DueBy: by, RowLimit: limit,
		})
	case r.GetUnowned():
		return queries.ListUnownedTasks(ctx, db.ListUnownedTasksParams{
			Roles: doable(ctx), AfterDueOn: after, AfterID: at.ID, DueBy: by, RowLimit: limit,
		})
	case r.GetEverybody():
		return queries.ListOpenTasks(ctx, db.ListOpenTasksParams{AfterDueOn: after, AfterID: at.ID, DueBy: by, RowLimit: limit})
	}
	caller, _ := access.From(ctx)
	return queries.ListTasksOfOwners(ctx, db.ListTasksOfOwnersParams{
		OwnerIds: stoodInFor(caller.ID, away), AfterDueOn: after, AfterID: at.ID, DueBy: by, RowLimit: limit,
	})
}

// doable returns the roles whose tasks the caller may do; nothing for those who follow everybody's.
func doable(ctx context.Context) []string {
	caller, _ := access.From(ctx)
	roles := []string{}
	if caller.Has(saakornv1.Role_ROLE_MANAGER, saakornv1.Role_ROLE_AUDITOR) {
		return roles
	}
	for _, r := range caller.Roles {
		roles = append(roles, r.String())
	}
	return roles
}

// Acting returns who does what the owner is to do while people are away: whoever stands in for them, and
// for those in turn. When all of them are away it is the owner.
func Acting(owner string, away map[string]string) string {
	acting, seen := owner, map[string]bool{}
	for {
		substitute, gone := away[acting]
		switch {
		case !gone:
			return acting
		case seen[acting]:
			return owner
		}
		seen[acting] = true
		acting = substitute
	}
}

// stoodInFor returns the person and everybody whom they stand in for.
func stoodInFor(id string, away map[string]string) []string {
	people := []string{id}
	for owner := range away {
		if owner != id && Acting(owner, away) == id {
			people = append(people, owner)
		}
	}
	slices.Sort(people)
	return people
}

func (s *TaskServer) presentTasks(ctx context.Context, q Querier, rows []db.Task, away map[string]string) ([]*saakornv1.Task, error) {
	ids, people := make([]uuid.UUID, 0, len(rows)), make([]string, 0, len(rows))
	for _, row := range rows {
		ids, people = append(ids, row.LifecycleID), append(people, Acting(orEmpty(row.OwnerID), away))
	}
	names, err := person.Names(ctx, q, people)
	if err != nil {
		return nil, err
	}
	lifecycles, err := db.New(q).ListLifecycleEnterprises(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("list lifecycles of tasks: %w", err)
	}
	of, enterprises := map[uuid.UUID]uuid.UUID{}, make([]uuid.UUID, 0, len(lifecycles))
	for _, l := range lifecycles {
		of[l.ID], enterprises = l.EnterpriseID, append(enterprises, l.EnterpriseID)
	}
	named, err := db.New(q).ListEnterpriseNames(ctx, enterprises)
	if err != nil {
		return nil, fmt.Errorf("list enterprises of tasks: %w", err)
	}
	for _, e := range named {
		names[e.ID.String()] = e.Name
	}
	tasks := make([]*saakornv1.Task, 0, len(rows))
	for i, row := range rows {
		t, err := presentTask(row, of[row.LifecycleID].String(), people[i], names)
		if err != nil {
			return nil, err
		}
		tasks = append(tasks, t)
	}
	return tasks, nil
}

func presentTask(row db.Task, enterpriseID, acting string, names map[string]string) (*saakornv1.Task, error) {
	t := &saakornv1.Task{
		Id: row.ID.String(), Etag: strconv.FormatInt(row.Revision, 10), Kind: row.Kind, LifecycleId: row.LifecycleID.String(),
		EnterpriseId: enterpriseID, EnterpriseName: names[enterpriseID], Role: saakornv1.Role(saakornv1.Role_value[row.Role]),
		OwnerId: orEmpty(row.OwnerID), ActingId: acting, ActingName: names[acting],
		State: saakornv1.TaskState(saakornv1.TaskState_value["TASK_STATE_"+row.State]), DueOn: decodeDate(row.DueOn).String(),
		RaisedBy: row.RaisedBy, RaisedAt: timestamppb.New(row.RaisedAt), SettledBy: orEmpty(row.SettledBy),
		SettledAt: optionalTime(row.SettledAt), Note: row.Note,
	}
	if row.AwardID != nil {
		t.AwardId = row.AwardID.String()
	}
	if row.SubjectID != nil {
		t.SubjectId = row.SubjectID.String()
	}
	if err := json.Unmarshal(row.Facts, &t.Facts); err != nil {
		return nil, fmt.Errorf("decode the facts of a task: %w", err)
	}
	return t, nil
}

// answered returns the task as it is now.
func (s *TaskServer) answered(ctx context.Context, tx pgx.Tx, row db.Task) (*saakornv1.Task, error) {
	away, err := s.Roster.Away(ctx)
	if err != nil {
		return nil, err
	}
	tasks, err := s.presentTasks(ctx, tx, []db.Task{row}, away)
	if err != nil {
		return nil, err
	}
	return tasks[0], nil
}

// CreateTask raises a task by hand.
func (s *TaskServer) CreateTask(ctx context.Context, r *saakornv1.CreateTaskRequest) (*saakornv1.CreateTaskResponse, error) {
	on, err := parseDate("due_on", r.GetDueOn())
	if err != nil {
		return nil, err
	}
	if err := checkTexts(map[string]string{"text": r.GetText()}); err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.CreateTaskResponse, error) {
		if _, err := s.Store.Lifecycle(ctx, tx, uuid.MustParse(r.GetLifecycleId())); err != nil {
			return nil, err
		}
		if r.GetOwnerId() != "" {
			if err := checkPerson(ctx, tx, "owner_id", r.GetOwnerId(), r.GetRole()); err != nil {
				return nil, err
			}
		}
		key := "by-hand/" + uuid.Must(uuid.NewV7()).String()
		_, err := task.Raise(ctx, tx, task.Task{
			Key: key, Kind: "BY_HAND", LifecycleID: uuid.MustParse(r.GetLifecycleId()), Facts: map[string]string{"text": r.GetText()},
			Role: r.GetRole(), OwnerID: r.GetOwnerId(), DueOn: on,
		}, s.Clock.Now())
		if err != nil {
			return nil, err
		}
		row, err := db.New(tx).GetTask(ctx, task.ID(key))
		if err != nil {
			return nil, notFound("task", err)
		}
		t, err := s.answered(ctx, tx, row)
		return &saakornv1.CreateTaskResponse{Task: t}, err
	})
}

// changeTask carries out a mutation of one open task.
func (s *TaskServer) changeTask(ctx context.Context, tx pgx.Tx, id, etag, action string, do func(row *db.Task, now time.Time) error) (*saakornv1.Task, error) {
	row, err := db.New(tx).LockTask(ctx, uuid.MustParse(id))
	if err != nil {
		return nil, notFound("task", err)
	}
	if current := strconv.FormatInt(row.Revision, 10); etag != current {
		return nil, fault.NewConflict(current)
	}
	if row.State != "OPEN" {
		return nil, fault.NewPrecondition("TASK_SETTLED", "the task is settled")
	}
	before, now := taskFacts(row), s.Clock.Now()
	if err := do(&row, now); err != nil {
		return nil, err
	}
	row, err = db.New(tx).UpdateTask(ctx, db.UpdateTaskParams{
		ID: row.ID, OwnerID: row.OwnerID, State: row.State, SettledBy: row.SettledBy, SettledAt: row.SettledAt, Note: row.Note,
	})
	if err != nil {
		return nil, fmt.Errorf("save a task: %w", err)
	}
	err = audit.Record(ctx, tx, audit.Event{
		Action: action, OccurredAt: now, SubjectKind: "task", SubjectID: row.ID, Before: before, After: taskFacts(row),
	})
	if err != nil {
		return nil, err
	}
	return s.answered(ctx, tx, row)
}

func taskFacts(row db.Task) map[string]any {
	return map[string]any{"owner_id": orEmpty(row.OwnerID), "state": row.State, "note": row.Note}
}

// AssignTask gives a task to somebody with its role.
func (s *TaskServer) AssignTask(ctx context.Context, r *saakornv1.AssignTaskRequest) (*saakornv1.AssignTaskResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.AssignTaskResponse, error) {
		t, err := s.changeTask(ctx, tx, r.GetTaskId(), r.GetEtag(), "TASK_ASSIGNED", func(row *db.Task, _ time.Time) error {
			owner := r.GetOwnerId()
			row.OwnerID = &owner
			return checkPerson(ctx, tx, "owner_id", owner, saakornv1.Role(saakornv1.Role_value[row.Role]))
		})
		return &saakornv1.AssignTaskResponse{Task: t}, err
	})
}

// SettleTask ends a task.
func (s *TaskServer) SettleTask(ctx context.Context, r *saakornv1.SettleTaskRequest) (*saakornv1.SettleTaskResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.SettleTaskResponse, error) {
		caller, _ := access.From(ctx)
		t, err := s.changeTask(ctx, tx, r.GetTaskId(), r.GetEtag(), "TASK_SETTLED", func(row *db.Task, now time.Time) error {
			state := strings.TrimPrefix(r.GetState().String(), "TASK_STATE_")
			if state == "CANCELLED" && strings.TrimSpace(r.GetNote()) == "" {
				return fault.Field("note", "REQUIRED", "say why the task need not be done")
			}
			row.State, row.Note, row.SettledBy, row.SettledAt = state, r.GetNote(), &caller.ID, &now
			return nil
		})
		return &saakornv1.SettleTaskResponse{Task: t}, err
	})
}
