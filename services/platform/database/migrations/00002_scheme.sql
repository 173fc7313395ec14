-- +goose Up
CREATE TABLE scheme_version (
    scheme_id  text NOT NULL,
    version    text NOT NULL,
    valid_from date NOT NULL,
    sha256     bytea NOT NULL,
    source     text NOT NULL,
    loaded_at  timestamptz NOT NULL,
    PRIMARY KEY (scheme_id, version)
);
CREATE TRIGGER scheme_version_append_only BEFORE UPDATE OR DELETE ON scheme_version
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- The frame of a grant year. What is bound can never exceed it, whoever decides and when.
CREATE TABLE budget_frame (
    scheme_id      text NOT NULL,
    grant_year     integer NOT NULL,
    frame_ore      bigint NOT NULL CHECK (frame_ore >= 0),
    expected_ore   bigint NOT NULL DEFAULT 0 CHECK (expected_ore >= 0),
    bound_ore      bigint NOT NULL DEFAULT 0 CHECK (bound_ore >= 0),
    bound_continuation_ore bigint NOT NULL DEFAULT 0 CHECK (bound_continuation_ore BETWEEN 0 AND bound_ore),
    PRIMARY KEY (scheme_id, grant_year),
    CONSTRAINT frame_never_exceeded CHECK (bound_ore <= frame_ore)
);

CREATE TABLE call (
    id             uuid PRIMARY KEY,
    revision       bigint NOT NULL DEFAULT 1,
    scheme_id      text NOT NULL,
    scheme_version text NOT NULL,
    code           text NOT NULL UNIQUE,
    title_nb       text NOT NULL,
    title_nn       text NOT NULL,
    title_en       text NOT NULL,
    grant_year     integer NOT NULL,
    opens_at       timestamptz NOT NULL,
    closes_at      timestamptz NOT NULL,
    opened_at      timestamptz,
    closed_at      timestamptz,
    created_at     timestamptz NOT NULL,
    CHECK (closes_at > opens_at),
    FOREIGN KEY (scheme_id, scheme_version) REFERENCES scheme_version,
    FOREIGN KEY (scheme_id, grant_year) REFERENCES budget_frame
);
CREATE INDEX call_times ON call (opens_at DESC, id DESC);

-- The reminders of the close that have gone out to everybody with a draft, by the moment they were due.
CREATE TABLE call_reminder (
    call_id uuid NOT NULL REFERENCES call,
    due_at  timestamptz NOT NULL,
    sent_at timestamptz NOT NULL,
    PRIMARY KEY (call_id, due_at)
);

-- +goose Down
DROP TABLE call_reminder, call, budget_frame, scheme_version;
