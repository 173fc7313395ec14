-- Attempts to deliver letters, notifications with an appeal period for each party, and hints about
-- impartiality.

-- +goose Up
-- The party that the letter notifies; NULL for a letter to somebody else, such as the appeal body.
ALTER TABLE letter ADD COLUMN party_id uuid REFERENCES enterprise;

-- Every attempt to deliver a letter is a row from before it is made, so that one that was broken off
-- is seen too.
CREATE TABLE letter_attempt (
    letter_id  uuid NOT NULL,
    channel    text NOT NULL,
    recipient  text NOT NULL,
    number     integer NOT NULL CHECK (number > 0),
    started_at timestamptz NOT NULL,
    -- Until then, by the database's own clock, nobody else tries.
    held_until timestamptz NOT NULL,
    ended_at   timestamptz,
    result     text NOT NULL DEFAULT '' CHECK (result IN ('', 'DELIVERED', 'FAILED', 'BROKEN_OFF')),
    -- The channel's own name of what was delivered.
    reference  text NOT NULL DEFAULT '',
    failure    text NOT NULL DEFAULT '',
    PRIMARY KEY (letter_id, channel, recipient, number),
    FOREIGN KEY (letter_id, channel, recipient) REFERENCES letter_delivery,
    CHECK ((result = '') = (ended_at IS NULL)),
    CHECK (result <> 'FAILED' OR failure <> '')
);
-- One at a time.
CREATE UNIQUE INDEX letter_attempt_open ON letter_attempt (letter_id, channel, recipient) WHERE ended_at IS NULL;
-- +goose StatementBegin
CREATE FUNCTION keep_letter_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.ended_at IS NOT NULL THEN
        RAISE EXCEPTION 'an attempt that has ended stands'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'letter_attempt_stands';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER letter_attempt_stands BEFORE UPDATE ON letter_attempt FOR EACH ROW EXECUTE FUNCTION keep_letter_attempt();
CREATE TRIGGER letter_attempt_no_delete BEFORE DELETE ON letter_attempt FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Those whom a case concerns directly besides the one who applied (fvl. § 2 first paragraph e).
CREATE TABLE case_party (
    case_id       uuid NOT NULL REFERENCES case_file,
    enterprise_id uuid NOT NULL REFERENCES enterprise,
    reason        text NOT NULL CHECK (reason <> ''),
    added_by      text NOT NULL,
    added_at      timestamptz NOT NULL,
    PRIMARY KEY (case_id, enterprise_id)
);
CREATE INDEX case_party_enterprise ON case_party (enterprise_id);
CREATE TRIGGER case_party_append_only BEFORE UPDATE OR DELETE ON case_party
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- When a party was told of something that can be appealed, and until when it can (fvl. §§ 27 and 29).
CREATE TABLE notification (
    id              uuid PRIMARY KEY,
    case_id         uuid NOT NULL REFERENCES case_file,
    enterprise_id   uuid NOT NULL REFERENCES enterprise,
    letter_id       uuid NOT NULL UNIQUE REFERENCES letter,
    notified_at     timestamptz NOT NULL,
    appeal_deadline date NOT NULL
);
CREATE INDEX notification_case ON notification (case_id, notified_at);
CREATE TRIGGER notification_append_only BEFORE UPDATE OR DELETE ON notification
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
INSERT INTO notification (id, case_id, enterprise_id, letter_id, notified_at, appeal_deadline)
SELECT DISTINCT ON (c.id) gen_random_uuid(), c.id, c.enterprise_id, l.id, c.notified_at, c.appeal_deadline
FROM case_file c JOIN letter l ON l.application_id = c.application_id AND l.kind LIKE 'DECISION\_%'
WHERE c.notified_at IS NOT NULL AND c.appeal_deadline IS NOT NULL
ORDER BY c.id, l.created_at;

-- Whose appeal it is. Each party may have one at a time.
ALTER TABLE appeal ADD COLUMN party_id uuid REFERENCES enterprise;
UPDATE appeal a SET party_id = c.enterprise_id FROM case_file c WHERE c.id = a.case_id;
ALTER TABLE appeal ALTER COLUMN party_id SET NOT NULL;
DROP INDEX appeal_open;
CREATE UNIQUE INDEX appeal_open ON appeal (case_id, party_id) WHERE closed_at IS NULL;

-- Birth dates of staff, for hints about impartiality and nothing else: what is kept is a keyed digest
-- from which no date can be read, and which can only be held against the date of a role holder.
CREATE TABLE staff_birth_date (
    person_id text PRIMARY KEY REFERENCES person,
    digest    bytea NOT NULL CHECK (octet_length(digest) = 32),
    given_at  timestamptz NOT NULL
);

-- Why an enterprise has named one contact only; empty when it has named more (R72).
ALTER TABLE contact_list ADD COLUMN single_reason text NOT NULL DEFAULT '';

-- When the registry's roles were last held against staff, and when they are next.
CREATE TABLE role_check (
    case_id    uuid PRIMARY KEY REFERENCES case_file,
    -- Of the registry's answer, to see that it has changed; NULL until it has answered.
    digest     bytea,
    checked_at timestamptz,
    next_at    timestamptz NOT NULL
);

CREATE TABLE impartiality_hint (
    id        uuid PRIMARY KEY,
    case_id   uuid NOT NULL REFERENCES case_file,
    person_id text NOT NULL REFERENCES person,
    -- The roles as the registry words them.
    roles     text[] NOT NULL,
    found_at  timestamptz NOT NULL,
    -- When the registry no longer said so.
    gone_at   timestamptz
);
CREATE UNIQUE INDEX impartiality_hint_present ON impartiality_hint (case_id, person_id) WHERE gone_at IS NULL;
CREATE INDEX impartiality_hint_case ON impartiality_hint (case_id, found_at);

-- +goose Down
DROP TABLE impartiality_hint, role_check, staff_birth_date, notification, case_party, letter_attempt;
DROP FUNCTION keep_letter_attempt;
DROP INDEX appeal_open;
CREATE UNIQUE INDEX appeal_open ON appeal (case_id) WHERE closed_at IS NULL;
ALTER TABLE contact_list DROP COLUMN single_reason;
ALTER TABLE appeal DROP COLUMN party_id;
ALTER TABLE letter DROP COLUMN party_id;
