-- What it takes to find a case among a million, and to find out what exists already (R12, R16).

-- +goose Up

-- When something last happened to the case, by the clock that the procedure goes by.
ALTER TABLE case_file ADD COLUMN last_event_at timestamptz NOT NULL DEFAULT now();
UPDATE case_file
SET last_event_at = greatest(opened_at, screened_at, withdrawn_at, decided_at, notified_at, closed_at);

-- One index for each order, with id to break ties. What is never due comes after everything that is.
CREATE INDEX case_file_due ON case_file (coalesce(due_at, 'infinity'), id);
CREATE INDEX case_file_last_event ON case_file (last_event_at, id);
CREATE INDEX case_file_amount ON case_file (amount_applied_ore, id);
-- The Norwegian alphabet ends with æ, ø and å, which are put after z here so that the order is the
-- same whatever the database sorts by.
CREATE INDEX case_file_name ON case_file ((translate(lower(enterprise_name), 'æøåäö', '{|}{|') COLLATE "C"), id);

-- The open cases are few, and at the far end of every order by time.
CREATE INDEX case_file_open_received ON case_file (received_at, id) WHERE step <> 'CLOSED';
CREATE INDEX case_file_open_due ON case_file (coalesce(due_at, 'infinity'), id) WHERE step <> 'CLOSED';
CREATE INDEX case_file_open_last_event ON case_file (last_event_at, id) WHERE step <> 'CLOSED';
CREATE INDEX case_file_workload ON case_file (owner_id, step) INCLUDE (received_at, due_at, last_event_at) WHERE step <> 'CLOSED';

CREATE INDEX case_file_call_received ON case_file (call_id, received_at, id);
CREATE INDEX case_file_call_last_event ON case_file (call_id, last_event_at, id);
CREATE INDEX case_file_year ON case_file (grant_year, received_at, id);
CREATE INDEX case_file_type ON case_file (application_type, received_at, id);
CREATE INDEX case_file_late ON case_file (received_at, id) WHERE late;
CREATE INDEX case_file_outcome ON case_file (outcome, received_at, id);
CREATE INDEX case_file_text ON case_file USING gin ((number || ' ' || reference || ' ' || enterprise_name) gin_trgm_ops);

-- A search that somebody wants to make again.
CREATE TABLE saved_view (
    id         uuid PRIMARY KEY,
    revision   bigint NOT NULL DEFAULT 1,
    owner_id   text NOT NULL,
    name       text NOT NULL CHECK (name <> ''),
    shared     boolean NOT NULL,
    -- The contract's CaseFilter.
    filter     jsonb NOT NULL,
    sorting    text NOT NULL,
    descending boolean NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX saved_view_name ON saved_view (owner_id, lower(name));
CREATE INDEX saved_view_shared ON saved_view (name, id) WHERE shared;

-- The words of the newest submitted version, for finding what is alike. Lexemes of weight A (the
-- title) and B (problem and target group) are what everybody may search once a grant is public;
-- C and D are the directorate's to read.
CREATE TABLE application_search (
    application_id  uuid PRIMARY KEY REFERENCES application,
    enterprise_id   uuid NOT NULL,
    enterprise_name text NOT NULL,
    title           text NOT NULL,
    -- What the public may read of it.
    summary         text NOT NULL,
    -- All of what is searched, for showing where it matches.
    body            text NOT NULL,
    grant_year      integer NOT NULL,
    submitted_at    timestamptz NOT NULL,
    -- How the case ended, from the moment the party has been told; empty before that.
    outcome         text NOT NULL DEFAULT '',
    awarded         boolean NOT NULL DEFAULT false,
    document        tsvector NOT NULL
);
CREATE INDEX application_search_document ON application_search USING gin (document);
CREATE INDEX application_search_awarded ON application_search USING gin (document) WHERE awarded;
CREATE INDEX application_search_names ON application_search USING gin ((enterprise_name || ' ' || title) gin_trgm_ops);
-- Which words are common is read from the statistics: the more words are counted, the better the
-- rare ones are told from the common.
ALTER TABLE application_search ALTER COLUMN document SET STATISTICS 500;

-- +goose Down
DROP TABLE application_search, saved_view;
DROP INDEX case_file_text, case_file_outcome, case_file_late, case_file_type, case_file_year, case_file_call_last_event, case_file_call_received,
    case_file_workload, case_file_open_last_event, case_file_open_due, case_file_open_received,
    case_file_name, case_file_amount, case_file_last_event, case_file_due;
ALTER TABLE case_file DROP COLUMN last_event_at;
