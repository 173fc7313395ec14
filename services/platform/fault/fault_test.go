package fault_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"saakorn/services/platform/fault"
)

func TestEveryKindHasItsCode(t *testing.T) {
	tests := []struct {
		err  error
		want codes.Code
	}{
		{fault.Field("title", "REQUIRED", "write a title"), codes.InvalidArgument},
		{fault.NewNotFound("case"), codes.NotFound},
		{fault.NewConflict("7"), codes.Aborted},
		{fault.NewPrecondition("CALL_CLOSED", "closed"), codes.FailedPrecondition},
		{fault.NewDenied("ROLE_MISSING", "no"), codes.PermissionDenied},
		{fault.NewExists("CODE_TAKEN", "taken"), codes.AlreadyExists},
		{fault.NewUnavailable("REGISTRY_AWAY", "later", errors.New("timeout")), codes.Unavailable},
		{fault.NewUnauthenticated("NOT_SIGNED_IN", "sign in"), codes.Unauthenticated},
		{&fault.Fault{Kind: fault.Exhausted, Reason: "FRAME_EXCEEDED", Message: "no room"}, codes.ResourceExhausted},
	}
	for _, tt := range tests {
		t.Run(tt.want.String(), func(t *testing.T) {
			s, known := fault.Status(fmt.Errorf("do something: %w", tt.err))
			if !known || s.Code() != tt.want {
				t.Errorf("got %v, known %t", s, known)
			}
			for _, detail := range s.Details() {
				if info, ok := detail.(*errdetails.ErrorInfo); ok && info.GetReason() != "" && info.GetDomain() == fault.Domain {
					return
				}
			}
			t.Error("no reason that a program could act on")
		})
	}
}

func TestWhatIsOursToMendTellsTheCallerNothing(t *testing.T) {
	s, known := fault.Status(errors.New("duplicate key (email)=(amina@saakorn.example)"))
	if known || s.Code() != codes.Internal || strings.Contains(s.Message(), "amina") {
		t.Errorf("got %v, known %t", s, known)
	}
}

func TestWhatIsTranslatedAlready(t *testing.T) {
	for want, err := range map[codes.Code]error{
		codes.OK:               nil,
		codes.Canceled:         fmt.Errorf("query: %w", context.Canceled),
		codes.DeadlineExceeded: fmt.Errorf("query: %w", context.DeadlineExceeded),
		codes.Unimplemented:    status.Error(codes.Unimplemented, "no such method"),
	} {
		if s, known := fault.Status(err); !known || s.Code() != want {
			t.Errorf("%v becomes %v, known %t", err, s, known)
		}
	}
}
