package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.temporal.io/sdk/client"

	"saakorn/deploy/embedded"
	"saakorn/deploy/embedded/stack"
	"saakorn/services/installation"
	"saakorn/workflows/engine"
)

// rig is a running installation that is measured.
type rig struct {
	// name tells its calls for applications from those of another rig on the same data.
	name string
	// api is the address of the gRPC server.
	api string
	// database is the address of the facts; pool has a connection for each client of the bare program.
	database string
	pool     *pgxpool.Pool
	// engine is nil when no workers run.
	engine client.Client

	settings installation.Settings
	log      *slog.Logger
	stops    []func(context.Context) error
}

func (g *rig) onStop(stop func(context.Context) error) { g.stops = append(g.stops, stop) }

// stop stops everything, the last started first.
func (g *rig) stop(ctx context.Context) error {
	var all []error
	for _, stop := range slices.Backward(g.stops) {
		all = append(all, stop(ctx))
	}
	return errors.Join(all...)
}

func ephemeral() installation.Addresses {
	return installation.Addresses{GRPC: "127.0.0.1:0", HTTP: "127.0.0.1:0"}
}

// startWhole starts PostgreSQL, the engine, the API and the workers as the standalone program does.
func startWhole(ctx context.Context, folder string, clients int, log *slog.Logger) (*rig, error) {
	progress("starting PostgreSQL, Temporal, the API and the workers …")
	s, err := stack.Start(ctx, stack.Config{Folder: folder, Addresses: ephemeral(), Log: log})
	if err != nil {
		return nil, err
	}
	g := &rig{name: "W", api: s.Serving.GRPC, database: s.Postgres.URL(embedded.Database), log: log}
	g.onStop(s.Stop)
	g.engine, err = engine.Connect(engine.Config{Address: s.Temporal.Address(), Namespace: stack.Namespace, Log: log})
	if err != nil {
		return nil, errors.Join(err, g.stop(ctx))
	}
	g.onStop(func(context.Context) error { g.engine.Close(); return nil })
	return g.open(ctx, clients)
}

// startAlone starts PostgreSQL on the same data, and the API.
func startAlone(ctx context.Context, folder string, clients int, log *slog.Logger) (*rig, error) {
	progress("starting PostgreSQL and the API, without Temporal and workers …")
	postgres, err := embedded.StartPostgres(ctx, embedded.PostgresConfig{Folder: filepath.Join(folder, "postgres"), Logger: log})
	if err != nil {
		return nil, err
	}
	g := &rig{name: "A", database: postgres.URL(embedded.Database), log: log}
	g.onStop(postgres.Stop)
	g.settings = installation.Settings{
		Environment: installation.Development, DatabaseURL: g.database, Registry: installation.Recorded,
		Files: "file://" + filepath.Join(folder, "files") + "?create_dir=true&no_tmp_dir=true",
		Mail:  filepath.Join(folder, "mail"), TokenKeyFile: filepath.Join(folder, "token_key.pem"),
	}
	if g.api, err = g.serve(ctx, g.settings); err != nil {
		return nil, errors.Join(err, g.stop(ctx))
	}
	return g.open(ctx, clients)
}

// serve starts an API with the settings and returns its gRPC address. The rig stops it.
func (g *rig) serve(ctx context.Context, s installation.Settings) (string, error) {
	i, err := installation.Open(ctx, s, g.log)
	if err != nil {
		return "", err
	}
	g.onStop(func(context.Context) error { return i.Close() })
	if err := i.Start(ctx); err != nil {
		return "", err
	}
	serving, err := i.Serve(ctx, ephemeral())
	if err != nil {
		return "", err
	}
	g.onStop(serving.Stop)
	return serving.GRPC, nil
}

// open opens the bare program's way to the database and makes sure that nothing is durable in name only.
func (g *rig) open(ctx context.Context, clients int) (*rig, error) {
	config, err := pgxpool.ParseConfig(g.database)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read the database's address: %w", err), g.stop(ctx))
	}
	config.MaxConns = int32(clients)
	if g.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, errors.Join(fmt.Errorf("open the database: %w", err), g.stop(ctx))
	}
	g.onStop(func(context.Context) error { g.pool.Close(); return nil })
	if err := g.checkDurability(ctx); err != nil {
		return nil, errors.Join(err, g.stop(ctx))
	}
	return g, nil
}

func (g *rig) checkDurability(ctx context.Context) error {
	for _, name := range []string{"fsync", "synchronous_commit", "full_page_writes"} {
		value, err := g.show(ctx, name)
		if err != nil {
			return err
		}
		if value != "on" {
			return fmt.Errorf("PostgreSQL runs with %s = %s: it must be on", name, value)
		}
	}
	return nil
}

func (g *rig) show(ctx context.Context, name string) (value string, err error) {
	if err := g.pool.QueryRow(ctx, "SELECT current_setting($1)", name).Scan(&value); err != nil {
		return "", fmt.Errorf("read PostgreSQL's setting %s: %w", name, err)
	}
	return value, nil
}
