-- An appeal can take away the decision that a claim rests on. The claim is lowered then, and what has come
-- back beyond it is refunded.

-- +goose Up
ALTER TABLE recovery_claim
    DROP CONSTRAINT recovery_claim_amount_ore_check,
    -- How much less is claimed than at first. A claim of nothing is cancelled.
    ADD COLUMN lowered_ore bigint NOT NULL DEFAULT 0,
    -- What has come back beyond the claim and has not been refunded.
    ADD COLUMN refund_ore bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT claim_lowered CHECK (amount_ore >= 0 AND lowered_ore >= 0 AND amount_ore + lowered_ore > 0),
    ADD CONSTRAINT claim_refund CHECK (refund_ore BETWEEN 0 AND repaid_ore);
ALTER TABLE repayment
    DROP CONSTRAINT repayment_kind_check,
    DROP CONSTRAINT repayment_check,
    ADD CONSTRAINT repayment_kind CHECK (kind IN ('BANK', 'MANUAL', 'SET_OFF', 'REFUND')),
    ADD CONSTRAINT repayment_sign CHECK (CASE kind WHEN 'SET_OFF' THEN amount_ore <> 0 WHEN 'REFUND' THEN amount_ore < 0 ELSE amount_ore > 0 END);
ALTER TABLE ledger_posting
    DROP CONSTRAINT ledger_posting_kind_check,
    ADD CONSTRAINT ledger_posting_kind CHECK (kind IN ('COMMIT', 'RELEASE', 'APPROVE', 'CANCEL', 'SEND', 'PAY', 'REJECT', 'RETURN',
        'CLAIM', 'CLAIM_LOWERED', 'REPAY', 'REFUND', 'SET_OFF', 'SET_OFF_REVERSED'));
-- The lifecycles of all schemes were sorted for every page.
CREATE INDEX lifecycle_opened ON lifecycle (opened_at, id);

-- +goose Down
DROP INDEX lifecycle_opened;
ALTER TABLE ledger_posting
    DROP CONSTRAINT ledger_posting_kind,
    ADD CONSTRAINT ledger_posting_kind_check CHECK (kind IN ('COMMIT', 'RELEASE', 'APPROVE', 'CANCEL', 'SEND', 'PAY', 'REJECT', 'RETURN',
        'CLAIM', 'REPAY', 'SET_OFF', 'SET_OFF_REVERSED'));
ALTER TABLE repayment
    DROP CONSTRAINT repayment_kind,
    DROP CONSTRAINT repayment_sign,
    ADD CONSTRAINT repayment_kind_check CHECK (kind IN ('BANK', 'MANUAL', 'SET_OFF')),
    ADD CONSTRAINT repayment_check CHECK (amount_ore <> 0 AND (amount_ore > 0 OR kind = 'SET_OFF'));
ALTER TABLE recovery_claim
    DROP CONSTRAINT claim_lowered,
    DROP CONSTRAINT claim_refund,
    DROP COLUMN lowered_ore,
    DROP COLUMN refund_ore,
    ADD CONSTRAINT recovery_claim_amount_ore_check CHECK (amount_ore > 0);
