package rpc_test

import (
	"log/slog"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"saakorn/services/platform/rpc"
)

// The health service is a service like any other, and not of the contract: it declares no access.
func TestAServerWithAMethodThatDeclaresNoAccessDoesNotStart(t *testing.T) {
	_, err := rpc.NewServer(rpc.Config{Log: slog.New(slog.DiscardHandler), Register: func(r grpc.ServiceRegistrar) {
		healthv1.RegisterHealthServer(r, health.NewServer())
	}})
	if err == nil || !strings.Contains(err.Error(), "grpc.health.v1.Health.Check declares no access") {
		t.Errorf("got %v, want an error that names the method", err)
	}
}
