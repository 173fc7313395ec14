package application

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/application/db"
	"saakorn/services/platform/access"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/page"
)

// seen returns the application as the caller may see it: the enterprise's own people see the
// working copy, staff see the newest submitted version, assessors that of the cases they assess.
func (s *Server) seen(ctx context.Context, id uuid.UUID) (Submission, error) {
	caller, _ := access.From(ctx)
	if caller.Has(saakornv1.Role_ROLE_ENTREPRENEUR) {
		a, err := s.Store.Get(ctx, s.Pool, id)
		if err != nil {
			return Submission{}, err
		}
		if err := s.mine(ctx, a.EnterpriseID, false); err != nil {
			return Submission{}, err
		}
		files, err := listAttachments(ctx, s.Pool, id)
		return Submission{a, files}, err
	}
	if !caller.Has(access.Staff()...) {
		assigned, err := s.Assignments.IsAssessor(ctx, caller.ID, id)
		if err != nil {
			return Submission{}, err
		}
		if !assigned {
			return Submission{}, fault.NewNotFound("application")
		}
	}
	if err := s.Assignments.CheckImpartial(ctx, id); err != nil {
		return Submission{}, err
	}
	return s.Store.Submission(ctx, s.Pool, id)
}

// GetApplication returns one application.
func (s *Server) GetApplication(ctx context.Context, r *saakornv1.GetApplicationRequest) (*saakornv1.GetApplicationResponse, error) {
	a, err := s.seen(ctx, uuid.MustParse(r.GetApplicationId()))
	if err != nil {
		return nil, err
	}
	return &saakornv1.GetApplicationResponse{Application: present(a.Application, a.Files)}, nil
}

// place is where a page of applications begins: before this one, newest first.
type place struct {
	CreatedAt time.Time
	ID        uuid.UUID
}

// beginning is later than any application.
func beginning() place { return place{time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), uuid.Max} }

// ListApplications returns the applications that are the caller's to see, newest first.
func (s *Server) ListApplications(ctx context.Context, r *saakornv1.ListApplicationsRequest) (*saakornv1.ListApplicationsResponse, error) {
	from, err := page.Place(r, beginning())
	if err != nil {
		return nil, err
	}
	rows, err := s.list(ctx, r, from)
	if err != nil {
		return nil, err
	}
	rows, next, err := page.Cut(r, rows, func(last db.ListSubmittedRow) place { return place{last.CreatedAt, last.ID} })
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.ListApplicationsResponse{NextPageToken: next}
	for _, row := range rows {
		answer.Applications = append(answer.Applications, present(decodeSummary(row), nil))
	}
	return answer, nil
}

func (s *Server) list(ctx context.Context, r *saakornv1.ListApplicationsRequest, from place) ([]db.ListSubmittedRow, error) {
	caller, _ := access.From(ctx)
	queries, limit := db.New(s.Pool), int32(page.Size(r)+1)
	if !caller.Has(saakornv1.Role_ROLE_ENTREPRENEUR) {
		rows, err := queries.ListSubmitted(ctx, db.ListSubmittedParams{
			EnterpriseID: optionalID(r.GetEnterpriseId()), CallID: optionalID(r.GetCallId()), State: stateFilter(r.GetState()),
			BeforeCreatedAt: from.CreatedAt, BeforeID: from.ID, RowLimit: limit,
		})
		if err != nil {
			return nil, fmt.Errorf("list submitted applications: %w", err)
		}
		return rows, nil
	}
	enterprises, err := s.ownEnterprises(ctx, caller.ID, r.GetEnterpriseId())
	if err != nil {
		return nil, err
	}
	rows, err := queries.ListForEnterprises(ctx, db.ListForEnterprisesParams{
		EnterpriseIds: enterprises, CallID: optionalID(r.GetCallId()), State: stateFilter(r.GetState()),
		BeforeCreatedAt: from.CreatedAt, BeforeID: from.ID, RowLimit: limit,
	})
	if err != nil {
		return nil, fmt.Errorf("list the enterprises' applications: %w", err)
	}
	list := make([]db.ListSubmittedRow, 0, len(rows))
	for _, row := range rows {
		list = append(list, db.ListSubmittedRow(row))
	}
	return list, nil
}

func (s *Server) ownEnterprises(ctx context.Context, personID, wanted string) ([]uuid.UUID, error) {
	if wanted == "" {
		return s.Enterprises.IDsForPerson(ctx, personID)
	}
	id := uuid.MustParse(wanted)
	if err := s.mine(ctx, id, false); err != nil {
		return nil, asEnterprise(err)
	}
	return []uuid.UUID{id}, nil
}

// ValidateApplication says everything that hinders submission, and what is worth a look.
func (s *Server) ValidateApplication(ctx context.Context, r *saakornv1.ValidateApplicationRequest) (*saakornv1.ValidateApplicationResponse, error) {
	a, err := s.seen(ctx, uuid.MustParse(r.GetApplicationId()))
	if err != nil {
		return nil, err
	}
	round, err := s.round(ctx, s.Pool, a.CallID)
	if err != nil {
		return nil, err
	}
	result := Check(a.Application, a.Files, round)
	return &saakornv1.ValidateApplicationResponse{Problems: presentProblems(result.Problems), Warnings: presentProblems(result.Warnings)}, nil
}

// ListApplicationVersions returns every submitted version, newest first.
func (s *Server) ListApplicationVersions(ctx context.Context, r *saakornv1.ListApplicationVersionsRequest) (*saakornv1.ListApplicationVersionsResponse, error) {
	id := uuid.MustParse(r.GetApplicationId())
	if _, err := s.seen(ctx, id); err != nil {
		return nil, err
	}
	rows, err := db.New(s.Pool).ListVersions(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("list versions: %w", err)
	}
	answer := &saakornv1.ListApplicationVersionsResponse{}
	for _, row := range rows {
		files, err := db.New(s.Pool).ListAttachmentsByID(ctx, db.ListAttachmentsByIDParams{ApplicationID: id, Ids: row.AttachmentIds})
		if err != nil {
			return nil, fmt.Errorf("list a version's attachments: %w", err)
		}
		version, err := presentVersion(row, attachments(files))
		if err != nil {
			return nil, err
		}
		answer.Versions = append(answer.Versions, version)
	}
	return answer, nil
}
