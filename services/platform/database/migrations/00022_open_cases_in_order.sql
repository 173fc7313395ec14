-- The open cases of a call in the order of amounts and of names. Gathered first and sorted after, a page of
-- fifty read every open case of the newest call.

-- +goose Up
CREATE INDEX case_file_open_call_amount ON case_file (call_id, amount_applied_ore, id) WHERE step <> 'CLOSED';
CREATE INDEX case_file_open_call_name
    ON case_file (call_id, (translate(lower(enterprise_name), 'æøåäö', '{|}{|') COLLATE "C"), id) WHERE step <> 'CLOSED';

-- +goose Down
DROP INDEX case_file_open_call_amount, case_file_open_call_name;
