-- Messages between an enterprise and those who handle its case, and whom to write to.

-- +goose Up
CREATE TABLE message (
    id              uuid PRIMARY KEY,
    application_id  uuid NOT NULL REFERENCES application,
    from_enterprise boolean NOT NULL,
    author_id       text NOT NULL,
    body            text NOT NULL CHECK (body <> ''),
    attachment_ids  uuid[] NOT NULL DEFAULT '{}',
    sent_at         timestamptz NOT NULL,
    -- Who on the other side read it first.
    read_by         text,
    read_at         timestamptz,
    CHECK ((read_by IS NULL) = (read_at IS NULL))
);
CREATE INDEX message_application ON message (application_id, sent_at DESC, id DESC);
CREATE INDEX message_unread ON message (application_id, from_enterprise) WHERE read_at IS NULL;

-- +goose StatementBegin
CREATE FUNCTION keep_message() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.application_id, NEW.from_enterprise, NEW.author_id, NEW.body, NEW.attachment_ids, NEW.sent_at)
        IS DISTINCT FROM (OLD.id, OLD.application_id, OLD.from_enterprise, OLD.author_id, OLD.body, OLD.attachment_ids, OLD.sent_at)
        OR OLD.read_at IS NOT NULL
    THEN
        RAISE EXCEPTION 'a message stands as it was sent'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'message_stands';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER message_stands BEFORE UPDATE ON message FOR EACH ROW EXECUTE FUNCTION keep_message();
CREATE TRIGGER message_no_delete BEFORE DELETE ON message FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Whom to write to at an enterprise. The list with the highest version counts, the others are history.
CREATE TABLE contact_list (
    enterprise_id uuid NOT NULL REFERENCES enterprise,
    version       integer NOT NULL CHECK (version > 0),
    contacts      jsonb NOT NULL,
    handover_note text NOT NULL DEFAULT '',
    changed_by    text NOT NULL,
    changed_at    timestamptz NOT NULL,
    PRIMARY KEY (enterprise_id, version)
);
CREATE TRIGGER contact_list_append_only BEFORE UPDATE OR DELETE ON contact_list
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- +goose Down
DROP TABLE contact_list, message;
DROP FUNCTION keep_message;
