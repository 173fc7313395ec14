package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"go.temporal.io/sdk/client"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"saakorn/services/installation"
	"saakorn/services/platform/rpc"
	"saakorn/workflows/engine"
)

type apiCommand struct {
	installation.Settings  `embed:""`
	installation.Addresses `embed:""`
}

// Run serves until it is told to stop.
func (c *apiCommand) Run(ctx context.Context, log *slog.Logger) error {
	i, err := open(ctx, c.Settings, log)
	if err != nil {
		return err
	}
	defer i.Close()
	serving, err := i.Serve(ctx, c.Addresses)
	if err != nil {
		return err
	}
	log.Info("serving", "grpc", serving.GRPC, "http", serving.HTTP)
	select {
	case err = <-serving.Failed():
	case <-ctx.Done():
	}
	return errors.Join(err, serving.Stop(context.WithoutCancel(ctx)))
}

func open(ctx context.Context, s installation.Settings, log *slog.Logger) (*installation.Installation, error) {
	i, err := installation.Open(ctx, s, log)
	if err != nil {
		return nil, err
	}
	if err := i.Start(ctx); err != nil {
		return nil, errors.Join(err, i.Close())
	}
	return i, nil
}

// engineFlags say where the engine is.
type engineFlags struct {
	Address   string `env:"SAAKORN_TEMPORAL_ADDRESS" default:"127.0.0.1:7233" help:"address of the Temporal server"`
	Namespace string `env:"SAAKORN_TEMPORAL_NAMESPACE" default:"saakorn" help:"namespace on the Temporal server"`
}

func (f engineFlags) connect(log *slog.Logger) (client.Client, error) {
	return engine.Connect(engine.Config{Address: f.Address, Namespace: f.Namespace, Log: log})
}

type workerCommand struct {
	installation.Settings `embed:""`
	Engine                engineFlags `embed:"" prefix:"temporal-"`
	GRPC                  string      `name:"grpc" env:"SAAKORN_GRPC_ADDRESS" default:"127.0.0.1:9091" help:"address of the health service"`
}

// Run runs the procedures until it is told to stop. Its health service answers from the beginning:
// workers wait for an engine that is away.
func (c *workerCommand) Run(ctx context.Context, log *slog.Logger) error {
	i, err := open(ctx, c.Settings, log)
	if err != nil {
		return err
	}
	defer i.Close()
	connection, err := c.Engine.connect(log)
	if err != nil {
		return err
	}
	defer connection.Close()
	health, stop, err := serveHealth(ctx, c.GRPC, log)
	if err != nil {
		return err
	}
	defer stop()
	log.Info("working", "engine", c.Engine.Address, "health", health)
	return engine.Run(ctx, i, connection, log)
}

// serveHealth starts the health service and returns where it listens.
func serveHealth(ctx context.Context, address string, log *slog.Logger) (listens string, stop func(), err error) {
	server, err := rpc.NewServer(rpc.Config{Log: log, Register: func(grpc.ServiceRegistrar) {}})
	if err != nil {
		return "", nil, err
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return "", nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	go func() {
		if err := server.Serve(listener); err != nil {
			log.Error("the health service stopped", "error", err)
		}
	}()
	return listener.Addr().String(), func() { server.Stop(context.WithoutCancel(ctx)) }, nil
}

type healthCommand struct {
	GRPC    string        `name:"grpc" env:"SAAKORN_GRPC_ADDRESS" default:"127.0.0.1:9090" help:"address of the gRPC server"`
	Pages   string        `help:"ask the pages at this address in place of a gRPC server, for example http://127.0.0.1:8081"`
	Timeout time.Duration `default:"3s" help:"how long to wait for an answer"`
}

// Run fails unless the server says that it serves.
func (c *healthCommand) Run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	if c.Pages != "" {
		return askPages(ctx, c.Pages)
	}
	host, port, err := net.SplitHostPort(c.GRPC)
	if err != nil {
		return fmt.Errorf("read the address: %w", err)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	connection, err := grpc.NewClient(net.JoinHostPort(host, port), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer connection.Close()
	answer, err := healthv1.NewHealthClient(connection).Check(ctx, &healthv1.HealthCheckRequest{})
	if err != nil {
		return fmt.Errorf("ask for health: %w", err)
	}
	if answer.GetStatus() != healthv1.HealthCheckResponse_SERVING {
		return fmt.Errorf("the server says %s", answer.GetStatus())
	}
	return nil
}

func askPages(ctx context.Context, address string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"/healthz", nil)
	if err != nil {
		return fmt.Errorf("ask the pages for health: %w", err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return fmt.Errorf("ask the pages for health: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the pages say %s", answer.Status)
	}
	return nil
}
