package access

import (
	"context"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"saakorn/services/platform/clock"
	"saakorn/services/platform/fault"
)

// Guard lets through the calls that the contract allows.
type Guard struct {
	Rules  Rules
	Tokens *Tokens
	// Clock is the wall clock: tokens expire in real time, also in a rehearsal.
	Clock clock.System
}

const signIn = "sign in first: send a token in the header authorization, as \"Bearer <token>\""

// Unary guards calls with one request.
func (g Guard) Unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	ctx, err := g.admit(ctx, info.FullMethod)
	if err != nil {
		return nil, err
	}
	return handler(ctx, req)
}

// Stream guards calls with streams.
func (g Guard) Stream(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	ctx, err := g.admit(stream.Context(), info.FullMethod)
	if err != nil {
		return err
	}
	return handler(srv, &streamWithContext{stream, ctx})
}

func (g Guard) admit(ctx context.Context, method string) (context.Context, error) {
	if strings.HasPrefix(method, "/grpc.health.v1.") || strings.HasPrefix(method, "/grpc.reflection.") {
		return ctx, nil // how the server is and what it offers is no secret
	}
	caller, signedIn, err := g.caller(ctx)
	if err != nil {
		return nil, err
	}
	if err := g.Rules.Check(method, caller, signedIn); err != nil {
		return nil, err
	}
	if !signedIn {
		return ctx, nil
	}
	return WithPrincipal(ctx, caller), nil
}

func (g Guard) caller(ctx context.Context) (p Principal, signedIn bool, err error) {
	values := metadata.ValueFromIncomingContext(ctx, "authorization")
	if len(values) == 0 {
		return Principal{}, false, nil
	}
	scheme, token, ok := strings.Cut(values[0], " ")
	if !ok || !strings.EqualFold(scheme, "bearer") {
		return Principal{}, false, fault.NewUnauthenticated("NOT_SIGNED_IN", signIn)
	}
	p, err = g.Tokens.Verify(strings.TrimSpace(token), g.Clock.Now())
	if err != nil {
		return Principal{}, false, fault.NewUnauthenticated("TOKEN_NOT_VALID", "the token is not valid, or has expired: sign in again")
	}
	return p, true, nil
}

type streamWithContext struct {
	grpc.ServerStream
	ctx context.Context
}

func (s *streamWithContext) Context() context.Context { return s.ctx }
