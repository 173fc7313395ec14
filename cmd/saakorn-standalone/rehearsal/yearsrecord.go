package rehearsal

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
)

// YearsRecord is what is known of the years that have been lived.
type YearsRecord struct {
	// Years is how many grant years those who began in the first could have.
	Years int
	Ended time.Time
	// Deeds is how many things people did on office days.
	Deeds int
	// Proofs are how often the ledger was proved, and what did not balance.
	Proofs     tally
	Lifecycles []*saakornv1.GetLifecycleResponse
	Trail      YearsTrail
	// Histories are the workflow histories that were open at the end of each year, the longest of each kind.
	Histories []History
}

// YearsTrail is what only the database shows of the years.
type YearsTrail struct {
	// Payments are all there have been, and Suspensions the times in which nothing may be paid.
	Payments    []PaymentRow
	Suspensions []SuspensionRow
	// Reminders are the letters that remind of something, by what they are about and the day.
	Reminders []ReminderRow
	// Turns are what the story has to hold.
	Turns []Turn
	// Digest is a sum over the whole ledger and Entries is over how many lines and balances: see [digestLedger].
	Digest  string
	Entries int64
	// Lifecycles, Rows and Bytes are what the facts take.
	Lifecycles, Rows, Bytes int64
}

// PaymentRow is one payment of an instalment.
type PaymentRow struct {
	AwardID, InstalmentID, State string
	// NetOre went to the account, and AwardOre is what may be paid of the award at most.
	AmountOre, AwardOre int64
	SentAt              *time.Time
}

// SuspensionRow is a time in which nothing may be paid of an award.
type SuspensionRow struct {
	AwardID  string
	From     time.Time
	LiftedAt *time.Time
}

// ReminderRow counts the letters of one kind about one application on one day.
type ReminderRow struct {
	ApplicationID, Kind, Day string
	Letters                  int
}

// History is how long a workflow history was at the end of a year.
type History struct {
	Year          int
	Workflow      string
	Events, Bytes int64
}

// ReadTrail fills in what only the database shows. It changes nothing: the transaction is read-only.
func (r *YearsRecord) ReadTrail(ctx context.Context, pool *pgxpool.Pool) error {
	tx, err := pool.BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly, IsoLevel: pgx.RepeatableRead})
	if err != nil {
		return fmt.Errorf("read the trail of the years: %w", err)
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	if err := r.Trail.read(ctx, tx); err != nil {
		return fmt.Errorf("read the trail of the years: %w", err)
	}
	return nil
}

func (t *YearsTrail) read(ctx context.Context, tx pgx.Tx) error {
	rows, err := tx.Query(ctx, `SELECT p.award_id::text, p.instalment_id::text, p.state, p.amount_ore, a.committed_ore, p.sent_at
		FROM payment p JOIN award a ON a.id = p.award_id`)
	if err != nil {
		return err
	}
	if t.Payments, err = pgx.CollectRows(rows, pgx.RowToStructByPos[PaymentRow]); err != nil {
		return err
	}
	if rows, err = tx.Query(ctx, `SELECT award_id::text, starts_at, lifted_at FROM suspension`); err != nil {
		return err
	}
	if t.Suspensions, err = pgx.CollectRows(rows, pgx.RowToStructByPos[SuspensionRow]); err != nil {
		return err
	}
	rows, err = tx.Query(ctx, `SELECT application_id::text, kind, (created_at AT TIME ZONE 'Europe/Oslo')::date::text, count(*)::int
		FROM letter WHERE kind LIKE '%REMINDER%' GROUP BY 1, 2, 3`)
	if err != nil {
		return err
	}
	if t.Reminders, err = pgx.CollectRows(rows, pgx.RowToStructByPos[ReminderRow]); err != nil {
		return err
	}
	if t.Turns, err = readTurns(ctx, tx); err != nil {
		return err
	}
	if t.Digest, t.Entries, err = digestLedger(ctx, tx); err != nil {
		return err
	}
	return t.weigh(ctx, tx)
}

// weigh reads how much the facts take, without the messages to the engine.
func (t *YearsTrail) weigh(ctx context.Context, tx pgx.Tx) error {
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM lifecycle`).Scan(&t.Lifecycles); err != nil {
		return err
	}
	rows, err := tx.Query(ctx, `SELECT c.oid::regclass::text, pg_total_relation_size(c.oid) FROM pg_class c
		WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname !~ '^(river_|goose_)'`)
	if err != nil {
		return err
	}
	type table struct {
		Name  string
		Bytes int64
	}
	tables, err := pgx.CollectRows(rows, pgx.RowToStructByPos[table])
	if err != nil {
		return err
	}
	for _, x := range tables {
		var count int64
		if err := tx.QueryRow(ctx, "SELECT count(*) FROM "+x.Name).Scan(&count); err != nil {
			return err
		}
		t.Rows, t.Bytes = t.Rows+count, t.Bytes+x.Bytes
	}
	return nil
}
