package main

import (
	"context"
	"fmt"
	"math"

	"github.com/google/uuid"
)

// tolerance is how much the rows and bytes of the two programs may differ, as a share.
const tolerance = 0.05

// written is what one submission leaves in one table, on average.
type written struct {
	Table        string  `json:"table"`
	SaakornRows  float64 `json:"saakorn_rows"`
	BareRows     float64 `json:"bare_rows"`
	SaakornBytes float64 `json:"saakorn_bytes"`
	BareBytes    float64 `json:"bare_bytes"`
}

// off returns by how much the two differ, as a share of what Såkorn writes.
func (w written) off() float64 {
	return max(math.Abs(w.BareRows/w.SaakornRows-1), math.Abs(w.BareBytes/w.SaakornBytes-1))
}

// table says which of a table's rows belong to the submissions ("s") of a call.
type table struct{ name, belongs string }

func tables() []table {
	return []table{
		{"application", "t.id = s.id"},
		{"application_version", "t.application_id = s.id"},
		{"audit_event", "t.application_id = s.id AND t.action = 'APPLICATION_SUBMITTED'"},
		{"procedure", "t.subject_id = s.id AND t.kind = 'casework'"},
		{"river_job", "t.args ->> 'subject_id' = s.id::text"},
		{"request", `t.request_id = (SELECT e.request_id FROM audit_event e
			WHERE e.application_id = s.id AND e.action = 'APPLICATION_SUBMITTED')`},
	}
}

// compare counts what both programs have left in the database and fails when they differ.
func (c *contest) compare(ctx context.Context) ([]written, error) {
	var all []written
	total := written{Table: "all"}
	for _, t := range tables() {
		w := written{Table: t.name}
		var err error
		if w.SaakornRows, w.SaakornBytes, err = c.rig.weigh(ctx, t, c.saakorn.callID); err != nil {
			return nil, err
		}
		if w.BareRows, w.BareBytes, err = c.rig.weigh(ctx, t, c.bareOne.callID); err != nil {
			return nil, err
		}
		total.SaakornRows, total.SaakornBytes = total.SaakornRows+w.SaakornRows, total.SaakornBytes+w.SaakornBytes
		total.BareRows, total.BareBytes = total.BareRows+w.BareRows, total.BareBytes+w.BareBytes
		all = append(all, w)
	}
	all = append(all, total)
	for _, w := range all {
		if !(w.off() <= tolerance) {
			return all, fmt.Errorf("the two programs do not write the same into %s: %.2f and %.2f rows, %.0f and %.0f bytes per submission",
				w.Table, w.SaakornRows, w.BareRows, w.SaakornBytes, w.BareBytes)
		}
	}
	return all, nil
}

// weigh returns the rows in the table for each submission of the call, and their bytes.
func (g *rig) weigh(ctx context.Context, t table, callID uuid.UUID) (rows, bytes float64, err error) {
	err = g.pool.QueryRow(ctx, fmt.Sprintf(`WITH s AS MATERIALIZED (
			SELECT id FROM application WHERE call_id = $1 AND state = 'SUBMITTED')
		SELECT count(*)::float8 / (SELECT count(*) FROM s), sum(pg_column_size(t.*))::float8 / (SELECT count(*) FROM s)
		FROM s JOIN %s t ON %s`, t.name, t.belongs), callID).Scan(&rows, &bytes)
	if err != nil {
		return 0, 0, fmt.Errorf("weigh what is in %s: %w", t.name, err)
	}
	return rows, bytes, nil
}
