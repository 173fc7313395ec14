package casework

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework/db"
	"saakorn/services/platform/access"
	"saakorn/services/platform/audit"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/command"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/page"
	"saakorn/services/platform/person"
)

// AssignmentServer answers the AssignmentService of the contract.
type AssignmentServer struct {
	saakornv1.UnimplementedAssignmentServiceServer
	*Server
}

// period is what a request says of an absence's days.
type period interface {
	GetFirstDay() string
	GetLastDay() string
}

func daysOf(r period) (first, last calendar.Date, err error) {
	var wrong []fault.Violation
	read := func(field, text string) calendar.Date {
		day, err := calendar.Parse(text)
		if err != nil {
			wrong = append(wrong, fault.Violation{Field: field, Reason: "NO_SUCH_DATE", Description: "write an existing date as 2027-07-01"})
		}
		return day
	}
	first, last = read("first_day", r.GetFirstDay()), read("last_day", r.GetLastDay())
	if len(wrong) > 0 {
		return first, last, fault.NewInvalid(wrong...)
	}
	return first, last, nil
}

// RegisterAbsence registers when somebody is away and who stands in for them.
func (s *AssignmentServer) RegisterAbsence(ctx context.Context, r *saakornv1.RegisterAbsenceRequest) (*saakornv1.RegisterAbsenceResponse, error) {
	first, last, err := daysOf(r)
	if err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.RegisterAbsenceResponse, error) {
		caller, _ := access.From(ctx)
		now := s.Clock.Now()
		a := Absence{
			ID: uuid.Must(uuid.NewV7()), PersonID: r.GetPersonId(), SubstituteID: r.GetSubstituteId(), FirstDay: first, LastDay: last,
			RegisteredBy: caller.ID, RegisteredAt: now,
		}
		if a.PersonID == "" || a.PersonID == myself {
			a.PersonID = caller.ID
		}
		if err := checkMayRegister(caller, a.PersonID); err != nil {
			return nil, err
		}
		others, err := lockAbsences(ctx, tx, now)
		if err != nil {
			return nil, err
		}
		if err := checkSubstitute(ctx, tx, a); err != nil {
			return nil, err
		}
		if err := CheckAbsence(a, others, calendar.On(now)); err != nil {
			return nil, err
		}
		if a, err = insertAbsence(ctx, tx, a); err != nil {
			return nil, err
		}
		if err := recordAbsence(ctx, tx, "ABSENCE_REGISTERED", now, nil, &a); err != nil {
			return nil, err
		}
		p, err := presentAbsence(ctx, tx, a)
		return &saakornv1.RegisterAbsenceResponse{Absence: p}, err
	})
}

// checkMayRegister lets everybody say when they are away themselves, and managers for anybody.
func checkMayRegister(caller access.Principal, personID string) error {
	if personID == caller.ID || caller.Has(saakornv1.Role_ROLE_MANAGER) {
		return nil
	}
	return fault.NewDenied("NOT_YOUR_ABSENCE", "people register their own absence, and a manager that of others")
}

// checkSubstitute refuses a substitute who could not do what the person does: officers stand in for
// officers, and whoever may assess for an assessor.
func checkSubstitute(ctx context.Context, tx pgx.Tx, a Absence) error {
	away, err := person.Get(ctx, tx, a.PersonID)
	if fault.Is(err, "NOT_FOUND") {
		return fault.Field("person_id", "NO_SUCH_PERSON", "name somebody in the directory")
	}
	if err != nil {
		return err
	}
	if away.Has(saakornv1.Role_ROLE_CASE_OFFICER) {
		return checkPeople(ctx, tx, "substitute_id", []string{a.SubstituteID}, saakornv1.Role_ROLE_CASE_OFFICER)
	}
	if away.Has(saakornv1.Role_ROLE_ASSESSOR) {
		return checkPeople(ctx, tx, "substitute_id", []string{a.SubstituteID}, saakornv1.Role_ROLE_CASE_OFFICER, saakornv1.Role_ROLE_ASSESSOR)
	}
	return fault.Field("person_id", "NOTHING_TO_STAND_IN_FOR", "only case officers and assessors are given work that somebody has to stand in for")
}

// ChangeAbsence changes the days or the substitute of an absence that is not over.
func (s *AssignmentServer) ChangeAbsence(ctx context.Context, r *saakornv1.ChangeAbsenceRequest) (*saakornv1.ChangeAbsenceResponse, error) {
	first, last, err := daysOf(r)
	if err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.ChangeAbsenceResponse, error) {
		p, err := s.changeAbsence(ctx, tx, r.GetAbsenceId(), r.GetEtag(), "ABSENCE_CHANGED", func(a Absence, others []Absence, now time.Time) (Absence, error) {
			after := a
			after.SubstituteID, after.FirstDay, after.LastDay = r.GetSubstituteId(), first, last
			if err := checkSubstitute(ctx, tx, after); err != nil {
				return after, err
			}
			return after, CheckChangeAbsence(a, after, others, calendar.On(now))
		})
		return &saakornv1.ChangeAbsenceResponse{Absence: p}, err
	})
}

// EndAbsence cancels an absence that has not begun, and ends one that has.
func (s *AssignmentServer) EndAbsence(ctx context.Context, r *saakornv1.EndAbsenceRequest) (*saakornv1.EndAbsenceResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.EndAbsenceResponse, error) {
		p, err := s.changeAbsence(ctx, tx, r.GetAbsenceId(), r.GetEtag(), "ABSENCE_ENDED", func(a Absence, _ []Absence, now time.Time) (Absence, error) {
			return EndAbsence(a, now)
		})
		return &saakornv1.EndAbsenceResponse{Absence: p}, err
	})
}

func (s *AssignmentServer) changeAbsence(ctx context.Context, tx pgx.Tx, id, etag, action string, do func(a Absence, others []Absence, now time.Time) (Absence, error)) (*saakornv1.Absence, error) {
	now := s.Clock.Now()
	others, err := lockAbsences(ctx, tx, now)
	if err != nil {
		return nil, err
	}
	before, err := getAbsence(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	caller, _ := access.From(ctx)
	if err := checkMayRegister(caller, before.PersonID); err != nil {
		if !caller.Has(access.Staff()...) {
			return nil, fault.NewNotFound("absence") // an assessor learns nothing of colleagues
		}
		return nil, err
	}
	if etag != before.Etag() {
		return nil, fault.NewConflict(before.Etag())
	}
	after, err := do(before, others, now)
	if err != nil {
		return nil, err
	}
	if after, err = updateAbsence(ctx, tx, after); err != nil {
		return nil, err
	}
	if err := recordAbsence(ctx, tx, action, now, &before, &after); err != nil {
		return nil, err
	}
	return presentAbsence(ctx, tx, after)
}

func recordAbsence(ctx context.Context, tx pgx.Tx, action string, now time.Time, before, after *Absence) error {
	return audit.Record(ctx, tx, audit.Event{
		Action: action, OccurredAt: now, SubjectKind: "absence", SubjectID: after.ID, Before: absenceFacts(before), After: absenceFacts(after),
	})
}

func absenceFacts(a *Absence) any {
	if a == nil {
		return nil
	}
	return map[string]any{
		"person_id": a.PersonID, "substitute_id": a.SubstituteID, "first_day": a.FirstDay, "last_day": a.LastDay, "cancelled": a.CancelledAt != nil,
	}
}

// absencePlace is where a page of absences begins: after this one, in the order of the list.
type absencePlace struct {
	LastDay calendar.Date
	ID      uuid.UUID
}

// ListAbsences returns absences in the order of their last day.
func (s *AssignmentServer) ListAbsences(ctx context.Context, r *saakornv1.ListAbsencesRequest) (*saakornv1.ListAbsencesResponse, error) {
	caller, _ := access.From(ctx)
	start := absencePlace{LastDay: calendar.Date{Year: 1, Month: time.January, Day: 1}}
	if r.GetCurrent() {
		start.LastDay = calendar.On(s.Clock.Now()).AddDays(-1)
		start.ID = uuid.Max // everything that ended yesterday is behind
	}
	after, err := page.Place(r, start)
	if err != nil {
		return nil, err
	}
	asked := db.ListAbsencesParams{
		AfterDay: encodeDate(after.LastDay), AfterID: after.ID, PersonID: orNull(or(r.GetPersonId(), caller)),
		NotCancelled: r.GetCurrent(), RowLimit: int32(page.Size(r) + 1),
	}
	if !caller.Has(access.Staff()...) {
		asked.Concerning = &caller.ID
	}
	rows, err := db.New(s.Pool).ListAbsences(ctx, asked)
	if err != nil {
		return nil, fmt.Errorf("list absences: %w", err)
	}
	absences, next, err := page.Cut(r, decodeAbsences(rows), func(last Absence) absencePlace { return absencePlace{last.LastDay, last.ID} })
	if err != nil {
		return nil, err
	}
	list, err := presentAbsences(ctx, s.Pool, absences)
	return &saakornv1.ListAbsencesResponse{Absences: list, NextPageToken: next}, err
}
