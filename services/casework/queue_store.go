package casework

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"saakorn/services/casework/db"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/database"
	"saakorn/services/scheme"
)

// Filter says which cases to find. What is zero does not narrow the search; lists hold alternatives.
type Filter struct {
	ID, CallID, ApplicationID, EnterpriseID *uuid.UUID
	Steps                                   []Step
	Outcomes                                []Outcome
	NextSteps                               []NextStep
	OwnerID                                 string
	// StandsInFor are owners beside OwnerID whose cases are found too, but for those that are stranded.
	StandsInFor []string
	// Unowned finds the cases that nobody owns, and those that are stranded.
	Unowned bool
	// Stranded are open cases whose owner is away, and whose owner's substitute cannot take them.
	Stranded []uuid.UUID
	// AssessorID finds the cases that the person is or has been asked to assess, AssessesFor those that
	// others have yet to assess.
	AssessorID  string
	AssessesFor []string
	Types       []scheme.ApplicationTypeKey
	GrantYear   int
	Late        *bool
	// The amount applied for, in øre, both ends included.
	MinAmountOre, MaxAmountOre *int64
	// ReceivedBefore is not included itself.
	ReceivedFrom, ReceivedBefore time.Time
	// Words must all be parts of the case number, the reference or the enterprise's name.
	Words []string
	// StalledSince finds open cases in which nothing has happened after that moment (R12).
	StalledSince time.Time
	// Stalled does the same with a moment for each version of each scheme.
	Stalled   Stalled
	DueBefore time.Time
	// Open finds the cases that are not closed.
	Open bool
}

// Stalled says for versions of schemes, side by side, when the last event of an open case must have been
// for it to be stalled.
type Stalled struct {
	SchemeIDs, Versions []string
	Since               []time.Time
}

// Sorting is what cases are sorted by.
type Sorting string

// The sortings.
const (
	ByReceived  Sorting = "RECEIVED"
	ByDue       Sorting = "DUE"    // what is never due comes after everything that is
	ByAmount    Sorting = "AMOUNT" // applied for
	ByName      Sorting = "ENTERPRISE_NAME"
	ByLastEvent Sorting = "LAST_EVENT"
)

// Search is a question for cases in an order.
type Search struct {
	Filter
	// Sorting is ByReceived when it is empty.
	Sorting    Sorting
	Descending bool
	// After is the last case of the page before; nil for the first page.
	After *Position
	Limit int
}

// Position is where a case stands in an order.
type Position struct {
	Key string    `json:"k"`
	ID  uuid.UUID `json:"i"`
}

// never is when something is due that is never due, as the database writes it.
const never = "infinity"

// PositionOf returns where the case stands in the order.
func (x Search) PositionOf(c Case) Position {
	p := Position{ID: c.ID}
	switch x.Sorting {
	case ByDue:
		p.Key = never
		if c.DueAt != nil {
			p.Key = writeTime(*c.DueAt)
		}
	case ByAmount:
		p.Key = strconv.FormatInt(c.AmountAppliedOre, 10)
	case ByName:
		p.Key = c.EnterpriseName
	case ByLastEvent:
		p.Key = writeTime(c.LastEventAt)
	default:
		p.Key = writeTime(c.ReceivedAt)
	}
	return p
}

func writeTime(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// Fits tells whether the position is one of the order, and not of another.
func (x Search) Fits(p Position) bool {
	switch x.Sorting {
	case ByName:
		return true
	case ByAmount:
		_, err := strconv.ParseInt(p.Key, 10, 64)
		return err == nil
	case ByDue:
		if p.Key == never {
			return true
		}
	case ByReceived, ByLastEvent:
	}
	_, err := time.Parse(time.RFC3339Nano, p.Key)
	return err == nil
}

// The expressions are those of the indexes, to the letter.
const (
	dueKey  = `coalesce(due_at, 'infinity')`
	textKey = `(number || ' ' || reference || ' ' || enterprise_name)`
)

// key returns what the order goes by, and how the key of a position is read.
func (x Search) key() (column, position string) {
	// Norwegian puts æ, ø and å after z, wherever the database's own order has them.
	const name = `(translate(lower(%s), 'æøåäö', '{|}{|') COLLATE "C")`
	switch x.Sorting {
	case ByDue:
		return dueKey, "%s::timestamptz"
	case ByAmount:
		return "amount_applied_ore", "%s::bigint"
	case ByName:
		return fmt.Sprintf(name, "enterprise_name"), fmt.Sprintf(name, "%s::text")
	case ByLastEvent:
		return "last_event_at", "%s::timestamptz"
	default:
		return "received_at", "%s::timestamptz"
	}
}

// statement is SQL in the making. Values only ever become numbered parameters.
type statement struct {
	conditions []string
	values     []any
}

// value adds a parameter and returns its name.
func (s *statement) value(v any) string {
	s.values = append(s.values, v)
	return "$" + strconv.Itoa(len(s.values))
}

// where adds a condition, in which %s stands for the value.
func (s *statement) where(condition string, v any) {
	s.conditions = append(s.conditions, fmt.Sprintf(condition, s.value(v)))
}

// oneOf adds the condition that the column has one of the values. A single one is written as such,
// because then an index that begins with the column is in the order of its next column.
func oneOf[T ~string](s *statement, column string, values []T) {
	switch len(values) {
	case 0:
	case 1:
		s.where(column+" = %s", string(values[0]))
	default:
		texts := make([]string, 0, len(values))
		for _, v := range values {
			texts = append(texts, string(v))
		}
		s.where(column+" = ANY (%s::text[])", texts)
	}
}

func (s *statement) all() string {
	if len(s.conditions) == 0 {
		return "true"
	}
	return strings.Join(s.conditions, " AND ")
}

func (f Filter) conditions(s *statement) {
	f.belonging(s)
	oneOf(s, "step", f.Steps)
	oneOf(s, "outcome", f.Outcomes)
	oneOf(s, "next_step", f.NextSteps)
	oneOf(s, "application_type", f.Types)
	if f.open() && len(f.Steps) == 0 {
		s.conditions = append(s.conditions, `step <> 'CLOSED'`)
	}
	if f.GrantYear != 0 {
		s.where("grant_year = %s", f.GrantYear)
	}
	if f.Late != nil && *f.Late {
		s.conditions = append(s.conditions, "late") // as the index of the late ones has it
	} else if f.Late != nil {
		s.conditions = append(s.conditions, "NOT late")
	}
	if f.MinAmountOre != nil {
		s.where("amount_applied_ore >= %s", *f.MinAmountOre)
	}
	if f.MaxAmountOre != nil {
		s.where("amount_applied_ore <= %s", *f.MaxAmountOre)
	}
	f.times(s)
	for _, word := range f.Words {
		s.where(textKey+" ILIKE %s", "%"+strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(word)+"%")
	}
}

func (f Filter) belonging(s *statement) {
	if f.ID != nil {
		s.where("id = %s", *f.ID)
	}
	if f.CallID != nil {
		s.where("call_id = %s", *f.CallID)
	}
	if f.ApplicationID != nil {
		s.where("application_id = %s", *f.ApplicationID)
	}
	if f.EnterpriseID != nil {
		s.where("enterprise_id = %s", *f.EnterpriseID)
	}
	switch {
	case f.Unowned && len(f.Stranded) > 0:
		s.where("(owner_id IS NULL OR id = ANY (%s::uuid[]))", f.Stranded)
	case f.Unowned:
		s.conditions = append(s.conditions, "owner_id IS NULL")
	case f.OwnerID != "" && len(f.StandsInFor) > 0:
		s.where("owner_id = ANY (%s::text[])", append([]string{f.OwnerID}, f.StandsInFor...))
		s.where("NOT id = ANY (%s::uuid[])", append([]uuid.UUID{}, f.Stranded...))
	case f.OwnerID != "":
		s.where("owner_id = %s", f.OwnerID)
	}
	switch {
	case f.AssessorID != "" && len(f.AssessesFor) > 0:
		s.conditions = append(s.conditions, fmt.Sprintf(`id = ANY (ARRAY(SELECT a.case_id FROM assessment a
			WHERE a.assessor_id = %s OR a.assessor_id = ANY (%s::text[]) AND a.submitted_at IS NULL))`, s.value(f.AssessorID), s.value(f.AssessesFor)))
	case f.AssessorID != "":
		// As an array, because a person has few cases, and a join may read all of them.
		s.where("id = ANY (ARRAY(SELECT a.case_id FROM assessment a WHERE a.assessor_id = %s))", f.AssessorID)
	}
}

func (f Filter) times(s *statement) {
	if !f.ReceivedFrom.IsZero() {
		s.where("received_at >= %s", f.ReceivedFrom)
	}
	if !f.ReceivedBefore.IsZero() {
		s.where("received_at < %s", f.ReceivedBefore)
	}
	if !f.StalledSince.IsZero() {
		s.where("last_event_at <= %s", f.StalledSince)
	}
	if len(f.Stalled.Since) > 0 {
		// The latest moment bounds what the index has to read.
		s.where("last_event_at <= %s", slices.MaxFunc(f.Stalled.Since, time.Time.Compare))
		s.conditions = append(s.conditions, fmt.Sprintf(`last_event_at <= (SELECT r.since FROM unnest(%s::text[], %s::text[], %s::timestamptz[]) AS r (id, version, since)
			WHERE r.id = scheme_id AND r.version = scheme_version)`, s.value(f.Stalled.SchemeIDs), s.value(f.Stalled.Versions), s.value(f.Stalled.Since)))
	}
	if !f.DueBefore.IsZero() {
		s.where(dueKey+" < %s", f.DueBefore)
	}
}

// open tells whether the filter lets open cases through only. There are few of them, and they have
// indexes of their own.
func (f Filter) open() bool {
	if len(f.Steps) > 0 {
		return !slices.Contains(f.Steps, Closed)
	}
	return f.Open || len(f.NextSteps) > 0 || !f.StalledSince.IsZero() || len(f.Stalled.Since) > 0 || !f.DueBefore.IsZero()
}

// scattered tells whether the cases that the filter lets through lie together somewhere in the
// order, which the planner does not know: to look for those of an old call from the newest event
// on is to pass every later case. They are then few enough to be gathered first and sorted after.
// What belongs to a time lies together in every order by time, and words in the order of the names.
func (x Search) scattered() bool {
	if x.open() && (x.OwnerID != "" || x.CallID != nil) && (x.Sorting == ByAmount || x.Sorting == ByName) {
		// A person has few open cases, and these orders begin with the closed ones as often as not. A call may
		// have many, and has them in these orders in indexes of its own.
		return x.few()
	}
	if x.Sorting == ByName {
		return len(x.Words) > 0
	}
	if x.open() || x.Sorting == ByAmount {
		return false
	}
	if x.CallID != nil {
		return x.Sorting == ByDue
	}
	if x.OwnerID != "" || x.Unowned || x.AssessorID != "" || x.EnterpriseID != nil || x.ApplicationID != nil {
		return true
	}
	received := x.Sorting == "" || x.Sorting == ByReceived
	return !received && (x.GrantYear != 0 || !x.ReceivedFrom.IsZero() || !x.ReceivedBefore.IsZero())
}

// few tells whether the filter asks for the cases of somebody, or for words: few, wherever they are.
func (f Filter) few() bool {
	return f.OwnerID != "" || f.AssessorID != "" || f.EnterpriseID != nil || f.ApplicationID != nil || len(f.Words) > 0
}

// sql returns the statement that reads the columns of the cases, with its parameters.
func (x Search) sql(columns string) (text string, values []any) {
	s := &statement{}
	x.conditions(s)
	from := "case_file"
	if x.scattered() {
		from = fmt.Sprintf("(SELECT * FROM case_file WHERE %s OFFSET 0) gathered", s.all())
		s.conditions = nil
	}
	key, position := x.key()
	order, beyond := "", ">"
	if x.Descending {
		order, beyond = " DESC", "<"
	}
	if x.After != nil {
		after := fmt.Sprintf(position, s.value(x.After.Key))
		s.conditions = append(s.conditions, fmt.Sprintf("(%s, id) %s (%s, %s)", key, beyond, after, s.value(x.After.ID)))
	}
	return fmt.Sprintf("SELECT %s FROM %s WHERE %s ORDER BY %s%s, id%s LIMIT %s",
		columns, from, s.all(), key, order, order, s.value(x.Limit)), s.values
}

// planned asks for a plan that fits the values of the parameters, every time: a plan for any value
// would have to suit both a step that nearly all cases are at and one that hardly any is at.
func planned(values []any) []any {
	return append([]any{pgx.QueryExecModeCacheDescribe}, values...)
}

// Search returns the cases in their order, no more than the limit.
func (s *Store) Search(ctx context.Context, q Querier, x Search) ([]Case, error) {
	text, values := x.sql("id")
	rows, err := q.Query(ctx, text, planned(values)...)
	if err != nil {
		return nil, fmt.Errorf("search for cases: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return nil, fmt.Errorf("search for cases: %w", err)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	found, err := db.New(q).ListCasesByID(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("load the cases found: %w", err)
	}
	place := make(map[uuid.UUID]int, len(ids))
	for i, id := range ids {
		place[id] = i
	}
	slices.SortFunc(found, func(a, b db.CaseFile) int { return place[a.ID] - place[b.ID] })
	cases := make([]Case, 0, len(found))
	for _, row := range found {
		cases = append(cases, decode(row))
	}
	return cases, nil
}

// How far cases are counted: all that a filter finds, and each part of more than that.
const (
	countAll  = 10_000
	countPart = 1_000
)

// Tally is a count with an upper bound.
type Tally struct {
	Number int
	// More tells that counting stopped at Number.
	More bool
}

// Counts are how many cases a filter finds.
type Counts struct {
	Total Tally
	Steps map[Step]Tally
	// Owners are by identifier, empty for the cases that nobody owns.
	Owners map[string]Tally
}

// byIndex keeps the planner from reading the table from its beginning until it has met enough cases
// that seem common: they may all be at its end.
const byIndex = `SET LOCAL enable_seqscan = off`

// Count counts the cases: exactly to 10 000, and when there are more, each step and owner to 1 000. The
// owners of that many are counted only among open cases, of which each has few.
func (s *Store) Count(ctx context.Context, f Filter) (c Counts, err error) {
	err = database.InTransaction(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, byIndex); err != nil {
			return err
		}
		if c, err = countTo(ctx, tx, f); err == nil && c.Total.Number > countAll {
			c, err = countParts(ctx, tx, f)
		}
		return err
	})
	if err != nil {
		return Counts{}, fmt.Errorf("count cases: %w", err)
	}
	return c, nil
}

// some returns the statement that reads the columns of no more than limit cases, in no order.
func (f Filter) some(columns string, limit int) (text string, values []any) {
	s := &statement{}
	f.conditions(s)
	return fmt.Sprintf("SELECT %s FROM case_file WHERE %s LIMIT %s", columns, s.all(), s.value(limit)), s.values
}

// countTo counts one case more than all that are counted exactly.
func countTo(ctx context.Context, tx pgx.Tx, f Filter) (Counts, error) {
	c := Counts{Steps: map[Step]Tally{}, Owners: map[string]Tally{}}
	text, values := f.some("step, coalesce(owner_id, '') AS owner_id", countAll+1)
	rows, err := tx.Query(ctx, "SELECT step, owner_id, count(*) FROM ("+text+") found GROUP BY step, owner_id", planned(values)...)
	if err != nil {
		return c, err
	}
	var step Step
	var owner string
	var number int
	_, err = pgx.ForEachRow(rows, []any{&step, &owner, &number}, func() error {
		c.Total.Number += number
		c.Steps[step] = Tally{Number: c.Steps[step].Number + number}
		c.Owners[owner] = Tally{Number: c.Owners[owner].Number + number}
		return nil
	})
	return c, err
}

func countParts(ctx context.Context, tx pgx.Tx, f Filter) (Counts, error) {
	c := Counts{Total: Tally{countAll, true}, Steps: map[Step]Tally{}, Owners: map[string]Tally{}}
	steps := f.Steps
	if len(steps) == 0 {
		steps = Steps()
	}
	for _, step := range steps {
		part := f
		part.Steps = []Step{step}
		if part.Open && step == Closed {
			continue
		}
		tally, err := countOne(ctx, tx, part)
		if err != nil {
			return c, err
		}
		if tally.Number > 0 {
			c.Steps[step] = tally
		}
	}
	if !f.open() {
		return c, nil
	}
	owners, err := ownersAmong(ctx, tx, f)
	if err != nil {
		return c, err
	}
	for _, owner := range owners {
		part := f
		part.OwnerID, part.Unowned, part.StandsInFor = owner, owner == "", nil
		tally, err := countOne(ctx, tx, part)
		if err != nil {
			return c, err
		}
		if tally.Number > 0 {
			c.Owners[owner] = tally
		}
	}
	return c, nil
}

func countOne(ctx context.Context, tx pgx.Tx, f Filter) (Tally, error) {
	text, values := f.some("1", countPart+1)
	var number int
	err := tx.QueryRow(ctx, "SELECT count(*) FROM ("+text+") found", planned(values)...).Scan(&number)
	return Tally{min(number, countPart), number > countPart}, err
}

// ownersAmong returns whom the filter may find cases of; empty is nobody.
func ownersAmong(ctx context.Context, q Querier, f Filter) ([]string, error) {
	if f.Unowned || f.OwnerID != "" {
		return append([]string{f.OwnerID}, f.StandsInFor...), nil
	}
	owners, err := db.New(q).ListOwners(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the owners of cases: %w", err)
	}
	return append(owners, ""), nil
}

// Desk is what one person has to do.
type Desk struct {
	// OwnerID is empty for what nobody owns.
	OwnerID, Name string
	Open          int
	Steps         map[Step]int
	// OldestReceivedAt is zero when there is no open case.
	OldestReceivedAt time.Time
	// DueThisWeek is due from now to the end of Sunday, Europe/Oslo.
	DueThisWeek, Overdue, Stalled int
}

// Workload returns the desk of every case officer and of anybody else who owns an open case, in the
// order of their names, and what nobody owns. The stranded cases count as nobody's.
func (s *Store) Workload(ctx context.Context, q Querier, now time.Time, stalled Stalled, stranded []uuid.UUID) (officers []Desk, unowned Desk, err error) {
	desks, err := officerDesks(ctx, q)
	if err != nil {
		return nil, Desk{}, err
	}
	rows, err := db.New(q).ListWorkload(ctx, db.ListWorkloadParams{
		Now: now, WeekEndsAt: endOfWeek(now), SchemeIds: orEmpty(stalled.SchemeIDs), SchemeVersions: orEmpty(stalled.Versions),
		StalledSince: orEmpty(stalled.Since), Stranded: orEmpty(stranded),
	})
	if err != nil {
		return nil, Desk{}, fmt.Errorf("sum up the open cases: %w", err)
	}
	for _, row := range rows {
		desk := &unowned
		if row.OwnerID != "" {
			desk = desks[row.OwnerID]
		}
		if desk == nil {
			desk = &Desk{OwnerID: row.OwnerID}
			desks[row.OwnerID] = desk
		}
		desk.add(row)
	}
	for _, desk := range desks {
		officers = append(officers, *desk)
	}
	return officers, unowned, nil
}

func officerDesks(ctx context.Context, q Querier) (map[string]*Desk, error) {
	people, err := db.New(q).ListCaseOfficers(ctx)
	if err != nil {
		return nil, fmt.Errorf("list case officers: %w", err)
	}
	desks := make(map[string]*Desk, len(people))
	for _, p := range people {
		desks[p.ID] = &Desk{OwnerID: p.ID, Name: p.Name}
	}
	return desks, nil
}

func (d *Desk) add(row db.ListWorkloadRow) {
	if d.Steps == nil {
		d.Steps = map[Step]int{}
	}
	d.Steps[Step(row.Step)] += int(row.Open)
	d.Open += int(row.Open)
	d.DueThisWeek += int(row.DueThisWeek)
	d.Overdue += int(row.Overdue)
	d.Stalled += int(row.Stalled)
	if d.OldestReceivedAt.IsZero() || row.OldestReceivedAt.Before(d.OldestReceivedAt) {
		d.OldestReceivedAt = row.OldestReceivedAt
	}
}

// endOfWeek returns the end of the Sunday of now's week, Europe/Oslo.
func endOfWeek(now time.Time) time.Time {
	today := calendar.On(now)
	return today.AddDays((7 - int(today.Weekday())) % 7).End()
}

// stalledSince returns when the last event of a case must have been for it to be stalled.
func stalledSince(now time.Time, days int) time.Time {
	return now.Add(-time.Duration(days) * 24 * time.Hour)
}
