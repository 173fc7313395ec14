package installation_test

import (
	"context"
	"slices"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/installation/installationtest"
)

// knock calls the method with an empty request, which is let in or not before it is read.
func knock(ctx context.Context, c *grpc.ClientConn, m protoreflect.MethodDescriptor) error {
	name := "/" + string(m.Parent().FullName()) + "/" + string(m.Name())
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := c.NewStream(ctx, &grpc.StreamDesc{ClientStreams: m.IsStreamingClient(), ServerStreams: m.IsStreamingServer()}, name)
	if err != nil {
		return err
	}
	// What goes wrong while sending is told when receiving.
	_ = stream.SendMsg(dynamicpb.NewMessage(m.Input()))
	_ = stream.CloseSend()
	return stream.RecvMsg(dynamicpb.NewMessage(m.Output()))
}

// methods returns every method of the contract with its declaration.
func methods() map[protoreflect.MethodDescriptor]*saakornv1.Access {
	found := map[protoreflect.MethodDescriptor]*saakornv1.Access{}
	protoregistry.GlobalFiles.RangeFilesByPackage("saakorn.v1", func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			list := file.Services().Get(i).Methods()
			for j := range list.Len() {
				found[list.Get(j)] = proto.GetExtension(list.Get(j).Options(), saakornv1.E_Access).(*saakornv1.Access)
			}
		}
		return true
	})
	return found
}

func TestEveryMethodLetsInWhomTheContractNames(t *testing.T) {
	api := installationtest.New(t)
	users, err := api.Development.ListDevelopmentUsers(t.Context(), &saakornv1.ListDevelopmentUsersRequest{})
	if err != nil {
		t.Fatal(err)
	}
	everybody := map[string]*saakornv1.DevelopmentUser{} // one for each set of roles
	for _, u := range users.GetUsers() {
		everybody[u.GetRoles()[0].String()] = u
	}
	if len(everybody) != len(saakornv1.Role_name)-1 {
		t.Fatalf("nobody to try some roles with: %v", everybody)
	}
	all := methods()
	if len(all) < 40 {
		t.Fatalf("only %d methods found", len(all))
	}
	for m, rule := range all {
		if err := knock(t.Context(), api.Connection, m); !rule.GetPublic() {
			installationtest.WantRefused(t, err, codes.Unauthenticated, "NOT_SIGNED_IN")
		} else if status.Code(err) == codes.Unauthenticated {
			t.Errorf("%s is public and asks for a token", m.FullName())
		}
		for _, u := range everybody {
			invited := rule.GetPublic() || rule.GetSignedIn() ||
				slices.ContainsFunc(u.GetRoles(), func(r saakornv1.Role) bool { return slices.Contains(rule.GetRoles(), r) })
			err := knock(api.As(t.Context(), u.GetId()), api.Connection, m)
			switch code := status.Code(err); {
			case code == codes.Unimplemented, code == codes.Internal, code == codes.Unknown:
				t.Errorf("%s by %s: %v", m.FullName(), u.GetId(), err)
			case !invited:
				installationtest.WantRefused(t, err, codes.PermissionDenied, "ROLE_MISSING")
			case installationtest.Refused(t, errOrNil(err)).Reason == "ROLE_MISSING":
				t.Errorf("%s does not let in %s", m.FullName(), u.GetId())
			}
		}
	}
}

// errOrNil leaves out the end of a stream.
func errOrNil(err error) error {
	if _, ok := status.FromError(err); !ok {
		return nil
	}
	return err
}

func TestATokenThatIsNoneIsRefused(t *testing.T) {
	api, other := installationtest.New(t), installationtest.New(t)
	good := api.Token(t.Context(), installationtest.Manager)
	for name, tt := range map[string]struct{ header, reason string }{
		"of another installation": {"Bearer " + other.Token(t.Context(), installationtest.Manager), "TOKEN_NOT_VALID"},
		"nonsense":                {"Bearer nonsense", "TOKEN_NOT_VALID"},
		"empty":                   {"Bearer ", "TOKEN_NOT_VALID"},
		"a password":              {"Basic bWFuYWdlcjpwYXNzd29yZA==", "NOT_SIGNED_IN"},
		"without its scheme":      {good, "NOT_SIGNED_IN"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", tt.header)
			_, err := api.Applications.ListApplications(ctx, &saakornv1.ListApplicationsRequest{})
			installationtest.WantRefused(t, err, codes.Unauthenticated, tt.reason)
		})
	}
	ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", "bearer "+good)
	if _, err := api.Applications.ListApplications(ctx, &saakornv1.ListApplicationsRequest{}); err != nil {
		t.Errorf("the scheme in small letters: %v", err)
	}
}
