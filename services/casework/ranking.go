package casework

import (
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"saakorn/services/platform/fault"
	"saakorn/services/scheme"
)

// Ranking is an order of cases with amounts that somebody tries out against the frame. It decides
// nothing, and no score goes into it.
type Ranking struct {
	ID       uuid.UUID
	Revision int64
	CallID   uuid.UUID
	OwnerID  string
	Name     string
	// Shared lets colleagues see it.
	Shared    bool
	Entries   []RankingEntry
	UpdatedAt time.Time
}

// RankingEntry is one place in the order: the first entry comes first.
type RankingEntry struct {
	CaseID uuid.UUID
	// AmountOre is what the case would be awarded, in øre.
	AmountOre int64
}

// EntryStatus is how an entry counts against what is free.
type EntryStatus string

// The statuses.
const (
	EntryCounts  EntryStatus = "COUNTS"  // not decided
	EntryAwarded EntryStatus = "AWARDED" // decided with an award, which is bound already
	EntryOut     EntryStatus = "OUT"     // rejected, dismissed or withdrawn
)

func statusOf(c Case) EntryStatus {
	switch {
	case c.Outcome.Awards() && c.AmountAwardedOre > 0:
		return EntryAwarded
	case c.Outcome != "":
		return EntryOut
	}
	return EntryCounts
}

// Consequences are what an order with amounts comes to. All amounts are in øre.
type Consequences struct {
	Entries []Consequence
	// SumOre is what the entries would bind on top of what is bound, SumContinuationsOre the part of it in
	// continuations.
	SumOre, SumContinuationsOre int64
	// LeftOre is what is left of what is free; below zero when there is not enough.
	LeftOre int64
	// CrossedAt is the place of the first entry that no longer fits, counted from 1; 0 when all fit.
	CrossedAt int
}

// Consequence is what one entry comes to.
type Consequence struct {
	Case      Case
	AmountOre int64
	Status    EntryStatus
	// CumulativeOre is what the entries down to and including this one would bind, LeftOre what is then
	// left of what is free.
	CumulativeOre, LeftOre int64
}

// Fits tells whether the entry, with all before it, stays within what is free. What binds nothing fits.
func (c Consequence) Fits() bool { return c.Status != EntryCounts || c.LeftOre >= 0 }

// Compute works out what the entries come to, from the top down. Entries of cases that have been decided
// keep their place and bind nothing more. cases holds every entry's case.
func Compute(entries []RankingEntry, cases map[uuid.UUID]Case, freeOre int64) Consequences {
	c := Consequences{LeftOre: freeOre}
	for i, e := range entries {
		entry := Consequence{Case: cases[e.CaseID], AmountOre: e.AmountOre, Status: statusOf(cases[e.CaseID])}
		if entry.Status == EntryCounts {
			c.SumOre += e.AmountOre
			if entry.Case.Type == scheme.Continuation {
				c.SumContinuationsOre += e.AmountOre
			}
		}
		entry.CumulativeOre, entry.LeftOre = c.SumOre, freeOre-c.SumOre
		if !entry.Fits() && c.CrossedAt == 0 {
			c.CrossedAt = i + 1
		}
		c.Entries = append(c.Entries, entry)
	}
	c.LeftOre = freeOre - c.SumOre
	return c
}

// CheckEntries says what is wrong with an order of the call's cases: one that is not of the call, or comes
// twice, or would be awarded more than was applied for, or is closed to whoever orders.
func CheckEntries(entries []RankingEntry, callID uuid.UUID, cases map[uuid.UUID]Case, closed map[uuid.UUID]*fault.Fault) error {
	var wrong []fault.Violation
	seen := map[uuid.UUID]int{}
	for i, e := range entries {
		add := func(field, reason, description string) {
			wrong = append(wrong, fault.Violation{Field: fmt.Sprintf("entries[%d].%s", i, field), Reason: reason, Description: description})
		}
		c, known := cases[e.CaseID]
		switch first, twice := seen[e.CaseID]; {
		case !known || c.CallID != callID:
			add("case_id", "NOT_IN_THE_CALL", "name a case of this call")
		case twice:
			add("case_id", "RANKED_TWICE", fmt.Sprintf("the case has place %d already: give each case one place", first+1))
		case closed[e.CaseID] != nil:
			add("case_id", closed[e.CaseID].Reason, closed[e.CaseID].Message)
		case e.AmountOre > c.AmountAppliedOre:
			add("amount_ore", "MORE_THAN_APPLIED_FOR", fmt.Sprintf("award no more than the %d øre applied for", c.AmountAppliedOre))
		default:
			seen[e.CaseID] = i
		}
	}
	if len(wrong) > 0 {
		return fault.NewInvalid(wrong...)
	}
	return nil
}

func checkRankingName(name string) (string, error) {
	if name = strings.TrimSpace(name); name == "" {
		return "", fault.Field("name", "REQUIRED", "give the order a name")
	}
	return name, nil
}
