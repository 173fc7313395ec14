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

// walBytes returns the bytes of PostgreSQL's log for each submission of the contender.
func walBytes(turns []turn, contender int) float64 {
	var perSubmission []float64
	for _, t := range turns {
		perSubmission = append(perSubmission, float64(t[contender].walBytes)/float64(t[contender].accepted))
	}
	return median(perSubmission)
}
