-- What deepens a case: impartiality, asking for what is missing, the law's clocks, appeals.

-- +goose Up
ALTER TABLE application ADD COLUMN completion_until timestamptz;

-- The newest declaration of a person counts. Nothing is ever taken back.
CREATE TABLE impartiality_declaration (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id     uuid NOT NULL REFERENCES case_file,
    person_id   text NOT NULL,
    impartial   boolean NOT NULL,
    reason      text NOT NULL DEFAULT '',
    declared_at timestamptz NOT NULL,
    CHECK (impartial OR reason <> '')
);
CREATE INDEX impartiality_declaration_person ON impartiality_declaration (case_id, person_id, id DESC);
CREATE TRIGGER impartiality_declaration_append_only BEFORE UPDATE OR DELETE ON impartiality_declaration
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE deficiency_notice (
    id               uuid PRIMARY KEY,
    case_id          uuid NOT NULL REFERENCES case_file,
    items            jsonb NOT NULL,
    deadline         date NOT NULL,
    state            text NOT NULL DEFAULT 'OPEN' CHECK (state IN ('OPEN', 'ANSWERED', 'EXPIRED', 'CANCELLED')),
    asked_version    integer NOT NULL,
    answered_version integer NOT NULL DEFAULT 0,
    sent_by          text NOT NULL,
    created_at       timestamptz NOT NULL,
    reminded_at      timestamptz,
    closed_at        timestamptz,
    CHECK ((state = 'OPEN') = (closed_at IS NULL))
);
-- One question at a time.
CREATE UNIQUE INDEX deficiency_notice_open ON deficiency_notice (case_id) WHERE state = 'OPEN';
CREATE INDEX deficiency_notice_case ON deficiency_notice (case_id, created_at DESC);

-- The clock of a case is a list of what happened to it; every date follows from that.
CREATE TABLE clock_event (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id  uuid NOT NULL REFERENCES case_file,
    kind     text NOT NULL CHECK (kind IN ('STARTED', 'PAUSED', 'RESUMED', 'EXTENDED', 'BREACHED', 'EXPLAINED', 'STOPPED')),
    at       timestamptz NOT NULL,
    reason   text NOT NULL DEFAULT '',
    until    date,
    actor_id text NOT NULL,
    CHECK ((kind = 'EXTENDED') = (until IS NOT NULL))
);
CREATE INDEX clock_event_case ON clock_event (case_id, id);
CREATE TRIGGER clock_event_append_only BEFORE UPDATE OR DELETE ON clock_event
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE appeal (
    id             uuid PRIMARY KEY,
    revision       bigint NOT NULL DEFAULT 1,
    case_id        uuid NOT NULL REFERENCES case_file,
    application_id uuid NOT NULL REFERENCES application,
    -- The decision that is appealed.
    decision_id    uuid NOT NULL REFERENCES decision,
    grounds        text NOT NULL,
    change_wanted  text NOT NULL,
    late           boolean NOT NULL,
    submitted_by   text NOT NULL,
    received_at    timestamptz NOT NULL,
    owner_id       text,
    recommended    text NOT NULL DEFAULT '' CHECK (recommended IN ('', 'DISMISSED', 'GRANTED', 'FORWARDED')),
    assessment     text NOT NULL DEFAULT '',
    recommended_ore bigint NOT NULL DEFAULT 0 CHECK (recommended_ore >= 0),
    prepared_by    text,
    prepared_at    timestamptz,
    disposition    text NOT NULL DEFAULT '' CHECK (disposition IN ('', 'DISMISSED', 'GRANTED', 'FORWARDED')),
    reasons        text NOT NULL DEFAULT '',
    decided_by     text,
    decided_at     timestamptz,
    outcome        text NOT NULL DEFAULT '' CHECK (outcome IN ('', 'UPHELD', 'CHANGED')),
    outcome_reasons text NOT NULL DEFAULT '',
    outcome_at     timestamptz,
    amount_ore     bigint NOT NULL DEFAULT 0 CHECK (amount_ore >= 0),
    closed_at      timestamptz,
    -- Four eyes: nobody decides what they prepared.
    CONSTRAINT four_eyes CHECK (decided_by IS NULL OR decided_by <> prepared_by),
    CHECK (outcome = '' OR disposition = 'FORWARDED')
);
CREATE UNIQUE INDEX appeal_open ON appeal (case_id) WHERE closed_at IS NULL;
CREATE INDEX appeal_application ON appeal (application_id, received_at DESC);

-- Somebody new: an appeal is not prepared by whoever recommended or decided what is appealed.
-- +goose StatementBegin
CREATE FUNCTION enforce_new_officer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.prepared_by IS NULL THEN RETURN NEW; END IF;
    IF EXISTS (SELECT 1 FROM decision d LEFT JOIN recommendation r ON r.case_id = d.case_id AND r.round = d.round
               WHERE d.id = NEW.decision_id AND NEW.prepared_by IN (d.decided_by, r.recommended_by)) THEN
        RAISE EXCEPTION 'an appeal is prepared by somebody new'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'somebody_new';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER appeal_somebody_new BEFORE INSERT OR UPDATE ON appeal
    FOR EACH ROW EXECUTE FUNCTION enforce_new_officer();

-- A change of an award after its decision: by an appeal, or without one.
CREATE TABLE award_change (
    id          uuid PRIMARY KEY,
    case_id     uuid NOT NULL REFERENCES case_file,
    -- The appeal that led to it; NULL for a reversal without appeal.
    appeal_id   uuid REFERENCES appeal,
    outcome     text NOT NULL CHECK (outcome IN ('APPROVED', 'PARTIALLY_APPROVED', 'REJECTED', 'DISMISSED')),
    before_ore  bigint NOT NULL CHECK (before_ore >= 0),
    amount_ore  bigint NOT NULL CHECK (amount_ore >= 0),
    reasons     text NOT NULL,
    changed_by  text NOT NULL,
    changed_at  timestamptz NOT NULL
);
CREATE INDEX award_change_case ON award_change (case_id, changed_at);
CREATE TRIGGER award_change_append_only BEFORE UPDATE OR DELETE ON award_change
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- +goose Down
DROP TABLE award_change, appeal, clock_event, deficiency_notice, impartiality_declaration;
DROP FUNCTION enforce_new_officer;
ALTER TABLE application DROP COLUMN completion_until;
