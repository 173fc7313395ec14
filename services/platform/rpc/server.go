// Package rpc assembles the gRPC server: who may call, what a valid request is, how errors are told,
// and the same contract as JSON over HTTP.
package rpc

import (
	"context"
	"fmt"
	"log/slog"
	"net"

	"buf.build/go/protovalidate"
	"github.com/grpc-ecosystem/go-grpc-middleware/v2/interceptors/recovery"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"saakorn/services/platform/access"
	"saakorn/services/platform/clock"
)

// MaxMessageBytes is the most one request may hold. Longer texts than the contract allows are
// refused field by field; this only keeps the server's memory safe.
const MaxMessageBytes = 16 << 20

// Config is what a server is made of.
type Config struct {
	Tokens *access.Tokens
	Log    *slog.Logger
	// Register adds the services.
	Register func(grpc.ServiceRegistrar)
}

// Server answers gRPC.
type Server struct {
	grpc   *grpc.Server
	health *health.Server
}

// NewServer returns a server with every registered service, health and reflection. It fails when a
// method does not declare who may call it.
func NewServer(c Config) (*Server, error) {
	registered := &collector{}
	c.Register(registered)
	rules, err := access.RulesOf(registered.descriptors...)
	if err != nil {
		return nil, err
	}
	validator, err := protovalidate.New()
	if err != nil {
		return nil, fmt.Errorf("prepare the request rules: %w", err)
	}
	guard := access.Guard{Rules: rules, Tokens: c.Tokens, Clock: clock.System{}}
	tell := teller{c.Log}
	check := checker{validator}
	recovered := recovery.WithRecoveryHandlerContext(func(_ context.Context, p any) error {
		return fmt.Errorf("the method failed unexpectedly: %v", p)
	})
	s := &Server{
		grpc: grpc.NewServer(
			grpc.MaxRecvMsgSize(MaxMessageBytes),
			grpc.ForceServerCodecV2(newCodec()),
			grpc.ChainUnaryInterceptor(tell.unary, recovery.UnaryServerInterceptor(recovered), guard.Unary, check.unary),
			grpc.ChainStreamInterceptor(tell.stream, recovery.StreamServerInterceptor(recovered), guard.Stream, check.stream),
		),
		health: health.NewServer(),
	}
	c.Register(enveloping{s.grpc})
	healthv1.RegisterHealthServer(s.grpc, s.health)
	reflection.Register(s.grpc)
	return s, nil
}

// Serve answers until Stop is called.
func (s *Server) Serve(listener net.Listener) error {
	s.health.SetServingStatus("", healthv1.HealthCheckResponse_SERVING)
	if err := s.grpc.Serve(listener); err != nil {
		return fmt.Errorf("serve gRPC: %w", err)
	}
	return nil
}

// Stop lets the calls under way finish until the context ends, and then ends them.
func (s *Server) Stop(ctx context.Context) {
	s.health.Shutdown()
	done := make(chan struct{})
	go func() {
		s.grpc.GracefulStop()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
		s.grpc.Stop()
	}
}

// collector remembers what is registered, to read the declarations before anything is served.
type collector struct {
	descriptors []protoreflect.ServiceDescriptor
}

func (c *collector) RegisterService(desc *grpc.ServiceDesc, _ any) {
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(desc.ServiceName))
	if err != nil {
		return // a service that is not of the contract gets no rule, and so nobody may call it
	}
	if service, ok := found.(protoreflect.ServiceDescriptor); ok {
		c.descriptors = append(c.descriptors, service)
	}
}
