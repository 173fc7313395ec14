// Command saakorn runs one part of an installation: the API, the workers, or a task of the operator.
package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

type program struct {
	API       apiCommand       `cmd:"" name:"api" help:"Serve gRPC and the JSON API."`
	Web       webCommand       `cmd:"" help:"Serve the pages."`
	Worker    workerCommand    `cmd:"" help:"Run the procedures on the engine."`
	Migrate   migrateCommand   `cmd:"" help:"Bring the database to the newest shape and publish the schemes."`
	Import    importCommand    `cmd:"" name:"import" help:"Load what a report says about enterprises, Nav units and relations."`
	Reconcile reconcileCommand `cmd:"" help:"Start a workflow for every open procedure that has none."`
	Export    exportCommand    `cmd:"" help:"Write every fact to a folder, one file of JSON lines for each table."`
	Scheme    schemeCommand    `cmd:"" help:"Work with scheme files."`
	Bank      bankCommand      `cmd:"" help:"Import the files that have come from the bank."`
	Health    healthCommand    `cmd:"" help:"Say whether a server of this installation answers."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	log := slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelInfo}))
	parsed := kong.Parse(&program{}, kong.Name("saakorn"), kong.UsageOnError(),
		kong.Description("Case management for public grants."),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(log))
	err := parsed.Run()
	stop()
	parsed.FatalIfErrorf(err)
}
