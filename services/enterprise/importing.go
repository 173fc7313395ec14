package enterprise

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"saakorn/services/enterprise/db"
	"saakorn/services/platform/access"
	"saakorn/services/platform/audit"
	"saakorn/services/platform/database"
)

// Files are the files of a report. All three are needed, since relations name rows of the others.
type Files struct {
	Enterprises io.Reader
	NavUnits    io.Reader
	Relations   io.Reader
}

// The outcomes of importing a row; broken rows keep [RowBroken].
const (
	RowAdded     RowOutcome = "added"
	RowChanged   RowOutcome = "changed"
	RowUnchanged RowOutcome = "unchanged"
	// RowHeldBack is a good row that was not loaded because of broken ones.
	RowHeldBack RowOutcome = "held back"
)

// ImportReport tells what became of every row, file by file.
type ImportReport struct {
	Rows []RowResult
}

// Count returns how many rows of the file had the outcome.
func (r ImportReport) Count(file string, outcome RowOutcome) int {
	count := 0
	for _, row := range r.Rows {
		if row.File == file && row.Outcome == outcome {
			count++
		}
	}
	return count
}

// Complete tells whether every row was loaded, or was there already.
func (r ImportReport) Complete() bool {
	for _, row := range r.Rows {
		if row.Outcome == RowBroken || row.Outcome == RowHeldBack {
			return false
		}
	}
	return true
}

// Print writes a line for every row that is not unchanged, and a summary of every file.
func (r ImportReport) Print(w io.Writer) error {
	for _, row := range r.Rows {
		if row.Outcome == RowUnchanged {
			continue
		}
		if _, err := fmt.Fprintln(w, row); err != nil {
			return fmt.Errorf("print what was imported: %w", err)
		}
	}
	for _, file := range []string{EnterprisesFile, NavUnitsFile, RelationsFile} {
		_, err := fmt.Fprintf(w, "%s: %d added, %d changed, %d unchanged, %d broken, %d held back\n", file,
			r.Count(file, RowAdded), r.Count(file, RowChanged), r.Count(file, RowUnchanged),
			r.Count(file, RowBroken), r.Count(file, RowHeldBack))
		if err != nil {
			return fmt.Errorf("print what was imported: %w", err)
		}
	}
	return nil
}

// Import loads what a report says about enterprises, Nav units and their relations, with exactly the
// report's words. Each file is loaded whole, in a transaction of its own, or not at all: one broken
// row holds back the others of its file, and a file that is held back holds back the relations.
// Every broken row of every file is reported. The import can be repeated: rows that say what is
// stored change nothing. The audit events of added and changed rows have the system as their actor.
//
// The error is for a file that cannot be read as such, before anything is loaded, and for trouble
// with the database; the report then tells what was loaded before it.
func Import(ctx context.Context, pool *pgxpool.Pool, files Files, now time.Time) (ImportReport, error) {
	batches, err := readReportFiles(files)
	if err != nil {
		return ImportReport{}, fmt.Errorf("import a report: %w", err)
	}
	ctx = access.AsSystem(ctx)
	var report ImportReport
	allLoaded := true
	for _, b := range batches {
		loaded := b.whole() && (allLoaded || !b.needsOthers)
		if !loaded {
			b.holdBack()
		} else if err := b.load(ctx, pool, now); err != nil {
			return report, fmt.Errorf("import %s: %w", b.file, err)
		}
		allLoaded = allLoaded && loaded
		report.Rows = append(report.Rows, b.rows...)
	}
	return report, nil
}

// batch is one file: what became of its rows, and how to save those that were read, in their order.
type batch struct {
	file  string
	rows  []RowResult
	saves []save
	// needsOthers tells that the rows refer to those of the files before.
	needsOthers bool
}

// save stores one row and says whether that added or changed anything.
type save func(ctx context.Context, tx pgx.Tx, now time.Time) (RowOutcome, error)

func readReportFiles(files Files) ([]batch, error) {
	if files.Enterprises == nil || files.NavUnits == nil || files.Relations == nil {
		return nil, fmt.Errorf("name all three files: %s, %s and %s", EnterprisesFile, NavUnitsFile, RelationsFile)
	}
	enterprises, enterpriseRows, enterpriseErr := ReadEnterprises(files.Enterprises)
	units, unitRows, unitErr := ReadNavUnits(files.NavUnits)
	if err := errors.Join(enterpriseErr, unitErr); err != nil {
		return nil, err
	}
	relations, relationRows, err := ReadRelations(files.Relations, enterprises, units)
	if err != nil {
		return nil, err
	}
	return []batch{
		{file: EnterprisesFile, rows: enterpriseRows, saves: savesOf(enterprises, saveEnterprise)},
		{file: NavUnitsFile, rows: unitRows, saves: savesOf(units, saveNavUnit)},
		{file: RelationsFile, rows: relationRows, saves: savesOf(relations, saveRelation), needsOthers: true},
	}, nil
}

func savesOf[T any](values []T, write func(context.Context, pgx.Tx, T, time.Time) (RowOutcome, error)) []save {
	saves := make([]save, len(values))
	for i, value := range values {
		saves[i] = func(ctx context.Context, tx pgx.Tx, now time.Time) (RowOutcome, error) {
			return write(ctx, tx, value, now)
		}
	}
	return saves
}

// whole tells whether every row was read.
func (b batch) whole() bool { return len(b.saves) == len(b.rows) }

// holdBack marks the rows that were read but are not loaded.
func (b batch) holdBack() {
	reason := "another row of the file is broken: mend it and import again"
	if b.whole() {
		reason = "a file that it refers to has broken rows: mend them and import again"
	}
	for i := range b.rows {
		if b.rows[i].Outcome == RowRead {
			b.rows[i].Outcome, b.rows[i].Message = RowHeldBack, reason
		}
	}
}

// load saves all rows of a whole file, or none.
func (b batch) load(ctx context.Context, pool *pgxpool.Pool, now time.Time) error {
	return database.InTransaction(ctx, pool, func(tx pgx.Tx) error {
		for i, save := range b.saves {
			outcome, err := save(ctx, tx, now)
			if err != nil {
				return fmt.Errorf("line %d: %w", b.rows[i].Line, err)
			}
			b.rows[i].Outcome = outcome
		}
		return nil
	})
}

func saveEnterprise(ctx context.Context, tx pgx.Tx, e ReportEnterprise, now time.Time) (RowOutcome, error) {
	q := db.New(tx)
	before, err := stored(q.LockEnterprise(ctx, e.ID))
	if err != nil {
		return "", err
	}
	added, err := q.SaveReportEnterprise(ctx, db.SaveReportEnterpriseParams{
		ID: e.ID, ReportKey: &e.ReportKey, Name: e.Name, StatedForm: e.StatedForm, StatedLocation: e.StatedLocation,
		StatedTargetGroup: e.StatedTargetGroup, StatedGrantYears: orEmpty(e.StatedGrantYears), Note: e.Note,
		Source: e.Source, RegisteredAt: now,
	})
	return recordRow(ctx, tx, added, err, audit.Event{
		Action: "ENTERPRISE_IMPORTED", OccurredAt: now, SubjectKind: subjectEnterprise, SubjectID: e.ID, Before: before, After: e,
	})
}

func saveNavUnit(ctx context.Context, tx pgx.Tx, u ReportNavUnit, now time.Time) (RowOutcome, error) {
	q := db.New(tx)
	before, err := stored(q.LockNavUnit(ctx, u.ID))
	if err != nil {
		return "", err
	}
	added, err := q.SaveNavUnit(ctx, db.SaveNavUnitParams{
		ID: u.ID, ReportKey: &u.ReportKey, UnitNumber: u.UnitNumber, Name: u.Name, Level: u.Level, NorgType: u.NORGType,
		StatedRelations: u.StatedRelations, ListedInReport: u.ListedInReport, Note: u.Note, Source: u.Source,
	})
	return recordRow(ctx, tx, added, err, audit.Event{
		Action: "NAV_UNIT_IMPORTED", OccurredAt: now, SubjectKind: subjectNavUnit, SubjectID: u.ID, Before: before, After: u,
	})
}

func saveRelation(ctx context.Context, tx pgx.Tx, r ReportRelation, now time.Time) (RowOutcome, error) {
	q := db.New(tx)
	before, err := stored(q.LockRelation(ctx, r.ID))
	if err != nil {
		return "", err
	}
	added, err := q.SaveRelation(ctx, db.SaveRelationParams{
		ID: r.ID, EnterpriseID: r.EnterpriseID, NavUnitID: r.NavUnitID, Types: orEmpty(r.Types),
		Period: r.Period, Description: r.Description, Source: r.Source,
	})
	return recordRow(ctx, tx, added, err, audit.Event{
		Action: "RELATION_IMPORTED", OccurredAt: now, SubjectKind: subjectRelation, SubjectID: r.ID, Before: before, After: r,
	})
}

// stored returns the row as it is before a change; nil when there is none.
func stored[T any](row T, err error) (any, error) {
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("load a row: %w", err)
	}
	return row, nil
}

// recordRow turns the answer of an upsert, which is no row when nothing had to change, into an
// outcome, and records the event of a row that was added or changed.
func recordRow(ctx context.Context, tx pgx.Tx, added bool, err error, e audit.Event) (RowOutcome, error) {
	if errors.Is(err, pgx.ErrNoRows) {
		return RowUnchanged, nil
	}
	if err != nil {
		return "", fmt.Errorf("save a row: %w", err)
	}
	if err := audit.Record(ctx, tx, e); err != nil {
		return "", err
	}
	if added {
		return RowAdded, nil
	}
	return RowChanged, nil
}

// orEmpty makes an empty list of none, which the database tells apart.
func orEmpty[T any](list []T) []T { return append([]T{}, list...) }
