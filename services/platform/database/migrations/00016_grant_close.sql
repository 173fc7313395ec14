-- What an enterprise asks to have changed, its plans for the time after the grant, how it hands over what
-- was learned, and who stands in for whom.

-- +goose Up
-- The last date for accepting is a fact with a history.
CREATE TABLE acceptance_extension (
    id          uuid PRIMARY KEY,
    award_id    uuid NOT NULL REFERENCES award,
    before_on   date NOT NULL,
    until_on    date NOT NULL,
    reason      text NOT NULL CHECK (reason <> ''),
    extended_by text NOT NULL,
    extended_at timestamptz NOT NULL,
    CHECK (until_on > before_on)
);
CREATE INDEX acceptance_extension_award ON acceptance_extension (award_id, extended_at);
CREATE TRIGGER acceptance_extension_append_only BEFORE UPDATE OR DELETE ON acceptance_extension
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- An appeal of a measure that has been decided.
CREATE TABLE measure_appeal (
    id              uuid PRIMARY KEY,
    measure_id      uuid NOT NULL REFERENCES measure,
    grounds         text NOT NULL CHECK (grounds <> ''),
    change_wanted   text NOT NULL,
    late            boolean NOT NULL,
    submitted_by    text NOT NULL,
    received_at     timestamptz NOT NULL,
    recommended     text NOT NULL DEFAULT '' CHECK (recommended IN ('', 'DISMISSED', 'GRANTED', 'FORWARDED')),
    assessment      text NOT NULL DEFAULT '',
    prepared_by     text,
    prepared_at     timestamptz,
    disposition     text NOT NULL DEFAULT '' CHECK (disposition IN ('', 'DISMISSED', 'GRANTED', 'FORWARDED')),
    reasons         text NOT NULL DEFAULT '',
    decided_by      text,
    decided_at      timestamptz,
    outcome         text NOT NULL DEFAULT '' CHECK (outcome IN ('', 'UPHELD', 'CHANGED')),
    outcome_reasons text NOT NULL DEFAULT '',
    outcome_at      timestamptz,
    closed_at       timestamptz,
    CONSTRAINT measure_appeal_four_eyes CHECK (decided_by IS NULL OR decided_by <> prepared_by),
    CHECK (outcome = '' OR disposition = 'FORWARDED')
);
CREATE UNIQUE INDEX measure_appeal_open ON measure_appeal (measure_id) WHERE closed_at IS NULL;
CREATE INDEX measure_appeal_measure ON measure_appeal (measure_id, received_at);

-- Somebody new: an appeal is not prepared by anybody who proposed, recommended or decided the measure.
-- +goose StatementBegin
CREATE FUNCTION enforce_new_officer_of_measure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.prepared_by IS NOT NULL AND EXISTS (SELECT 1 FROM measure m WHERE m.id = NEW.measure_id
            AND (NEW.prepared_by IN (m.proposed_by, m.recommended_by, m.decided_by) OR NEW.prepared_by = ANY (m.involved))) THEN
        RAISE EXCEPTION 'an appeal is prepared by somebody new'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'somebody_new';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER measure_appeal_somebody_new BEFORE INSERT OR UPDATE ON measure_appeal
    FOR EACH ROW EXECUTE FUNCTION enforce_new_officer_of_measure();

CREATE TABLE change_request (
    id             uuid PRIMARY KEY,
    revision       bigint NOT NULL DEFAULT 1,
    award_id       uuid NOT NULL REFERENCES award,
    kind           text NOT NULL CHECK (kind IN ('REBUDGET', 'EXTENSION', 'CONTACT')),
    state          text NOT NULL DEFAULT 'SUBMITTED' CHECK (state IN ('SUBMITTED', 'RECOMMENDED', 'APPROVED', 'REJECTED', 'WITHDRAWN')),
    grounds        text NOT NULL CHECK (grounds <> ''),
    -- Line and amount of each move between lines of the budget.
    moves          jsonb NOT NULL DEFAULT '[]',
    spend_by       date,
    contact_name   text NOT NULL DEFAULT '',
    contact_email  text NOT NULL DEFAULT '',
    submitted_by   text NOT NULL,
    submitted_at   timestamptz NOT NULL,
    approve        boolean NOT NULL DEFAULT false,
    recommended_by text,
    recommended_at timestamptz,
    -- Everybody who has recommended it in any version.
    involved       text[] NOT NULL DEFAULT '{}',
    reasons        text NOT NULL DEFAULT '',
    decided_by     text,
    decided_at     timestamptz,
    CHECK ((kind = 'EXTENSION') = (spend_by IS NOT NULL)),
    CHECK ((kind = 'CONTACT') = (contact_name <> '')),
    CHECK ((state IN ('APPROVED', 'REJECTED')) = (decided_at IS NOT NULL)),
    -- Four eyes: nobody decides what they recommended. A new contact moves no money.
    CONSTRAINT change_four_eyes CHECK (decided_by IS NULL OR kind = 'CONTACT' OR
        (decided_by <> recommended_by AND NOT decided_by = ANY (involved)))
);
CREATE UNIQUE INDEX change_request_open ON change_request (award_id, kind) WHERE state IN ('SUBMITTED', 'RECOMMENDED');
CREATE INDEX change_request_award ON change_request (award_id, submitted_at DESC, id);

-- Versions of the plan for the time after the grant, for each grant year in which one is made.
CREATE TABLE exit_plan (
    id           uuid PRIMARY KEY,
    lifecycle_id uuid NOT NULL REFERENCES lifecycle,
    grant_year   integer NOT NULL,
    version      integer NOT NULL CHECK (version > 0),
    route        text NOT NULL CHECK (route IN ('PRIVATE_MARKET', 'TENDER', 'EMPLOYMENT', 'OTHER_FUNDING', 'WIND_UP')),
    description  text NOT NULL CHECK (description <> ''),
    steps        jsonb NOT NULL DEFAULT '[]',
    submitted_by text NOT NULL,
    submitted_at timestamptz NOT NULL,
    UNIQUE (lifecycle_id, grant_year, version)
);
CREATE TRIGGER exit_plan_append_only BEFORE UPDATE OR DELETE ON exit_plan
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE handover (
    lifecycle_id   uuid PRIMARY KEY REFERENCES lifecycle,
    learned        text NOT NULL,
    receiver       text NOT NULL,
    adopted        text NOT NULL,
    handed_over_on date,
    saved_by       text NOT NULL,
    saved_at       timestamptz NOT NULL
);

-- What the portfolio is asked for.
CREATE INDEX award_accept_by ON award (accept_by, id) WHERE state = 'OFFERED';
CREATE INDEX award_release ON award (scheme_id, grant_year, id) WHERE state IN ('DECLINED', 'LAPSED', 'STOPPED');
CREATE INDEX measure_open ON measure (comment_by, id) WHERE state IN ('PROPOSED', 'NOTIFIED', 'RECOMMENDED');
CREATE INDEX enterprise_failed ON enterprise (id) WHERE bankrupt OR under_liquidation OR deleted;
CREATE INDEX case_file_lead ON case_file (scheme_id, grant_year) INCLUDE (decided_at, call_closes_at) WHERE decided_at IS NOT NULL;

-- +goose Down
DROP INDEX case_file_lead, enterprise_failed, measure_open, award_release, award_accept_by;
DROP TABLE handover, exit_plan, change_request, measure_appeal, acceptance_extension;
DROP FUNCTION enforce_new_officer_of_measure;
