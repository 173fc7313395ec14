package application

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.einride.tech/aip/fieldmask"
	"google.golang.org/protobuf/proto"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/application/db"
	"saakorn/services/enterprise"
	"saakorn/services/platform/access"
	"saakorn/services/platform/audit"
	"saakorn/services/platform/clock"
	"saakorn/services/platform/command"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/file"
	"saakorn/services/platform/procedure"
	"saakorn/services/scheme"
)

// Schemes knows the rules and the calls.
type Schemes interface {
	Definition(ctx context.Context, schemeID, version string) (*scheme.Definition, error)
	Call(ctx context.Context, q scheme.Querier, id uuid.UUID) (scheme.Call, error)
}

// Enterprises knows the enterprises, and who may act for whom.
type Enterprises interface {
	Right(ctx context.Context, personID string, enterpriseID uuid.UUID) (enterprise.Right, error)
	RightAndName(ctx context.Context, personID string, enterpriseID uuid.UUID) (enterprise.Right, string, error)
	IDsForPerson(ctx context.Context, personID string) ([]uuid.UUID, error)
}

// Assignments knows who assesses which application, and to whom its case is closed.
type Assignments interface {
	IsAssessor(ctx context.Context, personID string, applicationID uuid.UUID) (bool, error)
	// CheckImpartial refuses a caller who is not impartial in the application's case, or has yet to say whether
	// they are (fvl. §§ 6 and 8).
	CheckImpartial(ctx context.Context, applicationID uuid.UUID) error
}

// Waker tells a procedure to look at the facts again.
type Waker interface {
	Wake(ctx context.Context, tx pgx.Tx, s procedure.Subject, now time.Time) error
}

// Server answers the ApplicationService of the contract.
type Server struct {
	saakornv1.UnimplementedApplicationServiceServer

	Pool        *pgxpool.Pool
	Store       *Store
	Schemes     Schemes
	Enterprises Enterprises
	Assignments Assignments
	Files       *file.Store
	Waker       Waker
	Journal     Journal
	Clock       clock.Clock
}

func (s *Server) runner() command.Runner { return command.Runner{Pool: s.Pool, Clock: s.Clock} }

func (s *Server) round(ctx context.Context, q scheme.Querier, callID uuid.UUID) (Round, error) {
	call, err := s.Schemes.Call(ctx, q, callID)
	if err != nil {
		return Round{}, err
	}
	d, err := s.Schemes.Definition(ctx, call.SchemeID, call.SchemeVersion)
	return Round{call, d}, err
}

// editable refuses an application that the caller may not edit, before the transaction: what is
// asked of other contexts in one would hold a second connection, and enough callers at once would
// wait for each other's. It also loads the rules that the transaction will read.
func (s *Server) editable(ctx context.Context, applicationID string) error {
	a, err := s.Store.Get(ctx, s.Pool, uuid.MustParse(applicationID))
	if err != nil {
		return err
	}
	if err := s.mine(ctx, a.EnterpriseID, true); err != nil {
		return err
	}
	_, err = s.round(ctx, s.Pool, a.CallID)
	return err
}

// mine refuses what does not belong to an enterprise that the caller may act for. It does not tell
// what exists from what is somebody else's.
func (s *Server) mine(ctx context.Context, enterpriseID uuid.UUID, edit bool) error {
	caller, _ := access.From(ctx)
	right, err := s.Enterprises.Right(ctx, caller.ID, enterpriseID)
	if err != nil {
		return err
	}
	return checkRight(right, edit)
}

func checkRight(right enterprise.Right, edit bool) error {
	switch {
	case !right.CanRead():
		return fault.NewNotFound("application")
	case edit && !right.CanEdit():
		return fault.NewDenied("READER_ONLY", "you may read for this enterprise: ask its administrator for the right to edit")
	}
	return nil
}

// CreateApplication begins a draft, prefilled when it is a continuation.
func (s *Server) CreateApplication(ctx context.Context, r *saakornv1.CreateApplicationRequest) (*saakornv1.CreateApplicationResponse, error) {
	enterpriseID, callID := uuid.MustParse(r.GetEnterpriseId()), uuid.MustParse(r.GetCallId())
	if err := s.mine(ctx, enterpriseID, true); err != nil {
		return nil, asEnterprise(err)
	}
	// The transaction reads the rules, which are loaded once: here, so that it needs no second
	// connection.
	if _, err := s.round(ctx, s.Pool, callID); err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.CreateApplicationResponse, error) {
		now := s.Clock.Now()
		round, err := s.round(ctx, tx, callID)
		if err != nil {
			return nil, err
		}
		kind := typeKey(r.GetType())
		if err := CheckBegin(round, kind, now); err != nil {
			return nil, err
		}
		a, err := s.begin(ctx, tx, round, enterpriseID, kind, now)
		if err != nil {
			return nil, err
		}
		return &saakornv1.CreateApplicationResponse{Application: present(a, nil)}, nil
	})
}

func (s *Server) begin(ctx context.Context, tx pgx.Tx, r Round, enterpriseID uuid.UUID, kind scheme.ApplicationTypeKey, now time.Time) (Application, error) {
	caller, _ := access.From(ctx)
	a := Application{
		ID: uuid.Must(uuid.NewV7()), Revision: 1, CallID: r.Call.ID, EnterpriseID: enterpriseID, SchemeID: r.Call.SchemeID,
		SchemeVersion: r.Call.SchemeVersion, Type: kind, State: Draft, Content: &saakornv1.ApplicationContent{},
		Unsubmitted: true, CreatedBy: caller.ID, CreatedAt: now, UpdatedAt: now,
	}
	if kind == scheme.Continuation {
		previous, err := s.previous(ctx, tx, a)
		if err != nil {
			return a, err
		}
		if previous != nil {
			a.PreviousID, a.Content = &previous.ID, Prefill(previous.Content, r.Scheme)
		}
	}
	content, err := encodeContent(a.Content)
	if err != nil {
		return a, err
	}
	err = db.New(tx).InsertApplication(ctx, db.InsertApplicationParams{
		ID: a.ID, CallID: a.CallID, EnterpriseID: a.EnterpriseID, SchemeID: a.SchemeID, SchemeVersion: a.SchemeVersion,
		ApplicationType: string(a.Type), Content: content, PreviousID: a.PreviousID, CreatedBy: a.CreatedBy, CreatedAt: now,
	})
	if err != nil {
		return a, fmt.Errorf("begin an application: %w", err)
	}
	return a, s.record(ctx, tx, a, "APPLICATION_BEGUN", now, nil, map[string]any{"type": kind, "call_id": a.CallID, "previous_id": a.PreviousID})
}

func (s *Server) previous(ctx context.Context, tx pgx.Tx, a Application) (*Submission, error) {
	row, err := db.New(tx).GetPrevious(ctx, db.GetPreviousParams{EnterpriseID: a.EnterpriseID, SchemeID: a.SchemeID, CallID: a.CallID})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil // an enterprise may come with years from before Såkorn
	}
	if err != nil {
		return nil, fmt.Errorf("look for the previous application: %w", err)
	}
	previous, err := s.Store.Submission(ctx, tx, row.ID)
	if err != nil {
		return nil, err
	}
	return &previous, nil
}

// UpdateApplication saves what has been written so far.
func (s *Server) UpdateApplication(ctx context.Context, r *saakornv1.UpdateApplicationRequest) (*saakornv1.UpdateApplicationResponse, error) {
	if err := fieldmask.Validate(r.GetUpdateMask(), r.GetContent()); err != nil {
		return nil, fault.Field("update_mask", "NO_SUCH_FIELD", "name fields of the content, for example business_model.customers")
	}
	if err := s.editable(ctx, r.GetApplicationId()); err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.UpdateApplicationResponse, error) {
		a, round, err := s.lockNewest(ctx, tx, r)
		if err != nil {
			return nil, err
		}
		now := s.Clock.Now()
		if err := CheckEditable(a, round, now); err != nil {
			return nil, err
		}
		before := proto.CloneOf(a.Content)
		fieldmask.Update(r.GetUpdateMask(), a.Content, r.GetContent())
		if len(r.GetUpdateMask().GetPaths()) == 0 {
			a.Content = r.GetContent()
		}
		if wrong := CheckText(a.Content, round.Scheme); len(wrong) > 0 {
			return nil, fault.NewInvalid(wrong...)
		}
		if err := s.saveContent(ctx, tx, &a, before, now); err != nil {
			return nil, err
		}
		files, err := listAttachments(ctx, tx, a.ID)
		if err != nil {
			return nil, err
		}
		return &saakornv1.UpdateApplicationResponse{Application: present(a, files)}, nil
	})
}

func (s *Server) saveContent(ctx context.Context, tx pgx.Tx, a *Application, before *saakornv1.ApplicationContent, now time.Time) error {
	content, err := encodeContent(a.Content)
	if err != nil {
		return err
	}
	if err := db.New(tx).UpdateContent(ctx, db.UpdateContentParams{ID: a.ID, Content: content, UpdatedAt: now}); err != nil {
		return fmt.Errorf("save an application: %w", err)
	}
	a.Revision, a.Unsubmitted, a.UpdatedAt = a.Revision+1, true, now
	old, changed := difference(before, a.Content)
	return s.record(ctx, tx, *a, "APPLICATION_SAVED", now, old, changed)
}

// edit is a request that changes one application.
type edit interface {
	GetApplicationId() string
	GetEtag() string
}

// lockNewest returns the application, locked and checked against the caller's etag.
func (s *Server) lockNewest(ctx context.Context, tx pgx.Tx, r edit) (Application, Round, error) {
	a, err := lock(ctx, tx, uuid.MustParse(r.GetApplicationId()))
	if err != nil {
		return a, Round{}, err
	}
	if r.GetEtag() != a.Etag() {
		return a, Round{}, fault.NewConflict(a.Etag())
	}
	round, err := s.round(ctx, tx, a.CallID)
	return a, round, err
}

// WithdrawApplication withdraws the application.
func (s *Server) WithdrawApplication(ctx context.Context, r *saakornv1.WithdrawApplicationRequest) (*saakornv1.WithdrawApplicationResponse, error) {
	if err := checkNoNationalID("reason", r.GetReason()); err != nil {
		return nil, err
	}
	if err := s.editable(ctx, r.GetApplicationId()); err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.WithdrawApplicationResponse, error) {
		before, err := lock(ctx, tx, uuid.MustParse(r.GetApplicationId()))
		if err != nil {
			return nil, err
		}
		now := s.Clock.Now()
		after, err := Withdraw(before, now)
		if err != nil {
			return nil, err
		}
		if err := saveState(ctx, tx, after); err != nil {
			return nil, err
		}
		err = s.record(ctx, tx, after, "APPLICATION_WITHDRAWN", now,
			map[string]any{"state": before.State}, map[string]any{"state": after.State, "reason": r.GetReason()})
		if err != nil {
			return nil, err
		}
		if before.State == Submitted {
			if err := s.Journal.Write(ctx, tx, entryOfWithdrawal(after.ID, after.Reference, now)); err != nil {
				return nil, err
			}
			if err := s.Waker.Wake(ctx, tx, procedure.Subject{Kind: procedure.Casework, ID: after.ID}, now); err != nil {
				return nil, err
			}
		}
		files, err := listAttachments(ctx, tx, after.ID)
		if err != nil {
			return nil, err
		}
		return &saakornv1.WithdrawApplicationResponse{Application: present(after, files)}, nil
	})
}

func (s *Server) record(ctx context.Context, tx pgx.Tx, a Application, action string, now time.Time, before, after any) error {
	return audit.Record(ctx, tx, audit.Event{
		Action: action, OccurredAt: now, SubjectKind: "application", SubjectID: a.ID, ApplicationID: a.ID, Before: before, After: after,
	})
}

// asEnterprise words a refusal about an enterprise that was named in the request.
func asEnterprise(err error) error {
	if fault.Is(err, "NOT_FOUND") {
		return fault.NewNotFound("enterprise")
	}
	return err
}
