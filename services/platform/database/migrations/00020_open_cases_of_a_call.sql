-- A call that was decided years ago has no open cases, or a few: looking for them in the order of amounts
-- or names read every case there is.

-- +goose Up
CREATE INDEX case_file_open_call ON case_file (call_id, received_at, id) WHERE step <> 'CLOSED';

-- +goose Down
DROP INDEX case_file_open_call;
