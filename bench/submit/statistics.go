package main

import (
	"math"
	"slices"
	"time"
)

// percentile returns the smallest of the times that at least so many percent do not exceed, in
// milliseconds; 0 of none.
func percentile(times []time.Duration, percent int) float64 {
	if len(times) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(times))
	rank := int(math.Ceil(float64(percent) / 100 * float64(len(sorted))))
	return float64(sorted[max(rank, 1)-1]) / float64(time.Millisecond)
}

// median returns the middle value, or the mean of the two in the middle; 0 of none.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

func compareTurns(turns []turn) comparison {
	var c comparison
	var rates [contenders][]float64
	var ratios, batched []float64
	var latencies []time.Duration
	for _, t := range turns {
		var r [contenders]float64
		for i := range r {
			r[i] = t[i].perSecond()
			rates[i] = append(rates[i], r[i])
		}
		ratios = append(ratios, r[throughAPI]/r[bareStepwise])
		batched = append(batched, r[throughAPI]/r[bareBatched])
		latencies = append(latencies, t[throughAPI].latencies...)
		c.Rounds = append(c.Rounds, contenderRates{r[throughAPI], r[bareStepwise], r[bareBatched]})
	}
	c.SubmitsPerSecond, c.BarePerSecond = median(rates[throughAPI]), median(rates[bareStepwise])
	c.BareBatchedPerSecond = median(rates[bareBatched])
	c.Ratio, c.RatioMin, c.RatioMax, c.RatioBatched = median(ratios), slices.Min(ratios), slices.Max(ratios), median(batched)
	c.P50, c.P99, c.Accepted = percentile(latencies, 50), percentile(latencies, 99), len(latencies)
	return c
}

// perSubmission returns the median over the rounds of what each submission of the contender took.
func perSubmission(turns []turn, contender int, took func(round) float64) float64 {
	var each []float64
	for _, t := range turns {
		each = append(each, took(t[contender])/float64(t[contender].accepted))
	}
	return median(each)
}

func walBytes(r round) float64 { return float64(r.walBytes) }

func programTime(r round) float64 { return milliseconds(r.used.program) }

func databaseTime(r round) float64 { return milliseconds(r.used.database) }

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
