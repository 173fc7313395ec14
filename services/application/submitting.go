package application

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/application/db"
	"saakorn/services/platform/access"
	"saakorn/services/platform/command"
	"saakorn/services/platform/database"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/procedure"
)

// SubmitApplication submits the draft, or a correction, and gives a receipt.
func (s *Server) SubmitApplication(ctx context.Context, r *saakornv1.SubmitApplicationRequest) (*saakornv1.SubmitApplicationResponse, error) {
	f, err := s.folder(ctx, uuid.MustParse(r.GetApplicationId()))
	if err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.SubmitApplicationResponse, error) {
		if r.GetEtag() != f.Etag() {
			return nil, fault.NewConflict(f.Etag())
		}
		now := s.Clock.Now()
		after, err := Submit(f.Application, f.round, f.Files, now)
		if err != nil {
			return nil, err
		}
		digest, err := Digest(after.Content, f.Files)
		if err != nil {
			return nil, err
		}
		number, err := lockUnchanged(ctx, tx, f.Application)
		if err != nil {
			return nil, err
		}
		if after.Reference == "" {
			after.Reference = Reference(f.round.Call.Code, number)
		}
		if err := s.submit(ctx, tx, f, after, digest, now); err != nil {
			return nil, err
		}
		return &saakornv1.SubmitApplicationResponse{Receipt: &saakornv1.Receipt{
			ApplicationId: after.ID.String(), Reference: after.Reference, Version: after.Version,
			ReceivedAt: timestamppb.New(now), Late: after.Late, Sha256: digest, Etag: after.Etag(),
			CorrectionsUntil: timestamppb.New(f.round.Call.ClosesAt),
		}}, nil
	})
}

// folder is a working copy with everything that its submission depends on.
type folder struct {
	Submission

	round Round
	// applicant is the name of the enterprise.
	applicant string
}

// folder reads the working copy, which the caller must be allowed to edit, before the transaction:
// holding the application is then a matter of a few writes. The revision is read first and changes
// with the content and with the files, so that [lockUnchanged] tells whether it all still stands.
func (s *Server) folder(ctx context.Context, id uuid.UUID) (f folder, err error) {
	if f.Application, err = s.Store.Get(ctx, s.Pool, id); err != nil {
		return f, err
	}
	caller, _ := access.From(ctx)
	right, name, err := s.Enterprises.RightAndName(ctx, caller.ID, f.EnterpriseID)
	if err != nil {
		return f, err
	}
	if err := checkRight(right, true); err != nil {
		return f, err
	}
	f.applicant = name
	if f.Files, err = listAttachments(ctx, s.Pool, id); err != nil {
		return f, err
	}
	f.round, err = s.round(ctx, s.Pool, f.CallID)
	return f, err
}

// lockUnchanged locks an application that was read before the transaction, and refuses one that has
// changed since. It returns a number for its reference when it has none yet.
func lockUnchanged(ctx context.Context, tx pgx.Tx, a Application) (number int64, err error) {
	number, err = db.New(tx).LockRevision(ctx, db.LockRevisionParams{ID: a.ID, Revision: a.Revision})
	if errors.Is(err, pgx.ErrNoRows) {
		changed, err := lock(ctx, tx, a.ID)
		if err != nil {
			return 0, err
		}
		return 0, fault.NewConflict(changed.Etag())
	}
	if err != nil {
		return 0, fmt.Errorf("lock an application: %w", err)
	}
	return number, nil
}

// submit writes what follows from a submission, in few round trips: the statements only follow upon
// each other.
func (s *Server) submit(ctx context.Context, tx pgx.Tx, f folder, after Application, digest string, now time.Time) error {
	writes := database.Gather(tx)
	caller, _ := access.From(ctx)
	err := db.New(writes).InsertVersion(ctx, db.InsertVersionParams{
		ApplicationID: after.ID, Version: after.Version, AttachmentIds: ids(f.Files), Sha256: digest,
		SubmittedBy: caller.ID, SubmittedAt: now,
	})
	if err != nil {
		return fmt.Errorf("keep a submitted version: %w", err)
	}
	if err := saveState(ctx, writes, after); err != nil {
		return err
	}
	err = s.record(ctx, writes, after, "APPLICATION_SUBMITTED", now,
		map[string]any{"state": f.State, "version": f.Version},
		map[string]any{"state": after.State, "version": after.Version, "reference": after.Reference, "late": after.Late, "sha256": digest})
	if err != nil {
		return err
	}
	if err := index(ctx, writes, after, f.applicant, f.round.Call.GrantYear); err != nil {
		return err
	}
	if err := s.Journal.Write(ctx, writes, entryOfVersion(after, len(f.Files), now)); err != nil {
		return err
	}
	if err := s.Waker.Wake(ctx, writes, procedure.Subject{Kind: procedure.Casework, ID: after.ID}, now); err != nil {
		return err
	}
	if err := writes.Send(ctx); err != nil {
		return fmt.Errorf("submit an application: %w", err)
	}
	return nil
}

func ids(files []Attachment) []uuid.UUID {
	list := make([]uuid.UUID, 0, len(files))
	for _, f := range files {
		list = append(list, f.ID)
	}
	return list
}
