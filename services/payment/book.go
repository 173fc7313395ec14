package payment

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"saakorn/services/enterprise"
	"saakorn/services/grant"
	"saakorn/services/payment/db"
	"saakorn/services/platform/audit"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/clock"
	"saakorn/services/platform/procedure"
	"saakorn/services/scheme"
)

// Awards knows what has been granted, and what stands in its way.
type Awards interface {
	Award(ctx context.Context, q grant.Querier, id uuid.UUID) (grant.Award, error)
	// LockAward keeps others from changing the award, or suspending it, until the transaction ends.
	LockAward(ctx context.Context, tx pgx.Tx, id uuid.UUID) (grant.Award, error)
	Suspended(ctx context.Context, q grant.Querier, awardID uuid.UUID, now time.Time) (bool, error)
	Conditions(ctx context.Context, q grant.Querier, awardID uuid.UUID) ([]grant.Condition, error)
	Measures(ctx context.Context, q grant.Querier, awardID uuid.UUID) ([]grant.Measure, error)
}

// Schemes knows the rules.
type Schemes interface {
	Definition(ctx context.Context, schemeID, version string) (*scheme.Definition, error)
}

// Enterprises knows what the registers say of an enterprise and who may act for it.
type Enterprises interface {
	Enterprise(ctx context.Context, id uuid.UUID) (enterprise.Enterprise, error)
	Right(ctx context.Context, personID string, enterpriseID uuid.UUID) (enterprise.Right, error)
}

// Gates knows the reports of awards: an instalment waits until they say that it need not. Whoever changes
// what they say calls [Book.ReportChanged] in the same transaction.
type Gates interface {
	Shown(ctx context.Context, q Querier, awardID uuid.UUID, now time.Time) (Shown, error)
}

// Shown is what the reports of an award let through.
type Shown struct {
	// Open holds the gates about reports that are open.
	Open map[scheme.PaymentGate]bool
	// Held says why nothing is paid of the award whatever the instalment waits for, in capitals with
	// underscores; empty when the reports stand in no way.
	Held string
}

// Runways knows from what is reported how long an enterprise's money lasts; nil when nobody has said.
type Runways interface {
	Runway(ctx context.Context, q Querier, enterpriseID uuid.UUID) (*Runway, error)
}

// Runway is how long an enterprise's money lasts, and when that was said.
type Runway struct {
	LastsUntil calendar.Date
	SaidAt     time.Time
}

// Waker tells a procedure to look at the facts again.
type Waker interface {
	Wake(ctx context.Context, tx pgx.Tx, s procedure.Subject, now time.Time) error
}

// Book keeps the money of awards: it is what the methods and the procedure work with.
type Book struct {
	Pool        *pgxpool.Pool
	Awards      Awards
	Schemes     Schemes
	Enterprises Enterprises
	Gates       Gates
	Runways     Runways
	Waker       Waker
	Bank        Bank
	Clock       clock.Clock
}

// Money is an award with all its money.
type Money struct {
	Award grant.Award
	Rules scheme.PaymentRules
	// Statement says from which award on an auditor makes a statement.
	Statement   scheme.StatementRule
	Instalments []Instalment
	Payments    []Payment
	Claims      []Claim
	Balances    Balances
	// Settlement is nil while nobody has said what was used.
	Settlement *Settlement
}

// instalment returns the instalment with the identifier, or nil.
func (m *Money) instalment(id uuid.UUID) *Instalment {
	if i := slices.IndexFunc(m.Instalments, func(i Instalment) bool { return i.ID == id }); i >= 0 {
		return &m.Instalments[i]
	}
	return nil
}

// payment returns the payment with the identifier, or nil.
func (m *Money) payment(id uuid.UUID) *Payment {
	if i := slices.IndexFunc(m.Payments, func(p Payment) bool { return p.ID == id }); i >= 0 {
		return &m.Payments[i]
	}
	return nil
}

// claim returns the claim with the identifier, or nil.
func (m *Money) claim(id uuid.UUID) *Claim {
	if i := slices.IndexFunc(m.Claims, func(c Claim) bool { return c.ID == id }); i >= 0 {
		return &m.Claims[i]
	}
	return nil
}

func subject(awardID uuid.UUID) procedure.Subject {
	return procedure.Subject{Kind: procedure.Payment, ID: awardID}
}

// read returns the award's money as it is.
func (b *Book) read(ctx context.Context, q Querier, a grant.Award) (Money, error) {
	m := Money{Award: a}
	rules, err := b.Schemes.Definition(ctx, a.SchemeID, a.SchemeVersion)
	if err != nil {
		return m, err
	}
	m.Rules, m.Statement = rules.Payment, rules.Reporting.AuditorStatement
	if m.Instalments, err = loadInstalments(ctx, q, a.ID); err != nil {
		return m, err
	}
	if m.Payments, err = loadPayments(ctx, q, a.ID); err != nil {
		return m, err
	}
	if m.Claims, err = loadClaims(ctx, q, a.ID); err != nil {
		return m, err
	}
	if m.Balances, err = loadBalances(ctx, q, a.ID); err != nil {
		return m, err
	}
	m.Settlement, err = settlementOf(ctx, q, a.ID)
	return m, err
}

// open locks the award and returns its money, brought up to date with the award.
func (b *Book) open(ctx context.Context, tx pgx.Tx, awardID uuid.UUID, now time.Time) (Money, error) {
	a, err := b.Awards.LockAward(ctx, tx, awardID)
	if err != nil {
		return Money{}, err
	}
	m, err := b.read(ctx, tx, a)
	if err != nil {
		return m, err
	}
	return m, b.follow(ctx, tx, &m, now)
}

// AwardChanged brings the money up to date with an award that has changed, in the transaction that
// changes it, and has its procedure look.
func (b *Book) AwardChanged(ctx context.Context, tx pgx.Tx, a grant.Award, now time.Time) error {
	if _, err := b.open(ctx, tx, a.ID, now); err != nil {
		return fmt.Errorf("follow an award with its money: %w", err)
	}
	return b.Waker.Wake(ctx, tx, subject(a.ID), now)
}

// ReportChanged has the procedures look for which a changed report makes a difference, in the transaction
// that changes it: that of the report's award, whose instalments may wait for it, and those of the awards
// whose first payment is waited for, because the report tells how long the enterprise's money lasts (R71).
func (b *Book) ReportChanged(ctx context.Context, tx pgx.Tx, awardID, enterpriseID uuid.UUID, now time.Time) error {
	ids, err := db.New(tx).ListUnpaidAwards(ctx, enterpriseID)
	if err != nil {
		return fmt.Errorf("list awards that wait for their first payment: %w", err)
	}
	if !slices.Contains(ids, awardID) {
		ids = append(ids, awardID)
	}
	return b.wakeAll(ctx, tx, ids, now)
}

// Paid returns where an award's money stands, as it is in the pool or transaction. It is settled when
// nothing more is to be paid, nothing is under way, and no claim is open (R48).
func (b *Book) Paid(ctx context.Context, q grant.Querier, awardID uuid.UUID) (grant.Paid, error) {
	a, err := b.Awards.Award(ctx, q, awardID)
	if err != nil {
		return grant.Paid{}, err
	}
	m, err := b.read(ctx, q, a)
	if err != nil {
		return grant.Paid{}, err
	}
	unpaid := slices.ContainsFunc(m.Instalments, func(i Instalment) bool { return i.AmountOre > 0 && liveOf(i, m.Payments) == nil })
	more := a.State == grant.Offered || a.State == grant.Accepted && (unpaid || len(m.Instalments) == 0)
	if m.Settlement != nil && m.Settlement.ConfirmedAt != nil {
		more = false // what was used is known, and nothing more is asked for
	}
	return grant.Paid{
		Known: true, Settled: !more && m.Settled(),
		PaidOre: m.Balances[ApprovedFunds] + m.Balances[SentFunds] + m.Balances[PaidFunds] + m.Balances[Claimed],
	}, nil
}

// follow brings commitments, plan and claims to what the award says. It can be repeated.
func (b *Book) follow(ctx context.Context, tx pgx.Tx, m *Money, now time.Time) error {
	a := m.Award
	err := db.New(tx).SaveAwardMoney(ctx, db.SaveAwardMoneyParams{
		AwardID: a.ID, EnterpriseID: a.EnterpriseID, SchemeID: a.SchemeID, GrantYear: int32(a.GrantYear), AcceptedAt: a.AcceptedAt,
	})
	if err != nil {
		return fmt.Errorf("follow an award: %w", err)
	}
	if posting, needed := Follow(a.ID, m.Balances, a.BoundOre()); needed {
		if err := m.post(ctx, tx, posting, now); err != nil {
			return err
		}
	}
	if a.AcceptedAt == nil {
		return nil
	}
	if err := m.plan(ctx, tx, now); err != nil {
		return err
	}
	measures, err := b.Awards.Measures(ctx, tx, m.Award.ID)
	if err != nil {
		return err
	}
	if err := m.lowerClaims(ctx, tx, measures, now); err != nil {
		return err
	}
	return m.claimDecided(ctx, tx, measures, now)
}

// post writes the posting and keeps the award's balances in step.
func (m *Money) post(ctx context.Context, tx pgx.Tx, p Posting, now time.Time) error {
	if err := post(ctx, tx, p, now); err != nil {
		return err
	}
	for _, l := range p.Lines {
		if l.AwardID == m.Award.ID {
			m.Balances[l.Account] += l.AmountOre
		}
	}
	return nil
}

func (m *Money) plan(ctx context.Context, tx pgx.Tx, now time.Time) error {
	planned := Plan(m.Rules, m.Statement, m.Award.ID, m.Award.AmountOre, m.Instalments, m.Payments, now)
	fresh := len(m.Instalments) == 0
	changed := false
	for n, i := range planned {
		if !fresh && i.AmountOre == m.Instalments[n].AmountOre && slices.Equal(i.Gates, m.Instalments[n].Gates) {
			continue
		}
		changed = true
		if err := saveInstalment(ctx, tx, i, fresh); err != nil {
			return err
		}
	}
	m.Instalments = planned
	if !changed {
		return nil
	}
	amounts := make([]int64, 0, len(planned))
	for _, i := range planned {
		amounts = append(amounts, i.AmountOre)
	}
	return m.record(ctx, tx, "INSTALMENTS_PLANNED", "award", m.Award.ID, now, nil, map[string]any{"amounts_ore": amounts})
}

func (m *Money) record(ctx context.Context, tx pgx.Tx, action, kind string, id uuid.UUID, now time.Time, before, after any) error {
	return audit.Record(ctx, tx, audit.Event{
		Action: action, OccurredAt: now, SubjectKind: kind, SubjectID: id, ApplicationID: m.Award.ApplicationID, Before: before, After: after,
	})
}

// basis returns what the gates of the award's instalments are judged by.
func (b *Book) basis(ctx context.Context, q Querier, m *Money, now time.Time) (Basis, error) {
	basis := Basis{Award: m.Award}
	for _, p := range m.Payments {
		if p.State.Live() {
			basis.LiveOre += p.AmountOre
		}
	}
	var err error
	if basis.Suspended, err = b.Awards.Suspended(ctx, q, m.Award.ID, now); err != nil {
		return basis, err
	}
	if basis.Account, err = currentAccount(ctx, q, m.Award.EnterpriseID); err != nil {
		return basis, err
	}
	e, err := b.Enterprises.Enterprise(ctx, m.Award.EnterpriseID)
	if err != nil {
		return basis, err
	}
	basis.Enterprise = Registered{Deleted: e.Deleted, Bankrupt: e.Bankrupt, UnderLiquidation: e.UnderLiquidation}
	conditions, err := b.Awards.Conditions(ctx, q, m.Award.ID)
	if err != nil {
		return basis, err
	}
	for _, c := range conditions {
		if c.State == grant.ConditionOpen {
			basis.OpenConditions++
		}
	}
	basis.Shown, err = b.Gates.Shown(ctx, q, m.Award.ID, now)
	return basis, err
}

// recheck refuses to go on with a payment whose instalment waits for something again.
func (b *Book) recheck(ctx context.Context, tx pgx.Tx, m *Money, p Payment, now time.Time) error {
	basis, err := b.basis(ctx, tx, m, now)
	if err != nil {
		return err
	}
	return CheckGates(GatesOf(*m.instalment(p.InstalmentID), basis))
}

// warnOf returns the warning that the enterprise's money runs out before the payment can be expected;
// nil when it does not, or nobody has said (R71).
func (b *Book) warnOf(ctx context.Context, q Querier, m *Money, today calendar.Date) (*RunwayWarning, error) {
	if m.Award.State != grant.Accepted || slices.ContainsFunc(m.Payments, func(p Payment) bool { return p.State == Paid }) {
		return nil, nil
	}
	r, err := b.runway(ctx, q, m.Award.EnterpriseID)
	if err != nil || r == nil {
		return nil, err
	}
	return Warn(r.LastsUntil, ExpectedOn(*m.Award.AcceptedAt, m.Rules), today), nil
}

// runway returns what was said last about how long the enterprise's money lasts, to us or in a report; nil
// when nobody has said.
func (b *Book) runway(ctx context.Context, q Querier, enterpriseID uuid.UUID) (*Runway, error) {
	reported, err := b.Runways.Runway(ctx, q, enterpriseID)
	if err != nil {
		return nil, err
	}
	row, err := db.New(q).LatestRunway(ctx, enterpriseID)
	if errors.Is(err, pgx.ErrNoRows) {
		return reported, nil
	}
	if err != nil {
		return nil, fmt.Errorf("load a runway: %w", err)
	}
	if reported != nil && reported.SaidAt.After(row.RecordedAt) {
		return reported, nil
	}
	return &Runway{decodeDate(row.LastsUntil), row.RecordedAt}, nil
}

// RunwayWarning says that an enterprise's money runs out before it is paid.
type RunwayWarning struct {
	LastsUntil, PaymentExpected calendar.Date
}

// Warn compares how long the money lasts with when the payment can be expected: by the aim, or
// tomorrow when that has passed.
func Warn(lastsUntil, expected, today calendar.Date) *RunwayWarning {
	if expected.Before(today) {
		expected = today.AddDays(1)
	}
	if !lastsUntil.Before(expected) {
		return nil
	}
	return &RunwayWarning{lastsUntil, expected}
}
