package casework

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework/db"
	"saakorn/services/platform/access"
	"saakorn/services/platform/audit"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/command"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/person"
)

// HintServer answers the HintService of the contract.
type HintServer struct {
	saakornv1.UnimplementedHintServiceServer
	*Server

	BirthDates BirthDates
}

// ListImpartialityHints returns the hints of the case: all of them to those who assign and those who
// oversee, their own to others and to whom the case is closed.
func (s *HintServer) ListImpartialityHints(ctx context.Context, r *saakornv1.ListImpartialityHintsRequest) (*saakornv1.ListImpartialityHintsResponse, error) {
	f, err := load(ctx, s.Pool, uuid.MustParse(r.GetCaseId()))
	if err != nil {
		return nil, err
	}
	caller, _ := access.From(ctx)
	if !caller.Has(access.Staff()...) && f.assessment(caller.ID) == nil {
		return nil, fault.NewNotFound("case")
	}
	isOpen, err := s.isOpen(ctx, s.Pool, f.ID)
	if err != nil {
		return nil, err
	}
	all := isOpen && caller.Has(saakornv1.Role_ROLE_CASE_OFFICER, saakornv1.Role_ROLE_MANAGER, saakornv1.Role_ROLE_AUDITOR)
	answer := &saakornv1.ListImpartialityHintsResponse{}
	check, err := db.New(s.Pool).GetRoleCheck(ctx, f.ID)
	switch {
	case err == nil:
		answer.CheckedAt = optionalTime(check.CheckedAt)
	case !errors.Is(err, pgx.ErrNoRows):
		return nil, fmt.Errorf("load the last check of roles: %w", err)
	}
	rows, err := db.New(s.Pool).ListHints(ctx, f.ID)
	if err != nil {
		return nil, fmt.Errorf("list hints: %w", err)
	}
	ids := make([]string, 0, len(rows))
	for _, row := range rows {
		ids = append(ids, row.PersonID)
	}
	names, err := person.Names(ctx, s.Pool, ids)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		if !all && row.PersonID != caller.ID {
			continue
		}
		answer.Hints = append(answer.Hints, &saakornv1.ImpartialityHint{
			Id: row.ID.String(), PersonId: row.PersonID, PersonName: names[row.PersonID], Roles: row.Roles,
			FoundAt: timestamppb.New(row.FoundAt), GoneAt: optionalTime(row.GoneAt),
		})
	}
	return answer, nil
}

// youngest is the least age of somebody who handles cases, oldest the greatest, in years: what is
// outside is a slip of the pen.
const youngest, oldest = 15, 100

// CheckBirthDate reads a birth date. What is wrong with it is said without repeating it.
func CheckBirthDate(text string, today calendar.Date) (calendar.Date, error) {
	date, err := calendar.Parse(text)
	if err != nil {
		return date, fault.Field("birth_date", "NO_SUCH_DATE", "write a day that exists, as YYYY-MM-DD")
	}
	const months = 12
	if date.AddMonths(youngest*months).After(today) || date.AddMonths(oldest*months).Before(today) {
		return date, fault.Field("birth_date", "NOT_A_BIRTH_DATE", "write your own birth date")
	}
	return date, nil
}

// GiveBirthDate keeps the caller's birth date, for hints and nothing else.
func (s *HintServer) GiveBirthDate(ctx context.Context, r *saakornv1.GiveBirthDateRequest) (*saakornv1.GiveBirthDateResponse, error) {
	now := s.Clock.Now()
	date, err := CheckBirthDate(r.GetBirthDate(), calendar.On(now))
	if err != nil {
		return nil, err
	}
	if !s.BirthDates.enabled() {
		return nil, fault.NewPrecondition("NO_HINTS_HERE", "this installation keeps no birth dates: ask whoever runs it for a key")
	}
	// The record of requests keeps a plain digest of each, which could be tried out for every date: so
	// the date is left out of what is recorded.
	recorded := &saakornv1.GiveBirthDateRequest{RequestId: r.GetRequestId()}
	return command.Run(ctx, s.runner(), recorded, func(ctx context.Context, tx pgx.Tx) (*saakornv1.GiveBirthDateResponse, error) {
		caller, _ := access.From(ctx)
		if _, err := person.Get(ctx, tx, caller.ID); err != nil {
			return nil, err
		}
		if err := s.BirthDates.Keep(ctx, tx, caller.ID, date, now); err != nil {
			return nil, err
		}
		return &saakornv1.GiveBirthDateResponse{}, recordBirthDate(ctx, tx, "BIRTH_DATE_GIVEN", caller.ID, s.Server)
	})
}

// RemoveBirthDate forgets the caller's birth date. Hints that were found stay in their cases.
func (s *HintServer) RemoveBirthDate(ctx context.Context, r *saakornv1.RemoveBirthDateRequest) (*saakornv1.RemoveBirthDateResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.RemoveBirthDateResponse, error) {
		caller, _ := access.From(ctx)
		n, err := db.New(tx).RemoveBirthDate(ctx, caller.ID)
		if err != nil {
			return nil, fmt.Errorf("remove a birth date: %w", err)
		}
		if n == 0 {
			return &saakornv1.RemoveBirthDateResponse{}, nil
		}
		return &saakornv1.RemoveBirthDateResponse{}, recordBirthDate(ctx, tx, "BIRTH_DATE_REMOVED", caller.ID, s.Server)
	})
}

// personNamespace makes the identifier of a person in audit events follow from their own.
func personNamespace() uuid.UUID { return uuid.NewSHA1(uuid.NameSpaceURL, []byte("saakorn/person")) }

// recordBirthDate records that somebody gave or took back a birth date, and never which.
func recordBirthDate(ctx context.Context, tx pgx.Tx, action, personID string, s *Server) error {
	return audit.Record(ctx, tx, audit.Event{
		Action: action, OccurredAt: s.Clock.Now(), SubjectKind: "person", SubjectID: uuid.NewSHA1(personNamespace(), []byte(personID)),
	})
}
