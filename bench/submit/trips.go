package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync/atomic"
)

// The submissions that are counted, after as many that fill the caches.
const tripSubmissions = 40

// toll passes connections on to the database and counts the round trips: how often a client speaks
// after the server has spoken.
type toll struct {
	listener net.Listener
	server   string
	trips    atomic.Int64
}

func newToll(ctx context.Context, server string) (*toll, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the database's clients: %w", err)
	}
	t := &toll{listener: listener, server: server}
	go t.accept()
	return t, nil
}

func (t *toll) accept() {
	for {
		from, err := t.listener.Accept()
		if err != nil {
			return // closed
		}
		to, err := net.Dial("tcp", t.server)
		if err != nil {
			from.Close()
			continue
		}
		var asked atomic.Bool
		go pass(to, from, func() {
			if !asked.Swap(true) {
				t.trips.Add(1)
			}
		})
		go pass(from, to, func() { asked.Store(false) })
	}
}

// pass copies until one of the connections ends, and ends the other. It calls seen before each piece.
func pass(to, from net.Conn, seen func()) {
	defer to.Close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			seen()
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// countTrips returns how many round trips to the database one submission takes through the API, by
// one client alone.
func (c *contest) countTrips(ctx context.Context) (perSubmission float64, err error) {
	address, err := url.Parse(c.rig.database)
	if err != nil {
		return 0, errors.New("read the database's address") // the address holds a password
	}
	t, err := newToll(ctx, address.Host)
	if err != nil {
		return 0, err
	}
	defer t.listener.Close()
	address.Host = t.listener.Addr().String()
	settings := c.rig.settings
	settings.DatabaseURL = address.String()
	api, err := c.rig.serve(ctx, settings)
	if err != nil {
		return 0, err
	}
	alone, err := newClients(api, 1)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, alone.close()) }()
	drafts, err := c.rig.copies(ctx, c.saakorn, 2*tripSubmissions)
	if err != nil {
		return 0, err
	}
	before := int64(0)
	for i, d := range drafts {
		if i == tripSubmissions {
			before = t.trips.Load()
		}
		if err := once(ctx, alone.submit, 0, d); err != nil {
			return 0, err
		}
	}
	return float64(t.trips.Load()-before) / tripSubmissions, nil
}
