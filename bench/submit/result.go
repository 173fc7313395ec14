package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"text/tabwriter"
)

// settings say under which conditions was measured.
type settings struct {
	RoundSeconds float64 `json:"round_seconds"`
	Rounds       int     `json:"rounds"`
	Clients      int     `json:"clients"`
	// LagRate is in submissions per second.
	LagRate        int    `json:"start_lag_rate_per_second"`
	LagSubmissions int    `json:"start_lag_submissions"`
	Processors     int    `json:"processors"`
	System         string `json:"system"`
	Durability     string `json:"durability"`
}

// contenderRates are one turn's submissions per second.
type contenderRates struct {
	Saakorn     float64 `json:"saakorn"`
	Bare        float64 `json:"bare"`
	BareBatched float64 `json:"bare_batched"`
}

// comparison sums up the turns in one rig. Rates are medians over the rounds, ratios those of
// rounds that followed upon each other.
type comparison struct {
	SubmitsPerSecond     float64          `json:"submits_per_second"`
	BarePerSecond        float64          `json:"bare_submits_per_second"`
	BareBatchedPerSecond float64          `json:"bare_batched_submits_per_second"`
	Ratio                float64          `json:"submit_ratio"`
	RatioMin             float64          `json:"submit_ratio_min"`
	RatioMax             float64          `json:"submit_ratio_max"`
	RatioBatched         float64          `json:"submit_ratio_batched"`
	P50                  float64          `json:"submit_p50_ms"`
	P99                  float64          `json:"submit_p99_ms"`
	Accepted             int              `json:"accepted"`
	Rounds               []contenderRates `json:"rounds"`
}

// cost is what one submission takes of the processors without workers, in milliseconds.
type cost struct {
	// Program is the process that holds the clients and, on Såkorn's side, the API.
	Program  float64 `json:"program_ms"`
	Database float64 `json:"database_ms"`
}

// result is everything that was measured. What it embeds was measured without workers: neither
// program has anybody then who reads the messages it leaves to the engine, and both do the same.
type result struct {
	comparison

	LagP50         float64           `json:"start_lag_p50_ms"`
	LagP99         float64           `json:"start_lag_p99_ms"`
	AnswerLagP50   float64           `json:"start_lag_from_receipt_p50_ms"`
	AnswerLagP99   float64           `json:"start_lag_from_receipt_p99_ms"`
	WithWorkers    comparison        `json:"with_workers"`
	RoundTrips     float64           `json:"round_trips_per_submit"`
	BareRoundTrips int               `json:"bare_round_trips_per_submit"`
	WALBytes       float64           `json:"wal_bytes_per_submit"`
	BareWALBytes   float64           `json:"bare_wal_bytes_per_submit"`
	Processor      cost              `json:"processor_per_submit"`
	BareProcessor  cost              `json:"bare_processor_per_submit"`
	Written        []written         `json:"written_per_submit"`
	Settings       settings          `json:"settings"`
	Versions       map[string]string `json:"versions"`
}

func (o options) settings() settings {
	return settings{
		RoundSeconds: o.Seconds, Rounds: o.Rounds, Clients: o.Clients, LagRate: o.Rate, LagSubmissions: lagSubmissions,
		Processors: runtime.NumCPU(), System: runtime.GOOS + "/" + runtime.GOARCH,
		Durability: "fsync, synchronous_commit and full_page_writes on",
	}
}

// measureWhole measures with everything running: first the time to the workflow's start, while
// nothing else is going on, then the contest.
func (r *result) measureWhole(ctx context.Context, g *rig, o options) error {
	c, err := newContest(ctx, g, o)
	if err != nil {
		return err
	}
	if err := c.settle(ctx); err != nil {
		return err
	}
	progress("measuring the time from submission to workflow, at %d submissions a second …", o.Rate)
	l, err := c.measureLags(ctx)
	if err != nil {
		return err
	}
	r.LagP50, r.LagP99 = percentile(l.fromSent, 50), percentile(l.fromSent, 99)
	r.AnswerLagP50, r.AnswerLagP99 = percentile(l.fromAnswer, 50), percentile(l.fromAnswer, 99)
	progress("measuring submissions with the workers running …")
	turns, err := c.run(ctx)
	if err != nil {
		return err
	}
	r.WithWorkers = compareTurns(turns)
	return r.readVersions(ctx, g)
}

// measureAlone measures the API without workers, and what both programs have written.
func (r *result) measureAlone(ctx context.Context, g *rig, o options) error {
	c, err := newContest(ctx, g, o)
	if err != nil {
		return err
	}
	progress("measuring submissions without workers …")
	turns, err := c.run(ctx)
	if err != nil {
		return err
	}
	r.comparison = compareTurns(turns)
	r.WALBytes, r.BareWALBytes = perSubmission(turns, throughAPI, walBytes), perSubmission(turns, bareStepwise, walBytes)
	r.Processor = cost{perSubmission(turns, throughAPI, programTime), perSubmission(turns, throughAPI, databaseTime)}
	r.BareProcessor = cost{perSubmission(turns, bareStepwise, programTime), perSubmission(turns, bareStepwise, databaseTime)}
	if r.RoundTrips, err = c.countTrips(ctx); err != nil {
		return err
	}
	r.BareRoundTrips = len(c.bare.statements(draft{of: c.bareOne.templates[0]})) + beginAndCommit
	if r.Written, err = c.compare(ctx); err != nil {
		return err
	}
	return c.profile(ctx)
}

// beginAndCommit are the round trips around the statements of a transaction.
const beginAndCommit = 2

// profile plays one more round and writes down where this process spends its time: API and clients.
func (c *contest) profile(ctx context.Context) error {
	if c.options.Profile == "" {
		return nil
	}
	drafts, err := c.rig.copies(ctx, c.saakorn, c.drafts[throughAPI])
	if err != nil {
		return err
	}
	f, err := os.Create(c.options.Profile)
	if err != nil {
		return fmt.Errorf("make the profile: %w", err)
	}
	defer f.Close()
	if err := pprof.StartCPUProfile(f); err != nil {
		return fmt.Errorf("start the profile: %w", err)
	}
	defer pprof.StopCPUProfile()
	_, err = c.rig.play(ctx, c.options.Clients, c.options.lasting(), drafts, c.clients.submit)
	return err
}

func (r *result) readVersions(ctx context.Context, g *rig) error {
	version, err := g.show(ctx, "server_version")
	if err != nil {
		return err
	}
	r.Versions = map[string]string{"go": runtime.Version(), "postgresql": version}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	wanted := map[string]string{
		"go.temporal.io/server": "temporal", "github.com/jackc/pgx/v5": "pgx",
		"github.com/riverqueue/river": "river", "google.golang.org/grpc": "grpc",
	}
	for _, m := range info.Deps {
		if name, ok := wanted[m.Path]; ok {
			r.Versions[name] = m.Version
		}
	}
	return nil
}

func (r *result) save(path string) error {
	body, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the result: %w", err)
	}
	if err := os.WriteFile(path, append(body, '\n'), 0o644); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}

// print writes the result for people.
func (r *result) print(out io.Writer) error {
	s := r.Settings
	fmt.Fprintf(out, "\nSubmissions, %d clients, %d rounds of %g s each, %d processors, %s\n",
		s.Clients, s.Rounds, s.RoundSeconds, s.Processors, s.System)
	fmt.Fprintf(out, "PostgreSQL %s with %s; Temporal %s, Go %s\n\n", r.Versions["postgresql"], s.Durability, r.Versions["temporal"], r.Versions["go"])
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "\tSåkorn/s\tbare/s\tratio\t(min–max)\tbare batched/s\tratio\tp50 ms\tp99 ms\t\n")
	r.row(t, "without workers", r.comparison)
	r.row(t, "with workers", r.WithWorkers)
	if err := t.Flush(); err != nil {
		return fmt.Errorf("print the result: %w", err)
	}
	fmt.Fprintf(out, "\nFrom sending a submission to its workflow's start, %d at %d a second: p50 %.1f ms, p99 %.1f ms\n",
		s.LagSubmissions, s.LagRate, r.LagP50, r.LagP99)
	fmt.Fprintf(out, "From its receipt to its workflow's start: p50 %.1f ms, p99 %.1f ms\n", r.AnswerLagP50, r.AnswerLagP99)
	fmt.Fprintf(out, "Round trips to the database for each submission: Såkorn %.1f, bare %d, bare batched 1\n", r.RoundTrips, r.BareRoundTrips)
	fmt.Fprintf(out, "Processor time for each submission, without workers: Såkorn %.2f ms in the API and its clients and %.2f ms in PostgreSQL, bare %.2f and %.2f ms\n",
		r.Processor.Program, r.Processor.Database, r.BareProcessor.Program, r.BareProcessor.Database)
	fmt.Fprintf(out, "Bytes of PostgreSQL's log for each submission, without workers: Såkorn %.0f, bare %.0f\n\n", r.WALBytes, r.BareWALBytes)
	t.Init(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "left by each submission\trows Såkorn\trows bare\tbytes Såkorn\tbytes bare\t\n")
	for _, w := range r.Written {
		fmt.Fprintf(t, "%s\t%.2f\t%.2f\t%.0f\t%.0f\t\n", w.Table, w.SaakornRows, w.BareRows, w.SaakornBytes, w.BareBytes)
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("print the result: %w", err)
	}
	return nil
}

func (r *result) row(t io.Writer, name string, c comparison) {
	fmt.Fprintf(t, "%s\t%.0f\t%.0f\t%.2f\t(%.2f–%.2f)\t%.0f\t%.2f\t%.1f\t%.1f\t\n", name, c.SubmitsPerSecond, c.BarePerSecond,
		c.Ratio, c.RatioMin, c.RatioMax, c.BareBatchedPerSecond, c.RatioBatched, c.P50, c.P99)
}
