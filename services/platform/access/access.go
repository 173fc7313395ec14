// Package access decides who may call what. The contract declares it for every method with the
// option access; this package reads the declarations and enforces them.
package access

import (
	"context"
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/platform/fault"
)

// Principal is who makes a call.
type Principal struct {
	// ID is stable and says nothing about the person, for example "case-officer-1".
	ID    string
	Name  string
	Roles []saakornv1.Role
}

// Has tells whether the principal has at least one of the roles.
func (p Principal) Has(roles ...saakornv1.Role) bool {
	return slices.ContainsFunc(roles, func(r saakornv1.Role) bool { return slices.Contains(p.Roles, r) })
}

// Staff returns the roles that see everything that has been submitted, whoever it is assigned to.
func Staff() []saakornv1.Role {
	return []saakornv1.Role{
		saakornv1.Role_ROLE_CASE_OFFICER, saakornv1.Role_ROLE_DECISION_MAKER,
		saakornv1.Role_ROLE_MANAGER, saakornv1.Role_ROLE_AUDITOR,
	}
}

// SystemID is the actor of what workflows do by themselves.
const SystemID = "system"

type contextKey struct{}

// WithPrincipal returns a context that knows who makes the call.
func WithPrincipal(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, contextKey{}, p)
}

// AsSystem returns a context in which the system itself acts.
func AsSystem(ctx context.Context) context.Context {
	return WithPrincipal(ctx, Principal{ID: SystemID})
}

// From returns who makes the call; false when nobody has signed in.
func From(ctx context.Context) (Principal, bool) {
	p, ok := ctx.Value(contextKey{}).(Principal)
	return p, ok
}

// Rules says who may call each method, by full name ("/saakorn.v1.CaseService/Decide").
type Rules map[string]*saakornv1.Access

// RulesOf reads the declarations of the services. It fails on a method that declares nothing, so a
// server with such a method does not start.
func RulesOf(services ...protoreflect.ServiceDescriptor) (Rules, error) {
	rules := Rules{}
	for _, service := range services {
		methods := service.Methods()
		for i := range methods.Len() {
			method := methods.Get(i)
			rule, ok := proto.GetExtension(method.Options(), saakornv1.E_Access).(*saakornv1.Access)
			if !ok || !rule.GetPublic() && !rule.GetSignedIn() && len(rule.GetRoles()) == 0 {
				return nil, fmt.Errorf("%s declares no access: say who may call it in its .proto", method.FullName())
			}
			rules[fmt.Sprintf("/%s/%s", service.FullName(), method.Name())] = rule
		}
	}
	return rules, nil
}

// Check returns nil when the caller may call the method, and otherwise a fault that says why not.
// A method without a rule is refused.
func (r Rules) Check(method string, caller Principal, signedIn bool) error {
	rule, ok := r[method]
	switch {
	case !ok:
		return fault.NewDenied("METHOD_NOT_DECLARED", "nobody may call this method")
	case rule.GetPublic():
		return nil
	case !signedIn:
		return fault.NewUnauthenticated("NOT_SIGNED_IN", signIn)
	case rule.GetSignedIn() || caller.Has(rule.GetRoles()...):
		return nil
	}
	return fault.NewDenied("ROLE_MISSING", "your roles do not allow this")
}
