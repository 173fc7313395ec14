-- The grant as a relationship of years: the lifecycle of an enterprise under a scheme, its awards with
-- their conditions, the measures that an award can meet with, and what people have to do.

-- +goose Up
CREATE TABLE lifecycle (
    id            uuid PRIMARY KEY,
    revision      bigint NOT NULL DEFAULT 1,
    scheme_id     text NOT NULL,
    enterprise_id uuid NOT NULL REFERENCES enterprise,
    opened_at     timestamptz NOT NULL,
    -- The officer who is the enterprise's contact.
    owner_id      text,
    state         text NOT NULL DEFAULT 'ACTIVE' CHECK (state IN ('ACTIVE', 'CLOSED')),
    exit_kind     text NOT NULL DEFAULT '' CHECK (exit_kind IN
        ('', 'SUSTAINABLE', 'YEARS_USED', 'STOPPED', 'WITHDRAWN', 'MERGED', 'BANKRUPT')),
    exit_on       date,
    exit_reasons  text NOT NULL DEFAULT '',
    -- Four eyes: nobody closes what they prepared the closing of.
    exit_prepared_by text,
    exit_decided_by  text,
    closed_at     timestamptz,
    -- When the registries were asked about the enterprise the last time.
    registry_watched_at timestamptz,
    UNIQUE (scheme_id, enterprise_id),
    CHECK ((state = 'CLOSED') = (closed_at IS NOT NULL)),
    CHECK (state <> 'CLOSED' OR (exit_kind <> '' AND exit_on IS NOT NULL)),
    CONSTRAINT lifecycle_four_eyes CHECK (exit_decided_by IS NULL OR exit_decided_by <> exit_prepared_by)
);
CREATE INDEX lifecycle_enterprise ON lifecycle (enterprise_id);
CREATE INDEX lifecycle_order ON lifecycle (scheme_id, opened_at, id);

-- Grant years from before the lifecycle was kept here, each with where that is known from.
CREATE TABLE earlier_year (
    lifecycle_id uuid NOT NULL REFERENCES lifecycle,
    grant_year   integer NOT NULL CHECK (grant_year BETWEEN 1990 AND 2200),
    development  boolean NOT NULL DEFAULT false,
    -- NULL when the amount is not known.
    amount_ore   bigint CHECK (amount_ore >= 0),
    source       text NOT NULL CHECK (source <> ''),
    recorded_by  text NOT NULL,
    recorded_at  timestamptz NOT NULL,
    PRIMARY KEY (lifecycle_id, grant_year)
);

-- What a decision gives for one grant year.
CREATE TABLE award (
    id               uuid PRIMARY KEY,
    revision         bigint NOT NULL DEFAULT 1,
    lifecycle_id     uuid NOT NULL REFERENCES lifecycle,
    case_id          uuid NOT NULL UNIQUE REFERENCES case_file,
    application_id   uuid NOT NULL UNIQUE REFERENCES application,
    call_id          uuid NOT NULL REFERENCES call,
    -- How people name the case and the application; neither ever changes.
    case_number      text NOT NULL,
    reference        text NOT NULL,
    -- The decision that it rests on, with those whose names stand under it.
    decision_id      uuid NOT NULL REFERENCES decision,
    recommended_by   text NOT NULL,
    decided_by       text NOT NULL,
    enterprise_id    uuid NOT NULL REFERENCES enterprise,
    scheme_id        text NOT NULL,
    scheme_version   text NOT NULL,
    grant_year       integer NOT NULL,
    -- The n of "year n of 5"; 0 when the year does not count.
    year_number      integer NOT NULL CHECK (year_number >= 0),
    application_type text NOT NULL CHECK (application_type IN ('NEW_DEVELOPMENT', 'NEW_ORDINARY', 'CONTINUATION')),
    -- What may be paid at most now: the commitment less reductions.
    amount_ore       bigint NOT NULL CHECK (amount_ore >= 0),
    -- What the newest decision of the case took out of the frame, and the part of it given back since.
    committed_ore    bigint NOT NULL CHECK (committed_ore >= 0),
    released_ore     bigint NOT NULL DEFAULT 0,
    state            text NOT NULL CHECK (state IN ('OFFERED', 'ACCEPTED', 'DECLINED', 'LAPSED', 'STOPPED', 'CLOSED')),
    offered_at       timestamptz NOT NULL,
    accept_by        date NOT NULL,
    accepted_at      timestamptz,
    accepted_by      text,
    declined_at      timestamptz,
    declined_by      text,
    decline_reason   text NOT NULL DEFAULT '',
    lapsed_at        timestamptz,
    stopped_at       timestamptz,
    -- The last date on which costs of the grant may arise.
    spend_by         date NOT NULL,
    closed_at        timestamptz,
    CONSTRAINT award_released_within CHECK (released_ore BETWEEN 0 AND committed_ore),
    CHECK (amount_ore <= committed_ore),
    CHECK (state <> 'ACCEPTED' OR (accepted_at IS NOT NULL AND accepted_by IS NOT NULL)),
    CHECK ((state = 'DECLINED') = (declined_at IS NOT NULL)),
    CHECK ((state = 'LAPSED') = (lapsed_at IS NOT NULL)),
    CHECK ((state = 'CLOSED') = (closed_at IS NOT NULL))
);
CREATE INDEX award_lifecycle ON award (lifecycle_id, grant_year, id);
CREATE INDEX award_enterprise ON award (enterprise_id, grant_year);
CREATE INDEX award_year ON award (scheme_id, grant_year, year_number, id) INCLUDE (state, amount_ore);

-- Conditions of an award, each followed up by itself.
CREATE TABLE condition (
    id         uuid PRIMARY KEY,
    revision   bigint NOT NULL DEFAULT 1,
    award_id   uuid NOT NULL REFERENCES award,
    ordinal    integer NOT NULL CHECK (ordinal > 0),
    text       text NOT NULL CHECK (text <> ''),
    due_on     date,
    state      text NOT NULL DEFAULT 'OPEN' CHECK (state IN ('OPEN', 'MET', 'WAIVED')),
    -- What shows that it is met, or why it is waived.
    reason     text NOT NULL DEFAULT '',
    settled_by text,
    settled_at timestamptz,
    UNIQUE (award_id, ordinal),
    CHECK (state = 'OPEN' OR (reason <> '' AND settled_by IS NOT NULL AND settled_at IS NOT NULL))
);
CREATE INDEX condition_open ON condition (due_on, id) WHERE state = 'OPEN' AND due_on IS NOT NULL;

-- A measure against an award: notified, commented on, recommended and decided. Nothing happens to the
-- award before somebody has decided who did not recommend it.
CREATE TABLE measure (
    id             uuid PRIMARY KEY,
    revision       bigint NOT NULL DEFAULT 1,
    award_id       uuid NOT NULL REFERENCES award,
    kind           text NOT NULL CHECK (kind IN ('SUSPENSION', 'STOP', 'REDUCTION', 'RECOVERY')),
    state          text NOT NULL CHECK (state IN ('PROPOSED', 'NOTIFIED', 'RECOMMENDED', 'DECIDED', 'DROPPED', 'REVERSED')),
    -- By how much the award is reduced, or what is claimed back; 0 for the others.
    amount_ore     bigint NOT NULL DEFAULT 0 CHECK (amount_ore >= 0),
    -- What it is about, as the party is told in the notice.
    grounds        text NOT NULL CHECK (grounds <> ''),
    -- "system" when a procedure proposes what a person has to look at.
    proposed_by    text NOT NULL,
    proposed_at    timestamptz NOT NULL,
    notified_by    text,
    notified_at    timestamptz,
    -- The last date for the party's comments (fvl. § 16).
    comment_by     date,
    -- Why the party was not notified first (fvl. § 16, third paragraph); empty when it was.
    no_notice_reason text NOT NULL DEFAULT '',
    comments       text NOT NULL DEFAULT '',
    commented_by   text,
    commented_at   timestamptz,
    recommended_by text,
    recommended_at timestamptz,
    -- Everybody who has proposed, notified or recommended it in any version.
    involved       text[] NOT NULL DEFAULT '{}',
    reasons        text NOT NULL DEFAULT '',
    decided_by     text,
    decided_at     timestamptz,
    -- When the letter about the decision was sent, which starts the appeal period.
    told_at        timestamptz,
    dropped_by     text,
    dropped_at     timestamptz,
    drop_reason    text NOT NULL DEFAULT '',
    -- When an appeal undid it.
    reversed_at    timestamptz,
    CHECK ((state = 'REVERSED') = (reversed_at IS NOT NULL)),
    CHECK ((kind IN ('REDUCTION', 'RECOVERY')) = (amount_ore > 0)),
    CHECK (state <> 'DECIDED' OR (decided_by IS NOT NULL AND decided_at IS NOT NULL AND reasons <> '')),
    CHECK (decided_by IS NULL OR recommended_by IS NOT NULL),
    CHECK (recommended_by IS NULL OR notified_at IS NOT NULL OR no_notice_reason <> ''),
    CONSTRAINT measure_four_eyes CHECK (decided_by IS NULL OR
        (decided_by NOT IN (recommended_by, proposed_by) AND NOT decided_by = ANY (involved)))
);
CREATE INDEX measure_award ON measure (award_id, proposed_at);
CREATE INDEX measure_recovery ON measure (decided_at, id) WHERE kind = 'RECOVERY' AND state = 'DECIDED';

-- While an award is suspended nothing is paid of it.
CREATE TABLE suspension (
    id             uuid PRIMARY KEY,
    revision       bigint NOT NULL DEFAULT 1,
    award_id       uuid NOT NULL REFERENCES award,
    measure_id     uuid NOT NULL UNIQUE REFERENCES measure,
    reason         text NOT NULL CHECK (reason <> ''),
    starts_at      timestamptz NOT NULL,
    prepared_by    text NOT NULL,
    decided_by     text NOT NULL,
    lift_prepared_by text,
    lift_prepared_at timestamptz,
    lift_reason    text NOT NULL DEFAULT '',
    lifted_by      text,
    lifted_at      timestamptz,
    CHECK ((lifted_at IS NULL) = (lifted_by IS NULL)),
    CHECK (lifted_by IS NULL OR lift_reason <> ''),
    CONSTRAINT suspension_four_eyes CHECK (decided_by <> prepared_by AND (lifted_by IS NULL OR lifted_by <> lift_prepared_by))
);
CREATE UNIQUE INDEX suspension_open ON suspension (award_id) WHERE lifted_at IS NULL;
CREATE INDEX suspension_award ON suspension (award_id, starts_at);

-- What somebody has to do about a lifecycle.
CREATE TABLE task (
    id           uuid PRIMARY KEY,
    revision     bigint NOT NULL DEFAULT 1,
    -- Why there is a task, for example "registry/bankrupt/<lifecycle>": there is one open or settled for each.
    dedup_key    text NOT NULL UNIQUE,
    kind         text NOT NULL CHECK (kind ~ '^[A-Z]+(_[A-Z]+)*$'),
    lifecycle_id uuid NOT NULL REFERENCES lifecycle,
    award_id     uuid REFERENCES award,
    -- What it is about, for example the instalment or the report; NULL when the award says enough.
    subject_id   uuid,
    -- Facts that the text of the task speaks of, by name. No personal data.
    facts        jsonb NOT NULL DEFAULT '{}',
    -- Who may do it, by role; owner_id is who is to do it, NULL when it is anybody with the role.
    role         text NOT NULL,
    owner_id     text,
    state        text NOT NULL DEFAULT 'OPEN' CHECK (state IN ('OPEN', 'DONE', 'CANCELLED')),
    due_on       date,
    raised_by    text NOT NULL,
    raised_at    timestamptz NOT NULL,
    settled_by   text,
    settled_at   timestamptz,
    note         text NOT NULL DEFAULT '',
    CHECK ((state = 'OPEN') = (settled_at IS NULL))
);
CREATE INDEX task_open ON task ((coalesce(due_on, '9999-12-31'::date)), id) WHERE state = 'OPEN';
CREATE INDEX task_owner ON task (owner_id, (coalesce(due_on, '9999-12-31'::date)), id) WHERE state = 'OPEN';
CREATE INDEX task_unowned ON task ((coalesce(due_on, '9999-12-31'::date)), id) WHERE state = 'OPEN' AND owner_id IS NULL;
CREATE INDEX task_lifecycle ON task (lifecycle_id, raised_at DESC, id);

-- +goose Down
DROP TABLE task, suspension, measure, condition, award, earlier_year, lifecycle;
