-- +goose Up
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE enterprise (
    id                  uuid PRIMARY KEY,
    revision            bigint NOT NULL DEFAULT 1,
    organization_number text UNIQUE CHECK (organization_number ~ '^[0-9]{9}$'),
    -- Key in the report that named it, for enterprises known from there.
    report_key          text UNIQUE,
    name                text NOT NULL CHECK (name <> ''),
    form_code           text NOT NULL DEFAULT '',
    stated_form         text NOT NULL DEFAULT '',
    stated_location     text NOT NULL DEFAULT '',
    stated_target_group text NOT NULL DEFAULT '',
    stated_grant_years  integer[] NOT NULL DEFAULT '{}',
    note                text NOT NULL DEFAULT '',
    source              text NOT NULL,
    municipality_number text NOT NULL DEFAULT '',
    municipality_name   text NOT NULL DEFAULT '',
    registered_voluntary boolean NOT NULL DEFAULT false,
    bankrupt            boolean NOT NULL DEFAULT false,
    under_liquidation   boolean NOT NULL DEFAULT false,
    deleted             boolean NOT NULL DEFAULT false,
    language            text NOT NULL DEFAULT 'nb' CHECK (language IN ('nb', 'nn', 'en')),
    registry_checked_at timestamptz,
    registered_at       timestamptz NOT NULL
);
CREATE INDEX enterprise_name_trigram ON enterprise USING gin (name gin_trgm_ops);
CREATE INDEX enterprise_order ON enterprise (name, id);

-- Who may act for whom. Ended rights stay as history.
CREATE TABLE enterprise_member (
    id            uuid PRIMARY KEY,
    enterprise_id uuid NOT NULL REFERENCES enterprise,
    person_id     text NOT NULL,
    member_right  text NOT NULL CHECK (member_right IN ('READER', 'EDITOR', 'ADMINISTRATOR')),
    since         timestamptz NOT NULL,
    until         timestamptz
);
CREATE UNIQUE INDEX enterprise_member_current ON enterprise_member (enterprise_id, person_id) WHERE until IS NULL;
CREATE INDEX enterprise_member_person ON enterprise_member (person_id) WHERE until IS NULL;

CREATE TABLE nav_unit (
    id               uuid PRIMARY KEY,
    report_key       text UNIQUE,
    unit_number      text NOT NULL DEFAULT '',
    name             text NOT NULL,
    level            text NOT NULL CHECK (level IN ('CENTRAL', 'REGIONAL', 'LOCAL')),
    norg_type        text NOT NULL DEFAULT '',
    stated_relations integer,
    listed_in_report boolean NOT NULL,
    note             text NOT NULL DEFAULT '',
    source           text NOT NULL
);
CREATE INDEX nav_unit_order ON nav_unit (name, id);

CREATE TABLE relation (
    id            uuid PRIMARY KEY,
    enterprise_id uuid NOT NULL REFERENCES enterprise,
    nav_unit_id   uuid NOT NULL REFERENCES nav_unit,
    types         text[] NOT NULL DEFAULT '{}',
    period        text NOT NULL DEFAULT '',
    description   text NOT NULL DEFAULT '',
    source        text NOT NULL,
    UNIQUE (enterprise_id, nav_unit_id, source)
);
CREATE INDEX relation_nav_unit ON relation (nav_unit_id);

-- +goose Down
DROP TABLE relation, nav_unit, enterprise_member, enterprise;
