-- What a case goes through with people: whose it is and why, who is away, scores that are moderated, the
-- question about continuations, and orderings that people try out against the frame.

-- +goose Up
CREATE EXTENSION IF NOT EXISTS btree_gist;

-- What has to happen next; it follows from the facts, as the step does. A new case waits to be screened.
ALTER TABLE case_file ADD COLUMN next_step text NOT NULL DEFAULT 'SCREEN';
UPDATE case_file SET next_step = CASE step
    WHEN 'SCREENING' THEN 'SCREEN'
    WHEN 'NOTIFICATION' THEN 'NOTIFY'
    WHEN 'APPEAL_PERIOD' THEN 'AWAIT_APPEAL'
    WHEN 'APPEAL' THEN 'NAME_APPEAL_OWNER'
    WHEN 'CLOSED' THEN ''
    ELSE CASE
        WHEN owner_id IS NULL THEN 'NAME_OWNER'
        WHEN step = 'CLARIFICATION' THEN 'ANSWER_FINDINGS'
        WHEN step = 'COMPLETION' THEN 'AWAIT_APPLICANT'
        WHEN step = 'ASSESSMENT' THEN 'NAME_ASSESSORS'
        WHEN step = 'RECOMMENDATION' THEN 'RECOMMEND'
        ELSE 'DECIDE'
    END
END;
ALTER TABLE case_file ADD CONSTRAINT open_case_has_next_step CHECK (step = 'CLOSED' OR next_step <> '');

CREATE INDEX case_file_next_step ON case_file (next_step, received_at, id) WHERE step <> 'CLOSED';

-- How long a case may be without an event is a rule of its scheme.
CREATE INDEX case_file_workload_rules ON case_file (owner_id, step)
    INCLUDE (id, received_at, due_at, last_event_at, scheme_id, scheme_version) WHERE step <> 'CLOSED';

-- Everything that has happened to whose a case is.
CREATE TABLE owner_change (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id     uuid NOT NULL REFERENCES case_file,
    from_id     text,
    to_id       text,
    -- Who was named, when they are away and their substitute got the case.
    intended_id text,
    cause       text NOT NULL CHECK (cause IN ('ASSIGNED', 'HANDED_OVER', 'NOT_IMPARTIAL')),
    note        text NOT NULL DEFAULT '',
    changed_by  text NOT NULL,
    changed_at  timestamptz NOT NULL,
    CONSTRAINT hand_over_has_note CHECK (cause <> 'HANDED_OVER' OR note <> '')
);
CREATE INDEX owner_change_case ON owner_change (case_id, id);
CREATE TRIGGER owner_change_append_only BEFORE UPDATE OR DELETE ON owner_change
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- When somebody is away, and who stands in for them. Why is nobody's business.
CREATE TABLE absence (
    id            uuid PRIMARY KEY,
    revision      bigint NOT NULL DEFAULT 1,
    person_id     text NOT NULL,
    substitute_id text NOT NULL,
    -- Both days included, Europe/Oslo.
    first_day     date NOT NULL,
    last_day      date NOT NULL,
    registered_by text NOT NULL,
    registered_at timestamptz NOT NULL,
    cancelled_at  timestamptz,
    CHECK (person_id <> substitute_id),
    CHECK (last_day >= first_day),
    CONSTRAINT absence_overlap EXCLUDE USING gist (person_id WITH =, daterange(first_day, last_day, '[]') WITH &&) WHERE (cancelled_at IS NULL)
);
CREATE INDEX absence_last_day ON absence (last_day, id);
CREATE INDEX absence_person ON absence (person_id, last_day, id);

-- An assessment of somebody who turns out not to be impartial is kept, and counts no more.
ALTER TABLE assessment ADD COLUMN set_aside_at timestamptz;

-- What has been submitted stays as it was submitted: what is changed afterwards stands beside it.
-- +goose StatementBegin
CREATE FUNCTION keep_submitted_assessment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.submitted_at IS NULL THEN
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' OR (NEW.case_id, NEW.round, NEW.assessor_id, NEW.scores, NEW.submitted_at)
            IS DISTINCT FROM (OLD.case_id, OLD.round, OLD.assessor_id, OLD.scores, OLD.submitted_at) THEN
        RAISE EXCEPTION 'the assessment has been submitted: % refused', TG_OP
            USING ERRCODE = 'check_violation', CONSTRAINT = 'submitted_stays';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER assessment_submitted_stays BEFORE UPDATE OR DELETE ON assessment
    FOR EACH ROW EXECUTE FUNCTION keep_submitted_assessment();

CREATE TABLE score_change (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id       uuid NOT NULL REFERENCES case_file,
    round         integer NOT NULL,
    assessment_id uuid NOT NULL REFERENCES assessment,
    criterion     text NOT NULL,
    before_value  integer NOT NULL,
    value         integer NOT NULL,
    reason        text NOT NULL CHECK (reason <> ''),
    changed_by    text NOT NULL,
    changed_at    timestamptz NOT NULL,
    CHECK (value <> before_value)
);
CREATE INDEX score_change_case ON score_change (case_id, round, id);
CREATE TRIGGER score_change_append_only BEFORE UPDATE OR DELETE ON score_change
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER score_change_frozen BEFORE INSERT ON score_change
    FOR EACH ROW EXECUTE FUNCTION refuse_change_after_decision();

-- Has it moved in the right direction? The newest answer of the round counts.
CREATE TABLE continuation_answer (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id     uuid NOT NULL REFERENCES case_file,
    round       integer NOT NULL,
    direction   text NOT NULL CHECK (direction IN ('YES', 'PARTLY', 'NO')),
    reasons     text NOT NULL CHECK (reasons <> ''),
    answered_by text NOT NULL,
    answered_at timestamptz NOT NULL
);
CREATE INDEX continuation_answer_case ON continuation_answer (case_id, round, id);
CREATE TRIGGER continuation_answer_append_only BEFORE UPDATE OR DELETE ON continuation_answer
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER continuation_answer_frozen BEFORE INSERT ON continuation_answer
    FOR EACH ROW EXECUTE FUNCTION refuse_change_after_decision();

-- An order that somebody tries out, with an amount for each case. It decides nothing.
CREATE TABLE ranking (
    id         uuid PRIMARY KEY,
    revision   bigint NOT NULL DEFAULT 1,
    call_id    uuid NOT NULL REFERENCES call,
    owner_id   text NOT NULL,
    name       text NOT NULL CHECK (name <> ''),
    shared     boolean NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX ranking_name ON ranking (call_id, owner_id, lower(name));
CREATE INDEX ranking_shared ON ranking (call_id, name, id) WHERE shared;

CREATE TABLE ranking_entry (
    ranking_id uuid NOT NULL REFERENCES ranking ON DELETE CASCADE,
    place      integer NOT NULL CHECK (place > 0),
    case_id    uuid NOT NULL REFERENCES case_file,
    amount_ore bigint NOT NULL CHECK (amount_ore >= 0),
    PRIMARY KEY (ranking_id, place),
    UNIQUE (ranking_id, case_id)
);

CREATE INDEX appeal_owner ON appeal (owner_id) WHERE closed_at IS NULL;

-- What is held back for appeals is part of the frame. Awards that no appeal led to stay out of it;
-- an appeal that is granted may use all that is left.
ALTER TABLE budget_frame
    ADD COLUMN appeal_reserve_ore bigint NOT NULL DEFAULT 0 CHECK (appeal_reserve_ore >= 0),
    ADD COLUMN bound_appeal_ore bigint NOT NULL DEFAULT 0 CHECK (bound_appeal_ore BETWEEN 0 AND bound_ore),
    ADD CONSTRAINT reserve_kept CHECK (bound_ore - bound_appeal_ore <= frame_ore - appeal_reserve_ore);

-- +goose Down
ALTER TABLE budget_frame DROP CONSTRAINT reserve_kept, DROP COLUMN bound_appeal_ore, DROP COLUMN appeal_reserve_ore;
DROP TABLE ranking_entry, ranking, continuation_answer, score_change;
DROP TRIGGER assessment_submitted_stays ON assessment;
DROP FUNCTION keep_submitted_assessment;
ALTER TABLE assessment DROP COLUMN set_aside_at;
DROP TABLE absence, owner_change;
DROP INDEX appeal_owner;
DROP INDEX case_file_workload_rules, case_file_next_step;
ALTER TABLE case_file DROP CONSTRAINT open_case_has_next_step, DROP COLUMN next_step;
DROP EXTENSION btree_gist;
