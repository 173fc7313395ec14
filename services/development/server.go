package development

import (
	"context"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/enterprise/fictional"
	"saakorn/services/platform/access"
	"saakorn/services/platform/clock"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/person"
)

// tokenLife is how long a development token is good for.
const tokenLife = 12 * time.Hour

// Server answers the DevelopmentService of the contract.
type Server struct {
	saakornv1.UnimplementedDevelopmentServiceServer

	Tokens *access.Tokens
	// Clock is the installation's; Wall is the wall clock, because tokens expire in real time, also in a rehearsal.
	Clock clock.Clock
	Wall  clock.System
}

// ListDevelopmentUsers returns the fictional people one can sign in as.
func (s *Server) ListDevelopmentUsers(context.Context, *saakornv1.ListDevelopmentUsersRequest) (*saakornv1.ListDevelopmentUsersResponse, error) {
	acting := map[string][]*saakornv1.DevelopmentEnterprise{}
	for _, e := range fictional.Enterprises() {
		for _, p := range e.People {
			if p.ID != "" && p.MayAct {
				acting[p.ID] = append(acting[p.ID], &saakornv1.DevelopmentEnterprise{OrganizationNumber: e.Number, Name: e.Name})
			}
		}
	}
	answer := &saakornv1.ListDevelopmentUsersResponse{Now: timestamppb.New(s.Clock.Now())}
	for _, p := range People() {
		answer.Users = append(answer.Users, &saakornv1.DevelopmentUser{Id: p.ID, Name: p.Name, Roles: p.Roles, Enterprises: acting[p.ID]})
	}
	return answer, nil
}

// IssueDevelopmentToken signs in as a fictional person.
func (s *Server) IssueDevelopmentToken(_ context.Context, r *saakornv1.IssueDevelopmentTokenRequest) (*saakornv1.IssueDevelopmentTokenResponse, error) {
	people := People()
	i := slices.IndexFunc(people, func(p person.Person) bool { return p.ID == r.GetUserId() })
	if i < 0 {
		return nil, fault.Field("user_id", "NO_SUCH_USER", "choose one that ListDevelopmentUsers names, for example entrepreneur-01")
	}
	now := s.Wall.Now()
	expires := now.Add(tokenLife)
	p := people[i]
	token, err := s.Tokens.Issue(access.Principal{ID: p.ID, Name: p.Name, Roles: p.Roles}, now, expires)
	if err != nil {
		return nil, err
	}
	return &saakornv1.IssueDevelopmentTokenResponse{Token: token, ExpiresAt: timestamppb.New(expires)}, nil
}
