-- +goose Up
-- Case numbers run without holes within a year.
CREATE TABLE case_number (
    year integer PRIMARY KEY,
    last integer NOT NULL
);

CREATE TABLE case_file (
    id                 uuid PRIMARY KEY,
    revision           bigint NOT NULL DEFAULT 1,
    number             text NOT NULL UNIQUE,
    application_id     uuid NOT NULL UNIQUE REFERENCES application,
    reference          text NOT NULL,
    call_id            uuid NOT NULL REFERENCES call,
    enterprise_id      uuid NOT NULL REFERENCES enterprise,
    enterprise_name    text NOT NULL,
    application_type   text NOT NULL,
    scheme_id          text NOT NULL,
    scheme_version     text NOT NULL,
    grant_year         integer NOT NULL,
    step               text NOT NULL,
    outcome            text NOT NULL DEFAULT '',
    round              integer NOT NULL DEFAULT 1,
    owner_id           text,
    late               boolean NOT NULL,
    amount_applied_ore bigint NOT NULL CHECK (amount_applied_ore >= 0),
    amount_awarded_ore bigint NOT NULL DEFAULT 0 CHECK (amount_awarded_ore >= 0),
    received_at        timestamptz NOT NULL,
    call_closes_at     timestamptz NOT NULL,
    opened_at          timestamptz NOT NULL,
    screened_version   integer NOT NULL DEFAULT 0,
    screened_at        timestamptz,
    withdrawn_at       timestamptz,
    decided_at         timestamptz,
    notified_at        timestamptz,
    appeal_deadline    date,
    closed_at          timestamptz,
    due_at             timestamptz
);
CREATE INDEX case_file_queue ON case_file (step, received_at, id);
CREATE INDEX case_file_owner ON case_file (owner_id, step, received_at, id);
CREATE INDEX case_file_call ON case_file (call_id, step, received_at, id);
CREATE INDEX case_file_received ON case_file (received_at, id);
CREATE INDEX case_file_enterprise ON case_file (enterprise_id, received_at);

CREATE TABLE finding (
    id                 uuid PRIMARY KEY,
    case_id            uuid NOT NULL REFERENCES case_file,
    round              integer NOT NULL,
    key                text NOT NULL,
    formal_requirement boolean NOT NULL,
    proposed           text NOT NULL CHECK (proposed IN ('MET', 'NOT_MET', 'UNDETERMINED')),
    evidence           text[] NOT NULL,
    found_at           timestamptz NOT NULL,
    answer             text NOT NULL DEFAULT '' CHECK (answer IN ('', 'MET', 'NOT_MET', 'CONTINUE_WITHOUT')),
    reason             text NOT NULL DEFAULT '',
    answered_by        text,
    answered_at        timestamptz,
    UNIQUE (case_id, round, key)
);

CREATE TABLE assessment (
    id           uuid PRIMARY KEY,
    case_id      uuid NOT NULL REFERENCES case_file,
    round        integer NOT NULL,
    assessor_id  text NOT NULL,
    assigned_at  timestamptz NOT NULL,
    -- Score and reason per criterion.
    scores       jsonb NOT NULL DEFAULT '[]',
    submitted_at timestamptz,
    UNIQUE (case_id, round, assessor_id)
);
CREATE INDEX assessment_assessor ON assessment (assessor_id, case_id);

CREATE TABLE recommendation (
    id             uuid PRIMARY KEY,
    case_id        uuid NOT NULL REFERENCES case_file,
    round          integer NOT NULL,
    version        integer NOT NULL,
    outcome        text NOT NULL CHECK (outcome IN ('APPROVED', 'PARTIALLY_APPROVED', 'REJECTED', 'DISMISSED')),
    amount_ore     bigint NOT NULL CHECK (amount_ore >= 0),
    reasons        text NOT NULL CHECK (reasons <> ''),
    conditions     text[] NOT NULL DEFAULT '{}',
    recommended_by text NOT NULL,
    recommended_at timestamptz NOT NULL,
    returned_by    text,
    return_note    text NOT NULL DEFAULT '',
    returned_at    timestamptz,
    UNIQUE (case_id, round, version)
);

CREATE TABLE decision (
    id                     uuid PRIMARY KEY,
    case_id                uuid NOT NULL REFERENCES case_file,
    round                  integer NOT NULL,
    recommendation_version integer NOT NULL,
    outcome                text NOT NULL CHECK (outcome IN ('APPROVED', 'PARTIALLY_APPROVED', 'REJECTED', 'DISMISSED')),
    amount_ore             bigint NOT NULL CHECK (amount_ore >= 0),
    reasons                text NOT NULL CHECK (reasons <> ''),
    conditions             text[] NOT NULL DEFAULT '{}',
    decided_by             text NOT NULL,
    decided_at             timestamptz NOT NULL,
    -- Findings and assessments as they stood.
    basis                  jsonb NOT NULL,
    UNIQUE (case_id, round),
    FOREIGN KEY (case_id, round, recommendation_version) REFERENCES recommendation (case_id, round, version)
);
CREATE TRIGGER decision_append_only BEFORE UPDATE OR DELETE ON decision
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Four eyes: whoever recommended any version of the round cannot decide it, and whoever decided
-- cannot recommend in it. The case row is locked so that neither slips past the other.
-- +goose StatementBegin
CREATE FUNCTION enforce_four_eyes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM case_file WHERE id = NEW.case_id FOR UPDATE;
    IF TG_TABLE_NAME = 'decision' THEN
        IF EXISTS (SELECT 1 FROM recommendation r
                   WHERE r.case_id = NEW.case_id AND r.round = NEW.round AND r.recommended_by = NEW.decided_by) THEN
            RAISE EXCEPTION 'four eyes: the decision maker has recommended in this round'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'four_eyes';
        END IF;
    ELSIF EXISTS (SELECT 1 FROM decision d WHERE d.case_id = NEW.case_id AND d.round = NEW.round) THEN
        RAISE EXCEPTION 'the round has been decided'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'round_decided';
    END IF;
    RETURN NEW;
END
$$;

-- What a decision rests on stays as it was when the decision was made.
CREATE FUNCTION refuse_change_after_decision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed record;
BEGIN
    IF TG_OP = 'DELETE' THEN changed := OLD; ELSE changed := NEW; END IF;
    PERFORM 1 FROM case_file WHERE id = changed.case_id FOR UPDATE;
    IF EXISTS (SELECT 1 FROM decision d WHERE d.case_id = changed.case_id AND d.round = changed.round) THEN
        RAISE EXCEPTION '% is frozen: the round has been decided', TG_TABLE_NAME
            USING ERRCODE = 'check_violation', CONSTRAINT = 'frozen_at_decision';
    END IF;
    RETURN changed;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER recommendation_four_eyes BEFORE INSERT ON recommendation
    FOR EACH ROW EXECUTE FUNCTION enforce_four_eyes();
CREATE TRIGGER decision_four_eyes BEFORE INSERT ON decision
    FOR EACH ROW EXECUTE FUNCTION enforce_four_eyes();
CREATE TRIGGER finding_frozen BEFORE INSERT OR UPDATE OR DELETE ON finding
    FOR EACH ROW EXECUTE FUNCTION refuse_change_after_decision();
CREATE TRIGGER assessment_frozen BEFORE INSERT OR UPDATE OR DELETE ON assessment
    FOR EACH ROW EXECUTE FUNCTION refuse_change_after_decision();
CREATE TRIGGER recommendation_frozen BEFORE UPDATE OR DELETE ON recommendation
    FOR EACH ROW EXECUTE FUNCTION refuse_change_after_decision();

-- +goose Down
DROP TABLE decision, recommendation, assessment, finding, case_file, case_number;
DROP FUNCTION enforce_four_eyes;
DROP FUNCTION refuse_change_after_decision;
