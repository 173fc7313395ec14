package rehearsal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// ledgerText is the ledger without anything that is drawn anew each time: every line with the enterprise, the
// grant year, what it is about, the account, the amount, who posted it and the day in Norway, and then what
// every account holds.
const ledgerText = `
WITH award_of AS (
	SELECT a.id, e.organization_number || '/' || a.grant_year AS name FROM award a JOIN enterprise e ON e.id = a.enterprise_id),
entries AS (SELECT concat_ws(' ', 'line', o.name, p.kind, coalesce(i.ordinal || '.' || y.attempt, '-'), coalesce(c.amount_ore::text, '-'),
		l.account, l.amount_ore, p.posted_by, (p.posted_at AT TIME ZONE 'Europe/Oslo')::date) AS entry
	FROM ledger_line l JOIN ledger_posting p ON p.id = l.posting_id JOIN award_of o ON o.id = l.award_id
	LEFT JOIN payment y ON y.id = p.payment_id LEFT JOIN instalment i ON i.id = y.instalment_id
	LEFT JOIN recovery_claim c ON c.id = p.claim_id
UNION ALL
SELECT concat_ws(' ', 'balance', o.name, b.account, b.amount_ore) FROM ledger_balance b JOIN award_of o ON o.id = b.award_id)
SELECT entry FROM entries ORDER BY entry COLLATE "C"`

// digestLedger returns a sum over the ledger that is the same for the same story, however often it is played
// and wherever it was interrupted, and how many lines and balances it is over.
func digestLedger(ctx context.Context, tx pgx.Tx) (digest string, entries int64, err error) {
	rows, err := tx.Query(ctx, ledgerText)
	if err != nil {
		return "", 0, fmt.Errorf("read the ledger: %w", err)
	}
	defer rows.Close()
	sum := sha256.New()
	for rows.Next() {
		var entry string
		if err := rows.Scan(&entry); err != nil {
			return "", 0, fmt.Errorf("read the ledger: %w", err)
		}
		fmt.Fprintln(sum, entry)
		entries++
	}
	if err := rows.Err(); err != nil {
		return "", 0, fmt.Errorf("read the ledger: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil)), entries, nil
}
