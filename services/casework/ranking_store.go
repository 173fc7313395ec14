package casework

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"saakorn/services/casework/db"
	"saakorn/services/platform/audit"
	"saakorn/services/platform/database"
	"saakorn/services/platform/fault"
)

// Etag names the revision; it changes with every change of the ranking.
func (r Ranking) Etag() string { return strconv.FormatInt(r.Revision, 10) }

func decodeRanking(row db.Ranking) Ranking {
	return Ranking{
		ID: row.ID, Revision: row.Revision, CallID: row.CallID, OwnerID: row.OwnerID, Name: row.Name, Shared: row.Shared, UpdatedAt: row.UpdatedAt,
	}
}

func rankingNotFound(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return fault.NewNotFound("ranking")
	}
	return fmt.Errorf("load a ranking: %w", err)
}

func loadEntries(ctx context.Context, q Querier, rankingID uuid.UUID) ([]RankingEntry, error) {
	rows, err := db.New(q).ListRankingEntries(ctx, rankingID)
	if err != nil {
		return nil, fmt.Errorf("load a ranking: %w", err)
	}
	entries := make([]RankingEntry, 0, len(rows))
	for _, row := range rows {
		entries = append(entries, RankingEntry{row.CaseID, row.AmountOre})
	}
	return entries, nil
}

func insertEntries(ctx context.Context, tx pgx.Tx, rankingID uuid.UUID, entries []RankingEntry) error {
	p := db.InsertRankingEntriesParams{RankingID: rankingID, CaseIds: []uuid.UUID{}, AmountsOre: []int64{}}
	for _, e := range entries {
		p.CaseIds, p.AmountsOre = append(p.CaseIds, e.CaseID), append(p.AmountsOre, e.AmountOre)
	}
	if err := db.New(tx).InsertRankingEntries(ctx, p); err != nil {
		return fmt.Errorf("save a ranking: %w", err)
	}
	return nil
}

func rankingNameTaken(err error) error {
	if database.Violates(err, "ranking_name") {
		return fault.NewExists("NAME_TAKEN", "you have an order with this name for the call already")
	}
	return fmt.Errorf("save a ranking: %w", err)
}

// entryCases returns the cases of the entries by their identifiers.
func entryCases(ctx context.Context, q Querier, entries []RankingEntry) (map[uuid.UUID]Case, error) {
	ids := make([]uuid.UUID, 0, len(entries))
	for _, e := range entries {
		ids = append(ids, e.CaseID)
	}
	rows, err := db.New(q).ListCasesByID(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("load the cases of a ranking: %w", err)
	}
	cases := make(map[uuid.UUID]Case, len(rows))
	for _, row := range rows {
		cases[row.ID] = decode(row)
	}
	return cases, nil
}

func recordRanking(ctx context.Context, tx pgx.Tx, action string, now time.Time, before, after *Ranking) error {
	subject := after
	if subject == nil {
		subject = before
	}
	return audit.Record(ctx, tx, audit.Event{
		Action: action, OccurredAt: now, SubjectKind: "ranking", SubjectID: subject.ID, Before: rankingFacts(before), After: rankingFacts(after),
	})
}

func rankingFacts(r *Ranking) any {
	if r == nil {
		return nil
	}
	entries := make([]map[string]any, 0, len(r.Entries))
	for _, e := range r.Entries {
		entries = append(entries, map[string]any{"case_id": e.CaseID, "amount_ore": e.AmountOre})
	}
	return map[string]any{"call_id": r.CallID, "name": r.Name, "shared": r.Shared, "entries": entries}
}
