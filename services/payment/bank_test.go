package payment_test

import (
	"context"
	"crypto/sha256"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/installation/installationtest"
	"saakorn/services/payment"
	"saakorn/services/payment/paymenttest"
	"saakorn/services/platform/calendar"
)

const (
	applied   = saakornv1.BankEntryOutcome_BANK_ENTRY_OUTCOME_APPLIED
	repeated  = saakornv1.BankEntryOutcome_BANK_ENTRY_OUTCOME_REPEATED
	duplicate = saakornv1.BankEntryOutcome_BANK_ENTRY_OUTCOME_DUPLICATE
	unknown   = saakornv1.BankEntryOutcome_BANK_ENTRY_OUTCOME_UNKNOWN
	conflict  = saakornv1.BankEntryOutcome_BANK_ENTRY_OUTCOME_CONFLICT
	surplus   = saakornv1.BankEntryOutcome_BANK_ENTRY_OUTCOME_SURPLUS
)

func (h house) open(t *testing.T) []*saakornv1.BankEntry {
	t.Helper()
	answer, err := h.API.Banks.ListBankEntries(h.API.As(t.Context(), paymenttest.Approver), &saakornv1.ListBankEntriesRequest{})
	must(t, err)
	return answer.GetEntries()
}

type house struct{ *paymenttest.House }

// sentPayment returns a payment of the first instalment that is with the bank.
func sentPayment(t *testing.T) (house, *paymenttest.Award, *saakornv1.Payment) {
	t.Helper()
	a := accepted(t)
	p := a.Order(t, 1)
	a.Drive(t)
	return house{a.House}, a, a.House.Payment(t, p.GetId())
}

func TestAPaymentThatTheBankRefusesIsSeenAndPreparedAnew(t *testing.T) {
	h, a, p := sentPayment(t)
	expect(t, "outcome", applied, h.BankSays(t, paymenttest.Status(p.GetEndToEndId(), "RJCT", "AC04", "Kontoen er avsluttet")))
	p = h.Payment(t, p.GetId())
	expect(t, "state", rejected, p.GetState())
	expect(t, "the bank's words", []string{"RJCT", "AC04", "Kontoen er avsluttet"}, []string{p.GetBankStatus(), p.GetBankCode(), p.GetBankText()})
	expect(t, "where the kroner are", map[string]int64{"FRAME": -2 * half, "COMMITTED": 2 * half}, a.Balances(t))
	a.Drive(t)
	expect(t, "tasks", []string{"PAYMENT_FAILED"}, a.Tasks(t))
	h.Prove(t)
	again := a.Pay(t, 1)
	expect(t, "attempt and state", []any{int32(2), paid}, []any{again.GetAttempt(), again.GetState()})
	expect(t, "tasks", []string{}, a.Tasks(t))
	expect(t, "files", 2, len(h.Outbox(t)))
	h.Prove(t)
}

func TestAWholeOrderIsRefused(t *testing.T) {
	h, _, p := sentPayment(t)
	orders, err := h.API.Banks.ListPaymentOrders(h.API.As(t.Context(), paymenttest.Approver), &saakornv1.ListPaymentOrdersRequest{})
	must(t, err)
	id := orders.GetOrders()[0].GetMessageId()
	expect(t, "a part of it", applied, h.BankSays(t, paymenttest.WholeStatus(id, "PART", "X")))
	expect(t, "state", sent, h.Payment(t, p.GetId()).GetState())
	expect(t, "outcome", applied, h.BankSays(t, paymenttest.WholeStatus(id, "RJCT", "FF01")))
	expect(t, "state", rejected, h.Payment(t, p.GetId()).GetState())
	expect(t, "an order that is none of ours", unknown, h.BankSays(t, paymenttest.WholeStatus("SOMEBODY-ELSES", "ACCP", "X")))
}

func TestARefusalAsDuplicateTakesNothingBack(t *testing.T) {
	h, a, p := sentPayment(t)
	expect(t, "outcome", conflict, h.BankSays(t, paymenttest.Status(p.GetEndToEndId(), "RJCT", "AM05", "Duplikat")))
	expect(t, "state", sent, h.Payment(t, p.GetId()).GetState())
	expect(t, "what is with the bank", int64(half), a.Balances(t)["SENT"])
	expect(t, "entries to look at", 1, len(h.open(t)))
}

func TestTheBankSaysEverythingTwice(t *testing.T) {
	h, _, p := sentPayment(t)
	file := paymenttest.Status(p.GetEndToEndId(), "ACSP", "", "")
	first, err := h.Import(t.Context(), file)
	must(t, err)
	second, err := h.Import(t.Context(), file)
	must(t, err)
	expect(t, "the same file", []any{false, true, first.GetFile().GetId()}, []any{first.GetRepeated(), second.GetRepeated(), second.GetFile().GetId()})
	expect(t, "the same in another file", repeated, h.BankSays(t, paymenttest.Status(p.GetEndToEndId(), "ACSP", "", "")))
	booking := paymenttest.Booking{BankRef: "REF-1", EndToEndID: p.GetEndToEndId(), AmountOre: half, On: calendar.On(h.API.Now())}
	expect(t, "booked", applied, h.BankSays(t, paymenttest.Notification(booking)))
	expect(t, "booked in another file", duplicate, h.BankSays(t, paymenttest.Notification(booking)))
	booking.BankRef = "REF-2"
	expect(t, "booked a second time", conflict, h.BankSays(t, paymenttest.Notification(booking)))
	expect(t, "refused after it was booked", conflict, h.BankSays(t, paymenttest.Status(p.GetEndToEndId(), "RJCT", "AC01", "")))
	expect(t, "state", paid, h.Payment(t, p.GetId()).GetState())
	h.Prove(t)
}

func TestWhatFitsNothingWaitsForSomebodyToLook(t *testing.T) {
	h, _, p := sentPayment(t)
	expect(t, "a reference that is none of ours", unknown, h.BankSays(t, paymenttest.Status("nobody-knows", "RJCT", "AC01", "")))
	expect(t, "another amount", conflict, h.BankSays(t, paymenttest.Notification(paymenttest.Booking{BankRef: "A", EndToEndID: p.GetEndToEndId(), AmountOre: half - 1, On: calendar.On(h.API.Now())})))
	expect(t, "a charge", unknown, h.BankSays(t, paymenttest.Notification(paymenttest.Booking{BankRef: "B", AmountOre: 25_00, On: calendar.On(h.API.Now())})))
	expect(t, "money with a reference that is none of ours", unknown, h.BankSays(t, paymenttest.Notification(paymenttest.Booking{BankRef: "C", KID: "1234567890128", AmountOre: 25_00, Credit: true, On: calendar.On(h.API.Now())})))
	expect(t, "state", sent, h.Payment(t, p.GetId()).GetState())
	entries := h.open(t)
	expect(t, "entries", 4, len(entries))
	for _, e := range entries {
		_, err := h.API.Banks.ResolveBankEntry(h.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.ResolveBankEntryRequest{
			RequestId: uuid.NewString(), EntryId: e.GetId(), Resolution: "Gebyr.",
		})
		must(t, err)
	}
	expect(t, "entries", 0, len(h.open(t)))
	_, err := h.API.Banks.ResolveBankEntry(h.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.ResolveBankEntryRequest{
		RequestId: uuid.NewString(), EntryId: entries[0].GetId(), Resolution: "Gebyr.",
	})
	installationtest.WantRefused(t, err, codes.FailedPrecondition, "NOTHING_TO_RESOLVE")
	h.API.Unchanged(t, func() {
		_, err := h.Import(t.Context(), []byte("<Document><X/></Document>"))
		installationtest.WantInvalid(t, err, "content NOT_A_BANK_FILE")
	})
}

func TestMoneyThatComesBackIsCommittedAgain(t *testing.T) {
	h, a, p := sentPayment(t)
	h.BankBooks(t, p)
	back := paymenttest.Booking{BankRef: "BACK", EndToEndID: p.GetEndToEndId(), AmountOre: half, Credit: true, On: calendar.On(h.API.Now())}
	expect(t, "outcome", applied, h.BankSays(t, paymenttest.Notification(back)))
	expect(t, "state", returned, h.Payment(t, p.GetId()).GetState())
	expect(t, "where the kroner are", map[string]int64{"FRAME": -2 * half, "COMMITTED": 2 * half}, a.Balances(t))
	if plan := a.Plan(t); plan.DaysToPayment != nil {
		t.Errorf("paid after %d days, and returned", plan.GetDaysToPayment())
	}
	a.Drive(t)
	expect(t, "tasks", []string{"PAYMENT_FAILED"}, a.Tasks(t))
	h.Prove(t)
}

func TestASilentBankIsCalled(t *testing.T) {
	h, a, p := sentPayment(t)
	h.MoveDays(t, 2)
	a.Drive(t)
	expect(t, "tasks after two days", []string{}, a.Tasks(t))
	h.MoveDays(t, 4)
	a.Drive(t)
	expect(t, "tasks after six days", []string{"BANK_SILENT"}, a.Tasks(t))
	h.MoveDays(t, 4)
	a.Drive(t)
	expect(t, "tasks after ten days", []string{"BANK_SILENT"}, a.Tasks(t))
	h.BankBooks(t, p)
	a.Drive(t)
	expect(t, "tasks when it has answered", []string{}, a.Tasks(t))
}

// Wherever the procedure is broken off, the bank gets one order, and it is the same one.
func TestOneOrderGoesOutWhateverCrashes(t *testing.T) {
	a := accepted(t)
	h := a.House
	p := a.Order(t, 1)
	tasks := func() payment.Task {
		t.Helper()
		s, err := h.API.Installation.Payments.Look(t.Context(), a.ID)
		must(t, err)
		return s.Next
	}
	expect(t, "next", payment.TaskSend, tasks())
	// Before the transaction: nothing has happened. After it: the file is a row, and no file.
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := a.Do(cancelled, payment.TaskSend); err == nil {
		t.Fatal("a transaction was not broken off")
	}
	expect(t, "next", payment.TaskSend, tasks())
	must(t, a.Do(t.Context(), payment.TaskSend))
	must(t, a.Do(t.Context(), payment.TaskSend)) // again, as after a crash that lost the answer
	expect(t, "next", payment.TaskWriteOrder, tasks())
	expect(t, "files", []string{}, h.Outbox(t))
	// The folder is not there, or full: nothing is lost.
	outbox := h.API.Installation.Money.Bank.Outbox
	must(t, os.MkdirAll(filepath.Dir(outbox), 0o700))
	must(t, os.WriteFile(outbox, nil, 0o600))
	if err := a.Do(t.Context(), payment.TaskWriteOrder); err == nil {
		t.Fatal("a file was written into a file")
	}
	must(t, os.Remove(outbox))
	expect(t, "next", payment.TaskWriteOrder, tasks())
	// The file is there, and the crash comes before anybody has noted it.
	name, content := order(t, h)
	must(t, os.MkdirAll(outbox, 0o700))
	must(t, os.WriteFile(filepath.Join(outbox, name), content, 0o600))
	expect(t, "next", payment.TaskWriteOrder, tasks())
	must(t, a.Do(t.Context(), payment.TaskWriteOrder))
	must(t, a.Do(t.Context(), payment.TaskWriteOrder))
	expect(t, "next", payment.TaskAwait, tasks())
	expect(t, "files", []string{name}, h.Outbox(t))
	expect(t, "orders", 1, h.API.Count(t, `SELECT count(*) FROM payment_order`))
	expect(t, "state", sent, h.Payment(t, p.GetId()).GetState())
	h.Prove(t)
}

func order(t *testing.T, h *paymenttest.House) (string, []byte) {
	t.Helper()
	list, err := h.API.Banks.ListPaymentOrders(h.API.As(t.Context(), paymenttest.Approver), &saakornv1.ListPaymentOrdersRequest{})
	must(t, err)
	one, err := h.API.Banks.GetPaymentOrder(h.API.As(t.Context(), paymenttest.Approver), &saakornv1.GetPaymentOrderRequest{OrderId: list.GetOrders()[0].GetId()})
	must(t, err)
	return one.GetOrder().GetFileName(), one.GetContent()
}

func TestAFileWithOtherContentsIsNeverWrittenOver(t *testing.T) {
	a := accepted(t)
	a.Order(t, 1)
	must(t, a.Do(t.Context(), payment.TaskSend))
	name, _ := order(t, a.House)
	outbox := a.House.API.Installation.Money.Bank.Outbox
	must(t, os.MkdirAll(outbox, 0o700))
	must(t, os.WriteFile(filepath.Join(outbox, name), []byte("something else"), 0o600))
	if err := a.Do(t.Context(), payment.TaskWriteOrder); err == nil {
		t.Error("somebody's file was written over")
	}
	expect(t, "contents", "something else", string(a.House.OrderFile(t, name)))
}

func TestEverybodyAtOncePaysOnce(t *testing.T) {
	a := accepted(t)
	h := a.House
	instalment := a.Plan(t).GetInstalments()[0].GetId()
	var prepared sync.Map
	var wait sync.WaitGroup
	for range 6 {
		wait.Go(func() {
			answer, err := h.API.Payments.PreparePayment(h.API.As(t.Context(), installationtest.CaseOfficer),
				&saakornv1.PreparePaymentRequest{RequestId: uuid.NewString(), InstalmentId: instalment})
			if err == nil {
				prepared.Store(answer.GetPayment().GetId(), answer.GetPayment())
			}
		})
	}
	wait.Wait()
	var payments []*saakornv1.Payment
	prepared.Range(func(_, p any) bool {
		payments = append(payments, p.(*saakornv1.Payment))
		return true
	})
	if len(payments) != 1 {
		t.Fatalf("%d payments were prepared", len(payments))
	}
	h.ApproveTwice(t, payments[0])
	for range 6 {
		wait.Go(func() {
			for _, task := range []payment.Task{payment.TaskSend, payment.TaskWriteOrder} {
				if err := a.Do(t.Context(), task); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	expect(t, "files", 1, len(h.Outbox(t)))
	file := paymenttest.Notification(paymenttest.Booking{BankRef: "R", EndToEndID: payments[0].GetEndToEndId(), AmountOre: half, On: calendar.On(h.API.Now())})
	for range 6 {
		wait.Go(func() {
			_, err := h.Import(t.Context(), file)
			if r := installationtest.Refused(t, err); err != nil && r.Code != codes.Unavailable {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	expect(t, "files from the bank", 1, h.API.Count(t, `SELECT count(*) FROM bank_file`))
	expect(t, "what is paid", int64(half), a.Balances(t)["PAID"])
	h.Prove(t)
}

func TestFilesInTheInboxAreImportedAndMovedAway(t *testing.T) {
	h, _, p := sentPayment(t)
	inbox := h.API.Installation.Money.Bank.Inbox
	must(t, os.MkdirAll(inbox, 0o700))
	put := func(name string, raw []byte) { must(t, os.WriteFile(filepath.Join(inbox, name), raw, 0o600)) }
	status := paymenttest.Status(p.GetEndToEndId(), "ACSP", "", "")
	put("1.xml", status)
	put("2.xml", paymenttest.Notification(
		paymenttest.Booking{BankRef: "R", EndToEndID: p.GetEndToEndId(), AmountOre: half, On: calendar.On(h.API.Now())},
		paymenttest.Booking{BankRef: "FEE", AmountOre: 5_00, On: calendar.On(h.API.Now())}))
	put("3.xml", []byte("nothing of the kind"))
	put("4.xml", status)
	got, err := h.API.Installation.Money.FetchInbox(t.Context())
	must(t, err)
	expect(t, "what came", payment.Fetched{Imported: 2, Repeated: 1, NeedEyes: 1, Broken: []string{"3.xml"}}, got)
	expect(t, "state", paid, h.Payment(t, p.GetId()).GetState())
	left, err := filepath.Glob(filepath.Join(inbox, "*.xml"))
	must(t, err)
	expect(t, "left", 1, len(left))
	// A crash after the import and before the file was moved: it is known again.
	put("1.xml", status)
	got, err = h.API.Installation.Money.FetchInbox(t.Context())
	must(t, err)
	expect(t, "what came", payment.Fetched{Repeated: 1, Broken: []string{"3.xml"}}, got)
}

func TestOnlyThoseWithSpendingAuthorityAndAuditorsSeeWholeAccountNumbers(t *testing.T) {
	h, _, _ := sentPayment(t)
	_, content := order(t, h.House)
	sum := sha256.Sum256(content)
	var kept []byte
	must(t, h.API.Installation.Pool.QueryRow(t.Context(), `SELECT sha256 FROM payment_order`).Scan(&kept))
	if !slices.Equal(sum[:], kept) {
		t.Error("the checksum is of other bytes")
	}
	list, err := h.API.Banks.ListPaymentOrders(h.API.As(t.Context(), installationtest.Manager), &saakornv1.ListPaymentOrdersRequest{})
	must(t, err)
	_, err = h.API.Banks.GetPaymentOrder(h.API.As(t.Context(), installationtest.Manager), &saakornv1.GetPaymentOrderRequest{OrderId: list.GetOrders()[0].GetId()})
	installationtest.WantRefused(t, err, codes.PermissionDenied, "ROLE_MISSING")
	expect(t, "events with a whole number", 0, h.API.Count(t, `SELECT count(*) FROM audit_event WHERE coalesce(before::text, '') || coalesce(after::text, '') LIKE '%32600596984%'`))
}
