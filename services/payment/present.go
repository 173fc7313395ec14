package payment

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/payment/db"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/person"
)

// presentPlan returns the instalments with their gates and payments, and the confirmed account or nil.
func (b *Book) presentPlan(ctx context.Context, q Querier, m *Money) ([]*saakornv1.Instalment, *PayeeAccount, error) {
	basis, err := b.basis(ctx, q, m, b.Clock.Now())
	if err != nil {
		return nil, nil, err
	}
	payments, err := presentPayments(ctx, q, m.Payments)
	if err != nil {
		return nil, nil, err
	}
	plan := make([]*saakornv1.Instalment, 0, len(m.Instalments))
	for _, i := range m.Instalments {
		p := &saakornv1.Instalment{Id: i.ID.String(), Ordinal: i.Ordinal, Key: i.Key, AmountOre: i.AmountOre}
		for _, g := range GatesOf(i, basis) {
			p.Gates = append(p.Gates, &saakornv1.PaymentGate{Gate: g.Name, Met: g.Met, Reason: g.Reason})
		}
		for n, presented := range slices.Backward(payments) {
			if m.Payments[n].InstalmentID == i.ID {
				p.Payments = append(p.Payments, presented)
			}
		}
		plan = append(plan, p)
	}
	return plan, basis.Account, nil
}

// presentPayments returns the payments with their accounts hidden but for four digits.
func presentPayments(ctx context.Context, q Querier, payments []Payment) ([]*saakornv1.Payment, error) {
	ids := make([]uuid.UUID, 0, len(payments))
	for _, p := range payments {
		ids = append(ids, p.PayeeAccountID)
	}
	rows, err := db.New(q).PayeeNumbers(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("load account numbers: %w", err)
	}
	numbers := map[uuid.UUID]string{}
	for _, row := range rows {
		numbers[row.ID] = AccountNumber(row.Number).Masked()
	}
	presented := make([]*saakornv1.Payment, 0, len(payments))
	for _, p := range payments {
		presented = append(presented, presentPayment(p, numbers[p.PayeeAccountID]))
	}
	return presented, addNames(ctx, q, presented)
}

// addNames writes the names of the people beside their identifiers, which stand for those who are unknown.
func addNames(ctx context.Context, q Querier, payments []*saakornv1.Payment) error {
	var ids []string
	for _, p := range payments {
		ids = append(ids, p.GetPreparedBy(), p.GetFirstApprovedBy(), p.GetApprovedBy())
	}
	slices.Sort(ids)
	names, err := person.Names(ctx, q, slices.Compact(ids))
	if err != nil {
		return err
	}
	name := func(id string) string { return cmp.Or(names[id], id) }
	for _, p := range payments {
		p.PreparedByName, p.FirstApprovedByName, p.ApprovedByName = name(p.GetPreparedBy()), name(p.GetFirstApprovedBy()), name(p.GetApprovedBy())
	}
	return nil
}

func presentPayment(p Payment, account string) *saakornv1.Payment {
	return &saakornv1.Payment{
		Id: p.ID.String(), Etag: p.Etag(), AwardId: p.AwardID.String(), EnterpriseId: p.EnterpriseID.String(),
		InstalmentId: p.InstalmentID.String(), Attempt: p.Attempt, AmountOre: p.AmountOre, SetOffOre: p.SetOffOre, ClaimId: idText(p.ClaimID),
		Account: account, State: saakornv1.PaymentState(saakornv1.PaymentState_value[statePrefix+string(p.State)]), EndToEndId: p.EndToEndID,
		PreparedBy: p.PreparedBy, PreparedAt: optionalTime(&p.PreparedAt), FirstApprovedBy: p.FirstApprovedBy,
		FirstApprovedAt: optionalTime(p.FirstApprovedAt), ApprovedBy: p.ApprovedBy, ApprovedAt: optionalTime(p.ApprovedAt),
		CancelReason: p.CancelReason, SentAt: optionalTime(p.SentAt), BankStatus: p.Bank.Status, BankCode: p.Bank.Code, BankText: p.Bank.Text,
		BankReportedAt: optionalTime(p.Bank.At), BookedOn: p.BookedOn.String(), EscalatedAt: optionalTime(p.EscalatedAt),
	}
}

const statePrefix = "PAYMENT_STATE_"

func stateOf(s saakornv1.PaymentState) string { return strings.TrimPrefix(s.String(), statePrefix) }

func presentBalances(b Balances) []*saakornv1.LedgerBalance {
	list := make([]*saakornv1.LedgerBalance, 0, len(Accounts()))
	for _, account := range Accounts() {
		list = append(list, &saakornv1.LedgerBalance{Account: string(account), AmountOre: b[account]})
	}
	return list
}

func presentWarning(w *RunwayWarning) *saakornv1.RunwayWarning {
	if w == nil {
		return nil
	}
	return &saakornv1.RunwayWarning{LastsUntil: w.LastsUntil.String(), PaymentExpected: w.PaymentExpected.String()}
}

func (b *Book) presentClaim(c Claim, today calendar.Date) *saakornv1.Claim {
	p := &saakornv1.Claim{
		Id: c.ID.String(), Etag: c.Etag(), AwardId: c.AwardID.String(), EnterpriseId: c.EnterpriseID.String(), MeasureId: idText(c.MeasureID),
		AmountOre: c.AmountOre, RepaidOre: c.RepaidOre, Reference: c.Reference, IssuedAt: optionalTime(&c.IssuedAt),
		LoweredOre: c.LoweredOre, RefundOre: c.RefundOre, SettledAt: optionalTime(c.SettledAt), OverdueOre: c.OverdueOre(today), Reminders: int32(len(c.Dunnings)), PayTo: b.Bank.Account.Grouped(),
	}
	paid := c.PaidOf()
	for n, part := range c.Parts {
		p.Parts = append(p.Parts, &saakornv1.ClaimPart{DueOn: part.DueOn.String(), AmountOre: part.AmountOre, PaidOre: paid[n]})
	}
	for _, r := range c.Repayments {
		p.Repayments = append(p.Repayments, &saakornv1.Repayment{
			Kind: string(r.Kind), AmountOre: r.AmountOre, BookedOn: r.BookedOn.String(), PaymentId: idText(r.PaymentID), Note: r.Note,
		})
	}
	return p
}

func presentSettlement(s Settlement) *saakornv1.Settlement {
	return &saakornv1.Settlement{
		Id: s.ID.String(), Etag: s.Etag(), AwardId: s.AwardID.String(), UsedOre: s.UsedOre, Basis: s.Basis, PreparedBy: s.PreparedBy,
		PreparedAt: optionalTime(&s.PreparedAt), ConfirmedBy: s.ConfirmedBy, ConfirmedAt: optionalTime(s.ConfirmedAt), UnusedOre: s.UnusedOre,
	}
}

// idText writes an identifier, and nothing for none.
func idText(id uuid.UUID) string {
	if id == uuid.Nil {
		return ""
	}
	return id.String()
}

func optionalTime(t *time.Time) *timestamppb.Timestamp {
	if t == nil {
		return nil
	}
	return timestamppb.New(*t)
}

// ignoreNone lets nothing found pass.
func ignoreNone(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return err
}
