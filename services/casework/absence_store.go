package casework

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework/db"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/database"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/person"
)

// roster returns who is away today.
func (s *Server) roster(ctx context.Context, q Querier) (Roster, error) {
	today := calendar.On(s.Clock.Now())
	rows, err := db.New(q).ListAbsencesOn(ctx, encodeDate(today))
	if err != nil {
		return Roster{}, fmt.Errorf("see who is away: %w", err)
	}
	return RosterOn(today, decodeAbsences(rows)), nil
}

// Away returns who is away today, each with who stands in for them.
func (s *Server) Away(ctx context.Context) (map[string]string, error) {
	roster, err := s.roster(ctx, database.Reader(ctx, s.Pool))
	if err != nil {
		return nil, err
	}
	away := make(map[string]string, len(roster.away))
	for id, a := range roster.away {
		away[id] = a.SubstituteID
	}
	return away, nil
}

func decodeAbsence(row db.Absence) Absence {
	return Absence{
		ID: row.ID, Revision: row.Revision, PersonID: row.PersonID, SubstituteID: row.SubstituteID,
		FirstDay: decodeDate(row.FirstDay.Time), LastDay: decodeDate(row.LastDay.Time),
		RegisteredBy: row.RegisteredBy, RegisteredAt: row.RegisteredAt, CancelledAt: row.CancelledAt,
	}
}

func decodeAbsences(rows []db.Absence) []Absence {
	absences := make([]Absence, 0, len(rows))
	for _, row := range rows {
		absences = append(absences, decodeAbsence(row))
	}
	return absences
}

// lockAbsences returns the absences that are not over, and keeps others from registering or changing any
// until the transaction ends.
func lockAbsences(ctx context.Context, tx pgx.Tx, now time.Time) ([]Absence, error) {
	queries := db.New(tx)
	if err := queries.LockAbsences(ctx); err != nil {
		return nil, fmt.Errorf("lock the absences: %w", err)
	}
	rows, err := queries.ListAbsencesFrom(ctx, encodeDate(calendar.On(now)))
	if err != nil {
		return nil, fmt.Errorf("list absences: %w", err)
	}
	return decodeAbsences(rows), nil
}

func getAbsence(ctx context.Context, tx pgx.Tx, id string) (Absence, error) {
	row, err := db.New(tx).GetAbsence(ctx, uuid.MustParse(id))
	if errors.Is(err, pgx.ErrNoRows) {
		return Absence{}, fault.NewNotFound("absence")
	}
	if err != nil {
		return Absence{}, fmt.Errorf("load an absence: %w", err)
	}
	return decodeAbsence(row), nil
}

func insertAbsence(ctx context.Context, tx pgx.Tx, a Absence) (Absence, error) {
	row, err := db.New(tx).InsertAbsence(ctx, db.InsertAbsenceParams{
		ID: a.ID, PersonID: a.PersonID, SubstituteID: a.SubstituteID, FirstDay: encodeDate(a.FirstDay), LastDay: encodeDate(a.LastDay),
		RegisteredBy: a.RegisteredBy, RegisteredAt: a.RegisteredAt,
	})
	if err != nil {
		return a, fmt.Errorf("register an absence: %w", err)
	}
	return decodeAbsence(row), nil
}

func updateAbsence(ctx context.Context, tx pgx.Tx, a Absence) (Absence, error) {
	row, err := db.New(tx).UpdateAbsence(ctx, db.UpdateAbsenceParams{
		ID: a.ID, SubstituteID: a.SubstituteID, FirstDay: encodeDate(a.FirstDay), LastDay: encodeDate(a.LastDay), CancelledAt: a.CancelledAt,
	})
	if err != nil {
		return a, fmt.Errorf("change an absence: %w", err)
	}
	return decodeAbsence(row), nil
}

func presentAbsences(ctx context.Context, q person.Querier, absences []Absence) ([]*saakornv1.Absence, error) {
	var ids []string
	for _, a := range absences {
		ids = append(ids, a.PersonID, a.SubstituteID)
	}
	names, err := person.Names(ctx, q, ids)
	if err != nil {
		return nil, err
	}
	list := make([]*saakornv1.Absence, 0, len(absences))
	for _, a := range absences {
		list = append(list, &saakornv1.Absence{
			Id: a.ID.String(), Etag: a.Etag(), PersonId: a.PersonID, PersonName: names[a.PersonID],
			SubstituteId: a.SubstituteID, SubstituteName: names[a.SubstituteID], FirstDay: a.FirstDay.String(), LastDay: a.LastDay.String(),
			RegisteredBy: a.RegisteredBy, RegisteredAt: timestamppb.New(a.RegisteredAt), CancelledAt: optionalTime(a.CancelledAt),
		})
	}
	return list, nil
}

func presentAbsence(ctx context.Context, q person.Querier, a Absence) (*saakornv1.Absence, error) {
	list, err := presentAbsences(ctx, q, []Absence{a})
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// stranded are the open cases in which something waits for somebody who is away, and whoever acts for
// them cannot take it: is not impartial in the case, has had a part in what is appealed, or assesses the
// case already. Somebody else has to be named.
type stranded struct {
	owned, appealed, assessed map[uuid.UUID]bool
}

// stranded looks for them. When nobody is away there are none, and nothing is asked.
func (r Roster) stranded(ctx context.Context, q Querier) (stranded, error) {
	s := stranded{map[uuid.UUID]bool{}, map[uuid.UUID]bool{}, map[uuid.UUID]bool{}}
	away, acting := r.pairs()
	if len(away) == 0 {
		return s, nil
	}
	rows, err := db.New(q).ListStranded(ctx, db.ListStrandedParams{Away: away, Acting: acting})
	if err != nil {
		return s, fmt.Errorf("see what waits for nobody: %w", err)
	}
	for _, row := range rows {
		switch row.What {
		case "OWNER":
			s.owned[row.CaseID] = true
		case "APPEAL":
			s.appealed[row.CaseID] = true
		default:
			s.assessed[row.CaseID] = true
		}
	}
	return s, nil
}

// step returns what has to happen next in the case when it is stranded, and otherwise what it says.
func (s stranded) step(c Case) NextStep {
	switch {
	case c.Step == Appealing && s.appealed[c.ID]:
		return NextNameAppealOwner
	case c.Step == Closed || c.Step == Appealing:
		return c.NextStep
	case c.Step == Screening || c.Step == Notification || c.Step == AwaitingAppeal:
		return c.NextStep // nobody in the house has anything to do
	case s.owned[c.ID]:
		return NextNameOwner
	case s.assessed[c.ID]:
		return NextNameAssessors
	}
	return c.NextStep
}
