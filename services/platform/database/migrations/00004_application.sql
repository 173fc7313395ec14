-- +goose Up
CREATE SEQUENCE application_reference;

CREATE TABLE application (
    id                uuid PRIMARY KEY,
    revision          bigint NOT NULL DEFAULT 1,
    call_id           uuid NOT NULL REFERENCES call,
    enterprise_id     uuid NOT NULL REFERENCES enterprise,
    scheme_id         text NOT NULL,
    scheme_version    text NOT NULL,
    application_type  text NOT NULL CHECK (application_type IN ('NEW_DEVELOPMENT', 'NEW_ORDINARY', 'CONTINUATION')),
    state             text NOT NULL DEFAULT 'DRAFT' CHECK (state IN ('DRAFT', 'SUBMITTED', 'WITHDRAWN', 'MISSED')),
    content           jsonb NOT NULL,
    reference         text UNIQUE,
    version           integer NOT NULL DEFAULT 0,
    unsubmitted       boolean NOT NULL DEFAULT true,
    late              boolean NOT NULL DEFAULT false,
    previous_id       uuid REFERENCES application,
    created_by        text NOT NULL,
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    submitted_at      timestamptz,
    withdrawn_at      timestamptz,
    -- Set by the case when a decision has been made: nothing can be withdrawn or corrected after that.
    decided_at        timestamptz,
    FOREIGN KEY (scheme_id, scheme_version) REFERENCES scheme_version,
    CHECK ((state = 'DRAFT' OR state = 'MISSED') OR withdrawn_at IS NOT NULL OR reference IS NOT NULL)
);
CREATE INDEX application_enterprise ON application (enterprise_id, created_at DESC, id);
CREATE INDEX application_call ON application (call_id, state, id);
CREATE INDEX application_order ON application (created_at DESC, id);

CREATE TABLE attachment (
    id             uuid PRIMARY KEY,
    application_id uuid NOT NULL REFERENCES application,
    kind           text NOT NULL,
    file_name      text NOT NULL,
    media_type     text NOT NULL,
    size_bytes     bigint NOT NULL CHECK (size_bytes > 0),
    sha256         text NOT NULL,
    -- Key in the file store.
    blob_key       text NOT NULL,
    uploaded_by    text NOT NULL,
    uploaded_at    timestamptz NOT NULL,
    removed_at     timestamptz
);
CREATE INDEX attachment_application ON attachment (application_id, uploaded_at);

CREATE TABLE application_version (
    application_id uuid NOT NULL REFERENCES application,
    version        integer NOT NULL CHECK (version > 0),
    content        jsonb NOT NULL,
    attachment_ids uuid[] NOT NULL,
    sha256         text NOT NULL,
    submitted_by   text NOT NULL,
    submitted_at   timestamptz NOT NULL,
    PRIMARY KEY (application_id, version)
);
CREATE TRIGGER application_version_append_only BEFORE UPDATE OR DELETE ON application_version
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- +goose Down
DROP TABLE application_version, attachment, application;
DROP SEQUENCE application_reference;
