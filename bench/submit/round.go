package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
)

// callTimeout is how long a client waits for an answer before the run fails.
const callTimeout = 30 * time.Second

// submit submits one draft as one of the clients.
type submit func(ctx context.Context, client int, d draft) error

// round is what one side did in one stretch of time.
type round struct {
	accepted int
	took     time.Duration
	// latencies are those of the single submissions.
	latencies []time.Duration
	// walBytes is what the server wrote to its log in the meantime, whoever made it.
	walBytes int64
	// used is how long the processors worked in the meantime.
	used processorTime
}

// perSecond returns the accepted submissions per second.
func (r round) perSecond() float64 { return float64(r.accepted) / r.took.Seconds() }

// play has so many clients submit drafts, each its next one as soon as it has an answer, until the
// time is up or no draft is left. The first refusal ends the round with an error.
func play(ctx context.Context, clients int, lasting time.Duration, drafts []draft, do submit) (round, error) {
	var next atomic.Int64
	var work sync.WaitGroup
	latencies, failures := make([][]time.Duration, clients), make([]error, clients)
	playing, cancel := context.WithCancel(ctx)
	defer cancel()
	began := time.Now()
	for c := range clients {
		work.Go(func() {
			for playing.Err() == nil && time.Since(began) < lasting {
				i := int(next.Add(1)) - 1
				if i >= len(drafts) {
					return
				}
				sent := time.Now()
				if failures[c] = once(playing, do, c, drafts[i]); failures[c] != nil {
					cancel()
					return
				}
				latencies[c] = append(latencies[c], time.Since(sent))
			}
		})
	}
	work.Wait()
	r := round{took: time.Since(began)}
	for _, l := range latencies {
		r.latencies = append(r.latencies, l...)
	}
	r.accepted = len(r.latencies)
	return r, errors.Join(ctx.Err(), errors.Join(failures...))
}

func once(ctx context.Context, do submit, client int, d draft) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	if err := do(ctx, client, d); err != nil {
		return fmt.Errorf("submit a draft: %w", err)
	}
	return nil
}

// clients submit through the API, each over a connection of its own.
type clients struct {
	connections []*grpc.ClientConn
	services    []saakornv1.ApplicationServiceClient
}

func newClients(address string, count int) (*clients, error) {
	c := &clients{}
	for range count {
		connection, err := dial(address)
		if err != nil {
			return nil, errors.Join(err, c.close())
		}
		c.connections = append(c.connections, connection)
		c.services = append(c.services, saakornv1.NewApplicationServiceClient(connection))
	}
	return c, nil
}

func (c *clients) close() error {
	var all []error
	for _, connection := range c.connections {
		all = append(all, connection.Close())
	}
	return errors.Join(all...)
}

// submit submits the draft and expects a receipt.
func (c *clients) submit(ctx context.Context, client int, d draft) error {
	answer, err := c.services[client].SubmitApplication(signedIn(ctx, d.of.token), &saakornv1.SubmitApplicationRequest{
		RequestId: uuid.NewString(), ApplicationId: d.id.String(), Etag: d.of.etag,
	})
	if err != nil {
		return err
	}
	if answer.GetReceipt().GetReference() == "" {
		return errors.New("the receipt has no reference")
	}
	return nil
}
