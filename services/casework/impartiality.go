package casework

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
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

// checkImpartial refuses whoever has declared not to be impartial in the case (fvl. §§ 6-10).
func checkImpartial(ctx context.Context, q Querier, caseID uuid.UUID) error {
	caller, _ := access.From(ctx)
	impartial, err := db.New(q).GetDeclaration(ctx, db.GetDeclarationParams{CaseID: caseID, PersonID: caller.ID})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil
	case err != nil:
		return fmt.Errorf("look for a declaration: %w", err)
	case !impartial:
		return fault.NewDenied("NOT_IMPARTIAL", "you have declared that you are not impartial in this case: somebody else takes it")
	}
	return nil
}

// checkImpartialNames refuses to give the case, or a part of it, to somebody who has declared not to be
// impartial in it: they could not even open it.
func checkImpartialNames(ctx context.Context, q Querier, caseID uuid.UUID, field string, ids ...string) error {
	for _, id := range ids {
		impartial, err := db.New(q).GetDeclaration(ctx, db.GetDeclarationParams{CaseID: caseID, PersonID: id})
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			continue
		case err != nil:
			return fmt.Errorf("look for a declaration: %w", err)
		case !impartial:
			return fault.Field(field, "NOT_IMPARTIAL", "name somebody else: "+id+" has declared not to be impartial in this case")
		}
	}
	return nil
}

// CheckDeclaration says whether a declaration can be made like this.
func CheckDeclaration(f File, impartial bool, reason string) error {
	if f.Step == Closed {
		return fault.NewPrecondition("CASE_CLOSED", "the case is closed")
	}
	if !impartial && strings.TrimSpace(reason) == "" {
		return fault.Field("reason", "REQUIRED", "say in a few words why you are not impartial")
	}
	return nil
}

// ImpartialityServer answers the ImpartialityService of the contract.
type ImpartialityServer struct {
	saakornv1.UnimplementedImpartialityServiceServer
	*Server
}

// DeclareImpartiality records the caller's declaration. Whoever is not impartial leaves the case.
func (s *ImpartialityServer) DeclareImpartiality(ctx context.Context, r *saakornv1.DeclareImpartialityRequest) (*saakornv1.DeclareImpartialityResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.DeclareImpartialityResponse, error) {
		caller, _ := access.From(ctx)
		var declared time.Time
		_, err := s.change(ctx, tx, r.GetCaseId(), "", "IMPARTIALITY_DECLARED", func(f *File, _ *scheme.Definition, now time.Time) (any, any, error) {
			if err := s.checkMayDeclare(*f, caller); err != nil {
				return nil, nil, err
			}
			if err := CheckDeclaration(*f, r.GetImpartial(), r.GetReason()); err != nil {
				return nil, nil, err
			}
			declared = now
			err := db.New(tx).InsertDeclaration(ctx, db.InsertDeclarationParams{
				CaseID: f.ID, PersonID: caller.ID, Impartial: r.GetImpartial(), Reason: r.GetReason(), DeclaredAt: now,
			})
			if err != nil {
				return nil, nil, fmt.Errorf("declare: %w", err)
			}
			if err := s.Journal.Write(ctx, tx, entryOfNote(ctx, *f, "Habilitetserklæring", now)); err != nil {
				return nil, nil, err
			}
			if !r.GetImpartial() {
				err = leave(ctx, tx, f, caller.ID)
			}
			return nil, map[string]any{"impartial": r.GetImpartial()}, err
		})
		if err != nil {
			return nil, err
		}
		return &saakornv1.DeclareImpartialityResponse{Declaration: &saakornv1.Declaration{
			PersonId: caller.ID, PersonName: caller.Name, Impartial: r.GetImpartial(), Reason: r.GetReason(), DeclaredAt: timestamppb.New(declared),
		}}, nil
	})
}

// checkMayDeclare keeps assessors from finding out about cases that are not theirs.
func (s *ImpartialityServer) checkMayDeclare(f File, caller access.Principal) error {
	if caller.Has(access.Staff()...) || f.assessment(caller.ID) != nil {
		return nil
	}
	return fault.NewNotFound("case")
}

// leave takes a person out of the case: its owner, the owner of an appeal that has not been decided,
// or an assessor who has not submitted. What a decision rests on stays as it was.
func leave(ctx context.Context, tx pgx.Tx, f *File, personID string) error {
	if f.OwnerID == personID {
		f.OwnerID = ""
	}
	if a := f.openAppeal(); a != nil && a.OwnerID == personID && a.DecidedAt == nil {
		a.OwnerID = ""
		if err := saveAppeal(ctx, tx, a); err != nil {
			return err
		}
	}
	own := f.assessment(personID)
	if own == nil || own.SubmittedAt != nil || f.DecidedAt != nil {
		return nil
	}
	if err := db.New(tx).DeleteAssessment(ctx, own.ID); err != nil {
		return fmt.Errorf("release an assessor: %w", err)
	}
	f.Assessments = slices.DeleteFunc(f.Assessments, func(a Assessment) bool { return a.AssessorID == personID })
	return nil
}

// ListDeclarations returns every declaration of the case, oldest first. Reasons are for whoever gave
// them, and for those who oversee.
func (s *ImpartialityServer) ListDeclarations(ctx context.Context, r *saakornv1.ListDeclarationsRequest) (*saakornv1.ListDeclarationsResponse, error) {
	rows, err := db.New(s.Pool).ListDeclarations(ctx, uuid.MustParse(r.GetCaseId()))
	if err != nil {
		return nil, fmt.Errorf("list declarations: %w", err)
	}
	ids := make([]string, 0, len(rows))
	for _, row := range rows {
		ids = append(ids, row.PersonID)
	}
	names, err := person.Names(ctx, s.Pool, ids)
	if err != nil {
		return nil, err
	}
	caller, _ := access.From(ctx)
	answer := &saakornv1.ListDeclarationsResponse{}
	for _, row := range rows {
		p := &saakornv1.Declaration{PersonId: row.PersonID, PersonName: names[row.PersonID], Impartial: row.Impartial, DeclaredAt: timestamppb.New(row.DeclaredAt)}
		if row.PersonID == caller.ID || caller.Has(saakornv1.Role_ROLE_MANAGER, saakornv1.Role_ROLE_AUDITOR) {
			p.Reason = row.Reason
		}
		answer.Declarations = append(answer.Declarations, p)
	}
	return answer, nil
}
