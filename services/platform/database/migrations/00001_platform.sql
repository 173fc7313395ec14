-- What every context rests on: people, requests that were answered, what happened, and which
-- procedure must look at what.

-- +goose Up
CREATE TABLE person (
    id         text PRIMARY KEY,
    name       text NOT NULL CHECK (name <> ''),
    email      text NOT NULL DEFAULT '',
    roles      text[] NOT NULL DEFAULT '{}',
    updated_at timestamptz NOT NULL
);

-- Mutations that were carried out, so that a repeated request gets the same answer and no second effect.
CREATE TABLE request (
    actor_id   text NOT NULL,
    request_id uuid NOT NULL,
    method     text NOT NULL,
    body_hash  bytea NOT NULL,
    response   bytea NOT NULL,
    made_at    timestamptz NOT NULL,
    PRIMARY KEY (actor_id, request_id)
);

CREATE TABLE audit_event (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    action        text NOT NULL,
    occurred_at   timestamptz NOT NULL,
    recorded_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor_id      text NOT NULL,
    subject_kind  text NOT NULL,
    subject_id    uuid NOT NULL,
    -- The application that the event belongs to, so that a case's whole history is one query.
    application_id uuid,
    request_id    uuid,
    before        jsonb,
    after         jsonb
);
CREATE INDEX audit_event_application ON audit_event (application_id, id) WHERE application_id IS NOT NULL;
CREATE INDEX audit_event_subject ON audit_event (subject_kind, subject_id, id);
CREATE INDEX audit_event_request ON audit_event (request_id) WHERE request_id IS NOT NULL;

-- +goose StatementBegin
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE ON audit_event
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_event_no_truncate BEFORE TRUNCATE ON audit_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- One row per procedure that runs over facts. wanted counts the changes it must look at, seen the
-- ones it has looked at; due_at is the next moment at which it has something to do by itself.
CREATE TABLE procedure (
    kind       text NOT NULL,
    subject_id uuid NOT NULL,
    wanted     bigint NOT NULL DEFAULT 1,
    seen       bigint NOT NULL DEFAULT 0,
    due_at     timestamptz,
    started_at timestamptz NOT NULL,
    looked_at  timestamptz,
    closed_at  timestamptz,
    PRIMARY KEY (kind, subject_id)
);
CREATE INDEX procedure_due ON procedure (due_at) WHERE closed_at IS NULL AND due_at IS NOT NULL;
CREATE INDEX procedure_unseen ON procedure (started_at) WHERE closed_at IS NULL AND wanted > seen;
CREATE INDEX procedure_open ON procedure (kind, subject_id) WHERE closed_at IS NULL;

-- The rehearsal's clock: how far it is ahead of the wall clock. Empty outside a rehearsal.
CREATE TABLE rehearsal_clock (
    only_row           boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    ahead_microseconds bigint NOT NULL
);

CREATE TABLE letter (
    id             uuid PRIMARY KEY,
    -- What the letter is about, so that it is written once however often it is asked for.
    dedup_key      text NOT NULL UNIQUE,
    application_id uuid NOT NULL,
    kind           text NOT NULL,
    language       text NOT NULL CHECK (language IN ('nb', 'nn', 'en')),
    subject        text NOT NULL,
    parts          jsonb NOT NULL,
    recipients     text[] NOT NULL,
    created_at     timestamptz NOT NULL,
    sent_at        timestamptz
);
CREATE INDEX letter_application ON letter (application_id, created_at);

-- +goose Down
DROP TABLE letter, rehearsal_clock, procedure, audit_event, request, person;
DROP FUNCTION refuse_change;
