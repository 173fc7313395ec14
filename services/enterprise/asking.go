package enterprise

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"saakorn/services/enterprise/db"
	"saakorn/services/enterprise/registry"
	"saakorn/services/platform/access"
	"saakorn/services/platform/audit"
	"saakorn/services/platform/clock"
	"saakorn/services/platform/database"
	"saakorn/services/platform/fault"
)

// Registry says what the Register of Legal Entities says about an enterprise, with the errors of
// [registry.Client.Facts].
type Registry interface {
	Facts(ctx context.Context, organizationNumber string) (registry.Facts, error)
}

// Mandates says whether a person may act for an enterprise without being let in by anybody, with
// the errors of [registry.Mandates.MayAct].
type Mandates interface {
	MayAct(ctx context.Context, personID, organizationNumber string) (bool, error)
}

// RoleRegistry says who holds which role in an enterprise, with the errors of [registry.Client.Roles].
type RoleRegistry interface {
	Roles(ctx context.Context, organizationNumber string) (registry.Roles, error)
}

// RoleBook asks the registry about enterprises that are known here.
type RoleBook struct {
	store    *Store
	registry RoleRegistry
}

// NewRoleBook returns a book of the roles in the store's enterprises.
func NewRoleBook(store *Store, registry RoleRegistry) *RoleBook { return &RoleBook{store, registry} }

// Roles returns who holds which role in the enterprise as the registry says now. Nothing of it is kept
// here: role holders are people who have nothing to do with us. Faults are those of
// [Refresher.Refresh]; an enterprise that has been removed has no roles.
func (b *RoleBook) Roles(ctx context.Context, id uuid.UUID) (registry.Roles, error) {
	known, err := b.store.Enterprise(ctx, id)
	if err != nil {
		return registry.Roles{}, err
	}
	if known.OrganizationNumber == "" {
		return registry.Roles{}, fault.NewPrecondition("NO_ORGANIZATION_NUMBER",
			"the enterprise is known from a report only: without an organisation number the registry cannot be asked")
	}
	roles, err := b.registry.Roles(ctx, known.OrganizationNumber.String())
	if _, removed := errors.AsType[*registry.RemovedError](err); removed {
		return registry.Roles{}, nil
	}
	if err != nil {
		return registry.Roles{}, registryFault(err)
	}
	return roles, nil
}

// Refresher brings what the register says about enterprises up to date.
type Refresher struct {
	store    *Store
	registry Registry
	clock    clock.Clock
}

// NewRefresher returns a refresher of the enterprises in the store.
func NewRefresher(store *Store, registry Registry, clock clock.Clock) *Refresher {
	return &Refresher{store, registry, clock}
}

// Refresh asks the Register of Legal Entities about the enterprise, stores what it says, and returns
// the enterprise as it now stands together with the whole answer. An enterprise that has been
// removed from the register is an answer and no error: it is marked as deleted, keeps the facts it
// had, and the answer is empty.
//
// The audit event has the system as its actor. An answer that is not newer than what is stored
// changes nothing. Faults: NotFound for no such enterprise, Precondition NO_ORGANIZATION_NUMBER for
// one that is known from a report only, NotFound NEVER_EXISTED, Unavailable REGISTRY_UNAVAILABLE.
func (r *Refresher) Refresh(ctx context.Context, id uuid.UUID) (Enterprise, registry.Facts, error) {
	known, err := r.store.Enterprise(ctx, id)
	if err != nil {
		return Enterprise{}, registry.Facts{}, err
	}
	if known.OrganizationNumber == "" {
		return Enterprise{}, registry.Facts{}, fault.NewPrecondition("NO_ORGANIZATION_NUMBER",
			"the enterprise is known from a report only: without an organisation number the registry cannot be asked")
	}
	facts, err := r.registry.Facts(ctx, known.OrganizationNumber.String())
	_, removed := errors.AsType[*registry.RemovedError](err)
	if err != nil && !removed {
		return Enterprise{}, registry.Facts{}, registryFault(err)
	}
	var now Enterprise
	err = database.InTransaction(ctx, r.store.pool, func(tx pgx.Tx) error {
		now, err = r.save(access.AsSystem(ctx), tx, id, facts, removed)
		return err
	})
	if err != nil {
		return Enterprise{}, registry.Facts{}, fmt.Errorf("refresh an enterprise: %w", err)
	}
	return now, facts, nil
}

// save stores an answer, which another call may have overtaken in the meantime.
func (r *Refresher) save(ctx context.Context, tx pgx.Tx, id uuid.UUID, facts registry.Facts, removed bool) (Enterprise, error) {
	q := db.New(tx)
	before, err := load(q.LockEnterprise(ctx, id))
	if err != nil {
		return Enterprise{}, err
	}
	after := before
	if removed {
		after.Deleted, after.RegistryCheckedAt = true, r.clock.Now()
	} else {
		after = before.withFacts(facts)
	}
	if !after.RegistryCheckedAt.After(before.RegistryCheckedAt) {
		return before, nil
	}
	if err := updateFacts(ctx, q, after); err != nil {
		return Enterprise{}, err
	}
	after.Revision++
	return after, audit.Record(ctx, tx, audit.Event{
		Action: "ENTERPRISE_REFRESHED", OccurredAt: r.clock.Now(), SubjectKind: subjectEnterprise, SubjectID: id,
		Before: toProto(before), After: toProto(after),
	})
}

// registryFault translates what stood in the way of an answer from the registries. An answer that
// cannot be read, or a question that was refused, is our own trouble and stays an ordinary error.
func registryFault(err error) error {
	if removed, ok := errors.AsType[*registry.RemovedError](err); ok {
		return removedFault(removed)
	}
	switch {
	case errors.Is(err, registry.ErrNeverExisted):
		return &fault.Fault{Kind: fault.NotFound, Reason: "NEVER_EXISTED",
			Message: "the Register of Legal Entities has never had an enterprise with this organisation number: check the number"}
	case errors.Is(err, registry.ErrUnavailable):
		return fault.NewUnavailable("REGISTRY_UNAVAILABLE", "the public registries do not answer now: try again in a few minutes", err)
	}
	return fmt.Errorf("ask the registries: %w", err)
}

func removedFault(removed *registry.RemovedError) error {
	const remedy = "if another enterprise carries on its work, use the number of that one"
	if removed.Deleted.IsZero() {
		return fault.NewPrecondition("REMOVED_FROM_REGISTRY", "the enterprise has been removed from the Register of Legal Entities: "+remedy)
	}
	date := removed.Deleted.String()
	return fault.NewPrecondition("REMOVED_FROM_REGISTRY",
		"the enterprise was removed from the Register of Legal Entities on "+date+": "+remedy).With("removed_on", date)
}

// parseNumber reads the organisation number of a request.
func parseNumber(text string, options []NumberOption) (OrganizationNumber, error) {
	number, err := ParseOrganizationNumber(text, options...)
	if flawed, ok := errors.AsType[*OrganizationNumberError](err); ok {
		return "", fault.Field("organization_number", string(flawed.Flaw), flawed.Error())
	}
	return number, err
}
