package enterprise

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"saakorn/services/enterprise/db"
	"saakorn/services/enterprise/registry"
	"saakorn/services/platform/database"
)

// Store reads the register. Other contexts ask it who may act for whom.
type Store struct {
	pool    *pgxpool.Pool
	queries *db.Queries
}

// NewStore returns the register in the database.
func NewStore(pool *pgxpool.Pool) *Store { return &Store{pool, db.New(pool)} }

// reader reads in the transaction that the context has joined, if any.
func (s *Store) reader(ctx context.Context) *db.Queries { return db.New(database.Reader(ctx, s.pool)) }

// Enterprise returns one enterprise; a NotFound fault when there is none.
func (s *Store) Enterprise(ctx context.Context, id uuid.UUID) (Enterprise, error) {
	return load(s.reader(ctx).GetEnterprise(ctx, id))
}

// Right returns what the person may do for the enterprise now, and the empty right when that is
// nothing or there is no such enterprise.
func (s *Store) Right(ctx context.Context, personID string, enterpriseID uuid.UUID) (Right, error) {
	right, err := s.reader(ctx).GetRight(ctx, db.GetRightParams{EnterpriseID: enterpriseID, PersonID: personID})
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("load a right: %w", err)
	}
	return Right(right), nil
}

// RightAndName returns what [Store.Right] does, and the enterprise's name unless the right is empty.
func (s *Store) RightAndName(ctx context.Context, personID string, enterpriseID uuid.UUID) (Right, string, error) {
	row, err := s.reader(ctx).GetRightAndName(ctx, db.GetRightAndNameParams{EnterpriseID: enterpriseID, PersonID: personID})
	if errors.Is(err, pgx.ErrNoRows) {
		return "", "", nil
	}
	if err != nil {
		return "", "", fmt.Errorf("load a right: %w", err)
	}
	return Right(row.MemberRight), row.Name, nil
}

// IDsForPerson returns the enterprises that the person may act for now, in a stable order.
func (s *Store) IDsForPerson(ctx context.Context, personID string) ([]uuid.UUID, error) {
	ids, err := s.reader(ctx).ListIDsForPerson(ctx, personID)
	if err != nil {
		return nil, fmt.Errorf("list the enterprises of a person: %w", err)
	}
	return ids, nil
}

// Members returns who may act for the enterprise now, the longest-standing first; nobody when there
// is no such enterprise.
func (s *Store) Members(ctx context.Context, enterpriseID uuid.UUID) (Members, error) {
	return loadMembers(ctx, s.reader(ctx), enterpriseID)
}

// NavUnitsExist tells whether every one of the identifiers is a Nav unit of the register. The same
// identifier may be there twice.
func (s *Store) NavUnitsExist(ctx context.Context, ids []uuid.UUID) (bool, error) {
	distinct := make(map[uuid.UUID]bool, len(ids))
	for _, id := range ids {
		distinct[id] = true
	}
	if len(distinct) == 0 {
		return true, nil
	}
	found, err := s.reader(ctx).CountNavUnits(ctx, ids)
	if err != nil {
		return false, fmt.Errorf("count Nav units: %w", err)
	}
	return found == int64(len(distinct)), nil
}

// NavUnitNames returns the names of the Nav units by identifier; unknown ones are left out.
func (s *Store) NavUnitNames(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]string, error) {
	rows, err := s.reader(ctx).ListNavUnitNames(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("list the names of Nav units: %w", err)
	}
	names := make(map[uuid.UUID]string, len(rows))
	for _, row := range rows {
		names[row.ID] = row.Name
	}
	return names, nil
}

// place is where a page of a list ordered by name begins: after this name and identifier.
type place struct {
	Name string
	ID   uuid.UUID
}

// filter says which enterprises a list holds.
type filter struct {
	// personID limits the list to the enterprises the person may act for; empty for all.
	personID string
	// query is a part of a name or an organisation number; empty for all.
	query string
}

func (s *Store) list(ctx context.Context, f filter, after place, limit int) ([]Enterprise, error) {
	rows, err := s.listRows(ctx, f, after, limit)
	if err != nil {
		return nil, fmt.Errorf("list enterprises: %w", err)
	}
	enterprises := make([]Enterprise, len(rows))
	for i, row := range rows {
		enterprises[i] = fromRow(row)
	}
	return enterprises, nil
}

func (s *Store) listRows(ctx context.Context, f filter, after place, limit int) ([]db.Enterprise, error) {
	if f.personID == "" {
		return s.reader(ctx).ListEnterprises(ctx, db.ListEnterprisesParams{
			AfterName: after.Name, AfterID: after.ID, RowLimit: int32(limit),
			Pattern: containing(f.query), OrganizationNumber: stripDecoration(f.query),
		})
	}
	return s.reader(ctx).ListForPerson(ctx, db.ListForPersonParams{
		PersonID: f.personID, AfterName: after.Name, AfterID: after.ID, RowLimit: int32(limit),
		Pattern: containing(f.query), OrganizationNumber: stripDecoration(f.query),
	})
}

// containing returns the LIKE pattern of every text with the given one in it, in which the signs
// that mean something in a pattern mean themselves.
func containing(text string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.TrimSpace(text)) + "%"
}

// byNumber returns the enterprise with the organisation number; false when it is not in the register.
func byNumber(ctx context.Context, q *db.Queries, number OrganizationNumber) (Enterprise, bool, error) {
	text := number.String()
	row, err := q.GetByNumber(ctx, &text)
	if errors.Is(err, pgx.ErrNoRows) {
		return Enterprise{}, false, nil
	}
	if err != nil {
		return Enterprise{}, false, fmt.Errorf("look for an organisation number: %w", err)
	}
	return fromRow(row), true, nil
}

// lockMembers makes the transaction the only one to change who may act, and returns who may now.
func lockMembers(ctx context.Context, q *db.Queries, id uuid.UUID) (Members, error) {
	if _, err := load(q.LockEnterprise(ctx, id)); err != nil {
		return nil, err
	}
	return loadMembers(ctx, q, id)
}

func loadMembers(ctx context.Context, q *db.Queries, id uuid.UUID) (Members, error) {
	rows, err := q.ListMembers(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("list members: %w", err)
	}
	members := make(Members, len(rows))
	for i, row := range rows {
		members[i] = Member{PersonID: row.PersonID, Name: row.Name, Right: Right(row.MemberRight), Since: row.Since}
	}
	return members, nil
}

func insertMember(ctx context.Context, q *db.Queries, enterpriseID uuid.UUID, m Member) error {
	err := q.InsertMember(ctx, db.InsertMemberParams{
		ID: uuid.New(), EnterpriseID: enterpriseID, PersonID: m.PersonID, MemberRight: string(m.Right), Since: m.Since,
	})
	if err != nil {
		return fmt.Errorf("save a member: %w", err)
	}
	return nil
}

func endMember(ctx context.Context, q *db.Queries, enterpriseID uuid.UUID, personID string, until time.Time) error {
	_, err := q.EndMember(ctx, db.EndMemberParams{EnterpriseID: enterpriseID, PersonID: personID, Until: &until})
	if err != nil {
		return fmt.Errorf("end a membership: %w", err)
	}
	return nil
}

func insertEnterprise(ctx context.Context, q *db.Queries, e Enterprise) error {
	number := e.OrganizationNumber.String()
	return q.InsertEnterprise(ctx, db.InsertEnterpriseParams{
		ID: e.ID, OrganizationNumber: &number, Name: e.Name, FormCode: e.FormCode, Source: e.Source,
		MunicipalityNumber: e.MunicipalityNumber, MunicipalityName: e.MunicipalityName,
		RegisteredVoluntary: e.RegisteredVoluntary, Bankrupt: e.Bankrupt, UnderLiquidation: e.UnderLiquidation,
		Deleted: e.Deleted, Language: e.Language, RegistryCheckedAt: orNull(e.RegistryCheckedAt), RegisteredAt: e.RegisteredAt,
	})
}

func updateFacts(ctx context.Context, q *db.Queries, e Enterprise) error {
	err := q.UpdateRegistryFacts(ctx, db.UpdateRegistryFactsParams{
		ID: e.ID, Name: e.Name, FormCode: e.FormCode,
		MunicipalityNumber: e.MunicipalityNumber, MunicipalityName: e.MunicipalityName,
		RegisteredVoluntary: e.RegisteredVoluntary, Bankrupt: e.Bankrupt, UnderLiquidation: e.UnderLiquidation,
		Deleted: e.Deleted, Language: e.Language, RegistryCheckedAt: orNull(e.RegistryCheckedAt),
	})
	if err != nil {
		return fmt.Errorf("save the registry's facts: %w", err)
	}
	return nil
}

// withFacts returns the enterprise as the registry describes it.
func (e Enterprise) withFacts(f registry.Facts) Enterprise {
	e.Name, e.FormCode, e.Language = f.Name, f.FormCode, f.Language
	e.MunicipalityNumber, e.MunicipalityName = f.MunicipalityNumber, f.MunicipalityName
	e.RegisteredVoluntary, e.Bankrupt, e.UnderLiquidation = f.RegisteredVoluntary, f.Bankrupt, f.UnderLiquidation
	e.Deleted, e.RegistryCheckedAt = false, f.AsOf
	return e
}

// load translates a row, or the lack of one.
func load(row db.Enterprise, err error) (Enterprise, error) {
	if errors.Is(err, pgx.ErrNoRows) {
		return Enterprise{}, errNotFound()
	}
	if err != nil {
		return Enterprise{}, fmt.Errorf("load an enterprise: %w", err)
	}
	return fromRow(row), nil
}

func fromRow(row db.Enterprise) Enterprise {
	e := Enterprise{
		ID: row.ID, Revision: row.Revision, Name: row.Name, FormCode: row.FormCode, StatedForm: row.StatedForm,
		StatedLocation: row.StatedLocation, StatedTargetGroup: row.StatedTargetGroup, StatedGrantYears: row.StatedGrantYears,
		Note: row.Note, Source: row.Source, MunicipalityNumber: row.MunicipalityNumber, MunicipalityName: row.MunicipalityName,
		RegisteredVoluntary: row.RegisteredVoluntary, Bankrupt: row.Bankrupt, UnderLiquidation: row.UnderLiquidation,
		Deleted: row.Deleted, Language: row.Language, RegisteredAt: row.RegisteredAt,
	}
	if row.OrganizationNumber != nil {
		e.OrganizationNumber = OrganizationNumber(*row.OrganizationNumber)
	}
	if row.ReportKey != nil {
		e.ReportKey = *row.ReportKey
	}
	if row.RegistryCheckedAt != nil {
		e.RegistryCheckedAt = *row.RegistryCheckedAt
	}
	return e
}

func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
