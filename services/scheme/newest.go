package scheme

import (
	"context"

	"saakorn/services/platform/database"
	"saakorn/services/platform/fault"
)

// Newest returns the newest published version of the scheme; a NotFound fault when there is none. What
// is said about many cases at once, which may have been opened under different versions, goes by it.
func (s *Store) Newest(ctx context.Context, schemeID string) (*Definition, error) {
	editions, err := s.editionsOf(ctx, database.Reader(ctx, s.pool), schemeID)
	if err != nil {
		return nil, err
	}
	if len(editions) == 0 {
		return nil, fault.NewNotFound("scheme")
	}
	newest := editions[0]
	for _, e := range editions[1:] {
		if e.ValidFrom.After(newest.ValidFrom) {
			newest = e
		}
	}
	return s.Definition(ctx, newest.SchemeID, newest.Version)
}
