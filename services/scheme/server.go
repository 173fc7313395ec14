package scheme

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/platform/audit"
	"saakorn/services/platform/clock"
	"saakorn/services/platform/command"
	"saakorn/services/platform/database"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/page"
	"saakorn/services/platform/procedure"
	"saakorn/services/scheme/db"
)

// Waker tells a procedure to look at the facts again.
type Waker interface {
	Wake(ctx context.Context, tx pgx.Tx, s procedure.Subject, now time.Time) error
}

// Server answers the SchemeService and the CallService of the contract.
type Server struct {
	saakornv1.UnimplementedSchemeServiceServer
	saakornv1.UnimplementedCallServiceServer

	pool  *pgxpool.Pool
	store *Store
	waker Waker
	clock clock.Clock
}

// NewServer returns a server of the store's schemes and calls.
func NewServer(pool *pgxpool.Pool, store *Store, waker Waker, c clock.Clock) *Server {
	return &Server{pool: pool, store: store, waker: waker, clock: c}
}

func (s *Server) runner() command.Runner { return command.Runner{Pool: s.pool, Clock: s.clock} }

// ListSchemes returns the newest version of every scheme.
func (s *Server) ListSchemes(ctx context.Context, _ *saakornv1.ListSchemesRequest) (*saakornv1.ListSchemesResponse, error) {
	editions, err := s.store.Editions(ctx, s.pool)
	if err != nil {
		return nil, err
	}
	newest := slices.CompactFunc(editions, func(a, b Edition) bool { return a.SchemeID == b.SchemeID })
	answer := &saakornv1.ListSchemesResponse{}
	for _, e := range newest {
		d, err := s.store.Definition(ctx, e.SchemeID, e.Version)
		if err != nil {
			return nil, err
		}
		answer.Schemes = append(answer.Schemes, PresentScheme(d))
	}
	return answer, nil
}

// GetScheme returns one version of a scheme, the newest when the request names none.
func (s *Server) GetScheme(ctx context.Context, r *saakornv1.GetSchemeRequest) (*saakornv1.GetSchemeResponse, error) {
	version := r.GetVersion()
	if version == "" {
		editions, err := s.store.editionsOf(ctx, s.pool, r.GetSchemeId())
		if err != nil {
			return nil, err
		}
		if len(editions) == 0 {
			return nil, fault.NewNotFound("scheme")
		}
		version = editions[0].Version
	}
	d, err := s.store.Definition(ctx, r.GetSchemeId(), version)
	if err != nil {
		return nil, err
	}
	return &saakornv1.GetSchemeResponse{Scheme: PresentScheme(d)}, nil
}

// CreateCall announces a call.
func (s *Server) CreateCall(ctx context.Context, r *saakornv1.CreateCallRequest) (*saakornv1.CreateCallResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.CreateCallResponse, error) {
		now := s.clock.Now()
		call, err := s.announce(ctx, tx, r, now)
		if err != nil {
			return nil, err
		}
		err = db.New(tx).InsertCall(ctx, db.InsertCallParams{
			ID: call.ID, SchemeID: call.SchemeID, SchemeVersion: call.SchemeVersion, Code: call.Code,
			TitleNb: call.Title.Nb, TitleNn: call.Title.Nn, TitleEn: call.Title.En, GrantYear: int32(call.GrantYear),
			OpensAt: call.OpensAt, ClosesAt: call.ClosesAt, CreatedAt: now,
		})
		if database.Violates(err, "call_code_key") {
			return nil, fault.NewExists("CODE_TAKEN", fmt.Sprintf("there is a call with the code %s already: choose another", call.Code))
		}
		if err != nil {
			return nil, fmt.Errorf("store a call: %w", err)
		}
		if err := s.recordCall(ctx, tx, "CALL_CREATED", now, nil, auditedCall(call), call.ID); err != nil {
			return nil, err
		}
		return &saakornv1.CreateCallResponse{Call: PresentCall(call, now)}, nil
	})
}

// announce applies the rules to a request for a new call.
func (s *Server) announce(ctx context.Context, q Querier, r *saakornv1.CreateCallRequest, now time.Time) (Call, error) {
	opensAt, closesAt, err := times("", r.GetOpensAt(), r.GetClosesAt())
	if err != nil {
		return Call{}, err
	}
	editions, err := s.store.editionsOf(ctx, q, r.GetSchemeId())
	if err != nil {
		return Call{}, err
	}
	edition, err := ChooseEdition(editions, r.GetSchemeVersion(), opensAt)
	if err != nil {
		return Call{}, err
	}
	d, err := s.store.Definition(ctx, edition.SchemeID, edition.Version)
	if err != nil {
		return Call{}, err
	}
	return NewCall(uuid.Must(uuid.NewV7()), d, Announcement{
		Code: r.GetCode(), Title: readText(r.GetTitle()), GrantYear: int(r.GetGrantYear()), OpensAt: opensAt, ClosesAt: closesAt,
	}, now)
}

// UpdateCall changes the title or the times of a call.
func (s *Server) UpdateCall(ctx context.Context, r *saakornv1.UpdateCallRequest) (*saakornv1.UpdateCallResponse, error) {
	id, err := uuid.Parse(r.GetCall().GetId())
	if err != nil {
		return nil, fault.Field("call.id", "NOT_A_UUID", "name the call to change by its id")
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.UpdateCallResponse, error) {
		before, err := lockCall(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		if r.GetCall().GetEtag() != before.Etag() {
			return nil, fault.NewConflict(before.Etag())
		}
		now := s.clock.Now()
		after, err := s.change(ctx, before, r, now)
		if err != nil {
			return nil, err
		}
		_, err = db.New(tx).UpdateCall(ctx, db.UpdateCallParams{
			ID: id, TitleNb: after.Title.Nb, TitleNn: after.Title.Nn, TitleEn: after.Title.En,
			OpensAt: after.OpensAt, ClosesAt: after.ClosesAt,
		})
		if err != nil {
			return nil, fmt.Errorf("save a call: %w", err)
		}
		if err := s.recordCall(ctx, tx, "CALL_CHANGED", now, auditedCall(before), auditedCall(after), id); err != nil {
			return nil, err
		}
		return &saakornv1.UpdateCallResponse{Call: PresentCall(after, now)}, nil
	})
}

// change applies the rules to a request to change a call.
func (s *Server) change(ctx context.Context, before Call, r *saakornv1.UpdateCallRequest, now time.Time) (Call, error) {
	to := CallChange{Title: before.Title, OpensAt: before.OpensAt, ClosesAt: before.ClosesAt}
	wanted := r.GetCall()
	for i, path := range r.GetUpdateMask().GetPaths() {
		var err error
		switch path {
		case "title":
			to.Title = readText(wanted.GetTitle())
		case "opens_at":
			to.OpensAt, err = moment("call.opens_at", wanted.GetOpensAt())
		case "closes_at":
			to.ClosesAt, err = moment("call.closes_at", wanted.GetClosesAt())
		default:
			err = fault.Field(fmt.Sprintf("update_mask.paths[%d]", i), "NOT_CHANGEABLE", "name any of title, opens_at and closes_at")
		}
		if err != nil {
			return Call{}, err
		}
	}
	if len(r.GetUpdateMask().GetPaths()) == 0 {
		return Call{}, fault.Field("update_mask", "REQUIRED", "name any of title, opens_at and closes_at")
	}
	d, err := s.store.Definition(ctx, before.SchemeID, before.SchemeVersion)
	if err != nil {
		return Call{}, err
	}
	after, err := before.Change(d, to, now)
	return after, within("call.", err)
}

// recordCall writes the audit event and tells the call's procedure to look.
func (s *Server) recordCall(ctx context.Context, tx pgx.Tx, action string, now time.Time, before, after any, id uuid.UUID) error {
	err := audit.Record(ctx, tx, audit.Event{
		Action: action, OccurredAt: now, SubjectKind: "call", SubjectID: id, Before: before, After: after,
	})
	if err != nil {
		return err
	}
	return s.waker.Wake(ctx, tx, subject(id), now)
}

// GetCall returns one call.
func (s *Server) GetCall(ctx context.Context, r *saakornv1.GetCallRequest) (*saakornv1.GetCallResponse, error) {
	call, err := s.store.Call(ctx, s.pool, uuid.MustParse(r.GetCallId()))
	if err != nil {
		return nil, err
	}
	return &saakornv1.GetCallResponse{Call: PresentCall(call, s.clock.Now())}, nil
}

// callPlace is where a page of calls begins: after this one, in the order of the list.
type callPlace struct {
	OpensAt time.Time
	ID      uuid.UUID
}

// ListCalls returns calls, those that open last first.
func (s *Server) ListCalls(ctx context.Context, r *saakornv1.ListCallsRequest) (*saakornv1.ListCallsResponse, error) {
	const endOfTime = 9999
	place, err := page.Place(r, callPlace{time.Date(endOfTime, time.January, 1, 0, 0, 0, 0, time.UTC), uuid.Max})
	if err != nil {
		return nil, err
	}
	now := s.clock.Now()
	rows, err := db.New(s.pool).ListCalls(ctx, db.ListCallsParams{
		BeforeOpensAt: place.OpensAt, BeforeID: place.ID, State: string(readState(r.GetState())), Now: now,
		RowLimit: int32(page.Size(r) + 1),
	})
	if err != nil {
		return nil, fmt.Errorf("list calls: %w", err)
	}
	rows, next, err := page.Cut(r, rows, func(last db.Call) callPlace { return callPlace{last.OpensAt, last.ID} })
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.ListCallsResponse{NextPageToken: next}
	for _, row := range rows {
		answer.Calls = append(answer.Calls, PresentCall(decodeCall(row), now))
	}
	return answer, nil
}

// GetCallBudget returns the frame of the call's grant year.
func (s *Server) GetCallBudget(ctx context.Context, r *saakornv1.GetCallBudgetRequest) (*saakornv1.GetCallBudgetResponse, error) {
	call, err := s.store.Call(ctx, s.pool, uuid.MustParse(r.GetCallId()))
	if err != nil {
		return nil, err
	}
	f, err := s.store.Budget(ctx, call.SchemeID, call.GrantYear)
	if err != nil {
		return nil, err
	}
	return &saakornv1.GetCallBudgetResponse{
		SchemeId: f.SchemeID, GrantYear: int32(f.GrantYear), FrameOre: f.FrameOre, BoundOre: f.BoundOre,
		BoundInContinuationsOre: f.BoundContinuationOre, FreeOre: f.FreeOre(), ExpectedInContinuationsOre: f.ExpectedOre,
		HeldBackForAppealsOre: f.HeldBackOre(), BoundInAppealsOre: f.BoundAppealOre,
	}, nil
}

// times reads the opening and the close of a request; prefix is the path of the fields.
func times(prefix string, opens, closes *timestamppb.Timestamp) (opensAt, closesAt time.Time, err error) {
	if opensAt, err = moment(prefix+"opens_at", opens); err != nil {
		return opensAt, closesAt, err
	}
	closesAt, err = moment(prefix+"closes_at", closes)
	return opensAt, closesAt, err
}

// moment reads a time of a request, cut to microseconds: the precision the database keeps.
func moment(field string, t *timestamppb.Timestamp) (time.Time, error) {
	if t == nil {
		return time.Time{}, fault.Field(field, "REQUIRED", "say when")
	}
	if err := t.CheckValid(); err != nil {
		return time.Time{}, fault.Field(field, "NOT_A_TIME", "write a time between the years 1 and 9999")
	}
	return t.AsTime().Truncate(time.Microsecond), nil
}

// within names the fields of a fault by their path in the request.
func within(prefix string, err error) error {
	f, ok := errors.AsType[*fault.Fault](err)
	if !ok {
		return err
	}
	for i := range f.Violations {
		f.Violations[i].Field = prefix + f.Violations[i].Field
	}
	return f
}

// auditedCall is what the audit trail keeps of a call.
func auditedCall(c Call) map[string]any {
	kept := auditedTimes(c)
	kept["scheme_version"] = c.SchemeVersion
	kept["code"] = c.Code
	kept["title"] = map[string]string{Bokmal: c.Title.Nb, Nynorsk: c.Title.Nn, English: c.Title.En}
	kept["grant_year"] = c.GrantYear
	return kept
}

func auditedTimes(c Call) map[string]any {
	return map[string]any{"opens_at": c.OpensAt, "closes_at": c.ClosesAt}
}

// statePrefix makes the contract's enum of the stored word.
const statePrefix = "CALL_STATE_"

func readState(state saakornv1.CallState) CallState {
	return CallState(strings.TrimPrefix(state.String(), statePrefix))
}
