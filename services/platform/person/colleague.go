package person

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
)

// Search says which colleagues to find, and where to begin.
type Search struct {
	// Roles narrows to whoever has at least one of them; empty means everybody.
	Roles []saakornv1.Role
	// Name is a part of the name; capitals do not matter.
	Name  string
	After Place
	Limit int
}

// Place is where somebody is in the order of names.
type Place struct{ Key, ID string }

// Colleague is somebody who works with cases, with the place in the order of names.
type Colleague struct {
	Person
	Place Place
}

// Colleagues returns people who work with cases, in the order of the Norwegian alphabet, and of their
// roles those that have to do with it. Whoever only acts for an enterprise is none of them.
func Colleagues(ctx context.Context, q Querier, s Search) ([]Colleague, error) {
	rows, err := q.Query(ctx, ListColleagues, s.After.Key, s.After.ID, roleNames(s.Roles), s.Name, s.Limit)
	if err != nil {
		return nil, fmt.Errorf("list colleagues: %w", err)
	}
	var found []Colleague
	var c Colleague
	var roles []string
	_, err = pgx.ForEachRow(rows, []any{&c.ID, &c.Name, &roles, &c.Place.Key}, func() error {
		c.Place.ID = c.ID
		c.Roles = slices.DeleteFunc(parseRoles(roles), func(r saakornv1.Role) bool { return r == saakornv1.Role_ROLE_ENTREPRENEUR })
		found = append(found, c)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list colleagues: %w", err)
	}
	return found, nil
}

// ListColleagues is the statement of [Colleagues]. Its first condition is that of the index person_colleague_name, word for word.
const ListColleagues = `
SELECT id, name, roles, translate(lower(name), 'æøåäö', '{|}{|') COLLATE "C" AS key
FROM person
WHERE roles && '{ROLE_CASE_OFFICER,ROLE_ASSESSOR,ROLE_DECISION_MAKER,ROLE_PAYMENT_APPROVER,ROLE_MANAGER,ROLE_OFFICE_CONTACT,ROLE_AUDITOR,ROLE_ADMINISTRATOR}'::text[]
  AND (translate(lower(name), 'æøåäö', '{|}{|') COLLATE "C", id) > ($1::text, $2::text)
  AND ($3::text[] = '{}' OR roles && $3::text[])
  AND ($4::text = '' OR strpos(lower(name), lower($4)) > 0)
ORDER BY translate(lower(name), 'æøåäö', '{|}{|') COLLATE "C", id
LIMIT $5`
