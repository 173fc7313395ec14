package access_test

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/platform/access"
	"saakorn/services/platform/fault"
)

// contract returns every service of the contract, also those of a development installation.
func contract() []protoreflect.ServiceDescriptor {
	var services []protoreflect.ServiceDescriptor
	protoregistry.GlobalFiles.RangeFilesByPackage("saakorn.v1", func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			services = append(services, file.Services().Get(i))
		}
		return true
	})
	return services
}

func TestEveryMethodOfTheContractSaysWhoMayCallIt(t *testing.T) {
	services := contract()
	if len(services) < 7 {
		t.Fatalf("only %d services found", len(services))
	}
	rules, err := access.RulesOf(services...)
	if err != nil {
		t.Fatal(err)
	}
	for _, service := range services {
		for i := range service.Methods().Len() {
			name := "/" + string(service.FullName()) + "/" + string(service.Methods().Get(i).Name())
			if rules[name] == nil {
				t.Errorf("%s has no rule", name)
			}
		}
	}
}

func TestAMethodThatSaysNothingIsNotAccepted(t *testing.T) {
	for name, declared := range map[string]*saakornv1.Access{"nothing": nil, "an empty declaration": {}} {
		t.Run(name, func(t *testing.T) {
			options := &descriptorpb.MethodOptions{}
			if declared != nil {
				proto.SetExtension(options, saakornv1.E_Access, declared)
			}
			_, err := access.RulesOf(service(t, options))
			if err == nil || !strings.Contains(err.Error(), "example.Careless.Do") {
				t.Errorf("got %v, want an error that names the method", err)
			}
		})
	}
	options := &descriptorpb.MethodOptions{}
	proto.SetExtension(options, saakornv1.E_Access, &saakornv1.Access{SignedIn: true})
	if _, err := access.RulesOf(service(t, options)); err != nil {
		t.Errorf("refused a declared method: %v", err)
	}
}

// service builds a service that is in no .proto file, with one method.
func service(t *testing.T, options *descriptorpb.MethodOptions) protoreflect.ServiceDescriptor {
	t.Helper()
	file, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: new("careless.proto"), Package: new("example"), Syntax: new("proto3"),
		MessageType: []*descriptorpb.DescriptorProto{{Name: new("Nothing")}},
		Service: []*descriptorpb.ServiceDescriptorProto{{
			Name: new("Careless"),
			Method: []*descriptorpb.MethodDescriptorProto{{
				Name: new("Do"), InputType: new(".example.Nothing"), OutputType: new(".example.Nothing"), Options: options,
			}},
		}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return file.Services().Get(0)
}

func TestWhoMayCall(t *testing.T) {
	officer := access.Principal{ID: "case-officer-1", Roles: []saakornv1.Role{saakornv1.Role_ROLE_CASE_OFFICER}}
	rules := access.Rules{
		"/public":    {Public: true},
		"/signed-in": {SignedIn: true},
		"/officers":  {Roles: []saakornv1.Role{saakornv1.Role_ROLE_MANAGER, saakornv1.Role_ROLE_CASE_OFFICER}},
		"/auditors":  {Roles: []saakornv1.Role{saakornv1.Role_ROLE_AUDITOR}},
	}
	tests := []struct {
		method   string
		caller   access.Principal
		signedIn bool
		want     string
	}{
		{"/public", access.Principal{}, false, ""},
		{"/signed-in", access.Principal{}, false, "NOT_SIGNED_IN"},
		{"/signed-in", officer, true, ""},
		{"/signed-in", access.Principal{ID: "without-roles"}, true, ""},
		{"/officers", officer, true, ""},
		{"/officers", officer, false, "NOT_SIGNED_IN"},
		{"/officers", access.Principal{ID: "without-roles"}, true, "ROLE_MISSING"},
		{"/auditors", officer, true, "ROLE_MISSING"},
		{"/undeclared", officer, true, "METHOD_NOT_DECLARED"},
	}
	for _, tt := range tests {
		err := rules.Check(tt.method, tt.caller, tt.signedIn)
		if tt.want == "" && err != nil || tt.want != "" && !fault.Is(err, tt.want) {
			t.Errorf("%s by %q, signed in %t: got %v, want %q", tt.method, tt.caller.ID, tt.signedIn, err, tt.want)
		}
	}
}

func TestNotSignedInHasACodeOfItsOwn(t *testing.T) {
	s, _ := fault.Status(access.Rules{"/signed-in": {SignedIn: true}}.Check("/signed-in", access.Principal{}, false))
	if s.Code() != codes.Unauthenticated {
		t.Errorf("got %v", s)
	}
}

func TestATokenSaysWhoItsBearerIs(t *testing.T) {
	tokens, now := access.NewTokens(key(t)), time.Date(2019, time.January, 7, 8, 0, 0, 0, time.UTC)
	want := access.Principal{ID: "case-officer-1", Name: "Solveig Myrvang (fiktiv)", Roles: []saakornv1.Role{saakornv1.Role_ROLE_CASE_OFFICER}}
	token, err := tokens.Issue(want, now, now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	got, err := tokens.Verify(token, now.Add(time.Hour-time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("bearer (-want +got):\n%s", diff)
	}
	again, err := tokens.Verify(token, now.Add(time.Hour-time.Second))
	if diff := cmp.Diff(want, again); diff != "" || err != nil {
		t.Errorf("bearer of a token that has been seen before: %v (-want +got):\n%s", err, diff)
	}
	if _, err := tokens.Verify(token, now.Add(time.Hour)); err == nil {
		t.Error("an expired token is accepted")
	}
	if _, err := access.NewTokens(key(t)).Verify(token, now); err == nil {
		t.Error("a token signed with another key is accepted")
	}
	if _, err := tokens.Verify(token[:len(token)-4]+"AAAA", now); err == nil {
		t.Error("a token with a changed signature is accepted")
	}
}

func TestForgedTokensAreRefused(t *testing.T) {
	private, now := key(t), time.Date(2019, time.January, 7, 8, 0, 0, 0, time.UTC)
	public := private.Public()
	good := func() jwt.MapClaims {
		return jwt.MapClaims{"iss": "saakorn", "sub": "manager-1", "exp": now.Add(time.Hour).Unix(), "roles": []string{"ROLE_MANAGER"}}
	}
	tests := []struct {
		name   string
		method jwt.SigningMethod
		key    any
		change func(jwt.MapClaims)
	}{
		{"without a signature", jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, func(jwt.MapClaims) {}},
		{"signed with the public key as a password", jwt.SigningMethodHS256, []byte(public.(ed25519.PublicKey)), func(jwt.MapClaims) {}},
		{"of another issuer", jwt.SigningMethodEdDSA, crypto.Signer(private), func(c jwt.MapClaims) { c["iss"] = "elsewhere" }},
		{"of no issuer", jwt.SigningMethodEdDSA, crypto.Signer(private), func(c jwt.MapClaims) { delete(c, "iss") }},
		{"that never expires", jwt.SigningMethodEdDSA, crypto.Signer(private), func(c jwt.MapClaims) { delete(c, "exp") }},
		{"not valid yet", jwt.SigningMethodEdDSA, crypto.Signer(private), func(c jwt.MapClaims) { c["nbf"] = now.Add(time.Minute).Unix() }},
		{"with a role that does not exist", jwt.SigningMethodEdDSA, crypto.Signer(private), func(c jwt.MapClaims) { c["roles"] = []string{"ROLE_KING"} }},
		{"of nobody", jwt.SigningMethodEdDSA, crypto.Signer(private), func(c jwt.MapClaims) { delete(c, "sub") }},
		{"of the system itself", jwt.SigningMethodEdDSA, crypto.Signer(private), func(c jwt.MapClaims) { c["sub"] = access.SystemID }},
	}
	tokens := access.NewTokens(private)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := good()
			tt.change(c)
			forged, err := jwt.NewWithClaims(tt.method, c).SignedString(tt.key)
			if err != nil {
				t.Fatal(err)
			}
			if p, err := tokens.Verify(forged, now); err == nil {
				t.Errorf("accepted as %v", p)
			}
		})
	}
	for _, nonsense := range []string{"", ".", "a.b.c", strings.Repeat("x", 10_000)} {
		if p, err := tokens.Verify(nonsense, now); err == nil {
			t.Errorf("%.20q is accepted as %v", nonsense, p)
		}
	}
}

func key(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return private
}
