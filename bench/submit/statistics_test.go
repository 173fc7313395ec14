package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestPercentileIsOneOfTheTimes(t *testing.T) {
	var hundred []time.Duration
	for n := range 100 {
		hundred = append(hundred, time.Duration(100-n)*time.Millisecond)
	}
	for _, test := range []struct {
		times   []time.Duration
		percent int
		want    float64
	}{
		{hundred, 50, 50},
		{hundred, 99, 99},
		{hundred, 100, 100},
		{hundred[:1], 1, 100},
		{[]time.Duration{-2 * time.Millisecond, time.Millisecond}, 50, -2},
		{nil, 99, 0},
	} {
		if got := percentile(test.times, test.percent); got != test.want {
			t.Errorf("percentile %d of %d times is %g, want %g", test.percent, len(test.times), got, test.want)
		}
	}
}

func TestRatiosPairRoundsThatFollowUponEachOther(t *testing.T) {
	rate := func(perSecond int) round { return round{accepted: perSecond, took: time.Second} }
	got := compareTurns([]turn{
		{rate(50), rate(100), rate(200)},
		{rate(10), rate(10), rate(40)}, // the machine was busy with something else
		{rate(60), rate(100), rate(200)},
	})
	want := comparison{
		SubmitsPerSecond: 50, BarePerSecond: 100, BareBatchedPerSecond: 200,
		Ratio: 0.6, RatioMin: 0.5, RatioMax: 1, RatioBatched: 0.25,
		Rounds: []contenderRates{{50, 100, 200}, {10, 10, 40}, {60, 100, 200}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestARoundEndsWhenNoDraftIsLeftAndSubmitsEachOnce(t *testing.T) {
	drafts := make([]draft, 50)
	for i := range drafts {
		drafts[i].of = &template{}
	}
	submitted := make(chan *template, 2*len(drafts))
	r, err := play(t.Context(), 4, time.Minute, drafts, func(_ context.Context, _ int, d draft) error {
		submitted <- d.of
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	close(submitted)
	seen := map[*template]int{}
	for d := range submitted {
		seen[d]++
	}
	if r.accepted != len(drafts) || len(seen) != len(drafts) {
		t.Errorf("%d accepted, %d different drafts, want %d", r.accepted, len(seen), len(drafts))
	}
}

func TestARefusalEndsTheRoundWithItsReason(t *testing.T) {
	refused := errors.New("refused")
	_, err := play(t.Context(), 4, time.Minute, make([]draft, 50), func(context.Context, int, draft) error { return refused })
	if !errors.Is(err, refused) {
		t.Errorf("the round ended with %v", err)
	}
}
