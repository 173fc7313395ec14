-- Money: where an enterprise is paid, the instalments of an award, payments with their orders to the
-- bank and what the bank says of them, claims of money that is to come back, and the ledger of it all.

-- +goose Up
-- Accounts that enterprises are paid to, with their history. A change is proposed by one person and
-- confirmed by another, who says how it was made sure that the account is the enterprise's own.
CREATE TABLE payee_account (
    id             uuid PRIMARY KEY,
    revision       bigint NOT NULL DEFAULT 1,
    enterprise_id  uuid NOT NULL REFERENCES enterprise,
    number         text NOT NULL CHECK (number ~ '^[0-9]{11}$'),
    reason         text NOT NULL DEFAULT '',
    state          text NOT NULL CHECK (state IN ('PROPOSED', 'CONFIRMED', 'REFUSED', 'REPLACED')),
    proposed_by    text NOT NULL,
    proposed_at    timestamptz NOT NULL,
    evidence       text NOT NULL DEFAULT '',
    confirmed_by   text,
    confirmed_at   timestamptz,
    refused_by     text,
    refused_at     timestamptz,
    refuse_reason  text NOT NULL DEFAULT '',
    replaced_at    timestamptz,
    CONSTRAINT payee_four_eyes CHECK (confirmed_by IS NULL OR confirmed_by <> proposed_by),
    CHECK (state NOT IN ('CONFIRMED', 'REPLACED') OR (confirmed_by IS NOT NULL AND confirmed_at IS NOT NULL AND evidence <> '')),
    CHECK ((state = 'REFUSED') = (refused_at IS NOT NULL)),
    CHECK ((state = 'REPLACED') = (replaced_at IS NOT NULL))
);
CREATE UNIQUE INDEX payee_account_proposed ON payee_account (enterprise_id) WHERE state = 'PROPOSED';
CREATE UNIQUE INDEX payee_account_current ON payee_account (enterprise_id) WHERE state = 'CONFIRMED';
-- An account belongs to one enterprise only.
CREATE UNIQUE INDEX payee_account_own ON payee_account (number) WHERE state = 'CONFIRMED';
CREATE INDEX payee_account_history ON payee_account (enterprise_id, proposed_at DESC);
CREATE INDEX payee_account_waiting ON payee_account (proposed_at, id) WHERE state = 'PROPOSED';

-- +goose StatementBegin
CREATE FUNCTION guard_payee_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.id, NEW.enterprise_id, NEW.number, NEW.proposed_by, NEW.proposed_at)
        IS DISTINCT FROM (OLD.id, OLD.enterprise_id, OLD.number, OLD.proposed_by, OLD.proposed_at)
        OR (OLD.confirmed_by IS NOT NULL AND (NEW.confirmed_by, NEW.evidence) IS DISTINCT FROM (OLD.confirmed_by, OLD.evidence)) THEN
        RAISE EXCEPTION 'a payee account keeps what was proposed and confirmed'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'payee_account_kept';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER payee_account_kept BEFORE UPDATE OR DELETE ON payee_account
    FOR EACH ROW EXECUTE FUNCTION guard_payee_account();

-- What is known here of an award that is paid: whose it is, and how long the first payment takes.
CREATE TABLE award_money (
    award_id      uuid PRIMARY KEY REFERENCES award,
    enterprise_id uuid NOT NULL REFERENCES enterprise,
    scheme_id     text NOT NULL,
    grant_year    integer NOT NULL,
    -- When the terms were accepted; NULL before that.
    accepted_at   timestamptz,
    -- When the bank booked the first instalment; NULL before that.
    first_paid_on date,
    -- When an officer was told that the enterprise's money runs out before it is paid.
    runway_warned_at timestamptz
);
CREATE INDEX award_money_year ON award_money (scheme_id, grant_year, award_id);
CREATE INDEX award_money_enterprise ON award_money (enterprise_id, award_id);

-- The instalments of an award, as the scheme plans them.
CREATE TABLE instalment (
    id            uuid PRIMARY KEY,
    award_id      uuid NOT NULL REFERENCES award,
    ordinal       integer NOT NULL CHECK (ordinal > 0),
    key           text NOT NULL,
    share_percent integer NOT NULL CHECK (share_percent BETWEEN 1 AND 100),
    -- What has to be shown before it is paid, beyond what every instalment waits for.
    gates         text[] NOT NULL DEFAULT '{}',
    amount_ore    bigint NOT NULL CHECK (amount_ore >= 0),
    planned_at    timestamptz NOT NULL,
    -- For which attempt an officer has been asked to prepare a payment.
    prompted_attempt integer NOT NULL DEFAULT 0,
    UNIQUE (award_id, ordinal)
);

-- That something which an instalment waits for has been shown, and by whom it was looked at.
CREATE TABLE gate_fact (
    award_id    uuid NOT NULL REFERENCES award,
    gate        text NOT NULL CHECK (gate ~ '^[A-Z]+(_[A-Z]+)*$'),
    evidence    text NOT NULL CHECK (evidence <> ''),
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (award_id, gate)
);
CREATE TRIGGER gate_fact_append_only BEFORE UPDATE OR DELETE ON gate_fact
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- How long the enterprise's money lasts, as it says itself.
CREATE TABLE runway (
    enterprise_id uuid NOT NULL REFERENCES enterprise,
    recorded_at   timestamptz NOT NULL,
    lasts_until   date NOT NULL,
    recorded_by   text NOT NULL,
    PRIMARY KEY (enterprise_id, recorded_at)
);
CREATE TRIGGER runway_append_only BEFORE UPDATE OR DELETE ON runway
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What the enterprise has used of an award, from its accounts; what it was paid beyond that is claimed.
CREATE TABLE settlement (
    id           uuid PRIMARY KEY,
    revision     bigint NOT NULL DEFAULT 1,
    award_id     uuid NOT NULL UNIQUE REFERENCES award,
    used_ore     bigint NOT NULL CHECK (used_ore >= 0),
    basis        text NOT NULL CHECK (basis <> ''),
    prepared_by  text NOT NULL,
    prepared_at  timestamptz NOT NULL,
    confirmed_by text,
    confirmed_at timestamptz,
    -- What was paid and not used when it was confirmed.
    unused_ore   bigint NOT NULL DEFAULT 0 CHECK (unused_ore >= 0),
    CONSTRAINT settlement_four_eyes CHECK (confirmed_by IS NULL OR confirmed_by <> prepared_by),
    CHECK ((confirmed_by IS NULL) = (confirmed_at IS NULL))
);

-- Money that is to come back.
CREATE TABLE recovery_claim (
    id            uuid PRIMARY KEY,
    revision      bigint NOT NULL DEFAULT 1,
    award_id      uuid NOT NULL REFERENCES award,
    enterprise_id uuid NOT NULL REFERENCES enterprise,
    -- The decision or the settlement that it rests on: one claim for each.
    measure_id    uuid UNIQUE REFERENCES measure,
    settlement_id uuid UNIQUE REFERENCES settlement,
    amount_ore    bigint NOT NULL CHECK (amount_ore > 0),
    repaid_ore    bigint NOT NULL DEFAULT 0,
    -- The reference that comes back with the money (KID).
    reference     text NOT NULL UNIQUE CHECK (reference ~ '^[0-9]{3,25}$'),
    issued_at     timestamptz NOT NULL,
    settled_at    timestamptz,
    CONSTRAINT claim_within CHECK (repaid_ore BETWEEN 0 AND amount_ore),
    CHECK ((settled_at IS NOT NULL) = (repaid_ore = amount_ore)),
    CHECK ((measure_id IS NULL) <> (settlement_id IS NULL))
);
CREATE INDEX recovery_claim_award ON recovery_claim (award_id, issued_at);
CREATE INDEX recovery_claim_enterprise ON recovery_claim (enterprise_id, issued_at DESC, id DESC);
CREATE INDEX recovery_claim_order ON recovery_claim (issued_at, id);
CREATE INDEX recovery_claim_open ON recovery_claim (issued_at, id) WHERE settled_at IS NULL;

-- When a claim is to be paid, in parts.
CREATE TABLE claim_part (
    claim_id   uuid NOT NULL REFERENCES recovery_claim,
    ordinal    integer NOT NULL CHECK (ordinal > 0),
    due_on     date NOT NULL,
    amount_ore bigint NOT NULL CHECK (amount_ore > 0),
    PRIMARY KEY (claim_id, ordinal)
);

-- That the enterprise has been reminded of a part that was not paid in time.
CREATE TABLE dunning (
    claim_id uuid NOT NULL REFERENCES recovery_claim,
    -- The date on which the part was due, and how often it has been reminded of.
    due_on   date NOT NULL,
    step     integer NOT NULL CHECK (step > 0),
    dunned_at timestamptz NOT NULL,
    PRIMARY KEY (claim_id, due_on, step)
);
CREATE TRIGGER dunning_append_only BEFORE UPDATE OR DELETE ON dunning
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- A file with orders to the bank. It is written from these bytes, however often that is tried.
CREATE TABLE payment_order (
    id         uuid PRIMARY KEY,
    message_id text NOT NULL UNIQUE CHECK (length(message_id) BETWEEN 1 AND 35),
    version    text NOT NULL,
    file_name  text NOT NULL UNIQUE,
    content    bytea NOT NULL,
    sha256     bytea NOT NULL,
    made_at    timestamptz NOT NULL,
    written_at timestamptz
);
CREATE INDEX payment_order_made ON payment_order (made_at DESC, id);

CREATE TABLE payment (
    id                uuid PRIMARY KEY,
    revision          bigint NOT NULL DEFAULT 1,
    award_id          uuid NOT NULL REFERENCES award,
    enterprise_id     uuid NOT NULL REFERENCES enterprise,
    instalment_id     uuid NOT NULL REFERENCES instalment,
    attempt           integer NOT NULL CHECK (attempt > 0),
    amount_ore        bigint NOT NULL CHECK (amount_ore > 0),
    -- The part that goes to settle a claim instead of to the account.
    set_off_ore       bigint NOT NULL DEFAULT 0,
    claim_id          uuid REFERENCES recovery_claim,
    payee_account_id  uuid NOT NULL REFERENCES payee_account,
    state             text NOT NULL CHECK (state IN
        ('PREPARED', 'APPROVED', 'SENT', 'ACCEPTED', 'PAID', 'REJECTED', 'RETURNED', 'CANCELLED')),
    end_to_end_id     text NOT NULL UNIQUE CHECK (length(end_to_end_id) BETWEEN 1 AND 35),
    prepared_by       text NOT NULL,
    prepared_at       timestamptz NOT NULL,
    first_approved_by text,
    first_approved_at timestamptz,
    approved_by       text,
    approved_at       timestamptz,
    cancelled_by      text,
    cancelled_at      timestamptz,
    cancel_reason     text NOT NULL DEFAULT '',
    order_id          uuid REFERENCES payment_order,
    sent_at           timestamptz,
    -- What the bank said last, in its own words.
    bank_status       text NOT NULL DEFAULT '',
    bank_code         text NOT NULL DEFAULT '',
    bank_text         text NOT NULL DEFAULT '',
    bank_reported_at  timestamptz,
    booked_on         date,
    paid_at           timestamptz,
    escalated_at      timestamptz,
    -- When an officer was told that it was rejected or returned.
    reported_at       timestamptz,
    UNIQUE (instalment_id, attempt),
    CHECK (set_off_ore BETWEEN 0 AND amount_ore),
    CHECK ((set_off_ore > 0) = (claim_id IS NOT NULL)),
    -- Three people: one prepares, two approve.
    CONSTRAINT payment_four_eyes CHECK (first_approved_by <> prepared_by
        AND approved_by <> prepared_by AND approved_by <> first_approved_by),
    CHECK (approved_by IS NULL OR first_approved_by IS NOT NULL),
    CONSTRAINT payment_approved_twice CHECK (state IN ('PREPARED', 'CANCELLED') OR approved_by IS NOT NULL),
    CHECK ((state = 'CANCELLED') = (cancelled_at IS NOT NULL)),
    CHECK (state NOT IN ('SENT', 'ACCEPTED', 'REJECTED') OR order_id IS NOT NULL),
    CHECK (state <> 'PAID' OR (booked_on IS NOT NULL AND paid_at IS NOT NULL))
);
-- An instalment is paid at most once.
CREATE UNIQUE INDEX payment_once ON payment (instalment_id) WHERE state NOT IN ('REJECTED', 'RETURNED', 'CANCELLED');
CREATE INDEX payment_award ON payment (award_id, prepared_at, id);
CREATE INDEX payment_enterprise ON payment (enterprise_id, prepared_at DESC, id DESC);
CREATE INDEX payment_list ON payment (prepared_at DESC, id DESC);
CREATE INDEX payment_state ON payment (state, prepared_at DESC, id DESC);
CREATE INDEX payment_order_of ON payment (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX payment_claim ON payment (claim_id) WHERE claim_id IS NOT NULL;
CREATE INDEX payment_paid ON payment (booked_on, id) WHERE state = 'PAID';

-- +goose StatementBegin
CREATE FUNCTION guard_payment() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    approver text;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a payment is never removed'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'payment_kept';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'PREPARED' OR NEW.first_approved_by IS NOT NULL THEN
            RAISE EXCEPTION 'a payment begins as prepared'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_moves';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.award_id, NEW.instalment_id, NEW.amount_ore, NEW.set_off_ore, NEW.claim_id, NEW.payee_account_id, NEW.prepared_by, NEW.end_to_end_id)
        IS DISTINCT FROM (OLD.award_id, OLD.instalment_id, OLD.amount_ore, OLD.set_off_ore, OLD.claim_id, OLD.payee_account_id, OLD.prepared_by, OLD.end_to_end_id)
        OR (OLD.first_approved_by IS NOT NULL AND NEW.first_approved_by IS DISTINCT FROM OLD.first_approved_by)
        OR (OLD.approved_by IS NOT NULL AND NEW.approved_by IS DISTINCT FROM OLD.approved_by) THEN
        RAISE EXCEPTION 'a payment keeps what was prepared and who approved it'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'payment_kept';
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('PREPARED', 'APPROVED'), ('PREPARED', 'CANCELLED'), ('APPROVED', 'CANCELLED'), ('APPROVED', 'SENT'), ('APPROVED', 'PAID'),
        ('SENT', 'ACCEPTED'), ('SENT', 'PAID'), ('SENT', 'REJECTED'), ('SENT', 'RETURNED'),
        ('ACCEPTED', 'PAID'), ('ACCEPTED', 'REJECTED'), ('ACCEPTED', 'RETURNED'), ('PAID', 'RETURNED')) THEN
        RAISE EXCEPTION 'a payment does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_moves';
    END IF;
    FOREACH approver IN ARRAY ARRAY[NEW.first_approved_by, NEW.approved_by] LOOP
        IF EXISTS (SELECT 1 FROM payee_account a WHERE a.id = NEW.payee_account_id AND approver IN (a.proposed_by, a.confirmed_by)) THEN
            RAISE EXCEPTION 'nobody approves a payment to an account that they proposed or confirmed'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_four_eyes';
        END IF;
    END LOOP;
    IF NEW.state <> OLD.state AND NEW.state IN ('APPROVED', 'SENT') OR (OLD.state = 'APPROVED' AND NEW.state = 'PAID') THEN
        -- A suspension takes the same lock, so neither slips past the other.
        PERFORM 1 FROM lifecycle l JOIN award a ON a.lifecycle_id = l.id WHERE a.id = NEW.award_id FOR SHARE OF l;
        IF EXISTS (SELECT 1 FROM suspension s WHERE s.award_id = NEW.award_id AND s.lifted_at IS NULL) THEN
            RAISE EXCEPTION 'nothing is paid while the award is suspended'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_not_suspended';
        END IF;
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER payment_guarded BEFORE INSERT OR UPDATE OR DELETE ON payment
    FOR EACH ROW EXECUTE FUNCTION guard_payment();

-- Money that came back, or was set off; a set-off whose payment failed is taken back with the amount
-- below zero.
CREATE TABLE repayment (
    id          uuid PRIMARY KEY,
    claim_id    uuid NOT NULL REFERENCES recovery_claim,
    kind        text NOT NULL CHECK (kind IN ('BANK', 'MANUAL', 'SET_OFF')),
    amount_ore  bigint NOT NULL CHECK (amount_ore <> 0 AND (amount_ore > 0 OR kind = 'SET_OFF')),
    booked_on   date NOT NULL,
    payment_id  uuid REFERENCES payment,
    note        text NOT NULL DEFAULT '',
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL,
    CHECK ((kind = 'SET_OFF') = (payment_id IS NOT NULL))
);
CREATE INDEX repayment_claim ON repayment (claim_id, recorded_at, id);
CREATE TRIGGER repayment_append_only BEFORE UPDATE OR DELETE ON repayment
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Files from the bank, as they came.
CREATE TABLE bank_file (
    id          uuid PRIMARY KEY,
    sha256      bytea NOT NULL UNIQUE,
    name        text NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('STATUS', 'NOTIFICATION')),
    message_id  text NOT NULL,
    content     bytea NOT NULL,
    imported_by text NOT NULL,
    imported_at timestamptz NOT NULL
);
CREATE INDEX bank_file_imported ON bank_file (imported_at DESC, id DESC);
CREATE TRIGGER bank_file_append_only BEFORE UPDATE OR DELETE ON bank_file
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What a file says, entry by entry, and what became of it. Nothing is dropped: what fits nothing stays
-- here until somebody has looked at it.
CREATE TABLE bank_entry (
    id          uuid PRIMARY KEY,
    file_id     uuid NOT NULL REFERENCES bank_file,
    ordinal     integer NOT NULL,
    -- Names the entry across files, so that a repeated one is known again.
    key         text NOT NULL,
    reference   text NOT NULL DEFAULT '',
    status      text NOT NULL DEFAULT '',
    code        text NOT NULL DEFAULT '',
    text        text NOT NULL DEFAULT '',
    amount_ore  bigint,
    booked_on   date,
    outcome     text NOT NULL CHECK (outcome IN ('APPLIED', 'REPEATED', 'DUPLICATE', 'UNKNOWN', 'CONFLICT', 'SURPLUS')),
    payment_id  uuid REFERENCES payment,
    claim_id    uuid REFERENCES recovery_claim,
    resolved_by text,
    resolved_at timestamptz,
    resolution  text NOT NULL DEFAULT '',
    UNIQUE (file_id, ordinal),
    CHECK ((resolved_by IS NULL) = (resolved_at IS NULL)),
    CHECK (resolved_by IS NULL OR resolution <> '')
);
CREATE UNIQUE INDEX bank_entry_once ON bank_entry (key) WHERE outcome IN ('APPLIED', 'SURPLUS');
CREATE INDEX bank_entry_payment ON bank_entry (payment_id) WHERE payment_id IS NOT NULL;
CREATE INDEX bank_entry_open ON bank_entry (id) WHERE outcome IN ('DUPLICATE', 'UNKNOWN', 'CONFLICT', 'SURPLUS') AND resolved_at IS NULL;

-- The ledger. Every krone of an award is in one of its places; a posting moves kroner from one place to
-- another, so its lines sum to zero for each award. FRAME is where they come from.
CREATE TABLE ledger_posting (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind       text NOT NULL CHECK (kind IN ('COMMIT', 'RELEASE', 'APPROVE', 'CANCEL', 'SEND', 'PAY', 'REJECT', 'RETURN',
        'CLAIM', 'REPAY', 'SET_OFF', 'SET_OFF_REVERSED')),
    payment_id uuid REFERENCES payment,
    claim_id   uuid REFERENCES recovery_claim,
    posted_by  text NOT NULL,
    posted_at  timestamptz NOT NULL
);
CREATE TRIGGER ledger_posting_append_only BEFORE UPDATE OR DELETE ON ledger_posting
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_posting_no_truncate BEFORE TRUNCATE ON ledger_posting
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE ledger_line (
    posting_id bigint NOT NULL REFERENCES ledger_posting,
    ordinal    integer NOT NULL,
    award_id   uuid NOT NULL REFERENCES award,
    account    text NOT NULL CHECK (account IN ('FRAME', 'COMMITTED', 'APPROVED', 'SENT', 'PAID', 'RELEASED', 'CLAIMED', 'REPAID')),
    amount_ore bigint NOT NULL CHECK (amount_ore <> 0),
    PRIMARY KEY (posting_id, ordinal)
);
CREATE INDEX ledger_line_award ON ledger_line (award_id, posting_id);
CREATE TRIGGER ledger_line_append_only BEFORE UPDATE OR DELETE ON ledger_line
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_line_no_truncate BEFORE TRUNCATE ON ledger_line
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The sums of the lines, kept as they are written.
CREATE TABLE ledger_balance (
    award_id   uuid NOT NULL REFERENCES award,
    account    text NOT NULL,
    amount_ore bigint NOT NULL,
    PRIMARY KEY (award_id, account),
    -- No place holds less than nothing, and the frame never gets back what it did not give.
    CONSTRAINT ledger_place_covered CHECK (CASE WHEN account = 'FRAME' THEN amount_ore <= 0 ELSE amount_ore >= 0 END)
);

-- +goose StatementBegin
CREATE FUNCTION add_to_ledger_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- An insert is checked before it finds that the row is there, so the row comes first.
    INSERT INTO ledger_balance (award_id, account, amount_ore) VALUES (NEW.award_id, NEW.account, 0) ON CONFLICT DO NOTHING;
    UPDATE ledger_balance SET amount_ore = amount_ore + NEW.amount_ore WHERE award_id = NEW.award_id AND account = NEW.account;
    RETURN NEW;
END
$$;

CREATE FUNCTION enforce_balanced_posting() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    posting bigint;
BEGIN
    IF TG_TABLE_NAME = 'ledger_posting' THEN posting := NEW.id; ELSE posting := NEW.posting_id; END IF;
    IF NOT EXISTS (SELECT 1 FROM ledger_line WHERE posting_id = posting) OR EXISTS (
        SELECT 1 FROM ledger_line WHERE posting_id = posting GROUP BY award_id HAVING sum(amount_ore) <> 0) THEN
        RAISE EXCEPTION 'the posting % does not balance', posting
            USING ERRCODE = 'check_violation', CONSTRAINT = 'posting_balanced';
    END IF;
    RETURN NULL;
END
$$;

-- Everything in which the ledger is out of balance, or says something else than the payments and the
-- claims do. No rows: it balances to the øre.
CREATE FUNCTION ledger_differences() RETURNS TABLE (finding text, award_id uuid, account text, ledger_ore numeric, facts_ore numeric)
LANGUAGE sql STABLE AS $$
    SELECT 'POSTING_NOT_BALANCED', l.award_id, l.posting_id::text, sum(l.amount_ore), 0::numeric
    FROM ledger_line l GROUP BY l.posting_id, l.award_id HAVING sum(l.amount_ore) <> 0
    UNION ALL
    SELECT 'BALANCE_NOT_SUM_OF_LINES', coalesce(b.award_id, s.award_id), coalesce(b.account, s.account), coalesce(b.amount_ore, 0), coalesce(s.total, 0)
    FROM ledger_balance b
    FULL JOIN (SELECT l.award_id, l.account, sum(l.amount_ore) AS total FROM ledger_line l GROUP BY l.award_id, l.account) s
        ON s.award_id = b.award_id AND s.account = b.account
    WHERE coalesce(b.amount_ore, 0) <> coalesce(s.total, 0)
    UNION ALL
    SELECT 'AWARD_NOT_BALANCED', b.award_id, '', sum(b.amount_ore), 0 FROM ledger_balance b GROUP BY b.award_id HAVING sum(b.amount_ore) <> 0
    UNION ALL
    SELECT 'NOT_AS_THE_FACTS_SAY', f.award_id, f.account, coalesce(b.amount_ore, 0), f.total
    FROM (
        SELECT p.award_id, a.account, sum(CASE
            WHEN a.account = 'APPROVED' AND p.state = 'APPROVED' THEN p.amount_ore
            WHEN a.account = 'SENT' AND p.state IN ('SENT', 'ACCEPTED') THEN p.amount_ore - p.set_off_ore
            ELSE 0 END) AS total
        FROM payment p CROSS JOIN (VALUES ('APPROVED'), ('SENT')) AS a (account) GROUP BY p.award_id, a.account
        UNION ALL
        SELECT c.award_id, a.account, sum(CASE WHEN a.account = 'CLAIMED' THEN c.amount_ore - c.repaid_ore ELSE c.repaid_ore END)
        FROM recovery_claim c CROSS JOIN (VALUES ('CLAIMED'), ('REPAID')) AS a (account) GROUP BY c.award_id, a.account
    ) f
    LEFT JOIN ledger_balance b ON b.award_id = f.award_id AND b.account = f.account
    WHERE coalesce(b.amount_ore, 0) <> f.total
    UNION ALL
    -- What has reached the enterprise is with it, claimed back, or has come back.
    SELECT 'NOT_AS_THE_FACTS_SAY', coalesce(b.award_id, p.award_id), 'PAID', coalesce(b.total, 0), coalesce(p.total, 0)
    FROM (SELECT lb.award_id, sum(lb.amount_ore) AS total FROM ledger_balance lb WHERE lb.account IN ('PAID', 'CLAIMED', 'REPAID') GROUP BY lb.award_id) b
    FULL JOIN (
        SELECT q.award_id, sum(CASE WHEN q.state = 'PAID' THEN q.amount_ore WHEN q.state IN ('SENT', 'ACCEPTED') THEN q.set_off_ore ELSE 0 END) AS total
        FROM payment q GROUP BY q.award_id
    ) p ON p.award_id = b.award_id
    WHERE coalesce(b.total, 0) <> coalesce(p.total, 0)
    UNION ALL
    SELECT 'CLAIM_NOT_SUM_OF_REPAYMENTS', c.award_id, c.reference, c.repaid_ore, coalesce(r.total, 0)
    FROM recovery_claim c LEFT JOIN (SELECT claim_id, sum(amount_ore) AS total FROM repayment GROUP BY claim_id) r ON r.claim_id = c.id
    WHERE c.repaid_ore <> coalesce(r.total, 0)
$$;
-- +goose StatementEnd
CREATE TRIGGER ledger_line_adds AFTER INSERT ON ledger_line FOR EACH ROW EXECUTE FUNCTION add_to_ledger_balance();
CREATE CONSTRAINT TRIGGER ledger_line_balanced AFTER INSERT ON ledger_line DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION enforce_balanced_posting();
CREATE CONSTRAINT TRIGGER ledger_posting_balanced AFTER INSERT ON ledger_posting DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION enforce_balanced_posting();

-- +goose Down
DROP FUNCTION ledger_differences;
DROP TABLE ledger_balance, ledger_line, ledger_posting, bank_entry, bank_file, repayment, payment, payment_order,
    dunning, claim_part, recovery_claim, settlement, runway, gate_fact, instalment, award_money, payee_account;
DROP FUNCTION guard_payee_account, guard_payment, add_to_ledger_balance, enforce_balanced_posting;
