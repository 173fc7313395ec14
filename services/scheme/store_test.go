package scheme_test

import (
	"context"
	"crypto/sha256"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"saakorn/services/platform/database"
	"saakorn/services/platform/fault"
	"saakorn/services/scheme"
)

const schemeID = "social-entrepreneurship"

func TestPublishedVersionComesBackAsItWasWritten(t *testing.T) {
	store := publish(t, open(t))
	for _, source := range builtIn(t) {
		got, err := store.Definition(t.Context(), source.Definition.ID, source.Definition.Version)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(source.Definition, got); diff != "" {
			t.Errorf("%s (-published +stored):\n%s", source.Name, diff)
		}
	}
	if _, err := store.Definition(t.Context(), schemeID, "1999-1"); !fault.Is(err, "NOT_FOUND") {
		t.Errorf("unknown version: %v", err)
	}
}

func TestPublishingAgainKeepsWhatIsBound(t *testing.T) {
	pool := open(t)
	store := publish(t, pool)
	bind(t, pool, store, 1_000, true)
	if err := store.Publish(t.Context(), builtIn(t), instant(t, "2026-10-01T08:00:00Z")); err != nil {
		t.Fatal(err)
	}
	got, err := store.Budget(t.Context(), schemeID, 2027)
	if err != nil {
		t.Fatal(err)
	}
	want := scheme.Frame{
		SchemeID: schemeID, GrantYear: 2027, FrameOre: 1_600_000_000, ExpectedOre: 1_300_000_000,
		BoundOre: 1_000, BoundContinuationOre: 1_000,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("frame (-want +got):\n%s", diff)
	}
}

// edited returns the newest built-in version with a change in its file.
func edited(t *testing.T, old, new string) scheme.Source {
	t.Helper()
	source := slices.Clone(builtIn(t))[1]
	raw := strings.Replace(string(source.Raw), old, new, 1)
	if raw == string(source.Raw) {
		t.Fatalf("%s has no %q to change", source.Name, old)
	}
	d, err := scheme.Parse(source.Name, []byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	return scheme.Source{Definition: d, Name: source.Name, Raw: []byte(raw), SHA256: sha256.Sum256([]byte(raw))}
}

func TestPublishedVersionsNeverChange(t *testing.T) {
	pool := open(t)
	store := publish(t, pool)
	changed := edited(t, "stalled_days: 21", "stalled_days: 22")
	err := store.Publish(t.Context(), []scheme.Source{changed}, instant(t, "2026-10-01T08:00:00Z"))
	if err == nil || !strings.Contains(err.Error(), "give it a new version") {
		t.Errorf("publish a changed version: %v", err)
	}
	if _, err := pool.Exec(t.Context(), `UPDATE scheme_version SET source = ''`); err == nil {
		t.Error("the database lets a published version be changed")
	}
}

func TestFrameIsNotLoweredBelowWhatIsBound(t *testing.T) {
	pool := open(t)
	store := publish(t, pool)
	bind(t, pool, store, 1_500_000_000, false)
	newer := edited(t, `version: "2027-1"`, `version: "2027-2"`)
	newer.Definition.Budgets = []scheme.Budget{{Year: 2027, FrameOre: 1_499_999_999}}
	err := store.Publish(t.Context(), []scheme.Source{newer}, instant(t, "2027-03-01T08:00:00Z"))
	if err == nil || !strings.Contains(err.Error(), "the frame of 2027 is lower than what has been awarded") {
		t.Errorf("publish a frame that is too low: %v", err)
	}
	if _, err := store.Definition(t.Context(), schemeID, "2027-2"); !fault.Is(err, "NOT_FOUND") {
		t.Errorf("the refused version was stored: %v", err)
	}
}

func bindIn(ctx context.Context, pool *pgxpool.Pool, store *scheme.Store, ore int64, continuation bool) error {
	return database.InTransaction(ctx, pool, func(tx pgx.Tx) error {
		return store.Bind(ctx, tx, schemeID, 2027, ore, continuation)
	})
}

func bind(t *testing.T, pool *pgxpool.Pool, store *scheme.Store, ore int64, continuation bool) {
	t.Helper()
	if err := bindIn(t.Context(), pool, store, ore, continuation); err != nil {
		t.Fatal(err)
	}
}

func TestBindingMoreThanIsFreeSaysHowMuchIsFree(t *testing.T) {
	pool := open(t)
	store := publish(t, pool)
	bind(t, pool, store, 1_599_999_000, false)
	err := bindIn(t.Context(), pool, store, 1_001, false)
	f := asFault(t, err)
	if f.Reason != "FRAME_EXCEEDED" || f.Details["free_ore"] != "1000" || f.Details["frame_ore"] != "1600000000" {
		t.Errorf("fault %s with %v", f.Reason, f.Details)
	}
	bind(t, pool, store, 1_000, false) // to the last øre
	if err := bindIn(t.Context(), pool, store, 1, false); !fault.Is(err, "FRAME_EXCEEDED") {
		t.Errorf("bind beyond the frame: %v", err)
	}
	if err := bindIn(t.Context(), pool, store, -1, false); err == nil {
		t.Error("a negative amount was bound")
	}
}

func TestFrameIsKeptHoweverManyDecideAtOnce(t *testing.T) {
	pool := open(t)
	store := publish(t, pool)
	const deciders, each = 20, 200_000_000 // 8 of them fit in 1 600 000 000
	var mu sync.Mutex
	var bound int
	var others []error
	var group sync.WaitGroup
	for range deciders {
		group.Go(func() {
			err := bindIn(t.Context(), pool, store, each, false)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				bound++
			case !fault.Is(err, "FRAME_EXCEEDED"):
				others = append(others, err)
			}
		})
	}
	group.Wait()
	if bound != 8 || len(others) > 0 {
		t.Errorf("%d were bound, want 8; other errors: %v", bound, others)
	}
}

func TestUnknownCallIsNotFound(t *testing.T) {
	pool := open(t)
	if _, err := scheme.NewStore(pool).Call(t.Context(), pool, uuid.New()); !fault.Is(err, "NOT_FOUND") {
		t.Errorf("unknown call: %v", err)
	}
}
