package casework

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework/db"
	"saakorn/services/platform/access"
	"saakorn/services/platform/command"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/person"
	"saakorn/services/scheme"
)

// OwnerCause is why a case got another owner, or lost the one it had.
type OwnerCause string

// The causes.
const (
	OwnerAssigned     OwnerCause = "ASSIGNED"
	OwnerHandedOver   OwnerCause = "HANDED_OVER"
	OwnerNotImpartial OwnerCause = "NOT_IMPARTIAL"
)

// OwnerChange is one change of whose a case is.
type OwnerChange struct {
	// FromID and ToID are empty for nobody.
	FromID, ToID string
	// IntendedID is who was named, when they are away and their substitute got the case.
	IntendedID string
	Cause      OwnerCause
	// Note is what the next owner is told; never empty when the case is handed over.
	Note      string
	ChangedBy string
	ChangedAt time.Time
}

// CheckHandOver says whether the caller can hand the case over to somebody: its owner, whoever acts for
// the owner, or a manager.
func CheckHandOver(f File, acting string, caller access.Principal, toID string) error {
	switch {
	case f.Step == Closed:
		return errCaseClosed()
	case f.OwnerID == "":
		return fault.NewPrecondition("NO_OWNER", "nobody owns the case: assign it instead")
	case caller.ID != f.OwnerID && caller.ID != acting && !caller.Has(saakornv1.Role_ROLE_MANAGER):
		return fault.NewDenied("NOT_YOUR_CASE", "the case is handed over by its owner, by whoever stands in for the owner, or by a manager")
	case toID == f.OwnerID:
		return fault.Field("owner_id", "OWNS_THE_CASE", "name somebody who does not own the case already")
	}
	return nil
}

func errCaseClosed() error { return fault.NewPrecondition("CASE_CLOSED", "the case is closed") }

// successor is who gets a case.
type successor struct {
	id string
	// intended is who was named, when that is somebody else.
	intended string
}

// successor returns who gets what is meant for the person: the person, or when they are away whoever
// stands in for them. It must be a case officer who is impartial in the case.
func (s *Server) successor(ctx context.Context, tx pgx.Tx, f File, roster Roster, named string) (successor, error) {
	const field = "owner_id"
	if err := checkPeople(ctx, tx, field, []string{named}, saakornv1.Role_ROLE_CASE_OFFICER); err != nil {
		return successor{}, err
	}
	to := successor{id: roster.Acting(named)}
	if to.id != named {
		to.intended = named
		if checkPeople(ctx, tx, field, []string{to.id}, saakornv1.Role_ROLE_CASE_OFFICER) != nil {
			return to, fault.Field(field, "ABSENT", "this person is absent, and whoever stands in for them is no case officer: name somebody else")
		}
	}
	partial, err := db.New(tx).ListPartial(ctx, f.ID)
	if err != nil {
		return to, fmt.Errorf("look for declarations: %w", err)
	}
	if slices.Contains(partial, to.id) || slices.Contains(partial, named) {
		return to, fault.Field(field, "NOT_IMPARTIAL", "this person, or whoever stands in for them, is not impartial in the case: name somebody else")
	}
	return to, nil
}

// AssignCase gives the case an owner, who must be a case officer.
func (s *Server) AssignCase(ctx context.Context, r *saakornv1.AssignCaseRequest) (*saakornv1.AssignCaseResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.AssignCaseResponse, error) {
		f, err := s.change(ctx, tx, r.GetCaseId(), r.GetEtag(), "CASE_ASSIGNED", func(f *File, _ *scheme.Definition, now time.Time) (any, any, error) {
			roster, err := s.roster(ctx, tx)
			if err != nil {
				return nil, nil, err
			}
			to, err := s.successor(ctx, tx, *f, roster, r.GetOwnerId())
			if err != nil {
				return nil, nil, err
			}
			if f.Step == Closed {
				return nil, nil, errCaseClosed()
			}
			return changeOwner(ctx, tx, f, to, OwnerAssigned, "", now)
		})
		if err != nil {
			return nil, err
		}
		c, err := s.present(ctx, tx, f.Case)
		return &saakornv1.AssignCaseResponse{Case: c}, err
	})
}

// HandOverCase gives the case to another officer, with a note.
func (s *AssignmentServer) HandOverCase(ctx context.Context, r *saakornv1.HandOverCaseRequest) (*saakornv1.HandOverCaseResponse, error) {
	note := strings.TrimSpace(r.GetNote())
	if note == "" {
		return nil, fault.Field("note", "REQUIRED", "tell the next owner what they need to know")
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.HandOverCaseResponse, error) {
		f, err := s.change(ctx, tx, r.GetCaseId(), r.GetEtag(), "CASE_HANDED_OVER", func(f *File, _ *scheme.Definition, now time.Time) (any, any, error) {
			roster, err := s.roster(ctx, tx)
			if err != nil {
				return nil, nil, err
			}
			to, err := s.successor(ctx, tx, *f, roster, r.GetOwnerId())
			if err != nil {
				return nil, nil, err
			}
			caller, _ := access.From(ctx)
			if err := CheckHandOver(*f, roster.Acting(f.OwnerID), caller, to.id); err != nil {
				return nil, nil, err
			}
			return changeOwner(ctx, tx, f, to, OwnerHandedOver, note, now)
		})
		if err != nil {
			return nil, err
		}
		c, err := s.present(ctx, tx, f.Case)
		return &saakornv1.HandOverCaseResponse{Case: c}, err
	})
}

// changeOwner gives the case to somebody, or to nobody, and keeps that it did. It returns what the audit
// trail says of it.
func changeOwner(ctx context.Context, tx pgx.Tx, f *File, to successor, cause OwnerCause, note string, now time.Time) (before, after any, err error) {
	caller, _ := access.From(ctx)
	from := f.OwnerID
	f.OwnerID = to.id
	facts := map[string]any{"owner_id": to.id}
	if to.intended != "" {
		facts["intended_id"] = to.intended
	}
	if note != "" {
		facts["note"] = note
	}
	if from != to.id {
		err = db.New(tx).InsertOwnerChange(ctx, db.InsertOwnerChangeParams{
			CaseID: f.ID, FromID: orNull(from), ToID: orNull(to.id), IntendedID: orNull(to.intended), Cause: string(cause), Note: note,
			ChangedBy: caller.ID, ChangedAt: now,
		})
	}
	if err != nil {
		return nil, nil, fmt.Errorf("change the owner of a case: %w", err)
	}
	return map[string]any{"owner_id": from}, facts, nil
}

func loadOwnerChanges(ctx context.Context, q Querier, c Case) ([]OwnerChange, error) {
	rows, err := db.New(q).ListOwnerChanges(ctx, c.ID)
	if err != nil {
		return nil, fmt.Errorf("list owners: %w", err)
	}
	changes := make([]OwnerChange, 0, len(rows))
	for _, row := range rows {
		changes = append(changes, OwnerChange{
			FromID: orEmptyText(row.FromID), ToID: orEmptyText(row.ToID), IntendedID: orEmptyText(row.IntendedID),
			Cause: OwnerCause(row.Cause), Note: row.Note, ChangedBy: row.ChangedBy, ChangedAt: row.ChangedAt,
		})
	}
	return changes, nil
}

func presentOwnerChanges(ctx context.Context, q person.Querier, changes []OwnerChange) ([]*saakornv1.OwnerChange, error) {
	var ids []string
	for _, c := range changes {
		ids = append(ids, c.FromID, c.ToID)
	}
	names, err := person.Names(ctx, q, ids)
	if err != nil {
		return nil, err
	}
	list := make([]*saakornv1.OwnerChange, 0, len(changes))
	for _, c := range changes {
		list = append(list, &saakornv1.OwnerChange{
			FromId: c.FromID, FromName: names[c.FromID], ToId: c.ToID, ToName: names[c.ToID], IntendedId: c.IntendedID, Note: c.Note,
			Cause:     saakornv1.OwnerChangeCause(saakornv1.OwnerChangeCause_value["OWNER_CHANGE_CAUSE_"+string(c.Cause)]),
			ChangedBy: c.ChangedBy, ChangedAt: timestamppb.New(c.ChangedAt),
		})
	}
	return list, nil
}
