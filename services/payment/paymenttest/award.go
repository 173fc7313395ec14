// Package paymenttest plays everybody who has to do with the money of an award, for tests: the
// enterprise, officers, those with spending authority, and the bank. What another context does to an
// award is written into its tables as that context would.
package paymenttest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework/caseworktest"
	"saakorn/services/grant"
	"saakorn/services/installation/installationtest"
	"saakorn/services/platform/access"
	"saakorn/services/platform/database"
)

// The people with spending authority.
const (
	Approver       = "payment-approver-1"
	SecondApprover = "payment-approver-2"
	// OtherOfficer confirms what the first officer proposed.
	OtherOfficer = "case-officer-2"
)

// AwardOre is what an award of a test gives unless it says otherwise.
const AwardOre = caseworktest.AmountOre

// House is a round on an installation without an engine.
type House struct {
	*caseworktest.Round
}

// Open announces a call on a fresh installation.
func Open(t testing.TB) *House {
	t.Helper()
	return &House{caseworktest.Open(t, installationtest.New(t))}
}

// Award is an award with the enterprise that it is given to.
type Award struct {
	House         *House
	ID            uuid.UUID
	LifecycleID   uuid.UUID
	ApplicationID uuid.UUID
	EnterpriseID  uuid.UUID
	// Person may act for the enterprise.
	Person string
}

// Offer gives the n-th fictional enterprise an award of the amount that it has not accepted.
func (h *House) Offer(t testing.TB, n int, ore int64) *Award {
	t.Helper()
	application := h.Apply(t, n)
	id := uuid.MustParse(application.GetId())
	h.Drive(t, application.GetId())
	h.decide(t, id, ore)
	return h.offer(t, id, caseworktest.Applicant(n), ore, 2019)
}

// decide writes the decision that the award rests on.
func (h *House) decide(t testing.TB, applicationID uuid.UUID, ore int64) {
	t.Helper()
	h.within(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO recommendation (id, case_id, round, version, outcome, amount_ore, reasons, recommended_by, recommended_at)
			SELECT $2, id, 1, 1, 'APPROVED', $3, 'Treffer målgruppen.', 'case-officer-1', $4 FROM case_file WHERE application_id = $1`,
			applicationID, uuid.Must(uuid.NewV7()), ore, h.API.Now())
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO decision (id, case_id, round, recommendation_version, outcome, amount_ore, reasons, decided_by, decided_at, basis)
			SELECT $2, id, 1, 1, 'APPROVED', $3, 'Treffer målgruppen.', 'decision-maker-1', $4, '{}' FROM case_file WHERE application_id = $1`,
			applicationID, uuid.Must(uuid.NewV7()), ore, h.API.Now())
		return err
	})
}

// Again gives the same enterprise one more award, for another year, as if it had applied again.
func (a *Award) Again(t testing.TB, ore int64, year int) *Award {
	t.Helper()
	id := uuid.Must(uuid.NewV7())
	a.House.within(t, func(ctx context.Context, tx pgx.Tx) error {
		for _, copied := range []struct {
			table, where string
			change       map[string]any
		}{
			{"application", "id", map[string]any{"id": id, "reference": "COPY-" + id.String()}},
			{"application_version", "application_id", map[string]any{"application_id": id}},
			{"case_file", "application_id", map[string]any{"id": uuid.Must(uuid.NewV7()), "application_id": id, "number": "COPY/" + id.String()}},
		} {
			_, err := tx.Exec(ctx, fmt.Sprintf(`INSERT INTO %[1]s SELECT (jsonb_populate_record(NULL::%[1]s, to_jsonb(x) || $1::jsonb)).* FROM %[1]s x WHERE %[2]s = $2`,
				copied.table, copied.where), copied.change, a.ApplicationID)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return a.House.offer(t, id, a.Person, ore, year)
}

func (h *House) offer(t testing.TB, applicationID uuid.UUID, person string, ore int64, year int) *Award {
	t.Helper()
	a := &Award{House: h, ID: uuid.Must(uuid.NewV7()), ApplicationID: applicationID, Person: person}
	now := h.API.Now()
	h.within(t, func(ctx context.Context, tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `SELECT enterprise_id FROM case_file WHERE application_id = $1`, applicationID).Scan(&a.EnterpriseID)
		if err != nil {
			return err
		}
		err = tx.QueryRow(ctx, `INSERT INTO lifecycle (id, scheme_id, enterprise_id, opened_at) VALUES ($1, 'social-entrepreneurship', $2, $3)
			ON CONFLICT (scheme_id, enterprise_id) DO UPDATE SET revision = lifecycle.revision RETURNING id`,
			uuid.Must(uuid.NewV7()), a.EnterpriseID, now).Scan(&a.LifecycleID)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO award (id, lifecycle_id, case_id, application_id, call_id, case_number, reference, decision_id,
			recommended_by, decided_by, enterprise_id, scheme_id, scheme_version, grant_year, year_number, application_type, amount_ore,
			committed_ore, state, offered_at, accept_by, spend_by)
			SELECT $1, $2, c.id, c.application_id, c.call_id, c.number, c.reference, d.id, 'case-officer-1', d.decided_by, c.enterprise_id,
			c.scheme_id, c.scheme_version, $4, 1, c.application_type, $5, $5, 'OFFERED', $6, $7, $8
			FROM case_file c, (SELECT * FROM decision ORDER BY decided_at DESC, id DESC LIMIT 1) d WHERE c.application_id = $3`,
			a.ID, a.LifecycleID, applicationID, year, ore, now, now.AddDate(0, 0, 21), now.AddDate(1, 0, 0))
		return err
	})
	a.changed(t)
	return a
}

// within writes what another context would, as the system.
func (h *House) within(t testing.TB, do func(context.Context, pgx.Tx) error) {
	t.Helper()
	ctx := access.AsSystem(t.Context())
	must(t, database.InTransaction(ctx, h.API.Installation.Pool, func(tx pgx.Tx) error {
		return do(database.WithTransaction(ctx, tx), tx)
	}))
}

// changed tells the money that the award has changed.
func (a *Award) changed(t testing.TB) {
	t.Helper()
	a.House.within(t, func(ctx context.Context, tx pgx.Tx) error {
		return a.tell(ctx, tx)
	})
}

// tell tells the money that the award has changed, as whoever changes it does.
func (a *Award) tell(ctx context.Context, tx pgx.Tx) error {
	changed, err := grant.Store{}.Award(ctx, tx, a.ID)
	if err != nil {
		return err
	}
	return a.House.API.Installation.Money.AwardChanged(ctx, tx, changed, a.House.API.Now())
}

func (a *Award) update(t testing.TB, sql string, args ...any) {
	t.Helper()
	a.House.within(t, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT 1 FROM lifecycle WHERE id = $1 FOR UPDATE`, a.LifecycleID); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sql, append([]any{a.ID}, args...)...); err != nil {
			return err
		}
		return a.tell(ctx, tx)
	})
}

// Accept accepts the terms.
func (a *Award) Accept(t testing.TB) *Award {
	t.Helper()
	a.update(t, `UPDATE award SET state = 'ACCEPTED', accepted_at = $2, accepted_by = $3 WHERE id = $1`, a.House.API.Now(), a.Person)
	return a
}

// Reduce lowers what may be paid to the amount, and gives the rest back to the frame.
func (a *Award) Reduce(t testing.TB, ore int64) {
	t.Helper()
	a.update(t, `UPDATE award SET amount_ore = $2, released_ore = committed_ore - $2 WHERE id = $1`, ore)
}

// Release gives kroner back to the frame that will not be paid.
func (a *Award) Release(t testing.TB, ore int64) {
	t.Helper()
	a.update(t, `UPDATE award SET released_ore = released_ore + $2 WHERE id = $1`, ore)
}

// Stop stops the award.
func (a *Award) Stop(t testing.TB) {
	t.Helper()
	a.update(t, `UPDATE award SET state = 'STOPPED', stopped_at = $2 WHERE id = $1`, a.House.API.Now())
}

// measure writes a decided measure and returns its identifier.
func (a *Award) measure(t testing.TB, kind string, ore int64) uuid.UUID {
	t.Helper()
	id := uuid.Must(uuid.NewV7())
	a.update(t, `INSERT INTO measure (id, award_id, kind, state, amount_ore, grounds, proposed_by, proposed_at, notified_at, recommended_by,
		recommended_at, reasons, decided_by, decided_at)
		VALUES ($2, $1, $3, 'DECIDED', $4, 'Rapporten mangler.', 'case-officer-1', $5, $5, 'case-officer-1', $5, 'Vilkåret er brutt.', 'decision-maker-1', $5)`,
		id, kind, ore, a.House.API.Now())
	return id
}

// Suspend stops payments until Lift.
func (a *Award) Suspend(t testing.TB) {
	t.Helper()
	measure := a.measure(t, "SUSPENSION", 0)
	a.update(t, `INSERT INTO suspension (id, award_id, measure_id, reason, starts_at, prepared_by, decided_by)
		VALUES ($2, $1, $3, 'Rapporten mangler.', $4, 'case-officer-1', 'decision-maker-1')`, uuid.Must(uuid.NewV7()), measure, a.House.API.Now())
}

// Lift lets payments go on.
func (a *Award) Lift(t testing.TB) {
	t.Helper()
	a.update(t, `UPDATE suspension SET lift_prepared_by = 'case-officer-1', lift_reason = 'Rapporten er kommet.', lifted_by = 'decision-maker-1',
		lifted_at = $2 WHERE award_id = $1 AND lifted_at IS NULL`, a.House.API.Now())
}

// Recover decides that so much is claimed back.
func (a *Award) Recover(t testing.TB, ore int64) {
	t.Helper()
	a.measure(t, "RECOVERY", ore)
}

// Appeal has an appeal undo every decision to claim money back.
func (a *Award) Appeal(t testing.TB) {
	t.Helper()
	a.update(t, `UPDATE measure SET state = 'REVERSED', reversed_at = $2 WHERE award_id = $1 AND kind = 'RECOVERY' AND state = 'DECIDED'`, a.House.API.Now())
}

// Balances returns where the kroner of the award are.
func (a *Award) Balances(t testing.TB) map[string]int64 {
	t.Helper()
	answer, err := a.House.API.Ledger.GetLedgerBalances(a.House.API.As(t.Context(), installationtest.Auditor),
		&saakornv1.GetLedgerBalancesRequest{AwardId: a.ID.String()})
	must(t, err)
	balances := map[string]int64{}
	for _, b := range answer.GetBalances() {
		if b.GetAmountOre() != 0 {
			balances[b.GetAccount()] = b.GetAmountOre()
		}
	}
	return balances
}

// ClaimLetters returns the kinds of the letters about claims that have been sent, newest first.
func (a *Award) ClaimLetters(t testing.TB) []string {
	t.Helper()
	return slices.DeleteFunc(a.House.Letters(t, a.ApplicationID.String()), func(kind string) bool { return !strings.HasPrefix(kind, "RECOVERY_") })
}

// Prove demands that the ledger balances to the øre.
func (h *House) Prove(t testing.TB) {
	t.Helper()
	answer, err := h.API.Ledger.ProveLedger(h.API.As(t.Context(), installationtest.Auditor), &saakornv1.ProveLedgerRequest{})
	must(t, err)
	if !answer.GetBalanced() {
		t.Fatalf("the ledger does not balance: %v", answer.GetDifferences())
	}
}

// MoveDays moves the clock by so many days.
func (h *House) MoveDays(t testing.TB, days int) {
	t.Helper()
	h.API.MoveClock(t, h.API.Now().Add(time.Duration(days)*24*time.Hour))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
