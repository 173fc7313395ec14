package payment

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/payment/db"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/task"
)

// The kinds of task that the procedure raises.
const (
	taskPrepare = "PREPARE_PAYMENT"
	taskApprove = "APPROVE_PAYMENT"
	taskFailed  = "PAYMENT_FAILED"
	taskSilence = "BANK_SILENT"
	taskRunway  = "RUNWAY_SHORT"
	taskUnpaid  = "CLAIM_UNPAID"
	taskRefund  = "REFUND_CLAIM"
)

func prepareKey(instalmentID uuid.UUID) string { return "payment/prepare/" + instalmentID.String() }
func approveKey(p Payment) string              { return "payment/approve/" + p.ID.String() }
func failedKey(p Payment) string               { return "payment/failed/" + p.ID.String() }
func silenceKey(p Payment) string              { return "payment/silent/" + p.ID.String() }
func unpaidKey(c Claim) string                 { return "claim/unpaid/" + c.ID.String() }
func refundKey(c Claim) string                 { return "claim/refund/" + c.ID.String() }

// raise raises a task about the award.
func (m *Money) raise(ctx context.Context, tx pgx.Tx, key, kind string, subjectID uuid.UUID, role saakornv1.Role, due calendar.Date, facts map[string]string, now time.Time) error {
	_, err := task.Raise(ctx, tx, task.Task{
		Key: key, Kind: kind, LifecycleID: m.Award.LifecycleID, AwardID: m.Award.ID, SubjectID: subjectID, Facts: facts, Role: role, DueOn: due,
	}, now)
	return err
}

// Prompt asks an officer to prepare the payment of an instalment that nothing stands in the way of.
func (p *Proceeding) Prompt(ctx context.Context, awardID uuid.UUID) error {
	return p.do(ctx, awardID, TaskPrompt, func(ctx context.Context, tx pgx.Tx, f *Facts, now time.Time) error {
		i := f.toPrompt()
		facts := map[string]string{"ordinal": strconv.Itoa(int(i.Ordinal)), "amount_ore": strconv.FormatInt(i.AmountOre, 10)}
		due := ExpectedOn(*f.Award.AcceptedAt, f.Rules)
		if i.Ordinal > 1 {
			due = calendar.On(now).AddDays(f.Rules.ExpectedDays)
		}
		if err := f.raise(ctx, tx, prepareKey(i.ID), taskPrepare, i.ID, saakornv1.Role_ROLE_CASE_OFFICER, due, facts, now); err != nil {
			return err
		}
		if err := db.New(tx).MarkPrompted(ctx, db.MarkPromptedParams{ID: i.ID, PromptedAttempt: 1}); err != nil {
			return fmt.Errorf("mark an instalment as prompted: %w", err)
		}
		return nil
	})
}

// Report tells an officer that the bank refused a payment or that it came back, with the bank's reason,
// or why a payment never can be sent.
func (p *Proceeding) Report(ctx context.Context, awardID uuid.UUID) error {
	return p.do(ctx, awardID, TaskReport, func(ctx context.Context, tx pgx.Tx, f *Facts, now time.Time) error {
		failed := f.toReport()
		facts := map[string]string{
			"state": string(failed.State), "reason": f.Stuck[failed.ID], "bank_status": failed.Bank.Status, "bank_code": failed.Bank.Code, "bank_text": failed.Bank.Text,
		}
		err := f.raise(ctx, tx, failedKey(*failed), taskFailed, failed.ID, saakornv1.Role_ROLE_CASE_OFFICER, calendar.On(now).AddDays(f.Rules.BankSilenceDays), facts, now)
		if err != nil {
			return err
		}
		failed.ReportedAt = &now
		return savePayment(ctx, tx, failed)
	})
}

// Escalate has somebody call the bank about a payment that it says nothing of.
func (p *Proceeding) Escalate(ctx context.Context, awardID uuid.UUID) error {
	return p.do(ctx, awardID, TaskEscalate, func(ctx context.Context, tx pgx.Tx, f *Facts, now time.Time) error {
		for n := range f.Payments {
			silent := &f.Payments[n]
			at, ok := silenceEnds(*silent, f.Rules)
			if !ok || now.Before(at) {
				continue
			}
			facts := map[string]string{"end_to_end_id": silent.EndToEndID, "sent_on": calendar.On(*silent.SentAt).String()}
			err := f.raise(ctx, tx, silenceKey(*silent), taskSilence, silent.ID, saakornv1.Role_ROLE_PAYMENT_APPROVER, calendar.On(now), facts, now)
			if err != nil {
				return err
			}
			silent.EscalatedAt = &now
			if err := savePayment(ctx, tx, silent); err != nil {
				return err
			}
		}
		return nil
	})
}

// Warn tells an officer that the enterprise's money runs out before the payment can be expected (R71).
func (p *Proceeding) Warn(ctx context.Context, awardID uuid.UUID) error {
	return p.do(ctx, awardID, TaskWarn, func(ctx context.Context, tx pgx.Tx, f *Facts, now time.Time) error {
		facts := map[string]string{"lasts_until": f.Warning.LastsUntil.String(), "payment_expected": f.Warning.PaymentExpected.String()}
		err := f.raise(ctx, tx, "payment/runway/"+awardID.String(), taskRunway, uuid.Nil, saakornv1.Role_ROLE_CASE_OFFICER, f.Warning.LastsUntil, facts, now)
		if err != nil {
			return err
		}
		if err := db.New(tx).MarkRunwayWarned(ctx, db.MarkRunwayWarnedParams{AwardID: awardID, Now: now}); err != nil {
			return fmt.Errorf("mark a warning: %w", err)
		}
		return nil
	})
}

// Dun records that a part of a claim is reminded of; the letter follows from it. The first reminder
// also tells an officer.
func (p *Proceeding) Dun(ctx context.Context, awardID uuid.UUID) error {
	return p.do(ctx, awardID, TaskDun, func(ctx context.Context, tx pgx.Tx, f *Facts, now time.Time) error {
		for _, c := range f.Claims {
			due, step, on, ok := c.NextDunning(f.Rules.Recovery)
			if !ok || c.SettledAt != nil || now.Before(on.At(letterHour, 0)) {
				continue
			}
			inserted, err := db.New(tx).InsertDunning(ctx, db.InsertDunningParams{ClaimID: c.ID, DueOn: encodeDate(due), Step: int32(step), DunnedAt: now})
			if err != nil {
				return fmt.Errorf("remind of a claim: %w", err)
			}
			if inserted == 0 {
				continue
			}
			overdue := c.OverdueOre(calendar.On(now))
			facts := map[string]string{"overdue_ore": strconv.FormatInt(overdue, 10), "due_on": due.String()}
			if err := f.raise(ctx, tx, unpaidKey(c), taskUnpaid, c.ID, saakornv1.Role_ROLE_CASE_OFFICER, calendar.Date{}, facts, now); err != nil {
				return err
			}
			if err := f.record(ctx, tx, "CLAIM_DUNNED", "claim", c.ID, now, nil, map[string]any{"due_on": due, "step": step, "overdue_ore": overdue}); err != nil {
				return err
			}
		}
		return nil
	})
}
