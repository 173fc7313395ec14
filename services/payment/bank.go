package payment

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"saakorn/services/payment/db"
	"saakorn/services/payment/iso20022"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/fault"
)

// Bank is the account that grants are paid from, and how files are exchanged with the bank.
type Bank struct {
	// Version of the order message, as agreed with the bank.
	Version iso20022.Version
	// Payer is who the account belongs to; Account is its number and BIC names the bank.
	Payer   iso20022.Party
	Account AccountNumber
	BIC     string
	// Outbox is the folder that the bank fetches orders from, Inbox the one that its files come to.
	Outbox, Inbox string
}

// Check says what is wrong with the settings; the account and the folders are empty where nothing is paid.
func (b Bank) Check() error {
	if b.Account == "" && b.Outbox == "" {
		return nil
	}
	switch {
	case !b.Version.Known():
		return fmt.Errorf("the order message %q cannot be written: use one of %v", b.Version, iso20022.Versions())
	case b.Outbox == "":
		return errors.New("the bank needs a folder to fetch orders from")
	case b.BIC == "":
		return errors.New("the account that is paid from needs the BIC of its bank")
	}
	if _, err := ParseAccountNumber(string(b.Account)); err != nil {
		return fmt.Errorf("the account that is paid from: %w", err)
	}
	return nil
}

// ready refuses to prepare payments that could not be sent.
func (b Bank) ready() error {
	if b.Outbox == "" || b.Account == "" {
		return fault.NewPrecondition("BANK_NOT_SET_UP", "no account to pay from is set up: ask whoever operates the installation")
	}
	return nil
}

// Order is a file with orders to the bank.
type Order struct {
	ID        uuid.UUID
	MessageID string
	Version   iso20022.Version
	FileName  string
	Content   []byte
	MadeAt    time.Time
	// WrittenAt is when the file was in the folder that the bank fetches from; nil before.
	WrittenAt *time.Time
}

// orderOf returns the file that the payment goes out in. Its identifier, its name and its bytes follow
// from the payment, so however often it is made it is the same file.
func (b Bank) orderOf(p Payment, account PayeeAccount, payee iso20022.Party, text string, now time.Time) (Order, error) {
	id := uuid.NewSHA1(p.ID, []byte("order"))
	o := Order{ID: id, MessageID: strings.ReplaceAll(id.String(), "-", ""), Version: b.Version, MadeAt: now}
	o.FileName = string(b.Version) + "-" + o.MessageID + ".xml"
	var err error
	o.Content, err = iso20022.Write(b.Version, iso20022.Order{
		MessageID: o.MessageID, CreatedAt: now, ExecuteOn: calendar.NextWorkday(calendar.On(now)),
		Debtor: b.Payer, DebtorAccount: string(b.Account), DebtorBIC: b.BIC,
		Transfers: []iso20022.Transfer{{
			EndToEndID: p.EndToEndID, AmountOre: p.NetOre(), Creditor: payee, CreditorAccount: string(account.Number), Text: text,
		}},
	})
	return o, err
}

// send puts an approved payment into a file to the bank, or settles it at once when all of it is set
// off. From here on it cannot be taken back. The award and that of the claim must be locked.
func (b *Book) send(ctx context.Context, tx pgx.Tx, m *Money, p *Payment, now time.Time) error {
	if err := b.recheck(ctx, tx, m, *p, now); err != nil {
		return err
	}
	account, err := getAccount(ctx, tx, p.PayeeAccountID)
	if err != nil {
		return err
	}
	if account.State != AccountConfirmed {
		return fault.NewPrecondition("ACCOUNT_CHANGED", "another account has been confirmed since: cancel the payment and prepare it anew")
	}
	before := p.State
	if p.NetOre() > 0 {
		if err := b.order(ctx, tx, m, p, account, now); err != nil {
			return err
		}
	} else {
		p.State, p.BookedOn, p.PaidAt = Paid, calendar.On(now), &now
	}
	if err := savePayment(ctx, tx, p); err != nil {
		return err
	}
	if p.NetOre() > 0 {
		if err := m.post(ctx, tx, sending(*p), now); err != nil {
			return err
		}
	}
	if err := b.setOff(ctx, tx, m, *p, false, now); err != nil {
		return err
	}
	if err := m.markFirstPaid(ctx, tx, *p); err != nil {
		return err
	}
	return m.record(ctx, tx, "PAYMENT_SENT", "payment", p.ID, now, map[string]any{"state": before},
		map[string]any{"state": p.State, "end_to_end_id": p.EndToEndID, "net_ore": p.NetOre(), "set_off_ore": p.SetOffOre})
}

func (b *Book) order(ctx context.Context, tx pgx.Tx, m *Money, p *Payment, account PayeeAccount, now time.Time) error {
	e, err := b.Enterprises.Enterprise(ctx, m.Award.EnterpriseID)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("Tilskudd %d, rate %d", m.Award.GrantYear, m.instalment(p.InstalmentID).Ordinal)
	payee := iso20022.Party{Name: e.Name, OrganizationNumber: e.OrganizationNumber.String()}
	o, err := b.Bank.orderOf(*p, account, payee, text, now)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(o.Content)
	err = db.New(tx).InsertOrder(ctx, db.InsertOrderParams{
		ID: o.ID, MessageID: o.MessageID, Version: string(o.Version), FileName: o.FileName, Content: o.Content, Sha256: sum[:], MadeAt: now,
	})
	if err != nil {
		return fmt.Errorf("make an order to the bank: %w", err)
	}
	p.State, p.OrderID, p.SentAt = Sent, o.ID, &now
	return nil
}

// setOff settles the payment's claim by its part, or takes that back when the payment has failed.
func (b *Book) setOff(ctx context.Context, tx pgx.Tx, m *Money, p Payment, back bool, now time.Time) error {
	if p.SetOffOre == 0 {
		return nil
	}
	c := m.claim(p.ClaimID)
	if c == nil { // of another award
		other, err := getClaim(ctx, tx, p.ClaimID)
		if err != nil {
			return err
		}
		c = &other
	}
	ore, posting := p.SetOffOre, settingOff(p, *c)
	if back {
		ore, posting = -ore, takingBackSetOff(p, *c)
	} else if ore > c.OutstandingOre() {
		return fault.NewPrecondition("CLAIM_PAID_SINCE", "less is left of the claim than is set off: cancel the payment and prepare it anew")
	}
	r := Repayment{
		ID: uuid.Must(uuid.NewV7()), Kind: BySetOff, AmountOre: ore, BookedOn: calendar.On(now), PaymentID: p.ID, RecordedBy: actor(ctx), RecordedAt: now,
	}
	if err := saveRepayment(ctx, tx, c, r); err != nil {
		return err
	}
	if err := m.post(ctx, tx, posting, now); err != nil {
		return err
	}
	if c.AwardID == m.Award.ID {
		return nil
	}
	return b.Waker.Wake(ctx, tx, subject(c.AwardID), now)
}

// markFirstPaid remembers when the first instalment was paid, and forgets it when it was not after all.
func (m *Money) markFirstPaid(ctx context.Context, tx pgx.Tx, p Payment) error {
	i := m.instalment(p.InstalmentID)
	if i == nil || i.Ordinal != 1 || (p.State != Paid && p.State != Returned) {
		return nil
	}
	on := p.BookedOn
	if p.State == Returned {
		on = calendar.Date{}
	}
	err := db.New(tx).MarkFirstPaid(ctx, db.MarkFirstPaidParams{AwardID: m.Award.ID, FirstPaidOn: encodeDate(on)})
	if err != nil {
		return fmt.Errorf("mark the first payment: %w", err)
	}
	return nil
}
