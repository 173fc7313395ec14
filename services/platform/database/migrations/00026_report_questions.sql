-- +goose Up
-- What each question of a returned report is about, in the order of the questions; none when all are about
-- the report as a whole.
ALTER TABLE report_review ADD COLUMN fields text[] NOT NULL DEFAULT '{}'
    CHECK (cardinality(fields) IN (0, cardinality(questions)));

-- +goose Down
ALTER TABLE report_review DROP COLUMN fields;
