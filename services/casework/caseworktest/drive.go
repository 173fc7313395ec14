package caseworktest

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/uuid"

	"saakorn/services/casework"
	"saakorn/services/installation"
)

// Drive does what is next in the case, task by task as the procedure would, until only people or
// time can bring it further. It is for tests without an engine.
func (r *Round) Drive(t testing.TB, applicationID string) {
	t.Helper()
	id := uuid.MustParse(applicationID)
	for range 20 {
		situation, err := r.API.Installation.Proceeding.Look(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		switch situation.Next {
		case casework.TaskAwaitPeople, casework.TaskAwaitAppeal, casework.TaskNone:
			return
		default:
		}
		if err := Do(t.Context(), r.API.Installation, situation.Next, id); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("the case comes to no rest")
}

// Do carries out one task of the procedure.
func Do(ctx context.Context, i *installation.Installation, task casework.Task, id uuid.UUID) error {
	p := i.Proceeding
	switch task {
	case casework.TaskOpen:
		return p.Open(ctx, id)
	case casework.TaskConfirmReceipt:
		return send(ctx, i, id, p.WriteReceipt)
	case casework.TaskScreen:
		return p.Screen(ctx, id)
	case casework.TaskNotify:
		return send(ctx, i, id, p.WriteDecision)
	case casework.TaskStartAppeal:
		return p.StartAppealPeriod(ctx, id)
	case casework.TaskRecordWithdrawal:
		return p.RecordWithdrawal(ctx, id)
	case casework.TaskConfirmWithdraw:
		return send(ctx, i, id, p.WriteWithdrawal)
	case casework.TaskAskForMissing:
		return send(ctx, i, id, p.WriteNotice)
	case casework.TaskRemindOfMissing:
		if err := send(ctx, i, id, p.WriteReminder); err != nil {
			return err
		}
		return p.RemindOfMissing(ctx, id)
	case casework.TaskExpireNotice:
		return p.ExpireNotice(ctx, id)
	case casework.TaskInterimReply:
		return send(ctx, i, id, p.WriteInterimReply)
	case casework.TaskRecordBreach:
		return p.RecordBreach(ctx, id)
	case casework.TaskCheckRoles:
		return p.CheckRoles(ctx, id)
	case casework.TaskSendPending:
		return send(ctx, i, id, p.WritePending)
	case casework.TaskClose:
		return p.Close(ctx, id)
	default:
		return fmt.Errorf("%s is no task that can be done", task)
	}
}

func send(ctx context.Context, i *installation.Installation, id uuid.UUID, write func(context.Context, uuid.UUID) (uuid.UUID, error)) error {
	letterID, err := write(ctx, id)
	if err != nil || letterID == uuid.Nil {
		return err
	}
	return i.Postman.Deliver(ctx, letterID)
}
