// Package chart draws bars on the server. The words and figures of a chart are text of the page, which is
// read aloud and grows with the reader's font; only the bars are pictures, and nobody needs them to
// understand the figures.
package chart

import "strconv"

// Chart is bars that are compared with each other.
type Chart struct {
	Title string
	// Legend names the parts of the bars; empty when each bar is one.
	Legend []string
	Bars   []Bar
	// Whole is what the full width stands for, for shares of a whole; 0 for the length of the longest bar.
	Whole int64
}

// Bar is one bar.
type Bar struct {
	Label string
	// Parts are the lengths of its parts, in one unit for the whole chart. None is below zero.
	Parts []int64
	// Text says the figures.
	Text string
	// Href leads to what is behind them; empty for nothing.
	Href string
}

// piece is where a part is drawn, in percent of the width.
type piece struct{ X, Width string }

// longest is the length that fills the width.
func (c Chart) longest() int64 {
	longest := c.Whole
	for _, b := range c.Bars {
		sum := int64(0)
		for _, p := range b.Parts {
			sum += p
		}
		longest = max(longest, sum)
	}
	return longest
}

// pieces lays the parts of a bar one after another.
func (c Chart) pieces(b Bar) []piece {
	longest := c.longest()
	if longest == 0 {
		return nil
	}
	percent := func(n int64) string {
		return strconv.FormatFloat(float64(n)*100/float64(longest), 'f', 2, 64) + "%"
	}
	var pieces []piece
	at := int64(0)
	for _, p := range b.Parts {
		pieces = append(pieces, piece{percent(at), percent(p)})
		at += p
	}
	return pieces
}
