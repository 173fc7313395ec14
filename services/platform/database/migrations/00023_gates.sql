-- +goose Up

-- What an instalment waits for is read from the reports themselves.
DROP TABLE gate_fact;

-- +goose Down

CREATE TABLE gate_fact (
    award_id    uuid NOT NULL REFERENCES award,
    gate        text NOT NULL CHECK (gate ~ '^[A-Z]+(_[A-Z]+)*$'),
    evidence    text NOT NULL CHECK (evidence <> ''),
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (award_id, gate)
);
CREATE TRIGGER gate_fact_append_only BEFORE UPDATE OR DELETE ON gate_fact
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
