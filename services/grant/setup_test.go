package grant_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework"
	"saakorn/services/grant"
	"saakorn/services/installation/installationtest"
	"saakorn/services/platform/access"
	"saakorn/services/platform/database"
	"saakorn/services/platform/procedure"
	"saakorn/services/scheme"
)

// published returns the rules of 2019.
func published(t testing.TB) *scheme.Definition {
	t.Helper()
	sources, err := scheme.Published()
	must(t, err)
	return sources[0].Definition
}

// news is what casework tells of the award's case when an appeal has changed its amount.
func (h house) news(a *saakornv1.Award, amountOre int64) casework.News {
	h.Helper()
	i := h.API.Installation
	c, found, err := i.Cases.Find(h.Context(), i.Pool, uuid.MustParse(a.GetApplicationId()))
	if err != nil || !found {
		h.Fatalf("no case: %v", err)
	}
	stored, err := grant.Store{}.Award(h.Context(), i.Pool, uuid.MustParse(a.GetId()))
	must(h, err)
	c.AmountAwardedOre = amountOre
	return casework.News{Case: c, DecisionID: stored.DecisionID, RecommendedBy: stored.RecommendedBy, DecidedBy: stored.DecidedBy}
}

// follower remembers what it has been told.
type follower struct{ told []grant.Award }

func (f *follower) AwardChanged(_ context.Context, _ pgx.Tx, a grant.Award, _ time.Time) error {
	f.told = append(f.told, a)
	return nil
}

// carry carries the news into the award and moves the frame as casework does. Whoever follows awards has
// been told once.
func (h house) carry(n casework.News, beforeOre int64) {
	h.Helper()
	following := &follower{}
	defer func() {
		if len(following.told) != 1 || following.told[0].CommittedOre != n.AmountAwardedOre {
			h.Errorf("told %+v", following.told)
		}
	}()
	i := h.API.Installation
	outbox, err := procedure.NewOutbox(i.Pool)
	must(h, err)
	ctx := access.WithPrincipal(h.Context(), access.Principal{ID: installationtest.DecisionMaker})
	must(h, database.InTransaction(ctx, i.Pool, func(tx pgx.Tx) error {
		move, err := grant.Keeper{Rules: i.Schemes, Followers: grant.Followers{following}, Waker: outbox}.Change(ctx, tx, n, beforeOre, i.Clock.Now())
		switch {
		case err != nil:
			return err
		case move > 0:
			return i.Schemes.Bind(ctx, tx, n.SchemeID, n.GrantYear, move, false)
		case move < 0:
			return i.Schemes.Release(ctx, tx, n.SchemeID, n.GrantYear, -move, false)
		}
		return nil
	}))
}
