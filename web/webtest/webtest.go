// Package webtest gives tests the pages in front of a whole installation, and a real browser to visit
// them with. A package that uses it has
//
//	func TestMain(m *testing.M) { os.Exit(embeddedtest.Main(m)) }
package webtest

import (
	"log/slog"
	"net"
	"net/http"
	"testing"

	"saakorn/services/installation/installationtest"
	"saakorn/services/platform/clock"
	"saakorn/web"
)

// Site is a running installation with its pages.
type Site struct {
	API *installationtest.API
	// URL is the address of the pages, as http://127.0.0.1:port.
	URL string
}

// Start starts an installation and its pages, which end with the test.
func Start(t testing.TB) *Site {
	t.Helper()
	return Serve(t, installationtest.New(t))
}

// Serve puts pages in front of an installation.
func Serve(t testing.TB, api *installationtest.API) *Site {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Site{API: api, URL: "http://" + listener.Addr().String()}
	connection, err := web.Connect(api.Address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	pages, err := web.New(web.Config{
		API: connection, PublicURL: s.URL, Development: true, Now: clock.System{}.Now,
		Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := api.Installation.TrustDevelopmentIssuer(pages.Issuer()); err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: pages} //nolint:gosec // a test's own server
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return s
}
