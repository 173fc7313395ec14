// Package plantest tells tests how many rows the queries of a context look at among many. They are the
// statements as they are generated, so a query that changes is looked at as it then is.
package plantest

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"saakorn/services/platform/database"
)

// Plan is a node of a plan with what it did.
type Plan struct {
	NodeType  string  `json:"Node Type"`
	Relation  string  `json:"Relation Name"`
	Index     string  `json:"Index Name"`
	Rows      float64 `json:"Actual Rows"`
	Loops     float64 `json:"Actual Loops"`
	Filtered  float64 `json:"Rows Removed by Filter"`
	Rechecked float64 `json:"Rows Removed by Index Recheck"`
	Plans     []Plan  `json:"Plans"`
}

// Examined sums the rows that the scans of the plan looked at, also those that they passed over.
func (p Plan) Examined() float64 {
	sum := 0.0
	if strings.HasSuffix(p.NodeType, "Scan") && p.NodeType != "Subquery Scan" && p.NodeType != "Bitmap Index Scan" {
		sum = (p.Rows + p.Filtered + p.Rechecked) * p.Loops
	}
	for _, child := range p.Plans {
		sum += child.Examined()
	}
	return sum
}

// alone takes the references and the triggers of a table away.
const alone = `DO $do$ DECLARE c record; BEGIN
	FOR c IN SELECT conname, conrelid::regclass AS held FROM pg_constraint WHERE contype = 'f' AND conrelid = '%[1]s'::regclass LOOP
		EXECUTE format('ALTER TABLE %%s DROP CONSTRAINT %%I', c.held, c.conname);
	END LOOP;
	ALTER TABLE %[1]s DISABLE TRIGGER USER;
END $do$`

// Fill runs the statements with tables that stand alone, without references and triggers, and then lets the
// tables settle.
func Fill(t testing.TB, pool *pgxpool.Pool, statements []string, tables ...string) {
	t.Helper()
	err := database.InTransaction(t.Context(), pool, func(tx pgx.Tx) error {
		for _, table := range tables {
			if _, err := tx.Exec(t.Context(), fmt.Sprintf(alone, table)); err != nil {
				return err
			}
		}
		for _, s := range statements {
			if _, err := tx.Exec(t.Context(), s); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := database.Vacuum(t.Context(), pool, tables...); err != nil {
		t.Fatal(err)
	}
}

// Query returns the statement with the name from db/queries.sql.go beside the test.
func Query(t testing.TB, name string) string {
	t.Helper()
	source, err := os.ReadFile("db/queries.sql.go")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile("(?s)const " + name + " = `(.*?)`").FindSubmatch(source)
	if found == nil {
		t.Fatalf("there is no query %s", name)
	}
	return string(found[1])
}

// Explain runs the statement with the values and returns what it did.
func Explain(t testing.TB, pool *pgxpool.Pool, statement string, values ...any) Plan {
	t.Helper()
	var answer []byte
	args := append([]any{pgx.QueryExecModeDescribeExec}, values...)
	if err := pool.QueryRow(t.Context(), "EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) "+statement, args...).Scan(&answer); err != nil {
		t.Fatal(err)
	}
	var plans []struct{ Plan Plan }
	if err := json.Unmarshal(answer, &plans); err != nil {
		t.Fatal(err)
	}
	return plans[0].Plan
}

// AtMost demands that the query with the name looks at no more rows than that.
func AtMost(t testing.TB, pool *pgxpool.Pool, most float64, name string, values ...any) {
	t.Helper()
	p := Explain(t, pool, Query(t, name), values...)
	t.Logf("examines %.0f rows", p.Examined())
	if p.Examined() > most {
		text, err := json.MarshalIndent(p, "", " ")
		t.Errorf("%s examines %.0f rows, more than %.0f:\n%s %v", name, p.Examined(), most, text, err)
	}
}
