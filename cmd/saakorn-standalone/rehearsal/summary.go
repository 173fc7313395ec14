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

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/platform/calendar"
	"saakorn/services/scheme"
)

// Summary is what a rehearsal came to. Amounts are in øre.
type Summary struct {
	Seed uint64 `json:"seed"`
	// Applications is how many were received; Begun counts those never submitted too.
	Applications  int `json:"applications"`
	Begun         int `json:"begun"`
	Continuations int `json:"continuations"`
	Late          int `json:"late"`
	Withdrawn     int `json:"withdrawn"`
	Decided       int `json:"decided"`
	// Awards counts the awards as they were first decided, which is what is told of a round;
	// AwardsAfterAppeals counts them when appeals and reversals have changed some.
	Awards             int   `json:"awards"`
	AwardsAfterAppeals int   `json:"awards_after_appeals"`
	Appeals            int   `json:"appeals"`
	Reversals          int   `json:"reversals"`
	FrameOre           int64 `json:"frame_ore"`
	BoundOre           int64 `json:"bound_ore"`
	// BoundInContinuationsOre is the part of BoundOre that goes to continuations.
	BoundInContinuationsOre int64 `json:"bound_in_continuations_ore"`
	// Letters counts every letter, LettersByKind by the scheme's keys.
	Letters       int            `json:"letters"`
	LettersByKind map[string]int `json:"letters_by_kind"`
	// WallSeconds is how long everything took, engines and all; ClockDays is how long it took on the
	// rehearsal's clock.
	WallSeconds float64     `json:"wall_seconds"`
	ClockDays   int         `json:"clock_days"`
	Cases       []CaseLine  `json:"cases"`
	Invariants  []Invariant `json:"invariants"`
}

// CaseLine is one case in the summary.
type CaseLine struct {
	Number     string `json:"number"`
	Reference  string `json:"reference"`
	Enterprise string `json:"enterprise"`
	Type       string `json:"type"`
	Step       string `json:"step"`
	Outcome    string `json:"outcome"`
	Late       bool   `json:"late"`
	AppliedOre int64  `json:"applied_ore"`
	// AwardedOre is what the case is awarded in the end, FirstAwardedOre what was decided first.
	AwardedOre      int64 `json:"awarded_ore"`
	FirstAwardedOre int64 `json:"first_awarded_ore"`
	// DaysToDecision counts calendar days from the deadline to the decision on the rehearsal's clock;
	// absent when there is no decision.
	DaysToDecision *int   `json:"days_to_decision,omitempty"`
	Letters        int    `json:"letters"`
	DecidedBy      string `json:"decided_by,omitempty"`
}

// Summarize says what the rehearsal came to; wall is how long it took.
func Summarize(r *Record, seed uint64, wall time.Duration) Summary {
	s := Summary{
		Seed: seed, Applications: len(r.Cases), Begun: len(r.Applications), FrameOre: r.Budget.GetFrameOre(), BoundOre: r.Budget.GetBoundOre(),
		BoundInContinuationsOre: r.Budget.GetBoundInContinuationsOre(), LettersByKind: r.Trail.Letters,
		WallSeconds: wall.Round(10 * time.Millisecond).Seconds(), ClockDays: calendar.Days(calendar.On(Begins()), calendar.On(r.Ended)),
		Invariants: Check(r),
	}
	for _, count := range r.Trail.Letters {
		s.Letters += count
	}
	for _, c := range r.Cases {
		s.add(c, calendar.On(r.ClosesAt))
	}
	for _, changes := range r.Trail.AwardChanges {
		for _, change := range changes {
			if !change.ByAppeal {
				s.Reversals++
			}
		}
	}
	slices.SortFunc(s.Cases, func(a, b CaseLine) int { return compareNumbers(a.Number, b.Number) })
	return s
}

func (s *Summary) add(c CaseRecord, deadline calendar.Date) {
	x := c.File.GetCase()
	line := CaseLine{
		Number: x.GetNumber(), Reference: x.GetReference(), Enterprise: x.GetEnterpriseName(),
		Type:    strings.TrimPrefix(x.GetApplicationType().String(), "APPLICATION_TYPE_"),
		Step:    strings.TrimPrefix(x.GetStep().String(), "CASE_STEP_"),
		Outcome: strings.TrimPrefix(x.GetOutcome().String(), "OUTCOME_"), Late: x.GetLate(),
		AppliedOre: x.GetAmountAppliedOre(), AwardedOre: x.GetAmountAwardedOre(), Letters: len(c.Letters),
	}
	if decisions := c.File.GetDecisions(); len(decisions) > 0 {
		d := decisions[len(decisions)-1]
		days := calendar.Days(deadline, calendar.On(d.GetDecidedAt().AsTime()))
		line.DaysToDecision, line.DecidedBy, line.FirstAwardedOre = &days, d.GetDecidedBy(), d.GetAmountOre()
		s.Decided++
	}
	if line.FirstAwardedOre > 0 {
		s.Awards++
	}
	if line.AwardedOre > 0 {
		s.AwardsAfterAppeals++
	}
	s.Appeals += len(c.Appeals)
	if line.Late {
		s.Late++
	}
	if x.GetOutcome() == saakornv1.Outcome_OUTCOME_WITHDRAWN {
		s.Withdrawn++
	}
	if x.GetApplicationType() == saakornv1.ApplicationType_APPLICATION_TYPE_CONTINUATION {
		s.Continuations++
	}
	s.Cases = append(s.Cases, line)
}

// compareNumbers orders "2018/9" before "2018/10".
func compareNumbers(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

// Broken returns how many invariants are broken.
func (s *Summary) Broken() int {
	n := 0
	for _, i := range s.Invariants {
		if i.Broken > 0 {
			n++
		}
	}
	return n
}

// WriteJSON writes the summary for programs.
func (s *Summary) WriteJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(s); err != nil {
		return fmt.Errorf("write the summary: %w", err)
	}
	return nil
}

// WriteText writes the summary for people.
func (s *Summary) WriteText(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "\nCase\tEnterprise\tType\tEnd state\tApplied for\tAwarded\tDays")
	for _, c := range s.Cases {
		end := c.Outcome
		if c.Late {
			end += " (late)"
		}
		if c.Step != "CLOSED" {
			end += " at " + c.Step
		}
		days, amount := "–", "–"
		if c.DaysToDecision != nil {
			days = fmt.Sprint(*c.DaysToDecision)
		}
		if c.AwardedOre > 0 {
			amount = money(c.AwardedOre)
		}
		if c.AwardedOre != c.FirstAwardedOre {
			amount += " (first " + money(c.FirstAwardedOre) + ")"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", c.Number, c.Enterprise, c.Type, end, money(c.AppliedOre), amount, days)
	}
	fmt.Fprintln(table, "\nLetters\tSent")
	for _, kind := range slices.Sorted(maps.Keys(s.LettersByKind)) {
		fmt.Fprintf(table, "%s\t%d\n", kind, s.LettersByKind[kind])
	}
	fmt.Fprintln(table, "\nInvariant\tChecked\tBroken\tWhat must hold")
	for _, i := range s.Invariants {
		fmt.Fprintf(table, "%s\t%d\t%d\t%s\n", i.Name, i.Checked, i.Broken, i.Meaning)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("write the summary: %w", err)
	}
	s.writeTotals(w)
	return nil
}

func (s *Summary) writeTotals(w io.Writer) {
	for _, i := range s.Invariants {
		for _, example := range i.Examples {
			fmt.Fprintf(w, "BROKEN %s: %s\n", i.Name, example)
		}
	}
	fmt.Fprintf(w, `
%d applications received (%d continuations, %d late, %d withdrawn), %d begun and never received.
%d decided, %d awards as first decided, %d after %d appeals and %d reversal(s). Bound %s of %s (%.1f %%), of which %s in continuations.
%d letters. %d days on the rehearsal's clock in %.1f seconds. Seed %d.
`, s.Applications, s.Continuations, s.Late, s.Withdrawn, s.Begun-s.Applications, s.Decided, s.Awards,
		s.AwardsAfterAppeals, s.Appeals, s.Reversals,
		money(s.BoundOre), money(s.FrameOre), 100*float64(s.BoundOre)/float64(max(s.FrameOre, 1)), money(s.BoundInContinuationsOre),
		s.Letters, s.ClockDays, s.WallSeconds, s.Seed)
}

func money(ore int64) string { return scheme.FormatAmount(ore, scheme.English) }
