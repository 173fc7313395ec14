package enterprise

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/enterprise/db"
	"saakorn/services/enterprise/registry"
	"saakorn/services/platform/access"
	"saakorn/services/platform/audit"
	"saakorn/services/platform/command"
	"saakorn/services/platform/database"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/page"
	"saakorn/services/platform/person"
)

// What audit events are about.
const (
	subjectEnterprise = "enterprise"
	subjectNavUnit    = "nav_unit"
	subjectRelation   = "relation"
)

// Server answers the EnterpriseService.
type Server struct {
	saakornv1.UnimplementedEnterpriseServiceServer
	store    *Store
	runner   command.Runner
	registry Registry
	mandates Mandates
	numbers  []NumberOption
}

// NewServer returns the service. The options say which organisation numbers are accepted beyond
// ordinary ones; a production installation has none.
func NewServer(store *Store, runner command.Runner, registry Registry, mandates Mandates, numbers ...NumberOption) *Server {
	return &Server{store: store, runner: runner, registry: registry, mandates: mandates, numbers: numbers}
}

// LookUpEnterprise asks the registries without storing anything.
func (s *Server) LookUpEnterprise(ctx context.Context, r *saakornv1.LookUpEnterpriseRequest) (*saakornv1.LookUpEnterpriseResponse, error) {
	number, err := parseNumber(r.GetOrganizationNumber(), s.numbers)
	if err != nil {
		return nil, err
	}
	facts, err := s.registry.Facts(ctx, number.String())
	if err != nil {
		return nil, registryFault(err)
	}
	answer := &saakornv1.LookUpEnterpriseResponse{Facts: factsToProto(facts)}
	known, ok, err := byNumber(ctx, s.store.queries, number)
	if err != nil || !ok {
		return answer, err
	}
	visible, err := s.visible(ctx, known.ID)
	if err != nil {
		return nil, err
	}
	if visible {
		answer.EnterpriseId = known.ID.String()
	}
	return answer, nil
}

// RegisterEnterprise puts an enterprise in the register, with the caller as its first administrator
// (R59). What the registries say is asked for before the transaction, and told in it: a repeated
// request gets its first answer whatever the registries say by then.
func (s *Server) RegisterEnterprise(ctx context.Context, r *saakornv1.RegisterEnterpriseRequest) (*saakornv1.RegisterEnterpriseResponse, error) {
	caller, _ := access.From(ctx)
	number, facts, refusal := s.mandated(ctx, caller.ID, r.GetOrganizationNumber())
	return command.Run(ctx, s.runner, r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.RegisterEnterpriseResponse, error) {
		if refusal != nil {
			return nil, refusal
		}
		added, err := register(ctx, tx, number, facts, caller.ID, s.runner.Clock.Now())
		if err != nil {
			return nil, err
		}
		return &saakornv1.RegisterEnterpriseResponse{Enterprise: toProto(added)}, nil
	})
}

// mandated returns what the registry says about an enterprise for which the person may act.
func (s *Server) mandated(ctx context.Context, personID, text string) (OrganizationNumber, registry.Facts, error) {
	number, err := parseNumber(text, s.numbers)
	if err != nil {
		return "", registry.Facts{}, err
	}
	facts, err := s.registry.Facts(ctx, number.String())
	if err != nil {
		return "", registry.Facts{}, registryFault(err)
	}
	mandated, err := s.mandates.MayAct(ctx, personID, number.String())
	if err != nil {
		return "", registry.Facts{}, registryFault(err)
	}
	if !mandated {
		return "", registry.Facts{}, fault.NewDenied("NOT_MANDATED", "the registries do not say that you may act for this enterprise: "+
			"let somebody register it who does, such as the manager or the chair of the board, and then let you in")
	}
	return number, facts, nil
}

func register(ctx context.Context, tx pgx.Tx, number OrganizationNumber, facts registry.Facts, personID string, now time.Time) (Enterprise, error) {
	q := db.New(tx)
	known, ok, err := byNumber(ctx, q, number)
	if err != nil {
		return Enterprise{}, err
	}
	if ok {
		return Enterprise{}, registeredFault(ctx, q, known.ID, personID)
	}
	added := Enterprise{ID: uuid.New(), Revision: 1, OrganizationNumber: number, Source: RegistrySource, RegisteredAt: now}.withFacts(facts)
	err = insertEnterprise(ctx, q, added)
	if database.Violates(err, "enterprise_organization_number_key") {
		return Enterprise{}, errRegistered() // by somebody else, a moment ago
	}
	if err != nil {
		return Enterprise{}, fmt.Errorf("save an enterprise: %w", err)
	}
	first := Member{PersonID: personID, Right: Administrator, Since: now}
	if err := insertMember(ctx, q, added.ID, first); err != nil {
		return Enterprise{}, err
	}
	err = audit.Record(ctx, tx, audit.Event{
		Action: "ENTERPRISE_REGISTERED", OccurredAt: now, SubjectKind: subjectEnterprise, SubjectID: added.ID, After: toProto(added),
	})
	if err != nil {
		return Enterprise{}, err
	}
	return added, recordMember(ctx, tx, "MEMBER_ADDED", added.ID, Member{}, first, now)
}

// registeredFault names the entry to somebody who is a member of it already.
func registeredFault(ctx context.Context, q *db.Queries, id uuid.UUID, personID string) error {
	members, err := loadMembers(ctx, q, id)
	if err != nil {
		return err
	}
	if members.Right(personID).CanRead() {
		return errRegistered().With("enterprise_id", id.String())
	}
	return errRegistered()
}

func errRegistered() *fault.Fault {
	return fault.NewExists("ALREADY_REGISTERED", "the enterprise is in the register already: an administrator of the enterprise can let you in")
}

// GetEnterprise returns one enterprise.
func (s *Server) GetEnterprise(ctx context.Context, r *saakornv1.GetEnterpriseRequest) (*saakornv1.GetEnterpriseResponse, error) {
	id, err := parseID("enterprise_id", r.GetEnterpriseId())
	if err != nil {
		return nil, err
	}
	visible, err := s.visible(ctx, id)
	if err != nil {
		return nil, err
	}
	if !visible {
		return nil, errNotFound()
	}
	found, err := s.store.Enterprise(ctx, id)
	if err != nil {
		return nil, err
	}
	return &saakornv1.GetEnterpriseResponse{Enterprise: toProto(found)}, nil
}

// ListEnterprises returns a page of the register, by name.
func (s *Server) ListEnterprises(ctx context.Context, r *saakornv1.ListEnterprisesRequest) (*saakornv1.ListEnterprisesResponse, error) {
	after, err := page.Place(r, place{})
	if err != nil {
		return nil, err
	}
	f := filter{query: r.GetQuery()}
	caller, ok := access.From(ctx)
	switch {
	case !ok:
		return nil, errors.New("list enterprises: nobody is acting")
	case !caller.Has(staff()...):
		f.personID = caller.ID
	}
	rows, err := s.store.list(ctx, f, after, page.Size(r)+1)
	if err != nil {
		return nil, err
	}
	rows, next, err := page.Cut(r, rows, func(last Enterprise) place { return place{last.Name, last.ID} })
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.ListEnterprisesResponse{NextPageToken: next}
	for _, row := range rows {
		answer.Enterprises = append(answer.Enterprises, toProto(row))
	}
	return answer, nil
}

// AddMember lets a person act for the enterprise, or gives somebody who may another right.
func (s *Server) AddMember(ctx context.Context, r *saakornv1.AddMemberRequest) (*saakornv1.AddMemberResponse, error) {
	id, err := parseID("enterprise_id", r.GetEnterpriseId())
	if err != nil {
		return nil, err
	}
	caller, _ := access.From(ctx)
	return command.Run(ctx, s.runner, r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.AddMemberResponse, error) {
		now := s.runner.Clock.Now()
		members, err := lockMembers(ctx, db.New(tx), id)
		if err != nil {
			return nil, err
		}
		right := rightFromProto(r.GetRight())
		if err := members.CheckGive(caller.ID, r.GetPersonId(), right); err != nil {
			return nil, err
		}
		newcomer, err := knownPerson(ctx, tx, r.GetPersonId())
		if err != nil {
			return nil, err
		}
		member, err := give(ctx, tx, id, members, Member{PersonID: newcomer.ID, Name: newcomer.Name, Right: right, Since: now})
		if err != nil {
			return nil, err
		}
		return &saakornv1.AddMemberResponse{Member: memberToProto(member)}, nil
	})
}

// knownPerson returns somebody who can act for enterprises. Whether staff are known by the
// identifier is told to nobody.
func knownPerson(ctx context.Context, tx pgx.Tx, id string) (person.Person, error) {
	p, err := person.Get(ctx, tx, id)
	if fault.Is(err, "NOT_FOUND") || err == nil && !p.Has(saakornv1.Role_ROLE_ENTREPRENEUR) {
		return person.Person{}, fault.Field("person_id", "UNKNOWN_PERSON",
			"nobody who acts for enterprises is known by this identifier: ask your colleague to sign in once first")
	}
	return p, err
}

// give makes the person a member, and returns the membership there is already when it is the same.
// A right that is replaced stays as history.
func give(ctx context.Context, tx pgx.Tx, id uuid.UUID, members Members, m Member) (Member, error) {
	q := db.New(tx)
	action := "MEMBER_ADDED"
	before, ok := members.Find(m.PersonID)
	if ok && before.Right == m.Right {
		return before, nil
	}
	if ok {
		action = "MEMBER_RIGHT_CHANGED"
		if err := endMember(ctx, q, id, m.PersonID, m.Since); err != nil {
			return Member{}, err
		}
	}
	if err := insertMember(ctx, q, id, m); err != nil {
		return Member{}, err
	}
	return m, recordMember(ctx, tx, action, id, before, m, m.Since)
}

// RemoveMember ends a person's right to act for the enterprise.
func (s *Server) RemoveMember(ctx context.Context, r *saakornv1.RemoveMemberRequest) (*saakornv1.RemoveMemberResponse, error) {
	id, err := parseID("enterprise_id", r.GetEnterpriseId())
	if err != nil {
		return nil, err
	}
	caller, _ := access.From(ctx)
	return command.Run(ctx, s.runner, r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.RemoveMemberResponse, error) {
		q, now := db.New(tx), s.runner.Clock.Now()
		members, err := lockMembers(ctx, q, id)
		if err != nil {
			return nil, err
		}
		if err := members.CheckEnd(caller.ID, r.GetPersonId()); err != nil {
			return nil, err
		}
		if err := endMember(ctx, q, id, r.GetPersonId(), now); err != nil {
			return nil, err
		}
		ended, _ := members.Find(r.GetPersonId())
		return &saakornv1.RemoveMemberResponse{}, recordMember(ctx, tx, "MEMBER_REMOVED", id, ended, Member{}, now)
	})
}

// recordMember records a change of who may act; the zero member stands for nobody.
func recordMember(ctx context.Context, tx pgx.Tx, action string, id uuid.UUID, before, after Member, now time.Time) error {
	return audit.Record(ctx, tx, audit.Event{
		Action: action, OccurredAt: now, SubjectKind: subjectEnterprise, SubjectID: id,
		Before: membership(before), After: membership(after),
	})
}

// membership is what an audit event keeps of a member: no name.
func membership(m Member) any {
	if m.PersonID == "" {
		return nil
	}
	return struct {
		PersonID string    `json:"person_id"`
		Right    Right     `json:"right"`
		Since    time.Time `json:"since"`
	}{m.PersonID, m.Right, m.Since}
}

// ListMembers returns who may act for the enterprise now, to those who act for it and to the staff
// whom the contract names.
func (s *Server) ListMembers(ctx context.Context, r *saakornv1.ListMembersRequest) (*saakornv1.ListMembersResponse, error) {
	id, err := parseID("enterprise_id", r.GetEnterpriseId())
	if err != nil {
		return nil, err
	}
	if _, err := s.store.Enterprise(ctx, id); err != nil {
		return nil, err
	}
	members, err := s.store.Members(ctx, id)
	if err != nil {
		return nil, err
	}
	caller, _ := access.From(ctx)
	if !members.Right(caller.ID).CanRead() && !caller.Has(saakornv1.Role_ROLE_CASE_OFFICER, saakornv1.Role_ROLE_AUDITOR) {
		return nil, errNotFound()
	}
	answer := &saakornv1.ListMembersResponse{}
	for _, m := range members {
		answer.Members = append(answer.Members, memberToProto(m))
	}
	return answer, nil
}

// ListNavUnits returns a page of the Nav units, by name.
func (s *Server) ListNavUnits(ctx context.Context, r *saakornv1.ListNavUnitsRequest) (*saakornv1.ListNavUnitsResponse, error) {
	after, err := page.Place(r, place{})
	if err != nil {
		return nil, err
	}
	rows, err := s.store.queries.ListNavUnits(ctx, db.ListNavUnitsParams{
		AfterName: after.Name, AfterID: after.ID, RowLimit: int32(page.Size(r) + 1),
	})
	if err != nil {
		return nil, fmt.Errorf("list Nav units: %w", err)
	}
	rows, next, err := page.Cut(r, rows, func(last db.NavUnit) place { return place{last.Name, last.ID} })
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.ListNavUnitsResponse{NextPageToken: next}
	for _, row := range rows {
		answer.NavUnits = append(answer.NavUnits, navUnitToProto(row))
	}
	return answer, nil
}

// ListRelations returns a page of the relations, of one enterprise or one Nav unit when asked for.
func (s *Server) ListRelations(ctx context.Context, r *saakornv1.ListRelationsRequest) (*saakornv1.ListRelationsResponse, error) {
	enterpriseID, err := parseOptionalID("enterprise_id", r.GetEnterpriseId())
	if err != nil {
		return nil, err
	}
	navUnitID, err := parseOptionalID("nav_unit_id", r.GetNavUnitId())
	if err != nil {
		return nil, err
	}
	after, err := page.Place(r, uuid.Nil)
	if err != nil {
		return nil, err
	}
	rows, err := s.store.queries.ListRelations(ctx, db.ListRelationsParams{
		AfterID: after, EnterpriseID: enterpriseID, NavUnitID: navUnitID, RowLimit: int32(page.Size(r) + 1),
	})
	if err != nil {
		return nil, fmt.Errorf("list relations: %w", err)
	}
	rows, next, err := page.Cut(r, rows, func(last db.ListRelationsRow) uuid.UUID { return last.ID })
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.ListRelationsResponse{NextPageToken: next}
	for _, row := range rows {
		answer.Relations = append(answer.Relations, relationToProto(row))
	}
	return answer, nil
}

// visible tells whether the caller may see the enterprise: staff see all, others what they act for.
func (s *Server) visible(ctx context.Context, id uuid.UUID) (bool, error) {
	caller, ok := access.From(ctx)
	if !ok {
		return false, nil
	}
	if caller.Has(staff()...) {
		return true, nil
	}
	right, err := s.store.Right(ctx, caller.ID, id)
	return right.CanRead(), err
}

// staff are the roles that see the whole register: everybody's but the entrepreneurs'.
func staff() []saakornv1.Role {
	return []saakornv1.Role{
		saakornv1.Role_ROLE_CASE_OFFICER,
		saakornv1.Role_ROLE_ASSESSOR,
		saakornv1.Role_ROLE_DECISION_MAKER,
		saakornv1.Role_ROLE_PAYMENT_APPROVER,
		saakornv1.Role_ROLE_MANAGER,
		saakornv1.Role_ROLE_OFFICE_CONTACT,
		saakornv1.Role_ROLE_AUDITOR,
		saakornv1.Role_ROLE_ADMINISTRATOR,
	}
}

func parseID(field, text string) (uuid.UUID, error) {
	id, err := uuid.Parse(text)
	if err != nil {
		return uuid.Nil, fault.Field(field, "NOT_A_UUID", "send the identifier as it was given to you")
	}
	return id, nil
}

// parseOptionalID returns nil for an empty text.
func parseOptionalID(field, text string) (*uuid.UUID, error) {
	if text == "" {
		return nil, nil
	}
	id, err := parseID(field, text)
	return &id, err
}
