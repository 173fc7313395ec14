package casework

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/application"
	"saakorn/services/casework/db"
	"saakorn/services/enterprise"
	"saakorn/services/platform/access"
	"saakorn/services/platform/audit"
	"saakorn/services/platform/clock"
	"saakorn/services/platform/command"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/person"
	"saakorn/services/platform/procedure"
	"saakorn/services/scheme"
)

// Schemes knows the rules, the calls and the frame.
type Schemes interface {
	Definition(ctx context.Context, schemeID, version string) (*scheme.Definition, error)
	Call(ctx context.Context, q scheme.Querier, id uuid.UUID) (scheme.Call, error)
	Bind(ctx context.Context, tx pgx.Tx, schemeID string, grantYear int, amountOre int64, continuation bool) error
	Release(ctx context.Context, tx pgx.Tx, schemeID string, grantYear int, amountOre int64, continuation bool) error
	BindForAppeal(ctx context.Context, tx pgx.Tx, schemeID string, grantYear int, amountOre int64, continuation bool) error
	ReleaseFromAppeal(ctx context.Context, tx pgx.Tx, schemeID string, grantYear int, amountOre int64, continuation bool) error
	Budget(ctx context.Context, schemeID string, grantYear int) (scheme.Frame, error)
	Editions(ctx context.Context, q scheme.Querier) ([]scheme.Edition, error)
}

// Applications tells what was submitted, and is told what was decided.
type Applications interface {
	Submission(ctx context.Context, q application.Querier, id uuid.UUID) (application.Submission, error)
	MarkDecided(ctx context.Context, tx pgx.Tx, id uuid.UUID, now time.Time) error
	LetComplete(ctx context.Context, tx pgx.Tx, id uuid.UUID, until *time.Time, now time.Time) error
	Announce(ctx context.Context, tx pgx.Tx, id uuid.UUID, outcome string, awarded bool) error
}

// Enterprises knows the enterprises, and who may act for them.
type Enterprises interface {
	Right(ctx context.Context, personID string, enterpriseID uuid.UUID) (enterprise.Right, error)
	Enterprise(ctx context.Context, id uuid.UUID) (enterprise.Enterprise, error)
}

// Waker tells a procedure to look at the facts again.
type Waker interface {
	Wake(ctx context.Context, tx pgx.Tx, s procedure.Subject, now time.Time) error
}

// Server answers the CaseService of the contract.
type Server struct {
	saakornv1.UnimplementedCaseServiceServer

	Pool         *pgxpool.Pool
	Store        *Store
	Schemes      Schemes
	Applications Applications
	Enterprises  Enterprises
	Waker        Waker
	Journal      Journal
	Grants       Grants
	Clock        clock.Clock
}

// change carries out a mutation of one case by somebody who works with it: they are impartial in it, the case
// is locked, the change is made and recorded, its step follows, and its procedure is told to look again.
func (s *Server) change(ctx context.Context, tx pgx.Tx, caseID, etag, action string, do func(f *File, rules *scheme.Definition, now time.Time) (before, after any, err error)) (File, error) {
	f, rules, err := s.take(ctx, tx, caseID)
	if err != nil {
		return f, err
	}
	if err := s.checkMayWork(ctx, tx, f); err != nil {
		return f, err
	}
	if etag != "" && etag != f.Etag() {
		return f, fault.NewConflict(f.Etag())
	}
	return s.alter(ctx, tx, f, rules, action, do)
}

// alter makes a change in the case, which has been taken.
func (s *Server) alter(ctx context.Context, tx pgx.Tx, f File, rules *scheme.Definition, action string, do func(f *File, rules *scheme.Definition, now time.Time) (before, after any, err error)) (File, error) {
	now := s.Clock.Now()
	before, after, err := do(&f, rules, now)
	if err != nil {
		return f, err
	}
	return f, s.finish(ctx, tx, &f, rules, changed{action, before, after}, now)
}

// take locks the case, and returns it with its rules.
func (s *Server) take(ctx context.Context, tx pgx.Tx, caseID string) (File, *scheme.Definition, error) {
	f, err := lock(ctx, tx, uuid.MustParse(caseID))
	if err != nil {
		return f, nil, err
	}
	rules, err := s.Schemes.Definition(ctx, f.SchemeID, f.SchemeVersion)
	if err != nil {
		return f, nil, err
	}
	call, err := s.Schemes.Call(ctx, tx, f.CallID)
	if err != nil {
		return f, nil, err
	}
	f.CallClosesAt = call.ClosesAt // it may have been extended since the case was opened
	return f, rules, nil
}

// changed is what the audit trail says of a change.
type changed struct {
	action        string
	before, after any
}

// finish stores what has been changed in the case, and tells whom it concerns.
func (s *Server) finish(ctx context.Context, tx pgx.Tx, f *File, rules *scheme.Definition, c changed, now time.Time) error {
	if err := save(ctx, tx, f, rules, now); err != nil {
		return err
	}
	if err := announce(ctx, tx, s.Applications, f.Case); err != nil {
		return err
	}
	if err := record(ctx, tx, f.Case, c.action, now, c.before, c.after); err != nil {
		return err
	}
	return s.Waker.Wake(ctx, tx, procedure.Subject{Kind: procedure.Casework, ID: f.ApplicationID}, now)
}

func record(ctx context.Context, tx pgx.Tx, c Case, action string, now time.Time, before, after any) error {
	return audit.Record(ctx, tx, audit.Event{
		Action: action, OccurredAt: now, SubjectKind: "case", SubjectID: c.ID, ApplicationID: c.ApplicationID, Before: before, After: after,
	})
}

// announcer lets others find how a case ended.
type announcer interface {
	Announce(ctx context.Context, tx pgx.Tx, id uuid.UUID, outcome string, awarded bool) error
}

// announce tells how the case ended to those who ask what exists already, once the party knows (R16).
func announce(ctx context.Context, tx pgx.Tx, a announcer, c Case) error {
	if c.NotifiedAt == nil && c.WithdrawnAt == nil {
		return nil
	}
	return a.Announce(ctx, tx, c.ApplicationID, string(c.Outcome), c.Outcome.Awards())
}

func (s *Server) runner() command.Runner { return command.Runner{Pool: s.Pool, Clock: s.Clock} }

// checkPeople refuses people who are not known, or have none of the roles.
func checkPeople(ctx context.Context, tx pgx.Tx, field string, ids []string, roles ...saakornv1.Role) error {
	var wrong []fault.Violation
	for i, id := range ids {
		p, err := person.Get(ctx, tx, id)
		if err != nil && !fault.Is(err, "NOT_FOUND") {
			return err
		}
		if err == nil && hasAny(p, roles) {
			continue
		}
		at := field
		if len(ids) > 1 {
			at = fmt.Sprintf("%s[%d]", field, i)
		}
		wrong = append(wrong, fault.Violation{Field: at, Reason: "NO_SUCH_PERSON", Description: "name somebody in the directory with the right role"})
	}
	if len(wrong) > 0 {
		return fault.NewInvalid(wrong...)
	}
	return nil
}

func hasAny(p person.Person, roles []saakornv1.Role) bool {
	return slices.ContainsFunc(roles, p.Has)
}

// AnswerFinding records a person's answer to a finding.
func (s *Server) AnswerFinding(ctx context.Context, r *saakornv1.AnswerFindingRequest) (*saakornv1.AnswerFindingResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.AnswerFindingResponse, error) {
		caller, _ := access.From(ctx)
		var answered Finding
		f, err := s.change(ctx, tx, r.GetCaseId(), "", "FINDING_ANSWERED", func(f *File, _ *scheme.Definition, now time.Time) (any, any, error) {
			finding := findFinding(f, r.GetFindingId())
			if finding == nil {
				return nil, nil, fault.NewNotFound("finding")
			}
			answer := verdictOf(r.GetAnswer())
			if err := CheckAnswer(*f, *finding, answer, r.GetReason()); err != nil {
				return nil, nil, err
			}
			before := findingFacts(*finding)
			finding.Answer, finding.Reason, finding.AnsweredBy, finding.AnsweredAt = answer, r.GetReason(), caller.ID, &now
			answered = *finding
			err := db.New(tx).AnswerFinding(ctx, db.AnswerFindingParams{
				ID: finding.ID, Answer: string(answer), Reason: finding.Reason, AnsweredBy: &caller.ID, AnsweredAt: &now,
			})
			if err != nil {
				return nil, nil, fmt.Errorf("answer a finding: %w", err)
			}
			return before, findingFacts(*finding), nil
		})
		if err != nil {
			return nil, err
		}
		c, err := s.present(ctx, tx, f.Case)
		return &saakornv1.AnswerFindingResponse{Finding: presentFinding(answered), Case: c}, err
	})
}

func findFinding(f *File, id string) *Finding {
	for i := range f.Findings {
		if f.Findings[i].ID.String() == id {
			return &f.Findings[i]
		}
	}
	return nil
}

func findingFacts(f Finding) map[string]any {
	return map[string]any{"key": f.Key, "proposed": f.Proposed, "answer": f.Answer, "reason": f.Reason}
}

// AssignAssessors names those who assess the case. Who stands in for somebody who is absent is named in
// their place.
func (s *Server) AssignAssessors(ctx context.Context, r *saakornv1.AssignAssessorsRequest) (*saakornv1.AssignAssessorsResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.AssignAssessorsResponse, error) {
		err := checkPeople(ctx, tx, "assessor_ids", r.GetAssessorIds(), saakornv1.Role_ROLE_ASSESSOR, saakornv1.Role_ROLE_CASE_OFFICER)
		if err != nil {
			return nil, err
		}
		f, err := s.change(ctx, tx, r.GetCaseId(), "", "ASSESSORS_ASSIGNED", func(f *File, rules *scheme.Definition, now time.Time) (any, any, error) {
			ids, err := s.assessorsThere(ctx, tx, *f, r.GetAssessorIds())
			if err != nil {
				return nil, nil, err
			}
			if err := CheckAssessors(*f, rules, ids); err != nil {
				return nil, nil, err
			}
			before := assessorIDs(f.Assessments)
			if err := saveAssessors(ctx, tx, f, ids, now); err != nil {
				return nil, nil, err
			}
			return map[string]any{"assessor_ids": before}, map[string]any{"assessor_ids": assessorIDs(f.Assessments)}, nil
		})
		if err != nil {
			return nil, err
		}
		c, err := s.present(ctx, tx, f.Case)
		return &saakornv1.AssignAssessorsResponse{Case: c}, err
	})
}

// assessorsThere puts who stands in for them in the place of those who are away, unless they have
// submitted already, and refuses whoever is not impartial in the case.
func (s *Server) assessorsThere(ctx context.Context, tx pgx.Tx, f File, named []string) ([]string, error) {
	roster, err := s.roster(ctx, tx)
	if err != nil {
		return nil, err
	}
	partial, err := db.New(tx).ListPartial(ctx, f.ID)
	if err != nil {
		return nil, fmt.Errorf("look for declarations: %w", err)
	}
	var wrong []fault.Violation
	ids := make([]string, 0, len(named))
	for i, id := range named {
		field := fmt.Sprintf("assessor_ids[%d]", i)
		if own := f.assessment(id); own == nil || own.pending() {
			id = roster.Acting(id)
		}
		switch {
		case slices.Contains(partial, id):
			wrong = append(wrong, fault.Violation{Field: field, Reason: "NOT_IMPARTIAL", Description: "this person, or whoever stands in for them, is not impartial in the case: name somebody else"})
		case slices.Contains(ids, id) || id != named[i] && slices.Contains(named, id):
			wrong = append(wrong, fault.Violation{Field: field, Reason: "ABSENT", Description: "this person is absent, and whoever stands in for them is named already: name somebody else"})
		}
		ids = append(ids, id)
	}
	if len(wrong) > 0 {
		return nil, fault.NewInvalid(wrong...)
	}
	return ids, nil
}

func assessorIDs(assessments []Assessment) []string {
	ids := make([]string, 0, len(assessments))
	for _, a := range assessments {
		if a.SetAsideAt == nil {
			ids = append(ids, a.AssessorID)
		}
	}
	return ids
}

func saveAssessors(ctx context.Context, tx pgx.Tx, f *File, ids []string, now time.Time) error {
	queries := db.New(tx)
	var kept []Assessment
	for _, a := range f.Assessments {
		if !a.pending() || slices.Contains(ids, a.AssessorID) {
			kept = append(kept, a)
			continue
		}
		if err := queries.DeleteAssessment(ctx, a.ID); err != nil {
			return fmt.Errorf("release an assessor: %w", err)
		}
	}
	for _, id := range ids {
		if f.assessment(id) != nil {
			continue
		}
		a, err := insertAssessment(ctx, tx, *f, id, now)
		if err != nil {
			return err
		}
		kept = append(kept, a)
	}
	f.Assessments = kept
	return nil
}

func insertAssessment(ctx context.Context, tx pgx.Tx, f File, assessorID string, now time.Time) (Assessment, error) {
	a := Assessment{ID: uuid.Must(uuid.NewV7()), AssessorID: assessorID}
	err := db.New(tx).InsertAssessment(ctx, db.InsertAssessmentParams{ID: a.ID, CaseID: f.ID, Round: f.Round, AssessorID: assessorID, AssignedAt: now})
	if err != nil {
		return a, fmt.Errorf("name an assessor: %w", err)
	}
	return a, nil
}
