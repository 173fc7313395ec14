package casework

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/encoding/protojson"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework/db"
	"saakorn/services/platform/access"
	"saakorn/services/platform/audit"
	"saakorn/services/platform/command"
	"saakorn/services/platform/database"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/person"
)

// maxViews is how many views a person can have.
const maxViews = 100

// ListSavedViews returns the caller's own views, and for staff those that colleagues share.
func (s *QueueServer) ListSavedViews(ctx context.Context, _ *saakornv1.ListSavedViewsRequest) (*saakornv1.ListSavedViewsResponse, error) {
	caller, _ := access.From(ctx)
	queries := db.New(s.Server.Pool)
	rows, err := queries.ListOwnViews(ctx, caller.ID)
	if err != nil {
		return nil, fmt.Errorf("list saved views: %w", err)
	}
	if caller.Has(access.Staff()...) {
		shared, err := queries.ListSharedViews(ctx, caller.ID)
		if err != nil {
			return nil, fmt.Errorf("list shared views: %w", err)
		}
		rows = append(rows, shared...)
	}
	views, err := s.presentViews(ctx, s.Server.Pool, rows)
	return &saakornv1.ListSavedViewsResponse{Views: views}, err
}

// viewContent is what a person says about a view of theirs.
type viewContent interface {
	GetName() string
	GetShared() bool
	GetFilter() *saakornv1.CaseFilter
	GetSorting() saakornv1.CaseSorting
	GetDescending() bool
}

// checkView refuses what could not be searched for, and returns the name and the filter as stored.
func (s *QueueServer) checkView(ctx context.Context, r viewContent) (name string, filter json.RawMessage, err error) {
	if name = strings.TrimSpace(r.GetName()); name == "" {
		return "", nil, fault.Field("name", "REQUIRED", "give the view a name")
	}
	if _, err := s.filterOf(ctx, r.GetFilter()); err != nil {
		return "", nil, err
	}
	if filter, err = protojson.Marshal(r.GetFilter()); err != nil {
		return "", nil, fmt.Errorf("encode a filter: %w", err)
	}
	return name, filter, nil
}

// CreateSavedView saves a search under a name.
func (s *QueueServer) CreateSavedView(ctx context.Context, r *saakornv1.CreateSavedViewRequest) (*saakornv1.CreateSavedViewResponse, error) {
	name, filter, err := s.checkView(ctx, r)
	if err != nil {
		return nil, err
	}
	return command.Run(ctx, s.Server.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.CreateSavedViewResponse, error) {
		caller, _ := access.From(ctx)
		queries, now := db.New(tx), s.Server.Clock.Now()
		number, err := queries.CountViews(ctx, caller.ID)
		if err != nil {
			return nil, fmt.Errorf("count saved views: %w", err)
		}
		if number >= maxViews {
			return nil, fault.NewPrecondition("TOO_MANY_VIEWS", fmt.Sprintf("you have %d views already: delete one that you no longer use", maxViews))
		}
		row, err := queries.InsertView(ctx, db.InsertViewParams{
			ID: uuid.Must(uuid.NewV7()), OwnerID: caller.ID, Name: name, Shared: r.GetShared(), Filter: filter,
			Sorting: string(sortingOf(r.GetSorting())), Descending: r.GetDescending(), CreatedAt: now,
		})
		if err != nil {
			return nil, asNameTaken(err)
		}
		if err := recordView(ctx, tx, "VIEW_SAVED", row.ID, now, nil, &row); err != nil {
			return nil, err
		}
		view, err := s.presentView(ctx, tx, row)
		return &saakornv1.CreateSavedViewResponse{View: view}, err
	})
}

// UpdateSavedView replaces one of the caller's views.
func (s *QueueServer) UpdateSavedView(ctx context.Context, r *saakornv1.UpdateSavedViewRequest) (*saakornv1.UpdateSavedViewResponse, error) {
	name, filter, err := s.checkView(ctx, r)
	if err != nil {
		return nil, err
	}
	return command.Run(ctx, s.Server.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.UpdateSavedViewResponse, error) {
		before, err := lockOwnView(ctx, tx, r)
		if err != nil {
			return nil, err
		}
		now := s.Server.Clock.Now()
		row, err := db.New(tx).UpdateView(ctx, db.UpdateViewParams{
			ID: before.ID, Name: name, Shared: r.GetShared(), Filter: filter, Sorting: string(sortingOf(r.GetSorting())),
			Descending: r.GetDescending(), UpdatedAt: now,
		})
		if err != nil {
			return nil, asNameTaken(err)
		}
		if err := recordView(ctx, tx, "VIEW_SAVED", row.ID, now, &before, &row); err != nil {
			return nil, err
		}
		view, err := s.presentView(ctx, tx, row)
		return &saakornv1.UpdateSavedViewResponse{View: view}, err
	})
}

// DeleteSavedView deletes one of the caller's views.
func (s *QueueServer) DeleteSavedView(ctx context.Context, r *saakornv1.DeleteSavedViewRequest) (*saakornv1.DeleteSavedViewResponse, error) {
	return command.Run(ctx, s.Server.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.DeleteSavedViewResponse, error) {
		before, err := lockOwnView(ctx, tx, r)
		if err != nil {
			return nil, err
		}
		if err := db.New(tx).DeleteView(ctx, before.ID); err != nil {
			return nil, fmt.Errorf("delete a view: %w", err)
		}
		err = recordView(ctx, tx, "VIEW_DELETED", before.ID, s.Server.Clock.Now(), &before, nil)
		return &saakornv1.DeleteSavedViewResponse{}, err
	})
}

// viewEdit is a request that changes one view.
type viewEdit interface {
	GetViewId() string
	GetEtag() string
}

// lockOwnView returns the caller's view, locked and checked against the caller's etag.
func lockOwnView(ctx context.Context, tx pgx.Tx, r viewEdit) (db.SavedView, error) {
	caller, _ := access.From(ctx)
	row, err := db.New(tx).LockView(ctx, uuid.MustParse(r.GetViewId()))
	if errors.Is(err, pgx.ErrNoRows) {
		return row, fault.NewNotFound("view")
	}
	if err != nil {
		return row, fmt.Errorf("load a view: %w", err)
	}
	switch etag := viewEtag(row); {
	case row.OwnerID != caller.ID && row.Shared && caller.Has(access.Staff()...):
		return row, fault.NewDenied("NOT_YOUR_VIEW", "only its owner changes a shared view: save one of your own")
	case row.OwnerID != caller.ID:
		return row, fault.NewNotFound("view")
	case r.GetEtag() != etag:
		return row, fault.NewConflict(etag)
	}
	return row, nil
}

func asNameTaken(err error) error {
	if database.Violates(err, "saved_view_name") {
		return fault.NewExists("NAME_TAKEN", "you have a view with this name already")
	}
	return fmt.Errorf("save a view: %w", err)
}

func recordView(ctx context.Context, tx pgx.Tx, action string, id uuid.UUID, now time.Time, before, after *db.SavedView) error {
	return audit.Record(ctx, tx, audit.Event{
		Action: action, OccurredAt: now, SubjectKind: "saved_view", SubjectID: id, Before: viewFacts(before), After: viewFacts(after),
	})
}

func viewFacts(v *db.SavedView) any {
	if v == nil {
		return nil
	}
	return map[string]any{"name": v.Name, "shared": v.Shared, "filter": v.Filter, "sorting": v.Sorting, "descending": v.Descending}
}

func viewEtag(v db.SavedView) string { return strconv.FormatInt(v.Revision, 10) }

func (s *QueueServer) presentView(ctx context.Context, q person.Querier, row db.SavedView) (*saakornv1.SavedView, error) {
	views, err := s.presentViews(ctx, q, []db.SavedView{row})
	if err != nil {
		return nil, err
	}
	return views[0], nil
}

func (s *QueueServer) presentViews(ctx context.Context, q person.Querier, rows []db.SavedView) ([]*saakornv1.SavedView, error) {
	owners := make([]string, 0, len(rows))
	for _, row := range rows {
		owners = append(owners, row.OwnerID)
	}
	names, err := person.Names(ctx, q, owners)
	if err != nil {
		return nil, err
	}
	views := make([]*saakornv1.SavedView, 0, len(rows))
	for _, row := range rows {
		filter := &saakornv1.CaseFilter{}
		// A filter that a later version of the contract has dropped is no reason to fail on old rows.
		if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(row.Filter, filter); err != nil {
			return nil, fmt.Errorf("decode a stored filter: %w", err)
		}
		views = append(views, &saakornv1.SavedView{
			Id: row.ID.String(), Etag: viewEtag(row), Name: row.Name, Shared: row.Shared, OwnerId: row.OwnerID,
			OwnerName: names[row.OwnerID], Filter: filter, Descending: row.Descending,
			Sorting: saakornv1.CaseSorting(saakornv1.CaseSorting_value[sortingPrefix+row.Sorting]),
		})
	}
	return views, nil
}
