package main

import (
	"context"
	"fmt"
	"time"
)

// firstDrafts is how many drafts the warm-up has of each kind; what it achieves says how many the
// rounds need.
const firstDrafts = 400

// contest is the two sides in one rig, ready to be played.
type contest struct {
	rig     *rig
	options options
	clients *clients
	saakorn *side
	bareOne *side
	bare    *bare
	// drafts says how many drafts a round of each contender needs.
	drafts [contenders]int
}

// The contenders, in the order in which they take turns.
const (
	throughAPI = iota
	bareStepwise
	bareBatched
	contenders
)

// turn is one round of each contender, one right after the other.
type turn [contenders]round

// newContest prepares both sides through the API and lets Såkorn submit one application of each
// kind, to see what the bare program has to write.
func newContest(ctx context.Context, g *rig, o options) (*contest, error) {
	a, err := newAuthor(ctx, g.api)
	if err != nil {
		return nil, err
	}
	defer a.connection.Close()
	c := &contest{rig: g, options: o, drafts: [contenders]int{firstDrafts, firstDrafts, firstDrafts}}
	if c.saakorn, err = a.newSide(ctx, "BM-"+g.name+"1"); err != nil {
		return nil, err
	}
	if c.bareOne, err = a.newSide(ctx, "BM-"+g.name+"2"); err != nil {
		return nil, err
	}
	if c.clients, err = newClients(g.api, o.Clients); err != nil {
		return nil, err
	}
	g.onStop(func(context.Context) error { return c.clients.close() })
	c.bare, err = c.newBare(ctx)
	return c, err
}

func (c *contest) newBare(ctx context.Context) (*bare, error) {
	b := &bare{c.rig.pool, map[*template]sample{}}
	drafts, err := c.rig.copies(ctx, c.saakorn, len(c.saakorn.templates))
	if err != nil {
		return nil, err
	}
	for i, d := range drafts {
		if err := once(ctx, c.clients.submit, 0, d); err != nil {
			return nil, err
		}
		s, err := takeSample(ctx, c.rig.pool, d.id)
		if err != nil {
			return nil, err
		}
		// The sample's call has a code of the same length as the call it is used for.
		b.samples[c.bareOne.templates[i]] = s
	}
	return b, nil
}

// run warms up and returns the turns that count.
func (c *contest) run(ctx context.Context) ([]turn, error) {
	warm, err := c.turn(ctx, min(c.options.lasting(), time.Second))
	if err != nil {
		return nil, err
	}
	for i, r := range warm {
		c.drafts[i] = int(1.5*r.perSecond()*c.options.Seconds) + c.options.Clients
	}
	var turns []turn
	for n := range c.options.Rounds {
		t, err := c.turn(ctx, c.options.lasting())
		if err != nil {
			return nil, err
		}
		progress("round %d: Såkorn %.0f/s, bare %.0f/s, bare batched %.0f/s", n+1,
			t[throughAPI].perSecond(), t[bareStepwise].perSecond(), t[bareBatched].perSecond())
		turns = append(turns, t)
	}
	return turns, nil
}

// turn plays one round of each contender. Drafts are made before any of them starts, and the
// workers come to rest after each.
func (c *contest) turn(ctx context.Context, lasting time.Duration) (t turn, err error) {
	var drafts [contenders][]draft
	for i := range drafts {
		if drafts[i], err = c.rig.copies(ctx, c.side(i), c.drafts[i]); err != nil {
			return t, err
		}
	}
	for i, do := range [contenders]submit{c.clients.submit, c.bare.stepwise, c.bare.batched} {
		if t[i], err = c.rig.play(ctx, c.options.Clients, lasting, drafts[i], do); err != nil {
			return t, err
		}
		if err := c.settle(ctx); err != nil {
			return t, err
		}
	}
	return t, nil
}

func (c *contest) side(contender int) *side {
	if contender == throughAPI {
		return c.saakorn
	}
	return c.bareOne
}

// play plays a round and counts what the server logs and the processors work meanwhile.
func (g *rig) play(ctx context.Context, clients int, lasting time.Duration, drafts []draft, do submit) (round, error) {
	var before string
	if err := g.pool.QueryRow(ctx, `SELECT pg_current_wal_insert_lsn()::text`).Scan(&before); err != nil {
		return round{}, fmt.Errorf("read the position in the log: %w", err)
	}
	began, err := g.processorTime(ctx)
	if err != nil {
		return round{}, err
	}
	r, err := play(ctx, clients, lasting, drafts, do)
	if err != nil {
		return r, err
	}
	ended, err := g.processorTime(ctx)
	if err != nil {
		return r, err
	}
	r.used = ended.since(began)
	err = g.pool.QueryRow(ctx, `SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), $1::pg_lsn)::bigint`, before).Scan(&r.walBytes)
	if err != nil {
		return r, fmt.Errorf("read the position in the log: %w", err)
	}
	return r, nil
}

// settleWithin is how long the workers may take to look at what one round has brought.
const settleWithin = 3 * time.Minute

// settle waits until the workers have looked at everything that Såkorn has accepted.
func (c *contest) settle(ctx context.Context) error {
	if c.rig.engine == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, settleWithin)
	defer cancel()
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		var waiting int
		err := c.rig.pool.QueryRow(ctx, `SELECT count(*) FROM procedure p JOIN application a ON a.id = p.subject_id
			WHERE a.call_id = $1 AND p.wanted > p.seen`, c.saakorn.callID).Scan(&waiting)
		if err != nil {
			return fmt.Errorf("look at the procedures: %w", err)
		}
		if waiting == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for the workers to look at %d applications: %w", waiting, ctx.Err())
		case <-ticker.C:
		}
	}
}
