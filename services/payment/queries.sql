-- name: InsertPayeeAccount :exec
INSERT INTO payee_account (id, enterprise_id, number, reason, state, proposed_by, proposed_at)
VALUES ($1, $2, $3, $4, 'PROPOSED', $5, $6);

-- name: GetPayeeAccount :one
SELECT * FROM payee_account WHERE id = $1;

-- name: LockPayeeAccount :one
SELECT * FROM payee_account WHERE id = $1 FOR UPDATE;

-- name: CurrentPayeeAccount :one
SELECT * FROM payee_account WHERE enterprise_id = $1 AND state = 'CONFIRMED';

-- name: ListPayeeAccounts :many
SELECT * FROM payee_account WHERE enterprise_id = $1 ORDER BY proposed_at DESC, id DESC LIMIT 200;

-- name: ListProposedAccounts :many
SELECT * FROM payee_account
WHERE state = 'PROPOSED' AND (proposed_at, id) > (@after_at::timestamptz, @after_id::uuid)
ORDER BY proposed_at, id LIMIT @most;

-- name: ReplacePayeeAccount :exec
UPDATE payee_account SET state = 'REPLACED', replaced_at = @now, revision = revision + 1
WHERE enterprise_id = @enterprise_id AND state = 'CONFIRMED';

-- name: ConfirmPayeeAccount :one
UPDATE payee_account SET state = 'CONFIRMED', evidence = $2, confirmed_by = $3, confirmed_at = $4, revision = revision + 1
WHERE id = $1 RETURNING *;

-- name: RefusePayeeAccount :one
UPDATE payee_account SET state = 'REFUSED', refuse_reason = $2, refused_by = $3, refused_at = $4, revision = revision + 1
WHERE id = $1 RETURNING *;

-- name: ListInstalments :many
SELECT * FROM instalment WHERE award_id = $1 ORDER BY ordinal;

-- name: GetInstalment :one
SELECT * FROM instalment WHERE id = $1;

-- name: InsertInstalment :exec
INSERT INTO instalment (id, award_id, ordinal, key, share_percent, gates, amount_ore, planned_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: UpdateInstalment :exec
UPDATE instalment SET amount_ore = $2, gates = $3 WHERE id = $1;

-- name: InsertRunway :exec
INSERT INTO runway (enterprise_id, recorded_at, lasts_until, recorded_by) VALUES ($1, $2, $3, $4)
ON CONFLICT (enterprise_id, recorded_at) DO NOTHING;

-- name: LatestRunway :one
SELECT lasts_until, recorded_at FROM runway WHERE enterprise_id = $1 ORDER BY recorded_at DESC LIMIT 1;

-- name: InsertPayment :exec
INSERT INTO payment (id, award_id, enterprise_id, instalment_id, attempt, amount_ore, set_off_ore, claim_id, payee_account_id, state,
    end_to_end_id, prepared_by, prepared_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'PREPARED', $10, $11, $12);

-- name: GetPayment :one
SELECT * FROM payment WHERE id = $1;

-- name: FindPayment :one
SELECT * FROM payment WHERE end_to_end_id = $1;

-- name: ListPaymentsOfAward :many
SELECT * FROM payment WHERE award_id = $1 ORDER BY prepared_at, id;

-- name: ListPaymentsOfOrder :many
SELECT * FROM payment WHERE order_id = $1 ORDER BY id;

-- name: ListPayments :many
SELECT * FROM payment WHERE (prepared_at, id) < (@before_at::timestamptz, @before_id::uuid)
ORDER BY prepared_at DESC, id DESC LIMIT @most;

-- name: ListPaymentsInState :many
SELECT * FROM payment WHERE state = @state AND (prepared_at, id) < (@before_at::timestamptz, @before_id::uuid)
ORDER BY prepared_at DESC, id DESC LIMIT @most;

-- name: ListPaymentsOfEnterprise :many
SELECT * FROM payment WHERE enterprise_id = @enterprise_id AND (@state::text = '' OR state = @state)
    AND (prepared_at, id) < (@before_at::timestamptz, @before_id::uuid)
ORDER BY prepared_at DESC, id DESC LIMIT @most;

-- name: UpdatePayment :one
UPDATE payment SET state = $2, first_approved_by = $3, first_approved_at = $4, approved_by = $5, approved_at = $6,
    cancelled_by = $7, cancelled_at = $8, cancel_reason = $9, order_id = $10, sent_at = $11, bank_status = $12, bank_code = $13,
    bank_text = $14, bank_reported_at = $15, booked_on = $16, paid_at = $17, escalated_at = $18, reported_at = $19, revision = revision + 1
WHERE id = $1 RETURNING revision;

-- name: PayeeNumbers :many
SELECT id, number FROM payee_account WHERE id = ANY(@ids::uuid[]);

-- name: InsertOrder :exec
INSERT INTO payment_order (id, message_id, version, file_name, content, sha256, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: GetOrder :one
SELECT * FROM payment_order WHERE id = $1;

-- name: FindOrder :one
SELECT id FROM payment_order WHERE message_id = $1;

-- name: MarkOrderWritten :execrows
UPDATE payment_order SET written_at = $2 WHERE id = $1 AND written_at IS NULL;

-- name: ListUnwrittenOrders :many
SELECT o.id FROM payment_order o JOIN payment p ON p.order_id = o.id WHERE p.award_id = $1 AND o.written_at IS NULL ORDER BY o.made_at, o.id;

-- name: ListOrders :many
SELECT id, message_id, version, file_name, made_at, written_at FROM payment_order
WHERE (made_at, id) < (@before_at::timestamptz, @before_id::uuid) ORDER BY made_at DESC, id DESC LIMIT @most;

-- name: InsertSettlement :exec
INSERT INTO settlement (id, award_id, used_ore, basis, prepared_by, prepared_at) VALUES ($1, $2, $3, $4, $5, $6);

-- name: CorrectSettlement :one
UPDATE settlement SET used_ore = $2, basis = $3, prepared_by = $4, prepared_at = $5, revision = revision + 1
WHERE award_id = $1 AND confirmed_at IS NULL RETURNING *;

-- name: SettlementOfAward :one
SELECT * FROM settlement WHERE award_id = $1;

-- name: GetSettlement :one
SELECT * FROM settlement WHERE id = $1;

-- name: ConfirmSettlement :one
UPDATE settlement SET confirmed_by = $2, confirmed_at = $3, unused_ore = $4, revision = revision + 1
WHERE id = $1 RETURNING *;

-- name: InsertClaim :execrows
INSERT INTO recovery_claim (id, award_id, enterprise_id, measure_id, settlement_id, amount_ore, reference, issued_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING;

-- name: GetClaim :one
SELECT * FROM recovery_claim WHERE id = $1;

-- name: FindClaim :one
SELECT * FROM recovery_claim WHERE reference = $1;

-- name: ListClaimsOfAward :many
SELECT * FROM recovery_claim WHERE award_id = $1 ORDER BY issued_at, id;

-- name: ListClaims :many
SELECT * FROM recovery_claim WHERE (issued_at, id) < (@before_at::timestamptz, @before_id::uuid)
ORDER BY issued_at DESC, id DESC LIMIT @most;

-- name: ListOpenClaims :many
SELECT * FROM recovery_claim WHERE settled_at IS NULL AND (issued_at, id) < (@before_at::timestamptz, @before_id::uuid)
ORDER BY issued_at DESC, id DESC LIMIT @most;

-- name: ListClaimsOfEnterprise :many
SELECT * FROM recovery_claim WHERE enterprise_id = @enterprise_id AND (NOT @open_only::boolean OR settled_at IS NULL)
    AND (issued_at, id) < (@before_at::timestamptz, @before_id::uuid)
ORDER BY issued_at DESC, id DESC LIMIT @most;

-- name: UpdateClaim :one
UPDATE recovery_claim
SET amount_ore = @amount_ore, repaid_ore = @repaid_ore, lowered_ore = @lowered_ore, refund_ore = @refund_ore, settled_at = @settled_at,
    revision = revision + 1
WHERE id = @id AND revision = @revision RETURNING revision;

-- name: ListParts :many
SELECT * FROM claim_part WHERE claim_id = $1 ORDER BY ordinal;

-- name: DeleteParts :exec
DELETE FROM claim_part WHERE claim_id = $1;

-- name: InsertPart :exec
INSERT INTO claim_part (claim_id, ordinal, due_on, amount_ore) VALUES ($1, $2, $3, $4);

-- name: InsertRepayment :exec
INSERT INTO repayment (id, claim_id, kind, amount_ore, booked_on, payment_id, note, recorded_by, recorded_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: ListRepayments :many
SELECT * FROM repayment WHERE claim_id = $1 ORDER BY recorded_at, id;

-- name: InsertDunning :execrows
INSERT INTO dunning (claim_id, due_on, step, dunned_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING;

-- name: ListDunnings :many
SELECT * FROM dunning WHERE claim_id = $1 ORDER BY dunned_at, due_on, step;

-- name: FindBankFile :one
SELECT * FROM bank_file WHERE sha256 = $1;

-- name: InsertBankFile :execrows
INSERT INTO bank_file (id, sha256, name, kind, message_id, content, imported_by, imported_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (sha256) DO NOTHING;

-- name: ListBankFiles :many
SELECT id, name, kind, message_id, imported_by, imported_at FROM bank_file
WHERE (imported_at, id) < (@before_at::timestamptz, @before_id::uuid) ORDER BY imported_at DESC, id DESC LIMIT @most;

-- name: InsertBankEntry :exec
INSERT INTO bank_entry (id, file_id, ordinal, key, reference, status, code, text, amount_ore, booked_on, outcome, payment_id, claim_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13);

-- name: HasBankEntry :one
SELECT EXISTS (SELECT 1 FROM bank_entry WHERE key = $1 AND outcome IN ('APPLIED', 'SURPLUS'));

-- name: ListBankEntriesOfFile :many
SELECT * FROM bank_entry WHERE file_id = @file_id AND ordinal > @after_ordinal ORDER BY ordinal LIMIT @most;

-- name: ListOpenBankEntries :many
SELECT * FROM bank_entry
WHERE outcome IN ('DUPLICATE', 'UNKNOWN', 'CONFLICT', 'SURPLUS') AND resolved_at IS NULL AND id > @after_id::uuid
ORDER BY id LIMIT @most;

-- name: ResolveBankEntry :one
UPDATE bank_entry SET resolved_by = $2, resolved_at = $3, resolution = $4
WHERE id = $1 AND resolved_at IS NULL AND outcome IN ('DUPLICATE', 'UNKNOWN', 'CONFLICT', 'SURPLUS') RETURNING *;

-- name: GetBankEntry :one
SELECT * FROM bank_entry WHERE id = $1;

-- name: InsertPosting :one
INSERT INTO ledger_posting (kind, payment_id, claim_id, posted_by, posted_at) VALUES ($1, $2, $3, $4, $5) RETURNING id;

-- name: InsertLine :exec
INSERT INTO ledger_line (posting_id, ordinal, award_id, account, amount_ore) VALUES ($1, $2, $3, $4, $5);

-- name: ListBalances :many
SELECT account, amount_ore FROM ledger_balance WHERE award_id = $1;

-- name: SumBalances :many
SELECT b.account, sum(b.amount_ore)::bigint AS amount_ore FROM ledger_balance b JOIN award_money m USING (award_id)
WHERE m.scheme_id = @scheme_id AND m.grant_year = @grant_year GROUP BY b.account;

-- name: ListPostings :many
SELECT p.* FROM ledger_posting p
WHERE p.id > @after_id AND EXISTS (SELECT 1 FROM ledger_line l WHERE l.award_id = @award_id AND l.posting_id = p.id)
ORDER BY p.id LIMIT @most;

-- name: ListLines :many
SELECT * FROM ledger_line WHERE posting_id = ANY(@posting_ids::bigint[]) ORDER BY posting_id, ordinal;

-- name: ListDifferences :many
SELECT d.finding::text AS finding, d.award_id::uuid AS award_id, d.account::text AS account, d.ledger_ore::bigint AS ledger_ore, d.facts_ore::bigint AS facts_ore
FROM ledger_differences() d LIMIT @most;

-- name: CountLedger :one
SELECT (SELECT count(*) FROM ledger_posting)::bigint AS postings, (SELECT count(*) FROM ledger_line)::bigint AS lines;

-- name: SaveAwardMoney :exec
INSERT INTO award_money (award_id, enterprise_id, scheme_id, grant_year, accepted_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (award_id) DO UPDATE SET accepted_at = excluded.accepted_at
WHERE award_money.accepted_at IS DISTINCT FROM excluded.accepted_at;

-- name: MarkFirstPaid :exec
UPDATE award_money SET first_paid_on = @first_paid_on WHERE award_id = @award_id;

-- name: GetAwardMoney :one
SELECT * FROM award_money WHERE award_id = $1;

-- name: ListAwardMoney :many
SELECT * FROM award_money WHERE scheme_id = $1 AND grant_year = $2 ORDER BY award_id;

-- name: MarkRunwayWarned :exec
UPDATE award_money SET runway_warned_at = @now::timestamptz WHERE award_id = @award_id;

-- name: MarkPrompted :exec
UPDATE instalment SET prompted_attempt = $2 WHERE id = $1;

-- name: ListAwardsOfEnterprise :many
SELECT award_id FROM award_money WHERE enterprise_id = $1 ORDER BY award_id;

-- Awards of the enterprise whose first payment is waited for.
-- name: ListUnpaidAwards :many
SELECT award_id FROM award_money
WHERE enterprise_id = @enterprise_id AND accepted_at IS NOT NULL AND first_paid_on IS NULL ORDER BY award_id;

-- What the bank has booked, by grant year.
-- name: SumPaidByYear :many
SELECT m.grant_year, sum(p.amount_ore)::bigint AS paid_ore
FROM award_money m JOIN payment p ON p.award_id = m.award_id
WHERE m.scheme_id = @scheme_id AND m.grant_year BETWEEN @from_year AND @until_year AND p.state = 'PAID'
GROUP BY m.grant_year;

-- name: SumPaidByAward :many
SELECT award_id, sum(amount_ore)::bigint AS paid_ore
FROM payment WHERE award_id = ANY (@award_ids::uuid[]) AND state = 'PAID'
GROUP BY award_id;

-- How long the first payment took, in days, by grant year (R71).
-- name: MeasureFirstPayments :many
SELECT w.grant_year, count(*)::integer AS n,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY w.days)::float8 AS median_days,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY w.days)::float8 AS slow_days,
    max(w.days)::float8 AS longest_days
FROM (
    SELECT grant_year, (first_paid_on - (accepted_at AT TIME ZONE 'Europe/Oslo')::date)::float8 AS days
    FROM award_money
    WHERE scheme_id = @scheme_id AND grant_year BETWEEN @from_year AND @until_year AND accepted_at IS NOT NULL AND first_paid_on IS NOT NULL
) w
GROUP BY w.grant_year;

-- name: ListFirstPayments :many
SELECT award_id, (first_paid_on - (accepted_at AT TIME ZONE 'Europe/Oslo')::date)::integer AS days
FROM award_money
WHERE award_id = ANY (@award_ids::uuid[]) AND accepted_at IS NOT NULL AND first_paid_on IS NOT NULL;
