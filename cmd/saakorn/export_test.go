package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"saakorn/deploy/embedded/embeddedtest"
	"saakorn/services/installation/installationtest"
	"saakorn/services/platform/database"
)

func TestMain(m *testing.M) { os.Exit(embeddedtest.Main(m)) }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func prepared(t *testing.T) *pgxpool.Pool {
	t.Helper()
	pool, err := database.Open(t.Context(), installationtest.Database(t))
	must(t, err)
	t.Cleanup(pool.Close)
	return pool
}

func TestEveryTableIsExportedOrLeftOutForAReason(t *testing.T) {
	pool := prepared(t)
	// A table that nobody who writes this test has heard of, and one without a key to sort by.
	_, err := pool.Exec(t.Context(), `CREATE TABLE something_new (b text, a integer, PRIMARY KEY (a, b)); CREATE TABLE without_key (x json)`)
	must(t, err)
	_, err = pool.Exec(t.Context(), `INSERT INTO something_new (a, b) VALUES (2, 'x'), (1, 'y'), (1, 'x'); INSERT INTO without_key VALUES ('2'), ('1')`)
	must(t, err)
	folder, said := t.TempDir(), &bytes.Buffer{}
	must(t, exportAll(t.Context(), pool, folder, said))

	rows, err := pool.Query(t.Context(), `SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()`)
	must(t, err)
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	must(t, err)
	there := map[string]bool{}
	for _, name := range all {
		there[name] = true
		_, err := os.Stat(filepath.Join(folder, name+".jsonl"))
		left := leftOut()[name] != "" || strings.HasPrefix(name, outboxTables)
		if written := err == nil; written == left {
			t.Errorf("%s is written: %v, and left out: %v", name, written, left)
		}
		if leftOut()[name] != "" && !strings.Contains(said.String(), leftOut()[name]) {
			t.Errorf("nobody is told why %s is left out", name)
		}
	}
	for name := range leftOut() {
		if !there[name] {
			t.Errorf("%s is left out and is no table", name)
		}
	}
	for name, want := range map[string]string{
		"something_new": `{"b":"x","a":1}{"b":"y","a":1}{"b":"x","a":2}`,
		"without_key":   `{"x":1}{"x":2}`,
	} {
		written, err := os.ReadFile(filepath.Join(folder, name+".jsonl"))
		must(t, err)
		if got := strings.ReplaceAll(string(written), "\n", ""); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestWhatIsExportedIsOneJSONObjectALine(t *testing.T) {
	api := installationtest.New(t)
	api.RegisterEnterprise(t, "entrepreneur-01")
	folder := t.TempDir()
	must(t, exportAll(t.Context(), api.Installation.Pool, folder, &bytes.Buffer{}))
	written, err := os.ReadFile(filepath.Join(folder, "enterprise.jsonl"))
	must(t, err)
	line, rest, _ := bytes.Cut(written, []byte("\n"))
	var e struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	}
	must(t, json.Unmarshal(line, &e))
	if e.ID == "" || e.Name == "" || len(rest) > 0 {
		t.Errorf("written: %s", written)
	}
}
