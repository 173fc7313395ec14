package web

import (
	"slices"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
)

// shown is how many people of a group are shown before the reader asks for all.
const shown = 8

// group is the fictional people whose first role is the same.
type group struct {
	role   saakornv1.Role
	people []*saakornv1.DevelopmentUser
}

// groups sorts people by their first role, in the order in which the roles come up.
func groups(people []*saakornv1.DevelopmentUser) []group {
	var all []group
	for _, p := range people {
		if len(p.GetRoles()) == 0 {
			continue
		}
		role := p.GetRoles()[0]
		i := slices.IndexFunc(all, func(g group) bool { return g.role == role })
		if i < 0 {
			i = len(all)
			all = append(all, group{role: role})
		}
		all[i].people = append(all[i].people, p)
	}
	// Those whom the grant is for come first.
	slices.SortStableFunc(all, func(a, b group) int { return int(a.role) - int(b.role) })
	return all
}
