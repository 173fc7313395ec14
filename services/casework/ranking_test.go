package casework

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"saakorn/services/platform/fault"
	"saakorn/services/scheme"
)

func TestConsequencesAreCountedFromTheTop(t *testing.T) {
	call := uuid.New()
	ids := []uuid.UUID{uuid.New(), uuid.New(), uuid.New(), uuid.New(), uuid.New()}
	cases := map[uuid.UUID]Case{
		ids[0]: {ID: ids[0], CallID: call, Type: scheme.Continuation, AmountAppliedOre: 100},
		ids[1]: {ID: ids[1], CallID: call, Outcome: Approved, AmountAwardedOre: 50, AmountAppliedOre: 100},
		ids[2]: {ID: ids[2], CallID: call, AmountAppliedOre: 100},
		ids[3]: {ID: ids[3], CallID: call, Outcome: Withdrawn, AmountAppliedOre: 100},
		ids[4]: {ID: ids[4], CallID: call, AmountAppliedOre: 100},
	}
	var entries []RankingEntry
	for _, id := range ids {
		entries = append(entries, RankingEntry{id, 60})
	}
	type line struct {
		Status           EntryStatus
		Cumulative, Left int64
		Fits             bool
	}
	for free, want := range map[int64]struct {
		crossed int
		left    int64
		lines   []line
	}{
		180: {0, 0, []line{{EntryCounts, 60, 120, true}, {EntryAwarded, 60, 120, true}, {EntryCounts, 120, 60, true}, {EntryOut, 120, 60, true}, {EntryCounts, 180, 0, true}}},
		119: {3, -61, []line{{EntryCounts, 60, 59, true}, {EntryAwarded, 60, 59, true}, {EntryCounts, 120, -1, false}, {EntryOut, 120, -1, true}, {EntryCounts, 180, -61, false}}},
		0:   {1, -180, []line{{EntryCounts, 60, -60, false}, {EntryAwarded, 60, -60, true}, {EntryCounts, 120, -120, false}, {EntryOut, 120, -120, true}, {EntryCounts, 180, -180, false}}},
	} {
		c := Compute(entries, cases, free)
		var lines []line
		for _, e := range c.Entries {
			lines = append(lines, line{e.Status, e.CumulativeOre, e.LeftOre, e.Fits()})
		}
		if diff := cmp.Diff(want.lines, lines); diff != "" || c.CrossedAt != want.crossed || c.LeftOre != want.left || c.SumOre != 180 || c.SumContinuationsOre != 60 {
			t.Errorf("of %d: crossed at %d, %d left, sums %d and %d\n%s", free, c.CrossedAt, c.LeftOre, c.SumOre, c.SumContinuationsOre, diff)
		}
	}
	if c := Compute(nil, nil, 10); c.LeftOre != 10 || c.CrossedAt != 0 {
		t.Errorf("nothing comes to %+v", c)
	}
}

func TestEveryWrongEntryIsNamedAtOnce(t *testing.T) {
	call := uuid.New()
	good, foreign, own, unknown := uuid.New(), uuid.New(), uuid.New(), uuid.New()
	cases := map[uuid.UUID]Case{
		good: {CallID: call, AmountAppliedOre: 100}, foreign: {CallID: uuid.New(), AmountAppliedOre: 100}, own: {CallID: call, AmountAppliedOre: 100},
	}
	err := CheckEntries([]RankingEntry{{good, 100}, {good, 1}, {foreign, 1}, {unknown, 1}, {own, 1}}, call, cases, map[uuid.UUID]*fault.Fault{own: fault.NewDenied("NOT_IMPARTIAL", "")})
	f, ok := errors.AsType[*fault.Fault](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	var got []string
	for _, v := range f.Violations {
		got = append(got, v.Field+" "+v.Reason)
	}
	want := []string{
		"entries[1].case_id RANKED_TWICE", "entries[2].case_id NOT_IN_THE_CALL", "entries[3].case_id NOT_IN_THE_CALL", "entries[4].case_id NOT_IMPARTIAL",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	wantFault(t, CheckEntries([]RankingEntry{{good, 101}}, call, cases, nil), "MORE_THAN_APPLIED_FOR")
	wantFault(t, CheckEntries([]RankingEntry{{good, 0}}, call, cases, nil), "")
}

func TestWhatAppealsHaveWonIsTakenBackFirst(t *testing.T) {
	appeal := uuid.New()
	for name, test := range map[string]struct {
		changes []AwardChange
		want    int64
	}{
		"nothing":                      {nil, 0},
		"raised by an appeal":          {[]AwardChange{{AppealID: appeal, BeforeOre: 10, AmountOre: 30}}, 20},
		"raised without":               {[]AwardChange{{BeforeOre: 10, AmountOre: 30}}, 0},
		"lowered a little afterwards":  {[]AwardChange{{AppealID: appeal, BeforeOre: 10, AmountOre: 30}, {AppealID: appeal, BeforeOre: 30, AmountOre: 25}}, 15},
		"lowered below where it began": {[]AwardChange{{AppealID: appeal, BeforeOre: 10, AmountOre: 30}, {AppealID: appeal, BeforeOre: 30, AmountOre: 5}}, 0},
	} {
		if got := (File{AwardChanges: test.changes}).wonOre(); got != test.want {
			t.Errorf("%s: %d, want %d", name, got, test.want)
		}
	}
}
