package rehearsal

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/enterprise/fictional"
	"saakorn/services/platform/calendar"
)

// schemeID is the scheme of every round.
const schemeID = "social-entrepreneurship"

// lot is what falls to an enterprise that has been awarded a grant in the first round, beyond the ordinary.
type lot string

const (
	ordinaryLot lot = ""
	declines    lot = "DECLINES"         // does not want the first award
	lapses      lot = "LAPSES"           // never answers the first offer
	acceptsLate lot = "ACCEPTS_LATE"     // accepts when reminded
	standsAlone lot = "STANDS_ALONE"     // manages without a grant after the third year
	misuses     lot = "MISUSES"          // is suspended, stopped, and pays back in parts
	silent      lot = "SILENT"           // is suspended for a report that is missing, and paid when it has come
	returned1   lot = "PAYMENT_RETURNED" // has its first payment refused by the bank
	movesBank   lot = "CHANGES_ITS_BANK" // changes its account in the second year
	sparing     lot = "USES_LESS"        // uses less than it was paid, and what is left is set off
	sparingOut  lot = "USES_LESS_AND_PAYS"
	weak        lot = "RUNS_OUT_OF_MONEY" // gives reason to worry
)

// life is what happens after the first decisions. What people do follows from what the API says and from
// the seed, never from what was done before: so it can be taken up again at any moment.
type life struct {
	*play

	mu    sync.Mutex
	deeds int
	today calendar.Date
	// byName are the enterprises of the story by their names.
	byName map[string]fictional.Enterprise
	// lots are drawn when the first round is known.
	lots map[string]lot
	// lifecycles are those there are, as of the office day's start, by identifier.
	lifecycles map[string]*saakornv1.Lifecycle
	// lastYear is the grant year of the last round that is played to its end.
	lastYear int
	proofs   tally
	seasons  map[string]*season
	// end is when the story ends; the zero time until the first round is over.
	endsAt time.Time
	// notes are what has to be remembered, in the folder; an empty folder keeps nothing.
	notes  Notebook
	folder string
	// deciding tells that the first round is still being decided: commitments are not given back then.
	deciding bool
}

func newLife(p *play, lastYear int) *life {
	l := &life{
		play: p, byName: map[string]fictional.Enterprise{}, lots: map[string]lot{}, lastYear: lastYear, seasons: map[string]*season{}, deciding: true,
		notes: Notebook{Applicants: map[string][]Applicant{}},
	}
	for _, e := range fictional.Enterprises() {
		l.byName[e.Name] = e
	}
	for _, e := range fictional.Oddities() {
		if e.Condition == fictional.Bankrupt {
			l.byName[e.Name] = e
		}
	}
	l.drawLots()
	return l
}

// drawLots gives lots to some of those who are awarded a grant in the first round.
func (l *life) drawLots() {
	const partLots = 3 << 16
	awards := slices.DeleteFunc(slices.Clone(l.story.applications), func(a *application) bool { return a.fate != awarded || a.sequel != "" })
	slices.SortFunc(awards, func(a, b *application) int { return cmp.Compare(a.enterprise.Number, b.enterprise.Number) })
	shuffle(chance(l.story.seed, partLots), awards)
	all := []lot{declines, lapses, acceptsLate, acceptsLate, acceptsLate, standsAlone, misuses, silent, returned1, movesBank, movesBank, sparing, sparing, sparingOut, weak, weak}
	for i, a := range awards[:min(len(all), len(awards))] {
		l.lots[a.enterprise.Name] = all[i]
	}
}

func (l *life) as(ctx context.Context, id string) (*actor, error) { return l.cast.as(ctx, id) }

// drawn returns a source of chance that depends on the seed and the names of what it is about alone.
func (l *life) drawn(names ...any) *rand.Rand {
	h := fnv.New64a()
	for _, n := range names {
		fmt.Fprintf(h, "%v/", n)
	}
	return chance(l.story.seed, h.Sum64())
}

// partial are those who have declared not to be impartial about the enterprise in the first round.
func (l *life) partial(enterprise string) []string {
	for _, a := range l.story.applications {
		if a.enterprise.Name == enterprise {
			return []string{a.recusedOfficer, a.recusedAssessor, a.recusedDecider, l.story.absent}
		}
	}
	return nil
}

// one draws somebody of a team who is impartial about the enterprise; the second of the names follows the first.
func (l *life) one(team string, count, place int, enterprise string) string {
	ids := crew(team, count)
	shuffle(l.drawn(team, enterprise), ids)
	partial := l.partial(enterprise)
	ids = slices.DeleteFunc(ids, func(id string) bool { return slices.Contains(partial, id) })
	return ids[place]
}

// The people who follow an enterprise up: its officer, another one who confirms, and who decides.
func (l *life) officer(enterprise string) string   { return l.one("case-officer", 6, 0, enterprise) }
func (l *life) colleague(enterprise string) string { return l.one("case-officer", 6, 1, enterprise) }
func (l *life) decider(enterprise string) string   { return l.one("decision-maker", 3, 0, enterprise) }

// declareAll has those who will follow the enterprise up declare in the case that the award comes from.
func (l *life) declareAll(ctx context.Context, name, caseID string) error {
	for _, id := range []string{l.officer(name), l.colleague(name), l.decider(name)} {
		_, err := l.enter(ctx, &part{caseID: caseID}, id)
		if reasonOf(err) == "CASE_CLOSED" {
			return nil // they declared long ago
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// manager returns who acts for the enterprise.
func (l *life) manager(ctx context.Context, enterprise string) (*actor, error) {
	e, ok := l.byName[enterprise]
	if !ok {
		return nil, fmt.Errorf("%w: %s", errNoPart, enterprise)
	}
	return l.as(ctx, e.PersonID())
}

// learn reads which lifecycles there are.
func (l *life) learn(ctx context.Context) error {
	m, err := l.as(ctx, manager)
	if err != nil {
		return err
	}
	all, err := pages(func(token string) ([]*saakornv1.Lifecycle, string, error) {
		r, err := m.grants.ListLifecycles(ctx, &saakornv1.ListLifecyclesRequest{SchemeId: schemeID, PageSize: 200, PageToken: token})
		if err != nil {
			return nil, "", fmt.Errorf("list lifecycles: %w", err)
		}
		return r.GetLifecycles(), r.GetNextPageToken(), nil
	})
	l.lifecycles = map[string]*saakornv1.Lifecycle{}
	for _, x := range all {
		l.lifecycles[x.GetId()] = x
	}
	return err
}

// inTurn does something for every item, several at a time, but what has the same name one after the other.
func inTurn[T any](ctx context.Context, items []T, name func(T) string, do func(context.Context, T) error) error {
	groups := map[string][]T{}
	var order []string
	for _, x := range items {
		if groups[name(x)] == nil {
			order = append(order, name(x))
		}
		groups[name(x)] = append(groups[name(x)], x)
	}
	return together(ctx, order, func(ctx context.Context, n string) error {
		for _, x := range groups[n] {
			if err := do(ctx, x); err != nil {
				return fmt.Errorf("%s: %w", n, err)
			}
		}
		return nil
	})
}

// offers lists the awards of a grant year in a state.
func (l *life) offers(ctx context.Context, year int, states ...saakornv1.AwardState) ([]*saakornv1.PortfolioItem, error) {
	m, err := l.as(ctx, manager)
	if err != nil {
		return nil, err
	}
	return pages(func(token string) ([]*saakornv1.PortfolioItem, string, error) {
		r, err := m.portfolio.ListPortfolio(ctx, &saakornv1.ListPortfolioRequest{SchemeId: schemeID, GrantYear: int32(year), States: states, PageSize: 200, PageToken: token})
		if err != nil {
			return nil, "", fmt.Errorf("list the portfolio: %w", err)
		}
		return r.GetItems(), r.GetNextPageToken(), nil
	})
}

// answerOffers has enterprises accept or decline what they are offered.
func (l *life) answerOffers(ctx context.Context) error {
	for _, year := range []int{l.today.Year, l.today.Year + 1} {
		items, err := l.offers(ctx, year, saakornv1.AwardState_AWARD_STATE_OFFERED)
		if err != nil {
			return err
		}
		err = inTurn(ctx, items, (*saakornv1.PortfolioItem).GetEnterpriseName, l.answerOffer)
		if err != nil {
			return err
		}
	}
	return nil
}

// lateWithin is how few days are left when somebody accepts who has to be reminded.
const lateWithin = 7

func (l *life) answerOffer(ctx context.Context, item *saakornv1.PortfolioItem) error {
	person, err := l.manager(ctx, item.GetEnterpriseName())
	if err != nil {
		return err
	}
	r, err := person.grants.GetAward(ctx, &saakornv1.GetAwardRequest{AwardId: item.GetAwardId()})
	if err != nil {
		return fmt.Errorf("read an award: %w", err)
	}
	award := r.GetAward()
	by, err := calendar.Parse(award.GetAcceptBy())
	if err != nil || award.GetState() != saakornv1.AwardState_AWARD_STATE_OFFERED || by.Before(l.today) {
		return err
	}
	mine := l.lots[item.GetEnterpriseName()]
	first := award.GetGrantYear() == firstYear
	switch {
	case mine == lapses && first:
		return nil
	case mine == acceptsLate && calendar.Days(l.today, by) > lateWithin && calendar.Days(l.today, by) > officeEvery:
		return nil
	case mine == declines && first:
		_, err = person.grants.DeclineAward(ctx, &saakornv1.DeclineAwardRequest{
			RequestId: fresh(), AwardId: award.GetId(), Etag: award.GetEtag(), Reason: "Vi har fått en større avtale og klarer oss uten.",
		})
		l.acted()
		return wrap("decline an award", err)
	}
	if _, err = person.grants.AcceptAward(ctx, &saakornv1.AcceptAwardRequest{RequestId: fresh(), AwardId: award.GetId(), Etag: award.GetEtag()}); err != nil {
		return wrap("accept an award", err)
	}
	l.acted()
	return l.begin(ctx, person, item, award)
}

// begin is what follows upon an award that was accepted: the enterprise says where the money is to go, and
// those who will follow it up declare and take it on. It can be done again.
func (l *life) begin(ctx context.Context, person *actor, item *saakornv1.PortfolioItem, award *saakornv1.Award) error {
	name := item.GetEnterpriseName()
	if err := l.declareAll(ctx, name, award.GetCaseId()); err != nil {
		return err
	}
	if err := l.proposeAccount(ctx, person, award, l.lots[name]); err != nil {
		return err
	}
	return l.takeOn(ctx, item, award)
}

// takeOn names the enterprise's contact, and what is known of the year before the first round.
func (l *life) takeOn(ctx context.Context, item *saakornv1.PortfolioItem, award *saakornv1.Award) error {
	officer, err := l.as(ctx, l.officer(item.GetEnterpriseName()))
	if err != nil {
		return err
	}
	return again(func() error {
		r, err := officer.grants.GetLifecycle(ctx, &saakornv1.GetLifecycleRequest{LifecycleId: award.GetLifecycleId()})
		if err != nil {
			return wrap("read a lifecycle", err)
		}
		x := r.GetLifecycle()
		if x.GetOwnerId() == "" {
			a, err := officer.grants.AssignLifecycle(ctx, &saakornv1.AssignLifecycleRequest{RequestId: fresh(), LifecycleId: x.GetId(), Etag: x.GetEtag(), OwnerId: officer.id})
			if err != nil {
				return wrap("take an enterprise on", err)
			}
			x = a.GetLifecycle()
		}
		if award.GetGrantYear() != firstYear || award.GetApplicationType() != saakornv1.ApplicationType_APPLICATION_TYPE_CONTINUATION || len(x.GetEarlierYears()) > 0 {
			return nil
		}
		_, err = officer.grants.SetEarlierYears(ctx, &saakornv1.SetEarlierYearsRequest{
			RequestId: fresh(), LifecycleId: x.GetId(), Etag: x.GetEtag(),
			EarlierYears: []*saakornv1.EarlierYear{{GrantYear: firstYear - 1, Source: "Vedtak i det tidligere saksbehandlingssystemet."}},
		})
		return wrap("note earlier years", err)
	})
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w%s", what, err, violations(err))
}

// violations names the fields that were wrong.
func violations(err error) string {
	s, ok := status.FromError(err)
	if !ok {
		return ""
	}
	var fields strings.Builder
	for _, detail := range s.Details() {
		if bad, ok := detail.(*errdetails.BadRequest); ok {
			for _, v := range bad.GetFieldViolations() {
				fmt.Fprintf(&fields, " (%s: %s)", v.GetField(), v.GetReason())
			}
		}
	}
	return fields.String()
}

// account returns a made-up account number of the enterprise that passes its check.
func account(number string, turn int) string {
	for i := turn * 7; ; i++ {
		digits := fmt.Sprintf("%02d%s", 12+i%80, number[1:])
		sum := 0
		for n, weight := range []int{5, 4, 3, 2, 7, 6, 5, 4, 3, 2} {
			sum += weight * int(digits[n]-'0')
		}
		if check := (11 - sum%11) % 11; check < 10 {
			return fmt.Sprintf("%s%d", digits, check)
		}
	}
}

// proposeAccount tells where the money is to go, the first time and when the enterprise changes its bank.
func (l *life) proposeAccount(ctx context.Context, person *actor, award *saakornv1.Award, mine lot) error {
	have, err := person.accounts.ListPayeeAccounts(ctx, &saakornv1.ListPayeeAccountsRequest{EnterpriseId: award.GetEnterpriseId()})
	if err != nil {
		return wrap("list accounts", err)
	}
	q := &saakornv1.ProposePayeeAccountRequest{RequestId: fresh(), EnterpriseId: award.GetEnterpriseId()}
	name := l.lifecycleName(award.GetLifecycleId())
	e, ok := l.byName[name]
	switch {
	case !ok:
		return fmt.Errorf("%w: %s", errNoPart, name)
	case len(have.GetAccounts()) == 0:
		q.Number = account(e.Number, 0)
	case mine == movesBank && award.GetGrantYear() == firstYear+1 && len(have.GetAccounts()) == 1:
		q.Number, q.Reason = account(e.Number, 1), "Vi har byttet bank."
	default:
		return nil
	}
	_, err = person.accounts.ProposePayeeAccount(ctx, q)
	return wrap("propose an account", err)
}

// lifecycleName returns the name of the enterprise of a lifecycle.
func (l *life) lifecycleName(id string) string { return l.lifecycles[id].GetEnterpriseName() }

// number returns the account number that the enterprise proposed, by its last digits, as a confirmation from its bank shows it.
func (l *life) number(e fictional.Enterprise, masked string) string {
	for turn := range 2 {
		if n := account(e.Number, turn); strings.HasSuffix(masked, n[len(n)-4:]) {
			return n
		}
	}
	return ""
}
