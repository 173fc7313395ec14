package casework

import (
	"context"
	"time"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/platform/person"
)

// presenter shows cases as they are today: with names, with who stands in for owners who are away, and
// with what is stalled.
type presenter struct {
	names    map[string]string
	roster   Roster
	stranded stranded
	// stalledSince says for the schemes of the cases when the last event must have been.
	stalledSince map[edition]time.Time
}

// edition names one version of a scheme.
type edition struct{ schemeID, version string }

func (s *Server) presenter(ctx context.Context, q Querier, cases ...Case) (presenter, error) {
	p := presenter{stalledSince: map[edition]time.Time{}}
	var err error
	if p.roster, err = s.roster(ctx, q); err != nil {
		return p, err
	}
	if p.stranded, err = p.roster.stranded(ctx, q); err != nil {
		return p, err
	}
	var ids []string
	for _, c := range cases {
		ids = append(ids, c.OwnerID, p.roster.Acting(c.OwnerID))
		e := edition{c.SchemeID, c.SchemeVersion}
		if _, known := p.stalledSince[e]; known {
			continue
		}
		rules, err := s.Schemes.Definition(ctx, c.SchemeID, c.SchemeVersion)
		if err != nil {
			return p, err
		}
		p.stalledSince[e] = stalledSince(s.Clock.Now(), rules.Deadlines.StalledDays)
	}
	p.names, err = person.Names(ctx, q, ids)
	return p, err
}

// acting returns who acts for the owner of the case: empty when the owner is there, and when nobody can.
func (p presenter) acting(c Case) string {
	acting := p.roster.Acting(c.OwnerID)
	if acting == c.OwnerID || p.stranded.owned[c.ID] {
		return ""
	}
	return acting
}

func (p presenter) present(c Case) *saakornv1.Case {
	presented := presentCase(c, p.names)
	presented.NextStep = saakornv1.NextStep(saakornv1.NextStep_value[nextPrefix+string(p.stranded.step(c))])
	if acting := p.acting(c); acting != "" && c.Step != Closed {
		presented.ActingOwnerId, presented.ActingOwnerName = acting, p.names[acting]
	}
	since := p.stalledSince[edition{c.SchemeID, c.SchemeVersion}]
	presented.Stalled = c.Step != Closed && !c.LastEventAt.After(since)
	return presented
}

// present returns one case for the contract.
func (s *Server) present(ctx context.Context, q Querier, c Case) (*saakornv1.Case, error) {
	p, err := s.presenter(ctx, q, c)
	if err != nil {
		return nil, err
	}
	return p.present(c), nil
}
