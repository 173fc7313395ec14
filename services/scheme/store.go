package scheme

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"saakorn/services/platform/calendar"
	"saakorn/services/platform/database"
	"saakorn/services/platform/fault"
	"saakorn/services/scheme/db"
)

// Querier is a connection pool or a transaction.
type Querier = db.DBTX

// Store keeps schemes, calls and frames.
type Store struct {
	pool *pgxpool.Pool
	// definitions holds the versions that have been read; they never change.
	definitions sync.Map // edition key to *Definition
}

type editionKey struct{ schemeID, version string }

// NewStore returns the store in the database.
func NewStore(pool *pgxpool.Pool) *Store { return &Store{pool: pool} }

// Publish stores the scheme versions that are not stored yet, with their frames, all or none. The
// sources come oldest first, as [Load] gives them, so that the newest version's frame for a year
// counts. It fails when a published version has changed, because cases rest on it, and when a frame
// would be lower than what is bound already.
func (s *Store) Publish(ctx context.Context, sources []Source, now time.Time) error {
	return database.InTransaction(ctx, s.pool, func(tx pgx.Tx) error {
		for _, source := range sources {
			if err := publish(ctx, db.New(tx), source, now); err != nil {
				return fmt.Errorf("publish %s: %w", source.Name, err)
			}
		}
		return nil
	})
}

func publish(ctx context.Context, queries *db.Queries, source Source, now time.Time) error {
	d := source.Definition
	inserted, err := queries.InsertVersion(ctx, db.InsertVersionParams{
		SchemeID: d.ID, Version: d.Version, ValidFrom: pgtype.Date{Time: midnight(d.ValidFrom), Valid: true},
		Sha256: source.SHA256[:], Source: string(source.Raw), LoadedAt: now,
	})
	if err != nil {
		return fmt.Errorf("store the version: %w", err)
	}
	if inserted == 0 {
		// Its frames are stored too, and a newer version may have raised them since.
		return checkUnchanged(ctx, queries, source)
	}
	for _, budget := range d.Budgets {
		err := queries.SaveFrame(ctx, db.SaveFrameParams{
			SchemeID: d.ID, GrantYear: int32(budget.Year), FrameOre: budget.FrameOre, ExpectedOre: budget.BoundOre,
			AppealReserveOre: budget.AppealReserveOre,
		})
		if database.Violates(err, "frame_never_exceeded") {
			return fmt.Errorf("the frame of %d is lower than what has been awarded already: raise it to at least that", budget.Year)
		}
		if database.Violates(err, "reserve_kept") {
			return fmt.Errorf("what is held back of the frame of %d for appeals has been awarded already: hold back less", budget.Year)
		}
		if err != nil {
			return fmt.Errorf("store the frame of %d: %w", budget.Year, err)
		}
	}
	return nil
}

func checkUnchanged(ctx context.Context, queries *db.Queries, source Source) error {
	d := source.Definition
	stored, err := queries.GetVersion(ctx, db.GetVersionParams{SchemeID: d.ID, Version: d.Version})
	if err != nil {
		return fmt.Errorf("load the published version: %w", err)
	}
	if !bytes.Equal(stored.Sha256, source.SHA256[:]) {
		return fmt.Errorf("version %s differs from the one published on %s: published versions never change, give it a new version",
			d.Version, calendar.On(stored.LoadedAt))
	}
	return nil
}

// Editions returns every published version, by scheme and then newest first.
func (s *Store) Editions(ctx context.Context, q Querier) ([]Edition, error) {
	rows, err := db.New(q).ListVersions(ctx)
	if err != nil {
		return nil, fmt.Errorf("list scheme versions: %w", err)
	}
	editions := make([]Edition, 0, len(rows))
	for _, row := range rows {
		editions = append(editions, Edition{row.SchemeID, row.Version, date(row.ValidFrom)})
	}
	return editions, nil
}

// editionsOf returns the published versions of one scheme, newest first; none for an unknown scheme.
func (s *Store) editionsOf(ctx context.Context, q Querier, schemeID string) ([]Edition, error) {
	all, err := s.Editions(ctx, q)
	if err != nil {
		return nil, err
	}
	var editions []Edition
	for _, e := range all {
		if e.SchemeID == schemeID {
			editions = append(editions, e)
		}
	}
	return editions, nil
}

// Definition returns a published version of a scheme; a NotFound fault when there is none. It is
// shared with other callers and must not be changed.
func (s *Store) Definition(ctx context.Context, schemeID, version string) (*Definition, error) {
	key := editionKey{schemeID, version}
	if d, ok := s.definitions.Load(key); ok {
		if d, ok := d.(*Definition); ok {
			return d, nil
		}
	}
	row, err := db.New(database.Reader(ctx, s.pool)).GetVersion(ctx, db.GetVersionParams{SchemeID: schemeID, Version: version})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fault.NewNotFound("scheme version")
	}
	if err != nil {
		return nil, fmt.Errorf("load scheme %s %s: %w", schemeID, version, err)
	}
	// It was validated when it was published. A program that has become stricter since must still be
	// able to read the rules of an old case.
	found := newReport(schemeID + "/" + version + ".yaml")
	d := decodeSource(found, []byte(row.Source))
	if err := found.err(); err != nil {
		return nil, fmt.Errorf("read published scheme: %w", err)
	}
	s.definitions.Store(key, d)
	return d, nil
}

// Call returns the call with the identifier; a NotFound fault when there is none.
func (s *Store) Call(ctx context.Context, q Querier, id uuid.UUID) (Call, error) {
	row, err := db.New(q).GetCall(ctx, id)
	if err != nil {
		return Call{}, callNotFound(err, "load a call")
	}
	return decodeCall(row), nil
}

// lockCall returns the call and keeps others from changing it until the transaction ends.
func lockCall(ctx context.Context, tx pgx.Tx, id uuid.UUID) (Call, error) {
	row, err := db.New(tx).LockCall(ctx, id)
	if err != nil {
		return Call{}, callNotFound(err, "lock a call")
	}
	return decodeCall(row), nil
}

func callNotFound(err error, doing string) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return fault.NewNotFound("call")
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// Frame is what may be awarded for a grant year, and how much of it is. All amounts are in øre.
type Frame struct {
	SchemeID  string
	GrantYear int
	FrameOre  int64
	// ExpectedOre is what the administrator expected continuations to take when the frame was set.
	ExpectedOre int64
	// BoundOre is what has been awarded: BoundContinuationOre the part of it in continuations, and
	// BoundAppealOre what appeals that were granted have added.
	BoundOre, BoundContinuationOre, BoundAppealOre int64
	// AppealReserveOre is what is held back for appeals. What appeals have bound is taken from it first.
	AppealReserveOre int64
}

// HeldBackOre returns what is left of the reserve for appeals, in øre.
func (f Frame) HeldBackOre() int64 { return max(0, f.AppealReserveOre-f.BoundAppealOre) }

// FreeOre returns what can still be awarded without an appeal, in øre.
func (f Frame) FreeOre() int64 { return f.FreeForAppealsOre() - f.HeldBackOre() }

// FreeForAppealsOre returns what can still be awarded to those whose appeals are granted, in øre.
func (f Frame) FreeForAppealsOre() int64 { return f.FrameOre - f.BoundOre }

// Budget returns the frame of a grant year; a NotFound fault when the scheme has none for it.
func (s *Store) Budget(ctx context.Context, schemeID string, grantYear int) (Frame, error) {
	return frame(ctx, database.Reader(ctx, s.pool), schemeID, grantYear)
}

func frame(ctx context.Context, q Querier, schemeID string, grantYear int) (Frame, error) {
	row, err := db.New(q).GetFrame(ctx, db.GetFrameParams{SchemeID: schemeID, GrantYear: int32(grantYear)})
	if errors.Is(err, pgx.ErrNoRows) {
		return Frame{}, fault.NewNotFound("budget frame")
	}
	if err != nil {
		return Frame{}, fmt.Errorf("load the frame of %d: %w", grantYear, err)
	}
	return Frame{
		SchemeID: row.SchemeID, GrantYear: int(row.GrantYear), FrameOre: row.FrameOre, ExpectedOre: row.ExpectedOre,
		BoundOre: row.BoundOre, BoundContinuationOre: row.BoundContinuationOre, BoundAppealOre: row.BoundAppealOre,
		AppealReserveOre: row.AppealReserveOre,
	}, nil
}

// Bind takes an amount above zero, in øre, out of the frame of a grant year in the caller's
// transaction, and leaves what is held back for appeals alone. When it is more than what is free,
// nothing is bound and the fault FRAME_EXCEEDED carries free_ore, frame_ore and held_back_ore. However
// many decide at the same moment, the frame is kept.
func (s *Store) Bind(ctx context.Context, tx pgx.Tx, schemeID string, grantYear int, amountOre int64, continuation bool) error {
	return bind(ctx, tx, db.BindParams{
		SchemeID: schemeID, GrantYear: int32(grantYear), AmountOre: amountOre, Continuation: continuation,
	})
}

// BindForAppeal is [Store.Bind] for what an appeal that is granted adds to an award: it may use what is
// held back for appeals.
func (s *Store) BindForAppeal(ctx context.Context, tx pgx.Tx, schemeID string, grantYear int, amountOre int64, continuation bool) error {
	return bind(ctx, tx, db.BindParams{
		SchemeID: schemeID, GrantYear: int32(grantYear), AmountOre: amountOre, Continuation: continuation, Appeal: true,
	})
}

func bind(ctx context.Context, tx pgx.Tx, p db.BindParams) error {
	if p.AmountOre <= 0 {
		return fmt.Errorf("bind %d øre: the amount must be above zero", p.AmountOre)
	}
	_, err := db.New(tx).Bind(ctx, p)
	if err == nil {
		return nil
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("bind %d øre of the frame of %d: %w", p.AmountOre, p.GrantYear, err)
	}
	f, err := frame(ctx, tx, p.SchemeID, int(p.GrantYear))
	if err != nil {
		return err
	}
	free := f.FreeOre()
	if p.Appeal {
		free = f.FreeForAppealsOre()
	}
	return fault.NewPrecondition("FRAME_EXCEEDED",
		fmt.Sprintf("the amount exceeds what is left for %d: %d of %d øre free, and %d held back for appeals", p.GrantYear, free, f.FrameOre, f.HeldBackOre())).
		With("free_ore", strconv.FormatInt(free, 10)).
		With("frame_ore", strconv.FormatInt(f.FrameOre, 10)).
		With("held_back_ore", strconv.FormatInt(f.HeldBackOre(), 10))
}

// Release gives money of a grant year's frame back in the caller's transaction, when an award is
// lowered.
func (s *Store) Release(ctx context.Context, tx pgx.Tx, schemeID string, grantYear int, amountOre int64, continuation bool) error {
	return release(ctx, tx, db.ReleaseParams{
		SchemeID: schemeID, GrantYear: int32(grantYear), AmountOre: amountOre, Continuation: continuation,
	})
}

// ReleaseFromAppeal is [Store.Release] for money that [Store.BindForAppeal] has bound: what is held
// back for appeals grows by it again.
func (s *Store) ReleaseFromAppeal(ctx context.Context, tx pgx.Tx, schemeID string, grantYear int, amountOre int64, continuation bool) error {
	return release(ctx, tx, db.ReleaseParams{
		SchemeID: schemeID, GrantYear: int32(grantYear), AmountOre: amountOre, Continuation: continuation, Appeal: true,
	})
}

func release(ctx context.Context, tx pgx.Tx, p db.ReleaseParams) error {
	released, err := db.New(tx).Release(ctx, p)
	if err != nil {
		return fmt.Errorf("release %d øre of the frame: %w", p.AmountOre, err)
	}
	if released == 0 {
		return fmt.Errorf("release %d øre of the frame of %s %d: less than that is bound", p.AmountOre, p.SchemeID, p.GrantYear)
	}
	return nil
}

func decodeCall(row db.Call) Call {
	return Call{
		ID: row.ID, Revision: row.Revision, SchemeID: row.SchemeID, SchemeVersion: row.SchemeVersion, Code: row.Code,
		Title: Text{Nb: row.TitleNb, Nn: row.TitleNn, En: row.TitleEn}, GrantYear: int(row.GrantYear),
		OpensAt: row.OpensAt, ClosesAt: row.ClosesAt, OpenedAt: row.OpenedAt, ClosedAt: row.ClosedAt,
	}
}

// midnight places a date where the database's type without a zone has it.
func midnight(d calendar.Date) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
}

func date(d pgtype.Date) calendar.Date {
	year, month, day := d.Time.Date()
	return calendar.Date{Year: year, Month: month, Day: day}
}
