package registry

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// Registers answers questions about enterprises; [Client] and [Cached] do.
type Registers interface {
	Facts(ctx context.Context, number string) (Facts, error)
	Roles(ctx context.Context, number string) (Roles, error)
	Voluntary(ctx context.Context, number string) (Voluntary, error)
}

// CacheOptions say how long answers are kept. Every field may be left at zero for its default.
type CacheOptions struct {
	// FreshFor is how long an answer is given again without asking; by default 12 hours.
	FreshFor time.Duration
	// AbsentFor is how long it is remembered that an enterprise does not exist or has been removed,
	// and how long an unavailable register is left in peace about it; by default 1 minute.
	AbsentFor time.Duration
	// StaleFor is how long after it was got an answer may still stand in for a register that is
	// unavailable; by default 30 days.
	StaleFor time.Duration
	// MaxEntries bounds how many enterprises each register is remembered for; by default 10,000.
	MaxEntries int
}

// Cached asks other registers and keeps what they say. Questions about the same enterprise at the
// same time become one. When a register is unavailable, the last answer is given instead, as old as
// its AsOf says. Answers are shared between callers, who must not change the slices in them.
type Cached struct {
	source    Registers
	facts     *cache[Facts]
	roles     *cache[Roles]
	voluntary *cache[Voluntary]
}

// NewCached returns a cache over the given registers. Ages are measured with the clock now.
func NewCached(source Registers, now func() time.Time, options CacheOptions) *Cached {
	options.FreshFor = cmp.Or(options.FreshFor, 12*time.Hour)
	options.AbsentFor = cmp.Or(options.AbsentFor, time.Minute)
	options.StaleFor = cmp.Or(options.StaleFor, 30*24*time.Hour)
	options.MaxEntries = cmp.Or(options.MaxEntries, 10_000)
	return &Cached{
		source:    source,
		facts:     newCache[Facts](now, options),
		roles:     newCache[Roles](now, options),
		voluntary: newCache[Voluntary](now, options),
	}
}

// Facts answers as the registers underneath do, with Facts.AsOf telling the age of the answer.
func (c *Cached) Facts(ctx context.Context, number string) (Facts, error) {
	return c.facts.get(ctx, number, c.source.Facts)
}

// Roles answers as the registers underneath do, with Roles.AsOf telling the age of the answer.
func (c *Cached) Roles(ctx context.Context, number string) (Roles, error) {
	return c.roles.get(ctx, number, c.source.Roles)
}

// Voluntary answers as the registers underneath do, with Voluntary.AsOf telling the age of the answer.
func (c *Cached) Voluntary(ctx context.Context, number string) (Voluntary, error) {
	return c.voluntary.get(ctx, number, c.source.Voluntary)
}

// cache keeps the answers of one register.
type cache[T any] struct {
	now     func() time.Time
	options CacheOptions
	flights singleflight.Group

	mu      sync.Mutex
	entries map[string]entry[T]
}

// entry is an answer, or the error that there is no such enterprise.
type entry[T any] struct {
	value T
	err   error
	// Until freshUntil the entry is given without asking, until usableUntil when asking fails.
	freshUntil, usableUntil time.Time
}

func newCache[T any](now func() time.Time, options CacheOptions) *cache[T] {
	return &cache[T]{now: now, options: options, entries: map[string]entry[T]{}}
}

func (c *cache[T]) get(ctx context.Context, number string, ask func(context.Context, string) (T, error)) (T, error) {
	if known, ok := c.lookUp(number); ok && c.now().Before(known.freshUntil) {
		return known.value, known.err
	}
	// The question outlives a caller who leaves, since others may be waiting for the same answer.
	shared := context.WithoutCancel(ctx)
	flight := c.flights.DoChan(number, func() (any, error) {
		e := c.load(shared, number, ask)
		return e, e.err
	})
	select {
	case <-ctx.Done():
		return *new(T), ctx.Err()
	case result := <-flight:
		e, _ := result.Val.(entry[T])
		return e.value, result.Err
	}
}

// load asks and decides what to keep and what to answer.
func (c *cache[T]) load(ctx context.Context, number string, ask func(context.Context, string) (T, error)) entry[T] {
	value, err := ask(ctx, number)
	now := c.now()
	switch {
	case err == nil:
		e := entry[T]{value: value, freshUntil: now.Add(c.options.FreshFor), usableUntil: now.Add(c.options.StaleFor)}
		c.keep(number, e)
		return e
	case absent(err):
		e := entry[T]{err: err, freshUntil: now.Add(c.options.AbsentFor), usableUntil: now.Add(c.options.AbsentFor)}
		c.keep(number, e)
		return e
	case errors.Is(err, ErrUnavailable):
		known, ok := c.lookUp(number)
		if !ok || known.err != nil || !now.Before(known.usableUntil) {
			return entry[T]{err: err}
		}
		known.freshUntil = now.Add(c.options.AbsentFor)
		c.keep(number, known)
		return known
	default:
		return entry[T]{err: err}
	}
}

func (c *cache[T]) lookUp(number string) (entry[T], bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[number]
	return e, ok
}

// keep stores an entry, and makes room for it by dropping the one that goes out of use first.
func (c *cache[T]) keep(number string, e entry[T]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.entries[number]; !ok && len(c.entries) >= c.options.MaxEntries {
		delete(c.entries, c.firstOut())
	}
	c.entries[number] = e
}

func (c *cache[T]) firstOut() string {
	var number string
	var earliest time.Time
	for candidate, e := range c.entries {
		if number == "" || e.usableUntil.Before(earliest) {
			number, earliest = candidate, e.usableUntil
		}
	}
	return number
}
