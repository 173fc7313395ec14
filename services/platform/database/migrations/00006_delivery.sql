-- How letters reach their recipients, and the document as it was sent.

-- +goose Up
ALTER TABLE letter
    -- Whom the letter is to and from, as it stands above it.
    ADD COLUMN head       jsonb NOT NULL DEFAULT '{}',
    -- A formal letter goes to the enterprise's own mailbox when there is one.
    ADD COLUMN formal     boolean NOT NULL DEFAULT false,
    -- Of the PDF as it was sent, which is kept as letters/<id>.pdf.
    ADD COLUMN pdf_sha256 text CHECK (pdf_sha256 ~ '^[0-9a-f]{64}$');

-- One row for each way to each recipient: the letter has been sent when every one is delivered.
CREATE TABLE letter_delivery (
    letter_id          uuid NOT NULL REFERENCES letter,
    channel            text NOT NULL CHECK (channel IN ('MAIL', 'ALTINN_CORRESPONDENCE')),
    -- An e-mail address or an organisation number.
    recipient          text NOT NULL CHECK (recipient <> ''),
    state              text NOT NULL CHECK (state IN ('REQUESTED', 'DELIVERED', 'FAILED')),
    attempts           integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    -- The channel's own name of what was delivered.
    external_reference text NOT NULL DEFAULT '',
    requested_at       timestamptz NOT NULL,
    delivered_at       timestamptz,
    -- Why the last attempt failed.
    failure            text NOT NULL DEFAULT '',
    PRIMARY KEY (letter_id, channel, recipient),
    CHECK ((state = 'DELIVERED') = (delivered_at IS NOT NULL))
);
CREATE INDEX letter_delivery_undelivered ON letter_delivery (requested_at) WHERE state <> 'DELIVERED';

-- +goose Down
DROP TABLE letter_delivery;
ALTER TABLE letter DROP COLUMN head, DROP COLUMN formal, DROP COLUMN pdf_sha256;
