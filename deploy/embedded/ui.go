package embedded

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/temporalio/ui-server/v2/server"
	"github.com/temporalio/ui-server/v2/server/config"
	"github.com/temporalio/ui-server/v2/server/server_options"
)

// UIPort is where Temporal's pages are by custom.
const UIPort = 8233

// UIConfig says where Temporal's own pages are served and what they show.
type UIConfig struct {
	// Host is the loopback address to listen on; empty means 127.0.0.1. The pages ask nobody who
	// they are and can change workflows, so they are for this machine only.
	Host string
	// Port to listen on; 0 means UIPort.
	Port int
	// TemporalAddress is the Temporal server to show, as host:port.
	TemporalAddress string
	// Namespace is shown first; empty means "saakorn".
	Namespace string
}

// UI is a running server of Temporal's pages.
type UI struct {
	server  *server.Server
	address string
	ended   chan struct{}
}

// StartUI serves Temporal's pages and returns when they answer. They fetch no news and send no
// feedback or statistics anywhere. What stands in the way of a start is returned as a *StartError.
func StartUI(ctx context.Context, cfg UIConfig) (*UI, error) {
	if cfg.Host == "" {
		cfg.Host = loopback
	}
	if cfg.Port == 0 {
		cfg.Port = UIPort
	}
	if cfg.Namespace == "" {
		cfg.Namespace = "saakorn"
	}
	if cfg.TemporalAddress == "" {
		return nil, startError(BadConfig, nil, "Temporal's pages need the address of a Temporal server: name one.")
	}
	if err := checkAddress("Temporal UI", cfg.Host, cfg.Port); err != nil {
		return nil, err
	}
	u := &UI{
		server:  server.NewServer(server_options.WithConfigProvider(uiConfiguration(cfg))),
		address: net.JoinHostPort(cfg.Host, strconv.Itoa(cfg.Port)),
		ended:   make(chan struct{}),
	}
	go func() {
		defer close(u.ended)
		// Returns nil only: it ends the program when it cannot listen, which was checked above.
		_ = u.server.Start()
	}()
	if err := u.awaitAnswer(ctx); err != nil {
		u.Stop()
		return nil, err
	}
	return u, nil
}

func uiConfiguration(cfg UIConfig) *config.Config {
	return &config.Config{
		TemporalGRPCAddress: cfg.TemporalAddress,
		Host:                cfg.Host,
		Port:                cfg.Port,
		EnableUI:            true,
		DefaultNamespace:    cfg.Namespace,
		DisableNewsFetch:    true,
		NotifyOnNewVersion:  false,
		FeedbackURL:         "",
		HideLogs:            true,
		// There is no TLS on the loopback address, and some browsers then keep no secure cookies.
		CORS: config.CORS{CookieInsecure: true},
	}
}

func (u *UI) awaitAnswer(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.URL()+"/healthz", nil)
	if err != nil {
		return fmt.Errorf("ask for Temporal's pages: %w", err)
	}
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for {
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			return response.Body.Close()
		}
		select {
		case <-ctx.Done():
			return startError(NotStarted, err, "Temporal's pages on %s did not answer in time.", u.address)
		case <-ticker.C:
		}
	}
}

// URL is where the pages are.
func (u *UI) URL() string { return "http://" + u.address }

// Stop ends the server of the pages.
func (u *UI) Stop() {
	u.server.Stop()
	<-u.ended
}
