package scheme_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"saakorn/services/platform/database"
	"saakorn/services/platform/fault"
	"saakorn/services/scheme"
)

func TestWhatIsHeldBackIsForAppealsOnly(t *testing.T) {
	pool := open(t)
	store := publish(t, pool)
	newer := edited(t, `version: "2027-1"`, `version: "2027-2"`)
	newer.Definition.Budgets = []scheme.Budget{{Year: 2027, FrameOre: 1_000, AppealReserveOre: 300}}
	if err := store.Publish(t.Context(), []scheme.Source{newer}, instant(t, "2027-03-01T08:00:00Z")); err != nil {
		t.Fatal(err)
	}
	do := func(what func(context.Context, pgx.Tx, string, int, int64, bool) error, ore int64) error {
		return database.InTransaction(t.Context(), pool, func(tx pgx.Tx) error { return what(t.Context(), tx, schemeID, 2027, ore, false) })
	}
	want := func(bound, appeals, heldBack, free, freeForAppeals int64) {
		t.Helper()
		f, err := store.Budget(t.Context(), schemeID, 2027)
		if err != nil {
			t.Fatal(err)
		}
		if f.BoundOre != bound || f.BoundAppealOre != appeals || f.HeldBackOre() != heldBack || f.FreeOre() != free || f.FreeForAppealsOre() != freeForAppeals {
			t.Errorf("the frame is %+v with %d held back, %d free and %d free for appeals", f, f.HeldBackOre(), f.FreeOre(), f.FreeForAppealsOre())
		}
	}
	mustDo := func(what func(context.Context, pgx.Tx, string, int, int64, bool) error, ore int64) {
		t.Helper()
		if err := do(what, ore); err != nil {
			t.Fatal(err)
		}
	}
	want(0, 0, 300, 700, 1_000)
	mustDo(store.Bind, 600)
	f := asFault(t, do(store.Bind, 101))
	if f.Reason != "FRAME_EXCEEDED" || f.Details["free_ore"] != "100" || f.Details["held_back_ore"] != "300" {
		t.Errorf("fault %s with %v", f.Reason, f.Details)
	}
	mustDo(store.BindForAppeal, 200) // from the reserve first
	want(800, 200, 100, 100, 200)
	mustDo(store.Bind, 100)
	want(900, 200, 100, 0, 100)
	if err := do(store.Bind, 1); !fault.Is(err, "FRAME_EXCEEDED") {
		t.Errorf("an ordinary award took from the reserve: %v", err)
	}
	mustDo(store.BindForAppeal, 100)
	want(1_000, 300, 0, 0, 0)
	if err := do(store.BindForAppeal, 1); !fault.Is(err, "FRAME_EXCEEDED") {
		t.Errorf("an appeal went beyond the frame: %v", err)
	}
	mustDo(store.ReleaseFromAppeal, 100)
	want(900, 200, 100, 0, 100)
	mustDo(store.Release, 50)
	want(850, 200, 100, 50, 150)
	if err := do(store.Release, 851); err == nil {
		t.Error("more was released than is bound")
	}
}

func TestTheReserveIsNotRaisedIntoWhatIsAwarded(t *testing.T) {
	pool := open(t)
	store := publish(t, pool)
	bind(t, pool, store, 1_500_000_000, false)
	newer := edited(t, `version: "2027-1"`, `version: "2027-2"`)
	newer.Definition.Budgets = []scheme.Budget{{Year: 2027, FrameOre: 1_600_000_000, AppealReserveOre: 100_000_001}}
	err := store.Publish(t.Context(), []scheme.Source{newer}, instant(t, "2027-03-01T08:00:00Z"))
	if err == nil {
		t.Error("money that is awarded is held back")
	}
}
