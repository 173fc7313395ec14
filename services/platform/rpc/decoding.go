package rpc

import (
	"context"
	"fmt"
	"unicode/utf8"

	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/proto" // the codec that is asked for by its name
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"saakorn/services/platform/fault"
)

// Bytes that are no protobuf message, and text that is not UTF-8, are the caller's mistake. gRPC
// calls them internal errors, and tells the caller so before any interceptor hears of it. So requests
// are received into an envelope: decoding one always succeeds, and what went wrong lies in it.

// envelope is a message to decode into, and what is wrong with the bytes.
type envelope struct {
	to    any
	wrong error
}

// open receives into the message with receive, and returns the fault of bytes that cannot be read.
func open(receive func(any) error, to any) error {
	e := &envelope{to: to}
	if err := receive(e); err != nil {
		return err
	}
	return e.wrong
}

// codec is gRPC's own, and knows envelopes.
type codec struct{ encoding.CodecV2 }

func newCodec() codec { return codec{encoding.GetCodecV2("proto")} }

// Unmarshal decodes a message.
func (c codec) Unmarshal(data mem.BufferSlice, to any) error {
	e, ok := to.(*envelope)
	if !ok {
		return c.CodecV2.Unmarshal(data, to)
	}
	if err := c.CodecV2.Unmarshal(data, e.to); err != nil {
		e.wrong = unreadable(data.Materialize(), e.to, err)
	}
	return nil
}

// unreadable words what is wrong with a request that cannot be decoded.
func unreadable(raw []byte, to any, err error) error {
	if m, ok := to.(proto.Message); ok {
		if field := notUTF8(m.ProtoReflect().Descriptor(), raw); field != "" {
			return fault.Field(field, "INVALID_UTF8", "send the text encoded as UTF-8")
		}
	}
	return &fault.Fault{Kind: fault.Invalid, Reason: "UNREADABLE", Message: fmt.Sprintf("the request is not a message of the contract: %v", err)}
}

// notUTF8 returns the path of the first text in the encoded message that is not UTF-8, and nothing
// when there is none.
func notUTF8(d protoreflect.MessageDescriptor, raw []byte) string {
	count := map[protowire.Number]int{}
	for len(raw) > 0 {
		number, kind, n := protowire.ConsumeTag(raw)
		if n < 0 {
			return ""
		}
		size := protowire.ConsumeFieldValue(number, kind, raw[n:])
		if size < 0 {
			return ""
		}
		value := raw[n : n+size]
		raw = raw[n+size:]
		field := d.Fields().ByNumber(number)
		if field == nil || kind != protowire.BytesType {
			continue
		}
		text, _ := protowire.ConsumeBytes(value)
		if path, found := notUTF8In(field, text); found {
			return name(field, count[number]) + path
		}
		count[number]++
	}
	return ""
}

// notUTF8In tells whether there is text in the value of the field that is not UTF-8, and where.
func notUTF8In(field protoreflect.FieldDescriptor, value []byte) (path string, found bool) {
	switch {
	case field.Kind() == protoreflect.StringKind:
		return "", !utf8.Valid(value)
	case field.Message() != nil:
		path = notUTF8(field.Message(), value)
		return "." + path, path != ""
	}
	return "", false
}

func name(field protoreflect.FieldDescriptor, index int) string {
	if field.IsList() {
		return fmt.Sprintf("%s[%d]", field.Name(), index)
	}
	return string(field.Name())
}

// enveloping registers services so that they receive their requests in envelopes.
type enveloping struct {
	to grpc.ServiceRegistrar
}

// RegisterService registers the service.
func (r enveloping) RegisterService(desc *grpc.ServiceDesc, impl any) {
	wrapped := *desc
	wrapped.Methods = make([]grpc.MethodDesc, len(desc.Methods))
	for i, m := range desc.Methods {
		wrapped.Methods[i] = grpc.MethodDesc{MethodName: m.MethodName, Handler: readable(m.Handler)}
	}
	r.to.RegisterService(&wrapped, impl)
}

type methodHandler = func(srv any, ctx context.Context, dec func(any) error, interceptor grpc.UnaryServerInterceptor) (any, error)

// readable receives in an envelope. Decoding lies outside the interceptor that translates faults, so
// its fault is translated here.
func readable(handler methodHandler) methodHandler {
	return func(srv any, ctx context.Context, dec func(any) error, interceptor grpc.UnaryServerInterceptor) (any, error) {
		return handler(srv, ctx, func(m any) error {
			err := open(dec, m)
			if told, known := fault.Status(err); known {
				return told.Err()
			}
			return err
		}, interceptor)
	}
}
