// Package stack runs a whole installation in one process: PostgreSQL and Temporal embedded, the API
// and the workers. It is the real thing, made small.
package stack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"go.temporal.io/sdk/client"
	"google.golang.org/grpc"

	"saakorn/deploy/embedded"
	"saakorn/deploy/portfolio"
	"saakorn/services/installation"
	"saakorn/services/platform/clock"
	"saakorn/services/platform/database"
	"saakorn/services/platform/procedure"
	"saakorn/web"
	"saakorn/workflows/engine"
)

// Config says where the stack keeps its data and where it listens. Port 0 takes a free one.
type Config struct {
	// Folder holds everything that lasts.
	Folder       string
	PostgresPort int
	TemporalPort int
	// UIPort is where the engine's own pages are; 0 leaves them out.
	UIPort    int
	Addresses installation.Addresses
	// Rehearsal lets the clock be moved; RehearsalFrom is where it begins, the zero time for now.
	Rehearsal     bool
	RehearsalFrom time.Time
	// Throwaway gives up the database's durability, for data that lives no longer than the program.
	Throwaway bool
	// Report is loaded into the register; nil loads nothing.
	Report fs.FS
	// Portfolio is a snapshot that an installation without any facts starts from; nil starts with none.
	Portfolio []byte
	Log       *slog.Logger
}

// Stack is a running installation.
type Stack struct {
	Postgres     *embedded.Postgres
	Temporal     *embedded.Temporal
	UI           *embedded.UI
	Installation *installation.Installation
	Serving      *installation.Serving
	// Portfolio tells that this start has loaded the snapshot.
	Portfolio bool

	log        *slog.Logger
	connection client.Client
	work       sync.WaitGroup
	stopWork   context.CancelFunc
	toAPI      *grpc.ClientConn // of the pages
	failed     chan error
}

// Start starts everything and returns when it can be used. The context bounds the start only.
func Start(ctx context.Context, c Config) (*Stack, error) {
	if err := os.MkdirAll(c.Folder, 0o755); err != nil {
		return nil, fmt.Errorf("the data folder cannot be used: %w", err)
	}
	s := &Stack{log: c.Log, failed: make(chan error, 1)}
	for _, step := range []func(context.Context, Config) error{s.startEngines, s.install, s.serve} {
		if err := step(ctx, c); err != nil {
			stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
			defer cancel()
			return nil, errors.Join(err, s.Stop(stopping))
		}
	}
	return s, nil
}

func (s *Stack) startEngines(ctx context.Context, c Config) (err error) {
	s.Postgres, err = embedded.StartPostgres(ctx, embedded.PostgresConfig{
		Folder: filepath.Join(c.Folder, "postgres"), Port: c.PostgresPort, Logger: c.Log, Throwaway: c.Throwaway,
	})
	return err
}

func (s *Stack) startTemporal(ctx context.Context, c Config) (err error) {
	s.Temporal, err = embedded.StartTemporal(ctx, embedded.TemporalConfig{
		Postgres: s.Postgres.Server(), FrontendPort: c.TemporalPort, Logger: c.Log,
	})
	if err != nil || c.UIPort == 0 {
		return err
	}
	s.UI, err = embedded.StartUI(ctx, embedded.UIConfig{Port: c.UIPort, TemporalAddress: s.Temporal.Address()})
	return err
}

// install starts the engine and prepares the database side by side: neither needs the other.
func (s *Stack) install(ctx context.Context, c Config) error {
	started := make(chan error, 1)
	go func() { started <- s.startTemporal(ctx, c) }()
	return errors.Join(s.prepare(ctx, c), <-started)
}

func (s *Stack) prepare(ctx context.Context, c Config) (err error) {
	s.Installation, err = installation.Open(ctx, installation.Settings{
		Environment: installation.Development, DatabaseURL: s.Postgres.URL(embedded.Database),
		Files: "file://" + filepath.Join(c.Folder, "files") + "?create_dir=true&no_tmp_dir=true",
		Mail:  filepath.Join(c.Folder, "mail"), Registry: installation.Recorded,
		Altinn: installation.MailboxesRecorded, AltinnFolder: filepath.Join(c.Folder, "altinn"),
		TokenKeyFile: filepath.Join(c.Folder, "token_key.pem"), Rehearsal: c.Rehearsal,
		RehearsalFrom: c.RehearsalFrom, Bank: installation.DevelopmentBank(filepath.Join(c.Folder, "bank")),
	}, c.Log)
	if err != nil {
		return err
	}
	if err := s.loadPortfolio(ctx, c); err != nil {
		return err
	}
	if err := s.Installation.Prepare(ctx); err != nil {
		return err
	}
	if c.Report == nil {
		return s.Installation.Start(ctx)
	}
	report, err := installation.ImportReport(ctx, s.Installation.Pool, c.Report, clock.System{}.Now())
	if err != nil {
		return err
	}
	if !report.Complete() {
		return errors.New("the report's files hold broken rows")
	}
	return s.Installation.Start(ctx)
}

// loadPortfolio loads the snapshot into an installation that nothing has ever happened in. It goes on from the
// same moment whenever it is loaded.
func (s *Stack) loadPortfolio(ctx context.Context, c Config) error {
	if c.Portfolio == nil {
		return nil
	}
	used, err := database.Used(ctx, s.Installation.Pool)
	if err != nil || used {
		return err
	}
	err = portfolio.Load(ctx, bytes.NewReader(c.Portfolio), portfolio.Target{
		Migrate: func(ctx context.Context, versions []int64) error {
			return database.MigrateOnly(ctx, s.Installation.Pool, versions)
		},
		Database: s.Postgres.SuperuserURL(embedded.Database), Folder: c.Folder,
	}, clock.System{}.Now())
	s.Portfolio = err == nil
	return err
}

func (s *Stack) serve(ctx context.Context, c Config) (err error) {
	s.connection, err = engine.Connect(engine.Config{Address: s.Temporal.Address(), Namespace: Namespace, Log: c.Log})
	if err != nil {
		return err
	}
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stopWork = stop
	s.work.Go(func() {
		if err := engine.Run(working, s.Installation, s.connection, c.Log); err != nil && working.Err() == nil {
			s.failed <- err
		}
	})
	c.Addresses.Pages = func(i *installation.Installation, grpcAddress, httpAddress string, api http.Handler) (http.Handler, error) {
		return s.pages(i, grpcAddress, httpAddress, api, c.Log)
	}
	if s.Serving, err = s.Installation.Serve(ctx, c.Addresses); err != nil || c.Portfolio == nil {
		return err
	}
	// The snapshot holds facts only: the workflows start anew from them, at this start, or at a later one when the
	// first was cut short.
	_, err = procedure.Reconcile(ctx, s.Installation.Pool, s.connection, nil)
	return err
}

// pages puts the pages in front of the JSON API, with an issuer of their own that signs in the
// fictional people.
func (s *Stack) pages(i *installation.Installation, grpcAddress, httpAddress string, api http.Handler, log *slog.Logger) (http.Handler, error) {
	connection, err := web.Connect(grpcAddress)
	if err != nil {
		return nil, err
	}
	s.toAPI = connection
	pages, err := web.New(web.Config{
		API: connection, PublicURL: "http://" + httpAddress, Development: true, Now: clock.System{}.Now, Log: log,
	})
	if err != nil {
		return nil, err
	}
	if err := i.TrustDevelopmentIssuer(pages.Issuer()); err != nil {
		return nil, err
	}
	return web.Beside(api, pages), nil
}

// Namespace is where the workflows live on the engine.
const Namespace = "saakorn"

// Wait returns when the context ends, with nil, or when a part has failed, with what it said.
func (s *Stack) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-s.failed:
		return fmt.Errorf("the workers stopped: %w", err)
	case err := <-s.Serving.Failed():
		return fmt.Errorf("the API stopped: %w", err)
	case err := <-s.Temporal.Failed():
		return fmt.Errorf("the Temporal server stopped: %w", err)
	case <-s.Postgres.Done():
		return errors.New("PostgreSQL stopped by itself: its log in the data folder says why")
	}
}

// Stop stops everything, the last started first.
func (s *Stack) Stop(ctx context.Context) error {
	var all []error
	if s.Serving != nil {
		all = append(all, s.Serving.Stop(ctx))
	}
	if s.toAPI != nil {
		all = append(all, s.toAPI.Close())
	}
	if s.stopWork != nil {
		s.stopWork()
		s.work.Wait()
	}
	if s.connection != nil {
		s.connection.Close()
	}
	if s.Installation != nil {
		all = append(all, s.Installation.Close())
	}
	if s.UI != nil {
		s.UI.Stop()
	}
	if s.Temporal != nil {
		all = append(all, s.Temporal.Stop(ctx))
	}
	if s.Postgres != nil {
		all = append(all, s.Postgres.Stop(ctx))
	}
	return errors.Join(all...)
}
