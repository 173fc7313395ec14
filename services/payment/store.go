package payment

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"saakorn/services/payment/db"
	"saakorn/services/platform/access"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/database"
	"saakorn/services/platform/fault"
	"saakorn/services/scheme"
)

// Querier is a connection pool or a transaction.
type Querier = db.DBTX

func loadInstalments(ctx context.Context, q Querier, awardID uuid.UUID) ([]Instalment, error) {
	rows, err := db.New(q).ListInstalments(ctx, awardID)
	if err != nil {
		return nil, fmt.Errorf("list instalments: %w", err)
	}
	return decodeAll(rows, decodeInstalment), nil
}

func decodeInstalment(row db.Instalment) Instalment {
	i := Instalment{
		ID: row.ID, AwardID: row.AwardID, Ordinal: row.Ordinal, Key: row.Key, Share: int(row.SharePercent),
		AmountOre: row.AmountOre, PlannedAt: row.PlannedAt, Prompted: row.PromptedAttempt, Gates: []scheme.PaymentGate{},
	}
	for _, g := range row.Gates {
		i.Gates = append(i.Gates, scheme.PaymentGate(g))
	}
	return i
}

func saveInstalment(ctx context.Context, tx pgx.Tx, i Instalment, fresh bool) error {
	gates := []string{}
	for _, g := range i.Gates {
		gates = append(gates, string(g))
	}
	var err error
	if fresh {
		err = db.New(tx).InsertInstalment(ctx, db.InsertInstalmentParams{
			ID: i.ID, AwardID: i.AwardID, Ordinal: i.Ordinal, Key: i.Key, SharePercent: int32(i.Share), Gates: gates,
			AmountOre: i.AmountOre, PlannedAt: i.PlannedAt,
		})
	} else {
		err = db.New(tx).UpdateInstalment(ctx, db.UpdateInstalmentParams{ID: i.ID, AmountOre: i.AmountOre, Gates: gates})
	}
	if err != nil {
		return fmt.Errorf("plan an instalment: %w", err)
	}
	return nil
}

func loadPayments(ctx context.Context, q Querier, awardID uuid.UUID) ([]Payment, error) {
	rows, err := db.New(q).ListPaymentsOfAward(ctx, awardID)
	if err != nil {
		return nil, fmt.Errorf("list payments: %w", err)
	}
	return decodeAll(rows, decodePayment), nil
}

func getPayment(ctx context.Context, q Querier, id uuid.UUID) (Payment, error) {
	row, err := db.New(q).GetPayment(ctx, id)
	if err != nil {
		return Payment{}, notFound("payment", err)
	}
	return decodePayment(row), nil
}

func decodePayment(row db.Payment) Payment {
	return Payment{
		ID: row.ID, Revision: row.Revision, AwardID: row.AwardID, EnterpriseID: row.EnterpriseID, InstalmentID: row.InstalmentID,
		Attempt: row.Attempt, AmountOre: row.AmountOre, SetOffOre: row.SetOffOre, ClaimID: orNil(row.ClaimID),
		PayeeAccountID: row.PayeeAccountID, State: State(row.State), EndToEndID: row.EndToEndID, PreparedBy: row.PreparedBy,
		PreparedAt: row.PreparedAt, FirstApprovedBy: orEmpty(row.FirstApprovedBy), FirstApprovedAt: row.FirstApprovedAt,
		ApprovedBy: orEmpty(row.ApprovedBy), ApprovedAt: row.ApprovedAt, CancelledBy: orEmpty(row.CancelledBy),
		CancelledAt: row.CancelledAt, CancelReason: row.CancelReason, OrderID: orNil(row.OrderID), SentAt: row.SentAt,
		Bank:     BankWord{Status: row.BankStatus, Code: row.BankCode, Text: row.BankText, At: row.BankReportedAt},
		BookedOn: decodeDate(row.BookedOn), PaidAt: row.PaidAt, EscalatedAt: row.EscalatedAt, ReportedAt: row.ReportedAt,
	}
}

func insertPayment(ctx context.Context, tx pgx.Tx, p Payment) error {
	err := db.New(tx).InsertPayment(ctx, db.InsertPaymentParams{
		ID: p.ID, AwardID: p.AwardID, EnterpriseID: p.EnterpriseID, InstalmentID: p.InstalmentID, Attempt: p.Attempt,
		AmountOre: p.AmountOre, SetOffOre: p.SetOffOre, ClaimID: orNullID(p.ClaimID), PayeeAccountID: p.PayeeAccountID,
		EndToEndID: p.EndToEndID, PreparedBy: p.PreparedBy, PreparedAt: p.PreparedAt,
	})
	if database.Violates(err, "payment_once") {
		return fault.NewPrecondition("PAYMENT_EXISTS", "there is a payment of this instalment already")
	}
	if err != nil {
		return fmt.Errorf("prepare a payment: %w", err)
	}
	return nil
}

func savePayment(ctx context.Context, tx pgx.Tx, p *Payment) error {
	revision, err := db.New(tx).UpdatePayment(ctx, db.UpdatePaymentParams{
		ID: p.ID, State: string(p.State), FirstApprovedBy: orNull(p.FirstApprovedBy), FirstApprovedAt: p.FirstApprovedAt,
		ApprovedBy: orNull(p.ApprovedBy), ApprovedAt: p.ApprovedAt, CancelledBy: orNull(p.CancelledBy), CancelledAt: p.CancelledAt,
		CancelReason: p.CancelReason, OrderID: orNullID(p.OrderID), SentAt: p.SentAt, BankStatus: p.Bank.Status, BankCode: p.Bank.Code,
		BankText: p.Bank.Text, BankReportedAt: p.Bank.At, BookedOn: encodeDate(p.BookedOn), PaidAt: p.PaidAt, EscalatedAt: p.EscalatedAt,
		ReportedAt: p.ReportedAt,
	})
	switch {
	case database.Violates(err, "payment_four_eyes"):
		return errFourEyes("a payment is prepared by one person and approved by two others, who had no hand in the account")
	case database.Violates(err, "payment_not_suspended"):
		return fault.NewPrecondition("GATES_CLOSED", "nothing is paid while the award is suspended").With(GateSuspended, "")
	case err != nil:
		return fmt.Errorf("save a payment: %w", err)
	}
	p.Revision = revision
	return nil
}

func currentAccount(ctx context.Context, q Querier, enterpriseID uuid.UUID) (*PayeeAccount, error) {
	row, err := db.New(q).CurrentPayeeAccount(ctx, enterpriseID)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("load the account: %w", err)
	}
	a := decodeAccount(row)
	return &a, nil
}

func getAccount(ctx context.Context, q Querier, id uuid.UUID) (PayeeAccount, error) {
	row, err := db.New(q).GetPayeeAccount(ctx, id)
	if err != nil {
		return PayeeAccount{}, notFound("account", err)
	}
	return decodeAccount(row), nil
}

func decodeAccount(row db.PayeeAccount) PayeeAccount {
	return PayeeAccount{
		ID: row.ID, Revision: row.Revision, EnterpriseID: row.EnterpriseID, Number: AccountNumber(row.Number), Reason: row.Reason,
		State: AccountState(row.State), ProposedBy: row.ProposedBy, ProposedAt: row.ProposedAt, Evidence: row.Evidence,
		ConfirmedBy: orEmpty(row.ConfirmedBy), ConfirmedAt: row.ConfirmedAt, RefuseReason: row.RefuseReason, RefusedAt: row.RefusedAt,
		ReplacedAt: row.ReplacedAt,
	}
}

func loadClaims(ctx context.Context, q Querier, awardID uuid.UUID) ([]Claim, error) {
	rows, err := db.New(q).ListClaimsOfAward(ctx, awardID)
	if err != nil {
		return nil, fmt.Errorf("list claims: %w", err)
	}
	return fillClaims(ctx, q, rows)
}

func getClaim(ctx context.Context, q Querier, id uuid.UUID) (Claim, error) {
	row, err := db.New(q).GetClaim(ctx, id)
	if err != nil {
		return Claim{}, notFound("claim", err)
	}
	return fillClaim(ctx, q, row)
}

func fillClaims(ctx context.Context, q Querier, rows []db.RecoveryClaim) ([]Claim, error) {
	claims := make([]Claim, 0, len(rows))
	for _, row := range rows {
		c, err := fillClaim(ctx, q, row)
		if err != nil {
			return nil, err
		}
		claims = append(claims, c)
	}
	return claims, nil
}

func fillClaim(ctx context.Context, q Querier, row db.RecoveryClaim) (Claim, error) {
	c := Claim{
		ID: row.ID, Revision: row.Revision, AwardID: row.AwardID, EnterpriseID: row.EnterpriseID, MeasureID: orNil(row.MeasureID),
		SettlementID: orNil(row.SettlementID), AmountOre: row.AmountOre, RepaidOre: row.RepaidOre, LoweredOre: row.LoweredOre,
		RefundOre: row.RefundOre, Reference: row.Reference, IssuedAt: row.IssuedAt, SettledAt: row.SettledAt,
	}
	queries := db.New(q)
	parts, err := queries.ListParts(ctx, c.ID)
	if err != nil {
		return c, fmt.Errorf("list the parts of a claim: %w", err)
	}
	for _, p := range parts {
		c.Parts = append(c.Parts, Part{DueOn: decodeDate(p.DueOn), AmountOre: p.AmountOre})
	}
	repayments, err := queries.ListRepayments(ctx, c.ID)
	if err != nil {
		return c, fmt.Errorf("list repayments: %w", err)
	}
	for _, r := range repayments {
		c.Repayments = append(c.Repayments, Repayment{
			ID: r.ID, Kind: RepaymentKind(r.Kind), AmountOre: r.AmountOre, BookedOn: decodeDate(r.BookedOn), PaymentID: orNil(r.PaymentID),
			Note: r.Note, RecordedBy: r.RecordedBy, RecordedAt: r.RecordedAt,
		})
	}
	dunnings, err := queries.ListDunnings(ctx, c.ID)
	if err != nil {
		return c, fmt.Errorf("list reminders of a claim: %w", err)
	}
	for _, d := range dunnings {
		c.Dunnings = append(c.Dunnings, Dunning{DueOn: decodeDate(d.DueOn), Step: int(d.Step), At: d.DunnedAt})
	}
	return c, nil
}

func saveParts(ctx context.Context, tx pgx.Tx, c Claim) error {
	queries := db.New(tx)
	if err := queries.DeleteParts(ctx, c.ID); err != nil {
		return fmt.Errorf("replace the parts of a claim: %w", err)
	}
	for n, p := range c.Parts {
		err := queries.InsertPart(ctx, db.InsertPartParams{ClaimID: c.ID, Ordinal: int32(n + 1), DueOn: encodeDate(p.DueOn), AmountOre: p.AmountOre})
		if err != nil {
			return fmt.Errorf("save a part of a claim: %w", err)
		}
	}
	return nil
}

// saveRepayment records money that came back, and what is left of the claim.
func saveRepayment(ctx context.Context, tx pgx.Tx, c *Claim, r Repayment) error {
	*c = c.with(r, r.RecordedAt)
	queries := db.New(tx)
	err := queries.InsertRepayment(ctx, db.InsertRepaymentParams{
		ID: r.ID, ClaimID: c.ID, Kind: string(r.Kind), AmountOre: r.AmountOre, BookedOn: encodeDate(r.BookedOn),
		PaymentID: orNullID(r.PaymentID), Note: r.Note, RecordedBy: r.RecordedBy, RecordedAt: r.RecordedAt,
	})
	if err != nil {
		return fmt.Errorf("record a repayment: %w", err)
	}
	return saveClaim(ctx, tx, c)
}

func saveClaim(ctx context.Context, tx pgx.Tx, c *Claim) error {
	revision, err := db.New(tx).UpdateClaim(ctx, db.UpdateClaimParams{
		ID: c.ID, AmountOre: c.AmountOre, RepaidOre: c.RepaidOre, LoweredOre: c.LoweredOre, RefundOre: c.RefundOre, SettledAt: c.SettledAt,
		Revision: c.Revision,
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return fault.NewUnavailable("CHANGED_MEANWHILE", "somebody is changing the claim: try again", nil)
	}
	if err != nil {
		return fmt.Errorf("save a claim: %w", err)
	}
	c.Revision = revision
	return nil
}

func settlementOf(ctx context.Context, q Querier, awardID uuid.UUID) (*Settlement, error) {
	row, err := db.New(q).SettlementOfAward(ctx, awardID)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("load a settlement: %w", err)
	}
	s := decodeSettlement(row)
	return &s, nil
}

func decodeSettlement(row db.Settlement) Settlement {
	return Settlement{
		ID: row.ID, Revision: row.Revision, AwardID: row.AwardID, UsedOre: row.UsedOre, Basis: row.Basis, PreparedBy: row.PreparedBy,
		PreparedAt: row.PreparedAt, ConfirmedBy: orEmpty(row.ConfirmedBy), ConfirmedAt: row.ConfirmedAt, UnusedOre: row.UnusedOre,
	}
}

func loadBalances(ctx context.Context, q Querier, awardID uuid.UUID) (Balances, error) {
	rows, err := db.New(q).ListBalances(ctx, awardID)
	if err != nil {
		return nil, fmt.Errorf("load balances: %w", err)
	}
	b := Balances{}
	for _, row := range rows {
		b[Account(row.Account)] = row.AmountOre
	}
	return b, nil
}

// post writes the posting into the ledger, by whoever acts.
func post(ctx context.Context, tx pgx.Tx, p Posting, now time.Time) error {
	caller, ok := access.From(ctx)
	if !ok {
		return fmt.Errorf("post %s: nobody is acting", p.Kind)
	}
	queries := db.New(tx)
	id, err := queries.InsertPosting(ctx, db.InsertPostingParams{
		Kind: string(p.Kind), PaymentID: orNullID(p.PaymentID), ClaimID: orNullID(p.ClaimID), PostedBy: caller.ID, PostedAt: now,
	})
	if err != nil {
		return fmt.Errorf("post %s: %w", p.Kind, err)
	}
	for n, l := range p.Lines {
		err := queries.InsertLine(ctx, db.InsertLineParams{
			PostingID: id, Ordinal: int32(n + 1), AwardID: l.AwardID, Account: string(l.Account), AmountOre: l.AmountOre,
		})
		if err != nil {
			return fmt.Errorf("post %s: %w", p.Kind, err)
		}
	}
	return nil
}

func decodeAll[R, T any](rows []R, decode func(R) T) []T {
	decoded := make([]T, 0, len(rows))
	for _, row := range rows {
		decoded = append(decoded, decode(row))
	}
	return decoded
}

func decodeDate(d pgtype.Date) calendar.Date {
	if !d.Valid {
		return calendar.Date{}
	}
	year, month, day := d.Time.Date()
	return calendar.Date{Year: year, Month: month, Day: day}
}

func encodeDate(d calendar.Date) pgtype.Date {
	if d.IsZero() {
		return pgtype.Date{}
	}
	return pgtype.Date{Time: time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC), Valid: true}
}

func notFound(what string, err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return fault.NewNotFound(what)
	}
	return fmt.Errorf("load the %s: %w", what, err)
}

func orEmpty(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func orNil(id *uuid.UUID) uuid.UUID {
	if id == nil {
		return uuid.Nil
	}
	return *id
}

func orNullID(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}
