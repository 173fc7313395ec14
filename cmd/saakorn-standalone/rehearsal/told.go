package rehearsal

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Turn is something that the years have to hold, and how often it happened.
type Turn struct {
	What  string
	Times int
}

// turnsText counts what the story of the years has to hold.
const turnsText = `
SELECT 'an award for a continuation', count(*) FROM award a JOIN application p ON p.id = a.application_id WHERE p.application_type = 'CONTINUATION'
UNION ALL SELECT 'an award that lapsed', count(*) FROM award WHERE state = 'LAPSED'
UNION ALL SELECT 'an award that was declined', count(*) FROM award WHERE state = 'DECLINED'
UNION ALL SELECT 'a report in time', count(*) FROM report WHERE first_submitted_at IS NOT NULL AND NOT late
UNION ALL SELECT 'a report that came late', count(*) FROM report WHERE late
UNION ALL SELECT 'a report that was missing so long that payments were suspended', count(*) FROM report r
	JOIN suspension s ON s.award_id = r.award_id AND s.starts_at > r.due_on
	WHERE r.first_submitted_at > s.starts_at
UNION ALL SELECT 'a payment that the bank refused', count(*) FROM payment WHERE state IN ('REJECTED', 'RETURNED')
UNION ALL SELECT 'a refused payment that was paid afterwards', count(*) FROM payment f JOIN payment p USING (instalment_id)
	WHERE f.state IN ('REJECTED', 'RETURNED') AND p.state = 'PAID'
UNION ALL SELECT 'an enterprise that changed its account', count(*) FROM payee_account WHERE state = 'REPLACED'
UNION ALL SELECT 'a suspension that was lifted and followed by a payment', count(*) FROM suspension s
	WHERE EXISTS (SELECT FROM payment p WHERE p.award_id = s.award_id AND p.state = 'PAID' AND p.sent_at > s.lifted_at)
UNION ALL SELECT 'a suspension that ended with money paid back', count(*) FROM suspension s
	JOIN recovery_claim c USING (award_id) JOIN measure m ON m.id = c.measure_id AND m.kind = 'RECOVERY' WHERE c.settled_at IS NOT NULL
UNION ALL SELECT 'money that was set off', count(*) FROM repayment WHERE kind = 'SET_OFF'
UNION ALL SELECT 'an enterprise that went bankrupt', count(*) FROM lifecycle WHERE exit_kind = 'BANKRUPT'
UNION ALL SELECT 'an enterprise that managed without the grant after three years', count(*) FROM lifecycle WHERE exit_kind = 'SUSTAINABLE'
UNION ALL SELECT 'an enterprise that used all its years', count(*) FROM lifecycle WHERE exit_kind = 'YEARS_USED'
UNION ALL SELECT 'an answer two years after the last grant', count(*) FROM after_question WHERE months = 24 AND state = 'ANSWERED'`

// readTurns counts what the years held.
func readTurns(ctx context.Context, tx pgx.Tx) ([]Turn, error) {
	rows, err := tx.Query(ctx, turnsText)
	if err != nil {
		return nil, fmt.Errorf("count what happened: %w", err)
	}
	turns, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Turn])
	if err != nil {
		return nil, fmt.Errorf("count what happened: %w", err)
	}
	return turns, nil
}

// toldWhole: everything happened that makes the years worth looking at.
func toldWhole(r *YearsRecord) Invariant {
	i := Invariant{Name: "told_whole", Meaning: "everything happened that can happen in the years of a grant: reports late and missing, payments refused, money paid back, every way out"}
	for _, t := range r.Trail.Turns {
		i.look(t.Times > 0, "the years did not hold %s", t.What)
	}
	return i
}
