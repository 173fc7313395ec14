package payment_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"saakorn/services/installation/installationtest"
	"saakorn/services/platform/database"
	"saakorn/services/platform/database/plantest"
)

// manyMoney fills the tables with the money of a hundred thousand awards: two instalments and payments each,
// of which few wait for anybody, and a claim of every tenth.
func manyMoney() []string {
	return []string{
		`INSERT INTO award_money (award_id, enterprise_id, scheme_id, grant_year, accepted_at, first_paid_on)
			SELECT md5('a' || i)::uuid, md5('e' || i % 40000)::uuid, 's', 2000 + i % 25, '2019-01-01', CASE WHEN i % 100 = 0 THEN NULL ELSE date '2019-02-01' END
			FROM generate_series(1, 100000) i`,
		`INSERT INTO instalment (id, award_id, ordinal, key, share_percent, amount_ore, planned_at)
			SELECT md5('i' || i || '/' || n)::uuid, md5('a' || i)::uuid, n, 'k' || n, 50, 100, '2019-01-01' FROM generate_series(1, 100000) i, generate_series(1, 2) n`,
		`INSERT INTO payee_account (id, enterprise_id, number, state, proposed_by, proposed_at, evidence, confirmed_by, confirmed_at)
			SELECT md5('n' || i)::uuid, md5('e' || i)::uuid, lpad(i::text, 11, '0'), CASE WHEN i % 200 = 0 THEN 'PROPOSED' ELSE 'CONFIRMED' END, 'a',
				timestamptz '2019-01-01' + i * interval '1 minute', 'x', CASE WHEN i % 200 = 0 THEN NULL ELSE 'b' END, CASE WHEN i % 200 = 0 THEN NULL ELSE now() END
			FROM generate_series(1, 40000) i`,
		`INSERT INTO payment_order (id, message_id, version, file_name, content, sha256, made_at, written_at)
			SELECT md5('o' || i)::uuid, 'm' || i, '09', 'f' || i, '', '', timestamptz '2019-01-01' + i * interval '1 minute', now() FROM generate_series(1, 100000) i`,
		`INSERT INTO payment (id, award_id, enterprise_id, instalment_id, attempt, amount_ore, payee_account_id, state, end_to_end_id, prepared_by, prepared_at,
				first_approved_by, first_approved_at, approved_by, approved_at, order_id, booked_on, paid_at)
			SELECT md5('p' || i || '/' || n)::uuid, md5('a' || i)::uuid, md5('e' || i % 40000)::uuid, md5('i' || i || '/' || n)::uuid, 1, 100, md5('n' || i % 40000)::uuid,
				CASE WHEN i % 1000 = 0 THEN 'PREPARED' ELSE 'PAID' END, i || '/' || n, 'a', timestamptz '2019-01-01' + i * interval '1 minute',
				'b', now(), 'c', now(), md5('o' || i)::uuid, '2019-02-01', now()
			FROM generate_series(1, 100000) i, generate_series(1, 2) n`,
		`INSERT INTO recovery_claim (id, award_id, enterprise_id, measure_id, amount_ore, repaid_ore, reference, issued_at, settled_at)
			SELECT md5('c' || i)::uuid, md5('a' || i)::uuid, md5('e' || i % 40000)::uuid, md5('m' || i)::uuid, 100, CASE WHEN i % 1000 = 0 THEN 0 ELSE 100 END,
				lpad(i::text, 10, '0'), timestamptz '2019-01-01' + i * interval '1 minute', CASE WHEN i % 1000 = 0 THEN NULL ELSE now() END
			FROM generate_series(10, 100000, 10) i`,
		`INSERT INTO bank_file (id, sha256, name, kind, message_id, content, imported_by, imported_at)
			SELECT md5('f' || i)::uuid, decode(md5('f' || i), 'hex'), 'x', 'STATUS', i::text, '', 'a', timestamptz '2019-01-01' + i * interval '1 minute'
			FROM generate_series(1, 50000) i`,
		`INSERT INTO bank_entry (id, file_id, ordinal, key, outcome, amount_ore)
			SELECT md5('b' || i || '/' || n)::uuid, md5('f' || i)::uuid, n, i || '/' || n, CASE WHEN i % 1000 = 0 THEN 'UNKNOWN' ELSE 'APPLIED' END, 1
			FROM generate_series(1, 50000) i, generate_series(1, 2) n`,
		`INSERT INTO ledger_posting (kind, posted_by, posted_at) SELECT 'COMMIT', 'a', now() FROM generate_series(1, 200000)`,
		`INSERT INTO ledger_line (posting_id, ordinal, award_id, account, amount_ore)
			SELECT i, n, md5('a' || i % 100000)::uuid, CASE n WHEN 1 THEN 'FRAME' ELSE 'COMMITTED' END, CASE n WHEN 1 THEN -1 ELSE 1 END
			FROM generate_series(1, 200000) i, generate_series(1, 2) n`,
		`INSERT INTO ledger_balance (award_id, account, amount_ore)
			SELECT md5('a' || i)::uuid, x, CASE x WHEN 'FRAME' THEN -1 ELSE 1 END FROM generate_series(1, 100000) i, unnest(ARRAY['FRAME', 'PAID']) x`,
	}
}

func TestAmongMuchMoneyNoQuestionReadsMoreThanItsAnswer(t *testing.T) {
	pool, err := database.Open(t.Context(), installationtest.Database(t))
	must(t, err)
	t.Cleanup(pool.Close)
	plantest.Fill(t, pool, manyMoney(), "award_money", "instalment", "payee_account", "payment_order", "payment", "recovery_claim", "bank_file", "bank_entry",
		"ledger_posting", "ledger_line", "ledger_balance")
	var award, enterprise, account, file uuid.UUID
	must(t, pool.QueryRow(t.Context(), `SELECT md5('a700')::uuid, md5('e700')::uuid, md5('n700')::uuid, md5('f700')::uuid`).Scan(&award, &enterprise, &account, &file))
	at, all := time.Date(2019, 2, 20, 0, 0, 0, 0, time.UTC), uuid.Max
	const page, few = 51, 20
	const year = 4000 // a scheme has so many awards in each of twenty-five years
	// Sums over a year or two read every payment or balance once, with the awards of the years for each
	// worker: with a twelfth of all wanted that is cheaper than looking up each.
	const once = 250_000
	for name, tt := range map[string]struct {
		query  string
		most   float64
		values []any
	}{
		"payments":                      {"listPayments", page, []any{at, all, page}},
		"payments that wait":            {"listPaymentsInState", page, []any{"PREPARED", at, all, page}},
		"payments of an enterprise":     {"listPaymentsOfEnterprise", few, []any{enterprise, "", at, all, page}},
		"payments of an award":          {"listPaymentsOfAward", few, []any{award}},
		"instalments":                   {"listInstalments", few, []any{award}},
		"accounts of an enterprise":     {"listPayeeAccounts", few, []any{enterprise}},
		"accounts to confirm":           {"listProposedAccounts", page, []any{time.Time{}, uuid.Nil, page}},
		"numbers of payees":             {"payeeNumbers", few, []any{[]uuid.UUID{account}}},
		"orders":                        {"listOrders", page + 1, []any{at, all, page}},
		"orders that are not out":       {"listUnwrittenOrders", few, []any{award}},
		"claims":                        {"listClaims", page, []any{at, all, page}},
		"open claims":                   {"listOpenClaims", page, []any{at, all, page}},
		"claims of an enterprise":       {"listClaimsOfEnterprise", few, []any{enterprise, false, at, all, page}},
		"claims of an award":            {"listClaimsOfAward", few, []any{award}},
		"files from the bank":           {"listBankFiles", page, []any{at, all, page}},
		"entries of a file":             {"listBankEntriesOfFile", few, []any{file, 0, page}},
		"entries to look at":            {"listOpenBankEntries", page, []any{uuid.Nil, page}},
		"postings of an award":          {"listPostings", few, []any{0, award, page}},
		"lines of postings":             {"listLines", few, []any{[]int64{7, 8}}},
		"balances of an award":          {"listBalances", few, []any{award}},
		"balances of a year":            {"sumBalances", once, []any{"s", 2019}},
		"awards of a year":              {"listAwardMoney", year, []any{"s", 2019}},
		"awards of an enterprise":       {"listAwardsOfEnterprise", few, []any{enterprise}},
		"awards that wait":              {"listUnpaidAwards", few, []any{enterprise}},
		"what is paid, by year":         {"sumPaidByYear", once, []any{"s", 2019, 2020}},
		"what is paid, by award":        {"sumPaidByAward", few, []any{[]uuid.UUID{award}}},
		"how long first payments take":  {"measureFirstPayments", 2 * year, []any{"s", 2019, 2020}},
		"first payments of some awards": {"listFirstPayments", few, []any{[]uuid.UUID{award}}},
	} {
		t.Run(name, func(t *testing.T) { plantest.AtMost(t, pool, tt.most, tt.query, tt.values...) })
	}
}
