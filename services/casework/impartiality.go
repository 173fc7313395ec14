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

// Who prepares, assesses or decides a case says first whether they are impartial in it, where the scheme
// asks for that (fvl. §§ 6 and 8; R80). The law's aim is that nobody who is partial has a hand in the case,
// or sees in it what serves them. So everything about a case is behind the declaration, to be read as well as
// to be acted upon: the application with its attachments and versions, findings, assessments, recommendations,
// decisions, appeals, letters, messages, the journal and the history, and a place in a ranking. What one needs
// to know in order to answer is not: the rows of the queue with the number, the enterprise and where the case
// stands, what is laid on one's desk, and hints about oneself. Nobody needs to have declared to be given a
// case; what they prepare and decide comes after.
//
// It binds whoever has one of the roles that handle cases, whatever else they are, and so also who stands in
// for an assessor, moderates or considers an appeal. Managers share the work out, auditors and administrators
// oversee, and the procedure itself has no interests: they are not bound, but for a declaration that they
// have made.

// handlers are the roles that prepare, assess and decide cases.
func handlers() []saakornv1.Role {
	return []saakornv1.Role{saakornv1.Role_ROLE_CASE_OFFICER, saakornv1.Role_ROLE_ASSESSOR, saakornv1.Role_ROLE_DECISION_MAKER}
}

// Closing says why a case is closed to the person, by what they have declared in it and whether those who
// handle cases must declare; nil when it is open.
func Closing(p access.Principal, required, declared, impartial bool) *fault.Fault {
	switch {
	case declared && !impartial:
		return fault.NewDenied("NOT_IMPARTIAL", "you have declared that you are not impartial in this case: somebody else takes it")
	case !declared && required && p.Has(handlers()...):
		return fault.NewDenied("NOT_DECLARED", "say whether you are impartial in this case before you see it: call DeclareImpartiality with its case_id")
	}
	return nil
}

// closings returns why those of the cases that are closed to the caller are so.
func (s *Server) closings(ctx context.Context, q Querier, of db.ListStandingsParams) (rows []db.ListStandingsRow, closed map[uuid.UUID]*fault.Fault, err error) {
	caller, _ := access.From(ctx)
	of.PersonID, of.CaseIds, of.ApplicationIds = caller.ID, orEmpty(of.CaseIds), orEmpty(of.ApplicationIds)
	rows, err = db.New(q).ListStandings(ctx, of)
	if err != nil {
		return nil, nil, fmt.Errorf("look for declarations: %w", err)
	}
	closed = map[uuid.UUID]*fault.Fault{}
	for _, row := range rows {
		rules, err := s.Schemes.Definition(ctx, row.SchemeID, row.SchemeVersion)
		if err != nil {
			return nil, nil, err
		}
		if why := Closing(caller, rules.Impartiality.Required, row.Declared, row.Impartial); why != nil {
			closed[row.CaseID] = why.With("case_id", row.CaseID.String())
		}
	}
	return rows, closed, nil
}

// checkImpartial refuses whoever is not impartial in the case, or has yet to say whether they are.
func (s *Server) checkImpartial(ctx context.Context, q Querier, caseID uuid.UUID) error {
	_, closed, err := s.closings(ctx, q, db.ListStandingsParams{CaseIds: []uuid.UUID{caseID}})
	if why := closed[caseID]; why != nil {
		return why
	}
	return err
}

// isOpen tells whether the case is open to the caller.
func (s *Server) isOpen(ctx context.Context, q Querier, caseID uuid.UUID) (bool, error) {
	err := s.checkImpartial(ctx, q, caseID)
	if _, refused := errors.AsType[*fault.Fault](err); refused {
		return false, nil
	}
	return err == nil, err
}

// CheckImpartial refuses whoever is not impartial in the application's case, or has yet to say whether they
// are. An application whose case has not been opened yet is closed to all who handle cases: there is nothing
// to declare in.
func (s *Server) CheckImpartial(ctx context.Context, applicationID uuid.UUID) error {
	q := database.Reader(ctx, s.Pool)
	rows, closed, err := s.closings(ctx, q, db.ListStandingsParams{ApplicationIds: []uuid.UUID{applicationID}})
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return s.checkUnopened(ctx, q, applicationID)
	}
	if why := closed[rows[0].CaseID]; why != nil {
		return why
	}
	return nil
}

func (s *Server) checkUnopened(ctx context.Context, q Querier, applicationID uuid.UUID) error {
	caller, _ := access.From(ctx)
	if !caller.Has(handlers()...) {
		return nil
	}
	a, err := s.Applications.Submission(ctx, q, applicationID)
	if err != nil {
		return err
	}
	call, err := s.Schemes.Call(ctx, q, a.CallID)
	if err != nil {
		return err
	}
	rules, err := s.Schemes.Definition(ctx, call.SchemeID, call.SchemeVersion)
	if err != nil || !rules.Impartiality.Required {
		return err
	}
	return fault.NewDenied("NOT_DECLARED", "the case of this application is about to be opened: say then whether you are impartial in it")
}

// ClosedTo returns those of the applications whose cases are closed to the caller.
func (s *Server) ClosedTo(ctx context.Context, applicationIDs []uuid.UUID) (map[uuid.UUID]bool, error) {
	rows, closed, err := s.closings(ctx, database.Reader(ctx, s.Pool), db.ListStandingsParams{ApplicationIds: applicationIDs})
	if err != nil {
		return nil, err
	}
	applications := map[uuid.UUID]bool{}
	for _, row := range rows {
		if closed[row.CaseID] != nil {
			applications[row.ApplicationID] = true
		}
	}
	return applications, nil
}

// CheckDeclaration says whether a declaration can be made like this. A closed case is read too, and can be
// taken up again: so there is no time at which it is too late to declare.
func CheckDeclaration(impartial bool, reason string) error {
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

// DeclareImpartiality records the caller's declaration. Whoever is not impartial leaves the case. That
// somebody is impartial changes nothing in it: what others hold of the case stays the newest.
func (s *ImpartialityServer) DeclareImpartiality(ctx context.Context, r *saakornv1.DeclareImpartialityRequest) (*saakornv1.DeclareImpartialityResponse, error) {
	if err := CheckDeclaration(r.GetImpartial(), r.GetReason()); err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.DeclareImpartialityResponse, error) {
		caller, _ := access.From(ctx)
		f, rules, err := s.take(ctx, tx, r.GetCaseId())
		if err != nil {
			return nil, err
		}
		if err := s.checkMayDeclare(ctx, tx, f); err != nil {
			return nil, err
		}
		now := s.Clock.Now()
		err = db.New(tx).InsertDeclaration(ctx, db.InsertDeclarationParams{
			CaseID: f.ID, PersonID: caller.ID, Impartial: r.GetImpartial(), Reason: r.GetReason(), DeclaredAt: now,
		})
		if err != nil {
			return nil, fmt.Errorf("declare: %w", err)
		}
		if err := s.Journal.Write(ctx, tx, entryOfNote(ctx, f, "Habilitetserklæring", now)); err != nil {
			return nil, err
		}
		if err := s.afterDeclaration(ctx, tx, &f, rules, r.GetImpartial(), now); err != nil {
			return nil, err
		}
		return &saakornv1.DeclareImpartialityResponse{Declaration: &saakornv1.Declaration{
			PersonId: caller.ID, PersonName: caller.Name, Impartial: r.GetImpartial(), Reason: r.GetReason(), DeclaredAt: timestamppb.New(now),
		}}, nil
	})
}

// afterDeclaration records the declaration, and takes the caller out of the case unless they are impartial.
func (s *ImpartialityServer) afterDeclaration(ctx context.Context, tx pgx.Tx, f *File, rules *scheme.Definition, impartial bool, now time.Time) error {
	const action = "IMPARTIALITY_DECLARED"
	caller, _ := access.From(ctx)
	if impartial {
		return record(ctx, tx, f.Case, action, now, nil, map[string]any{"impartial": true, "owner_id": f.OwnerID})
	}
	if err := s.leave(ctx, tx, f, caller.ID, now); err != nil {
		return err
	}
	return s.finish(ctx, tx, f, rules, changed{action: action, after: map[string]any{"impartial": false, "owner_id": f.OwnerID}}, now)
}

// checkMayDeclare keeps whoever is not impartial from taking it back.
func (s *ImpartialityServer) checkMayDeclare(ctx context.Context, tx pgx.Tx, f File) error {
	if err := s.checkImpartial(ctx, tx, f.ID); err != nil && !fault.Is(err, "NOT_DECLARED") {
		return err
	}
	return s.checkPart(ctx, tx, f)
}

// checkMayWork refuses whoever may not work with the case.
func (s *Server) checkMayWork(ctx context.Context, tx pgx.Tx, f File) error {
	closed := s.checkImpartial(ctx, tx, f.ID)
	if !fault.Is(closed, "NOT_DECLARED") {
		return closed
	}
	if err := s.checkPart(ctx, tx, f); err != nil {
		return err
	}
	return closed
}

// checkPart keeps assessors from finding out about cases that are not theirs.
func (s *Server) checkPart(ctx context.Context, tx pgx.Tx, f File) error {
	caller, _ := access.From(ctx)
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
	if err := s.leaveOwner(ctx, tx, f, personID, now); err != nil || f.Step == Closed {
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

// ListDeclarations returns every declaration of the case, oldest first, and to whom the case is closed
// their own. Reasons are for whoever gave them, and for those who oversee.
func (s *ImpartialityServer) ListDeclarations(ctx context.Context, r *saakornv1.ListDeclarationsRequest) (*saakornv1.ListDeclarationsResponse, error) {
	id := uuid.MustParse(r.GetCaseId())
	all, err := s.isOpen(ctx, s.Pool, id)
	if err != nil {
		return nil, err
	}
	rows, err := db.New(s.Pool).ListDeclarations(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("list declarations: %w", err)
	}
	caller, _ := access.From(ctx)
	if !all {
		rows = slices.DeleteFunc(rows, func(row db.ImpartialityDeclaration) bool { return row.PersonID != caller.ID })
	}
	ids := make([]string, 0, len(rows))
	for _, row := range rows {
		ids = append(ids, row.PersonID)
	}
	names, err := person.Names(ctx, s.Pool, ids)
	if err != nil {
		return nil, err
	}
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
