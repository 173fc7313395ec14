// Package clock holds the one clock that the services read. Domain code never reads it: it gets the
// time as an argument.
package clock

import (
	"sync/atomic"
	"time"
)

// Clock tells what time it is.
type Clock interface {
	Now() time.Time
}

// System is the wall clock, the only clock of a production installation.
type System struct{}

// Now returns the time in UTC, cut to microseconds: the precision the database keeps, so that what
// was written compares equal to what is read.
func (System) Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// Moved is a clock that runs ahead of the wall clock by a distance that a rehearsal sets.
type Moved struct {
	ahead atomic.Int64 // nanoseconds
}

// NewMoved returns a clock that is ahead of the wall clock by the given distance.
func NewMoved(ahead time.Duration) *Moved {
	m := &Moved{}
	m.ahead.Store(int64(ahead))
	return m
}

// Now returns the moved time in UTC, cut to microseconds.
func (m *Moved) Now() time.Time { return System{}.Now().Add(m.Ahead()) }

// Ahead returns how far the clock is ahead of the wall clock; negative when it is behind.
func (m *Moved) Ahead() time.Duration { return time.Duration(m.ahead.Load()) }

// Set moves the clock by changing how far it is ahead of the wall clock.
func (m *Moved) Set(ahead time.Duration) { m.ahead.Store(int64(ahead.Truncate(time.Microsecond))) }
