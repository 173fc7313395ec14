// Package queue_test measures how long searching and counting take among a million cases, side by
// side with counting the rows of the table, which reads all of them:
//
//	go test ./bench/queue -run '^$' -bench . -benchtime 20x
//
// SAAKORN_CASES sets another number of cases.
package queue_test

import (
	"log/slog"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"saakorn/deploy/embedded/embeddedtest"
	"saakorn/services/casework"
	"saakorn/services/casework/fictional"
	"saakorn/services/platform/database"
)

func TestMain(m *testing.M) { os.Exit(embeddedtest.Main(m)) }

func BenchmarkQueue(b *testing.B) {
	pool := filled(b)
	b.Run("reference/count of all rows", func(b *testing.B) {
		for b.Loop() {
			var rows int
			if err := pool.QueryRow(b.Context(), "SELECT count(*) FROM case_file").Scan(&rows); err != nil {
				b.Fatal(err)
			}
		}
	})
	store := casework.NewStore(pool)
	for _, q := range questions() {
		for _, sorting := range []casework.Sorting{casework.ByReceived, casework.ByDue, casework.ByAmount, casework.ByName, casework.ByLastEvent} {
			x := casework.Search{Filter: q.filter, Sorting: sorting, Descending: true, Limit: 51}
			b.Run("search/"+q.name+"/"+string(sorting), func(b *testing.B) {
				for b.Loop() {
					if _, err := store.Search(b.Context(), pool, x); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		b.Run("count/"+q.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := store.Count(b.Context(), q.filter); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	stalled := casework.Stalled{
		SchemeIDs: []string{"fictional"}, Versions: []string{"1"}, Since: []time.Time{fictional.Now().AddDate(0, 0, -21)},
	}
	b.Run("workload", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := store.Workload(b.Context(), pool, fictional.Now(), stalled, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}

type question struct {
	name   string
	filter casework.Filter
}

func questions() []question {
	old, newest := fictional.CallID(2), fictional.CallID(fictional.Calls-1)
	return []question{
		{"everything", casework.Filter{}},
		{"open", casework.Filter{Open: true}},
		{"mine", casework.Filter{OwnerID: "case-officer-25", Open: true}},
		{"waiting for a decision", casework.Filter{Steps: []casework.Step{casework.Deciding}}},
		{"the newest call", casework.Filter{CallID: &newest}},
		{"an old call", casework.Filter{CallID: &old}},
		{"a year", casework.Filter{GrantYear: fictional.LastYear - 7}},
		{"approved", casework.Filter{Outcomes: []casework.Outcome{casework.Approved}}},
		{"stalled", casework.Filter{StalledSince: fictional.Now().AddDate(0, 0, -120)}},
		{"overdue", casework.Filter{DueBefore: fictional.Now()}},
		{"a name", casework.Filter{Words: []string{"snekkeri", "c81e72"}}},
		{"a name that many have", casework.Filter{Words: []string{"ørjans"}}},
		{"a number", casework.Filter{Words: []string{"2019/250000"}}},
	}
}

func filled(b *testing.B) *pgxpool.Pool {
	b.Helper()
	cases := 1_000_000
	if given := os.Getenv("SAAKORN_CASES"); given != "" {
		var err error
		if cases, err = strconv.Atoi(given); err != nil {
			b.Fatalf("SAAKORN_CASES must be a number: %v", err)
		}
	}
	pool, err := database.Open(b.Context(), embeddedtest.Postgres(b))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(pool.Close)
	if err := database.Migrate(b.Context(), pool, slog.New(slog.DiscardHandler)); err != nil {
		b.Fatal(err)
	}
	if err := fictional.Fill(b.Context(), pool, cases); err != nil {
		b.Fatal(err)
	}
	return pool
}
