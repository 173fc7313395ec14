package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"

	"saakorn/deploy/data"
	"saakorn/services/installation"
	"saakorn/services/platform/clock"
	"saakorn/services/platform/database"
	"saakorn/services/platform/procedure"
	"saakorn/services/scheme"
)

type migrateCommand struct {
	installation.Settings `embed:""`
}

// Run prepares the database.
func (c *migrateCommand) Run(ctx context.Context, log *slog.Logger) error {
	i, err := installation.Open(ctx, c.Settings, log)
	if err != nil {
		return err
	}
	defer i.Close()
	return i.Prepare(ctx)
}

type importCommand struct {
	DatabaseURL string `env:"SAAKORN_DATABASE_URL" required:"" help:"address of the PostgreSQL database"`
	Folder      string `arg:"" optional:"" type:"existingdir" help:"folder with enterprises.csv, nav_units.csv and relations.csv; without it what the report AFI 2020:10 says"`
}

// Run loads the files and says what became of every row.
func (c *importCommand) Run(ctx context.Context) error {
	pool, err := database.Open(ctx, c.DatabaseURL)
	if err != nil {
		return err
	}
	defer pool.Close()
	var files fs.FS = data.Report()
	if c.Folder != "" {
		files = os.DirFS(c.Folder)
	}
	report, err := installation.ImportReport(ctx, pool, files, clock.System{}.Now())
	if err != nil {
		return err
	}
	if err := report.Print(os.Stdout); err != nil {
		return err
	}
	if !report.Complete() {
		return errors.New("some rows are broken: nothing of their files was loaded")
	}
	return nil
}

type reconcileCommand struct {
	DatabaseURL string      `env:"SAAKORN_DATABASE_URL" required:"" help:"address of the PostgreSQL database"`
	Engine      engineFlags `embed:"" prefix:"temporal-"`
}

// Run starts what is missing, and says how much that was.
func (c *reconcileCommand) Run(ctx context.Context, log *slog.Logger) error {
	pool, err := database.Open(ctx, c.DatabaseURL)
	if err != nil {
		return err
	}
	defer pool.Close()
	connection, err := c.Engine.connect(log)
	if err != nil {
		return err
	}
	defer connection.Close()
	done, err := procedure.Reconcile(ctx, pool, connection, func(r procedure.Reconciled) {
		fmt.Printf("%d procedures looked at, %d started\n", r.Open, r.Started)
	})
	if err != nil {
		return err
	}
	fmt.Printf("%d open procedures: %d had no workflow and have one now\n", done.Open, done.Started)
	return nil
}

type schemeCommand struct {
	Check schemeCheckCommand `cmd:"" help:"Say what is wrong with a scheme file, with line and field."`
}

type schemeCheckCommand struct {
	Files []string `arg:"" type:"existingfile" help:"scheme files"`
}

// Run checks every file and fails when one of them is wrong.
func (c *schemeCheckCommand) Run() error {
	for _, path := range c.Files {
		source, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("read a scheme file: %w", err)
		}
		d, err := scheme.Parse(path, source)
		if err != nil {
			return err
		}
		fmt.Printf("%s: %s %s is sound\n", path, d.ID, d.Version)
	}
	return nil
}
