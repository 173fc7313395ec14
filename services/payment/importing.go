package payment

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"saakorn/services/payment/db"
	"saakorn/services/payment/iso20022"
	"saakorn/services/platform/access"
	"saakorn/services/platform/audit"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/database"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/task"
)

// BankFile is a file that came from the bank.
type BankFile struct {
	ID         uuid.UUID
	Name       string
	Kind       iso20022.Kind
	MessageID  string
	ImportedBy string
	ImportedAt time.Time
}

// BankEntry is one thing that a file says, and what became of it.
type BankEntry struct {
	ID      uuid.UUID
	FileID  uuid.UUID
	Ordinal int32
	Entry   iso20022.Entry
	Outcome Outcome
	// PaymentID and ClaimID are what it is about; Nil when it is about neither.
	PaymentID, ClaimID uuid.UUID
	Resolution         string
	ResolvedBy         string
	ResolvedAt         *time.Time
}

// reference returns what the bank refers to.
func (e BankEntry) reference() string {
	return cmp.Or(e.Entry.EndToEndID, e.Entry.Reference, e.Entry.OrderID)
}

// Import reads a file from the bank and brings payments and claims up to date, all or nothing. A file
// that has come before is left alone, and repeated tells so. Whatever it says is kept.
func (b *Book) Import(ctx context.Context, tx pgx.Tx, name string, raw []byte) (file BankFile, entries []BankEntry, repeated bool, err error) {
	sum := sha256.Sum256(raw)
	if earlier, err := db.New(tx).FindBankFile(ctx, sum[:]); err == nil {
		file, entries, err := b.earlier(ctx, tx, earlier)
		return file, entries, true, err
	} else if !errors.Is(err, pgx.ErrNoRows) {
		return file, nil, false, fmt.Errorf("look for an earlier file: %w", err)
	}
	message, err := iso20022.Read(raw)
	if err != nil {
		return file, nil, false, fault.Field("content", "NOT_A_BANK_FILE", err.Error())
	}
	now := b.Clock.Now()
	file = BankFile{
		ID: uuid.Must(uuid.NewV7()), Name: name, Kind: message.Kind, MessageID: message.ID, ImportedBy: actor(ctx), ImportedAt: now,
	}
	inserted, err := db.New(tx).InsertBankFile(ctx, db.InsertBankFileParams{
		ID: file.ID, Sha256: sum[:], Name: name, Kind: string(file.Kind), MessageID: file.MessageID, Content: raw,
		ImportedBy: file.ImportedBy, ImportedAt: now,
	})
	if err != nil {
		return file, nil, false, fmt.Errorf("keep a file from the bank: %w", err)
	}
	if inserted == 0 {
		return file, nil, false, fault.NewUnavailable("IMPORTED_MEANWHILE", "somebody is importing the same file: try again", nil)
	}
	entries, err = b.reconcile(ctx, tx, file, message, now)
	if err != nil {
		return file, nil, false, err
	}
	return file, entries, false, recordImport(ctx, tx, file, entries, now)
}

func recordImport(ctx context.Context, tx pgx.Tx, file BankFile, entries []BankEntry, now time.Time) error {
	outcomes := map[Outcome]int{}
	for _, e := range entries {
		outcomes[e.Outcome]++
	}
	return audit.Record(ctx, tx, audit.Event{
		Action: "BANK_FILE_IMPORTED", OccurredAt: now, SubjectKind: "bank_file", SubjectID: file.ID,
		After: map[string]any{"kind": file.Kind, "message_id": file.MessageID, "outcomes": outcomes},
	})
}

func (b *Book) earlier(ctx context.Context, tx pgx.Tx, row db.BankFile) (BankFile, []BankEntry, error) {
	file := BankFile{
		ID: row.ID, Name: row.Name, Kind: iso20022.Kind(row.Kind), MessageID: row.MessageID, ImportedBy: row.ImportedBy, ImportedAt: row.ImportedAt,
	}
	const all = 1 << 30
	rows, err := db.New(tx).ListBankEntriesOfFile(ctx, db.ListBankEntriesOfFileParams{FileID: file.ID, Most: all})
	if err != nil {
		return file, nil, fmt.Errorf("list the entries of a file: %w", err)
	}
	return file, decodeAll(rows, decodeEntry), nil
}

// target is an entry with what it is about.
type target struct {
	entry              iso20022.Entry
	paymentID, claimID uuid.UUID
	awardID            uuid.UUID
}

// reconcile applies the entries one by one to what they are about. All awards are locked first, in one
// order, so that two files at once do not wait for each other.
func (b *Book) reconcile(ctx context.Context, tx pgx.Tx, file BankFile, message iso20022.Message, now time.Time) ([]BankEntry, error) {
	targets, err := findTargets(ctx, tx, message)
	if err != nil {
		return nil, err
	}
	awards := map[uuid.UUID]bool{}
	for _, t := range targets {
		if t.awardID != uuid.Nil {
			awards[t.awardID] = true
		}
		if t.paymentID != uuid.Nil {
			if err := addClaimAward(ctx, tx, awards, t.paymentID); err != nil {
				return nil, err
			}
		}
	}
	if err := b.lock(ctx, tx, slices.Collect(maps.Keys(awards))...); err != nil {
		return nil, err
	}
	entries := make([]BankEntry, 0, len(targets))
	for n, t := range targets {
		e := BankEntry{
			ID: uuid.Must(uuid.NewV7()), FileID: file.ID, Ordinal: int32(n + 1), Entry: t.entry, PaymentID: t.paymentID, ClaimID: t.claimID,
		}
		if e.Outcome, err = b.apply(ctx, tx, t, now); err != nil {
			return nil, fmt.Errorf("entry %d of the file: %w", n+1, err)
		}
		if err := insertEntry(ctx, tx, e); err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// lockWithClaims locks the award, and those whose claims its payments are set off against.
func (b *Book) lockWithClaims(ctx context.Context, tx pgx.Tx, awardID uuid.UUID) error {
	payments, err := loadPayments(ctx, tx, awardID)
	if err != nil {
		return err
	}
	awards := map[uuid.UUID]bool{awardID: true}
	for _, p := range payments {
		if err := addClaimAward(ctx, tx, awards, p.ID); err != nil {
			return err
		}
	}
	return b.lock(ctx, tx, slices.Collect(maps.Keys(awards))...)
}

// addClaimAward adds the award whose claim the payment is set off against.
func addClaimAward(ctx context.Context, tx pgx.Tx, awards map[uuid.UUID]bool, paymentID uuid.UUID) error {
	p, err := getPayment(ctx, tx, paymentID)
	if err != nil || p.ClaimID == uuid.Nil {
		return err
	}
	c, err := getClaim(ctx, tx, p.ClaimID)
	if err != nil {
		return err
	}
	awards[c.AwardID] = true
	return nil
}

// lock locks the awards, always in the same order whoever asks.
func (b *Book) lock(ctx context.Context, tx pgx.Tx, awardIDs ...uuid.UUID) error {
	type key struct{ lifecycle, award uuid.UUID }
	keys := make([]key, 0, len(awardIDs))
	for _, id := range awardIDs {
		a, err := b.Awards.Award(ctx, tx, id)
		if err != nil {
			return err
		}
		keys = append(keys, key{a.LifecycleID, id})
	}
	slices.SortFunc(keys, func(x, y key) int {
		return cmp.Or(strings.Compare(x.lifecycle.String(), y.lifecycle.String()), strings.Compare(x.award.String(), y.award.String()))
	})
	for _, k := range keys {
		if _, err := b.Awards.LockAward(ctx, tx, k.award); err != nil {
			return err
		}
	}
	return nil
}

// findTargets finds what each entry is about. What is said of a whole order holds for its payments that
// the file does not name one by one.
func findTargets(ctx context.Context, tx pgx.Tx, message iso20022.Message) ([]target, error) {
	var targets []target
	named := map[uuid.UUID]bool{}
	for _, e := range message.Entries {
		if e.Scope == iso20022.WholeOrder {
			continue
		}
		t, err := findTarget(ctx, tx, e)
		if err != nil {
			return nil, err
		}
		named[t.paymentID] = true
		targets = append(targets, t)
	}
	for _, e := range message.Entries {
		if e.Scope != iso20022.WholeOrder {
			continue
		}
		orderID, err := db.New(tx).FindOrder(ctx, e.OrderID)
		if errors.Is(err, pgx.ErrNoRows) {
			targets = append(targets, target{entry: e})
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("look for an order: %w", err)
		}
		rows, err := db.New(tx).ListPaymentsOfOrder(ctx, &orderID)
		if err != nil {
			return nil, fmt.Errorf("list the payments of an order: %w", err)
		}
		for _, row := range rows {
			if !named[row.ID] {
				targets = append(targets, target{entry: e, paymentID: row.ID, awardID: row.AwardID})
			}
		}
	}
	return targets, nil
}

func findTarget(ctx context.Context, tx pgx.Tx, e iso20022.Entry) (target, error) {
	t := target{entry: e}
	if e.EndToEndID != "" {
		row, err := db.New(tx).FindPayment(ctx, e.EndToEndID)
		if err == nil {
			t.paymentID, t.awardID = row.ID, row.AwardID
			return t, nil
		}
		if !errors.Is(err, pgx.ErrNoRows) {
			return t, fmt.Errorf("look for a payment: %w", err)
		}
	}
	if e.Scope != iso20022.BookedCredit || e.Reference == "" {
		return t, nil
	}
	row, err := db.New(tx).FindClaim(ctx, e.Reference)
	if errors.Is(err, pgx.ErrNoRows) {
		return t, nil
	}
	if err != nil {
		return t, fmt.Errorf("look for a claim: %w", err)
	}
	t.claimID, t.awardID = row.ID, row.AwardID
	return t, nil
}

func (b *Book) apply(ctx context.Context, tx pgx.Tx, t target, now time.Time) (Outcome, error) {
	if t.awardID == uuid.Nil {
		return Unknown, nil
	}
	if t.entry.Key != "" {
		known, err := db.New(tx).HasBankEntry(ctx, t.entry.Key)
		if err != nil {
			return "", fmt.Errorf("look for an earlier entry: %w", err)
		}
		if known {
			return Duplicate, nil
		}
	}
	m, err := b.open(ctx, tx, t.awardID, now)
	if err != nil {
		return "", err
	}
	var outcome Outcome
	if t.paymentID != uuid.Nil {
		outcome, err = b.applyToPayment(ctx, tx, &m, t, now)
	} else {
		outcome, err = b.applyToClaim(ctx, tx, &m, t, now)
	}
	if err != nil {
		return outcome, err
	}
	return outcome, b.Waker.Wake(ctx, tx, subject(t.awardID), now)
}

func (b *Book) applyToPayment(ctx context.Context, tx pgx.Tx, m *Money, t target, now time.Time) (Outcome, error) {
	p := m.payment(t.paymentID)
	before := p.State
	outcome, postings, setOffBack := Apply(p, t.entry, m.Balances, now)
	if outcome != Applied {
		return outcome, nil
	}
	if err := savePayment(ctx, tx, p); err != nil {
		return outcome, err
	}
	for _, posting := range postings {
		if err := m.post(ctx, tx, posting, now); err != nil {
			return outcome, err
		}
	}
	if setOffBack {
		if err := b.setOff(ctx, tx, m, *p, true, now); err != nil {
			return outcome, err
		}
	}
	if err := m.markFirstPaid(ctx, tx, *p); err != nil {
		return outcome, err
	}
	if p.State != Sent {
		if _, err := task.Settle(ctx, tx, silenceKey(*p), now); err != nil {
			return outcome, err
		}
	}
	return outcome, m.record(ctx, tx, "BANK_ANSWERED", "payment", p.ID, now, map[string]any{"state": before},
		map[string]any{"state": p.State, "status": p.Bank.Status, "code": p.Bank.Code})
}

func (b *Book) applyToClaim(ctx context.Context, tx pgx.Tx, m *Money, t target, now time.Time) (Outcome, error) {
	c := m.claim(t.claimID)
	switch {
	case t.entry.Status != "" && t.entry.Status != "BOOK":
		return Repeated, nil
	case t.entry.AmountOre == nil || t.entry.Reversal || c.OutstandingOre() == 0:
		return Conflict, nil
	}
	ore := min(*t.entry.AmountOre, c.OutstandingOre())
	on := t.entry.BookedOn
	if on.IsZero() {
		on = calendar.On(now)
	}
	if err := b.takeRepayment(ctx, tx, m, c, ThroughBank, ore, on, "", now); err != nil {
		return "", err
	}
	if ore < *t.entry.AmountOre {
		return Surplus, nil
	}
	return Applied, nil
}

// takeRepayment records money that came back, in the claim and in the ledger.
func (b *Book) takeRepayment(ctx context.Context, tx pgx.Tx, m *Money, c *Claim, kind RepaymentKind, ore int64, on calendar.Date, note string, now time.Time) error {
	r := Repayment{
		ID: uuid.Must(uuid.NewV7()), Kind: kind, AmountOre: ore, BookedOn: on, Note: note, RecordedBy: actor(ctx), RecordedAt: now,
	}
	if err := saveRepayment(ctx, tx, c, r); err != nil {
		return err
	}
	if err := m.post(ctx, tx, repaying(*c, ore), now); err != nil {
		return err
	}
	if c.SettledAt != nil {
		if _, err := task.Settle(ctx, tx, unpaidKey(*c), now); err != nil {
			return err
		}
	}
	return m.record(ctx, tx, "REPAYMENT_RECORDED", "claim", c.ID, now, nil, map[string]any{"kind": kind, "amount_ore": ore, "outstanding_ore": c.OutstandingOre()})
}

// maxSaid is how much is kept of what the bank says in words.
const maxSaid = 2000

func insertEntry(ctx context.Context, tx pgx.Tx, e BankEntry) error {
	text := []rune(e.Entry.Text)
	err := db.New(tx).InsertBankEntry(ctx, db.InsertBankEntryParams{
		ID: e.ID, FileID: e.FileID, Ordinal: e.Ordinal, Key: cmp.Or(e.Entry.Key, e.ID.String()), Reference: e.reference(),
		Status: e.Entry.Status, Code: e.Entry.Code, Text: string(text[:min(len(text), maxSaid)]), AmountOre: e.Entry.AmountOre,
		BookedOn: encodeDate(e.Entry.BookedOn), Outcome: string(e.Outcome), PaymentID: orNullID(e.PaymentID), ClaimID: orNullID(e.ClaimID),
	})
	if database.Violates(err, "bank_entry_once") {
		return fault.NewUnavailable("IMPORTED_MEANWHILE", "another file with the same bookings is being imported: try again", err)
	}
	if err != nil {
		return fmt.Errorf("keep an entry from the bank: %w", err)
	}
	return nil
}

func decodeEntry(row db.BankEntry) BankEntry {
	return BankEntry{
		ID: row.ID, FileID: row.FileID, Ordinal: row.Ordinal, Outcome: Outcome(row.Outcome), PaymentID: orNil(row.PaymentID),
		ClaimID: orNil(row.ClaimID), Resolution: row.Resolution, ResolvedBy: orEmpty(row.ResolvedBy), ResolvedAt: row.ResolvedAt,
		Entry: iso20022.Entry{
			Reference: row.Reference, Status: row.Status, Code: row.Code, Text: row.Text, AmountOre: row.AmountOre, BookedOn: decodeDate(row.BookedOn),
		},
	}
}

// actor returns who acts, for the columns that say so.
func actor(ctx context.Context) string {
	caller, _ := access.From(ctx)
	return caller.ID
}

// Fetched says what became of the files in the inbox.
type Fetched struct {
	Imported, Repeated int
	// NeedEyes counts the entries that somebody has to look at.
	NeedEyes int
	// Broken are the names of files that cannot be read; they stay where they are.
	Broken []string
}

// doneFolder is where files lie that have been imported, within the inbox.
const doneFolder = "imported"

// FetchInbox imports every file in the inbox, in the order of their names, and moves each away when it
// has been imported. Broken off anywhere, it can be repeated: a file that was imported and not moved is
// known again.
func (b *Book) FetchInbox(ctx context.Context) (Fetched, error) {
	var done Fetched
	if b.Bank.Inbox == "" {
		return done, errors.New("no folder is set up that files from the bank come to")
	}
	names, err := filepath.Glob(filepath.Join(b.Bank.Inbox, "*.xml"))
	if err != nil {
		return done, fmt.Errorf("look into the inbox: %w", err)
	}
	slices.Sort(names)
	for _, path := range names {
		raw, err := os.ReadFile(path)
		if err != nil {
			return done, fmt.Errorf("read a file from the bank: %w", err)
		}
		var entries []BankEntry
		var repeated bool
		err = database.InTransaction(access.AsSystem(ctx), b.Pool, func(tx pgx.Tx) error {
			ctx := database.WithTransaction(access.AsSystem(ctx), tx)
			_, entries, repeated, err = b.Import(ctx, tx, filepath.Base(path), raw)
			return err
		})
		if broken, ok := errors.AsType[*fault.Fault](err); ok && broken.Kind == fault.Invalid {
			done.Broken = append(done.Broken, filepath.Base(path))
			continue
		}
		if err != nil {
			return done, fmt.Errorf("import %s: %w", filepath.Base(path), err)
		}
		if repeated {
			done.Repeated++
		} else {
			done.Imported++
			for _, e := range entries {
				if e.Outcome.NeedsEyes() {
					done.NeedEyes++
				}
			}
		}
		if err := moveAway(path); err != nil {
			return done, err
		}
	}
	return done, nil
}

func moveAway(path string) error {
	folder := filepath.Join(filepath.Dir(path), doneFolder)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("make a folder for imported files: %w", err)
	}
	if err := os.Rename(path, filepath.Join(folder, filepath.Base(path))); err != nil {
		return fmt.Errorf("move an imported file away: %w", err)
	}
	return nil
}
