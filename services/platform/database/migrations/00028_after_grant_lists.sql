-- Officers look across lifecycles for what enterprises answer after the grant, and for examples that wait
-- for somebody.

-- +goose Up
CREATE INDEX after_question_due ON after_question (state, due_on, id);
CREATE INDEX good_example_state ON good_example (state, drafted_at DESC, id DESC);

-- +goose Down
DROP INDEX after_question_due, good_example_state;
