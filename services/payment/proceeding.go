package payment

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"saakorn/services/application"
	"saakorn/services/grant"
	"saakorn/services/payment/db"
	"saakorn/services/platform/access"
	"saakorn/services/platform/audit"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/database"
	"saakorn/services/platform/letter"
	"saakorn/services/platform/procedure"
	"saakorn/services/scheme"
)

// Task is what the procedure does next.
type Task string

// The tasks of the procedure that pays an award.
const (
	TaskWriteOrder Task = "WRITE_ORDER" // put the file where the bank fetches it
	TaskSend       Task = "SEND"        // put an approved payment into a file
	TaskPrompt     Task = "PROMPT"      // ask an officer to prepare a payment
	TaskReport     Task = "REPORT"      // tell an officer that the bank refused or returned one
	TaskEscalate   Task = "ESCALATE"    // have somebody call a bank that says nothing
	TaskWarn       Task = "WARN"        // the enterprise's money runs out before it is paid
	TaskWriteClaim Task = "WRITE_CLAIM" // send the letter about a claim, or a reminder of it
	TaskDun        Task = "DUN"         // a part of a claim was not paid in time
	TaskAwait      Task = "AWAIT"       // people, the bank and the enterprise
	TaskDone       Task = "DONE"
)

// Situation is what a look at the facts says.
type Situation struct {
	AsOf time.Time
	Next Task
	// Due is when there is something to do if nothing changes; nil when there will not be.
	Due *time.Time
}

// Proceeding carries out what the procedure of an award's money asks for. Each task can be repeated.
type Proceeding struct {
	*Book
	Applications Applications
	Contacts     Contacts
	Journal      Journal
}

// Applications tells which application an award answers.
type Applications interface {
	Submission(ctx context.Context, q application.Querier, id uuid.UUID) (application.Submission, error)
}

// Facts are what the next task follows from.
type Facts struct {
	Money
	// Unwritten tells that a file to the bank is not yet where the bank fetches it.
	Unwritten bool
	// Gates are those of each instalment, in order.
	Gates [][]Gate
	// Stuck says of payments that have not been sent why they never can be, in capitals.
	Stuck map[uuid.UUID]string
	// Warning is set when the money runs out too early; Warned tells that an officer knows.
	Warning *RunwayWarning
	Warned  bool
	// Sent has the keys of the letters that have been sent.
	Sent map[string]bool
}

// Next says what to do now, and when to look again if nothing changes.
func Next(f Facts, now time.Time) (Task, *time.Time) {
	switch {
	case f.Unwritten:
		return TaskWriteOrder, nil
	case f.toSend() != nil:
		return TaskSend, nil
	case f.toReport() != nil:
		return TaskReport, nil
	case f.toPrompt() != nil:
		return TaskPrompt, nil
	case f.Warning != nil && !f.Warned:
		return TaskWarn, nil
	case f.toWrite() != nil:
		return TaskWriteClaim, nil
	}
	task, due := f.timed(now)
	if task == TaskAwait && f.over() {
		return TaskDone, nil
	}
	return task, due
}

// toSend returns an approved payment that nothing stands in the way of, or nil.
func (f Facts) toSend() *Payment {
	for n := range f.Payments {
		p := &f.Payments[n]
		if p.State == Approved && f.Stuck[p.ID] == "" && f.open(p.InstalmentID) {
			return p
		}
	}
	return nil
}

func (f Facts) open(instalmentID uuid.UUID) bool {
	i := slices.IndexFunc(f.Instalments, func(i Instalment) bool { return i.ID == instalmentID })
	return i >= 0 && i < len(f.Gates) && allMet(f.Gates[i])
}

// toReport returns a payment that failed, or never can be sent, and that no officer has been told of; or
// nil.
func (f Facts) toReport() *Payment {
	for n := range f.Payments {
		p := &f.Payments[n]
		if (p.State == Rejected || p.State == Returned || f.Stuck[p.ID] != "") && p.ReportedAt == nil {
			return p
		}
	}
	return nil
}

// toPrompt returns an instalment that can be paid and that nobody has been asked to prepare, or nil.
// What failed is reported instead, and what was cancelled is somebody's decision.
func (f Facts) toPrompt() *Instalment {
	for n := range f.Instalments {
		i := &f.Instalments[n]
		attempt := attempts(*i, f.Payments) + 1
		if attempt == 1 && i.Prompted == 0 && i.AmountOre > 0 && f.open(i.ID) {
			return i
		}
	}
	return nil
}

// claimLetter is a letter about a claim.
type claimLetter struct {
	claim Claim
	kind  scheme.LetterKey
	key   string
}

// toWrite returns the oldest letter about a claim that has not been sent, or nil. A claim that is paid
// needs no reminder any more, and nobody is told of one that was cancelled first.
func (f Facts) toWrite() *claimLetter {
	for _, c := range f.Claims {
		if key := "claim/" + c.ID.String(); !f.Sent[key] && c.AmountOre > 0 {
			return &claimLetter{c, scheme.LetterClaim, key}
		}
		for _, d := range c.Dunnings {
			if key := dunningKey(c, d); c.SettledAt == nil && !f.Sent[key] {
				return &claimLetter{c, scheme.LetterClaimReminder, key}
			}
		}
	}
	return nil
}

func dunningKey(c Claim, d Dunning) string {
	return fmt.Sprintf("dunning/%s/%s/%d", c.ID, d.DueOn, d.Step)
}

// letterHour is when reminders go out, in the morning, Europe/Oslo.
const letterHour = 9

// timed finds what time alone brings.
func (f Facts) timed(now time.Time) (Task, *time.Time) {
	var due *time.Time
	consider := func(at time.Time) bool {
		if !now.Before(at) {
			return true
		}
		if due == nil || at.Before(*due) {
			due = &at
		}
		return false
	}
	for _, p := range f.Payments {
		if at, ok := silenceEnds(p, f.Rules); ok && consider(at) {
			return TaskEscalate, nil
		}
	}
	for _, c := range f.Claims {
		if c.SettledAt != nil {
			continue
		}
		if _, _, on, ok := c.NextDunning(f.Rules.Recovery); ok && consider(on.At(letterHour, 0)) {
			return TaskDun, nil
		}
	}
	return TaskAwait, due
}

// silenceEnds returns when the bank has been silent for too long about a payment.
func silenceEnds(p Payment, rules scheme.PaymentRules) (time.Time, bool) {
	if !p.State.AwaitsBank() || p.EscalatedAt != nil || p.SentAt == nil {
		return time.Time{}, false
	}
	return calendar.NextWorkday(calendar.On(*p.SentAt).AddDays(rules.BankSilenceDays)).End(), true
}

// over tells whether nothing more can happen to the award's money unless something changes.
func (f Facts) over() bool {
	ended := slices.Contains([]grant.AwardState{grant.Declined, grant.Lapsed, grant.Stopped, grant.Closed}, f.Award.State)
	return ended && f.Settled()
}

// Settled tells whether no payment is under way, no claim is open and nothing is to be refunded (R48: closing
// needs it).
func (m *Money) Settled() bool {
	under := slices.ContainsFunc(m.Payments, func(p Payment) bool { return p.State == Prepared || p.State == Approved || p.State.AwaitsBank() })
	open := slices.ContainsFunc(m.Claims, func(c Claim) bool { return c.SettledAt == nil || c.RefundOre > 0 })
	return !under && !open
}

// Look reads the facts of an award's money, brings the book up to date with the award, and says what
// is next. When that is to wait, it records that everything up to now has been seen.
func (p *Proceeding) Look(ctx context.Context, awardID uuid.UUID) (Situation, error) {
	var s Situation
	err := p.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		// Read first: what changes after this moment counts as unseen.
		wanted, err := procedure.Wanted(ctx, tx, subject(awardID))
		if err != nil {
			return err
		}
		now := p.Clock.Now()
		f, err := p.facts(ctx, tx, awardID, now)
		if err != nil {
			return err
		}
		s.AsOf = now
		s.Next, s.Due = Next(f, now)
		switch s.Next {
		case TaskAwait:
			return procedure.Rest(ctx, tx, subject(awardID), wanted, s.Due, now)
		case TaskDone:
			closed, err := procedure.Close(ctx, tx, subject(awardID), wanted, now)
			if err == nil && !closed {
				s.Next, s.Due = TaskAwait, &now // something came in while we looked: look again
			}
			return err
		default:
			return nil // there is work first
		}
	})
	if err != nil {
		return s, fmt.Errorf("look at the money of award %s: %w", awardID, err)
	}
	return s, nil
}

// facts locks the award and reads all that the next task follows from.
func (p *Proceeding) facts(ctx context.Context, tx pgx.Tx, awardID uuid.UUID, now time.Time) (Facts, error) {
	m, err := p.open(ctx, tx, awardID, now)
	if err != nil {
		return Facts{}, err
	}
	f := Facts{Money: m, Sent: map[string]bool{}}
	unwritten, err := db.New(tx).ListUnwrittenOrders(ctx, awardID)
	if err != nil {
		return f, fmt.Errorf("look for files to the bank: %w", err)
	}
	f.Unwritten = len(unwritten) > 0
	basis, err := p.basis(ctx, tx, &m, now)
	if err != nil {
		return f, err
	}
	for _, i := range m.Instalments {
		f.Gates = append(f.Gates, GatesOf(i, basis))
	}
	if f.Stuck, err = stuck(ctx, tx, m.Payments, basis.Account); err != nil {
		return f, err
	}
	if f.Warning, err = p.warnOf(ctx, tx, &m, calendar.On(now)); err != nil {
		return f, err
	}
	known, err := db.New(tx).GetAwardMoney(ctx, awardID)
	if err != nil {
		return f, fmt.Errorf("load the money of an award: %w", err)
	}
	f.Warned = known.RunwayWarnedAt != nil
	letters, err := letter.OfApplication(ctx, tx, m.Award.ApplicationID)
	if err != nil {
		return f, err
	}
	for _, l := range letters {
		f.Sent[l.Key] = l.SentAt != nil
	}
	return f, nil
}

// stuck finds the payments that have not been sent and never can be: to an account that has been
// replaced, or set off against a claim that has been paid since. They are cancelled and prepared anew.
func stuck(ctx context.Context, tx pgx.Tx, payments []Payment, account *PayeeAccount) (map[uuid.UUID]string, error) {
	reasons := map[uuid.UUID]string{}
	for _, p := range payments {
		if p.State != Prepared && p.State != Approved {
			continue
		}
		if account == nil || account.ID != p.PayeeAccountID {
			reasons[p.ID] = "ACCOUNT_CHANGED"
			continue
		}
		if p.ClaimID == uuid.Nil {
			continue
		}
		c, err := getClaim(ctx, tx, p.ClaimID)
		if err != nil {
			return nil, err
		}
		if p.SetOffOre > c.OutstandingOre() {
			reasons[p.ID] = "CLAIM_PAID_SINCE"
		}
	}
	return reasons, nil
}

// do carries out a task when it is still called for.
func (p *Proceeding) do(ctx context.Context, awardID uuid.UUID, task Task, step func(ctx context.Context, tx pgx.Tx, f *Facts, now time.Time) error) error {
	err := p.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		now := p.Clock.Now()
		if err := p.lockWithClaims(ctx, tx, awardID); err != nil {
			return err
		}
		f, err := p.facts(ctx, tx, awardID, now)
		if err != nil {
			return err
		}
		if next, _ := Next(f, now); next != task {
			return nil // done already, or no longer called for
		}
		return step(ctx, tx, &f, now)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", task, err)
	}
	return nil
}

func (p *Proceeding) transact(ctx context.Context, do func(context.Context, pgx.Tx) error) error {
	ctx = access.AsSystem(ctx)
	return database.InTransaction(ctx, p.Pool, func(tx pgx.Tx) error {
		return do(database.WithTransaction(ctx, tx), tx)
	})
}

// Send puts the next approved payment into a file to the bank.
func (p *Proceeding) Send(ctx context.Context, awardID uuid.UUID) error {
	return p.do(ctx, awardID, TaskSend, func(ctx context.Context, tx pgx.Tx, f *Facts, now time.Time) error {
		return p.send(ctx, tx, &f.Money, f.toSend(), now)
	})
}

// WriteOrder puts the next file to the bank into the folder that the bank fetches from. The file has
// the same name and the same bytes however often that is tried, and the bank takes a message
// identifier once.
func (p *Proceeding) WriteOrder(ctx context.Context, awardID uuid.UUID) error {
	ids, err := db.New(p.Pool).ListUnwrittenOrders(ctx, awardID)
	if err != nil {
		return fmt.Errorf("look for files to the bank: %w", err)
	}
	for _, id := range ids {
		if err := p.writeOrder(ctx, id); err != nil {
			return fmt.Errorf("%s: %w", TaskWriteOrder, err)
		}
	}
	return nil
}

func (p *Proceeding) writeOrder(ctx context.Context, id uuid.UUID) error {
	row, err := db.New(p.Pool).GetOrder(ctx, id)
	if err != nil {
		return fmt.Errorf("load a file to the bank: %w", err)
	}
	if err := writeOnce(p.Bank.Outbox, row.FileName, row.Content); err != nil {
		return err
	}
	return p.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		now := p.Clock.Now()
		written, err := db.New(tx).MarkOrderWritten(ctx, db.MarkOrderWrittenParams{ID: id, WrittenAt: &now})
		if err != nil {
			return fmt.Errorf("mark a file as written: %w", err)
		}
		if written == 0 {
			return nil
		}
		return audit.Record(ctx, tx, audit.Event{
			Action: "ORDER_WRITTEN", OccurredAt: now, SubjectKind: "payment_order", SubjectID: id, After: map[string]any{"file": row.FileName},
		})
	})
}

// writeOnce writes the file so that whoever looks into the folder finds all of it or nothing. A file
// that is there already has the same bytes, or something is very wrong.
func writeOnce(folder, name string, content []byte) error {
	path := filepath.Join(folder, name)
	there, err := os.ReadFile(path)
	if err == nil {
		if !bytes.Equal(there, content) {
			return fmt.Errorf("the file %s is there with other contents", name)
		}
		return nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("look for a file to the bank: %w", err)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("make the folder that the bank fetches from: %w", err)
	}
	part, err := os.CreateTemp(folder, ".part-*")
	if err != nil {
		return fmt.Errorf("write a file to the bank: %w", err)
	}
	_, err = part.Write(content)
	err = errors.Join(err, part.Sync(), part.Close())
	if err == nil {
		err = os.Rename(part.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write a file to the bank: %w", err), os.Remove(part.Name()))
	}
	return nil
}
