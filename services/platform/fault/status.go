package fault

import (
	"context"
	"errors"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
)

// Domain is the domain of every ErrorInfo that Såkorn returns.
const Domain = "saakorn"

// Status translates an error to what a gRPC caller gets. An error that is not meant for callers
// becomes Internal with nothing of its text: known is then false and the error belongs in the log.
func Status(err error) (s *status.Status, known bool) {
	if err == nil {
		return status.New(codes.OK, ""), true
	}
	if f, ok := errors.AsType[*Fault](err); ok {
		return f.status(), true
	}
	switch {
	case errors.Is(err, context.Canceled):
		return status.New(codes.Canceled, "the call was cancelled"), true
	case errors.Is(err, context.DeadlineExceeded):
		return status.New(codes.DeadlineExceeded, "the call took longer than its deadline allows"), true
	}
	if s, ok := status.FromError(err); ok {
		return s, true
	}
	return status.New(codes.Internal, "something went wrong on our side: nothing was changed, and you can try again"), false
}

func (f *Fault) status() *status.Status {
	s := status.New(f.code(), f.Message)
	details := []protoadapt.MessageV1{&errdetails.ErrorInfo{Reason: f.Reason, Domain: Domain, Metadata: f.Details}}
	if len(f.Violations) > 0 {
		bad := &errdetails.BadRequest{}
		for _, v := range f.Violations {
			bad.FieldViolations = append(bad.FieldViolations, &errdetails.BadRequest_FieldViolation{
				Field: v.Field, Description: v.Description, Reason: v.Reason,
			})
		}
		details = append(details, bad)
	}
	detailed, err := s.WithDetails(details...)
	if err != nil {
		return s // details are an extra: the code and the message stand without them
	}
	return detailed
}

func (f *Fault) code() codes.Code {
	switch f.Kind {
	case Invalid:
		return codes.InvalidArgument
	case NotFound:
		return codes.NotFound
	case Conflict:
		return codes.Aborted
	case Precondition:
		return codes.FailedPrecondition
	case Denied:
		return codes.PermissionDenied
	case Exists:
		return codes.AlreadyExists
	case Unavailable:
		return codes.Unavailable
	case Exhausted:
		return codes.ResourceExhausted
	case Unauthenticated:
		return codes.Unauthenticated
	}
	return codes.Unknown
}
