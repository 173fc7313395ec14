-- The journal after Noark 5, and the public's requests for access to what is in it.

-- +goose Up
-- Sequence numbers run without holes within a year: the row is locked until the entry is committed.
CREATE TABLE journal_year (
    year integer PRIMARY KEY,
    last integer NOT NULL
);

-- What the journal knows of an application's case. Documents come in before the case has been
-- opened; they are kept from then on and get their numbers when it is.
CREATE TABLE journal_file (
    application_id  uuid PRIMARY KEY REFERENCES application,
    case_id         uuid UNIQUE REFERENCES case_file,
    case_number     text UNIQUE,
    party_name      text,
    party_is_person boolean,
    CHECK (num_nulls(case_id, case_number, party_name, party_is_person) IN (0, 4))
);
-- Cases from before there was a journal: what is written in them from now on is journaled.
INSERT INTO journal_file (application_id, case_id, case_number, party_name, party_is_person)
SELECT c.application_id, c.id, c.number, c.enterprise_name, e.form_code = 'ENK'
FROM case_file c JOIN enterprise e ON e.id = c.enterprise_id;

CREATE TABLE journal_entry (
    id             uuid PRIMARY KEY,
    revision       bigint NOT NULL DEFAULT 1,
    -- The document that the entry is about, for example "letter/<id>": it is journaled once.
    source         text NOT NULL UNIQUE,
    application_id uuid NOT NULL REFERENCES journal_file,
    written_at     timestamptz NOT NULL,
    -- Noark 5: journalaar, journalsekvensnummer, journalpostnummer and journaldato.
    journal_year   integer,
    sequence       integer CHECK (sequence > 0),
    number         integer CHECK (number > 0),
    journaled_on   date,
    entry_type     text NOT NULL CHECK (entry_type IN ('I', 'U', 'N', 'X', 'S')),
    status         text NOT NULL CHECK (status IN ('J', 'F', 'G', 'E', 'A', 'U')),
    document_date  date NOT NULL,
    received_on    date,
    sent_on        date,
    title          text NOT NULL CHECK (title <> ''),
    public_title   text NOT NULL CHECK (public_title <> ''),
    correspondents jsonb NOT NULL,
    attachments    integer NOT NULL CHECK (attachments >= 0),
    disclosure     text NOT NULL DEFAULT 'NOT_ASSESSED' CHECK (disclosure IN ('NOT_ASSESSED', 'OPEN', 'PARTLY', 'SCREENED')),
    legal_basis    text NOT NULL DEFAULT '',
    assessed_by    text,
    assessed_on    date,
    UNIQUE (journal_year, sequence),
    UNIQUE (application_id, number),
    CHECK (num_nulls(journal_year, sequence, number, journaled_on) IN (0, 4)),
    CHECK (journal_year = extract(year FROM journaled_on)),
    CHECK ((entry_type = 'I') = (received_on IS NOT NULL)),
    CHECK ((disclosure = 'NOT_ASSESSED') = (assessed_by IS NULL)),
    CHECK ((assessed_by IS NULL) = (assessed_on IS NULL)),
    CHECK ((disclosure IN ('PARTLY', 'SCREENED')) = (legal_basis <> ''))
);
CREATE INDEX journal_entry_order ON journal_entry (journaled_on, sequence) WHERE sequence IS NOT NULL;

-- Only the status, the day it was sent, the disclosure assessment and the screened title change;
-- what tells which document an entry is about, and its numbers once given, never do.
-- +goose StatementBegin
CREATE FUNCTION keep_journal_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.source, NEW.application_id, NEW.written_at, NEW.entry_type, NEW.document_date, NEW.received_on,
            NEW.title, NEW.correspondents, NEW.attachments)
        IS DISTINCT FROM (OLD.id, OLD.source, OLD.application_id, OLD.written_at, OLD.entry_type, OLD.document_date,
            OLD.received_on, OLD.title, OLD.correspondents, OLD.attachments)
        OR OLD.sequence IS NOT NULL AND (NEW.journal_year, NEW.sequence, NEW.number, NEW.journaled_on)
            IS DISTINCT FROM (OLD.journal_year, OLD.sequence, OLD.number, OLD.journaled_on)
        OR OLD.sent_on IS NOT NULL AND NEW.sent_on IS DISTINCT FROM OLD.sent_on
    THEN
        RAISE EXCEPTION 'a journal entry stands as it was written'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'journal_entry_stands';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION keep_journal_file() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.application_id <> OLD.application_id
        OR OLD.case_id IS NOT NULL AND (NEW.case_id, NEW.case_number, NEW.party_name, NEW.party_is_person)
            IS DISTINCT FROM (OLD.case_id, OLD.case_number, OLD.party_name, OLD.party_is_person)
    THEN
        RAISE EXCEPTION 'the case of a journal entry stands as it was written'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'journal_file_stands';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER journal_entry_stands BEFORE UPDATE ON journal_entry
    FOR EACH ROW EXECUTE FUNCTION keep_journal_entry();
CREATE TRIGGER journal_entry_no_delete BEFORE DELETE ON journal_entry
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER journal_entry_no_truncate BEFORE TRUNCATE ON journal_entry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER journal_file_stands BEFORE UPDATE ON journal_file
    FOR EACH ROW EXECUTE FUNCTION keep_journal_file();

CREATE TABLE access_request (
    id          uuid PRIMARY KEY,
    revision    bigint NOT NULL DEFAULT 1,
    entry_id    uuid NOT NULL REFERENCES journal_entry,
    email       text NOT NULL CHECK (email <> ''),
    name        text NOT NULL DEFAULT '',
    note        text NOT NULL DEFAULT '',
    received_at timestamptz NOT NULL,
    due_on      date NOT NULL,
    answer      text CHECK (answer IN ('GRANTED', 'PARTLY', 'REFUSED')),
    legal_basis text NOT NULL DEFAULT '',
    reasons     text NOT NULL DEFAULT '',
    answered_by text,
    answered_at timestamptz,
    CHECK (num_nulls(answer, answered_by, answered_at) IN (0, 3)),
    CHECK (answer IS NULL OR answer = 'GRANTED' OR legal_basis <> '' AND reasons <> '')
);
CREATE INDEX access_request_due ON access_request (due_on, id);
CREATE INDEX access_request_unanswered ON access_request (due_on, id) WHERE answer IS NULL;
CREATE INDEX access_request_entry ON access_request (entry_id);

-- +goose Down
DROP TABLE access_request, journal_entry, journal_file, journal_year;
DROP FUNCTION keep_journal_entry;
DROP FUNCTION keep_journal_file;
