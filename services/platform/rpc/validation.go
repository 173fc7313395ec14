package rpc

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"buf.build/go/protovalidate"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"saakorn/services/platform/fault"
)

// checker holds every request against the rules of the contract.
type checker struct {
	validator protovalidate.Validator
}

func (c checker) unary(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	if err := c.check(req); err != nil {
		return nil, err
	}
	return handler(ctx, req)
}

func (c checker) stream(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	return handler(srv, &checkedStream{stream, c})
}

type checkedStream struct {
	grpc.ServerStream
	checker checker
}

func (s *checkedStream) RecvMsg(m any) error {
	if err := open(s.ServerStream.RecvMsg, m); err != nil {
		return err
	}
	return s.checker.check(m)
}

func (c checker) check(m any) error {
	message, ok := m.(proto.Message)
	if !ok {
		return nil
	}
	violations := nulCharacters(message)
	err := c.validator.Validate(message)
	broken, ok := errors.AsType[*protovalidate.ValidationError](err)
	if err != nil && !ok {
		return fmt.Errorf("hold a request against the rules of the contract: %w", err)
	}
	if !ok {
		broken = &protovalidate.ValidationError{}
	}
	for _, v := range broken.Violations {
		violations = append(violations, fault.Violation{
			Field:       protovalidate.FieldPathString(v.Proto.GetField()),
			Reason:      reason(v.Proto.GetRuleId()),
			Description: wording(v),
		})
	}
	if len(violations) == 0 {
		return nil
	}
	// The answer has to stay small, however much is wrong.
	return fault.NewInvalid(violations[:min(len(violations), maxViolations)]...)
}

// maxViolations is how many fields an answer names at most.
const maxViolations = 100

// reason makes a stable reason of a rule's name: "string.max_len" becomes "STRING_MAX_LEN".
func reason(rule string) string {
	return strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(rule))
}
