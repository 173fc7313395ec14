package rpc

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"

	"saakorn/services/platform/fault"
)

// RegisterHandler adds one service's JSON routes to the gateway.
type RegisterHandler func(context.Context, *runtime.ServeMux, *grpc.ClientConn) error

// Gateway offers the contract as JSON over HTTP: a client of the gRPC server like any other.
type Gateway struct {
	connection *grpc.ClientConn
	handler    http.Handler
}

// NewGateway returns a gateway to the gRPC server at the address. description is the OpenAPI
// document it offers at /openapi.json.
func NewGateway(ctx context.Context, address string, description []byte, register ...RegisterHandler) (*Gateway, error) {
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(MaxMessageBytes), grpc.MaxCallSendMsgSize(MaxMessageBytes)))
	if err != nil {
		return nil, fmt.Errorf("connect the gateway: %w", err)
	}
	routes := runtime.NewServeMux(runtime.WithMarshalerOption(runtime.MIMEWildcard, &runtime.JSONPb{
		MarshalOptions:   protojson.MarshalOptions{EmitUnpopulated: true},
		UnmarshalOptions: protojson.UnmarshalOptions{DiscardUnknown: false},
	}), runtime.WithErrorHandler(tellHTTP))
	for _, r := range register {
		if err := r(ctx, routes, connection); err != nil {
			return nil, fmt.Errorf("add routes to the gateway: %w", err)
		}
	}
	g := &Gateway{connection: connection}
	mux := http.NewServeMux()
	mux.Handle("/v1/", http.MaxBytesHandler(routes, MaxMessageBytes))
	mux.HandleFunc("GET /healthz", g.health)
	mux.HandleFunc("GET /openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(description) // the reader has gone away, and nobody else can be told
	})
	g.handler = securityHeaders(mux)
	return g, nil
}

// tellHTTP writes an error as JSON. What the gateway itself cannot read gets a reason, as everything
// has that the server refuses.
func tellHTTP(ctx context.Context, mux *runtime.ServeMux, m runtime.Marshaler, w http.ResponseWriter, r *http.Request, err error) {
	if s := status.Convert(err); s.Code() == codes.InvalidArgument && len(s.Details()) == 0 {
		refusal, _ := fault.Status(&fault.Fault{Kind: fault.Invalid, Reason: "MALFORMED_JSON", Message: "the request cannot be read: " + s.Message()})
		err = refusal.Err()
	}
	runtime.DefaultHTTPErrorHandler(ctx, mux, m, w, r, err)
}

// ServeHTTP answers JSON calls, /healthz and /openapi.json.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) { g.handler.ServeHTTP(w, r) }

// Close lets go of the connection to the gRPC server.
func (g *Gateway) Close() error { return g.connection.Close() }

func (g *Gateway) health(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	answer, err := healthv1.NewHealthClient(g.connection).Check(ctx, &healthv1.HealthCheckRequest{})
	if err != nil || answer.GetStatus() != healthv1.HealthCheckResponse_SERVING {
		http.Error(w, "not serving", http.StatusServiceUnavailable)
		return
	}
	_, _ = w.Write([]byte("serving\n")) // the reader has gone away, and nobody else can be told
}

func securityHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}
