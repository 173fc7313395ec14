-- Reports on awards: what is due when, what came in, and what people made of it.

-- +goose Up
CREATE TABLE report (
    id                 uuid PRIMARY KEY,
    revision           bigint NOT NULL DEFAULT 1,
    award_id           uuid NOT NULL REFERENCES award,
    lifecycle_id       uuid NOT NULL REFERENCES lifecycle,
    enterprise_id      uuid NOT NULL REFERENCES enterprise,
    application_id     uuid NOT NULL REFERENCES application,
    scheme_id          text NOT NULL,
    scheme_version     text NOT NULL,
    -- The key in the scheme's calendar, or one of its own for a report that an officer asked for.
    report_key         text NOT NULL,
    kind               text NOT NULL CHECK (kind IN ('INTERIM', 'FINAL', 'EXTRA')),
    title              text NOT NULL DEFAULT '',
    grant_year         integer NOT NULL,
    amount_ore         bigint NOT NULL CHECK (amount_ore >= 0),
    holds_payment      boolean NOT NULL,
    four_eyes          boolean NOT NULL,
    -- The newest of report_due_date.
    due_on             date NOT NULL,
    state              text NOT NULL DEFAULT 'OPEN'
        CHECK (state IN ('OPEN', 'SUBMITTED', 'RETURNED', 'REVIEWED', 'APPROVED', 'WAIVED')),
    content            jsonb NOT NULL,
    version            integer NOT NULL DEFAULT 0,
    -- Somebody has written on the working copy since the newest submitted version.
    unsubmitted        boolean NOT NULL DEFAULT false,
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    -- Timeliness is judged on the first submission.
    first_submitted_at timestamptz,
    submitted_at       timestamptz,
    late               boolean NOT NULL DEFAULT false,
    returned_at        timestamptz,
    reviewed_by        text,
    reviewed_at        timestamptz,
    assessment         text NOT NULL DEFAULT '',
    accepted_cost_ore  bigint CHECK (accepted_cost_ore >= 0),
    approved_by        text,
    approved_at        timestamptz,
    waived_by          text,
    waived_at          timestamptz,
    -- The version whose figures have been held against the register of accounts.
    compared_version   integer NOT NULL DEFAULT 0,
    FOREIGN KEY (scheme_id, scheme_version) REFERENCES scheme_version,
    UNIQUE (award_id, report_key),
    CHECK ((version = 0) = (first_submitted_at IS NULL)),
    CHECK ((approved_at IS NULL) = (approved_by IS NULL)),
    -- Four eyes: nobody approves alone what lets money out.
    CONSTRAINT report_four_eyes CHECK (
        approved_by IS NULL OR NOT four_eyes OR (reviewed_by IS NOT NULL AND reviewed_by <> approved_by))
);
CREATE INDEX report_award ON report (award_id, due_on, id);
CREATE INDEX report_enterprise ON report (enterprise_id, due_on DESC, id DESC);
CREATE INDEX report_lifecycle ON report (lifecycle_id, due_on DESC, id DESC);
CREATE INDEX report_state ON report (state, due_on DESC, id DESC);
CREATE INDEX report_due ON report (due_on DESC, id DESC);
CREATE INDEX report_missing ON report (due_on, id) WHERE state = 'OPEN';

-- Every due date the report has had. The newest counts.
CREATE TABLE report_due_date (
    id         uuid PRIMARY KEY,
    report_id  uuid NOT NULL REFERENCES report,
    due_on     date NOT NULL,
    reason     text NOT NULL DEFAULT '',
    decided_by text NOT NULL,
    decided_at timestamptz NOT NULL
);
CREATE INDEX report_due_date_report ON report_due_date (report_id, decided_at, id);
CREATE TRIGGER report_due_date_append_only BEFORE UPDATE OR DELETE ON report_due_date
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What the system did because of a due date: each thing once for each date.
CREATE TABLE report_notice (
    report_id uuid NOT NULL REFERENCES report,
    due_on    date NOT NULL,
    kind      text NOT NULL CHECK (kind IN ('REMINDED', 'OVERDUE', 'ESCALATED')),
    -- How many days before the due date a reminder was for.
    days      integer NOT NULL DEFAULT 0,
    at        timestamptz NOT NULL,
    PRIMARY KEY (report_id, due_on, kind, days)
);
CREATE INDEX report_notice_escalated ON report_notice (at DESC, report_id) WHERE kind = 'ESCALATED';
CREATE TRIGGER report_notice_append_only BEFORE UPDATE OR DELETE ON report_notice
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE report_attachment (
    id          uuid PRIMARY KEY,
    report_id   uuid NOT NULL REFERENCES report,
    kind        text NOT NULL,
    file_name   text NOT NULL,
    media_type  text NOT NULL,
    size_bytes  bigint NOT NULL CHECK (size_bytes > 0),
    sha256      text NOT NULL,
    blob_key    text NOT NULL,
    uploaded_by text NOT NULL,
    uploaded_at timestamptz NOT NULL,
    removed_at  timestamptz
);
CREATE INDEX report_attachment_report ON report_attachment (report_id, uploaded_at);

CREATE TABLE report_version (
    report_id      uuid NOT NULL REFERENCES report,
    version        integer NOT NULL CHECK (version > 0),
    content        jsonb NOT NULL,
    attachment_ids uuid[] NOT NULL,
    sha256         text NOT NULL,
    submitted_by   text NOT NULL,
    submitted_at   timestamptz NOT NULL,
    PRIMARY KEY (report_id, version)
);
CREATE TRIGGER report_version_append_only BEFORE UPDATE OR DELETE ON report_version
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What officers did with each version.
CREATE TABLE report_review (
    id        uuid PRIMARY KEY,
    report_id uuid NOT NULL REFERENCES report,
    version   integer NOT NULL,
    outcome   text NOT NULL CHECK (outcome IN ('RETURNED', 'REVIEWED', 'APPROVED', 'WAIVED')),
    note      text NOT NULL DEFAULT '',
    questions text[] NOT NULL DEFAULT '{}',
    made_by   text NOT NULL,
    made_at   timestamptz NOT NULL
);
CREATE INDEX report_review_report ON report_review (report_id, made_at, id);
CREATE TRIGGER report_review_append_only BEFORE UPDATE OR DELETE ON report_review
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- The part of a Nav office that is named as partner. One person at the office answers it.
CREATE TABLE report_office_part (
    id           uuid PRIMARY KEY,
    revision     bigint NOT NULL DEFAULT 1,
    report_id    uuid NOT NULL REFERENCES report,
    nav_unit_id  uuid NOT NULL REFERENCES nav_unit,
    person_id    text NOT NULL,
    answers      jsonb NOT NULL DEFAULT '{}',
    invited_by   text NOT NULL,
    invited_at   timestamptz NOT NULL,
    submitted_at timestamptz,
    UNIQUE (report_id, nav_unit_id)
);
CREATE INDEX report_office_part_person ON report_office_part (person_id, invited_at DESC, id DESC);

-- What the register of accounts said, next to what was reported.
CREATE TABLE report_accounts (
    report_id  uuid NOT NULL REFERENCES report,
    version    integer NOT NULL,
    -- NONE when the register has no accounts of the year.
    outcome    text NOT NULL CHECK (outcome IN ('NONE', 'AGREES', 'DIFFERS')),
    registered jsonb,
    differences jsonb NOT NULL DEFAULT '[]',
    asked_at   timestamptz NOT NULL,
    PRIMARY KEY (report_id, version)
);
CREATE TRIGGER report_accounts_append_only BEFORE UPDATE OR DELETE ON report_accounts
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- The figures of the newest submitted version, for answers about many enterprises. They follow from
-- the version and can be worked out again.
CREATE TABLE report_figures (
    report_id         uuid PRIMARY KEY REFERENCES report,
    lifecycle_id      uuid NOT NULL REFERENCES lifecycle,
    enterprise_id     uuid NOT NULL REFERENCES enterprise,
    scheme_id         text NOT NULL,
    kind              text NOT NULL,
    grant_year        integer NOT NULL,
    business_model    text NOT NULL CHECK (business_model IN ('CUSTOMERS', 'PUBLIC_PAYERS', 'NO_SALES')),
    revenue_ore       bigint NOT NULL,
    -- Ratios are in basis points; NULL where they cannot be worked out.
    earned_share_bp     integer,
    grant_dependence_bp integer,
    public_dependence_bp integer,
    concentration_bp    integer,
    -- Runway in tenths of a month; NULL where it is not known or income covers the costs.
    cash_months_tenths  integer,
    income_covers       boolean NOT NULL DEFAULT false,
    approved          boolean NOT NULL DEFAULT false
);
CREATE INDEX report_figures_trend ON report_figures (scheme_id, grant_year, business_model) INCLUDE (earned_share_bp, grant_dependence_bp, revenue_ore)
    WHERE kind = 'FINAL' AND approved;
CREATE INDEX report_figures_lifecycle ON report_figures (lifecycle_id, grant_year);

-- +goose Down
DROP TABLE report_figures, report_accounts, report_office_part, report_review, report_version, report_attachment,
    report_notice, report_due_date, report;
