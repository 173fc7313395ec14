package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/temporal"
)

// TemporalConfig says where Temporal keeps its state and where it listens.
type TemporalConfig struct {
	// Postgres is the server with Temporal's two databases; they are created where missing, which
	// takes a role that may create databases.
	Postgres Server
	// Database and VisibilityDatabase are the names of the two databases; empty means
	// TemporalDatabase and TemporalVisibilityDatabase. Two Temporal servers must not share them.
	Database           string
	VisibilityDatabase string
	// Host is the loopback address to listen on; empty means 127.0.0.1.
	Host string
	// FrontendPort is where clients connect; 0 takes a free port.
	FrontendPort int
	// Namespace is registered if missing; empty means "saakorn".
	Namespace string
	// Retention is how long ended workflows can still be looked at, at least an hour; 0 means 90 days.
	// The facts about a case live in the database and are not touched by it.
	Retention time.Duration
	// TimeSkipping lets a rehearsal fast-forward single workflows. Off outside a rehearsal.
	TimeSkipping bool
	// Logger receives warnings and errors of the server; nil discards them.
	Logger *slog.Logger

	behind []int // the ports of the services behind the frontend
}

// Temporal is a Temporal server that runs in this program.
type Temporal struct {
	address string
	server  temporal.Server
	failed  chan error
	// What the services complain about while they leave each other is expected.
	stopping atomic.Bool
}

// StartTemporal brings the schema of Temporal's databases up to date, starts all of Temporal's
// services in this program and returns when the namespace can be used. What stands in the way of a
// start is returned as a *StartError. The context bounds the start only.
func StartTemporal(ctx context.Context, cfg TemporalConfig) (*Temporal, error) {
	cfg, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	if err := checkAddress("Temporal", cfg.Host, cfg.FrontendPort); err != nil {
		return nil, err
	}
	if err := migrateTemporal(ctx, cfg); err != nil {
		return nil, err
	}
	t := &Temporal{
		address: net.JoinHostPort(cfg.Host, strconv.Itoa(cfg.FrontendPort)),
		failed:  make(chan error, 1),
	}
	if err := t.run(ctx, cfg); err != nil {
		return nil, err
	}
	if err := t.awaitNamespace(ctx, cfg); err != nil {
		// The start has failed already, possibly because its time is over; stopping gets its own.
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		return nil, errors.Join(err, t.Stop(stopping))
	}
	return t, nil
}

func (cfg TemporalConfig) complete() (TemporalConfig, error) {
	if cfg.Host == "" {
		cfg.Host = loopback
	}
	if cfg.Database == "" {
		cfg.Database = TemporalDatabase
	}
	if cfg.VisibilityDatabase == "" {
		cfg.VisibilityDatabase = TemporalVisibilityDatabase
	}
	if cfg.Namespace == "" {
		cfg.Namespace = "saakorn"
	}
	if cfg.Retention == 0 {
		cfg.Retention = 90 * 24 * time.Hour
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	// All at once, so that no port is found twice.
	ports, err := freePorts(cfg.Host, 1+len(behindFrontend()))
	if err != nil {
		return cfg, err
	}
	if cfg.FrontendPort == 0 {
		cfg.FrontendPort = ports[0]
	}
	cfg.behind = ports[1:]
	return cfg, nil
}

// run starts the server in a goroutine of its own, because Temporal's way to report a fatal error is
// to end the program, for which temporalLogger ends just the goroutine.
func (t *Temporal) run(ctx context.Context, cfg TemporalConfig) error {
	configuration, hosts := temporalConfiguration(cfg)
	logger := &temporalLogger{logger: cfg.Logger, failed: t.failed, stopping: &t.stopping}
	started := make(chan startedServer, 1)
	go func() {
		// What Temporal does once panics when the goroutine ends in the middle of it.
		defer func() {
			if p := recover(); p != nil {
				started <- startedServer{err: fmt.Errorf("panic: %v", p)}
			}
		}()
		server, err := temporal.NewServer(
			temporal.WithConfig(configuration),
			temporal.ForServices(temporal.DefaultServices),
			temporal.WithStaticHosts(hosts),
			temporal.WithDynamicConfigClient(temporalSettings(cfg)),
			temporal.WithLogger(logger),
			temporal.WithNamespaceLogger(logger),
		)
		if err == nil {
			err = server.Start()
		}
		started <- startedServer{server, err}
	}()
	var err error
	select {
	case result := <-started:
		t.server, err = result.server, result.err
		if err != nil {
			select {
			case err = <-t.failed: // says why
			default:
			}
		}
	case err = <-t.failed:
	case <-ctx.Done():
		go stopLate(started)
		err = ctx.Err()
	}
	if err != nil {
		return startError(NotStarted, err, "Temporal could not start on %s: %v.", t.address, err)
	}
	return nil
}

type startedServer struct {
	server temporal.Server
	err    error
}

// stopLate stops a server for which nobody waits any more, once it has started.
func stopLate(started <-chan startedServer) {
	if result := <-started; result.err == nil {
		_ = result.server.Stop() // nobody is left to hear about it
	}
}

func temporalSettings(cfg TemporalConfig) dynamicconfig.StaticClient {
	return dynamicconfig.StaticClient{
		dynamicconfig.WorkflowTimeSkippingEnabled.Key(): cfg.TimeSkipping,
		// Nothing about this installation is told to anybody.
		dynamicconfig.EnableServerVersionCheck.Key(): false,
		// One process serves every task queue, so there is nothing to spread partitions over.
		dynamicconfig.MatchingNumTaskqueueReadPartitions.Key():  1,
		dynamicconfig.MatchingNumTaskqueueWritePartitions.Key(): 1,
	}
}

func (t *Temporal) awaitNamespace(ctx context.Context, cfg TemporalConfig) error {
	err := RegisterNamespace(ctx, t.address, cfg.Namespace, cfg.Retention)
	if err == nil {
		return nil
	}
	select {
	case failure := <-t.failed:
		err = failure
	default:
	}
	return startError(NotStarted, err, "Temporal on %s did not answer in time: %v.", t.address, err)
}

// Address is where clients connect, as host:port.
func (t *Temporal) Address() string { return t.address }

// Failed receives an error when the server gives up while running. The program should then stop.
func (t *Temporal) Failed() <-chan error { return t.failed }

// Stop shuts the services down in their order and waits until they have ended, or until the context
// ends. Workflows go on where they were at the next start.
func (t *Temporal) Stop(ctx context.Context) error {
	t.stopping.Store(true)
	stopped := make(chan error, 1)
	go func() { stopped <- t.server.Stop() }()
	select {
	case err := <-stopped:
		if err != nil {
			return fmt.Errorf("stop Temporal: %w", err)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stop Temporal: %w", ctx.Err())
	}
}

// dial connects to a Temporal server, waiting until it answers.
func dial(ctx context.Context, address string) (client.Client, error) {
	options := client.Options{
		HostPort: address,
		Logger:   sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	}
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for {
		connected, err := client.DialContext(ctx, options)
		if err == nil {
			return connected, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("connect to Temporal on %s: %w", address, errors.Join(ctx.Err(), err))
		case <-ticker.C:
		}
	}
}
