package grant

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/correspondence"
	"saakorn/services/grant/db"
	"saakorn/services/journal"
	"saakorn/services/platform/access"
	"saakorn/services/platform/command"
	"saakorn/services/platform/fault"
)

// ChangeRequestServer answers the ChangeRequestService of the contract.
type ChangeRequestServer struct {
	saakornv1.UnimplementedChangeRequestServiceServer
	*Server
}

// SubmitChangeRequest receives a request for a change.
func (s *ChangeRequestServer) SubmitChangeRequest(ctx context.Context, r *saakornv1.SubmitChangeRequestRequest) (*saakornv1.SubmitChangeRequestResponse, error) {
	if _, err := s.award(ctx, s.Pool, r.GetAwardId(), true); err != nil {
		return nil, err
	}
	spendBy, err := parseDate("spend_by", r.GetSpendBy())
	if err != nil {
		return nil, err
	}
	if err := checkTexts(map[string]string{"grounds": r.GetGrounds(), "contact_name": r.GetContactName()}); err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.SubmitChangeRequestResponse, error) {
		caller, _ := access.From(ctx)
		c := ChangeRequest{
			ID: uuid.Must(uuid.NewV7()), Revision: 1, AwardID: uuid.MustParse(r.GetAwardId()),
			Kind: ChangeKind(strings.TrimPrefix(r.GetKind().String(), "CHANGE_KIND_")), State: ChangeSubmitted, Grounds: r.GetGrounds(),
			SpendBy: spendBy, ContactName: strings.TrimSpace(r.GetContactName()), ContactEmail: strings.TrimSpace(r.GetContactEmail()), SubmittedBy: caller.ID,
		}
		for _, m := range r.GetMoves() {
			c.Moves = append(c.Moves, BudgetMove{m.GetLine(), m.GetAmountOre()})
		}
		_, err := s.changeAward(ctx, tx, c.AwardID, "", "CHANGE_REQUESTED", func(f *File, now time.Time) (any, any, error) {
			c.SubmittedAt = now
			if err := CheckSubmitChange(*f, c, now); err != nil {
				return nil, nil, err
			}
			if err := insertChange(ctx, tx, c); err != nil {
				return nil, nil, err
			}
			return nil, changeFacts(c), s.journalFromParty(ctx, tx, f.Award, "change-request/"+c.ID.String(), "Søknad om endring", now)
		})
		return &saakornv1.SubmitChangeRequestResponse{ChangeRequest: presentChange(c, false)}, err
	})
}

func changeFacts(c ChangeRequest) map[string]any {
	return map[string]any{
		"change_request_id": c.ID, "kind": c.Kind, "state": c.State, "moves": c.Moves, "spend_by": c.SpendBy,
		"approve": c.Approve, "reasons": c.Reasons,
	}
}

// changeRequest carries out a mutation of one request within its award.
func (s *ChangeRequestServer) changeRequest(ctx context.Context, tx pgx.Tx, id, etag, action string, do func(f *File, c *ChangeRequest, now time.Time) error) (ChangeRequest, error) {
	row, err := db.New(tx).GetChange(ctx, uuid.MustParse(id))
	if err != nil {
		return ChangeRequest{}, notFound("change request", err)
	}
	var changed ChangeRequest
	_, err = s.changeAward(ctx, tx, row.AwardID, "", action, func(f *File, now time.Time) (any, any, error) {
		for i := range f.Changes {
			c := &f.Changes[i]
			if c.ID != row.ID {
				continue
			}
			if etag != "" && etag != c.Etag() {
				return nil, nil, fault.NewConflict(c.Etag())
			}
			before := changeFacts(*c)
			if err := do(f, c, now); err != nil {
				return nil, nil, err
			}
			err := saveChange(ctx, tx, c)
			changed = *c
			return before, changeFacts(*c), err
		}
		return nil, nil, fault.NewNotFound("change request")
	})
	return changed, err
}

// WithdrawChangeRequest takes back a request that has not been decided.
func (s *ChangeRequestServer) WithdrawChangeRequest(ctx context.Context, r *saakornv1.WithdrawChangeRequestRequest) (*saakornv1.WithdrawChangeRequestResponse, error) {
	row, err := db.New(s.Pool).GetChange(ctx, uuid.MustParse(r.GetChangeRequestId()))
	if err != nil {
		return nil, notFound("change request", err)
	}
	if _, err := s.award(ctx, s.Pool, row.AwardID.String(), true); err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.WithdrawChangeRequestResponse, error) {
		c, err := s.changeRequest(ctx, tx, r.GetChangeRequestId(), "", "CHANGE_WITHDRAWN", func(_ *File, c *ChangeRequest, _ time.Time) error {
			if err := c.checkState(ChangeSubmitted, ChangeRecommended); err != nil {
				return err
			}
			c.State = ChangeWithdrawn
			return nil
		})
		return &saakornv1.WithdrawChangeRequestResponse{ChangeRequest: presentChange(c, false)}, err
	})
}

// RecommendChangeRequest records the officer's recommendation, which decides a request that moves no money.
func (s *ChangeRequestServer) RecommendChangeRequest(ctx context.Context, r *saakornv1.RecommendChangeRequestRequest) (*saakornv1.RecommendChangeRequestResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.RecommendChangeRequestResponse, error) {
		caller, _ := access.From(ctx)
		c, err := s.changeRequest(ctx, tx, r.GetChangeRequestId(), r.GetEtag(), "CHANGE_RECOMMENDED", func(f *File, c *ChangeRequest, now time.Time) error {
			if err := c.checkState(ChangeSubmitted, ChangeRecommended); err != nil {
				return err
			}
			c.State, c.Approve, c.Reasons, c.RecommendedBy, c.RecommendedAt = ChangeRecommended, r.GetApprove(), r.GetReasons(), caller.ID, &now
			c.Involved = withPerson(c.Involved, caller.ID)
			if !c.FourEyes() {
				return s.decide(ctx, tx, f, c, r.GetApprove(), "", caller.ID, now)
			}
			return s.journalWithin(ctx, tx, f.Award, journal.InternalFollowUp, "change-recommended/"+c.ID.String(), "Innstilling om endring", now)
		})
		return &saakornv1.RecommendChangeRequestResponse{ChangeRequest: presentChange(c, true)}, err
	})
}

// DecideChangeRequest decides what somebody else recommended.
func (s *ChangeRequestServer) DecideChangeRequest(ctx context.Context, r *saakornv1.DecideChangeRequestRequest) (*saakornv1.DecideChangeRequestResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.DecideChangeRequestResponse, error) {
		caller, _ := access.From(ctx)
		c, err := s.changeRequest(ctx, tx, r.GetChangeRequestId(), r.GetEtag(), "CHANGE_DECIDED", func(f *File, c *ChangeRequest, now time.Time) error {
			return s.decide(ctx, tx, f, c, r.GetApprove(), r.GetReasons(), caller.ID, now)
		})
		return &saakornv1.DecideChangeRequestResponse{ChangeRequest: presentChange(c, true)}, err
	})
}

func (s *ChangeRequestServer) decide(ctx context.Context, tx pgx.Tx, f *File, c *ChangeRequest, approve bool, reasons, by string, now time.Time) error {
	if err := CheckDecideChange(*f, *c, approve, reasons, by); err != nil {
		return err
	}
	c.State, c.Approve, c.DecidedBy, c.DecidedAt = ChangeRejected, approve, by, &now
	if reasons != "" {
		c.Reasons = reasons
	}
	if approve {
		c.State = ChangeApproved
		c.apply(&f.Award)
		if err := s.addContact(ctx, tx, f.Award, *c, now); err != nil {
			return err
		}
	}
	return s.journalWithin(ctx, tx, f.Award, journal.Internal, "change-decided/"+c.ID.String(), "Vedtak om endring", now)
}

func (s *ChangeRequestServer) addContact(ctx context.Context, tx pgx.Tx, a Award, c ChangeRequest, now time.Time) error {
	if c.Kind != NewContact {
		return nil
	}
	submitted, err := s.Submissions.Submission(ctx, tx, a.ApplicationID)
	if err != nil {
		return err
	}
	return s.AddressBook.Add(ctx, tx, a.EnterpriseID, correspondence.Contact{Name: c.ContactName, Email: c.ContactEmail}, contactsOf(submitted), now)
}

// ListChangeRequests returns the requests about an award, newest first.
func (s *ChangeRequestServer) ListChangeRequests(ctx context.Context, r *saakornv1.ListChangeRequestsRequest) (*saakornv1.ListChangeRequestsResponse, error) {
	a, err := s.award(ctx, s.Pool, r.GetAwardId(), false)
	if err != nil {
		return nil, err
	}
	changes, err := s.Store.Changes(ctx, s.Pool, a.ID)
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.ListChangeRequestsResponse{}
	for _, c := range slices.Backward(changes) {
		answer.ChangeRequests = append(answer.ChangeRequests, presentChange(c, isStaff(ctx)))
	}
	return answer, nil
}
