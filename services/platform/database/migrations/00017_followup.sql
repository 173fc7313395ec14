-- Following up: check-ins, assessments, signals, what enterprises need to learn, and what became of them.

-- +goose Up

-- How closely an enterprise is followed in a grant year. The newest counts.
CREATE TABLE checkin_plan (
    id           uuid PRIMARY KEY,
    lifecycle_id uuid NOT NULL REFERENCES lifecycle,
    grant_year   integer NOT NULL,
    risk         text NOT NULL CHECK (risk IN ('LOW', 'MEDIUM', 'HIGH')),
    reason       text NOT NULL DEFAULT '',
    decided_by   text NOT NULL,
    decided_at   timestamptz NOT NULL
);
CREATE INDEX checkin_plan_lifecycle ON checkin_plan (lifecycle_id, grant_year, decided_at DESC, id DESC);
CREATE TRIGGER checkin_plan_append_only BEFORE UPDATE OR DELETE ON checkin_plan
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE checkin (
    id             uuid PRIMARY KEY,
    revision       bigint NOT NULL DEFAULT 1,
    lifecycle_id   uuid NOT NULL REFERENCES lifecycle,
    enterprise_id  uuid NOT NULL REFERENCES enterprise,
    grant_year     integer NOT NULL,
    planned_on     date NOT NULL,
    state          text NOT NULL DEFAULT 'PLANNED' CHECK (state IN ('PLANNED', 'HELD', 'CANCELLED')),
    held_on        date,
    channel        text NOT NULL DEFAULT '' CHECK (channel IN ('', 'MEETING', 'VIDEO', 'PHONE', 'VISIT')),
    -- Shared with the enterprise.
    notes          text NOT NULL DEFAULT '',
    -- For staff only.
    internal_notes text NOT NULL DEFAULT '',
    cancel_reason  text NOT NULL DEFAULT '',
    invited_at     timestamptz,
    late_at        timestamptz,
    settled_by     text,
    settled_at     timestamptz,
    created_at     timestamptz NOT NULL,
    CHECK ((state = 'HELD') = (held_on IS NOT NULL)),
    CHECK ((state = 'PLANNED') = (settled_at IS NULL)),
    CHECK (state <> 'CANCELLED' OR cancel_reason <> '')
);
CREATE INDEX checkin_lifecycle ON checkin (lifecycle_id, planned_on DESC, id DESC);
CREATE INDEX checkin_planned ON checkin (planned_on, id) WHERE state = 'PLANNED';

CREATE TABLE action_point (
    id           uuid PRIMARY KEY,
    revision     bigint NOT NULL DEFAULT 1,
    lifecycle_id uuid NOT NULL REFERENCES lifecycle,
    checkin_id   uuid REFERENCES checkin,
    text         text NOT NULL CHECK (text <> ''),
    -- Whose it is: a person of the directorate, or the enterprise when empty.
    owner_id     text NOT NULL DEFAULT '',
    due_on       date NOT NULL,
    state        text NOT NULL DEFAULT 'OPEN' CHECK (state IN ('OPEN', 'DONE', 'DROPPED')),
    note         text NOT NULL DEFAULT '',
    created_by   text NOT NULL,
    created_at   timestamptz NOT NULL,
    settled_by   text,
    settled_at   timestamptz,
    CHECK ((state = 'OPEN') = (settled_at IS NULL))
);
CREATE INDEX action_point_lifecycle ON action_point (lifecycle_id, due_on, id);
CREATE INDEX action_point_owner ON action_point (owner_id, due_on, id) WHERE state = 'OPEN';

-- One for each grant year: what the enterprise and the officer think, side by side.
CREATE TABLE sustainability_assessment (
    id             uuid PRIMARY KEY,
    revision       bigint NOT NULL DEFAULT 1,
    lifecycle_id   uuid NOT NULL REFERENCES lifecycle,
    grant_year     integer NOT NULL,
    enterprise_scores jsonb,
    enterprise_by  text,
    enterprise_at  timestamptz,
    officer_scores jsonb,
    -- What the figures suggested when the officer assessed.
    suggested      jsonb NOT NULL DEFAULT '[]',
    officer_by     text,
    officer_at     timestamptz,
    UNIQUE (lifecycle_id, grant_year)
);

-- Something that calls for a talk. Never a sanction: nothing follows from it but a task.
CREATE TABLE signal (
    id            uuid PRIMARY KEY,
    revision      bigint NOT NULL DEFAULT 1,
    lifecycle_id  uuid NOT NULL REFERENCES lifecycle,
    enterprise_id uuid NOT NULL REFERENCES enterprise,
    scheme_id     text NOT NULL,
    kind          text NOT NULL CHECK (kind IN
        ('RUNWAY', 'EARNED_SHARE_FALLS', 'REPORT_MISSING', 'KEY_PERSON', 'CREAMING', 'INTAKE_GAP')),
    -- What it rests on, for example a report: there is one signal for each kind and basis.
    basis         text NOT NULL,
    facts         jsonb NOT NULL DEFAULT '{}',
    state         text NOT NULL DEFAULT 'OPEN' CHECK (state IN ('OPEN', 'TALKED', 'DISMISSED')),
    raised_at     timestamptz NOT NULL,
    note          text NOT NULL DEFAULT '',
    settled_by    text,
    settled_at    timestamptz,
    UNIQUE (lifecycle_id, kind, basis),
    CHECK ((state = 'OPEN') = (settled_at IS NULL)),
    CHECK (state = 'OPEN' OR note <> '')
);
CREATE INDEX signal_open ON signal (scheme_id, lifecycle_id, kind) WHERE state = 'OPEN';
CREATE INDEX signal_lifecycle ON signal (lifecycle_id, raised_at DESC, id DESC);

CREATE TABLE competence_need (
    id            uuid PRIMARY KEY,
    revision      bigint NOT NULL DEFAULT 1,
    lifecycle_id  uuid NOT NULL REFERENCES lifecycle,
    enterprise_id uuid NOT NULL REFERENCES enterprise,
    scheme_id     text NOT NULL,
    topic         text NOT NULL CHECK (topic <> ''),
    description   text NOT NULL,
    state         text NOT NULL DEFAULT 'OPEN' CHECK (state IN ('OPEN', 'REFERRED', 'MET', 'DROPPED')),
    partner       text NOT NULL DEFAULT '',
    referred_on   date,
    referred_by   text,
    -- What came of the referral, in words.
    outcome       text NOT NULL DEFAULT '',
    created_by    text NOT NULL,
    created_at    timestamptz NOT NULL,
    settled_by    text,
    settled_at    timestamptz,
    CHECK (state <> 'REFERRED' OR (partner <> '' AND referred_on IS NOT NULL)),
    CHECK (state NOT IN ('MET', 'DROPPED') OR (outcome <> '' AND settled_at IS NOT NULL))
);
CREATE INDEX competence_need_lifecycle ON competence_need (lifecycle_id, created_at DESC, id DESC);
CREATE INDEX competence_need_open ON competence_need (scheme_id, created_at DESC, id DESC) WHERE state IN ('OPEN', 'REFERRED');

-- What an enterprise is asked after the grant.
CREATE TABLE after_question (
    id            uuid PRIMARY KEY,
    revision      bigint NOT NULL DEFAULT 1,
    lifecycle_id  uuid NOT NULL REFERENCES lifecycle,
    enterprise_id uuid NOT NULL REFERENCES enterprise,
    scheme_id     text NOT NULL,
    months        integer NOT NULL CHECK (months > 0),
    due_on        date NOT NULL,
    state         text NOT NULL DEFAULT 'PLANNED' CHECK (state IN ('PLANNED', 'ASKED', 'ANSWERED', 'UNANSWERED')),
    asked_at      timestamptz,
    reminded_at   timestamptz,
    answer        jsonb,
    still_running boolean,
    answered_by   text,
    answered_at   timestamptz,
    UNIQUE (lifecycle_id, months),
    CHECK ((state = 'ANSWERED') = (answered_at IS NOT NULL))
);
CREATE INDEX after_question_scheme ON after_question (scheme_id, months, state) INCLUDE (still_running);

-- A good example, or one that others learn from because it failed.
CREATE TABLE good_example (
    id            uuid PRIMARY KEY,
    revision      bigint NOT NULL DEFAULT 1,
    lifecycle_id  uuid NOT NULL REFERENCES lifecycle,
    enterprise_id uuid NOT NULL REFERENCES enterprise,
    scheme_id     text NOT NULL,
    -- The approved report that it was drafted from.
    report_id     uuid NOT NULL UNIQUE REFERENCES report,
    content       jsonb NOT NULL,
    state         text NOT NULL DEFAULT 'DRAFT' CHECK (state IN ('DRAFT', 'CONSENTED', 'PUBLISHED', 'WITHDRAWN')),
    drafted_by    text NOT NULL,
    drafted_at    timestamptz NOT NULL,
    consented_by  text,
    consented_at  timestamptz,
    approved_by   text,
    published_at  timestamptz,
    withdrawn_by  text,
    withdrawn_at  timestamptz,
    views         bigint NOT NULL DEFAULT 0,
    search        tsvector NOT NULL DEFAULT '',
    CHECK (state NOT IN ('CONSENTED', 'PUBLISHED') OR consented_at IS NOT NULL),
    -- Nobody publishes what they drafted themselves.
    CONSTRAINT example_four_eyes CHECK (approved_by IS NULL OR approved_by <> drafted_by)
);
CREATE INDEX good_example_published ON good_example (published_at DESC, id DESC) WHERE state = 'PUBLISHED';
CREATE INDEX good_example_search ON good_example USING gin (search) WHERE state = 'PUBLISHED';
CREATE INDEX good_example_lifecycle ON good_example (lifecycle_id, drafted_at DESC, id DESC);

-- Somebody who has taken an example into use.
CREATE TABLE example_adoption (
    example_id uuid NOT NULL REFERENCES good_example,
    person_id  text NOT NULL,
    place      text NOT NULL CHECK (place <> ''),
    note       text NOT NULL DEFAULT '',
    adopted_at timestamptz NOT NULL,
    PRIMARY KEY (example_id, person_id)
);

-- +goose Down
DROP TABLE example_adoption, good_example, after_question, competence_need, signal,
    sustainability_assessment, action_point, checkin, checkin_plan;
