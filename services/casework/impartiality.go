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
	"saakorn/services/platform/database"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/person"
	"saakorn/services/scheme"
)

// checkImpartial refuses whoever has declared not to be impartial in the case (fvl. §§ 6-10).
func checkImpartial(ctx context.Context, q Querier, caseID uuid.UUID) error {
	caller, _ := access.From(ctx)
	return refusePartial(db.New(q).GetDeclaration(ctx, db.GetDeclarationParams{CaseID: caseID, PersonID: caller.ID}))
}

// CheckImpartial refuses whoever has declared not to be impartial in the application's case. Everything
// about the case is closed to them (fvl. §§ 6-10).
func (s *Server) CheckImpartial(ctx context.Context, applicationID uuid.UUID) error {
	caller, _ := access.From(ctx)
	return refusePartial(db.New(database.Reader(ctx, s.Pool)).GetDeclarationAbout(ctx, db.GetDeclarationAboutParams{
		ApplicationID: applicationID, PersonID: caller.ID,
	}))
}

// refusePartial reads the answer to the question for a person's newest declaration.
func refusePartial(impartial bool, err error) error {
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
			if err := s.checkMayDeclare(ctx, tx, *f, caller); err != nil {
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
				err = s.leave(ctx, tx, f, caller.ID, now)
			}
			return nil, map[string]any{"impartial": r.GetImpartial(), "owner_id": f.OwnerID}, err
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
func (s *ImpartialityServer) checkMayDeclare(ctx context.Context, tx pgx.Tx, f File, caller access.Principal) error {
	if caller.Has(access.Staff()...) {
		return nil
	}
	roster, err := s.roster(ctx, tx)
	if err != nil {
		return err
	}
	if f.toAssess(caller.ID, roster.StandsInFor(caller.ID)...) == nil {
		return fault.NewNotFound("case")
	}
	return nil
}

// leave takes a person who is not impartial out of everything in the case that has not been decided
// (fvl. §§ 6 and 9). What they owned goes to whoever stands in for them, or to nobody, where everybody
// sees it: nothing stays with them, and nothing that they prepared is decided upon.
func (s *ImpartialityServer) leave(ctx context.Context, tx pgx.Tx, f *File, personID string, now time.Time) error {
	if err := s.leaveOwner(ctx, tx, f, personID, now); err != nil {
		return err
	}
	if err := leaveAssessment(ctx, tx, f, personID, now); err != nil {
		return err
	}
	if err := leaveRecommendation(ctx, tx, f, personID, now); err != nil {
		return err
	}
	a := f.openAppeal()
	if a == nil || a.DecidedAt != nil || a.OwnerID != personID && a.PreparedBy != personID {
		return nil
	}
	a.OwnerID, a.PreparedBy, a.PreparedAt = "", "", nil
	a.Recommended, a.Assessment, a.RecommendedOre = "", "", 0
	return saveAppeal(ctx, tx, a)
}

// leaveOwner gives the person's case to whoever stands in for them today, if there is somebody who can
// take it, and to nobody otherwise.
func (s *ImpartialityServer) leaveOwner(ctx context.Context, tx pgx.Tx, f *File, personID string, now time.Time) error {
	if f.OwnerID != personID {
		return nil
	}
	roster, err := s.roster(ctx, tx)
	if err != nil {
		return err
	}
	var to successor
	if acting := roster.Acting(personID); acting != personID {
		to, err = s.successor(ctx, tx, *f, roster, acting)
		if _, refused := errors.AsType[*fault.Fault](err); refused {
			to = successor{} // the case is nobody's until somebody is named
		} else if err != nil {
			return err
		}
	}
	_, _, err = changeOwner(ctx, tx, f, to, OwnerNotImpartial, "", now)
	return err
}

// leaveAssessment releases an assessor who has not submitted, and sets aside what one has who did.
func leaveAssessment(ctx context.Context, tx pgx.Tx, f *File, personID string, now time.Time) error {
	own := f.assessment(personID)
	if own == nil || f.DecidedAt != nil || own.SetAsideAt != nil {
		return nil
	}
	if own.SubmittedAt != nil {
		own.SetAsideAt = &now
		if err := db.New(tx).SetAsideAssessment(ctx, db.SetAsideAssessmentParams{ID: own.ID, SetAsideAt: &now}); err != nil {
			return fmt.Errorf("set an assessment aside: %w", err)
		}
		return nil
	}
	if err := db.New(tx).DeleteAssessment(ctx, own.ID); err != nil {
		return fmt.Errorf("release an assessor: %w", err)
	}
	f.Assessments = slices.DeleteFunc(f.Assessments, func(a Assessment) bool { return a.AssessorID == personID })
	return nil
}

// leaveRecommendation returns a recommendation of the person that lies before a decision maker, so that
// somebody else recommends.
func leaveRecommendation(ctx context.Context, tx pgx.Tx, f *File, personID string, now time.Time) error {
	r := f.before()
	if r == nil || f.DecidedAt != nil || r.RecommendedBy != personID {
		return nil
	}
	r.ReturnedBy, r.ReturnedAt = personID, &now
	err := db.New(tx).ReturnRecommendation(ctx, db.ReturnRecommendationParams{ID: r.ID, ReturnedBy: &personID, ReturnedAt: &now})
	if err != nil {
		return fmt.Errorf("return a recommendation: %w", err)
	}
	return nil
}

// left tells that the recommendation was returned because whoever recommended is not impartial: a decision
// maker never returns their own.
func (r Recommendation) left() bool { return r.ReturnedAt != nil && r.ReturnedBy == r.RecommendedBy }

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
