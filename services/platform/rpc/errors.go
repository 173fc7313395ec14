package rpc

import (
	"context"
	"log/slog"

	"google.golang.org/grpc"

	"saakorn/services/platform/fault"
)

// teller translates errors for the caller, and logs those that are ours to mend. It logs no request:
// requests hold personal data.
type teller struct {
	log *slog.Logger
}

func (t teller) unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	answer, err := handler(ctx, req)
	return answer, t.tell(ctx, info.FullMethod, err)
}

func (t teller) stream(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	return t.tell(stream.Context(), info.FullMethod, handler(srv, stream))
}

func (t teller) tell(ctx context.Context, method string, err error) error {
	if err == nil {
		return nil
	}
	s, known := fault.Status(err)
	if !known {
		t.log.ErrorContext(ctx, "a call failed", "method", method, "error", err)
	}
	return s.Err()
}
