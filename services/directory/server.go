// Package directory shows who works with cases, so that one can be chosen by name.
package directory

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/platform/page"
	"saakorn/services/platform/person"
)

// Server answers the PersonService of the contract.
type Server struct {
	saakornv1.UnimplementedPersonServiceServer

	Pool *pgxpool.Pool
}

// ListPeople returns those who work with cases, in the order of their names.
func (s *Server) ListPeople(ctx context.Context, r *saakornv1.ListPeopleRequest) (*saakornv1.ListPeopleResponse, error) {
	after, err := page.Place(r, person.Place{})
	if err != nil {
		return nil, err
	}
	found, err := person.Colleagues(ctx, s.Pool, person.Search{
		Roles: r.GetRoles(), Name: strings.TrimSpace(r.GetQuery()), After: after, Limit: page.Size(r) + 1,
	})
	if err != nil {
		return nil, err
	}
	found, next, err := page.Cut(r, found, func(last person.Colleague) person.Place { return last.Place })
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.ListPeopleResponse{NextPageToken: next}
	for _, c := range found {
		answer.People = append(answer.People, &saakornv1.ListedPerson{Id: c.ID, Name: c.Name, Roles: c.Roles})
	}
	return answer, nil
}
