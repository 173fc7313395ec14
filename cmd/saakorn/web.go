package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"saakorn/services/installation"
	"saakorn/services/platform/clock"
	"saakorn/web"
	"saakorn/web/signin"
)

type webCommand struct {
	Environment installation.Environment `env:"SAAKORN_ENVIRONMENT" enum:"production,development" default:"production" help:"production or development"`
	API         string                   `name:"api" env:"SAAKORN_API_ADDRESS" default:"127.0.0.1:9090" help:"address of the gRPC server"`
	HTTP        string                   `name:"http" env:"SAAKORN_WEB_ADDRESS" default:"127.0.0.1:8081" help:"address to serve the pages at"`
	PublicURL   string                   `name:"public-url" env:"SAAKORN_WEB_URL" required:"" help:"address that people type, for example https://saakorn.example"`
	IssuersFile string                   `name:"issuers" env:"SAAKORN_ISSUERS_FILE" help:"file with the OpenID Connect issuers that people sign in with, as JSON"`
	KeyFile     string                   `name:"key" env:"SAAKORN_WEB_KEY_FILE" help:"file with a secret that every program serving these pages shares; without it one program serves them"`
}

// Run serves the pages until it is told to stop.
func (c *webCommand) Run(ctx context.Context, log *slog.Logger) error {
	pages, closeAPI, err := c.pages(log)
	if err != nil {
		return err
	}
	defer closeAPI()
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", c.HTTP)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", c.HTTP, err)
	}
	server := &http.Server{
		Handler: pages, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	log.Info("serving", "web", listener.Addr().String(), "api", c.API)
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return errors.Join(err, server.Shutdown(stopping))
}

func (c *webCommand) pages(log *slog.Logger) (*web.Pages, func(), error) {
	key, err := c.key()
	if err != nil {
		return nil, nil, err
	}
	var providers []signin.Provider
	if c.IssuersFile != "" {
		if providers, err = signin.LoadProviders(c.IssuersFile); err != nil {
			return nil, nil, err
		}
	}
	connection, err := web.Connect(c.API)
	if err != nil {
		return nil, nil, err
	}
	pages, err := web.New(web.Config{
		API: connection, PublicURL: c.PublicURL, Providers: providers,
		Development: c.Environment == installation.Development, Key: key, Now: clock.System{}.Now, Log: log,
	})
	if err != nil {
		return nil, nil, errors.Join(err, connection.Close())
	}
	return pages, func() { connection.Close() }, nil
}

// key returns the secret in the file, or a new one.
func (c *webCommand) key() (key [32]byte, err error) {
	if c.KeyFile == "" {
		_, err = rand.Read(key[:])
		return key, err
	}
	secret, err := os.ReadFile(c.KeyFile)
	if err != nil {
		return key, fmt.Errorf("read the key of the pages: %w", err)
	}
	if len(secret) < 32 {
		return key, fmt.Errorf("the key in %s is too short: write at least 32 characters of chance", c.KeyFile)
	}
	return sha256.Sum256(secret), nil
}
