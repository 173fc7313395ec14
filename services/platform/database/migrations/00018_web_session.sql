-- Sessions of people who use the pages: who somebody is, and nothing of any case.

-- +goose Up
CREATE TABLE web_session (
    id            uuid PRIMARY KEY,
    -- The secret itself is in the person's browser only.
    secret_sha256 bytea NOT NULL UNIQUE CHECK (length(secret_sha256) = 32),
    person_id     text NOT NULL,
    name          text NOT NULL,
    roles         text[] NOT NULL,
    started_at    timestamptz NOT NULL,
    -- To the minute: a session is not written to on every page.
    seen_at       timestamptz NOT NULL,
    -- Moves while the session is used, and never past ends_at.
    expires_at    timestamptz NOT NULL,
    ends_at       timestamptz NOT NULL,
    ended_at      timestamptz,
    CHECK (expires_at <= ends_at)
);
CREATE INDEX web_session_person ON web_session (person_id, started_at DESC) WHERE ended_at IS NULL;
CREATE INDEX web_session_over ON web_session (ends_at);

-- +goose Down
DROP TABLE web_session;
