package grant

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/grant/db"
	"saakorn/services/platform/access"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/command"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/page"
	"saakorn/services/platform/person"
)

// GrantServer answers the GrantService of the contract.
type GrantServer struct {
	saakornv1.UnimplementedGrantServiceServer
	*Server
}

// place is where a page of lifecycles begins: before this opening, the newest first.
type place struct {
	OpenedAt time.Time `json:"t"`
	ID       uuid.UUID `json:"i"`
}

// ListLifecycles returns the lifecycles that the caller may see.
func (s *GrantServer) ListLifecycles(ctx context.Context, r *saakornv1.ListLifecyclesRequest) (*saakornv1.ListLifecyclesResponse, error) {
	at, err := page.Place(r, place{time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), uuid.Max})
	if err != nil {
		return nil, err
	}
	lifecycles, err := s.listed(ctx, r, at)
	if err != nil {
		return nil, err
	}
	lifecycles, next, err := page.Cut(r, lifecycles, func(last Lifecycle) place { return place{last.OpenedAt, last.ID} })
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.ListLifecyclesResponse{NextPageToken: next}
	for _, l := range lifecycles {
		p, err := s.present(ctx, s.Pool, l)
		if err != nil {
			return nil, err
		}
		answer.Lifecycles = append(answer.Lifecycles, p)
	}
	return answer, nil
}

func (s *GrantServer) listed(ctx context.Context, r *saakornv1.ListLifecyclesRequest, at place) ([]Lifecycle, error) {
	queries, limit := db.New(s.Pool), int32(page.Size(r)+1)
	caller, _ := access.From(ctx)
	var rows []db.Lifecycle
	var err error
	switch {
	case isStaff(ctx) && r.GetEnterpriseId() == "":
		rows, err = queries.ListLifecycles(ctx, db.ListLifecyclesParams{
			BeforeOpenedAt: at.OpenedAt, BeforeID: at.ID, SchemeID: orNull(r.GetSchemeId()), RowLimit: limit,
		})
	default:
		var ids []uuid.UUID
		if !isStaff(ctx) {
			if ids, err = s.Enterprises.IDsForPerson(ctx, caller.ID); err != nil {
				return nil, err
			}
		}
		if wanted := r.GetEnterpriseId(); wanted != "" {
			id := uuid.MustParse(wanted)
			if isStaff(ctx) || slices.Contains(ids, id) {
				ids = []uuid.UUID{id}
			} else {
				ids = nil
			}
		}
		rows, err = queries.ListLifecyclesOf(ctx, db.ListLifecyclesOfParams{
			EnterpriseIds: ids, BeforeOpenedAt: at.OpenedAt, BeforeID: at.ID, SchemeID: orNull(r.GetSchemeId()), RowLimit: limit,
		})
	}
	if err != nil {
		return nil, fmt.Errorf("list lifecycles: %w", err)
	}
	lifecycles := make([]Lifecycle, 0, len(rows))
	for _, row := range rows {
		l, err := fillLifecycle(ctx, s.Pool, decodeLifecycle(row))
		if err != nil {
			return nil, err
		}
		lifecycles = append(lifecycles, l)
	}
	return lifecycles, nil
}

// present returns the lifecycle for the contract.
func (s *Server) present(ctx context.Context, q Querier, l Lifecycle) (*saakornv1.Lifecycle, error) {
	awards, err := s.Store.Awards(ctx, q, l.ID)
	if err != nil {
		return nil, err
	}
	rules, err := s.newest(ctx, q, l, awards)
	if err != nil {
		return nil, err
	}
	e, err := s.Enterprises.Enterprise(ctx, l.EnterpriseID)
	if err != nil {
		return nil, err
	}
	names, err := person.Names(ctx, q, []string{l.OwnerID})
	if err != nil {
		return nil, err
	}
	names[l.EnterpriseID.String()] = e.Name
	standing := StandingAt(l, awards, rules.GrantYears, calendar.On(s.Clock.Now()))
	return presentLifecycle(l, standing, names, isStaff(ctx)), nil
}

// GetLifecycle returns one lifecycle with its awards, its plans and what was handed over.
func (s *GrantServer) GetLifecycle(ctx context.Context, r *saakornv1.GetLifecycleRequest) (*saakornv1.GetLifecycleResponse, error) {
	l, err := s.Store.Lifecycle(ctx, s.Pool, uuid.MustParse(r.GetLifecycleId()))
	if err != nil {
		return nil, err
	}
	if err := s.checkTheirs(ctx, l.EnterpriseID, "lifecycle", false); err != nil {
		return nil, err
	}
	answer := &saakornv1.GetLifecycleResponse{}
	if answer.Lifecycle, err = s.present(ctx, s.Pool, l); err != nil {
		return nil, err
	}
	list, err := files(ctx, s.Pool, s.Schemes, l.ID)
	if err != nil {
		return nil, err
	}
	for _, f := range list {
		answer.Awards = append(answer.Awards, presentAward(f.Award, f.suspended(s.Clock.Now()), isStaff(ctx)))
	}
	plans, err := s.Store.ExitPlans(ctx, s.Pool, l.ID)
	if err != nil {
		return nil, err
	}
	for _, p := range plans {
		answer.ExitPlans = append(answer.ExitPlans, presentExitPlan(p))
	}
	for _, d := range Demands(list, plans) {
		answer.ExitPlanDemands = append(answer.ExitPlanDemands, &saakornv1.ExitPlanDemand{
			GrantYear: int32(d.GrantYear), DueOn: d.DueOn.String(), Submitted: d.Submitted,
		})
	}
	h, err := s.Store.Handover(ctx, s.Pool, l.ID)
	answer.Handover = presentHandover(h)
	return answer, err
}

// OpenLifecycle opens the lifecycle of an enterprise that has been supported before.
func (s *GrantServer) OpenLifecycle(ctx context.Context, r *saakornv1.OpenLifecycleRequest) (*saakornv1.OpenLifecycleResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.OpenLifecycleResponse, error) {
		enterpriseID := uuid.MustParse(r.GetEnterpriseId())
		if _, err := s.Enterprises.Enterprise(ctx, enterpriseID); fault.Is(err, "NOT_FOUND") {
			return nil, fault.Field("enterprise_id", "NO_SUCH_ENTERPRISE", "register the enterprise first")
		} else if err != nil {
			return nil, err
		}
		if _, err := s.newest(ctx, tx, Lifecycle{SchemeID: r.GetSchemeId()}, nil); fault.Is(err, "NOT_FOUND") {
			return nil, fault.Field("scheme_id", "NO_SUCH_SCHEME", "name a scheme that has been published")
		} else if err != nil {
			return nil, err
		}
		_, err := db.New(tx).LockLifecycleOf(ctx, db.LockLifecycleOfParams{SchemeID: r.GetSchemeId(), EnterpriseID: enterpriseID})
		if err == nil {
			return nil, fault.NewExists("LIFECYCLE_EXISTS", "the enterprise has a lifecycle under this scheme already: set its earlier years there")
		}
		now := s.Clock.Now()
		l, err := open(ctx, tx, r.GetSchemeId(), enterpriseID, now)
		if err != nil {
			return nil, err
		}
		if err := s.setEarlier(ctx, tx, &l, r.GetEarlierYears(), now); err != nil {
			return nil, err
		}
		if err := s.Waker.Wake(ctx, tx, subject(l.ID), now); err != nil {
			return nil, err
		}
		p, err := s.present(ctx, tx, l)
		return &saakornv1.OpenLifecycleResponse{Lifecycle: p}, err
	})
}

// setEarlier replaces the earlier years. A year that has an award here is no earlier one.
func (s *Server) setEarlier(ctx context.Context, tx pgx.Tx, l *Lifecycle, years []*saakornv1.EarlierYear, now time.Time) error {
	awards, err := s.Store.Awards(ctx, tx, l.ID)
	if err != nil {
		return err
	}
	caller, _ := access.From(ctx)
	var wrong []fault.Violation
	seen := map[int32]bool{}
	l.Earlier = nil
	for i, y := range years {
		field := fmt.Sprintf("earlier_years[%d].grant_year", i)
		switch {
		case seen[y.GetGrantYear()]:
			wrong = append(wrong, fault.Violation{Field: field, Reason: "NAMED_TWICE", Description: "name each year once"})
		case slices.ContainsFunc(awards, func(a Award) bool { return a.GrantYear == int(y.GetGrantYear()) }):
			wrong = append(wrong, fault.Violation{Field: field, Reason: "HAS_AN_AWARD", Description: "this year has an award here: leave it out"})
		case int(y.GetGrantYear()) > calendar.On(now).Year:
			wrong = append(wrong, fault.Violation{Field: field, Reason: "NOT_EARLIER", Description: "name a year that has begun"})
		}
		seen[y.GetGrantYear()] = true
		l.Earlier = append(l.Earlier, EarlierYear{
			Year: int(y.GetGrantYear()), Development: y.GetDevelopment(), AmountOre: y.AmountOre, Source: y.GetSource(),
			RecordedBy: caller.ID, RecordedAt: now,
		})
	}
	if len(wrong) > 0 {
		return fault.NewInvalid(wrong...)
	}
	slices.SortFunc(l.Earlier, func(a, b EarlierYear) int { return a.Year - b.Year })
	if err := db.New(tx).DeleteEarlierYears(ctx, l.ID); err != nil {
		return fmt.Errorf("replace earlier years: %w", err)
	}
	for _, y := range l.Earlier {
		err := db.New(tx).InsertEarlierYear(ctx, db.InsertEarlierYearParams{
			LifecycleID: l.ID, GrantYear: int32(y.Year), Development: y.Development, AmountOre: y.AmountOre, Source: y.Source,
			RecordedBy: y.RecordedBy, RecordedAt: y.RecordedAt,
		})
		if err != nil {
			return fmt.Errorf("record an earlier year: %w", err)
		}
	}
	return Keeper{Rules: s.Schemes}.renumber(ctx, tx, *l)
}

// SetEarlierYears replaces what is known of grant years from before.
func (s *GrantServer) SetEarlierYears(ctx context.Context, r *saakornv1.SetEarlierYearsRequest) (*saakornv1.SetEarlierYearsResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.SetEarlierYearsResponse, error) {
		l, err := s.changeLifecycle(ctx, tx, r.GetLifecycleId(), r.GetEtag(), "EARLIER_YEARS_SET", func(l *Lifecycle, now time.Time) (any, any, error) {
			before := l.Earlier
			err := s.setEarlier(ctx, tx, l, r.GetEarlierYears(), now)
			return map[string]any{"years": before}, map[string]any{"years": l.Earlier}, err
		})
		if err != nil {
			return nil, err
		}
		p, err := s.present(ctx, tx, l)
		return &saakornv1.SetEarlierYearsResponse{Lifecycle: p}, err
	})
}

// AssignLifecycle names the officer who is the enterprise's contact.
func (s *GrantServer) AssignLifecycle(ctx context.Context, r *saakornv1.AssignLifecycleRequest) (*saakornv1.AssignLifecycleResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.AssignLifecycleResponse, error) {
		if err := checkPerson(ctx, tx, "owner_id", r.GetOwnerId(), saakornv1.Role_ROLE_CASE_OFFICER); err != nil {
			return nil, err
		}
		l, err := s.changeLifecycle(ctx, tx, r.GetLifecycleId(), r.GetEtag(), "LIFECYCLE_ASSIGNED", func(l *Lifecycle, _ time.Time) (any, any, error) {
			before := l.OwnerID
			l.OwnerID = r.GetOwnerId()
			return map[string]any{"owner_id": before}, map[string]any{"owner_id": l.OwnerID}, nil
		})
		if err != nil {
			return nil, err
		}
		p, err := s.present(ctx, tx, l)
		return &saakornv1.AssignLifecycleResponse{Lifecycle: p}, err
	})
}

// checkPerson refuses somebody who is not known, or lacks the role.
func checkPerson(ctx context.Context, tx pgx.Tx, field, id string, role saakornv1.Role) error {
	p, err := person.Get(ctx, tx, id)
	if err != nil && !fault.Is(err, "NOT_FOUND") {
		return err
	}
	if err != nil || !p.Has(role) {
		return fault.Field(field, "NO_SUCH_PERSON", "name somebody in the directory with the right role")
	}
	return nil
}

// SubmitExitPlan receives a version of the plan for the time after the grant.
func (s *GrantServer) SubmitExitPlan(ctx context.Context, r *saakornv1.SubmitExitPlanRequest) (*saakornv1.SubmitExitPlanResponse, error) {
	plan := ExitPlan{
		ID: uuid.Must(uuid.NewV7()), GrantYear: int(r.GetGrantYear()), Description: r.GetDescription(),
		Route: strings.TrimPrefix(r.GetRoute().String(), "EXIT_ROUTE_"), Steps: []ExitStep{},
	}
	texts := map[string]string{"description": r.GetDescription()}
	for i, x := range r.GetSteps() {
		on, err := parseDate(fmt.Sprintf("steps[%d].due_on", i), x.GetDueOn())
		if err != nil {
			return nil, err
		}
		texts[fmt.Sprintf("steps[%d].text", i)] = x.GetText()
		plan.Steps = append(plan.Steps, ExitStep{x.GetText(), on})
	}
	if err := checkTexts(texts); err != nil {
		return nil, err
	}
	l, err := s.Store.Lifecycle(ctx, s.Pool, uuid.MustParse(r.GetLifecycleId()))
	if err != nil {
		return nil, err
	}
	if err := s.checkTheirs(ctx, l.EnterpriseID, "lifecycle", true); err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.SubmitExitPlanResponse, error) {
		_, err := s.changeLifecycle(ctx, tx, r.GetLifecycleId(), "", "EXIT_PLAN_SUBMITTED", func(l *Lifecycle, now time.Time) (any, any, error) {
			return nil, map[string]any{"grant_year": plan.GrantYear, "route": plan.Route}, s.submitPlan(ctx, tx, *l, &plan, now)
		})
		return &saakornv1.SubmitExitPlanResponse{ExitPlan: presentExitPlan(plan)}, err
	})
}

func (s *Server) submitPlan(ctx context.Context, tx pgx.Tx, l Lifecycle, plan *ExitPlan, now time.Time) error {
	awards, err := s.Store.Awards(ctx, tx, l.ID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(awards, func(a Award) bool { return a.GrantYear == plan.GrantYear && a.AcceptedAt != nil })
	if i < 0 {
		return fault.Field("grant_year", "NO_AWARD", "make the plan for a year with an award that has been accepted")
	}
	caller, _ := access.From(ctx)
	plan.SubmittedBy, plan.SubmittedAt = caller.ID, now
	steps, err := json.Marshal(plan.Steps)
	if err != nil {
		return fmt.Errorf("encode steps: %w", err)
	}
	plan.Version, err = db.New(tx).InsertExitPlan(ctx, db.InsertExitPlanParams{
		ID: plan.ID, LifecycleID: l.ID, GrantYear: int32(plan.GrantYear), Route: plan.Route, Description: plan.Description, Steps: steps,
		SubmittedBy: plan.SubmittedBy, SubmittedAt: now,
	})
	if err != nil {
		return fmt.Errorf("receive an exit plan: %w", err)
	}
	return s.journalFromParty(ctx, tx, awards[i], "exit-plan/"+plan.ID.String(), "Plan for tiden etter tilskuddet", now)
}

// SaveHandover saves what was learned and who carries it on.
func (s *GrantServer) SaveHandover(ctx context.Context, r *saakornv1.SaveHandoverRequest) (*saakornv1.SaveHandoverResponse, error) {
	in := r.GetHandover()
	on, err := parseDate("handover.handed_over_on", in.GetHandedOverOn())
	if err != nil {
		return nil, err
	}
	h := Handover{Learned: strings.TrimSpace(in.GetLearned()), Receiver: strings.TrimSpace(in.GetReceiver()), Adopted: strings.TrimSpace(in.GetAdopted()), HandedOverOn: on}
	err = checkTexts(map[string]string{"handover.learned": h.Learned, "handover.receiver": h.Receiver, "handover.adopted": h.Adopted})
	if err != nil {
		return nil, err
	}
	l, err := s.Store.Lifecycle(ctx, s.Pool, uuid.MustParse(r.GetLifecycleId()))
	if err != nil {
		return nil, err
	}
	if err := s.checkTheirs(ctx, l.EnterpriseID, "lifecycle", !isStaff(ctx)); err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.SaveHandoverResponse, error) {
		caller, _ := access.From(ctx)
		l, err := s.changeLifecycle(ctx, tx, r.GetLifecycleId(), r.GetEtag(), "HANDOVER_SAVED", func(l *Lifecycle, now time.Time) (any, any, error) {
			if l.State == LifecycleClosed {
				return nil, nil, fault.NewPrecondition("LIFECYCLE_CLOSED", "the lifecycle is closed")
			}
			before, err := s.Store.Handover(ctx, tx, l.ID)
			if err != nil {
				return nil, nil, err
			}
			err = db.New(tx).SaveHandover(ctx, db.SaveHandoverParams{
				LifecycleID: l.ID, Learned: h.Learned, Receiver: h.Receiver, Adopted: h.Adopted, HandedOverOn: encodeDate(h.HandedOverOn),
				SavedBy: caller.ID, SavedAt: now,
			})
			if err != nil {
				return nil, nil, fmt.Errorf("save a handover: %w", err)
			}
			return before, h, nil
		})
		if err != nil {
			return nil, err
		}
		p, err := s.present(ctx, tx, l)
		return &saakornv1.SaveHandoverResponse{Lifecycle: p, Handover: presentHandover(h)}, err
	})
}

// PrepareExit puts the end of a lifecycle before a decision maker.
func (s *GrantServer) PrepareExit(ctx context.Context, r *saakornv1.PrepareExitRequest) (*saakornv1.PrepareExitResponse, error) {
	on, err := parseDate("exit_on", r.GetExitOn())
	if err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.PrepareExitResponse, error) {
		caller, _ := access.From(ctx)
		l, err := s.changeLifecycle(ctx, tx, r.GetLifecycleId(), r.GetEtag(), "EXIT_PREPARED", func(l *Lifecycle, _ time.Time) (any, any, error) {
			if err := s.checkExit(ctx, tx, *l, exitKindOf(r.GetKind())); err != nil {
				return nil, nil, err
			}
			l.Exit = Exit{Kind: exitKindOf(r.GetKind()), On: on, Reasons: r.GetReasons(), PreparedBy: caller.ID}
			return nil, map[string]any{"kind": l.Exit.Kind, "exit_on": on, "reasons": l.Exit.Reasons}, nil
		})
		if err != nil {
			return nil, err
		}
		p, err := s.present(ctx, tx, l)
		return &saakornv1.PrepareExitResponse{Lifecycle: p}, err
	})
}

func (s *Server) checkExit(ctx context.Context, tx pgx.Tx, l Lifecycle, kind ExitKind) error {
	awards, err := s.Store.Awards(ctx, tx, l.ID)
	if err != nil {
		return err
	}
	rules, err := s.newest(ctx, tx, l, awards)
	if err != nil {
		return err
	}
	h, err := s.Store.Handover(ctx, tx, l.ID)
	if err != nil {
		return err
	}
	standing := StandingAt(l, awards, rules.GrantYears, calendar.On(s.Clock.Now()))
	return CheckExit(l, kind, awards, h, standing, rules.Awards)
}

// DecideExit ends a lifecycle as somebody else prepared it.
func (s *GrantServer) DecideExit(ctx context.Context, r *saakornv1.DecideExitRequest) (*saakornv1.DecideExitResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.DecideExitResponse, error) {
		caller, _ := access.From(ctx)
		l, err := s.changeLifecycle(ctx, tx, r.GetLifecycleId(), r.GetEtag(), "LIFECYCLE_CLOSED", func(l *Lifecycle, now time.Time) (any, any, error) {
			switch {
			case l.Exit.Kind == "":
				return nil, nil, fault.NewPrecondition("EXIT_NOT_PREPARED", "an officer prepares the end first")
			case l.State != LifecycleClosed && l.Exit.PreparedBy == caller.ID:
				return nil, nil, errFourEyes()
			}
			if err := s.checkExit(ctx, tx, *l, l.Exit.Kind); err != nil {
				return nil, nil, err
			}
			l.State, l.ClosedAt, l.Exit.DecidedBy = LifecycleClosed, &now, caller.ID
			return nil, map[string]any{"kind": l.Exit.Kind, "exit_on": l.Exit.On}, nil
		})
		if err != nil {
			return nil, err
		}
		p, err := s.present(ctx, tx, l)
		return &saakornv1.DecideExitResponse{Lifecycle: p}, err
	})
}
