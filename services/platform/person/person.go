// Package person keeps the names and roles of those who use the system. Who somebody is comes from
// their sign-in; this register is what lets a case show names and offer people to assign.
package person

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/platform/fault"
)

// Person is somebody who uses the system.
type Person struct {
	// ID is the identity provider's stable identifier; never a national identity number.
	ID    string
	Name  string
	Email string
	Roles []saakornv1.Role
}

// Has tells whether the person has the role.
func (p Person) Has(role saakornv1.Role) bool {
	return slices.Contains(p.Roles, role)
}

// Querier is a connection pool or a transaction.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// Get returns the person with the identifier; a NotFound fault when there is none.
func Get(ctx context.Context, q Querier, id string) (Person, error) {
	p := Person{ID: id}
	var roles []string
	err := q.QueryRow(ctx, `SELECT name, email, roles FROM person WHERE id = $1`, id).Scan(&p.Name, &p.Email, &roles)
	if errors.Is(err, pgx.ErrNoRows) {
		return Person{}, fault.NewNotFound("person")
	}
	if err != nil {
		return Person{}, fmt.Errorf("load a person: %w", err)
	}
	p.Roles = parseRoles(roles)
	return p, nil
}

// Names returns the names of the given people by identifier; unknown ones are left out.
func Names(ctx context.Context, q Querier, ids []string) (map[string]string, error) {
	names := make(map[string]string, len(ids))
	if len(ids) == 0 {
		return names, nil
	}
	rows, err := q.Query(ctx, `SELECT id, name FROM person WHERE id = ANY($1)`, ids)
	if err != nil {
		return nil, fmt.Errorf("load names: %w", err)
	}
	var id, name string
	_, err = pgx.ForEachRow(rows, []any{&id, &name}, func() error {
		names[id] = name
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("load names: %w", err)
	}
	return names, nil
}

// Save stores people as they are known now.
func Save(ctx context.Context, tx pgx.Tx, people []Person, now time.Time) error {
	batch := &pgx.Batch{}
	for _, p := range people {
		batch.Queue(`INSERT INTO person (id, name, email, roles, updated_at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (id) DO UPDATE SET name = excluded.name, email = excluded.email,
				roles = excluded.roles, updated_at = excluded.updated_at
			WHERE (person.name, person.email, person.roles) IS DISTINCT FROM (excluded.name, excluded.email, excluded.roles)`,
			p.ID, p.Name, p.Email, roleNames(p.Roles), now)
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("save people: %w", err)
	}
	return nil
}

func roleNames(roles []saakornv1.Role) []string {
	names := make([]string, 0, len(roles))
	for _, r := range roles {
		names = append(names, r.String())
	}
	return names
}

func parseRoles(names []string) []saakornv1.Role {
	roles := make([]saakornv1.Role, 0, len(names))
	for _, n := range names {
		roles = append(roles, saakornv1.Role(saakornv1.Role_value[n]))
	}
	return roles
}
