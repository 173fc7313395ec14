package followup

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/protobuf/reflect/protopath"
	"google.golang.org/protobuf/reflect/protorange"
	"google.golang.org/protobuf/reflect/protoreflect"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/application"
	"saakorn/services/enterprise"
	"saakorn/services/grant"
	"saakorn/services/platform/access"
	"saakorn/services/platform/audit"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/clock"
	"saakorn/services/platform/command"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/nationalid"
	"saakorn/services/platform/procedure"
	"saakorn/services/reporting"
	"saakorn/services/scheme"
)

// Schemes knows the rules.
type Schemes interface {
	Definition(ctx context.Context, schemeID, version string) (*scheme.Definition, error)
	Newest(ctx context.Context, schemeID string) (*scheme.Definition, error)
}

// Grants knows the lifecycles and their awards.
type Grants interface {
	Lifecycle(ctx context.Context, q grant.Querier, id uuid.UUID) (grant.Lifecycle, error)
	LockLifecycle(ctx context.Context, tx pgx.Tx, id uuid.UUID) (grant.Lifecycle, error)
	Awards(ctx context.Context, q grant.Querier, lifecycleID uuid.UUID) ([]grant.Award, error)
}

// Reports knows what enterprises have reported.
type Reports interface {
	Report(ctx context.Context, q reporting.Querier, id uuid.UUID) (reporting.Report, error)
	Submission(ctx context.Context, q reporting.Querier, r reporting.Report) (*saakornv1.ReportContent, error)
	Latest(ctx context.Context, q reporting.Querier, lifecycleID uuid.UUID) (reporting.Delivered, bool, error)
	Years(ctx context.Context, q reporting.Querier, lifecycleID uuid.UUID) ([]reporting.Year, error)
	Missing(ctx context.Context, q reporting.Querier, lifecycleID uuid.UUID, today calendar.Date) ([]reporting.Missing, error)
}

// Applications tells what was applied for.
type Applications interface {
	Submission(ctx context.Context, q application.Querier, id uuid.UUID) (application.Submission, error)
}

// Enterprises knows the enterprises, and who may act for whom.
type Enterprises interface {
	Enterprise(ctx context.Context, id uuid.UUID) (enterprise.Enterprise, error)
	Right(ctx context.Context, personID string, enterpriseID uuid.UUID) (enterprise.Right, error)
}

// Waker tells a procedure to look at the facts again.
type Waker interface {
	Wake(ctx context.Context, tx pgx.Tx, s procedure.Subject, now time.Time) error
}

// Server answers the FollowupService of the contract.
type Server struct {
	saakornv1.UnimplementedFollowupServiceServer

	Pool         *pgxpool.Pool
	Schemes      Schemes
	Grants       Grants
	Reports      Reports
	Applications Applications
	Enterprises  Enterprises
	Waker        Waker
	Clock        clock.Clock
}

func (s *Server) runner() command.Runner { return command.Runner{Pool: s.Pool, Clock: s.Clock} }

func subject(lifecycleID uuid.UUID) procedure.Subject {
	return procedure.Subject{Kind: procedure.Checkin, ID: lifecycleID}
}

func record(ctx context.Context, tx pgx.Tx, kind string, id uuid.UUID, action string, now time.Time, before, after any) error {
	return audit.Record(ctx, tx, audit.Event{Action: action, OccurredAt: now, SubjectKind: kind, SubjectID: id, Before: before, After: after})
}

// newestRules returns the rules that the lifecycle goes by: those of its newest award, and the newest of the
// scheme while it has none.
func newestRules(ctx context.Context, schemes Schemes, l grant.Lifecycle, awards []grant.Award) (*scheme.Definition, error) {
	if len(awards) == 0 {
		return schemes.Newest(ctx, l.SchemeID)
	}
	newest := awards[len(awards)-1]
	return schemes.Definition(ctx, newest.SchemeID, newest.SchemeVersion)
}

// lifecycle returns the lifecycle if the caller may see it, and whether the caller acts for its enterprise. It
// does not tell what exists from what is somebody else's.
func (s *Server) lifecycle(ctx context.Context, id string) (l grant.Lifecycle, own bool, err error) {
	if l, err = s.Grants.Lifecycle(ctx, s.Pool, uuid.MustParse(id)); err != nil {
		return l, false, err
	}
	caller, _ := access.From(ctx)
	right, err := s.Enterprises.Right(ctx, caller.ID, l.EnterpriseID)
	switch {
	case err != nil:
		return l, false, err
	case right.CanRead():
		return l, true, nil
	case caller.Has(access.Staff()...):
		return l, false, nil
	}
	return l, false, fault.NewNotFound("lifecycle")
}

// mine refuses whoever may not edit for the enterprise.
func mine(ctx context.Context, enterprises Enterprises, enterpriseID uuid.UUID, what string) error {
	caller, _ := access.From(ctx)
	right, err := enterprises.Right(ctx, caller.ID, enterpriseID)
	switch {
	case err != nil:
		return err
	case !right.CanRead():
		return fault.NewNotFound(what)
	case !right.CanEdit():
		return fault.NewDenied("READER_ONLY", "you may read for this enterprise: ask its administrator for the right to edit")
	}
	return nil
}

// mineOrOfficer lets officers do it, and otherwise those who may edit for the enterprise.
func mineOrOfficer(ctx context.Context, enterprises Enterprises, enterpriseID uuid.UUID, what string) error {
	if caller, _ := access.From(ctx); caller.Has(saakornv1.Role_ROLE_CASE_OFFICER) {
		return nil
	}
	return mine(ctx, enterprises, enterpriseID, what)
}

// checkTexts refuses every text in the request that holds a national identity number.
func checkTexts(request protoreflect.ProtoMessage) error {
	var found []fault.Violation
	// Range fails only when the function it calls does.
	_ = protorange.Range(request.ProtoReflect(), func(p protopath.Values) error {
		text, ok := p.Index(-1).Value.Interface().(string)
		if ok && len(nationalid.Find(text)) > 0 {
			found = append(found, fault.Violation{
				Field: fieldPath(p), Reason: "NATIONAL_IDENTITY_NUMBER",
				Description: "this holds a national identity number: take it out, and describe people so that nobody can be recognised",
			})
		}
		return nil
	})
	if len(found) > 0 {
		return fault.NewInvalid(found...)
	}
	return nil
}

func fieldPath(p protopath.Values) string {
	var steps []string
	for i := range p.Path {
		switch step := p.Path[i]; step.Kind() {
		case protopath.FieldAccessStep:
			steps = append(steps, string(step.FieldDescriptor().Name()))
		case protopath.ListIndexStep:
			steps[len(steps)-1] += fmt.Sprintf("[%d]", step.ListIndex())
		}
	}
	return strings.Join(steps, ".")
}

func parseDate(field, text string) (calendar.Date, error) {
	d, err := calendar.Parse(text)
	if err != nil {
		return d, fault.Field(field, "NO_SUCH_DATE", "write an existing date as 2019-11-30")
	}
	return d, nil
}

// awardFor returns the award of the grant year; a Precondition fault when the lifecycle has none that counts.
func awardFor(awards []grant.Award, year int) (grant.Award, error) {
	i := slices.IndexFunc(awards, func(a grant.Award) bool { return a.GrantYear == year && a.AcceptedAt != nil })
	if i < 0 {
		return grant.Award{}, fault.NewPrecondition("NO_AWARD", fmt.Sprintf("the enterprise has accepted no award for %d", year))
	}
	return awards[i], nil
}
