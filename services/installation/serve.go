package installation

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"saakorn/services/platform/rpc"
)

// stopWithin is how long calls under way may take to finish when the program is told to stop.
const stopWithin = 10 * time.Second

// Addresses are where an installation listens.
type Addresses struct {
	GRPC string `name:"grpc" env:"SAAKORN_GRPC_ADDRESS" default:"127.0.0.1:9090" help:"address of the gRPC server"`
	HTTP string `name:"http" env:"SAAKORN_HTTP_ADDRESS" default:"127.0.0.1:8080" help:"address of the JSON API"`
	// Pages puts the pages in front of the JSON API at the HTTP address; nil leaves them out.
	Pages PagesBeside `kong:"-"`
}

// PagesBeside returns a handler that serves the pages, and leaves to the given handler what is the
// JSON API's. grpc is the address of the gRPC server, http that of the returned handler; both are of
// this installation. It is called before anything is served.
type PagesBeside func(i *Installation, grpc, http string, api http.Handler) (http.Handler, error)

// Serving is a running API.
type Serving struct {
	// GRPC and HTTP are the addresses it listens on.
	GRPC, HTTP string

	grpc    *rpc.Server
	gateway *rpc.Gateway
	http    *http.Server
	failed  chan error
}

// Serve starts the gRPC server and the JSON API and returns when both listen.
func (i *Installation) Serve(ctx context.Context, a Addresses) (*Serving, error) {
	server, err := i.Server()
	if err != nil {
		return nil, err
	}
	grpcListener, err := listen(ctx, a.GRPC, "--grpc")
	if err != nil {
		return nil, err
	}
	httpListener, err := listen(ctx, a.HTTP, "--http")
	if err != nil {
		return nil, errors.Join(err, grpcListener.Close())
	}
	gateway, err := i.Gateway(ctx, local(grpcListener.Addr()))
	if err != nil {
		return nil, errors.Join(err, grpcListener.Close(), httpListener.Close())
	}
	handler := http.Handler(gateway)
	if a.Pages != nil {
		handler, err = a.Pages(i, local(grpcListener.Addr()), local(httpListener.Addr()), gateway)
		if err != nil {
			return nil, errors.Join(err, gateway.Close(), grpcListener.Close(), httpListener.Close())
		}
	}
	s := &Serving{
		GRPC: grpcListener.Addr().String(), HTTP: httpListener.Addr().String(), grpc: server, gateway: gateway,
		http: &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(i.log.Handler(), slog.LevelWarn)},
		// Room for both, so that neither waits for somebody to listen.
		failed: make(chan error, 2),
	}
	go func() { s.failed <- server.Serve(grpcListener) }()
	go func() { s.failed <- s.http.Serve(httpListener) }()
	return s, nil
}

func listen(ctx context.Context, address, flag string) (net.Listener, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s (%w): stop what uses it, or choose another address with %s", address, err, flag)
	}
	return listener, nil
}

// local returns the address by which a server on this machine is reached.
func local(a net.Addr) string {
	tcp, ok := a.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return a.String()
	}
	return fmt.Sprintf("127.0.0.1:%d", tcp.Port)
}

// Failed reports a server that has stopped by itself.
func (s *Serving) Failed() <-chan error { return s.failed }

// Stop lets calls under way finish, and ends them when that takes too long.
func (s *Serving) Stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, stopWithin)
	defer cancel()
	err := s.http.Shutdown(ctx)
	s.grpc.Stop(ctx)
	return errors.Join(err, s.gateway.Close())
}
