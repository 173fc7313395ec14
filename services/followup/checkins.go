package followup

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/followup/db"
	"saakorn/services/grant"
	"saakorn/services/platform/access"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/command"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/page"
	"saakorn/services/platform/person"
	"saakorn/services/platform/task"
	"saakorn/services/scheme"
)

// plan sets how closely the enterprise is followed in the grant year. Check-ins that nobody has been invited to
// make room for those of the new plan.
func plan(ctx context.Context, tx pgx.Tx, l grant.Lifecycle, p Plan, rules scheme.CheckinRules) error {
	err := db.New(tx).InsertPlan(ctx, db.InsertPlanParams{
		ID: uuid.Must(uuid.NewV7()), LifecycleID: l.ID, GrantYear: int32(p.GrantYear), Risk: string(p.Risk), Reason: p.Reason,
		DecidedBy: p.DecidedBy, DecidedAt: p.DecidedAt,
	})
	if err != nil {
		return fmt.Errorf("plan check-ins: %w", err)
	}
	err = db.New(tx).DeletePlannedCheckins(ctx, db.DeletePlannedCheckinsParams{LifecycleID: l.ID, GrantYear: int32(p.GrantYear)})
	if err != nil {
		return fmt.Errorf("make room for check-ins: %w", err)
	}
	tomorrow := calendar.On(p.DecidedAt).AddDays(1)
	for _, date := range rules.Dates(p.GrantYear, p.Risk, tomorrow) {
		if _, err := insertCheckin(ctx, tx, l, p.GrantYear, date, p.DecidedAt); err != nil {
			return err
		}
	}
	return nil
}

func insertCheckin(ctx context.Context, tx pgx.Tx, l grant.Lifecycle, year int, on calendar.Date, now time.Time) (Checkin, error) {
	c := Checkin{
		ID: uuid.Must(uuid.NewV7()), Revision: 1, LifecycleID: l.ID, EnterpriseID: l.EnterpriseID, GrantYear: year, PlannedOn: on, State: Planned,
	}
	err := db.New(tx).InsertCheckin(ctx, db.InsertCheckinParams{
		ID: c.ID, LifecycleID: c.LifecycleID, EnterpriseID: c.EnterpriseID, GrantYear: int32(year), PlannedOn: encodeDate(on), CreatedAt: now,
	})
	if err != nil {
		return c, fmt.Errorf("plan a check-in: %w", err)
	}
	return c, nil
}

// PlanCheckins sets how closely an enterprise is followed in a grant year.
func (s *Server) PlanCheckins(ctx context.Context, r *saakornv1.PlanCheckinsRequest) (*saakornv1.PlanCheckinsResponse, error) {
	if err := checkTexts(r); err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.PlanCheckinsResponse, error) {
		l, awards, rules, err := s.lock(ctx, tx, r.GetLifecycleId())
		if err != nil {
			return nil, err
		}
		if _, err := awardFor(awards, int(r.GetGrantYear())); err != nil {
			return nil, err
		}
		caller, _ := access.From(ctx)
		now := s.Clock.Now()
		p := Plan{int(r.GetGrantYear()), riskOf(r.GetRisk()), r.GetReason(), caller.ID, now}
		if err := plan(ctx, tx, l, p, rules.Followup.Checkins); err != nil {
			return nil, err
		}
		after := map[string]any{"grant_year": p.GrantYear, "risk": p.Risk, "reason": p.Reason}
		if err := record(ctx, tx, "lifecycle", l.ID, "CHECKINS_PLANNED", now, nil, after); err != nil {
			return nil, err
		}
		checkins, err := listCheckins(ctx, tx, l.ID)
		if err != nil {
			return nil, err
		}
		return &saakornv1.PlanCheckinsResponse{Checkins: decodeAll(checkins, presenter(now))}, s.Waker.Wake(ctx, tx, subject(l.ID), now)
	})
}

// lock returns the lifecycle with its awards and rules, and keeps others from changing anything of it.
func (s *Server) lock(ctx context.Context, tx pgx.Tx, id string) (grant.Lifecycle, []grant.Award, *scheme.Definition, error) {
	l, err := s.Grants.LockLifecycle(ctx, tx, uuid.MustParse(id))
	if err != nil {
		return l, nil, nil, err
	}
	awards, err := s.Grants.Awards(ctx, tx, l.ID)
	if err != nil {
		return l, nil, nil, err
	}
	rules, err := newestRules(ctx, s.Schemes, l, awards)
	return l, awards, rules, err
}

// ListCheckins returns the check-ins of a lifecycle. What officers write for each other stays with them.
func (s *Server) ListCheckins(ctx context.Context, r *saakornv1.ListCheckinsRequest) (*saakornv1.ListCheckinsResponse, error) {
	l, own, err := s.lifecycle(ctx, r.GetLifecycleId())
	if err != nil {
		return nil, err
	}
	checkins, err := listCheckins(ctx, s.Pool, l.ID)
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.ListCheckinsResponse{}
	for _, c := range checkins {
		p := presentCheckin(c, s.Clock.Now())
		if own {
			p.InternalNotes = ""
		}
		answer.Checkins = append(answer.Checkins, p)
	}
	if own {
		return answer, nil
	}
	plans, err := listPlans(ctx, s.Pool, l.ID)
	answer.Plans = decodeAll(plans, presentPlan)
	return answer, err
}

type checkinPlace struct {
	PlannedOn calendar.Date
	ID        uuid.UUID
}

// ListPlannedCheckins returns the check-ins that are planned within some dates, the earliest first.
func (s *Server) ListPlannedCheckins(ctx context.Context, r *saakornv1.ListPlannedCheckinsRequest) (*saakornv1.ListPlannedCheckinsResponse, error) {
	from, to := calendar.Date{Year: 1990, Month: time.January, Day: 1}, calendar.Date{Year: 2300, Month: time.December, Day: 31}
	var err error
	if r.GetFrom() != "" {
		if from, err = parseDate("from", r.GetFrom()); err != nil {
			return nil, err
		}
	}
	if r.GetTo() != "" {
		if to, err = parseDate("to", r.GetTo()); err != nil {
			return nil, err
		}
	}
	after, err := page.Place(r, checkinPlace{from.AddDays(-1), uuid.Max})
	if err != nil {
		return nil, err
	}
	rows, err := db.New(s.Pool).ListPlannedCheckins(ctx, db.ListPlannedCheckinsParams{
		FromDate: encodeDate(from), ToDate: encodeDate(to), AfterDate: encodeDate(after.PlannedOn), AfterID: after.ID, RowLimit: int32(page.Size(r) + 1),
	})
	if err != nil {
		return nil, fmt.Errorf("list planned check-ins: %w", err)
	}
	rows, next, err := page.Cut(r, rows, func(last db.Checkin) checkinPlace { return checkinPlace{decodeDate(last.PlannedOn), last.ID} })
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.ListPlannedCheckinsResponse{NextPageToken: next}
	for _, row := range rows {
		p := presentCheckin(decodeCheckin(row), s.Clock.Now())
		party, err := s.Enterprises.Enterprise(ctx, row.EnterpriseID)
		if err != nil {
			return nil, err
		}
		p.EnterpriseName = party.Name
		answer.Checkins = append(answer.Checkins, p)
	}
	return answer, nil
}

// AddCheckin adds a check-in to those of the plan.
func (s *Server) AddCheckin(ctx context.Context, r *saakornv1.AddCheckinRequest) (*saakornv1.AddCheckinResponse, error) {
	on, err := parseDate("planned_on", r.GetPlannedOn())
	if err != nil {
		return nil, err
	}
	if err := checkTexts(r); err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.AddCheckinResponse, error) {
		l, _, _, err := s.lock(ctx, tx, r.GetLifecycleId())
		if err != nil {
			return nil, err
		}
		now := s.Clock.Now()
		if on.Before(calendar.On(now)) {
			return nil, fault.Field("planned_on", "DATE_PASSED", "choose today or a date to come")
		}
		c, err := insertCheckin(ctx, tx, l, on.Year, on, now)
		if err != nil {
			return nil, err
		}
		err = record(ctx, tx, "checkin", c.ID, "CHECKIN_ADDED", now, nil, map[string]any{"planned_on": on.String(), "reason": r.GetReason()})
		if err != nil {
			return nil, err
		}
		return &saakornv1.AddCheckinResponse{Checkin: presentCheckin(c, now)}, s.Waker.Wake(ctx, tx, subject(l.ID), now)
	})
}

// edit carries out a change of one check-in.
func (s *Server) edit(ctx context.Context, tx pgx.Tx, id, tag, action string, do func(c Checkin, now time.Time) (Checkin, error)) (Checkin, error) {
	c, err := lockCheckin(ctx, tx, uuid.MustParse(id))
	if err != nil {
		return c, err
	}
	if tag != c.Etag() {
		return c, fault.NewConflict(c.Etag())
	}
	now := s.Clock.Now()
	before := map[string]any{"state": c.State, "planned_on": c.PlannedOn.String()}
	if c, err = do(c, now); err != nil {
		return c, err
	}
	if err := saveCheckin(ctx, tx, &c); err != nil {
		return c, err
	}
	if _, err := task.Settle(ctx, tx, lateKey(c), now); err != nil {
		return c, err
	}
	after := map[string]any{"state": c.State, "planned_on": c.PlannedOn.String(), "held_on": c.HeldOn.String(), "reason": c.CancelReason}
	if err := record(ctx, tx, "checkin", c.ID, action, now, before, after); err != nil {
		return c, err
	}
	return c, s.Waker.Wake(ctx, tx, subject(c.LifecycleID), now)
}

// MoveCheckin moves a check-in to another date.
func (s *Server) MoveCheckin(ctx context.Context, r *saakornv1.MoveCheckinRequest) (*saakornv1.MoveCheckinResponse, error) {
	to, err := parseDate("planned_on", r.GetPlannedOn())
	if err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.MoveCheckinResponse, error) {
		c, err := s.edit(ctx, tx, r.GetCheckinId(), r.GetEtag(), "CHECKIN_MOVED", func(c Checkin, now time.Time) (Checkin, error) { return Move(c, to, now) })
		return &saakornv1.MoveCheckinResponse{Checkin: presentCheckin(c, s.Clock.Now())}, err
	})
}

// CancelCheckin cancels a check-in.
func (s *Server) CancelCheckin(ctx context.Context, r *saakornv1.CancelCheckinRequest) (*saakornv1.CancelCheckinResponse, error) {
	if err := checkTexts(r); err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.CancelCheckinResponse, error) {
		caller, _ := access.From(ctx)
		c, err := s.edit(ctx, tx, r.GetCheckinId(), r.GetEtag(), "CHECKIN_CANCELLED", func(c Checkin, now time.Time) (Checkin, error) {
			return Cancel(c, r.GetReason(), caller.ID, now)
		})
		return &saakornv1.CancelCheckinResponse{Checkin: presentCheckin(c, s.Clock.Now())}, err
	})
}

// RecordCheckin records a check-in that was held.
func (s *Server) RecordCheckin(ctx context.Context, r *saakornv1.RecordCheckinRequest) (*saakornv1.RecordCheckinResponse, error) {
	on, err := parseDate("held_on", r.GetHeldOn())
	if err != nil {
		return nil, err
	}
	if err := checkTexts(r); err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.RecordCheckinResponse, error) {
		caller, _ := access.From(ctx)
		c, err := s.edit(ctx, tx, r.GetCheckinId(), r.GetEtag(), "CHECKIN_HELD", func(c Checkin, now time.Time) (Checkin, error) {
			c, err := Hold(c, on, caller.ID, now)
			c.Notes, c.InternalNotes, c.Channel = r.GetNotes(), r.GetInternalNotes(), channelOf(r.GetChannel())
			return c, err
		})
		if err != nil {
			return nil, err
		}
		answer := &saakornv1.RecordCheckinResponse{Checkin: presentCheckin(c, s.Clock.Now())}
		for i, p := range r.GetActionPoints() {
			point, err := s.addActionPoint(ctx, tx, c, i, p)
			if err != nil {
				return nil, err
			}
			answer.ActionPoints = append(answer.ActionPoints, presentActionPoint(point, s.Clock.Now()))
		}
		return answer, nil
	})
}

func (s *Server) addActionPoint(ctx context.Context, tx pgx.Tx, c Checkin, i int, p *saakornv1.NewActionPoint) (ActionPoint, error) {
	field := fmt.Sprintf("action_points[%d]", i)
	due, err := parseDate(field+".due_on", p.GetDueOn())
	if err != nil {
		return ActionPoint{}, err
	}
	if due.Before(c.HeldOn) {
		return ActionPoint{}, fault.Field(field+".due_on", "DATE_PASSED", "choose a date after the check-in")
	}
	if id := p.GetOwnerId(); id != "" {
		owner, err := person.Get(ctx, tx, id)
		if fault.Is(err, "NOT_FOUND") || err == nil && !isStaff(owner) {
			return ActionPoint{}, fault.Field(field+".owner_id", "NO_SUCH_PERSON", "name a colleague in the directorate, or leave it empty for the enterprise")
		}
		if err != nil {
			return ActionPoint{}, err
		}
	}
	caller, _ := access.From(ctx)
	point := ActionPoint{
		ID: uuid.Must(uuid.NewV7()), Revision: 1, LifecycleID: c.LifecycleID, CheckinID: c.ID, Text: p.GetText(), OwnerID: p.GetOwnerId(), DueOn: due, State: "OPEN",
	}
	err = db.New(tx).InsertActionPoint(ctx, db.InsertActionPointParams{
		ID: point.ID, LifecycleID: point.LifecycleID, CheckinID: &c.ID, Text: point.Text, OwnerID: point.OwnerID, DueOn: encodeDate(due),
		CreatedBy: caller.ID, CreatedAt: s.Clock.Now(),
	})
	if err != nil {
		return point, fmt.Errorf("note an action point: %w", err)
	}
	if point.OwnerID == "" {
		return point, nil // the enterprise's own stand on its page
	}
	_, err = task.Raise(ctx, tx, task.Task{
		Key: actionKey(point), Kind: "ACTION_POINT", LifecycleID: c.LifecycleID, SubjectID: point.ID, Role: saakornv1.Role_ROLE_CASE_OFFICER,
		OwnerID: point.OwnerID, DueOn: due,
	}, s.Clock.Now())
	return point, err
}

func isStaff(p person.Person) bool {
	return slices.ContainsFunc(access.Staff(), p.Has)
}

func actionKey(p ActionPoint) string { return "action-point/" + p.ID.String() }

// lateKey is the key of the task to say why there has been no check-in.
func lateKey(c Checkin) string { return fmt.Sprintf("checkin/late/%s/%s", c.ID, c.PlannedOn) }

// ListActionPoints returns the action points of a lifecycle, by due date.
func (s *Server) ListActionPoints(ctx context.Context, r *saakornv1.ListActionPointsRequest) (*saakornv1.ListActionPointsResponse, error) {
	l, _, err := s.lifecycle(ctx, r.GetLifecycleId())
	if err != nil {
		return nil, err
	}
	rows, err := db.New(s.Pool).ListActionPoints(ctx, l.ID)
	if err != nil {
		return nil, fmt.Errorf("list action points: %w", err)
	}
	answer := &saakornv1.ListActionPointsResponse{}
	for _, row := range rows {
		answer.ActionPoints = append(answer.ActionPoints, presentActionPoint(decodeActionPoint(row), s.Clock.Now()))
	}
	return answer, nil
}

// SettleActionPoint ends an action point.
func (s *Server) SettleActionPoint(ctx context.Context, r *saakornv1.SettleActionPointRequest) (*saakornv1.SettleActionPointResponse, error) {
	if err := checkTexts(r); err != nil {
		return nil, err
	}
	if err := s.maySettle(ctx, uuid.MustParse(r.GetActionPointId())); err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.SettleActionPointResponse, error) {
		row, err := db.New(tx).LockActionPoint(ctx, uuid.MustParse(r.GetActionPointId()))
		if err != nil {
			return nil, notFound("action point", err)
		}
		p := decodeActionPoint(row)
		switch {
		case r.GetEtag() != etag(p.Revision):
			return nil, fault.NewConflict(etag(p.Revision))
		case p.State != "OPEN":
			return nil, fault.NewPrecondition("ACTION_POINT_SETTLED", "the action point has been ended already")
		}
		caller, _ := access.From(ctx)
		now := s.Clock.Now()
		p.State, p.Note = actionStateOf(r.GetState()), r.GetNote()
		p.Revision, err = db.New(tx).SettleActionPoint(ctx, db.SettleActionPointParams{ID: p.ID, State: p.State, Note: p.Note, SettledBy: &caller.ID, SettledAt: &now})
		if err != nil {
			return nil, fmt.Errorf("end an action point: %w", err)
		}
		if _, err := task.Settle(ctx, tx, actionKey(p), now); err != nil {
			return nil, err
		}
		err = record(ctx, tx, "action_point", p.ID, "ACTION_POINT_SETTLED", now, nil, map[string]any{"state": p.State, "note": p.Note})
		return &saakornv1.SettleActionPointResponse{ActionPoint: presentActionPoint(p, now)}, err
	})
}

// maySettle refuses an entrepreneur another's action points, and those that are the directorate's.
func (s *Server) maySettle(ctx context.Context, id uuid.UUID) error {
	row, err := db.New(s.Pool).GetActionPoint(ctx, id)
	if err != nil {
		return notFound("action point", err)
	}
	l, err := s.Grants.Lifecycle(ctx, s.Pool, row.LifecycleID)
	if err != nil {
		return err
	}
	if err := mineOrOfficer(ctx, s.Enterprises, l.EnterpriseID, "action point"); err != nil {
		return err
	}
	if caller, _ := access.From(ctx); row.OwnerID != "" && !caller.Has(saakornv1.Role_ROLE_CASE_OFFICER) {
		return fault.NewDenied("NOT_YOURS", "the directorate has this action point and ends it")
	}
	return nil
}
