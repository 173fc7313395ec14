package rpc

import (
	"errors"
	"strings"
	"testing"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/platform/fault"
)

func TestWhatTheContractDemandsIsSaidInPlainWords(t *testing.T) {
	validator, err := protovalidate.New()
	if err != nil {
		t.Fatal(err)
	}
	const id = "0197b0a8-5f6e-7c3a-9b1d-2f4e6a8c0d12"
	for name, tt := range map[string]struct {
		request proto.Message
		field   string
		want    string
	}{
		"an empty text":      {&saakornv1.CancelPaymentRequest{RequestId: id, PaymentId: id, Etag: "1"}, "reason", "must be filled in"},
		"a text too long":    {&saakornv1.CancelPaymentRequest{RequestId: id, PaymentId: id, Etag: "1", Reason: strings.Repeat("x", 2001)}, "reason", "must have no more than 2000 characters"},
		"no identifier":      {&saakornv1.GetPaymentRequest{}, "payment_id", "must be filled in"},
		"not an identifier":  {&saakornv1.GetPaymentRequest{PaymentId: "7"}, "payment_id", "must be an identifier, written as 0197b0a8-5f6e-7c3a-9b1d-2f4e6a8c0d12"},
		"a number too small": {&saakornv1.ListPaymentsRequest{PageSize: -1}, "page_size", "must be from 0 to 200"},
		"an unknown value":   {&saakornv1.ListPaymentsRequest{State: 99}, "state", "must be one of the values that the contract names"},
		"a date in words":    {&saakornv1.RecordRunwayRequest{RequestId: id, EnterpriseId: id, LastsUntil: "snart"}, "lasts_until", "must be a date, written as 2019-11-30"},
		"nothing chosen":     {&saakornv1.ProposeMeasureRequest{RequestId: id, AwardId: id, Grounds: "x"}, "kind", "must be chosen"},
	} {
		t.Run(name, func(t *testing.T) {
			err := checker{validator}.check(tt.request)
			var found []string
			if f, ok := errors.AsType[*fault.Fault](err); ok {
				for _, v := range f.Violations {
					found = append(found, v.Field+" "+v.Description)
				}
			}
			if len(found) != 1 || found[0] != tt.field+" "+tt.want {
				t.Errorf("said %q, want %q", found, tt.field+" "+tt.want)
			}
		})
	}
}
