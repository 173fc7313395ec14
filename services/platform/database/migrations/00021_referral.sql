-- A letter that refers an appeal goes to the appeal body, and to the party as a copy.

-- +goose Up
-- The e-mail address of the appeal body; empty in every other letter.
ALTER TABLE letter ADD COLUMN referred_to text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE letter DROP COLUMN referred_to;
