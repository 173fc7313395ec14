package casework

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"saakorn/services/scheme"
)

// Grants takes over what a case gives. It is called with the case locked, and before the frame is.
type Grants interface {
	// Offer opens the award of a case whose party has been told of it.
	Offer(ctx context.Context, tx pgx.Tx, n News, now time.Time) error
	// Change carries a changed amount into the award, and returns by how much the case binds more of the
	// frame than before, or less.
	Change(ctx context.Context, tx pgx.Tx, n News, beforeOre int64, now time.Time) (moveOre int64, err error)
	// GrantedYears returns the years for which the enterprise has been granted money by other cases, and
	// from before, as far as they count towards the cap.
	GrantedYears(ctx context.Context, tx pgx.Tx, c Case, rules scheme.GrantYears) ([]scheme.GrantedYear, error)
}

// News is what a case has to tell of its award.
type News struct {
	Case
	// DecisionID is the decision that the award rests on; RecommendedBy and DecidedBy stand under it.
	DecisionID               uuid.UUID
	RecommendedBy, DecidedBy string
	Conditions               []string
}

// news returns what a decided case has to tell: the names are those of the newest decision in it.
func (f File) news() News {
	n := News{Case: f.Case}
	if d := f.decision(); d != nil {
		n.DecisionID, n.DecidedBy, n.Conditions = d.ID, d.DecidedBy, d.Conditions
	}
	if r := f.latest(); r != nil {
		n.RecommendedBy = r.RecommendedBy
	}
	if i := len(f.AwardChanges); i > 0 {
		n.DecidedBy = f.AwardChanges[i-1].ChangedBy
		if a := f.appeal(f.AwardChanges[i-1].AppealID); a.PreparedBy != "" {
			n.RecommendedBy = a.PreparedBy
		}
	}
	return n
}
