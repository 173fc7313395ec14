package rehearsal

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// YearsSummary is what the years came to, after the summary of the first round.
type YearsSummary struct {
	Years int `json:"years"`
	// Ended is the day of the rehearsal's clock, Deeds is how many things people did on office days.
	Ended string `json:"ended"`
	Deeds int    `json:"deeds"`
	// Lifecycles counts enterprises by how they left, or ACTIVE.
	Lifecycles map[string]int `json:"lifecycles"`
	// Awards counts awards by grant year, Payments by their state.
	Awards   map[int32]int  `json:"awards"`
	Payments map[string]int `json:"payments"`
	PaidOre  int64          `json:"paid_ore"`
	// Longest is the longest workflow history at the end of any year.
	Longest History `json:"longest_history"`
	// RowsPerLifecycle and BytesPerLifecycle are what the facts take, indexes and all.
	RowsPerLifecycle  int64 `json:"rows_per_lifecycle"`
	BytesPerLifecycle int64 `json:"bytes_per_lifecycle"`
	// LedgerDigest is a sum over LedgerEntries lines and balances of the ledger without what is drawn anew each
	// time: the same seed gives the same.
	LedgerDigest  string      `json:"ledger_digest"`
	LedgerEntries int64       `json:"ledger_entries"`
	WallSeconds   float64     `json:"wall_seconds"`
	Invariants    []Invariant `json:"invariants"`
}

// SummarizeYears says what the years came to; wall is how long everything took.
func SummarizeYears(r *YearsRecord, wall time.Duration) YearsSummary {
	s := YearsSummary{
		Years: r.Years, Ended: r.Ended.Format(time.DateOnly), Deeds: r.Deeds, Lifecycles: r.ended(), Awards: map[int32]int{}, Payments: map[string]int{},
		LedgerDigest: r.Trail.Digest, LedgerEntries: r.Trail.Entries, WallSeconds: wall.Round(10 * time.Millisecond).Seconds(), Invariants: CheckYears(r),
	}
	for _, x := range r.Lifecycles {
		for _, a := range x.GetAwards() {
			s.Awards[a.GetGrantYear()]++
		}
	}
	for _, p := range r.Trail.Payments {
		s.Payments[p.State]++
		if p.State == "PAID" {
			s.PaidOre += p.AmountOre
		}
	}
	for _, h := range r.Histories {
		if h.Events > s.Longest.Events {
			s.Longest = h
		}
	}
	if n := r.Trail.Lifecycles; n > 0 {
		s.RowsPerLifecycle, s.BytesPerLifecycle = r.Trail.Rows/n, r.Trail.Bytes/n
	}
	return s
}

// Broken returns how many invariants are broken.
func (s *YearsSummary) Broken() int {
	n := 0
	for _, i := range s.Invariants {
		if i.Broken > 0 {
			n++
		}
	}
	return n
}

// WriteJSON writes the summary for programs.
func (s *YearsSummary) WriteJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(s); err != nil {
		return fmt.Errorf("write the summary: %w", err)
	}
	return nil
}

// WriteText writes the summary for people.
func (s *YearsSummary) WriteText(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "\nGrant year\tAwards")
	for _, year := range slices.Sorted(maps.Keys(s.Awards)) {
		fmt.Fprintf(table, "%d\t%d\n", year, s.Awards[year])
	}
	fmt.Fprintln(table, "\nEnterprises\t")
	for _, end := range slices.Sorted(maps.Keys(s.Lifecycles)) {
		fmt.Fprintf(table, "%s\t%d\n", strings.TrimPrefix(end, "EXIT_KIND_"), s.Lifecycles[end])
	}
	fmt.Fprintln(table, "\nPayments\t")
	for _, state := range slices.Sorted(maps.Keys(s.Payments)) {
		fmt.Fprintf(table, "%s\t%d\n", state, s.Payments[state])
	}
	fmt.Fprintln(table, "\nInvariant\tChecked\tBroken\tWhat must hold")
	for _, i := range s.Invariants {
		fmt.Fprintf(table, "%s\t%d\t%d\t%s\n", i.Name, i.Checked, i.Broken, i.Meaning)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("write the summary: %w", err)
	}
	for _, i := range s.Invariants {
		for _, example := range i.Examples {
			fmt.Fprintf(w, "BROKEN %s: %s\n", i.Name, example)
		}
	}
	fmt.Fprintf(w, `
%d grant years and what follows, until %s. People did %d things on office days after the first round's own. %s paid.
Longest workflow history: %d events, %d bytes (%s, %d). %d rows and %d bytes for each lifecycle. %.1f seconds in all.
The ledger has %d entries with the digest %s.
`, s.Years, s.Ended, s.Deeds, money(s.PaidOre), s.Longest.Events, s.Longest.Bytes, s.Longest.Workflow, s.Longest.Year,
		s.RowsPerLifecycle, s.BytesPerLifecycle, s.WallSeconds, s.LedgerEntries, s.LedgerDigest)
	return nil
}
